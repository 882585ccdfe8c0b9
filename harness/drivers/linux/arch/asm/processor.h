/* SPDX-License-Identifier: GPL-2.0-only */
/* Task addresses, and the busy wait. */
#ifndef _ASM_PROCESSOR_H
#define _ASM_PROCESSOR_H

#include <asm/linux_shim.h>
#include <asm/page.h>

#define TASK_SIZE	   (1UL << 48)
#define TASK_UNMAPPED_BASE (TASK_SIZE / 4)
#define STACK_TOP	   TASK_SIZE
#define STACK_TOP_MAX	   TASK_SIZE

#ifndef __ASSEMBLY__
struct thread_struct {
	unsigned long unused;
};
#define INIT_THREAD                                                                                \
	{                                                                                          \
		0                                                                                  \
	}

#define cpu_relax() linux_shim_cpu_relax()

#define KSTK_EIP(task) 0
#define KSTK_ESP(task) 0
#endif

#endif
