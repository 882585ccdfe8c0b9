/* SPDX-License-Identifier: MIT */
/*
 * What the table walks of both stages share: descriptor bits (Arm ARM D8.3), one step of stage 1,
 * and the hardware update of one descriptor (3.13).
 */
#ifndef SMMUV3_WALK_H
#define SMMUV3_WALK_H

#include "address.h"
#include "regs.h"
#include "smmu_state.h"

#define DESC_VALID	SMMU_BIT(0)
#define DESC_TABLE	SMMU_BIT(1) /* levels 0 to 2: a table; level 3: a page */
#define DESC_AF		SMMU_BIT(10)
#define DESC_DBM	SMMU_BIT(51)
#define DESC_CONTIGUOUS SMMU_BIT(52)
/* Stage 1 */
#define DESC_USER SMMU_BIT(6) /* AP[1] */
#define DESC_RO	  SMMU_BIT(7) /* AP[2] */
#define DESC_NG	  SMMU_BIT(11)
#define DESC_PXN  SMMU_BIT(53)
#define DESC_UXN  SMMU_BIT(54) /* XN where there is one Exception level */
/* Stage 2 */
#define DESC_S2_READ  SMMU_BIT(6) /* S2AP[0] */
#define DESC_S2_WRITE SMMU_BIT(7) /* S2AP[1] */
#define DESC_S2_XN0   SMMU_BIT(53)
#define DESC_S2_XN1   SMMU_BIT(54)

enum { LAST_LEVEL = 3 };

/* D8.3: the next-level table or the output of a descriptor. */
static inline uint64_t desc_address(const struct smmu *smmu, uint64_t desc, unsigned granule)
{
	uint64_t addr = desc & SMMU_MASK(47, 12) & ~smmu_low_bits(granule);

	/* With 52-bit addresses a descriptor of the 64 KiB granule has [51:48] in bits [15:12]. */
	if (granule == 16 && smmu->profile.oas_bits == 52 && !SMMU_FAULT(smmu, walk_52_bits_lost))
		addr |= (desc & SMMU_MASK(15, 12)) << 36;
	return addr;
}

/* D8.3: does a valid descriptor end the walk at this level? */
static inline bool desc_is_leaf(const struct smmu *smmu, uint64_t desc, unsigned granule,
				unsigned level)
{
	bool table_bit = desc & DESC_TABLE;

	if (level == LAST_LEVEL)
		return table_bit;
	if (table_bit || level == 0)
		return false;
	/* Level 1 blocks: 4 KiB; 64 KiB with 52-bit addresses; never 16 KiB. */
	return level == 2 || granule == 12 || (granule == 16 && smmu->profile.oas_bits == 52);
}

static inline void walk_fault(struct smmu_walk *walk, uint8_t event, uint8_t cause, uint8_t class)
{
	walk->event = event;
	walk->cause = cause;
	walk->fault_class = class;
}

/* A stage-1 walk on its way; `table` and the descriptors in it are IPAs under stage 2. */
struct s1_walker {
	uint64_t va; /* without the bits above the input size */
	uint64_t table;
	uint64_t limit; /* what tables took away (D8.4.2) */
	uint8_t level, granule;
	bool had;
};

/* The range checks, and the first table. False: walk->event says why. */
bool smmu_s1_begin(const struct smmu_s1 *s1, uint64_t va, struct s1_walker *walker,
		   struct smmu_walk *walk);
/* Where the descriptor of this level stands. */
uint64_t smmu_s1_entry(const struct smmu *smmu, const struct s1_walker *walker);
/* What walk->desc says. True: on to the next level; false: the walk has ended. */
bool smmu_s1_step(const struct smmu *smmu, const struct smmu_s1 *s1, struct s1_walker *walker,
		  struct smmu_walk *walk);

/* 3.13: what a hardware update came to. */
enum httu_result {
	HTTU_DONE, /* also when there is nothing to do, or `update` is false */
	HTTU_RACE, /* memory does not hold walk->desc any more */
	HTTU_ABORT,
};
/*
 * Marks the leaf at walk->fetch_addr accessed, and dirty if `dirty` and writable-clean. The flags
 * of the walk then are as if the descriptor had been read after that.
 */
enum httu_result smmu_httu_leaf(struct smmu *smmu, struct smmu_walk *walk, bool stage2, bool dirty,
				bool update);

#endif
