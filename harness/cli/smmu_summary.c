/* SPDX-License-Identifier: MIT */
/* The end of a campaign with device-level traces: summary.json, and the same for people. */
#include "smmu_campaign.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct found {
	char kind[24], signature[DEV_SIGNATURE_SIZE], trace[CLI_PATH_MAX];
	char command[2 * CLI_PATH_MAX];
};

static double per_second(double count, double seconds)
{
	return floor(count / (seconds > 0.001 ? seconds : 1) + 0.5);
}

static int is_trace(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && !strcmp(dot, ".smmu");
}

static int is_crash(const struct dirent *entry)
{
	return engine_is_artifact(entry->d_name);
}

/* Bytes that crashed, as text beside the findings. */
static void keep_crash(const struct smmu_campaign *campaign, const char *name)
{
	static struct dev_trace trace;
	static char text[DEV_TEXT_MAX];
	struct error error = {0};
	char path[CLI_PATH_MAX];
	size_t size;
	char *data;

	if (!cli_path(path, &error, "%s/crashes/%s", campaign->dir, name) ||
	    !cli_read_file(path, &data, &size, &error))
		return;
	dev_decode(&trace, (const uint8_t *)data, size);
	free(data);
	size = dev_format(&trace, text, sizeof(text));
	if (cli_path(path, &error, "%s/findings/%s.smmu", campaign->dir, name))
		cli_write_file(path, text, size, &error);
}

static void keep_crashes(const struct smmu_campaign *campaign)
{
	struct error error = {0};
	char path[CLI_PATH_MAX];
	struct dirent **entries;
	int count = -1;

	if (cli_path(path, &error, "%s/crashes", campaign->dir))
		count = scandir(path, &entries, is_crash, alphasort);
	for (int i = 0; i < count; i++) {
		keep_crash(campaign, entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

/* The rest of the line behind the key. */
static void line_after(const char *text, const char *key, char *to, size_t size)
{
	const char *at = strstr(text, key);

	if (at)
		snprintf(to, size, "%.*s", (int)strcspn(at + strlen(key), "\n"), at + strlen(key));
}

/* What the target wrote about the trace; a crash has left nothing but its bytes. */
static struct found read_finding(const struct smmu_campaign *campaign, const char *name)
{
	struct found found = {.kind = "crash"};
	const char *fault = campaign->config.fault;
	char path[CLI_PATH_MAX], program[CLI_PATH_MAX];
	struct error error = {0};
	size_t size;
	char *text;

	cli_path(found.trace, &error, "%s/findings/%s", campaign->dir, name);
	snprintf(found.signature, sizeof(found.signature), "crash | %.200s", name);
	snprintf(found.command, sizeof(found.command), "%s smmu replay%s%s%s %s",
		 cli_program(program), strcmp(campaign->config.smmu, "qemu") ? "" : " --smmu qemu",
		 *fault ? " --fault " : "", fault, found.trace);
	printf("\n");
	if (cli_path(path, &error, "%s/findings/%.*s.txt", campaign->dir, (int)(strlen(name) - 5),
		     name) &&
	    !access(path, R_OK) && cli_read_file(path, &text, &size, &error)) {
		fwrite(text, 1, size, stdout);
		line_after(text, "finding: ", found.kind, sizeof(found.kind));
		line_after(text, "signature: ", found.signature, sizeof(found.signature));
		free(text);
	} else {
		printf("crash: see %s/job-*.log\n", campaign->dir);
	}
	printf("  trace:     %s\n  replay:    %s\n", found.trace, found.command);
	return found;
}

static void add_text(cJSON *object, const char *key, const char *text)
{
	CHECK(cJSON_AddStringToObject(object, key, text), "no memory for %s", key);
}

static void add_number(cJSON *object, const char *key, double number)
{
	CHECK(cJSON_AddNumberToObject(object, key, number), "no memory for %s", key);
}

static cJSON *add_object(cJSON *array)
{
	cJSON *object = cJSON_CreateObject();

	CHECK(object && cJSON_AddItemToArray(array, object), "no memory for the summary");
	return object;
}

static cJSON *add_array(cJSON *object, const char *key)
{
	cJSON *array = cJSON_AddArrayToObject(object, key);

	CHECK(array, "no memory for %s", key);
	return array;
}

static void add_findings(const struct smmu_campaign *campaign, cJSON *array)
{
	struct error error = {0};
	char path[CLI_PATH_MAX];
	struct dirent **entries;
	int count = -1;

	if (cli_path(path, &error, "%s/findings", campaign->dir))
		count = scandir(path, &entries, is_trace, alphasort);
	for (int i = 0; i < count; i++) {
		struct found found = read_finding(campaign, entries[i]->d_name);
		cJSON *object = add_object(array);

		add_text(object, "kind", found.kind);
		add_text(object, "signature", found.signature);
		add_text(object, "trace", found.trace);
		add_text(object, "replay", found.command);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

/* A file may have several lines: it is counted once. */
static void add_known(const struct smmu_campaign *campaign, cJSON *array)
{
	const struct dev_known *known = &campaign->known;
	uint64_t hits = 0;

	for (unsigned i = 0; i < known->count && i < CHECK_MAX_KNOWN; i++) {
		cJSON *object;

		for (unsigned job = 0; job < campaign->jobs; job++)
			hits += campaign->job[job].engine.known_done[i] +
				campaign->job[job].engine.known[i];
		if (i + 1 < known->count &&
		    !strcmp(known->entry[i].trace, known->entry[i + 1].trace))
			continue;
		if (hits) {
			object = add_object(array);
			add_text(object, "trace", known->entry[i].trace);
			add_number(object, "hits", (double)hits);
			printf("  known     %s: met %llu times\n", known->entry[i].trace,
			       (unsigned long long)hits);
		}
		hits = 0;
	}
}

static cJSON *describe(const struct smmu_campaign *campaign, const struct smmu_totals *t)
{
	cJSON *root = cJSON_CreateObject(), *qemu;

	CHECK(root, "no memory for a report");
	add_text(root, "target", "smmu");
	add_text(root, "smmu", campaign->config.smmu);
	add_text(root, "engine", engine_name(campaign->setup.kind));
	add_text(root, "fault", campaign->config.fault);
	add_number(root, "jobs", campaign->jobs);
	add_number(root, "seed", campaign->seed);
	CHECK(cJSON_AddBoolToObject(root, "interrupted", cli_interrupted()), "no memory");
	add_number(root, "seconds", floor(t->seconds * 10 + 0.5) / 10);
	add_number(root, "traces", (double)t->traces);
	add_number(root, "traces_per_second", per_second((double)t->traces, t->seconds));
	add_number(root, "steps", (double)t->steps);
	add_number(root, "steps_per_second", per_second((double)t->steps, t->seconds));
	add_number(root, "coverage", t->coverage);
	add_number(root, "corpus", t->corpus);
	add_number(root, "restarts", t->restarts);
	if (!strcmp(campaign->config.smmu, "qemu")) {
		qemu = cJSON_AddObjectToObject(root, "qemu");
		CHECK(qemu, "no memory for a report");
		add_number(qemu, "starts", (double)t->starts);
		add_number(qemu, "repeated", (double)t->repeated);
		add_number(qemu, "strays", (double)t->strays);
	}
	return root;
}

static bool write_json(const struct smmu_campaign *campaign, const cJSON *root, char *path)
{
	char *text = cJSON_Print(root);
	struct error error = {0};
	bool good;

	CHECK(text, "no memory for a report");
	good = cli_path(path, &error, "%s/summary.json", campaign->dir) &&
	       cli_write_file(path, text, strlen(text), &error);
	free(text);
	if (!good)
		cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	return good;
}

static void print_totals(const struct smmu_campaign *campaign, const struct smmu_totals *t)
{
	const char *fault = campaign->config.fault;
	bool qemu = !strcmp(campaign->config.smmu, "qemu");

	printf("\nsummary: the emulated SMMU%s%s%s, %s\n", qemu ? " beside QEMU" : " alone",
	       *fault ? ", planted fault " : "", fault, engine_name(campaign->setup.kind));
	printf("  time      %.0f s%s, %u job%s\n", t->seconds,
	       cli_interrupted() ? " (interrupted)" : "", campaign->jobs,
	       campaign->jobs == 1 ? "" : "s");
	printf("  traces    %llu, %.0f/s\n", (unsigned long long)t->traces,
	       per_second((double)t->traces, t->seconds));
	printf("  steps     %llu, %.0f/s\n", (unsigned long long)t->steps,
	       per_second((double)t->steps, t->seconds));
	printf("  coverage  %u, corpus %u traces\n", t->coverage, t->corpus);
	if (t->restarts)
		printf("  restarts  %u of the engine\n", t->restarts);
	if (qemu)
		printf("  qemu      started %llu times; %llu runs op by op; %llu stray writes\n",
		       (unsigned long long)t->starts, (unsigned long long)t->repeated,
		       (unsigned long long)t->strays);
}

int smmu_conclude(const struct smmu_campaign *campaign)
{
	struct smmu_totals totals = smmu_add_up(campaign);
	char path[CLI_PATH_MAX];
	unsigned findings;
	cJSON *root;
	bool good;

	keep_crashes(campaign);
	root = describe(campaign, &totals);
	add_findings(campaign, add_array(root, "findings"));
	findings = (unsigned)cJSON_GetArraySize(cJSON_GetObjectItem(root, "findings"));
	print_totals(campaign, &totals);
	add_known(campaign, add_array(root, "known"));
	add_text(root, "svafuzz", SVAFUZZ_VERSION);
	add_text(root, "compiler", __VERSION__);
	printf("  findings  %u\n", findings);
	good = write_json(campaign, root, path);
	cJSON_Delete(root);
	if (!good)
		return EXIT_BAD_INPUT;
	printf("  report    %s\n", path);
	return findings ? EXIT_DIVERGENCE : EXIT_NOTHING_FOUND;
}
