// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers. ioremap() gives addresses that nothing is at; the accessors turn them back into an
 * SMMU and an offset.
 */
#include "machine.h"

#include <asm/linux_shim.h>
#include <linux/io.h>

/* On the bus, and as the kernel's virtual address: where arm64 has its vmalloc area. */
#define BUS_BASE     0x10000000UL
#define VIRTUAL_BASE 0xffff800000000000UL

resource_size_t shim_mmio_base(unsigned int smmu)
{
	return BUS_BASE + smmu * SHIM_MMIO_SIZE;
}

void __iomem *ioremap(phys_addr_t address, size_t size)
{
	return (void __iomem *)(VIRTUAL_BASE + address);
}

void iounmap(volatile void __iomem *address)
{
}

/* lib/devres.c; the region stays with the driver until it lets go of everything. */
void __iomem *devm_ioremap_resource(struct device *dev, const struct resource *res)
{
	if (!res || resource_type(res) != IORESOURCE_MEM)
		return IOMEM_ERR_PTR(-EINVAL);
	/* The mapping's place in devres, for the allocation that may fail. */
	if (!devm_kmalloc(dev, sizeof(void *), GFP_KERNEL))
		return IOMEM_ERR_PTR(-ENOMEM);
	return ioremap(res->start, resource_size(res));
}

static unsigned long bus_offset(const volatile void *address)
{
	unsigned long offset = (unsigned long)address - VIRTUAL_BASE - BUS_BASE;

	if (offset >= LINUX_MAX_SMMUS * SHIM_MMIO_SIZE)
		shim_fail(LINUX_FAIL_BUG, "register access at %p, where no SMMU is", address);
	return offset;
}

u64 linux_shim_mmio_read(const volatile void *address, unsigned int size)
{
	unsigned long offset = bus_offset(address);

	if (size < 4)
		shim_fail(LINUX_FAIL_BUG, "register read of %u bytes", size);
	return shim_host->mmio_read(shim_host->ctx, offset / SHIM_MMIO_SIZE,
				    offset % SHIM_MMIO_SIZE, size);
}

void linux_shim_mmio_write(volatile void *address, u64 value, unsigned int size)
{
	unsigned long offset = bus_offset(address);

	if (size < 4)
		shim_fail(LINUX_FAIL_BUG, "register write of %u bytes", size);
	shim_host->mmio_write(shim_host->ctx, offset / SHIM_MMIO_SIZE, offset % SHIM_MMIO_SIZE,
			      size, value);
}
