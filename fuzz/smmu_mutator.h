/* SPDX-License-Identifier: MIT */
/*
 * The mutator of device-level traces: bytes -> trace -> changed trace -> bytes. It knows the layout
 * that the language's default values imply, so that what it adds connects; everything follows from
 * the seed.
 */
#ifndef SVAFUZZ_SMMU_MUTATOR_H
#define SVAFUZZ_SMMU_MUTATOR_H

#include "../harness/device/device.h"

/* Traces are not grown past this many ops. */
enum { SMMU_MUTATOR_MAX_OPS = 72 };

struct smmu_mutator {
	uint64_t state;
	bool peer; /* only what QEMU can do, and few of the fields that it is known to ignore */
};
void smmu_mutator_seed(struct smmu_mutator *m, uint64_t seed, bool peer);
/* Uniform in 0..bound-1; 0 for bound 0. */
uint32_t smmu_below(struct smmu_mutator *m, uint32_t bound);

/* Changes bytes in place; the new size. */
size_t smmu_mutate(struct smmu_mutator *m, uint8_t *data, size_t size, size_t max_size);
/* Header and a prefix of `a`, a run of `b`, the rest of `a`. */
size_t smmu_crossover(struct smmu_mutator *m, const uint8_t *a, size_t a_size, const uint8_t *b,
		      size_t b_size, uint8_t *out, size_t max_size);
/* A plausible trace of about num_ops ops from nothing. */
void smmu_random_trace(struct smmu_mutator *m, struct dev_trace *trace, unsigned num_ops);
/* Into what the target can take: the header, and the ops that are there for it. */
void smmu_fit(const struct smmu_mutator *m, struct dev_trace *trace);

/* smmu_mutator_pick.c: new ops. */
struct dev_op smmu_pick_op(struct smmu_mutator *m);
/* One more change of one field. */
void smmu_pick_field(struct smmu_mutator *m, struct dev_op *op);
uint64_t smmu_pick_va(struct smmu_mutator *m);
/* smmu_mutator_scene.c: several ops that belong together; how many. */
enum { SMMU_SCENE_MAX = 24 };
unsigned smmu_pick_scene(struct smmu_mutator *m, struct dev_op op[SMMU_SCENE_MAX]);

#endif
