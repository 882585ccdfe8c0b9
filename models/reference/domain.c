/* SPDX-License-Identifier: MIT */
/* Domains: which group is where, the private table (A-3, B-4). */
#include "linux.h"

/* a group moves as one, and bonds do not move. */
static void move_group(struct ref *ref, uint8_t group, uint8_t domain, struct ref_result *result)
{
	for (uint8_t i = 0; i < ref->topology.num_devices; i++) {
		if (!ref->device[i].present || ref->topology.device[i].group != group)
			continue;
		ref_unbind_device(ref, i, result);
		ref_partitions_unmap(ref, i);
		ref->device[i].domain = domain;
	}
}

/* B-8: what a VM has is its alone; a member of its group came later (C-15). */
static bool group_is_assigned(const struct ref *ref, uint8_t group)
{
	for (uint8_t i = 0; i < ref->topology.num_devices; i++)
		if (ref->device[i].vm != REF_NONE && ref->topology.device[i].group == group)
			return true;
	return false;
}

struct ref_result ref_attach(struct ref *ref, uint8_t device, uint8_t domain)
{
	struct ref_result result = ref_ok();

	REF_ASSERT(domain < ref->topology.num_domains);
	if (!ref_device_usable(ref, device))
		return ref_error(-ENODEV, "A-36");
	if (ref_is_linux(ref))
		return ref_linux_attach(ref, device, domain);
	if (group_is_assigned(ref, ref->topology.device[device].group))
		return ref_error(-EBUSY, "B-8");
	move_group(ref, ref->topology.device[device].group, domain, &result);
	return result;
}

struct ref_result ref_detach(struct ref *ref, uint8_t device)
{
	struct ref_result result = ref_ok();

	if (!ref_device_usable(ref, device))
		return ref_error(-ENODEV, "A-36");
	if (ref_is_linux(ref))
		return ref_linux_detach(ref, device);
	if (group_is_assigned(ref, ref->topology.device[device].group))
		return ref_error(-EBUSY, "B-8");
	move_group(ref, ref->topology.device[device].group, REF_NONE, &result);
	return result;
}

/* Only a translated domain has a private table. */
static bool has_table(const struct ref *ref, uint8_t domain)
{
	REF_ASSERT(domain < ref->topology.num_domains);
	return ref->topology.domain_type[domain] == REF_DOMAIN_STAGE1;
}

struct ref_result ref_map(struct ref *ref, uint8_t domain, uint8_t page, uint8_t count,
			  uint8_t prot)
{
	struct ref_space *space = &ref->domain[domain].space;
	uint32_t slots = ref_slots(page, count);

	prot = ref_prot_rights(prot);
	if (ref_is_linux(ref)) {
		int error = ref_linux_table_error(ref, domain);

		if (error)
			return ref_error(error, "A-3");
	}
	if (!has_table(ref, domain))
		return ref_error(-ENODEV, "A-3");
	if (space->mapped & slots)
		return ref_error(-EEXIST, "A-3");
	ref_space_map(ref, space, page, count, prot);
	return ref_ok();
}

struct ref_result ref_unmap(struct ref *ref, uint8_t domain, uint8_t page, uint8_t count)
{
	struct ref_result result = ref_ok();
	uint32_t slots = ref_slots(page, count);

	if (ref_is_linux(ref))
		slots = ref_linux_unmappable(ref, domain, slots);
	else if (!has_table(ref, domain))
		return ref_error(-ENODEV, "A-3");
	ref_partitions_lose(ref, domain, slots);
	result.value = ref_space_unmap(ref, &ref->domain[domain].space, slots);
	return result;
}
