/* SPDX-License-Identifier: MIT */
/*
 * io_mms and their bonds: one io_mm per address space, one bond per (device, io_mm),
 * one entry per (domain, io_mm), written by the first bond there and cleared by the last.
 */
#include "iomm.h"

struct iomm_mm *iomm_mm_find(struct iomm_driver *drv, unsigned mm)
{
	struct iomm_mm *io_mm;

	world_spin_lock(drv->world, &drv->sva_lock);
	for (io_mm = drv->io_mms; io_mm; io_mm = io_mm->next)
		if (io_mm->mm == mm && io_mm->users)
			break;
	if (io_mm)
		iomm_mm_get(io_mm);
	world_spin_unlock(drv->world, &drv->sva_lock);
	return io_mm;
}

struct iomm_mm *iomm_mm_get(struct iomm_mm *io_mm)
{
	WORLD_BUG_ON(io_mm->drv->world, io_mm->users == 0);
	io_mm->users++;
	return io_mm;
}

static void link_mm(struct iomm_driver *drv, struct iomm_mm *io_mm)
{
	struct iomm_mm **at = &drv->io_mms;

	while (*at && (*at)->pasid < io_mm->pasid)
		at = &(*at)->next;
	io_mm->next = *at;
	*at = io_mm;
}

static void unlink_mm(struct iomm_driver *drv, struct iomm_mm *io_mm)
{
	struct iomm_mm **at = &drv->io_mms;

	while (*at && *at != io_mm)
		at = &(*at)->next;
	if (*at)
		*at = io_mm->next;
	iomm_id_free(&drv->pasids, io_mm->pasid);
}

/* No user, no notifier, not in the list: D-5 holds, the last detach has invalidated the ASID. */
static void free_mm(struct iomm_mm *io_mm)
{
	struct iomm_driver *drv = io_mm->drv;

	iomm_asid_free(drv, io_mm->asid);
	world_mm_drop(drv->world, io_mm->mm);
	world_free(drv->world, io_mm, sizeof(*io_mm));
}

void iomm_mm_put(struct iomm_mm *io_mm)
{
	struct iomm_driver *drv = io_mm->drv;
	bool last;

	world_spin_lock(drv->world, &drv->sva_lock);
	last = --io_mm->users == 0;
	/* the PASID is free at once; D-4 was met when the last entry went. */
	if (last)
		unlink_mm(drv, io_mm);
	world_spin_unlock(drv->world, &drv->sva_lock);
	if (!last)
		return;
	world_notifier_unregister(drv->world, io_mm->mm, io_mm);
	free_mm(io_mm);
}

/* A mistake: the lowest number that no bond of this device has. */
static int alloc_pasid_of_device(struct iomm_driver *drv, const struct iomm_sva *sva)
{
	uint64_t taken[IOMM_MAX_IDS / 64] = {0};
	unsigned device = 0;

	while (device + 1 < IOMM_MAX_DEVICES && drv->device[device].sva != sva)
		device++;
	for (const struct iomm_mm *io_mm = drv->io_mms; io_mm; io_mm = io_mm->next)
		if (io_mm->bond[device])
			taken[io_mm->pasid / 64] |= 1ull << (io_mm->pasid % 64);
	for (unsigned id = sva->min_pasid; id <= sva->max_pasid; id++) {
		if (taken[id / 64] >> (id % 64) & 1)
			continue;
		iomm_id_alloc(&drv->pasids, id, id);
		return (int)id;
	}
	return -1;
}

/* from the range of the first device that binds, lowest first. */
static int alloc_pasid(struct iomm_driver *drv, const struct iomm_sva *sva)
{
	unsigned max = sva->max_pasid;

	if (IOMM_FAULT(drv, pasid_per_device))
		return alloc_pasid_of_device(drv, sva);
	if (IOMM_FAULT(drv, max_pasid_exclusive))
		max--;
	if (IOMM_FAULT(drv, pasid_highest_first)) {
		for (unsigned id = max; id >= sva->min_pasid && id; id--)
			if (iomm_id_alloc(&drv->pasids, id, id) == (int)id)
				return (int)id;
		return -1;
	}
	return iomm_id_alloc(&drv->pasids, sva->min_pasid, max);
}

static int publish_mm(struct iomm_driver *drv, const struct iomm_sva *sva, struct iomm_mm *io_mm)
{
	int pasid;

	world_spin_lock(drv->world, &drv->sva_lock);
	pasid = alloc_pasid(drv, sva);
	if (pasid >= 0) {
		io_mm->pasid = (unsigned)pasid;
		link_mm(drv, io_mm);
	}
	world_spin_unlock(drv->world, &drv->sva_lock);
	return pasid < 0 ? -ENOSPC : 0;
}

struct iomm_mm *iomm_mm_alloc(struct iomm_driver *drv, const struct iomm_sva *sva, unsigned mm,
			      unsigned flags, int *error)
{
	struct iomm_mm *io_mm = world_alloc(drv->world, sizeof(*io_mm), false);
	int asid;

	*error = -ENOMEM;
	if (!io_mm)
		return NULL;
	asid = iomm_asid_alloc(drv);
	if (asid < 0) {
		world_free(drv->world, io_mm, sizeof(*io_mm));
		return NULL;
	}
	/* the index stays ours until the ASID is given back. */
	world_mm_grab(drv->world, mm);
	*io_mm = (struct iomm_mm){.drv = drv, .mm = mm, .flags = flags, .asid = (uint16_t)asid};
	*error = publish_mm(drv, sva, io_mm);
	if (*error)
		goto free;
	*error = world_notifier_register(drv->world, mm, &iomm_notifier_ops, io_mm);
	if (*error)
		goto unlink;
	io_mm->users = 1;
	return io_mm;
unlink:
	world_spin_lock(drv->world, &drv->sva_lock);
	unlink_mm(drv, io_mm);
	if (IOMM_FAULT(drv, alloc_failure_leaks_pasid))
		iomm_id_alloc(&drv->pasids, io_mm->pasid, io_mm->pasid);
	world_spin_unlock(drv->world, &drv->sva_lock);
free:
	free_mm(io_mm);
	return NULL;
}

bool iomm_mm_in_domain(const struct iomm_mm *io_mm, unsigned domain, const struct iomm_bond *except)
{
	for (unsigned i = 0; i < IOMM_MAX_DEVICES; i++) {
		const struct iomm_bond *bond = io_mm->bond[i];

		if (bond && bond != except && bond->domain == domain)
			return true;
	}
	return false;
}

static bool has_other_bond(const struct iomm_mm *io_mm, const struct iomm_bond *except)
{
	for (unsigned i = 0; i < IOMM_MAX_DEVICES; i++)
		if (io_mm->bond[i] && io_mm->bond[i] != except)
			return true;
	return false;
}

/* the bond that owns the entry is the first, then the last, of its domain. */
static bool owns_entry(const struct iomm_bond *bond)
{
	return !iomm_mm_in_domain(bond->io_mm, bond->domain, bond);
}

/* A mistake: what has no PASID goes where the device's process is. */
static void move_entry_zero(struct iomm_driver *drv, unsigned domain, unsigned asid, uint64_t root)
{
	iomm_cd_clear(drv, domain, 0);
	iomm_cd_write(drv, domain, 0, asid, root);
}

/* A mistake: the oldest io_mm's. */
static uint64_t first_root(const struct iomm_driver *drv)
{
	return world_mm_root(drv->world, drv->io_mms->mm);
}

static void install_entry(struct iomm_driver *drv, struct iomm_mm *io_mm,
			  const struct iomm_bond *bond)
{
	uint64_t root = world_mm_root(drv->world, io_mm->mm);
	bool first = owns_entry(bond);

	if (IOMM_FAULT(drv, entry_once_per_io_mm))
		first = !has_other_bond(io_mm, bond);
	if (IOMM_FAULT(drv, second_bond_rewrites_entry) && !first) {
		io_mm->asid = (uint16_t)iomm_id_alloc(&drv->asids, 1, drv->max_asid);
		first = true;
	}
	if (IOMM_FAULT(drv, entry_leads_to_domain))
		root = drv->domain[bond->domain].root;
	if (IOMM_FAULT(drv, second_bind_gets_first_root))
		root = first_root(drv);
	if (first)
		iomm_cd_write(drv, bond->domain, io_mm->pasid, io_mm->asid, root);
	if (IOMM_FAULT(drv, bind_takes_entry_zero))
		move_entry_zero(drv, bond->domain, io_mm->asid, root);
}

static struct iomm_bond *alloc_bond(struct iomm_driver *drv)
{
	struct iomm_bond *bond;

	if (IOMM_FAULT(drv, alloc_under_spinlock)) {
		world_spin_lock(drv->world, &drv->sva_lock);
		bond = world_alloc(drv->world, sizeof(*bond), false);
		world_spin_unlock(drv->world, &drv->sva_lock);
		return bond;
	}
	return world_alloc(drv->world, sizeof(*bond), false);
}

int iomm_bond_attach(struct iomm_driver *drv, struct iomm_mm *io_mm, unsigned device)
{
	unsigned domain = drv->device[device].domain;
	struct iomm_bond *bond;

	/* A-4 (12): an untranslated domain has no PASID table. */
	if (drv->domain[domain].type != DRIVER_DOMAIN_STAGE1)
		return -EINVAL;
	bond = alloc_bond(drv);
	if (!bond)
		return -ENOMEM;
	/* what may sleep comes before the spinlock. */
	if (iomm_cdtab_reserve(drv, domain, io_mm->pasid)) {
		world_free(drv->world, bond, sizeof(*bond));
		return -ENOMEM;
	}
	*bond = (struct iomm_bond){
		.io_mm = io_mm, .device = (uint8_t)device, .domain = (uint8_t)domain};
	world_spin_lock(drv->world, &drv->sva_lock);
	iomm_mm_get(io_mm);
	io_mm->bond[device] = bond;
	install_entry(drv, io_mm, bond);
	world_spin_unlock(drv->world, &drv->sva_lock);
	return 0;
}

/* D-4: entry, then TLB, then ATC, each complete before the next (D-3, D-2). */
static void invalidate_bond(struct iomm_driver *drv, const struct iomm_bond *bond, bool clear)
{
	const struct iomm_mm *io_mm = bond->io_mm;

	if (clear)
		iomm_cd_clear(drv, bond->domain, io_mm->pasid);
	if (!IOMM_FAULT(drv, unbind_skips_tlbi)) {
		iomm_cmdq_add(drv, hw_cmd_tlbi_asid(IOMM_HOST_VMID, io_mm->asid));
		iomm_cmdq_barrier(drv);
	}
	for (unsigned i = 0; i < IOMM_MAX_DEVICES && !IOMM_FAULT(drv, unbind_skips_atc); i++) {
		const struct iomm_device *dev = &drv->device[i];

		/* while the entry stood, every device of the domain could use it. */
		if (dev->ats_on && dev->domain == bond->domain && (clear || i == bond->device))
			iomm_atc_pasid(drv, dev, io_mm->pasid);
	}
	iomm_cmdq_sync(drv);
}

void iomm_bond_detach(struct iomm_driver *drv, struct iomm_bond *bond)
{
	struct iomm_mm *io_mm = bond->io_mm;
	bool last = owns_entry(bond);

	if (IOMM_FAULT(drv, unbind_clears_shared_entry))
		last = true;
	if (IOMM_FAULT(drv, entry_kept_for_other_domain))
		last = !has_other_bond(io_mm, bond);
	/* Still on the list while the entry goes: a range invalidation must not miss it (E-24). */
	invalidate_bond(drv, bond, last);
	io_mm->bond[bond->device] = NULL;
	if (IOMM_FAULT(drv, bind_takes_entry_zero))
		move_entry_zero(drv, bond->domain, drv->domain[bond->domain].asid,
				drv->domain[bond->domain].root);
	if (IOMM_FAULT(drv, pasid_freed_with_first_bond))
		iomm_id_free(&drv->pasids, io_mm->pasid);
}
