/* SPDX-License-Identifier: MIT */
/* Text that grows to the end of a buffer and stops there. */
#ifndef SVAFUZZ_TEXT_H
#define SVAFUZZ_TEXT_H

#include <stdarg.h>
#include <stddef.h>

struct text {
	char *at; /* `size` bytes, at least 1; ends with a NUL once something was put */
	size_t size, used;
};

/* What does not fit is cut off. */
void text_put(struct text *text, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_vput(struct text *text, const char *fmt, va_list args)
	__attribute__((format(printf, 2, 0)));

#endif
