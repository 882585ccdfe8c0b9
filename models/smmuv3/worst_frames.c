/* SPDX-License-Identifier: MIT */
/* Worst-case caches: may memory be freed? */
#include "walk.h"
#include "worst_state.h"

static bool in_frame(uint64_t address, uint64_t pa, uint64_t size)
{
	return address - pa < size;
}

/* Does the output range of an entry meet the frame? */
static bool meets_frame(uint64_t output, uint64_t length, uint64_t pa, uint64_t size)
{
	return output < pa + size && pa < output + length;
}

/* Is the frame the root of a tree? Under stage 2 it is where stage 2 may have it. */
static bool root_in_frame(struct smmu *smmu, const struct smmu_s1 *s1, const struct smmu_s2 *s2,
			  uint64_t pa, uint64_t size)
{
	struct smmu_ipa_ways ways;

	if (!s2->on)
		return (in_frame(s1->ttb0, pa, size) && smmu_s1_walks(s1, false)) ||
		       (in_frame(s1->ttb1, pa, size) && smmu_s1_walks(s1, true));
	for (unsigned half = 0; half < 2; half++) {
		uint64_t root = half ? s1->ttb1 : s1->ttb0;

		if (!smmu_s1_walks(s1, half))
			continue;
		smmu_worst_ipa_ways(smmu, s2, root, &ways);
		for (unsigned i = 0; i < ways.count; i++)
			if (!ways.way[i].event && in_frame(ways.way[i].pa, pa, size))
				return true;
	}
	return false;
}

static bool context_uses_frame(struct smmu *smmu, const struct smmu_context *context, uint64_t pa,
			       uint64_t size)
{
	if (context->s2.on && in_frame(context->s2.ttb, pa, size))
		return true;
	return context->kind == SMMU_CTX_S1 &&
	       root_in_frame(smmu, &context->s1, &context->s2, pa, size);
}

static bool tables_in_frame(const struct smmu *smmu, uint64_t pa, uint64_t size)
{
	const struct smmu_worst *w = &smmu->worst;

	if (w->asleep) /* nothing is read */
		return false;
	for (unsigned s = 0; s < w->num_streams; s++)
		for (unsigned i = 0; i < w->stream[s].num_ranges; i++)
			if (w->stream[s].range[i].lo < pa + size && pa < w->stream[s].range[i].hi)
				return true;
	return false;
}

/* Does the entry lead to the frame? The IPA of a stage-1 entry does not say where. */
static bool entry_uses_frame(struct smmu *smmu, const struct smmu_held_tlb *entry, uint64_t pa,
			     uint64_t size)
{
	uint64_t length = entry->table ? 1ull << entry->granule : entry->size;
	struct smmu_ipa_ways ways;

	if (entry->stage != SMMU_HELD_S1 || !entry->s2.on)
		return meets_frame(entry->pa, length, pa, size);
	smmu_worst_ipa_ways(smmu, &entry->s2, entry->pa, &ways);
	for (unsigned i = 0; i < ways.count; i++)
		if (!ways.way[i].event && meets_frame(ways.way[i].pa, length, pa, size))
			return true;
	return false;
}

bool smmu_frame_held(struct smmu *smmu, uint64_t pa, uint64_t size)
{
	const struct smmu_worst *w = &smmu->worst;

	smmu_worst_refresh(smmu);
	/* Stream tables and CD tables of reachable structures. */
	if (tables_in_frame(smmu, pa, size))
		return true;
	for (unsigned i = 0; i < w->num_contexts; i++)
		if (context_uses_frame(smmu, &w->context[i], pa, size))
			return true;
	for (unsigned i = 0; i < w->num_tlb; i++)
		if (entry_uses_frame(smmu, &w->tlb[i], pa, size) &&
		    smmu_tlb_user(smmu, &w->tlb[i], 0) >= 0)
			return true;
	for (unsigned i = 0; i < w->num_atc; i++)
		if (!w->atc[i].ipa && meets_frame(w->atc[i].pa, w->atc[i].size, pa, size))
			return true;
	for (unsigned i = 0; i < w->num_frozen; i++) {
		const struct smmu_frozen *frozen = &w->frozen[i];
		bool root = frozen->stage2
				    ? frozen->s2.on && in_frame(frozen->s2.ttb, pa, size)
				    : root_in_frame(smmu, &frozen->s1, &frozen->s2, pa, size);

		if (root && smmu_worst_frozen_used(smmu, frozen))
			return true;
	}
	return false;
}

/* Every table of one tree. */
struct tables {
	struct smmu *smmu;
	const struct smmu_s2 *s2; /* under the tree; off: none */
	uint64_t pa, size;	  /* the frame */
	unsigned granule, budget;
};

enum { TABLES_BUDGET = 1 << 16 };

static bool table_meets(struct tables *tables, uint64_t address, unsigned level, unsigned count);

static bool page_meets(struct tables *tables, uint64_t pa, unsigned level, unsigned count)
{
	uint64_t desc;

	if (meets_frame(pa, 8ull * count, tables->pa, tables->size))
		return true;
	for (unsigned i = 0; i < count && level < LAST_LEVEL; i++) {
		if (!tables->budget) {
			tables->smmu->worst.untracked = true;
			return false;
		}
		tables->budget--;
		if (!smmu_mem_read(tables->smmu, pa + 8ull * i, &desc) || (desc & 3) != 3)
			continue;
		if (table_meets(tables, desc_address(tables->smmu, desc, tables->granule),
				level + 1, 1u << (tables->granule - 3)))
			return true;
	}
	return false;
}

static bool table_meets(struct tables *tables, uint64_t address, unsigned level, unsigned count)
{
	struct smmu_ipa_ways ways;

	for (unsigned first = 0; first < count; first += 512) {
		unsigned here = count - first < 512 ? count - first : 512;

		smmu_worst_ipa_ways(tables->smmu, tables->s2, address + 8ull * first, &ways);
		for (unsigned i = 0; i < ways.count; i++)
			if (!ways.way[i].event && page_meets(tables, ways.way[i].pa, level, here))
				return true;
	}
	return false;
}

static bool s1_meets(struct tables *tables, const struct smmu_s1 *s1)
{
	for (unsigned half = 0; half < 2; half++) {
		unsigned ia_bits = 64u - (half ? s1->t1sz : s1->t0sz), level;

		if (!smmu_s1_walks(s1, half))
			continue;
		tables->granule = smmu_s1_granule(s1, half);
		level = smmu_s1_start_level(s1, half);
		if (table_meets(tables, half ? s1->ttb1 : s1->ttb0, level,
				1u << (ia_bits - smmu_level_shift(tables->granule, level))))
			return true;
	}
	return false;
}

static bool s2_meets(struct tables *tables, const struct smmu_s2 *s2)
{
	tables->granule = s2->granule;
	return table_meets(tables, s2->ttb, s2->start_level,
			   1u << (s2->ia_bits - smmu_level_shift(s2->granule, s2->start_level)));
}

bool smmu_table_live(struct smmu *smmu, uint64_t pa, uint64_t size)
{
	static const struct smmu_s2 off = {.on = false};
	const struct smmu_worst *w = &smmu->worst;
	struct tables tables = {.smmu = smmu, .pa = pa, .size = size, .budget = TABLES_BUDGET};

	smmu_worst_refresh(smmu);
	for (unsigned i = 0; i < w->num_contexts; i++) {
		const struct smmu_context *context = &w->context[i];

		tables.s2 = &context->s2;
		if (context->kind == SMMU_CTX_S1 && s1_meets(&tables, &context->s1))
			return true;
		tables.s2 = &off;
		if (context->s2.on && s2_meets(&tables, &context->s2))
			return true;
	}
	for (unsigned i = 0; i < w->num_frozen; i++) {
		const struct smmu_frozen *frozen = &w->frozen[i];

		if (!frozen->tlb || !smmu_worst_frozen_used(smmu, frozen))
			continue;
		tables.s2 = frozen->stage2 ? &off : &frozen->s2;
		if (frozen->stage2 ? s2_meets(&tables, &frozen->s2)
				   : s1_meets(&tables, &frozen->s1))
			return true;
	}
	return false;
}
