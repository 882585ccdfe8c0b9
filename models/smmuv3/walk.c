/* SPDX-License-Identifier: MIT */
/*
 * Stage-1 translation table walk: VMSAv8-64, 4 KiB granule, 48-bit (Arm ARM D8.2, D8.3), and the
 * permissions that it yields (D8.4, 13.4.1). Faults come in the order of 7.3.22.
 */
#include "address.h"
#include "regs.h"
#include "smmu_state.h"

#define DESC_VALID  SMMU_BIT(0)
#define DESC_TABLE  SMMU_BIT(1) /* levels 0 to 2: a table; level 3: a page */
#define DESC_USER   SMMU_BIT(6) /* AP[1] */
#define DESC_RO	    SMMU_BIT(7) /* AP[2] */
#define DESC_AF	    SMMU_BIT(10)
#define DESC_NG	    SMMU_BIT(11)
#define DESC_PXN    SMMU_BIT(53)
#define DESC_UXN    SMMU_BIT(54) /* XN where there is one Exception level */
#define DESC_ADDR   SMMU_MASK(47, 12)
#define TABLE_PXN   SMMU_BIT(59)
#define TABLE_UXN   SMMU_BIT(60)
#define TABLE_NUSER SMMU_BIT(61) /* APTable[0] */
#define TABLE_RO    SMMU_BIT(62) /* APTable[1] */
#define TABLE_LIMIT (TABLE_PXN | TABLE_UXN | TABLE_NUSER | TABLE_RO)

enum { LAST_LEVEL = 3 };

/* Log2 of what one descriptor at `level` covers. */
static unsigned level_shift(unsigned level)
{
	return 39 - 9 * level;
}

/* The half of the address space that an input address selects. */
struct region {
	uint64_t table;
	unsigned ia_bits;
	bool disabled; /* EPDx */
	bool tbi, had;
	bool high;
};

static struct region select_region(const struct smmu_s1 *s1, uint64_t va)
{
	/* 3.4.1: VA[55] selects; 5.4.1: TTB1 is unreachable for any-EL2. */
	if (s1->regime != SMMU_REGIME_EL2 && (va & SMMU_BIT(55)))
		return (struct region){.table = s1->ttb1,
				       .ia_bits = 64u - s1->t1sz,
				       .disabled = s1->epd1,
				       .tbi = s1->tbi1,
				       .had = s1->had1,
				       .high = true};
	return (struct region){.table = s1->ttb0,
			       .ia_bits = 64u - s1->t0sz,
			       .disabled = s1->epd0,
			       .tbi = s1->tbi0,
			       .had = s1->had0};
}

/* 3.4.1: VA[AddrTop:ia_bits] must equal VA[55], which is 0 in a regime with one range. */
static bool in_range(const struct region *region, uint64_t va)
{
	uint64_t upper =
		(region->tbi ? smmu_low_bits(56) : ~0ull) & ~smmu_low_bits(region->ia_bits);

	return (va & upper) == (region->high ? upper : 0);
}

/* D8.4.2: rights of a leaf with the limits of the tables above it, in TABLE_* bits. */
static void set_rights(struct smmu_walk *walk, const struct smmu_s1 *s1, uint64_t limit)
{
	uint64_t desc = walk->desc;
	bool writable = !(desc & DESC_RO) && !(limit & TABLE_RO);

	if (s1->regime == SMMU_REGIME_EL2) {
		/* 13.4.1: AP[1] behaves as 1 and PRIV does not count; PXN and nG are not there. */
		bool exec = !(desc & DESC_UXN) && !(limit & TABLE_UXN) && !(s1->wxn && writable);

		walk->user_read = walk->priv_read = true;
		walk->user_write = walk->priv_write = writable;
		walk->user_exec = walk->priv_exec = exec;
		return;
	}
	walk->priv_read = true;
	walk->priv_write = writable;
	walk->user_read = (desc & DESC_USER) && !(limit & TABLE_NUSER);
	walk->user_write = walk->user_read && writable;
	walk->user_exec =
		!(desc & DESC_UXN) && !(limit & TABLE_UXN) && !(s1->wxn && walk->user_write);
	/* 5.4 UWXN: in VMSAv8-64 what is writable at EL0 is never executable at EL1. */
	walk->priv_exec = !(desc & DESC_PXN) && !(limit & TABLE_PXN) && !walk->user_write &&
			  !(s1->wxn && walk->priv_write);
	/* 3.17.1 */
	walk->global = !(desc & DESC_NG);
}

/* Finish with walk->desc as a leaf at walk->level. */
static void finish_leaf(struct smmu_walk *walk, const struct smmu_s1 *s1, uint64_t va,
			uint64_t limit)
{
	unsigned shift = level_shift(walk->level);
	uint64_t base = smmu_align_down(walk->desc & DESC_ADDR, shift);

	/* 3.4: the output exceeds the effective IPS. */
	if (smmu_exceeds(base, s1->ips_bits)) {
		walk->event = SMMU_F_ADDR_SIZE;
		return;
	}
	/* 5.4 AFFD: AF is considered to be 1. */
	if (!(walk->desc & DESC_AF) && !s1->affd) {
		walk->event = SMMU_F_ACCESS;
		return;
	}
	walk->pa = base | (va & smmu_low_bits(shift));
	walk->size = 1ull << shift;
	set_rights(walk, s1, limit);
}

/* D8.3: does the descriptor end the walk at this level? */
static bool is_leaf(uint64_t desc, unsigned level)
{
	bool table_bit = desc & DESC_TABLE;

	if (level == LAST_LEVEL)
		return table_bit;
	/* No blocks at level 0 without 52-bit addresses. */
	return !table_bit && level > 0;
}

/* `va` has the bits above ia_bits removed already. */
static struct smmu_walk walk_tables(const struct smmu *smmu, const struct smmu_s1 *s1, uint64_t va,
				    unsigned level, uint64_t table, bool had)
{
	struct smmu_walk walk = {0};
	uint64_t limit = 0;

	for (; level <= LAST_LEVEL; level++) {
		walk.level = (uint8_t)level;
		walk.fetch_addr = table + (va >> level_shift(level) & 511) * 8;
		if (level == 1 && SMMU_FAULT(smmu, walk_index_8_bits))
			walk.fetch_addr &= ~(256ull * 8);
		if (!smmu_mem_read(smmu, walk.fetch_addr, &walk.desc)) {
			walk.event = SMMU_F_WALK_EABT;
			return walk;
		}
		if (!(walk.desc & DESC_VALID))
			break;
		if (is_leaf(walk.desc, level)) {
			if (SMMU_FAULT(smmu, permission_ignores_ro))
				walk.desc &= ~DESC_RO;
			finish_leaf(&walk, s1, va, limit);
			return walk;
		}
		if (level == LAST_LEVEL || !(walk.desc & DESC_TABLE))
			break;
		table = walk.desc & DESC_ADDR;
		/* 3.4.3: a next-level table beyond the effective IPS. */
		if (smmu_exceeds(table, s1->ips_bits)) {
			walk.event = SMMU_F_ADDR_SIZE;
			return walk;
		}
		/* 5.4 HADx: the hierarchical attributes become IGNORED. */
		if (!had)
			limit |= walk.desc & TABLE_LIMIT;
	}
	walk.event = SMMU_F_TRANSLATION;
	return walk;
}

struct smmu_walk smmu_walk_from(const struct smmu *smmu, const struct smmu_s1 *s1, uint64_t va,
				unsigned level, uint64_t table)
{
	struct region region = select_region(s1, va);

	return walk_tables(smmu, s1, va & smmu_low_bits(region.ia_bits), level, table, region.had);
}

struct smmu_walk smmu_walk(const struct smmu *smmu, const struct smmu_s1 *s1, uint64_t va)
{
	struct region region = select_region(s1, va);
	unsigned level;

	/* 7.3.13: outside TxSZ, or EPDx. */
	if (region.disabled || !in_range(&region, va))
		return (struct smmu_walk){.event = SMMU_F_TRANSLATION};
	/* D8.2.7: 9 bits a level above the 12 of a page; 5.4 T0SZ keeps this within 0 to 2. */
	level = LAST_LEVEL - (region.ia_bits - 13) / 9;
	return walk_tables(smmu, s1, va & smmu_low_bits(region.ia_bits), level, region.table,
			   region.had);
}

struct smmu_walk smmu_leaf_decode(const struct smmu *smmu, const struct smmu_s1 *s1, uint64_t va,
				  unsigned level, uint64_t desc)
{
	struct smmu_walk walk = {.level = (uint8_t)level, .desc = desc};

	(void)smmu;
	if (level > LAST_LEVEL || !(desc & DESC_VALID) || !is_leaf(desc, level)) {
		walk.event = SMMU_F_TRANSLATION;
		return walk;
	}
	finish_leaf(&walk, s1, va, 0);
	return walk;
}

uint8_t smmu_walk_permit(const struct smmu_s1 *s1, const struct smmu_walk *walk,
			 const struct smmu_request *request)
{
	bool priv = smmu_override(s1->priv, request->privileged);
	/* 5.2 INSTCFG affects reads only: a write is Data. */
	bool inst = !request->write && smmu_override(s1->inst, request->instruction);
	bool allowed;

	if (request->write)
		allowed = priv ? walk->priv_write : walk->user_write;
	else if (inst)
		allowed = priv ? walk->priv_exec : walk->user_exec;
	else
		allowed = priv ? walk->priv_read : walk->user_read;
	/* 5.4 PAN: no privileged data access where unprivileged data access is permitted. */
	if (priv && !inst && s1->pan && walk->user_read)
		allowed = false;
	return allowed ? 0 : SMMU_F_PERMISSION;
}
