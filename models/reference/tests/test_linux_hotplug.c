/* SPDX-License-Identifier: MIT */
/*
 * Contract: a device that was unplugged comes back to its group (C-15): it joins the domain that the
 * group is in, shares what is bound there (C-14, A-34) where it can send the PASID, and has nothing
 * enabled. Read from iommu_probe_device() and arm_smmu_attach_dev() of 6.1 and 6.12.
 * Run: the program itself.
 */
#include "linux_fixture.h"

/* d0 and d1 in one group, the second with so many PASID bits and gone. */
static struct ref without_second(unsigned policy, uint8_t bits)
{
	struct ref_topology topology = linux_topology(policy);
	struct ref ref;

	topology.device[1].group = topology.device[0].group;
	topology.device[1].pasid_bits = bits;
	ref = linux_with(topology);
	OK(ref_unplug(&ref, 1));
	return ref;
}

static void who_is_there_does_not_come(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_idle(policy);

		FAILS(ref_plug(&ref, 0), -EEXIST, "C-15");
		FAILS(ref_plug(&ref, 3), -EEXIST, "C-15");
		OK(ref_unplug(&ref, 3));
		OK(ref_plug(&ref, 3));
		assert_target(&ref, 3, false, 0, REF_TARGET_UNMANAGED, 0);
	}
}

static void nothing_is_enabled_on_who_comes(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_at_work(policy);

		OK(bind(&ref, 2, P0));
		OK(ref_unplug(&ref, 2));
		assert_int_equal(ref_usage(&ref).bonds, 0);
		OK(ref_plug(&ref, 2));
		assert_target(&ref, 2, false, 0, REF_TARGET_BYPASS, 0);
		assert_target(&ref, 2, true, 1, REF_TARGET_NO_PASID, 0);
		FAILS(ref_disable(&ref, 2, REF_DEV_IOPF), -EINVAL, "C-11");
		FAILS(ref_disable(&ref, 2, REF_DEV_SVA), -EINVAL, "C-11");
		OK(ref_attach(&ref, 2, B));
		OK(ref_init(&ref, 2, REF_FEAT_IOPF, 0, 0));
		/* The space has had its PASID all along. */
		assert_int_equal(OK(bind(&ref, 2, P0)).value, 1);
	}
}

static void it_joins_the_domain_of_its_group(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = without_second(policy, 4);

		OK(ref_attach(&ref, 0, A));
		OK(ref_plug(&ref, 1));
		assert_target(&ref, 1, false, 0, REF_TARGET_PRIVATE, A);
		assert_true(ref_ats_enabled(&ref, 1));
		OK(ref_detach(&ref, 1));
		assert_target(&ref, 0, false, 0, REF_TARGET_BYPASS, 0);
		OK(ref_unplug(&ref, 0));
		OK(ref_plug(&ref, 0));
		assert_target(&ref, 0, false, 0, REF_TARGET_BYPASS, 0);
	}
}

static void a_claimed_group_stays_claimed(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = without_second(policy, 4);
		enum ref_target_kind blocked = policy == L61 ? REF_TARGET_EMPTY : REF_TARGET_ABORT;

		OK(ref_claim(&ref, 0));
		OK(ref_plug(&ref, 1));
		assert_target(&ref, 1, false, 0, blocked, 0);
		FAILS(ref_claim(&ref, 1), -EPERM, "E-46");
		OK(ref_release(&ref, 1));
		assert_target(&ref, 0, false, 0, REF_TARGET_BYPASS, 0);
		/* The last that leaves takes the claim along. */
		OK(ref_claim(&ref, 0));
		OK(ref_unplug(&ref, 0));
		OK(ref_unplug(&ref, 1));
		OK(ref_plug(&ref, 1));
		assert_target(&ref, 1, false, 0, REF_TARGET_BYPASS, 0);
	}
}

/* arm_smmu_attach_dev(): "cannot attach to incompatible domain" */
static void a_domain_of_6_1_refuses_who_does_not_fit(void **state)
{
	struct ref ref = without_second(L61, 3);

	(void)state;
	OK(ref_attach(&ref, 0, A));
	FAILS(ref_plug(&ref, 1), -EINVAL, "A-3");
	FAILS(ref_attach(&ref, 1, B), -ENODEV, "A-36");
	OK(ref_detach(&ref, 0));
	OK(ref_claim(&ref, 0));
	FAILS(ref_plug(&ref, 1), -EINVAL, "A-3");
	OK(ref_attach(&ref, 0, C));
	OK(ref_plug(&ref, 1));
	MAY_NOT(REF_MAY_DETACH, 0, 0);
	OK(ref_release(&ref, 0));
	assert_target(&ref, 1, false, 0, REF_TARGET_BYPASS, 0);
}

static void the_first_in_the_list_finalises_a_domain_of_6_1(void **state)
{
	struct ref ref = without_second(L61, 3);

	(void)state;
	OK(ref_plug(&ref, 1));
	OK(ref_unplug(&ref, 0));
	OK(ref_plug(&ref, 0));
	FAILS_LATE(ref_attach(&ref, 0, A), -EINVAL, "A-3");
	assert_int_equal(ref.domain[A].ssid_bits, 3);
	OK(ref_unplug(&ref, 1));
	OK(ref_plug(&ref, 1));
	FAILS_LATE(ref_attach(&ref, 1, B), -EINVAL, "A-3");
	assert_int_equal(ref.domain[B].ssid_bits, 4);
}

/* the table is the domain's; A-2: no bind while there are two. */
static void who_comes_shares_the_table_of_6_1(void **state)
{
	struct ref ref = without_second(L61, 4);

	(void)state;
	OK(ref_attach(&ref, 0, A));
	OK(ref_init(&ref, 0, 0, 0, 0));
	OK(bind(&ref, 0, P0));
	OK(ref_plug(&ref, 1));
	assert_target(&ref, 1, true, 1, REF_TARGET_MM, 0);
	FAILS(bind(&ref, 0, P1), -EINVAL, "A-2");
	OK(ref_unbind(&ref, 0, 1));
	assert_target(&ref, 1, true, 1, REF_TARGET_NO_PASID, 0);
}

/* C-14: whoever bound. */
static void who_comes_shares_the_pasids_of_6_12(void **state)
{
	struct ref ref = without_second(L612, 4);

	(void)state;
	OK(ref_init(&ref, 0, 0, 0, 0));
	OK(bind(&ref, 0, P0));
	OK(ref_attach_pasid(&ref, 0, B, 7));
	OK(ref_plug(&ref, 1));
	assert_target(&ref, 1, true, 1, REF_TARGET_MM, 0);
	assert_target(&ref, 1, true, 7, REF_TARGET_PRIVATE, B);
	assert_true(ref_ats_enabled(&ref, 1));
	OK(ref_init(&ref, 1, 0, 0, 0));
	assert_int_equal(OK(bind(&ref, 1, P0)).value, 1);
	OK(ref_unbind(&ref, 0, 1));
	assert_target(&ref, 0, true, 1, REF_TARGET_MM, 0);
	OK(ref_unbind(&ref, 1, 1));
	assert_target(&ref, 1, true, 1, REF_TARGET_NO_PASID, 0);
}

static void who_cannot_send_a_pasid_does_not_share_it(void **state)
{
	struct ref ref = without_second(L612, 1);

	(void)state;
	OK(ref_init(&ref, 0, 0, 0, 0));
	OK(bind(&ref, 0, P0));
	OK(bind(&ref, 0, P1));
	OK(ref_plug(&ref, 1));
	assert_target(&ref, 1, true, 1, REF_TARGET_MM, 0);
	assert_target(&ref, 0, true, 2, REF_TARGET_MM, 1);
	/* What comes now must fit both. */
	OK(ref_spawn(&ref, P2));
	FAILS_LATE(bind(&ref, 0, P2), -EINVAL, "C-10");
}

/* arm_smmu_sva_set_dev_pasid(): mmget_not_zero() */
static void who_comes_after_exit_has_no_quiet_entry_of_6_12(void **state)
{
	struct ref ref = without_second(L612, 4);

	(void)state;
	OK(ref_init(&ref, 0, 0, 0, 0));
	OK(bind(&ref, 0, P0));
	OK(ref_exit(&ref, P0));
	OK(ref_plug(&ref, 1));
	assert_target(&ref, 0, true, 1, REF_TARGET_QUIESCED, 0);
	assert_target(&ref, 1, true, 1, REF_TARGET_NO_PASID, 0);
	assert_false(ref_ats_enabled(&ref, 1));
	MAY(REF_MAY_UNPLUG, 1, 0);
	/* One that exits later is quiet for both. */
	assert_int_equal(OK(bind(&ref, 0, P1)).value, 2);
	OK(ref_exit(&ref, P1));
	assert_target(&ref, 1, true, 2, REF_TARGET_QUIESCED, 1);
	OK(ref_unbind(&ref, 0, 2));
	OK(ref_unbind(&ref, 0, 1));
	assert_int_equal(ref_usage(&ref).pasids, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_there_does_not_come),
		cmocka_unit_test(nothing_is_enabled_on_who_comes),
		cmocka_unit_test(it_joins_the_domain_of_its_group),
		cmocka_unit_test(a_claimed_group_stays_claimed),
		cmocka_unit_test(a_domain_of_6_1_refuses_who_does_not_fit),
		cmocka_unit_test(the_first_in_the_list_finalises_a_domain_of_6_1),
		cmocka_unit_test(who_comes_shares_the_table_of_6_1),
		cmocka_unit_test(who_comes_shares_the_pasids_of_6_12),
		cmocka_unit_test(who_cannot_send_a_pasid_does_not_share_it),
		cmocka_unit_test(who_comes_after_exit_has_no_quiet_entry_of_6_12),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
