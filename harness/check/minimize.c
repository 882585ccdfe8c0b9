/* SPDX-License-Identifier: MIT */
/*
 * The minimizer: changes are tried in a fixed order, and one is kept when it makes the trace smaller
 * (minimize_measure.c) and what is to be kept still shows. It ends when no change is left.
 */
#include "minimize_state.h"

#include <string.h>

/* Two ops that need each other are tried together where that is not too many pairs. */
enum { PAIRS_UP_TO = 32 };

struct search {
	struct trace *trace, candidate;
	struct measure best, measure;
	unsigned tries;
	minimize_shows_fn shows;
	void *ctx;
};

/* A candidate that is no smaller is not worth a run. */
static bool try(struct search *s)
{
	minimize_tidy(&s->candidate);
	measure_trace(&s->candidate, &s->measure);
	if (!measure_less(&s->measure, &s->best))
		return false;
	s->tries++;
	if (!s->shows(s->ctx, &s->candidate))
		return false;
	*s->trace = s->candidate;
	s->best = s->measure;
	return true;
}

static struct trace *begin(struct search *s)
{
	s->candidate = *s->trace;
	return &s->candidate;
}

/* PASIDs are handed out lowest first: with one that is not, those above it move down. */
static void lower_pasids(struct trace *trace, unsigned from, unsigned by)
{
	static const enum trace_field fields[] = {TRACE_FIELD_PASID, TRACE_FIELD_PASID_OPT,
						  TRACE_FIELD_WRITTEN};

	for (unsigned i = 0; i < trace->num_ops; i++) {
		for (size_t f = 0; f < ARRAY_SIZE(fields); f++) {
			uint8_t *pasid = minimize_operand(&trace->op[i], fields[f]);

			if (pasid && *pasid >= from && *pasid > by)
				*pasid = (uint8_t)(*pasid - by);
		}
	}
}

static bool uses_pasid(const struct trace *trace, unsigned pasid)
{
	for (unsigned i = 0; i < trace->num_ops; i++)
		if (trace->op[i].pasid == pasid)
			return true;
	return false;
}

static bool without(struct search *s, unsigned at, unsigned count)
{
	minimize_drop_ops(begin(s), at, count);
	return try(s);
}

static bool without_one(struct search *s, unsigned at)
{
	if (without(s, at, 1))
		return true;
	for (unsigned pasid = 2; pasid <= UINT8_MAX; pasid++) {
		if (!uses_pasid(s->trace, pasid))
			continue;
		minimize_drop_ops(begin(s), at, 1);
		lower_pasids(&s->candidate, pasid, 1);
		if (try(s))
			return true;
	}
	return false;
}

static bool without_pair(struct search *s)
{
	for (unsigned last = s->trace->num_ops; last-- > 1;)
		for (unsigned first = last; first-- > 0;) {
			minimize_drop_ops(begin(s), last, 1);
			minimize_drop_ops(&s->candidate, first, 1);
			if (try(s))
				return true;
		}
	return false;
}

static bool fewer_ops(struct search *s)
{
	bool any = false;

	for (unsigned size = s->trace->num_ops; size; size /= 2)
		for (unsigned at = s->trace->num_ops; at-- > 0;)
			if (at + size <= s->trace->num_ops)
				any |= size > 1 ? without(s, at, size) : without_one(s, at);
	while (s->trace->num_ops <= PAIRS_UP_TO && without_pair(s))
		any = true;
	return any;
}

static bool fewer_objects(struct search *s)
{
	bool any = false;

	for (unsigned kind = 0; kind < MINIMIZE_OBJECT_KINDS; kind++) {
		const struct minimize_objects *objects = &minimize_objects[kind];
		unsigned count = objects->count(&s->trace->header);

		for (unsigned index = count; index-- > 0;) {
			bool gone;

			objects->drop(begin(s), index, TRACE_NONE);
			gone = s->candidate.header.num_devices && try(s);
			for (unsigned into = 0; into < count && !gone; into++) {
				if (into == index)
					continue;
				objects->drop(begin(s), index, into);
				gone = s->candidate.header.num_devices && try(s);
			}
			any |= gone;
			if (gone)
				count = objects->count(&s->trace->header);
			if (index > count)
				index = count;
		}
	}
	return any;
}

static bool other_numbers(struct search *s)
{
	bool any = false;

	for (unsigned kind = 0; kind < MINIMIZE_OBJECT_KINDS; kind++) {
		const struct minimize_objects *objects = &minimize_objects[kind];
		unsigned count = objects->count(&s->trace->header);

		for (unsigned a = 0; a < count; a++)
			for (unsigned b = a + 1; b < count; b++) {
				objects->swap(begin(s), a, b);
				any |= try(s);
			}
	}
	return any;
}

/* What an op at the start did, the header can say. */
static bool into_header(struct search *s)
{
	bool any = false;

	for (unsigned i = s->trace->num_ops; i-- > 0;) {
		struct trace_header *h = &begin(s)->header;
		struct trace_op op = s->trace->op[i];

		switch (op.code) {
		case TRACE_OP_SPAWN:
			h->processes |= (uint8_t)(1u << op.process);
			break;
		case TRACE_OP_GUEST_SPAWN:
			h->vm[op.max].processes |= (uint8_t)(1u << op.process);
			break;
		case TRACE_OP_ATTACH:
			for (unsigned d = 0; d < h->num_devices; d++)
				if (h->device[d].group == h->device[op.device].group)
					h->device[d].domain = op.process;
			break;
		case TRACE_OP_INIT:
			h->device[op.device].sva = 1;
			break;
		default:
			continue;
		}
		minimize_drop_ops(&s->candidate, i, 1);
		any |= try(s);
	}
	return any;
}

/* The lowest value of one byte, counted from `first`, that still shows it. */
static bool lower_byte(struct search *s, uint8_t *byte, unsigned first)
{
	uint8_t was = *byte;

	for (unsigned value = first; value < was; value++) {
		begin(s);
		*(uint8_t *)((char *)&s->candidate + ((char *)byte - (char *)s->trace)) =
			(uint8_t)value;
		if (try(s))
			return true;
	}
	return false;
}

static bool lower_smmu(struct search *s)
{
	struct trace_header *h = &s->trace->header;
	uint8_t *const bytes[] = {
		&h->misuse,	  &h->ats,	   &h->stall,	   &h->msi,
		&h->el2,	  &h->range_inv,   &h->shared_rid, &h->two_level_strtab,
		&h->two_level_cd, &h->default_dma, &h->ssid_bits,
	};
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(bytes); i++)
		any |= lower_byte(s, bytes[i], 0);
	begin(s)->header.asid_bits = 16;
	any |= try(s);
	for (unsigned i = 0; i < h->num_domains; i++)
		any |= lower_byte(s, &h->domain_type[i], 0);
	for (unsigned i = 0; i < h->num_mdevs; i++) {
		any |= lower_byte(s, &h->mdev[i].parent, 0);
		any |= lower_byte(s, &h->mdev[i].own_mmu, 0);
	}
	return any;
}

/* Fewer bits of all devices and of the SMMU at once. */
static bool lower_bits(struct search *s)
{
	for (unsigned bits = 0; bits < s->trace->header.ssid_bits; bits++) {
		struct trace_header *h = &begin(s)->header;

		h->ssid_bits = (uint8_t)bits;
		for (unsigned i = 0; i < h->num_devices; i++)
			if (h->device[i].pasid_bits > bits)
				h->device[i].pasid_bits = (uint8_t)bits;
		if (try(s))
			return true;
	}
	return false;
}

static bool plain_rid(struct search *s, unsigned index)
{
	struct trace_device *device = &begin(s)->header.device[index];

	device->rid_dev = (uint8_t)(index + 1);
	device->rid_fn = 0;
	return try(s);
}

static bool own_group(struct search *s, unsigned index)
{
	struct trace_header *h = &begin(s)->header;
	unsigned used = 0, unused = 0;

	for (unsigned i = 0; i < h->num_devices; i++)
		if (i != index && h->device[i].group != TRACE_NONE)
			used |= 1u << h->device[i].group;
	while (used >> unused & 1)
		unused++;
	h->device[index].group = (uint8_t)unused;
	return try(s);
}

static bool lower_device(struct search *s, unsigned index)
{
	struct trace_device *device = &s->trace->header.device[index];
	bool any = plain_rid(s, index);

	any |= own_group(s, index);
	any |= lower_byte(s, &device->pasid_bits, 0);
	any |= lower_byte(s, &device->ats, 0);
	any |= lower_byte(s, &device->stall, 0);
	any |= lower_byte(s, &device->streams, 1);
	any |= lower_byte(s, &device->smmu, 0);
	any |= lower_byte(s, &device->vf_of, 0);
	for (unsigned domain = 0; domain < s->trace->header.num_domains; domain++) {
		begin(s)->header.device[index].domain = (uint8_t)domain;
		any |= try(s);
		begin(s)->header.device[index].domain = (uint8_t)domain;
		s->candidate.header.device[index].sva = 1;
		any |= try(s);
	}
	begin(s)->header.device[index].sva = 1;
	return try(s) || any;
}

static bool plainer_header(struct search *s)
{
	bool any = lower_bits(s);

	any |= lower_smmu(s);
	for (unsigned i = 0; i < s->trace->header.num_devices; i++)
		any |= lower_device(s, i);
	return any;
}

/* Fewer pages, anywhere within those that there are. */
static bool fewer_pages(struct search *s, unsigned at)
{
	unsigned pages = s->trace->op[at].pages, slot = s->trace->op[at].slot;

	for (unsigned size = 1; size < pages; size++)
		for (unsigned skip = 0; skip + size <= pages; skip++) {
			begin(s)->op[at].pages = (uint8_t)size;
			s->candidate.op[at].slot = (uint8_t)(slot + skip);
			if (try(s))
				return true;
		}
	return false;
}

/* A caller without a lowest PASID gets the first ones. */
static bool no_minimum(struct search *s, unsigned at)
{
	uint8_t *min = minimize_operand(&begin(s)->op[at], TRACE_FIELD_MIN);
	unsigned was = min ? *min : 0;

	if (was < 2)
		return false;
	*min = 0;
	lower_pasids(&s->candidate, was, was - 1);
	return try(s);
}

static bool plainer_op(struct search *s, unsigned at)
{
	struct trace_op *op = &s->trace->op[at];
	bool any = fewer_pages(s, at);

	begin(s)->op[at].pin = (struct trace_pin){0};
	any |= try(s);
	if (minimize_operand(op, TRACE_FIELD_PROT)) {
		begin(s)->op[at].prot = 3;
		any |= try(s);
	} else {
		any |= lower_byte(s, &op->prot, 0);
	}
	any |= no_minimum(s, at);
	any |= lower_byte(s, &op->has_pasid, 0);
	any |= lower_byte(s, &op->device, 0);
	any |= lower_byte(s, &op->process, 0);
	any |= lower_byte(s, &op->child, 0);
	any |= lower_byte(s, &op->max, 0);
	any |= lower_byte(s, &op->pasid, 0);
	any |= lower_byte(s, &op->slot, 0);
	any |= lower_byte(s, &op->to, 0);
	return any;
}

/* A page, wherever it is named. */
static bool move_page(struct search *s, unsigned from, unsigned to, unsigned count)
{
	begin(s);
	for (unsigned i = 0; i < s->candidate.num_ops; i++) {
		uint8_t *va = minimize_operand(&s->candidate.op[i], TRACE_FIELD_VA);
		uint8_t *target = minimize_operand(&s->candidate.op[i], TRACE_FIELD_TO);

		if (va && *va - from < count)
			*va = (uint8_t)(*va - from + to);
		if (target && *target - from < count)
			*target = (uint8_t)(*target - from + to);
	}
	return try(s);
}

static bool lower_pages(struct search *s)
{
	bool any = false;

	for (unsigned from = 1; from < TRACE_SPACE_PAGES; from++)
		for (unsigned to = 0; to < from; to++) {
			unsigned left = TRACE_WINDOW_PAGES - from % TRACE_WINDOW_PAGES;

			any |= move_page(s, from, to, left);
			any |= move_page(s, from, to, 1);
		}
	return any;
}

static bool lower_all_pasids(struct search *s)
{
	bool any = false;

	for (unsigned pasid = 2; pasid <= UINT8_MAX; pasid++)
		for (unsigned by = pasid - 1; by && uses_pasid(s->trace, pasid); by--) {
			lower_pasids(begin(s), pasid, by);
			any |= try(s);
		}
	return any;
}

static bool pass(struct search *s)
{
	bool any = fewer_ops(s);

	any |= fewer_objects(s);
	any |= into_header(s);
	any |= plainer_header(s);
	for (unsigned i = 0; i < s->trace->num_ops; i++)
		any |= plainer_op(s, i);
	any |= lower_all_pasids(s);
	any |= lower_pages(s);
	any |= other_numbers(s);
	return any;
}

unsigned minimize_trace(struct trace *trace, minimize_shows_fn shows, void *ctx)
{
	static struct search search;

	search = (struct search){.trace = trace, .shows = shows, .ctx = ctx};
	measure_trace(trace, &search.best);
	while (pass(&search))
		;
	return search.tries;
}
