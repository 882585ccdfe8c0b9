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
	SMMU_STE_MIX_WORDS = 2,	 /* without stage 2, an STE is its first two words (5.2), */
	SMMU_STE_MIX_STAGE2 = 4, /* and with it its first four */
	SMMU_CD_MIX_WORDS = 4,	 /* a stage-1 CD its first four (5.4) */
	SMMU_MIX_WORDS = 4,	 /* the most of all */
};

/* How many words of a structure decoding looks at. */
static inline unsigned smmu_worst_words(const struct smmu *smmu, uint8_t kind)
{
	if (kind == SMMU_WORD_STE)
		return smmu->profile.stage2 ? SMMU_STE_MIX_STAGE2 : SMMU_STE_MIX_WORDS;
	return kind == SMMU_WORD_CD ? SMMU_CD_MIX_WORDS : 1;
}

/* Is the word at this offset of a table one that decoding looks at? */
static inline bool smmu_worst_word_matters(const struct smmu *smmu, uint8_t kind, uint64_t offset)
{
	return (kind != SMMU_WORD_STE && kind != SMMU_WORD_CD) ||
	       offset / 8 % SMMU_STE_WORDS < smmu_worst_words(smmu, kind);
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

/* Tables may form loops, and loops may meet: what one call may visit, in all. */
enum { SMMU_VISITS_OF_A_CALL = 1 << 23 };

static inline void smmu_worst_begin(struct smmu *smmu)
{
	smmu->worst.budget = SMMU_VISITS_OF_A_CALL;
}

static inline void smmu_worst_refresh(struct smmu *smmu)
{
	smmu_worst_begin(smmu);
	if (smmu->worst.any_dirty)
		smmu_worst_refresh_dirty(smmu);
}

/* Do two configurations walk the same tree under the same TLB tag? */
static inline bool smmu_s1_same(const struct smmu_s1 *a, const struct smmu_s1 *b)
{
	return a->ttb0 == b->ttb0 && a->asid == b->asid && a->regime == b->regime &&
	       a->vmid == b->vmid && a->ttb1 == b->ttb1 && a->t0sz == b->t0sz &&
	       a->t1sz == b->t1sz && a->epd0 == b->epd0 && a->epd1 == b->epd1 &&
	       a->granule0 == b->granule0 && a->granule1 == b->granule1 &&
	       a->ips_bits == b->ips_bits;
}

/* Also in the fields that a TLB entry may carry along (5.4.1). */
static inline bool smmu_s1_equal(const struct smmu_s1 *a, const struct smmu_s1 *b)
{
	return smmu_s1_same(a, b) && a->affd == b->affd && a->wxn == b->wxn && a->pan == b->pan &&
	       a->had0 == b->had0 && a->had1 == b->had1 && a->tbi0 == b->tbi0 &&
	       a->tbi1 == b->tbi1 && a->ha == b->ha && a->hd == b->hd;
}

/* 5.2, "STE fields permitted to be cached in a TLB": the same stage-2 tree, read the same way? */
static inline bool smmu_s2_equal(const struct smmu_s2 *a, const struct smmu_s2 *b)
{
	if (!a->on || !b->on)
		return a->on == b->on;
	return a->ttb == b->ttb && a->vmid == b->vmid && a->ia_bits == b->ia_bits &&
	       a->start_level == b->start_level && a->granule == b->granule &&
	       a->ps_bits == b->ps_bits && a->affd == b->affd && a->ptw == b->ptw &&
	       a->ha == b->ha && a->hd == b->hd;
}

/* 3.17: does a lookup with this configuration hit entries with that tag? Without stage 2 every VMID
 * is 0, and only EL1 has one. */
static inline bool smmu_tag_hits(const struct smmu_s1 *s1, uint8_t regime, uint16_t vmid,
				 uint16_t asid, bool global)
{
	return s1->regime == regime && s1->vmid == vmid && (global || s1->asid == asid);
}

static inline bool smmu_same_tag(const struct smmu_s1 *a, const struct smmu_s1 *b)
{
	return smmu_tag_hits(a, b->regime, b->vmid, b->asid, false);
}

/* 3.4.1: the half of the address space that an address is in; any-EL2 has one alone. */
static inline bool smmu_high_half(const struct smmu_s1 *s1, uint64_t va)
{
	return s1->regime != SMMU_REGIME_EL2 && (va >> 55 & 1);
}

static inline unsigned smmu_s1_granule(const struct smmu_s1 *s1, bool high)
{
	return high ? s1->granule1 : s1->granule0;
}

static inline unsigned smmu_s1_start_level(const struct smmu_s1 *s1, bool high)
{
	return smmu_start_level(smmu_s1_granule(s1, high), 64u - (high ? s1->t1sz : s1->t0sz));
}

/* Has the half a tree? */
static inline bool smmu_s1_walks(const struct smmu_s1 *s1, bool high)
{
	return high ? !s1->epd1 && s1->regime != SMMU_REGIME_EL2 : !s1->epd0;
}

/* The VA with the bits above the input size that its half has (3.4.1), as entries carry it. */
uint64_t smmu_worst_va(const struct smmu_s1 *s1, bool high, uint64_t va);
/* The same for the address of a request, where TBI makes the top byte count for nothing. */
uint64_t smmu_worst_request_va(const struct smmu_s1 *s1, uint64_t va);

/* worst_walk.c: one call for each way in which hardware may translate, faults included. Rights are
 * those of both stages. */
typedef void smmu_way_fn(void *ctx, const struct smmu_walk *way);
/* IPA to PA under s2: by memory, by held entries of its VMID, by frozen trees. With s2 off: itself.
 * `first` is memory's. */
enum { SMMU_MAX_IPA_WAYS = 24 };
struct smmu_ipa_ways {
	unsigned count;
	struct smmu_walk way[SMMU_MAX_IPA_WAYS];
};
void smmu_worst_ipa_ways(struct smmu *smmu, const struct smmu_s2 *s2, uint64_t ipa,
			 struct smmu_ipa_ways *ways);
/* The first IPA beyond this one at which the ways may lead elsewhere than further on. */
uint64_t smmu_worst_ipa_next(const struct smmu *smmu, const struct smmu_s2 *s2, uint64_t ipa);
/* `s1` NULL: stage 1 is bypassed. */
void smmu_worst_ways(struct smmu *smmu, const struct smmu_s1 *s1, const struct smmu_s2 *s2,
		     uint64_t va, smmu_way_fn *fn, void *ctx);
/* What a held stage-2 entry says about an IPA that it covers. */
struct smmu_walk smmu_worst_s2_entry(const struct smmu *smmu, const struct smmu_held_tlb *entry,
				     uint64_t ipa);
static inline bool smmu_s2_entry_covers(const struct smmu_held_tlb *entry, const struct smmu_s2 *s2,
					uint64_t ipa)
{
	return entry->stage == SMMU_HELD_S2 && entry->vmid == s2->vmid &&
	       ipa - entry->va < entry->size;
}

/* worst_fault.c: the events of every configuration fault that a request of the stream may meet
 * where an STE leads to stage 1. */
typedef void smmu_fault_fn(void *ctx, uint8_t event);
void smmu_worst_faults(struct smmu *smmu, unsigned stream, const struct smmu_request *request,
		       smmu_fault_fn *fn, void *ctx);

/* A descriptor that has changed in memory: what it said before. */
struct smmu_change {
	uint64_t root;	 /* as TTB0 or TTB1 has it */
	uint64_t s2root; /* as S2TTB has it: where the root is, if `placed` */
	bool placed;
	uint64_t va;
	unsigned level;
	uint64_t old_desc;
};
/* Turn a frozen tree into single entries (worst_tree.c). `change` is the one change since it froze,
 * NULL: none. */
void smmu_worst_thaw(struct smmu *smmu, unsigned frozen, const struct smmu_change *change);

/* A descriptor in its tree: what an entry is made of. */
struct smmu_place_in_tree {
	const struct smmu_s1 *s1; /* NULL: a stage-2 tree */
	const struct smmu_s2 *s2; /* NULL or off: none */
	uint64_t va;		  /* as entries carry it */
	unsigned level;
	uint64_t desc;
	uint8_t limit; /* of the tables above */
};
/* What stands below an unlinked table, in the TLB or in the context's ATC. */
void smmu_worst_hold_subtree(struct smmu *smmu, const struct smmu_context *context, bool tlb,
			     const struct smmu_place_in_tree *table);
/* The global leaves of another context's tree, in the context's ATC. */
void smmu_worst_hold_globals(struct smmu *smmu, const struct smmu_context *context,
			     const struct smmu_context *other);
void smmu_worst_hold_tlb(struct smmu *smmu, const struct smmu_place_in_tree *place);
void smmu_worst_hold_entry(struct smmu *smmu, const struct smmu_held_tlb *entry);
void smmu_worst_hold_atc(struct smmu *smmu, const struct smmu_context *context, uint64_t va,
			 const struct smmu_walk *leaf);
/* The ATC entries that a leaf of stage 1 gives: its output, or with full ATS what stage 2 may make
 * of that (3.9.1.1). */
void smmu_worst_hold_atc_s1(struct smmu *smmu, const struct smmu_context *context, uint64_t va,
			    const struct smmu_walk *leaf);
/* What the ATC of a context may have been filled with out of a held TLB entry of its tag. */
void smmu_worst_fill_atc(struct smmu *smmu, const struct smmu_context *context,
			 const struct smmu_held_tlb *entry);
/* Limits of the tables above a descriptor, out of memory. */
uint8_t smmu_worst_limit(struct smmu *smmu, const struct smmu_s1 *s1, const struct smmu_s2 *s2,
			 uint64_t va, unsigned level);
void smmu_worst_drop_frozen(struct smmu *smmu, unsigned index);

/* worst_nested.c: a held stage-2 entry goes. What combines it with stage 1 stays, in the TLB
 * (`tlb`: a TLBI by IPA does not reach it) and in the ATCs (D-2); so do the CDs that were read
 * through it. */
void smmu_worst_combine(struct smmu *smmu, const struct smmu_held_tlb *entry, bool tlb);

/* worst_restart.c: structures that may be cached although nothing leads to them. */
void smmu_worst_sleep(struct smmu *smmu);
void smmu_worst_wake(struct smmu *smmu);
void smmu_worst_note_asleep(struct smmu *smmu, uint64_t pa, uint64_t old_value);
void smmu_worst_forget_asleep(struct smmu *smmu, const struct smmu_invalidation *inv);
/* A structure of one stream in memory. */
struct smmu_structure {
	uint64_t pa;
	uint32_t index, span; /* as of smmu_held_word */
	uint8_t stream, kind;
};
struct smmu_word_change {
	uint64_t pa, old_value;
};
/* Was it stored to since SMMUEN = 0? Only the first such store replaces what could be read. */
bool smmu_worst_stored_asleep(const struct smmu_worst *w, const struct smmu_structure *structure);
/* It stays cached with the words that memory has now, or had before the change. */
void smmu_worst_orphan_as(struct smmu *smmu, const struct smmu_structure *structure,
			  const struct smmu_word_change *change);
/* The place of a word that stands for a run of `span` CDs, cached as not valid, that nothing leads
 * to. */
#define SMMU_NO_PLACE UINT64_MAX
void smmu_worst_hold_word(struct smmu *smmu, const struct smmu_held_word *word);
void smmu_worst_sync_config(struct smmu *smmu); /* worst_config.c */

/* worst_freeze.c: what the first `count` contexts in worst.taken reached and no context does now. */
void smmu_worst_freeze(struct smmu *smmu, unsigned count);
/* A frozen tree that is configured again is live again. */
void smmu_worst_unfreeze(struct smmu *smmu);

/* Is there a context with this TLB tag? Index at or after `from`, or -1. */
int smmu_worst_tag_user(const struct smmu *smmu, const struct smmu_s1 *s1, bool global,
			unsigned from);
/* The same for stage 2: a context whose stage 2 has this VMID. */
int smmu_worst_vmid_user(const struct smmu *smmu, uint16_t vmid, unsigned from);
/* Does a frozen tree count for the lookups of anybody? */
bool smmu_worst_frozen_used(const struct smmu *smmu, const struct smmu_frozen *frozen);

#endif
