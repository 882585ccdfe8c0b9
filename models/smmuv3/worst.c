/* SPDX-License-Identifier: MIT */
/*
 * Worst-case caches: what enters (stores that were reported) and what leaves (commands followed by
 * a completed CMD_SYNC). See worst.h for the idea, 3.21 and 16.2 for the rules.
 */
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
	w->overflow = w->any_dirty = false;
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

static void hold_word(struct smmu *smmu, unsigned stream, const struct smmu_range *range,
		      uint64_t pa, uint64_t old_value)
{
	struct smmu_worst *w = &smmu->worst;
	uint32_t index = range->index;

	if (range->kind == SMMU_WORD_CD)
		index += (uint32_t)((pa - range->lo) / (SMMU_CD_WORDS * 8));
	for (unsigned i = 0; i < w->num_words; i++) {
		struct smmu_held_word *word = &w->word[i];

		if (word->pa == pa && word->stream == stream && word->value == old_value) {
			word->seq = w->seq;
			return;
		}
	}
	if (w->num_words == SMMU_MAX_HELD_WORDS) {
		w->overflow = true;
		return;
	}
	w->word[w->num_words++] = (struct smmu_held_word){
		.pa = pa,
		.value = old_value,
		.seq = w->seq,
		.index = index,
		.span = range->span,
		.stream = (uint8_t)stream,
		.kind = range->kind,
	};
}

/* The word is part of a structure that the stream may read: hold it and mark what it changes. */
static bool note_word(struct smmu *smmu, unsigned stream, uint64_t pa, uint64_t old_value)
{
	struct smmu_worst *w = &smmu->worst;

	for (unsigned r = 0; r < w->stream[stream].num_ranges; r++) {
		const struct smmu_range *range = &w->stream[stream].range[r];

		if (pa < range->lo || pa >= range->hi)
			continue;
		if (!smmu_worst_word_matters(range->kind, pa - range->lo))
			return true;
		hold_word(smmu, stream, range, pa, old_value);
		if (smmu_mix_is_inert(smmu, stream, range->kind, pa))
			return true;
		if (range->kind == SMMU_WORD_CD)
			smmu_worst_mark_pair(
				smmu, stream,
				range->index + (uint32_t)((pa - range->lo) / (SMMU_CD_WORDS * 8)));
		else
			smmu_worst_mark_stream(smmu, stream);
		return true;
	}
	return false;
}

void smmu_note_store(struct smmu *smmu, uint64_t pa, uint64_t old_value, uint64_t new_value)
{
	struct smmu_worst *w = &smmu->worst;

	if (!smmu_worst_on(smmu) || old_value == new_value)
		return;
	w->seq++;
	if (!w->any_dirty && (pa < w->lo || pa >= w->hi))
		return;
	for (unsigned s = 0; s < w->num_streams; s++) {
		if (note_word(smmu, s, pa, old_value) || !w->stream[s].dirty)
			continue;
		/* Earlier stores may have made this memory part of a structure. */
		smmu_worst_refresh(smmu);
		note_word(smmu, s, pa, old_value);
	}
}

/* Entering: translations. */

void smmu_note_pte(struct smmu *smmu, uint64_t root, uint64_t va, unsigned level, uint64_t old_desc,
		   uint64_t new_desc)
{
	struct smmu_worst *w = &smmu->worst;
	const struct smmu_change change = {va, level, old_desc};
	bool table = level < 3 && (old_desc & 3) == 3;

	if (!smmu_worst_on(smmu) || old_desc == new_desc)
		return;
	if ((new_desc & 1) && !(level < 3 && (new_desc & 3) == 3) && !(new_desc & (1ull << 11)))
		w->any_global = true;
	w->seq++;
	smmu_worst_refresh(smmu);
	/* A frozen tree ends with its first change: only what stood in it then may be cached. */
	for (unsigned i = w->num_frozen; i-- > 0;)
		if (w->frozen[i].s1.ttb0 == root)
			smmu_worst_thaw(smmu, i, &change);
	if (!(old_desc & 1)) /* 3.21.1: TLBs hold valid translations only */
		return;
	for (unsigned i = 0; i < w->num_contexts; i++) {
		const struct smmu_context *context = &w->context[i];

		if (context->kind != SMMU_CTX_S1 || context->s1.ttb0 != root || context->s1.epd0)
			continue;
		smmu_worst_hold_tlb(smmu, &context->s1, va, level, old_desc);
		if (table)
			smmu_worst_hold_subtree(smmu, context, true, va, level, old_desc);
		if (!context->ats || !w->stream[context->stream].ats_on)
			continue;
		if (table) {
			smmu_worst_hold_subtree(smmu, context, false, va, level, old_desc);
		} else {
			struct smmu_walk leaf =
				smmu_leaf_decode(smmu, &context->s1, va, level, old_desc);

			smmu_worst_hold_atc(smmu, context->stream, context->ssv, context->ssid, va,
					    &leaf);
		}
	}
}

/* Leaving. */

void smmu_worst_command(struct smmu *smmu, const struct smmu_invalidation *inv)
{
	struct smmu_worst *w = &smmu->worst;

	w->seq++;
	/* It takes away what is there now, and has a say about what freezes at the next CMD_SYNC. */
	if (!w->num_words && !w->num_tlb && !w->num_atc && !w->num_frozen)
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
	smmu->worst.seq++;
	smmu_worst_refresh(smmu);
}

void smmu_worst_config_after(struct smmu *smmu)
{
	for (unsigned s = 0; s < smmu->worst.num_streams; s++)
		smmu_worst_mark_stream(smmu, s);
	smmu_worst_refresh(smmu);
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
	};
}
