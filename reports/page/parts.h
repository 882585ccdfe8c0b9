/* SPDX-License-Identifier: MIT */
/* The files here that the page is made of, put into the program by scripts/cmake/page.cmake. */
#ifndef SVAFUZZ_PAGE_PARTS_H
#define SVAFUZZ_PAGE_PARTS_H

#include <stddef.h>

struct page_part {
	const char *name; /* "@name@" in the template is its place */
	const unsigned char *data;
	size_t size;
};
extern const struct page_part page_template, page_style, page_script;

#endif
