/* SPDX-License-Identifier: MIT */
/*
 * Worst-case caches: every way in which a stream may be configured now.
 */
#include "regs.h"
#include "worst_structure.h"

enum { MAX_INDEXES = 1024 }; /* CDs of one table that are looked at */

/* Contexts. */

static void add_context(struct smmu *smmu, const struct smmu_context *context)
{
	struct smmu_worst *w = &smmu->worst;

	for (unsigned i = w->num_contexts; i-- > 0;) {
		struct smmu_context *have = &w->context[i];

		if (have->stream == context->stream && have->ssid == context->ssid &&
		    have->ssv == context->ssv && have->kind == context->kind &&
		    have->event == context->event && have->ats == context->ats &&
		    have->whole == context->whole && smmu_s1_equal(&have->s1, &context->s1) &&
		    have->s1.record == context->s1.record && have->s1.abort == context->s1.abort &&
		    have->s1.stall == context->s1.stall && have->s1.priv == context->s1.priv &&
		    have->s1.inst == context->s1.inst && have->split == context->split &&
		    smmu_s2_equal(&have->s2, &context->s2) && have->s2.stall == context->s2.stall &&
		    have->s2.record == context->s2.record) {
			have->held &= context->held;
			return;
		}
	}
	if (w->num_contexts == SMMU_MAX_CONTEXTS)
		w->overflow = true;
	else
		w->context[w->num_contexts++] = *context;
}

/* Which context a CD is decoded for. */
struct cd_target {
	const struct smmu_worst_ste *from;
	const struct smmu_ste *table; /* whose CD table it was read from */
	bool held;
	unsigned stream;
	uint32_t index;
	bool ssv;
};

static struct smmu_context context_for(const struct cd_target *target, uint8_t event, bool held)
{
	return (struct smmu_context){
		.stream = (uint8_t)target->stream,
		.ssv = target->ssv,
		.ssid = target->index,
		.kind = event ? SMMU_CTX_FAULT : SMMU_CTX_S1,
		.event = event,
		.held = held,
		/* 3.9.1.2: a configuration fault is no completion that an ATC could keep. */
		.ats = !event && target->from->ste.eats != 0,
		.split = !event && target->from->ste.eats == SMMU_STE1_EATS_SPLIT,
		.s2 = target->from->ste.s2,
	};
}

static void add_decoded(struct smmu *smmu, const struct cd_target *target,
			const uint64_t word[SMMU_CD_WORDS], bool held)
{
	const struct smmu_cd cd = smmu_cd_decode(smmu, &target->from->ste, word);
	struct smmu_context context = context_for(target, cd.event, held);

	if (!cd.event)
		context.s1 = cd.s1;
	add_context(smmu, &context);
}

static void add_cds_at(struct smmu *smmu, const struct cd_target *target, uint64_t pa, bool held)
{
	uint64_t word[SMMU_CD_WORDS] = {0};
	struct mixes mixes;

	if (!smmu_mix_varies(&smmu->worst, target->stream, SMMU_WORD_CD, pa)) {
		/* Plainly invalid and always was: no context says so, for speed. */
		if (!smmu_mem_read(smmu, pa, &word[0]) || (target->ssv && !(word[0] & SMMU_CD0_V)))
			return;
		if (smmu_mix_memory(smmu, SMMU_WORD_CD, pa, word))
			add_decoded(smmu, target, word, held);
		return;
	}
	if (!smmu_mix_start(smmu, &mixes, target->stream, SMMU_WORD_CD, pa))
		return;
	do {
		bool mixed = smmu_mix_get(&mixes, word);

		add_decoded(smmu, target, word, held || mixed);
	} while (smmu_mix_next(smmu, &mixes));
}

/* `address` is where the table says, an IPA under stage 2. */
static void add_cds_through(struct smmu *smmu, const struct cd_target *target, uint64_t address,
			    bool held)
{
	struct smmu_ipa_ways ways;

	if (!target->table->s2.on) {
		add_cds_at(smmu, target, address, held);
		return;
	}
	smmu_worst_ipa_ways(smmu, &target->table->s2, address, &ways);
	for (unsigned i = 0; i < ways.count; i++)
		if (!ways.way[i].event && ways.way[i].user_read)
			add_cds_at(smmu, target, ways.way[i].pa, held || i > 0);
}

/* What one L1CD at pa may say. */
static void add_cds_of_l1(struct smmu *smmu, const struct cd_target *target, uint64_t pa, bool held)
{
	struct mix_values l1;

	smmu_mix_values(smmu, target->stream, SMMU_WORD_L1CD, pa, &l1);
	for (unsigned i = 0; i < l1.count; i++) {
		struct smmu_place place =
			smmu_cd_place_l1(smmu, target->table, target->index, l1.value[i]);
		bool old = held || i > 0 || l1.unreadable;

		if (!place.event) {
			add_cds_through(smmu, target, place.pa, old);
		} else if (l1.count > 1) { /* 5.3: may be cached invalid */
			struct smmu_context context = context_for(target, place.event, old);

			add_context(smmu, &context);
		}
	}
}

/* CDs that were cached, and that nothing leads to any more (16.2: found by StreamID and index). */
static void add_orphan_cds(struct smmu *smmu, const struct cd_target *target)
{
	const struct smmu_worst *w = &smmu->worst;
	uint64_t word[SMMU_CD_WORDS] = {0};
	struct mixes mixes;

	for (unsigned i = 0; i < w->num_words; i++) {
		const struct smmu_held_word held = w->word[i];

		if (!held.orphan || held.stream != target->stream || held.kind != SMMU_WORD_CD ||
		    held.index != target->index || held.pa % (SMMU_CD_WORDS * 8))
			continue;
		smmu_mix_start_orphan(smmu, &mixes, target->stream, SMMU_WORD_CD, held.pa);
		do {
			smmu_mix_get(&mixes, word);
			add_decoded(smmu, target, word, true);
		} while (smmu_mix_next(smmu, &mixes));
	}
}

static void add_cd(struct smmu *smmu, const struct cd_target *target)
{
	const struct smmu_ste *table = target->table;
	struct smmu_ipa_ways ways;
	struct smmu_place place;

	if (smmu->worst.any_orphan)
		add_orphan_cds(smmu, target);
	if (!smmu_cd_is_two_level(table)) {
		place = smmu_cd_place_linear(smmu, table, target->index);
		if (!place.event)
			add_cds_through(smmu, target, place.pa, target->held);
		return;
	}
	place.pa = smmu_l1cd_address(table, target->index);
	if (!table->s2.on) {
		add_cds_of_l1(smmu, target, place.pa, target->held);
		return;
	}
	smmu_worst_ipa_ways(smmu, &table->s2, place.pa, &ways);
	for (unsigned i = 0; i < ways.count; i++)
		if (!ways.way[i].event && ways.way[i].user_read)
			add_cds_of_l1(smmu, target, ways.way[i].pa, target->held || i > 0);
}

static void add_stream_context(struct smmu *smmu, unsigned stream,
			       const struct smmu_worst_ste *from, uint8_t kind, uint8_t event,
			       bool whole)
{
	const struct smmu_context context = {
		.stream = (uint8_t)stream,
		.whole = whole,
		.kind = kind,
		.event = event,
		.held = from->held,
		/* 5.2 EATS is IGNORED where Config bypasses both stages. Of S1DSS without stage 2 a
		 * completion is the address itself, which is left out (README.md). */
		.ats = kind == SMMU_CTX_BYPASS && from->ste.s2.on && from->ste.eats != 0,
		.split = kind == SMMU_CTX_BYPASS && from->ste.eats == SMMU_STE1_EATS_SPLIT,
		.s2 = kind == SMMU_CTX_BYPASS ? from->ste.s2 : (struct smmu_s2){.on = false},
	};

	add_context(smmu, &context);
}

/* Contexts for CD `index` under one STE: of a substream, and of no substream where it selects it. */
static void add_index(struct smmu *smmu, unsigned stream, const struct smmu_worst_ste *from,
		      const struct smmu_worst_ste *table, uint32_t index)
{
	struct cd_target target = {from,   &table->ste, from->held || table != from,
				   stream, index,	false};
	struct smmu_select select = smmu_select_cd(smmu, &from->ste, false, 0);

	if (select.kind == SMMU_SELECT_CD && select.index == index)
		add_cd(smmu, &target);
	if (!smmu->worst.stream[stream].ssid_bits)
		return;
	target.ssv = true;
	select = smmu_select_cd(smmu, &from->ste, true, index);
	if (select.kind == SMMU_SELECT_CD && select.index == index)
		add_cd(smmu, &target);
}

/* CDs that the stream can select: of the table, what the device can put on the bus. */
static uint32_t cd_count(struct smmu *smmu, unsigned stream, const struct smmu_ste *ste)
{
	uint8_t bits = smmu->worst.stream[stream].ssid_bits;
	uint32_t count = 1u << (ste->s1cdmax < bits ? ste->s1cdmax : bits);

	if (count > MAX_INDEXES) {
		smmu->worst.untracked = true;
		count = MAX_INDEXES;
	}
	return count;
}

static bool held_cd_words(const struct smmu_worst *w, unsigned stream)
{
	for (unsigned i = 0; i < w->num_words; i++)
		if (w->word[i].stream == stream && w->word[i].kind != SMMU_WORD_STE)
			return true;
	return false;
}

/* One word of a CD table as memory has it now. */
static bool read_table(const struct smmu *smmu, const struct smmu_ste *ste, uint64_t address,
		       uint64_t *value)
{
	if (ste->s2.on) {
		struct smmu_walk walk = smmu_walk_s2(smmu, &ste->s2, address);

		if (walk.event || !walk.user_read)
			return false;
		address = walk.pa;
	}
	return smmu_mem_read(smmu, address, value);
}

/* Most of a CD table is plainly invalid: one look each, and one for all below an L1CD, for speed.
 * Returns how many CDs from `index` on need no closer one. */
static uint32_t skip_invalid(const struct smmu *smmu, const struct smmu_worst_ste *from,
			     uint32_t index)
{
	struct smmu_place place;
	uint64_t word;

	if (smmu_cd_is_two_level(&from->ste)) {
		uint32_t span = smmu_worst_cd_span(&from->ste);

		if (!read_table(smmu, &from->ste, smmu_l1cd_address(&from->ste, index), &word))
			return span - index % span;
		place = smmu_cd_place_l1(smmu, &from->ste, index, word);
		if (place.event)
			return span - index % span;
	} else {
		place.pa = from->ste.s1contextptr + (uint64_t)index * SMMU_CD_WORDS * 8;
	}
	return !read_table(smmu, &from->ste, place.pa, &word) || !(word & SMMU_CD0_V);
}

/* A context for every CD of the table that is not plainly invalid. */
static void add_table_contexts(struct smmu *smmu, unsigned stream,
			       const struct smmu_worst_ste *from,
			       const struct smmu_worst_ste *table, uint32_t count)
{
	/* Where stage 2 may lead elsewhere, memory's CDs are not all. */
	bool look = held_cd_words(&smmu->worst, stream) || table->ste.s2.on;

	add_index(smmu, stream, from, table, 0);
	for (uint32_t index = 1; index < count; index++) {
		uint32_t skip = look ? 0 : skip_invalid(smmu, table, index);

		if (skip)
			index += skip - 1;
		else
			add_index(smmu, stream, from, table, index);
	}
}

/* 16.2: a CD that was cached while the stream had another STE is found by StreamID and index. */
static void add_foreign_tables(struct smmu *smmu, unsigned stream,
			       const struct smmu_worst_stes *stes, uint32_t only, bool all)
{
	for (unsigned i = 0; i < stes->count; i++) {
		const struct smmu_worst_ste *from = &stes->ste[i];

		for (unsigned k = 0; k < stes->count; k++) {
			const struct smmu_worst_ste *table = &stes->ste[k];
			uint32_t count;

			if (from->ste.event || !smmu_ste_has_s1(from->ste.config) ||
			    table->ste.event || !smmu_ste_has_s1(table->ste.config) ||
			    (from->ste.s1contextptr == table->ste.s1contextptr &&
			     from->ste.s1fmt == table->ste.s1fmt &&
			     smmu_s2_equal(&from->ste.s2, &table->ste.s2)))
				continue;
			count = cd_count(smmu, stream, &from->ste);
			if (count > cd_count(smmu, stream, &table->ste))
				count = cd_count(smmu, stream, &table->ste);
			if (all)
				add_table_contexts(smmu, stream, from, table, count);
			else if (only < count)
				add_index(smmu, stream, from, table, only);
		}
	}
}

static void add_ste_contexts(struct smmu *smmu, unsigned stream, const struct smmu_worst_ste *from)
{
	struct smmu_select select;
	uint32_t count;

	if (from->ste.event) {
		add_stream_context(smmu, stream, from, SMMU_CTX_FAULT, from->ste.event, true);
		return;
	}
	if (!smmu_ste_has_s1(from->ste.config)) {
		add_stream_context(smmu, stream, from,
				   from->ste.config == SMMU_STE_ABORT ? SMMU_CTX_ABORT
								      : SMMU_CTX_BYPASS,
				   0, true);
		return;
	}
	select = smmu_select_cd(smmu, &from->ste, false, 0);
	if (select.kind == SMMU_SELECT_BYPASS)
		add_stream_context(smmu, stream, from, SMMU_CTX_BYPASS, 0, false);
	else if (select.kind == SMMU_SELECT_EVENT)
		add_stream_context(smmu, stream, from, SMMU_CTX_FAULT, select.event, false);
	count = cd_count(smmu, stream, &from->ste);
	smmu_worst_add_cd_ranges(smmu, stream, from, count);
	add_table_contexts(smmu, stream, from, from, count);
}

/* Why one STE gives no translation for a SubstreamID; 0: it gives one, or add_cd() listed why not. */
static uint8_t lacks(struct smmu *smmu, const struct smmu_worst_ste *from, uint32_t index)
{
	struct smmu_select select = smmu_select_cd(smmu, &from->ste, true, index);
	struct smmu_place place;
	uint64_t word;

	if (select.kind == SMMU_SELECT_EVENT)
		return select.event;
	if (smmu_cd_is_two_level(&from->ste)) {
		if (!read_table(smmu, &from->ste, smmu_l1cd_address(&from->ste, index), &word))
			return 0;
		place = smmu_cd_place_l1(smmu, &from->ste, index, word);
	} else {
		place = smmu_cd_place_linear(smmu, &from->ste, index);
	}
	if (place.event)
		return place.event;
	if (!read_table(smmu, &from->ste, place.pa, &word))
		return 0;
	return word & SMMU_CD0_V ? 0 : SMMU_C_BAD_CD;
}

/*
 * With several STEs, one may lack what another has (3.21.3). Plain faults are listed only then:
 * where nothing translates they say nothing new.
 */
static void add_lacking(struct smmu *smmu, unsigned stream, const struct smmu_worst_stes *stes)
{
	struct smmu_worst *w = &smmu->worst;

	for (unsigned i = w->num_contexts; i-- > 0;) {
		const struct smmu_context *context = &w->context[i];

		if (context->stream != stream || !context->ssv || context->kind != SMMU_CTX_S1)
			continue;
		for (unsigned k = 0; k < stes->count; k++) {
			const struct smmu_worst_ste *from = &stes->ste[k];
			const struct cd_target target = {from,	 &from->ste,	from->held,
							 stream, context->ssid, true};
			uint8_t event;

			if (from->ste.event || !smmu_ste_has_s1(from->ste.config))
				continue;
			event = lacks(smmu, from, context->ssid);
			if (event) {
				const struct smmu_context fault =
					context_for(&target, event, from->held);

				add_context(smmu, &fault);
			}
		}
	}
}

/*
 * Take contexts out of the list, those that translate into `taken`: only they leave something
 * behind. The last one fills the gap.
 */
static unsigned take_context(struct smmu_worst *w, unsigned i, unsigned taken)
{
	if (w->context[i].kind == SMMU_CTX_S1 || w->context[i].s2.on)
		w->taken[taken++] = w->context[i];
	if (i != --w->num_contexts)
		w->context[i] = w->context[w->num_contexts];
	return taken;
}

/* The contexts of a stream (index < 0: all). */
static unsigned take_contexts(struct smmu_worst *w, unsigned stream, int64_t index)
{
	unsigned taken = 0;

	for (unsigned i = w->num_contexts; i-- > 0;)
		if (w->context[i].stream == stream && (index < 0 || w->context[i].ssid == index))
			taken = take_context(w, i, taken);
	return taken;
}

static void finish_refresh(struct smmu *smmu, unsigned count)
{
	if (count)
		smmu_worst_freeze(smmu, count);
	if (smmu->worst.num_frozen)
		smmu_worst_unfreeze(smmu);
	smmu->worst.generation++;
}

/* Whose stage-2 trees decide what the stream reads. */
static void note_root(struct smmu_worst *w, unsigned stream, uint64_t root)
{
	unsigned n = w->stream[stream].num_s2;

	for (unsigned i = 0; i < n; i++)
		if (w->stream[stream].s2_root[i] == root)
			return;
	if (n == SMMU_MAX_S2_ROOTS)
		w->untracked = true;
	else
		w->stream[stream].s2_root[w->stream[stream].num_s2++] = root;
}

/* 3.9.1.1: of split-stage ATS not every completion is followed that stale CDs and stage-2 entries
 * may lead to. */
static void see_split(struct smmu *smmu, unsigned stream, const struct smmu_worst_stes *stes)
{
	struct smmu_worst *w = &smmu->worst;

	for (unsigned i = 0; i < stes->count; i++)
		w->untracked |= w->stream[stream].ats_on && stes->ste[i].held &&
				stes->ste[i].ste.eats == SMMU_STE1_EATS_SPLIT;
}

static void refresh_stream(struct smmu *smmu, unsigned stream)
{
	struct smmu_worst *w = &smmu->worst;
	unsigned count = take_contexts(w, stream, -1);

	/* While SMMUEN is 0 they tell which memory may be cached (worst_restart.c). */
	if (!w->asleep)
		w->stream[stream].num_ranges = 0;
	w->stream[stream].num_s2 = 0;
	if (smmu->regs.cr0 & 1) { /* 3.21.3: nothing is reachable with SMMUEN = 0 */
		struct smmu_worst_stes stes;

		smmu_worst_collect_stes(smmu, stream, &stes);
		see_split(smmu, stream, &stes);
		for (unsigned i = 0; i < stes.count; i++) {
			add_ste_contexts(smmu, stream, &stes.ste[i]);
			if (stes.ste[i].ste.s2.on)
				note_root(w, stream, stes.ste[i].ste.s2.ttb);
		}
		if (stes.count > 1) {
			add_foreign_tables(smmu, stream, &stes, 0, true);
			add_lacking(smmu, stream, &stes);
		}
	} else {
		const struct smmu_worst_ste none = {.held = false};

		/* 6.3.14: GBPA says what happens to every stream. */
		add_stream_context(smmu, stream, &none,
				   smmu->regs.gbpa & SMMU_GBPA_ABORT ? SMMU_CTX_ABORT
								     : SMMU_CTX_BYPASS,
				   0, true);
	}
	finish_refresh(smmu, count);
}

static void refresh_pair(struct smmu *smmu, unsigned stream, uint32_t index)
{
	struct smmu_worst *w = &smmu->worst;
	struct smmu_worst_stes stes;
	unsigned count;

	count = take_contexts(w, stream, index);
	smmu_worst_collect_stes(smmu, stream, &stes);
	for (unsigned i = 0; i < stes.count; i++) {
		const struct smmu_worst_ste *from = &stes.ste[i];

		if (!from->ste.event && smmu_ste_has_s1(from->ste.config) &&
		    index < cd_count(smmu, stream, &from->ste))
			add_index(smmu, stream, from, from, index);
	}
	if (stes.count > 1) {
		add_foreign_tables(smmu, stream, &stes, index, false);
		add_lacking(smmu, stream, &stes);
	}
	finish_refresh(smmu, count);
}

void smmu_worst_settle_stream(struct smmu *smmu, unsigned stream)
{
	struct smmu_worst *w = &smmu->worst;
	unsigned keep, taken = 0, before = w->num_contexts;

	/* Whatever memory alone gives was found first and is not marked as held. */
	for (unsigned i = before; i-- > 0;)
		if (w->context[i].stream == stream && w->context[i].held)
			taken = take_context(w, i, taken);
	keep = 0;
	for (unsigned i = 0; i < w->stream[stream].num_ranges; i++)
		if (!w->stream[stream].range[i].held)
			w->stream[stream].range[keep++] = w->stream[stream].range[i];
	w->stream[stream].num_ranges = (uint8_t)keep;
	if (w->num_contexts != before)
		finish_refresh(smmu, taken);
}

void smmu_worst_mark_stream(struct smmu *smmu, unsigned stream)
{
	smmu->worst.stream[stream].dirty = true;
	smmu->worst.any_dirty = true;
}

void smmu_worst_mark_pair(struct smmu *smmu, unsigned stream, uint32_t index)
{
	struct smmu_worst *w = &smmu->worst;

	/* Contexts of the stream as a whole (no CD) carry index 0 as well. */
	if (index == 0 || w->num_dirty == SMMU_MAX_DIRTY) {
		smmu_worst_mark_stream(smmu, stream);
		return;
	}
	for (unsigned i = 0; i < w->num_dirty; i++)
		if (w->dirty[i].stream == stream && w->dirty[i].index == index)
			return;
	w->any_dirty = true;
	w->dirty[w->num_dirty].stream = (uint8_t)stream;
	w->dirty[w->num_dirty].index = index;
	w->num_dirty++;
}

static void refresh_once(struct smmu *smmu)
{
	struct smmu_worst *w = &smmu->worst;

	w->any_dirty = false;
	for (unsigned i = 0; i < w->num_dirty; i++)
		if (!w->stream[w->dirty[i].stream].dirty)
			refresh_pair(smmu, w->dirty[i].stream, w->dirty[i].index);
	w->num_dirty = 0;
	for (unsigned s = 0; s < w->num_streams; s++)
		if (w->stream[s].dirty) {
			w->stream[s].dirty = false;
			refresh_stream(smmu, s);
		}
}

void smmu_worst_refresh_dirty(struct smmu *smmu)
{
	refresh_once(smmu);
	/* A stage-2 tree that froze gives others another way to their CDs; once, because then none is
	 * left that a context could take along. */
	if (smmu->worst.any_dirty)
		refresh_once(smmu);
}
