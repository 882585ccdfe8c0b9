/* SPDX-License-Identifier: MIT */
/*
 * ATS translation requests and ATS Translated traffic (3.9.1), Full and Split-stage (13.6.3). What
 * they share with ordinary transactions is in translate.c.
 */
#include "address.h"
#include "regs.h"

#include "flow.h"

void smmu_flow_no_access(const struct smmu_flow *flow, struct smmu_result *outcome, uint8_t cause)
{
	*outcome->response = (struct smmu_response){
		.status = SMMU_OK, .cause = cause, .size = smmu_stu(flow->smmu)};
}

void smmu_flow_ats_request(struct smmu_flow *flow, struct smmu_result *outcome)
{
	const struct smmu_cached_ste *found;

	if (!flow->smmu->profile.ats) { /* 5.2 EATS: no ATS requests can be made */
		smmu_flow_terminate(flow, outcome, SMMU_EVT_NONE, SMMU_CAUSE_ats_absent);
		return;
	}
	/* 3.9.1.2: UR. */
	if (!smmu_enabled(flow->smmu)) {
		smmu_flow_terminate(flow, outcome, SMMU_F_BAD_ATS_TREQ, SMMU_CAUSE_ats_disabled);
		return;
	}
	found = smmu_flow_ste(flow);
	if (found->ste.event) {
		smmu_flow_config_error(flow, outcome, found->ste.event, found->ste.cause);
		return;
	}
	/* 3.9.1.2: UR; silent for Config == 0b000. */
	if (found->ste.config == SMMU_STE_ABORT) {
		smmu_flow_terminate(flow, outcome, SMMU_EVT_NONE, SMMU_CAUSE_ste_config_abort);
		return;
	}
	/* 5.2 EATS in effect: 0b00 for a bypass, and for Split-stage without ATSCHK. */
	if (found->ste.eats == SMMU_STE1_EATS_NONE) {
		smmu_flow_terminate(flow, outcome, SMMU_F_BAD_ATS_TREQ, SMMU_CAUSE_ats_eats);
		return;
	}
	smmu_flow_through_ste(flow, outcome, found);
}

/* 3.9.1.3; IDR3.PASIDTT == 0, so a PASID is not looked at. */
void smmu_flow_ats_translated(struct smmu_flow *flow, struct smmu_result *outcome)
{
	struct smmu *smmu = flow->smmu;
	const struct smmu_cached_ste *found;
	uint8_t eats;

	if (!smmu->profile.ats) { /* 5.2 EATS: no Translated traffic passes */
		smmu_flow_terminate(flow, outcome, SMMU_EVT_NONE, SMMU_CAUSE_ats_absent);
		return;
	}
	if (!smmu_enabled(smmu)) {
		smmu_flow_terminate(flow, outcome, SMMU_F_TRANSL_FORBIDDEN,
				    SMMU_CAUSE_ats_disabled);
		return;
	}
	if (smmu->regs.cr0 & SMMU_CR0_ATSCHK && !SMMU_FAULT(smmu, atschk_ignored)) {
		found = smmu_flow_ste(flow);
		if (found->ste.event) {
			smmu_flow_config_error(flow, outcome, found->ste.event, found->ste.cause);
			return;
		}
		if (found->ste.config == SMMU_STE_ABORT) {
			smmu_flow_terminate(flow, outcome, SMMU_EVT_NONE,
					    SMMU_CAUSE_ste_config_abort);
			return;
		}
		eats = found->ste.eats;
		if (eats == SMMU_STE1_EATS_NONE || SMMU_FAULT(smmu, translated_refused)) {
			smmu_flow_terminate(flow, outcome, SMMU_F_TRANSL_FORBIDDEN,
					    SMMU_CAUSE_ats_translated);
			return;
		}
		/* 13.6.3: the address is an IPA, and stage 2 is what there is left to do. */
		if (eats == SMMU_STE1_EATS_SPLIT && !SMMU_FAULT(smmu, split_translated_passes)) {
			smmu_flow_override(flow, &found->ste);
			smmu_flow_bypass_s1(flow, outcome, &found->ste);
			return;
		}
	}
	/* 3.9.1.1: of the two permitted behaviours, an abort without an event. */
	if (smmu_exceeds(flow->request.addr, smmu->profile.oas_bits)) {
		smmu_flow_terminate(flow, outcome, SMMU_EVT_NONE, SMMU_CAUSE_ats_beyond_oas);
		return;
	}
	smmu_flow_pass(flow, outcome);
}
