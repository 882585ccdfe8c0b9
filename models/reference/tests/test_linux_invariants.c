/* SPDX-License-Identifier: MIT */
/*
 * Contract, for the Linux policies: every invariant fails on a state that breaks its statement.
 * Run: the program itself.
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_linux_invariant_fails_on_a_state_that_breaks_it),
		cmocka_unit_test(no_linux_invariant_is_without_a_state_that_breaks_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
