/* SPDX-License-Identifier: MIT */
/*
 * What probably exists at a place in a trace: a sketch of the law, good enough to aim at live
 * objects, wrong where being right would cost more than a missed shot.
 */
#ifndef SVAFUZZ_MUTATOR_LIVE_H
#define SVAFUZZ_MUTATOR_LIVE_H

#include "mutator.h"

enum { LIVE_STALE = 4 };

struct live {
	const struct trace_header *header;
	/* sets of devices */
	uint8_t present, initialised;
	uint8_t iopf; /* initialised with I/O page faults */
	/* per device */
	uint8_t domain[TRACE_MAX_DEVICES]; /* TRACE_NONE: none */
	uint8_t bonds[TRACE_MAX_DEVICES];  /* set of mms */
	uint8_t min[TRACE_MAX_DEVICES], max[TRACE_MAX_DEVICES];
	/* tasks and address spaces */
	uint8_t tasks; /* set of processes that exist */
	uint8_t task_mm[TRACE_MAX_PROCESSES], task_group[TRACE_MAX_PROCESSES];
	uint8_t mm_users[TRACE_MAX_PROCESSES], mm_pasid[TRACE_MAX_PROCESSES];
	/* sets of page slots */
	uint32_t mapped[TRACE_MAX_PROCESSES];
	uint32_t private_mapped[TRACE_MAX_DOMAINS];
	uint32_t touched; /* slots that any op named so far */
	/* PASIDs that were taken away, latest last */
	uint8_t stale[LIVE_STALE], num_stale;
};

/* The start of a trace. `header` must stay. */
void live_start(struct live *live, const struct trace_header *header);
void live_step(struct live *live, const struct trace_op *op);
/* Before op number `num_ops`. */
struct live live_at(const struct trace *trace, unsigned num_ops);

/* Devices that a bind could succeed on: initialised, alone in their group, translated. */
unsigned live_bindable(const struct live *live);
unsigned live_bonded(const struct live *live);
unsigned live_attached(const struct live *live);
/* Mms whose PASID a device reaches: those bound to any device of its domain. */
unsigned live_reach(const struct live *live, unsigned device);
/* Mm of a PASID among a set of mms, TRACE_NONE. */
unsigned live_pasid_mm(const struct live *live, unsigned mms, unsigned pasid);

/* mutator_pick.c: one set bit of a set, by chance; `otherwise` when it is empty. */
unsigned pick_bit(struct mutator_rng *rng, uint32_t set, unsigned otherwise);
/* One operand, aimed at what lives; operands before it in table order are already there. */
void pick_operand(struct mutator_rng *rng, const struct live *live, struct trace_op *op,
		  unsigned field);
/* A new op. */
struct trace_op pick_op(struct mutator_rng *rng, const struct live *live);
uint8_t pick_code(struct mutator_rng *rng);
/* A PASID that is the first of a leaf of a device's table; a small one if there is one leaf. */
uint8_t pick_leaf_start(struct mutator_rng *rng, const struct live *live, unsigned device);
/* One change to a header (normalised). */
void pick_header_change(struct mutator_rng *rng, struct trace_header *header);

/* mutator_patterns.c: a short idiom with roles given to live objects; moves `live` past it. */
enum { PATTERN_MAX_OPS = 10 };
unsigned pick_pattern(struct mutator_rng *rng, struct live *live, struct trace_op *op);
/* One pattern by number, for tests; its name in *name. */
extern const unsigned num_patterns;
unsigned play_pattern(struct mutator_rng *rng, struct live *live, unsigned number,
		      struct trace_op *op, const char **name);

#endif
