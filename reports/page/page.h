/* SPDX-License-Identifier: MIT */
/* A campaign's report as one HTML page that needs nothing beside it. */
#ifndef SVAFUZZ_PAGE_H
#define SVAFUZZ_PAGE_H

#include <stddef.h>

/* `json` is a report of schema svafuzz-report-1, `size` bytes. The caller frees the page; NULL when
 * the text is no JSON object. */
char *page_make(const char *json, size_t size);

#endif
