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

/* Does any way other than that of memory give this translation? */
struct stale_way {
	const struct smmu_held_atc *entry;
	bool memory; /* memory's way comes first */
	bool stale;
};

static void see_way(void *ctx, const struct smmu_walk *way)
{
	struct stale_way *seen = ctx;

	if (!seen->memory && !way->event && way->pa == seen->entry->pa)
		seen->stale = true;
	seen->memory = false;
}

/* Could a new ATS request bring this entry back out of a stale TLB or configuration? */
static bool atc_refillable(struct smmu *smmu, const struct smmu_held_atc *entry)
{
	static const struct smmu_s2 off = {.on = false};
	struct smmu_worst *w = &smmu->worst;
	struct stale_way seen = {entry, false, false};

	for (unsigned i = 0; i < w->num_contexts && !seen.stale; i++) {
		const struct smmu_context *context = &w->context[i];

		if (context->stream != entry->stream || context->ssv != entry->ssv ||
		    context->ssid != entry->ssid || !context->ats)
			continue;
		seen.memory = !context->held;
		smmu_worst_ways(smmu, context->kind == SMMU_CTX_S1 ? &context->s1 : NULL,
				context->split ? &off : &context->s2, entry->va, see_way, &seen);
	}
	return seen.stale;
}

static bool atc_tree_refillable(const struct smmu_worst *w, const struct smmu_frozen *gone)
{
	for (unsigned i = 0; i < w->num_contexts; i++) {
		const struct smmu_context *context = &w->context[i];

		if (context->stream != gone->stream || context->ssv != gone->ssv ||
		    context->ssid != gone->ssid || !context->ats ||
		    (context->kind == SMMU_CTX_S1) == gone->stage2)
			continue;
		if (!gone->stage2 && smmu_s1_same(&context->s1, &gone->s1) &&
		    context->s2.on == gone->s2.on)
			return true;
		for (unsigned f = 0; f < w->num_frozen; f++) {
			const struct smmu_frozen *other = &w->frozen[f];

			if (!other->tlb || other->stage2 != gone->stage2)
				continue;
			if (gone->stage2 ? smmu_s2_equal(&other->s2, &gone->s2) &&
						   other->s2.vmid == context->s2.vmid
					 : smmu_s1_same(&other->s1, &gone->s1) &&
						   smmu_same_tag(&other->s1, &context->s1))
				return true;
		}
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
		/* Of what has no tree no part can be told from the rest. */
		if (inv->size && frozen->stage2 && !frozen->s2.on)
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

/* What a TLBI looks at of an entry. */
struct tag {
	uint8_t stage; /* enum smmu_held_stage */
	uint8_t regime;
	uint16_t vmid, asid;
	bool global;
};

/* 4.4.2, 4.4.3: which entries a command names, addresses aside. */
static bool tlbi_matches(const struct smmu *smmu, const struct smmu_invalidation *inv,
			 const struct tag *tag)
{
	bool vm = tag->vmid == inv->vmid || SMMU_FAULT(smmu, worst_vmid_ignored);

	switch (inv->opcode) {
	case SMMU_CMD_TLBI_NSNH_ALL: /* 4.4.4.1: all stages */
		return tag->stage == SMMU_HELD_S2 || tag->regime == SMMU_REGIME_NS_EL1;
	case SMMU_CMD_TLBI_S12_VMALL:
		return vm && (tag->stage == SMMU_HELD_S2 || tag->regime == SMMU_REGIME_NS_EL1);
	case SMMU_CMD_TLBI_S2_IPA: /* 4.4.3.1: what holds both stages stays */
		return vm && tag->stage == SMMU_HELD_S2;
	default:
		break;
	}
	if (tag->stage == SMMU_HELD_S2 || tag->regime != inv->regime)
		return false;
	if (tag->regime == SMMU_REGIME_NS_EL1 && !vm)
		return false;
	switch (inv->opcode) {
	case SMMU_CMD_TLBI_NH_ALL:
	case SMMU_CMD_TLBI_EL2_ALL:
	case SMMU_CMD_TLBI_NH_VAA:
	case SMMU_CMD_TLBI_EL2_VAA:
		return true;
	case SMMU_CMD_TLBI_NH_ASID: /* 4.4.1: by ASID leaves global entries alone */
	case SMMU_CMD_TLBI_EL2_ASID:
		return tag->asid == inv->asid && !tag->global;
	case SMMU_CMD_TLBI_NH_VA:
	case SMMU_CMD_TLBI_EL2_VA: /* 4.4.1: by VA takes global entries whatever the ASID */
		return tag->asid == inv->asid || tag->global;
	default:
		return false;
	}
}

static struct tag frozen_tag(const struct smmu_frozen *frozen)
{
	return (struct tag){
		.stage = frozen->stage2 ? SMMU_HELD_S2 : SMMU_HELD_S1,
		.regime = frozen->s1.regime,
		.vmid = frozen->stage2 ? frozen->s2.vmid : frozen->s1.vmid,
		.asid = frozen->s1.asid,
	};
}

/* 4.4.1.1: does the command name an entry of this level and granule? */
static bool names_level(const struct smmu_invalidation *inv, const struct smmu_held_tlb *entry)
{
	if (inv->tg && inv->tg != entry->granule)
		return false;
	return smmu_tlbi_names_level(inv, entry->level == SMMU_LEVEL_ROOT ? 0 : entry->level,
				     entry->table);
}

/* An ATC may have been filled from what leaves the TLB now: since when its stream uses the tag, and
 * ATS is on, does not matter (D-2). */
static void fill_atcs(struct smmu *smmu, const struct smmu_held_tlb *entry)
{
	struct smmu_worst *w = &smmu->worst;

	for (unsigned i = 0; i < w->num_contexts; i++)
		smmu_worst_fill_atc(smmu, &w->context[i], entry);
}

static void sync_frozen(struct smmu *smmu, const struct smmu_invalidation *inv)
{
	struct smmu_worst *w = &smmu->worst;

	for (unsigned i = w->num_frozen; i-- > 0;) {
		const struct smmu_frozen *frozen = &w->frozen[i];
		struct tag tag = frozen_tag(frozen);

		if (!frozen->tlb || frozen->seq >= inv->seq || !tlbi_matches(smmu, inv, &tag))
			continue;
		/* Global entries, a range only, or an ATC that was filled from it: what is left
		 * must be told apart. */
		if (inv->size || w->any_global || smmu_worst_frozen_used(smmu, frozen))
			smmu_worst_thaw(smmu, i, NULL);
		else
			smmu_worst_drop_frozen(smmu, i);
	}
}

static bool entry_goes(const struct smmu *smmu, const struct smmu_invalidation *inv,
		       const struct smmu_held_tlb *entry)
{
	const struct tag tag = {
		.stage = entry->stage,
		.regime = entry->s1.regime,
		.vmid = entry->vmid,
		.asid = entry->s1.asid,
		.global = entry->global,
	};

	return entry->seq < inv->seq && tlbi_matches(smmu, inv, &tag) &&
	       range_covers(inv, entry->va, entry->size) && names_level(inv, entry);
}

/* What is made of stage-2 entries that go must see all of the others. */
static bool sync_stage2(struct smmu *smmu, const struct smmu_invalidation *inv)
{
	struct smmu_worst *w = &smmu->worst;
	bool any = false;

	for (unsigned i = 0; i < w->num_tlb; i++) {
		const struct smmu_held_tlb entry = w->tlb[i];

		if (entry.stage != SMMU_HELD_S2 || !entry_goes(smmu, inv, &entry))
			continue;
		smmu_worst_combine(smmu, &entry, inv->opcode == SMMU_CMD_TLBI_S2_IPA);
		any = true;
	}
	return any;
}

static void sync_tlb(struct smmu *smmu, const struct smmu_invalidation *inv)
{
	struct smmu_worst *w = &smmu->worst;
	unsigned keep = 0;
	bool stage2;

	sync_frozen(smmu, inv);
	stage2 = smmu->profile.stage2 && sync_stage2(smmu, inv);
	for (unsigned i = 0; i < w->num_tlb; i++) {
		const struct smmu_held_tlb *entry = &w->tlb[i];

		if (entry_goes(smmu, inv, entry)) {
			if (entry->stage != SMMU_HELD_S2)
				fill_atcs(smmu, entry);
			continue;
		}
		if (keep++ != i)
			w->tlb[keep - 1] = *entry;
	}
	w->num_tlb = keep;
	/* CDs may have been found through what has gone. */
	for (unsigned s = 0; s < w->num_streams && stage2; s++)
		if (w->stream[s].num_s2)
			smmu_worst_mark_stream(smmu, s);
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

			const struct tag tag = frozen_tag(frozen);

			if (frozen->tlb)
				frozen->early |= tlbi_matches(smmu, inv, &tag);
			else if (inv->opcode == SMMU_CMD_ATC_INV)
				frozen->early |= atc_covers(w, inv, frozen->stream, frozen->ssv,
							    frozen->ssid);
		}
	}
}

/*
 * In which order the TLBIs of one batch leave the most: what takes both stages of a VMID leaves
 * nothing whenever it comes, but what a TLBI by IPA takes may have refilled what one of stage 1 has
 * taken (4.4.3.1).
 */
static unsigned tlbi_turn(uint8_t opcode)
{
	switch (opcode) {
	case SMMU_CMD_TLBI_S12_VMALL:
	case SMMU_CMD_TLBI_NSNH_ALL:
		return 0;
	case SMMU_CMD_TLBI_S2_IPA:
		return 2;
	default:
		return 1;
	}
}

static void sync_tlbs(struct smmu *smmu)
{
	const struct smmu_worst *w = &smmu->worst;
	unsigned turns = smmu->profile.stage2 ? 3 : 1;

	for (unsigned turn = 0; turn < turns; turn++)
		for (unsigned i = 0; i < w->num_pending; i++)
			if (is_tlbi(w->pending[i].opcode) &&
			    (turns == 1 || tlbi_turn(w->pending[i].opcode) == turn))
				sync_tlb(smmu, &w->pending[i]);
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
		sync_tlbs(smmu);
	if (w->num_words || w->asleep) {
		smmu_worst_sync_config(smmu);
		mark_early(smmu);
	}
	w->num_pending = 0;
}
