/* SPDX-License-Identifier: MIT */
/*
 * MAP and UNMAP of partitions: all of them, and the owner of the domain, share the private table of the
 * parent's domain, so the mediating driver keeps them apart (B-10). Also what else it has to keep its
 * hands off while partitions are in use.
 */
#include "linux.h"

/* The private table behind a device, NULL when it is in no domain that has one. */
static struct ref_space *table_of(struct ref *ref, uint8_t device)
{
	uint8_t domain = ref->device[device].domain;

	if (domain == REF_NONE || ref->topology.domain_type[domain] != REF_DOMAIN_STAGE1)
		return NULL;
	return &ref->domain[domain].space;
}

static unsigned take_away(struct ref *ref, uint8_t partition, uint32_t slots)
{
	slots &= ref->partition[partition].mapped;
	if (!slots)
		return 0;
	ref->partition[partition].mapped &= ~slots;
	return ref_space_unmap(ref, table_of(ref, ref_partition_parent(ref, partition)), slots);
}

unsigned ref_partition_unmap_all(struct ref *ref, uint8_t partition)
{
	return take_away(ref, partition, UINT32_MAX);
}

void ref_partitions_unmap(struct ref *ref, uint8_t device)
{
	for (unsigned set = ref_partitions_of(ref, device); set; set &= set - 1)
		ref_partition_unmap_all(ref, (uint8_t)ref_first(set));
}

void ref_partitions_lose(struct ref *ref, uint8_t domain, uint32_t slots)
{
	for (uint8_t i = 0; i < ref->topology.num_partitions; i++)
		if (ref->device[ref_partition_parent(ref, i)].domain == domain)
			ref->partition[i].mapped &= ~slots;
}

struct ref_result ref_partition_map(struct ref *ref, uint8_t partition, uint8_t page, uint8_t count,
				    uint8_t prot)
{
	uint8_t domain = ref->device[ref_partition_parent(ref, partition)].domain;
	uint32_t slots = ref_slots(page, count);
	struct ref_space *table;
	struct ref_result result;

	prot = ref_prot_rights(prot);
	if (ref_partition_is_outside(ref, partition, &result))
		return result;
	table = table_of(ref, ref_partition_parent(ref, partition));
	if (!table) /* an untranslated domain: as ref_map() */
		return ref_error(ref_is_linux(ref) && domain != REF_NONE ? -EINVAL : -ENODEV,
				 "A-3");
	if (table->mapped & slots & ~ref->partition[partition].mapped)
		return ref_error(-EBUSY, "B-10");
	if (table->mapped & slots)
		return ref_error(-EEXIST, "A-3");
	ref_space_map(ref, table, page, count, prot);
	ref->partition[partition].mapped |= slots;
	return result;
}

struct ref_result ref_partition_unmap(struct ref *ref, uint8_t partition, uint8_t page,
				      uint8_t count)
{
	uint32_t slots = ref_slots(page, count);
	const struct ref_space *table;
	struct ref_result result;

	if (ref_partition_is_outside(ref, partition, &result))
		return result;
	table = table_of(ref, ref_partition_parent(ref, partition));
	if (table && table->mapped & slots & ~ref->partition[partition].mapped)
		return ref_error(-EPERM, "B-10");
	result.value = take_away(ref, partition, slots);
	return result;
}

/* What the mediating driver does not do while its partitions are in use. */

static const char *forbid_unbind(const struct ref *ref, uint8_t device, uint32_t pasid)
{
	uint8_t mm = pasid < REF_MAX_PASIDS ? ref->pasid_owner[pasid] : REF_NONE, bond;

	if (mm == REF_NONE)
		return NULL;
	bond = ref_is_linux(ref) ? ref_linux_handle(ref, device, mm)
				 : ref_find_bond(ref, device, mm);
	if (bond == REF_NONE || !(ref->bond[bond].partitions & ref_partitions_of(ref, device)))
		return NULL;
	/* The driver's own share is its to give back; Linux: one reference is theirs, the others are its. */
	if (ref_is_linux(ref) ? ref->bond[bond].refs[device] > 1 : ref->bond[bond].own)
		return NULL;
	return "partitions are associated with the process: the bond goes with the last (B-14)";
}

static bool has_mappings(const struct ref *ref, uint8_t device)
{
	for (unsigned set = ref_partitions_of(ref, device); set; set &= set - 1)
		if (ref->partition[ref_first(set)].mapped)
			return true;
	return false;
}

static const char *forbid_unplug(const struct ref *ref, uint8_t device)
{
	for (uint8_t i = 0; i < ref->topology.num_devices; i++)
		if ((i == device || ref_is_vf_of(ref, i, device)) && has_mappings(ref, i))
			return "a partition has mappings in the domain (B-10)";
	return NULL;
}

static const char *forbid_move(const struct ref *ref, uint8_t device)
{
	uint8_t group = ref->topology.device[device].group;

	for (uint8_t i = 0; i < ref->topology.num_devices; i++) {
		if (ref->device[i].present && ref->topology.device[i].group == group &&
		    has_mappings(ref, i))
			return "a partition has mappings in the domain (B-10)";
	}
	return NULL;
}

const char *ref_partitions_forbid(const struct ref *ref, enum ref_call_name call, uint8_t device,
				  uint32_t argument)
{
	REF_ASSERT(device < ref->topology.num_devices);
	if (call == REF_MAY_UNPLUG) /* a PF may be in no group, and its VFs in domains */
		return forbid_unplug(ref, device);
	if (!ref_device_usable(ref, device))
		return NULL;
	switch (call) {
	case REF_MAY_UNBIND:
		return forbid_unbind(ref, device, argument);
	case REF_MAY_ATTACH:
	case REF_MAY_DETACH:
	case REF_MAY_RELEASE:
		return forbid_move(ref, device);
	default:
		return NULL;
	}
}

const char *ref_partitions_forbid_unmap(const struct ref *ref, uint8_t domain, uint8_t page,
					uint8_t count)
{
	uint32_t slots = ref_slots(page, count);

	REF_ASSERT(domain < ref->topology.num_domains);
	for (uint8_t i = 0; i < ref->topology.num_partitions; i++)
		if (ref->device[ref_partition_parent(ref, i)].domain == domain &&
		    ref->partition[i].mapped & slots)
			return "a partition's own pages are in the range (B-10)";
	return NULL;
}
