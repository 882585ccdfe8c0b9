/* SPDX-License-Identifier: MIT */
/* Inputs that an engine wants smaller: whole ops are left out, the rest stays as it is. */
#ifndef SVAFUZZ_MUTATOR_SHRINK_H
#define SVAFUZZ_MUTATOR_SHRINK_H

#include "mutator.h"

/* Number of whole ops in the bytes of a trace. */
unsigned mutator_num_ops(size_t size);
/* Take `count` ops out of the bytes, and what follows the last whole op. Returns the new size. */
size_t mutator_drop_ops(uint8_t *data, size_t size, unsigned at, unsigned count);
/*
 * Take out a run of ops, and more of them until the rest fits: what libFuzzer asks for with
 * -minimize_crash, where max_size is below size. Returns the new size; 0 when even the header of a
 * trace does not fit, or there is no op to take.
 */
size_t mutator_shrink(struct mutator_rng *rng, uint8_t *data, size_t size, size_t max_size);

#endif
