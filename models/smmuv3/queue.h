/* SPDX-License-Identifier: MIT */
/* Circular queues (3.5.1): what PROD, CONS and BASE say together. Internal to the model. */
#ifndef SMMUV3_QUEUE_H
#define SMMUV3_QUEUE_H

#include "regs.h"

struct smmu_queue {
	uint64_t base;	   /* aligned to the larger of its size and 32 bytes (6.3.26) */
	uint32_t entries;  /* power of two */
	uint32_t produced; /* index with wrap bit, both cut to the configured size */
	uint32_t consumed;
};

/* 6.3.26 LOG2SIZE: capped at what the identification registers offer. */
static inline unsigned smmu_queue_log2(uint64_t base, unsigned max)
{
	unsigned log2 = (unsigned)smmu_get(base, SMMU_Q_BASE_LOG2SIZE);

	return log2 < max ? log2 : max;
}

/* The bits of PROD and CONS that exist: index and wrap (3.5.1). */
static inline uint32_t smmu_queue_mask(uint64_t base, unsigned max)
{
	return (2u << smmu_queue_log2(base, max)) - 1;
}

static inline struct smmu_queue smmu_queue_view(uint64_t base, unsigned max, uint32_t prod,
						uint32_t cons, unsigned entry_bytes)
{
	unsigned log2 = smmu_queue_log2(base, max);
	uint64_t bytes = (uint64_t)entry_bytes << log2;
	uint32_t mask = smmu_queue_mask(base, max);

	return (struct smmu_queue){
		.base = base & SMMU_Q_BASE_ADDR & ~((bytes < 32 ? 32 : bytes) - 1),
		.entries = 1u << log2,
		.produced = prod & mask,
		.consumed = cons & mask,
	};
}

/* Entries in the queue. More than `entries`: the indexes are inconsistent (3.5.1). */
static inline uint32_t smmu_queue_fill(const struct smmu_queue *queue)
{
	return (queue->produced - queue->consumed) & (2 * queue->entries - 1);
}

/* The index after this one; the wrap bit toggles by itself when the index overflows into it. */
static inline uint32_t smmu_queue_next(const struct smmu_queue *queue, uint32_t index)
{
	return (index + 1) & (2 * queue->entries - 1);
}

static inline uint64_t smmu_queue_entry(const struct smmu_queue *queue, uint32_t index,
					unsigned entry_bytes)
{
	return queue->base + (uint64_t)(index & (queue->entries - 1)) * entry_bytes;
}

#endif
