/* SPDX-License-Identifier: MIT */
/*
 * Worst-case caches: a tree freezes when the last configuration that leads to it has gone. What
 * stood in it then may still be in the TLBs and the ATCs.
 */
#include "worst_state.h"

static bool tag_still_there(const struct smmu_worst *w, const struct smmu_s1 *s1)
{
	for (unsigned i = 0; i < w->num_contexts; i++)
		if (w->context[i].kind == SMMU_CTX_S1 && smmu_s1_equal(&w->context[i].s1, s1))
			return true;
	return false;
}

static bool pair_still_there(const struct smmu_worst *w, const struct smmu_context *old)
{
	for (unsigned i = 0; i < w->num_contexts; i++) {
		const struct smmu_context *context = &w->context[i];

		if (context->kind == SMMU_CTX_S1 && context->stream == old->stream &&
		    context->ssv == old->ssv && context->ssid == old->ssid && context->ats &&
		    smmu_s1_equal(&context->s1, &old->s1))
			return true;
	}
	return false;
}

static void freeze(struct smmu *smmu, const struct smmu_frozen *frozen)
{
	struct smmu_worst *w = &smmu->worst;

	for (unsigned i = 0; i < w->num_frozen; i++) {
		struct smmu_frozen *have = &w->frozen[i];

		if (have->tlb == frozen->tlb && smmu_s1_equal(&have->s1, &frozen->s1) &&
		    (have->tlb || (have->stream == frozen->stream && have->ssv == frozen->ssv &&
				   have->ssid == frozen->ssid))) {
			have->seq = w->seq;
			return;
		}
	}
	if (w->num_frozen == SMMU_MAX_FROZEN) {
		w->overflow = true;
		return;
	}
	w->frozen[w->num_frozen++] = *frozen;
	/* Global leaves match other tags than the tree's: they must be told apart. */
	if (frozen->tlb && w->any_global)
		smmu_worst_thaw(smmu, w->num_frozen - 1, NULL);
}

void smmu_worst_freeze(struct smmu *smmu, unsigned count)
{
	struct smmu_worst *w = &smmu->worst;

	for (unsigned i = 0; i < count; i++) {
		const struct smmu_context *gone = &w->taken[i];

		if (gone->s1.epd0)
			continue;
		if (!tag_still_there(w, &gone->s1)) {
			const struct smmu_frozen frozen = {
				.s1 = gone->s1, .seq = w->seq, .tlb = true};

			freeze(smmu, &frozen);
		}
		if (gone->ats && w->stream[gone->stream].ats_on && !pair_still_there(w, gone)) {
			const struct smmu_frozen frozen = {.s1 = gone->s1,
							   .seq = w->seq,
							   .stream = gone->stream,
							   .ssv = gone->ssv,
							   .ssid = gone->ssid};

			freeze(smmu, &frozen);
		}
	}
}

void smmu_worst_unfreeze(struct smmu *smmu)
{
	struct smmu_worst *w = &smmu->worst;

	for (unsigned i = w->num_frozen; i-- > 0;) {
		const struct smmu_frozen *frozen = &w->frozen[i];
		struct smmu_context as = {.kind = SMMU_CTX_S1,
					  .stream = frozen->stream,
					  .ssv = frozen->ssv,
					  .ssid = frozen->ssid,
					  .s1 = frozen->s1};

		if (frozen->tlb ? tag_still_there(w, &frozen->s1) : pair_still_there(w, &as))
			smmu_worst_drop_frozen(smmu, i);
	}
}
