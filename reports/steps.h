/* SPDX-License-Identifier: MIT */
/* One step of a finding as JSON: an op, what both sides say, and the state after it. */
#ifndef SVAFUZZ_REPORTS_STEPS_H
#define SVAFUZZ_REPORTS_STEPS_H

#include "../harness/check/snapshot.h"

struct report_step {
	int index; /* of the op; -1: the set-up, num_ops: the teardown */
	const char *op, *words;
	const char *expected, *observed, *rule;
	const struct snapshot *after; /* NULL: not known */
};

/* The step but for its state, and the state: two JSON texts without newlines; the caller frees them.
 * The state is the same text as long as the state is the same. "null": not known. */
char *report_step_json(const struct report_step *step);
char *report_state_json(const struct snapshot *snapshot);

#endif
