/* SPDX-License-Identifier: MIT */
/* Worst-case caches: from a stream to its STEs (worst_ste.c) and to the memory that holds its
 * structures (worst_range.c). */
#ifndef SMMUV3_WORST_STRUCTURE_H
#define SMMUV3_WORST_STRUCTURE_H

#include "worst_mix.h"

enum { SMMU_WORST_STES = 32 }; /* distinct decoded STEs of one stream */

/* One decoded STE that the stream may have. */
struct smmu_worst_ste {
	struct smmu_ste ste;
	bool held;
};

struct smmu_worst_stes {
	unsigned count;
	struct smmu_worst_ste ste[SMMU_WORST_STES];
};

void smmu_worst_collect_stes(struct smmu *smmu, unsigned stream, struct smmu_worst_stes *stes);

void smmu_worst_add_range(struct smmu *smmu, unsigned stream, uint8_t kind, uint64_t lo,
			  uint64_t size, uint32_t index, uint32_t span, bool held);
/* The CD table of one STE, `count` CDs of it. */
void smmu_worst_add_cd_ranges(struct smmu *smmu, unsigned stream, const struct smmu_worst_ste *from,
			      uint32_t count);
/* 5.2 S1Fmt: CDs below one L1CD. */
uint32_t smmu_worst_cd_span(const struct smmu_ste *ste);

#endif
