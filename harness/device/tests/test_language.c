/* SPDX-License-Identifier: MIT */
/*
 * Contract: any bytes decode to a device-level trace; its canonical text parses back to the same
 * trace, and encoding is the inverse of decoding. Bad text is one error with file and line.
 * Run: ctest -R device.test_language, or the program itself.
 */
#include "../device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct dev_trace trace, again;
static uint8_t data[DEV_BINARY_MAX], more[DEV_BINARY_MAX];
static char text[DEV_TEXT_MAX], text_again[DEV_TEXT_MAX];

static uint8_t next_byte(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint8_t)(*state >> 24);
}

static void expect_same(const struct dev_trace *a, const struct dev_trace *b)
{
	assert_memory_equal(&a->header, &b->header, sizeof(a->header));
	assert_int_equal(a->num_ops, b->num_ops);
	for (unsigned i = 0; i < a->num_ops; i++) {
		assert_int_equal(a->op[i].code, b->op[i].code);
		assert_memory_equal(a->op[i].w, b->op[i].w, sizeof(a->op[i].w));
		assert_string_equal(a->op[i].pin, b->op[i].pin);
	}
}

static void expect_identity(void)
{
	struct error error = {0};
	size_t size = dev_format(&trace, text, sizeof(text));

	if (!dev_parse(&again, "t", text, size, &error))
		fail_msg("%s\n%s", error.text, text);
	expect_same(&trace, &again);
	dev_format(&again, text_again, sizeof(text_again));
	assert_string_equal(text, text_again);
	size = dev_encode(&trace, more, sizeof(more));
	assert_true(size > 0);
	dev_decode(&again, more, size);
	expect_same(&trace, &again);
}

static void any_bytes_are_a_trace_whose_text_and_bytes_come_back(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (unsigned round = 0; round < 400; round++) {
		size_t size = (size_t)next_byte(&seed) * 8 + next_byte(&seed);

		for (size_t i = 0; i < size; i++)
			data[i] = next_byte(&seed);
		dev_decode(&trace, data, size);
		expect_identity();
	}
}

static void no_bytes_are_the_default_header_and_no_op(void **state)
{
	struct dev_header usual = dev_default_header();

	(void)state;
	dev_decode(&trace, NULL, 0);
	assert_memory_equal(&trace.header, &usual, sizeof(usual));
	assert_int_equal(trace.num_ops, 0);
	expect_identity();
}

static void every_op_without_operands_comes_back(void **state)
{
	(void)state;
	trace.header = dev_default_header();
	trace.num_ops = 0;
	for (unsigned code = 0; code < DEV_NUM_OPS; code++) {
		struct dev_op op = dev_op((enum dev_op_code)code), normal = op;

		dev_normalize_op(&normal);
		assert_memory_equal(op.w, normal.w, sizeof(op.w));
		trace.op[trace.num_ops++] = op;
	}
	expect_identity();
}

static void parse(const char *source)
{
	struct error error = {0};

	if (!dev_parse(&trace, "t", source, strlen(source), &error))
		fail_msg("%s", error.text);
}

static void fields_go_where_the_specification_has_them(void **state)
{
	(void)state;
	parse("profile full\nste sid=9 config=bypass s1cdmax=3 eats=1 s2vmid=5 s2ttb=p66\n"
	      "dma sid=8 ssid=1 read priv 0x1000\ncmd CFGI_CD sid=8 ssid=2 leaf\n");
	assert_int_equal(trace.op[0].w[0] >> 1 & 7, 4);	 /* 5.2 Config */
	assert_int_equal(trace.op[0].w[0] >> 59, 3);	 /* S1CDMax */
	assert_int_equal(trace.op[0].w[1] >> 28 & 3, 1); /* EATS */
	assert_int_equal(trace.op[0].w[2] & 0xffff, 5);	 /* S2VMID */
	assert_true(trace.op[0].w[3] == DEV_PAGE(66));	 /* S2TTB */
	assert_int_equal(trace.op[0].w[4], 9);
	assert_true(trace.op[1].w[0] == (8 | 1ull << 32 | 1ull << 52 | 1ull << 53 | 1ull << 55));
	assert_int_equal(trace.op[1].w[1], 0x1000);
	assert_int_equal(trace.op[2].w[0] & 0xff, 5); /* 4.3.3 */
	assert_int_equal(trace.op[2].w[0] >> 12 & 0xfffff, 2);
	assert_int_equal(trace.op[2].w[1], 1);
}

static void bad_text_is_an_error_with_its_line(void **state)
{
	static const struct {
		const char *source, *error;
	} bad[] = {
		{"", "t:0: no `profile` line"},
		{"ste sid=8\n", "t:1: a trace starts with `profile NAME`"},
		{"profile nobody\n", "t:1: no profile 'nobody'"},
		{"profile small ats=2\n", "t:1: 'ats' wants a number up to 1"},
		{"profile small pri=1\n", "t:1: this profile cannot be"},
		{"profile small\ncache big\n", "t:2: cache wants"},
		{"profile small\nsetup wide\n", "t:2: setup has no 'wide'"},
		{"profile small\n\nstf sid=8\n", "t:3: no op 'stf'"},
		{"profile small\ncmd CFGI_XX\n", "t:2: no command 'CFGI_XX'"},
		{"profile small\nste sid=8 sid=9\n", "t:2: 'sid' is there twice"},
		{"profile small\nste sid=8 config=s3\n", "t:2: 's3' is none of"},
		{"profile small\nste cd=0x1001\n", "must be a multiple of 0x40"},
		{"profile small\ndma sid=8 write\n", "t:2: 'dma' wants an address"},
		{"profile small\nreg NOTHING = 0\n", "t:2: 'NOTHING' is no register"},
		{"profile small\nreg CR0\n", "t:2: 'reg' wants = VALUE"},
		{"profile small\npte raw0=0x1\n", "has a name; write it so"},
		{"profile small\nevent =>\n", "t:2: nothing behind =>"},
		{"profile small\nevent\ncache none\n", "after the first op"},
		{"profile small\npte ap=4\n", "too large"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct error error = {0};

		assert_false(dev_parse(&trace, "t", bad[i].source, strlen(bad[i].source), &error));
		if (!strstr(error.text, bad[i].error))
			fail_msg("'%s' instead of '%s'", error.text, bad[i].error);
	}
}

static void a_pin_holds_when_all_its_words_are_there(void **state)
{
	(void)state;
	assert_true(dev_pin_holds("ok", "ok p512"));
	assert_true(dev_pin_holds("p512 ok", "ok p512"));
	assert_true(dev_pin_holds("ok !bypass", "ok p512"));
	assert_false(dev_pin_holds("ok !p512", "ok p512"));
	assert_false(dev_pin_holds("o", "ok p512"));
	assert_false(dev_pin_holds("ok p513", "ok p512"));
}

static void addresses_of_pages_have_one_form(void **state)
{
	(void)state;
	parse("profile full\nload p512 => 0x40200000\nload 0x40200008 => 0x12\n");
	assert_string_equal(trace.op[0].pin, "p512");
	assert_string_equal(trace.op[1].pin, "0x12");
	assert_true(trace.op[0].w[0] == DEV_PAGE(512));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_bytes_are_a_trace_whose_text_and_bytes_come_back),
		cmocka_unit_test(no_bytes_are_the_default_header_and_no_op),
		cmocka_unit_test(every_op_without_operands_comes_back),
		cmocka_unit_test(fields_go_where_the_specification_has_them),
		cmocka_unit_test(bad_text_is_an_error_with_its_line),
		cmocka_unit_test(a_pin_holds_when_all_its_words_are_there),
		cmocka_unit_test(addresses_of_pages_have_one_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
