/* SPDX-License-Identifier: MIT */
/*
 * Contract: report.h. A campaign's JSON has every key that readers rely on, whatever stands in the
 * texts, and parses back to the same values. Run: build/tests/reports_test_report
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../report.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

static const struct report_finding finding = {
	.kind = "stale-atc",
	.rule = "D-2 tlb-before-atc",
	.signature = "iomm/emulated/stale-atc/munmap/D-2",
	.trace = "reports/x/findings/a \"b\".trace",
	.command = "svafuzz replay \\ \n",
};

static const struct report_known known = {.trace = "corpus/known/x.trace", .hits = 7};

static struct report sample(void)
{
	return (struct report){
		.campaign = "20260101T000000Z",
		.driver = "iomm",
		.smmu = "emulated",
		.policy = "io_mm",
		.cache = "worst",
		.engine = "libfuzzer",
		.fault = "",
		.jobs = 2,
		.seconds = 2.04,
		.traces = 5000000000u,
		.driver_version = "6.12.117",
		.num_known = 1,
		.known = &known,
		.num_findings = 1,
		.finding = &finding,
		.svafuzz_version = "0.1.0",
		.compiler = "cc",
	};
}

static cJSON *render(const struct report *report)
{
	char *text = report_to_json(report);
	cJSON *root = cJSON_Parse(text);

	assert_int_equal(text[strlen(text) - 1], '\n');
	free(text);
	assert_non_null(root);
	return root;
}

static const char *text_of(const cJSON *object, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));

	assert_non_null(text);
	return text;
}

static double number_of(const cJSON *object, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	assert_true(cJSON_IsNumber(item));
	return item->valuedouble;
}

static void every_text_parses_back_to_itself(void **state)
{
	struct report report = sample();
	cJSON *root = render(&report);
	const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "findings"), 0);

	(void)state;
	assert_string_equal(text_of(root, "driver"), "iomm");
	assert_string_equal(text_of(root, "policy"), "io_mm");
	assert_string_equal(text_of(first, "kind"), finding.kind);
	assert_string_equal(text_of(first, "rule"), finding.rule);
	assert_string_equal(text_of(first, "signature"), finding.signature);
	assert_string_equal(text_of(first, "trace"), finding.trace);
	assert_string_equal(text_of(first, "replay"), finding.command);
	first = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "known"), 0);
	assert_string_equal(text_of(first, "trace"), known.trace);
	assert_true(number_of(first, "hits") == 7);
	assert_string_equal(text_of(cJSON_GetObjectItem(root, "versions"), "driver"), "6.12.117");
	cJSON_Delete(root);
}

static void rate_is_traces_by_seconds_and_counts_are_exact(void **state)
{
	struct report report = sample();
	cJSON *root = render(&report);

	(void)state;
	assert_true(number_of(root, "traces") == 5e9);
	assert_true(number_of(root, "seconds") == 2.0);
	assert_true(number_of(root, "traces_per_second") == 2450980392.0);
	cJSON_Delete(root);
}

static void a_campaign_of_no_time_has_rate_zero_and_no_findings(void **state)
{
	struct report report = sample();
	cJSON *root;

	(void)state;
	report.seconds = 0;
	report.num_findings = 0;
	root = render(&report);
	assert_true(number_of(root, "traces_per_second") == 0);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "findings")), 0);
	cJSON_Delete(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_text_parses_back_to_itself),
		cmocka_unit_test(rate_is_traces_by_seconds_and_counts_are_exact),
		cmocka_unit_test(a_campaign_of_no_time_has_rate_zero_and_no_findings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
