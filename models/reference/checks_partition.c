/* SPDX-License-Identifier: MIT */
/* Partitions and their mediating driver (B-6, B-10, B-12, B-14 .. B-16). */
#include "checks.h"

static uint8_t parent_of(const struct ref *ref, unsigned partition)
{
	return ref->topology.partition[partition].parent;
}

static uint8_t domain_of(const struct ref *ref, unsigned partition)
{
	return ref->device[parent_of(ref, partition)].domain;
}

bool ref_holds_no_table_per_mdev(const struct ref *ref)
{
	for (unsigned i = 0; i < REF_MAX_PARTITIONS; i++) {
		uint32_t mapped = ref->partition[i].mapped;
		uint8_t domain = domain_of(ref, i);

		if (!mapped)
			continue;
		if (i >= ref->topology.num_partitions || domain >= ref->topology.num_domains ||
		    ref->topology.domain_type[domain] != REF_DOMAIN_STAGE1 ||
		    mapped & ~ref->domain[domain].space.mapped)
			return false;
	}
	return true;
}

bool ref_holds_mdev_private_ranges_disjoint(const struct ref *ref)
{
	for (unsigned i = 1; i < ref->topology.num_partitions; i++)
		for (unsigned j = 0; j < i; j++)
			if (ref->partition[i].mapped & ref->partition[j].mapped &&
			    domain_of(ref, i) == domain_of(ref, j))
				return false;
	return true;
}

bool ref_holds_mediator_binds(const struct ref *ref)
{
	bool is_linux = ref_is_linux(ref);

	for (uint64_t rest = ref->bonds; rest; rest &= rest - 1) {
		const struct ref_bond *bond = &ref->bond[ref_first_bond(rest)];
		unsigned set = bond->partitions;

		if (!set && !bond->own && !is_linux)
			return false;
		for (; set; set &= set - 1) {
			unsigned i = ref_first(set);

			if (i >= ref->topology.num_partitions)
				return false;
			if (is_linux ? !bond->refs[parent_of(ref, i)]
				     : parent_of(ref, i) != bond->device)
				return false;
		}
	}
	return true;
}

bool ref_holds_association_needs_bond(const struct ref *ref)
{
	uint16_t found[REF_MAX_PARTITIONS] = {0}; /* what bonds say: sets of mms */

	for (uint64_t rest = ref->bonds; rest; rest &= rest - 1) {
		const struct ref_bond *bond = &ref->bond[ref_first_bond(rest)];

		for (unsigned set = bond->partitions; set; set &= set - 1)
			found[ref_first(set) % REF_MAX_PARTITIONS] |= (uint16_t)(1u << bond->mm);
	}
	for (unsigned i = 0; i < REF_MAX_PARTITIONS; i++)
		if (found[i] != ref->partition[i].spaces)
			return false;
	return true;
}

/* Partitions of one parent that share a process: one bond has them all, and no other has any. */
bool ref_holds_partitions_share_bond(const struct ref *ref)
{
	uint16_t shared[REF_MAX_DEVICES] = {0}; /* mms of bonds with partitions, by device */

	for (uint64_t rest = ref->bonds; rest; rest &= rest - 1) {
		const struct ref_bond *bond = &ref->bond[ref_first_bond(rest)];
		unsigned wanted = 0;

		if (!bond->partitions)
			continue;
		if (shared[bond->device] >> bond->mm & 1)
			return false;
		shared[bond->device] |= (uint16_t)(1u << bond->mm);
		for (unsigned i = 0; i < ref->topology.num_partitions; i++)
			wanted |= (unsigned)(ref->partition[i].spaces >> bond->mm & 1 &&
					     parent_of(ref, i) == bond->device)
				  << i;
		if (wanted & ~(unsigned)bond->partitions)
			return false;
	}
	return true;
}

bool ref_holds_own_mmu_is_outside(const struct ref *ref)
{
	unsigned outside = 0;

	for (unsigned i = 0; i < ref->topology.num_partitions; i++) {
		const struct ref_partition *partition = &ref->partition[i];

		if (!ref->topology.partition[i].own_mmu)
			continue;
		if (partition->spaces || partition->mapped || partition->vm != REF_NONE)
			return false;
		outside |= 1u << i;
	}
	if (outside)
		for (const struct ref_bond *bond = NULL; (bond = ref_next_bond(ref, bond));)
			if (bond->partitions & outside)
				return false;
	return true;
}
