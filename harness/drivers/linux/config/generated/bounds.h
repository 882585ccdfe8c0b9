/* SPDX-License-Identifier: GPL-2.0-only */
/* Sizes that the kernel's build computes with kernel/bounds.c, for our configuration. */
#if LINUX_SHIM_VERSION < 612
#define NR_PAGEFLAGS 23
#else
#define NR_PAGEFLAGS 20
#endif
#define MAX_NR_ZONES	 2
#define SPINLOCK_SIZE	 24
#define LRU_GEN_WIDTH	 0
#define __LRU_REFS_WIDTH 0
