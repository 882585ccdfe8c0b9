/* SPDX-License-Identifier: MIT */
/*
 * Contract: TLB invalidation where there is a stage 2 (4.4.2, 4.4.3): whose VMID a command names,
 * which commands exist, IPAs and their ranges, widths of VMIDs. What the caches are told is read
 * from the worst-case caches' list of commands that wait. Run: ctest -R smmuv3.test_tlbi_stage2
 */
#include "bench.h"

static struct smmu_profile stage2_profile(void)
{
	struct smmu_profile profile = bench_profile();

	profile.stage2 = profile.range_inv = true;
	profile.vmid_bits = 16;
	profile.granules = SMMU_GRANULE_4K | SMMU_GRANULE_16K | SMMU_GRANULE_64K;
	return profile;
}

static int stage2_setup(void **state)
{
	bench_setup(state);
	bench_reset(*state, stage2_profile());
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage2_setup, bench_teardown)

static struct smmu_command with_vmid(struct smmu_command command, uint16_t vmid)
{
	command.word[0] |= smmu_put(SMMU_CMD0_VMID, vmid);
	return command;
}

static struct smmu_command with_range(struct smmu_command command, unsigned tg, unsigned num,
				      unsigned scale, unsigned ttl)
{
	command.word[0] |= smmu_put(SMMU_CMD0_NUM, num) | smmu_put(SMMU_CMD0_SCALE, scale);
	command.word[1] |= smmu_put(SMMU_CMD1_TG, tg) | smmu_put(SMMU_CMD1_TTL, ttl);
	return command;
}

static void stage_1_commands_name_a_vmid(void **state)
{
	static const uint16_t vmid = 0xbeef;
	struct bench *bench = *state;
	const struct smmu_command commands[] = {
		smmu_cmd_tlbi(SMMU_CMD_TLBI_NH_ALL, 0),
		smmu_cmd_tlbi(SMMU_CMD_TLBI_NH_ASID, 5),
		smmu_cmd_tlbi_va(SMMU_CMD_TLBI_NH_VA, 5, 0x1000, false),
		smmu_cmd_tlbi_va(SMMU_CMD_TLBI_NH_VAA, 0, 0x1000, false),
	};

	for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		struct smmu_invalidation inv = bench_told(bench, with_vmid(commands[i], vmid));

		assert_int_equal(inv.vmid, vmid);
		assert_int_equal(inv.regime, SMMU_REGIME_NS_EL1);
	}
}

static void el2_commands_name_none(void **state)
{
	struct bench *bench = *state;
	struct smmu_command va = smmu_cmd_tlbi_va(SMMU_CMD_TLBI_EL2_VA, 5, 0x1000, false);

	assert_int_equal(bench_told(bench, va).vmid, 0);
	assert_int_equal(bench_execute(bench, with_vmid(va, 1)), SMMU_CERROR_ILL);
	va = smmu_cmd_tlbi(SMMU_CMD_TLBI_NSNH_ALL, 0);
	assert_int_equal(bench_execute(bench, with_vmid(va, 1)), SMMU_CERROR_ILL);
}

static void s12_vmall_names_a_vmid(void **state)
{
	struct bench *bench = *state;
	struct smmu_invalidation inv = bench_told(bench, smmu_cmd_tlbi_s12(7));

	assert_int_equal(inv.opcode, SMMU_CMD_TLBI_S12_VMALL);
	assert_int_equal(inv.vmid, 7);
	assert_int_equal(inv.size, 0);
}

static void s2_ipa_names_a_vmid_and_an_ipa(void **state)
{
	struct bench *bench = *state;
	struct smmu_invalidation inv = bench_told(bench, smmu_cmd_tlbi_s2_ipa(7, 0x12345fff, true));

	assert_int_equal(inv.opcode, SMMU_CMD_TLBI_S2_IPA);
	assert_int_equal(inv.vmid, 7);
	assert_int_equal(inv.va, 0x12345000);
	assert_int_equal(inv.size, 4096);
	assert_int_equal(inv.tg, 0);
	assert_true(inv.leaf);
	assert_false(bench_told(bench, smmu_cmd_tlbi_s2_ipa(7, 0, false)).leaf);
}

static void s2_ipa_takes_ranges(void **state)
{
	struct bench *bench = *state;
	struct smmu_command ipa = smmu_cmd_tlbi_s2_ipa(7, 0x12340000, false);
	struct smmu_invalidation inv;

	inv = bench_told(bench, with_range(ipa, SMMU_CMD1_TG_64K, 2, 3, 3));
	assert_int_equal(inv.size, 3 * 8 * 0x10000);
	assert_int_equal(inv.tg, 16);
	assert_int_equal(inv.ttl, 3);
	assert_int_equal(bench_execute(bench, with_range(ipa, SMMU_CMD1_TG_4K, 0, 0, 0)),
			 SMMU_CERROR_ILL);
}

/* 4.1.6: [55:52] are RES0; there is no NS bit on the Non-secure queue (4.4.3.3). */
static void reserved_bits_of_an_ipa_are_illegal(void **state)
{
	struct bench *bench = *state;

	for (unsigned bit = 52; bit < 64; bit++) {
		struct smmu_command command = smmu_cmd_tlbi_s2_ipa(7, 0, false);

		command.word[1] |= SMMU_BIT(bit);
		assert_int_equal(bench_execute(bench, command), SMMU_CERROR_ILL);
	}
	assert_int_equal(bench_execute(bench, (struct smmu_command){{SMMU_CMD_TLBI_S12_VMALL, 1}}),
			 SMMU_CERROR_ILL);
}

static void without_stage_2_its_commands_are_illegal(void **state)
{
	struct bench *bench = *state;

	bench_reset(bench, bench_profile());
	assert_int_equal(bench_execute(bench, smmu_cmd_tlbi_s12(0)), SMMU_CERROR_ILL);
	assert_int_equal(bench_execute(bench, smmu_cmd_tlbi_s2_ipa(0, 0, true)), SMMU_CERROR_ILL);
	/* 4.4.2: VMID is RES0 then, and need not have an effect. */
	bench_untold(bench, with_vmid(smmu_cmd_tlbi(SMMU_CMD_TLBI_NH_ALL, 0), 1));
}

/* 4.4: upper halves of narrow VMIDs. 0 bits count as 8. */
static void wide_vmids_have_no_effect_where_they_are_narrow(void **state)
{
	static const uint8_t bits[] = {0, 8};
	struct bench *bench = *state;

	for (unsigned i = 0; i < sizeof(bits); i++) {
		struct smmu_profile profile = stage2_profile();

		profile.vmid_bits = bits[i];
		bench_reset(bench, profile);
		bench_untold(bench, smmu_cmd_tlbi_s12(0x100));
		bench_untold(bench, smmu_cmd_tlbi_s2_ipa(0x8000, 0x1000, true));
		bench_untold(bench, with_vmid(smmu_cmd_tlbi(SMMU_CMD_TLBI_NH_ALL, 0), 0x100));
		assert_int_equal(bench_told(bench, smmu_cmd_tlbi_s12(0xff)).vmid, 0xff);
	}
}

/* 4.4.1.1: what TG, NUM and SCALE make of a range, and which addresses promise nothing. */
static void ranges_count_granules(void **state)
{
	static const struct {
		unsigned tg, ttl;
		uint64_t va, size;
	} cases[] = {
		{SMMU_CMD1_TG_4K, 0, 0x1000, 6 * 0x1000},
		{SMMU_CMD1_TG_4K, 1, 0x40000000, 6 * 0x1000},
		{SMMU_CMD1_TG_4K, 1, 0x20000000, 0},
		{SMMU_CMD1_TG_4K, 2, 0x200000, 6 * 0x1000},
		{SMMU_CMD1_TG_4K, 2, 0x100000, 0},
		{SMMU_CMD1_TG_16K, 0, 0x4000, 6 * 0x4000},
		{SMMU_CMD1_TG_16K, 0, 0x2000, 0},
		{SMMU_CMD1_TG_16K, 1, 0x4000, 6 * 0x4000}, /* as TTL = 0 without IDR5.DS */
		{SMMU_CMD1_TG_16K, 2, 0x2000000, 6 * 0x4000},
		{SMMU_CMD1_TG_16K, 2, 0x1000000, 0},
		{SMMU_CMD1_TG_16K, 3, 0x1000, 0},
		{SMMU_CMD1_TG_64K, 0, 0x10000, 6 * 0x10000},
		{SMMU_CMD1_TG_64K, 3, 0x8000, 0},
		{SMMU_CMD1_TG_64K, 2, 0x20000000, 6 * 0x10000},
		{SMMU_CMD1_TG_64K, 2, 0x10000000, 0},
		{SMMU_CMD1_TG_64K, 1, 0x40000000000, 6 * 0x10000},
		{SMMU_CMD1_TG_64K, 1, 0x20000000000, 0},
	};
	struct bench *bench = *state;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct smmu_command command =
			with_range(smmu_cmd_tlbi_va(SMMU_CMD_TLBI_NH_VAA, 0, cases[i].va, false),
				   cases[i].tg, 2, 1, cases[i].ttl);
		struct smmu_invalidation inv;

		if (!cases[i].size) {
			bench_untold(bench, command);
			continue;
		}
		inv = bench_told(bench, command);
		assert_int_equal(inv.size, cases[i].size);
		assert_int_equal(inv.va, cases[i].va);
		assert_int_equal(inv.tg, 10 + 2 * cases[i].tg);
	}
}

static void a_granule_that_is_not_there_has_no_entries(void **state)
{
	struct bench *bench = *state;
	struct smmu_profile profile = stage2_profile();
	struct smmu_command va = smmu_cmd_tlbi_va(SMMU_CMD_TLBI_NH_VAA, 0, 0, false);

	profile.granules = SMMU_GRANULE_64K;
	bench_reset(bench, profile);
	bench_untold(bench, with_range(va, SMMU_CMD1_TG_4K, 1, 0, 0));
	bench_untold(bench, with_range(va, SMMU_CMD1_TG_16K, 1, 0, 0));
	assert_int_equal(bench_told(bench, with_range(va, SMMU_CMD1_TG_64K, 1, 0, 0)).tg, 16);
	/* No granule named: any. */
	assert_int_equal(bench_told(bench, va).tg, 0);
}

static void the_longest_range_ends_where_the_space_ends(void **state)
{
	struct bench *bench = *state;
	struct smmu_command va = smmu_cmd_tlbi_va(SMMU_CMD_TLBI_NH_VAA, 0, 0, false);

	assert_int_equal(bench_told(bench, with_range(va, SMMU_CMD1_TG_64K, 31, 31, 0)).size,
			 1ull << 52);
	va = smmu_cmd_tlbi_va(SMMU_CMD_TLBI_NH_VAA, 0, 0 - 0x20000ull, false);
	assert_int_equal(bench_told(bench, with_range(va, SMMU_CMD1_TG_64K, 31, 31, 0)).size,
			 0x20000);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(stage_1_commands_name_a_vmid),
		TEST(el2_commands_name_none),
		TEST(s12_vmall_names_a_vmid),
		TEST(s2_ipa_names_a_vmid_and_an_ipa),
		TEST(s2_ipa_takes_ranges),
		TEST(reserved_bits_of_an_ipa_are_illegal),
		TEST(without_stage_2_its_commands_are_illegal),
		TEST(wide_vmids_have_no_effect_where_they_are_narrow),
		TEST(ranges_count_granules),
		TEST(a_granule_that_is_not_there_has_no_entries),
		TEST(the_longest_range_ends_where_the_space_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
