/* SPDX-License-Identifier: MIT */
/* The state of all owners: start and end of a run, what is left at the end. */
#include "internal.h"

#include <string.h>

struct owners *owners_get(void)
{
	static struct owners owners;

	return &owners;
}

int owners_start(struct owners *owners, struct world *world, struct driver *driver,
		 const struct owners_topology *topology)
{
	int error = 0;

	*owners = (struct owners){
		.fault = owners->fault, .world = world, .driver = driver, .topology = *topology};
	for (unsigned i = 0; i < WORLD_MAX_ENDPOINTS; i++) {
		owners->device[i].domain = OWNERS_NONE;
		owners->device[i].whole = OWNERS_NONE;
		owners->device[i].vm = OWNERS_NONE;
	}
	for (unsigned i = 0; i < OWNERS_MAX_MDEVS; i++)
		owners->mdev[i].vm = OWNERS_NONE;
	world->owner = (struct world_owner){.ctx = owners, .mm_exit = mediator_mm_exit};
	for (unsigned vm = 0; vm < topology->num_vms && !error; vm++)
		error = vmm_start(owners, vm);
	return error;
}

void owners_end(struct owners *owners)
{
	for (unsigned vm = 0; vm < owners->topology.num_vms; vm++)
		vmm_destroy(owners, vm);
	owners->world->owner = (struct world_owner){0};
}

struct owners_usage owners_usage(const struct owners *owners)
{
	struct owners_usage usage = {0};

	for (unsigned i = 0; i < owners->topology.num_mdevs; i++) {
		const struct owners_mdev *mdev = &owners->mdev[i];

		usage.mappings += (unsigned)__builtin_popcount(mdev->mapped);
		for (unsigned mm = 0; mm < WORLD_MAX_MMS; mm++)
			usage.associations += mdev->assoc[mm].used;
	}
	for (unsigned vm = 0; vm < owners->topology.num_vms; vm++) {
		const struct guest *guest = &owners->guest[vm];

		for (unsigned i = 0; i < ARRAY_SIZE(guest->mm); i++)
			usage.guest_bonds += (unsigned)__builtin_popcount(guest->mm[i].functions);
		for (unsigned i = 0; i < ARRAY_SIZE(guest->table); i++)
			usage.guest_frames += guest->table[i] != 0;
	}
	return usage;
}

static const char *const fault_name[OWNER_NUM_FAULTS] = {
	"",
#define FAULT(id, name, rule, kind, text) name,
#include "faults.def"
#undef FAULT
};

bool owners_set_fault(struct owners *owners, const char *fault)
{
	for (unsigned i = 0; i < OWNER_NUM_FAULTS; i++) {
		if (strcmp(fault, fault_name[i]) != 0)
			continue;
		owners->fault = i;
		return true;
	}
	return false;
}
