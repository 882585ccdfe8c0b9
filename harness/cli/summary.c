/* SPDX-License-Identifier: MIT */
/* The end of a campaign: each finding run again, summary.json, and the same for people. */
#include "campaign.h"

#include "../../reports/report.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REPLAY_SECONDS = 30 };

struct found {
	char kind[24], rule[32], signature[160];
	char trace[CLI_PATH_MAX], command[2 * CLI_PATH_MAX];
};

struct summary {
	const struct campaign *campaign;
	unsigned count;
	struct found *found;
	struct report_finding *row;
	const char *driver_version;
	unsigned num_known; /* known divergences that were met */
	struct report_known known[CHECK_MAX_KNOWN];
};

static bool is_text_trace(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && !strcmp(dot, ".trace");
}

/* Calls `each` for every file of dir/folder that counts. */
static void for_each_file(const char *dir, const char *folder, bool (*counts)(const char *name),
			  void (*each)(void *ctx, const char *folder, const char *name), void *ctx)
{
	struct error error = {0};
	char path[CLI_PATH_MAX];
	struct dirent **entries;
	int count;

	if (!cli_path(path, &error, "%s/%s", dir, folder))
		return;
	count = scandir(path, &entries, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		if (counts(entries[i]->d_name))
			each(ctx, path, entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

static void for_each_finding(const struct campaign *campaign,
			     void (*each)(void *ctx, const char *folder, const char *name),
			     void *ctx)
{
	char folder[64];

	for_each_file(campaign->dir, "findings", is_text_trace, each, ctx);
	for_each_file(campaign->dir, "crashes", engine_is_artifact, each, ctx);
	if (campaign->engine_kind != ENGINE_AFL)
		return;
	for (unsigned i = 0; i < campaign->jobs; i++) {
		snprintf(folder, sizeof(folder), "afl/job%u/crashes", i);
		for_each_file(campaign->dir, folder, engine_is_artifact, each, ctx);
	}
}

static void announce(void *ctx, const char *folder, const char *name)
{
	struct campaign *campaign = ctx;
	char *slot;

	for (unsigned i = 0; i < campaign->num_seen; i++)
		if (!strncmp(campaign->seen[i], name, sizeof(campaign->seen[i]) - 1))
			return;
	if (campaign->num_seen == CAMPAIGN_MAX_FINDINGS)
		return;
	slot = campaign->seen[campaign->num_seen++];
	snprintf(slot, sizeof(campaign->seen[0]), "%s", name);
	printf("%sfinding %u: %s/%s\n", isatty(STDOUT_FILENO) ? "\r\033[K" : "", campaign->num_seen,
	       folder, name);
	fflush(stdout);
}

unsigned campaign_look(struct campaign *campaign)
{
	for_each_finding(campaign, announce, campaign);
	return campaign->num_seen;
}

/* A crash artifact is bytes: its text form goes to findings/, where people look. */
static bool keep_as_text(const struct campaign *campaign, const char *from, const char *name,
			 struct trace *trace, char *to)
{
	static char text[TRACE_TEXT_MAX];
	struct error error = {0};
	size_t size;
	char *data;

	if (!cli_read_file(from, &data, &size, &error))
		return false;
	trace_decode(trace, (const uint8_t *)data, size);
	free(data);
	size = trace_format(trace, text, sizeof(text));
	return cli_path(to, &error, "%s/findings/%s.trace", campaign->dir, name) &&
	       cli_write_file(to, text, size, &error);
}

static void name_crash(const struct campaign *campaign, struct found *found, const char *name)
{
	snprintf(found->kind, sizeof(found->kind), "%s", divergence_kind_name(DIVERGENCE_CRASH));
	snprintf(found->signature, sizeof(found->signature), "%s/%s/crash/%.100s",
		 campaign->config.driver, campaign->config.smmu, name);
}

static void judge(struct summary *summary, struct found *found, const struct trace *trace,
		  const char *name)
{
	const struct check_config *config = &summary->campaign->config;
	struct cli_isolated result = cli_run_isolated(config, trace, REPLAY_SECONDS);
	const struct divergence *divergence = &result.divergence;

	printf("\n");
	if (!result.ran || (divergence->kind == DIVERGENCE_NONE && engine_is_artifact(name))) {
		name_crash(summary->campaign, found, name);
		printf("%s: crash; see %s/job-*.log\n  replay: %s\n", found->trace,
		       summary->campaign->dir, found->command);
		return;
	}
	if (divergence->kind == DIVERGENCE_NONE) {
		snprintf(found->kind, sizeof(found->kind), "not-repeated");
		snprintf(found->signature, sizeof(found->signature), "%.150s", name);
		printf("%s: passes when run alone; see its .txt\n", found->trace);
		return;
	}
	snprintf(found->kind, sizeof(found->kind), "%s", divergence_kind_name(divergence->kind));
	snprintf(found->rule, sizeof(found->rule), "%s", divergence->rule);
	divergence_signature(config, divergence, found->signature, sizeof(found->signature));
	cli_print_finding(config, found->trace, trace, divergence);
}

static void collect(void *ctx, const char *folder, const char *name)
{
	static struct trace trace;
	struct summary *summary = ctx;
	struct found *found = &summary->found[summary->count];
	struct error error = {0};
	char path[CLI_PATH_MAX];

	if (summary->count == CAMPAIGN_MAX_FINDINGS ||
	    !cli_path(path, &error, "%s/%s", folder, name))
		return;
	/* The text form of a crash is counted by its artifact. */
	if (is_text_trace(name) && engine_is_artifact(name))
		return;
	if (engine_is_artifact(name)
		    ? !keep_as_text(summary->campaign, path, name, &trace, found->trace)
		    : !(cli_load(&trace, path, &error) &&
			cli_path(found->trace, &error, "%s", path))) {
		cli_fail(EXIT_BAD_INPUT, "%s", error.set ? error.text : path);
		return;
	}
	cli_replay_command(&summary->campaign->config, found->trace, found->command,
			   sizeof(found->command));
	judge(summary, found, &trace, name);
	summary->row[summary->count++] = (struct report_finding){
		.kind = found->kind,
		.rule = found->rule,
		.signature = found->signature,
		.trace = found->trace,
		.command = found->command,
	};
}

static bool write_json(const struct summary *summary, double seconds, const char *path,
		       struct error *error)
{
	const struct campaign *campaign = summary->campaign;
	struct campaign_totals totals = campaign_totals(campaign);
	const struct report report = {
		.campaign = strrchr(campaign->dir, '/') + 1,
		.driver = campaign->config.driver,
		.smmu = campaign->config.smmu,
		.policy = driver_find(campaign->config.driver)->ops->policy,
		.cache = cli_cache_name(campaign->config.cache),
		.engine = engine_name(campaign->engine_kind),
		.fault = campaign->config.fault,
		.jobs = campaign->jobs,
		.seed = campaign->seed,
		.interrupted = campaign->interrupted,
		.seconds = seconds,
		.traces = totals.traces,
		.coverage = totals.coverage,
		.corpus = totals.corpus,
		.driver_version = summary->driver_version,
		.num_known = summary->num_known,
		.known = summary->known,
		.num_findings = summary->count,
		.finding = summary->row,
		.svafuzz_version = SVAFUZZ_VERSION,
		.compiler = __VERSION__,
	};
	char *text = report_to_json(&report);
	bool good = cli_write_file(path, text, strlen(text), error);

	free(text);
	return good;
}

static void print_summary(const struct summary *summary, double seconds, const char *path)
{
	const struct campaign *campaign = summary->campaign;
	struct campaign_totals totals = campaign_totals(campaign);

	printf("\nsummary: %s%s%s on %s, policy %s, caches %s, %s\n", campaign->config.driver,
	       *summary->driver_version ? " " : "", summary->driver_version, campaign->config.smmu,
	       driver_find(campaign->config.driver)->ops->policy,
	       cli_cache_name(campaign->config.cache), engine_name(campaign->engine_kind));
	printf("  time      %.0f s%s, %u job%s\n", seconds,
	       campaign->interrupted ? " (interrupted)" : "", campaign->jobs,
	       campaign->jobs == 1 ? "" : "s");
	printf("  traces    %llu, %.0f/s\n", (unsigned long long)totals.traces,
	       seconds > 0 ? (double)totals.traces / seconds : 0);
	printf("  coverage  %u, corpus %u traces\n", totals.coverage, totals.corpus);
	for (unsigned i = 0; i < summary->num_known; i++)
		printf("  known     %s: met %llu times\n", summary->known[i].trace,
		       (unsigned long long)summary->known[i].hits);
	printf("  findings  %u\n", summary->count);
	for (unsigned i = 0; i < summary->count; i++)
		printf("    %-12s %-24s %s\n", summary->found[i].kind, summary->found[i].rule,
		       summary->found[i].trace);
	printf("  report    %s\n", path);
}

/* Each is written up: they are counted, not reported. */
static void collect_known(struct summary *summary)
{
	const struct check_known *known = summary->campaign->known;

	for (unsigned i = 0; known && i < known->count; i++) {
		uint64_t hits = campaign_known(summary->campaign, i);

		if (hits)
			summary->known[summary->num_known++] = (struct report_known){
				.trace = known->entry[i].trace,
				.hits = hits,
			};
	}
}

/* What exactly was tested, "" when the driver's name says it all. */
static const char *driver_version(const struct campaign *campaign)
{
	const struct driver *driver = driver_find(campaign->config.driver);

	return driver->ops->version ? driver->ops->version(driver) : "";
}

int campaign_conclude(struct campaign *campaign)
{
	double seconds = cli_now() - campaign->started;
	struct summary summary = {
		.campaign = campaign,
		.driver_version = driver_version(campaign),
	};
	struct error error = {0};
	char path[CLI_PATH_MAX];
	int status;

	summary.found = calloc(CAMPAIGN_MAX_FINDINGS + 1, sizeof(*summary.found));
	summary.row = calloc(CAMPAIGN_MAX_FINDINGS + 1, sizeof(*summary.row));
	CHECK(summary.found && summary.row, "no memory for the summary");
	for_each_finding(campaign, collect, &summary);
	collect_known(&summary);
	if (cli_path(path, &error, "%s/summary.json", campaign->dir) &&
	    write_json(&summary, seconds, path, &error)) {
		print_summary(&summary, seconds, path);
		status = summary.count ? EXIT_DIVERGENCE : EXIT_NOTHING_FOUND;
	} else {
		status = cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	}
	free(summary.found);
	free(summary.row);
	return status;
}
