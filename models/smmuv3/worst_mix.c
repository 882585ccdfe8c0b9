/* SPDX-License-Identifier: MIT */
/*
 * Worst-case caches: hardware may have read each 64-bit word of a structure at another moment
 * (3.21.3), so every mix of current and held words is a structure that it may use.
 */
#include "regs.h"
#include "worst_mix.h"

static void add_held(struct smmu *smmu, unsigned stream, uint8_t kind, uint64_t pa,
		     struct mix_values *values)
{
	struct smmu_worst *w = &smmu->worst;

	for (unsigned i = 0; i < w->num_words; i++) {
		const struct smmu_held_word *word = &w->word[i];

		if (word->pa != pa || word->stream != stream || word->kind != kind)
			continue;
		if (!values->unreadable && word->value == values->value[0])
			continue;
		if (values->count == MIX_MAX_VALUES) {
			w->overflow = true;
			break;
		}
		values->value[values->count++] = word->value;
	}
}

void smmu_mix_values(struct smmu *smmu, unsigned stream, uint8_t kind, uint64_t pa,
		     struct mix_values *values)
{
	uint64_t now;

	values->count = 0;
	values->unreadable = !smmu_mem_read(smmu, pa, &now);
	if (!values->unreadable)
		values->value[values->count++] = now;
	add_held(smmu, stream, kind, pa, values);
}

bool smmu_mix_varies(const struct smmu_worst *w, unsigned stream, uint8_t kind, uint64_t pa)
{
	for (unsigned i = 0; i < w->num_words; i++)
		if (w->word[i].pa - pa < SMMU_MIX_WORDS * 8 && w->word[i].stream == stream &&
		    w->word[i].kind == kind)
			return true;
	return false;
}

/* 5.2: V = 1 and Config = 0b000 abort whatever follows. 5.4: V = 0 is C_BAD_CD whatever follows. */
static bool is_closed(uint8_t kind, uint64_t word0)
{
	if (kind == SMMU_WORD_STE)
		return (word0 & SMMU_STE0_V) && smmu_get(word0, SMMU_STE0_CONFIG) == 0;
	return !(word0 & SMMU_CD0_V);
}

bool smmu_mix_is_inert(const struct smmu *smmu, unsigned stream, uint8_t kind, uint64_t pa)
{
	const struct smmu_worst *w = &smmu->worst;
	uint64_t base = pa & ~(uint64_t)(SMMU_STE_WORDS * 8 - 1), word0;

	if (pa == base || (kind != SMMU_WORD_STE && kind != SMMU_WORD_CD) ||
	    !smmu_mem_read(smmu, base, &word0) || !is_closed(kind, word0))
		return false;
	for (unsigned i = 0; i < w->num_words; i++)
		if (w->word[i].pa == base && w->word[i].stream == stream &&
		    !is_closed(kind, w->word[i].value))
			return false;
	return true;
}

bool smmu_mix_memory(const struct smmu *smmu, uint8_t kind, uint64_t pa,
		     uint64_t word[SMMU_STE_WORDS])
{
	unsigned count = smmu_worst_words(smmu, kind);

	for (unsigned i = 0; i < count; i++)
		if (!smmu_mem_read(smmu, pa + 8 * i, &word[i]))
			return false;
	return true;
}

bool smmu_mix_start(struct smmu *smmu, struct mixes *mixes, unsigned stream, uint8_t kind,
		    uint64_t pa)
{
	mixes->words = smmu_worst_words(smmu, kind);
	mixes->budget = MIX_MAX;
	for (unsigned i = 0; i < mixes->words; i++) {
		mixes->choice[i] = 0;
		smmu_mix_values(smmu, stream, kind, pa + 8 * i, &mixes->word[i]);
		if (!mixes->word[i].count)
			return false;
	}
	return true;
}

void smmu_mix_start_orphan(struct smmu *smmu, struct mixes *mixes, unsigned stream, uint8_t kind,
			   uint64_t pa)
{
	mixes->words = smmu_worst_words(smmu, kind);
	mixes->budget = MIX_MAX;
	for (unsigned i = 0; i < mixes->words; i++) {
		struct mix_values *values = &mixes->word[i];

		mixes->choice[i] = 0;
		values->count = 0;
		values->unreadable = true;
		add_held(smmu, stream, kind, pa + 8 * i, values);
		if (!values->count)
			values->value[values->count++] = 0;
	}
}

bool smmu_mix_get(const struct mixes *mixes, uint64_t word[SMMU_STE_WORDS])
{
	bool held = false;

	for (unsigned i = 0; i < mixes->words; i++) {
		word[i] = mixes->word[i].value[mixes->choice[i]];
		held |= mixes->choice[i] != 0 || mixes->word[i].unreadable;
	}
	return held;
}

bool smmu_mix_next(struct smmu *smmu, struct mixes *mixes)
{
	for (unsigned i = 0; i < mixes->words; i++) {
		if (++mixes->choice[i] < mixes->word[i].count) {
			if (--mixes->budget)
				return true;
			smmu->worst.overflow = true;
			return false;
		}
		mixes->choice[i] = 0;
	}
	return false;
}
