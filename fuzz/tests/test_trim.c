/* SPDX-License-Identifier: MIT */
/*
 * Contract: afl-fuzz trims an input by whole ops, ends within the steps that were promised, and keeps
 * just the ops that matter; what libFuzzer asks for with -minimize_crash is an input with ops left
 * out and nothing else changed.
 * Run: ctest -R mutator.test_trim, or the program itself in the source tree.
 */
#include "../../harness/trace/tests/gen.h"
/* A module of its own, with afl-fuzz as its only caller: the test is in its place. */
#include "../afl_mutator.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct trace trace, out;
static uint8_t data[TRACE_BINARY_MAX + 64], before[TRACE_BINARY_MAX + 64];

/* The ops of `marks` make the input take its way. */
static bool keeps(const uint8_t *bytes, size_t size, const uint8_t *marks, unsigned num_marks)
{
	unsigned next = 0;

	trace_decode(&out, bytes, size);
	for (unsigned i = 0; i < out.num_ops; i++)
		if (next < num_marks && out.op[i].code == TRACE_OP_BAD_CMD &&
		    out.op[i].child == marks[next])
			next++;
	return next == num_marks;
}

/* What afl-fuzz does with the three calls. */
static size_t trim(struct afl_mutator *mutator, uint8_t *bytes, size_t size, const uint8_t *marks,
		   unsigned num_marks)
{
	int32_t steps = afl_custom_init_trim(mutator, bytes, size), step = 0;

	while (step < steps) {
		uint8_t *shorter = NULL;
		size_t shorter_size = afl_custom_trim(mutator, &shorter);
		bool good;
		int32_t now;

		assert_non_null(shorter);
		assert_true(shorter_size < size);
		good = keeps(shorter, shorter_size, marks, num_marks);
		if (good) {
			memcpy(bytes, shorter, shorter_size);
			size = shorter_size;
		}
		now = afl_custom_post_trim(mutator, good);
		assert_true(now > step);
		step = now;
	}
	return size;
}

static size_t make_input(unsigned num_ops, const uint8_t *marks, unsigned num_marks)
{
	struct mutator_rng rng;

	mutator_seed(&rng, num_ops);
	mutator_random_trace(&rng, &trace, num_ops);
	for (unsigned i = 0; i < trace.num_ops; i++)
		if (trace.op[i].code == TRACE_OP_BAD_CMD)
			trace.op[i] = (struct trace_op){.code = TRACE_OP_TLBI};
	for (unsigned i = 0; i < num_marks; i++)
		trace.op[(i + 1) * trace.num_ops / (num_marks + 1)] =
			(struct trace_op){.code = TRACE_OP_BAD_CMD, .child = marks[i]};
	return trace_encode(&trace, data, sizeof(data));
}

static void afl_trims_to_the_ops_that_matter(void **state)
{
	static const uint8_t marks[] = {0x81, 0x92, 0xa3};
	static const unsigned lengths[] = {4, 5, 31, 64, 100, TRACE_MAX_OPS};
	struct afl_mutator *mutator = afl_custom_init(NULL, 1);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		size_t size = make_input(lengths[i], marks, ARRAY_SIZE(marks));

		size = trim(mutator, data, size, marks, ARRAY_SIZE(marks));
		assert_int_equal(size, TRACE_HEADER_BYTES + ARRAY_SIZE(marks) * TRACE_OP_BYTES);
		assert_true(keeps(data, size, marks, ARRAY_SIZE(marks)));
	}
	afl_custom_deinit(mutator);
}

static void afl_may_trim_everything_or_nothing(void **state)
{
	struct afl_mutator *mutator = afl_custom_init(NULL, 1);
	uint8_t never = 0xff;
	size_t size = make_input(40, NULL, 0);

	(void)state;
	memcpy(before, data, size);
	assert_int_equal(trim(mutator, data, size, &never, 1), size);
	assert_memory_equal(data, before, size);
	assert_int_equal(trim(mutator, data, size, NULL, 0), TRACE_HEADER_BYTES);
	assert_memory_equal(data, before, TRACE_HEADER_BYTES);
	afl_custom_deinit(mutator);
}

static void afl_leaves_alone_what_has_no_op(void **state)
{
	struct afl_mutator *mutator = afl_custom_init(NULL, 1);

	(void)state;
	for (size_t size = 0; size < TRACE_HEADER_BYTES + TRACE_OP_BYTES; size++)
		assert_int_equal(afl_custom_init_trim(mutator, data, size), 0);
	/* Longer than a trace can be: the ops that count. */
	assert_true(afl_custom_init_trim(mutator, data, sizeof(data)) > 0);
	afl_custom_deinit(mutator);
}

static bool is_rest_of(const struct trace *rest, const struct trace *whole)
{
	unsigned at = 0;

	for (unsigned i = 0; i < rest->num_ops; i++, at++) {
		while (at < whole->num_ops && memcmp(&rest->op[i], &whole->op[at], TRACE_OP_BYTES))
			at++;
		if (at == whole->num_ops)
			return false;
	}
	return !memcmp(&rest->header, &whole->header, sizeof(rest->header));
}

static void shrinking_leaves_out_ops_and_nothing_else(void **state)
{
	(void)state;
	for (unsigned seed = 0; seed < 2000; seed++) {
		size_t size = make_input(1 + seed % 100, NULL, 0), max_size = size - 1, now;
		struct mutator_rng rng;

		if (seed % 3 == 0)
			max_size = TRACE_HEADER_BYTES + (size - TRACE_HEADER_BYTES) / 2;
		mutator_seed(&rng, seed);
		now = mutator_shrink(&rng, data, size, max_size);
		assert_true(now >= TRACE_HEADER_BYTES && now <= max_size);
		trace_decode(&out, data, now);
		assert_int_equal(trace_encode(&out, before, sizeof(before)), now);
		assert_true(is_rest_of(&out, &trace));
	}
}

/* -minimize_crash ends when no input of the rest shows it: each op must have its turn. */
static void shrinking_by_one_tries_every_op(void **state)
{
	enum { OPS = 12 };
	unsigned tried = 0;

	(void)state;
	for (unsigned seed = 0; seed < 1000; seed++) {
		size_t size = make_input(OPS, NULL, 0);
		struct mutator_rng rng;

		for (unsigned i = 0; i < OPS; i++)
			data[TRACE_HEADER_BYTES + i * TRACE_OP_BYTES] = (uint8_t)i;
		mutator_seed(&rng, seed);
		if (mutator_shrink(&rng, data, size, size - 1) != size - TRACE_OP_BYTES)
			continue;
		for (unsigned i = 0; i < OPS; i++)
			if (i == OPS - 1 || data[TRACE_HEADER_BYTES + i * TRACE_OP_BYTES] != i) {
				tried |= 1u << i;
				break;
			}
	}
	assert_int_equal(tried, (1u << OPS) - 1);
}

static void what_cannot_shrink_says_so(void **state)
{
	struct mutator_rng rng;

	(void)state;
	mutator_seed(&rng, 1);
	assert_int_equal(mutator_shrink(&rng, data, 50, 49), 0);
	assert_int_equal(mutator_shrink(&rng, data, TRACE_HEADER_BYTES, TRACE_HEADER_BYTES - 1), 0);
	assert_int_equal(mutator_shrink(&rng, data, 200, TRACE_HEADER_BYTES - 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(afl_trims_to_the_ops_that_matter),
		cmocka_unit_test(afl_may_trim_everything_or_nothing),
		cmocka_unit_test(afl_leaves_alone_what_has_no_op),
		cmocka_unit_test(shrinking_leaves_out_ops_and_nothing_else),
		cmocka_unit_test(shrinking_by_one_tries_every_op),
		cmocka_unit_test(what_cannot_shrink_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
