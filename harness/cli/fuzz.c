/* SPDX-License-Identifier: MIT */
/* svafuzz fuzz: a campaign, from the corpus's seeds to its summary. */
#include "campaign.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	GRACE_SECONDS = 10,    /* for an engine that ends by its own clock */
	SHORT_RUN_SECONDS = 2, /* an engine that lives shorter did not start */
	MAX_SHORT_RUNS = 3,
	QUIET_INTERVAL = 10, /* seconds between progress lines when nobody watches */
};

static bool make_corpus(struct campaign *campaign, unsigned *count, struct error *error)
{
	static const char *const sources[] = {"seeds", "regressions"};
	char corpus[CLI_PATH_MAX], from[CLI_PATH_MAX], to[CLI_PATH_MAX];

	if (!cli_tree_path(corpus, "corpus", error) ||
	    !cli_path(to, error, "%s/corpus", campaign->dir))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		if (!cli_path(from, error, "%s/%s", corpus, sources[i]))
			return false;
		if (!access(from, R_OK) && !cli_assemble(from, to, count, error))
			return false;
	}
	return true;
}

struct campaign_totals campaign_totals(const struct campaign *campaign)
{
	struct campaign_totals totals = {0};

	for (unsigned i = 0; i < campaign->jobs; i++) {
		const struct engine *engine = &campaign->engine[i];

		totals.traces += engine->done + engine->traces;
		if (engine->coverage > totals.coverage)
			totals.coverage = engine->coverage;
		if (engine->corpus > totals.corpus)
			totals.corpus = engine->corpus;
	}
	return totals;
}

uint64_t campaign_known(const struct campaign *campaign, unsigned entry)
{
	uint64_t hits = 0;

	for (unsigned i = 0; i < campaign->jobs; i++)
		hits += campaign->engine[i].known_done[entry] + campaign->engine[i].known[entry];
	return hits;
}

static void print_progress(const struct campaign *campaign, unsigned findings, bool terminal)
{
	struct campaign_totals totals = campaign_totals(campaign);
	double elapsed = cli_now() - campaign->started;
	double left = campaign->seconds > elapsed ? campaign->seconds - elapsed : 0;

	printf("%s%4.0f s, %.0f s left | %llu traces, %.0f/s | coverage %u | corpus %u | "
	       "findings %u%s",
	       terminal ? "\r\033[K" : "", elapsed, left, (unsigned long long)totals.traces,
	       elapsed > 0 ? (double)totals.traces / elapsed : 0, totals.coverage, totals.corpus,
	       findings, terminal ? "" : "\n");
	fflush(stdout);
}

/* An engine that died of a crash goes on in a new process for the time that is left. */
static bool restart(struct campaign *campaign, struct engine *engine, struct error *error)
{
	double now = cli_now();
	double left = campaign->seconds - (now - campaign->started);

	if (left < SHORT_RUN_SECONDS || cli_interrupted())
		return true;
	if (WIFEXITED(engine->status) && WEXITSTATUS(engine->status) == 0)
		return true;
	if (campaign->setup.stop_at_first) {
		campaign->found_first = true;
		return true;
	}
	engine->short_runs = now - engine->started < SHORT_RUN_SECONDS ? engine->short_runs + 1 : 0;
	if (engine->short_runs >= MAX_SHORT_RUNS)
		return error_set(error, "%s ended %d times at once; see %s/job-%u.log",
				 campaign->setup.target, MAX_SHORT_RUNS, campaign->dir,
				 engine->number);
	return engine_start(engine, &campaign->setup, (unsigned)left, error);
}

static bool poll_engines(struct campaign *campaign, unsigned *running, struct error *error)
{
	bool late = cli_now() - campaign->started > campaign->seconds + GRACE_SECONDS;

	*running = 0;
	for (unsigned i = 0; i < campaign->jobs; i++) {
		struct engine *engine = &campaign->engine[i];

		if (!engine->child.pid)
			continue;
		if (late || cli_interrupted() || campaign->found_first)
			engine_stop(engine);
		else if (engine_listen(engine))
			(*running)++;
		else if (!restart(campaign, engine, error))
			return false;
		else
			*running += engine->child.pid != 0;
	}
	return true;
}

static bool run_engines(struct campaign *campaign, struct error *error)
{
	bool terminal = isatty(STDOUT_FILENO), good = true;
	double shown = cli_now();
	unsigned running = 0, findings = 0;

	campaign->started = shown;
	for (unsigned i = 0; good && i < campaign->jobs; i++) {
		campaign->engine[i].number = i;
		campaign->engine[i].child.output = -1;
		good = engine_start(&campaign->engine[i], &campaign->setup, campaign->seconds,
				    error);
	}
	while (good && (good = poll_engines(campaign, &running, error)) && running) {
		findings = campaign_look(campaign);
		if (cli_now() - shown >= (terminal ? 1 : QUIET_INTERVAL)) {
			print_progress(campaign, findings, terminal);
			shown = cli_now();
		}
		usleep(50000);
	}
	for (unsigned i = 0; i < campaign->jobs; i++)
		engine_close(&campaign->engine[i]);
	campaign->interrupted = cli_interrupted();
	print_progress(campaign, campaign_look(campaign), terminal);
	if (terminal)
		putchar('\n');
	return good;
}

static int run_campaign(struct campaign *campaign, const char *out)
{
	struct error error = {0};
	unsigned seeds = 0;
	int status;

	campaign->setup.kind = campaign->engine_kind;
	campaign->setup.config = &campaign->config;
	campaign->setup.seed = campaign->seed;
	if (!engine_find(&campaign->setup, &error))
		return cli_fail(EXIT_MISSING, "%s", error.text);
	if (!cli_make_campaign(campaign->dir, out, "", &error) ||
	    (!campaign->no_seeds && !make_corpus(campaign, &seeds, &error)))
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	campaign->setup.dir = campaign->dir;
	printf("fuzzing %s on %s for %u s: %s, %u job%s, %u seeds%s%s, into %s\n",
	       campaign->config.driver, campaign->config.smmu, campaign->seconds,
	       engine_name(campaign->engine_kind), campaign->jobs, campaign->jobs == 1 ? "" : "s",
	       seeds, *campaign->config.fault ? ", planted fault " : "", campaign->config.fault,
	       campaign->dir);
	cli_catch_signals();
	run_engines(campaign, &error);
	status = campaign_conclude(campaign);
	if (error.set)
		return cli_fail(EXIT_MISSING, "%s", error.text);
	return status;
}

static bool parse_engine(const char *word, enum engine_kind *kind)
{
	for (unsigned i = 0; i < ENGINE_KINDS; i++) {
		if (strcmp(word, engine_name((enum engine_kind)i)))
			continue;
		*kind = (enum engine_kind)i;
		return true;
	}
	cli_fail(EXIT_BAD_INPUT, "unknown engine '%s'; libfuzzer or afl", word);
	return false;
}

int cli_fuzz(int argc, char **argv)
{
	static struct campaign campaign;
	const char *engine = "libfuzzer", *out = NULL;
	const struct cli_option options[] = {
		CLI_CONFIG_OPTIONS(&campaign.config),
		{"time", CLI_UNSIGNED, &campaign.seconds, "seconds, 60"},
		{"jobs", CLI_UNSIGNED, &campaign.jobs, "engines at once, 1"},
		{"engine", CLI_STRING, &engine, "libfuzzer or afl"},
		{"fault", CLI_STRING, &campaign.config.fault, "run with this planted fault"},
		{"seed", CLI_UNSIGNED, &campaign.seed,
		 "of the engine's randomness; 0: by the clock"},
		CLI_KNOWN_OPTION(&campaign.setup.known),
		{"stop-at-first", CLI_FLAG, &campaign.setup.stop_at_first,
		 "end with the first finding"},
		{"no-seeds", CLI_FLAG, &campaign.no_seeds, "start from an empty corpus"},
		{"out", CLI_STRING, &out, "folder for the campaign's folder, reports"},
		{NULL, CLI_FLAG, NULL, NULL},
	};
	struct cli_arguments arguments;
	struct error error = {0};
	int status;

	campaign.config = check_default_config();
	campaign.seconds = 60;
	campaign.jobs = 1;
	arguments = cli_parse(argc, argv, options);
	if (arguments.status >= 0)
		return arguments.status;
	if (!campaign.config.fault)
		campaign.config.fault = "";
	if (arguments.count)
		return cli_fail(EXIT_BAD_INPUT, "fuzz: '%s' is too much; fuzz takes options only",
				arguments.word[0]);
	if (campaign.seconds == 0 || campaign.jobs == 0 || campaign.jobs > CAMPAIGN_MAX_JOBS)
		return cli_fail(EXIT_BAD_INPUT,
				"fuzz: --time must be at least 1 and --jobs 1..%d; "
				"change them",
				CAMPAIGN_MAX_JOBS);
	if (!parse_engine(engine, &campaign.engine_kind))
		return EXIT_BAD_INPUT;
	status = cli_check_config(&campaign.config);
	if (status)
		return status;
	if (*campaign.config.fault && !check_has_faults())
		return cli_exec_faults(argc, argv);
	campaign.known = cli_load_known(&campaign.config, campaign.setup.known, &error);
	status = error.set ? cli_fail(EXIT_BAD_INPUT, "%s", error.text)
			   : run_campaign(&campaign, out);
	free(campaign.known);
	return status;
}
