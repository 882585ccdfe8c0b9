/* SPDX-License-Identifier: GPL-2.0-only */
/* Accessors of registers; asm-generic/io.h makes readl(), writel_relaxed() and so on of these. */
#ifndef _ASM_IO_H
#define _ASM_IO_H

#include <linux/types.h>
#include <asm/linux_shim.h>
#include <asm/page.h>

#define __raw_readb(address) ((u8)linux_shim_mmio_read(address, 1))
#define __raw_readw(address) ((u16)linux_shim_mmio_read(address, 2))
#define __raw_readl(address) ((u32)linux_shim_mmio_read(address, 4))
#define __raw_readq(address) ((u64)linux_shim_mmio_read(address, 8))

#define __raw_writeb(value, address) linux_shim_mmio_write(address, value, 1)
#define __raw_writew(value, address) linux_shim_mmio_write(address, value, 2)
#define __raw_writel(value, address) linux_shim_mmio_write(address, value, 4)
#define __raw_writeq(value, address) linux_shim_mmio_write(address, value, 8)

void __iomem *ioremap(phys_addr_t address, size_t size);
void iounmap(volatile void __iomem *address);
#define ioremap ioremap
#define iounmap iounmap

#include <asm-generic/io.h>

#endif
