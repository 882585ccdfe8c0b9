/* SPDX-License-Identifier: MIT */
/* One task, no clock: a wait can be ended by an interrupt or by nothing. */
#include "internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	WAIT_BUDGET = 1000, /* checks of a sleeping wait before it counts as endless */
	IRQ_BUDGET = 1000,  /* handler runs at one point before it counts as a storm */
	WORK_BUDGET = 1000, /* pieces of pending work at one point before it counts as endless */
};

_Noreturn void world_fail(struct world *world, enum world_failure failure, const char *fmt, ...)
{
	va_list args;

	world->failure = failure;
	va_start(args, fmt);
	vsnprintf(world->failure_text, sizeof(world->failure_text), fmt, args);
	va_end(args);
	if (world->on_failure)
		longjmp(*world->on_failure, 1);
	fprintf(stderr, "svafuzz: the implementation failed: %s\n", world->failure_text);
	abort();
}

_Noreturn void world_bug(struct world *world, const char *what)
{
	world_fail(world, WORLD_FAIL_BUG, "BUG: %s", what);
}

void world_lock(struct world *world, struct world_mutex *mutex)
{
	world_might_sleep(world);
	if (mutex->held)
		world_fail(world, WORLD_FAIL_DEADLOCK, "mutex %s is taken twice", mutex->name);
	mutex->held = true;
}

void world_unlock(struct world *world, struct world_mutex *mutex)
{
	if (!mutex->held)
		world_fail(world, WORLD_FAIL_LOCK, "mutex %s is released but not held",
			   mutex->name);
	mutex->held = false;
}

void world_spin_lock(struct world *world, struct world_spinlock *lock)
{
	if (lock->held)
		world_fail(world, WORLD_FAIL_DEADLOCK, "spinlock %s is taken twice", lock->name);
	lock->held = true;
	world->spinlocks_held++;
}

void world_spin_unlock(struct world *world, struct world_spinlock *lock)
{
	if (!lock->held)
		world_fail(world, WORLD_FAIL_LOCK, "spinlock %s is released but not held",
			   lock->name);
	lock->held = false;
	world->spinlocks_held--;
	world_irq_point(world);
}

/* One piece of the work that was put off, if another task could run it here. */
static bool run_pending(struct world *world)
{
	bool ran;

	if (!world->run_pending || world->in_pending || world->in_irq || world->spinlocks_held)
		return false;
	world->in_pending = true;
	ran = world->run_pending(world->pending_ctx);
	world->in_pending = false;
	return ran;
}

void world_might_sleep(struct world *world)
{
	if (world->spinlocks_held)
		world_fail(world, WORLD_FAIL_ATOMIC, "sleeps with %u spinlock(s) held",
			   world->spinlocks_held);
	world_irq_point(world);
}

void world_wait(struct world *world, bool (*done)(void *arg), void *arg, const char *what)
{
	for (unsigned step = 0; step < WAIT_BUDGET; step++) {
		world_might_sleep(world);
		if (done(arg))
			return;
		/* Only a task that waits lets work run: one that could wait may hold a mutex that the
		 * work would have to wait for, and nothing here can go on beside it. */
		run_pending(world);
	}
	world_fail(world, WORLD_FAIL_DEADLOCK, "waits without end for %s", what);
}

int world_poll(struct world *world, bool (*done)(void *arg), void *arg, unsigned budget)
{
	for (unsigned step = 0; step < budget; step++) {
		if (done(arg))
			return 0;
		world_irq_point(world);
	}
	return -ETIMEDOUT;
}

void world_raise_irq(struct world *world, unsigned irq)
{
	CHECK(irq < WORLD_NUM_IRQS, "irq %u", irq);
	/* Run at the next point where one can run: the raiser may be inside the smmu. */
	world->irq_pending |= (uint8_t)(1u << irq);
}

void world_run_irqs(struct world *world)
{
	for (unsigned run = 0; world->irq_pending; run++) {
		unsigned irq = (unsigned)__builtin_ctz(world->irq_pending);

		if (!world->irq_handler || world->in_irq || world->spinlocks_held)
			return;
		if (run == IRQ_BUDGET)
			world_fail(world, WORLD_FAIL_DEADLOCK, "irq %u is raised without end", irq);
		world->irq_pending &= (uint8_t) ~(1u << irq);
		world->in_irq = true;
		world->irq_handler(world->irq_ctx, irq);
		world->in_irq = false;
	}
}

void world_irq_point(struct world *world)
{
	if (world->irq_pending)
		world_run_irqs(world);
}

void world_settle(struct world *world)
{
	/* Interrupts put work off, work raises interrupts. */
	for (unsigned run = 0; run < WORK_BUDGET; run++) {
		world_irq_point(world);
		if (!run_pending(world))
			return;
	}
	world_fail(world, WORLD_FAIL_DEADLOCK, "puts work off without end");
}
