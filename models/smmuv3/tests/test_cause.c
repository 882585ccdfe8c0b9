/* SPDX-License-Identifier: MIT */
/*
 * Contract: every cause has a name of its own, words, and the section that it is decided by; a
 * number that is none has neither.
 * Run: ctest -R smmuv3.test_cause
 */
#include "scene.h"

/* Chapters of IHI 0070 that decide about a transaction. */
static bool is_section(const char *section)
{
	return section[0] >= '3' && section[0] <= '7' && section[1] == '.' && section[2] >= '1' &&
	       section[2] <= '9';
}

static void each_cause_has_a_section_and_words(void **state)
{
	(void)state;
	for (unsigned i = SMMU_CAUSE_NONE + 1; i < SMMU_NUM_CAUSES; i++) {
		const char *name = smmu_cause_name(i), *text = smmu_cause_text(i);

		assert_true(is_section(smmu_cause_section(i)));
		assert_true(name[0] >= 'a' && name[0] <= 'z');
		assert_true(text[0]);
		/* It stands in a sentence. */
		assert_int_not_equal(text[strlen(text) - 1], '.');
		for (unsigned j = i + 1; j < SMMU_NUM_CAUSES; j++)
			assert_string_not_equal(name, smmu_cause_name(j));
	}
}

static void known_causes_say_what_they_are(void **state)
{
	static const struct {
		unsigned cause;
		const char *name, *section, *text;
	} cases[] = {
		{SMMU_CAUSE_NONE, "none", "", "let through"},
		{SMMU_CAUSE_gbpa_abort, "gbpa_abort", "6.3.14 ABORT",
		 "SMMUEN is clear and GBPA aborts"},
		{SMMU_CAUSE_ste_v, "ste_v", "5.2 V", "the STE is not valid"},
		{SMMU_CAUSE_s2_perm_ptw, "s2_perm_ptw", "5.2 S2PTW",
		 "stage 2: a stage-1 table in Device memory"},
		{SMMU_CAUSE_uut, "uut", "7.3.2", "a kind of transaction that is not supported"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_string_equal(smmu_cause_name(cases[i].cause), cases[i].name);
		assert_string_equal(smmu_cause_section(cases[i].cause), cases[i].section);
		assert_string_equal(smmu_cause_text(cases[i].cause), cases[i].text);
	}
}

static void other_numbers_have_no_words(void **state)
{
	static const unsigned others[] = {SMMU_NUM_CAUSES, SMMU_NUM_CAUSES + 1, UINT32_MAX};

	(void)state;
	for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_string_equal(smmu_cause_name(others[i]), "?");
		assert_string_equal(smmu_cause_text(others[i]), "?");
		assert_string_equal(smmu_cause_section(others[i]), "");
	}
}

/* 7.3.2, 3.9: a kind that is none is unsupported, with a record. */
static void an_unknown_kind_of_transaction_is_refused(void **state)
{
	struct scene *scene = *state;
	const struct smmu_request request = {.sid = 1, .addr = 0x1000, .kind = 3};
	struct smmu_response response;

	put_plain_stream(scene);
	response = send(scene, request);
	assert_int_equal(response.status, SMMU_ABORT);
	assert_int_equal(response.event, SMMU_F_UUT);
	assert_int_equal(response.cause, SMMU_CAUSE_uut);
	assert_int_equal(take_event(scene).input_addr, 0x1000);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_cause_has_a_section_and_words),
		cmocka_unit_test(known_causes_say_what_they_are),
		cmocka_unit_test(other_numbers_have_no_words),
		TEST(an_unknown_kind_of_transaction_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
