/* SPDX-License-Identifier: MIT */
/*
 * Contract: parts of a walk, as the worst-case caches ask for them: from a table on, and of one
 * leaf alone, refused where a walk could not have come (5.4 EPD0, Arm ARM D8.3); which descriptors
 * end a stage-2 walk at which level; execution at EL2.
 * Run: ctest -R smmuv3.test_walk_parts
 */
#include "scene.h"

#define ROOT	    (RAM_BASE + 0x40000)
#define BLOCK(desc) ((desc) & ~2ull)
#define S2_RW	    (3ull | SMMU_BIT(6) | SMMU_BIT(7) | SMMU_BIT(10) | 0xfull << 2)

static struct scene *wide_scene(unsigned oas_bits)
{
	struct smmu_profile profile = scene_profile();
	struct scene *scene;

	profile.oas_bits = (uint8_t)oas_bits;
	profile.granules = SMMU_GRANULE_4K | SMMU_GRANULE_16K | SMMU_GRANULE_64K;
	profile.stage2 = true;
	profile.va52 = true;
	scene = scene_new(profile);
	scene->next_table = ROOT + 0x20000;
	return scene;
}

static struct smmu_s1 s1_of(unsigned granule)
{
	return (struct smmu_s1){.ttb0 = ROOT,
				.ttb1 = ROOT,
				.t0sz = 16,
				.t1sz = 16,
				.granule0 = (uint8_t)granule,
				.granule1 = (uint8_t)granule,
				.ips_bits = 40,
				.record = true};
}

static void expect_refused(struct smmu_walk walk, uint8_t cause)
{
	assert_int_equal(walk.event, SMMU_F_TRANSLATION);
	assert_int_equal(walk.cause, cause);
	assert_int_equal(walk.size, 0);
}

static void no_walk_starts_in_a_disabled_half(void **state)
{
	struct scene *scene = wide_scene(40);
	struct smmu_s1 s1 = s1_of(12);
	const uint64_t low = 0x1000, high = ~0xfffull;

	(void)state;
	map(scene, ROOT, low, PAGE | LEAF_RW);
	map(scene, ROOT, high & SMMU_MASK(47, 0), PAGE2 | LEAF_RW);
	assert_int_equal(smmu_walk_from(scene->smmu, &s1, low, 0, ROOT).pa, PAGE);
	assert_int_equal(smmu_walk_from(scene->smmu, &s1, high, 0, ROOT).pa, PAGE2);
	s1.epd0 = true;
	expect_refused(smmu_walk_from(scene->smmu, &s1, low, 0, ROOT), SMMU_CAUSE_s1_epd);
	assert_int_equal(smmu_leaf_decode(scene->smmu, &s1, low, 3, PAGE | LEAF_RW).event,
			 SMMU_F_TRANSLATION);
	assert_int_equal(smmu_walk_from(scene->smmu, &s1, high, 0, ROOT).pa, PAGE2);
	assert_int_equal(smmu_leaf_decode(scene->smmu, &s1, high, 3, PAGE2 | LEAF_RW).pa, PAGE2);
	s1.epd0 = false;
	s1.epd1 = true;
	assert_int_equal(smmu_walk_from(scene->smmu, &s1, low, 0, ROOT).pa, PAGE);
	expect_refused(smmu_walk_from(scene->smmu, &s1, high, 0, ROOT), SMMU_CAUSE_s1_epd);
	/* 5.4.1: any-EL2 has one half, whatever VA[55] is. */
	s1.regime = SMMU_REGIME_EL2;
	assert_int_equal(smmu_walk_from(scene->smmu, &s1, high, 0, ROOT).pa, PAGE2);
	scene_free(scene);
}

static void there_is_no_level_4(void **state)
{
	struct scene *scene = wide_scene(40);
	struct smmu_s1 s1 = s1_of(12);

	(void)state;
	expect_refused(smmu_walk_from(scene->smmu, &s1, 0x1000, 4, ROOT), SMMU_CAUSE_s1_epd);
	expect_refused(smmu_leaf_decode(scene->smmu, &s1, 0x1000, 4, PAGE | LEAF_RW),
		       SMMU_CAUSE_s1_desc_reserved);
	scene_free(scene);
}

/* Arm ARM D8.3: bit 1 makes a page at level 3 and a table above; blocks depend on the granule. */
static void a_leaf_is_one_at_its_level_only(void **state)
{
	static const struct {
		unsigned granule, oas, block_levels; /* bit n: level n has blocks */
	} cases[] = {
		{12, 40, 1 << 1 | 1 << 2}, {14, 40, 1 << 2}, {16, 40, 1 << 2},
		{12, 52, 1 << 1 | 1 << 2}, {14, 52, 1 << 2}, {16, 52, 1 << 1 | 1 << 2},
	};

	(void)state;
	for (unsigned i = 0; i < 4 * sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned granule = cases[i / 4].granule, level = i % 4;
		bool block = cases[i / 4].block_levels >> level & 1;
		struct scene *scene = wide_scene(cases[i / 4].oas);
		struct smmu_s1 s1 = s1_of(granule);
		struct smmu_walk walk;

		walk = smmu_leaf_decode(scene->smmu, &s1, 0, level, LEAF_RW);
		assert_int_equal(!walk.event, level == 3);
		walk = smmu_leaf_decode(scene->smmu, &s1, 0, level, BLOCK(LEAF_RW));
		assert_int_equal(!walk.event, block);
		if (block)
			assert_int_equal(walk.size,
					 1ull << (granule + (3 - level) * (granule - 3)));
		expect_refused(smmu_leaf_decode(scene->smmu, &s1, 0, level, LEAF_RW & ~1ull),
			       SMMU_CAUSE_s1_desc_invalid);
		scene_free(scene);
	}
}

/* The same for stage 2, walked. */
static void stage_2_ends_at_leaves_only(void **state)
{
	static const struct {
		unsigned granule, start, ia_bits, level, oas;
		bool page_bit; /* bit 1 of the descriptor */
		bool leaf;
	} cases[] = {
		{12, 0, 44, 0, 44, false, false}, {12, 0, 44, 1, 44, false, true},
		{12, 1, 39, 2, 44, false, true},  {12, 1, 39, 3, 44, false, false},
		{14, 1, 44, 1, 44, false, false}, {14, 1, 44, 2, 44, false, true},
		{14, 1, 44, 3, 44, false, false}, {16, 1, 44, 1, 44, false, false},
		{16, 1, 44, 1, 52, false, true},  {16, 1, 44, 2, 52, false, true},
		{16, 1, 44, 3, 44, false, false}, {16, 2, 40, 3, 44, true, true},
		{12, 2, 30, 3, 44, true, true},	  {14, 2, 36, 3, 44, true, true},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene *scene = wide_scene(cases[i].oas);
		struct smmu_s2 s2 = {.ttb = ROOT,
				     .on = true,
				     .ia_bits = (uint8_t)cases[i].ia_bits,
				     .start_level = (uint8_t)cases[i].start,
				     .granule = (uint8_t)cases[i].granule,
				     .ps_bits = (uint8_t)cases[i].oas};
		uint64_t desc = cases[i].page_bit ? S2_RW : BLOCK(S2_RW);
		struct smmu_walk walk;

		map_tables(scene, cases[i].granule, cases[i].start, ROOT, 0, 0, cases[i].level,
			   desc);
		walk = smmu_walk_s2(scene->smmu, &s2, 0x123);
		assert_int_equal(walk.level, cases[i].level);
		if (cases[i].leaf) {
			assert_int_equal(walk.event, 0);
			assert_int_equal(walk.pa, 0x123);
		} else {
			assert_int_equal(walk.event, SMMU_F_TRANSLATION);
			assert_int_equal(walk.cause, SMMU_CAUSE_s2_desc_reserved);
			assert_true(walk.s2);
		}
		scene_free(scene);
	}
}

/* 13.4.1, 5.4 WXN: XN, XNTable and WXN; PXN is not there. */
static void execution_at_el2(void **state)
{
	static const struct {
		uint64_t desc, table;
		bool wxn, exec;
	} cases[] = {
		{0, 0, false, true},
		{SMMU_BIT(53), 0, false, true},
		{SMMU_BIT(54), 0, false, false},
		{0, SMMU_BIT(59), false, true},
		{0, SMMU_BIT(60), false, false},
		{0, 0, true, false},
		/* Read-only, by itself or by the table. */
		{SMMU_BIT(7), 0, true, true},
		{0, SMMU_BIT(62), true, true},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene *scene = wide_scene(40);
		struct smmu_s1 s1 = s1_of(12);
		struct smmu_walk walk;

		s1.regime = SMMU_REGIME_EL2;
		s1.wxn = cases[i].wxn;
		map(scene, ROOT, 0x1000,
		    PAGE | (LEAF_RW & ~(SMMU_BIT(53) | SMMU_BIT(54))) | cases[i].desc);
		poke(scene, ROOT, look(scene, ROOT) | cases[i].table);
		walk = smmu_walk(scene->smmu, &s1, 0x1000);
		assert_int_equal(walk.event, 0);
		assert_int_equal(walk.user_exec, cases[i].exec);
		assert_int_equal(walk.priv_exec, cases[i].exec);
		scene_free(scene);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_walk_starts_in_a_disabled_half),
		cmocka_unit_test(there_is_no_level_4),
		cmocka_unit_test(a_leaf_is_one_at_its_level_only),
		cmocka_unit_test(stage_2_ends_at_leaves_only),
		cmocka_unit_test(execution_at_el2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
