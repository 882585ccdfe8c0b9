/* SPDX-License-Identifier: MIT */
/*
 * Contract, for the Linux policies: every invariant fails on a state that breaks its statement, all
 * of them hold after any sequence of calls, rightly made or not, and a complete teardown leaves
 * nothing.
 * Run: the program itself; the random sequences are the same every time.
 */
#include "linux_fixture.h"

/* P0 on d0 twice, P1 on d1, P0 on d2; P2 is P0's child, P3 exited and is still bound to d0. */
static struct ref busy(unsigned policy)
{
	struct ref ref = linux_at_work(policy);

	OK(ref_mmap(&ref, P0, 0, 4, RW));
	OK(ref_fork(&ref, P0, P2));
	OK(ref_map(&ref, A, 0, 2, RW));
	OK(ref_map(&ref, B, 0, 2, RW));
	OK(bind(&ref, 0, P0));
	OK(bind(&ref, 0, P0));
	OK(bind(&ref, 1, P1));
	OK(bind(&ref, 2, P0));
	OK(ref_spawn(&ref, P3));
	OK(bind(&ref, 0, P3));
	OK(ref_exit(&ref, P3));
	if (policy == L612)
		OK(ref_attach_pasid(&ref, 1, B, 9));
	return ref;
}

/* The mm of P0 and P1 is their number, that of P3 is 3. */

static void bond_with_a_space_without_pasid(struct ref *ref)
{
	ref->mm[P1].pasid = 0;
}

static void bond_of_a_device_that_is_gone(struct ref *ref)
{
	ref->device[1].present = 0;
}

static void bond_in_a_domain_that_is_none(struct ref *ref)
{
	ref->bond[0].domain = 3;
}

static void bond_that_nobody_holds(struct ref *ref)
{
	ref->bond[0].refs[0] = 0;
}

static void claim_of_half_a_group(struct ref *ref)
{
	ref->topology.device[1].group = ref->topology.device[0].group;
	ref->device[0].claimed = 1;
}

static void identity_domain_without_claim(struct ref *ref)
{
	ref->device[1].domain = C;
}

static void claim_of_a_device_without_group(struct ref *ref)
{
	ref->device[3].claimed = 1;
}

static void sva_without_pasid_bits(struct ref *ref)
{
	ref->topology.device[1].pasid_bits = 0;
}

static void page_faults_without_stalls(struct ref *ref)
{
	ref->topology.device[2].stall = 0;
}

static void sva_that_should_have_page_faults(struct ref *ref)
{
	ref->device[2].features = 0;
}

static void limits_of_another_policy(struct ref *ref)
{
	ref->device[0].max_pasid = 3;
}

static void handle_of_a_stranger(struct ref *ref)
{
	ref->bond[0].refs[2] = 1;
}

static void handle_of_a_device_that_is_gone(struct ref *ref)
{
	ref->device[0].present = 0;
}

static void pasid_beyond_the_device(struct ref *ref)
{
	ref->topology.device[2].pasid_bits = 0;
}

static void pasid_of_a_space_that_nobody_refers_to(struct ref *ref)
{
	ref->mm[7].pasid = 7;
}

static void flags_of_another_policy(struct ref *ref)
{
	ref->mm[P0].flags = REF_FEAT_IOPF;
}

static void exited_space_with_a_mapping(struct ref *ref)
{
	ref->mm[P3].space.mapped = 1;
}

static void shared_domain_without_table(struct ref *ref)
{
	ref->domain[A].finalised = 0;
}

static void domain_before_another_smmu(struct ref *ref)
{
	ref->domain[A].smmu = 1;
}

/* d1 has B on PASID 9 and is in A. */
static void domain_on_a_pasid_before_another_smmu(struct ref *ref)
{
	ref->device[2].domain = REF_NONE;
	ref->domain[B].smmu = 1;
}

static void shared_domain_with_other_bits(struct ref *ref)
{
	ref->domain[B].ssid_bits = 2;
}

static void bond_without_array_entry(struct ref *ref)
{
	ref->group_table[0][1] = REF_NONE;
}

static void array_entry_without_bond(struct ref *ref)
{
	ref->group_table[1][1] = P0;
}

static void array_entry_of_a_stranger_s_domain(struct ref *ref)
{
	ref->group_table[0][9] = ref->group_table[1][9];
}

static void array_entry_of_an_identity_domain(struct ref *ref)
{
	ref->topology.domain_type[B] = REF_DOMAIN_IDENTITY;
}

static void group_with_two_widths(struct ref *ref)
{
	ref->topology.device[1].group = ref->topology.device[0].group;
	ref->topology.device[1].pasid_bits = 1;
}

static void holder_in_another_domain(struct ref *ref)
{
	ref->device[0].domain = B;
}

static void space_exited_without_a_trace(struct ref *ref)
{
	ref->group_table[0][3] = REF_NONE;
	ref->domain[A].table[3] = REF_NONE;
}

static void process_for_pasid_0(struct ref *ref)
{
	ref->domain[A].table[0] = P0;
	ref->group_table[0][0] = P0;
}

static void same_pasid_twice(struct ref *ref)
{
	ref->mm[P1].pasid = ref->mm[P0].pasid;
}

static void same_handle_twice(struct ref *ref)
{
	ref->bond[REF_MAX_BONDS - 1] = ref->bond[0];
	ref->bonds |= UINT64_C(1) << (REF_MAX_BONDS - 1);
}

enum { ON_6_1 = 1 << L61, ON_6_12 = 1 << L612, ON_BOTH = ON_6_1 | ON_6_12 };

static const struct {
	const char *invariant;
	void (*corrupt)(struct ref *ref);
	unsigned policies;
} corruptions[] = {
	{"handle-has-both-ends", bond_with_a_space_without_pasid, ON_BOTH},
	{"handle-has-both-ends", bond_of_a_device_that_is_gone, ON_BOTH},
	{"handle-has-both-ends", bond_in_a_domain_that_is_none, ON_BOTH},
	{"handle-has-both-ends", bond_that_nobody_holds, ON_BOTH},
	{"group-one-owner", claim_of_half_a_group, ON_BOTH},
	{"group-one-owner", identity_domain_without_claim, ON_BOTH},
	{"group-one-owner", claim_of_a_device_without_group, ON_BOTH},
	{"features-supported", sva_without_pasid_bits, ON_BOTH},
	{"features-supported", page_faults_without_stalls, ON_BOTH},
	{"features-supported", sva_that_should_have_page_faults, ON_BOTH},
	{"features-supported", limits_of_another_policy, ON_BOTH},
	{"handle-of-holders", handle_of_a_stranger, ON_BOTH},
	{"handle-of-holders", handle_of_a_device_that_is_gone, ON_BOTH},
	{"pasid-fits-devices", pasid_beyond_the_device, ON_BOTH},
	{"pasid-fits-devices", group_with_two_widths, ON_6_12},
	{"pasid-while-referenced", pasid_of_a_space_that_nobody_refers_to, ON_BOTH},
	{"pasid-while-referenced", flags_of_another_policy, ON_BOTH},
	{"exited-space-is-unmapped", exited_space_with_a_mapping, ON_BOTH},
	{"table-since-first-attach", shared_domain_without_table, ON_6_1},
	{"table-since-first-attach", shared_domain_with_other_bits, ON_6_1},
	{"domain-of-one-smmu", domain_before_another_smmu, ON_BOTH},
	{"domain-of-one-smmu", domain_on_a_pasid_before_another_smmu, ON_6_12},
	{"array-iff-attached", bond_without_array_entry, ON_6_12},
	{"array-iff-attached", array_entry_without_bond, ON_6_12},
	{"array-iff-attached", array_entry_of_a_stranger_s_domain, ON_6_12},
	{"array-iff-attached", array_entry_of_an_identity_domain, ON_6_12},
	{"same-group-same-reach", group_with_two_widths, ON_6_12},
	{"quiesced-exactly-after-exit", space_exited_without_a_trace, ON_BOTH},
	{"quiesced-exactly-after-exit", holder_in_another_domain, ON_6_1},
	{"no-process-without-pasid", process_for_pasid_0, ON_BOTH},
	/* Of the invariants that io_mm has as well, those that look at other parts of the state. */
	{"pasid-unique", same_pasid_twice, ON_BOTH},
	{"bond-once", same_handle_twice, ON_BOTH},
	{"bond-in-current-domain", holder_in_another_domain, ON_6_1},
	{"entry-0-reserved", process_for_pasid_0, ON_BOTH},
	{"entry-iff-bond", space_exited_without_a_trace, ON_6_1},
	{"bind-reaches-whole-domain", space_exited_without_a_trace, ON_6_1},
};
enum { NUM_CORRUPTIONS = sizeof(corruptions) / sizeof(corruptions[0]) };

static const struct ref_invariant *find_invariant(const char *name)
{
	for (unsigned i = 0; i < ref_num_invariants; i++)
		if (!strcmp(ref_invariants[i].name, name))
			return &ref_invariants[i];
	fail_msg("no invariant is named %s", name);
	return NULL;
}

static void every_linux_invariant_fails_on_a_state_that_breaks_it(void **state)
{
	(void)state;
	for (unsigned i = 0; i < NUM_CORRUPTIONS; i++) {
		const struct ref_invariant *invariant = find_invariant(corruptions[i].invariant);

		FOR_BOTH(policy)
		{
			struct ref ref = busy(policy);

			if (!(corruptions[i].policies & 1u << policy))
				continue;
			assert_true(invariant->policies & 1u << policy);
			assert_true(invariant->holds(&ref));
			corruptions[i].corrupt(&ref);
			if (invariant->holds(&ref))
				fail_msg("%s holds after corruption %u", invariant->name, i);
			assert_non_null(ref_check(&ref));
		}
	}
}

static void no_linux_invariant_is_without_a_state_that_breaks_it(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ref_num_invariants; i++) {
		unsigned found = 0;

		for (unsigned j = 0; j < NUM_CORRUPTIONS; j++)
			if (!strcmp(corruptions[j].invariant, ref_invariants[i].name))
				found |= corruptions[j].policies;
		if (!(ref_invariants[i].policies & 1u << REF_POLICY_IO_MM) &&
		    found != ref_invariants[i].policies)
			fail_msg("nothing breaks %s", ref_invariants[i].name);
	}
}

/* Random calls. */

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
	return topology;
}

struct operands {
	uint8_t device, domain, task, other, page, count, prot, pasid;
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
	default:
		return bind(ref, o.device, o.task);
	}
}

/* Why the caller must not. */
static const char *may(const struct ref *ref, unsigned op, struct operands o)
{
	static const struct {
		bool asked;
		enum ref_call_name name;
	} call[BIND + 1] = {
		[SHUTDOWN] = {true, REF_MAY_SHUTDOWN},
		[ATTACH] = {true, REF_MAY_ATTACH},
		[DETACH] = {true, REF_MAY_DETACH},
		[UNBIND] = {true, REF_MAY_UNBIND},
		[UNPLUG] = {true, REF_MAY_UNPLUG},
		[DISABLE] = {true, REF_MAY_DISABLE},
		[DETACH_PASID] = {true, REF_MAY_DETACH_PASID},
		[CLAIM] = {true, REF_MAY_CLAIM},
		[RELEASE] = {true, REF_MAY_RELEASE},
		[BIND] = {true, REF_MAY_BIND},
	};
	unsigned i = op < BIND ? op : BIND;
	uint32_t argument = i == BIND ? o.task : i == DISABLE ? o.feature : o.pasid;

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

/* What errors may change: a PASID given, a domain finalised. */
static bool is_late(struct ref_result result)
{
	return (!strcmp(result.rule, "C-10") && result.error != -ENODEV) ||
	       (!strcmp(result.rule, "A-3") && result.error == -EINVAL);
}

static void random_call(struct ref *ref, uint32_t *seed, bool misuse)
{
	enum { PROCESS_OPS = 14 };
	struct operands o = random_operands(seed, ref);
	unsigned op = next_random(seed, DEVICE_OPS + PROCESS_OPS);
	struct ref before = *ref;
	struct ref_result result;

	if (op < DEVICE_OPS && !misuse && may(ref, op, o))
		return;
	result = op < DEVICE_OPS ? call_device_side(ref, op, o)
				 : call_process_side(ref, op - DEVICE_OPS, o);
	assert_lawful(ref);
	assert_int_equal(result.num_calls, 0);
	assert_true(!result.error || *result.rule);
	if (result.error && !is_late(result))
		assert_memory_equal(ref, &before, sizeof(*ref));
}

/* Everything that a caller can give back. */
static void tear_down(struct ref *ref)
{
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
	unsigned bonds = 0, quiesced = 0, domains = 0;
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
			for (unsigned i = 0; i < REF_MAX_MMS; i++)
				quiesced += ref.mm[i].pasid && !ref.mm[i].users;
			domains += has_domain_on_a_pasid(&ref);
		}
		tear_down(&ref);
		assert_lawful(&ref);
		assert_nothing_left(&ref);
	}
	/* The sequences are not all errors. */
	assert_true(bonds > 10 * TRACES && quiesced > TRACES && domains > TRACES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_linux_invariant_fails_on_a_state_that_breaks_it),
		cmocka_unit_test(no_linux_invariant_is_without_a_state_that_breaks_it),
		cmocka_unit_test(linux_invariants_hold_after_any_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
