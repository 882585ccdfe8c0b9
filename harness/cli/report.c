/* SPDX-License-Identifier: MIT */
/*
 * svafuzz report: a campaign's folder as a page for people, as JSON, SARIF and JUnit XML. Every finding
 * is run again, step by step. What a killed campaign left is enough.
 */
#include "report.h"

#include "../../reports/page/page.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_PROGRESS = 400 };

/* What the campaign says of itself, what is read first goes first: at its end, each second, at its start.
 * NULL: not there. */
enum { SUMMARY, STATE, OPTIONS, NUM_SOURCES };
static const char *const source_name[NUM_SOURCES] = {"summary.json", "state.json", "campaign.json"};

struct making {
	const char *dir;
	char out[CLI_PATH_MAX], name[256], started[32];
	cJSON *source[NUM_SOURCES];
	struct check_config config;
	struct check_known *known;
	struct report_campaign campaign;
	struct report_progress *progress;
	struct report_met met[CHECK_MAX_KNOWN];
	struct report_findings findings;
	struct report_counts *counts;
	/* The matrix without empty rows and columns. */
	struct report_rule rule[REPORT_MAX_RULES];
	struct report_row row[REPORT_MAX_RULES];
	const char *op[TRACE_NUM_OPS];
	uint32_t cell[REPORT_MAX_RULES][TRACE_NUM_OPS];
};

/* A file that is there and is no JSON object is named. */
static cJSON *read_json(const char *dir, const char *name)
{
	char path[CLI_PATH_MAX];
	struct error error = {0};
	struct stat info;
	cJSON *root = NULL;
	size_t size;
	char *text;

	if (!cli_path(path, &error, "%s/%s", dir, name) || (stat(path, &info) && errno == ENOENT))
		return NULL;
	if (!cli_read_file(path, &text, &size, &error)) {
		fprintf(stderr, "svafuzz: %s; skipped\n", error.text);
		return NULL;
	}
	root = cJSON_ParseWithLength(text, size);
	free(text);
	if (cJSON_IsObject(root))
		return root;
	cJSON_Delete(root);
	fprintf(stderr, "svafuzz: %s: is no JSON object; skipped\n", path);
	return NULL;
}

static const char *text_of(const struct making *m, const char *key, const char *otherwise)
{
	for (unsigned i = 0; i < NUM_SOURCES; i++) {
		const cJSON *item = cJSON_GetObjectItemCaseSensitive(m->source[i], key);

		if (cJSON_IsString(item))
			return item->valuestring;
	}
	return otherwise;
}

/* Out of the first so many sources. */
static double number_in(const struct making *m, const char *key, unsigned sources)
{
	for (unsigned i = 0; i < sources; i++) {
		const cJSON *item = cJSON_GetObjectItemCaseSensitive(m->source[i], key);

		if (cJSON_IsNumber(item) && item->valuedouble >= 0 && item->valuedouble < 1e15)
			return item->valuedouble;
	}
	return 0;
}

static double number_of(const struct making *m, const char *key)
{
	return number_in(m, key, NUM_SOURCES);
}

static const char *version_of(const struct making *m, const char *key, const char *otherwise)
{
	for (unsigned i = 0; i < NUM_SOURCES; i++) {
		const cJSON *versions = cJSON_GetObjectItemCaseSensitive(m->source[i], "versions");
		const cJSON *item = cJSON_GetObjectItemCaseSensitive(versions, key);

		if (cJSON_IsString(item))
			return item->valuestring;
	}
	return otherwise;
}

/* A folder's name is its campaign's start (folder.c): "20261123T091344Z". */
static void set_name(struct making *m)
{
	char whole[CLI_PATH_MAX];
	const char *path = realpath(m->dir, whole) ? whole : m->dir, *slash = strrchr(path, '/');
	unsigned part[6];

	snprintf(m->name, sizeof(m->name), "%.255s", slash && slash[1] ? slash + 1 : path);
	if (sscanf(m->name, "%4u%2u%2uT%2u%2u%2uZ", &part[0], &part[1], &part[2], &part[3],
		   &part[4], &part[5]) == 6)
		snprintf(m->started, sizeof(m->started), "%04u-%02u-%02uT%02u:%02u:%02uZ",
			 part[0] % 10000, part[1] % 100, part[2] % 100, part[3] % 100,
			 part[4] % 100, part[5] % 100);
}

static int set_config(struct making *m)
{
	const char *cache = text_of(m, "cache", "");

	m->config = check_default_config();
	m->config.driver = text_of(m, "driver", "");
	m->config.smmu = text_of(m, "smmu", "");
	m->config.fault = text_of(m, "fault", "");
	for (unsigned i = 0; i <= SMMU_CACHE_WORST; i++)
		if (!strcmp(cli_cache_name((enum smmu_cache_mode)i), cache))
			m->config.cache = (enum smmu_cache_mode)i;
	for (unsigned i = 0; i <= CHECK_ALL; i++)
		if (!strcmp(cli_depth_name((enum check_depth)i), text_of(m, "depth", "")))
			m->config.depth = (enum check_depth)i;
	if (!*m->config.driver || !*m->config.smmu)
		return cli_fail(
			EXIT_BAD_INPUT,
			"%s: neither summary.json nor campaign.json says what ran; name the "
			"folder of a campaign",
			m->dir);
	return cli_check_config(&m->config);
}

static void set_campaign(struct making *m)
{
	m->campaign = (struct report_campaign){
		.name = m->name,
		.started = text_of(m, "started", m->started),
		.commit = text_of(m, "commit", ""),
		.driver = m->config.driver,
		.driver_version = version_of(m, "driver", ""),
		.smmu = m->config.smmu,
		.policy = text_of(m, "policy", driver_find(m->config.driver)->ops->policy),
		.cache = cli_cache_name(m->config.cache),
		.engine = text_of(m, "engine", ""),
		.fault = m->config.fault,
		.svafuzz_version = version_of(m, "svafuzz", SVAFUZZ_VERSION),
		.compiler = version_of(m, "compiler", ""),
		.jobs = (unsigned)number_of(m, "jobs"),
		.seed = (unsigned)number_of(m, "seed"),
		.seeds = (unsigned)number_of(m, "seeds"),
		/* Options say how many were asked for. */
		.seconds = number_in(m, "seconds", OPTIONS),
		.interrupted = !m->source[SUMMARY] || cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(
							      m->source[SUMMARY], "interrupted")),
		.traces = (uint64_t)number_of(m, "traces"),
		.coverage = (uint64_t)number_of(m, "coverage"),
		.corpus = (uint64_t)number_of(m, "corpus"),
	};
}

static void set_met(struct making *m)
{
	const cJSON *array = cJSON_GetObjectItemCaseSensitive(m->source[SUMMARY], "known"), *item;

	m->campaign.known = m->met;
	if (!cJSON_IsArray(array))
		return;
	cJSON_ArrayForEach(item, array)
	{
		const cJSON *trace = cJSON_GetObjectItemCaseSensitive(item, "trace");
		const cJSON *hits = cJSON_GetObjectItemCaseSensitive(item, "hits");

		if (!cJSON_IsString(trace) || !cJSON_IsNumber(hits) || hits->valuedouble < 0 ||
		    m->campaign.num_known == CHECK_MAX_KNOWN)
			continue;
		m->met[m->campaign.num_known++] = (struct report_met){
			.trace = trace->valuestring, .hits = (uint64_t)hits->valuedouble};
	}
}

static bool parse_progress(const char *line, struct report_progress *row)
{
	unsigned long long traces, coverage, corpus, findings;
	char end;

	if (sscanf(line, "%lf,%llu,%llu,%llu,%llu%c", &row->seconds, &traces, &coverage, &corpus,
		   &findings, &end) != 5 ||
	    !(row->seconds >= 0 && row->seconds < 1e12))
		return false;
	row->traces = traces;
	row->coverage = coverage;
	row->corpus = corpus;
	row->findings = findings;
	return true;
}

/* As many rows as a chart can show: evenly, and the last one. */
static size_t thin_out(struct report_progress *row, size_t count)
{
	size_t step = count / MAX_PROGRESS + 1, kept = 0;

	for (size_t i = 0; i < count; i += step)
		row[kept++] = row[i];
	if (count && (count - 1) % step)
		row[kept++] = row[count - 1];
	return kept;
}

static void read_progress(struct making *m)
{
	char path[CLI_PATH_MAX], *text, *save = NULL;
	struct error error = {0};
	size_t size, count = 0, room = 1, number = 0;
	struct stat info;

	if (!cli_path(path, &error, "%s/progress.csv", m->dir) || stat(path, &info) ||
	    !cli_read_file(path, &text, &size, &error)) {
		if (error.set)
			fprintf(stderr, "svafuzz: %s; skipped\n", error.text);
		return;
	}
	for (size_t i = 0; i < size; i++)
		room += text[i] == '\n';
	m->progress = calloc(room + 1, sizeof(*m->progress));
	CHECK(m->progress, "no memory for %zu lines", room);
	for (char *line = strtok_r(text, "\r\n", &save); line; line = strtok_r(NULL, "\r\n", &save))
		if (parse_progress(line, &m->progress[count]))
			count++;
		else if (number++)
			fprintf(stderr, "svafuzz: %s: '%.60s' is no line of progress; skipped\n",
				path, line);
	free(text);
	m->campaign.num_progress = thin_out(m->progress, count);
	m->campaign.progress = m->progress;
}

static bool is_found(const struct making *m, const char *rule)
{
	for (size_t i = 0; i < m->findings.count; i++)
		if (!strcmp(m->findings.cases[i].rule, rule))
			return true;
	return false;
}

static bool has_column(const struct report_counts *counts, unsigned op)
{
	for (unsigned i = 0; i < check_num_rules; i++)
		if (counts->count[i][op])
			return true;
	return false;
}

static void set_matrix(struct making *m)
{
	struct report_campaign *campaign = &m->campaign;
	uint8_t column[TRACE_NUM_OPS];

	for (unsigned op = 0; op < TRACE_NUM_OPS; op++) {
		if (!has_column(m->counts, op))
			continue;
		column[campaign->num_ops] = (uint8_t)op;
		m->op[campaign->num_ops++] = trace_op_info[op].text;
	}
	for (unsigned i = 0; i < check_num_rules; i++) {
		const struct check_rule *rule = &check_rules[i];
		uint32_t *cell = m->cell[campaign->num_rows], sum = 0;

		for (unsigned k = 0; k < campaign->num_ops; k++)
			sum += cell[k] = m->counts->count[i][column[k]];
		if (sum || is_found(m, rule->id))
			m->rule[campaign->num_rules++] = (struct report_rule){
				rule->id, rule->name, rule->source, rule->text};
		if (sum)
			m->row[campaign->num_rows++] = (struct report_row){rule->id, cell};
	}
	campaign->rule = m->rule;
	campaign->op = m->op;
	campaign->row = m->row;
	campaign->inputs = m->counts->inputs;
}

static void fill(struct making *m)
{
	set_campaign(m);
	set_met(m);
	read_progress(m);
	report_findings_read(&m->findings, m->dir, &m->config);
	m->campaign.cases = m->findings.cases;
	m->campaign.num_cases = m->findings.count;
	m->counts = report_count(m->dir, &m->config);
	set_matrix(m);
}

static bool write_text(const struct making *m, const char *name, const char *text,
		       struct error *error)
{
	char path[CLI_PATH_MAX];

	CHECK(text, "%s was not made", name);
	return cli_path(path, error, "%s/%s", m->out, name) &&
	       cli_write_file(path, text, strlen(text), error);
}

static bool write_all(const struct making *m, struct error *error)
{
	char *json = report_campaign_json(&m->campaign), *page = page_make(json, strlen(json));
	char *sarif = report_campaign_sarif(&m->campaign);
	char *junit = report_campaign_junit(&m->campaign);
	bool good = write_text(m, "report.html", page, error) &&
		    write_text(m, "report.json", json, error) &&
		    write_text(m, "report.sarif", sarif, error) &&
		    write_text(m, "report.junit.xml", junit, error);

	free(page);
	free(json);
	free(sarif);
	free(junit);
	return good;
}

static int make(struct making *m)
{
	struct error error = {0};

	if (!cli_make_dirs(m->out, &error))
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	fill(m);
	if (!write_all(m, &error))
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	printf("%zu finding%s", m->findings.count, m->findings.count == 1 ? "" : "s");
	if (m->findings.skipped)
		printf(", %u file%s skipped", m->findings.skipped,
		       m->findings.skipped == 1 ? "" : "s");
	printf("; rules counted over %u inputs\nreport: %s/report.html\n", m->counts->inputs,
	       m->out);
	return EXIT_NOTHING_FOUND;
}

static void release(struct making *m)
{
	report_findings_free(&m->findings);
	free(m->counts);
	free(m->progress);
	free(m->known);
	for (unsigned i = 0; i < NUM_SOURCES; i++)
		cJSON_Delete(m->source[i]);
	free(m);
}

static int prepare(struct making *m, const char *out)
{
	struct error error = {0};
	const char *known;
	struct stat info;
	int status;

	if (stat(m->dir, &info) || !S_ISDIR(info.st_mode))
		return cli_fail(EXIT_BAD_INPUT, "%s: is no folder; name a campaign's", m->dir);
	for (unsigned i = 0; i < NUM_SOURCES; i++)
		m->source[i] = read_json(m->dir, source_name[i]);
	set_name(m);
	status = set_config(m);
	if (status)
		return status;
	known = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(m->source[OPTIONS], "known"));
	m->known = cli_load_known(&m->config, known && *known ? known : NULL, &error);
	if (out ? !cli_path(m->out, &error, "%s", out)
		: !cli_path(m->out, &error, "%s/report", m->dir))
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	return error.set ? cli_fail(EXIT_BAD_INPUT, "%s", error.text) : EXIT_NOTHING_FOUND;
}

/* Paths are put together from it. */
static const char *without_slash(char *path)
{
	size_t size = strlen(path);

	while (size > 1 && path[size - 1] == '/')
		path[--size] = '\0';
	return path;
}

int cli_report(int argc, char **argv)
{
	const char *out = NULL;
	const struct cli_option options[] = {
		{"o", CLI_STRING, &out, "folder to write to; DIR/report when left out"},
		{NULL, CLI_FLAG, NULL, NULL},
	};
	struct cli_arguments arguments = cli_parse(argc, argv, options);
	struct making *m;
	int status;

	if (arguments.status >= 0)
		return arguments.status;
	if (arguments.count != 1)
		return cli_fail(EXIT_BAD_INPUT, "report: %d folders; name one", arguments.count);
	m = calloc(1, sizeof(*m));
	CHECK(m, "no memory for a report");
	m->dir = without_slash(arguments.word[0]);
	status = prepare(m, out);
	if (!status && m->config.fault && *m->config.fault && !check_has_faults())
		status = cli_exec_faults(argc, argv);
	else if (!status)
		status = make(m);
	release(m);
	return status;
}
