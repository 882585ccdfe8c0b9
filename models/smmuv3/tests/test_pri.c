/* SPDX-License-Identifier: MIT */
/*
 * Contract: page requests (chapter 8): entries of the PRI queue, when they are lost and what the
 * SMMU answers then, the queue's interrupt (6.3.36), CMD_PRI_RESP (4.5.2).
 * Run: ctest -R smmuv3.test_pri
 */
#include "bench.h"

#include "../gerror.h"

enum {
	PRI_ON = SMMU_CR0_SMMUEN | SMMU_CR0_PRIQEN | SMMU_CR0_EVENTQEN | SMMU_CR0_CMDQEN,
	STRTAB = BENCH_RAM + 0x8000,
	TARGET = BENCH_RAM + 0x4000,
	SUCCESS = 0,
	INVALID = 1,
	FAILURE = 15,
};

static struct smmu_profile pri_profile(void)
{
	struct smmu_profile profile = bench_profile();

	profile.pri = profile.msi = profile.ats_rec_err = true;
	profile.priq_bits = 8;
	return profile;
}

static void reset(struct bench *bench, struct smmu_profile profile)
{
	bench_reset(bench, profile);
	bench_set64(bench, SMMU_REG_PRIQ_BASE, BENCH_PRIQ | BENCH_QUEUE_LOG2);
	bench_set64(bench, SMMU_REG_STRTAB_BASE, STRTAB);
	bench_set(bench, SMMU_REG_STRTAB_BASE_CFG, 4);
	bench_enable(bench, PRI_ON);
}

static int pri_setup(void **state)
{
	bench_setup(state);
	reset(*state, pri_profile());
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, pri_setup, bench_teardown)

/* A read request of a PASID, the last of its group. */
static struct smmu_page_request last_read(uint16_t prg)
{
	return (struct smmu_page_request){.sid = 4,
					  .ssv = true,
					  .ssid = 9,
					  .addr = 0x12345000,
					  .prg = prg,
					  .last = true,
					  .read = true};
}

static bool send(struct bench *bench, struct smmu_page_request request)
{
	return smmu_page_request(bench->smmu, &request);
}

static const uint64_t *entry(const struct bench *bench, unsigned index)
{
	return &bench->ram[(BENCH_PRIQ - BENCH_RAM) / 8 + 2 * index];
}

static void fill(struct bench *bench)
{
	for (uint16_t prg = 0; prg < BENCH_QUEUE_SIZE; prg++)
		assert_true(send(bench, last_read(prg)));
	assert_int_equal(bench->num_prg, 0);
}

static void put_ste(struct bench *bench, uint32_t sid, uint64_t low, uint64_t high)
{
	uint64_t *ste = &bench->ram[(STRTAB - BENCH_RAM) / 8 + 8 * sid];

	ste[0] = low;
	ste[1] = high;
}

/* The only response so far. */
static void expect_response(const struct bench *bench, uint16_t prg, uint8_t code, bool ssv)
{
	assert_int_equal(bench->num_prg, 1);
	assert_int_equal(bench->prg[0].sid, 4);
	assert_int_equal(bench->prg[0].prg, prg);
	assert_int_equal(bench->prg[0].code, code);
	assert_int_equal(bench->prg[0].ssv, ssv);
	assert_int_equal(bench->prg[0].ssid, ssv ? 9 : 0);
}

/* The queue. */

static void an_entry_has_the_architectures_layout(void **state)
{
	struct bench *bench = *state;
	struct smmu_page_request request = {
		.sid = 0x12345678,
		.ssv = true,
		.ssid = 0xabcde,
		.addr = 0xfedcba9876543fff,
		.prg = 0x1a5,
		.write = true,
		.execute = true,
	};

	assert_true(send(bench, request));
	assert_int_equal(entry(bench, 0)[0], 0xa80abcde12345678);
	assert_int_equal(entry(bench, 0)[1], 0xfedcba98765431a5);
	request.write = request.execute = false;
	request.read = request.privileged = request.last = true;
	assert_true(send(bench, request));
	assert_int_equal(entry(bench, 1)[0], 0xd40abcde12345678);
	assert_int_equal(bench_reg(bench, SMMU_REG_PRIQ_PROD), 2);
	assert_int_equal(smmu_counters(bench->smmu).page_requests, 2);
	assert_int_equal(bench->num_prg, 0);
}

static void without_a_pasid_privileges_are_0(void **state)
{
	struct bench *bench = *state;
	struct smmu_page_request request = last_read(3);
	struct smmu_profile profile = pri_profile();

	request.execute = request.privileged = true;
	request.ssv = false;
	assert_true(send(bench, request));
	assert_int_equal(entry(bench, 0)[0], SMMU_PRIQ0_LAST | SMMU_PRIQ0_READ | 4);
	/* The same where there are no substreams. */
	profile.ssid_bits = 0;
	reset(bench, profile);
	request.ssv = true;
	assert_true(send(bench, request));
	assert_int_equal(entry(bench, 0)[0], SMMU_PRIQ0_LAST | SMMU_PRIQ0_READ | 4);
}

static void the_queue_wraps(void **state)
{
	struct bench *bench = *state;

	for (uint32_t i = 0; i < 3 * BENCH_QUEUE_SIZE + 1; i++) {
		assert_true(send(bench, last_read((uint16_t)i)));
		bench_set(bench, SMMU_REG_PRIQ_CONS, (i + 1) % (2 * BENCH_QUEUE_SIZE));
	}
	assert_int_equal(bench_reg(bench, SMMU_REG_PRIQ_PROD), BENCH_QUEUE_SIZE + 1);
	assert_int_equal(smmu_get(entry(bench, 0)[1], SMMU_PRIQ1_PRG), 3 * BENCH_QUEUE_SIZE);
}

static void a_queue_of_one_entry_works(void **state)
{
	struct bench *bench = *state;

	bench_set(bench, SMMU_REG_CR0, 0);
	/* 6.3.33: aligned to 32 bytes at least. */
	bench_set64(bench, SMMU_REG_PRIQ_BASE, BENCH_PRIQ + 32);
	bench_set(bench, SMMU_REG_CR0, PRI_ON);
	for (uint32_t i = 1; i <= 4; i++) {
		assert_true(send(bench, last_read((uint16_t)i)));
		assert_int_equal(bench_reg(bench, SMMU_REG_PRIQ_PROD), i % 2);
		assert_int_equal(smmu_get(entry(bench, 2)[1], SMMU_PRIQ1_PRG), i);
		bench_set(bench, SMMU_REG_PRIQ_CONS, i % 2);
	}
	assert_true(send(bench, last_read(5)));
	assert_false(send(bench, last_read(6)));
}

static void inconsistent_indexes_count_as_full(void **state)
{
	struct bench *bench = *state;

	/* 3.5.1: PROD.WR < CONS.RD with equal wrap bits. */
	bench_set(bench, SMMU_REG_PRIQ_CONS, 3);
	assert_false(send(bench, last_read(1)));
	assert_int_equal(bench_reg(bench, SMMU_REG_PRIQ_PROD), SMMU_Q_OVERFLOW);
}

/* Overflow (8.1). */

static void a_full_queue_overflows_once_and_answers_last_requests(void **state)
{
	struct bench *bench = *state;
	struct smmu_page_request request = last_read(100);

	request.ssv = false;
	fill(bench);
	assert_false(send(bench, request));
	assert_int_equal(bench_reg(bench, SMMU_REG_PRIQ_PROD), SMMU_Q_OVERFLOW | BENCH_QUEUE_SIZE);
	expect_response(bench, 100, SUCCESS, false);
	assert_true(bench->prg[0].automatic);
	assert_false(send(bench, request));
	assert_int_equal(bench_reg(bench, SMMU_REG_PRIQ_PROD), SMMU_Q_OVERFLOW | BENCH_QUEUE_SIZE);
	assert_int_equal(bench->num_prg, 2);
	/* All but the last request of a group are ignored in silence. */
	request.last = false;
	assert_false(send(bench, request));
	assert_int_equal(bench->num_prg, 2);
	assert_int_equal(smmu_get(entry(bench, 0)[1], SMMU_PRIQ1_PRG), 0);
	assert_int_equal(smmu_counters(bench->smmu).page_requests, BENCH_QUEUE_SIZE);
}

static void entries_are_kept_out_until_the_acknowledgement(void **state)
{
	struct bench *bench = *state;
	struct smmu_page_request request = last_read(100);

	request.last = false;
	fill(bench);
	assert_false(send(bench, request));
	bench_set(bench, SMMU_REG_PRIQ_CONS, BENCH_QUEUE_SIZE);
	assert_false(send(bench, request));
	bench_set(bench, SMMU_REG_PRIQ_CONS, SMMU_Q_OVERFLOW | BENCH_QUEUE_SIZE);
	assert_true(send(bench, request));
	assert_int_equal(bench_reg(bench, SMMU_REG_PRIQ_PROD),
			 SMMU_Q_OVERFLOW | (BENCH_QUEUE_SIZE + 1));
	/* It can happen again. */
	for (unsigned i = 1; i < BENCH_QUEUE_SIZE; i++)
		assert_true(send(bench, request));
	assert_false(send(bench, request));
	assert_int_equal(bench_reg(bench, SMMU_REG_PRIQ_PROD), 0);
}

static void stop_markers_are_entries_and_never_answered(void **state)
{
	struct bench *bench = *state;
	struct smmu_page_request marker = last_read(0);

	marker.read = false;
	assert_true(send(bench, marker));
	assert_int_equal(entry(bench, 0)[0], SMMU_PRIQ0_SSV | SMMU_PRIQ0_LAST | 9ull << 32 | 4);
	for (unsigned i = 1; i < BENCH_QUEUE_SIZE; i++)
		assert_true(send(bench, marker));
	assert_false(send(bench, marker));
	assert_true(bench_reg(bench, SMMU_REG_PRIQ_PROD) & SMMU_Q_OVERFLOW);
	bench_set(bench, SMMU_REG_CR0, 0);
	assert_false(send(bench, marker));
	assert_int_equal(bench->num_prg, 0);
	/* Chapter 8: without a PASID it is a request. */
	marker.ssv = false;
	assert_false(send(bench, marker));
	expect_response(bench, 0, FAILURE, false);
}

/* 8.1: which PASID an automatic response carries, and what becomes of a failed look at the STE. */
static void the_pasid_of_an_overflow_follows_pps_and_ppar(void **state)
{
	static const struct {
		bool pps;
		uint32_t cr2;
		uint64_t ste0, ste1;
		unsigned log2size;
		bool abort;
		uint8_t code;
		bool ssv;
		uint8_t event;
	} cases[] = {
		/* Found: PPAR, or PPS whatever is there. */
		{false, 0, SMMU_STE0_V, SMMU_STE1_PPAR, 4, false, SUCCESS, true, 0},
		{false, 0, SMMU_STE0_V, 0, 4, false, SUCCESS, false, 0},
		{true, 0, SMMU_STE0_V, 0, 4, false, SUCCESS, true, 0},
		{true, 0, 0, 0, 4, false, SUCCESS, true, 0},
		/* Not found or not valid: recorded where CR2 wants it. */
		{false, 0, 0, SMMU_STE1_PPAR, 4, false, FAILURE, false, 0},
		{false, SMMU_CR2_REC_CFG_ATS, 0, SMMU_STE1_PPAR, 4, false, FAILURE, false,
		 SMMU_C_BAD_STE},
		{false, SMMU_CR2_REC_CFG_ATS, SMMU_STE0_V, SMMU_STE1_PPAR, 4, true, FAILURE, false,
		 SMMU_F_STE_FETCH},
		{false, SMMU_CR2_REC_CFG_ATS, SMMU_STE0_V, SMMU_STE1_PPAR, 2, false, FAILURE, false,
		 0},
		{false, SMMU_CR2_REC_CFG_ATS | SMMU_CR2_RECINVSID, SMMU_STE0_V, SMMU_STE1_PPAR, 2,
		 false, FAILURE, false, SMMU_C_BAD_STREAMID},
		{false, SMMU_CR2_RECINVSID, SMMU_STE0_V, SMMU_STE1_PPAR, 2, false, FAILURE, false,
		 0},
	};
	struct bench *bench = *state;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct smmu_profile profile = pri_profile();
		struct smmu_event event;

		profile.pps = cases[i].pps;
		reset(bench, profile);
		bench_set(bench, SMMU_REG_CR0, 0);
		bench_set(bench, SMMU_REG_CR2, cases[i].cr2);
		bench_set(bench, SMMU_REG_STRTAB_BASE_CFG, cases[i].log2size);
		bench_set(bench, SMMU_REG_CR0, PRI_ON);
		put_ste(bench, 4, cases[i].ste0, cases[i].ste1);
		if (cases[i].abort) {
			bench->abort_lo = STRTAB + 4 * SMMU_STE_BYTES;
			bench->abort_hi = bench->abort_lo + 8;
		}
		fill(bench);
		assert_false(send(bench, last_read(77)));
		expect_response(bench, 77, cases[i].code, cases[i].ssv);
		event = smmu_event_decode(&bench->ram[(BENCH_EVTQ - BENCH_RAM) / 8]);
		assert_int_equal(event.type, cases[i].event);
		assert_int_equal(smmu_counters(bench->smmu).events, cases[i].event != 0);
		if (!cases[i].event)
			continue;
		assert_int_equal(event.sid, 4);
		if (event.type == SMMU_F_STE_FETCH)
			assert_int_equal(event.fetch_addr, STRTAB + 4 * SMMU_STE_BYTES);
	}
}

static void ppar_is_found_through_two_levels(void **state)
{
	struct bench *bench = *state;
	uint64_t *l1std = &bench->ram[(STRTAB - BENCH_RAM) / 8];

	bench_set(bench, SMMU_REG_CR0, 0);
	bench_set(bench, SMMU_REG_STRTAB_BASE_CFG,
		  8 | smmu_put(SMMU_STRTAB_CFG_SPLIT, 6) |
			  smmu_put(SMMU_STRTAB_CFG_FMT, SMMU_STRTAB_CFG_FMT_2LVL));
	bench_set(bench, SMMU_REG_CR0, PRI_ON);
	*l1std = (STRTAB + 0x1000) | 7;
	put_ste(bench, 0x1000 / SMMU_STE_BYTES + 4, SMMU_STE0_V, SMMU_STE1_PPAR);
	fill(bench);
	assert_false(send(bench, last_read(77)));
	expect_response(bench, 77, SUCCESS, true);
	*l1std = 0;
	bench->num_prg = 0;
	assert_false(send(bench, last_read(78)));
	expect_response(bench, 78, FAILURE, false);
	bench->abort_lo = STRTAB;
	bench->abort_hi = STRTAB + 8;
	bench->num_prg = 0;
	assert_false(send(bench, last_read(79)));
	expect_response(bench, 79, FAILURE, false);
}

/* 7.3.4: bits [55:OAS] of FetchAddr are RES0. */
static void the_record_of_a_failed_look_at_the_ste_fits_the_oas(void **state)
{
	struct bench *bench = *state;
	uint64_t oas = SMMU_BIT(bench->smmu->profile.oas_bits);
	struct smmu_event event;

	bench_set(bench, SMMU_REG_CR0, 0);
	bench_set(bench, SMMU_REG_CR2, SMMU_CR2_REC_CFG_ATS);
	bench_set(bench, SMMU_REG_STRTAB_BASE_CFG,
		  8 | smmu_put(SMMU_STRTAB_CFG_SPLIT, 6) |
			  smmu_put(SMMU_STRTAB_CFG_FMT, SMMU_STRTAB_CFG_FMT_2LVL));
	bench_set(bench, SMMU_REG_CR0, PRI_ON);
	bench->ram[(STRTAB - BENCH_RAM) / 8] = oas | (STRTAB + 0x1000) | 7;
	fill(bench);
	assert_false(send(bench, last_read(77)));
	expect_response(bench, 77, FAILURE, false);
	event = smmu_event_decode(&bench->ram[(BENCH_EVTQ - BENCH_RAM) / 8]);
	assert_int_equal(event.type, SMMU_F_STE_FETCH);
	assert_int_equal(event.fetch_addr, STRTAB + 0x1000 + 4 * SMMU_STE_BYTES);
}

/* Errors (8.2). */

static void a_queue_that_is_off_answers_every_request_with_failure(void **state)
{
	static const uint32_t cr0[] = {0, SMMU_CR0_SMMUEN, SMMU_CR0_PRIQEN};
	struct bench *bench = *state;

	for (unsigned i = 0; i < 2 * sizeof(cr0) / sizeof(cr0[0]); i++) {
		struct smmu_page_request request = last_read(8);

		bench_set(bench, SMMU_REG_CR0, cr0[i / 2]);
		request.last = i % 2;
		bench->num_prg = 0;
		assert_false(send(bench, request));
		expect_response(bench, 8, FAILURE, false);
	}
	assert_int_equal(bench_reg(bench, SMMU_REG_PRIQ_PROD), 0);
}

static void an_abort_keeps_prod_and_stops_the_queue(void **state)
{
	struct bench *bench = *state;
	struct smmu_page_request request = last_read(8);

	bench_set(bench, SMMU_REG_IRQ_CTRL, SMMU_IRQ_CTRL_GERROR_IRQEN | SMMU_IRQ_CTRL_PRIQ_IRQEN);
	bench->abort_lo = BENCH_PRIQ + 8; /* the upper half of the first entry */
	bench->abort_hi = bench->abort_lo + 8;
	request.last = false;
	assert_false(send(bench, request));
	expect_response(bench, 8, FAILURE, false);
	assert_int_equal(bench_reg(bench, SMMU_REG_PRIQ_PROD), 0);
	assert_int_equal(bench_reg(bench, SMMU_REG_GERROR), SMMU_GERROR_PRIQ_ABT_ERR);
	assert_int_equal(bench->irqs[SMMU_IRQ_GERROR], 1);
	assert_int_equal(bench->irqs[SMMU_IRQ_PRIQ], 0);
	bench->abort_hi = bench->abort_lo;
	assert_false(send(bench, request));
	assert_int_equal(bench->num_prg, 2);
	bench_acknowledge_errors(bench);
	assert_true(send(bench, request));
	assert_int_equal(bench->num_prg, 2);
}

static void without_pri_nothing_is_heard(void **state)
{
	struct bench *bench = *state;

	bench_reset(bench, bench_profile());
	assert_false(send(bench, last_read(1)));
	assert_int_equal(bench->num_prg, 0);
	assert_int_equal(bench_execute(bench, smmu_cmd_pri_resp(4, false, 0, 1, SMMU_PRI_SUCCESS)),
			 SMMU_CERROR_ILL);
	/* Nobody listens. */
	reset(bench, pri_profile());
	bench->smmu->bus.prg_response = NULL;
	bench_set(bench, SMMU_REG_CR0, 0);
	assert_false(send(bench, last_read(1)));
}

/* The interrupt (6.3.36, 3.18.2). */

static void the_interrupt_tells_that_the_queue_filled_up_from_empty(void **state)
{
	struct bench *bench = *state;

	bench_set64(bench, SMMU_REG_PRIQ_IRQ_CFG0, TARGET);
	bench_set(bench, SMMU_REG_PRIQ_IRQ_CFG1, 55);
	assert_true(send(bench, last_read(0)));
	assert_int_equal(bench->irqs[SMMU_IRQ_PRIQ], 0); /* not enabled */
	bench_set(bench, SMMU_REG_IRQ_CTRL, SMMU_IRQ_CTRL_PRIQ_IRQEN);
	assert_true(send(bench, last_read(1)));
	assert_int_equal(bench->irqs[SMMU_IRQ_PRIQ], 0);
	bench_set(bench, SMMU_REG_PRIQ_CONS, 2);
	assert_true(send(bench, last_read(2)));
	assert_true(send(bench, last_read(3)));
	assert_int_equal(bench->irqs[SMMU_IRQ_PRIQ], 1);
	assert_int_equal(bench->num_messages, 1);
	assert_int_equal(bench->message[0].pa, TARGET);
	assert_int_equal(bench->message[0].data, 55);
}

static void with_lo_every_last_request_interrupts(void **state)
{
	struct bench *bench = *state;
	struct smmu_page_request request = last_read(0);

	bench_set(bench, SMMU_REG_PRIQ_IRQ_CFG2, (uint32_t)SMMU_PRIQ_CFG2_LO);
	bench_set(bench, SMMU_REG_IRQ_CTRL, SMMU_IRQ_CTRL_PRIQ_IRQEN);
	request.last = false;
	assert_true(send(bench, request));
	assert_int_equal(bench->irqs[SMMU_IRQ_PRIQ], 0);
	request.last = true;
	for (unsigned i = 1; i < BENCH_QUEUE_SIZE; i++)
		assert_true(send(bench, request));
	assert_int_equal(bench->irqs[SMMU_IRQ_PRIQ], BENCH_QUEUE_SIZE - 1);
	/* Lost to an overflow: told as well, but only the last ones. */
	assert_false(send(bench, request));
	assert_int_equal(bench->irqs[SMMU_IRQ_PRIQ], BENCH_QUEUE_SIZE);
	request.last = false;
	assert_false(send(bench, request));
	assert_int_equal(bench->irqs[SMMU_IRQ_PRIQ], BENCH_QUEUE_SIZE);
	/* Lost to anything else: not told. */
	request.last = true;
	bench_set(bench, SMMU_REG_CR0, 0);
	assert_false(send(bench, request));
	assert_int_equal(bench->irqs[SMMU_IRQ_PRIQ], BENCH_QUEUE_SIZE);
}

static void an_aborted_message_is_a_global_error(void **state)
{
	struct bench *bench = *state;

	bench_set64(bench, SMMU_REG_PRIQ_IRQ_CFG0, 0x1000); /* outside of RAM */
	bench_set(bench, SMMU_REG_IRQ_CTRL, SMMU_IRQ_CTRL_PRIQ_IRQEN);
	assert_true(send(bench, last_read(0)));
	assert_int_equal(bench_reg(bench, SMMU_REG_GERROR), SMMU_GERROR_MSI_PRIQ_ABT_ERR);
	/* The queue goes on. */
	assert_true(send(bench, last_read(1)));
	bench_acknowledge_errors(bench);
	assert_int_equal(bench_reg(bench, SMMU_REG_GERRORN), SMMU_GERROR_MSI_PRIQ_ABT_ERR);
}

/* CMD_PRI_RESP (4.5.2). */

static void responses_reach_the_endpoint(void **state)
{
	static const uint8_t code[] = {
		[SMMU_PRI_FAILURE] = FAILURE,
		[SMMU_PRI_INVALID] = INVALID,
		[SMMU_PRI_SUCCESS] = SUCCESS,
	};
	struct bench *bench = *state;

	for (unsigned resp = 0; resp < 3; resp++) {
		bench->num_prg = 0;
		assert_int_equal(bench_execute(bench, smmu_cmd_pri_resp(4, true, 9, 0x1ff, resp)),
				 SMMU_CERROR_NONE);
		expect_response(bench, 0x1ff, code[resp], true);
		assert_false(bench->prg[0].automatic);
	}
	bench->num_prg = 0;
	assert_int_equal(bench_execute(bench, smmu_cmd_pri_resp(4, false, 0, 1, SMMU_PRI_SUCCESS)),
			 SMMU_CERROR_NONE);
	expect_response(bench, 1, SUCCESS, false);
}

static void responses_that_are_illegal(void **state)
{
	const struct smmu_command good = smmu_cmd_pri_resp(4, true, 9, 1, SMMU_PRI_SUCCESS);
	struct bench *bench = *state;
	struct smmu_command command;

	command = good;
	command.word[1] |= smmu_put(SMMU_PRI1_RESP, 3);
	assert_int_equal(bench_execute(bench, command), SMMU_CERROR_ILL);
	for (unsigned bit = 8; bit < 11; bit++) {
		command = good;
		command.word[0] |= SMMU_BIT(bit);
		assert_int_equal(bench_execute(bench, command), SMMU_CERROR_ILL);
	}
	for (unsigned bit = 9; bit < 64; bit++) {
		if (bit == 12 || bit == 13)
			continue;
		command = good;
		command.word[1] |= SMMU_BIT(bit);
		assert_int_equal(bench_execute(bench, command), SMMU_CERROR_ILL);
	}
	assert_int_equal(bench->num_prg, 0);
}

static void responses_that_have_no_effect(void **state)
{
	struct bench *bench = *state;
	struct smmu_profile profile = pri_profile();
	struct smmu_command command = smmu_cmd_pri_resp(4, true, 9, 1, SMMU_PRI_SUCCESS);

	bench_untold(bench, smmu_cmd_pri_resp(0x100, false, 0, 1, SMMU_PRI_SUCCESS));
	bench_untold(bench, smmu_cmd_pri_resp(4, true, 0x100, 1, SMMU_PRI_SUCCESS));
	bench_set(bench, SMMU_REG_CR0, SMMU_CR0_CMDQEN);
	bench_untold(bench, command);
	/* 4.1.3: illegal comes before ignored. */
	command.word[1] |= smmu_put(SMMU_PRI1_RESP, 3);
	assert_int_equal(bench_execute(bench, command), SMMU_CERROR_ILL);
	profile.ssid_bits = 0;
	reset(bench, profile);
	bench_untold(bench, smmu_cmd_pri_resp(4, true, 0, 1, SMMU_PRI_SUCCESS));
}

/* Chapter 8: a Stop Marker is L == 1, W == R == 0 with a PASID; 8.2: it is never answered. */
static void only_stop_markers_go_unanswered_when_the_write_aborts(void **state)
{
	static const struct {
		bool ssv, last, read, write, answered;
	} cases[] = {
		{true, true, false, false, false}, {false, true, false, false, true},
		{true, false, false, false, true}, {true, true, true, false, true},
		{true, true, false, true, true},   {false, true, false, true, true},
		{true, true, true, true, true},
	};
	struct bench *bench = *state;

	bench->abort_lo = BENCH_PRIQ;
	bench->abort_hi = BENCH_PRIQ + 0x80;
	for (unsigned i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		struct smmu_page_request request = last_read(8);

		request.ssv = cases[i / 2].ssv;
		request.last = cases[i / 2].last;
		request.read = cases[i / 2].read;
		request.write = cases[i / 2].write;
		bench->num_prg = 0;
		/* The first raises the error, the second finds it active. */
		if (i % 2 == 0)
			bench_acknowledge_errors(bench);
		assert_false(send(bench, request));
		assert_int_equal(bench->num_prg, cases[i / 2].answered);
		if (cases[i / 2].answered)
			expect_response(bench, 8, FAILURE, false);
		assert_true(smmu_gerror_active(bench->smmu, SMMU_GERROR_PRIQ_ABT_ERR));
	}
	assert_int_equal(bench_reg(bench, SMMU_REG_PRIQ_PROD), 0);
}

/* An endpoint that hears no responses is one that ignores them. */
static void nobody_has_to_hear_a_response(void **state)
{
	struct bench *bench = *state;

	bench->smmu->bus.prg_response = NULL;
	bench_set(bench, SMMU_REG_CR0, 0);
	assert_false(send(bench, last_read(8)));
	assert_int_equal(bench_execute(bench, smmu_cmd_pri_resp(4, true, 9, 8, SMMU_PRI_SUCCESS)),
			 SMMU_CERROR_NONE);
	assert_int_equal(bench->num_prg, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(an_entry_has_the_architectures_layout),
		TEST(without_a_pasid_privileges_are_0),
		TEST(the_queue_wraps),
		TEST(a_queue_of_one_entry_works),
		TEST(inconsistent_indexes_count_as_full),
		TEST(a_full_queue_overflows_once_and_answers_last_requests),
		TEST(entries_are_kept_out_until_the_acknowledgement),
		TEST(stop_markers_are_entries_and_never_answered),
		TEST(the_pasid_of_an_overflow_follows_pps_and_ppar),
		TEST(ppar_is_found_through_two_levels),
		TEST(the_record_of_a_failed_look_at_the_ste_fits_the_oas),
		TEST(a_queue_that_is_off_answers_every_request_with_failure),
		TEST(an_abort_keeps_prod_and_stops_the_queue),
		TEST(without_pri_nothing_is_heard),
		TEST(the_interrupt_tells_that_the_queue_filled_up_from_empty),
		TEST(with_lo_every_last_request_interrupts),
		TEST(an_aborted_message_is_a_global_error),
		TEST(responses_reach_the_endpoint),
		TEST(responses_that_are_illegal),
		TEST(responses_that_have_no_effect),
		TEST(only_stop_markers_go_unanswered_when_the_write_aborts),
		TEST(nobody_has_to_hear_a_response),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
