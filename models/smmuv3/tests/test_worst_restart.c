/* SPDX-License-Identifier: MIT */
/*
 * Contract: what was cached when SMMUEN went to 0 is used again when it goes to 1, unless a CFGI
 * that covers it has completed in between (3.21.3, 6.3.9.6); nothing new enters in between.
 * Run: ctest -R smmuv3.test_worst_restart
 */
#include "worst_scene.h"

#define STRTAB_B (RAM_BASE + 0x8000)

static void a_restart_without_a_change_leaves_nothing(void **state)
{
	struct scene *scene = *state;

	set_smmuen(scene, false);
	assert_false(smmu_frame_held(scene->smmu, STRTAB, 4096));
	set_smmuen(scene, true);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE));
	expect_nothing_stale(scene);
}

static void an_old_ste_is_used_after_the_restart(void **state)
{
	struct scene *scene = *state;

	set_smmuen(scene, false);
	store(scene, ste_at(1), STE0_ABORT);
	set_smmuen(scene, true);
	EXPECT(scene, plain(1, VA), rw(PAGE), fault(0));
	RUN(scene, CFGI_STE(1), SYNC);
	EXPECT(scene, plain(1, VA), fault(0));
}

static void an_old_ste_is_used_whatever_the_base_says(void **state)
{
	struct scene *scene = *state;

	set_smmuen(scene, false);
	for (unsigned i = 0; i < 4 * 64; i += 8)
		poke(scene, STRTAB_B + i, 0);
	smmu_reg_write(scene->smmu, SMMU_REG_STRTAB_BASE, 8, STRTAB_B);
	set_smmuen(scene, true);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), fault(SMMU_C_BAD_STE));
	RUN(scene, smmu_cmd_cfgi_all(), SYNC);
	EXPECT(scene, pasid(2, 1, VA), fault(SMMU_C_BAD_STE));
}

static void a_cfgi_while_it_is_off_is_enough(void **state)
{
	struct scene *scene = *state;

	set_smmuen(scene, false);
	store(scene, ste_at(1), STE0_ABORT);
	store(scene, cd_at(1), 0);
	RUN(scene, smmu_cmd_cfgi_all(), TLBI_ALL, SYNC);
	store(scene, cd_at(2), 0);
	set_smmuen(scene, true);
	expect_nothing_stale(scene);
	EXPECT(scene, plain(1, VA), fault(0));
	EXPECT(scene, pasid(2, 2, VA), fault(SMMU_C_BAD_CD));
}

static void an_old_cd_is_used_after_the_restart_and_none_in_between(void **state)
{
	struct scene *scene = *state;

	set_smmuen(scene, false);
	store(scene, cd_at(1) + 8, ROOT1);
	store(scene, cd_at(1) + 8, ROOT2); /* ROOT1 was never there for hardware */
	set_smmuen(scene, true);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), fault(SMMU_F_TRANSLATION));
	RUN(scene, CFGI_CD(2, 1), SYNC, TLBI_ASID(1), SYNC);
	EXPECT(scene, pasid(2, 1, VA), fault(SMMU_F_TRANSLATION), rw(PAGE)); /* SIDs 1 and 3 */
}

static void an_invalid_cd_is_cached_as_well(void **state)
{
	struct scene *scene = *state;

	set_smmuen(scene, false);
	store_cd(scene, cd_at(3), cd0_asid(3), ROOT1);
	set_smmuen(scene, true);
	EXPECT(scene, pasid(2, 3, VA), rw(PAGE3), fault(SMMU_C_BAD_CD));
	RUN(scene, CFGI_CD(2, 3), SYNC);
	EXPECT(scene, pasid(2, 3, VA), rw(PAGE3));
	EXPECT(scene, pasid(3, 3, VA), rw(PAGE3), fault(SMMU_C_BAD_CD));
}

static void cfgi_cd_while_it_is_off_takes_one(void **state)
{
	struct scene *scene = *state;

	set_smmuen(scene, false);
	RUN(scene, CFGI_CD(2, 2), SYNC);
	store(scene, cd_at(1), 0);
	store(scene, cd_at(2), 0);
	set_smmuen(scene, true);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), fault(SMMU_C_BAD_CD));
	EXPECT(scene, pasid(2, 2, VA), fault(SMMU_C_BAD_CD));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORST(a_restart_without_a_change_leaves_nothing),
		WORST(an_old_ste_is_used_after_the_restart),
		WORST(an_old_ste_is_used_whatever_the_base_says),
		WORST(a_cfgi_while_it_is_off_is_enough),
		WORST(an_old_cd_is_used_after_the_restart_and_none_in_between),
		WORST(an_invalid_cd_is_cached_as_well),
		WORST(cfgi_cd_while_it_is_off_takes_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
