/* SPDX-License-Identifier: MIT */
/* Choices of the mutator: which op. */
#include "mutator_live.h"

#define SET(id) (1ull << TRACE_OP_##id)
_Static_assert(TRACE_NUM_OPS <= 64, "a set of ops is a uint64_t");

/* Ops on objects that few topologies have. */
#define VF_OPS (SET(VFS_OFF) | SET(VFS_ON))
#define MDEV_OPS                                                                                   \
	(SET(MDEV_BIND) | SET(MDEV_UNBIND) | SET(MDEV_CLOSE) | SET(MDEV_MAP) | SET(MDEV_UNMAP) |   \
	 SET(MDEV_ATTACH) | SET(USER_BIND) | SET(SUBMIT))
#define VM_OPS                                                                                     \
	(SET(VM_START) | SET(VM_DESTROY) | SET(ASSIGN) | SET(UNASSIGN) | SET(GUEST_SPAWN) |        \
	 SET(GUEST_BIND) | SET(GUEST_UNBIND) | SET(GUEST_INV))
#define MDEV_VM_OPS (SET(ASSIGN_MDEV) | SET(UNASSIGN_MDEV))
#define SHARED_OPS  (MDEV_OPS | VM_OPS | MDEV_VM_OPS)

/* Ops that the drivers of a policy have no call for: they would be skipped. */
#define NOT_LINUX                                                                                  \
	(SET(TLBI) | SET(CFGI) | SET(ATC_INV) | SET(PREFETCH) | SET(BAD_CMD) | VM_OPS | MDEV_VM_OPS)
static const uint64_t useless_ops[TRACE_NUM_POLICIES] = {
	[TRACE_POLICY_IO_MM] = SET(ENABLE) | SET(DISABLE) | SET(ATTACH_PASID) | SET(DETACH_PASID) |
			       SET(CLAIM) | SET(RELEASE) | SET(POWER_OFF),
	[TRACE_POLICY_LINUX_6_1] = NOT_LINUX | SET(ATTACH_PASID) | SET(DETACH_PASID),
	[TRACE_POLICY_LINUX_6_12] = NOT_LINUX,
};

static bool has_vfs(const struct trace_header *header)
{
	unsigned i;

	for (i = 1; i < header->num_devices; i++) {
		if (header->device[i].vf_of)
			return true;
	}
	return false;
}

static uint64_t useful_ops(const struct mutator_rng *rng, const struct trace_header *header)
{
	uint64_t ops = ~useless_ops[rng->policy];

	if (!header->num_mdevs)
		ops &= ~(MDEV_OPS | MDEV_VM_OPS);
	if (!header->num_vms)
		ops &= ~(VM_OPS | MDEV_VM_OPS);
	if (!header->num_domains)
		ops &= ~SET(MDEV_ATTACH);
	return has_vfs(header) ? ops : ops & ~VF_OPS;
}

static uint8_t pick_of(struct mutator_rng *rng, uint64_t ops)
{
	unsigned total = 0, i, at;

	for (i = 0; i < TRACE_NUM_OPS; i++)
		total += ops >> i & 1 ? trace_op_info[i].weight : 0;
	at = mutator_below(rng, total);
	for (i = 0; i < TRACE_NUM_OPS - 1; i++) {
		unsigned weight = ops >> i & 1 ? trace_op_info[i].weight : 0;

		if (at < weight)
			break;
		at -= weight;
	}
	return (uint8_t)i;
}

uint8_t pick_code(struct mutator_rng *rng, const struct trace_header *header)
{
	uint64_t ops = useful_ops(rng, header);

	if (ops & SHARED_OPS)
		ops &= mutator_below(rng, 2) ? SHARED_OPS : ~SHARED_OPS;
	return pick_of(rng, ops);
}

static unsigned assignable(const struct live *live)
{
	unsigned i, vfs = 0;

	for (i = 0; i < live->header->num_devices; i++)
		vfs |= live->header->device[i].vf_of ? 1u << i : 0;
	return vfs & live->present & ~live->assigned;
}

static unsigned associations(const struct live *live)
{
	unsigned m, mms = 0;

	for (m = 0; m < live->header->num_mdevs; m++)
		mms |= live->associated[m];
	return mms;
}

static bool any_mdev_assigned(const struct live *live)
{
	unsigned m;

	for (m = 0; m < live->header->num_mdevs; m++) {
		if (live->mdev_vm[m] != TRACE_NONE)
			return true;
	}
	return false;
}

/* Processes of VMs that a function of their VM is not bound to. */
static unsigned binders(const struct live *live)
{
	unsigned i, mms = 0;

	for (i = 0; i < live->header->num_devices; i++)
		mms |= live->assigned >> i & 1 ? live_mms(live, live->vm[i]) & ~live->bonds[i] : 0;
	return mms;
}

static uint8_t before_vm_op(const struct live *live, uint8_t code)
{
	if (!live->running)
		return TRACE_OP_VM_START;
	switch (code) {
	case TRACE_OP_VM_START:
		return live->running == live->vms ? TRACE_OP_GUEST_BIND : code;
	case TRACE_OP_VM_DESTROY:
		return live->running == live->vms ? code : TRACE_OP_VM_START;
	case TRACE_OP_ASSIGN:
		if (assignable(live))
			return code;
		return live->disabled ? TRACE_OP_VFS_ON : TRACE_OP_GUEST_BIND;
	case TRACE_OP_UNASSIGN:
		return live->whole ? code : TRACE_OP_ASSIGN;
	case TRACE_OP_ASSIGN_MDEV: /* B-7: not while the host has PASIDs below the requester id */
		return live_partitions(live, ~live_bonded(live) | live->assigned)
			       ? code
			       : TRACE_OP_UNBIND_ALL;
	case TRACE_OP_UNASSIGN_MDEV:
		return any_mdev_assigned(live) ? code : TRACE_OP_ASSIGN_MDEV;
	case TRACE_OP_GUEST_BIND:
		if (!live->assigned)
			return TRACE_OP_ASSIGN;
		return binders(live) || live->tasks == 0xff ? code : TRACE_OP_GUEST_SPAWN;
	case TRACE_OP_GUEST_UNBIND:
	case TRACE_OP_GUEST_INV:
		return live_bonded(live) & live->assigned ? code : TRACE_OP_GUEST_BIND;
	default:
		return code;
	}
}

/* What has to be there before the op can mean something; the op itself when it is. */
static uint8_t before(const struct live *live, uint8_t code)
{
	unsigned all = (1u << live->header->num_devices) - 1;

	if ((VM_OPS | MDEV_VM_OPS) >> code & 1)
		return before_vm_op(live, code);
	switch (code) {
	case TRACE_OP_UNPLUG:
		return all & ~(live->present | live->disabled) ? TRACE_OP_PLUG : code;
	case TRACE_OP_VFS_OFF:
		return live->disabled ? TRACE_OP_VFS_ON : code;
	case TRACE_OP_VFS_ON:
		return live->present == all ? TRACE_OP_VFS_OFF : code;
	case TRACE_OP_MDEV_UNBIND:
	case TRACE_OP_MDEV_CLOSE:
		return associations(live) ? code : TRACE_OP_MDEV_BIND;
	case TRACE_OP_SUBMIT:
		return associations(live) || any_mdev_assigned(live) ? code : TRACE_OP_MDEV_BIND;
	default:
		return code;
	}
}

uint8_t pick_live_code(struct mutator_rng *rng, const struct live *live)
{
	enum { STEPS = 3 };
	uint8_t code = pick_code(rng, live->header);
	unsigned i;

	/* Now and then the error shows. */
	for (i = mutator_below(rng, 8) ? 0 : STEPS; i < STEPS; i++)
		code = before(live, code);
	return code;
}

void fit_policy(struct mutator_rng *rng, const struct trace_header *header, struct trace_op *op)
{
	if (!(useful_ops(rng, header) >> op->code & 1))
		op->code = pick_code(rng, header);
	if (rng->policy == TRACE_POLICY_IO_MM)
		return;
	if (op->code == TRACE_OP_INIT) {
		op->child &= 1;
		op->pasid = op->max = 0;
	} else if (op->code == TRACE_OP_BIND) {
		op->child = op->has_pasid = 0;
	}
}
