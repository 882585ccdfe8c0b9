/* SPDX-License-Identifier: MIT */
/* svafuzz help and ops: what there is to say, from the tables. */
#include "cli.h"

#include <stdio.h>
#include <string.h>

/* Drivers that there are, but not in this build. */
static void print_missing_drivers(void)
{
	for (unsigned policy = 0; policy < TRACE_NUM_POLICIES; policy++) {
		const char *missing = driver_missing(trace_policy_name[policy]);

		if (missing)
			printf("  %-10s %s\n", trace_policy_name[policy], missing);
	}
}

static void print_overview(void)
{
	printf("svafuzz " SVAFUZZ_VERSION ": does an SVA implementation keep the promises of the "
	       "bind API?\n\nusage: svafuzz SUBCOMMAND [options] ...\n\n");
	for (const struct cli_command *command = cli_commands(); command->name; command++)
		printf("  %-11s %-22s %s\n", command->name, command->arguments, command->doc);
	printf("\ndrivers (--driver):\n");
	for (const struct driver_ops *const *ops = driver_list(); *ops; ops++)
		printf("  %-10s policy %s: %s\n", (*ops)->name, (*ops)->policy, (*ops)->doc);
	print_missing_drivers();
	printf("smmus (--smmu):\n");
	for (const struct smmu_socket_ops *const *ops = smmu_socket_list(); *ops; ops++)
		printf("  %-10s %s\n", (*ops)->name, (*ops)->doc);
	printf("\nexit codes: 0 nothing found, 1 divergence, 2 bad input or usage, "
	       "3 something missing on the machine\n");
}

int cli_help(int argc, char **argv)
{
	const struct cli_command *command;
	char *words[] = {NULL, (char[]){"--help"}, NULL};

	if (argc < 2 || argv[1][0] == '-') {
		print_overview();
		return EXIT_NOTHING_FOUND;
	}
	command = cli_find_command(argv[1]);
	if (!command)
		return cli_fail(EXIT_BAD_INPUT,
				"unknown subcommand '%s'; `svafuzz help` lists them", argv[1]);
	if (command->run == cli_help) {
		print_overview();
		return EXIT_NOTHING_FOUND;
	}
	words[0] = argv[1];
	return command->run(2, words);
}

static bool is_optional(const struct trace_field_info *field)
{
	/* fields.def: leaving these out would silently mean 0. */
	static const char *const required[] = {"TO", "PASID", "OPCODE", "NTH"};

	for (size_t i = 0; i < ARRAY_SIZE(required); i++)
		if (!strcmp(field->id, required[i]))
			return false;
	return strchr(field->text, '=') || !strcmp(field->id, "NOPASID");
}

int cli_ops(int argc, char **argv)
{
	const struct cli_option options[] = {{NULL, CLI_FLAG, NULL, NULL}};
	struct cli_arguments arguments = cli_parse(argc, argv, options);

	if (arguments.status >= 0)
		return arguments.status;
	if (arguments.count)
		return cli_fail(EXIT_BAD_INPUT, "ops: '%s' is too much; ops takes no operands",
				arguments.word[0]);
	for (unsigned code = 0; code < TRACE_NUM_OPS; code++) {
		const struct trace_op_info *info = &trace_op_info[code];

		printf("%s", info->text);
		for (unsigned i = 0; i < info->num_operands; i++) {
			const struct trace_field_info *field = &trace_field_info[info->operand[i]];

			printf(is_optional(field) ? " [%s]" : " %s", field->text);
		}
		printf("\n    %s\n", info->doc);
	}
	printf("\noperands:\n");
	for (unsigned i = 0; i < TRACE_NUM_FIELDS; i++)
		if (trace_field_info[i].text && *trace_field_info[i].text)
			printf("  %-18s %s\n", trace_field_info[i].text, trace_field_info[i].doc);
	return EXIT_NOTHING_FOUND;
}
