/* SPDX-License-Identifier: MIT */
/* Child processes of a campaign: started, listened to, never left behind. */
#define _GNU_SOURCE /* pipe2 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

void cli_catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

bool cli_interrupted(void)
{
	return interrupted;
}

double cli_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static _Noreturn void become(char *const argv[], char *const env[], int output, pid_t parent)
{
	int null = open("/dev/null", O_RDWR);

	/* A campaign that is killed takes its engines with it. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(127);
	/* Ctrl-C reaches the campaign, which ends its engines itself. */
	setpgid(0, 0);
	dup2(null, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	for (; *env; env++)
		putenv(*env);
	execvp(argv[0], argv);
	dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

bool cli_start(struct cli_child *child, char *const argv[], char *const env[], struct error *error)
{
	pid_t parent = getpid();
	int fds[2];

	*child = (struct cli_child){.output = -1};
	fflush(NULL);
	if (pipe2(fds, O_CLOEXEC))
		return error_set(error, "pipe: %s; close some programs", strerror(errno));
	child->pid = fork();
	if (child->pid == 0)
		become(argv, env, fds[1], parent);
	close(fds[1]);
	if (child->pid < 0) {
		child->pid = 0;
		close(fds[0]);
		return error_set(error, "fork: %s; close some programs", strerror(errno));
	}
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	child->output = fds[0];
	return true;
}

static void take_bytes(struct cli_child *child, const char *data, size_t size,
		       void (*line)(void *ctx, const char *text), void *ctx)
{
	for (size_t i = 0; i < size; i++) {
		if (data[i] != '\n') {
			if (child->line_size + 1 < sizeof(child->line))
				child->line[child->line_size++] = data[i];
			continue;
		}
		child->line[child->line_size] = '\0';
		child->line_size = 0;
		line(ctx, child->line);
	}
}

bool cli_read_lines(struct cli_child *child, void (*line)(void *ctx, const char *text), void *ctx)
{
	char data[4096];

	while (child->output >= 0) {
		ssize_t count = read(child->output, data, sizeof(data));

		if (count < 0 && (errno == EAGAIN || errno == EINTR))
			return true;
		if (count <= 0) {
			close(child->output);
			child->output = -1;
			break;
		}
		take_bytes(child, data, (size_t)count, line, ctx);
	}
	return false;
}

int cli_exec_faults(int argc, char **argv)
{
	char path[CLI_PATH_MAX];
	char **words;

	if (!cli_sibling(path, "svafuzz-faults"))
		return cli_fail(EXIT_MISSING, "svafuzz-faults is not beside this program; "
					      "build it: cmake --build build");
	words = calloc((size_t)argc + 2, sizeof(*words));
	CHECK(words, "no memory for %d words", argc);
	words[0] = path;
	memcpy(words + 1, argv, (size_t)argc * sizeof(*words));
	fflush(NULL);
	execv(path, words);
	free(words);
	return cli_fail(EXIT_MISSING, "%s: %s; build it: cmake --build build", path,
			strerror(errno));
}
