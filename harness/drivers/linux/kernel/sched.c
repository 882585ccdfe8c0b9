// SPDX-License-Identifier: GPL-2.0-only
/*
 * The task, where it may sleep, and time. Time is virtual: it stands still but for who looks at it
 * or waits for it, so a timeout ends after a number of looks that no machine can change.
 */
#include "shim.h"

#include <linux/capability.h>
#include <linux/cpuhotplug.h>
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/timekeeping.h>

/* One task; the kernel code sees who runs only by current->mm. */
static struct task_struct task = {.comm = "svafuzz", .usage = REFCOUNT_INIT(1)};
struct task_struct *linux_shim_current = &task;

static ktime_t now;

enum {
	LOOK_NS = 1000,	       /* a look at the clock */
	RELAX_NS = 100,	       /* cpu_relax() */
	TICK_NS = 1000 * 1000, /* a sleep lasts until a timer tick at least */
};

static void check_atomic(void)
{
	if (irqs_disabled())
		shim_fail(LINUX_FAIL_ATOMIC, "sleeps with interrupts off");
	if (in_hardirq())
		shim_fail(LINUX_FAIL_ATOMIC, "sleeps in an interrupt handler");
	if (in_softirq())
		shim_fail(LINUX_FAIL_ATOMIC, "sleeps with bottom halves off or in an RCU callback");
}

void shim_might_sleep(void)
{
	check_atomic();
	/* Spinlocks are the host's: it knows how many. */
	(shim_host->might_sleep)(shim_host->ctx); /* not the macro */
	if (preempt_count())
		shim_fail(LINUX_FAIL_ATOMIC,
			  "sleeps in an RCU read section or with preemption off");
}

void shim_wait(int (*done)(void *arg), void *arg, const char *what)
{
	shim_host->wait(shim_host->ctx, done, arg, what);
}

void shim_irq_enter(void)
{
	preempt_count_add(HARDIRQ_OFFSET);
	shim_host->spin(shim_host->ctx, 1);
}

void shim_irq_exit(void)
{
	preempt_count_sub(HARDIRQ_OFFSET);
	shim_host->spin(shim_host->ctx, -1);
}

/* CONFIG_DEBUG_ATOMIC_SLEEP: might_sleep() and cond_resched() of the kernel. */

void __might_sleep(const char *file, int line)
{
	shim_might_sleep();
}

void __might_resched(const char *file, int line, unsigned int offsets)
{
	shim_might_sleep();
}

int __cond_resched(void)
{
	shim_might_sleep();
	return 0;
}

void __put_task_struct(struct task_struct *unused)
{
	shim_unexpected();
}

/* Everybody may do everything; the kernel asks for writes to sysfs only. */
bool capable(int capability)
{
	return true;
}

/* The CPU neither comes nor goes. */
int __cpuhp_setup_state(enum cpuhp_state state, const char *name, bool invoke,
			int (*startup)(unsigned int cpu), int (*teardown)(unsigned int cpu),
			bool multi_instance)
{
	return 0;
}

ktime_t ktime_get(void)
{
	now += LOOK_NS;
	return now;
}

void linux_shim_cpu_relax(void)
{
	now += RELAX_NS;
	shim_host->relax(shim_host->ctx);
}

void __udelay(unsigned long microseconds)
{
	now += microseconds * NSEC_PER_USEC;
	shim_host->relax(shim_host->ctx);
}

void __ndelay(unsigned long nanoseconds)
{
	now += nanoseconds;
	shim_host->relax(shim_host->ctx);
}

/* udelay() of a constant, which asm-generic/delay.h scales by 2^32 / 10^6. */
void __const_udelay(unsigned long scaled)
{
	__udelay(scaled / 0x10c7ul);
}

static void sleep_ns(u64 nanoseconds)
{
	shim_might_sleep();
	now += max_t(u64, nanoseconds, TICK_NS);
	shim_host->relax(shim_host->ctx);
}

void usleep_range_state(unsigned long min, unsigned long max, unsigned int state)
{
	sleep_ns(min * NSEC_PER_USEC);
}

void msleep(unsigned int milliseconds)
{
	sleep_ns((u64)milliseconds * NSEC_PER_MSEC);
}
