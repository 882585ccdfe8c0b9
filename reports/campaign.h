/* SPDX-License-Identifier: MIT */
/*
 * A campaign with its findings step by step: what `svafuzz report` writes, in three forms. The JSON is
 * svafuzz-report-1 (docs/report.schema.json); report.h is the short form that a campaign itself leaves.
 */
#ifndef SVAFUZZ_REPORTS_CAMPAIGN_H
#define SVAFUZZ_REPORTS_CAMPAIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct report_progress {
	double seconds;
	uint64_t traces, coverage, corpus, findings;
};

struct report_rule {
	const char *id, *name, *source, *text;
};

/* How often each op was decided by a rule in the campaign's corpus: an array of `num_ops`. */
struct report_row {
	const char *rule;
	const uint32_t *count;
};

struct report_met {
	const char *trace; /* of corpus/known */
	uint64_t hits;
};

/* Two JSON texts (steps.h); `state` NULL: as before. */
struct report_case_step {
	const char *step, *state;
};

struct report_case {
	const char *kind, *rule, *signature;
	const char *known; /* the trace that writes it up; NULL: new */
	int op;		   /* as struct divergence */
	const char *op_text;
	unsigned line; /* of the trace file, 0: none in particular */
	const char *expected, *observed;
	const char *trace_file; /* in the campaign's folder */
	const char *trace;	/* its text */
	const char *replay;	/* the command */
	size_t num_steps;
	const struct report_case_step *step;
};

struct report_campaign {
	const char *name, *started, *commit; /* commit "": not known */
	const char *driver, *driver_version, *smmu, *policy, *cache, *engine, *fault;
	const char *svafuzz_version, *compiler;
	unsigned jobs, seed, seeds;
	double seconds;
	bool interrupted;
	uint64_t traces, coverage, corpus;

	size_t num_progress, num_rules, num_ops, num_rows, num_known, num_cases;
	const struct report_progress *progress;
	const struct report_rule *rule; /* all that findings and rows name */
	const char *const *op;		/* columns of the matrix */
	const struct report_row *row;
	unsigned inputs; /* that the matrix was counted over */
	const struct report_met *known;
	const struct report_case *cases;
};

/* Each is a text with a last newline that the caller frees. */
char *report_campaign_json(const struct report_campaign *campaign);
/* SARIF 2.1.0 (OASIS), in one line. */
char *report_campaign_sarif(const struct report_campaign *campaign);
/* The XML that CI systems read as JUnit's. */
char *report_campaign_junit(const struct report_campaign *campaign);

#endif
