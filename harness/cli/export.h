/* SPDX-License-Identifier: MIT */
/* A trace to be written in another form, and what is known of its run. */
#ifndef SVAFUZZ_CLI_EXPORT_H
#define SVAFUZZ_CLI_EXPORT_H

#include "cli.h"

#include <stdio.h>

struct export
{
	const char *path;
	struct check_config config; /* without the planted fault */
	const char *fault;	    /* NULL or "": none */
	char *source;		    /* text of the file, comments included; NULL: it was bytes */
	struct trace trace;
	/* Of each op, in the words of pins; "": nothing is stated. */
	char outcome[TRACE_MAX_OPS][32];
	bool crashed;
	struct divergence divergence; /* how the run ended */
};

/* export_c.c: as a cmocka test in C. */
void export_c(const struct export *export, FILE *out);

#endif
