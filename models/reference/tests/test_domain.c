/* SPDX-License-Identifier: MIT */
/*
 * Contract: devices in one domain reach the same spaces (B-1, A-30), a group moves as one and bonds
 * do not move, private tables and processes are apart (A-3, B-4), and what a
 * transaction meets that has no space (A-7; Arm IHI 0070, 3.9.1.2 and 5.2).
 * Run: the program itself.
 */
#include "fixture.h"

static void sibling_in_the_domain_reaches_what_it_never_bound(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	OK(ref_mmap(&ref, 0, 0, 1, RW));
	OK(ref_bind(&ref, 0, 0, 0, true));
	assert_reaches(&ref, 1, 1, 0);
	OK(ref_dma(&ref, 1, true, 1, 0, true));
	FAULTS(ref_dma(&ref, 2, true, 1, 0, false), REF_FAULT_PASID);
}

static void device_that_joins_later_reaches_the_bonds_of_its_domain(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	OK(ref_bind(&ref, 0, 0, 0, true));
	assert_unreachable(&ref, 2, 1);
	OK(ref_attach(&ref, 2, A));
	assert_reaches(&ref, 2, 1, 0);
}

static void attach_elsewhere_drops_the_device_s_bonds_only(void **state)
{
	struct ref ref = machine_at_work(REF_FEAT_IOPF);
	struct ref_result result;

	(void)state;
	OK(ref_bind(&ref, 0, 0, REF_FEAT_IOPF, true));
	OK(ref_bind(&ref, 0, 1, 0, true));
	OK(ref_bind(&ref, 1, 0, REF_FEAT_IOPF, true));
	result = OK(ref_attach(&ref, 0, B));
	assert_int_equal(result.num_calls, 1); /* no mm_exit: A-36 */
	assert_call(result, 0, REF_CALL_FAULT_FLUSH, 0, 1);
	assert_int_equal(ref_usage(&ref).bonds, 1);
	assert_reaches(&ref, 1, 1, 0);
	assert_unreachable(&ref, 1, 2);
	assert_unreachable(&ref, 0, 1);
	/* init survives, the PASID as well. */
	assert_int_equal(OK(ref_bind(&ref, 0, 0, REF_FEAT_IOPF, true)).value, 1);
}

static void attach_to_the_same_domain_drops_the_bonds_too(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	OK(ref_bind(&ref, 0, 0, 0, true));
	OK(ref_attach(&ref, 0, A));
	assert_unreachable(&ref, 0, 1);
	assert_int_equal(ref_usage(&ref).pasids, 0);
}

static void group_moves_as_one(void **state)
{
	struct ref_topology topology = machine();
	struct ref ref;

	(void)state;
	topology.device[1].group = topology.device[0].group;
	ref_reset(&ref, &topology);
	OK(ref_attach(&ref, 1, B));
	assert_int_equal(ref.device[0].domain, B);
	OK(ref_detach(&ref, 0));
	assert_int_equal(ref.device[1].domain, REF_NONE);
	FAILS(ref_detach(&ref, 3), -ENODEV, "A-36");
	FAILS(ref_attach(&ref, 3, A), -ENODEV, "A-36");
	FAILS(ref_detach(&ref, 0), 0, "");
}

static void unplug_leaves_the_rest_of_the_group_where_it_is(void **state)
{
	struct ref_topology topology = machine();
	struct ref ref;

	(void)state;
	topology.device[1].group = topology.device[0].group;
	ref_reset(&ref, &topology);
	OK(ref_attach(&ref, 0, A));
	OK(ref_unplug(&ref, 0));
	assert_int_equal(ref.device[1].domain, A);
	assert_int_equal(ref.device[0].domain, REF_NONE);
	OK(ref_attach(&ref, 1, B));
	assert_int_equal(ref.device[0].domain, REF_NONE);
}

static void unplugged_device_has_nothing_and_can_do_nothing(void **state)
{
	struct ref ref = machine_at_work(REF_FEAT_IOPF);
	struct ref_result result;

	(void)state;
	OK(ref_bind(&ref, 0, 0, REF_FEAT_IOPF, true));
	result = OK(ref_unplug(&ref, 0));
	assert_int_equal(result.num_calls, 1);
	assert_call(result, 0, REF_CALL_FAULT_FLUSH, 0, 1);
	assert_int_equal(ref_usage(&ref).pasids, 0);
	assert_int_equal(ref_target(&ref, 0, false, 0).kind, REF_TARGET_ABORT);
	FAILS(ref_unplug(&ref, 0), -ENODEV, "A-36");
	FAILS(ref_attach(&ref, 0, A), -ENODEV, "A-36");
	FAILS(ref_detach(&ref, 0), -ENODEV, "A-36");
	FAILS(ref_init(&ref, 0, 0, 0, 0), -ENODEV, "A-11");
	FAILS(ref_dma(&ref, 0, false, 0, 0, false), -ENODEV, "A-36");
	FAILS(ref_ats(&ref, 0, false, 0, 0), -ENODEV, "A-36");
}

static void private_table_and_processes_do_not_touch_each_other(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	OK(ref_mmap(&ref, 0, 4, 2, RW));
	OK(ref_bind(&ref, 0, 0, 0, true));
	OK(ref_map(&ref, A, 4, 2, RW));
	OK(ref_dma(&ref, 0, false, 0, 4, true));
	OK(ref_dma(&ref, 1, true, 1, 4, true));
	assert_int_equal(OK(ref_dma(&ref, 1, false, 0, 4, false)).access.value, 1);
	assert_int_equal(OK(ref_cpu(&ref, 0, 4, false)).access.value, 2);
	assert_int_equal(OK(ref_unmap(&ref, A, 4, 2)).value, 2);
	FAULTS(ref_dma(&ref, 0, false, 0, 4, false), REF_FAULT_TRANSLATION);
	OK(ref_dma(&ref, 0, true, 1, 4, false));
}

static void map_is_all_or_nothing_and_unmap_counts(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	OK(ref_map(&ref, A, 2, 1, REF_READ));
	FAILS(ref_map(&ref, A, 0, 4, RW), -EEXIST, "A-3");
	OK(ref_map(&ref, B, 0, 4, RW)); /* another domain, another table */
	FAULTS(ref_dma(&ref, 0, false, 0, 2, true), REF_FAULT_PERMISSION);
	assert_int_equal(OK(ref_unmap(&ref, A, 0, 8)).value, 1);
	assert_int_equal(OK(ref_unmap(&ref, A, 0, 8)).value, 0);
	FAILS(ref_map(&ref, C, 0, 1, RW), -ENODEV, "A-3");
	FAILS(ref_unmap(&ref, C, 0, 1), -ENODEV, "A-3");
}

static void write_only_mapping_does_not_exist_in_stage_1(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	OK(ref_map(&ref, A, 0, 1, REF_WRITE));
	assert_int_equal(OK(ref_dma(&ref, 0, false, 0, 0, false)).access.prot, RW);
}

static void private_table_survives_detach(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	OK(ref_map(&ref, A, 0, 1, RW));
	OK(ref_dma(&ref, 0, false, 0, 0, true));
	OK(ref_detach(&ref, 0));
	OK(ref_attach(&ref, 0, A));
	assert_int_equal(OK(ref_dma(&ref, 0, false, 0, 0, false)).access.value, 1);
}

static void transaction_without_a_domain_is_aborted(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	OK(ref_detach(&ref, 0));
	FAULTS(ref_dma(&ref, 0, false, 0, 0, false), REF_FAULT_ABORT);
	FAULTS(ref_dma(&ref, 0, true, 1, 0, false), REF_FAULT_ABORT);
	FAULTS(ref_ats(&ref, 0, false, 0, 0), REF_FAULT_ABORT);
	FAULTS(ref_dma(&ref, 3, false, 0, 0, false), REF_FAULT_ABORT);
}

static void identity_domain_bypasses_but_knows_no_pasid(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	OK(ref_attach(&ref, 0, C));
	FAULTS(ref_dma(&ref, 0, false, 0, 0, false), REF_FAULT_BUS);
	FAULTS(ref_dma(&ref, 0, true, 1, 0, false), REF_FAULT_PASID);
	FAULTS(ref_dma(&ref, 0, true, 0, 0, false), REF_FAULT_PASID);
}

static void identity_domain_denies_every_ats_request(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	OK(ref_attach(&ref, 0, C));
	FAULTS(ref_ats(&ref, 0, false, 0, 0), REF_FAULT_ABORT);
	FAULTS(ref_ats(&ref, 0, true, 1, 0), REF_FAULT_ABORT);
}

static void pasid_0_is_not_the_private_table(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	OK(ref_map(&ref, A, 0, 1, RW));
	FAULTS(ref_dma(&ref, 0, true, 0, 0, false), REF_FAULT_PASID);
	FAULTS(ref_ats(&ref, 0, true, 0, 0), REF_FAULT_PASID);
}

static void ats_grants_what_a_dma_could_do_and_nothing_for_a_hole(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	OK(ref_mmap(&ref, 0, 0, 1, RW));
	OK(ref_mmap(&ref, 0, 1, 1, REF_READ));
	OK(ref_bind(&ref, 0, 0, 0, true));
	assert_int_equal(OK(ref_ats(&ref, 0, true, 1, 0)).access.prot, RW);
	assert_int_equal(OK(ref_ats(&ref, 0, true, 1, 1)).access.prot, REF_READ);
	FAULTS(ref_ats(&ref, 0, true, 1, 2), REF_OUTCOME_OK);
	assert_int_equal(OK(ref_ats(&ref, 0, true, 1, 2)).access.prot, 0);
	FAULTS(ref_ats(&ref, 0, true, 2, 0), REF_FAULT_PASID);
	assert_int_equal(OK(ref_ats(&ref, 0, false, 0, 0)).access.prot, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sibling_in_the_domain_reaches_what_it_never_bound),
		cmocka_unit_test(device_that_joins_later_reaches_the_bonds_of_its_domain),
		cmocka_unit_test(attach_elsewhere_drops_the_device_s_bonds_only),
		cmocka_unit_test(attach_to_the_same_domain_drops_the_bonds_too),
		cmocka_unit_test(group_moves_as_one),
		cmocka_unit_test(unplug_leaves_the_rest_of_the_group_where_it_is),
		cmocka_unit_test(unplugged_device_has_nothing_and_can_do_nothing),
		cmocka_unit_test(private_table_and_processes_do_not_touch_each_other),
		cmocka_unit_test(map_is_all_or_nothing_and_unmap_counts),
		cmocka_unit_test(write_only_mapping_does_not_exist_in_stage_1),
		cmocka_unit_test(private_table_survives_detach),
		cmocka_unit_test(transaction_without_a_domain_is_aborted),
		cmocka_unit_test(identity_domain_bypasses_but_knows_no_pasid),
		cmocka_unit_test(identity_domain_denies_every_ats_request),
		cmocka_unit_test(pasid_0_is_not_the_private_table),
		cmocka_unit_test(ats_grants_what_a_dma_could_do_and_nothing_for_a_hole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
