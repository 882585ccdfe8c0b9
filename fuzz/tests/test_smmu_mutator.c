/* SPDX-License-Identifier: MIT */
/*
 * Contract: the device-level mutator makes traces from any bytes, the same ones from the same seed,
 * within the size it is given; for the comparison with QEMU only what QEMU can do.
 * Run: ctest -R test_smmu_mutator, or the program itself.
 */
#include "../smmu_mutator.h"

#include "../../harness/device/peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static uint8_t data[DEV_BINARY_MAX], other[DEV_BINARY_MAX], third[DEV_BINARY_MAX];
static struct dev_trace trace;

static void the_same_seed_makes_the_same_bytes(void **state)
{
	size_t size = 0, again = 0;

	(void)state;
	for (unsigned seed = 0; seed < 300; seed++) {
		struct smmu_mutator m;

		smmu_mutator_seed(&m, seed, seed & 1);
		size = smmu_mutate(&m, data, size, 3392);
		smmu_mutator_seed(&m, seed, seed & 1);
		again = smmu_mutate(&m, other, again, 3392);
		assert_int_equal(size, again);
		assert_memory_equal(data, other, size);
		assert_in_range(size, DEV_HEADER_BYTES, 3392);
	}
}

static void small_buffers_are_kept_to(void **state)
{
	(void)state;
	for (unsigned seed = 0; seed < 100; seed++) {
		struct smmu_mutator m;
		size_t room = DEV_HEADER_BYTES + seed;

		memset(data, (int)seed, sizeof(data));
		memset(third, 0xaa, sizeof(third));
		smmu_mutator_seed(&m, seed, false);
		assert_in_range(smmu_mutate(&m, data, room, room), DEV_HEADER_BYTES, room);
		assert_in_range(smmu_crossover(&m, data, room, other, 500, third, room),
				DEV_HEADER_BYTES, room);
		assert_int_equal(third[room], 0xaa);
		assert_int_equal(smmu_mutate(&m, data, 10, 10), 0);
	}
}

static void qemu_gets_what_it_can_do(void **state)
{
	struct dev_header header = dev_peer_header();

	(void)state;
	for (unsigned seed = 0; seed < 300; seed++) {
		struct smmu_mutator m;

		smmu_mutator_seed(&m, seed, true);
		smmu_random_trace(&m, &trace, 60);
		header.two_level = trace.header.two_level;
		assert_memory_equal(&trace.header, &header, sizeof(header));
		for (unsigned i = 0; i < trace.num_ops; i++)
			assert_true(dev_peer_takes(&trace.op[i]));
	}
}

static void every_op_is_made(void **state)
{
	bool seen[DEV_NUM_OPS] = {false};

	(void)state;
	for (unsigned seed = 0; seed < 300; seed++) {
		struct smmu_mutator m;

		smmu_mutator_seed(&m, seed, false);
		smmu_random_trace(&m, &trace, 60);
		for (unsigned i = 0; i < trace.num_ops; i++)
			seen[trace.op[i].code] = true;
	}
	for (unsigned code = 0; code < DEV_NUM_OPS; code++)
		if (!seen[code])
			fail_msg("never made: %s", dev_op_info[code].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_seed_makes_the_same_bytes),
		cmocka_unit_test(small_buffers_are_kept_to),
		cmocka_unit_test(qemu_gets_what_it_can_do),
		cmocka_unit_test(every_op_is_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
