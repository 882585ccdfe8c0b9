/* SPDX-License-Identifier: MIT */
/*
 * Contract: handles, references and PASIDs of Linux 6.1 and 6.12; every documented number is a test
 * that names the function it was read from. Features are here too: bind depends on them.
 * Run: the program itself.
 */
#include "linux_fixture.h"

/* arm_smmu_dev_enable_feature(), arm_smmu_dev_disable_feature() */
static void features_are_enabled_once_and_in_order(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_idle(policy);

		FAILS(ref_enable(&ref, 0, REF_DEV_IOPF), -EINVAL, "C-11"); /* no stalls */
		OK(ref_enable(&ref, 0, REF_DEV_SVA));
		FAILS(ref_enable(&ref, 0, REF_DEV_SVA), -EBUSY, "C-11");
		FAILS(ref_enable(&ref, 2, REF_DEV_SVA), -EINVAL, "C-11"); /* IOPF comes first */
		OK(ref_enable(&ref, 2, REF_DEV_IOPF));
		FAILS(ref_enable(&ref, 2, REF_DEV_IOPF), -EBUSY, "C-11");
		OK(ref_enable(&ref, 2, REF_DEV_SVA));
		FAILS(ref_disable(&ref, 2, REF_DEV_IOPF), -EBUSY, "C-11");
		OK(ref_disable(&ref, 2, REF_DEV_SVA));
		FAILS(ref_disable(&ref, 2, REF_DEV_SVA), -EINVAL, "C-11");
		OK(ref_disable(&ref, 2, REF_DEV_IOPF));
		FAILS(ref_disable(&ref, 2, REF_DEV_IOPF), -EINVAL, "C-11");
	}
}

/* iommu_dev_enable_feature(), iommu_dev_disable_feature() */
static void device_without_iommu_enables_nothing(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_idle(policy);

		FAILS(ref_enable(&ref, 3, REF_DEV_SVA), -ENODEV, "C-11");
		FAILS(ref_disable(&ref, 3, REF_DEV_SVA), -EBUSY, "C-11");
		FAILS(ref_init(&ref, 3, 0, 0, 0), -ENODEV, "C-11");
		assert_target(&ref, 3, false, 0, REF_TARGET_UNMANAGED, 0);
		assert_target(&ref, 3, true, 1, REF_TARGET_UNMANAGED, 0);
	}
}

/* arm_smmu_master_sva_supported() */
static void sva_needs_pasid_bits_of_device_and_iommu(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref_topology topology = linux_topology(policy);
		struct ref ref;

		topology.device[0].pasid_bits = 0;
		ref = linux_with(topology);
		FAILS(ref_enable(&ref, 0, REF_DEV_SVA), -EINVAL, "A-14");
		OK(ref_enable(&ref, 1, REF_DEV_SVA));
		topology.ssid_bits = 0;
		ref = linux_with(topology);
		FAILS(ref_enable(&ref, 1, REF_DEV_SVA), -EINVAL, "A-14");
	}
}

/* arm_smmu_master_iopf_supported(): "We're not keeping track of SIDs in fault events" */
static void device_with_two_streams_takes_no_page_faults(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref_topology topology = linux_topology(policy);
		struct ref ref;

		topology.device[2].streams = 2;
		ref = linux_with(topology);
		FAILS(ref_enable(&ref, 2, REF_DEV_IOPF), -EINVAL, "C-11");
		OK(ref_enable(&ref, 2, REF_DEV_SVA));
	}
}

/* uacce_enable_sva() */
static void init_takes_page_faults_back_when_sva_fails(void **state)
{
	struct ref_topology topology = linux_topology(L612);
	struct ref ref;

	(void)state;
	topology.device[2].pasid_bits = 0;
	ref = linux_with(topology);
	FAILS(ref_init(&ref, 2, REF_FEAT_IOPF, 0, 0), -EINVAL, "A-14");
	assert_int_equal(ref.device[2].features, 0);
	ref = linux_idle(L612);
	OK(ref_init(&ref, 2, REF_FEAT_IOPF, 0, 0));
	FAILS(ref_init(&ref, 2, REF_FEAT_IOPF, 0, 0), -EBUSY, "C-11");
	OK(ref_shutdown(&ref, 2));
	assert_int_equal(ref.device[2].features, 0);
	FAILS(ref_shutdown(&ref, 2), -EINVAL, "C-11");
}

/* arm_smmu_master_disable_sva() of 6.1: "cannot disable SVA, device is bound" */
static void disable_while_bound_is_busy_in_6_1_and_the_caller_s_mistake_in_6_12(void **state)
{
	struct ref ref = linux_at_work(L61);

	(void)state;
	OK(bind(&ref, 0, P0));
	MAY(REF_MAY_DISABLE, 0, REF_DEV_SVA);
	FAILS(ref_disable(&ref, 0, REF_DEV_SVA), -EBUSY, "C-11");
	FAILS(ref_shutdown(&ref, 0), -EBUSY, "C-11");
	OK(ref_shutdown(&ref, 1));
	ref = linux_at_work(L612);
	OK(bind(&ref, 0, P0));
	MAY_NOT(REF_MAY_DISABLE, 0, REF_DEV_SVA);
	MAY_NOT(REF_MAY_SHUTDOWN, 0, 0);
	MAY(REF_MAY_SHUTDOWN, 1, 0);
	OK(ref_shutdown(&ref, 0));
	assert_reaches(&ref, 0, 1, P0);
}

/* __arm_smmu_sva_bind(): "If bind() was already called for this {dev, mm} pair, reuse it."
 * iommu_sva_bind_device(): "If a bond already exists [...] an additional internal reference" */
static void bind_twice_is_the_same_handle_until_both_are_unbound(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_at_work(policy);
		struct ref_result first = OK(bind(&ref, 0, P0)), again = OK(bind(&ref, 0, P0));

		assert_int_equal(first.value, 1);
		assert_int_equal(again.value, 1);
		assert_int_equal(again.bond, first.bond);
		assert_int_equal(ref_usage(&ref).bonds, 1);
		OK(ref_unbind(&ref, 0, 1));
		assert_reaches(&ref, 0, 1, P0);
		OK(ref_unbind(&ref, 0, 1));
		assert_unreachable(&ref, 0, 1);
		MAY_NOT(REF_MAY_UNBIND, 0, 1);
		FAILS(ref_unbind(&ref, 0, 1), -ESRCH, "A-24");
	}
}

static void handles_of_other_devices_and_processes_differ(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_at_work(policy);
		uint8_t a = OK(bind(&ref, 0, P0)).bond, b = OK(bind(&ref, 1, P0)).bond;
		uint8_t c = OK(bind(&ref, 0, P1)).bond;

		assert_true(a != b && a != c && b != c);
		MAY(REF_MAY_UNBIND, 0, 1);
		MAY_NOT(REF_MAY_UNBIND, 1, 2);
	}
}

/* mm_pasid_drop() is called by __mmdrop() only (C-3). */
static void pasid_stays_with_the_process_across_unbind(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_at_work(policy);

		assert_int_equal(OK(bind(&ref, 0, P0)).value, 1);
		OK(ref_unbind(&ref, 0, 1));
		assert_int_equal(ref.mm[ref.task[P0].mm].pasid, 1);
		assert_int_equal(OK(bind(&ref, 1, P1)).value, 2);
		assert_int_equal(OK(bind(&ref, 1, P0)).value, 1);
	}
}

/* iommu_sva_bind_device(), arm_smmu_sva_bind(), __arm_smmu_sva_bind() of 6.1 */
static void bind_6_1_checks_group_domain_and_feature_in_this_order(void **state)
{
	struct ref_topology topology = linux_topology(L61);
	struct ref ref = linux_idle(L61);

	(void)state;
	MAY_NOT(REF_MAY_BIND, 3, P0); /* dev_iommu_ops() of a device without one */
	FAILS(bind(&ref, 3, P0), -ENODEV, "C-6");
	MAY(REF_MAY_BIND, 0, P0);
	FAILS(bind(&ref, 0, P0), -EINVAL, "C-6"); /* not ARM_SMMU_DOMAIN_S1 */
	OK(ref_attach(&ref, 0, A));
	FAILS(bind(&ref, 0, P0), -ENODEV, "C-6"); /* not enabled */
	topology.device[1].group = topology.device[0].group;
	ref = linux_with(topology);
	FAILS(bind(&ref, 0, P0), -EINVAL, "A-2");
}

/* iommu_sva_bind_device(): "iommu_dev_enable_feature(dev, IOMMU_DEV_FEAT_SVA) must be called first"
 * and "caller must hold a reference to mm_users" */
static void bind_6_12_wants_the_feature_and_a_live_process(void **state)
{
	struct ref ref = linux_idle(L612);

	(void)state;
	MAY_NOT(REF_MAY_BIND, 0, P0);
	OK(bind(&ref, 0, P0)); /* sent all the same, it is not checked */
	OK(ref_enable(&ref, 0, REF_DEV_SVA));
	MAY(REF_MAY_BIND, 0, P0);
	MAY_NOT(REF_MAY_BIND, 0, P2);
	FAILS(bind(&ref, 0, P2), -ESRCH, "A-20");
	MAY(REF_MAY_BIND, 3, P0);
	FAILS(bind(&ref, 3, P0), -ENODEV, "C-10");
}

/* Measured, and read: iommu_alloc_mm_data(), iommu_alloc_global_pasid(). */
static void bind_6_12_of_a_device_without_pasids_finds_no_pasid(void **state)
{
	struct ref_topology topology = linux_topology(L612);
	struct ref ref;

	(void)state;
	topology.device[0].pasid_bits = 0;
	ref = linux_with(topology);
	FAILS(bind(&ref, 0, P0), -ENOSPC, "A-52");
	OK(bind(&ref, 1, P0));
	FAILS(bind(&ref, 0, P0), -EOVERFLOW, "A-51");
}

/* iommu_sva_alloc_pasid() of 6.1 is -ENOMEM, iommu_alloc_mm_data() of 6.12 -ENOSPC. */
static void exhausted_pasid_space_has_its_own_error(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref_topology topology = linux_topology(policy);
		struct ref ref;

		topology.ssid_bits = 1; /* PASID 1 only */
		ref = linux_with(topology);
		OK(ref_attach(&ref, 0, A));
		OK(ref_init(&ref, 0, 0, 0, 0));
		assert_int_equal(OK(bind(&ref, 0, P0)).value, 1);
		FAILS(bind(&ref, 0, P1), policy == L61 ? -ENOMEM : -ENOSPC, "A-52");
		OK(ref_unbind(&ref, 0, 1));
		FAILS(bind(&ref, 0, P1), policy == L61 ? -ENOMEM : -ENOSPC, "A-52");
		OK(ref_exit(&ref, P0));
		assert_int_equal(OK(bind(&ref, 0, P1)).value, 1);
	}
}

/* d0 has 4 PASID bits, d1 has 2; p0 to p3 have PASIDs 1 to 4. */
static struct ref four_pasids(unsigned policy)
{
	struct ref_topology topology = linux_topology(policy);
	struct ref ref;

	topology.device[1].pasid_bits = 2;
	ref = linux_with(topology);
	OK(ref_spawn(&ref, P2));
	OK(ref_spawn(&ref, P3));
	OK(ref_attach(&ref, 0, A));
	OK(ref_attach(&ref, 1, B));
	OK(ref_init(&ref, 0, 0, 0, 0));
	OK(ref_init(&ref, 1, 0, 0, 0));
	for (uint8_t task = P0; task <= P3; task++)
		assert_int_equal(OK(bind(&ref, 0, task)).value, task + 1u);
	return ref;
}

/* iommu_sva_alloc_pasid(): "provided it fits within the [@min, @max] range", "(inclusive)";
 * iommu_alloc_mm_data(): pasid >= max_pasids */
static void pasid_beyond_a_device_overflows_and_its_largest_one_fits(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = four_pasids(policy);

		FAILS(bind(&ref, 1, P3), -EOVERFLOW, "A-51"); /* 4 */
		assert_int_equal(OK(bind(&ref, 1, P2)).value, 3);
	}
}

/* arm_smmu_mmu_notifier_get() works on the domain: the entry is for all of its devices. */
static void entry_6_1_goes_with_the_last_bond_in_the_domain(void **state)
{
	struct ref ref = linux_at_work(L61);

	(void)state;
	OK(bind(&ref, 0, P0));
	assert_reaches(&ref, 1, 1, P0);
	OK(bind(&ref, 1, P0));
	OK(ref_unbind(&ref, 0, 1));
	assert_reaches(&ref, 0, 1, P0); /* retained (E-26) */
	OK(ref_unbind(&ref, 1, 1));
	assert_unreachable(&ref, 0, 1);
	assert_unreachable(&ref, 1, 1);
}

/* the table of CDs is the master's. */
static void entry_6_12_is_the_group_s_alone(void **state)
{
	struct ref ref = linux_at_work(L612);

	(void)state;
	OK(bind(&ref, 0, P0));
	assert_unreachable(&ref, 1, 1);
	OK(bind(&ref, 1, P0));
	OK(ref_unbind(&ref, 0, 1));
	assert_unreachable(&ref, 0, 1);
	assert_reaches(&ref, 1, 1, P0);
}

/* __iommu_set_group_pasid() sets it on every member; the handle is found by group (C-14). */
static void group_6_12_shares_one_handle_and_its_references(void **state)
{
	struct ref ref = group_of_two();
	uint8_t bond = OK(bind(&ref, 0, P0)).bond;

	(void)state;
	assert_reaches(&ref, 1, 1, P0);
	MAY_NOT(REF_MAY_UNBIND, 1, 1);
	assert_int_equal(OK(bind(&ref, 1, P0)).bond, bond);
	OK(ref_unbind(&ref, 0, 1));
	assert_reaches(&ref, 0, 1, P0);
	OK(ref_unbind(&ref, 1, 1));
	assert_unreachable(&ref, 0, 1);
}

/* iommu_attach_device_pasid(): "Skip PASID validation for devices without PASID support" (E-35) */
static void member_without_pasids_is_passed_over_and_a_narrow_one_refuses(void **state)
{
	struct ref_topology topology = linux_topology(L612);
	struct ref ref;

	(void)state;
	topology.device[1].group = topology.device[0].group;
	topology.device[1].pasid_bits = 0;
	ref = linux_with(topology);
	OK(ref_init(&ref, 0, 0, 0, 0));
	OK(bind(&ref, 0, P0));
	topology.device[1].pasid_bits = 1;
	ref = linux_with(topology);
	OK(ref_init(&ref, 0, 0, 0, 0));
	OK(bind(&ref, 0, P0));
	FAILS_LATE(bind(&ref, 0, P1), -EINVAL, "C-10"); /* 2 does not fit the member */
	/* iommu_alloc_mm_data() had given the PASID already. */
	assert_int_equal(ref.mm[ref.task[P1].mm].pasid, 2);
	assert_unreachable(&ref, 0, 2);
}

/* xa_insert() into the group's array: no handle there, but a domain (C-10). */
static void squatted_pasid_is_busy_and_stays_with_the_process(void **state)
{
	struct ref ref = linux_at_work(L612);

	(void)state;
	OK(ref_attach_pasid(&ref, 0, B, 1));
	FAILS_LATE(bind(&ref, 0, P0), -EBUSY, "C-10");
	assert_int_equal(ref.mm[ref.task[P0].mm].pasid, 1);
	assert_target(&ref, 0, true, 1, REF_TARGET_PRIVATE, B);
	OK(ref_detach_pasid(&ref, 0, 1));
	assert_int_equal(OK(bind(&ref, 0, P0)).value, 1);
}

/* The PASID is there before the bind runs out of memory. */
static void take_pasid_gives_what_a_bind_would_give(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_at_work(policy);

		ref_take_pasid(&ref, 0, P1);
		assert_lawful(&ref);
		assert_int_equal(ref.mm[ref.task[P1].mm].pasid, 1);
		ref_take_pasid(&ref, 0, P1);
		assert_int_equal(OK(bind(&ref, 0, P0)).value, 2);
		OK(ref_exit(&ref, P1));
		assert_int_equal(ref_usage(&ref).pasids, 1);
	}
}

static void unbind_all_gives_back_every_reference_of_one_device(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_at_work(policy);

		OK(bind(&ref, 0, P0));
		OK(bind(&ref, 0, P0));
		OK(bind(&ref, 0, P1));
		OK(bind(&ref, 2, P0));
		OK(ref_unbind_all(&ref, 0));
		assert_int_equal(ref_usage(&ref).bonds, 1);
		assert_unreachable(&ref, 0, 1);
		assert_reaches(&ref, 2, 1, P0);
		FAILS(ref_unbind_all(&ref, 0), 0, "");
	}
}

static void io_mm_has_none_of_these_calls(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	FAILS(ref_enable(&ref, 0, REF_DEV_SVA), -ENODEV, "C-11");
	FAILS(ref_disable(&ref, 0, REF_DEV_SVA), -ENODEV, "C-11");
	FAILS(ref_attach_pasid(&ref, 0, A, 1), -EOPNOTSUPP, "C-10");
	FAILS(ref_detach_pasid(&ref, 0, 1), -EOPNOTSUPP, "C-16");
	FAILS(ref_claim(&ref, 0), -ENODEV, "E-46");
	FAILS(ref_release(&ref, 0), -ENODEV, "E-46");
	for (unsigned call = REF_MAY_BIND; call <= REF_MAY_CLAIM; call++)
		MAY((enum ref_call_name)call, 0, 0);
	assert_null(ref_may_map(&ref, A, 0, 1));
	assert_null(ref_may_unmap(&ref, A, 0, 1));
	assert_true(ref_room_for_mm(&ref));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(features_are_enabled_once_and_in_order),
		cmocka_unit_test(device_without_iommu_enables_nothing),
		cmocka_unit_test(sva_needs_pasid_bits_of_device_and_iommu),
		cmocka_unit_test(device_with_two_streams_takes_no_page_faults),
		cmocka_unit_test(init_takes_page_faults_back_when_sva_fails),
		cmocka_unit_test(
			disable_while_bound_is_busy_in_6_1_and_the_caller_s_mistake_in_6_12),
		cmocka_unit_test(bind_twice_is_the_same_handle_until_both_are_unbound),
		cmocka_unit_test(handles_of_other_devices_and_processes_differ),
		cmocka_unit_test(pasid_stays_with_the_process_across_unbind),
		cmocka_unit_test(bind_6_1_checks_group_domain_and_feature_in_this_order),
		cmocka_unit_test(bind_6_12_wants_the_feature_and_a_live_process),
		cmocka_unit_test(bind_6_12_of_a_device_without_pasids_finds_no_pasid),
		cmocka_unit_test(exhausted_pasid_space_has_its_own_error),
		cmocka_unit_test(pasid_beyond_a_device_overflows_and_its_largest_one_fits),
		cmocka_unit_test(entry_6_1_goes_with_the_last_bond_in_the_domain),
		cmocka_unit_test(entry_6_12_is_the_group_s_alone),
		cmocka_unit_test(group_6_12_shares_one_handle_and_its_references),
		cmocka_unit_test(member_without_pasids_is_passed_over_and_a_narrow_one_refuses),
		cmocka_unit_test(squatted_pasid_is_busy_and_stays_with_the_process),
		cmocka_unit_test(take_pasid_gives_what_a_bind_would_give),
		cmocka_unit_test(unbind_all_gives_back_every_reference_of_one_device),
		cmocka_unit_test(io_mm_has_none_of_these_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
