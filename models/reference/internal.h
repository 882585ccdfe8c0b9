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

/* Present and in a group: all others are -ENODEV to every call. */
bool ref_device_usable(const struct ref *ref, uint8_t device);
/* Present devices of a group. */
unsigned ref_group_size(const struct ref *ref, uint8_t group);
/* Lowest free page, with one user and value 0. */
uint16_t ref_page_alloc(struct ref *ref);
void ref_page_put(struct ref *ref, uint16_t page);

/* memory.c: what a fault does to a mapped slot: bring the page in, for a write break the sharing. */
void ref_fault_in(struct ref *ref, struct ref_mapping *slot, bool write);

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
void ref_result_call(struct ref_result *result, enum ref_call_kind kind, uint8_t device,
		     uint16_t pasid);

/* space.c: the page slots of one address space, private or of a process. */

/* Slots [page, page + count) as a set; asserts that they are inside the space. */
uint32_t ref_slots(uint8_t page, uint8_t count);
/* Fresh pages at slots that are free. */
void ref_space_map(struct ref *ref, struct ref_space *space, uint8_t page, uint8_t count,
		   uint8_t prot);
/* Returns how many of the slots were mapped. */
unsigned ref_space_unmap(struct ref *ref, struct ref_space *space, uint32_t slots);

#endif
