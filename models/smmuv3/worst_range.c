/* SPDX-License-Identifier: MIT */
/* Worst-case caches: which memory holds descriptors of a stream. */
#include "worst_structure.h"

enum { PAGE_BYTES = 4096 }; /* the least that stage 2 maps */

void smmu_worst_add_range(struct smmu *smmu, unsigned stream, uint8_t kind, uint64_t lo,
			  uint64_t size, uint32_t index, uint32_t span, bool held)
{
	struct smmu_worst *w = &smmu->worst;
	unsigned n = w->stream[stream].num_ranges;

	for (unsigned i = 0; i < n; i++) {
		struct smmu_range *have = &w->stream[stream].range[i];

		if (have->lo == lo && have->kind == kind && have->index == index &&
		    have->hi >= lo + size) {
			have->held &= held;
			return;
		}
		w->any_shared |= have->lo < lo + size && lo < have->hi;
	}
	if (n == SMMU_MAX_RANGES) {
		w->overflow = true;
		return;
	}
	w->stream[stream].range[n] = (struct smmu_range){.lo = lo,
							 .hi = lo + size,
							 .index = index,
							 .span = span,
							 .kind = kind,
							 .held = held};
	w->stream[stream].num_ranges++;
	w->lo = lo < w->lo ? lo : w->lo;
	w->hi = lo + size > w->hi ? lo + size : w->hi;
}

/* Of a structure at an IPA: a range for each page, and for each way in which stage 2 gives it. */
static void add_nested_ranges(struct smmu *smmu, unsigned stream, const struct smmu_s2 *s2,
			      struct smmu_range range, uint64_t size)
{
	struct smmu_worst *w = &smmu->worst;
	struct smmu_ipa_ways ways;

	for (uint64_t at = 0, step; at < size; at += step) {
		uint64_t ipa = range.ipa + at;

		step = PAGE_BYTES - ipa % PAGE_BYTES < size - at ? PAGE_BYTES - ipa % PAGE_BYTES
								 : size - at;
		smmu_worst_ipa_ways(smmu, s2, ipa, &ways);
		for (unsigned i = 0; i < ways.count; i++) {
			unsigned n = w->stream[stream].num_ranges;
			uint32_t index = range.index;

			if (ways.way[i].event || !ways.way[i].user_read)
				continue;
			if (range.kind == SMMU_WORD_CD)
				index += (uint32_t)(at / (SMMU_CD_WORDS * 8));
			smmu_worst_add_range(smmu, stream, range.kind, ways.way[i].pa, step, index,
					     range.span, range.held || i > 0);
			if (w->stream[stream].num_ranges == n)
				continue;
			w->stream[stream].range[n].nested = true;
			w->stream[stream].range[n].ipa = ipa;
		}
	}
}

/* 5.2 S1Fmt: CDs below one L1CD. */
uint32_t smmu_worst_cd_span(const struct smmu_ste *ste)
{
	return ste->s1fmt == 1 ? 64 : 1024;
}

/* A piece of a CD table at an address, which is an IPA under stage 2. */
static void add_table_range(struct smmu *smmu, unsigned stream, const struct smmu_ste *ste,
			    struct smmu_range range, uint64_t size)
{
	if (ste->s2.on)
		add_nested_ranges(smmu, stream, &ste->s2, range, size);
	else
		smmu_worst_add_range(smmu, stream, range.kind, range.ipa, size, range.index,
				     range.span, range.held);
}

/* The CDs below an L1CD that stands at pa. */
static void add_leaf_ranges(struct smmu *smmu, unsigned stream, const struct smmu_ste *ste,
			    struct smmu_range range, uint64_t pa)
{
	bool held = range.held;
	struct mix_values l1;

	smmu_mix_values(smmu, stream, SMMU_WORD_L1CD, pa, &l1);
	for (unsigned i = 0; i < l1.count; i++) {
		struct smmu_place place = smmu_cd_place_l1(smmu, ste, range.index, l1.value[i]);

		if (place.event)
			continue;
		range.ipa = place.pa;
		range.held = held || i > 0 || l1.unreadable;
		add_table_range(smmu, stream, ste, range,
				(uint64_t)smmu_worst_cd_span(ste) * SMMU_CD_WORDS * 8);
	}
}

void smmu_worst_add_cd_ranges(struct smmu *smmu, unsigned stream, const struct smmu_worst_ste *from,
			      uint32_t count)
{
	const struct smmu_ste *ste = &from->ste;
	uint32_t span = smmu_worst_cd_span(ste);
	struct smmu_range range = {
		.ipa = ste->s1contextptr, .kind = SMMU_WORD_CD, .held = from->held};
	struct smmu_ipa_ways ways;

	if (!smmu_cd_is_two_level(ste)) {
		add_table_range(smmu, stream, ste, range, (uint64_t)count * SMMU_CD_WORDS * 8);
		return;
	}
	for (range.index = 0; range.index < count; range.index += span) {
		uint64_t address = smmu_l1cd_address(ste, range.index);
		struct smmu_range l1 = range, leaf = range;

		l1.ipa = address;
		l1.kind = SMMU_WORD_L1CD;
		l1.span = span;
		add_table_range(smmu, stream, ste, l1, 8);
		if (!ste->s2.on) {
			add_leaf_ranges(smmu, stream, ste, leaf, address);
			continue;
		}
		smmu_worst_ipa_ways(smmu, &ste->s2, address, &ways);
		for (unsigned i = 0; i < ways.count; i++) {
			leaf.held = from->held || i > 0;
			if (!ways.way[i].event && ways.way[i].user_read)
				add_leaf_ranges(smmu, stream, ste, leaf, ways.way[i].pa);
		}
	}
}
