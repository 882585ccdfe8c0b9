/* SPDX-License-Identifier: MIT */
/*
 * Contract: a guest gives out PASIDs of its own, lowest first (B-8), writes its PASID table as
 * 3.21.3.1 says, and asks for invalidations in the order of D-3 and D-2.
 * Run: the program itself; exit status 0 means that all tests passed.
 */
#include "rig.h"

/* VM 0 has d1 and d2, VM 1 has d3. */
static struct rig *with_guests(void)
{
	struct rig *rig = fresh_rig();

	rig->topology.num_vms = 2;
	rig->topology.guest_pasid_bits[2] = 1;
	begin(rig);
	assert_int_equal(vmm_assign(rig->owners, 0, 1), 0);
	assert_int_equal(vmm_assign(rig->owners, 0, 2), 0);
	assert_int_equal(vmm_assign(rig->owners, 1, 3), 0);
	rig->text[rig->used = 0] = '\0';
	return rig;
}

/* The PASID, or the error. */
static int bind(struct rig *rig, unsigned device, unsigned mm)
{
	unsigned pasid = 77;
	int error = guest_bind(rig->owners, device, mm, &pasid);

	if (error)
		assert_int_equal(pasid, 77);
	return error ? error : (int)pasid;
}

static void the_table_is_made_by_the_first_bind(void **state)
{
	struct rig *rig = with_guests();
	unsigned a = guest_spawn(rig, 0, 4), b = guest_spawn(rig, 0, 5);

	(void)state;
	assert_int_equal(bind(rig, 1, a), 1);
	assert_calls(rig, "table 1 IPA/4; cfgi 0:1/1; store 40 1; cfgi 0:1/1; ");
	assert_int_equal(bind(rig, 1, b), 2);
	assert_calls(rig, "cfgi 0:1/2; store 80 1; cfgi 0:1/2; ");
	assert_int_equal(owners_usage(rig->owners).guest_frames, 1);
	assert_int_equal(owners_usage(rig->owners).guest_bonds, 2);
}

/* 5.4: T0SZ [5:0], IR0 [9:8], OR0 [11:10], SH0 [13:12], EPD1 [30], V [31], IPS [34:32], AA64 [41],
 * R [45], A [46], ASET [47], ASID [63:48]; TTB0 is an address of the guest's. */
static void an_entry_says_what_the_architecture_asks(void **state)
{
	struct rig *rig = with_guests();
	unsigned mm = guest_spawn(rig, 0, 4);
	uint64_t pa;

	(void)state;
	assert_int_equal(bind(rig, 1, mm), 1);
	pa = rig->owners->guest[0].table[1] + 64;
	assert_int_equal(world_vm_of(pa), 0);
	assert_int_equal(ram_load(pa), 0x0001e201c0003510ull);
	assert_int_equal(ram_load(pa + 8),
			 world_mm_root(rig->world, mm) - world_vm_base(0) + WORLD_VM_IPA);
	assert_int_equal(ram_load(pa + 16), 0);
	assert_int_equal(ram_load(pa + 24), ~0ull);
	for (unsigned i = 4; i < 8; i++)
		assert_int_equal(ram_load(pa + 8ull * i), 0);
}

static void errors_come_in_their_order(void **state)
{
	struct rig *rig = with_guests();
	unsigned host = spawn(rig, 0), a = guest_spawn(rig, 0, 4), b = guest_spawn(rig, 0, 5);
	unsigned other = guest_spawn(rig, 1, 6);

	(void)state;
	assert_int_equal(bind(rig, 1, host), -ENODEV);
	assert_int_equal(bind(rig, 1, other), -ENODEV);
	assert_int_equal(bind(rig, 0, a), -ENODEV);
	assert_int_equal(bind(rig, 1, a), 1);
	assert_int_equal(bind(rig, 1, a), -EEXIST);
	assert_int_equal(bind(rig, 2, b), -ENOSPC); /* one bit: only PASID 1 */
	assert_int_equal(bind(rig, 1, b), 2);
	assert_int_equal(bind(rig, 2, b), -ERANGE);
	assert_int_equal(bind(rig, 2, a), 1);
	assert_int_equal(guest_unbind(rig->owners, 1, 1, 1), -ENODEV);
	assert_int_equal(guest_unbind(rig->owners, 0, 2, 2), -ESRCH);
	assert_int_equal(guest_unbind(rig->owners, 0, 1, 7), -ESRCH);
}

static void two_guests_give_out_the_same_numbers(void **state)
{
	struct rig *rig = with_guests();

	(void)state;
	assert_int_equal(bind(rig, 1, guest_spawn(rig, 0, 4)), 1);
	assert_int_equal(bind(rig, 3, guest_spawn(rig, 1, 5)), 1);
	assert_int_equal(rig->owners->guest[1].mm[0].asid, 1);
}

static void unbind_invalidates_entry_tlb_atc(void **state)
{
	struct rig *rig = with_guests();
	unsigned mm = guest_spawn(rig, 0, 4);

	(void)state;
	bind(rig, 1, mm);
	bind(rig, 2, mm);
	rig->text[rig->used = 0] = '\0';
	assert_int_equal(guest_unbind(rig->owners, 0, 1, 1), 0);
	assert_calls(rig, "store 40 0; cfgi 0:1/1; tlbi 0:1 asid 1; atc 0:1/1 all; ");
	/* The PASID is the space's until its last bond is gone. */
	assert_int_equal(bind(rig, 1, guest_spawn(rig, 0, 5)), 2);
	assert_int_equal(guest_unbind(rig->owners, 0, 2, 1), 0);
	assert_int_equal(bind(rig, 1, guest_spawn(rig, 0, 6)), 1);
}

static void a_change_of_pages_reaches_every_bonded_function(void **state)
{
	struct rig *rig = with_guests();
	unsigned mm = guest_spawn(rig, 0, 4);

	(void)state;
	assert_int_equal(world_mmap(rig->world, 4, 0, 4, RW), 0);
	bind(rig, 1, mm);
	bind(rig, 2, mm);
	rig->text[rig->used = 0] = '\0';
	assert_int_equal(world_munmap(rig->world, 4, 1, 2), 0);
	assert_calls(rig, "tlbi 0:1 asid 1 11000+2; tlbi 0:2 asid 1 11000+2; "
			  "atc 0:1/1 11000+2; atc 0:2/1 11000+2; ");
}

static void exit_ends_the_bonds(void **state)
{
	struct rig *rig = with_guests();
	unsigned mm = guest_spawn(rig, 0, 4);

	(void)state;
	bind(rig, 1, mm);
	bind(rig, 2, mm);
	rig->text[rig->used = 0] = '\0';
	world_exit(rig->world, 4);
	assert_calls(rig, "store 40 0; cfgi 0:1/1; tlbi 0:1 asid 1; atc 0:1/1 all; "
			  "store 40 0; cfgi 0:2/1; tlbi 0:2 asid 1; atc 0:2/1 all; ");
	assert_int_equal(owners_usage(rig->owners).guest_bonds, 0);
	assert_int_equal(bind(rig, 1, guest_spawn(rig, 0, 5)), 1);
}

static void a_bind_that_fails_leaves_nothing(void **state)
{
	struct rig *rig = with_guests();
	unsigned mm = guest_spawn(rig, 0, 4);

	(void)state;
	rig->fail = -ENOMEM;
	assert_int_equal(bind(rig, 1, mm), -ENOMEM);
	assert_int_equal(owners_usage(rig->owners).guest_frames, 0);
	for (unsigned nth = 1; nth <= 2; nth++) {
		rig->world->fail_nth = nth;
		if (bind(rig, 1, mm) != -ENOMEM)
			break;
		assert_int_equal(owners_usage(rig->owners).guest_frames, 0);
		assert_int_equal(owners_usage(rig->owners).guest_bonds, 0);
	}
	rig->world->fail_nth = 0;
	if (!owners_usage(rig->owners).guest_bonds)
		assert_int_equal(bind(rig, 1, mm), 1);
}

static void spurious_invalidations_name_what_was_asked(void **state)
{
	struct rig *rig = with_guests();

	(void)state;
	bind(rig, 1, guest_spawn(rig, 0, 4));
	rig->text[rig->used = 0] = '\0';
	assert_int_equal(guest_invalidate(rig->owners, 1, 1, true, 1, 0x10000, PAGE), -ENODEV);
	assert_calls(rig, "");
	assert_int_equal(guest_invalidate(rig->owners, 0, 1, true, 1, 0x10000, 2 * PAGE), 0);
	assert_calls(rig, "cfgi 0:1/1; tlbi 0:1 asid 1 10000+2; tlbi 0:1 asid 1; "
			  "atc 0:1/1 10000+2; ");
	assert_int_equal(guest_invalidate(rig->owners, 0, 1, false, 0, 0x10000, PAGE), 0);
	assert_calls(rig, "tlbi 0:1 asid 1 10000+1; tlbi 0:1 asid 1; atc 0:1 10000+1; ");
}

static void work_of_a_guest_has_the_guests_pasid(void **state)
{
	struct rig *rig = fresh_rig();
	unsigned m0 = add_mdev(rig, 1, false), m1 = add_mdev(rig, 1, false), a, b;

	(void)state;
	rig->topology.num_vms = 1;
	begin(rig);
	a = guest_spawn(rig, 0, 4);
	b = guest_spawn(rig, 0, 5);
	vmm_assign_mdev(rig->owners, 0, m0);
	assert_int_equal(submit(rig, m0, a, 3), -EPERM);
	bind(rig, 1, b);
	bind(rig, 1, a);
	assert_int_equal(submit(rig, m0, a, 1), 2);
	assert_int_equal(submit(rig, m1, a, -1), -EPERM);
	assert_int_equal(submit(rig, m0, spawn(rig, 0), -1), -EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_made_by_the_first_bind),
		cmocka_unit_test(an_entry_says_what_the_architecture_asks),
		cmocka_unit_test(errors_come_in_their_order),
		cmocka_unit_test(two_guests_give_out_the_same_numbers),
		cmocka_unit_test(unbind_invalidates_entry_tlb_atc),
		cmocka_unit_test(a_change_of_pages_reaches_every_bonded_function),
		cmocka_unit_test(exit_ends_the_bonds),
		cmocka_unit_test(a_bind_that_fails_leaves_nothing),
		cmocka_unit_test(spurious_invalidations_name_what_was_asked),
		cmocka_unit_test(work_of_a_guest_has_the_guests_pasid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
