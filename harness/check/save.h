/* SPDX-License-Identifier: MIT */
/* Findings on disk: written whole or not at all, at the moment they are found. */
#ifndef SVAFUZZ_CHECK_SAVE_H
#define SVAFUZZ_CHECK_SAVE_H

#include "check.h"

/*
 * Write <slug>.trace (text, cut after the op that diverged, pins dropped) and <slug>.txt (the
 * explanation) into the folder `dir`, where slug is the signature as a file name. A finding whose
 * file is there already is not written again. False and error: the folder cannot be written.
 */
bool finding_save(const char *dir, const struct check_config *config,
		  const struct divergence *divergence, const struct trace *trace, bool *is_new,
		  struct error *error);
/* Replace a file's content whole: temporary file in the same folder, fsync, rename. */
bool save_file(const char *path, const char *text, size_t size, struct error *error);

#endif
