/* SPDX-License-Identifier: MIT */
/*
 * Contract: with several SMMUs each is compared with the law, as to what it translates and what it may
 * hold; a driver that knows one SMMU has all devices behind that. Skipped where no driver of this
 * build knows more.
 * Run: ctest -R check.test_smmus, or the program itself.
 */
#include "scene.h"

/* One process behind two SMMUs; op 2 binds the second time, op 3 changes nothing. */
#define TWO_SMMUS                                                                                  \
	"policy linux-6.12\nsmmu ssid-bits=4\n"                                                    \
	"device d0 rid=00:01.0 pasid-bits=4\n"                                                     \
	"device d1 rid=00:02.0 pasid-bits=4 smmu=1\n"                                              \
	"domain A d0\ndomain B d1\nprocess p0\n"                                                   \
	"mmap p0 0x10000 pages=2 rw\nbind d0 p0\nbind d1 p0\nread p0 0x10000\n"

static struct {
	struct check *check;
	scene_poke_fn poke;
	unsigned smmus; /* of the run */
	uint32_t commands;
} run;

static void after_op(void *ctx, unsigned op, const struct check_step *step)
{
	(void)ctx;
	run.smmus = run.check->num_smmus;
	run.commands += step->num_commands;
	if (op == 2 && run.poke)
		run.poke(run.check, op);
}

static struct divergence run_on(const char *driver, const char *text, scene_poke_fn poke)
{
	struct check_config config = check_default_config();
	static struct trace trace;
	struct divergence d;

	if (!driver_find(driver))
		skip();
	config.driver = driver;
	scene_parse(&trace, text);
	run.check = scene_check(&config);
	run.poke = poke;
	run.commands = 0;
	d = check_run(run.check, &trace, after_op, NULL);
	check_destroy(run.check);
	return d;
}

static struct divergence run_text(const char *text, scene_poke_fn poke)
{
	return run_on("linux-6.12", text, poke);
}

static void devices_are_behind_the_smmus_of_the_trace(void **state)
{
	(void)state;
	expect_clean(run_text(TWO_SMMUS "munmap p0 0x11000\nunbind d0 pasid=1\n", NULL));
	assert_int_equal(run.smmus, 2);
	assert_true(run.commands > 4);
}

static void a_driver_of_one_smmu_has_all_devices_behind_it(void **state)
{
	(void)state;
	expect_clean(run_on("iomm", TWO_SMMUS, NULL));
	assert_int_equal(run.smmus, 1);
}

static void hold(struct check *c, unsigned smmu, unsigned slot)
{
	smmu_note_pte(c->smmus[smmu].model, scene_root(c, 0), world_slot_va(slot), 3,
		      pgtable_leaf(scene_frame(c, 0, 0), PT_READ), 0);
}

static void hold_in_the_second(struct check *c, unsigned op)
{
	(void)op;
	hold(c, 1, 2);
}

static void hold_in_the_first(struct check *c, unsigned op)
{
	(void)op;
	hold(c, 0, 2);
}

static void what_either_smmu_holds_is_compared(void **state)
{
	struct divergence d = run_text(TWO_SMMUS, hold_in_the_second);

	(void)state;
	expect_divergence(d, DIVERGENCE_STALE_TLB, "D-1", 3);
	expect_texts(d, "nothing", "the TLB may still hold 0x12000 (r) for (d1, pasid 1)");
	d = run_text(TWO_SMMUS, hold_in_the_first);
	expect_divergence(d, DIVERGENCE_STALE_TLB, "D-1", 3);
	expect_texts(d, "nothing", "the TLB may still hold 0x12000 (r) for (d0, pasid 1)");
}

static void hold_elsewhere(struct check *c, unsigned op)
{
	(void)op;
	hold(c, 1, 8);
}

static void a_frame_that_the_second_smmu_holds_is_not_freed(void **state)
{
	(void)state;
	expect_divergence(run_text("policy linux-6.12\nsmmu ssid-bits=4\n"
				   "device d0 rid=00:01.0\ndevice d1 rid=00:02.0 smmu=1\n"
				   "domain A d0\ndomain B d1\nprocess p0\n"
				   "mmap p0 0x10000 pages=2 rw\nbind d0 p0\nbind d1 p0\n"
				   "munmap p0 0x10000\n",
				   hold_elsewhere),
			  DIVERGENCE_ORDER, "D-1", 3);
}

/* The entry of PASID 1 is no longer there. */
static void take_entry_of_the_second(struct check *c, unsigned op)
{
	uint64_t cd, old;

	(void)op;
	look_at(c, 1);
	cd = scene_cd(c, 1, 1);
	old = ram_load(cd);
	ram_store(cd, 0);
	world_tell_store(c->world, cd, old, 0);
}

static void an_entry_that_the_second_smmu_lacks_is_found(void **state)
{
	struct divergence d = run_text(TWO_SMMUS, take_entry_of_the_second);

	(void)state;
	assert_int_equal(d.kind, DIVERGENCE_UNREACHABLE);
	assert_int_equal(d.op, 3);
	expect_texts(d, "address space of mm 0", "(d1, pasid 1)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_are_behind_the_smmus_of_the_trace),
		cmocka_unit_test(a_driver_of_one_smmu_has_all_devices_behind_it),
		cmocka_unit_test(what_either_smmu_holds_is_compared),
		cmocka_unit_test(a_frame_that_the_second_smmu_holds_is_not_freed),
		cmocka_unit_test(an_entry_that_the_second_smmu_lacks_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
