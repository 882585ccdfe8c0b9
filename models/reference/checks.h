/* SPDX-License-Identifier: MIT */
/*
 * What the state must satisfy between any two calls: one check per entry of ref_invariants, where
 * the statements are. No check trusts how an operation keeps its relation: each derives the same
 * fact another way.
 */
#ifndef SVAREF_CHECKS_H
#define SVAREF_CHECKS_H

#include "linux.h"

/* The bond after `bond`, the first after NULL; NULL at the end. */
static inline const struct ref_bond *ref_next_bond(const struct ref *ref,
						   const struct ref_bond *bond)
{
	uint64_t rest = ref->bonds;

	if (bond) /* two shifts: the last bond leaves an empty set */
		rest &= UINT64_MAX << (bond - ref->bond) << 1;
	return rest ? &ref->bond[ref_first_bond(rest)] : NULL;
}

/* Places of ref.mm that can be taken: without exited spaces, those of as many as there are tasks. */
static inline unsigned ref_mm_slots(const struct ref *ref)
{
	return ref_is_linux(ref) ? REF_MAX_MMS : REF_MAX_TASKS;
}

static inline bool ref_same_target(struct ref_target a, struct ref_target b)
{
	return a.kind == b.kind && a.index == b.index;
}

/* Of the host: its PASID is of the global space (B-9), and tables of domains are about it. */
static inline bool ref_has_host_pasid(const struct ref_mm *mm)
{
	return mm->pasid && mm->vm == REF_NONE;
}

/* Set of the mms that have one: without branches, which nobody could predict. */
static inline unsigned ref_host_pasids(const struct ref *ref)
{
	unsigned slots = ref_mm_slots(ref), set = 0;

	for (unsigned i = 0; i < slots; i++)
		set |= (unsigned)((ref->mm[i].pasid != 0) & (ref->mm[i].vm == REF_NONE)) << i;
	return set;
}

static inline bool ref_index_or_none(unsigned index, unsigned limit)
{
	return index < limit || index == REF_NONE;
}

bool ref_holds_device_has_one_domain(const struct ref *ref);
bool ref_holds_param_belongs_to_device(const struct ref *ref);
bool ref_holds_group_has_one_domain(const struct ref *ref);
bool ref_holds_bonded_device_is_alone_in_group(const struct ref *ref);
bool ref_holds_features_known(const struct ref *ref);
bool ref_holds_limits_within_hardware(const struct ref *ref);
bool ref_holds_rid_unique(const struct ref *ref);
bool ref_holds_bond_has_both_ends(const struct ref *ref);
bool ref_holds_bond_once(const struct ref *ref);
bool ref_holds_bond_in_current_domain(const struct ref *ref);
bool ref_holds_identity_domain_has_no_bond(const struct ref *ref);
bool ref_holds_bonded_space_has_pasid(const struct ref *ref);
bool ref_holds_unbonded_space_has_no_pasid(const struct ref *ref);
bool ref_holds_bond_flags_supported(const struct ref *ref);
bool ref_holds_pasid_unique(const struct ref *ref);
bool ref_holds_pasid_within_device_limits(const struct ref *ref);
bool ref_holds_entry_0_reserved(const struct ref *ref);
bool ref_holds_allocator_matches_spaces(const struct ref *ref);
bool ref_holds_entry_iff_bond(const struct ref *ref);
bool ref_holds_entry_names_owner(const struct ref *ref);
bool ref_holds_same_domain_same_reach(const struct ref *ref);
bool ref_holds_bind_reaches_whole_domain(const struct ref *ref);
bool ref_holds_domain_is_the_collection(const struct ref *ref);
bool ref_holds_table_comes_from_domain(const struct ref *ref);
bool ref_holds_space_users_are_tasks(const struct ref *ref);
bool ref_holds_thread_group_has_one_space(const struct ref *ref);
bool ref_holds_dead_space_is_empty(const struct ref *ref);
bool ref_holds_pasid_needs_bond(const struct ref *ref);
bool ref_holds_same_va_other_space(const struct ref *ref);
bool ref_holds_mapped_slots_have_pages(const struct ref *ref);
bool ref_holds_page_users_exact(const struct ref *ref);
bool ref_holds_shared_pages_are_cow(const struct ref *ref);
bool ref_holds_private_pages_are_private(const struct ref *ref);
bool ref_holds_private_table_is_plain(const struct ref *ref);

/* Partitions and VMs. */
bool ref_holds_no_table_per_mdev(const struct ref *ref);
bool ref_holds_mdev_private_ranges_disjoint(const struct ref *ref);
bool ref_holds_mediator_binds(const struct ref *ref);
bool ref_holds_association_needs_bond(const struct ref *ref);
bool ref_holds_partitions_share_bond(const struct ref *ref);
bool ref_holds_own_mmu_is_outside(const struct ref *ref);
bool ref_holds_vf_needs_pf(const struct ref *ref);
bool ref_holds_one_guest_per_rid(const struct ref *ref);
bool ref_holds_vm_has_vf_or_partition(const struct ref *ref);
bool ref_holds_vm_function_is_alone_in_group(const struct ref *ref);
bool ref_holds_vms_share_nothing(const struct ref *ref);
bool ref_holds_guest_pasids_own(const struct ref *ref);
bool ref_holds_guest_pasid_within_function(const struct ref *ref);
bool ref_holds_vm_memory_is_own(const struct ref *ref);

/* Linux policies. */
bool ref_holds_handle_has_both_ends(const struct ref *ref);
bool ref_holds_group_has_one_owner(const struct ref *ref);
bool ref_holds_features_supported(const struct ref *ref);
bool ref_holds_handle_of_holders(const struct ref *ref);
bool ref_holds_pasid_fits_devices(const struct ref *ref);
bool ref_holds_pasid_while_referenced(const struct ref *ref);
bool ref_holds_exited_space_is_unmapped(const struct ref *ref);
bool ref_holds_table_since_first_attach(const struct ref *ref);
bool ref_holds_domain_of_one_smmu(const struct ref *ref);
bool ref_holds_array_iff_attached(const struct ref *ref);
bool ref_holds_same_group_same_reach(const struct ref *ref);
bool ref_holds_quiesced_exactly_after_exit(const struct ref *ref);
bool ref_holds_no_process_without_pasid(const struct ref *ref);

#endif
