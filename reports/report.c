/* SPDX-License-Identifier: MIT */
/* A campaign as JSON. Numbers that a reader compares (time, rate) are rounded to what is meant. */
#include "report.h"

#include "../harness/base/base.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void add_text(cJSON *object, const char *key, const char *text)
{
	CHECK(cJSON_AddStringToObject(object, key, text ? text : ""), "no memory for %s", key);
}

static void add_number(cJSON *object, const char *key, double number)
{
	CHECK(cJSON_AddNumberToObject(object, key, number), "no memory for %s", key);
}

static void add_findings(cJSON *root, const struct report *report)
{
	cJSON *array = cJSON_AddArrayToObject(root, "findings");

	CHECK(array, "no memory for the findings");
	for (size_t i = 0; i < report->num_findings; i++) {
		const struct report_finding *finding = &report->finding[i];
		cJSON *object = cJSON_CreateObject();

		CHECK(object && cJSON_AddItemToArray(array, object), "no memory for a finding");
		add_text(object, "kind", finding->kind);
		add_text(object, "rule", finding->rule);
		add_text(object, "signature", finding->signature);
		add_text(object, "trace", finding->trace);
		add_text(object, "replay", finding->command);
	}
}

static void add_known(cJSON *root, const struct report *report)
{
	cJSON *array = cJSON_AddArrayToObject(root, "known");

	CHECK(array, "no memory for the known divergences");
	for (size_t i = 0; i < report->num_known; i++) {
		cJSON *object = cJSON_CreateObject();

		CHECK(object && cJSON_AddItemToArray(array, object), "no memory for one of them");
		add_text(object, "trace", report->known[i].trace);
		add_number(object, "hits", (double)report->known[i].hits);
	}
}

static void add_versions(cJSON *root, const struct report *report)
{
	cJSON *versions = cJSON_AddObjectToObject(root, "versions");

	CHECK(versions, "no memory for the versions");
	add_text(versions, "svafuzz", report->svafuzz_version);
	add_text(versions, "compiler", report->compiler);
	add_text(versions, "driver", report->driver_version);
}

char *report_to_json(const struct report *report)
{
	double rate = report->seconds > 0 ? (double)report->traces / report->seconds : 0;
	cJSON *root = cJSON_CreateObject();
	char *text, *line;

	CHECK(root, "no memory for a report");
	add_text(root, "campaign", report->campaign);
	add_text(root, "driver", report->driver);
	add_text(root, "smmu", report->smmu);
	add_text(root, "policy", report->policy);
	add_text(root, "cache", report->cache);
	add_text(root, "engine", report->engine);
	add_text(root, "fault", report->fault);
	add_number(root, "jobs", report->jobs);
	add_number(root, "seed", report->seed);
	CHECK(cJSON_AddBoolToObject(root, "interrupted", report->interrupted), "no memory");
	add_number(root, "seconds", floor(report->seconds * 10 + 0.5) / 10);
	add_number(root, "traces", (double)report->traces);
	add_number(root, "traces_per_second", floor(rate + 0.5));
	add_number(root, "coverage", report->coverage);
	add_number(root, "corpus", report->corpus);
	add_findings(root, report);
	add_known(root, report);
	add_versions(root, report);
	text = cJSON_Print(root);
	CHECK(text, "no memory for a report");
	cJSON_Delete(root);
	line = malloc(strlen(text) + 2);
	CHECK(line, "no memory for a report");
	strcpy(line, text);
	strcat(line, "\n");
	cJSON_free(text);
	return line;
}
