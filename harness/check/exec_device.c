/* SPDX-License-Identifier: MIT */
/* Ops of the device and hardware side. */
#include "check_state.h"

/* D-14: a fault that was resolved has put a page where there was none, or another one. What was not
 * resolved is compare_dma()'s to tell. */
static bool pair_faulted_page(struct check *c, struct ref_target target, unsigned slot,
			      const struct ref_access *access, const struct world_dma *dma)
{
	unsigned theirs;

	if (target.kind != REF_TARGET_MM)
		return true;
	c->law_dirty[target.index] |= 1u << slot;
	theirs = c->mm_of[target.index];
	if (access->outcome != REF_OUTCOME_OK || dma->response.status != SMMU_OK || !dma->stalls ||
	    theirs == WORLD_NONE || !c->world->mm[theirs].page[slot].pa)
		return true;
	return pages_pair(c, access->page, c->world->mm[theirs].page[slot].pa);
}

/* D-17: no memory for the group of a stalled fault: it is answered all the same. */
static bool fault_lacked_memory(const struct check *c, const struct ref_result *want,
				const struct world_dma *dma)
{
	return c->world->alloc_failed && want->access.stalls && dma->stalls &&
	       want->access.outcome == REF_OUTCOME_OK && dma->response.status == SMMU_ABORT;
}

/* PCIe: without PASID Enable a function puts no PASID on the bus, whatever the tables say. A
 * platform device has no such capability. */
static bool compare_enable(struct check *c, const struct trace_op *op, struct ref_target target)
{
	const struct world_endpoint *endpoint = &c->world->endpoint[op->device];

	if (!op->has_pasid || target.kind != REF_TARGET_MM || endpoint->can_stall ||
	    endpoint->pasid_on)
		return true;
	return diverge(c, DIVERGENCE_UNREACHABLE, "B-1", "a device that can send the PASID",
		       "its PASID capability is not enabled");
}

void exec_access(struct check *c, const struct trace_op *op, struct ref_target target,
		 struct ref_result *want)
{
	struct world_dma dma;

	if (!compare_enable(c, op, target))
		return;
	dma = world_dma(c->world, op->device, op->has_pasid, op->pasid, world_slot_va(op->slot),
			op->prot, want->access.value);

	world_settle(c->world);
	if (fault_lacked_memory(c, want, &dma)) {
		c->ref = c->before;
		*want = ref_dma_no_memory(&c->ref, op->device, op->has_pasid, op->pasid, op->slot,
					  op->prot);
	}
	c->step.expected = *want;
	if (want->access.stalls && !pair_faulted_page(c, target, op->slot, &want->access, &dma))
		return;
	compare_dma(c, op, target, want, &dma);
}

bool exec_DMA(struct check *c, const struct trace_op *op)
{
	struct ref_target target;
	struct ref_result want;

	if (!c->ref.device[op->device].present)
		return exec_skip(c, "the device is gone");
	if (!can_send(c, op->device, op->has_pasid, op->pasid))
		return exec_skip(c, "the device cannot send this PASID");
	target = ref_target(&c->ref, op->device, op->has_pasid, op->pasid);
	want = ref_dma(&c->ref, op->device, op->has_pasid, op->pasid, op->slot, op->prot);
	exec_access(c, op, target, &want);
	return true;
}

/* The device may ask once software has enabled it: full ATS of a stage 1 domain (3.9.1, EATS). Linux
 * decides by itself when that is. */
static bool may_ask(const struct check *c, unsigned device)
{
	const struct ref_device *d = &c->ref.device[device];

	if (!d->present)
		return false;
	if (c->is_linux)
		return ref_ats_enabled(&c->ref, (uint8_t)device) ||
		       c->world->endpoint[device].ats_on;
	if (!c->trace->header.ats || !c->ref.topology.device[device].ats)
		return false;
	if (reach_vm_of_device(c, device) != REF_NONE)
		return true;
	return d->domain != REF_NONE && c->ref.topology.domain_type[d->domain] == REF_DOMAIN_STAGE1;
}

bool exec_ATS(struct check *c, const struct trace_op *op)
{
	struct ref_result want;
	struct smmu_response response;

	if (!may_ask(c, op->device))
		return exec_skip(c, "ATS is not enabled for the device");
	if (!can_send(c, op->device, op->has_pasid, op->pasid))
		return exec_skip(c, "the device cannot send this PASID");
	want = ref_ats(&c->ref, op->device, op->has_pasid, op->pasid, op->slot);
	response = world_ats_request(c->world, op->device, op->has_pasid, op->pasid,
				     world_slot_va(op->slot));
	world_settle(c->world);
	c->step.expected = want;
	compare_ats(c, &want, &response);
	return true;
}

static bool hint(struct check *c, const struct trace_op *op, enum driver_hint kind)
{
	if (!c->ref.device[op->device].present)
		return exec_skip(c, "the device is gone");
	if (!c->driver->ops->hint)
		return exec_skip(c, "the driver has no such call");
	if (!c->driver->ops->hint(c->driver, kind, op->device, op->has_pasid, op->pasid,
				  world_slot_va(op->slot), (uint64_t)op->pages * WORLD_FRAME_SIZE))
		return exec_skip(c, "the driver sends nothing for this device now");
	return true;
}

bool exec_TLBI(struct check *c, const struct trace_op *op)
{
	return hint(c, op, DRIVER_HINT_TLBI);
}

bool exec_CFGI(struct check *c, const struct trace_op *op)
{
	return hint(c, op, DRIVER_HINT_CFGI);
}

bool exec_ATC_INV(struct check *c, const struct trace_op *op)
{
	return hint(c, op, DRIVER_HINT_ATC_INV);
}

bool exec_PREFETCH(struct check *c, const struct trace_op *op)
{
	return hint(c, op, DRIVER_HINT_PREFETCH);
}

bool exec_BAD_CMD(struct check *c, const struct trace_op *op)
{
	if (!c->driver->ops->bad_command)
		return exec_skip(c, "the driver has no such call");
	c->driver->ops->bad_command(c->driver, op->child);
	return true;
}

bool exec_FAIL_ALLOC(struct check *c, const struct trace_op *op)
{
	if (c->fail_allocation)
		return exec_skip(c, "the sweep chooses the allocation");
	c->world->fail_nth = op->pasid;
	return true;
}
