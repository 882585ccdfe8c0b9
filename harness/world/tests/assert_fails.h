/* SPDX-License-Identifier: MIT */
/* A cmocka assertion for tests of any room that stands on a world: a statement ends the trace. */
#ifndef SVAFUZZ_WORLD_ASSERT_FAILS_H
#define SVAFUZZ_WORLD_ASSERT_FAILS_H

#include "../world.h"

#include <setjmp.h>

/* Runs `statement`; it must end the trace with this failure. */
#define assert_fails(world, expected, statement)                                                   \
	do {                                                                                       \
		jmp_buf out_;                                                                      \
		(world)->on_failure = &out_;                                                       \
		if (!setjmp(out_)) {                                                               \
			statement;                                                                 \
			fail_msg("%s did not fail", #statement);                                   \
		}                                                                                  \
		(world)->on_failure = NULL;                                                        \
		assert_int_equal((world)->failure, expected);                                      \
	} while (0)

#endif
