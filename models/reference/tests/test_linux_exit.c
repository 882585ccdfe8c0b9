/* SPDX-License-Identifier: MIT */
/*
 * Contract: under Linux exit calls nobody; what is bound is quiesced until unbind, and the PASID is
 * free when neither task nor bond refers to the address space (A-43, A-45 .. A-48, C-3, C-13).
 * Run: the program itself.
 */
#include "linux_fixture.h"

/* arm_smmu_mm_release(): "DMA may still be running. Keep the cd valid to avoid C_BAD_CD events, but
 * disable translation." */
static void exit_quiesces_bonds_in_silence_and_calls_nobody(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_at_work(policy);
		struct ref_result result;

		OK(ref_mmap(&ref, P0, 0, 2, RW));
		OK(bind(&ref, 0, P0));
		OK(bind(&ref, 2, P0));
		result = OK(ref_exit(&ref, P0));
		assert_int_equal(result.num_calls, 0);
		assert_target(&ref, 0, true, 1, REF_TARGET_QUIESCED, 0);
		result = OK(ref_dma(&ref, 0, true, 1, 0, true));
		assert_int_equal(result.access.outcome, REF_FAULT_ABORT);
		assert_int_equal(result.access.unreported, 0);
		result = OK(ref_ats(&ref, 0, true, 1, 0));
		assert_int_equal(result.access.outcome, REF_OUTCOME_OK);
		assert_int_equal(result.access.prot, 0);
		/* No stall either, where the IOMMU can do without. */
		result = OK(ref_dma(&ref, 2, true, 1, 0, true));
		assert_int_equal(result.access.outcome, REF_FAULT_ABORT);
		assert_int_equal(result.access.stalls, 0);
		assert_int_equal(ref_usage(&ref).pages, 0);
	}
}

static void unbind_after_exit_works_and_the_pasid_goes_with_the_last_bond(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_at_work(policy);

		OK(bind(&ref, 0, P0));
		OK(bind(&ref, 2, P0));
		OK(ref_exit(&ref, P0));
		assert_int_equal(OK(bind(&ref, 1, P1)).value, 2);
		OK(ref_unbind(&ref, 0, 1));
		assert_unreachable(&ref, 0, 1);
		assert_int_equal(ref_usage(&ref).pasids, 2);
		OK(ref_unbind(&ref, 2, 1));
		assert_int_equal(ref_usage(&ref).pasids, 1);
		OK(ref_spawn(&ref, P0));
		assert_int_equal(OK(bind(&ref, 0, P0)).value, 1);
	}
}

static void exit_without_a_bond_frees_the_pasid(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_at_work(policy);

		OK(bind(&ref, 0, P0));
		OK(ref_unbind(&ref, 0, 1));
		OK(ref_exit(&ref, P0));
		assert_int_equal(ref_usage(&ref).pasids, 0);
		assert_int_equal(ref_usage(&ref).mms, 1);
	}
}

/* mm_init(): mm_pasid_init() */
static void fork_gives_the_child_neither_pasid_nor_bond(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_at_work(policy);

		OK(bind(&ref, 0, P0));
		OK(ref_fork(&ref, P0, P2));
		assert_int_equal(ref.mm[ref.task[P2].mm].pasid, 0);
		assert_int_equal(OK(bind(&ref, 0, P2)).value, 2);
		OK(ref_exit(&ref, P0));
		assert_reaches(&ref, 0, 2, P2);
		assert_int_equal(ref_target(&ref, 0, true, 1).kind, REF_TARGET_QUIESCED);
	}
}

static void exec_leaves_the_old_space_quiesced(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_at_work(policy);

		OK(bind(&ref, 0, P0));
		OK(ref_exec(&ref, P0));
		assert_int_equal(ref.mm[ref.task[P0].mm].pasid, 0);
		assert_int_equal(ref_target(&ref, 0, true, 1).kind, REF_TARGET_QUIESCED);
		assert_int_equal(OK(bind(&ref, 0, P0)).value, 2);
		MAY(REF_MAY_UNBIND, 0, 1);
		OK(ref_unbind(&ref, 0, 1));
	}
}

static void space_of_threads_exits_with_the_last_of_them(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_at_work(policy);

		OK(ref_thread(&ref, P0, P2));
		OK(bind(&ref, 0, P2));
		OK(ref_exit(&ref, P0));
		assert_reaches(&ref, 0, 1, P2);
		OK(ref_exit_group(&ref, P2));
		assert_int_equal(ref_target(&ref, 0, true, 1).kind, REF_TARGET_QUIESCED);
	}
}

static void device_that_joins_a_domain_6_1_meets_the_quiesced_entry(void **state)
{
	struct ref ref = linux_at_work(L61);

	(void)state;
	OK(ref_shutdown(&ref, 1));
	OK(ref_detach(&ref, 1));
	OK(bind(&ref, 0, P0));
	OK(ref_exit(&ref, P0));
	OK(ref_attach(&ref, 1, A));
	assert_int_equal(ref_target(&ref, 1, true, 1).kind, REF_TARGET_QUIESCED);
}

static void exited_spaces_take_room_until_they_are_unbound(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_at_work(policy);

		OK(ref_exit(&ref, P0));
		OK(ref_exit(&ref, P1));
		for (unsigned i = 0; i < REF_MAX_MMS; i++) {
			assert_true(ref_room_for_mm(&ref));
			OK(ref_spawn(&ref, P0));
			OK(bind(&ref, 0, P0));
			if (i < REF_MAX_MMS - 1)
				OK(ref_exit(&ref, P0));
		}
		assert_false(ref_room_for_mm(&ref));
		FAILS(ref_spawn(&ref, P1), -EAGAIN, "fork(2)");
		FAILS(ref_fork(&ref, P0, P1), -EAGAIN, "fork(2)");
		FAILS(ref_exec(&ref, P0), -ENOMEM, "execve(2)");
		OK(ref_thread(&ref, P0, P1));
		OK(ref_unbind(&ref, 0, 3));
		assert_true(ref_room_for_mm(&ref));
		OK(ref_exec(&ref, P0));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_quiesces_bonds_in_silence_and_calls_nobody),
		cmocka_unit_test(unbind_after_exit_works_and_the_pasid_goes_with_the_last_bond),
		cmocka_unit_test(exit_without_a_bond_frees_the_pasid),
		cmocka_unit_test(fork_gives_the_child_neither_pasid_nor_bond),
		cmocka_unit_test(exec_leaves_the_old_space_quiesced),
		cmocka_unit_test(space_of_threads_exits_with_the_last_of_them),
		cmocka_unit_test(device_that_joins_a_domain_6_1_meets_the_quiesced_entry),
		cmocka_unit_test(exited_spaces_take_room_until_they_are_unbound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
