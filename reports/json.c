/* SPDX-License-Identifier: MIT */
/* JSON items as text. */
#include "json.h"

#include <stdlib.h>
#include <string.h>

char *json_take(cJSON *root)
{
	char *text = cJSON_PrintUnformatted(root), *line;
	size_t size;

	CHECK(text, "no memory for a report");
	cJSON_Delete(root);
	size = strlen(text);
	line = malloc(size + 2);
	CHECK(line, "no memory for a report");
	memcpy(line, text, size);
	memcpy(line + size, "\n", 2);
	cJSON_free(text);
	return line;
}
