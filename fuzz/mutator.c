/* SPDX-License-Identifier: MIT */
/* Changes to traces, chosen by weight (mutator.h). */
#include "mutator.h"
#include "mutator_live.h"

#include <string.h>

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define WRITTEN(data, size) __msan_unpoison(data, size)
#else
#define WRITTEN(data, size) ((void)(data), (void)(size))
#endif

/* splitmix64: one word of state, any seed is a good one. */
static uint64_t next(struct mutator_rng *rng)
{
	uint64_t z = rng->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

void mutator_seed(struct mutator_rng *rng, uint64_t seed)
{
	rng->state = seed;
	rng->policy = TRACE_POLICY_IO_MM;
}

void mutator_set_policy(struct mutator_rng *rng, enum trace_policy policy)
{
	CHECK(policy < TRACE_NUM_POLICIES, "policy %d", (int)policy);
	rng->policy = (uint8_t)policy;
}

uint32_t mutator_below(struct mutator_rng *rng, uint32_t bound)
{
	return (uint32_t)((next(rng) >> 32) * bound >> 32);
}

/* What a change works on. */
struct mutation {
	struct mutator_rng *rng;
	struct trace *trace;
	unsigned limit; /* ops that the trace may grow to */
	engine_mutate_fn engine;
};

static unsigned below(struct mutation *m, unsigned bound)
{
	return mutator_below(m->rng, bound);
}

/* A place to insert at: the end as often as any other. */
static unsigned place(struct mutation *m)
{
	return below(m, 2) ? m->trace->num_ops : below(m, m->trace->num_ops + 1u);
}

static bool insert(struct mutation *m, unsigned at, const struct trace_op *op, unsigned count)
{
	struct trace *trace = m->trace;

	if (trace->num_ops + count > m->limit)
		return false;
	memmove(&trace->op[at + count], &trace->op[at],
		(trace->num_ops - at) * sizeof(trace->op[0]));
	memcpy(&trace->op[at], op, count * sizeof(*op));
	trace->num_ops += (uint16_t)count;
	return true;
}

static void cut(struct trace *trace, unsigned at, unsigned count)
{
	memmove(&trace->op[at], &trace->op[at + count],
		(trace->num_ops - at - count) * sizeof(trace->op[0]));
	trace->num_ops -= (uint16_t)count;
}

static struct live live_before(struct mutation *m, unsigned at)
{
	return live_at(m->trace, at, (enum trace_policy)m->rng->policy);
}

static bool insert_op(struct mutation *m)
{
	unsigned at = place(m);
	struct live live = live_before(m, at);
	struct trace_op op = pick_op(m->rng, &live);

	return insert(m, at, &op, 1);
}

static bool insert_pattern(struct mutation *m)
{
	unsigned at = place(m), count;
	struct trace_op op[PATTERN_MAX_OPS];
	struct live live = live_before(m, at);

	count = pick_pattern(m->rng, &live, op);
	return insert(m, at, op, count);
}

static bool delete_ops(struct mutation *m)
{
	unsigned n = m->trace->num_ops, count = below(m, 4) ? 1 : 1 + below(m, 4);

	if (n <= count)
		return false;
	cut(m->trace, below(m, n - count + 1), count);
	return true;
}

static bool duplicate_op(struct mutation *m)
{
	struct trace_op op;

	if (!m->trace->num_ops)
		return false;
	op = m->trace->op[below(m, m->trace->num_ops)];
	return insert(m, place(m), &op, 1);
}

static bool swap_ops(struct mutation *m)
{
	unsigned n = m->trace->num_ops, i, j;
	struct trace_op op;

	if (n < 2)
		return false;
	i = below(m, n - 1);
	j = below(m, 2) ? i + 1 : below(m, n);
	op = m->trace->op[i];
	m->trace->op[i] = m->trace->op[j];
	m->trace->op[j] = op;
	return i != j;
}

/* A run goes to another place, leaving its old one or not. */
static bool splice_run(struct mutation *m)
{
	enum { LONGEST = 8 };
	struct trace_op run[LONGEST];
	unsigned n = m->trace->num_ops, at, count;

	if (n < 2)
		return false;
	count = 1 + below(m, n - 1 < LONGEST ? n - 1 : LONGEST);
	at = below(m, n - count + 1);
	memcpy(run, &m->trace->op[at], count * sizeof(run[0]));
	if (below(m, 2))
		cut(m->trace, at, count);
	return insert(m, below(m, m->trace->num_ops + 1u), run, count);
}

static bool retarget(struct mutation *m)
{
	unsigned n = m->trace->num_ops, at;
	const struct trace_op_info *info;
	struct live live;

	if (!n)
		return false;
	at = below(m, n);
	info = &trace_op_info[m->trace->op[at].code];
	live = live_before(m, at);
	pick_operand(m->rng, &live, &m->trace->op[at], info->operand[below(m, info->num_operands)]);
	trace_normalize_op(&m->trace->header, &m->trace->op[at]);
	return true;
}

/* Another op with the same bytes for operands, where it has such operands. */
static bool replace_code(struct mutation *m)
{
	struct trace_op *op;

	if (!m->trace->num_ops)
		return false;
	op = &m->trace->op[below(m, m->trace->num_ops)];
	op->code = pick_code(m->rng, &m->trace->header);
	fit_policy(m->rng, &m->trace->header, op);
	trace_normalize_op(&m->trace->header, op);
	return true;
}

static void havoc(struct mutator_rng *rng, uint8_t *data, size_t size)
{
	unsigned rounds = 1 + mutator_below(rng, 4);

	while (size && rounds--) {
		uint8_t *byte = &data[mutator_below(rng, (uint32_t)size)];

		switch (mutator_below(rng, 3)) {
		case 0:
			*byte ^= (uint8_t)(1u << mutator_below(rng, 8));
			break;
		case 1:
			*byte += (uint8_t)(mutator_below(rng, 9) - 4);
			break;
		default:
			*byte = (uint8_t)mutator_below(rng, 256);
		}
	}
}

/* Engines are compiled without MemorySanitizer: it does not see what they write. */
static size_t run_engine(struct mutation *m, uint8_t *data, size_t size, size_t max_size)
{
	size = m->engine(data, size, max_size);
	WRITTEN(&size, sizeof(size));
	WRITTEN(data, size);
	return size;
}

/* Bytes by the engine's own ways; size stays. */
static void engine_bytes(struct mutation *m, void *data, size_t size)
{
	if (m->engine)
		run_engine(m, data, size, size);
	else
		havoc(m->rng, data, size);
}

static bool mutate_op_bytes(struct mutation *m)
{
	struct trace_op *op;

	if (!m->trace->num_ops)
		return false;
	op = &m->trace->op[below(m, m->trace->num_ops)];
	engine_bytes(m, op, offsetof(struct trace_op, pin));
	trace_normalize_op(&m->trace->header, op); /* any byte is a code now */
	fit_policy(m->rng, &m->trace->header, op);
	trace_normalize_op(&m->trace->header, op);
	return true;
}

static bool mutate_header(struct mutation *m)
{
	struct trace *trace = m->trace;
	unsigned i;

	if (below(m, 8)) {
		pick_header_change(m->rng, &trace->header);
	} else {
		engine_bytes(m, &trace->header, sizeof(trace->header));
		trace->header.shared_rid = 0;
		trace_normalize_header(&trace->header);
	}
	for (i = 0; i < trace->num_ops; i++)
		trace_normalize_op(&trace->header, &trace->op[i]);
	return true;
}

static const struct {
	uint8_t weight;
	bool (*change)(struct mutation *m); /* false: not possible here */
} changes[] = {
	{28, insert_op},      {14, insert_pattern}, {16, delete_ops}, {4, duplicate_op},
	{6, swap_ops},	      {6, splice_run},	    {16, retarget},   {6, replace_code},
	{8, mutate_op_bytes}, {3, mutate_header},
};

static bool change_once(struct mutation *m)
{
	unsigned total = 0, at, i;

	for (i = 0; i < ARRAY_SIZE(changes); i++)
		total += changes[i].weight;
	at = below(m, total);
	for (i = 0; at >= changes[i].weight; i++)
		at -= changes[i].weight;
	return changes[i].change(m);
}

/* Ops that fit into a number of bytes. */
static unsigned ops_in(size_t size)
{
	size_t ops = (size - TRACE_HEADER_BYTES) / TRACE_OP_BYTES;

	return ops < TRACE_MAX_OPS ? (unsigned)ops : TRACE_MAX_OPS;
}

static size_t mutate_bytes(struct mutation *m, uint8_t *data, size_t size, size_t max_size)
{
	if (m->engine)
		return run_engine(m, data, size, max_size);
	if (size > max_size)
		size = max_size;
	if (!size && max_size)
		data[size++] = 0;
	havoc(m->rng, data, size);
	return size;
}

size_t mutate(struct mutator_rng *rng, uint8_t *data, size_t size, size_t max_size,
	      engine_mutate_fn engine)
{
	enum { TRIES = 16 };
	struct trace trace;
	struct mutation m = {.rng = rng, .trace = &trace, .engine = engine};
	unsigned rounds, i, fit;

	if (max_size < TRACE_HEADER_BYTES)
		return mutate_bytes(&m, data, size, max_size);
	trace_decode(&trace, data, size);
	trace.header.shared_rid = 0; /* it diverges by design (B-7) */
	fit = ops_in(max_size);
	m.limit = fit < MUTATOR_MAX_OPS ? fit : MUTATOR_MAX_OPS;
	if (trace.num_ops > fit)
		trace.num_ops = (uint16_t)fit;
	for (i = 0; i < trace.num_ops; i++)
		trace.op[i].pin = (struct trace_pin){0};
	/* Mostly one change: one step at a time finds what several steps at once jump over. */
	rounds = below(&m, 2) ? 1 : 1 + below(&m, 5);
	for (i = 0; i < TRIES && rounds; i++)
		rounds -= change_once(&m);
	return trace_encode(&trace, data, max_size);
}

size_t mutator_crossover(struct mutator_rng *rng, const uint8_t *a, size_t a_size, const uint8_t *b,
			 size_t b_size, uint8_t *out, size_t max_size)
{
	struct trace trace, other;
	struct mutation m = {.rng = rng, .trace = &trace};
	unsigned at, from, count, i, fit;

	if (max_size < TRACE_HEADER_BYTES)
		return 0;
	trace_decode(&trace, a, a_size);
	trace_decode(&other, b, b_size);
	trace.header.shared_rid = 0;
	fit = ops_in(max_size);
	m.limit = fit < MUTATOR_MAX_OPS ? fit : MUTATOR_MAX_OPS;
	at = below(&m, trace.num_ops + 1u);
	if (trace.num_ops > m.limit || !below(&m, 4))
		trace.num_ops = (uint16_t)(at < m.limit ? at : m.limit);
	if (at > trace.num_ops)
		at = trace.num_ops;
	from = below(&m, other.num_ops);
	count = other.num_ops ? 1 + below(&m, other.num_ops - from) : 0;
	if (count > m.limit - trace.num_ops)
		count = m.limit - trace.num_ops;
	insert(&m, at, &other.op[from], count);
	for (i = 0; i < trace.num_ops; i++) {
		trace.op[i].pin = (struct trace_pin){0};
		trace_normalize_op(&trace.header, &trace.op[i]);
	}
	return trace_encode(&trace, out, max_size);
}

void mutator_random_trace(struct mutator_rng *rng, struct trace *trace, unsigned num_ops)
{
	struct mutation m = {.rng = rng, .trace = trace};
	struct trace_op op[PATTERN_MAX_OPS];
	struct live live;
	unsigned changes_left;

	trace->header = trace_default_header();
	trace->num_ops = 0;
	pick_rare_features(rng, &trace->header);
	m.limit = num_ops < TRACE_MAX_OPS ? num_ops : TRACE_MAX_OPS;
	for (changes_left = below(&m, 2) * (1 + below(&m, 4)); changes_left; changes_left--)
		pick_header_change(rng, &trace->header);
	live_start(&live, &trace->header, (enum trace_policy)rng->policy);
	while (trace->num_ops < m.limit) {
		unsigned room = m.limit - trace->num_ops, count = 1;

		if (below(&m, 8)) {
			op[0] = pick_op(rng, &live);
			live_step(&live, &op[0]);
		} else {
			count = pick_pattern(rng, &live, op);
		}
		insert(&m, trace->num_ops, op, count < room ? count : room);
	}
}
