/* SPDX-License-Identifier: MIT */
/* Smaller traces that still show the same thing. */
#ifndef SVAFUZZ_CHECK_MINIMIZE_H
#define SVAFUZZ_CHECK_MINIMIZE_H

#include "../trace/trace.h"

/* Whether a trace still shows what is to be kept. Must give the same answer every time. */
typedef bool (*minimize_shows_fn)(void *ctx, const struct trace *trace);

/*
 * The smallest trace that the changes of this room lead to: ops, objects and properties are left
 * out, operands and numbers lowered, as long as `shows` holds. The trace itself must show it. No
 * single op of the result can be left out, and minimizing the result changes nothing. Returns how
 * often `shows` was asked.
 */
unsigned minimize_trace(struct trace *trace, minimize_shows_fn shows, void *ctx);

#endif
