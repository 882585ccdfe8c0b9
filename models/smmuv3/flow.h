/* SPDX-License-Identifier: MIT */
/*
 * One transaction on its way through chapter 15: what translate.c, ats.c and lookup.c share.
 * Internal to the model.
 */
#ifndef SMMUV3_FLOW_H
#define SMMUV3_FLOW_H

#include "smmu_state.h"

/* Room for what is decoded on the way and not cached. Never cleared as a whole. */
struct smmu_scratch {
	struct smmu_cached_ste ste;
	struct smmu_cached_cd cd;
	struct smmu_walk walk; /* of the last failed fetch: fetch_addr, and a stage-2 fault */
};

struct smmu_flow {
	struct smmu *smmu;
	struct smmu_request request; /* normalized; from the STE on with its overrides (5.2) */
	struct smmu_scratch *scratch;
	bool update; /* an access is made: counters, HTTU */
	bool cached; /* look into the exact caches and fill them */
};

/* The flow's result: the response, and what an event record says beyond the request. */
struct smmu_result {
	struct smmu_response *response;
	uint64_t fetch_addr, ipa;
	uint8_t fault_class;
	bool s2, ttrnw;
	bool stalls; /* 5.5: waits for software if it can */
};

static inline bool smmu_enabled(const struct smmu *smmu)
{
	return smmu->regs.cr0 & SMMU_CR0_SMMUEN;
}

/* 3.9.1: the Smallest Translation Unit is the smallest granule of IDR5. */
static inline uint64_t smmu_stu(const struct smmu *smmu)
{
	unsigned granules = smmu->profile.granules;

	if (!granules || granules & SMMU_GRANULE_4K)
		return 4096;
	return granules & SMMU_GRANULE_16K ? 16384 : 65536;
}

/*
 * Configuration lookup (3.3.3, lookup.c). With an event: not usable, and scratch->walk has the
 * fetch address or the stage-2 fault (walk.s2) of a CD fetch.
 */
const struct smmu_cached_ste *smmu_flow_ste(struct smmu_flow *flow);
const struct smmu_cd *smmu_flow_cd(struct smmu_flow *flow, const struct smmu_cached_ste *ste,
				   uint32_t index);

/* Outcomes and translation (translate.c). */

/* Terminated; event 0 is a silent abort. */
void smmu_flow_terminate(const struct smmu_flow *flow, struct smmu_result *outcome, uint8_t event,
			 uint8_t cause);
/* A configuration error, which for ATS leaves a record in certain cases only (3.9.1.2, 3.9.1.3). */
void smmu_flow_config_error(const struct smmu_flow *flow, struct smmu_result *outcome,
			    uint8_t event, uint8_t cause);
void smmu_flow_pass(const struct smmu_flow *flow, struct smmu_result *outcome);
/* 5.2 PRIVCFG, INSTCFG. */
void smmu_flow_override(struct smmu_flow *flow, const struct smmu_ste *ste);
/* Substream, CD, translation: from a legal STE that lets traffic pass on. */
void smmu_flow_through_ste(struct smmu_flow *flow, struct smmu_result *outcome,
			   const struct smmu_cached_ste *ste);
/* Stage 1 bypassed: stage 2 if it is there. */
void smmu_flow_bypass_s1(struct smmu_flow *flow, struct smmu_result *outcome,
			 const struct smmu_ste *ste);

/* ATS (ats.c). */
void smmu_flow_ats_request(struct smmu_flow *flow, struct smmu_result *outcome);
void smmu_flow_ats_translated(struct smmu_flow *flow, struct smmu_result *outcome);
/* 3.9.1.2: Success with R == W == 0, one STU. */
void smmu_flow_no_access(const struct smmu_flow *flow, struct smmu_result *outcome, uint8_t cause);

#endif
