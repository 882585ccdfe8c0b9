/* SPDX-License-Identifier: MIT */
/* The inputs of a triage: files of any engine, and why some are none of ours. */
#include "engine.h"
#include "triage.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_FOLDER_DEPTH = 16 };

static char *keep(const char *text)
{
	char *copy = strdup(text);

	CHECK(copy, "no memory for a path");
	return copy;
}

void triage_skip(struct triage_inputs *inputs, struct triage_input *input, const char *why)
{
	input->why = keep(why);
	inputs->skipped++;
	free(input->trace);
	input->trace = NULL;
}

static struct triage_input *add(struct triage_inputs *inputs, const char *path)
{
	struct triage_input *input;

	if (inputs->count == inputs->room) {
		inputs->room = inputs->room ? 2 * inputs->room : 256;
		inputs->input = realloc(inputs->input, inputs->room * sizeof(*inputs->input));
		CHECK(inputs->input, "no memory for %zu inputs", inputs->room);
	}
	input = &inputs->input[inputs->count++];
	*input = (struct triage_input){.path = keep(path), .fault = keep("")};
	return input;
}

static bool ends_in(const char *name, const char *suffix)
{
	size_t size = strlen(name), tail = strlen(suffix);

	return size > tail && !strcmp(name + size - tail, suffix);
}

/* Engines mutate every byte, the magic as well; what they keep is a trace nevertheless. */
static bool is_engines_own(const char *path)
{
	const char *slash = strrchr(path, '/');

	return engine_is_artifact(slash ? slash + 1 : path) || ends_in(path, ".bin");
}

/* The error of a parser starts with the path, which stands in the line already. */
static const char *without_path(const char *text, const char *path)
{
	size_t size = strlen(path);

	if (!strncmp(text, path, size) && text[size] == ':')
		text += size + 1;
	return text + strspn(text, " ");
}

static void read_text(struct triage_inputs *inputs, struct triage_input *input, const char *text,
		      size_t size, const struct check_config *config)
{
	struct error error = {0};
	char fault[64];

	if (!trace_parse(input->trace, input->path, text, size, &error)) {
		triage_skip(inputs, input, without_path(error.text, input->path));
	} else if (!cli_text_for_driver(text, config->driver)) {
		triage_skip(inputs, input, "for another driver");
	} else {
		cli_leading_comment(text, "planted fault", fault, sizeof(fault));
		free(input->fault);
		input->fault = keep(fault);
	}
}

static void read_input(struct triage_inputs *inputs, struct triage_input *input,
		       const struct check_config *config)
{
	struct error error = {0};
	size_t size;
	char *data;

	if (ends_in(input->path, ".smmu")) {
		triage_skip(inputs, input, "a device-level trace, for svafuzz smmu");
		return;
	}
	if (!cli_read_file(input->path, &data, &size, &error)) {
		triage_skip(inputs, input, without_path(error.text, input->path));
		return;
	}
	input->trace = calloc(1, sizeof(*input->trace));
	CHECK(input->trace, "no memory for a trace");
	/* The parser knows other versions of the bytes by their magic. */
	if (trace_is_binary((const uint8_t *)data, size) ||
	    (is_engines_own(input->path) && (size < 3 || memcmp(data, "SVT", 3)))) {
		trace_decode(input->trace, (const uint8_t *)data, size);
		for (unsigned i = 0; i < input->trace->num_ops; i++)
			input->trace->op[i].pin = (struct trace_pin){0};
	} else {
		read_text(inputs, input, data, size, config);
	}
	free(data);
}

/* The words that a campaign writes beside a finding: NAME.txt, where NAME.trace is. */
static bool is_explanation(const char *folder, const char *name)
{
	const char *dot = strrchr(name, '.');
	struct error error = {0};
	char trace[CLI_PATH_MAX];

	return dot && !strcmp(dot, ".txt") &&
	       cli_path(trace, &error, "%s/%.*s.trace", folder, (int)(dot - name), name) &&
	       !access(trace, F_OK);
}

static bool add_folder(struct triage_inputs *inputs, const char *path, int depth,
		       struct error *error)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	bool good = true;

	if (!dir)
		return error_set(error, "%s: %s; give a folder that can be read", path,
				 strerror(errno));
	while (good && (entry = readdir(dir))) {
		char inner[CLI_PATH_MAX];
		struct stat info;

		if (entry->d_name[0] == '.' || is_explanation(path, entry->d_name))
			continue;
		good = cli_path(inner, error, "%s/%s", path, entry->d_name);
		if (!good || stat(inner, &info))
			continue;
		if (S_ISREG(info.st_mode))
			add(inputs, inner);
		else if (S_ISDIR(info.st_mode) && depth < MAX_FOLDER_DEPTH)
			good = add_folder(inputs, inner, depth + 1, error);
	}
	closedir(dir);
	return good;
}

static int by_fault_and_name(const void *a, const void *b)
{
	const struct triage_input *x = a, *y = b;
	int order = strcmp(x->fault, y->fault);

	return order ? order : strcmp(x->path, y->path);
}

bool triage_read(struct triage_inputs *inputs, const struct cli_arguments *arguments,
		 const struct check_config *config, struct error *error)
{
	for (int i = 0; i < arguments->count; i++) {
		const char *path = arguments->word[i];
		struct stat info;

		if (stat(path, &info))
			return error_set(error, "%s: %s; give a trace file or a folder of them",
					 path, strerror(errno));
		if (!S_ISDIR(info.st_mode))
			add(inputs, path);
		else if (!add_folder(inputs, path, 0, error))
			return false;
	}
	for (size_t i = 0; i < inputs->count; i++)
		read_input(inputs, &inputs->input[i], config);
	if (inputs->count)
		qsort(inputs->input, inputs->count, sizeof(*inputs->input), by_fault_and_name);
	return true;
}

void triage_free(struct triage_inputs *inputs)
{
	for (size_t i = 0; i < inputs->count; i++) {
		free(inputs->input[i].path);
		free(inputs->input[i].fault);
		free(inputs->input[i].why);
		free(inputs->input[i].trace);
	}
	free(inputs->input);
	*inputs = (struct triage_inputs){0};
}
