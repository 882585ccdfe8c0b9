/* SPDX-License-Identifier: MIT */
/*
 * fuzz_bind: any bytes are a trace; the law and the implementation run it and must agree after
 * every op (harness/check). Run it as a libFuzzer target (`fuzz_bind -max_total_time=60 CORPUS`),
 * under AFL++, or on files (`fuzz_bind FILE...`).
 *
 * SVAFUZZ_DRIVER, _SMMU, _CACHE, _DEPTH, _FAULT choose what is tested. With SVAFUZZ_FINDINGS=DIR a
 * divergence is written there and fuzzing goes on (SVAFUZZ_STOP_AT_FIRST=1: ends); without it the
 * finding is printed and the process aborts, as fuzzing services expect. SVAFUZZ_STATS=FILE is
 * rewritten now and then with `execs=N`.
 */
#include "../harness/check/save.h"
#include "mutator.h"

#include <stdlib.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
				 uint8_t *out, size_t max_size, unsigned seed);

/* One per process, as the engines' interface demands. */
static struct {
	struct check *check;
	struct check_config config;
	const char *findings, *stats;
	bool stop;
	uint64_t execs;
	struct trace trace;
} target;

static void fail(const struct error *error)
{
	fprintf(stderr, "svafuzz: %s\n", error->text);
	exit(EXIT_BAD_INPUT);
}

static const char *env(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && *value ? value : otherwise;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct error error = {0};
	const char *cache = env("SVAFUZZ_CACHE", "worst");

	(void)argc;
	(void)argv;
	target.config = check_default_config();
	target.config.driver = env("SVAFUZZ_DRIVER", target.config.driver);
	target.config.smmu = env("SVAFUZZ_SMMU", target.config.smmu);
	target.config.fault = env("SVAFUZZ_FAULT", "");
	target.config.pins = false;
	if (!strcmp(cache, "none"))
		target.config.cache = SMMU_CACHE_NONE;
	else if (!strcmp(cache, "exact"))
		target.config.cache = SMMU_CACHE_EXACT;
	if (!strcmp(env("SVAFUZZ_DEPTH", "changes"), "all"))
		target.config.depth = CHECK_ALL;
	target.findings = env("SVAFUZZ_FINDINGS", NULL);
	target.stats = env("SVAFUZZ_STATS", NULL);
	target.stop = !strcmp(env("SVAFUZZ_STOP_AT_FIRST", "0"), "1");
	target.check = check_create(&target.config, &error);
	if (!target.check)
		fail(&error);
	return 0;
}

static void write_stats(void)
{
	struct error error = {0};
	char text[32];

	snprintf(text, sizeof(text), "execs=%llu\n", (unsigned long long)target.execs);
	if (!save_file(target.stats, text, strlen(text), &error))
		fail(&error);
}

static void found(const struct divergence *divergence)
{
	struct error error = {0};
	char text[1024];
	bool is_new;

	if (!target.findings) {
		divergence_format(&target.config, divergence, text, sizeof(text));
		fputs(text, stderr);
		abort();
	}
	if (!finding_save(target.findings, &target.config, divergence, &target.trace, &is_new,
			  &error))
		fail(&error);
	if (target.stop) {
		if (target.stats)
			write_stats();
		_Exit(EXIT_DIVERGENCE);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct divergence divergence;

	trace_decode(&target.trace, data, size);
	divergence = check_run(target.check, &target.trace, NULL, NULL);
	target.execs++;
	if (target.stats && target.execs % 16384 == 0)
		write_stats();
	if (divergence.kind != DIVERGENCE_NONE)
		found(&divergence);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	struct mutator_rng rng;

	mutator_seed(&rng, seed);
	return mutate(&rng, data, size, max_size, LLVMFuzzerMutate);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
				 uint8_t *out, size_t max_size, unsigned seed)
{
	struct mutator_rng rng;

	mutator_seed(&rng, seed);
	return mutator_crossover(&rng, a, a_size, b, b_size, out, max_size);
}
