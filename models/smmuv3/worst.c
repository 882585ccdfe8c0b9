/* SPDX-License-Identifier: MIT */
/*
 * Worst-case caches: what enters (stores that were reported) and what leaves (commands followed by
 * a completed CMD_SYNC). See worst.h for the idea, 3.21 and 16.2 for the rules.
 */
#include "regs.h"
#include "worst_mix.h"

#include <assert.h>

void smmu_worst_reset(struct smmu *smmu)
{
	struct smmu_worst *w = &smmu->worst;

	w->seq = 0;
	w->generation = 0;
	w->num_streams = 0;
	w->any_global = false;
	w->lo = UINT64_MAX;
	w->hi = 0;
	w->overflow = w->untracked = w->any_orphan = w->any_shared = w->any_dirty = w->asleep =
		false;
	w->asleep_seq = 0;
	w->num_contexts = w->num_words = w->num_tlb = w->num_atc = 0;
	w->num_frozen = w->num_pending = w->num_dirty = 0;
}

unsigned smmu_add_stream(struct smmu *smmu, uint32_t sid)
{
	struct smmu_worst *w = &smmu->worst;
	unsigned stream = w->num_streams;

	assert(stream < SMMU_MAX_STREAMS);
	w->num_streams++;
	w->stream[stream].sid = sid;
	w->stream[stream].ssid_bits = 20;
	w->stream[stream].ats_on = false;
	w->stream[stream].num_ranges = 0;
	w->stream[stream].num_s2 = 0;
	w->stream[stream].dirty = false;
	if (smmu_worst_on(smmu))
		smmu_worst_mark_stream(smmu, stream);
	return stream;
}

void smmu_stream_set_ssid_bits(struct smmu *smmu, unsigned stream, unsigned bits)
{
	assert(stream < smmu->worst.num_streams && bits <= 20);
	smmu->worst.stream[stream].ssid_bits = (uint8_t)bits;
	if (smmu_worst_on(smmu))
		smmu_worst_mark_stream(smmu, stream);
}

void smmu_stream_set_ats(struct smmu *smmu, unsigned stream, bool enabled)
{
	struct smmu_worst *w = &smmu->worst;
	unsigned keep = 0;

	smmu_worst_begin(smmu);
	assert(stream < w->num_streams);
	w->stream[stream].ats_on = enabled;
	for (unsigned i = 0; i < w->num_atc; i++)
		if (w->atc[i].stream != stream)
			w->atc[keep++] = w->atc[i];
	w->num_atc = keep;
	for (unsigned i = w->num_frozen; i-- > 0;)
		if (!w->frozen[i].tlb && w->frozen[i].stream == stream)
			smmu_worst_drop_frozen(smmu, i);
}

/* Entering: configuration words. */

void smmu_worst_hold_word(struct smmu *smmu, const struct smmu_held_word *word)
{
	struct smmu_worst *w = &smmu->worst;

	for (unsigned i = 0; i < w->num_words; i++) {
		struct smmu_held_word *held = &w->word[i];

		if (held->pa == word->pa && held->stream == word->stream &&
		    held->value == word->value && held->index == word->index &&
		    held->kind == word->kind) {
			held->seq = w->seq;
			held->orphan |= word->orphan;
			return;
		}
	}
	if (w->num_words == SMMU_MAX_HELD_WORDS) {
		w->overflow = true;
		return;
	}
	w->word[w->num_words] = *word;
	w->word[w->num_words++].seq = w->seq;
}

static void hold_word(struct smmu *smmu, unsigned stream, const struct smmu_range *range,
		      uint64_t pa, uint64_t old_value)
{
	struct smmu_held_word word = {
		.pa = pa,
		.value = old_value,
		.index = range->index,
		.span = range->span,
		.stream = (uint8_t)stream,
		.kind = range->kind,
	};

	if (range->kind == SMMU_WORD_CD)
		word.index += (uint32_t)((pa - range->lo) / (SMMU_CD_WORDS * 8));
	smmu_worst_hold_word(smmu, &word);
}

static void note_in_range(struct smmu *smmu, unsigned stream, const struct smmu_range *range,
			  uint64_t pa, uint64_t old_value)
{
	if (!smmu_worst_word_matters(smmu, range->kind, pa - range->lo))
		return;
	hold_word(smmu, stream, range, pa, old_value);
	if (smmu_mix_is_inert(smmu, stream, range->kind, pa))
		return;
	if (range->kind == SMMU_WORD_CD)
		smmu_worst_mark_pair(smmu, stream,
				     range->index +
					     (uint32_t)((pa - range->lo) / (SMMU_CD_WORDS * 8)));
	else
		smmu_worst_mark_stream(smmu, stream);
}

/* The word is part of a structure that the stream may read: hold it and mark what it changes. Two
 * L1CDs may lead to one table: then it is part of several. */
static bool note_word(struct smmu *smmu, unsigned stream, uint64_t pa, uint64_t old_value)
{
	struct smmu_worst *w = &smmu->worst;
	bool found = false;

	for (unsigned r = 0; r < w->stream[stream].num_ranges; r++) {
		const struct smmu_range *range = &w->stream[stream].range[r];

		if (pa < range->lo || pa >= range->hi)
			continue;
		note_in_range(smmu, stream, range, pa, old_value);
		if (!w->any_shared)
			return true;
		found = true;
	}
	return found;
}

void smmu_note_store(struct smmu *smmu, uint64_t pa, uint64_t old_value, uint64_t new_value)
{
	struct smmu_worst *w = &smmu->worst;

	smmu_worst_begin(smmu);
	if (!smmu_worst_on(smmu) || old_value == new_value)
		return;
	w->seq++;
	if (!w->any_dirty && (pa < w->lo || pa >= w->hi))
		return;
	if (w->asleep) {
		smmu_worst_note_asleep(smmu, pa, old_value);
		return;
	}
	for (unsigned s = 0; s < w->num_streams; s++) {
		if (note_word(smmu, s, pa, old_value) || !w->stream[s].dirty)
			continue;
		/* Earlier stores may have made this memory part of a structure. */
		smmu_worst_refresh(smmu);
		note_word(smmu, s, pa, old_value);
	}
}

/* Entering: translations. */

static void note_s1(struct smmu *smmu, const struct smmu_context *context,
		    const struct smmu_place_in_tree *place)
{
	const struct smmu_worst *w = &smmu->worst;
	bool table = place->level < 3 && (place->desc & 3) == 3;
	struct smmu_walk leaf;

	smmu_worst_hold_tlb(smmu, place);
	if (table)
		smmu_worst_hold_subtree(smmu, context, true, place);
	if (!context->ats || !w->stream[context->stream].ats_on)
		return;
	if (table) {
		smmu_worst_hold_subtree(smmu, context, false, place);
		return;
	}
	leaf = smmu_leaf_decode(smmu, &context->s1, place->va, place->level, place->desc);
	smmu_worst_hold_atc_s1(smmu, context, place->va, &leaf);
}

static void note_s2(struct smmu *smmu, const struct smmu_context *context,
		    const struct smmu_change *change)
{
	const struct smmu_place_in_tree place = {
		.s2 = &context->s2,
		.va = change->va,
		.level = change->level,
		.desc = change->old_desc,
	};

	smmu_worst_hold_tlb(smmu, &place);
	if (change->level < 3 && (change->old_desc & 3) == 3)
		smmu_worst_hold_subtree(smmu, context, true, &place);
}

static bool leads_to(const struct smmu_s1 *s1, bool high, uint64_t root)
{
	return (high ? s1->ttb1 : s1->ttb0) == root && smmu_s1_walks(s1, high);
}

/* Does an entry of both stages know tables of the VMID that stage 2 need not lead to any more? */
static bool knows_tables(const struct smmu_worst *w, uint16_t vmid)
{
	for (unsigned i = 0; i < w->num_tlb; i++)
		if (w->tlb[i].stage == SMMU_HELD_BOTH && w->tlb[i].table && w->tlb[i].vmid == vmid)
			return true;
	return false;
}

/* Is the tree that has changed the one that this stage 2 may give for its root? Guests of two VMs may
 * have trees at one IPA. */
static bool may_be_read_under(struct smmu *smmu, const struct smmu_s2 *s2,
			      const struct smmu_change *change)
{
	struct smmu_ipa_ways ways;

	if (!change->placed)
		return true;
	if (!s2->on)
		return change->root == change->s2root;
	smmu_worst_ipa_ways(smmu, s2, change->root, &ways);
	for (unsigned i = 0; i < ways.count; i++)
		if (!ways.way[i].event && ways.way[i].pa == change->s2root)
			return true;
	return knows_tables(&smmu->worst, s2->vmid);
}

/* Level and address of a change are those of whoever reports it: a tree that is also read with
 * another granule or from another level has the descriptor elsewhere, and that is not followed. */
static void see_shape(struct smmu *smmu, unsigned *shape, unsigned granule, unsigned level)
{
	unsigned here = granule << 2 | level;

	if (*shape && *shape != here)
		smmu->worst.untracked = true;
	*shape = here;
}

/* Every context whose tree it is. Contexts of one tree tend to stand together: what the tables
 * above take away is asked once for them. */
static void note_contexts(struct smmu *smmu, const struct smmu_change *change)
{
	struct smmu_worst *w = &smmu->worst;
	const struct smmu_context *last = NULL;
	unsigned shape = 0;
	uint8_t limit = 0;

	for (unsigned i = 0; i < w->num_contexts; i++) {
		const struct smmu_context *context = &w->context[i];

		for (unsigned half = 0; half < 2 && context->kind == SMMU_CTX_S1; half++) {
			struct smmu_place_in_tree place = {
				.s1 = &context->s1,
				.s2 = &context->s2,
				.level = change->level,
				.desc = change->old_desc,
			};

			if (!leads_to(&context->s1, half, change->root) ||
			    !may_be_read_under(smmu, &context->s2, change) ||
			    (half && SMMU_FAULT(smmu, worst_ttb0_alone)))
				continue;
			place.va = smmu_worst_va(&context->s1, half, change->va);
			if (!last || context->s2.on || !smmu_s1_equal(&last->s1, &context->s1)) {
				see_shape(smmu, &shape, smmu_s1_granule(&context->s1, half),
					  smmu_s1_start_level(&context->s1, half));
				limit = smmu_worst_limit(smmu, &context->s1, &context->s2, place.va,
							 change->level);
			}
			last = context;
			place.limit = limit;
			note_s1(smmu, context, &place);
		}
		if (context->s2.on && context->s2.ttb == change->s2root) {
			see_shape(smmu, &shape, context->s2.granule, context->s2.start_level);
			note_s2(smmu, context, change);
		}
	}
}

/* What stage 2 says about a CD table decides what a stream may read, and so does what others of its
 * VMID have brought into the TLB. */
static void mark_nested(struct smmu *smmu, uint64_t root)
{
	struct smmu_worst *w = &smmu->worst;
	bool found = false;

	for (unsigned s = 0; s < w->num_streams; s++)
		for (unsigned i = 0; i < w->stream[s].num_s2; i++)
			found |= w->stream[s].s2_root[i] == root;
	for (unsigned s = 0; s < w->num_streams && found; s++)
		if (w->stream[s].num_s2)
			smmu_worst_mark_stream(smmu, s);
}

static bool frozen_has_root(struct smmu *smmu, const struct smmu_frozen *frozen,
			    const struct smmu_change *change)
{
	if (frozen->stage2)
		return frozen->s2.on && frozen->s2.ttb == change->s2root;
	return (leads_to(&frozen->s1, false, change->root) ||
		leads_to(&frozen->s1, true, change->root)) &&
	       may_be_read_under(smmu, &frozen->s2, change);
}

static void note_change(struct smmu *smmu, const struct smmu_change *change, uint64_t new_desc)
{
	struct smmu_worst *w = &smmu->worst;

	smmu_worst_begin(smmu);
	if (!smmu_worst_on(smmu) || change->old_desc == new_desc)
		return;
	if ((new_desc & 1) && !(change->level < 3 && (new_desc & 3) == 3) &&
	    !(new_desc & (1ull << 11)))
		w->any_global = true;
	w->seq++;
	smmu_worst_refresh(smmu);
	/* A frozen tree ends with its first change: only what stood in it then may be cached. */
	for (unsigned i = w->num_frozen; i-- > 0;)
		if (frozen_has_root(smmu, &w->frozen[i], change))
			smmu_worst_thaw(smmu, i, change);
	if (change->old_desc & 1) /* 3.21.1: TLBs hold valid translations only */
		note_contexts(smmu, change);
	if (smmu->profile.stage2)
		mark_nested(smmu, change->s2root);
}

void smmu_note_pte(struct smmu *smmu, uint64_t root, uint64_t va, unsigned level, uint64_t old_desc,
		   uint64_t new_desc)
{
	const struct smmu_change change = {
		.root = root, .s2root = root, .va = va, .level = level, .old_desc = old_desc};

	note_change(smmu, &change, new_desc);
}

void smmu_note_pte_at(struct smmu *smmu, uint64_t root, uint64_t root_pa, uint64_t va,
		      unsigned level, uint64_t old_desc, uint64_t new_desc)
{
	const struct smmu_change change = {.root = root,
					   .s2root = root_pa,
					   .placed = true,
					   .va = va,
					   .level = level,
					   .old_desc = old_desc};

	note_change(smmu, &change, new_desc);
}

/* Leaving. */

void smmu_worst_command(struct smmu *smmu, const struct smmu_invalidation *inv)
{
	struct smmu_worst *w = &smmu->worst;

	smmu_worst_begin(smmu);
	w->seq++;
	/* It takes away what is there now, and has a say about what freezes at the next CMD_SYNC. */
	if (!w->num_words && !w->num_tlb && !w->num_atc && !w->num_frozen && !w->asleep)
		return;
	if (w->num_pending == SMMU_MAX_PENDING) {
		w->overflow = true;
		return;
	}
	w->pending[w->num_pending] = *inv;
	w->pending[w->num_pending].seq = w->seq;
	w->num_pending++;
}

void smmu_worst_config_before(struct smmu *smmu)
{
	smmu_worst_begin(smmu);
	smmu->worst.seq++;
	smmu->worst.cr0 = smmu->regs.cr0;
	smmu->worst.cr2 = smmu->regs.cr2;
	smmu_worst_refresh(smmu);
	if (smmu->regs.cr0 & SMMU_CR0_SMMUEN)
		smmu_worst_sleep(smmu);
}

static bool any_split(const struct smmu_worst *w)
{
	for (unsigned i = 0; i < w->num_contexts; i++)
		if (w->context[i].split)
			return true;
	return false;
}

/* Is there a held word 1 of an STE with this value in a field? */
static bool any_held_ste(const struct smmu_worst *w, uint64_t mask, uint64_t field)
{
	for (unsigned i = 0; i < w->num_words; i++)
		if (w->word[i].kind == SMMU_WORD_STE && w->word[i].pa % (SMMU_STE_WORDS * 8) == 8 &&
		    (w->word[i].value & mask) == field)
			return true;
	return false;
}

/* 6.3.9.2, 6.3.12: ATSCHK and E2H may be cached with an STE that they give a meaning to. Which of
 * them was read under which value is not known here. */
static void see_register_changes(struct smmu *smmu, bool split_before)
{
	struct smmu_worst *w = &smmu->worst;

	if ((w->cr0 ^ smmu->regs.cr0) & SMMU_CR0_ATSCHK &&
	    (split_before || any_split(w) ||
	     any_held_ste(w, smmu_put(SMMU_STE1_EATS, ~0ull),
			  smmu_put(SMMU_STE1_EATS, SMMU_STE1_EATS_SPLIT))))
		w->untracked = true;
	if ((w->cr2 ^ smmu->regs.cr2) & SMMU_CR2_E2H &&
	    any_held_ste(w, smmu_put(SMMU_STE1_STRW, ~0ull),
			 smmu_put(SMMU_STE1_STRW, SMMU_STE1_STRW_EL2)))
		w->untracked = true;
}

void smmu_worst_config_after(struct smmu *smmu)
{
	bool split = any_split(&smmu->worst);

	smmu_worst_begin(smmu);
	for (unsigned s = 0; s < smmu->worst.num_streams; s++)
		smmu_worst_mark_stream(smmu, s);
	if (smmu->worst.asleep && (smmu->regs.cr0 & SMMU_CR0_SMMUEN))
		smmu_worst_wake(smmu);
	smmu_worst_refresh(smmu);
	see_register_changes(smmu, split);
}

struct smmu_contexts smmu_contexts(struct smmu *smmu)
{
	const struct smmu_worst *w = &smmu->worst;

	smmu_worst_refresh(smmu);
	return (struct smmu_contexts){w->context, w->num_contexts, w->generation};
}

struct smmu_stale smmu_stale(struct smmu *smmu)
{
	const struct smmu_worst *w = &smmu->worst;

	smmu_worst_refresh(smmu);
	return (struct smmu_stale){
		.tlb = w->tlb,
		.atc = w->atc,
		.frozen = w->frozen,
		.num_tlb = w->num_tlb,
		.num_atc = w->num_atc,
		.num_frozen = w->num_frozen,
		.num_words = w->num_words,
		.overflow = w->overflow,
		.untracked = w->untracked,
	};
}
