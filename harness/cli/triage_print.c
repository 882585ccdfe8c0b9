/* SPDX-License-Identifier: MIT */
/* The result of a triage, for people and for machines. */
#include "triage.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

const char *const triage_status_name[TRIAGE_STATUSES] = {
	[TRIAGE_NEW] = "new",
	[TRIAGE_KNOWN] = "known",
	[TRIAGE_FLAKY] = "flaky",
};

static size_t count_groups(const struct triage *triage, enum triage_status status)
{
	size_t count = 0;

	for (size_t i = 0; i < triage->count; i++)
		count += triage->group[i].status == status;
	return count;
}

static void print_groups(const struct triage *triage)
{
	if (!triage->count)
		return;
	printf("%6s  %-6s %4s %8s  %-54s %s\n", "inputs", "status", "ops", "minimal", "signature",
	       "shortest input");
	for (size_t i = 0; i < triage->count; i++) {
		const struct triage_group *group = &triage->group[i];
		char minimal[16] = "";

		if (group->minimal >= 0)
			snprintf(minimal, sizeof(minimal), "%d", group->minimal);
		printf("%6zu  %-6s %4u %8s  %-54s %s", group->count,
		       triage_status_name[group->status], group->shortest->trace->num_ops, minimal,
		       group->signature, group->shortest->path);
		if (*group->known)
			printf(" (%s)", group->known);
		putchar('\n');
	}
}

void triage_print(const struct triage *triage)
{
	for (size_t i = 0; i < triage->inputs.count; i++)
		if (triage->inputs.input[i].why)
			printf("skipped: %s: %s\n", triage->inputs.input[i].path,
			       triage->inputs.input[i].why);
	print_groups(triage);
	printf("%zu inputs, %zu groups: %zu known, %zu new, %zu flaky; %zu skipped",
	       triage->inputs.count - triage->inputs.skipped, triage->count,
	       count_groups(triage, TRIAGE_KNOWN), count_groups(triage, TRIAGE_NEW),
	       count_groups(triage, TRIAGE_FLAKY), triage->inputs.skipped);
	if (triage->clean)
		printf("; %zu show nothing", triage->clean);
	putchar('\n');
}

static cJSON *group_to_json(const struct triage_group *group)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddStringToObject(json, "signature", group->signature);
	cJSON_AddStringToObject(json, "status", triage_status_name[group->status]);
	cJSON_AddStringToObject(json, "kind", divergence_kind_name(group->finding.divergence.kind));
	cJSON_AddStringToObject(json, "op", group->finding.divergence.op_text);
	cJSON_AddStringToObject(json, "rule", group->finding.divergence.rule);
	cJSON_AddNumberToObject(json, "inputs", (double)group->count);
	cJSON_AddStringToObject(json, "shortest", group->shortest->path);
	cJSON_AddNumberToObject(json, "ops", group->shortest->trace->num_ops);
	if (*group->shortest->fault)
		cJSON_AddStringToObject(json, "fault", group->shortest->fault);
	if (*group->known)
		cJSON_AddStringToObject(json, "known", group->known);
	if (group->minimal >= 0)
		cJSON_AddNumberToObject(json, "minimal_ops", group->minimal);
	return json;
}

void triage_print_json(const struct triage *triage)
{
	cJSON *json = cJSON_CreateObject(), *list;
	char *text;

	cJSON_AddNumberToObject(json, "inputs",
				(double)(triage->inputs.count - triage->inputs.skipped));
	cJSON_AddNumberToObject(json, "clean", (double)triage->clean);
	for (unsigned status = 0; status < TRIAGE_STATUSES; status++)
		cJSON_AddNumberToObject(json, triage_status_name[status],
					(double)count_groups(triage, status));
	list = cJSON_AddArrayToObject(json, "groups");
	for (size_t i = 0; i < triage->count; i++)
		cJSON_AddItemToArray(list, group_to_json(&triage->group[i]));
	list = cJSON_AddArrayToObject(json, "skipped");
	for (size_t i = 0; i < triage->inputs.count; i++) {
		cJSON *skipped;

		if (!triage->inputs.input[i].why)
			continue;
		skipped = cJSON_CreateObject();
		cJSON_AddStringToObject(skipped, "path", triage->inputs.input[i].path);
		cJSON_AddStringToObject(skipped, "why", triage->inputs.input[i].why);
		cJSON_AddItemToArray(list, skipped);
	}
	text = cJSON_Print(json);
	CHECK(text, "no memory for the result as JSON");
	puts(text);
	free(text);
	cJSON_Delete(json);
}
