/* SPDX-License-Identifier: MIT */
/* What triage shares: inputs, and the groups of those that show the same. */
#ifndef SVAFUZZ_CLI_TRIAGE_H
#define SVAFUZZ_CLI_TRIAGE_H

#include "minimize.h"

struct triage_input {
	char *path;
	char *fault; /* planted, "" for none */
	char *why;   /* not run, and why; the rest does not count then */
	struct trace *trace;
};
struct triage_inputs {
	struct triage_input *input;
	size_t count, room, skipped;
};
/*
 * The traces in the files and folders named, sorted by planted fault and name. A file of a folder
 * that is no trace of ours for this driver is kept with the reason; so is one that is named.
 */
bool triage_read(struct triage_inputs *inputs, const struct cli_arguments *arguments,
		 const struct check_config *config, struct error *error);
void triage_skip(struct triage_inputs *inputs, struct triage_input *input, const char *why);
void triage_free(struct triage_inputs *inputs);

enum triage_status { TRIAGE_NEW, TRIAGE_KNOWN, TRIAGE_FLAKY, TRIAGE_STATUSES };
struct triage_group {
	char signature[128];
	enum triage_status status;
	size_t count;
	const struct triage_input *shortest;
	struct cli_finding finding; /* of the shortest */
	const char *known;	    /* the trace that is written up, "" for none */
	int minimal;		    /* ops of the minimized trace, -1: there is none */
};
struct triage {
	struct check_config config;
	struct triage_inputs inputs;
	struct triage_group *group;
	size_t count, room;
	size_t clean; /* inputs that show nothing */
};
extern const char *const triage_status_name[TRIAGE_STATUSES];
/* The result as a table or as JSON. */
void triage_print(const struct triage *triage);
void triage_print_json(const struct triage *triage);

#endif
