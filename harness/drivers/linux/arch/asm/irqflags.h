/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupt masking: calls of the shim, for the world delivers no interrupt meanwhile. */
#ifndef _ASM_IRQFLAGS_H
#define _ASM_IRQFLAGS_H

#include <linux/compiler.h>
#include <asm/linux_shim.h>

#define ARCH_IRQ_DISABLED 0
#define ARCH_IRQ_ENABLED  1

static __always_inline unsigned long arch_local_save_flags(void)
{
	return linux_shim_irq_flags();
}
#define arch_local_save_flags arch_local_save_flags

static __always_inline void arch_local_irq_restore(unsigned long flags)
{
	linux_shim_irq_restore(flags);
}
#define arch_local_irq_restore arch_local_irq_restore

#include <asm-generic/irqflags.h>

#endif
