/* SPDX-License-Identifier: MIT */
/*
 * Worst-case caches: the configuration faults that a request may meet. Most have no context,
 * because most of what a table could hold is not there: they are found by following every STE that
 * the stream may have.
 */
#include "regs.h"
#include "worst_structure.h"

struct faults {
	struct smmu *smmu;
	unsigned stream;
	const struct smmu_request *request;
	const struct smmu_ste *ste;
	smmu_fault_fn *fn;
	void *ctx;
};

static void fault(const struct faults *faults, uint8_t event)
{
	faults->fn(faults->ctx, event);
}

/* A structure of the CD table, through stage 2 if there is one: where it may stand. */
static void find(const struct faults *faults, uint64_t address, struct smmu_ipa_ways *ways)
{
	smmu_worst_ipa_ways(faults->smmu, &faults->ste->s2, address, ways);
	for (unsigned i = 0; i < ways->count; i++) {
		struct smmu_walk *way = &ways->way[i];

		/* 7.3.16: the fetch needs the right to read. */
		if (!way->event && !way->user_read)
			way->event = SMMU_F_PERMISSION;
		if (way->event)
			fault(faults, way->event);
	}
}

static void cd_faults(const struct faults *faults, uint64_t address)
{
	struct smmu_ipa_ways ways;
	struct mix_values word;

	find(faults, address, &ways);
	for (unsigned i = 0; i < ways.count; i++) {
		if (ways.way[i].event)
			continue;
		smmu_mix_values(faults->smmu, faults->stream, SMMU_WORD_CD, ways.way[i].pa, &word);
		if (word.unreadable)
			fault(faults, SMMU_F_CD_FETCH);
		for (unsigned k = 0; k < word.count; k++)
			if (!(word.value[k] & SMMU_CD0_V))
				fault(faults, SMMU_C_BAD_CD);
	}
}

static void l1cd_faults(const struct faults *faults, uint32_t index)
{
	struct smmu_ipa_ways ways;
	struct mix_values l1;

	find(faults, smmu_l1cd_address(faults->ste, index), &ways);
	for (unsigned i = 0; i < ways.count; i++) {
		if (ways.way[i].event)
			continue;
		smmu_mix_values(faults->smmu, faults->stream, SMMU_WORD_L1CD, ways.way[i].pa, &l1);
		if (l1.unreadable)
			fault(faults, SMMU_F_CD_FETCH);
		for (unsigned k = 0; k < l1.count; k++) {
			struct smmu_place place =
				smmu_cd_place_l1(faults->smmu, faults->ste, index, l1.value[k]);

			if (place.event)
				fault(faults, place.event);
			else
				cd_faults(faults, place.pa);
		}
	}
}

/* CDs that are cached as not valid, though nothing leads to them (worst_config.c). */
static void orphan_faults(const struct faults *faults, uint32_t index)
{
	const struct smmu_worst *w = &faults->smmu->worst;

	for (unsigned i = 0; i < w->num_words && w->any_orphan; i++)
		if (w->word[i].pa == SMMU_NO_PLACE && w->word[i].stream == faults->stream &&
		    index - w->word[i].index < w->word[i].span)
			fault(faults, SMMU_C_BAD_CD);
}

/* From one STE on. */
static void ste_faults(const struct faults *faults)
{
	const struct smmu_request *request = faults->request;
	struct smmu_select select;
	struct smmu_place place;

	/* Those have a context of their own. */
	if (faults->ste->event || !smmu_ste_has_s1(faults->ste->config))
		return;
	select = smmu_select_cd(faults->smmu, faults->ste, request->ssv, request->ssid);
	if (select.kind == SMMU_SELECT_EVENT)
		fault(faults, select.event);
	if (select.kind != SMMU_SELECT_CD)
		return;
	orphan_faults(faults, select.index);
	if (smmu_cd_is_two_level(faults->ste)) {
		l1cd_faults(faults, select.index);
		return;
	}
	place = smmu_cd_place_linear(faults->smmu, faults->ste, select.index);
	if (place.event)
		fault(faults, place.event);
	else
		cd_faults(faults, place.pa);
}

void smmu_worst_faults(struct smmu *smmu, unsigned stream, const struct smmu_request *request,
		       smmu_fault_fn *fn, void *ctx)
{
	struct faults faults = {smmu, stream, request, NULL, fn, ctx};
	struct smmu_worst_stes stes;

	smmu_worst_collect_stes(smmu, stream, &stes);
	for (unsigned i = 0; i < stes.count; i++) {
		faults.ste = &stes.ste[i].ste;
		ste_faults(&faults);
	}
}
