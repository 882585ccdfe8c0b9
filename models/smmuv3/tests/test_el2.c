/* SPDX-License-Identifier: MIT */
/*
 * Contract: streams of StreamWorld NS-EL2 and NS-EL2-E2H (5.2 STRW, 6.3.12 CR2.E2H), which Linux
 * uses on CPUs that run VHE, and the commands that invalidate their translations (4.4.2.7 to
 * 4.4.2.10), in the worst-case caches.
 * Run: ctest -R smmuv3.test_el2
 */
#include "worst_scene.h"

#define STE1_EL2 (STE1_ATS | smmu_put(SMMU_STE1_STRW, SMMU_STE1_STRW_EL2))

/* The scene with SIDs 1 and 2 in the EL2 world, SID 3 in EL1. */
static struct scene *el2_new(bool e2h, bool stage2)
{
	struct smmu_profile profile = scene_profile();
	struct scene *scene;

	profile.range_inv = true;
	profile.stage2 = stage2;
	scene = worst_new_as(profile, 4);
	if (e2h)
		smmu_reg_write(scene->smmu, SMMU_REG_CR2, 4, SMMU_CR2_RECINVSID | SMMU_CR2_E2H);
	worst_fill(scene);
	set_smmuen(scene, false);
	store_ste(scene, 1, STE0_SINGLE, STE1_EL2);
	store_ste(scene, 2, STE0_TABLE, STE1_EL2);
	RUN(scene, smmu_cmd_cfgi_all(), smmu_cmd_tlbi(SMMU_CMD_TLBI_EL2_ALL, 0), TLBI_ALL, SYNC);
	set_smmuen(scene, true);
	expect_nothing_stale(scene);
	return scene;
}

static int e2h_setup(void **state)
{
	*state = el2_new(true, false);
	return 0;
}

static int el2_setup(void **state)
{
	*state = el2_new(false, false);
	return 0;
}

/* 6.3.1 Hyp: it comes with stage 2, of which these streams use nothing. */
static int e2h_stage2_setup(void **state)
{
	*state = el2_new(true, true);
	return 0;
}

#define E2H_STAGE2(name) cmocka_unit_test_setup_teardown(name, e2h_stage2_setup, scene_teardown)
#define E2H(name)	 cmocka_unit_test_setup_teardown(name, e2h_setup, scene_teardown)
#define EL2(name)	 cmocka_unit_test_setup_teardown(name, el2_setup, scene_teardown)

/* VA of ROOT0 (ASID 1) now is PAGE4; it was PAGE. */
static void move(struct scene *scene)
{
	remap(scene, ROOT0, VA, PAGE4 | LEAF_RW);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), rw(PAGE4));
	EXPECT(scene, pasid(3, 1, VA), rw(PAGE), rw(PAGE4));
}

static void expect_only_el2_new(struct scene *scene)
{
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE4));
	EXPECT(scene, pasid(3, 1, VA), rw(PAGE), rw(PAGE4));
}

static void el1_commands_leave_el2_alone(void **state)
{
	struct scene *scene = *state;

	move(scene);
	RUN(scene, TLBI_ASID(1), TLBI_VA(1, VA), TLBI_VAA(VA), TLBI_ALL,
	    smmu_cmd_tlbi(SMMU_CMD_TLBI_NH_ALL, 0), SYNC);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), rw(PAGE4));
	EXPECT(scene, pasid(3, 1, VA), rw(PAGE4));
}

static void el2_all_takes_everything_of_el2(void **state)
{
	struct scene *scene = *state;

	move(scene);
	RUN(scene, smmu_cmd_tlbi(SMMU_CMD_TLBI_EL2_ALL, 0), SYNC);
	expect_only_el2_new(scene);
}

static void el2_asid_takes_the_asid_under_e2h(void **state)
{
	struct scene *scene = *state;

	move(scene);
	RUN(scene, smmu_cmd_tlbi(SMMU_CMD_TLBI_EL2_ASID, 2), SYNC);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), rw(PAGE4));
	RUN(scene, smmu_cmd_tlbi(SMMU_CMD_TLBI_EL2_ASID, 1), SYNC);
	expect_only_el2_new(scene);
}

static void el2_asid_takes_nothing_without_e2h(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT0, VA, PAGE4 | LEAF_RW);
	RUN(scene, smmu_cmd_tlbi(SMMU_CMD_TLBI_EL2_ASID, 1),
	    smmu_cmd_tlbi(SMMU_CMD_TLBI_EL2_ASID, 0), SYNC);
	assert_true(possible(scene, pasid(2, 1, VA), rw(PAGE)));
}

static void el2_va_matches_the_asid_under_e2h(void **state)
{
	struct scene *scene = *state;

	move(scene);
	RUN(scene, smmu_cmd_tlbi_va(SMMU_CMD_TLBI_EL2_VA, 2, VA, false),
	    smmu_cmd_tlbi_va(SMMU_CMD_TLBI_EL2_VA, 1, VA2, false), SYNC);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), rw(PAGE4));
	RUN(scene, smmu_cmd_tlbi_va(SMMU_CMD_TLBI_EL2_VA, 1, VA, true), SYNC);
	expect_only_el2_new(scene);
}

static void el2_va_ignores_the_asid_without_e2h(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT0, VA, PAGE4 | LEAF_RW);
	assert_true(possible(scene, pasid(2, 1, VA), rw(PAGE)));
	RUN(scene, smmu_cmd_tlbi_va(SMMU_CMD_TLBI_EL2_VA, 77, VA, false), SYNC);
	assert_false(possible(scene, pasid(2, 1, VA), rw(PAGE)));
}

static void el2_vaa_takes_every_asid(void **state)
{
	struct scene *scene = *state;

	move(scene);
	RUN(scene, smmu_cmd_tlbi_va(SMMU_CMD_TLBI_EL2_VAA, 0, VA, false), SYNC);
	expect_only_el2_new(scene);
}

static void el2_commands_take_ranges(void **state)
{
	struct scene *scene = *state;

	move(scene);
	RUN(scene, smmu_cmd_tlbi_range(SMMU_CMD_TLBI_EL2_VA, 1, 0, 0, 0, 3, true), SYNC);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), rw(PAGE4));
	RUN(scene, smmu_cmd_tlbi_range(SMMU_CMD_TLBI_EL2_VA, 1, 0, 0, 1, 0, false), SYNC);
	expect_only_el2_new(scene);
}

/* 5.2 S2VMID, S2*: IGNORED in another StreamWorld than EL1, and by stage 1 alone. */
static void stage_2_fields_of_el2_streams_are_ignored(void **state)
{
	struct scene *scene = *state;
	const uint64_t word[SMMU_STE_WORDS] = {STE0_TABLE, STE1_EL2, ~0ull, ~0ull};
	struct smmu_ste ste = smmu_ste_decode(scene->smmu, word);

	assert_int_equal(ste.event, 0);
	assert_int_equal(ste.regime, SMMU_REGIME_EL2_E2H);
	assert_int_equal(ste.s2.vmid, 0);
	assert_false(ste.s2.on);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		E2H(el1_commands_leave_el2_alone),
		E2H(el2_all_takes_everything_of_el2),
		E2H(el2_asid_takes_the_asid_under_e2h),
		EL2(el2_asid_takes_nothing_without_e2h),
		E2H(el2_va_matches_the_asid_under_e2h),
		EL2(el2_va_ignores_the_asid_without_e2h),
		E2H(el2_vaa_takes_every_asid),
		E2H(el2_commands_take_ranges),
		E2H_STAGE2(el1_commands_leave_el2_alone),
		E2H_STAGE2(el2_all_takes_everything_of_el2),
		E2H_STAGE2(el2_va_matches_the_asid_under_e2h),
		E2H_STAGE2(stage_2_fields_of_el2_streams_are_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
