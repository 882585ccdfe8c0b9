/* SPDX-License-Identifier: MIT */
/*
 * Contract: init, shutdown, bind and unbind return what .. and
 * A-52 say, check in that order, and give out global PASIDs lowest first.
 * Run: the program itself; every error is also checked to change nothing.
 */
#include "fixture.h"

static void pasids_are_global_and_lowest_first(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	assert_int_equal(OK(ref_bind(&ref, 0, 0, 0, true)).value, 1);
	/* d2 is in another domain: equal numbers in two tables never mean two processes. */
	assert_int_equal(OK(ref_bind(&ref, 2, 1, 0, true)).value, 2);
	OK(ref_unbind(&ref, 0, 1));
	assert_int_equal(OK(ref_bind(&ref, 1, 1, 0, true)).value, 2);
	assert_int_equal(OK(ref_bind(&ref, 1, 0, 0, true)).value, 1);
}

static void all_bonds_of_a_process_have_one_pasid(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	for (uint8_t device = 0; device < 3; device++)
		assert_int_equal(OK(ref_bind(&ref, device, 0, 0, true)).value, 1);
	assert_int_equal(ref_usage(&ref).bonds, 3);
	assert_int_equal(ref_usage(&ref).pasids, 1);
	assert_int_equal(ref_usage(&ref).table_entries, 2);
}

static void bind_twice_is_refused_after_the_flags_were_checked(void **state)
{
	struct ref ref = machine_at_work(REF_FEAT_IOPF);

	(void)state;
	OK(ref_bind(&ref, 0, 0, 0, true));
	FAILS(ref_bind(&ref, 0, 0, 0, true), -EEXIST, "A-19");
	/* Check 6 comes before check 7. */
	FAILS(ref_bind(&ref, 0, 0, REF_FEAT_IOPF, true), -EEXIST, "A-19");
	/* Check 5 comes before check 6. */
	FAILS(ref_bind(&ref, 0, 0, 2, true), -EINVAL, "A-4");
}

static void bind_through_a_thread_is_bind_twice(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	OK(ref_thread(&ref, 0, 2));
	OK(ref_bind(&ref, 0, 0, 0, true));
	FAILS(ref_bind(&ref, 0, 2, 0, true), -EEXIST, "A-19");
}

static void bind_with_other_flags_than_the_io_mm_is_a_domain_error(void **state)
{
	struct ref ref = machine_at_work(REF_FEAT_IOPF);

	(void)state;
	OK(ref_bind(&ref, 0, 0, REF_FEAT_IOPF, true));
	FAILS(ref_bind(&ref, 1, 0, 0, true), -EDOM, "A-4");
	OK(ref_bind(&ref, 1, 0, REF_FEAT_IOPF, true));
}

static void bind_without_a_pasid_pointer_fails_before_anything_else(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	OK(ref_unplug(&ref, 0));
	FAILS(ref_bind(&ref, 0, 0, 0, false), -EINVAL, "A-4");
	FAILS(ref_bind(&ref, 0, 0, 0, true), -ENODEV, "A-4");
}

static void bind_of_a_device_in_no_group_has_no_device(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	FAILS(ref_bind(&ref, 3, 0, 0, true), -ENODEV, "A-4");
}

static void bind_needs_a_group_with_one_present_device(void **state)
{
	struct ref_topology topology = machine();
	struct ref ref;

	(void)state;
	topology.device[1].group = topology.device[0].group;
	ref_reset(&ref, &topology);
	OK(ref_spawn(&ref, 0));
	/* Check 3 comes before check 4. */
	FAILS(ref_bind(&ref, 0, 0, 0, true), -EINVAL, "A-2");
	OK(ref_attach(&ref, 0, A));
	OK(ref_init(&ref, 0, 0, 0, 0));
	FAILS(ref_bind(&ref, 0, 0, 0, true), -EINVAL, "A-2");
	OK(ref_unplug(&ref, 1));
	assert_int_equal(OK(ref_bind(&ref, 0, 0, 0, true)).value, 1);
}

static void bind_needs_a_domain_and_init(void **state)
{
	struct ref_topology topology = machine();
	struct ref ref;

	(void)state;
	ref_reset(&ref, &topology);
	OK(ref_spawn(&ref, 0));
	FAILS(ref_bind(&ref, 0, 0, 0, true), -EINVAL, "A-4");
	OK(ref_attach(&ref, 0, A));
	FAILS(ref_bind(&ref, 0, 0, 0, true), -EINVAL, "A-4");
	OK(ref_init(&ref, 0, 0, 0, 0));
	FAILS(ref_bind(&ref, 0, 0, REF_FEAT_IOPF, true), -EINVAL, "A-4");
	OK(ref_bind(&ref, 0, 0, 0, true));
}

static void bind_in_an_identity_domain_leaves_no_pasid_behind(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	OK(ref_attach(&ref, 0, C));
	FAILS(ref_bind(&ref, 0, 0, 0, true), -EINVAL, "A-4");
	assert_int_equal(ref_usage(&ref).pasids, 0);
	assert_int_equal(OK(ref_bind(&ref, 1, 1, 0, true)).value, 1);
}

static void pasids_run_out_at_the_limit_of_the_device(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	OK(ref_shutdown(&ref, 0));
	OK(ref_init(&ref, 0, 0, 3, 4));
	OK(ref_spawn(&ref, 2));
	assert_int_equal(OK(ref_bind(&ref, 0, 0, 0, true)).value, 3);
	assert_int_equal(OK(ref_bind(&ref, 0, 1, 0, true)).value, 4);
	FAILS(ref_bind(&ref, 0, 2, 0, true), -ENOSPC, "A-52");
	/* Others have no such limit. */
	assert_int_equal(OK(ref_bind(&ref, 1, 2, 0, true)).value, 1);
}

static void pasid_exhaustion_is_found_before_the_identity_domain(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	OK(ref_shutdown(&ref, 0));
	OK(ref_attach(&ref, 0, C));
	OK(ref_init(&ref, 0, 0, 9, 8)); /* an empty range is accepted here */
	FAILS(ref_bind(&ref, 0, 0, 0, true), -ENOSPC, "A-52");
	OK(ref_bind(&ref, 1, 0, 0, true));
	FAILS(ref_bind(&ref, 0, 0, 0, true), -ERANGE, "A-51");
}

static void pasid_outside_the_second_device_s_limits_is_a_range_error(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	OK(ref_shutdown(&ref, 0));
	OK(ref_init(&ref, 0, 0, 8, 0));
	assert_int_equal(OK(ref_bind(&ref, 0, 0, 0, true)).value, 8);
	FAILS(ref_bind(&ref, 2, 0, 0, true), -ERANGE, "A-51"); /* 3 bits: 7 at most */
	OK(ref_unbind(&ref, 0, 8));
	/* The io_mm is gone; a new one gets a PASID that fits. */
	assert_int_equal(OK(ref_bind(&ref, 2, 0, 0, true)).value, 1);
}

static void bind_of_a_process_that_is_gone_has_no_process(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	FAILS(ref_bind(&ref, 0, 7, 0, true), -ESRCH, "A-20");
}

static void init_checks_domain_then_features_then_twice_then_substreams(void **state)
{
	struct ref_topology topology = machine();
	struct ref ref;

	(void)state;
	topology.device[1].pasid_bits = 0;
	ref_reset(&ref, &topology);
	FAILS(ref_init(&ref, 0, 2, 0, 0), -ENODEV, "A-11");
	FAILS(ref_init(&ref, 3, 0, 0, 0), -ENODEV, "A-11");
	OK(ref_attach(&ref, 0, A));
	FAILS(ref_init(&ref, 0, 2, 0, 0), -EINVAL, "A-12");
	OK(ref_init(&ref, 0, REF_FEAT_IOPF, 0, 0));
	FAILS(ref_init(&ref, 0, 2, 0, 0), -EINVAL, "A-12");
	FAILS(ref_init(&ref, 0, 0, 0, 0), -EEXIST, "A-13");
	OK(ref_attach(&ref, 1, A));
	FAILS(ref_init(&ref, 1, 2, 0, 0), -EINVAL, "A-12");
	FAILS(ref_init(&ref, 1, 0, 0, 0), -EINVAL, "A-14");
	OK(ref_attach(&ref, 2, C));
	OK(ref_init(&ref, 2, 0, 0, 0));
}

static void init_fails_when_the_iommu_has_no_substreams(void **state)
{
	struct ref_topology topology = machine();
	struct ref ref;

	(void)state;
	topology.ssid_bits = 0;
	ref_reset(&ref, &topology);
	OK(ref_attach(&ref, 0, A));
	FAILS(ref_init(&ref, 0, 0, 0, 0), -EINVAL, "A-14");
}

static void limits_are_those_of_device_and_iommu_unless_lowered(void **state)
{
	static const struct {
		uint32_t min, max, want_min, want_max;
	} cases[] = {
		{0, 0, 1, 15}, {0, 5, 1, 5},	       {0, 15, 1, 15}, {0, 16, 1, 15},
		{3, 0, 3, 15}, {1, UINT32_MAX, 1, 15}, {9, 8, 9, 8},   {UINT32_MAX, 0, 65535, 15},
	};
	struct ref_topology topology = machine();
	struct ref ref;

	(void)state;
	topology.device[0].pasid_bits = 8;
	ref_reset(&ref, &topology);
	OK(ref_attach(&ref, 0, A));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		OK(ref_init(&ref, 0, 0, cases[i].min, cases[i].max));
		assert_int_equal(ref.device[0].min_pasid, cases[i].want_min);
		assert_int_equal(ref.device[0].max_pasid, cases[i].want_max);
		OK(ref_shutdown(&ref, 0));
	}
}

static void shutdown_unbinds_all_and_needs_init_and_domain(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	OK(ref_bind(&ref, 0, 0, 0, true));
	OK(ref_bind(&ref, 0, 1, 0, true));
	OK(ref_shutdown(&ref, 0));
	assert_int_equal(ref_usage(&ref).bonds, 0);
	assert_int_equal(ref_usage(&ref).pasids, 0);
	FAILS(ref_shutdown(&ref, 0), -ENODEV, "A-15");
	OK(ref_detach(&ref, 1));
	FAILS(ref_shutdown(&ref, 1), -ENODEV, "A-15");
	OK(ref_unplug(&ref, 2));
	FAILS(ref_shutdown(&ref, 2), -ENODEV, "A-15");
}

static void unbind_last_bond_in_domain_clears_entry(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	OK(ref_bind(&ref, 0, 0, 0, true));
	OK(ref_bind(&ref, 1, 0, 0, true));
	OK(ref_bind(&ref, 2, 0, 0, true));
	OK(ref_unbind(&ref, 0, 1));
	assert_reaches(&ref, 0, 1, 0); /* through d1's bond */
	OK(ref_unbind(&ref, 1, 1));
	assert_unreachable(&ref, 0, 1);
	assert_unreachable(&ref, 1, 1);
	assert_reaches(&ref, 2, 1, 0); /* the other domain's table is its own */
	assert_int_equal(ref_usage(&ref).pasids, 1);
	OK(ref_unbind(&ref, 2, 1));
	assert_int_equal(ref_usage(&ref).pasids, 0);
}

static void unbind_checks_group_then_param_and_domain_then_bond(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	OK(ref_bind(&ref, 0, 0, 0, true));
	FAILS(ref_unbind(&ref, 3, 1), -ENODEV, "A-24");
	FAILS(ref_unbind(&ref, 1, 1), -ESRCH, "A-24"); /* bound, but not on d1 */
	FAILS(ref_unbind(&ref, 0, 0), -ESRCH, "A-24");
	FAILS(ref_unbind(&ref, 0, 255), -ESRCH, "A-24");
	FAILS(ref_unbind(&ref, 0, 1u << 20), -ESRCH, "A-24");
	OK(ref_shutdown(&ref, 1));
	FAILS(ref_unbind(&ref, 1, 1), -EINVAL, "A-24");
	OK(ref_detach(&ref, 0));
	FAILS(ref_unbind(&ref, 0, 1), -EINVAL, "A-24");
	OK(ref_unplug(&ref, 0));
	FAILS(ref_unbind(&ref, 0, 1), -ENODEV, "A-24");
}

static void unbind_flushes_faults_only_of_bonds_with_page_faults(void **state)
{
	struct ref ref = machine_at_work(REF_FEAT_IOPF);
	struct ref_result result;

	(void)state;
	OK(ref_bind(&ref, 0, 0, REF_FEAT_IOPF, true));
	OK(ref_bind(&ref, 0, 1, 0, true));
	assert_int_equal(OK(ref_unbind(&ref, 0, 2)).num_calls, 0);
	result = OK(ref_unbind(&ref, 0, 1));
	assert_int_equal(result.num_calls, 1);
	assert_call(result, 0, REF_CALL_FAULT_FLUSH, 0, 1);
}

static void unbind_all_goes_by_pasid_and_leaves_other_devices_alone(void **state)
{
	struct ref ref = machine_at_work(REF_FEAT_IOPF);
	struct ref_result result;

	(void)state;
	OK(ref_bind(&ref, 1, 0, REF_FEAT_IOPF, true));
	OK(ref_bind(&ref, 1, 1, REF_FEAT_IOPF, true));
	/* d0's bonds stand in the pool in the opposite order. */
	OK(ref_bind(&ref, 0, 1, REF_FEAT_IOPF, true));
	OK(ref_bind(&ref, 0, 0, REF_FEAT_IOPF, true));
	result = OK(ref_unbind_all(&ref, 0));
	assert_int_equal(result.num_calls, 2);
	assert_call(result, 0, REF_CALL_FAULT_FLUSH, 0, 1);
	assert_call(result, 1, REF_CALL_FAULT_FLUSH, 0, 2);
	assert_int_equal(ref_usage(&ref).bonds, 2);
	assert_int_equal(OK(ref_unbind_all(&ref, 0)).num_calls, 0);
	OK(ref_unbind_all(&ref, 3));
	OK(ref_unplug(&ref, 0));
	FAILS(ref_unbind_all(&ref, 0), -ENODEV, "A-28");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pasids_are_global_and_lowest_first),
		cmocka_unit_test(all_bonds_of_a_process_have_one_pasid),
		cmocka_unit_test(bind_twice_is_refused_after_the_flags_were_checked),
		cmocka_unit_test(bind_through_a_thread_is_bind_twice),
		cmocka_unit_test(bind_with_other_flags_than_the_io_mm_is_a_domain_error),
		cmocka_unit_test(bind_without_a_pasid_pointer_fails_before_anything_else),
		cmocka_unit_test(bind_of_a_device_in_no_group_has_no_device),
		cmocka_unit_test(bind_needs_a_group_with_one_present_device),
		cmocka_unit_test(bind_needs_a_domain_and_init),
		cmocka_unit_test(bind_in_an_identity_domain_leaves_no_pasid_behind),
		cmocka_unit_test(pasids_run_out_at_the_limit_of_the_device),
		cmocka_unit_test(pasid_exhaustion_is_found_before_the_identity_domain),
		cmocka_unit_test(pasid_outside_the_second_device_s_limits_is_a_range_error),
		cmocka_unit_test(bind_of_a_process_that_is_gone_has_no_process),
		cmocka_unit_test(init_checks_domain_then_features_then_twice_then_substreams),
		cmocka_unit_test(init_fails_when_the_iommu_has_no_substreams),
		cmocka_unit_test(limits_are_those_of_device_and_iommu_unless_lowered),
		cmocka_unit_test(shutdown_unbinds_all_and_needs_init_and_domain),
		cmocka_unit_test(unbind_last_bond_in_domain_clears_entry),
		cmocka_unit_test(unbind_checks_group_then_param_and_domain_then_bond),
		cmocka_unit_test(unbind_flushes_faults_only_of_bonds_with_page_faults),
		cmocka_unit_test(unbind_all_goes_by_pasid_and_leaves_other_devices_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
