/* SPDX-License-Identifier: MIT */
/* Devices, groups, bonds and io_mms (A-1, A-2, A-4 .., B-8, B-9). */
#include "checks.h"

bool ref_holds_device_has_one_domain(const struct ref *ref)
{
	for (unsigned i = 0; i < REF_MAX_DEVICES; i++) {
		const struct ref_device *dev = &ref->device[i];

		if (!ref_index_or_none(dev->domain, ref->topology.num_domains))
			return false;
		if (i >= ref->topology.num_devices && (dev->present || dev->domain != REF_NONE))
			return false;
	}
	return true;
}

bool ref_holds_param_belongs_to_device(const struct ref *ref)
{
	for (unsigned i = 0; i < REF_MAX_DEVICES; i++) {
		const struct ref_device *dev = &ref->device[i];

		if (dev->initialised &&
		    (!dev->present || ref->topology.device[i].group == REF_NONE))
			return false;
		if (!dev->initialised && (dev->features || dev->min_pasid || dev->max_pasid))
			return false;
	}
	return true;
}

bool ref_holds_group_has_one_domain(const struct ref *ref)
{
	for (unsigned i = 0; i < ref->topology.num_devices; i++) {
		uint8_t group = ref->topology.device[i].group;

		if (!ref->device[i].present || group == REF_NONE) {
			if (ref->device[i].domain != REF_NONE)
				return false;
			continue;
		}
		for (unsigned j = 0; j < i; j++)
			if (ref->device[j].present && ref->topology.device[j].group == group &&
			    ref->device[j].domain != ref->device[i].domain)
				return false;
	}
	return true;
}

bool ref_holds_bonded_device_is_alone_in_group(const struct ref *ref)
{
	for (const struct ref_bond *bond = NULL; (bond = ref_next_bond(ref, bond));) {
		uint8_t group = ref->topology.device[bond->device].group;

		for (unsigned i = 0; i < ref->topology.num_devices; i++)
			if (i != bond->device && ref->device[i].present &&
			    !ref->device[i].hotplugged && ref->topology.device[i].group == group)
				return false;
	}
	return true;
}

bool ref_holds_features_known(const struct ref *ref)
{
	for (unsigned i = 0; i < REF_MAX_DEVICES; i++)
		if (ref->device[i].features & ~(unsigned)REF_FEAT_IOPF)
			return false;
	return true;
}

bool ref_holds_limits_within_hardware(const struct ref *ref)
{
	for (unsigned i = 0; i < ref->topology.num_devices; i++) {
		const struct ref_device *dev = &ref->device[i];

		if (!dev->initialised)
			continue;
		if (dev->min_pasid < 1 || dev->max_pasid < 1 ||
		    dev->max_pasid >> ref->topology.device[i].pasid_bits ||
		    dev->max_pasid >> ref->topology.ssid_bits)
			return false;
	}
	return true;
}

bool ref_holds_rid_unique(const struct ref *ref)
{
	for (unsigned i = 0; i < ref->topology.num_devices; i++)
		for (unsigned j = 0; j < i; j++)
			if (ref->topology.device[i].rid == ref->topology.device[j].rid)
				return false;
	return true;
}

bool ref_holds_bond_has_both_ends(const struct ref *ref)
{
	for (const struct ref_bond *bond = NULL; (bond = ref_next_bond(ref, bond));) {
		if (bond->device >= ref->topology.num_devices || bond->mm >= REF_MAX_MMS ||
		    bond->domain >= ref->topology.num_domains)
			return false;
		if (!ref->device[bond->device].present || !ref->device[bond->device].initialised ||
		    !ref->mm[bond->mm].users)
			return false;
	}
	return true;
}

bool ref_holds_bond_once(const struct ref *ref)
{
	uint16_t bonded[REF_MAX_DEVICES] = {0}; /* sets of mms, by device; linux-6.12: by group */
	bool by_group = ref->topology.policy == REF_POLICY_LINUX_6_12;

	_Static_assert(REF_MAX_MMS <= 16, "a set of mms");
	for (const struct ref_bond *bond = NULL; (bond = ref_next_bond(ref, bond));) {
		uint8_t i = by_group ? ref->topology.device[bond->device].group : bond->device;

		if (bonded[i] & 1u << bond->mm)
			return false;
		bonded[i] |= (uint16_t)(1u << bond->mm);
	}
	return true;
}

bool ref_holds_bond_in_current_domain(const struct ref *ref)
{
	for (const struct ref_bond *bond = NULL; (bond = ref_next_bond(ref, bond));)
		if (bond->domain != ref->device[bond->device].domain)
			return false;
	return true;
}

bool ref_holds_identity_domain_has_no_bond(const struct ref *ref)
{
	for (const struct ref_bond *bond = NULL; (bond = ref_next_bond(ref, bond));)
		if (bond->domain != REF_NONE && /* a default domain; see handle-has-both-ends */
		    ref->topology.domain_type[bond->domain] != REF_DOMAIN_STAGE1)
			return false;
	return true;
}

bool ref_holds_bonded_space_has_pasid(const struct ref *ref)
{
	for (const struct ref_bond *bond = NULL; (bond = ref_next_bond(ref, bond));)
		if (!ref->mm[bond->mm].pasid)
			return false;
	return true;
}

bool ref_holds_unbonded_space_has_no_pasid(const struct ref *ref)
{
	unsigned bonded = 0;

	for (const struct ref_bond *bond = NULL; (bond = ref_next_bond(ref, bond));)
		bonded |= 1u << bond->mm;
	for (unsigned i = 0; i < ref_mm_slots(ref); i++)
		if (!(bonded >> i & 1) && (ref_has_host_pasid(&ref->mm[i]) || ref->mm[i].flags))
			return false;
	return true;
}

bool ref_holds_bond_flags_supported(const struct ref *ref)
{
	for (const struct ref_bond *bond = NULL; (bond = ref_next_bond(ref, bond));)
		if (ref->mm[bond->mm].flags & ~ref->device[bond->device].features)
			return false;
	return true;
}

bool ref_holds_pasid_unique(const struct ref *ref)
{
	uint64_t taken[REF_MAX_PASIDS / 64] = {0};

	for (unsigned set = ref_host_pasids(ref); set; set &= set - 1) {
		unsigned pasid = ref->mm[ref_first(set)].pasid;

		if (pasid >= REF_MAX_PASIDS || taken[pasid / 64] >> pasid % 64 & 1)
			return false;
		taken[pasid / 64] |= UINT64_C(1) << pasid % 64;
	}
	return true;
}

bool ref_holds_pasid_within_device_limits(const struct ref *ref)
{
	for (const struct ref_bond *bond = NULL; (bond = ref_next_bond(ref, bond));) {
		const struct ref_device *dev = &ref->device[bond->device];
		unsigned pasid = ref->mm[bond->mm].pasid;

		if (pasid < dev->min_pasid || pasid > dev->max_pasid)
			return false;
	}
	return true;
}
