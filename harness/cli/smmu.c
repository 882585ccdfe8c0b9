/* SPDX-License-Identifier: MIT */
/* svafuzz smmu: device-level traces. Which subcommand, their files, text and bytes, the language. */
#include "smmu.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct {
	const char *name, *title, *arguments, *doc;
	int (*run)(int argc, char **argv);
} commands[] = {
	{"replay", "smmu replay", "FILE|DIR...", "run traces and judge each", smmu_replay},
	{"show", "smmu show", "FILE", "run a trace: each op and what it shows", smmu_show},
	{"asm", "smmu asm", "IN.smmu -o OUT.bin", "text to bytes", smmu_asm},
	{"disasm", "smmu disasm", "IN.bin [-o OUT.smmu]", "bytes to canonical text", smmu_disasm},
	{"minimize", "smmu minimize", "FILE [-o OUT.smmu]",
	 "leave out what a finding does not need", smmu_minimize},
	{"fuzz", "smmu fuzz", "", "run a campaign", smmu_fuzz},
	{"ops", "smmu ops", "", "the language: header, ops, fields, registers", smmu_ops},
};

static int help(void)
{
	printf("usage: svafuzz smmu SUBCOMMAND\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		printf("  %-9s %-22s %s\n", commands[i].name, commands[i].arguments,
		       commands[i].doc);
	return EXIT_NOTHING_FOUND;
}

int cli_smmu(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";

	if (!strcmp(word, "--help") || !strcmp(word, "help"))
		return help();
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		char title[32];

		if (strcmp(word, commands[i].name))
			continue;
		/* What options.c prints is the whole name. */
		snprintf(title, sizeof(title), "%s", commands[i].title);
		argv[1] = title;
		return commands[i].run(argc - 1, argv + 1);
	}
	return cli_fail(EXIT_BAD_INPUT, "smmu: no subcommand '%s'; `svafuzz smmu help` lists them",
			word);
}

int smmu_exec_faults(int argc, char **argv)
{
	/* "smmu replay" was two words. */
	argv[0] = strchr(argv[0], ' ') + 1;
	return cli_exec_faults(argc + 1, argv - 1);
}

static int is_trace(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && !strcmp(dot, ".smmu");
}

bool smmu_files_add(struct cli_files *files, const char *path, struct error *error)
{
	char inner[CLI_PATH_MAX];
	struct dirent **entries;
	struct stat info;
	bool good = true;
	int count;

	if (stat(path, &info))
		return error_set(error, "%s: %s; give a trace file or a folder of them", path,
				 strerror(errno));
	if (!S_ISDIR(info.st_mode)) {
		cli_files_push(files, path);
		return true;
	}
	count = scandir(path, &entries, is_trace, alphasort);
	if (count < 0)
		return error_set(error, "%s: %s; give a folder that can be read", path,
				 strerror(errno));
	for (int i = 0; i < count; i++) {
		good = good && cli_path(inner, error, "%s/%s", path, entries[i]->d_name);
		if (good)
			cli_files_push(files, inner);
		free(entries[i]);
	}
	free(entries);
	return good;
}

int smmu_asm(int argc, char **argv)
{
	static struct dev_trace trace;
	static uint8_t bytes[DEV_BINARY_MAX];
	const char *output = NULL, *input = NULL;
	struct error error = {0};
	size_t size;
	int status = cli_parse_conversion(argc, argv, &output, &input);

	if (status >= 0)
		return status;
	if (!output)
		return cli_fail(EXIT_BAD_INPUT, "smmu asm: no output; add -o FILE");
	if (!dev_load(&trace, input, &error))
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	size = dev_encode(&trace, bytes, sizeof(bytes));
	CHECK(size, "a trace of %u ops does not fit its bytes", trace.num_ops);
	if (!cli_write_file(output, bytes, size, &error))
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	return EXIT_NOTHING_FOUND;
}

int smmu_disasm(int argc, char **argv)
{
	static struct dev_trace trace;
	static char text[DEV_TEXT_MAX];
	const char *output = NULL, *input = NULL;
	struct error error = {0};
	size_t size;
	char *data;
	int status = cli_parse_conversion(argc, argv, &output, &input);

	if (status >= 0)
		return status;
	if (!cli_read_file(input, &data, &size, &error))
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	/* Any bytes are a trace; text is brought into its canonical form. */
	if (!dev_is_binary((const uint8_t *)data, size) &&
	    dev_parse(&trace, input, data, size, &error))
		size = dev_format(&trace, text, sizeof(text));
	else {
		dev_decode(&trace, (const uint8_t *)data, size);
		size = dev_format(&trace, text, sizeof(text));
	}
	free(data);
	if (!output)
		fwrite(text, 1, size, stdout);
	else if (!cli_write_file(output, text, size, &error))
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	return EXIT_NOTHING_FOUND;
}

static void print_field(const struct dev_op *base, const struct dev_field *field)
{
	uint64_t usual = dev_field_get(base, field);
	char number[DEV_NUMBER_SIZE];
	const char *equals = *field->name ? "=" : "";
	size_t size;
	const char *name;

	switch (field->kind) {
	case DEV_FLAG:
		printf(usual ? " [%s=0]" : " [%s]", field->name);
		break;
	case DEV_ENUM:
		name = dev_enum_name(field, (unsigned)usual, &size);
		printf(" [%s%s%s (%.*s)]", field->name, equals, field->names, (int)size, name);
		break;
	case DEV_OPT:
		printf(" [%s=N]", field->name);
		break;
	case DEV_REG:
		printf(" REGISTER");
		break;
	case DEV_VALUE:
		printf(" = VALUE");
		break;
	case DEV_ADDR:
		usual <<= field->shift;
		if (*field->name)
			printf(" [%s=ADDRESS (%s)]", field->name, dev_number(usual, number));
		else
			printf(" ADDRESS");
		break;
	default:
		printf(field->kind == DEV_PAGENO ? " [%s=pN (p%llu)]" : " [%s=N (%llu)]",
		       field->name, (unsigned long long)usual);
	}
}

int smmu_ops(int argc, char **argv)
{
	const struct cli_option options[] = {{NULL, CLI_FLAG, NULL, NULL}};
	struct cli_arguments arguments = cli_parse(argc, argv, options);
	const struct smmu_named_profile *list = smmu_profile_list();

	if (arguments.status >= 0)
		return arguments.status;
	printf("profile NAME [MEMBER=N...]\ncache   none|exact|worst\n"
	       "setup   [linear] [disabled] [cmdq=N] [evtq=N] [priq=N]\n\nprofiles:\n");
	for (unsigned i = 0; list[i].name; i++)
		printf("  %-18s %s\n", list[i].name, list[i].doc);
	printf("members:\n ");
	for (unsigned i = 0; i < DEV_NUM_MEMBERS; i++)
		printf(" %s", dev_member_info[i].name);
	printf("\n\nops (in brackets: may be left out; in parentheses: what it is then):\n");
	for (unsigned code = 0; code < DEV_NUM_OPS; code++) {
		const struct dev_op_info *info = &dev_op_info[code];
		struct dev_op base = dev_op((enum dev_op_code)code);

		printf("%s: %s\n   ", info->text, info->doc);
		for (unsigned i = 0; i < info->num_fields; i++)
			print_field(&base, &info->field[i]);
		printf("%s\n", info->raw ? " [rawN=BITS]" : "");
	}
	printf("\nADDRESS is 0x... or pN, page N of memory from 0x%llx on. `=> WORDS` behind an op: "
	       "what is observed has all these words, and none of those written !WORD.\n",
	       (unsigned long long)DEV_RAM_BASE);
	return EXIT_NOTHING_FOUND;
}
