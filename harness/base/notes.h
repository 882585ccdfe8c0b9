/* SPDX-License-Identifier: MIT */
/* "# known:" lines: what the leading comments of traces say is known to differ. */
#ifndef SVAFUZZ_NOTES_H
#define SVAFUZZ_NOTES_H

#include "base.h"

/* One line: NULL, or what is wrong with `fields`, the text after "known:", which may be cut up. A
 * line that cannot be taken for another reason sets `error` and gives NULL. */
typedef const char *notes_take(void *ctx, const char *path, unsigned line, char *fields,
			       struct error *error);
/* The leading comments of a file; false and error with the place. */
bool notes_read(const char *path, notes_take *take, void *ctx, struct error *error);
/* All files of `dir` whose names end with `suffix`, in order of name; `what` ("known divergences") is
 * for the message when there is no such folder. */
bool notes_read_folder(const char *dir, const char *suffix, const char *what, notes_take *take,
		       void *ctx, struct error *error);
/* Cut at '|' into exactly `count` trimmed fields: 0; too few: -1; too many: 1. */
int notes_split(char *text, char **field, unsigned count);
/* Is it one of the names, with commas between them, or do they say "*"? */
bool notes_listed(const char *names, const char *name);
/* Copied whole; false: there is no room. */
bool notes_copy(char *to, size_t size, const char *from);

#endif
