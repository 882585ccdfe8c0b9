/* SPDX-License-Identifier: MIT */
/*
 * What a campaign looks at: the model alone (invariants), QEMU beside the model, or the model with a
 * planted fault beside the model without. One way to run a trace and to judge it.
 */
#ifndef SVAFUZZ_DEVICE_TARGET_H
#define SVAFUZZ_DEVICE_TARGET_H

#include "peer.h"

struct dev_target_options {
	const char *smmu;	 /* "emulated" or "qemu" */
	const char *fault;	 /* planted; NULL or "": none */
	struct dev_known *known; /* borrowed; may be NULL */
};

struct dev_target;

struct dev_target *dev_target_create(const struct dev_target_options *options, struct error *error);
void dev_target_destroy(struct dev_target *target);
/* "model", "qemu" or "fault": the first part of signatures. */
const char *dev_target_side(const struct dev_target *target);
bool dev_target_is_peer(const struct dev_target *target);
/* *known: index of the known difference that ended the trace, else -1. */
struct dev_finding dev_target_run(struct dev_target *target, const struct dev_trace *trace,
				  int *known);
/* Ops carried out, starts of QEMU. */
struct dev_peer_counts dev_target_counts(const struct dev_target *target);
/* Cut behind the finding and made smaller, as long as its signature stays; at most `tries` runs. */
void dev_target_minimize(struct dev_target *target, struct dev_trace *trace,
			 const struct dev_finding *finding, unsigned tries);

/*
 * Writes <signature>.smmu, minimised, and <signature>.txt into `dir`, if they are not there. False
 * and error: it cannot be written.
 */
bool dev_finding_save(struct dev_target *target, const char *dir, const struct dev_finding *finding,
		      const struct dev_trace *trace, bool *is_new, struct error *error);

#endif
