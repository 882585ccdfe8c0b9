/* SPDX-License-Identifier: MIT */
/* Ops of the device and hardware side. */
#include "check_state.h"

bool exec_DMA(struct check *c, const struct trace_op *op)
{
	struct ref_result want;
	struct world_dma dma;

	if (!c->ref.device[op->device].present)
		return exec_skip(c, "the device is gone");
	if (!can_send(c, op->device, op->has_pasid, op->pasid))
		return exec_skip(c, "the device cannot send this PASID");
	want = ref_dma(&c->ref, op->device, op->has_pasid, op->pasid, op->slot, op->prot);
	dma = world_dma(c->world, op->device, op->has_pasid, op->pasid, world_slot_va(op->slot),
			op->prot, want.access.value);
	world_run_irqs(c->world);
	c->step.expected = want;
	compare_dma(c, op, &want, &dma);
	return true;
}

/* The device may ask once software has enabled it: full ATS of a stage 1 domain (3.9.1, EATS). */
static bool may_ask(const struct check *c, unsigned device)
{
	const struct ref_device *d = &c->ref.device[device];

	return d->present && c->trace->header.ats && c->ref.topology.device[device].ats &&
	       d->domain != REF_NONE && c->ref.topology.domain_type[d->domain] == REF_DOMAIN_STAGE1;
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
	world_run_irqs(c->world);
	c->step.expected = want;
	compare_ats(c, &want, &response);
	return true;
}

static bool hint(struct check *c, const struct trace_op *op, enum driver_hint kind)
{
	if (!c->ref.device[op->device].present)
		return exec_skip(c, "the device is gone");
	c->driver->ops->hint(c->driver, kind, op->device, op->has_pasid, op->pasid,
			     world_slot_va(op->slot), (uint64_t)op->pages * WORLD_FRAME_SIZE);
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
	c->driver->ops->bad_command(c->driver, op->child);
	return true;
}

bool exec_FAIL_ALLOC(struct check *c, const struct trace_op *op)
{
	c->world->fail_nth = op->pasid;
	return true;
}
