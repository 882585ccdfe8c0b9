/* SPDX-License-Identifier: MIT */
/* Linux policies: handles, owners, features, arrays of groups, exited spaces (A-3, A-43, C-14). */
#include "checks.h"

#include <string.h>

static uint8_t group_of(const struct ref *ref, unsigned device)
{
	return ref->topology.device[device].group;
}

bool ref_holds_handle_has_both_ends(const struct ref *ref)
{
	for (const struct ref_bond *bond = NULL; (bond = ref_next_bond(ref, bond));) {
		bool in_table = bond->domain < ref->topology.num_domains ||
				(bond->domain == REF_NONE && ref->topology.default_dma);

		if (bond->device >= ref->topology.num_devices || bond->mm >= REF_MAX_MMS ||
		    group_of(ref, bond->device) == REF_NONE)
			return false;
		if (!ref->device[bond->device].present || !ref->mm[bond->mm].pasid ||
		    ref->mm[bond->mm].pasid >= REF_MAX_PASIDS)
			return false;
		if (ref_is_6_1(ref) ? !in_table : bond->domain != REF_NONE)
			return false;
		if (ref_linux_holder(bond) == REF_NONE)
			return false;
	}
	return true;
}

bool ref_holds_group_has_one_owner(const struct ref *ref)
{
	for (unsigned i = 0; i < ref->topology.num_devices; i++) {
		const struct ref_device *dev = &ref->device[i];

		if (dev->claimed && (!dev->present || group_of(ref, i) == REF_NONE))
			return false;
		if (!dev->claimed && dev->domain != REF_NONE &&
		    ref->topology.domain_type[dev->domain] != REF_DOMAIN_STAGE1)
			return false;
		for (unsigned j = 0; j < i; j++)
			if (dev->present && ref->device[j].present &&
			    group_of(ref, i) != REF_NONE && group_of(ref, j) == group_of(ref, i) &&
			    ref->device[j].claimed != dev->claimed)
				return false;
	}
	return true;
}

bool ref_holds_features_supported(const struct ref *ref)
{
	for (unsigned i = 0; i < ref->topology.num_devices; i++) {
		const struct ref_device *dev = &ref->device[i];
		bool stalls = ref->topology.device[i].stall && ref->topology.device[i].streams <= 1;

		if (dev->min_pasid || dev->max_pasid)
			return false;
		if (!dev->initialised && !dev->features)
			continue;
		if (!dev->present || group_of(ref, i) == REF_NONE || (dev->features && !stalls))
			return false;
		if (dev->initialised &&
		    (!ref->topology.ssid_bits || !ref->topology.device[i].pasid_bits ||
		     (stalls && !dev->features)))
			return false;
	}
	return true;
}

bool ref_holds_handle_of_holders(const struct ref *ref)
{
	for (const struct ref_bond *bond = NULL; (bond = ref_next_bond(ref, bond));) {
		for (unsigned i = 0; i < REF_MAX_DEVICES; i++) {
			bool may_hold = i == bond->device;

			if (!ref_is_6_1(ref))
				may_hold = i < ref->topology.num_devices &&
					   group_of(ref, i) == group_of(ref, bond->device);
			if (bond->refs[i] && (!may_hold || !ref->device[i].present))
				return false;
		}
		/* The IOMMU driver of 6.1 keeps SVA enabled for as long as there is a bond. */
		if (ref_is_6_1(ref) && !ref->device[bond->device].initialised)
			return false;
	}
	return true;
}

/* The bits that count are the smaller of device and IOMMU. */
static bool fits(const struct ref *ref, unsigned device, unsigned pasid)
{
	return !(pasid >> ref->topology.device[device].pasid_bits) &&
	       !(pasid >> ref->topology.ssid_bits);
}

bool ref_holds_pasid_fits_devices(const struct ref *ref)
{
	for (const struct ref_bond *bond = NULL; (bond = ref_next_bond(ref, bond));) {
		unsigned pasid = ref->mm[bond->mm].pasid;

		for (unsigned i = 0; i < ref->topology.num_devices; i++) {
			bool shares = !ref_is_6_1(ref) && ref->device[i].present &&
				      !ref->device[i].hotplugged &&
				      ref->topology.device[i].pasid_bits &&
				      group_of(ref, i) == group_of(ref, bond->device);

			if ((shares || i == bond->device) && !fits(ref, i, pasid))
				return false;
		}
	}
	return true;
}

bool ref_holds_pasid_while_referenced(const struct ref *ref)
{
	unsigned bonded = 0;

	for (const struct ref_bond *bond = NULL; (bond = ref_next_bond(ref, bond));)
		bonded |= 1u << bond->mm;
	for (unsigned i = 0; i < REF_MAX_MMS; i++) {
		const struct ref_mm *mm = &ref->mm[i];

		if (mm->flags || (mm->pasid && !mm->users && !(bonded >> i & 1)))
			return false;
	}
	return true;
}

bool ref_holds_exited_space_is_unmapped(const struct ref *ref)
{
	for (unsigned i = 0; i < REF_MAX_MMS; i++)
		if (!ref->mm[i].users && ref->mm[i].space.mapped)
			return false;
	return true;
}

bool ref_holds_table_since_first_attach(const struct ref *ref)
{
	for (unsigned i = 0; i < ref->topology.num_devices; i++) {
		const struct ref_domain *domain;
		unsigned bits = ref->topology.device[i].pasid_bits;

		if (ref->device[i].domain == REF_NONE ||
		    ref->topology.domain_type[ref->device[i].domain] != REF_DOMAIN_STAGE1)
			continue;
		domain = &ref->domain[ref->device[i].domain];
		if (bits > ref->topology.ssid_bits)
			bits = ref->topology.ssid_bits;
		if (!domain->finalised || domain->ssid_bits != bits ||
		    domain->stall != (ref->topology.device[i].stall != 0))
			return false;
	}
	for (unsigned i = 0; i < ref->topology.num_domains; i++)
		if (!ref->domain[i].finalised && ref->domain[i].space.mapped)
			return false;
	return true;
}

static bool is_of_smmu(const struct ref *ref, uint8_t domain, unsigned device)
{
	return ref->topology.domain_type[domain] != REF_DOMAIN_STAGE1 ||
	       ref->domain[domain].smmu == ref->topology.device[device].smmu;
}

static bool has_one_smmu(const struct ref *ref)
{
	uint8_t second = 0;

	for (unsigned i = 0; i < ref->topology.num_devices; i++)
		second |= ref->topology.device[i].smmu;
	for (unsigned i = 0; i < ref->topology.num_domains; i++)
		second |= ref->domain[i].smmu;
	return !second;
}

bool ref_holds_domain_of_one_smmu(const struct ref *ref)
{
	if (has_one_smmu(ref))
		return true;
	for (unsigned i = 0; i < ref->topology.num_devices; i++) {
		const uint8_t *array;

		if (ref->device[i].domain != REF_NONE && !is_of_smmu(ref, ref->device[i].domain, i))
			return false;
		if (ref_is_6_1(ref) || group_of(ref, i) == REF_NONE ||
		    !ref_linux_pasids_in_use(ref, (uint8_t)i))
			continue;
		array = ref->group_table[group_of(ref, i)];
		for (unsigned p = 0; p < 1u << ref->topology.ssid_bits; p++)
			if (ref_entry_is_domain(array[p]) &&
			    !is_of_smmu(ref, ref_entry_domain(array[p]), i))
				return false;
	}
	return true;
}

/* What may stand in the array of a group without a bond. */
static bool is_domain_of_member(const struct ref *ref, uint8_t entry, unsigned group)
{
	uint8_t device = ref_entry_device(entry);

	return ref_entry_is_domain(entry) && device < ref->topology.num_devices &&
	       ref->device[device].present && group_of(ref, device) == group &&
	       ref_entry_domain(entry) < ref->topology.num_domains &&
	       ref->topology.domain_type[ref_entry_domain(entry)] == REF_DOMAIN_STAGE1;
}

bool ref_holds_array_iff_attached(const struct ref *ref)
{
	unsigned processes = 0;

	for (const struct ref_bond *bond = NULL; (bond = ref_next_bond(ref, bond));) {
		uint8_t group = group_of(ref, bond->device);

		if (ref->group_table[group][ref->mm[bond->mm].pasid] != bond->mm)
			return false;
		processes++;
	}
	for (unsigned group = 0; group < REF_MAX_DEVICES; group++) {
		const uint8_t *table = ref->group_table[group];

		for (unsigned p = 0; p < REF_MAX_PASIDS; p++) {
			uint64_t word;

			if (p % sizeof(word) == 0) {
				memcpy(&word, table + p, sizeof(word));
				if (word == UINT64_MAX) {
					p += sizeof(word) - 1;
					continue;
				}
			}
			if (table[p] == REF_NONE || is_domain_of_member(ref, table[p], group))
				continue;
			if (table[p] >= REF_MAX_MMS || ref->pasid_owner[p] != table[p] ||
			    !processes--)
				return false;
		}
	}
	return processes == 0;
}

/* C-15: one of the two came later, and cannot send this PASID or finds no space behind it. */
static bool came_too_late(const struct ref *ref, uint8_t i, uint8_t j, uint16_t pasid)
{
	uint8_t entry = ref->group_table[group_of(ref, i)][pasid];

	if (!ref->device[i].hotplugged && !ref->device[j].hotplugged)
		return false;
	if (!fits(ref, i, pasid) || !fits(ref, j, pasid) || entry == REF_NONE)
		return true;
	return !ref_entry_is_domain(entry) && !ref->mm[entry].users;
}

bool ref_holds_same_group_same_reach(const struct ref *ref)
{
	for (uint8_t i = 0; i < ref->topology.num_devices; i++) {
		for (uint8_t j = 0; j < i; j++) {
			if (group_of(ref, i) == REF_NONE || group_of(ref, i) != group_of(ref, j) ||
			    !ref->device[i].present || !ref->device[j].present ||
			    !ref->topology.device[i].pasid_bits ||
			    !ref->topology.device[j].pasid_bits)
				continue;
			for (uint16_t p = 1; p < 1u << ref->topology.ssid_bits; p++)
				if (!came_too_late(ref, i, j, p) &&
				    !ref_same_target(ref_target(ref, i, true, p),
						     ref_target(ref, j, true, p)))
					return false;
		}
	}
	return true;
}

/* Every holder: 6.1 through the domain's table, 6.12 through the group's array. */
bool ref_holds_quiesced_exactly_after_exit(const struct ref *ref)
{
	for (const struct ref_bond *bond = NULL; (bond = ref_next_bond(ref, bond));) {
		const struct ref_mm *mm = &ref->mm[bond->mm];
		uint8_t kind = mm->users ? REF_TARGET_MM : REF_TARGET_QUIESCED;

		for (uint8_t i = 0; i < ref->topology.num_devices; i++) {
			struct ref_target target = ref_target(ref, i, true, mm->pasid);

			if (bond->refs[i] && (target.kind != kind || target.index != bond->mm))
				return false;
		}
	}
	return true;
}

bool ref_holds_no_process_without_pasid(const struct ref *ref)
{
	for (uint8_t i = 0; i < ref->topology.num_devices; i++) {
		struct ref_target none = ref_target(ref, i, false, 0);
		struct ref_target zero = ref_target(ref, i, true, 0);
		bool in_domain =
			ref->device[i].domain != REF_NONE &&
			ref->topology.domain_type[ref->device[i].domain] == REF_DOMAIN_STAGE1;

		if (none.kind == REF_TARGET_MM || none.kind == REF_TARGET_QUIESCED ||
		    none.kind == REF_TARGET_NO_PASID)
			return false;
		if ((none.kind == REF_TARGET_PRIVATE) != in_domain ||
		    (in_domain && none.index != ref->device[i].domain))
			return false;
		if (zero.kind != REF_TARGET_NO_PASID && zero.kind != REF_TARGET_ABORT &&
		    zero.kind != REF_TARGET_UNMANAGED)
			return false;
	}
	return true;
}
