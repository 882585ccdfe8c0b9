/* SPDX-License-Identifier: MIT */
/*
 * The host's side of VMs: who gets a function, as a whole (B-8) or by its partitions (B-7). One
 * requester id has one PASID table, so what is below it is one VM's or the host's.
 */
#include "internal.h"

unsigned vmm_owner(const struct owners *owners, unsigned device)
{
	return owners->device[device].vm;
}

static bool has_partition(const struct owners *owners, unsigned vm, unsigned device)
{
	for (unsigned i = 0; i < owners->topology.num_mdevs; i++)
		if (owners_parent(owners, i) == device && owners->mdev[i].vm == vm)
			return true;
	return false;
}

bool vmm_has(const struct owners *owners, unsigned vm, unsigned device)
{
	return owners->device[device].whole == vm || has_partition(owners, vm, device);
}

/* With shared_rid: another VM that has a partition of the device, OWNERS_NONE. */
static unsigned other_owner(const struct owners *owners, unsigned vm, unsigned device)
{
	for (unsigned i = 0; i < owners->topology.num_vms; i++)
		if (i != vm && has_partition(owners, i, device))
			return i;
	return OWNERS_NONE;
}

/*
 * The function is the VM's from here on, with the PASID table that the guest has for it. The guest
 * that had it is not asked: its table stays as it is, in its memory.
 */
static int give(struct owners *owners, unsigned device, unsigned vm)
{
	struct owners_device *self = &owners->device[device];
	const struct driver_ops *ops = owners->driver->ops;
	unsigned old = self->vm;
	int error;

	if (old == vm)
		return 0;
	/* What the old guest's table led to leaves the TLB with it. */
	if (old != OWNERS_NONE && owners->guest[old].table[device])
		ops->vm_set_table(owners->driver, device, 0, 0);
	error = ops->vm_attach(owners->driver, device, vm);
	if (error) {
		if (old != OWNERS_NONE)
			guest_table_show(owners, old, device);
		return error;
	}
	self->vm = (uint8_t)vm;
	/* it has left its domain, and its bonds are gone. */
	mediator_set_domain(owners, device, OWNERS_NONE);
	mediator_bonds_gone(owners, device);
	error = guest_table_show(owners, vm, device);
	if (error) {
		ops->vm_detach(owners->driver, device);
		self->vm = OWNERS_NONE;
	}
	return error;
}

/* Out of the VM, whose guest has given it back or is no more; to another that has a part in it. */
static void take(struct owners *owners, unsigned vm, unsigned device)
{
	unsigned next = other_owner(owners, vm, device);

	if (owners->device[device].vm != vm)
		return;
	if (next != OWNERS_NONE && !give(owners, device, next))
		return;
	owners->driver->ops->vm_detach(owners->driver, device);
	owners->device[device].vm = OWNERS_NONE;
}

int vmm_start(struct owners *owners, unsigned vm)
{
	int error;

	if (owners->guest[vm].running)
		return -EBUSY;
	error = owners->driver->ops->vm_create(owners->driver, vm);
	if (!error)
		owners->guest[vm].running = true;
	return error;
}

int vmm_destroy(struct owners *owners, unsigned vm)
{
	if (!owners->guest[vm].running)
		return -ENODEV;
	for (unsigned i = 0; i < owners->topology.num_mdevs; i++)
		if (owners->mdev[i].vm == vm)
			owners->mdev[i].vm = OWNERS_NONE;
	for (unsigned i = 0; i < WORLD_MAX_ENDPOINTS; i++) {
		if (owners->device[i].whole == vm)
			owners->device[i].whole = OWNERS_NONE;
		take(owners, vm, i);
	}
	/* Nothing reaches the VM's memory any more; only then is it free. */
	owners->driver->ops->vm_destroy(owners->driver, vm);
	guest_forget(owners, vm);
	world_vm_stop(owners->world, vm);
	return 0;
}

/* members of a group cannot be kept apart, so one alone cannot be given away. */
static bool alone_in_group(const struct owners *owners, unsigned device)
{
	const struct world *world = owners->world;
	unsigned members = 0;

	for (unsigned i = 0; i < world->num_endpoints; i++)
		members += world->endpoint[i].present &&
			   world->endpoint[i].group == world->endpoint[device].group;
	return members == 1;
}

static bool is_there(const struct owners *owners, unsigned vm, unsigned device)
{
	return owners->guest[vm].running && owners_present(owners, device) &&
	       owners->world->endpoint[device].group != WORLD_NONE;
}

/* Is a partition associated, mapped or assigned? */
static bool partitions_in_use(const struct owners *owners, unsigned device)
{
	for (unsigned i = 0; i < owners->topology.num_mdevs; i++) {
		const struct owners_mdev *mdev = &owners->mdev[i];
		bool associated = false;

		if (owners_parent(owners, i) != device)
			continue;
		for (unsigned mm = 0; mm < WORLD_MAX_MMS; mm++)
			associated |= mdev->assoc[mm].used;
		if (associated || mdev->mapped || mdev->vm != OWNERS_NONE)
			return true;
	}
	return false;
}

int vmm_assign(struct owners *owners, unsigned vm, unsigned device)
{
	struct owners_device *self = &owners->device[device];
	int error;

	if (!is_there(owners, vm, device))
		return -ENODEV;
	/* B-8: only a VF has a requester id, and with it a table, that is not needed elsewhere. */
	if (!owners->topology.is_vf[device])
		return -EINVAL;
	if (!alone_in_group(owners, device))
		return -EINVAL;
	if (self->whole != OWNERS_NONE && !OWNER_FAULT(owners, vf_assigned_twice))
		return -EBUSY;
	if (partitions_in_use(owners, device))
		return -EBUSY; /* B-7 */
	error = give(owners, device, vm);
	if (!error)
		self->whole = (uint8_t)vm;
	return error;
}

/*
 * The function leaves the VM. `asked`: the guest gives back what it has on it first. Else it only hears
 * of it afterwards: what it then has invalidated reaches no function, so that the host must have left
 * nothing behind.
 */
static void withdraw(struct owners *owners, unsigned vm, unsigned device, bool asked)
{
	if (OWNER_FAULT(owners, unassign_without_asking)) {
		take(owners, vm, device);
		return;
	}
	if (asked)
		guest_leave(owners, vm, device);
	take(owners, vm, device);
	if (!asked)
		guest_leave(owners, vm, device);
}

static int unassign(struct owners *owners, unsigned device, bool asked)
{
	struct owners_device *self = &owners->device[device];
	unsigned vm = self->whole;

	if (vm == OWNERS_NONE)
		return -EINVAL;
	self->whole = OWNERS_NONE;
	withdraw(owners, vm, device, asked);
	return 0;
}

int vmm_unassign(struct owners *owners, unsigned device)
{
	return unassign(owners, device, true);
}

/* B-7: PASIDs below one requester id are given out by one allocator. */
static bool is_shared(const struct owners *owners, unsigned vm, unsigned device)
{
	if (owners->device[device].whole != OWNERS_NONE)
		return true;
	if (!owners->topology.shared_rid && !OWNER_FAULT(owners, second_guest_accepted) &&
	    other_owner(owners, vm, device) != OWNERS_NONE)
		return true;
	if (mediator_has_bonds(owners, device) && !OWNER_FAULT(owners, host_bonds_ignored))
		return true;
	return mediator_has_mappings(owners, device);
}

int vmm_assign_mdev(struct owners *owners, unsigned vm, unsigned mdev)
{
	unsigned device = owners_parent(owners, mdev);
	int error = mediator_enter(owners, mdev);

	if (error)
		return error < 0 ? error : 0;
	if (!is_there(owners, vm, device))
		return -ENODEV;
	if (!alone_in_group(owners, device))
		return -EINVAL;
	if (owners->mdev[mdev].vm != OWNERS_NONE || is_shared(owners, vm, device))
		return -EBUSY;
	error = give(owners, device, vm);
	if (!error)
		owners->mdev[mdev].vm = (uint8_t)vm;
	return error;
}

static int unassign_mdev(struct owners *owners, unsigned mdev, bool asked)
{
	unsigned device = owners_parent(owners, mdev), vm = owners->mdev[mdev].vm;
	int error = mediator_enter(owners, mdev);

	if (error)
		return error < 0 ? error : 0;
	if (vm == OWNERS_NONE)
		return -EINVAL;
	owners->mdev[mdev].vm = OWNERS_NONE;
	if (vmm_has(owners, vm, device))
		return 0;
	withdraw(owners, vm, device, asked);
	return 0;
}

int vmm_unassign_mdev(struct owners *owners, unsigned mdev)
{
	return unassign_mdev(owners, mdev, true);
}

void vmm_unplug(struct owners *owners, unsigned device)
{
	unassign(owners, device, false);
	for (unsigned i = 0; i < owners->topology.num_mdevs; i++)
		if (owners_parent(owners, i) == device)
			unassign_mdev(owners, i, false);
}
