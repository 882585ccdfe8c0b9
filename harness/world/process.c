/* SPDX-License-Identifier: MIT */
/* Tasks and the life of address spaces: spawn, fork, thread, exec, exit. */
#include "internal.h"

#include <errno.h>

enum { WINDOW_PAGES = 8 };

uint64_t world_slot_va(unsigned slot)
{
	/* Each window but the first lies across a boundary of the next table level. */
	static const uint64_t window[] = {0x10000, 0x1fc000, 0x3fffc000, 0x7fffffc000};

	CHECK(slot < WORLD_SPACE_PAGES, "slot %u", slot);
	return window[slot / WINDOW_PAGES] + (uint64_t)(slot % WINDOW_PAGES) * WORLD_FRAME_SIZE;
}

/* A free address space with one user in the memory of `vm`, or WORLD_NONE. */
static unsigned mm_alloc(struct world *world, unsigned vm)
{
	for (unsigned i = 0; i < WORLD_MAX_MMS; i++) {
		struct world_mm *mm = &world->mm[i];

		if (mm->count)
			continue;
		*mm = (struct world_mm){.vm = (uint8_t)vm, .root = pgtable_alloc_in(world, vm)};
		if (!mm->root)
			return WORLD_NONE;
		mm->users = 1;
		mm->count = 1;
		return i;
	}
	return WORLD_NONE;
}

/* exit_mmap: nobody looks at the tables any more (D-9), all of it goes. */
static void mm_teardown(struct world *world, unsigned index)
{
	struct world_mm *mm = &world->mm[index];
	struct pgtable_unlinked unlinked;
	uint64_t data[WORLD_SPACE_PAGES];
	unsigned num_data = 0;
	uint32_t slots = 0;

	unlinked.count = 0;
	for (unsigned slot = 0; slot < WORLD_SPACE_PAGES; slot++) {
		if (!mm->page[slot].mapped)
			continue;
		data[num_data++] = mm->page[slot].pa;
		mm->page[slot] = (struct world_page){0};
		world_sync_slot(world, index, slot);
		slots |= 1u << slot;
	}
	world_prune_slots(world, index, slots, &unlinked);
	for (unsigned i = 0; i < num_data; i++)
		world_frame_put(world, data[i]);
	pgtable_free_tables(world, &unlinked);
	pgtable_free(world, mm->root);
	mm->root = 0;
}

/* mmput: the last user tears the space down. Notifiers first, and they are dead afterwards. */
static void mm_put(struct world *world, unsigned index)
{
	struct world_mm *mm = &world->mm[index];

	CHECK(mm->users > 0, "mm %u has no user", index);
	if (--mm->users)
		return;
	mm->exiting = 1;
	world_notify_release(world, index);
	mm_teardown(world, index);
	mm->exiting = 0;
	world_mm_drop(world, index);
}

bool world_task_alive(const struct world *world, unsigned task)
{
	return task < WORLD_MAX_TASKS && world->task[task].mm != WORLD_NONE;
}

static struct world_task *task_of(struct world *world, unsigned task)
{
	CHECK(world_task_alive(world, task), "task %u does not exist", task);
	return &world->task[task];
}

static struct world_task *free_task(struct world *world, unsigned task)
{
	CHECK(task < WORLD_MAX_TASKS, "task %u", task);
	CHECK(!world_task_alive(world, task), "task %u exists", task);
	return &world->task[task];
}

/*
 * A thread group of the task's own: named after its slot, unless threads of an earlier leader in
 * that slot still live.
 */
static uint8_t new_group(const struct world *world, unsigned task)
{
	unsigned used = 0;

	for (unsigned i = 0; i < WORLD_MAX_TASKS; i++) {
		if (i != task && world_task_alive(world, i))
			used |= 1u << world->task[i].group;
	}
	return (uint8_t)(used >> task & 1 ? (unsigned)__builtin_ctz(~used) : task);
}

static int spawn(struct world *world, unsigned vm, unsigned task)
{
	struct world_task *new = free_task(world, task);
	unsigned mm = mm_alloc(world, vm);

	if (mm == WORLD_NONE)
		return -ENOMEM;
	*new = (struct world_task){.mm = (uint8_t)mm, .group = new_group(world, task)};
	return 0;
}

int world_spawn(struct world *world, unsigned task)
{
	return spawn(world, WORLD_MAX_VMS, task);
}

int world_guest_spawn(struct world *world, unsigned vm, unsigned task)
{
	CHECK(vm < WORLD_MAX_VMS, "vm %u", vm);
	return spawn(world, vm, task);
}

/* Every page becomes shared and copy-on-write; slots of the parent that lost rights. */
static uint32_t share_pages(struct world *world, unsigned parent, unsigned child)
{
	uint32_t changed = 0;

	for (unsigned slot = 0; slot < WORLD_SPACE_PAGES; slot++) {
		struct world_page *page = &world->mm[parent].page[slot];

		if (!page->mapped)
			continue;
		ram_get(&world->ram, page->pa);
		page->cow = 1;
		world->mm[child].page[slot] = *page;
		if (world_sync_slot(world, parent, slot))
			changed |= 1u << slot;
	}
	return changed;
}

int world_fork(struct world *world, unsigned parent, unsigned child)
{
	struct world_task *new = free_task(world, child);
	unsigned from = task_of(world, parent)->mm, vm = world->mm[from].vm, mm;

	if (!ram_has_room(&world->ram, vm, WORLD_SPACE_TABLES))
		return -ENOMEM;
	mm = mm_alloc(world, vm);
	if (mm == WORLD_NONE)
		return -ENOMEM;
	/* The parent's writable translations are gone before the child can see a page (D.2). */
	world_notify_slots(world, from, share_pages(world, from, mm));
	for (unsigned slot = 0; slot < WORLD_SPACE_PAGES; slot++) {
		if (world->mm[mm].page[slot].mapped)
			world_sync_slot(world, mm, slot);
	}
	*new = (struct world_task){.mm = (uint8_t)mm, .group = new_group(world, child)};
	return 0;
}

static void share_mm(struct world *world, unsigned parent, unsigned child, unsigned group)
{
	struct world_task *new = free_task(world, child);
	unsigned mm = task_of(world, parent)->mm;

	world->mm[mm].users++;
	*new = (struct world_task){.mm = (uint8_t)mm, .group = (uint8_t)group};
}

int world_thread(struct world *world, unsigned parent, unsigned child)
{
	share_mm(world, parent, child, task_of(world, parent)->group);
	return 0;
}

int world_clone_vm(struct world *world, unsigned parent, unsigned child)
{
	share_mm(world, parent, child, new_group(world, child));
	return 0;
}

int world_exec(struct world *world, unsigned task)
{
	struct world_task *self = task_of(world, task);
	unsigned old = self->mm, mm = mm_alloc(world, world->mm[old].vm);

	if (mm == WORLD_NONE)
		return -ENOMEM;
	/* The task leaves its threads behind: those of one group share one space. */
	*self = (struct world_task){.mm = (uint8_t)mm, .group = new_group(world, task)};
	mm_put(world, old);
	return 0;
}

void world_exit(struct world *world, unsigned task)
{
	struct world_task *self = task_of(world, task);
	unsigned mm = self->mm;

	self->mm = WORLD_NONE;
	mm_put(world, mm);
}

void world_exit_group(struct world *world, unsigned task)
{
	unsigned group = task_of(world, task)->group;

	for (unsigned i = 0; i < WORLD_MAX_TASKS; i++) {
		if (world_task_alive(world, i) && world->task[i].group == group)
			world_exit(world, i);
	}
}

/* All that is left of a VM's memory. Its tables stand as they were: they are not empty. */
static void free_guest_frames(struct world *world, unsigned vm, bool tables_and_pages)
{
	for (unsigned i = 0; i < WORLD_VM_FRAMES; i++) {
		uint64_t pa = world_vm_base(vm) + (uint64_t)i * WORLD_FRAME_SIZE;

		if ((ram_kind(&world->ram, pa) != FRAME_DRIVER) != tables_and_pages)
			continue;
		if (ram_kind(&world->ram, pa) == FRAME_TABLE)
			ram_must_zero(&world->ram, pa);
		while (ram_kind(&world->ram, pa) != FRAME_FREE)
			world_frame_put(world, pa);
	}
}

void world_vm_stop(struct world *world, unsigned vm)
{
	CHECK(vm < WORLD_MAX_VMS, "vm %u", vm);
	for (unsigned i = 0; i < WORLD_MAX_TASKS; i++) {
		if (world_task_alive(world, i) && world->mm[world->task[i].mm].vm == vm)
			world->task[i].mm = WORLD_NONE;
	}
	for (unsigned i = 0; i < WORLD_MAX_MMS; i++) {
		if (world->mm[i].count && world->mm[i].vm == vm)
			world->mm[i] = (struct world_mm){.vm = (uint8_t)vm};
	}
	free_guest_frames(world, vm, true);
	free_guest_frames(world, vm, false);
}

uint64_t world_mm_root(const struct world *world, unsigned mm)
{
	CHECK(mm < WORLD_MAX_MMS, "mm %u", mm);
	return world->mm[mm].root;
}

void world_mm_grab(struct world *world, unsigned mm)
{
	CHECK(mm < WORLD_MAX_MMS, "mm %u", mm);
	if (!world->mm[mm].count)
		world_bug(world, "grabs an address space that is gone");
	if (world->mm[mm].count == UINT8_MAX)
		world_bug(world, "holds more references to an address space than can be counted");
	world->mm[mm].count++;
}

void world_mm_drop(struct world *world, unsigned mm)
{
	CHECK(mm < WORLD_MAX_MMS, "mm %u", mm);
	if (world->mm[mm].count <= (world->mm[mm].users > 0))
		world_bug(world, "drops a reference to an address space that it does not hold");
	world->mm[mm].count--;
}

bool world_mm_alive(const struct world *world, unsigned mm)
{
	return mm < WORLD_MAX_MMS && world->mm[mm].users > 0;
}

uint32_t world_take_dirty(struct world *world, unsigned mm)
{
	uint32_t dirty;

	CHECK(mm < WORLD_MAX_MMS, "mm %u", mm);
	dirty = world->mm[mm].dirty;
	world->mm[mm].dirty = 0;
	return dirty;
}
