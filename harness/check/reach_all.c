/* SPDX-License-Identifier: MIT */
/*
 * The whole reach by the hardware's own flow, access by access: slow, for the cache modes that offer
 * no view of the configurations.
 */
#include "check_state.h"

static bool compare_bypass(struct check *c, unsigned stream, const struct smmu_request *request)
{
	struct smmu_response response = smmu_peek(c->model, request);
	char pair[PAIR_SIZE];

	if (response.status == SMMU_OK && response.pa == request->addr)
		return true;
	return diverge(c, DIVERGENCE_UNREACHABLE, "B-1", "memory untranslated (identity domain)",
		       "%s does not get through", reach_pair_text(c, stream, false, 0, pair));
}

static bool compare_pair_slot(struct check *c, unsigned stream, bool ssv, uint32_t ssid,
			      unsigned slot)
{
	unsigned device = device_of(c, stream);
	struct allowed allowed = reach_allowed(c, device, ssv, ssid, slot);
	struct smmu_request request = {
		.sid = stream_id_of(c, stream),
		.ssv = ssv,
		.ssid = ssid,
		.addr = world_slot_va(slot),
	};
	struct ref_target target = ref_target(&c->ref, (uint8_t)device, ssv, ssid);
	char pair[PAIR_SIZE];
	uint8_t prot = 0;
	uint64_t pa = 0;
	bool more;

	if (target.kind == REF_TARGET_BYPASS)
		return compare_bypass(c, stream, &request);
	for (unsigned write = 0; write < 2; write++) {
		struct smmu_response response;

		request.write = write;
		response = smmu_peek(c->model, &request);
		if (response.status == SMMU_OK) {
			prot |= write ? REF_WRITE : REF_READ;
			pa = response.pa;
		}
	}
	if (prot == allowed.prot && (!prot || pa == allowed.pa))
		return true;
	more = (prot & ~allowed.prot) || (prot && pa != allowed.pa);
	return diverge(c, more ? DIVERGENCE_REACH : DIVERGENCE_UNREACHABLE, "B-1",
		       reach_rights_text(allowed.prot & REF_READ, allowed.prot & REF_WRITE),
		       "%s page %#llx: %s", reach_pair_text(c, stream, ssv, ssid, pair),
		       (unsigned long long)request.addr,
		       reach_rights_text(prot & REF_READ, prot & REF_WRITE));
}

/* The memory of the VM that has the function. */
static bool compare_memory(struct check *c, unsigned stream, unsigned vm)
{
	struct smmu_request request = {.sid = stream_id_of(c, stream), .addr = WORLD_VM_IPA};
	struct smmu_response response = smmu_peek(c->model, &request);
	char pair[PAIR_SIZE];

	if (response.status == SMMU_OK && reach_vm_memory(request.addr, response.pa, vm))
		return true;
	return diverge(c, response.status == SMMU_OK ? DIVERGENCE_REACH : DIVERGENCE_UNREACHABLE,
		       "B-8", "the memory of its VM", "%s reaches %#llx",
		       reach_pair_text(c, stream, false, 0, pair), (unsigned long long)response.pa);
}

static bool compare_stream(struct check *c, unsigned stream)
{
	unsigned device = device_of(c, stream);
	unsigned pasids = 1u << c->ref.topology.device[device].pasid_bits;
	struct ref_target target;

	if (!c->ref.device[device].present)
		return true;
	target = ref_target(&c->ref, (uint8_t)device, false, 0);
	if (target.kind == REF_TARGET_GUEST && !compare_memory(c, stream, target.index))
		return false;
	for (unsigned slot = 0; slot < REF_SPACE_PAGES; slot++)
		if (!compare_pair_slot(c, stream, false, 0, slot))
			return false;
	for (unsigned pasid = 0; pasids > 1 && pasid < pasids; pasid++)
		for (unsigned slot = 0; slot < REF_SPACE_PAGES; slot++)
			if (!compare_pair_slot(c, stream, true, pasid, slot))
				return false;
	return true;
}

void reach_compare_all(struct check *c)
{
	for (unsigned i = 0; i < c->num_smmus && c->smmus[i].model; i++) {
		look_at(c, i);
		for (unsigned stream = 0; stream < c->view->num_streams; stream++)
			if (!compare_stream(c, stream))
				return;
	}
}
