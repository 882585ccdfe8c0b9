/* SPDX-License-Identifier: MIT */
/*
 * Memory of a process: system calls that change its mappings, CPU accesses, and what the kernel
 * does to its pages. Errors are those of the manual pages that the rule names.
 */
#include "internal.h"

static struct ref_space *task_space(struct ref *ref, uint8_t task)
{
	return &ref->mm[ref->task[task].mm].space;
}

/* The next write by a CPU gets a page of its own unless the others have left in the meantime. */
static void break_cow(struct ref *ref, struct ref_mapping *slot)
{
	uint16_t shared = slot->page;

	slot->state &= (uint8_t)~REF_COW;
	if (ref->page[shared].users == 1)
		return;
	slot->page = ref_page_alloc(ref);
	ref->page[slot->page].value = ref->page[shared].value;
	ref_page_put(ref, shared);
}

void ref_fault_in(struct ref *ref, struct ref_mapping *slot, bool write)
{
	slot->state &= (uint8_t)~REF_SWAPPED;
	if (write && slot->state & REF_COW)
		break_cow(ref, slot);
}

struct ref_result ref_cpu(struct ref *ref, uint8_t task, uint8_t page, bool write)
{
	struct ref_result result = ref_ok();
	struct ref_space *space;
	struct ref_mapping *slot;

	REF_ASSERT(page < REF_SPACE_PAGES);
	if (!ref_task_alive(ref, task))
		return ref_error(-ESRCH, "signal(7)");
	space = task_space(ref, task);
	slot = &space->slot[page];
	if (!(slot->prot & (write ? REF_WRITE : REF_READ)))
		return ref_error(-EFAULT, "signal(7)");
	ref_fault_in(ref, slot, write);
	if (write)
		ref->page[slot->page].value = ++ref->serial;
	result.access = ref_device_access(ref, space, page);
	return result;
}

struct ref_result ref_mmap(struct ref *ref, uint8_t task, uint8_t page, uint8_t count, uint8_t prot)
{
	uint32_t slots = ref_slots(page, count);
	struct ref_space *space;

	prot = ref_prot_rights(prot);
	if (!ref_task_alive(ref, task))
		return ref_error(-ESRCH, "mmap(2)");
	space = task_space(ref, task);
	if (space->mapped & slots)
		return ref_error(-EEXIST, "mmap(2)");
	ref_space_map(ref, space, page, count, prot);
	return ref_ok();
}

struct ref_result ref_munmap(struct ref *ref, uint8_t task, uint8_t page, uint8_t count)
{
	uint32_t slots = ref_slots(page, count);

	if (!ref_task_alive(ref, task))
		return ref_error(-ESRCH, "munmap(2)");
	ref_space_unmap(ref, task_space(ref, task), slots);
	return ref_ok();
}

struct ref_result ref_mprotect(struct ref *ref, uint8_t task, uint8_t page, uint8_t count,
			       uint8_t prot)
{
	uint32_t slots = ref_slots(page, count);
	struct ref_space *space;

	prot = ref_prot_rights(prot);
	if (!ref_task_alive(ref, task))
		return ref_error(-ESRCH, "mprotect(2)");
	space = task_space(ref, task);
	for (; slots; slots &= slots - 1) {
		struct ref_mapping *slot = &space->slot[ref_first(slots)];

		if (!(slot->state & REF_MAPPED))
			return ref_error(-ENOMEM, "mprotect(2)");
		slot->prot = prot;
	}
	return ref_ok();
}

struct ref_result ref_mremap(struct ref *ref, uint8_t task, uint8_t from, uint8_t to)
{
	struct ref_space *space;

	REF_ASSERT(from < REF_SPACE_PAGES && to < REF_SPACE_PAGES);
	if (!ref_task_alive(ref, task))
		return ref_error(-ESRCH, "mremap(2)");
	if (from == to)
		return ref_error(-EINVAL, "mremap(2)");
	space = task_space(ref, task);
	if (!(space->slot[from].state & REF_MAPPED))
		return ref_error(-EFAULT, "mremap(2)");
	if (space->slot[to].state & REF_MAPPED)
		return ref_error(-EEXIST, "mremap(2)");
	space->slot[to] = space->slot[from];
	space->slot[from] = (struct ref_mapping){0};
	space->mapped ^= ref_slots(from, 1) | ref_slots(to, 1);
	return ref_ok();
}

/* Only a page that is there, in one space, can be taken or moved. */
static int check_lone_page(const struct ref *ref, const struct ref_space *space, uint8_t page)
{
	const struct ref_mapping *slot = &space->slot[page];

	if (!(slot->state & REF_MAPPED) || slot->state & REF_SWAPPED)
		return -EFAULT;
	return ref->page[slot->page].users > 1 ? -EBUSY : 0;
}

struct ref_result ref_migrate(struct ref *ref, uint8_t task, uint8_t page)
{
	int error;

	REF_ASSERT(page < REF_SPACE_PAGES);
	if (!ref_task_alive(ref, task))
		return ref_error(-ESRCH, "move_pages(2)");
	/* The frame is not part of the law: a page that moves is the same page. */
	error = check_lone_page(ref, task_space(ref, task), page);
	return error ? ref_error(error, "move_pages(2)") : ref_ok();
}

struct ref_result ref_swap_out(struct ref *ref, uint8_t task, uint8_t page)
{
	struct ref_space *space;
	int error;

	REF_ASSERT(page < REF_SPACE_PAGES);
	if (!ref_task_alive(ref, task))
		return ref_error(-ESRCH, "madvise(2)");
	space = task_space(ref, task);
	error = check_lone_page(ref, space, page);
	if (error)
		return ref_error(error, "madvise(2)");
	space->slot[page].state |= REF_SWAPPED;
	return ref_ok();
}
