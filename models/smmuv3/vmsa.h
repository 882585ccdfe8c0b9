/* SPDX-License-Identifier: MIT */
/*
 * What STEs and CDs encode alike about VMSAv8-64 tables: address sizes, granules, input sizes and
 * the alignment of the starting-level table (5.2, 5.4, 6.3.6). Internal to the model.
 */
#ifndef SMMUV3_VMSA_H
#define SMMUV3_VMSA_H

#include "smmu_state.h"

/* 6.3.6 OAS, 5.2 S2PS, 5.4 IPS: 0b111 is reserved in SMMUv3.1 and behaves as 0b110. */
static inline uint8_t smmu_address_size(unsigned field)
{
	static const uint8_t bits[8] = {32, 36, 40, 42, 44, 48, 52, 52};

	return bits[field];
}

/* 5.2 S2PS, 5.4 IPS: capped to the OAS. */
static inline uint8_t smmu_effective_size(const struct smmu *smmu, unsigned field)
{
	uint8_t bits = smmu_address_size(field);

	return bits < smmu->profile.oas_bits ? bits : smmu->profile.oas_bits;
}

/* 5.4 TG0, 5.2 S2TG: log2 of the granule, 0 for the reserved value. TG1 has its own encoding. */
static inline uint8_t smmu_granule_tg0(unsigned tg)
{
	static const uint8_t granule[4] = {12, 16, 14, 0};

	return granule[tg];
}

static inline uint8_t smmu_granule_tg1(unsigned tg)
{
	static const uint8_t granule[4] = {0, 14, 12, 16};

	return granule[tg];
}

/* 6.3.6 GRAN4K, GRAN16K, GRAN64K: SMMU_GRANULE_*; a profile that names none has 4 KiB. */
static inline unsigned smmu_granules(const struct smmu_profile *profile)
{
	return profile->granules ? profile->granules : SMMU_GRANULE_4K;
}

static inline bool smmu_granule_supported(const struct smmu *smmu, unsigned granule)
{
	/* 12, 14, 16 to bits 0, 1, 2; the reserved value to none. */
	return granule && (smmu_granules(&smmu->profile) >> (granule - 12) / 2 & 1);
}

/* 5.2 S2T0SZ, 5.4 T0SZ: the largest valid value, by IDR3.STT. */
static inline unsigned smmu_tsz_max(const struct smmu *smmu, unsigned granule)
{
	if (!smmu->profile.small_tables)
		return 39;
	return granule == 12 || granule == 14 ? 48 : 47;
}

/*
 * Log2 of what a table base is aligned to: the bytes of the starting-level table, tables that are
 * concatenated at stage 2 included, and 64 of them at least with 52-bit output (5.2 S2TTB).
 */
static inline unsigned smmu_ttb_align(unsigned granule, unsigned ia_bits, unsigned start_level,
				      unsigned output_bits)
{
	unsigned align = ia_bits - smmu_level_shift(granule, start_level) + 3;

	return output_bits == 52 && align < 6 ? 6 : align;
}

/* 5.2 S2TTB, 5.4 TTB0: 48 bits at most with a granule below 64 KiB. */
static inline unsigned smmu_ttb_bits(unsigned granule, unsigned output_bits)
{
	return granule < 16 && output_bits > 48 ? 48 : output_bits;
}

#endif
