/* SPDX-License-Identifier: MIT */
/*
 * The mediating driver: it binds the parent on behalf of partitions, keeps which process works with
 * which of them, and chooses the PASID of what goes on the bus (B-12 .. B-15).
 */
#include "internal.h"

/* The lowest mm whose record has this PASID, WORLD_MAX_MMS when there is none. */
static unsigned mm_of_pasid(const struct owners_pasid *record, unsigned pasid)
{
	unsigned mm = 0;

	while (mm < WORLD_MAX_MMS && !(record[mm].used && record[mm].pasid == pasid))
		mm++;
	return mm;
}

/* The association of any partition of the device with the mm, or NULL. */
static const struct owners_pasid *shared_assoc(const struct owners *owners, unsigned device,
					       unsigned mm)
{
	for (unsigned i = 0; i < owners->topology.num_mdevs; i++)
		if (owners_parent(owners, i) == device && owners->mdev[i].assoc[mm].used)
			return &owners->mdev[i].assoc[mm];
	return NULL;
}

bool mediator_has_bonds(const struct owners *owners, unsigned device)
{
	for (unsigned mm = 0; mm < WORLD_MAX_MMS; mm++)
		if (owners->device[device].own[mm].used || shared_assoc(owners, device, mm))
			return true;
	return false;
}

int mediator_own_bind(struct owners *owners, unsigned device, unsigned mm, unsigned flags,
		      unsigned *pasid, uint64_t *handle)
{
	int error;

	/* what runs in a VM is no process of the host. */
	if (owners->world->mm[mm].vm < WORLD_MAX_VMS)
		return -ESRCH;
	error = owners->driver->ops->bind(owners->driver, device, mm, flags, pasid, handle);
	if (!error && pasid && owners->topology.bind_once)
		owners->device[device].own[mm] =
			(struct owners_pasid){.used = true, .pasid = *pasid, .handle = *handle};
	return error;
}

int mediator_own_unbind(struct owners *owners, unsigned device, unsigned pasid)
{
	struct owners_pasid *own = owners->device[device].own;
	unsigned mm = mm_of_pasid(own, pasid);
	int error;

	/* B-14: the one bond of the pair stays for the partitions that share it. */
	if (mm < WORLD_MAX_MMS && shared_assoc(owners, device, mm)) {
		own[mm].used = false;
		return 0;
	}
	error = owners->driver->ops->unbind(owners->driver, device, pasid);
	if (!error && mm < WORLD_MAX_MMS)
		own[mm].used = false;
	return error;
}

/* B-15: the bond that another partition or the driver itself has, or a new one. */
static int get_bond(struct owners *owners, unsigned device, unsigned mm, unsigned *pasid,
		    uint64_t *handle)
{
	const struct owners_pasid *bond = shared_assoc(owners, device, mm);

	if (!bond && owners->device[device].own[mm].used)
		bond = &owners->device[device].own[mm];
	if (!bond || OWNER_FAULT(owners, each_partition_binds))
		return owners->driver->ops->bind(owners->driver, device, mm, 0, pasid, handle);
	*pasid = bond->pasid;
	*handle = bond->handle;
	return 0;
}

static bool has_other_process(const struct owners_mdev *mdev)
{
	for (unsigned mm = 0; mm < WORLD_MAX_MMS; mm++)
		if (mdev->assoc[mm].used)
			return true;
	return false;
}

int mediator_bind(struct owners *owners, unsigned mdev, unsigned mm, unsigned *pasid,
		  uint64_t *handle)
{
	unsigned device = owners_parent(owners, mdev);
	struct owners_mdev *self = &owners->mdev[mdev];
	int error = mediator_enter(owners, mdev);

	if (error > 0 && OWNER_FAULT(owners, own_mmu_binds_parent))
		error = 0;
	if (error > 0) {
		*pasid = 0;
		*handle = 0;
		return 0;
	}
	if (error)
		return error;
	/* B-7: the PASIDs below this requester id are given out by a guest. */
	if (owners->device[device].vm != OWNERS_NONE &&
	    !OWNER_FAULT(owners, host_binds_beside_guest))
		return -EBUSY;
	if (owners->world->mm[mm].vm < WORLD_MAX_VMS)
		return -ESRCH; /* */
	if (self->assoc[mm].used)
		return -EEXIST; /* */
	if (OWNER_FAULT(owners, one_process_per_partition) && has_other_process(self))
		return -EBUSY;
	error = get_bond(owners, device, mm, pasid, handle);
	if (error)
		return error;
	self->assoc[mm] = (struct owners_pasid){.used = true, .pasid = *pasid, .handle = *handle};
	owners->device[device].last_pasid = *pasid;
	return 0;
}

/* B-14: the bond goes with the last that needs it. */
static int drop_assoc(struct owners *owners, unsigned mdev, unsigned mm)
{
	unsigned device = owners_parent(owners, mdev);
	struct owners_pasid *assoc = &owners->mdev[mdev].assoc[mm];
	bool needed;

	assoc->used = false;
	needed = shared_assoc(owners, device, mm) || owners->device[device].own[mm].used;
	if (needed && !OWNER_FAULT(owners, unbind_ends_shared_bond))
		return 0;
	return owners->driver->ops->unbind(owners->driver, device, assoc->pasid);
}

int mediator_unbind(struct owners *owners, unsigned mdev, unsigned pasid)
{
	int error = mediator_enter(owners, mdev);
	unsigned mm;

	if (error)
		return error < 0 ? error : 0;
	mm = mm_of_pasid(owners->mdev[mdev].assoc, pasid);
	if (mm == WORLD_MAX_MMS)
		return -ESRCH;
	error = drop_assoc(owners, mdev, mm);
	return OWNER_FAULT(owners, association_outlives_bond) ? 0 : error;
}

/* The mm that is associated under the lowest PASID, WORLD_MAX_MMS when there is none. */
static unsigned first_assoc(const struct owners_mdev *mdev)
{
	unsigned first = WORLD_MAX_MMS;

	for (unsigned mm = 0; mm < WORLD_MAX_MMS; mm++)
		if (mdev->assoc[mm].used &&
		    (first == WORLD_MAX_MMS || mdev->assoc[mm].pasid < mdev->assoc[first].pasid))
			first = mm;
	return first;
}

static void revoke_siblings(struct owners *owners, unsigned mdev, unsigned mm)
{
	for (unsigned i = 0; i < owners->topology.num_mdevs; i++)
		if (i != mdev && owners_parent(owners, i) == owners_parent(owners, mdev))
			owners->mdev[i].assoc[mm].used = false;
}

/* B-15: what goes is this partition's alone. */
int mediator_close(struct owners *owners, unsigned mdev,
		   void (*unmapped)(void *ctx, unsigned domain, uint64_t iova, uint64_t pa),
		   void *ctx)
{
	int error = mediator_enter(owners, mdev);
	unsigned mm;

	if (error)
		return error < 0 ? error : 0;
	while ((mm = first_assoc(&owners->mdev[mdev])) < WORLD_MAX_MMS) {
		int failed;

		if (OWNER_FAULT(owners, close_revokes_siblings))
			revoke_siblings(owners, mdev, mm);
		failed = drop_assoc(owners, mdev, mm);
		if (!error)
			error = failed;
	}
	mediator_unmap_all(owners, mdev, unmapped, ctx);
	return error;
}

int mediator_user_bind(struct owners *owners, unsigned mdev, unsigned mm, unsigned *pasid)
{
	int error = mediator_enter(owners, mdev);
	uint64_t handle;

	if (error)
		return error < 0 ? error : 0;
	/* B-12: a partition is no device of the IOMMU; whoever is not its mediating driver has nothing
	 * to bind. */
	if (!OWNER_FAULT(owners, user_bind_ok))
		return -ENODEV;
	return owners->driver->ops->bind(owners->driver, owners_parent(owners, mdev), mm, 0, pasid,
					 &handle);
}

/* B-13: the PASID of the process in this partition, false when it has none there. */
static bool pasid_of(const struct owners *owners, unsigned mdev, unsigned mm, unsigned *pasid)
{
	unsigned vm = owners->world->mm[mm].vm;
	const struct owners_pasid *assoc = &owners->mdev[mdev].assoc[mm];

	if (vm < WORLD_MAX_VMS)
		return owners->mdev[mdev].vm == vm &&
		       guest_pasid(owners, owners_parent(owners, mdev), mm, pasid);
	*pasid = assoc->pasid;
	return assoc->used;
}

int mediator_submit(struct owners *owners, unsigned mdev, unsigned mm, const unsigned *written,
		    unsigned *device, unsigned *pasid)
{
	struct owners_device *parent = &owners->device[owners_parent(owners, mdev)];
	int error = mediator_enter(owners, mdev);
	unsigned own = 0;

	if (error < 0)
		return error;
	if (!error && !pasid_of(owners, mdev, mm, &own)) {
		if (!OWNER_FAULT(owners, stranger_submits) || !parent->last_pasid)
			return -EPERM;
		own = parent->last_pasid;
	}
	if (!error && written && OWNER_FAULT(owners, written_pasid_used))
		own = *written;
	*device = owners_parent(owners, mdev);
	*pasid = own;
	parent->last_pasid = own;
	return 0;
}

/* B-14: no association without its bond. */
static void forget_pasid(struct owners *owners, unsigned device, unsigned pasid)
{
	for (unsigned i = 0; i < owners->topology.num_mdevs; i++) {
		unsigned mm = mm_of_pasid(owners->mdev[i].assoc, pasid);

		if (owners_parent(owners, i) == device && mm < WORLD_MAX_MMS)
			owners->mdev[i].assoc[mm].used = false;
	}
}

void mediator_mm_exit(void *ctx, unsigned device, unsigned pasid)
{
	struct owners *owners = ctx;
	unsigned mm = mm_of_pasid(owners->device[device].own, pasid);

	if (mm < WORLD_MAX_MMS)
		owners->device[device].own[mm].used = false;
	if (!OWNER_FAULT(owners, association_outlives_bond))
		forget_pasid(owners, device, pasid);
}

void mediator_bonds_gone(struct owners *owners, unsigned device)
{
	for (unsigned mm = 0; mm < WORLD_MAX_MMS; mm++)
		owners->device[device].own[mm].used = false;
	if (OWNER_FAULT(owners, association_outlives_bond))
		return;
	for (unsigned i = 0; i < owners->topology.num_mdevs; i++)
		for (unsigned mm = 0; owners_parent(owners, i) == device && mm < WORLD_MAX_MMS;
		     mm++)
			owners->mdev[i].assoc[mm].used = false;
}
