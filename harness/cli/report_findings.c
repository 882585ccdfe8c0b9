/* SPDX-License-Identifier: MIT */
/* The findings of a campaign's folder, each run again for its steps. */
#include "report.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What steps may take of a page, and what a step takes besides its texts. */
enum { MAX_BYTES = 1500000, STEP_EXTRA = 16 };

/* How much of each finding: of its last steps, and of their states. The first that fits is taken. */
static const struct size {
	size_t steps, states;
} sizes[] = {
	{TRACE_MAX_OPS + 2, 40}, {TRACE_MAX_OPS + 2, 20}, {100, 20}, {40, 20}, {40, 5}, {20, 1}};

static char *copy_of(const char *text)
{
	char *copy = strdup(text);

	CHECK(copy, "no memory for a finding");
	return copy;
}

static bool ends_with(const char *name, const char *suffix)
{
	size_t length = strlen(name), wanted = strlen(suffix);

	return length > wanted && !strcmp(name + length - wanted, suffix);
}

/* An artifact of an engine: no divergence was written, the target died. */
static bool is_crash(const char *name)
{
	return !strncmp(name, "crash-", 6) || !strncmp(name, "timeout-", 8) ||
	       !strncmp(name, "oom-", 4) || !strncmp(name, "leak-", 5) || !strncmp(name, "id:", 3);
}

/* The states of the last steps are kept, and of all steps the last. */
static void cut(struct report_case *found, struct size limit)
{
	struct report_case_step *step = (struct report_case_step *)found->step;
	size_t drop = found->num_steps > limit.steps ? found->num_steps - limit.steps : 0;
	size_t without = found->num_steps > limit.states ? found->num_steps - limit.states : 0;

	for (size_t i = 0; i < without; i++) {
		free((char *)step[i].state);
		step[i].state = NULL;
	}
	for (size_t i = 0; i < drop; i++)
		free((char *)step[i].step);
	found->num_steps -= drop;
	memmove(step, step + drop, found->num_steps * sizeof(*step));
}

/* A state that is the one before is not said again. */
static bool says_more(const struct report_case *found, size_t i)
{
	const char *state = found->step[i].state;

	return state &&
	       (!i || !found->step[i - 1].state || strcmp(state, found->step[i - 1].state) != 0);
}

static size_t bytes_of(const struct report_case *found, struct size limit)
{
	size_t bytes = 0, count = found->num_steps;

	for (size_t i = 0; i < count; i++) {
		if (count - i <= limit.steps)
			bytes += strlen(found->step[i].step) + STEP_EXTRA;
		if (count - i <= limit.states && says_more(found, i))
			bytes += strlen(found->step[i].state);
	}
	return bytes;
}

static void drop_repeated(struct report_case *found)
{
	struct report_case_step *step = (struct report_case_step *)found->step;

	for (size_t i = found->num_steps; i-- > 0;) {
		if (says_more(found, i))
			continue;
		free((char *)step[i].state);
		step[i].state = NULL;
	}
}

/* The more findings, the less of each: all of them make one page. */
static void limit_size(struct report_findings *findings)
{
	unsigned chosen = 0;
	size_t bytes;

	do {
		bytes = 0;
		for (size_t i = 0; i < findings->count; i++)
			bytes += bytes_of(&findings->cases[i], sizes[chosen]);
	} while (bytes > MAX_BYTES && ++chosen < ARRAY_SIZE(sizes) - 1);
	for (size_t i = 0; i < findings->count; i++) {
		cut(&findings->cases[i], sizes[chosen]);
		drop_repeated(&findings->cases[i]);
	}
}

/* What it is: the divergence's own name, or why there is none. */
static void name_case(const struct check_config *config, const char *name,
		      const struct divergence *divergence, struct report_case *found)
{
	char signature[192], stem[128];

	snprintf(stem, sizeof(stem), "%.*s", (int)(strlen(name) - strlen(".trace")), name);
	if (divergence->kind == DIVERGENCE_NONE) {
		found->kind = is_crash(name) ? "crash" : "not-repeated";
		snprintf(signature, sizeof(signature), "%s/%s/%s/%s", config->driver, config->smmu,
			 found->kind, stem);
	} else if (divergence->kind == DIVERGENCE_CRASH && is_crash(name)) {
		found->kind = divergence_kind_name(divergence->kind);
		snprintf(signature, sizeof(signature), "%s/%s/crash/%s", config->driver,
			 config->smmu, stem);
	} else {
		found->kind = divergence_kind_name(divergence->kind);
		divergence_signature(config, divergence, signature, sizeof(signature));
	}
	found->signature = copy_of(signature);
}

static void describe(const struct check_config *config, const char *name, const char *path,
		     const struct trace *trace, const struct divergence *divergence,
		     struct report_case *found)
{
	static char text[TRACE_TEXT_MAX];
	char command[2 * CLI_PATH_MAX];
	bool repeats = divergence->kind != DIVERGENCE_NONE;

	name_case(config, name, divergence, found);
	found->rule = copy_of(divergence->rule);
	found->op = repeats ? divergence->op : trace->num_ops;
	found->op_text = copy_of(repeats ? divergence->op_text : "no op");
	if (repeats && divergence->op >= 0 && divergence->op < trace->num_ops)
		found->line = trace->op[divergence->op].line;
	found->expected = copy_of(repeats ? divergence->expected : "the campaign's finding");
	found->observed =
		copy_of(repeats ? divergence->observed : "no divergence when it is run alone");
	snprintf(command, sizeof(command), "findings/%s", name);
	found->trace_file = copy_of(command);
	trace_format(trace, text, sizeof(text));
	found->trace = copy_of(text);
	cli_replay_command(config, path, command, sizeof(command));
	found->replay = copy_of(command);
}

static struct report_case *push_case(struct report_findings *findings)
{
	if (findings->count == findings->room) {
		findings->room = findings->room ? 2 * findings->room : 16;
		findings->cases =
			realloc(findings->cases, findings->room * sizeof(*findings->cases));
		CHECK(findings->cases, "no memory for %zu findings", findings->room);
	}
	findings->cases[findings->count] = (struct report_case){0};
	return &findings->cases[findings->count++];
}

/* One that is known by now is run without the list, or there would be nothing to see. */
static bool run(const struct check_config *config, const struct trace *trace,
		struct report_replay *replay, const char **known, struct error *error)
{
	struct check_config alone = *config;
	int entry;

	report_run(config, trace, replay, error);
	if (error->set || !replay->ended || replay->known < 0)
		return !error->set;
	entry = replay->known;
	report_replay_free(replay);
	alone.known = NULL;
	report_run(&alone, trace, replay, error);
	if (error->set)
		return false;
	/* Several may be met: it is the first that is seen without the list. */
	if (check_known_find(config, &replay->divergence) >= 0)
		entry = check_known_find(config, &replay->divergence);
	*known = copy_of(config->known->entry[entry].trace);
	return true;
}

static bool read_finding(struct report_findings *findings, const struct check_config *config,
			 const char *path, const char *name, struct error *error)
{
	static struct trace trace;
	struct report_replay replay;
	struct report_case *found;
	const char *known = NULL;

	if (!cli_load(&trace, path, error) || !run(config, &trace, &replay, &known, error))
		return false;
	found = push_case(findings);
	found->known = known;
	found->num_steps = replay.count;
	found->step = replay.step;
	cut(found, sizes[0]);
	describe(config, name, path, &trace, &replay.divergence, found);
	return true;
}

void report_findings_read(struct report_findings *findings, const char *dir,
			  const struct check_config *config)
{
	char folder[CLI_PATH_MAX], path[CLI_PATH_MAX];
	struct error error = {0};
	struct dirent **entries;
	int count = -1;

	if (cli_path(folder, &error, "%s/findings", dir))
		count = scandir(folder, &entries, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		error = (struct error){0};
		if (!strcmp(name, ".") || !strcmp(name, "..") || ends_with(name, ".txt")) {
			free(entries[i]);
			continue;
		}
		if (!ends_with(name, ".trace"))
			error_set(&error, "%s/%s: no finding", folder, name);
		else if (cli_path(path, &error, "%s/%s", folder, name))
			read_finding(findings, config, path, name, &error);
		if (error.set) {
			fprintf(stderr, "svafuzz: %s; skipped\n", error.text);
			findings->skipped++;
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	limit_size(findings);
}

void report_findings_free(struct report_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		struct report_case *found = &findings->cases[i];
		struct report_replay replay = {.count = found->num_steps,
					       .step = (struct report_case_step *)found->step};

		report_replay_free(&replay);
		free((char *)found->rule);
		free((char *)found->signature);
		free((char *)found->known);
		free((char *)found->op_text);
		free((char *)found->expected);
		free((char *)found->observed);
		free((char *)found->trace_file);
		free((char *)found->trace);
		free((char *)found->replay);
	}
	free(findings->cases);
}
