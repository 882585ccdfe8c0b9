/* SPDX-License-Identifier: MIT */
/*
 * From a StreamID to a decoded STE, from there to a decoded CD (3.3.3), through the exact caches
 * where there are any. A CD of a nested configuration is fetched through stage 2.
 */
#include "regs.h"

#include "flow.h"

#include <string.h>

static bool read_words(const struct smmu *smmu, uint64_t pa, uint64_t *word, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (!smmu_mem_read(smmu, pa + 8 * i, &word[i]))
			return false;
	return true;
}

static struct smmu_place not_read(uint8_t event, uint8_t cause, uint64_t pa)
{
	return (struct smmu_place){.event = event, .cause = cause, .fetch_addr = pa};
}

static struct smmu_place locate_ste(const struct smmu *smmu, uint32_t sid)
{
	uint64_t pa, l1std;

	if (!smmu_sid_in_range(smmu, sid))
		return not_read(SMMU_C_BAD_STREAMID, SMMU_CAUSE_sid_range, 0);
	if (!smmu_strtab_is_two_level(smmu))
		return smmu_ste_place_linear(smmu, sid);
	pa = smmu_l1std_address(smmu, sid);
	if (!smmu_mem_read(smmu, pa, &l1std))
		return not_read(SMMU_F_STE_FETCH, SMMU_CAUSE_l1std_fetch, pa);
	return smmu_ste_place_l1(smmu, sid, l1std);
}

/* 5.2: does this STE lead to no CD, so that it is all of a stream's configuration? */
static bool stands_alone(const struct smmu_ste *ste)
{
	return !ste->event && !smmu_ste_has_s1(ste->config);
}

const struct smmu_cached_ste *smmu_flow_ste(struct smmu_flow *flow)
{
	struct smmu *smmu = flow->smmu;
	struct smmu_cached_ste *entry = &flow->scratch->ste;
	uint64_t word[SMMU_STE_WORDS] = {0};
	struct smmu_place place;

	if (flow->cached) {
		const struct smmu_cached_ste *hit = smmu_caches_ste(smmu, flow->request.sid);

		if (hit)
			return hit;
	}
	place = locate_ste(smmu, flow->request.sid);
	if (!place.event &&
	    !read_words(smmu, place.pa, word,
			smmu->profile.stage2 ? SMMU_STE_WORDS_USED : SMMU_STE_WORDS_S1))
		place = not_read(SMMU_F_STE_FETCH, SMMU_CAUSE_ste_fetch, place.pa);
	/* 5.2.1: a failed fetch is not cached, an STE is in any state. */
	if (place.event) {
		entry->ste = (struct smmu_ste){.event = place.event, .cause = place.cause};
		flow->scratch->walk = (struct smmu_walk){.fetch_addr = place.fetch_addr};
		return entry;
	}
	if (flow->cached && !smmu_geometry_of(smmu)->config_as_one)
		return smmu_caches_fill_ste(smmu, flow->request.sid, word);
	entry->ste = smmu_ste_decode(smmu, word);
	memcpy(entry->word, word, sizeof(entry->word));
	if (flow->cached && stands_alone(&entry->ste))
		return smmu_caches_fill_ste(smmu, flow->request.sid, word);
	return entry;
}

/*
 * 3.3.2: under both stages the addresses of L1CD and CD are IPAs. False: scratch->walk says why.
 * *pa: where the doubleword stands.
 */
static bool read_structure(struct smmu_flow *flow, const struct smmu_ste *ste, uint64_t addr,
			   uint8_t cause, uint64_t *pa, uint64_t *value)
{
	struct smmu_walk *walk = &flow->scratch->walk;

	*pa = addr;
	if (!ste->s2.on || SMMU_FAULT(flow->smmu, cd_skips_stage_2)) {
		*walk = (struct smmu_walk){
			.event = SMMU_F_CD_FETCH, .cause = cause, .fetch_addr = addr};
		return smmu_mem_read(flow->smmu, addr, value);
	}
	*walk = smmu_fetch_s2(flow->smmu, &ste->s2, addr, flow->update);
	*pa = walk->pa;
	*value = walk->desc;
	/* 7.3.10: FetchAddr is the physical address. */
	if (walk->event == SMMU_F_CD_FETCH) {
		walk->cause = cause;
		walk->fetch_addr = walk->pa;
		walk->s2 = false;
	}
	return !walk->event;
}

static bool locate_cd(struct smmu_flow *flow, const struct smmu_ste *ste, uint32_t index,
		      struct smmu_place *place)
{
	uint64_t pa, l1cd;

	if (!smmu_cd_is_two_level(ste)) {
		*place = smmu_cd_place_linear(flow->smmu, ste, index);
	} else {
		if (!read_structure(flow, ste, smmu_l1cd_address(ste, index), SMMU_CAUSE_l1cd_fetch,
				    &pa, &l1cd))
			return false;
		*place = smmu_cd_place_l1(flow->smmu, ste, index, l1cd);
	}
	flow->scratch->walk = (struct smmu_walk){
		.event = place->event, .cause = place->cause, .fetch_addr = place->fetch_addr};
	return !place->event;
}

static bool read_cd(struct smmu_flow *flow, const struct smmu_ste *ste, uint32_t index,
		    uint64_t *word)
{
	struct smmu_place place;
	uint64_t pa;

	if (!locate_cd(flow, ste, index, &place))
		return false;
	if (!read_structure(flow, ste, place.pa, SMMU_CAUSE_cd_fetch, &pa, &word[0]))
		return false;
	/* A CD is 64 bytes, aligned, so it is all in one page of stage 2. */
	if (read_words(flow->smmu, pa + 8, &word[1], SMMU_CD_WORDS_USED - 1))
		return true;
	flow->scratch->walk = (struct smmu_walk){
		.event = SMMU_F_CD_FETCH, .cause = SMMU_CAUSE_cd_fetch, .fetch_addr = pa};
	return false;
}

const struct smmu_cd *smmu_flow_cd(struct smmu_flow *flow, const struct smmu_cached_ste *ste,
				   uint32_t index)
{
	struct smmu *smmu = flow->smmu;
	uint32_t sid = flow->request.sid;
	struct smmu_cd *cd = &flow->scratch->cd.cd;
	uint64_t word[SMMU_CD_WORDS] = {0};

	if (flow->cached && ste != &flow->scratch->ste) {
		const struct smmu_cached_cd *hit = smmu_caches_cd(smmu, ste, sid, index);

		if (hit) {
			flow->scratch->walk.s2 = false;
			return &hit->cd;
		}
	}
	/* 5.4.1: a failed fetch is not cached, a CD is in any state. */
	if (!read_cd(flow, &ste->ste, index, word)) {
		*cd = (struct smmu_cd){.event = flow->scratch->walk.event,
				       .cause = flow->scratch->walk.cause};
		return cd;
	}
	flow->scratch->walk = (struct smmu_walk){0};
	*cd = smmu_cd_decode(smmu, &ste->ste, word);
	if (!flow->cached)
		return cd;
	if (smmu_geometry_of(smmu)->config_as_one) {
		if (cd->event)
			return cd;
		if (ste == &flow->scratch->ste)
			ste = smmu_caches_fill_ste(smmu, sid, ste->word);
	}
	smmu_caches_fill_cd(smmu, ste, sid, index, cd);
	return cd;
}
