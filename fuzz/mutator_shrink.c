/* SPDX-License-Identifier: MIT */
#include "mutator_shrink.h"

#include <string.h>

unsigned mutator_num_ops(size_t size)
{
	size_t ops = size > TRACE_HEADER_BYTES ? (size - TRACE_HEADER_BYTES) / TRACE_OP_BYTES : 0;

	return ops < TRACE_MAX_OPS ? (unsigned)ops : TRACE_MAX_OPS;
}

size_t mutator_drop_ops(uint8_t *data, size_t size, unsigned at, unsigned count)
{
	unsigned num_ops = mutator_num_ops(size);
	uint8_t *from = data + TRACE_HEADER_BYTES + (size_t)at * TRACE_OP_BYTES;

	memmove(from, from + (size_t)count * TRACE_OP_BYTES,
		(size_t)(num_ops - at - count) * TRACE_OP_BYTES);
	return TRACE_HEADER_BYTES + (size_t)(num_ops - count) * TRACE_OP_BYTES;
}

size_t mutator_shrink(struct mutator_rng *rng, uint8_t *data, size_t size, size_t max_size)
{
	unsigned num_ops = mutator_num_ops(size);

	if (max_size < TRACE_HEADER_BYTES || !num_ops)
		return 0;
	do {
		/* Each success costs libFuzzer two processes, so long runs come first. */
		unsigned most = mutator_below(rng, 4) ? (num_ops + 1) / 2 : 1;
		unsigned count = 1 + mutator_below(rng, most);
		unsigned at = mutator_below(rng, num_ops - count + 1);

		size = mutator_drop_ops(data, size, at, count);
		num_ops = mutator_num_ops(size);
	} while (size > max_size && num_ops);
	return size;
}
