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
	/* Duties of the mediating driver hold in every trace. */
	const char *duty =
		c->mediated ? ref_partitions_forbid(&c->ref, call, op->device, argument) : NULL;

	if (duty)
		return duty;
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
	int error;

	if (refusal)
		return exec_skip(c, refusal);
	want = ref_shutdown(&c->ref, op->device);
	error = c->driver->ops->sva_shutdown(c->driver, op->device);
	if (compare_result(c, &want, error, 0) && !error)
		functions_follow(c, op->device);
	return true;
}

bool exec_ATTACH(struct check *c, const struct trace_op *op)
{
	const char *refusal = exec_refusal(c, op, REF_MAY_ATTACH, op->process);
	struct ref_result want;
	int error;

	if (refusal)
		return exec_skip(c, refusal);
	want = ref_attach(&c->ref, op->device, op->process);
	error = c->driver->ops->attach(c->driver, op->device, op->process);
	if (compare_result(c, &want, error, 0) && !error)
		functions_follow(c, op->device);
	return true;
}

bool exec_DETACH(struct check *c, const struct trace_op *op)
{
	const char *refusal = exec_refusal(c, op, REF_MAY_DETACH, 0);
	struct ref_result want;
	int error;

	if (refusal)
		return exec_skip(c, refusal);
	want = ref_detach(&c->ref, op->device);
	error = c->driver->ops->detach(c->driver, op->device);
	if (compare_result(c, &want, error, 0) && !error)
		functions_follow(c, op->device);
	return true;
}

bool exec_UNPLUG(struct check *c, const struct trace_op *op)
{
	const char *refusal = functions_keep(c, op, false);
	struct ref_result want;

	if (!c->ref.device[op->device].present)
		return exec_skip(c, "the device is gone");
	if (refusal)
		return exec_skip(c, refusal);
	want = ref_unplug(&c->ref, op->device);
	functions_remove(c, op->device);
	compare_result(c, &want, 0, 0);
	return true;
}

/* B-10: the mediating driver counts what the domain's owner has mapped itself. */
static void tell_mapped(struct check *c, const struct trace_op *op, bool mapped)
{
	if (c->mediated)
		mediator_domain_mapped(c->owners, op->process, world_slot_va(op->slot), op->pages,
				       mapped);
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
	frames_alloc(c, frame, op->pages);
	error = c->driver->ops->map(c->driver, op->process, world_slot_va(op->slot), frame,
				    op->pages, op->prot);
	if (error) {
		frames_free(c, frame, op->pages);
	} else {
		frames_mapped(c, op->process, op->slot, frame, op->pages);
		tell_mapped(c, op, true);
	}
	compare_result(c, &want, error, 0);
	return true;
}

bool exec_UNMAP(struct check *c, const struct trace_op *op)
{
	const char *refusal = ref_may_unmap(&c->ref, op->process, op->slot, op->pages);
	uint64_t old[TRACE_MAX_PAGES] = {0};
	struct ref_result want;
	int count;

	if (refusal && exec_may_misuse(c))
		refusal = NULL;
	if (!refusal && c->mediated)
		refusal = ref_partitions_forbid_unmap(&c->ref, op->process, op->slot, op->pages);
	if (refusal)
		return exec_skip(c, refusal);
	want = ref_unmap(&c->ref, op->process, op->slot, op->pages);
	count = c->driver->ops->unmap(c->driver, op->process, world_slot_va(op->slot), op->pages,
				      old);
	c->private_dirty[op->process] = ~0u;
	if (count >= 0) {
		frames_take_back(c, op->process, op->slot, old, op->pages);
		tell_mapped(c, op, false);
	}
	if (!diverged(c))
		compare_result(c, &want, count < 0 ? count : 0, count < 0 ? 0 : (uint32_t)count);
	return true;
}

static int bind(struct check *c, const struct trace_op *op, unsigned *pasid, uint64_t *handle)
{
	unsigned mm = c->world->task[op->process].mm;

	if (c->mediated)
		return mediator_own_bind(c->owners, op->device, mm, op->child, pasid, handle);
	return c->driver->ops->bind(c->driver, op->device, mm, op->child, pasid, handle);
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
	/* The bind API is given processes of the host alone; the mediating driver is asked. */
	if (!refusal && !c->mediated && is_guest_mm(c, c->ref.task[op->process].mm))
		refusal = "the process lives in a VM";
	if (refusal)
		return exec_skip(c, refusal);
	want = ref_bind(&c->ref, op->device, op->process, op->child, !no_pointer);
	error = bind(c, op, no_pointer ? NULL : &pasid, &handle);
	if (error && pasid != untouched)
		diverge(c, DIVERGENCE_RESULT, "A-17",
			"a failed bind leaves the caller's PASID alone", "%u is written", pasid);
	if (compare_call(c, &want, error, error ? 0 : pasid,
			 bonds_pasid_rule(c, &want, op->device, pasid, NULL)) &&
	    c->is_linux && !error)
		bonds_compare_handle(c, &want, before, handle);
	if (c->is_linux && is_injected_failure(c, error))
		bonds_take_pasid(c, op->device, op->process);
	return true;
}

bool exec_UNBIND(struct check *c, const struct trace_op *op)
{
	const char *refusal = exec_refusal(c, op, REF_MAY_UNBIND, op->pasid);
	struct ref_result want;
	int error;

	if (refusal)
		return exec_skip(c, refusal);
	want = ref_unbind(&c->ref, op->device, op->pasid);
	error = c->mediated ? mediator_own_unbind(c->owners, op->device, op->pasid)
			    : c->driver->ops->unbind(c->driver, op->device, op->pasid);
	compare_result(c, &want, error, 0);
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
	functions_follow(c, op->device);
	return true;
}
