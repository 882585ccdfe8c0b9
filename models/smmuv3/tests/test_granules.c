/* SPDX-License-Identifier: MIT */
/*
 * Contract: stage-1 walks with 4, 16 and 64 KiB granules start, end and fault where the Arm ARM D8.2
 * and D8.3 say, with 52-bit addresses and small tables as well.
 * Run: ctest -R smmuv3.test_granules
 */
#include "scene.h"

#define ROOT (RAM_BASE + 0x40000)

/* Wide: 52-bit addresses. */
static struct scene *wide_scene(unsigned oas_bits)
{
	struct smmu_profile profile = scene_profile();
	struct scene *scene;

	profile.oas_bits = (uint8_t)oas_bits;
	profile.granules = SMMU_GRANULE_4K | SMMU_GRANULE_16K | SMMU_GRANULE_64K;
	profile.va52 = oas_bits == 52;
	profile.small_tables = true;
	scene = scene_new(profile);
	scene->next_table = ROOT + 0x10000;
	return scene;
}

static struct smmu_s1 s1_of(unsigned granule, unsigned ia_bits, unsigned ips_bits)
{
	return (struct smmu_s1){.ttb0 = ROOT,
				.ttb1 = ROOT,
				.t0sz = (uint8_t)(64 - ia_bits),
				.t1sz = (uint8_t)(64 - ia_bits),
				.granule0 = (uint8_t)granule,
				.granule1 = (uint8_t)granule,
				.ips_bits = (uint8_t)ips_bits};
}

static void clear_tables(struct scene *scene)
{
	memset(&scene->ram[(ROOT - RAM_BASE) / 8], 0, RAM_BYTES - (ROOT - RAM_BASE));
	scene->next_table = ROOT + 0x10000;
}

static void expect_fault(struct smmu_walk walk, uint8_t event, uint8_t cause, unsigned level)
{
	assert_int_equal(walk.event, event);
	assert_int_equal(walk.cause, cause);
	assert_int_equal(walk.level, level);
	assert_false(walk.s2);
}

/* Levels that can have leaves, by granule, and what they cover. */
static const struct {
	unsigned granule, start, level, log2, oas;
} leaves[] = {
	{12, 0, 1, 30, 48}, {12, 0, 2, 21, 48}, {12, 0, 3, 12, 48}, {14, 0, 2, 25, 48},
	{14, 0, 3, 14, 48}, {16, 1, 2, 29, 48}, {16, 1, 3, 16, 48}, {16, 1, 1, 42, 52},
};

static void a_leaf_covers_what_its_level_does(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		struct scene *scene = wide_scene(leaves[i].oas);
		struct smmu_s1 s1 = s1_of(leaves[i].granule, 48, leaves[i].oas);
		uint64_t size = 1ull << leaves[i].log2, va = 5ull << 42;
		uint64_t out = 0x3ull << (leaves[i].log2 > 32 ? 42 : 32);
		uint64_t desc = out | (leaves[i].level == 3 ? LEAF_RW : LEAF_RW & ~2ull);
		uint64_t entry = map_tables(scene, leaves[i].granule, leaves[i].start, ROOT, 0, va,
					    leaves[i].level, desc);
		struct smmu_walk walk = smmu_walk(scene->smmu, &s1, va + size - 1), part;

		assert_int_equal(walk.event, 0);
		assert_int_equal(walk.cause, 0);
		assert_int_equal(walk.level, leaves[i].level);
		assert_int_equal(walk.size, size);
		assert_int_equal(walk.fetch_addr, entry);
		assert_int_equal(walk.pa, out + size - 1);
		assert_false(walk.contiguous);
		part = smmu_walk_from(scene->smmu, &s1, va + size - 1, leaves[i].start, ROOT);
		assert_memory_equal(&part, &walk, sizeof(part));
		part = smmu_leaf_decode(scene->smmu, &s1, va + size - 1, walk.level, walk.desc);
		part.fetch_addr = entry;
		assert_memory_equal(&part, &walk, sizeof(part));
		poke(scene, entry, desc | SMMU_BIT(52));
		assert_true(smmu_walk(scene->smmu, &s1, va).contiguous);
		scene_free(scene);
	}
}

static void blocks_are_reserved_where_the_granule_has_none(void **state)
{
	static const struct {
		unsigned granule, start, level, oas;
	} cases[] = {
		{12, 0, 0, 48}, {14, 0, 0, 48}, {14, 0, 1, 48}, {16, 1, 1, 48}, {14, 0, 1, 52},
		{12, 0, 0, 52}, {12, 0, 3, 48}, {14, 0, 3, 48}, {16, 1, 3, 48},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene *scene = wide_scene(cases[i].oas);
		struct smmu_s1 s1 = s1_of(cases[i].granule, 48, cases[i].oas);

		map_tables(scene, cases[i].granule, cases[i].start, ROOT, 0, 0, cases[i].level,
			   LEAF_RW & ~2ull);
		expect_fault(smmu_walk(scene->smmu, &s1, 0), SMMU_F_TRANSLATION,
			     SMMU_CAUSE_s1_desc_reserved, cases[i].level);
		scene_free(scene);
	}
}

/* D8.2: the input bits from which on a walk starts one level higher. */
static unsigned start_level(unsigned granule, unsigned ia_bits)
{
	switch (granule) {
	case 12:
		return ia_bits >= 40 ? 0 : ia_bits >= 31 ? 1 : ia_bits >= 22 ? 2 : 3;
	case 14:
		return ia_bits >= 48 ? 0 : ia_bits >= 37 ? 1 : ia_bits >= 26 ? 2 : 3;
	default:
		return ia_bits >= 43 ? 1 : ia_bits >= 30 ? 2 : 3;
	}
}

static void every_input_size_picks_its_start_level(void **state)
{
	struct scene *scene = wide_scene(52);

	(void)state;
	for (unsigned granule = 12; granule <= 16; granule += 2) {
		unsigned most = granule == 16 ? 52 : 48, least = granule == 16 ? 17 : 16;

		for (unsigned bits = least; bits <= most; bits++) {
			struct smmu_s1 s1 = s1_of(granule, bits, 48);
			uint64_t page = 1ull << granule, last = (1ull << bits) - page;

			clear_tables(scene);
			map_tables(scene, granule, start_level(granule, bits), ROOT, 0, last, 3,
				   0x7000000000 | LEAF_RW);
			assert_int_equal(smmu_walk(scene->smmu, &s1, last + 8).pa, 0x7000000008);
			assert_int_equal(smmu_walk(scene->smmu, &s1, last).level, 3);
			expect_fault(smmu_walk(scene->smmu, &s1, last + page), SMMU_F_TRANSLATION,
				     SMMU_CAUSE_s1_range, 0);
			/* The top of TTB1's range is the same entry. */
			assert_int_equal(smmu_walk(scene->smmu, &s1, 0 - page).pa, 0x7000000000);
			expect_fault(smmu_walk(scene->smmu, &s1, ~last - page), SMMU_F_TRANSLATION,
				     SMMU_CAUSE_s1_range, 0);
			/* An empty root ends the walk at its level. */
			clear_tables(scene);
			expect_fault(smmu_walk(scene->smmu, &s1, last), SMMU_F_TRANSLATION,
				     SMMU_CAUSE_s1_desc_invalid, start_level(granule, bits));
		}
	}
	scene_free(scene);
}

static void descriptors_of_64k_hold_52_bits(void **state)
{
	struct scene *wide = wide_scene(52), *narrow = wide_scene(48);
	struct smmu_s1 s1 = s1_of(16, 52, 52);
	uint64_t va = 0x9ull << 48, page = 0xa000 | 0x123400000000ull | LEAF_RW;
	struct smmu_walk walk;

	(void)state;
	map_tables(wide, 16, 1, ROOT, 0, va, 3, page);
	assert_int_equal(smmu_walk(wide->smmu, &s1, va + 4).pa, 0xa123400000004);
	map_tables(wide, 16, 1, ROOT, 0, va | 1ull << 42, 2, (page | 7ull << 29) & ~2ull);
	assert_int_equal(smmu_walk(wide->smmu, &s1, va | 1ull << 42).pa, 0xa1234e0000000);
	/* A next-level table up there: nothing answers, and the record names it. */
	map_tables(wide, 16, 1, ROOT, 0, va | 2ull << 42, 1, 0x500000010000 | 0x3000 | 3);
	walk = smmu_walk(wide->smmu, &s1, va | 2ull << 42 | 5ull << 29);
	expect_fault(walk, SMMU_F_WALK_EABT, SMMU_CAUSE_s1_walk_abort, 2);
	assert_int_equal(walk.fetch_addr, 0x3500000010000 + 5 * 8);
	assert_int_equal(walk.fault_class, SMMU_CLASS_TT);
	/* IPS of 48 bits forbids them. */
	s1.ips_bits = 48;
	expect_fault(smmu_walk(wide->smmu, &s1, va), SMMU_F_ADDR_SIZE, SMMU_CAUSE_s1_output_size,
		     3);
	expect_fault(smmu_walk(wide->smmu, &s1, va | 2ull << 42), SMMU_F_ADDR_SIZE,
		     SMMU_CAUSE_s1_table_size, 1);
	/* Without 52-bit addresses the bits are RES0. */
	s1 = s1_of(16, 48, 48);
	map_tables(narrow, 16, 1, ROOT, 0, 0, 3, page);
	assert_int_equal(smmu_walk(narrow->smmu, &s1, 4).pa, 0x123400000004);
	/* 4 and 16 KiB descriptors keep [47:12] and [47:14] whatever the OAS. */
	s1 = s1_of(14, 48, 52);
	clear_tables(wide);
	map_tables(wide, 14, 0, ROOT, 0, 0, 3, page);
	assert_int_equal(smmu_walk(wide->smmu, &s1, 4).pa, 0x123400008004);
	scene_free(wide);
	scene_free(narrow);
}

static void table_addresses_are_aligned_to_the_granule(void **state)
{
	(void)state;
	for (unsigned granule = 14; granule <= 16; granule += 2) {
		struct scene *scene = wide_scene(48);
		struct smmu_s1 s1 = s1_of(granule, 48, 48);
		unsigned start = granule == 14 ? 0 : 1;
		uint64_t entry;

		map_tables(scene, granule, start, ROOT, 0, 0, 3, PAGE | LEAF_RW);
		entry = ROOT;
		poke(scene, entry, look(scene, entry) | 0x3000);
		assert_int_equal(smmu_walk(scene->smmu, &s1, 0).event, 0);
		scene_free(scene);
	}
}

static void each_half_has_its_own_granule(void **state)
{
	struct scene *scene = wide_scene(48);
	struct smmu_s1 s1 = s1_of(16, 48, 48);

	(void)state;
	s1.ttb1 = ROOT + 0x10000;
	scene->next_table = ROOT + 0x20000;
	s1.granule1 = 14;
	s1.t1sz = 64 - 36;
	map_tables(scene, 16, 1, ROOT, 0, 0x120000, 3, 0x40000 | LEAF_RW);
	map_tables(scene, 14, 2, s1.ttb1, 0, 0xffffffc000 & SMMU_MASK(35, 0), 3, 0x8000 | LEAF_RW);
	assert_int_equal(smmu_walk(scene->smmu, &s1, 0x12fff8).pa, 0x4fff8);
	assert_int_equal(smmu_walk(scene->smmu, &s1, 0x12fff8).size, 0x10000);
	assert_int_equal(smmu_walk(scene->smmu, &s1, 0xfffffffffffffff8).pa, 0xbff8);
	assert_int_equal(smmu_walk(scene->smmu, &s1, 0xfffffffffffffff8).size, 0x4000);
	scene_free(scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_leaf_covers_what_its_level_does),
		cmocka_unit_test(blocks_are_reserved_where_the_granule_has_none),
		cmocka_unit_test(every_input_size_picks_its_start_level),
		cmocka_unit_test(descriptors_of_64k_hold_52_bits),
		cmocka_unit_test(table_addresses_are_aligned_to_the_granule),
		cmocka_unit_test(each_half_has_its_own_granule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
