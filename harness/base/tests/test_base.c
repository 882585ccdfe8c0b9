/* SPDX-License-Identifier: MIT */
/*
 * Contract: an error keeps its first text, cut to its room. Run: the program itself; exit status 0
 * means that all tests passed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../base.h"

static void the_first_error_is_kept(void **state)
{
	struct error error = {0};

	(void)state;
	assert_false(error_set(&error, "line %d: unknown op", 3));
	assert_false(error_set(&error, "line 9"));
	assert_true(error.set);
	assert_string_equal(error.text, "line 3: unknown op");
}

static void a_long_error_is_cut_and_terminated(void **state)
{
	struct error error = {0};
	char text[2 * sizeof(error.text)];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	error_set(&error, "%s", text);
	assert_int_equal(strlen(error.text), sizeof(error.text) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_error_is_kept),
		cmocka_unit_test(a_long_error_is_cut_and_terminated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
