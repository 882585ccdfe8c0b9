/* SPDX-License-Identifier: MIT */
/*
 * Which rules decided which ops in a campaign's corpus. Inputs run in a child process, which counts in
 * memory that it shares with us: one that kills it costs that input alone.
 */
#include "report.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_INPUTS = 2000, MAX_SECONDS = 20, INPUT_SECONDS = 5, MAX_AFL_JOBS = 64 };

struct counting {
	struct report_counts counts;
	size_t next; /* input that is being run */
};

static void push_folder(struct cli_files *files, const char *folder)
{
	struct dirent **entries;
	struct error error = {0};
	char path[CLI_PATH_MAX];
	struct stat info;
	int count = scandir(folder, &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		if (cli_path(path, &error, "%s/%s", folder, entries[i]->d_name) &&
		    !stat(path, &info) && S_ISREG(info.st_mode))
			cli_files_push(files, path);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

static void find_inputs(struct cli_files *files, const char *dir)
{
	struct error error = {0};
	char path[CLI_PATH_MAX];

	if (cli_path(path, &error, "%s/corpus", dir))
		push_folder(files, path);
	for (unsigned i = 0; i < MAX_AFL_JOBS; i++)
		if (cli_path(path, &error, "%s/afl/job%u/queue", dir, i))
			push_folder(files, path);
}

static unsigned rule_index(const char *id)
{
	unsigned i = 0;

	while (i < check_num_rules && strcmp(check_rules[i].id, id) != 0)
		i++;
	return i;
}

struct observation {
	struct report_counts *counts;
	const struct trace *trace;
};

static void count_op(void *ctx, unsigned op, const struct check_step *step)
{
	const struct observation *observation = ctx;
	const char *rule = step->expected.rule;
	unsigned index = rule ? rule_index(rule) : check_num_rules;

	if (!step->skipped && index < check_num_rules)
		observation->counts->count[index][observation->trace->op[op].code]++;
}

/* Inputs of an engine are bytes, whatever they start with; others may be text. */
static bool load(struct trace *trace, const char *path)
{
	struct error error = {0};
	size_t size;
	char *data;

	if (trace_load(trace, path, NULL, &error))
		return true;
	error = (struct error){0};
	if (!cli_read_file(path, &data, &size, &error))
		return false;
	trace_decode(trace, (const uint8_t *)data, size);
	free(data);
	return true;
}

/* Evenly out of all of them. */
static const char *input_of(const struct cli_files *files, size_t index)
{
	return files->count <= MAX_INPUTS ? files->path[index]
					  : files->path[index * files->count / MAX_INPUTS];
}

static _Noreturn void count_inputs(struct counting *counting, const struct cli_files *files,
				   size_t inputs, const struct check_config *config, double end)
{
	static struct trace trace;
	struct observation observation = {&counting->counts, &trace};
	struct error error = {0};
	struct check *check = check_create(config, &error);

	for (; check && counting->next < inputs && cli_now() < end; counting->next++) {
		if (!load(&trace, input_of(files, counting->next)))
			continue;
		alarm(INPUT_SECONDS);
		check_run(check, &trace, count_op, &observation);
		counting->counts.inputs++;
	}
	alarm(0);
	counting->next = inputs;
	exit(0);
}

static void run_children(struct counting *counting, const struct cli_files *files,
			 const struct check_config *config)
{
	size_t inputs = files->count < MAX_INPUTS ? files->count : MAX_INPUTS;
	double end = cli_now() + MAX_SECONDS;

	while (counting->next < inputs && cli_now() < end) {
		pid_t pid;

		fflush(NULL);
		pid = fork();
		if (pid < 0)
			return;
		if (pid == 0)
			count_inputs(counting, files, inputs, config, end);
		waitpid(pid, NULL, 0);
		counting->next++;
	}
}

struct report_counts *report_count(const char *dir, const struct check_config *config)
{
	struct report_counts *counts = calloc(1, sizeof(*counts));
	struct cli_files files = {0};
	struct counting *counting;

	CHECK(counts, "no memory for the matrix");
	CHECK(check_num_rules <= REPORT_MAX_RULES, "%u rules", check_num_rules);
	counting = mmap(NULL, sizeof(*counting), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	CHECK(counting != MAP_FAILED, "no memory for the matrix: %s", strerror(errno));
	find_inputs(&files, dir);
	run_children(counting, &files, config);
	*counts = counting->counts;
	munmap(counting, sizeof(*counting));
	cli_files_free(&files);
	return counts;
}
