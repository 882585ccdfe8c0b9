/* SPDX-License-Identifier: MIT */
/*
 * Stage-1 translation table walk: VMSAv8-64, every granule (Arm ARM D8.2, D8.3), and the
 * permissions that it yields (D8.4, 13.4.1). Faults come in the order of 7.3.22.
 */
#include "walk.h"

#define TABLE_PXN   SMMU_BIT(59)
#define TABLE_UXN   SMMU_BIT(60)
#define TABLE_NUSER SMMU_BIT(61) /* APTable[0] */
#define TABLE_RO    SMMU_BIT(62) /* APTable[1] */
#define TABLE_LIMIT (TABLE_PXN | TABLE_UXN | TABLE_NUSER | TABLE_RO)

/* The half of the address space that an input address selects. */
struct region {
	uint64_t table;
	uint8_t ia_bits, granule;
	bool disabled; /* EPDx */
	bool tbi, had;
	bool high;
};

static struct region select_region(const struct smmu_s1 *s1, uint64_t va)
{
	/* 3.4.1: VA[55] selects; 5.4.1: TTB1 is unreachable for any-EL2. */
	if (s1->regime != SMMU_REGIME_EL2 && (va & SMMU_BIT(55)))
		return (struct region){.table = s1->ttb1,
				       .ia_bits = (uint8_t)(64 - s1->t1sz),
				       .granule = s1->granule1,
				       .disabled = s1->epd1,
				       .tbi = s1->tbi1,
				       .had = s1->had1,
				       .high = true};
	return (struct region){.table = s1->ttb0,
			       .ia_bits = (uint8_t)(64 - s1->t0sz),
			       .granule = s1->granule0,
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
	/* 5.4 HA: {HD, HA} = 0b10 behaves as 0b00. */
	bool clean = s1->ha && s1->hd && (desc & DESC_DBM) && (desc & DESC_RO);
	bool writable = (!(desc & DESC_RO) || clean) && !(limit & TABLE_RO);

	/* 3.13.3.1: only what AP[2] alone makes read-only is writable-clean. 3.13.8: it counts as
	 * writable for execution too. */
	walk->dirty_write = clean && writable;
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
static void finish_leaf(const struct smmu *smmu, struct smmu_walk *walk, const struct smmu_s1 *s1,
			unsigned granule, uint64_t va, uint64_t limit)
{
	unsigned shift = smmu_level_shift(granule, walk->level);
	uint64_t base = smmu_align_down(desc_address(smmu, walk->desc, granule), shift);

	/* 3.4: the output exceeds the effective IPS. */
	if (smmu_exceeds(base, s1->ips_bits)) {
		walk_fault(walk, SMMU_F_ADDR_SIZE, SMMU_CAUSE_s1_output_size, SMMU_CLASS_IN);
		return;
	}
	if (!(walk->desc & DESC_AF)) {
		/* 5.4 AFFD: AF is considered to be 1; IGNORED with HA, which sets it (3.13.2). */
		walk->needs_af = s1->ha;
		if (!s1->ha && !s1->affd) {
			walk_fault(walk, SMMU_F_ACCESS, SMMU_CAUSE_s1_access_flag, SMMU_CLASS_IN);
			return;
		}
	}
	walk->pa = base | (va & smmu_low_bits(shift));
	walk->size = 1ull << shift;
	walk->contiguous = walk->desc & DESC_CONTIGUOUS;
	set_rights(walk, s1, limit);
}

bool smmu_s1_begin(const struct smmu_s1 *s1, uint64_t va, struct s1_walker *walker,
		   struct smmu_walk *walk)
{
	struct region region = select_region(s1, va);

	/* 7.3.13. EPDx first: 5.4 EPD0 makes TxSZ IGNORED. */
	if (region.disabled || !in_range(&region, va)) {
		walk_fault(walk, SMMU_F_TRANSLATION,
			   region.disabled ? SMMU_CAUSE_s1_epd : SMMU_CAUSE_s1_range,
			   SMMU_CLASS_IN);
		return false;
	}
	*walker = (struct s1_walker){
		.va = va & smmu_low_bits(region.ia_bits),
		.table = region.table,
		.level = (uint8_t)smmu_start_level(region.granule, region.ia_bits),
		.granule = region.granule,
		.had = region.had,
	};
	return true;
}

static inline uint64_t s1_entry(const struct smmu *smmu, const struct s1_walker *walker)
{
	unsigned stride = walker->granule - 3u;
	uint64_t index = walker->va >> smmu_level_shift(walker->granule, walker->level) &
			 smmu_low_bits(stride);

	if (walker->level == 1 && SMMU_FAULT(smmu, walk_index_8_bits))
		index &= 255;
	if (walker->granule == 14 && SMMU_FAULT(smmu, walk_16k_index_9_bits))
		index &= 511;
	return walker->table + index * 8;
}

static inline bool s1_step(const struct smmu *smmu, const struct smmu_s1 *s1,
			   struct s1_walker *walker, struct smmu_walk *walk)
{
	uint64_t desc = walk->desc;

	if (!(desc & DESC_VALID)) {
		walk_fault(walk, SMMU_F_TRANSLATION, SMMU_CAUSE_s1_desc_invalid, SMMU_CLASS_IN);
		return false;
	}
	if (desc_is_leaf(smmu, desc, walker->granule, walker->level)) {
		if (SMMU_FAULT(smmu, permission_ignores_ro))
			walk->desc &= ~DESC_RO;
		finish_leaf(smmu, walk, s1, walker->granule, walker->va, walker->limit);
		return false;
	}
	if (walker->level == LAST_LEVEL || !(desc & DESC_TABLE)) {
		walk_fault(walk, SMMU_F_TRANSLATION, SMMU_CAUSE_s1_desc_reserved, SMMU_CLASS_IN);
		return false;
	}
	walker->table = desc_address(smmu, desc, walker->granule);
	/* 3.4.3: a next-level table beyond the effective IPS. */
	if (smmu_exceeds(walker->table, s1->ips_bits)) {
		walk_fault(walk, SMMU_F_ADDR_SIZE, SMMU_CAUSE_s1_table_size, SMMU_CLASS_IN);
		return false;
	}
	/* 5.4 HADx: the hierarchical attributes become IGNORED. */
	if (!walker->had)
		walker->limit |= desc & TABLE_LIMIT;
	walker->level++;
	return true;
}

/* Tables at physical addresses. */
static void walk_tables(const struct smmu *smmu, const struct smmu_s1 *s1, struct s1_walker *walker,
			struct smmu_walk *walk)
{
	do {
		walk->level = walker->level;
		walk->fetch_addr = s1_entry(smmu, walker);
		if (!smmu_mem_read(smmu, walk->fetch_addr, &walk->desc)) {
			walk_fault(walk, SMMU_F_WALK_EABT, SMMU_CAUSE_s1_walk_abort, SMMU_CLASS_TT);
			return;
		}
	} while (s1_step(smmu, s1, walker, walk));
}

uint64_t smmu_s1_entry(const struct smmu *smmu, const struct s1_walker *walker)
{
	return s1_entry(smmu, walker);
}

bool smmu_s1_step(const struct smmu *smmu, const struct smmu_s1 *s1, struct s1_walker *walker,
		  struct smmu_walk *walk)
{
	return s1_step(smmu, s1, walker, walk);
}

struct smmu_walk smmu_walk_from(const struct smmu *smmu, const struct smmu_s1 *s1, uint64_t va,
				unsigned level, uint64_t table)
{
	struct region region = select_region(s1, va);
	struct s1_walker walker = {
		.va = va & smmu_low_bits(region.ia_bits),
		.table = table,
		.level = (uint8_t)level,
		.granule = region.granule,
		.had = region.had,
	};
	struct smmu_walk walk = {0};

	/* TxSZ and TGx of a disabled half say nothing (5.4 EPD0); there is no level 4. */
	if (region.disabled || level > LAST_LEVEL)
		walk_fault(&walk, SMMU_F_TRANSLATION, SMMU_CAUSE_s1_epd, SMMU_CLASS_IN);
	else
		walk_tables(smmu, s1, &walker, &walk);
	return walk;
}

struct smmu_walk smmu_walk(const struct smmu *smmu, const struct smmu_s1 *s1, uint64_t va)
{
	struct smmu_walk walk = {0};
	struct s1_walker walker;

	if (smmu_s1_begin(s1, va, &walker, &walk))
		walk_tables(smmu, s1, &walker, &walk);
	return walk;
}

struct smmu_walk smmu_leaf_decode(const struct smmu *smmu, const struct smmu_s1 *s1, uint64_t va,
				  unsigned level, uint64_t desc)
{
	struct region region = select_region(s1, va);
	struct smmu_walk walk = {.level = (uint8_t)level, .desc = desc};

	if (region.disabled || level > LAST_LEVEL || !(desc & DESC_VALID) ||
	    !desc_is_leaf(smmu, desc, region.granule, level))
		walk_fault(&walk, SMMU_F_TRANSLATION,
			   desc & DESC_VALID ? SMMU_CAUSE_s1_desc_reserved
					     : SMMU_CAUSE_s1_desc_invalid,
			   SMMU_CLASS_IN);
	else
		finish_leaf(smmu, &walk, s1, region.granule, va, 0);
	return walk;
}

uint8_t smmu_walk_permit_why(const struct smmu_s1 *s1, const struct smmu_walk *walk,
			     const struct smmu_request *request, uint8_t *cause)
{
	bool priv = smmu_override(s1->priv, request->privileged);
	/* 5.2 INSTCFG affects reads only: a write is Data. */
	bool inst = !request->write && smmu_override(s1->inst, request->instruction);
	bool allowed;

	*cause = SMMU_CAUSE_NONE;
	/* 5.4 PAN: no privileged data access where unprivileged data access is permitted. */
	if (priv && !inst && s1->pan && walk->user_read) {
		*cause = SMMU_CAUSE_s1_perm_pan;
		return SMMU_F_PERMISSION;
	}
	if (request->write) {
		allowed = priv ? walk->priv_write : walk->user_write;
		*cause = priv || walk->user_read ? SMMU_CAUSE_s1_perm_write
						 : SMMU_CAUSE_s1_perm_user;
	} else if (inst) {
		allowed = priv ? walk->priv_exec : walk->user_exec;
		*cause = SMMU_CAUSE_s1_perm_exec;
	} else {
		/* D8.4: stage 1 never forbids a privileged read. */
		allowed = priv ? walk->priv_read : walk->user_read;
		*cause = SMMU_CAUSE_s1_perm_user;
	}
	if (!allowed)
		return SMMU_F_PERMISSION;
	*cause = SMMU_CAUSE_NONE;
	return 0;
}

uint8_t smmu_walk_permit(const struct smmu_s1 *s1, const struct smmu_walk *walk,
			 const struct smmu_request *request)
{
	uint8_t cause;

	return smmu_walk_permit_why(s1, walk, request, &cause);
}
