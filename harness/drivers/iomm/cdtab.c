/* SPDX-License-Identifier: MIT */
/*
 * The PASID table of a domain: one for all its devices, linear or with 4 KiB leaves
 * (5.3). Entry 0 leads to the private page table. Torn entries are avoided by the procedure of
 * 3.21.3.1; stale ones by naming every stream of the domain (4.3.3).
 */
#include "iomm.h"

enum { FRAME = WORLD_FRAME_SIZE };

bool iomm_cdtab_two_level(const struct iomm_driver *drv)
{
	return drv->idr0 & HW_IDR0_CD2L && iomm_cdtab_bits(drv) > HW_CD_LEAF_BITS;
}

unsigned iomm_cdtab_bits(const struct iomm_driver *drv)
{
	return drv->ssid_bits;
}

/* 5.2 S1ContextPtr: a linear table is aligned to its size, so it is taken from a larger run. */
static unsigned table_frames(const struct iomm_driver *drv)
{
	if (iomm_cdtab_two_level(drv) || iomm_cdtab_bits(drv) <= HW_CD_LEAF_BITS)
		return 1;
	return 1u << (iomm_cdtab_bits(drv) - HW_CD_LEAF_BITS);
}

static unsigned run_frames(const struct iomm_driver *drv)
{
	if (IOMM_FAULT(drv, cd_table_overruns))
		return table_frames(drv);
	return 2 * table_frames(drv) - 1;
}

static uint64_t cd_pa(const struct iomm_driver *drv, const struct iomm_domain *dom, unsigned pasid)
{
	uint64_t table = dom->cdtab;

	if (iomm_cdtab_two_level(drv)) {
		table = dom->leaf[pasid >> HW_CD_LEAF_BITS];
		pasid &= HW_CD_LEAF - 1;
	}
	return table + (uint64_t)pasid * HW_CD_SIZE;
}

int iomm_cdtab_alloc(struct iomm_driver *drv, unsigned domain)
{
	struct iomm_domain *dom = &drv->domain[domain];
	uint64_t align = (uint64_t)table_frames(drv) * FRAME;

	if (dom->cdtab || dom->type != DRIVER_DOMAIN_STAGE1)
		return 0;
	dom->run = world_dma_alloc(drv->world, run_frames(drv));
	if (!dom->run)
		return -ENOMEM;
	dom->cdtab = (dom->run + align - 1) & ~(align - 1);
	if (iomm_cdtab_reserve(drv, domain, 0)) {
		iomm_cdtab_free(drv, domain);
		return -ENOMEM;
	}
	iomm_cd_write(drv, domain, 0, dom->asid, dom->root);
	return 0;
}

/* A leaf stays until the domain is freed: an empty one lets nobody reach anything. */
int iomm_cdtab_reserve(struct iomm_driver *drv, unsigned domain, unsigned pasid)
{
	struct iomm_domain *dom = &drv->domain[domain];
	unsigned index = pasid >> HW_CD_LEAF_BITS;
	uint64_t leaf;

	if (!dom->cdtab || !iomm_cdtab_two_level(drv) || dom->leaf[index])
		return 0;
	leaf = world_dma_alloc(drv->world, 1);
	if (!leaf)
		return -ENOMEM;
	world_spin_lock(drv->world, &drv->sva_lock);
	dom->leaf[index] = leaf;
	world_store(drv->world, dom->cdtab + 8ull * index, leaf | HW_L1CD_V);
	/* 3.21.3: the L1CD may be cached although it was invalid. */
	if (!IOMM_FAULT(drv, new_leaf_skips_cfgi)) {
		iomm_cfgi_cd(drv, domain, pasid, false);
		iomm_cmdq_sync(drv);
	}
	world_spin_unlock(drv->world, &drv->sva_lock);
	return 0;
}

void iomm_cdtab_free(struct iomm_driver *drv, unsigned domain)
{
	struct iomm_domain *dom = &drv->domain[domain];

	for (unsigned i = 0; i < ARRAY_SIZE(dom->leaf); i++) {
		if (dom->leaf[i])
			world_dma_free(drv->world, dom->leaf[i], 1);
		dom->leaf[i] = 0;
	}
	if (dom->run)
		world_dma_free(drv->world, dom->run, run_frames(drv));
	dom->run = 0;
	dom->cdtab = 0;
}

uint64_t iomm_cdtab_copy(struct iomm_driver *drv, unsigned domain)
{
	uint64_t copy = table_frames(drv) == 1 ? world_dma_alloc(drv->world, 1) : 0;

	for (uint64_t i = 0; copy && i < FRAME; i += 8)
		ram_store(copy + i, ram_load(drv->domain[domain].cdtab + i));
	return copy;
}

static void cfgi_and_sync(struct iomm_driver *drv, unsigned domain, unsigned pasid)
{
	iomm_cfgi_cd(drv, domain, pasid, true);
	iomm_cmdq_sync(drv);
}

/*
 * 3.21.3.1: everything but word 0, which holds V, while the entry is invalid; only then V. Both
 * steps are invalidated, because an invalid entry may be cached, and word by word.
 */
void iomm_cd_write(struct iomm_driver *drv, unsigned domain, unsigned pasid, unsigned asid,
		   uint64_t root)
{
	uint64_t pa = cd_pa(drv, &drv->domain[domain], pasid);
	uint64_t word0 = HW_CD0_T0SZ(16) | HW_CD0_TG0_4K | HW_CD0_IR0_WBWA | HW_CD0_OR0_WBWA |
			 HW_CD0_SH0_INNER | HW_CD0_TG1_4K | HW_CD0_EPD1 | HW_CD0_V |
			 HW_CD0_IPS(drv->oas) | HW_CD0_AA64 | HW_CD0_R | HW_CD0_A | HW_CD0_ASET |
			 HW_CD0_ASID(asid);

	if (IOMM_FAULT(drv, entry_opens_ttb1))
		word0 = (word0 & ~HW_CD0_EPD1) | HW_CD0_T1SZ(16);
	if (IOMM_FAULT(drv, entry_valid_first))
		world_store(drv->world, pa, word0);
	world_store(drv->world, pa + 8, root);
	world_store(drv->world, pa + 16, 0);
	world_store(drv->world, pa + 24, HW_CD3_MAIR_WB);
	cfgi_and_sync(drv, domain, pasid);
	world_store(drv->world, pa, word0);
	if (!IOMM_FAULT(drv, bind_skips_cfgi))
		cfgi_and_sync(drv, domain, pasid);
}

void iomm_cd_clear(struct iomm_driver *drv, unsigned domain, unsigned pasid)
{
	uint64_t pa = cd_pa(drv, &drv->domain[domain], pasid);

	world_store(drv->world, pa, 0);
	if (!IOMM_FAULT(drv, unbind_skips_cfgi))
		iomm_cfgi_cd(drv, domain, pasid, true);
	/* D-3: the TLBI that follows must not be refilled through the old entry. */
	if (!IOMM_FAULT(drv, cfgi_without_sync))
		iomm_cmdq_barrier(drv);
}
