/* SPDX-License-Identifier: MIT */
/* Which CD a transaction selects under its STE (3.9, 5.2 S1CDMax and S1DSS). */
#include "address.h"
#include "regs.h"
#include "smmu_state.h"

static struct smmu_select select_event(uint8_t event, uint8_t cause)
{
	return (struct smmu_select){.kind = SMMU_SELECT_EVENT, .event = event, .cause = cause};
}

struct smmu_select smmu_select_cd(const struct smmu *smmu, const struct smmu_ste *ste, bool ssv,
				  uint32_t ssid)
{
	uint32_t beyond = SMMU_FAULT(smmu, substream_off_by_one) ? ssid + 1 : ssid;

	if (ssv) {
		/* 7.3.9: stage 1 disabled; substreams disabled, or out of the table. */
		if (!smmu_ste_has_s1(ste->config))
			return select_event(SMMU_C_BAD_SUBSTREAMID, SMMU_CAUSE_substream_bypass);
		if (!ste->s1cdmax || smmu_exceeds(beyond, ste->s1cdmax))
			return select_event(SMMU_C_BAD_SUBSTREAMID, SMMU_CAUSE_substream_range);
		/* 5.2 S1DSS == 0b10: substream 0 belongs to traffic without a substream. */
		if (ste->s1dss == SMMU_STE1_S1DSS_SSID0 && ssid == 0 &&
		    !SMMU_FAULT(smmu, substream_0_allowed))
			return select_event(SMMU_F_STREAM_DISABLED, SMMU_CAUSE_substream_0);
		return (struct smmu_select){.kind = SMMU_SELECT_CD, .index = ssid};
	}
	if (!smmu_ste_has_s1(ste->config))
		return (struct smmu_select){.kind = SMMU_SELECT_BYPASS};
	/* 5.2 S1CDMax == 0: S1ContextPtr points at one CD and S1DSS is IGNORED. */
	if (!ste->s1cdmax)
		return (struct smmu_select){.kind = SMMU_SELECT_CD};
	switch (ste->s1dss) {
	case SMMU_STE1_S1DSS_BYPASS:
		return (struct smmu_select){.kind = SMMU_SELECT_BYPASS};
	case SMMU_STE1_S1DSS_SSID0:
		return (struct smmu_select){.kind = SMMU_SELECT_CD,
					    .index = SMMU_FAULT(smmu, s1dss_uses_cd_1)};
	default: /* 0b11 behaves as 0b00 */
		return select_event(SMMU_F_STREAM_DISABLED, SMMU_CAUSE_stream_disabled);
	}
}
