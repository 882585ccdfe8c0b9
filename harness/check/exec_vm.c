/* SPDX-License-Identifier: MIT */
/* Ops of VMs, guests, and functions that come and go: law and owner step, results are compared. */
#include "check_state.h"

#include <errno.h>

static const char no_vms[] = "the driver has no VMs";

static bool has_vms(const struct check *c)
{
	return c->ref.topology.num_vms;
}

/* Hot-plug. The bus tells what is not there or there already; the driver hears of the rest. */

bool exec_PLUG(struct check *c, const struct trace_op *op)
{
	struct ref_result want;
	int error;

	if (!c->driver->ops->plug)
		return exec_skip(c, "the driver has no such call");
	want = ref_plug(&c->ref, op->device);
	error = want.error ? want.error : functions_add(c, op->device);
	compare_call(c, &want, error, 0, "C-15");
	return true;
}

bool exec_VFS_OFF(struct check *c, const struct trace_op *op)
{
	const char *refusal = functions_keep(c, op, true);
	struct ref_result want;

	if (refusal)
		return exec_skip(c, refusal);
	want = ref_disable_vfs(&c->ref, op->device);
	for (unsigned left = want.error ? 0 : functions_vfs(c, op->device); left; left &= left - 1)
		functions_remove(c, (unsigned)__builtin_ctz(left));
	c->mms_changed = true;
	compare_call(c, &want, want.error, 0, "B-8");
	return true;
}

/* Without memory none of them. Linux: one that its group refuses stays away, and the others
 * come. */
static int add_vfs(struct check *c, unsigned vfs)
{
	unsigned added = 0;
	int error = 0;

	for (unsigned left = vfs; left && !error; left &= left - 1) {
		unsigned vf = (unsigned)__builtin_ctz(left);

		if (c->world->endpoint[vf].present)
			continue;
		error = functions_add(c, vf);
		if (!error)
			added |= 1u << vf;
		else if (c->is_linux && !is_injected_failure(c, error))
			error = 0;
	}
	for (; error && added; added &= added - 1)
		functions_remove(c, (unsigned)__builtin_ctz(added));
	return error;
}

static void compare_presence(struct check *c, unsigned devices)
{
	for (unsigned left = devices; left && !diverged(c); left &= left - 1) {
		unsigned device = (unsigned)__builtin_ctz(left);
		bool want = c->ref.device[device].present;

		if (c->world->endpoint[device].present != want)
			diverge(c, DIVERGENCE_RESULT, "C-15",
				want ? "the device joins its group"
				     : "the group refuses the device",
				"d%u is %s", device, want ? "refused" : "there");
	}
}

bool exec_VFS_ON(struct check *c, const struct trace_op *op)
{
	struct ref_result want;
	int error;

	if (!c->driver->ops->plug)
		return exec_skip(c, "the driver has no such call");
	want = ref_enable_vfs(&c->ref, op->device);
	error = want.error ? want.error : add_vfs(c, functions_vfs(c, op->device));
	compare_call(c, &want, error, 0, "B-8");
	compare_presence(c, functions_vfs(c, op->device));
	return true;
}

/* The host's side of VMs. */

bool exec_VM_START(struct check *c, const struct trace_op *op)
{
	struct ref_result want;

	if (!has_vms(c))
		return exec_skip(c, no_vms);
	want = ref_vm_start(&c->ref, op->max);
	compare_call(c, &want, vmm_start(c->owners, op->max), 0, "B-8");
	return true;
}

bool exec_VM_DESTROY(struct check *c, const struct trace_op *op)
{
	struct ref_result want;

	if (!has_vms(c))
		return exec_skip(c, no_vms);
	want = ref_vm_destroy(&c->ref, op->max);
	c->mms_changed = true;
	compare_call(c, &want, vmm_destroy(c->owners, op->max), 0, "B-8");
	return true;
}

bool exec_ASSIGN(struct check *c, const struct trace_op *op)
{
	struct ref_result want;
	int error;

	if (!has_vms(c))
		return exec_skip(c, no_vms);
	want = ref_assign(&c->ref, op->max, op->device);
	error = vmm_assign(c->owners, op->max, op->device);
	if (compare_call(c, &want, error, 0, "B-8") && !error)
		functions_follow(c, op->device);
	return true;
}

bool exec_UNASSIGN(struct check *c, const struct trace_op *op)
{
	struct ref_result want;

	if (!has_vms(c))
		return exec_skip(c, no_vms);
	want = ref_unassign(&c->ref, op->device);
	compare_call(c, &want, vmm_unassign(c->owners, op->device), 0, "B-8");
	return true;
}

bool exec_ASSIGN_MDEV(struct check *c, const struct trace_op *op)
{
	struct ref_result want;
	int error;

	if (!has_vms(c))
		return exec_skip(c, no_vms);
	want = ref_assign_partition(&c->ref, op->max, op->device);
	error = vmm_assign_mdev(c->owners, op->max, op->device);
	if (compare_call(c, &want, error, 0, "B-7") && !error)
		functions_follow(c, c->ref.topology.partition[op->device].parent);
	return true;
}

bool exec_UNASSIGN_MDEV(struct check *c, const struct trace_op *op)
{
	struct ref_result want;

	if (!has_vms(c))
		return exec_skip(c, no_vms);
	want = ref_unassign_partition(&c->ref, op->device);
	compare_call(c, &want, vmm_unassign_mdev(c->owners, op->device), 0, "B-7");
	return true;
}

/* The software of guests. */

bool exec_GUEST_SPAWN(struct check *c, const struct trace_op *op)
{
	struct ref_result want;

	if (!has_vms(c))
		return exec_skip(c, no_vms);
	if (!c->ref.vm[op->max].running)
		return exec_skip(c, "the VM does not run");
	if (ref_task_alive(&c->ref, op->process))
		return exec_skip(c, "the slot is taken");
	if (!ref_room_for_mm(&c->ref))
		return exec_skip(c, "too many address spaces are still bound");
	c->mms_changed = true;
	want = ref_guest_spawn(&c->ref, op->max, op->process);
	compare_call(c, &want, world_guest_spawn(c->world, op->max, op->process), 0, "B-8");
	return true;
}

bool exec_GUEST_BIND(struct check *c, const struct trace_op *op)
{
	const unsigned untouched = ~0u;
	unsigned pasid = untouched;
	struct ref_result want;
	int error;

	if (!has_vms(c))
		return exec_skip(c, no_vms);
	if (!ref_task_alive(&c->ref, op->process))
		return exec_skip(c, "nobody holds the process");
	if (!is_guest_mm(c, c->ref.task[op->process].mm))
		return exec_skip(c, "the process lives on the host");
	want = ref_guest_bind(&c->ref, op->device, op->process);
	error = guest_bind(c->owners, op->device, c->world->task[op->process].mm, &pasid);
	if (error && pasid != untouched)
		diverge(c, DIVERGENCE_RESULT, "A-17",
			"a failed bind leaves the caller's PASID alone", "%u is written", pasid);
	compare_call(c, &want, error, error ? 0 : pasid, "B-8");
	return true;
}

bool exec_GUEST_UNBIND(struct check *c, const struct trace_op *op)
{
	struct ref_result want;

	if (!has_vms(c))
		return exec_skip(c, no_vms);
	want = ref_guest_unbind(&c->ref, op->max, op->device, op->pasid);
	compare_call(c, &want, guest_unbind(c->owners, op->max, op->device, op->pasid), 0, "B-8");
	return true;
}

bool exec_GUEST_INV(struct check *c, const struct trace_op *op)
{
	struct ref_result want = {.rule = ""};

	if (!has_vms(c))
		return exec_skip(c, no_vms);
	if (!c->ref.vm[op->max].running || !ref_vm_has(&c->ref, op->max, op->device))
		want = (struct ref_result){.error = -ENODEV, .rule = "B-8"};
	compare_call(c, &want,
		     guest_invalidate(c->owners, op->max, op->device, op->has_pasid, op->pasid,
				      world_slot_va(op->slot),
				      (uint64_t)op->pages * WORLD_FRAME_SIZE),
		     0, "B-8");
	return true;
}
