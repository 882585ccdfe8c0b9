/* SPDX-License-Identifier: MIT */
/*
 * Contract: exact caches of every geometry, with both stages: what tags an entry and which command
 * takes it (3.17, 4.3, 4.4), when a writable-clean entry serves, when a conflict is reported, and
 * what is particular to a geometry.
 * Run: ctest -R smmuv3.test_geometry
 */
#include "flow_scene.h"

static struct scene *scene_with(uint8_t geometry, bool conflicts)
{
	struct smmu_profile profile = flow_profile();

	profile.cache = SMMU_CACHE_EXACT;
	profile.geometry = geometry;
	profile.conflicts = conflicts;
	return flow_scene_new(profile);
}

static int small_setup(void **state)
{
	*state = scene_with(SMMU_GEOMETRY_SMALL, false);
	return 0;
}

static int qemu_setup(void **state)
{
	*state = scene_with(SMMU_GEOMETRY_QEMU, false);
	return 0;
}

static int large_setup(void **state)
{
	*state = scene_with(SMMU_GEOMETRY_LARGE, false);
	return 0;
}

static int conflicts_setup(void **state)
{
	*state = scene_with(SMMU_GEOMETRY_SMALL, true);
	return 0;
}

#define IN(geometry, name) cmocka_unit_test_setup_teardown(name, geometry##_setup, scene_teardown)
#define EVERYWHERE(name)   IN(small, name), IN(qemu, name), IN(large, name)

static void invalidate(struct scene *scene, struct smmu_invalidation inv)
{
	smmu_caches_invalidate(scene->smmu, &inv);
}

static uint64_t pa_of(struct scene *scene, uint32_t sid, uint64_t addr)
{
	const struct smmu_request request = {.sid = sid, .addr = addr};
	struct smmu_response response = smmu_access(scene->smmu, &request);

	while (pending_events(scene))
		take_event(scene);
	return response.status == SMMU_OK ? response.pa : 0;
}

static uint32_t walks(struct scene *scene)
{
	return smmu_counters(scene->smmu).walks;
}

/* Does the access need no walk? */
static bool is_held(struct scene *scene, uint32_t sid, uint64_t addr)
{
	uint32_t before = walks(scene);

	assert_int_not_equal(pa_of(scene, sid, addr), 0);
	return walks(scene) == before;
}

/* The three kinds of entry, one of each; all of VMID. */
static void warm(struct scene *scene)
{
	smmu_caches_reset(scene->smmu);
	assert_int_equal(pa_of(scene, NESTED, VA), PAGE);
	assert_int_equal(pa_of(scene, STAGE2, IPA_OF(PAGE2)), PAGE2);
}

static void commands_name_their_stage_and_vmid(void **state)
{
	static const struct {
		uint8_t opcode;
		uint16_t vmid, asid;
		bool combined_left, stage2_left;
	} cases[] = {
		{SMMU_CMD_TLBI_NH_ALL, VMID, 0, false, true},
		{SMMU_CMD_TLBI_NH_ALL, VMID + 1, 0, true, true},
		{SMMU_CMD_TLBI_NH_ASID, VMID, ASID, false, true},
		{SMMU_CMD_TLBI_NH_ASID, VMID, ASID + 1, true, true},
		{SMMU_CMD_TLBI_NH_ASID, VMID + 1, ASID, true, true},
		{SMMU_CMD_TLBI_S12_VMALL, VMID, 0, false, false},
		{SMMU_CMD_TLBI_S12_VMALL, VMID + 1, 0, true, true},
		{SMMU_CMD_TLBI_NSNH_ALL, 0, 0, false, false},
		{SMMU_CMD_TLBI_EL2_ALL, 0, 0, true, true},
	};
	struct scene *scene = *state;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		warm(scene);
		invalidate(scene, (struct smmu_invalidation){.opcode = cases[i].opcode,
							     .vmid = cases[i].vmid,
							     .asid = cases[i].asid});
		assert_int_equal(is_held(scene, STAGE2, IPA_OF(PAGE2)), cases[i].stage2_left);
		assert_int_equal(is_held(scene, NESTED, VA), cases[i].combined_left);
	}
}

/* 4.4.3.1: by IPA go the entries of stage 2 alone; by VA the combined ones. */
static void addresses_name_entries_of_their_space(void **state)
{
	struct scene *scene = *state;
	struct smmu_invalidation by_ipa = {
		.opcode = SMMU_CMD_TLBI_S2_IPA, .vmid = VMID, .va = IPA_OF(PAGE2), .size = 4096};
	struct smmu_invalidation by_va = {
		.opcode = SMMU_CMD_TLBI_NH_VAA, .vmid = VMID, .va = VA, .size = 4096};

	warm(scene);
	invalidate(scene, by_ipa);
	assert_false(is_held(scene, STAGE2, IPA_OF(PAGE2)));
	assert_true(is_held(scene, NESTED, VA));
	by_ipa.va = IPA_OF(PAGE);
	invalidate(scene, by_ipa);
	assert_true(is_held(scene, NESTED, VA));
	by_ipa.va = IPA_OF(PAGE2) + 4096;
	invalidate(scene, by_ipa);
	assert_true(is_held(scene, STAGE2, IPA_OF(PAGE2)));
	by_va.va = IPA_OF(PAGE2);
	invalidate(scene, by_va);
	assert_true(is_held(scene, STAGE2, IPA_OF(PAGE2)));
	by_va.va = VA;
	by_va.vmid = VMID + 1;
	invalidate(scene, by_va);
	assert_true(is_held(scene, NESTED, VA));
	by_va.vmid = VMID;
	invalidate(scene, by_va);
	assert_false(is_held(scene, NESTED, VA));
}

/* 3.17: a VMID of its own hides the entries of another, of stage 1 alone too. */
static void vmid_tags_every_stage(void **state)
{
	struct scene *scene = *state;
	uint64_t other = STE2_PLAIN ^ smmu_put(SMMU_STE2_S2VMID, 1);

	assert_int_equal(pa_of(scene, STAGE1, VA), PAGE2);
	/* 3.17: stage 1 alone and both stages under one VMID and ASID meet. */
	assert_int_equal(pa_of(scene, NESTED, VA), PAGE2);
	invalidate(scene, (struct smmu_invalidation){.opcode = SMMU_CMD_TLBI_NSNH_ALL});
	put_ste2(scene, STAGE1, other);
	put_ste2(scene, SUBSTREAM, other);
	invalidate(scene,
		   (struct smmu_invalidation){.opcode = SMMU_CMD_CFGI_STE_RANGE, .range = 31});
	assert_int_equal(pa_of(scene, STAGE1, VA), PAGE2);
	assert_int_equal(pa_of(scene, NESTED, VA), PAGE);
	assert_int_equal(pa_of(scene, STAGE1, VA), PAGE2);
	assert_int_equal(pa_of(scene, STAGE2, IPA_OF(PAGE)), PAGE);
	poke(scene, s2_entry(scene, PAGE), PAGE2 | S2_RW);
	assert_int_equal(pa_of(scene, STAGE2, IPA_OF(PAGE)), PAGE);
	assert_int_equal(pa_of(scene, SUBSTREAM, IPA_OF(PAGE)), PAGE2);
}

/* A block of stage 1 through pages of stage 2: one address names all its parts. */
static void parts_of_a_stage_1_block_go_together(void **state)
{
	struct scene *scene = *state;
	uint64_t block = 1ull << 33;
	struct smmu_invalidation by_va = {.opcode = SMMU_CMD_TLBI_NH_VA,
					  .vmid = VMID,
					  .asid = ASID,
					  .va = block,
					  .size = 4096};

	map_tables(scene, 12, 0, ROOT0, IPA_OFFSET, block, 2, IPA_OF(RAM_BASE) | (LEAF_RW & ~2ull));
	assert_int_equal(pa_of(scene, NESTED, block | 0x5000), RAM_BASE | 0x5000);
	assert_int_equal(pa_of(scene, NESTED, block | 0x9000), RAM_BASE | 0x9000);
	assert_true(is_held(scene, NESTED, block | 0x5000));
	by_va.ttl = 3;
	invalidate(scene, by_va);
	assert_true(is_held(scene, NESTED, block | 0x5000));
	by_va.ttl = 2;
	by_va.tg = 16;
	invalidate(scene, by_va);
	assert_true(is_held(scene, NESTED, block | 0x5000));
	by_va.tg = 12;
	invalidate(scene, by_va);
	assert_false(is_held(scene, NESTED, block | 0x5000));
	assert_false(is_held(scene, NESTED, block | 0x9000));
}

/* A walk names the stage that a combined entry cannot. */
static void refusal_of_a_combined_entry_names_its_stage(void **state)
{
	struct scene *scene = *state;
	struct smmu_request write = {.sid = NESTED, .addr = VA, .write = true};
	struct smmu_event record;

	clear_bits(scene, s2_entry(scene, PAGE), S2_WRITE);
	assert_int_equal(pa_of(scene, NESTED, VA), PAGE);
	assert_int_equal(smmu_access(scene->smmu, &write).cause, SMMU_CAUSE_s2_perm_write);
	record = take_event(scene);
	assert_true(record.s2);
	assert_int_equal(record.ipa, IPA_OF(PAGE));
	/* Of stage 2 alone the entry says it, and keeps what it held. */
	write = (struct smmu_request){.sid = STAGE2, .addr = IPA_OF(PAGE), .write = true};
	assert_int_equal(pa_of(scene, STAGE2, IPA_OF(PAGE)), PAGE);
	set_bits(scene, s2_entry(scene, PAGE), S2_WRITE);
	assert_int_equal(smmu_access(scene->smmu, &write).cause, SMMU_CAUSE_s2_perm_write);
	record = take_event(scene);
	assert_true(record.s2);
	assert_int_equal(record.ipa, IPA_OF(PAGE));
}

/* 3.13.3: a read leaves the entry clean; the write walks and marks; the next does not. */
static void clean_entry_serves_no_write(void **state)
{
	struct scene *scene = *state;
	struct smmu_request write = {.sid = NESTED, .addr = VA, .write = true};
	uint64_t s1 = s1_entry(scene, 3);

	put_cd(scene, 1, cd0_asid(ASID) | SMMU_CD0_HA | SMMU_CD0_HD, IPA_OF(ROOT0));
	set_bits(scene, s1, DESC_RO | DBM);
	assert_int_equal(pa_of(scene, NESTED, VA), PAGE);
	assert_true(look(scene, s1) & DESC_RO);
	assert_int_equal(smmu_access(scene->smmu, &write).status, SMMU_OK);
	assert_false(look(scene, s1) & DESC_RO);
	assert_int_equal(walks(scene), 2);
	assert_int_equal(smmu_access(scene->smmu, &write).status, SMMU_OK);
	assert_int_equal(walks(scene), 2);
	/* Clean again, in memory alone: the entry does not know, as hardware would not. */
	set_bits(scene, s1, DESC_RO);
	assert_int_equal(smmu_access(scene->smmu, &write).status, SMMU_OK);
	assert_true(look(scene, s1) & DESC_RO);
}

static void split_requests_and_traffic_use_the_entries(void **state)
{
	struct scene *scene = *state;
	const struct smmu_request request = {.sid = NESTED, .addr = VA, .kind = SMMU_ATS_REQUEST};
	const struct smmu_request traffic = {
		.sid = NESTED, .addr = IPA_OF(PAGE), .kind = SMMU_ATS_TRANSLATED};

	put_ste(scene, NESTED, ste_config(SMMU_STE0_CONFIG_S1S2) | IPA_OF(CDTAB + 64),
		smmu_put(SMMU_STE1_EATS, SMMU_STE1_EATS_SPLIT));
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(smmu_access(scene->smmu, &request).pa, IPA_OF(PAGE));
		assert_int_equal(pa_of(scene, NESTED, VA | 0x30), PAGE | 0x30);
		assert_int_equal(walks(scene), 1 + i);
		assert_int_equal(smmu_access(scene->smmu, &traffic).pa, PAGE);
		assert_int_equal(walks(scene), 2);
	}
}

static void cds_live_no_longer_than_their_ste(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(pa_of(scene, NESTED, VA), PAGE);
	invalidate(scene, (struct smmu_invalidation){.opcode = SMMU_CMD_TLBI_NSNH_ALL});
	put_cd(scene, 1, 0, 0);
	assert_int_equal(pa_of(scene, NESTED, VA), PAGE);
	invalidate(scene, (struct smmu_invalidation){.opcode = SMMU_CMD_CFGI_STE, .sid = NESTED});
	assert_int_equal(pa_of(scene, NESTED, VA), 0);
}

/* One configuration of a stream: any CFGI about it drops the STE as well. */
static void qemu_drops_the_configuration_as_a_whole(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(pa_of(scene, STAGE1, VA), PAGE2);
	put_ste(scene, STAGE1, SMMU_STE0_V, 0);
	assert_int_equal(pa_of(scene, STAGE1, VA), PAGE2);
	invalidate(scene, (struct smmu_invalidation){
				  .opcode = SMMU_CMD_CFGI_CD, .sid = STAGE1, .ssid = 3});
	assert_int_equal(pa_of(scene, STAGE1, VA), 0);
}

/* Neither an STE nor a CD that is not valid is kept, nor the STE above such a CD. */
static void qemu_keeps_valid_configurations_only(void **state)
{
	struct scene *scene = *state;
	uint64_t w0 = look(scene, STRTAB + STAGE1 * 64), cd = CDTAB + 0x1000;

	put_ste(scene, STAGE1, 0, 0);
	assert_int_equal(pa_of(scene, STAGE1, VA), 0);
	poke(scene, cd, 0);
	put_ste(scene, STAGE1, w0, 0);
	assert_int_equal(pa_of(scene, STAGE1, VA), 0);
	assert_null(smmu_caches_ste(scene->smmu, STAGE1));
	poke(scene, cd, cd0_asid(ASID));
	assert_int_equal(pa_of(scene, STAGE1, VA), PAGE2);
	assert_non_null(smmu_caches_ste(scene->smmu, STAGE1));
	/* An STE that leads to no CD is all there is. */
	put_ste(scene, 9, SMMU_STE0_V, 0);
	assert_int_equal(pa_of(scene, 9, VA), 0);
	assert_non_null(smmu_caches_ste(scene->smmu, 9));
}

static void qemu_empties_a_full_tlb(void **state)
{
	struct scene *scene = *state;
	const struct smmu_walk walk = {.pa = PAGE, .size = 4096, .level = 3};
	const struct smmu_s1 s1 = {.asid = 1, .granule0 = 12};

	for (uint64_t i = 0; i < 256; i++)
		smmu_caches_fill_tlb(scene->smmu, &s1, i << 12, &walk);
	/* What is there already takes no room. */
	smmu_caches_fill_tlb(scene->smmu, &s1, 7 << 12, &walk);
	for (uint64_t i = 0; i < 256; i++)
		assert_non_null(smmu_caches_tlb(scene->smmu, &s1, i << 12));
	invalidate(scene, (struct smmu_invalidation){
				  .opcode = SMMU_CMD_TLBI_NH_VA, .asid = 1, .va = 0, .size = 4096});
	smmu_caches_fill_tlb(scene->smmu, &s1, 256 << 12, &walk);
	assert_non_null(smmu_caches_tlb(scene->smmu, &s1, 1 << 12));
	smmu_caches_fill_tlb(scene->smmu, &s1, 257 << 12, &walk);
	for (uint64_t i = 0; i < 257; i++)
		assert_null(smmu_caches_tlb(scene->smmu, &s1, i << 12));
	assert_non_null(smmu_caches_tlb(scene->smmu, &s1, 257 << 12));
}

static void qemu_keys_global_entries_by_asid(void **state)
{
	struct scene *scene = *state;
	const struct smmu_walk walk = {.pa = PAGE, .size = 4096, .level = 3, .global = true};
	struct smmu_s1 s1 = {.asid = 1, .granule0 = 12};

	smmu_caches_fill_tlb(scene->smmu, &s1, 0x1000, &walk);
	s1.asid = 2;
	assert_null(smmu_caches_tlb(scene->smmu, &s1, 0x1000));
	s1.asid = 1;
	assert_non_null(smmu_caches_tlb(scene->smmu, &s1, 0x1000));
	s1.granule0 = 14;
	assert_null(smmu_caches_tlb(scene->smmu, &s1, 0x1000));
	s1.granule0 = 12;
	/* 4.4.2.4: whichever ASID the command names, a global entry of the address goes. */
	invalidate(scene,
		   (struct smmu_invalidation){
			   .opcode = SMMU_CMD_TLBI_NH_VA, .asid = 2, .va = 0x1000, .size = 4096});
	assert_null(smmu_caches_tlb(scene->smmu, &s1, 0x1000));
	smmu_caches_fill_tlb(scene->smmu, &s1, 0x1000, &walk);
	invalidate(scene, (struct smmu_invalidation){.opcode = SMMU_CMD_TLBI_NH_ASID, .asid = 2});
	assert_non_null(smmu_caches_tlb(scene->smmu, &s1, 0x1000));
	invalidate(scene, (struct smmu_invalidation){.opcode = SMMU_CMD_TLBI_NH_ASID, .asid = 1});
	assert_null(smmu_caches_tlb(scene->smmu, &s1, 0x1000));
}

static void large_holds_thousands(void **state)
{
	struct scene *scene = *state;
	const struct smmu_walk walk = {.pa = PAGE, .size = 4096, .level = 3};
	const struct smmu_walk block = {.pa = PAGE, .size = 1 << 21, .level = 2};
	const struct smmu_s1 s1 = {.asid = 1, .granule0 = 12};

	for (uint64_t i = 0; i < SMMU_TLB_MAX; i++)
		smmu_caches_fill_tlb(scene->smmu, &s1, i << 12, &walk);
	for (uint64_t i = 0; i < SMMU_TLB_MAX; i++)
		assert_non_null(smmu_caches_tlb(scene->smmu, &s1, i << 12));
	smmu_caches_fill_tlb(scene->smmu, &s1, 5ull << 30, &block);
	/* A range of pages, then one that is wider than the cache. */
	invalidate(scene, (struct smmu_invalidation){.opcode = SMMU_CMD_TLBI_NH_VA,
						     .asid = 1,
						     .va = 0x10000,
						     .size = 0x40000});
	for (uint64_t i = 16; i < 80; i++)
		assert_null(smmu_caches_tlb(scene->smmu, &s1, i << 12));
	assert_non_null(smmu_caches_tlb(scene->smmu, &s1, 15 << 12));
	assert_non_null(smmu_caches_tlb(scene->smmu, &s1, 80 << 12));
	assert_non_null(smmu_caches_tlb(scene->smmu, &s1, 5ull << 30));
	invalidate(scene, (struct smmu_invalidation){.opcode = SMMU_CMD_TLBI_NH_VA,
						     .asid = 1,
						     .va = 0x1000,
						     .size = 8ull << 30});
	assert_null(smmu_caches_tlb(scene->smmu, &s1, 5ull << 30));
	assert_null(smmu_caches_tlb(scene->smmu, &s1, 100 << 12));
}

/* 7.3.17: a block whose page is still cached from before. */
static void overlapping_entries_are_a_conflict(void **state)
{
	struct scene *scene = *state;
	uint64_t block = 1ull << 33;
	const struct smmu_request request = {.sid = STAGE1, .addr = block | 0x5000};
	const struct smmu_request treq = {
		.sid = STAGE1, .addr = block | 0x5000, .kind = SMMU_ATS_REQUEST};
	struct smmu_event record;

	map(scene, ROOT1, block | 0x5000, PAGE | LEAF_RW);
	assert_int_equal(pa_of(scene, STAGE1, block | 0x5000), PAGE);
	map_at(scene, ROOT1, block, 2, SMMU_BIT(30) | (LEAF_RW & ~2ull));
	assert_int_equal(pa_of(scene, STAGE1, block | 0x6000), SMMU_BIT(30) | 0x6000);
	if (!scene->smmu->profile.conflicts) {
		assert_int_not_equal(pa_of(scene, STAGE1, block | 0x5000), 0);
		return;
	}
	assert_int_equal(smmu_access(scene->smmu, &request).cause, SMMU_CAUSE_tlb_conflict);
	record = take_event(scene);
	assert_int_equal(record.type, SMMU_F_TLB_CONFLICT);
	assert_int_equal(record.input_addr, request.addr);
	/* 3.9.1.2 */
	assert_int_equal(smmu_access(scene->smmu, &treq).status, SMMU_ATS_DENIED);
	assert_int_equal(pending_events(scene), 0);
	/* A command that covers both ends it. */
	invalidate(scene, (struct smmu_invalidation){.opcode = SMMU_CMD_TLBI_NH_VA,
						     .vmid = VMID,
						     .asid = ASID,
						     .va = block | 0x5000,
						     .size = 4096});
	assert_int_equal(pa_of(scene, STAGE1, block | 0x5000), SMMU_BIT(30) | 0x5000);
}

/* 5.2 CONT: equal STEs answer for each other, different ones are a conflict. */
static void span_of_different_stes_is_a_conflict(void **state)
{
	struct scene *scene = *state;
	uint64_t w0 = look(scene, STRTAB + STAGE1 * 64), cont = smmu_put(SMMU_STE1_CONT, 1);

	put_ste(scene, 10, w0, cont);
	put_ste2(scene, 10, STE2_PLAIN);
	assert_int_equal(pa_of(scene, 10, VA), PAGE2);
	/* The neighbour's is taken, without a look at the table, for both. */
	assert_int_equal(pa_of(scene, 11, VA), PAGE2);
	assert_int_equal(pa_of(scene, 12, VA), 0);
	invalidate(scene, (struct smmu_invalidation){.opcode = SMMU_CMD_CFGI_STE, .sid = 11});
	assert_int_equal(pa_of(scene, 11, VA), PAGE2);
	invalidate(scene, (struct smmu_invalidation){.opcode = SMMU_CMD_CFGI_STE, .sid = 10});
	assert_int_equal(pa_of(scene, 11, VA), 0);
	assert_int_equal(pa_of(scene, 10, VA), PAGE2);
	assert_int_equal(smmu_access(scene->smmu, &(struct smmu_request){.sid = 11}).cause,
			 SMMU_CAUSE_ste_conflict);
	assert_int_equal(take_event(scene).type, SMMU_F_CFG_CONFLICT);
	/* The other says nothing about this one. */
	assert_int_equal(pa_of(scene, 10, VA), PAGE2);
	/* It differs in CONT alone now: no conflict. */
	put_ste(scene, 11, w0, 0);
	put_ste2(scene, 11, STE2_PLAIN);
	invalidate(scene, (struct smmu_invalidation){.opcode = SMMU_CMD_CFGI_STE, .sid = 11});
	invalidate(scene, (struct smmu_invalidation){.opcode = SMMU_CMD_CFGI_STE, .sid = 10});
	assert_int_equal(pa_of(scene, 11, VA), PAGE2);
	assert_int_equal(pa_of(scene, 10, VA), PAGE2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EVERYWHERE(commands_name_their_stage_and_vmid),
		EVERYWHERE(addresses_name_entries_of_their_space),
		EVERYWHERE(vmid_tags_every_stage),
		EVERYWHERE(parts_of_a_stage_1_block_go_together),
		EVERYWHERE(refusal_of_a_combined_entry_names_its_stage),
		EVERYWHERE(clean_entry_serves_no_write),
		EVERYWHERE(split_requests_and_traffic_use_the_entries),
		EVERYWHERE(cds_live_no_longer_than_their_ste),
		EVERYWHERE(overlapping_entries_are_a_conflict),
		IN(qemu, qemu_drops_the_configuration_as_a_whole),
		IN(qemu, qemu_keeps_valid_configurations_only),
		IN(qemu, qemu_empties_a_full_tlb),
		IN(qemu, qemu_keys_global_entries_by_asid),
		IN(large, large_holds_thousands),
		IN(conflicts, overlapping_entries_are_a_conflict),
		IN(conflicts, span_of_different_stes_is_a_conflict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
