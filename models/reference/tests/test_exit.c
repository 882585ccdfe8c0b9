/* SPDX-License-Identifier: MIT */
/*
 * Contract: an address space exits with its last user, and then every bond's owner is
 * called, in order, the faults are flushed, and nothing stays.
 * Run: the program itself.
 */
#include "fixture.h"

static void exit_calls_owners_by_device_and_frees_everything(void **state)
{
	struct ref ref = machine_at_work(0);
	struct ref_result result;

	(void)state;
	OK(ref_mmap(&ref, 0, 0, 4, RW));
	OK(ref_bind(&ref, 2, 0, 0, true));
	OK(ref_bind(&ref, 0, 0, 0, true));
	result = OK(ref_exit(&ref, 0));
	assert_int_equal(result.num_calls, 2);
	assert_call(result, 0, REF_CALL_MM_EXIT, 0, 1);
	assert_call(result, 1, REF_CALL_MM_EXIT, 2, 1);
	assert_false(ref_task_alive(&ref, 0));
	assert_unreachable(&ref, 0, 1);
	assert_unreachable(&ref, 2, 1);
	assert_int_equal(ref_usage(&ref).bonds, 0);
	assert_int_equal(ref_usage(&ref).pasids, 0);
	assert_int_equal(ref_usage(&ref).pages, 0);
	assert_int_equal(ref_usage(&ref).table_entries, 0);
	assert_int_equal(ref_usage(&ref).mms, 1);
}

static void exit_flushes_faults_after_each_call_to_an_owner(void **state)
{
	struct ref ref = machine_at_work(REF_FEAT_IOPF);
	struct ref_result result;

	(void)state;
	OK(ref_bind(&ref, 0, 0, REF_FEAT_IOPF, true));
	OK(ref_bind(&ref, 1, 0, REF_FEAT_IOPF, true));
	result = OK(ref_exit(&ref, 0));
	assert_int_equal(result.num_calls, 4);
	assert_call(result, 0, REF_CALL_MM_EXIT, 0, 1);
	assert_call(result, 1, REF_CALL_FAULT_FLUSH, 0, 1);
	assert_call(result, 2, REF_CALL_MM_EXIT, 1, 1);
	assert_call(result, 3, REF_CALL_FAULT_FLUSH, 1, 1);
}

static void pasid_of_an_exited_process_is_given_to_the_next(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	OK(ref_bind(&ref, 0, 0, 0, true));
	OK(ref_exit(&ref, 0));
	FAILS(ref_unbind(&ref, 0, 1), -ESRCH, "A-24");
	assert_int_equal(OK(ref_bind(&ref, 0, 1, 0, true)).value, 1);
	assert_reaches(&ref, 0, 1, 1);
}

static void exit_of_one_thread_is_no_exit_of_the_space(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	OK(ref_thread(&ref, 0, 2));
	OK(ref_bind(&ref, 0, 0, 0, true));
	assert_int_equal(OK(ref_exit(&ref, 0)).num_calls, 0);
	assert_reaches(&ref, 0, 1, 2);
	assert_int_equal(OK(ref_exit(&ref, 2)).num_calls, 1);
}

static void exit_group_with_threads_is_one_release(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	OK(ref_thread(&ref, 0, 2));
	OK(ref_thread(&ref, 2, 3));
	OK(ref_bind(&ref, 0, 3, 0, true));
	assert_int_equal(OK(ref_exit_group(&ref, 2)).num_calls, 1);
	assert_false(ref_task_alive(&ref, 0));
	assert_false(ref_task_alive(&ref, 2));
	assert_false(ref_task_alive(&ref, 3));
	assert_true(ref_task_alive(&ref, 1));
}

static void exit_group_spares_who_only_shares_the_space(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	OK(ref_thread(&ref, 0, 2));
	OK(ref_clone_vm(&ref, 0, 3));
	OK(ref_bind(&ref, 0, 0, 0, true));
	assert_int_equal(OK(ref_exit_group(&ref, 0)).num_calls, 0);
	assert_reaches(&ref, 0, 1, 3);
	assert_int_equal(OK(ref_exit_group(&ref, 3)).num_calls, 1);
}

static void exit_group_of_a_new_process_spares_threads_of_the_slot_s_old_leader(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	OK(ref_thread(&ref, 0, 2));
	OK(ref_exit(&ref, 0));
	OK(ref_spawn(&ref, 0));
	OK(ref_exit_group(&ref, 0));
	assert_true(ref_task_alive(&ref, 2));
}

static void exec_of_the_last_user_exits_the_old_space(void **state)
{
	struct ref ref = machine_at_work(0);
	struct ref_result result;

	(void)state;
	OK(ref_mmap(&ref, 0, 0, 2, RW));
	OK(ref_bind(&ref, 0, 0, 0, true));
	result = OK(ref_exec(&ref, 0));
	assert_int_equal(result.num_calls, 1);
	assert_call(result, 0, REF_CALL_MM_EXIT, 0, 1);
	assert_unreachable(&ref, 0, 1);
	assert_int_equal(ref_usage(&ref).pages, 0);
	assert_int_equal(OK(ref_bind(&ref, 0, 0, 0, true)).value, 1);
}

static void exec_of_a_vfork_child_leaves_the_parent_s_space_alone(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	OK(ref_mmap(&ref, 0, 0, 2, RW));
	OK(ref_bind(&ref, 0, 0, 0, true));
	OK(ref_clone_vm(&ref, 0, 2));
	assert_int_equal(OK(ref_exec(&ref, 2)).num_calls, 0);
	assert_reaches(&ref, 0, 1, 0);
	FAILS(ref_cpu(&ref, 2, 0, false), -EFAULT, "signal(7)");
	assert_int_equal(OK(ref_bind(&ref, 0, 2, 0, true)).value, 2);
}

static void exec_works_with_every_task_slot_taken(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	for (unsigned task = 2; task < REF_MAX_TASKS; task++)
		OK(ref_spawn(&ref, task));
	for (unsigned task = 0; task < REF_MAX_TASKS; task++)
		OK(ref_exec(&ref, task));
	assert_int_equal(ref_usage(&ref).mms, REF_MAX_TASKS);
}

static void tasks_that_are_not_there_can_do_nothing(void **state)
{
	struct ref ref = machine_at_work(0);

	(void)state;
	FAILS(ref_exit(&ref, 7), -ESRCH, "exit(2)");
	FAILS(ref_exit_group(&ref, 7), -ESRCH, "exit_group(2)");
	FAILS(ref_exec(&ref, 7), -ESRCH, "execve(2)");
	FAILS(ref_fork(&ref, 7, 6), -ESRCH, "fork(2)");
	FAILS(ref_thread(&ref, 7, 6), -ESRCH, "clone(2)");
	FAILS(ref_spawn(&ref, 0), -EAGAIN, "fork(2)");
	FAILS(ref_fork(&ref, 0, 1), -EAGAIN, "fork(2)");
	FAILS(ref_clone_vm(&ref, 0, 0), -EAGAIN, "clone(2)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_calls_owners_by_device_and_frees_everything),
		cmocka_unit_test(exit_flushes_faults_after_each_call_to_an_owner),
		cmocka_unit_test(pasid_of_an_exited_process_is_given_to_the_next),
		cmocka_unit_test(exit_of_one_thread_is_no_exit_of_the_space),
		cmocka_unit_test(exit_group_with_threads_is_one_release),
		cmocka_unit_test(exit_group_spares_who_only_shares_the_space),
		cmocka_unit_test(
			exit_group_of_a_new_process_spares_threads_of_the_slot_s_old_leader),
		cmocka_unit_test(exec_of_the_last_user_exits_the_old_space),
		cmocka_unit_test(exec_of_a_vfork_child_leaves_the_parent_s_space_alone),
		cmocka_unit_test(exec_works_with_every_task_slot_taken),
		cmocka_unit_test(tasks_that_are_not_there_can_do_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
