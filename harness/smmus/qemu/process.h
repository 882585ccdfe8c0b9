/* SPDX-License-Identifier: MIT */
/* The QEMU process itself: start, what it says, its end. */
#ifndef SVAFUZZ_QEMU_PROCESS_H
#define SVAFUZZ_QEMU_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Descriptors of the child that its command line may name. */
enum { QEMU_CHILD_SOCKET = 3, QEMU_CHILD_RAM = 4 };

struct qemu_process {
	pid_t pid;	/* 0: not running */
	int socket;	/* our end of QEMU_CHILD_SOCKET */
	int says;	/* its stdout and stderr */
	bool not_there; /* there is no such program */
	size_t length;	/* of `words` */
	char words[600];
};

/* False: `words` says why. The child dies with this process, has its own session so that a Ctrl-C
 * is not its end, and inherits nothing but what is named here. */
bool qemu_process_start(struct qemu_process *process, char *const argv[], int ram_fd);
/* Take in what it has said; the last words are kept. */
void qemu_process_listen(struct qemu_process *process);
/* Wait until it has closed its end, at most so long. */
bool qemu_process_wait(struct qemu_process *process, int limit_ms);
/* Kill it unless it has ended, reap it. `words` then ends with how it ended, unless we did it. */
void qemu_process_end(struct qemu_process *process);
/* One more thing to say after the last words. */
void qemu_process_add(struct qemu_process *process, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
