/* SPDX-License-Identifier: MIT */
/*
 * Contract: entries of the exact TLB in every geometry: which address and which configuration they
 * answer for (3.4.1, 3.17, 16.2), and how far a command by address reaches (4.4.1.1).
 * Run: ctest -R smmuv3.test_tlb
 */
#include "scene.h"

static const struct smmu_walk page = {.pa = PAGE, .size = 4096, .level = 3};

static struct scene *scene_with(uint8_t geometry)
{
	struct smmu_profile profile = scene_profile();

	profile.cache = SMMU_CACHE_EXACT;
	profile.geometry = geometry;
	profile.stage2 = true;
	profile.granules = SMMU_GRANULE_4K | SMMU_GRANULE_16K | SMMU_GRANULE_64K;
	return scene_new(profile);
}

static int small_setup(void **state)
{
	*state = scene_with(SMMU_GEOMETRY_SMALL);
	return 0;
}

static int qemu_setup(void **state)
{
	*state = scene_with(SMMU_GEOMETRY_QEMU);
	return 0;
}

static int large_setup(void **state)
{
	*state = scene_with(SMMU_GEOMETRY_LARGE);
	return 0;
}

#define IN(geometry, name) cmocka_unit_test_setup_teardown(name, geometry##_setup, scene_teardown)
#define EVERYWHERE(name)   IN(small, name), IN(qemu, name), IN(large, name)

static struct smmu_s1 plain_s1(void)
{
	return (struct smmu_s1){
		.asid = 1, .granule0 = 12, .granule1 = 12, .tbi0 = true, .tbi1 = true};
}

static bool holds(const struct scene *scene, const struct smmu_s1 *s1, uint64_t va)
{
	return smmu_caches_tlb(scene->smmu, s1, va);
}

static void invalidate(struct scene *scene, struct smmu_invalidation inv)
{
	smmu_caches_invalidate(scene->smmu, &inv);
}

/* 3.4.1: with TBI bits [63:56] of both halves do not count; without it they do. */
static void tags_do_not_count_in_either_half(void **state)
{
	const uint64_t low = 0x007f123456789000, high = 0xff8f123456789000, tag = 0x5aull << 56;
	struct scene *scene = *state;
	struct smmu_s1 s1 = plain_s1(), strict = plain_s1();

	strict.tbi0 = strict.tbi1 = false;
	smmu_caches_fill_tlb(scene->smmu, &s1, low | tag, &page);
	assert_true(holds(scene, &s1, low));
	assert_true(holds(scene, &strict, low));
	assert_false(holds(scene, &strict, low | tag));
	assert_false(holds(scene, &s1, high));
	smmu_caches_fill_tlb(scene->smmu, &s1, high ^ tag, &page);
	assert_true(holds(scene, &s1, high));
	assert_true(holds(scene, &s1, high & ~(0xffull << 56)));
	assert_true(holds(scene, &strict, high));
	assert_false(holds(scene, &strict, high ^ tag));
	/* A command names the address as it was translated: sign-extended. */
	invalidate(scene,
		   (struct smmu_invalidation){
			   .opcode = SMMU_CMD_TLBI_NH_VA, .asid = 1, .va = high, .size = 4096});
	assert_false(holds(scene, &s1, high));
	assert_true(holds(scene, &s1, low));
}

/* Each half has its own TBI. */
static void each_half_has_its_own_tbi(void **state)
{
	struct scene *scene = *state;
	struct smmu_s1 s1 = plain_s1();

	s1.tbi0 = false;
	smmu_caches_fill_tlb(scene->smmu, &s1, 0x1000, &page);
	smmu_caches_fill_tlb(scene->smmu, &s1, ~0xfffull, &page);
	assert_false(holds(scene, &s1, 0x1000 | 1ull << 56));
	assert_true(holds(scene, &s1, ~0xfffull & ~(1ull << 56)));
}

/* 3.17: StreamWorld, VMID and ASID. */
static void entries_serve_their_own_regime(void **state)
{
	struct scene *scene = *state;
	struct smmu_s1 s1 = plain_s1(), other;

	s1.vmid = 3;
	smmu_caches_fill_tlb(scene->smmu, &s1, 0x1000, &page);
	assert_true(holds(scene, &s1, 0x1000));
	other = s1;
	other.asid = 2;
	assert_false(holds(scene, &other, 0x1000));
	other = s1;
	other.vmid = 4;
	assert_false(holds(scene, &other, 0x1000));
	other = s1;
	other.regime = SMMU_REGIME_EL2;
	assert_false(holds(scene, &other, 0x1000));
	other.regime = SMMU_REGIME_EL2_E2H;
	assert_false(holds(scene, &other, 0x1000));
	/* Any-EL2 has no VMIDs. */
	smmu_caches_fill_tlb(scene->smmu, &other, 0x1000, &page);
	other.vmid = 5;
	assert_true(holds(scene, &other, 0x1000));
	invalidate(scene, (struct smmu_invalidation){.opcode = SMMU_CMD_TLBI_NH_ALL, .vmid = 3});
	assert_false(holds(scene, &s1, 0x1000));
	assert_true(holds(scene, &other, 0x1000));
}

/* 16.2: a choice of this geometry; the others serve whoever has the tags. */
static void qemu_keys_entries_by_granule(void **state)
{
	struct scene *scene = *state;
	bool keyed = scene->smmu->profile.geometry == SMMU_GEOMETRY_QEMU;
	struct smmu_s1 s1 = plain_s1(), wide = plain_s1();
	const struct smmu_walk large = {.pa = PAGE & ~0xffffull, .size = 65536, .level = 3};

	wide.granule0 = 16;
	smmu_caches_fill_tlb(scene->smmu, &s1, 0x1000, &page);
	assert_true(holds(scene, &s1, 0x1000));
	assert_int_equal(holds(scene, &wide, 0x1000), !keyed);
	smmu_caches_fill_tlb_both(scene->smmu, &wide, 0x7f0000, &large);
	assert_true(holds(scene, &wide, 0x7f5000));
	assert_int_equal(holds(scene, &s1, 0x7f5000), !keyed);
	/* A command by address that names a granule leaves the others (4.4.1.1). */
	invalidate(scene, (struct smmu_invalidation){.opcode = SMMU_CMD_TLBI_NH_VA,
						     .asid = 1,
						     .tg = 12,
						     .va = 0,
						     .size = 0x1000000});
	assert_false(holds(scene, &s1, 0x1000));
	assert_true(holds(scene, &wide, 0x7f5000));
}

/* 4.4.1.1: ranges of a few sets, of all of them and beyond, and the whole space. */
static void ranges_end_where_they_end(void **state)
{
	static const uint64_t sizes[] = {4096, 0x8000, 0x200000, 0x400000, 1ull << 40};
	struct scene *scene = *state;
	struct smmu_s1 s1 = plain_s1();

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const uint64_t start = 1ull << 41, end = start + sizes[i];
		struct smmu_invalidation inv = {
			.opcode = SMMU_CMD_TLBI_NH_VA, .asid = 1, .va = start, .size = sizes[i]};

		smmu_caches_reset(scene->smmu);
		smmu_caches_fill_tlb(scene->smmu, &s1, start - 4096, &page);
		smmu_caches_fill_tlb(scene->smmu, &s1, start, &page);
		smmu_caches_fill_tlb(scene->smmu, &s1, end - 4096, &page);
		smmu_caches_fill_tlb(scene->smmu, &s1, end, &page);
		invalidate(scene, inv);
		assert_true(holds(scene, &s1, start - 4096));
		assert_false(holds(scene, &s1, start));
		assert_false(holds(scene, &s1, end - 4096));
		assert_true(holds(scene, &s1, end));
		inv.size = 0;
		invalidate(scene, inv);
		assert_false(holds(scene, &s1, start - 4096));
		assert_false(holds(scene, &s1, end));
	}
}

/* A range that ends in the middle of a block takes it, and one beside it does not. */
static void ranges_take_blocks_that_they_touch(void **state)
{
	const struct smmu_walk block = {.pa = 0, .size = 1 << 21, .level = 2};
	struct scene *scene = *state;
	struct smmu_s1 s1 = plain_s1();
	struct smmu_invalidation inv = {
		.opcode = SMMU_CMD_TLBI_NH_VAA, .va = 0x3ff000, .size = 4096};

	smmu_caches_fill_tlb(scene->smmu, &s1, 0x400000, &block);
	invalidate(scene, inv);
	assert_true(holds(scene, &s1, 0x5ff000));
	inv.size = 2 * 4096;
	invalidate(scene, inv);
	assert_false(holds(scene, &s1, 0x5ff000));
}

/* Stage 2 alone: by IPA and VMID, whatever the ASIDs are (4.4.3.1). */
static void entries_of_stage_2_are_found_by_ipa(void **state)
{
	struct scene *scene = *state;
	struct smmu_s2 s2 = {.on = true, .vmid = 3, .granule = 12}, other = s2;
	struct smmu_s1 s1 = plain_s1();

	s1.vmid = other.vmid = 4;
	smmu_caches_fill_tlb_s2(scene->smmu, &s2, 0x1000, &page);
	assert_non_null(smmu_caches_tlb_s2(scene->smmu, &s2, 0x1fff));
	assert_null(smmu_caches_tlb_s2(scene->smmu, &s2, 0x2000));
	assert_null(smmu_caches_tlb_s2(scene->smmu, &other, 0x1000));
	s1.vmid = 3;
	assert_false(holds(scene, &s1, 0x1000));
	invalidate(scene,
		   (struct smmu_invalidation){
			   .opcode = SMMU_CMD_TLBI_S2_IPA, .vmid = 4, .va = 0x1000, .size = 4096});
	assert_non_null(smmu_caches_tlb_s2(scene->smmu, &s2, 0x1000));
	invalidate(scene,
		   (struct smmu_invalidation){
			   .opcode = SMMU_CMD_TLBI_S2_IPA, .vmid = 3, .va = 0x1000, .size = 4096});
	assert_null(smmu_caches_tlb_s2(scene->smmu, &s2, 0x1000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EVERYWHERE(tags_do_not_count_in_either_half),
		EVERYWHERE(each_half_has_its_own_tbi),
		EVERYWHERE(entries_serve_their_own_regime),
		EVERYWHERE(qemu_keys_entries_by_granule),
		EVERYWHERE(ranges_end_where_they_end),
		EVERYWHERE(ranges_take_blocks_that_they_touch),
		EVERYWHERE(entries_of_stage_2_are_found_by_ipa),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
