/* SPDX-License-Identifier: MIT */
/*
 * Contract: results as the law's (svaref.h, process side); tables change first, notifiers hear of
 * it next, frames and tables are freed last (D-1, D-6); upgrades are notified too (E-20).
 * Run: the program itself; exit status 0 means that all tests passed.
 */
#include "fixture.h"

#include <errno.h>

enum { R = PT_READ, W = PT_WRITE, RW = PT_READ | PT_WRITE };

/* A process p0 in mm 0 with `count` pages from slot 0, watched by the recorder. */
static struct world *watched(struct recorder *recorder, unsigned count, unsigned prot)
{
	struct world *world = fresh_world();

	connect_recorder(recorder, world);
	assert_int_equal(world_spawn(world, 0), 0);
	if (count)
		assert_int_equal(world_mmap(world, 0, 0, count, prot), 0);
	world_notifier_register(world, 0, &recorder_ops, recorder);
	world_take_dirty(world, 0);
	recorder->ptes = true;
	forget(recorder);
	return world;
}

static uint64_t frame_of_slot(const struct world *world, unsigned slot)
{
	return world->mm[0].page[slot].pa;
}

static void mmap_populates_all_or_nothing(void **state)
{
	struct recorder recorder;
	struct world *world = watched(&recorder, 0, 0);
	uint32_t value = 1;

	(void)state;
	assert_int_equal(world_mmap(world, 0, 1, 1, R), 0);
	assert_int_equal(world_mmap(world, 0, 0, 2, RW), -EEXIST);
	assert_int_equal(world_cpu_read(world, 0, 0, &value), -EFAULT);
	assert_int_equal(world_cpu_read(world, 0, 1, &value), 0);
	assert_int_equal(value, 0);
	assert_int_equal(world_cpu_write(world, 0, 1, 5), -EFAULT);
	assert_int_equal(world_take_dirty(world, 0), 2);
	assert_int_equal(world_take_dirty(world, 0), 0);
	assert_null(strstr(recorder.text, "inval"));
}

static void write_implies_read(void **state)
{
	struct recorder recorder;
	struct world *world = watched(&recorder, 1, W);
	uint32_t value = 0;

	(void)state;
	assert_int_equal(world_cpu_write(world, 0, 0, 7), 0);
	assert_int_equal(world_cpu_read(world, 0, 0, &value), 0);
	assert_int_equal(value, 7);
}

static void munmap_notifies_the_whole_range_once_before_it_frees(void **state)
{
	struct recorder recorder;
	struct world *world = watched(&recorder, 2, RW);

	(void)state;
	recorder.must_live = frame_of_slot(world, 1);
	recorder.must_be_gone = 0x11000;
	assert_int_equal(world_munmap(world, 0, 1, 3), 0);
	assert_string_equal(recorder.text, "pte 11000/3 rw -; inval 11000-14000; "
					   "notified 11000-14000; free data; ");
	forget(&recorder);
	recorder.must_live = frame_of_slot(world, 0);
	assert_int_equal(world_munmap(world, 0, 0, 1), 0);
	assert_string_equal(recorder.text, "pte 10000/3 rw -; unlink 0/2; unlink 0/1; unlink 0/0; "
					   "inval 10000-11000; notified 10000-11000; "
					   "free data; free table; free table; free table; ");
	assert_int_equal(world_take_dirty(world, 0), 3);
	assert_int_equal(world->ram.in_use[FRAME_TABLE], 1);
}

static void munmap_of_nothing_tells_nobody(void **state)
{
	struct recorder recorder;
	struct world *world = watched(&recorder, 1, RW);

	(void)state;
	assert_int_equal(world_munmap(world, 0, 4, 2), 0);
	assert_string_equal(recorder.text, "");
}

static void mprotect_notifies_only_slots_that_change_in_both_directions(void **state)
{
	struct recorder recorder;
	struct world *world = watched(&recorder, 3, RW);

	(void)state;
	assert_int_equal(world_mprotect(world, 0, 1, 1, R), 0);
	assert_string_equal(recorder.text,
			    "pte 11000/3 rw ro; inval 11000-12000; notified 11000-12000; ");
	forget(&recorder);
	assert_int_equal(world_mprotect(world, 0, 0, 3, R), 0);
	assert_string_equal(recorder.text, "pte 10000/3 rw ro; pte 12000/3 rw ro; "
					   "inval 10000-11000; notified 10000-11000; "
					   "inval 12000-13000; notified 12000-13000; ");
	forget(&recorder);
	assert_int_equal(world_mprotect(world, 0, 0, 1, RW), 0);
	assert_string_equal(recorder.text,
			    "pte 10000/3 ro rw; inval 10000-11000; notified 10000-11000; ");
}

static void mprotect_stops_at_a_hole_after_changing_what_is_before(void **state)
{
	struct recorder recorder;
	struct world *world = watched(&recorder, 1, RW);

	(void)state;
	world_mmap(world, 0, 2, 1, RW);
	forget(&recorder);
	assert_int_equal(world_mprotect(world, 0, 0, 3, R), -ENOMEM);
	assert_string_equal(recorder.text,
			    "pte 10000/3 rw ro; inval 10000-11000; notified 10000-11000; ");
	assert_int_equal(world_cpu_write(world, 0, 2, 1), 0);
	assert_int_equal(world_cpu_write(world, 0, 0, 1), -EFAULT);
}

static void mremap_moves_the_frame_and_notifies_the_old_place(void **state)
{
	struct recorder recorder;
	struct world *world = watched(&recorder, 1, RW);
	uint64_t frame = frame_of_slot(world, 0);
	uint32_t value = 0;

	(void)state;
	assert_int_equal(world_mremap(world, 0, 5, 6), -EFAULT);
	assert_int_equal(world_mremap(world, 0, 0, 0), -EINVAL);
	world_mmap(world, 0, 31, 1, R);
	assert_int_equal(world_mremap(world, 0, 0, 31), -EEXIST);
	world_munmap(world, 0, 31, 1);
	world_cpu_write(world, 0, 0, 9);
	forget(&recorder);
	recorder.must_be_gone = 0x10000;
	assert_int_equal(world_mremap(world, 0, 0, 12), 0);
	assert_string_equal(recorder.text,
			    "pte 10000/3 rw -; unlink 0/2; unlink 0/1; unlink 0/0; "
			    "inval 10000-11000; notified 10000-11000; "
			    "free table; free table; free table; "
			    "link 0/0; link 0/1; link 200000/2; pte 200000/3 - rw; ");
	assert_int_equal(frame_of_slot(world, 12), frame);
	assert_int_equal(world_cpu_read(world, 0, 12, &value), 0);
	assert_int_equal(value, 9);
	assert_int_equal(world_cpu_read(world, 0, 0, &value), -EFAULT);
}

static void cow_copy_breaks_before_it_makes_and_drops_the_old_frame_last(void **state)
{
	struct recorder recorder;
	struct world *world = watched(&recorder, 1, RW);
	uint64_t shared = frame_of_slot(world, 0);
	uint32_t value = 0;

	(void)state;
	world_cpu_write(world, 0, 0, 11);
	world_fork(world, 0, 1);
	world_take_dirty(world, 0);
	forget(&recorder);
	recorder.must_live = shared;
	recorder.must_be_gone = 0x10000;
	assert_int_equal(world_cpu_write(world, 0, 0, 12), 0);
	assert_string_equal(recorder.text, "pte 10000/3 ro -; inval 10000-11000; "
					   "notified 10000-11000; pte 10000/3 - rw; ");
	assert_int_not_equal(frame_of_slot(world, 0), shared);
	assert_int_equal(ram_refs(&world->ram, shared), 1);
	assert_int_equal(world_take_dirty(world, 0), 1);
	assert_int_equal(world_cpu_read(world, 1, 0, &value), 0);
	assert_int_equal(value, 11);
}

static void last_owner_of_a_cow_page_is_upgraded_in_place_and_notified(void **state)
{
	struct recorder recorder;
	struct world *world = watched(&recorder, 1, RW);
	uint64_t frame = frame_of_slot(world, 0);

	(void)state;
	world_fork(world, 0, 1);
	world_exit(world, 1);
	forget(&recorder);
	assert_int_equal(world_cpu_write(world, 0, 0, 12), 0);
	assert_string_equal(recorder.text,
			    "pte 10000/3 ro rw; inval 10000-11000; notified 10000-11000; ");
	assert_int_equal(frame_of_slot(world, 0), frame);
	forget(&recorder);
	assert_int_equal(world_cpu_write(world, 0, 0, 13), 0);
	assert_string_equal(recorder.text, "");
}

static void cow_does_not_lend_rights(void **state)
{
	struct recorder recorder;
	struct world *world = watched(&recorder, 1, RW);

	(void)state;
	world_fork(world, 0, 1);
	forget(&recorder);
	assert_int_equal(world_mprotect(world, 0, 0, 1, R), 0);
	assert_int_equal(world_cpu_write(world, 0, 0, 1), -EFAULT);
	/* Rights come back, but the page stays shared: no descriptor changes. */
	assert_int_equal(world_mprotect(world, 0, 0, 1, RW), 0);
	assert_string_equal(recorder.text, "");
	assert_int_equal(world_cpu_write(world, 0, 0, 1), 0);
}

static void migration_copies_after_the_notifier_and_frees_the_old_frame(void **state)
{
	struct recorder recorder;
	struct world *world = watched(&recorder, 1, RW);
	uint64_t old = frame_of_slot(world, 0);
	uint32_t value = 0;

	(void)state;
	world_cpu_write(world, 0, 0, 21);
	recorder.must_live = old;
	recorder.must_be_gone = 0x10000;
	assert_int_equal(world_migrate(world, 0, 0), 0);
	assert_string_equal(recorder.text, "pte 10000/3 rw -; inval 10000-11000; "
					   "notified 10000-11000; pte 10000/3 - rw; free data; ");
	assert_int_not_equal(frame_of_slot(world, 0), old);
	assert_false(ram_live(&world->ram, old));
	world_cpu_read(world, 0, 0, &value);
	assert_int_equal(value, 21);
}

static void shared_or_absent_pages_are_neither_migrated_nor_swapped(void **state)
{
	struct recorder recorder;
	struct world *world = watched(&recorder, 1, RW);

	(void)state;
	assert_int_equal(world_migrate(world, 0, 1), -EFAULT);
	assert_int_equal(world_swap_out(world, 0, 1), -EFAULT);
	world_fork(world, 0, 1);
	forget(&recorder);
	assert_int_equal(world_migrate(world, 0, 0), -EBUSY);
	assert_int_equal(world_swap_out(world, 1, 0), -EBUSY);
	world_exit(world, 1);
	assert_int_equal(world_swap_out(world, 0, 0), 0);
	assert_int_equal(world_swap_out(world, 0, 0), -EFAULT);
	assert_int_equal(world_migrate(world, 0, 0), -EFAULT);
}

static void migrated_cow_page_stays_copy_on_write(void **state)
{
	struct recorder recorder;
	struct world *world = watched(&recorder, 1, RW);

	(void)state;
	world_fork(world, 0, 1);
	world_exit(world, 1);
	assert_int_equal(world_migrate(world, 0, 0), 0);
	forget(&recorder);
	assert_int_equal(world_cpu_write(world, 0, 0, 1), 0);
	assert_string_equal(recorder.text,
			    "pte 10000/3 ro rw; inval 10000-11000; notified 10000-11000; ");
}

static void swap_out_notifies_and_the_cpu_brings_the_page_back_in_silence(void **state)
{
	struct recorder recorder;
	struct world *world = watched(&recorder, 1, RW);
	uint32_t value = 0;

	(void)state;
	world_cpu_write(world, 0, 0, 31);
	recorder.must_be_gone = 0x10000;
	assert_int_equal(world_swap_out(world, 0, 0), 0);
	assert_string_equal(recorder.text,
			    "pte 10000/3 rw -; inval 10000-11000; notified 10000-11000; ");
	forget(&recorder);
	assert_int_equal(world_mprotect(world, 0, 0, 1, R), 0);
	assert_int_equal(world_cpu_write(world, 0, 0, 1), -EFAULT);
	assert_string_equal(recorder.text, "");
	assert_int_equal(world_cpu_read(world, 0, 0, &value), 0);
	assert_int_equal(value, 31);
	assert_string_equal(recorder.text, "pte 10000/3 - ro; ");
}

static void swap_in_rebuilds_tables_that_neighbours_took_along(void **state)
{
	struct recorder recorder;
	struct world *world = watched(&recorder, 2, RW);
	uint32_t value = 0;

	(void)state;
	world_cpu_write(world, 0, 0, 41);
	world_swap_out(world, 0, 0);
	world_munmap(world, 0, 1, 1);
	assert_int_equal(world->ram.in_use[FRAME_TABLE], 1);
	assert_int_equal(world_cpu_read(world, 0, 0, &value), 0);
	assert_int_equal(value, 41);
	assert_int_equal(world->ram.in_use[FRAME_TABLE], 4);
}

static void swapped_page_is_shared_by_fork_and_copied_by_a_write(void **state)
{
	struct recorder recorder;
	struct world *world = watched(&recorder, 1, RW);
	uint32_t value = 0;

	(void)state;
	world_cpu_write(world, 0, 0, 51);
	world_swap_out(world, 0, 0);
	world_fork(world, 0, 1);
	forget(&recorder);
	assert_int_equal(world_cpu_write(world, 1, 0, 52), 0);
	assert_null(strstr(recorder.text, "notified")); /* it was not there before */
	assert_int_equal(world_cpu_read(world, 0, 0, &value), 0);
	assert_int_equal(value, 51);
	assert_int_equal(world_cpu_write(world, 0, 0, 53), 0);
	assert_int_equal(world_cpu_read(world, 1, 0, &value), 0);
	assert_int_equal(value, 52);
}

static void munmap_of_a_swapped_page_frees_its_frame(void **state)
{
	struct recorder recorder;
	struct world *world = watched(&recorder, 1, RW);

	(void)state;
	world_swap_out(world, 0, 0);
	world_munmap(world, 0, 0, 1);
	assert_int_equal(world->ram.in_use[FRAME_DATA], 0);
	assert_int_equal(world->ram.in_use[FRAME_TABLE], 1);
}

static void without_room_nothing_changes(void **state)
{
	struct recorder recorder;
	struct world *world = watched(&recorder, 2, RW);

	(void)state;
	world_fork(world, 0, 1);
	world_swap_out(world, 0, 1);
	while (ram_has_room(&world->ram, WORLD_MAX_VMS, 1))
		ram_alloc(&world->ram, FRAME_DRIVER, 1);
	forget(&recorder);
	assert_int_equal(world_mmap(world, 0, 4, 1, RW), -ENOMEM);
	assert_int_equal(world_cpu_write(world, 0, 0, 1), -ENOMEM);
	assert_int_equal(world_mremap(world, 0, 0, 9), -ENOMEM);
	assert_string_equal(recorder.text, "");
	world_exit(world, 0);
	world_exit(world, 1);
	assert_int_equal(world->ram.in_use[FRAME_DATA], 0);
	assert_int_equal(world->ram.in_use[FRAME_TABLE], 0);
}

static void a_mapping_is_found_at_or_above_an_address(void **state)
{
	struct recorder recorder;
	struct world *world = watched(&recorder, 0, 0);
	uint64_t start = 0, end = 0;
	unsigned prot = 0;

	(void)state;
	assert_false(world_mm_mapping(world, 0, 0, &start, &end, &prot));
	assert_int_equal(world_mmap(world, 0, 2, 1, R), 0);
	assert_int_equal(world_mmap(world, 0, 8, 1, RW), 0);
	assert_true(world_mm_mapping(world, 0, 0, &start, &end, &prot));
	assert_true(start == 0x12000 && end == 0x13000 && prot == R);
	assert_true(world_mm_mapping(world, 0, 0x12fff, &start, &end, &prot));
	assert_true(start == 0x12000);
	assert_true(world_mm_mapping(world, 0, 0x13000, &start, &end, &prot));
	assert_true(start == 0x1fc000 && end == 0x1fd000 && prot == RW);
	assert_false(world_mm_mapping(world, 0, 0x1fd000, &start, &end, &prot));
	/* Rights of the mapping, not of its descriptor. */
	world_fork(world, 0, 1);
	assert_true(world_mm_mapping(world, 0, 0x1fc000, &start, &end, &prot));
	assert_int_equal(prot, RW);
	world_exit(world, 0);
	assert_false(world_mm_mapping(world, 0, 0, &start, &end, &prot));
}

static void a_fault_needs_a_mapping_with_the_right(void **state)
{
	struct recorder recorder;
	struct world *world = watched(&recorder, 1, R);

	(void)state;
	assert_int_equal(world_mm_fault(world, 0, 0x10abc, false), 0);
	assert_int_equal(world_mm_fault(world, 0, 0x10000, true), -EFAULT);
	assert_int_equal(world_mm_fault(world, 0, 0x11000, false), -EFAULT);
	/* Below a mapping, and outside of every window. */
	assert_int_equal(world_mm_fault(world, 0, 0xf000, false), -EFAULT);
	assert_int_equal(world_mm_fault(world, 0, 1ull << 45, false), -EFAULT);
	assert_string_equal(recorder.text, "");
	world_mm_grab(world, 0);
	world_exit(world, 0);
	assert_int_equal(world_mm_fault(world, 0, 0x10000, false), -EFAULT);
}

/* What a CPU access would do: the same notifications, and the page is there afterwards. */
static void a_fault_brings_the_page_in_and_breaks_copy_on_write(void **state)
{
	struct recorder recorder;
	struct world *world = watched(&recorder, 1, RW);
	uint64_t frame = frame_of_slot(world, 0), root = world_mm_root(world, 0);
	uint32_t value = 0;

	(void)state;
	world_cpu_write(world, 0, 0, 7);
	world_swap_out(world, 0, 0);
	forget(&recorder);
	assert_int_equal(world_mm_fault(world, 0, 0x10000, false), 0);
	assert_string_equal(recorder.text, "pte 10000/3 - rw; ");
	world_fork(world, 0, 1);
	forget(&recorder);
	assert_int_equal(world_mm_fault(world, 0, 0x10000, false), 0);
	assert_int_equal(frame_of_slot(world, 0), frame);
	assert_string_equal(recorder.text, "");
	assert_int_equal(world_mm_fault(world, 0, 0x10000, true), 0);
	assert_int_not_equal(frame_of_slot(world, 0), frame);
	assert_false(pgtable_lookup(root, 0x10000) & PT_AP_RO);
	assert_non_null(strstr(recorder.text, "pte 10000/3 ro -; inval 10000-11000"));
	assert_int_equal(world_cpu_read(world, 0, 0, &value), 0);
	assert_int_equal(value, 7);
	/* The last owner takes the frame over in place (E-20). */
	forget(&recorder);
	assert_int_equal(world_mm_fault(world, world->task[1].mm, 0x10000, true), 0);
	assert_int_equal(world->mm[world->task[1].mm].page[0].pa, frame);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mmap_populates_all_or_nothing),
		cmocka_unit_test(write_implies_read),
		cmocka_unit_test(munmap_notifies_the_whole_range_once_before_it_frees),
		cmocka_unit_test(munmap_of_nothing_tells_nobody),
		cmocka_unit_test(mprotect_notifies_only_slots_that_change_in_both_directions),
		cmocka_unit_test(mprotect_stops_at_a_hole_after_changing_what_is_before),
		cmocka_unit_test(mremap_moves_the_frame_and_notifies_the_old_place),
		cmocka_unit_test(cow_copy_breaks_before_it_makes_and_drops_the_old_frame_last),
		cmocka_unit_test(last_owner_of_a_cow_page_is_upgraded_in_place_and_notified),
		cmocka_unit_test(cow_does_not_lend_rights),
		cmocka_unit_test(migration_copies_after_the_notifier_and_frees_the_old_frame),
		cmocka_unit_test(shared_or_absent_pages_are_neither_migrated_nor_swapped),
		cmocka_unit_test(migrated_cow_page_stays_copy_on_write),
		cmocka_unit_test(swap_out_notifies_and_the_cpu_brings_the_page_back_in_silence),
		cmocka_unit_test(swap_in_rebuilds_tables_that_neighbours_took_along),
		cmocka_unit_test(swapped_page_is_shared_by_fork_and_copied_by_a_write),
		cmocka_unit_test(munmap_of_a_swapped_page_frees_its_frame),
		cmocka_unit_test(without_room_nothing_changes),
		cmocka_unit_test(a_mapping_is_found_at_or_above_an_address),
		cmocka_unit_test(a_fault_needs_a_mapping_with_the_right),
		cmocka_unit_test(a_fault_brings_the_page_in_and_breaks_copy_on_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
