// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device core as far as the IOMMU layer looks at it: buses and their notifiers, lifetime of a
 * device, finding one, and its properties (drivers/base, drivers/of).
 */
#include "machine.h"

#include <linux/of_address.h>
#include <linux/property.h>

shim_const struct bus_type platform_bus_type = {.name = "platform"};
shim_const struct bus_type pci_bus_type = {.name = "pci"};

/*
 * Lifetime. A device is freed when the last reference goes, by lib/kobject.c; whoever still uses it
 * then is found by the sanitizer.
 */
static void device_release(struct kobject *kobj)
{
	struct device *dev = kobj_to_dev(kobj);

	dev->release(dev);
}

static const struct kobj_type device_ktype = {.release = device_release};

int shim_device_init(struct device *dev, shim_const struct bus_type *bus,
		     void (*release)(struct device *dev), const char *name, unsigned int index)
{
	kobject_init(&dev->kobj, &device_ktype);
	mutex_init(&dev->mutex);
	spin_lock_init(&dev->devres_lock);
	INIT_LIST_HEAD(&dev->devres_head);
	dev->bus = bus;
	dev->release = release;
	return kobject_set_name(&dev->kobj, "%s.%u", name, index);
}

struct device *get_device(struct device *dev)
{
	return dev ? kobj_to_dev(kobject_get(&dev->kobj)) : NULL;
}

void put_device(struct device *dev)
{
	if (dev)
		kobject_put(&dev->kobj);
}

bool device_is_bound(struct device *dev)
{
	return dev->driver;
}

/* Buses. */
static struct {
	const struct bus_type *bus;
	struct notifier_block *nb;
} notifiers[4];

int bus_register_notifier(shim_const struct bus_type *bus, struct notifier_block *nb)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(notifiers); i++) {
		if (notifiers[i].nb)
			continue;
		notifiers[i].bus = bus;
		notifiers[i].nb = nb;
		return 0;
	}
	shim_fail(LINUX_FAIL_BUG, "shim: more than %zu bus notifiers", ARRAY_SIZE(notifiers));
}

void shim_bus_notify(struct device *dev, unsigned long event)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(notifiers); i++)
		if (notifiers[i].nb && notifiers[i].bus == dev->bus)
			notifiers[i].nb->notifier_call(notifiers[i].nb, event, dev);
}

int bus_for_each_dev(shim_const struct bus_type *bus, struct device *start, void *data,
		     int (*fn)(struct device *dev, void *data))
{
	struct device *dev;
	int error;

	for (unsigned int i = 0; (dev = shim_nth_device(i)); i++) {
		if (dev->bus != bus)
			continue;
		error = fn(dev, data);
		if (error)
			return error;
	}
	return 0;
}

struct device *driver_find_device(shim_const struct device_driver *drv, struct device *start,
				  const void *data, int (*match)(struct device *, const void *))
{
	struct device *dev;

	for (unsigned int i = 0; (dev = shim_nth_device(i)); i++)
		if (dev->driver == drv && match(dev, data))
			return get_device(dev);
	return NULL;
}

int device_match_fwnode(struct device *dev, const void *fwnode)
{
	return fwnode && dev_fwnode(dev) == fwnode;
}

/* Firmware nodes: static device tree nodes of SMMUs, which never go. */
struct fwnode_handle *__dev_fwnode(struct device *dev)
{
	return dev->fwnode;
}

struct fwnode_handle *fwnode_handle_get(struct fwnode_handle *fwnode)
{
	return fwnode;
}

#if LINUX_SHIM_VERSION < 612
void fwnode_handle_put(struct fwnode_handle *fwnode)
{
}
#endif

/* Properties of a platform endpoint; a PCI function has capabilities instead. */
static const struct linux_device_desc *platform_desc(const struct device *dev)
{
	const struct shim_endpoint *ep = shim_endpoint(dev);

	return ep && !ep->desc.pci ? &ep->desc : NULL;
}

int device_property_read_u32_array(shim_const struct device *dev, const char *name, u32 *value,
				   size_t count)
{
	const struct linux_device_desc *desc = platform_desc(dev);

	if (!desc || !desc->pasid_bits || strcmp(name, "pasid-num-bits"))
		return -EINVAL;
	if (!value)
		return 1;
	*value = desc->pasid_bits;
	return 0;
}

bool device_property_present(shim_const struct device *dev, const char *name)
{
	const struct shim_endpoint *ep = shim_endpoint(dev);

	/* Also of PCI functions: quirk_huawei_pcie_sva() gives it to some. */
	return ep && ep->desc.can_stall && !strcmp(name, "dma-can-stall");
}

/* Properties of an SMMU: coherent, one cell, no quirks. */
struct property *of_find_property(const struct device_node *np, const char *name, int *length)
{
	return NULL;
}

int of_property_read_variable_u32_array(const struct device_node *np, const char *name, u32 *values,
					size_t min, size_t max)
{
	if (strcmp(name, "#iommu-cells"))
		return -EINVAL;
	*values = 1;
	return 0;
}

bool of_dma_is_coherent(struct device_node *np)
{
	return true;
}
