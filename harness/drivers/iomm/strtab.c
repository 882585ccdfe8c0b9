/* SPDX-License-Identifier: MIT */
/*
 * The stream table (5.1, 5.2): linear, or two-level where the SMMU offers it. Every endpoint has
 * an STE from the start, and it aborts until the device joins a domain.
 */
#include "iomm.h"

enum {
	SPLIT = 6,	 /* 4 KiB second-level tables */
	MAX_L1_BITS = 9, /* one frame of L1STDs */
	FRAME = WORLD_FRAME_SIZE,
};

/* Live words change one at a time (3.21.3: 64-bit single-copy atomicity). */
static void store(struct iomm_driver *drv, uint64_t pa, uint64_t value)
{
	if (ram_load(pa) != value)
		world_store(drv->world, pa, value);
}

static unsigned needed_bits(const struct iomm_driver *drv)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < drv->world->num_endpoints; i++)
		while (drv->device[i].sid >> bits)
			bits++;
	return bits;
}

/* 6.3.24: the base is aligned to the table's size, which frames by themselves are not. */
static int alloc_table(struct iomm_driver *drv, uint64_t size)
{
	struct iomm_strtab *tab = &drv->strtab;
	unsigned frames = size > FRAME ? (unsigned)(size / FRAME) : 1;

	tab->frames = 2 * frames - 1;
	tab->frames_base = world_dma_alloc(drv->world, tab->frames);
	if (!tab->frames_base)
		return -ENOMEM;
	size = (uint64_t)frames * FRAME;
	tab->base = (tab->frames_base + size - 1) & ~(size - 1);
	return 0;
}

/* The second-level table that holds sid; one may serve several devices. */
static uint64_t leaf_of(struct iomm_driver *drv, uint32_t sid)
{
	uint64_t l1std = drv->strtab.base + (uint64_t)(sid >> SPLIT) * 8;
	uint64_t leaf = ram_load(l1std) & ~(uint64_t)(FRAME - 1);
	unsigned i = 0;

	if (leaf)
		return leaf;
	leaf = world_dma_alloc(drv->world, 1);
	if (!leaf)
		return 0;
	while (drv->strtab.leaf[i])
		i++;
	drv->strtab.leaf[i] = leaf;
	store(drv, l1std, leaf | HW_L1STD_SPAN(SPLIT));
	return leaf;
}

static int init_stes(struct iomm_driver *drv)
{
	for (unsigned i = 0; i < drv->world->num_endpoints; i++) {
		struct iomm_device *dev = &drv->device[i];
		uint64_t table = drv->strtab.base;
		uint32_t index = dev->sid;

		if (drv->strtab.two_level) {
			table = leaf_of(drv, dev->sid);
			index &= (1u << SPLIT) - 1;
		}
		if (!table)
			return -ENOMEM;
		dev->ste = table + (uint64_t)index * HW_STE_SIZE;
		store(drv, dev->ste, HW_STE0_V | HW_STE0_ABORT);
	}
	return 0;
}

int iomm_strtab_init(struct iomm_driver *drv)
{
	struct iomm_strtab *tab = &drv->strtab;
	unsigned bits = needed_bits(drv);
	uint32_t cfg;
	int error;

	if (bits > drv->sid_bits)
		return -ENODEV;
	tab->two_level = drv->idr0 & HW_IDR0_ST_LEVEL_2 && drv->sid_bits > SPLIT;
	if (tab->two_level) {
		tab->bits =
			drv->sid_bits < SPLIT + MAX_L1_BITS ? drv->sid_bits : SPLIT + MAX_L1_BITS;
		cfg = tab->bits | HW_STRTAB_CFG_SPLIT(SPLIT) | HW_STRTAB_CFG_FMT_2LVL;
		error = alloc_table(drv, 8ull << (tab->bits - SPLIT));
	} else {
		tab->bits = (uint8_t)bits;
		cfg = bits;
		error = alloc_table(drv, (uint64_t)HW_STE_SIZE << bits);
	}
	if (error || bits > tab->bits)
		return error ? error : -ENODEV;
	error = init_stes(drv);
	iomm_write64(drv, HW_STRTAB_BASE, HW_BASE_RA | tab->base);
	iomm_write(drv, HW_STRTAB_BASE_CFG, cfg);
	return error;
}

void iomm_strtab_free(struct iomm_driver *drv)
{
	struct iomm_strtab *tab = &drv->strtab;

	for (unsigned i = 0; i < ARRAY_SIZE(tab->leaf) && tab->leaf[i]; i++)
		world_dma_free(drv->world, tab->leaf[i], 1);
	if (tab->frames_base)
		world_dma_free(drv->world, tab->frames_base, tab->frames);
	*tab = (struct iomm_strtab){0};
}

static uint64_t s1_word0(const struct iomm_driver *drv, const struct iomm_domain *dom)
{
	uint64_t fmt = iomm_cdtab_two_level(drv) ? HW_STE0_S1FMT_4K : 0;

	return HW_STE0_V | HW_STE0_S1 | fmt | dom->cdtab | HW_STE0_S1CDMAX(iomm_cdtab_bits(drv));
}

/* without a PASID, entry 0. PCI functions must not stall (5.2 S1STALLD). */
static uint64_t s1_word1(const struct iomm_driver *drv, bool ats)
{
	return HW_STE1_S1DSS_SSID0 | HW_STE1_S1CIR_WBRA | HW_STE1_S1COR_WBRA | HW_STE1_S1CSH_INNER |
	       HW_STE1_STRW_NSEL1 | (HW_IDR0_STALL(drv->idr0) == 0 ? HW_STE1_S1STALLD : 0) |
	       (ats ? HW_STE1_EATS_FULL : 0);
}

static void cfgi_ste(struct iomm_driver *drv, const struct iomm_device *dev)
{
	iomm_cmdq_add(drv, hw_cmd_cfgi_ste(dev->sid));
	iomm_cmdq_sync(drv);
}

/* 3.21.3.1: all of it while word 0 still says abort, then word 0. */
void iomm_ste_install(struct iomm_driver *drv, unsigned device, bool ats)
{
	const struct iomm_device *dev = &drv->device[device];
	const struct iomm_domain *dom = &drv->domain[dev->domain];
	uint64_t word0 = HW_STE0_V | HW_STE0_BYPASS, word1 = HW_STE1_SHCFG_INCOMING;

	if (dom->type == DRIVER_DOMAIN_STAGE1) {
		word0 = s1_word0(drv, dom);
		word1 = s1_word1(drv, ats);
	}
	store(drv, dev->ste + 8, word1);
	cfgi_ste(drv, dev);
	store(drv, dev->ste, word0);
	cfgi_ste(drv, dev);
}

/* One store ends it; CMD_CFGI_STE also covers the CDs that were found through it (4.3.1). */
void iomm_ste_abort(struct iomm_driver *drv, unsigned device)
{
	const struct iomm_device *dev = &drv->device[device];

	store(drv, dev->ste, HW_STE0_V | HW_STE0_ABORT);
	if (!IOMM_FAULT(drv, detach_skips_cfgi))
		cfgi_ste(drv, dev);
}
