/* SPDX-License-Identifier: MIT */
/*
 * Contract: what an ATS completion covers that no page decides is one Smallest Translation Unit,
 * the smallest granule that there is (3.9.1), and what a page decides is the page.
 * Run: ctest -R smmuv3.test_stu
 */
#include "scene.h"

/* SID 1: CD 0 for traffic without a PASID. SID 2: that traffic bypasses stage 1 (5.2 S1DSS). */
static struct scene *stu_scene(uint8_t granules, unsigned tg0)
{
	struct smmu_profile profile = scene_profile();
	struct scene *scene;
	uint64_t eats = smmu_put(SMMU_STE1_EATS, SMMU_STE1_EATS_FULL);

	profile.granules = granules;
	scene = scene_new(profile);
	scene->next_table = TABLES + 0x20000;
	put_ste(scene, 1, STE0_S1(0, 0), eats);
	put_ste(scene, 2, STE0_S1(3, 0), eats | smmu_put(SMMU_STE1_S1DSS, SMMU_STE1_S1DSS_BYPASS));
	put_cd(scene, 0, cd0_asid(1) | smmu_put(SMMU_CD0_TG0, tg0), TABLES);
	return scene;
}

static struct smmu_response ask(struct scene *scene, uint32_t sid, uint64_t addr)
{
	struct smmu_response response = send(
		scene, (struct smmu_request){.sid = sid, .addr = addr, .kind = SMMU_ATS_REQUEST});

	assert_int_equal(response.status, SMMU_OK);
	assert_int_equal(response.event, 0);
	return response;
}

/* Granules of a profile; one of them, by CD.TG0, for the tables. */
static const struct {
	uint8_t granules;
	unsigned tg0, granule, start;
	uint64_t stu;
} cases[] = {
	{0, 0, 12, 0, 4096},
	{SMMU_GRANULE_4K, 0, 12, 0, 4096},
	{SMMU_GRANULE_16K, 2, 14, 0, 16384},
	{SMMU_GRANULE_64K, 1, 16, 1, 65536},
	{SMMU_GRANULE_4K | SMMU_GRANULE_64K, 1, 16, 1, 4096},
	{SMMU_GRANULE_16K | SMMU_GRANULE_64K, 1, 16, 1, 16384},
	{SMMU_GRANULE_16K | SMMU_GRANULE_64K, 2, 14, 0, 16384},
	{SMMU_GRANULE_4K | SMMU_GRANULE_16K | SMMU_GRANULE_64K, 1, 16, 1, 4096},
};

/* 3.9.1.2: Success with R == W == 0. */
static void what_is_not_mapped_is_one_stu(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene *scene = stu_scene(cases[i].granules, cases[i].tg0);
		struct smmu_response response = ask(scene, 1, 0x123456789000);

		assert_false(response.read_ok || response.write_ok);
		assert_int_equal(response.cause, SMMU_CAUSE_s1_desc_invalid);
		assert_int_equal(response.size, cases[i].stu);
		scene_free(scene);
	}
}

static void what_bypasses_is_one_stu(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene *scene = stu_scene(cases[i].granules, cases[i].tg0);
		struct smmu_response response = ask(scene, 2, 0x1230000);

		assert_true(response.bypass && response.read_ok && response.write_ok);
		assert_int_equal(response.pa, 0x1230000);
		assert_int_equal(response.size, cases[i].stu);
		scene_free(scene);
	}
}

static void a_page_is_a_page_of_its_granule(void **state)
{
	const uint64_t va = 0x7f12345d0000, out = 0x80000000;

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene *scene = stu_scene(cases[i].granules, cases[i].tg0);
		struct smmu_response response;

		map_tables(scene, cases[i].granule, cases[i].start, TABLES, 0, va, 3,
			   out | LEAF_RW);
		response = ask(scene, 1, va);
		assert_true(response.read_ok && response.write_ok);
		assert_int_equal(response.pa, out);
		assert_int_equal(response.size, 1ull << cases[i].granule);
		scene_free(scene);
	}
}

/* The named profiles of one granule. */
static void named_profiles_have_the_stu_of_their_granule(void **state)
{
	static const struct {
		const char *name;
		uint64_t stu;
	} named[] = {{"16k-only", 16384}, {"64k-only", 65536}, {"small", 4096}, {"full", 4096}};

	(void)state;
	for (unsigned i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		struct smmu_profile profile = smmu_profile_find(named[i].name)->profile;
		struct scene *scene;
		struct smmu_response response;

		scene = scene_new(profile);
		put_ste(scene, 1, SMMU_STE0_V | smmu_put(SMMU_STE0_CONFIG, SMMU_STE0_CONFIG_BYPASS),
			0);
		response = dma_read(scene, 1, 0x1234567);
		assert_true(response.bypass);
		assert_int_equal(response.size, named[i].stu);
		scene_free(scene);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_mapped_is_one_stu),
		cmocka_unit_test(what_bypasses_is_one_stu),
		cmocka_unit_test(a_page_is_a_page_of_its_granule),
		cmocka_unit_test(named_profiles_have_the_stu_of_their_granule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
