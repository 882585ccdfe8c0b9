// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the IOMMU core asks of drivers/iommu/dma-iommu.c for a default domain that translates.
 * Nobody here maps through the DMA API: such a domain stays empty, and its cookie, there the
 * allocator of addresses, is a token that the core must give back.
 */
#include "shim.h"

#include <linux/iommu.h>
#include <linux/slab.h>

#include <drivers/iommu/dma-iommu.h>

struct iommu_dma_cookie {
	struct iommu_domain *domain;
};

int iommu_get_dma_cookie(struct iommu_domain *domain)
{
	if (domain->iova_cookie)
		return -EEXIST;
	domain->iova_cookie = kzalloc(sizeof(*domain->iova_cookie), GFP_KERNEL);
	if (!domain->iova_cookie)
		return -ENOMEM;
	domain->iova_cookie->domain = domain;
	return 0;
}

void iommu_put_dma_cookie(struct iommu_domain *domain)
{
	kfree(domain->iova_cookie);
	domain->iova_cookie = NULL;
}

/* iommu.strict=1: no flush queues. */
int iommu_dma_init_fq(struct iommu_domain *domain)
{
	shim_unexpected();
}

/* of_iommu_get_resv_regions(): the device tree reserves nothing. */
void iommu_dma_get_resv_regions(struct device *dev, struct list_head *list)
{
}

#if LINUX_SHIM_VERSION >= 612
void iommu_setup_dma_ops(struct device *dev)
{
	dev->dma_iommu = iommu_is_dma_domain(iommu_get_domain_for_dev(dev));
}
#endif
