/* SPDX-License-Identifier: MIT */
/* The QEMU that this process has started: tests do to it what a crash or a hang would. */
#ifndef SVAFUZZ_QEMU_TESTS_CHILD_H
#define SVAFUZZ_QEMU_TESTS_CHILD_H

#include <sys/types.h>

/* The one child of this process. Skips the test where /proc does not tell. */
pid_t child_of_this_process(void);

#endif
