/* SPDX-License-Identifier: MIT */
/*
 * The named invariants. The first entries keep indices in range, so that the checks of the later
 * ones may follow them; ref_check() stops at the first that fails.
 */
#include "checks.h"

/* Whose states satisfy it; TABLE: the policies with a PASID table for each domain. */
enum {
	IO_MM = 1 << REF_POLICY_IO_MM,
	L61 = 1 << REF_POLICY_LINUX_6_1,
	L612 = 1 << REF_POLICY_LINUX_6_12,
	LINUX = L61 | L612,
	TABLE = IO_MM | L61,
	ALL = IO_MM | LINUX,
};

/* clang-format off */
const struct ref_invariant ref_invariants[] = {
	/* Indices. */
	{"A-48", "space-users-are-tasks", "sva.rst",
	 "An address space has as many users as there are tasks in it, and lives as long as one does.",
	 ref_holds_space_users_are_tasks, REF_PART_RELATIONS, ALL},
	{"B-2", "device-one-domain", "SEED",
	 "A device is in no domain or in exactly one that exists; none exists per PASID.",
	 ref_holds_device_has_one_domain, REF_PART_RELATIONS, ALL},
	{"A-5", "bond-has-both-ends", "P2-03",
	 "A bond joins a present, initialised device and a live address space in a domain.",
	 ref_holds_bond_has_both_ends, REF_PART_RELATIONS, IO_MM},
	{"A-5", "handle-has-both-ends", "M61, sva.rst",
	 "A bond joins a device and an address space with a PASID, and a device of its group holds it.",
	 ref_holds_handle_has_both_ends, REF_PART_RELATIONS, LINUX},
	{"B-9", "pasid-unique", "SEED, P2-03",
	 "No two live address spaces have the same PASID.",
	 ref_holds_pasid_unique, REF_PART_RELATIONS, ALL},
	{"D-1", "mapped-slot-has-page", "sva.rst",
	 "A slot of a mapping has a page and rights; a slot outside of every mapping is blank.",
	 ref_holds_mapped_slots_have_pages, REF_PART_MEMORY, ALL},

	/* Devices and groups. */
	{"A-1", "param-belongs-to-device", "P2-03, K18",
	 "Only a present device in a group has an SVA parameter; without it no features, no limits.",
	 ref_holds_param_belongs_to_device, REF_PART_RELATIONS, IO_MM},
	{"A-2", "group-one-domain", "P2-02",
	 "All present devices of a group are in the same domain; a device without a group is in none.",
	 ref_holds_group_has_one_domain, REF_PART_RELATIONS, ALL},
	{"A-2", "bonded-device-alone-in-group", "P2-02",
	 "A device with a bond is the only one of its group, but for those that were hot-added later.",
	 ref_holds_bonded_device_is_alone_in_group, REF_PART_RELATIONS, TABLE},
	{"A-12", "features-known", "K18, J18",
	 "A device is initialised with no other feature than I/O page faults.",
	 ref_holds_features_known, REF_PART_RELATIONS, ALL},
	{"A-14", "limits-within-hardware", "K18, R-EA3, P2-28",
	 "The limits of an initialised device exclude PASID 0 and what device or IOMMU cannot express.",
	 ref_holds_limits_within_hardware, REF_PART_RELATIONS, IO_MM},
	{"B-8", "rid-unique", "SEED",
	 "Two functions never have the same requester id.",
	 ref_holds_rid_unique, REF_PART_RELATIONS, ALL},

	/* Bonds and io_mms. */
	{"A-5", "bond-once", "P2-02, R-JC",
	 "There is at most one bond of a device and an address space.",
	 ref_holds_bond_once, REF_PART_RELATIONS, ALL},
	{"A-36", "bond-in-current-domain", "P2-28",
	 "A bond is in the domain that its device is in now: bonds do not survive a change of domain.",
	 ref_holds_bond_in_current_domain, REF_PART_RELATIONS, TABLE},
	{"A-4", "identity-domain-has-no-bond", "P2-28",
	 "No bond is in a domain that does not translate.",
	 ref_holds_identity_domain_has_no_bond, REF_PART_RELATIONS, TABLE},
	{"A-4", "bonded-space-has-pasid", "P2-03, P2-05",
	 "An address space with a bond has an io_mm, and so a PASID.",
	 ref_holds_bonded_space_has_pasid, REF_PART_RELATIONS, ALL},
	{"A-46", "unbonded-space-has-no-pasid", "P2-05, sva.rst",
	 "An address space without a bond has no PASID: a child starts so, the last put ends so.",
	 ref_holds_unbonded_space_has_no_pasid, REF_PART_RELATIONS, IO_MM},
	{"A-4", "bond-flags-supported", "P2-03, R-EA2",
	 "The flags of an io_mm are features of every device bound to it.",
	 ref_holds_bond_flags_supported, REF_PART_RELATIONS, IO_MM},
	{"A-6", "allocator-matches-spaces", "P2-03",
	 "The global allocator has given out a PASID exactly if it is that of an io_mm.",
	 ref_holds_allocator_matches_spaces, REF_PART_RELATIONS, ALL},
	{"A-51", "pasid-within-device-limits", "P2-03",
	 "The PASID of a bond is within the limits of its device.",
	 ref_holds_pasid_within_device_limits, REF_PART_RELATIONS, IO_MM},
	{"A-39", "dead-space-is-empty", "P2-05",
	 "An address space without users has no io_mm and no mapping.",
	 ref_holds_dead_space_is_empty, REF_PART_ALL, IO_MM},
	{"A-48", "thread-group-one-space", "sva.rst",
	 "All threads of a group share one address space.",
	 ref_holds_thread_group_has_one_space, REF_PART_RELATIONS, ALL},

	/* PASID tables and reach. */
	{"A-7", "entry-0-reserved", "P2-03, R-EA",
	 "Entry 0 of a PASID table is the private table, and PASID 0 belongs to nobody.",
	 ref_holds_entry_0_reserved, REF_PART_RELATIONS, ALL},
	{"A-7", "entry-iff-bond", "P2-03",
	 "A PASID table has an entry exactly if a bond of that io_mm is in the domain (A-18, A-26).",
	 ref_holds_entry_iff_bond, REF_PART_RELATIONS, TABLE},
	{"A-49", "entry-names-owner", "P4, sva.rst",
	 "An entry leads to the address space that owns its PASID, in every table.",
	 ref_holds_entry_names_owner, REF_PART_RELATIONS, TABLE},
	{"B-5", "table-of-domain", "SEED, T-JP",
	 "What a device reaches with a PASID is what the table of its domain says.",
	 ref_holds_table_comes_from_domain, REF_PART_RELATIONS, IO_MM},
	{"B-1", "same-domain-same-reach", "SEED",
	 "Devices in one domain reach the same address spaces, with every PASID and without one.",
	 ref_holds_same_domain_same_reach, REF_PART_RELATIONS, TABLE},
	{"A-30", "bind-reaches-whole-domain", "P2-03, K18, P4",
	 "Every device of a bond's domain reaches the bound address space, bound itself or not.",
	 ref_holds_bind_reaches_whole_domain, REF_PART_RELATIONS, TABLE},
	{"B-3", "domain-is-the-collection", "SEED",
	 "The domain of a device denotes the collection: without a PASID it is never a process.",
	 ref_holds_domain_is_the_collection, REF_PART_RELATIONS, IO_MM},

	/* Partitions of a device. */
	{"B-6", "no-table-per-mdev", "SEED, T-JP",
	 "What a partition has mapped is in the private table of the domain that its parent is in.",
	 ref_holds_no_table_per_mdev, REF_PART_ALL, ALL},
	{"B-10", "mdev-private-ranges-disjoint", "SEED",
	 "No two partitions have mapped the same address of one private table.",
	 ref_holds_mdev_private_ranges_disjoint, REF_PART_ALL, ALL},
	{"B-12", "mediator-binds", "SEED",
	 "A bond is the device's driver's own or on behalf of partitions of this device.",
	 ref_holds_mediator_binds, REF_PART_RELATIONS, ALL},
	{"B-13", "pasid-needs-bond", "SEED",
	 "A PASID leads only to a space with a bond in that domain, or of that guest and function.",
	 ref_holds_pasid_needs_bond, REF_PART_RELATIONS, ALL},
	{"B-14", "association-needs-bond", "SEED, A-5",
	 "A process is associated with a partition exactly while its bond is held for that partition.",
	 ref_holds_association_needs_bond, REF_PART_RELATIONS, ALL},
	{"B-15", "partitions-share-bond", "SEED",
	 "Partitions of one parent that are associated with one process have one bond.",
	 ref_holds_partitions_share_bond, REF_PART_RELATIONS, ALL},
	{"B-16", "own-mmu-is-outside", "SEED",
	 "A partition with its own MMU has no bond, no association, no mapping and no VM.",
	 ref_holds_own_mmu_is_outside, REF_PART_ALL, ALL},

	/* Functions and VMs. */
	{"B-8", "vf-needs-pf", "SEED",
	 "A VF is there only with its PF, and only a VF that is not there waits to be enabled.",
	 ref_holds_vf_needs_pf, REF_PART_RELATIONS, ALL},
	{"B-7", "one-guest-per-rid", "SEED",
	 "All PASIDs below a requester id, those of partitions too, are one VM's or the host's.",
	 ref_holds_one_guest_per_rid, REF_PART_ALL, IO_MM},
	{"B-8", "vm-has-vf-or-partition", "SEED",
	 "A VM that has a function runs and has it by a partition or, a VF, as a whole; no domain has it.",
	 ref_holds_vm_has_vf_or_partition, REF_PART_RELATIONS, IO_MM},
	{"A-2", "vm-function-alone-in-group", "P2-02",
	 "A function that a VM has is the only one of its group, but for those that were hot-added later.",
	 ref_holds_vm_function_is_alone_in_group, REF_PART_RELATIONS, IO_MM},
	{"B-8", "vms-share-nothing", "SEED",
	 "Bonds of a guest join its VM's functions and spaces; the host binds no space of a VM.",
	 ref_holds_vms_share_nothing, REF_PART_RELATIONS, IO_MM},
	{"B-8", "guest-pasids-own", "SEED",
	 "A guest has given out a PASID of its own exactly to those of its spaces that are bound.",
	 ref_holds_guest_pasids_own, REF_PART_RELATIONS, IO_MM},
	{"A-51", "guest-pasid-within-function", "P2-03",
	 "The PASID of a guest's bond is one that the function can send and the IOMMU can read.",
	 ref_holds_guest_pasid_within_function, REF_PART_RELATIONS, IO_MM},

	/* Linux: owners, features, handles, the arrays of groups. */
	{"E-46", "group-one-owner", "M61, S14",
	 "A user owns the DMA of a whole group; only then a default domain is attached as another is.",
	 ref_holds_group_has_one_owner, REF_PART_RELATIONS, LINUX},
	{"A-1", "features-supported", "M61",
	 "SVA is enabled only with PASIDs, I/O page faults only with stalls, and where both are, together.",
	 ref_holds_features_supported, REF_PART_RELATIONS, LINUX},
	{"A-19", "handle-of-holders", "P4, M70",
	 "A handle is held only by present devices that it is for: by one in 6.1, by a group in 6.12.",
	 ref_holds_handle_of_holders, REF_PART_RELATIONS, LINUX},
	{"A-51", "pasid-fits-devices", "M61, M70",
	 "The PASID of a handle is one that every device has that it is installed on.",
	 ref_holds_pasid_fits_devices, REF_PART_RELATIONS, LINUX},
	{"A-43", "pasid-while-referenced", "UAF, M61, M70",
	 "An address space has its PASID no longer than a task or a bond refers to it.",
	 ref_holds_pasid_while_referenced, REF_PART_RELATIONS, LINUX},
	{"A-44", "exited-space-is-unmapped", "MX",
	 "An address space without tasks has no mapping: what is still bound to it is quiesced.",
	 ref_holds_exited_space_is_unmapped, REF_PART_ALL, LINUX},
	{"A-3", "table-since-first-attach", "M61",
	 "A domain has a table and is shared only since it was attached, by devices that agree with it.",
	 ref_holds_table_since_first_attach, REF_PART_ALL, L61},
	{"A-3", "domain-of-one-smmu", "M61, M70",
	 "The devices that a translated domain is attached to, as a whole or on a PASID, have one SMMU.",
	 ref_holds_domain_of_one_smmu, REF_PART_RELATIONS, LINUX},
	{"A-7", "array-iff-attached", "M70",
	 "The array of a group has a process exactly if there is a bond, else only domains of members.",
	 ref_holds_array_iff_attached, REF_PART_RELATIONS, L612},
	{"A-32", "same-group-same-reach", "S14, M70",
	 "The devices of a group that have PASIDs reach the same address spaces with them.",
	 ref_holds_same_group_same_reach, REF_PART_RELATIONS, L612},
	{"B-13", "quiesced-exactly-after-exit", "MX, M70",
	 "A device reaches a bound process while it lives, and after exit it is told apart from unbound.",
	 ref_holds_quiesced_exactly_after_exit, REF_PART_RELATIONS, LINUX},
	{"B-3", "no-process-without-pasid", "SEED",
	 "Without a PASID a device never reaches a process, with PASID 0 it reaches nothing.",
	 ref_holds_no_process_without_pasid, REF_PART_RELATIONS, LINUX},

	/* Pages. */
	{"D-1", "page-users-exact", "sva.rst",
	 "A page has as many users as slots lead to it: none leads to a free page, none is lost.",
	 ref_holds_page_users_exact, REF_PART_MEMORY, ALL},
	{"A-46", "shared-page-is-cow", "sva.rst",
	 "A page in more than one slot is copy-on-write in all of them.",
	 ref_holds_shared_pages_are_cow, REF_PART_MEMORY, ALL},
	{"B-11", "same-va-other-space", "SEED",
	 "Spaces of different PASIDs share no page that a device may write.",
	 ref_holds_same_va_other_space, REF_PART_MEMORY, ALL},
	{"B-8", "vm-memory-own", "SEED",
	 "No page of a process in a VM is one of a process elsewhere.",
	 ref_holds_vm_memory_is_own, REF_PART_ALL, IO_MM},
	{"B-4", "private-page-is-private", "SEED, P2-03",
	 "A page of a private table is in no other one and in no process.",
	 ref_holds_private_pages_are_private, REF_PART_MEMORY, ALL},
	{"B-4", "private-table-is-plain", "SEED, P2-03",
	 "No private page is copy-on-write or swapped; an untranslated domain has no private page.",
	 ref_holds_private_table_is_plain, REF_PART_MEMORY, ALL},
};
/* clang-format on */

const unsigned ref_num_invariants = sizeof(ref_invariants) / sizeof(ref_invariants[0]);

enum kinds { B_RULES = 1, OTHERS = 2 };

static inline const struct ref_invariant *first_broken(const struct ref *ref, unsigned parts,
						       unsigned kinds)
{
	unsigned policy = 1u << ref->topology.policy;

	for (const struct ref_invariant *invariant = ref_invariants;
	     invariant < ref_invariants + ref_num_invariants; invariant++) {
		if (!(invariant->policies & policy) || !(invariant->parts & parts) ||
		    !((*invariant->rule == 'B' ? B_RULES : OTHERS) & kinds))
			continue;
		if (!invariant->holds(ref))
			return invariant;
	}
	return NULL;
}

static bool has_pasids(const struct ref *ref)
{
	unsigned any = 0;

	for (unsigned i = 0; i < REF_MAX_MMS; i++)
		any |= ref->mm[i].pasid;
	return any != 0;
}

/*
 * The B rules of io_mm as plain calls, in the order of their cost: asked after every call of a trace,
 * where the table alone would cost as much as they do. What follows from the others is left out: where
 * the targets of devices come from their domains (B-3, B-5), devices of one domain agree (B-1), and
 * without a PASID there is nothing to say about numbers.
 */
static bool seed_relations_hold(const struct ref *ref)
{
	bool partitions_hold =
		!ref->topology.num_partitions ||
		(ref_holds_no_table_per_mdev(ref) && ref_holds_mdev_private_ranges_disjoint(ref) &&
		 ref_holds_association_needs_bond(ref) && ref_holds_partitions_share_bond(ref) &&
		 ref_holds_own_mmu_is_outside(ref));
	bool vms_hold =
		!ref->topology.num_vms ||
		(ref_holds_one_guest_per_rid(ref) && ref_holds_vm_has_vf_or_partition(ref) &&
		 ref_holds_vms_share_nothing(ref) && ref_holds_guest_pasids_own(ref) &&
		 ref_holds_vm_memory_is_own(ref));

	return partitions_hold && vms_hold && ref_holds_device_has_one_domain(ref) &&
	       ref_holds_vf_needs_pf(ref) && ref_holds_rid_unique(ref) &&
	       ref_holds_mediator_binds(ref) && ref_holds_domain_is_the_collection(ref) &&
	       (!has_pasids(ref) ||
		(ref_holds_pasid_unique(ref) && ref_holds_pasid_needs_bond(ref) &&
		 ref_holds_table_comes_from_domain(ref)));
}

static bool seed_memory_holds(const struct ref *ref)
{
	bool partitions_hold =
		!ref->topology.num_partitions ||
		(ref_holds_no_table_per_mdev(ref) && ref_holds_mdev_private_ranges_disjoint(ref) &&
		 ref_holds_own_mmu_is_outside(ref) && ref_holds_one_guest_per_rid(ref));

	return partitions_hold && ref_holds_vm_memory_is_own(ref) &&
	       ref_holds_private_table_is_plain(ref) && ref_holds_private_pages_are_private(ref) &&
	       ref_holds_same_va_other_space(ref);
}

const struct ref_invariant *ref_check_seed(const struct ref *ref, unsigned parts)
{
	if (!ref_is_linux(ref) && (!(parts & REF_PART_RELATIONS) || seed_relations_hold(ref)) &&
	    (!(parts & REF_PART_MEMORY) || seed_memory_holds(ref)))
		return NULL;
	return first_broken(ref, parts, B_RULES);
}

const struct ref_invariant *ref_check_others(const struct ref *ref, unsigned parts)
{
	return first_broken(ref, parts, OTHERS);
}

const struct ref_invariant *ref_check(const struct ref *ref)
{
	return first_broken(ref, REF_PART_ALL, B_RULES | OTHERS);
}
