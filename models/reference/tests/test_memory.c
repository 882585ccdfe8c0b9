/* SPDX-License-Identifier: MIT */
/*
 * Contract: memory calls of a process return what their manual pages say, and devices see the
 * result at once: what was taken away faults, what was given is there (A-44, D-1).
 * Run: the program itself.
 */
#include "fixture.h"

/* p0 bound to d0 with PASID 1; slot i of 0..3 is rw and holds i + 1. */
static struct ref four_pages(void)
{
	struct ref ref = machine_at_work(0);

	OK(ref_mmap(&ref, 0, 0, 4, RW));
	OK(ref_bind(&ref, 0, 0, 0, true));
	for (uint8_t page = 0; page < 4; page++)
		OK(ref_cpu(&ref, 0, page, true));
	return ref;
}

static void fresh_pages_read_as_zero_even_when_recycled(void **state)
{
	struct ref ref = four_pages();

	(void)state;
	OK(ref_munmap(&ref, 0, 0, 4));
	OK(ref_mmap(&ref, 0, 8, 4, RW));
	for (uint8_t page = 8; page < 12; page++)
		assert_int_equal(OK(ref_cpu(&ref, 0, page, false)).access.value, 0);
}

static void cpu_and_device_see_each_other_s_writes(void **state)
{
	struct ref ref = four_pages();
	uint32_t value;

	(void)state;
	assert_int_equal(OK(ref_dma(&ref, 0, true, 1, 2, false)).access.value, 3);
	value = OK(ref_dma(&ref, 0, true, 1, 2, true)).access.value;
	assert_int_equal(value, 5);
	assert_int_equal(OK(ref_cpu(&ref, 0, 2, false)).access.value, value);
}

static void munmap_takes_pages_away_from_devices_and_ignores_holes(void **state)
{
	struct ref ref = four_pages();

	(void)state;
	OK(ref_munmap(&ref, 0, 1, 1));
	OK(ref_munmap(&ref, 0, 0, 3));
	assert_int_equal(ref_usage(&ref).pages, 1);
	FAULTS(ref_dma(&ref, 0, true, 1, 0, false), REF_FAULT_TRANSLATION);
	OK(ref_dma(&ref, 0, true, 1, 3, false));
}

static void mmap_over_a_mapping_changes_nothing(void **state)
{
	struct ref ref = four_pages();

	(void)state;
	FAILS(ref_mmap(&ref, 0, 3, 2, RW), -EEXIST, "mmap(2)");
	OK(ref_mmap(&ref, 0, 4, REF_SPACE_PAGES - 4, RW));
	FAILS(ref_mmap(&ref, 0, REF_SPACE_PAGES - 1, 1, RW), -EEXIST, "mmap(2)");
	OK(ref_munmap(&ref, 0, 0, REF_SPACE_PAGES));
	assert_int_equal(ref_usage(&ref).pages, 0);
}

static void every_slot_of_every_space_has_a_page(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	for (unsigned task = 2; task < REF_MAX_TASKS; task++)
		OK(ref_spawn(&ref, task));
	for (unsigned task = 0; task < REF_MAX_TASKS; task++)
		OK(ref_mmap(&ref, task, 0, REF_SPACE_PAGES, RW));
	OK(ref_map(&ref, A, 0, REF_SPACE_PAGES, RW));
	OK(ref_map(&ref, B, 0, REF_SPACE_PAGES, RW));
	assert_int_equal(ref_usage(&ref).pages, (REF_MAX_TASKS + 2) * REF_SPACE_PAGES);
}

static void mprotect_binds_cpu_and_device_alike(void **state)
{
	struct ref ref = four_pages();

	(void)state;
	OK(ref_mprotect(&ref, 0, 0, 2, REF_READ));
	FAILS(ref_cpu(&ref, 0, 1, true), -EFAULT, "signal(7)");
	FAULTS(ref_dma(&ref, 0, true, 1, 1, true), REF_FAULT_PERMISSION);
	OK(ref_dma(&ref, 0, true, 1, 1, false));
	OK(ref_mprotect(&ref, 0, 1, 1, REF_WRITE));
	OK(ref_cpu(&ref, 0, 1, true));
	OK(ref_dma(&ref, 0, true, 1, 1, true));
	OK(ref_dma(&ref, 0, true, 1, 1, false));
}

static void mprotect_over_a_hole_changes_what_is_before_it(void **state)
{
	struct ref ref = four_pages();
	struct ref_result result;

	(void)state;
	OK(ref_munmap(&ref, 0, 2, 1));
	result = ref_mprotect(&ref, 0, 1, 3, REF_READ);
	assert_lawful(&ref);
	assert_int_equal(result.error, -ENOMEM);
	assert_string_equal(result.rule, "mprotect(2)");
	FAILS(ref_cpu(&ref, 0, 1, true), -EFAULT, "signal(7)");
	OK(ref_cpu(&ref, 0, 3, true));
}

static void mremap_moves_the_page_with_its_content(void **state)
{
	struct ref ref = four_pages();

	(void)state;
	FAILS(ref_mremap(&ref, 0, 9, 10), -EFAULT, "mremap(2)");
	FAILS(ref_mremap(&ref, 0, 0, 1), -EEXIST, "mremap(2)");
	FAILS(ref_mremap(&ref, 0, 0, 0), -EINVAL, "mremap(2)");
	OK(ref_mremap(&ref, 0, 1, 31));
	FAULTS(ref_dma(&ref, 0, true, 1, 1, false), REF_FAULT_TRANSLATION);
	assert_int_equal(OK(ref_dma(&ref, 0, true, 1, 31, false)).access.value, 2);
	OK(ref_mmap(&ref, 0, 1, 1, RW));
}

static void mremap_keeps_a_page_shared_and_swapped(void **state)
{
	struct ref ref = four_pages();

	(void)state;
	OK(ref_swap_out(&ref, 0, 0));
	OK(ref_mremap(&ref, 0, 0, 8));
	FAULTS(ref_dma(&ref, 0, true, 1, 8, false), REF_FAULT_TRANSLATION);
	OK(ref_fork(&ref, 0, 2));
	OK(ref_mremap(&ref, 0, 8, 9));
	OK(ref_cpu(&ref, 0, 9, true));
	assert_int_equal(OK(ref_cpu(&ref, 2, 8, false)).access.value, 1);
}

static void migration_is_not_observable(void **state)
{
	struct ref ref = four_pages();
	struct ref before;

	(void)state;
	before = ref;
	OK(ref_migrate(&ref, 0, 0));
	assert_memory_equal(&ref, &before, sizeof(ref));
	FAILS(ref_migrate(&ref, 0, 8), -EFAULT, "move_pages(2)");
	OK(ref_swap_out(&ref, 0, 0));
	FAILS(ref_migrate(&ref, 0, 0), -EFAULT, "move_pages(2)");
}

static void swapped_page_faults_for_devices_until_a_cpu_wants_it(void **state)
{
	struct ref ref = four_pages();

	(void)state;
	OK(ref_swap_out(&ref, 0, 0));
	FAILS(ref_swap_out(&ref, 0, 0), -EFAULT, "madvise(2)");
	FAULTS(ref_dma(&ref, 0, true, 1, 0, false), REF_FAULT_TRANSLATION);
	assert_int_equal(OK(ref_ats(&ref, 0, true, 1, 0)).access.prot, 0);
	assert_int_equal(OK(ref_cpu(&ref, 0, 0, false)).access.value, 1);
	OK(ref_dma(&ref, 0, true, 1, 0, true));
}

static void refused_cpu_access_does_not_bring_a_page_back(void **state)
{
	struct ref ref = four_pages();

	(void)state;
	OK(ref_mprotect(&ref, 0, 0, 1, REF_READ));
	OK(ref_swap_out(&ref, 0, 0));
	FAILS(ref_cpu(&ref, 0, 0, true), -EFAULT, "signal(7)");
	FAULTS(ref_dma(&ref, 0, true, 1, 0, false), REF_FAULT_TRANSLATION);
}

static void cpu_access_to_a_hole_is_a_fault(void **state)
{
	struct ref ref = four_pages();

	(void)state;
	FAILS(ref_cpu(&ref, 0, 4, false), -EFAULT, "signal(7)");
	FAILS(ref_cpu(&ref, 7, 0, false), -ESRCH, "signal(7)");
	FAILS(ref_swap_out(&ref, 0, 4), -EFAULT, "madvise(2)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fresh_pages_read_as_zero_even_when_recycled),
		cmocka_unit_test(cpu_and_device_see_each_other_s_writes),
		cmocka_unit_test(munmap_takes_pages_away_from_devices_and_ignores_holes),
		cmocka_unit_test(mmap_over_a_mapping_changes_nothing),
		cmocka_unit_test(every_slot_of_every_space_has_a_page),
		cmocka_unit_test(mprotect_binds_cpu_and_device_alike),
		cmocka_unit_test(mprotect_over_a_hole_changes_what_is_before_it),
		cmocka_unit_test(mremap_moves_the_page_with_its_content),
		cmocka_unit_test(mremap_keeps_a_page_shared_and_swapped),
		cmocka_unit_test(migration_is_not_observable),
		cmocka_unit_test(swapped_page_faults_for_devices_until_a_cpu_wants_it),
		cmocka_unit_test(refused_cpu_access_does_not_bring_a_page_back),
		cmocka_unit_test(cpu_access_to_a_hole_is_a_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
