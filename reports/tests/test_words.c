/* SPDX-License-Identifier: MIT */
/*
 * Contract: words.h. Every op has words, with its own operands in them and no others.
 * Run: ctest -R reports.test_words, or the program itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../words.h"

#include <string.h>

static const char *const phrase[TRACE_NUM_OPS] = {
#define WORDS(id, text) [TRACE_OP_##id] = text,
#include "../words.def"
#undef WORDS
};

static void every_op_has_words_with_all_of_its_operands(void **state)
{
	(void)state;
	for (unsigned i = 0; i < TRACE_NUM_OPS; i++) {
		const struct trace_op_info *info = &trace_op_info[i];
		unsigned braces = 0;

		assert_non_null(phrase[i]);
		for (const char *at = phrase[i]; *at; at++)
			braces += *at == '{';
		if (braces != info->num_operands)
			fail_msg("%s: %u of %u operands", info->text, braces, info->num_operands);
		for (unsigned k = 0; k < info->num_operands; k++) {
			char field[32];

			snprintf(field, sizeof(field), "{%s}",
				 trace_field_info[info->operand[k]].id);
			if (!strstr(phrase[i], field))
				fail_msg("%s: no %s in its words", info->text, field);
		}
	}
}

static void words_are_what_a_trace_says(void **state)
{
	static const struct {
		const char *op, *words;
	} rows[] = {
		{"munmap p0 0x10000", "process p0 unmaps 1 page at 0x10000"},
		{"mmap p1 0x11000 pages=2 rw", "process p1 maps 2 pages at 0x11000, rw"},
		{"bind d0 p1", "d0 is bound to process p1"},
		{"bind d0 p1 features=0x1", "d0 is bound to process p1, features 0x1"},
		{"init d0 min=2 max=9", "SVA is enabled on d0, PASIDs from 2, PASIDs to 9"},
		{"dma d0 pasid=3 0x10000 write", "d0 writes at 0x10000 with PASID 3"},
		{"dma d0 0x10000 read", "d0 reads at 0x10000 without PASID"},
		{"fail-alloc nth=2", "allocation 2 of the driver from now on will fail"},
		{"attach d0 A", "the group of d0 joins domain A"},
		{"mremap p0 0x10000 to=0x12000", "process p0 moves the page at 0x10000 to 0x12000"},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		static struct trace trace;
		struct error error = {0};
		char text[512], words[REPORT_WORDS_MAX];
		int size = snprintf(text, sizeof(text),
				    "smmu ssid-bits=4\ndevice d0 rid=00:01.0 pasid-bits=4\n"
				    "domain A d0\nprocess p0 p1\n%s\n",
				    rows[i].op);

		if (!trace_parse(&trace, "test", text, (size_t)size, &error))
			fail_msg("%s", error.text);
		assert_int_equal(report_words(&trace.op[0], words, sizeof(words)),
				 strlen(rows[i].words));
		assert_string_equal(words, rows[i].words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_op_has_words_with_all_of_its_operands),
		cmocka_unit_test(words_are_what_a_trace_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
