/* SPDX-License-Identifier: MIT */
/* svafuzz minimize: the smallest trace that shows the same finding. */
#include "minimize.h"

#include "../check/minimize.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUN_SECONDS = 10 };

bool cli_same_finding(const struct divergence *a, const struct divergence *b)
{
	return a->kind == b->kind && !strcmp(a->op_text, b->op_text) && !strcmp(a->rule, b->rule);
}

static struct cli_finding find_once(struct check_runner *runner, const struct trace *trace)
{
	struct cli_finding finding = {.pass_known = runner->config.known};
	struct check_result result = check_runner_run(runner, trace, finding.pass_known);

	if (result.ran && finding.pass_known && result.divergence.kind == DIVERGENCE_NONE) {
		finding.pass_known = false;
		result = check_runner_run(runner, trace, false);
	}
	finding.error = result.error;
	finding.divergence = result.divergence;
	finding.shown = result.ran && result.divergence.kind != DIVERGENCE_NONE;
	finding.known = finding.shown && runner->config.known &&
			(!finding.pass_known ||
			 check_known_find(&runner->config, &finding.divergence) >= 0);
	finding.unsupported = result.unsupported;
	return finding;
}

struct cli_finding cli_find(struct check_runner *runner, const struct trace *trace)
{
	struct cli_finding first = find_once(runner, trace), second;

	if (first.error.set)
		return first;
	second = find_once(runner, trace);
	first.flaky = first.shown != second.shown ||
		      !cli_same_finding(&first.divergence, &second.divergence);
	/* What shows in one of two runs is a finding. */
	if (first.flaky && !first.shown) {
		second.flaky = true;
		return second;
	}
	return first;
}

struct search {
	struct check_runner *runner;
	bool pass_known;
	struct divergence wanted;
};

static bool shows(void *ctx, const struct trace *trace)
{
	const struct search *search = ctx;
	struct check_result result = check_runner_run(search->runner, trace, search->pass_known);

	return result.ran && cli_same_finding(&result.divergence, &search->wanted);
}

/* A pin is an author's statement: only one that is itself contradicted is part of the finding. */
static void drop_pins(struct trace *trace, const struct divergence *divergence)
{
	for (int i = 0; i < trace->num_ops; i++)
		if (divergence->kind != DIVERGENCE_PIN || divergence->op != i)
			trace->op[i].pin = (struct trace_pin){0};
}

unsigned cli_minimize_trace(struct check_runner *runner, struct trace *trace,
			    struct cli_finding *finding)
{
	struct search search = {runner, finding->pass_known, finding->divergence};
	int op = finding->divergence.op;
	unsigned runs;

	drop_pins(trace, &finding->divergence);
	for (unsigned i = 0; i < trace->num_ops; i++)
		trace->op[i].line = 0;
	if (op >= 0 && op + 1 < trace->num_ops) {
		unsigned all = trace->num_ops;

		trace->num_ops = (uint16_t)(op + 1);
		if (!shows(&search, trace))
			trace->num_ops = (uint16_t)all;
	}
	runs = minimize_trace(trace, shows, &search);
	finding->divergence = check_runner_run(runner, trace, finding->pass_known).divergence;
	return runs;
}

size_t cli_finding_trace(const struct check_config *config, const struct divergence *divergence,
			 const struct trace *trace, char *buffer, size_t size)
{
	char signature[128];
	size_t used;

	divergence_signature(config, divergence, signature, sizeof(signature));
	used = (size_t)snprintf(buffer, size, "# %s\n", signature);
	if (config->fault && *config->fault)
		used += (size_t)snprintf(buffer + used, size - used, "# planted fault: %s\n",
					 config->fault);
	return used + trace_format(trace, buffer + used, size - used);
}

static int print(const struct check_config *config, const struct cli_finding *finding,
		 const struct trace *trace, const char *output)
{
	static char text[CLI_FINDING_TEXT];
	struct error error = {0};
	char words[1600];
	size_t size = cli_finding_trace(config, &finding->divergence, trace, text, sizeof(text));

	divergence_format(config, &finding->divergence, words, sizeof(words));
	printf("%s", words);
	if (!output) {
		printf("\n%s", text);
		return EXIT_DIVERGENCE;
	}
	if (!cli_write_file(output, text, size, &error))
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	cli_replay_command(config, output, words, sizeof(words));
	printf("  replay: %s\n", words);
	return EXIT_DIVERGENCE;
}

static int minimize(struct check_runner *runner, const char *input, const char *output)
{
	static struct trace trace;
	struct error error = {0};
	struct cli_finding finding;
	unsigned ops, runs;

	if (!cli_load(&trace, input, &error))
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	finding = cli_find(runner, &trace);
	if (finding.error.set)
		return cli_fail(EXIT_BAD_INPUT, "%s", finding.error.text);
	if (finding.unsupported) {
		printf("%s: not supported by %s\n", input, runner->config.smmu);
		return EXIT_NOTHING_FOUND;
	}
	if (!finding.shown) {
		printf("%s: nothing is found; there is nothing to keep\n", input);
		return EXIT_NOTHING_FOUND;
	}
	if (finding.flaky)
		return cli_fail(EXIT_DIVERGENCE,
				"%s: two runs show different things; find out why before it is "
				"made smaller",
				input);
	ops = trace.num_ops;
	runs = cli_minimize_trace(runner, &trace, &finding);
	printf("%s: %u ops of %u are needed, %u runs%s\n", input, trace.num_ops, ops, runs,
	       finding.known ? "; known" : "");
	return print(&runner->config, &finding, &trace, output);
}

int cli_minimize(int argc, char **argv)
{
	struct check_config config = check_default_config();
	const char *known_dir = NULL, *output = NULL;
	const struct cli_option options[] = {
		CLI_CONFIG_OPTIONS(&config),
		{"fault", CLI_STRING, &config.fault, "run with this planted fault"},
		CLI_KNOWN_OPTION(&known_dir),
		{"o", CLI_STRING, &output, "file to write; without it the trace is printed"},
		{NULL, CLI_FLAG, NULL, NULL},
	};
	struct cli_arguments arguments = cli_parse(argc, argv, options);
	struct check_runner runner;
	struct check_known *known;
	struct error error = {0};
	int status;

	if (arguments.status >= 0)
		return arguments.status;
	if (arguments.count != 1)
		return cli_fail(EXIT_BAD_INPUT, "minimize: %d files; name one", arguments.count);
	status = cli_check_config(&config);
	if (status)
		return status;
	if (config.fault && *config.fault && !check_has_faults())
		return cli_exec_faults(argc, argv);
	known = cli_load_known(&config, known_dir, &error);
	if (error.set)
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	check_runner_open(&runner, &config, RUN_SECONDS);
	status = minimize(&runner, arguments.word[0], output);
	check_runner_close(&runner);
	free(known);
	return status;
}
