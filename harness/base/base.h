/* SPDX-License-Identifier: MIT */
/* What every room of the harness uses: checks of our own invariants, errors with a place. */
#ifndef SVAFUZZ_BASE_H
#define SVAFUZZ_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/*
 * An invariant of the harness itself, in every build. Bad input is never a CHECK: it is an error
 * with a place (struct error).
 */
#define CHECK(cond, ...)                                                                           \
	do {                                                                                       \
		if (__builtin_expect(!(cond), 0))                                                  \
			check_failed(__FILE__, __LINE__, #cond, __VA_ARGS__);                      \
	} while (0)
_Noreturn void check_failed(const char *file, int line, const char *cond, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Exit codes of every program of the project. */
enum exit_code {
	EXIT_NOTHING_FOUND = 0,
	EXIT_DIVERGENCE = 1,
	EXIT_BAD_INPUT = 2,
	EXIT_MISSING = 3,
};

/* Why something could not be done: one line, with the place and what to do. */
struct error {
	bool set;
	char text[512];
};
/* Fills `error` once; later calls keep the first text. Returns false for `return error_set(...)`. */
bool error_set(struct error *error, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
