/* SPDX-License-Identifier: MIT */
/*
 * Contract: VMs and what guests do in them follow the rules (B-7, B-8), what their functions reach
 * and what may be cached for them is judged through both stages, and what differs is named.
 * Run: ctest -R check.test_vm, or the program itself.
 */
#include "scene.h"

#define DEVICES                                                                                    \
	"policy io_mm\nsmmu ssid-bits=4 ats\ndevice d0 rid=00:01.0 pasid-bits=4 ats\n"             \
	"device d1 rid=00:01.1 pasid-bits=4 ats vf-of=d0\n"                                        \
	"device d2 rid=00:01.2 pasid-bits=3 ats vf-of=d0\n"
#define VMS                                                                                        \
	"domain A d0\nvm v0 d1 p4 p5\nvm v1 d2 p6\n"                                               \
	"process p0\n"
#define HEADER DEVICES VMS
#define PARTED DEVICES "mdev m0 parent=d0\nmdev m1 parent=d0\nmdev m2 parent=d1\n" VMS
/* Ops 0 .. 3. */
#define BOUND                                                                                      \
	HEADER "mmap p4 0x10000 pages=2 rw\nmmap p6 0x10000 pages=2 rw\nguest-bind d1 p4\n"        \
	       "guest-bind d2 p6\n"

static void expect_clean_everywhere(const char *text)
{
	expect_clean(scene_run(&(struct scene){.text = text}));
	expect_clean(scene_run(&(struct scene){.text = text, .all = true}));
	expect_clean(scene_run(&(struct scene){.text = text, .no_caches = true}));
}

/* B-8. */
static void guests_have_pasids_of_their_own(void **state)
{
	(void)state;
	expect_clean_everywhere(
		HEADER "mmap p4 0x10000 pages=2 rw\nmmap p6 0x10000 pages=2 rw\n"
		       "mmap p0 0x10000 pages=2 rw\nwrite p4 0x10000\nwrite p6 0x10000\n"
		       "bind d0 p0 => pasid 1\nbind d0 p4 => skipped\nguest-bind d1 p0 => skipped\n"
		       "dma d1 0x10000 read => fault translation\n"
		       "dma d1 pasid=1 0x10000 read => fault pasid\n"
		       "guest-bind d1 p4 => pasid 1\nguest-bind d2 p6 => pasid 1\n"
		       "guest-bind d1 p6 => -ENODEV\nguest-bind d1 p4 => -EEXIST\n"
		       "guest-bind d1 p5 => pasid 2\ndma d1 pasid=1 0x10000 read => ok\n"
		       "dma d2 pasid=1 0x10000 write => ok\nats d1 pasid=1 0x10000 => ats rw\n"
		       "dma d1 pasid=3 0x10000 read => fault pasid\n"
		       "mprotect p4 0x10000 r\ndma d1 pasid=1 0x10000 write => fault permission\n"
		       "fork p4 p7\nwrite p4 0x11000\ndma d1 pasid=1 0x11000 write => ok\n"
		       "guest-bind d1 p7 => pasid 3\nguest-inv v0 d1 pasid=1 0x10000 => ok\n"
		       "guest-inv v0 d2 0x10000 => -ENODEV\n"
		       "guest-unbind v0 d2 pasid=1 => -ENODEV\n"
		       "guest-unbind v0 d1 pasid=9 => -ESRCH\nguest-unbind v0 d1 pasid=1 => ok\n"
		       "exit p5\ndma d1 pasid=2 0x10000 read => fault pasid\n"
		       "guest-bind d1 p4 => pasid 1\nexec p4\n"
		       "dma d1 pasid=1 0x10000 read => fault pasid\n");
}

static void functions_go_from_vm_to_vm(void **state)
{
	(void)state;
	expect_clean_everywhere(
		BOUND "assign v1 d1 => -EBUSY\nassign v1 d0 => -EINVAL\nunassign d0 => -EINVAL\n"
		      "unassign d1 => ok\ndma d1 pasid=1 0x10000 read => abort\n"
		      "assign v1 d1 => ok\ndma d1 pasid=1 0x10000 read => fault pasid\n"
		      "guest-bind d1 p4 => -ENODEV\nguest-bind d1 p6 => pasid 1\n"
		      "dma d1 pasid=1 0x10000 write => ok\nvm-start v1 => -EBUSY\n"
		      "vm-destroy v1 => ok\nguest-spawn v1 p6 => skipped\n"
		      "dma d2 0x10000 read => abort\nassign v1 d1 => -ENODEV\n"
		      "vm-start v1 => ok\nguest-spawn v1 p6 => ok\nassign v1 d2 => ok\n"
		      "attach d2 A => -EBUSY\nmmap p6 0x10000 rw\nguest-bind d2 p6 => pasid 1\n"
		      "dma d2 pasid=1 0x10000 write => ok\nunplug d2 => ok\n"
		      "guest-bind d2 p6 => -ENODEV\nplug d2 => ok\ndma d2 0x10000 read => abort\n"
		      "assign v0 d2 => ok\nvfs-off d0 => ok\nvfs-on d0 => ok\n"
		      "assign v0 d1 => ok\nguest-bind d1 p4 => pasid 1\n");
}

/* B-7. */
static void partitions_of_a_requester_id_are_of_one_vm(void **state)
{
	(void)state;
	expect_clean_everywhere(
		PARTED "mmap p0 0x10000 rw\nmmap p4 0x10000 rw\nmdev-bind m0 p0 => pasid 1\n"
		       "assign-mdev v0 m1 => -EBUSY\nmdev-close m0\n"
		       "assign-mdev v0 m1 => ok\nassign-mdev v1 m0 => -EBUSY\n"
		       "assign-mdev v0 m2 => -EBUSY\n"
		       "mdev-bind m0 p0 => -EBUSY\nguest-bind d0 p4 => pasid 1\n"
		       "submit m1 p4 pasid=3 0x10000 write => ok\n"
		       "submit m0 p4 0x10000 write => -EPERM\nassign-mdev v0 m0 => ok\n"
		       "unassign-mdev m1 => ok\nsubmit m0 p4 0x10000 write => ok\n"
		       "unassign-mdev m0 => ok\nunassign-mdev m0 => -EINVAL\n"
		       "attach d0 A => ok\ninit d0\nmdev-bind m0 p0 => pasid 1\n");
}

static void two_guests_below_one_requester_id_meet(void **state)
{
	struct divergence d = scene_run(&(struct scene){
		.text = "policy io_mm\ntwo-guests-per-rid\n"
			"smmu ssid-bits=4 ats\ndevice d0 rid=00:01.0 pasid-bits=4 ats\n"
			"device d1 rid=00:01.1 pasid-bits=4 vf-of=d0\n"
			"device d2 rid=00:01.2 pasid-bits=4 vf-of=d0\n"
			"mdev m0 parent=d0\nmdev m1 parent=d0\ndomain A\n"
			"vm v0 d1 p4\nvm v1 d2 p5\n"
			"mmap p4 0x10000 rw\nmmap p5 0x10000 rw\nassign-mdev v0 m0\n"
			"assign-mdev v1 m1\nguest-bind d0 p4\nguest-bind d0 p5\n"
			"submit m1 p5 0x10000 write => ok\nsubmit m0 p4 0x10000 write\n"});

	(void)state;
	expect_divergence(d, DIVERGENCE_REACH, "B-7", 7);
}

/* What goes wrong is named. */

static struct driver_ops broken;
static void (*drop)(struct driver *driver, unsigned vm, unsigned device,
		    const struct driver_guest_inv *inv);

static struct driver_guest_inv dropped;

static void forward_others(struct driver *driver, unsigned vm, unsigned device,
			   const struct driver_guest_inv *inv)
{
	bool tlbi = dropped.kind == DRIVER_GUEST_TLBI_VA && inv->kind == DRIVER_GUEST_TLBI_ASID;

	if (inv->kind != dropped.kind && !tlbi)
		scene_real->vm_invalidate(driver, vm, device, inv);
}

static void break_driver(struct check *c)
{
	struct driver_ops now = *scene_real;

	(void)c;
	now.vm_invalidate = drop ? drop : now.vm_invalidate;
	now.vm_attach = broken.vm_attach ? broken.vm_attach : now.vm_attach;
	now.vm_detach = broken.vm_detach ? broken.vm_detach : now.vm_detach;
	now.vm_set_table = broken.vm_set_table ? broken.vm_set_table : now.vm_set_table;
	broken = now;
}

static struct divergence run_broken(const char *text, struct driver_ops ops)
{
	broken = ops;
	drop = NULL;
	return scene_run(&(struct scene){.text = text, .driver = &broken, .created = break_driver});
}

static struct divergence run_dropping(const char *text, unsigned kind)
{
	broken = (struct driver_ops){0};
	drop = forward_others;
	dropped.kind = (uint8_t)kind;
	return scene_run(&(struct scene){.text = text, .driver = &broken, .created = break_driver});
}

static void guest_tlbi_that_is_dropped_is_stale_tlb(void **state)
{
	struct divergence d = run_dropping(BOUND "mprotect p4 0x10000 r\n", DRIVER_GUEST_TLBI_VA);

	(void)state;
	/* The ATC is invalidated, and refills from the TLB. */
	expect_divergence(d, DIVERGENCE_STALE_ATC, "D-2", 4);
	d = run_dropping("policy io_mm\nsmmu ssid-bits=4\ndevice d0 rid=00:01.0 pasid-bits=4\n"
			 "device d1 rid=00:01.1 pasid-bits=4 vf-of=d0\nvm v0 d1 p4\n"
			 "mmap p4 0x10000 pages=2 rw\nguest-bind d1 p4\nmprotect p4 0x10000 r\n",
			 DRIVER_GUEST_TLBI_VA);
	expect_divergence(d, DIVERGENCE_STALE_TLB, "D-1", 2);
	expect_texts(d, "only the law's page and rights",
		     "the TLB may still hold 0x10000 (rw) for (d1, pasid 1)");
}

static void guest_page_that_is_freed_while_held_is_order(void **state)
{
	struct divergence d = run_dropping(BOUND "munmap p4 0x11000\n", DRIVER_GUEST_TLBI_VA);

	(void)state;
	expect_divergence(d, DIVERGENCE_ORDER, "D-1", 4);
}

static void guest_atc_inv_that_is_dropped_is_stale_atc(void **state)
{
	struct divergence d = run_dropping(BOUND "mprotect p4 0x10000 r\n", DRIVER_GUEST_ATC_INV);

	(void)state;
	expect_divergence(d, DIVERGENCE_STALE_ATC, "D-1", 4);
	expect_texts(d, "only the law's page and rights",
		     "the device's ATC may still hold 0x10000 (rw) for (d1, pasid 1)");
}

static void guest_cfgi_that_is_dropped_is_stale_config(void **state)
{
	struct divergence d = run_dropping(HEADER "guest-bind d1 p4\n", DRIVER_GUEST_CFGI_CD);

	(void)state;
	/* That the entry is invalid may be cached. */
	expect_divergence(d, DIVERGENCE_UNREACHABLE, "D-3", 0);
	expect_texts(d, "address space of mm", "(d1, pasid 1) may get C_BAD_CD");
}

static int attach_to_first(struct driver *driver, unsigned device, unsigned vm)
{
	(void)vm;
	return scene_real->vm_attach(driver, device, 0);
}

static void function_in_another_vms_memory_breaks_b8(void **state)
{
	struct divergence d =
		run_broken(HEADER "tlbi d0\n", (struct driver_ops){.vm_attach = attach_to_first});

	(void)state;
	expect_divergence(d, DIVERGENCE_REACH, "B-8", -1);
	expect_texts(d, "the memory of VM 1", "(d2, no pasid) reaches the memory of VM 0");
}

static void keep_attached(struct driver *driver, unsigned device)
{
	(void)driver, (void)device;
}

static void function_that_stays_in_its_vm_breaks_b8(void **state)
{
	struct divergence d =
		run_broken(HEADER "unassign d1\n", (struct driver_ops){.vm_detach = keep_attached});

	(void)state;
	expect_divergence(d, DIVERGENCE_REACH, "B-8", 0);
	expect_texts(d, "nothing (detached)", "(d1, no pasid) reaches the memory of VM 0");
}

static int no_table(struct driver *driver, unsigned device, uint64_t ipa, unsigned bits)
{
	(void)driver, (void)device, (void)ipa, (void)bits;
	return 0;
}

static void table_that_is_not_shown_is_unreachable(void **state)
{
	(void)state;
	expect_divergence(run_broken(HEADER "guest-bind d1 p4\n",
				     (struct driver_ops){.vm_set_table = no_table}),
			  DIVERGENCE_UNREACHABLE, "A-7", 0);
}

/* Behind everybody's back. */

static uint64_t guest_entry(struct check *c, unsigned device, unsigned vm, unsigned pasid)
{
	uint64_t word[SMMU_STE_WORDS];
	struct smmu_ste ste;

	for (unsigned i = 0; i < SMMU_STE_WORDS; i++)
		word[i] = ram_load(scene_ste(c, device) + 8 * i);
	ste = smmu_ste_decode(c->model, word);
	assert_int_equal(ste.event, 0);
	return world_memory_at(vm, ste.s1contextptr) + pasid * SMMU_CD_WORDS * 8ull;
}

static void lead_to_other_process(struct check *c, unsigned op)
{
	if (op == 3)
		world_store(c->world, guest_entry(c, 1, 0, 1) + 8,
			    world_bus_address(scene_root(c, 5)));
}

static void guest_entry_of_another_process_breaks_b11(void **state)
{
	struct divergence d = scene_run(
		&(struct scene){.text = BOUND "tlbi d0\n", .poke = lead_to_other_process});

	(void)state;
	expect_divergence(d, DIVERGENCE_REACH, "B-11", 4);
}

static void lead_out_of_memory(struct check *c, unsigned op)
{
	if (op == 3)
		world_store(c->world, guest_entry(c, 1, 0, 1) + 8, scene_root(c, 0));
}

static void guest_entry_with_the_hosts_address_is_nobodys(void **state)
{
	struct divergence d =
		scene_run(&(struct scene){.text = BOUND "tlbi d0\n", .poke = lead_out_of_memory});

	(void)state;
	expect_divergence(d, DIVERGENCE_REACH, "B-1", 4);
	expect_texts(d, "address space of mm", "reaches page tables that nobody owns");
}

static void lead_host_into_guest(struct check *c, unsigned op)
{
	if (op == 1)
		world_store(c->world, scene_cd(c, 0, 1) + 8, scene_root(c, 4));
}

/* A guest's tree is written in the guest's addresses: without stage 2 it is no tree. */
static void host_entry_that_leads_to_a_guest_is_nobodys(void **state)
{
	struct divergence d = scene_run(
		&(struct scene){.text = HEADER "mmap p4 0x10000 rw\nbind d0 p0\ntlbi d0\n",
				.poke = lead_host_into_guest});

	(void)state;
	expect_divergence(d, DIVERGENCE_REACH, "B-1", 2);
	expect_texts(d, "address space of mm", "(d0, pasid 1) reaches page tables that nobody");
}

static void bind_behind(struct check *c, unsigned op)
{
	unsigned pasid;

	if (op == 3)
		guest_bind(c->owners, 1, c->world->task[5].mm, &pasid);
}

static void guest_bond_that_nobody_made_breaks_b8(void **state)
{
	struct divergence d =
		scene_run(&(struct scene){.text = BOUND "tlbi d0\n", .poke = bind_behind});

	(void)state;
	expect_divergence(d, DIVERGENCE_RESULT, "B-8", 4);
	expect_texts(d, "2 bonds of guests", "3");
}

static void events_of_both_stages_have_their_hearers(void **state)
{
	(void)state;
	expect_clean(scene_run(&(struct scene){.text = BOUND
					       "dma d1 pasid=1 0x12000 read => fault translation\n"
					       "dma d1 0x12000 read => fault translation\n"
					       "dma d1 pasid=2 0x12000 read => fault pasid\n"}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guests_have_pasids_of_their_own),
		cmocka_unit_test(functions_go_from_vm_to_vm),
		cmocka_unit_test(partitions_of_a_requester_id_are_of_one_vm),
		cmocka_unit_test(two_guests_below_one_requester_id_meet),
		cmocka_unit_test(guest_tlbi_that_is_dropped_is_stale_tlb),
		cmocka_unit_test(guest_page_that_is_freed_while_held_is_order),
		cmocka_unit_test(guest_atc_inv_that_is_dropped_is_stale_atc),
		cmocka_unit_test(guest_cfgi_that_is_dropped_is_stale_config),
		cmocka_unit_test(function_in_another_vms_memory_breaks_b8),
		cmocka_unit_test(function_that_stays_in_its_vm_breaks_b8),
		cmocka_unit_test(table_that_is_not_shown_is_unreachable),
		cmocka_unit_test(guest_entry_of_another_process_breaks_b11),
		cmocka_unit_test(guest_entry_with_the_hosts_address_is_nobodys),
		cmocka_unit_test(host_entry_that_leads_to_a_guest_is_nobodys),
		cmocka_unit_test(guest_bond_that_nobody_made_breaks_b8),
		cmocka_unit_test(events_of_both_stages_have_their_hearers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
