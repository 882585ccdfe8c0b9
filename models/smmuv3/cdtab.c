/* SPDX-License-Identifier: MIT */
/* CD table: from a CD index to the address of its CD (5.2 S1Fmt, 5.3). */
#include "address.h"
#include "regs.h"
#include "smmu_state.h"

/* 5.2 S1Fmt: log2 of the CDs in one leaf table. */
static unsigned leaf_bits(const struct smmu_ste *ste)
{
	return ste->s1fmt == SMMU_STE0_S1FMT_64K_L2 ? 10 : 6;
}

bool smmu_cd_is_two_level(const struct smmu_ste *ste)
{
	/* 5.2 S1Fmt: IGNORED with one CD; 0b11 behaves as 0b00. */
	return ste->s1cdmax &&
	       (ste->s1fmt == SMMU_STE0_S1FMT_4K_L2 || ste->s1fmt == SMMU_STE0_S1FMT_64K_L2);
}

uint64_t smmu_l1cd_address(const struct smmu_ste *ste, uint32_t index)
{
	return ste->s1contextptr + (uint64_t)(index >> leaf_bits(ste)) * 8;
}

static struct smmu_place bad_substream(uint8_t cause)
{
	return (struct smmu_place){.event = SMMU_C_BAD_SUBSTREAMID, .cause = cause};
}

struct smmu_place smmu_cd_place_l1(const struct smmu *smmu, const struct smmu_ste *ste,
				   uint32_t index, uint64_t l1cd)
{
	/* 5.3 L2Ptr, bits [55:12]; 5.2 S1Fmt == 0b10: bits [15:12] are RES0. */
	unsigned low = ste->s1fmt == SMMU_STE0_S1FMT_64K_L2 ? 16 : 12;
	uint64_t table = smmu_align_down(l1cd & SMMU_L1CD_L2PTR, low);

	/* 5.3.1: V == 0. */
	if (!(l1cd & SMMU_L1CD_V) || (SMMU_FAULT(smmu, cd_first_leaf_only) && index >= 64))
		return bad_substream(SMMU_CAUSE_l1cd_v);
	/* 3.4.3 (3), (4): L2Ptr beyond the OAS; as an IPA beyond the IAS, which is the same. */
	if (smmu_exceeds(table, smmu->profile.oas_bits))
		return bad_substream(SMMU_CAUSE_l1cd_l2ptr);
	return (struct smmu_place){.pa = table +
					 (index & smmu_low_bits(leaf_bits(ste))) * SMMU_CD_BYTES};
}

struct smmu_place smmu_cd_place_linear(const struct smmu *smmu, const struct smmu_ste *ste,
				       uint32_t index)
{
	uint64_t pa = ste->s1contextptr + (uint64_t)index * SMMU_CD_BYTES;

	/* 3.4.3: an index that leaves the OAS; unreachable with an aligned, legal pointer. */
	if (smmu_exceeds(pa, smmu->profile.oas_bits))
		return (struct smmu_place){
			.event = SMMU_F_CD_FETCH, .cause = SMMU_CAUSE_cd_fetch, .fetch_addr = pa};
	return (struct smmu_place){.pa = pa};
}
