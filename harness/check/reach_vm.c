/* SPDX-License-Identifier: MIT */
/* Memory of VMs: which VM a stage 2 belongs to, and that it gives this memory and nothing else. */
#include "check_state.h"

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

bool reach_verify_memory(struct check *c, unsigned vm, const struct smmu_s2 *s2)
{
	static const uint64_t edge[] = {
		WORLD_VM_IPA - WORLD_FRAME_SIZE,
		WORLD_VM_IPA,
		WORLD_VM_IPA + WORLD_VM_SIZE - WORLD_FRAME_SIZE,
		WORLD_VM_IPA + WORLD_VM_SIZE,
	};

	for (unsigned i = 0; i < ARRAY_SIZE(edge); i++)
		if (!verify_address(c, vm, s2, edge[i]))
			return false;
	/* The host's memory by its own addresses, and what accesses of a trace go to. */
	if (!verify_address(c, vm, s2, WORLD_RAM_BASE) ||
	    !verify_address(c, vm, s2, world_vm_base(vm)))
		return false;
	for (unsigned slot = 0; slot < REF_SPACE_PAGES; slot++)
		if (!verify_address(c, vm, s2, world_slot_va(slot)))
			return false;
	return true;
}
