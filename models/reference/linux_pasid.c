/* SPDX-License-Identifier: MIT */
/*
 * Linux 6.12: the PASID array of a group (group->pasid_array; C-2, C-10, C-14, C-18). What is in it
 * is on every member that has PASIDs; a member without PASIDs is passed over (E-35).
 */
#include "linux.h"

#include <string.h>

/* The members that __iommu_set_group_pasid() sets a PASID on. */
static bool has_pasids(const struct ref *ref, uint8_t device, uint8_t group)
{
	return ref->device[device].present && ref->topology.device[device].group == group &&
	       ref_linux_max_pasids(ref, device) > 0;
}

/* Is there a member that has PASIDs? */
static bool group_has_pasids(const struct ref *ref, uint8_t group)
{
	for (uint8_t i = 0; i < ref->topology.num_devices; i++)
		if (has_pasids(ref, i, group))
			return true;
	return false;
}

bool ref_linux_beyond_group(const struct ref *ref, uint8_t group, uint32_t pasid)
{
	for (uint8_t i = 0; i < ref->topology.num_devices; i++)
		if (has_pasids(ref, i, group) && pasid >= ref_linux_max_pasids(ref, i))
			return true;
	return false;
}

static bool array_is_empty(const struct ref *ref, uint8_t group)
{
	const uint8_t *table = ref->group_table[group];

	/* A PASID of a member without PASIDs may be any. */
	for (unsigned i = 0; i < REF_MAX_PASIDS; i += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, table + i, sizeof(word));
		if (word != UINT64_MAX)
			return false;
	}
	return true;
}

/* A device that came later has no entry for those that had exited, and for PASIDs that it has not
 * (C-15). */
static bool has_entry(const struct ref *ref, uint8_t device)
{
	const uint8_t *table = ref->group_table[ref->topology.device[device].group];
	unsigned pasids = ref_linux_max_pasids(ref, device);

	for (unsigned pasid = 0; pasid < pasids; pasid++)
		if (table[pasid] != REF_NONE && (ref_entry_is_domain(table[pasid]) ||
						 !ref_linux_missed(ref, device, table[pasid])))
			return true;
	return false;
}

bool ref_linux_pasids_in_use(const struct ref *ref, uint8_t device)
{
	uint8_t group = ref->topology.device[device].group;

	return ref->topology.policy == REF_POLICY_LINUX_6_12 && group != REF_NONE &&
	       has_pasids(ref, device, group) && !array_is_empty(ref, group) &&
	       (!ref->device[device].hotplugged || has_entry(ref, device));
}

/* iommu_attach_device_pasid(), in the order of its checks. 6.1 has no such call. */
struct ref_result ref_attach_pasid(struct ref *ref, uint8_t device, uint8_t domain, uint32_t pasid)
{
	uint8_t group = ref->topology.device[device].group;
	uint8_t *entry;

	REF_ASSERT(device < ref->topology.num_devices && domain < ref->topology.num_domains);
	REF_ASSERT(pasid < REF_MAX_PASIDS);
	/* arm_smmu_identity_ops has no set_dev_pasid. */
	if (ref->topology.policy != REF_POLICY_LINUX_6_12 ||
	    ref->topology.domain_type[domain] != REF_DOMAIN_STAGE1)
		return ref_error(-EOPNOTSUPP, "C-10");
	if (!ref_device_usable(ref, device))
		return ref_error(-ENODEV, "C-10");
	if (!pasid || ref_linux_beyond_group(ref, group, pasid))
		return ref_error(-EINVAL, "C-10");
	entry = &ref->group_table[group][pasid];
	if (*entry != REF_NONE)
		return ref_error(-EBUSY, "C-10");
	/* arm_smmu_s1_set_dev_pasid(), which only members with PASIDs come to. */
	if (group_has_pasids(ref, group) &&
	    ref->domain[domain].smmu != ref->topology.device[device].smmu)
		return ref_error(-EINVAL, "A-3");
	*entry = (uint8_t)(REF_ENTRY_ATTACHED | device * REF_MAX_DOMAINS | domain);
	return ref_ok();
}

/* iommu_detach_device_pasid() of what is not attached is silent. */
struct ref_result ref_detach_pasid(struct ref *ref, uint8_t device, uint32_t pasid)
{
	uint8_t *entry;

	REF_ASSERT(device < ref->topology.num_devices && pasid < REF_MAX_PASIDS);
	if (ref->topology.policy != REF_POLICY_LINUX_6_12)
		return ref_error(-EOPNOTSUPP, "C-16");
	if (!ref_device_usable(ref, device))
		return ref_error(-ENODEV, "C-16");
	entry = &ref->group_table[ref->topology.device[device].group][pasid];
	if (ref_entry_is_domain(*entry))
		*entry = REF_NONE;
	return ref_ok();
}

void ref_linux_detach_pasids(struct ref *ref, uint8_t device)
{
	uint8_t *table = ref->group_table[ref->topology.device[device].group];

	for (unsigned pasid = 0; pasid < REF_MAX_PASIDS; pasid++)
		if (ref_entry_is_domain(table[pasid]) && ref_entry_device(table[pasid]) == device)
			table[pasid] = REF_NONE;
}

/* Does a device other than this one hold the entry? */
static bool held_by_other(const struct ref *ref, uint8_t device, uint8_t entry)
{
	uint8_t bond;

	if (entry == REF_NONE)
		return false;
	if (ref_entry_is_domain(entry))
		return ref_entry_device(entry) != device;
	bond = ref_linux_handle(ref, device, entry);
	for (uint8_t i = 0; bond != REF_NONE && i < REF_MAX_DEVICES; i++)
		if (i != device && ref->bond[bond].refs[i])
			return true;
	return false;
}

bool ref_linux_pasids_would_stay(const struct ref *ref, uint8_t device)
{
	const uint8_t *table;

	if (!ref_linux_pasids_in_use(ref, device))
		return false;
	table = ref->group_table[ref->topology.device[device].group];
	for (unsigned pasid = 0; pasid < REF_MAX_PASIDS; pasid++)
		if (held_by_other(ref, device, table[pasid]))
			return true;
	return false;
}
