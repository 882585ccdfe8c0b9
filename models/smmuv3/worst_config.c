/* SPDX-License-Identifier: MIT */
/* Worst-case caches: which configuration a completed CMD_SYNC takes away (4.3). */
#include "regs.h"
#include "worst_state.h"

static bool cfgi_covers(const struct smmu_worst *w, const struct smmu_invalidation *inv,
			const struct smmu_held_word *word)
{
	uint32_t sid = w->stream[word->stream].sid;
	uint64_t span = 1ull << (inv->range + 1);

	switch (inv->opcode) {
	case SMMU_CMD_CFGI_STE: /* 4.3.1: with Leaf = 0 also the L1STD; always the CDs below (16.2.2) */
		return sid == inv->sid && !(inv->leaf && word->kind == SMMU_WORD_L1STD);
	case SMMU_CMD_CFGI_STE_RANGE:
		return sid / span == inv->sid / span;
	case SMMU_CMD_CFGI_CD:
		if (sid != inv->sid || word->kind == SMMU_WORD_STE || word->kind == SMMU_WORD_L1STD)
			return false;
		if (word->kind == SMMU_WORD_L1CD)
			return !inv->leaf && inv->ssid - word->index < word->span;
		return word->index == inv->ssid;
	case SMMU_CMD_CFGI_CD_ALL:
		return sid == inv->sid &&
		       (word->kind == SMMU_WORD_CD || word->kind == SMMU_WORD_L1CD);
	default:
		return false;
	}
}

static bool covered(const struct smmu_worst *w, const struct smmu_held_word *word)
{
	for (unsigned p = 0; p < w->num_pending; p++)
		if (word->seq < w->pending[p].seq && cfgi_covers(w, &w->pending[p], word))
			return true;
	return false;
}

/* Does a command of this batch take the CD itself? */
static bool named(const struct smmu_worst *w, const struct smmu_structure *cd)
{
	const struct smmu_held_word word = {
		.index = cd->index, .stream = cd->stream, .kind = cd->kind};

	for (unsigned p = 0; p < w->num_pending; p++)
		if (cfgi_covers(w, &w->pending[p], &word))
			return true;
	return false;
}

/*
 * 4.3.3: CMD_CFGI_CD with Leaf = 0 takes the L1CD, and of the CDs below it one. The others stay
 * cached, though nothing leads to where they stand.
 */
static void orphan_siblings(struct smmu *smmu, const struct smmu_held_word *l1cd)
{
	struct smmu_worst *w = &smmu->worst;
	uint64_t table = l1cd->value & SMMU_L1CD_L2PTR;

	if (!(l1cd->value & SMMU_L1CD_V) || SMMU_FAULT(smmu, worst_siblings_forgotten))
		return;
	for (unsigned i = 0; i < w->stream[l1cd->stream].num_ranges; i++) {
		const struct smmu_range range = w->stream[l1cd->stream].range[i];
		uint64_t at = range.nested ? range.ipa : range.lo, value;

		if (range.kind != SMMU_WORD_CD || !range.held ||
		    range.index - l1cd->index >= l1cd->span ||
		    at - table >= (uint64_t)l1cd->span * SMMU_CD_WORDS * 8)
			continue;
		for (uint64_t pa = range.lo; pa < range.hi; pa += SMMU_CD_WORDS * 8) {
			const struct smmu_structure cd = {
				pa, range.index + (uint32_t)((pa - range.lo) / (SMMU_CD_WORDS * 8)),
				0, l1cd->stream, SMMU_WORD_CD};

			/* One that is not valid says no more than the L1CD that replaced this. */
			if (!named(w, &cd) && smmu_mem_read(smmu, pa, &value) &&
			    (value & SMMU_CD0_V))
				smmu_worst_orphan_as(smmu, &cd, NULL);
		}
	}
}

/* Before anything goes: what an L1CD that goes leads to. */
static void orphan_below(struct smmu *smmu)
{
	struct smmu_worst *w = &smmu->worst;
	unsigned words = w->num_words;

	for (unsigned i = 0; i < words; i++) {
		const struct smmu_held_word word = w->word[i];

		for (unsigned p = 0; word.kind == SMMU_WORD_L1CD && p < w->num_pending; p++)
			if (w->pending[p].opcode == SMMU_CMD_CFGI_CD &&
			    word.seq < w->pending[p].seq && cfgi_covers(w, &w->pending[p], &word))
				orphan_siblings(smmu, &word);
	}
}

void smmu_worst_sync_config(struct smmu *smmu)
{
	struct smmu_worst *w = &smmu->worst;
	unsigned keep = 0, touched = 0, left = 0; /* sets of streams */

	for (unsigned p = 0; p < w->num_pending && w->asleep; p++)
		smmu_worst_forget_asleep(smmu, &w->pending[p]);
	orphan_below(smmu);
	for (unsigned i = 0; i < w->num_words; i++) {
		const struct smmu_held_word *word = &w->word[i];

		if (covered(w, word)) {
			touched |= 1u << word->stream;
			continue;
		}
		left |= 1u << word->stream;
		if (keep++ != i)
			w->word[keep - 1] = *word;
	}
	w->num_words = keep;
	for (unsigned s = 0; s < w->num_streams; s++) {
		if (!(touched & 1u << s))
			continue;
		/* Stage 2 may still lead to old structures too. */
		if (left & 1u << s || w->stream[s].num_s2)
			smmu_worst_mark_stream(smmu, s);
		else
			smmu_worst_settle_stream(smmu, s);
	}
	smmu_worst_refresh(smmu);
}
