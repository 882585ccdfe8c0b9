/* SPDX-License-Identifier: MIT */
/* The QEMU process itself: start, what it says, its end. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* close_range, pipe2 */
#endif
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	FIRST_FREE_FD = 10,  /* above every descriptor that the child gets */
	NOT_THERE = 127,     /* exit status for a program that could not be run */
	LAST_WORDS_MS = 500, /* an end of file on the socket comes before the end of the process */
};

static _Noreturn void child(char *const argv[], int socket, int says, int ram_fd, pid_t parent)
{
	const struct rlimit no_core = {0, 0};
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	/* Out of the way of each other before they take their places. */
	socket = fcntl(socket, F_DUPFD, FIRST_FREE_FD);
	if (ram_fd >= 0)
		ram_fd = fcntl(ram_fd, F_DUPFD, FIRST_FREE_FD);
	says = fcntl(says, F_DUPFD, FIRST_FREE_FD);
	null = fcntl(null, F_DUPFD, FIRST_FREE_FD);
	if (dup2(null, 0) < 0 || dup2(says, 1) < 0 || dup2(says, 2) < 0 ||
	    dup2(socket, QEMU_CHILD_SOCKET) < 0 ||
	    (ram_fd >= 0 && dup2(ram_fd, QEMU_CHILD_RAM) < 0))
		_exit(NOT_THERE);
	close_range(QEMU_CHILD_RAM + 1, ~0u, 0);
	setsid();
	setrlimit(RLIMIT_CORE, &no_core);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* it was gone before it could be watched */
		_exit(NOT_THERE);
	execvp(argv[0], argv);
	dprintf(2, "%s: %s\n", argv[0], strerror(errno));
	_exit(NOT_THERE);
}

bool qemu_process_start(struct qemu_process *process, char *const argv[], int ram_fd)
{
	int pair[2] = {-1, -1}, says[2] = {-1, -1};
	pid_t parent = getpid();

	*process = (struct qemu_process){.socket = -1, .says = -1};
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) ||
	    pipe2(says, O_CLOEXEC | O_NONBLOCK))
		goto fail;
	fflush(NULL);
	process->pid = fork();
	if (process->pid < 0)
		goto fail;
	if (!process->pid)
		child(argv, pair[1], says[1], ram_fd, parent);
	close(pair[1]);
	close(says[1]);
	process->socket = pair[0];
	process->says = says[0];
	return true;
fail:
	snprintf(process->words, sizeof(process->words), "%s: %s", argv[0], strerror(errno));
	process->length = strlen(process->words);
	process->pid = 0;
	for (unsigned i = 0; i < 2; i++) {
		if (pair[i] >= 0)
			close(pair[i]);
		if (says[i] >= 0)
			close(says[i]);
	}
	return false;
}

static void keep(struct qemu_process *process, const char *text, size_t size)
{
	size_t room = sizeof(process->words) / 2, excess;

	if (size > room) {
		text += size - room;
		size = room;
	}
	if (process->length + size > room) {
		excess = process->length + size - room;
		memmove(process->words, process->words + excess, process->length - excess);
		process->length -= excess;
	}
	memcpy(process->words + process->length, text, size);
	process->length += size;
	process->words[process->length] = 0;
}

void qemu_process_listen(struct qemu_process *process)
{
	char text[4096];
	ssize_t size;

	while (process->says >= 0 && (size = read(process->says, text, sizeof(text))) > 0)
		keep(process, text, (size_t)size);
}

/* One line, without what cannot be printed. */
static void tidy(struct qemu_process *process)
{
	while (process->length && process->words[process->length - 1] == '\n')
		process->length--;
	for (size_t i = 0; i < process->length; i++) {
		unsigned char c = (unsigned char)process->words[i];

		if (c == '\n')
			process->words[i] = ';';
		else if (c < ' ' || c > '~')
			process->words[i] = ' ';
	}
	process->words[process->length] = 0;
}

void qemu_process_add(struct qemu_process *process, const char *fmt, ...)
{
	char *at = process->words + process->length;
	size_t room = sizeof(process->words) - process->length;
	va_list args;

	if (process->length)
		at += snprintf(at, room, "; ");
	room = sizeof(process->words) - (size_t)(at - process->words);
	va_start(args, fmt);
	vsnprintf(at, room, fmt, args);
	va_end(args);
	process->length = strlen(process->words);
}

static void add_end(struct qemu_process *process, int status)
{
	if (WIFSIGNALED(status))
		qemu_process_add(process, "ended by signal %d (%s)", WTERMSIG(status),
				 strsignal(WTERMSIG(status)));
	else
		qemu_process_add(process, "ended with status %d", WEXITSTATUS(status));
}

/* Its end of the socket closes a moment before it is a zombie. */
static bool has_ended(struct qemu_process *process, int *status)
{
	for (unsigned ms = 0;; ms++) {
		if (waitpid(process->pid, status, WNOHANG) == process->pid)
			return true;
		if (ms == LAST_WORDS_MS)
			return false;
		qemu_process_listen(process);
		poll(NULL, 0, 1);
	}
}

bool qemu_process_wait(struct qemu_process *process, int limit_ms)
{
	struct pollfd gone = {.fd = process->socket, .events = POLLRDHUP};

	return poll(&gone, 1, limit_ms) == 1;
}

void qemu_process_end(struct qemu_process *process)
{
	int status = 0;

	if (!process->pid)
		return;
	if (qemu_process_wait(process, 0) && has_ended(process, &status)) {
		qemu_process_listen(process);
		tidy(process);
		process->not_there = WIFEXITED(status) && WEXITSTATUS(status) == NOT_THERE;
		if (!process->not_there)
			add_end(process, status);
	} else {
		kill(process->pid, SIGKILL);
		while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR)
			;
		qemu_process_listen(process);
		tidy(process);
	}
	process->pid = 0;
	close(process->socket);
	close(process->says);
	process->socket = process->says = -1;
}
