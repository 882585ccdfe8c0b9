/* SPDX-License-Identifier: MIT */
/*
 * Contract: under both stages every address that stage 1 reads is an IPA, faults come in the order
 * of 7.3.22 with the class and the IPA of 7.3.13, and rights and sizes are those of both stages.
 * Run: ctest -R smmuv3.test_nested_walk
 */
#include "nested_scene.h"

static void every_address_of_stage_1_is_an_ipa(void **state)
{
	struct nested *nested = nested_new(LEAF_RW);
	struct smmu_walk walk = nested_walk(nested, (struct smmu_request){.addr = 0x678});

	(void)state;
	assert_int_equal(walk.event, 0);
	assert_int_equal(walk.pa, NESTED_PAGE + 0x678);
	assert_int_equal(walk.ipa, IPA_OF(NESTED_PAGE) + 0x678);
	assert_int_equal(walk.size, 4096);
	assert_true(walk.user_read && walk.user_write && !walk.user_exec);
	/* 4 descriptors of stage 1, each with a page that takes 3 of stage 2, and the output. */
	assert_int_equal(nested->reads, 4 * (3 + 1) + 3);
	nested_free(nested);
}

static void stage_2_stops_each_fetch_of_stage_1(void **state)
{
	static const struct {
		uint64_t clear, set;
		uint8_t event, cause;
	} cases[] = {
		{1, 0, SMMU_F_TRANSLATION, SMMU_CAUSE_s2_desc_invalid},
		{2, 0, SMMU_F_TRANSLATION, SMMU_CAUSE_s2_desc_reserved},
		{0, SMMU_BIT(40), SMMU_F_ADDR_SIZE, SMMU_CAUSE_s2_output_size},
		{S2_AF, 0, SMMU_F_ACCESS, SMMU_CAUSE_s2_access_flag},
		{S2_READ, 0, SMMU_F_PERMISSION, SMMU_CAUSE_s2_perm_read},
	};

	(void)state;
	for (unsigned level = 0; level < 4; level++)
		for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			struct nested *nested = nested_new(LEAF_RW);
			uint64_t ipa = IPA_OF(nested->s1_entry[level]);
			uint64_t entry = s2_entry(nested, ipa);

			poke(nested->scene, entry,
			     (look(nested->scene, entry) & ~cases[i].clear) | cases[i].set);
			expect_walk_fault(nested_read(nested), cases[i].event, cases[i].cause, true,
					  SMMU_CLASS_TT, ipa);
			assert_false(nested_read(nested).tt_write);
			nested_free(nested);
		}
}

static void stage_2_stops_the_output(void **state)
{
	struct nested *nested = nested_new(LEAF_RW);
	uint64_t entry = s2_entry(nested, IPA_OF(NESTED_PAGE));

	(void)state;
	poke(nested->scene, entry, 0);
	expect_walk_fault(nested_read(nested), SMMU_F_TRANSLATION, SMMU_CAUSE_s2_desc_invalid, true,
			  SMMU_CLASS_IN, IPA_OF(NESTED_PAGE));
	poke(nested->scene, entry, NESTED_PAGE | (S2_RW & ~S2_WRITE));
	assert_int_equal(nested_read(nested).event, 0);
	expect_walk_fault(nested_write(nested), SMMU_F_PERMISSION, SMMU_CAUSE_s2_perm_write, true,
			  SMMU_CLASS_IN, IPA_OF(NESTED_PAGE));
	/* 3.4: an IPA that stage 1 may yield and stage 2 does not take. */
	poke(nested->scene, nested->s1_entry[3], SMMU_BIT(39) | LEAF_RW);
	expect_walk_fault(nested_read(nested), SMMU_F_TRANSLATION, SMMU_CAUSE_s2_range, true,
			  SMMU_CLASS_IN, SMMU_BIT(39));
	nested_free(nested);
}

static void faults_of_stage_1_are_its_own(void **state)
{
	struct nested *nested = nested_new(LEAF_RO);

	(void)state;
	expect_walk_fault(nested_write(nested), SMMU_F_PERMISSION, SMMU_CAUSE_s1_perm_write, false,
			  SMMU_CLASS_IN, 0);
	poke(nested->scene, nested->s1_entry[3], IPA_OF(NESTED_PAGE) | (LEAF_RO & ~SMMU_BIT(10)));
	expect_walk_fault(nested_read(nested), SMMU_F_ACCESS, SMMU_CAUSE_s1_access_flag, false,
			  SMMU_CLASS_IN, 0);
	/* A table beyond the IPS is not given to stage 2. */
	poke(nested->scene, nested->s1_entry[2], SMMU_BIT(40) | 3);
	expect_walk_fault(nested_read(nested), SMMU_F_ADDR_SIZE, SMMU_CAUSE_s1_table_size, false,
			  SMMU_CLASS_IN, 0);
	poke(nested->scene, nested->s1_entry[1], 0);
	expect_walk_fault(nested_read(nested), SMMU_F_TRANSLATION, SMMU_CAUSE_s1_desc_invalid,
			  false, SMMU_CLASS_IN, 0);
	nested_free(nested);
}

static void aborts_name_the_descriptor_that_could_not_be_read(void **state)
{
	(void)state;
	for (unsigned level = 0; level < 4; level++) {
		struct nested *nested = nested_new(LEAF_RW);
		uint64_t ipa = IPA_OF(nested->s1_entry[level]);
		uint64_t entry = s2_entry(nested, ipa);
		struct smmu_walk walk;

		/* 7.3.12: the stage-1 descriptor, by its PA: S2 == 0, CLASS == TT. */
		nested->scene->bad_pa = nested->s1_entry[level];
		walk = nested_read(nested);
		expect_walk_fault(walk, SMMU_F_WALK_EABT, SMMU_CAUSE_s1_walk_abort, false,
				  SMMU_CLASS_TT, 0);
		assert_int_equal(walk.fetch_addr, nested->s1_entry[level]);
		nested->scene->bad_pa = entry;
		walk = nested_read(nested);
		expect_walk_fault(walk, SMMU_F_WALK_EABT, SMMU_CAUSE_s2_walk_abort, true,
				  SMMU_CLASS_TT, ipa);
		assert_int_equal(walk.fetch_addr, entry);
		nested_free(nested);
	}
}

static void faults_come_in_the_order_of_the_walk(void **state)
{
	struct nested *nested = nested_new(LEAF_RO & ~SMMU_BIT(10));
	uint64_t out = s2_entry(nested, IPA_OF(NESTED_PAGE));
	uint64_t last = s2_entry(nested, IPA_OF(nested->s1_entry[3]));

	(void)state;
	/* Everything is wrong; each repair uncovers the next. */
	poke(nested->scene, out, 0);
	poke(nested->scene, last, look(nested->scene, last) & ~(S2_READ | S2_AF));
	nested->s1.t0sz = 24;
	expect_walk_fault(nested_write(nested), SMMU_F_TRANSLATION, SMMU_CAUSE_s1_range, false,
			  SMMU_CLASS_IN, 0);
	nested->s1.t0sz = 16;
	expect_walk_fault(nested_write(nested), SMMU_F_ACCESS, SMMU_CAUSE_s2_access_flag, true,
			  SMMU_CLASS_TT, IPA_OF(nested->s1_entry[3]));
	nested->s2.affd = true;
	expect_walk_fault(nested_write(nested), SMMU_F_PERMISSION, SMMU_CAUSE_s2_perm_read, true,
			  SMMU_CLASS_TT, IPA_OF(nested->s1_entry[3]));
	poke(nested->scene, last, look(nested->scene, last) | S2_READ);
	expect_walk_fault(nested_write(nested), SMMU_F_ACCESS, SMMU_CAUSE_s1_access_flag, false,
			  SMMU_CLASS_IN, 0);
	nested->s1.affd = true;
	expect_walk_fault(nested_write(nested), SMMU_F_PERMISSION, SMMU_CAUSE_s1_perm_write, false,
			  SMMU_CLASS_IN, 0);
	poke(nested->scene, nested->s1_entry[3], IPA_OF(NESTED_PAGE) | LEAF_RW);
	expect_walk_fault(nested_write(nested), SMMU_F_TRANSLATION, SMMU_CAUSE_s2_desc_invalid,
			  true, SMMU_CLASS_IN, IPA_OF(NESTED_PAGE));
	poke(nested->scene, out, NESTED_PAGE | S2_RW);
	assert_int_equal(nested_write(nested).event, 0);
	nested_free(nested);
}

static void rights_are_those_of_both_stages(void **state)
{
	struct nested *nested = nested_new(LEAF_RW & ~SMMU_BIT(54));
	uint64_t out = s2_entry(nested, IPA_OF(NESTED_PAGE));
	struct smmu_walk walk;

	(void)state;
	walk = nested_read(nested);
	assert_true(walk.user_read && walk.user_write && walk.user_exec && walk.priv_read &&
		    walk.priv_write && !walk.priv_exec);
	/* XN = 0b11: EL1 only, which stage 1 does not let execute. */
	poke(nested->scene, out, NESTED_PAGE | (S2_RW & ~S2_WRITE) | 3ull << 53);
	walk = nested_read(nested);
	assert_true(walk.user_read && !walk.user_write && !walk.user_exec && walk.priv_read &&
		    !walk.priv_write && !walk.priv_exec);
	walk = nested_walk(nested, (struct smmu_request){.instruction = true});
	expect_walk_fault(walk, SMMU_F_PERMISSION, SMMU_CAUSE_s2_perm_exec, true, SMMU_CLASS_IN,
			  IPA_OF(NESTED_PAGE));
	/* PAN asks stage 1 alone: the page is a user's even where stage 2 lets nobody read. */
	poke(nested->scene, out, NESTED_PAGE | (S2_RW & ~S2_READ));
	nested->s1.pan = true;
	walk = nested_write(nested);
	assert_int_equal(walk.event, 0);
	assert_true(walk.user_write && !walk.priv_write && !walk.user_read);
	nested_free(nested);
}

static void the_overrides_count_at_both_stages(void **state)
{
	struct nested *nested = nested_new(LEAF_RW & ~(SMMU_BIT(53) | SMMU_BIT(54)));
	uint64_t out = s2_entry(nested, IPA_OF(NESTED_PAGE));

	(void)state;
	/* Data only at stage 2. */
	poke(nested->scene, out, NESTED_PAGE | S2_RW | 2ull << 53);
	assert_int_equal(nested_read(nested).event, 0);
	nested->s1.inst = 3;
	assert_int_equal(nested_read(nested).cause, SMMU_CAUSE_s2_perm_exec);
	/* EL0 only. */
	poke(nested->scene, out, NESTED_PAGE | S2_RW | 1ull << 53);
	assert_int_equal(nested_read(nested).event, 0);
	poke(nested->scene, nested->s1_entry[3],
	     IPA_OF(NESTED_PAGE) | ((LEAF_RO | SMMU_BIT(6)) & ~(SMMU_BIT(53) | SMMU_BIT(54))));
	nested->s1.priv = 3;
	assert_int_equal(nested_read(nested).cause, SMMU_CAUSE_s2_perm_exec);
	nested_free(nested);
}

static void the_smaller_leaf_is_the_size(void **state)
{
	struct nested *nested = nested_new(LEAF_RW);
	struct smmu_walk walk;

	(void)state;
	/* A block of stage 1 over pages of stage 2. */
	poke(nested->scene, nested->s1_entry[2], IPA_OF(RAM_BASE) | (LEAF_RW & ~2ull));
	walk = nested_walk(nested, (struct smmu_request){.addr = 0x10});
	assert_int_equal(walk.event, 0);
	assert_int_equal(walk.size, 4096);
	assert_int_equal(walk.level, 2);
	/* NESTED_VA is 0x45000 into its block. */
	assert_int_equal(walk.ipa, IPA_OF(RAM_BASE) + 0x45010);
	assert_int_equal(walk.pa, RAM_BASE + 0x45010);
	nested_free(nested);
}

static void a_page_over_a_block_is_a_page(void **state)
{
	struct nested *nested = nested_new(LEAF_RW | SMMU_BIT(52));
	struct smmu_walk walk;

	(void)state;
	/* One block of 1 GiB instead of the tree. */
	poke(nested->scene, S2_ROOT + (IPA_OF(RAM_BASE) >> 30) * 8, RAM_BASE | (S2_RW & ~2ull));
	walk = nested_read(nested);
	assert_int_equal(walk.event, 0);
	assert_int_equal(walk.pa, NESTED_PAGE);
	assert_int_equal(walk.size, 4096);
	/* Only where both stages say so may a TLB join entries. */
	assert_false(walk.contiguous);
	poke(nested->scene, S2_ROOT + (IPA_OF(RAM_BASE) >> 30) * 8,
	     RAM_BASE | (S2_RW & ~2ull) | SMMU_BIT(52));
	assert_true(nested_read(nested).contiguous);
	nested_free(nested);
}

static void s2ptw_keeps_tables_out_of_device_memory(void **state)
{
	struct nested *nested = nested_new(LEAF_RW);
	uint64_t entry = s2_entry(nested, IPA_OF(nested->s1_entry[2]));

	(void)state;
	poke(nested->scene, entry, look(nested->scene, entry) & ~(0xfull << 2));
	assert_int_equal(nested_read(nested).event, 0);
	nested->s2.ptw = true;
	expect_walk_fault(nested_read(nested), SMMU_F_PERMISSION, SMMU_CAUSE_s2_perm_ptw, true,
			  SMMU_CLASS_TT, IPA_OF(nested->s1_entry[2]));
	/* The page itself may be a device. */
	poke(nested->scene, entry, look(nested->scene, entry) | 0xfull << 2);
	entry = s2_entry(nested, IPA_OF(NESTED_PAGE));
	poke(nested->scene, entry, look(nested->scene, entry) & ~(0xfull << 2));
	assert_int_equal(nested_read(nested).event, 0);
	nested_free(nested);
}

/* 3.9.1.2: without a right at stage 1 stage 2 is not looked at. */
static void an_ats_request_gets_the_rights_of_both(void **state)
{
	const struct smmu_request request = {.kind = SMMU_ATS_REQUEST, .write = true};
	struct nested *nested = nested_new(LEAF_RW & ~SMMU_BIT(6));
	uint64_t out = s2_entry(nested, IPA_OF(NESTED_PAGE));
	struct smmu_walk walk;

	(void)state;
	poke(nested->scene, out, 0);
	expect_walk_fault(nested_walk(nested, request), SMMU_F_PERMISSION, SMMU_CAUSE_s1_perm_user,
			  false, SMMU_CLASS_IN, 0);
	poke(nested->scene, nested->s1_entry[3], IPA_OF(NESTED_PAGE) | LEAF_RO);
	expect_walk_fault(nested_walk(nested, request), SMMU_F_TRANSLATION,
			  SMMU_CAUSE_s2_desc_invalid, true, SMMU_CLASS_IN, IPA_OF(NESTED_PAGE));
	poke(nested->scene, out, NESTED_PAGE | S2_RW);
	walk = nested_walk(nested, request);
	assert_int_equal(walk.event, 0);
	assert_true(walk.user_read && !walk.user_write);
	/* Read-only before write-only: nothing is left. */
	poke(nested->scene, out, NESTED_PAGE | (S2_RW & ~S2_READ));
	expect_walk_fault(nested_walk(nested, request), SMMU_F_PERMISSION, SMMU_CAUSE_s2_perm_read,
			  true, SMMU_CLASS_IN, IPA_OF(NESTED_PAGE));
	nested_free(nested);
}

/* Any garbage in the tables: an answer after a bounded number of reads. */
static void garbage_ends_after_a_bounded_number_of_reads(void **state)
{
	struct nested *nested = nested_new(LEAF_RW);
	uint64_t random = 0x9e3779b97f4a7c15;

	(void)state;
	nested->s1.ha = nested->s1.hd = nested->s2.ha = nested->s2.hd = true;
	for (unsigned round = 0; round < 20000; round++) {
		struct smmu_request request = {.write = round & 1, .kind = round % 3};
		unsigned reads = nested->reads;
		struct smmu_walk walk;

		for (unsigned i = 0; i < 3; i++) {
			unsigned word;

			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			/* Anything, or a valid descriptor that points into RAM. */
			word = (TABLES - RAM_BASE) / 8 + (random >> 40) % 0x12000;
			nested->scene->ram[word] = random & 0x100
							   ? random
							   : RAM_BASE + (random & 0xff000) +
								     (random & 3 ? IPA_OFFSET : 0) +
								     ((random & 0x4c0) | 3);
		}
		request.addr = random & 0xfffffff000;
		walk = smmu_walk_both(nested->scene->smmu, &nested->s1, &nested->s2, &request,
				      true);
		assert_true(nested->reads - reads <= 8 * (4 * (3 + 1) + 3 + 2 * 3));
		assert_true(walk.event || walk.size >= 4096);
		assert_true(!walk.event == !walk.cause);
	}
	nested_free(nested);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_address_of_stage_1_is_an_ipa),
		cmocka_unit_test(stage_2_stops_each_fetch_of_stage_1),
		cmocka_unit_test(stage_2_stops_the_output),
		cmocka_unit_test(faults_of_stage_1_are_its_own),
		cmocka_unit_test(aborts_name_the_descriptor_that_could_not_be_read),
		cmocka_unit_test(faults_come_in_the_order_of_the_walk),
		cmocka_unit_test(rights_are_those_of_both_stages),
		cmocka_unit_test(the_overrides_count_at_both_stages),
		cmocka_unit_test(the_smaller_leaf_is_the_size),
		cmocka_unit_test(a_page_over_a_block_is_a_page),
		cmocka_unit_test(s2ptw_keeps_tables_out_of_device_memory),
		cmocka_unit_test(an_ats_request_gets_the_rights_of_both),
		cmocka_unit_test(garbage_ends_after_a_bounded_number_of_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
