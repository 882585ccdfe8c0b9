/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the mini-architecture asks of the kernel-side shim. An architecture of the kernel would do
 * these things with instructions; here the shim does, and the world behind it.
 */
#ifndef _ASM_LINUX_SHIM_H
#define _ASM_LINUX_SHIM_H

#ifndef __ASSEMBLY__

#include <linux/types.h>

struct page;
struct task_struct;

/* The task that runs: `current`. Never NULL while kernel code runs. */
extern struct task_struct *linux_shim_current;

/* RAM that hardware can see, [start, end), and the struct page that frame number 0 would have. */
extern unsigned long linux_shim_ram_start;
extern unsigned long linux_shim_ram_end;
extern struct page *linux_shim_vmemmap;

/* The CPU as the SMMU driver sees it: fields of ID registers, so that a trace can choose them. */
struct linux_shim_cpu {
	u64 mmfr0;		    /* ID_AA64MMFR0_EL1: PARange [3:0], ASIDBits [7:4] */
	u64 mair_el1;		    /* MAIR_EL1 */
	unsigned int vabits_actual; /* 48 or 52 */
	bool vhe;		    /* the kernel runs at EL2 */
};
extern struct linux_shim_cpu linux_shim_cpu;

/* BUG() and WARN(); a warning fires every time, whatever its _ONCE says. */
void linux_shim_bug(const char *file, int line, const char *function) __attribute__((noreturn));
void linux_shim_warn(const char *file, int line, const char *function);

/* Registers. `address` is what ioremap() gave, size 1, 2, 4 or 8. */
u64 linux_shim_mmio_read(const volatile void *address, unsigned int size);
void linux_shim_mmio_write(volatile void *address, u64 value, unsigned int size);

/* local_irq_save() and its kin: ARCH_IRQ_ENABLED or ARCH_IRQ_DISABLED. */
unsigned long linux_shim_irq_flags(void);
void linux_shim_irq_restore(unsigned long flags);

/* The next store goes to RAM: stores that the compiler announces itself are not passed here. */
void linux_shim_store(const volatile void *address, unsigned int size);

/* One turn of a busy wait: cpu_relax(), wfe(). */
void linux_shim_cpu_relax(void);

#endif /* __ASSEMBLY__ */
#endif
