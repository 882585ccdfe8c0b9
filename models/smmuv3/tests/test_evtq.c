/* SPDX-License-Identifier: MIT */
/*
 * Contract: the Event queue (7.2, 7.4): a record is written if the queue is enabled, has space and
 * no unacknowledged abort; a record lost to a full queue raises the overflow flag once; the
 * interrupt tells that the queue stopped being empty. Run: ./test_evtq
 */
#include "bench.h"

static void record(struct bench *bench, uint32_t sid)
{
	struct smmu_event event = {.type = SMMU_C_BAD_STE, .sid = sid};

	smmu_event_record(bench->smmu, &event);
}

static void fill(struct bench *bench)
{
	for (uint32_t sid = 0; sid < BENCH_QUEUE_SIZE; sid++)
		record(bench, sid);
}

static struct smmu_event stored(const struct bench *bench, unsigned index)
{
	return smmu_event_decode(&bench->ram[(BENCH_EVTQ - BENCH_RAM) / 8 + 4 * index]);
}

static void records_appear_in_order(void **state)
{
	struct bench *bench = *state;

	bench_enable(bench, SMMU_CR0_EVENTQEN);
	record(bench, 7);
	record(bench, 9);
	assert_int_equal(bench_reg(bench, SMMU_REG_EVENTQ_PROD), 2);
	assert_int_equal(stored(bench, 0).sid, 7);
	assert_int_equal(stored(bench, 1).sid, 9);
	assert_int_equal(stored(bench, 1).type, SMMU_C_BAD_STE);
	assert_int_equal(smmu_counters(bench->smmu).events, 2);
	assert_int_equal(smmu_counters(bench->smmu).events_lost, 0);
}

static void a_disabled_queue_loses_records_silently(void **state)
{
	struct bench *bench = *state;

	bench_enable(bench, 0);
	record(bench, 7);
	assert_int_equal(bench_reg(bench, SMMU_REG_EVENTQ_PROD), 0);
	assert_int_equal(bench->ram[(BENCH_EVTQ - BENCH_RAM) / 8], 0);
	assert_int_equal(smmu_counters(bench->smmu).events_lost, 1);
}

static void a_full_queue_overflows_once(void **state)
{
	struct bench *bench = *state;

	bench_enable(bench, SMMU_CR0_EVENTQEN);
	fill(bench);
	assert_int_equal(bench_reg(bench, SMMU_REG_EVENTQ_PROD), BENCH_QUEUE_SIZE);
	record(bench, 99);
	record(bench, 100);
	assert_int_equal(bench_reg(bench, SMMU_REG_EVENTQ_PROD),
			 SMMU_Q_OVERFLOW | BENCH_QUEUE_SIZE);
	assert_int_equal(stored(bench, 0).sid, 0);
	assert_int_equal(smmu_counters(bench->smmu).events_lost, 2);
}

static void an_acknowledged_overflow_can_be_told_again(void **state)
{
	struct bench *bench = *state;

	bench_enable(bench, SMMU_CR0_EVENTQEN);
	fill(bench);
	record(bench, 99);
	bench_set(bench, SMMU_REG_EVENTQ_CONS, SMMU_Q_OVERFLOW | 0);
	record(bench, 100);
	assert_int_equal(bench_reg(bench, SMMU_REG_EVENTQ_PROD), BENCH_QUEUE_SIZE);
}

static void an_unacknowledged_overflow_does_not_stop_records(void **state)
{
	struct bench *bench = *state;

	bench_enable(bench, SMMU_CR0_EVENTQEN);
	fill(bench);
	record(bench, 99);
	bench_set(bench, SMMU_REG_EVENTQ_CONS, 1);
	record(bench, 100);
	assert_int_equal(stored(bench, 0).sid, 100);
	assert_int_equal(bench_reg(bench, SMMU_REG_EVENTQ_PROD),
			 SMMU_Q_OVERFLOW | (BENCH_QUEUE_SIZE + 1));
}

static void an_abort_keeps_prod_and_raises_gerror(void **state)
{
	struct bench *bench = *state;

	bench_enable(bench, SMMU_CR0_EVENTQEN);
	bench->abort_lo = BENCH_EVTQ + 0x30; /* the third word of the second record */
	bench->abort_hi = bench->abort_lo + 8;
	record(bench, 7);
	record(bench, 8);
	assert_int_equal(bench_reg(bench, SMMU_REG_EVENTQ_PROD), 1);
	assert_int_equal(bench_reg(bench, SMMU_REG_GERROR), SMMU_GERROR_EVENTQ_ABT_ERR);
	/* 7.2.1: no delivery until the abort is acknowledged. */
	bench->abort_hi = bench->abort_lo;
	record(bench, 9);
	assert_int_equal(bench_reg(bench, SMMU_REG_EVENTQ_PROD), 1);
	bench_acknowledge_errors(bench);
	record(bench, 10);
	assert_int_equal(stored(bench, 1).sid, 10);
	assert_int_equal(smmu_counters(bench->smmu).events_lost, 2);
}

static void the_interrupt_tells_that_the_queue_filled_up_from_empty(void **state)
{
	struct bench *bench = *state;

	bench_enable(bench, SMMU_CR0_EVENTQEN);
	bench_set(bench, SMMU_REG_IRQ_CTRL, SMMU_IRQ_CTRL_EVENTQ_IRQEN);
	record(bench, 1);
	record(bench, 2);
	assert_int_equal(bench->irqs[SMMU_IRQ_EVTQ], 1);
	bench_set(bench, SMMU_REG_EVENTQ_CONS, 2);
	record(bench, 3);
	assert_int_equal(bench->irqs[SMMU_IRQ_EVTQ], 2);
	bench_set(bench, SMMU_REG_EVENTQ_CONS, 3);
	bench_set(bench, SMMU_REG_IRQ_CTRL, 0);
	record(bench, 4);
	assert_int_equal(bench->irqs[SMMU_IRQ_EVTQ], 2);
}

static void inconsistent_indexes_count_as_full(void **state)
{
	struct bench *bench = *state;

	bench_enable(bench, SMMU_CR0_EVENTQEN);
	bench_set(bench, SMMU_REG_EVENTQ_CONS, 5);
	record(bench, 1);
	assert_int_equal(bench_reg(bench, SMMU_REG_EVENTQ_PROD), SMMU_Q_OVERFLOW);
}

static void indexes_wrap_many_times(void **state)
{
	struct bench *bench = *state;

	bench_enable(bench, SMMU_CR0_EVENTQEN);
	for (uint32_t i = 0; i < 5 * BENCH_QUEUE_SIZE; i++) {
		record(bench, i);
		assert_int_equal(stored(bench, i % BENCH_QUEUE_SIZE).sid, i);
		bench_set(bench, SMMU_REG_EVENTQ_CONS, bench_reg(bench, SMMU_REG_EVENTQ_PROD));
	}
	assert_int_equal(smmu_counters(bench->smmu).events, 5 * BENCH_QUEUE_SIZE);
}

static void the_record_of_a_stage_2_fault_has_its_ipa(void **state)
{
	static const struct smmu_event event = {
		.type = SMMU_F_TRANSLATION, .sid = 7, .s2 = true, .ipa = 0x12345000};
	struct bench *bench = *state;

	bench_enable(bench, SMMU_CR0_EVENTQEN);
	smmu_event_record(bench->smmu, &event);
	assert_true(stored(bench, 0).s2);
	assert_int_equal(stored(bench, 0).ipa, 0x12345000);
}

static void a_queue_of_one_entry_works(void **state)
{
	struct bench *bench = *state;

	bench_set64(bench, SMMU_REG_EVENTQ_BASE, BENCH_EVTQ);
	bench_set(bench, SMMU_REG_CR0, SMMU_CR0_EVENTQEN);
	for (uint32_t i = 1; i <= 4; i++) {
		record(bench, i);
		assert_int_equal(bench_reg(bench, SMMU_REG_EVENTQ_PROD), i % 2);
		assert_int_equal(stored(bench, 0).sid, i);
		bench_set(bench, SMMU_REG_EVENTQ_CONS, i % 2);
	}
	record(bench, 5);
	record(bench, 6);
	assert_int_equal(bench_reg(bench, SMMU_REG_EVENTQ_PROD), SMMU_Q_OVERFLOW | 1);
	assert_int_equal(stored(bench, 0).sid, 5);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
	static const struct CMUnitTest tests[] = {
		TEST(records_appear_in_order),
		TEST(a_disabled_queue_loses_records_silently),
		TEST(a_full_queue_overflows_once),
		TEST(an_acknowledged_overflow_can_be_told_again),
		TEST(an_unacknowledged_overflow_does_not_stop_records),
		TEST(an_abort_keeps_prod_and_raises_gerror),
		TEST(the_interrupt_tells_that_the_queue_filled_up_from_empty),
		TEST(inconsistent_indexes_count_as_full),
		TEST(indexes_wrap_many_times),
		TEST(the_record_of_a_stage_2_fault_has_its_ipa),
		TEST(a_queue_of_one_entry_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
