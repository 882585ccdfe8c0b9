/* SPDX-License-Identifier: MIT */
/*
 * VMs on the host's side: which of them has which function, as a whole or by partitions (B-7, B-8). A
 * function that a VM has is in no domain of the host: stage 2 is the VM's memory, and all PASIDs below
 * its requester id are the guest's (guest.c).
 */
#include "internal.h"

bool ref_vm_has(const struct ref *ref, uint8_t vm, uint8_t device)
{
	REF_ASSERT(vm < ref->topology.num_vms && device < ref->topology.num_devices);
	if (ref->device[device].vm == vm)
		return true;
	for (unsigned set = ref_partitions_of(ref, device); set; set &= set - 1)
		if (ref->partition[ref_first(set)].vm == vm)
			return true;
	return false;
}

static bool is_running(const struct ref *ref, uint8_t vm)
{
	REF_ASSERT(vm < ref->topology.num_vms);
	return ref->vm[vm].running;
}

/* Partitions of the device that a VM has, REF_NONE: any VM. */
static unsigned assigned_partitions(const struct ref *ref, uint8_t device, uint8_t vm)
{
	unsigned found = 0;

	for (unsigned set = ref_partitions_of(ref, device); set; set &= set - 1) {
		uint8_t owner = ref->partition[ref_first(set)].vm;

		if (owner != REF_NONE && (vm == REF_NONE || owner == vm))
			found |= set & -set;
	}
	return found;
}

static bool is_assigned_as_a_whole(const struct ref *ref, uint8_t device)
{
	return ref->device[device].vm != REF_NONE && !assigned_partitions(ref, device, REF_NONE);
}

struct ref_result ref_vm_start(struct ref *ref, uint8_t vm)
{
	if (is_running(ref, vm))
		return ref_error(-EBUSY, "B-8");
	ref->vm[vm].running = 1;
	return ref_ok();
}

/* Has the host anything to do with a partition of the device? */
static bool partitions_in_use(const struct ref *ref, uint8_t device)
{
	for (unsigned set = ref_partitions_of(ref, device); set; set &= set - 1) {
		const struct ref_partition *partition = &ref->partition[ref_first(set)];

		if (partition->spaces || partition->mapped || partition->vm != REF_NONE)
			return true;
	}
	return false;
}

struct ref_result ref_assign(struct ref *ref, uint8_t vm, uint8_t device)
{
	struct ref_result result = ref_ok();

	if (!is_running(ref, vm) || !ref_device_usable(ref, device))
		return ref_error(-ENODEV, "B-8");
	if (!ref->topology.device[device].vf_of)
		return ref_error(-EINVAL, "B-8");
	if (ref_group_size(ref, ref->topology.device[device].group) != 1)
		return ref_error(-EINVAL, "A-2");
	if (is_assigned_as_a_whole(ref, device))
		return ref_error(-EBUSY, "B-8");
	if (partitions_in_use(ref, device))
		return ref_error(-EBUSY, "B-7");
	ref_unbind_device(ref, device, &result); /* */
	ref->device[device].domain = REF_NONE;
	ref->device[device].vm = vm;
	return result;
}

struct ref_result ref_unassign(struct ref *ref, uint8_t device)
{
	REF_ASSERT(device < ref->topology.num_devices);
	if (!is_assigned_as_a_whole(ref, device))
		return ref_error(-EINVAL, "B-8");
	ref_guest_lose_function(ref, ref->device[device].vm, device);
	ref->device[device].vm = REF_NONE;
	return ref_ok();
}

static bool host_uses_pasids(const struct ref *ref, uint8_t device)
{
	for (uint64_t set = ref->bonds; set; set &= set - 1)
		if (ref->bond[ref_first_bond(set)].device == device)
			return true;
	for (unsigned set = ref_partitions_of(ref, device); set; set &= set - 1)
		if (ref->partition[ref_first(set)].mapped)
			return true;
	return false;
}

/* B-7: may another partition of the device go to this VM? */
static bool is_taken(const struct ref *ref, uint8_t vm, uint8_t partition)
{
	uint8_t parent = ref_partition_parent(ref, partition);
	uint8_t owner = ref->device[parent].vm;

	return ref->partition[partition].vm != REF_NONE || is_assigned_as_a_whole(ref, parent) ||
	       (owner != REF_NONE && owner != vm && !ref->topology.shared_rid) ||
	       host_uses_pasids(ref, parent);
}

struct ref_result ref_assign_partition(struct ref *ref, uint8_t vm, uint8_t partition)
{
	uint8_t parent = ref_partition_parent(ref, partition);
	struct ref_result result;

	if (ref_partition_is_outside(ref, partition, &result))
		return result;
	if (!is_running(ref, vm) || !ref_device_usable(ref, parent))
		return ref_error(-ENODEV, "B-7");
	if (ref_group_size(ref, ref->topology.device[parent].group) != 1)
		return ref_error(-EINVAL, "A-2");
	if (is_taken(ref, vm, partition))
		return ref_error(-EBUSY, "B-7");
	ref->partition[partition].vm = vm;
	ref->device[parent].domain = REF_NONE;
	ref->device[parent].vm = vm;
	return result;
}

/* The last partition of a VM takes the function along, to the VM that has another one, if any. */
static void partition_leave(struct ref *ref, uint8_t partition)
{
	uint8_t parent = ref_partition_parent(ref, partition);
	uint8_t vm = ref->partition[partition].vm;
	unsigned left;

	ref->partition[partition].vm = REF_NONE;
	if (assigned_partitions(ref, parent, vm))
		return;
	ref_guest_lose_function(ref, vm, parent);
	if (ref->device[parent].vm != vm)
		return;
	left = assigned_partitions(ref, parent, REF_NONE);
	ref->device[parent].vm = left ? ref->partition[ref_first(left)].vm : REF_NONE;
}

struct ref_result ref_unassign_partition(struct ref *ref, uint8_t partition)
{
	struct ref_result result;

	if (ref_partition_is_outside(ref, partition, &result))
		return result;
	if (ref->partition[partition].vm == REF_NONE)
		return ref_error(-EINVAL, "B-7");
	partition_leave(ref, partition);
	return result;
}

void ref_vm_lose_device(struct ref *ref, uint8_t device)
{
	if (is_assigned_as_a_whole(ref, device))
		ref_unassign(ref, device);
	for (unsigned set = assigned_partitions(ref, device, REF_NONE); set; set &= set - 1)
		partition_leave(ref, (uint8_t)ref_first(set));
}

struct ref_result ref_vm_destroy(struct ref *ref, uint8_t vm)
{
	if (!is_running(ref, vm))
		return ref_error(-ENODEV, "B-8");
	for (uint8_t i = 0; i < ref->topology.num_devices; i++)
		if (ref->device[i].vm == vm && is_assigned_as_a_whole(ref, i))
			ref_unassign(ref, i);
	for (uint8_t i = 0; i < ref->topology.num_partitions; i++)
		if (ref->partition[i].vm == vm)
			partition_leave(ref, i);
	ref_tasks_vanish(ref, vm);
	ref->vm[vm].running = 0;
	return ref_ok();
}
