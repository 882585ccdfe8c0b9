/* SPDX-License-Identifier: MIT */
/*
 * fuzz_bind: any bytes are a trace; the law and the implementation run it and must agree after
 * every op (harness/check). Run it as a libFuzzer target (`fuzz_bind -max_total_time=60 CORPUS`),
 * under AFL++, or on files (`fuzz_bind FILE...`).
 *
 * SVAFUZZ_DRIVER, _SMMU, _CACHE, _DEPTH, _FAULT choose what is tested. With SVAFUZZ_FINDINGS=DIR a
 * divergence is written there and fuzzing goes on (SVAFUZZ_STOP_AT_FIRST=1: ends); without it the
 * finding is printed and the process aborts, as fuzzing services expect. SVAFUZZ_STATS=FILE is
 * rewritten now and then with `execs=N`, the set of rules seen in one trace of 64 as `rules=HEX,HEX,...`
 * and, for each known divergence that was met, `known[I]=N`.
 * SVAFUZZ_PERMITTED=1 runs traces with `two-guests-per-rid` as well, which diverge by design.
 * SVAFUZZ_KNOWN=DIR is the folder of known divergences (corpus/known, when that is here; `none`).
 *
 * `fuzz_bind -minimize_crash=1 -runs=10000 -exact_artifact_path=SMALL FILE` leaves out ops of an input
 * that aborts; with SVAFUZZ_SIGNATURE=iomm/emulated/stale-atc/munmap/D-2 only that finding counts.
 * `svafuzz minimize FILE` does more, and in a second.
 *
 * The same source is the target of every driver: SVAFUZZ_DEFAULT_DRIVER is the driver's name.
 */
#include "../harness/check/save.h"
#include "mutator.h"
#include "mutator_shrink.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	STATS_FIRST = 1024,
	STATS_INTERVAL = 16384, /* traces */
	RULES_INTERVAL = 64,	/* an observer is slow */
	RULES_WORDS = 4,
};

#ifndef SVAFUZZ_DEFAULT_DRIVER
#define SVAFUZZ_DEFAULT_DRIVER check_default_config().driver
#endif

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
	struct check_known *known;
	enum trace_policy policy;
	const char *findings, *stats, *signature;
	bool stop;
	bool permitted; /* traces that permit what B-7 forbids run */
	uint64_t execs;
	uint64_t rules[RULES_WORDS]; /* set of indices into check_rules */
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

static void load_known(void)
{
	const char *dir =
		env("SVAFUZZ_KNOWN", access("corpus/known", R_OK) ? "none" : "corpus/known");
	struct error error = {0};

	if (!strcmp(dir, "none"))
		return;
	target.known = check_known_load(dir, &error);
	if (!target.known)
		fail(&error);
	target.config.known = target.known;
}

static bool write_stats(struct error *error)
{
	char text[32 * (CHECK_MAX_KNOWN + RULES_WORDS)];
	size_t size = (size_t)snprintf(text, sizeof(text), "execs=%llu\n",
				       (unsigned long long)target.execs);

	for (unsigned i = 0; i < RULES_WORDS; i++)
		size += (size_t)snprintf(text + size, sizeof(text) - size, "%s%llx%s",
					 i ? "," : "rules=", (unsigned long long)target.rules[i],
					 i + 1 == RULES_WORDS ? "\n" : "");
	for (unsigned i = 0; target.known && i < target.known->count; i++) {
		uint64_t hits = check_known_hits(target.check, i);

		if (hits)
			size += (size_t)snprintf(text + size, sizeof(text) - size,
						 "known[%u]=%llu\n", i, (unsigned long long)hits);
	}
	return save_file(target.stats, text, size, error);
}

/* Engines end by exit(): what was counted since the last time counts. */
static void write_last_stats(void)
{
	struct error error = {0};

	if (!write_stats(&error))
		fprintf(stderr, "svafuzz: %s\n", error.text);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct error error = {0};
	const char *cache = env("SVAFUZZ_CACHE", "worst");

	(void)argc;
	(void)argv;
	target.config = check_default_config();
	target.config.driver = env("SVAFUZZ_DRIVER", SVAFUZZ_DEFAULT_DRIVER);
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
	target.permitted = !strcmp(env("SVAFUZZ_PERMITTED", "0"), "1");
	target.signature = env("SVAFUZZ_SIGNATURE", NULL);
	target.stop = !strcmp(env("SVAFUZZ_STOP_AT_FIRST", "0"), "1");
	load_known();
	target.check = check_create(&target.config, &error);
	if (!target.check)
		fail(&error);
	target.policy = trace_policy_find(driver_find(target.config.driver)->ops->policy);
	if (target.stats)
		atexit(write_last_stats);
	return 0;
}

static bool is_another(const struct divergence *divergence)
{
	char signature[128];

	divergence_signature(&target.config, divergence, signature, sizeof(signature));
	return target.signature && strcmp(signature, target.signature);
}

static void found(const struct divergence *divergence)
{
	struct error error = {0};
	char text[1024];
	bool is_new;

	if (is_another(divergence))
		return;
	if (!target.findings) {
		divergence_format(&target.config, divergence, text, sizeof(text));
		fputs(text, stderr);
		divergence_signature(&target.config, divergence, text, sizeof(text));
		/* What services that sort crashes by their last assertion go by. */
		fprintf(stderr, "svafuzz: assertion '%s' failed\n", text);
		abort();
	}
	if (!finding_save(target.findings, &target.config, divergence, &target.trace, &is_new,
			  &error))
		fail(&error);
	if (target.stop) {
		if (target.stats)
			write_stats(&error);
		_Exit(EXIT_DIVERGENCE);
	}
}

static void observe(void *ctx, unsigned op, const struct check_step *step)
{
	(void)ctx;
	(void)op;
	(void)step;
}

static void note_rules(void)
{
	for (unsigned i = 0; i < check_num_rules && i < 64 * RULES_WORDS; i++)
		if (check_rule_seen(target.check, i))
			target.rules[i / 64] |= 1ull << i % 64;
}

static bool stats_are_due(void)
{
	return target.stats && (target.execs == STATS_FIRST || target.execs % STATS_INTERVAL == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool sampled = target.stats && target.execs % RULES_INTERVAL == 0;
	struct divergence divergence;
	struct error error = {0};

	trace_decode(&target.trace, data, size);
	/* B-7: who permits what it forbids gets a divergence, and has asked for it. */
	if (target.trace.header.shared_rid && !target.permitted)
		return 0;
	divergence = check_run(target.check, &target.trace, sampled ? observe : NULL, NULL);
	target.execs++;
	if (sampled)
		note_rules();
	if (stats_are_due() && !write_stats(&error))
		fail(&error);
	if (divergence.kind != DIVERGENCE_NONE)
		found(&divergence);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	struct mutator_rng rng;
	size_t smaller;

	mutator_seed(&rng, seed);
	mutator_set_policy(&rng, target.policy);
	/* -minimize_crash: what diverges is to stay as it is, in fewer bytes. */
	smaller = max_size < size ? mutator_shrink(&rng, data, size, max_size) : 0;
	if (smaller)
		return smaller;
	return mutate(&rng, data, size, max_size, LLVMFuzzerMutate);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
				 uint8_t *out, size_t max_size, unsigned seed)
{
	struct mutator_rng rng;

	mutator_seed(&rng, seed);
	mutator_set_policy(&rng, target.policy);
	return mutator_crossover(&rng, a, a_size, b, b_size, out, max_size);
}
