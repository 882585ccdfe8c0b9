/* SPDX-License-Identifier: MIT */
/* Ops in words. */
#ifndef SVAFUZZ_REPORTS_WORDS_H
#define SVAFUZZ_REPORTS_WORDS_H

#include "../harness/trace/trace.h"

enum { REPORT_WORDS_MAX = 192 };
/* "process p0 unmaps 1 page at 0x10000". Returns the length; at most size - 1. */
size_t report_words(const struct trace_op *op, char *buffer, size_t size);

#endif
