/* SPDX-License-Identifier: MIT */
/* Trace files: text or binary, told apart by content. */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>

/* Comments may be long, but a file of more is not a trace. */
enum { FILE_MAX = 1024 * 1024 };

static bool read_file(const char *path, uint8_t *data, size_t *size, struct error *error)
{
	FILE *file = fopen(path, "rb");

	if (!file)
		return error_set(error, "%s: cannot be opened: %s", path, strerror(errno));
	*size = fread(data, 1, FILE_MAX + 1, file);
	if (ferror(file)) {
		error_set(error, "%s: cannot be read: %s", path, strerror(errno));
		fclose(file);
		return false;
	}
	fclose(file);
	if (*size > FILE_MAX)
		return error_set(error, "%s: larger than %d bytes; this is not a trace", path,
				 FILE_MAX);
	return true;
}

bool trace_load(struct trace *trace, const char *path, bool *was_text, struct error *error)
{
	uint8_t *data = malloc(FILE_MAX + 1);
	size_t size = 0;
	bool text, good;

	if (!data)
		return error_set(error, "%s: out of memory", path);
	good = read_file(path, data, &size, error);
	if (good) {
		text = !trace_is_binary(data, size);
		if (text)
			good = trace_parse(trace, path, (const char *)data, size, error);
		else
			trace_decode(trace, data, size);
		if (was_text)
			*was_text = text;
	}
	free(data);
	return good;
}
