/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* pipe2 */
#include "runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct request {
	bool pass_known;
	struct trace trace;
};

/* The whole of `size` bytes; false at the end of the pipe. */
static bool read_all(int fd, void *data, size_t size)
{
	char *at = data;

	while (size) {
		ssize_t count = read(fd, at, size);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return false;
		at += count;
		size -= (size_t)count;
	}
	return true;
}

static bool write_all(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size) {
		ssize_t count = write(fd, at, size);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return false;
		at += count;
		size -= (size_t)count;
	}
	return true;
}

static void note_op(void *ctx, unsigned op, const struct check_step *step)
{
	int *at = ctx;

	(void)step;
	*at = (int)op + 1;
}

static void serve_one(struct check *check, const struct check_config *config,
		      const struct request *request, int *at, struct check_result *result)
{
	check_use_known(check, request->pass_known ? config->known : NULL);
	*at = 0;
	result->divergence = check_run(check, &request->trace, note_op, at);
	result->ran = true;
	result->known = check_known_end(check) >= 0;
	result->unsupported = check_unsupported(check) != NULL;
}

static _Noreturn void serve(const struct check_runner *runner, int in, int out)
{
	static struct request request;
	struct check_result result = {0};
	static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
	struct rlimit no_core = {0};
	struct check *check;
	int null = open("/dev/null", O_WRONLY);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &no_core);
	/* Under every sanitizer a signal has the same name. */
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		signal(signals[i], SIG_DFL);
	/* What a crash has to say it says again when its trace is replayed. */
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	check = check_create(&runner->config, &result.error);
	while (read_all(in, &request, sizeof(request))) {
		if (check) {
			result = (struct check_result){0};
			serve_one(check, &runner->config, &request, runner->at, &result);
		}
		if (!write_all(out, &result, sizeof(result)))
			break;
	}
	if (check)
		check_destroy(check);
	exit(0);
}

void check_runner_open(struct check_runner *runner, const struct check_config *config,
		       unsigned timeout_s)
{
	void *shared = mmap(NULL, sizeof(*runner->at), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(shared != MAP_FAILED, "no memory to share with a child: %s", strerror(errno));
	*runner = (struct check_runner){
		.config = *config, .timeout_s = timeout_s, .to = -1, .from = -1, .at = shared};
	/* A child that is no more is noticed by what it does not answer. */
	signal(SIGPIPE, SIG_IGN);
}

static bool start(struct check_runner *runner, struct error *error)
{
	int in[2], out[2];

	fflush(NULL);
	if (pipe2(in, O_CLOEXEC))
		return error_set(error, "pipe: %s; close some programs", strerror(errno));
	if (pipe2(out, O_CLOEXEC)) {
		close(in[0]);
		close(in[1]);
		return error_set(error, "pipe: %s; close some programs", strerror(errno));
	}
	runner->pid = fork();
	if (runner->pid == 0) {
		close(in[1]);
		close(out[0]);
		serve(runner, in[0], out[1]);
	}
	close(in[0]);
	close(out[1]);
	runner->to = in[1];
	runner->from = out[0];
	if (runner->pid > 0)
		return true;
	runner->pid = 0;
	close(runner->to);
	close(runner->from);
	return error_set(error, "fork: %s; close some programs", strerror(errno));
}

/* Ends the child. Returns how it ended by itself, or 0. */
static int stop(struct check_runner *runner, bool by_force)
{
	int status = 0;

	if (!runner->pid)
		return 0;
	if (by_force)
		kill(runner->pid, SIGKILL);
	close(runner->to);
	close(runner->from);
	while (waitpid(runner->pid, &status, 0) < 0 && errno == EINTR)
		;
	runner->pid = 0;
	return by_force ? 0 : status;
}

void check_runner_close(struct check_runner *runner)
{
	stop(runner, false);
	munmap(runner->at, sizeof(*runner->at));
}

/* "SIGSEGV": names that mean the same everywhere. */
static void name_end(int status, char *buffer, size_t size)
{
	const char *name = WIFSIGNALED(status) ? sigabbrev_np(WTERMSIG(status)) : NULL;

	if (name)
		snprintf(buffer, size, "SIG%s", name);
	else
		snprintf(buffer, size, "exit");
}

static struct divergence crash(const struct trace *trace, int op, const char *end)
{
	struct divergence d = {.kind = DIVERGENCE_CRASH, .op = (int16_t)op};

	snprintf(d.rule, sizeof(d.rule), "%s", end);
	snprintf(d.op_text, sizeof(d.op_text), "%s",
		 d.op < 0		 ? "setup"
		 : d.op < trace->num_ops ? trace_op_info[trace->op[d.op].code].text
					 : "teardown");
	snprintf(d.expected, sizeof(d.expected), "the run comes to its end");
	snprintf(d.observed, sizeof(d.observed), "the process %s: %s",
		 strcmp(end, "timeout") ? "ends" : "goes on for too long", end);
	return d;
}

/* Seconds of a clock that never jumps. */
static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Waits for the answer; false when there is none, and `end` names why. */
static bool receive(struct check_runner *runner, struct check_result *result, char *end,
		    size_t size)
{
	struct pollfd poller = {.fd = runner->from, .events = POLLIN};
	double last = now() + runner->timeout_s;
	int ready;

	do {
		double left = last - now();

		ready = left > 0 ? poll(&poller, 1, (int)(left * 1000) + 1) : 0;
	} while (ready < 0 && errno == EINTR);
	if (ready <= 0) {
		stop(runner, true);
		snprintf(end, size, "timeout");
		return false;
	}
	if (read_all(runner->from, result, sizeof(*result)))
		return true;
	name_end(stop(runner, false), end, size);
	return false;
}

static struct check_result run(struct check_runner *runner, const struct trace *trace,
			       bool pass_known)
{
	static struct request request;
	struct check_result result = {0};
	char end[24];

	request.pass_known = pass_known;
	request.trace = *trace;
	if (!runner->pid && !start(runner, &result.error))
		return result;
	*runner->at = 0;
	write_all(runner->to, &request, sizeof(request));
	if (receive(runner, &result, end, sizeof(end)))
		return result;
	return (struct check_result){
		.ran = true, .crashed = true, .divergence = crash(trace, *runner->at, end)};
}

/* Who has seen no op end cannot tell set-up from the first op; a run without ops can. */
struct check_result check_runner_run(struct check_runner *runner, const struct trace *trace,
				     bool pass_known)
{
	static struct trace nothing;
	struct check_result result = run(runner, trace, pass_known);
	char end[24];

	if (!result.crashed || result.divergence.op > 0)
		return result;
	nothing.header = trace->header;
	if (trace->num_ops && !run(runner, &nothing, pass_known).crashed)
		return result;
	snprintf(end, sizeof(end), "%s", result.divergence.rule);
	result.divergence = crash(trace, -1, end);
	return result;
}
