/* SPDX-License-Identifier: MIT */
/*
 * Contract: a device that is hot-added joins the domain of its group and reaches what is bound there
 * (C-15, A-30); the VFs of a PF come and go as one, and with the PF (B-8).
 * Run: the program itself.
 */
#include "shared_fixture.h"

/* d0 and d1 are one group; d1 is gone, d0 in A and bound to p0. */
static struct ref group_with_a_bond(void)
{
	struct ref_topology topology = machine();
	struct ref ref;

	topology.device[1].group = topology.device[0].group;
	ref_reset(&ref, &topology);
	OK(ref_unplug(&ref, 1));
	OK(ref_attach(&ref, 0, A));
	OK(ref_init(&ref, 0, 0, 0, 0));
	OK(ref_spawn(&ref, P0));
	OK(ref_spawn(&ref, P1));
	OK(ref_mmap(&ref, P0, 0, 1, RW));
	OK(ref_bind(&ref, 0, P0, 0, true));
	return ref;
}

static void hot_added_device_reaches_the_bonds_of_its_group(void **state)
{
	struct ref ref = group_with_a_bond();

	(void)state;
	FAILS(ref_plug(&ref, 0), -EEXIST, "C-15");
	OK(ref_plug(&ref, 1));
	assert_int_equal(ref.device[1].domain, A);
	assert_reaches(&ref, 1, 1, P0);
	FAULTS(ref_dma(&ref, 1, true, 1, 0, true), REF_OUTCOME_OK);
	/* the group has two members from here on. */
	FAILS(ref_bind(&ref, 0, P1, 0, true), -EINVAL, "A-2");
	FAILS(ref_bind(&ref, 1, P1, 0, true), -EINVAL, "A-2");
	OK(ref_unbind(&ref, 0, 1));
	assert_unreachable(&ref, 1, 1);
	FAILS(ref_bind(&ref, 0, P0, 0, true), -EINVAL, "A-2");
}

static void hot_added_device_is_not_initialised(void **state)
{
	struct ref ref = group_with_a_bond();

	(void)state;
	OK(ref_plug(&ref, 1));
	OK(ref_unplug(&ref, 0));
	FAILS(ref_bind(&ref, 1, P0, 0, true), -EINVAL, "A-4");
	OK(ref_init(&ref, 1, 0, 0, 0));
	OK(ref_bind(&ref, 1, P0, 0, true));
	/* The other one comes back to what is bound by now. */
	OK(ref_plug(&ref, 0));
	assert_reaches(&ref, 0, 1, P0);
}

static void device_alone_in_its_group_comes_back_in_no_domain(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	OK(ref_bind(&ref, 0, P0, 0, true));
	OK(ref_unplug(&ref, 0));
	FAILS(ref_attach(&ref, 0, A), -ENODEV, "A-36");
	OK(ref_plug(&ref, 0));
	assert_int_equal(ref_target(&ref, 0, false, 0).kind, REF_TARGET_ABORT);
	OK(ref_attach(&ref, 0, A));
	assert_unreachable(&ref, 0, 1);
	OK(ref_unplug(&ref, 3));
	OK(ref_plug(&ref, 3)); /* in no group */
	assert_int_equal(ref.device[3].domain, REF_NONE);
}

static void disabled_vfs_lose_everything_and_come_back_empty(void **state)
{
	struct ref ref = shared_at_work(REF_FEAT_IOPF);
	struct ref_result result;

	(void)state;
	OK(ref_bind(&ref, VF_A, P0, REF_FEAT_IOPF, true));
	OK(ref_bind(&ref, VF_A, P1, 0, true));
	OK(ref_bind(&ref, VF_B, P0, REF_FEAT_IOPF, true));
	OK(ref_bind(&ref, PF, P0, REF_FEAT_IOPF, true));
	result = OK(ref_disable_vfs(&ref, PF));
	assert_int_equal(result.num_calls, 2);
	assert_call(result, 0, REF_CALL_FAULT_FLUSH, VF_A, 1);
	assert_call(result, 1, REF_CALL_FAULT_FLUSH, VF_B, 1);
	assert_int_equal(ref_usage(&ref).bonds, 1);
	assert_reaches(&ref, PF, 1, P0);
	FAILS(ref_plug(&ref, VF_A), -ENODEV, "B-8");
	OK(ref_disable_vfs(&ref, PF));
	OK(ref_enable_vfs(&ref, PF));
	FAILS(ref_enable_vfs(&ref, PF), -EBUSY, "B-8");
	assert_int_equal(ref_target(&ref, VF_A, false, 0).kind, REF_TARGET_ABORT);
	OK(ref_attach(&ref, VF_A, B));
	FAILS(ref_bind(&ref, VF_A, P0, REF_FEAT_IOPF, true), -EINVAL, "A-4");
}

static void vf_that_was_unplugged_alone_comes_back_by_plug(void **state)
{
	struct ref ref = shared_at_work(0);

	(void)state;
	OK(ref_unplug(&ref, VF_A));
	OK(ref_plug(&ref, VF_A));
	OK(ref_unplug(&ref, VF_A));
	OK(ref_enable_vfs(&ref, PF)); /* not all of them are there */
	assert_int_equal(ref.device[VF_A].present, 1);
	OK(ref_unplug(&ref, VF_A));
	OK(ref_disable_vfs(&ref, PF));
	FAILS(ref_plug(&ref, VF_A), -ENODEV, "B-8");
	FAILS(ref_plug(&ref, VF_B), -ENODEV, "B-8");
}

static void pf_takes_its_vfs_along(void **state)
{
	struct ref ref = shared_at_work(REF_FEAT_IOPF);
	struct ref_result result;

	(void)state;
	OK(ref_bind(&ref, PF, P0, REF_FEAT_IOPF, true));
	OK(ref_bind(&ref, VF_B, P0, REF_FEAT_IOPF, true));
	result = OK(ref_unplug(&ref, PF));
	assert_int_equal(result.num_calls, 2);
	assert_call(result, 0, REF_CALL_FAULT_FLUSH, VF_B, 1);
	assert_call(result, 1, REF_CALL_FAULT_FLUSH, PF, 1);
	assert_int_equal(ref.device[VF_A].present + ref.device[VF_B].present, 0);
	assert_int_equal(ref.device[OTHER].present, 1);
	FAILS(ref_plug(&ref, VF_A), -ENODEV, "B-8");
	FAILS(ref_enable_vfs(&ref, PF), -ENODEV, "B-8");
	FAILS(ref_disable_vfs(&ref, PF), -ENODEV, "B-8");
	OK(ref_plug(&ref, PF));
	assert_int_equal(ref.device[VF_A].present, 0);
	FAILS(ref_plug(&ref, VF_A), -ENODEV, "B-8");
	OK(ref_enable_vfs(&ref, PF));
	assert_int_equal(ref.device[VF_A].present + ref.device[VF_B].present, 2);
}

static void only_a_pf_with_vfs_enables_and_disables_them(void **state)
{
	struct ref ref = shared_at_work(0);

	(void)state;
	FAILS(ref_disable_vfs(&ref, OTHER), -EINVAL, "B-8");
	FAILS(ref_enable_vfs(&ref, OTHER), -EINVAL, "B-8");
	FAILS(ref_disable_vfs(&ref, VF_A), -EINVAL, "B-8");
}

static void disabled_vf_leaves_its_vm(void **state)
{
	struct ref ref = guests_at_work();

	(void)state;
	OK(ref_guest_bind(&ref, VF_A, P4));
	assert_int_equal(OK(ref_disable_vfs(&ref, PF)).num_calls, 0);
	assert_int_equal(ref_usage(&ref).guest_bonds, 0);
	OK(ref_enable_vfs(&ref, PF));
	assert_int_equal(ref_target(&ref, VF_A, false, 0).kind, REF_TARGET_ABORT);
	FAILS(ref_guest_bind(&ref, VF_A, P4), -ENODEV, "B-8");
	OK(ref_assign(&ref, V1, VF_A));
}

static void vf_with_mappings_of_a_partition_keeps_its_pf(void **state)
{
	struct ref_topology topology = shared_topology();
	struct ref ref;

	(void)state;
	topology.partition[M1].parent = VF_B;
	ref = shared_with(topology, 0);
	OK(ref_partition_map(&ref, M1, 0, 2, RW));
	OK(ref_partition_bind(&ref, M1, P0));
	assert_non_null(ref_partitions_forbid(&ref, REF_MAY_UNPLUG, PF, 0));
	assert_non_null(ref_partitions_forbid(&ref, REF_MAY_UNPLUG, VF_B, 0));
	assert_null(ref_partitions_forbid(&ref, REF_MAY_UNPLUG, VF_A, 0));
	OK(ref_unplug(&ref, PF));
	assert_int_equal(ref_usage(&ref).pages + ref_usage(&ref).associations, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hot_added_device_reaches_the_bonds_of_its_group),
		cmocka_unit_test(hot_added_device_is_not_initialised),
		cmocka_unit_test(device_alone_in_its_group_comes_back_in_no_domain),
		cmocka_unit_test(disabled_vfs_lose_everything_and_come_back_empty),
		cmocka_unit_test(vf_that_was_unplugged_alone_comes_back_by_plug),
		cmocka_unit_test(pf_takes_its_vfs_along),
		cmocka_unit_test(only_a_pf_with_vfs_enables_and_disables_them),
		cmocka_unit_test(disabled_vf_leaves_its_vm),
		cmocka_unit_test(vf_with_mappings_of_a_partition_keeps_its_pf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
