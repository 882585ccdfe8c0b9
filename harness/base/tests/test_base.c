/* SPDX-License-Identifier: MIT */
/*
 * Contract: an error keeps its first text, cut to its room; text stops at the end of its buffer. Run: the program itself; exit status 0
 * means that all tests passed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../base.h"
#include "../text.h"

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

static void text_stops_at_the_end_of_its_buffer(void **state)
{
	char buffer[8];
	struct text text = {.at = buffer, .size = sizeof(buffer)};

	(void)state;
	text_put(&text, "%d,", 12);
	assert_int_equal(text.used, 3);
	text_put(&text, "%s", "345678");
	assert_string_equal(buffer, "12,3456");
	assert_int_equal(text.used, sizeof(buffer) - 1);
	text_put(&text, "9");
	assert_string_equal(buffer, "12,3456");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_error_is_kept),
		cmocka_unit_test(a_long_error_is_cut_and_terminated),
		cmocka_unit_test(text_stops_at_the_end_of_its_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
