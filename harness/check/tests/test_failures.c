/* SPDX-License-Identifier: MIT */
/*
 * Contract: an allocation that is chosen for the whole run fails, whatever the call; the call that
 * fails leaves nothing behind, and says so with an error that is an allocation failure's.
 * Run: ctest -R check.test_failures, or the program itself.
 */
#include "scene.h"

static const char text[] = SCENE_HEADER "mmap p0 0x10000 rw\nfail-alloc nth=1\nbind d0 p0\n"
					"map A 0x10000 rw\nunbind d0 pasid=1\n";

static void every_allocation_fails_once(void **state)
{
	static struct trace trace;
	struct check *c = scene_check(NULL);
	unsigned n = 1;

	(void)state;
	scene_parse(&trace, text);
	for (; n < 1000; n++) {
		check_fail_allocation(c, n);
		expect_clean(check_run(c, &trace, NULL, NULL));
		if (!check_allocation_failed(c))
			break;
	}
	/* Attach, init, bind and map: each has some. */
	assert_in_range(n, 5, 999);
	check_fail_allocation(c, 0);
	expect_clean(check_run(c, &trace, NULL, NULL));
	assert_false(check_allocation_failed(c));
	check_destroy(c);
}

static unsigned skipped;

static void count_skipped(void *ctx, unsigned op, const struct check_step *step)
{
	(void)ctx;
	skipped += step->skipped;
	if (step->skipped)
		assert_int_equal(op, 1);
}

static void ops_that_choose_another_are_skipped(void **state)
{
	static struct trace trace;
	struct check *c = scene_check(NULL);

	(void)state;
	scene_parse(&trace, text);
	check_fail_allocation(c, 1000);
	expect_clean(check_run(c, &trace, count_skipped, NULL));
	assert_int_equal(skipped, 1);
	check_destroy(c);
}

static int map_returns_eio(struct driver *driver, unsigned domain, uint64_t iova,
			   const uint64_t *pa, unsigned count, unsigned prot)
{
	int error = scene_real->map(driver, domain, iova, pa, count, prot);

	return error ? -EIO : 0;
}

static unsigned live_asids, listed;

static int bind_keeps_asid(struct driver *driver, unsigned device, unsigned mm, unsigned flags,
			   unsigned *pasid, uint64_t *handle)
{
	int error = scene_real->bind(driver, device, mm, flags, pasid, handle);

	live_asids += error == -ENOMEM;
	return error;
}

static struct driver_usage say_usage(const struct driver *driver)
{
	struct driver_usage usage = scene_real->usage(driver);

	usage.asids += live_asids;
	usage.attachments += listed;
	return usage;
}

static int attach_stays_listed(struct driver *driver, unsigned device, unsigned domain)
{
	int error = scene_real->attach(driver, device, domain);

	listed += error == -ENOMEM;
	return error;
}

static void error_that_is_none_of_memory_is_result(void **state)
{
	struct driver_ops bad = *driver_find("iomm")->ops;

	(void)state;
	bad.map = map_returns_eio;
	expect_divergence(scene_run(&(struct scene){.text = SCENE_HEADER
						    "fail-alloc nth=1\nmap A 0x10000 rw\n",
						    .driver = &bad}),
			  DIVERGENCE_RESULT, "A-4", 1);
}

static void leftover_is_seen_at_the_call_that_failed(void **state)
{
	struct driver_ops bad = *driver_find("iomm")->ops;
	struct divergence d;

	(void)state;
	bad.bind = bind_keeps_asid;
	bad.usage = say_usage;
	live_asids = 0;
	d = scene_run(&(struct scene){.text = SCENE_HEADER "mmap p0 0x10000 rw\n"
							   "fail-alloc nth=1\nbind d0 p0\n"
							   "prefetch d0 0x10000\n",
				      .driver = &bad});
	expect_divergence(d, DIVERGENCE_LEAK, "A-17", 2);
	expect_texts(d, "leaves nothing behind", "1 more ASIDs");
}

static void device_that_stays_listed_is_seen_at_the_attach_that_failed(void **state)
{
	struct driver_ops bad = *driver_find("iomm")->ops;
	struct divergence d;

	(void)state;
	bad.attach = attach_stays_listed;
	bad.usage = say_usage;
	live_asids = listed = 0;
	d = scene_run(&(struct scene){
		.text = "policy io_mm\nsmmu ssid-bits=4\ndevice d0 rid=00:01.0 pasid-bits=4\n"
			"domain A\nfail-alloc nth=1\nattach d0 A\nprefetch d0 0x10000\n",
		.driver = &bad});
	expect_divergence(d, DIVERGENCE_LEAK, "A-17", 1);
	expect_texts(d, "leaves nothing behind", "1 more attachments");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_allocation_fails_once),
		cmocka_unit_test(ops_that_choose_another_are_skipped),
		cmocka_unit_test(error_that_is_none_of_memory_is_result),
		cmocka_unit_test(leftover_is_seen_at_the_call_that_failed),
		cmocka_unit_test(device_that_stays_listed_is_seen_at_the_attach_that_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
