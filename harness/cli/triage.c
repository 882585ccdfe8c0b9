/* SPDX-License-Identifier: MIT */
/* svafuzz triage: many inputs, few findings. Each input runs twice; those of a signature are one group. */
#include "triage.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUN_SECONDS = 10 };

static struct triage_group *find_group(struct triage *triage, const char *signature,
				       enum triage_status status)
{
	struct triage_group *group;

	for (size_t i = 0; i < triage->count; i++) {
		group = &triage->group[i];
		if (group->status == status && !strcmp(group->signature, signature))
			return group;
	}
	if (triage->count == triage->room) {
		triage->room = triage->room ? 2 * triage->room : 32;
		triage->group = realloc(triage->group, triage->room * sizeof(*triage->group));
		CHECK(triage->group, "no memory for %zu groups", triage->room);
	}
	group = &triage->group[triage->count++];
	*group = (struct triage_group){.status = status, .known = "", .minimal = -1};
	snprintf(group->signature, sizeof(group->signature), "%s", signature);
	return group;
}

static bool shorter(const struct triage_input *a, const struct triage_input *b)
{
	if (a->trace->num_ops != b->trace->num_ops)
		return a->trace->num_ops < b->trace->num_ops;
	return strcmp(a->path, b->path) < 0;
}

static void put_into_group(struct triage *triage, const struct triage_input *input,
			   const struct cli_finding *finding)
{
	enum triage_status status = finding->flaky   ? TRIAGE_FLAKY
				    : finding->known ? TRIAGE_KNOWN
						     : TRIAGE_NEW;
	struct triage_group *group;
	char signature[128];
	int known;

	divergence_signature(&triage->config, &finding->divergence, signature, sizeof(signature));
	group = find_group(triage, signature, status);
	group->count++;
	if (group->shortest && !shorter(input, group->shortest))
		return;
	group->shortest = input;
	group->finding = *finding;
	if (status != TRIAGE_KNOWN)
		return;
	known = check_known_find(&triage->config, &finding->divergence);
	if (known >= 0)
		group->known = triage->config.known->entry[known].trace;
}

static void judge(struct triage *triage, struct check_runner *runner, struct triage_input *input)
{
	struct cli_finding finding = cli_find(runner, input->trace);

	if (finding.error.set)
		triage_skip(&triage->inputs, input, finding.error.text);
	else if (finding.unsupported)
		triage_skip(&triage->inputs, input, "it wants what this smmu has not");
	else if (!finding.shown)
		triage->clean++;
	else
		put_into_group(triage, input, &finding);
}

static struct check_config config_of(const struct triage *triage, const struct triage_input *input)
{
	struct check_config config = triage->config;

	if (*input->fault)
		config.fault = input->fault;
	return config;
}

/* Inputs are sorted by their fault, so each is planted once. */
static void judge_all(struct triage *triage)
{
	struct check_runner runner = {0};
	const char *fault = NULL;

	for (size_t i = 0; i < triage->inputs.count && !cli_interrupted(); i++) {
		struct triage_input *input = &triage->inputs.input[i];

		if (input->why)
			continue;
		if (!fault || strcmp(fault, input->fault)) {
			struct check_config config = config_of(triage, input);

			if (fault)
				check_runner_close(&runner);
			check_runner_open(&runner, &config, RUN_SECONDS);
			fault = input->fault;
		}
		judge(triage, &runner, input);
	}
	if (fault)
		check_runner_close(&runner);
}

/* Those of most inputs first. */
static int by_count(const void *a, const void *b)
{
	const struct triage_group *x = a, *y = b;
	int order = strcmp(x->signature, y->signature);

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return order ? order : (int)x->status - (int)y->status;
}

static bool group_path(char *path, const char *dir, const struct triage_group *group,
		       const char *suffix, struct error *error)
{
	const char *signature = group->signature;
	char slug[sizeof(group->signature)];
	size_t size;

	for (size = 0; signature[size]; size++)
		slug[size] = isalnum((unsigned char)signature[size]) ? signature[size] : '-';
	slug[size] = '\0';
	return cli_path(path, error, "%s/%s%s%s", dir, slug,
			group->status == TRIAGE_FLAKY ? "-flaky" : "", suffix);
}

static bool write_group(const struct triage *triage, struct triage_group *group, const char *dir,
			struct error *error)
{
	static char text[CLI_FINDING_TEXT];
	struct check_config config = config_of(triage, group->shortest);
	struct trace trace = *group->shortest->trace;
	char path[CLI_PATH_MAX];
	struct check_runner runner;
	size_t size;

	/* A flaky one is kept as it is: what is left out would be left to chance. */
	if (group->status != TRIAGE_FLAKY) {
		check_runner_open(&runner, &config, RUN_SECONDS);
		cli_minimize_trace(&runner, &trace, &group->finding);
		check_runner_close(&runner);
		group->minimal = trace.num_ops;
	}
	if (!group_path(path, dir, group, ".txt", error))
		return false;
	size = divergence_format(&config, &group->finding.divergence, text, sizeof(text));
	size += (size_t)snprintf(text + size, sizeof(text) - size,
				 "  inputs:    %zu (%s), the shortest of them %s\n", group->count,
				 triage_status_name[group->status], group->shortest->path);
	if (!cli_write_file(path, text, size, error))
		return false;
	if (!group_path(path, dir, group, ".trace", error))
		return false;
	size = cli_finding_trace(&config, &group->finding.divergence, &trace, text, sizeof(text));
	return cli_write_file(path, text, size, error);
}

static bool write_groups(struct triage *triage, const char *dir, struct error *error)
{
	if (!cli_make_dirs(dir, error))
		return false;
	for (size_t i = 0; i < triage->count; i++)
		if (!write_group(triage, &triage->group[i], dir, error))
			return false;
	return true;
}

/* Findings of a campaign with a planted fault name it. */
static bool wants_faults(const struct triage *triage)
{
	bool wants = triage->config.fault && *triage->config.fault;

	for (size_t i = 0; i < triage->inputs.count && !wants; i++)
		wants = *triage->inputs.input[i].fault;
	return wants;
}

static int conclude(struct triage *triage, const char *output, bool json)
{
	struct error error = {0};

	if (triage->count)
		qsort(triage->group, triage->count, sizeof(*triage->group), by_count);
	if (cli_interrupted())
		return cli_fail(EXIT_BAD_INPUT, "interrupted; run it again for all inputs");
	if (output && !write_groups(triage, output, &error))
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	if (json)
		triage_print_json(triage);
	else
		triage_print(triage);
	for (size_t i = 0; i < triage->count; i++)
		if (triage->group[i].status != TRIAGE_KNOWN)
			return EXIT_DIVERGENCE;
	return EXIT_NOTHING_FOUND;
}

int cli_triage(int argc, char **argv)
{
	struct triage triage = {.config = check_default_config()};
	const char *known_dir = NULL, *output = NULL;
	bool json = false;
	const struct cli_option options[] = {
		CLI_CONFIG_OPTIONS(&triage.config),
		{"fault", CLI_STRING, &triage.config.fault,
		 "run with this planted fault, but for inputs that name another"},
		CLI_KNOWN_OPTION(&known_dir),
		{"o", CLI_STRING, &output, "folder for a minimized trace of each group"},
		{"json", CLI_FLAG, &json, "print the result as JSON"},
		{NULL, CLI_FLAG, NULL, NULL},
	};
	struct cli_arguments arguments = cli_parse(argc, argv, options);
	struct check_known *known;
	struct error error = {0};
	int status;

	if (arguments.status >= 0)
		return arguments.status;
	if (arguments.count == 0)
		return cli_fail(EXIT_BAD_INPUT, "triage: no file; name inputs or folders of them");
	status = cli_check_config(&triage.config);
	if (status)
		return status;
	known = cli_load_known(&triage.config, known_dir, &error);
	if (error.set || !triage_read(&triage.inputs, &arguments, &triage.config, &error)) {
		status = cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	} else if (wants_faults(&triage) && !check_has_faults()) {
		status = cli_exec_faults(argc, argv);
	} else {
		cli_catch_signals();
		judge_all(&triage);
		status = conclude(&triage, output, json);
	}
	free(triage.group);
	triage_free(&triage.inputs);
	free(known);
	return status;
}
