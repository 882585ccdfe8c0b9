/* SPDX-License-Identifier: MIT */
/*
 * Contract, for io_mm: the named invariants hold after any sequence of calls, errors change nothing, and
 * a complete teardown leaves nothing; half of the machines have partitions, VFs and VMs.
 * Run: the program itself; the random sequences are the same every time.
 */
#include "fixture.h"

enum { DEVICE_SIDE = 18, PROCESS_SIDE = 20, SHARED_SIDE = 42 }; /* ops, with repetitions */

static uint32_t next_random(uint32_t *seed, uint32_t limit)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % limit;
}

/* The third and fourth device may be VFs of the first. */
static void add_partitions_and_vms(uint32_t *seed, struct ref_topology *topology)
{
	for (unsigned i = 2; i < topology->num_devices; i++) {
		topology->device[i].vf_of = next_random(seed, 3) != 0;
		/* Mostly alone, so that it can be assigned. */
		if (next_random(seed, 4))
			topology->device[i].group = (uint8_t)i;
	}
	topology->num_partitions = (uint8_t)next_random(seed, REF_MAX_PARTITIONS + 1);
	for (unsigned i = 0; i < topology->num_partitions; i++) {
		topology->partition[i].parent = (uint8_t)next_random(seed, topology->num_devices);
		topology->partition[i].own_mmu = next_random(seed, 8) == 0;
	}
	topology->num_vms = (uint8_t)next_random(seed, REF_MAX_VMS + 1);
	topology->shared_rid = next_random(seed, 8) == 0;
}

static struct ref_topology random_topology(uint32_t *seed)
{
	struct ref_topology topology = machine();

	topology.ssid_bits = (uint8_t)next_random(seed, 9);
	for (unsigned i = 0; i < topology.num_devices; i++) {
		uint32_t group = next_random(seed, 24);

		topology.device[i].pasid_bits = (uint8_t)next_random(seed, 5);
		topology.device[i].group = group == 4 ? REF_NONE : group < 4 ? (uint8_t)group : i;
		topology.device[i].ats = next_random(seed, 2) != 0;
	}
	if (next_random(seed, 2))
		add_partitions_and_vms(seed, &topology);
	return topology;
}

struct operands {
	uint8_t device, domain, task, other, page, to, count, prot, pasid, partition, vm;
	uint32_t flags, min, max;
	bool flag;
};

static struct operands random_operands(uint32_t *seed, const struct ref *ref)
{
	struct operands o = {
		.device = (uint8_t)next_random(seed, ref->topology.num_devices),
		.domain = (uint8_t)next_random(seed, ref->topology.num_domains),
		.task = (uint8_t)next_random(seed, REF_MAX_TASKS),
		.other = (uint8_t)next_random(seed, REF_MAX_TASKS),
		.page = (uint8_t)next_random(seed, 8),
		.to = (uint8_t)next_random(seed, 8),
		.count = (uint8_t)(1 + next_random(seed, 4)),
		.prot = (uint8_t)(1 + next_random(seed, 3)),
		.flags = next_random(seed, 8) ? next_random(seed, 2) : 2,
		.min = next_random(seed, 4),
		.max = next_random(seed, 20),
		.flag = next_random(seed, 8) != 0,
	};

	o.pasid = (uint8_t)next_random(seed, 1u << ref->topology.device[o.device].pasid_bits);
	if (ref->topology.num_partitions)
		o.partition = (uint8_t)next_random(seed, ref->topology.num_partitions);
	if (ref->topology.num_vms)
		o.vm = (uint8_t)next_random(seed, ref->topology.num_vms);
	return o;
}

static struct ref_result call_device_side(struct ref *ref, unsigned op, struct operands o)
{
	switch (op) {
	case 0:
		return ref_init(ref, o.device, o.flags, o.min, o.max);
	case 1:
		return ref_shutdown(ref, o.device);
	case 2:
		return ref_attach(ref, o.device, o.domain);
	case 3:
		return ref_detach(ref, o.device);
	case 4:
		return ref_map(ref, o.domain, o.page, o.count, o.prot);
	case 5:
		return ref_unmap(ref, o.domain, o.page, o.count);
	case 6:
		return ref_unbind(ref, o.device, o.pasid);
	case 7:
		return ref_unbind_all(ref, o.device);
	case 8:
		return ref_dma(ref, o.device, o.flag, o.pasid, o.page, o.prot & REF_WRITE);
	case 9:
		return ref_ats(ref, o.device, o.flag, o.pasid, o.page);
	case 10:
		return ref_unplug(ref, o.device);
	default:
		return ref_bind(ref, o.device, o.task, o.flags, o.flag);
	}
}

static struct ref_result call_process_side(struct ref *ref, unsigned op, struct operands o)
{
	switch (op) {
	case 0:
		return ref_spawn(ref, o.task);
	case 1:
		return ref_fork(ref, o.task, o.other);
	case 2:
		return ref_thread(ref, o.task, o.other);
	case 3:
		return ref_clone_vm(ref, o.task, o.other);
	case 4:
		return ref_exec(ref, o.task);
	case 5:
		return ref_exit(ref, o.task);
	case 6:
		return ref_exit_group(ref, o.task);
	case 7:
		return ref_mmap(ref, o.task, o.page, o.count, o.prot);
	case 8:
		return ref_munmap(ref, o.task, o.page, o.count);
	case 9:
		return ref_mprotect(ref, o.task, o.page, o.count, o.prot);
	case 10:
		return ref_mremap(ref, o.task, o.page, o.to);
	case 11:
		return ref_migrate(ref, o.task, o.page);
	case 12:
		return ref_swap_out(ref, o.task, o.page);
	default:
		return ref_cpu(ref, o.task, o.page, o.flag);
	}
}

static struct ref_result call_partitions(struct ref *ref, unsigned op, struct operands o)
{
	switch (op) {
	case 0:
		return ref_partition_unbind(ref, o.partition, o.pasid);
	case 1:
		return ref_partition_close(ref, o.partition);
	case 2:
	case 3:
		return ref_partition_map(ref, o.partition, o.page, o.count, o.prot);
	case 4:
		return ref_partition_unmap(ref, o.partition, o.page, o.count);
	case 5:
		return ref_partition_attach(ref, o.partition, o.domain);
	case 6:
		return ref_user_bind(ref, o.partition, o.task);
	case 7:
	case 8:
	case 9:
		return ref_submit(ref, o.partition, o.task, o.page, o.prot & REF_WRITE);
	default:
		return ref_partition_bind(ref, o.partition, o.task);
	}
}

static struct ref_result call_vms(struct ref *ref, unsigned op, struct operands o)
{
	switch (op) {
	case 0:
		return ref_vm_start(ref, o.vm);
	case 1:
		return ref_vm_destroy(ref, o.vm);
	case 2:
	case 3:
		return ref_assign(ref, o.vm, o.device);
	case 4:
		return ref_unassign(ref, o.device);
	case 5:
		return ref_unassign_partition(ref, o.partition);
	case 6:
		return ref_guest_unbind(ref, o.vm, o.device, o.pasid);
	case 7:
	case 8:
		return ref_guest_spawn(ref, o.vm, o.task);
	default:
		return ref_guest_bind(ref, o.device, o.task);
	}
}

static struct ref_result call_shared_side(struct ref *ref, unsigned op, struct operands o)
{
	if (op < 14 && ref->topology.num_partitions)
		return call_partitions(ref, op, o);
	if (op >= 14 && op < 28 && ref->topology.num_vms && ref->topology.num_partitions)
		return call_vms(ref, op - 14, o);
	if (op == 28 && ref->topology.num_vms && ref->topology.num_partitions)
		return ref_assign_partition(ref, o.vm, o.partition);
	if (op == 29)
		return ref_disable_vfs(ref, o.device);
	if (op == 30)
		return ref_enable_vfs(ref, o.device);
	if (op < 34)
		return ref_plug(ref, o.device);
	return ref_guest_bind(ref, o.device, o.task);
}

/* More binds and CPU accesses than others. */
static struct ref_result random_call(struct ref *ref, uint32_t *seed)
{
	struct operands o = random_operands(seed, ref);
	unsigned op = next_random(seed, DEVICE_SIDE + PROCESS_SIDE + SHARED_SIDE);

	if (op < DEVICE_SIDE)
		return call_device_side(ref, op, o);
	if (op < DEVICE_SIDE + PROCESS_SIDE)
		return call_process_side(ref, op - DEVICE_SIDE, o);
	return call_shared_side(ref, op - DEVICE_SIDE - PROCESS_SIDE, o);
}

/* Everything that a caller can give back. */
static void tear_down(struct ref *ref)
{
	for (uint8_t vm = 0; vm < ref->topology.num_vms; vm++)
		ref_vm_destroy(ref, vm);
	for (uint8_t i = 0; i < ref->topology.num_partitions; i++)
		ref_partition_close(ref, i);
	for (unsigned task = 0; task < REF_MAX_TASKS; task++)
		ref_exit(ref, task);
	for (uint8_t device = 0; device < ref->topology.num_devices; device++) {
		ref_shutdown(ref, device);
		ref_detach(ref, device);
	}
	for (uint8_t domain = 0; domain < ref->topology.num_domains; domain++)
		ref_unmap(ref, domain, 0, REF_SPACE_PAGES);
}

static void assert_nothing_left(const struct ref *ref)
{
	struct ref_usage usage = ref_usage(ref);

	assert_int_equal(usage.bonds, 0);
	assert_int_equal(usage.pasids, 0);
	assert_int_equal(usage.pages, 0);
	assert_int_equal(usage.table_entries, 0);
	assert_int_equal(usage.mms, 0);
	assert_int_equal(usage.associations, 0);
	assert_int_equal(usage.guest_bonds, 0);
}

/* Most calls need devices that are set up and processes. */
static struct ref random_start(uint32_t *seed)
{
	struct ref_topology topology = random_topology(seed);
	struct ref ref;

	ref_reset(&ref, &topology);
	for (uint8_t device = 0; device < topology.num_devices; device++) {
		ref_attach(&ref, device, next_random(seed, 4) ? A : (uint8_t)next_random(seed, 3));
		ref_init(&ref, device, next_random(seed, 2), 0, 0);
	}
	for (unsigned task = 0; task < REF_MAX_TASKS / 2; task++)
		ref_spawn(&ref, task);
	for (uint8_t vm = 0; vm < topology.num_vms; vm++) {
		ref_assign(&ref, vm, 2 + vm);
		ref_guest_spawn(&ref, vm, REF_MAX_TASKS / 2 + vm);
	}
	return ref;
}

static void invariants_hold_after_any_calls_and_errors_change_nothing(void **state)
{
	enum { TRACES = 600, CALLS = 100 };
	uint32_t seed = 1;
	unsigned binds = 0, associations = 0, guest_bonds = 0;

	(void)state;
	for (unsigned trace = 0; trace < TRACES; trace++) {
		struct ref ref = random_start(&seed);

		for (unsigned call = 0; call < CALLS; call++) {
			struct ref before = ref;
			struct ref_result result = random_call(&ref, &seed);

			assert_lawful(&ref);
			assert_null(ref_check_seed(&ref, REF_PART_ALL));
			assert_true(!result.error || *result.rule);
			if (result.error && strcmp(result.rule, "mprotect(2)"))
				assert_memory_equal(&ref, &before, sizeof(ref));
			binds += ref_usage(&ref).bonds > ref_usage(&before).bonds;
			associations += ref_usage(&ref).associations != 0;
			guest_bonds += ref_usage(&ref).guest_bonds != 0;
		}
		tear_down(&ref);
		assert_lawful(&ref);
		assert_nothing_left(&ref);
	}
	/* The sequences are not all errors. */
	assert_true(binds > TRACES / 2 && associations > TRACES && guest_bonds > TRACES / 2);
}

static void same_calls_give_the_same_state_and_results(void **state)
{
	uint32_t seed_a = 42, seed_b = 42;
	struct ref_topology topology = machine();
	struct ref a, b;

	(void)state;
	ref_reset(&a, &topology);
	memset(&b, 0xa5, sizeof(b));
	ref_reset(&b, &topology);
	for (unsigned call = 0; call < 2000; call++) {
		struct ref_result result_a = random_call(&a, &seed_a);
		struct ref_result result_b = random_call(&b, &seed_b);

		assert_int_equal(result_a.error, result_b.error);
		assert_int_equal(result_a.value, result_b.value);
		assert_int_equal(result_a.access.value, result_b.access.value);
		assert_memory_equal(&a, &b, sizeof(a));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(invariants_hold_after_any_calls_and_errors_change_nothing),
		cmocka_unit_test(same_calls_give_the_same_state_and_results),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
