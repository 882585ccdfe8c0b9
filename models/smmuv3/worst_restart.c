/* SPDX-License-Identifier: MIT */
/*
 * Worst-case caches: structures that may be cached although nothing leads to them any more
 * ("orphans"), and what SMMUEN = 0 leaves cached (3.21.3, 6.3.9.6): everything that was reachable,
 * as it was then, while nothing new enters.
 */
#include "regs.h"
#include "worst_mix.h"

static uint64_t base_of(uint8_t kind, uint64_t pa)
{
	return kind == SMMU_WORD_STE || kind == SMMU_WORD_CD
		       ? pa & ~(uint64_t)(SMMU_STE_WORDS * 8 - 1)
		       : pa;
}

/* One word of memory, with the one that has just changed as it was. */
static bool word_before(const struct smmu *smmu, uint64_t pa, const struct smmu_word_change *change,
			uint64_t *value)
{
	if (!change || change->pa != pa)
		return smmu_mem_read(smmu, pa, value);
	*value = change->old_value;
	return true;
}

void smmu_worst_orphan_as(struct smmu *smmu, const struct smmu_structure *structure,
			  const struct smmu_word_change *change)
{
	struct smmu_worst *w = &smmu->worst;
	unsigned words = smmu_worst_words(smmu, structure->kind);
	bool varies = smmu_mix_varies(w, structure->stream, structure->kind, structure->pa);
	struct smmu_held_word word = {
		.index = structure->index,
		.span = structure->span,
		.stream = structure->stream,
		.kind = structure->kind,
		.orphan = true,
	};

	w->any_orphan = true;
	/* What was held of it already remains so. */
	for (unsigned i = 0; i < w->num_words; i++)
		if (w->word[i].stream == structure->stream && w->word[i].kind == structure->kind &&
		    w->word[i].index == structure->index &&
		    base_of(structure->kind, w->word[i].pa) == structure->pa)
			w->word[i].orphan = true;
	for (unsigned i = 0; i < words; i++) {
		word.pa = structure->pa + 8 * i;
		if (!word_before(smmu, word.pa, change, &word.value))
			return;
		smmu_worst_hold_word(smmu, &word);
		/* 5.4: of a CD that is not valid, and was not, nothing else counts. */
		if (i == 0 && structure->kind == SMMU_WORD_CD && !(word.value & SMMU_CD0_V) &&
		    !varies)
			return;
	}
}

/* SMMUEN goes to 0. */

void smmu_worst_sleep(struct smmu *smmu)
{
	struct smmu_worst *w = &smmu->worst;

	if (SMMU_FAULT(smmu, worst_restart_forgets))
		return;
	w->asleep = true;
	w->asleep_seq = w->seq;
	for (unsigned s = 0; s < w->num_streams; s++) {
		unsigned keep = 0;

		for (unsigned i = 0; i < w->stream[s].num_ranges; i++) {
			struct smmu_range *range = &w->stream[s].range[i];

			/* The base registers may change, and so these are kept by value; the CD
			 * tables that STEs lead to are watched. */
			if (range->kind == SMMU_WORD_CD || range->kind == SMMU_WORD_L1CD) {
				w->stream[s].range[keep++] = *range;
				continue;
			}
			smmu_worst_orphan_as(
				smmu,
				&(struct smmu_structure){range->lo, 0, 0, (uint8_t)s, range->kind},
				NULL);
		}
		w->stream[s].num_ranges = (uint8_t)keep;
	}
}

bool smmu_worst_stored_asleep(const struct smmu_worst *w, const struct smmu_structure *structure)
{
	for (unsigned i = 0; i < w->num_words && w->asleep; i++)
		if (w->word[i].stream == structure->stream && w->word[i].kind == structure->kind &&
		    w->word[i].index == structure->index && w->word[i].orphan &&
		    w->word[i].seq > w->asleep_seq &&
		    base_of(structure->kind, w->word[i].pa) == structure->pa)
			return true;
	return false;
}

void smmu_worst_note_asleep(struct smmu *smmu, uint64_t pa, uint64_t old_value)
{
	struct smmu_worst *w = &smmu->worst;
	const struct smmu_word_change change = {pa, old_value};

	for (unsigned s = 0; s < w->num_streams; s++) {
		for (unsigned i = 0; i < w->stream[s].num_ranges; i++) {
			const struct smmu_range *range = &w->stream[s].range[i];
			uint64_t base = base_of(range->kind, pa);
			struct smmu_structure structure = {base, range->index, range->span,
							   (uint8_t)s, range->kind};

			if (pa < range->lo || pa >= range->hi)
				continue;
			if (range->kind == SMMU_WORD_CD)
				structure.index +=
					(uint32_t)((base - range->lo) / (SMMU_CD_WORDS * 8));
			if (!smmu_worst_word_matters(smmu, range->kind, pa - range->lo) ||
			    smmu_worst_stored_asleep(w, &structure))
				continue;
			smmu_worst_orphan_as(smmu, &structure, &change);
		}
	}
}

/* The CDs of a range that one CMD_CFGI_CD names are not cached any more. */
static void split_range(struct smmu *smmu, unsigned stream, unsigned i, uint32_t index)
{
	struct smmu_worst *w = &smmu->worst;
	struct smmu_range *range = &w->stream[stream].range[i];
	uint64_t size = SMMU_CD_WORDS * 8, at = (uint64_t)(index - range->index) * size;
	struct smmu_range tail = *range;

	tail.index = index + 1;
	tail.ipa += at + size;
	tail.lo += at + size;
	range->hi = range->lo + at;
	if (tail.lo >= tail.hi)
		return;
	if (w->stream[stream].num_ranges == SMMU_MAX_RANGES)
		w->overflow = true;
	else
		w->stream[stream].range[w->stream[stream].num_ranges++] = tail;
}

static bool names_range(const struct smmu_invalidation *inv, uint32_t sid,
			const struct smmu_range *range)
{
	uint64_t span = 1ull << (inv->range + 1);

	switch (inv->opcode) {
	case SMMU_CMD_CFGI_STE:
	case SMMU_CMD_CFGI_CD_ALL:
		return sid == inv->sid;
	case SMMU_CMD_CFGI_STE_RANGE:
		return sid / span == inv->sid / span;
	case SMMU_CMD_CFGI_CD:
		return sid == inv->sid && range->kind == SMMU_WORD_L1CD && !inv->leaf &&
		       inv->ssid - range->index < range->span;
	default:
		return false;
	}
}

void smmu_worst_forget_asleep(struct smmu *smmu, const struct smmu_invalidation *inv)
{
	struct smmu_worst *w = &smmu->worst;

	for (unsigned s = 0; s < w->num_streams; s++) {
		uint32_t sid = w->stream[s].sid;
		unsigned keep = 0;

		for (unsigned i = 0; i < w->stream[s].num_ranges; i++)
			if (!names_range(inv, sid, &w->stream[s].range[i]))
				w->stream[s].range[keep++] = w->stream[s].range[i];
		w->stream[s].num_ranges = (uint8_t)keep;
		for (unsigned i = 0; i < keep && inv->opcode == SMMU_CMD_CFGI_CD; i++) {
			const struct smmu_range *range = &w->stream[s].range[i];

			if (sid == inv->sid && range->kind == SMMU_WORD_CD &&
			    inv->ssid - range->index <
				    (range->hi - range->lo) / (SMMU_CD_WORDS * 8))
				split_range(smmu, s, i, inv->ssid);
		}
	}
}

/* SMMUEN goes to 1. */

static bool in_ranges(const struct smmu_worst *w, const struct smmu_held_word *word)
{
	for (unsigned i = 0; i < w->stream[word->stream].num_ranges; i++) {
		const struct smmu_range *range = &w->stream[word->stream].range[i];
		uint32_t index = range->index;

		if (range->kind != word->kind || word->pa < range->lo || word->pa >= range->hi)
			continue;
		/* One table may be below two L1CDs. */
		if (range->kind == SMMU_WORD_CD)
			index += (uint32_t)((word->pa - range->lo) / (SMMU_CD_WORDS * 8));
		if (word->index == index)
			return true;
	}
	return false;
}

void smmu_worst_wake(struct smmu *smmu)
{
	struct smmu_worst *w = &smmu->worst;
	unsigned keep = 0;

	w->asleep = false;
	if (!w->num_words)
		return;
	smmu_worst_refresh(smmu);
	/* What stands where it stood is current again, and what it says no news. */
	for (unsigned i = 0; i < w->num_words; i++) {
		struct smmu_held_word word = w->word[i];
		uint64_t now;

		if (in_ranges(w, &word)) {
			word.orphan = false;
			if (smmu_mem_read(smmu, word.pa, &now) && now == word.value)
				continue;
		}
		w->word[keep++] = word;
	}
	w->num_words = keep;
	for (unsigned s = 0; s < w->num_streams; s++)
		smmu_worst_mark_stream(smmu, s);
}
