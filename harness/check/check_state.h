/* SPDX-License-Identifier: MIT */
/* Inside harness/check: the state of one run, shared by its files. */
#ifndef SVAFUZZ_CHECK_STATE_H
#define SVAFUZZ_CHECK_STATE_H

#include "check.h"

#include <setjmp.h>

enum { MAX_VERIFIED = 64, NO_PAGE = 0xffff };

struct check {
	struct check_config config;
	struct world *world;
	struct smmu_socket *smmu;
	struct driver *driver;
	struct smmu *model; /* NULL: the smmu offers no view inside */
	bool worst;	    /* the model tracks what hardware may hold */

	struct ref ref;
	struct ref before; /* the law before the op, kept only while a failure is armed */
	const struct trace *trace;
	int op;				/* index, -1 set-up, num_ops teardown */
	const struct trace_op *current; /* NULL in set-up and teardown */
	bool running;			/* hooks are live */
	struct divergence divergence;
	struct check_step step;
	jmp_buf on_failure;

	/* The refinement mapping: the law's pages <-> frames, the law's mms <-> the world's. */
	uint64_t frame_of[REF_MAX_PAGES];
	uint16_t page_of[WORLD_RAM_FRAMES];
	unsigned page_of_touched;
	uint8_t mm_of[REF_MAX_MMS];    /* law -> world, WORLD_NONE */
	uint8_t ref_of[WORLD_MAX_MMS]; /* world -> law, REF_NONE */
	bool mms_changed;	       /* tasks or their spaces changed since pages_map_mms() */

	/* Private tables: frames that the harness handed to the driver's map(). */
	uint64_t private_frame[REF_MAX_DOMAINS][REF_SPACE_PAGES];
	uint32_t private_dirty[REF_MAX_DOMAINS];
	uint32_t law_dirty[REF_MAX_MMS]; /* slots that the op names */

	unsigned unchecked; /* parts of the law changed since its invariants were checked */

	/* Reach: contexts as last compared, configurations whose pages were all compared. */
	uint32_t generation;
	bool compared;
	unsigned num_verified;
	struct smmu_s1 verified[MAX_VERIFIED], next_verified[MAX_VERIFIED];

	uint64_t rules_seen[4]; /* set of indices into check_rules */
};

/* Record the first divergence of a run; later ones are ignored. Always returns false. */
bool diverge(struct check *c, enum divergence_kind kind, const char *rule, const char *expected,
	     const char *observed_fmt, ...) __attribute__((format(printf, 5, 6)));
static inline bool diverged(const struct check *c)
{
	return c->divergence.kind != DIVERGENCE_NONE;
}
/* Mark a rule as exercised ("A-19"). */
void rule_seen(struct check *c, const char *rule);

/* exec*.c: one function per op, from ops.def. Each steps the law and the implementation and
 * compares results; false when the op was skipped (c->step says why). */
typedef bool (*exec_fn)(struct check *c, const struct trace_op *op);
extern const exec_fn check_exec[TRACE_NUM_OPS];
bool exec_skip(struct check *c, const char *reason);
#define OP(id, text, operands, weight, doc)                                                        \
	bool exec_##id(struct check *c, const struct trace_op *op);
#include "../trace/ops.def"
#undef OP

/* Compare an error code and a value with the law's; -ENOMEM of an injected failure is taken back
 * in the law. True when they agree. */
bool compare_result(struct check *c, struct ref_result *expected, int error, uint32_t value);

/* access.c: what a device's access did against the law. */
void compare_dma(struct check *c, const struct trace_op *op, const struct ref_result *expected,
		 const struct world_dma *dma);
void compare_ats(struct check *c, const struct ref_result *expected,
		 const struct smmu_response *response);
void compare_silence(struct check *c);

/* reach.c: after every op. */
void reach_reset(struct check *c);
void reach_compare(struct check *c);
void reach_compare_all(struct check *c);
/* Is [this device, PASID] installed in hardware now (current or held)? */
bool reach_installed(struct check *c, unsigned device, unsigned pasid);
/* What the law says of one page slot for one (device, PASID): rights and frame. */
struct allowed {
	bool demanded; /* the law promises exactly this; else nothing may be reached */
	uint8_t prot;
	uint64_t pa;
};
struct allowed reach_allowed(struct check *c, unsigned device, bool ssv, uint32_t ssid,
			     unsigned slot);

/* stale.c: entries that hardware may still hold. */
void stale_compare(struct check *c);
/* order.c: hooks at points of no return, and the calls of A-39. */
void order_frame_free(void *ctx, uint64_t pa, enum frame_kind kind);
void order_call(void *ctx, const struct world_call *call);
void order_compare_calls(struct check *c, const struct ref_result *expected);

/* pages.c: the refinement mapping. */
void pages_reset(struct check *c);
void pages_map_mms(struct check *c);
/* Pair a law page with the frame that the world uses for it; false and a divergence when either
 * is already paired with another. */
bool pages_pair(struct check *c, unsigned page, uint64_t pa);
void pages_frame_freed(struct check *c, uint64_t pa);

/* A device has no way to put a wider PASID on the bus, or any when it has no PASID capability. */
static inline bool can_send(const struct check *c, unsigned device, bool ssv, uint32_t ssid)
{
	unsigned bits = c->ref.topology.device[device].pasid_bits;

	return !ssv || (bits && ssid < 1u << bits);
}

#endif
