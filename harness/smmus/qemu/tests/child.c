/* SPDX-License-Identifier: MIT */
#include "child.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

pid_t child_of_this_process(void)
{
	char path[64], text[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	file = fopen(path, "r");
	if (!file || !fgets(text, sizeof(text), file)) {
		print_message("%s: not there\n", path);
		skip();
	}
	fclose(file);
	return (pid_t)strtol(text, NULL, 10);
}
