/* SPDX-License-Identifier: GPL-2.0-only */
/* Barriers: the emulated hardware shares our memory, so all are full fences, and wfe() waits. */
#ifndef _ASM_BARRIER_H
#define _ASM_BARRIER_H

#include <asm/linux_shim.h>

#define mb()	   __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define __smp_mb() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define __iomb()   __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define dmb(kind)  __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define dsb(kind)  __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define wfe()	   linux_shim_cpu_relax()

#include <asm-generic/barrier.h>

#endif
