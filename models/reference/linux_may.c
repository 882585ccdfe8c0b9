/* SPDX-License-Identifier: MIT */
/*
 * Linux: what a caller owes before a call (ref_may()). A reason is given where kernel-doc or a
 * comment states the duty, or where the code answers a breach with a WARN or a NULL pointer.
 */
#include "linux.h"

/* "iommu_dev_enable_feature(dev, IOMMU_DEV_FEAT_SVA) must be called first" */
static const char *may_bind(const struct ref *ref, uint8_t device, uint32_t task)
{
	if (task >= REF_MAX_TASKS || !ref_task_alive(ref, (uint8_t)task))
		return "nobody holds the process: iommu_sva_bind_device() wants mm_users";
	if (!ref_is_6_1(ref)) {
		if (ref_device_usable(ref, device) && !ref->device[device].initialised)
			return "SVA is not enabled: iommu_sva_bind_device() says that it must be";
		return NULL;
	}
	if (!ref_device_usable(ref, device))
		return "no IOMMU driver has the device: dev_iommu_ops() follows a NULL pointer";
	if (ref->device[device].claimed && ref->device[device].domain == REF_NONE)
		return "a user owns the group's DMA: its blocking domain is not to be filled";
	return NULL;
}

/* "The device drivers should do the necessary cleanups before calling this." */
static const char *may_disable_sva(const struct ref *ref, uint8_t device)
{
	if (!ref_is_6_1(ref) && ref_linux_bound(ref, device))
		return "still bound: cleanups come before iommu_dev_disable_feature()";
	return NULL;
}

/* __iommu_attach_group() warns when it cannot take the group back. */
static const char *may_attach(const struct ref *ref, uint8_t device)
{
	if (ref_is_6_1(ref) && !ref_linux_in_user_domain(ref, device) &&
	    ref_linux_group_has_sva(ref, device))
		return "SVA is enabled: arm_smmu_attach_dev() refuses, also the way back";
	return NULL;
}

/* __iommu_group_set_core_domain() warns when the driver refuses. */
static const char *may_detach(const struct ref *ref, uint8_t device)
{
	if (ref_is_6_1(ref) && ref->device[device].domain != REF_NONE &&
	    ref_linux_group_has_sva(ref, device))
		return "SVA is enabled: arm_smmu_attach_dev() refuses the default domain";
	/* A member that came while the group was in an identity domain. */
	if (ref_is_6_1(ref) && ref->device[device].claimed &&
	    ref->device[device].domain != REF_NONE && !ref_linux_group_agrees(ref, device))
		return "one device of the group would be refused the blocking domain";
	return NULL;
}

/* "The @domain must have been attached to @pasid of the @dev" */
static const char *may_detach_pasid(const struct ref *ref, uint8_t device, uint32_t pasid)
{
	uint8_t entry = REF_NONE;

	if (ref_is_6_1(ref))
		return NULL;
	if (ref_device_usable(ref, device) && pasid < REF_MAX_PASIDS)
		entry = ref->group_table[ref->topology.device[device].group][pasid];
	if (!ref_entry_is_domain(entry) || ref_entry_device(entry) != device)
		return "this device has no domain attached to this PASID";
	return NULL;
}

/* 6.1: __iommu_group_set_domain() leaves the members apart when one of them is refused. */
static const char *may_claim(const struct ref *ref, uint8_t device)
{
	if (!ref_is_6_1(ref) || ref->device[device].claimed ||
	    ref->device[device].domain != REF_NONE ||
	    ref_group_size(ref, ref->topology.device[device].group) == 1)
		return NULL;
	if (ref_linux_group_has_sva(ref, device) || !ref_linux_group_agrees(ref, device))
		return "one device of the group would be refused, and the others stay blocked";
	return NULL;
}

/* iommu_group_release_dma_owner(), 6.12: __iommu_release_dma_ownership() */
static const char *may_release(const struct ref *ref, uint8_t device)
{
	uint8_t group = ref->topology.device[device].group;

	if (!ref->device[device].claimed)
		return "nobody owns the group's DMA";
	if (ref_is_6_1(ref)) {
		/* With an identity domain it is in the default domain already. */
		bool moves = ref->device[device].domain == REF_NONE ||
			     ref_linux_in_user_domain(ref, device);

		return moves && ref_linux_group_has_sva(ref, device)
			       ? "SVA is enabled: arm_smmu_attach_dev() refuses the default domain"
			       : NULL;
	}
	for (unsigned pasid = 0; pasid < REF_MAX_PASIDS; pasid++)
		if (ref->group_table[group][pasid] != REF_NONE)
			return "PASIDs of the group are still attached";
	return NULL;
}

/*
 * 6.12, __iommu_group_remove_device(): nothing takes the group's PASIDs off a member that leaves,
 * and a shared handle goes on naming the member that made it (iommu_sva.dev).
 */
static const char *may_unplug(const struct ref *ref, uint8_t device)
{
	if (ref_linux_pasids_would_stay(ref, device))
		return "siblings of the group use PASIDs, which nothing takes off this device";
	return NULL;
}

const char *ref_may(const struct ref *ref, enum ref_call_name call, uint8_t device,
		    uint32_t argument)
{
	REF_ASSERT(device < ref->topology.num_devices);
	if (!ref_is_linux(ref))
		return NULL;
	if (call == REF_MAY_BIND)
		return may_bind(ref, device, argument);
	if (!ref_device_usable(ref, device)) /* an error, or nothing to do */
		return NULL;
	switch (call) {
	case REF_MAY_UNBIND:
		return ref_linux_held(ref, device, argument) == REF_NONE
			       ? "the device's driver has no handle with this PASID"
			       : NULL;
	case REF_MAY_SHUTDOWN:
		return may_disable_sva(ref, device);
	case REF_MAY_DISABLE:
		return argument == REF_DEV_SVA ? may_disable_sva(ref, device) : NULL;
	case REF_MAY_ATTACH:
		return may_attach(ref, device);
	case REF_MAY_DETACH:
		return may_detach(ref, device);
	case REF_MAY_DETACH_PASID:
		return may_detach_pasid(ref, device, argument);
	case REF_MAY_CLAIM:
		return may_claim(ref, device);
	case REF_MAY_RELEASE:
		return may_release(ref, device);
	case REF_MAY_UNPLUG:
		return may_unplug(ref, device);
	default:
		return NULL;
	}
}

/* arm_lpae_init_pte(): "We require an unmap first" */
const char *ref_may_map(const struct ref *ref, uint8_t domain, uint8_t page, uint8_t count)
{
	uint32_t slots = ref_slots(page, count);

	if (ref_is_linux(ref) && !ref_linux_table_error(ref, domain) &&
	    slots & ref->domain[domain].space.mapped)
		return "mapped already: io-pgtable-arm.c wants an unmap first";
	return NULL;
}

/* __arm_lpae_unmap() warns about an entry that is not there. */
const char *ref_may_unmap(const struct ref *ref, uint8_t domain, uint8_t page, uint8_t count)
{
	uint32_t slots = ref_slots(page, count);

	if (ref_is_linux(ref) && !ref_linux_table_error(ref, domain) &&
	    slots & ~ref->domain[domain].space.mapped)
		return "not mapped: io-pgtable-arm.c warns about a hole";
	return NULL;
}
