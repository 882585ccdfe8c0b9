/* SPDX-License-Identifier: MIT */
/*
 * Contract: partitions of a device have neither a table (B-6) nor bonds of their own: the mediating
 * driver binds the parent (B-12), shares the bond among them (B-14, B-15), puts PASIDs on the bus itself
 * (B-13) and keeps their ranges of the one private table apart (B-10). One with its own MMU is none of
 * the IOMMU's business (B-16).
 * Run: the program itself.
 */
#include "linux_fixture.h"

enum { PF, OTHER };		/* devices */
enum { M0, M1, M2, M_OWN_MMU }; /* partitions: two of PF, two of OTHER */

static struct ref_topology partitioned(struct ref_topology topology)
{
	topology.num_partitions = 4;
	topology.partition[M2].parent = OTHER;
	topology.partition[M_OWN_MMU].parent = OTHER;
	topology.partition[M_OWN_MMU].own_mmu = 1;
	return topology;
}

/* PF and OTHER in A, d2 in B, all initialised; p0 and p1 live. */
static struct ref partitions_at_work(uint32_t features)
{
	struct ref ref = machine_at_work(features);

	ref.topology = partitioned(ref.topology);
	return ref;
}

/* The same under Linux, whose third device has stalls. */
static struct ref linux_partitions_at_work(unsigned policy)
{
	struct ref ref = linux_at_work(policy);

	ref.topology = partitioned(ref.topology);
	return ref;
}

static unsigned bonds(const struct ref *ref)
{
	return ref_usage(ref).bonds;
}

static unsigned associations(const struct ref *ref)
{
	return ref_usage(ref).associations;
}

static void mediator_binds_the_parent_and_submits_with_the_process_s_pasid(void **state)
{
	struct ref ref = partitions_at_work(0);

	(void)state;
	OK(ref_mmap(&ref, P0, 0, 1, RW));
	assert_int_equal(OK(ref_partition_bind(&ref, M0, P0)).value, 1);
	assert_reaches(&ref, PF, 1, P0);
	assert_int_equal(OK(ref_submit(&ref, M0, P0, 0, true)).value, 1);
	FAULTS(ref_submit(&ref, M0, P0, 0, true), REF_OUTCOME_OK);
	assert_int_equal(ref.page[ref.mm[0].space.slot[0].page].value, 2);
	FAULTS(ref_submit(&ref, M0, P0, 1, false), REF_FAULT_TRANSLATION);
}

static void work_of_a_process_that_is_not_associated_never_reaches_the_bus(void **state)
{
	struct ref ref = partitions_at_work(0);

	(void)state;
	FAILS(ref_submit(&ref, M0, P0, 0, true), -EPERM, "B-13");
	OK(ref_partition_bind(&ref, M0, P0));
	FAILS(ref_submit(&ref, M0, P1, 0, true), -EPERM, "B-13");
	/* The parent has the bond, the other partition has no association with it. */
	FAILS(ref_submit(&ref, M1, P0, 0, true), -EPERM, "B-13");
	OK(ref_bind(&ref, OTHER, P0, 0, true));
	FAILS(ref_submit(&ref, M2, P0, 0, true), -EPERM, "B-13");
	FAILS(ref_submit(&ref, M0, P3, 0, true), -ESRCH, "A-20");
}

static void partitions_of_one_process_share_bond_and_pasid(void **state)
{
	struct ref ref = partitions_at_work(0);

	(void)state;
	assert_int_equal(OK(ref_partition_bind(&ref, M0, P0)).value, 1);
	assert_int_equal(OK(ref_partition_bind(&ref, M1, P0)).value, 1);
	assert_int_equal(bonds(&ref), 1);
	assert_int_equal(associations(&ref), 2);
	FAILS(ref_partition_bind(&ref, M1, P0), -EEXIST, "A-19");
	/* B-15: revoking one leaves the other. */
	OK(ref_partition_unbind(&ref, M0, 1));
	assert_reaches(&ref, PF, 1, P0);
	FAILS(ref_submit(&ref, M0, P0, 0, false), -EPERM, "B-13");
	FAULTS(ref_submit(&ref, M1, P0, 0, false), REF_FAULT_TRANSLATION);
	/* B-14: the bond goes with the last. */
	FAILS(ref_partition_unbind(&ref, M0, 1), -ESRCH, "B-14");
	OK(ref_partition_unbind(&ref, M1, 1));
	assert_unreachable(&ref, PF, 1);
	assert_int_equal(bonds(&ref) + ref_usage(&ref).pasids + associations(&ref), 0);
}

static void two_processes_in_one_partition_have_their_own_pasids(void **state)
{
	struct ref ref = partitions_at_work(0);

	(void)state;
	assert_int_equal(OK(ref_partition_bind(&ref, M0, P0)).value, 1);
	assert_int_equal(OK(ref_partition_bind(&ref, M0, P1)).value, 2);
	/* B-11: the same address in two spaces is two pages. */
	OK(ref_mmap(&ref, P0, 0, 1, RW));
	OK(ref_mmap(&ref, P1, 0, 1, RW));
	assert_int_not_equal(OK(ref_submit(&ref, M0, P0, 0, true)).access.page,
			     OK(ref_submit(&ref, M0, P1, 0, true)).access.page);
	FAILS(ref_partition_unbind(&ref, M0, 3), -ESRCH, "B-14");
}

static void bond_of_the_driver_itself_is_shared_and_stays(void **state)
{
	struct ref ref = partitions_at_work(0);

	(void)state;
	OK(ref_bind(&ref, PF, P0, 0, true));
	assert_int_equal(OK(ref_partition_bind(&ref, M0, P0)).value, 1);
	assert_int_equal(bonds(&ref), 1);
	OK(ref_partition_unbind(&ref, M0, 1));
	assert_reaches(&ref, PF, 1, P0);
	assert_null(ref_partitions_forbid(&ref, REF_MAY_UNBIND, PF, 1));
	OK(ref_unbind(&ref, PF, 1));
	assert_unreachable(&ref, PF, 1);
}

static void driver_gives_its_share_back_and_the_bond_stays_for_partitions(void **state)
{
	struct ref ref = partitions_at_work(REF_FEAT_IOPF);

	(void)state;
	OK(ref_bind(&ref, PF, P0, 0, true));
	OK(ref_partition_bind(&ref, M0, P0));
	assert_null(ref_partitions_forbid(&ref, REF_MAY_UNBIND, PF, 1));
	assert_int_equal(OK(ref_unbind(&ref, PF, 1)).num_calls, 0);
	assert_reaches(&ref, PF, 1, P0);
	assert_int_equal(associations(&ref), 1);
	assert_non_null(ref_partitions_forbid(&ref, REF_MAY_UNBIND, PF, 1));
	FAILS(ref_bind(&ref, PF, P0, 0, true), -EEXIST, "A-19");
	OK(ref_partition_unbind(&ref, M0, 1));
	assert_unreachable(&ref, PF, 1);
	/* Also with faults to flush: nothing ends, so nothing is flushed. */
	OK(ref_bind(&ref, PF, P1, REF_FEAT_IOPF, true));
	OK(ref_partition_bind(&ref, M0, P1));
	assert_int_equal(OK(ref_unbind(&ref, PF, 1)).num_calls, 0);
	assert_call(OK(ref_partition_unbind(&ref, M0, 1)), 0, REF_CALL_FAULT_FLUSH, PF, 1);
}

static void driver_finds_the_bond_of_its_partitions_there_already(void **state)
{
	struct ref ref = partitions_at_work(0);

	(void)state;
	OK(ref_partition_bind(&ref, M0, P0));
	FAILS(ref_bind(&ref, PF, P0, 0, true), -EEXIST, "A-19");
	assert_non_null(ref_partitions_forbid(&ref, REF_MAY_UNBIND, PF, 1));
	assert_null(ref_partitions_forbid(&ref, REF_MAY_UNBIND, OTHER, 1));
	assert_null(ref_partitions_forbid(&ref, REF_MAY_UNBIND, PF, 2));
}

static void errors_of_the_bind_are_those_of_the_parent(void **state)
{
	struct ref ref = partitions_at_work(REF_FEAT_IOPF);

	(void)state;
	FAILS(ref_partition_bind(&ref, M0, P3), -ESRCH, "A-20");
	OK(ref_bind(&ref, OTHER, P1, REF_FEAT_IOPF, true));
	FAILS(ref_partition_bind(&ref, M0, P1), -EDOM, "A-4");
	OK(ref_shutdown(&ref, PF));
	FAILS(ref_partition_bind(&ref, M0, P0), -EINVAL, "A-4");
	OK(ref_unplug(&ref, PF));
	FAILS(ref_partition_bind(&ref, M0, P0), -ENODEV, "A-36");
	FAILS(ref_partition_unbind(&ref, M0, 1), -ENODEV, "A-36");
	FAILS(ref_partition_close(&ref, M0), -ENODEV, "A-36");
	FAILS(ref_submit(&ref, M0, P0, 0, false), -ENODEV, "A-36");
}

static void exit_calls_the_mediator_once_and_its_associations_are_gone(void **state)
{
	struct ref ref = partitions_at_work(0);
	struct ref_result result;

	(void)state;
	OK(ref_partition_bind(&ref, M0, P0));
	OK(ref_partition_bind(&ref, M1, P0));
	OK(ref_partition_bind(&ref, M0, P1));
	result = OK(ref_exit(&ref, P0));
	assert_int_equal(result.num_calls, 1);
	assert_call(result, 0, REF_CALL_MM_EXIT, PF, 1);
	assert_int_equal(associations(&ref), 1);
	/* The next owner of the PASID is not associated with what the first one had. */
	OK(ref_spawn(&ref, P2));
	assert_int_equal(OK(ref_bind(&ref, PF, P2, 0, true)).value, 1);
	FAILS(ref_submit(&ref, M1, P2, 0, false), -EPERM, "B-13");
	FAILS(ref_partition_unbind(&ref, M1, 1), -ESRCH, "B-14");
}

static void calls_that_take_bonds_away_take_associations_along(void **state)
{
	struct ref ref = partitions_at_work(0), start;

	(void)state;
	OK(ref_partition_bind(&ref, M0, P0));
	OK(ref_partition_bind(&ref, M2, P0));
	start = ref;
	OK(ref_shutdown(&ref, PF)); /* */
	assert_int_equal(associations(&ref), 1);
	ref = start;
	OK(ref_unbind_all(&ref, PF)); /* */
	assert_int_equal(associations(&ref), 1);
	ref = start;
	OK(ref_attach(&ref, PF, B)); /* */
	assert_int_equal(associations(&ref), 1);
	assert_null(ref_partitions_forbid(&start, REF_MAY_ATTACH, PF, 0));
	ref = start;
	OK(ref_unplug(&ref, PF));
	assert_int_equal(associations(&ref), 1);
	assert_reaches(&ref, OTHER, 1, P0);
}

static void fork_inherits_no_association(void **state)
{
	struct ref ref = partitions_at_work(0);

	(void)state;
	OK(ref_partition_bind(&ref, M0, P0));
	OK(ref_fork(&ref, P0, P2));
	OK(ref_thread(&ref, P0, P3));
	FAILS(ref_submit(&ref, M0, P2, 0, false), -EPERM, "B-13");
	assert_int_equal(OK(ref_submit(&ref, M0, P3, 0, false)).value, 1);
}

static void partitions_map_in_one_table_and_never_over_each_other(void **state)
{
	struct ref ref = partitions_at_work(0);

	(void)state;
	OK(ref_partition_map(&ref, M0, 0, 2, RW));
	FAILS(ref_partition_map(&ref, M0, 1, 1, RW), -EEXIST, "A-3");
	FAILS(ref_partition_map(&ref, M1, 1, 2, RW), -EBUSY, "B-10");
	/* OTHER is in the same domain, so its partitions share the table as well. */
	FAILS(ref_partition_map(&ref, M2, 0, 1, RW), -EBUSY, "B-10");
	OK(ref_partition_map(&ref, M1, 2, 2, REF_READ));
	OK(ref_map(&ref, A, 4, 1, RW));
	FAILS(ref_partition_map(&ref, M1, 3, 2, RW), -EBUSY, "B-10");
	FAILS(ref_map(&ref, A, 2, 1, RW), -EEXIST, "A-3");
	/* All partitions, and the sibling in the domain, reach it without a PASID. */
	FAULTS(ref_dma(&ref, OTHER, false, 0, 2, false), REF_OUTCOME_OK);
	FAULTS(ref_dma(&ref, PF, false, 0, 2, true), REF_FAULT_PERMISSION);
}

static void partition_unmaps_its_own_pages_only(void **state)
{
	struct ref ref = partitions_at_work(0);

	(void)state;
	OK(ref_partition_map(&ref, M0, 0, 2, RW));
	OK(ref_partition_map(&ref, M1, 2, 2, RW));
	OK(ref_map(&ref, A, 6, 1, RW));
	FAILS(ref_partition_unmap(&ref, M0, 1, 2), -EPERM, "B-10");
	FAILS(ref_partition_unmap(&ref, M0, 6, 1), -EPERM, "B-10");
	assert_int_equal(OK(ref_partition_unmap(&ref, M0, 1, 1)).value, 1);
	assert_int_equal(OK(ref_partition_unmap(&ref, M0, 0, 2)).value, 1);
	assert_int_equal(OK(ref_partition_unmap(&ref, M1, 3, 3)).value, 1);
	assert_non_null(ref_partitions_forbid_unmap(&ref, A, 0, 3));
	assert_null(ref_partitions_forbid_unmap(&ref, A, 3, 4));
	assert_null(ref_partitions_forbid_unmap(&ref, B, 0, 3));
}

static void domain_with_mappings_of_partitions_is_not_left(void **state)
{
	struct ref ref = partitions_at_work(0);

	(void)state;
	OK(ref_partition_map(&ref, M0, 0, 1, RW));
	assert_non_null(ref_partitions_forbid(&ref, REF_MAY_ATTACH, PF, B));
	assert_non_null(ref_partitions_forbid(&ref, REF_MAY_DETACH, PF, 0));
	assert_non_null(ref_partitions_forbid(&ref, REF_MAY_UNPLUG, PF, 0));
	assert_null(ref_partitions_forbid(&ref, REF_MAY_DETACH, OTHER, 0));
	assert_null(ref_partitions_forbid(&ref, REF_MAY_UNPLUG, OTHER, 0));
	/* A device that goes all the same leaves nothing. */
	OK(ref_unplug(&ref, PF));
	assert_int_equal(ref_usage(&ref).pages, 0);
}

static void close_gives_everything_back(void **state)
{
	struct ref ref = partitions_at_work(REF_FEAT_IOPF);
	struct ref_result result;

	(void)state;
	OK(ref_bind(&ref, PF, P1, REF_FEAT_IOPF, true));
	OK(ref_partition_bind(&ref, M0, P0));
	OK(ref_partition_bind(&ref, M0, P1));
	OK(ref_partition_bind(&ref, M1, P0));
	OK(ref_partition_map(&ref, M0, 0, 3, RW));
	OK(ref_partition_map(&ref, M1, 3, 1, RW));
	result = OK(ref_partition_close(&ref, M0));
	assert_int_equal(result.value, 3);
	assert_int_equal(result.num_calls, 0); /* P1's bond is the driver's own */
	assert_int_equal(associations(&ref), 1);
	assert_int_equal(bonds(&ref), 2);
	assert_int_equal(OK(ref_partition_close(&ref, M0)).value, 0);
	assert_int_equal(OK(ref_partition_close(&ref, M1)).value, 1);
	assert_int_equal(bonds(&ref), 1);
	assert_int_equal(ref_usage(&ref).pages, 0);
}

static void partition_has_no_domain_but_its_parent_s(void **state)
{
	struct ref ref = partitions_at_work(0);

	(void)state;
	OK(ref_partition_attach(&ref, M0, A));
	FAILS(ref_partition_attach(&ref, M0, B), -EINVAL, "B-6");
	OK(ref_detach(&ref, PF));
	FAILS(ref_partition_attach(&ref, M0, A), -EINVAL, "B-6");
	FAILS(ref_partition_map(&ref, M0, 0, 1, RW), -ENODEV, "A-3");
	OK(ref_attach(&ref, PF, C));
	FAILS(ref_partition_map(&ref, M0, 0, 1, RW), -ENODEV, "A-3");
	assert_int_equal(OK(ref_partition_unmap(&ref, M0, 0, 1)).value, 0);
}

static void user_of_a_partition_cannot_bind(void **state)
{
	struct ref ref = partitions_at_work(0);

	(void)state;
	FAILS(ref_user_bind(&ref, M0, P0), -ENODEV, "B-12");
	OK(ref_partition_bind(&ref, M0, P0));
	FAILS(ref_user_bind(&ref, M0, P0), -ENODEV, "B-12");
}

static void partition_with_its_own_mmu_involves_nothing(void **state)
{
	struct ref ref = partitions_at_work(0), before = ref;

	(void)state;
	assert_int_equal(OK(ref_partition_bind(&ref, M_OWN_MMU, P0)).value, 0);
	OK(ref_partition_map(&ref, M_OWN_MMU, 0, 1, RW));
	assert_int_equal(OK(ref_partition_unmap(&ref, M_OWN_MMU, 0, 1)).value, 0);
	OK(ref_partition_unbind(&ref, M_OWN_MMU, 1));
	OK(ref_partition_attach(&ref, M_OWN_MMU, B));
	OK(ref_user_bind(&ref, M_OWN_MMU, P0));
	FAULTS(ref_submit(&ref, M_OWN_MMU, P0, 0, true), REF_OUTCOME_NONE);
	OK(ref_partition_close(&ref, M_OWN_MMU));
	assert_memory_equal(&ref, &before, sizeof(ref));
	OK(ref_unplug(&ref, OTHER));
	FAILS(ref_partition_bind(&ref, M_OWN_MMU, P0), -ENODEV, "A-36");
}

/* Linux: handles are counted, partitions hold one. */

static void linux_partitions_hold_one_reference(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_partitions_at_work(policy);
		uint8_t handle = OK(ref_partition_bind(&ref, M0, P0)).bond;

		assert_int_equal(OK(ref_partition_bind(&ref, M1, P0)).bond, handle);
		assert_int_equal(ref.bond[handle].refs[PF], 1);
		MAY_NOT(REF_MAY_UNBIND, PF, 1);
		assert_non_null(ref_partitions_forbid(&ref, REF_MAY_UNBIND, PF, 1));
		/* C-7: the driver's own bind is one more. */
		assert_int_equal(OK(bind(&ref, PF, P0)).bond, handle);
		MAY(REF_MAY_UNBIND, PF, 1);
		assert_null(ref_partitions_forbid(&ref, REF_MAY_UNBIND, PF, 1));
		OK(ref_unbind(&ref, PF, 1));
		FAILS(ref_unbind(&ref, PF, 1), -ESRCH, "A-24");
		OK(ref_partition_unbind(&ref, M0, 1));
		assert_target(&ref, PF, true, 1, REF_TARGET_MM, 0);
		OK(ref_partition_unbind(&ref, M1, 1));
		assert_target(&ref, PF, true, 1, REF_TARGET_NO_PASID, 0);
	}
}

static void linux_associations_stay_until_unbind_when_the_process_exits(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_partitions_at_work(policy);

		OK(ref_partition_bind(&ref, M0, P0));
		assert_int_equal(OK(ref_exit(&ref, P0)).num_calls, 0);
		assert_int_equal(associations(&ref), 1);
		assert_target(&ref, PF, true, 1, REF_TARGET_QUIESCED, 0);
		OK(ref_partition_unbind(&ref, M0, 1));
		assert_int_equal(bonds(&ref) + ref_usage(&ref).pasids, 0);
	}
}

static void linux_device_that_goes_takes_associations_along(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_partitions_at_work(policy);

		OK(ref_partition_bind(&ref, M0, P0));
		OK(bind(&ref, PF, P0));
		OK(ref_partition_bind(&ref, M2, P0));
		OK(ref_partition_map(&ref, M0, 0, 2, RW));
		OK(ref_unplug(&ref, PF));
		assert_int_equal(associations(&ref), 1);
		assert_int_equal(ref_usage(&ref).pages, 0);
		OK(ref_unbind_all(&ref, OTHER));
		assert_int_equal(associations(&ref) + bonds(&ref), 0);
	}
}

/* C-14: one handle for the group, one reference for the partitions of each member. */
static void linux_partitions_of_two_members_share_a_handle(void **state)
{
	struct ref ref = group_of_two();
	uint8_t handle;

	(void)state;
	ref.topology = partitioned(ref.topology);
	handle = OK(ref_partition_bind(&ref, M0, P0)).bond;
	assert_int_equal(OK(ref_partition_bind(&ref, M2, P0)).bond, handle);
	assert_int_equal(ref.bond[handle].refs[PF] + ref.bond[handle].refs[OTHER], 2);
	OK(ref_unplug(&ref, PF));
	assert_int_equal(ref.bond[handle].partitions, 1u << M2);
	OK(ref_partition_close(&ref, M2));
	assert_int_equal(bonds(&ref), 0);
}

static void linux_partitions_pass_holes_over(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_partitions_at_work(policy);

		OK(ref_partition_map(&ref, M0, 0, 1, RW));
		OK(ref_partition_map(&ref, M0, 2, 1, RW));
		assert_int_equal(OK(ref_partition_unmap(&ref, M0, 0, 3)).value, 2);
		OK(ref_partition_map(&ref, M0, 0, 1, RW));
		assert_non_null(ref_partitions_forbid(&ref, REF_MAY_RELEASE, PF, 0));
	}
}

/* Invariants of B rules that Linux shares: a state that breaks each. */
static void linux_states_that_break_rules_of_partitions_are_found(void **state)
{
	(void)state;
	FOR_BOTH(policy)
	{
		struct ref ref = linux_partitions_at_work(policy), good;
		uint8_t bond = OK(ref_partition_bind(&ref, M0, P0)).bond;

		OK(ref_partition_bind(&ref, M2, P1));
		good = ref;
		assert_null(ref_check_seed(&ref, REF_PART_ALL));
		ref.bond[bond].partitions = 1u << M2;
		ref.partition[M0].spaces = 0;
		ref.partition[M2].spaces |= 1;
		assert_string_equal(ref_check_seed(&ref, REF_PART_ALL)->name, "mediator-binds");
		ref = good;
		ref.bond[bond].partitions = 0;
		assert_string_equal(ref_check_seed(&ref, REF_PART_ALL)->name,
				    "association-needs-bond");
		ref = good;
		ref.bonds &= ~(UINT64_C(1) << bond);
		assert_string_equal(ref_check_seed(&ref, REF_PART_RELATIONS)->name,
				    "pasid-needs-bond");
		ref = good;
		ref.partition[M1].mapped = 1;
		assert_string_equal(ref_check_seed(&ref, REF_PART_MEMORY)->name,
				    "no-table-per-mdev");
		ref = good;
		ref.partition[M_OWN_MMU].vm = 0;
		assert_string_equal(ref_check_seed(&ref, REF_PART_ALL)->name, "own-mmu-is-outside");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mediator_binds_the_parent_and_submits_with_the_process_s_pasid),
		cmocka_unit_test(work_of_a_process_that_is_not_associated_never_reaches_the_bus),
		cmocka_unit_test(partitions_of_one_process_share_bond_and_pasid),
		cmocka_unit_test(two_processes_in_one_partition_have_their_own_pasids),
		cmocka_unit_test(bond_of_the_driver_itself_is_shared_and_stays),
		cmocka_unit_test(driver_gives_its_share_back_and_the_bond_stays_for_partitions),
		cmocka_unit_test(driver_finds_the_bond_of_its_partitions_there_already),
		cmocka_unit_test(errors_of_the_bind_are_those_of_the_parent),
		cmocka_unit_test(exit_calls_the_mediator_once_and_its_associations_are_gone),
		cmocka_unit_test(calls_that_take_bonds_away_take_associations_along),
		cmocka_unit_test(fork_inherits_no_association),
		cmocka_unit_test(partitions_map_in_one_table_and_never_over_each_other),
		cmocka_unit_test(partition_unmaps_its_own_pages_only),
		cmocka_unit_test(domain_with_mappings_of_partitions_is_not_left),
		cmocka_unit_test(close_gives_everything_back),
		cmocka_unit_test(partition_has_no_domain_but_its_parent_s),
		cmocka_unit_test(user_of_a_partition_cannot_bind),
		cmocka_unit_test(partition_with_its_own_mmu_involves_nothing),
		cmocka_unit_test(linux_partitions_hold_one_reference),
		cmocka_unit_test(linux_associations_stay_until_unbind_when_the_process_exits),
		cmocka_unit_test(linux_device_that_goes_takes_associations_along),
		cmocka_unit_test(linux_partitions_of_two_members_share_a_handle),
		cmocka_unit_test(linux_partitions_pass_holes_over),
		cmocka_unit_test(linux_states_that_break_rules_of_partitions_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
