/* SPDX-License-Identifier: MIT */
/*
 * The structure-aware mutator: bytes -> trace -> changed trace -> bytes. It knows roughly which
 * processes, bonds and mappings exist at each op (mutator_live.h), so that what it adds meets live
 * objects. Everything follows from the seed (and from the engine's own bytes, if one is given).
 */
#ifndef SVAFUZZ_MUTATOR_H
#define SVAFUZZ_MUTATOR_H

#include "../harness/trace/trace.h"

/* Traces are not grown past this many ops; longer input is not cut for it. */
enum { MUTATOR_MAX_OPS = 64 };

struct mutator_rng {
	uint64_t state;
	uint8_t policy; /* enum trace_policy */
};
/* The policy is io_mm until it is set. */
void mutator_seed(struct mutator_rng *rng, uint64_t seed);
/* The policy of the driver that the traces are for: what it has no use for is not made. */
void mutator_set_policy(struct mutator_rng *rng, enum trace_policy policy);
/* Uniform in 0..bound-1; 0 for bound 0. */
uint32_t mutator_below(struct mutator_rng *rng, uint32_t bound);

/* As LLVMFuzzerMutate: changes bytes in place, returns the new size. NULL: plain byte havoc. */
typedef size_t (*engine_mutate_fn)(uint8_t *data, size_t size, size_t max_size);

/*
 * Mutate one input in place; returns its new size, at most max_size. Any bytes are good input;
 * the output is a whole number of records in the binary form of trace.h, without pins. When not
 * even a header fits in max_size, plain bytes are mutated.
 */
size_t mutate(struct mutator_rng *rng, uint8_t *data, size_t size, size_t max_size,
	      engine_mutate_fn engine);

/*
 * Cross two inputs at op boundaries: header and a prefix of `a`, a run of `b`, mostly the rest of
 * `a`. Returns the bytes written to `out`, 0 when not even a header fits.
 */
size_t mutator_crossover(struct mutator_rng *rng, const uint8_t *a, size_t a_size, const uint8_t *b,
			 size_t b_size, uint8_t *out, size_t max_size);

/* A plausible trace of num_ops ops (at most TRACE_MAX_OPS) from nothing. */
void mutator_random_trace(struct mutator_rng *rng, struct trace *trace, unsigned num_ops);

#endif
