/* SPDX-License-Identifier: MIT */
/* What the files of `svafuzz report` share. */
#ifndef SVAFUZZ_CLI_REPORT_H
#define SVAFUZZ_CLI_REPORT_H

#include "../../reports/campaign.h"
#include "cli.h"

/* report_steps.c: a trace run in a child process, step by step. What came before a crash is there. */
struct report_replay {
	size_t count, room;
	struct report_case_step *step; /* both texts are malloc'd; every step has its state */
	bool ended;		       /* the child said all: the rest counts */
	struct divergence divergence;
	int known; /* index of config->known that ended the run or was all it met; -1 */
};
void report_run(const struct check_config *config, const struct trace *trace,
		struct report_replay *replay, struct error *error);
void report_replay_free(struct report_replay *replay);

/* report_findings.c: the findings of a campaign's folder. */
struct report_findings {
	size_t count, room;
	struct report_case *cases;
	unsigned skipped; /* files that are no finding: each was named */
};
void report_findings_read(struct report_findings *findings, const char *dir,
			  const struct check_config *config);
void report_findings_free(struct report_findings *findings);

/* report_matrix.c: which rules decided which ops in the campaign's corpus. */
enum { REPORT_MAX_RULES = 256 };
struct report_counts {
	unsigned inputs;
	uint32_t count[REPORT_MAX_RULES][TRACE_NUM_OPS]; /* by index of check_rules */
};
/* At most so many inputs and seconds; free() it. */
struct report_counts *report_count(const char *dir, const struct check_config *config);

#endif
