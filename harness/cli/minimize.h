/* SPDX-License-Identifier: MIT */
/* A finding made small: what `svafuzz minimize` and `svafuzz triage` share. */
#ifndef SVAFUZZ_CLI_MINIMIZE_H
#define SVAFUZZ_CLI_MINIMIZE_H

#include "../check/runner.h"
#include "cli.h"

/* What a trace shows, by two runs of it. */
struct cli_finding {
	bool shown, known, flaky;
	bool unsupported;
	bool pass_known; /* known divergences before it were passed over */
	struct divergence divergence;
	struct error error; /* it could not be run */
};
/* A divergence that nobody knows counts; if there is none, a known one. */
struct cli_finding cli_find(struct check_runner *runner, const struct trace *trace);
/* Kind, op and rule: with driver and smmu, the signature. */
bool cli_same_finding(const struct divergence *a, const struct divergence *b);
/* Makes the trace small and updates the finding to what the result shows; it must be `shown`, and not
 * flaky. Returns the number of runs. */
unsigned cli_minimize_trace(struct check_runner *runner, struct trace *trace,
			    struct cli_finding *finding);
/* The trace as a file: its signature, its planted fault, its text. Returns the length. */
enum { CLI_FINDING_TEXT = TRACE_TEXT_MAX + 1024 };
size_t cli_finding_trace(const struct check_config *config, const struct divergence *divergence,
			 const struct trace *trace, char *buffer, size_t size);

#endif
