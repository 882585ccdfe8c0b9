/* SPDX-License-Identifier: MIT */
/*
 * Contract: page tables are what an Arm table walk expects, every change is reported after the
 * store, and tables that became empty leave the tree before they are freed (D-6).
 * Run: the program itself; exit status 0 means that all tests passed.
 */
#include "fixture.h"

#include <errno.h>

/* A walk written apart from the code under test (Arm ARM D8.2, 4K granule). */
static uint64_t walk_by_hand(uint64_t root, uint64_t va)
{
	uint64_t l0 = ram_load(root + 8 * (va >> 39 & 511)), l1, l2;

	assert_int_equal(l0 & 3, 3);
	l1 = ram_load((l0 & 0xfffffffff000) + 8 * (va >> 30 & 511));
	assert_int_equal(l1 & 3, 3);
	l2 = ram_load((l1 & 0xfffffffff000) + 8 * (va >> 21 & 511));
	assert_int_equal(l2 & 3, 3);
	return ram_load((l2 & 0xfffffffff000) + 8 * (va >> 12 & 511));
}

static void leaf_descriptors_have_the_documented_bits(void **state)
{
	uint64_t rw = 0x0060000000000f43 & ~(1ull << 7);

	(void)state;
	/* XN, PXN; nG 11, AF 10, SH 0b11, AP[1] 6, AP[2] 7, AttrIndx 0, page 0b11. */
	assert_int_equal(pgtable_leaf(0x40005000, PT_READ | PT_WRITE), rw | 0x40005000);
	assert_int_equal(pgtable_leaf(0x40005000, PT_READ), rw | 0x40005000 | 1 << 7);
}

static void every_window_page_is_found_by_a_walk(void **state)
{
	struct world *world = fresh_world();
	uint64_t root = pgtable_alloc(world);

	(void)state;
	for (unsigned slot = 0; slot < WORLD_SPACE_PAGES; slot++) {
		uint64_t desc = pgtable_leaf(0x40100000 + slot * 4096, PT_READ);

		assert_int_equal(pgtable_lookup(root, world_slot_va(slot)), 0);
		assert_int_equal(pgtable_set(world, root, world_slot_va(slot), desc), 0);
	}
	for (unsigned slot = 0; slot < WORLD_SPACE_PAGES; slot++) {
		uint64_t desc = pgtable_leaf(0x40100000 + slot * 4096, PT_READ);

		assert_int_equal(walk_by_hand(root, world_slot_va(slot)), desc);
		assert_int_equal(pgtable_lookup(root, world_slot_va(slot)), desc);
	}
	assert_int_equal(world->ram.in_use[FRAME_TABLE], WORLD_SPACE_TABLES);
}

static void windows_cross_a_boundary_of_every_table_level(void **state)
{
	(void)state;
	assert_int_equal(world_slot_va(0), 0x10000);
	assert_int_equal(world_slot_va(8), 0x1fc000);
	assert_int_equal(world_slot_va(12), 1ull << 21);
	assert_int_equal(world_slot_va(20), 1ull << 30);
	assert_int_equal(world_slot_va(28), 1ull << 39);
	assert_int_equal(world_slot_va(31), (1ull << 39) + 0x3000);
}

static void stores_are_reported_from_the_top_with_the_range_start(void **state)
{
	struct world *world = fresh_world();
	uint64_t root = pgtable_alloc(world), va = 0x3ffff000;
	struct recorder recorder;

	(void)state;
	connect_recorder(&recorder, world);
	recorder.ptes = true;
	pgtable_set(world, root, va, pgtable_leaf(0x40100000, PT_READ));
	assert_string_equal(recorder.text,
			    "link 0/0; link 0/1; link 3fe00000/2; pte 3ffff000/3 - ro; ");
	forget(&recorder);
	pgtable_replace(world, root, va, pgtable_leaf(0x40100000, PT_READ | PT_WRITE));
	assert_string_equal(recorder.text, "pte 3ffff000/3 ro rw; ");
	forget(&recorder);
	pgtable_replace(world, root, va, pgtable_leaf(0x40100000, PT_READ | PT_WRITE));
	assert_string_equal(recorder.text, "");
}

static void check_after_store(void *ctx, uint64_t root, uint64_t va, unsigned level,
			      uint64_t old_desc, uint64_t new_desc)
{
	unsigned *reports = ctx;

	++*reports;
	assert_int_not_equal(old_desc, new_desc);
	if (level == 3)
		assert_int_equal(pgtable_lookup(root, va), new_desc);
}

static void reports_come_after_the_store(void **state)
{
	struct world *world = fresh_world();
	uint64_t root = pgtable_alloc(world);
	unsigned reports = 0;

	(void)state;
	world->port[0].ctx = &reports;
	world->port[0].pte = check_after_store;
	pgtable_set(world, root, 0x10000, pgtable_leaf(0x40100000, PT_READ));
	pgtable_replace(world, root, 0x10000, 0);
	assert_int_equal(reports, 5);
}

static void set_without_room_changes_nothing(void **state)
{
	struct world *world = fresh_world();
	uint64_t root = pgtable_alloc(world);
	struct recorder recorder;

	(void)state;
	connect_recorder(&recorder, world);
	recorder.ptes = true;
	ram_alloc(&world->ram, FRAME_DATA, WORLD_HOST_FRAMES - WORLD_RAM_FIRST - 3);
	assert_int_equal(pgtable_set(world, root, 0x10000, PT_PAGE), -ENOMEM);
	assert_string_equal(recorder.text, "");
	assert_int_equal(world->ram.in_use[FRAME_TABLE], 1);
	pgtable_free(world, root);
}

static void prune_unlinks_what_is_empty_and_nothing_else(void **state)
{
	struct world *world = fresh_world();
	uint64_t root = pgtable_alloc(world);
	struct pgtable_unlinked out = {0};
	struct recorder recorder;

	(void)state;
	connect_recorder(&recorder, world);
	recorder.ptes = true;
	pgtable_set(world, root, 0x1ff000, PT_PAGE); /* last page below 2 MiB */
	pgtable_set(world, root, 0x200000, PT_PAGE); /* first page above */
	pgtable_replace(world, root, 0x200000, 0);
	forget(&recorder);
	pgtable_prune(world, root, 0x1ff000, 0x201000, &out);
	assert_string_equal(recorder.text, "unlink 200000/2; ");
	assert_int_equal(out.count, 1);
	assert_int_equal(ram_kind(&world->ram, out.table[0]), FRAME_TABLE);
	pgtable_replace(world, root, 0x1ff000, 0);
	forget(&recorder);
	pgtable_prune(world, root, 0x1ff000, 0x200000, &out);
	assert_string_equal(recorder.text, "unlink 0/2; unlink 0/1; unlink 0/0; ");
	forget(&recorder);
	pgtable_free_tables(world, &out);
	assert_string_equal(recorder.text, "free table; free table; free table; free table; ");
	assert_int_equal(out.count, 0);
	pgtable_free(world, root);
	assert_int_equal(world->ram.in_use[FRAME_TABLE], 0);
}

static void prune_outside_its_range_leaves_empty_tables_alone(void **state)
{
	struct world *world = fresh_world();
	uint64_t root = pgtable_alloc(world);
	struct pgtable_unlinked out = {0};

	(void)state;
	pgtable_set(world, root, 0x10000, PT_PAGE);
	pgtable_replace(world, root, 0x10000, 0);
	pgtable_prune(world, root, 0x200000, 0x400000, &out);
	assert_int_equal(out.count, 0);
	pgtable_prune(world, root, 0x10000, 0x11000, &out);
	assert_int_equal(out.count, 3);
}

static void prune_across_a_boundary_does_not_wrap_around_in_a_table(void **state)
{
	struct world *world = fresh_world();
	uint64_t root = pgtable_alloc(world);
	struct pgtable_unlinked out = {0};
	struct recorder recorder;

	(void)state;
	connect_recorder(&recorder, world);
	pgtable_set(world, root, 0x0, PT_PAGE);
	pgtable_replace(world, root, 0x0, 0);
	pgtable_set(world, root, 0x3ffff000, PT_PAGE);
	pgtable_set(world, root, 0x40000000, PT_PAGE);
	recorder.ptes = true;
	pgtable_prune(world, root, 0x3fffc000, 0x40004000, &out);
	assert_string_equal(recorder.text, "");
	pgtable_prune(world, root, 0x0, 0x1000, &out);
	assert_string_equal(recorder.text, "unlink 0/2; ");
}

static void prune_stops_when_its_list_is_full_and_goes_on_later(void **state)
{
	struct world *world = fresh_world();
	uint64_t root = pgtable_alloc(world);
	struct pgtable_unlinked out = {0};

	(void)state;
	for (uint64_t i = 0; i < 130; i++) {
		pgtable_set(world, root, i << 21, PT_PAGE);
		pgtable_replace(world, root, i << 21, 0);
	}
	pgtable_prune(world, root, 0, 1ull << 48, &out);
	assert_int_equal(out.count, PGTABLE_MAX_UNLINKED);
	pgtable_free_tables(world, &out);
	pgtable_prune(world, root, 0, 1ull << 48, &out);
	assert_int_equal(out.count, 4);
	pgtable_free_tables(world, &out);
	pgtable_free(world, root);
	assert_int_equal(world->ram.in_use[FRAME_TABLE], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaf_descriptors_have_the_documented_bits),
		cmocka_unit_test(every_window_page_is_found_by_a_walk),
		cmocka_unit_test(windows_cross_a_boundary_of_every_table_level),
		cmocka_unit_test(stores_are_reported_from_the_top_with_the_range_start),
		cmocka_unit_test(reports_come_after_the_store),
		cmocka_unit_test(set_without_room_changes_nothing),
		cmocka_unit_test(prune_unlinks_what_is_empty_and_nothing_else),
		cmocka_unit_test(prune_outside_its_range_leaves_empty_tables_alone),
		cmocka_unit_test(prune_across_a_boundary_does_not_wrap_around_in_a_table),
		cmocka_unit_test(prune_stops_when_its_list_is_full_and_goes_on_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
