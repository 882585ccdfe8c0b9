/* SPDX-License-Identifier: MIT */
/*
 * Contract: every profile with a name is one that the architecture allows, has a name and words of
 * its own and resets; smmu_profile_error() names what a profile cannot have (6.3.1 to 6.3.6); the
 * identification registers say what the profile does.
 * Run: ctest -R smmuv3.test_profile
 */
#include "bench.h"

static void named_profiles_are_legal_and_distinct(void **state)
{
	unsigned count = 0;

	(void)state;
	for (const struct smmu_named_profile *one = smmu_profile_list(); one->name;
	     one++, count++) {
		assert_null(smmu_profile_error(&one->profile));
		assert_true(one->doc && one->doc[0]);
		assert_ptr_equal(smmu_profile_find(one->name), one);
		/* 6.3.2 SIDSIZE: from 7 bits on there are two levels. 6.3.4 XNX comes with S2P. */
		assert_true(one->profile.sid_bits < 7 || one->profile.two_level_strtab);
		assert_int_equal(one->profile.xnx, one->profile.stage2);
	}
	assert_true(count >= 9);
	assert_null(smmu_profile_find("no such profile"));
	assert_null(smmu_profile_find(""));
}

static void every_named_profile_resets(void **state)
{
	struct bench *bench = *state;

	for (const struct smmu_named_profile *one = smmu_profile_list(); one->name; one++) {
		const struct smmu_profile *p = &one->profile;
		uint32_t idr1;

		bench_reset(bench, *p);
		idr1 = bench_reg(bench, SMMU_REG_IDR1);
		assert_int_equal(smmu_get(idr1, SMMU_IDR1_SIDSIZE), p->sid_bits);
		assert_int_equal(smmu_get(idr1, SMMU_IDR1_SSIDSIZE), p->ssid_bits);
		assert_int_equal(!(idr1 & SMMU_IDR1_ATTR_PERMS_OVR), p->no_override);
		assert_int_equal(!(idr1 & SMMU_IDR1_ATTR_TYPES_OVR), p->no_override);
		assert_int_equal(smmu_get(idr1, SMMU_IDR1_CMDQS), p->cmdq_bits);
		assert_int_equal(smmu_get(idr1, SMMU_IDR1_EVENTQS), p->evtq_bits);
		assert_int_equal(smmu_get(idr1, SMMU_IDR1_PRIQS), p->priq_bits);
	}
}

static void qemu_is_what_its_registers_say(void **state)
{
	struct bench *bench = *state;
	uint32_t idr0, idr5;

	bench_reset(bench, smmu_profile_find("qemu")->profile);
	idr0 = bench_reg(bench, SMMU_REG_IDR0);
	idr5 = bench_reg(bench, SMMU_REG_IDR5);
	assert_int_equal(smmu_get(idr0, SMMU_IDR0_STALL_MODEL), SMMU_IDR0_STALL_MODEL_NONE);
	assert_int_equal(
		idr0 & (SMMU_IDR0_S1P | SMMU_IDR0_COHACC | SMMU_IDR0_ASID16 | SMMU_IDR0_TERM_MODEL),
		SMMU_IDR0_S1P | SMMU_IDR0_COHACC | SMMU_IDR0_ASID16 | SMMU_IDR0_TERM_MODEL);
	assert_int_equal(idr0 & (SMMU_IDR0_S2P | SMMU_IDR0_HYP | SMMU_IDR0_ATS | SMMU_IDR0_PRI |
				 SMMU_IDR0_MSI | SMMU_IDR0_SEV | SMMU_IDR0_CD2L),
			 0);
	assert_int_equal(smmu_get(idr0, SMMU_IDR0_HTTU), 0);
	assert_int_equal(smmu_get(idr0, SMMU_IDR0_ST_LEVEL), SMMU_IDR0_ST_LEVEL_2LVL);
	assert_int_equal(idr5, 4 | SMMU_IDR5_GRAN4K | SMMU_IDR5_GRAN16K | SMMU_IDR5_GRAN64K);
}

static void full_is_what_its_registers_say(void **state)
{
	const uint32_t features = SMMU_IDR0_S2P | SMMU_IDR0_S1P | SMMU_IDR0_HYP | SMMU_IDR0_ATS |
				  SMMU_IDR0_ASID16 | SMMU_IDR0_MSI | SMMU_IDR0_SEV | SMMU_IDR0_PRI |
				  SMMU_IDR0_VMID16 | SMMU_IDR0_CD2L | SMMU_IDR0_ATSRECERR;
	const uint32_t absent = SMMU_IDR0_BTM | SMMU_IDR0_NS1ATS | SMMU_IDR0_ATOS | SMMU_IDR0_VMW |
				SMMU_IDR0_VATOS | SMMU_IDR0_TERM_MODEL;
	struct bench *bench = *state;
	uint32_t idr0, idr5;

	bench_reset(bench, smmu_profile_find("full")->profile);
	idr0 = bench_reg(bench, SMMU_REG_IDR0);
	idr5 = bench_reg(bench, SMMU_REG_IDR5);
	assert_int_equal(idr0 & (features | absent), features);
	assert_int_equal(smmu_get(idr0, SMMU_IDR0_HTTU), 2);
	assert_int_equal(smmu_get(idr0, SMMU_IDR0_STALL_MODEL), SMMU_IDR0_STALL_MODEL_BOTH);
	assert_int_equal(bench_reg(bench, SMMU_REG_IDR3), SMMU_IDR3_HAD | SMMU_IDR3_XNX |
								  SMMU_IDR3_PPS | SMMU_IDR3_STT |
								  SMMU_IDR3_RIL);
	assert_int_equal(smmu_get(idr5, SMMU_IDR5_OAS), 6);
	assert_int_equal(smmu_get(idr5, SMMU_IDR5_VAX), SMMU_IDR5_VAX_52);
	assert_int_equal(smmu_get(idr5, SMMU_IDR5_STALL_MAX), SMMU_MAX_STALLS);
}

static void odd_features_show_in_idr0(void **state)
{
	struct bench *bench = *state;

	bench_reset(bench, smmu_profile_find("no-split-ats")->profile);
	assert_true(bench_reg(bench, SMMU_REG_IDR0) & SMMU_IDR0_NS1ATS);
	bench_reset(bench, smmu_profile_find("pps")->profile);
	assert_true(bench_reg(bench, SMMU_REG_IDR0) & SMMU_IDR0_TERM_MODEL);
	bench_reset(bench, smmu_profile_find("stall-forced")->profile);
	assert_int_equal(smmu_get(bench_reg(bench, SMMU_REG_IDR0), SMMU_IDR0_STALL_MODEL),
			 SMMU_IDR0_STALL_MODEL_FORCE);
	bench_reset(bench, smmu_profile_find("access-flag")->profile);
	assert_int_equal(smmu_get(bench_reg(bench, SMMU_REG_IDR0), SMMU_IDR0_HTTU), 1);
	bench_reset(bench, smmu_profile_find("16k-only")->profile);
	assert_int_equal(bench_reg(bench, SMMU_REG_IDR5) &
				 (SMMU_IDR5_GRAN4K | SMMU_IDR5_GRAN16K | SMMU_IDR5_GRAN64K),
			 SMMU_IDR5_GRAN16K);
}

static void what_cannot_be_has_words(void **state)
{
	struct smmu_profile good = bench_profile();
	struct smmu_profile bad[25];
	unsigned n = 0;

	(void)state;
	assert_null(smmu_profile_error(&good));
	good.stage2 = true;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		bad[i] = good;
	bad[n++].sid_bits = 17;
	bad[n++].ssid_bits = 21;
	bad[n++].cmdq_bits = 20;
	bad[n++].evtq_bits = 20;
	bad[n++].priq_bits = 20;
	bad[n++].asid_bits = 0;
	bad[n++].asid_bits = 12;
	bad[n++].vmid_bits = 9;
	bad[n++].oas_bits = 0;
	bad[n++].oas_bits = 47;
	bad[n++].oas_bits = 56;
	bad[n++].granules = 8;
	bad[n++].stall_model = SMMU_STALL_FORCE + 1;
	bad[n++].httu = SMMU_HTTU_DIRTY + 1;
	bad[n++].geometry = SMMU_GEOMETRY_LARGE + 1;
	bad[n++].cache = SMMU_CACHE_WORST + 1;
	bad[n++].pps = true; /* without pri */
	bad[n].pri = bad[n].pps = true, bad[n++].ssid_bits = 0;
	bad[n++].oas_bits = 52;
	bad[n++].va52 = true;
	bad[n].ats = false, bad[n++].pri = true;
	bad[n].ats = false, bad[n++].ats_rec_err = true;
	bad[n].ats = false, bad[n++].no_split_ats = true;
	bad[n].stage2 = false, bad[n++].no_split_ats = true;
	bad[n].stage2 = false, bad[n++].xnx = true;
	assert_int_equal(n, sizeof(bad) / sizeof(bad[0]));
	for (unsigned i = 0; i < n; i++)
		assert_non_null(smmu_profile_error(&bad[i]));
	/* Each of these is fine with what it needs. */
	good.pri = good.pps = good.ats_rec_err = good.no_split_ats = good.xnx = good.va52 = true;
	good.granules = SMMU_GRANULE_4K | SMMU_GRANULE_64K;
	good.oas_bits = 52;
	assert_null(smmu_profile_error(&good));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
	static const struct CMUnitTest tests[] = {
		TEST(named_profiles_are_legal_and_distinct),
		TEST(every_named_profile_resets),
		TEST(qemu_is_what_its_registers_say),
		TEST(full_is_what_its_registers_say),
		TEST(odd_features_show_in_idr0),
		TEST(what_cannot_be_has_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
