/* SPDX-License-Identifier: MIT */
/*
 * Contract: an enabled ATC holds old translations by StreamID and SubstreamID until a CMD_ATC_INV
 * that covers them and a CMD_SYNC behind it, and not before the TLBs and configurations have gone
 * that it could be refilled from (3.9.1, 4.5.1).
 * Run: ctest -R smmuv3.test_worst_atc
 */
#include "worst_scene.h"

#define UNMAPPED fault(SMMU_F_TRANSLATION)
#define BAD_CD	 fault(SMMU_C_BAD_CD)

static int atc_setup(void **state)
{
	struct scene *scene;

	worst_setup(state);
	scene = *state;
	for (unsigned stream = 0; stream < NUM_STREAMS; stream++)
		smmu_stream_set_ats(scene->smmu, stream, true);
	expect_nothing_stale(scene);
	return 0;
}

#define ATC(name) cmocka_unit_test_setup_teardown(name, atc_setup, scene_teardown)

/* Unmapped, and gone from the TLBs in good order: what is left is in ATCs. */
static void unmap_and_tlbi(struct scene *scene, uint64_t va)
{
	remap(scene, ROOT0, va, 0);
	RUN(scene, TLBI_VA(1, va), SYNC);
	assert_int_equal(stale(scene).num_tlb, 0);
}

static void an_old_translation_is_in_the_atc_of_every_user(void **state)
{
	struct scene *scene = *state;

	unmap_and_tlbi(scene, VA);
	assert_int_equal(stale(scene).num_atc, 3);
	EXPECT(scene, plain(1, VA), UNMAPPED, rw(PAGE));
	EXPECT(scene, pasid(2, 1, VA + 8), UNMAPPED, rw(PAGE + 8));
	EXPECT(scene, pasid(3, 1, VA), UNMAPPED, rw(PAGE));
	EXPECT(scene, pasid(2, 1, VA2), rw(PAGE2));
}

static void the_atc_of_an_untouched_address_space_is_empty(void **state)
{
	struct scene *scene = *state;

	unmap_and_tlbi(scene, VA);
	EXPECT(scene, pasid(2, 2, VA), rw(PAGE3));
	for (unsigned i = 0; i < stale(scene).num_atc; i++)
		assert_int_not_equal(stale(scene).atc[i].ssid, 2);
}

static void tlbi_sync_atc_inv_sync_empties_it(void **state)
{
	struct scene *scene = *state;

	unmap_and_tlbi(scene, VA);
	RUN(scene, ATC_INV(1), ATC_INV_SSID(2, 1), ATC_INV_SSID(3, 1));
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE));
	RUN(scene, SYNC);
	EXPECT(scene, plain(1, VA), UNMAPPED);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED);
	expect_nothing_stale(scene);
}

static void atc_inv_in_the_batch_of_its_tlbi_is_refilled(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT0, VA, 0);
	RUN(scene, TLBI_VA(1, VA), ATC_INV_SSID(2, 1), SYNC);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE));
	assert_int_equal(stale(scene).num_tlb, 0);
	assert_int_equal(stale(scene).num_atc, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(stale(scene).atc[i].refilled,
				 stale(scene).atc[i].stream == STREAM_2);
	RUN(scene, ATC_INV_SSID(2, 1), SYNC);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED);
}

static void atc_inv_before_the_tlbi_is_refilled(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT0, VA, 0);
	RUN(scene, ATC_INV_SSID(2, 1), SYNC, TLBI_VA(1, VA), SYNC);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE));
}

static void atc_inv_before_the_store_removes_nothing(void **state)
{
	struct scene *scene = *state;

	RUN(scene, ATC_INV_SSID(2, 1));
	unmap_and_tlbi(scene, VA);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE));
}

static void a_stale_walk_cache_refills_too(void **state)
{
	struct scene *scene = *state;

	remap_at(scene, ROOT0, VA, 2, 0);
	RUN(scene, TLBI_LEAF(1, VA), TLBI_LEAF(1, VA2), SYNC, ATC_INV_SSID(2, 1), SYNC);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE));
	RUN(scene, TLBI_VA(1, VA), SYNC);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE));
	RUN(scene, ATC_INV_SSID(2, 1), SYNC);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED);
	EXPECT(scene, pasid(2, 1, VA2), UNMAPPED);
}

/* What ATC_INV covers (4.5.1). */

static void atc_inv_of_another_stream_pasid_or_range_leaves_it(void **state)
{
	struct scene *scene = *state;

	unmap_and_tlbi(scene, VA);
	RUN(scene, ATC_INV_SSID(3, 1), ATC_INV_SSID(2, 2), ATC_INV(3), ATC_INV_PAGE(2, 1, VA2),
	    SYNC);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE));
	EXPECT(scene, pasid(3, 1, VA), UNMAPPED);
}

static void atc_inv_by_range_takes_its_pages_alone(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT0, 0x3000, PAGE4 | LEAF_RW);
	unmap_and_tlbi(scene, VA);
	unmap_and_tlbi(scene, VA2);
	unmap_and_tlbi(scene, 0x3000);
	RUN(scene, smmu_cmd_atc_inv(2, true, 1, 0x3000, 1), SYNC); /* 0x2000 to 0x3fff */
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE));
	EXPECT(scene, pasid(2, 1, VA2), UNMAPPED);
	EXPECT(scene, pasid(2, 1, 0x3000), UNMAPPED);
}

static void atc_inv_global_takes_every_pasid_of_the_stream(void **state)
{
	struct scene *scene = *state;
	struct smmu_command global = ATC_INV_SSID(2, 7);

	remap(scene, ROOT1, VA, 0);
	remap(scene, ROOT0, VA, 0);
	RUN(scene, TLBI_ALL, SYNC);
	global.word[0] |= SMMU_CMD0_GLOBAL;
	RUN(scene, global, SYNC);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED);
	EXPECT(scene, pasid(2, 2, VA), UNMAPPED);
	EXPECT(scene, pasid(3, 1, VA), UNMAPPED, rw(PAGE));
}

/* PCIe 6.2, 10.3.8 */
static void atc_inv_without_pasid_takes_entries_with_one_too(void **state)
{
	struct scene *scene = *state;

	unmap_and_tlbi(scene, VA);
	RUN(scene, ATC_INV_SSID(1, 0), ATC_INV(3), SYNC);
	EXPECT(scene, plain(1, VA), UNMAPPED, rw(PAGE));
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE));
	RUN(scene, ATC_INV(1), ATC_INV(2), SYNC);
	EXPECT(scene, plain(1, VA), UNMAPPED);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED);
}

static void tlbi_and_cfgi_leave_the_atc(void **state)
{
	struct scene *scene = *state;

	unmap_and_tlbi(scene, VA);
	RUN(scene, TLBI_ALL, smmu_cmd_cfgi_all(), SYNC);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE));
}

/* What can be in an ATC at all. */

static void disabling_ats_empties_one_atc(void **state)
{
	struct scene *scene = *state;

	unmap_and_tlbi(scene, VA);
	smmu_stream_set_ats(scene->smmu, STREAM_2, false);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED);
	EXPECT(scene, pasid(3, 1, VA), UNMAPPED, rw(PAGE));
	smmu_stream_set_ats(scene->smmu, STREAM_2, true);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED);
}

static void a_disabled_atc_holds_nothing(void **state)
{
	struct scene *scene = *state;

	smmu_stream_set_ats(scene->smmu, STREAM_2, false);
	unmap_and_tlbi(scene, VA);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED);
	assert_int_equal(stale(scene).num_atc, 2);
}

static void a_stream_without_eats_holds_nothing(void **state)
{
	struct scene *scene = *state;

	store(scene, ste_at(2) + 8, 0);
	RUN(scene, CFGI_STE(2), SYNC, ATC_INV_SSID(2, 1), ATC_INV_SSID(2, 2), SYNC);
	unmap_and_tlbi(scene, VA);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED);
}

static void an_old_eats_still_lets_the_atc_fill(void **state)
{
	struct scene *scene = *state;

	store(scene, ste_at(2) + 8, 0);
	unmap_and_tlbi(scene, VA);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE));
}

static void a_page_without_user_rights_is_not_in_an_atc(void **state)
{
	struct scene *scene = *state;

	/* 3.9.1: a completion with R = W = 0 leaves nothing. */
	remap(scene, ROOT0, 0x5000, (PAGE4 | LEAF_RW) & ~SMMU_BIT(6));
	unmap_and_tlbi(scene, 0x5000);
	assert_int_equal(stale(scene).num_atc, 0);
}

static void leaves_below_an_unlinked_table_are_in_the_atc(void **state)
{
	struct scene *scene = *state;

	remap_at(scene, ROOT0, VA, 2, 0);
	RUN(scene, TLBI_ASID(1), SYNC);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE));
	EXPECT(scene, pasid(2, 1, VA2), UNMAPPED, rw(PAGE2));
	RUN(scene, ATC_INV_PAGE(2, 1, VA), SYNC);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED);
	EXPECT(scene, pasid(2, 1, VA2), UNMAPPED, rw(PAGE2));
}

static void atc_entries_hold_their_pages(void **state)
{
	struct scene *scene = *state;

	unmap_and_tlbi(scene, VA);
	assert_true(smmu_frame_held(scene->smmu, PAGE, 4096));
	RUN(scene, ATC_INV(1), ATC_INV_SSID(2, 1), ATC_INV_SSID(3, 1), SYNC);
	assert_false(smmu_frame_held(scene->smmu, PAGE, 4096));
}

static void an_atc_entry_of_a_block_holds_every_frame_of_it(void **state)
{
	struct scene *scene = *state;

	remap_at(scene, ROOT0, FAR_VA, 2, 0x40000000ull | BLOCK_RW);
	remap_at(scene, ROOT0, FAR_VA, 2, 0);
	RUN(scene, TLBI_ASID(1), SYNC);
	assert_true(smmu_frame_held(scene->smmu, PAGE4, 4096));
	assert_false(smmu_frame_held(scene->smmu, 0x40200000, 4096));
}

/* Trees whose configuration went. */

static void an_unbind_leaves_the_tree_in_the_atc(void **state)
{
	struct scene *scene = *state;

	store(scene, cd_at(2), 0);
	RUN(scene, CFGI_CD(2, 2), CFGI_CD(3, 2), SYNC, TLBI_ASID(2), SYNC);
	EXPECT(scene, pasid(2, 2, VA), BAD_CD, rw(PAGE3));
	assert_true(smmu_frame_held(scene->smmu, ROOT1, 4096));
	RUN(scene, ATC_INV_SSID(2, 2), SYNC);
	EXPECT(scene, pasid(2, 2, VA), BAD_CD);
	EXPECT(scene, pasid(3, 2, VA), BAD_CD, rw(PAGE3));
	RUN(scene, ATC_INV_SSID(3, 2), SYNC);
	expect_nothing_stale(scene);
}

static void atc_inv_in_the_batch_of_its_cfgi_is_early(void **state)
{
	struct scene *scene = *state;
	bool early = false;

	store(scene, cd_at(2), 0);
	RUN(scene, CFGI_CD(2, 2), CFGI_CD(3, 2), ATC_INV_SSID(2, 2), SYNC, TLBI_ASID(2), SYNC);
	EXPECT(scene, pasid(2, 2, VA), BAD_CD, rw(PAGE3));
	for (unsigned i = 0; i < stale(scene).num_frozen; i++) {
		assert_false(stale(scene).frozen[i].tlb);
		assert_int_equal(stale(scene).frozen[i].early,
				 stale(scene).frozen[i].stream == STREAM_2);
		early |= stale(scene).frozen[i].early;
	}
	assert_true(early);
	RUN(scene, ATC_INV_SSID(2, 2), SYNC);
	EXPECT(scene, pasid(2, 2, VA), BAD_CD);
}

static void a_pasid_that_is_reused_finds_the_old_atc(void **state)
{
	struct scene *scene = *state;

	store(scene, cd_at(2), 0);
	RUN(scene, CFGI_CD(2, 2), CFGI_CD(3, 2), SYNC, TLBI_ASID(2), SYNC);
	store_cd(scene, cd_at(2), cd0_asid(9), ROOT2);
	RUN(scene, CFGI_CD(2, 2), CFGI_CD(3, 2), SYNC);
	EXPECT(scene, pasid(2, 2, VA), UNMAPPED, rw(PAGE3));
	EXPECT(scene, pasid(2, 2, VA2), UNMAPPED);
}

static void a_pte_change_turns_a_frozen_atc_tree_into_pages(void **state)
{
	struct scene *scene = *state;

	store(scene, cd_at(2), 0);
	RUN(scene, CFGI_CD(2, 2), CFGI_CD(3, 2), SYNC, TLBI_ASID(2), SYNC);
	remap(scene, ROOT1, VA, PAGE4 | LEAF_RW);
	remap(scene, ROOT1, VA2, PAGE4 | LEAF_RW);
	EXPECT(scene, pasid(2, 2, VA), BAD_CD, rw(PAGE3));
	EXPECT(scene, pasid(2, 2, VA2), BAD_CD);
	assert_int_equal(stale(scene).num_frozen, 0);
	RUN(scene, ATC_INV_PAGE(2, 2, VA), SYNC);
	EXPECT(scene, pasid(2, 2, VA), BAD_CD);
}

static void a_table_unlinked_from_a_frozen_atc_tree_leaves_its_pages(void **state)
{
	struct scene *scene = *state;

	store(scene, cd_at(2), 0);
	RUN(scene, CFGI_CD(2, 2), CFGI_CD(3, 2), SYNC, TLBI_ASID(2), SYNC);
	remap_at(scene, ROOT1, VA, 2, 0);
	EXPECT(scene, pasid(2, 2, VA), BAD_CD, rw(PAGE3));
	RUN(scene, ATC_INV_SSID(2, 2), SYNC);
	EXPECT(scene, pasid(2, 2, VA), BAD_CD);
}

static void a_frozen_atc_tree_loses_single_pages(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT1, VA2, PAGE2 | LEAF_RW);
	store(scene, cd_at(2), 0);
	RUN(scene, CFGI_CD(2, 2), CFGI_CD(3, 2), SYNC, TLBI_ASID(2), SYNC);
	RUN(scene, ATC_INV_PAGE(2, 2, VA), SYNC);
	EXPECT(scene, pasid(2, 2, VA), BAD_CD);
	EXPECT(scene, pasid(2, 2, VA2), BAD_CD, rw(PAGE2));
}

static void disabling_ats_drops_frozen_trees(void **state)
{
	struct scene *scene = *state;

	store(scene, cd_at(2), 0);
	RUN(scene, CFGI_CD(2, 2), CFGI_CD(3, 2), SYNC, TLBI_ASID(2), SYNC);
	smmu_stream_set_ats(scene->smmu, STREAM_2, false);
	EXPECT(scene, pasid(2, 2, VA), BAD_CD);
	EXPECT(scene, pasid(3, 2, VA), BAD_CD, rw(PAGE3));
}

static void too_many_atc_entries_are_reported(void **state)
{
	struct scene *scene = *state;

	for (uint64_t i = 0; !stale(scene).overflow && i <= SMMU_MAX_HELD_ATC; i++) {
		remap(scene, ROOT0, VA, (PAGE + 4096 * i) | LEAF_RW);
		RUN(scene, TLBI_ASID(1), SYNC);
	}
	assert_int_equal(stale(scene).num_tlb, 0);
	assert_int_equal(stale(scene).num_atc, SMMU_MAX_HELD_ATC);
	assert_true(stale(scene).overflow);
}

/* A stale TLB that an ATC can be filled from only later. */

static void an_atc_enabled_late_fills_from_a_stale_tlb(void **state)
{
	struct scene *scene = *state;

	/* D-7: the ATC comes on between the store and the TLBI. */
	smmu_stream_set_ats(scene->smmu, STREAM_2, false);
	remap(scene, ROOT0, VA, 0);
	smmu_stream_set_ats(scene->smmu, STREAM_2, true);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE));
	RUN(scene, TLBI_VA(1, VA), SYNC);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE));
	RUN(scene, ATC_INV_SSID(2, 1), SYNC);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED);
}

static void an_atc_enabled_late_fills_through_a_stale_table(void **state)
{
	struct scene *scene = *state;

	smmu_stream_set_ats(scene->smmu, STREAM_2, false);
	remap_at(scene, ROOT0, VA, 2, 0);
	RUN(scene, TLBI_LEAF(1, VA), TLBI_LEAF(1, VA2), SYNC);
	smmu_stream_set_ats(scene->smmu, STREAM_2, true);
	RUN(scene, TLBI_VA(1, VA), SYNC);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE));
	EXPECT(scene, pasid(2, 1, VA2), UNMAPPED, rw(PAGE2));
	RUN(scene, ATC_INV_SSID(2, 1), SYNC);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED);
}

static void a_new_bond_with_a_stale_asid_fills_its_atc(void **state)
{
	struct scene *scene = *state;

	/* D-5: ASID 2 is reused before its TLBI. */
	store(scene, cd_at(2), 0);
	RUN(scene, CFGI_CD(2, 2), CFGI_CD(3, 2), SYNC);
	store_cd(scene, cd_at(5), cd0_asid(2), ROOT2);
	RUN(scene, CFGI_CD(2, 5), CFGI_CD(3, 5), SYNC);
	EXPECT(scene, pasid(2, 5, VA), UNMAPPED, rw(PAGE3));
	RUN(scene, TLBI_ASID(2), SYNC);
	EXPECT(scene, pasid(2, 5, VA), UNMAPPED, rw(PAGE3));
	RUN(scene, ATC_INV_SSID(2, 5), SYNC);
	EXPECT(scene, pasid(2, 5, VA), UNMAPPED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ATC(an_old_translation_is_in_the_atc_of_every_user),
		ATC(the_atc_of_an_untouched_address_space_is_empty),
		ATC(tlbi_sync_atc_inv_sync_empties_it),
		ATC(atc_inv_in_the_batch_of_its_tlbi_is_refilled),
		ATC(atc_inv_before_the_tlbi_is_refilled),
		ATC(atc_inv_before_the_store_removes_nothing),
		ATC(a_stale_walk_cache_refills_too),
		ATC(atc_inv_of_another_stream_pasid_or_range_leaves_it),
		ATC(atc_inv_by_range_takes_its_pages_alone),
		ATC(atc_inv_global_takes_every_pasid_of_the_stream),
		ATC(atc_inv_without_pasid_takes_entries_with_one_too),
		ATC(tlbi_and_cfgi_leave_the_atc),
		ATC(disabling_ats_empties_one_atc),
		ATC(a_disabled_atc_holds_nothing),
		ATC(a_stream_without_eats_holds_nothing),
		ATC(an_old_eats_still_lets_the_atc_fill),
		ATC(a_page_without_user_rights_is_not_in_an_atc),
		ATC(leaves_below_an_unlinked_table_are_in_the_atc),
		ATC(atc_entries_hold_their_pages),
		ATC(an_atc_entry_of_a_block_holds_every_frame_of_it),
		ATC(an_unbind_leaves_the_tree_in_the_atc),
		ATC(atc_inv_in_the_batch_of_its_cfgi_is_early),
		ATC(a_pasid_that_is_reused_finds_the_old_atc),
		ATC(a_pte_change_turns_a_frozen_atc_tree_into_pages),
		ATC(a_table_unlinked_from_a_frozen_atc_tree_leaves_its_pages),
		ATC(a_frozen_atc_tree_loses_single_pages),
		ATC(disabling_ats_drops_frozen_trees),
		ATC(too_many_atc_entries_are_reported),
		ATC(an_atc_enabled_late_fills_from_a_stale_tlb),
		ATC(an_atc_enabled_late_fills_through_a_stale_table),
		ATC(a_new_bond_with_a_stale_asid_fills_its_atc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
