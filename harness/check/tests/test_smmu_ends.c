/* SPDX-License-Identifier: MIT */
/*
 * Contract: an smmu that is no part of this program may lack what a trace wants, which ends the run
 * with nothing found, or die, which is a finding whatever else differs by then; a known divergence
 * of one smmu is none of another.
 * Run: ctest -R check.test_smmu_ends, or the program itself.
 */
#include "scene.h"

/* The emulated one, as if it were somebody else's. */
static struct {
	struct smmu_end end;
	const char *lacks;
	const struct check_known *known;
	bool ats;		 /* of the profile that it was asked about */
	const char *unsupported; /* as the run said at its end */
} foreign;
static struct smmu_socket_ops ops;

static struct smmu_end foreign_end(struct smmu_socket *socket)
{
	(void)socket;
	return foreign.end;
}

static const char *foreign_lacks(const struct smmu_profile *profile)
{
	foreign.ats = profile->ats;
	return foreign.lacks;
}

static struct divergence run(const char *text, const char *name)
{
	struct check *c = scene_check(NULL);
	const struct smmu_socket_ops *real = c->smmu->ops;
	static struct trace trace;
	struct divergence d;

	ops = *real;
	ops.end = foreign_end;
	ops.lacks = foreign_lacks;
	c->smmu->ops = &ops;
	c->config.smmu = name;
	c->config.known = foreign.known;
	scene_parse(&trace, text);
	d = check_run(c, &trace, NULL, NULL);
	foreign.unsupported = check_unsupported(c);
	c->smmu->ops = real;
	check_destroy(c);
	return d;
}

static int forget(void **state)
{
	(void)state;
	memset(&foreign, 0, sizeof(foreign));
	return 0;
}

static void a_trace_that_wants_more_ends_with_nothing_found(void **state)
{
	(void)state;
	foreign.lacks = "stalls";
	expect_clean(run(SCENE_BOUND, "foreign"));
	assert_string_equal(foreign.unsupported, "stalls");
	foreign.lacks = NULL;
	expect_clean(run(SCENE_BOUND, "foreign"));
	assert_null(foreign.unsupported);
}

static void ats_is_wanted_where_the_trace_states_what_comes_of_it(void **state)
{
	(void)state;
	expect_clean(run(SCENE_ATS_BOUND "ats d0 pasid=1 0x10000 => ats rw\n", "foreign"));
	assert_true(foreign.ats);
	expect_clean(run(SCENE_ATS_BOUND "ats d0 pasid=1 0x10000\n", "foreign"));
	assert_false(foreign.ats);
}

static void an_smmu_that_gives_up_in_the_middle_ends_the_run(void **state)
{
	(void)state;
	foreign.end = (struct smmu_end){SMMU_END_LACKS, "so many pairs"};
	expect_clean(run(SCENE_BOUND, "foreign"));
	assert_string_equal(foreign.unsupported, "so many pairs");
}

static void a_dead_smmu_is_a_crash_with_its_last_words(void **state)
{
	struct divergence d;

	(void)state;
	foreign.end =
		(struct smmu_end){SMMU_END_CRASH, "Assertion `ret' failed; ended by signal 6"};
	d = run(SCENE_BOUND, "foreign");
	expect_divergence(d, DIVERGENCE_CRASH, "smmu", 0);
	expect_texts(d, "goes on", "Assertion `ret' failed");
	assert_null(foreign.unsupported);
}

static void a_known_divergence_may_be_of_one_smmu(void **state)
{
	static const char trace[] = SCENE_BOUND "dma d0 pasid=1 0x10000 read => fault pasid\n";
	static struct check_known known = {
		.count = 1,
		.entry = {{.driver = "iomm@foreign",
			   .op = "dma",
			   .rule = "pin",
			   .kind = DIVERGENCE_PIN}},
	};

	(void)state;
	foreign.known = &known;
	expect_clean(run(trace, "foreign"));
	expect_divergence(run(trace, "emulated"), DIVERGENCE_PIN, "pin", 4);
	snprintf(known.entry[0].driver, sizeof(known.entry[0].driver), "iomm");
	expect_clean(run(trace, "foreign"));
	expect_clean(run(trace, "emulated"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_trace_that_wants_more_ends_with_nothing_found, forget),
		cmocka_unit_test_setup(ats_is_wanted_where_the_trace_states_what_comes_of_it,
				       forget),
		cmocka_unit_test_setup(an_smmu_that_gives_up_in_the_middle_ends_the_run, forget),
		cmocka_unit_test_setup(a_dead_smmu_is_a_crash_with_its_last_words, forget),
		cmocka_unit_test_setup(a_known_divergence_may_be_of_one_smmu, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
