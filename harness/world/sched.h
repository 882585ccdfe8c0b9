/* SPDX-License-Identifier: MIT */
/*
 * Everything that can wait waits here. Today one task runs and a wait that nothing can end is a
 * finding at once; the interface is the one that interleaving will need.
 */
#ifndef SVAFUZZ_WORLD_SCHED_H
#define SVAFUZZ_WORLD_SCHED_H

#include "../base/base.h"

#include <setjmp.h>

struct world;

struct world_mutex {
	const char *name;
	bool held;
};
struct world_spinlock {
	const char *name;
	bool held;
};

/* Why a trace ended inside the implementation. */
enum world_failure {
	WORLD_FAIL_NONE,
	WORLD_FAIL_DEADLOCK, /* waits for what nothing will bring; a lock taken twice */
	WORLD_FAIL_ATOMIC,   /* sleeps under a spinlock */
	WORLD_FAIL_BUG,	     /* the driver's own WARN or BUG */
	WORLD_FAIL_LOCK,     /* unlocks what is not held */
};

/* A mutex may be waited for; taking it under a spinlock is WORLD_FAIL_ATOMIC. */
void world_lock(struct world *world, struct world_mutex *mutex);
void world_unlock(struct world *world, struct world_mutex *mutex);
void world_spin_lock(struct world *world, struct world_spinlock *lock);
void world_spin_unlock(struct world *world, struct world_spinlock *lock);
/* A point where other tasks could run and the caller could sleep. */
void world_might_sleep(struct world *world);
/* Wait by sleeping until done(arg): -ETIMEDOUT never happens here, a wait without end is a
 * finding. world_poll() spins (allowed under a spinlock) at most `budget` times: 0 or -ETIMEDOUT. */
void world_wait(struct world *world, bool (*done)(void *arg), void *arg, const char *what);
int world_poll(struct world *world, bool (*done)(void *arg), void *arg, unsigned budget);
/* A driver's BUG_ON. Does not return: the trace ends with a finding. */
_Noreturn void world_bug(struct world *world, const char *what);
#define WORLD_BUG_ON(world, cond)                                                                  \
	do {                                                                                       \
		if (__builtin_expect(!!(cond), 0))                                                 \
			world_bug(world, #cond);                                                   \
	} while (0)

/* Interrupts: raised by hardware at any moment, run when no spinlock is held and at the end of
 * every op. */
void world_raise_irq(struct world *world, unsigned irq);
void world_run_irqs(struct world *world);
/* Interrupts and all that was put off, until nothing is left. At the end of every op. */
void world_settle(struct world *world);

#endif
