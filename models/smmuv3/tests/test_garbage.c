/* SPDX-License-Identifier: MIT */
/*
 * Contract: whatever is written to registers, queues and tables, and whatever devices send, the
 * model does not crash, answers within its enumerations and reads a bounded number of words per
 * call. Everything comes from a fixed seed. Best under ASan and UBSan. Run: ./test_garbage
 */
#include "bench.h"

enum {
	STEPS = 20000,
	/* An access: L1STD, STE, L1CD, CD and four levels. */
	MAX_READS_ACCESS = 1 + SMMU_STE_WORDS + 1 + SMMU_CD_WORDS + 4,
	/* A register write without worst-case caches: 1024 commands of two words (cmdq.c). */
	MAX_READS_WRITE = 2048,
};

struct garbage {
	struct bench bench;
	uint64_t random;
	unsigned reads; /* since the start of a call */
	unsigned num_streams;
	uint32_t stalled_sid; /* of the last transaction that stalled */
	uint16_t stag;
};

/* xorshift64* */
static uint64_t any(struct garbage *garbage)
{
	garbage->random ^= garbage->random >> 12;
	garbage->random ^= garbage->random << 25;
	garbage->random ^= garbage->random >> 27;
	return garbage->random * 0x2545f4914f6cdd1d;
}

static unsigned below(struct garbage *garbage, unsigned limit)
{
	return (unsigned)((any(garbage) >> 32) % limit);
}

static bool one_in(struct garbage *garbage, unsigned n)
{
	return below(garbage, n) == 0;
}

static bool counted_read(void *ctx, uint64_t pa, uint64_t *value)
{
	struct garbage *garbage = ctx;

	garbage->reads++;
	return bench_read64(&garbage->bench, pa, value);
}

static bool plain_write(void *ctx, uint64_t pa, uint64_t value)
{
	struct garbage *garbage = ctx;

	return bench_write64(&garbage->bench, pa, value);
}

/*
 * RAM by pages, so that garbage often makes sense. 1 and 2 are the queues (bench.h); what points
 * to a kind of page mostly finds it.
 */
enum { PAGE_STE = 3, PAGE_L1STD = 5, PAGE_CD = 6, PAGE_L1CD = 8, PAGE_TABLE = 9, PAGE_END = 16 };

static uint64_t page(unsigned number)
{
	return BENCH_RAM + 0x1000ull * number;
}

static uint64_t page_between(struct garbage *garbage, unsigned first, unsigned end)
{
	return page(first + below(garbage, end - first));
}

static uint64_t some_address(struct garbage *garbage)
{
	if (one_in(garbage, 8))
		return any(garbage);
	return BENCH_RAM + 8 * below(garbage, BENCH_RAM_BYTES / 8);
}

static uint64_t some_ste_word(struct garbage *garbage, unsigned number)
{
	unsigned two_level = below(garbage, 2);

	if (number > 1)
		return 0;
	if (number == 1)
		return smmu_put(SMMU_STE1_S1DSS, below(garbage, 4)) |
		       smmu_put(SMMU_STE1_EATS, one_in(garbage, 8) ? 2 : below(garbage, 2)) |
		       smmu_put(SMMU_STE1_STRW, one_in(garbage, 8) ? 2 : 0);
	return SMMU_STE0_V | smmu_put(SMMU_STE0_CONFIG, one_in(garbage, 4) ? 4 : 5) |
	       smmu_put(SMMU_STE0_S1FMT, two_level) |
	       smmu_put(SMMU_STE0_S1CDMAX, below(garbage, 5)) |
	       (two_level ? page(PAGE_L1CD) : page_between(garbage, PAGE_CD, PAGE_L1CD));
}

static uint64_t some_cd_word(struct garbage *garbage, unsigned number)
{
	if (number > 1)
		return 0;
	if (number == 1)
		return page_between(garbage, PAGE_TABLE, PAGE_END);
	return (one_in(garbage, 3) ? SMMU_CD0_S : 0) | SMMU_CD0_V | SMMU_CD0_AA64 | SMMU_CD0_A |
	       SMMU_CD0_R | SMMU_CD0_EPD1 | smmu_put(SMMU_CD0_T0SZ, 16 + below(garbage, 24)) |
	       smmu_put(SMMU_CD0_IPS, below(garbage, 6)) |
	       smmu_put(SMMU_CD0_ASID, below(garbage, 4));
}

static uint64_t some_descriptor(struct garbage *garbage)
{
	if (one_in(garbage, 4))
		return (some_address(garbage) & SMMU_MASK(47, 12)) | below(garbage, 0x1000);
	return page_between(garbage, PAGE_TABLE, PAGE_END) | 0x443 | below(garbage, 4) << 6;
}

/* What could stand at pa. */
static uint64_t some_word(struct garbage *garbage, uint64_t pa)
{
	unsigned number = (unsigned)(pa - BENCH_RAM) / 0x1000;

	if (one_in(garbage, 32))
		return number < PAGE_TABLE ? any(garbage) : 0;
	if (number < PAGE_L1STD)
		return some_ste_word(garbage, pa / 8 % SMMU_STE_WORDS);
	if (number < PAGE_CD)
		return page_between(garbage, PAGE_STE, PAGE_L1STD) | below(garbage, 9);
	if (number < PAGE_L1CD)
		return some_cd_word(garbage, pa / 8 % SMMU_CD_WORDS);
	if (number < PAGE_TABLE)
		return page_between(garbage, PAGE_CD, PAGE_L1CD) | SMMU_L1CD_V;
	/* Dense tables that form loops are cut off by the model, but only after seconds. */
	return pa / 8 % 512 < 16 ? some_descriptor(garbage) : 0;
}

static struct smmu_command some_tlbi(struct garbage *garbage)
{
	uint16_t asid = (uint16_t)below(garbage, 4);
	uint64_t va = below(garbage, 64) * 0x800ull;
	bool leaf = one_in(garbage, 2);

	switch (below(garbage, 10)) {
	case 0:
		return smmu_cmd_tlbi(SMMU_CMD_TLBI_NH_ALL, 0);
	case 1:
		return smmu_cmd_tlbi(SMMU_CMD_TLBI_NH_ASID, asid);
	case 2:
		return smmu_cmd_tlbi_va(SMMU_CMD_TLBI_NH_VA, asid, va, leaf);
	case 3:
		return smmu_cmd_tlbi_va(SMMU_CMD_TLBI_NH_VAA, 0, va, leaf);
	case 4:
		return smmu_cmd_tlbi(SMMU_CMD_TLBI_NSNH_ALL, 0);
	case 5:
		return smmu_cmd_tlbi(SMMU_CMD_TLBI_EL2_ALL, 0);
	case 6:
		return smmu_cmd_tlbi_va(SMMU_CMD_TLBI_EL2_VA, asid, va, leaf);
	case 7:
	case 8:
		return smmu_cmd_tlbi_range(
			SMMU_CMD_TLBI_NH_VA, asid, one_in(garbage, 8) ? any(garbage) : va,
			below(garbage, 32), below(garbage, 32), below(garbage, 4), leaf);
	default:
		return smmu_cmd_tlbi(SMMU_CMD_TLBI_EL2_ASID, asid);
	}
}

static struct smmu_command some_command(struct garbage *garbage)
{
	uint32_t sid = below(garbage, 4), ssid = below(garbage, 4);
	bool leaf = one_in(garbage, 2);

	switch (below(garbage, 16)) {
	case 0:
		return (struct smmu_command){{any(garbage), any(garbage)}};
	case 1:
		return smmu_cmd_cfgi_ste(sid, leaf);
	case 2:
		return (struct smmu_command){{SMMU_CMD_CFGI_STE_RANGE, below(garbage, 32)}};
	case 3:
		return smmu_cmd_cfgi_cd(sid, ssid, leaf);
	case 4:
		return smmu_cmd_cfgi_cd_all(sid);
	case 5:
		return smmu_cmd_prefetch(sid, leaf, ssid);
	case 6:
	case 7:
		return smmu_cmd_atc_inv(sid, leaf, ssid, some_address(garbage), below(garbage, 53));
	case 8:
	case 9:
		return smmu_cmd_sync(below(garbage, 3));
	case 10:
		return smmu_cmd_sync_msi(some_address(garbage), ssid);
	case 11:
		if (one_in(garbage, 8))
			return smmu_cmd_stall_term(sid);
		return smmu_cmd_resume(one_in(garbage, 4) ? sid : garbage->stalled_sid,
				       (uint16_t)(garbage->stag + one_in(garbage, 4)), leaf);
	default:
		return some_tlbi(garbage);
	}
}

/* Most of the time the SMMU is on with a stream table, and the queues are where they belong. */
static void bring_up(struct garbage *garbage)
{
	struct bench *bench = &garbage->bench;
	bool two_level = one_in(garbage, 2);

	bench_set(bench, SMMU_REG_CR0, 0);
	bench_set64(bench, SMMU_REG_STRTAB_BASE, page(two_level ? PAGE_L1STD : PAGE_STE));
	bench_set(bench, SMMU_REG_STRTAB_BASE_CFG,
		  smmu_put(SMMU_STRTAB_CFG_FMT, two_level) | smmu_put(SMMU_STRTAB_CFG_SPLIT, 6) |
			  smmu_put(SMMU_STRTAB_CFG_LOG2SIZE, below(garbage, 8)));
	bench_set(bench, SMMU_REG_CR2, below(garbage, 4));
	bench_set(bench, SMMU_REG_CMDQ_PROD, bench_reg(bench, SMMU_REG_CMDQ_CONS));
	bench_acknowledge_errors(bench);
	bench_enable(bench, SMMU_CR0_SMMUEN | SMMU_CR0_CMDQEN | SMMU_CR0_EVENTQEN |
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
		.sid = one_in(garbage, 16) ? (uint32_t)any(garbage) : below(garbage, 8),
		.ssv = one_in(garbage, 2),
		.ssid = one_in(garbage, 16) ? (uint32_t)any(garbage) : below(garbage, 4),
		.addr = one_in(garbage, 4) ? any(garbage) : below(garbage, 64) * 0x800ull,
		.kind = (uint8_t)below(garbage, 3),
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

static void request(struct garbage *garbage)
{
	struct smmu *smmu = garbage->bench.smmu;
	struct smmu_request request = some_request(garbage);
	struct smmu_counters before = smmu_counters(smmu);
	struct smmu_response response;

	check_response(smmu_peek(smmu, &request));
	assert_in_range(garbage->reads, 0, MAX_READS_ACCESS);
	assert_int_equal(smmu_counters(smmu).events, before.events);
	garbage->reads = 0;
	response = smmu_access(smmu, &request);
	check_response(response);
	assert_in_range(garbage->reads, 0, MAX_READS_ACCESS);
	assert_in_range(smmu_stall_take(smmu, garbage->stalled_sid, garbage->stag),
			SMMU_STALL_WAITING, SMMU_STALL_ABORT);
	if (response.status == SMMU_STALLED) {
		garbage->stalled_sid = request.sid;
		garbage->stag = response.stag;
	}
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
		.atc_inv = bench_atc_inv,
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
	switch (below(garbage, 16)) {
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
	default:
		request(garbage);
		break;
	}
	if (!worst)
		assert_in_range(garbage->reads, 0, MAX_READS_WRITE);
}

static void survive(enum smmu_cache_mode cache, uint64_t seed)
{
	struct garbage *garbage = calloc(1, sizeof(*garbage));
	struct smmu *smmu = calloc(1, smmu_sizeof());
	struct smmu_counters total = {0};

	garbage->bench.smmu = smmu;
	garbage->random = seed;
	for (unsigned i = 0; i < STEPS; i++) {
		struct smmu_profile profile = bench_profile();

		if (i % 500 == 0) {
			profile.cache = (uint8_t)cache;
			profile.ssid_bits = (uint8_t)(4 * below(garbage, 3));
			profile.oas_bits = one_in(garbage, 2) ? 32 : 48;
			profile.asid_bits = one_in(garbage, 2) ? 8 : 16;
			profile.ats = !one_in(garbage, 4);
			profile.stall_model = (uint8_t)below(garbage, 3);
			profile.msi = one_in(garbage, 2);
			profile.range_inv = !one_in(garbage, 4);
			start(garbage, profile);
		}
		step(garbage);
		if (i % 500 == 499) { /* before the next reset */
			total.commands += smmu_counters(smmu).commands;
			total.events += smmu_counters(smmu).events;
			total.walks += smmu_counters(smmu).walks;
			total.stalls += smmu_counters(smmu).stalls;
			total.stall_answers += smmu_counters(smmu).stall_answers;
		}
	}
	free(smmu);
	free(garbage);
	/* Garbage that never gets anywhere would prove nothing. */
	assert_in_range(total.commands, STEPS / 20, UINT32_MAX);
	assert_in_range(total.events, STEPS / 100, UINT32_MAX);
	assert_in_range(total.walks, STEPS / 100, UINT32_MAX);
	assert_in_range(total.stalls, STEPS / 1000, UINT32_MAX);
	assert_in_range(total.stall_answers, 1, UINT32_MAX);
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(garbage_is_survived_without_caches),
		cmocka_unit_test(garbage_is_survived_with_exact_caches),
		cmocka_unit_test(garbage_is_survived_with_worst_case_caches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
