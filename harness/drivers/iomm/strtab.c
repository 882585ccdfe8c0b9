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

/* The words that we ever write; the others stay 0. */
struct ste {
	uint64_t word[4];
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

static uint64_t s1_word0(const struct iomm_driver *drv, const struct iomm_device *dev)
{
	uint64_t table = dev->copy ? dev->copy : drv->domain[dev->domain].cdtab;
	uint64_t fmt = iomm_cdtab_two_level(drv) ? HW_STE0_S1FMT_4K : 0;

	return HW_STE0_V | HW_STE0_S1 | fmt | table | HW_STE0_S1CDMAX(iomm_cdtab_bits(drv));
}

/* PCI functions must not stall (5.2 S1STALLD). */
static uint64_t s1_word1(const struct iomm_driver *drv, bool ats)
{
	return HW_STE1_S1CIR_WBRA | HW_STE1_S1COR_WBRA | HW_STE1_S1CSH_INNER | HW_STE1_STRW_NSEL1 |
	       (HW_IDR0_STALL(drv->idr0) == 0 ? HW_STE1_S1STALLD : 0) |
	       (ats ? HW_STE1_EATS_FULL : 0);
}

static struct ste domain_ste(const struct iomm_driver *drv, const struct iomm_device *dev, bool ats)
{
	if (drv->domain[dev->domain].type != DRIVER_DOMAIN_STAGE1)
		return (struct ste){{HW_STE0_V | HW_STE0_BYPASS, HW_STE1_SHCFG_INCOMING}};
	/* without a PASID, entry 0. */
	return (struct ste){{s1_word0(drv, dev), HW_STE1_S1DSS_SSID0 | s1_word1(drv, ats)}};
}

/*
 * Stage 2 is the host's, stage 1 the guest's: the pointer to its table is an IPA. S1DSS = bypass: what
 * has no PASID is translated by stage 2 alone, table or not.
 */
static struct ste vm_ste(const struct iomm_driver *drv, const struct iomm_device *dev, bool ats)
{
	const struct iomm_vm *vm = &drv->vm[dev->vm];
	struct ste ste = {{
		HW_STE0_V | HW_STE0_S2,
		HW_STE1_SHCFG_INCOMING | (ats ? HW_STE1_EATS_FULL : 0),
		HW_STE2_S2VMID(vm->vmid) | HW_STE2_S2T0SZ(64 - IOMM_IPA_BITS) |
			HW_STE2_S2SL0_LEVEL1 | HW_STE2_S2IR0_WBRA | HW_STE2_S2OR0_WBRA |
			HW_STE2_S2SH0_INNER | HW_STE2_S2TG_4K | HW_STE2_S2PS(drv->oas) |
			HW_STE2_S2AA64 | HW_STE2_S2R,
		vm->root,
	}};

	if (IOMM_FAULT(drv, vm_stage2_of_first))
		ste.word[3] = drv->vm[0].root;
	if (!dev->guest_bits)
		return ste;
	ste.word[0] =
		HW_STE0_V | HW_STE0_NESTED | dev->guest_table | HW_STE0_S1CDMAX(dev->guest_bits);
	ste.word[1] =
		HW_STE1_SHCFG_INCOMING | s1_word1(drv, ats) |
		(IOMM_FAULT(drv, vm_no_pasid_ends) ? HW_STE1_S1DSS_TERM : HW_STE1_S1DSS_BYPASS);
	return ste;
}

static void cfgi_ste(struct iomm_driver *drv, const struct iomm_device *dev)
{
	iomm_cmdq_add(drv, hw_cmd_cfgi_ste(dev->sid));
	iomm_cmdq_sync(drv);
}

/* A mistake: an STE that aborts is taken for one that is not cached (3.21.3). */
static bool skips_last_cfgi(const struct iomm_driver *drv, const struct iomm_device *dev)
{
	if (dev->vm != WORLD_NONE)
		return IOMM_FAULT(drv, vm_attach_skips_cfgi);
	return dev->hotplugged && IOMM_FAULT(drv, plug_skips_cfgi);
}

/* 3.21.3.1: all of it while word 0 still says abort, then word 0. */
void iomm_ste_install(struct iomm_driver *drv, unsigned device, bool ats)
{
	const struct iomm_device *dev = &drv->device[device];
	struct ste ste;

	ats |= drv->idr0 & HW_IDR0_ATS && IOMM_FAULT(drv, eats_without_ats);
	ste = dev->vm != WORLD_NONE ? vm_ste(drv, dev, ats) : domain_ste(drv, dev, ats);
	for (unsigned i = 1; i < ARRAY_SIZE(ste.word); i++)
		store(drv, dev->ste + 8 * i, ste.word[i]);
	cfgi_ste(drv, dev);
	store(drv, dev->ste, ste.word[0]);
	if (!skips_last_cfgi(drv, dev))
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
