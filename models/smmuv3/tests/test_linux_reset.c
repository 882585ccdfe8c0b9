/* SPDX-License-Identifier: MIT */
/*
 * Contract: the registers answer Linux as its driver expects: what arm_smmu_device_hw_probe() reads
 * and arm_smmu_device_reset() writes and polls (6.1 and 6.12 do the same), in their order and with
 * their access sizes; then a command of each kind that it sends first.
 * Run: ctest -R smmuv3.test_linux_reset
 */
#include "bench.h"

enum { LOG2_COMMANDS = 8, STRTAB_LOG2 = 8 };

static int linux_setup(void **state)
{
	struct smmu_profile profile = bench_profile();

	profile.cache = SMMU_CACHE_NONE;
	profile.stall_model = SMMU_STALL_BOTH;
	profile.msi = profile.range_inv = true;
	bench_setup(state);
	bench_reset(*state, profile);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, linux_setup, bench_teardown)

/* arm_smmu_write_reg_sync(): polls until the acknowledgement equals what was written. */
static void write_sync(struct bench *bench, uint32_t offset, uint32_t ack, uint32_t value)
{
	bench_set(bench, offset, value);
	assert_int_equal(bench_reg(bench, ack), value);
}

static void cr0(struct bench *bench, uint32_t value)
{
	write_sync(bench, SMMU_REG_CR0, SMMU_REG_CR0ACK, value);
}

static void probe_finds_all_that_sva_needs(void **state)
{
	struct bench *bench = *state;
	uint32_t idr0 = bench_reg(bench, SMMU_REG_IDR0), idr1 = bench_reg(bench, SMMU_REG_IDR1);
	uint32_t idr3 = bench_reg(bench, SMMU_REG_IDR3), idr5 = bench_reg(bench, SMMU_REG_IDR5);

	assert_int_equal(smmu_get(idr0, SMMU_IDR0_ST_LEVEL), SMMU_IDR0_ST_LEVEL_2LVL);
	assert_int_equal(smmu_get(idr0, SMMU_IDR0_TTENDIAN), SMMU_IDR0_TTENDIAN_LITTLE);
	assert_int_equal(smmu_get(idr0, SMMU_IDR0_TTF), SMMU_IDR0_TTF_AARCH64);
	assert_int_equal(smmu_get(idr0, SMMU_IDR0_STALL_MODEL), SMMU_IDR0_STALL_MODEL_BOTH);
	assert_int_equal(idr0 & (SMMU_IDR0_CD2L | SMMU_IDR0_ATS | SMMU_IDR0_MSI | SMMU_IDR0_HYP |
				 SMMU_IDR0_COHACC | SMMU_IDR0_S1P | SMMU_IDR0_ASID16),
			 SMMU_IDR0_CD2L | SMMU_IDR0_ATS | SMMU_IDR0_MSI | SMMU_IDR0_HYP |
				 SMMU_IDR0_COHACC | SMMU_IDR0_S1P | SMMU_IDR0_ASID16);
	assert_false(idr0 & (SMMU_IDR0_S2P | SMMU_IDR0_PRI | SMMU_IDR0_SEV | SMMU_IDR0_BTM));
	assert_false(idr1 & (SMMU_IDR1_TABLES_PRESET | SMMU_IDR1_QUEUES_PRESET | SMMU_IDR1_REL));
	/* More than ilog2(CMDQ_BATCH_ENTRIES) = 6. */
	assert_int_equal(smmu_get(idr1, SMMU_IDR1_CMDQS), LOG2_COMMANDS);
	assert_int_equal(smmu_get(idr1, SMMU_IDR1_SSIDSIZE), 8);
	assert_true(idr3 & SMMU_IDR3_RIL);
	assert_true(idr5 & SMMU_IDR5_GRAN4K);
	assert_int_equal(smmu_get(idr5, SMMU_IDR5_OAS), 5);
	assert_int_equal(bench_reg(bench, SMMU_REG_IIDR), 0);
}

/* arm_smmu_device_reset() up to the command queue. */
static void reset_until_commands(struct bench *bench, uint32_t cr2)
{
	const uint32_t cr1 = 3 << 10 | 1 << 8 | 1 << 6 | 3 << 4 | 1 << 2 | 1;

	assert_false(bench_reg(bench, SMMU_REG_CR0) & SMMU_CR0_SMMUEN);
	cr0(bench, 0);
	bench_set(bench, SMMU_REG_CR1, cr1);
	assert_int_equal(bench_reg(bench, SMMU_REG_CR1), cr1);
	bench_set(bench, SMMU_REG_CR2, cr2);
	bench_set64(bench, SMMU_REG_STRTAB_BASE, SMMU_STRTAB_BASE_RA | BENCH_RAM);
	bench_set(bench, SMMU_REG_STRTAB_BASE_CFG,
		  smmu_put(SMMU_STRTAB_CFG_FMT, SMMU_STRTAB_CFG_FMT_2LVL) |
			  smmu_put(SMMU_STRTAB_CFG_SPLIT, 8) | STRTAB_LOG2);
	bench_set64(bench, SMMU_REG_CMDQ_BASE, SMMU_Q_BASE_RWA | BENCH_CMDQ | BENCH_QUEUE_LOG2);
	bench_set(bench, SMMU_REG_CMDQ_PROD, 0);
	bench_set(bench, SMMU_REG_CMDQ_CONS, 0);
	cr0(bench, SMMU_CR0_CMDQEN);
}

static void reset_comes_to_its_end(void **state)
{
	struct bench *bench = *state;
	uint32_t enables = SMMU_CR0_CMDQEN;

	reset_until_commands(bench, SMMU_CR2_PTM | SMMU_CR2_RECINVSID | SMMU_CR2_E2H);
	assert_int_equal(bench_reg(bench, SMMU_REG_CR2), SMMU_CR2_RECINVSID | SMMU_CR2_E2H);
	assert_true(bench_submit(bench, smmu_cmd_cfgi_all()));
	assert_true(bench_submit(bench, smmu_cmd_tlbi(SMMU_CMD_TLBI_EL2_ALL, 0)));
	assert_true(bench_submit(bench, smmu_cmd_tlbi(SMMU_CMD_TLBI_NSNH_ALL, 0)));
	assert_true(bench_submit(bench, smmu_cmd_prefetch(1, false, 0)));
	bench_set64(bench, SMMU_REG_EVENTQ_BASE, SMMU_Q_BASE_RWA | BENCH_EVTQ | BENCH_QUEUE_LOG2);
	bench_set(bench, SMMU_REG_EVENTQ_PROD, 0);
	bench_set(bench, SMMU_REG_EVENTQ_CONS, 0);
	cr0(bench, enables |= SMMU_CR0_EVENTQEN);
	cr0(bench, enables |= SMMU_CR0_ATSCHK);
	write_sync(bench, SMMU_REG_IRQ_CTRL, SMMU_REG_IRQ_CTRLACK, 0);
	/* arm_smmu_setup_msis() */
	bench_set64(bench, SMMU_REG_GERROR_IRQ_CFG0, 0);
	bench_set64(bench, SMMU_REG_EVENTQ_IRQ_CFG0, 0);
	write_sync(bench, SMMU_REG_IRQ_CTRL, SMMU_REG_IRQ_CTRLACK,
		   SMMU_IRQ_CTRL_EVENTQ_IRQEN | SMMU_IRQ_CTRL_GERROR_IRQEN);
	cr0(bench, enables | SMMU_CR0_SMMUEN);
	assert_int_equal(bench_reg(bench, SMMU_REG_GERROR), bench_reg(bench, SMMU_REG_GERRORN));
}

/* arm_smmu_cmdq_build_sync_cmd() and arm_smmu_cmdq_poll_until_msi(): ISH, OIWB, data 0, to the
 * command's own place. */
static void the_command_itself_is_polled(void **state)
{
	struct bench *bench = *state;

	reset_until_commands(bench, 0);
	for (unsigned i = 0; i < 2 * BENCH_QUEUE_SIZE; i++) {
		unsigned place = bench->produced % BENCH_QUEUE_SIZE;
		struct smmu_command command =
			smmu_cmd_sync_msi(BENCH_CMDQ + place * SMMU_CMD_BYTES, 0);

		command.word[0] |= smmu_put(SMMU_SYNC0_MSH, 3) | smmu_put(SMMU_SYNC0_MSIATTR, 0xf);
		assert_true(bench_submit(bench, command));
		assert_int_equal((uint32_t)bench->ram[(BENCH_CMDQ - BENCH_RAM) / 8 + 2 * place], 0);
	}
}

/* arm_smmu_update_gbpa() */
static void gbpa_updates_at_once(void **state)
{
	struct bench *bench = *state;
	uint32_t gbpa = bench_reg(bench, SMMU_REG_GBPA);

	assert_false(gbpa & SMMU_GBPA_UPDATE);
	bench_set(bench, SMMU_REG_GBPA, gbpa | SMMU_GBPA_ABORT | SMMU_GBPA_UPDATE);
	assert_int_equal(bench_reg(bench, SMMU_REG_GBPA), gbpa | SMMU_GBPA_ABORT);
}

/* With the PRI feature: what arm_smmu_device_reset() and arm_smmu_setup_msis() do for its queue. */
static void pri_queue_comes_up(void **state)
{
	struct bench *bench = *state;
	struct smmu_profile profile = bench_profile();
	uint32_t enables = SMMU_CR0_CMDQEN | SMMU_CR0_EVENTQEN;

	profile.pri = profile.msi = true;
	profile.priq_bits = 8;
	bench_reset(bench, profile);
	assert_true(bench_reg(bench, SMMU_REG_IDR0) & SMMU_IDR0_PRI);
	assert_int_equal(smmu_get(bench_reg(bench, SMMU_REG_IDR1), SMMU_IDR1_PRIQS), 8);
	cr0(bench, enables);
	bench_set64(bench, SMMU_REG_PRIQ_BASE, SMMU_Q_BASE_RWA | BENCH_EVTQ | 8);
	bench_set(bench, SMMU_REG_PRIQ_PROD, 0);
	bench_set(bench, SMMU_REG_PRIQ_CONS, 0);
	cr0(bench, enables |= SMMU_CR0_PRIQEN);
	bench_set64(bench, SMMU_REG_PRIQ_IRQ_CFG0, 0);
	write_sync(bench, SMMU_REG_IRQ_CTRL, SMMU_REG_IRQ_CTRLACK,
		   SMMU_IRQ_CTRL_EVENTQ_IRQEN | SMMU_IRQ_CTRL_GERROR_IRQEN |
			   SMMU_IRQ_CTRL_PRIQ_IRQEN);
	cr0(bench, enables | SMMU_CR0_SMMUEN);
	/* arm_smmu_gerror_handler() acknowledges all that it knows, PRIQ_ABT_ERR too. */
	bench_set(bench, SMMU_REG_GERRORN, 0x1fd);
	assert_int_equal(bench_reg(bench, SMMU_REG_GERRORN), 0x1fd);
}

/* Without the PRI feature Linux leaves these alone; nothing is there. */
static void registers_of_absent_features_are_not_there(void **state)
{
	struct bench *bench = *state;

	bench_set64(bench, SMMU_REG_PRIQ_BASE, ~0ull);
	bench_set64(bench, 0xd0, ~0ull); /* PRIQ_IRQ_CFG0 */
	assert_int_equal(smmu_reg_read(bench->smmu, SMMU_REG_PRIQ_BASE, 8), 0);
	assert_int_equal(smmu_reg_read(bench->smmu, 0xd0, 8), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(probe_finds_all_that_sva_needs),
		TEST(reset_comes_to_its_end),
		TEST(the_command_itself_is_polled),
		TEST(gbpa_updates_at_once),
		TEST(pri_queue_comes_up),
		TEST(registers_of_absent_features_are_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
