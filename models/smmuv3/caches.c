/* SPDX-License-Identifier: MIT */
/*
 * Exact caches: what a small real implementation holds, with round-robin replacement (16.2). They
 * hold what was used, nothing speculative, and lose exactly what a command names (4.3, 4.4).
 * Outside of SMMU_CACHE_EXACT they do not exist: nobody fills them or looks.
 */
#include "address.h"
#include "regs.h"
#include "smmu_state.h"

#include <string.h>

void smmu_caches_reset(struct smmu *smmu)
{
	struct smmu_caches *caches = &smmu->caches;

	if (smmu->profile.cache != SMMU_CACHE_EXACT)
		return;
	caches->next_ste = caches->next_cd = caches->next_tlb = 0;
	for (unsigned i = 0; i < SMMU_STE_CACHE; i++)
		caches->ste[i].valid = false;
	for (unsigned i = 0; i < SMMU_CD_CACHE; i++)
		caches->cd[i].valid = false;
	for (unsigned i = 0; i < SMMU_TLB_CACHE; i++)
		caches->tlb[i].valid = false;
}

/* Configuration caches: an STE by StreamID, a CD by StreamID and index (5.2.1, 5.4.1). */

const struct smmu_cached_ste *smmu_caches_ste(const struct smmu *smmu, uint32_t sid)
{
	for (unsigned i = 0; i < SMMU_STE_CACHE; i++) {
		const struct smmu_cached_ste *entry = &smmu->caches.ste[i];

		if (entry->valid && entry->sid == sid)
			return entry;
	}
	return NULL;
}

void smmu_caches_fill_ste(struct smmu *smmu, uint32_t sid, const uint64_t word[SMMU_STE_WORDS])
{
	struct smmu_caches *caches = &smmu->caches;
	struct smmu_cached_ste *entry = &caches->ste[caches->next_ste];

	caches->next_ste = (uint8_t)((caches->next_ste + 1) % SMMU_STE_CACHE);
	entry->valid = true;
	entry->sid = sid;
	memcpy(entry->word, word, sizeof(entry->word));
}

const struct smmu_cached_cd *smmu_caches_cd(const struct smmu *smmu, uint32_t sid, uint32_t index)
{
	for (unsigned i = 0; i < SMMU_CD_CACHE; i++) {
		const struct smmu_cached_cd *entry = &smmu->caches.cd[i];

		if (entry->valid && entry->sid == sid && entry->index == index)
			return entry;
	}
	return NULL;
}

void smmu_caches_fill_cd(struct smmu *smmu, uint32_t sid, uint32_t index,
			 const uint64_t word[SMMU_CD_WORDS])
{
	struct smmu_caches *caches = &smmu->caches;
	struct smmu_cached_cd *entry = &caches->cd[caches->next_cd];

	caches->next_cd = (uint8_t)((caches->next_cd + 1) % SMMU_CD_CACHE);
	entry->valid = true;
	entry->sid = sid;
	entry->index = index;
	memcpy(entry->word, word, sizeof(entry->word));
}

/* TLB: by StreamWorld, ASID and VA (3.17, 16.2). */

/* 3.4.1: with TBI the effective VA[63:56] are a sign extension of VA[55]. */
static uint64_t effective_va(const struct smmu_s1 *s1, uint64_t va)
{
	bool high = va & SMMU_BIT(55);
	/* Any-EL2 has one range, through TTB0. */
	bool tbi = high && s1->regime != SMMU_REGIME_EL2 ? s1->tbi1 : s1->tbi0;

	if (!tbi)
		return va;
	return high ? va | ~smmu_low_bits(56) : va & smmu_low_bits(56);
}

/* 3.17.1: global entries match every ASID, but only of their own ASID set. */
static bool tag_matches(const struct smmu_cached_tlb *entry, const struct smmu_s1 *s1)
{
	if (entry->regime != s1->regime)
		return false;
	return entry->walk.global ? entry->aset == s1->aset : entry->asid == s1->asid;
}

const struct smmu_cached_tlb *smmu_caches_tlb(const struct smmu *smmu, const struct smmu_s1 *s1,
					      uint64_t va)
{
	uint64_t effective = effective_va(s1, va);

	for (unsigned i = 0; i < SMMU_TLB_CACHE; i++) {
		const struct smmu_cached_tlb *entry = &smmu->caches.tlb[i];

		if (entry->valid && effective - entry->va < entry->walk.size &&
		    tag_matches(entry, s1))
			return entry;
	}
	return NULL;
}

void smmu_caches_fill_tlb(struct smmu *smmu, const struct smmu_s1 *s1, uint64_t va,
			  const struct smmu_walk *walk)
{
	struct smmu_caches *caches = &smmu->caches;
	struct smmu_cached_tlb *entry = &caches->tlb[caches->next_tlb];
	uint64_t offset = walk->size - 1;

	caches->next_tlb = (uint8_t)((caches->next_tlb + 1) % SMMU_TLB_CACHE);
	entry->valid = true;
	entry->regime = s1->regime;
	entry->aset = s1->aset;
	entry->asid = s1->asid;
	entry->va = effective_va(s1, va) & ~offset;
	entry->walk = *walk;
	entry->walk.pa &= ~offset;
}

/* Invalidation of configuration (4.3). */

struct sid_range {
	uint32_t first, mask; /* of the bits that must match */
};

static bool sid_matches(struct sid_range range, uint32_t sid)
{
	return ((sid ^ range.first) & range.mask) == 0;
}

/* 4.3.1, 4.3.2: an STE goes together with the CDs that were cached through its StreamID. */
static void drop_stes(struct smmu *smmu, struct sid_range range)
{
	for (unsigned i = 0; i < SMMU_STE_CACHE; i++)
		if (smmu->caches.ste[i].valid && sid_matches(range, smmu->caches.ste[i].sid))
			smmu->caches.ste[i].valid = false;
	for (unsigned i = 0; i < SMMU_CD_CACHE; i++)
		if (smmu->caches.cd[i].valid && sid_matches(range, smmu->caches.cd[i].sid))
			smmu->caches.cd[i].valid = false;
}

/* 4.3.3: SubstreamID is the index in the CD table. 4.3.4: all of them. */
static void drop_cds(struct smmu *smmu, uint32_t sid, bool all, uint32_t index)
{
	for (unsigned i = 0; i < SMMU_CD_CACHE; i++) {
		struct smmu_cached_cd *entry = &smmu->caches.cd[i];

		if (entry->valid && entry->sid == sid && (all || entry->index == index))
			entry->valid = false;
	}
}

/* 4.3.2: 2^(Range + 1) StreamIDs, aligned; 31 is CMD_CFGI_ALL (4.3.6). */
static struct sid_range range_of(const struct smmu_invalidation *inv)
{
	uint32_t mask = ~(uint32_t)smmu_low_bits(inv->range + 1u);

	return (struct sid_range){.first = inv->sid & mask, .mask = mask};
}

/* Invalidation of translations (4.4). */

/* Which entries of the command's regime a TLBI opcode names. */
enum {
	BY_ASID = 1 << 0,
	BY_VA = 1 << 1,
	KEEP_GLOBAL = 1 << 2, /* ASID scope: non-global entries only (4.4.2.2) */
	BOTH_EL2 = 1 << 3,    /* EL2 and EL2-E2H (4.4.2.7) */
	IS_TLBI = 1 << 4,
};

static const uint8_t tlbi_scope[256] = {
	[SMMU_CMD_TLBI_NH_ALL] = IS_TLBI,
	[SMMU_CMD_TLBI_NSNH_ALL] = IS_TLBI,
	[SMMU_CMD_TLBI_NH_ASID] = IS_TLBI | BY_ASID | KEEP_GLOBAL,
	[SMMU_CMD_TLBI_NH_VA] = IS_TLBI | BY_ASID | BY_VA,
	[SMMU_CMD_TLBI_NH_VAA] = IS_TLBI | BY_VA,
	[SMMU_CMD_TLBI_EL2_ALL] = IS_TLBI | BOTH_EL2,
	[SMMU_CMD_TLBI_EL2_ASID] = IS_TLBI | BY_ASID | KEEP_GLOBAL,
	[SMMU_CMD_TLBI_EL2_VA] = IS_TLBI | BY_ASID | BY_VA,
	[SMMU_CMD_TLBI_EL2_VAA] = IS_TLBI | BY_VA,
};

static bool tlbi_hits(const struct smmu_cached_tlb *entry, const struct smmu_invalidation *inv,
		      unsigned scope)
{
	if (scope & BOTH_EL2 ? entry->regime == SMMU_REGIME_NS_EL1 : entry->regime != inv->regime)
		return false;
	if (scope & KEEP_GLOBAL && entry->walk.global)
		return false;
	/* 4.4.2.4: global entries go regardless of the ASID; 4.4.2.8: EL2 has none. */
	if (scope & BY_ASID && !entry->walk.global && entry->regime != SMMU_REGIME_EL2 &&
	    entry->asid != inv->asid)
		return false;
	/* 4.4.1.1: an entry of another level than TTL names stays. */
	if (scope & BY_VA && !smmu_tlbi_names_level(inv, entry->walk.level, false))
		return false;
	/* 4.4: the range touches the entry. Size 0: the whole space. */
	return !(scope & BY_VA) || !inv->size || entry->va - inv->va < inv->size ||
	       inv->va - entry->va < entry->walk.size;
}

static void drop_tlb(struct smmu *smmu, const struct smmu_invalidation *inv)
{
	unsigned scope = tlbi_scope[inv->opcode];

	for (unsigned i = 0; i < SMMU_TLB_CACHE; i++) {
		struct smmu_cached_tlb *entry = &smmu->caches.tlb[i];

		if (entry->valid && tlbi_hits(entry, inv, scope))
			entry->valid = false;
	}
}

void smmu_caches_invalidate(struct smmu *smmu, const struct smmu_invalidation *inv)
{
	if (smmu->profile.cache != SMMU_CACHE_EXACT)
		return;
	switch (inv->opcode) {
	case SMMU_CMD_CFGI_STE:
		drop_stes(smmu, (struct sid_range){.first = inv->sid, .mask = ~0u});
		break;
	case SMMU_CMD_CFGI_STE_RANGE:
		drop_stes(smmu, range_of(inv));
		break;
	case SMMU_CMD_CFGI_CD:
		drop_cds(smmu, inv->sid, false, inv->ssid);
		break;
	case SMMU_CMD_CFGI_CD_ALL:
		drop_cds(smmu, inv->sid, true, 0);
		break;
	default:
		if (tlbi_scope[inv->opcode] & IS_TLBI)
			drop_tlb(smmu, inv);
		break;
	}
}
