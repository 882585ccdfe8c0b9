/* SPDX-License-Identifier: MIT */
/* Worst-case caches: the STEs that a stream may have now. */
#include "regs.h"
#include "worst_structure.h"

/* As far as contexts can tell. */
static bool same_ste(const struct smmu_ste *a, const struct smmu_ste *b)
{
	return a->event == b->event && a->config == b->config && a->s1fmt == b->s1fmt &&
	       a->s1cdmax == b->s1cdmax && a->s1dss == b->s1dss && a->eats == b->eats &&
	       a->regime == b->regime && a->s1contextptr == b->s1contextptr &&
	       a->s1stalld == b->s1stalld && a->privcfg == b->privcfg && a->instcfg == b->instcfg &&
	       a->s2.vmid == b->s2.vmid && smmu_s2_equal(&a->s2, &b->s2) &&
	       a->s2.stall == b->s2.stall && a->s2.record == b->s2.record;
}

static void add_ste(struct smmu *smmu, struct smmu_worst_stes *stes, const struct smmu_ste *ste,
		    bool held)
{
	for (unsigned i = 0; i < stes->count; i++)
		if (same_ste(&stes->ste[i].ste, ste)) {
			stes->ste[i].held &= held;
			return;
		}
	if (stes->count == SMMU_WORST_STES) {
		smmu->worst.overflow = true;
		return;
	}
	stes->ste[stes->count].ste = *ste;
	stes->ste[stes->count].held = held;
	stes->count++;
}

static void collect_stes_at(struct smmu *smmu, unsigned stream, uint64_t pa, bool held,
			    struct smmu_worst_stes *stes)
{
	uint64_t word[SMMU_STE_WORDS] = {0};
	struct smmu_ste ste;
	struct mixes mixes;

	smmu_worst_add_range(smmu, stream, SMMU_WORD_STE, pa, SMMU_STE_WORDS * 8, 0, 0, held);
	if (!smmu_mix_varies(&smmu->worst, stream, SMMU_WORD_STE, pa)) {
		if (!smmu_mix_memory(smmu, SMMU_WORD_STE, pa, word))
			return;
		ste = smmu_ste_decode(smmu, word);
		add_ste(smmu, stes, &ste, held);
		return;
	}
	if (!smmu_mix_start(smmu, &mixes, stream, SMMU_WORD_STE, pa))
		return;
	do {
		bool mixed = smmu_mix_get(&mixes, word);

		ste = smmu_ste_decode(smmu, word);
		add_ste(smmu, stes, &ste, held || mixed);
	} while (smmu_mix_next(smmu, &mixes));
}

/* An invalid level-1 entry that may be cached as such: the stream may get the fault (5.1). */
static void add_missing_ste(struct smmu *smmu, struct smmu_worst_stes *stes, uint8_t event,
			    bool held)
{
	const struct smmu_ste ste = {.event = event};

	add_ste(smmu, stes, &ste, held);
}

/* 3.21.3: an STE that was cached while SMMUEN was 1 the last time may be used whatever
 * STRTAB_BASE says now, and an L1STD as well. */
static void collect_orphan_stes(struct smmu *smmu, unsigned stream, struct smmu_worst_stes *stes)
{
	const struct smmu_worst *w = &smmu->worst;
	uint64_t word[SMMU_STE_WORDS] = {0};
	struct mixes mixes;

	for (unsigned i = 0; i < w->num_words; i++) {
		const struct smmu_held_word held = w->word[i];

		if (!held.orphan || held.stream != stream)
			continue;
		if (held.kind == SMMU_WORD_L1STD) {
			struct smmu_place place =
				smmu_ste_place_l1(smmu, w->stream[stream].sid, held.value);

			if (!place.event)
				collect_stes_at(smmu, stream, place.pa, true, stes);
			else
				add_missing_ste(smmu, stes, place.event, true);
			continue;
		}
		if (held.kind != SMMU_WORD_STE || held.pa % (SMMU_STE_WORDS * 8))
			continue;
		smmu_mix_start_orphan(smmu, &mixes, stream, SMMU_WORD_STE, held.pa);
		do {
			struct smmu_ste ste;

			smmu_mix_get(&mixes, word);
			ste = smmu_ste_decode(smmu, word);
			add_ste(smmu, stes, &ste, true);
		} while (smmu_mix_next(smmu, &mixes));
	}
}

static void collect_reachable_stes(struct smmu *smmu, unsigned stream, struct smmu_worst_stes *stes)
{
	uint32_t sid = smmu->worst.stream[stream].sid;
	struct mix_values l1;
	struct smmu_place place;
	uint64_t pa;

	if (!smmu_sid_in_range(smmu, sid))
		return;
	if (!smmu_strtab_is_two_level(smmu)) {
		place = smmu_ste_place_linear(smmu, sid);
		if (!place.event)
			collect_stes_at(smmu, stream, place.pa, false, stes);
		return;
	}
	pa = smmu_l1std_address(smmu, sid);
	smmu_worst_add_range(smmu, stream, SMMU_WORD_L1STD, pa, 8, 0, 0, false);
	smmu_mix_values(smmu, stream, SMMU_WORD_L1STD, pa, &l1);
	for (unsigned i = 0; i < l1.count; i++) {
		place = smmu_ste_place_l1(smmu, sid, l1.value[i]);
		if (!place.event)
			collect_stes_at(smmu, stream, place.pa, i > 0 || l1.unreadable, stes);
		else if (l1.count > 1)
			add_missing_ste(smmu, stes, place.event, i > 0 || l1.unreadable);
	}
}

void smmu_worst_collect_stes(struct smmu *smmu, unsigned stream, struct smmu_worst_stes *stes)
{
	stes->count = 0;
	collect_reachable_stes(smmu, stream, stes);
	if (smmu->worst.any_orphan)
		collect_orphan_stes(smmu, stream, stes);
}
