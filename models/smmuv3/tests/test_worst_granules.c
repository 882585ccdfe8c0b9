/* SPDX-License-Identifier: MIT */
/*
 * Contract: an old descriptor is held for what it covered in the granule of its tree (D8.2), and
 * goes with a TLBI that names this granule or none (4.4.1.1). What the tables above took away
 * counts for a held leaf too (D8.4.2); what hardware may update speculatively is AF (3.13.2).
 * Run: ctest -R smmuv3.test_worst_granules
 */
#include "worst_scene.h"

/* 64 KiB tables, 42 bits of input: levels 2 and 3. */
#define ROOT_64	 (RAM_BASE + 0x60000)
#define TABLE_64 (RAM_BASE + 0x70000)
#define OUT	 0x80000000ull
#define OUT2	 0x80010000ull
#define VA_64	 0x30000ull

static void store_64(struct scene *scene, uint64_t va, unsigned level, uint64_t desc)
{
	uint64_t entry = level == 2 ? ROOT_64 + (va >> 29) * 8 : TABLE_64 + (va >> 16 & 8191) * 8;
	uint64_t old = look(scene, entry);

	poke(scene, entry, desc);
	smmu_note_pte(scene->smmu, ROOT_64, va & ~((1ull << (level == 2 ? 29 : 16)) - 1), level,
		      old, desc);
}

static int granule_setup(void **state)
{
	struct smmu_profile profile = scene_profile();
	struct scene *scene;

	profile.granules = SMMU_GRANULE_4K | SMMU_GRANULE_64K;
	profile.range_inv = true;
	scene = worst_new_as(profile, 4);
	store_64(scene, VA_64, 2, TABLE_64 | 3);
	store_64(scene, VA_64, 3, OUT | LEAF_RW);
	store_ste(scene, 2, STE0_TABLE, STE1_ATS);
	store_cd(scene, cd_at(1),
		 (cd0_asid(1) & ~0x3full) | smmu_put(SMMU_CD0_T0SZ, 22) | smmu_put(SMMU_CD0_TG0, 1),
		 ROOT_64);
	set_smmuen(scene, true);
	expect_nothing_stale(scene);
	*state = scene;
	return 0;
}

#define GRANULE(name) cmocka_unit_test_setup_teardown(name, granule_setup, scene_teardown)

static struct smmu_command tlbi_tg(uint64_t va, unsigned tg)
{
	struct smmu_command command = TLBI_VA(1, va);

	command.word[1] |= smmu_put(SMMU_CMD1_TG, tg) | smmu_put(SMMU_CMD1_TTL, 3);
	return command;
}

static void an_old_leaf_covers_64k(void **state)
{
	struct scene *scene = *state;

	store_64(scene, VA_64, 3, OUT2 | LEAF_RW);
	EXPECT(scene, pasid(2, 1, VA_64 + 0xf000), rw(OUT + 0xf000), rw(OUT2 + 0xf000));
	EXPECT(scene, pasid(2, 1, VA_64 + 0x10000), fault(SMMU_F_TRANSLATION));
	RUN(scene, TLBI_VA(1, VA_64 + 0x10000), SYNC);
	assert_int_equal(stale(scene).num_tlb, 1);
	RUN(scene, TLBI_VA(1, VA_64 + 0x5000), SYNC);
	assert_int_equal(stale(scene).num_tlb, 0);
}

static void a_tlbi_of_another_granule_leaves_it(void **state)
{
	struct scene *scene = *state;

	store_64(scene, VA_64, 3, OUT2 | LEAF_RW);
	RUN(scene, tlbi_tg(VA_64, SMMU_CMD1_TG_4K), SYNC);
	EXPECT(scene, pasid(2, 1, VA_64), rw(OUT), rw(OUT2));
	RUN(scene, tlbi_tg(VA_64, SMMU_CMD1_TG_64K), SYNC);
	EXPECT(scene, pasid(2, 1, VA_64), rw(OUT2));
}

static void an_unlinked_table_of_64k_holds_all_its_frames(void **state)
{
	struct scene *scene = *state;

	store_64(scene, VA_64, 2, 0);
	EXPECT(scene, pasid(2, 1, VA_64), rw(OUT), fault(SMMU_F_TRANSLATION));
	assert_true(smmu_frame_held(scene->smmu, TABLE_64 + 0xf000, 4096));
	RUN(scene, TLBI_VA(1, VA_64), SYNC);
	assert_false(smmu_frame_held(scene->smmu, TABLE_64 + 0xf000, 4096));
	expect_nothing_stale(scene);
}

static void a_held_leaf_keeps_the_limits_of_its_tables(void **state)
{
	struct scene *scene = *state;

	store_64(scene, VA_64, 2, TABLE_64 | 3 | SMMU_BIT(62));
	RUN(scene, TLBI_ALL, SYNC);
	store_64(scene, VA_64, 3, OUT2 | LEAF_RW);
	EXPECT(scene, pasid(2, 1, VA_64), ro(OUT), ro(OUT2));
}

static void hardware_may_set_af_and_never_dirty_state(void **state)
{
	const uint64_t clean = (OUT | LEAF_NO_AF | SMMU_BIT(7) | SMMU_BIT(51));
	struct smmu_s1 s1 = {.ha = true, .hd = true};

	(void)state;
	assert_int_equal(smmu_speculative_update(&s1, clean), clean | SMMU_BIT(10));
	assert_int_equal(smmu_speculative_update(&s1, clean & ~1ull), clean & ~1ull);
	s1.ha = false;
	assert_int_equal(smmu_speculative_update(&s1, clean), clean);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GRANULE(an_old_leaf_covers_64k),
		GRANULE(a_tlbi_of_another_granule_leaves_it),
		GRANULE(an_unlinked_table_of_64k_holds_all_its_frames),
		GRANULE(a_held_leaf_keeps_the_limits_of_its_tables),
		cmocka_unit_test(hardware_may_set_af_and_never_dirty_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
