/* SPDX-License-Identifier: MIT */
/* A campaign: its folder, its engines, its summary. `svafuzz fuzz` and `svafuzz gate` run one. */
#ifndef SVAFUZZ_CLI_CAMPAIGN_H
#define SVAFUZZ_CLI_CAMPAIGN_H

#include "engine.h"

enum { CAMPAIGN_MAX_JOBS = 64, CAMPAIGN_MAX_FINDINGS = 256 };

struct campaign_totals {
	double seconds;
	uint64_t traces;
	unsigned coverage, corpus;
	uint64_t rules[ENGINE_RULE_WORDS]; /* set of indices into check_rules */
	uint64_t known[CHECK_MAX_KNOWN];   /* how often each known divergence was met */
};

/* A divergence as the summary lists it. */
struct campaign_found {
	char kind[24], rule[32], signature[160];
	char trace[CLI_PATH_MAX], command[2 * CLI_PATH_MAX];
};

struct campaign {
	struct check_config config;
	enum engine_kind engine_kind;
	unsigned seconds, jobs, seed; /* seconds 0: until setup.runs are done */
	uint64_t runs;		      /* 0: until the seconds are over */
	char dir[CLI_PATH_MAX];
	int lock;		   /* of the folder: one process at a time goes on with it */
	struct check_known *known; /* NULL: none */
	struct engine_setup setup;
	struct engine engine[CAMPAIGN_MAX_JOBS];
	double started, ended; /* of this run; 0: not yet */
	char started_at[32];   /* the first run, UTC */
	unsigned num_seeds;
	unsigned resumed;	       /* how often */
	struct campaign_totals before; /* of the runs before this one */
	bool interrupted;
	bool no_seeds;
	bool found_first; /* with stop_at_first: an engine has ended with a finding */
	/* File names in findings/ and crashes/ that were announced. */
	unsigned num_seen;
	char seen[CAMPAIGN_MAX_FINDINGS][160];
};

/* campaign.c: the engines' time. */

/* Fills the corpus of a new campaign and says on disk what it is. */
bool campaign_prepare(struct campaign *campaign, struct error *error);
/* One line: what is going to run. */
void campaign_print_start(const struct campaign *campaign);
/* Runs the engines for the time that is left; false and error: one does not start. */
bool campaign_run(struct campaign *campaign, struct error *error);
/* All runs together. */
struct campaign_totals campaign_totals(const struct campaign *campaign);
unsigned campaign_num_rules(const struct campaign_totals *totals);

/*
 * campaign_state.c: what a later process goes on from. campaign.json is written once and says what
 * was asked for; state.json is replaced each second; progress.csv grows by a line each 5 s.
 */
bool campaign_save_options(const struct campaign *campaign, struct error *error);
bool campaign_save_state(const struct campaign *campaign, struct error *error);
bool campaign_add_progress(const struct campaign *campaign, unsigned findings, struct error *error);
/*
 * Reads campaign->dir: options, and what the runs before this one came to. Removes what a killed one
 * left half-written.
 */
bool campaign_load(struct campaign *campaign, struct error *error);
/* state.json is there: the corpus was filled. */
bool campaign_has_state(const struct campaign *campaign);
/* Takes the folder for this process. */
bool campaign_take_folder(struct campaign *campaign, struct error *error);

/* summary.c: what was found. */

/* Announces findings that are new since the last call; how many there are in all. */
unsigned campaign_look(struct campaign *campaign);
/* Those that are there already are no news. */
unsigned campaign_look_silently(struct campaign *campaign);
/*
 * Replays each finding, writes summary.json, prints the summary; the exit code. With `found`, room
 * for CAMPAIGN_MAX_FINDINGS, also hands over what it judged, *count of them.
 */
int campaign_conclude(struct campaign *campaign, struct campaign_found *found, unsigned *count);

#endif
