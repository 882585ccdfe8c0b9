/* SPDX-License-Identifier: GPL-2.0-only */
/* Switching address spaces: the world's CPUs do it; here is only what the SMMU driver includes. */
#ifndef _ASM_MMU_CONTEXT_H
#define _ASM_MMU_CONTEXT_H

#include <asm/arm64_subset.h>
#include <asm/current.h>
#include <asm/mmu.h>

struct mm_struct;
struct task_struct;

static inline void switch_mm(struct mm_struct *prev, struct mm_struct *next,
			     struct task_struct *task)
{
}

#include <asm-generic/mmu_context.h>

#endif
