/* SPDX-License-Identifier: MIT */
/*
 * A child process that runs one trace after the other, so that many runs cost one fork. When a
 * trace crashes it or hangs, that is the trace's result, and the next one gets a new child.
 */
#ifndef SVAFUZZ_CHECK_RUNNER_H
#define SVAFUZZ_CHECK_RUNNER_H

#include "check.h"

#include <sys/types.h>

struct check_runner {
	struct check_config config;
	unsigned timeout_s; /* of one trace */
	pid_t pid;	    /* 0: none is running */
	int to, from;
	int *at; /* shared with the child: ops that have run */
};
struct check_result {
	bool ran;     /* `divergence` counts; otherwise `error` says why not */
	bool crashed; /* then divergence.kind is crash, its rule the signal, "exit" or "timeout" */
	bool known;   /* what ended the run is in the list of known divergences */
	bool unsupported; /* the smmu has not what the trace wants */
	struct divergence divergence;
	struct error error;
};

void check_runner_open(struct check_runner *runner, const struct check_config *config,
		       unsigned timeout_s);
void check_runner_close(struct check_runner *runner);
/* With `pass_known` what config->known lists is passed over, as in check_run(). */
struct check_result check_runner_run(struct check_runner *runner, const struct trace *trace,
				     bool pass_known);

#endif
