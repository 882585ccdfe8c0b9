/* SPDX-License-Identifier: MIT */
/*
 * Contract of harness/check on random traces (here, because harness/check stands below the
 * mutator): no cache mode, depth or topology makes a good driver diverge, the two depths see the
 * same, and what a run shows depends on the trace alone.
 * Run: ctest -R test_check_runs, or the program itself.
 */
#include "../../harness/check/check.h"
#include "../mutator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Sanitizers cost about a factor of ten. */
#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
enum { SHARE = 8 };
#else
enum { SHARE = 1 };
#endif

static struct check *create(uint8_t cache, uint8_t depth)
{
	struct check_config config = check_default_config();
	struct error error = {0};
	struct check *c;

	config.cache = (enum smmu_cache_mode)cache;
	config.depth = (enum check_depth)depth;
	config.pins = false; /* random bytes make random pins */
	c = check_create(&config, &error);
	if (!c)
		fail_msg("%s", error.text);
	return c;
}

static void random_trace(uint64_t seed, struct trace *trace)
{
	struct mutator_rng rng;

	mutator_seed(&rng, seed);
	mutator_random_trace(&rng, trace, 8 + mutator_below(&rng, 40));
}

/* All that an observer sees, as one number. */
static void add_step(void *ctx, unsigned op, const struct check_step *step)
{
	uint64_t *hash = ctx;
	const uint64_t words[] = {
		op,
		step->skipped,
		(uint64_t)step->error,
		step->value,
		step->outcome,
		step->ats_prot,
		step->event_type,
		step->num_events,
		step->num_commands,
	};

	/* FNV-1a. */
	for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
		*hash = (*hash ^ words[i]) * 0x100000001b3ull;
}

static uint64_t run(struct check *c, const struct trace *trace)
{
	uint64_t hash = 0xcbf29ce484222325ull;
	struct divergence d = check_run(c, trace, add_step, &hash);
	static char text[TRACE_TEXT_MAX];

	if (d.kind) {
		trace_format(trace, text, sizeof(text));
		fail_msg("%s %s at op %d: expected %s, observed %s\n%s",
			 divergence_kind_name(d.kind), d.rule, d.op, d.expected, d.observed, text);
	}
	return hash;
}

static void both_depths_and_all_cache_modes_find_nothing_in_a_good_driver(void **state)
{
	enum { MOST = 2000 };
	static const struct {
		uint8_t cache, depth;
		unsigned runs;
	} modes[] = {
		{SMMU_CACHE_WORST, CHECK_CHANGES, MOST}, {SMMU_CACHE_WORST, CHECK_ALL, MOST},
		{SMMU_CACHE_NONE, CHECK_CHANGES, 500},	 {SMMU_CACHE_EXACT, CHECK_CHANGES, 500},
		{SMMU_CACHE_EXACT, CHECK_ALL, 100},
	};
	static uint64_t first[MOST];
	static struct trace trace;

	(void)state;
	for (unsigned m = 0; m < ARRAY_SIZE(modes); m++) {
		struct check *c = create(modes[m].cache, modes[m].depth);

		for (unsigned i = 0; i < modes[m].runs / SHARE; i++) {
			uint64_t hash;

			random_trace(i, &trace);
			hash = run(c, &trace);
			if (!m)
				first[i] = hash;
			/* The same is seen in every mode: caches are not visible to good software. */
			assert_true(hash == first[i]);
		}
		check_destroy(c);
	}
}

/* Every combination of the SMMU's own features, with devices as the seed has them. */
static void every_topology_runs_clean(void **state)
{
	struct check *c = create(SMMU_CACHE_WORST, CHECK_CHANGES);
	static struct trace trace;
	uint64_t seed = 1000;

	(void)state;
	for (unsigned ssid = 0; ssid <= 8; ssid++) {
		for (unsigned features = 0; features < 16; features++) {
			for (unsigned i = 0; i < 24 / SHARE; i++) {
				struct trace_header *h = &trace.header;

				random_trace(seed++, &trace);
				h->ssid_bits = (uint8_t)ssid;
				h->ats = features & 1;
				h->two_level_strtab = features >> 1 & 1;
				h->two_level_cd = features >> 2 & 1;
				h->asid_bits = features & 8 ? 16 : 8;
				trace_normalize_header(h);
				assert_int_equal(h->ssid_bits, ssid);
				for (unsigned op = 0; op < trace.num_ops; op++)
					trace_normalize_op(h, &trace.op[op]);
				run(c, &trace);
			}
		}
	}
	check_destroy(c);
}

static void any_bytes_run_clean(void **state)
{
	struct check *c = create(SMMU_CACHE_WORST, CHECK_CHANGES);
	static uint8_t data[TRACE_HEADER_BYTES + 48 * TRACE_OP_BYTES];
	static struct trace trace;
	struct mutator_rng rng;

	(void)state;
	mutator_seed(&rng, 5);
	for (unsigned i = 0; i < 20000 / SHARE; i++) {
		for (unsigned byte = 0; byte < sizeof(data); byte++)
			data[byte] = (uint8_t)mutator_below(&rng, 256);
		trace_decode(&trace, data, i % (sizeof(data) + 1));
		trace.header.shared_rid = 0; /* it diverges by design (B-7) */
		run(c, &trace);
	}
	check_destroy(c);
}

static void a_trace_shows_the_same_whatever_ran_before(void **state)
{
	enum { TRACES = 16, RUNS = 1000 };
	struct check *c = create(SMMU_CACHE_WORST, CHECK_CHANGES);
	static struct trace trace[TRACES];
	uint64_t hash[TRACES];
	struct mutator_rng rng;

	(void)state;
	for (unsigned i = 0; i < TRACES; i++) {
		random_trace(50000 + i, &trace[i]);
		hash[i] = run(c, &trace[i]);
	}
	mutator_seed(&rng, 9);
	for (unsigned n = 0; n < RUNS; n++) {
		unsigned other = 1 + mutator_below(&rng, TRACES - 1);

		assert_true(run(c, &trace[0]) == hash[0]);
		assert_true(run(c, &trace[other]) == hash[other]);
	}
	check_destroy(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_depths_and_all_cache_modes_find_nothing_in_a_good_driver),
		cmocka_unit_test(every_topology_runs_clean),
		cmocka_unit_test(any_bytes_run_clean),
		cmocka_unit_test(a_trace_shows_the_same_whatever_ran_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
