/* SPDX-License-Identifier: MIT */
/*
 * svafuzz faults: is every planted fault caught, by its witness trace and by fuzzing? The witness
 * must pass without the fault and diverge by the fault's rule with it. Both run on the driver that
 * the witness names ("# driver:"), or on ours; a fault whose driver this build has not is skipped.
 */
#include "smmu.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WITNESS_SECONDS = 30, GRACE_SECONDS = 15, MAX_JOBS = 64 };

enum fault_state { FAULT_WAITING, FAULT_FUZZING, FAULT_DONE };

struct fault {
	const struct check_fault *info;
	enum fault_state state;
	bool caught, found, skipped;
	bool device;		      /* its witness is a device-level trace */
	char driver[64];	      /* "# driver:" of the witness */
	char witness[160], fuzz[160]; /* what the line says */
	char aside[96];		      /* the last finding that is not the fault's */
	char dir[CLI_PATH_MAX];
	struct check_config config;
	struct engine_setup setup;
	struct engine engine;
};

struct faults {
	struct check_config config;
	const char *known; /* folder; NULL: the tree's */
	unsigned budget, jobs, seed;
	bool witness_only, list;
	char corpus[CLI_PATH_MAX], dir[CLI_PATH_MAX], seeds[CLI_PATH_MAX];
	char smmu_seeds[CLI_PATH_MAX];
	struct fault *fault;
	unsigned count, next_start, next_print;
};

/* "D-2" of "D-2 tlb-before-atc". */
static bool same_rule(const char *planted, const char *seen)
{
	size_t size = strcspn(seen, " ");
	char id[32];

	snprintf(id, sizeof(id), "%.*s", (int)size, seen);
	return cli_value_listed(planted, id);
}

/* A device-level witness goes before a trace of the bind interface. */
static void choose_witness(const struct faults *faults, struct fault *fault)
{
	struct error error = {0};
	char path[CLI_PATH_MAX];

	fault->device =
		cli_path(path, &error, "%s/faults/%s.smmu", faults->corpus, fault->info->name) &&
		!access(path, R_OK);
	if (fault->device)
		fault->caught = smmu_witness(path, fault->info->name, fault->info->crash,
					     fault->witness, sizeof(fault->witness));
}

/* The first of the drivers that the witness names, if there is one here. */
static void choose_driver(const struct faults *faults, struct fault *fault)
{
	char path[CLI_PATH_MAX], *text;
	struct error error = {0};
	size_t size;

	if (!cli_path(path, &error, "%s/faults/%s.trace", faults->corpus, fault->info->name) ||
	    !cli_read_file(path, &text, &size, &error))
		return; /* loading it says why */
	cli_leading_comment(text, "driver", fault->driver, sizeof(fault->driver));
	free(text);
	if (!*fault->driver)
		return;
	for (const struct driver_ops *const *ops = driver_list(); *ops; ops++) {
		if (!cli_value_listed(fault->driver, (*ops)->name))
			continue;
		fault->config.driver = (*ops)->name;
		return;
	}
	fault->skipped = true;
}

static void run_witness(const struct faults *faults, struct fault *fault)
{
	static struct trace trace;
	struct check_config config = fault->config;
	struct cli_isolated result;
	struct error error = {0};
	char path[CLI_PATH_MAX];

	if (!cli_path(path, &error, "%s/faults/%s.trace", faults->corpus, fault->info->name) ||
	    !cli_load(&trace, path, &error)) {
		snprintf(fault->witness, sizeof(fault->witness), "missing");
		cli_fail(EXIT_BAD_INPUT, "%s", error.text);
		return;
	}
	config.fault = NULL;
	result = cli_run_isolated(&config, &trace, WITNESS_SECONDS);
	if (!result.ran || result.divergence.kind != DIVERGENCE_NONE) {
		snprintf(fault->witness, sizeof(fault->witness), "fails without the fault(%s)",
			 result.ran ? result.divergence.rule : "crash");
		return;
	}
	result = cli_run_isolated(&fault->config, &trace, WITNESS_SECONDS);
	if (result.crashed) {
		fault->caught = fault->info->crash;
		snprintf(fault->witness, sizeof(fault->witness), "%s(crash)",
			 fault->caught ? "caught" : "crashed");
	} else if (!result.ran) {
		snprintf(fault->witness, sizeof(fault->witness), "not run");
		cli_fail(EXIT_BAD_INPUT, "%s", result.error.text);
	} else if (result.divergence.kind == DIVERGENCE_NONE) {
		snprintf(fault->witness, sizeof(fault->witness), "missed");
	} else {
		fault->caught = same_rule(fault->info->rule, result.divergence.rule);
		snprintf(fault->witness, sizeof(fault->witness), "%s(%s)",
			 fault->caught ? "caught" : "other rule", result.divergence.rule);
	}
}

static bool start_fuzzing(struct faults *faults, struct fault *fault, struct error *error)
{
	static const char *const folders[] = {"corpus", "findings", "crashes"};
	char path[CLI_PATH_MAX];

	if (!cli_path(fault->dir, error, "%s/%s", faults->dir, fault->info->name))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (!cli_path(path, error, "%s/%s", fault->dir, folders[i]) ||
		    !cli_make_dirs(path, error))
			return false;
	fault->setup = (struct engine_setup){
		.kind = ENGINE_LIBFUZZER,
		.config = &fault->config,
		.dir = fault->dir,
		.seeds = fault->device ? faults->smmu_seeds : faults->seeds,
		.known = faults->known,
		.seed = faults->seed,
	};
	if (!(fault->device ? smmu_find_target(&fault->setup, error)
			    : engine_find(&fault->setup, error)) ||
	    !engine_start(&fault->engine, &fault->setup, faults->budget, error))
		return false;
	fault->state = FAULT_FUZZING;
	return true;
}

/*
 * First file in dir/name that counts: a text trace among findings, an artifact among crashes; and
 * not what was set aside.
 */
static bool first_file(const char *dir, const char *name, char *path)
{
	struct error error = {0};
	char folder[CLI_PATH_MAX];
	struct dirent *entry;
	struct stat status;
	bool found = false;
	DIR *files;

	if (!cli_path(folder, &error, "%s/%s", dir, name) || !(files = opendir(folder)))
		return false;
	while (!found && (entry = readdir(files))) {
		const char *dot = strrchr(entry->d_name, '.');

		found = engine_is_artifact(entry->d_name) ||
			(dot && (!strcmp(dot, ".trace") || !strcmp(dot, ".smmu")));
		found = found && cli_path(path, &error, "%s/%s", folder, entry->d_name) &&
			!stat(path, &status) && status.st_size > 0;
	}
	closedir(files);
	return found;
}

/*
 * The finding is run again, so that what the line names is what replays; and once without the
 * fault, which must pass: a divergence that is there anyway is not the planted one.
 */
static void judge_finding(struct fault *fault, const struct trace *trace, double seconds)
{
	struct check_config sound = fault->config;
	struct cli_isolated with = cli_run_isolated(&fault->config, trace, WITNESS_SECONDS);
	struct cli_isolated without;
	bool differs = with.crashed || (with.ran && with.divergence.kind != DIVERGENCE_NONE);
	const char *kind = with.crashed ? "crash" : divergence_kind_name(with.divergence.kind);

	sound.fault = NULL;
	without = cli_run_isolated(&sound, trace, WITNESS_SECONDS);
	fault->found = differs && without.ran && without.divergence.kind == DIVERGENCE_NONE;
	if (fault->found)
		snprintf(fault->fuzz, sizeof(fault->fuzz), "found in %.1f s (%s %s)", seconds, kind,
			 with.divergence.rule);
	else if (differs)
		snprintf(fault->aside, sizeof(fault->aside), "; without the fault too: %s %s", kind,
			 with.divergence.rule);
	else
		snprintf(fault->aside, sizeof(fault->aside), "; a finding does not replay");
}

/*
 * What the engine has found by now. What is not the fault's is set aside: an empty file, as the
 * target writes no finding whose file is there.
 */
static void judge_findings(struct fault *fault, double seconds)
{
	static struct trace trace;
	struct error error = {0};
	char path[CLI_PATH_MAX];

	/* The target has compared with the model without the fault. */
	if (fault->device && !fault->found && first_file(fault->dir, "findings", path)) {
		fault->found = true;
		snprintf(fault->fuzz, sizeof(fault->fuzz), "found in %.1f s", seconds);
	}
	while (!fault->found && first_file(fault->dir, "findings", path)) {
		if (cli_load(&trace, path, &error))
			judge_finding(fault, &trace, seconds);
		if (!fault->found && truncate(path, 0))
			return;
	}
}

/* Bytes that an engine kept, whatever they start with. */
static bool load_bytes(const char *path, struct trace *trace)
{
	struct error error = {0};
	size_t size;
	char *data;

	if (!cli_read_file(path, &data, &size, &error))
		return false;
	trace_decode(trace, (const uint8_t *)data, size);
	free(data);
	return true;
}

static void judge_fuzzing(struct fault *fault, double seconds)
{
	static struct trace trace;
	char path[CLI_PATH_MAX];

	judge_findings(fault, seconds);
	if (!fault->found && fault->device && first_file(fault->dir, "crashes", path)) {
		fault->found = true;
		snprintf(fault->fuzz, sizeof(fault->fuzz), "found in %.1f s (crash)", seconds);
	}
	if (!fault->found && first_file(fault->dir, "crashes", path) && load_bytes(path, &trace))
		judge_finding(fault, &trace, seconds);
	if (!fault->found)
		snprintf(fault->fuzz, sizeof(fault->fuzz), "not found in %.1f s%s", seconds,
			 fault->aside);
}

static void print_line(const struct faults *faults, const struct fault *fault)
{
	printf("%-34s %-8s %-9s witness:%s", fault->info->name, fault->info->rule,
	       fault->info->crash ? "crash" : "semantic", fault->witness);
	if (!faults->witness_only && !fault->skipped)
		printf("  fuzz:%s", fault->fuzz);
	putchar('\n');
	fflush(stdout);
}

static unsigned count_running(const struct faults *faults)
{
	unsigned running = 0;

	for (unsigned i = 0; i < faults->count; i++)
		running += faults->fault[i].state == FAULT_FUZZING;
	return running;
}

/* Witness first, then its engine if one is wanted. */
static bool start_next(struct faults *faults, struct error *error)
{
	struct fault *fault = &faults->fault[faults->next_start++];

	choose_witness(faults, fault);
	if (!fault->device)
		choose_driver(faults, fault);
	if (fault->skipped) {
		snprintf(fault->witness, sizeof(fault->witness), " skipped (needs driver %s)",
			 fault->driver);
		fault->state = FAULT_DONE;
		return true;
	}
	if (!fault->device)
		run_witness(faults, fault);
	if (!faults->witness_only)
		return start_fuzzing(faults, fault, error);
	fault->state = FAULT_DONE;
	return true;
}

static void poll_engines(struct faults *faults)
{
	for (unsigned i = 0; i < faults->next_start; i++) {
		struct fault *fault = &faults->fault[i];
		double seconds = cli_now() - fault->engine.started;

		if (fault->state != FAULT_FUZZING)
			continue;
		judge_findings(fault, seconds);
		if (fault->found || seconds > faults->budget + GRACE_SECONDS)
			engine_stop(&fault->engine);
		if (engine_listen(&fault->engine))
			continue;
		engine_close(&fault->engine);
		judge_fuzzing(fault, seconds);
		fault->state = FAULT_DONE;
	}
}

static bool run_all(struct faults *faults, struct error *error)
{
	while (faults->next_print < faults->count) {
		if (cli_interrupted())
			return error_set(error, "interrupted; run it again for the rest");
		if (faults->next_start < faults->count && count_running(faults) < faults->jobs) {
			if (!start_next(faults, error))
				return false;
			continue;
		}
		poll_engines(faults);
		while (faults->next_print < faults->count &&
		       faults->fault[faults->next_print].state == FAULT_DONE)
			print_line(faults, &faults->fault[faults->next_print++]);
		if (count_running(faults))
			usleep(10000);
	}
	return true;
}

static int conclude(const struct faults *faults)
{
	unsigned caught = 0, found = 0, skipped = 0, tried;

	for (unsigned i = 0; i < faults->count; i++) {
		caught += faults->fault[i].caught;
		found += faults->fault[i].found;
		skipped += faults->fault[i].skipped;
	}
	tried = faults->count - skipped;
	printf("faults: %u planted, %u caught by witness", faults->count, caught);
	if (!faults->witness_only)
		printf(", %u found by fuzzing within %u s", found, faults->budget);
	if (skipped)
		printf(", %u skipped", skipped);
	putchar('\n');
	if (caught < tried)
		return EXIT_DIVERGENCE;
	/* Nine of ten are to be found from the seeds. */
	return faults->witness_only || found * 10 >= tried * 9 ? EXIT_NOTHING_FOUND
							       : EXIT_DIVERGENCE;
}

static bool make_seeds(struct faults *faults, struct error *error)
{
	const char *temporary = getenv("TMPDIR");
	char from[CLI_PATH_MAX];
	unsigned count = 0;

	if (!cli_path(faults->dir, error, "%s/svafuzz-faults-XXXXXX",
		      temporary && *temporary ? temporary : "/tmp"))
		return false;
	if (!mkdtemp(faults->dir)) {
		error_set(error, "%s: %s; set TMPDIR to a folder that can be written", faults->dir,
			  strerror(errno));
		faults->dir[0] = '\0';
		return false;
	}
	return cli_path(faults->seeds, error, "%s/seeds", faults->dir) &&
	       cli_make_dirs(faults->seeds, error) &&
	       cli_path(from, error, "%s/seeds", faults->corpus) &&
	       cli_assemble(from, faults->seeds, &count, error) &&
	       cli_path(faults->smmu_seeds, error, "%s/smmu-seeds", faults->dir) &&
	       cli_make_dirs(faults->smmu_seeds, error) &&
	       cli_path(from, error, "%s/smmu", faults->corpus) &&
	       smmu_assemble(from, faults->smmu_seeds, &count, error);
}

static int run_faults(struct faults *faults)
{
	struct engine_setup setup = {.kind = ENGINE_LIBFUZZER};
	struct error error = {0};
	int status;

	setup.config = faults->count ? &faults->fault[0].config : &faults->config;
	if (!faults->witness_only && !engine_find(&setup, &error)) {
		free(faults->fault);
		return cli_fail(EXIT_MISSING, "%s", error.text);
	}
	cli_catch_signals();
	if (cli_tree_path(faults->corpus, "corpus", &error) &&
	    (faults->witness_only || make_seeds(faults, &error)))
		run_all(faults, &error);
	for (unsigned i = 0; i < faults->count; i++)
		engine_close(&faults->fault[i].engine);
	if (*faults->dir)
		cli_remove_tree(faults->dir);
	status = error.set ? cli_fail(EXIT_BAD_INPUT, "%s", error.text) : conclude(faults);
	free(faults->fault);
	return status;
}

static bool choose(struct faults *faults, const struct cli_arguments *arguments)
{
	for (int i = 0; i < arguments->count; i++) {
		struct check_config config = faults->config;

		config.fault = arguments->word[i];
		if (cli_check_config(&config))
			return false;
	}
	faults->fault = calloc(check_num_faults + 1, sizeof(*faults->fault));
	CHECK(faults->fault, "no memory for %u faults", check_num_faults);
	for (unsigned i = 0; i < check_num_faults; i++) {
		bool wanted = arguments->count == 0;

		for (int word = 0; word < arguments->count; word++)
			wanted |= !strcmp(arguments->word[word], check_faults[i].name);
		if (!wanted)
			continue;
		faults->fault[faults->count].info = &check_faults[i];
		faults->fault[faults->count].config = faults->config;
		faults->fault[faults->count].config.fault = check_faults[i].name;
		faults->fault[faults->count++].engine.child.output = -1;
	}
	return true;
}

static int list_faults(void)
{
	for (unsigned i = 0; i < check_num_faults; i++)
		printf("%-34s %-8s %-9s %s\n", check_faults[i].name, check_faults[i].rule,
		       check_faults[i].crash ? "crash" : "semantic", check_faults[i].text);
	return EXIT_NOTHING_FOUND;
}

int cli_faults(int argc, char **argv)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	struct faults faults = {
		.config = check_default_config(),
		.budget = 60,
		.jobs = cores > 0 ? (unsigned)cores : 1,
	};
	const struct cli_option options[] = {
		CLI_CONFIG_OPTIONS(&faults.config),
		{"budget", CLI_UNSIGNED, &faults.budget, "seconds of fuzzing a fault, 60"},
		{"jobs", CLI_UNSIGNED, &faults.jobs, "faults fuzzed at once; one a core"},
		{"seed", CLI_UNSIGNED, &faults.seed, "of the engine's randomness; 0: by the clock"},
		CLI_KNOWN_OPTION(&faults.known),
		{"witness-only", CLI_FLAG, &faults.witness_only, "only the witness traces"},
		{"list", CLI_FLAG, &faults.list, "only list the faults"},
		{NULL, CLI_FLAG, NULL, NULL},
	};
	struct cli_arguments arguments;
	struct check_known *known;
	struct error error = {0};
	int status;

	if (!check_has_faults()) {
		for (int i = 1; i < argc; i++)
			if (!strcmp(argv[i], "--help"))
				return cli_parse(argc, argv, options).status;
		return cli_exec_faults(argc, argv);
	}
	faults.config.pins = false;
	arguments = cli_parse(argc, argv, options);
	if (arguments.status >= 0)
		return arguments.status;
	if (faults.list)
		return list_faults();
	if (faults.budget == 0 || faults.jobs == 0 || faults.jobs > MAX_JOBS)
		return cli_fail(EXIT_BAD_INPUT,
				"faults: --budget must be at least 1 and --jobs "
				"1..%d; change them",
				MAX_JOBS);
	if (strcmp(faults.config.driver, check_default_config().driver))
		return cli_fail(EXIT_BAD_INPUT,
				"faults: each runs on the driver that its witness names; leave "
				"--driver out");
	if (cli_check_config(&faults.config))
		return EXIT_BAD_INPUT;
	known = cli_load_known(&faults.config, faults.known, &error);
	if (error.set)
		status = cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	else
		status = choose(&faults, &arguments) ? run_faults(&faults) : EXIT_BAD_INPUT;
	free(known);
	return status;
}
