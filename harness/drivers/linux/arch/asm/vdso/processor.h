/* SPDX-License-Identifier: GPL-2.0-only */
/* cpu_relax() for headers that are shared with the vDSO. */
#include <asm/processor.h>
