/* SPDX-License-Identifier: MIT */
/*
 * Contract: a fault of a device that can stall is answered once: by retry when the process could
 * have made the access itself, by abort otherwise (D-8, D-14, D-16, D-21). Read from
 * iommu_sva_handle_mm() and find_fault_handler() of 6.12, iopf_handle_single() of 6.1.
 * Run: the program itself.
 */
#include "linux_fixture.h"

enum { STALLING = 2 }; /* the device */

/* p0 is bound to the stalling device: slots 0 and 1 writable, 2 read-only, 3 swapped out. */
static struct ref bound_to_stalling_device(struct ref_topology topology)
{
	struct ref ref = linux_with(topology);

	OK(ref_attach(&ref, STALLING, B));
	OK(ref_init(&ref, STALLING, topology.device[STALLING].streams > 1 ? 0 : REF_FEAT_IOPF, 0,
		    0));
	OK(ref_mmap(&ref, P0, 0, 2, RW));
	OK(ref_mmap(&ref, P0, 2, 1, REF_READ));
	OK(ref_mmap(&ref, P0, 3, 1, RW));
	OK(ref_cpu(&ref, P0, 3, true));
	OK(ref_swap_out(&ref, P0, 3));
	assert_int_equal(OK(bind(&ref, STALLING, P0)).value, 1);
	return ref;
}

static void expect_stall(struct ref_result result, unsigned outcome, unsigned stalls)
{
	assert_int_equal(result.access.outcome, outcome);
	assert_int_equal(result.access.stalls, stalls);
	assert_int_equal(result.access.unreported, outcome == REF_FAULT_ABORT && stalls);
}

static void access_that_needs_no_fault_does_not_stall(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = bound_to_stalling_device(linux_topology(policy));

		expect_stall(OK(ref_dma(&ref, STALLING, true, 1, 0, true)), REF_OUTCOME_OK, 0);
	}
}

static void page_that_is_out_is_brought_in(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = bound_to_stalling_device(linux_topology(policy));
		struct ref_result result = OK(ref_dma(&ref, STALLING, true, 1, 3, false));

		expect_stall(result, REF_OUTCOME_OK, 1);
		assert_int_equal(result.access.value, 1);
		expect_stall(OK(ref_dma(&ref, STALLING, true, 1, 3, false)), REF_OUTCOME_OK, 0);
	}
}

static void write_to_a_shared_page_copies_it(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = bound_to_stalling_device(linux_topology(policy));
		struct ref_result result;

		OK(ref_cpu(&ref, P0, 0, true));
		OK(ref_fork(&ref, P0, P2));
		expect_stall(OK(ref_dma(&ref, STALLING, true, 1, 0, false)), REF_OUTCOME_OK, 0);
		result = OK(ref_dma(&ref, STALLING, true, 1, 0, true));
		expect_stall(result, REF_OUTCOME_OK, 1);
		assert_int_equal(OK(ref_cpu(&ref, P0, 0, false)).access.value, result.access.value);
		assert_int_equal(OK(ref_cpu(&ref, P2, 0, false)).access.value, 2);
	}
}

/* "Unmapped area", "Access fault" */
static void what_the_process_may_not_is_aborted_and_changes_nothing(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = bound_to_stalling_device(linux_topology(policy));
		struct ref before = ref;

		expect_stall(OK(ref_dma(&ref, STALLING, true, 1, 4, false)), REF_FAULT_TRANSLATION,
			     1);
		expect_stall(OK(ref_dma(&ref, STALLING, true, 1, 2, true)), REF_FAULT_PERMISSION,
			     1);
		assert_memory_equal(&ref, &before, sizeof(ref));
		OK(ref_swap_out(&ref, P0, 2));
		before = ref;
		expect_stall(OK(ref_dma(&ref, STALLING, true, 1, 2, true)), REF_FAULT_TRANSLATION,
			     1);
		assert_memory_equal(&ref, &before, sizeof(ref));
	}
}

/* find_fault_handler(): a domain has no iopf_handler; 6.1: "Nobody cared, abort the access" */
static void fault_in_a_private_table_stalls_and_is_aborted(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = bound_to_stalling_device(linux_topology(policy));

		OK(ref_map(&ref, B, 0, 1, REF_READ));
		expect_stall(OK(ref_dma(&ref, STALLING, false, 0, 1, false)), REF_FAULT_TRANSLATION,
			     1);
		expect_stall(OK(ref_dma(&ref, STALLING, false, 0, 0, true)), REF_FAULT_PERMISSION,
			     1);
		/* C_BAD_CD and the like are no faults that stall. */
		expect_stall(OK(ref_dma(&ref, STALLING, true, 2, 0, true)), REF_FAULT_PASID, 0);
		if (policy == L61)
			continue;
		OK(ref_attach_pasid(&ref, STALLING, B, 5));
		expect_stall(OK(ref_dma(&ref, STALLING, true, 5, 1, false)), REF_FAULT_TRANSLATION,
			     1);
	}
}

static void fault_without_a_handler_is_aborted(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref_topology topology = linux_topology(policy);
		struct ref ref;

		topology.device[STALLING].streams = 2;
		ref = bound_to_stalling_device(topology);
		expect_stall(OK(ref_dma(&ref, STALLING, true, 1, 3, false)), REF_FAULT_TRANSLATION,
			     1);
	}
}

/* 6.1: the sibling reaches the entry, but has no handler of its own. */
static void sibling_6_1_without_sva_gets_no_page(void **state)
{
	struct ref_topology topology = linux_topology(L61);
	struct ref ref;

	(void)state;
	topology.device[1].stall = 1;
	topology.device[1].ats = 0;
	ref = bound_to_stalling_device(topology);
	OK(ref_attach(&ref, 1, B));
	expect_stall(OK(ref_dma(&ref, 1, true, 1, 3, false)), REF_FAULT_TRANSLATION, 1);
	/* iommu_sva_find() asks for the PASID, not for a bond of the device. */
	OK(ref_init(&ref, 1, REF_FEAT_IOPF, 0, 0));
	expect_stall(OK(ref_dma(&ref, 1, true, 1, 3, false)), REF_OUTCOME_OK, 1);
}

static void device_without_stalls_faults_at_once(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_at_work(policy);

		OK(bind(&ref, 0, P0));
		expect_stall(OK(ref_dma(&ref, 0, true, 1, 0, false)), REF_FAULT_TRANSLATION, 0);
	}
}

/* arm_smmu_make_sva_cd(): S stays where "stall disable" is not permitted. */
static void quiesced_bond_stalls_where_stalls_are_forced(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref_topology topology = linux_topology(policy);
		struct ref ref;

		topology.stall_force = 1;
		for (unsigned i = 0; i < topology.num_devices; i++)
			topology.device[i].stall = 1;
		ref = bound_to_stalling_device(topology);
		OK(ref_exit(&ref, P0));
		expect_stall(OK(ref_dma(&ref, STALLING, true, 1, 0, true)), REF_FAULT_ABORT, 1);
	}
}

/* 5.5 CD.S is for Untranslated traffic, which a function with ATS may send as well. */
static void device_with_ats_stalls_where_stalls_are_forced(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref_topology topology = linux_topology(policy);
		struct ref ref;

		topology.stall_force = 1;
		for (unsigned i = 0; i < topology.num_devices; i++)
			topology.device[i].stall = 1;
		topology.device[STALLING].ats = 1;
		ref = bound_to_stalling_device(topology);
		expect_stall(OK(ref_dma(&ref, STALLING, true, 1, 3, false)), REF_OUTCOME_OK, 1);
	}
}

/* iommu_report_device_fault(): without an iopf_group it answers with IOMMU_PAGE_RESP_FAILURE. */
static void fault_without_memory_is_aborted(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = bound_to_stalling_device(linux_topology(policy));

		expect_stall(OK(ref_dma_no_memory(&ref, STALLING, true, 1, 3, false)),
			     REF_FAULT_TRANSLATION, 1);
		/* Nothing came in. */
		expect_stall(OK(ref_dma(&ref, STALLING, true, 1, 3, false)), REF_OUTCOME_OK, 1);
	}
}

/* 6.1: the blocking domain translates, with the stalls of its group. */
static void blocked_6_1_stalls_and_aborts(void **state)
{
	struct ref ref = linux_idle(L61);

	(void)state;
	OK(ref_claim(&ref, STALLING));
	expect_stall(OK(ref_dma(&ref, STALLING, false, 0, 0, true)), REF_FAULT_TRANSLATION, 1);
}

static void device_without_iommu_is_aborted_reported_or_not(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_idle(policy);
		struct ref_result result = OK(ref_dma(&ref, 3, false, 0, 0, true));

		assert_int_equal(result.access.outcome, REF_FAULT_ABORT);
		assert_int_equal(result.access.unreported, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(access_that_needs_no_fault_does_not_stall),
		cmocka_unit_test(page_that_is_out_is_brought_in),
		cmocka_unit_test(write_to_a_shared_page_copies_it),
		cmocka_unit_test(what_the_process_may_not_is_aborted_and_changes_nothing),
		cmocka_unit_test(fault_in_a_private_table_stalls_and_is_aborted),
		cmocka_unit_test(fault_without_a_handler_is_aborted),
		cmocka_unit_test(sibling_6_1_without_sva_gets_no_page),
		cmocka_unit_test(device_without_stalls_faults_at_once),
		cmocka_unit_test(quiesced_bond_stalls_where_stalls_are_forced),
		cmocka_unit_test(device_with_ats_stalls_where_stalls_are_forced),
		cmocka_unit_test(fault_without_memory_is_aborted),
		cmocka_unit_test(blocked_6_1_stalls_and_aborts),
		cmocka_unit_test(device_without_iommu_is_aborted_reported_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
