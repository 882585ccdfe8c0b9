/* SPDX-License-Identifier: MIT */
/*
 * MAP and UNMAP of partitions: one requester id has one private table, that of the parent's
 * domain, so the mediating driver keeps apart what partitions and the domain's owner have in it
 * (B-6, B-10).
 */
#include "internal.h"

/* The slots of [iova, iova + count pages). */
static uint32_t slots_of(uint64_t iova, unsigned count)
{
	uint32_t slots = 0;

	for (unsigned slot = 0; slot < WORLD_SPACE_PAGES; slot++)
		if (world_slot_va(slot) - iova < (uint64_t)count * WORLD_FRAME_SIZE)
			slots |= 1u << slot;
	return slots;
}

/* Slots of all partitions whose parents are in the domain. */
static uint32_t mapped_by_partitions(const struct owners *owners, unsigned domain)
{
	uint32_t slots = 0;

	for (unsigned i = 0; i < owners->topology.num_mdevs; i++)
		if (owners->device[owners_parent(owners, i)].domain == domain)
			slots |= owners->mdev[i].mapped;
	return slots;
}

static uint32_t mapped_by_owner(const struct owners *owners, unsigned domain)
{
	return OWNER_FAULT(owners, map_beside_owner) ? 0 : owners->owner_mapped[domain];
}

bool mediator_has_mappings(const struct owners *owners, unsigned device)
{
	for (unsigned i = 0; i < owners->topology.num_mdevs; i++)
		if (owners_parent(owners, i) == device && owners->mdev[i].mapped)
			return true;
	return false;
}

void mediator_set_domain(struct owners *owners, unsigned device, unsigned domain)
{
	owners->device[device].domain = (uint8_t)domain;
}

void mediator_domain_mapped(struct owners *owners, unsigned domain, uint64_t iova, unsigned count,
			    bool mapped)
{
	uint32_t slots;

	if (!owners->topology.num_mdevs)
		return;
	slots = slots_of(iova, count);
	if (mapped)
		owners->owner_mapped[domain] |= slots;
	else
		owners->owner_mapped[domain] &= ~slots;
}

/* A run of adjacent pages at the start of a set that is not empty. */
struct run {
	uint64_t iova;
	unsigned first, count;
};

static struct run first_run(uint32_t slots)
{
	struct run run = {.first = (unsigned)__builtin_ctz(slots), .count = 1};

	run.iova = world_slot_va(run.first);
	while (run.first + run.count < WORLD_SPACE_PAGES && slots >> (run.first + run.count) & 1 &&
	       world_slot_va(run.first + run.count) ==
		       run.iova + (uint64_t)run.count * WORLD_FRAME_SIZE)
		run.count++;
	return run;
}

static uint32_t run_slots(struct run run)
{
	return (uint32_t)((1ull << run.count) - 1) << run.first;
}

/* Nobody has them any more. */
static void forget_slots(struct owners *owners, unsigned domain, uint32_t slots)
{
	for (unsigned i = 0; i < owners->topology.num_mdevs; i++)
		if (owners->device[owners_parent(owners, i)].domain == domain)
			owners->mdev[i].mapped &= ~slots;
	owners->owner_mapped[domain] &= ~slots;
}

/* Only what is mapped is asked for: an API may call anything else a mistake of its caller. */
static int unmap_slots(struct owners *owners, unsigned domain, uint32_t slots, uint64_t iova,
		       uint64_t *old_pa)
{
	int total = 0;

	while (slots) {
		struct run run = first_run(slots);
		int count =
			owners->driver->ops->unmap(owners->driver, domain, run.iova, run.count,
						   old_pa + (run.iova - iova) / WORLD_FRAME_SIZE);

		if (count < 0)
			return count;
		forget_slots(owners, domain, run_slots(run));
		total += count;
		slots &= ~run_slots(run);
	}
	return total;
}

/* B-10: who else has a page in the way. */
static int check_overlap(struct owners *owners, unsigned mdev, unsigned domain, uint64_t iova,
			 uint32_t slots)
{
	uint32_t own = owners->mdev[mdev].mapped;
	uint32_t others =
		(mapped_by_partitions(owners, domain) & ~own) | mapped_by_owner(owners, domain);
	uint64_t old[WORLD_SPACE_PAGES] = {0};

	if (slots & others) {
		if (slots & own || !OWNER_FAULT(owners, map_takes_over))
			return -EBUSY;
		unmap_slots(owners, domain, slots & others, iova, old);
	}
	return slots & own ? -EEXIST : 0;
}

int mediator_map(struct owners *owners, unsigned mdev, uint64_t iova, const uint64_t *pa,
		 unsigned count, unsigned prot)
{
	unsigned domain = owners->device[owners_parent(owners, mdev)].domain;
	uint32_t slots = slots_of(iova, count);
	int error = mediator_enter(owners, mdev);

	if (error)
		return error < 0 ? error : 0;
	if (domain == OWNERS_NONE)
		return -ENODEV;
	error = check_overlap(owners, mdev, domain, iova, slots);
	if (!error)
		error = owners->driver->ops->map(owners->driver, domain, iova, pa, count, prot);
	if (!error)
		owners->mdev[mdev].mapped |= slots;
	return error;
}

int mediator_unmap(struct owners *owners, unsigned mdev, uint64_t iova, unsigned count,
		   uint64_t *old_pa)
{
	unsigned domain = owners->device[owners_parent(owners, mdev)].domain;
	uint32_t slots = slots_of(iova, count), own = owners->mdev[mdev].mapped, others;
	int error = mediator_enter(owners, mdev);

	if (error)
		return error < 0 ? error : 0;
	if (domain == OWNERS_NONE)
		return 0; /* nobody has mapped anything */
	others = (mapped_by_partitions(owners, domain) | owners->owner_mapped[domain]) & ~own;
	if (slots & others) {
		if (!OWNER_FAULT(owners, unmap_of_others))
			return -EPERM;
		own |= others;
	}
	return unmap_slots(owners, domain, slots & own, iova, old_pa);
}

void mediator_unmap_all(struct owners *owners, unsigned mdev,
			void (*unmapped)(void *ctx, unsigned domain, uint64_t iova, uint64_t pa),
			void *ctx)
{
	unsigned domain = owners->device[owners_parent(owners, mdev)].domain;
	uint32_t slots = owners->mdev[mdev].mapped;

	CHECK(!slots || domain != OWNERS_NONE, "partition %u has mappings in no domain", mdev);
	while (slots) {
		struct run run = first_run(slots);
		uint64_t old[WORLD_SPACE_PAGES] = {0};

		unmap_slots(owners, domain, run_slots(run), run.iova, old);
		for (unsigned i = 0; i < run.count; i++)
			if (old[i])
				unmapped(ctx, domain, run.iova + (uint64_t)i * WORLD_FRAME_SIZE,
					 old[i]);
		slots &= ~run_slots(run);
	}
}

/* B-6: there is no table at a partition; the one domain it can have is its parent's. */
int mediator_attach(struct owners *owners, unsigned mdev, unsigned domain)
{
	unsigned parent = owners_parent(owners, mdev);
	int error = mediator_enter(owners, mdev);

	if (error)
		return error < 0 ? error : 0;
	if (owners->device[parent].domain == domain)
		return 0;
	if (!OWNER_FAULT(owners, partition_gets_domain))
		return -EINVAL;
	return owners->driver->ops->attach(owners->driver, parent, domain);
}
