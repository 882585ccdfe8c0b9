/* SPDX-License-Identifier: MIT */
/*
 * Memory of a process: what mmap and its relatives, the CPU and page reclaim do to page tables.
 * The pattern is always the same: change the tables, tell the notifiers, free what is not in the
 * tables any more (D-1, D-6).
 */
#include "internal.h"

#include <errno.h>
#include <string.h>

enum { WINDOW_PAGES = 8 };

static unsigned mm_of(const struct world *world, unsigned task)
{
	CHECK(world_task_alive(world, task), "task %u does not exist", task);
	return world->task[task].mm;
}

static struct world_page *page_of(struct world *world, unsigned task, unsigned slot)
{
	CHECK(slot < WORLD_SPACE_PAGES, "slot %u", slot);
	return &world->mm[mm_of(world, task)].page[slot];
}

/* A page of a space: in the memory of its owner. Callers made sure that there is room. */
static uint64_t data_frame(struct world *world, unsigned mm)
{
	return ram_alloc_in(&world->ram, world->mm[mm].vm, FRAME_DATA, 1);
}

static bool has_room(const struct world *world, unsigned mm, unsigned frames)
{
	return ram_has_room(&world->ram, world->mm[mm].vm, frames);
}

static void check_range(unsigned slot, unsigned count)
{
	CHECK(count > 0 && slot < WORLD_SPACE_PAGES && slot % WINDOW_PAGES + count <= WINDOW_PAGES,
	      "slots %u + %u leave the window", slot, count);
}

/* Write-only does not exist in a page table. */
static uint8_t normal_prot(unsigned prot)
{
	CHECK(prot && !(prot & ~(unsigned)(PT_READ | PT_WRITE)), "prot %u", prot);
	return (uint8_t)(prot & PT_WRITE ? PT_READ | PT_WRITE : PT_READ);
}

static uint64_t page_desc(const struct world_page *page)
{
	if (!page->mapped || page->swapped)
		return 0;
	return pgtable_leaf(page->pa, page->cow ? PT_READ : page->prot);
}

bool world_sync_slot(struct world *world, unsigned mm, unsigned slot)
{
	struct world_mm *space = &world->mm[mm];
	uint64_t desc = page_desc(&space->page[slot]), va = world_slot_va(slot);

	if (pgtable_lookup(space->root, va) == desc)
		return false;
	/* Callers made sure that there is room; without tables the descriptor was 0 already. */
	CHECK(pgtable_set(world, space->root, va, desc) == 0, "slot %u: no room for tables", slot);
	space->dirty |= 1u << slot;
	return true;
}

void world_prune_slots(struct world *world, unsigned mm, uint32_t slots,
		       struct pgtable_unlinked *out)
{
	for (unsigned slot = 0; slot < WORLD_SPACE_PAGES; slot += WINDOW_PAGES) {
		uint64_t start = world_slot_va(slot);

		if (slots >> slot & ((1u << WINDOW_PAGES) - 1))
			pgtable_prune(world, world->mm[mm].root, start,
				      start + (uint64_t)WINDOW_PAGES * WORLD_FRAME_SIZE, out);
	}
}

/* Change one slot and tell: for changes that free nothing. */
static void sync_and_notify(struct world *world, unsigned mm, unsigned slot)
{
	if (world_sync_slot(world, mm, slot))
		world_notify_slots(world, mm, 1u << slot);
}

/*
 * Break before make: the slot is taken out of the table, notified, and comes back with a copy of
 * its frame. The old frame is dropped last (D-1). Its right to write comes with the copy.
 */
static int replace_frame(struct world *world, unsigned mm, unsigned slot, bool cow)
{
	struct world_page *page = &world->mm[mm].page[slot];
	uint64_t old = page->pa, new;

	if (!has_room(world, mm, WORLD_SPACE_TABLES))
		return -ENOMEM;
	new = data_frame(world, mm);
	page->mapped = 0;
	sync_and_notify(world, mm, slot);
	/* Only now can no device write to the old frame any more. */
	memcpy((void *)(uintptr_t) new, (const void *)(uintptr_t)old, WORLD_CONTENT_BYTES);
	page->mapped = 1;
	page->swapped = 0;
	page->cow = cow;
	page->pa = new;
	world_sync_slot(world, mm, slot);
	world_frame_put(world, old);
	return 0;
}

int world_mmap(struct world *world, unsigned task, unsigned slot, unsigned count, unsigned prot)
{
	unsigned mm = mm_of(world, task);
	struct world_page *page = page_of(world, task, slot);

	check_range(slot, count);
	for (unsigned i = 0; i < count; i++) {
		if (page[i].mapped)
			return -EEXIST;
	}
	if (!has_room(world, mm, WORLD_SPACE_TABLES + count))
		return -ENOMEM;
	/* Invalid to valid: nobody holds anything, nobody is told (3.21.1). */
	for (unsigned i = 0; i < count; i++) {
		page[i] = (struct world_page){
			.pa = data_frame(world, mm),
			.prot = normal_prot(prot),
			.mapped = 1,
		};
		world_sync_slot(world, mm, slot + i);
	}
	return 0;
}

int world_munmap(struct world *world, unsigned task, unsigned slot, unsigned count)
{
	unsigned mm = mm_of(world, task), num_data = 0;
	struct world_page *page = page_of(world, task, slot);
	uint64_t start = world_slot_va(slot), end = start + (uint64_t)count * WORLD_FRAME_SIZE;
	uint64_t data[WINDOW_PAGES];
	struct pgtable_unlinked unlinked;

	check_range(slot, count);
	for (unsigned i = 0; i < count; i++) {
		if (!page[i].mapped)
			continue;
		data[num_data++] = page[i].pa;
		page[i] = (struct world_page){0};
		world_sync_slot(world, mm, slot + i);
	}
	if (!num_data)
		return 0;
	unlinked.count = 0;
	pgtable_prune(world, world->mm[mm].root, start, end, &unlinked);
	world_notify(world, mm, start, end);
	for (unsigned i = 0; i < num_data; i++)
		world_frame_put(world, data[i]);
	pgtable_free_tables(world, &unlinked);
	return 0;
}

int world_mprotect(struct world *world, unsigned task, unsigned slot, unsigned count, unsigned prot)
{
	unsigned mm = mm_of(world, task), i;
	struct world_page *page = page_of(world, task, slot);
	uint32_t changed = 0;

	check_range(slot, count);
	for (i = 0; i < count && page[i].mapped; i++) {
		page[i].prot = normal_prot(prot);
		if (world_sync_slot(world, mm, slot + i))
			changed |= 1u << (slot + i);
	}
	/* More rights are told too (E-20). */
	world_notify_slots(world, mm, changed);
	return i < count ? -ENOMEM : 0;
}

int world_mremap(struct world *world, unsigned task, unsigned from, unsigned to)
{
	unsigned mm = mm_of(world, task);
	struct world_page *old = page_of(world, task, from), *new = page_of(world, task, to);
	uint64_t start = world_slot_va(from);
	struct world_page moved = *old;
	struct pgtable_unlinked unlinked;

	if (from == to) /* mremap(2): the ranges overlap */
		return -EINVAL;
	if (!old->mapped)
		return -EFAULT;
	if (new->mapped)
		return -EEXIST;
	if (!has_room(world, mm, WORLD_SPACE_TABLES))
		return -ENOMEM;
	*old = (struct world_page){0};
	world_sync_slot(world, mm, from);
	unlinked.count = 0;
	pgtable_prune(world, world->mm[mm].root, start, start + WORLD_FRAME_SIZE, &unlinked);
	world_notify(world, mm, start, start + WORLD_FRAME_SIZE);
	pgtable_free_tables(world, &unlinked);
	*new = moved;
	world_sync_slot(world, mm, to);
	return 0;
}

/* What reclaim and migration ask of a page: present, and of one mapping only. */
static int exclusive(const struct world *world, const struct world_page *page)
{
	if (!page->mapped || page->swapped)
		return -EFAULT;
	return ram_refs(&world->ram, page->pa) > 1 ? -EBUSY : 0;
}

int world_migrate(struct world *world, unsigned task, unsigned slot)
{
	const struct world_page *page = page_of(world, task, slot);
	int error = exclusive(world, page);

	return error ? error : replace_frame(world, mm_of(world, task), slot, page->cow);
}

int world_swap_out(struct world *world, unsigned task, unsigned slot)
{
	struct world_page *page = page_of(world, task, slot);
	int error = exclusive(world, page);

	if (error)
		return error;
	page->swapped = 1;
	sync_and_notify(world, mm_of(world, task), slot);
	return 0;
}

static int swap_in(struct world *world, unsigned mm, unsigned slot)
{
	/* Neighbours may have gone since, and the tables with them. */
	if (!has_room(world, mm, WORLD_SPACE_TABLES))
		return -ENOMEM;
	world->mm[mm].page[slot].swapped = 0;
	world_sync_slot(world, mm, slot);
	return 0;
}

/* The content of a page, found as the CPU finds it: through the page table. */
static uint32_t *content(const struct world *world, unsigned mm, unsigned slot, bool write)
{
	uint64_t desc = pgtable_lookup(world->mm[mm].root, world_slot_va(slot));

	CHECK(desc & PT_VALID && !(write && desc & PT_AP_RO), "descriptor %#llx of slot %u",
	      (unsigned long long)desc, slot);
	return (uint32_t *)(uintptr_t)world_memory_at(world->mm[mm].vm, desc & PT_ADDR_MASK);
}

/* A write to a copy-on-write page: the last mapping takes the frame over, others get a copy. */
static int break_cow(struct world *world, unsigned mm, unsigned slot)
{
	struct world_page *page = &world->mm[mm].page[slot];

	if (ram_refs(&world->ram, page->pa) > 1)
		return replace_frame(world, mm, slot, false);
	page->cow = 0;
	if (page->swapped)
		return swap_in(world, mm, slot);
	sync_and_notify(world, mm, slot); /* RO to RW in place: told as well (E-20) */
	return 0;
}

/* What an access needs: rights of the mapping, the page present, and for a write its own. */
static int fault_in(struct world *world, unsigned mm, unsigned slot, bool write)
{
	const struct world_page *page = &world->mm[mm].page[slot];

	if (!page->mapped || !(page->prot & (write ? PT_WRITE : PT_READ)))
		return -EFAULT;
	if (write && page->cow)
		return break_cow(world, mm, slot);
	return page->swapped ? swap_in(world, mm, slot) : 0;
}

int world_cpu_read(struct world *world, unsigned task, unsigned slot, uint32_t *value)
{
	unsigned mm = mm_of(world, task);
	int error;

	CHECK(slot < WORLD_SPACE_PAGES, "slot %u", slot);
	error = fault_in(world, mm, slot, false);
	if (!error)
		*value = *content(world, mm, slot, false);
	return error;
}

int world_cpu_write(struct world *world, unsigned task, unsigned slot, uint32_t value)
{
	unsigned mm = mm_of(world, task);
	int error;

	CHECK(slot < WORLD_SPACE_PAGES, "slot %u", slot);
	error = fault_in(world, mm, slot, true);
	if (!error)
		*content(world, mm, slot, true) = value;
	return error;
}

/* The first mapping that ends above `va`, or WORLD_SPACE_PAGES: slots are in order of address. */
static unsigned slot_above(const struct world *world, unsigned mm, uint64_t va)
{
	unsigned slot = 0;

	CHECK(mm < WORLD_MAX_MMS, "mm %u", mm);
	while (slot < WORLD_SPACE_PAGES &&
	       (!world->mm[mm].page[slot].mapped || world_slot_va(slot) + WORLD_FRAME_SIZE <= va))
		slot++;
	return slot;
}

bool world_mm_mapping(const struct world *world, unsigned mm, uint64_t va, uint64_t *start,
		      uint64_t *end, unsigned *prot)
{
	unsigned slot = slot_above(world, mm, va);

	if (slot == WORLD_SPACE_PAGES)
		return false;
	*start = world_slot_va(slot);
	*end = *start + WORLD_FRAME_SIZE;
	*prot = world->mm[mm].page[slot].prot;
	return true;
}

int world_mm_fault(struct world *world, unsigned mm, uint64_t va, bool write)
{
	unsigned slot = slot_above(world, mm, va);

	world_might_sleep(world);
	if (!world_mm_alive(world, mm) || slot == WORLD_SPACE_PAGES || world_slot_va(slot) > va)
		return -EFAULT;
	return fault_in(world, mm, slot, write);
}
