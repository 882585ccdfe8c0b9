/* SPDX-License-Identifier: MIT */
/*
 * Invalidations as commands. Ranges are [start, end), end exclusive (D-11). Nothing here waits:
 * the callers put the syncs, because the order is theirs to keep (D-2, D-3).
 */
#include "iomm.h"

enum {
	PAGE = 4096,
	TLBI_MAX_PAGES = 16, /* D-12: beyond, the whole ASID is cheaper */
};

/* 4.3.3: a cached CD is local to the StreamID, so every stream that shares the table is named. */
void iomm_cfgi_cd(struct iomm_driver *drv, unsigned domain, unsigned pasid, bool leaf)
{
	for (unsigned i = 0; i < IOMM_MAX_DEVICES; i++) {
		if (drv->device[i].domain != domain)
			continue;
		iomm_cmdq_add(drv, hw_cmd_cfgi_cd(drv->device[i].sid, pasid, leaf));
		if (IOMM_FAULT(drv, cfgi_first_stream_only))
			break;
	}
}

void iomm_tlbi_range(struct iomm_driver *drv, unsigned vmid, unsigned asid, uint64_t start,
		     uint64_t end, bool leaf)
{
	if (end - start > (uint64_t)TLBI_MAX_PAGES * PAGE) {
		iomm_cmdq_add(drv, hw_cmd_tlbi_asid((uint16_t)vmid, (uint16_t)asid));
		return;
	}
	if (IOMM_FAULT(drv, range_short_by_one_page) && end - start > PAGE)
		end -= PAGE;
	for (uint64_t va = start; va < end; va += PAGE)
		iomm_cmdq_add(drv, hw_cmd_tlbi_va((uint16_t)vmid, (uint16_t)asid, va, leaf));
}

/* D-11: the smallest aligned power of two that holds [start, end). */
void iomm_atc_range(struct iomm_driver *drv, const struct iomm_device *dev, bool has_pasid,
		    unsigned pasid, uint64_t start, uint64_t end)
{
	uint64_t differ = (start ^ (end - 1)) / PAGE;
	unsigned size = differ ? 64 - (unsigned)__builtin_clzll(differ) : 0;

	if (IOMM_FAULT(drv, atc_range_not_rounded)) {
		uint64_t last = (end - 1 - start) / PAGE;

		size = last ? 64 - (unsigned)__builtin_clzll(last) : 0;
	}
	iomm_cmdq_add(drv, hw_cmd_atc_inv(dev->sid, has_pasid, pasid, start, size));
}

void iomm_atc_pasid(struct iomm_driver *drv, const struct iomm_device *dev, unsigned pasid)
{
	iomm_cmdq_add(drv, hw_cmd_atc_inv(dev->sid, true, pasid, 0, HW_ATC_ALL));
}

/* Transactions without a PASID are not covered by the global form (4.5.1). */
void iomm_atc_all(struct iomm_driver *drv, const struct iomm_device *dev)
{
	if (drv->ssid_bits)
		iomm_cmdq_add(drv, hw_cmd_atc_inv_global(dev->sid));
	iomm_cmdq_add(drv, hw_cmd_atc_inv(dev->sid, false, 0, 0, HW_ATC_ALL));
}
