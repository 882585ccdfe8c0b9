/* SPDX-License-Identifier: MIT */
/*
 * Worst-case caches: every way in which hardware may translate one address now. A way is decided by
 * the deepest cached descriptor that it uses, and by memory from there on; under stage 2 each table
 * and the output of stage 1 have their own ways (16.2).
 */
#include "walk.h"
#include "worst_state.h"

uint64_t smmu_worst_va(const struct smmu_s1 *s1, bool high, uint64_t va)
{
	uint64_t low = smmu_low_bits(64u - (high ? s1->t1sz : s1->t0sz));

	return high ? va | ~low : va & low;
}

uint64_t smmu_worst_request_va(const struct smmu_s1 *s1, uint64_t va)
{
	bool high = smmu_high_half(s1, va);

	if (!(high ? s1->tbi1 : s1->tbi0))
		return va;
	return va & SMMU_BIT(55) ? va | ~smmu_low_bits(56) : va & smmu_low_bits(56);
}

/* Stage 2. */

static bool same_way(const struct smmu_walk *a, const struct smmu_walk *b)
{
	return a->event == b->event && (a->event || (a->pa == b->pa && a->size == b->size)) &&
	       a->user_read == b->user_read && a->user_write == b->user_write &&
	       a->priv_read == b->priv_read && a->priv_write == b->priv_write;
}

static void add_ipa_way(struct smmu *smmu, struct smmu_ipa_ways *ways, const struct smmu_walk *way)
{
	for (unsigned i = 0; i < ways->count; i++)
		if (same_way(&ways->way[i], way))
			return;
	if (ways->count == SMMU_MAX_IPA_WAYS)
		smmu->worst.untracked = true;
	else
		ways->way[ways->count++] = *way;
}

struct smmu_walk smmu_worst_s2_entry(const struct smmu *smmu, const struct smmu_held_tlb *entry,
				     uint64_t ipa)
{
	struct smmu_s2 below = entry->s2;
	struct smmu_walk walk;

	if (!entry->table)
		return (struct smmu_walk){.pa = entry->pa + (ipa - entry->va),
					  .desc = entry->desc,
					  .size = entry->size,
					  .level = entry->level,
					  .user_read = entry->read_ok,
					  .user_write = entry->write_ok,
					  .priv_read = entry->read_ok,
					  .priv_write = entry->write_ok};
	/* The tree below a table, as one whose input is what the table covers. */
	below.ttb = entry->pa;
	below.start_level = entry->level + 1;
	below.ia_bits = (uint8_t)smmu_level_shift(entry->granule, entry->level);
	walk = smmu_walk_s2(smmu, &below, ipa & smmu_low_bits(below.ia_bits));
	return walk;
}

void smmu_worst_ipa_ways(struct smmu *smmu, const struct smmu_s2 *s2, uint64_t ipa,
			 struct smmu_ipa_ways *ways)
{
	const struct smmu_worst *w = &smmu->worst;
	struct smmu_walk way;

	ways->count = 0;
	if (!s2->on) {
		way = (struct smmu_walk){.pa = ipa,
					 .desc = SMMU_MASK(5, 4), /* Normal memory, to S2PTW */
					 .size = 1ull << 63,
					 .user_read = true,
					 .user_write = true,
					 .priv_read = true,
					 .priv_write = true};
		add_ipa_way(smmu, ways, &way);
		return;
	}
	way = smmu_walk_s2(smmu, s2, ipa);
	add_ipa_way(smmu, ways, &way);
	for (unsigned i = 0; i < w->num_contexts; i++) {
		const struct smmu_s2 *other = &w->context[i].s2;

		if (!other->on || other->vmid != s2->vmid || smmu_s2_equal(other, s2))
			continue;
		way = smmu_walk_s2(smmu, other, ipa);
		if (!way.event)
			add_ipa_way(smmu, ways, &way);
	}
	for (unsigned i = 0; i < w->num_tlb; i++) {
		if (!smmu_s2_entry_covers(&w->tlb[i], s2, ipa))
			continue;
		way = smmu_worst_s2_entry(smmu, &w->tlb[i], ipa);
		add_ipa_way(smmu, ways, &way);
	}
	for (unsigned i = 0; i < w->num_frozen; i++) {
		const struct smmu_frozen *frozen = &w->frozen[i];

		if (!frozen->stage2 || frozen->s2.vmid != s2->vmid)
			continue;
		way = smmu_walk_s2(smmu, &frozen->s2, ipa);
		if (!way.event)
			add_ipa_way(smmu, ways, &way);
	}
}

/* The end of what one walk decides. */
static uint64_t walk_end(const struct smmu *smmu, const struct smmu_s2 *s2, uint64_t ipa)
{
	struct smmu_walk walk = smmu_walk_s2(smmu, s2, ipa);

	return (ipa | ((1ull << smmu_level_shift(s2->granule, walk.level)) - 1)) + 1;
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t smmu_worst_ipa_next(const struct smmu *smmu, const struct smmu_s2 *s2, uint64_t ipa)
{
	const struct smmu_worst *w = &smmu->worst;
	uint64_t next = walk_end(smmu, s2, ipa);

	for (unsigned i = 0; i < w->num_contexts; i++)
		if (w->context[i].s2.on && w->context[i].s2.vmid == s2->vmid &&
		    !smmu_s2_equal(&w->context[i].s2, s2))
			next = lesser(next, walk_end(smmu, &w->context[i].s2, ipa));
	for (unsigned i = 0; i < w->num_frozen; i++)
		if (w->frozen[i].stage2 && w->frozen[i].s2.vmid == s2->vmid)
			next = lesser(next, walk_end(smmu, &w->frozen[i].s2, ipa));
	for (unsigned i = 0; i < w->num_tlb; i++) {
		const struct smmu_held_tlb *entry = &w->tlb[i];

		if (entry->stage != SMMU_HELD_S2 || entry->vmid != s2->vmid ||
		    ipa - entry->va >= entry->size) {
			if (entry->stage == SMMU_HELD_S2 && entry->vmid == s2->vmid &&
			    entry->va > ipa)
				next = lesser(next, entry->va);
			continue;
		}
		next = lesser(next, entry->table ? (ipa | ((1ull << entry->granule) - 1)) + 1
						 : entry->va + entry->size);
	}
	return next;
}

/* Stage 1, and both. */

/* One lookup. */
struct look {
	struct smmu *smmu;
	const struct smmu_s1 *s1; /* of the lookup; of the tables, look_from() has another */
	const struct smmu_s2 *s2;
	uint64_t va; /* as entries carry it */
	smmu_way_fn *fn;
	void *ctx;
	unsigned budget;
	bool valid_only; /* a tree of somebody else: only what it translates can be cached */
};

enum { LOOK_BUDGET = 512 };

static void found(const struct look *look, const struct smmu_walk *way)
{
	if (!way->event || !look->valid_only)
		look->fn(look->ctx, way);
}

/* 5.2 S2PTW, 7.3.16: stage 2 forbids the read of a table. */
static bool forbids_table(const struct smmu_s2 *s2, const struct smmu_walk *under)
{
	return !under->user_read || (s2->ptw && !(under->desc & SMMU_MASK(5, 4)));
}

/* The output of stage 1, on through stage 2. */
static void look_output(const struct look *look, const struct smmu_walk *one)
{
	struct smmu_ipa_ways under;

	if (!look->s2->on || one->event) {
		found(look, one);
		return;
	}
	smmu_worst_ipa_ways(look->smmu, look->s2, one->pa, &under);
	for (unsigned i = 0; i < under.count; i++) {
		const struct smmu_walk *two = &under.way[i];
		struct smmu_walk way = *one;

		way.event = two->event;
		way.s2 = two->event;
		way.fault_class = SMMU_CLASS_IN;
		if (way.event) { /* with the rights of stage 1, whose faults come first */
			found(look, &way);
			continue;
		}
		way.pa = two->pa;
		way.size = two->size < one->size ? two->size : one->size;
		way.dirty_write |= two->dirty_write;
		way.user_read &= two->user_read;
		way.user_write &= two->user_write;
		way.priv_read &= two->priv_read;
		way.priv_write &= two->priv_write;
		/* 5.4 PAN asks for what stage 1 says. */
		if (look->s1 && look->s1->pan && one->user_read)
			way.priv_read = way.priv_write = false;
		found(look, &way);
	}
}

static void look_table(struct look *look, const struct smmu_s1 *s1, struct s1_walker walker,
		       uint64_t table_pa);

/* The next table, through stage 2. */
static void look_next(struct look *look, const struct smmu_s1 *s1, const struct s1_walker *walker)
{
	struct smmu_ipa_ways under;

	smmu_worst_ipa_ways(look->smmu, look->s2, smmu_s1_entry(look->smmu, walker), &under);
	for (unsigned i = 0; i < under.count; i++) {
		struct smmu_walk way = under.way[i];

		if (!way.event && forbids_table(look->s2, &way))
			way = (struct smmu_walk){.event = SMMU_F_PERMISSION};
		way.s2 = way.event;
		way.fault_class = SMMU_CLASS_TT;
		if (way.event)
			found(look, &way);
		else
			look_table(look, s1, *walker, way.pa);
	}
}

/* On from the descriptor at `entry`, which is that of `walker`. */
static void look_table(struct look *look, const struct smmu_s1 *s1, struct s1_walker walker,
		       uint64_t entry)
{
	struct smmu_walk walk = {.level = walker.level};

	if (!look->budget) {
		look->smmu->worst.untracked = true;
		return;
	}
	look->budget--;
	if (!smmu_mem_read(look->smmu, entry, &walk.desc)) {
		walk.event = SMMU_F_WALK_EABT;
		found(look, &walk);
	} else if (!smmu_s1_step(look->smmu, s1, &walker, &walk)) {
		look_output(look, &walk);
	} else {
		look_next(look, s1, &walker);
	}
}

/* From the root, under a configuration that has the tag of the lookup. */
static void look_root(struct look *look, const struct smmu_s1 *s1, uint64_t va)
{
	struct smmu_walk walk = {0};
	struct s1_walker walker;

	if (!smmu_s1_begin(s1, va, &walker, &walk))
		found(look, &walk);
	else
		look_next(look, s1, &walker);
}

/* 3.13.3: a clean entry lets a write through if the descriptor in memory may still be marked. */
static void look_clean(const struct look *look, const struct smmu_walk *leaf, bool dirty)
{
	struct smmu_walk clean = *leaf;

	look_output(look, leaf);
	if (!dirty)
		return;
	clean.user_write = clean.priv_write = false;
	look_output(look, &clean);
}

static void look_leaf(const struct look *look, const struct smmu_held_tlb *tlb)
{
	const struct smmu_walk leaf = {
		.level = tlb->level,
		.desc = tlb->desc,
		.pa = tlb->pa + (look->va - tlb->va),
		.size = tlb->size,
		.global = tlb->global,
		.user_read = tlb->read_ok,
		.user_write = tlb->write_ok,
		.priv_read = tlb->priv_read_ok,
		.priv_write = tlb->priv_write_ok,
	};

	if (tlb->stage == SMMU_HELD_BOTH)
		found(look, &leaf);
	else
		look_clean(look, &leaf, tlb->dirty);
}

/* The walk goes on below a held table descriptor. */
static void look_held_table(struct look *look, const struct smmu_held_tlb *tlb)
{
	bool high = smmu_high_half(&tlb->s1, look->va);
	struct s1_walker walker = {
		.va = look->va & smmu_low_bits(64u - (high ? tlb->s1.t1sz : tlb->s1.t0sz)),
		.table = tlb->pa,
		.limit = (uint64_t)tlb->limit << 59,
		.level = (uint8_t)(tlb->level + 1),
		.granule = tlb->granule,
		.had = high ? tlb->s1.had1 : tlb->s1.had0,
	};

	/* An entry of both stages knows the table's physical address. */
	if (tlb->stage == SMMU_HELD_BOTH)
		look_table(look, &tlb->s1, walker, smmu_s1_entry(look->smmu, &walker));
	else
		look_next(look, &tlb->s1, &walker);
}

static void look_entry(struct look *look, const struct smmu_held_tlb *tlb)
{
	if (tlb->table)
		look_held_table(look, tlb);
	else
		look_leaf(look, tlb);
}

static void look_entries(struct look *look)
{
	const struct smmu_worst *w = &look->smmu->worst;

	for (unsigned i = 0; i < w->num_tlb; i++) {
		const struct smmu_held_tlb *tlb = &w->tlb[i];

		if (tlb->stage == SMMU_HELD_S2 || look->va - tlb->va >= tlb->size ||
		    !smmu_tag_hits(look->s1, tlb->s1.regime, tlb->s1.vmid, tlb->s1.asid,
				   tlb->global))
			continue;
		look_entry(look, tlb);
		/* 16.2.1: entries of one stage and of both may share a TLB, and then the entry of
		 * another configuration of the VMID knows its own stage 2. */
		if (tlb->stage == SMMU_HELD_S1 && !smmu_s2_equal(&tlb->s2, look->s2)) {
			struct look other = *look;

			other.s2 = &tlb->s2;
			look_entry(&other, tlb);
		}
	}
}

/* Other trees whose entries the lookup hits: those of its tag, and global leaves of any. */
struct foreign {
	struct look *look;
	bool global_only;
};

static void found_foreign(void *ctx, const struct smmu_walk *way)
{
	const struct foreign *foreign = ctx;

	if (!foreign->global_only || way->global)
		foreign->look->fn(foreign->look->ctx, way);
}

static void look_foreign(const struct look *mine, const struct smmu_s1 *s1,
			 const struct smmu_s2 *s2)
{
	struct look inner = *mine;
	struct foreign foreign = {(struct look *)(uintptr_t)mine, s1->asid != mine->s1->asid};

	if (!smmu_tag_hits(mine->s1, s1->regime, s1->vmid, s1->asid, mine->smmu->worst.any_global))
		return;
	inner.s2 = s2;
	inner.fn = found_foreign;
	inner.ctx = &foreign;
	inner.valid_only = true;
	look_root(&inner, s1, mine->va);
}

static void look_trees(const struct look *look)
{
	const struct smmu_worst *w = &look->smmu->worst;

	for (unsigned i = 0; i < w->num_contexts; i++) {
		const struct smmu_context *other = &w->context[i];

		if (other->kind == SMMU_CTX_S1 &&
		    !(smmu_s1_equal(&other->s1, look->s1) && smmu_s2_equal(&other->s2, look->s2)))
			look_foreign(look, &other->s1, &other->s2);
	}
	for (unsigned i = 0; i < w->num_frozen; i++)
		if (w->frozen[i].tlb && !w->frozen[i].stage2)
			look_foreign(look, &w->frozen[i].s1, &w->frozen[i].s2);
}

void smmu_worst_ways(struct smmu *smmu, const struct smmu_s1 *s1, const struct smmu_s2 *s2,
		     uint64_t va, smmu_way_fn *fn, void *ctx)
{
	struct look look = {
		.smmu = smmu, .s1 = s1, .s2 = s2, .fn = fn, .ctx = ctx, .budget = LOOK_BUDGET};

	if (!s1) {
		struct smmu_walk walk = {.pa = va,
					 .size = 1ull << 63,
					 .user_read = true,
					 .user_write = true,
					 .priv_read = true,
					 .priv_write = true};

		/* 3.4: beyond the IAS, which is the OAS without VMSAv8-32. */
		if (smmu_exceeds(va, smmu->profile.oas_bits))
			walk = (struct smmu_walk){.event = SMMU_F_ADDR_SIZE};
		look_output(&look, &walk);
		return;
	}
	look.va = smmu_worst_request_va(s1, va);
	look_root(&look, s1, va);
	look_entries(&look);
	look_trees(&look);
}
