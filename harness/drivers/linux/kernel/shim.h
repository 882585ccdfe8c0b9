/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the shim share. The shim defines, under their kernel names, the symbols that
 * the unmodified kernel objects leave undefined; what is declared here are only its own helpers.
 * They keep no state but static variables, which the host saves and restores with the image.
 */
#ifndef SVAFUZZ_LINUX_SHIM_H
#define SVAFUZZ_LINUX_SHIM_H

#include "../image.h"

#include <linux/types.h>

#ifndef LINUX_SHIM_VERSION
#error "LINUX_SHIM_VERSION is 601 or 612"
#endif

struct device;

/* The host; a table of nothing until shim_boot_host(). */
extern const struct linux_host *shim_host;

/* First step of boot(): the host, and the struct pages of its RAM (memory.c). */
void shim_boot_host(const struct linux_host *host, void *pages);

/* The trace ends with a finding (complain.c). */
void __noreturn shim_fail(enum linux_failure failure, const char *fmt, ...) __printf(2, 3);
/* The kernel asked for something that the shim has no answer for. */
#define shim_unexpected() shim_fail(LINUX_FAIL_BUG, "shim: unexpected call of %s()", __func__)
/* One line for whoever reads the log. */
void shim_log(const char *fmt, ...) __printf(1, 2);

/* A point where the caller may sleep: a finding in atomic context (sched.c). */
void shim_might_sleep(void);
/* Sleep until done(arg), which must not change anything. `what` is for the report. */
void shim_wait(int (*done)(void *arg), void *arg, const char *what);
/* Interrupt handlers run between these: in_hardirq(), nothing sleeps. */
void shim_irq_enter(void);
void shim_irq_exit(void);

/* Zeroed kernel memory with the rules of kmalloc(); freed by kfree() (memory.c). */
void *shim_alloc(size_t size, gfp_t flags);
/* Zeroed RAM that hardware sees; a finding is the host's if freed with another order. */
void *shim_alloc_frames(unsigned int order, enum linux_frames kind, gfp_t flags);
void shim_free_frames(void *address, unsigned int order);

/*
 * Deferred work (deferred.c) is the kernel's own API: INIT_WORK() and schedule_work(), call_rcu().
 * All of it is one queue in the order of queueing; this runs the first. 0: there is none.
 */
int shim_run_pending(void);

#endif
