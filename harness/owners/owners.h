/* SPDX-License-Identifier: MIT */
/*
 * Who calls the bind API and stands between it and its users:
 *   - the mediating driver of a device that is cut into partitions (mdevs): it alone binds, keeps which
 *     process works with which partition, and puts PASIDs into the device (B-10, B-12 .. B-15);
 *   - the host's side of VMs: which function belongs to whom (B-7, B-8);
 *   - the software of guests: PASID allocator, PASID tables in guest memory, invalidations that the
 *     host forwards.
 * Everything goes through driver.h, so that it runs on every driver; VMs need one with vm_create().
 * Nothing here sees the reference model. Results are 0 or a negative errno.
 */
#ifndef SVAFUZZ_OWNERS_H
#define SVAFUZZ_OWNERS_H

#include "../drivers/driver.h"

enum { OWNERS_MAX_MDEVS = 4, OWNERS_NONE = 0xff };

struct owners_topology {
	uint8_t num_mdevs;
	struct {
		uint8_t parent;
		bool own_mmu; /* B-16 */
	} mdev[OWNERS_MAX_MDEVS];
	uint8_t num_vms;
	bool is_vf[WORLD_MAX_ENDPOINTS];
	uint8_t guest_pasid_bits
		[WORLD_MAX_ENDPOINTS]; /* of device and SMMU, 6 at most: one frame */
	bool bind_once; /* the API refuses a second bind of a pair, else it counts handles */
	bool shared_rid; /* B-7 is not enforced */
};

struct owners;

/* The one of a process. */
struct owners *owners_get(void);
/* Start of a run, after the driver's probe(). VMs run, without functions. 0 or -errno of vm_create(). */
int owners_start(struct owners *owners, struct world *world, struct driver *driver,
		 const struct owners_topology *topology);
/* The end of one: what is left of guests goes; VMs are destroyed. Everything was given back before. */
void owners_end(struct owners *owners);
/* Choose a planted fault by name ("" = none); false if there is no such fault. */
bool owners_set_fault(struct owners *owners, const char *fault);
/* What is still held; all zero at the end. */
struct owners_usage {
	unsigned associations, mappings, guest_bonds, guest_frames;
};
struct owners_usage owners_usage(const struct owners *owners);

/* mediator.c. `mm` is the world's. */

/* The driver of the device binds and unbinds for itself: as driver->ops, and the mediator knows it. */
int mediator_own_bind(struct owners *owners, unsigned device, unsigned mm, unsigned flags,
		      unsigned *pasid, uint64_t *handle);
int mediator_own_unbind(struct owners *owners, unsigned device, unsigned pasid);
/* *pasid, *handle as driver->ops->bind; untouched on error; PASID 0 with its own MMU. */
int mediator_bind(struct owners *owners, unsigned mdev, unsigned mm, unsigned *pasid,
		  uint64_t *handle);
int mediator_unbind(struct owners *owners, unsigned mdev, unsigned pasid);
/* Frames that were mapped come back through `unmapped`, in order of address: the caller's to free. */
int mediator_close(struct owners *owners, unsigned mdev,
		   void (*unmapped)(void *ctx, unsigned domain, uint64_t iova, uint64_t pa),
		   void *ctx);
/* The domain that the device is in, OWNERS_NONE; told by whoever attaches it. */
void mediator_set_domain(struct owners *owners, unsigned device, unsigned domain);
int mediator_map(struct owners *owners, unsigned mdev, uint64_t iova, const uint64_t *pa,
		 unsigned count, unsigned prot);
/* As driver->ops->unmap(): the number of pages. */
int mediator_unmap(struct owners *owners, unsigned mdev, uint64_t iova, unsigned count,
		   uint64_t *old_pa);
/* The domain's owner mapped or unmapped by itself: B-10 counts that too. */
void mediator_domain_mapped(struct owners *owners, unsigned domain, uint64_t iova, unsigned count,
			    bool mapped);
/* B-6. */
int mediator_attach(struct owners *owners, unsigned mdev, unsigned domain);
/* B-12: a bind by the partition's user. */
int mediator_user_bind(struct owners *owners, unsigned mdev, unsigned mm, unsigned *pasid);
/* B-13: what goes on the bus when a process submits work: *pasid, *device. `written`: what the user put
 * into the work, or NULL. An error: nothing goes. */
int mediator_submit(struct owners *owners, unsigned mdev, unsigned mm, const unsigned *written,
		    unsigned *device, unsigned *pasid);
/* Bonds of the device are gone by another way: associations go along. */
void mediator_bonds_gone(struct owners *owners, unsigned device);

/* vmm.c: the host's side of VMs. */
int vmm_start(struct owners *owners, unsigned vm);
/* Functions and partitions come back; then the guest's software is no more, and its memory is free. */
int vmm_destroy(struct owners *owners, unsigned vm);
int vmm_assign(struct owners *owners, unsigned vm, unsigned device);
int vmm_unassign(struct owners *owners, unsigned device);
int vmm_assign_mdev(struct owners *owners, unsigned vm, unsigned mdev);
int vmm_unassign_mdev(struct owners *owners, unsigned mdev);
/* The device leaves the bus, and so its VM, as a whole or by its partitions: a surprise, of which guests
 * only hear when it is gone. */
void vmm_unplug(struct owners *owners, unsigned device);
/* The VM whose the function is now, OWNERS_NONE. */
unsigned vmm_owner(const struct owners *owners, unsigned device);

/* guest.c: the software inside a VM. */
int guest_bind(struct owners *owners, unsigned device, unsigned mm, unsigned *pasid);
int guest_unbind(struct owners *owners, unsigned vm, unsigned device, unsigned pasid);
/* A spurious invalidation of everything that this names. -ENODEV: the VM has not the function. */
int guest_invalidate(struct owners *owners, unsigned vm, unsigned device, bool has_pasid,
		     unsigned pasid, uint64_t va, uint64_t size);

#endif
