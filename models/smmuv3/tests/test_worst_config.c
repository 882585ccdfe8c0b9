/* SPDX-License-Identifier: MIT */
/*
 * Contract: the worst-case caches hold old words of STEs, CDs and their level-1 descriptors from
 * the moment that hardware could have read them, in any mix (3.21.3), until a CFGI that covers
 * them and a CMD_SYNC behind it (4.3), and hold nothing else.
 * Run: ctest -R smmuv3.test_worst_config
 */
#include "worst_scene.h"

#define BAD_CD	fault(SMMU_C_BAD_CD)
#define BAD_STE fault(SMMU_C_BAD_STE)

/* What enters. */

/* One context a stream, and of this kind. */
static void expect_every_stream(struct scene *scene, uint8_t kind)
{
	struct smmu_contexts contexts = smmu_contexts(scene->smmu);
	unsigned streams = 0;

	assert_int_equal(contexts.count, NUM_STREAMS);
	for (unsigned i = 0; i < contexts.count; i++) {
		streams |= 1u << contexts.context[i].stream;
		assert_int_equal(contexts.context[i].kind, kind);
		assert_false(contexts.context[i].held);
	}
	assert_int_equal(streams, (1u << NUM_STREAMS) - 1);
}

static void nothing_enters_with_smmuen_0(void **state)
{
	struct scene *scene = *state;

	set_smmuen(scene, false);
	RUN(scene, smmu_cmd_cfgi_all(), TLBI_ALL, SYNC);
	store_cd(scene, cd_at(3), cd0_asid(3), ROOT1);
	store_ste(scene, 1, STE0_ABORT, 0);
	remap(scene, ROOT0, VA, PAGE4 | LEAF_RW);
	expect_every_stream(scene, SMMU_CTX_BYPASS);
	expect_nothing_stale(scene);
	EXPECT(scene, pasid(2, 3, VA), rw(VA)); /* GBPA: bypass */
	set_smmuen(scene, true);
	expect_nothing_stale(scene);
	EXPECT(scene, pasid(2, 3, VA), rw(PAGE3));
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE4));
	EXPECT(scene, plain(1, VA), fault(0)); /* abort, silently */
}

static void gbpa_decides_with_smmuen_0(void **state)
{
	struct scene *scene = *state;

	set_smmuen(scene, false);
	RUN(scene, smmu_cmd_cfgi_all(), TLBI_ALL, SYNC);
	smmu_reg_write(scene->smmu, SMMU_REG_GBPA, 4, SMMU_GBPA_UPDATE | SMMU_GBPA_ABORT);
	expect_every_stream(scene, SMMU_CTX_ABORT);
	EXPECT(scene, plain(1, VA), fault(0));
	smmu_reg_write(scene->smmu, SMMU_REG_GBPA, 4, SMMU_GBPA_UPDATE);
	expect_every_stream(scene, SMMU_CTX_BYPASS);
	EXPECT(scene, plain(1, VA), rw(VA));
	expect_nothing_stale(scene);
}

static void cds_that_a_device_cannot_select_hold_nothing(void **state)
{
	struct scene *scene = *state;

	smmu_stream_set_ssid_bits(scene->smmu, STREAM_2, 1); /* 0 and 1 */
	assert_int_equal(stale(scene).num_words, 0);
	store(scene, cd_at(2), 0);
	assert_int_equal(stale(scene).num_words, 1); /* of SID 3 */
	store(scene, cd_at(1), 0);
	assert_int_equal(stale(scene).num_words, 3);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), BAD_CD);
	EXPECT(scene, pasid(3, 2, VA), rw(PAGE3), BAD_CD);
}

static void a_bind_without_cfgi_leaves_the_fault_possible(void **state)
{
	struct scene *scene = *state;

	store_cd(scene, cd_at(3), cd0_asid(3), ROOT1);
	assert_true(possible(scene, pasid(2, 3, VA), rw(PAGE3)));
	assert_true(possible(scene, pasid(2, 3, VA), BAD_CD));
	RUN(scene, CFGI_CD(2, 3), SYNC);
	EXPECT(scene, pasid(2, 3, VA), rw(PAGE3));
	assert_true(possible(scene, pasid(3, 3, VA), BAD_CD));
}

static void an_unbind_without_cfgi_leaves_the_translation_possible(void **state)
{
	struct scene *scene = *state;

	store(scene, cd_at(1), 0);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), BAD_CD);
	EXPECT(scene, pasid(2, 1, FAR_VA), fault(SMMU_F_TRANSLATION), BAD_CD);
	RUN(scene, CFGI_CD(2, 1), CFGI_CD(3, 1), SYNC);
	EXPECT(scene, pasid(2, 1, VA), BAD_CD);
	EXPECT(scene, pasid(3, 1, VA), BAD_CD);
}

static void unreachable_memory_holds_nothing(void **state)
{
	struct scene *scene = *state;

	store_cd(scene, CDTAB_B + 64, cd0_asid(1), ROOT0);
	store_cd(scene, cd_at(1 << CD_LOG2), cd0_asid(1), ROOT0); /* one CD past the table */
	store_ste(scene, 16, STE0_BYPASS, 0);			  /* one STE past the table */
	store_ste(scene, 4, STE0_BYPASS, 0); /* nobody sends with this StreamID */
	expect_nothing_stale(scene);
}

static void words_that_no_decoder_looks_at_hold_nothing(void **state)
{
	struct scene *scene = *state;

	store(scene, ste_at(2) + 56, 1);
	store(scene, cd_at(1) + 56, 1);
	assert_int_equal(stale(scene).num_words, 0);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE));
}

static void a_table_filled_before_its_pointer_holds_nothing(void **state)
{
	struct scene *scene = *state;

	/* 3.21.3.1, the note: no CFGI_CD is needed for what could not have been fetched. */
	store_cd(scene, CDTAB_B + 3 * 64, cd0_asid(3), ROOT1);
	store(scene, ste_at(2), STE0_OTHER_TABLE);
	RUN(scene, CFGI_STE(2), SYNC);
	assert_int_equal(stale(scene).num_words, 0);
	EXPECT(scene, pasid(2, 3, VA), rw(PAGE3));
	/* From now on it counts. */
	store(scene, CDTAB_B + 3 * 64, 0);
	EXPECT(scene, pasid(2, 3, VA), rw(PAGE3), BAD_CD);
	EXPECT(scene, pasid(3, 3, VA), BAD_CD);
}

static void a_table_that_only_a_held_ste_reaches_still_counts(void **state)
{
	struct scene *scene = *state;

	store(scene, ste_at(2), STE0_OTHER_TABLE);
	store(scene, cd_at(1), 0);
	assert_true(possible(scene, pasid(2, 1, VA), rw(PAGE)));
	store_cd(scene, cd_at(4), cd0_asid(4), ROOT1);
	assert_true(possible(scene, pasid(2, 4, VA), rw(PAGE3)));
	RUN(scene, CFGI_STE(2), SYNC);
	assert_false(possible(scene, pasid(2, 1, VA), rw(PAGE)));
	assert_false(possible(scene, pasid(2, 4, VA), rw(PAGE3)));
}

static void a_failed_fetch_is_not_cached(void **state)
{
	struct scene *scene = *state;

	set_smmuen(scene, false);
	RUN(scene, smmu_cmd_cfgi_all(), TLBI_ALL, SYNC);
	scene->bad_pa = cd_at(2);
	set_smmuen(scene, true);
	EXPECT(scene, pasid(2, 2, VA), fault(SMMU_F_CD_FETCH));
	scene->bad_pa = 0;
	EXPECT(scene, pasid(2, 2, VA), rw(PAGE3));
	expect_nothing_stale(scene);
}

/* Mixes: 64-bit pieces, read in any order. */

static void a_torn_cd_translates_by_its_mix(void **state)
{
	struct scene *scene = *state;

	store(scene, cd_at(1), cd0_asid(7));
	store(scene, cd_at(1) + 8, ROOT1);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), rw(PAGE3));
	RUN(scene, CFGI_CD(2, 1), CFGI_CD(3, 1), SYNC);
	/* ASID 7 met the old root: the TLBs may have seen that. */
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), rw(PAGE3));
	RUN(scene, TLBI_ASID(7), SYNC);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE3));
}

static void every_asid_meets_every_root_in_a_torn_cd(void **state)
{
	struct scene *scene = *state;
	struct smmu_contexts contexts;
	unsigned seen = 0;

	store(scene, cd_at(1), cd0_asid(7));
	store(scene, cd_at(1) + 8, ROOT1);
	contexts = smmu_contexts(scene->smmu);
	for (unsigned i = 0; i < contexts.count; i++) {
		const struct smmu_context *context = &contexts.context[i];

		if (context->stream != STREAM_2 || !context->ssv || context->ssid != 1)
			continue;
		assert_int_equal(context->kind, SMMU_CTX_S1);
		assert_int_equal(context->held, context->s1.asid != 7 || context->s1.ttb0 != ROOT1);
		seen |= 1u << ((context->s1.asid == 7) + 2 * (context->s1.ttb0 == ROOT1));
	}
	assert_int_equal(seen, 15);
}

static void v_before_the_root_can_walk_from_a_null_root(void **state)
{
	struct scene *scene = *state;

	store(scene, cd_at(3), cd0_asid(3));
	store(scene, cd_at(3) + 8, ROOT1);
	EXPECT(scene, pasid(2, 3, VA), rw(PAGE3), BAD_CD, fault(SMMU_F_WALK_EABT));
}

static void even_v_last_can_be_read_first_unless_the_root_is_synced(void **state)
{
	struct scene *scene = *state;

	/* 3.21.3.1: the SMMU need not read the word with V last. */
	store(scene, cd_at(3) + 8, ROOT1);
	store(scene, cd_at(3), cd0_asid(3));
	assert_true(possible(scene, pasid(2, 3, VA), fault(SMMU_F_WALK_EABT)));
	store(scene, cd_at(4) + 8, ROOT1);
	RUN(scene, CFGI_CD(2, 4), SYNC);
	store(scene, cd_at(4), cd0_asid(4));
	EXPECT(scene, pasid(2, 4, VA), rw(PAGE3), BAD_CD);
}

static void a_torn_ste_meets_old_words_with_new_ones(void **state)
{
	struct scene *scene = *state;

	/* From substream 0 = no substream to bypass without one. */
	store_cd(scene, cd_at(0), cd0_asid(9), ROOT0);
	store(scene, ste_at(2) + 8, smmu_put(SMMU_STE1_S1DSS, SMMU_STE1_S1DSS_SSID0));
	RUN(scene, CFGI_STE(2), CFGI_STE(3), SYNC);
	EXPECT(scene, plain(2, VA), rw(PAGE));
	store(scene, ste_at(2) + 8, smmu_put(SMMU_STE1_S1DSS, SMMU_STE1_S1DSS_BYPASS));
	store(scene, ste_at(2), STE0_ABORT);
	EXPECT(scene, plain(2, VA), rw(PAGE), rw(VA), fault(0));
	RUN(scene, CFGI_STE(2), SYNC);
	EXPECT(scene, plain(2, VA), fault(0));
}

static void every_value_in_between_stays_possible(void **state)
{
	struct scene *scene = *state;

	store(scene, cd_at(1) + 8, ROOT1);
	store(scene, cd_at(1) + 8, ROOT2);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), rw(PAGE3), fault(SMMU_F_TRANSLATION));
	store(scene, cd_at(1) + 8, ROOT0); /* back to the first */
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), rw(PAGE3), fault(SMMU_F_TRANSLATION));
	RUN(scene, CFGI_CD(2, 1), CFGI_CD(3, 1), SYNC);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), rw(PAGE3)); /* ASID 1 met ROOT1 */
	RUN(scene, TLBI_ASID(1), SYNC);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE));
}

/* What leaves, and when. */

static void cfgi_without_sync_removes_nothing(void **state)
{
	struct scene *scene = *state;

	store(scene, cd_at(1), 0);
	RUN(scene, CFGI_CD(2, 1));
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), BAD_CD);
	RUN(scene, SYNC);
	EXPECT(scene, pasid(2, 1, VA), BAD_CD);
}

static void sync_without_cfgi_removes_nothing(void **state)
{
	struct scene *scene = *state;

	store(scene, cd_at(1), 0);
	RUN(scene, TLBI_ALL, SYNC, SYNC);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), BAD_CD);
}

static void cfgi_before_the_store_removes_nothing(void **state)
{
	struct scene *scene = *state;

	RUN(scene, CFGI_CD(2, 1));
	store(scene, cd_at(1), 0);
	RUN(scene, SYNC);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), BAD_CD);
	/* Nor does an earlier CFGI count for a later SYNC. */
	RUN(scene, SYNC);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), BAD_CD);
}

static void a_value_that_was_stored_again_needs_a_cfgi_again(void **state)
{
	struct scene *scene = *state;

	store(scene, cd_at(1), 0);
	RUN(scene, CFGI_CD(2, 1));
	store(scene, cd_at(1), cd0_asid(1));
	store(scene, cd_at(1), 0);
	RUN(scene, SYNC);
	assert_true(possible(scene, pasid(2, 1, VA), rw(PAGE)));
}

static void cfgi_cd_leaves_the_other_stream_of_a_shared_table(void **state)
{
	struct scene *scene = *state;

	/* 4.3.3: a cached CD is local to the StreamID that located it. */
	store(scene, cd_at(1), 0);
	RUN(scene, CFGI_CD(2, 1), SYNC);
	EXPECT(scene, pasid(2, 1, VA), BAD_CD);
	EXPECT(scene, pasid(3, 1, VA), rw(PAGE), BAD_CD);
}

static void cfgi_cd_leaves_other_cds(void **state)
{
	struct scene *scene = *state;

	store(scene, cd_at(1), 0);
	store(scene, cd_at(2), 0);
	RUN(scene, CFGI_CD(2, 2), SYNC);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), BAD_CD);
	EXPECT(scene, pasid(2, 2, VA), BAD_CD);
	RUN(scene, smmu_cmd_cfgi_cd_all(3), SYNC);
	EXPECT(scene, pasid(3, 1, VA), BAD_CD);
	EXPECT(scene, pasid(3, 2, VA), BAD_CD);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), BAD_CD);
}

static void cfgi_cd_does_not_cover_the_ste(void **state)
{
	struct scene *scene = *state;

	store(scene, ste_at(1), STE0_ABORT);
	RUN(scene, CFGI_CD(1, 0), smmu_cmd_cfgi_cd_all(1), SYNC);
	EXPECT(scene, plain(1, VA), rw(PAGE), fault(0));
}

static void cfgi_ste_covers_the_cds_below(void **state)
{
	struct scene *scene = *state;

	store(scene, cd_at(1), 0);
	store(scene, cd_at(2), 0);
	RUN(scene, CFGI_STE(2), SYNC);
	EXPECT(scene, pasid(2, 1, VA), BAD_CD);
	EXPECT(scene, pasid(2, 2, VA), BAD_CD);
	EXPECT(scene, pasid(3, 1, VA), rw(PAGE), BAD_CD);
}

static void cfgi_ste_range_spans_an_aligned_power_of_two(void **state)
{
	struct scene *scene = *state;

	for (uint32_t sid = 1; sid <= 3; sid++)
		store(scene, ste_at(sid), STE0_BYPASS);
	RUN(scene, cfgi_ste_range(3, 0), SYNC); /* 2 and 3 */
	EXPECT(scene, plain(1, VA), rw(PAGE), rw(VA));
	EXPECT(scene, plain(2, VA), rw(VA));
	EXPECT(scene, plain(3, VA), rw(VA));
	RUN(scene, cfgi_ste_range(3, 1), SYNC); /* 0 to 3 */
	EXPECT(scene, plain(1, VA), rw(VA));
}

static void cfgi_all_covers_everything(void **state)
{
	struct scene *scene = *state;

	store(scene, cd_at(1), 0);
	for (uint32_t sid = 1; sid <= 3; sid++)
		store(scene, ste_at(sid), STE0_BYPASS);
	RUN(scene, smmu_cmd_cfgi_all(), SYNC);
	assert_int_equal(stale(scene).num_words, 0);
}

static void configuration_survives_tlb_and_atc_commands(void **state)
{
	struct scene *scene = *state;

	store(scene, cd_at(1), 0);
	RUN(scene, TLBI_ALL, ATC_INV_SSID(2, 1), TLBI_ASID(1), SYNC);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), BAD_CD);
}

/* Fields that a context is made of. */

static void an_old_s1dss_stays_possible(void **state)
{
	struct scene *scene = *state;

	EXPECT(scene, plain(2, VA), fault(SMMU_F_STREAM_DISABLED));
	store(scene, ste_at(2) + 8, smmu_put(SMMU_STE1_S1DSS, SMMU_STE1_S1DSS_BYPASS));
	EXPECT(scene, plain(2, VA), fault(SMMU_F_STREAM_DISABLED), rw(VA));
	RUN(scene, CFGI_STE(2), SYNC);
	EXPECT(scene, plain(2, VA), rw(VA));
}

static void an_invalid_ste_stays_possible(void **state)
{
	struct scene *scene = *state;

	store(scene, ste_at(1), 0);
	EXPECT(scene, plain(1, VA), rw(PAGE), BAD_STE);
	RUN(scene, CFGI_STE(1), SYNC);
	EXPECT(scene, plain(1, VA), BAD_STE);
	store(scene, ste_at(1), STE0_SINGLE);
	EXPECT(scene, plain(1, VA), rw(PAGE), BAD_STE);
}

static void a_table_that_shrinks_is_reachable_as_a_whole_until_cfgi(void **state)
{
	struct scene *scene = *state;

	store(scene, ste_at(2), STE0_S1(1, 0));
	store(scene, cd_at(4) + 8, ROOT1);
	store(scene, cd_at(4), cd0_asid(4));
	assert_true(possible(scene, pasid(2, 4, VA), rw(PAGE3)));
	store(scene, cd_at(4), 0);
	store(scene, ste_at(2) + 8, 0); /* work everything out again */
	assert_true(possible(scene, pasid(2, 4, VA), rw(PAGE3)));
	RUN(scene, CFGI_STE(2), SYNC);
	EXPECT(scene, pasid(2, 4, VA), fault(SMMU_C_BAD_SUBSTREAMID));
}

/* An old STE decides about every substream (5.2). */

static void an_old_abort_ste_stays_possible_for_substreams(void **state)
{
	struct scene *scene = *state;

	store(scene, ste_at(2), STE0_ABORT);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), fault(0));
	RUN(scene, CFGI_STE(2), SYNC);
	EXPECT(scene, pasid(2, 1, VA), fault(0));
	store(scene, ste_at(2), STE0_TABLE);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), fault(0));
}

static void an_old_invalid_ste_stays_possible_for_substreams(void **state)
{
	struct scene *scene = *state;

	store(scene, ste_at(2), 0);
	RUN(scene, CFGI_STE(2), SYNC);
	store(scene, ste_at(2), STE0_TABLE);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), BAD_STE);
	RUN(scene, CFGI_STE(2), SYNC);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE));
}

static void an_old_bypass_ste_stays_possible_for_substreams(void **state)
{
	struct scene *scene = *state;

	store(scene, ste_at(2), STE0_BYPASS);
	RUN(scene, CFGI_STE(2), SYNC);
	store(scene, ste_at(2), STE0_TABLE);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), fault(SMMU_C_BAD_SUBSTREAMID));
}

static void an_old_smaller_table_stays_possible_for_substreams(void **state)
{
	struct scene *scene = *state;

	store_cd(scene, cd_at(4), cd0_asid(4), ROOT1);
	store(scene, ste_at(2), STE0_S1(1, 0));
	RUN(scene, CFGI_STE(2), CFGI_STE(3), SYNC);
	store(scene, ste_at(2), STE0_TABLE);
	EXPECT(scene, pasid(2, 4, VA), rw(PAGE3), fault(SMMU_C_BAD_SUBSTREAMID));
}

static void an_old_empty_table_stays_possible(void **state)
{
	struct scene *scene = *state;

	store(scene, ste_at(2), STE0_OTHER_TABLE);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), BAD_CD);
	RUN(scene, CFGI_STE(2), SYNC);
	EXPECT(scene, pasid(2, 1, VA), BAD_CD);
	store(scene, ste_at(2), STE0_TABLE);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), BAD_CD);
}

static void an_old_s1dss_stays_possible_for_substream_0(void **state)
{
	struct scene *scene = *state;

	store_cd(scene, cd_at(0), cd0_asid(9), ROOT0);
	RUN(scene, CFGI_STE(2), CFGI_STE(3), SYNC);
	store(scene, ste_at(2) + 8, smmu_put(SMMU_STE1_S1DSS, SMMU_STE1_S1DSS_SSID0));
	EXPECT(scene, pasid(2, 0, VA), rw(PAGE), fault(SMMU_F_STREAM_DISABLED));
	EXPECT(scene, plain(2, VA), rw(PAGE), fault(SMMU_F_STREAM_DISABLED));
}

/* Fields of a CD other than what names its tree stay possible, too (5.4). */

static void an_old_affd_stays_possible(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT0, 0x5000, PAGE4 | LEAF_NO_AF);
	EXPECT(scene, pasid(2, 1, 0x5000), fault(SMMU_F_ACCESS));
	store(scene, cd_at(1), cd0_asid(1) | SMMU_CD0_AFFD);
	EXPECT(scene, pasid(2, 1, 0x5000), fault(SMMU_F_ACCESS), rw(PAGE4));
	store(scene, cd_at(1), cd0_asid(1));
	EXPECT(scene, pasid(2, 1, 0x5000), fault(SMMU_F_ACCESS), rw(PAGE4));
}

static void an_old_tbi_stays_possible(void **state)
{
	struct scene *scene = *state;
	uint64_t tagged = VA | 0x5aull << 56;

	EXPECT(scene, pasid(2, 1, tagged), fault(SMMU_F_TRANSLATION));
	store(scene, cd_at(1), cd0_asid(1) | SMMU_CD0_TBI0);
	EXPECT(scene, pasid(2, 1, tagged), fault(SMMU_F_TRANSLATION), rw(PAGE));
}

/* Generations. */

static void generation_moves_only_when_contexts_were_worked_out_again(void **state)
{
	struct scene *scene = *state;
	uint32_t generation = smmu_contexts(scene->smmu).generation;

	assert_int_equal(smmu_contexts(scene->smmu).generation, generation);
	possible(scene, pasid(2, 1, VA), rw(PAGE));
	stale(scene);
	smmu_frame_held(scene->smmu, PAGE, 4096);
	remap(scene, ROOT0, VA, PAGE4 | LEAF_RW);
	store(scene, PAGE, 1);
	store(scene, cd_at(1) + 56, 1);
	smmu_note_store(scene->smmu, cd_at(1), cd0_asid(1), cd0_asid(1));
	RUN(scene, TLBI_ALL, CFGI_STE(2), SYNC);
	assert_int_equal(smmu_contexts(scene->smmu).generation, generation);
	store(scene, cd_at(1), 0);
	assert_true(smmu_contexts(scene->smmu).generation > generation);
	generation = smmu_contexts(scene->smmu).generation;
	RUN(scene, CFGI_CD(2, 1));
	assert_int_equal(smmu_contexts(scene->smmu).generation, generation);
	RUN(scene, SYNC);
	assert_true(smmu_contexts(scene->smmu).generation > generation);
}

static void contexts_tell_stream_substream_and_ats(void **state)
{
	struct scene *scene = *state;
	struct smmu_contexts contexts = smmu_contexts(scene->smmu);
	unsigned s1 = 0;

	for (unsigned i = 0; i < contexts.count; i++) {
		const struct smmu_context *context = &contexts.context[i];

		assert_false(context->held);
		if (context->kind != SMMU_CTX_S1)
			continue;
		s1++;
		assert_true(context->ats);
		assert_int_equal(context->ssv, context->stream != STREAM_1);
		assert_int_equal(context->s1.asid, context->ssid == 2 ? 2 : 1);
		assert_int_equal(context->s1.ttb0, context->ssid == 2 ? ROOT1 : ROOT0);
	}
	assert_int_equal(s1, 5); /* one of SID 1, two each of SID 2 and 3 */
}

/* Overflow. */

static void too_many_values_of_a_word_are_reported(void **state)
{
	struct scene *scene = *state;

	for (unsigned i = 0; i <= SMMU_MAX_HELD_WORDS && !stale(scene).overflow; i++)
		store(scene, cd_at(1) + 8, ROOT2 + 0x1000ull * i);
	assert_true(stale(scene).overflow);
}

static void too_many_words_are_reported(void **state)
{
	struct scene *scene = *state;

	/* Without a look in between: the pool itself fills up. */
	for (unsigned i = 0; i < SMMU_MAX_HELD_WORDS / 2; i++)
		store(scene, cd_at(1) + 8, ROOT2 + 0x1000ull * i);
	RUN(scene, CFGI_CD(2, 1), CFGI_CD(3, 1), SYNC);
	assert_int_equal(stale(scene).num_words, 0);
	for (unsigned i = 0; i <= SMMU_MAX_HELD_WORDS / 2; i++)
		store(scene, cd_at(1) + 8, ROOT2 + 0x1000ull * (i + SMMU_MAX_HELD_WORDS));
	assert_true(stale(scene).overflow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORST(nothing_enters_with_smmuen_0),
		WORST(gbpa_decides_with_smmuen_0),
		WORST(cds_that_a_device_cannot_select_hold_nothing),
		WORST(a_bind_without_cfgi_leaves_the_fault_possible),
		WORST(an_unbind_without_cfgi_leaves_the_translation_possible),
		WORST(unreachable_memory_holds_nothing),
		WORST(words_that_no_decoder_looks_at_hold_nothing),
		WORST(a_table_filled_before_its_pointer_holds_nothing),
		WORST(a_table_that_only_a_held_ste_reaches_still_counts),
		WORST(a_failed_fetch_is_not_cached),
		WORST(a_torn_cd_translates_by_its_mix),
		WORST(every_asid_meets_every_root_in_a_torn_cd),
		WORST(v_before_the_root_can_walk_from_a_null_root),
		WORST(even_v_last_can_be_read_first_unless_the_root_is_synced),
		WORST(a_torn_ste_meets_old_words_with_new_ones),
		WORST(every_value_in_between_stays_possible),
		WORST(cfgi_without_sync_removes_nothing),
		WORST(sync_without_cfgi_removes_nothing),
		WORST(cfgi_before_the_store_removes_nothing),
		WORST(a_value_that_was_stored_again_needs_a_cfgi_again),
		WORST(cfgi_cd_leaves_the_other_stream_of_a_shared_table),
		WORST(cfgi_cd_leaves_other_cds),
		WORST(cfgi_cd_does_not_cover_the_ste),
		WORST(cfgi_ste_covers_the_cds_below),
		WORST(cfgi_ste_range_spans_an_aligned_power_of_two),
		WORST(cfgi_all_covers_everything),
		WORST(configuration_survives_tlb_and_atc_commands),
		WORST(an_old_s1dss_stays_possible),
		WORST(an_invalid_ste_stays_possible),
		WORST(a_table_that_shrinks_is_reachable_as_a_whole_until_cfgi),
		WORST(an_old_abort_ste_stays_possible_for_substreams),
		WORST(an_old_invalid_ste_stays_possible_for_substreams),
		WORST(an_old_bypass_ste_stays_possible_for_substreams),
		WORST(an_old_smaller_table_stays_possible_for_substreams),
		WORST(an_old_empty_table_stays_possible),
		WORST(an_old_s1dss_stays_possible_for_substream_0),
		WORST(an_old_affd_stays_possible),
		WORST(an_old_tbi_stays_possible),
		WORST(generation_moves_only_when_contexts_were_worked_out_again),
		WORST(contexts_tell_stream_substream_and_ats),
		WORST(too_many_values_of_a_word_are_reported),
		WORST(too_many_words_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
