/* SPDX-License-Identifier: MIT */
/*
 * Domains: the private page table with its ASID, and what maps and unmaps there. It has
 * nothing in common with the io_mms of the domain but the PASID table (B-4).
 */
#include "iomm.h"

int iomm_domain_alloc(struct driver *driver, unsigned domain, enum driver_domain_type type,
		      unsigned device)
{
	struct iomm_driver *drv = iomm_of(driver);
	struct iomm_domain *dom = &drv->domain[domain];
	int asid;

	(void)device; /* there is one SMMU */
	WORLD_BUG_ON(drv->world, dom->used);
	*dom = (struct iomm_domain){.type = (uint8_t)type, .map_lock.name = "iomm map"};
	if (type == DRIVER_DOMAIN_STAGE1) {
		dom->root = pgtable_alloc(drv->world);
		if (!dom->root)
			return -ENOMEM;
		asid = iomm_asid_alloc(drv);
		if (asid < 0) {
			pgtable_free(drv->world, dom->root);
			return -ENOMEM;
		}
		dom->asid = (uint16_t)asid;
	}
	dom->used = true;
	return 0;
}

/* Leaves that nobody unmapped: their pages are the caller's, their tables are ours. */
static void clear_leaves(struct iomm_driver *drv, uint64_t root, uint64_t table, uint64_t va,
			 unsigned level)
{
	for (uint64_t i = 0; i < WORLD_FRAME_SIZE / 8; i++) {
		uint64_t desc = ram_load(table + 8 * i), at = va | i << (39 - 9 * level);

		if (!(desc & PT_VALID))
			continue;
		if (level == 3)
			pgtable_replace(drv->world, root, at, 0);
		else
			clear_leaves(drv, root, desc & PT_ADDR_MASK, at, level + 1);
	}
}

void iomm_domain_free(struct driver *driver, unsigned domain)
{
	struct iomm_driver *drv = iomm_of(driver);
	struct iomm_domain *dom = &drv->domain[domain];
	struct pgtable_unlinked unlinked;

	if (!dom->used)
		return;
	for (unsigned i = 0; i < IOMM_MAX_DEVICES; i++)
		WORLD_BUG_ON(drv->world, drv->device[i].domain == domain);
	dom->used = false;
	if (dom->type != DRIVER_DOMAIN_STAGE1)
		return;
	unlinked.count = 0;
	if (dom->mapped) {
		clear_leaves(drv, dom->root, dom->root, 0, 0);
		pgtable_prune(drv->world, dom->root, 0, 1ull << 48, &unlinked);
	}
	/* D-5, D-6: no stream leads here any more, so nothing can come back after this. */
	iomm_cmdq_add(drv, hw_cmd_tlbi_asid(IOMM_HOST_VMID, dom->asid));
	iomm_cmdq_sync(drv);
	pgtable_free_tables(drv->world, &unlinked);
	iomm_cdtab_free(drv, domain);
	pgtable_free(drv->world, dom->root);
	iomm_asid_free(drv, dom->asid);
}

uint64_t iomm_domain_root(const struct driver *driver, unsigned domain)
{
	const struct iomm_driver *drv = (const struct iomm_driver *)driver;

	return drv->domain[domain].used ? drv->domain[domain].root : 0;
}

/* D-2 for [start, end) of the private table; transactions there have no PASID. */
static void invalidate_private(struct iomm_driver *drv, unsigned domain, uint64_t start,
			       uint64_t end, bool leaf)
{
	const struct iomm_domain *dom = &drv->domain[domain];

	world_spin_lock(drv->world, &drv->sva_lock);
	if (!IOMM_FAULT(drv, unmap_skips_tlbi)) {
		iomm_tlbi_range(drv, IOMM_HOST_VMID, dom->asid, start, end, leaf);
		iomm_cmdq_barrier(drv);
	}
	for (unsigned i = 0; i < IOMM_MAX_DEVICES && !IOMM_FAULT(drv, unmap_skips_atc); i++) {
		const struct iomm_device *dev = &drv->device[i];

		if (dev->ats_on && dev->domain == domain)
			iomm_atc_range(drv, dev, false, 0, start, end);
	}
	iomm_cmdq_sync(drv);
	world_spin_unlock(drv->world, &drv->sva_lock);
}

/* Under map_lock. The number of pages taken out; where they were, if wanted. */
static int unmap_locked(struct iomm_driver *drv, unsigned domain, uint64_t iova, unsigned count,
			uint64_t *old_pa)
{
	struct iomm_domain *dom = &drv->domain[domain];
	uint64_t end = iova + (uint64_t)count * WORLD_FRAME_SIZE;
	struct pgtable_unlinked unlinked;
	unsigned removed = 0;

	for (unsigned i = 0; i < count; i++) {
		uint64_t va = iova + (uint64_t)i * WORLD_FRAME_SIZE;
		uint64_t desc = pgtable_lookup(dom->root, va);

		if (old_pa)
			old_pa[i] = desc & PT_VALID ? desc & PT_ADDR_MASK : 0;
		if (!(desc & PT_VALID))
			continue;
		pgtable_replace(drv->world, dom->root, va, 0);
		removed++;
	}
	if (!removed)
		return 0;
	dom->mapped -= removed;
	unlinked.count = 0;
	pgtable_prune(drv->world, dom->root, iova, end, &unlinked);
	if (IOMM_FAULT(drv, tables_freed_before_tlbi))
		pgtable_free_tables(drv->world, &unlinked);
	invalidate_private(drv, domain, iova, end, !unlinked.count);
	pgtable_free_tables(drv->world, &unlinked);
	return (int)removed;
}

/* Not valid before, so nothing can be cached (3.21.1): no invalidation. */
static int map_locked(struct iomm_driver *drv, unsigned domain, uint64_t iova, const uint64_t *pa,
		      unsigned count, unsigned prot)
{
	struct iomm_domain *dom = &drv->domain[domain];

	for (unsigned i = 0; i < count && !IOMM_FAULT(drv, map_overwrites); i++)
		if (pgtable_lookup(dom->root, iova + (uint64_t)i * WORLD_FRAME_SIZE) & PT_VALID)
			return -EEXIST;
	for (unsigned i = 0; i < count; i++) {
		uint64_t va = iova + (uint64_t)i * WORLD_FRAME_SIZE;
		int error = pgtable_set(drv->world, dom->root, va, pgtable_leaf(pa[i], prot));

		if (error) {
			unmap_locked(drv, domain, iova, i, NULL);
			return error;
		}
		dom->mapped++;
	}
	return 0;
}

int iomm_map(struct driver *driver, unsigned domain, uint64_t iova, const uint64_t *pa,
	     unsigned count, unsigned prot)
{
	struct iomm_driver *drv = iomm_of(driver);
	struct iomm_domain *dom = &drv->domain[domain];
	int error;

	if (!dom->used || dom->type != DRIVER_DOMAIN_STAGE1)
		return -ENODEV;
	world_lock(drv->world, &dom->map_lock);
	error = map_locked(drv, domain, iova, pa, count, prot);
	world_unlock(drv->world, &dom->map_lock);
	return error;
}

int iomm_unmap(struct driver *driver, unsigned domain, uint64_t iova, unsigned count,
	       uint64_t *old_pa)
{
	struct iomm_driver *drv = iomm_of(driver);
	struct iomm_domain *dom = &drv->domain[domain];
	int removed;

	if (!dom->used || dom->type != DRIVER_DOMAIN_STAGE1)
		return -ENODEV;
	world_lock(drv->world, &dom->map_lock);
	removed = unmap_locked(drv, domain, iova, count, old_pa);
	world_unlock(drv->world, &dom->map_lock);
	return removed;
}
