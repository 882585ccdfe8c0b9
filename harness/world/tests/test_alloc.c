/* SPDX-License-Identifier: MIT */
/*
 * Contract: driver memory is zeroed, counted, poisoned when free, given back whole; the n-th
 * allocation fails when asked to; stores that hardware may see are reported.
 * Run: the program itself; exit status 0 means that all tests passed.
 */
#include "fixture.h"

static void objects_are_zeroed_aligned_and_counted(void **state)
{
	struct world *world = fresh_world();
	char *a = world_alloc(world, 40, false), *b = world_alloc(world, 1, true);

	(void)state;
	assert_non_null(a);
	assert_int_equal((uintptr_t)a % 16, 0);
	assert_int_equal((uintptr_t)b % 16, 0);
	assert_int_equal(world->objects, 2);
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(a[i], 0);
	world_free(world, a, 40);
	world_free(world, b, 1);
	world_free(world, NULL, 40);
	assert_int_equal(world->objects, 0);
}

static void freed_objects_come_back_zeroed_when_the_arena_is_full(void **state)
{
	struct world *world = fresh_world();
	unsigned *last = NULL, *object;

	(void)state;
	while ((object = world_alloc(world, 4096, false))) {
		*object = ~0u;
		last = object;
	}
	assert_int_equal(world->objects, WORLD_ARENA_SIZE / 8192);
	assert_false(world->alloc_failed);
	world_free(world, last, 4096);
	object = world_alloc(world, 4096, false);
	assert_ptr_equal(object, last);
	assert_int_equal(*object, 0);
	assert_null(world_alloc(world, 4096, false));
}

static void fresh_memory_is_used_before_freed_objects(void **state)
{
	struct world *world = fresh_world();
	void *a = world_alloc(world, 64, false);

	(void)state;
	world_free(world, a, 64);
	assert_ptr_not_equal(world_alloc(world, 64, false), a);
	world_reset(world);
	assert_int_equal(world->objects, 0);
	assert_ptr_equal(world_alloc(world, 64, false), a);
}

static void wrong_frees_are_the_drivers_bug(void **state)
{
	struct world *world = fresh_world();
	char *a = world_alloc(world, 64, false);
	uint64_t pa = world_dma_alloc(world, 1), table = pgtable_alloc(world);

	(void)state;
	assert_fails(world, WORLD_FAIL_BUG, world_free(world, a, 32));
	assert_fails(world, WORLD_FAIL_BUG, world_free(world, &pa, 8));
	assert_fails(world, WORLD_FAIL_BUG, world_free(world, a + 8, 64));
	world_free(world, a, 64);
	assert_fails(world, WORLD_FAIL_BUG, world_free(world, a, 64));
	assert_int_equal(world->objects, 0);
	world_dma_free(world, pa, 1);
	assert_fails(world, WORLD_FAIL_BUG, world_dma_free(world, pa, 1));
	assert_fails(world, WORLD_FAIL_BUG, world_dma_free(world, table, 1));
}

static void the_nth_allocation_fails_once(void **state)
{
	struct world *world = fresh_world();

	(void)state;
	world->fail_nth = 3;
	assert_non_null(world_alloc(world, 8, false));
	assert_int_not_equal(world_dma_alloc(world, 1), 0);
	assert_false(world->alloc_failed);
	assert_null(world_alloc(world, 8, false));
	assert_true(world->alloc_failed);
	assert_int_equal(world->fail_nth, 0);
	assert_non_null(world_alloc(world, 8, false));
	world_begin_op(world);
	assert_false(world->alloc_failed);
	world->fail_nth = 1;
	assert_int_equal(world_dma_alloc(world, 1), 0);
	assert_true(world->alloc_failed);
}

static void page_tables_and_processes_are_not_hit_by_injected_failures(void **state)
{
	struct world *world = fresh_world();

	(void)state;
	world->fail_nth = 1;
	assert_int_equal(world_spawn(world, 0), 0);
	assert_int_equal(world_mmap(world, 0, 0, 8, PT_READ), 0);
	assert_int_equal(world->fail_nth, 1);
}

static void dma_frames_are_zeroed_and_freed_through_the_hook(void **state)
{
	struct world *world = fresh_world();
	struct recorder recorder;
	uint64_t pa = world_dma_alloc(world, 2);

	(void)state;
	connect_recorder(&recorder, world);
	assert_int_equal(ram_kind(&world->ram, pa + 4096), FRAME_DRIVER);
	for (unsigned i = 0; i < 8192; i += 8)
		assert_int_equal(ram_load(pa + i), 0);
	world_dma_free(world, pa, 2);
	assert_string_equal(recorder.text, "free driver; free driver; ");
	assert_int_equal(world->ram.in_use[FRAME_DRIVER], 0);
}

struct store_log {
	unsigned count;
	uint64_t pa, old_value, new_value, memory;
};

static void log_store(void *ctx, uint64_t pa, uint64_t old_value, uint64_t new_value)
{
	struct store_log *log = ctx;

	*log = (struct store_log){log->count + 1, pa, old_value, new_value, ram_load(pa)};
}

static void stores_are_reported_once_they_are_done(void **state)
{
	struct world *world = fresh_world();
	uint64_t pa = world_dma_alloc(world, 1) + 8;
	struct store_log log = {0}, second = {0};

	(void)state;
	world_store(world, pa, 5); /* nobody is listening */
	world->port[0].ctx = &log;
	world->port[0].store = log_store;
	world_store(world, pa, 6);
	assert_int_equal(log.pa, pa);
	assert_int_equal(log.old_value, 5);
	assert_int_equal(log.new_value, 6);
	assert_int_equal(log.memory, 6);
	world_store(world, pa, 6); /* no change */
	assert_int_equal(log.count, 1);
	/* Every SMMU hears of it. */
	world->port[1] = (struct world_port){.ctx = &second, .store = log_store};
	world_store(world, pa, 7);
	assert_int_equal(log.count, 2);
	assert_int_equal(second.count, 1);
	assert_int_equal(second.new_value, 7);
}

#if WORLD_ASAN
static void objects_stand_between_poison(void **state)
{
	struct world *world = fresh_world();
	char *a = world_alloc(world, 24, false), *b = world_alloc(world, 16, false);

	(void)state;
	assert_null(__asan_region_is_poisoned(a, 24));
	assert_true(__asan_address_is_poisoned(a - 1));
	assert_true(__asan_address_is_poisoned(a + 24));
	assert_true(__asan_address_is_poisoned(b - 1));
	assert_true(__asan_address_is_poisoned(b + 16));
	world_free(world, a, 24);
	assert_true(__asan_address_is_poisoned(a));
	world_reset(world);
	assert_true(__asan_address_is_poisoned(b));
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_are_zeroed_aligned_and_counted),
		cmocka_unit_test(freed_objects_come_back_zeroed_when_the_arena_is_full),
		cmocka_unit_test(fresh_memory_is_used_before_freed_objects),
		cmocka_unit_test(wrong_frees_are_the_drivers_bug),
		cmocka_unit_test(the_nth_allocation_fails_once),
		cmocka_unit_test(page_tables_and_processes_are_not_hit_by_injected_failures),
		cmocka_unit_test(dma_frames_are_zeroed_and_freed_through_the_hook),
		cmocka_unit_test(stores_are_reported_once_they_are_done),
#if WORLD_ASAN
		cmocka_unit_test(objects_stand_between_poison),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
