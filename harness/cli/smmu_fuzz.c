/* SPDX-License-Identifier: MIT */
/* svafuzz smmu fuzz: a campaign with device-level traces. */
#include "smmu_campaign.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { GRACE_SECONDS = 15, QUIET_INTERVAL = 10, MAX_STARTS = 200 };

bool smmu_assemble(const char *from, const char *to, unsigned *count, struct error *error)
{
	static struct dev_trace trace;
	static uint8_t bytes[DEV_BINARY_MAX];
	struct cli_files files = {0};
	char path[CLI_PATH_MAX];
	bool good = smmu_files_add(&files, from, error);

	for (size_t i = 0; good && i < files.count; i++) {
		size_t size = 0;

		good = dev_load(&trace, files.path[i], error);
		for (unsigned op = 0; good && op < trace.num_ops; op++)
			memset(trace.op[op].pin, 0, sizeof(trace.op[op].pin));
		if (good)
			size = dev_encode(&trace, bytes, sizeof(bytes));
		good = good && cli_path(path, error, "%s/%03u.bin", to, (*count)++) &&
		       cli_write_file(path, bytes, size, error);
	}
	cli_files_free(&files);
	return good;
}

static bool make_corpus(struct smmu_campaign *campaign, unsigned *count, struct error *error)
{
	char corpus[CLI_PATH_MAX], from[CLI_PATH_MAX], to[CLI_PATH_MAX];

	return cli_tree_path(corpus, "corpus", error) && cli_path(from, error, "%s/smmu", corpus) &&
	       cli_path(to, error, "%s/corpus", campaign->dir) &&
	       smmu_assemble(from, to, count, error);
}

static uint64_t number_after(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

/* What fuzz_smmu says beyond what the engine reads. */
static void read_stats(struct smmu_job *job)
{
	struct error error = {0};
	size_t size;
	char *text;

	if (access(job->engine.stats, R_OK) ||
	    !cli_read_file(job->engine.stats, &text, &size, &error))
		return;
	job->steps = number_after(text, "steps=");
	job->starts = number_after(text, "starts=");
	job->repeated = number_after(text, "repeated=");
	job->strays = number_after(text, "strays=");
	free(text);
}

static unsigned count_files(const struct smmu_campaign *campaign, const char *folder,
			    const char *suffix)
{
	struct error error = {0};
	char path[CLI_PATH_MAX];
	struct dirent *entry;
	unsigned count = 0;
	DIR *dir;

	if (!cli_path(path, &error, "%s/%s", campaign->dir, folder) || !(dir = opendir(path)))
		return 0;
	while ((entry = readdir(dir))) {
		const char *dot = strrchr(entry->d_name, '.');

		count += suffix ? dot && !strcmp(dot, suffix) : engine_is_artifact(entry->d_name);
	}
	closedir(dir);
	return count;
}

struct smmu_totals smmu_add_up(const struct smmu_campaign *campaign)
{
	struct smmu_totals t = {.seconds = cli_now() - campaign->started};

	for (unsigned i = 0; i < campaign->jobs; i++) {
		const struct smmu_job *job = &campaign->job[i];

		t.traces += job->engine.done + job->engine.traces;
		t.steps += job->steps_done + job->steps;
		t.starts += job->starts;
		t.repeated += job->repeated;
		t.strays += job->strays;
		t.restarts += job->restarts;
		for (unsigned k = 0; k < CHECK_MAX_KNOWN; k++)
			t.known += job->engine.known_done[k] + job->engine.known[k];
		if (job->engine.coverage > t.coverage)
			t.coverage = job->engine.coverage;
		if (job->engine.corpus > t.corpus)
			t.corpus = job->engine.corpus;
	}
	t.findings =
		count_files(campaign, "findings", ".smmu") + count_files(campaign, "crashes", NULL);
	return t;
}

static void print_progress(const struct smmu_campaign *campaign, bool terminal)
{
	struct smmu_totals t = smmu_add_up(campaign);
	double left = campaign->seconds > t.seconds ? campaign->seconds - t.seconds : 0;
	double seconds = t.seconds > 0.001 ? t.seconds : 1;

	printf("%s%4.0f s, %.0f s left | %llu traces, %.0f/s | %.0f steps/s | coverage %u | "
	       "corpus %u | known %llu | findings %u%s",
	       terminal ? "\r\033[K" : "", t.seconds, left, (unsigned long long)t.traces,
	       (double)t.traces / seconds, (double)t.steps / seconds, t.coverage, t.corpus,
	       (unsigned long long)t.known, t.findings, terminal ? "" : "\n");
	fflush(stdout);
}

/* One that died goes on in a new process for the time that is left. */
static bool restart(struct smmu_campaign *campaign, struct smmu_job *job, bool *ended,
		    struct error *error)
{
	double left = campaign->seconds - (cli_now() - campaign->started);

	job->steps_done += job->steps;
	job->steps = 0;
	if (WIFEXITED(job->engine.status) && WEXITSTATUS(job->engine.status) == EXIT_MISSING)
		return error_set(error, "%s gave up; see %s/job-%u.log", campaign->setup.target,
				 campaign->dir, job->engine.number);
	if (left < 2 || cli_interrupted() ||
	    (WIFEXITED(job->engine.status) && WEXITSTATUS(job->engine.status) == 0))
		return true;
	if (campaign->setup.stop_at_first) {
		*ended = true;
		return true;
	}
	if (++job->restarts > MAX_STARTS)
		return error_set(error, "%s ended %d times; see %s/job-%u.log",
				 campaign->setup.target, MAX_STARTS, campaign->dir,
				 job->engine.number);
	return engine_start(&job->engine, &campaign->setup, (unsigned)left, error);
}

static bool poll_jobs(struct smmu_campaign *campaign, unsigned *running, bool *ended,
		      struct error *error)
{
	bool late = cli_now() - campaign->started > campaign->seconds + GRACE_SECONDS;

	*running = 0;
	for (unsigned i = 0; i < campaign->jobs; i++) {
		struct smmu_job *job = &campaign->job[i];

		if (!job->engine.child.pid)
			continue;
		read_stats(job);
		if (late || cli_interrupted() || *ended)
			engine_stop(&job->engine);
		else if (!engine_listen(&job->engine) && !restart(campaign, job, ended, error))
			return false;
		*running += job->engine.child.pid != 0;
	}
	return true;
}

static bool run_jobs(struct smmu_campaign *campaign, struct error *error)
{
	bool terminal = isatty(STDOUT_FILENO), good = true, ended = false;
	unsigned running = 0;
	double shown;

	campaign->started = shown = cli_now();
	for (unsigned i = 0; good && i < campaign->jobs; i++) {
		campaign->job[i].engine.number = i;
		campaign->job[i].engine.child.output = -1;
		good = engine_start(&campaign->job[i].engine, &campaign->setup, campaign->seconds,
				    error);
	}
	while (good && (good = poll_jobs(campaign, &running, &ended, error)) && running) {
		if (cli_now() - shown >= (terminal ? 1 : QUIET_INTERVAL)) {
			print_progress(campaign, terminal);
			shown = cli_now();
		}
		usleep(50000);
	}
	for (unsigned i = 0; i < campaign->jobs; i++)
		engine_close(&campaign->job[i].engine);
	print_progress(campaign, terminal);
	if (terminal)
		putchar('\n');
	return good;
}

bool smmu_find_target(struct engine_setup *setup, struct error *error)
{
	const struct check_config *config = setup->config;
	const char *name = config->fault && *config->fault ? "fuzz_smmu_faults"
			   : strcmp(config->smmu, "qemu")  ? "fuzz_smmu"
							   : "fuzz_smmu_release";

	return cli_sibling(setup->target, name) ||
	       error_set(error,
			 "%s is not beside this program; build it: scripts/fuzz --target smmu",
			 name);
}

static int run_campaign(struct smmu_campaign *campaign, const char *out)
{
	struct error error = {0};
	unsigned seeds = 0;
	int status;

	campaign->setup.kind = ENGINE_LIBFUZZER;
	campaign->setup.config = &campaign->config;
	campaign->setup.known = campaign->known_dir;
	campaign->setup.seed = campaign->seed;
	if (!smmu_find_target(&campaign->setup, &error))
		return cli_fail(EXIT_MISSING, "%s", error.text);
	if (!cli_make_campaign(campaign->dir, out, "-smmu", &error) ||
	    (!campaign->no_seeds && !make_corpus(campaign, &seeds, &error)))
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	campaign->setup.dir = campaign->dir;
	printf("fuzzing the SMMU%s for %u s: libfuzzer, %u job%s, %u seeds%s%s, into %s\n",
	       strcmp(campaign->config.smmu, "qemu") ? "" : " beside QEMU", campaign->seconds,
	       campaign->jobs, campaign->jobs == 1 ? "" : "s", seeds,
	       *campaign->config.fault ? ", planted fault " : "", campaign->config.fault,
	       campaign->dir);
	cli_catch_signals();
	run_jobs(campaign, &error);
	status = smmu_conclude(campaign);
	return error.set ? cli_fail(EXIT_MISSING, "%s", error.text) : status;
}

/* What would end every engine at once; the exit code, or -1. */
static int check_parts(const struct check_config *config)
{
	const struct dev_model_options options = {.fault = config->fault};
	struct error error = {0};
	struct dev_model *model = dev_model_create(&options, &error);
	char why[256];

	if (!model)
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	dev_model_destroy(model);
	if (!strcmp(config->smmu, "qemu") && !dev_peer_available(why, sizeof(why)))
		return cli_fail(EXIT_MISSING, "%s", why);
	return -1;
}

int smmu_fuzz(int argc, char **argv)
{
	static struct smmu_campaign campaign;
	const char *out = NULL;
	const struct cli_option options[] = {
		{"smmu", CLI_STRING, &campaign.config.smmu,
		 "emulated, or qemu: QEMU beside the model"},
		{"time", CLI_UNSIGNED, &campaign.seconds, "seconds, 60"},
		{"jobs", CLI_UNSIGNED, &campaign.jobs, "engines at once, 1"},
		{"fault", CLI_STRING, &campaign.config.fault, "run with this planted fault"},
		{"seed", CLI_UNSIGNED, &campaign.seed,
		 "of the engine's randomness; 0: by the clock"},
		CLI_KNOWN_OPTION(&campaign.known_dir),
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
	campaign.config.smmu = "emulated";
	campaign.seconds = 60;
	campaign.jobs = 1;
	arguments = cli_parse(argc, argv, options);
	if (arguments.status >= 0)
		return arguments.status;
	if (!campaign.config.fault)
		campaign.config.fault = "";
	if (arguments.count)
		return cli_fail(EXIT_BAD_INPUT,
				"smmu fuzz: '%s' is too much; it takes options only",
				arguments.word[0]);
	if (strcmp(campaign.config.smmu, "emulated") && strcmp(campaign.config.smmu, "qemu"))
		return cli_fail(EXIT_BAD_INPUT, "unknown smmu '%s'; emulated or qemu",
				campaign.config.smmu);
	if (campaign.seconds == 0 || campaign.jobs == 0 || campaign.jobs > SMMU_MAX_JOBS)
		return cli_fail(EXIT_BAD_INPUT,
				"smmu fuzz: --time must be at least 1 and --jobs 1..%d",
				SMMU_MAX_JOBS);
	status = check_parts(&campaign.config);
	if (status >= 0)
		return status;
	if (!smmu_load_known(&campaign.known, campaign.known_dir, &error))
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	return run_campaign(&campaign, out);
}
