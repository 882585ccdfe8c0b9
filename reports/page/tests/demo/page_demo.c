/* SPDX-License-Identifier: MIT */
/*
 * A report's JSON on stdin, its page on stdout: what scripts/tests/page.sh looks at with a browser.
 * Run: build/tests/page_demo <reports/page/tests/sample.json >page.html
 */
#include "../../page.h"

#include "../../../../harness/base/base.h"

#include <stdio.h>
#include <stdlib.h>

int main(void)
{
	size_t size = 0, room = 1 << 16, got;
	char *json = malloc(room), *page;

	while (json && (got = fread(json + size, 1, room - size, stdin)) > 0) {
		size += got;
		if (size == room)
			json = realloc(json, room *= 2);
	}
	CHECK(json, "no memory for a report");
	page = page_make(json, size);
	free(json);
	if (!page) {
		fputs("page_demo: stdin is no JSON object\n", stderr);
		return EXIT_BAD_INPUT;
	}
	if (fputs(page, stdout) == EOF || fflush(stdout) == EOF) {
		fputs("page_demo: stdout cannot be written\n", stderr);
		return EXIT_BAD_INPUT;
	}
	free(page);
	return EXIT_NOTHING_FOUND;
}
