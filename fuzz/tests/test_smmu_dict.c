/* SPDX-License-Identifier: MIT */
/*
 * Contract: fuzz/fuzz_smmu.dict has a record for every op of device-level traces, and each decodes
 * to its op as ops.def has it. Run: mutator_test_smmu_dict
 */
#include "../../harness/device/device.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* `op_cmd_SYNC="\x20\x00..."`: code and words of the op; false for other lines. */
static bool check_entry(const char *line, unsigned code)
{
	static struct dev_trace trace;
	const struct dev_op_info *info = &dev_op_info[code];
	uint8_t data[DEV_HEADER_BYTES + 1 + 8 * DEV_WORDS] = {0};
	size_t size = DEV_HEADER_BYTES, length = strlen(info->text);
	struct dev_op usual;
	unsigned byte;

	if (strncmp(line, "op_", 3))
		return false;
	line += 3;
	for (size_t i = 0; i < length; i++)
		assert_int_equal(line[i], isalnum(info->text[i]) ? info->text[i] : '_');
	assert_memory_equal(line + length, "=\"", 2);
	for (line += length + 2; sscanf(line, "\\x%2x", &byte) == 1; line += 4) {
		assert_true(size < sizeof(data));
		data[size++] = (uint8_t)byte;
	}
	assert_string_equal(line, "\"\n");
	assert_int_equal(size - DEV_HEADER_BYTES, 1 + 8 * info->words);
	dev_decode(&trace, data, size);
	usual = dev_op((enum dev_op_code)code);
	assert_int_equal(trace.num_ops, 1);
	assert_int_equal(trace.op[0].code, code);
	assert_memory_equal(trace.op[0].w, usual.w, sizeof(usual.w));
	return true;
}

static void the_dictionary_has_a_record_for_every_op(void **state)
{
	char line[300];
	unsigned entries = 0;
	FILE *file;

	(void)state;
	file = fopen("fuzz/fuzz_smmu.dict", "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		assert_true(entries < DEV_NUM_OPS || strncmp(line, "op_", 3));
		if (entries < DEV_NUM_OPS)
			entries += check_entry(line, entries);
	}
	fclose(file);
	assert_int_equal(entries, DEV_NUM_OPS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_dictionary_has_a_record_for_every_op),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
