// SPDX-License-Identifier: GPL-2.0-only
/* What device drivers do with the kernel's API, and the seam around it, over an image that is none. */
#include "fake_image.h"

#include <errno.h>

enum { A, B, IDENTITY, RW = PT_READ | PT_WRITE };

static void assert_calls(const char *expected)
{
	assert_string_equal(fake.text, expected);
	forget();
}

static uint64_t must_bind(struct linux_driver *drv, unsigned device, unsigned mm)
{
	unsigned pasid = 0;
	uint64_t handle = 0;

	assert_int_equal(linux_bind(&drv->base, device, mm, 0, &pasid, &handle), 0);
	assert_int_equal(pasid, mm + 1);
	return handle;
}

static void a_machine_comes_up_and_goes(void **state)
{
	struct linux_driver *drv = fake_probe();

	(void)state;
	assert_calls("cpu 40 16 1; smmu 0; "
		     "device 0 pci sid 8 pasid 4 ats alias 0; "
		     "device 1 pci sid 10 pasid 4 stall alias 2; "
		     "device 2 pci sid 18 pasid 0 alias 2; ");
	linux_remove(&drv->base);
	assert_calls("no device 2; no device 1; no device 0; no smmu 0; ");
	assert_int_equal(drv->world->objects, 0);
}

static void a_probe_undoes_whatever_came_before(void **state)
{
	struct linux_driver *drv = fake_probe();

	(void)state;
	assert_int_equal(fake_state.counter, 1);
	must_bind(drv, 0, 1);
	drv->world->spinlocks_held = 3; /* the trace ends in the middle of something */
	drv = fake_probe();
	assert_int_equal(fake_state.counter, 1);
	assert_int_equal(linux_usage(&drv->base).bonds, 0);
	assert_int_equal(linux_mm_pasid(&drv->base, 1), 0);
}

static void features_are_enabled_in_order_and_taken_back(void **state)
{
	struct linux_driver *drv = fake_probe();

	(void)state;
	forget();
	assert_int_equal(linux_sva_init(&drv->base, 0, 1, 0, 0), 0);
	assert_calls("enable 0 1; enable 0 0; ");
	assert_int_equal(linux_sva_shutdown(&drv->base, 0), 0);
	assert_calls("disable 0 0; disable 0 1; ");
	fake.enable_error[LINUX_FEATURE_SVA] = -EINVAL;
	assert_int_equal(linux_sva_init(&drv->base, 0, 1, 0, 0), -EINVAL);
	assert_calls("enable 0 1; enable 0 0; disable 0 1; ");
	assert_int_equal(linux_sva_init(&drv->base, 0, 0, 0, 0), -EINVAL);
	assert_calls("enable 0 0; ");
}

static void every_reference_is_given_back_once(void **state)
{
	struct linux_driver *drv = fake_probe();
	uint64_t handle = must_bind(drv, 0, 0);

	(void)state;
	assert_int_equal(must_bind(drv, 0, 0), handle);
	assert_int_not_equal(must_bind(drv, 1, 0), handle);
	forget();
	assert_int_equal(linux_unbind(&drv->base, 0, 1), 0);
	assert_int_equal(linux_usage(&drv->base).bonds, 2);
	assert_int_equal(linux_unbind(&drv->base, 0, 1), 0);
	assert_int_equal(linux_usage(&drv->base).bonds, 1);
	assert_int_equal(linux_unbind(&drv->base, 0, 1), -ESRCH);
	assert_calls("unbind 0 0; unbind 0 0; ");
	must_bind(drv, 1, 0);
	must_bind(drv, 1, 2);
	forget();
	linux_unbind_all(&drv->base, 1);
	assert_calls("unbind 1 2; unbind 1 0; unbind 1 0; ");
}

static void an_exited_space_stays_until_it_is_dropped(void **state)
{
	struct linux_driver *drv = fake_probe();
	unsigned mm = drv->world->task[1].mm;

	(void)state;
	must_bind(drv, 0, mm);
	forget();
	assert_int_equal(world_mmap(drv->world, 1, 0, 1, RW), 0);
	assert_int_equal(world_munmap(drv->world, 1, 0, 1), 0);
	world_exit(drv->world, 1);
	assert_calls("inval 1 10000-11000; exit 1; ");
	assert_int_equal(world_spawn(drv->world, 1), 0);
	assert_int_not_equal(drv->world->task[1].mm, mm);
	world_settle(drv->world);
	assert_calls("dropped 1; ");
	assert_int_equal(drv->world->mm[mm].count, 0);
}

static void a_device_that_leaves_has_given_all_back(void **state)
{
	struct linux_driver *drv = fake_probe();
	struct driver *driver = &drv->base;

	(void)state;
	assert_int_equal(linux_domain_alloc(driver, A, DRIVER_DOMAIN_STAGE1, 0), 0);
	assert_int_equal(linux_sva_init(driver, 1, 1, 0, 0), 0);
	assert_int_equal(linux_attach(driver, 1, A), 0);
	assert_int_equal(linux_claim(driver, 2), 0);
	assert_int_equal(linux_attach_pasid(driver, 1, A, 7), 0);
	must_bind(drv, 1, 0);
	forget();
	linux_unplug(driver, 1);
	assert_calls("unbind 1 0; detach 1 0/7; disable 1 0; disable 1 1; no device 1; ");
	assert_int_equal(linux_attach(driver, 1, A), -ENODEV);
	/* The last of the group. */
	linux_unplug(driver, 2);
	assert_calls("detach 2; release 2; no device 2; ");
	linux_unplug(driver, 2);
	assert_calls("");
}

static void a_device_that_comes_back_is_as_it_was(void **state)
{
	struct linux_driver *drv = fake_probe();
	struct driver *driver = &drv->base;

	(void)state;
	assert_int_equal(linux_plug(driver, 1), -EEXIST);
	assert_int_equal(linux_sva_init(driver, 1, 1, 0, 0), 0);
	must_bind(drv, 1, 0);
	linux_unplug(driver, 1);
	forget();
	assert_int_equal(linux_plug(driver, 1), 0);
	assert_calls("device 1 pci sid 10 pasid 4 stall alias 2; ");
	assert_int_equal(linux_unbind(driver, 1, 1), -ESRCH);
	assert_int_equal(linux_sva_init(driver, 1, 1, 0, 0), 0);
	must_bind(drv, 1, 0);
	forget();
	linux_unplug(driver, 1);
	assert_calls("unbind 1 0; disable 1 0; disable 1 1; no device 1; ");
}

static void an_identity_domain_is_the_default_domain(void **state)
{
	struct linux_driver *drv = fake_probe();
	uint64_t pa = 0x5000, old;

	(void)state;
	forget();
	assert_int_equal(linux_domain_alloc(&drv->base, IDENTITY, DRIVER_DOMAIN_IDENTITY, 0), 0);
	assert_int_equal(linux_attach(&drv->base, 0, IDENTITY), 0);
	assert_int_equal(linux_map(&drv->base, IDENTITY, 0x10000, &pa, 1, RW), -EINVAL);
	assert_int_equal(linux_unmap(&drv->base, IDENTITY, 0x10000, 1, &old), 0);
	assert_int_equal(linux_attach_pasid(&drv->base, 0, IDENTITY, 1), -EOPNOTSUPP);
	assert_int_equal(linux_domain_root(&drv->base, IDENTITY), 0);
	linux_domain_free(&drv->base, IDENTITY);
	assert_calls("attach 0 255; ");
}

static void maps_happen_or_do_not(void **state)
{
	const uint64_t good[] = {0x5000, 0x6000, 0x9000}, bad[] = {0x5000, 0x6000, 0x13000};
	struct linux_driver *drv = fake_probe();
	uint64_t old[3] = {1, 1, 1};

	(void)state;
	assert_int_equal(linux_domain_alloc(&drv->base, B, DRIVER_DOMAIN_STAGE1, 0), 0);
	forget();
	assert_int_equal(linux_map(&drv->base, B, 0x10000, good, 3, RW), 0);
	assert_calls("map 1 10000 5000 8192 3; map 1 12000 9000 4096 3; ");
	assert_int_equal(linux_map(&drv->base, B, 0x10000, bad, 3, RW), -EEXIST);
	assert_calls("map 1 10000 5000 8192 3; map 1 12000 13000 4096 3; unmap 1 10000 8192; ");
	assert_int_equal(linux_unmap(&drv->base, B, 0x11000, 3, old), 1);
	assert_calls("unmap 1 11000 4096; ");
	assert_int_equal(old[0], 0x1011000);
	assert_int_equal(old[1], 0);
}

static void busy_waits_and_locks_have_an_end(void **state)
{
	struct linux_driver *drv = fake_probe();
	const struct linux_host *host = fake.host;

	(void)state;
	linux_enter(drv);
	assert_fails(drv->world, WORLD_FAIL_DEADLOCK, for (;;) host->relax(host->ctx));
	assert_fails(drv->world, WORLD_FAIL_LOCK, host->spin(host->ctx, -1));
	host->spin(host->ctx, 1);
	assert_fails(drv->world, WORLD_FAIL_ATOMIC, host->might_sleep(host->ctx));
	assert_fails(drv->world, WORLD_FAIL_BUG, (host->fail)(host->ctx, LINUX_FAIL_BUG, "WARN"));
	assert_string_equal(drv->world->failure_text, "WARN");
	host->log(host->ctx, "why");
	assert_fails(drv->world, WORLD_FAIL_BUG, (host->fail)(host->ctx, LINUX_FAIL_BUG, "WARN"));
	assert_string_equal(drv->world->failure_text, "WARN; last line: why");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_machine_comes_up_and_goes),
		cmocka_unit_test(a_probe_undoes_whatever_came_before),
		cmocka_unit_test(features_are_enabled_in_order_and_taken_back),
		cmocka_unit_test(every_reference_is_given_back_once),
		cmocka_unit_test(an_exited_space_stays_until_it_is_dropped),
		cmocka_unit_test(a_device_that_leaves_has_given_all_back),
		cmocka_unit_test(a_device_that_comes_back_is_as_it_was),
		cmocka_unit_test(an_identity_domain_is_the_default_domain),
		cmocka_unit_test(maps_happen_or_do_not),
		cmocka_unit_test(busy_waits_and_locks_have_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
