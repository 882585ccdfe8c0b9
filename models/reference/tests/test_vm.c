/* SPDX-License-Identifier: MIT */
/*
 * Contract: a VM has functions of its own, and all PASIDs below their requester ids (B-7, B-8): what the
 * host may give it and when, what its guest binds, and what its functions reach and who hears of faults
 * (Arm IHI 0070, 5.2 STE.S1DSS, 7.3).
 * Run: the program itself.
 */
#include "shared_fixture.h"

static void assert_function_target(const struct ref *ref, uint8_t device, bool has_pasid,
				   uint32_t pasid, enum ref_target_kind kind, unsigned index)
{
	struct ref_target target = ref_target(ref, device, has_pasid, pasid);

	assert_int_equal(target.kind, kind);
	assert_int_equal(target.index, index);
}

/* A fault, heard by the guest of this VM; -1: by the host. */
static void assert_fault(struct ref_result result, enum ref_outcome outcome, int vm)
{
	assert_int_equal(result.error, 0);
	assert_int_equal(result.access.outcome, outcome);
	assert_int_equal(result.access.guest, 1 + vm);
}

static unsigned guest_bonds(const struct ref *ref)
{
	return ref_usage(ref).guest_bonds;
}

static void assigned_function_has_the_guest_physical_memory(void **state)
{
	struct ref ref = shared_at_work(0);

	(void)state;
	OK(ref_assign(&ref, V0, VF_A));
	assert_int_equal(ref.device[VF_A].domain, REF_NONE);
	assert_true(ref_vm_has(&ref, V0, VF_A) && !ref_vm_has(&ref, V1, VF_A));
	assert_function_target(&ref, VF_A, false, 0, REF_TARGET_GUEST, V0);
	/* No address of a trace is in it: stage 2 refuses, which is the host's. */
	assert_fault(ref_dma(&ref, VF_A, false, 0, 0, true), REF_FAULT_TRANSLATION, -1);
	assert_fault(ref_dma(&ref, VF_A, true, 1, 0, true), REF_FAULT_PASID, V0);
	assert_fault(ref_dma(&ref, VF_A, true, 0, 0, true), REF_FAULT_PASID, V0);
	/* 3.9.1.2 */
	assert_true(ref_ats_enabled(&ref, VF_A));
	assert_int_equal(OK(ref_ats(&ref, VF_A, false, 0, 0)).access.prot, 0);
	assert_int_equal(OK(ref_ats(&ref, VF_A, false, 0, 0)).access.outcome, REF_OUTCOME_OK);
	assert_fault(ref_ats(&ref, VF_A, true, 1, 0), REF_FAULT_PASID, V0);
}

static void assign_takes_the_bonds_of_the_host_away(void **state)
{
	struct ref ref = shared_at_work(REF_FEAT_IOPF);
	struct ref_result result;

	(void)state;
	OK(ref_bind(&ref, VF_A, P0, REF_FEAT_IOPF, true));
	OK(ref_bind(&ref, VF_B, P0, REF_FEAT_IOPF, true));
	result = OK(ref_assign(&ref, V0, VF_A));
	assert_int_equal(result.num_calls, 1);
	assert_call(result, 0, REF_CALL_FAULT_FLUSH, VF_A, 1);
	assert_reaches(&ref, VF_B, 1, P0);
	assert_unreachable(&ref, VF_A, 1);
	/* in no domain, and SVA parameters stay. */
	FAILS(ref_bind(&ref, VF_A, P0, REF_FEAT_IOPF, true), -EINVAL, "A-4");
	FAILS(ref_attach(&ref, VF_A, A), -EBUSY, "B-8");
	FAILS(ref_detach(&ref, VF_A), -EBUSY, "B-8");
	OK(ref_unassign(&ref, VF_A));
	assert_function_target(&ref, VF_A, true, 1, REF_TARGET_ABORT, 0);
	OK(ref_attach(&ref, VF_A, A));
	OK(ref_bind(&ref, VF_A, P0, REF_FEAT_IOPF, true));
}

static void only_a_whole_unused_vf_is_assigned_once(void **state)
{
	struct ref_topology topology = shared_topology();
	struct ref ref;

	(void)state;
	topology.partition[M1].parent = VF_A;
	ref = shared_with(topology, 0);
	FAILS(ref_assign(&ref, V0, PF), -EINVAL, "B-8");
	OK(ref_partition_bind(&ref, M1, P0));
	FAILS(ref_assign(&ref, V0, VF_A), -EBUSY, "B-7");
	OK(ref_partition_close(&ref, M1));
	OK(ref_partition_map(&ref, M1, 0, 1, RW));
	FAILS(ref_assign(&ref, V0, VF_A), -EBUSY, "B-7");
	OK(ref_partition_close(&ref, M1));
	OK(ref_assign_partition(&ref, V1, M1));
	FAILS(ref_assign(&ref, V0, VF_A), -EBUSY, "B-7");
	OK(ref_unassign_partition(&ref, M1));
	OK(ref_assign(&ref, V0, VF_A));
	FAILS(ref_assign(&ref, V0, VF_A), -EBUSY, "B-8");
	FAILS(ref_assign(&ref, V1, VF_A), -EBUSY, "B-8");
	FAILS(ref_unassign(&ref, VF_B), -EINVAL, "B-8");
	OK(ref_unplug(&ref, VF_B));
	FAILS(ref_assign(&ref, V1, VF_B), -ENODEV, "B-8");
	OK(ref_vm_destroy(&ref, V1));
	FAILS(ref_assign(&ref, V1, VF_A), -ENODEV, "B-8");
}

static void function_that_is_not_alone_in_its_group_is_not_assigned(void **state)
{
	struct ref_topology topology = shared_topology();
	struct ref ref;

	(void)state;
	topology.device[VF_B].group = topology.device[VF_A].group;
	topology.partition[M1].parent = VF_A;
	ref = shared_with(topology, 0);
	FAILS(ref_assign(&ref, V0, VF_A), -EINVAL, "A-2");
	FAILS(ref_assign_partition(&ref, V0, M1), -EINVAL, "A-2");
	OK(ref_unplug(&ref, VF_B));
	OK(ref_assign(&ref, V0, VF_A));
	/* C-15: a neighbour that comes later is in no domain either, and takes it to none. */
	OK(ref_plug(&ref, VF_B));
	FAILS(ref_attach(&ref, VF_B, A), -EBUSY, "B-8");
}

static void guests_have_pasids_of_their_own(void **state)
{
	struct ref ref = guests_at_work();

	(void)state;
	assert_int_equal(OK(ref_bind(&ref, PF, P0, 0, true)).value, 1);
	assert_int_equal(OK(ref_guest_bind(&ref, VF_A, P4)).value, 1);
	assert_int_equal(OK(ref_guest_bind(&ref, VF_A, P5)).value, 2);
	assert_int_equal(OK(ref_guest_bind(&ref, VF_B, P6)).value, 1);
	/* B-8: the same number in three tables. */
	assert_reaches(&ref, PF, 1, P0);
	assert_reaches(&ref, VF_A, 1, P4);
	assert_reaches(&ref, VF_B, 1, P6);
	assert_int_equal(OK(ref_dma(&ref, VF_A, true, 1, 0, true)).access.page,
			 ref.mm[ref.task[P4].mm].space.slot[0].page);
	FAILS(ref_guest_bind(&ref, VF_A, P4), -EEXIST, "A-19");
	OK(ref_guest_unbind(&ref, V0, VF_A, 1));
	assert_unreachable(&ref, VF_A, 1);
	assert_reaches(&ref, VF_B, 1, P6);
	/* the lowest free one. */
	assert_int_equal(OK(ref_guest_bind(&ref, VF_A, P4)).value, 1);
}

static void guest_binds_its_own_functions_and_processes_only(void **state)
{
	struct ref ref = guests_at_work();

	(void)state;
	FAILS(ref_guest_bind(&ref, VF_B, P4), -ENODEV, "B-8");
	FAILS(ref_guest_bind(&ref, PF, P4), -ENODEV, "B-8");
	FAILS(ref_guest_bind(&ref, VF_A, P0), -ENODEV, "B-8");
	FAILS(ref_guest_bind(&ref, VF_A, P2), -ESRCH, "A-20");
	FAILS(ref_guest_unbind(&ref, V1, VF_A, 1), -ENODEV, "B-8");
	FAILS(ref_guest_unbind(&ref, V0, VF_A, 1), -ESRCH, "A-24");
	FAILS(ref_guest_unbind(&ref, V0, VF_A, 255), -ESRCH, "A-24");
	/* Nor does the host bind what is in a VM. */
	FAILS(ref_bind(&ref, PF, P4, 0, true), -ESRCH, "A-20");
	FAILS(ref_partition_bind(&ref, M0, P4), -ESRCH, "A-20");
}

static void guest_pasids_end_with_the_function_s(void **state)
{
	struct ref_topology topology = shared_topology();
	struct ref ref;

	(void)state;
	topology.device[VF_A].pasid_bits = 1;
	ref = guests_with(topology);
	OK(ref_unassign(&ref, VF_B));
	OK(ref_assign(&ref, V0, VF_B));
	OK(ref_guest_bind(&ref, VF_A, P4));
	FAILS(ref_guest_bind(&ref, VF_A, P5), -ENOSPC, "A-52");
	assert_int_equal(OK(ref_guest_bind(&ref, VF_B, P5)).value, 2);
	FAILS(ref_guest_bind(&ref, VF_A, P5), -ERANGE, "A-51");
	/* All bonds of a space have one PASID. */
	assert_int_equal(OK(ref_guest_bind(&ref, VF_B, P4)).value, 1);
	OK(ref_guest_unbind(&ref, V0, VF_A, 1));
	assert_reaches(&ref, VF_B, 1, P4);
	assert_int_equal(guest_bonds(&ref), 2);
}

static void table_of_a_guest_has_64_entries(void **state)
{
	struct ref_topology topology = shared_topology();
	struct ref ref;

	(void)state;
	topology.ssid_bits = 8;
	topology.device[VF_A].pasid_bits = 8;
	ref = guests_with(topology);
	for (unsigned pasid = 1; pasid < REF_GUEST_PASIDS; pasid++)
		ref.vm[V0].pasid_owner[pasid] = ref.task[P5].mm;
	assert_int_equal(ref_guest_bind(&ref, VF_A, P4).error, -ENOSPC);
	ref.vm[V0].pasid_owner[63] = REF_NONE;
	assert_int_equal(ref_guest_bind(&ref, VF_A, P4).value, 63);
	assert_int_equal(ref_target(&ref, VF_A, true, 64).kind, REF_TARGET_NO_PASID);
}

static void stage_1_faults_are_the_guest_s(void **state)
{
	struct ref ref = guests_at_work();

	(void)state;
	OK(ref_guest_bind(&ref, VF_A, P4));
	OK(ref_guest_bind(&ref, VF_B, P6));
	assert_fault(ref_dma(&ref, VF_A, true, 1, 1, false), REF_FAULT_TRANSLATION, V0);
	assert_fault(ref_dma(&ref, VF_B, true, 1, 1, false), REF_FAULT_TRANSLATION, V1);
	OK(ref_mprotect(&ref, P4, 0, 1, REF_READ));
	assert_fault(ref_dma(&ref, VF_A, true, 1, 0, true), REF_FAULT_PERMISSION, V0);
	assert_int_equal(ref_dma(&ref, VF_A, true, 1, 0, false).access.guest, 0);
	OK(ref_munmap(&ref, P6, 0, 1));
	assert_fault(ref_dma(&ref, VF_B, true, 1, 0, false), REF_FAULT_TRANSLATION, V1);
	assert_fault(ref_dma(&ref, PF, true, 1, 0, false), REF_FAULT_PASID, -1);
}

static void children_of_a_guest_stay_inside(void **state)
{
	struct ref ref = guests_at_work();

	(void)state;
	OK(ref_guest_bind(&ref, VF_A, P4));
	OK(ref_fork(&ref, P4, P2));
	OK(ref_thread(&ref, P4, P3));
	OK(ref_exec(&ref, P5));
	FAILS(ref_bind(&ref, PF, P2, 0, true), -ESRCH, "A-20");
	FAILS(ref_bind(&ref, PF, P5, 0, true), -ESRCH, "A-20");
	assert_int_equal(OK(ref_guest_bind(&ref, VF_A, P2)).value, 2);
	FAILS(ref_guest_bind(&ref, VF_A, P3), -EEXIST, "A-19");
	assert_int_equal(OK(ref_guest_bind(&ref, VF_A, P5)).value, 3);
	/* the page is shared until a CPU writes. */
	assert_fault(ref_dma(&ref, VF_A, true, 2, 0, true), REF_FAULT_PERMISSION, V0);
}

static void exit_in_a_guest_calls_nobody_and_frees_its_pasid(void **state)
{
	struct ref ref = guests_at_work();

	(void)state;
	OK(ref_guest_bind(&ref, VF_A, P4));
	OK(ref_guest_bind(&ref, VF_A, P5));
	assert_int_equal(OK(ref_exit(&ref, P4)).num_calls, 0);
	assert_unreachable(&ref, VF_A, 1);
	assert_int_equal(guest_bonds(&ref), 1);
	OK(ref_guest_spawn(&ref, V0, P4));
	assert_int_equal(OK(ref_guest_bind(&ref, VF_A, P4)).value, 1);
}

static void destroyed_vm_leaves_nothing(void **state)
{
	struct ref ref = guests_at_work();
	unsigned before = ref_usage(&ref).mms;

	(void)state;
	OK(ref_guest_bind(&ref, VF_A, P4));
	OK(ref_guest_bind(&ref, VF_B, P6));
	OK(ref_assign_partition(&ref, V0, M0));
	FAILS(ref_vm_start(&ref, V0), -EBUSY, "B-8");
	assert_int_equal(OK(ref_vm_destroy(&ref, V0)).num_calls, 0);
	assert_function_target(&ref, VF_A, false, 0, REF_TARGET_ABORT, 0);
	assert_function_target(&ref, PF, false, 0, REF_TARGET_ABORT, 0);
	assert_false(ref_task_alive(&ref, P4) || ref_task_alive(&ref, P5));
	assert_int_equal(ref_usage(&ref).mms, before - 2);
	assert_reaches(&ref, VF_B, 1, P6);
	FAILS(ref_vm_destroy(&ref, V0), -ENODEV, "B-8");
	FAILS(ref_guest_spawn(&ref, V0, P4), -ENODEV, "B-8");
	FAILS(ref_guest_unbind(&ref, V0, VF_A, 1), -ENODEV, "B-8");
	/* The next one starts with its PASIDs free. */
	OK(ref_vm_start(&ref, V0));
	OK(ref_guest_spawn(&ref, V0, P4));
	FAILS(ref_guest_bind(&ref, VF_A, P4), -ENODEV, "B-8");
	OK(ref_assign(&ref, V0, VF_A));
	assert_int_equal(OK(ref_guest_bind(&ref, VF_A, P4)).value, 1);
}

static void unassigned_function_has_lost_the_guest_s_bonds(void **state)
{
	struct ref ref = guests_at_work();

	(void)state;
	OK(ref_guest_bind(&ref, VF_A, P4));
	OK(ref_unassign(&ref, VF_A));
	assert_int_equal(guest_bonds(&ref), 0);
	OK(ref_assign(&ref, V1, VF_A));
	assert_unreachable(&ref, VF_A, 1);
	assert_int_equal(OK(ref_guest_bind(&ref, VF_A, P6)).value, 1);
	assert_reaches(&ref, VF_A, 1, P6);
}

static void first_partition_gives_the_vm_all_pasids_of_the_requester_id(void **state)
{
	struct ref ref = guests_at_work();

	(void)state;
	OK(ref_assign_partition(&ref, V0, M0));
	assert_function_target(&ref, PF, false, 0, REF_TARGET_GUEST, V0);
	FAILS(ref_partition_bind(&ref, M1, P0), -EBUSY, "B-7");
	FAILS(ref_partition_map(&ref, M1, 0, 1, RW), -ENODEV, "A-3");
	FAILS(ref_assign_partition(&ref, V1, M1), -EBUSY, "B-7");
	FAILS(ref_assign_partition(&ref, V0, M0), -EBUSY, "B-7");
	FAILS(ref_unassign(&ref, PF), -EINVAL, "B-8");
	assert_int_equal(OK(ref_guest_bind(&ref, PF, P4)).value, 1);
	assert_int_equal(OK(ref_submit(&ref, M0, P4, 0, true)).value, 1);
	/* B-13: the partition is its VM's, the process bound to the parent. */
	FAILS(ref_submit(&ref, M1, P4, 0, true), -EPERM, "B-13");
	FAILS(ref_submit(&ref, M0, P5, 0, true), -EPERM, "B-13");
	FAILS(ref_submit(&ref, M0, P6, 0, true), -EPERM, "B-13");
	FAILS(ref_submit(&ref, M0, P0, 0, true), -EPERM, "B-13");
	assert_fault(ref_submit(&ref, M0, P4, 1, true), REF_FAULT_TRANSLATION, V0);
	/* The second partition of the VM keeps the function when the first goes. */
	OK(ref_assign_partition(&ref, V0, M1));
	OK(ref_unassign_partition(&ref, M0));
	assert_int_equal(OK(ref_submit(&ref, M1, P4, 0, true)).value, 1);
	OK(ref_unassign_partition(&ref, M1));
	assert_function_target(&ref, PF, false, 0, REF_TARGET_ABORT, 0);
	assert_int_equal(guest_bonds(&ref), 0);
	FAILS(ref_unassign_partition(&ref, M1), -EINVAL, "B-7");
}

static void partition_stays_with_the_host_while_the_host_uses_pasids(void **state)
{
	struct ref ref = guests_at_work();

	(void)state;
	OK(ref_bind(&ref, PF, P0, 0, true));
	FAILS(ref_assign_partition(&ref, V0, M0), -EBUSY, "B-7");
	OK(ref_unbind(&ref, PF, 1));
	OK(ref_partition_bind(&ref, M1, P0));
	FAILS(ref_assign_partition(&ref, V0, M0), -EBUSY, "B-7");
	OK(ref_partition_close(&ref, M1));
	OK(ref_partition_map(&ref, M0, 0, 1, RW));
	FAILS(ref_assign_partition(&ref, V0, M0), -EBUSY, "B-7");
	OK(ref_partition_close(&ref, M0));
	OK(ref_assign_partition(&ref, V0, M0));
	OK(ref_unplug(&ref, PF));
	FAILS(ref_assign_partition(&ref, V0, M1), -ENODEV, "A-36");
	FAILS(ref_unassign_partition(&ref, M0), -ENODEV, "A-36");
}

static void partition_with_its_own_mmu_goes_to_no_vm(void **state)
{
	struct ref ref = guests_at_work(), before = ref;

	(void)state;
	OK(ref_assign_partition(&ref, V0, M_OWN_MMU));
	OK(ref_unassign_partition(&ref, M_OWN_MMU));
	assert_memory_equal(&ref, &before, sizeof(ref));
}

static void function_that_goes_leaves_its_vm(void **state)
{
	struct ref ref = guests_at_work();

	(void)state;
	OK(ref_assign_partition(&ref, V0, M2));
	OK(ref_guest_bind(&ref, VF_A, P4));
	OK(ref_guest_bind(&ref, OTHER, P4));
	OK(ref_unplug(&ref, OTHER));
	assert_int_equal(guest_bonds(&ref), 1);
	OK(ref_unplug(&ref, VF_A));
	assert_int_equal(guest_bonds(&ref), 0);
	assert_false(ref_vm_has(&ref, V0, VF_A) || ref_vm_has(&ref, V0, OTHER));
	OK(ref_plug(&ref, VF_A));
	assert_function_target(&ref, VF_A, false, 0, REF_TARGET_ABORT, 0);
	OK(ref_assign(&ref, V1, VF_A));
}

/* B-7, as the seed says it: both guests have a PASID 1 below one requester id, and it is one function. */
static void two_guests_below_one_requester_id_conflict(void **state)
{
	struct ref_topology topology = shared_topology();
	struct ref ref;

	(void)state;
	topology.shared_rid = 1;
	ref = guests_with(topology);
	OK(ref_assign_partition(&ref, V0, M0));
	assert_int_equal(OK(ref_guest_bind(&ref, PF, P4)).value, 1);
	OK(ref_assign_partition(&ref, V1, M1));
	assert_int_equal(OK(ref_guest_bind(&ref, PF, P6)).value, 1);
	/* What each guest is promised ... */
	assert_int_equal(OK(ref_submit(&ref, M0, P4, 0, true)).access.page,
			 ref.mm[ref.task[P4].mm].space.slot[0].page);
	assert_int_equal(OK(ref_submit(&ref, M1, P6, 0, true)).access.page,
			 ref.mm[ref.task[P6].mm].space.slot[0].page);
	assert_fault(ref_submit(&ref, M0, P4, 1, true), REF_FAULT_TRANSLATION, V0);
	/* ... and what the bus can tell apart. */
	assert_reaches(&ref, PF, 1, P6);
	OK(ref_unassign_partition(&ref, M1));
	assert_reaches(&ref, PF, 1, P4);
	OK(ref_unassign_partition(&ref, M0));
	assert_function_target(&ref, PF, true, 1, REF_TARGET_ABORT, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(assigned_function_has_the_guest_physical_memory),
		cmocka_unit_test(assign_takes_the_bonds_of_the_host_away),
		cmocka_unit_test(only_a_whole_unused_vf_is_assigned_once),
		cmocka_unit_test(function_that_is_not_alone_in_its_group_is_not_assigned),
		cmocka_unit_test(guests_have_pasids_of_their_own),
		cmocka_unit_test(guest_binds_its_own_functions_and_processes_only),
		cmocka_unit_test(guest_pasids_end_with_the_function_s),
		cmocka_unit_test(table_of_a_guest_has_64_entries),
		cmocka_unit_test(stage_1_faults_are_the_guest_s),
		cmocka_unit_test(children_of_a_guest_stay_inside),
		cmocka_unit_test(exit_in_a_guest_calls_nobody_and_frees_its_pasid),
		cmocka_unit_test(destroyed_vm_leaves_nothing),
		cmocka_unit_test(unassigned_function_has_lost_the_guest_s_bonds),
		cmocka_unit_test(first_partition_gives_the_vm_all_pasids_of_the_requester_id),
		cmocka_unit_test(partition_stays_with_the_host_while_the_host_uses_pasids),
		cmocka_unit_test(partition_with_its_own_mmu_goes_to_no_vm),
		cmocka_unit_test(function_that_goes_leaves_its_vm),
		cmocka_unit_test(two_guests_below_one_requester_id_conflict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
