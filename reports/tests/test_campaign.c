/* SPDX-License-Identifier: MIT */
/*
 * Contract: campaign.h. The three forms of a report have what their readers demand, whatever stands in
 * the texts: JSON as docs/report.schema.json, SARIF 2.1.0's required members, XML that is well-formed.
 * Run: ctest -R reports.test_campaign, or the program itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../campaign.h"
#include "../steps.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#define NASTY "a \"b\" <c> & ]]> \\ \x01 \xff"

static const uint32_t counts[] = {3, 0};
static const char *const ops[] = {"bind", "dma"};
static const struct report_rule rules[] = {{"D-2", "tlb-before-atc", "W19", "First the TLB."}};
static const struct report_row rows[] = {{"D-2", counts}};
static const struct report_met met[] = {{"corpus/known/x.trace", 7}};
static const struct report_progress progress[] = {{0, 0, 0, 0, 0}, {5, 100, 20, 3, 1}};
static const struct report_case_step steps[] = {
	{"{\"index\":-1,\"op\":\"setup\"}", "{\"devices\":[]}"},
	{"{\"index\":0,\"op\":\"bind d0 p0\"}", NULL},
};
static const struct report_case cases[] = {
	{.kind = "stale-atc",
	 .rule = "D-2",
	 .signature = "iomm/emulated/stale-atc/bind/D-2",
	 .op = 0,
	 .op_text = "bind",
	 .line = 12,
	 .expected = "nothing",
	 .observed = "something",
	 .trace_file = "findings/a b%.trace",
	 .trace = NASTY,
	 .replay = NASTY,
	 .num_steps = 2,
	 .step = steps},
	{.kind = "crash",
	 .rule = "",
	 .signature = "iomm/emulated/crash/x",
	 .op = -1,
	 .op_text = "setup",
	 .expected = NASTY,
	 .observed = NASTY,
	 .trace_file = "findings/x.trace",
	 .trace = "",
	 .replay = ""},
	{.kind = "event",
	 .rule = "D-2",
	 .signature = "iomm/emulated/event/dma/D-2",
	 .known = "corpus/known/x.trace",
	 .op_text = "dma",
	 .expected = "",
	 .observed = "",
	 .trace_file = "findings/y.trace",
	 .trace = "",
	 .replay = ""},
};

static const struct report_campaign campaign = {
	.name = "c",
	.started = "2026-01-01T00:00:00Z",
	.commit = "",
	.driver = "iomm",
	.driver_version = "",
	.smmu = "emulated",
	.policy = "io_mm",
	.cache = "worst",
	.engine = "libfuzzer",
	.fault = "",
	.svafuzz_version = "0.1.0",
	.compiler = "cc",
	.jobs = 2,
	.seconds = 2.04,
	.traces = 5000000000u,
	.num_progress = 2,
	.num_rules = 1,
	.num_ops = 2,
	.num_rows = 1,
	.num_known = 1,
	.num_cases = 3,
	.progress = progress,
	.rule = rules,
	.op = ops,
	.row = rows,
	.inputs = 9,
	.known = met,
	.cases = cases,
};

static cJSON *parse(char *text)
{
	cJSON *root = cJSON_Parse(text);

	assert_int_equal(text[strlen(text) - 1], '\n');
	free(text);
	assert_non_null(root);
	return root;
}

/* A member by its path, "runs/0/tool"; the test fails where there is none. */
static const cJSON *at(const cJSON *item, const char *path)
{
	char words[128], *save = NULL;

	assert_true(strlen(path) < sizeof(words));
	strcpy(words, path);
	for (char *word = strtok_r(words, "|", &save); word; word = strtok_r(NULL, "|", &save)) {
		const cJSON *next = cJSON_IsArray(item)
					    ? cJSON_GetArrayItem(item, atoi(word))
					    : cJSON_GetObjectItemCaseSensitive(item, word);

		if (!next)
			fail_msg("%s: no %s", path, word);
		item = next;
	}
	return item;
}

static void assert_text(const cJSON *root, const char *path, const char *text)
{
	assert_true(cJSON_IsString(at(root, path)));
	assert_string_equal(at(root, path)->valuestring, text);
}

static void assert_number(const cJSON *root, const char *path, double number)
{
	assert_true(cJSON_IsNumber(at(root, path)));
	assert_true(at(root, path)->valuedouble == number);
}

static void json_has_every_part(void **state)
{
	cJSON *root = parse(report_campaign_json(&campaign));

	(void)state;
	assert_text(root, "schema", "svafuzz-report-1");
	assert_text(root, "campaign|started", "2026-01-01T00:00:00Z");
	assert_number(root, "campaign|seconds", 2);
	assert_number(root, "campaign|traces", 5e9);
	assert_text(root, "campaign|versions|compiler", "cc");
	assert_null(cJSON_GetObjectItem(at(root, "campaign"), "commit"));
	assert_number(root, "progress|1|findings", 1);
	assert_text(root, "rules|0|name", "tlb-before-atc");
	assert_text(root, "matrix|ops|1", "dma");
	assert_number(root, "matrix|rows|0|counts|0", 3);
	assert_number(root, "matrix|inputs", 9);
	assert_number(root, "known|0|hits", 7);
	assert_int_equal(cJSON_GetArraySize(at(root, "findings")), 3);
	assert_true(cJSON_IsNull(at(root, "findings|0|known")));
	assert_text(root, "findings|2|known", "corpus/known/x.trace");
	assert_text(root, "findings|0|trace_file", "findings/a b%.trace");
	cJSON_Delete(root);
}

static void a_state_that_stays_is_null(void **state)
{
	cJSON *root = parse(report_campaign_json(&campaign));

	(void)state;
	assert_int_equal(cJSON_GetArraySize(at(root, "findings|0|steps")), 2);
	assert_true(cJSON_IsArray(at(root, "findings|0|steps|0|state|devices")));
	assert_true(cJSON_IsNull(at(root, "findings|0|steps|1|state")));
	assert_text(root, "findings|0|steps|1|op", "bind d0 p0");
	cJSON_Delete(root);
}

static void texts_come_back_as_they_were(void **state)
{
	cJSON *root = parse(report_campaign_json(&campaign));

	(void)state;
	assert_text(root, "findings|0|trace", NASTY);
	assert_text(root, "findings|1|observed", NASTY);
	cJSON_Delete(root);
}

/* What SARIF 2.1.0 requires of each object that is there, and GitHub of a result. */
static void sarif_has_its_required_members(void **state)
{
	cJSON *root = parse(report_campaign_sarif(&campaign));

	(void)state;
	assert_text(root, "version", "2.1.0");
	assert_int_equal(cJSON_GetArraySize(at(root, "runs")), 1);
	assert_text(root, "runs|0|tool|driver|name", "svafuzz");
	assert_text(root, "runs|0|tool|driver|rules|0|id", "D-2");
	assert_text(root, "runs|0|tool|driver|rules|0|shortDescription|text", "First the TLB.");
	assert_text(root, "runs|0|tool|driver|rules|1|id", "crash");
	assert_int_equal(cJSON_GetArraySize(at(root, "runs|0|tool|driver|rules")), 2);
	assert_int_equal(cJSON_GetArraySize(at(root, "runs|0|results")), 3);
	for (unsigned i = 0; i < 3; i++) {
		const cJSON *result = cJSON_GetArrayItem(at(root, "runs|0|results"), (int)i);

		assert_true(cJSON_IsString(at(result, "message|text")));
		assert_text(result, "partialFingerprints|svafuzzSignature/v1", cases[i].signature);
		assert_text(result, "locations|0|physicalLocation|artifactLocation|uriBaseId",
			    "CAMPAIGN");
		assert_true(
			at(result, "locations|0|physicalLocation|region|startLine")->valuedouble >=
			1);
	}
	cJSON_Delete(root);
}

static void sarif_says_what_is_new_and_where(void **state)
{
	cJSON *root = parse(report_campaign_sarif(&campaign));

	(void)state;
	assert_text(root, "runs|0|results|0|ruleId", "D-2");
	assert_text(root, "runs|0|results|0|level", "error");
	assert_text(root, "runs|0|results|1|ruleId", "crash");
	assert_text(root, "runs|0|results|2|level", "note");
	assert_number(root, "runs|0|results|0|locations|0|physicalLocation|region|startLine", 12);
	assert_text(root, "runs|0|results|0|locations|0|physicalLocation|artifactLocation|uri",
		    "findings/a%20b%25.trace");
	cJSON_Delete(root);
}

static unsigned count_of(const char *text, const char *part)
{
	unsigned count = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		count++;
	return count;
}

static void junit_counts_what_failed(void **state)
{
	char *text = report_campaign_junit(&campaign);

	(void)state;
	assert_non_null(strstr(text, "<testsuite name=\"iomm\" tests=\"4\" failures=\"2\" "
				     "errors=\"0\" skipped=\"1\" time=\"2.0\""));
	assert_int_equal(count_of(text, "<testcase "), 4);
	assert_int_equal(count_of(text, "<failure "), 2);
	assert_int_equal(count_of(text, "<skipped "), 1);
	free(text);
}

/* Every '<' opens or closes an element of ours, and no byte is left that XML 1.0 cannot have. */
static void junit_is_well_formed(void **state)
{
	static const char *const elements[] = {
		"?xml ",     "testsuites>", "/testsuites>", "testsuite ", "/testsuite>",
		"testcase ", "/testcase>",  "failure ",	    "/failure>",  "skipped "};
	char *text = report_campaign_junit(&campaign);

	(void)state;
	for (const char *byte = text; *byte; byte++) {
		bool ours = false;

		assert_true(((unsigned char)*byte >= 0x20 && (unsigned char)*byte < 0x7f) ||
			    *byte == '\n');
		for (unsigned i = 0; i < ARRAY_SIZE(elements); i++)
			ours |= !strncmp(byte + 1, elements[i], strlen(elements[i]));
		assert_true(*byte != '<' || ours);
		assert_true(*byte != '&' || !strncmp(byte, "&lt;", 4) ||
			    !strncmp(byte, "&gt;", 4) || !strncmp(byte, "&amp;", 5) ||
			    !strncmp(byte, "&quot;", 6));
	}
	free(text);
}

static void a_step_has_its_commands_and_state(void **state)
{
	static struct snapshot snapshot;
	const struct report_step step = {
		.index = 3, .op = "bind d0 p0", .words = "w", .rule = "", .after = &snapshot};
	cJSON *root;
	char *text;

	(void)state;
	snapshot = (struct snapshot){.num_commands = 1, .commands_lost = 2, .num_devices = 1};
	strcpy(snapshot.command[0], "SYNC");
	snapshot.device[0] = (struct snapshot_device){.domain = 1, .vm = REF_NONE};
	snapshot.num_tables = 1;
	snapshot.table[0] = (struct snapshot_table){
		.is_group = true, .index = 2, .num_entries = 1, .entry[0] = {5, REF_NONE, 0}};
	text = report_step_json(&step);
	root = cJSON_Parse(text);
	free(text);
	assert_text(root, "commands|0", "SYNC");
	assert_text(root, "commands|1", "and 2 more");
	assert_text(root, "observed", "");
	cJSON_Delete(root);
	text = report_state_json(&snapshot);
	root = cJSON_Parse(text);
	free(text);
	assert_text(root, "devices|0|domain", "B");
	assert_true(cJSON_IsNull(at(root, "devices|0|vm")));
	assert_text(root, "domains|0|id", "group2");
	assert_text(root, "domains|0|type", "group");
	assert_true(cJSON_IsNull(at(root, "domains|0|entries|0|space")));
	assert_text(root, "domains|0|entries|0|domain", "A");
	cJSON_Delete(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_has_every_part),
		cmocka_unit_test(a_state_that_stays_is_null),
		cmocka_unit_test(texts_come_back_as_they_were),
		cmocka_unit_test(sarif_has_its_required_members),
		cmocka_unit_test(sarif_says_what_is_new_and_where),
		cmocka_unit_test(junit_counts_what_failed),
		cmocka_unit_test(junit_is_well_formed),
		cmocka_unit_test(a_step_has_its_commands_and_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
