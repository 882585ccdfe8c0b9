/* SPDX-License-Identifier: MIT */
/* PASID tables, what devices reach through them (A-6, A-7, A-30, A-49, B-1, B-3, B-5). */
#include "checks.h"

#include <string.h>

bool ref_holds_entry_0_reserved(const struct ref *ref)
{
	for (unsigned i = 0; i < ref->topology.num_domains; i++)
		if (ref->domain[i].table[0] != REF_NONE)
			return false;
	if (ref_is_linux(ref))
		for (unsigned i = 0; i < REF_MAX_DEVICES; i++)
			if (ref->group_table[i][0] != REF_NONE)
				return false;
	return ref->pasid_owner[0] == REF_NONE;
}

/* Tables are almost empty: eight PASIDs at a time, as far as there are SubstreamIDs. */
static unsigned table_words(const struct ref *ref)
{
	return ((1u << ref->topology.ssid_bits) + 7) / 8;
}

static uint64_t table_word(const uint8_t *table, unsigned i)
{
	uint64_t word;

	memcpy(&word, table + 8 * i, sizeof(word));
	return word;
}

static unsigned table_entries(const struct ref *ref, const uint8_t *table)
{
	unsigned words = table_words(ref), entries = 0;

	for (unsigned i = 0; i < words; i++)
		if (table_word(table, i) != UINT64_MAX)
			for (unsigned p = 8 * i; p < 8 * i + 8; p++)
				entries += table[p] != REF_NONE;
	return entries;
}

bool ref_holds_allocator_matches_spaces(const struct ref *ref)
{
	unsigned owners = 0;

	for (unsigned i = 0; i < ref_mm_slots(ref); i++) {
		unsigned pasid = ref->mm[i].pasid;

		if (!ref_has_host_pasid(&ref->mm[i]))
			continue;
		if (pasid >= REF_MAX_PASIDS || ref->pasid_owner[pasid] != i)
			return false;
		owners++;
	}
	return owners == table_entries(ref, ref->pasid_owner);
}

/* Tables by number: of domains, then (linux-6.1) of the groups' default domains. */
enum { MAX_TABLES = REF_MAX_DOMAINS + REF_MAX_DEVICES };

static unsigned num_tables(const struct ref *ref)
{
	return ref->topology.default_dma ? MAX_TABLES : ref->topology.num_domains;
}

static const uint8_t *table(const struct ref *ref, unsigned i)
{
	return i < REF_MAX_DOMAINS ? ref->domain[i].table : ref->group_table[i - REF_MAX_DOMAINS];
}

static unsigned table_of_bond(const struct ref *ref, const struct ref_bond *bond)
{
	return bond->domain == REF_NONE ? REF_MAX_DOMAINS + ref->topology.device[bond->device].group
					: bond->domain;
}

bool ref_holds_entry_iff_bond(const struct ref *ref)
{
	uint32_t expected[MAX_TABLES] = {0}; /* sets of mms */

	for (const struct ref_bond *bond = NULL; (bond = ref_next_bond(ref, bond));) {
		unsigned i = table_of_bond(ref, bond);

		if (table(ref, i)[ref->mm[bond->mm].pasid] != bond->mm)
			return false;
		expected[i] |= 1u << bond->mm;
	}
	for (unsigned i = 0; i < num_tables(ref); i++)
		if (table_entries(ref, table(ref, i)) != (unsigned)__builtin_popcount(expected[i]))
			return false;
	return true;
}

/* PASIDs are global: the same number never means two spaces, in whichever table. */
bool ref_holds_entry_names_owner(const struct ref *ref)
{
	unsigned words = table_words(ref);

	for (unsigned d = 0; d < num_tables(ref); d++) {
		const uint8_t *entry = table(ref, d);

		for (unsigned i = 0; i < words; i++) {
			if (table_word(entry, i) == UINT64_MAX)
				continue;
			for (unsigned p = 8 * i; p < 8 * i + 8; p++)
				if (entry[p] != REF_NONE && entry[p] != ref->pasid_owner[p])
					return false;
		}
	}
	return true;
}

static struct ref_target target_now(const struct ref *ref, uint8_t device, bool has_pasid,
				    uint32_t pasid)
{
	return ref_is_linux(ref) ? ref_linux_target(ref, device, has_pasid, pasid)
				 : ref_io_mm_target(ref, device, has_pasid, pasid);
}

/* Do two devices reach the same by every PASID and without one? */
static bool all_agree(const struct ref *ref, uint8_t a, uint8_t b)
{
	for (unsigned set = ref_host_pasids(ref); set; set &= set - 1) {
		uint16_t pasid = ref->mm[ref_first(set)].pasid;

		if (!ref_same_target(target_now(ref, a, true, pasid),
				     target_now(ref, b, true, pasid)))
			return false;
	}
	return ref_same_target(target_now(ref, a, false, 0), target_now(ref, b, false, 0));
}

/* Each device and the one before it in the domain. */
bool ref_holds_same_domain_same_reach(const struct ref *ref)
{
	uint8_t last[REF_MAX_DOMAINS];

	memset(last, REF_NONE, sizeof(last));
	for (uint8_t i = 0; i < ref->topology.num_devices; i++) {
		uint8_t domain = ref->device[i].domain;

		if (domain == REF_NONE)
			continue;
		if (last[domain] != REF_NONE && !all_agree(ref, i, last[domain]))
			return false;
		last[domain] = i;
	}
	return true;
}

/* Nobody is in the table behind a PASID but who has a bond there; 6.12: in the array of the group. */
static bool entries_have_bonds(const struct ref *ref, const uint32_t *bonded, unsigned pasid)
{
	unsigned tables =
		ref->topology.policy == REF_POLICY_LINUX_6_12 ? MAX_TABLES : num_tables(ref);

	for (unsigned i = 0; i < tables; i++) {
		uint8_t entry = table(ref, i)[pasid];

		if (entry != REF_NONE && !ref_entry_is_domain(entry) &&
		    (entry >= REF_MAX_MMS || !(bonded[i] >> entry & 1)))
			return false;
	}
	return true;
}

/* The same for the functions of VMs: a number leads to a space that lives there and has this number. */
static bool guest_targets_have_bonds(const struct ref *ref, uint16_t pasid)
{
	for (uint8_t i = 0; i < ref->topology.num_devices; i++) {
		uint8_t vm = ref->device[i].vm;
		struct ref_target target;

		if (vm == REF_NONE)
			continue;
		if (vm >= ref->topology.num_vms)
			return false;
		target = ref_target(ref, i, true, pasid);
		if (target.kind == REF_TARGET_MM &&
		    (target.index >= REF_MAX_MMS || ref->mm[target.index].vm != vm ||
		     ref->mm[target.index].pasid != pasid))
			return false;
	}
	return true;
}

static bool guests_reach_their_own(const struct ref *ref)
{
	for (unsigned m = 0; ref->topology.num_vms && m < ref_mm_slots(ref); m++)
		if (ref->mm[m].pasid && ref->mm[m].vm != REF_NONE &&
		    !guest_targets_have_bonds(ref, ref->mm[m].pasid))
			return false;
	return true;
}

bool ref_holds_pasid_needs_bond(const struct ref *ref)
{
	uint32_t bonded[MAX_TABLES] = {0}; /* sets of mms */

	for (uint64_t rest = ref->bonds; rest; rest &= rest - 1) {
		const struct ref_bond *bond = &ref->bond[ref_first_bond(rest)];

		bonded[table_of_bond(ref, bond) % MAX_TABLES] |= 1u << bond->mm;
	}
	for (unsigned set = ref_host_pasids(ref); set; set &= set - 1)
		if (!entries_have_bonds(ref, bonded, ref->mm[ref_first(set)].pasid))
			return false;
	return guests_reach_their_own(ref);
}

bool ref_holds_bind_reaches_whole_domain(const struct ref *ref)
{
	for (const struct ref_bond *bond = NULL; (bond = ref_next_bond(ref, bond));) {
		struct ref_target want = {
			ref->mm[bond->mm].users ? REF_TARGET_MM : REF_TARGET_QUIESCED, bond->mm};
		uint16_t pasid = ref->mm[bond->mm].pasid;

		for (uint8_t i = 0; i < ref->topology.num_devices; i++)
			if (ref->device[i].domain == bond->domain &&
			    (bond->domain != REF_NONE || i == bond->device) &&
			    !ref_same_target(ref_target(ref, i, true, pasid), want))
				return false;
	}
	return true;
}

bool ref_holds_domain_is_the_collection(const struct ref *ref)
{
	for (uint8_t i = 0; i < ref->topology.num_devices; i++) {
		uint8_t domain = ref->device[i].domain;
		struct ref_target target = ref_io_mm_target(ref, i, false, 0);

		if (ref->device[i].vm != REF_NONE) {
			if (target.kind != REF_TARGET_GUEST || target.index != ref->device[i].vm)
				return false;
		} else if (domain == REF_NONE) {
			if (target.kind != REF_TARGET_ABORT)
				return false;
		} else if (ref->topology.domain_type[domain] == REF_DOMAIN_IDENTITY) {
			if (target.kind != REF_TARGET_BYPASS)
				return false;
		} else if (target.kind != REF_TARGET_PRIVATE || target.index != domain) {
			return false;
		}
	}
	return true;
}

/* One PASID: the target of every device in a domain is what its table has. */
static bool targets_come_from_tables(const struct ref *ref, uint16_t pasid)
{
	for (uint8_t i = 0; i < ref->topology.num_devices; i++) {
		uint8_t domain = ref->device[i].domain;
		struct ref_target target, want = {REF_TARGET_NO_PASID, 0};

		if (domain == REF_NONE)
			continue;
		if (ref->domain[domain].table[pasid] != REF_NONE)
			want = (struct ref_target){REF_TARGET_MM, ref->domain[domain].table[pasid]};
		target = ref_io_mm_target(ref, i, true, pasid);
		if (!ref_same_target(target, want))
			return false;
	}
	return true;
}

bool ref_holds_table_comes_from_domain(const struct ref *ref)
{
	for (unsigned set = ref_host_pasids(ref); set; set &= set - 1)
		if (!targets_come_from_tables(ref, ref->mm[ref_first(set)].pasid))
			return false;
	return true;
}
