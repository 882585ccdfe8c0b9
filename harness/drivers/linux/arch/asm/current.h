/* SPDX-License-Identifier: GPL-2.0-only */
/* `current`: the task that the shim runs. */
#ifndef _ASM_CURRENT_H
#define _ASM_CURRENT_H

#include <asm/linux_shim.h>

#define current linux_shim_current

#endif
