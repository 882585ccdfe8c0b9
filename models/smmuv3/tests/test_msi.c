/* SPDX-License-Identifier: MIT */
/*
 * Contract: interrupts as messages (3.18, 4.7.3, 6.3.21, 6.3.30): who writes which word when, that
 * what they tell of is visible before, and what becomes of a message that aborts.
 * Run: ctest -R smmuv3.test_msi
 */
#include "bench.h"

enum { TARGET = BENCH_RAM + 0x4000 };

static void reset(struct bench *bench, bool msi)
{
	struct smmu_profile profile = bench_profile();

	profile.msi = msi;
	bench_reset(bench, profile);
	bench_enable(bench, SMMU_CR0_CMDQEN | SMMU_CR0_EVENTQEN);
}

static int msi_setup(void **state)
{
	bench_setup(state);
	reset(*state, true);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, msi_setup, bench_teardown)

static uint32_t word_at(const struct bench *bench, uint64_t pa)
{
	return (uint32_t)(bench->ram[(pa - BENCH_RAM) / 8] >> (pa & 4 ? 32 : 0));
}

static void expect_message(const struct bench *bench, uint64_t pa, uint32_t data)
{
	assert_int_equal(bench->num_messages, 1);
	assert_int_equal(bench->message[0].pa, pa);
	assert_int_equal(bench->message[0].data, data);
	assert_int_equal(word_at(bench, pa), data);
}

static void sync_writes_its_message_when_it_was_consumed(void **state)
{
	struct bench *bench = *state;

	assert_true(bench_submit(bench, smmu_cmd_sync_msi(TARGET + 4, 0xcafe1234)));
	expect_message(bench, TARGET + 4, 0xcafe1234);
	/* 3.18: the consumption is observable first. */
	assert_int_equal(bench->message[0].cons, 1);
	assert_int_equal(word_at(bench, TARGET), 0);
	/* 4.7.3: the wire is used as well, regardless of MSIAddress. */
	assert_int_equal(bench->irqs[SMMU_IRQ_SYNC], 1);
}

static void software_can_poll_the_command_itself(void **state)
{
	struct bench *bench = *state;

	/* arm_smmu_cmdq_build_sync_cmd(): the message makes the command's first word 0. */
	assert_true(bench_submit(bench, smmu_cmd_sync_msi(BENCH_CMDQ, 0)));
	expect_message(bench, BENCH_CMDQ, 0);
}

static void address_0_leaves_the_wire_alone(void **state)
{
	struct bench *bench = *state;

	assert_true(bench_submit(bench, smmu_cmd_sync_msi(0, 5)));
	assert_int_equal(bench->num_messages, 0);
	assert_int_equal(bench->irqs[SMMU_IRQ_SYNC], 1);
}

static void only_sig_irq_writes(void **state)
{
	struct bench *bench = *state;
	struct smmu_command command = smmu_cmd_sync_msi(TARGET, 5);

	command.word[0] &= ~(3ull << 12);
	assert_true(bench_submit(bench, command));
	command.word[0] |= smmu_put(SMMU_SYNC0_CS, SMMU_SYNC_SEV);
	assert_true(bench_submit(bench, command));
	assert_int_equal(bench->num_messages, 0);
	assert_int_equal(bench->irqs[SMMU_IRQ_SYNC], 0);
}

static void without_msis_the_address_is_ignored(void **state)
{
	struct bench *bench = *state;

	assert_true(bench_reg(bench, SMMU_REG_IDR0) & SMMU_IDR0_MSI);
	reset(bench, false);
	assert_false(bench_reg(bench, SMMU_REG_IDR0) & SMMU_IDR0_MSI);
	assert_true(bench_submit(bench, smmu_cmd_sync_msi(TARGET, 5)));
	assert_int_equal(bench->num_messages, 0);
	assert_int_equal(bench->irqs[SMMU_IRQ_SYNC], 1);
}

static void addresses_are_cut_to_the_oas(void **state)
{
	struct bench *bench = *state;

	assert_true(bench_submit(bench, smmu_cmd_sync_msi(1ull << 50 | TARGET, 5)));
	expect_message(bench, TARGET, 5);
	bench_set64(bench, SMMU_REG_EVENTQ_IRQ_CFG0, ~0ull);
	assert_int_equal(smmu_reg_read(bench->smmu, SMMU_REG_EVENTQ_IRQ_CFG0, 8), SMMU_MASK(47, 2));
}

/* 4.1.6: up to SMMUv3.3. Where the address is IGNORED (4.7.3) nothing is checked. */
static void bits_55_to_52_of_the_address_are_reserved(void **state)
{
	struct bench *bench = *state;

	for (unsigned bit = 52; bit <= 55; bit++) {
		struct smmu_command command = smmu_cmd_sync_msi(SMMU_BIT(bit) | TARGET, 5);

		assert_int_equal(bench_execute(bench, command), SMMU_CERROR_ILL);
		command.word[0] &= ~smmu_put(SMMU_SYNC0_CS, 3);
		assert_int_equal(bench_execute(bench, command), SMMU_CERROR_NONE);
	}
	assert_int_equal(smmu_counters(bench->smmu).syncs, 4);
	reset(bench, false);
	assert_int_equal(bench_execute(bench, smmu_cmd_sync_msi(SMMU_BIT(55), 5)),
			 SMMU_CERROR_NONE);
	assert_int_equal(bench->num_messages, 0);
}

static void an_aborted_message_is_a_global_error(void **state)
{
	struct bench *bench = *state;

	bench_set(bench, SMMU_REG_IRQ_CTRL, SMMU_IRQ_CTRL_GERROR_IRQEN);
	/* Outside of RAM. */
	assert_true(bench_submit(bench, smmu_cmd_sync_msi(0x1000, 5)));
	assert_int_equal(bench_reg(bench, SMMU_REG_GERROR), SMMU_GERROR_MSI_CMDQ_ABT_ERR);
	assert_int_equal(bench->irqs[SMMU_IRQ_GERROR], 1);
	bench_acknowledge_errors(bench);
	assert_int_equal(bench_reg(bench, SMMU_REG_GERRORN), SMMU_GERROR_MSI_CMDQ_ABT_ERR);
	/* The queue goes on. */
	assert_true(bench_submit(bench, smmu_cmd_sync(SMMU_SYNC_NONE)));
}

static void the_event_queue_tells_that_it_is_not_empty(void **state)
{
	static const struct smmu_event event = {.type = SMMU_C_BAD_STE};
	struct bench *bench = *state;

	bench_set64(bench, SMMU_REG_EVENTQ_IRQ_CFG0, TARGET);
	bench_set(bench, SMMU_REG_EVENTQ_IRQ_CFG1, 77);
	smmu_event_record(bench->smmu, &event);
	assert_int_equal(bench->num_messages, 0); /* not enabled */
	bench_set(bench, SMMU_REG_EVENTQ_CONS, 1);
	bench_set(bench, SMMU_REG_IRQ_CTRL, SMMU_IRQ_CTRL_EVENTQ_IRQEN);
	smmu_event_record(bench->smmu, &event);
	smmu_event_record(bench->smmu, &event);
	expect_message(bench, TARGET, 77);
	assert_int_equal(bench->irqs[SMMU_IRQ_EVTQ], 1);
}

static void a_global_error_tells_and_its_own_abort_does_not(void **state)
{
	struct bench *bench = *state;

	bench_set64(bench, SMMU_REG_GERROR_IRQ_CFG0, TARGET);
	bench_set(bench, SMMU_REG_GERROR_IRQ_CFG1, 78);
	bench_set(bench, SMMU_REG_IRQ_CTRL, SMMU_IRQ_CTRL_GERROR_IRQEN);
	smmu_gerror_raise(bench->smmu, SMMU_GERROR_CMDQ_ERR);
	expect_message(bench, TARGET, 78);
	bench_acknowledge_errors(bench);
	bench->abort_lo = TARGET;
	bench->abort_hi = TARGET + 8;
	smmu_gerror_raise(bench->smmu, SMMU_GERROR_CMDQ_ERR);
	assert_int_equal(bench->num_messages, 1);
	/* 7.5.1 */
	assert_int_equal(bench->irqs[SMMU_IRQ_GERROR], 2);
	assert_int_equal((bench_reg(bench, SMMU_REG_GERROR) ^ bench_reg(bench, SMMU_REG_GERRORN)),
			 SMMU_GERROR_CMDQ_ERR | SMMU_GERROR_MSI_GERROR_ABT_ERR);
}

static void the_configuration_is_guarded_by_its_enable(void **state)
{
	struct bench *bench = *state;

	bench_set(bench, SMMU_REG_IRQ_CTRL, SMMU_IRQ_CTRL_GERROR_IRQEN);
	bench_set64(bench, SMMU_REG_GERROR_IRQ_CFG0, TARGET);
	bench_set(bench, SMMU_REG_GERROR_IRQ_CFG1, 1);
	bench_set(bench, SMMU_REG_EVENTQ_IRQ_CFG1, 2);
	bench_set(bench, SMMU_REG_EVENTQ_IRQ_CFG2, ~0u);
	assert_int_equal(smmu_reg_read(bench->smmu, SMMU_REG_GERROR_IRQ_CFG0, 8), 0);
	assert_int_equal(bench_reg(bench, SMMU_REG_GERROR_IRQ_CFG1), 0);
	assert_int_equal(bench_reg(bench, SMMU_REG_EVENTQ_IRQ_CFG1), 2);
	assert_int_equal(bench_reg(bench, SMMU_REG_EVENTQ_IRQ_CFG2), 0x3f);
}

/* A bus without 32-bit writes: nothing is written, and nothing has failed. */
static void where_no_message_can_be_written_the_wire_is_left(void **state)
{
	struct bench *bench = *state;

	bench->smmu->bus.write32 = NULL;
	bench_set64(bench, SMMU_REG_GERROR_IRQ_CFG0, TARGET);
	bench_set(bench, SMMU_REG_IRQ_CTRL, SMMU_IRQ_CTRL_GERROR_IRQEN);
	assert_true(bench_submit(bench, smmu_cmd_sync_msi(TARGET + 4, 0xcafe1234)));
	assert_int_equal(bench->num_messages, 0);
	assert_int_equal(bench->irqs[SMMU_IRQ_SYNC], 1);
	assert_int_equal(bench_reg(bench, SMMU_REG_GERROR), 0);
	smmu_gerror_raise(bench->smmu, SMMU_GERROR_CMDQ_ERR);
	assert_int_equal(bench->irqs[SMMU_IRQ_GERROR], 1);
	assert_int_equal(bench_reg(bench, SMMU_REG_GERROR), SMMU_GERROR_CMDQ_ERR);
}

/* A bus without wires: only the message tells. */
static void where_there_are_no_wires_the_message_is_left(void **state)
{
	struct bench *bench = *state;

	bench->smmu->bus.irq = NULL;
	assert_true(bench_submit(bench, smmu_cmd_sync_msi(TARGET + 4, 0xcafe1234)));
	expect_message(bench, TARGET + 4, 0xcafe1234);
	assert_int_equal(bench->irqs[SMMU_IRQ_SYNC], 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(sync_writes_its_message_when_it_was_consumed),
		TEST(software_can_poll_the_command_itself),
		TEST(address_0_leaves_the_wire_alone),
		TEST(only_sig_irq_writes),
		TEST(without_msis_the_address_is_ignored),
		TEST(addresses_are_cut_to_the_oas),
		TEST(bits_55_to_52_of_the_address_are_reserved),
		TEST(an_aborted_message_is_a_global_error),
		TEST(the_event_queue_tells_that_it_is_not_empty),
		TEST(a_global_error_tells_and_its_own_abort_does_not),
		TEST(the_configuration_is_guarded_by_its_enable),
		TEST(where_no_message_can_be_written_the_wire_is_left),
		TEST(where_there_are_no_wires_the_message_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
