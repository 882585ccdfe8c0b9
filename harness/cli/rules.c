/* SPDX-License-Identifier: MIT */
/*
 * svafuzz rules: every rule that findings can name, with its source, and the traces that exercise
 * it. A trace says so itself, in its leading comments: "# rules: A-33, E-25".
 */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct claims {
	const char *driver; /* NULL: all traces */
	struct cli_files files;
	char (*rules)[256]; /* per file: what it declares */
};

static bool load_claims(struct claims *claims, const char *dir, struct error *error)
{
	if (!cli_files_add(&claims->files, dir, error))
		return false;
	claims->rules = calloc(claims->files.count + 1, sizeof(*claims->rules));
	CHECK(claims->rules, "no memory for %zu files", claims->files.count);
	for (size_t i = 0; i < claims->files.count; i++) {
		size_t size;
		char *text;

		if (!cli_read_file(claims->files.path[i], &text, &size, error))
			return false;
		if (!claims->driver || cli_text_for_driver(text, claims->driver))
			cli_leading_comment(text, "rules", claims->rules[i],
					    sizeof(claims->rules[i]));
		free(text);
	}
	return true;
}

/* Prints the traces that declare `id`; how many. */
static unsigned print_traces(const struct claims *claims, const char *id)
{
	unsigned count = 0;

	for (size_t i = 0; i < claims->files.count; i++) {
		if (!cli_value_listed(claims->rules[i], id))
			continue;
		printf("    %s\n", claims->files.path[i]);
		count++;
	}
	if (count == 0)
		printf("    no trace\n");
	return count;
}

static bool is_check_rule(const char *id)
{
	for (unsigned i = 0; i < check_num_rules; i++)
		if (!strcmp(check_rules[i].id, id))
			return true;
	return false;
}

static int by_id(const void *a, const void *b)
{
	const char *left = *(char *const *)a, *right = *(char *const *)b;
	int order = strncmp(left, right, 2);

	/* "E-9" comes before "E-25". */
	if (order == 0 && strlen(left) != strlen(right))
		return strlen(left) < strlen(right) ? -1 : 1;
	return order ? order : strcmp(left, right);
}

static bool push_once(char **ids, size_t *count, const char *id)
{
	for (size_t i = 0; i < *count; i++)
		if (!strcmp(ids[i], id))
			return false;
	ids[*count] = strdup(id);
	CHECK(ids[*count], "no memory for a rule");
	(*count)++;
	return true;
}

/* Ids that only traces know: scenarios of bugs. Returns how many there are. */
static size_t print_scenarios(const struct claims *claims)
{
	enum { MAX_IDS = 512 };
	char *ids[MAX_IDS];
	size_t count = 0;

	for (size_t i = 0; i < claims->files.count; i++) {
		char words[256], *save = NULL;

		memcpy(words, claims->rules[i], sizeof(words));
		for (char *id = strtok_r(words, ", ", &save); id && count < MAX_IDS;
		     id = strtok_r(NULL, ", ", &save))
			if (!is_check_rule(id))
				push_once(ids, &count, id);
	}
	if (count == 0)
		return 0;
	qsort(ids, count, sizeof(*ids), by_id);
	printf("\nscenarios of bugs, as the traces name them:\n");
	for (size_t i = 0; i < count; i++) {
		printf("%s\n", ids[i]);
		print_traces(claims, ids[i]);
		free(ids[i]);
	}
	return count;
}

static int print_all(const struct claims *claims)
{
	unsigned exercised = 0;
	size_t scenarios;

	for (unsigned i = 0; i < check_num_rules; i++) {
		const struct check_rule *rule = &check_rules[i];

		printf("%s%s%s  [%s]\n    %s\n", rule->id, *rule->name ? " " : "", rule->name,
		       rule->source, rule->text);
		exercised += print_traces(claims, rule->id) > 0;
	}
	scenarios = print_scenarios(claims);
	printf("\n%u rules, %u with a trace", check_num_rules, exercised);
	if (scenarios > 0)
		printf("; %zu scenarios", scenarios);
	putchar('\n');
	return EXIT_NOTHING_FOUND;
}

int cli_rules(int argc, char **argv)
{
	struct claims claims = {0};
	const struct cli_option options[] = {
		{"driver", CLI_STRING, &claims.driver, "only traces that are for this driver"},
		{NULL, CLI_FLAG, NULL, NULL},
	};
	struct cli_arguments arguments = cli_parse(argc, argv, options);
	struct error error = {0};
	char dir[CLI_PATH_MAX];
	int status;

	if (arguments.status >= 0)
		return arguments.status;
	if (claims.driver && !driver_find(claims.driver) && !driver_missing(claims.driver))
		return cli_fail(EXIT_BAD_INPUT, "unknown driver '%s'; `svafuzz help` lists them",
				claims.driver);
	if (arguments.count > 1)
		return cli_fail(EXIT_BAD_INPUT, "rules: %d folders; name one", arguments.count);
	if (arguments.count == 1 ? cli_path(dir, &error, "%s", arguments.word[0])
				 : cli_tree_path(dir, "corpus", &error))
		load_claims(&claims, dir, &error);
	status = error.set ? cli_fail(EXIT_BAD_INPUT, "%s", error.text) : print_all(&claims);
	cli_files_free(&claims.files);
	free(claims.rules);
	return status;
}
