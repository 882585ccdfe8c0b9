/* SPDX-License-Identifier: MIT */
/* Sets of signatures: what a project has agreed to live with, and what was found today. */
#ifndef SVAFUZZ_CLI_BASELINE_H
#define SVAFUZZ_CLI_BASELINE_H

#include "cli.h"

struct signatures {
	size_t count, room;
	char (*name)[160];
};
bool signatures_have(const struct signatures *set, const char *signature);
/* Once each. */
void signatures_add(struct signatures *set, const char *signature);
void signatures_free(struct signatures *set);

/* One signature a line, "#" begins a comment; an error has the place. */
bool baseline_read(struct signatures *set, const char *path, struct error *error);
/* Sorted, whole or not at all. */
bool baseline_write(struct signatures *set, const char *path, struct error *error);

#endif
