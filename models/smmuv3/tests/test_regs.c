/* SPDX-License-Identifier: MIT */
/*
 * Contract: the register file of 6.2 and 6.3: identification follows the profile, guarded
 * registers hold still while their guard is set, updates are acknowledged, and anything that is
 * no register reads as zero and ignores writes. Run: ./test_regs
 */
#include "bench.h"

static void identification_follows_the_profile(void **state)
{
	struct bench *bench = *state;
	struct smmu_profile profile = bench_profile();
	uint32_t idr1;

	assert_int_equal(bench_reg(bench, SMMU_REG_IDR0) &
				 (SMMU_IDR0_ATS | SMMU_IDR0_HYP | SMMU_IDR0_ASID16 |
				  SMMU_IDR0_CD2L | SMMU_IDR0_S1P),
			 SMMU_IDR0_ATS | SMMU_IDR0_HYP | SMMU_IDR0_ASID16 | SMMU_IDR0_CD2L |
				 SMMU_IDR0_S1P);
	assert_int_equal(smmu_get(bench_reg(bench, SMMU_REG_IDR0), SMMU_IDR0_ST_LEVEL), 1);
	profile.ats = profile.hyp = profile.two_level_cd = profile.two_level_strtab = false;
	profile.asid_bits = 8;
	profile.sid_bits = 5;
	profile.ssid_bits = 4;
	profile.cmdq_bits = 7;
	profile.evtq_bits = 6;
	profile.oas_bits = 42;
	bench_reset(bench, profile);
	assert_int_equal(bench_reg(bench, SMMU_REG_IDR0) &
				 (SMMU_IDR0_ATS | SMMU_IDR0_HYP | SMMU_IDR0_ASID16 |
				  SMMU_IDR0_CD2L | SMMU_IDR0_PRI | SMMU_IDR0_MSI | SMMU_IDR0_S2P),
			 0);
	assert_int_equal(smmu_get(bench_reg(bench, SMMU_REG_IDR0), SMMU_IDR0_ST_LEVEL), 0);
	idr1 = bench_reg(bench, SMMU_REG_IDR1);
	assert_int_equal(smmu_get(idr1, SMMU_IDR1_SIDSIZE), 5);
	assert_int_equal(smmu_get(idr1, SMMU_IDR1_SSIDSIZE), 4);
	assert_int_equal(smmu_get(idr1, SMMU_IDR1_CMDQS), 7);
	assert_int_equal(smmu_get(idr1, SMMU_IDR1_EVENTQS), 6);
	assert_int_equal(bench_reg(bench, SMMU_REG_IDR5), 3 | SMMU_IDR5_GRAN4K);
	assert_int_equal(bench_reg(bench, SMMU_REG_AIDR), SMMU_AIDR_V3_1);
}

static void read_only_registers_ignore_writes(void **state)
{
	static const uint32_t offsets[] = {SMMU_REG_IDR0,   SMMU_REG_IDR1,	  SMMU_REG_IDR5,
					   SMMU_REG_CR0ACK, SMMU_REG_IRQ_CTRLACK, SMMU_REG_GERROR};
	struct bench *bench = *state;

	for (unsigned i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		uint32_t before = bench_reg(bench, offsets[i]);

		bench_set(bench, offsets[i], ~before);
		assert_int_equal(bench_reg(bench, offsets[i]), before);
	}
}

static void cr0_is_acknowledged_without_its_reserved_bits(void **state)
{
	struct bench *bench = *state;
	struct smmu_profile profile = bench_profile();
	uint32_t all = SMMU_CR0_SMMUEN | SMMU_CR0_EVENTQEN | SMMU_CR0_CMDQEN | SMMU_CR0_ATSCHK;

	bench_set(bench, SMMU_REG_CR0, ~0u);
	assert_int_equal(bench_reg(bench, SMMU_REG_CR0), all);
	assert_int_equal(bench_reg(bench, SMMU_REG_CR0ACK), all);
	bench_set(bench, SMMU_REG_CR0, 0);
	assert_int_equal(bench_reg(bench, SMMU_REG_CR0ACK), 0);

	/* 6.3.9: ATSCHK is reserved without ATS. */
	profile.ats = false;
	bench_reset(bench, profile);
	bench_set(bench, SMMU_REG_CR0, ~0u);
	assert_int_equal(bench_reg(bench, SMMU_REG_CR0ACK), all & ~SMMU_CR0_ATSCHK);
}

static void stream_table_registers_are_read_only_while_enabled(void **state)
{
	struct bench *bench = *state;

	bench_set64(bench, SMMU_REG_STRTAB_BASE, 0x40008000);
	bench_set(bench, SMMU_REG_STRTAB_BASE_CFG, 5);
	bench_set(bench, SMMU_REG_CR2, SMMU_CR2_RECINVSID);
	bench_set(bench, SMMU_REG_CR0, SMMU_CR0_SMMUEN);
	bench_set64(bench, SMMU_REG_STRTAB_BASE, 0);
	bench_set(bench, SMMU_REG_STRTAB_BASE + 4, 1);
	bench_set(bench, SMMU_REG_STRTAB_BASE_CFG, 0);
	bench_set(bench, SMMU_REG_CR2, 0);
	assert_int_equal(smmu_reg_read(bench->smmu, SMMU_REG_STRTAB_BASE, 8), 0x40008000);
	assert_int_equal(bench_reg(bench, SMMU_REG_STRTAB_BASE_CFG), 5);
	assert_int_equal(bench_reg(bench, SMMU_REG_CR2), SMMU_CR2_RECINVSID);
	bench_set(bench, SMMU_REG_CR0, 0);
	bench_set64(bench, SMMU_REG_STRTAB_BASE, 0);
	assert_int_equal(smmu_reg_read(bench->smmu, SMMU_REG_STRTAB_BASE, 8), 0);
}

static void queue_registers_are_read_only_while_their_queue_is_enabled(void **state)
{
	struct bench *bench = *state;

	bench_enable(bench, SMMU_CR0_CMDQEN | SMMU_CR0_EVENTQEN);
	bench_set64(bench, SMMU_REG_CMDQ_BASE, 0);
	bench_set64(bench, SMMU_REG_EVENTQ_BASE, 0);
	bench_set(bench, SMMU_REG_CMDQ_CONS, 1);
	bench_set(bench, SMMU_REG_EVENTQ_PROD, 1);
	bench_set(bench, SMMU_REG_CR1, SMMU_CR1_QUEUE_MASK | SMMU_CR1_TABLE_MASK);
	assert_int_equal(smmu_reg_read(bench->smmu, SMMU_REG_CMDQ_BASE, 8),
			 BENCH_CMDQ | BENCH_QUEUE_LOG2);
	assert_int_equal(smmu_reg_read(bench->smmu, SMMU_REG_EVENTQ_BASE, 8),
			 BENCH_EVTQ | BENCH_QUEUE_LOG2);
	assert_int_equal(bench_reg(bench, SMMU_REG_CMDQ_CONS), 0);
	assert_int_equal(bench_reg(bench, SMMU_REG_EVENTQ_PROD), 0);
	/* 6.3.11: the table half of CR1 has another guard. */
	assert_int_equal(bench_reg(bench, SMMU_REG_CR1), SMMU_CR1_TABLE_MASK);
	bench_set(bench, SMMU_REG_CR0, SMMU_CR0_SMMUEN);
	bench_set(bench, SMMU_REG_CR1, SMMU_CR1_QUEUE_MASK);
	assert_int_equal(bench_reg(bench, SMMU_REG_CR1), SMMU_CR1_TABLE_MASK | SMMU_CR1_QUEUE_MASK);
}

static void halves_of_a_64_bit_register_are_written_alone(void **state)
{
	struct bench *bench = *state;

	bench_set64(bench, SMMU_REG_STRTAB_BASE, 0x123440008000);
	bench_set(bench, SMMU_REG_STRTAB_BASE, 0x50000040);
	assert_int_equal(smmu_reg_read(bench->smmu, SMMU_REG_STRTAB_BASE, 8), 0x123450000040);
	bench_set(bench, SMMU_REG_STRTAB_BASE + 4, 0x40000001);
	assert_int_equal(smmu_reg_read(bench->smmu, SMMU_REG_STRTAB_BASE, 8),
			 SMMU_STRTAB_BASE_RA | 0x150000040);
	assert_int_equal(bench_reg(bench, SMMU_REG_STRTAB_BASE + 4), 0x40000001);
	assert_int_equal(bench_reg(bench, SMMU_REG_STRTAB_BASE), 0x50000040);
}

static void base_addresses_are_cut_to_the_output_address_size(void **state)
{
	struct bench *bench = *state;
	struct smmu_profile profile = bench_profile();

	profile.oas_bits = 36;
	bench_reset(bench, profile);
	bench_set64(bench, SMMU_REG_STRTAB_BASE, ~0ull);
	assert_int_equal(smmu_reg_read(bench->smmu, SMMU_REG_STRTAB_BASE, 8),
			 SMMU_STRTAB_BASE_RA | SMMU_MASK(35, 6));
	bench_set64(bench, SMMU_REG_CMDQ_BASE, ~0ull);
	assert_int_equal(smmu_reg_read(bench->smmu, SMMU_REG_CMDQ_BASE, 8),
			 SMMU_Q_BASE_RWA | SMMU_MASK(35, 0));
}

static void fields_of_absent_features_are_zero(void **state)
{
	struct bench *bench = *state;
	struct smmu_profile profile = bench_profile();

	bench_set(bench, SMMU_REG_STRTAB_BASE_CFG, ~0u);
	assert_int_equal(bench_reg(bench, SMMU_REG_STRTAB_BASE_CFG), 0x307ff);
	bench_set(bench, SMMU_REG_CR2, ~0u);
	assert_int_equal(bench_reg(bench, SMMU_REG_CR2), SMMU_CR2_RECINVSID | SMMU_CR2_E2H);
	profile.two_level_strtab = profile.hyp = false;
	bench_reset(bench, profile);
	bench_set(bench, SMMU_REG_STRTAB_BASE_CFG, ~0u);
	assert_int_equal(bench_reg(bench, SMMU_REG_STRTAB_BASE_CFG), 0x3f);
	bench_set(bench, SMMU_REG_CR2, ~0u);
	assert_int_equal(bench_reg(bench, SMMU_REG_CR2), SMMU_CR2_RECINVSID);
}

static void only_changes_of_configuration_reach_the_worst_case_caches(void **state)
{
	struct bench *bench = *state;
	uint32_t seq = bench->smmu->worst.seq;

	/* What is there already, and CR0 bits that say nothing about descriptors. */
	bench_set64(bench, SMMU_REG_STRTAB_BASE, 0);
	bench_set(bench, SMMU_REG_CR0, SMMU_CR0_CMDQEN | SMMU_CR0_ATSCHK);
	assert_int_equal(bench->smmu->worst.seq, seq);
	bench_set64(bench, SMMU_REG_STRTAB_BASE, 0x40008000);
	assert_int_equal(bench->smmu->worst.seq, ++seq);
	bench_set(bench, SMMU_REG_STRTAB_BASE_CFG, 5);
	assert_int_equal(bench->smmu->worst.seq, ++seq);
	bench_set(bench, SMMU_REG_CR2, SMMU_CR2_E2H);
	assert_int_equal(bench->smmu->worst.seq, ++seq);
	bench_set(bench, SMMU_REG_CR0, SMMU_CR0_SMMUEN);
	assert_int_equal(bench->smmu->worst.seq, ++seq);
	/* Guarded: nothing changes. */
	bench_set64(bench, SMMU_REG_STRTAB_BASE, 0);
	assert_int_equal(bench->smmu->worst.seq, seq);
}

static void gbpa_changes_only_with_update(void **state)
{
	struct bench *bench = *state;
	uint32_t reset = bench_reg(bench, SMMU_REG_GBPA);

	bench_set(bench, SMMU_REG_GBPA, SMMU_GBPA_ABORT);
	assert_int_equal(bench_reg(bench, SMMU_REG_GBPA), reset);
	bench_set(bench, SMMU_REG_GBPA, SMMU_GBPA_UPDATE | SMMU_GBPA_ABORT);
	assert_int_equal(bench_reg(bench, SMMU_REG_GBPA), SMMU_GBPA_ABORT);
}

static void irq_enables_are_acknowledged(void **state)
{
	struct bench *bench = *state;

	bench_set(bench, SMMU_REG_IRQ_CTRL, ~0u);
	assert_int_equal(bench_reg(bench, SMMU_REG_IRQ_CTRLACK),
			 SMMU_IRQ_CTRL_GERROR_IRQEN | SMMU_IRQ_CTRL_EVENTQ_IRQEN);
}

/* 6.3.20: software must not do this; the error counts as active, without an interrupt. */
static void gerrorn_activates_an_error_that_is_not_there(void **state)
{
	struct bench *bench = *state;

	bench_enable(bench, SMMU_CR0_CMDQEN);
	bench_set(bench, SMMU_REG_IRQ_CTRL, SMMU_IRQ_CTRL_GERROR_IRQEN);
	bench_set(bench, SMMU_REG_GERRORN, SMMU_GERROR_CMDQ_ERR);
	assert_int_equal(bench_reg(bench, SMMU_REG_GERROR), 0);
	assert_int_equal(bench->irqs[SMMU_IRQ_GERROR], 0);
	assert_false(bench_submit(bench, smmu_cmd_sync(SMMU_SYNC_NONE)));
	bench_set(bench, SMMU_REG_GERRORN, 0);
	assert_int_equal(bench_reg(bench, SMMU_REG_CMDQ_CONS), 1);
}

static void queue_indexes_keep_only_index_and_wrap(void **state)
{
	struct bench *bench = *state;

	bench_enable(bench, 0);
	bench_set(bench, SMMU_REG_CMDQ_CONS, ~0u);
	assert_int_equal(bench_reg(bench, SMMU_REG_CMDQ_CONS), 2 * BENCH_QUEUE_SIZE - 1);
	bench_set(bench, SMMU_REG_EVENTQ_CONS, ~0u);
	assert_int_equal(bench_reg(bench, SMMU_REG_EVENTQ_CONS),
			 SMMU_Q_OVERFLOW | (2 * BENCH_QUEUE_SIZE - 1));
	/* 6.3.28: a smaller queue truncates what was there. */
	bench_set64(bench, SMMU_REG_CMDQ_BASE, BENCH_CMDQ);
	assert_int_equal(bench_reg(bench, SMMU_REG_CMDQ_CONS), 1);
	/* 6.3.26: LOG2SIZE reads back, but counts no more than IDR1.CMDQS. */
	bench_set64(bench, SMMU_REG_CMDQ_BASE, BENCH_CMDQ | 31);
	bench_set(bench, SMMU_REG_CMDQ_CONS, ~0u);
	assert_int_equal(bench_reg(bench, SMMU_REG_CMDQ_BASE), BENCH_CMDQ | 31);
	assert_int_equal(bench_reg(bench, SMMU_REG_CMDQ_CONS), 0x1ff);
}

static struct smmu_profile pri_profile(bool msi)
{
	struct smmu_profile profile = bench_profile();

	profile.pri = true;
	profile.priq_bits = 5;
	profile.msi = msi;
	return profile;
}

static void pri_registers_are_there_with_pri(void **state)
{
	struct bench *bench = *state;

	bench_reset(bench, pri_profile(true));
	bench_set64(bench, SMMU_REG_PRIQ_BASE, ~0ull);
	assert_int_equal(smmu_reg_read(bench->smmu, SMMU_REG_PRIQ_BASE, 8),
			 SMMU_Q_BASE_RWA | SMMU_MASK(47, 0));
	/* 6.3.33: LOG2SIZE reads back, but counts no more than IDR1.PRIQS. */
	bench_set(bench, SMMU_REG_PRIQ_PROD, ~0u);
	bench_set(bench, SMMU_REG_PRIQ_CONS, ~0u);
	assert_int_equal(bench_reg(bench, SMMU_REG_PRIQ_PROD), SMMU_Q_OVERFLOW | 0x3f);
	assert_int_equal(bench_reg(bench, SMMU_REG_PRIQ_CONS), SMMU_Q_OVERFLOW | 0x3f);
	/* 6.3.97: a smaller queue truncates what was there. */
	bench_set64(bench, SMMU_REG_PRIQ_BASE, BENCH_EVTQ | 1);
	assert_int_equal(bench_reg(bench, SMMU_REG_PRIQ_PROD), SMMU_Q_OVERFLOW | 3);
	assert_int_equal(bench_reg(bench, SMMU_REG_PRIQ_CONS), SMMU_Q_OVERFLOW | 3);
	/* 6.2: the indexes are on page 1 alone. */
	assert_int_equal(bench_reg(bench, SMMU_REG_PRIQ_PROD - SMMU_REG_PAGE1), 0);
	bench_set64(bench, SMMU_REG_PRIQ_IRQ_CFG0, ~0ull);
	bench_set(bench, SMMU_REG_PRIQ_IRQ_CFG1, 0x12345678);
	bench_set(bench, SMMU_REG_PRIQ_IRQ_CFG2, ~0u);
	assert_int_equal(smmu_reg_read(bench->smmu, SMMU_REG_PRIQ_IRQ_CFG0, 8), SMMU_MASK(47, 2));
	assert_int_equal(bench_reg(bench, SMMU_REG_PRIQ_IRQ_CFG1), 0x12345678);
	assert_int_equal(bench_reg(bench, SMMU_REG_PRIQ_IRQ_CFG2), SMMU_PRIQ_CFG2_LO | 0x3f);
}

static void pri_registers_are_read_only_while_guarded(void **state)
{
	struct bench *bench = *state;

	bench_reset(bench, pri_profile(true));
	bench_set64(bench, SMMU_REG_PRIQ_BASE, BENCH_EVTQ | 3);
	bench_set(bench, SMMU_REG_PRIQ_PROD, 2);
	bench_set(bench, SMMU_REG_PRIQ_IRQ_CFG1, 7);
	/* 6.3.9.5: the actual value of PRIQEN guards, with SMMUEN clear too. */
	bench_set(bench, SMMU_REG_CR0, SMMU_CR0_PRIQEN);
	assert_int_equal(bench_reg(bench, SMMU_REG_CR0ACK), SMMU_CR0_PRIQEN);
	bench_set64(bench, SMMU_REG_PRIQ_BASE, 0);
	bench_set(bench, SMMU_REG_PRIQ_BASE, 0);
	bench_set(bench, SMMU_REG_PRIQ_PROD, 0);
	bench_set(bench, SMMU_REG_CR1, ~0u);
	assert_int_equal(smmu_reg_read(bench->smmu, SMMU_REG_PRIQ_BASE, 8), BENCH_EVTQ | 3);
	assert_int_equal(bench_reg(bench, SMMU_REG_PRIQ_PROD), 2);
	/* 6.3.11: QUEUE_* are guarded by every queue. */
	assert_int_equal(bench_reg(bench, SMMU_REG_CR1), SMMU_CR1_TABLE_MASK);
	/* CONS is software's own. */
	bench_set(bench, SMMU_REG_PRIQ_CONS, 1);
	assert_int_equal(bench_reg(bench, SMMU_REG_PRIQ_CONS), 1);
	/* 6.3.34 to 6.3.36: guarded by PRIQ_IRQEN, not by PRIQEN. */
	bench_set(bench, SMMU_REG_PRIQ_IRQ_CFG1, 8);
	assert_int_equal(bench_reg(bench, SMMU_REG_PRIQ_IRQ_CFG1), 8);
	bench_set(bench, SMMU_REG_IRQ_CTRL, SMMU_IRQ_CTRL_PRIQ_IRQEN);
	bench_set64(bench, SMMU_REG_PRIQ_IRQ_CFG0, BENCH_RAM);
	bench_set(bench, SMMU_REG_PRIQ_IRQ_CFG1, 9);
	bench_set(bench, SMMU_REG_PRIQ_IRQ_CFG2, SMMU_PRIQ_CFG2_LO);
	assert_int_equal(smmu_reg_read(bench->smmu, SMMU_REG_PRIQ_IRQ_CFG0, 8), 0);
	assert_int_equal(bench_reg(bench, SMMU_REG_PRIQ_IRQ_CFG1), 8);
	assert_int_equal(bench_reg(bench, SMMU_REG_PRIQ_IRQ_CFG2), 0);
}

static void without_messages_only_lo_is_left(void **state)
{
	struct bench *bench = *state;

	bench_reset(bench, pri_profile(false));
	bench_set64(bench, SMMU_REG_PRIQ_IRQ_CFG0, ~0ull);
	bench_set(bench, SMMU_REG_PRIQ_IRQ_CFG1, ~0u);
	bench_set(bench, SMMU_REG_PRIQ_IRQ_CFG2, ~0u);
	assert_int_equal(smmu_reg_read(bench->smmu, SMMU_REG_PRIQ_IRQ_CFG0, 8), 0);
	assert_int_equal(bench_reg(bench, SMMU_REG_PRIQ_IRQ_CFG1), 0);
	assert_int_equal(bench_reg(bench, SMMU_REG_PRIQ_IRQ_CFG2), SMMU_PRIQ_CFG2_LO);
}

/* 6.3.9 PRIQEN, 6.3.16 PRIQ_IRQEN, 6.3.20: by IDR0.PRI and IDR0.MSI. */
static void pri_bits_follow_the_profile(void **state)
{
	const uint32_t always =
		SMMU_GERROR_CMDQ_ERR | SMMU_GERROR_EVENTQ_ABT_ERR | SMMU_GERROR_SFM_ERR;
	const uint32_t messages = SMMU_GERROR_MSI_CMDQ_ABT_ERR | SMMU_GERROR_MSI_EVENTQ_ABT_ERR |
				  SMMU_GERROR_MSI_GERROR_ABT_ERR;
	struct bench *bench = *state;

	for (unsigned i = 0; i < 4; i++) {
		bool pri = i & 1, msi = i & 2;
		struct smmu_profile profile = pri_profile(msi);
		uint32_t errors = always | (msi ? messages : 0) |
				  (pri ? SMMU_GERROR_PRIQ_ABT_ERR : 0) |
				  (pri && msi ? SMMU_GERROR_MSI_PRIQ_ABT_ERR : 0);

		profile.pri = pri;
		bench_reset(bench, profile);
		bench_set(bench, SMMU_REG_GERRORN, ~0u);
		assert_int_equal(bench_reg(bench, SMMU_REG_GERRORN), errors);
		bench_set(bench, SMMU_REG_IRQ_CTRL, ~0u);
		assert_int_equal(bench_reg(bench, SMMU_REG_IRQ_CTRLACK), pri ? 7 : 5);
		bench_set(bench, SMMU_REG_CR0, SMMU_CR0_PRIQEN);
		assert_int_equal(bench_reg(bench, SMMU_REG_CR0ACK), pri ? SMMU_CR0_PRIQEN : 0);
	}
}

static void rec_cfg_ats_is_there_with_atsrecerr(void **state)
{
	struct bench *bench = *state;
	struct smmu_profile profile = bench_profile();

	profile.ats_rec_err = true;
	bench_reset(bench, profile);
	bench_set(bench, SMMU_REG_CR2, ~0u);
	/* 6.3.12 PTM: RES0, IDR0.BTM is 0. */
	assert_int_equal(bench_reg(bench, SMMU_REG_CR2),
			 SMMU_CR2_REC_CFG_ATS | SMMU_CR2_RECINVSID | SMMU_CR2_E2H);
	bench_set(bench, SMMU_REG_CR0, SMMU_CR0_SMMUEN);
	bench_set(bench, SMMU_REG_CR2, 0);
	assert_int_equal(bench_reg(bench, SMMU_REG_CR2),
			 SMMU_CR2_REC_CFG_ATS | SMMU_CR2_RECINVSID | SMMU_CR2_E2H);
}

static void atschk_is_configuration_with_both_stages(void **state)
{
	struct bench *bench = *state;
	struct smmu_profile profile = bench_profile();
	uint32_t seq;

	profile.stage2 = true;
	bench_reset(bench, profile);
	seq = bench->smmu->worst.seq;
	bench_set(bench, SMMU_REG_CR0, SMMU_CR0_ATSCHK);
	assert_int_equal(bench->smmu->worst.seq, ++seq);
	bench_set(bench, SMMU_REG_CR0, SMMU_CR0_ATSCHK | SMMU_CR0_CMDQEN);
	assert_int_equal(bench->smmu->worst.seq, seq);
}

/* 6.3.2 CMDQS, EVENTQS, PRIQS: 19 at most; then the wrap bit is bit 19. */
static void the_largest_queues_have_20_bits_of_index(void **state)
{
	struct bench *bench = *state;

	bench_reset(bench, smmu_profile_find("full")->profile);
	bench_set64(bench, SMMU_REG_CMDQ_BASE, 19);
	bench_set64(bench, SMMU_REG_EVENTQ_BASE, 19);
	bench_set64(bench, SMMU_REG_PRIQ_BASE, 31);
	bench_set(bench, SMMU_REG_CMDQ_CONS, ~0u);
	bench_set(bench, SMMU_REG_CMDQ_PROD, ~0u);
	bench_set(bench, SMMU_REG_EVENTQ_CONS, ~0u);
	bench_set(bench, SMMU_REG_PRIQ_CONS, ~0u);
	assert_int_equal(bench_reg(bench, SMMU_REG_CMDQ_CONS), 0xfffff);
	assert_int_equal(bench_reg(bench, SMMU_REG_CMDQ_PROD), 0xfffff);
	assert_int_equal(bench_reg(bench, SMMU_REG_EVENTQ_CONS), SMMU_Q_OVERFLOW | 0xfffff);
	assert_int_equal(bench_reg(bench, SMMU_REG_PRIQ_CONS), SMMU_Q_OVERFLOW | 0xfffff);
	/* One entry: the wrap bit is bit 0. */
	bench_set64(bench, SMMU_REG_PRIQ_BASE, 0);
	assert_int_equal(bench_reg(bench, SMMU_REG_PRIQ_CONS), SMMU_Q_OVERFLOW | 1);
}

static void base_addresses_have_52_bits_with_such_an_oas(void **state)
{
	struct bench *bench = *state;

	bench_reset(bench, smmu_profile_find("full")->profile);
	bench_set64(bench, SMMU_REG_STRTAB_BASE, ~0ull);
	bench_set64(bench, SMMU_REG_PRIQ_BASE, ~0ull);
	bench_set64(bench, SMMU_REG_EVENTQ_IRQ_CFG0, ~0ull);
	assert_int_equal(smmu_reg_read(bench->smmu, SMMU_REG_STRTAB_BASE, 8),
			 SMMU_STRTAB_BASE_RA | SMMU_MASK(51, 6));
	assert_int_equal(smmu_reg_read(bench->smmu, SMMU_REG_PRIQ_BASE, 8),
			 SMMU_Q_BASE_RWA | SMMU_MASK(51, 0));
	assert_int_equal(smmu_reg_read(bench->smmu, SMMU_REG_EVENTQ_IRQ_CFG0, 8), SMMU_MASK(51, 2));
}

static void gbpa_keeps_its_attributes(void **state)
{
	struct bench *bench = *state;

	bench_set(bench, SMMU_REG_GBPA, ~0u);
	assert_int_equal(bench_reg(bench, SMMU_REG_GBPA), SMMU_GBPA_ATTRIBUTES);
	bench_set(bench, SMMU_REG_GBPA, SMMU_GBPA_UPDATE);
	assert_int_equal(bench_reg(bench, SMMU_REG_GBPA), 0);
}

static void everything_else_reads_as_zero(void **state)
{
	static const uint32_t offsets[] = {
		SMMU_REG_IDR2,
		SMMU_REG_IIDR,
		SMMU_REG_STATUSR,
		SMMU_REG_GERROR_IRQ_CFG0,
		SMMU_REG_EVENTQ_IRQ_CFG1,
		SMMU_REG_PRIQ_BASE,
		SMMU_REG_PRIQ_PROD,
		SMMU_REG_PRIQ_CONS,
		SMMU_REG_PRIQ_IRQ_CFG0,
		SMMU_REG_PRIQ_IRQ_CFG1,
		SMMU_REG_PRIQ_IRQ_CFG2,
		0xa8,
		0xac,
		0x38,
		0x8c,
		0x8020,
		0x10020,
		SMMU_REG_END,
		0xfffffffc,
	};
	struct bench *bench = *state;

	for (unsigned i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		bench_set(bench, offsets[i], ~0u);
		assert_int_equal(bench_reg(bench, offsets[i]), 0);
	}
}

static void illegal_accesses_read_as_zero_and_change_nothing(void **state)
{
	struct bench *bench = *state;

	bench_set64(bench, SMMU_REG_STRTAB_BASE, 0x40008000);
	bench_set(bench, SMMU_REG_STRTAB_BASE_CFG, 5);
	/* 6.2: two 32-bit registers at once; unaligned; other sizes. */
	smmu_reg_write(bench->smmu, SMMU_REG_STRTAB_BASE_CFG, 8, 0);
	smmu_reg_write(bench->smmu, SMMU_REG_STRTAB_BASE + 4, 8, 0);
	smmu_reg_write(bench->smmu, SMMU_REG_STRTAB_BASE + 2, 4, 0);
	smmu_reg_write(bench->smmu, SMMU_REG_STRTAB_BASE_CFG, 2, 0);
	smmu_reg_write(bench->smmu, SMMU_REG_STRTAB_BASE_CFG, 0, 0);
	assert_int_equal(smmu_reg_read(bench->smmu, SMMU_REG_STRTAB_BASE, 8), 0x40008000);
	assert_int_equal(bench_reg(bench, SMMU_REG_STRTAB_BASE_CFG), 5);
	assert_int_equal(smmu_reg_read(bench->smmu, SMMU_REG_IDR0, 8), 0);
	assert_int_equal(smmu_reg_read(bench->smmu, SMMU_REG_IDR0, 1), 0);
	assert_int_equal(smmu_reg_read(bench->smmu, SMMU_REG_STRTAB_BASE + 4, 8), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
	static const struct CMUnitTest tests[] = {
		TEST(identification_follows_the_profile),
		TEST(read_only_registers_ignore_writes),
		TEST(cr0_is_acknowledged_without_its_reserved_bits),
		TEST(stream_table_registers_are_read_only_while_enabled),
		TEST(queue_registers_are_read_only_while_their_queue_is_enabled),
		TEST(halves_of_a_64_bit_register_are_written_alone),
		TEST(base_addresses_are_cut_to_the_output_address_size),
		TEST(fields_of_absent_features_are_zero),
		TEST(only_changes_of_configuration_reach_the_worst_case_caches),
		TEST(gbpa_changes_only_with_update),
		TEST(irq_enables_are_acknowledged),
		TEST(gerrorn_activates_an_error_that_is_not_there),
		TEST(queue_indexes_keep_only_index_and_wrap),
		TEST(pri_registers_are_there_with_pri),
		TEST(pri_registers_are_read_only_while_guarded),
		TEST(without_messages_only_lo_is_left),
		TEST(pri_bits_follow_the_profile),
		TEST(rec_cfg_ats_is_there_with_atsrecerr),
		TEST(atschk_is_configuration_with_both_stages),
		TEST(the_largest_queues_have_20_bits_of_index),
		TEST(base_addresses_have_52_bits_with_such_an_oas),
		TEST(gbpa_keeps_its_attributes),
		TEST(everything_else_reads_as_zero),
		TEST(illegal_accesses_read_as_zero_and_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
