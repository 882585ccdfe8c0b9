/* SPDX-License-Identifier: MIT */
/* Stream table: from a StreamID to the address of its STE (3.3.1, 5.1, 6.3.24, 6.3.25). */
#include "address.h"
#include "regs.h"
#include "smmu_state.h"

/* 6.3.24 ADDR, bits [55:6]; the bits around it are implied as zero. */
static uint64_t table_base(const struct smmu *smmu, unsigned align_bits)
{
	return smmu_align_down(smmu->regs.strtab_base & SMMU_STRTAB_BASE_ADDR, align_bits);
}

/* 6.3.25 LOG2SIZE as written: it is what aligns the table. */
static unsigned literal_log2size(const struct smmu *smmu)
{
	return (unsigned)smmu_get(smmu->regs.strtab_base_cfg, SMMU_STRTAB_CFG_LOG2SIZE);
}

/* 6.3.25 LOG2SIZE: the effective value is capped to IDR1.SIDSIZE. */
static unsigned effective_log2size(const struct smmu *smmu)
{
	unsigned log2size = literal_log2size(smmu);

	return log2size < smmu->profile.sid_bits ? log2size : smmu->profile.sid_bits;
}

/* 6.3.25 SPLIT: 6, 8 or 10; reserved values behave as 6. */
static unsigned split(const struct smmu *smmu)
{
	unsigned value = (unsigned)smmu_get(smmu->regs.strtab_base_cfg, SMMU_STRTAB_CFG_SPLIT);

	return value == 8 || value == 10 ? value : 6;
}

/* 3.4.3 (5): an STE address beyond the OAS is a failed fetch here, not truncated. */
static struct smmu_place ste_place(const struct smmu *smmu, uint64_t pa)
{
	if (smmu_exceeds(pa, smmu->profile.oas_bits))
		return (struct smmu_place){.event = SMMU_F_STE_FETCH,
					   .cause = SMMU_CAUSE_ste_beyond_oas,
					   .fetch_addr = pa};
	return (struct smmu_place){.pa = pa};
}

bool smmu_strtab_is_two_level(const struct smmu *smmu)
{
	/* 6.3.25 FMT: RES0 without IDR0.ST_LEVEL; reserved values behave as linear. */
	return smmu->profile.two_level_strtab &&
	       smmu_get(smmu->regs.strtab_base_cfg, SMMU_STRTAB_CFG_FMT) ==
		       SMMU_STRTAB_CFG_FMT_2LVL;
}

bool smmu_sid_in_range(const struct smmu *smmu, uint32_t sid)
{
	/* 6.3.25: a StreamID >= 2^LOG2SIZE is out of range. */
	return !smmu_exceeds(sid, effective_log2size(smmu));
}

uint64_t smmu_l1std_address(const struct smmu *smmu, uint32_t sid)
{
	unsigned size = literal_log2size(smmu), bottom = split(smmu);
	/* 6.3.24: aligned to the larger of 64 bytes and the first-level table. */
	unsigned align = size > bottom + 3 ? size - bottom + 3 : 6;

	return table_base(smmu, align) + ((uint64_t)sid >> bottom) * 8;
}

static struct smmu_place bad_span(void)
{
	return (struct smmu_place){.event = SMMU_C_BAD_STREAMID, .cause = SMMU_CAUSE_l1std_span};
}

struct smmu_place smmu_ste_place_l1(const struct smmu *smmu, uint32_t sid, uint64_t l1std)
{
	unsigned span = (unsigned)smmu_get(l1std, SMMU_L1STD_SPAN), bottom = split(smmu);
	uint64_t index = sid & smmu_low_bits(bottom), table;

	/* 5.1 Span: 0 is invalid, 12-31 behave as 0; 7.3.3: so does what exceeds SPLIT + 1. */
	if (span == 0 || span > 11 || span > bottom + 1)
		return bad_span();
	/* 5.1.1: outside of the level 2 range described by Span. */
	if (smmu_exceeds(index, span - 1))
		return bad_span();
	/* 5.1 L2Ptr, bits [55:6]: aligned to the level 2 array by the SMMU. */
	table = smmu_align_down(l1std & SMMU_L1STD_L2PTR, 6 + span - 1);
	return ste_place(smmu, table + index * SMMU_STE_BYTES);
}

struct smmu_place smmu_ste_place_linear(const struct smmu *smmu, uint32_t sid)
{
	/* 6.3.24: aligned to the table size, ADDR[LOG2SIZE + 5:0] = 0. */
	return ste_place(smmu, table_base(smmu, literal_log2size(smmu) + 6) +
				       (uint64_t)sid * SMMU_STE_BYTES);
}
