/* SPDX-License-Identifier: MIT */
/*
 * The TLB of the exact caches (16.2): combined entries, VA to PA through all stages of their
 * configuration, and entries of stage 2 alone. Tags are those of 3.17, scopes those of 4.4.
 */
#include "address.h"
#include "regs.h"
#include "smmu_state.h"

#include <string.h>

/* A tag: translation regime, VMID, ASID or the global entries' ASID set (3.17, 3.17.1). Global
 * entries that are not shared have the ASID that they were walked for. */
enum {
	TAG_REGIME_SHIFT = 1,
	TAG_GRANULE_SHIFT = 8,
	TAG_VMID_SHIFT = 16,
	TAG_ASID_SHIFT = 32,
};
#define TAG_VALID  SMMU_BIT(0)
#define TAG_REGIME SMMU_MASK(2, 1)
#define TAG_STAGE2 SMMU_BIT(3) /* an IPA under stage 2 alone */
#define TAG_GLOBAL SMMU_BIT(4)
#define TAG_ASET   SMMU_BIT(5) /* of a global entry */
#define TAG_VMID   SMMU_MASK(31, 16)
#define TAG_ASID   SMMU_MASK(47, 32)

/* An input address on its way to the entries that may serve it. */
struct lookup {
	uint64_t addr;
	uint64_t private, shared; /* either tag will do; equal when there is one */
	uint8_t granule;
};

/* 3.4.1: with TBI the effective VA[63:56] are a sign extension of VA[55]. */
static uint64_t effective_va(const struct smmu_s1 *s1, uint64_t va, bool high)
{
	if (!(high ? s1->tbi1 : s1->tbi0))
		return va;
	return va & SMMU_BIT(55) ? va | ~smmu_low_bits(56) : va & smmu_low_bits(56);
}

static struct lookup lookup_s1(const struct smmu *smmu, const struct smmu_s1 *s1, uint64_t va)
{
	const struct smmu_geometry_knobs *knobs = smmu_geometry_of(smmu);
	/* Any-EL2 has one range, through TTB0. */
	bool high = va & SMMU_BIT(55) && s1->regime != SMMU_REGIME_EL2;
	struct lookup lookup = {
		.addr = effective_va(s1, va, high),
		.granule = high ? s1->granule1 : s1->granule0,
	};
	uint64_t tag = TAG_VALID | (uint64_t)s1->regime << TAG_REGIME_SHIFT;

	/* 3.17: VMIDs are of NS-EL1 alone. */
	if (s1->regime == SMMU_REGIME_NS_EL1 && !SMMU_FAULT(smmu, tlb_ignores_vmid))
		tag |= (uint64_t)s1->vmid << TAG_VMID_SHIFT;
	if (knobs->keyed_by_granule)
		tag |= (uint64_t)lookup.granule << TAG_GRANULE_SHIFT;
	lookup.private = tag | (uint64_t)s1->asid << TAG_ASID_SHIFT;
	lookup.shared = knobs->keyed_by_asid ? lookup.private | TAG_GLOBAL
					     : tag | TAG_GLOBAL | (s1->aset ? TAG_ASET : 0);
	return lookup;
}

static struct lookup lookup_s2(const struct smmu *smmu, const struct smmu_s2 *s2, uint64_t ipa)
{
	uint64_t tag = TAG_VALID | TAG_STAGE2;

	if (!SMMU_FAULT(smmu, tlb_ignores_vmid))
		tag |= (uint64_t)s2->vmid << TAG_VMID_SHIFT;
	return (struct lookup){.addr = ipa, .private = tag, .shared = tag, .granule = s2->granule};
}

/* The first way of the set that a page can be in. */
static unsigned set_of(const struct smmu_cache_shape *shape, uint64_t addr, unsigned log2_size)
{
	uint64_t page = addr >> log2_size;

	return (unsigned)((page ^ page >> 9) & (shape->sets - 1u)) * shape->ways;
}

static const struct smmu_cached_tlb conflict = {
	.walk = {.event = SMMU_F_TLB_CONFLICT, .cause = SMMU_CAUSE_tlb_conflict}};

/* Size by size, the largest first. 7.3.17: two that answer are a conflict where it is reported. */
static const struct smmu_cached_tlb *find(const struct smmu *smmu, const struct lookup *lookup)
{
	const struct smmu_caches *caches = &smmu->caches;
	const struct smmu_cache_shape *shape = &smmu_geometry_of(smmu)->tlb;
	const struct smmu_cached_tlb *found = NULL;

	for (uint64_t sizes = caches->sizes; sizes;) {
		unsigned log2_size = 63u - (unsigned)__builtin_clzll(sizes);
		uint64_t key = smmu_align_down(lookup->addr, log2_size) | log2_size;
		unsigned first = set_of(shape, lookup->addr, log2_size);

		sizes &= ~SMMU_BIT(log2_size);
		for (unsigned i = first; i < first + shape->ways; i++) {
			uint64_t tag = caches->tag[i];

			if ((tag != lookup->private && tag != lookup->shared) ||
			    caches->key[i] != key)
				continue;
			if (found)
				return &conflict;
			found = &caches->tlb[i];
			if (!smmu->profile.conflicts)
				return found;
		}
	}
	return found;
}

const struct smmu_cached_tlb *smmu_caches_tlb(const struct smmu *smmu, const struct smmu_s1 *s1,
					      uint64_t va)
{
	struct lookup lookup = lookup_s1(smmu, s1, va);

	return find(smmu, &lookup);
}

const struct smmu_cached_tlb *smmu_caches_tlb_s2(const struct smmu *smmu, const struct smmu_s2 *s2,
						 uint64_t ipa)
{
	struct lookup lookup = lookup_s2(smmu, s2, ipa);

	return find(smmu, &lookup);
}

void smmu_tlb_reset(struct smmu *smmu)
{
	struct smmu_caches *caches = &smmu->caches;
	const struct smmu_cache_shape *shape = &smmu_geometry_of(smmu)->tlb;

	memset(caches->tag, 0, shape->sets * shape->ways * sizeof(caches->tag[0]));
	memset(caches->next_tlb, 0, shape->sets * sizeof(caches->next_tlb[0]));
	caches->sizes = 0;
	caches->tlb_count = 0;
	caches->splintered = false;
}

static void drop(struct smmu_caches *caches, unsigned i)
{
	caches->tag[i] = 0;
	caches->tlb_count--;
}

/* Where a new entry goes: in the place of its equal, or else of the set's next victim. */
static unsigned place_for(struct smmu *smmu, uint64_t tag, uint64_t key, unsigned first)
{
	struct smmu_caches *caches = &smmu->caches;
	const struct smmu_geometry_knobs *knobs = smmu_geometry_of(smmu);
	unsigned ways = knobs->tlb.ways, set = first / ways, victim;

	for (unsigned i = first; i < first + ways; i++)
		if (caches->tag[i] == tag && caches->key[i] == key)
			return i;
	if (knobs->empties_when_full) {
		if (caches->tlb_count == (unsigned)knobs->tlb.sets * ways)
			smmu_tlb_reset(smmu);
		for (unsigned i = first; i < first + ways; i++)
			if (!caches->tag[i])
				return i;
	}
	victim = first + caches->next_tlb[set];
	caches->next_tlb[set] = (uint8_t)((caches->next_tlb[set] + 1u) % ways);
	return victim;
}

static void fill(struct smmu *smmu, const struct lookup *lookup, bool combined,
		 const struct smmu_walk *walk)
{
	struct smmu_caches *caches = &smmu->caches;
	unsigned log2_size = (unsigned)__builtin_ctzll(walk->size);
	uint64_t tag = walk->global ? lookup->shared : lookup->private;
	uint64_t key = smmu_align_down(lookup->addr, log2_size) | log2_size;
	unsigned i = place_for(smmu, tag, key,
			       set_of(&smmu_geometry_of(smmu)->tlb, lookup->addr, log2_size));
	struct smmu_cached_tlb *entry = &caches->tlb[i];

	caches->tlb_count += !caches->tag[i];
	caches->sizes |= SMMU_BIT(log2_size);
	caches->tag[i] = tag;
	caches->key[i] = key;
	entry->walk = *walk;
	entry->walk.pa = smmu_align_down(walk->pa, log2_size);
	entry->walk.ipa = smmu_align_down(walk->ipa, log2_size);
	entry->combined = combined;
	entry->granule = lookup->granule;
	/* 16.2.1: both stages decide the size, but a TLBI by VA names the leaf of stage 1. */
	entry->span =
		combined ? SMMU_BIT(smmu_level_shift(lookup->granule, walk->level)) : walk->size;
	caches->splintered |= entry->span > walk->size;
}

void smmu_caches_fill_tlb(struct smmu *smmu, const struct smmu_s1 *s1, uint64_t va,
			  const struct smmu_walk *walk)
{
	struct lookup lookup = lookup_s1(smmu, s1, va);

	fill(smmu, &lookup, false, walk);
}

void smmu_caches_fill_tlb_both(struct smmu *smmu, const struct smmu_s1 *s1, uint64_t va,
			       const struct smmu_walk *walk)
{
	struct lookup lookup = lookup_s1(smmu, s1, va);

	fill(smmu, &lookup, true, walk);
}

void smmu_caches_fill_tlb_s2(struct smmu *smmu, const struct smmu_s2 *s2, uint64_t ipa,
			     const struct smmu_walk *walk)
{
	struct lookup lookup = lookup_s2(smmu, s2, ipa);

	fill(smmu, &lookup, false, walk);
}

/* Invalidation (4.4). */

/* Which entries of the command's regime a TLBI opcode names. */
enum {
	IS_TLBI = 1 << 0,
	BY_ASID = 1 << 1,
	BY_ADDRESS = 1 << 2,
	BY_VMID = 1 << 3,
	KEEP_GLOBAL = 1 << 4, /* ASID scope: non-global entries only (4.4.2.2) */
	STAGE1 = 1 << 5,      /* combined entries and those of stage 1 alone */
	STAGE2 = 1 << 6,      /* those of stage 2 alone (4.4.3.1) */
	EVERY_EL2 = 1 << 7,   /* EL2 and EL2-E2H (4.4.2.7) */
};

static const uint8_t tlbi_scope[256] = {
	[SMMU_CMD_TLBI_NH_ALL] = IS_TLBI | BY_VMID | STAGE1,
	[SMMU_CMD_TLBI_NH_ASID] = IS_TLBI | BY_VMID | BY_ASID | KEEP_GLOBAL | STAGE1,
	[SMMU_CMD_TLBI_NH_VA] = IS_TLBI | BY_VMID | BY_ASID | BY_ADDRESS | STAGE1,
	[SMMU_CMD_TLBI_NH_VAA] = IS_TLBI | BY_VMID | BY_ADDRESS | STAGE1,
	[SMMU_CMD_TLBI_S12_VMALL] = IS_TLBI | BY_VMID | STAGE1 | STAGE2,
	[SMMU_CMD_TLBI_S2_IPA] = IS_TLBI | BY_VMID | BY_ADDRESS | STAGE2,
	[SMMU_CMD_TLBI_NSNH_ALL] = IS_TLBI | STAGE1 | STAGE2,
	[SMMU_CMD_TLBI_EL2_ALL] = IS_TLBI | EVERY_EL2 | STAGE1,
	[SMMU_CMD_TLBI_EL2_ASID] = IS_TLBI | BY_ASID | KEEP_GLOBAL | STAGE1,
	[SMMU_CMD_TLBI_EL2_VA] = IS_TLBI | BY_ASID | BY_ADDRESS | STAGE1,
	[SMMU_CMD_TLBI_EL2_VAA] = IS_TLBI | BY_ADDRESS | STAGE1,
};

/* A tag is named when it equals one of two values under that value's mask. */
struct named {
	uint64_t mask[2], value[2];
	const struct smmu_invalidation *inv;
	bool by_address;
};

static struct named name_entries(const struct smmu *smmu, const struct smmu_invalidation *inv)
{
	unsigned scope = tlbi_scope[inv->opcode];
	uint64_t mask = TAG_VALID | TAG_REGIME;
	uint64_t value = TAG_VALID | (uint64_t)inv->regime << TAG_REGIME_SHIFT;
	struct named named = {.inv = inv, .by_address = scope & BY_ADDRESS};

	if (SMMU_FAULT(smmu, s2_ipa_takes_va) && inv->opcode == SMMU_CMD_TLBI_S2_IPA)
		scope ^= STAGE1 | STAGE2;
	if (!(scope & STAGE1) != !(scope & STAGE2)) {
		mask |= TAG_STAGE2;
		value |= scope & STAGE2 ? TAG_STAGE2 : 0;
	}
	if (scope & BY_VMID) {
		mask |= TAG_VMID;
		value |= (uint64_t)inv->vmid << TAG_VMID_SHIFT;
	}
	named.mask[0] = named.mask[1] = mask;
	named.value[0] = named.value[1] = value;
	if (scope & EVERY_EL2) {
		named.value[0] ^= (uint64_t)(inv->regime ^ SMMU_REGIME_EL2) << TAG_REGIME_SHIFT;
		named.value[1] ^= (uint64_t)(inv->regime ^ SMMU_REGIME_EL2_E2H) << TAG_REGIME_SHIFT;
	}
	/* 4.4.2.4: global entries go regardless of the ASID; 4.4.2.8: EL2 has none. */
	if (scope & BY_ASID && inv->regime != SMMU_REGIME_EL2) {
		named.mask[0] |= TAG_ASID;
		/* Where global entries have an ASID, more goes than 4.4.2.2 asks for. */
		if (!smmu_geometry_of(smmu)->keyed_by_asid)
			named.mask[0] |= TAG_GLOBAL;
		named.value[0] |= (uint64_t)inv->asid << TAG_ASID_SHIFT;
		named.mask[1] = scope & KEEP_GLOBAL ? 0 : mask | TAG_GLOBAL;
		named.value[1] |= TAG_GLOBAL;
	}
	return named;
}

static bool tag_named(const struct named *named, uint64_t tag)
{
	return (tag & named->mask[0]) == named->value[0] ||
	       (tag & named->mask[1]) == named->value[1];
}

/* 4.4, 4.4.1.1: granule and level, then whether the range touches the leaf. Size 0: everything. */
static bool address_named(const struct smmu_caches *caches, const struct smmu_invalidation *inv,
			  unsigned i)
{
	const struct smmu_cached_tlb *entry = &caches->tlb[i];
	/* A span is 4 KiB at least, so the size in the low bits of the key goes too. */
	uint64_t start = caches->key[i] & ~(entry->span - 1);

	if (inv->tg && entry->granule && inv->tg != entry->granule)
		return false;
	if (!smmu_tlbi_names_level(inv, entry->walk.level, false))
		return false;
	return !inv->size || start - inv->va < inv->size || inv->va - start < entry->span;
}

static void drop_named(struct smmu_caches *caches, const struct named *named, unsigned first,
		       unsigned count)
{
	for (unsigned i = first; i < first + count; i++)
		if (tag_named(named, caches->tag[i]) &&
		    (!named->by_address || address_named(caches, named->inv, i)))
			drop(caches, i);
}

/* The sets that entries of one size can be in, when those are fewer than all. */
static bool drop_from_sets(struct smmu *smmu, const struct named *named, unsigned log2_size)
{
	const struct smmu_cache_shape *shape = &smmu_geometry_of(smmu)->tlb;
	const struct smmu_invalidation *inv = named->inv;
	uint64_t first = inv->va >> log2_size, last = (inv->va + inv->size - 1) >> log2_size;

	if (!inv->size || last < first || last - first >= shape->sets)
		return false;
	for (uint64_t page = first; page <= last; page++)
		drop_named(&smmu->caches, named, set_of(shape, page << log2_size, log2_size),
			   shape->ways);
	return true;
}

void smmu_tlb_invalidate(struct smmu *smmu, const struct smmu_invalidation *inv)
{
	struct smmu_caches *caches = &smmu->caches;
	const struct smmu_cache_shape *shape = &smmu_geometry_of(smmu)->tlb;
	bool everywhere = !(tlbi_scope[inv->opcode] & BY_ADDRESS) || caches->splintered;
	struct named named;

	if (!(tlbi_scope[inv->opcode] & IS_TLBI))
		return;
	named = name_entries(smmu, inv);
	for (uint64_t sizes = caches->sizes; sizes && !everywhere; sizes &= sizes - 1)
		everywhere = !drop_from_sets(smmu, &named, (unsigned)__builtin_ctzll(sizes));
	if (everywhere)
		drop_named(caches, &named, 0, shape->sets * shape->ways);
}
