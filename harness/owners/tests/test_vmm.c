/* SPDX-License-Identifier: MIT */
/*
 * Contract: who may have a function and who has it (B-7, B-8); the order in which it changes hands,
 * and in which a VM ends.
 * Run: the program itself; exit status 0 means that all tests passed.
 */
#include "rig.h"

static struct rig *with_vms(void)
{
	struct rig *rig = fresh_rig();

	rig->topology.num_vms = 2;
	return rig;
}

static void vms_run_at_the_start(void **state)
{
	struct rig *rig = with_vms();

	(void)state;
	begin(rig);
	assert_int_equal(vmm_start(rig->owners, 0), -EBUSY);
	assert_int_equal(vmm_destroy(rig->owners, 0), 0);
	assert_int_equal(vmm_destroy(rig->owners, 0), -ENODEV);
	assert_int_equal(vmm_assign(rig->owners, 0, 1), -ENODEV);
	rig->fail = -ENOMEM;
	assert_int_equal(vmm_start(rig->owners, 0), -ENOMEM);
	assert_int_equal(vmm_start(rig->owners, 0), 0);
	assert_calls(rig, "destroy 0; create 0; create 0; ");
	owners_end(rig->owners);
	assert_calls(rig, "destroy 0; destroy 1; ");
}

static void what_is_wrong_is_said_in_order(void **state)
{
	struct rig *rig = with_vms();
	unsigned m0 = add_mdev(rig, 2, false);

	(void)state;
	begin(rig);
	bind_mdev(rig, m0, spawn(rig, 0));
	rig->text[rig->used = 0] = '\0';
	rig->world->endpoint[3].present = false;
	assert_int_equal(vmm_assign(rig->owners, 0, 3), -ENODEV);
	assert_int_equal(vmm_assign(rig->owners, 0, 0), -EINVAL);
	rig->world->endpoint[1].group = 2;
	assert_int_equal(vmm_assign(rig->owners, 0, 1), -EINVAL);
	rig->world->endpoint[1].group = WORLD_NONE;
	assert_int_equal(vmm_assign(rig->owners, 0, 1), -ENODEV);
	rig->world->endpoint[1].group = 1;
	assert_int_equal(vmm_assign(rig->owners, 0, 2), -EBUSY);
	assert_int_equal(vmm_unassign(rig->owners, 1), -EINVAL);
	assert_calls(rig, "");
	assert_int_equal(vmm_assign(rig->owners, 0, 1), 0);
	assert_int_equal(vmm_assign(rig->owners, 0, 1), -EBUSY);
	assert_int_equal(vmm_assign(rig->owners, 1, 1), -EBUSY);
	assert_int_equal(vmm_owner(rig->owners, 1), 0);
	assert_int_equal(vmm_unassign(rig->owners, 1), 0);
	assert_int_equal(vmm_owner(rig->owners, 1), OWNERS_NONE);
	assert_calls(rig, "attach 1 to 0; detach 1; ");
}

static void a_function_that_does_not_come_stays_where_it_was(void **state)
{
	struct rig *rig = with_vms();

	(void)state;
	begin(rig);
	rig->fail = -ENOMEM;
	assert_int_equal(vmm_assign(rig->owners, 0, 1), -ENOMEM);
	assert_int_equal(vmm_owner(rig->owners, 1), OWNERS_NONE);
	assert_int_equal(rig->owners->device[1].domain, A);
}

static void one_requester_id_is_of_one_guest_or_of_the_host(void **state)
{
	struct rig *rig = with_vms();
	unsigned m0 = add_mdev(rig, 1, false), m1 = add_mdev(rig, 1, false), mm;

	(void)state;
	begin(rig);
	mm = spawn(rig, 0);
	bind_mdev(rig, m1, mm);
	assert_int_equal(vmm_assign_mdev(rig->owners, 0, m0), -EBUSY);
	mediator_unbind(rig->owners, m1, 1);
	rig->text[rig->used = 0] = '\0';
	assert_int_equal(vmm_assign_mdev(rig->owners, 0, m0), 0);
	assert_int_equal(vmm_assign_mdev(rig->owners, 0, m0), -EBUSY);
	assert_int_equal(vmm_assign_mdev(rig->owners, 1, m1), -EBUSY);
	assert_int_equal(vmm_assign(rig->owners, 0, 1), -EBUSY);
	assert_int_equal(bind_mdev(rig, m1, mm), -EBUSY);
	assert_int_equal(mediator_attach(rig->owners, m1, A), -EINVAL);
	assert_int_equal(vmm_assign_mdev(rig->owners, 0, m1), 0);
	assert_int_equal(vmm_unassign(rig->owners, 1), -EINVAL);
	assert_int_equal(vmm_unassign_mdev(rig->owners, m0), 0);
	assert_calls(rig, "attach 1 to 0; ");
	assert_int_equal(vmm_unassign_mdev(rig->owners, m0), -EINVAL);
	assert_int_equal(vmm_unassign_mdev(rig->owners, m1), 0);
	assert_calls(rig, "detach 1; ");
	assert_int_equal(vmm_assign(rig->owners, 0, 1), 0);
	assert_int_equal(vmm_assign_mdev(rig->owners, 0, m0), -EBUSY);
}

static void own_bonds_and_mappings_keep_the_host(void **state)
{
	struct rig *rig = with_vms();
	unsigned m0 = add_mdev(rig, 1, false), m1 = add_mdev(rig, 1, false), pasid;
	uint64_t handle, pa[1] = {1}, old[1];

	(void)state;
	begin(rig);
	mediator_own_bind(rig->owners, 1, spawn(rig, 0), 0, &pasid, &handle);
	assert_int_equal(vmm_assign_mdev(rig->owners, 0, m0), -EBUSY);
	mediator_own_unbind(rig->owners, 1, pasid);
	mediator_map(rig->owners, m1, 0x10000, pa, 1, RW);
	assert_int_equal(vmm_assign_mdev(rig->owners, 0, m0), -EBUSY);
	mediator_unmap(rig->owners, m1, 0x10000, 1, old);
	assert_int_equal(vmm_assign_mdev(rig->owners, 0, m0), 0);
}

static void a_guest_is_asked_before_a_function_is_taken(void **state)
{
	struct rig *rig = with_vms();
	unsigned pasid;

	(void)state;
	begin(rig);
	vmm_assign(rig->owners, 0, 1);
	guest_bind(rig->owners, 1, guest_spawn(rig, 0, 4), &pasid);
	rig->text[rig->used = 0] = '\0';
	assert_int_equal(vmm_unassign(rig->owners, 1), 0);
	assert_calls(rig, "store 40 0; cfgi 0:1/1; tlbi 0:1 asid 1; atc 0:1/1 all; table 1 none; "
			  "detach 1; ");
	assert_int_equal(owners_usage(rig->owners).guest_bonds, 0);
	assert_int_equal(owners_usage(rig->owners).guest_frames, 0);
}

static void a_vm_ends_without_being_asked(void **state)
{
	struct rig *rig = with_vms();
	unsigned m0 = add_mdev(rig, 2, false), mm, pasid;

	(void)state;
	begin(rig);
	vmm_assign(rig->owners, 0, 1);
	vmm_assign_mdev(rig->owners, 0, m0);
	guest_bind(rig->owners, 1, guest_spawn(rig, 0, 4), &pasid);
	rig->text[rig->used = 0] = '\0';
	assert_int_equal(vmm_destroy(rig->owners, 0), 0);
	assert_calls(rig, "detach 1; detach 2; destroy 0; ");
	assert_false(world_task_alive(rig->world, 4));
	assert_int_equal(owners_usage(rig->owners).guest_bonds, 0);
	assert_int_equal(owners_usage(rig->owners).guest_frames, 0);
	/* The next one in its place starts from nothing. */
	vmm_start(rig->owners, 0);
	vmm_assign(rig->owners, 0, 1);
	mm = guest_spawn(rig, 0, 4);
	assert_int_equal(guest_bind(rig->owners, 1, mm, &pasid), 0);
	assert_int_equal(pasid, 1);
}

static void an_unplugged_function_leaves_its_vm(void **state)
{
	struct rig *rig = with_vms();
	unsigned m0 = add_mdev(rig, 2, false), m1 = add_mdev(rig, 2, false);

	(void)state;
	begin(rig);
	vmm_assign(rig->owners, 0, 1);
	vmm_assign_mdev(rig->owners, 0, m0);
	vmm_assign_mdev(rig->owners, 0, m1);
	vmm_unplug(rig->owners, 1);
	vmm_unplug(rig->owners, 2);
	vmm_unplug(rig->owners, 3);
	assert_calls(rig, "attach 1 to 0; attach 2 to 0; detach 1; detach 2; ");
	assert_int_equal(rig->owners->mdev[m1].vm, OWNERS_NONE);
}

static void a_shared_requester_id_is_the_last_ones(void **state)
{
	struct rig *rig = with_vms();
	unsigned m0 = add_mdev(rig, 1, false), m1 = add_mdev(rig, 1, false), a, b, pasid;

	(void)state;
	rig->topology.shared_rid = true;
	begin(rig);
	a = guest_spawn(rig, 0, 4);
	b = guest_spawn(rig, 1, 5);
	vmm_assign_mdev(rig->owners, 0, m0);
	guest_bind(rig->owners, 1, a, &pasid);
	rig->text[rig->used = 0] = '\0';
	assert_int_equal(vmm_assign_mdev(rig->owners, 1, m1), 0);
	assert_calls(rig, "table 1 none; attach 1 to 1; ");
	/* Both guests work, one of them in vain; both give out the same PASID. */
	assert_int_equal(guest_unbind(rig->owners, 0, 1, 1), 0);
	assert_int_equal(guest_bind(rig->owners, 1, a, &pasid), 0);
	assert_calls(rig, "store 40 0; store 40 1; ");
	assert_int_equal(guest_bind(rig->owners, 1, b, &pasid), 0);
	assert_int_equal(pasid, 1);
	assert_calls(rig, "table 1 IPA/4; cfgi 1:1/1; store 40 1; cfgi 1:1/1; ");
	assert_int_equal(submit(rig, m0, a, -1), 1);
	assert_int_equal(submit(rig, m1, b, -1), 1);
	assert_int_equal(submit(rig, m0, b, -1), -EPERM);
	assert_int_equal(vmm_unassign_mdev(rig->owners, m1), 0);
	assert_calls(rig, "store 40 0; cfgi 1:1/1; tlbi 1:1 asid 1; atc 1:1/1 all; table 1 none; "
			  "attach 1 to 0; table 1 IPA/4; ");
	assert_int_equal(vmm_owner(rig->owners, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vms_run_at_the_start),
		cmocka_unit_test(what_is_wrong_is_said_in_order),
		cmocka_unit_test(a_function_that_does_not_come_stays_where_it_was),
		cmocka_unit_test(one_requester_id_is_of_one_guest_or_of_the_host),
		cmocka_unit_test(own_bonds_and_mappings_keep_the_host),
		cmocka_unit_test(a_guest_is_asked_before_a_function_is_taken),
		cmocka_unit_test(a_vm_ends_without_being_asked),
		cmocka_unit_test(an_unplugged_function_leaves_its_vm),
		cmocka_unit_test(a_shared_requester_id_is_the_last_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
