/* SPDX-License-Identifier: MIT */
/*
 * Contract: the worst-case caches hold what stood below TTB1, at the addresses of the upper half
 * (3.4.1), whatever the top byte of a request is under TBI.
 * Run: ctest -R smmuv3.test_worst_ttb1
 */
#include "worst_scene.h"

#define HIGH(va) ((va) | 0xffff000000000000ull)

/* CD 1 of SIDs 2 and 3: ASID 1, ROOT0 below and ROOT1 above, TBI above. */
static int ttb1_setup(void **state)
{
	struct scene *scene = worst_new(4);

	remap(scene, ROOT0, VA, PAGE | LEAF_RW);
	remap(scene, ROOT1, VA, PAGE3 | LEAF_RW);
	store_ste(scene, 2, STE0_TABLE, STE1_ATS);
	store_cd(scene, cd_at(1),
		 (cd0_asid(1) & ~SMMU_CD0_EPD1) | smmu_put(SMMU_CD0_T1SZ, 16) |
			 smmu_put(SMMU_CD0_TG1, 2) | SMMU_CD0_TBI1,
		 ROOT0);
	store(scene, cd_at(1) + 16, ROOT1);
	set_smmuen(scene, true);
	expect_nothing_stale(scene);
	*state = scene;
	return 0;
}

#define TTB1(name) cmocka_unit_test_setup_teardown(name, ttb1_setup, scene_teardown)

static void an_old_leaf_of_the_upper_half_is_held_there(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT1, VA, PAGE4 | LEAF_RW);
	EXPECT(scene, pasid(2, 1, HIGH(VA)), rw(PAGE3), rw(PAGE4));
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE));
	assert_int_equal(stale(scene).tlb[0].va, HIGH(VA));
	RUN(scene, TLBI_VA(1, VA), SYNC);
	EXPECT(scene, pasid(2, 1, HIGH(VA)), rw(PAGE3), rw(PAGE4));
	RUN(scene, TLBI_VA(1, HIGH(VA)), SYNC);
	EXPECT(scene, pasid(2, 1, HIGH(VA)), rw(PAGE4));
}

static void the_top_byte_does_not_count_under_tbi(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT1, VA, PAGE4 | LEAF_RW);
	EXPECT(scene, pasid(2, 1, HIGH(VA) & 0x12ffffffffffffffull), rw(PAGE3), rw(PAGE4));
	/* Not so below. */
	EXPECT(scene, pasid(2, 1, VA | 1ull << 60), fault(SMMU_F_TRANSLATION));
}

static void the_root_of_the_upper_half_is_held(void **state)
{
	struct scene *scene = *state;

	assert_true(smmu_frame_held(scene->smmu, ROOT1, 4096));
	store(scene, cd_at(1) + 16, ROOT2);
	assert_true(smmu_frame_held(scene->smmu, ROOT1, 4096));
	RUN(scene, CFGI_CD(2, 1), SYNC);
	/* The tree is frozen, and its ASID is in use. */
	assert_true(smmu_frame_held(scene->smmu, ROOT1, 4096));
	EXPECT(scene, pasid(2, 1, HIGH(VA)), rw(PAGE3), fault(SMMU_F_TRANSLATION));
	RUN(scene, TLBI_ASID(1), SYNC);
	assert_false(smmu_frame_held(scene->smmu, ROOT1, 4096));
	EXPECT(scene, pasid(2, 1, HIGH(VA)), fault(SMMU_F_TRANSLATION));
}

static void a_table_of_the_upper_half_is_walked_after_its_unlink(void **state)
{
	struct scene *scene = *state;
	uint64_t table = table_at(scene, ROOT1, VA, 3);

	assert_true(smmu_table_live(scene->smmu, table, 4096));
	remap_at(scene, ROOT1, VA, 2, 0);
	assert_false(smmu_table_live(scene->smmu, table, 4096));
	assert_true(smmu_frame_held(scene->smmu, table, 4096));
	RUN(scene, TLBI_VA(1, HIGH(VA)), SYNC);
	assert_false(smmu_frame_held(scene->smmu, table, 4096));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TTB1(an_old_leaf_of_the_upper_half_is_held_there),
		TTB1(the_top_byte_does_not_count_under_tbi),
		TTB1(the_root_of_the_upper_half_is_held),
		TTB1(a_table_of_the_upper_half_is_walked_after_its_unlink),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
