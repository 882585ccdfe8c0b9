// SPDX-License-Identifier: GPL-2.0-only
/* Event records as the kernel takes them, and its log. */
#include "fake_image.h"

#include <stdlib.h>

enum { BASE = 0xa0, CONS = 0x100ac, LOG2SIZE = 2, WRAP = 4 };

static void a_record_is_taken_when_cons_moves_past_it(void **state)
{
	struct world *world = fresh_world();
	uint64_t queue = ram_alloc(&world->ram, FRAME_DRIVER, 1);
	struct linux_events events = {0};

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		*(uint64_t *)(uintptr_t)(queue + i * 32 + 24) = i + 1;
	linux_events_write(&events, world, CONS, 0); /* no queue yet */
	linux_events_write(&events, world, BASE, queue | 1ull << 62 | LOG2SIZE);
	linux_events_write(&events, world, CONS, 0);
	assert_int_equal(world->num_events, 0);
	linux_events_write(&events, world, CONS, 3);
	assert_int_equal(world->num_events, 3);
	assert_int_equal(world->event[2][3], 3);
	/* The wrap bit moves, the overflow flag says nothing. */
	linux_events_write(&events, world, CONS, 1u << 31 | WRAP | 1);
	assert_int_equal(world->num_events, 5);
	assert_int_equal(world->event[3][3], 4);
	assert_int_equal(world->event[4][3], 1);
	linux_events_write(&events, world, CONS, 1u << 31 | WRAP | 1);
	assert_int_equal(world->num_events, 5);
}

static void complaints_of_the_driver_are_failures(void **state)
{
	struct linux_log log;

	(void)state;
	unsetenv("SVAFUZZ_KERNEL_LOG");
	linux_log_reset(&log);
	assert_int_equal(linux_log_line(&log, "arm-smmu-v3: allocated 256 entries\n"), 0);
	assert_string_equal(log.last, "arm-smmu-v3: allocated 256 entries");
	assert_int_equal(linux_log_line(&log, "CMD_SYNC timeout at 0x1 [hwprod 0x2]"),
			 WORLD_FAIL_DEADLOCK);
	assert_int_equal(linux_log_line(&log, "CMDQ error (cons 0x01000000): Illegal command"),
			 WORLD_FAIL_BUG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_is_taken_when_cons_moves_past_it),
		cmocka_unit_test(complaints_of_the_driver_are_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
