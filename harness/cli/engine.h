/* SPDX-License-Identifier: MIT */
/*
 * A fuzzing engine as a child process: libFuzzer's fuzz_bind, or afl-fuzz around it. The target is
 * told what to test through SVAFUZZ_* variables and writes its findings itself, at once, so that
 * nothing found is lost whoever is killed.
 */
#ifndef SVAFUZZ_CLI_ENGINE_H
#define SVAFUZZ_CLI_ENGINE_H

#include "cli.h"

#include <stdio.h>

/* As many rules as check_rule_seen() can tell apart, 64 a word. */
enum { ENGINE_RULE_WORDS = 4 };

enum engine_kind { ENGINE_LIBFUZZER, ENGINE_AFL, ENGINE_KINDS };

struct engine_setup {
	enum engine_kind kind;
	const struct check_config *config;
	char target[CLI_PATH_MAX];  /* the program that fuzzes */
	char mutator[CLI_PATH_MAX]; /* AFL++: library with the custom mutator */
	const char *dir;	    /* has corpus/, findings/, crashes/, and takes the logs */
	const char *seeds;	    /* second corpus, only read; NULL: none */
	const char *known;	    /* folder of known divergences; NULL: the tree's */
	unsigned seed;
	uint64_t runs; /* traces in all, libFuzzer only; 0: no such end */
	bool stop_at_first;
};

struct engine {
	struct cli_child child;
	unsigned number; /* of the job */
	FILE *log;
	double started;
	int status;	 /* as wait() says, once it has ended */
	uint64_t done;	 /* traces of this job's earlier runs */
	uint64_t traces; /* of this run */
	unsigned coverage, corpus;
	/* Known divergences met, by entry: in earlier runs, in this one. */
	uint64_t known_done[CHECK_MAX_KNOWN], known[CHECK_MAX_KNOWN];
	uint64_t rules[ENGINE_RULE_WORDS]; /* set of rules that decided something, by samples */
	unsigned short_runs;		   /* ended at once, in a row */
	char stats[CLI_PATH_MAX];	   /* written by the target */
	char afl_stats[CLI_PATH_MAX];	   /* written by afl-fuzz */
	uint64_t afl_before;		   /* traces of earlier runs that it counts too */
};

const char *engine_name(enum engine_kind kind);
/* Find the engine's programs; false and a line that says what to install or build. */
bool engine_find(struct engine_setup *setup, struct error *error);
/* Runs for so many seconds, 0: until setup->runs are done. */
bool engine_start(struct engine *engine, const struct engine_setup *setup, unsigned seconds,
		  struct error *error);
/* Take in what it said. False once it has ended: `status` is set. */
bool engine_listen(struct engine *engine);
/* Asks it to end, then makes it; waits until it has. */
void engine_stop(struct engine *engine);
void engine_close(struct engine *engine);

/* A file name that an engine gives to a crash, a hang or a leak; not to a slow input. */
bool engine_is_artifact(const char *name);

#endif
