/* SPDX-License-Identifier: MIT */
/*
 * Contract: every invariant of a B rule fails on a state that breaks its statement, where it can on no
 * other one's; and the quick check of them all, asked for any part of the state that can break it, says
 * the same as the table.
 * Run: the program itself.
 */
#include "shared_fixture.h"

#include <errno.h>

/* Indices of bonds and mms in the state below. */
enum { OF_PARTITIONS, OF_OTHER_P1, OF_OTHER_P0 };
enum { MM0, MM1, MM4, MM5, MM6, MM2 };

/* A lawful state in which every relation has a member. */
static struct ref busy_machine(void)
{
	struct ref ref = guests_at_work();

	OK(ref_mmap(&ref, P0, 0, 4, RW));
	OK(ref_mmap(&ref, P1, 0, 4, RW));
	OK(ref_fork(&ref, P0, P2));
	OK(ref_cpu(&ref, P0, 3, true));
	OK(ref_map(&ref, A, 0, 2, RW));
	OK(ref_map(&ref, B, 0, 2, RW));
	assert_int_equal(OK(ref_partition_bind(&ref, M0, P0)).value, 1);
	OK(ref_partition_bind(&ref, M1, P0));
	assert_int_equal(OK(ref_partition_bind(&ref, M2, P1)).value, 2);
	OK(ref_bind(&ref, OTHER, P0, 0, true));
	OK(ref_partition_map(&ref, M0, 4, 2, RW));
	OK(ref_partition_map(&ref, M1, 6, 2, RW));
	OK(ref_guest_bind(&ref, VF_A, P4));
	OK(ref_guest_bind(&ref, VF_A, P5));
	OK(ref_guest_bind(&ref, VF_B, P6));
	assert_int_equal(ref.task[P6].mm, MM6);
	assert_int_equal(ref.bond[OF_OTHER_P0].own, 1);
	return ref;
}

static void device_in_a_domain_that_is_none(struct ref *ref)
{
	ref->device[PF].domain = 3;
}

static void same_pasid_twice(struct ref *ref)
{
	ref->mm[MM1].pasid = ref->mm[MM0].pasid;
}

static void same_rid_twice(struct ref *ref)
{
	ref->topology.device[VF_A].rid = ref->topology.device[PF].rid;
}

static void domain_that_stopped_translating(struct ref *ref)
{
	ref->topology.domain_type[A] = REF_DOMAIN_IDENTITY;
}

static void absent_device_in_a_domain(struct ref *ref)
{
	ref->device[OTHER].present = 0;
}

static void absent_function_in_a_vm(struct ref *ref)
{
	ref->device[VF_B].present = 0;
}

static void function_in_a_domain_and_a_vm(struct ref *ref)
{
	ref->device[VF_A].domain = B;
}

static void range_that_is_not_in_the_table(struct ref *ref)
{
	ref->partition[M0].mapped |= 1u << 20;
}

static void range_in_an_identity_domain(struct ref *ref)
{
	ref->topology.domain_type[B] = REF_DOMAIN_IDENTITY;
	ref->topology.partition[M1].parent = VF_A;
}

static void ranges_of_two_partitions_overlap(struct ref *ref)
{
	ref->partition[M1].mapped |= 1u << 4;
}

static void ranges_of_two_parents_overlap(struct ref *ref)
{
	ref->partition[M2].mapped |= 1u << 4;
}

static void bond_that_nobody_wanted(struct ref *ref)
{
	ref->bond[OF_OTHER_P0].own = 0;
}

static void bond_for_a_partition_of_another_device(struct ref *ref)
{
	ref->bond[OF_PARTITIONS].partitions |= 1u << M2;
	ref->partition[M2].spaces |= 1u << MM0;
}

static void entry_without_bond(struct ref *ref)
{
	ref->domain[B].table[1] = MM0;
}

static void association_without_bond(struct ref *ref)
{
	ref->partition[M1].spaces |= 1u << MM1;
}

static void bond_without_association(struct ref *ref)
{
	ref->partition[M2].spaces = 0;
}

static void bond_that_forgot_a_partition(struct ref *ref)
{
	ref->bond[OF_PARTITIONS].partitions = 1u << M0;
}

static void bond_of_each_partition(struct ref *ref)
{
	ref->bond[REF_MAX_BONDS - 1] = ref->bond[OF_PARTITIONS];
	ref->bonds |= UINT64_C(1) << (REF_MAX_BONDS - 1);
	ref->bond[OF_PARTITIONS].partitions = 1u << M0;
	ref->bond[REF_MAX_BONDS - 1].partitions = 1u << M1;
}

static void own_mmu_with_a_mapping(struct ref *ref)
{
	ref->partition[M_OWN_MMU].mapped = 1;
}

static void own_mmu_with_a_process(struct ref *ref)
{
	ref->bond[OF_OTHER_P1].partitions |= 1u << M_OWN_MMU;
	ref->partition[M_OWN_MMU].spaces |= 1u << MM1;
}

static void own_mmu_in_a_bond(struct ref *ref)
{
	ref->bond[OF_OTHER_P0].partitions |= 1u << M_OWN_MMU;
}

static void own_mmu_in_a_vm(struct ref *ref)
{
	ref->partition[M_OWN_MMU].vm = V0;
}

static void partition_in_a_vm_beside_the_host(struct ref *ref)
{
	ref->partition[M2].vm = V0;
}

static void host_bond_of_a_vm_s_function(struct ref *ref)
{
	ref->bond[REF_MAX_BONDS - 1] = ref->bond[OF_OTHER_P0];
	ref->bond[REF_MAX_BONDS - 1].device = VF_A;
	ref->bonds |= UINT64_C(1) << (REF_MAX_BONDS - 1);
}

static void host_mapping_of_a_vm_s_function(struct ref *ref)
{
	ref->topology.partition[M1].parent = VF_A;
}

static void guest_bond_of_another_vm_s_function(struct ref *ref)
{
	ref->vm[V0].bonded[VF_B] = ref->vm[V0].bonded[VF_A];
}

static void guest_bond_of_another_vm_s_space(struct ref *ref)
{
	ref->vm[V0].bonded[VF_A] |= 1u << MM6;
}

static void guest_bond_in_a_vm_that_stopped(struct ref *ref)
{
	ref->vm[V1].running = 0;
}

static void guest_pasid_that_nobody_has(struct ref *ref)
{
	ref->vm[V0].pasid_owner[5] = MM4;
}

static void guest_pasid_of_another_space(struct ref *ref)
{
	ref->mm[MM4].pasid = 3;
}

static void guest_space_with_a_pasid_and_no_bond(struct ref *ref)
{
	ref->vm[V0].bonded[VF_A] = 1u << MM5;
}

static void guest_pasid_under_another_number(struct ref *ref)
{
	ref->vm[V0].pasid_owner[2] = MM4;
}

static void guest_pasid_of_another_vm_s_space(struct ref *ref)
{
	ref->vm[V0].pasid_owner[1] = MM6;
	ref->vm[V0].bonded[VF_A] |= 1u << MM6;
}

static void vf_without_its_pf(struct ref *ref)
{
	ref->device[PF].present = 0;
}

static void vf_that_is_there_and_disabled(struct ref *ref)
{
	ref->device[VF_A].disabled = 1;
}

static void function_that_is_no_vf_and_disabled(struct ref *ref)
{
	ref->device[OTHER].present = 0;
	ref->device[OTHER].disabled = 1;
}

static void function_in_a_vm_that_stopped(struct ref *ref)
{
	ref->vm[V1].running = 0;
	ref->vm[V1].bonded[VF_B] = 0;
}

static void function_of_a_vm_that_is_none(struct ref *ref)
{
	ref->device[VF_A].vm = REF_MAX_VMS;
}

static void pf_as_a_whole_in_a_vm(struct ref *ref)
{
	ref->topology.device[VF_B].vf_of = 0;
}

static void guest_that_outlives_its_vm(struct ref *ref)
{
	ref->device[VF_B].vm = REF_NONE;
	ref->vm[V1].bonded[VF_B] = 0;
	ref->vm[V1].running = 0;
	ref->vm[V1].pasid_owner[1] = REF_NONE;
	ref->mm[MM6].pasid = 0;
}

static void dead_space_in_a_vm(struct ref *ref)
{
	ref->mm[REF_MAX_MMS - 1].vm = V0;
}

static void host_bond_with_a_guest_s_space(struct ref *ref)
{
	ref->bond[OF_OTHER_P0].mm = MM4;
	ref->domain[A].table[1] = MM4;
}

/* As if another mapping of the page had appeared. */
static void share_page(struct ref *ref, unsigned from, unsigned slot, unsigned to)
{
	struct ref_mapping *other = &ref->mm[to].space.slot[0];

	ref->page[other->page].users--;
	other->page = ref->mm[from].space.slot[slot].page;
	ref->page[other->page].users++;
}

static void writable_page_in_two_processes(struct ref *ref)
{
	share_page(ref, MM0, 3, MM1);
}

static void writable_page_in_a_guest_and_a_process(struct ref *ref)
{
	share_page(ref, MM4, 0, MM1);
}

/* Lawful within one VM or on the host. */
static void copy_on_write_across_vms(struct ref *ref)
{
	share_page(ref, MM4, 0, MM6);
	ref->mm[MM4].space.slot[0].state |= REF_COW;
	ref->mm[MM6].space.slot[0].state |= REF_COW;
}

static void copy_on_write_in_a_guest_and_a_process(struct ref *ref)
{
	share_page(ref, MM4, 0, MM1);
	ref->mm[MM4].space.slot[0].state |= REF_COW;
	ref->mm[MM1].space.slot[0].state |= REF_COW;
}

static void process_page_in_a_private_table(struct ref *ref)
{
	ref->domain[A].space.slot[0].page = ref->mm[MM1].space.slot[0].page;
}

static void private_page_swapped(struct ref *ref)
{
	ref->domain[A].space.slot[0].state |= REF_SWAPPED;
}

static const struct {
	const char *invariant;
	bool alone; /* it breaks no other B rule */
	void (*corrupt)(struct ref *ref);
} corruptions[] = {
	{"device-one-domain", false, device_in_a_domain_that_is_none},
	{"pasid-unique", false, same_pasid_twice},
	{"rid-unique", true, same_rid_twice},
	{"table-of-domain", false, domain_that_stopped_translating},
	{"same-domain-same-reach", false, absent_device_in_a_domain},
	{"domain-is-the-collection", false, absent_device_in_a_domain},
	{"domain-is-the-collection", false, absent_function_in_a_vm},
	{"no-table-per-mdev", true, range_that_is_not_in_the_table},
	{"no-table-per-mdev", false, range_in_an_identity_domain},
	{"mdev-private-ranges-disjoint", true, ranges_of_two_partitions_overlap},
	{"mdev-private-ranges-disjoint", true, ranges_of_two_parents_overlap},
	{"mediator-binds", true, bond_that_nobody_wanted},
	{"mediator-binds", true, bond_for_a_partition_of_another_device},
	{"pasid-needs-bond", true, entry_without_bond},
	{"association-needs-bond", true, association_without_bond},
	{"association-needs-bond", true, bond_without_association},
	{"association-needs-bond", false, bond_that_forgot_a_partition},
	{"partitions-share-bond", false, bond_that_forgot_a_partition},
	{"partitions-share-bond", true, bond_of_each_partition},
	{"own-mmu-is-outside", true, own_mmu_with_a_mapping},
	{"own-mmu-is-outside", true, own_mmu_with_a_process},
	{"own-mmu-is-outside", false, own_mmu_in_a_bond},
	{"own-mmu-is-outside", false, own_mmu_in_a_vm},
	{"one-guest-per-rid", true, partition_in_a_vm_beside_the_host},
	{"one-guest-per-rid", true, host_bond_of_a_vm_s_function},
	{"pasid-needs-bond", false, guest_pasid_of_another_vm_s_space},
	{"pasid-needs-bond", false, guest_pasid_under_another_number},
	{"pasid-needs-bond", false, function_of_a_vm_that_is_none},
	{"vf-needs-pf", false, vf_without_its_pf},
	{"vf-needs-pf", true, vf_that_is_there_and_disabled},
	{"vf-needs-pf", false, function_that_is_no_vf_and_disabled},
	{"vm-has-vf-or-partition", false, function_in_a_vm_that_stopped},
	{"vm-has-vf-or-partition", false, function_of_a_vm_that_is_none},
	{"vm-has-vf-or-partition", true, pf_as_a_whole_in_a_vm},
	{"vms-share-nothing", true, guest_that_outlives_its_vm},
	{"vms-share-nothing", true, dead_space_in_a_vm},
	{"vms-share-nothing", false, host_bond_with_a_guest_s_space},
	{"vm-memory-own", true, copy_on_write_across_vms},
	{"vm-memory-own", true, copy_on_write_in_a_guest_and_a_process},
	{"one-guest-per-rid", false, host_mapping_of_a_vm_s_function},
	{"vms-share-nothing", true, guest_bond_of_another_vm_s_function},
	{"vms-share-nothing", false, guest_bond_of_another_vm_s_space},
	{"vms-share-nothing", false, guest_bond_in_a_vm_that_stopped},
	{"vm-has-vf-or-partition", false, function_in_a_domain_and_a_vm},
	{"guest-pasids-own", true, guest_pasid_that_nobody_has},
	{"guest-pasids-own", false, guest_pasid_of_another_space},
	{"guest-pasids-own", true, guest_space_with_a_pasid_and_no_bond},
	{"same-va-other-space", true, writable_page_in_two_processes},
	{"same-va-other-space", false, writable_page_in_a_guest_and_a_process},
	{"private-page-is-private", true, process_page_in_a_private_table},
	{"private-table-is-plain", true, private_page_swapped},
};
enum { NUM_CORRUPTIONS = sizeof(corruptions) / sizeof(corruptions[0]) };

/* Of a B rule, and of the policy. */
static bool is_seed(const struct ref *ref, const struct ref_invariant *invariant)
{
	return *invariant->rule == 'B' && invariant->policies >> ref->topology.policy & 1;
}

static const struct ref_invariant *first_broken(const struct ref *ref)
{
	for (unsigned i = 0; i < ref_num_invariants; i++)
		if (is_seed(ref, &ref_invariants[i]) && !ref_invariants[i].holds(ref))
			return &ref_invariants[i];
	return NULL;
}

static const struct ref_invariant *find_invariant(const char *name)
{
	for (unsigned i = 0; i < ref_num_invariants; i++)
		if (!strcmp(ref_invariants[i].name, name))
			return &ref_invariants[i];
	fail_msg("no invariant is named %s", name);
	return NULL;
}

static void assert_alone(const struct ref *ref, const struct ref_invariant *broken)
{
	for (unsigned i = 0; i < ref_num_invariants; i++)
		if (is_seed(ref, &ref_invariants[i]) && &ref_invariants[i] != broken &&
		    !ref_invariants[i].holds(ref))
			fail_msg("%s is broken with %s", ref_invariants[i].name, broken->name);
}

static void every_b_invariant_fails_on_a_state_that_breaks_it(void **state)
{
	(void)state;
	for (unsigned i = 0; i < NUM_CORRUPTIONS; i++) {
		const struct ref_invariant *invariant = find_invariant(corruptions[i].invariant);
		struct ref ref = busy_machine();

		assert_true(invariant->holds(&ref));
		corruptions[i].corrupt(&ref);
		if (invariant->holds(&ref))
			fail_msg("%s holds after corruption %u", invariant->name, i);
		if (corruptions[i].alone)
			assert_alone(&ref, invariant);
	}
}

static void no_b_invariant_is_without_a_state_that_breaks_it(void **state)
{
	struct ref ref = busy_machine();

	(void)state;
	for (unsigned i = 0; i < ref_num_invariants; i++) {
		unsigned found = 0;

		for (unsigned j = 0; j < NUM_CORRUPTIONS; j++)
			found += !strcmp(corruptions[j].invariant, ref_invariants[i].name);
		if (is_seed(&ref, &ref_invariants[i]) && !found)
			fail_msg("nothing breaks %s", ref_invariants[i].name);
	}
}

static void quick_check_says_what_the_table_says(void **state)
{
	struct ref good = busy_machine();

	(void)state;
	assert_null(ref_check_seed(&good, REF_PART_ALL));
	for (unsigned i = 0; i < NUM_CORRUPTIONS; i++) {
		const struct ref_invariant *invariant = find_invariant(corruptions[i].invariant);
		struct ref ref = good;

		corruptions[i].corrupt(&ref);
		assert_ptr_equal(ref_check_seed(&ref, REF_PART_ALL), first_broken(&ref));
		for (unsigned part = 1; part < REF_PART_ALL; part <<= 1)
			if (invariant->parts & part && !ref_check_seed(&ref, part))
				fail_msg("%s is not found by part %u", invariant->name, part);
	}
}

static void quick_check_is_of_b_rules_only(void **state)
{
	struct ref ref = busy_machine();

	(void)state;
	ref.device[PF].features |= 2;
	assert_null(ref_check_seed(&ref, REF_PART_ALL));
	assert_string_equal(ref_check(&ref)->name, "features-known");
}

static void two_guests_below_one_requester_id_are_let_be_when_the_trace_says_so(void **state)
{
	struct ref_topology topology = shared_topology();
	struct ref ref;

	(void)state;
	topology.shared_rid = 1;
	ref = guests_with(topology);
	OK(ref_assign_partition(&ref, V0, M0));
	OK(ref_assign_partition(&ref, V1, M1));
	assert_null(ref_check_seed(&ref, REF_PART_ALL));
	ref.topology.shared_rid = 0;
	assert_string_equal(ref_check_seed(&ref, REF_PART_ALL)->name, "one-guest-per-rid");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_b_invariant_fails_on_a_state_that_breaks_it),
		cmocka_unit_test(no_b_invariant_is_without_a_state_that_breaks_it),
		cmocka_unit_test(quick_check_says_what_the_table_says),
		cmocka_unit_test(quick_check_is_of_b_rules_only),
		cmocka_unit_test(
			two_guests_below_one_requester_id_are_let_be_when_the_trace_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
