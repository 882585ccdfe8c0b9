/* SPDX-License-Identifier: MIT */
/* Worst-case caches: which configuration a completed CMD_SYNC takes away (4.3). */
#include "regs.h"
#include "worst_mix.h"

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
		return word->index == inv->ssid && word->span <= 1; /* split_run() */
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

/* Does one command take the CD together with the L1CD? After one that takes the CD alone it may be
 * read again through the L1CD, since commands have no order (4.7). */
static bool named(const struct smmu_worst *w, const struct smmu_held_word *l1cd, uint32_t index)
{
	const struct smmu_held_word word = {
		.index = index, .stream = l1cd->stream, .kind = SMMU_WORD_CD};

	for (unsigned p = 0; p < w->num_pending; p++)
		if (l1cd->seq < w->pending[p].seq && cfgi_covers(w, &w->pending[p], l1cd) &&
		    cfgi_covers(w, &w->pending[p], &word))
			return true;
	return false;
}

/* A run of CDs that are cached as not valid. */
static void orphan_invalid(struct smmu *smmu, const struct smmu_held_word *l1cd, uint32_t index,
			   uint32_t count)
{
	const struct smmu_held_word word = {
		.pa = SMMU_NO_PLACE,
		.index = index,
		.span = count,
		.stream = l1cd->stream,
		.kind = SMMU_WORD_CD,
		.orphan = true,
	};

	if (count)
		smmu_worst_hold_word(smmu, &word);
}

static void orphan_range(struct smmu *smmu, const struct smmu_held_word *l1cd,
			 const struct smmu_range *range)
{
	struct smmu_structure cd = {range->lo, range->index, 0, l1cd->stream, SMMU_WORD_CD};
	uint32_t invalid = 0; /* how many right before this one */

	for (; cd.pa < range->hi; cd.pa += SMMU_CD_WORDS * 8, cd.index++) {
		bool gone = named(&smmu->worst, l1cd, cd.index) ||
			    smmu_worst_stored_asleep(&smmu->worst, &cd);
		uint64_t value;

		if (!gone && smmu_mem_read(smmu, cd.pa, &value) && !(value & SMMU_CD0_V) &&
		    !smmu_mix_varies(&smmu->worst, cd.stream, cd.kind, cd.pa)) {
			invalid++;
			continue;
		}
		orphan_invalid(smmu, l1cd, cd.index - invalid, invalid);
		invalid = 0;
		if (!gone)
			smmu_worst_orphan_as(smmu, &cd, NULL);
	}
	orphan_invalid(smmu, l1cd, cd.index - invalid, invalid);
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
		uint64_t at = range.nested ? range.ipa : range.lo;

		if (range.kind == SMMU_WORD_CD && (range.held || w->asleep) &&
		    range.index - l1cd->index < l1cd->span &&
		    at - table < (uint64_t)l1cd->span * SMMU_CD_WORDS * 8)
			orphan_range(smmu, l1cd, &range);
	}
}

/* The same of an L1CD that is cached as memory has it while SMMUEN is 0: what it leads to may be
 * changed unseen from now on. */
static void orphan_below_asleep(struct smmu *smmu, const struct smmu_invalidation *inv)
{
	struct smmu_worst *w = &smmu->worst;

	for (unsigned s = 0; s < w->num_streams; s++)
		for (unsigned i = 0; i < w->stream[s].num_ranges; i++) {
			const struct smmu_range *range = &w->stream[s].range[i];
			struct smmu_held_word l1cd = {.pa = range->lo,
						      .seq = w->asleep_seq,
						      .index = range->index,
						      .span = range->span,
						      .stream = (uint8_t)s,
						      .kind = SMMU_WORD_L1CD};

			if (range->kind == SMMU_WORD_L1CD && cfgi_covers(w, inv, &l1cd) &&
			    smmu_mem_read(smmu, l1cd.pa, &l1cd.value))
				orphan_siblings(smmu, &l1cd);
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

/* Of a run of invalid CDs, a CMD_CFGI_CD takes one. */
static void split_run(struct smmu *smmu, unsigned i, const struct smmu_invalidation *inv)
{
	struct smmu_worst *w = &smmu->worst;
	struct smmu_held_word run = w->word[i];
	uint32_t before = inv->ssid - run.index, end = run.index + run.span;

	if (inv->opcode != SMMU_CMD_CFGI_CD || run.kind != SMMU_WORD_CD || before >= run.span ||
	    run.span == 1 || w->stream[run.stream].sid != inv->sid || run.seq >= inv->seq)
		return;
	if (w->num_words + 2 > SMMU_MAX_HELD_WORDS) {
		w->overflow = true;
		return;
	}
	w->word[i].index = inv->ssid;
	w->word[i].span = 1;
	if (before) {
		run.span = before;
		w->word[w->num_words++] = run;
	}
	run.index = inv->ssid + 1;
	run.span = end - run.index;
	if (run.span)
		w->word[w->num_words++] = run;
}

void smmu_worst_sync_config(struct smmu *smmu)
{
	struct smmu_worst *w = &smmu->worst;
	unsigned keep = 0, touched = 0, left = 0; /* sets of streams */

	for (unsigned p = 0; p < w->num_pending && w->any_orphan; p++)
		for (unsigned i = 0; i < w->num_words; i++)
			split_run(smmu, i, &w->pending[p]);
	orphan_below(smmu);
	/* What came before SMMUEN = 0 was followed by more that could be read. */
	for (unsigned p = 0; p < w->num_pending && w->asleep; p++) {
		if (w->pending[p].seq <= w->asleep_seq)
			continue;
		if (w->pending[p].opcode == SMMU_CMD_CFGI_CD)
			orphan_below_asleep(smmu, &w->pending[p]);
		smmu_worst_forget_asleep(smmu, &w->pending[p]);
	}
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
