/* SPDX-License-Identifier: MIT */
/*
 * svafuzz sweep: each trace again and again, and each time another allocation of the driver fails,
 * until the trace has no more of them. Whatever fails, nothing crashes, leaks or returns an error
 * that is not an allocation failure's. One child a trace, so that a crash is a finding.
 */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_ALLOCATIONS = 100000, MAX_SEEN = 64 };

/* Shared with the child: what stands here when it dies is where it was. */
struct progress {
	unsigned allocation; /* the one that fails now */
	unsigned injected, findings;
	bool done;
	struct error error;
	unsigned num_seen;
	char seen[MAX_SEEN][128]; /* signatures that were explained */
};

struct sweep {
	struct check_config config;
	unsigned only; /* 0: every allocation */
	struct progress *progress;
	unsigned traces;
};

static bool is_new(struct progress *progress, const char *signature)
{
	for (unsigned i = 0; i < progress->num_seen; i++)
		if (!strcmp(progress->seen[i], signature))
			return false;
	if (progress->num_seen < MAX_SEEN)
		snprintf(progress->seen[progress->num_seen++], sizeof(progress->seen[0]), "%s",
			 signature);
	return true;
}

/* What was seen before is one line. */
static void report(const struct sweep *sweep, const char *path, const struct trace *trace,
		   const struct divergence *divergence)
{
	struct progress *progress = sweep->progress;
	bool fault = sweep->config.fault && *sweep->config.fault;
	char signature[128], program[CLI_PATH_MAX];

	divergence_signature(&sweep->config, divergence, signature, sizeof(signature));
	if (is_new(progress, signature))
		cli_print_finding(&sweep->config, path, trace, divergence);
	printf("%s: %s: %s sweep --driver %s%s%s --allocation %u %s\n", path, signature,
	       cli_program(program), sweep->config.driver, fault ? " --fault " : "",
	       fault ? sweep->config.fault : "", progress->allocation, path);
	progress->findings++;
}

/* From progress->allocation on, to the end of the trace's allocations. */
static void sweep_trace(struct sweep *sweep, const char *path, const struct trace *trace)
{
	struct progress *progress = sweep->progress;
	struct check *check = check_create(&sweep->config, &progress->error);

	for (; check && progress->allocation < MAX_ALLOCATIONS; progress->allocation++) {
		struct divergence divergence;

		check_fail_allocation(check, progress->allocation);
		divergence = check_run(check, trace, NULL, NULL);
		if (!check_allocation_failed(check))
			break;
		progress->injected++;
		if (divergence.kind != DIVERGENCE_NONE)
			report(sweep, path, trace, &divergence);
		if (sweep->only)
			break;
	}
	check_destroy(check);
	progress->done = true;
}

/* False when the child could not be started. */
static bool run_child(struct sweep *sweep, const char *path, const struct trace *trace,
		      struct error *error)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return error_set(error, "fork: %s; close some programs", strerror(errno));
	if (pid == 0) {
		sweep_trace(sweep, path, trace);
		fflush(NULL);
		_exit(0);
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return true;
}

static bool sweep_file(struct sweep *sweep, const char *path, struct error *error)
{
	static const struct divergence crash = {
		.kind = DIVERGENCE_CRASH,
		.op = -1,
		.rule = "A-17",
		.op_text = "?",
		.expected = "the call returns an error",
		.observed = "the process ends",
	};
	static struct trace trace;
	struct progress *progress = sweep->progress;

	if (!cli_load(&trace, path, error))
		return false;
	progress->allocation = sweep->only ? sweep->only : 1;
	progress->done = false;
	while (!progress->done && !cli_interrupted()) {
		if (!run_child(sweep, path, &trace, error))
			return false;
		if (progress->done)
			break;
		report(sweep, path, &trace, &crash);
		progress->injected++;
		progress->allocation++;
		progress->done = sweep->only;
	}
	if (progress->error.set)
		return error_set(error, "%s", progress->error.text);
	sweep->traces++;
	return true;
}

static int sweep_files(struct sweep *sweep, const struct cli_files *files)
{
	bool bad_input = false;

	for (size_t i = 0; i < files->count && !cli_interrupted(); i++) {
		struct error error = {0};

		if (cli_for_driver(files->path[i], sweep->config.driver) &&
		    !sweep_file(sweep, files->path[i], &error)) {
			cli_fail(EXIT_BAD_INPUT, "%s", error.text);
			bad_input = true;
		}
	}
	printf("sweep: %u traces, %u failures injected, %u findings\n", sweep->traces,
	       sweep->progress->injected, sweep->progress->findings);
	if (bad_input)
		return EXIT_BAD_INPUT;
	return sweep->progress->findings ? EXIT_DIVERGENCE : EXIT_NOTHING_FOUND;
}

static int run_sweep(struct sweep *sweep, const struct cli_arguments *arguments)
{
	struct cli_files files = {0};
	struct error error = {0};
	int status;

	sweep->progress = mmap(NULL, sizeof(*sweep->progress), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(sweep->progress != MAP_FAILED, "no memory for a page");
	for (int i = 0; i < arguments->count && !error.set; i++)
		cli_files_add(&files, arguments->word[i], &error);
	if (!error.set && files.count == 0)
		error_set(&error, "%s: no *.trace or *.bin file in it; name a folder with traces",
			  arguments->word[0]);
	status =
		error.set ? cli_fail(EXIT_BAD_INPUT, "%s", error.text) : sweep_files(sweep, &files);
	cli_files_free(&files);
	munmap(sweep->progress, sizeof(*sweep->progress));
	return status;
}

int cli_sweep(int argc, char **argv)
{
	struct sweep sweep = {.config = check_default_config()};
	const char *known_dir = NULL;
	const struct cli_option options[] = {
		CLI_CONFIG_OPTIONS(&sweep.config),
		{"fault", CLI_STRING, &sweep.config.fault, "run with this planted fault"},
		CLI_KNOWN_OPTION(&known_dir),
		{"allocation", CLI_UNSIGNED, &sweep.only, "only this one fails; 0: each in turn"},
		{NULL, CLI_FLAG, NULL, NULL},
	};
	struct cli_arguments arguments = cli_parse(argc, argv, options);
	struct check_known *known;
	struct error error = {0};
	int status;

	if (arguments.status >= 0)
		return arguments.status;
	if (arguments.count == 0)
		return cli_fail(EXIT_BAD_INPUT, "sweep: no file; name traces or folders of them");
	status = cli_check_config(&sweep.config);
	if (status)
		return status;
	if (sweep.config.fault && *sweep.config.fault && !check_has_faults())
		return cli_exec_faults(argc, argv);
	sweep.config.pins = false;
	known = cli_load_known(&sweep.config, known_dir, &error);
	cli_catch_signals();
	status = error.set ? cli_fail(EXIT_BAD_INPUT, "%s", error.text)
			   : run_sweep(&sweep, &arguments);
	free(known);
	return status;
}
