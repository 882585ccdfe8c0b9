/* SPDX-License-Identifier: MIT */
/*
 * Contract: frames are zeroed, counted, recycled last-freed-first, poisoned when free, and a reset
 * frees all of them. Run: the program itself; exit status 0 means that all tests passed.
 */
#include "fixture.h"

static void single_frames_are_recycled_last_freed_first(void **state)
{
	struct world *world = fresh_world();
	uint64_t a = ram_alloc(&world->ram, FRAME_DATA, 1);
	uint64_t b = ram_alloc(&world->ram, FRAME_DATA, 1);

	(void)state;
	assert_int_equal(b, a + WORLD_FRAME_SIZE);
	world_frame_put(world, a);
	world_frame_put(world, b);
	assert_int_equal(ram_alloc(&world->ram, FRAME_DATA, 1), b);
	assert_int_equal(ram_alloc(&world->ram, FRAME_DATA, 1), a);
}

static void runs_are_adjacent_and_fresh(void **state)
{
	struct world *world = fresh_world();
	uint64_t single = ram_alloc(&world->ram, FRAME_DATA, 1), run;

	(void)state;
	world_frame_put(world, single);
	run = ram_alloc(&world->ram, FRAME_DRIVER, 3);
	assert_int_equal(run, single + WORLD_FRAME_SIZE);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(ram_kind(&world->ram, run + i * 4096), FRAME_DRIVER);
		assert_int_equal(ram_refs(&world->ram, run + i * 4096), 1);
	}
	assert_int_equal(world->ram.in_use[FRAME_DRIVER], 3);
}

static void reused_frames_are_zeroed(void **state)
{
	struct world *world = fresh_world();
	uint64_t pa = ram_alloc(&world->ram, FRAME_DRIVER, 1);

	(void)state;
	memset((void *)(uintptr_t)pa, 0xff, WORLD_FRAME_SIZE);
	world_frame_put(world, pa);
	assert_int_equal(ram_alloc(&world->ram, FRAME_DATA, 1), pa);
	assert_int_equal(ram_load(pa), 0);
	assert_int_equal(ram_load(pa + WORLD_CONTENT_BYTES - 8), 0);
	world_frame_put(world, pa);
	assert_int_equal(ram_alloc(&world->ram, FRAME_TABLE, 1), pa);
	for (unsigned i = 0; i < WORLD_FRAME_SIZE; i += 8)
		assert_int_equal(ram_load(pa + i), 0);
}

static void full_ram_gives_no_frame_and_reset_gives_all_back(void **state)
{
	struct world *world = fresh_world();
	unsigned all = WORLD_HOST_FRAMES - WORLD_RAM_FIRST;

	(void)state;
	assert_int_equal(ram_alloc(&world->ram, FRAME_DATA, all + 1), 0);
	assert_int_not_equal(ram_alloc(&world->ram, FRAME_DATA, all), 0);
	assert_int_equal(ram_alloc(&world->ram, FRAME_DATA, 1), 0);
	assert_false(ram_has_room(&world->ram, WORLD_MAX_VMS, 1));
	world_reset(world);
	assert_true(ram_has_room(&world->ram, WORLD_MAX_VMS, all));
	assert_false(ram_has_room(&world->ram, WORLD_MAX_VMS, all + 1));
	assert_int_equal(world->ram.in_use[FRAME_DATA], 0);
	assert_int_equal(world->ram.zone[WORLD_MAX_VMS].touched, WORLD_RAM_FIRST);
}

static void no_address_of_a_trace_is_memory(void **state)
{
	struct world *world = fresh_world();

	(void)state;
	ram_alloc(&world->ram, FRAME_DATA, WORLD_HOST_FRAMES - WORLD_RAM_FIRST);
	for (unsigned slot = 0; slot < WORLD_SPACE_PAGES; slot++)
		assert_false(ram_live(&world->ram, world_slot_va(slot)));
}

static void references_count_and_the_last_one_frees_after_the_hook(void **state)
{
	struct world *world = fresh_world();
	struct recorder recorder;
	uint64_t pa = ram_alloc(&world->ram, FRAME_DATA, 1);

	(void)state;
	connect_recorder(&recorder, world);
	ram_get(&world->ram, pa);
	assert_int_equal(ram_refs(&world->ram, pa), 2);
	world_frame_put(world, pa);
	assert_string_equal(recorder.text, "");
	assert_true(ram_live(&world->ram, pa));
	world_frame_put(world, pa);
	assert_string_equal(recorder.text, "free data; ");
	assert_false(ram_live(&world->ram, pa));
	assert_int_equal(ram_kind(&world->ram, pa), FRAME_FREE);
}

static void addresses_outside_ram_are_never_live(void **state)
{
	struct world *world = fresh_world();
	uint64_t end = WORLD_RAM_BASE + WORLD_RAM_SIZE;
	uint64_t last;

	(void)state;
	last = ram_alloc_in(&world->ram, WORLD_MAX_VMS - 1, FRAME_DATA, WORLD_VM_FRAMES);
	assert_int_not_equal(last, 0);
	assert_true(ram_contains(end - 8, 8));
	assert_false(ram_contains(end - 7, 8));
	assert_false(ram_contains(WORLD_RAM_BASE - 1, 1));
	assert_false(ram_contains(WORLD_RAM_BASE, UINT64_MAX));
	assert_false(ram_contains(UINT64_MAX, 8));
	assert_true(ram_live(&world->ram, end - 8));
	assert_false(ram_live(&world->ram, end));
	assert_false(ram_live(&world->ram, WORLD_RAM_BASE - 8));
	assert_false(ram_live(&world->ram, 0));
	assert_int_equal(ram_kind(&world->ram, 0), FRAME_FREE);
	assert_int_equal(ram_refs(&world->ram, end), 0);
}

static void a_doubleword_is_as_live_as_its_frame(void **state)
{
	struct world *world = fresh_world();
	uint64_t pa = ram_alloc(&world->ram, FRAME_DATA, 1);

	(void)state;
	assert_true(ram_live(&world->ram, pa + WORLD_FRAME_SIZE - 8));
	assert_false(ram_live(&world->ram, pa + WORLD_FRAME_SIZE));
	assert_false(ram_live(&world->ram, pa - 8));
}

static void mapping_a_taken_address_is_an_error_with_words(void **state)
{
	struct error error = {0};

	(void)state;
	fresh_world();
	assert_false(ram_map(&error));
	assert_true(error.set);
	assert_non_null(strstr(error.text, "0x40000000"));
}

#if WORLD_ASAN
static void free_frames_are_poisoned(void **state)
{
	struct world *world = fresh_world();
	char *page = (char *)(uintptr_t)ram_alloc(&world->ram, FRAME_TABLE, 2);

	(void)state;
	assert_null(__asan_region_is_poisoned(page, 2 * WORLD_FRAME_SIZE));
	assert_true(__asan_address_is_poisoned(page + 2 * WORLD_FRAME_SIZE));
	world_frame_put(world, (uintptr_t)page);
	assert_true(__asan_address_is_poisoned(page));
	assert_true(__asan_address_is_poisoned(page + WORLD_FRAME_SIZE - 1));
	assert_false(__asan_address_is_poisoned(page + WORLD_FRAME_SIZE));
	world_reset(world);
	assert_true(__asan_address_is_poisoned(page + WORLD_FRAME_SIZE));
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(single_frames_are_recycled_last_freed_first),
		cmocka_unit_test(runs_are_adjacent_and_fresh),
		cmocka_unit_test(reused_frames_are_zeroed),
		cmocka_unit_test(full_ram_gives_no_frame_and_reset_gives_all_back),
		cmocka_unit_test(no_address_of_a_trace_is_memory),
		cmocka_unit_test(references_count_and_the_last_one_frees_after_the_hook),
		cmocka_unit_test(addresses_outside_ram_are_never_live),
		cmocka_unit_test(a_doubleword_is_as_live_as_its_frame),
		cmocka_unit_test(mapping_a_taken_address_is_an_error_with_words),
#if WORLD_ASAN
		cmocka_unit_test(free_frames_are_poisoned),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
