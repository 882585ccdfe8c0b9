/* SPDX-License-Identifier: MIT */
/*
 * A campaign's findings as SARIF 2.1.0 (OASIS). Paths are relative to the campaign's folder, which
 * uriBaseId CAMPAIGN stands for (3.14.14): whoever reads it knows where that is.
 */
#include "campaign.h"

#include "json.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a result is of: a rule of ours, or where findings have none, the kind of divergence. */
static const char *rule_id(const struct report_campaign *c, const struct report_case *from)
{
	for (size_t i = 0; i < c->num_rules; i++)
		if (!strcmp(c->rule[i].id, from->rule))
			return from->rule;
	return from->kind;
}

static void add_message(cJSON *object, const char *key, const char *text)
{
	json_add_text(json_add_object(object, key), "text", text);
}

/* Kinds that stand for rules: each once, after the rules. */
static void add_kinds(cJSON *rules, const struct report_campaign *c)
{
	for (size_t i = 0; i < c->num_cases; i++) {
		const char *id = rule_id(c, &c->cases[i]);
		bool there = id != c->cases[i].kind;
		cJSON *rule;

		for (size_t k = 0; k < i && !there; k++)
			there = rule_id(c, &c->cases[k]) == c->cases[k].kind &&
				!strcmp(c->cases[k].kind, id);
		if (there)
			continue;
		rule = json_push_object(rules);
		json_add_text(rule, "id", id);
		add_message(rule, "shortDescription", "A divergence that is of no rule's.");
	}
}

static void add_driver(cJSON *run, const struct report_campaign *c)
{
	cJSON *driver = json_add_object(json_add_object(run, "tool"), "driver"), *rules;

	json_add_text(driver, "name", "svafuzz");
	json_add_text(driver, "version", c->svafuzz_version);
	rules = json_add_array(driver, "rules");
	for (size_t i = 0; i < c->num_rules; i++) {
		cJSON *rule = json_push_object(rules), *properties;

		json_add_text(rule, "id", c->rule[i].id);
		if (*c->rule[i].name)
			json_add_text(rule, "name", c->rule[i].name);
		add_message(rule, "shortDescription", c->rule[i].text);
		properties = json_add_object(rule, "properties");
		json_add_text(properties, "source", c->rule[i].source);
	}
	add_kinds(rules, c);
}

/* A path as a relative URI reference (RFC 3986): what is not unreserved is escaped, but for slashes. */
static char *uri_of(const char *path)
{
	char *uri = malloc(3 * strlen(path) + 1), *at = uri;

	CHECK(uri, "no memory for a path");
	for (; *path; path++) {
		if (isalnum((unsigned char)*path) || strchr("-._~/", *path))
			*at++ = *path;
		else
			at += sprintf(at, "%%%02X", (unsigned char)*path);
	}
	*at = '\0';
	return uri;
}

static void add_location(cJSON *result, const struct report_case *from)
{
	cJSON *location = json_push_object(json_add_array(result, "locations"));
	cJSON *physical = json_add_object(location, "physicalLocation");
	cJSON *artifact = json_add_object(physical, "artifactLocation"), *region;
	char *uri = uri_of(from->trace_file);

	json_add_text(artifact, "uri", uri);
	json_add_text(artifact, "uriBaseId", "CAMPAIGN");
	free(uri);
	region = json_add_object(physical, "region");
	json_add_number(region, "startLine", from->line ? from->line : 1);
}

static void add_result(cJSON *results, const struct report_campaign *c,
		       const struct report_case *from)
{
	cJSON *result = json_push_object(results), *prints, *properties;
	char text[1024];

	json_add_text(result, "ruleId", rule_id(c, from));
	json_add_text(result, "level", from->known ? "note" : "error");
	snprintf(text, sizeof(text), "%s at %s: expected %s; observed %s.%s%s", from->kind,
		 from->op_text, from->expected, from->observed, from->known ? " Known: " : "",
		 from->known ? from->known : "");
	add_message(result, "message", text);
	add_location(result, from);
	prints = json_add_object(result, "partialFingerprints");
	json_add_text(prints, "svafuzzSignature/v1", from->signature);
	properties = json_add_object(result, "properties");
	json_add_text(properties, "kind", from->kind);
	json_add_text(properties, "replay", from->replay);
}

char *report_campaign_sarif(const struct report_campaign *c)
{
	cJSON *root = json_object(), *run, *base, *results;

	json_add_text(root, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
	json_add_text(root, "version", "2.1.0");
	run = json_push_object(json_add_array(root, "runs"));
	add_driver(run, c);
	base = json_add_object(json_add_object(run, "originalUriBaseIds"), "CAMPAIGN");
	add_message(base, "description", "The campaign's folder.");
	json_add_text(run, "columnKind", "utf16CodeUnits");
	results = json_add_array(run, "results");
	for (size_t i = 0; i < c->num_cases; i++)
		add_result(results, c, &c->cases[i]);
	return json_take(root);
}
