/* SPDX-License-Identifier: MIT */
/* A trace in a child process: planted faults may crash or hang, and that is a result like others. */
#include "cli.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void child(const struct check_config *config, const struct trace *trace, int fd)
{
	struct cli_isolated result = {.ran = true};
	struct check *check = check_create(config, &result.error);

	if (check) {
		result.divergence = check_run(check, trace, NULL, NULL);
		check_destroy(check);
	} else {
		result.ran = false;
	}
	if (write(fd, &result, sizeof(result)) != (ssize_t)sizeof(result))
		abort();
	exit(0);
}

/* Bytes of `result` that came before the end of the pipe or of the time. */
static size_t receive(int fd, struct cli_isolated *result, unsigned timeout_s)
{
	double end = cli_now() + timeout_s;
	size_t size = 0;

	while (size < sizeof(*result)) {
		struct pollfd poller = {.fd = fd, .events = POLLIN};
		double left = end - cli_now();
		ssize_t count;

		if (left <= 0)
			break;
		if (poll(&poller, 1, (int)(left * 1000) + 1) <= 0)
			continue;
		count = read(fd, (char *)result + size, sizeof(*result) - size);
		if (count <= 0)
			break;
		size += (size_t)count;
	}
	return size;
}

struct cli_isolated cli_run_isolated(const struct check_config *config, const struct trace *trace,
				     unsigned timeout_s)
{
	struct cli_isolated result = {0};
	int fds[2], status;
	size_t size;
	pid_t pid;

	fflush(NULL);
	if (pipe(fds)) {
		error_set(&result.error, "pipe: %s; close some programs", strerror(errno));
		return result;
	}
	pid = fork();
	if (pid < 0) {
		error_set(&result.error, "fork: %s; close some programs", strerror(errno));
		close(fds[0]);
		close(fds[1]);
		return result;
	}
	if (pid == 0) {
		close(fds[0]);
		child(config, trace, fds[1]);
	}
	close(fds[1]);
	size = receive(fds[0], &result, timeout_s);
	close(fds[0]);
	if (size < sizeof(result)) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		result = (struct cli_isolated){.crashed = true};
		if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
			result.signal = WTERMSIG(status);
		return result;
	}
	waitpid(pid, &status, 0);
	return result;
}
