/* SPDX-License-Identifier: MIT */
/* Inside the worst-case caches: what worst*.c share. */
#ifndef SMMUV3_WORST_STATE_H
#define SMMUV3_WORST_STATE_H

#include "smmu_state.h"

static inline bool smmu_worst_on(const struct smmu *smmu)
{
	return smmu->profile.cache == SMMU_CACHE_WORST;
}

enum {
	SMMU_STE_MIX_WORDS = 2, /* without stage 2, an STE is its first two words (5.2) */
	SMMU_CD_MIX_WORDS = 4,	/* a stage-1 CD its first four (5.4) */
};

/* Is the word at this offset of a table one that decoding looks at? */
static inline bool smmu_worst_word_matters(uint8_t kind, uint64_t offset)
{
	unsigned word = (unsigned)(offset / 8 % SMMU_STE_WORDS);

	if (kind == SMMU_WORD_STE)
		return word < SMMU_STE_MIX_WORDS;
	return kind != SMMU_WORD_CD || word < SMMU_CD_MIX_WORDS;
}

/*
 * Contexts are worked out again when somebody looks: a store marks its stream, or its (stream, CD
 * index), and the words it replaced are held, so nothing is lost by waiting. What is not
 * configured any more freezes (worst_context.c).
 */
void smmu_worst_mark_stream(struct smmu *smmu, unsigned stream);
void smmu_worst_mark_pair(struct smmu *smmu, unsigned stream, uint32_t index);
void smmu_worst_refresh_dirty(struct smmu *smmu);
/* No word of the stream is held any more: what only held words gave freezes. The contexts must be
 * up to date. */
void smmu_worst_settle_stream(struct smmu *smmu, unsigned stream);

static inline void smmu_worst_refresh(struct smmu *smmu)
{
	if (smmu->worst.any_dirty)
		smmu_worst_refresh_dirty(smmu);
}

/* Do two configurations walk the same tree under the same TLB tag? */
static inline bool smmu_s1_same(const struct smmu_s1 *a, const struct smmu_s1 *b)
{
	return a->ttb0 == b->ttb0 && a->asid == b->asid && a->regime == b->regime &&
	       a->ttb1 == b->ttb1 && a->t0sz == b->t0sz && a->t1sz == b->t1sz &&
	       a->epd0 == b->epd0 && a->epd1 == b->epd1 && a->granule0 == b->granule0 && a->granule1 == b->granule1 &&
	       a->ips_bits == b->ips_bits;
}

/* Also in the fields that a TLB entry may carry along (5.4.1). */
static inline bool smmu_s1_equal(const struct smmu_s1 *a, const struct smmu_s1 *b)
{
	return smmu_s1_same(a, b) && a->affd == b->affd && a->wxn == b->wxn && a->uwxn == b->uwxn &&
	       a->pan == b->pan && a->had0 == b->had0 && a->had1 == b->had1 && a->tbi0 == b->tbi0 &&
	       a->tbi1 == b->tbi1;
}

/* A descriptor that has changed in memory: what it said before. */
struct smmu_change {
	uint64_t va;
	unsigned level;
	uint64_t old_desc;
};
/* Turn a frozen tree into single entries (worst_tree.c). `change` is the one change since it froze,
 * NULL: none. */
void smmu_worst_thaw(struct smmu *smmu, unsigned frozen, const struct smmu_change *change);
/* What stands below an unlinked table, in the TLB or in the context's ATC. */
void smmu_worst_hold_subtree(struct smmu *smmu, const struct smmu_context *context, bool tlb,
			     uint64_t va, unsigned level, uint64_t table);
void smmu_worst_hold_tlb(struct smmu *smmu, const struct smmu_s1 *s1, uint64_t va, unsigned level,
			 uint64_t desc);
void smmu_worst_hold_atc(struct smmu *smmu, unsigned stream, bool ssv, uint32_t ssid, uint64_t va,
			 const struct smmu_walk *leaf);
void smmu_worst_drop_frozen(struct smmu *smmu, unsigned index);

static inline uint64_t smmu_level_size(unsigned level)
{
	return 1ull << (39 - 9 * level);
}

/* worst_freeze.c: what the first `count` contexts in worst.taken reached and no context does now. */
void smmu_worst_freeze(struct smmu *smmu, unsigned count);
/* A frozen tree that is configured again is live again. */
void smmu_worst_unfreeze(struct smmu *smmu);

/* Is there a context with this TLB tag? Index at or after `from`, or -1. */
int smmu_worst_tag_user(const struct smmu *smmu, uint8_t regime, uint16_t asid, bool global,
			unsigned from);

#endif
