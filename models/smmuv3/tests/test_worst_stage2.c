/* SPDX-License-Identifier: MIT */
/*
 * Contract: the worst-case caches hold old translations of stage 2 by VMID and IPA, and those of
 * both stages by VMID, ASID and VA, which only a TLBI of stage 1 or of the whole VMID takes (4.4.3,
 * 16.2.1); and CDs that were read through a stage 2 that does not map them any more (3.21.3).
 * Run: ctest -R smmuv3.test_worst_stage2
 */
#include "worst_scene.h"

/* IPA and PA are the same but for the data: IPA_PAGE is at PAGE, and may move to PAGE2. */
#define S2_ROOT	 (RAM_BASE + 0xe0000)
#define S2_TABLE (RAM_BASE + 0xe2000)
#define IPA_PAGE (RAM_BASE + 0xe8000)
#define VMID	 7

#define S2_LEAF(pa) ((pa) | 3 | SMMU_BIT(6) | SMMU_BIT(7) | SMMU_BIT(10) | (0xfull << 2))
#define STE0_NESTED                                                                                \
	(SMMU_STE0_V | CDTAB | smmu_put(SMMU_STE0_S1CDMAX, CD_LOG2) |                              \
	 smmu_put(SMMU_STE0_CONFIG, SMMU_STE0_CONFIG_S1S2))
#define STE0_STAGE2 (SMMU_STE0_V | smmu_put(SMMU_STE0_CONFIG, SMMU_STE0_CONFIG_S2))

static uint64_t ste2(uint16_t vmid)
{
	return smmu_put(SMMU_STE2_S2VMID, vmid) | smmu_put(SMMU_STE2_S2T0SZ, 32) |
	       smmu_put(SMMU_STE2_S2SL0, 1) | smmu_put(SMMU_STE2_S2PS, 2) | SMMU_STE2_S2AA64 |
	       SMMU_STE2_S2R;
}

static void map_s2(struct scene *scene, uint64_t ipa, uint64_t desc)
{
	store_desc(scene, S2_ROOT, ipa, 3, S2_TABLE + (ipa >> 12 & 511) * 8, desc);
}

/* SID 1: stage 2 alone. SID 2: both, CD 1 has ASID 1 and leads VA to IPA_PAGE. */
static int stage2_setup(void **state)
{
	struct smmu_profile profile = scene_profile();
	struct scene *scene;

	profile.stage2 = true;
	scene = worst_new_as(profile, 4);
	poke(scene, S2_ROOT + 8, (S2_ROOT + 0x1000) | 3);
	poke(scene, S2_ROOT + 0x1000, S2_TABLE | 3);
	for (uint64_t pa = RAM_BASE; pa < RAM_BASE + 0xe0000; pa += 4096)
		map_s2(scene, pa, S2_LEAF(pa));
	map_s2(scene, IPA_PAGE, S2_LEAF(PAGE));
	remap(scene, ROOT0, VA, IPA_PAGE | LEAF_RW);
	for (uint32_t sid = 1; sid <= 2; sid++) {
		store_ste(scene, sid, sid == 1 ? STE0_STAGE2 : STE0_NESTED, STE1_ATS);
		store(scene, ste_at(sid) + 16, ste2(VMID));
		store(scene, ste_at(sid) + 24, S2_ROOT);
	}
	store_cd(scene, cd_at(1), cd0_asid(1), ROOT0);
	set_smmuen(scene, true);
	expect_nothing_stale(scene);
	*state = scene;
	return 0;
}

#define STAGE2(name) cmocka_unit_test_setup_teardown(name, stage2_setup, scene_teardown)

#define S2_IPA(vmid, ipa) smmu_cmd_tlbi_s2_ipa((vmid), (ipa), true)

static struct smmu_command nh_all(uint16_t vmid)
{
	struct smmu_command command = smmu_cmd_tlbi(SMMU_CMD_TLBI_NH_ALL, 0);

	command.word[0] |= smmu_put(SMMU_CMD0_VMID, vmid);
	return command;
}

static void without_a_change_both_stages_translate_once(void **state)
{
	struct scene *scene = *state;

	EXPECT(scene, pasid(2, 1, VA), rw(PAGE));
	EXPECT(scene, plain(1, IPA_PAGE), rw(PAGE));
	assert_false(smmu_stale(scene->smmu).untracked);
}

static void tlbi_by_ipa_is_enough_for_stage_2_alone(void **state)
{
	struct scene *scene = *state;

	map_s2(scene, IPA_PAGE, S2_LEAF(PAGE2));
	EXPECT(scene, plain(1, IPA_PAGE), rw(PAGE), rw(PAGE2));
	RUN(scene, S2_IPA(VMID, IPA_PAGE), SYNC);
	EXPECT(scene, plain(1, IPA_PAGE), rw(PAGE2));
}

static void tlbi_by_ipa_leaves_entries_of_both_stages(void **state)
{
	struct scene *scene = *state;

	map_s2(scene, IPA_PAGE, S2_LEAF(PAGE2));
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), rw(PAGE2));
	RUN(scene, S2_IPA(VMID, IPA_PAGE), SYNC);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), rw(PAGE2));
	RUN(scene, nh_all(VMID), SYNC);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE2));
	expect_nothing_stale(scene);
}

static void a_stage_1_tlbi_before_that_by_ipa_is_refilled(void **state)
{
	struct scene *scene = *state;

	map_s2(scene, IPA_PAGE, S2_LEAF(PAGE2));
	RUN(scene, S2_IPA(VMID, IPA_PAGE), nh_all(VMID), SYNC);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), rw(PAGE2));
}

static void s12_vmall_takes_both_at_once(void **state)
{
	struct scene *scene = *state;

	map_s2(scene, IPA_PAGE, S2_LEAF(PAGE2));
	RUN(scene, smmu_cmd_tlbi_s12(VMID + 1), SYNC);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), rw(PAGE2));
	RUN(scene, S2_IPA(VMID, IPA_PAGE), smmu_cmd_tlbi_s12(VMID), SYNC);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE2));
	expect_nothing_stale(scene);
}

static void a_tlbi_of_another_vmid_or_ipa_leaves_the_entry(void **state)
{
	struct scene *scene = *state;

	map_s2(scene, IPA_PAGE, S2_LEAF(PAGE2));
	RUN(scene, S2_IPA(VMID + 1, IPA_PAGE), S2_IPA(VMID, IPA_PAGE + 4096), nh_all(VMID), SYNC);
	EXPECT(scene, plain(1, IPA_PAGE), rw(PAGE), rw(PAGE2));
}

static void an_old_ipa_of_stage_1_goes_through_stage_2(void **state)
{
	struct scene *scene = *state;

	map_s2(scene, IPA_PAGE + 4096, S2_LEAF(PAGE3));
	remap(scene, ROOT0, VA, (IPA_PAGE + 4096) | LEAF_RO);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), ro(PAGE3));
	assert_true(smmu_frame_held(scene->smmu, PAGE, 4096));
	RUN(scene, nh_all(VMID), SYNC);
	EXPECT(scene, pasid(2, 1, VA), ro(PAGE3));
	assert_false(smmu_frame_held(scene->smmu, PAGE, 4096));
}

static void a_cd_outlives_its_stage_2(void **state)
{
	struct scene *scene = *state;

	map_s2(scene, CDTAB, 0);
	RUN(scene, smmu_cmd_tlbi_s12(VMID), SYNC);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), fault(SMMU_F_TRANSLATION));
	RUN(scene, CFGI_CD(2, 1), SYNC);
	EXPECT(scene, pasid(2, 1, VA), fault(SMMU_F_TRANSLATION));
}

static void a_torn_ste_tags_the_old_tree_with_the_new_vmid(void **state)
{
	struct scene *scene = *state;

	poke(scene, S2_ROOT + 0x4000 + 8, (S2_ROOT + 0x1000) | 3);
	store(scene, ste_at(1) + 16, ste2(VMID + 1));
	store(scene, ste_at(1) + 24, S2_ROOT + 0x4000);
	assert_int_equal(stale(scene).num_words, 2);
	RUN(scene, CFGI_STE(1), SYNC);
	assert_int_equal(stale(scene).num_words, 0);
	map_s2(scene, IPA_PAGE, S2_LEAF(PAGE2));
	EXPECT(scene, plain(1, IPA_PAGE), rw(PAGE), rw(PAGE2));
	RUN(scene, smmu_cmd_tlbi_s12(VMID + 1), SYNC);
	EXPECT(scene, plain(1, IPA_PAGE), rw(PAGE2));
}

static void frames_of_stage_2_tables_are_held(void **state)
{
	struct scene *scene = *state;

	assert_true(smmu_frame_held(scene->smmu, S2_ROOT, 4096));
	assert_true(smmu_table_live(scene->smmu, S2_TABLE, 4096));
	store_desc(scene, S2_ROOT, RAM_BASE, 2, S2_ROOT + 0x1000, 0);
	assert_false(smmu_table_live(scene->smmu, S2_TABLE, 4096));
	assert_true(smmu_frame_held(scene->smmu, S2_TABLE, 4096));
	RUN(scene, smmu_cmd_tlbi_s12(VMID), CFGI_STE(2), SYNC, smmu_cmd_tlbi_s12(VMID), SYNC);
	assert_false(smmu_frame_held(scene->smmu, S2_TABLE, 4096));
}

static void the_atc_of_stage_2_alone_fills_from_a_stale_entry(void **state)
{
	struct scene *scene = *state;

	smmu_stream_set_ats(scene->smmu, STREAM_1, true);
	map_s2(scene, IPA_PAGE, S2_LEAF(PAGE2));
	RUN(scene, S2_IPA(VMID, IPA_PAGE), SYNC);
	EXPECT(scene, plain(1, IPA_PAGE), rw(PAGE), rw(PAGE2));
	RUN(scene, ATC_INV(1), SYNC);
	EXPECT(scene, plain(1, IPA_PAGE), rw(PAGE2));
}

static void a_split_atc_holds_ipas(void **state)
{
	struct scene *scene = *state;

	store(scene, ste_at(2) + 8, smmu_put(SMMU_STE1_EATS, SMMU_STE1_EATS_SPLIT));
	RUN(scene, CFGI_STE(2), SYNC);
	smmu_stream_set_ats(scene->smmu, STREAM_2, true);
	remap(scene, ROOT0, VA, 0);
	RUN(scene, nh_all(VMID), SYNC);
	assert_int_equal(stale(scene).num_atc, 1);
	assert_true(stale(scene).atc[0].ipa);
	assert_int_equal(stale(scene).atc[0].pa, IPA_PAGE);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), fault(SMMU_F_TRANSLATION));
	/* Stage 2 is still asked. */
	map_s2(scene, IPA_PAGE, S2_LEAF(PAGE2));
	RUN(scene, S2_IPA(VMID, IPA_PAGE), SYNC, nh_all(VMID), SYNC);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE2), fault(SMMU_F_TRANSLATION));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE2(without_a_change_both_stages_translate_once),
		STAGE2(tlbi_by_ipa_is_enough_for_stage_2_alone),
		STAGE2(tlbi_by_ipa_leaves_entries_of_both_stages),
		STAGE2(a_stage_1_tlbi_before_that_by_ipa_is_refilled),
		STAGE2(s12_vmall_takes_both_at_once),
		STAGE2(a_tlbi_of_another_vmid_or_ipa_leaves_the_entry),
		STAGE2(an_old_ipa_of_stage_1_goes_through_stage_2),
		STAGE2(a_cd_outlives_its_stage_2),
		STAGE2(a_torn_ste_tags_the_old_tree_with_the_new_vmid),
		STAGE2(frames_of_stage_2_tables_are_held),
		STAGE2(the_atc_of_stage_2_alone_fills_from_a_stale_entry),
		STAGE2(a_split_atc_holds_ipas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
