/* SPDX-License-Identifier: MIT */
#include "base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

_Noreturn void check_failed(const char *file, int line, const char *cond, const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "svafuzz: internal check failed at %s:%d: %s: ", file, line, cond);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}

bool error_set(struct error *error, const char *fmt, ...)
{
	va_list args;

	if (error->set)
		return false;
	error->set = true;
	va_start(args, fmt);
	vsnprintf(error->text, sizeof(error->text), fmt, args);
	va_end(args);
	return false;
}
