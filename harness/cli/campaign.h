/* SPDX-License-Identifier: MIT */
/* One run of `svafuzz fuzz`: its folder, its engines, its summary. */
#ifndef SVAFUZZ_CLI_CAMPAIGN_H
#define SVAFUZZ_CLI_CAMPAIGN_H

#include "engine.h"

enum { CAMPAIGN_MAX_JOBS = 64, CAMPAIGN_MAX_FINDINGS = 256 };

struct campaign {
	struct check_config config;
	enum engine_kind engine_kind;
	unsigned seconds, jobs, seed;
	char dir[CLI_PATH_MAX];
	struct check_known *known; /* NULL: none */
	struct engine_setup setup;
	struct engine engine[CAMPAIGN_MAX_JOBS];
	double started;
	bool interrupted;
	bool no_seeds;
	bool found_first; /* with stop_at_first: an engine has ended with a finding */
	/* File names in findings/ and crashes/ that were announced. */
	unsigned num_seen;
	char seen[CAMPAIGN_MAX_FINDINGS][160];
};

/* summary.c: what was found. */
/* Announces findings that are new since the last call; how many there are in all. */
unsigned campaign_look(struct campaign *campaign);
/* Replays each finding, writes summary.json, prints the summary; the exit code. */
int campaign_conclude(struct campaign *campaign);

struct campaign_totals {
	uint64_t traces;
	unsigned coverage, corpus;
};
struct campaign_totals campaign_totals(const struct campaign *campaign);
/* How often a known divergence was met, in all jobs. */
uint64_t campaign_known(const struct campaign *campaign, unsigned entry);

#endif
