/* SPDX-License-Identifier: MIT */
/* Worst-case caches: entries out of translation trees, and trees that froze. */
#include "walk.h"
#include "worst_state.h"

/* Entries. */

void smmu_worst_hold_entry(struct smmu *smmu, const struct smmu_held_tlb *entry)
{
	struct smmu_worst *w = &smmu->worst;

	for (unsigned i = 0; i < w->num_tlb; i++) {
		struct smmu_held_tlb *held = &w->tlb[i];

		if (held->va == entry->va && held->level == entry->level &&
		    held->desc == entry->desc && held->pa == entry->pa &&
		    held->size == entry->size && held->stage == entry->stage &&
		    held->vmid == entry->vmid && held->limit == entry->limit &&
		    held->s1.asid == entry->s1.asid && held->s1.regime == entry->s1.regime &&
		    held->s2.on == entry->s2.on && held->read_ok == entry->read_ok &&
		    held->write_ok == entry->write_ok) {
			if (held->seq < w->seq)
				held->seq = w->seq;
			return;
		}
	}
	if (w->num_tlb == SMMU_MAX_HELD_TLB) {
		w->overflow = true;
		return;
	}
	w->tlb[w->num_tlb] = *entry;
	w->tlb[w->num_tlb++].seq = w->seq;
}

/* A leaf with the limits of the tables above it. */
static struct smmu_walk decode_leaf(const struct smmu *smmu, const struct smmu_place_in_tree *place)
{
	const struct smmu_s1 *s1 = place->s1;
	bool high = smmu_high_half(s1, place->va);
	struct smmu_walk walk = {.level = (uint8_t)place->level, .desc = place->desc};
	struct s1_walker walker = {
		.va = place->va & smmu_low_bits(64u - (high ? s1->t1sz : s1->t0sz)),
		.limit = (uint64_t)place->limit << 59,
		.level = (uint8_t)place->level,
		.granule = (uint8_t)smmu_s1_granule(s1, high),
		.had = high ? s1->had1 : s1->had0,
	};

	/* A table is not a leaf. */
	if (smmu_s1_step(smmu, s1, &walker, &walk))
		walk.event = SMMU_F_TRANSLATION;
	return walk;
}

/* Arm ARM D8.3, D8.4.3: a stage-2 leaf. */
static struct smmu_walk decode_s2_leaf(const struct smmu *smmu,
				       const struct smmu_place_in_tree *place)
{
	const struct smmu_s2 *s2 = place->s2;
	uint64_t desc = place->desc;
	unsigned shift = smmu_level_shift(s2->granule, place->level);
	struct smmu_walk walk = {.level = (uint8_t)place->level, .desc = desc};

	walk.pa = smmu_align_down(desc_address(smmu, desc, s2->granule), shift);
	walk.size = 1ull << shift;
	if (!desc_is_leaf(smmu, desc, s2->granule, place->level) ||
	    smmu_exceeds(walk.pa, s2->ps_bits) || (!(desc & DESC_AF) && !s2->affd && !s2->ha))
		walk.event = SMMU_F_TRANSLATION;
	walk.user_read = walk.priv_read = desc & DESC_S2_READ;
	walk.dirty_write = !(desc & DESC_S2_WRITE) && s2->ha && s2->hd && (desc & DESC_DBM);
	walk.user_write = walk.priv_write = (desc & DESC_S2_WRITE) || walk.dirty_write;
	return walk;
}

static bool is_table(uint64_t desc, unsigned level)
{
	return level < LAST_LEVEL && (desc & 3) == (DESC_VALID | DESC_TABLE);
}

static unsigned place_granule(const struct smmu_place_in_tree *place)
{
	return place->s1 ? smmu_s1_granule(place->s1, smmu_high_half(place->s1, place->va))
			 : place->s2->granule;
}

/* D8.4.2, 5.4 HADx: what a table descriptor and those above it take away. */
static uint8_t limit_below(const struct smmu_place_in_tree *place)
{
	const struct smmu_s1 *s1 = place->s1;

	if (!s1 || (smmu_high_half(s1, place->va) ? s1->had1 : s1->had0))
		return place->limit;
	return place->limit | (place->desc >> 59 & 15);
}

void smmu_worst_hold_tlb(struct smmu *smmu, const struct smmu_place_in_tree *place)
{
	unsigned granule = place_granule(place);
	struct smmu_held_tlb entry;

	entry = (struct smmu_held_tlb){
		.va = place->va,
		.size = 1ull << smmu_level_shift(granule, place->level),
		.desc = place->desc,
		.stage = place->s1 ? SMMU_HELD_S1 : SMMU_HELD_S2,
		.granule = (uint8_t)granule,
		.level = (uint8_t)place->level,
		.table = is_table(place->desc, place->level),
	};
	if (place->s1)
		entry.s1 = *place->s1;
	if (place->s2)
		entry.s2 = *place->s2;
	entry.vmid = place->s1 ? place->s1->vmid : place->s2->vmid;
	if (entry.table) {
		entry.pa = desc_address(smmu, place->desc, granule);
		entry.limit = limit_below(place);
	} else {
		struct smmu_walk leaf =
			place->s1 ? decode_leaf(smmu, place) : decode_s2_leaf(smmu, place);

		if (leaf.event) /* not a valid translation: never cached (3.21.1) */
			return;
		entry.pa = leaf.pa & ~(leaf.size - 1);
		entry.limit = place->limit;
		entry.global = leaf.global;
		entry.read_ok = leaf.user_read;
		entry.write_ok = leaf.user_write;
		entry.priv_read_ok = leaf.priv_read;
		entry.priv_write_ok = leaf.priv_write;
		entry.dirty = leaf.dirty_write;
	}
	smmu_worst_hold_entry(smmu, &entry);
}

void smmu_worst_hold_atc(struct smmu *smmu, const struct smmu_context *context, uint64_t va,
			 const struct smmu_walk *leaf)
{
	struct smmu_worst *w = &smmu->worst;
	bool ipa = context->split;

	/* 3.9.1: a completion without rights leaves nothing in the ATC. */
	if (leaf->event || (!leaf->user_read && !leaf->user_write))
		return;
	if (leaf->dirty_write) { /* 13.7: of a clean page W may not have been granted */
		struct smmu_walk clean = *leaf;

		clean.dirty_write = clean.user_write = false;
		smmu_worst_hold_atc(smmu, context, va, &clean);
	}
	for (unsigned i = 0; i < w->num_atc; i++) {
		struct smmu_held_atc *held = &w->atc[i];

		if (held->stream == context->stream && held->ssv == context->ssv &&
		    held->ssid == context->ssid && held->va == va && held->pa == leaf->pa &&
		    held->size == leaf->size && held->ipa == ipa &&
		    held->write_ok == leaf->user_write && held->read_ok == leaf->user_read) {
			if (held->seq < w->seq)
				held->seq = w->seq;
			return;
		}
	}
	if (w->num_atc == SMMU_MAX_HELD_ATC) {
		w->overflow = true;
		return;
	}
	w->atc[w->num_atc++] = (struct smmu_held_atc){
		.va = va,
		.size = leaf->size,
		.pa = leaf->pa,
		.seq = w->seq,
		.ssid = context->ssid,
		.stream = context->stream,
		.ssv = context->ssv,
		.ipa = ipa,
		.read_ok = leaf->user_read,
		.write_ok = leaf->user_write,
	};
}

/* What a completion grants (13.7.1). 5.2 PRIVCFG may make every request privileged. */
static struct smmu_walk granted(const struct smmu_s1 *s1, const struct smmu_walk *leaf)
{
	struct smmu_request request = {0};
	struct smmu_walk way = *leaf;

	way.user_read = !smmu_walk_permit(s1, leaf, &request);
	request.write = true;
	way.user_write = !smmu_walk_permit(s1, leaf, &request);
	return way;
}

static bool spend_on_call(struct smmu *smmu, unsigned descriptors)
{
	struct smmu_worst *w = &smmu->worst;

	if (descriptors > w->budget)
		w->overflow = true;
	else
		w->budget -= descriptors;
	return !w->overflow;
}

/* For a piece of a leaf every stage-2 table of the VMID is asked, held and frozen ones too. */
enum { PIECE_COST = 64 };

/* What stage 2 makes of a stage-1 leaf at one of its addresses. */
static void hold_piece(struct smmu *smmu, const struct smmu_context *context, uint64_t va,
		       const struct smmu_walk *one, const struct smmu_walk *two)
{
	struct smmu_walk both = *one;

	both.event = two->event;
	both.size = two->size < one->size ? two->size : one->size;
	both.pa = two->pa & ~(both.size - 1);
	both.dirty_write |= two->dirty_write;
	both.user_read &= two->user_read;
	both.user_write &= two->user_write;
	smmu_worst_hold_atc(smmu, context, va & ~(both.size - 1), &both);
}

void smmu_worst_hold_atc_s1(struct smmu *smmu, const struct smmu_context *context, uint64_t va,
			    const struct smmu_walk *leaf)
{
	struct smmu_walk way = granted(&context->s1, leaf);
	struct smmu_ipa_ways ways;

	if (leaf->event)
		return;
	if (!context->s2.on || context->split) {
		smmu_worst_hold_atc(smmu, context, va, &way);
		return;
	}
	/* Stage 2 may divide the leaf. */
	for (uint64_t at = 0; at < leaf->size && spend_on_call(smmu, PIECE_COST);
	     at = smmu_worst_ipa_next(smmu, &context->s2, leaf->pa + at) - leaf->pa) {
		smmu_worst_ipa_ways(smmu, &context->s2, leaf->pa + at, &ways);
		for (unsigned i = 0; i < ways.count; i++)
			hold_piece(smmu, context, va + at, &way, &ways.way[i]);
	}
}

uint8_t smmu_worst_limit(struct smmu *smmu, const struct smmu_s1 *s1, const struct smmu_s2 *s2,
			 uint64_t va, unsigned level)
{
	struct smmu_walk walk = {0};
	struct s1_walker walker;
	struct smmu_ipa_ways ways;

	if (!smmu_s1_begin(s1, va, &walker, &walk))
		return 0;
	while (walker.level < level) {
		uint64_t entry = smmu_s1_entry(smmu, &walker);

		if (s2->on) {
			smmu_worst_ipa_ways(smmu, s2, entry, &ways);
			if (ways.way[0].event)
				break;
			entry = ways.way[0].pa;
		}
		if (!smmu_mem_read(smmu, entry, &walk.desc) ||
		    !smmu_s1_step(smmu, s1, &walker, &walk))
			break;
	}
	return (uint8_t)(walker.limit >> 59 & 15);
}

/* What to do with each valid descriptor of a tree. */
struct visit {
	struct smmu *smmu;
	const struct smmu_context *context; /* s1 and s2 of the tree, and whose ATC it is */
	bool stage2;			    /* the tree of s2 */
	bool global_only;		    /* of the leaves, those that other ASIDs hit */
	bool tlb;
	unsigned granule;
	unsigned budget;		  /* descriptors: tables may form loops */
	const struct smmu_change *change; /* the tree as it was before; NULL: as it is */
};

enum { VISIT_BUDGET = 1 << 17, CHUNK = 512 };

/* A table, or up to 4 KiB of one. */
struct chunk {
	uint64_t va; /* of its first descriptor */
	unsigned level, count;
	uint8_t limit;
};

static uint64_t entry_size(const struct visit *visit, unsigned level)
{
	return 1ull << smmu_level_shift(visit->granule, level);
}

static bool read_entry(const struct visit *visit, const volatile uint64_t *page, uint64_t table,
		       unsigned i, uint64_t *desc)
{
	if (!page)
		return smmu_mem_read(visit->smmu, table + 8 * i, desc);
	*desc = page[i];
	return true;
}

/* The first descriptor from `i` on that is valid; CHUNK: none. Eight at a time, for speed. */
static unsigned next_valid(const volatile uint64_t *page, unsigned i)
{
	const uint64_t *desc = (const uint64_t *)(uintptr_t)page;

	for (; i < CHUNK && i % 8; i++)
		if (desc[i] & 1)
			return i;
	for (; i < CHUNK; i += 8) {
		uint64_t any = 0;

		for (unsigned k = 0; k < 8; k++)
			any |= desc[i + k];
		if (any & 1)
			break;
	}
	for (; i < CHUNK && !(desc[i] & 1); i++)
		;
	return i;
}

static void visit_table(struct visit *visit, uint64_t table, const struct chunk *whole);

/* The descriptor that was changed since, as an index; CHUNK: it is elsewhere. */
static unsigned changed_entry(const struct visit *visit, const struct chunk *chunk)
{
	uint64_t index;

	if (!visit->change || visit->change->level != chunk->level)
		return CHUNK;
	index = (visit->change->va - chunk->va) / entry_size(visit, chunk->level);
	return index < chunk->count && chunk->va + index * entry_size(visit, chunk->level) ==
					       visit->change->va
		       ? (unsigned)index
		       : CHUNK;
}

/* How many descriptors from `i` on say nothing. */
static unsigned skip_empty(const volatile uint64_t *page, unsigned i, unsigned changed)
{
	unsigned next = next_valid(page, i);

	return (changed >= i && changed < next ? changed : next) - i;
}

/* One visit has a budget, and so have all of one call together. */
static bool spend(struct visit *visit, unsigned descriptors)
{
	if (descriptors > visit->budget)
		visit->smmu->worst.overflow = true;
	else
		visit->budget -= descriptors;
	return spend_on_call(visit->smmu, descriptors);
}

static void visit_entry(struct visit *visit, const struct chunk *chunk, uint64_t desc, uint64_t va)
{
	const struct smmu_context *context = visit->context;
	bool next = is_table(desc, chunk->level);
	const struct smmu_place_in_tree place = {
		.s1 = visit->stage2 ? NULL : &context->s1,
		.s2 = &context->s2,
		.va = va,
		.level = chunk->level,
		.desc = desc,
		.limit = chunk->limit,
	};

	if (visit->tlb) {
		smmu_worst_hold_tlb(visit->smmu, &place);
	} else if (!next && visit->stage2) {
		struct smmu_walk leaf = decode_s2_leaf(visit->smmu, &place);

		smmu_worst_hold_atc(visit->smmu, context, va, &leaf);
	} else if (!next) {
		struct smmu_walk leaf = decode_leaf(visit->smmu, &place);

		if (leaf.global || !visit->global_only)
			smmu_worst_hold_atc_s1(visit->smmu, context, va, &leaf);
	}
	if (next) {
		const struct chunk below = {va, chunk->level + 1, 1u << (visit->granule - 3),
					    limit_below(&place)};

		visit_table(visit, desc_address(visit->smmu, desc, visit->granule), &below);
	}
}

static void visit_chunk(struct visit *visit, uint64_t pa, const struct chunk *chunk)
{
	const struct smmu_bus *bus = &visit->smmu->bus;
	const volatile uint64_t *page = bus->page && chunk->count == CHUNK && pa % 4096 == 0
						? bus->page(bus->ctx, pa)
						: NULL;
	unsigned changed = changed_entry(visit, chunk);

	if (page && !visit->change && next_valid(page, 0) == CHUNK)
		return;
	for (unsigned i = 0; i < chunk->count; i++) {
		unsigned skip = page ? skip_empty(page, i, changed) : 0;
		uint64_t desc;

		if (skip && !spend(visit, skip))
			return;
		i += skip;
		if (i == chunk->count || !spend(visit, 1))
			return;
		if (!read_entry(visit, page, pa, i, &desc))
			return;
		if (i == changed)
			desc = visit->change->old_desc;
		if (desc & 1)
			visit_entry(visit, chunk, desc,
				    chunk->va + i * entry_size(visit, chunk->level));
	}
}

/* `table` is an IPA where stage 2 is under the tree. */
static void visit_table(struct visit *visit, uint64_t table, const struct chunk *whole)
{
	const struct smmu_s2 *s2 = &visit->context->s2;
	bool nested = s2->on && !visit->stage2;
	struct smmu_ipa_ways ways;

	for (unsigned first = 0; first < whole->count; first += CHUNK) {
		struct chunk chunk = *whole;

		chunk.va += first * entry_size(visit, whole->level);
		chunk.count = whole->count - first < CHUNK ? whole->count - first : CHUNK;
		if (!nested) {
			visit_chunk(visit, table + 8ull * first, &chunk);
			continue;
		}
		smmu_worst_ipa_ways(visit->smmu, s2, table + 8ull * first, &ways);
		for (unsigned i = 0; i < ways.count; i++)
			if (!ways.way[i].event)
				visit_chunk(visit, ways.way[i].pa, &chunk);
	}
}

void smmu_worst_drop_frozen(struct smmu *smmu, unsigned index)
{
	struct smmu_worst *w = &smmu->worst;

	w->frozen[index] = w->frozen[--w->num_frozen];
}

static void visit_half(struct visit *visit, bool high, const struct smmu_change *change)
{
	const struct smmu_s1 *s1 = &visit->context->s1;
	unsigned ia_bits = 64u - (high ? s1->t1sz : s1->t0sz), level, entries;
	uint64_t root = high ? s1->ttb1 : s1->ttb0;

	if (!smmu_s1_walks(s1, high))
		return;
	visit->granule = smmu_s1_granule(s1, high);
	visit->change = change && change->root == root ? change : NULL;
	level = smmu_start_level(visit->granule, ia_bits);
	entries = 1u << (ia_bits - smmu_level_shift(visit->granule, level));
	visit_table(visit, root, &(struct chunk){smmu_worst_va(s1, high, 0), level, entries, 0});
}

static void visit_stage2(struct visit *visit, const struct smmu_change *change)
{
	const struct smmu_s2 *s2 = &visit->context->s2;
	unsigned entries;

	visit->granule = s2->granule;
	visit->change = change && change->s2root == s2->ttb ? change : NULL;
	entries = 1u << (s2->ia_bits - smmu_level_shift(s2->granule, s2->start_level));
	visit_table(visit, s2->ttb, &(struct chunk){0, s2->start_level, entries, 0});
}

void smmu_worst_thaw(struct smmu *smmu, unsigned index, const struct smmu_change *change)
{
	const struct smmu_frozen frozen = smmu->worst.frozen[index];
	const struct smmu_context context = {
		.stream = frozen.stream,
		.ssv = frozen.ssv,
		.ssid = frozen.ssid,
		.kind = frozen.stage2 ? SMMU_CTX_BYPASS : SMMU_CTX_S1,
		.split = frozen.split,
		.s1 = frozen.s1,
		.s2 = frozen.s2,
	};
	struct visit visit = {
		.smmu = smmu,
		.context = &context,
		.stage2 = frozen.stage2,
		.tlb = frozen.tlb,
		.budget = VISIT_BUDGET,
	};
	uint32_t now = smmu->worst.seq;

	smmu_worst_drop_frozen(smmu, index);
	/* The entries were last readable when the tree froze, not now. */
	smmu->worst.seq = frozen.seq;
	if (frozen.stage2) {
		visit_stage2(&visit, change);
	} else {
		visit_half(&visit, false, change);
		visit_half(&visit, true, change);
	}
	smmu->worst.seq = now;
}

void smmu_worst_hold_globals(struct smmu *smmu, const struct smmu_context *context,
			     const struct smmu_context *other)
{
	struct smmu_context as = *context;
	struct visit visit = {
		.smmu = smmu, .context = &as, .global_only = true, .budget = VISIT_BUDGET};

	as.s1 = other->s1;
	as.s2 = other->s2;
	as.s1.priv = context->s1.priv;
	visit_half(&visit, false, NULL);
	visit_half(&visit, true, NULL);
}

void smmu_worst_hold_subtree(struct smmu *smmu, const struct smmu_context *context, bool tlb,
			     const struct smmu_place_in_tree *table)
{
	struct visit visit = {
		.smmu = smmu,
		.context = context,
		.stage2 = !table->s1,
		.tlb = tlb,
		.granule = place_granule(table),
		.budget = VISIT_BUDGET,
	};
	const struct chunk below = {table->va, table->level + 1, 1u << (visit.granule - 3),
				    limit_below(table)};

	visit_table(&visit, desc_address(smmu, table->desc, visit.granule), &below);
}

/* An entry of both stages. */
static void hold_combined(struct smmu *smmu, const struct smmu_context *context, uint64_t va,
			  const struct smmu_walk *leaf)
{
	const struct smmu_walk way = granted(&context->s1, leaf);

	smmu_worst_hold_atc(smmu, context, va, &way);
}

void smmu_worst_fill_atc(struct smmu *smmu, const struct smmu_context *context,
			 const struct smmu_held_tlb *entry)
{
	const struct smmu_walk leaf = {
		.pa = entry->pa,
		.size = entry->size,
		.user_read = entry->read_ok,
		.user_write = entry->write_ok,
		.priv_read = entry->priv_read_ok,
		.priv_write = entry->priv_write_ok,
		.dirty_write = entry->dirty,
	};
	const struct smmu_place_in_tree place = {
		.s1 = &entry->s1,
		.s2 = &entry->s2,
		.va = entry->va,
		.level = entry->level,
		.desc = entry->desc,
		.limit = entry->limit,
	};

	if (context->kind != SMMU_CTX_S1 || !context->ats ||
	    !smmu->worst.stream[context->stream].ats_on || entry->stage == SMMU_HELD_S2 ||
	    !smmu_tag_hits(&context->s1, entry->s1.regime, entry->s1.vmid, entry->s1.asid,
			   entry->global))
		return;
	for (unsigned own = 0; own < 2 && entry->stage == SMMU_HELD_S1; own++) {
		struct smmu_context as = *context;

		/* 16.2.1: the entry of another configuration may know its own stage 2. */
		if (own && (context->split || smmu_s2_equal(&entry->s2, &context->s2)))
			continue;
		if (own)
			as.s2 = entry->s2;
		if (entry->table)
			smmu_worst_hold_subtree(smmu, &as, false, &place);
		else
			smmu_worst_hold_atc_s1(smmu, &as, entry->va, &leaf);
	}
	if (entry->stage == SMMU_HELD_S1)
		return;
	if (!entry->table && !context->split)
		hold_combined(smmu, context, entry->va, &leaf);
}
