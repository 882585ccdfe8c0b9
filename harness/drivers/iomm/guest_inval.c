/* SPDX-License-Identifier: MIT */
/*
 * Invalidations that a guest forwards. It says ASIDs, PASIDs and addresses; VMID and StreamID are the
 * host's, so that a guest reaches nothing but its own (B-8). Each is complete on return: the guest
 * keeps the order of D-3 and D-2 by the order of its calls.
 */
#include "iomm.h"

static void cfgi_cd(struct iomm_driver *drv, const struct iomm_device *dev, unsigned pasid)
{
	/* 4.3.3, 4.1.7: what a SubstreamID does that the SMMU does not have is unpredictable. */
	if (pasid >> drv->ssid_bits || IOMM_FAULT(drv, guest_cfgi_dropped))
		return;
	iomm_cmdq_add(drv, hw_cmd_cfgi_cd(dev->sid, pasid, false));
}

static unsigned vmid_of(const struct iomm_driver *drv, unsigned vm)
{
	return IOMM_FAULT(drv, guest_tlbi_without_vmid) ? IOMM_HOST_VMID : drv->vm[vm].vmid;
}

static void atc_inv(struct iomm_driver *drv, const struct iomm_device *dev,
		    const struct driver_guest_inv *inv)
{
	if (!dev->ats_on && !IOMM_FAULT(drv, guest_atc_inv_without_ats))
		return;
	if (inv->has_pasid && inv->pasid >> drv->ssid_bits)
		return;
	if (IOMM_FAULT(drv, guest_atc_inv_dropped))
		return;
	if (inv->size)
		iomm_atc_range(drv, dev, inv->has_pasid, inv->pasid, inv->va, inv->va + inv->size);
	else
		iomm_cmdq_add(drv,
			      hw_cmd_atc_inv(dev->sid, inv->has_pasid, inv->pasid, 0, HW_ATC_ALL));
}

static void forward(struct iomm_driver *drv, unsigned vm, const struct iomm_device *dev,
		    const struct driver_guest_inv *inv)
{
	switch ((enum driver_guest_inv_kind)inv->kind) {
	case DRIVER_GUEST_CFGI_CD:
		cfgi_cd(drv, dev, inv->pasid);
		break;
	case DRIVER_GUEST_TLBI_ASID:
		if (inv->asid <= drv->max_asid)
			iomm_cmdq_add(drv, hw_cmd_tlbi_asid((uint16_t)vmid_of(drv, vm), inv->asid));
		break;
	case DRIVER_GUEST_TLBI_VA:
		if (inv->asid <= drv->max_asid && inv->size)
			iomm_tlbi_range(drv, vmid_of(drv, vm), inv->asid, inv->va,
					inv->va + inv->size, false);
		break;
	case DRIVER_GUEST_ATC_INV:
		atc_inv(drv, dev, inv);
		break;
	}
}

void iomm_vm_invalidate(struct driver *driver, unsigned vm, unsigned device,
			const struct driver_guest_inv *inv)
{
	struct iomm_driver *drv = iomm_of(driver);
	const struct iomm_device *dev = iomm_device_of(drv, device);

	if (!dev || dev->vm != vm)
		return;
	world_spin_lock(drv->world, &drv->sva_lock);
	forward(drv, vm, dev, inv);
	iomm_cmdq_sync(drv);
	world_spin_unlock(drv->world, &drv->sva_lock);
}
