/* SPDX-License-Identifier: MIT */
/*
 * Contract: fork copies on write and inherits no bond; devices see what the CPU's
 * page tables allow, so a shared page is read-only for them too.
 * Run: the program itself.
 */
#include "fixture.h"

/* p0 with two written pages, slot 0 rw and slot 1 read-only, bound to d0 with PASID 1. */
static struct ref bound_parent(void)
{
	struct ref ref = machine_at_work(0);

	OK(ref_mmap(&ref, 0, 0, 2, RW));
	OK(ref_cpu(&ref, 0, 0, true));
	OK(ref_cpu(&ref, 0, 1, true));
	OK(ref_mprotect(&ref, 0, 1, 1, REF_READ));
	OK(ref_bind(&ref, 0, 0, 0, true));
	return ref;
}

static void child_inherits_pages_but_neither_bond_nor_pasid(void **state)
{
	struct ref ref = bound_parent();

	(void)state;
	OK(ref_fork(&ref, 0, 2));
	assert_int_equal(OK(ref_cpu(&ref, 2, 0, false)).access.value, 1);
	assert_int_equal(ref_usage(&ref).bonds, 1);
	assert_int_equal(ref_usage(&ref).pages, 2);
	assert_reaches(&ref, 0, 1, 0);
	assert_int_equal(OK(ref_bind(&ref, 0, 2, 0, true)).value, 2);
	OK(ref_exit(&ref, 0));
	assert_reaches(&ref, 0, 2, 2);
}

static void fork_write_protects_the_parent_s_pages_for_devices(void **state)
{
	struct ref ref = bound_parent();

	(void)state;
	OK(ref_dma(&ref, 0, true, 1, 0, true));
	OK(ref_fork(&ref, 0, 2));
	FAULTS(ref_dma(&ref, 0, true, 1, 0, true), REF_FAULT_PERMISSION);
	assert_int_equal(OK(ref_dma(&ref, 0, true, 1, 0, false)).access.value, 3);
	assert_int_equal(OK(ref_ats(&ref, 0, true, 1, 0)).access.prot, REF_READ);
}

static void first_writer_copies_and_the_last_one_keeps_the_page(void **state)
{
	struct ref ref = bound_parent();
	struct ref_result first, last;
	uint16_t shared;

	(void)state;
	OK(ref_fork(&ref, 0, 2));
	shared = OK(ref_cpu(&ref, 0, 0, false)).access.page;
	first = OK(ref_cpu(&ref, 2, 0, true));
	assert_int_not_equal(first.access.page, shared);
	assert_int_equal(first.access.value, 3);
	assert_int_equal(OK(ref_cpu(&ref, 0, 0, false)).access.value, 1);
	last = OK(ref_cpu(&ref, 0, 0, true));
	assert_int_equal(last.access.page, shared);
	assert_int_equal(last.access.value, 4);
	assert_int_equal(last.access.prot, RW);
	OK(ref_dma(&ref, 0, true, 1, 0, true));
}

static void page_stays_write_protected_after_the_others_left(void **state)
{
	struct ref ref = bound_parent();

	(void)state;
	OK(ref_fork(&ref, 0, 2));
	OK(ref_exit(&ref, 2));
	FAULTS(ref_dma(&ref, 0, true, 1, 0, true), REF_FAULT_PERMISSION);
	OK(ref_cpu(&ref, 0, 0, true));
	OK(ref_dma(&ref, 0, true, 1, 0, true));
}

static void read_only_page_made_writable_after_fork_is_still_copied(void **state)
{
	struct ref ref = bound_parent();

	(void)state;
	OK(ref_fork(&ref, 0, 2));
	OK(ref_mprotect(&ref, 2, 1, 1, RW));
	OK(ref_cpu(&ref, 2, 1, true));
	assert_int_equal(OK(ref_cpu(&ref, 2, 1, false)).access.value, 3);
	assert_int_equal(OK(ref_cpu(&ref, 0, 1, false)).access.value, 2);
	OK(ref_mprotect(&ref, 0, 1, 1, RW));
	FAULTS(ref_dma(&ref, 0, true, 1, 1, true), REF_FAULT_PERMISSION);
}

static void three_generations_share_until_each_writes(void **state)
{
	struct ref ref = bound_parent();

	(void)state;
	OK(ref_fork(&ref, 0, 2));
	OK(ref_fork(&ref, 2, 3));
	assert_int_equal(ref_usage(&ref).pages, 2);
	for (uint8_t task = 0; task < 4; task++)
		if (task != 1)
			OK(ref_cpu(&ref, task, 0, true));
	assert_int_equal(ref_usage(&ref).pages, 4);
	assert_int_equal(OK(ref_cpu(&ref, 0, 0, false)).access.value, 3);
	assert_int_equal(OK(ref_cpu(&ref, 2, 0, false)).access.value, 4);
	assert_int_equal(OK(ref_cpu(&ref, 3, 0, false)).access.value, 5);
}

static void fork_of_a_swapped_page_leaves_it_swapped_on_both_sides(void **state)
{
	struct ref ref = bound_parent();

	(void)state;
	OK(ref_swap_out(&ref, 0, 0));
	OK(ref_fork(&ref, 0, 2));
	OK(ref_bind(&ref, 0, 2, 0, true));
	assert_int_equal(OK(ref_cpu(&ref, 2, 0, false)).access.value, 1);
	assert_int_equal(OK(ref_dma(&ref, 0, true, 2, 0, false)).access.value, 1);
	FAULTS(ref_dma(&ref, 0, true, 1, 0, false), REF_FAULT_TRANSLATION);
	OK(ref_cpu(&ref, 0, 0, true));
	assert_int_equal(OK(ref_cpu(&ref, 2, 0, false)).access.value, 1);
}

static void shared_page_can_neither_move_nor_be_swapped(void **state)
{
	struct ref ref = bound_parent();

	(void)state;
	OK(ref_fork(&ref, 0, 2));
	FAILS(ref_migrate(&ref, 0, 0), -EBUSY, "move_pages(2)");
	FAILS(ref_swap_out(&ref, 2, 0), -EBUSY, "madvise(2)");
	OK(ref_munmap(&ref, 2, 0, 1));
	OK(ref_migrate(&ref, 0, 0));
	OK(ref_swap_out(&ref, 0, 0));
}

static void vfork_child_writes_into_the_parent_s_space(void **state)
{
	struct ref ref = bound_parent();

	(void)state;
	OK(ref_clone_vm(&ref, 0, 2));
	assert_int_equal(OK(ref_cpu(&ref, 2, 0, true)).access.value, 3);
	assert_int_equal(OK(ref_cpu(&ref, 0, 0, false)).access.value, 3);
	assert_int_equal(OK(ref_dma(&ref, 0, true, 1, 0, false)).access.value, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(child_inherits_pages_but_neither_bond_nor_pasid),
		cmocka_unit_test(fork_write_protects_the_parent_s_pages_for_devices),
		cmocka_unit_test(first_writer_copies_and_the_last_one_keeps_the_page),
		cmocka_unit_test(page_stays_write_protected_after_the_others_left),
		cmocka_unit_test(read_only_page_made_writable_after_fork_is_still_copied),
		cmocka_unit_test(three_generations_share_until_each_writes),
		cmocka_unit_test(fork_of_a_swapped_page_leaves_it_swapped_on_both_sides),
		cmocka_unit_test(shared_page_can_neither_move_nor_be_swapped),
		cmocka_unit_test(vfork_child_writes_into_the_parent_s_space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
