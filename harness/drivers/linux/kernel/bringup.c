// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bring-up: the initcalls, then SMMUs and endpoints that come and go as the driver core would have
 * them (drivers/base/core.c, drivers/base/dd.c, drivers/of).
 */
#include "machine.h"

#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/radix-tree.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/srcu.h>

/* Static initcalls, made global by the build. */
int iommu_init(void);
int iommu_subsys_init(void);
/* Of arm-smmu-v3.c, built as a module. */
int init_module(void);

/* Everything on the buses in the order in which it appeared. */
static struct device *devices[LINUX_MAX_SMMUS + LINUX_MAX_DEVICES];
static unsigned int num_devices;

static struct shim_smmu *smmus[LINUX_MAX_SMMUS];
static struct device_node smmu_nodes[LINUX_MAX_SMMUS];
static struct shim_endpoint *endpoints[LINUX_MAX_DEVICES];
static struct pci_bus root_bus;

int shim_bring_up(void)
{
	static const struct fwnode_operations no_operations;
	int error;

	for (unsigned int i = 0; i < LINUX_MAX_SMMUS; i++)
		fwnode_init(&smmu_nodes[i].fwnode, &no_operations);
	radix_tree_init();
	srcu_init();
	rcu_scheduler_starting();
	error = iommu_init();
	if (!error)
		error = iommu_subsys_init();
	if (!error)
		error = init_module();
	return error;
}

struct device *shim_nth_device(unsigned int n)
{
	return n < num_devices ? devices[n] : NULL;
}

static struct device *endpoint_device(struct shim_endpoint *ep)
{
	return ep->desc.pci ? &ep->pci.dev : &ep->platform.dev;
}

struct device *shim_device(unsigned int index)
{
	return index < LINUX_MAX_DEVICES && endpoints[index] ? endpoint_device(endpoints[index])
							     : NULL;
}

static void appear(struct device *dev)
{
	devices[num_devices++] = dev;
}

static void disappear(struct device *dev)
{
	unsigned int i = 0;

	while (devices[i] != dev)
		i++;
	memmove(devices + i, devices + i + 1, (--num_devices - i) * sizeof(*devices));
}

/* SMMUs. */
static void smmu_release(struct device *dev)
{
	kfree(container_of(to_platform_device(dev), struct shim_smmu, pdev));
}

/* device_unbind_cleanup() */
static void unbind(struct device *dev)
{
	shim_devres_release_all(dev);
	dev_set_drvdata(dev, NULL);
	dev->driver = NULL;
}

static struct shim_smmu *smmu_alloc(unsigned int index)
{
	struct shim_smmu *smmu = shim_alloc(sizeof(*smmu), GFP_KERNEL);
	struct platform_device *pdev;

	if (!smmu)
		return NULL;
	pdev = &smmu->pdev;
	pdev->id = index;
	pdev->name = "arm-smmu-v3";
	smmu->registers.start = shim_mmio_base(index);
	smmu->registers.end = smmu->registers.start + SHIM_MMIO_SIZE - 1;
	smmu->registers.flags = IORESOURCE_MEM;
	pdev->resource = &smmu->registers;
	pdev->num_resources = 1;
	if (shim_device_init(&pdev->dev, &platform_bus_type, smmu_release, pdev->name, index)) {
		put_device(&pdev->dev);
		return NULL;
	}
	pdev->dev.of_node = &smmu_nodes[index];
	pdev->dev.fwnode = &smmu_nodes[index].fwnode;
	return smmu;
}

int shim_smmu_add(unsigned int index)
{
	struct shim_smmu *smmu;
	struct device *dev;
	int error;

	if (index >= LINUX_MAX_SMMUS || smmus[index])
		return -EINVAL;
	smmu = smmu_alloc(index);
	if (!smmu)
		return -ENOMEM;
	dev = &smmu->pdev.dev;
	dev->driver = &shim_smmu_driver->driver;
	appear(dev);
	error = shim_smmu_driver->probe(&smmu->pdev);
	if (error) {
		unbind(dev);
		disappear(dev);
		put_device(dev);
		return error;
	}
	smmus[index] = smmu;
	return 0;
}

void shim_smmu_shutdown(unsigned int index)
{
	shim_smmu_driver->shutdown(&smmus[index]->pdev);
}

void shim_smmu_remove(unsigned int index)
{
	struct platform_device *pdev = &smmus[index]->pdev;

#if LINUX_SHIM_VERSION < 612
	shim_smmu_driver->remove(pdev);
#else
	shim_smmu_driver->remove_new(pdev);
#endif
	unbind(&pdev->dev);
	disappear(&pdev->dev);
	smmus[index] = NULL;
	put_device(&pdev->dev);
}

/* Endpoints. */
static void endpoint_release(struct device *dev)
{
	kfree(shim_endpoint(dev));
}

static struct shim_endpoint *endpoint_alloc(unsigned int index,
					    const struct linux_device_desc *desc)
{
	struct shim_endpoint *ep = shim_alloc(sizeof(*ep), GFP_KERNEL);
	struct device *dev;
	int error;

	if (!ep)
		return NULL;
	ep->index = index;
	ep->desc = *desc;
	dev = endpoint_device(ep);
	dev->platform_data = ep;
	if (desc->pci) {
		ep->pci.bus = &root_bus;
		ep->pci.devfn = desc->stream[0] & 0xff;
		error = shim_device_init(dev, &pci_bus_type, endpoint_release, "pci", index);
	} else {
		ep->platform.id = index;
		error = shim_device_init(dev, &platform_bus_type, endpoint_release, "platform",
					 index);
	}
	if (error) {
		put_device(dev);
		return NULL;
	}
	return ep;
}

/* of_iommu_configure() and arm_smmu_of_xlate(): which SMMU, which streams. */
static int configure(struct device *dev, const struct linux_device_desc *desc)
{
	struct fwnode_handle *fwnode = &smmu_nodes[desc->smmu].fwnode;
	u32 streams[LINUX_MAX_STREAMS];
	int error;

	for (unsigned int i = 0; i < desc->num_streams; i++)
		streams[i] = desc->stream[i];
#if LINUX_SHIM_VERSION < 612
	if (!iommu_ops_from_fwnode(fwnode))
		return -EPROBE_DEFER;
	error = iommu_fwspec_init(dev, fwnode, iommu_ops_from_fwnode(fwnode));
#else
	error = iommu_fwspec_init(dev, fwnode);
#endif
	if (error)
		return error;
	error = iommu_fwspec_add_ids(dev, streams, desc->num_streams);
	if (error)
		return error;
	/* of_pci_check_device_ats() */
	if (desc->pci && desc->ats)
		dev_iommu_fwspec_get(dev)->flags |= IOMMU_FWSPEC_PCI_RC_ATS;
	return 0;
}

/*
 * What configure() made for a device that no SMMU took: 6.12 frees it in of_iommu_configure(), 6.1
 * leaves it for iommu_release_device(), which would look for an SMMU in it.
 */
static void unconfigure(struct device *dev)
{
	if (!dev->iommu || dev->iommu->iommu_dev)
		return;
	iommu_fwspec_free(dev);
	kfree(dev->iommu);
	dev->iommu = NULL;
}

int shim_device_add(unsigned int index, const struct linux_device_desc *desc)
{
	struct shim_endpoint *ep;
	struct device *dev;
	int error;

	if (index >= LINUX_MAX_DEVICES || endpoints[index] || desc->smmu >= LINUX_MAX_SMMUS ||
	    desc->num_streams > LINUX_MAX_STREAMS)
		return -EINVAL;
	ep = endpoint_alloc(index, desc);
	if (!ep)
		return -ENOMEM;
	dev = endpoint_device(ep);
	mutex_lock(&iommu_probe_device_lock);
	error = configure(dev, desc);
	mutex_unlock(&iommu_probe_device_lock);
	if (!error) {
		appear(dev);
		error = iommu_probe_device(dev);
		if (error)
			disappear(dev);
	}
	if (error) {
		unconfigure(dev);
		put_device(dev);
		return error;
	}
	endpoints[index] = ep;
	return 0;
}

/* device_del(): off the bus first, then everybody is told. */
void shim_device_remove(unsigned int index)
{
	struct device *dev = shim_device(index);

	if (!dev)
		return;
	endpoints[index] = NULL;
	disappear(dev);
	shim_bus_notify(dev, BUS_NOTIFY_REMOVED_DEVICE);
	put_device(dev);
}
