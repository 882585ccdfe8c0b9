/* SPDX-License-Identifier: MIT */
/*
 * QEMU beside the model: the same actions into both, all of a trace in one batch; what differs at
 * the end is looked for again op by op.
 */
#ifndef SVAFUZZ_DEVICE_PEER_H
#define SVAFUZZ_DEVICE_PEER_H

#include "known.h"

struct dev_peer;

/* NULL and error: QEMU is not there. `known` may be NULL and is only borrowed. */
struct dev_peer *dev_peer_create(struct dev_known *known, const char *fault, struct error *error);
/* Is QEMU there? Else a line in `why` says how to get it. */
bool dev_peer_available(char *why, size_t why_size);
void dev_peer_destroy(struct dev_peer *peer);
/* NULL, or what of the header QEMU does not offer. */
const char *dev_peer_refuses(const struct dev_header *header);
/* The header for it. */
struct dev_header dev_peer_header(void);
/* Can QEMU do this op at all? Others are left out on both sides. */
bool dev_peer_takes(const struct dev_op *op);
/* DEV_NOTHING also for a difference that is known: *known is its entry then, else -1. */
struct dev_finding dev_peer_run(struct dev_peer *peer, const struct dev_trace *trace, int *known);
const char *dev_peer_version(const struct dev_peer *peer);
/* Ops that both sides carried out; traces that were looked at op by op; starts of QEMU; stray writes
 * of QEMU that no op of the trace at hand shows. */
struct dev_peer_counts {
	uint64_t traces, steps, repeated, starts, strays;
};
struct dev_peer_counts dev_peer_counts(const struct dev_peer *peer);

#endif
