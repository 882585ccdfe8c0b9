/* SPDX-License-Identifier: MIT */
/* The MMU notifier of an io_mm: its pages change, its last user goes. */
#include "iomm.h"

/* A mistake that looks like a saving: what is still mapped needs no invalidation. */
static bool still_mapped(const struct iomm_mm *io_mm, uint64_t start, uint64_t end)
{
	uint64_t root = world_mm_root(io_mm->drv->world, io_mm->mm);

	for (uint64_t va = start; va < end; va += WORLD_FRAME_SIZE)
		if (!(pgtable_lookup(root, va) & PT_VALID))
			return false;
	return true;
}

/*
 * the entry serves every device of the domain, so each of them may have translations in its
 * ATC, bonded or not.
 */
static bool owes_atc(const struct iomm_driver *drv, const struct iomm_mm *io_mm, unsigned device)
{
	const struct iomm_device *dev = &drv->device[device];

	if (!dev->ats_on)
		return false;
	if (IOMM_FAULT(drv, invalidate_bonded_only) && !io_mm->bond[device])
		return false;
	return iomm_mm_in_domain(io_mm, dev->domain, NULL);
}

static void atc_range(struct iomm_driver *drv, const struct iomm_mm *io_mm, uint64_t start,
		      uint64_t end)
{
	for (unsigned i = 0; i < IOMM_MAX_DEVICES; i++)
		if (owes_atc(drv, io_mm, i))
			iomm_atc_range(drv, &drv->device[i], true, io_mm->pasid, start, end);
}

/* A mistake: what a process unmaps goes from the private table of its domain as well. */
static void unmap_private(struct iomm_driver *drv, const struct iomm_mm *io_mm, uint64_t start,
			  uint64_t end)
{
	for (unsigned i = 0; i < IOMM_MAX_DOMAINS; i++) {
		struct iomm_domain *dom = &drv->domain[i];

		if (!iomm_mm_in_domain(io_mm, i, NULL))
			continue;
		for (uint64_t va = start; va < end; va += WORLD_FRAME_SIZE) {
			if (!(pgtable_lookup(dom->root, va) & PT_VALID))
				continue;
			pgtable_replace(drv->world, dom->root, va, 0);
			dom->mapped--;
			iomm_cmdq_add(drv, hw_cmd_tlbi_va(IOMM_HOST_VMID, dom->asid, va, false));
		}
	}
}

/* D-6: non-leaf, because tables may have gone with the pages; D-2: the ATC comes after. */
static void mm_invalidate(void *ctx, unsigned mm, uint64_t start, uint64_t end)
{
	struct iomm_mm *io_mm = ctx;
	struct iomm_driver *drv = io_mm->drv;

	(void)mm;
	if (IOMM_FAULT(drv, rights_changes_ignored) && still_mapped(io_mm, start, end))
		return;
	world_spin_lock(drv->world, &drv->sva_lock);
	if (IOMM_FAULT(drv, atc_before_tlbi)) {
		atc_range(drv, io_mm, start, end);
		iomm_cmdq_barrier(drv);
	}
	iomm_tlbi_range(drv, IOMM_HOST_VMID, io_mm->asid, start, end,
			IOMM_FAULT(drv, tlbi_leaf_only));
	if (IOMM_FAULT(drv, mm_change_unmaps_private))
		unmap_private(drv, io_mm, start, end);
	if (!IOMM_FAULT(drv, atc_before_tlbi)) {
		iomm_cmdq_barrier(drv);
		atc_range(drv, io_mm, start, end);
	}
	iomm_cmdq_sync(drv);
	world_spin_unlock(drv->world, &drv->sva_lock);
}

/* the owner stops the device's use of the PASID; A-29: its page requests are done. */
static void call_owner(struct iomm_driver *drv, const struct iomm_mm *io_mm, unsigned device)
{
	if (!IOMM_FAULT(drv, exit_skips_callback))
		world_client_mm_exit(drv->world, device, io_mm->pasid);
	if (io_mm->flags & IOMM_FEAT_IOPF && !IOMM_FAULT(drv, exit_skips_flush))
		world_fault_flush(drv->world, device, io_mm->pasid);
}

static void exit_bond(struct iomm_driver *drv, struct iomm_mm *io_mm, unsigned device)
{
	struct iomm_bond *bond;

	world_spin_lock(drv->world, &drv->sva_lock);
	bond = io_mm->bond[device];
	if (bond)
		bond->exiting = true;
	world_spin_unlock(drv->world, &drv->sva_lock);
	if (!bond)
		return;
	/* no lock is held here; unbinders wait for `exiting` to end. */
	if (!IOMM_FAULT(drv, exit_clears_before_callback))
		call_owner(drv, io_mm, device);
	world_spin_lock(drv->world, &drv->sva_lock);
	if (IOMM_FAULT(drv, exit_leaves_entry))
		io_mm->bond[device] = NULL;
	else
		iomm_bond_detach(drv, bond);
	world_spin_unlock(drv->world, &drv->sva_lock);
	if (IOMM_FAULT(drv, exit_clears_before_callback))
		call_owner(drv, io_mm, device);
	world_free(drv->world, bond, sizeof(*bond));
	iomm_mm_put(io_mm);
}

/* A-39, D-9: when this returns no device can reach the space, and its tables are torn down. */
static void mm_release(void *ctx, unsigned mm)
{
	struct iomm_mm *io_mm = ctx;
	struct iomm_driver *drv = io_mm->drv;

	(void)mm;
	world_spin_lock(drv->world, &drv->sva_lock);
	if (io_mm->users)
		iomm_mm_get(io_mm);
	else
		io_mm = NULL;
	world_spin_unlock(drv->world, &drv->sva_lock);
	if (!io_mm)
		return;
	for (unsigned i = 0; i < IOMM_MAX_DEVICES; i++) {
		bool was_bonded = io_mm->bond[i];

		exit_bond(drv, io_mm, i);
		if (was_bonded && IOMM_FAULT(drv, exit_first_device_only))
			break;
	}
	iomm_mm_put(io_mm);
}

const struct world_notifier_ops iomm_notifier_ops = {
	.invalidate = mm_invalidate,
	.release = mm_release,
};
