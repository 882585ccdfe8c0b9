/* SPDX-License-Identifier: MIT */
/* Changes to device-level traces, chosen by weight (smmu_mutator.h). */
#include "smmu_mutator.h"

#include "../harness/device/peer.h"

#include <string.h>

/* splitmix64: one word of state, any seed is a good one. */
static uint64_t next(struct smmu_mutator *m)
{
	uint64_t z = m->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

void smmu_mutator_seed(struct smmu_mutator *m, uint64_t seed, bool peer)
{
	*m = (struct smmu_mutator){.state = seed, .peer = peer};
}

uint32_t smmu_below(struct smmu_mutator *m, uint32_t bound)
{
	return (uint32_t)((next(m) >> 32) * bound >> 32);
}

static bool insert(struct dev_trace *trace, unsigned at, const struct dev_op *op, unsigned count)
{
	if (trace->num_ops + count > SMMU_MUTATOR_MAX_OPS || at > trace->num_ops)
		return false;
	memmove(&trace->op[at + count], &trace->op[at],
		(trace->num_ops - at) * sizeof(struct dev_op));
	memcpy(&trace->op[at], op, count * sizeof(struct dev_op));
	trace->num_ops = (uint16_t)(trace->num_ops + count);
	return true;
}

static void remove_ops(struct dev_trace *trace, unsigned at, unsigned count)
{
	if (at + count > trace->num_ops)
		count = trace->num_ops - at;
	memmove(&trace->op[at], &trace->op[at + count],
		(trace->num_ops - at - count) * sizeof(struct dev_op));
	trace->num_ops = (uint16_t)(trace->num_ops - count);
}

/* A place to insert at: the end as often as any other. */
static unsigned place(struct smmu_mutator *m, const struct dev_trace *trace)
{
	return smmu_below(m, 2) ? trace->num_ops : smmu_below(m, trace->num_ops + 1u);
}

static void change_header(struct smmu_mutator *m, struct dev_header *header)
{
	unsigned member = smmu_below(m, DEV_NUM_MEMBERS);

	switch (smmu_below(m, 8)) {
	case 0:
		header->profile = (uint8_t)smmu_below(m, 256);
		break;
	case 1:
		header->cache = (uint8_t)smmu_below(m, 3);
		break;
	case 2:
		header->two_level ^= 1;
		break;
	case 3:
		header->evtq = (uint8_t)smmu_below(m, DEV_EVTQ_BITS + 1);
		break;
	case 4:
		header->priq = (uint8_t)smmu_below(m, DEV_PRIQ_BITS + 1);
		header->cmdq = (uint8_t)smmu_below(m, DEV_CMDQ_BITS + 1);
		break;
	default:
		header->override[member] = (uint8_t)smmu_below(m, dev_member_info[member].max + 2u);
		break;
	}
	dev_normalize_header(header);
}

static void change(struct smmu_mutator *m, struct dev_trace *trace)
{
	struct dev_op op[SMMU_SCENE_MAX];
	unsigned at = smmu_below(m, trace->num_ops), count, choice = smmu_below(m, 100);

	if (choice < 35 || !trace->num_ops) {
		op[0] = smmu_pick_op(m);
		insert(trace, place(m, trace), op, 1);
	} else if (choice < 55) {
		smmu_pick_field(m, &trace->op[at]);
	} else if (choice < 70) {
		remove_ops(trace, at, 1 + smmu_below(m, 3));
	} else if (choice < 76) {
		op[0] = trace->op[at];
		insert(trace, place(m, trace), op, 1);
	} else if (choice < 80) {
		count = smmu_below(m, trace->num_ops);
		op[0] = trace->op[at];
		trace->op[at] = trace->op[count];
		trace->op[count] = op[0];
	} else if (choice < 84 && !m->peer) {
		change_header(m, &trace->header);
	} else {
		count = smmu_pick_scene(m, op);
		insert(trace, place(m, trace), op, count);
	}
}

size_t smmu_mutate(struct smmu_mutator *m, uint8_t *data, size_t size, size_t max_size)
{
	static struct dev_trace trace;
	size_t now;

	if (max_size < DEV_HEADER_BYTES)
		return 0;
	dev_decode(&trace, data, size);
	for (unsigned i = 1 + smmu_below(m, 4); i; i--)
		change(m, &trace);
	smmu_fit(m, &trace);
	while (!(now = dev_encode(&trace, data, max_size)))
		trace.num_ops--;
	return now;
}

size_t smmu_crossover(struct smmu_mutator *m, const uint8_t *a, size_t a_size, const uint8_t *b,
		      size_t b_size, uint8_t *out, size_t max_size)
{
	static struct dev_trace to, from;
	unsigned at, first, count;
	size_t now;

	if (max_size < DEV_HEADER_BYTES)
		return 0;
	dev_decode(&to, a, a_size);
	dev_decode(&from, b, b_size);
	at = smmu_below(m, to.num_ops + 1u);
	first = smmu_below(m, from.num_ops);
	count = smmu_below(m, from.num_ops - first + 1u);
	if (smmu_below(m, 2))
		remove_ops(&to, at, count);
	insert(&to, at, &from.op[first], count);
	smmu_fit(m, &to);
	while (!(now = dev_encode(&to, out, max_size)))
		to.num_ops--;
	return now;
}

void smmu_random_trace(struct smmu_mutator *m, struct dev_trace *trace, unsigned num_ops)
{
	struct dev_op op[SMMU_SCENE_MAX];

	trace->header = m->peer ? dev_peer_header() : dev_default_header();
	trace->num_ops = 0;
	while (!m->peer && smmu_below(m, 2))
		change_header(m, &trace->header);
	while (trace->num_ops < num_ops) {
		unsigned count = 1;

		if (smmu_below(m, trace->num_ops < 8 ? 2 : 5) == 0)
			count = smmu_pick_scene(m, op);
		else
			op[0] = smmu_pick_op(m);
		if (!insert(trace, trace->num_ops, op, count))
			break;
	}
	smmu_fit(m, trace);
}
