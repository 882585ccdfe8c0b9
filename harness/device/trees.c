/* SPDX-License-Identifier: MIT */
/*
 * In which translation trees a doubleword of memory stands: the worst-case caches want to be told
 * (worst.h). Trees are those of the contexts that there are now; of a nested stage 1, whose tables
 * are at IPAs, nothing is said.
 */
#include "model.h"

enum { MAX_TREES = 32, MAX_READS = 16384 };

struct tree {
	uint64_t root;
	uint8_t granule, ia_bits, start_level;
};

struct search {
	struct dev_model *model;
	uint64_t addr;
	const struct tree *tree;
	unsigned reads;
	struct model_places *places;
};

static void add_tree(struct tree *trees, unsigned *count, struct tree tree)
{
	for (unsigned i = 0; i < *count; i++)
		if (trees[i].root == tree.root && trees[i].granule == tree.granule &&
		    trees[i].ia_bits == tree.ia_bits)
			return;
	if (*count < MAX_TREES && tree.granule)
		trees[(*count)++] = tree;
}

static struct tree half(const struct smmu_s1 *s1, bool upper)
{
	uint8_t granule = upper ? s1->granule1 : s1->granule0;
	uint8_t bits = (uint8_t)(64 - (upper ? s1->t1sz : s1->t0sz));

	return (struct tree){
		.root = upper ? s1->ttb1 : s1->ttb0,
		.granule = granule,
		.ia_bits = bits,
		.start_level = granule ? (uint8_t)smmu_start_level(granule, bits) : 0,
	};
}

static void add_halves(struct tree *trees, unsigned *count, const struct smmu_s1 *s1)
{
	if (!s1->epd0)
		add_tree(trees, count, half(s1, false));
	if (!s1->epd1)
		add_tree(trees, count, half(s1, true));
}

/* Trees that froze: their first change has to be known. What is below a table descriptor that memory
 * does not hold any more is found by no walk. */
static void find_stale(struct dev_model *model, struct tree trees[MAX_TREES], unsigned *count)
{
	struct smmu_stale stale = smmu_stale(&model->smmu);

	for (unsigned i = 0; i < stale.num_frozen; i++) {
		const struct smmu_frozen *f = &stale.frozen[i];

		if (f->stage2 || f->s2.on)
			add_tree(trees, count,
				 (struct tree){f->s2.ttb, f->s2.granule, f->s2.ia_bits,
					       f->s2.start_level});
		else
			add_halves(trees, count, &f->s1);
	}
	for (unsigned i = 0; i < stale.num_tlb; i++)
		model->lost |= stale.tlb[i].table;
	model->lost |= stale.overflow || stale.untracked;
}

void model_note_nested(struct dev_model *model)
{
	struct smmu_contexts contexts = smmu_contexts(&model->smmu);

	for (unsigned i = 0; i < contexts.count; i++) {
		const struct smmu_context *c = &contexts.context[i];

		model->lost |=
			model->smmu.worst.stream[c->stream].num_s2 && c->kind != SMMU_CTX_BYPASS;
	}
}

static unsigned find_trees(struct dev_model *model, struct tree trees[MAX_TREES])
{
	struct smmu_contexts contexts = smmu_contexts(&model->smmu);
	unsigned count = 0;

	for (unsigned i = 0; i < contexts.count; i++) {
		const struct smmu_context *c = &contexts.context[i];

		if (c->s2.on)
			add_tree(trees, &count,
				 (struct tree){c->s2.ttb, c->s2.granule, c->s2.ia_bits,
					       c->s2.start_level});
		if (c->kind == SMMU_CTX_S1 && !c->s2.on)
			add_halves(trees, &count, &c->s1);
	}
	find_stale(model, trees, &count);
	model_note_nested(model);
	model->lost |= count == MAX_TREES;
	return count;
}

/* The table at `level` for what starts at va; the root may be larger or smaller than the others. */
static void look(struct search *s, uint64_t table, unsigned level, uint64_t va)
{
	unsigned granule = s->tree->granule, shift = smmu_level_shift(granule, level);
	unsigned bits = level == s->tree->start_level && s->tree->ia_bits > shift
				? s->tree->ia_bits - shift
				: granule - 3;

	if (s->addr - table < 8ull << bits && s->places->count < MODEL_MAX_PLACES) {
		struct model_place *place = &s->places->place[s->places->count++];

		place->root = s->tree->root;
		place->va = va + ((s->addr - table) / 8 << shift);
		place->level = level;
	}
	for (uint64_t i = 0; level < 3 && i < 1ull << bits && s->reads < MAX_READS; i++) {
		uint64_t desc = model_load(s->model, table + i * 8);

		s->reads++;
		if ((desc & 3) == 3)
			look(s, desc & SMMU_MASK(47, 0) & ~0ull << granule, level + 1,
			     va + (i << shift));
	}
}

struct model_places model_find_places(struct dev_model *model, uint64_t addr)
{
	struct model_places places = {0};
	struct tree trees[MAX_TREES];
	unsigned count = find_trees(model, trees);

	for (unsigned i = 0; i < count; i++) {
		struct search search = {
			.model = model, .addr = addr, .tree = &trees[i], .places = &places};

		look(&search, trees[i].root, trees[i].start_level, 0);
		model->lost |= search.reads >= MAX_READS;
	}
	model->lost |= places.count == MODEL_MAX_PLACES;
	return places;
}

void model_note_places(struct dev_model *model, const struct model_places *places, uint64_t old,
		       uint64_t value)
{
	for (unsigned i = 0; i < places->count; i++)
		smmu_note_pte(&model->smmu, places->place[i].root, places->place[i].va,
			      places->place[i].level, old, value);
}
