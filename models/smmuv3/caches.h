/* SPDX-License-Identifier: MIT */
/*
 * Exact caches (16.2): what one implementation holds of stream table, CD tables and translations,
 * decoded. How large they are and what they are keyed by is a row of the table in caches.c, chosen
 * by smmu_profile.geometry. Outside of SMMU_CACHE_EXACT nobody fills them or looks.
 */
#ifndef SMMUV3_CACHES_H
#define SMMUV3_CACHES_H

#include "decode.h"

/* Upper bounds of every geometry; those of the small one have a name for the tests. */
enum {
	SMMU_STE_CACHE_MAX = 1024,
	SMMU_CD_CACHE_MAX = 1024,
	SMMU_TLB_MAX = 4096,
	SMMU_TLB_SETS_MAX = 512,
	SMMU_CONFIG_SETS_MAX = 256,

	SMMU_STE_CACHE = 8,
	SMMU_CD_CACHE = 16,
	SMMU_TLB_CACHE = 64,
};

/* Doublewords that have a meaning; those about stage 2 are the upper two of an STE. */
enum { SMMU_STE_WORDS_S1 = 2, SMMU_STE_WORDS_USED = 4, SMMU_CD_WORDS_USED = 4 };

struct smmu_cached_ste {
	bool valid;
	uint32_t sid;
	uint64_t generation; /* CDs that were fetched through this entry name it */
	uint64_t word[SMMU_STE_WORDS];
	struct smmu_ste ste;
};

struct smmu_cached_cd {
	bool valid;
	uint32_t sid, index; /* CD index: 0 for "no substream" */
	uint64_t generation; /* of the STE */
	struct smmu_cd cd;
};

/*
 * A finished walk. A combined entry (VA to PA through both stages) and an entry of stage 1 alone
 * are found by VA, ASID and VMID; one of stage 2 alone by IPA and VMID.
 */
struct smmu_cached_tlb {
	uint64_t span;	       /* of the leaf that an invalidation by address names; >= walk.size */
	uint8_t granule;       /* log2, of the same leaf */
	bool combined;	       /* both stages decided */
	struct smmu_walk walk; /* pa and ipa of the first byte */
};

struct smmu_caches {
	uint64_t generation;
	bool spans;	    /* an STE with CONT may be cached */
	uint64_t sizes;	    /* bit n: an entry of 2^n bytes may be in the TLB */
	unsigned tlb_count; /* valid entries, for a geometry that empties a full TLB */
	bool splintered;    /* an entry may be smaller than the leaf that it is part of */
	uint8_t next_ste[SMMU_CONFIG_SETS_MAX], next_cd[SMMU_CONFIG_SETS_MAX];
	uint8_t next_tlb[SMMU_TLB_SETS_MAX];
	struct smmu_cached_ste ste[SMMU_STE_CACHE_MAX];
	struct smmu_cached_cd cd[SMMU_CD_CACHE_MAX];
	uint64_t tag[SMMU_TLB_MAX]; /* whose translation (tlb.c); 0: no entry */
	uint64_t key[SMMU_TLB_MAX]; /* aligned input address | log2 of the size */
	struct smmu_cached_tlb tlb[SMMU_TLB_MAX];
};

/* A set-associative cache with a round-robin victim in each set. */
struct smmu_cache_shape {
	uint16_t sets; /* power of two */
	uint16_t ways;
};

struct smmu_geometry_knobs {
	struct smmu_cache_shape ste, cd, tlb;
	bool config_as_one; /* an STE is kept with its CD, when both are valid, and goes with it */
	bool empties_when_full; /* the TLB loses everything instead of one entry */
	bool keyed_by_asid;    /* global entries are not shared: they have the ASID of their walk */
	bool keyed_by_granule; /* an entry serves configurations of its own granule only */
};
/* By enum smmu_geometry; smmu_geometry_of() in smmu_state.h. */
extern const struct smmu_geometry_knobs smmu_geometries[];

void smmu_caches_reset(struct smmu *smmu);
void smmu_caches_invalidate(struct smmu *smmu, const struct smmu_invalidation *inv);

/*
 * Configuration. NULL on a miss; with profile.conflicts an entry with F_CFG_CONFLICT when two
 * different STEs answer (5.2 CONT). A fill decodes the words and returns the entry.
 */
const struct smmu_cached_ste *smmu_caches_ste(const struct smmu *smmu, uint32_t sid);
const struct smmu_cached_ste *smmu_caches_fill_ste(struct smmu *smmu, uint32_t sid,
						   const uint64_t word[SMMU_STE_WORDS]);
/* CDs that were fetched through this cached STE. */
const struct smmu_cached_cd *smmu_caches_cd(const struct smmu *smmu,
					    const struct smmu_cached_ste *ste, uint32_t sid,
					    uint32_t index);
void smmu_caches_fill_cd(struct smmu *smmu, const struct smmu_cached_ste *ste, uint32_t sid,
			 uint32_t index, const struct smmu_cd *cd);

/*
 * Translations (tlb.c). NULL on a miss; with profile.conflicts an entry whose walk.event is
 * F_TLB_CONFLICT when two answer. The first pair looks up a VA under stage 1, whether stage 2
 * follows or not; the second an IPA under stage 2 alone. A fill replaces what has the same key.
 */
const struct smmu_cached_tlb *smmu_caches_tlb(const struct smmu *smmu, const struct smmu_s1 *s1,
					      uint64_t va);
const struct smmu_cached_tlb *smmu_caches_tlb_s2(const struct smmu *smmu, const struct smmu_s2 *s2,
						 uint64_t ipa);
/* A walk of stage 1 alone, or (smmu_caches_fill_tlb_both) of both. */
void smmu_caches_fill_tlb(struct smmu *smmu, const struct smmu_s1 *s1, uint64_t va,
			  const struct smmu_walk *walk);
void smmu_caches_fill_tlb_both(struct smmu *smmu, const struct smmu_s1 *s1, uint64_t va,
			       const struct smmu_walk *walk);
void smmu_caches_fill_tlb_s2(struct smmu *smmu, const struct smmu_s2 *s2, uint64_t ipa,
			     const struct smmu_walk *walk);
void smmu_tlb_reset(struct smmu *smmu);
void smmu_tlb_invalidate(struct smmu *smmu, const struct smmu_invalidation *inv);

#endif
