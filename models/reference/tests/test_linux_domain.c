/* SPDX-License-Identifier: MIT */
/*
 * Contract: domains of groups, owners, private tables, domains on PASIDs and unplug of Linux 6.1
 * and 6.12, with the function that each number was read from.
 * Run: the program itself.
 */
#include "linux_fixture.h"

static void group_starts_in_its_default_domain_which_is_identity(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_idle(policy);

		assert_target(&ref, 0, false, 0, REF_TARGET_BYPASS, 0);
		assert_unreachable(&ref, 0, 1);
		FAULTS(ref_dma(&ref, 0, false, 0, 0, true), REF_FAULT_BUS);
		FAULTS(ref_dma(&ref, 0, true, 1, 0, true), REF_FAULT_PASID);
		FAULTS(ref_ats(&ref, 0, false, 0, 0), REF_FAULT_ABORT);
		FAILS(ref_detach(&ref, 0), 0, "");
	}
}

/* __iommu_attach_group(): only the default and the blocking domain may be left. */
static void attach_over_a_user_domain_is_busy_also_for_the_same(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_idle(policy);

		OK(ref_attach(&ref, 0, A));
		FAILS(ref_attach(&ref, 0, B), -EBUSY, "B-2");
		FAILS(ref_attach(&ref, 0, A), -EBUSY, "B-2");
		FAILS(ref_attach(&ref, 0, C), -EBUSY, "B-2");
		OK(ref_detach(&ref, 0));
		OK(ref_attach(&ref, 0, B));
		FAILS(ref_attach(&ref, 3, A), -ENODEV, "A-36");
		FAILS(ref_detach(&ref, 3), -ENODEV, "A-36");
	}
}

/* 6.1 attaches the default domain once more; 6.12: "dev_iommu_ops(dev) != domain->owner", and a
 * static domain has none. */
static void identity_domain_is_the_default_one(void **state)
{
	struct ref ref = linux_idle(L61);

	(void)state;
	FAILS(ref_attach(&ref, 0, C), 0, "");
	ref = linux_idle(L612);
	FAILS(ref_attach(&ref, 0, C), -EINVAL, "A-38");
}

static void group_moves_as_one_under_linux_too(void **state)
{
	struct ref ref = group_of_two();

	(void)state;
	OK(ref_attach(&ref, 1, B));
	assert_int_equal(ref.device[0].domain, B);
	OK(ref_detach(&ref, 0));
	assert_int_equal(ref.device[1].domain, REF_NONE);
}

/* arm_smmu_attach_dev() of 6.1: "cannot attach - SVA enabled"; __iommu_attach_group() then warns. */
static void domain_6_1_changes_only_while_sva_is_off(void **state)
{
	struct ref ref = linux_at_work(L61);

	(void)state;
	MAY_NOT(REF_MAY_DETACH, 0, 0);
	MAY(REF_MAY_ATTACH, 0, 0); /* -EBUSY comes first, without a warning */
	FAILS(ref_detach(&ref, 0), 0, "");
	assert_int_equal(ref.device[0].domain, A);
	OK(ref_shutdown(&ref, 0));
	MAY(REF_MAY_DETACH, 0, 0);
	OK(ref_detach(&ref, 0));
	OK(ref_enable(&ref, 0, REF_DEV_SVA));
	MAY_NOT(REF_MAY_ATTACH, 0, 0);
	FAILS(ref_attach(&ref, 0, A), -EBUSY, "A-37");
}

/* arm_smmu_attach_dev() of 6.12: PASIDs live in a table of the master. */
static void domain_6_12_changes_under_bonds(void **state)
{
	struct ref ref = linux_at_work(L612);

	(void)state;
	OK(bind(&ref, 0, P0));
	MAY(REF_MAY_DETACH, 0, 0);
	OK(ref_detach(&ref, 0));
	assert_target(&ref, 0, false, 0, REF_TARGET_BYPASS, 0);
	assert_reaches(&ref, 0, 1, P0);
	OK(ref_attach(&ref, 0, B));
	assert_target(&ref, 0, false, 0, REF_TARGET_PRIVATE, B);
	assert_reaches(&ref, 0, 1, P0);
}

/* arm_smmu_attach_dev() of 6.1: s1cdmax and stall_enabled are those of the first device. */
static void domain_6_1_takes_devices_that_agree_with_the_first(void **state)
{
	struct ref_topology topology = linux_topology(L61);
	struct ref ref;

	(void)state;
	topology.device[1].pasid_bits = 3;
	ref = linux_with(topology);
	OK(ref_attach(&ref, 0, A));
	FAILS(ref_attach(&ref, 1, A), -EINVAL, "A-3"); /* 3 bits, not 4 */
	FAILS(ref_attach(&ref, 2, A), -EINVAL, "A-3"); /* stalls */
	OK(ref_attach(&ref, 1, B));
	assert_target(&ref, 2, false, 0, REF_TARGET_BYPASS, 0);
}

/* arm_smmu_attach_dev() of 6.1: the first device of all chooses the SMMU. */
static void domain_6_1_is_for_the_smmu_of_its_first_device(void **state)
{
	struct ref_topology topology = linux_topology(L61);
	struct ref ref;

	(void)state;
	topology.device[1].smmu = 1;
	topology.device[2].smmu = 1;
	topology.domain_smmu[B] = 1; /* 6.12 only */
	ref = linux_with(topology);
	OK(ref_attach(&ref, 0, B));
	FAILS(ref_attach(&ref, 1, B), -ENXIO, "A-3");
	FAILS(ref_attach(&ref, 2, B), -ENXIO, "A-3"); /* before its stalls are looked at */
	OK(ref_detach(&ref, 0));
	FAILS(ref_attach(&ref, 1, B), -ENXIO, "A-3");
	OK(ref_attach(&ref, 1, A));
	FAILS(ref_attach(&ref, 0, A), -ENXIO, "A-3");
	assert_target(&ref, 0, false, 0, REF_TARGET_BYPASS, 0);
}

/* arm_smmu_domain_alloc_paging() of 6.12 finalises for the SMMU of its device. */
static void domain_6_12_is_for_the_smmu_that_it_was_allocated_for(void **state)
{
	struct ref_topology topology = linux_topology(L612);
	struct ref ref;

	(void)state;
	topology.device[1].smmu = 1;
	topology.domain_smmu[B] = 1;
	ref = linux_with(topology);
	FAILS(ref_attach(&ref, 0, B), -EINVAL, "A-3");
	FAILS(ref_attach(&ref, 1, A), -EINVAL, "A-3");
	FAILS(ref_attach_pasid(&ref, 0, B, 3), -EINVAL, "A-3");
	OK(ref_attach_pasid(&ref, 0, A, 3));
	FAILS(ref_attach_pasid(&ref, 0, B, 3), -EBUSY, "C-10");
	OK(ref_attach(&ref, 1, B));
	/* __iommu_set_group_pasid() comes to nobody. */
	topology.device[1].pasid_bits = 0;
	ref = linux_with(topology);
	OK(ref_attach_pasid(&ref, 1, A, 3));
}

/* iommu_sva_bind_device() makes a domain for each SMMU, __arm_smmu_sva_bind() a CD in each RID domain;
 * the PASID is the address space's. */
static void space_is_bound_behind_two_smmus(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref_topology topology = linux_topology(policy);
		struct ref ref;

		topology.device[1].smmu = 1;
		topology.domain_smmu[B] = 1;
		ref = linux_with(topology);
		OK(ref_attach(&ref, 0, A));
		OK(ref_attach(&ref, 1, B));
		OK(ref_init(&ref, 0, 0, 0, 0));
		OK(ref_init(&ref, 1, 0, 0, 0));
		assert_int_equal(OK(bind(&ref, 0, P0)).value, 1);
		assert_int_equal(OK(bind(&ref, 1, P0)).value, 1);
		assert_reaches(&ref, 1, 1, P0);
		OK(ref_unbind(&ref, 1, 1));
		assert_unreachable(&ref, 1, 1);
		assert_reaches(&ref, 0, 1, P0);
	}
}

/* The members before the one that is refused finalise the domain. */
static void refused_group_6_1_leaves_the_domain_finalised(void **state)
{
	struct ref_topology topology = linux_topology(L61);
	struct ref ref;

	(void)state;
	topology.device[1].group = topology.device[0].group;
	topology.device[1].pasid_bits = 3;
	ref = linux_with(topology);
	FAILS_LATE(ref_attach(&ref, 0, A), -EINVAL, "A-3");
	assert_int_equal(ref.device[0].domain, REF_NONE);
	OK(ref_map(&ref, A, 0, 1, RW));
}

/* arm_smmu_map_pages(): -ENODEV without pgtbl_ops, which 6.1 has from the first attach on. */
static void map_6_1_needs_an_attach_before(void **state)
{
	struct ref ref = linux_idle(L61);

	(void)state;
	assert_null(ref_may_map(&ref, A, 0, 2));
	assert_null(ref_may_unmap(&ref, A, 0, 2));
	FAILS(ref_map(&ref, A, 0, 2, RW), -ENODEV, "A-3");
	FAILS(ref_unmap(&ref, A, 0, 2), 0, "");
	OK(ref_attach(&ref, 0, A));
	OK(ref_map(&ref, A, 0, 2, RW));
	OK(ref_detach(&ref, 0));
	OK(ref_map(&ref, A, 2, 2, RW));
	assert_int_equal(OK(ref_unmap(&ref, A, 0, 4)).value, 4);
}

/* arm_smmu_domain_alloc_paging() of 6.12 finalises. */
static void map_6_12_works_from_allocation(void **state)
{
	struct ref ref = linux_idle(L612);

	(void)state;
	OK(ref_map(&ref, A, 0, 2, RW));
	OK(ref_attach(&ref, 0, A));
	OK(ref_dma(&ref, 0, false, 0, 1, true));
}

/* __iommu_map(), __iommu_unmap(): not __IOMMU_DOMAIN_PAGING */
static void identity_domain_has_nothing_to_map(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_idle(policy);

		FAILS(ref_map(&ref, C, 0, 1, RW), -EINVAL, "A-3");
		assert_int_equal(OK(ref_unmap(&ref, C, 0, 4)).value, 0);
		assert_null(ref_may_unmap(&ref, C, 0, 4));
	}
}

/* arm_lpae_init_pte(): "We require an unmap first", __arm_lpae_unmap(): WARN_ON(!pte) */
static void map_and_unmap_want_the_caller_to_keep_count(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_idle(policy);

		OK(ref_attach(&ref, 0, A));
		OK(ref_map(&ref, A, 2, 2, RW));
		assert_null(ref_may_map(&ref, A, 0, 2));
		assert_non_null(ref_may_map(&ref, A, 1, 2));
		FAILS(ref_map(&ref, A, 1, 2, RW), -EEXIST, "A-3");
		assert_null(ref_may_unmap(&ref, A, 2, 2));
		assert_non_null(ref_may_unmap(&ref, A, 2, 3));
		assert_non_null(ref_may_unmap(&ref, A, 0, 3));
		assert_int_equal(OK(ref_unmap(&ref, A, 0, 4)).value, 0);
		assert_int_equal(OK(ref_unmap(&ref, A, 2, 4)).value, 2);
	}
}

/* iommu_group_claim_dma_owner(), __iommu_take_dma_ownership() */
static void claim_wants_a_group_that_is_not_in_use(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_idle(policy);

		MAY_NOT(REF_MAY_RELEASE, 0, 0);
		FAILS(ref_release(&ref, 0), 0, "");
		OK(ref_attach(&ref, 0, A));
		FAILS(ref_claim(&ref, 0), -EBUSY, "E-46");
		OK(ref_detach(&ref, 0));
		OK(ref_claim(&ref, 0));
		FAILS(ref_claim(&ref, 0), -EPERM, "E-46");
		FAILS(ref_claim(&ref, 3), -ENODEV, "E-46");
		/* __iommu_group_set_core_domain(): detach goes back to the blocking domain. */
		OK(ref_attach(&ref, 0, A));
		assert_target(&ref, 0, false, 0, REF_TARGET_PRIVATE, A);
		OK(ref_detach(&ref, 0));
		assert_true(ref_target(&ref, 0, false, 0).kind != REF_TARGET_BYPASS);
		OK(ref_attach(&ref, 0, B));
		MAY(REF_MAY_RELEASE, 0, 0);
		OK(ref_release(&ref, 0));
		assert_target(&ref, 0, false, 0, REF_TARGET_BYPASS, 0);
	}
}

/* __iommu_group_alloc_blocking_domain() of 6.1: "create an empty domain instead" */
static void blocked_6_1_is_an_empty_table(void **state)
{
	struct ref ref = linux_idle(L61);

	(void)state;
	OK(ref_claim(&ref, 0));
	assert_target(&ref, 0, false, 0, REF_TARGET_EMPTY, 0);
	FAULTS(ref_dma(&ref, 0, false, 0, 0, true), REF_FAULT_TRANSLATION);
	FAULTS(ref_dma(&ref, 0, true, 1, 0, true), REF_FAULT_PASID);
	assert_true(ref_ats_enabled(&ref, 0));
	assert_int_equal(OK(ref_ats(&ref, 0, false, 0, 0)).access.prot, 0);
	OK(ref_enable(&ref, 0, REF_DEV_SVA));
	MAY_NOT(REF_MAY_BIND, 0, P0);
	MAY_NOT(REF_MAY_RELEASE, 0, 0);
	OK(ref_disable(&ref, 0, REF_DEV_SVA));
	/* The default domain may be attached over the blocking one. */
	OK(ref_attach(&ref, 0, C));
	assert_target(&ref, 0, false, 0, REF_TARGET_BYPASS, 0);
	OK(ref_detach(&ref, 0));
	assert_target(&ref, 0, false, 0, REF_TARGET_EMPTY, 0);
}

/* arm_smmu_blocked_domain of 6.12: an STE that aborts in silence, or S1DSS = 0b00 */
static void blocked_6_12_aborts_and_pasids_go_on(void **state)
{
	struct ref ref = linux_idle(L612);
	struct ref_result result;

	(void)state;
	OK(ref_init(&ref, 0, 0, 0, 0));
	OK(ref_claim(&ref, 0));
	assert_target(&ref, 0, false, 0, REF_TARGET_ABORT, 0);
	assert_target(&ref, 0, true, 1, REF_TARGET_ABORT, 0);
	result = OK(ref_dma(&ref, 0, false, 0, 0, true));
	assert_int_equal(result.access.outcome, REF_FAULT_ABORT);
	assert_int_equal(result.access.unreported, 0);
	OK(bind(&ref, 0, P0));
	assert_reaches(&ref, 0, 1, P0);
	assert_unreachable(&ref, 0, 2);
	result = OK(ref_dma(&ref, 0, false, 0, 0, true));
	assert_int_equal(result.access.outcome, REF_FAULT_ABORT);
	assert_int_equal(result.access.unreported, 1);
	/* __iommu_release_dma_ownership() warns about PASIDs. */
	MAY_NOT(REF_MAY_RELEASE, 0, 0);
	FAILS(ref_release(&ref, 0), 0, "");
	OK(ref_unbind(&ref, 0, 1));
	MAY(REF_MAY_RELEASE, 0, 0);
	OK(ref_release(&ref, 0));
}

static void claim_6_12_is_busy_with_pasids_and_6_1_with_sva(void **state)
{
	struct ref ref = linux_idle(L612);

	(void)state;
	OK(ref_init(&ref, 0, 0, 0, 0));
	OK(bind(&ref, 0, P0));
	FAILS(ref_claim(&ref, 0), -EBUSY, "E-46");
	OK(ref_unbind(&ref, 0, 1));
	OK(ref_claim(&ref, 0));
	ref = linux_idle(L61);
	OK(ref_init(&ref, 0, 0, 0, 0));
	MAY(REF_MAY_CLAIM, 0, 0);
	FAILS(ref_claim(&ref, 0), -EBUSY, "A-37");
}

/* __iommu_group_set_domain() of 6.1 leaves the members apart. */
static void claim_6_1_of_a_group_that_disagrees_must_not_be_made(void **state)
{
	struct ref_topology topology = linux_topology(L61);
	struct ref ref;

	(void)state;
	topology.device[1].group = topology.device[0].group;
	ref = linux_with(topology);
	MAY(REF_MAY_CLAIM, 0, 0);
	OK(ref_enable(&ref, 1, REF_DEV_SVA));
	MAY_NOT(REF_MAY_CLAIM, 0, 0);
	topology.device[1].pasid_bits = 3;
	ref = linux_with(topology);
	MAY_NOT(REF_MAY_CLAIM, 1, 0);
	FAILS(ref_claim(&ref, 1), -EINVAL, "A-3");
}

/* iommu_attach_device_pasid(), in the order of its checks */
static void attach_pasid_checks_domain_group_number_and_entry(void **state)
{
	struct ref ref = linux_at_work(L612);

	(void)state;
	FAILS(ref_attach_pasid(&ref, 3, C, 0), -EOPNOTSUPP, "C-10");
	FAILS(ref_attach_pasid(&ref, 3, A, 0), -ENODEV, "C-10");
	FAILS(ref_attach_pasid(&ref, 0, A, 0), -EINVAL, "C-10");
	FAILS(ref_attach_pasid(&ref, 0, A, 16), -EINVAL, "C-10");
	OK(ref_attach_pasid(&ref, 0, A, 15));
	FAILS(ref_attach_pasid(&ref, 0, B, 15), -EBUSY, "C-10");
	ref = linux_at_work(L61);
	FAILS(ref_attach_pasid(&ref, 0, A, 1), -EOPNOTSUPP, "C-10");
	FAILS(ref_detach_pasid(&ref, 0, 1), -EOPNOTSUPP, "C-16");
}

static void domain_on_a_pasid_is_reached_as_its_private_table(void **state)
{
	struct ref ref = linux_at_work(L612);

	(void)state;
	OK(ref_map(&ref, B, 3, 1, RW));
	OK(ref_attach_pasid(&ref, 0, B, 5)); /* d2's own domain at the same time */
	assert_target(&ref, 0, true, 5, REF_TARGET_PRIVATE, B);
	OK(ref_dma(&ref, 0, true, 5, 3, true));
	FAULTS(ref_dma(&ref, 0, true, 5, 4, true), REF_FAULT_TRANSLATION);
	/* "The @domain must have been attached to @pasid of the @dev" */
	MAY(REF_MAY_DETACH_PASID, 0, 5);
	MAY_NOT(REF_MAY_DETACH_PASID, 0, 6);
	MAY_NOT(REF_MAY_DETACH_PASID, 1, 5);
	OK(ref_detach_pasid(&ref, 0, 5));
	assert_unreachable(&ref, 0, 5);
	FAILS(ref_detach_pasid(&ref, 0, 5), 0, "");
}

static void detach_pasid_leaves_a_process_alone(void **state)
{
	struct ref ref = linux_at_work(L612);

	(void)state;
	OK(bind(&ref, 0, P0));
	MAY_NOT(REF_MAY_DETACH_PASID, 0, 1);
	OK(ref_detach_pasid(&ref, 0, 1));
	assert_reaches(&ref, 0, 1, P0);
}

/* "13.6.4 Full ATS skipping stage 1", as arm_smmu_attach_prepare() quotes it */
static void ats_6_12_is_on_in_the_default_domain_while_pasids_are_in_use(void **state)
{
	struct ref ref = linux_idle(L612);
	struct ref_result result;

	(void)state;
	assert_false(ref_ats_enabled(&ref, 0));
	OK(ref_init(&ref, 0, 0, 0, 0));
	OK(ref_mmap(&ref, P0, 0, 1, REF_READ));
	OK(bind(&ref, 0, P0));
	assert_true(ref_ats_enabled(&ref, 0));
	result = OK(ref_ats(&ref, 0, false, 0, 0));
	assert_int_equal(result.access.outcome, REF_OUTCOME_OK);
	assert_int_equal(result.access.prot, RW);
	assert_int_equal(result.access.page, REF_NO_PAGE);
	assert_int_equal(OK(ref_ats(&ref, 0, true, 1, 0)).access.prot, REF_READ);
	FAULTS(ref_ats(&ref, 0, true, 2, 0), REF_FAULT_PASID);
	OK(ref_unbind(&ref, 0, 1));
	FAULTS(ref_ats(&ref, 0, false, 0, 0), REF_FAULT_ABORT);
}

static void unplug_gives_back_all_that_the_driver_took(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_at_work(policy);

		OK(bind(&ref, 0, P0));
		OK(bind(&ref, 0, P0));
		if (policy == L612)
			OK(ref_attach_pasid(&ref, 0, B, 5));
		MAY(REF_MAY_UNPLUG, 0, 0);
		OK(ref_unplug(&ref, 0));
		assert_int_equal(ref_usage(&ref).bonds, 0);
		assert_int_equal(ref_usage(&ref).table_entries, 0);
		assert_target(&ref, 0, false, 0, REF_TARGET_ABORT, 0);
		FAILS(bind(&ref, 0, P0), -ENODEV, policy == L61 ? "C-6" : "C-10");
		FAILS(ref_enable(&ref, 0, REF_DEV_SVA), -ENODEV, "C-11");
		FAILS(ref_disable(&ref, 0, REF_DEV_SVA), -ENODEV, "C-11");
		FAILS(ref_unplug(&ref, 0), -ENODEV, "A-36");
	}
}

/* __iommu_group_free_device(): the last one leaves no owner behind. */
static void last_device_of_a_group_takes_the_claim_along(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref_topology topology = linux_topology(policy);
		struct ref ref;

		topology.device[1].group = topology.device[0].group;
		ref = linux_with(topology);
		OK(ref_claim(&ref, 0));
		OK(ref_unplug(&ref, 0));
		assert_int_equal(ref.device[1].claimed, 1);
		OK(ref_unplug(&ref, 1));
		assert_int_equal(ref.device[1].claimed, 0);
	}
}

/* iommu_sva.dev is the first that bound, and release_device() takes no PASID off. */
static void unplug_6_12_waits_for_the_siblings_pasids(void **state)
{
	struct ref ref = group_of_two();

	(void)state;
	OK(bind(&ref, 0, P0));
	MAY(REF_MAY_UNPLUG, 0, 0);
	MAY_NOT(REF_MAY_UNPLUG, 1, 0);
	OK(bind(&ref, 1, P0));
	MAY_NOT(REF_MAY_UNPLUG, 0, 0);
	OK(ref_unbind(&ref, 0, 1));
	MAY_NOT(REF_MAY_UNPLUG, 0, 0);
	MAY(REF_MAY_UNPLUG, 1, 0);
	OK(ref_unplug(&ref, 0)); /* by mistake: what the sibling holds is its own */
	assert_reaches(&ref, 1, 1, P0);
	OK(ref_unbind(&ref, 1, 1));
	assert_unreachable(&ref, 1, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(group_starts_in_its_default_domain_which_is_identity),
		cmocka_unit_test(attach_over_a_user_domain_is_busy_also_for_the_same),
		cmocka_unit_test(identity_domain_is_the_default_one),
		cmocka_unit_test(group_moves_as_one_under_linux_too),
		cmocka_unit_test(domain_6_1_changes_only_while_sva_is_off),
		cmocka_unit_test(domain_6_12_changes_under_bonds),
		cmocka_unit_test(domain_6_1_takes_devices_that_agree_with_the_first),
		cmocka_unit_test(domain_6_1_is_for_the_smmu_of_its_first_device),
		cmocka_unit_test(domain_6_12_is_for_the_smmu_that_it_was_allocated_for),
		cmocka_unit_test(space_is_bound_behind_two_smmus),
		cmocka_unit_test(refused_group_6_1_leaves_the_domain_finalised),
		cmocka_unit_test(map_6_1_needs_an_attach_before),
		cmocka_unit_test(map_6_12_works_from_allocation),
		cmocka_unit_test(identity_domain_has_nothing_to_map),
		cmocka_unit_test(map_and_unmap_want_the_caller_to_keep_count),
		cmocka_unit_test(claim_wants_a_group_that_is_not_in_use),
		cmocka_unit_test(blocked_6_1_is_an_empty_table),
		cmocka_unit_test(blocked_6_12_aborts_and_pasids_go_on),
		cmocka_unit_test(claim_6_12_is_busy_with_pasids_and_6_1_with_sva),
		cmocka_unit_test(claim_6_1_of_a_group_that_disagrees_must_not_be_made),
		cmocka_unit_test(attach_pasid_checks_domain_group_number_and_entry),
		cmocka_unit_test(domain_on_a_pasid_is_reached_as_its_private_table),
		cmocka_unit_test(detach_pasid_leaves_a_process_alone),
		cmocka_unit_test(ats_6_12_is_on_in_the_default_domain_while_pasids_are_in_use),
		cmocka_unit_test(unplug_gives_back_all_that_the_driver_took),
		cmocka_unit_test(last_device_of_a_group_takes_the_claim_along),
		cmocka_unit_test(unplug_6_12_waits_for_the_siblings_pasids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
