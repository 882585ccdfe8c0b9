/* SPDX-License-Identifier: MIT */
/*
 * Contract: global errors (6.3.19, 6.3.20, 7.5): an error toggles its bit once, stays active until
 * GERRORN equals GERROR, and interrupts when it becomes active. Run: ./test_gerror
 */
#include "bench.h"

static uint32_t active(struct bench *bench)
{
	return bench_reg(bench, SMMU_REG_GERROR) ^ bench_reg(bench, SMMU_REG_GERRORN);
}

static void an_active_error_is_not_toggled_again(void **state)
{
	struct bench *bench = *state;

	bench_set(bench, SMMU_REG_IRQ_CTRL, SMMU_IRQ_CTRL_GERROR_IRQEN);
	smmu_gerror_raise(bench->smmu, SMMU_GERROR_EVENTQ_ABT_ERR);
	smmu_gerror_raise(bench->smmu, SMMU_GERROR_EVENTQ_ABT_ERR);
	assert_int_equal(active(bench), SMMU_GERROR_EVENTQ_ABT_ERR);
	assert_int_equal(bench->irqs[SMMU_IRQ_GERROR], 1);
}

static void an_acknowledged_error_can_become_active_again(void **state)
{
	struct bench *bench = *state;

	smmu_gerror_raise(bench->smmu, SMMU_GERROR_EVENTQ_ABT_ERR);
	bench_acknowledge_errors(bench);
	assert_int_equal(active(bench), 0);
	assert_int_equal(bench_reg(bench, SMMU_REG_GERRORN), SMMU_GERROR_EVENTQ_ABT_ERR);
	smmu_gerror_raise(bench->smmu, SMMU_GERROR_EVENTQ_ABT_ERR);
	assert_int_equal(active(bench), SMMU_GERROR_EVENTQ_ABT_ERR);
	assert_int_equal(bench_reg(bench, SMMU_REG_GERROR), 0);
}

static void errors_are_independent(void **state)
{
	struct bench *bench = *state;

	smmu_gerror_raise(bench->smmu, SMMU_GERROR_EVENTQ_ABT_ERR);
	smmu_gerror_raise(bench->smmu, SMMU_GERROR_CMDQ_ERR);
	bench_set(bench, SMMU_REG_GERRORN, SMMU_GERROR_CMDQ_ERR);
	assert_int_equal(active(bench), SMMU_GERROR_EVENTQ_ABT_ERR);
}

static void the_interrupt_needs_its_enable(void **state)
{
	struct bench *bench = *state;

	bench_set(bench, SMMU_REG_IRQ_CTRL, SMMU_IRQ_CTRL_EVENTQ_IRQEN);
	smmu_gerror_raise(bench->smmu, SMMU_GERROR_CMDQ_ERR);
	assert_int_equal(bench->irqs[SMMU_IRQ_GERROR], 0);
	/* 6.3.16: enabling does not tell of what happened before. */
	bench_set(bench, SMMU_REG_IRQ_CTRL, SMMU_IRQ_CTRL_GERROR_IRQEN);
	assert_int_equal(bench->irqs[SMMU_IRQ_GERROR], 0);
}

static void reserved_bits_of_gerrorn_are_not_stored(void **state)
{
	struct bench *bench = *state;

	bench_set(bench, SMMU_REG_GERRORN, ~0u);
	assert_int_equal(bench_reg(bench, SMMU_REG_GERRORN),
			 SMMU_GERROR_CMDQ_ERR | SMMU_GERROR_EVENTQ_ABT_ERR | SMMU_GERROR_SFM_ERR);
}

static void an_smmu_without_interrupt_lines_still_reports(void **state)
{
	struct bench *bench = *state;

	bench->smmu->bus.irq = NULL;
	bench_set(bench, SMMU_REG_IRQ_CTRL, SMMU_IRQ_CTRL_GERROR_IRQEN);
	smmu_gerror_raise(bench->smmu, SMMU_GERROR_CMDQ_ERR);
	assert_int_equal(active(bench), SMMU_GERROR_CMDQ_ERR);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
	static const struct CMUnitTest tests[] = {
		TEST(an_active_error_is_not_toggled_again),
		TEST(an_acknowledged_error_can_become_active_again),
		TEST(errors_are_independent),
		TEST(the_interrupt_needs_its_enable),
		TEST(reserved_bits_of_gerrorn_are_not_stored),
		TEST(an_smmu_without_interrupt_lines_still_reports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
