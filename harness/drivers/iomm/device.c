/* SPDX-License-Identifier: MIT */
/* Devices and groups: which domain or VM they are in, hot-plug, ATS (3.9.2, D-7). */
#include "iomm.h"

unsigned iomm_group_size(const struct iomm_driver *drv, unsigned group)
{
	unsigned size = 0;

	for (unsigned i = 0; i < IOMM_MAX_DEVICES; i++)
		size += drv->device[i].present && drv->device[i].group == group;
	return size;
}

/* 5.2 EATS: where nothing translates there is no ATS. */
static bool can_ats(const struct iomm_driver *drv, const struct iomm_device *dev)
{
	return dev->ats_cap && drv->idr0 & HW_IDR0_ATS &&
	       (dev->vm != WORLD_NONE || drv->domain[dev->domain].type == DRIVER_DOMAIN_STAGE1);
}

/* A mistake: who is not the first one in a domain gets the entries that there are by now. */
static bool is_late(const struct iomm_driver *drv, unsigned device, unsigned domain)
{
	for (unsigned i = 0; i < IOMM_MAX_DEVICES; i++)
		if (i != device && domain != WORLD_NONE && drv->device[i].domain == domain)
			return drv->domain[domain].type == DRIVER_DOMAIN_STAGE1;
	return false;
}

/*
 * D-7: the invalidators see the device before it can cache anything: membership, then the STE,
 * then ATS in the device.
 */
void iomm_device_join(struct iomm_driver *drv, unsigned device, unsigned domain, unsigned vm)
{
	struct iomm_device *dev = &drv->device[device];
	bool ats;

	if (IOMM_FAULT(drv, late_device_gets_copy) && is_late(drv, device, domain))
		dev->copy = iomm_cdtab_copy(drv, domain);
	world_spin_lock(drv->world, &drv->sva_lock);
	dev->domain = (uint8_t)domain;
	dev->vm = (uint8_t)vm;
	ats = can_ats(drv, dev);
	dev->ats_on = ats && !(dev->hotplugged && IOMM_FAULT(drv, plug_without_invalidation));
	iomm_ste_install(drv, device, ats);
	world_spin_unlock(drv->world, &drv->sva_lock);
	if (ats && world_pci_enable_ats(drv->world, device))
		dev->ats_on = false;
}

static bool keeps_ste(const struct iomm_driver *drv, const struct iomm_device *dev)
{
	return dev->vm != WORLD_NONE && IOMM_FAULT(drv, vm_detach_keeps_ste);
}

/* bonds go first. The sva_param stays. */
void iomm_device_leave(struct iomm_driver *drv, unsigned device)
{
	struct iomm_device *dev = &drv->device[device];
	bool ats = dev->ats_on;

	if (dev->domain == WORLD_NONE && dev->vm == WORLD_NONE)
		return;
	if (!IOMM_FAULT(drv, detach_keeps_bonds))
		iomm_unbind_device(drv, device);
	world_spin_lock(drv->world, &drv->sva_lock);
	if (!keeps_ste(drv, dev))
		iomm_ste_abort(drv, device);
	iomm_vm_forget_stage1(drv, dev);
	if (ats && !IOMM_FAULT(drv, detach_keeps_ats)) {
		/* 3.9.2: nothing can refill the ATC now; empty it before ATS goes off. */
		iomm_atc_all(drv, dev);
		iomm_cmdq_sync(drv);
	}
	dev->ats_on = false;
	dev->domain = WORLD_NONE;
	dev->vm = WORLD_NONE;
	dev->guest_table = 0;
	dev->guest_bits = 0;
	world_spin_unlock(drv->world, &drv->sva_lock);
	if (ats && !IOMM_FAULT(drv, detach_keeps_ats))
		world_pci_disable_ats(drv->world, device);
	if (dev->copy)
		world_dma_free(drv->world, dev->copy, 1);
	dev->copy = 0;
	if (IOMM_FAULT(drv, last_detach_turns_smmu_off))
		iomm_turn_off_when_idle(drv);
}

static bool is_member(const struct iomm_driver *drv, unsigned device, unsigned group)
{
	return drv->device[device].present && drv->device[device].group == group;
}

/* B-8: its VM gives an assigned function back, nobody else does; a neighbour may have come (C-15). */
static bool has_assigned(const struct iomm_driver *drv, unsigned group)
{
	for (unsigned i = 0; i < IOMM_MAX_DEVICES; i++)
		if (is_member(drv, i, group) && drv->device[i].vm != WORLD_NONE)
			return true;
	return false;
}

static void detach_group(struct iomm_driver *drv, unsigned group)
{
	for (unsigned i = 0; i < IOMM_MAX_DEVICES; i++)
		if (is_member(drv, i, group))
			iomm_device_leave(drv, i);
}

/* A mistake: the table moves in software, the hardware keeps the old one. */
static bool moves_in_name_only(struct iomm_driver *drv, unsigned group, unsigned domain)
{
	bool moved = false;

	for (unsigned i = 0; i < IOMM_MAX_DEVICES; i++) {
		struct iomm_device *dev = &drv->device[i];

		if (!is_member(drv, i, group) || dev->domain == WORLD_NONE)
			continue;
		iomm_unbind_device(drv, i);
		dev->domain = (uint8_t)domain;
		moved = true;
	}
	return moved;
}

static int attach_group(struct iomm_driver *drv, unsigned group, unsigned domain)
{
	int error;

	if (IOMM_FAULT(drv, attach_failure_loses_domain))
		detach_group(drv, group);
	/* what can fail comes before what cannot be taken back. */
	error = iomm_cdtab_alloc(drv, domain);
	if (error)
		return error;
	if (IOMM_FAULT(drv, attach_keeps_old_ste) && moves_in_name_only(drv, group, domain))
		return 0;
	detach_group(drv, group);
	for (unsigned i = 0; i < IOMM_MAX_DEVICES; i++)
		if (is_member(drv, i, group))
			iomm_device_join(drv, i, domain, WORLD_NONE);
	return 0;
}

int iomm_attach(struct driver *driver, unsigned device, unsigned domain)
{
	struct iomm_driver *drv = iomm_of(driver);
	struct iomm_device *dev = iomm_device_of(drv, device);
	int error;

	if (!dev)
		return -ENODEV;
	world_lock(drv->world, &drv->group_lock[dev->group]);
	error = has_assigned(drv, dev->group) ? -EBUSY : attach_group(drv, dev->group, domain);
	world_unlock(drv->world, &drv->group_lock[dev->group]);
	return error;
}

int iomm_detach(struct driver *driver, unsigned device)
{
	struct iomm_driver *drv = iomm_of(driver);
	struct iomm_device *dev = iomm_device_of(drv, device);
	int error = 0;

	if (!dev)
		return -ENODEV;
	world_lock(drv->world, &drv->group_lock[dev->group]);
	if (has_assigned(drv, dev->group))
		error = -EBUSY;
	else
		detach_group(drv, dev->group);
	world_unlock(drv->world, &drv->group_lock[dev->group]);
	return error;
}

void iomm_unplug(struct driver *driver, unsigned device)
{
	struct iomm_driver *drv = iomm_of(driver);
	struct iomm_device *dev = &drv->device[device];
	struct world_mutex *lock;

	if (!dev->present)
		return;
	lock = dev->group != WORLD_NONE ? &drv->group_lock[dev->group] : NULL;
	if (lock)
		world_lock(drv->world, lock);
	if (!IOMM_FAULT(drv, unplug_skips_teardown))
		iomm_device_leave(drv, device);
	iomm_sva_free(drv, device);
	world_pci_disable_pasid(drv->world, device);
	dev->present = false;
	if (lock)
		world_unlock(drv->world, lock);
}

/* a group is in one domain as a whole. WORLD_NONE: it is in none. */
static unsigned domain_of_group(const struct iomm_driver *drv, unsigned group)
{
	for (unsigned i = 0; i < IOMM_MAX_DEVICES; i++)
		if (is_member(drv, i, group) && drv->device[i].domain != WORLD_NONE)
			return drv->device[i].domain;
	return WORLD_NONE;
}

/*
 * C-15: what the group's domain has in its PASID table is the new device's too, as there is one
 * table. Its STE has been there all the time, and aborts.
 */
static void join_group(struct iomm_driver *drv, unsigned device)
{
	struct iomm_device *dev = &drv->device[device];
	unsigned domain;

	world_lock(drv->world, &drv->group_lock[dev->group]);
	domain = domain_of_group(drv, dev->group);
	dev->present = true;
	dev->hotplugged = true;
	if (domain != WORLD_NONE && !IOMM_FAULT(drv, plug_leaves_aborting))
		iomm_device_join(drv, device, domain, WORLD_NONE);
	world_unlock(drv->world, &drv->group_lock[dev->group]);
}

int iomm_plug(struct driver *driver, unsigned device)
{
	struct iomm_driver *drv = iomm_of(driver);
	struct iomm_device *dev = &drv->device[device];

	if (dev->present)
		return -EEXIST;
	/* PCIe: the PASID enable may not change while ATS is on. */
	if (dev->pasid_bits && !IOMM_FAULT(drv, plug_leaves_pasid_off))
		world_pci_enable_pasid(drv->world, device);
	if (dev->group != WORLD_NONE)
		join_group(drv, device);
	else
		dev->present = true;
	return 0;
}
