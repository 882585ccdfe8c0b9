/* SPDX-License-Identifier: MIT */
/*
 * Contract, for the Linux policies: the named invariants hold after any sequence of calls, rightly made
 * or not, and a complete teardown leaves nothing; half of the machines have partitions and VFs.
 * Run: the program itself; the random sequences are the same every time.
 */
#include "linux_fixture.h"

static uint32_t next_random(uint32_t *seed, uint32_t limit)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % limit;
}

/* No identity domain; in 6.1 members that agree. */
static void use_default_dma(struct ref_topology *topology)
{
	topology->default_dma = 1;
	topology->domain_type[C] = REF_DOMAIN_STAGE1;
	for (unsigned i = 0; i < topology->num_devices && topology->policy == L61; i++)
		for (unsigned j = 0; j < i; j++)
			if (topology->device[j].group == topology->device[i].group &&
			    (topology->device[j].pasid_bits != topology->device[i].pasid_bits ||
			     topology->device[j].stall != topology->device[i].stall))
				topology->device[i].group = REF_NONE;
}

/* A second one now and then; the devices of a group are behind one. */
static void random_smmus(uint32_t *seed, struct ref_topology *topology)
{
	uint8_t second = next_random(seed, 3) ? 0 : (uint8_t)next_random(seed, 16);

	for (unsigned i = 0; i < topology->num_devices; i++) {
		uint8_t group = topology->device[i].group;

		topology->device[i].smmu = second >> (group == REF_NONE ? i : group) & 1;
	}
	for (unsigned i = 0; i < topology->num_domains; i++)
		topology->domain_smmu[i] = second ? (uint8_t)next_random(seed, 2) : 0;
}

/* The third and fourth device may be VFs of the first. */
static void add_partitions(uint32_t *seed, struct ref_topology *topology)
{
	for (unsigned i = 2; i < topology->num_devices; i++)
		topology->device[i].vf_of = next_random(seed, 3) == 0;
	topology->num_partitions = (uint8_t)next_random(seed, REF_MAX_PARTITIONS + 1);
	for (unsigned i = 0; i < topology->num_partitions; i++) {
		topology->partition[i].parent = (uint8_t)next_random(seed, topology->num_devices);
		topology->partition[i].own_mmu = next_random(seed, 8) == 0;
	}
}

static struct ref_topology random_topology(uint32_t *seed)
{
	struct ref_topology topology = linux_topology(next_random(seed, 2) ? L61 : L612);

	topology.ssid_bits =
		(uint8_t)(next_random(seed, 8) ? 2 + next_random(seed, 3) : next_random(seed, 9));
	topology.stall_force = next_random(seed, 8) == 0;
	for (unsigned i = 0; i < topology.num_devices; i++) {
		uint32_t group = next_random(seed, 12);

		topology.device[i].pasid_bits =
			(uint8_t)(next_random(seed, 6) ? 4 : next_random(seed, 5));
		topology.device[i].group = group == 4 ? REF_NONE : group < 4 ? (uint8_t)group : i;
		topology.device[i].stall = topology.stall_force || !next_random(seed, 3);
		topology.device[i].ats = !topology.device[i].stall && next_random(seed, 2);
		topology.device[i].streams = next_random(seed, 6) ? 1 : 2;
	}
	if (next_random(seed, 3) == 0)
		use_default_dma(&topology);
	random_smmus(seed, &topology);
	if (next_random(seed, 2))
		add_partitions(seed, &topology);
	return topology;
}

struct operands {
	uint8_t device, domain, task, other, page, count, prot, pasid, partition;
	enum ref_dev_feature feature;
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
		.count = (uint8_t)(1 + next_random(seed, 4)),
		.prot = (uint8_t)(1 + next_random(seed, 3)),
		.feature = next_random(seed, 2) ? REF_DEV_SVA : REF_DEV_IOPF,
		.flag = next_random(seed, 8) != 0,
	};

	o.pasid = (uint8_t)next_random(seed, 1u << ref->topology.device[o.device].pasid_bits);
	if (ref->topology.num_partitions)
		o.partition = (uint8_t)next_random(seed, ref->topology.num_partitions);
	return o;
}

enum device_op {
	INIT,
	SHUTDOWN,
	ATTACH,
	DETACH,
	MAP,
	UNMAP,
	UNBIND,
	UNBIND_ALL,
	DMA,
	ATS,
	UNPLUG,
	ENABLE,
	DISABLE,
	ATTACH_PASID,
	DETACH_PASID,
	CLAIM,
	RELEASE,
	PLUG,
	DISABLE_VFS,
	ENABLE_VFS,
	BIND, /* and above */
	DEVICE_OPS = BIND + 12,
};

static struct ref_result call_device_side(struct ref *ref, unsigned op, struct operands o)
{
	switch (op) {
	case INIT:
		return ref_init(ref, o.device, ref->topology.device[o.device].stall, 0, 0);
	case SHUTDOWN:
		return ref_shutdown(ref, o.device);
	case ATTACH:
		return ref_attach(ref, o.device, o.domain);
	case DETACH:
		return ref_detach(ref, o.device);
	case MAP:
		return ref_map(ref, o.domain, o.page, o.count, o.prot);
	case UNMAP:
		return ref_unmap(ref, o.domain, o.page, o.count);
	case UNBIND:
		return ref_unbind(ref, o.device, o.pasid);
	case UNBIND_ALL:
		return ref_unbind_all(ref, o.device);
	case DMA:
		return ref_dma(ref, o.device, o.flag, o.pasid, o.page, o.prot & REF_WRITE);
	case ATS:
		return ref_ats(ref, o.device, o.flag, o.pasid, o.page);
	case UNPLUG:
		return ref_unplug(ref, o.device);
	case ENABLE:
		return ref_enable(ref, o.device, o.feature);
	case DISABLE:
		return ref_disable(ref, o.device, o.feature);
	case ATTACH_PASID:
		return ref_attach_pasid(ref, o.device, o.domain, o.pasid);
	case DETACH_PASID:
		return ref_detach_pasid(ref, o.device, o.pasid);
	case CLAIM:
		return ref_claim(ref, o.device);
	case RELEASE:
		return ref_release(ref, o.device);
	case PLUG:
		return ref_plug(ref, o.device);
	case DISABLE_VFS:
		return ref_disable_vfs(ref, o.device);
	case ENABLE_VFS:
		return ref_enable_vfs(ref, o.device);
	default:
		return bind(ref, o.device, o.task);
	}
}

/* A device and its VFs go. */
static const char *may_remove(const struct ref *ref, uint8_t device, bool misuse)
{
	for (uint8_t i = 0; i < ref->topology.num_devices; i++) {
		const char *why = NULL;

		if (i != device && ref->topology.device[i].vf_of != 1 + device)
			continue;
		if (!misuse)
			why = ref_may(ref, REF_MAY_UNPLUG, i, 0);
		if (!why)
			why = ref_partitions_forbid(ref, REF_MAY_UNPLUG, i, 0);
		if (why)
			return why;
	}
	return NULL;
}

/* Why the caller must not. */
static const char *may(const struct ref *ref, unsigned op, struct operands o, bool misuse)
{
	static const struct {
		bool asked;
		enum ref_call_name name;
	} call[BIND + 1] = {
		[SHUTDOWN] = {true, REF_MAY_SHUTDOWN},
		[ATTACH] = {true, REF_MAY_ATTACH},
		[DETACH] = {true, REF_MAY_DETACH},
		[UNBIND] = {true, REF_MAY_UNBIND},
		[DISABLE] = {true, REF_MAY_DISABLE},
		[DETACH_PASID] = {true, REF_MAY_DETACH_PASID},
		[CLAIM] = {true, REF_MAY_CLAIM},
		[RELEASE] = {true, REF_MAY_RELEASE},
		[BIND] = {true, REF_MAY_BIND},
	};
	unsigned i = op < BIND ? op : BIND;
	uint32_t argument = i == BIND ? o.task : i == DISABLE ? o.feature : o.pasid;

	if (op == UNPLUG || op == DISABLE_VFS)
		return may_remove(ref, o.device, misuse);
	if (op == UNMAP && ref_partitions_forbid_unmap(ref, o.domain, o.page, o.count))
		return "partitions";
	if (call[i].asked && ref_partitions_forbid(ref, call[i].name, o.device, argument))
		return "partitions";
	if (misuse)
		return NULL;
	if (op == MAP)
		return ref_may_map(ref, o.domain, o.page, o.count);
	if (op == UNMAP)
		return ref_may_unmap(ref, o.domain, o.page, o.count);
	return call[i].asked ? ref_may(ref, call[i].name, o.device, argument) : NULL;
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
		return ref_exec(ref, o.task);
	case 4:
		return ref_exit(ref, o.task);
	case 5:
		return ref_exit_group(ref, o.task);
	case 6:
		return ref_mmap(ref, o.task, o.page, o.count, o.prot);
	case 7:
		return ref_munmap(ref, o.task, o.page, o.count);
	case 8:
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
		return ref_submit(ref, o.partition, o.task, o.page, o.prot & REF_WRITE);
	default:
		return ref_partition_bind(ref, o.partition, o.task);
	}
}

/* What errors may change: a PASID given, a domain finalised. */
static bool is_late(struct ref_result result)
{
	return (!strcmp(result.rule, "C-10") && result.error != -ENODEV) ||
	       (!strcmp(result.rule, "A-3") && result.error == -EINVAL);
}

static void random_call(struct ref *ref, uint32_t *seed, bool misuse)
{
	enum { PROCESS_OPS = 14, PARTITION_OPS = 14 };
	struct operands o = random_operands(seed, ref);
	unsigned op = next_random(seed, DEVICE_OPS + PROCESS_OPS +
						(ref->topology.num_partitions ? PARTITION_OPS : 0));
	struct ref before = *ref;
	struct ref_result result;

	if (op < DEVICE_OPS && may(ref, op, o, misuse))
		return;
	if (op < DEVICE_OPS)
		result = call_device_side(ref, op, o);
	else if (op < DEVICE_OPS + PROCESS_OPS)
		result = call_process_side(ref, op - DEVICE_OPS, o);
	else
		result = call_partitions(ref, op - DEVICE_OPS - PROCESS_OPS, o);
	assert_lawful(ref);
	assert_null(ref_check_seed(ref, REF_PART_ALL));
	assert_int_equal(result.num_calls, 0);
	assert_true(!result.error || *result.rule);
	if (result.error && !is_late(result))
		assert_memory_equal(ref, &before, sizeof(*ref));
}

/* Everything that a caller can give back. */
static void tear_down(struct ref *ref)
{
	for (uint8_t i = 0; i < ref->topology.num_partitions; i++)
		ref_partition_close(ref, i);
	for (uint8_t task = 0; task < REF_MAX_TASKS; task++)
		ref_exit(ref, task);
	for (uint8_t device = 0; device < ref->topology.num_devices; device++) {
		ref_unbind_all(ref, device);
		for (unsigned pasid = 0; pasid < REF_MAX_PASIDS; pasid++)
			ref_detach_pasid(ref, device, pasid);
		ref_shutdown(ref, device);
	}
	for (uint8_t device = 0; device < ref->topology.num_devices; device++) {
		ref_detach(ref, device);
		ref_release(ref, device);
	}
	for (uint8_t domain = 0; domain < ref->topology.num_domains; domain++)
		for (uint8_t page = 0; page < REF_SPACE_PAGES; page++)
			ref_unmap(ref, domain, page, 1);
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
	for (unsigned i = 0; i < ref->topology.num_devices; i++)
		assert_true(ref->device[i].domain == REF_NONE && !ref->device[i].claimed);
}

static bool has_domain_on_a_pasid(const struct ref *ref)
{
	for (unsigned group = 0; group < REF_MAX_DEVICES; group++)
		for (unsigned pasid = 0; pasid < 16; pasid++)
			if (ref_entry_is_domain(ref->group_table[group][pasid]))
				return true;
	return false;
}

static void linux_invariants_hold_after_any_calls(void **state)
{
	enum { TRACES = 800, CALLS = 100 };
	unsigned bonds = 0, quiesced = 0, domains = 0, associations = 0;
	uint32_t seed = 1;

	(void)state;
	for (unsigned trace = 0; trace < TRACES; trace++) {
		struct ref_topology topology = random_topology(&seed);
		bool misuse = trace % 4 == 3;
		struct ref ref = linux_with(topology);

		for (uint8_t device = 0; device < topology.num_devices; device++) {
			if (next_random(&seed, 3))
				ref_attach(&ref, device, (uint8_t)next_random(&seed, 2));
			ref_init(&ref, device, topology.device[device].stall, 0, 0);
		}
		for (unsigned call = 0; call < CALLS; call++) {
			random_call(&ref, &seed, misuse);
			bonds += ref.bonds != 0;
			associations += ref_usage(&ref).associations != 0;
			for (unsigned i = 0; i < REF_MAX_MMS; i++)
				quiesced += ref.mm[i].pasid && !ref.mm[i].users;
			domains += has_domain_on_a_pasid(&ref);
		}
		tear_down(&ref);
		assert_lawful(&ref);
		assert_nothing_left(&ref);
	}
	/* The sequences are not all errors. */
	assert_true(bonds > 10 * TRACES && quiesced > TRACES && domains > TRACES &&
		    associations > TRACES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(linux_invariants_hold_after_any_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
