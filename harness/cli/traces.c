/* SPDX-License-Identifier: MIT */
/* Traces in files: what their leading comments declare, and folders of them as bytes. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool cli_load(struct trace *trace, const char *path, struct error *error)
{
	bool was_text;

	if (!trace_load(trace, path, &was_text, error))
		return false;
	/* Pins are statements of an author; bytes have none. */
	if (!was_text)
		for (unsigned i = 0; i < trace->num_ops; i++)
			trace->op[i].pin = (struct trace_pin){0};
	return true;
}

/* Appends the value of "# key: value" to buffer if the line is one. */
static void take_value(const char *line, size_t size, const char *key, char *buffer, size_t room)
{
	size_t used = strlen(buffer), length = strlen(key);

	while (size > 0 && (*line == '#' || *line == ' ' || *line == '\t')) {
		line++;
		size--;
	}
	if (size <= length || memcmp(line, key, length) || line[length] != ':')
		return;
	line += length + 1;
	size -= length + 1;
	while (size > 0 && (*line == ' ' || *line == '\t')) {
		line++;
		size--;
	}
	snprintf(buffer + used, room - used, "%s%.*s", used ? ", " : "", (int)size, line);
}

void cli_leading_comment(const char *text, const char *key, char *buffer, size_t size)
{
	buffer[0] = '\0';
	while (*text == '#' || *text == '\n') {
		size_t length = strcspn(text, "\r\n");

		take_value(text, length, key, buffer, size);
		text += length;
		while (*text == '\r' || *text == '\n')
			text++;
	}
}

bool cli_value_listed(const char *values, const char *word)
{
	size_t length = strlen(word);

	while (*values) {
		size_t size = strcspn(values, ", ");

		if (size == length && !memcmp(values, word, size))
			return true;
		values += size;
		values += strspn(values, ", ");
	}
	return false;
}

bool cli_text_for_driver(const char *text, const char *driver)
{
	char drivers[256];

	cli_leading_comment(text, "driver", drivers, sizeof(drivers));
	return !*drivers || cli_value_listed(drivers, driver);
}

bool cli_for_driver(const char *path, const char *driver)
{
	struct error error = {0};
	size_t size;
	char *text;
	bool ours;

	if (!cli_read_file(path, &text, &size, &error))
		return true; /* loading it says why */
	ours = cli_text_for_driver(text, driver);
	free(text);
	return ours;
}

static bool assemble_one(const char *from, const char *to, unsigned number, struct error *error)
{
	static struct trace trace;
	static uint8_t bytes[TRACE_BINARY_MAX];
	char path[CLI_PATH_MAX];
	const char *name = strrchr(from, '/');
	size_t size;

	if (!cli_load(&trace, from, error))
		return false;
	size = trace_encode(&trace, bytes, sizeof(bytes));
	CHECK(size > 0, "a trace of %u ops does not fit its bytes", trace.num_ops);
	name = name ? name + 1 : from;
	if (!cli_path(path, error, "%s/%03u-%.*s.bin", to, number, (int)strcspn(name, "."), name))
		return false;
	return cli_write_file(path, bytes, size, error);
}

bool cli_assemble(const char *from, const char *to, unsigned *count, struct error *error)
{
	struct cli_files files = {0};
	bool good = cli_files_add(&files, from, error);

	for (size_t i = 0; good && i < files.count; i++)
		good = assemble_one(files.path[i], to, (*count)++, error);
	cli_files_free(&files);
	return good;
}
