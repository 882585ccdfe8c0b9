/* SPDX-License-Identifier: MIT */
/*
 * Contract: the driver's side towards hardware: bring-up, domains and devices (A-36, D-7), private
 * tables (A-3, B-4), queues of any size, illegal commands (7.1), events (7.2), harmless hints.
 * Run: the program itself; exit status 0 means that all tests passed.
 */
#include "rig.h"

static uint64_t data_page(struct rig *rig)
{
	uint64_t pa = ram_alloc(&rig->world->ram, FRAME_DATA, 1);

	assert_true(pa != 0);
	return pa;
}

static void probe_works_on_every_shape_of_tables(void **state)
{
	(void)state;
	for (unsigned shape = 0; shape < 64; shape++) {
		struct smmu_profile profile = rig_profile();
		struct rig *rig;

		profile.two_level_strtab = shape & 1;
		profile.two_level_cd = shape & 2;
		profile.ssid_bits = shape & 4 ? 8 : 4;
		profile.asid_bits = shape & 8 ? 8 : 16;
		profile.hyp = shape & 16;
		profile.sid_bits = shape & 32 ? 16 : 7;
		rig = rig_up(profile);
		assert_int_equal(rig->driver->ops->attach(rig->driver, 1, A), 0);
		assert_int_equal(rig->driver->ops->sva_init(rig->driver, 1, 0, 0, 0), 0);
		assert_int_equal(world_mmap(rig->world, 0, 0, 1, RW), 0);
		assert_int_equal(must_bind(rig, 1, 0), 1);
		assert_int_equal(only_outcome(rig, 1, true, 1, world_slot_va(0)).event, 0);
		rig_down(rig);
	}
}

static void probe_refuses_an_smmu_that_cannot_name_the_devices(void **state)
{
	struct smmu_profile profile = rig_profile();
	struct rig *rig = rig_fresh();

	(void)state;
	profile.sid_bits = 4;
	world_add_endpoint(rig->world, 0x18, 4, true, 0);
	assert_int_equal(rig_probe(rig, profile), -ENODEV);
	assert_int_equal(rig->world->ram.in_use[FRAME_DRIVER], 0);
}

static void a_device_aborts_until_it_is_attached(void **state)
{
	struct rig *rig = rig_up(rig_profile());
	struct world_dma dma = world_dma(rig->world, 0, false, 0, 0x10000, false, 0);

	(void)state;
	assert_int_equal(dma.response.status, SMMU_ABORT);
	assert_int_equal(dma.response.event, 0);
	rig_down(rig);
}

static void attach_installs_the_ste_before_ats_goes_on(void **state)
{
	struct rig *rig = rig_up(rig_profile());

	(void)state;
	assert_int_equal(rig->driver->ops->attach(rig->driver, 0, A), 0);
	/* CD 0 is written before anything leads to it: no invalidation, only the sync. */
	assert_non_null(strstr(rig->text, "store; cfgi_ste 8; sync; store; cfgi_ste 8; sync; "
					  "ats 0 on; "));
	forget(rig);
	assert_int_equal(rig->driver->ops->detach(rig->driver, 0), 0);
	assert_string_equal(rig->text, "store; cfgi_ste 8; sync; atc 8/all 0+52; atc 8/- 0+52; "
				       "sync; ats 0 off; ");
	forget(rig);
	assert_int_equal(rig->driver->ops->detach(rig->driver, 0), 0);
	assert_string_equal(rig->text, "");
	rig_down(rig);
}

static void identity_bypasses_without_ats(void **state)
{
	struct rig *rig = rig_up(rig_profile());
	struct smmu_outcome outcome;

	(void)state;
	assert_int_equal(rig->driver->ops->attach(rig->driver, 0, C), 0);
	outcome = only_outcome(rig, 0, false, 0, 0x12345000);
	assert_int_equal(outcome.event, 0);
	assert_int_equal(outcome.pa, 0x12345000);
	assert_null(strstr(rig->text, "ats"));
	rig_down(rig);
}

static void attach_to_another_domain_drops_bonds_and_keeps_init(void **state)
{
	struct rig *rig = rig_shared();
	const struct driver_ops *ops = rig->driver->ops;

	(void)state;
	assert_int_equal(world_mmap(rig->world, 0, 0, 1, RW), 0);
	must_bind(rig, 0, 0);
	must_bind(rig, 1, 0);
	assert_int_equal(ops->attach(rig->driver, 0, B), 0);
	assert_usage(rig, 1, 1, 1);
	assert_int_not_equal(only_outcome(rig, 0, true, 1, world_slot_va(0)).event, 0);
	assert_int_equal(only_outcome(rig, 1, true, 1, world_slot_va(0)).event, 0);
	assert_int_equal(must_bind(rig, 0, 0), 1);
	/* the same domain again is a leave and a join, too. */
	assert_int_equal(ops->attach(rig->driver, 0, B), 0);
	assert_usage(rig, 1, 1, 1);
	rig_down(rig);
}

static void attach_without_memory_leaves_everything_as_it_was(void **state)
{
	struct rig *rig = rig_shared();

	(void)state;
	must_bind(rig, 0, 0);
	forget(rig);
	rig->world->fail_nth = 1;
	assert_int_equal(rig->driver->ops->attach(rig->driver, 0, B), -ENOMEM);
	assert_string_equal(rig->text, "");
	assert_usage(rig, 1, 1, 1);
	rig_down(rig);
}

static void a_group_moves_together_and_cannot_bind(void **state)
{
	struct rig *rig = rig_fresh();
	const struct driver_ops *ops = rig->driver->ops;
	unsigned pasid;

	(void)state;
	world_add_endpoint(rig->world, 8, 4, false, 0);
	world_add_endpoint(rig->world, 9, 4, false, 0);
	world_add_endpoint(rig->world, 10, 4, false, WORLD_NONE);
	assert_int_equal(rig_probe(rig, rig_profile()), 0);
	assert_int_equal(ops->domain_alloc(rig->driver, A, DRIVER_DOMAIN_STAGE1, 0), 0);
	assert_int_equal(world_spawn(rig->world, 0), 0);
	assert_int_equal(ops->attach(rig->driver, 2, A), -ENODEV);
	assert_int_equal(ops->detach(rig->driver, 2), -ENODEV);
	assert_int_equal(ops->attach(rig->driver, 1, A), 0);
	assert_int_equal(only_outcome(rig, 0, false, 0, 0x10000).event, SMMU_F_TRANSLATION);
	assert_int_equal(ops->sva_init(rig->driver, 0, 0, 0, 0), 0);
	assert_int_equal(try_bind(rig, 0, 0, 0, &pasid), -EINVAL);
	ops->unplug(rig->driver, 1);
	assert_int_equal(ops->attach(rig->driver, 1, A), -ENODEV);
	assert_int_equal(try_bind(rig, 0, 0, 0, &pasid), 0);
	rig_down(rig);
}

static void unplug_takes_bonds_and_init_of_one_device(void **state)
{
	struct rig *rig = rig_shared();
	const struct driver_ops *ops = rig->driver->ops;

	(void)state;
	must_bind(rig, 0, 0);
	must_bind(rig, 1, 0);
	ops->unplug(rig->driver, 0);
	assert_usage(rig, 1, 1, 1);
	assert_false(rig->world->endpoint[0].ats_on);
	assert_int_equal(ops->unbind(rig->driver, 0, 1), -ENODEV);
	assert_int_equal(ops->sva_shutdown(rig->driver, 0), -ENODEV);
	ops->unbind_all(rig->driver, 0);
	ops->unplug(rig->driver, 0);
	rig_down(rig);
}

static void private_pages_come_and_go(void **state)
{
	struct rig *rig = rig_shared();
	const struct driver_ops *ops = rig->driver->ops;
	uint64_t pa[3] = {data_page(rig), data_page(rig), data_page(rig)}, old[4];

	(void)state;
	assert_int_equal(ops->map(rig->driver, C, 0x10000, pa, 1, RW), -ENODEV);
	forget(rig);
	assert_int_equal(ops->map(rig->driver, A, 0x1fe000, pa, 3, RW), 0);
	assert_string_equal(rig->text, "");
	assert_int_equal(ops->map(rig->driver, A, 0x1fd000, pa, 2, RW), -EEXIST);
	assert_int_equal(only_outcome(rig, 1, false, 0, 0x1ff000).pa, pa[1]);
	assert_int_equal(ops->unmap(rig->driver, A, 0x1ff000, 1, old), 1);
	assert_int_equal(old[0], pa[1]);
	assert_string_equal(rig->text, "tlbi_va 1 1ff000 leaf; sync; "
				       "atc 8/- 1ff000+0; atc 16/- 1ff000+0; sync; ");
	forget(rig);
	assert_int_equal(ops->unmap(rig->driver, A, 0x1fd000, 4, old), 2);
	assert_int_equal(old[0], 0);
	assert_int_equal(old[1], pa[0]);
	assert_int_equal(old[2], 0);
	assert_int_equal(old[3], pa[2]);
	/* Tables went too, so the walk caches are invalidated (D-6). */
	assert_non_null(strstr(rig->text, "tlbi_va 1 200000; sync; atc 8/- 1fd000+10; "));
	assert_int_equal(only_outcome(rig, 0, false, 0, 0x1fe000).event, SMMU_F_TRANSLATION);
	forget(rig);
	assert_int_equal(ops->unmap(rig->driver, A, 0x1fd000, 4, old), 0);
	assert_string_equal(rig->text, "");
	rig_down(rig);
}

static void a_domain_with_mappings_can_be_freed(void **state)
{
	struct rig *rig = rig_shared();
	uint64_t pa = data_page(rig);

	(void)state;
	for (unsigned slot = 0; slot < WORLD_SPACE_PAGES; slot += 5)
		assert_int_equal(
			rig->driver->ops->map(rig->driver, A, world_slot_va(slot), &pa, 1, RW), 0);
	rig_down(rig);
}

static void every_opcode_leaves_a_queue_that_works(void **state)
{
	struct rig *rig = rig_shared();

	(void)state;
	assert_int_equal(world_mmap(rig->world, 0, 0, 1, RW), 0);
	for (unsigned opcode = 0; opcode < 256; opcode++) {
		world_begin_op(rig->world);
		rig->driver->ops->bad_command(rig->driver, opcode);
		world_run_irqs(rig->world);
		must_bind(rig, 0, 0);
		assert_int_equal(only_outcome(rig, 0, true, 1, world_slot_va(0)).event, 0);
		assert_int_equal(rig->driver->ops->unbind(rig->driver, 0, 1), 0);
		forget(rig);
	}
	rig_down(rig);
}

static void queues_of_any_size_do(void **state)
{
	(void)state;
	for (uint8_t bits = 0; bits <= 8; bits++) {
		struct smmu_profile profile = rig_profile();
		struct rig *rig;

		profile.cmdq_bits = bits;
		profile.evtq_bits = bits;
		rig = rig_up(profile);
		for (unsigned i = 0; i < 2; i++) {
			assert_int_equal(rig->driver->ops->attach(rig->driver, i, A), 0);
			assert_int_equal(rig->driver->ops->sva_init(rig->driver, i, 0, 0, 0), 0);
		}
		for (unsigned i = 0; i < 50; i++) {
			must_bind(rig, 0, 0);
			rig->driver->ops->bad_command(rig->driver, 0xff);
			assert_int_equal(rig->driver->ops->unbind(rig->driver, 0, 1), 0);
			world_begin_op(rig->world);
			world_dma(rig->world, 1, true, 1, 0x10000, false, 0);
			world_run_irqs(rig->world);
			assert_int_equal(rig->world->num_events, 1);
			assert_int_equal(smmu_event_decode(rig->world->event[0]).sid, 16);
			forget(rig);
		}
		rig_down(rig);
	}
}

static void lost_events_are_acknowledged(void **state)
{
	struct smmu_profile profile = rig_profile();
	struct rig *rig;

	(void)state;
	profile.evtq_bits = 1;
	rig = rig_up(profile);
	assert_int_equal(rig->driver->ops->attach(rig->driver, 0, A), 0);
	for (unsigned round = 0; round < 3; round++) {
		world_begin_op(rig->world);
		for (unsigned i = 0; i < 5; i++)
			world_dma(rig->world, 0, false, 0, 0x10000, false, 0);
		world_run_irqs(rig->world);
		assert_int_equal(rig->world->num_events, 2);
	}
	rig_down(rig);
}

static void hints_change_nothing(void **state)
{
	struct rig *rig = rig_shared();

	(void)state;
	assert_int_equal(world_mmap(rig->world, 0, 0, 1, RW), 0);
	must_bind(rig, 0, 0);
	for (unsigned hint = DRIVER_HINT_TLBI; hint <= DRIVER_HINT_PREFETCH; hint++)
		for (unsigned pasid = 0; pasid < 256; pasid += 15)
			/* A SubstreamID that there is not is not sent. */
			assert_int_equal(rig->driver->ops->hint(rig->driver, hint, 0, pasid & 1,
								pasid, world_slot_va(0), 8 * 4096),
					 !(pasid & 1) || pasid < 1u << rig_profile().ssid_bits);
	assert_int_equal(only_outcome(rig, 0, true, 1, world_slot_va(0)).event, 0);
	assert_usage(rig, 1, 1, 1);
	rig_down(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(probe_works_on_every_shape_of_tables),
		cmocka_unit_test(probe_refuses_an_smmu_that_cannot_name_the_devices),
		cmocka_unit_test(a_device_aborts_until_it_is_attached),
		cmocka_unit_test(attach_installs_the_ste_before_ats_goes_on),
		cmocka_unit_test(identity_bypasses_without_ats),
		cmocka_unit_test(attach_to_another_domain_drops_bonds_and_keeps_init),
		cmocka_unit_test(attach_without_memory_leaves_everything_as_it_was),
		cmocka_unit_test(a_group_moves_together_and_cannot_bind),
		cmocka_unit_test(unplug_takes_bonds_and_init_of_one_device),
		cmocka_unit_test(private_pages_come_and_go),
		cmocka_unit_test(a_domain_with_mappings_can_be_freed),
		cmocka_unit_test(every_opcode_leaves_a_queue_that_works),
		cmocka_unit_test(queues_of_any_size_do),
		cmocka_unit_test(lost_events_are_acknowledged),
		cmocka_unit_test(hints_change_nothing),
	};

	return cmocka_run_group_tests_name("iomm_hw", tests, NULL, NULL);
}
