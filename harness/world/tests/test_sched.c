/* SPDX-License-Identifier: MIT */
/*
 * Contract: a wait that nothing can end, a lock taken twice, a sleep under a spinlock and a wrong
 * unlock end the trace with a named failure; interrupts and pending work run where they can, one at
 * a time.
 * Run: the program itself; exit status 0 means that all tests passed.
 */
#include "fixture.h"

#include <errno.h>

struct bench {
	struct world *world;
	unsigned runs, done_after, depth, max_depth;
	unsigned last_irq;
	bool raise_again;
	/* Pending work: pieces left, pieces that ran. */
	unsigned pieces, ran;
	bool piece_sleeps, piece_raises, in_irq_seen;
};

static void handle_irq(void *ctx, unsigned irq)
{
	struct bench *bench = ctx;

	bench->runs++;
	bench->last_irq = irq;
	bench->depth++;
	if (bench->depth > bench->max_depth)
		bench->max_depth = bench->depth;
	if (bench->raise_again)
		world_raise_irq(bench->world, irq);
	world_might_sleep(bench->world); /* a threaded handler may */
	bench->depth--;
}

static bool irq_has_run(void *arg)
{
	const struct bench *bench = arg;

	return bench->runs >= bench->done_after;
}

static bool never(void *arg)
{
	unsigned *calls = arg;

	++*calls;
	return false;
}

static struct world *bench_world(struct bench *bench)
{
	struct world *world = fresh_world();

	*bench = (struct bench){.world = world};
	world->irq_handler = handle_irq;
	world->irq_ctx = bench;
	return world;
}

static void mutex_taken_twice_is_a_deadlock_with_its_name(void **state)
{
	struct world *world = fresh_world();
	struct world_mutex mutex = {.name = "iommu_sva_lock"};

	(void)state;
	world_lock(world, &mutex);
	assert_fails(world, WORLD_FAIL_DEADLOCK, world_lock(world, &mutex));
	assert_non_null(strstr(world->failure_text, "iommu_sva_lock"));
	world_unlock(world, &mutex);
	world_lock(world, &mutex);
	assert_true(mutex.held);
}

static void spinlock_taken_twice_is_a_deadlock(void **state)
{
	struct world *world = fresh_world();
	struct world_spinlock lock = {.name = "cmdq"};

	(void)state;
	world_spin_lock(world, &lock);
	assert_fails(world, WORLD_FAIL_DEADLOCK, world_spin_lock(world, &lock));
}

static void unlocking_what_is_not_held_is_a_lock_failure(void **state)
{
	struct world *world = fresh_world();
	struct world_mutex mutex = {.name = "m"};
	struct world_spinlock lock = {.name = "s"};

	(void)state;
	assert_fails(world, WORLD_FAIL_LOCK, world_unlock(world, &mutex));
	assert_fails(world, WORLD_FAIL_LOCK, world_spin_unlock(world, &lock));
	assert_int_equal(world->spinlocks_held, 0);
}

static void sleeping_under_a_spinlock_is_atomic(void **state)
{
	struct world *world = fresh_world();
	struct world_spinlock lock = {.name = "s"};
	struct world_mutex mutex = {.name = "m"};
	unsigned calls = 0;

	(void)state;
	world_might_sleep(world);
	world_spin_lock(world, &lock);
	assert_fails(world, WORLD_FAIL_ATOMIC, world_might_sleep(world));
	assert_fails(world, WORLD_FAIL_ATOMIC, world_lock(world, &mutex));
	assert_fails(world, WORLD_FAIL_ATOMIC, world_wait(world, never, &calls, "x"));
	assert_fails(world, WORLD_FAIL_ATOMIC, world_alloc(world, 8, false));
	assert_fails(world, WORLD_FAIL_ATOMIC, world_dma_alloc(world, 1));
	assert_int_equal(calls, 0);
	assert_non_null(world_alloc(world, 8, true));
	world_spin_unlock(world, &lock);
	world_might_sleep(world);
}

static void endless_wait_is_a_deadlock_that_names_what(void **state)
{
	struct world *world = fresh_world();
	unsigned calls = 0;

	(void)state;
	assert_fails(world, WORLD_FAIL_DEADLOCK, world_wait(world, never, &calls, "CMD_SYNC"));
	assert_non_null(strstr(world->failure_text, "CMD_SYNC"));
	assert_true(calls > 1);
}

static void wait_runs_the_irq_that_ends_it(void **state)
{
	struct bench bench;
	struct world *world = bench_world(&bench);

	(void)state;
	bench.done_after = 1;
	world_raise_irq(world, 2);
	assert_int_equal(bench.runs, 0);
	world_wait(world, irq_has_run, &bench, "irq");
	assert_int_equal(bench.runs, 1);
	assert_int_equal(bench.last_irq, 2);
}

static void poll_spins_its_budget_and_times_out(void **state)
{
	struct bench bench;
	struct world *world = bench_world(&bench);
	struct world_spinlock lock = {.name = "s"};
	unsigned calls = 0;

	(void)state;
	assert_int_equal(world_poll(world, never, &calls, 7), -ETIMEDOUT);
	assert_int_equal(calls, 7);
	bench.done_after = 1;
	world_raise_irq(world, 0);
	world_spin_lock(world, &lock);
	assert_int_equal(world_poll(world, irq_has_run, &bench, 7), -ETIMEDOUT);
	world_spin_unlock(world, &lock);
	assert_int_equal(world_poll(world, irq_has_run, &bench, 7), 0);
}

static void irqs_wait_for_the_outermost_spinlock(void **state)
{
	struct bench bench;
	struct world *world = bench_world(&bench);
	struct world_spinlock outer = {.name = "outer"}, inner = {.name = "inner"};

	(void)state;
	world_spin_lock(world, &outer);
	world_spin_lock(world, &inner);
	world_raise_irq(world, 1);
	world_run_irqs(world);
	world_spin_unlock(world, &inner);
	assert_int_equal(bench.runs, 0);
	world_spin_unlock(world, &outer);
	assert_int_equal(bench.runs, 1);
}

static void irqs_are_not_nested_and_one_raised_twice_runs_once(void **state)
{
	struct bench bench;
	struct world *world = bench_world(&bench);

	(void)state;
	world_raise_irq(world, 0);
	world_raise_irq(world, 0);
	world_raise_irq(world, 3);
	world_run_irqs(world);
	assert_int_equal(bench.runs, 2);
	assert_int_equal(bench.max_depth, 1);
	assert_false(world->in_irq);
	assert_int_equal(world->irq_pending, 0);
}

static void irq_storm_is_a_deadlock(void **state)
{
	struct bench bench;
	struct world *world = bench_world(&bench);

	(void)state;
	bench.raise_again = true;
	world_raise_irq(world, 0);
	assert_fails(world, WORLD_FAIL_DEADLOCK, world_run_irqs(world));
	assert_int_equal(bench.max_depth, 1);
}

static void bug_on_names_its_condition(void **state)
{
	struct world *world = fresh_world();
	volatile int refs = 0;

	(void)state;
	WORLD_BUG_ON(world, refs != 0);
	assert_fails(world, WORLD_FAIL_BUG, WORLD_BUG_ON(world, refs == 0));
	assert_non_null(strstr(world->failure_text, "refs == 0"));
}

static bool run_piece(void *ctx)
{
	struct bench *bench = ctx;

	if (!bench->pieces)
		return false;
	bench->pieces--;
	bench->ran++;
	bench->depth++;
	if (bench->depth > bench->max_depth)
		bench->max_depth = bench->depth;
	bench->in_irq_seen |= bench->world->in_irq;
	if (bench->piece_raises)
		world_raise_irq(bench->world, 1);
	if (bench->piece_sleeps)
		world_might_sleep(bench->world);
	bench->depth--;
	return true;
}

static struct world *working_world(struct bench *bench, unsigned pieces)
{
	struct world *world = bench_world(bench);

	bench->pieces = pieces;
	world->run_pending = run_piece;
	world->pending_ctx = bench;
	return world;
}

static bool work_has_run(void *arg)
{
	const struct bench *bench = arg;

	return bench->ran >= bench->done_after;
}

static void work_runs_where_a_task_waits_not_where_it_could(void **state)
{
	struct bench bench;
	struct world *world = working_world(&bench, 3);
	struct world_spinlock lock = {.name = "s"};

	(void)state;
	world_might_sleep(world);
	assert_int_equal(bench.ran, 0);
	world_spin_lock(world, &lock);
	world_settle(world);
	world_spin_unlock(world, &lock);
	world_run_irqs(world);
	assert_int_equal(bench.ran, 0);
	world_settle(world);
	assert_int_equal(bench.ran, 3);
	assert_false(world->in_pending);
	world_settle(world);
	world_might_sleep(world);
	assert_int_equal(bench.ran, 3);
}

static void wait_runs_the_work_that_ends_it(void **state)
{
	struct bench bench;
	struct world *world = working_world(&bench, 5);

	(void)state;
	bench.done_after = 4;
	world_wait(world, work_has_run, &bench, "work");
	assert_int_equal(bench.ran, 4);
	assert_int_equal(bench.pieces, 1);
	bench.done_after = 6;
	assert_fails(world, WORLD_FAIL_DEADLOCK, world_wait(world, work_has_run, &bench, "work"));
}

static void work_is_not_nested_and_not_run_by_interrupts(void **state)
{
	struct bench bench;
	struct world *world = working_world(&bench, 4);

	(void)state;
	bench.piece_sleeps = true;
	world_raise_irq(world, 0); /* its handler sleeps too */
	world_run_irqs(world);
	assert_int_equal(bench.ran, 0);
	world_settle(world);
	assert_int_equal(bench.ran, 4);
	assert_int_equal(bench.max_depth, 1);
	assert_false(bench.in_irq_seen);
}

static void settling_ends_when_neither_interrupts_nor_work_are_left(void **state)
{
	struct bench bench;
	struct world *world = working_world(&bench, 3);

	(void)state;
	bench.piece_raises = true;
	world_raise_irq(world, 0);
	world_settle(world);
	assert_int_equal(bench.ran, 3);
	assert_int_equal(bench.runs, 4);
	assert_int_equal(world->irq_pending, 0);
	bench.pieces = UINT32_MAX;
	assert_fails(world, WORLD_FAIL_DEADLOCK, world_settle(world));
	assert_non_null(strstr(world->failure_text, "without end"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mutex_taken_twice_is_a_deadlock_with_its_name),
		cmocka_unit_test(spinlock_taken_twice_is_a_deadlock),
		cmocka_unit_test(unlocking_what_is_not_held_is_a_lock_failure),
		cmocka_unit_test(sleeping_under_a_spinlock_is_atomic),
		cmocka_unit_test(endless_wait_is_a_deadlock_that_names_what),
		cmocka_unit_test(wait_runs_the_irq_that_ends_it),
		cmocka_unit_test(poll_spins_its_budget_and_times_out),
		cmocka_unit_test(irqs_wait_for_the_outermost_spinlock),
		cmocka_unit_test(irqs_are_not_nested_and_one_raised_twice_runs_once),
		cmocka_unit_test(irq_storm_is_a_deadlock),
		cmocka_unit_test(bug_on_names_its_condition),
		cmocka_unit_test(work_runs_where_a_task_waits_not_where_it_could),
		cmocka_unit_test(wait_runs_the_work_that_ends_it),
		cmocka_unit_test(work_is_not_nested_and_not_run_by_interrupts),
		cmocka_unit_test(settling_ends_when_neither_interrupts_nor_work_are_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
