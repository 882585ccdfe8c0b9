/* SPDX-License-Identifier: MIT */
/* Devices and groups: which domain they are in, and ATS (3.9.2, D-7). */
#include "iomm.h"

unsigned iomm_group_size(const struct iomm_driver *drv, unsigned group)
{
	unsigned size = 0;

	for (unsigned i = 0; i < IOMM_MAX_DEVICES; i++)
		size += drv->device[i].present && drv->device[i].group == group;
	return size;
}

static bool can_ats(const struct iomm_driver *drv, const struct iomm_device *dev)
{
	return dev->ats_cap && drv->idr0 & HW_IDR0_ATS &&
	       drv->domain[dev->domain].type == DRIVER_DOMAIN_STAGE1;
}

/*
 * D-7: the invalidators see the device before it can cache anything: membership, then the STE,
 * then ATS in the device.
 */
static void attach_device(struct iomm_driver *drv, unsigned device, unsigned domain)
{
	struct iomm_device *dev = &drv->device[device];

	world_spin_lock(drv->world, &drv->sva_lock);
	dev->domain = (uint8_t)domain;
	dev->ats_on = can_ats(drv, dev);
	iomm_ste_install(drv, device, dev->ats_on);
	world_spin_unlock(drv->world, &drv->sva_lock);
	if (dev->ats_on && world_pci_enable_ats(drv->world, device))
		dev->ats_on = false;
}

/* bonds go first. The sva_param stays. The caller holds the group's mutex. */
static void detach_device(struct iomm_driver *drv, unsigned device)
{
	struct iomm_device *dev = &drv->device[device];
	bool ats = dev->ats_on;

	if (dev->domain == WORLD_NONE)
		return;
	if (!IOMM_FAULT(drv, detach_keeps_bonds))
		iomm_unbind_device(drv, device);
	world_spin_lock(drv->world, &drv->sva_lock);
	iomm_ste_abort(drv, device);
	if (ats && !IOMM_FAULT(drv, detach_keeps_ats)) {
		/* 3.9.2: nothing can refill the ATC now; empty it before ATS goes off. */
		iomm_atc_all(drv, dev);
		iomm_cmdq_sync(drv);
	}
	dev->ats_on = false;
	dev->domain = WORLD_NONE;
	world_spin_unlock(drv->world, &drv->sva_lock);
	if (ats && !IOMM_FAULT(drv, detach_keeps_ats))
		world_pci_disable_ats(drv->world, device);
	if (IOMM_FAULT(drv, last_detach_turns_smmu_off))
		iomm_turn_off_when_idle(drv);
}

static bool is_member(const struct iomm_driver *drv, unsigned device, unsigned group)
{
	return drv->device[device].present && drv->device[device].group == group;
}

static void detach_group(struct iomm_driver *drv, unsigned group)
{
	for (unsigned i = 0; i < IOMM_MAX_DEVICES; i++)
		if (is_member(drv, i, group))
			detach_device(drv, i);
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
			attach_device(drv, i, domain);
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
	error = attach_group(drv, dev->group, domain);
	world_unlock(drv->world, &drv->group_lock[dev->group]);
	return error;
}

int iomm_detach(struct driver *driver, unsigned device)
{
	struct iomm_driver *drv = iomm_of(driver);
	struct iomm_device *dev = iomm_device_of(drv, device);

	if (!dev)
		return -ENODEV;
	world_lock(drv->world, &drv->group_lock[dev->group]);
	detach_group(drv, dev->group);
	world_unlock(drv->world, &drv->group_lock[dev->group]);
	return 0;
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
		detach_device(drv, device);
	iomm_sva_free(drv, device);
	world_pci_disable_pasid(drv->world, device);
	dev->present = false;
	if (lock)
		world_unlock(drv->world, lock);
}
