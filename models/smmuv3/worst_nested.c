/* SPDX-License-Identifier: MIT */
/*
 * Worst-case caches: a stage-2 entry leaves the TLB. Entries of both stages that were made with it
 * stay, since a TLBI by IPA does not reach them (4.4.3.1, 16.2.1); ATCs may have been filled from
 * it; and a CD that was read through it is still cached (3.21.3).
 */
#include "walk.h"
#include "worst_state.h"

enum { COMBINE_BUDGET = 1 << 17 };

/* One stage-1 tree under stage 2, while an entry of that goes. */
struct combine {
	struct smmu *smmu;
	const struct smmu_held_tlb *entry;
	struct smmu_s1 s1;
	struct smmu_s2 s2;
	bool high;
	bool tlb;
	unsigned granule, budget;
};

/* A stage-1 table on the way. */
struct piece {
	uint64_t va;
	unsigned level, count;
	uint8_t limit;
	bool through; /* an address on the way came out of the entry */
};

static bool covers(const struct combine *combine, uint64_t ipa)
{
	return smmu_s2_entry_covers(combine->entry, &combine->s2, ipa);
}

/* An entry of both stages may have been cached, and an ATC filled with it. */
static void emit(const struct combine *combine, const struct smmu_held_tlb *both)
{
	struct smmu_worst *w = &combine->smmu->worst;

	if (combine->tlb)
		smmu_worst_hold_entry(combine->smmu, both);
	for (unsigned i = 0; i < w->num_contexts && !both->table; i++)
		smmu_worst_fill_atc(combine->smmu, &w->context[i], both);
}

static struct smmu_held_tlb both_stages(const struct combine *combine)
{
	return (struct smmu_held_tlb){
		.s1 = combine->s1,
		.s2 = combine->s2,
		.vmid = combine->s1.vmid,
		.stage = SMMU_HELD_BOTH,
		.granule = (uint8_t)combine->granule,
	};
}

/* The table that the descriptor one level above leads to, as a physical address. */
static void emit_table(const struct combine *combine, const struct piece *piece, uint64_t pa)
{
	struct smmu_held_tlb both = both_stages(combine);
	unsigned level = piece->level;

	both.table = true;
	both.va = piece->va;
	both.size = (uint64_t)piece->count << smmu_level_shift(combine->granule, level);
	/* Of the first table at level 0: SMMU_LEVEL_ROOT. */
	both.level = (uint8_t)(level - 1);
	both.pa = pa;
	both.limit = piece->limit;
	emit(combine, &both);
}

/* What the entry makes of a stage-1 leaf. */
static void emit_leaf(const struct combine *combine, const struct smmu_walk *leaf,
		      const struct smmu_place_in_tree *place, uint64_t ipa,
		      const struct smmu_walk *two)
{
	struct smmu_held_tlb both = both_stages(combine);

	if (two->event)
		return;
	both.size = two->size < leaf->size ? two->size : leaf->size;
	both.va = place->va + ((ipa - leaf->pa) & ~(both.size - 1));
	both.pa = two->pa & ~(both.size - 1);
	both.desc = place->desc;
	both.level = (uint8_t)place->level;
	both.limit = place->limit;
	both.global = leaf->global;
	both.read_ok = leaf->user_read && two->user_read;
	both.write_ok = leaf->user_write && two->user_write;
	both.priv_read_ok = leaf->priv_read && two->priv_read;
	both.priv_write_ok = leaf->priv_write && two->priv_write;
	/* 5.4 PAN asks for what stage 1 says. */
	if (combine->s1.pan && leaf->user_read)
		both.priv_read_ok = both.priv_write_ok = false;
	emit(combine, &both);
}

/* A leaf of stage 1 that was found through the entry: ATCs may have it with what stage 2 makes of
 * its output. */
static void fill_through(const struct combine *combine, const struct smmu_walk *leaf,
			 const struct smmu_place_in_tree *place)
{
	const struct smmu_worst *w = &combine->smmu->worst;
	const struct smmu_held_tlb one = {
		.s1 = combine->s1,
		.s2 = combine->s2,
		.va = place->va,
		.size = leaf->size,
		.pa = leaf->pa,
		.stage = SMMU_HELD_S1,
		.global = leaf->global,
		.read_ok = leaf->user_read,
		.write_ok = leaf->user_write,
		.priv_read_ok = leaf->priv_read,
		.priv_write_ok = leaf->priv_write,
	};

	for (unsigned i = 0; i < w->num_contexts; i++)
		smmu_worst_fill_atc(combine->smmu, &w->context[i], &one);
}

/* A stage-1 leaf: with the entry where that covers its output. One that was found through the entry
 * may be cached by itself. */
static void combine_leaf(const struct combine *combine, const struct smmu_walk *leaf,
			 const struct smmu_place_in_tree *place, bool through)
{
	const struct smmu_held_tlb *entry = combine->entry;
	uint64_t ipa = leaf->pa;
	struct smmu_walk two;

	if (leaf->event)
		return;
	if (through && combine->tlb)
		smmu_worst_hold_tlb(combine->smmu, place);
	if (through)
		fill_through(combine, leaf, place);
	/* The output may start before the entry does. */
	if (entry->va - ipa < leaf->size)
		ipa = entry->va;
	if (!covers(combine, ipa))
		return;
	/* Below a table that goes, what is smaller than the leaf was held page by page. */
	two = smmu_worst_s2_entry(combine->smmu, entry, ipa);
	emit_leaf(combine, leaf, place, ipa, &two);
}

static void combine_table(struct combine *combine, uint64_t ipa, const struct piece *piece);

static void combine_desc(struct combine *combine, const struct piece *piece, uint64_t va,
			 uint64_t desc)
{
	struct smmu_walk walk = {.level = (uint8_t)piece->level, .desc = desc};
	struct s1_walker walker = {
		.va = va &
		      smmu_low_bits(64u - (combine->high ? combine->s1.t1sz : combine->s1.t0sz)),
		.limit = (uint64_t)piece->limit << 59,
		.level = (uint8_t)piece->level,
		.granule = (uint8_t)combine->granule,
		.had = combine->high ? combine->s1.had1 : combine->s1.had0,
	};
	const struct smmu_place_in_tree place = {
		.s1 = &combine->s1,
		.s2 = &combine->s2,
		.va = va,
		.level = piece->level,
		.desc = desc,
		.limit = piece->limit,
	};
	struct piece below;

	if (!smmu_s1_step(combine->smmu, &combine->s1, &walker, &walk)) {
		combine_leaf(combine, &walk, &place, piece->through);
		return;
	}
	if (piece->through && combine->tlb)
		smmu_worst_hold_tlb(combine->smmu, &place);
	below = (struct piece){va, walker.level, 1u << (combine->granule - 3),
			       (uint8_t)(walker.limit >> 59 & 15), piece->through};
	combine_table(combine, walker.table, &below);
}

/* One way in which 4 KiB of a table are found. */
static void combine_page(struct combine *combine, uint64_t pa, const struct piece *piece)
{
	uint64_t step = 1ull << smmu_level_shift(combine->granule, piece->level), desc;

	for (unsigned i = 0; i < piece->count; i++) {
		if (!combine->budget) {
			combine->smmu->worst.untracked = true;
			return;
		}
		combine->budget--;
		if (smmu_mem_read(combine->smmu, pa + 8ull * i, &desc) && (desc & DESC_VALID))
			combine_desc(combine, piece, piece->va + i * step, desc);
	}
}

static void combine_table(struct combine *combine, uint64_t ipa, const struct piece *whole)
{
	uint64_t step = 1ull << smmu_level_shift(combine->granule, whole->level), old = 0;
	struct smmu_ipa_ways ways;
	bool covered;

	for (unsigned first = 0; first < whole->count; first += 512) {
		struct piece piece = *whole;
		uint64_t at = ipa + 8ull * first;

		piece.va += first * step;
		piece.count = whole->count - first < 512 ? whole->count - first : 512;
		covered = covers(combine, at);
		if (covered) {
			struct smmu_walk two =
				smmu_worst_s2_entry(combine->smmu, combine->entry, at);

			covered = !two.event;
			old = two.pa;
		}
		smmu_worst_ipa_ways(combine->smmu, &combine->s2, at, &ways);
		for (unsigned i = 0; i < ways.count; i++) {
			if (ways.way[i].event || !ways.way[i].user_read)
				continue;
			piece.through = whole->through || (covered && ways.way[i].pa == old);
			if (covered && ways.way[i].pa == old && first == 0)
				emit_table(combine, whole, ways.way[i].pa);
			combine_page(combine, ways.way[i].pa, &piece);
		}
	}
}

static void combine_tree(struct combine *combine)
{
	for (unsigned half = 0; half < 2; half++) {
		unsigned ia_bits = 64u - (half ? combine->s1.t1sz : combine->s1.t0sz), level;
		struct piece root;

		if (!smmu_s1_walks(&combine->s1, half))
			continue;
		combine->high = half;
		combine->granule = smmu_s1_granule(&combine->s1, half);
		level = smmu_s1_start_level(&combine->s1, half);
		root = (struct piece){smmu_worst_va(&combine->s1, half, 0), level,
				      1u << (ia_bits - smmu_level_shift(combine->granule, level)),
				      0, false};
		combine_table(combine, half ? combine->s1.ttb1 : combine->s1.ttb0, &root);
	}
}

/* From a held entry of stage 1. */
static void combine_held(struct combine *combine, const struct smmu_held_tlb *one)
{
	struct piece below = {one->va, one->level + 1u, 1u << (one->granule - 3), one->limit,
			      false};

	combine->high = smmu_high_half(&one->s1, one->va);
	combine->granule = one->granule;
	if (one->table) {
		combine_table(combine, one->pa, &below);
	} else {
		const struct smmu_walk leaf = {
			.desc = one->desc,
			.pa = one->pa,
			.size = one->size,
			.global = one->global,
			.user_read = one->read_ok,
			.user_write = one->write_ok,
			.priv_read = one->priv_read_ok,
			.priv_write = one->priv_write_ok,
		};

		const struct smmu_place_in_tree place = {
			.s1 = &one->s1,
			.s2 = &one->s2,
			.va = one->va,
			.level = one->level,
			.desc = one->desc,
			.limit = one->limit,
		};

		combine_leaf(combine, &leaf, &place, false);
	}
}

/* Has a context before it the same trees? */
static bool combined_before(const struct smmu_worst *w, unsigned index)
{
	const struct smmu_context *context = &w->context[index];

	for (unsigned i = 0; i < index; i++)
		if (w->context[i].kind == SMMU_CTX_S1 && w->context[i].s2.on &&
		    smmu_s2_equal(&w->context[i].s2, &context->s2) &&
		    smmu_s1_equal(&w->context[i].s1, &context->s1))
			return true;
	return false;
}

static void combine_all(struct smmu *smmu, const struct smmu_held_tlb *entry, bool tlb)
{
	struct smmu_worst *w = &smmu->worst;
	unsigned held = w->num_tlb;
	struct combine combine = {
		.smmu = smmu, .entry = entry, .tlb = tlb, .budget = COMBINE_BUDGET};

	for (unsigned i = 0; i < w->num_contexts; i++) {
		const struct smmu_context *context = &w->context[i];

		if (context->kind != SMMU_CTX_S1 || !context->s2.on ||
		    context->s2.vmid != entry->vmid || combined_before(w, i))
			continue;
		combine.s1 = context->s1;
		combine.s2 = context->s2;
		combine_tree(&combine);
	}
	for (unsigned i = 0; i < w->num_frozen; i++) {
		if (!w->frozen[i].tlb || w->frozen[i].stage2 || !w->frozen[i].s2.on ||
		    w->frozen[i].s1.vmid != entry->vmid)
			continue;
		combine.s1 = w->frozen[i].s1;
		combine.s2 = w->frozen[i].s2;
		combine_tree(&combine);
	}
	for (unsigned i = 0; i < held; i++) {
		const struct smmu_held_tlb one = w->tlb[i];

		if (one.stage != SMMU_HELD_S1 || !one.s2.on || one.vmid != entry->vmid)
			continue;
		combine.s1 = one.s1;
		combine.s2 = one.s2;
		combine_held(&combine, &one);
	}
}

/* Stage 2 alone: the ATC has IPAs for its input. */
static void fill_atcs(struct smmu *smmu, const struct smmu_held_tlb *entry)
{
	struct smmu_worst *w = &smmu->worst;
	const struct smmu_walk leaf = {
		.pa = entry->pa,
		.size = entry->size,
		.user_read = entry->read_ok,
		.user_write = entry->write_ok,
	};

	for (unsigned i = 0; i < w->num_contexts && !entry->table; i++) {
		const struct smmu_context *context = &w->context[i];

		if (context->kind == SMMU_CTX_BYPASS && context->s2.on && context->ats &&
		    !context->split && context->s2.vmid == entry->vmid &&
		    w->stream[context->stream].ats_on)
			smmu_worst_hold_atc(smmu, context, entry->va, &leaf);
	}
}

/* Does the entry give this structure of a range? */
static bool gives(const struct smmu *smmu, const struct smmu_held_tlb *entry,
		  const struct smmu_range *range, uint64_t pa)
{
	uint64_t ipa = range->ipa + (pa - range->lo);
	struct smmu_walk two;

	if (ipa - entry->va >= entry->size)
		return false;
	two = smmu_worst_s2_entry(smmu, entry, ipa);
	return !two.event && two.pa == pa;
}

static void orphan_structures(struct smmu *smmu, const struct smmu_held_tlb *entry)
{
	struct smmu_worst *w = &smmu->worst;

	for (unsigned s = 0; s < w->num_streams; s++) {
		for (unsigned i = 0; i < w->stream[s].num_ranges; i++) {
			const struct smmu_range range = w->stream[s].range[i];
			uint64_t step = range.kind == SMMU_WORD_CD ? SMMU_CD_WORDS * 8 : 8;
			uint32_t index = range.index;

			if (!range.nested)
				continue;
			for (uint64_t pa = range.lo; pa < range.hi; pa += step, index++)
				if (gives(smmu, entry, &range, pa))
					smmu_worst_orphan_as(
						smmu,
						&(struct smmu_structure){pa, index, range.span,
									 (uint8_t)s, range.kind},
						NULL);
		}
	}
}

/* Does memory say the same again? */
static bool is_current(const struct smmu *smmu, const struct smmu_held_tlb *entry)
{
	int user = smmu_worst_vmid_user(smmu, entry->vmid, 0);
	struct smmu_walk now;

	if (user < 0 || entry->table)
		return false;
	now = smmu_walk_s2(smmu, &smmu->worst.context[user].s2, entry->va);
	return !now.event && now.pa == entry->pa && now.size >= entry->size &&
	       now.user_read == entry->read_ok && now.user_write == entry->write_ok;
}

void smmu_worst_combine(struct smmu *smmu, const struct smmu_held_tlb *entry, bool tlb)
{
	if (is_current(smmu, entry))
		return;
	/* The trees that an ATC holds were read through the entry as well. */
	for (unsigned i = smmu->worst.num_frozen; i-- > 0;) {
		const struct smmu_frozen *frozen = &smmu->worst.frozen[i];

		if (!frozen->tlb && !frozen->stage2 && frozen->s2.on &&
		    frozen->s2.vmid == entry->vmid)
			smmu_worst_thaw(smmu, i, NULL);
	}
	combine_all(smmu, entry, tlb && !SMMU_FAULT(smmu, worst_ipa_takes_combined));
	fill_atcs(smmu, entry);
	if (!SMMU_FAULT(smmu, worst_cd_follows_stage2))
		orphan_structures(smmu, entry);
}
