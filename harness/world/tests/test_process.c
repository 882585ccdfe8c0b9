/* SPDX-License-Identifier: MIT */
/*
 * Contract: tasks share and leave address spaces as A-46 .. A-48 say; the last user's exit calls
 * release once, with everything in place, and only then frees (D-9).
 * Run: the program itself; exit status 0 means that all tests passed.
 */
#include "fixture.h"

#include <errno.h>

enum { RW = PT_READ | PT_WRITE };

static unsigned frames(const struct world *world)
{
	return world->ram.in_use[FRAME_DATA] + world->ram.in_use[FRAME_TABLE];
}

static uint64_t desc_of(const struct world *world, unsigned task, unsigned slot)
{
	return pgtable_lookup(world->mm[world->task[task].mm].root, world_slot_va(slot));
}

static void fork_write_protects_the_parent_before_the_child_exists(void **state)
{
	struct world *world = fresh_world();
	struct recorder recorder;
	uint64_t before;

	(void)state;
	connect_recorder(&recorder, world);
	assert_int_equal(world_spawn(world, 0), 0);
	world_mmap(world, 0, 0, 2, RW);
	world_mmap(world, 0, 2, 1, PT_READ);
	world_mmap(world, 0, 3, 1, RW);
	world_mmap(world, 0, 7, 1, RW);
	world_mmap(world, 0, 8, 1, RW); /* in the next window: not adjacent */
	before = desc_of(world, 0, 0);
	world_notifier_register(world, 0, &recorder_ops, &recorder);
	world_take_dirty(world, 0);
	assert_int_equal(world_fork(world, 0, 1), 0);
	assert_string_equal(recorder.text, "inval 10000-12000; notified 10000-12000; "
					   "inval 13000-14000; notified 13000-14000; "
					   "inval 17000-18000; notified 17000-18000; "
					   "inval 1fc000-1fd000; notified 1fc000-1fd000; ");
	assert_int_equal(desc_of(world, 0, 0), before | PT_AP_RO);
	assert_int_equal(desc_of(world, 1, 0), before | PT_AP_RO);
	assert_int_equal(world_take_dirty(world, 0), 0x18b);
	assert_int_equal(world_take_dirty(world, 1), 0x18f);
	assert_int_equal(ram_refs(&world->ram, before & PT_ADDR_MASK), 2);
}

static void fork_copies_into_window_crossing_ranges_too(void **state)
{
	struct world *world = fresh_world();

	(void)state;
	world_spawn(world, 0);
	for (unsigned slot = 0; slot < WORLD_SPACE_PAGES; slot++) {
		world_mmap(world, 0, slot, 1, RW);
		world_cpu_write(world, 0, slot, 100 + slot);
	}
	world_fork(world, 0, 1);
	for (unsigned slot = 0; slot < WORLD_SPACE_PAGES; slot++) {
		uint32_t value = 0;

		assert_int_equal(world_cpu_read(world, 1, slot, &value), 0);
		assert_int_equal(value, 100 + slot);
	}
	world_exit(world, 0);
	world_exit(world, 1);
	assert_int_equal(frames(world), 0);
}

static void second_fork_of_protected_pages_notifies_nobody(void **state)
{
	struct world *world = fresh_world();
	struct recorder recorder;

	(void)state;
	connect_recorder(&recorder, world);
	world_spawn(world, 0);
	world_mmap(world, 0, 0, 1, RW);
	world_fork(world, 0, 1);
	forget(&recorder);
	world_fork(world, 0, 2);
	assert_string_equal(recorder.text, "");
	assert_int_equal(ram_refs(&world->ram, world->mm[0].page[0].pa), 3);
}

static void child_inherits_no_notifier(void **state)
{
	struct world *world = fresh_world();
	struct recorder recorder;

	(void)state;
	connect_recorder(&recorder, world);
	world_spawn(world, 0);
	world_notifier_register(world, 0, &recorder_ops, &recorder);
	world_fork(world, 0, 1);
	world_mmap(world, 1, 0, 1, RW);
	world_munmap(world, 1, 0, 1);
	assert_null(strstr(recorder.text, "inval"));
}

static void last_user_releases_before_anything_is_freed(void **state)
{
	struct world *world = fresh_world();
	struct recorder recorder;

	(void)state;
	connect_recorder(&recorder, world);
	world_spawn(world, 0);
	world_mmap(world, 0, 0, 1, RW);
	world_notifier_register(world, 0, &recorder_ops, &recorder);
	recorder.must_live = world->mm[0].page[0].pa;
	recorder.ptes = true;
	world_exit(world, 0);
	assert_string_equal(recorder.text, "release; notified 0-0; pte 10000/3 rw -; "
					   "unlink 0/2; unlink 0/1; unlink 0/0; free data; "
					   "free table; free table; free table; free table; ");
	assert_int_equal(frames(world), 0);
	assert_int_equal(world_mm_root(world, 0), 0);
	assert_false(world_task_alive(world, 0));
	assert_false(world->mm[0].exiting);
}

static void release_may_unregister_itself_between_others(void **state)
{
	struct world *world = fresh_world();
	struct recorder first, second;

	(void)state;
	connect_recorder(&second, world);
	connect_recorder(&first, world);
	first.unregister_on_release = true;
	world_spawn(world, 0);
	world_notifier_register(world, 0, &recorder_ops, &first);
	world_notifier_register(world, 0, &recorder_ops, &second);
	world_mm_grab(world, 0);
	world_exit(world, 0);
	assert_string_equal(second.text, "release; ");
	assert_null(world->mm[0].notifier[0].ops);
	assert_non_null(world->mm[0].notifier[1].ops);
	world_notifier_unregister(world, 0, &second); /* late, but still its right */
	assert_fails(world, WORLD_FAIL_BUG, world_notifier_unregister(world, 0, &second));
}

static void threads_and_vfork_children_keep_the_space_alive(void **state)
{
	struct world *world = fresh_world();
	struct recorder recorder;

	(void)state;
	connect_recorder(&recorder, world);
	world_spawn(world, 0);
	world_notifier_register(world, 0, &recorder_ops, &recorder);
	world_thread(world, 0, 1);
	world_clone_vm(world, 1, 2);
	assert_int_equal(world->mm[0].users, 3);
	assert_int_equal(world->task[1].group, 0);
	assert_int_equal(world->task[2].group, 2);
	world_exit_group(world, 1);
	assert_false(world_task_alive(world, 0));
	assert_false(world_task_alive(world, 1));
	assert_true(world_task_alive(world, 2));
	assert_string_equal(recorder.text, "");
	world_exit(world, 2);
	assert_string_equal(recorder.text, "release; notified 0-0; free table; ");
}

static void a_group_is_not_inherited_from_an_earlier_leader_of_the_slot(void **state)
{
	struct world *world = fresh_world();

	(void)state;
	world_spawn(world, 0);
	world_thread(world, 0, 1);
	world_thread(world, 0, 2);
	world_exit(world, 0);
	world_spawn(world, 0);
	assert_int_not_equal(world->task[0].group, world->task[1].group);
	world_exec(world, 2); /* leaves its threads behind */
	world_exit_group(world, 1);
	assert_false(world_task_alive(world, 1));
	assert_true(world_task_alive(world, 0));
	assert_true(world_task_alive(world, 2));
}

static void exec_gives_a_fresh_space_and_the_old_one_loses_a_user(void **state)
{
	struct world *world = fresh_world();
	struct recorder recorder;

	(void)state;
	connect_recorder(&recorder, world);
	world_spawn(world, 0);
	world_clone_vm(world, 0, 1);
	world_mmap(world, 0, 0, 1, RW);
	world_notifier_register(world, 0, &recorder_ops, &recorder);
	assert_int_equal(world_exec(world, 1), 0);
	assert_string_equal(recorder.text, "");
	assert_int_not_equal(world->task[0].mm, world->task[1].mm);
	assert_int_equal(desc_of(world, 1, 0), 0);
	world_exec(world, 0);
	assert_non_null(strstr(recorder.text, "release; notified 0-0; free data; "));
	assert_int_equal(world->ram.in_use[FRAME_DATA], 0);
	assert_int_equal(world->ram.in_use[FRAME_TABLE], 2);
}

static void a_grabbed_space_is_not_reused_until_dropped(void **state)
{
	struct world *world = fresh_world();

	(void)state;
	world_spawn(world, 0);
	world_mm_grab(world, 0);
	world_exit(world, 0);
	assert_false(world_mm_alive(world, 0));
	world_spawn(world, 0);
	assert_int_equal(world->task[0].mm, 1);
	world_mm_drop(world, 0);
	world_spawn(world, 1);
	assert_int_equal(world->task[1].mm, 0);
}

static void unbalanced_references_are_the_drivers_bug(void **state)
{
	struct world *world = fresh_world();

	(void)state;
	world_spawn(world, 0);
	assert_fails(world, WORLD_FAIL_BUG, world_mm_drop(world, 0));
	assert_fails(world, WORLD_FAIL_BUG, world_mm_grab(world, 1));
	world_mm_grab(world, 0);
	world_mm_drop(world, 0);
	assert_int_equal(world->mm[0].count, 1);
}

static void registering_needs_a_user_room_and_memory(void **state)
{
	struct world *world = fresh_world();
	struct recorder recorder;

	(void)state;
	connect_recorder(&recorder, world);
	assert_int_equal(world_notifier_register(world, 0, &recorder_ops, &recorder), -ESRCH);
	world_spawn(world, 0);
	world->fail_nth = 1;
	assert_int_equal(world_notifier_register(world, 0, &recorder_ops, &recorder), -ENOMEM);
	assert_true(world->alloc_failed);
	for (unsigned i = 0; i < WORLD_MAX_NOTIFIERS; i++)
		assert_int_equal(world_notifier_register(world, 0, &recorder_ops, &recorder), 0);
	assert_int_equal(world_notifier_register(world, 0, &recorder_ops, &recorder), -ENOMEM);
}

static void spawn_and_fork_without_room_change_nothing(void **state)
{
	struct world *world = fresh_world();
	struct recorder recorder;
	uint64_t filler;

	(void)state;
	connect_recorder(&recorder, world);
	world_spawn(world, 0);
	world_mmap(world, 0, 0, 1, RW);
	filler = ram_alloc(&world->ram, FRAME_DRIVER,
			   WORLD_HOST_FRAMES - world->ram.zone[WORLD_MAX_VMS].touched -
				   WORLD_SPACE_TABLES + 1);
	assert_int_not_equal(filler, 0);
	assert_int_equal(world_fork(world, 0, 1), -ENOMEM);
	assert_string_equal(recorder.text, "");
	assert_false(world_task_alive(world, 1));
	assert_int_equal(ram_refs(&world->ram, world->mm[0].page[0].pa), 1);
	while (ram_has_room(&world->ram, WORLD_MAX_VMS, 1))
		ram_alloc(&world->ram, FRAME_DRIVER, 1);
	assert_int_equal(world_spawn(world, 1), -ENOMEM);
	assert_int_equal(world_exec(world, 0), -ENOMEM);
	assert_int_equal(world->mm[1].count, 0);
}

static void reset_forgets_tasks_and_spaces(void **state)
{
	struct world *world = fresh_world();

	(void)state;
	world_spawn(world, 3);
	world_mmap(world, 3, 0, 8, RW);
	world_reset(world);
	for (unsigned task = 0; task < WORLD_MAX_TASKS; task++)
		assert_false(world_task_alive(world, task));
	assert_int_equal(frames(world), 0);
	assert_int_equal(world_mm_root(world, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fork_write_protects_the_parent_before_the_child_exists),
		cmocka_unit_test(fork_copies_into_window_crossing_ranges_too),
		cmocka_unit_test(second_fork_of_protected_pages_notifies_nobody),
		cmocka_unit_test(child_inherits_no_notifier),
		cmocka_unit_test(last_user_releases_before_anything_is_freed),
		cmocka_unit_test(release_may_unregister_itself_between_others),
		cmocka_unit_test(threads_and_vfork_children_keep_the_space_alive),
		cmocka_unit_test(a_group_is_not_inherited_from_an_earlier_leader_of_the_slot),
		cmocka_unit_test(exec_gives_a_fresh_space_and_the_old_one_loses_a_user),
		cmocka_unit_test(a_grabbed_space_is_not_reused_until_dropped),
		cmocka_unit_test(unbalanced_references_are_the_drivers_bug),
		cmocka_unit_test(registering_needs_a_user_room_and_memory),
		cmocka_unit_test(spawn_and_fork_without_room_change_nothing),
		cmocka_unit_test(reset_forgets_tasks_and_spaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
