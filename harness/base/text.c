/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <stdio.h>

void text_vput(struct text *text, const char *fmt, va_list args)
{
	size_t room = text->size - text->used;
	int length = vsnprintf(text->at + text->used, room, fmt, args);

	if (length > 0)
		text->used += (size_t)length < room ? (size_t)length : room - 1;
}

void text_put(struct text *text, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	text_vput(text, fmt, args);
	va_end(args);
}
