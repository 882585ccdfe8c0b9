/* SPDX-License-Identifier: GPL-2.0-only */
/* Widths that linux/mmzone.h and page flags are laid out by. */
#ifndef _ASM_SPARSEMEM_H
#define _ASM_SPARSEMEM_H

#define SECTION_SIZE_BITS 30
#define MAX_PHYSMEM_BITS  48

#endif
