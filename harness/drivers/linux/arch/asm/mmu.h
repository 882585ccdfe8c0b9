/* SPDX-License-Identifier: GPL-2.0-only */
/* The architecture's part of struct mm_struct, as in arch/arm64. */
#ifndef _ASM_MMU_H
#define _ASM_MMU_H

#include <linux/refcount.h>
#include <linux/types.h>

typedef struct {
	atomic64_t id; /* generation and ASID */
	refcount_t pinned;
} mm_context_t;

/* Without KPTI an mm needs one ASID. */
static inline bool arm64_kernel_unmapped_at_el0(void)
{
	return false;
}

#endif
