/* SPDX-License-Identifier: MIT */
/* What the files of the minimizer share: the order of traces, and changes to a whole trace. */
#ifndef SVAFUZZ_CHECK_MINIMIZE_STATE_H
#define SVAFUZZ_CHECK_MINIMIZE_STATE_H

#include "minimize.h"

/*
 * How small a trace is, as bytes that compare like memcmp(): ops, objects, pins, then what is not
 * at its default, then numbers. Every accepted change lowers it, so the search ends, and where it
 * ended it finds nothing on the next call.
 */
enum { MEASURE_BYTES = 128 + 12 * TRACE_MAX_OPS };
struct measure {
	unsigned size;
	uint8_t byte[MEASURE_BYTES];
};
void measure_trace(const struct trace *trace, struct measure *out);
bool measure_less(const struct measure *a, const struct measure *b);

/* The byte of the op that holds its operand of this kind, NULL when it has none. */
uint8_t *minimize_operand(struct trace_op *op, enum trace_field field);

/* Header in range, groups with the number of their first member, ops that fit the header. */
void minimize_tidy(struct trace *trace);
void minimize_drop_ops(struct trace *trace, unsigned at, unsigned count);

/*
 * Take object `index` away. The ops on it go with it, or to object `into` (TRACE_NONE: with it);
 * objects behind it move up, but for processes.
 */
typedef void (*minimize_drop_fn)(struct trace *trace, unsigned index, unsigned into);
/* Exchange the numbers of two objects. */
typedef void (*minimize_swap_fn)(struct trace *trace, unsigned a, unsigned b);
struct minimize_objects {
	minimize_drop_fn drop;
	minimize_swap_fn swap;
	unsigned (*count)(const struct trace_header *header);
};
enum { MINIMIZE_OBJECT_KINDS = 5 };
extern const struct minimize_objects minimize_objects[MINIMIZE_OBJECT_KINDS];

#endif
