/* SPDX-License-Identifier: MIT */
/* What the files of the reference model share; not for users of the library. */
#ifndef SVAREF_INTERNAL_H
#define SVAREF_INTERNAL_H

#include "svaref.h"

#include <errno.h>

/* A precondition of the library's caller, in every build. */
#define REF_ASSERT(cond)                                                                           \
	do {                                                                                       \
		if (__builtin_expect(!(cond), 0))                                                  \
			ref_assert_failed(__FILE__, __LINE__, #cond);                              \
	} while (0)
_Noreturn void ref_assert_failed(const char *file, int line, const char *cond);

static inline struct ref_result ref_ok(void)
{
	return (struct ref_result){.rule = ""};
}

static inline struct ref_result ref_error(int error, const char *rule)
{
	return (struct ref_result){.error = error, .rule = rule};
}

/* `prot` as hardware and mmap(2) see it: no stage 1 page is writable without being readable. */
static inline uint8_t ref_prot_rights(uint8_t prot)
{
	REF_ASSERT(prot && !(prot & ~(REF_READ | REF_WRITE)));
	return prot & REF_WRITE ? REF_READ | REF_WRITE : REF_READ;
}

/* Lowest member of a set that is not empty. */
static inline unsigned ref_first(uint32_t set)
{
	return (unsigned)__builtin_ctz(set);
}

/* Lowest bond of a set that is not empty. */
static inline unsigned ref_first_bond(uint64_t bonds)
{
	return (unsigned)__builtin_ctzll(bonds);
}

static inline bool ref_is_linux(const struct ref *ref)
{
	return ref->topology.policy != REF_POLICY_IO_MM;
}

/* state.c: devices, groups, pages. */

/* Alive, and none of a guest. */
bool ref_host_task(const struct ref *ref, uint8_t task);
/* Present and in a group: all others are -ENODEV to every call. */
bool ref_device_usable(const struct ref *ref, uint8_t device);
/* Present devices of a group. */
unsigned ref_group_size(const struct ref *ref, uint8_t group);
/* Lowest free page, with one user and value 0. */
uint16_t ref_page_alloc(struct ref *ref);
void ref_page_put(struct ref *ref, uint16_t page);

/* memory.c: what a fault does to a mapped slot: bring the page in, for a write break the sharing. */
void ref_fault_in(struct ref *ref, struct ref_mapping *slot, bool write);

/* process.c: the tasks of a VM are gone, nobody is called. */
void ref_tasks_vanish(struct ref *ref, uint8_t vm);

/* access.c: targets and transactions. */

/* ref_target() of a function that a VM has. */
struct ref_target ref_guest_target(const struct ref *ref, uint8_t device, bool has_pasid,
				   uint32_t pasid);

/* ref_target() under io_mm. */
static inline struct ref_target ref_io_mm_target(const struct ref *ref, uint8_t device,
						 bool has_pasid, uint32_t pasid)
{
	const struct ref_device *dev = &ref->device[device];
	uint8_t mm;

	if (!dev->present || dev->domain == REF_NONE) {
		if (dev->present && dev->vm != REF_NONE)
			return ref_guest_target(ref, device, has_pasid, pasid);
		return (struct ref_target){REF_TARGET_ABORT, 0};
	}
	if (ref->topology.domain_type[dev->domain] == REF_DOMAIN_IDENTITY)
		return (struct ref_target){has_pasid ? REF_TARGET_NO_PASID : REF_TARGET_BYPASS, 0};
	if (!has_pasid)
		return (struct ref_target){REF_TARGET_PRIVATE, dev->domain};
	mm = pasid < REF_MAX_PASIDS ? ref->domain[dev->domain].table[pasid] : REF_NONE;
	if (mm == REF_NONE || pasid == 0)
		return (struct ref_target){REF_TARGET_NO_PASID, 0};
	return (struct ref_target){REF_TARGET_MM, mm};
}

/* A transaction to this target; `memory`: there is some for a stalled fault. */
struct ref_result ref_device_dma(struct ref *ref, uint8_t device, struct ref_target target,
				 uint8_t page, bool write, bool memory);

/* bind.c: bonds. */

extern const struct ref_bond ref_no_bond;
/* A free entry of ref.bond becomes this one. */
uint8_t ref_bond_take(struct ref *ref, struct ref_bond bond);
/* Index into ref.bond, REF_NONE. */
uint8_t ref_find_bond(const struct ref *ref, uint8_t device, uint8_t mm);
/* The bond goes; with the last one in its domain the entry, with the last of all the io_mm. */
void ref_bond_remove(struct ref *ref, uint8_t bond);
/* Every bond of the device goes, lowest PASID first; the flushes are added to `result`. */
void ref_unbind_device(struct ref *ref, uint8_t device, struct ref_result *result);
/* The same for one bond. */
void ref_unbind_one(struct ref *ref, uint8_t bond, struct ref_result *result);
/* io_mm: A-4 from check (2) on; `bond` says who binds what to which mm, and becomes one. */
struct ref_result ref_io_mm_bind(struct ref *ref, struct ref_bond bond, uint32_t flags);
void ref_result_call(struct ref_result *result, enum ref_call_kind kind, uint8_t device,
		     uint16_t pasid);

/* partition.c, partition_map.c: partitions of a device. */

/* Set of partitions. */
unsigned ref_partitions_of(const struct ref *ref, uint8_t device);
uint8_t ref_partition_parent(const struct ref *ref, uint8_t partition);
/* Is a call over before the IOMMU is involved? Then this is its result, else success. */
bool ref_partition_is_outside(const struct ref *ref, uint8_t partition, struct ref_result *result);
/* Those of the partitions that are associated by the bond are not any more. */
void ref_associations_drop(struct ref *ref, uint8_t bond, unsigned partitions);
/* All mappings of a partition; how many pages. */
unsigned ref_partition_unmap_all(struct ref *ref, uint8_t partition);
/* The mappings of all partitions of the device. */
void ref_partitions_unmap(struct ref *ref, uint8_t device);
/* The domain's owner unmaps: nothing there is a partition's any more. */
void ref_partitions_lose(struct ref *ref, uint8_t domain, uint32_t slots);

/* function.c */
bool ref_is_vf_of(const struct ref *ref, uint8_t device, uint8_t pf);

/* vm.c: the device goes: no VM has it, nor a partition of it. */
void ref_vm_lose_device(struct ref *ref, uint8_t device);

/* guest.c: bonds of guests. */

/* The space behind a PASID in the guest's table for the function, REF_NONE. */
uint8_t ref_guest_mm(const struct ref *ref, uint8_t vm, uint8_t device, uint32_t pasid);
/* The guest's bonds of the function go. */
void ref_guest_lose_function(struct ref *ref, uint8_t vm, uint8_t device);
/* The guest's bonds of the space go. */
void ref_guest_exit(struct ref *ref, uint8_t mm);

/* space.c: the page slots of one address space, private or of a process. */

/* Slots [page, page + count) as a set; asserts that they are inside the space. */
uint32_t ref_slots(uint8_t page, uint8_t count);
/* Fresh pages at slots that are free. */
void ref_space_map(struct ref *ref, struct ref_space *space, uint8_t page, uint8_t count,
		   uint8_t prot);
/* Returns how many of the slots were mapped. */
unsigned ref_space_unmap(struct ref *ref, struct ref_space *space, uint32_t slots);

#endif
