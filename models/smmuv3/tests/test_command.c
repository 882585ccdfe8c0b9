/* SPDX-License-Identifier: MIT */
/*
 * Contract: commands (chapter 4): which are legal under a profile, and which invalidation each
 * becomes. What the caches are told is read from the worst-case caches' list of commands that
 * wait for a CMD_SYNC. Run: ./test_command
 */
#include "bench.h"

static void opcodes_of_absent_features_are_illegal(void **state)
{
	static const uint8_t legal[] = {
		SMMU_CMD_PREFETCH_CONFIG, SMMU_CMD_PREFETCH_ADDR, SMMU_CMD_CFGI_STE,
		SMMU_CMD_CFGI_STE_RANGE,  SMMU_CMD_CFGI_CD,	  SMMU_CMD_CFGI_CD_ALL,
		SMMU_CMD_TLBI_NH_ALL,	  SMMU_CMD_TLBI_NH_ASID,  SMMU_CMD_TLBI_NH_VA,
		SMMU_CMD_TLBI_NH_VAA,	  SMMU_CMD_TLBI_NSNH_ALL, SMMU_CMD_SYNC,
	};
	static const uint8_t optional[] = {
		SMMU_CMD_TLBI_EL2_ALL, SMMU_CMD_TLBI_EL2_ASID,	SMMU_CMD_TLBI_EL2_VA,
		SMMU_CMD_TLBI_EL2_VAA, SMMU_CMD_ATC_INV,	SMMU_CMD_PRI_RESP,
		SMMU_CMD_TLBI_S2_IPA,  SMMU_CMD_TLBI_S12_VMALL, SMMU_CMD_RESUME,
		SMMU_CMD_STALL_TERM,
	};
	struct bench *bench = *state;
	struct smmu_profile none = bench_profile(), every = bench_profile();

	none.ats = none.hyp = false;
	every.pri = every.stage2 = true;
	every.stall_model = SMMU_STALL_BOTH;
	for (unsigned all = 0; all < 2; all++) {
		bool want[256] = {false};

		bench_reset(bench, all ? every : none);
		for (unsigned i = 0; i < sizeof(legal); i++)
			want[legal[i]] = true;
		for (unsigned i = 0; i < sizeof(optional); i++)
			want[optional[i]] = all;
		for (unsigned opcode = 0; opcode < 256; opcode++)
			assert_int_equal(bench_execute(bench, (struct smmu_command){{opcode, 0}}),
					 want[opcode] ? SMMU_CERROR_NONE : SMMU_CERROR_ILL);
	}
}

static void reserved_bits_are_illegal(void **state)
{
	static const struct smmu_command commands[] = {
		{{SMMU_CMD_CFGI_STE | SMMU_CMD0_SSEC, 0}},
		{{SMMU_CMD_PREFETCH_CONFIG | SMMU_CMD0_SSEC, 0}},
		{{SMMU_CMD_CFGI_STE, 2}},
		{{SMMU_CMD_CFGI_CD_ALL, SMMU_CMD1_LEAF}},
		{{SMMU_CMD_TLBI_NH_VA, SMMU_BIT(10)}},	   /* TG without IDR3.RIL */
		{{SMMU_CMD_TLBI_NH_VA | SMMU_BIT(20), 0}}, /* SCALE */
		{{SMMU_CMD_TLBI_EL2_VAA | SMMU_BIT(48), 0}},
		{{SMMU_CMD_TLBI_NSNH_ALL, 0x1000}},
		{{SMMU_CMD_SYNC | SMMU_BIT(8), 0}},
		{{SMMU_CMD_ATC_INV | SMMU_BIT(8), 0}},
	};
	struct bench *bench = *state;

	for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		assert_int_equal(bench_execute(bench, commands[i]), SMMU_CERROR_ILL);
	assert_int_equal(bench->smmu->worst.num_pending, 0);
}

/* 4.1.1: of other Security states, of features that no profile has, and holes. */
static void opcodes_of_elsewhere_are_illegal(void **state)
{
	static const uint8_t opcodes[] = {
		0,
		SMMU_CMD_CFGI_VMS_PIDM,
		SMMU_CMD_TLBI_EL3_ALL,
		SMMU_CMD_TLBI_EL3_VA,
		0x50,
		0x51,
		0x52,
		0x53, /* CMD_TLBI_S_EL2_* */
		0x58,
		0x5a,
		0x60, /* CMD_TLBI_S_S12_VMALL, S_S2_IPA, SNH_ALL */
		0x70,
		0x73,
		0x80,
		0xff, /* CMD_DPTI_*, IMPLEMENTATION DEFINED */
	};
	struct bench *bench = *state;
	struct smmu_profile profile = bench_profile();

	profile.pri = profile.stage2 = profile.range_inv = true;
	bench_reset(bench, profile);
	for (unsigned i = 0; i < sizeof(opcodes); i++)
		assert_int_equal(bench_execute(bench, (struct smmu_command){{opcodes[i], 0}}),
				 SMMU_CERROR_ILL);
}

static void cfgi_ste_names_stream_and_leaf(void **state)
{
	struct bench *bench = *state;
	struct smmu_invalidation inv = bench_told(bench, smmu_cmd_cfgi_ste(0x42, true));

	assert_int_equal(inv.opcode, SMMU_CMD_CFGI_STE);
	assert_int_equal(inv.sid, 0x42);
	assert_true(inv.leaf);
	assert_false(bench_told(bench, smmu_cmd_cfgi_ste(0x42, false)).leaf);
}

static void cfgi_range_is_aligned_to_its_size(void **state)
{
	struct bench *bench = *state;
	struct smmu_command command = {{SMMU_CMD_CFGI_STE_RANGE | 0x2full << 32, 3}};
	struct smmu_invalidation inv = bench_told(bench, command);

	assert_int_equal(inv.sid, 0x20);
	assert_int_equal(inv.range, 3);
	/* 4.3.6: StreamID is ignored by CMD_CFGI_ALL. */
	command.word[0] |= 0xffffull << 48;
	command.word[1] = SMMU_CMD1_RANGE_ALL;
	inv = bench_told(bench, command);
	assert_int_equal(inv.sid, 0);
	assert_int_equal(inv.range, SMMU_CMD1_RANGE_ALL);
	assert_int_equal(bench_told(bench, smmu_cmd_cfgi_all()).range, SMMU_CMD1_RANGE_ALL);
}

static void cfgi_cd_names_an_index(void **state)
{
	struct bench *bench = *state;
	struct smmu_invalidation inv = bench_told(bench, smmu_cmd_cfgi_cd(3, 0x55, true));

	assert_int_equal(inv.opcode, SMMU_CMD_CFGI_CD);
	assert_int_equal(inv.sid, 3);
	assert_int_equal(inv.ssid, 0x55);
	assert_true(inv.leaf);
	assert_int_equal(bench_told(bench, smmu_cmd_cfgi_cd_all(3)).opcode, SMMU_CMD_CFGI_CD_ALL);
}

static void streams_and_substreams_out_of_range_have_no_effect(void **state)
{
	struct bench *bench = *state;

	bench_set(bench, SMMU_REG_CR0, SMMU_CR0_SMMUEN);
	bench_untold(bench, smmu_cmd_cfgi_ste(0x100, true));
	bench_untold(bench, smmu_cmd_cfgi_cd_all(0x80000000));
	bench_untold(bench, smmu_cmd_cfgi_cd(0, 0x100, true));
	bench_untold(bench, smmu_cmd_atc_inv(0x100, false, 0, 0, SMMU_CMD1_SIZE_ALL));
	bench_untold(bench, smmu_cmd_atc_inv(0, true, 0x100, 0, SMMU_CMD1_SIZE_ALL));
	bench_untold(bench, smmu_cmd_prefetch(0, true, 1));
}

static void tlbi_nh_names_regime_asid_and_address(void **state)
{
	struct bench *bench = *state;
	struct smmu_invalidation inv = bench_told(
		bench, smmu_cmd_tlbi_va(SMMU_CMD_TLBI_NH_VA, 0xbeef, 0xffff800012345fff, true));

	assert_int_equal(inv.opcode, SMMU_CMD_TLBI_NH_VA);
	assert_int_equal(inv.regime, SMMU_REGIME_NS_EL1);
	assert_int_equal(inv.asid, 0xbeef);
	assert_int_equal(inv.va, 0xffff800012345000);
	assert_int_equal(inv.size, 4096);
	assert_true(inv.leaf);
	inv = bench_told(bench, smmu_cmd_tlbi_va(SMMU_CMD_TLBI_NH_VAA, 0, 0x1000, false));
	assert_int_equal(inv.va, 0x1000);
	assert_false(inv.leaf);
	inv = bench_told(bench, smmu_cmd_tlbi(SMMU_CMD_TLBI_NH_ASID, 7));
	assert_int_equal(inv.asid, 7);
	assert_int_equal(inv.size, 0);
	inv = bench_told(bench, smmu_cmd_tlbi(SMMU_CMD_TLBI_NSNH_ALL, 0));
	assert_int_equal(inv.opcode, SMMU_CMD_TLBI_NSNH_ALL);
	assert_int_equal(inv.regime, SMMU_REGIME_NS_EL1);
}

static void tlbi_el2_follows_e2h(void **state)
{
	struct bench *bench = *state;
	struct smmu_command va = smmu_cmd_tlbi_va(SMMU_CMD_TLBI_EL2_VA, 5, 0x1000, false);
	struct smmu_command asid = smmu_cmd_tlbi(SMMU_CMD_TLBI_EL2_ASID, 5);

	/* 4.4.2.8: without E2H there are no ASIDs. */
	assert_int_equal(bench_told(bench, va).regime, SMMU_REGIME_EL2);
	assert_int_equal(bench_told(bench, va).asid, 0);
	/* 4.4.2.10: EL2 entries are not tagged by ASID. */
	assert_int_equal(bench_told(bench, asid).regime, SMMU_REGIME_EL2_E2H);
	bench_set(bench, SMMU_REG_CR2, SMMU_CR2_E2H);
	assert_int_equal(bench_told(bench, va).regime, SMMU_REGIME_EL2_E2H);
	assert_int_equal(bench_told(bench, va).asid, 5);
	assert_int_equal(bench_told(bench, asid).asid, 5);
}

static void tlbi_el2_all_takes_both_regimes(void **state)
{
	struct bench *bench = *state;
	struct smmu_worst *worst = &bench->smmu->worst;

	assert_int_equal(bench_execute(bench, smmu_cmd_tlbi(SMMU_CMD_TLBI_EL2_ALL, 0)),
			 SMMU_CERROR_NONE);
	assert_int_equal(worst->num_pending, 2);
	assert_int_equal(worst->pending[0].regime, SMMU_REGIME_EL2);
	assert_int_equal(worst->pending[1].regime, SMMU_REGIME_EL2_E2H);
}

static void asids_and_vmids_that_do_not_exist_have_no_effect(void **state)
{
	struct bench *bench = *state;
	struct smmu_profile profile = bench_profile();

	/* 4.4.2: VMID is RES0 without stage 2. */
	bench_untold(bench, (struct smmu_command){{SMMU_CMD_TLBI_NH_ALL | 1ull << 32, 0}});
	profile.asid_bits = 8;
	bench_reset(bench, profile);
	bench_untold(bench, smmu_cmd_tlbi(SMMU_CMD_TLBI_NH_ASID, 0x100));
	assert_int_equal(bench_told(bench, smmu_cmd_tlbi(SMMU_CMD_TLBI_NH_ASID, 0xff)).asid, 0xff);
}

static void atc_inv_reaches_the_endpoint_with_an_aligned_range(void **state)
{
	struct bench *bench = *state;
	struct smmu_invalidation inv;

	bench_set(bench, SMMU_REG_CR0, SMMU_CR0_SMMUEN);
	inv = bench_told(bench, smmu_cmd_atc_inv(4, true, 9, 0x12345000, 4));
	assert_int_equal(inv.va, 0x12340000);
	assert_int_equal(inv.size, 0x10000);
	assert_int_equal(bench->num_atc, 1);
	assert_int_equal(bench->atc[0].sid, 4);
	assert_true(bench->atc[0].ssv);
	assert_int_equal(bench->atc[0].ssid, 9);
	assert_false(bench->atc[0].global);
	assert_int_equal(bench->atc[0].va, 0x12340000);
	assert_int_equal(bench->atc[0].size, 0x10000);
	/* 51: half of the space. */
	inv = bench_told(bench, smmu_cmd_atc_inv(4, false, 0, SMMU_MASK(63, 12), 51));
	assert_int_equal(inv.va, 1ull << 63);
	assert_int_equal(inv.size, 1ull << 63);
	/* 52: everything. */
	inv = bench_told(bench, smmu_cmd_atc_inv(4, false, 0, 0x12345000, SMMU_CMD1_SIZE_ALL));
	assert_int_equal(inv.va, 0);
	assert_int_equal(inv.size, 0);
	assert_false(bench->atc[2].ssv);
}

static void atc_inv_global_counts_only_with_ssv(void **state)
{
	struct bench *bench = *state;
	struct smmu_command command = smmu_cmd_atc_inv(4, true, 9, 0, SMMU_CMD1_SIZE_ALL);

	bench_set(bench, SMMU_REG_CR0, SMMU_CR0_SMMUEN);
	command.word[0] |= SMMU_CMD0_GLOBAL;
	assert_true(bench_told(bench, command).global);
	assert_int_equal(bench->atc[0].ssid, 9);
	command.word[0] &= ~SMMU_CMD0_SSV;
	assert_false(bench_told(bench, command).global);
	assert_int_equal(bench->atc[1].ssid, 0);
}

static void atc_inv_is_ignored_while_disabled(void **state)
{
	struct bench *bench = *state;
	struct smmu_command command = smmu_cmd_atc_inv(4, false, 0, 0, SMMU_CMD1_SIZE_ALL);

	bench_untold(bench, command);
	/* 4.1.3: illegal comes before ignored. */
	command.word[1]++;
	assert_int_equal(bench_execute(bench, command), SMMU_CERROR_ILL);
}

static void atc_inv_with_ssv_needs_substreams(void **state)
{
	struct bench *bench = *state;
	struct smmu_profile profile = bench_profile();

	profile.ssid_bits = 0;
	bench_reset(bench, profile);
	bench_set(bench, SMMU_REG_CR0, SMMU_CR0_SMMUEN);
	bench_untold(bench, smmu_cmd_atc_inv(4, true, 0, 0, 0));
	assert_int_equal(bench_told(bench, smmu_cmd_atc_inv(4, false, 0, 0, 0)).size, 4096);
}

static void sync_completes_what_is_pending(void **state)
{
	struct bench *bench = *state;

	bench_told(bench, smmu_cmd_cfgi_all());
	assert_int_equal(bench_execute(bench, smmu_cmd_sync(SMMU_SYNC_NONE)), SMMU_CERROR_NONE);
	assert_int_equal(bench->smmu->worst.num_pending, 0);
	assert_int_equal(smmu_counters(bench->smmu).syncs, 1);
}

static void sync_signals_by_wire_when_asked(void **state)
{
	struct bench *bench = *state;
	struct smmu_command command = smmu_cmd_sync(SMMU_SYNC_IRQ);

	assert_true(smmu_command_execute(bench->smmu, &command).signal_irq);
	/* 4.7.3: without MSIs, their fields are ignored. */
	command.word[0] |= 0x12345678ull << 32 | 0xfull << 24 | 3ull << 22;
	command.word[1] = BENCH_RAM;
	assert_true(smmu_command_execute(bench->smmu, &command).signal_irq);
	assert_int_equal(bench->ram[0], 0);
	command = smmu_cmd_sync(SMMU_SYNC_SEV);
	assert_false(smmu_command_execute(bench->smmu, &command).signal_irq);
	assert_int_equal(bench_execute(bench, smmu_cmd_sync(SMMU_SYNC_RESERVED)), SMMU_CERROR_ILL);
}

static void exact_caches_are_told_as_well(void **state)
{
	static const uint64_t word[SMMU_STE_WORDS] = {SMMU_STE0_V};
	struct bench *bench = *state;
	struct smmu_profile profile = bench_profile();

	profile.cache = SMMU_CACHE_EXACT;
	bench_reset(bench, profile);
	smmu_caches_fill_ste(bench->smmu, 4, word);
	smmu_caches_fill_ste(bench->smmu, 5, word);
	bench_execute(bench, smmu_cmd_cfgi_ste(4, true));
	assert_null(smmu_caches_ste(bench->smmu, 4));
	assert_non_null(smmu_caches_ste(bench->smmu, 5));
	assert_int_equal(bench->smmu->worst.num_pending, 0);
}

/* 4.3.2: the StreamID is cut to the range first, and one that is not there names nothing. */
static void ranges_of_streams_that_are_not_there_have_no_effect(void **state)
{
	struct bench *bench = *state;
	const uint64_t beyond = smmu_put(SMMU_CMD0_SID, 0x100); /* SIDSIZE is 8 */

	for (uint64_t range = 0; range < 8; range++)
		bench_untold(bench,
			     (struct smmu_command){{SMMU_CMD_CFGI_STE_RANGE | beyond, range}});
	/* 512 StreamIDs from 0 on hold it. */
	assert_int_equal(
		bench_told(bench, (struct smmu_command){{SMMU_CMD_CFGI_STE_RANGE | beyond, 8}}).sid,
		0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
	static const struct CMUnitTest tests[] = {
		TEST(opcodes_of_absent_features_are_illegal),
		TEST(reserved_bits_are_illegal),
		TEST(opcodes_of_elsewhere_are_illegal),
		TEST(cfgi_ste_names_stream_and_leaf),
		TEST(cfgi_range_is_aligned_to_its_size),
		TEST(cfgi_cd_names_an_index),
		TEST(streams_and_substreams_out_of_range_have_no_effect),
		TEST(tlbi_nh_names_regime_asid_and_address),
		TEST(tlbi_el2_follows_e2h),
		TEST(tlbi_el2_all_takes_both_regimes),
		TEST(asids_and_vmids_that_do_not_exist_have_no_effect),
		TEST(atc_inv_reaches_the_endpoint_with_an_aligned_range),
		TEST(atc_inv_global_counts_only_with_ssv),
		TEST(atc_inv_is_ignored_while_disabled),
		TEST(atc_inv_with_ssv_needs_substreams),
		TEST(sync_completes_what_is_pending),
		TEST(sync_signals_by_wire_when_asked),
		TEST(exact_caches_are_told_as_well),
		TEST(ranges_of_streams_that_are_not_there_have_no_effect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
