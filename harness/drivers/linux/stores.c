// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stores of the image. The compiler announces each one before it happens (-fsanitize-coverage=
 * trace-stores); when the image does anything else that shows, what has changed is told to the
 * hardware, which so sees every step of an update and not only its end. Stream and CD tables are
 * reported by address, descriptors of page tables by their place in a tree.
 */
#include "linux.h"

#include <string.h>

enum { ENTRIES = 512, LEAF_LEVEL = 3, WORD = sizeof(uint64_t), CMDQ_BASE = 0x90, COMMAND = 16 };

static struct linux_table *table_at(struct linux_stores *stores, uint64_t pa)
{
	return &stores->table[(pa - WORLD_RAM_BASE) / WORLD_FRAME_SIZE];
}

static bool is_table(const struct linux_stores *stores, uint64_t pa)
{
	return ram_kind(&stores->world->ram, pa) == FRAME_TABLE;
}

static bool is_known(const struct linux_stores *stores, const struct linux_table *table)
{
	return table->epoch == stores->epoch;
}

static bool links(uint64_t desc, unsigned level)
{
	return level < LEAF_LEVEL && (desc & PT_TABLE) == PT_TABLE;
}

static uint64_t entry_va(const struct linux_table *table, unsigned index)
{
	return table->va + ((uint64_t)index << (39 - 9 * table->level));
}

void linux_stores_reset(struct linux_stores *stores, struct world *world)
{
	stores->world = world;
	stores->num_pending = 0;
	memset(stores->queue, 0, sizeof(stores->queue));
	stores->epoch++;
}

/* The subtree below a descriptor that is gone. Its frames are still there, or nobody's: a table
 * leaves its parent before it is freed. Depth is bounded by the four levels. */
static void forget(struct linux_stores *stores, uint64_t pa)
{
	struct linux_table *table = table_at(stores, pa);

	if (!is_table(stores, pa) || !is_known(stores, table))
		return;
	table->epoch = 0;
	for (unsigned i = 0; i < ENTRIES && table->level < LEAF_LEVEL; i++) {
		uint64_t desc = ram_load(pa + i * WORD);

		if (links(desc, table->level))
			forget(stores, desc & PT_ADDR_MASK);
	}
}

static void entry_changed(struct linux_stores *stores, const struct linux_table *table,
			  unsigned index, uint64_t old, uint64_t new);

/* A table can be reached from now on: so can all that already stands in it. */
static void learn(struct linux_stores *stores, uint64_t pa, struct linux_table place)
{
	struct linux_table *table = table_at(stores, pa);

	if (!is_table(stores, pa))
		return;
	*table = place;
	table->epoch = stores->epoch;
	for (unsigned i = 0; i < ENTRIES; i++) {
		uint64_t desc = ram_load(pa + i * WORD);

		if (desc)
			entry_changed(stores, table, i, 0, desc);
	}
}

static void entry_changed(struct linux_stores *stores, const struct linux_table *table,
			  unsigned index, uint64_t old, uint64_t new)
{
	/* A copy: what is below may be learnt or forgotten in the same array. */
	const struct linux_table at = *table;
	struct linux_table below = {
		.root = at.root, .va = entry_va(&at, index), .level = (uint8_t)(at.level + 1)};

	world_tell_pte(stores->world, at.root, below.va, at.level, old, new);
	if (links(old, at.level))
		forget(stores, old & PT_ADDR_MASK);
	if (links(new, at.level))
		learn(stores, new &PT_ADDR_MASK, below);
}

static void report(struct linux_stores *stores, uint64_t pa, uint64_t old, uint64_t new)
{
	const struct linux_table *table;

	if (!is_table(stores, pa)) {
		world_tell_store(stores->world, pa, old, new);
		return;
	}
	table = table_at(stores, pa);
	if (is_known(stores, table))
		entry_changed(stores, table, (unsigned)(pa % WORLD_FRAME_SIZE / WORD), old, new);
}

void linux_stores_flush(struct linux_stores *stores)
{
	unsigned count = stores->num_pending;

	stores->num_pending = 0;
	for (unsigned i = 0; i < count; i++) {
		uint64_t pa = stores->pending[i].pa, new = ram_load(pa);

		if (new != stores->pending[i].old)
			report(stores, pa, stores->pending[i].old, new);
	}
}

void linux_stores_announce(struct linux_stores *stores, uint64_t pa, unsigned size)
{
	uint64_t first = pa & ~(uint64_t)(WORD - 1);

	linux_stores_flush(stores);
	for (unsigned i = 0; i < LINUX_MAX_SMMUS; i++)
		if (pa - stores->queue[i].pa < stores->queue[i].size)
			return;
	for (uint64_t word = first; word < pa + size; word += WORD) {
		enum frame_kind kind = ram_kind(&stores->world->ram, word);

		if (kind == FRAME_FREE || kind == FRAME_DATA)
			world_fail(stores->world, WORLD_FAIL_BUG, "stores to a page that is %s",
				   kind == FRAME_DATA ? "a process's" : "free");
		CHECK(stores->num_pending < LINUX_STORE_WORDS, "a store of %u bytes", size);
		stores->pending[stores->num_pending].pa = word;
		stores->pending[stores->num_pending].old = ram_load(word);
		stores->num_pending++;
	}
}

void linux_stores_mmio(struct linux_stores *stores, unsigned smmu, unsigned offset, uint64_t value)
{
	if (offset != CMDQ_BASE)
		return;
	/* 6.3.25: ADDR [51:5], LOG2SIZE [4:0]. */
	stores->queue[smmu].pa = value & 0xfffffffffffe0ull;
	stores->queue[smmu].size = (uint64_t)COMMAND << (value & 0x1f);
}

void linux_stores_root(struct linux_stores *stores, uint64_t root)
{
	learn(stores, root, (struct linux_table){.root = root});
}

/* Alone: tables below are freed in their own right, some of them before. */
void linux_stores_freed(struct linux_stores *stores, uint64_t pa, unsigned frames)
{
	linux_stores_flush(stores);
	for (unsigned i = 0; i < frames; i++, pa += WORLD_FRAME_SIZE)
		if (ram_contains(pa, WORLD_FRAME_SIZE))
			table_at(stores, pa)->epoch = 0;
}
