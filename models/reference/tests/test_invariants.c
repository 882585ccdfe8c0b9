/* SPDX-License-Identifier: MIT */
/*
 * Contract, for io_mm: every named invariant fails on a state that breaks its statement. Those of
 * partitions and VMs, all of B rules, are in test_seed_invariants.c.
 * Run: the program itself.
 */
#include "fixture.h"

enum { P0, P1, P2, P3 }; /* tasks; their mms have the same index, P3 is in that of P1 */

/* A lawful state in which every relation has a member. */
static struct ref busy_machine(void)
{
	struct ref ref = machine_at_work(REF_FEAT_IOPF);

	OK(ref_mmap(&ref, P0, 0, 4, RW));
	OK(ref_mmap(&ref, P1, 0, 4, RW));
	OK(ref_fork(&ref, P0, P2));
	OK(ref_thread(&ref, P1, P3));
	OK(ref_map(&ref, A, 0, 2, RW));
	OK(ref_map(&ref, B, 0, 2, RW));
	assert_int_equal(OK(ref_bind(&ref, 0, P0, REF_FEAT_IOPF, true)).value, 1);
	assert_int_equal(OK(ref_bind(&ref, 1, P1, 0, true)).value, 2);
	assert_int_equal(OK(ref_bind(&ref, 2, P0, REF_FEAT_IOPF, true)).value, 1);
	return ref;
}

static void one_user_too_many(struct ref *ref)
{
	ref->mm[P1].users++;
}

static void task_in_a_space_that_is_none(struct ref *ref)
{
	ref->task[P3].mm = REF_MAX_MMS;
}

static void device_in_a_domain_that_is_none(struct ref *ref)
{
	ref->device[0].domain = 3;
}

static void device_that_the_machine_lacks(struct ref *ref)
{
	ref->topology.num_devices = 3;
}

static void bond_with_a_space_that_is_none(struct ref *ref)
{
	ref->bond[0].mm = REF_MAX_MMS;
}

static void bond_of_an_uninitialised_device(struct ref *ref)
{
	ref->device[0].initialised = 0;
}

static void bond_of_a_space_without_users(struct ref *ref)
{
	ref->mm[P0].users = 0;
}

static void same_pasid_twice(struct ref *ref)
{
	ref->mm[P1].pasid = ref->mm[P0].pasid;
}

static void slot_outside_the_set(struct ref *ref)
{
	ref->mm[P0].space.mapped &= ~1u;
}

static void slot_without_rights(struct ref *ref)
{
	ref->domain[A].space.slot[0].prot = 0;
}

static void param_of_a_device_without_group(struct ref *ref)
{
	ref->device[3].initialised = 1;
}

static void limits_without_param(struct ref *ref)
{
	ref->device[3].max_pasid = 15;
}

static void domain_of_a_device_without_group(struct ref *ref)
{
	ref->device[3].domain = A;
}

static void group_in_two_domains(struct ref *ref)
{
	ref->topology.device[2].group = ref->topology.device[1].group;
}

static void bond_in_a_group_of_two(struct ref *ref)
{
	ref->topology.device[1].group = ref->topology.device[0].group;
}

static void feature_that_is_none(struct ref *ref)
{
	ref->device[0].features |= 2;
}

static void limit_beyond_the_substreams(struct ref *ref)
{
	ref->device[0].max_pasid = 16;
}

static void limit_beyond_the_device(struct ref *ref)
{
	ref->device[2].max_pasid = 8;
}

static void limit_that_allows_pasid_0(struct ref *ref)
{
	ref->device[0].min_pasid = 0;
}

static void same_rid_twice(struct ref *ref)
{
	ref->topology.device[1].rid = ref->topology.device[0].rid;
}

static void same_bond_twice(struct ref *ref)
{
	ref->bond[REF_MAX_BONDS - 1] = ref->bond[0];
	ref->bonds |= UINT64_C(1) << (REF_MAX_BONDS - 1);
}

static void bond_left_behind_in_the_old_domain(struct ref *ref)
{
	ref->device[0].domain = B;
}

static void domain_that_stopped_translating(struct ref *ref)
{
	ref->topology.domain_type[A] = REF_DOMAIN_IDENTITY;
}

static void bonded_space_that_lost_its_pasid(struct ref *ref)
{
	ref->mm[P0].pasid = 0;
}

static void child_with_a_pasid(struct ref *ref)
{
	ref->mm[P2].pasid = 5;
}

static void child_with_flags(struct ref *ref)
{
	ref->mm[P2].flags = REF_FEAT_IOPF;
}

static void flags_that_the_device_lacks(struct ref *ref)
{
	ref->device[0].features = 0;
}

static void pasid_that_nobody_has(struct ref *ref)
{
	ref->pasid_owner[9] = P0;
}

static void pasid_of_another_owner(struct ref *ref)
{
	ref->pasid_owner[1] = P1;
}

static void limits_that_exclude_the_pasid(struct ref *ref)
{
	ref->device[0].min_pasid = 2;
}

static void dead_space_with_a_pasid(struct ref *ref)
{
	ref->mm[7].pasid = 3;
}

static void dead_space_with_a_mapping(struct ref *ref)
{
	ref->mm[7].space.mapped = 1;
}

static void thread_in_a_group_that_is_none(struct ref *ref)
{
	ref->task[P3].group = REF_NONE;
}

static void thread_in_another_space(struct ref *ref)
{
	ref->task[P3].group = ref->task[P0].group;
}

static void entry_for_pasid_0(struct ref *ref)
{
	ref->domain[A].table[0] = P0;
}

static void owner_of_pasid_0(struct ref *ref)
{
	ref->pasid_owner[0] = P0;
}

static void bond_without_entry(struct ref *ref)
{
	ref->domain[A].table[1] = REF_NONE;
}

static void entry_without_bond(struct ref *ref)
{
	ref->domain[B].table[2] = P1;
}

static void entry_of_another_owner(struct ref *ref)
{
	ref->domain[A].table[1] = P1;
}

static void absent_device_in_an_identity_domain(struct ref *ref)
{
	ref->device[1].domain = C;
	ref->device[1].present = 0;
}

static void absent_device_in_a_domain(struct ref *ref)
{
	ref->device[1].present = 0;
}

static void page_with_a_user_too_many(struct ref *ref)
{
	ref->page[ref->mm[P1].space.slot[0].page].users++;
}

static void page_that_nobody_maps(struct ref *ref)
{
	ref->page[REF_MAX_PAGES - 1].users = 1;
	ref->used_pages[REF_MAX_PAGES / 64 - 1] |= UINT64_C(1) << 63;
}

static void slot_that_leads_to_a_free_page(struct ref *ref)
{
	ref->page[ref->mm[P1].space.slot[0].page].users--;
	ref->page[ref->mm[P1].space.slot[1].page].users++;
}

static void shared_page_that_is_writable(struct ref *ref)
{
	ref->mm[P2].space.slot[0].state = REF_MAPPED;
}

static void process_page_in_a_private_table(struct ref *ref)
{
	ref->domain[A].space.slot[0].page = ref->mm[P1].space.slot[0].page;
}

static void page_in_two_private_tables(struct ref *ref)
{
	ref->domain[A].space.slot[0].page = ref->domain[B].space.slot[0].page;
}

static void private_page_swapped(struct ref *ref)
{
	ref->domain[A].space.slot[0].state |= REF_SWAPPED;
}

static void private_page_copy_on_write(struct ref *ref)
{
	ref->domain[A].space.slot[0].state |= REF_COW;
}

/* Device 2 is a VM's, and one of its processes has PASID 1 there. */
static void give_to_vm(struct ref *ref)
{
	ref->topology.num_vms = 1;
	ref->vm[0].running = 1;
	ref->device[2].vm = 0;
	ref->device[2].domain = REF_NONE;
	ref->mm[P2].vm = 0;
	ref->mm[P2].pasid = 1;
	ref->vm[0].bonded[2] = 1u << P2;
}

static void neighbour_of_a_vm_s_function(struct ref *ref)
{
	give_to_vm(ref);
	ref->topology.device[1].group = ref->topology.device[2].group;
}

static void function_of_a_vm_in_no_group(struct ref *ref)
{
	give_to_vm(ref);
	ref->topology.device[2].group = REF_NONE;
}

static void guest_pasid_that_the_function_cannot_send(struct ref *ref)
{
	give_to_vm(ref);
	ref->mm[P2].pasid = 1u << ref->topology.device[2].pasid_bits;
}

static void guest_pasid_beyond_the_substreams(struct ref *ref)
{
	give_to_vm(ref);
	ref->topology.ssid_bits = 0;
}

static const struct {
	const char *invariant;
	void (*corrupt)(struct ref *ref);
} corruptions[] = {
	{"space-users-are-tasks", one_user_too_many},
	{"space-users-are-tasks", task_in_a_space_that_is_none},
	{"device-one-domain", device_in_a_domain_that_is_none},
	{"device-one-domain", device_that_the_machine_lacks},
	{"bond-has-both-ends", bond_with_a_space_that_is_none},
	{"bond-has-both-ends", bond_of_an_uninitialised_device},
	{"bond-has-both-ends", bond_of_a_space_without_users},
	{"bond-has-both-ends", absent_device_in_a_domain},
	{"pasid-unique", same_pasid_twice},
	{"mapped-slot-has-page", slot_outside_the_set},
	{"mapped-slot-has-page", slot_without_rights},
	{"param-belongs-to-device", param_of_a_device_without_group},
	{"param-belongs-to-device", limits_without_param},
	{"group-one-domain", domain_of_a_device_without_group},
	{"group-one-domain", group_in_two_domains},
	{"bonded-device-alone-in-group", bond_in_a_group_of_two},
	{"features-known", feature_that_is_none},
	{"limits-within-hardware", limit_beyond_the_substreams},
	{"limits-within-hardware", limit_beyond_the_device},
	{"limits-within-hardware", limit_that_allows_pasid_0},
	{"rid-unique", same_rid_twice},
	{"bond-once", same_bond_twice},
	{"bond-in-current-domain", bond_left_behind_in_the_old_domain},
	{"identity-domain-has-no-bond", domain_that_stopped_translating},
	{"bonded-space-has-pasid", bonded_space_that_lost_its_pasid},
	{"unbonded-space-has-no-pasid", child_with_a_pasid},
	{"unbonded-space-has-no-pasid", child_with_flags},
	{"bond-flags-supported", flags_that_the_device_lacks},
	{"allocator-matches-spaces", pasid_that_nobody_has},
	{"allocator-matches-spaces", pasid_of_another_owner},
	{"pasid-within-device-limits", limits_that_exclude_the_pasid},
	{"dead-space-is-empty", dead_space_with_a_pasid},
	{"dead-space-is-empty", dead_space_with_a_mapping},
	{"thread-group-one-space", thread_in_another_space},
	{"thread-group-one-space", thread_in_a_group_that_is_none},
	{"entry-0-reserved", entry_for_pasid_0},
	{"entry-0-reserved", owner_of_pasid_0},
	{"entry-iff-bond", bond_without_entry},
	{"entry-iff-bond", entry_without_bond},
	{"entry-names-owner", entry_of_another_owner},
	{"table-of-domain", domain_that_stopped_translating},
	{"same-domain-same-reach", absent_device_in_a_domain},
	{"bind-reaches-whole-domain", bond_without_entry},
	{"bind-reaches-whole-domain", absent_device_in_a_domain},
	{"domain-is-the-collection", absent_device_in_a_domain},
	{"domain-is-the-collection", absent_device_in_an_identity_domain},
	{"vm-function-alone-in-group", neighbour_of_a_vm_s_function},
	{"vm-function-alone-in-group", function_of_a_vm_in_no_group},
	{"guest-pasid-within-function", guest_pasid_that_the_function_cannot_send},
	{"guest-pasid-within-function", guest_pasid_beyond_the_substreams},
	{"page-users-exact", page_with_a_user_too_many},
	{"page-users-exact", page_that_nobody_maps},
	{"page-users-exact", slot_that_leads_to_a_free_page},
	{"shared-page-is-cow", shared_page_that_is_writable},
	{"private-page-is-private", process_page_in_a_private_table},
	{"private-page-is-private", page_in_two_private_tables},
	{"private-table-is-plain", private_page_swapped},
	{"private-table-is-plain", private_page_copy_on_write},
	{"private-table-is-plain", domain_that_stopped_translating},
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

static void every_invariant_fails_on_a_state_that_breaks_it(void **state)
{
	(void)state;
	for (unsigned i = 0; i < NUM_CORRUPTIONS; i++) {
		const struct ref_invariant *invariant = find_invariant(corruptions[i].invariant);
		struct ref ref = busy_machine();

		assert_true(invariant->holds(&ref));
		corruptions[i].corrupt(&ref);
		if (invariant->holds(&ref))
			fail_msg("%s holds after corruption %u", invariant->name, i);
		assert_non_null(ref_check(&ref));
	}
}

static void no_invariant_is_without_a_state_that_breaks_it(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ref_num_invariants; i++) {
		unsigned found = 0;

		if (!(ref_invariants[i].policies & 1u << REF_POLICY_IO_MM) ||
		    *ref_invariants[i].rule == 'B')
			continue;
		for (unsigned j = 0; j < NUM_CORRUPTIONS; j++)
			found += !strcmp(corruptions[j].invariant, ref_invariants[i].name);
		if (!found)
			fail_msg("nothing breaks %s", ref_invariants[i].name);
	}
}

static void invariants_have_distinct_names_a_source_and_one_sentence(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ref_num_invariants; i++) {
		const struct ref_invariant *invariant = &ref_invariants[i];
		size_t length = strlen(invariant->text);

		assert_true(strlen(invariant->rule) > 2 && invariant->rule[1] == '-');
		assert_true(strlen(invariant->rule) + 1 + strlen(invariant->name) < 48);
		assert_true(strlen(invariant->source) > 0);
		assert_true(length > 20 && invariant->text[length - 1] == '.');
		assert_ptr_equal(find_invariant(invariant->name), invariant);
	}
}

static void check_names_the_first_invariant_that_is_broken(void **state)
{
	struct ref ref = busy_machine();

	(void)state;
	assert_null(ref_check(&ref));
	same_pasid_twice(&ref);
	assert_string_equal(ref_check(&ref)->rule, "B-9");
	assert_string_equal(ref_check(&ref)->name, "pasid-unique");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_invariant_fails_on_a_state_that_breaks_it),
		cmocka_unit_test(no_invariant_is_without_a_state_that_breaks_it),
		cmocka_unit_test(invariants_have_distinct_names_a_source_and_one_sentence),
		cmocka_unit_test(check_names_the_first_invariant_that_is_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
