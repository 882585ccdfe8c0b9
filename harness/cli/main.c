/* SPDX-License-Identifier: MIT */
/* The svafuzz program: finds the subcommand and makes sure that its output was written. */
#include "cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct cli_command commands[] = {
	{"fuzz", "", "run a campaign: look for divergences", cli_fuzz},
	{"campaign", "", "fuzz by another name; --resume DIR goes on with one", cli_fuzz},
	{"gate", "", "for build servers: red for findings that nobody has agreed to", cli_gate},
	{"replay", "FILE|DIR...", "run traces and judge each", cli_replay},
	{"show", "FILE", "run a trace: ops with expected and observed side by side", cli_show},
	{"asm", "IN.trace -o OUT.bin", "text to bytes", cli_asm},
	{"disasm", "IN.bin [-o OUT.trace]", "bytes to canonical text", cli_disasm},
	{"rules", "[DIR]", "every rule, its source and the traces that exercise it", cli_rules},
	{"faults", "[NAME...]", "catch planted faults by their witness and by fuzzing", cli_faults},
	{"sweep", "FILE|DIR...", "fail every allocation of traces, one at a time", cli_sweep},
	{"determinism", "FILE|DIR...", "the same observations twice, and in a fresh process",
	 cli_determinism},
	{"export", "FILE", "a trace as a test in C, or as a script that replays it", cli_export},
	{"minimize", "FILE", "the smallest trace that shows the same finding", cli_minimize},
	{"triage", "FILE|DIR...", "group inputs by what they show, with the smallest trace of each",
	 cli_triage},
	{"report", "DIR", "a campaign as a page, as JSON, SARIF and JUnit XML", cli_report},
	{"ops", "", "the op vocabulary of traces", cli_ops},
	{"smmu", "SUBCOMMAND",
	 "device-level traces: fuzz, replay, show, minimize, asm, disasm, ops", cli_smmu},
	{"help", "[SUBCOMMAND]", "this text, or a subcommand's options", cli_help},
	{NULL, NULL, NULL, NULL},
};

const struct cli_command *cli_commands(void)
{
	return commands;
}

const struct cli_command *cli_find_command(const char *word)
{
	for (const struct cli_command *command = commands; command->name; command++)
		if (!strcmp(command->name, word))
			return command;
	return NULL;
}

int cli_fail(enum exit_code code, const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fputs("svafuzz: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return code;
}

int main(int argc, char **argv)
{
	const struct cli_command *command;
	const char *word = argc > 1 ? argv[1] : "";
	int status;

	if (!strcmp(word, "--help") || !strcmp(word, "-h"))
		word = "help";
	if (!*word)
		return cli_fail(EXIT_BAD_INPUT, "no subcommand; `svafuzz help` lists them");
	command = cli_find_command(word);
	if (!command)
		return cli_fail(EXIT_BAD_INPUT,
				"unknown subcommand '%s'; `svafuzz help` lists them", word);
	errno = 0;
	status = command->run(argc - 1, argv + 1);
	if (fflush(stdout) || ferror(stdout))
		return cli_fail(EXIT_BAD_INPUT,
				"standard output: %s; make room or write somewhere else",
				strerror(errno));
	return status;
}
