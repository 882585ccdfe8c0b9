/* SPDX-License-Identifier: MIT */
/* svafuzz-report-1: what ran, what it exercised, and each finding step by step. */
#include "campaign.h"

#include "json.h"

#include <math.h>

static void add_campaign(cJSON *root, const struct report_campaign *c)
{
	double rate = c->seconds > 0 ? (double)c->traces / c->seconds : 0;
	cJSON *campaign = json_add_object(root, "campaign"), *versions;

	json_add_text(campaign, "name", c->name);
	json_add_text(campaign, "started", c->started);
	json_add_text(campaign, "driver", c->driver);
	json_add_text(campaign, "driver_version", c->driver_version);
	json_add_text(campaign, "smmu", c->smmu);
	json_add_text(campaign, "policy", c->policy);
	json_add_text(campaign, "cache", c->cache);
	json_add_text(campaign, "engine", c->engine);
	json_add_text(campaign, "fault", c->fault);
	json_add_number(campaign, "jobs", c->jobs);
	json_add_number(campaign, "seed", c->seed);
	json_add_number(campaign, "seeds", c->seeds);
	json_add_number(campaign, "seconds", floor(c->seconds * 10 + 0.5) / 10);
	json_add_bool(campaign, "interrupted", c->interrupted);
	json_add_number(campaign, "traces", (double)c->traces);
	json_add_number(campaign, "traces_per_second", floor(rate + 0.5));
	json_add_number(campaign, "coverage", (double)c->coverage);
	json_add_number(campaign, "corpus", (double)c->corpus);
	if (*c->commit)
		json_add_text(campaign, "commit", c->commit);
	versions = json_add_object(campaign, "versions");
	json_add_text(versions, "svafuzz", c->svafuzz_version);
	json_add_text(versions, "compiler", c->compiler);
}

static void add_progress(cJSON *root, const struct report_campaign *c)
{
	cJSON *array = json_add_array(root, "progress");

	for (size_t i = 0; i < c->num_progress; i++) {
		cJSON *row = json_push_object(array);

		json_add_number(row, "seconds", c->progress[i].seconds);
		json_add_number(row, "traces", (double)c->progress[i].traces);
		json_add_number(row, "coverage", (double)c->progress[i].coverage);
		json_add_number(row, "corpus", (double)c->progress[i].corpus);
		json_add_number(row, "findings", (double)c->progress[i].findings);
	}
}

static void add_rules(cJSON *root, const struct report_campaign *c)
{
	cJSON *array = json_add_array(root, "rules");

	for (size_t i = 0; i < c->num_rules; i++) {
		cJSON *rule = json_push_object(array);

		json_add_text(rule, "id", c->rule[i].id);
		json_add_text(rule, "name", c->rule[i].name);
		json_add_text(rule, "source", c->rule[i].source);
		json_add_text(rule, "text", c->rule[i].text);
	}
}

static void add_matrix(cJSON *root, const struct report_campaign *c)
{
	cJSON *matrix = json_add_object(root, "matrix");
	cJSON *ops = json_add_array(matrix, "ops"), *rows = json_add_array(matrix, "rows");

	for (size_t i = 0; i < c->num_ops; i++)
		json_push_text(ops, c->op[i]);
	for (size_t i = 0; i < c->num_rows; i++) {
		cJSON *row = json_push_object(rows), *counts;

		json_add_text(row, "rule", c->row[i].rule);
		counts = json_add_array(row, "counts");
		for (size_t k = 0; k < c->num_ops; k++)
			json_push_number(counts, c->row[i].count[k]);
	}
	json_add_number(matrix, "inputs", c->inputs);
}

static void add_known(cJSON *root, const struct report_campaign *c)
{
	cJSON *array = json_add_array(root, "known");

	for (size_t i = 0; i < c->num_known; i++) {
		cJSON *known = json_push_object(array);

		json_add_text(known, "trace", c->known[i].trace);
		json_add_number(known, "hits", (double)c->known[i].hits);
	}
}

static void add_steps(cJSON *finding, const struct report_case *from)
{
	cJSON *array = json_add_array(finding, "steps");

	for (size_t i = 0; i < from->num_steps; i++) {
		cJSON *step = cJSON_Parse(from->step[i].step);

		CHECK(step && cJSON_AddItemToArray(array, step), "a step is no JSON");
		json_add_raw(step, "state", from->step[i].state ? from->step[i].state : "null");
	}
}

static void add_findings(cJSON *root, const struct report_campaign *c)
{
	cJSON *array = json_add_array(root, "findings");

	for (size_t i = 0; i < c->num_cases; i++) {
		const struct report_case *from = &c->cases[i];
		cJSON *finding = json_push_object(array);

		json_add_text(finding, "kind", from->kind);
		json_add_text(finding, "rule", from->rule);
		json_add_text(finding, "signature", from->signature);
		json_add_text_or_null(finding, "known", from->known);
		json_add_number(finding, "op", from->op);
		json_add_text(finding, "expected", from->expected);
		json_add_text(finding, "observed", from->observed);
		json_add_text(finding, "trace_file", from->trace_file);
		json_add_text(finding, "trace", from->trace);
		json_add_text(finding, "replay", from->replay);
		add_steps(finding, from);
	}
}

char *report_campaign_json(const struct report_campaign *c)
{
	cJSON *root = json_object();

	json_add_text(root, "schema", "svafuzz-report-1");
	add_campaign(root, c);
	add_progress(root, c);
	add_rules(root, c);
	add_matrix(root, c);
	add_known(root, c);
	add_findings(root, c);
	return json_take(root);
}
