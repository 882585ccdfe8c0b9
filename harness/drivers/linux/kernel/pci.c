// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI functions: ATS and PASID capabilities with the checks of drivers/pci/ats.c, and what groups
 * are made of: DMA aliases and ACS (drivers/pci/search.c).
 */
#include "machine.h"

#include <linux/pci-ats.h>

/* All functions are on the root bus, behind ports with ACS. */
static struct shim_endpoint *endpoint(struct pci_dev *pdev)
{
	return shim_endpoint(&pdev->dev);
}

bool pci_ats_supported(struct pci_dev *pdev)
{
	return endpoint(pdev)->desc.ats;
}

#if LINUX_SHIM_VERSION >= 612
int pci_prepare_ats(struct pci_dev *pdev, int ps)
{
	if (!pci_ats_supported(pdev))
		return -EINVAL;
	if (WARN_ON(pdev->ats_enabled))
		return -EBUSY;
	if (ps < PCI_ATS_MIN_STU)
		return -EINVAL;
	pdev->ats_stu = ps;
	return 0;
}
#endif

int pci_enable_ats(struct pci_dev *pdev, int ps)
{
	int error;

	if (!pci_ats_supported(pdev))
		return -EINVAL;
	if (WARN_ON(pdev->ats_enabled))
		return -EBUSY;
	if (ps < PCI_ATS_MIN_STU)
		return -EINVAL;
	error = shim_host->set_ats(shim_host->ctx, endpoint(pdev)->index, 1);
	if (error)
		return error;
	pdev->ats_stu = ps;
	pdev->ats_enabled = 1;
	return 0;
}

void pci_disable_ats(struct pci_dev *pdev)
{
	if (WARN_ON(!pdev->ats_enabled))
		return;
	shim_host->set_ats(shim_host->ctx, endpoint(pdev)->index, 0);
	pdev->ats_enabled = 0;
}

int pci_max_pasids(struct pci_dev *pdev)
{
	unsigned int bits = endpoint(pdev)->desc.pasid_bits;

	return bits ? 1 << bits : -EINVAL;
}

/* Neither execute nor privileged requests. */
int pci_pasid_features(struct pci_dev *pdev)
{
	return endpoint(pdev)->desc.pasid_bits ? 0 : -EINVAL;
}

int pci_enable_pasid(struct pci_dev *pdev, int features)
{
	int error;

	if (WARN_ON(pdev->pasid_enabled))
		return -EBUSY;
	if (!endpoint(pdev)->desc.pasid_bits || features)
		return -EINVAL;
	error = shim_host->set_pasid(shim_host->ctx, endpoint(pdev)->index, 1);
	if (error)
		return error;
	pdev->pasid_features = features;
	pdev->pasid_enabled = 1;
	return 0;
}

void pci_disable_pasid(struct pci_dev *pdev)
{
	if (WARN_ON(!pdev->pasid_enabled))
		return;
	shim_host->set_pasid(shim_host->ctx, endpoint(pdev)->index, 0);
	pdev->pasid_enabled = 0;
}

bool pci_acs_enabled(struct pci_dev *pdev, u16 acs_flags)
{
	return true;
}

bool pci_acs_path_enabled(struct pci_dev *start, struct pci_dev *end, u16 acs_flags)
{
	return true;
}

bool pci_devs_are_dma_aliases(struct pci_dev *dev1, struct pci_dev *dev2)
{
	unsigned int group = endpoint(dev1)->desc.alias_group;

	return group && group == endpoint(dev2)->desc.alias_group;
}

int pci_for_each_dma_alias(struct pci_dev *pdev,
			   int (*fn)(struct pci_dev *pdev, u16 alias, void *data), void *data)
{
	return fn(pdev, pci_dev_id(pdev), data);
}

void pci_dev_put(struct pci_dev *pdev)
{
	if (pdev)
		put_device(&pdev->dev);
}

/* The function behind `from`, whose reference goes. */
struct pci_dev *pci_get_device(unsigned int vendor, unsigned int device, struct pci_dev *from)
{
	struct pci_dev *found = NULL;
	struct device *dev;
	bool behind = !from;

	for (unsigned int i = 0; !found && (dev = shim_nth_device(i)); i++) {
		if (!dev_is_pci(dev))
			continue;
		if (behind)
			found = to_pci_dev(get_device(dev));
		behind |= to_pci_dev(dev) == from;
	}
	pci_dev_put(from);
	return found;
}
