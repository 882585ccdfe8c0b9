/* SPDX-License-Identifier: MIT */
/*
 * Processes: who shares which address space, and what the end of one does (A-39, A-46 .. A-49).
 *
 * The new space of exec takes the lowest free index after the task has left the old one, so that
 * tasks never need more live mms than there are tasks. No result depends on the index of an mm.
 */
#include "linux.h"

static uint8_t mm_alloc(struct ref *ref, uint8_t vm)
{
	uint8_t mm = 0;

	/* A space that exited and is still bound keeps its PASID, and so its place. */
	while (ref->mm[mm].users || ref->mm[mm].pasid) {
		mm++;
		REF_ASSERT(mm < REF_MAX_MMS);
	}
	ref->mm[mm].users = 1;
	ref->mm[mm].vm = vm;
	return mm;
}

bool ref_room_for_mm(const struct ref *ref)
{
	for (unsigned mm = 0; mm < REF_MAX_MMS; mm++)
		if (!ref->mm[mm].users && !ref->mm[mm].pasid)
			return true;
	return false;
}

/*
 * A thread group of the task's own. Named after its slot, unless threads of an earlier leader in
 * that slot still live.
 */
static uint8_t new_group(const struct ref *ref, uint8_t task)
{
	unsigned used = 0, group = task;

	for (unsigned i = 0; i < REF_MAX_TASKS; i++)
		if (i != task && ref->task[i].mm != REF_NONE)
			used |= 1u << ref->task[i].group;
	if (used & 1u << group)
		group = ref_first(~used);
	return (uint8_t)group;
}

/* exit calls the owner of every bond, then drains the faults, then takes the entry away. */
static void mm_release(struct ref *ref, uint8_t index, struct ref_result *result)
{
	struct ref_mm *mm = &ref->mm[index];

	if (ref_is_linux(ref)) {
		ref_linux_exit(ref, index);
		return;
	}
	if (mm->vm != REF_NONE) {
		ref_guest_exit(ref, index);
		mm->vm = REF_NONE;
	}
	for (uint8_t device = 0; device < ref->topology.num_devices; device++) {
		uint8_t bond = ref_find_bond(ref, device, index);

		if (bond == REF_NONE)
			continue;
		ref_result_call(result, REF_CALL_MM_EXIT, device, mm->pasid);
		if (mm->flags & REF_FEAT_IOPF)
			ref_result_call(result, REF_CALL_FAULT_FLUSH, device, mm->pasid);
		ref_bond_remove(ref, bond);
	}
	ref_space_unmap(ref, &mm->space, UINT32_MAX);
}

/* only the last user's leaving is an exit of the address space. */
static void mm_put(struct ref *ref, uint8_t mm, struct ref_result *result)
{
	if (--ref->mm[mm].users == 0)
		mm_release(ref, mm, result);
}

static void task_exit(struct ref *ref, uint8_t task, struct ref_result *result)
{
	uint8_t mm = ref->task[task].mm;

	ref->task[task] = (struct ref_task){REF_NONE, REF_NONE};
	mm_put(ref, mm, result);
}

static struct ref_result spawn(struct ref *ref, uint8_t vm, uint8_t task)
{
	if (ref_task_alive(ref, task) || !ref_room_for_mm(ref))
		return ref_error(-EAGAIN, "fork(2)");
	ref->task[task] = (struct ref_task){mm_alloc(ref, vm), new_group(ref, task)};
	return ref_ok();
}

struct ref_result ref_spawn(struct ref *ref, uint8_t task)
{
	return spawn(ref, REF_NONE, task);
}

struct ref_result ref_guest_spawn(struct ref *ref, uint8_t vm, uint8_t task)
{
	REF_ASSERT(vm < ref->topology.num_vms);
	if (!ref->vm[vm].running)
		return ref_error(-ENODEV, "B-8");
	return spawn(ref, vm, task);
}

void ref_tasks_vanish(struct ref *ref, uint8_t vm)
{
	struct ref_result nobody = ref_ok();

	for (uint8_t i = 0; i < REF_MAX_TASKS; i++)
		if (ref_task_alive(ref, i) && ref->mm[ref->task[i].mm].vm == vm)
			task_exit(ref, i, &nobody);
}

/* 0, or why `child` cannot come from `parent`. */
static int check_birth(const struct ref *ref, uint8_t parent, uint8_t child)
{
	if (!ref_task_alive(ref, parent))
		return -ESRCH;
	return ref_task_alive(ref, child) ? -EAGAIN : 0;
}

/*
 * the child's space starts with the parent's pages and with no bond. Read-only pages are
 * marked as well: mprotect may make them writable while they are still shared.
 */
static void space_fork(struct ref *ref, struct ref_space *from, struct ref_space *to)
{
	for (uint32_t slots = from->mapped; slots; slots &= slots - 1) {
		unsigned i = ref_first(slots);

		from->slot[i].state |= REF_COW;
		ref->page[from->slot[i].page].users++;
	}
	*to = *from;
}

struct ref_result ref_fork(struct ref *ref, uint8_t parent, uint8_t child)
{
	int error = check_birth(ref, parent, child);
	uint8_t mm;

	if (!error && !ref_room_for_mm(ref))
		error = -EAGAIN;
	if (error)
		return ref_error(error, "fork(2)");
	mm = mm_alloc(ref, ref->mm[ref->task[parent].mm].vm);
	space_fork(ref, &ref->mm[ref->task[parent].mm].space, &ref->mm[mm].space);
	ref->task[child] = (struct ref_task){mm, new_group(ref, child)};
	return ref_ok();
}

/* a new task in the parent's address space. */
static struct ref_result share_mm(struct ref *ref, uint8_t parent, uint8_t child, bool thread)
{
	int error = check_birth(ref, parent, child);
	uint8_t mm;

	if (error)
		return ref_error(error, "clone(2)");
	mm = ref->task[parent].mm;
	ref->mm[mm].users++;
	ref->task[child].group = thread ? ref->task[parent].group : new_group(ref, child);
	ref->task[child].mm = mm;
	return ref_ok();
}

struct ref_result ref_thread(struct ref *ref, uint8_t parent, uint8_t child)
{
	return share_mm(ref, parent, child, true);
}

struct ref_result ref_clone_vm(struct ref *ref, uint8_t parent, uint8_t child)
{
	return share_mm(ref, parent, child, false);
}

struct ref_result ref_exec(struct ref *ref, uint8_t task)
{
	struct ref_result result = ref_ok();
	uint8_t vm;

	if (!ref_task_alive(ref, task))
		return ref_error(-ESRCH, "execve(2)");
	if (!ref_room_for_mm(ref))
		return ref_error(-ENOMEM, "execve(2)");
	vm = ref->mm[ref->task[task].mm].vm;
	/* The task also leaves its thread group: threads of one group share one space. */
	task_exit(ref, task, &result);
	ref->task[task] = (struct ref_task){mm_alloc(ref, vm), new_group(ref, task)};
	return result;
}

struct ref_result ref_exit(struct ref *ref, uint8_t task)
{
	struct ref_result result = ref_ok();

	if (!ref_task_alive(ref, task))
		return ref_error(-ESRCH, "exit(2)");
	task_exit(ref, task, &result);
	return result;
}

struct ref_result ref_exit_group(struct ref *ref, uint8_t task)
{
	struct ref_result result = ref_ok();
	uint8_t group;

	if (!ref_task_alive(ref, task))
		return ref_error(-ESRCH, "exit_group(2)");
	group = ref->task[task].group;
	for (unsigned i = 0; i < REF_MAX_TASKS; i++)
		if (ref->task[i].mm != REF_NONE && ref->task[i].group == group)
			task_exit(ref, (uint8_t)i, &result);
	return result;
}
