/* SPDX-License-Identifier: MIT */
/*
 * Contract: the Command queue (3.5, 4.1.2, 7.1): commands are consumed in order while the queue is
 * enabled, wrap around, and stop at the first error until software acknowledges it; one kick is
 * bounded whatever an interrupt handler does. Run: ./test_cmdq
 */
#include "bench.h"

static const struct smmu_command bad = {{0xff, 0}};

static void commands_wait_for_cmdqen(void **state)
{
	struct bench *bench = *state;

	bench_enable(bench, 0);
	assert_false(bench_submit(bench, smmu_cmd_sync(SMMU_SYNC_NONE)));
	assert_int_equal(smmu_counters(bench->smmu).commands, 0);
	bench_set(bench, SMMU_REG_CR0, SMMU_CR0_CMDQEN);
	assert_int_equal(bench_reg(bench, SMMU_REG_CMDQ_CONS), 1);
	assert_int_equal(smmu_counters(bench->smmu).syncs, 1);
}

static void a_full_queue_is_consumed_in_one_kick(void **state)
{
	struct bench *bench = *state;

	bench_enable(bench, SMMU_CR0_CMDQEN);
	for (unsigned i = 0; i < BENCH_QUEUE_SIZE; i++)
		bench_put(bench, smmu_cmd_sync(SMMU_SYNC_NONE));
	bench_set(bench, SMMU_REG_CMDQ_PROD, bench->produced);
	assert_int_equal(bench_reg(bench, SMMU_REG_CMDQ_CONS), BENCH_QUEUE_SIZE);
	assert_int_equal(smmu_counters(bench->smmu).commands, BENCH_QUEUE_SIZE);
}

static void indexes_wrap_many_times(void **state)
{
	struct bench *bench = *state;

	bench_enable(bench, SMMU_CR0_CMDQEN);
	for (unsigned i = 0; i < 5 * BENCH_QUEUE_SIZE + 3; i++)
		assert_true(bench_submit(bench, smmu_cmd_sync(SMMU_SYNC_NONE)));
	assert_int_equal(smmu_counters(bench->smmu).syncs, 5 * BENCH_QUEUE_SIZE + 3);
}

static void a_queue_of_one_entry_works(void **state)
{
	struct bench *bench = *state;

	bench_set64(bench, SMMU_REG_CMDQ_BASE, BENCH_CMDQ);
	bench_set(bench, SMMU_REG_CR0, SMMU_CR0_CMDQEN);
	bench->ram[(BENCH_CMDQ - BENCH_RAM) / 8] = SMMU_CMD_SYNC;
	for (unsigned i = 1; i <= 4; i++) {
		bench_set(bench, SMMU_REG_CMDQ_PROD, i % 2);
		assert_int_equal(smmu_counters(bench->smmu).syncs, i);
	}
}

static void the_base_is_aligned_to_the_queue(void **state)
{
	struct bench *bench = *state;

	bench_set64(bench, SMMU_REG_CMDQ_BASE, (BENCH_CMDQ + 0x60) | BENCH_QUEUE_LOG2);
	bench_set(bench, SMMU_REG_CR0, SMMU_CR0_CMDQEN);
	assert_true(bench_submit(bench, smmu_cmd_sync(SMMU_SYNC_NONE)));
	assert_int_equal(smmu_counters(bench->smmu).syncs, 1);
}

static void an_error_stops_consumption_at_the_command(void **state)
{
	struct bench *bench = *state;

	bench_enable(bench, SMMU_CR0_CMDQEN);
	bench_put(bench, smmu_cmd_sync(SMMU_SYNC_NONE));
	bench_put(bench, bad);
	bench_put(bench, smmu_cmd_sync(SMMU_SYNC_NONE));
	bench_set(bench, SMMU_REG_CMDQ_PROD, bench->produced);
	assert_int_equal(bench_reg(bench, SMMU_REG_CMDQ_CONS) & SMMU_Q_INDEX, 1);
	assert_int_equal(bench_cerror(bench), SMMU_CERROR_ILL);
	assert_int_equal(bench_reg(bench, SMMU_REG_GERROR), SMMU_GERROR_CMDQ_ERR);
	assert_int_equal(smmu_counters(bench->smmu).command_errors, 1);
	/* 7.1: nothing is consumed while the error is active. */
	bench_set(bench, SMMU_REG_CMDQ_PROD, bench->produced);
	assert_int_equal(smmu_counters(bench->smmu).commands, 1);
}

static void acknowledging_the_error_fetches_the_command_again(void **state)
{
	struct bench *bench = *state;

	bench_enable(bench, SMMU_CR0_CMDQEN);
	assert_false(bench_submit(bench, bad));
	bench->ram[(BENCH_CMDQ - BENCH_RAM) / 8] = SMMU_CMD_SYNC;
	bench_acknowledge_errors(bench);
	assert_int_equal(bench_reg(bench, SMMU_REG_CMDQ_CONS) & SMMU_Q_INDEX, 1);
	assert_int_equal(smmu_counters(bench->smmu).syncs, 1);
}

static void an_unmended_command_fails_again(void **state)
{
	struct bench *bench = *state;

	bench_enable(bench, SMMU_CR0_CMDQEN);
	assert_false(bench_submit(bench, bad));
	bench_acknowledge_errors(bench);
	assert_int_equal(smmu_counters(bench->smmu).command_errors, 2);
	assert_int_equal(bench_reg(bench, SMMU_REG_GERROR) ^ bench_reg(bench, SMMU_REG_GERRORN),
			 SMMU_GERROR_CMDQ_ERR);
}

static void an_abort_on_fetch_is_reported(void **state)
{
	struct bench *bench = *state;

	bench_enable(bench, SMMU_CR0_CMDQEN);
	bench->abort_lo = BENCH_CMDQ + 24; /* the upper half of the second command */
	bench->abort_hi = bench->abort_lo + 8;
	assert_true(bench_submit(bench, smmu_cmd_sync(SMMU_SYNC_NONE)));
	assert_false(bench_submit(bench, smmu_cmd_sync(SMMU_SYNC_NONE)));
	assert_int_equal(bench_cerror(bench), SMMU_CERROR_ABT);
	assert_int_equal(bench_reg(bench, SMMU_REG_CMDQ_CONS) & SMMU_Q_INDEX, 1);
}

static void inconsistent_indexes_consume_nothing(void **state)
{
	struct bench *bench = *state;

	bench_enable(bench, SMMU_CR0_CMDQEN);
	/* 3.5.1: PROD.WR > CONS.RD with different wrap bits. */
	bench_set(bench, SMMU_REG_CMDQ_PROD, BENCH_QUEUE_SIZE + 1);
	assert_int_equal(bench_reg(bench, SMMU_REG_CMDQ_CONS), 0);
	assert_int_equal(bench_reg(bench, SMMU_REG_GERROR), 0);
}

static void check_consumed(struct bench *bench, enum smmu_irq irq)
{
	assert_int_equal(irq, SMMU_IRQ_SYNC);
	assert_int_equal(bench_reg(bench, SMMU_REG_CMDQ_CONS), 1);
}

static void sync_interrupt_comes_after_consumption(void **state)
{
	struct bench *bench = *state;

	bench_enable(bench, SMMU_CR0_CMDQEN);
	bench->on_irq = check_consumed;
	assert_true(bench_submit(bench, smmu_cmd_sync(SMMU_SYNC_IRQ)));
	assert_int_equal(bench->irqs[SMMU_IRQ_SYNC], 1);
}

static void submit_another(struct bench *bench, enum smmu_irq irq)
{
	(void)irq;
	bench_put(bench, smmu_cmd_sync(SMMU_SYNC_IRQ));
	bench_set(bench, SMMU_REG_CMDQ_PROD, bench->produced);
}

static void a_handler_that_always_submits_is_cut_off(void **state)
{
	struct bench *bench = *state;

	bench_enable(bench, SMMU_CR0_CMDQEN);
	bench->on_irq = submit_another;
	submit_another(bench, SMMU_IRQ_SYNC);
	assert_in_range(smmu_counters(bench->smmu).syncs, 256, 4096);
	assert_int_equal(bench->irqs[SMMU_IRQ_SYNC], smmu_counters(bench->smmu).syncs);
}

/* Far more commands than one page: what a kick consumes is bounded by the queue alone. */
static bool read_one_command(void *ctx, uint64_t pa, uint64_t *value)
{
	(void)ctx;
	*value = pa % SMMU_CMD_BYTES ? 0 : SMMU_CMD_TLBI_NSNH_ALL;
	return true;
}

static void the_largest_queue_is_consumed_in_one_kick(void **state)
{
	struct bench *bench = *state;
	struct smmu_profile profile = bench_profile();

	profile.cmdq_bits = 19;
	profile.cache = SMMU_CACHE_NONE;
	bench_reset(bench, profile);
	bench->smmu->bus.read64 = read_one_command;
	bench_set64(bench, SMMU_REG_CMDQ_BASE, BENCH_RAM | 19);
	bench_set(bench, SMMU_REG_CR0, SMMU_CR0_CMDQEN);
	bench_set(bench, SMMU_REG_CMDQ_PROD, 1 << 19);
	assert_int_equal(bench_reg(bench, SMMU_REG_CMDQ_CONS), 1 << 19);
	assert_int_equal(smmu_counters(bench->smmu).commands, 1 << 19);
}

/* 7.1: while the error is active, PROD may go back as far as CONS. */
static void prod_may_go_back_while_the_error_is_active(void **state)
{
	struct bench *bench = *state;

	bench_enable(bench, SMMU_CR0_CMDQEN);
	bench_put(bench, bad);
	bench_put(bench, smmu_cmd_sync(SMMU_SYNC_NONE));
	bench_set(bench, SMMU_REG_CMDQ_PROD, bench->produced);
	bench_set(bench, SMMU_REG_CMDQ_PROD, 0);
	bench_acknowledge_errors(bench);
	assert_int_equal(bench_reg(bench, SMMU_REG_CMDQ_CONS) & SMMU_Q_INDEX, 0);
	assert_int_equal(smmu_counters(bench->smmu).command_errors, 1);
}

static void acknowledge(struct bench *bench, enum smmu_irq irq)
{
	(void)irq;
	bench_acknowledge_errors(bench);
}

static void a_handler_that_only_acknowledges_is_cut_off(void **state)
{
	struct bench *bench = *state;

	bench_enable(bench, SMMU_CR0_CMDQEN);
	bench_set(bench, SMMU_REG_IRQ_CTRL, SMMU_IRQ_CTRL_GERROR_IRQEN);
	bench->on_irq = acknowledge;
	assert_false(bench_submit(bench, bad));
	assert_in_range(smmu_counters(bench->smmu).command_errors, 2, 4096);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
	static const struct CMUnitTest tests[] = {
		TEST(commands_wait_for_cmdqen),
		TEST(a_full_queue_is_consumed_in_one_kick),
		TEST(indexes_wrap_many_times),
		TEST(a_queue_of_one_entry_works),
		TEST(the_base_is_aligned_to_the_queue),
		TEST(an_error_stops_consumption_at_the_command),
		TEST(acknowledging_the_error_fetches_the_command_again),
		TEST(an_unmended_command_fails_again),
		TEST(an_abort_on_fetch_is_reported),
		TEST(inconsistent_indexes_consume_nothing),
		TEST(sync_interrupt_comes_after_consumption),
		TEST(the_largest_queue_is_consumed_in_one_kick),
		TEST(prod_may_go_back_while_the_error_is_active),
		TEST(a_handler_that_always_submits_is_cut_off),
		TEST(a_handler_that_only_acknowledges_is_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
