/* SPDX-License-Identifier: MIT */
/* The end of a campaign: each finding run again, summary.json, and the same for people. */
#include "campaign.h"
#include "digest.h"

#include "../../reports/report.h"
#include "../check/runner.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REPLAY_SECONDS = 30 };

struct summary {
	const struct campaign *campaign;
	struct check_runner runner;
	unsigned count;
	struct campaign_found *found;
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

/* The number of a file name that was not seen before, else 0. */
static unsigned first_seen(struct campaign *campaign, const char *name)
{
	for (unsigned i = 0; i < campaign->num_seen; i++)
		if (!strncmp(campaign->seen[i], name, sizeof(campaign->seen[i]) - 1))
			return 0;
	if (campaign->num_seen == CAMPAIGN_MAX_FINDINGS)
		return 0;
	snprintf(campaign->seen[campaign->num_seen], sizeof(campaign->seen[0]), "%s", name);
	return ++campaign->num_seen;
}

static bool text_of_artifact(const char *name)
{
	return is_text_trace(name) && engine_is_artifact(name);
}

static void announce(void *ctx, const char *folder, const char *name)
{
	unsigned number = text_of_artifact(name) ? 0 : first_seen(ctx, name);

	if (!number)
		return;
	printf("%sfinding %u: %s/%s\n", isatty(STDOUT_FILENO) ? "\r\033[K" : "", number, folder,
	       name);
	fflush(stdout);
}

static void note(void *ctx, const char *folder, const char *name)
{
	(void)folder;
	if (!text_of_artifact(name))
		first_seen(ctx, name);
}

unsigned campaign_look(struct campaign *campaign)
{
	for_each_finding(campaign, announce, campaign);
	return campaign->num_seen;
}

unsigned campaign_look_silently(struct campaign *campaign)
{
	for_each_finding(campaign, note, campaign);
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

/* By where it dies and of what; one that needs the engine's sanitizers, by its input. */
static void name_crash(const struct campaign *campaign, struct campaign_found *found,
		       const struct divergence *crash, const char *name)
{
	snprintf(found->kind, sizeof(found->kind), "%s", divergence_kind_name(DIVERGENCE_CRASH));
	if (crash) {
		snprintf(found->rule, sizeof(found->rule), "%s", crash->rule);
		divergence_signature(&campaign->config, crash, found->signature,
				     sizeof(found->signature));
		return;
	}
	snprintf(found->signature, sizeof(found->signature), "%s/%s/crash/input/%.100s",
		 campaign->config.driver, campaign->config.smmu, name);
}

/* Its file says what it was when it was found: "# iomm/emulated/stale-atc/munmap/D-2". */
static void sign_by_comment(struct campaign_found *found, const char *name)
{
	struct error error = {0};
	size_t size;
	char *text;

	snprintf(found->signature, sizeof(found->signature), "%.150s", name);
	if (!cli_read_file(found->trace, &text, &size, &error))
		return;
	text[strcspn(text, "\n")] = '\0';
	if (!strncmp(text, "# ", 2) && strchr(text, '/'))
		snprintf(found->signature, sizeof(found->signature), "%.150s", text + 2);
	free(text);
}

static void judge(struct summary *summary, struct campaign_found *found, const struct trace *trace,
		  const char *name)
{
	const struct check_config *config = &summary->campaign->config;
	struct check_result result = check_runner_run(&summary->runner, trace, true);
	const struct divergence *divergence = &result.divergence;

	printf("\n");
	if (!result.ran || result.crashed ||
	    (divergence->kind == DIVERGENCE_NONE && engine_is_artifact(name))) {
		name_crash(summary->campaign, found, result.crashed ? divergence : NULL, name);
		printf("%s: crash; see %s/job-*.log\n  replay: %s\n", found->trace,
		       summary->campaign->dir, found->command);
		return;
	}
	if (divergence->kind == DIVERGENCE_NONE) {
		snprintf(found->kind, sizeof(found->kind), "not-repeated");
		sign_by_comment(found, name);
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
	struct campaign_found *found = &summary->found[summary->count];
	struct error error = {0};
	char path[CLI_PATH_MAX];

	if (summary->count == CAMPAIGN_MAX_FINDINGS ||
	    !cli_path(path, &error, "%s/%s", folder, name))
		return;
	/* The text form of a crash is counted by its artifact. */
	if (text_of_artifact(name))
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

static bool write_json(const struct summary *summary, const char *path, struct error *error)
{
	const struct campaign *campaign = summary->campaign;
	struct campaign_totals totals = campaign_totals(campaign);
	const char *slash = strrchr(campaign->dir, '/');
	const struct report report = {
		.campaign = slash ? slash + 1 : campaign->dir,
		.driver = campaign->config.driver,
		.smmu = campaign->config.smmu,
		.policy = driver_find(campaign->config.driver)->ops->policy,
		.cache = cli_cache_name(campaign->config.cache),
		.engine = engine_name(campaign->engine_kind),
		.fault = campaign->config.fault,
		.jobs = campaign->jobs,
		.seed = campaign->seed,
		.interrupted = campaign->interrupted,
		.seconds = totals.seconds,
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

/* Two campaigns of the same seed and number of traces end with the same corpus. */
static void print_corpus(const struct campaign *campaign)
{
	char path[CLI_PATH_MAX];
	struct error error = {0};
	uint64_t digest;
	unsigned count;

	if (cli_path(path, &error, "%s/corpus", campaign->dir) &&
	    digest_folder(path, &digest, &count, &error))
		printf("  digest    %016llx of %u files in corpus\n", (unsigned long long)digest,
		       count);
}

static void print_summary(const struct summary *summary, const char *path)
{
	const struct campaign *campaign = summary->campaign;
	struct campaign_totals totals = campaign_totals(campaign);

	printf("\nsummary: %s%s%s on %s, policy %s, caches %s, %s\n", campaign->config.driver,
	       *summary->driver_version ? " " : "", summary->driver_version, campaign->config.smmu,
	       driver_find(campaign->config.driver)->ops->policy,
	       cli_cache_name(campaign->config.cache), engine_name(campaign->engine_kind));
	printf("  time      %.0f s%s, %u job%s\n", totals.seconds,
	       campaign->interrupted ? " (interrupted)" : "", campaign->jobs,
	       campaign->jobs == 1 ? "" : "s");
	printf("  traces    %llu, %.0f/s\n", (unsigned long long)totals.traces,
	       totals.seconds > 0 ? (double)totals.traces / totals.seconds : 0);
	printf("  coverage  %u, corpus %u traces\n", totals.coverage, totals.corpus);
	printf("  rules     %u of %u seen, in one trace of 64\n", campaign_num_rules(&totals),
	       check_num_rules);
	for (unsigned i = 0; i < summary->num_known; i++)
		printf("  known     %s: met %llu times\n", summary->known[i].trace,
		       (unsigned long long)summary->known[i].hits);
	if (campaign->runs)
		print_corpus(campaign);
	printf("  findings  %u\n", summary->count);
	for (unsigned i = 0; i < summary->count; i++)
		printf("    %-12s %-24s %s\n", summary->found[i].kind, summary->found[i].rule,
		       summary->found[i].trace);
	printf("  report    %s\n", path);
}

/* Each is written up: they are counted, not reported. */
static void collect_known(struct summary *summary)
{
	struct campaign_totals totals = campaign_totals(summary->campaign);
	const struct check_known *known = summary->campaign->known;

	for (unsigned i = 0; known && i < known->count; i++) {
		if (totals.known[i])
			summary->known[summary->num_known++] = (struct report_known){
				.trace = known->entry[i].trace,
				.hits = totals.known[i],
			};
	}
}

/* What exactly was tested, "" when the driver's name says it all. */
static const char *driver_version(const struct campaign *campaign)
{
	const struct driver *driver = driver_find(campaign->config.driver);

	return driver->ops->version ? driver->ops->version(driver) : "";
}

int campaign_conclude(struct campaign *campaign, struct campaign_found *found, unsigned *count)
{
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
	check_runner_open(&summary.runner, &campaign->config, REPLAY_SECONDS);
	for_each_finding(campaign, collect, &summary);
	check_runner_close(&summary.runner);
	collect_known(&summary);
	if (cli_path(path, &error, "%s/summary.json", campaign->dir) &&
	    write_json(&summary, path, &error)) {
		print_summary(&summary, path);
		status = summary.count ? EXIT_DIVERGENCE : EXIT_NOTHING_FOUND;
	} else {
		status = cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	}
	if (found) {
		memcpy(found, summary.found, summary.count * sizeof(*found));
		*count = summary.count;
	}
	free(summary.found);
	free(summary.row);
	return status;
}
