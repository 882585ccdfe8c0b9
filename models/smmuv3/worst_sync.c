/* SPDX-License-Identifier: MIT */
/*
 * Worst-case caches: what a completed CMD_SYNC takes away. Commands between two CMD_SYNCs have no
 * order (4.7), so each is judged against what could still refill it when the sync completes: first
 * ATC_INV against the TLBs as they were, then TLBI, then CFGI.
 */
#include "worst_state.h"

#include "regs.h"

#include <string.h>

static bool range_covers(const struct smmu_invalidation *inv, uint64_t va, uint64_t size)
{
	if (!inv->size)
		return true;
	/* Differences, not sums: both may end where the address space does. */
	return va - inv->va < inv->size || inv->va - va < size;
}

/* ATC. */

static bool atc_covers(const struct smmu_worst *w, const struct smmu_invalidation *inv,
		       unsigned stream, bool ssv, uint32_t ssid)
{
	if (w->stream[stream].sid != inv->sid)
		return false;
	if (!inv->ssv) /* PCIe 6.2, 10.3.8: without a PASID, entries that have one as well */
		return true;
	return ssv && (inv->global || inv->ssid == ssid);
}

/* Does a held TLB or walk-cache entry still translate va to pa? */
static bool tlb_gives(const struct smmu *smmu, const struct smmu_held_tlb *tlb, uint64_t va,
		      uint64_t pa)
{
	struct smmu_walk walk;

	if (!tlb->table)
		return tlb->pa + (va - tlb->va) == pa;
	walk = smmu_walk_from(smmu, &tlb->s1, va, tlb->level + 1, tlb->pa);
	return !walk.event && walk.pa == pa;
}

/* Could a new ATS request bring this entry back out of a stale TLB or configuration? */
static bool atc_refillable(struct smmu *smmu, const struct smmu_held_atc *entry)
{
	struct smmu_worst *w = &smmu->worst;
	bool stale = false;

	for (unsigned i = 0; i < w->num_contexts; i++) {
		const struct smmu_context *context = &w->context[i];

		if (context->stream != entry->stream || context->ssv != entry->ssv ||
		    context->ssid != entry->ssid || context->kind != SMMU_CTX_S1 || !context->ats)
			continue;
		if (context->held) {
			struct smmu_outcome outcome = smmu_probe(smmu, &context->s1, entry->va);

			stale |= !outcome.event && outcome.pa == entry->pa;
		}
		for (unsigned t = 0; t < w->num_tlb && !stale; t++) {
			const struct smmu_held_tlb *tlb = &w->tlb[t];

			if (tlb->s1.regime != context->s1.regime ||
			    (tlb->s1.asid != context->s1.asid && !tlb->global))
				continue;
			if (entry->va - tlb->va >= tlb->size)
				continue;
			stale = tlb_gives(smmu, tlb, entry->va, entry->pa);
		}
		for (unsigned f = 0; f < w->num_frozen && !stale; f++) {
			const struct smmu_frozen *frozen = &w->frozen[f];
			struct smmu_outcome outcome;

			if (!frozen->tlb || frozen->s1.regime != context->s1.regime ||
			    frozen->s1.asid != context->s1.asid)
				continue;
			outcome = smmu_probe(smmu, &frozen->s1, entry->va);
			stale = !outcome.event && outcome.pa == entry->pa;
		}
	}
	return stale;
}

static bool atc_tree_refillable(const struct smmu_worst *w, const struct smmu_frozen *gone)
{
	for (unsigned i = 0; i < w->num_contexts; i++) {
		const struct smmu_context *context = &w->context[i];

		if (context->stream != gone->stream || context->ssv != gone->ssv ||
		    context->ssid != gone->ssid || context->kind != SMMU_CTX_S1 || !context->ats)
			continue;
		if (smmu_s1_same(&context->s1, &gone->s1))
			return true;
		for (unsigned f = 0; f < w->num_frozen; f++)
			if (w->frozen[f].tlb && smmu_s1_same(&w->frozen[f].s1, &gone->s1) &&
			    w->frozen[f].s1.regime == context->s1.regime &&
			    w->frozen[f].s1.asid == context->s1.asid)
				return true;
	}
	return false;
}

static void sync_atc(struct smmu *smmu, const struct smmu_invalidation *inv)
{
	struct smmu_worst *w = &smmu->worst;
	unsigned keep = 0;

	for (unsigned i = w->num_frozen; i-- > 0;) {
		const struct smmu_frozen *frozen = &w->frozen[i];

		if (frozen->tlb || frozen->seq >= inv->seq ||
		    !atc_covers(w, inv, frozen->stream, frozen->ssv, frozen->ssid))
			continue;
		if (inv->size)
			smmu_worst_thaw(smmu, i, NULL);
		else if (!atc_tree_refillable(w, frozen))
			smmu_worst_drop_frozen(smmu, i);
		else
			w->frozen[i].early = true;
	}
	for (unsigned i = 0; i < w->num_atc; i++) {
		struct smmu_held_atc *entry = &w->atc[i];

		if (entry->seq < inv->seq &&
		    atc_covers(w, inv, entry->stream, entry->ssv, entry->ssid) &&
		    range_covers(inv, entry->va, entry->size)) {
			if (!atc_refillable(smmu, entry))
				continue;
			entry->refilled = true;
		}
		if (keep++ != i)
			w->atc[keep - 1] = *entry;
	}
	w->num_atc = keep;
}

/* TLBs. */

static bool tlbi_matches(const struct smmu_invalidation *inv, uint8_t regime, uint16_t asid,
			 bool global)
{
	switch (inv->opcode) {
	case SMMU_CMD_TLBI_NSNH_ALL:
		return regime == SMMU_REGIME_NS_EL1;
	case SMMU_CMD_TLBI_NH_ALL:
	case SMMU_CMD_TLBI_EL2_ALL:
	case SMMU_CMD_TLBI_NH_VAA:
	case SMMU_CMD_TLBI_EL2_VAA:
		return regime == inv->regime;
	case SMMU_CMD_TLBI_NH_ASID: /* 4.4.1: by ASID leaves global entries alone */
	case SMMU_CMD_TLBI_EL2_ASID:
		return regime == inv->regime && asid == inv->asid && !global;
	case SMMU_CMD_TLBI_NH_VA:
	case SMMU_CMD_TLBI_EL2_VA: /* 4.4.1: by VA takes global entries whatever the ASID */
		return regime == inv->regime && (asid == inv->asid || global);
	default:
		return false;
	}
}

/* An ATC may have been filled from what leaves the TLB now: since when its stream uses the tag, and
 * ATS is on, does not matter (D-2). */
static void fill_atcs(struct smmu *smmu, const struct smmu_held_tlb *entry)
{
	struct smmu_worst *w = &smmu->worst;
	const struct smmu_walk leaf = {
		.pa = entry->pa,
		.size = entry->size,
		.user_read = entry->read_ok,
		.user_write = entry->write_ok,
	};

	for (unsigned i = 0; i < w->num_contexts; i++) {
		const struct smmu_context *context = &w->context[i];

		if (context->kind != SMMU_CTX_S1 || !context->ats ||
		    !w->stream[context->stream].ats_on || context->s1.regime != entry->s1.regime ||
		    (!entry->global && context->s1.asid != entry->s1.asid))
			continue;
		if (entry->table)
			smmu_worst_hold_subtree(smmu, context, false, entry->va, entry->level,
						entry->pa);
		else
			smmu_worst_hold_atc(smmu, context->stream, context->ssv, context->ssid,
					    entry->va, &leaf);
	}
}

static void sync_tlb(struct smmu *smmu, const struct smmu_invalidation *inv)
{
	struct smmu_worst *w = &smmu->worst;
	unsigned keep = 0;

	for (unsigned i = w->num_frozen; i-- > 0;) {
		const struct smmu_frozen *frozen = &w->frozen[i];

		if (!frozen->tlb || frozen->seq >= inv->seq ||
		    !tlbi_matches(inv, frozen->s1.regime, frozen->s1.asid, false))
			continue;
		/* Global entries, a range only, or an ATC that was filled from it: what is left
		 * must be told apart. */
		if (inv->size || w->any_global ||
		    smmu_worst_tag_user(smmu, frozen->s1.regime, frozen->s1.asid, false, 0) >= 0)
			smmu_worst_thaw(smmu, i, NULL);
		else
			smmu_worst_drop_frozen(smmu, i);
	}
	for (unsigned i = 0; i < w->num_tlb; i++) {
		const struct smmu_held_tlb *entry = &w->tlb[i];

		if (entry->seq < inv->seq &&
		    tlbi_matches(inv, entry->s1.regime, entry->s1.asid, entry->global) &&
		    range_covers(inv, entry->va, entry->size) &&
		    smmu_tlbi_names_level(inv, entry->level, entry->table)) {
			fill_atcs(smmu, entry);
			continue;
		}
		if (keep++ != i)
			w->tlb[keep - 1] = *entry;
	}
	w->num_tlb = keep;
}

/* Configuration. */

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

static void sync_config(struct smmu *smmu)
{
	struct smmu_worst *w = &smmu->worst;
	unsigned keep = 0, touched = 0, left = 0; /* sets of streams */

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
		if (left & 1u << s)
			smmu_worst_mark_stream(smmu, s);
		else
			smmu_worst_settle_stream(smmu, s);
	}
	smmu_worst_refresh(smmu);
}

static bool is_tlbi(uint8_t opcode)
{
	return opcode >= SMMU_CMD_TLBI_NH_ALL && opcode <= SMMU_CMD_TLBI_NSNH_ALL;
}

/* Trees that froze at this very sync, although a command meant for them was in the same batch. */
static void mark_early(struct smmu *smmu)
{
	struct smmu_worst *w = &smmu->worst;

	for (unsigned i = 0; i < w->num_frozen; i++) {
		struct smmu_frozen *frozen = &w->frozen[i];

		if (frozen->seq != w->seq)
			continue;
		for (unsigned p = 0; p < w->num_pending; p++) {
			const struct smmu_invalidation *inv = &w->pending[p];

			if (frozen->tlb)
				frozen->early |= tlbi_matches(inv, frozen->s1.regime,
							      frozen->s1.asid, false);
			else if (inv->opcode == SMMU_CMD_ATC_INV)
				frozen->early |= atc_covers(w, inv, frozen->stream, frozen->ssv,
							    frozen->ssid);
		}
	}
}

void smmu_worst_sync(struct smmu *smmu)
{
	struct smmu_worst *w = &smmu->worst;

	w->seq++;
	/* What could be used until now, before anything goes. */
	smmu_worst_refresh(smmu);
	if (w->num_atc || w->num_frozen)
		for (unsigned i = 0; i < w->num_pending; i++)
			if (w->pending[i].opcode == SMMU_CMD_ATC_INV)
				sync_atc(smmu, &w->pending[i]);
	if (w->num_tlb || w->num_frozen)
		for (unsigned i = 0; i < w->num_pending; i++)
			if (is_tlbi(w->pending[i].opcode))
				sync_tlb(smmu, &w->pending[i]);
	if (w->num_words) {
		sync_config(smmu);
		mark_early(smmu);
	}
	w->num_pending = 0;
}
