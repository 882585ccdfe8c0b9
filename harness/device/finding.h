/* SPDX-License-Identifier: MIT */
/* What can be wrong when a trace runs: a pin, an invariant, or two SMMUs that differ. */
#ifndef SVAFUZZ_DEVICE_FINDING_H
#define SVAFUZZ_DEVICE_FINDING_H

#include "run.h"

enum dev_finding_kind {
	DEV_NOTHING,
	DEV_FIND_PIN,	    /* the trace's author states another outcome */
	DEV_FIND_INVARIANT, /* invariants.c */
	DEV_FIND_DIFFERS,   /* the two sides show different things */
	DEV_FIND_DIED,	    /* the other side crashed */
	DEV_FIND_HUNG,
	DEV_FIND_KINDS,
};
const char *dev_finding_kind_name(unsigned kind);

struct dev_finding {
	uint8_t kind;
	uint16_t step; /* op that diverged; DEV_SETUP_STEP */
	char op[32];
	char expected[128]; /* by the specification: the pin, or the model */
	char observed[128];
	char detail[400]; /* the values, for people; no part of the signature */
};
/* "qemu | dma | abort F_ACCESS s1_access_flag | memory": what makes two findings the same. */
enum { DEV_SIGNATURE_SIZE = 320 };
void dev_signature(const char *side, const struct dev_finding *finding, char *buffer, size_t size);
/* Several lines for people. */
void dev_finding_format(const char *side, const struct dev_finding *finding, char *buffer,
			size_t size);

/* Called after each op. */
typedef void (*dev_seen_fn)(void *ctx, unsigned step, const struct dev_op *op,
			    const struct dev_result *result);
/* A trace on the model; ends at the first finding. */
struct dev_finding dev_run(struct dev_model *model, const struct dev_trace *trace, bool pins,
			   dev_seen_fn seen, void *ctx);

#endif
