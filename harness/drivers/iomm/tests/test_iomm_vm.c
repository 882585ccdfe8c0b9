/* SPDX-License-Identifier: MIT */
/*
 * Contract: VMs and hot-plug in the io_mm driver: tables as bits in RAM, commands in order (D-2, D-3),
 * guests kept apart (B-8), faults to whom they belong, functions that come and go (C-15).
 * Run: the program itself; exit status 0 means that all tests passed.
 */
#include "rig.h"

enum { GUEST_BITS = 4, GUEST_ASID = 1 };

static struct smmu_profile nested_profile(void)
{
	struct smmu_profile profile = rig_profile();

	profile.stage2 = true;
	return profile;
}

/* rig_up() with stage 2, and two VMs: processes p3 in the first one, p4 in the second. */
static struct rig *rig_vms(void)
{
	struct rig *rig = rig_up(nested_profile());

	for (unsigned vm = 0; vm < 2; vm++) {
		assert_int_equal(rig->driver->ops->vm_create(rig->driver, vm), 0);
		assert_int_equal(world_guest_spawn(rig->world, vm, 3 + vm), 0);
	}
	forget(rig);
	return rig;
}

static const struct iomm_driver *drv_of(const struct rig *rig)
{
	return (const struct iomm_driver *)rig->driver;
}

static uint64_t ste_word(const struct rig *rig, unsigned device, unsigned word)
{
	return ram_load(drv_of(rig)->device[device].ste + 8ull * word);
}

/* What the software of the VM does when it gets a function: a table in its memory. */
static uint64_t guest_table(struct rig *rig, unsigned vm, unsigned device)
{
	uint64_t pa = world_guest_alloc(rig->world, vm, 1);

	assert_true(pa != 0);
	assert_int_equal(rig->driver->ops->vm_set_table(rig->driver, device, world_bus_address(pa),
							GUEST_BITS),
			 0);
	return pa;
}

static void guest_invalidate(struct rig *rig, unsigned vm, unsigned device,
			     struct driver_guest_inv inv)
{
	rig->driver->ops->vm_invalidate(rig->driver, vm, device, &inv);
}

static void guest_cfgi(struct rig *rig, unsigned vm, unsigned device, unsigned pasid)
{
	guest_invalidate(rig, vm, device,
			 (struct driver_guest_inv){
				 .kind = DRIVER_GUEST_CFGI_CD, .has_pasid = true, .pasid = pasid});
}

/* A PASID of the guest's leads to one of its processes (5.4). */
static void guest_bind(struct rig *rig, unsigned vm, unsigned device, uint64_t table,
		       unsigned pasid)
{
	uint64_t cd = table + (uint64_t)pasid * HW_CD_SIZE;
	uint64_t root = world_mm_root(rig->world, rig->world->task[3 + vm].mm);

	world_store(rig->world, cd + 8, world_bus_address(root));
	world_store(rig->world, cd + 24, HW_CD3_MAIR_WB);
	guest_cfgi(rig, vm, device, pasid);
	world_store(rig->world, cd,
		    HW_CD0_T0SZ(16) | HW_CD0_IR0_WBWA | HW_CD0_OR0_WBWA | HW_CD0_SH0_INNER |
			    HW_CD0_EPD1 | HW_CD0_TG1_4K | HW_CD0_V | HW_CD0_IPS(2) | HW_CD0_AA64 |
			    HW_CD0_R | HW_CD0_A | HW_CD0_ASET | HW_CD0_ASID(GUEST_ASID));
	guest_cfgi(rig, vm, device, pasid);
}

static uint64_t page_of(const struct rig *rig, unsigned task, unsigned slot)
{
	return rig->world->mm[rig->world->task[task].mm].page[slot].pa;
}

/* In silence, as an STE that aborts does (5.2 Config). */
static void assert_aborts(struct rig *rig, unsigned device, bool has_pasid, unsigned pasid,
			  uint64_t va)
{
	struct smmu_outcome outcome = only_outcome(rig, device, has_pasid, pasid, va);

	assert_int_equal(outcome.event, 0);
	assert_false(outcome.read_ok || outcome.write_ok);
}

static void a_vm_needs_stage_2(void **state)
{
	struct rig *rig = rig_up(rig_profile());

	(void)state;
	assert_int_equal(rig->driver->ops->vm_create(rig->driver, 0), -ENODEV);
	assert_int_equal(rig->driver->ops->vm_attach(rig->driver, 0, 0), -ENODEV);
	rig_down(rig);
}

static void a_vm_without_memory_leaves_nothing(void **state)
{
	struct rig *rig = rig_up(nested_profile());
	unsigned before = rig->world->ram.in_use[FRAME_DRIVER];

	(void)state;
	for (unsigned nth = 1; nth <= 2; nth++) {
		rig->world->fail_nth = nth;
		assert_int_equal(rig->driver->ops->vm_create(rig->driver, 0), -ENOMEM);
		assert_int_equal(rig->world->ram.in_use[FRAME_DRIVER], before);
		assert_int_equal(rig->driver->ops->usage(rig->driver).vmids, 0);
	}
	assert_int_equal(rig->driver->ops->vm_create(rig->driver, 0), 0);
	rig_down(rig);
}

static void stage_2_is_one_block(void **state)
{
	struct rig *rig = rig_vms();

	(void)state;
	for (unsigned vm = 0; vm < 2; vm++) {
		const struct iomm_vm *guest = &drv_of(rig)->vm[vm];

		for (unsigned i = 0; i < 512; i++) {
			assert_int_equal(ram_load(guest->root + 8 * i),
					 i == 4 ? guest->level2 | 3 : 0);
			assert_int_equal(ram_load(guest->level2 + 8 * i),
					 i == 0 ? world_vm_base(vm) | 0x7fd : 0);
		}
	}
	rig_down(rig);
}

static void an_assigned_function_has_stage_2_only(void **state)
{
	struct rig *rig = rig_vms();
	struct smmu_outcome outcome;

	(void)state;
	assert_int_equal(rig->driver->ops->vm_attach(rig->driver, 0, 0), 0);
	assert_string_equal(rig->text, "store; store; store; cfgi_ste 8; sync; "
				       "store; cfgi_ste 8; sync; ats 0 on; ");
	assert_int_equal(ste_word(rig, 0, 0), 0xd);
	assert_int_equal(ste_word(rig, 0, 1), 1ull << 44 | 1ull << 28);
	/* VMID 1, 39 bits from level 1, inner shareable write-back, 44 bits out, AA64, S2R. */
	assert_int_equal(ste_word(rig, 0, 2), 0x0400000000000000 | 0x000c000000000000 |
						      0x0000350000000000 | 0x0000005900000001);
	assert_int_equal(ste_word(rig, 0, 3), drv_of(rig)->vm[0].root);
	outcome = only_outcome(rig, 0, false, 0, WORLD_VM_IPA + 0x5000);
	assert_int_equal(outcome.event, 0);
	assert_int_equal(outcome.pa, world_vm_base(0) + 0x5000);
	assert_int_equal(only_outcome(rig, 0, false, 0, 0x10000).event, SMMU_F_TRANSLATION);
	assert_int_equal(only_outcome(rig, 0, true, 1, 0x10000).event, SMMU_C_BAD_SUBSTREAMID);
	rig_down(rig);
}

static void the_guests_table_makes_it_nested(void **state)
{
	struct rig *rig = rig_vms();
	const struct driver_ops *ops = rig->driver->ops;
	uint64_t table;

	(void)state;
	assert_int_equal(ops->vm_attach(rig->driver, 1, 1), 0);
	forget(rig);
	table = guest_table(rig, 1, 1);
	/* 3.21.3.1 through abort; 3.9.2: what has no PASID goes from the ATC as well. */
	assert_string_equal(rig->text, "store; cfgi_ste 16; sync; "
				       "atc 16/all 0+52; atc 16/- 0+52; sync; "
				       "store; cfgi_ste 16; sync; store; cfgi_ste 16; sync; ");
	assert_int_equal(ste_word(rig, 1, 0),
			 0xf | (table - world_vm_base(1) + WORLD_VM_IPA) | 4ull << 59);
	assert_int_equal(ste_word(rig, 1, 1) & 3, 1);
	assert_int_equal(ste_word(rig, 1, 2) & 0xffff, 2);
	assert_int_equal(only_outcome(rig, 1, false, 0, WORLD_VM_IPA).pa, world_vm_base(1));
	forget(rig);
	assert_int_equal(ops->vm_set_table(rig->driver, 1, world_bus_address(table), 4), 0);
	assert_string_equal(rig->text, "");
	assert_int_equal(ops->vm_set_table(rig->driver, 1, 0, 0), 0);
	assert_string_equal(rig->text, "store; cfgi_ste 16; sync; tlbi_all v2; sync; "
				       "atc 16/all 0+52; atc 16/- 0+52; sync; "
				       "store; cfgi_ste 16; sync; store; cfgi_ste 16; sync; ");
	assert_int_equal(ste_word(rig, 1, 0), 0xd);
	rig_down(rig);
}

static void tables_that_cannot_be_are_refused(void **state)
{
	struct rig *rig = rig_vms();
	const struct driver_ops *ops = rig->driver->ops;

	(void)state;
	assert_int_equal(ops->vm_set_table(rig->driver, 0, WORLD_VM_IPA, 4), -EINVAL);
	assert_int_equal(ops->vm_attach(rig->driver, 0, 0), 0);
	forget(rig);
	assert_int_equal(ops->vm_set_table(rig->driver, 0, WORLD_VM_IPA, 5), -EINVAL);
	assert_int_equal(ops->vm_set_table(rig->driver, 0, WORLD_VM_IPA + 64, 4), -EINVAL);
	assert_int_equal(ops->vm_set_table(rig->driver, 0, 1ull << 39, 4), -EINVAL);
	assert_string_equal(rig->text, "");
	rig_down(rig);
}

static void equal_pasids_of_two_guests_are_two_spaces(void **state)
{
	struct rig *rig = rig_vms();

	(void)state;
	for (unsigned vm = 0; vm < 2; vm++) {
		assert_int_equal(world_mmap(rig->world, 3 + vm, 0, 1, RW), 0);
		assert_int_equal(rig->driver->ops->vm_attach(rig->driver, vm, vm), 0);
		guest_bind(rig, vm, vm, guest_table(rig, vm, vm), 1);
	}
	for (unsigned vm = 0; vm < 2; vm++) {
		assert_int_equal(world_vm_of(page_of(rig, 3 + vm, 0)), vm);
		assert_reaches(rig, vm, 1, world_slot_va(0), page_of(rig, 3 + vm, 0));
		assert_int_equal(only_outcome(rig, vm, true, 2, world_slot_va(0)).event,
				 SMMU_C_BAD_CD);
	}
	rig_down(rig);
}

static void forwarded_invalidations_name_what_is_the_guests(void **state)
{
	struct rig *rig = rig_vms();
	struct driver_guest_inv inv = {.asid = 3, .pasid = 2, .has_pasid = true};

	(void)state;
	assert_int_equal(rig->driver->ops->vm_attach(rig->driver, 1, 1), 0);
	guest_table(rig, 1, 1);
	forget(rig);
	guest_cfgi(rig, 1, 1, 2);
	assert_string_equal(rig->text, "cfgi_cd 16/2; sync; ");
	forget(rig);
	inv.kind = DRIVER_GUEST_TLBI_ASID;
	guest_invalidate(rig, 1, 1, inv);
	assert_string_equal(rig->text, "tlbi_asid v2 3; sync; ");
	forget(rig);
	inv.kind = DRIVER_GUEST_TLBI_VA;
	inv.va = 0x10000;
	inv.size = 2 * 4096;
	guest_invalidate(rig, 1, 1, inv);
	assert_string_equal(rig->text, "tlbi_va v2 3 10000; tlbi_va v2 3 11000; sync; ");
	forget(rig);
	inv.kind = DRIVER_GUEST_ATC_INV;
	guest_invalidate(rig, 1, 1, inv);
	inv.size = 0;
	guest_invalidate(rig, 1, 1, inv);
	inv.has_pasid = false;
	guest_invalidate(rig, 1, 1, inv);
	assert_string_equal(rig->text, "atc 16/2 10000+1; sync; atc 16/2 0+52; sync; "
				       "atc 16/- 0+52; sync; ");
	/* Not its function, and PASIDs that there are not: nothing is sent. */
	forget(rig);
	guest_invalidate(rig, 0, 1, inv);
	guest_invalidate(rig, 1, 0, inv);
	assert_string_equal(rig->text, "");
	guest_cfgi(rig, 1, 1, 16);
	assert_string_equal(rig->text, "sync; ");
	rig_down(rig);
}

/* Outcomes that hardware could have for PASID 1 of d0 at the first page. */
static unsigned outcomes(struct rig *rig)
{
	struct smmu *smmu = rig->inner->ops->model(rig->inner);
	struct smmu_request request = {.sid = rig->world->endpoint[0].rid,
				       .ssv = true,
				       .ssid = 1,
				       .addr = world_slot_va(0)};
	struct smmu_outcome outcome[8];

	smmu_contexts(smmu);
	return smmu_possible(smmu, &request, outcome, ARRAY_SIZE(outcome));
}

static void a_guests_change_is_over_when_it_was_forwarded(void **state)
{
	struct rig *rig = rig_vms();

	(void)state;
	assert_int_equal(world_mmap(rig->world, 3, 0, 1, RW), 0);
	assert_int_equal(rig->driver->ops->vm_attach(rig->driver, 0, 0), 0);
	guest_bind(rig, 0, 0, guest_table(rig, 0, 0), 1);
	assert_int_equal(outcomes(rig), 1);
	assert_int_equal(world_mprotect(rig->world, 3, 0, 1, PT_READ), 0);
	assert_int_equal(outcomes(rig), 2);
	guest_invalidate(rig, 0, 0,
			 (struct driver_guest_inv){.kind = DRIVER_GUEST_TLBI_VA,
						   .asid = GUEST_ASID,
						   .va = world_slot_va(0),
						   .size = 4096});
	guest_invalidate(rig, 0, 0,
			 (struct driver_guest_inv){.kind = DRIVER_GUEST_ATC_INV,
						   .has_pasid = true,
						   .pasid = 1,
						   .va = world_slot_va(0),
						   .size = 4096});
	assert_false(only_outcome(rig, 0, true, 1, world_slot_va(0)).write_ok);
	rig_down(rig);
}

/* B-8: a guest that forwards nothing keeps nothing: neither in the TLB (ATS off) nor in the ATC. */
static void what_a_guest_forgot_goes_with_its_table(void **state)
{
	struct rig *rig = rig_vms();
	const struct driver_ops *ops = rig->driver->ops;
	uint64_t table;

	(void)state;
	assert_int_equal(world_mmap(rig->world, 3, 0, 1, RW), 0);
	assert_int_equal(ops->vm_attach(rig->driver, 0, 0), 0);
	table = guest_table(rig, 0, 0);
	guest_bind(rig, 0, 0, table, 1);
	for (unsigned ats = 2; ats-- > 0;) {
		if (!ats)
			world_pci_disable_ats(rig->world, 0);
		assert_int_equal(outcomes(rig), 1);
		assert_int_equal(world_mprotect(rig->world, 3, 0, 1, ats ? PT_READ : RW), 0);
		assert_int_equal(world_mprotect(rig->world, 3, 0, 1, ats ? RW : PT_READ), 0);
		assert_int_equal(outcomes(rig), 2);
		assert_int_equal(ops->vm_set_table(rig->driver, 0, 0, 0), 0);
		assert_int_equal(
			ops->vm_set_table(rig->driver, 0, world_bus_address(table), GUEST_BITS), 0);
		assert_int_equal(outcomes(rig), 1);
	}
	rig_down(rig);
}

static void assert_heard(struct rig *rig, bool has_pasid, unsigned pasid, uint64_t va, unsigned vm,
			 unsigned type)
{
	world_begin_op(rig->world);
	world_dma(rig->world, 0, has_pasid, pasid, va, false, 0);
	world_run_irqs(rig->world);
	assert_int_equal(rig->world->num_events, 1);
	assert_int_equal(rig->world->event_vm[0], vm);
	assert_int_equal(smmu_event_decode(rig->world->event[0]).type, type);
}

static void faults_go_to_whose_stage_it_is(void **state)
{
	struct rig *rig = rig_vms();
	uint64_t table;

	(void)state;
	assert_int_equal(rig->driver->ops->vm_attach(rig->driver, 0, 0), 0);
	assert_heard(rig, false, 0, 0x10000, WORLD_MAX_VMS, SMMU_F_TRANSLATION);
	assert_heard(rig, true, 1, 0x10000, 0, SMMU_C_BAD_SUBSTREAMID);
	table = guest_table(rig, 0, 0);
	assert_heard(rig, true, 1, 0x10000, 0, SMMU_C_BAD_CD);
	guest_bind(rig, 0, 0, table, 1);
	assert_heard(rig, true, 1, 0x10000, 0, SMMU_F_TRANSLATION);
	assert_heard(rig, false, 0, 0x10000, WORLD_MAX_VMS, SMMU_F_TRANSLATION);
	/* A CD beyond the VM's memory: stage 2 does not translate its address (CLASS = CD). */
	assert_int_equal(rig->driver->ops->vm_set_table(rig->driver, 0, 0x10000, GUEST_BITS), 0);
	assert_heard(rig, true, 1, 0x10000, WORLD_MAX_VMS, SMMU_F_TRANSLATION);
	/* Back on the host, the same faults are the host's. */
	rig->driver->ops->vm_detach(rig->driver, 0);
	assert_int_equal(rig->driver->ops->attach(rig->driver, 0, A), 0);
	assert_heard(rig, true, 1, 0x10000, WORLD_MAX_VMS, SMMU_C_BAD_CD);
	rig_down(rig);
}

static void a_function_that_comes_back_aborts(void **state)
{
	struct rig *rig = rig_vms();
	const struct driver_ops *ops = rig->driver->ops;

	(void)state;
	assert_int_equal(world_mmap(rig->world, 3, 0, 1, RW), 0);
	assert_int_equal(ops->vm_attach(rig->driver, 0, 0), 0);
	guest_bind(rig, 0, 0, guest_table(rig, 0, 0), 1);
	forget(rig);
	ops->vm_detach(rig->driver, 0);
	assert_string_equal(rig->text, "store; cfgi_ste 8; sync; tlbi_all v1; sync; "
				       "atc 8/all 0+52; atc 8/- 0+52; sync; ats 0 off; ");
	assert_aborts(rig, 0, true, 1, world_slot_va(0));
	assert_aborts(rig, 0, false, 0, WORLD_VM_IPA);
	forget(rig);
	ops->vm_detach(rig->driver, 0);
	assert_string_equal(rig->text, "");
	/* A domain of the host needs stage 1 only: VMID 0 again. */
	assert_int_equal(ops->attach(rig->driver, 0, A), 0);
	assert_int_equal(ste_word(rig, 0, 2), 0);
	assert_int_equal(ste_word(rig, 0, 3), 0);
	rig_down(rig);
}

static void assignment_takes_bonds_and_the_domain(void **state)
{
	struct rig *rig = rig_vms();
	const struct driver_ops *ops = rig->driver->ops;
	unsigned pasid;

	(void)state;
	assert_int_equal(ops->attach(rig->driver, 0, A), 0);
	assert_int_equal(ops->sva_init(rig->driver, 0, 0, 0, 0), 0);
	must_bind(rig, 0, 0);
	assert_int_equal(ops->vm_attach(rig->driver, 0, 0), 0);
	assert_usage(rig, 0, 0, 0);
	assert_int_equal(try_bind(rig, 0, 0, 0, &pasid), -EINVAL);
	assert_int_equal(ops->attach(rig->driver, 0, A), -EBUSY);
	forget(rig);
	assert_int_equal(ops->detach(rig->driver, 0), -EBUSY);
	assert_string_equal(rig->text, "");
	/* From one VM to the other. */
	assert_int_equal(ops->vm_attach(rig->driver, 0, 1), 0);
	assert_int_equal(only_outcome(rig, 0, false, 0, WORLD_VM_IPA).pa, world_vm_base(1));
	rig_down(rig);
}

static void who_shares_a_group_is_not_assigned(void **state)
{
	struct rig *rig = rig_fresh();
	const struct driver_ops *ops = rig->driver->ops;

	(void)state;
	world_add_endpoint(rig->world, 8, 4, false, 0);
	world_add_endpoint(rig->world, 9, 4, false, 0);
	world_add_endpoint(rig->world, 10, 4, false, WORLD_NONE);
	assert_int_equal(rig_probe(rig, nested_profile()), 0);
	assert_int_equal(ops->vm_create(rig->driver, 0), 0);
	assert_int_equal(ops->vm_attach(rig->driver, 0, 0), -EINVAL);
	assert_int_equal(ops->vm_attach(rig->driver, 2, 0), -ENODEV);
	ops->unplug(rig->driver, 1);
	assert_int_equal(ops->vm_attach(rig->driver, 1, 0), -ENODEV);
	assert_int_equal(ops->vm_attach(rig->driver, 0, 0), 0);
	/* Its neighbour comes back, and is in no domain as the group is in none. */
	assert_int_equal(ops->plug(rig->driver, 1), 0);
	assert_aborts(rig, 1, false, 0, WORLD_VM_IPA);
	assert_int_equal(ops->detach(rig->driver, 1), -EBUSY);
	rig_down(rig);
}

static void vmids_come_back_with_the_tlb_empty(void **state)
{
	struct rig *rig = rig_vms();
	const struct driver_ops *ops = rig->driver->ops;

	(void)state;
	assert_int_equal(ops->usage(rig->driver).vmids, 2);
	assert_int_equal(ops->vm_attach(rig->driver, 0, 0), 0);
	ops->vm_detach(rig->driver, 0);
	forget(rig);
	ops->vm_destroy(rig->driver, 0);
	assert_string_equal(rig->text, "tlbi_vmall v1; sync; ");
	assert_int_equal(smmu_stale(rig->inner->ops->model(rig->inner)).num_frozen, 0);
	assert_int_equal(ops->vm_create(rig->driver, 0), 0);
	assert_int_equal(drv_of(rig)->vm[0].vmid, 1);
	rig_down(rig);
}

static void unplug_takes_a_function_from_its_vm(void **state)
{
	struct rig *rig = rig_vms();
	const struct driver_ops *ops = rig->driver->ops;

	(void)state;
	assert_int_equal(ops->vm_attach(rig->driver, 0, 0), 0);
	ops->unplug(rig->driver, 0);
	assert_false(rig->world->endpoint[0].ats_on);
	assert_int_equal(ste_word(rig, 0, 0), 1);
	assert_int_equal(ops->vm_set_table(rig->driver, 0, WORLD_VM_IPA, 4), -ENODEV);
	ops->vm_destroy(rig->driver, 0);
	rig_down(rig);
}

static void a_hot_added_device_joins_its_group(void **state)
{
	struct rig *rig = rig_fresh();
	const struct driver_ops *ops = rig->driver->ops;
	unsigned pasid;

	(void)state;
	world_add_endpoint(rig->world, 8, 4, true, 0);
	world_add_endpoint(rig->world, 9, 4, true, 0);
	assert_int_equal(rig_probe(rig, rig_profile()), 0);
	assert_int_equal(ops->domain_alloc(rig->driver, A, DRIVER_DOMAIN_STAGE1, 0), 0);
	assert_int_equal(world_spawn(rig->world, 0), 0);
	assert_int_equal(world_mmap(rig->world, 0, 0, 1, RW), 0);
	assert_int_equal(ops->plug(rig->driver, 1), -EEXIST);
	ops->unplug(rig->driver, 1);
	rig->world->endpoint[1].present = false;
	assert_int_equal(ops->attach(rig->driver, 0, A), 0);
	assert_int_equal(ops->sva_init(rig->driver, 0, 0, 0, 0), 0);
	pasid = must_bind(rig, 0, 0);
	world_endpoint_plug(rig->world, 1);
	forget(rig);
	assert_int_equal(ops->plug(rig->driver, 1), 0);
	assert_string_equal(rig->text, "store; cfgi_ste 9; sync; store; cfgi_ste 9; sync; "
				       "ats 1 on; ");
	/* A-30, B-5: one table; D-7: the new one is invalidated from now on. */
	assert_reaches(rig, 1, pasid, world_slot_va(0), page_of(rig, 0, 0));
	forget(rig);
	assert_int_equal(world_munmap(rig->world, 0, 0, 1), 0);
	assert_non_null(strstr(rig->text, "atc 8/1 10000+0; atc 9/1 10000+0; sync; "));
	assert_faults(rig, 1, pasid, world_slot_va(0));
	/* C-15: not initialised. */
	assert_int_equal(ops->sva_shutdown(rig->driver, 1), -ENODEV);
	rig_down(rig);
}

static void a_hot_added_device_alone_is_in_no_domain(void **state)
{
	struct rig *rig = rig_shared();
	const struct driver_ops *ops = rig->driver->ops;

	(void)state;
	ops->unplug(rig->driver, 0);
	forget(rig);
	assert_int_equal(ops->plug(rig->driver, 0), 0);
	assert_string_equal(rig->text, "");
	assert_int_equal(ops->sva_init(rig->driver, 0, 0, 0, 0), -ENODEV);
	assert_int_equal(ops->attach(rig->driver, 0, A), 0);
	assert_int_equal(ops->sva_init(rig->driver, 0, 0, 0, 0), 0);
	must_bind(rig, 0, 0);
	rig_down(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_vm_needs_stage_2),
		cmocka_unit_test(a_vm_without_memory_leaves_nothing),
		cmocka_unit_test(stage_2_is_one_block),
		cmocka_unit_test(an_assigned_function_has_stage_2_only),
		cmocka_unit_test(the_guests_table_makes_it_nested),
		cmocka_unit_test(tables_that_cannot_be_are_refused),
		cmocka_unit_test(equal_pasids_of_two_guests_are_two_spaces),
		cmocka_unit_test(forwarded_invalidations_name_what_is_the_guests),
		cmocka_unit_test(a_guests_change_is_over_when_it_was_forwarded),
		cmocka_unit_test(what_a_guest_forgot_goes_with_its_table),
		cmocka_unit_test(faults_go_to_whose_stage_it_is),
		cmocka_unit_test(a_function_that_comes_back_aborts),
		cmocka_unit_test(assignment_takes_bonds_and_the_domain),
		cmocka_unit_test(who_shares_a_group_is_not_assigned),
		cmocka_unit_test(vmids_come_back_with_the_tlb_empty),
		cmocka_unit_test(unplug_takes_a_function_from_its_vm),
		cmocka_unit_test(a_hot_added_device_joins_its_group),
		cmocka_unit_test(a_hot_added_device_alone_is_in_no_domain),
	};

	return cmocka_run_group_tests_name("iomm_vm", tests, NULL, NULL);
}
