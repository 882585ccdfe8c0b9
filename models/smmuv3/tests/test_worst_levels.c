/* SPDX-License-Identifier: MIT */
/*
 * Contract: the worst-case caches hold old level-1 descriptors of two-level stream tables and CD
 * tables, valid or not, and what only they lead to, until a CFGI that covers them (3.21.3, 4.3.1 to
 * 4.3.4 Leaf) and a CMD_SYNC behind it.
 * Run: ctest -R smmuv3.test_worst_levels
 */
#include "worst_scene.h"

/* CD tables. */

#define STE0_TWO_LEVEL STE0_S1(7, 1) /* two L1CDs of 64 CDs */
#define L2CDS_B	       (L2CDS + 0x1000)

/* SIDs 2 and 3 share the L1CDs at CDTAB; only the first leaf table is there: CD 1. */
static int two_level_cd_setup(void **state)
{
	struct scene *scene;

	worst_setup(state);
	scene = *state;
	set_smmuen(scene, false);
	for (unsigned i = 0; i < 64; i++)
		store(scene, CDTAB + i * 8ull, 0);
	store(scene, CDTAB, L2CDS | SMMU_L1CD_V);
	store_cd(scene, L2CDS + 64, cd0_asid(1), ROOT0);
	for (uint32_t sid = 2; sid <= 3; sid++)
		store(scene, ste_at(sid), STE0_TWO_LEVEL);
	RUN(scene, smmu_cmd_cfgi_all(), TLBI_ALL, SYNC);
	set_smmuen(scene, true);
	expect_nothing_stale(scene);
	return 0;
}

static void an_invalid_l1cd_stays_possible(void **state)
{
	struct scene *scene = *state;

	store_cd(scene, L2CDS_B + 64, cd0_asid(3), ROOT1); /* nobody can read it yet */
	store(scene, CDTAB + 8, L2CDS_B | SMMU_L1CD_V);
	EXPECT(scene, pasid(2, 65, VA), rw(PAGE3), fault(SMMU_C_BAD_SUBSTREAMID));
	RUN(scene, smmu_cmd_cfgi_cd(2, 65, false), SYNC);
	EXPECT(scene, pasid(2, 65, VA), rw(PAGE3));
	EXPECT(scene, pasid(3, 65, VA), rw(PAGE3), fault(SMMU_C_BAD_SUBSTREAMID));
	assert_int_equal(stale(scene).num_words, 1);
}

static void cfgi_cd_with_leaf_does_not_cover_the_l1cd(void **state)
{
	struct scene *scene = *state;

	store(scene, CDTAB, 0);
	RUN(scene, smmu_cmd_cfgi_cd(2, 1, true), SYNC);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), fault(SMMU_C_BAD_SUBSTREAMID));
	RUN(scene, smmu_cmd_cfgi_cd(2, 1, false), SYNC);
	EXPECT(scene, pasid(2, 1, VA), fault(SMMU_C_BAD_SUBSTREAMID));
}

static void cfgi_cd_of_another_leaf_table_does_not_cover_the_l1cd(void **state)
{
	struct scene *scene = *state;

	store(scene, CDTAB, 0);
	RUN(scene, smmu_cmd_cfgi_cd(2, 65, false), SYNC);
	assert_true(possible(scene, pasid(2, 1, VA), rw(PAGE)));
	RUN(scene, smmu_cmd_cfgi_cd(2, 63, false), SYNC);
	/* Of the CDs below it takes the one that it names; what was cached of the others stays. */
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), fault(SMMU_C_BAD_SUBSTREAMID));
	RUN(scene, CFGI_CD(2, 1), SYNC);
	EXPECT(scene, pasid(2, 1, VA), fault(SMMU_C_BAD_SUBSTREAMID));
}

static void cfgi_cd_all_and_cfgi_ste_cover_the_l1cd(void **state)
{
	struct scene *scene = *state;

	store(scene, CDTAB, 0);
	RUN(scene, smmu_cmd_cfgi_cd_all(2), CFGI_STE(3), SYNC);
	EXPECT(scene, pasid(2, 1, VA), fault(SMMU_C_BAD_SUBSTREAMID));
	EXPECT(scene, pasid(3, 1, VA), fault(SMMU_C_BAD_SUBSTREAMID));
}

static void a_leaf_cd_table_that_only_a_held_l1cd_reaches_still_counts(void **state)
{
	struct scene *scene = *state;

	store(scene, CDTAB, 0);
	assert_true(possible(scene, pasid(2, 1, VA), rw(PAGE)));
	store_cd(scene, L2CDS + 5 * 64, cd0_asid(5), ROOT1);
	assert_true(possible(scene, pasid(2, 5, VA), rw(PAGE3)));
	assert_true(smmu_frame_held(scene->smmu, L2CDS, 4096));
	RUN(scene, smmu_cmd_cfgi_all(), SYNC);
	assert_false(possible(scene, pasid(2, 5, VA), rw(PAGE3)));
	assert_false(smmu_frame_held(scene->smmu, L2CDS, 4096));
}

/* Stream tables. */

#define STRTAB_2LVL                                                                                \
	(smmu_put(SMMU_STRTAB_CFG_FMT, SMMU_STRTAB_CFG_FMT_2LVL) |                                 \
	 smmu_put(SMMU_STRTAB_CFG_SPLIT, 6) | smmu_put(SMMU_STRTAB_CFG_LOG2SIZE, 8))
#define L1STD_4 (L2STES | smmu_put(SMMU_L1STD_SPAN, 3)) /* four STEs */

/* SID 1 bypasses through the second level; SIDs 2 and 3 are invalid. */
static int two_level_ste_setup(void **state)
{
	struct scene *scene = worst_new(STRTAB_2LVL);

	store(scene, STRTAB, L1STD_4);
	store(scene, L2STES + 64, STE0_BYPASS);
	set_smmuen(scene, true);
	expect_nothing_stale(scene);
	*state = scene;
	return 0;
}

static void an_old_l1std_stays_possible(void **state)
{
	struct scene *scene = *state;

	store(scene, STRTAB, 0);
	EXPECT(scene, plain(1, VA), rw(VA), fault(SMMU_C_BAD_STREAMID));
	RUN(scene, smmu_cmd_cfgi_ste(1, true), SYNC);
	EXPECT(scene, plain(1, VA), rw(VA), fault(SMMU_C_BAD_STREAMID));
	RUN(scene, smmu_cmd_cfgi_ste(1, false), SYNC);
	EXPECT(scene, plain(1, VA), fault(SMMU_C_BAD_STREAMID));
}

static void cfgi_ste_range_covers_the_l1std(void **state)
{
	struct scene *scene = *state;

	store(scene, STRTAB, 0);
	RUN(scene, cfgi_ste_range(0, 1), SYNC);
	EXPECT(scene, plain(1, VA), fault(SMMU_C_BAD_STREAMID));
	assert_int_equal(stale(scene).num_words, 0);
}

static void an_invalid_l1std_stays_possible(void **state)
{
	struct scene *scene = *state;

	store(scene, STRTAB, 0);
	RUN(scene, smmu_cmd_cfgi_all(), SYNC);
	store(scene, L2STES + 64, STE0_ABORT); /* out of reach */
	assert_int_equal(stale(scene).num_words, 0);
	store(scene, STRTAB, L1STD_4);
	EXPECT(scene, plain(1, VA), fault(0), fault(SMMU_C_BAD_STREAMID));
	RUN(scene, smmu_cmd_cfgi_ste(1, false), SYNC);
	EXPECT(scene, plain(1, VA), fault(0));
}

static void an_ste_that_only_a_held_l1std_reaches_still_counts(void **state)
{
	struct scene *scene = *state;

	store(scene, STRTAB, 0);
	store(scene, L2STES + 64, STE0_ABORT);
	EXPECT(scene, plain(1, VA), rw(VA), fault(0), fault(SMMU_C_BAD_STREAMID));
	assert_true(smmu_frame_held(scene->smmu, L2STES, 4096));
}

static void an_l1std_is_old_or_new_and_nothing_between(void **state)
{
	struct scene *scene = *state;

	/* One STE: SID 0 alone. A single word: old or new, nothing in between. */
	store(scene, STRTAB, L2STES | smmu_put(SMMU_L1STD_SPAN, 1));
	RUN(scene, smmu_cmd_cfgi_all(), SYNC);
	EXPECT(scene, plain(1, VA), fault(SMMU_C_BAD_STREAMID));
	store(scene, STRTAB, L1STD_4);
	EXPECT(scene, plain(1, VA), rw(VA), fault(SMMU_C_BAD_STREAMID));
}

#define TWO_LEVEL_CD(name) cmocka_unit_test_setup_teardown(name, two_level_cd_setup, scene_teardown)
#define TWO_LEVEL_STE(name)                                                                        \
	cmocka_unit_test_setup_teardown(name, two_level_ste_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TWO_LEVEL_CD(an_invalid_l1cd_stays_possible),
		TWO_LEVEL_CD(cfgi_cd_with_leaf_does_not_cover_the_l1cd),
		TWO_LEVEL_CD(cfgi_cd_of_another_leaf_table_does_not_cover_the_l1cd),
		TWO_LEVEL_CD(cfgi_cd_all_and_cfgi_ste_cover_the_l1cd),
		TWO_LEVEL_CD(a_leaf_cd_table_that_only_a_held_l1cd_reaches_still_counts),
		TWO_LEVEL_STE(an_old_l1std_stays_possible),
		TWO_LEVEL_STE(cfgi_ste_range_covers_the_l1std),
		TWO_LEVEL_STE(an_invalid_l1std_stays_possible),
		TWO_LEVEL_STE(an_ste_that_only_a_held_l1std_reaches_still_counts),
		TWO_LEVEL_STE(an_l1std_is_old_or_new_and_nothing_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
