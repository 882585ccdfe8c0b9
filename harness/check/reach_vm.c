/* SPDX-License-Identifier: MIT */
/* Memory of VMs: which VM a stage 2 belongs to, and that it gives this memory and nothing else. */
#include "check_state.h"

enum { PAGE_SHIFT = 12, LAST_LEVEL = 3 };

struct smmu_outcome reach_probe(const struct check *c, const struct smmu_s1 *s1,
				const struct smmu_s2 *s2, uint64_t va)
{
	bool stage2;

	if (s1 && !s2->on)
		return smmu_probe(c->model, s1, va);
	return smmu_probe_nested(c->model, s1, s2, va, &stage2);
}

unsigned reach_vm_of(const struct check *c, const struct smmu_s2 *s2)
{
	struct smmu_outcome first = reach_probe(c, NULL, s2, WORLD_VM_IPA);
	unsigned vm = world_vm_of(first.pa);

	return !first.event && vm < c->ref.topology.num_vms && first.pa == world_vm_base(vm)
		       ? vm
		       : REF_NONE;
}

unsigned reach_vm_of_device(const struct check *c, unsigned device)
{
	return c->ref.device[device].vm;
}

const char *reach_vm_rule(const struct check *c, unsigned device)
{
	for (unsigned i = 0; i < c->ref.topology.num_partitions; i++)
		if (c->ref.topology.partition[i].parent == device &&
		    c->ref.partition[i].vm != REF_NONE)
			return "B-7";
	return "B-8";
}

bool reach_vm_memory(uint64_t ipa, uint64_t pa, unsigned vm)
{
	return vm != REF_NONE && ipa - WORLD_VM_IPA < WORLD_VM_SIZE &&
	       pa == world_memory_at(vm, ipa);
}

/* One address of stage 2: all rights to what the VM has there, or none where it has nothing. */
static bool verify_address(struct check *c, unsigned vm, const struct smmu_s2 *s2, uint64_t ipa)
{
	struct smmu_outcome now = reach_probe(c, NULL, s2, ipa);
	bool inside = ipa - WORLD_VM_IPA < WORLD_VM_SIZE;
	bool reached = !now.event && (now.read_ok || now.write_ok);
	char text[64];

	if (inside ? reached && now.read_ok && now.write_ok && reach_vm_memory(ipa, now.pa, vm)
		   : !reached)
		return true;
	snprintf(text, sizeof(text), "IPA %#llx: %s of VM %u", (unsigned long long)ipa,
		 inside ? "memory" : "nothing", vm);
	if (!reached)
		return diverge(c, DIVERGENCE_UNREACHABLE, "B-8", text, "%s",
			       now.event ? smmu_event_name(now.event) : "no rights");
	return diverge(c, DIVERGENCE_REACH, "B-8", text, "%#llx (%s)", (unsigned long long)now.pa,
		       reach_rights_text(now.read_ok, now.write_ok));
}

static bool verify_table(struct check *c, unsigned vm, const struct smmu_s2 *s2, uint64_t table,
			 unsigned level, unsigned entries, uint64_t ipa);

/* What one valid descriptor maps: both ends of it. */
static bool verify_desc(struct check *c, unsigned vm, const struct smmu_s2 *s2, uint64_t desc,
			unsigned level, uint64_t ipa)
{
	const unsigned entries = 512;
	uint64_t size = 1ull << (PAGE_SHIFT + 9 * (LAST_LEVEL - level));

	if (level < LAST_LEVEL && (desc & 3) == 3)
		return verify_table(c, vm, s2, desc & PT_ADDR_MASK, level + 1, entries, ipa);
	return verify_address(c, vm, s2, ipa) &&
	       verify_address(c, vm, s2, ipa + size - WORLD_FRAME_SIZE);
}

/* Where there is no valid descriptor nothing is reached, so that few addresses need a walk. */
static bool verify_table(struct check *c, unsigned vm, const struct smmu_s2 *s2, uint64_t table,
			 unsigned level, unsigned entries, uint64_t ipa)
{
	unsigned shift = PAGE_SHIFT + 9 * (LAST_LEVEL - level);

	for (unsigned i = 0; i < entries; i++) {
		uint64_t pa = table + 8ull * i, desc;

		if (i % 512 == 0 && !ram_live(&c->world->ram, pa)) /* 7.3.12: the walk ends here */
			return true;
		desc = ram_load(pa);
		if (desc & 1 && !verify_desc(c, vm, s2, desc, level, ipa + ((uint64_t)i << shift)))
			return false;
	}
	return true;
}

bool reach_verify_memory(struct check *c, unsigned vm, const struct smmu_s2 *s2)
{
	unsigned shift = PAGE_SHIFT + 9 * (LAST_LEVEL - s2->start_level);

	CHECK(s2->granule == PAGE_SHIFT, "a stage 2 with granules of %u bits", s2->granule);
	/* All of the VM's memory, and then whatever the tree has. */
	return verify_address(c, vm, s2, WORLD_VM_IPA) &&
	       verify_address(c, vm, s2, WORLD_VM_IPA + WORLD_VM_SIZE - WORLD_FRAME_SIZE) &&
	       verify_table(c, vm, s2, s2->ttb, s2->start_level, 1u << (s2->ia_bits - shift), 0);
}
