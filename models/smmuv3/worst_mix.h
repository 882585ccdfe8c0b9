/* SPDX-License-Identifier: MIT */
/* The structures that a stream may have read, as mixes of current and held words (worst_mix.c). */
#ifndef SMMUV3_WORST_MIX_H
#define SMMUV3_WORST_MIX_H

#include "worst_state.h"

enum {
	MIX_MAX_VALUES = 6, /* of one word */
	MIX_MAX = 64,	    /* of one structure */
};

/* The values that one word may have: memory's (first, if it can be read), then the held ones. */
struct mix_values {
	unsigned count;
	bool unreadable; /* memory has no value: all of them are held ones */
	uint64_t value[MIX_MAX_VALUES];
};
void smmu_mix_values(struct smmu *smmu, unsigned stream, uint8_t kind, uint64_t pa,
		     struct mix_values *values);

/* Is any word of the structure at pa held for this stream? Memory alone tells otherwise. */
bool smmu_mix_varies(const struct smmu_worst *w, unsigned stream, uint8_t kind, uint64_t pa);

/*
 * Does the structure that the word at pa belongs to say the same whatever the word is? An STE that
 * aborts and a CD that is not valid do, as long as no held first word says otherwise.
 */
bool smmu_mix_is_inert(const struct smmu *smmu, unsigned stream, uint8_t kind, uint64_t pa);

/* Memory's words, as many as decoding looks at; the others are left alone. A failed fetch is not
 * cached (3.21.3): false. */
bool smmu_mix_memory(const struct smmu *smmu, uint8_t kind, uint64_t pa,
		     uint64_t word[SMMU_STE_WORDS]);

/* Counts through every mix of a structure that varies. */
struct mixes {
	unsigned words, budget;
	struct mix_values word[SMMU_MIX_WORDS];
	unsigned choice[SMMU_MIX_WORDS];
};
/* False: there is none (memory cannot be read and nothing is held). */
bool smmu_mix_start(struct smmu *smmu, struct mixes *mixes, unsigned stream, uint8_t kind,
		    uint64_t pa);
/* The same of held words alone, for a structure that nothing leads to (an orphan). A word that is
 * not held is 0: it does not count. */
void smmu_mix_start_orphan(struct smmu *smmu, struct mixes *mixes, unsigned stream, uint8_t kind,
			   uint64_t pa);
/* Fills the words that decoding looks at; true when it is not what memory holds. */
bool smmu_mix_get(const struct mixes *mixes, uint64_t word[SMMU_STE_WORDS]);
/* On to the next; false after the last, or after MIX_MAX (then the model has lost some). */
bool smmu_mix_next(struct smmu *smmu, struct mixes *mixes);

#endif
