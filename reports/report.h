/* SPDX-License-Identifier: MIT */
/* What a campaign found, as JSON. */
#ifndef SVAFUZZ_REPORT_H
#define SVAFUZZ_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct report_finding {
	const char *kind;      /* "stale-atc" */
	const char *rule;      /* "D-2 tlb-before-atc"; "" for a crash */
	const char *signature; /* tells duplicates */
	const char *trace;     /* path of the text trace */
	const char *command;   /* that replays it */
};

struct report_known {
	const char *trace; /* of corpus/known */
	uint64_t hits;
};

struct report {
	const char *campaign;
	const char *driver, *smmu, *policy, *cache;
	const char *driver_version; /* "6.12.117", "" */
	const char *engine;
	const char *fault; /* planted, "" for none */
	unsigned jobs, seed;
	bool interrupted; /* ended by a signal */
	double seconds;
	uint64_t traces;
	unsigned coverage, corpus; /* as the engine counts them */
	size_t num_known;	   /* known divergences that were met */
	const struct report_known *known;
	size_t num_findings;
	const struct report_finding *finding;
	const char *svafuzz_version, *compiler;
};

/* JSON text with a last newline; the caller frees it. */
char *report_to_json(const struct report *report);

#endif
