/* SPDX-License-Identifier: MIT */
/*
 * Contract: wake-up events (IDR0.SEV): CMD_SYNC with SIG_SEV sends one when it was consumed (4.7.3),
 * and so does a Command queue that stops being full (4.1.2). Run: ctest -R smmuv3.test_sev
 */
#include "bench.h"

static void reset(struct bench *bench, bool sev)
{
	struct smmu_profile profile = bench_profile();

	profile.sev = sev;
	profile.msi = true;
	bench_reset(bench, profile);
	bench_enable(bench, SMMU_CR0_CMDQEN);
}

static int sev_setup(void **state)
{
	bench_setup(state);
	reset(*state, true);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sev_setup, bench_teardown)

static void check_consumed(struct bench *bench, enum smmu_irq irq)
{
	assert_int_equal(irq, SMMU_IRQ_EVENT);
	assert_int_equal(bench_reg(bench, SMMU_REG_CMDQ_CONS), 1);
}

static void sync_sends_an_event_after_consumption(void **state)
{
	struct bench *bench = *state;

	bench->on_irq = check_consumed;
	assert_true(bench_submit(bench, smmu_cmd_sync(SMMU_SYNC_SEV)));
	assert_int_equal(bench->irqs[SMMU_IRQ_EVENT], 1);
	assert_int_equal(bench->irqs[SMMU_IRQ_SYNC], 0);
}

static void an_event_writes_no_message(void **state)
{
	struct bench *bench = *state;
	struct smmu_command command = smmu_cmd_sync_msi(BENCH_RAM + 0x4000, 5);

	command.word[0] &= ~smmu_put(SMMU_SYNC0_CS, 3);
	command.word[0] |= smmu_put(SMMU_SYNC0_CS, SMMU_SYNC_SEV);
	assert_true(bench_submit(bench, command));
	assert_int_equal(bench->irqs[SMMU_IRQ_EVENT], 1);
	assert_int_equal(bench->num_messages, 0);
}

static void other_signals_send_none(void **state)
{
	struct bench *bench = *state;

	assert_true(bench_submit(bench, smmu_cmd_sync(SMMU_SYNC_NONE)));
	assert_true(bench_submit(bench, smmu_cmd_sync(SMMU_SYNC_IRQ)));
	assert_int_equal(bench->irqs[SMMU_IRQ_EVENT], 0);
}

static void without_sev_the_signal_is_none(void **state)
{
	struct bench *bench = *state;

	reset(bench, false);
	assert_true(bench_submit(bench, smmu_cmd_sync(SMMU_SYNC_SEV)));
	for (unsigned i = 0; i < BENCH_QUEUE_SIZE; i++)
		bench_put(bench, smmu_cmd_sync(SMMU_SYNC_SEV));
	bench_set(bench, SMMU_REG_CMDQ_PROD, bench->produced);
	assert_int_equal(bench->irqs[SMMU_IRQ_EVENT], 0);
}

static void a_full_queue_that_gets_space_sends_one_event(void **state)
{
	struct bench *bench = *state;

	for (unsigned i = 0; i < BENCH_QUEUE_SIZE; i++)
		bench_put(bench, smmu_cmd_sync(SMMU_SYNC_NONE));
	bench_set(bench, SMMU_REG_CMDQ_PROD, bench->produced);
	assert_int_equal(bench->irqs[SMMU_IRQ_EVENT], 1);
	for (unsigned i = 1; i < BENCH_QUEUE_SIZE; i++)
		bench_put(bench, smmu_cmd_sync(SMMU_SYNC_NONE));
	bench_set(bench, SMMU_REG_CMDQ_PROD, bench->produced);
	assert_int_equal(bench->irqs[SMMU_IRQ_EVENT], 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(sync_sends_an_event_after_consumption),
		TEST(an_event_writes_no_message),
		TEST(other_signals_send_none),
		TEST(without_sev_the_signal_is_none),
		TEST(a_full_queue_that_gets_space_sends_one_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
