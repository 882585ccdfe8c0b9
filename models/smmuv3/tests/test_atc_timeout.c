/* SPDX-License-Identifier: MIT */
/*
 * Contract: ATS invalidations that never complete (3.9.1.4, 4.7.3, 7.1): the next CMD_SYNC stops
 * with CERROR_ATC_INV_SYNC and signals nothing; once that was acknowledged, it completes.
 * Run: ctest -R smmuv3.test_atc_timeout
 */
#include "bench.h"

static const uint8_t sid = 4;

static int timeout_setup(void **state)
{
	struct bench *bench;

	bench_setup(state);
	bench = *state;
	bench_enable(bench, SMMU_CR0_CMDQEN | SMMU_CR0_SMMUEN);
	bench->atc_times_out = true;
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, timeout_setup, bench_teardown)

static struct smmu_command atc_inv(void)
{
	return smmu_cmd_atc_inv(sid, false, 0, 0, SMMU_CMD1_SIZE_ALL);
}

static void the_command_is_consumed_and_the_sync_is_not(void **state)
{
	struct bench *bench = *state;

	bench_set(bench, SMMU_REG_IRQ_CTRL, SMMU_IRQ_CTRL_GERROR_IRQEN);
	assert_true(bench_submit(bench, atc_inv()));
	assert_int_equal(bench->num_atc, 1);
	assert_int_equal(bench_reg(bench, SMMU_REG_GERROR), 0);
	assert_true(bench_submit(bench, smmu_cmd_cfgi_all()));
	assert_false(bench_submit(bench, smmu_cmd_sync(SMMU_SYNC_IRQ)));
	assert_int_equal(bench_reg(bench, SMMU_REG_CMDQ_CONS) & SMMU_Q_INDEX, 2);
	assert_int_equal(bench_cerror(bench), SMMU_CERROR_ATC_INV_SYNC);
	assert_int_equal(bench_reg(bench, SMMU_REG_GERROR), SMMU_GERROR_CMDQ_ERR);
	assert_int_equal(bench->irqs[SMMU_IRQ_GERROR], 1);
	assert_int_equal(bench->irqs[SMMU_IRQ_SYNC], 0);
	assert_int_equal(smmu_counters(bench->smmu).syncs, 0);
}

static void the_sync_completes_when_the_error_was_acknowledged(void **state)
{
	struct bench *bench = *state;

	assert_true(bench_submit(bench, atc_inv()));
	assert_true(bench_submit(bench, atc_inv()));
	assert_false(bench_submit(bench, smmu_cmd_sync(SMMU_SYNC_IRQ)));
	bench_acknowledge_errors(bench);
	assert_int_equal(bench_reg(bench, SMMU_REG_CMDQ_CONS) & SMMU_Q_INDEX, 3);
	assert_int_equal(bench->irqs[SMMU_IRQ_SYNC], 1);
	/* 4.7.3: invalidations that are issued again are a matter of the CMD_SYNC after them. */
	assert_true(bench_submit(bench, atc_inv()));
	assert_false(bench_submit(bench, smmu_cmd_sync(SMMU_SYNC_NONE)));
}

static void an_illegal_sync_is_illegal_first(void **state)
{
	struct bench *bench = *state;

	assert_true(bench_submit(bench, atc_inv()));
	assert_false(bench_submit(bench, smmu_cmd_sync(SMMU_SYNC_RESERVED)));
	assert_int_equal(bench_cerror(bench), SMMU_CERROR_ILL);
	bench->ram[(BENCH_CMDQ - BENCH_RAM) / 8 + 2] = SMMU_CMD_SYNC;
	bench_acknowledge_errors(bench);
	assert_int_equal(bench_cerror(bench), SMMU_CERROR_ATC_INV_SYNC);
}

static void endpoints_that_answer_make_no_error(void **state)
{
	struct bench *bench = *state;

	bench->atc_times_out = false;
	assert_true(bench_submit(bench, atc_inv()));
	assert_true(bench_submit(bench, smmu_cmd_sync(SMMU_SYNC_NONE)));
	/* Nobody listens: the endpoint has no ATC. */
	bench->smmu->bus.atc_inv = NULL;
	assert_true(bench_submit(bench, atc_inv()));
	assert_true(bench_submit(bench, smmu_cmd_sync(SMMU_SYNC_NONE)));
}

static void what_never_went_out_cannot_time_out(void **state)
{
	struct bench *bench = *state;

	bench_set(bench, SMMU_REG_CR0, SMMU_CR0_CMDQEN);
	assert_true(bench_submit(bench, atc_inv()));
	assert_true(bench_submit(bench, smmu_cmd_sync(SMMU_SYNC_NONE)));
	assert_int_equal(bench->num_atc, 0);
}

static void what_timed_out_is_invalidated_nowhere(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(bench_execute(bench, atc_inv()), SMMU_CERROR_NONE);
	assert_int_equal(bench->smmu->worst.num_pending, 0);
}

static void reset_forgets_it(void **state)
{
	struct bench *bench = *state;

	assert_true(bench_submit(bench, atc_inv()));
	bench_reset(bench, bench_profile());
	bench_enable(bench, SMMU_CR0_CMDQEN);
	assert_true(bench_submit(bench, smmu_cmd_sync(SMMU_SYNC_NONE)));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(the_command_is_consumed_and_the_sync_is_not),
		TEST(the_sync_completes_when_the_error_was_acknowledged),
		TEST(an_illegal_sync_is_illegal_first),
		TEST(endpoints_that_answer_make_no_error),
		TEST(what_never_went_out_cannot_time_out),
		TEST(what_timed_out_is_invalidated_nowhere),
		TEST(reset_forgets_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
