/* SPDX-License-Identifier: MIT */
/*
 * Stage-2 translation table walk: VMSAv8-64, every granule (Arm ARM D8.2, D8.3), and the
 * permissions that it yields (D8.4, 13.4.3). Faults come in the order of 7.3.22.
 */
#include "walk.h"

static void s2_fault(struct smmu_walk *walk, uint8_t event, uint8_t cause)
{
	walk_fault(walk, event, cause, SMMU_CLASS_IN);
	walk->s2 = true;
}

/* D8.4.3, 13.4.3: who may execute, out of XN[1:0]. */
static void set_exec(const struct smmu *smmu, struct smmu_walk *walk)
{
	bool xn1 = walk->desc & DESC_S2_XN1;
	/* Without FEAT_XNX bit 53 is RES0, and bit 54 is XN for both. */
	bool xn0 =
		smmu->profile.xnx && (walk->desc & DESC_S2_XN0) && !SMMU_FAULT(smmu, s2_xn0_lost);

	/* 0b00 both, 0b01 EL0 only, 0b10 nobody, 0b11 EL1 only. */
	walk->user_exec = !xn1;
	walk->priv_exec = xn1 == xn0;
}

/* Finish with walk->desc as a leaf at walk->level. */
static void finish_leaf(const struct smmu *smmu, struct smmu_walk *walk, const struct smmu_s2 *s2)
{
	unsigned shift = smmu_level_shift(s2->granule, walk->level);
	uint64_t base = smmu_align_down(desc_address(smmu, walk->desc, s2->granule), shift);
	bool writable = walk->desc & DESC_S2_WRITE;

	/* 3.4: the output exceeds the effective S2PS. */
	if (smmu_exceeds(base, s2->ps_bits)) {
		s2_fault(walk, SMMU_F_ADDR_SIZE, SMMU_CAUSE_s2_output_size);
		return;
	}
	if (!(walk->desc & DESC_AF)) {
		/* 5.2 S2AFFD: AF is considered to be 1; IGNORED with S2HA, which sets it. */
		walk->needs_af = s2->ha;
		if (!s2->ha && !s2->affd) {
			s2_fault(walk, SMMU_F_ACCESS, SMMU_CAUSE_s2_access_flag);
			return;
		}
	}
	/* 3.13.3.1, 5.2 S2HA: {S2HA, S2HD} = 0b01 behaves as 0b00. */
	walk->dirty_write = !writable && s2->ha && s2->hd &&
			    ((walk->desc & DESC_DBM) || SMMU_FAULT(smmu, httu_dbm_ignored));
	walk->pa = base | (walk->ipa & smmu_low_bits(shift));
	walk->size = 1ull << shift;
	walk->contiguous = walk->desc & DESC_CONTIGUOUS;
	walk->user_read = walk->priv_read = walk->desc & DESC_S2_READ;
	walk->user_write = walk->priv_write = writable || walk->dirty_write;
	set_exec(smmu, walk);
}

/* What walk->desc says. True: `*table` is the next one. */
static bool step(const struct smmu *smmu, const struct smmu_s2 *s2, struct smmu_walk *walk,
		 uint64_t *table)
{
	if (!(walk->desc & DESC_VALID)) {
		s2_fault(walk, SMMU_F_TRANSLATION, SMMU_CAUSE_s2_desc_invalid);
		return false;
	}
	if (desc_is_leaf(smmu, walk->desc, s2->granule, walk->level)) {
		finish_leaf(smmu, walk, s2);
		return false;
	}
	if (walk->level == LAST_LEVEL || !(walk->desc & DESC_TABLE)) {
		s2_fault(walk, SMMU_F_TRANSLATION, SMMU_CAUSE_s2_desc_reserved);
		return false;
	}
	*table = desc_address(smmu, walk->desc, s2->granule);
	/* 3.4.3: a next-level table beyond the effective S2PS. */
	if (smmu_exceeds(*table, s2->ps_bits)) {
		s2_fault(walk, SMMU_F_ADDR_SIZE, SMMU_CAUSE_s2_table_size);
		return false;
	}
	return true;
}

struct smmu_walk smmu_walk_s2(const struct smmu *smmu, const struct smmu_s2 *s2, uint64_t ipa)
{
	struct smmu_walk walk = {.ipa = ipa, .level = s2->start_level};
	uint64_t table = s2->ttb;
	/* D8.2: up to 16 root tables stand side by side, so the first index is not masked. */
	uint64_t index_mask = ~0ull;

	/* 3.4: outside S2T0SZ. */
	if (smmu_exceeds(ipa, s2->ia_bits)) {
		s2_fault(&walk, SMMU_F_TRANSLATION, SMMU_CAUSE_s2_range);
		return walk;
	}
	if (SMMU_FAULT(smmu, s2_root_not_concatenated))
		index_mask = smmu_low_bits(s2->granule - 3u);
	for (;;) {
		uint64_t index = ipa >> smmu_level_shift(s2->granule, walk.level) & index_mask;

		walk.fetch_addr = table + index * 8;
		if (!smmu_mem_read(smmu, walk.fetch_addr, &walk.desc)) {
			s2_fault(&walk, SMMU_F_WALK_EABT, SMMU_CAUSE_s2_walk_abort);
			return walk;
		}
		if (!step(smmu, s2, &walk, &table))
			return walk;
		walk.level++;
		index_mask = smmu_low_bits(s2->granule - 3u);
	}
}

uint8_t smmu_walk_permit_s2(const struct smmu_walk *walk, enum smmu_s2_need need, bool privileged,
			    uint8_t *cause)
{
	bool allowed;

	switch (need) {
	case SMMU_S2_READ:
		allowed = walk->user_read;
		*cause = SMMU_CAUSE_s2_perm_read;
		break;
	case SMMU_S2_WRITE:
		allowed = walk->user_write;
		*cause = SMMU_CAUSE_s2_perm_write;
		break;
	default:
		allowed = privileged ? walk->priv_exec : walk->user_exec;
		*cause = SMMU_CAUSE_s2_perm_exec;
	}
	if (!allowed)
		return SMMU_F_PERMISSION;
	*cause = SMMU_CAUSE_NONE;
	return 0;
}
