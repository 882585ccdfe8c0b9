/* SPDX-License-Identifier: MIT */
/*
 * Contract: smmu_frame_held() is true for a frame exactly while hardware may read it as a table or
 * reach it through an entry that somebody can still use (D-1, D-6).
 * Run: ctest -R smmuv3.test_worst_frames
 */
#include "worst_scene.h"

static void clear_cd_2(struct scene *scene)
{
	store(scene, cd_at(2), 0);
	RUN(scene, CFGI_CD(2, 2), CFGI_CD(3, 2), SYNC);
}

static void give_asid_2_to_root_2(struct scene *scene)
{
	store_cd(scene, cd_at(5), cd0_asid(2), ROOT2);
	RUN(scene, CFGI_CD(2, 5), CFGI_CD(3, 5), SYNC);
}

static void roots_and_cd_tables_are_held(void **state)
{
	struct scene *scene = *state;

	assert_true(smmu_frame_held(scene->smmu, ROOT0, 4096));
	assert_true(smmu_frame_held(scene->smmu, ROOT1, 4096));
	assert_false(smmu_frame_held(scene->smmu, ROOT2, 4096));
	assert_true(smmu_frame_held(scene->smmu, CDTAB, 4096));
	assert_true(smmu_frame_held(scene->smmu, STRTAB, 4096));
	assert_true(smmu_frame_held(scene->smmu, CD_OF_1, 4096));
	assert_false(smmu_frame_held(scene->smmu, CDTAB_B, 4096));
	store(scene, ste_at(1), STE0_ABORT);
	assert_true(smmu_frame_held(scene->smmu, CD_OF_1, 4096));
	RUN(scene, CFGI_STE(1), SYNC);
	assert_false(smmu_frame_held(scene->smmu, CD_OF_1, 4096));
}

static void an_old_leaf_holds_its_page(void **state)
{
	struct scene *scene = *state;

	assert_false(smmu_frame_held(scene->smmu, PAGE4, 4096));
	remap(scene, ROOT0, VA, 0);
	assert_true(smmu_frame_held(scene->smmu, PAGE, 4096));
	RUN(scene, TLBI_VA(1, VA), SYNC);
	assert_false(smmu_frame_held(scene->smmu, PAGE, 4096));
}

static void an_old_leaf_without_user_holds_nothing(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT1, VA, 0);
	clear_cd_2(scene);
	assert_false(smmu_frame_held(scene->smmu, PAGE3, 4096));
	give_asid_2_to_root_2(scene);
	assert_true(smmu_frame_held(scene->smmu, PAGE3, 4096));
}

static void an_old_block_holds_every_frame_of_it(void **state)
{
	struct scene *scene = *state;

	remap_at(scene, ROOT0, FAR_VA, 2, 0x40000000ull | BLOCK_RW);
	remap_at(scene, ROOT0, FAR_VA, 2, 0);
	assert_true(smmu_frame_held(scene->smmu, 0x40000000, 4096));
	assert_true(smmu_frame_held(scene->smmu, PAGE4, 4096));
	assert_true(smmu_frame_held(scene->smmu, 0x401ff000, 4096));
	assert_false(smmu_frame_held(scene->smmu, 0x40200000, 4096));
	assert_true(smmu_frame_held(scene->smmu, 0x401ff000, 0x2000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORST(roots_and_cd_tables_are_held),
		WORST(an_old_leaf_holds_its_page),
		WORST(an_old_leaf_without_user_holds_nothing),
		WORST(an_old_block_holds_every_frame_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
