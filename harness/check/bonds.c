/* SPDX-License-Identifier: MIT */
/* What is given out for a bond and for an address space: handles and PASIDs. */
#include "check_state.h"

void bonds_compare_handle(struct check *c, const struct ref_result *expected, uint64_t before,
			  uint64_t handle)
{
	unsigned bond = expected->bond;

	if (before >> bond & 1) {
		/* iommu_sva_bind_device(): "a reference to it is taken", and it is returned again. */
		if (handle != c->handle[bond])
			diverge(c, DIVERGENCE_RESULT, "C-7", "the handle of the bond that there is",
				"another one");
		return;
	}
	if (!handle) {
		diverge(c, DIVERGENCE_RESULT, "C-7", "a handle", "none");
		return;
	}
	for (uint64_t left = before; left; left &= left - 1)
		if (c->handle[__builtin_ctzll(left)] == handle) {
			diverge(c, DIVERGENCE_RESULT, "C-7", "a handle for each bond",
				"that of another bond");
			return;
		}
	c->handle[bond] = handle;
}

const char *bonds_pasid_rule(const struct check *c, const struct ref_result *expected,
			     unsigned device, unsigned pasid, const char *otherwise)
{
	unsigned owner = pasid < REF_MAX_PASIDS ? c->ref.pasid_owner[pasid] : (unsigned)REF_NONE;

	if (expected->error || pasid == expected->value || owner == REF_NONE)
		return otherwise;
	for (uint64_t left = c->ref.bonds; left; left &= left - 1) {
		const struct ref_bond *bond = &c->ref.bond[__builtin_ctzll(left)];

		if (bond->mm == owner && bond->domain == c->ref.device[device].domain)
			return otherwise;
	}
	return "B-9";
}

void bonds_take_pasid(struct check *c, unsigned device, unsigned task)
{
	unsigned mm = c->ref.task[task].mm;

	/* iommu_alloc_mm_data(), iommu_sva_alloc_pasid(): the PASID is the mm's from here on. */
	if (c->driver->ops->mm_pasid && !c->ref.mm[mm].pasid &&
	    c->driver->ops->mm_pasid(c->driver, c->world->task[task].mm))
		ref_take_pasid(&c->ref, (uint8_t)device, (uint8_t)task);
}

void bonds_compare_pasids(struct check *c)
{
	char text[48];

	if (!c->driver->ops->mm_pasid)
		return;
	for (unsigned mm = 0; mm < REF_MAX_MMS; mm++) {
		unsigned pasid;

		if (c->mm_of[mm] == WORLD_NONE)
			continue;
		pasid = c->driver->ops->mm_pasid(c->driver, c->mm_of[mm]);
		if (pasid == c->ref.mm[mm].pasid)
			continue;
		snprintf(text, sizeof(text), "mm %u has PASID %u (0: none)", mm,
			 c->ref.mm[mm].pasid);
		diverge(c, DIVERGENCE_RESULT, "C-3", text, "%u", pasid);
		return;
	}
}

/* The SMMU of a group's default domain. */
static unsigned smmu_of_group(const struct check *c, unsigned group)
{
	unsigned device = 0;

	while (device + 1 < c->ref.topology.num_devices &&
	       c->ref.topology.device[device].group != group)
		device++;
	return c->ref.topology.device[device].smmu;
}

bool bonds_in_two_tables(const struct check *c, unsigned device, bool ssv, uint32_t pasid)
{
	struct ref_target target = ref_target(&c->ref, (uint8_t)device, ssv, pasid);
	unsigned smmu = c->ref.topology.device[device].smmu, count = 0;

	if (c->policy != REF_POLICY_LINUX_6_1 ||
	    (target.kind != REF_TARGET_MM && target.kind != REF_TARGET_QUIESCED))
		return false;
	for (unsigned i = 0; i < REF_MAX_DOMAINS; i++)
		count += c->ref.domain[i].table[pasid] == target.index &&
			 c->ref.domain[i].smmu == smmu;
	for (unsigned i = 0; i < REF_MAX_DEVICES; i++)
		count +=
			c->ref.group_table[i][pasid] == target.index && smmu_of_group(c, i) == smmu;
	return count > 1;
}

unsigned bonds_domain_on_pasid(const struct check *c, unsigned device, unsigned pasid)
{
	unsigned group = c->ref.topology.device[device].group;
	uint8_t entry;

	if (c->policy != REF_POLICY_LINUX_6_12 || group == REF_NONE)
		return REF_NONE;
	entry = c->ref.group_table[group][pasid];
	return ref_entry_is_domain(entry) && ref_entry_device(entry) == device
		       ? ref_entry_domain(entry)
		       : REF_NONE;
}
