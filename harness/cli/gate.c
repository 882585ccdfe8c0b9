/* SPDX-License-Identifier: MIT */
/*
 * svafuzz gate: what a build server asks. The regressions and the known divergences run again, then
 * a campaign; red only for a signature that nobody has agreed to: neither written up in
 * corpus/known nor listed in the baseline.
 */
#include "baseline.h"
#include "campaign.h"

#include "../check/runner.h"
#include "../check/save.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { REPLAY_SECONDS = 30 };

struct gate {
	struct campaign campaign;
	const char *baseline_path, *write_path, *out;
	struct signatures baseline, found, fresh;
	unsigned replayed, silent; /* known divergences that show no more */
};

/* One signature that was met, and the trace that shows it. */
static void meet(struct gate *gate, const char *signature, const char *trace)
{
	if (signatures_have(&gate->found, signature))
		return;
	signatures_add(&gate->found, signature);
	if (signatures_have(&gate->baseline, signature))
		return;
	signatures_add(&gate->fresh, signature);
	printf("new: %s %s\n", signature, trace);
	fflush(stdout);
}

static bool meet_divergence(struct gate *gate, const char *path, const struct trace *trace,
			    const struct divergence *divergence, struct error *error)
{
	const struct check_config *config = &gate->campaign.config;
	char signature[160], findings[CLI_PATH_MAX];
	bool is_new;

	divergence_signature(config, divergence, signature, sizeof(signature));
	meet(gate, signature, path);
	/* The campaign's folder has all of the gate's findings. */
	return cli_path(findings, error, "%s/findings", gate->campaign.dir) &&
	       finding_save(findings, config, divergence, trace, &is_new, error);
}

/* Its own entries for this driver: what diverges is one of them. */
static bool judge_known(struct gate *gate, struct check_runner *runner, const char *path,
			const struct trace *trace, const struct check_known *own,
			struct error *error)
{
	struct check_config config = gate->campaign.config;
	struct check_result result = check_runner_run(runner, trace, false);

	if (!result.ran)
		return error_set(error, "%s", result.error.text);
	config.known = own;
	if (result.unsupported)
		return true;
	gate->replayed++;
	if (result.divergence.kind == DIVERGENCE_NONE) {
		gate->silent++;
		printf("%s: diverges no more as its '# known:' says; move it to regressions/\n",
		       path);
		return true;
	}
	return check_known_find(&config, &result.divergence) >= 0 ||
	       meet_divergence(gate, path, trace, &result.divergence, error);
}

static bool replay_one(struct gate *gate, struct check_runner *runner, const char *path,
		       struct error *error)
{
	static struct check_known own;
	static struct trace trace;
	struct check_result result;
	bool ours = false;

	own.count = 0;
	if (!cli_for_driver(path, gate->campaign.config.driver))
		return true;
	if (!check_known_add(&own, path, error) || !cli_load(&trace, path, error))
		return false;
	for (unsigned i = 0; i < own.count; i++)
		ours |= check_known_names(&own.entry[i], &gate->campaign.config, false);
	if (ours)
		return judge_known(gate, runner, path, &trace, &own, error);
	if (own.count)
		return true;
	result = check_runner_run(runner, &trace, true);
	if (!result.ran)
		return error_set(error, "%s", result.error.text);
	gate->replayed += !result.unsupported;
	return result.divergence.kind == DIVERGENCE_NONE ||
	       meet_divergence(gate, path, &trace, &result.divergence, error);
}

static bool replay_corpus(struct gate *gate, struct error *error)
{
	static const char *const folders[] = {"regressions", "known"};
	char corpus[CLI_PATH_MAX], folder[CLI_PATH_MAX];
	struct cli_files files = {0};
	struct check_runner runner;
	bool good = cli_tree_path(corpus, "corpus", error);

	for (size_t i = 0; good && i < ARRAY_SIZE(folders); i++) {
		good = cli_path(folder, error, "%s/%s", corpus, folders[i]);
		if (good && !access(folder, R_OK))
			good = cli_files_add(&files, folder, error);
	}
	check_runner_open(&runner, &gate->campaign.config, REPLAY_SECONDS);
	for (size_t i = 0; good && i < files.count; i++)
		good = replay_one(gate, &runner, files.path[i], error);
	check_runner_close(&runner);
	cli_files_free(&files);
	if (good)
		printf("replayed %u traces of corpus/regressions and corpus/known\n",
		       gate->replayed);
	return good;
}

static bool fuzz(struct gate *gate, struct error *error)
{
	struct campaign *campaign = &gate->campaign;
	struct campaign_found *found = calloc(CAMPAIGN_MAX_FINDINGS, sizeof(*found));
	unsigned count = 0;
	bool good;

	CHECK(found, "no memory for the findings");
	campaign_print_start(campaign);
	cli_catch_signals();
	good = campaign_run(campaign, error);
	if (campaign_conclude(campaign, found, &count) > EXIT_DIVERGENCE)
		good = error_set(error, "%s: no summary; see above", campaign->dir);
	printf("\n");
	for (unsigned i = 0; i < count; i++)
		meet(gate, found[i].signature, found[i].trace);
	free(found);
	return good;
}

/* --out is the campaign's folder itself, so that what comes next knows where it is. */
static bool make_folder(struct gate *gate, struct error *error)
{
	static const char *const folders[] = {"corpus", "findings", "crashes"};
	char *dir = gate->campaign.dir, path[CLI_PATH_MAX];

	if (!gate->out)
		return cli_make_campaign(dir, NULL, "-gate", error);
	if (!cli_path(dir, error, "%s", gate->out))
		return false;
	for (size_t size = strlen(dir); size > 1 && dir[size - 1] == '/';)
		dir[--size] = '\0';
	if (!cli_path(path, error, "%s/campaign.json", dir))
		return false;
	if (!access(path, F_OK))
		return error_set(error, "%s: has a campaign already; name another folder", dir);
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (!cli_path(path, error, "%s/%s", dir, folders[i]) || !cli_make_dirs(path, error))
			return false;
	return true;
}

static int verdict(struct gate *gate)
{
	size_t agreed = gate->found.count - gate->fresh.count;
	struct error error = {0};

	if (gate->write_path) {
		if (!baseline_write(&gate->found, gate->write_path, &error))
			return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
		printf("gate: %zu signatures written to %s\n", gate->found.count, gate->write_path);
		return EXIT_NOTHING_FOUND;
	}
	printf("gate: %s: %zu new, %zu in the baseline", gate->fresh.count ? "red" : "green",
	       gate->fresh.count, agreed);
	if (gate->silent)
		printf(", %u known diverge no more", gate->silent);
	putchar('\n');
	return gate->fresh.count ? EXIT_DIVERGENCE : EXIT_NOTHING_FOUND;
}

static int run_gate(struct gate *gate)
{
	struct campaign *campaign = &gate->campaign;
	struct error error = {0};

	campaign->setup.kind = ENGINE_LIBFUZZER;
	campaign->setup.config = &campaign->config;
	campaign->setup.seed = campaign->seed;
	if (!engine_find(&campaign->setup, &error))
		return cli_fail(EXIT_MISSING, "%s", error.text);
	if ((gate->baseline_path && !baseline_read(&gate->baseline, gate->baseline_path, &error)) ||
	    !make_folder(gate, &error) || !campaign_take_folder(campaign, &error) ||
	    !campaign_prepare(campaign, &error) || !replay_corpus(gate, &error))
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	if (!fuzz(gate, &error))
		return cli_fail(EXIT_MISSING, "%s", error.text);
	return verdict(gate);
}

static int start(struct gate *gate)
{
	struct campaign *campaign = &gate->campaign;
	struct error error = {0};
	int status;

	campaign->known = cli_load_known(&campaign->config, campaign->setup.known, &error);
	status = error.set ? cli_fail(EXIT_BAD_INPUT, "%s", error.text) : run_gate(gate);
	free(campaign->known);
	signatures_free(&gate->baseline);
	signatures_free(&gate->found);
	signatures_free(&gate->fresh);
	return status;
}

int cli_gate(int argc, char **argv)
{
	static struct gate gate;
	struct campaign *campaign = &gate.campaign;
	const struct cli_option options[] = {
		CLI_CONFIG_OPTIONS(&campaign->config),
		{"time", CLI_UNSIGNED, &campaign->seconds, "seconds to fuzz, 60"},
		{"jobs", CLI_UNSIGNED, &campaign->jobs, "engines at once, 1"},
		{"seed", CLI_UNSIGNED, &campaign->seed,
		 "of the engine's randomness; 0: by the clock"},
		{"fault", CLI_STRING, &campaign->config.fault, "run with this planted fault"},
		CLI_KNOWN_OPTION(&campaign->setup.known),
		{"baseline", CLI_STRING, &gate.baseline_path,
		 "file of signatures that are agreed to, one a line, # comments"},
		{"write-baseline", CLI_STRING, &gate.write_path,
		 "write all signatures that were met there, and end with 0"},
		{"out", CLI_STRING, &gate.out, "the campaign's folder, a new one in reports"},
		{NULL, CLI_FLAG, NULL, NULL},
	};
	struct cli_arguments arguments;
	int status;

	campaign->config = check_default_config();
	campaign->seconds = 60;
	campaign->jobs = 1;
	arguments = cli_parse(argc, argv, options);
	if (arguments.status >= 0)
		return arguments.status;
	if (!campaign->config.fault)
		campaign->config.fault = "";
	if (arguments.count)
		return cli_fail(EXIT_BAD_INPUT, "gate: '%s' is too much; gate takes options only",
				arguments.word[0]);
	if (campaign->seconds == 0 || campaign->jobs == 0 || campaign->jobs > CAMPAIGN_MAX_JOBS)
		return cli_fail(EXIT_BAD_INPUT,
				"gate: --time must be at least 1 and --jobs 1..%d; change them",
				CAMPAIGN_MAX_JOBS);
	status = cli_check_config(&campaign->config);
	if (status)
		return status;
	if (*campaign->config.fault && !check_has_faults())
		return cli_exec_faults(argc, argv);
	return start(&gate);
}
