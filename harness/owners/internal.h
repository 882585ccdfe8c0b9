/* SPDX-License-Identifier: MIT */
/* Private to the owners: what each of them knows, and the calls between their files. */
#ifndef SVAFUZZ_OWNERS_INTERNAL_H
#define SVAFUZZ_OWNERS_INTERNAL_H

#include "fault.h"
#include "owners.h"

#include <errno.h>

enum {
	OWNERS_MAX_DOMAINS = 4,
	OWNERS_GUEST_PASIDS = 64, /* entries of a guest's PASID table: one frame (B-8) */
};
_Static_assert(WORLD_SPACE_PAGES == 32, "a uint32_t is a set of slots");

/* What the mediating driver keeps of a (partition, mm) or (device, mm) pair. */
struct owners_pasid {
	bool used;
	unsigned pasid;
	uint64_t handle;
};

struct owners_mdev {
	uint8_t vm;	 /* that it is assigned to, OWNERS_NONE */
	uint32_t mapped; /* slots of its own in the private table of the parent's domain (B-10) */
	struct owners_pasid assoc[WORLD_MAX_MMS]; /* by mm (B-14) */
};

struct owners_device {
	uint8_t domain;	     /* OWNERS_NONE: in none */
	uint8_t whole;	     /* the VM that it is assigned to as a whole, OWNERS_NONE */
	uint8_t vm;	     /* the VM whose the function is now: as a whole or by a partition */
	unsigned last_pasid; /* that work went out with */
	/* Where a pair is bound once: the bonds of the device's driver itself, by mm. */
	struct owners_pasid own[WORLD_MAX_MMS];
};

/* An address space in a guest with a bond: its numbers are the same on every function. */
struct guest_mm {
	struct owners *owners; /* NULL: free */
	uint8_t vm, mm;
	uint8_t functions; /* set of devices that it is bound to */
	unsigned pasid, asid;
};

struct guest {
	bool running;
	struct guest_mm mm[WORLD_MAX_TASKS]; /* a space that is bound has a task */
	uint64_t table
		[WORLD_MAX_ENDPOINTS]; /* PASID table of a function in its memory; 0: none yet */
};

struct owners {
	unsigned fault; /* enum owner_fault_id */
	struct world *world;
	struct driver *driver;
	struct owners_topology topology;
	struct owners_device device[WORLD_MAX_ENDPOINTS];
	struct owners_mdev mdev[OWNERS_MAX_MDEVS];
	uint32_t owner_mapped[OWNERS_MAX_DOMAINS]; /* slots that the domain's owner mapped itself */
	struct guest guest[WORLD_MAX_VMS];
};

static inline bool owners_present(const struct owners *owners, unsigned device)
{
	return owners->world->endpoint[device].present;
}

static inline unsigned owners_parent(const struct owners *owners, unsigned mdev)
{
	return owners->topology.mdev[mdev].parent;
}

/*
 * What every call on a partition asks first: -ENODEV, it is gone with its parent; 1, it translates
 * by itself, so that nothing is to be done here (B-16); 0, go on.
 */
static inline int mediator_enter(const struct owners *owners, unsigned mdev)
{
	if (!owners_present(owners, owners_parent(owners, mdev)))
		return -ENODEV;
	return owners->topology.mdev[mdev].own_mmu;
}

/* mediator.c: does the host use PASIDs of the device, for itself or for a partition? */
bool mediator_has_bonds(const struct owners *owners, unsigned device);
/* The IOMMU side is done with a PASID of the device: its process exits. */
void mediator_mm_exit(void *ctx, unsigned device, unsigned pasid);
/* mediator_map.c */
bool mediator_has_mappings(const struct owners *owners, unsigned device);
void mediator_unmap_all(struct owners *owners, unsigned mdev,
			void (*unmapped)(void *ctx, unsigned domain, uint64_t iova, uint64_t pa),
			void *ctx);

/* vmm.c: has the VM this function, as a whole or by a partition? */
bool vmm_has(const struct owners *owners, unsigned vm, unsigned device);

/* guest.c: the function leaves the guest, which is asked and gives back what it has there. */
void guest_leave(struct owners *owners, unsigned vm, unsigned device);
/* The guest's software is no more. */
void guest_forget(struct owners *owners, unsigned vm);
/* The PASID of a space on a function; false: not bound there. */
bool guest_pasid(const struct owners *owners, unsigned device, unsigned mm, unsigned *pasid);

/* guest_table.c: the PASID table of a function. 0 or -errno; a table that is there stays. */
int guest_table_make(struct owners *owners, unsigned vm, unsigned device);
/* No entry is valid: the host stops using it, and the memory is the guest's again. */
void guest_table_free(struct owners *owners, unsigned vm, unsigned device);
/* The host is told of the table when it has just given the function to the VM. */
int guest_table_show(struct owners *owners, unsigned vm, unsigned device);
/* The entry is clear before, and live on return. */
void guest_entry_write(struct owners *owners, const struct guest_mm *mm, unsigned device);
/* No hardware holds the entry any more on return. */
void guest_entry_clear(struct owners *owners, const struct guest_mm *mm, unsigned device);
/* An invalidation through the host; nothing when another VM has the function now. */
void guest_forward(struct owners *owners, unsigned vm, unsigned device,
		   struct driver_guest_inv inv);

#endif
