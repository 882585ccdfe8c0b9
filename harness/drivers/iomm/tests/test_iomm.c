/* SPDX-License-Identifier: MIT */
/*
 * Contract: the bind API of the io_mm driver (A-4 .. A-52): error codes in order, who writes and
 * clears a table entry, what is invalidated in which order (D-1 .. D-12), what exit does.
 * Run: the program itself; exit status 0 means that all tests passed.
 */
#include "rig.h"

static uint64_t page_of(struct rig *rig, unsigned mm, unsigned slot)
{
	uint64_t desc = pgtable_lookup(world_mm_root(rig->world, mm), world_slot_va(slot));

	return desc & PT_ADDR_MASK;
}

static void bind_gives_the_lowest_pasid_and_reach(void **state)
{
	struct rig *rig = rig_shared();

	(void)state;
	assert_int_equal(world_mmap(rig->world, 0, 0, 1, RW), 0);
	assert_int_equal(must_bind(rig, 0, 0), 1);
	assert_int_equal(must_bind(rig, 0, 1), 2);
	assert_reaches(rig, 0, 1, world_slot_va(0), page_of(rig, 0, 0));
	assert_faults(rig, 0, 2, world_slot_va(0));
	assert_int_equal(rig->driver->ops->unbind(rig->driver, 0, 1), 0);
	assert_faults(rig, 0, 1, world_slot_va(0));
	assert_int_equal(must_bind(rig, 0, 2), 1);
	rig_down(rig);
}

static void an_entry_is_filled_before_it_is_valid(void **state)
{
	struct rig *rig = rig_shared();

	(void)state;
	must_bind(rig, 0, 0);
	/* 3.21.3.1; TTB0 and MAIR, then V; both streams of the domain (4.3.3). */
	assert_string_equal(rig->text, "store; store; cfgi_cd 8/1 leaf; cfgi_cd 16/1 leaf; sync; "
				       "store; cfgi_cd 8/1 leaf; cfgi_cd 16/1 leaf; sync; ");
	rig_down(rig);
}

static void second_bond_in_domain_leaves_the_entry_alone(void **state)
{
	struct rig *rig = rig_shared();

	(void)state;
	must_bind(rig, 0, 0);
	forget(rig);
	assert_int_equal(must_bind(rig, 1, 0), 1);
	assert_string_equal(rig->text, "");
	assert_usage(rig, 2, 1, 1);
	rig_down(rig);
}

static void bond_in_second_domain_writes_its_entry(void **state)
{
	struct rig *rig = rig_shared();

	(void)state;
	assert_int_equal(world_mmap(rig->world, 0, 0, 1, RW), 0);
	assert_int_equal(rig->driver->ops->attach(rig->driver, 1, B), 0);
	must_bind(rig, 0, 0);
	assert_faults(rig, 1, 1, world_slot_va(0));
	assert_int_equal(must_bind(rig, 1, 0), 1);
	assert_reaches(rig, 1, 1, world_slot_va(0), page_of(rig, 0, 0));
	assert_int_equal(rig->driver->ops->unbind(rig->driver, 0, 1), 0);
	assert_faults(rig, 0, 1, world_slot_va(0));
	assert_reaches(rig, 1, 1, world_slot_va(0), page_of(rig, 0, 0));
	rig_down(rig);
}

static void unbind_last_bond_in_domain_clears_entry(void **state)
{
	struct rig *rig = rig_shared();

	(void)state;
	must_bind(rig, 0, 0);
	must_bind(rig, 1, 0);
	forget(rig);
	assert_int_equal(rig->driver->ops->unbind(rig->driver, 0, 1), 0);
	/* invalidated always, cleared by the last. ASIDs 1 and 2 are the domains'. */
	assert_string_equal(rig->text, "tlbi_asid 3; sync; atc 8/1 0+52; sync; ");
	forget(rig);
	assert_int_equal(rig->driver->ops->unbind(rig->driver, 1, 1), 0);
	assert_string_equal(rig->text, "store; cfgi_cd 8/1 leaf; cfgi_cd 16/1 leaf; sync; "
				       "tlbi_asid 3; sync; atc 8/1 0+52; atc 16/1 0+52; sync; ");
	assert_usage(rig, 0, 0, 0);
	rig_down(rig);
}

static void bind_checks_in_the_documented_order(void **state)
{
	struct rig *rig = rig_up(rig_profile());
	const struct driver_ops *ops = rig->driver->ops;
	unsigned pasid;

	(void)state;
	assert_int_equal(try_bind(rig, 0, 0, 0, NULL), -EINVAL);
	assert_int_equal(try_bind(rig, 0, 0, 0, &pasid), -EINVAL); /* (4) no domain */
	assert_int_equal(ops->sva_init(rig->driver, 0, 0, 0, 0), -ENODEV);
	assert_int_equal(ops->attach(rig->driver, 0, C), 0);
	assert_int_equal(try_bind(rig, 0, 0, 0, &pasid), -EINVAL); /* (5) not initialised */
	assert_int_equal(ops->sva_init(rig->driver, 0, 2, 0, 0), -EINVAL);
	assert_int_equal(ops->sva_init(rig->driver, 0, IOMM_FEAT_IOPF, 0, 0), 0);
	assert_int_equal(ops->sva_init(rig->driver, 0, 0, 0, 0), -EEXIST);
	assert_int_equal(try_bind(rig, 0, 0, 2, &pasid), -EINVAL);
	assert_int_equal(try_bind(rig, 0, 0, 0, &pasid), -EINVAL); /* (12) identity */
	assert_usage(rig, 0, 0, 0);
	assert_int_equal(ops->attach(rig->driver, 0, A), 0);
	assert_int_equal(try_bind(rig, 0, 0, 2, &pasid), -EINVAL);
	assert_int_equal(try_bind(rig, 0, 0, IOMM_FEAT_IOPF, &pasid), 0);
	assert_int_equal(try_bind(rig, 0, 0, 0, &pasid), -EEXIST); /* (6) before (7) */
	assert_int_equal(ops->attach(rig->driver, 1, A), 0);
	assert_int_equal(ops->sva_init(rig->driver, 1, 0, 2, 2), 0);
	assert_int_equal(try_bind(rig, 1, 0, 0, &pasid), -EDOM);
	assert_int_equal(try_bind(rig, 0, 1, 0, &pasid), 0);
	assert_int_equal(pasid, 2);
	assert_int_equal(try_bind(rig, 1, 2, 0, &pasid), -ENOSPC);
	assert_int_equal(try_bind(rig, 1, 1, 0, &pasid), 0);
	assert_usage(rig, 3, 2, 2);
	rig_down(rig);
}

static void pasid_limits_are_inclusive_and_checked_for_later_devices(void **state)
{
	struct rig *rig = rig_up(rig_profile());
	const struct driver_ops *ops = rig->driver->ops;
	unsigned pasid;

	(void)state;
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(ops->attach(rig->driver, i, A), 0);
	assert_int_equal(ops->sva_init(rig->driver, 0, 0, 14, 200), 0);
	assert_int_equal(ops->sva_init(rig->driver, 1, 0, 0, 14), 0);
	assert_int_equal(must_bind(rig, 0, 0), 14);
	assert_int_equal(must_bind(rig, 0, 1), 15);
	assert_int_equal(try_bind(rig, 0, 2, 0, &pasid), -ENOSPC);
	assert_int_equal(must_bind(rig, 1, 0), 14);
	assert_int_equal(try_bind(rig, 1, 1, 0, &pasid), -ERANGE);
	assert_int_equal(must_bind(rig, 1, 2), 1);
	rig_down(rig);
}

static void unbind_names_what_is_missing(void **state)
{
	struct rig *rig = rig_up(rig_profile());
	const struct driver_ops *ops = rig->driver->ops;

	(void)state;
	assert_int_equal(ops->unbind(rig->driver, 0, 1), -EINVAL);
	assert_int_equal(ops->attach(rig->driver, 0, A), 0);
	assert_int_equal(ops->unbind(rig->driver, 0, 1), -EINVAL);
	assert_int_equal(ops->sva_shutdown(rig->driver, 0), -ENODEV);
	assert_int_equal(ops->sva_init(rig->driver, 0, 0, 0, 0), 0);
	assert_int_equal(ops->unbind(rig->driver, 0, 0), -ESRCH);
	must_bind(rig, 0, 0);
	must_bind(rig, 0, 1);
	assert_int_equal(ops->unbind(rig->driver, 0, 2), 0);
	assert_int_equal(ops->unbind(rig->driver, 0, 2), -ESRCH);
	assert_int_equal(ops->unbind(rig->driver, 0, 250), -ESRCH);
	assert_usage(rig, 1, 1, 1);
	rig_down(rig);
}

static void munmap_invalidates_tlb_then_every_atc_of_the_domain(void **state)
{
	struct rig *rig = rig_shared();

	(void)state;
	assert_int_equal(world_mmap(rig->world, 0, 0, 2, RW), 0);
	must_bind(rig, 0, 0);
	forget(rig);
	assert_int_equal(world_munmap(rig->world, 0, 0, 2), 0);
	/* D-2, D-6 and, for d1 that never bound, A-33. */
	assert_string_equal(rig->text, "tlbi_va 3 10000; tlbi_va 3 11000; sync; "
				       "atc 8/1 10000+1; atc 16/1 10000+1; sync; ");
	assert_faults(rig, 1, 1, world_slot_va(0));
	rig_down(rig);
}

static void loss_of_a_right_is_invalidated_like_loss_of_a_page(void **state)
{
	struct rig *rig = rig_shared();

	(void)state;
	assert_int_equal(world_mmap(rig->world, 0, 0, 1, RW), 0);
	must_bind(rig, 0, 0);
	assert_true(only_outcome(rig, 0, true, 1, world_slot_va(0)).write_ok);
	assert_int_equal(world_mprotect(rig->world, 0, 0, 1, PT_READ), 0);
	assert_false(only_outcome(rig, 0, true, 1, world_slot_va(0)).write_ok);
	rig_down(rig);
}

static void atc_ranges_are_rounded_out_to_a_power_of_two(void **state)
{
	struct rig *rig = rig_shared();

	(void)state;
	assert_int_equal(rig->driver->ops->detach(rig->driver, 1), 0);
	must_bind(rig, 0, 0);
	forget(rig);
	iomm_notifier_ops.invalidate(iomm_of(rig->driver)->io_mms, 0, 0x11000, 0x13000);
	assert_non_null(strstr(rig->text, "tlbi_va 3 12000; sync; atc 8/1 11000+2; sync; "));
	forget(rig);
	iomm_notifier_ops.invalidate(iomm_of(rig->driver)->io_mms, 0, 0x1ff000, 0x201000);
	assert_non_null(strstr(rig->text, "atc 8/1 1ff000+10; "));
	forget(rig);
	/* D-12 */
	iomm_notifier_ops.invalidate(iomm_of(rig->driver)->io_mms, 0, 0, 17 * 4096);
	assert_string_equal(rig->text, "tlbi_asid 3; sync; atc 8/1 0+5; sync; ");
	rig_down(rig);
}

static void exit_calls_each_owner_then_clears(void **state)
{
	struct rig *rig = rig_up(rig_profile());
	const struct driver_ops *ops = rig->driver->ops;
	unsigned pasid;

	(void)state;
	for (unsigned i = 2; i-- > 0;) {
		assert_int_equal(ops->attach(rig->driver, i, A), 0);
		assert_int_equal(ops->sva_init(rig->driver, i, IOMM_FEAT_IOPF, 0, 0), 0);
		assert_int_equal(try_bind(rig, i, 0, IOMM_FEAT_IOPF, &pasid), 0);
	}
	forget(rig);
	world_exit(rig->world, 0);
	assert_string_equal(rig->text,
			    "exit 0/1; flush 0/1; tlbi_asid 3; sync; atc 8/1 0+52; sync; "
			    "exit 1/1; flush 1/1; store; cfgi_cd 8/1 leaf; cfgi_cd 16/1 leaf; "
			    "sync; tlbi_asid 3; sync; atc 8/1 0+52; atc 16/1 0+52; sync; ");
	assert_usage(rig, 0, 0, 0);
	assert_faults(rig, 0, 1, world_slot_va(0));
	/* the number may belong to another space by now. */
	assert_int_equal(must_bind(rig, 0, 1), 1);
	rig_down(rig);
}

static void exit_of_one_thread_leaves_the_bond(void **state)
{
	struct rig *rig = rig_shared();

	(void)state;
	must_bind(rig, 0, 0);
	assert_int_equal(world_thread(rig->world, 0, 4), 0);
	assert_int_equal(world_fork(rig->world, 0, 5), 0);
	world_exit(rig->world, 0);
	assert_usage(rig, 1, 1, 1);
	world_exit(rig->world, 4);
	assert_usage(rig, 0, 0, 0);
	rig_down(rig);
}

static void unbind_all_goes_up_in_pasids_and_flushes_first(void **state)
{
	struct rig *rig = rig_up(rig_profile());
	const struct driver_ops *ops = rig->driver->ops;
	unsigned pasid;

	(void)state;
	assert_int_equal(ops->attach(rig->driver, 0, A), 0);
	assert_int_equal(ops->sva_init(rig->driver, 0, IOMM_FEAT_IOPF, 0, 0), 0);
	for (unsigned mm = 0; mm < 3; mm++)
		assert_int_equal(try_bind(rig, 0, mm, IOMM_FEAT_IOPF, &pasid), 0);
	assert_int_equal(ops->unbind(rig->driver, 0, 1), 0);
	assert_int_equal(try_bind(rig, 0, 0, 0, &pasid), 0); /* no IOPF: no flush */
	forget(rig);
	ops->unbind_all(rig->driver, 0);
	assert_string_equal(
		rig->text,
		"store; cfgi_cd 8/1 leaf; sync; tlbi_asid 3; sync; atc 8/1 0+52; sync; "
		"flush 0/2; "
		"store; cfgi_cd 8/2 leaf; sync; tlbi_asid 4; sync; atc 8/2 0+52; sync; "
		"flush 0/3; "
		"store; cfgi_cd 8/3 leaf; sync; tlbi_asid 5; sync; atc 8/3 0+52; sync; ");
	assert_usage(rig, 0, 0, 0);
	rig_down(rig);
}

static void shutdown_takes_the_bonds_along(void **state)
{
	struct rig *rig = rig_shared();
	const struct driver_ops *ops = rig->driver->ops;
	unsigned pasid;

	(void)state;
	must_bind(rig, 0, 0);
	assert_int_equal(ops->sva_shutdown(rig->driver, 0), 0);
	assert_usage(rig, 0, 0, 0);
	assert_int_equal(ops->sva_shutdown(rig->driver, 0), -ENODEV);
	assert_int_equal(try_bind(rig, 0, 0, 0, &pasid), -EINVAL);
	rig_down(rig);
}

/* after every possible failure the bind can be made as if nothing had happened. */
static void failed_bind_leaves_no_trace(void **state)
{
	struct smmu_profile profile = rig_profile();
	unsigned failures = 0, pasid;
	struct rig *rig;
	int error;

	(void)state;
	profile.ssid_bits = 8;
	profile.two_level_cd = true;
	rig = rig_up(profile);
	assert_int_equal(rig->driver->ops->attach(rig->driver, 0, A), 0);
	assert_int_equal(rig->driver->ops->sva_init(rig->driver, 0, 0, 100, 0), 0);
	for (;; failures++) {
		struct driver_usage usage = rig->driver->ops->usage(rig->driver);
		unsigned objects = rig->world->objects;

		rig->world->fail_nth = failures + 1;
		error = try_bind(rig, 0, 0, 0, &pasid);
		if (!error)
			break;
		assert_int_equal(error, -ENOMEM);
		assert_usage(rig, 0, 0, 0);
		assert_int_equal(usage.asids, rig->driver->ops->usage(rig->driver).asids);
		assert_int_equal(rig->world->objects, objects);
		assert_faults(rig, 0, 100, world_slot_va(0));
	}
	/* io_mm, notifier, bond, second-level table */
	assert_int_equal(failures, 4);
	assert_int_equal(pasid, 100);
	rig->world->fail_nth = 0;
	rig_down(rig);
}

static void a_new_second_level_table_is_invalidated_with_its_pointer(void **state)
{
	struct smmu_profile profile = rig_profile();
	struct rig *rig;

	(void)state;
	profile.ssid_bits = 8;
	profile.two_level_cd = true;
	rig = rig_up(profile);
	assert_int_equal(rig->driver->ops->attach(rig->driver, 0, A), 0);
	assert_int_equal(rig->driver->ops->sva_init(rig->driver, 0, 0, 64, 0), 0);
	assert_int_equal(world_mmap(rig->world, 0, 0, 1, RW), 0);
	forget(rig);
	assert_int_equal(must_bind(rig, 0, 0), 64);
	assert_int_equal(strncmp(rig->text, "store; cfgi_cd 8/64; sync; store; ", 34), 0);
	assert_reaches(rig, 0, 64, world_slot_va(0), page_of(rig, 0, 0));
	rig_down(rig);
}

static void a_device_without_substreams_cannot_be_initialised(void **state)
{
	struct smmu_profile profile = rig_profile();
	struct rig *rig;

	(void)state;
	profile.ssid_bits = 0;
	rig = rig_up(profile);
	assert_int_equal(rig->driver->ops->attach(rig->driver, 0, A), 0);
	assert_int_equal(rig->driver->ops->sva_init(rig->driver, 0, 0, 0, 0), -EINVAL);
	rig_down(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bind_gives_the_lowest_pasid_and_reach),
		cmocka_unit_test(an_entry_is_filled_before_it_is_valid),
		cmocka_unit_test(second_bond_in_domain_leaves_the_entry_alone),
		cmocka_unit_test(bond_in_second_domain_writes_its_entry),
		cmocka_unit_test(unbind_last_bond_in_domain_clears_entry),
		cmocka_unit_test(bind_checks_in_the_documented_order),
		cmocka_unit_test(pasid_limits_are_inclusive_and_checked_for_later_devices),
		cmocka_unit_test(unbind_names_what_is_missing),
		cmocka_unit_test(munmap_invalidates_tlb_then_every_atc_of_the_domain),
		cmocka_unit_test(loss_of_a_right_is_invalidated_like_loss_of_a_page),
		cmocka_unit_test(atc_ranges_are_rounded_out_to_a_power_of_two),
		cmocka_unit_test(exit_calls_each_owner_then_clears),
		cmocka_unit_test(exit_of_one_thread_leaves_the_bond),
		cmocka_unit_test(unbind_all_goes_up_in_pasids_and_flushes_first),
		cmocka_unit_test(shutdown_takes_the_bonds_along),
		cmocka_unit_test(failed_bind_leaves_no_trace),
		cmocka_unit_test(a_new_second_level_table_is_invalidated_with_its_pointer),
		cmocka_unit_test(a_device_without_substreams_cannot_be_initialised),
	};

	return cmocka_run_group_tests_name("iomm", tests, NULL, NULL);
}
