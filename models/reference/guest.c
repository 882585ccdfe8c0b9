/* SPDX-License-Identifier: MIT */
/*
 * The software inside a VM: it has a PASID allocator of its own and a PASID table for each function
 * (B-8), so that its bonds are a relation of functions and spaces without domains.
 */
#include "internal.h"

/* The table is one frame. */
static unsigned last_pasid(const struct ref *ref, uint8_t device)
{
	unsigned pasids = 1u << ref->topology.device[device].pasid_bits;

	if (pasids > 1u << ref->topology.ssid_bits)
		pasids = 1u << ref->topology.ssid_bits;
	return (pasids < REF_GUEST_PASIDS ? pasids : REF_GUEST_PASIDS) - 1;
}

uint8_t ref_guest_mm(const struct ref *ref, uint8_t vm, uint8_t device, uint32_t pasid)
{
	uint8_t mm = pasid < REF_GUEST_PASIDS ? ref->vm[vm].pasid_owner[pasid] : REF_NONE;

	return mm != REF_NONE && ref->vm[vm].bonded[device] >> mm & 1 ? mm : REF_NONE;
}

/* The guest's io_mm goes with the last bond of the space. */
static void unbind_space(struct ref *ref, uint8_t vm, uint8_t device, uint8_t mm)
{
	struct ref_vm *guest = &ref->vm[vm];

	guest->bonded[device] &= (uint16_t) ~(1u << mm);
	for (unsigned i = 0; i < ref->topology.num_devices; i++)
		if (guest->bonded[i] >> mm & 1)
			return;
	guest->pasid_owner[ref->mm[mm].pasid] = REF_NONE;
	ref->mm[mm].pasid = 0;
}

void ref_guest_lose_function(struct ref *ref, uint8_t vm, uint8_t device)
{
	for (uint32_t set = ref->vm[vm].bonded[device]; set; set &= set - 1)
		unbind_space(ref, vm, device, (uint8_t)ref_first(set));
}

void ref_guest_exit(struct ref *ref, uint8_t mm)
{
	uint8_t vm = ref->mm[mm].vm;

	for (uint8_t i = 0; i < ref->topology.num_devices; i++)
		if (ref->vm[vm].bonded[i] >> mm & 1)
			unbind_space(ref, vm, i, mm);
}

static uint16_t lowest_free_pasid(const struct ref_vm *vm, unsigned last)
{
	for (uint16_t pasid = 1; pasid <= last; pasid++)
		if (vm->pasid_owner[pasid] == REF_NONE)
			return pasid;
	return 0;
}

struct ref_result ref_guest_bind(struct ref *ref, uint8_t device, uint8_t task)
{
	unsigned last = last_pasid(ref, device);
	struct ref_result result = ref_ok();
	struct ref_mm *mm;
	struct ref_vm *vm;
	uint8_t index;

	REF_ASSERT(device < ref->topology.num_devices);
	if (!ref_task_alive(ref, task))
		return ref_error(-ESRCH, "A-20");
	index = ref->task[task].mm;
	mm = &ref->mm[index];
	if (mm->vm == REF_NONE || !ref_vm_has(ref, mm->vm, device))
		return ref_error(-ENODEV, "B-8");
	vm = &ref->vm[mm->vm];
	if (vm->bonded[device] >> index & 1)
		return ref_error(-EEXIST, "A-19");
	if (mm->pasid > last)
		return ref_error(-ERANGE, "A-51");
	if (!mm->pasid) {
		mm->pasid = lowest_free_pasid(vm, last);
		if (!mm->pasid)
			return ref_error(-ENOSPC, "A-52");
		vm->pasid_owner[mm->pasid] = index;
	}
	vm->bonded[device] |= (uint16_t)(1u << index);
	result.value = mm->pasid;
	return result;
}

struct ref_result ref_guest_unbind(struct ref *ref, uint8_t vm, uint8_t device, uint32_t pasid)
{
	uint8_t mm;

	if (!ref_vm_has(ref, vm, device))
		return ref_error(-ENODEV, "B-8");
	mm = ref_guest_mm(ref, vm, device, pasid);
	if (mm == REF_NONE)
		return ref_error(-ESRCH, "A-24");
	unbind_space(ref, vm, device, mm);
	return ref_ok();
}
