/* SPDX-License-Identifier: MIT */
/* Option tables: one row an option; getopt_long reads the words, the table says what they mean. */
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OPTIONS = 24 };

static const char *const cache_names[] = {
	[SMMU_CACHE_NONE] = "none",
	[SMMU_CACHE_EXACT] = "exact",
	[SMMU_CACHE_WORST] = "worst",
};
static const char *const depth_names[] = {
	[CHECK_CHANGES] = "changes",
	[CHECK_ALL] = "all",
};

const char *cli_cache_name(enum smmu_cache_mode cache)
{
	return cache_names[cache];
}

const char *cli_depth_name(enum check_depth depth)
{
	return depth_names[depth];
}

static int find_name(const char *const *names, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(names[i], word))
			return (int)i;
	return -1;
}

static bool parse_unsigned(const char *word, unsigned *value)
{
	unsigned long number;
	char *end;

	if (*word < '0' || *word > '9')
		return false;
	errno = 0;
	number = strtoul(word, &end, 0);
	if (errno || *end || number > 0xffffffffUL)
		return false;
	*value = (unsigned)number;
	return true;
}

static bool store(const struct cli_option *option, const char *word)
{
	int index;

	switch (option->kind) {
	case CLI_STRING:
		*(const char **)option->target = word;
		return true;
	case CLI_UNSIGNED:
		return parse_unsigned(word, option->target);
	case CLI_FLAG:
		*(bool *)option->target = true;
		return true;
	case CLI_CACHE:
		index = find_name(cache_names, ARRAY_SIZE(cache_names), word);
		if (index < 0)
			return false;
		*(enum smmu_cache_mode *)option->target = (enum smmu_cache_mode)index;
		return true;
	case CLI_DEPTH:
		index = find_name(depth_names, ARRAY_SIZE(depth_names), word);
		if (index < 0)
			return false;
		*(enum check_depth *)option->target = (enum check_depth)index;
		return true;
	}
	return false;
}

static const char *wanted(enum cli_option_kind kind)
{
	switch (kind) {
	case CLI_UNSIGNED:
		return "a number";
	case CLI_CACHE:
		return "none, exact or worst";
	case CLI_DEPTH:
		return "changes or all";
	default:
		return "a value";
	}
}

static void print_usage(const char *name, const struct cli_option *options)
{
	const struct cli_command *command = cli_find_command(name);

	printf("usage: svafuzz %s [options] %s\n%s\n", name, command ? command->arguments : "",
	       command ? command->doc : "");
	for (; options->name; options++)
		printf("  %s%s%-12s %s%s\n", strlen(options->name) == 1 ? "-" : "--", options->name,
		       options->kind == CLI_FLAG ? "" : " VALUE", "", options->doc);
}

static void fill(struct option *longs, char *shorts, const struct cli_option *options)
{
	unsigned n = 0;

	*shorts++ = ':';
	for (; options[n].name; n++) {
		CHECK(n + 1 < MAX_OPTIONS, "too many options");
		longs[n] = (struct option){
			.name = options[n].name,
			.has_arg = options[n].kind == CLI_FLAG ? no_argument : required_argument,
			.val = 256 + (int)n,
		};
		if (strlen(options[n].name) == 1) {
			*shorts++ = options[n].name[0];
			if (options[n].kind != CLI_FLAG)
				*shorts++ = ':';
		}
	}
	longs[n] = (struct option){.name = "help", .val = 'h'};
	longs[n + 1] = (struct option){.name = NULL};
	*shorts++ = 'h';
	*shorts = '\0';
}

static const struct cli_option *option_of(const struct cli_option *options, int code)
{
	if (code >= 256)
		return options + (code - 256);
	for (; options->name; options++)
		if (options->name[0] == code && !options->name[1])
			return options;
	return NULL;
}

struct cli_arguments cli_parse(int argc, char **argv, const struct cli_option *options)
{
	struct cli_arguments arguments = {.status = -1};
	struct option longs[MAX_OPTIONS + 1];
	char shorts[2 * MAX_OPTIONS + 3];
	int code;

	fill(longs, shorts, options);
	opterr = 0;
	optind = 1;
	while ((code = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct cli_option *option;

		if (code == 'h') {
			print_usage(argv[0], options);
			arguments.status = EXIT_NOTHING_FOUND;
			return arguments;
		}
		if (code == '?' || code == ':') {
			arguments.status =
				cli_fail(EXIT_BAD_INPUT,
					 "%s: %s '%s'; `svafuzz %s --help` lists the options",
					 argv[0], code == ':' ? "no value after" : "unknown option",
					 argv[optind - 1], argv[0]);
			return arguments;
		}
		option = option_of(options, code);
		CHECK(option, "option %d has no row", code);
		if (!store(option, optarg)) {
			arguments.status =
				cli_fail(EXIT_BAD_INPUT, "%s: --%s wants %s, not '%s'; give one",
					 argv[0], option->name, wanted(option->kind), optarg);
			return arguments;
		}
	}
	arguments.count = argc - optind;
	arguments.word = argv + optind;
	return arguments;
}

static int check_fault(const char *fault)
{
	if (!fault || !*fault || !check_has_faults())
		return EXIT_NOTHING_FOUND;
	for (unsigned i = 0; i < check_num_faults; i++)
		if (!strcmp(check_faults[i].name, fault))
			return EXIT_NOTHING_FOUND;
	return cli_fail(EXIT_BAD_INPUT, "unknown fault '%s'; `svafuzz faults --list` lists them",
			fault);
}

int cli_check_config(const struct check_config *config)
{
	const struct smmu_socket *smmu;
	struct error error = {0};

	if (!driver_find(config->driver)) {
		const char *missing = driver_missing(config->driver);

		if (missing)
			return cli_fail(EXIT_MISSING, "%s", missing);
		return cli_fail(EXIT_BAD_INPUT, "unknown driver '%s'; `svafuzz help` lists them",
				config->driver);
	}
	smmu = smmu_socket_find(config->smmu);
	if (!smmu)
		return cli_fail(EXIT_BAD_INPUT, "unknown smmu '%s'; `svafuzz help` lists them",
				config->smmu);
	if (smmu->ops->available && !smmu->ops->available(&error))
		return cli_fail(EXIT_MISSING, "%s", error.text);
	return check_fault(config->fault);
}
