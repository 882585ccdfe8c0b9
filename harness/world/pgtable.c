/* SPDX-License-Identifier: MIT */
/* Page tables as the hardware reads them (Arm ARM D8.3): 512 descriptors a table, four levels. */
#include "internal.h"

#include <errno.h>
#include <string.h>

enum { LEVELS = 4, LEAF_LEVEL = LEVELS - 1, ENTRIES = 512 };

static unsigned level_shift(unsigned level)
{
	return 39 - 9 * level;
}

static uint64_t entry_address(uint64_t table, uint64_t va, unsigned level)
{
	return table + (va >> level_shift(level)) % ENTRIES * sizeof(uint64_t);
}

static bool is_table(uint64_t desc)
{
	return (desc & PT_TABLE) == PT_TABLE;
}

/* From what descriptors in the memory of a table hold to physical addresses: 0 on the host. */
static inline uint64_t bus_offset(uint64_t table)
{
	return table - world_bus_address(table);
}

static inline uint64_t next_table(uint64_t offset, uint64_t desc)
{
	return (desc & PT_ADDR_MASK) + offset;
}

/* The only way in which a descriptor changes: store, then tell the smmu. */
static void store_desc(struct world *world, uint64_t root, uint64_t entry, uint64_t va,
		       unsigned level, uint64_t desc)
{
	uint64_t old = ram_load(entry);

	if (old == desc)
		return;
	ram_store(entry, desc);
	world_tell_pte(world, root, va >> level_shift(level) << level_shift(level), level, old,
		       desc);
}

uint64_t pgtable_alloc(struct world *world)
{
	return pgtable_alloc_in(world, WORLD_MAX_VMS);
}

uint64_t pgtable_alloc_in(struct world *world, unsigned vm)
{
	return ram_alloc_in(&world->ram, vm, FRAME_TABLE, 1);
}

static bool table_is_empty(uint64_t table)
{
	const uint8_t *bytes = (const uint8_t *)(uintptr_t)table;

	/* The first descriptor is 0 and every other one equals its neighbour. */
	return ram_load(table) == 0 &&
	       memcmp(bytes, bytes + sizeof(uint64_t), WORLD_FRAME_SIZE - sizeof(uint64_t)) == 0;
}

void pgtable_free(struct world *world, uint64_t root)
{
	if (!table_is_empty(root))
		world_bug(world, "a page table that is freed is not empty");
	world_frame_put(world, root);
}

/* Where the walk for va ended: the leaf entry, or the entry where a table is missing. */
struct walk {
	uint64_t entry;
	unsigned level;
};

static struct walk walk(uint64_t root, uint64_t va)
{
	struct walk at = {.entry = entry_address(root, va, 0), .level = 0};
	uint64_t offset = bus_offset(root);

	while (at.level < LEAF_LEVEL) {
		uint64_t desc = ram_load(at.entry);

		if (!is_table(desc))
			break;
		at.level++;
		at.entry = entry_address(next_table(offset, desc), va, at.level);
	}
	return at;
}

uint64_t pgtable_lookup(uint64_t root, uint64_t va)
{
	struct walk at = walk(root, va);

	return at.level == LEAF_LEVEL ? ram_load(at.entry) : 0;
}

/* Tables of a private tree are the driver's allocations, and so may be made to fail. */
static bool is_private(const struct world *world, uint64_t root)
{
	for (unsigned mm = 0; mm < WORLD_MAX_MMS; mm++)
		if (world->mm[mm].root == root)
			return false;
	return true;
}

static bool tables_can_be_had(struct world *world, uint64_t root, unsigned missing)
{
	if (!ram_has_room(&world->ram, world_vm_of(root), missing))
		return false;
	if (!world->fail_nth || !missing || !is_private(world, root))
		return true;
	while (missing--)
		if (world_inject_failure(world))
			return false;
	return true;
}

int pgtable_set(struct world *world, uint64_t root, uint64_t va, uint64_t desc)
{
	struct walk at = walk(root, va);

	if (!tables_can_be_had(world, root, LEAF_LEVEL - at.level))
		return -ENOMEM;
	/* Link from the top, so that every report is about a descriptor that can be reached. */
	while (at.level < LEAF_LEVEL) {
		uint64_t table = pgtable_alloc_in(world, world_vm_of(root));

		store_desc(world, root, at.entry, va, at.level,
			   world_bus_address(table) | PT_TABLE);
		at.level++;
		at.entry = entry_address(table, va, at.level);
	}
	store_desc(world, root, at.entry, va, LEAF_LEVEL, desc);
	return 0;
}

uint64_t pgtable_leaf(uint64_t pa, unsigned prot)
{
	uint64_t desc = (world_bus_address(pa) & PT_ADDR_MASK) | PT_PAGE | PT_AP_USER |
			PT_SH_INNER | PT_AF | PT_NG | PT_PXN | PT_UXN;

	return prot & PT_WRITE ? desc : desc | PT_AP_RO;
}

void pgtable_replace(struct world *world, uint64_t root, uint64_t va, uint64_t desc)
{
	struct walk at = walk(root, va);

	CHECK(at.level == LEAF_LEVEL, "no table for %#llx at level %u", (unsigned long long)va,
	      at.level + 1);
	store_desc(world, root, at.entry, va, LEAF_LEVEL, desc);
}

/* [start, end) as far as the table at `level` reaches; `end` may be the end of the table. */
struct span {
	uint64_t start, end;
};

static void prune_table(struct world *world, uint64_t root, uint64_t table, unsigned level,
			struct span span, struct pgtable_unlinked *out)
{
	uint64_t step = 1ull << level_shift(level), next, offset = bus_offset(root);

	for (uint64_t va = span.start; va < span.end; va = next) {
		uint64_t entry = entry_address(table, va, level), desc = ram_load(entry), linked;
		struct span below = {.start = va};

		next = (va & ~(step - 1)) + step;
		if (!is_table(desc))
			continue;
		linked = next_table(offset, desc);
		below.end = next < span.end ? next : span.end;
		/* Depth is bounded by the four levels. */
		if (level + 1 < LEAF_LEVEL)
			prune_table(world, root, linked, level + 1, below, out);
		if (!table_is_empty(linked) || out->count == PGTABLE_MAX_UNLINKED)
			continue;
		store_desc(world, root, entry, va, level, 0);
		out->table[out->count++] = linked;
	}
}

void pgtable_prune(struct world *world, uint64_t root, uint64_t start, uint64_t end,
		   struct pgtable_unlinked *out)
{
	prune_table(world, root, root, 0, (struct span){.start = start, .end = end}, out);
}

void pgtable_free_tables(struct world *world, struct pgtable_unlinked *unlinked)
{
	for (unsigned i = 0; i < unlinked->count; i++)
		world_frame_put(world, unlinked->table[i]);
	unlinked->count = 0;
}
