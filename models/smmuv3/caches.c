/* SPDX-License-Identifier: MIT */
/*
 * Exact caches (16.2): their geometries, and the configuration caches. They hold what was used,
 * nothing speculative, and lose exactly what a command names (4.3). tlb.c has the translations.
 */
#include "address.h"
#include "regs.h"
#include "smmu_state.h"

#include <string.h>

const struct smmu_geometry_knobs smmu_geometries[] = {
	[SMMU_GEOMETRY_SMALL] = {.ste = {1, SMMU_STE_CACHE},
				 .cd = {1, SMMU_CD_CACHE},
				 .tlb = {1, SMMU_TLB_CACHE}},
	[SMMU_GEOMETRY_QEMU] = {.ste = {256, 4},
				.cd = {256, 4},
				.tlb = {1, 256},
				.config_as_one = true,
				.empties_when_full = true,
				.keyed_by_asid = true,
				.keyed_by_granule = true},
	[SMMU_GEOMETRY_LARGE] = {.ste = {256, 4}, .cd = {256, 4}, .tlb = {512, 8}},
};

void smmu_caches_reset(struct smmu *smmu)
{
	struct smmu_caches *caches = &smmu->caches;
	const struct smmu_geometry_knobs *knobs = smmu_geometry_of(smmu);

	if (smmu->profile.cache != SMMU_CACHE_EXACT)
		return;
	caches->generation = 0;
	caches->spans = false;
	memset(caches->next_ste, 0, sizeof(caches->next_ste));
	memset(caches->next_cd, 0, sizeof(caches->next_cd));
	for (unsigned i = 0; i < (unsigned)knobs->ste.sets * knobs->ste.ways; i++)
		caches->ste[i].valid = false;
	for (unsigned i = 0; i < (unsigned)knobs->cd.sets * knobs->cd.ways; i++)
		caches->cd[i].valid = false;
	smmu_tlb_reset(smmu);
}

/* STEs, by StreamID (5.2.1). */

static unsigned ste_set(const struct smmu_cache_shape *shape, uint32_t sid)
{
	return sid & (shape->sets - 1u);
}

static const struct smmu_cached_ste *find_ste(const struct smmu *smmu, uint32_t sid)
{
	const struct smmu_cache_shape *shape = &smmu_geometry_of(smmu)->ste;
	unsigned first = ste_set(shape, sid) * shape->ways;

	for (unsigned i = first; i < first + shape->ways; i++)
		if (smmu->caches.ste[i].valid && smmu->caches.ste[i].sid == sid)
			return &smmu->caches.ste[i];
	return NULL;
}

/* 5.2 CONT: does an entry answer for the 2^CONT StreamIDs around its own, and this one too? */
static bool span_covers(const struct smmu_cached_ste *entry, uint32_t sid)
{
	return entry->valid && ((entry->sid ^ sid) >> entry->ste.cont) == 0;
}

static bool same_but_cont(const struct smmu_cached_ste *one, const struct smmu_cached_ste *other)
{
	uint64_t cont = smmu_put(SMMU_STE1_CONT, ~0ull);

	for (unsigned i = 0; i < SMMU_STE_WORDS; i++)
		if ((one->word[i] ^ other->word[i]) & (i == 1 ? ~cont : ~0ull))
			return false;
	return true;
}

/* 5.2 CONT: every entry whose span has the StreamID; 7.3.18: they must not differ. */
static const struct smmu_cached_ste *find_ste_span(const struct smmu *smmu, uint32_t sid)
{
	static const struct smmu_cached_ste conflict = {
		.ste = {.event = SMMU_F_CFG_CONFLICT, .cause = SMMU_CAUSE_ste_conflict}};
	const struct smmu_cache_shape *shape = &smmu_geometry_of(smmu)->ste;
	const struct smmu_cached_ste *found = NULL;

	/* A span does not go beyond the Stream table. */
	if (!smmu_sid_in_range(smmu, sid))
		return NULL;
	for (unsigned i = 0; i < (unsigned)shape->sets * shape->ways; i++) {
		const struct smmu_cached_ste *entry = &smmu->caches.ste[i];

		if (!span_covers(entry, sid))
			continue;
		if (found && !same_but_cont(found, entry))
			return &conflict;
		if (!found || entry->sid == sid)
			found = entry;
	}
	return found;
}

const struct smmu_cached_ste *smmu_caches_ste(const struct smmu *smmu, uint32_t sid)
{
	/* Without conflicts to report CONT is a hint that is not taken. */
	return smmu->caches.spans ? find_ste_span(smmu, sid) : find_ste(smmu, sid);
}

const struct smmu_cached_ste *smmu_caches_fill_ste(struct smmu *smmu, uint32_t sid,
						   const uint64_t word[SMMU_STE_WORDS])
{
	struct smmu_caches *caches = &smmu->caches;
	const struct smmu_cache_shape *shape = &smmu_geometry_of(smmu)->ste;
	unsigned set = ste_set(shape, sid);
	struct smmu_cached_ste *entry = &caches->ste[set * shape->ways + caches->next_ste[set]];

	caches->next_ste[set] = (uint8_t)((caches->next_ste[set] + 1u) % shape->ways);
	entry->valid = true;
	entry->sid = sid;
	if (!SMMU_FAULT(smmu, cfgi_ste_keeps_cds))
		caches->generation++;
	entry->generation = caches->generation;
	memcpy(entry->word, word, sizeof(entry->word));
	entry->ste = smmu_ste_decode(smmu, word);
	caches->spans |= smmu->profile.conflicts && entry->ste.cont;
	return entry;
}

/* CDs, by StreamID and index in the CD table (5.4.1). */

static unsigned cd_set(const struct smmu_cache_shape *shape, uint32_t sid, uint32_t index)
{
	return (sid + index * 5) & (shape->sets - 1u);
}

/*
 * A CD is decoded under its STE, so it lives no longer than that: an STE that went, by a command
 * (4.3.1) or by replacement, leaves CDs of a generation that nobody asks for.
 */
const struct smmu_cached_cd *smmu_caches_cd(const struct smmu *smmu,
					    const struct smmu_cached_ste *ste, uint32_t sid,
					    uint32_t index)
{
	const struct smmu_cache_shape *shape = &smmu_geometry_of(smmu)->cd;
	unsigned first = cd_set(shape, sid, index) * shape->ways;

	for (unsigned i = first; i < first + shape->ways; i++) {
		const struct smmu_cached_cd *entry = &smmu->caches.cd[i];

		if (entry->valid && entry->sid == sid && entry->index == index &&
		    entry->generation == ste->generation)
			return entry;
	}
	return NULL;
}

void smmu_caches_fill_cd(struct smmu *smmu, const struct smmu_cached_ste *ste, uint32_t sid,
			 uint32_t index, const struct smmu_cd *cd)
{
	struct smmu_caches *caches = &smmu->caches;
	const struct smmu_cache_shape *shape = &smmu_geometry_of(smmu)->cd;
	unsigned set = cd_set(shape, sid, index);
	struct smmu_cached_cd *entry = &caches->cd[set * shape->ways + caches->next_cd[set]];

	caches->next_cd[set] = (uint8_t)((caches->next_cd[set] + 1u) % shape->ways);
	*entry = (struct smmu_cached_cd){
		.valid = true,
		.sid = sid,
		.index = index,
		.generation = ste->generation,
		.cd = *cd,
	};
}

/* Invalidation of configuration (4.3). */

/* StreamIDs that equal `first` in the bits of `mask`. */
struct sids {
	uint32_t first, mask;
};

static bool sid_named(struct sids sids, uint32_t sid)
{
	return ((sid ^ sids.first) & sids.mask) == 0;
}

/* 4.3.1, 4.3.2 */
static void drop_stes(struct smmu *smmu, struct sids sids)
{
	const struct smmu_cache_shape *shape = &smmu_geometry_of(smmu)->ste;
	unsigned first = 0, count = (unsigned)shape->sets * shape->ways;

	if (sids.mask == ~0u) {
		first = ste_set(shape, sids.first) * shape->ways;
		count = shape->ways;
	}
	for (unsigned i = first; i < first + count; i++)
		if (smmu->caches.ste[i].valid && sid_named(sids, smmu->caches.ste[i].sid))
			smmu->caches.ste[i].valid = false;
}

/* 4.3.4 */
static void drop_cds(struct smmu *smmu, struct sids sids)
{
	const struct smmu_cache_shape *shape = &smmu_geometry_of(smmu)->cd;

	for (unsigned i = 0; i < (unsigned)shape->sets * shape->ways; i++)
		if (smmu->caches.cd[i].valid && sid_named(sids, smmu->caches.cd[i].sid))
			smmu->caches.cd[i].valid = false;
}

/* 4.3.3: SubstreamID is the index in the CD table. */
static void drop_cd(struct smmu *smmu, uint32_t sid, uint32_t index)
{
	const struct smmu_cache_shape *shape = &smmu_geometry_of(smmu)->cd;
	unsigned first = cd_set(shape, sid, index) * shape->ways;

	for (unsigned i = first; i < first + shape->ways; i++) {
		struct smmu_cached_cd *entry = &smmu->caches.cd[i];

		if (entry->valid && entry->sid == sid && entry->index == index)
			entry->valid = false;
	}
}

/* 4.3.2: 2^(Range + 1) StreamIDs, aligned; 31 is CMD_CFGI_ALL (4.3.6). */
static struct sids sids_of(const struct smmu_invalidation *inv)
{
	if (inv->opcode != SMMU_CMD_CFGI_STE_RANGE)
		return (struct sids){inv->sid, ~0u};
	return (struct sids){inv->sid, ~(uint32_t)smmu_low_bits(inv->range + 1u)};
}

void smmu_caches_invalidate(struct smmu *smmu, const struct smmu_invalidation *inv)
{
	bool as_one = smmu_geometry_of(smmu)->config_as_one;

	if (smmu->profile.cache != SMMU_CACHE_EXACT)
		return;
	switch (inv->opcode) {
	case SMMU_CMD_CFGI_STE:
	case SMMU_CMD_CFGI_STE_RANGE:
		drop_stes(smmu, sids_of(inv));
		/* 5.2 CONT: the STE of a neighbour stays, the CDs that it led to do not. */
		if (smmu->profile.conflicts)
			drop_cds(smmu, sids_of(inv));
		break;
	case SMMU_CMD_CFGI_CD:
		drop_cd(smmu, inv->sid, inv->ssid);
		if (as_one)
			drop_stes(smmu, sids_of(inv));
		break;
	case SMMU_CMD_CFGI_CD_ALL:
		drop_cds(smmu, sids_of(inv));
		if (as_one)
			drop_stes(smmu, sids_of(inv));
		break;
	default:
		smmu_tlb_invalidate(smmu, inv);
		break;
	}
}
