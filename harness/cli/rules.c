/* SPDX-License-Identifier: MIT */
/*
 * svafuzz rules: every rule that findings can name, with its source, and the traces that exercise
 * it: seeds, witnesses of planted faults, others. A trace says so itself, in its leading comments:
 * "# rules: A-33, E-25"; a witness is of the first rule that it names.
 */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS_WANTED = 2 }; /* a rule that is kept, and one that is nearly broken */

struct claims {
	const char *driver; /* NULL: all traces */
	const char *
		complete; /* NULL, or what the ids start with whose rules must have seeds and a fault */
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

enum claim_kind { CLAIM_NONE, CLAIM_SEED, CLAIM_FAULT, CLAIM_OTHER, NUM_CLAIM_KINDS };

static bool is_in(const char *path, const char *folder)
{
	return strstr(path, folder) != NULL;
}

/* What a file is to a rule. */
static enum claim_kind claim_of(const struct claims *claims, size_t file, const char *id)
{
	const char *rules = claims->rules[file], *path = claims->files.path[file];
	size_t first = strcspn(rules, ", ");

	if (!cli_value_listed(rules, id))
		return CLAIM_NONE;
	if (is_in(path, "/faults/"))
		return first == strlen(id) && !strncmp(rules, id, first) ? CLAIM_FAULT
									 : CLAIM_OTHER;
	return is_in(path, "/seeds/") ? CLAIM_SEED : CLAIM_OTHER;
}

struct counts {
	unsigned of[NUM_CLAIM_KINDS];
};

static unsigned total(struct counts counts)
{
	return counts.of[CLAIM_SEED] + counts.of[CLAIM_FAULT] + counts.of[CLAIM_OTHER];
}

/* Prints the traces that declare `id`, seeds first; how many. */
static struct counts print_traces(const struct claims *claims, const char *id)
{
	static const char *const name[] = {"", "seed", "fault", "trace"};
	struct counts counts = {{0}};

	for (unsigned kind = CLAIM_SEED; kind < NUM_CLAIM_KINDS; kind++) {
		for (size_t i = 0; i < claims->files.count; i++) {
			if (claim_of(claims, i, id) != kind)
				continue;
			printf("    %-5s  %s\n", name[kind], claims->files.path[i]);
			counts.of[kind]++;
		}
	}
	if (!total(counts))
		printf("    no trace\n");
	return counts;
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

/* Has a rule that must be complete what it needs? One line when it has not. */
static bool is_complete(const struct claims *claims, const char *id, struct counts counts)
{
	if (!claims->complete || strncmp(id, claims->complete, strlen(claims->complete)) != 0)
		return true;
	if (counts.of[CLAIM_SEED] >= SEEDS_WANTED && counts.of[CLAIM_FAULT])
		return true;
	fprintf(stderr, "svafuzz: rule %s has %u seeds and %u planted faults; add %s\n", id,
		counts.of[CLAIM_SEED], counts.of[CLAIM_FAULT],
		counts.of[CLAIM_FAULT] ? "traces to corpus/seeds that declare it"
				       : "a fault with a witness that names it first");
	return false;
}

static int print_all(const struct claims *claims)
{
	unsigned exercised = 0, incomplete = 0;
	size_t scenarios;

	for (unsigned i = 0; i < check_num_rules; i++) {
		const struct check_rule *rule = &check_rules[i];
		struct counts counts;

		printf("%s%s%s  [%s]\n    %s\n", rule->id, *rule->name ? " " : "", rule->name,
		       rule->source, rule->text);
		counts = print_traces(claims, rule->id);
		exercised += total(counts) > 0;
		incomplete += !is_complete(claims, rule->id, counts);
	}
	scenarios = print_scenarios(claims);
	printf("\n%u rules, %u with a trace", check_num_rules, exercised);
	if (scenarios > 0)
		printf("; %zu scenarios", scenarios);
	putchar('\n');
	return incomplete ? EXIT_DIVERGENCE : EXIT_NOTHING_FOUND;
}

int cli_rules(int argc, char **argv)
{
	struct claims claims = {0};
	const struct cli_option options[] = {
		{"driver", CLI_STRING, &claims.driver, "only traces that are for this driver"},
		{"complete", CLI_STRING, &claims.complete,
		 "exit 1 when a rule whose id starts so lacks two seeds or a fault"},
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
