/* SPDX-License-Identifier: MIT */
/* svafuzz asm and disasm: text to bytes and back. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>

int cli_parse_conversion(int argc, char **argv, const char **output, const char **input)
{
	const struct cli_option options[] = {
		{"o", CLI_STRING, output, "file to write"},
		{NULL, CLI_FLAG, NULL, NULL},
	};
	struct cli_arguments arguments = cli_parse(argc, argv, options);

	if (arguments.status >= 0)
		return arguments.status;
	if (arguments.count != 1)
		return cli_fail(EXIT_BAD_INPUT, "%s: %d input files; name one", argv[0],
				arguments.count);
	*input = arguments.word[0];
	return -1;
}

int cli_asm(int argc, char **argv)
{
	static struct trace trace;
	static uint8_t bytes[TRACE_BINARY_MAX];
	const char *output = NULL, *input = NULL;
	struct error error = {0};
	bool was_text;
	size_t size;
	int status = cli_parse_conversion(argc, argv, &output, &input);

	if (status >= 0)
		return status;
	if (!output)
		return cli_fail(EXIT_BAD_INPUT, "asm: no output; add -o FILE");
	if (!trace_load(&trace, input, &was_text, &error))
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	if (!was_text)
		return cli_fail(EXIT_BAD_INPUT, "%s: is not text; use disasm for bytes", input);
	size = trace_encode(&trace, bytes, sizeof(bytes));
	if (!cli_write_file(output, bytes, size, &error))
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	return EXIT_NOTHING_FOUND;
}

int cli_disasm(int argc, char **argv)
{
	static struct trace trace;
	static char text[TRACE_TEXT_MAX];
	const char *output = NULL, *input = NULL;
	struct error error = {0};
	size_t size;
	char *data;
	int status = cli_parse_conversion(argc, argv, &output, &input);

	if (status >= 0)
		return status;
	if (!cli_read_file(input, &data, &size, &error))
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	/* Any bytes are a trace: what an engine kept is shown, whatever it starts with. */
	trace_decode(&trace, (const uint8_t *)data, size);
	free(data);
	size = trace_format(&trace, text, sizeof(text));
	if (!output)
		fwrite(text, 1, size, stdout);
	else if (!cli_write_file(output, text, size, &error))
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	return EXIT_NOTHING_FOUND;
}
