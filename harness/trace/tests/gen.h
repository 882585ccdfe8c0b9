/* SPDX-License-Identifier: MIT */
/* Random but reproducible traces for the tests of this room, and comparison without line numbers. */
#ifndef SVAFUZZ_TRACE_TEST_GEN_H
#define SVAFUZZ_TRACE_TEST_GEN_H

#include "../trace.h"

#include <string.h>

/* xorshift64: the state is the seed, never 0. */
static inline uint8_t gen_byte(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint8_t)(*state >> 24);
}

static inline size_t gen_bytes(uint64_t *state, uint8_t *data, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		data[i] = gen_byte(state);
	return size;
}

/* Any header can come out of this. */
static inline void gen_header(uint64_t *state, struct trace_header *header)
{
	unsigned i;

	gen_bytes(state, (uint8_t *)header, sizeof(*header));
	/* Few devices in random domains are more telling than what wraps around. */
	header->num_devices %= 6;
	header->num_domains %= 6;
	if (gen_byte(state) & 1) {
		header->num_mdevs %= TRACE_MAX_MDEVS + 2;
		header->num_vms %= TRACE_MAX_VMS + 2;
		header->num_devices = 2 + header->num_devices % 3;
		header->shared_rid &= 1;
		for (i = 0; i < TRACE_MAX_DEVICES; i++) {
			header->device[i].vf_of %= 2;
			header->mdev[i].parent %= 2;
		}
	}
	trace_normalize_header(header);
}

/* Any trace can come out of this, pins included. */
static inline void gen_trace(uint64_t *state, struct trace *trace, unsigned num_ops)
{
	unsigned i;

	gen_header(state, &trace->header);
	trace->num_ops = (uint16_t)num_ops;
	for (i = 0; i < num_ops; i++) {
		struct trace_op *op = &trace->op[i];

		memset(op, 0, sizeof(*op));
		gen_bytes(state, (uint8_t *)op, TRACE_OP_BYTES);
		op->pin.kind %= 2 * TRACE_NUM_PINS;
		trace_normalize_op(&trace->header, op);
	}
}

static inline bool same_trace(const struct trace *a, const struct trace *b)
{
	unsigned i;

	if (memcmp(&a->header, &b->header, sizeof(a->header)) || a->num_ops != b->num_ops)
		return false;
	for (i = 0; i < a->num_ops; i++) {
		if (memcmp(&a->op[i], &b->op[i], TRACE_OP_BYTES))
			return false;
	}
	return true;
}

#endif
