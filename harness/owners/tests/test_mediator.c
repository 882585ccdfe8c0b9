/* SPDX-License-Identifier: MIT */
/*
 * Contract: one bond of the parent for all partitions of a process (B-12, B-14, B-15), PASIDs on
 * the bus from associations only (B-13), ranges of partitions kept apart (B-10), own MMUs left
 * alone (B-16).
 * Run: the program itself; exit status 0 means that all tests passed.
 */
#include "rig.h"

static void partitions_of_a_process_share_one_bond(void **state)
{
	struct rig *rig = fresh_rig();
	unsigned m0 = add_mdev(rig, 0, false), m1 = add_mdev(rig, 0, false), mm;

	(void)state;
	begin(rig);
	mm = spawn(rig, 0);
	assert_int_equal(bind_mdev(rig, m0, mm), 1);
	assert_int_equal(bind_mdev(rig, m1, mm), 1);
	assert_calls(rig, "bind 0/0; ");
	assert_int_equal(bind_mdev(rig, m1, mm), -EEXIST);
	assert_int_equal(mediator_unbind(rig->owners, m0, 1), 0);
	assert_calls(rig, "");
	assert_int_equal(mediator_unbind(rig->owners, m0, 1), -ESRCH);
	assert_int_equal(mediator_unbind(rig->owners, m1, 1), 0);
	assert_calls(rig, "unbind 0/1; ");
	assert_int_equal(owners_usage(rig->owners).associations, 0);
}

static void partitions_of_two_devices_share_nothing(void **state)
{
	struct rig *rig = fresh_rig();
	unsigned m0 = add_mdev(rig, 0, false), m1 = add_mdev(rig, 1, false), mm;

	(void)state;
	begin(rig);
	mm = spawn(rig, 0);
	assert_int_equal(bind_mdev(rig, m0, mm), 1);
	assert_int_equal(bind_mdev(rig, m1, mm), 1);
	assert_int_equal(mediator_unbind(rig->owners, m0, 1), 0);
	assert_calls(rig, "bind 0/0; bind 1/0; unbind 0/1; ");
}

static void the_drivers_own_bond_is_shared_and_outlives_partitions(void **state)
{
	struct rig *rig = fresh_rig();
	unsigned m0 = add_mdev(rig, 0, false), mm, pasid;
	uint64_t handle;

	(void)state;
	begin(rig);
	mm = spawn(rig, 0);
	assert_int_equal(mediator_own_bind(rig->owners, 0, mm, 0, &pasid, &handle), 0);
	assert_int_equal(bind_mdev(rig, m0, mm), 1);
	assert_int_equal(mediator_unbind(rig->owners, m0, 1), 0);
	assert_calls(rig, "bind 0/0; ");
	assert_int_equal(bind_mdev(rig, m0, mm), 1);
	assert_int_equal(mediator_own_unbind(rig->owners, 0, 1), 0);
	assert_calls(rig, "");
	assert_int_equal(mediator_unbind(rig->owners, m0, 1), 0);
	assert_calls(rig, "unbind 0/1; ");
}

static void where_handles_are_counted_all_partitions_have_one(void **state)
{
	struct rig *rig = fresh_rig();
	unsigned m0 = add_mdev(rig, 0, false), m1 = add_mdev(rig, 0, false), mm, pasid;
	uint64_t handle, shared;

	(void)state;
	rig->topology.bind_once = false;
	begin(rig);
	mm = spawn(rig, 0);
	assert_int_equal(mediator_own_bind(rig->owners, 0, mm, 0, &pasid, &handle), 0);
	assert_int_equal(bind_mdev(rig, m0, mm), 1);
	assert_int_equal(mediator_bind(rig->owners, m1, mm, &pasid, &shared), 0);
	assert_int_equal(shared, handle);
	assert_calls(rig, "bind 0/0; bind 0/0; ");
	assert_int_equal(mediator_own_unbind(rig->owners, 0, 1), 0);
	assert_int_equal(mediator_unbind(rig->owners, m0, 1), 0);
	assert_int_equal(mediator_unbind(rig->owners, m1, 1), 0);
	assert_calls(rig, "unbind 0/1; unbind 0/1; ");
}

static void a_partition_has_any_number_of_processes(void **state)
{
	struct rig *rig = fresh_rig();
	unsigned m0 = add_mdev(rig, 0, false);

	(void)state;
	begin(rig);
	for (unsigned task = 0; task < 4; task++)
		assert_int_equal(bind_mdev(rig, m0, spawn(rig, task)), (int)task + 1);
	assert_int_equal(owners_usage(rig->owners).associations, 4);
	assert_int_equal(mediator_close(rig->owners, m0, NULL, NULL), 0);
	assert_calls(rig, "bind 0/0; bind 0/1; bind 0/2; bind 0/3; "
			  "unbind 0/1; unbind 0/2; unbind 0/3; unbind 0/4; ");
}

static void a_failed_bind_associates_nobody(void **state)
{
	struct rig *rig = fresh_rig();
	unsigned m0 = add_mdev(rig, 0, false), mm;

	(void)state;
	begin(rig);
	mm = spawn(rig, 0);
	rig->fail = -ENOSPC;
	assert_int_equal(bind_mdev(rig, m0, mm), -ENOSPC);
	assert_int_equal(owners_usage(rig->owners).associations, 0);
	rig->world->endpoint[0].present = false;
	assert_int_equal(bind_mdev(rig, m0, mm), -ENODEV);
	assert_calls(rig, "bind 0/0; ");
}

static void the_pasid_on_the_bus_is_the_associations(void **state)
{
	struct rig *rig = fresh_rig();
	unsigned m0 = add_mdev(rig, 0, false), m1 = add_mdev(rig, 0, false), mm, other;

	(void)state;
	begin(rig);
	mm = spawn(rig, 0);
	other = spawn(rig, 1);
	bind_mdev(rig, m0, mm);
	bind_mdev(rig, m1, other);
	assert_int_equal(submit(rig, m0, mm, -1), 1);
	assert_int_equal(submit(rig, m0, mm, 2), 1);
	assert_int_equal(submit(rig, m0, other, 2), -EPERM);
	assert_int_equal(submit(rig, m1, mm, -1), -EPERM);
	assert_int_equal(submit(rig, m1, other, -1), 2);
}

static void a_user_cannot_bind(void **state)
{
	struct rig *rig = fresh_rig();
	unsigned m0 = add_mdev(rig, 0, false), pasid = 77;

	(void)state;
	begin(rig);
	assert_int_equal(mediator_user_bind(rig->owners, m0, spawn(rig, 0), &pasid), -ENODEV);
	assert_int_equal(pasid, 77);
	assert_calls(rig, "");
}

static void exit_drops_the_associations_of_that_device_alone(void **state)
{
	struct rig *rig = fresh_rig();
	unsigned m0 = add_mdev(rig, 0, false), m1 = add_mdev(rig, 0, false);
	unsigned m2 = add_mdev(rig, 1, false), mm;

	(void)state;
	begin(rig);
	mm = spawn(rig, 0);
	bind_mdev(rig, m0, mm);
	bind_mdev(rig, m1, mm);
	bind_mdev(rig, m2, mm);
	rig->world->owner.mm_exit(rig->world->owner.ctx, 0, 1);
	assert_int_equal(submit(rig, m0, mm, -1), -EPERM);
	assert_int_equal(submit(rig, m1, mm, -1), -EPERM);
	assert_int_equal(submit(rig, m2, mm, -1), 1);
	mediator_bonds_gone(rig->owners, 1);
	assert_int_equal(mediator_unbind(rig->owners, m2, 1), -ESRCH);
	assert_calls(rig, "bind 0/0; bind 1/0; ");
}

static void ranges_of_partitions_do_not_overlap(void **state)
{
	struct rig *rig = fresh_rig();
	unsigned m0 = add_mdev(rig, 0, false), m1 = add_mdev(rig, 1, false);
	uint64_t pa[8] = {1, 2, 3, 4, 5, 6, 7, 8}, old[8] = {0};

	(void)state;
	begin(rig);
	assert_int_equal(mediator_map(rig->owners, m0, 0x11000, pa, 2, RW), 0);
	/* Another parent in the same domain has the same table. */
	assert_int_equal(mediator_map(rig->owners, m1, 0x10000, pa, 2, RW), -EBUSY);
	assert_int_equal(mediator_map(rig->owners, m0, 0x12000, pa, 2, RW), -EEXIST);
	mediator_domain_mapped(rig->owners, A, 0x14000, 1, true);
	assert_int_equal(mediator_map(rig->owners, m1, 0x13000, pa, 2, RW), -EBUSY);
	assert_calls(rig, "map A 11000+2; ");
	assert_int_equal(mediator_unmap(rig->owners, m1, 0x10000, 2, old), -EPERM);
	assert_int_equal(mediator_unmap(rig->owners, m0, 0x13000, 2, old), -EPERM);
	assert_int_equal(mediator_map(rig->owners, m1, 0x13000, pa, 1, RW), 0);
	assert_int_equal(mediator_unmap(rig->owners, m0, 0x10000, 3, old), 2);
	assert_int_equal(old[0], 0);
	assert_int_equal(old[1], 1);
	assert_int_equal(old[2], 2);
	assert_calls(rig, "map A 13000+1; unmap A 11000+2; ");
	assert_int_equal(owners_usage(rig->owners).mappings, 1);
}

static void a_device_in_no_domain_has_no_table(void **state)
{
	struct rig *rig = fresh_rig();
	unsigned m0 = add_mdev(rig, 2, false);
	uint64_t pa[1] = {1}, old[1];

	(void)state;
	begin(rig);
	assert_int_equal(mediator_map(rig->owners, m0, 0x10000, pa, 1, RW), -ENODEV);
	assert_int_equal(mediator_unmap(rig->owners, m0, 0x10000, 1, old), 0);
	assert_int_equal(mediator_attach(rig->owners, m0, A), -EINVAL);
	mediator_set_domain(rig->owners, 2, B);
	assert_int_equal(mediator_attach(rig->owners, m0, B), 0);
	assert_int_equal(mediator_attach(rig->owners, m0, A), -EINVAL);
	rig->fail = -ENOMEM;
	assert_int_equal(mediator_map(rig->owners, m0, 0x10000, pa, 1, RW), -ENOMEM);
	assert_int_equal(owners_usage(rig->owners).mappings, 0);
}

static void note_unmapped(void *ctx, unsigned domain, uint64_t iova, uint64_t pa)
{
	note(ctx, "%c %llx=%llu; ", 'A' + (char)domain, (unsigned long long)iova,
	     (unsigned long long)pa);
}

static void close_gives_back_what_is_its_own(void **state)
{
	struct rig *rig = fresh_rig();
	unsigned m0 = add_mdev(rig, 0, false), m1 = add_mdev(rig, 0, false), mm;
	uint64_t pa[8] = {1, 2, 3, 4, 5, 6, 7, 8};

	(void)state;
	begin(rig);
	mm = spawn(rig, 0);
	bind_mdev(rig, m0, mm);
	bind_mdev(rig, m1, mm);
	mediator_map(rig->owners, m0, 0x17000, pa, 1, RW);
	mediator_map(rig->owners, m0, 0x1fc000, pa + 1, 1, RW);
	mediator_map(rig->owners, m1, 0x10000, pa + 2, 1, RW);
	rig->used = 0;
	assert_int_equal(mediator_close(rig->owners, m0, note_unmapped, rig), 0);
	/* The last page of a window and the first of the next are not adjacent. */
	assert_calls(rig, "unmap A 17000+1; A 17000=1; unmap A 1fc000+1; A 1fc000=2; ");
	assert_int_equal(submit(rig, m1, mm, -1), 1);
	assert_int_equal(owners_usage(rig->owners).associations, 1);
	assert_int_equal(owners_usage(rig->owners).mappings, 1);
}

static void an_own_mmu_is_left_alone(void **state)
{
	struct rig *rig = fresh_rig();
	unsigned m0 = add_mdev(rig, 0, true), mm;
	uint64_t pa[1] = {1}, old[1] = {0};

	(void)state;
	rig->topology.num_vms = 1;
	begin(rig);
	mm = spawn(rig, 0);
	assert_int_equal(bind_mdev(rig, m0, mm), 0);
	assert_int_equal(bind_mdev(rig, m0, mm), 0);
	assert_int_equal(mediator_unbind(rig->owners, m0, 3), 0);
	assert_int_equal(mediator_map(rig->owners, m0, 0x10000, pa, 1, RW), 0);
	assert_int_equal(mediator_unmap(rig->owners, m0, 0x10000, 1, old), 0);
	assert_int_equal(mediator_attach(rig->owners, m0, B), 0);
	assert_int_equal(submit(rig, m0, mm, 3), 0);
	assert_int_equal(mediator_close(rig->owners, m0, note_unmapped, rig), 0);
	assert_int_equal(vmm_assign_mdev(rig->owners, 0, m0), 0);
	assert_calls(rig, "");
	assert_int_equal(owners_usage(rig->owners).associations, 0);
	assert_int_equal(owners_usage(rig->owners).mappings, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(partitions_of_a_process_share_one_bond),
		cmocka_unit_test(partitions_of_two_devices_share_nothing),
		cmocka_unit_test(the_drivers_own_bond_is_shared_and_outlives_partitions),
		cmocka_unit_test(where_handles_are_counted_all_partitions_have_one),
		cmocka_unit_test(a_partition_has_any_number_of_processes),
		cmocka_unit_test(a_failed_bind_associates_nobody),
		cmocka_unit_test(the_pasid_on_the_bus_is_the_associations),
		cmocka_unit_test(a_user_cannot_bind),
		cmocka_unit_test(exit_drops_the_associations_of_that_device_alone),
		cmocka_unit_test(ranges_of_partitions_do_not_overlap),
		cmocka_unit_test(a_device_in_no_domain_has_no_table),
		cmocka_unit_test(close_gives_back_what_is_its_own),
		cmocka_unit_test(an_own_mmu_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
