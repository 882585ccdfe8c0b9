/* SPDX-License-Identifier: MIT */
/* svafuzz fuzz, and svafuzz campaign: a campaign, from its options to its summary. */
#include "campaign.h"

#include <stdlib.h>
#include <string.h>

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

/* What was asked for makes sense together. */
static int check_options(const char *name, const struct campaign *campaign)
{
	if ((campaign->seconds == 0 && !campaign->runs) || campaign->jobs == 0 ||
	    campaign->jobs > CAMPAIGN_MAX_JOBS)
		return cli_fail(EXIT_BAD_INPUT,
				"%s: --time must be at least 1 and --jobs 1..%d; "
				"change them",
				name, CAMPAIGN_MAX_JOBS);
	if (campaign->runs && (campaign->jobs > 1 || campaign->engine_kind != ENGINE_LIBFUZZER))
		return cli_fail(EXIT_BAD_INPUT,
				"%s: --runs counts one job of libfuzzer; leave --jobs and "
				"--engine out",
				name);
	return EXIT_NOTHING_FOUND;
}

static bool has_option(int argc, char **argv, const char *name)
{
	size_t size = strlen(name);

	for (int i = 1; i < argc; i++)
		if (!strncmp(argv[i], name, size) && (!argv[i][size] || argv[i][size] == '='))
			return true;
	return false;
}

/* A campaign goes on as it began: what it tests and how cannot change on the way. */
static int check_resume_words(int argc, char **argv)
{
	static const char *const allowed[] = {"--resume", "--time", "--help"};

	for (int i = 1; i < argc; i++) {
		bool good = strncmp(argv[i], "--", 2) != 0;

		for (size_t k = 0; k < ARRAY_SIZE(allowed); k++) {
			size_t size = strlen(allowed[k]);

			good |= !strncmp(argv[i], allowed[k], size) &&
				(!argv[i][size] || argv[i][size] == '=');
		}
		if (!good)
			return cli_fail(EXIT_BAD_INPUT,
					"%s: '%s': a resumed campaign keeps its own options; only "
					"--time, seconds more, goes with --resume",
					argv[0], argv[i]);
	}
	return EXIT_NOTHING_FOUND;
}

static int run_campaign(struct campaign *campaign)
{
	struct error error = {0};
	int status;

	campaign_print_start(campaign);
	cli_catch_signals();
	campaign_run(campaign, &error);
	status = campaign_conclude(campaign, NULL, NULL);
	if (error.set)
		return cli_fail(EXIT_MISSING, "%s", error.text);
	return status;
}

static bool find_engine(struct campaign *campaign, unsigned seed, struct error *error)
{
	campaign->setup.kind = campaign->engine_kind;
	campaign->setup.config = &campaign->config;
	campaign->setup.seed = seed;
	return engine_find(&campaign->setup, error);
}

static int start(struct campaign *campaign, const char *out)
{
	struct error error = {0};
	int status;

	campaign->known = cli_load_known(&campaign->config, campaign->setup.known, &error);
	if (error.set)
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	if (!find_engine(campaign, campaign->seed, &error))
		status = cli_fail(EXIT_MISSING, "%s", error.text);
	else if (!cli_make_campaign(campaign->dir, out, "", &error) ||
		 !campaign_take_folder(campaign, &error) || !campaign_prepare(campaign, &error))
		status = cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	else
		status = run_campaign(campaign);
	free(campaign->known);
	return status;
}

static int go_on(struct campaign *campaign)
{
	/* Not the changes that were tried before. */
	unsigned seed = campaign->seed ? campaign->seed + campaign->jobs * campaign->resumed : 0;
	struct error error = {0};

	if (!find_engine(campaign, seed, &error))
		return cli_fail(EXIT_MISSING, "%s", error.text);
	/* Without its state it was killed before its corpus was complete. */
	if (!campaign_has_state(campaign) ? !campaign_prepare(campaign, &error)
					  : !campaign_save_state(campaign, &error))
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	campaign_look_silently(campaign);
	return run_campaign(campaign);
}

static int resume(struct campaign *campaign, const char *dir, unsigned more, int argc, char **argv)
{
	struct error error = {0};
	int status;

	if (!cli_path(campaign->dir, &error, "%s", dir))
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	for (size_t size = strlen(campaign->dir); size > 1 && campaign->dir[size - 1] == '/';)
		campaign->dir[--size] = '\0';
	if (!campaign_take_folder(campaign, &error) || !campaign_load(campaign, &error))
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	status = cli_check_config(&campaign->config);
	if (!status)
		status = check_options(argv[0], campaign);
	if (!status && more && !campaign->seconds)
		status = cli_fail(EXIT_BAD_INPUT, "%s: %s counts traces; leave --time out", argv[0],
				  dir);
	if (!status && *campaign->config.fault && !check_has_faults())
		status = cli_exec_faults(argc, argv);
	if (!status) {
		if (more)
			campaign->seconds = (unsigned)campaign->before.seconds + more;
		status = go_on(campaign);
	}
	free(campaign->known);
	return status;
}

int cli_fuzz(int argc, char **argv)
{
	static struct campaign campaign;
	const char *engine = "libfuzzer", *out = NULL, *folder = NULL;
	unsigned runs = 0;
	const struct cli_option options[] = {
		CLI_CONFIG_OPTIONS(&campaign.config),
		{"time", CLI_UNSIGNED, &campaign.seconds, "seconds, 60"},
		{"runs", CLI_UNSIGNED, &runs,
		 "end after so many traces; with --seed, the same each time"},
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
		{"resume", CLI_STRING, &folder,
		 "go on with the campaign of this folder, by its options; --time: seconds more"},
		{NULL, CLI_FLAG, NULL, NULL},
	};
	struct cli_arguments arguments;
	int status;

	campaign.config = check_default_config();
	campaign.jobs = 1;
	campaign.seconds =
		has_option(argc, argv, "--runs") || has_option(argc, argv, "--resume") ? 0 : 60;
	arguments = cli_parse(argc, argv, options);
	if (arguments.status >= 0)
		return arguments.status;
	campaign.runs = runs;
	if (!campaign.config.fault)
		campaign.config.fault = "";
	if (arguments.count)
		return cli_fail(EXIT_BAD_INPUT, "%s: '%s' is too much; %s takes options only",
				argv[0], arguments.word[0], argv[0]);
	if (folder) {
		status = check_resume_words(argc, argv);
		return status ? status : resume(&campaign, folder, campaign.seconds, argc, argv);
	}
	if (!parse_engine(engine, &campaign.engine_kind))
		return EXIT_BAD_INPUT;
	status = check_options(argv[0], &campaign);
	if (!status)
		status = cli_check_config(&campaign.config);
	if (status)
		return status;
	if (*campaign.config.fault && !check_has_faults())
		return cli_exec_faults(argc, argv);
	return start(&campaign, out);
}
