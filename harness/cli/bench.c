/* SPDX-License-Identifier: MIT */
/*
 * svafuzz-bench: throughput of the check on random traces (scripts/bench), long random runs that
 * stop at a divergence (--random), and the fixed traces that the engines are measured on (--write).
 * It uses the core that it is given and prints `key: value` lines.
 */
#include "../../fuzz/mutator.h"
#include "../check/check.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct bench {
	struct check_config config;
	unsigned ops;
	uint64_t traces, seed, random;
	const char *write, *known;
	enum trace_policy policy;
	struct check *check;
};

enum { BATCH = 1024, RESET_RUNS = 20000, PROGRESS = 1000000 };

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double cpu_time(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "svafuzz-bench: %s: %s\n", what, why);
	return EXIT_BAD_INPUT;
}

static void make_trace(const struct bench *bench, uint64_t number, struct trace *trace)
{
	struct mutator_rng rng;

	mutator_seed(&rng, bench->seed * 0x9e3779b97f4a7c15u + number);
	mutator_set_policy(&rng, bench->policy);
	mutator_random_trace(&rng, trace, bench->ops);
}

static int print_divergence(const struct bench *bench, const struct trace *trace, uint64_t number,
			    const struct divergence *divergence)
{
	static char text[TRACE_TEXT_MAX];

	divergence_format(&bench->config, divergence, text, sizeof(text));
	printf("# trace %llu of seed %llu diverges at op %d\n%s\n", (unsigned long long)number,
	       (unsigned long long)bench->seed, divergence->op, text);
	trace_format(trace, text, sizeof(text));
	printf("%s", text);
	return EXIT_DIVERGENCE;
}

static int write_traces(const struct bench *bench)
{
	static struct trace trace;
	static uint8_t bytes[TRACE_BINARY_MAX];
	char path[4096];

	for (uint64_t i = 0; i < bench->traces; i++) {
		size_t size;
		FILE *file;

		make_trace(bench, i, &trace);
		size = trace_encode(&trace, bytes, sizeof(bytes));
		snprintf(path, sizeof(path), "%s/%06llu.bin", bench->write, (unsigned long long)i);
		file = fopen(path, "wb");
		if (!file)
			return fail(path, strerror(errno));
		if (fwrite(bytes, 1, size, file) != size || fclose(file))
			return fail(path, strerror(errno));
	}
	return EXIT_NOTHING_FOUND;
}

/* Until a divergence or `random` traces; `number` is the trace that runs. */
static int run_random(struct bench *bench, volatile uint64_t *number)
{
	static struct trace trace;
	double started = now();

	for (uint64_t i = 0; i < bench->random; i++) {
		struct divergence divergence;

		if (i && i % PROGRESS == 0) {
			printf("# %llu traces\n", (unsigned long long)i);
			fflush(stdout);
		}
		*number = i;
		make_trace(bench, i, &trace);
		divergence = check_run(bench->check, &trace, NULL, NULL);
		if (divergence.kind != DIVERGENCE_NONE)
			return print_divergence(bench, &trace, i, &divergence);
	}
	printf("random-traces: %llu\nrandom-traces-per-s: %.0f\ndivergences: 0\n",
	       (unsigned long long)bench->random, (double)bench->random / (now() - started));
	return EXIT_NOTHING_FOUND;
}

static int create(struct bench *bench)
{
	struct error error = {0};

	bench->check = check_create(&bench->config, &error);
	return bench->check ? EXIT_NOTHING_FOUND : fail("set-up", error.text);
}

/* In a child, so that the trace of a crash can be printed. */
static int guard_random(struct bench *bench)
{
	static struct trace trace;
	const struct divergence crash = {.kind = DIVERGENCE_CRASH, .op = -1, .op_text = "?"};
	volatile uint64_t *number = mmap(NULL, sizeof(*number), PROT_READ | PROT_WRITE,
					 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t pid;

	if (number == MAP_FAILED)
		return fail("mmap", strerror(errno));
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return fail("fork", strerror(errno));
	if (pid == 0) {
		status = create(bench);
		exit(status == EXIT_NOTHING_FOUND ? run_random(bench, number) : status);
	}
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) <= EXIT_MISSING)
		return WEXITSTATUS(status);
	make_trace(bench, *number, &trace);
	return print_divergence(bench, &trace, *number, &crash);
}

/* Seconds of all traces, and of CPU time with the B invariants of the law and without them. */
struct times {
	double seconds, cpu, cpu_sparing;
};

static int run_batch(const struct bench *bench, const struct trace *batch, uint64_t first,
		     uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		struct divergence divergence = check_run(bench->check, &batch[i], NULL, NULL);

		if (divergence.kind != DIVERGENCE_NONE)
			return print_divergence(bench, &batch[i], first + i, &divergence);
	}
	return EXIT_NOTHING_FOUND;
}

static int time_batch(const struct bench *bench, const struct trace *batch, uint64_t first,
		      uint64_t count, bool sparing, struct times *times)
{
	double started = now(), cpu = cpu_time();
	int status;

	check_use_sparing(bench->check, sparing);
	status = run_batch(bench, batch, first, count);
	check_use_sparing(bench->check, false);
	if (sparing) {
		times->cpu_sparing += cpu_time() - cpu;
	} else {
		times->cpu += cpu_time() - cpu;
		times->seconds += now() - started;
	}
	return status;
}

/* Traces are made in batches beforehand: only running them is timed. Each batch runs with and without
 * the B invariants, in turns first, so that the load of the machine is the same for both. */
static int measure(const struct bench *bench, struct times *times)
{
	struct trace *batch = calloc(BATCH, sizeof(*batch));
	int status = EXIT_NOTHING_FOUND;
	bool sparing = false;

	CHECK(batch, "no memory for %d traces", BATCH);
	for (uint64_t done = 0; status == EXIT_NOTHING_FOUND && done < bench->traces;) {
		uint64_t count = bench->traces - done < BATCH ? bench->traces - done : BATCH;

		for (uint64_t i = 0; i < count; i++)
			make_trace(bench, done + i, &batch[i]);
		status = time_batch(bench, batch, done, count, sparing, times);
		if (status == EXIT_NOTHING_FOUND)
			status = time_batch(bench, batch, done, count, !sparing, times);
		sparing = !sparing;
		done += count;
	}
	free(batch);
	return status;
}

static int print_figures(struct bench *bench)
{
	static struct trace trace;
	struct times times = {0};
	struct rusage usage;
	double started, reset;
	int status;

	/* Set-up and teardown alone: a trace without ops. */
	make_trace(bench, 0, &trace);
	trace.num_ops = 0;
	started = now();
	for (unsigned i = 0; i < RESET_RUNS; i++)
		check_run(bench->check, &trace, NULL, NULL);
	reset = (now() - started) / RESET_RUNS;
	status = measure(bench, &times);
	if (status != EXIT_NOTHING_FOUND)
		return status;
	getrusage(RUSAGE_SELF, &usage);
	printf("traces-per-s: %.0f\n", (double)bench->traces / times.seconds);
	printf("ns-per-op: %.0f\n",
	       (times.seconds / (double)bench->traces - reset) / bench->ops * 1e9);
	printf("reset-ns: %.0f\n", reset * 1e9);
	printf("b-invariants-percent: %.1f\n", (1 - times.cpu_sparing / times.cpu) * 100);
	printf("max-rss-kib: %ld\n", usage.ru_maxrss);
	return EXIT_NOTHING_FOUND;
}

static bool parse_number(const char *word, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(word, &end, 10);
	return *word >= '0' && *word <= '9' && !*end && !errno;
}

static bool parse(int argc, char **argv, struct bench *bench)
{
	static const struct option options[] = {
		{"ops", required_argument, NULL, 'o'},
		{"traces", required_argument, NULL, 't'},
		{"seed", required_argument, NULL, 's'},
		{"random", required_argument, NULL, 'r'},
		{"write", required_argument, NULL, 'w'},
		{"fault", required_argument, NULL, 'f'},
		{"driver", required_argument, NULL, 'd'},
		{"known", required_argument, NULL, 'k'},
		{NULL, 0, NULL, 0},
	};
	uint64_t ops = bench->ops;
	bool good = true;
	int code;

	while (good && (code = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (code == 'w')
			bench->write = optarg;
		else if (code == 'f')
			bench->config.fault = optarg;
		else if (code == 'd')
			bench->config.driver = optarg;
		else if (code == 'k')
			bench->known = optarg;
		else
			good = code != '?' && parse_number(optarg, code == 'o'	 ? &ops
								   : code == 't' ? &bench->traces
								   : code == 's' ? &bench->seed
										 : &bench->random);
	}
	bench->ops = (unsigned)ops;
	return good && optind == argc && ops > 0 && ops <= TRACE_MAX_OPS && bench->traces > 0;
}

/* What fits the driver is made: ops that only one policy has, and the known divergences. */
static bool choose_driver(struct bench *bench)
{
	const struct driver *driver = driver_find(bench->config.driver);
	struct error error = {0};

	if (bench->known)
		bench->config.known = check_known_load(bench->known, &error);
	if (error.set)
		fail("known", error.text);
	else if (driver)
		bench->policy = trace_policy_find(driver->ops->policy);
	/* An unknown driver is check_create()'s to explain. */
	return !error.set;
}

int main(int argc, char **argv)
{
	struct bench bench = {
		.config = check_default_config(),
		.ops = 32,
		.traces = 100000,
		.seed = 1,
	};
	int status;

	if (!parse(argc, argv, &bench))
		return fail("usage", "[--ops N] [--traces N] [--seed N] [--fault NAME] "
				     "[--driver NAME] [--known DIR] [--random N | --write DIR]");
	if (!choose_driver(&bench))
		return EXIT_BAD_INPUT;
	if (bench.write) {
		status = write_traces(&bench);
	} else if (bench.random) {
		status = guard_random(&bench);
	} else {
		status = create(&bench);
		if (status == EXIT_NOTHING_FOUND)
			status = print_figures(&bench);
		if (bench.check)
			check_destroy(bench.check);
	}
	free((void *)(uintptr_t)bench.config.known);
	return status;
}
