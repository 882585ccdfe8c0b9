/* SPDX-License-Identifier: MIT */
/* Numbers: the lowest free one is taken, so that reuse comes as early as it can. */
#include "iomm.h"

int iomm_id_alloc(struct iomm_ids *ids, unsigned min, unsigned max)
{
	if (max >= IOMM_MAX_IDS)
		max = IOMM_MAX_IDS - 1;
	for (unsigned id = min; id <= max; id = (id | 63) + 1) {
		uint64_t free = ~ids->used[id / 64] & ~0ull << (id % 64);
		unsigned found;

		if (!free)
			continue;
		found = (id & ~63u) + (unsigned)__builtin_ctzll(free);
		if (found > max)
			return -1;
		ids->used[found / 64] |= 1ull << (found % 64);
		return (int)found;
	}
	return -1;
}

void iomm_id_free(struct iomm_ids *ids, unsigned id)
{
	ids->used[id / 64] &= ~(1ull << (id % 64));
}

unsigned iomm_id_count(const struct iomm_ids *ids)
{
	unsigned count = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(ids->used); i++)
		count += (unsigned)__builtin_popcountll(ids->used[i]);
	return count;
}

int iomm_asid_alloc(struct iomm_driver *drv)
{
	int asid;

	world_spin_lock(drv->world, &drv->sva_lock);
	asid = iomm_id_alloc(&drv->asids, 1, drv->max_asid);
	if (asid >= 0 && IOMM_FAULT(drv, asid_not_reserved))
		iomm_id_free(&drv->asids, (unsigned)asid);
	world_spin_unlock(drv->world, &drv->sva_lock);
	return asid;
}

void iomm_asid_free(struct iomm_driver *drv, unsigned asid)
{
	world_spin_lock(drv->world, &drv->sva_lock);
	iomm_id_free(&drv->asids, asid);
	world_spin_unlock(drv->world, &drv->sva_lock);
}
