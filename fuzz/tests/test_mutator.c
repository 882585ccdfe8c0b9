/* SPDX-License-Identifier: MIT */
/*
 * Contract: mutate() and mutator_crossover() turn any bytes into a valid trace in binary form
 * within the given size, from the seed alone; afl-fuzz gets the same. The dictionary holds one
 * record for every op.
 * Run: ctest -R test_mutator$, or the program itself in the source tree.
 */
#include "../../harness/trace/tests/gen.h"
/* A module of its own, with afl-fuzz as its only caller: the test is in its place. */
#include "../afl_mutator.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct trace trace, other, out;
static uint8_t data[TRACE_BINARY_MAX], data_again[TRACE_BINARY_MAX], crossed[TRACE_BINARY_MAX];

/* What an engine does to bytes it knows nothing about; may also shorten. */
static size_t rough_engine(uint8_t *bytes, size_t size, size_t max_size)
{
	size_t i;

	for (i = 0; i < size; i++)
		bytes[i] ^= (uint8_t)(0x5a + 7 * i);
	return size && size == max_size ? size - 1 : size;
}

static void expect_output(const uint8_t *bytes, size_t size, size_t max_size)
{
	unsigned i;

	assert_true(size >= TRACE_HEADER_BYTES && size <= max_size);
	assert_int_equal((size - TRACE_HEADER_BYTES) % TRACE_OP_BYTES, 0);
	assert_true(trace_is_binary(bytes, size));
	trace_decode(&out, bytes, size);
	/* The bytes are those of a valid trace, not merely read as one. */
	assert_int_equal(trace_encode(&out, crossed, sizeof(crossed)), size);
	assert_memory_equal(bytes, crossed, size);
	for (i = 0; i < out.num_ops; i++)
		assert_int_equal(out.op[i].pin.kind, TRACE_PIN_NONE);
}

static void any_bytes_mutate_to_a_valid_trace_in_bounds(void **state)
{
	uint64_t seed = 21;
	unsigned i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		size_t max_size = TRACE_HEADER_BYTES + i % 1000;
		size_t size = gen_bytes(&seed, data, (i * 7) % (max_size + 1));
		struct mutator_rng rng;

		mutator_seed(&rng, i);
		size = mutate(&rng, data, size, max_size, i & 1 ? rough_engine : NULL);
		expect_output(data, size, max_size);
	}
}

static void long_input_is_not_grown_and_short_room_is_kept(void **state)
{
	uint64_t seed = 22;
	unsigned i;

	(void)state;
	for (i = 0; i < 2000; i++) {
		struct mutator_rng rng;
		size_t size;

		gen_trace(&seed, &trace, 100 + i % 100);
		size = trace_encode(&trace, data, sizeof(data));
		mutator_seed(&rng, i);
		expect_output(data, mutate(&rng, data, size, sizeof(data), NULL), size);
		gen_trace(&seed, &trace, MUTATOR_MAX_OPS);
		size = trace_encode(&trace, data, sizeof(data));
		expect_output(data, mutate(&rng, data, size, sizeof(data), NULL), size);
	}
}

static void without_room_for_a_header_bytes_are_mutated(void **state)
{
	struct mutator_rng rng;
	unsigned size, changed = 0;

	(void)state;
	mutator_seed(&rng, 1);
	for (size = 0; size < TRACE_HEADER_BYTES; size++) {
		memset(data, 0, sizeof(data));
		memset(data_again, 0, sizeof(data_again));
		assert_in_range(mutate(&rng, data, size, TRACE_HEADER_BYTES - 1, NULL), 1,
				TRACE_HEADER_BYTES - 1);
		changed += memcmp(data, data_again, size + 1) != 0;
	}
	assert_true(changed > TRACE_HEADER_BYTES / 2);
	assert_int_equal(mutate(&rng, data, 0, 0, NULL), 0);
	assert_int_equal(mutator_crossover(&rng, data, 9, data, 9, crossed, TRACE_HEADER_BYTES - 1),
			 0);
}

static void a_seed_gives_one_result(void **state)
{
	unsigned i, differ = 0;
	uint64_t seed = 23;

	(void)state;
	for (i = 0; i < 500; i++) {
		struct mutator_rng a, b, c;
		size_t size, size_a, size_b;

		gen_trace(&seed, &trace, i % 40);
		size = trace_encode(&trace, data, sizeof(data));
		memcpy(data_again, data, size);
		mutator_seed(&a, i);
		mutator_seed(&b, i);
		mutator_seed(&c, i + 1);
		size_a = mutate(&a, data, size, sizeof(data), NULL);
		size_b = mutate(&b, data_again, size, sizeof(data_again), NULL);
		assert_int_equal(size_a, size_b);
		assert_memory_equal(data, data_again, size_a);
		size = trace_encode(&trace, crossed, sizeof(crossed));
		size_b = mutate(&c, crossed, size, sizeof(crossed), NULL);
		differ += size_a != size_b || memcmp(data, crossed, size_b) != 0;
	}
	assert_true(differ > 400);
}

static void a_mutation_changes_something_small(void **state)
{
	unsigned i, same = 0, near = 0;

	(void)state;
	for (i = 0; i < 2000; i++) {
		struct mutator_rng rng;

		mutator_seed(&rng, i);
		mutator_random_trace(&rng, &trace, 20);
		trace_decode(&out, data,
			     mutate(&rng, data, trace_encode(&trace, data, sizeof(data)),
				    sizeof(data), NULL));
		same += same_trace(&trace, &out);
		near += out.num_ops + 3 >= trace.num_ops && out.num_ops <= trace.num_ops + 10;
	}
	/* An operand may be chosen as it was; most changes are real, and most are one step. */
	assert_true(same < 2000 / 8);
	assert_true(near > 2000 * 3 / 4);
}

static bool has_op(const struct trace *t, const struct trace_header *header, struct trace_op op)
{
	unsigned i;

	for (i = 0; i < t->num_ops; i++) {
		struct trace_op candidate = t->op[i];

		candidate.pin = (struct trace_pin){0};
		trace_normalize_op(header, &candidate);
		if (!memcmp(&candidate, &op, TRACE_OP_BYTES))
			return true;
	}
	return false;
}

static void crossover_is_made_of_whole_ops_of_both(void **state)
{
	unsigned i, j, both = 0;
	uint64_t seed = 25;

	(void)state;
	for (i = 0; i < 3000; i++) {
		bool from_a = false, from_b = false;
		struct mutator_rng rng;
		size_t a, b, size;

		gen_trace(&seed, &trace, i % 50);
		gen_trace(&seed, &other, i % 37);
		a = trace_encode(&trace, data, sizeof(data));
		b = trace_encode(&other, data_again, sizeof(data_again));
		mutator_seed(&rng, i);
		size = mutator_crossover(&rng, data, a, data_again, b, crossed,
					 TRACE_HEADER_BYTES + i % 900);
		assert_true(size >= TRACE_HEADER_BYTES && size <= TRACE_HEADER_BYTES + i % 900);
		trace_decode(&out, crossed, size);
		trace.header.shared_rid = 0; /* never made: it diverges by design (B-7) */
		assert_memory_equal(&out.header, &trace.header, sizeof(out.header));
		assert_true(out.num_ops <= MUTATOR_MAX_OPS);
		for (j = 0; j < out.num_ops; j++) {
			bool in_a = has_op(&trace, &out.header, out.op[j]);
			bool in_b = has_op(&other, &out.header, out.op[j]);

			assert_true(in_a || in_b);
			from_a |= in_a;
			from_b |= in_b;
		}
		both += from_a && from_b;
	}
	assert_true(both > 1000);
}

static void a_random_trace_has_its_length_and_is_valid(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 2000; i++) {
		struct mutator_rng rng;

		mutator_seed(&rng, i);
		mutator_random_trace(&rng, &trace, i % 300);
		assert_int_equal(trace.num_ops, i % 300 < TRACE_MAX_OPS ? i % 300 : TRACE_MAX_OPS);
		expect_output(data, trace_encode(&trace, data, sizeof(data)), sizeof(data));
		assert_true(same_trace(&trace, &out));
	}
}

static void afl_gets_the_same_kind_of_output(void **state)
{
	void *afl = afl_custom_init(NULL, 7);
	uint64_t seed = 26;
	unsigned i;

	(void)state;
	assert_non_null(afl);
	for (i = 0; i < 3000; i++) {
		size_t max_size = TRACE_HEADER_BYTES + i % 2000,
		       size = gen_bytes(&seed, data, i % 500), more;
		uint8_t *result = NULL;

		more = gen_bytes(&seed, data_again, i % 300);
		size = afl_custom_fuzz(afl, data, size, &result, i & 1 ? data_again : NULL, more,
				       max_size);
		assert_non_null(result);
		expect_output(result, size, max_size);
	}
	afl_custom_deinit(afl);
}

/* afl-fuzz knows nothing of drivers: it is told as the target is. */
static void afl_makes_traces_for_the_driver_of_the_target(void **state)
{
	static const struct {
		const char *driver;
		unsigned policy;
	} cases[] = {
		{"linux-6.12", TRACE_POLICY_LINUX_6_12},
		{"linux-6.1", TRACE_POLICY_LINUX_6_1},
		{"iomm", TRACE_POLICY_IO_MM},
	};
	unsigned i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct afl_mutator *afl;

		assert_int_equal(setenv("SVAFUZZ_DRIVER", cases[i].driver, 1), 0);
		afl = afl_custom_init(NULL, 7);
		assert_non_null(afl);
		assert_int_equal(afl->rng.policy, cases[i].policy);
		afl_custom_deinit(afl);
	}
	unsetenv("SVAFUZZ_DRIVER");
}

/* A topology in which no op lacks what it names. */
static void encode_topology(uint8_t *record)
{
	trace.header = trace_default_header();
	trace.num_ops = 0;
	trace.header.device[2].vf_of = 1;
	trace.header.num_mdevs = trace.header.num_vms = 1;
	trace.header.vm[0].device = 2;
	trace_normalize_header(&trace.header);
	assert_int_equal(trace.header.num_vms, 1);
	trace_encode(&trace, record, TRACE_HEADER_BYTES);
}

/* One line `op_NAME="\x.."`: the record of that op. */
static bool check_entry(const char *line)
{
	uint8_t record[TRACE_HEADER_BYTES + TRACE_OP_BYTES] = {0};
	char name[32], *end = strchr(line, '=');
	unsigned i, byte;
	size_t size;

	if (strncmp(line, "op_", 3) || !end)
		return false;
	size = (size_t)(end - line) - 3;
	assert_true(size < sizeof(name));
	memcpy(name, line + 3, size);
	name[size] = '\0';
	for (i = 0; i < size; i++)
		name[i] = (char)(name[i] == '_' ? '-' : name[i]);
	assert_int_equal(strlen(end), strlen("=\"\"\n") + 4 * TRACE_OP_BYTES);
	encode_topology(record);
	for (i = 0; i < TRACE_OP_BYTES; i++) {
		assert_int_equal(sscanf(end + 2 + 4 * i, "\\x%2x", &byte), 1);
		record[TRACE_HEADER_BYTES + i] = (uint8_t)byte;
	}
	trace_decode(&trace, record, sizeof(record));
	assert_string_equal(trace_op_info[trace.op[0].code].text, name);
	assert_memory_equal(&trace.op[0], record + TRACE_HEADER_BYTES, TRACE_OP_BYTES);
	return true;
}

static void the_dictionary_has_a_record_for_every_op(void **state)
{
	char line[200];
	unsigned entries = 0;
	FILE *file;

	(void)state;
	file = fopen("fuzz/fuzz_bind.dict", "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		entries += check_entry(line);
	fclose(file);
	assert_int_equal(entries, TRACE_NUM_OPS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_bytes_mutate_to_a_valid_trace_in_bounds),
		cmocka_unit_test(long_input_is_not_grown_and_short_room_is_kept),
		cmocka_unit_test(without_room_for_a_header_bytes_are_mutated),
		cmocka_unit_test(a_seed_gives_one_result),
		cmocka_unit_test(a_mutation_changes_something_small),
		cmocka_unit_test(crossover_is_made_of_whole_ops_of_both),
		cmocka_unit_test(a_random_trace_has_its_length_and_is_valid),
		cmocka_unit_test(afl_gets_the_same_kind_of_output),
		cmocka_unit_test(afl_makes_traces_for_the_driver_of_the_target),
		cmocka_unit_test(the_dictionary_has_a_record_for_every_op),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
