// SPDX-License-Identifier: GPL-2.0-only
/* Kernel objects and frames: what is handed out, what is refused, what a reset brings back. */
#include "fake_image.h"

#include <stdlib.h>

static struct linux_memory memory;

/* With one object of 40 bytes that belongs to boot. */
static struct world *booted(uint8_t **boot_object)
{
	struct world *world = fresh_world();

	if (!memory.base) {
		assert_true(linux_memory_map(&memory));
		assert_non_null(linux_memory_alloc(&memory, 40));
		linux_memory_boot_done(&memory);
	}
	*boot_object = memory.base + 16;
	linux_memory_reset(&memory, world);
	return world;
}

static void objects_are_zeroed_aligned_and_never_the_same(void **state)
{
	uint8_t *boot, *last = NULL;
	struct world *world = booted(&boot);

	(void)state;
	for (unsigned size = 1; size < 200; size++) {
		uint8_t *object = linux_memory_alloc(&memory, size);

		assert_int_equal((uintptr_t)object % 16, 0);
		assert_true(object > last);
		assert_int_equal(linux_memory_size(&memory, object), size);
		for (unsigned i = 0; i < size; i++)
			assert_int_equal(object[i], 0);
		memset(object, 0xff, size);
		linux_memory_free(&memory, object);
		last = object;
	}
	linux_memory_free(&memory, NULL);
	assert_int_equal(world->objects, 0);
}

static void what_is_no_object_is_not_freed(void **state)
{
	uint8_t *boot, *object;
	struct world *world = booted(&boot);

	(void)state;
	object = linux_memory_alloc(&memory, 64);
	assert_fails(world, WORLD_FAIL_BUG, linux_memory_free(&memory, object + 16));
	assert_fails(world, WORLD_FAIL_BUG, linux_memory_free(&memory, object + 4096));
	assert_fails(world, WORLD_FAIL_BUG, linux_memory_free(&memory, &object));
	linux_memory_free(&memory, object);
	assert_fails(world, WORLD_FAIL_BUG, linux_memory_free(&memory, object));
	assert_string_equal(world->failure_text, "BUG: frees an object twice");
}

static void an_injected_failure_hits_objects_and_frames(void **state)
{
	uint8_t *boot;
	struct world *world = booted(&boot);

	(void)state;
	world->fail_nth = 2;
	assert_non_null(linux_memory_alloc(&memory, 8));
	assert_null(linux_memory_alloc(&memory, 8));
	assert_true(world->alloc_failed);
	world->fail_nth = 1;
	assert_null(linux_frames_alloc(&memory, 0, LINUX_FRAMES_DMA));
	assert_non_null(linux_memory_alloc(&memory, 8));
}

static void a_reset_forgets_the_trace_and_keeps_boot(void **state)
{
	struct linux_snapshot snapshot = {0};
	uint8_t *boot, *object;
	struct world *world = booted(&boot);

	(void)state;
	boot[39] = 7;
	assert_true(linux_snapshot_take(&snapshot, memory.base, memory.boot));
	object = linux_memory_alloc(&memory, 8);
	boot[39] = 8;
	linux_memory_free(&memory, boot);
	linux_snapshot_restore(&snapshot);
	linux_memory_reset(&memory, world);
	assert_int_equal(boot[39], 7);
	assert_int_equal(linux_memory_size(&memory, boot), 40);
	assert_ptr_equal(linux_memory_alloc(&memory, 8), object);
	free(snapshot.region[0].copy);
}

static void frames_are_aligned_to_their_size(void **state)
{
	uint8_t *boot;
	struct world *world = booted(&boot);

	(void)state;
	for (unsigned order = 0; order < 6; order++) {
		uint64_t *frames = linux_frames_alloc(&memory, order, LINUX_FRAMES_TABLE);

		assert_int_equal((uintptr_t)frames % ((uint64_t)WORLD_FRAME_SIZE << order), 0);
		assert_int_equal(frames[(WORLD_FRAME_SIZE / 8 << order) - 1], 0);
		assert_int_equal(world->ram.in_use[FRAME_TABLE], 1 << order);
		/* The kernel frees tables as they are. */
		frames[0] = frames[(WORLD_FRAME_SIZE / 8 << order) - 1] = ~0ull;
		linux_frames_free(&memory, frames, order);
		assert_int_equal(world->ram.in_use[FRAME_TABLE], 0);
	}
	for (unsigned i = 0; i < 80; i++) {
		uint64_t *frame = linux_frames_alloc(&memory, 0, LINUX_FRAMES_TABLE);

		for (unsigned word = 0; word < WORLD_FRAME_SIZE / 8; word++)
			assert_int_equal(frame[word], 0);
	}
}

static void frames_are_freed_as_they_were_allocated(void **state)
{
	uint8_t *boot, *frames;
	struct world *world = booted(&boot);

	(void)state;
	frames = linux_frames_alloc(&memory, 1, LINUX_FRAMES_DMA);
	assert_fails(world, WORLD_FAIL_BUG, linux_frames_free(&memory, frames, 0));
	assert_fails(world, WORLD_FAIL_BUG,
		     linux_frames_free(&memory, frames + WORLD_FRAME_SIZE, 0));
	linux_frames_free(&memory, frames, 1);
	assert_fails(world, WORLD_FAIL_BUG, linux_frames_free(&memory, frames, 1));
	assert_fails(world, WORLD_FAIL_BUG, linux_frames_free(&memory, boot, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_are_zeroed_aligned_and_never_the_same),
		cmocka_unit_test(what_is_no_object_is_not_freed),
		cmocka_unit_test(an_injected_failure_hits_objects_and_frames),
		cmocka_unit_test(a_reset_forgets_the_trace_and_keeps_boot),
		cmocka_unit_test(frames_are_aligned_to_their_size),
		cmocka_unit_test(frames_are_freed_as_they_were_allocated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
