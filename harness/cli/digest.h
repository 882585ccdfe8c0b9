/* SPDX-License-Identifier: MIT */
/* Observations as numbers that can be compared: between runs, processes, builds and machines. */
#ifndef SVAFUZZ_CLI_DIGEST_H
#define SVAFUZZ_CLI_DIGEST_H

#include "cli.h"

/* Fields one by one: padding is no part of what is promised. */
enum { DIGEST_STEP_WORDS = 14 };
struct digest_step {
	uint32_t word[DIGEST_STEP_WORDS];
};
struct digest_step digest_step(unsigned op, const struct check_step *step);
extern const char *const digest_word_names[DIGEST_STEP_WORDS];

/* Of names and contents of the files in a folder, in the order of their names; how many. */
bool digest_folder(const char *path, uint64_t *digest, unsigned *count, struct error *error);

#endif
