/* SPDX-License-Identifier: MIT */
/*
 * Contract: a VM's processes live in its own memory, under the addresses that the guest knows; what
 * happens there is reported by physical root, leaves the host's memory alone, and all of it is free
 * when the VM stops. Run: the program itself; exit status 0 means that all tests passed.
 */
#include "fixture.h"

#include <errno.h>

enum { RW = PT_READ | PT_WRITE, HOST = WORLD_MAX_VMS };

static unsigned frames(const struct world *world)
{
	return world->ram.in_use[FRAME_DATA] + world->ram.in_use[FRAME_TABLE] +
	       world->ram.in_use[FRAME_DRIVER];
}

static const struct world_mm *mm_of(const struct world *world, unsigned task)
{
	return &world->mm[world->task[task].mm];
}

static uint64_t desc_of(const struct world *world, unsigned task, unsigned slot)
{
	return pgtable_lookup(mm_of(world, task)->root, world_slot_va(slot));
}

/* A walk as hardware does it: every address through stage 2, which is one offset. */
static uint64_t walk_by_hand(unsigned vm, uint64_t root_ipa, uint64_t va)
{
	uint64_t table = root_ipa, desc = 0;

	for (unsigned level = 0; level < 4; level++) {
		assert_in_range(table, WORLD_VM_IPA, WORLD_VM_IPA + WORLD_VM_SIZE - 1);
		desc = ram_load(world_vm_base(vm) + (table - WORLD_VM_IPA) +
				8 * (va >> (39 - 9 * level) & 511));
		table = desc & PT_ADDR_MASK;
	}
	return desc;
}

static void addresses_of_guests_and_memory_correspond(void **state)
{
	(void)state;
	for (unsigned vm = 0; vm < WORLD_MAX_VMS; vm++) {
		uint64_t base = world_vm_base(vm), last = base + WORLD_VM_SIZE - 1;

		assert_int_equal(base % WORLD_VM_SIZE, 0);
		assert_int_equal(world_vm_of(base), vm);
		assert_int_equal(world_vm_of(last), vm);
		assert_int_equal(world_bus_address(base), WORLD_VM_IPA);
		assert_int_equal(world_memory_at(vm, WORLD_VM_IPA), base);
		assert_int_equal(world_memory_at(vm, world_bus_address(last)), last);
		assert_int_equal(world_memory_at(vm, WORLD_VM_IPA + WORLD_VM_SIZE), 0);
		assert_int_equal(world_memory_at(vm, base), 0);
	}
	assert_int_equal(world_vm_of(world_vm_base(0) - 1), HOST);
	assert_int_equal(world_vm_of(WORLD_RAM_BASE + WORLD_RAM_SIZE), HOST);
	assert_int_equal(world_vm_of(0), HOST);
	assert_int_equal(world_bus_address(WORLD_RAM_BASE), WORLD_RAM_BASE);
	assert_int_equal(world_memory_at(HOST, WORLD_VM_IPA), WORLD_VM_IPA);
	assert_int_equal(world_vm_base(0),
			 WORLD_RAM_BASE + WORLD_HOST_FRAMES * (uint64_t)WORLD_FRAME_SIZE);
}

static void every_owner_has_memory_of_its_own(void **state)
{
	struct world *world = fresh_world();
	uint64_t pa;

	(void)state;
	for (unsigned vm = 0; vm < WORLD_MAX_VMS; vm++) {
		assert_int_equal(ram_alloc_in(&world->ram, vm, FRAME_DATA, WORLD_VM_FRAMES + 1), 0);
		pa = ram_alloc_in(&world->ram, vm, FRAME_DATA, WORLD_VM_FRAMES);
		assert_int_equal(pa, world_vm_base(vm));
		assert_false(ram_has_room(&world->ram, vm, 1));
		assert_int_equal(ram_alloc_in(&world->ram, vm, FRAME_DATA, 1), 0);
	}
	assert_int_equal(ram_alloc(&world->ram, FRAME_DATA, 1),
			 WORLD_RAM_BASE + WORLD_RAM_FIRST * WORLD_FRAME_SIZE);
	assert_true(ram_has_room(&world->ram, HOST, WORLD_HOST_FRAMES - WORLD_RAM_FIRST - 1));
	world_reset(world);
	for (unsigned vm = 0; vm < WORLD_MAX_VMS; vm++)
		assert_true(ram_has_room(&world->ram, vm, WORLD_VM_FRAMES));
}

static void frames_go_back_to_whose_they_are(void **state)
{
	struct world *world = fresh_world();
	uint64_t host = ram_alloc(&world->ram, FRAME_DATA, 1);
	uint64_t guest = ram_alloc_in(&world->ram, 1, FRAME_DRIVER, 1);

	(void)state;
	memset((void *)(uintptr_t)guest, 0xff, WORLD_FRAME_SIZE);
	world_frame_put(world, host);
	world_frame_put(world, guest);
	assert_int_equal(ram_alloc_in(&world->ram, 0, FRAME_DATA, 1), world_vm_base(0));
	assert_int_equal(ram_alloc_in(&world->ram, 1, FRAME_TABLE, 1), guest);
	assert_int_equal(ram_alloc(&world->ram, FRAME_DATA, 1), host);
	for (unsigned i = 0; i < WORLD_FRAME_SIZE; i += 8)
		assert_int_equal(ram_load(guest + i), 0);
}

static void descriptors_of_a_guest_hold_its_addresses(void **state)
{
	struct world *world = fresh_world();
	uint32_t value = 0;

	(void)state;
	assert_int_equal(world_guest_spawn(world, 1, 0), 0);
	assert_int_equal(mm_of(world, 0)->vm, 1);
	for (unsigned slot = 0; slot < WORLD_SPACE_PAGES; slot++) {
		assert_int_equal(world_mmap(world, 0, slot, 1, RW), 0);
		assert_int_equal(world_cpu_write(world, 0, slot, 100 + slot), 0);
	}
	for (unsigned slot = 0; slot < WORLD_SPACE_PAGES; slot++) {
		uint64_t pa = mm_of(world, 0)->page[slot].pa, desc = desc_of(world, 0, slot);

		assert_int_equal(world_vm_of(pa), 1);
		assert_int_equal(desc & PT_ADDR_MASK, world_bus_address(pa));
		assert_int_equal(desc, walk_by_hand(1, world_bus_address(mm_of(world, 0)->root),
						    world_slot_va(slot)));
		assert_int_equal(world_cpu_read(world, 0, slot, &value), 0);
		assert_int_equal(value, 100 + slot);
	}
	assert_int_equal(world->ram.zone[HOST].touched, WORLD_RAM_FIRST);
	assert_int_equal(world->ram.zone[0].num_free, 0);
	world_exit(world, 0);
	assert_int_equal(frames(world), 0);
}

static void what_a_guest_process_does_stays_in_its_memory(void **state)
{
	struct world *world = fresh_world();
	uint32_t value = 0;

	(void)state;
	world_guest_spawn(world, 0, 0);
	world_mmap(world, 0, 12, 2, RW);
	world_cpu_write(world, 0, 12, 7);
	assert_int_equal(world_fork(world, 0, 1), 0);
	assert_int_equal(mm_of(world, 1)->vm, 0);
	assert_int_equal(world_cpu_write(world, 1, 12, 8), 0); /* a copy */
	assert_int_equal(world_migrate(world, 0, 12), 0);
	assert_int_equal(world_swap_out(world, 0, 12), 0);
	assert_int_equal(world_mremap(world, 0, 13, 31), 0);
	assert_int_equal(world_cpu_read(world, 0, 12, &value), 0);
	assert_int_equal(value, 7);
	assert_int_equal(world_munmap(world, 0, 12, 1), 0);
	assert_int_equal(world_exec(world, 1), 0);
	assert_int_equal(mm_of(world, 1)->vm, 0);
	assert_int_equal(world_thread(world, 1, 2), 0);
	assert_int_equal(world_clone_vm(world, 1, 3), 0);
	assert_int_equal(world->ram.zone[HOST].touched, WORLD_RAM_FIRST);
	for (unsigned task = 0; task < 4; task++)
		world_exit(world, task);
	assert_int_equal(frames(world), 0);
}

static void a_full_vm_is_no_matter_of_others(void **state)
{
	struct world *world = fresh_world();

	(void)state;
	world_guest_spawn(world, 0, 0);
	world_guest_spawn(world, 1, 1);
	world_mmap(world, 0, 0, 1, RW);
	while (ram_has_room(&world->ram, 0, 1))
		ram_alloc_in(&world->ram, 0, FRAME_DRIVER, 1);
	assert_int_equal(world_mmap(world, 0, 1, 1, RW), -ENOMEM);
	assert_int_equal(world_fork(world, 0, 2), -ENOMEM);
	assert_int_equal(world_migrate(world, 0, 0), -ENOMEM);
	assert_int_equal(world_guest_spawn(world, 0, 2), -ENOMEM);
	assert_int_equal(world_guest_alloc(world, 0, 1), 0);
	assert_int_equal(world_mmap(world, 1, 1, 1, RW), 0);
	assert_int_equal(world_spawn(world, 2), 0);
}

struct roots {
	uint64_t root;
	unsigned reports;
};

static void see_root(void *ctx, uint64_t root, uint64_t va, unsigned level, uint64_t old_desc,
		     uint64_t new_desc)
{
	struct roots *roots = ctx;

	(void)va;
	(void)level;
	(void)old_desc;
	(void)new_desc;
	roots->root = root;
	roots->reports++;
}

static void changes_are_reported_by_physical_root(void **state)
{
	struct world *world = fresh_world();
	struct roots roots = {0};

	(void)state;
	world->port[0].ctx = &roots;
	world->port[0].pte = see_root;
	for (unsigned vm = 0; vm < WORLD_MAX_VMS; vm++) {
		world_guest_spawn(world, vm, vm);
		world_mmap(world, vm, 0, 1, RW);
		assert_int_equal(roots.root, mm_of(world, vm)->root);
		assert_int_equal(world_bus_address(roots.root), WORLD_VM_IPA);
	}
	assert_int_equal(roots.reports, WORLD_MAX_VMS * 4);
}

static void guest_software_has_frames_and_failures(void **state)
{
	struct world *world = fresh_world();
	uint64_t pa = world_guest_alloc(world, 1, 2);

	(void)state;
	assert_int_equal(pa, world_vm_base(1));
	assert_int_equal(ram_kind(&world->ram, pa + WORLD_FRAME_SIZE), FRAME_DRIVER);
	world->fail_nth = 1;
	assert_int_equal(world_guest_alloc(world, 1, 1), 0);
	assert_true(world->alloc_failed);
	world_guest_free(world, pa, 2);
	assert_int_equal(frames(world), 0);
}

static void a_vm_that_stops_is_gone_without_a_word(void **state)
{
	struct world *world = fresh_world();
	struct recorder recorder;
	uint64_t table;

	(void)state;
	connect_recorder(&recorder, world);
	recorder.ptes = true;
	world_guest_spawn(world, 0, 0);
	world_guest_spawn(world, 1, 2);
	world_spawn(world, 3);
	world_mmap(world, 0, 0, 1, RW);
	world_fork(world, 0, 1); /* one page, two references */
	world_notifier_register(world, world->task[0].mm, &recorder_ops, &recorder);
	table = world_guest_alloc(world, 0, 1);
	assert_int_not_equal(table, 0);
	forget(&recorder);
	world_vm_stop(world, 0);
	assert_string_equal(recorder.text,
			    "free table; free data; free table; free table; free table; "
			    "free table; free table; free table; free table; free driver; ");
	assert_false(world_task_alive(world, 0) || world_task_alive(world, 1));
	assert_true(world_task_alive(world, 2) && world_task_alive(world, 3));
	assert_int_equal(frames(world), 2);
	assert_true(ram_has_room(&world->ram, 0, WORLD_VM_FRAMES));
	/* It may start again; tables that were not empty are now. */
	assert_int_equal(world_guest_spawn(world, 0, 0), 0);
	assert_int_equal(world->task[0].mm, 0);
	for (unsigned slot = 0; slot < WORLD_SPACE_PAGES; slot++) {
		assert_int_equal(desc_of(world, 0, slot), 0);
		assert_int_equal(world_mmap(world, 0, slot, 1, RW), 0);
	}
	world_munmap(world, 0, 0, 1);
	assert_null(strstr(recorder.text, "inval"));
}

static void events_say_whose_they_were(void **state)
{
	struct world *world = fresh_world();
	const uint64_t event[4] = {1, 2, 3, 4};

	(void)state;
	world_report_event(world, event);
	world_report_guest_event(world, 1, event);
	world_report_guest_event(world, 0, event);
	assert_int_equal(world->num_events, 3);
	assert_int_equal(world->event_vm[0], HOST);
	assert_int_equal(world->event_vm[1], 1);
	assert_int_equal(world->event_vm[2], 0);
	assert_memory_equal(world->event[2], event, sizeof(event));
	for (unsigned i = 0; i < WORLD_MAX_EVENTS; i++)
		world_report_guest_event(world, 0, event);
	assert_int_equal(world->num_events, WORLD_MAX_EVENTS);
	assert_int_equal(world->events_lost, 3);
}

#if WORLD_ASAN
static void memory_of_a_stopped_vm_is_poisoned(void **state)
{
	struct world *world = fresh_world();
	char *page = (char *)(uintptr_t)world_guest_alloc(world, 1, 1);

	(void)state;
	assert_false(__asan_address_is_poisoned(page));
	world_vm_stop(world, 1);
	assert_true(__asan_address_is_poisoned(page));
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_of_guests_and_memory_correspond),
		cmocka_unit_test(every_owner_has_memory_of_its_own),
		cmocka_unit_test(frames_go_back_to_whose_they_are),
		cmocka_unit_test(descriptors_of_a_guest_hold_its_addresses),
		cmocka_unit_test(what_a_guest_process_does_stays_in_its_memory),
		cmocka_unit_test(a_full_vm_is_no_matter_of_others),
		cmocka_unit_test(changes_are_reported_by_physical_root),
		cmocka_unit_test(guest_software_has_frames_and_failures),
		cmocka_unit_test(a_vm_that_stops_is_gone_without_a_word),
		cmocka_unit_test(events_say_whose_they_were),
#if WORLD_ASAN
		cmocka_unit_test(memory_of_a_stopped_vm_is_poisoned),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
