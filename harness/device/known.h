/* SPDX-License-Identifier: MIT */
/*
 * Differences that are understood: `# known: SIDE | OP | EXPECTED | OBSERVED | stop` in the leading
 * comments of corpus/known/qemu-*.smmu. OP may be a list with commas or `*`; EXPECTED and OBSERVED
 * are parts of what a finding says, or all of it behind a '='. A record that differs is known when
 * each of its fields that differ is, by itself. `go-on` instead of `stop`: the two sides stay alike, and the
 * trace is run on. `here`: what the line matches is too common to be passed over anywhere else; it
 * counts for the file's own trace alone.
 */
#ifndef SVAFUZZ_DEVICE_KNOWN_H
#define SVAFUZZ_DEVICE_KNOWN_H

#include "finding.h"

enum { DEV_MAX_KNOWN = 64 };

struct dev_known_entry {
	char side[16], op[320], expected[96], observed[96], trace[256];
	bool go_on, here;
};

struct dev_known {
	unsigned count;
	struct dev_known_entry entry[DEV_MAX_KNOWN];
	uint64_t hits[DEV_MAX_KNOWN];
	const char *own; /* name of the file whose trace is run; NULL: none */
};

/* The lines of one file. */
bool dev_known_add(struct dev_known *known, const char *path, struct error *error);
/* All *.smmu files of a folder that have such lines. */
bool dev_known_load(struct dev_known *known, const char *dir, struct error *error);
/* Index of the entry that the finding is, counted as a hit; -1. */
int dev_known_find(struct dev_known *known, const char *side, const struct dev_finding *finding);
/* How often any entry was met. */
uint64_t dev_known_hits(const struct dev_known *known);

#endif
