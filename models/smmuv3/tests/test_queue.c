/* SPDX-License-Identifier: MIT */
/*
 * Contract: what PROD, CONS and BASE of a queue say together (3.5.1, 6.3.26): sizes are capped, a
 * queue below 32 bytes is aligned to 32, indexes are cut to the size and wrap.
 * Run: ctest -R smmuv3.test_queue
 */
#include "../queue.h"
#include "bench.h"

/* 6.3.26: LOG2SIZE beyond CMDQS behaves as CMDQS. */
static void sizes_are_capped_at_what_is_offered(void **state)
{
	(void)state;
	assert_int_equal(smmu_queue_log2(0, 8), 0);
	assert_int_equal(smmu_queue_log2(8, 8), 8);
	assert_int_equal(smmu_queue_log2(9, 8), 8);
	assert_int_equal(smmu_queue_log2(31, 8), 8);
	assert_int_equal(smmu_queue_log2(31, 0), 0);
	assert_int_equal(smmu_queue_mask(31, 8), 0x1ff);
	assert_int_equal(smmu_queue_mask(0, 8), 1);
	assert_int_equal(smmu_queue_mask(19, 19), 0xfffff);
}

/* 6.3.26 ADDR: aligned to the larger of the queue's size and 32 bytes. */
static void bases_are_aligned_to_the_size_and_to_32_bytes(void **state)
{
	static const struct {
		unsigned log2, entry_bytes;
		uint64_t base;
	} cases[] = {
		{0, 16, 0x40000fe0}, {1, 16, 0x40000fe0}, {2, 16, 0x40000fc0},
		{0, 32, 0x40000fe0}, {1, 32, 0x40000fc0}, {5, 32, 0x40000c00},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct smmu_queue queue =
			smmu_queue_view(0x40000fe0 | cases[i].log2, 8, 0, 0, cases[i].entry_bytes);

		assert_int_equal(queue.base, cases[i].base);
		assert_int_equal(queue.entries, 1u << cases[i].log2);
	}
}

/* 3.5.1: index and wrap bit; what is above them is not looked at. */
static void indexes_are_cut_and_wrap(void **state)
{
	struct smmu_queue queue = smmu_queue_view(2, 8, 0xfffffff9, 0xfffffff5, 16);

	(void)state;
	assert_int_equal(queue.produced, 1);
	assert_int_equal(queue.consumed, 5);
	assert_int_equal(smmu_queue_fill(&queue), 4); /* full: the wrap bits differ */
	assert_int_equal(smmu_queue_next(&queue, 3), 4);
	assert_int_equal(smmu_queue_next(&queue, 7), 0);
	assert_int_equal(smmu_queue_entry(&queue, 5, 16), 16);
	queue.consumed = 2;
	assert_int_equal(smmu_queue_fill(&queue),
			 7); /* inconsistent: more than there is room for */
	queue.consumed = 1;
	assert_int_equal(smmu_queue_fill(&queue), 0);
}

/* 6.3.26: the Command queue takes what the cap leaves, at the place that the cap aligns. */
static void a_command_queue_of_too_many_entries_is_a_smaller_one(void **state)
{
	struct bench *bench = *state;
	struct smmu_profile profile = bench_profile();

	profile.cmdq_bits = BENCH_QUEUE_LOG2;
	bench_reset(bench, profile);
	bench_set64(bench, SMMU_REG_CMDQ_BASE, BENCH_CMDQ | 19);
	bench_set(bench, SMMU_REG_CR0, SMMU_CR0_CMDQEN);
	for (unsigned i = 0; i < 3 * BENCH_QUEUE_SIZE; i++)
		assert_true(bench_submit(bench, smmu_cmd_cfgi_all()));
	assert_int_equal(smmu_counters(bench->smmu).commands, 3 * BENCH_QUEUE_SIZE);
	assert_int_equal(bench_reg(bench, SMMU_REG_CMDQ_CONS), BENCH_QUEUE_SIZE);
	assert_int_equal(bench_reg(bench, SMMU_REG_GERROR), 0);
}

static void a_command_queue_of_one_entry_is_aligned_to_32_bytes(void **state)
{
	struct bench *bench = *state;
	uint64_t *entry;

	bench_set64(bench, SMMU_REG_CMDQ_BASE, (BENCH_CMDQ + 0x20) | 0);
	bench_set(bench, SMMU_REG_CR0, SMMU_CR0_CMDQEN);
	entry = &bench->ram[(BENCH_CMDQ + 0x20 - BENCH_RAM) / 8];
	for (unsigned i = 1; i <= 4; i++) {
		memcpy(entry, smmu_cmd_cfgi_all().word, SMMU_CMD_BYTES);
		bench_set(bench, SMMU_REG_CMDQ_PROD, i & 1);
		assert_int_equal(bench_reg(bench, SMMU_REG_CMDQ_CONS), i & 1);
		assert_int_equal(smmu_counters(bench->smmu).commands, i);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_capped_at_what_is_offered),
		cmocka_unit_test(bases_are_aligned_to_the_size_and_to_32_bytes),
		cmocka_unit_test(indexes_are_cut_and_wrap),
		cmocka_unit_test_setup_teardown(
			a_command_queue_of_too_many_entries_is_a_smaller_one, bench_setup,
			bench_teardown),
		cmocka_unit_test_setup_teardown(a_command_queue_of_one_entry_is_aligned_to_32_bytes,
						bench_setup, bench_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
