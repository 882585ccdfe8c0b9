/* SPDX-License-Identifier: MIT */
/*
 * Worst-case caches: a tree freezes when the last configuration that leads to it has gone. What
 * stood in it then may still be in the TLBs and the ATCs.
 */
#include "worst_state.h"

static bool tag_still_there(const struct smmu_worst *w, const struct smmu_s1 *s1, bool nested)
{
	for (unsigned i = 0; i < w->num_contexts; i++)
		if (w->context[i].kind == SMMU_CTX_S1 && w->context[i].s2.on == nested &&
		    smmu_s1_equal(&w->context[i].s1, s1))
			return true;
	return false;
}

static bool stage2_still_there(const struct smmu_worst *w, const struct smmu_s2 *s2)
{
	for (unsigned i = 0; i < w->num_contexts; i++)
		if (w->context[i].s2.on && smmu_s2_equal(&w->context[i].s2, s2))
			return true;
	return false;
}

/* 5.2 PRIVCFG decides about the rights that a completion grants. */
static bool same_completions(const struct smmu_s1 *a, const struct smmu_s1 *b)
{
	return smmu_s1_equal(a, b) && a->priv == b->priv;
}

static bool pair_still_there(const struct smmu_worst *w, const struct smmu_context *old)
{
	for (unsigned i = 0; i < w->num_contexts; i++) {
		const struct smmu_context *context = &w->context[i];

		if (context->kind == old->kind && context->stream == old->stream &&
		    context->ssv == old->ssv && context->ssid == old->ssid && context->ats &&
		    context->split == old->split && smmu_s2_equal(&context->s2, &old->s2) &&
		    (old->kind != SMMU_CTX_S1 || same_completions(&context->s1, &old->s1)))
			return true;
	}
	return false;
}

static bool same_tree(const struct smmu_frozen *a, const struct smmu_frozen *b)
{
	if (a->tlb != b->tlb || a->stage2 != b->stage2 || a->s2.on != b->s2.on)
		return false;
	if (!a->stage2 &&
	    !(a->tlb ? smmu_s1_equal(&a->s1, &b->s1) : same_completions(&a->s1, &b->s1)))
		return false;
	if ((a->stage2 || !a->tlb) && !smmu_s2_equal(&a->s2, &b->s2))
		return false;
	return a->tlb || (a->stream == b->stream && a->ssv == b->ssv && a->ssid == b->ssid &&
			  a->split == b->split);
}

static void freeze(struct smmu *smmu, const struct smmu_frozen *frozen)
{
	struct smmu_worst *w = &smmu->worst;

	for (unsigned i = 0; i < w->num_frozen; i++) {
		if (same_tree(&w->frozen[i], frozen)) {
			w->frozen[i].seq = w->seq;
			return;
		}
	}
	if (w->num_frozen == SMMU_MAX_FROZEN) {
		w->overflow = true;
		return;
	}
	w->frozen[w->num_frozen++] = *frozen;
	/* Global leaves match other tags than the tree's: they must be told apart. */
	if (frozen->tlb && !frozen->stage2 && w->any_global)
		smmu_worst_thaw(smmu, w->num_frozen - 1, NULL);
}

static bool walks(const struct smmu_s1 *s1)
{
	return smmu_s1_walks(s1, false) || smmu_s1_walks(s1, true);
}

static void freeze_tlb(struct smmu *smmu, const struct smmu_context *gone)
{
	struct smmu_worst *w = &smmu->worst;
	struct smmu_frozen frozen = {.s2 = gone->s2, .seq = w->seq, .tlb = true};

	if (gone->kind == SMMU_CTX_S1 && walks(&gone->s1) &&
	    !tag_still_there(w, &gone->s1, gone->s2.on)) {
		frozen.s1 = gone->s1;
		freeze(smmu, &frozen);
	}
	if (gone->s2.on && !stage2_still_there(w, &gone->s2)) {
		frozen.stage2 = true;
		freeze(smmu, &frozen);
		/* Other streams of the VMID may read their CDs through it. */
		for (unsigned s = 0; s < w->num_streams; s++)
			if (w->stream[s].num_s2)
				smmu_worst_mark_stream(smmu, s);
	}
}

static void freeze_atc(struct smmu *smmu, const struct smmu_context *gone, const struct smmu_s1 *s1,
		       const struct smmu_s2 *s2)
{
	struct smmu_frozen frozen = {.s1 = *s1,
				     .s2 = *s2,
				     .seq = smmu->worst.seq,
				     .stage2 = gone->kind != SMMU_CTX_S1,
				     .split = gone->split,
				     .stream = gone->stream,
				     .ssv = gone->ssv,
				     .ssid = gone->ssid};

	frozen.s1.priv = gone->s1.priv;
	/* 13.6.3, 13.6.4: with stage 1 bypassed a completion without stage 2 is the address itself. */
	if (frozen.stage2 && gone->split)
		frozen.s2.on = false;
	freeze(smmu, &frozen);
}

/* The same for what the TLB has of stage 2, by VMID. */
static void fill_from_vmid(struct smmu *smmu, const struct smmu_context *gone)
{
	struct smmu_worst *w = &smmu->worst;
	unsigned frozen = w->num_frozen;

	for (unsigned i = 0; i < w->num_tlb && gone->kind == SMMU_CTX_BYPASS; i++) {
		const struct smmu_held_tlb *entry = &w->tlb[i];

		if (entry->stage == SMMU_HELD_S2 && entry->vmid == gone->s2.vmid && !entry->table) {
			const struct smmu_walk leaf = smmu_worst_s2_entry(smmu, entry, entry->va);

			smmu_worst_hold_atc(smmu, gone, entry->va, &leaf);
		}
	}
	for (unsigned i = 0; i < w->num_contexts; i++)
		if (w->context[i].s2.on && w->context[i].s2.vmid == gone->s2.vmid &&
		    !smmu_s2_equal(&w->context[i].s2, &gone->s2))
			freeze_atc(smmu, gone, &gone->s1, &w->context[i].s2);
	for (unsigned i = 0; i < frozen; i++) {
		const struct smmu_frozen other = w->frozen[i];

		if (other.stage2 && other.tlb && other.s2.vmid == gone->s2.vmid &&
		    !smmu_s2_equal(&other.s2, &gone->s2))
			freeze_atc(smmu, gone, &gone->s1, &other.s2);
	}
}

/* The ATC may also have been filled out of what others with its tag have brought into the TLB, and
 * who has the tag is not known any longer when that leaves. */
static void fill_from_tag(struct smmu *smmu, const struct smmu_context *gone)
{
	struct smmu_worst *w = &smmu->worst;
	unsigned frozen = w->num_frozen;

	for (unsigned i = 0; i < w->num_tlb; i++)
		smmu_worst_fill_atc(smmu, gone, &w->tlb[i]);
	if (gone->s2.on && !gone->split)
		fill_from_vmid(smmu, gone);
	if (gone->kind != SMMU_CTX_S1)
		return;
	for (unsigned i = 0; i < w->num_contexts; i++)
		if (w->context[i].kind == SMMU_CTX_S1 &&
		    smmu_same_tag(&w->context[i].s1, &gone->s1) &&
		    !(smmu_s1_equal(&w->context[i].s1, &gone->s1) &&
		      smmu_s2_equal(&w->context[i].s2, &gone->s2)))
			freeze_atc(smmu, gone, &w->context[i].s1, &w->context[i].s2);
	for (unsigned i = 0; i < w->num_contexts && w->any_global; i++)
		if (w->context[i].kind == SMMU_CTX_S1 &&
		    smmu_tag_hits(&gone->s1, w->context[i].s1.regime, w->context[i].s1.vmid, 0,
				  true) &&
		    gone->s1.asid != w->context[i].s1.asid)
			smmu_worst_hold_globals(smmu, gone, &w->context[i]);
	for (unsigned i = 0; i < frozen; i++) {
		const struct smmu_frozen other = w->frozen[i];

		if (other.tlb && !other.stage2 && smmu_same_tag(&other.s1, &gone->s1) &&
		    !(smmu_s1_equal(&other.s1, &gone->s1) && smmu_s2_equal(&other.s2, &gone->s2)))
			freeze_atc(smmu, gone, &other.s1, &other.s2);
	}
}

void smmu_worst_freeze(struct smmu *smmu, unsigned count)
{
	struct smmu_worst *w = &smmu->worst;

	for (unsigned i = 0; i < count; i++)
		freeze_tlb(smmu, &w->taken[i]);
	/* All of what the TLB keeps may have filled an ATC. */
	for (unsigned i = 0; i < count; i++) {
		const struct smmu_context *gone = &w->taken[i];

		if (!gone->ats || !w->stream[gone->stream].ats_on || pair_still_there(w, gone) ||
		    (gone->kind == SMMU_CTX_S1 && !walks(&gone->s1)))
			continue;
		freeze_atc(smmu, gone, &gone->s1, &gone->s2);
		fill_from_tag(smmu, gone);
	}
}

void smmu_worst_unfreeze(struct smmu *smmu)
{
	struct smmu_worst *w = &smmu->worst;

	for (unsigned i = w->num_frozen; i-- > 0;) {
		const struct smmu_frozen *frozen = &w->frozen[i];
		struct smmu_context as = {.kind = frozen->stage2 ? SMMU_CTX_BYPASS : SMMU_CTX_S1,
					  .stream = frozen->stream,
					  .ssv = frozen->ssv,
					  .ssid = frozen->ssid,
					  .split = frozen->split,
					  .s1 = frozen->s1,
					  .s2 = frozen->s2};
		bool there;

		if (!frozen->tlb)
			there = pair_still_there(w, &as);
		else if (frozen->stage2)
			there = stage2_still_there(w, &frozen->s2);
		else
			there = tag_still_there(w, &frozen->s1, frozen->s2.on);
		if (there)
			smmu_worst_drop_frozen(smmu, i);
	}
}
