/* SPDX-License-Identifier: MIT */
/*
 * Linux: handles, and the PASIDs of address spaces (A-34, A-43, A-46, A-51, A-52, C-3 .. C-14).
 *
 * A bond is what iommu_sva_bind_device() hands out a handle for: in 6.1 one for each device and mm
 * (struct arm_smmu_bond), in 6.12 one for each group and mm (struct iommu_sva). A PASID belongs to
 * the mm from its first bind until nobody refers to the mm any more (__mmdrop()): no task, no bond.
 */
#include "linux.h"

uint8_t ref_linux_handle(const struct ref *ref, uint8_t device, uint8_t mm)
{
	uint8_t group = ref->topology.device[device].group;

	if (ref_is_6_1(ref))
		return ref_find_bond(ref, device, mm);
	/* iommu_attach_handle_get() looks into the group's array. */
	for (uint64_t set = ref->bonds; set; set &= set - 1) {
		unsigned i = ref_first_bond(set);

		if (ref->bond[i].mm == mm &&
		    ref->topology.device[ref->bond[i].device].group == group)
			return (uint8_t)i;
	}
	return REF_NONE;
}

uint8_t ref_linux_held(const struct ref *ref, uint8_t device, uint32_t pasid)
{
	uint8_t mm = pasid < REF_MAX_PASIDS ? ref->pasid_owner[pasid] : REF_NONE;
	uint8_t bond = mm == REF_NONE ? REF_NONE : ref_linux_handle(ref, device, mm);

	if (bond == REF_NONE)
		return REF_NONE;
	/* One reference is that of the device's partitions, which nobody else gives back (B-14). */
	if (ref->bond[bond].partitions & ref_partitions_of(ref, device))
		return ref->bond[bond].refs[device] > 1 ? bond : REF_NONE;
	return ref->bond[bond].refs[device] ? bond : REF_NONE;
}

uint8_t ref_linux_holder(const struct ref_bond *bond)
{
	for (unsigned i = 0; i < REF_MAX_DEVICES; i++)
		if (bond->refs[i])
			return (uint8_t)i;
	return REF_NONE;
}

bool ref_linux_bound(const struct ref *ref, uint8_t device)
{
	for (uint64_t set = ref->bonds; set; set &= set - 1)
		if (ref->bond[ref_first_bond(set)].refs[device])
			return true;
	return false;
}

/* iommu_sva_alloc_pasid() in 6.1, iommu_alloc_mm_data() in 6.12: 0 or an error. */
static int get_pasid(struct ref *ref, uint8_t device, uint8_t index)
{
	struct ref_mm *mm = &ref->mm[index];
	unsigned end = ref_linux_max_pasids(ref, device);

	/* 6.1 documents an inclusive maximum ("or take a reference to the existing one provided it
	 * fits within the [@min, @max] range"), and so it is here. */
	if (mm->pasid)
		return mm->pasid < end ? 0 : -EOVERFLOW;
	for (unsigned pasid = 1; pasid < end; pasid++) {
		if (ref->pasid_owner[pasid] != REF_NONE)
			continue;
		ref->pasid_owner[pasid] = index;
		mm->pasid = (uint16_t)pasid;
		return 0;
	}
	return ref_is_6_1(ref) ? -ENOMEM : -ENOSPC;
}

/* __mmdrop(), mm_pasid_drop(): nothing happens while a task or a bond is left. */
static void put_pasid(struct ref *ref, uint8_t index)
{
	struct ref_mm *mm = &ref->mm[index];

	if (mm->users || !mm->pasid)
		return;
	for (uint64_t set = ref->bonds; set; set &= set - 1)
		if (ref->bond[ref_first_bond(set)].mm == index)
			return;
	ref->pasid_owner[mm->pasid] = REF_NONE;
	mm->pasid = 0;
}

void ref_take_pasid(struct ref *ref, uint8_t device, uint8_t task)
{
	REF_ASSERT(device < ref->topology.num_devices && ref_task_alive(ref, task));
	if (ref_is_linux(ref) && ref_device_usable(ref, device))
		get_pasid(ref, device, ref->task[task].mm);
}

static struct ref_result pasid_error(int error)
{
	return ref_error(error, error == -EOVERFLOW ? "A-51" : "A-52");
}

/* One more reference to the handle, for this device's driver. */
static struct ref_result take_handle(struct ref *ref, uint8_t device, uint8_t bond)
{
	struct ref_result result = ref_ok();

	REF_ASSERT(ref->bond[bond].refs[device] < UINT16_MAX);
	ref->bond[bond].refs[device]++;
	result.value = ref->mm[ref->bond[bond].mm].pasid;
	result.bond = bond;
	return result;
}

static uint8_t *table_6_1(struct ref *ref, uint8_t device, uint8_t domain)
{
	return (uint8_t *)ref_linux_table_6_1(ref, device, domain);
}

/* iommu_sva_bind_device(), arm_smmu_sva_bind(), __arm_smmu_sva_bind() */
static struct ref_result bind_6_1(struct ref *ref, uint8_t device, uint8_t mm)
{
	const struct ref_device *dev = &ref->device[device];
	uint8_t bond;
	int error;

	if (ref_group_size(ref, ref->topology.device[device].group) != 1)
		return ref_error(-EINVAL, "A-2");
	/* stage != ARM_SMMU_DOMAIN_S1 */
	if (!ref_linux_in_user_domain(ref, device) && !ref_linux_in_default_dma(ref, device))
		return ref_error(-EINVAL, "C-6");
	if (!dev->initialised)
		return ref_error(-ENODEV, "C-6");
	bond = ref_find_bond(ref, device, mm);
	if (bond != REF_NONE)
		return take_handle(ref, device, bond);
	error = get_pasid(ref, device, mm);
	if (error)
		return pasid_error(error);
	/* arm_smmu_mmu_notifier_get(): the entry is the domain's, the siblings reach it. */
	table_6_1(ref, device, dev->domain)[ref->mm[mm].pasid] = mm;
	bond = ref_bond_take(ref,
			     (struct ref_bond){.device = device, .mm = mm, .domain = dev->domain});
	return take_handle(ref, device, bond);
}

/* iommu_sva_bind_device(), iommu_attach_device_pasid() */
static struct ref_result bind_6_12(struct ref *ref, uint8_t device, uint8_t mm)
{
	uint8_t group = ref->topology.device[device].group;
	int error = get_pasid(ref, device, mm);
	uint8_t bond, *entry;

	if (error)
		return pasid_error(error);
	bond = ref_linux_handle(ref, device, mm);
	if (bond != REF_NONE)
		return take_handle(ref, device, bond);
	/* From here on an error leaves the mm its PASID. */
	if (ref_linux_beyond_group(ref, group, ref->mm[mm].pasid))
		return ref_error(-EINVAL, "C-10");
	entry = &ref->group_table[group][ref->mm[mm].pasid];
	if (*entry != REF_NONE)
		return ref_error(-EBUSY, "C-10");
	*entry = mm;
	bond = ref_bond_take(ref,
			     (struct ref_bond){.device = device, .mm = mm, .domain = REF_NONE});
	return take_handle(ref, device, bond);
}

struct ref_result ref_linux_bind(struct ref *ref, uint8_t device, uint8_t mm)
{
	if (!ref_device_usable(ref, device))
		return ref_error(-ENODEV, ref_is_6_1(ref) ? "C-6" : "C-10");
	return ref_is_6_1(ref) ? bind_6_1(ref, device, mm) : bind_6_12(ref, device, mm);
}

/* arm_smmu_mmu_notifier_put() in 6.1, iommu_detach_device_pasid() in 6.12. */
static void bond_end(struct ref *ref, uint8_t index)
{
	struct ref_bond gone = ref->bond[index];
	uint16_t pasid = ref->mm[gone.mm].pasid;
	bool in_domain = false;

	ref->bond[index] = ref_no_bond;
	ref->bonds &= ~(UINT64_C(1) << index);
	if (ref_is_6_1(ref)) {
		uint8_t *table = table_6_1(ref, gone.device, gone.domain);

		for (uint64_t set = ref->bonds; set; set &= set - 1) {
			const struct ref_bond *other = &ref->bond[ref_first_bond(set)];

			in_domain |= other->mm == gone.mm &&
				     table_6_1(ref, other->device, other->domain) == table;
		}
		if (!in_domain)
			table[pasid] = REF_NONE;
	} else {
		ref->group_table[ref->topology.device[gone.device].group][pasid] = REF_NONE;
	}
	put_pasid(ref, gone.mm);
}

/* arm_smmu_sva_unbind(), iommu_sva_unbind_device() for `count` references of this device. */
static void drop_references(struct ref *ref, uint8_t device, uint8_t index, uint16_t count)
{
	struct ref_bond *bond = &ref->bond[index];

	bond->refs[device] = (uint16_t)(bond->refs[device] - count);
	if (!bond->refs[device])
		ref_associations_drop(ref, index, ref_partitions_of(ref, device));
	if (ref_linux_holder(bond) == REF_NONE)
		bond_end(ref, index);
}

void ref_linux_put_handle(struct ref *ref, uint8_t device, uint8_t bond)
{
	drop_references(ref, device, bond, 1);
}

struct ref_result ref_linux_unbind(struct ref *ref, uint8_t device, uint32_t pasid)
{
	uint8_t bond;

	if (!ref_device_usable(ref, device))
		return ref_error(-ENODEV, "A-24");
	bond = ref_linux_held(ref, device, pasid);
	if (bond == REF_NONE) /* nothing that a caller could pass */
		return ref_error(-ESRCH, "A-24");
	drop_references(ref, device, bond, 1);
	return ref_ok();
}

void ref_linux_unbind_device(struct ref *ref, uint8_t device)
{
	for (uint64_t set = ref->bonds; set; set &= set - 1) {
		uint8_t bond = (uint8_t)ref_first_bond(set);

		if (ref->bond[bond].refs[device])
			drop_references(ref, device, bond, ref->bond[bond].refs[device]);
	}
}

/* The device is gone: what its siblings still hold is a handle of one of them. */
void ref_linux_forget_device(struct ref *ref, uint8_t device)
{
	ref_linux_unbind_device(ref, device);
	for (uint64_t set = ref->bonds; set; set &= set - 1) {
		struct ref_bond *bond = &ref->bond[ref_first_bond(set)];

		if (bond->device == device)
			bond->device = ref_linux_holder(bond);
	}
}

/* the release notifier, arm_smmu_mm_release(), quiesces what exit_mmap() then takes away. */
void ref_linux_exit(struct ref *ref, uint8_t mm)
{
	ref_space_unmap(ref, &ref->mm[mm].space, UINT32_MAX);
	put_pasid(ref, mm);
}
