/* SPDX-License-Identifier: MIT */
/* The time of a campaign: engines started, listened to, started again, ended. */
#include "campaign.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	GRACE_SECONDS = 10,    /* for an engine that ends by its own clock */
	SHORT_RUN_SECONDS = 2, /* an engine that lives shorter did not start */
	MAX_SHORT_RUNS = 3,
	QUIET_INTERVAL = 10, /* seconds between progress lines when nobody watches */
	STATE_INTERVAL = 1,
	PROGRESS_INTERVAL = 5,
};

static bool make_corpus(struct campaign *campaign, struct error *error)
{
	static const char *const sources[] = {"seeds", "regressions"};
	char corpus[CLI_PATH_MAX], from[CLI_PATH_MAX], to[CLI_PATH_MAX];

	if (!cli_tree_path(corpus, "corpus", error) ||
	    !cli_path(to, error, "%s/corpus", campaign->dir))
		return false;
	campaign->num_seeds = 0;
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		if (!cli_path(from, error, "%s/%s", corpus, sources[i]))
			return false;
		if (!access(from, R_OK) && !cli_assemble(from, to, &campaign->num_seeds, error))
			return false;
	}
	return true;
}

bool campaign_prepare(struct campaign *campaign, struct error *error)
{
	campaign->setup.dir = campaign->dir;
	/* state.json last: a folder that has it has all of its corpus. */
	return campaign_save_options(campaign, error) &&
	       (campaign->no_seeds || make_corpus(campaign, error)) &&
	       campaign_save_state(campaign, error);
}

static double elapsed(const struct campaign *campaign)
{
	double now = campaign->ended > 0 ? campaign->ended : cli_now();
	double run = campaign->started > 0 ? now - campaign->started : 0;

	return campaign->before.seconds + run;
}

/* Seconds that are left; without an end by the clock, enough to start an engine. */
static double time_left(const struct campaign *campaign)
{
	double left = campaign->seconds - elapsed(campaign);

	if (!campaign->seconds)
		return SHORT_RUN_SECONDS;
	return left > 0 ? left : 0;
}

struct campaign_totals campaign_totals(const struct campaign *campaign)
{
	struct campaign_totals totals = campaign->before;

	totals.seconds = elapsed(campaign);
	for (unsigned i = 0; i < campaign->jobs; i++) {
		const struct engine *engine = &campaign->engine[i];

		totals.traces += engine->done + engine->traces;
		if (engine->coverage > totals.coverage)
			totals.coverage = engine->coverage;
		if (engine->corpus > totals.corpus)
			totals.corpus = engine->corpus;
		for (unsigned word = 0; word < ENGINE_RULE_WORDS; word++)
			totals.rules[word] |= engine->rules[word];
		for (unsigned entry = 0; entry < CHECK_MAX_KNOWN; entry++)
			totals.known[entry] += engine->known_done[entry] + engine->known[entry];
	}
	return totals;
}

unsigned campaign_num_rules(const struct campaign_totals *totals)
{
	unsigned count = 0;

	for (unsigned i = 0; i < ENGINE_RULE_WORDS; i++)
		count += (unsigned)__builtin_popcountll(totals->rules[i]);
	return count;
}

/* "240 s left", "1200 traces left" */
static void say_left(const struct campaign *campaign, uint64_t traces, char *words, size_t size)
{
	if (campaign->seconds)
		snprintf(words, size, "%.0f s left", time_left(campaign));
	else
		snprintf(words, size, "%llu traces left",
			 (unsigned long long)(campaign->runs > traces ? campaign->runs - traces
								      : 0));
}

static void print_progress(const struct campaign *campaign, unsigned findings, bool terminal)
{
	struct campaign_totals totals = campaign_totals(campaign);
	char left[64];

	say_left(campaign, totals.traces, left, sizeof(left));
	printf("%s%4.0f s, %s | %llu traces, %.0f/s | coverage %u | corpus %u | rules %u | "
	       "findings %u%s",
	       terminal ? "\r\033[K" : "", totals.seconds, left, (unsigned long long)totals.traces,
	       totals.seconds > 0 ? (double)totals.traces / totals.seconds : 0, totals.coverage,
	       totals.corpus, campaign_num_rules(&totals), findings, terminal ? "" : "\n");
	fflush(stdout);
}

void campaign_print_start(const struct campaign *campaign)
{
	const char *fault = campaign->config.fault;
	char length[64];

	if (campaign->seconds)
		snprintf(length, sizeof(length), "%u s", campaign->seconds);
	else
		snprintf(length, sizeof(length), "%llu traces", (unsigned long long)campaign->runs);
	printf("fuzzing %s on %s for %s: %s, %u job%s, %u seeds%s%s, into %s\n",
	       campaign->config.driver, campaign->config.smmu, length,
	       engine_name(campaign->engine_kind), campaign->jobs, campaign->jobs == 1 ? "" : "s",
	       campaign->num_seeds, *fault ? ", planted fault " : "", fault, campaign->dir);
	if (campaign->resumed)
		printf("resumed at %.0f s, %llu traces, %u finding%s\n", campaign->before.seconds,
		       (unsigned long long)campaign->before.traces, campaign->num_seen,
		       campaign->num_seen == 1 ? "" : "s");
	fflush(stdout);
}

/* An engine that died of a crash goes on in a new process for the time that is left. */
static bool restart(struct campaign *campaign, struct engine *engine, struct error *error)
{
	double left = time_left(campaign);

	if (left < SHORT_RUN_SECONDS || cli_interrupted())
		return true;
	if (campaign->setup.runs && engine->done >= campaign->setup.runs)
		return true;
	if (WIFEXITED(engine->status) && WEXITSTATUS(engine->status) == 0)
		return true;
	if (campaign->setup.stop_at_first) {
		campaign->found_first = true;
		return true;
	}
	engine->short_runs =
		cli_now() - engine->started < SHORT_RUN_SECONDS ? engine->short_runs + 1 : 0;
	if (engine->short_runs >= MAX_SHORT_RUNS)
		return error_set(error, "%s ended %d times at once; see %s/job-%u.log",
				 campaign->setup.target, MAX_SHORT_RUNS, campaign->dir,
				 engine->number);
	return engine_start(engine, &campaign->setup, campaign->seconds ? (unsigned)left : 0,
			    error);
}

static bool poll_engines(struct campaign *campaign, unsigned *running, struct error *error)
{
	bool late = campaign->seconds && elapsed(campaign) > campaign->seconds + GRACE_SECONDS;

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

static bool start_engines(struct campaign *campaign, struct error *error)
{
	unsigned left = campaign->seconds ? (unsigned)(time_left(campaign) + 0.5) : 0;
	uint64_t traces = campaign->before.traces;
	bool ended;

	campaign->setup.runs = campaign->runs > traces ? campaign->runs - traces : 0;
	ended = (campaign->seconds && !left) || (campaign->runs && !campaign->setup.runs);
	for (unsigned i = 0; i < campaign->jobs; i++) {
		campaign->engine[i].number = i;
		campaign->engine[i].child.output = -1;
		if (!ended && !engine_start(&campaign->engine[i], &campaign->setup, left, error))
			return false;
	}
	return true;
}

struct clock {
	double shown, saved, written;
};

/* What is due: the line for people, the state, the line for curves. */
static bool keep_record(const struct campaign *campaign, struct clock *clock, unsigned findings,
			bool terminal, struct error *error)
{
	double now = cli_now();

	if (now - clock->shown >= (terminal ? 1 : QUIET_INTERVAL)) {
		print_progress(campaign, findings, terminal);
		clock->shown = now;
	}
	if (now - clock->saved >= STATE_INTERVAL) {
		if (!campaign_save_state(campaign, error))
			return false;
		clock->saved = now;
	}
	if (now - clock->written < PROGRESS_INTERVAL)
		return true;
	clock->written = now;
	return campaign_add_progress(campaign, findings, error);
}

bool campaign_run(struct campaign *campaign, struct error *error)
{
	bool terminal = isatty(STDOUT_FILENO), good;
	struct clock clock;
	unsigned running = 0;

	campaign->setup.dir = campaign->dir;
	campaign->started = cli_now();
	clock = (struct clock){campaign->started, campaign->started, campaign->started};
	good = (campaign->resumed || campaign_add_progress(campaign, 0, error)) &&
	       start_engines(campaign, error);
	while (good && (good = poll_engines(campaign, &running, error)) && running) {
		good = keep_record(campaign, &clock, campaign_look(campaign), terminal, error);
		usleep(50000);
	}
	for (unsigned i = 0; i < campaign->jobs; i++)
		engine_close(&campaign->engine[i]);
	campaign->ended = cli_now();
	campaign->interrupted = cli_interrupted();
	print_progress(campaign, campaign_look(campaign), terminal);
	if (terminal)
		putchar('\n');
	return good && campaign_save_state(campaign, error) &&
	       campaign_add_progress(campaign, campaign->num_seen, error);
}
