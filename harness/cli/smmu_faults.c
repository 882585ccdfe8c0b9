/* SPDX-License-Identifier: MIT */
/* Witnesses of planted faults that are device-level traces. */
#include "smmu.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WITNESS_SECONDS = 30 };

/* What one run came to; `finding` counts when it ended by itself. */
struct run {
	bool ended;
	struct dev_finding finding;
};

static _Noreturn void child(const struct dev_trace *trace, const char *fault, int fd)
{
	const struct dev_model_options options = {.invariants = true, .fault = fault};
	struct error error = {0};
	struct dev_model *model;
	struct run run = {.ended = true};

	alarm(WITNESS_SECONDS);
	model = dev_model_create(&options, &error);
	CHECK(model, "%s", error.text);
	run.finding = dev_run(model, trace, true, NULL, NULL);
	dev_model_destroy(model);
	if (write(fd, &run, sizeof(run)) != (ssize_t)sizeof(run))
		abort();
	_exit(0);
}

/* In a process of its own: a planted fault may crash or hang. */
static struct run run_isolated(const struct dev_trace *trace, const char *fault)
{
	struct run run = {0};
	int fds[2];
	pid_t pid;

	fflush(NULL);
	CHECK(!pipe(fds), "no pipe");
	pid = fork();
	CHECK(pid >= 0, "no process");
	if (!pid) {
		close(fds[0]);
		child(trace, fault, fds[1]);
	}
	close(fds[1]);
	if (read(fds[0], &run, sizeof(run)) != (ssize_t)sizeof(run))
		run = (struct run){0};
	close(fds[0]);
	waitpid(pid, NULL, 0);
	return run;
}

bool smmu_witness(const char *path, const char *fault, bool crash, char *words, size_t size)
{
	static struct dev_trace trace;
	struct error error = {0};
	struct run run;
	bool caught;

	if (!dev_load(&trace, path, &error)) {
		snprintf(words, size, "missing");
		cli_fail(EXIT_BAD_INPUT, "%s", error.text);
		return false;
	}
	run = run_isolated(&trace, NULL);
	if (!run.ended || run.finding.kind != DEV_NOTHING) {
		snprintf(words, size, "fails without the fault(%s)",
			 run.ended ? dev_finding_kind_name(run.finding.kind) : "crash");
		return false;
	}
	run = run_isolated(&trace, fault);
	caught = run.ended ? run.finding.kind != DEV_NOTHING : crash;
	if (!run.ended)
		snprintf(words, size, "%s(crash)", caught ? "caught" : "crashed");
	else if (caught)
		snprintf(words, size, "caught(%s, op %u)", dev_finding_kind_name(run.finding.kind),
			 run.finding.step + 1u);
	else
		snprintf(words, size, "missed");
	return caught;
}
