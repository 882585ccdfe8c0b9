/* SPDX-License-Identifier: MIT */
/*
 * Contract: a session runs the ops that a trace would have, one call at a time, with the same
 * comparisons; calls that no trace can have are said, and what comes after a divergence is not run.
 * Run: ctest -R check.test_session, or the program itself.
 */
#include "../session.h"
#include "scene.h"

static const char bound[] = SCENE_HEADER;

static struct session *start(void)
{
	struct error error = {0};
	struct session *s = session_start("iomm", bound, &error);

	if (!s)
		fail_msg("%s", error.text);
	return s;
}

static void expect_difference(struct outcome outcome, const char *words, const char *part)
{
	const char *why = session_differs(outcome, words);

	assert_non_null(why);
	if (!strstr(why, part))
		fail_msg("\"%s\" lacks \"%s\"", why, part);
}

static void calls_give_what_a_trace_pins(void **state)
{
	struct session *s = start();

	(void)state;
	assert_outcome(session_mmap(s, p(0), 0x10000, 2, READ_WRITE), "ok");
	assert_outcome(session_bind(s, d(0), p(0)), "pasid 1");
	assert_outcome(session_bind(s, d(0), p(0)), "-EEXIST");
	assert_outcome(session_dma(s, d(0), pasid(1), 0x10000, DMA_WRITE), "ok");
	assert_outcome(session_dma(s, d(0), no_pasid(), 0x10000, DMA_READ), "fault translation");
	assert_outcome(session_map(s, domain('A'), 0x1fc000, 3, READ_ONLY), "ok");
	assert_outcome(session_unmap(s, domain('A'), 0x1fc000, 3), "3 pages");
	assert_outcome(session_ats(s, d(0), pasid(1), 0x10000), "skipped");
	assert_no_divergence(s);
	session_end(s);
}

static void ok_is_any_success_and_nothing_else(void **state)
{
	struct session *s = start();
	struct outcome pasid_1 = session_bind(s, d(0), p(0));

	(void)state;
	assert_outcome(pasid_1, "ok");
	expect_difference(pasid_1, "pasid 2", "pasid 1");
	expect_difference(session_bind(s, d(0), p(0)), "ok", "-EEXIST");
	expect_difference(session_dma(s, d(0), pasid(1), 0x10000, DMA_READ), "ok",
			  "fault translation");
	assert_int_equal(pasid_1.kind, TRACE_PIN_PASID);
	assert_int_equal(pasid_1.value, 1);
	assert_int_equal(pasid_1.error, 0);
	assert_no_divergence(s);
	session_end(s);
}

static void options_of_calls_arrive(void **state)
{
	struct session *s = start();

	(void)state;
	assert_outcome(session_shutdown(s, d(0)), "ok");
	assert_outcome(session_init_with(s, d(0), 0, 5, 6), "ok");
	assert_outcome(session_bind_with(s, d(0), p(0), 0, true), "-EINVAL");
	assert_outcome(session_bind(s, d(0), p(0)), "pasid 5");
	assert_outcome(session_fail_alloc(s, 1), "ok");
	assert_no_divergence(s);
	session_end(s);
}

static void calls_that_no_trace_has_are_said(void **state)
{
	struct session *s = start();

	(void)state;
	expect_difference(session_mmap(s, p(0), 0x5000, 1, READ_ONLY), "ok", "mmap: an address");
	/* From there on the test is wrong, whatever the two sides say. */
	expect_difference(session_bind(s, d(0), p(0)), "pasid 1", "mmap: an address");
	assert_non_null(session_finish(s));
	s = start();
	expect_difference(session_bind(s, d(1), p(0)), "pasid 1", "bind: an operand");
	s = start();
	expect_difference(session_mmap(s, p(0), 0x10000, 9, READ_ONLY), "ok", "mmap: an operand");
	s = start();
	expect_difference(session_unbind(s, d(0), pasid(256)), "ok", "unbind: a number above");
	s = start();
	expect_difference(session_unbind(s, d(0), no_pasid()), "ok", "unbind: no PASID");
	s = start();
	expect_difference(session_attach(s, d(0), domain('a')), "ok", "attach: a domain");
	s = start();
	for (unsigned i = 0; i < TRACE_MAX_OPS; i++)
		assert_outcome(session_tlbi(s, d(0)), "ok");
	expect_difference(session_tlbi(s, d(0)), "ok", "tlbi: more calls");
	session_end(s);
}

static void bad_topologies_and_configurations_are_errors(void **state)
{
	struct check_config config = check_default_config();
	struct error error = {0};

	(void)state;
	assert_null(session_start("vfio", bound, &error));
	assert_non_null(strstr(error.text, "unknown driver 'vfio'"));
	error = (struct error){0};
	assert_null(session_start("iomm", "device d0\n", &error));
	assert_non_null(strstr(error.text, "topology:1: "));
	error = (struct error){0};
	assert_null(session_start("iomm", SCENE_BOUND, &error));
	assert_non_null(strstr(error.text, "an op; call its function"));
	error = (struct error){0};
	config.fault = "no-such";
	assert_null(session_start_with(&config, bound, &error));
	assert_true(error.set);
}

/* A driver that answers one call wrongly. */

static int bind_busy(struct driver *driver, unsigned device, unsigned mm, unsigned flags,
		     unsigned *pasid, uint64_t *handle)
{
	(void)driver;
	(void)device;
	(void)mm;
	(void)flags;
	(void)pasid;
	(void)handle;
	return -EBUSY;
}

static _Noreturn void bug(struct driver *driver)
{
	(void)driver;
	world_fail(world_get(NULL), WORLD_FAIL_BUG, "a bug");
}

static int bind_bug(struct driver *driver, unsigned device, unsigned mm, unsigned flags,
		    unsigned *pasid, uint64_t *handle)
{
	(void)device;
	(void)mm;
	(void)flags;
	(void)pasid;
	(void)handle;
	bug(driver);
}

static void expect_end(const char *finding)
{
	const char *why;
	struct session *s = start();

	assert_outcome(session_tlbi(s, d(0)), "ok");
	expect_difference(session_bind(s, d(0), p(0)), "pasid 1", finding);
	/* Nothing is run any more. */
	assert_int_equal(session_tlbi(s, d(0)).kind, TRACE_PIN_NONE);
	expect_difference(session_tlbi(s, d(0)), "ok", "not run");
	why = session_finish(s);
	assert_non_null(why);
	assert_non_null(strstr(why, finding));
	session_end(s);
}

static void a_divergence_ends_the_session(void **state)
{
	struct driver *driver = driver_find("iomm");
	const struct driver_ops *real = driver->ops;
	struct driver_ops bad = *real;

	(void)state;
	driver->ops = &bad;
	bad.bind = bind_busy;
	expect_end("-EBUSY");
	bad.bind = bind_bug;
	expect_end("a bug");
	driver->ops = real;
	/* The next one starts from nothing. */
	assert_no_divergence(start());
}

/* What is left at the end is found by the end. */
static void leaks_are_found_at_the_end(void **state)
{
	struct session *s = start();
	struct error error = {0};
	const char *why;

	(void)state;
	assert_outcome(session_bind(s, d(0), p(0)), "pasid 1");
	assert_non_null(world_alloc(world_get(&error), 64, false));
	why = session_finish(s);
	assert_non_null(why);
	assert_non_null(strstr(why, "leak"));
	/* Once is enough. */
	assert_non_null(session_finish(s));
	session_end(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_give_what_a_trace_pins),
		cmocka_unit_test(ok_is_any_success_and_nothing_else),
		cmocka_unit_test(options_of_calls_arrive),
		cmocka_unit_test(calls_that_no_trace_has_are_said),
		cmocka_unit_test(bad_topologies_and_configurations_are_errors),
		cmocka_unit_test(a_divergence_ends_the_session),
		cmocka_unit_test(leaks_are_found_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
