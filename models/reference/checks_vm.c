/* SPDX-License-Identifier: MIT */
/* Functions, VMs and their guests: who has a requester id, and what is below it (B-7, B-8). */
#include "checks.h"

#include <string.h>

bool ref_holds_vf_needs_pf(const struct ref *ref)
{
	for (unsigned i = 0; i < ref->topology.num_devices; i++) {
		const struct ref_device *dev = &ref->device[i];
		unsigned vf_of = ref->topology.device[i].vf_of;

		if (dev->disabled && (dev->present || !vf_of))
			return false;
		if (dev->present && vf_of && !ref->device[vf_of - 1].present)
			return false;
	}
	return true;
}

static unsigned bonded_devices(const struct ref *ref)
{
	unsigned devices = 0;

	for (const struct ref_bond *bond = NULL; (bond = ref_next_bond(ref, bond));)
		devices |= 1u << bond->device;
	return devices;
}

/* One owner for all PASIDs of a requester id: those of partitions too. */
bool ref_holds_one_guest_per_rid(const struct ref *ref)
{
	unsigned bonded;

	if (!ref->topology.num_vms)
		return true;
	for (unsigned i = 0; i < ref->topology.num_partitions; i++) {
		const struct ref_partition *partition = &ref->partition[i];
		uint8_t vm = ref->device[ref->topology.partition[i].parent].vm;

		if (partition->vm != REF_NONE &&
		    (ref->topology.shared_rid ? vm == REF_NONE : partition->vm != vm))
			return false;
		if (vm != REF_NONE && (partition->spaces || partition->mapped))
			return false;
	}
	bonded = bonded_devices(ref);
	for (unsigned i = 0; i < ref->topology.num_devices; i++)
		if (ref->device[i].vm != REF_NONE && bonded >> i & 1)
			return false;
	return true;
}

static bool runs(const struct ref *ref, uint8_t vm)
{
	return vm < ref->topology.num_vms && ref->vm[vm].running;
}

/* As a VF that has no partition elsewhere, or by a partition. */
static bool has_title(const struct ref *ref, uint8_t vm, unsigned device)
{
	bool elsewhere = false;

	for (unsigned i = 0; i < ref->topology.num_partitions; i++) {
		if (ref->topology.partition[i].parent != device)
			continue;
		if (ref->partition[i].vm == vm)
			return true;
		elsewhere |= ref->partition[i].vm != REF_NONE;
	}
	return !elsewhere && ref->topology.device[device].vf_of;
}

bool ref_holds_vm_has_vf_or_partition(const struct ref *ref)
{
	for (unsigned i = 0; i < REF_MAX_DEVICES; i++) {
		const struct ref_device *dev = &ref->device[i];

		if (dev->vm != REF_NONE && (!dev->present || dev->domain != REF_NONE ||
					    !runs(ref, dev->vm) || !has_title(ref, dev->vm, i)))
			return false;
	}
	for (unsigned i = 0; i < REF_MAX_PARTITIONS; i++)
		if (ref->partition[i].vm != REF_NONE && !runs(ref, ref->partition[i].vm))
			return false;
	return true;
}

bool ref_holds_vm_function_is_alone_in_group(const struct ref *ref)
{
	for (unsigned i = 0; i < ref->topology.num_devices; i++) {
		uint8_t group = ref->topology.device[i].group;

		if (ref->device[i].vm == REF_NONE)
			continue;
		if (group == REF_NONE)
			return false;
		for (unsigned j = 0; j < ref->topology.num_devices; j++)
			if (j != i && ref->device[j].present && !ref->device[j].hotplugged &&
			    ref->topology.device[j].group == group)
				return false;
	}
	return true;
}

static bool are_spaces_of(const struct ref *ref, unsigned mms, unsigned vm)
{
	for (; mms; mms &= mms - 1) {
		unsigned i = ref_first(mms);

		if (i >= REF_MAX_MMS || !ref->mm[i].users || ref->mm[i].vm != vm)
			return false;
	}
	return true;
}

static bool guests_are_apart(const struct ref *ref)
{
	for (unsigned i = 0; i < REF_MAX_MMS; i++)
		if (ref->mm[i].vm != REF_NONE && (!ref->mm[i].users || !runs(ref, ref->mm[i].vm)))
			return false;
	for (const struct ref_bond *bond = NULL; (bond = ref_next_bond(ref, bond));)
		if (ref->mm[bond->mm % REF_MAX_MMS].vm != REF_NONE)
			return false;
	return true;
}

bool ref_holds_vms_share_nothing(const struct ref *ref)
{
	for (uint8_t v = 0; v < ref->topology.num_vms; v++) {
		const struct ref_vm *vm = &ref->vm[v];

		for (uint8_t i = 0; i < ref->topology.num_devices; i++) {
			if (!vm->bonded[i])
				continue;
			if (!vm->running || !ref_vm_has(ref, v, i) ||
			    !are_spaces_of(ref, vm->bonded[i], v))
				return false;
		}
	}
	return guests_are_apart(ref);
}

static unsigned numbers_given_out(const struct ref_vm *vm)
{
	uint64_t words[REF_GUEST_PASIDS / sizeof(uint64_t)];
	unsigned given = 0;

	memcpy(words, vm->pasid_owner, sizeof(words));
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i] != UINT64_MAX)
			for (unsigned p = 8 * i; p < 8 * i + 8; p++)
				given += vm->pasid_owner[p] != REF_NONE;
	return given;
}

bool ref_holds_guest_pasids_own(const struct ref *ref)
{
	for (unsigned v = 0; v < ref->topology.num_vms; v++) {
		const struct ref_vm *vm = &ref->vm[v];
		unsigned bonded = 0;

		for (unsigned i = 0; i < ref->topology.num_devices; i++)
			bonded |= vm->bonded[i];
		if (vm->pasid_owner[0] != REF_NONE ||
		    numbers_given_out(vm) != (unsigned)__builtin_popcount(bonded))
			return false;
		for (unsigned i = 0; i < REF_MAX_MMS; i++) {
			unsigned pasid = ref->mm[i].pasid;

			if (ref->mm[i].vm != v)
				continue;
			if (!pasid != !(bonded >> i & 1))
				return false;
			if (pasid && (pasid >= REF_GUEST_PASIDS || vm->pasid_owner[pasid] != i))
				return false;
		}
	}
	return true;
}

bool ref_holds_guest_pasid_within_function(const struct ref *ref)
{
	for (unsigned v = 0; v < ref->topology.num_vms; v++)
		for (unsigned i = 0; i < ref->topology.num_devices; i++)
			for (unsigned set = ref->vm[v].bonded[i]; set; set &= set - 1) {
				unsigned pasid = ref->mm[ref_first(set) % REF_MAX_MMS].pasid;

				if (pasid >> ref->topology.device[i].pasid_bits ||
				    pasid >> ref->topology.ssid_bits)
					return false;
			}
	return true;
}

/* Adds the pages of the spaces of one owner, a VM or the host; false: one is another owner's too. */
static bool add_pages_of(const struct ref *ref, uint8_t owner, uint64_t *taken)
{
	uint64_t own[REF_MAX_PAGES / 64] = {0};

	for (unsigned m = 0; m < REF_MAX_MMS; m++) {
		const struct ref_space *space = &ref->mm[m].space;

		for (uint32_t set = ref->mm[m].vm == owner ? space->mapped : 0; set;
		     set &= set - 1) {
			unsigned page = space->slot[ref_first(set)].page % REF_MAX_PAGES;

			own[page / 64] |= UINT64_C(1) << page % 64;
		}
	}
	for (unsigned i = 0; i < REF_MAX_PAGES / 64; i++) {
		if (own[i] & taken[i])
			return false;
		taken[i] |= own[i];
	}
	return true;
}

bool ref_holds_vm_memory_is_own(const struct ref *ref)
{
	uint64_t taken[REF_MAX_PAGES / 64] = {0};

	for (uint8_t v = 0; v < ref->topology.num_vms; v++)
		if (!add_pages_of(ref, v, taken))
			return false;
	return !ref->topology.num_vms || add_pages_of(ref, REF_NONE, taken);
}
