/* SPDX-License-Identifier: MIT */
/* A divergence as a person reads it: kind, rule, both sides, the trace so far, how to replay it. */
#include "cli.h"

#include <stdio.h>
#include <string.h>

enum { OPS_SHOWN = 40 };

void cli_replay_command(const struct check_config *config, const char *path, char *buffer,
			size_t size)
{
	const struct check_config standard = check_default_config();
	char program[CLI_PATH_MAX];
	size_t used;

#define ADD(...)                                                                                   \
	do {                                                                                       \
		used = strlen(buffer);                                                             \
		snprintf(buffer + used, size - used, __VA_ARGS__);                                 \
	} while (0)

	buffer[0] = '\0';
	ADD("%s replay", cli_program(program));
	if (config->fault && *config->fault)
		ADD(" --fault %s", config->fault);
	if (strcmp(config->driver, standard.driver))
		ADD(" --driver %s", config->driver);
	if (strcmp(config->smmu, standard.smmu))
		ADD(" --smmu %s", config->smmu);
	if (config->cache != standard.cache)
		ADD(" --cache %s", cli_cache_name(config->cache));
	if (config->depth != standard.depth)
		ADD(" --depth %s", cli_depth_name(config->depth));
	ADD(" %s", path);
#undef ADD
}

static void print_ops(const struct trace *trace, int last)
{
	char text[TRACE_LINE_MAX];
	int first = 0;

	if (last >= trace->num_ops)
		last = trace->num_ops - 1;
	if (last >= OPS_SHOWN) {
		first = last - OPS_SHOWN + 1;
		printf("    # %d ops before these\n", first);
	}
	for (int i = first; i <= last; i++) {
		trace_format_op(&trace->header, &trace->op[i], true, text, sizeof(text));
		printf("    %s\n", text);
	}
}

static void print_trace(const struct trace *trace, int last)
{
	static char text[TRACE_TEXT_MAX];
	const char *line = text;

	trace_format_header(&trace->header, text, sizeof(text));
	printf("  trace so far:\n");
	while (*line) {
		size_t length = strcspn(line, "\n");

		if (length > 0)
			printf("    %.*s\n", (int)length, line);
		line += length + (line[length] == '\n');
	}
	print_ops(trace, last);
}

void cli_print_finding(const struct check_config *config, const char *path,
		       const struct trace *trace, const struct divergence *divergence)
{
	char text[4096];

	if (divergence->op >= 0 && divergence->op < trace->num_ops &&
	    trace->op[divergence->op].line)
		printf("%s:%u: %s\n", path, trace->op[divergence->op].line,
		       divergence_kind_name(divergence->kind));
	else
		printf("%s: %s\n", path, divergence_kind_name(divergence->kind));
	divergence_format(config, divergence, text, sizeof(text));
	printf("%s%s", text, *text && text[strlen(text) - 1] != '\n' ? "\n" : "");
	print_trace(trace, divergence->op);
	cli_replay_command(config, path, text, sizeof(text));
	printf("  replay: %s\n", text);
}
