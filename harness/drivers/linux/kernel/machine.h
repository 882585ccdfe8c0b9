/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine that the kernel finds: SMMUs and endpoints as devices of their buses, address spaces
 * as mm_structs. Shared by the files that make them and those that answer for them.
 */
#ifndef SVAFUZZ_LINUX_MACHINE_H
#define SVAFUZZ_LINUX_MACHINE_H

#include "shim.h"

#include <linux/device.h>
#include <linux/interrupt.h>
#include <linux/mm_types.h>
#include <linux/of.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/workqueue.h>

/* 6.12 took buses, drivers and devices that are only looked at as const. */
#if LINUX_SHIM_VERSION < 612
#define shim_const
#else
#define shim_const const
#endif

/* An SMMU of the device tree. */
struct shim_smmu {
	struct platform_device pdev;
	struct resource registers;
	unsigned int index;
};

/* An endpoint; dev->platform_data points here (of an SMMU it is NULL). */
struct shim_endpoint {
	struct linux_device_desc desc;
	unsigned int index;
	union {
		struct pci_dev pci;
		struct platform_device platform;
	};
};

static inline struct shim_endpoint *shim_endpoint(const struct device *dev)
{
	return dev->platform_data;
}

/* bringup.c; the contracts are those of struct linux_image. */
int shim_bring_up(void);
int shim_smmu_add(unsigned int index);
void shim_smmu_shutdown(unsigned int index);
void shim_smmu_remove(unsigned int index);
int shim_device_add(unsigned int index, const struct linux_device_desc *desc);
void shim_device_remove(unsigned int index);
struct device *shim_device(unsigned int index); /* NULL: not there */
/* The n-th device in the order in which they appeared; NULL behind the last. */
struct device *shim_nth_device(unsigned int n);

/* device.c; release() frees it with the last reference, that of put_device() of its maker. */
int shim_device_init(struct device *dev, shim_const struct bus_type *bus,
		     void (*release)(struct device *dev), const char *name, unsigned int index);
void shim_bus_notify(struct device *dev, unsigned long event);

/* platform.c: the driver that init_module() registered. */
extern struct platform_driver *shim_smmu_driver;

/* devres.c: what a driver leaves behind, last first. */
void shim_devres_release_all(struct device *dev);

/* mmio.c: where the registers of an SMMU are on the bus. */
enum { SHIM_MMIO_SIZE = 0x20000 };
resource_size_t shim_mmio_base(unsigned int smmu);

/* irq.c: wires of an SMMU. */
enum { SHIM_WIRE_EVTQ, SHIM_WIRE_PRIQ, SHIM_WIRE_GERROR, SHIM_WIRES };
unsigned int shim_irq(unsigned int smmu, unsigned int wire);
void shim_interrupt(unsigned int irq);

/* mm.c */
int shim_mm_create(unsigned int index, unsigned long root);
void shim_mm_invalidate(unsigned int index, unsigned long start, unsigned long end);
void shim_mm_release(unsigned int index);
unsigned int shim_mm_pasid(unsigned int index);
struct mm_struct *shim_mm(unsigned int index); /* NULL: not there */

/* cpu.c */
void shim_set_cpu(const struct linux_machine *machine);

/* asid.c */
void shim_asid_init(unsigned int bits);

#endif
