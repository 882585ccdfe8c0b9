/* SPDX-License-Identifier: MIT */
/*
 * Contract: range invalidation and level hint (4.4.1.1): which addresses and which levels a TLBI
 * by VA takes, in the exact and in the worst-case caches; what is reserved, and what promises
 * nothing.
 * Run: ctest -R smmuv3.test_range
 */
#include "worst_scene.h"

#include "../command.h"

enum { LEVEL_ANY = 0, LEVEL_2 = 2, LEVEL_3 = 3 };

static struct smmu_profile range_profile(void)
{
	struct smmu_profile profile = scene_profile();

	profile.range_inv = true;
	return profile;
}

static int range_setup(void **state)
{
	struct scene *scene = worst_new_as(range_profile(), 4);

	worst_fill(scene);
	*state = scene;
	return 0;
}

#define RANGE(name) cmocka_unit_test_setup_teardown(name, range_setup, scene_teardown)

/* Of ASID 1. */
static struct smmu_command range(uint64_t va, unsigned num, unsigned scale, unsigned ttl, bool leaf)
{
	return smmu_cmd_tlbi_range(SMMU_CMD_TLBI_NH_VA, 1, va, num, scale, ttl, leaf);
}

static uint8_t execute(struct scene *scene, struct smmu_command command)
{
	return smmu_command_execute(scene->smmu, &command).error;
}

/* `count` pages from va on are mapped and then gone: held, one entry each. */
static void lose_pages(struct scene *scene, uint64_t va, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		remap(scene, ROOT0, va + i * 4096ull, PAGE | LEAF_RW);
	for (unsigned i = 0; i < count; i++)
		remap(scene, ROOT0, va + i * 4096ull, 0);
	assert_int_equal(stale(scene).num_tlb, count);
}

static bool is_held(struct scene *scene, uint64_t va, unsigned level)
{
	struct smmu_stale now = stale(scene);

	for (unsigned i = 0; i < now.num_tlb; i++)
		if (now.tlb[i].va == va && now.tlb[i].level == level)
			return true;
	return false;
}

static void a_range_takes_its_pages_and_no_others(void **state)
{
	struct scene *scene = *state;

	lose_pages(scene, FAR_VA, 6);
	RUN(scene, range(FAR_VA + 0x1000, 2, 0, LEVEL_ANY, false), SYNC);
	assert_true(is_held(scene, FAR_VA, 3));
	for (unsigned i = 1; i <= 3; i++)
		assert_false(is_held(scene, FAR_VA + i * 4096, 3));
	assert_true(is_held(scene, FAR_VA + 0x4000, 3));
	assert_true(is_held(scene, FAR_VA + 0x5000, 3));
}

static void scale_doubles(void **state)
{
	struct scene *scene = *state;

	lose_pages(scene, FAR_VA, 13);
	RUN(scene, range(FAR_VA, 2, 2, LEVEL_ANY, true), SYNC);
	assert_int_equal(stale(scene).num_tlb, 1);
	assert_true(is_held(scene, FAR_VA + 12 * 4096, 3));
}

static void ranges_are_tagged_like_single_addresses(void **state)
{
	struct scene *scene = *state;

	lose_pages(scene, FAR_VA, 2);
	RUN(scene, smmu_cmd_tlbi_range(SMMU_CMD_TLBI_NH_VA, 2, FAR_VA, 31, 10, 0, false), SYNC);
	assert_int_equal(stale(scene).num_tlb, 2);
	RUN(scene, smmu_cmd_tlbi_range(SMMU_CMD_TLBI_NH_VAA, 0, FAR_VA, 31, 10, 0, false), SYNC);
	assert_int_equal(stale(scene).num_tlb, 0);
}

/* A block of level 2, a page, and the table above the page. */
static void lose_three_levels(struct scene *scene)
{
	remap_at(scene, ROOT0, 0x40400000, 2, (PAGE & ~0x1fffffull) | BLOCK_RW);
	remap_at(scene, ROOT0, 0x40400000, 2, 0);
	remap(scene, ROOT0, 0x40600000, PAGE | LEAF_RW);
	remap(scene, ROOT0, 0x40600000, 0);
	remap_at(scene, ROOT0, 0x40600000, 2, 0);
	assert_true(is_held(scene, 0x40400000, 2));
	assert_true(is_held(scene, 0x40600000, 3));
	assert_true(is_held(scene, 0x40600000, 2));
}

static void ttl_3_takes_pages_and_the_tables_above(void **state)
{
	struct scene *scene = *state;

	lose_three_levels(scene);
	RUN(scene, range(0x40400000, 3, 8, LEVEL_3, true), SYNC);
	assert_false(is_held(scene, 0x40600000, 3));
	/* Leaf = 1 spares the table, TTL the block. */
	assert_true(is_held(scene, 0x40600000, 2));
	assert_true(is_held(scene, 0x40400000, 2));
	RUN(scene, range(0x40400000, 3, 8, LEVEL_3, false), SYNC);
	assert_false(is_held(scene, 0x40600000, 2));
	assert_true(is_held(scene, 0x40400000, 2));
}

static void ttl_2_takes_blocks_and_no_table_of_its_level(void **state)
{
	struct scene *scene = *state;

	lose_three_levels(scene);
	RUN(scene, range(0x40400000, 3, 8, LEVEL_2, false), SYNC);
	assert_false(is_held(scene, 0x40400000, 2));
	assert_true(is_held(scene, 0x40600000, 2));
	assert_true(is_held(scene, 0x40600000, 3));
}

static void no_hint_takes_every_level(void **state)
{
	struct scene *scene = *state;

	lose_three_levels(scene);
	RUN(scene, range(0x40400000, 3, 8, LEVEL_ANY, false), SYNC);
	expect_nothing_stale(scene);
}

static void an_address_inside_a_block_of_the_level_promises_nothing(void **state)
{
	struct scene *scene = *state;

	lose_three_levels(scene);
	RUN(scene, range(0x40401000, 3, 8, LEVEL_2, false), SYNC);
	assert_true(is_held(scene, 0x40400000, 2));
}

static void another_granule_promises_nothing(void **state)
{
	struct scene *scene = *state;

	lose_pages(scene, FAR_VA, 1);
	for (uint64_t tg = 2; tg <= 3; tg++) {
		struct smmu_command command = range(FAR_VA & ~0xffffull, 31, 4, LEVEL_ANY, false);

		command.word[1] &= ~smmu_put(SMMU_CMD1_TG, 3);
		command.word[1] |= smmu_put(SMMU_CMD1_TG, tg);
		RUN(scene, command, SYNC);
	}
	assert_true(is_held(scene, FAR_VA, 3));
}

static void reserved_combinations_are_illegal(void **state)
{
	struct scene *scene = *state;
	struct smmu_command plain = TLBI_VA(1, VA), command;

	/* NUM == SCALE == TTL == 0 with a granule. */
	assert_int_equal(execute(scene, range(VA, 0, 0, LEVEL_ANY, false)), SMMU_CERROR_ILL);
	assert_int_equal(execute(scene, range(VA, 0, 0, LEVEL_3, false)), SMMU_CERROR_NONE);
	assert_int_equal(execute(scene, range(VA, 0, 1, LEVEL_ANY, false)), SMMU_CERROR_NONE);
	/* TTL = 1 of 16 KiB counts as 0 (IDR5.DS = 0). */
	command = range(0, 0, 0, 1, false);
	command.word[1] ^= smmu_put(SMMU_CMD1_TG, 1 ^ 2);
	assert_int_equal(execute(scene, command), SMMU_CERROR_ILL);
	/* Without a granule the others are RES0; TTL128 and bit 25 always. */
	assert_int_equal(execute(scene, plain), SMMU_CERROR_NONE);
	for (unsigned bit = 12; bit <= 25; bit++) {
		command = plain;
		command.word[0] |= SMMU_BIT(bit);
		assert_int_equal(execute(scene, command), SMMU_CERROR_ILL);
	}
	for (unsigned bit = 7; bit <= 9; bit++) {
		command = plain;
		command.word[1] |= SMMU_BIT(bit);
		assert_int_equal(execute(scene, command), SMMU_CERROR_ILL);
	}
	command = TLBI_ASID(1);
	command.word[0] |= SMMU_BIT(12);
	assert_int_equal(execute(scene, command), SMMU_CERROR_ILL);
}

static void without_ril_all_fields_are_reserved(void **state)
{
	struct scene *scene = *state; /* of scene_setup() */
	struct smmu *smmu = scene->smmu;

	assert_false(smmu_reg_read(smmu, SMMU_REG_IDR3, 4) & SMMU_IDR3_RIL);
	assert_int_equal(execute(scene, range(VA, 1, 0, LEVEL_ANY, false)), SMMU_CERROR_ILL);
	assert_int_equal(execute(scene, range(VA, 0, 0, LEVEL_3, false)), SMMU_CERROR_ILL);
	assert_int_equal(execute(scene, TLBI_VA(1, VA)), SMMU_CERROR_NONE);
}

static void the_register_tells(void **state)
{
	struct scene *scene = *state;

	assert_true(smmu_reg_read(scene->smmu, SMMU_REG_IDR3, 4) & SMMU_IDR3_RIL);
}

/* Exact caches. */

static int exact_setup(void **state)
{
	struct smmu_profile profile = range_profile();
	struct scene *scene;

	profile.cache = SMMU_CACHE_EXACT;
	scene = scene_new(profile);
	put_plain_stream(scene);
	for (unsigned i = 0; i < 6; i++)
		map(scene, ROOT0, FAR_VA + i * 4096, PAGE | LEAF_RW);
	map_at(scene, ROOT0, 0x40400000, 2, (PAGE & ~0x1fffffull) | BLOCK_RW);
	*state = scene;
	return 0;
}

#define EXACT(name) cmocka_unit_test_setup_teardown(name, exact_setup, scene_teardown)

static bool is_cached(struct scene *scene, uint64_t va)
{
	const struct smmu_s1 s1 = {.regime = SMMU_REGIME_NS_EL1, .asid = 1};

	return smmu_caches_tlb(scene->smmu, &s1, va);
}

static void exact_caches_lose_the_range(void **state)
{
	struct scene *scene = *state;

	for (unsigned i = 0; i < 6; i++)
		dma_read(scene, 1, FAR_VA + i * 4096);
	dma_read(scene, 1, 0x40400000);
	assert_int_equal(execute(scene, range(FAR_VA + 0x1000, 0, 1, LEVEL_ANY, true)), 0);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(is_cached(scene, FAR_VA + i * 4096), i != 1 && i != 2);
	/* 2 MiB and more, but pages only; then blocks. */
	assert_int_equal(execute(scene, range(0x40200000, 3, 8, LEVEL_3, true)), 0);
	assert_false(is_cached(scene, FAR_VA));
	assert_true(is_cached(scene, 0x40400000));
	assert_int_equal(execute(scene, range(0x40200000, 3, 8, LEVEL_2, true)), 0);
	assert_false(is_cached(scene, 0x40400000));
}

static void a_range_does_not_wrap(void **state)
{
	const struct smmu_s1 s1 = {.regime = SMMU_REGIME_NS_EL1, .asid = 1};
	const struct smmu_walk walk = {.size = 4096, .level = 3};
	struct scene *scene = *state;
	uint64_t top = 0ull - 4096;

	smmu_caches_fill_tlb(scene->smmu, &s1, 0, &walk);
	smmu_caches_fill_tlb(scene->smmu, &s1, top, &walk);
	assert_int_equal(execute(scene, range(top, 31, 31, LEVEL_ANY, false)), 0);
	assert_true(is_cached(scene, 0));
	assert_false(is_cached(scene, top));
}

/* 4.4.1.1: a range of another granule than an entry's is not required to take it. */
static void a_range_takes_entries_of_its_granule(void **state)
{
	const struct smmu_s1 s1 = {.regime = SMMU_REGIME_NS_EL1, .asid = 1, .granule0 = 14};
	const struct smmu_walk walk = {.size = 0x4000, .level = 3};
	const uint64_t va = FAR_VA & ~0xffffull;
	struct scene *scene = *state;
	struct smmu_command command = range(va, 1, 0, LEVEL_3, true);

	scene->smmu->profile.granules = SMMU_GRANULE_4K | SMMU_GRANULE_16K;
	smmu_caches_fill_tlb(scene->smmu, &s1, va + 0x4000, &walk);
	assert_int_equal(execute(scene, range(va, 31, 0, LEVEL_3, true)), 0);
	assert_non_null(smmu_caches_tlb(scene->smmu, &s1, va + 0x4000));
	/* Two granules of 16 KiB reach it, two of 4 KiB would not. */
	command.word[1] ^= smmu_put(SMMU_CMD1_TG, SMMU_CMD1_TG_4K ^ SMMU_CMD1_TG_16K);
	assert_int_equal(execute(scene, command), 0);
	assert_null(smmu_caches_tlb(scene->smmu, &s1, va + 0x4000));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		RANGE(a_range_takes_its_pages_and_no_others),
		RANGE(scale_doubles),
		RANGE(ranges_are_tagged_like_single_addresses),
		RANGE(ttl_3_takes_pages_and_the_tables_above),
		RANGE(ttl_2_takes_blocks_and_no_table_of_its_level),
		RANGE(no_hint_takes_every_level),
		RANGE(an_address_inside_a_block_of_the_level_promises_nothing),
		RANGE(another_granule_promises_nothing),
		RANGE(reserved_combinations_are_illegal),
		TEST(without_ril_all_fields_are_reserved),
		RANGE(the_register_tells),
		EXACT(exact_caches_lose_the_range),
		EXACT(a_range_does_not_wrap),
		EXACT(a_range_takes_entries_of_its_granule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
