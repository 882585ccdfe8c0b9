/* SPDX-License-Identifier: MIT */
/*
 * Contract: trace_decode() is total (any bytes give a valid trace), trace_encode() is its inverse
 * on valid traces, and text -> bytes -> text is the identity on canonical text, pins included.
 * Run: ctest -R test_binary, or the program itself.
 */
#include "gen.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct trace trace, again;
static uint8_t data[TRACE_BINARY_MAX + 64], data_again[TRACE_BINARY_MAX];
static char text[TRACE_TEXT_MAX], text_again[TRACE_TEXT_MAX];

/* Valid: normalisation has nothing to do, and the text form takes it. */
static void expect_valid(const struct trace *t)
{
	struct error error = {0};
	size_t size;
	unsigned i;

	again = *t;
	trace_normalize_header(&again.header);
	for (i = 0; i < again.num_ops; i++)
		trace_normalize_op(&again.header, &again.op[i]);
	assert_true(same_trace(t, &again));
	size = trace_format(t, text, sizeof(text));
	if (!trace_parse(&again, "t", text, size, &error))
		fail_msg("%s\n%s", error.text, text);
	assert_true(same_trace(t, &again));
}

static void no_bytes_give_the_default_topology(void **state)
{
	struct trace_header header = trace_default_header();

	(void)state;
	trace_decode(&trace, NULL, 0);
	assert_int_equal(trace.num_ops, 0);
	assert_memory_equal(&trace.header, &header, sizeof(header));
	expect_valid(&trace);
	assert_int_equal(header.num_devices, 3);
	assert_int_equal(header.num_domains, 2);
	assert_int_equal(header.processes, 3);
	assert_int_equal(header.device[0].domain, 0);
	assert_int_equal(header.device[1].domain, 0);
	assert_int_equal(header.device[2].domain, 1);
	assert_true(header.device[0].ats && header.device[1].ats && header.ats);
	/* As it was before there were other policies, stalls, devices with several streams and two SMMUs. */
	assert_int_equal(header.policies, 1 << TRACE_POLICY_IO_MM);
	assert_int_equal(header.stall | header.msi | header.range_inv | header.el2, 0);
	assert_int_equal(header.default_dma, 0);
	assert_int_equal(header.device[2].streams, 1);
	assert_int_equal(header.device[2].smmu, 0);
	assert_int_equal(header.device[2].stall, 0);
}

static void zero_bytes_give_the_default_topology(void **state)
{
	struct trace_header header = trace_default_header();

	(void)state;
	memset(data, 0, sizeof(data));
	trace_decode(&trace, data, TRACE_HEADER_BYTES + 2 * TRACE_OP_BYTES + 5);
	assert_int_equal(trace.num_ops, 2);
	assert_memory_equal(&trace.header, &header, sizeof(header));
	expect_valid(&trace);
	/* ... and the other way: the default header is written as zeros behind the magic. */
	trace.num_ops = 0;
	assert_int_equal(trace_encode(&trace, data_again, sizeof(data_again)), TRACE_HEADER_BYTES);
	assert_memory_equal(data_again, "SVT3", 4);
	assert_memory_equal(data_again + 4, data, TRACE_HEADER_BYTES - 4);
}

static void any_bytes_decode_to_a_valid_trace(void **state)
{
	uint64_t seed = 3;
	unsigned i;

	(void)state;
	for (i = 0; i < 4000; i++) {
		size_t size =
			gen_bytes(&seed, data, i % (TRACE_HEADER_BYTES + 30 * TRACE_OP_BYTES));

		/* Every third input starts well: the magic must not matter. */
		if (i % 3 == 0 && size >= 4)
			memcpy(data, "SVT3", 4);
		trace_decode(&trace, data, size);
		expect_valid(&trace);
	}
}

static void more_bytes_than_a_trace_holds_are_ignored(void **state)
{
	uint64_t seed = 4;

	(void)state;
	gen_bytes(&seed, data, sizeof(data));
	trace_decode(&trace, data, sizeof(data));
	assert_int_equal(trace.num_ops, TRACE_MAX_OPS);
	expect_valid(&trace);
}

static void random_headers_are_mostly_useful(void **state)
{
	enum { ROUNDS = 2000 };
	unsigned i, d, bindable = 0, shared = 0, misuse = 0;
	uint64_t seed = 5;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		bool can_bind = false, one_domain = false;

		trace_decode(&trace, data, gen_bytes(&seed, data, TRACE_HEADER_BYTES));
		for (d = 0; d < trace.header.num_devices; d++) {
			const struct trace_device *device = &trace.header.device[d];

			can_bind |= device->sva && device->pasid_bits && trace.header.ssid_bits;
			one_domain |= d && device->domain == device[-1].domain;
		}
		bindable += can_bind;
		shared += one_domain;
		misuse += trace.header.misuse;
	}
	assert_true(bindable > ROUNDS * 3 / 4);
	assert_true(shared > ROUNDS / 4);
	assert_true(misuse < ROUNDS / 20);
}

/* New features show now and then, old topologies stay the rule. */
static void random_headers_have_rare_features_rarely(void **state)
{
	enum { ROUNDS = 4000 };
	unsigned i, d, el2 = 0, msi = 0, range_inv = 0, stall = 0, force = 0;
	unsigned devices = 0, stalling = 0, streams = 0, default_dma = 0;
	unsigned second = 0;
	uint64_t seed = 13;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		const struct trace_header *header = &trace.header;

		trace_decode(&trace, data, gen_bytes(&seed, data, TRACE_HEADER_BYTES));
		el2 += header->el2;
		default_dma += header->default_dma;
		msi += header->msi;
		range_inv += header->range_inv;
		stall += header->stall != TRACE_STALL_NONE;
		force += header->stall == TRACE_STALL_FORCE;
		devices += header->num_devices;
		for (d = 0; d < header->num_devices; d++) {
			stalling += header->device[d].stall;
			streams += header->device[d].streams == 2;
			second += header->device[d].smmu;
		}
	}
	assert_in_range(el2, ROUNDS / 5, ROUNDS / 3);
	/* Not where there is an identity domain. */
	assert_in_range(default_dma, ROUNDS / 12, ROUNDS / 2);
	assert_in_range(msi, ROUNDS / 5, ROUNDS / 3);
	assert_in_range(range_inv, ROUNDS / 5, ROUNDS / 3);
	assert_in_range(stall, ROUNDS / 5, ROUNDS / 3);
	assert_in_range(force, ROUNDS / 12, ROUNDS / 5);
	assert_in_range(stalling, devices / 5, devices / 3);
	assert_in_range(streams, devices / 8, devices / 5);
	assert_in_range(second, devices / 20, devices / 6);
}

static void traces_and_bytes_are_inverse(void **state)
{
	uint64_t seed = 6;
	unsigned i;

	(void)state;
	for (i = 0; i < 4000; i++) {
		size_t size;

		gen_trace(&seed, &trace, i % 40);
		size = trace_encode(&trace, data, sizeof(data));
		assert_int_equal(size, TRACE_HEADER_BYTES + (i % 40) * TRACE_OP_BYTES);
		assert_true(trace_is_binary(data, size));
		trace_decode(&again, data, size);
		assert_true(same_trace(&trace, &again));
		assert_int_equal(trace_encode(&again, data_again, sizeof(data_again)), size);
		assert_memory_equal(data, data_again, size);
	}
}

static void canonical_text_survives_its_bytes(void **state)
{
	uint64_t seed = 8;
	unsigned i;

	(void)state;
	for (i = 0; i < 2000; i++) {
		struct error error = {0};
		size_t size;

		gen_trace(&seed, &trace, i % 40);
		size = trace_format(&trace, text, sizeof(text));
		assert_true(trace_parse(&again, "t", text, size, &error));
		size = trace_encode(&again, data, sizeof(data));
		trace_decode(&trace, data, size);
		trace_format(&trace, text_again, sizeof(text_again));
		assert_string_equal(text, text_again);
	}
}

static void encoding_needs_its_room(void **state)
{
	uint64_t seed = 9;
	size_t size;

	(void)state;
	gen_trace(&seed, &trace, 3);
	size = trace_encode(&trace, data, sizeof(data));
	assert_int_equal(trace_encode(&trace, data, size), size);
	assert_int_equal(trace_encode(&trace, data, size - 1), 0);
	assert_int_equal(trace_encode(&trace, data, 0), 0);
}

static void text_is_not_binary(void **state)
{
	(void)state;
	assert_false(trace_is_binary((const uint8_t *)"policy", 6));
	assert_false(trace_is_binary((const uint8_t *)"SVT", 3));
	assert_false(trace_is_binary(NULL, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_bytes_give_the_default_topology),
		cmocka_unit_test(zero_bytes_give_the_default_topology),
		cmocka_unit_test(any_bytes_decode_to_a_valid_trace),
		cmocka_unit_test(more_bytes_than_a_trace_holds_are_ignored),
		cmocka_unit_test(random_headers_are_mostly_useful),
		cmocka_unit_test(random_headers_have_rare_features_rarely),
		cmocka_unit_test(traces_and_bytes_are_inverse),
		cmocka_unit_test(canonical_text_survives_its_bytes),
		cmocka_unit_test(encoding_needs_its_room),
		cmocka_unit_test(text_is_not_binary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
