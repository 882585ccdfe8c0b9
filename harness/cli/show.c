/* SPDX-License-Identifier: MIT */
/* svafuzz show: one trace, op by op, what the law expects beside what was observed. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMN = 24, OP_COLUMN = 48 };

struct show {
	const struct trace *trace;
	unsigned next; /* ops printed so far */
};

static void print_op(void *ctx, unsigned index, const struct check_step *step)
{
	struct show *show = ctx;
	const struct trace_op *op = &show->trace->op[index];
	char text[TRACE_LINE_MAX], expected[64], observed[64];

	show->next = index + 1;
	trace_format_op(&show->trace->header, op, true, text, sizeof(text));
	if (step->skipped) {
		printf("%3u  %-*s skipped: %s\n", index + 1, OP_COLUMN, text,
		       step->skip_reason ? step->skip_reason : "");
		return;
	}
	cli_format_expected(op, step, expected, sizeof(expected));
	cli_format_observed(op, step, observed, sizeof(observed));
	printf("%3u  %-*s %-*s %-*s", index + 1, OP_COLUMN, text, COLUMN, expected, COLUMN,
	       observed);
	if (step->num_commands)
		printf(" %u commands", step->num_commands);
	if (step->num_events)
		printf(" %u events, last %s", step->num_events, smmu_event_name(step->event_type));
	if (step->expected.rule && *step->expected.rule)
		printf(" (%s)", step->expected.rule);
	putchar('\n');
}

/* A divergence that is written up is named, and shown all the same. */
static void print_known(const struct check_config *config, const struct divergence *divergence)
{
	struct check_config with_known = *config;
	struct error error = {0};
	struct check_known *known = cli_load_known(&with_known, NULL, &error);
	int entry = known ? check_known_find(&with_known, divergence) : -1;

	if (entry >= 0)
		printf("  known:     %s\n", known->entry[entry].trace);
	else if (error.set)
		fprintf(stderr, "svafuzz: %s\n", error.text);
	free(known);
}

/* With a list of known divergences: those that the run went past, and the one that ended it. */
static void print_met(const struct check *check, const struct check_known *known)
{
	int end = check_known_end(check);

	for (unsigned i = 0; i < known->count; i++)
		if (check_known_hits(check, i) && (int)i != end)
			printf("known divergence, went on: %s\n", known->entry[i].trace);
	if (end >= 0)
		printf("known divergence, ends here: %s\n", known->entry[end].trace);
	else
		printf("no other divergence\n");
}

static bool met_known(const struct check *check, const struct check_known *known)
{
	bool met = false;

	for (unsigned i = 0; known && i < known->count; i++)
		met |= check_known_hits(check, i) != 0;
	return met;
}

static int show_trace(const struct check_config *config, const struct trace *trace)
{
	static char text[TRACE_TEXT_MAX];
	struct show show = {.trace = trace};
	struct divergence divergence;
	struct error error = {0};
	struct check *check = check_create(config, &error);

	if (!check)
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	if (*check_version(check))
		printf("driver %s: %s\n\n", config->driver, check_version(check));
	trace_format_header(&trace->header, text, sizeof(text));
	printf("%s\n%3s  %-*s %-*s %s\n", text, "", OP_COLUMN, "op", COLUMN, "expected",
	       "observed");
	divergence = check_run(check, trace, print_op, &show);
	if (divergence.kind == DIVERGENCE_NONE) {
		if (met_known(check, config->known))
			print_met(check, config->known);
		else
			printf("no divergence\n");
	} else {
		if (divergence.op >= (int)show.next && divergence.op < trace->num_ops) {
			trace_format_op(&trace->header, &trace->op[divergence.op], true, text,
					sizeof(text));
			printf("%3d  %-*s %-*s %s\n", divergence.op, OP_COLUMN, text, COLUMN,
			       divergence.expected, divergence.observed);
		}
		divergence_format(config, &divergence, text, sizeof(text));
		printf("\n%s", text);
		if (!config->known)
			print_known(config, &divergence);
	}
	check_destroy(check);
	return divergence.kind == DIVERGENCE_NONE ? EXIT_NOTHING_FOUND : EXIT_DIVERGENCE;
}

int cli_show(int argc, char **argv)
{
	static struct trace trace;
	struct check_config config = check_default_config();
	const char *dir = "none";
	const struct cli_option options[] = {
		CLI_CONFIG_OPTIONS(&config),
		{"fault", CLI_STRING, &config.fault, "run with this planted fault"},
		{"known", CLI_STRING, &dir, "folder of known divergences to go past, none"},
		{NULL, CLI_FLAG, NULL, NULL},
	};
	struct cli_arguments arguments;
	struct check_known *known;
	struct error error = {0};
	int status;

	config.pins = true;
	arguments = cli_parse(argc, argv, options);
	if (arguments.status >= 0)
		return arguments.status;
	if (arguments.count != 1)
		return cli_fail(EXIT_BAD_INPUT, "show: %d files; name one", arguments.count);
	status = cli_check_config(&config);
	if (status)
		return status;
	if (config.fault && *config.fault && !check_has_faults())
		return cli_exec_faults(argc, argv);
	known = cli_load_known(&config, dir, &error);
	if (error.set || !cli_load(&trace, arguments.word[0], &error))
		status = cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	else
		status = show_trace(&config, &trace);
	free(known);
	return status;
}
