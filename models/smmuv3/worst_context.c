/* SPDX-License-Identifier: MIT */
/*
 * Worst-case caches: every way in which a stream may be configured now.
 */
#include "regs.h"
#include "worst_mix.h"

enum {
	MAX_STES = 8,	    /* distinct decoded STEs of one stream */
	MAX_INDEXES = 1024, /* CDs of one table that are looked at */
};

/* Ranges: which memory holds descriptors of the stream. */

static void add_range(struct smmu *smmu, unsigned stream, uint8_t kind, uint64_t lo, uint64_t size,
		      uint32_t index, uint32_t span, bool held)
{
	struct smmu_worst *w = &smmu->worst;
	unsigned n = w->stream[stream].num_ranges;

	for (unsigned i = 0; i < n; i++)
		if (w->stream[stream].range[i].lo == lo &&
		    w->stream[stream].range[i].kind == kind &&
		    w->stream[stream].range[i].hi >= lo + size)
			return;
	if (n == SMMU_MAX_RANGES) {
		w->overflow = true;
		return;
	}
	w->stream[stream].range[n] = (struct smmu_range){lo, lo + size, index, span, kind, held};
	w->stream[stream].num_ranges++;
	w->lo = lo < w->lo ? lo : w->lo;
	w->hi = lo + size > w->hi ? lo + size : w->hi;
}

/* Contexts. */

static void add_context(struct smmu *smmu, const struct smmu_context *context)
{
	struct smmu_worst *w = &smmu->worst;

	for (unsigned i = w->num_contexts; i-- > 0;) {
		const struct smmu_context *have = &w->context[i];

		if (have->stream == context->stream && have->ssid == context->ssid &&
		    have->ssv == context->ssv && have->kind == context->kind &&
		    have->event == context->event && have->ats == context->ats &&
		    have->whole == context->whole && smmu_s1_equal(&have->s1, &context->s1) &&
		    have->s1.record == context->s1.record && have->s1.abort == context->s1.abort &&
		    have->s1.stall == context->s1.stall && have->s1.priv == context->s1.priv &&
		    have->s1.inst == context->s1.inst)
			return;
	}
	if (w->num_contexts == SMMU_MAX_CONTEXTS)
		w->overflow = true;
	else
		w->context[w->num_contexts++] = *context;
}

/* One decoded STE that the stream may have. */
struct stream_ste {
	struct smmu_ste ste;
	bool held;
};

struct stream_stes {
	unsigned count;
	struct stream_ste ste[MAX_STES];
};

/* As far as contexts can tell. */
static bool same_ste(const struct smmu_ste *a, const struct smmu_ste *b)
{
	return a->event == b->event && a->config == b->config && a->s1fmt == b->s1fmt &&
	       a->s1cdmax == b->s1cdmax && a->s1dss == b->s1dss && a->eats == b->eats &&
	       a->regime == b->regime && a->s1contextptr == b->s1contextptr &&
	       a->s1stalld == b->s1stalld;
}

static void add_ste(struct smmu *smmu, struct stream_stes *stes, const struct smmu_ste *ste,
		    bool held)
{
	for (unsigned i = 0; i < stes->count; i++)
		if (same_ste(&stes->ste[i].ste, ste))
			return;
	if (stes->count == MAX_STES) {
		smmu->worst.overflow = true;
		return;
	}
	stes->ste[stes->count].ste = *ste;
	stes->ste[stes->count].held = held;
	stes->count++;
}

static void collect_stes_at(struct smmu *smmu, unsigned stream, uint64_t pa, bool held,
			    struct stream_stes *stes)
{
	uint64_t word[SMMU_STE_WORDS] = {0};
	struct smmu_ste ste;
	struct mixes mixes;

	add_range(smmu, stream, SMMU_WORD_STE, pa, SMMU_STE_WORDS * 8, 0, 0, held);
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
static void add_missing_ste(struct smmu *smmu, struct stream_stes *stes, uint8_t event, bool held)
{
	const struct smmu_ste ste = {.event = event};

	add_ste(smmu, stes, &ste, held);
}

static void collect_stes(struct smmu *smmu, unsigned stream, struct stream_stes *stes)
{
	uint32_t sid = smmu->worst.stream[stream].sid;
	struct mix_values l1;
	struct smmu_place place;
	uint64_t pa;

	stes->count = 0;
	if (!smmu_sid_in_range(smmu, sid))
		return;
	if (!smmu_strtab_is_two_level(smmu)) {
		place = smmu_ste_place_linear(smmu, sid);
		if (!place.event)
			collect_stes_at(smmu, stream, place.pa, false, stes);
		return;
	}
	pa = smmu_l1std_address(smmu, sid);
	add_range(smmu, stream, SMMU_WORD_L1STD, pa, 8, 0, 0, false);
	smmu_mix_values(smmu, stream, SMMU_WORD_L1STD, pa, &l1);
	for (unsigned i = 0; i < l1.count; i++) {
		place = smmu_ste_place_l1(smmu, sid, l1.value[i]);
		if (!place.event)
			collect_stes_at(smmu, stream, place.pa, i > 0 || l1.unreadable, stes);
		else if (l1.count > 1)
			add_missing_ste(smmu, stes, place.event, i > 0 || l1.unreadable);
	}
}

/* Which context a CD is decoded for. */
struct cd_target {
	const struct stream_ste *from;
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
		.ats = target->from->ste.eats == 1,
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

static void add_cd(struct smmu *smmu, const struct cd_target *target)
{
	const struct stream_ste *from = target->from;
	struct smmu_place place;
	struct mix_values l1;

	if (!smmu_cd_is_two_level(&from->ste)) {
		place = smmu_cd_place_linear(smmu, &from->ste, target->index);
		if (!place.event)
			add_cds_at(smmu, target, place.pa, from->held);
		return;
	}
	smmu_mix_values(smmu, target->stream, SMMU_WORD_L1CD,
			smmu_l1cd_address(&from->ste, target->index), &l1);
	for (unsigned i = 0; i < l1.count; i++) {
		place = smmu_cd_place_l1(smmu, &from->ste, target->index, l1.value[i]);
		if (!place.event) {
			add_cds_at(smmu, target, place.pa, from->held || i > 0 || l1.unreadable);
		} else if (l1.count > 1) { /* 5.3: may be cached invalid */
			struct smmu_context context = context_for(
				target, place.event, from->held || i > 0 || l1.unreadable);

			add_context(smmu, &context);
		}
	}
}

static void add_stream_context(struct smmu *smmu, unsigned stream, const struct stream_ste *from,
			       uint8_t kind, uint8_t event, bool whole)
{
	const struct smmu_context context = {
		.stream = (uint8_t)stream,
		.whole = whole,
		.kind = kind,
		.event = event,
		.held = from->held,
	};

	add_context(smmu, &context);
}

/* Contexts for CD `index` under one STE: of a substream, and of no substream where it selects it. */
static void add_index(struct smmu *smmu, unsigned stream, const struct stream_ste *from,
		      uint32_t index)
{
	struct cd_target target = {from, stream, index, false};
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

/* 5.2 S1Fmt: CDs below one L1CD. */
static uint32_t cd_span(const struct smmu_ste *ste)
{
	return ste->s1fmt == 1 ? 64 : 1024;
}

static void add_cd_ranges(struct smmu *smmu, unsigned stream, const struct stream_ste *from,
			  uint32_t count)
{
	uint32_t span = cd_span(&from->ste);

	if (!smmu_cd_is_two_level(&from->ste)) {
		add_range(smmu, stream, SMMU_WORD_CD, from->ste.s1contextptr,
			  (uint64_t)count * SMMU_CD_WORDS * 8, 0, 0, from->held);
		return;
	}
	for (uint32_t index = 0; index < count; index += span) {
		uint64_t pa = smmu_l1cd_address(&from->ste, index);
		struct mix_values l1;

		smmu_mix_values(smmu, stream, SMMU_WORD_L1CD, pa, &l1);
		add_range(smmu, stream, SMMU_WORD_L1CD, pa, 8, index, span, from->held);
		for (unsigned i = 0; i < l1.count; i++) {
			struct smmu_place place =
				smmu_cd_place_l1(smmu, &from->ste, index, l1.value[i]);

			if (!place.event)
				add_range(smmu, stream, SMMU_WORD_CD, place.pa,
					  (uint64_t)span * SMMU_CD_WORDS * 8, index, 0,
					  from->held || i > 0 || l1.unreadable);
		}
	}
}

/* CDs that the stream can select: of the table, what the device can put on the bus. */
static uint32_t cd_count(struct smmu *smmu, unsigned stream, const struct smmu_ste *ste)
{
	uint8_t bits = smmu->worst.stream[stream].ssid_bits;
	uint32_t count = 1u << (ste->s1cdmax < bits ? ste->s1cdmax : bits);

	if (count > MAX_INDEXES) {
		smmu->worst.overflow = true;
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

/* Most of a CD table is plainly invalid: one look each, and one for all below an L1CD, for speed.
 * Returns how many CDs from `index` on need no closer one. */
static uint32_t skip_invalid(const struct smmu *smmu, const struct stream_ste *from, uint32_t index)
{
	struct smmu_place place;
	uint64_t word;

	if (smmu_cd_is_two_level(&from->ste)) {
		uint32_t span = cd_span(&from->ste);

		if (!smmu_mem_read(smmu, smmu_l1cd_address(&from->ste, index), &word))
			return span - index % span;
		place = smmu_cd_place_l1(smmu, &from->ste, index, word);
		if (place.event)
			return span - index % span;
	} else {
		place.pa = from->ste.s1contextptr + (uint64_t)index * SMMU_CD_WORDS * 8;
	}
	return !smmu_mem_read(smmu, place.pa, &word) || !(word & SMMU_CD0_V);
}

/* A context for every CD of the table that is not plainly invalid. */
static void add_table_contexts(struct smmu *smmu, unsigned stream, const struct stream_ste *from,
			       uint32_t count)
{
	bool look = held_cd_words(&smmu->worst, stream);

	add_index(smmu, stream, from, 0);
	for (uint32_t index = 1; index < count; index++) {
		uint32_t skip = look ? 0 : skip_invalid(smmu, from, index);

		if (skip)
			index += skip - 1;
		else
			add_index(smmu, stream, from, index);
	}
}

static void add_ste_contexts(struct smmu *smmu, unsigned stream, const struct stream_ste *from)
{
	struct smmu_select select;
	uint32_t count;

	if (from->ste.event) {
		add_stream_context(smmu, stream, from, SMMU_CTX_FAULT, from->ste.event, true);
		return;
	}
	if (from->ste.config != SMMU_STE_S1) {
		add_stream_context(smmu, stream, from,
				   from->ste.config == SMMU_STE_BYPASS ? SMMU_CTX_BYPASS
								       : SMMU_CTX_ABORT,
				   0, true);
		return;
	}
	select = smmu_select_cd(smmu, &from->ste, false, 0);
	if (select.kind == SMMU_SELECT_BYPASS)
		add_stream_context(smmu, stream, from, SMMU_CTX_BYPASS, 0, false);
	else if (select.kind == SMMU_SELECT_EVENT)
		add_stream_context(smmu, stream, from, SMMU_CTX_FAULT, select.event, false);
	count = cd_count(smmu, stream, &from->ste);
	add_cd_ranges(smmu, stream, from, count);
	add_table_contexts(smmu, stream, from, count);
}

/* Why one STE gives no translation for a SubstreamID; 0: it gives one, or add_cd() listed why not. */
static uint8_t lacks(struct smmu *smmu, const struct stream_ste *from, uint32_t index)
{
	struct smmu_select select = smmu_select_cd(smmu, &from->ste, true, index);
	struct smmu_place place;
	uint64_t word;

	if (select.kind == SMMU_SELECT_EVENT)
		return select.event;
	if (smmu_cd_is_two_level(&from->ste)) {
		if (!smmu_mem_read(smmu, smmu_l1cd_address(&from->ste, index), &word))
			return 0;
		place = smmu_cd_place_l1(smmu, &from->ste, index, word);
	} else {
		place = smmu_cd_place_linear(smmu, &from->ste, index);
	}
	if (place.event)
		return place.event;
	if (!smmu_mem_read(smmu, place.pa, &word))
		return 0;
	return word & SMMU_CD0_V ? 0 : SMMU_C_BAD_CD;
}

/*
 * With several STEs, one may lack what another has (3.21.3). Plain faults are listed only then:
 * where nothing translates they say nothing new.
 */
static void add_lacking(struct smmu *smmu, unsigned stream, const struct stream_stes *stes)
{
	struct smmu_worst *w = &smmu->worst;

	for (unsigned i = w->num_contexts; i-- > 0;) {
		const struct smmu_context *context = &w->context[i];

		if (context->stream != stream || !context->ssv || context->kind != SMMU_CTX_S1)
			continue;
		for (unsigned k = 0; k < stes->count; k++) {
			const struct stream_ste *from = &stes->ste[k];
			const struct cd_target target = {from, stream, context->ssid, true};
			uint8_t event;

			if (from->ste.event || from->ste.config != SMMU_STE_S1)
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
	if (w->context[i].kind == SMMU_CTX_S1)
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

static void refresh_stream(struct smmu *smmu, unsigned stream)
{
	struct smmu_worst *w = &smmu->worst;
	unsigned count = take_contexts(w, stream, -1);

	w->stream[stream].num_ranges = 0;
	if (smmu->regs.cr0 & 1) { /* 3.21.3: nothing is reachable with SMMUEN = 0 */
		struct stream_stes stes;

		collect_stes(smmu, stream, &stes);
		for (unsigned i = 0; i < stes.count; i++)
			add_ste_contexts(smmu, stream, &stes.ste[i]);
		if (stes.count > 1)
			add_lacking(smmu, stream, &stes);
	} else {
		const struct stream_ste none = {.held = false};

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
	struct stream_stes stes;
	unsigned count;

	count = take_contexts(w, stream, index);
	collect_stes(smmu, stream, &stes);
	for (unsigned i = 0; i < stes.count; i++) {
		const struct stream_ste *from = &stes.ste[i];

		if (!from->ste.event && from->ste.config == SMMU_STE_S1 &&
		    index < cd_count(smmu, stream, &from->ste))
			add_index(smmu, stream, from, index);
	}
	if (stes.count > 1)
		add_lacking(smmu, stream, &stes);
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

void smmu_worst_refresh_dirty(struct smmu *smmu)
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
