/* SPDX-License-Identifier: MIT */
/*
 * Linux: what devices reach, when ATS is on, and what becomes of a fault that stalls (A-35, A-38,
 * A-43, D-8, D-14, D-16, D-21).
 *
 * Of the architecture (Arm IHI 0070):
 *   - 6.12 installs a table of CDs for the PASIDs of a device whose own domain has none; S1DSS is
 *     then bypass (0b01) or terminate (0b00), and ATS is on for the stream (13.6.4). In the latter
 *     case an access without a PASID is F_STREAM_DISABLED, where it is silent else (5.2 Config);
 *   - PASID 0 never has a CD: terminated by S1DSS = 0b10, or by a CD that is not valid.
 */
#include "linux.h"

static struct ref_target mm_target(const struct ref *ref, uint8_t mm)
{
	return (struct ref_target){ref->mm[mm].users ? REF_TARGET_MM : REF_TARGET_QUIESCED, mm};
}

/* 6.1: the domain's table, as its siblings have it. */
static struct ref_target pasid_target_6_1(const struct ref *ref, uint8_t device, uint32_t pasid)
{
	uint8_t mm = REF_NONE;

	if ((ref_linux_in_user_domain(ref, device) || ref_linux_in_default_dma(ref, device)) &&
	    pasid < REF_MAX_PASIDS)
		mm = ref_linux_table_6_1(ref, device, ref->device[device].domain)[pasid];
	return mm == REF_NONE ? (struct ref_target){REF_TARGET_NO_PASID, 0} : mm_target(ref, mm);
}

/* 6.12: the device's table, filled from the group's array (A-35, C-14). */
static struct ref_target pasid_target_6_12(const struct ref *ref, uint8_t device, uint32_t pasid)
{
	uint8_t group = ref->topology.device[device].group;
	uint8_t entry = pasid < ref_linux_max_pasids(ref, device) ? ref->group_table[group][pasid]
								  : REF_NONE;

	if (ref_entry_is_domain(entry))
		return (struct ref_target){REF_TARGET_PRIVATE, ref_entry_domain(entry)};
	if (entry != REF_NONE && !ref_linux_missed(ref, device, entry))
		return mm_target(ref, entry);
	/* Blocked, and without a table: the STE itself aborts, before any SubstreamID counts. */
	if (ref->device[device].claimed && ref->device[device].domain == REF_NONE &&
	    !ref_linux_pasids_in_use(ref, device))
		return (struct ref_target){REF_TARGET_ABORT, 0};
	return (struct ref_target){REF_TARGET_NO_PASID, 0};
}

struct ref_target ref_linux_target(const struct ref *ref, uint8_t device, bool has_pasid,
				   uint32_t pasid)
{
	const struct ref_device *dev = &ref->device[device];

	/* arm_smmu_release_device() leaves an STE that aborts. */
	if (!dev->present)
		return (struct ref_target){REF_TARGET_ABORT, 0};
	if (ref->topology.device[device].group == REF_NONE)
		return (struct ref_target){REF_TARGET_UNMANAGED, 0};
	if (has_pasid)
		return ref_is_6_1(ref) ? pasid_target_6_1(ref, device, pasid)
				       : pasid_target_6_12(ref, device, pasid);
	if (ref_linux_in_user_domain(ref, device))
		return (struct ref_target){REF_TARGET_PRIVATE, dev->domain};
	if (ref_linux_in_default_dma(ref, device))
		return (struct ref_target){REF_TARGET_EMPTY, 0};
	if (!dev->claimed || dev->domain != REF_NONE)
		return (struct ref_target){REF_TARGET_BYPASS, 0};
	/* __iommu_group_alloc_blocking_domain(): 6.1's driver has no blocked domain, "create an
	 * empty domain instead"; 6.12 has arm_smmu_blocked_domain. */
	return (struct ref_target){ref_is_6_1(ref) ? REF_TARGET_EMPTY : REF_TARGET_ABORT, 0};
}

/* arm_smmu_attach_dev() of both, arm_smmu_attach_dev_ste() and arm_smmu_update_ste() of 6.12. */
bool ref_linux_ats_enabled(const struct ref *ref, uint8_t device)
{
	const struct ref_device *dev = &ref->device[device];

	if (!ref->topology.device[device].ats || !ref_device_usable(ref, device))
		return false;
	if (ref_linux_in_user_domain(ref, device) || ref_linux_in_default_dma(ref, device))
		return true;
	if (ref_is_6_1(ref))
		return dev->claimed && dev->domain == REF_NONE;
	return ref_linux_pasids_in_use(ref, device);
}

bool ref_linux_stalls(const struct ref *ref, uint8_t device, struct ref_target target)
{
	if (!ref->topology.device[device].stall)
		return false;
	switch (target.kind) {
	case REF_TARGET_MM:
	case REF_TARGET_PRIVATE:
	case REF_TARGET_EMPTY:
		return true;
	case REF_TARGET_QUIESCED:
		/* arm_smmu_make_sva_cd(): "Disable stall [...] if stall disable is permitted." */
		return ref->topology.stall_force;
	default:
		return false;
	}
}

/*
 * 6.12: find_fault_handler() has none for a domain, and iommu_sva_handle_mm() for an address space;
 * 6.1: iommu_queue_iopf(), iopf_handle_single(). Both are there while SVA is enabled with IOPF.
 */
bool ref_linux_handle_fault(struct ref *ref, uint8_t device, struct ref_target target, uint8_t page,
			    bool write)
{
	const struct ref_device *dev = &ref->device[device];
	struct ref_mapping *slot;

	if (target.kind != REF_TARGET_MM || !dev->initialised || !(dev->features & REF_FEAT_IOPF))
		return false;
	slot = &ref->mm[target.index].space.slot[page];
	/* "Unmapped area", "Access fault" */
	if (!(slot->prot & (write ? REF_WRITE : REF_READ)))
		return false;
	ref_fault_in(ref, slot, write);
	return true;
}
