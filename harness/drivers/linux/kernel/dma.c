// SPDX-License-Identifier: GPL-2.0-only
/*
 * The DMA API of devices that nothing translates, that is of SMMUs: coherent, and a DMA address is
 * the pointer (kernel/dma/direct.c, kernel/dma/mapping.c).
 */
#include "machine.h"

#include <linux/dma-mapping.h>
#include <linux/scatterlist.h>

void *dma_alloc_attrs(struct device *dev, size_t size, dma_addr_t *handle, gfp_t gfp,
		      unsigned long attrs)
{
	void *memory = shim_alloc_frames(get_order(size), LINUX_FRAMES_DMA, gfp);

	*handle = virt_to_phys(memory);
	return memory;
}

void dma_free_attrs(struct device *dev, size_t size, void *memory, dma_addr_t handle,
		    unsigned long attrs)
{
	if (WARN_ON(handle != virt_to_phys(memory)))
		return;
	if (memory)
		shim_free_frames(memory, get_order(size));
}

/* Managed: dmam_*(). */
struct dma_devres {
	size_t size;
	void *memory;
};

static void dmam_release(struct device *dev, void *res)
{
	struct dma_devres *dma = res;

	dma_free_attrs(dev, dma->size, dma->memory, virt_to_phys(dma->memory), 0);
}

static int dmam_match(struct device *dev, void *res, void *match_data)
{
	struct dma_devres *dma = res, *match = match_data;

	return dma->memory == match->memory && dma->size == match->size;
}

void *dmam_alloc_attrs(struct device *dev, size_t size, dma_addr_t *handle, gfp_t gfp,
		       unsigned long attrs)
{
	struct dma_devres *dma = devres_alloc(dmam_release, sizeof(*dma), gfp);

	if (!dma)
		return NULL;
	dma->size = size;
	dma->memory = dma_alloc_attrs(dev, size, handle, gfp, attrs);
	if (!dma->memory) {
		devres_free(dma);
		return NULL;
	}
	devres_add(dev, dma);
	return dma->memory;
}

void dmam_free_coherent(struct device *dev, size_t size, void *memory, dma_addr_t handle)
{
	struct dma_devres match = {size, memory};

	dma_free_attrs(dev, size, memory, handle, 0);
	WARN_ON(devres_destroy(dev, dmam_release, dmam_match, &match));
}

int dma_set_mask(struct device *dev, u64 mask)
{
	return 0;
}

int dma_set_coherent_mask(struct device *dev, u64 mask)
{
	return 0;
}

/* Streaming: io-pgtable-arm.c maps its tables when the walks are not coherent. */
dma_addr_t dma_map_page_attrs(struct device *dev, struct page *page, size_t offset, size_t size,
			      enum dma_data_direction direction, unsigned long attrs)
{
	return page_to_phys(page) + offset;
}

void dma_unmap_page_attrs(struct device *dev, dma_addr_t address, size_t size,
			  enum dma_data_direction direction, unsigned long attrs)
{
}

#if LINUX_SHIM_VERSION < 612
void dma_sync_single_for_device(struct device *dev, dma_addr_t address, size_t size,
				enum dma_data_direction direction)
{
}
#endif

/* lib/scatterlist.c, for iommu_map_sg(). */
struct scatterlist *sg_next(struct scatterlist *sg)
{
	if (sg_is_last(sg))
		return NULL;
	sg++;
	return unlikely(sg_is_chain(sg)) ? sg_chain_ptr(sg) : sg;
}
