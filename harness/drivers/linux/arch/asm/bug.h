/* SPDX-License-Identifier: GPL-2.0-only */
/* Every BUG and WARN becomes a call of the shim. */
#ifndef _ASM_BUG_H
#define _ASM_BUG_H

#include <asm/linux_shim.h>

#define HAVE_ARCH_BUG
#define BUG() linux_shim_bug(__FILE__, __LINE__, __func__)

/* With __WARN_FLAGS, linux/bug.h leaves "once" to the trap handler: here there is no once. */
#define __WARN_FLAGS(flags)                                                                        \
	do {                                                                                       \
		(void)(flags);                                                                     \
		linux_shim_warn(__FILE__, __LINE__, __func__);                                     \
	} while (0)

#include <asm-generic/bug.h>

#endif
