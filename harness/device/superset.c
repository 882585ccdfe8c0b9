/* SPDX-License-Identifier: MIT */
/*
 * The worst-case caches as the judge of the others: whatever an SMMU without caches or with exact ones
 * answers, smmu_possible() of a second instance lists it, which has had the same stores, register
 * writes and commands. Claimed as long as that one was told of every change of a tree (trees.c).
 */
#include "model.h"

static bool is_claimed(struct dev_model *shadow, const struct smmu_request *request)
{
	struct smmu_stale stale = smmu_stale(&shadow->smmu);

	model_note_nested(shadow);
	shadow->lost |= stale.overflow || stale.untracked;
	return !shadow->lost && request->kind == SMMU_UNTRANSLATED && !request->instruction &&
	       request->sid - DEV_FIRST_SID < DEV_NUM_SIDS;
}

void model_ask_shadow(struct dev_model *model, const struct smmu_request *request,
		      struct model_possible *possible)
{
	possible->count = 0;
	if (!model->shadow || !is_claimed(model->shadow, request))
		return;
	possible->count =
		smmu_possible(&model->shadow->smmu, request, possible->outcome, MODEL_MAX_POSSIBLE);
	if (possible->count == MODEL_MAX_POSSIBLE)
		possible->count = 0;
}

static bool explains(const struct smmu_outcome *outcome, const struct smmu_request *request,
		     const struct smmu_response *response)
{
	if (response->status == SMMU_OK)
		return !outcome->event && outcome->pa == response->pa &&
		       (request->write ? outcome->write_ok : outcome->read_ok);
	/* 5.5: a fault may leave no record. */
	if (!response->event)
		return outcome->event || !(request->write ? outcome->write_ok : outcome->read_ok);
	if (response->event == SMMU_F_PERMISSION && !outcome->event)
		return request->write ? !outcome->write_ok : !outcome->read_ok;
	return outcome->event == response->event;
}

void model_check_possible(struct dev_model *model, const struct smmu_request *request,
			  const struct smmu_response *response,
			  const struct model_possible *possible)
{
	/* The caches find out about entries that overlap, which the others do not say (16.2.4). */
	if (!possible->count || response->event == SMMU_F_TLB_CONFLICT ||
	    response->event == SMMU_F_CFG_CONFLICT)
		return;
	for (unsigned i = 0; i < possible->count; i++)
		if (explains(&possible->outcome[i], request, response))
			return;
	model_break(model, "none of %u possible outcomes is what came: %s, %s, 0x%llx",
		    possible->count, response->status == SMMU_OK ? "ok" : "refused",
		    smmu_event_name(response->event), (unsigned long long)response->pa);
}
