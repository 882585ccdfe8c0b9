/* SPDX-License-Identifier: MIT */
/*
 * Linux: the domain of a group, DMA owners, private tables, a driver's remove() (A-3, A-37, A-38,
 * B-2, E-46). The core has two domains of its own for a group: the default domain, which is identity
 * or (default_dma) an empty translated one that the group's first device finalises, and the blocking
 * domain while a user owns the DMA (__iommu_group_set_core_domain()).
 */
#include "linux.h"

static bool is_identity(const struct ref *ref, uint8_t domain)
{
	return ref->topology.domain_type[domain] != REF_DOMAIN_STAGE1;
}

static bool is_member(const struct ref *ref, uint8_t i, uint8_t group)
{
	return ref->device[i].present && ref->topology.device[i].group == group;
}

bool ref_linux_in_user_domain(const struct ref *ref, uint8_t device)
{
	uint8_t domain = ref->device[device].domain;

	return domain != REF_NONE && !is_identity(ref, domain);
}

bool ref_linux_group_has_sva(const struct ref *ref, uint8_t device)
{
	uint8_t group = ref->topology.device[device].group;

	for (uint8_t i = 0; i < ref->topology.num_devices; i++)
		if (is_member(ref, i, group) && ref->device[i].initialised)
			return true;
	return false;
}

/* iommu_group_alloc_default_domain(): iommu_def_domain_type is IOMMU_DOMAIN_DMA. */
bool ref_linux_in_default_dma(const struct ref *ref, uint8_t device)
{
	return ref->topology.default_dma && ref->device[device].domain == REF_NONE &&
	       !ref->device[device].claimed;
}

const uint8_t *ref_linux_table_6_1(const struct ref *ref, uint8_t device, uint8_t domain)
{
	return domain == REF_NONE ? ref->group_table[ref->topology.device[device].group]
				  : ref->domain[domain].table;
}

static bool fits(const struct ref *ref, uint8_t i, unsigned ssid_bits, bool stall)
{
	return ref_linux_ssid_bits(ref, i) == ssid_bits &&
	       (ref->topology.device[i].stall != 0) == stall;
}

bool ref_linux_group_agrees(const struct ref *ref, uint8_t device)
{
	uint8_t group = ref->topology.device[device].group;

	for (uint8_t i = 0; i < ref->topology.num_devices; i++)
		if (is_member(ref, i, group) && !fits(ref, i, ref_linux_ssid_bits(ref, device),
						      ref->topology.device[device].stall))
			return false;
	return true;
}

static void set_group(struct ref *ref, uint8_t device, uint8_t domain, bool claimed)
{
	uint8_t group = ref->topology.device[device].group;

	for (uint8_t i = 0; i < ref->topology.num_devices; i++) {
		if (!is_member(ref, i, group))
			continue;
		if (ref->device[i].domain != domain)
			ref_partitions_unmap(ref, i);
		ref->device[i].domain = domain;
		ref->device[i].claimed = claimed;
	}
}

/*
 * 6.1, arm_smmu_attach_dev(): the first device of the list finalises the domain, for its SMMU, with
 * its SSID bits and its stalls; others must have the same. This stays when a later member of the
 * group is refused, and __iommu_attach_group() takes the group back. 0 or an error.
 */
static int attach_members_6_1(struct ref *ref, uint8_t device, uint8_t domain)
{
	uint8_t group = ref->topology.device[device].group;
	struct ref_domain *to = &ref->domain[domain];

	for (uint8_t i = REF_NONE; (i = ref_linux_next_member(ref, group, i)) != REF_NONE;) {
		if (!to->finalised) {
			to->finalised = 1;
			to->smmu = ref->topology.device[i].smmu;
			to->ssid_bits = (uint8_t)ref_linux_ssid_bits(ref, i);
			to->stall = ref->topology.device[i].stall != 0;
		}
		if (to->smmu != ref->topology.device[i].smmu)
			return -ENXIO;
		if (!fits(ref, i, to->ssid_bits, to->stall))
			return -EINVAL;
	}
	return 0;
}

/* iommu_attach_group(), __iommu_attach_group() */
struct ref_result ref_linux_attach(struct ref *ref, uint8_t device, uint8_t domain)
{
	bool claimed = ref->device[device].claimed;
	int error;

	/* Only the default and the blocking domain may be left, also for the same domain. */
	if (ref_linux_in_user_domain(ref, device))
		return ref_error(-EBUSY, "B-2");
	if (ref_is_6_1(ref)) {
		if (ref_linux_group_has_sva(ref, device))
			return ref_error(-EBUSY, "A-37");
		if (is_identity(ref, domain)) {
			set_group(ref, device, claimed ? domain : REF_NONE, claimed);
			return ref_ok();
		}
		error = attach_members_6_1(ref, device, domain);
		if (error)
			return ref_error(error, "A-3");
	} else if (is_identity(ref, domain)) {
		/* A static domain has no owner: "dev_iommu_ops(dev) != domain->owner". */
		return ref_error(-EINVAL, "A-38");
	} else if (ref->domain[domain].smmu != ref->topology.device[device].smmu) {
		return ref_error(-EINVAL, "A-3"); /* arm_smmu_attach_dev(): another SMMU's */
	}
	set_group(ref, device, domain, claimed);
	return ref_ok();
}

/* iommu_detach_group(): back to the core's own domain, with which 6.12 keeps the PASIDs. */
struct ref_result ref_linux_detach(struct ref *ref, uint8_t device)
{
	/* 6.1: arm_smmu_attach_dev() refuses, and the group stays; see ref_may(). */
	if (ref->device[device].domain != REF_NONE &&
	    !(ref_is_6_1(ref) && ref_linux_group_has_sva(ref, device)))
		set_group(ref, device, REF_NONE, ref->device[device].claimed);
	return ref_ok();
}

/* iommu_group_claim_dma_owner(), __iommu_take_dma_ownership() */
struct ref_result ref_claim(struct ref *ref, uint8_t device)
{
	REF_ASSERT(device < ref->topology.num_devices);
	if (!ref_is_linux(ref) || !ref_device_usable(ref, device))
		return ref_error(-ENODEV, "E-46");
	if (ref->device[device].claimed)
		return ref_error(-EPERM, "E-46");
	if (ref->device[device].domain != REF_NONE)
		return ref_error(-EBUSY, "E-46");
	if (ref_is_6_1(ref)) {
		/* The blocking domain is an empty translated one, attached as any other. */
		if (ref_linux_group_has_sva(ref, device))
			return ref_error(-EBUSY, "A-37");
		if (!ref_linux_group_agrees(ref, device))
			return ref_error(-EINVAL, "A-3");
	} else {
		uint8_t group = ref->topology.device[device].group;

		for (unsigned pasid = 0; pasid < REF_MAX_PASIDS; pasid++)
			if (ref->group_table[group][pasid] != REF_NONE)
				return ref_error(-EBUSY, "E-46");
	}
	set_group(ref, device, REF_NONE, true);
	return ref_ok();
}

/* iommu_group_release_dma_owner(): to the default domain, from wherever. */
struct ref_result ref_release(struct ref *ref, uint8_t device)
{
	REF_ASSERT(device < ref->topology.num_devices);
	if (!ref_is_linux(ref) || !ref_device_usable(ref, device))
		return ref_error(-ENODEV, "E-46");
	if (!ref_may(ref, REF_MAY_RELEASE, device, 0))
		set_group(ref, device, REF_NONE, false);
	return ref_ok();
}

void ref_linux_leave(struct ref *ref, uint8_t device)
{
	uint8_t group = ref->topology.device[device].group;

	if (group == REF_NONE)
		return;
	ref_linux_forget_device(ref, device);
	if (!ref_is_6_1(ref))
		ref_linux_detach_pasids(ref, device);
	ref->device[device].initialised = 0;
	ref->device[device].features = 0;
	/* __iommu_group_free_device(): an empty group has no owner and is in its default domain. */
	if (ref_group_size(ref, group) == 1)
		set_group(ref, device, REF_NONE, false);
}

/* __iommu_map(), arm_smmu_map_pages() */
int ref_linux_table_error(const struct ref *ref, uint8_t domain)
{
	REF_ASSERT(domain < ref->topology.num_domains);
	if (is_identity(ref, domain))
		return -EINVAL;
	/* 6.1 makes the table at the first attach, 6.12 with the domain. */
	return ref_is_6_1(ref) && !ref->domain[domain].finalised ? -ENODEV : 0;
}

uint32_t ref_linux_unmappable(const struct ref *ref, uint8_t domain, uint32_t slots)
{
	uint32_t hole;

	REF_ASSERT(domain < ref->topology.num_domains);
	hole = slots & ~ref->domain[domain].space.mapped;
	/* __iommu_unmap(): "or we hit an area that isn't mapped" */
	return hole ? slots & ((1u << ref_first(hole)) - 1) : slots;
}
