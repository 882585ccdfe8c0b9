/* SPDX-License-Identifier: MIT */
/*
 * fuzz_smmu: any bytes are a device-level trace (harness/device). The model runs it alone and its
 * invariants must hold; or QEMU runs it too and both must show the same; or a planted fault is
 * compared with the model without. Run it as a libFuzzer target
 * (`fuzz_smmu -max_total_time=60 CORPUS`) or on files (`fuzz_smmu FILE...`).
 *
 * SVAFUZZ_SMMU is emulated or qemu, SVAFUZZ_FAULT a planted fault. SVAFUZZ_FINDINGS, SVAFUZZ_STATS,
 * SVAFUZZ_STOP_AT_FIRST and SVAFUZZ_KNOWN are those of fuzz_bind; the stats say `steps=N` too, how
 * many ops were carried out, and `repeated=N`, `starts=N` and
 * `strays=N` of QEMU.
 */
#include "../harness/device/target.h"
#include "smmu_mutator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
				 uint8_t *out, size_t max_size, unsigned seed);

enum { STATS_EVERY = 256 };

/* One per process, as the engines' interface demands. */
static struct {
	struct dev_target *target;
	struct dev_known known;
	const char *findings, *stats;
	bool stop;
	uint64_t execs;
	struct dev_trace trace;
} fuzz;

static void fail(const struct error *error)
{
	fprintf(stderr, "svafuzz: %s\n", error->text);
	exit(EXIT_MISSING);
}

static const char *env(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && *value ? value : otherwise;
}

/* A file that is read while it is written says what it said before. */
static void write_stats(void)
{
	struct dev_peer_counts counts = dev_target_counts(fuzz.target);
	char temporary[1024];
	FILE *file;

	snprintf(temporary, sizeof(temporary), "%s.tmp", fuzz.stats);
	file = fopen(temporary, "we");
	if (!file)
		return;
	fprintf(file, "execs=%llu\nsteps=%llu\nrepeated=%llu\nstarts=%llu\nstrays=%llu\n",
		(unsigned long long)fuzz.execs, (unsigned long long)counts.steps,
		(unsigned long long)counts.repeated, (unsigned long long)counts.starts,
		(unsigned long long)counts.strays);
	for (unsigned i = 0; i < fuzz.known.count; i++)
		if (fuzz.known.hits[i])
			fprintf(file, "known[%u]=%llu\n", i,
				(unsigned long long)fuzz.known.hits[i]);
	if (!fclose(file))
		rename(temporary, fuzz.stats);
}

static void finish(void)
{
	if (fuzz.stats)
		write_stats();
	dev_target_destroy(fuzz.target);
	fuzz.target = NULL;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct dev_target_options options = {
		.smmu = env("SVAFUZZ_SMMU", "emulated"),
		.fault = env("SVAFUZZ_FAULT", NULL),
		.known = &fuzz.known,
	};
	const char *known =
		env("SVAFUZZ_KNOWN", access("corpus/known", R_OK) ? "none" : "corpus/known");
	struct error error = {0};

	(void)argc;
	(void)argv;
	fuzz.findings = env("SVAFUZZ_FINDINGS", NULL);
	fuzz.stats = env("SVAFUZZ_STATS", NULL);
	fuzz.stop = !strcmp(env("SVAFUZZ_STOP_AT_FIRST", "0"), "1");
	if (strcmp(known, "none") && !dev_known_load(&fuzz.known, known, &error))
		fail(&error);
	fuzz.target = dev_target_create(&options, &error);
	if (!fuzz.target)
		fail(&error);
	atexit(finish);
	return 0;
}

static void found(const struct dev_finding *finding)
{
	struct error error = {0};
	char text[1600];
	bool is_new;

	if (!fuzz.findings) {
		dev_finding_format(dev_target_side(fuzz.target), finding, text, sizeof(text));
		fputs(text, stderr);
		abort();
	}
	if (!dev_finding_save(fuzz.target, fuzz.findings, finding, &fuzz.trace, &is_new, &error))
		fail(&error);
	if (!fuzz.stop)
		return;
	finish();
	_Exit(EXIT_DIVERGENCE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct smmu_mutator fit = {.peer = dev_target_is_peer(fuzz.target)};
	struct dev_finding finding;
	int known;

	dev_decode(&fuzz.trace, data, size);
	smmu_fit(&fit, &fuzz.trace);
	finding = dev_target_run(fuzz.target, &fuzz.trace, &known);
	fuzz.execs++;
	if (fuzz.stats && fuzz.execs % STATS_EVERY == 0)
		write_stats();
	if (finding.kind != DEV_NOTHING)
		found(&finding);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	struct smmu_mutator mutator;

	smmu_mutator_seed(&mutator, seed, dev_target_is_peer(fuzz.target));
	return smmu_mutate(&mutator, data, size, max_size);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
				 uint8_t *out, size_t max_size, unsigned seed)
{
	struct smmu_mutator mutator;

	smmu_mutator_seed(&mutator, seed, dev_target_is_peer(fuzz.target));
	return smmu_crossover(&mutator, a, a_size, b, b_size, out, max_size);
}
