/* SPDX-License-Identifier: MIT */
/* Ops of the device, domain and bind side: law and driver step, results are compared. */
#include "check_state.h"

#include <errno.h>

/*
 * The 2018 interface tells callers that err by an error code. Linux answers with a WARN or a crash:
 * there is nothing to judge, and a caller that errs is never sent.
 */
bool exec_may_misuse(const struct check *c)
{
	return c->trace->header.misuse && !c->is_linux;
}

const char *exec_refusal(const struct check *c, const struct trace_op *op, enum ref_call_name call,
			 uint32_t argument)
{
	if (exec_may_misuse(c))
		return NULL;
	if (!c->ref.device[op->device].present)
		return "the device is gone";
	return ref_may(&c->ref, call, op->device, argument);
}

bool exec_INIT(struct check *c, const struct trace_op *op)
{
	const char *refusal = exec_refusal(c, op, REF_MAY_INIT, 0);
	struct ref_result want;

	if (refusal)
		return exec_skip(c, refusal);
	want = ref_init(&c->ref, op->device, op->child, op->pasid, op->max);
	compare_result(
		c, &want,
		c->driver->ops->sva_init(c->driver, op->device, op->child, op->pasid, op->max), 0);
	return true;
}

bool exec_SHUTDOWN(struct check *c, const struct trace_op *op)
{
	const char *refusal = exec_refusal(c, op, REF_MAY_SHUTDOWN, 0);
	struct ref_result want;

	if (refusal)
		return exec_skip(c, refusal);
	want = ref_shutdown(&c->ref, op->device);
	compare_result(c, &want, c->driver->ops->sva_shutdown(c->driver, op->device), 0);
	return true;
}

bool exec_ATTACH(struct check *c, const struct trace_op *op)
{
	const char *refusal = exec_refusal(c, op, REF_MAY_ATTACH, op->process);
	struct ref_result want;

	if (refusal)
		return exec_skip(c, refusal);
	want = ref_attach(&c->ref, op->device, op->process);
	compare_result(c, &want, c->driver->ops->attach(c->driver, op->device, op->process), 0);
	return true;
}

bool exec_DETACH(struct check *c, const struct trace_op *op)
{
	const char *refusal = exec_refusal(c, op, REF_MAY_DETACH, 0);
	struct ref_result want;

	if (refusal)
		return exec_skip(c, refusal);
	want = ref_detach(&c->ref, op->device);
	compare_result(c, &want, c->driver->ops->detach(c->driver, op->device), 0);
	return true;
}

bool exec_UNPLUG(struct check *c, const struct trace_op *op)
{
	const char *refusal = exec_refusal(c, op, REF_MAY_UNPLUG, 0);
	struct ref_result want;

	if (!c->ref.device[op->device].present)
		return exec_skip(c, "the device is gone");
	/* A crash, and no document that forbids it: sent where the check hears of it before
	 * (order_frame_free()). */
	if (refusal && !c->worst)
		return exec_skip(c, refusal);
	want = ref_unplug(&c->ref, op->device);
	c->driver->ops->unplug(c->driver, op->device);
	c->world->endpoint[op->device].present = false;
	compare_result(c, &want, 0, 0);
	return true;
}

/* Frames of a DMA buffer; false when RAM is full (the harness's bounds make that impossible). */
static void alloc_frames(struct check *c, uint64_t *frame, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		frame[i] = ram_alloc(&c->world->ram, FRAME_DATA, 1);
		CHECK(frame[i], "no frame for a DMA buffer");
	}
}

static void free_frames(struct check *c, const uint64_t *frame, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (frame[i])
			world_frame_put(c->world, frame[i]);
}

bool exec_MAP(struct check *c, const struct trace_op *op)
{
	const char *refusal = ref_may_map(&c->ref, op->process, op->slot, op->pages);
	uint64_t frame[TRACE_MAX_PAGES];
	struct ref_result want;
	int error;

	if (refusal && !exec_may_misuse(c))
		return exec_skip(c, refusal);
	want = ref_map(&c->ref, op->process, op->slot, op->pages, op->prot);
	alloc_frames(c, frame, op->pages);
	error = c->driver->ops->map(c->driver, op->process, world_slot_va(op->slot), frame,
				    op->pages, op->prot);
	if (error) {
		free_frames(c, frame, op->pages);
	} else {
		for (unsigned i = 0; i < op->pages; i++) {
			c->private_frame[op->process][op->slot + i] = frame[i];
		}
		c->private_dirty[op->process] = ~0u; /* nothing else may have changed */
	}
	compare_result(c, &want, error, 0);
	return true;
}

/* Frames that the driver hands back are those that it got. */
static void take_back_frames(struct check *c, const struct trace_op *op, const uint64_t *old)
{
	for (unsigned i = 0; i < op->pages; i++) {
		uint64_t *frame = &c->private_frame[op->process][op->slot + i];

		if (!old[i])
			continue;
		if (old[i] != *frame) {
			diverge(c, DIVERGENCE_RESULT, "B-4", "the frame that was mapped",
				"another one is handed back");
			return;
		}
		*frame = 0;
		world_frame_put(c->world, old[i]);
	}
}

bool exec_UNMAP(struct check *c, const struct trace_op *op)
{
	const char *refusal = ref_may_unmap(&c->ref, op->process, op->slot, op->pages);
	uint64_t old[TRACE_MAX_PAGES] = {0};
	struct ref_result want;
	int count;

	if (refusal && !exec_may_misuse(c))
		return exec_skip(c, refusal);
	want = ref_unmap(&c->ref, op->process, op->slot, op->pages);
	count = c->driver->ops->unmap(c->driver, op->process, world_slot_va(op->slot), op->pages,
				      old);
	c->private_dirty[op->process] = ~0u;
	if (count >= 0)
		take_back_frames(c, op, old);
	if (!diverged(c))
		compare_result(c, &want, count < 0 ? count : 0, count < 0 ? 0 : (uint32_t)count);
	return true;
}

bool exec_BIND(struct check *c, const struct trace_op *op)
{
	const unsigned untouched = ~0u;
	uint64_t before = c->ref.bonds, handle = 0;
	/* Linux returns a handle, and the PASID is asked of that. */
	bool no_pointer = op->has_pasid && !c->is_linux;
	const char *refusal = NULL;
	unsigned pasid = untouched;
	struct ref_result want;
	int error;

	if (ref_task_alive(&c->ref, op->process))
		refusal = exec_refusal(c, op, REF_MAY_BIND, op->process);
	else /* the caller holds the process */
		refusal = "nobody holds the process";
	if (refusal)
		return exec_skip(c, refusal);
	want = ref_bind(&c->ref, op->device, op->process, op->child, !no_pointer);
	error = c->driver->ops->bind(c->driver, op->device, c->world->task[op->process].mm,
				     op->child, no_pointer ? NULL : &pasid, &handle);
	if (error && pasid != untouched)
		diverge(c, DIVERGENCE_RESULT, "A-17",
			"a failed bind leaves the caller's PASID alone", "%u is written", pasid);
	if (compare_result(c, &want, error, error ? 0 : pasid) && c->is_linux && !error)
		bonds_compare_handle(c, &want, before, handle);
	if (c->is_linux && is_injected_failure(c, error))
		bonds_take_pasid(c, op->device, op->process);
	return true;
}

bool exec_UNBIND(struct check *c, const struct trace_op *op)
{
	const char *refusal = exec_refusal(c, op, REF_MAY_UNBIND, op->pasid);
	struct ref_result want;

	if (refusal)
		return exec_skip(c, refusal);
	want = ref_unbind(&c->ref, op->device, op->pasid);
	compare_result(c, &want, c->driver->ops->unbind(c->driver, op->device, op->pasid), 0);
	return true;
}

bool exec_UNBIND_ALL(struct check *c, const struct trace_op *op)
{
	struct ref_result want;

	if (!c->ref.device[op->device].present && !exec_may_misuse(c))
		return exec_skip(c, "the device is gone");
	want = ref_unbind_all(&c->ref, op->device);
	want.error = 0; /* returns nothing, so a device that is gone cannot be told */
	c->driver->ops->unbind_all(c->driver, op->device);
	compare_result(c, &want, 0, 0);
	return true;
}
