/* SPDX-License-Identifier: GPL-2.0-only */
/* The first member of struct task_struct (CONFIG_THREAD_INFO_IN_TASK). */
#ifndef _ASM_THREAD_INFO_H
#define _ASM_THREAD_INFO_H

#define THREAD_SIZE_ORDER 2
#define THREAD_SIZE	  (4096UL << THREAD_SIZE_ORDER)

#ifndef __ASSEMBLY__
/* Zeroes are a running task: preemptible. */
struct thread_info {
	unsigned long flags;
	int preempt_count;
	unsigned int cpu;
};
#define INIT_THREAD_INFO(task)                                                                     \
	{                                                                                          \
		.flags = 0                                                                         \
	}
#endif

#define TIF_SIGPENDING	    0
#define TIF_NEED_RESCHED    1
#define TIF_NOTIFY_RESUME   2
#define TIF_NOTIFY_SIGNAL   3
#define TIF_RESTORE_SIGMASK 4
#define TIF_SYSCALL_TRACE   5
#define TIF_MEMDIE	    6

#define _TIF_SIGPENDING	   (1 << TIF_SIGPENDING)
#define _TIF_NEED_RESCHED  (1 << TIF_NEED_RESCHED)
#define _TIF_NOTIFY_RESUME (1 << TIF_NOTIFY_RESUME)
#define _TIF_NOTIFY_SIGNAL (1 << TIF_NOTIFY_SIGNAL)

#endif
