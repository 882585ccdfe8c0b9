/* SPDX-License-Identifier: MIT */
/*
 * Contract: the exact caches serve what was used before, tagged as in 3.17, until a command that
 * covers it (4.3, 4.4), and never serve what no command left behind.
 * Run: ctest -R smmuv3.test_caches
 */
#include "scene.h"

static int exact_setup(void **state)
{
	struct smmu_profile profile = scene_profile();

	profile.cache = SMMU_CACHE_EXACT;
	*state = scene_new(profile);
	return 0;
}

#define EXACT(name) cmocka_unit_test_setup_teardown(name, exact_setup, scene_teardown)

static void invalidate(struct scene *scene, struct smmu_invalidation inv)
{
	smmu_caches_invalidate(scene->smmu, &inv);
}

/* SID 2: substreams 1..7 have ASID 1..7 and ROOT0. */
static void put_substreams(struct scene *scene)
{
	put_ste(scene, 2, STE0_S1(3, 0), 0);
	for (uint32_t i = 0; i < 8; i++)
		put_cd(scene, i, cd0_asid((uint16_t)i), ROOT0);
}

static uint64_t pa_of(struct scene *scene, uint32_t sid, uint32_t ssid, uint64_t va)
{
	struct smmu_response response = smmu_access(
		scene->smmu,
		&(struct smmu_request){.sid = sid, .ssv = ssid != 0, .ssid = ssid, .addr = va});

	while (pending_events(scene))
		take_event(scene);
	return response.status == SMMU_OK ? response.pa : 0;
}

static void translation_stays_until_invalidated(void **state)
{
	struct scene *scene = *state;

	put_plain_stream(scene);
	assert_int_equal(pa_of(scene, 1, 0, 0x1008), PAGE + 8);
	map(scene, ROOT0, 0x1000, PAGE2 | LEAF_RW);
	assert_int_equal(pa_of(scene, 1, 0, 0x1010), PAGE + 0x10);
	assert_int_equal(smmu_counters(scene->smmu).walks, 1);
	invalidate(scene,
		   (struct smmu_invalidation){
			   .opcode = SMMU_CMD_TLBI_NH_VA, .asid = 1, .va = 0x1000, .size = 4096});
	assert_int_equal(pa_of(scene, 1, 0, 0x1008), PAGE2 + 8);
}

static void faults_are_not_cached(void **state)
{
	struct scene *scene = *state;

	put_plain_stream(scene);
	assert_int_equal(pa_of(scene, 1, 0, 0x1000), PAGE);
	for (unsigned i = 0; i < SMMU_TLB_CACHE; i++)
		assert_int_equal(pa_of(scene, 1, 0, 0x5000), 0);
	/* They replaced nothing either. */
	map(scene, ROOT0, 0x1000, 0);
	assert_int_equal(pa_of(scene, 1, 0, 0x1000), PAGE);
	map(scene, ROOT0, 0x5000, PAGE2 | LEAF_RW);
	assert_int_equal(pa_of(scene, 1, 0, 0x5000), PAGE2);
}

static void structures_are_cached_valid_or_not(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(pa_of(scene, 1, 0, 0x1000), 0);
	put_plain_stream(scene);
	assert_int_equal(pa_of(scene, 1, 0, 0x1000), 0);
	invalidate(scene, (struct smmu_invalidation){.opcode = SMMU_CMD_CFGI_STE, .sid = 1});
	assert_int_equal(pa_of(scene, 1, 0, 0x1000), PAGE);
	put_cd(scene, 0, 0, 0);
	assert_int_equal(pa_of(scene, 1, 0, 0x1000), PAGE);
	invalidate(scene, (struct smmu_invalidation){.opcode = SMMU_CMD_CFGI_CD, .sid = 1});
	assert_int_equal(pa_of(scene, 1, 0, 0x1000), 0);
}

static void failed_fetches_are_not_cached(void **state)
{
	struct scene *scene = *state;

	put_plain_stream(scene);
	scene->bad_pa = STRTAB + 64;
	assert_int_equal(pa_of(scene, 1, 0, 0x1000), 0);
	scene->bad_pa = CDTAB;
	assert_int_equal(pa_of(scene, 1, 0, 0x1000), 0);
	scene->bad_pa = 0;
	assert_int_equal(pa_of(scene, 1, 0, 0x1000), PAGE);
}

static void cfgi_ste_covers_its_cds_and_no_others(void **state)
{
	struct scene *scene = *state;

	put_plain_stream(scene);
	put_substreams(scene);
	put_cd(scene, 0, cd0_asid(1), ROOT0);
	assert_int_equal(pa_of(scene, 1, 0, 0x1000), PAGE);
	assert_int_equal(pa_of(scene, 2, 3, 0x1000), PAGE);
	for (uint32_t i = 0; i < 8; i++)
		put_cd(scene, i, 0, 0);
	invalidate(scene, (struct smmu_invalidation){.opcode = SMMU_CMD_CFGI_STE, .sid = 2});
	assert_int_equal(pa_of(scene, 1, 0, 0x1000), PAGE);
	assert_int_equal(pa_of(scene, 2, 3, 0x1000), 0);
}

static void cfgi_cd_takes_one_index_and_cd_all_takes_all(void **state)
{
	struct scene *scene = *state;

	put_plain_stream(scene);
	put_substreams(scene);
	for (uint32_t i = 1; i < 4; i++)
		assert_int_equal(pa_of(scene, 2, i, 0x1000), PAGE);
	for (uint32_t i = 1; i < 4; i++)
		put_cd(scene, i, 0, 0);
	invalidate(scene,
		   (struct smmu_invalidation){.opcode = SMMU_CMD_CFGI_CD, .sid = 2, .ssid = 2});
	assert_int_equal(pa_of(scene, 2, 1, 0x1000), PAGE);
	assert_int_equal(pa_of(scene, 2, 2, 0x1000), 0);
	assert_int_equal(pa_of(scene, 2, 3, 0x1000), PAGE);
	invalidate(scene, (struct smmu_invalidation){.opcode = SMMU_CMD_CFGI_CD_ALL, .sid = 1});
	assert_int_equal(pa_of(scene, 2, 3, 0x1000), PAGE);
	invalidate(scene, (struct smmu_invalidation){.opcode = SMMU_CMD_CFGI_CD_ALL, .sid = 2});
	assert_int_equal(pa_of(scene, 2, 1, 0x1000), 0);
	assert_int_equal(pa_of(scene, 2, 3, 0x1000), 0);
}

static void ste_range_covers_an_aligned_power_of_two(void **state)
{
	struct scene *scene = *state;

	for (uint32_t sid = 0; sid < 8; sid++) {
		put_ste(scene, sid, STE0_S1(0, 0), 0);
		put_cd(scene, 0, cd0_asid(1), ROOT0);
	}
	map(scene, ROOT0, 0x1000, PAGE | LEAF_RW);
	for (unsigned range = 0; range < 3; range++) {
		for (uint32_t sid = 0; sid < 8; sid++) {
			put_ste(scene, sid, STE0_S1(0, 0), 0);
			invalidate(scene, (struct smmu_invalidation){.opcode = SMMU_CMD_CFGI_STE,
								     .sid = sid});
			assert_int_equal(pa_of(scene, sid, 0, 0x1000), PAGE);
			put_ste(scene, sid, 0, 0);
		}
		invalidate(scene, (struct smmu_invalidation){.opcode = SMMU_CMD_CFGI_STE_RANGE,
							     .sid = 5,
							     .range = (uint8_t)range});
		for (uint32_t sid = 0; sid < 8; sid++)
			assert_int_equal(pa_of(scene, sid, 0, 0x1000),
					 sid >> (range + 1) == 5u >> (range + 1) ? 0 : PAGE);
	}
}

static void cfgi_all_covers_every_stream(void **state)
{
	struct scene *scene = *state;

	put_plain_stream(scene);
	assert_int_equal(pa_of(scene, 1, 0, 0x1000), PAGE);
	put_ste(scene, 1, 0, 0);
	invalidate(scene, (struct smmu_invalidation){
				  .opcode = SMMU_CMD_CFGI_STE_RANGE, .sid = 0x300, .range = 31});
	assert_int_equal(pa_of(scene, 1, 0, 0x1000), 0);
}

/* What one TLBI leaves of four entries: ASID 1 and 2 at 0x1000, ASID 1 at 0x3000, global. */
static void expect_left(struct scene *scene, struct smmu_invalidation inv, const char *left)
{
	static const struct {
		uint32_t ssid;
		uint64_t va;
		uint64_t nglobal;
	} entries[] = {{1, 0x1000, 1}, {2, 0x1000, 1}, {1, 0x3000, 1}, {3, 0x5000, 0}};
	char have[5] = "----";

	put_substreams(scene);
	for (unsigned i = 0; i < 4; i++)
		map(scene, ROOT0, entries[i].va,
		    PAGE | (entries[i].nglobal ? LEAF_RW : LEAF_RW & ~SMMU_BIT(11)));
	invalidate(scene, (struct smmu_invalidation){.opcode = SMMU_CMD_TLBI_NH_ALL});
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(pa_of(scene, 2, entries[i].ssid, entries[i].va), PAGE);
	for (unsigned i = 0; i < 4; i++)
		map(scene, ROOT0, entries[i].va, 0);
	invalidate(scene, inv);
	for (unsigned i = 0; i < 4; i++)
		if (pa_of(scene, 2, entries[i].ssid, entries[i].va) == PAGE)
			have[i] = (char)('a' + i);
	assert_string_equal(have, left);
}

static void each_tlbi_takes_its_scope(void **state)
{
	struct scene *scene = *state;
	struct smmu_invalidation inv = {.opcode = SMMU_CMD_TLBI_NH_ALL};

	expect_left(scene, inv, "----");
	inv.opcode = SMMU_CMD_TLBI_NSNH_ALL;
	expect_left(scene, inv, "----");
	inv = (struct smmu_invalidation){.opcode = SMMU_CMD_TLBI_NH_ASID, .asid = 1};
	expect_left(scene, inv, "-b-d");
	inv.asid = 3; /* the global entry's own ASID: 4.4.2.2 takes non-global ones only */
	expect_left(scene, inv, "abcd");
	inv = (struct smmu_invalidation){
		.opcode = SMMU_CMD_TLBI_NH_VA, .asid = 1, .va = 0x1000, .size = 4096};
	expect_left(scene, inv, "-bcd");
	inv.va = 0x5000; /* global entries go whatever the ASID */
	expect_left(scene, inv, "abc-");
	inv.size = 0;
	expect_left(scene, inv, "-b--");
	inv = (struct smmu_invalidation){
		.opcode = SMMU_CMD_TLBI_NH_VAA, .va = 0x1000, .size = 4096};
	expect_left(scene, inv, "--cd");
	inv.size = 0x4000;
	expect_left(scene, inv, "---d");
	/* EL2 commands leave EL1 alone. */
	inv = (struct smmu_invalidation){.opcode = SMMU_CMD_TLBI_EL2_ALL,
					 .regime = SMMU_REGIME_EL2};
	expect_left(scene, inv, "abcd");
	/* Commands that are not about the TLB. */
	inv.opcode = SMMU_CMD_ATC_INV;
	expect_left(scene, inv, "abcd");
}

static void el2_commands_take_el2_entries(void **state)
{
	static const struct {
		uint8_t opcode, regime;
		uint16_t asid;
		bool el2_left, e2h_left;
	} cases[] = {
		{SMMU_CMD_TLBI_NH_ALL, SMMU_REGIME_NS_EL1, 0, true, true},
		{SMMU_CMD_TLBI_EL2_ALL, SMMU_REGIME_EL2, 0, false, false},
		{SMMU_CMD_TLBI_EL2_VA, SMMU_REGIME_EL2, 99, false, true},
		{SMMU_CMD_TLBI_EL2_VA, SMMU_REGIME_EL2_E2H, 7, true, false},
		{SMMU_CMD_TLBI_EL2_VA, SMMU_REGIME_EL2_E2H, 8, true, true},
		{SMMU_CMD_TLBI_EL2_VAA, SMMU_REGIME_EL2_E2H, 0, true, false},
		{SMMU_CMD_TLBI_EL2_ASID, SMMU_REGIME_EL2_E2H, 7, true, false},
	};
	struct scene *scene = *state;
	const struct smmu_walk walk = {.pa = PAGE, .size = 4096};
	const struct smmu_s1 el2 = {.regime = SMMU_REGIME_EL2};
	const struct smmu_s1 e2h = {.regime = SMMU_REGIME_EL2_E2H, .asid = 7};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		smmu_caches_reset(scene->smmu);
		smmu_caches_fill_tlb(scene->smmu, &el2, 0x1000, &walk);
		smmu_caches_fill_tlb(scene->smmu, &e2h, 0x1000, &walk);
		invalidate(scene, (struct smmu_invalidation){.opcode = cases[i].opcode,
							     .regime = cases[i].regime,
							     .asid = cases[i].asid,
							     .va = 0x1000,
							     .size = 4096});
		assert_int_equal(smmu_caches_tlb(scene->smmu, &el2, 0x1000) != NULL,
				 cases[i].el2_left);
		assert_int_equal(smmu_caches_tlb(scene->smmu, &e2h, 0x1000) != NULL,
				 cases[i].e2h_left);
	}
}

static void global_entries_match_any_asid_of_their_set(void **state)
{
	struct scene *scene = *state;
	const struct smmu_walk walk = {.pa = PAGE, .size = 4096, .global = true};
	struct smmu_s1 s1 = {.asid = 1};

	smmu_caches_fill_tlb(scene->smmu, &s1, 0x1000, &walk);
	s1.asid = 2;
	assert_non_null(smmu_caches_tlb(scene->smmu, &s1, 0x1fff));
	s1.aset = true; /* 3.17.1 */
	assert_null(smmu_caches_tlb(scene->smmu, &s1, 0x1000));
	s1.aset = false;
	s1.regime = SMMU_REGIME_EL2_E2H;
	assert_null(smmu_caches_tlb(scene->smmu, &s1, 0x1000));
}

static void private_entries_match_their_asid_only(void **state)
{
	struct scene *scene = *state;
	const struct smmu_walk walk = {.pa = PAGE, .size = 4096};
	struct smmu_s1 s1 = {.asid = 1};

	smmu_caches_fill_tlb(scene->smmu, &s1, 0x1000, &walk);
	assert_non_null(smmu_caches_tlb(scene->smmu, &s1, 0x1000));
	assert_null(smmu_caches_tlb(scene->smmu, &s1, 0x0fff));
	assert_null(smmu_caches_tlb(scene->smmu, &s1, 0x2000));
	s1.asid = 2;
	assert_null(smmu_caches_tlb(scene->smmu, &s1, 0x1000));
}

static void block_entry_serves_and_leaves_as_a_whole(void **state)
{
	struct scene *scene = *state;

	put_plain_stream(scene);
	map_at(scene, ROOT0, 1ull << 39, 2, SMMU_BIT(30) | (LEAF_RW & ~2ull));
	assert_int_equal(pa_of(scene, 1, 0, (1ull << 39) | 0x3008), SMMU_BIT(30) | 0x3008);
	assert_int_equal(pa_of(scene, 1, 0, (1ull << 39) | 0x1ff000), SMMU_BIT(30) | 0x1ff000);
	assert_int_equal(smmu_counters(scene->smmu).walks, 1);
	map_at(scene, ROOT0, 1ull << 39, 2, 0);
	/* 4.4: low bits are ignored as the entry's size needs it. */
	invalidate(scene, (struct smmu_invalidation){.opcode = SMMU_CMD_TLBI_NH_VA,
						     .asid = 1,
						     .va = (1ull << 39) | 0x100000,
						     .size = 4096});
	assert_int_equal(pa_of(scene, 1, 0, (1ull << 39) | 0x3008), 0);
}

static void tagged_address_hits_the_untagged_entry(void **state)
{
	struct scene *scene = *state;

	put_plain_stream(scene);
	put_cd(scene, 0, cd0_asid(1) | SMMU_CD0_TBI0, ROOT0);
	assert_int_equal(pa_of(scene, 1, 0, 0xa500000000001008), PAGE + 8);
	assert_int_equal(pa_of(scene, 1, 0, 0x1010), PAGE + 0x10);
	assert_int_equal(smmu_counters(scene->smmu).walks, 1);
}

static void permissions_are_checked_on_a_hit(void **state)
{
	struct scene *scene = *state;
	struct smmu_request write = {.sid = 1, .addr = 0x1000, .write = true};

	put_plain_stream(scene);
	map(scene, ROOT0, 0x1000, PAGE | LEAF_RO);
	assert_int_equal(pa_of(scene, 1, 0, 0x1000), PAGE);
	assert_int_equal(smmu_access(scene->smmu, &write).event, SMMU_F_PERMISSION);
	assert_int_equal(smmu_counters(scene->smmu).walks, 1);
}

static void replacement_is_round_robin(void **state)
{
	struct scene *scene = *state;
	const struct smmu_walk walk = {.pa = PAGE, .size = 4096};
	const struct smmu_s1 s1 = {.asid = 1};
	const uint64_t word[SMMU_STE_WORDS] = {0};
	const struct smmu_cached_ste ste = {.generation = 1};
	const struct smmu_cd cd = {0};

	for (unsigned i = 0; i <= SMMU_TLB_CACHE; i++)
		smmu_caches_fill_tlb(scene->smmu, &s1, i * 0x1000ull, &walk);
	assert_null(smmu_caches_tlb(scene->smmu, &s1, 0));
	assert_non_null(smmu_caches_tlb(scene->smmu, &s1, 0x1000));
	for (uint32_t i = 0; i <= SMMU_STE_CACHE; i++)
		smmu_caches_fill_ste(scene->smmu, i, word);
	assert_null(smmu_caches_ste(scene->smmu, 0));
	assert_non_null(smmu_caches_ste(scene->smmu, SMMU_STE_CACHE));
	for (uint32_t i = 0; i <= SMMU_CD_CACHE; i++)
		smmu_caches_fill_cd(scene->smmu, &ste, 1, i, &cd);
	assert_null(smmu_caches_cd(scene->smmu, &ste, 1, 0));
	assert_non_null(smmu_caches_cd(scene->smmu, &ste, 1, 1));
}

static void reset_empties_the_caches(void **state)
{
	struct scene *scene = *state;
	const struct smmu_profile profile = scene->smmu->profile;
	const struct smmu_bus bus = scene->smmu->bus;
	const struct smmu_s1 s1 = {.asid = 1};
	struct smmu_cached_ste ste;

	put_plain_stream(scene);
	assert_int_equal(pa_of(scene, 1, 0, 0x1000), PAGE);
	ste = *smmu_caches_ste(scene->smmu, 1);
	assert_non_null(smmu_caches_cd(scene->smmu, &ste, 1, 0));
	smmu_reset(scene->smmu, &profile, &bus);
	assert_null(smmu_caches_ste(scene->smmu, 1));
	assert_null(smmu_caches_cd(scene->smmu, &ste, 1, 0));
	assert_null(smmu_caches_tlb(scene->smmu, &s1, 0x1000));
	assert_int_equal(smmu_counters(scene->smmu).walks, 0);
}

static void without_exact_caches_memory_counts(void **state)
{
	struct scene *scene = *state;

	for (unsigned mode = SMMU_CACHE_NONE; mode <= SMMU_CACHE_WORST; mode++) {
		if (mode == SMMU_CACHE_EXACT)
			continue;
		scene->smmu->profile.cache = (enum smmu_cache_mode)mode;
		put_plain_stream(scene);
		assert_int_equal(pa_of(scene, 1, 0, 0x1000), PAGE);
		map(scene, ROOT0, 0x1000, PAGE2 | LEAF_RW);
		assert_int_equal(pa_of(scene, 1, 0, 0x1000), PAGE2);
		put_ste(scene, 1, 0, 0);
		assert_int_equal(pa_of(scene, 1, 0, 0x1000), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EXACT(translation_stays_until_invalidated),
		EXACT(faults_are_not_cached),
		EXACT(structures_are_cached_valid_or_not),
		EXACT(failed_fetches_are_not_cached),
		EXACT(cfgi_ste_covers_its_cds_and_no_others),
		EXACT(cfgi_cd_takes_one_index_and_cd_all_takes_all),
		EXACT(ste_range_covers_an_aligned_power_of_two),
		EXACT(cfgi_all_covers_every_stream),
		EXACT(each_tlbi_takes_its_scope),
		EXACT(el2_commands_take_el2_entries),
		EXACT(global_entries_match_any_asid_of_their_set),
		EXACT(private_entries_match_their_asid_only),
		EXACT(block_entry_serves_and_leaves_as_a_whole),
		EXACT(tagged_address_hits_the_untagged_entry),
		EXACT(permissions_are_checked_on_a_hit),
		EXACT(replacement_is_round_robin),
		EXACT(reset_empties_the_caches),
		TEST(without_exact_caches_memory_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
