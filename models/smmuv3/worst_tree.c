/* SPDX-License-Identifier: MIT */
/* Worst-case caches: entries out of translation trees, and trees that froze. */
#include "worst_state.h"

void smmu_worst_hold_tlb(struct smmu *smmu, const struct smmu_s1 *s1, uint64_t va, unsigned level,
			 uint64_t desc)
{
	struct smmu_worst *w = &smmu->worst;
	bool table = level < 3 && (desc & 3) == 3;
	struct smmu_held_tlb entry = {
		.va = va,
		.size = smmu_level_size(level),
		.desc = desc,
		.s1 = *s1,
		.seq = w->seq,
		.level = (uint8_t)level,
		.table = table,
	};

	if (table) {
		entry.pa = desc & 0x0000fffffffff000ull;
	} else {
		struct smmu_walk leaf = smmu_leaf_decode(smmu, s1, va, level, desc);

		if (leaf.event) /* not a valid translation: never cached (3.21.1) */
			return;
		entry.pa = leaf.pa;
		entry.global = leaf.global;
		entry.read_ok = leaf.user_read;
		entry.write_ok = leaf.user_write;
	}
	for (unsigned i = 0; i < w->num_tlb; i++) {
		struct smmu_held_tlb *held = &w->tlb[i];

		if (held->va == va && held->level == level && held->desc == desc &&
		    held->s1.asid == s1->asid && held->s1.regime == s1->regime) {
			if (held->seq < w->seq)
				held->seq = w->seq;
			return;
		}
	}
	if (w->num_tlb == SMMU_MAX_HELD_TLB)
		w->overflow = true;
	else
		w->tlb[w->num_tlb++] = entry;
}

void smmu_worst_hold_atc(struct smmu *smmu, unsigned stream, bool ssv, uint32_t ssid, uint64_t va,
			 const struct smmu_walk *leaf)
{
	struct smmu_worst *w = &smmu->worst;

	/* 3.9.1: a completion without rights leaves nothing in the ATC. */
	if (leaf->event || (!leaf->user_read && !leaf->user_write))
		return;
	for (unsigned i = 0; i < w->num_atc; i++) {
		struct smmu_held_atc *held = &w->atc[i];

		if (held->stream == stream && held->ssv == ssv && held->ssid == ssid &&
		    held->va == va && held->pa == leaf->pa && held->write_ok == leaf->user_write &&
		    held->read_ok == leaf->user_read) {
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
		.ssid = ssid,
		.stream = (uint8_t)stream,
		.ssv = ssv,
		.read_ok = leaf->user_read,
		.write_ok = leaf->user_write,
	};
}

/* What to do with each valid descriptor of a tree. */
struct visit {
	struct smmu *smmu;
	const struct smmu_s1 *s1;
	bool tlb;
	unsigned stream;
	bool ssv;
	uint32_t ssid;
	unsigned budget;		  /* descriptors: tables may form loops */
	const struct smmu_change *change; /* the tree as it was before; NULL: as it is */
};

enum { VISIT_BUDGET = 1 << 14 };

static bool read_entry(const struct visit *visit, const volatile uint64_t *page, uint64_t table,
		       unsigned i, uint64_t *desc)
{
	if (!page)
		return smmu_mem_read(visit->smmu, table + 8 * i, desc);
	*desc = page[i];
	return true;
}

/* The first descriptor from `i` on that is valid; 512: none. Eight at a time, for speed. */
static unsigned next_valid(const volatile uint64_t *page, unsigned i)
{
	const uint64_t *desc = (const uint64_t *)(uintptr_t)page;

	for (; i < 512 && i % 8; i++)
		if (desc[i] & 1)
			return i;
	for (; i < 512; i += 8) {
		uint64_t any = 0;

		for (unsigned k = 0; k < 8; k++)
			any |= desc[i + k];
		if (any & 1)
			break;
	}
	for (; i < 512 && !(desc[i] & 1); i++)
		;
	return i;
}

static void visit_table(struct visit *visit, uint64_t table, uint64_t va, unsigned level);

/* The descriptor of a table that was changed since, as an index; 512: another table's. */
static unsigned changed_entry(const struct visit *visit, uint64_t va, unsigned level)
{
	uint64_t index;

	if (!visit->change || visit->change->level != level)
		return 512;
	index = (visit->change->va - va) / smmu_level_size(level);
	return index < 512 && va + index * smmu_level_size(level) == visit->change->va
		       ? (unsigned)index
		       : 512;
}

/* How many descriptors from `i` on say nothing. */
static unsigned skip_empty(const volatile uint64_t *page, unsigned i, unsigned changed)
{
	unsigned next = next_valid(page, i);

	return (changed >= i && changed < next ? changed : next) - i;
}

static void visit_entry(struct visit *visit, uint64_t desc, uint64_t va, unsigned level)
{
	bool next = level < 3 && (desc & 3) == 3;

	if (visit->tlb) {
		smmu_worst_hold_tlb(visit->smmu, visit->s1, va, level, desc);
	} else if (!next) {
		struct smmu_walk leaf = smmu_leaf_decode(visit->smmu, visit->s1, va, level, desc);

		smmu_worst_hold_atc(visit->smmu, visit->stream, visit->ssv, visit->ssid, va, &leaf);
	}
	if (next)
		visit_table(visit, desc & 0x0000fffffffff000ull, va, level + 1);
}

static bool spend(struct visit *visit, unsigned descriptors)
{
	if (descriptors > visit->budget)
		visit->smmu->worst.overflow = true;
	else
		visit->budget -= descriptors;
	return !visit->smmu->worst.overflow;
}

static void visit_table(struct visit *visit, uint64_t table, uint64_t va, unsigned level)
{
	const struct smmu_bus *bus = &visit->smmu->bus;
	const volatile uint64_t *page = bus->page ? bus->page(bus->ctx, table) : NULL;
	unsigned changed = changed_entry(visit, va, level);

	if (page && !visit->change && next_valid(page, 0) == 512)
		return;
	for (unsigned i = 0; i < 512; i++) {
		unsigned skip = page ? skip_empty(page, i, changed) : 0;
		uint64_t desc;

		if (skip && !spend(visit, skip))
			return;
		i += skip;
		if (i == 512 || !spend(visit, 1))
			return;
		if (!read_entry(visit, page, table, i, &desc))
			return;
		if (i == changed)
			desc = visit->change->old_desc;
		if (desc & 1)
			visit_entry(visit, desc, va + i * smmu_level_size(level), level);
	}
}

void smmu_worst_drop_frozen(struct smmu *smmu, unsigned index)
{
	struct smmu_worst *w = &smmu->worst;

	w->frozen[index] = w->frozen[--w->num_frozen];
}

void smmu_worst_thaw(struct smmu *smmu, unsigned index, const struct smmu_change *change)
{
	const struct smmu_frozen frozen = smmu->worst.frozen[index];
	struct visit visit = {
		.smmu = smmu,
		.s1 = &frozen.s1,
		.tlb = frozen.tlb,
		.stream = frozen.stream,
		.ssv = frozen.ssv,
		.ssid = frozen.ssid,
		.budget = VISIT_BUDGET,
		.change = change,
	};
	uint32_t now = smmu->worst.seq;

	smmu_worst_drop_frozen(smmu, index);
	/* The entries were last readable when the tree froze, not now. */
	smmu->worst.seq = frozen.seq;
	/* D8.2: each level resolves nine bits above the 4 KiB page. */
	visit_table(&visit, frozen.s1.ttb0, 0, frozen.s1.t0sz < 16 ? 0 : (frozen.s1.t0sz - 16) / 9);
	smmu->worst.seq = now;
}

void smmu_worst_hold_subtree(struct smmu *smmu, const struct smmu_context *context, bool tlb,
			     uint64_t va, unsigned level, uint64_t table)
{
	struct visit visit = {
		.smmu = smmu,
		.s1 = &context->s1,
		.tlb = tlb,
		.stream = context->stream,
		.ssv = context->ssv,
		.ssid = context->ssid,
		.budget = VISIT_BUDGET,
	};

	visit_table(&visit, table & 0x0000fffffffff000ull, va, level + 1);
}
