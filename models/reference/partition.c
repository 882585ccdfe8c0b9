/* SPDX-License-Identifier: MIT */
/*
 * Partitions of a device (mdevs) and the driver of the device, which mediates between them: who is
 * associated with which process, and what goes on the bus (B-6, B-12 .. B-16). A partition has its
 * parent's requester id, so everything here is a relation to the parent's bonds and to the one private
 * table of its domain (partition_map.c).
 */
#include "linux.h"

unsigned ref_partitions_of(const struct ref *ref, uint8_t device)
{
	unsigned set = 0;

	for (unsigned i = 0; i < ref->topology.num_partitions; i++)
		set |= (unsigned)(ref->topology.partition[i].parent == device) << i;
	return set;
}

uint8_t ref_partition_parent(const struct ref *ref, uint8_t partition)
{
	REF_ASSERT(partition < ref->topology.num_partitions);
	return ref->topology.partition[partition].parent;
}

bool ref_partition_is_outside(const struct ref *ref, uint8_t partition, struct ref_result *result)
{
	*result = ref_ok();
	if (!ref->device[ref_partition_parent(ref, partition)].present)
		*result = ref_error(-ENODEV, "A-36");
	else if (!ref->topology.partition[partition].own_mmu)
		return false;
	return true;
}

void ref_associations_drop(struct ref *ref, uint8_t bond, unsigned set)
{
	uint16_t mm = (uint16_t)(1u << ref->bond[bond].mm);

	set &= ref->bond[bond].partitions;
	ref->bond[bond].partitions &= (uint8_t)~set;
	for (; set; set &= set - 1)
		ref->partition[ref_first(set)].spaces &= (uint16_t)~mm;
}

static void associate(struct ref *ref, uint8_t partition, uint8_t bond)
{
	ref->bond[bond].partitions |= (uint8_t)(1u << partition);
	ref->partition[partition].spaces |= (uint16_t)(1u << ref->bond[bond].mm);
}

/* The bond that partitions of this device share, whoever made it, REF_NONE (B-15). */
static uint8_t shared_bond(const struct ref *ref, uint8_t device, uint8_t mm)
{
	uint8_t bond;

	if (!ref_is_linux(ref))
		return ref_find_bond(ref, device, mm);
	bond = ref_linux_handle(ref, device, mm);
	if (bond == REF_NONE || !(ref->bond[bond].partitions & ref_partitions_of(ref, device)))
		return REF_NONE; /* the driver's own references are no partition's */
	return bond;
}

/* B-12: the mediating driver binds the parent, unless it did so before. */
static struct ref_result bind_parent(struct ref *ref, uint8_t device, uint8_t mm)
{
	struct ref_bond fresh = ref_no_bond;
	struct ref_result result = ref_ok();
	uint8_t bond = shared_bond(ref, device, mm);

	if (bond != REF_NONE) {
		result.value = ref->mm[mm].pasid;
		result.bond = ref_is_linux(ref) ? bond : 0;
		return result;
	}
	if (ref_is_linux(ref))
		return ref_linux_bind(ref, device, mm);
	fresh.device = device;
	fresh.mm = mm;
	return ref_io_mm_bind(ref, fresh, 0);
}

struct ref_result ref_partition_bind(struct ref *ref, uint8_t partition, uint8_t task)
{
	uint8_t parent = ref_partition_parent(ref, partition), mm;
	struct ref_result result;

	if (ref_partition_is_outside(ref, partition, &result))
		return result;
	if (ref->device[parent].vm != REF_NONE)
		return ref_error(-EBUSY, "B-7");
	if (!ref_host_task(ref, task))
		return ref_error(-ESRCH, "A-20");
	mm = ref->task[task].mm;
	if (ref->partition[partition].spaces >> mm & 1)
		return ref_error(-EEXIST, "A-19");
	result = bind_parent(ref, parent, mm);
	if (!result.error)
		associate(ref, partition,
			  ref_is_linux(ref) ? result.bond : ref_find_bond(ref, parent, mm));
	return result;
}

/* One association goes, and with the last one what the mediating driver holds of the bond (B-14). */
static void dissociate(struct ref *ref, uint8_t partition, uint8_t mm, struct ref_result *result)
{
	uint8_t parent = ref_partition_parent(ref, partition);
	uint8_t bond = shared_bond(ref, parent, mm);

	ref_associations_drop(ref, bond, 1u << partition);
	if (ref_is_linux(ref)) {
		if (!(ref->bond[bond].partitions & ref_partitions_of(ref, parent)))
			ref_linux_put_handle(ref, parent, bond);
	} else if (!ref->bond[bond].partitions && !ref->bond[bond].own) {
		ref_unbind_one(ref, bond, result);
	}
}

/* The associated space with the lowest PASID that is not below this one, REF_NONE. */
static uint8_t next_space(const struct ref *ref, uint8_t partition, uint32_t pasid)
{
	uint8_t found = REF_NONE;

	for (uint32_t set = ref->partition[partition].spaces; set; set &= set - 1) {
		unsigned mm = ref_first(set);

		if (ref->mm[mm].pasid >= pasid &&
		    (found == REF_NONE || ref->mm[mm].pasid < ref->mm[found].pasid))
			found = (uint8_t)mm;
	}
	return found;
}

struct ref_result ref_partition_unbind(struct ref *ref, uint8_t partition, uint32_t pasid)
{
	struct ref_result result;
	uint8_t mm;

	if (ref_partition_is_outside(ref, partition, &result))
		return result;
	mm = next_space(ref, partition, pasid);
	if (mm == REF_NONE || ref->mm[mm].pasid != pasid)
		return ref_error(-ESRCH, "B-14");
	dissociate(ref, partition, mm, &result);
	return result;
}

struct ref_result ref_partition_close(struct ref *ref, uint8_t partition)
{
	struct ref_result result;
	uint8_t mm;

	if (ref_partition_is_outside(ref, partition, &result))
		return result;
	while ((mm = next_space(ref, partition, 0)) != REF_NONE)
		dissociate(ref, partition, mm, &result);
	result.value = ref_partition_unmap_all(ref, partition);
	return result;
}

struct ref_result ref_partition_attach(struct ref *ref, uint8_t partition, uint8_t domain)
{
	struct ref_result result;

	REF_ASSERT(domain < ref->topology.num_domains);
	if (ref_partition_is_outside(ref, partition, &result))
		return result;
	/* There is one context entry for the requester id, and so one domain. */
	if (ref->device[ref_partition_parent(ref, partition)].domain != domain)
		return ref_error(-EINVAL, "B-6");
	return result;
}

struct ref_result ref_user_bind(struct ref *ref, uint8_t partition, uint8_t task)
{
	struct ref_result result;

	REF_ASSERT(task < REF_MAX_TASKS);
	return ref_partition_is_outside(ref, partition, &result) ? result
								 : ref_error(-ENODEV, "B-12");
}

/* B-13: does the partition work for this space? */
static bool may_submit(const struct ref *ref, uint8_t partition, uint8_t mm)
{
	uint8_t vm = ref->mm[mm].vm;

	if (vm == REF_NONE)
		return ref->partition[partition].spaces >> mm & 1;
	return ref->partition[partition].vm == vm &&
	       ref->vm[vm].bonded[ref_partition_parent(ref, partition)] >> mm & 1;
}

static struct ref_result submit(struct ref *ref, uint8_t partition, uint8_t task, uint8_t page,
				bool write, bool memory)
{
	uint8_t parent = ref_partition_parent(ref, partition), mm;
	struct ref_result result;
	struct ref_target target;
	uint16_t pasid;

	if (ref_partition_is_outside(ref, partition, &result))
		return result;
	if (!ref_task_alive(ref, task))
		return ref_error(-ESRCH, "A-20");
	mm = ref->task[task].mm;
	if (!may_submit(ref, partition, mm))
		return ref_error(-EPERM, "B-13");
	pasid = ref->mm[mm].pasid;
	target = ref_target(ref, parent, true, pasid);
	/* What B-7 is about: the numbers below the requester id are those of two guests. */
	if (ref->topology.shared_rid && ref->mm[mm].vm != REF_NONE)
		target = (struct ref_target){REF_TARGET_MM, mm};
	result = ref_device_dma(ref, parent, target, page, write, memory);
	result.value = pasid;
	return result;
}

struct ref_result ref_submit(struct ref *ref, uint8_t partition, uint8_t task, uint8_t page,
			     bool write)
{
	return submit(ref, partition, task, page, write, true);
}

struct ref_result ref_submit_no_memory(struct ref *ref, uint8_t partition, uint8_t task,
				       uint8_t page, bool write)
{
	return submit(ref, partition, task, page, write, false);
}
