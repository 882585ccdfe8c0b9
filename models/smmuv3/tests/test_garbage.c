/* SPDX-License-Identifier: MIT */
/*
 * Contract: whatever is written to registers, queues and tables, and whatever devices send, the
 * model does not crash, answers within its enumerations and reads a bounded number of words per
 * call. Everything comes from a fixed seed. Best under ASan and UBSan. Run: ./test_garbage
 */
#include "garbage.h"

enum {
	STEPS = 20000,
	NAMED_STEPS = 400,
	/* smmu_access() without stage 2 and HTTU: L1STD, STE, L1CD, CD and four levels. */
	MAX_READS_ACCESS = 1 + SMMU_STE_WORDS + 1 + SMMU_CD_WORDS + 4,
	/* With both, a walk that meets its own updates starts over so often (walk_nested.c): */
	MAX_TRIES = 8,
	/* four levels and their update, under each of four tables and once each for the update of
	 * the stage-1 leaf, before and after the output, and for the output itself. */
	MAX_READS_FETCH = MAX_TRIES * (4 + 1),
	MAX_READS_TRY = 4 * (4 + 1 + 1) + 3 * (4 + 1) + 1,
	MAX_READS_NESTED = 1 + SMMU_STE_WORDS + 1 + SMMU_CD_WORDS + 2 * MAX_READS_FETCH +
			   MAX_TRIES * MAX_READS_TRY,
	/* L1STD and STE, for PPAR. */
	MAX_READS_PAGE_REQUEST = 1 + SMMU_STE_WORDS,
	/* A register write without worst-case caches: 1024 commands of two words (cmdq.c). */
	MAX_READS_WRITE = 2048,
};

/* Most of the time the SMMU is on with a stream table, and the queues are where they belong. */
static void bring_up(struct garbage *garbage)
{
	struct bench *bench = &garbage->bench;
	bool two_level = one_in(garbage, 2);

	bench_set(bench, SMMU_REG_CR0, 0);
	bench_set64(bench, SMMU_REG_STRTAB_BASE, page(two_level ? PAGE_L1STD : PAGE_STE));
	bench_set(bench, SMMU_REG_STRTAB_BASE_CFG,
		  smmu_put(SMMU_STRTAB_CFG_FMT, two_level) | smmu_put(SMMU_STRTAB_CFG_SPLIT, 6) |
			  smmu_put(SMMU_STRTAB_CFG_LOG2SIZE, 2 + below(garbage, 6)));
	bench_set(bench, SMMU_REG_CR2, below(garbage, 4));
	bench_set(bench, SMMU_REG_CMDQ_PROD, bench_reg(bench, SMMU_REG_CMDQ_CONS));
	bench_acknowledge_errors(bench);
	bench_set64(bench, SMMU_REG_PRIQ_BASE, page(0) | BENCH_QUEUE_LOG2);
	bench_enable(bench, SMMU_CR0_SMMUEN | SMMU_CR0_CMDQEN | SMMU_CR0_EVENTQEN |
				    (one_in(garbage, 8) ? 0 : SMMU_CR0_PRIQEN) |
				    (one_in(garbage, 2) ? SMMU_CR0_ATSCHK : 0));
}

static void write_register(struct garbage *garbage)
{
	static const uint32_t offsets[] = {
		SMMU_REG_CR0,
		SMMU_REG_CR1,
		SMMU_REG_CR2,
		SMMU_REG_GBPA,
		SMMU_REG_IRQ_CTRL,
		SMMU_REG_GERRORN,
		SMMU_REG_STRTAB_BASE,
		SMMU_REG_STRTAB_BASE_CFG,
		SMMU_REG_CMDQ_BASE,
		SMMU_REG_CMDQ_PROD,
		SMMU_REG_CMDQ_CONS,
		SMMU_REG_EVENTQ_BASE,
		SMMU_REG_EVENTQ_PROD,
		SMMU_REG_EVENTQ_CONS,
		SMMU_REG_GERROR_IRQ_CFG0,
		SMMU_REG_EVENTQ_IRQ_CFG0,
		SMMU_REG_PRIQ_BASE,
		SMMU_REG_PRIQ_PROD,
		SMMU_REG_PRIQ_CONS,
		SMMU_REG_PRIQ_IRQ_CFG0,
		SMMU_REG_PRIQ_IRQ_CFG2,
	};
	struct smmu *smmu = garbage->bench.smmu;
	uint32_t offset = offsets[below(garbage, sizeof(offsets) / sizeof(offsets[0]))];
	unsigned size = one_in(garbage, 3) ? 8 : 4;
	uint64_t value = one_in(garbage, 2) ? some_address(garbage) : below(garbage, 32);

	if (one_in(garbage, 16)) {
		offset = (uint32_t)any(garbage) % (SMMU_REG_END + 64);
		size = below(garbage, 17);
	}
	smmu_reg_write(smmu, offset, size, value);
	smmu_reg_read(smmu, offset, size);
}

static void store(struct garbage *garbage)
{
	struct smmu *smmu = garbage->bench.smmu;
	uint64_t pa = BENCH_RAM + 8 * below(garbage, BENCH_RAM_BYTES / 8);
	uint64_t *word = bench_word(&garbage->bench, pa);
	uint64_t old;

	if (!word)
		return;
	old = *word;
	*word = some_word(garbage, pa);
	if (smmu->profile.cache != SMMU_CACHE_WORST)
		return;
	if (one_in(garbage, 2))
		smmu_note_store(smmu, pa, old, *word);
	else
		smmu_note_pte(smmu, some_address(garbage) & ~0xfffull, some_address(garbage),
			      below(garbage, 4), old, *word);
}

static void submit(struct garbage *garbage)
{
	struct bench *bench = &garbage->bench;

	bench->produced = bench_reg(bench, SMMU_REG_CMDQ_PROD) % (2 * BENCH_QUEUE_SIZE);
	/* What stalled waits for its answer; this one is often right. */
	if (one_in(garbage, 2))
		bench_put(bench,
			  smmu_cmd_resume(garbage->stalled_sid, garbage->stag, one_in(garbage, 2)));
	for (unsigned count = 1 + below(garbage, 3); count > 0; count--)
		bench_put(bench, some_command(garbage));
	bench_set(bench, SMMU_REG_CMDQ_PROD, bench->produced);
	bench_set(bench, SMMU_REG_EVENTQ_CONS, bench_reg(bench, SMMU_REG_EVENTQ_PROD));
}

static struct smmu_request some_request(struct garbage *garbage)
{
	return (struct smmu_request){
		.sid = one_in(garbage, 16) ? (uint32_t)any(garbage) : below(garbage, 4),
		.ssv = one_in(garbage, 2),
		.ssid = one_in(garbage, 16) ? (uint32_t)any(garbage) : below(garbage, 4),
		.addr = one_in(garbage, 4)   ? any(garbage)
			: one_in(garbage, 3) ? some_address(garbage)
					     : below(garbage, 64) * 0x800ull,
		.kind = (uint8_t)(one_in(garbage, 64)  ? any(garbage)
				  : one_in(garbage, 3) ? 0
						       : below(garbage, 3)),
		.write = one_in(garbage, 2),
		.privileged = one_in(garbage, 4),
		.instruction = one_in(garbage, 4),
	};
}

static void check_response(struct smmu_response response)
{
	assert_in_range(response.status, SMMU_OK, SMMU_STALLED);
	assert_true(response.event == SMMU_EVT_NONE ||
		    strcmp(smmu_event_name(response.event), "?") != 0);
	assert_int_equal(response.size & (response.size - 1), 0);
}

static unsigned max_reads(const struct smmu_profile *profile)
{
	return profile->stage2 || profile->httu ? MAX_READS_NESTED : MAX_READS_ACCESS;
}

static void request(struct garbage *garbage)
{
	struct smmu *smmu = garbage->bench.smmu;
	unsigned limit = max_reads(&smmu->profile);
	struct smmu_request request = some_request(garbage);
	struct smmu_counters before = smmu_counters(smmu);
	struct smmu_response response;

	check_response(smmu_peek(smmu, &request));
	assert_in_range(garbage->reads, 0, limit);
	assert_int_equal(smmu_counters(smmu).events, before.events);
	garbage->reads = 0;
	response = smmu_access(smmu, &request);
	check_response(response);
	assert_in_range(garbage->reads, 0, limit);
	assert_in_range(smmu_stall_take(smmu, garbage->stalled_sid, garbage->stag),
			SMMU_STALL_WAITING, SMMU_STALL_ABORT);
	if (response.status == SMMU_STALLED) {
		garbage->stalled_sid = request.sid;
		garbage->stag = response.stag;
	}
}

/* Stop Markers, groups without an end and answers that nobody waits for are among them. */
static void ask_for_page(struct garbage *garbage)
{
	struct smmu *smmu = garbage->bench.smmu;
	const struct smmu_page_request request = {
		.sid = one_in(garbage, 16) ? (uint32_t)any(garbage) : below(garbage, 8),
		.ssv = one_in(garbage, 2),
		.ssid = one_in(garbage, 16) ? (uint32_t)any(garbage) : below(garbage, 4),
		.addr = any(garbage),
		.prg = (uint16_t)any(garbage),
		.last = one_in(garbage, 2),
		.read = one_in(garbage, 2),
		.write = one_in(garbage, 2),
		.execute = one_in(garbage, 4),
		.privileged = one_in(garbage, 4),
	};
	uint32_t queued = smmu_counters(smmu).page_requests, automatic = garbage->automatic;
	bool stands = smmu_page_request(smmu, &request);

	garbage->prg = request.prg & 0x1ff;
	assert_int_equal(smmu_counters(smmu).page_requests - queued, stands);
	/* 8.1, 8.2: one answer at most, and none to what software will answer. */
	assert_in_range(garbage->automatic - automatic, 0, !stands);
	assert_in_range(garbage->reads, 0, MAX_READS_PAGE_REQUEST);
	assert_true(smmu->profile.pri || (!stands && garbage->automatic == automatic));
}

/* The views of worst.h, which only the worst-case caches fill. */
static void look(struct garbage *garbage)
{
	struct smmu *smmu = garbage->bench.smmu;
	struct smmu_request request = some_request(garbage);
	struct smmu_outcome outcome[8];
	struct smmu_stale stale = smmu_stale(smmu);

	assert_in_range(smmu_contexts(smmu).count, 0, SMMU_MAX_CONTEXTS);
	assert_in_range(stale.num_tlb, 0, SMMU_MAX_HELD_TLB);
	assert_in_range(stale.num_atc, 0, SMMU_MAX_HELD_ATC);
	assert_in_range(stale.num_frozen, 0, SMMU_MAX_FROZEN);
	assert_in_range(stale.num_words, 0, SMMU_MAX_HELD_WORDS);
	assert_in_range(smmu_possible(smmu, &request, outcome, 8), 0, 8);
	smmu_frame_held(smmu, some_address(garbage) & ~0xfffull, 0x1000);
	if (garbage->num_streams && one_in(garbage, 8))
		smmu_stream_set_ats(smmu, below(garbage, garbage->num_streams), one_in(garbage, 2));
}

static void start(struct garbage *garbage, struct smmu_profile profile)
{
	struct smmu_bus bus = {
		.ctx = garbage,
		.read64 = counted_read,
		.write64 = plain_write,
		.write32 = bench_write32,
		.irq = bench_irq,
		.cas64 = one_in(garbage, 2) ? counted_cas : NULL,
		.atc_inv = some_atc_inv,
		.prg_response = some_prg_response,
	};

	bench_reset(&garbage->bench, profile);
	/* bench is the first member: its callbacks take garbage as well. */
	smmu_reset(garbage->bench.smmu, &profile, &bus);
	garbage->num_streams = 0;
	for (uint32_t sid = 0; profile.cache == SMMU_CACHE_WORST && sid < 2; sid++) {
		smmu_add_stream(garbage->bench.smmu, sid);
		garbage->num_streams++;
	}
	for (unsigned i = 0; i < BENCH_RAM_BYTES / 8; i++)
		garbage->bench.ram[i] = some_word(garbage, BENCH_RAM + 8ull * i);
}

static void step(struct garbage *garbage)
{
	bool worst = garbage->bench.smmu->profile.cache == SMMU_CACHE_WORST;

	garbage->reads = 0;
	if (one_in(garbage, 64)) {
		garbage->bench.abort_lo = some_address(garbage);
		garbage->bench.abort_hi =
			garbage->bench.abort_lo + (one_in(garbage, 4) ? below(garbage, 0x2000) : 0);
	}
	switch (below(garbage, 18)) {
	case 0:
		write_register(garbage);
		break;
	case 1:
		bring_up(garbage);
		break;
	case 2:
	case 3:
		submit(garbage);
		break;
	case 4:
	case 5:
	case 6:
		store(garbage);
		break;
	case 7:
	case 8:
		if (worst)
			look(garbage);
		break;
	case 9:
	case 10:
		ask_for_page(garbage);
		break;
	default:
		request(garbage);
		break;
	}
	if (!worst)
		assert_in_range(garbage->reads, 0, MAX_READS_WRITE);
}

static struct garbage *garbage_new(uint64_t seed)
{
	struct garbage *garbage = calloc(1, sizeof(*garbage));

	garbage->bench.smmu = calloc(1, smmu_sizeof());
	garbage->random = seed;
	return garbage;
}

static void garbage_free(struct garbage *garbage)
{
	free(garbage->bench.smmu);
	free(garbage);
}

/* What happened, over resets. */
static void add(struct smmu_counters *total, struct smmu_counters counters)
{
	total->commands += counters.commands;
	total->events += counters.events;
	total->walks += counters.walks;
	total->stalls += counters.stalls;
	total->stall_answers += counters.stall_answers;
	total->page_requests += counters.page_requests;
	total->updates += counters.updates;
}

static void survive(enum smmu_cache_mode cache, uint64_t seed)
{
	struct garbage *garbage = garbage_new(seed);
	struct smmu_counters total = {0};

	for (unsigned i = 0; i < STEPS; i++) {
		struct smmu_profile profile = bench_profile();

		if (i % 500 == 0) {
			profile.cache = (uint8_t)cache;
			profile.ssid_bits = (uint8_t)(4 * below(garbage, 3));
			profile.oas_bits = one_in(garbage, 2) ? 32 : 48;
			profile.asid_bits = one_in(garbage, 2) ? 8 : 16;
			profile.ats = !one_in(garbage, 4);
			profile.pri = profile.ats && one_in(garbage, 2);
			profile.priq_bits = 3;
			profile.stall_model = (uint8_t)below(garbage, 3);
			profile.msi = one_in(garbage, 2);
			profile.range_inv = !one_in(garbage, 4);
			start(garbage, profile);
		}
		step(garbage);
		if (i % 500 == 499) /* before the next reset */
			add(&total, smmu_counters(garbage->bench.smmu));
	}
	garbage_free(garbage);
	/* Garbage that never gets anywhere would prove nothing. */
	assert_in_range(total.commands, STEPS / 20, UINT32_MAX);
	assert_in_range(total.events, STEPS / 100, UINT32_MAX);
	assert_in_range(total.walks, STEPS / 100, UINT32_MAX);
	assert_in_range(total.stalls, STEPS / 1000, UINT32_MAX);
	assert_in_range(total.stall_answers, 1, UINT32_MAX);
	assert_in_range(total.page_requests, STEPS / 1000, UINT32_MAX);
}

/* Every named profile with every kind of cache; the exact ones in every geometry. */
static void survive_named(enum smmu_cache_mode cache, uint64_t seed, unsigned resets)
{
	struct garbage *garbage = garbage_new(seed);
	const struct smmu_named_profile *named = smmu_profile_list();
	struct smmu_counters total = {0};

	for (; named->name; named++) {
		struct smmu_profile profile = named->profile;

		for (unsigned i = 0; i < resets; i++) {
			profile.cache = (uint8_t)cache;
			profile.geometry = (uint8_t)(i % 3);
			start(garbage, profile);
			for (unsigned j = 0; j < NAMED_STEPS; j++)
				step(garbage);
			add(&total, smmu_counters(garbage->bench.smmu));
		}
	}
	garbage_free(garbage);
	assert_in_range(total.commands, 1000, UINT32_MAX);
	assert_in_range(total.events, 100, UINT32_MAX);
	assert_in_range(total.walks, 100, UINT32_MAX);
	assert_in_range(total.stalls, 1, UINT32_MAX);
	assert_in_range(total.page_requests, 10, UINT32_MAX);
	assert_in_range(total.updates, 5, UINT32_MAX);
}

static void garbage_is_survived_without_caches(void **state)
{
	(void)state;
	survive(SMMU_CACHE_NONE, 0x5eed0001);
}

static void garbage_is_survived_with_exact_caches(void **state)
{
	(void)state;
	survive(SMMU_CACHE_EXACT, 0x5eed0002);
}

static void garbage_is_survived_with_worst_case_caches(void **state)
{
	(void)state;
	survive(SMMU_CACHE_WORST, 0x5eed0003);
}

static void every_profile_survives_without_caches(void **state)
{
	(void)state;
	survive_named(SMMU_CACHE_NONE, 0x5eed0004, 24);
}

static void every_profile_survives_with_exact_caches(void **state)
{
	(void)state;
	survive_named(SMMU_CACHE_EXACT, 0x5eed0005, 24);
}

static void every_profile_survives_with_worst_case_caches(void **state)
{
	(void)state;
	survive_named(SMMU_CACHE_WORST, 0x5eed0006, 18);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(garbage_is_survived_without_caches),
		cmocka_unit_test(garbage_is_survived_with_exact_caches),
		cmocka_unit_test(garbage_is_survived_with_worst_case_caches),
		cmocka_unit_test(every_profile_survives_without_caches),
		cmocka_unit_test(every_profile_survives_with_exact_caches),
		cmocka_unit_test(every_profile_survives_with_worst_case_caches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
