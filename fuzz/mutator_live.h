/* SPDX-License-Identifier: MIT */
/*
 * What probably exists at a place in a trace: a sketch of the law, good enough to aim at live
 * objects, wrong where being right would cost more than a missed shot.
 */
#ifndef SVAFUZZ_MUTATOR_LIVE_H
#define SVAFUZZ_MUTATOR_LIVE_H

#include "mutator.h"

enum {
	LIVE_STALE = 4,
	LIVE_MMS = TRACE_MAX_PROCESSES + 4, /* Linux: exited ones stay while they are bound */
	MUTATOR_LEAF_BITS = 6,		    /* PASIDs of a 4 KiB leaf of a two-level table (5.2) */
};

struct live {
	const struct trace_header *header;
	uint8_t policy; /* enum trace_policy */
	/* sets of devices */
	uint8_t present, initialised;
	uint8_t iopf;	 /* initialised with I/O page faults */
	uint8_t claimed; /* Linux: their group's DMA is a user's */
	/* per device */
	uint8_t domain[TRACE_MAX_DEVICES]; /* TRACE_NONE: none */
	uint16_t bonds[TRACE_MAX_DEVICES]; /* set of mms */
	/* linux-6.12: the domain that was put on a PASID last, 0 for none */
	uint8_t domain_pasid[TRACE_MAX_DEVICES], pasid_domain[TRACE_MAX_DEVICES];
	uint8_t min[TRACE_MAX_DEVICES], max[TRACE_MAX_DEVICES];
	/* what the device's driver bound for itself, not for a partition (B-12) */
	uint16_t own[TRACE_MAX_DEVICES];
	uint8_t vm[TRACE_MAX_DEVICES]; /* whose the function is; TRACE_NONE: the host's */
	/* sets of devices: a VM's, a VM's but not by partitions, VFs that are disabled (B-8) */
	uint8_t assigned, whole, disabled;
	/* per partition */
	uint16_t associated[TRACE_MAX_MDEVS]; /* set of mms (B-14) */
	uint32_t own_mapped[TRACE_MAX_MDEVS]; /* its slots of private_mapped (B-10) */
	uint8_t mdev_vm[TRACE_MAX_MDEVS];     /* TRACE_NONE: the host's */
	/* sets of VMs: none for Linux */
	uint8_t vms, running;
	/* tasks and address spaces */
	uint8_t tasks; /* set of processes that exist */
	uint8_t task_mm[TRACE_MAX_PROCESSES], task_group[TRACE_MAX_PROCESSES];
	/* the PASID of a guest's mm is the guest's */
	uint8_t mm_users[LIVE_MMS], mm_pasid[LIVE_MMS], mm_vm[LIVE_MMS];
	uint16_t guest_mms; /* set of those that live in a VM */
	/* sets of page slots */
	uint32_t mapped[LIVE_MMS];
	uint32_t private_mapped[TRACE_MAX_DOMAINS];
	uint32_t touched; /* slots that any op named so far */
	/* PASIDs that were taken away, latest last */
	uint8_t stale[LIVE_STALE], num_stale;
};

/* The start of a trace. `header` must stay. */
void live_start(struct live *live, const struct trace_header *header, enum trace_policy policy);
void live_step(struct live *live, const struct trace_op *op);
/* Before op number `num_ops`. */
struct live live_at(const struct trace *trace, unsigned num_ops, enum trace_policy policy);

/* Devices that a bind could succeed on: initialised; but for Linux alone in their group; but for
 * linux-6.12 translated. */
unsigned live_bindable(const struct live *live);
/* Devices with bonds, of the host or of a guest. */
unsigned live_bonded(const struct live *live);
unsigned live_attached(const struct live *live);
/* The present ones of a device's group; none when it is in no group. */
unsigned live_group(const struct live *live, unsigned device);
/* VFs of a PF, there or not. */
unsigned live_vfs(const struct live *live, unsigned pf);
/* Partitions of a set of devices, but for those with an MMU of their own (B-16). */
unsigned live_partitions(const struct live *live, unsigned devices);
/* Mms of a VM; of the host for TRACE_NONE. */
unsigned live_mms(const struct live *live, unsigned vm);
/* Mms whose PASID a device reaches: those bound to any device of its domain; linux-6.12: of
 * its group; of a VM's function: those that its guest bound. */
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

/* mutator_code.c: an op that the policy and the topology have a use for; half of them are on
 * partitions and VMs where there are any. */
uint8_t pick_code(struct mutator_rng *rng, const struct trace_header *header);
/* The same, but what the op needs first when it is not there: a VM that runs, a function of it. */
uint8_t pick_live_code(struct mutator_rng *rng, const struct live *live);
/* An op that there is no use for becomes another, operands without a meaning go. */
void fit_policy(struct mutator_rng *rng, const struct trace_header *header, struct trace_op *op);
/* A PASID that is the first of a leaf of a device's table; a small one if there is one leaf. */
uint8_t pick_leaf_start(struct mutator_rng *rng, const struct live *live, unsigned device);
/* A PASID for a domain: none in use that is known, often near those that are. */
uint8_t pick_domain_pasid(struct mutator_rng *rng, const struct live *live, unsigned device);

/* mutator_header.c: features that few topologies have, each now and then; one change to a header.
 * Both normalise. */
void pick_rare_features(struct mutator_rng *rng, struct trace_header *header);
void pick_header_change(struct mutator_rng *rng, struct trace_header *header);

/* mutator_play.c: a short idiom with roles given to live objects; moves `live` past it. */
enum { PATTERN_MAX_OPS = 16 };
unsigned pick_pattern(struct mutator_rng *rng, struct live *live, struct trace_op *op);
/* One pattern by number, for tests; its name in *name. */
unsigned num_patterns(void);
/* Set of enum trace_policy for which it means something. */
unsigned pattern_policies(unsigned number);
/* What the topology must have for that. */
enum {
	NEEDS_MDEV = 1,
	NEEDS_TWO_MDEVS = 2, /* of one parent */
	NEEDS_VM = 4,
	NEEDS_TWO_VMS = 8,
	NEEDS_VF = 16,
};
unsigned pattern_needs(unsigned number);
unsigned play_pattern(struct mutator_rng *rng, struct live *live, unsigned number,
		      struct trace_op *op, const char **name);

#endif
