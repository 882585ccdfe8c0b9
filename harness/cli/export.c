/* SPDX-License-Identifier: MIT */
/* svafuzz export: a trace as something that people can run and change without svafuzz's files. */
#include "export.h"

#include "../check/session.h"

#include <stdlib.h>
#include <string.h>

enum { RUN_SECONDS = 30 };

/* Outcomes: the trace's pins, else what the law says. */

static void keep_law(void *ctx, unsigned op, const struct check_step *step)
{
	struct export *export = ctx;
	struct outcome law = outcome_expected(&export->trace.op[op], step);

	outcome_format(&law, export->outcome[op], sizeof(export->outcome[op]));
}

/* The law was not asked how a call ends that never did. */
static bool never_returned(const struct divergence *divergence)
{
	switch (divergence->kind) {
	case DIVERGENCE_DEADLOCK:
	case DIVERGENCE_ATOMIC:
	case DIVERGENCE_BUG:
	case DIVERGENCE_CRASH:
		return true;
	default:
		return false;
	}
}

static bool ask_law(struct export *export, struct error *error)
{
	struct cli_isolated first = cli_run_isolated(&export->config, &export->trace, RUN_SECONDS);
	struct check *check;
	int last;

	export->crashed = first.crashed;
	if (first.crashed)
		return true;
	check = first.ran ? check_create(&export->config, error) : NULL;
	if (!check)
		return error_set(error, "%s", first.error.text);
	export->divergence = check_run(check, &export->trace, keep_law, export);
	if (check_unsupported(check))
		error_set(error, "%s: smmu %s has not: %s; export for another", export->path,
			  export->config.smmu, check_unsupported(check));
	check_destroy(check);
	last = export->divergence.op;
	if (never_returned(&export->divergence) && last >= 0 && last < export->trace.num_ops)
		export->outcome[last][0] = '\0';
	return !error->set;
}

/* Pins are the author's, and count under the policies that he names. */
static void take_pins(struct export *export)
{
	enum trace_policy policy =
		trace_policy_find(driver_find(export->config.driver)->ops->policy);

	if (!(export->trace.header.policies & 1u << policy))
		return;
	for (unsigned i = 0; i < export->trace.num_ops; i++)
		if (export->trace.op[i].pin.kind != TRACE_PIN_NONE)
			trace_format_pin(&export->trace.op[i].pin, export->outcome[i],
					 sizeof(export->outcome[i]));
}

/* A shell script. No line of a trace is "END": it would not parse. */
static void export_sh(const struct export *export, FILE *out)
{
	static char canonical[TRACE_TEXT_MAX];
	const char *text = export->source, *name = strrchr(export->path, '/');

	if (!text) {
		trace_format(&export->trace, canonical, sizeof(canonical));
		text = canonical;
	}
	fprintf(out,
		"#!/bin/sh\n"
		"# %s, to be replayed: sh THIS [PROGRAM]; the program is build/svafuzz, or $SVAFUZZ.\n"
		"# Exit codes: 0 nothing found, 1 divergence, 2 bad input, 3 no such program.\n"
		"set -eu\n"
		"svafuzz=${1:-${SVAFUZZ:-build/svafuzz}}\n"
		"if ! command -v \"$svafuzz\" >/dev/null; then\n"
		"\techo \"$svafuzz: no such program; build it, or name it\" >&2\n"
		"\texit 3\n"
		"fi\n"
		"trace=$(mktemp)\n"
		"trap 'rm -f \"$trace\"' EXIT\n"
		"cat >\"$trace\" <<'END'\n"
		"%s%s"
		"END\n",
		name ? name + 1 : export->path, text,
		*text && text[strlen(text) - 1] != '\n' ? "\n" : "");
	fprintf(out, "\"$svafuzz\" replay --driver %s --smmu %s --cache %s --depth %s",
		export->config.driver, export->config.smmu, cli_cache_name(export->config.cache),
		cli_depth_name(export->config.depth));
	if (export->fault && *export->fault)
		fprintf(out, " --fault %s", export->fault);
	fprintf(out, " \"$trace\"\n");
}

/* The command. */

static bool load(struct export *export, struct error *error)
{
	bool was_text;
	size_t size;

	if (!trace_load(&export->trace, export->path, &was_text, error) ||
	    !cli_load(&export->trace, export->path, error))
		return false;
	if (was_text && !cli_read_file(export->path, &export->source, &size, error))
		return false;
	if (export->source && !cli_text_for_driver(export->source, export->config.driver))
		return error_set(error, "%s: is not for driver %s; name its own with --driver",
				 export->path, export->config.driver);
	return true;
}

static int write_out(const struct export *export, const char *format, const char *output)
{
	struct error error = {0};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	bool good = true;

	CHECK(out, "no memory for a stream");
	if (!strcmp(format, "c"))
		export_c(export, out);
	else
		export_sh(export, out);
	CHECK(!fclose(out), "no memory for %zu bytes", size);
	if (output)
		good = cli_write_file(output, text, size, &error);
	else
		fwrite(text, 1, size, stdout);
	free(text);
	return good ? EXIT_NOTHING_FOUND : cli_fail(EXIT_BAD_INPUT, "%s", error.text);
}

static int run(struct export *export, const char *format, const char *output)
{
	struct error error = {0};
	int status;

	if (!load(export, &error) || !ask_law(export, &error)) {
		status = cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	} else {
		take_pins(export);
		status = write_out(export, format, output);
	}
	free(export->source);
	return status;
}

int cli_export(int argc, char **argv)
{
	static struct export export;
	struct check_config *config = &export.config;
	const char *format = "c", *output = NULL;
	const struct cli_option options[] = {
		{"format", CLI_STRING, &format, "c: a cmocka test; sh: a script that replays it"},
		{"o", CLI_STRING, &output, "file to write; standard output when left out"},
		CLI_CONFIG_OPTIONS(config),
		{"fault", CLI_STRING, &export.fault, "planted fault to be tested for"},
		{NULL, CLI_FLAG, NULL, NULL},
	};
	struct cli_arguments arguments;
	int status;

	*config = check_default_config();
	arguments = cli_parse(argc, argv, options);
	if (arguments.status >= 0)
		return arguments.status;
	if (arguments.count != 1)
		return cli_fail(EXIT_BAD_INPUT, "export: %d files; name one", arguments.count);
	if (strcmp(format, "c") && strcmp(format, "sh"))
		return cli_fail(EXIT_BAD_INPUT, "export: unknown format '%s'; c or sh", format);
	config->fault = export.fault;
	status = cli_check_config(config);
	if (status)
		return status;
	if (export.fault && *export.fault && !check_has_faults())
		return cli_exec_faults(argc, argv);
	/* What is right is said by the sound implementation's run. */
	config->fault = "";
	export.path = arguments.word[0];
	return run(&export, format, output);
}
