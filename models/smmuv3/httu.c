/* SPDX-License-Identifier: MIT */
/* Hardware update of the Access flag and the dirty state of one leaf descriptor (3.13). */
#include "walk.h"

/* 3.13: atomic, since PEs and other agents update the same descriptors. */
static enum httu_result exchange(struct smmu *smmu, uint64_t pa, uint64_t expected,
				 uint64_t desired)
{
	const struct smmu_bus *bus = &smmu->bus;
	uint64_t found;

	if (bus->cas64) {
		if (!bus->cas64(bus->ctx, pa, expected, desired, &found))
			return HTTU_ABORT;
		if (found != expected)
			return HTTU_RACE;
	} else {
		if (!bus->read64(bus->ctx, pa, &found))
			return HTTU_ABORT;
		if (found != expected)
			return HTTU_RACE;
		if (!bus->write64(bus->ctx, pa, desired))
			return HTTU_ABORT;
	}
	smmu->counters.updates++;
	return HTTU_DONE;
}

enum httu_result smmu_httu_leaf(struct smmu *smmu, struct smmu_walk *walk, bool stage2, bool dirty,
				bool update)
{
	uint64_t desired = walk->desc;

	dirty |= SMMU_FAULT(smmu, httu_dirty_on_read);
	if (walk->needs_af && !SMMU_FAULT(smmu, httu_af_lost))
		desired |= DESC_AF;
	/* 3.13.3.1: AP[2] is cleared, or S2AP[1] set; DBM is never written. */
	if (dirty && walk->dirty_write && !SMMU_FAULT(smmu, httu_dirty_lost))
		desired = stage2 ? desired | DESC_S2_WRITE : desired & ~DESC_RO;
	if (update && desired != walk->desc) {
		enum httu_result result = exchange(smmu, walk->fetch_addr, walk->desc, desired);

		if (result != HTTU_DONE)
			return result;
	}
	walk->desc = desired;
	walk->needs_af = false;
	if (dirty)
		walk->dirty_write = false;
	return HTTU_DONE;
}
