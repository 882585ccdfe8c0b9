/* SPDX-License-Identifier: MIT */
/*
 * Contract: a divergence as text is complete and stable: kind, place, rule with name and source,
 * expected, observed, signature. Every rule that the code names is in rules.def.
 * Run: ctest -R check.test_finding, or the program itself in the source tree.
 */
#include "scene.h"

#include <dirent.h>

static const struct divergence stale = {
	.kind = DIVERGENCE_STALE_ATC,
	.op = 4,
	.rule = "D-2",
	.op_text = "munmap",
	.expected = "nothing",
	.observed = "the device's ATC may still hold 0x10000 (rw) for (d0, pasid 1)",
};

static void explanation_is_complete(void **state)
{
	static const char want[] =
		"divergence: stale-atc (a device may still hold a translation that the law has "
		"taken away)\n"
		"  at:        op 5, munmap\n"
		"  rule:      D-2 tlb-before-atc\n"
		"             The TLB invalidation is complete before the ATC's is sent, or the ATC "
		"refills from a stale TLB. [W19, M70]\n"
		"  expected:  nothing\n"
		"  observed:  the device's ATC may still hold 0x10000 (rw) for (d0, pasid 1)\n"
		"  signature: iomm/emulated/stale-atc/munmap/D-2\n";
	const struct check_config config = check_default_config();
	char have[1024];
	size_t size = divergence_format(&config, &stale, have, sizeof(have));

	(void)state;
	assert_string_equal(have, want);
	assert_int_equal(size, strlen(want));
	/* A buffer that is too small is not overrun, and the whole length is told. */
	memset(have, 'x', sizeof(have));
	assert_int_equal(divergence_format(&config, &stale, have, 20), strlen(want));
	assert_int_equal(have[19], '\0');
	assert_int_equal(have[20], 'x');
}

static void place_is_set_up_op_or_teardown(void **state)
{
	const struct check_config config = check_default_config();
	struct divergence d = stale;
	char have[1024];

	(void)state;
	d.op = -1;
	snprintf(d.op_text, sizeof(d.op_text), "setup");
	divergence_format(&config, &d, have, sizeof(have));
	assert_non_null(strstr(have, "  at:        set-up\n"));
	d.op = 7;
	snprintf(d.op_text, sizeof(d.op_text), "teardown");
	divergence_format(&config, &d, have, sizeof(have));
	assert_non_null(strstr(have, "  at:        teardown\n"));
}

static void pin_has_no_rule_but_the_author(void **state)
{
	const struct check_config config = check_default_config();
	struct divergence d = stale;
	char have[1024];

	(void)state;
	d.kind = DIVERGENCE_PIN;
	snprintf(d.rule, sizeof(d.rule), "pin");
	divergence_format(&config, &d, have, sizeof(have));
	assert_non_null(strstr(have, "  rule:      pin\n             the outcome that the trace's "
				     "author states [trace]\n"));
}

static void signature_is_driver_smmu_kind_op_rule(void **state)
{
	struct check_config config = check_default_config();
	char have[128];

	(void)state;
	assert_int_equal(divergence_signature(&config, &stale, have, sizeof(have)), 34);
	assert_string_equal(have, "iomm/emulated/stale-atc/munmap/D-2");
	assert_int_equal(divergence_signature(&config, &stale, have, 5), 34);
	assert_string_equal(have, "iomm");
	config.driver = "other";
	divergence_signature(&config, &stale, have, sizeof(have));
	assert_string_equal(have, "other/emulated/stale-atc/munmap/D-2");
}

static void signature_does_not_depend_on_place_or_numbers(void **state)
{
	static const char *const text[] = {
		SCENE_HEADER "bind d0 p0 => pasid 2\n",
		SCENE_HEADER "spawn p1\nspawn p2\nbind d0 p0 => pasid 3\n",
	};
	const struct check_config config = check_default_config();
	char have[2][128];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct divergence d = scene_run(&(struct scene){.text = text[i]});

		divergence_signature(&config, &d, have[i], sizeof(have[i]));
	}
	assert_string_equal(have[0], have[1]);
}

static void kinds_have_distinct_names(void **state)
{
	(void)state;
	for (unsigned i = 0; i < DIVERGENCE_KINDS; i++) {
		assert_true(divergence_kind_name(i)[0]);
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(divergence_kind_name(i), divergence_kind_name(j));
	}
	assert_string_equal(divergence_kind_name(DIVERGENCE_NONE), "none");
	assert_string_equal(divergence_kind_name(DIVERGENCE_KINDS), "?");
}

/* Rules. */

static const struct check_rule *find_rule(const char *id)
{
	for (unsigned i = 0; i < check_num_rules; i++)
		if (!strcmp(check_rules[i].id, id))
			return &check_rules[i];
	return NULL;
}

static void rules_are_unique_and_whole(void **state)
{
	(void)state;
	assert_true(check_num_rules > 100 && check_num_rules <= 256);
	for (unsigned i = 0; i < check_num_rules; i++) {
		const struct check_rule *rule = &check_rules[i];

		assert_ptr_equal(find_rule(rule->id), rule);
		assert_true(rule->name[0] && rule->source[0]);
		assert_int_equal(rule->text[strlen(rule->text) - 1], '.');
		assert_true(strlen(rule->id) < sizeof(((struct divergence *)0)->rule));
	}
}

static void invariants_of_the_law_are_rules(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ref_num_invariants; i++)
		if (!find_rule(ref_invariants[i].rule))
			fail_msg("no rule %s", ref_invariants[i].rule);
}

/* "A-19" in a string of C source: a quote, a letter of the five, a dash, digits, a quote. */
static const char *next_rule(const char *at, char id[8])
{
	for (; (at = strchr(at, '"')); at++) {
		size_t digits;

		if (!at[1] || !strchr("ABCDE", at[1]) || at[2] != '-')
			continue;
		digits = strspn(at + 3, "0123456789");
		if (!digits || digits > 3 || at[3 + digits] != '"')
			continue;
		snprintf(id, 8, "%.*s", (int)digits + 2, at + 1);
		return at + 1;
	}
	return NULL;
}

static unsigned check_source(const char *path)
{
	static char text[256 * 1024];
	unsigned count = 0;
	char id[8];
	FILE *file = fopen(path, "r");

	if (!file)
		fail_msg("%s: run this in the source tree", path);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	assert_true(feof(file));
	fclose(file);
	for (const char *at = next_rule(text, id); at; at = next_rule(at, id)) {
		if (!find_rule(id))
			fail_msg("%s names rule %s, which rules.def does not have", path, id);
		count++;
	}
	return count;
}

/* Every .c and .def file of a room; how many rules they name. */
static unsigned check_room(const char *room)
{
	unsigned count = 0;
	char path[512];
	DIR *d = opendir(room);

	if (!d)
		fail_msg("%s: run this in the source tree", room);
	for (struct dirent *entry = readdir(d); entry; entry = readdir(d)) {
		const char *end = strrchr(entry->d_name, '.');

		if (!end || (strcmp(end, ".c") && strcmp(end, ".def")) ||
		    !strcmp(entry->d_name, "rules.def"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", room, entry->d_name);
		count += check_source(path);
	}
	closedir(d);
	return count;
}

static void rules_that_the_code_names_exist(void **state)
{
	(void)state;
	assert_true(check_room("harness/check") > 40);
	assert_true(check_room("models/reference") > 40);
	assert_true(check_room("harness/drivers/iomm") > 20);
	assert_true(check_room("models/smmuv3") > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(explanation_is_complete),
		cmocka_unit_test(place_is_set_up_op_or_teardown),
		cmocka_unit_test(pin_has_no_rule_but_the_author),
		cmocka_unit_test(signature_is_driver_smmu_kind_op_rule),
		cmocka_unit_test(signature_does_not_depend_on_place_or_numbers),
		cmocka_unit_test(kinds_have_distinct_names),
		cmocka_unit_test(rules_are_unique_and_whole),
		cmocka_unit_test(invariants_of_the_law_are_rules),
		cmocka_unit_test(rules_that_the_code_names_exist),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
