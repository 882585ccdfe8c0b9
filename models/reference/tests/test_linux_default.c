/* SPDX-License-Identifier: MIT */
/*
 * Contract: default domains that translate (iommu.passthrough=0): an empty stage 1 domain of each
 * group, which the group is in while no driver attaches another and no user owns its DMA (A-3, A-38,
 * E-46). Read from iommu_group_alloc_default_domain(), arm_smmu_attach_dev(), arm_smmu_sva_bind()
 * of 6.1 and arm_smmu_set_pasid() of 6.12.
 * Run: the program itself.
 */
#include "linux_fixture.h"

enum { STALLING = 2 }; /* the device */

static struct ref_topology dma_topology(unsigned policy)
{
	struct ref_topology topology = linux_topology(policy);

	topology.default_dma = 1;
	topology.domain_type[C] = REF_DOMAIN_STAGE1;
	return topology;
}

static struct ref dma_idle(unsigned policy)
{
	return linux_with(dma_topology(policy));
}

static void group_starts_in_an_empty_translated_domain(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = dma_idle(policy);
		struct ref_result result;

		assert_target(&ref, 0, false, 0, REF_TARGET_EMPTY, 0);
		result = OK(ref_dma(&ref, 0, false, 0, 0, false));
		assert_int_equal(result.access.outcome, REF_FAULT_TRANSLATION);
		assert_int_equal(result.access.stalls, 0);
		assert_int_equal(result.access.unreported, 0);
		/* S1DSS = SSID0: F_STREAM_DISABLED */
		FAULTS(ref_dma(&ref, 0, true, 0, 0, false), REF_FAULT_PASID);
		FAULTS(ref_dma(&ref, 0, true, 1, 0, false), REF_FAULT_PASID);
		/* It is in no group, and no IOMMU driver has it. */
		assert_target(&ref, 3, false, 0, REF_TARGET_UNMANAGED, 0);
	}
}

/* arm_smmu_attach_dev(): ATS for every domain that is not bypass; 3.9.1.2 answers without rights. */
static void ats_is_on_and_grants_nothing(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = dma_idle(policy);
		struct ref_result result;

		assert_true(ref_ats_enabled(&ref, 0));
		result = OK(ref_ats(&ref, 0, false, 0, 0));
		assert_int_equal(result.access.outcome, REF_OUTCOME_OK);
		assert_int_equal(result.access.prot, 0);
		FAULTS(ref_ats(&ref, 0, true, 1, 0), REF_FAULT_PASID);
	}
}

static void process_is_bound_in_the_default_domain(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = dma_idle(policy);

		OK(ref_init(&ref, 0, 0, 0, 0));
		OK(ref_mmap(&ref, P0, 0, 1, REF_READ));
		assert_int_equal(OK(bind(&ref, 0, P0)).value, 1);
		assert_reaches(&ref, 0, 1, P0);
		/* The table is that of the group. */
		assert_unreachable(&ref, 1, 1);
		FAULTS(ref_dma(&ref, 0, true, 1, 0, false), REF_OUTCOME_OK);
		assert_target(&ref, 0, false, 0, REF_TARGET_EMPTY, 0);
		OK(ref_exit(&ref, P0));
		assert_target(&ref, 0, true, 1, REF_TARGET_QUIESCED, 0);
		OK(ref_unbind(&ref, 0, 1));
		assert_unreachable(&ref, 0, 1);
		assert_int_equal(ref_usage(&ref).table_entries, 0);
	}
}

/* arm_smmu_mmu_notifier_get(): one entry for each {domain, mm}; two groups have two domains. */
static void bonds_6_1_of_two_groups_do_not_share_a_table(void **state)
{
	struct ref ref = dma_idle(L61);

	(void)state;
	OK(ref_init(&ref, 0, 0, 0, 0));
	OK(ref_init(&ref, 1, 0, 0, 0));
	OK(bind(&ref, 0, P0));
	OK(bind(&ref, 1, P0));
	assert_int_equal(ref_usage(&ref).table_entries, 2);
	OK(ref_unbind(&ref, 0, 1));
	assert_unreachable(&ref, 0, 1);
	assert_reaches(&ref, 1, 1, P0);
	OK(ref_unplug(&ref, 1));
	assert_int_equal(ref_usage(&ref).table_entries, 0);
}

/* __arm_smmu_sva_bind() comes after the domain's stage was looked at. */
static void bind_6_1_in_the_default_domain_wants_sva_and_a_group_of_one(void **state)
{
	struct ref_topology topology = dma_topology(L61);
	struct ref ref = linux_with(topology);

	(void)state;
	FAILS(bind(&ref, 0, P0), -ENODEV, "C-6");
	topology.device[1].group = topology.device[0].group;
	ref = linux_with(topology);
	OK(ref_init(&ref, 0, 0, 0, 0));
	FAILS(bind(&ref, 0, P0), -EINVAL, "A-2");
	OK(ref_unplug(&ref, 1));
	OK(bind(&ref, 0, P0));
	assert_reaches(&ref, 0, 1, P0);
}

static void driver_takes_the_group_out_and_gives_it_back(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = dma_idle(policy);

		OK(ref_attach(&ref, 0, A));
		OK(ref_map(&ref, A, 0, 1, RW));
		FAULTS(ref_dma(&ref, 0, false, 0, 0, true), REF_OUTCOME_OK);
		FAILS(ref_attach(&ref, 0, B), -EBUSY, "B-2");
		OK(ref_detach(&ref, 0));
		FAULTS(ref_dma(&ref, 0, false, 0, 0, true), REF_FAULT_TRANSLATION);
		assert_true(ref_ats_enabled(&ref, 0));
	}
}

/* arm_smmu_attach_dev() of 6.1: "cannot attach - SVA enabled" */
static void default_domain_6_1_is_not_left_while_sva_is_on(void **state)
{
	struct ref ref = dma_idle(L61);

	(void)state;
	OK(ref_init(&ref, 0, 0, 0, 0));
	MAY_NOT(REF_MAY_ATTACH, 0, A);
	FAILS(ref_attach(&ref, 0, A), -EBUSY, "A-37");
	FAILS(ref_claim(&ref, 0), -EBUSY, "A-37");
}

/* arm_smmu_attach_dev() of 6.12 writes CD 0, and the others stay. */
static void default_domain_6_12_changes_under_pasids(void **state)
{
	struct ref ref = dma_idle(L612);

	(void)state;
	OK(ref_init(&ref, 0, 0, 0, 0));
	OK(bind(&ref, 0, P0));
	OK(ref_attach_pasid(&ref, 0, B, 5));
	OK(ref_attach(&ref, 0, A));
	assert_reaches(&ref, 0, 1, P0);
	assert_target(&ref, 0, false, 0, REF_TARGET_PRIVATE, A);
	OK(ref_detach(&ref, 0));
	assert_reaches(&ref, 0, 1, P0);
	assert_target(&ref, 0, true, 5, REF_TARGET_PRIVATE, B);
	/* Not the identity of 13.6.4, with PASIDs in use either. */
	assert_target(&ref, 0, false, 0, REF_TARGET_EMPTY, 0);
	assert_int_equal(OK(ref_ats(&ref, 0, false, 0, 0)).access.prot, 0);
	FAILS(ref_claim(&ref, 0), -EBUSY, "E-46");
}

/* __iommu_group_alloc_blocking_domain() */
static void user_owns_a_blocked_group_as_with_identity(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = dma_idle(policy);

		OK(ref_claim(&ref, 0));
		assert_target(&ref, 0, false, 0,
			      policy == L61 ? REF_TARGET_EMPTY : REF_TARGET_ABORT, 0);
		assert_int_equal(ref_ats_enabled(&ref, 0), policy == L61);
		OK(ref_attach(&ref, 0, A));
		OK(ref_detach(&ref, 0));
		assert_target(&ref, 0, false, 0,
			      policy == L61 ? REF_TARGET_EMPTY : REF_TARGET_ABORT, 0);
		OK(ref_release(&ref, 0));
		assert_target(&ref, 0, false, 0, REF_TARGET_EMPTY, 0);
		assert_true(ref_ats_enabled(&ref, 0));
	}
}

/* Nobody handles faults of a domain: find_fault_handler(), iommu_queue_iopf() ("need a PASID"). */
static void fault_without_pasid_stalls_and_is_aborted(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = dma_idle(policy);
		struct ref_result result;

		OK(ref_init(&ref, STALLING, REF_FEAT_IOPF, 0, 0));
		result = OK(ref_dma(&ref, STALLING, false, 0, 0, true));
		assert_int_equal(result.access.outcome, REF_FAULT_TRANSLATION);
		assert_int_equal(result.access.stalls, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(group_starts_in_an_empty_translated_domain),
		cmocka_unit_test(ats_is_on_and_grants_nothing),
		cmocka_unit_test(process_is_bound_in_the_default_domain),
		cmocka_unit_test(bonds_6_1_of_two_groups_do_not_share_a_table),
		cmocka_unit_test(bind_6_1_in_the_default_domain_wants_sva_and_a_group_of_one),
		cmocka_unit_test(driver_takes_the_group_out_and_gives_it_back),
		cmocka_unit_test(default_domain_6_1_is_not_left_while_sva_is_on),
		cmocka_unit_test(default_domain_6_12_changes_under_pasids),
		cmocka_unit_test(user_owns_a_blocked_group_as_with_identity),
		cmocka_unit_test(fault_without_pasid_stalls_and_is_aborted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
