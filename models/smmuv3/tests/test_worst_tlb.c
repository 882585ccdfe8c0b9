/* SPDX-License-Identifier: MIT */
/*
 * Contract: the worst-case caches hold old translations and table descriptors by regime, ASID and
 * address (3.17, 3.21.1), whole trees whose configuration has gone included, until a TLBI that
 * covers them and a CMD_SYNC behind it (4.4). Only valid translations are ever held.
 * Run: ctest -R smmuv3.test_worst_tlb
 */
#include "worst_scene.h"

#define UNMAPPED fault(SMMU_F_TRANSLATION)
#define BAD_CD	 fault(SMMU_C_BAD_CD)

/* What enters. */

static void an_old_leaf_is_possible_until_tlbi_and_sync(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT0, VA, 0);
	EXPECT(scene, pasid(2, 1, VA + 8), UNMAPPED, rw(PAGE + 8));
	RUN(scene, TLBI_VA(1, VA));
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE));
	RUN(scene, SYNC);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED);
	expect_nothing_stale(scene);
}

static void every_stream_with_the_asid_sees_the_old_leaf(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT0, VA, PAGE4 | LEAF_RW);
	EXPECT(scene, plain(1, VA), rw(PAGE), rw(PAGE4));
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), rw(PAGE4));
	EXPECT(scene, pasid(3, 1, VA), rw(PAGE), rw(PAGE4));
	EXPECT(scene, pasid(3, 2, VA), rw(PAGE3));
	assert_int_equal(stale(scene).num_tlb, 1);
}

static void old_rights_are_held_with_the_old_leaf(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT0, VA, PAGE | LEAF_RO);
	EXPECT(scene, pasid(2, 1, VA), ro(PAGE), rw(PAGE));
	RUN(scene, TLBI_VA(1, VA), SYNC);
	EXPECT(scene, pasid(2, 1, VA), ro(PAGE));
}

static void faults_are_never_held(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT0, 0x5000, PAGE4 | LEAF_RW); /* invalid before */
	EXPECT(scene, pasid(2, 1, 0x5000), rw(PAGE4));
	expect_nothing_stale(scene);
}

static void a_leaf_without_af_is_never_held(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT0, 0x5000, PAGE4 | LEAF_NO_AF);
	remap(scene, ROOT0, 0x5000, PAGE3 | LEAF_RW);
	EXPECT(scene, pasid(2, 1, 0x5000), rw(PAGE3));
	expect_nothing_stale(scene);
}

static void a_leaf_beyond_the_output_size_is_never_held(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT0, 0x5000, 1ull << 45 | LEAF_RW); /* OAS is 40 bits */
	remap(scene, ROOT0, 0x5000, 0);
	EXPECT(scene, pasid(2, 1, 0x5000), UNMAPPED);
	expect_nothing_stale(scene);
}

static void a_tree_that_nobody_points_to_is_not_held(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT2, VA, PAGE4 | LEAF_RW);
	remap(scene, ROOT2, VA, 0);
	expect_nothing_stale(scene);
}

static void a_tree_that_only_a_held_cd_points_to_is_held(void **state)
{
	struct scene *scene = *state;

	store(scene, cd_at(2), 0);
	remap(scene, ROOT1, VA, PAGE4 | LEAF_RW);
	assert_int_equal(stale(scene).num_tlb, 1);
	EXPECT(scene, pasid(2, 2, VA), rw(PAGE3), rw(PAGE4), BAD_CD);
}

static void every_old_value_is_held(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT0, VA, 0);
	remap(scene, ROOT0, VA, PAGE3 | LEAF_RW);
	remap(scene, ROOT0, VA, PAGE4 | LEAF_RO);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), rw(PAGE3), ro(PAGE4));
	assert_int_equal(stale(scene).num_tlb, 2);
}

/* What leaves. */

static void tlbi_before_the_store_removes_nothing(void **state)
{
	struct scene *scene = *state;

	RUN(scene, TLBI_VA(1, VA));
	remap(scene, ROOT0, VA, 0);
	RUN(scene, SYNC, SYNC);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE));
}

static void tlbi_of_another_page_or_asid_leaves_the_leaf(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT0, VA, 0);
	RUN(scene, TLBI_VA(1, VA2), TLBI_VA(2, VA), TLBI_ASID(2), SYNC);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE));
	RUN(scene, TLBI_ASID(1), SYNC);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED);
}

static void tlbi_of_a_page_leaves_its_neighbour(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT0, VA, 0);
	remap(scene, ROOT0, VA2, 0);
	RUN(scene, TLBI_LEAF(1, VA2), SYNC);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE));
	EXPECT(scene, pasid(2, 1, VA2), UNMAPPED);
}

static void tlbi_by_va_of_all_asids_and_of_everything_remove(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT0, VA, 0);
	remap(scene, ROOT1, VA, 0);
	RUN(scene, TLBI_VAA(VA), SYNC);
	expect_nothing_stale(scene);
	remap(scene, ROOT0, VA2, 0);
	RUN(scene, TLBI_ALL, SYNC);
	expect_nothing_stale(scene);
}

static void tlbi_of_el2_leaves_el1(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT0, VA, 0);
	RUN(scene, smmu_cmd_tlbi(SMMU_CMD_TLBI_EL2_ALL, 0),
	    smmu_cmd_tlbi(SMMU_CMD_TLBI_EL2_ASID, 1),
	    smmu_cmd_tlbi_va(SMMU_CMD_TLBI_EL2_VA, 1, VA, false), SYNC);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE));
	RUN(scene, smmu_cmd_tlbi(SMMU_CMD_TLBI_NH_ALL, 0), SYNC);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED);
}

static void el2_is_a_world_of_its_own(void **state)
{
	struct scene *scene = *state;

	store(scene, ste_at(1) + 8, smmu_put(SMMU_STE1_STRW, SMMU_STE1_STRW_EL2));
	RUN(scene, CFGI_STE(1), SYNC, TLBI_ALL, SYNC);
	remap(scene, ROOT1, VA, 0);
	assert_int_equal(stale(scene).num_tlb, 1); /* ASID 2 of EL1; SID 1 is on ROOT0 */
	remap(scene, ROOT0, VA, 0);
	RUN(scene, TLBI_ALL, SYNC);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED);
	EXPECT(scene, plain(1, VA), UNMAPPED, rw(PAGE));
	RUN(scene, smmu_cmd_tlbi(SMMU_CMD_TLBI_EL2_ALL, 0), SYNC);
	EXPECT(scene, plain(1, VA), UNMAPPED);
}

static void cfgi_leaves_translations(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT0, VA, 0);
	RUN(scene, smmu_cmd_cfgi_all(), SYNC);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE));
}

/* Table descriptors: what a walk cache holds. */

static void an_unlinked_table_is_walked_until_a_tlbi_that_is_not_leaf_only(void **state)
{
	struct scene *scene = *state;
	uint64_t table = table_at(scene, ROOT0, VA, 3);

	remap_at(scene, ROOT0, VA, 2, 0);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE));
	RUN(scene, TLBI_LEAF(1, VA), SYNC);
	/* Whatever is stored there is a translation now. */
	poke(scene, table + (0x7000 >> 12) * 8, PAGE4 | LEAF_RW);
	EXPECT(scene, pasid(2, 1, 0x7000), UNMAPPED, rw(PAGE4));
	assert_true(smmu_frame_held(scene->smmu, table, 4096));
	RUN(scene, TLBI_VA(1, VA), SYNC);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED);
	EXPECT(scene, pasid(2, 1, 0x7000), UNMAPPED);
	assert_false(smmu_frame_held(scene->smmu, table, 4096));
}

static void tlbi_by_any_va_below_removes_the_table(void **state)
{
	struct scene *scene = *state;
	uint64_t table = table_at(scene, ROOT0, VA, 3);

	remap_at(scene, ROOT0, VA, 2, 0);
	RUN(scene, TLBI_VA(1, FAR_VA), SYNC);
	assert_true(smmu_frame_held(scene->smmu, table, 4096));
	RUN(scene, TLBI_VA(1, 0x1ff000), SYNC);
	assert_false(smmu_frame_held(scene->smmu, table, 4096));
}

static void leaves_below_an_unlinked_table_are_entries_of_their_own(void **state)
{
	struct scene *scene = *state;

	/* 3.21.1, 4.4.2.4: a TLBI by VA need not touch leaf entries of other addresses. */
	remap_at(scene, ROOT0, VA, 2, 0);
	RUN(scene, TLBI_VA(1, VA), SYNC);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED);
	EXPECT(scene, pasid(2, 1, VA2), UNMAPPED, rw(PAGE2));
	RUN(scene, TLBI_VA(1, VA2), SYNC);
	EXPECT(scene, pasid(2, 1, VA2), UNMAPPED);
}

static void leaves_below_an_unlinked_table_outlive_its_memory(void **state)
{
	struct scene *scene = *state;
	uint64_t leaf = desc_at(scene, ROOT0, VA, 3);

	remap_at(scene, ROOT0, VA, 2, 0);
	poke(scene, leaf, 0); /* not part of any tree any more: nothing to report */
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE));
}

static void a_block_is_held_as_one_entry(void **state)
{
	struct scene *scene = *state;

	remap_at(scene, ROOT0, FAR_VA, 2, 0x40000000ull | BLOCK_RW);
	EXPECT(scene, pasid(2, 1, FAR_VA), rw(0x40001000));
	assert_int_equal(stale(scene).num_tlb, 0);
	remap_at(scene, ROOT0, FAR_VA, 2, 0);
	assert_int_equal(stale(scene).num_tlb, 1);
	assert_int_equal(stale(scene).tlb[0].size, 0x200000);
	EXPECT(scene, pasid(2, 1, FAR_VA + 0x3008), UNMAPPED, rw(0x40004008));
	RUN(scene, TLBI_LEAF(1, FAR_VA + 0x7000), SYNC);
	EXPECT(scene, pasid(2, 1, FAR_VA), UNMAPPED);
}

/* Global entries. */

static void tlbi_by_asid_leaves_global_entries_and_by_va_takes_them(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT0, VA, PAGE | LEAF_GLOBAL);
	RUN(scene, TLBI_ALL, SYNC);
	remap(scene, ROOT0, VA, 0);
	RUN(scene, TLBI_ASID(1), SYNC);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE));
	RUN(scene, TLBI_VA(5, VA), SYNC); /* 4.4.2.4: whatever the ASID */
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED);
}

static void a_global_entry_matches_every_asid(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT0, VA2, PAGE2 | LEAF_GLOBAL);
	EXPECT(scene, pasid(2, 2, VA2), UNMAPPED, rw(PAGE2)); /* ASID 1's leaf, current */
	RUN(scene, TLBI_ALL, SYNC);
	remap(scene, ROOT0, VA2, 0);
	EXPECT(scene, pasid(2, 2, VA2), UNMAPPED, rw(PAGE2));
	RUN(scene, TLBI_VA(2, VA2), SYNC);
	EXPECT(scene, pasid(2, 2, VA2), UNMAPPED);
}

static void a_global_entry_of_a_frozen_tree_matches_every_asid(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT0, 0x5000, PAGE4 | LEAF_GLOBAL);
	RUN(scene, TLBI_ALL, SYNC);
	store(scene, cd_at(1), 0);
	store(scene, CD_OF_1, 0);
	RUN(scene, smmu_cmd_cfgi_all(), SYNC);
	EXPECT(scene, pasid(2, 2, 0x5000), UNMAPPED, rw(PAGE4));
	EXPECT(scene, pasid(2, 2, VA2), UNMAPPED); /* not global */
	RUN(scene, TLBI_ASID(1), SYNC);
	EXPECT(scene, pasid(2, 2, 0x5000), UNMAPPED, rw(PAGE4));
	RUN(scene, TLBI_VA(2, 0x5000), SYNC);
	EXPECT(scene, pasid(2, 2, 0x5000), UNMAPPED);
}

/* Two trees under one ASID. */

static void two_trees_with_one_asid_serve_each_other(void **state)
{
	struct scene *scene = *state;

	store_cd(scene, cd_at(3), cd0_asid(2), ROOT0);
	RUN(scene, CFGI_CD(2, 3), CFGI_CD(3, 3), SYNC, TLBI_ALL, SYNC);
	EXPECT(scene, pasid(2, 3, VA), rw(PAGE), rw(PAGE3));
	EXPECT(scene, pasid(2, 2, VA), rw(PAGE), rw(PAGE3));
	EXPECT(scene, pasid(2, 3, VA2), rw(PAGE2));
	EXPECT(scene, pasid(2, 2, VA2), rw(PAGE2), UNMAPPED);
}

/* Frozen trees: ASID 2 goes; its tree may stay in the TLBs. */

static void clear_cd_2(struct scene *scene)
{
	store(scene, cd_at(2), 0);
	RUN(scene, CFGI_CD(2, 2), CFGI_CD(3, 2), SYNC);
}

static void give_asid_2_to_root_2(struct scene *scene)
{
	store_cd(scene, cd_at(5), cd0_asid(2), ROOT2);
	RUN(scene, CFGI_CD(2, 5), CFGI_CD(3, 5), SYNC);
}

static void a_frozen_tree_is_unusable_until_its_asid_is_reused(void **state)
{
	struct scene *scene = *state;

	clear_cd_2(scene);
	assert_true(stale(scene).num_frozen > 0);
	EXPECT(scene, pasid(2, 2, VA), BAD_CD);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE));
	assert_false(smmu_frame_held(scene->smmu, ROOT1, 4096));
	give_asid_2_to_root_2(scene);
	EXPECT(scene, pasid(2, 5, VA), UNMAPPED, rw(PAGE3));
	assert_true(smmu_frame_held(scene->smmu, ROOT1, 4096));
	RUN(scene, TLBI_ASID(2), SYNC);
	EXPECT(scene, pasid(2, 5, VA), UNMAPPED);
	assert_false(smmu_frame_held(scene->smmu, ROOT1, 4096));
}

static void tlbi_after_the_configuration_went_removes_the_tree(void **state)
{
	struct scene *scene = *state;

	clear_cd_2(scene);
	RUN(scene, TLBI_ASID(1), SYNC);
	assert_true(stale(scene).num_frozen > 0);
	RUN(scene, TLBI_ASID(2), SYNC);
	expect_nothing_stale(scene);
	give_asid_2_to_root_2(scene);
	EXPECT(scene, pasid(2, 5, VA), UNMAPPED);
}

static void a_tlbi_without_sync_leaves_the_tree(void **state)
{
	struct scene *scene = *state;

	clear_cd_2(scene);
	RUN(scene, TLBI_ASID(2));
	assert_true(stale(scene).num_frozen > 0);
}

static void a_tree_is_frozen_only_when_its_last_context_went(void **state)
{
	struct scene *scene = *state;

	store(scene, cd_at(1), 0); /* SID 1 still has ASID 1 and ROOT0 */
	RUN(scene, CFGI_CD(2, 1), CFGI_CD(3, 1), SYNC);
	assert_int_equal(stale(scene).num_frozen, 0);
	store(scene, CD_OF_1, 0);
	assert_int_equal(stale(scene).num_frozen, 0); /* the old CD may be cached */
	RUN(scene, CFGI_CD(1, 0), SYNC);
	assert_int_equal(stale(scene).num_frozen, 1);
}

static void a_tree_that_is_configured_again_thaws_to_live(void **state)
{
	struct scene *scene = *state;

	clear_cd_2(scene);
	store_cd(scene, cd_at(6), cd0_asid(2), ROOT1);
	assert_int_equal(stale(scene).num_frozen, 0);
	EXPECT(scene, pasid(2, 6, VA2), UNMAPPED, BAD_CD, fault(SMMU_F_WALK_EABT));
}

static void smmuen_0_freezes_every_tree(void **state)
{
	struct scene *scene = *state;

	set_smmuen(scene, false);
	assert_int_equal(stale(scene).num_frozen, 2);
	RUN(scene, smmu_cmd_cfgi_all(), TLBI_ALL, SYNC);
	expect_nothing_stale(scene);
}

static void a_pte_change_turns_a_frozen_tree_into_its_old_pages(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT1, VA2, PAGE2 | LEAF_RW);
	clear_cd_2(scene);
	remap(scene, ROOT1, VA, PAGE4 | LEAF_RW);
	remap(scene, ROOT1, 0x5000, PAGE4 | LEAF_RW);
	assert_int_equal(stale(scene).num_frozen, 0);
	/* Nobody uses ASID 2: no walk cache can have led to the new leaf before this. */
	RUN(scene, TLBI_VA(2, 0x5000), SYNC);
	give_asid_2_to_root_2(scene);
	EXPECT(scene, pasid(2, 5, VA), UNMAPPED, rw(PAGE3));
	EXPECT(scene, pasid(2, 5, VA2), UNMAPPED, rw(PAGE2));
	EXPECT(scene, pasid(2, 5, 0x5000), UNMAPPED);
	RUN(scene, TLBI_ASID(2), SYNC);
	EXPECT(scene, pasid(2, 5, VA), UNMAPPED);
	EXPECT(scene, pasid(2, 5, VA2), UNMAPPED);
}

static void old_tables_of_a_frozen_tree_lead_to_new_pages(void **state)
{
	struct scene *scene = *state;

	clear_cd_2(scene);
	remap(scene, ROOT1, VA, PAGE4 | LEAF_RW);
	give_asid_2_to_root_2(scene);
	EXPECT(scene, pasid(2, 5, VA), UNMAPPED, rw(PAGE3), rw(PAGE4));
}

static void thawing_holds_no_leaf_that_came_afterwards(void **state)
{
	struct scene *scene = *state;

	clear_cd_2(scene);
	remap(scene, ROOT1, VA, PAGE4 | LEAF_RW);
	for (unsigned i = 0; i < stale(scene).num_tlb; i++)
		assert_int_not_equal(stale(scene).tlb[i].pa, PAGE4);
	assert_true(stale(scene).num_tlb > 0);
}

static void a_tlbi_by_va_takes_one_page_out_of_a_frozen_tree(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT1, VA2, PAGE2 | LEAF_RW);
	clear_cd_2(scene);
	RUN(scene, TLBI_VA(2, VA), SYNC);
	give_asid_2_to_root_2(scene);
	EXPECT(scene, pasid(2, 5, VA), UNMAPPED);
	EXPECT(scene, pasid(2, 5, VA2), UNMAPPED, rw(PAGE2));
	RUN(scene, TLBI_VA(2, VA2), SYNC);
	EXPECT(scene, pasid(2, 5, VA2), UNMAPPED);
	expect_nothing_stale(scene);
}

static void a_field_that_a_tlb_entry_carries_needs_a_tlbi_too(void **state)
{
	struct scene *scene = *state;

	/* 5.4.1 AFFD: only what was walked under the old CD has the page without AF. */
	remap(scene, ROOT1, 0x5000, PAGE4 | LEAF_NO_AF);
	store(scene, cd_at(2), cd0_asid(2) | SMMU_CD0_AFFD);
	RUN(scene, CFGI_CD(2, 2), CFGI_CD(3, 2), SYNC);
	EXPECT(scene, pasid(2, 2, 0x5000), rw(PAGE4));
	store(scene, cd_at(2), cd0_asid(2));
	RUN(scene, CFGI_CD(2, 2), CFGI_CD(3, 2), SYNC);
	EXPECT(scene, pasid(2, 2, 0x5000), fault(SMMU_F_ACCESS), rw(PAGE4));
	RUN(scene, TLBI_ASID(2), SYNC);
	EXPECT(scene, pasid(2, 2, 0x5000), fault(SMMU_F_ACCESS));
}

/* Who can use an entry. */

static void an_entry_has_the_users_of_its_tag(void **state)
{
	struct scene *scene = *state;
	struct smmu_held_tlb entry;
	struct smmu_contexts contexts;
	unsigned users = 0;

	remap(scene, ROOT0, VA, 0);
	assert_int_equal(stale(scene).num_tlb, 1);
	entry = stale(scene).tlb[0];
	for (int i = 0; (i = smmu_tlb_user(scene->smmu, &entry, (unsigned)i)) >= 0; i++) {
		contexts = smmu_contexts(scene->smmu);
		assert_int_equal(contexts.context[i].s1.asid, 1);
		users++;
	}
	assert_int_equal(users, 3);
	entry.global = true;
	users = 0;
	for (int i = 0; (i = smmu_tlb_user(scene->smmu, &entry, (unsigned)i)) >= 0; i++)
		users++;
	assert_int_equal(users, 5);
	entry.s1.regime = SMMU_REGIME_EL2;
	assert_int_equal(smmu_tlb_user(scene->smmu, &entry, 0), -1);
}

/* Overflow. */

static void too_many_entries_are_reported(void **state)
{
	struct scene *scene = *state;

	for (uint64_t i = 0; i <= SMMU_MAX_HELD_TLB; i++) {
		assert_false(stale(scene).overflow);
		remap(scene, ROOT0, VA, (PAGE + 4096 * i) | LEAF_RW);
	}
	assert_int_equal(stale(scene).num_tlb, SMMU_MAX_HELD_TLB);
	assert_false(stale(scene).overflow);
	remap(scene, ROOT0, VA, 0);
	assert_true(stale(scene).overflow);
}

static void a_looping_tree_thaws_in_bounded_time(void **state)
{
	struct scene *scene = *state;

	remap_at(scene, ROOT1, FAR_VA, 0, ROOT1 | 3);
	for (unsigned i = 0; i < 512; i++)
		poke(scene, ROOT1 + 8 * i, ROOT1 | 3);
	clear_cd_2(scene);
	remap_at(scene, ROOT1, FAR_VA, 0, 0);
	assert_true(stale(scene).overflow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORST(an_old_leaf_is_possible_until_tlbi_and_sync),
		WORST(every_stream_with_the_asid_sees_the_old_leaf),
		WORST(old_rights_are_held_with_the_old_leaf),
		WORST(faults_are_never_held),
		WORST(a_leaf_without_af_is_never_held),
		WORST(a_leaf_beyond_the_output_size_is_never_held),
		WORST(a_tree_that_nobody_points_to_is_not_held),
		WORST(a_tree_that_only_a_held_cd_points_to_is_held),
		WORST(every_old_value_is_held),
		WORST(tlbi_before_the_store_removes_nothing),
		WORST(tlbi_of_another_page_or_asid_leaves_the_leaf),
		WORST(tlbi_of_a_page_leaves_its_neighbour),
		WORST(tlbi_by_va_of_all_asids_and_of_everything_remove),
		WORST(tlbi_of_el2_leaves_el1),
		WORST(el2_is_a_world_of_its_own),
		WORST(cfgi_leaves_translations),
		WORST(an_unlinked_table_is_walked_until_a_tlbi_that_is_not_leaf_only),
		WORST(tlbi_by_any_va_below_removes_the_table),
		WORST(leaves_below_an_unlinked_table_are_entries_of_their_own),
		WORST(leaves_below_an_unlinked_table_outlive_its_memory),
		WORST(a_block_is_held_as_one_entry),
		WORST(tlbi_by_asid_leaves_global_entries_and_by_va_takes_them),
		WORST(a_global_entry_matches_every_asid),
		WORST(a_global_entry_of_a_frozen_tree_matches_every_asid),
		WORST(two_trees_with_one_asid_serve_each_other),
		WORST(a_frozen_tree_is_unusable_until_its_asid_is_reused),
		WORST(tlbi_after_the_configuration_went_removes_the_tree),
		WORST(a_tlbi_without_sync_leaves_the_tree),
		WORST(a_tree_is_frozen_only_when_its_last_context_went),
		WORST(a_tree_that_is_configured_again_thaws_to_live),
		WORST(smmuen_0_freezes_every_tree),
		WORST(a_pte_change_turns_a_frozen_tree_into_its_old_pages),
		WORST(old_tables_of_a_frozen_tree_lead_to_new_pages),
		WORST(thawing_holds_no_leaf_that_came_afterwards),
		WORST(a_tlbi_by_va_takes_one_page_out_of_a_frozen_tree),
		WORST(a_field_that_a_tlb_entry_carries_needs_a_tlbi_too),
		WORST(an_entry_has_the_users_of_its_tag),
		WORST(too_many_entries_are_reported),
		WORST(a_looping_tree_thaws_in_bounded_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
