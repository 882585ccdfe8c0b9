/* SPDX-License-Identifier: MIT */
/* Choices of the mutator: what an operand could be for its op to mean something now. */
#include "mutator_aim.h"

bool aim_on_linux(const struct live *live)
{
	return live->policy != TRACE_POLICY_IO_MM;
}

/* Devices that reach an mm, or if none does, those with a domain. */
static unsigned reaching_devices(const struct live *live)
{
	unsigned i, set = 0;

	for (i = 0; i < live->header->num_devices; i++)
		set |= live_reach(live, i) ? BIT(i) : 0;
	return set ? set : live_attached(live);
}

static unsigned with_domain_pasid(const struct live *live)
{
	unsigned i, set = 0;

	for (i = 0; i < live->header->num_devices; i++)
		set |= live->domain_pasid[i] ? BIT(i) : 0;
	return set;
}

/* As below, where Linux differs; 0: it does not. */
static unsigned wanted_by_linux(const struct live *live, unsigned code)
{
	switch (code) {
	case TRACE_OP_INIT:
	case TRACE_OP_ENABLE:
		return live->present & ~live->initialised;
	case TRACE_OP_SHUTDOWN:
	case TRACE_OP_DISABLE:
		return live->initialised & ~live_bonded(live);
	case TRACE_OP_ATTACH:
	case TRACE_OP_CLAIM:
		return live->present & ~live_attached(live);
	case TRACE_OP_ATTACH_PASID:
		return live->present & ~with_domain_pasid(live);
	case TRACE_OP_DETACH_PASID:
		return with_domain_pasid(live);
	case TRACE_OP_RELEASE:
		return live->claimed;
	default:
		return 0;
	}
}

static unsigned all_devices(const struct live *live)
{
	return BIT(live->header->num_devices) - 1;
}

static unsigned virtual_functions(const struct live *live)
{
	unsigned i, set = 0;

	for (i = 0; i < live->header->num_devices; i++)
		set |= live->header->device[i].vf_of ? BIT(i) : 0;
	return set;
}

/* PFs with a VF in a set. */
static unsigned pfs_of(const struct live *live, unsigned devices)
{
	unsigned i, set = 0;

	for (i = 0; i < live->header->num_devices; i++)
		set |= live_vfs(live, i) & devices ? BIT(i) : 0;
	return set & live->present;
}

/* What a VM has; bonded functions alone if there are any. */
static unsigned functions_of(const struct live *live, unsigned vm)
{
	unsigned i, set = 0;

	for (i = 0; i < live->header->num_devices; i++)
		set |= live->vm[i] == vm ? BIT(i) : 0;
	return set & live_bonded(live) ? set & live_bonded(live) : set;
}

/* Functions that a process of their guest is not bound to; all functions if there is none. */
static unsigned guests_want(const struct live *live)
{
	unsigned i, set = 0;

	for (i = 0; i < live->header->num_devices; i++) {
		if (live->assigned & BIT(i) && live_mms(live, live->vm[i]) & ~live->bonds[i])
			set |= BIT(i);
	}
	return set ? set : live->assigned;
}

unsigned aim_devices(const struct live *live, const struct trace_op *op)
{
	unsigned set = aim_on_linux(live) ? wanted_by_linux(live, op->code) : 0;

	if (set)
		return set;
	switch (op->code) {
	case TRACE_OP_INIT:
		return live_attached(live) & ~live->initialised;
	case TRACE_OP_BIND:
		return live_bindable(live);
	case TRACE_OP_UNBIND:
	case TRACE_OP_UNBIND_ALL:
	case TRACE_OP_SHUTDOWN:
		return live_bonded(live) & ~live->assigned;
	case TRACE_OP_ATTACH:
		return live->present & ~live->assigned;
	case TRACE_OP_UNPLUG:
		return live->present;
	case TRACE_OP_DMA:
	case TRACE_OP_ATS:
		return reaching_devices(live);
	case TRACE_OP_PLUG:
		return all_devices(live) & ~live->present & ~live->disabled;
	case TRACE_OP_VFS_OFF:
		return pfs_of(live, live->present);
	case TRACE_OP_VFS_ON:
		return pfs_of(live, all_devices(live) & ~live->present);
	case TRACE_OP_ASSIGN:
		return virtual_functions(live) & live->present & ~live->assigned;
	case TRACE_OP_UNASSIGN:
		return live->whole;
	case TRACE_OP_GUEST_BIND:
		return guests_want(live);
	case TRACE_OP_GUEST_UNBIND:
	case TRACE_OP_GUEST_INV:
		return functions_of(live, op->max);
	default:
		return live_attached(live);
	}
}

static unsigned with_associations(const struct live *live)
{
	unsigned m, set = 0;

	for (m = 0; m < live->header->num_mdevs; m++)
		set |= live->associated[m] ? BIT(m) : 0;
	return set;
}

static unsigned with_mappings(const struct live *live)
{
	unsigned m, set = 0;

	for (m = 0; m < live->header->num_mdevs; m++)
		set |= live->own_mapped[m] ? BIT(m) : 0;
	return set;
}

static unsigned mapping_parents(const struct live *live)
{
	unsigned m, set = 0;

	for (m = 0; m < live->header->num_mdevs; m++)
		set |= live->own_mapped[m] ? BIT(live->header->mdev[m].parent) : 0;
	return set;
}

static unsigned assigned_mdevs(const struct live *live)
{
	unsigned m, set = 0;

	for (m = 0; m < live->header->num_mdevs; m++)
		set |= live->mdev_vm[m] != TRACE_NONE ? BIT(m) : 0;
	return set;
}

/* Those that a VM can have; those whose requester id nothing of the host uses, if any (B-7). */
static unsigned assignable_mdevs(const struct live *live)
{
	unsigned host = (live_bonded(live) & ~live->assigned) | mapping_parents(live);
	unsigned alone = 0, i, set, unused;

	for (i = 0; i < live->header->num_devices; i++)
		alone |= live_group(live, i) == BIT(i) ? BIT(i) : 0;
	set = live_partitions(live, alone & ~live->whole) & ~assigned_mdevs(live);
	unused = set & live_partitions(live, ~host);
	return unused ? unused : set;
}

unsigned aim_mdevs(const struct live *live, unsigned code)
{
	unsigned host = live->present & ~live->assigned;

	switch (code) {
	case TRACE_OP_MDEV_UNBIND:
		return with_associations(live);
	case TRACE_OP_MDEV_CLOSE:
	case TRACE_OP_MDEV_UNMAP:
		return with_associations(live) | with_mappings(live);
	case TRACE_OP_SUBMIT:
		return with_associations(live) | assigned_mdevs(live);
	case TRACE_OP_ASSIGN_MDEV:
		return assignable_mdevs(live);
	case TRACE_OP_UNASSIGN_MDEV:
		return assigned_mdevs(live);
	default:
		return live_partitions(live, live_bindable(live) & host);
	}
}

unsigned aim_vms(const struct live *live, unsigned code)
{
	unsigned i, with_function = 0;

	if (code == TRACE_OP_VM_START)
		return live->vms & ~live->running;
	if (code != TRACE_OP_GUEST_UNBIND && code != TRACE_OP_GUEST_INV &&
	    code != TRACE_OP_GUEST_SPAWN)
		return live->running;
	for (i = 0; i < live->header->num_devices; i++)
		with_function |= live->assigned & BIT(i) ? BIT(live->vm[i]) : 0;
	return with_function ? with_function : live->running;
}

/* Tasks whose mm is in a set. */
static unsigned tasks_of(const struct live *live, unsigned mms)
{
	unsigned i, set = 0;

	for (i = 0; i < TRACE_MAX_PROCESSES; i++) {
		if (live->tasks & BIT(i) && mms & BIT(live->task_mm[i]))
			set |= BIT(i);
	}
	return set;
}

static unsigned mapped_mms(const struct live *live)
{
	unsigned mm, set = 0;

	for (mm = 0; mm < LIVE_MMS; mm++)
		set |= live->mapped[mm] ? BIT(mm) : 0;
	return set;
}

/* Mms whose tasks may submit to a partition. */
static unsigned submitters(const struct live *live, unsigned mdev)
{
	unsigned parent = live->header->mdev[mdev].parent;

	return live->mdev_vm[mdev] == TRACE_NONE ? live->associated[mdev] : live->bonds[parent];
}

/* Mms that an op of a device or a partition can be about; all of them when it is another op. */
static unsigned wanted_mms(struct mutator_rng *rng, const struct live *live,
			   const struct trace_op *op)
{
	unsigned host = live_mms(live, TRACE_NONE), guest;

	switch (op->code) {
	case TRACE_OP_BIND:
		return host & ~live->bonds[op->device];
	case TRACE_OP_MDEV_BIND:
		return host & ~live->associated[op->device];
	case TRACE_OP_USER_BIND:
		return host;
	case TRACE_OP_GUEST_BIND:
		guest = live_mms(live, live->vm[op->device]);
		return guest & ~live->bonds[op->device] ? guest & ~live->bonds[op->device] : guest;
	case TRACE_OP_SUBMIT: /* now and then somebody to whom the partition does not belong */
		return mutator_below(rng, 4) ? submitters(live, op->device)
					     : ~submitters(live, op->device);
	default:
		return ~0u;
	}
}

/* Mms that a CPU op is about; in 1 of 4 cases a bond must not matter. */
static unsigned cpu_mms(struct mutator_rng *rng, const struct live *live, unsigned code)
{
	unsigned bound = 0, mms = ~0u, i;

	for (i = 0; i < live->header->num_devices; i++)
		bound |= live->bonds[i];
	if (trace_op_info[code].operand[1] == TRACE_FIELD_VA && code != TRACE_OP_MMAP)
		mms = mapped_mms(live);
	if (mms & bound && mutator_below(rng, 4))
		mms &= bound;
	return mms;
}

unsigned aim_tasks(struct mutator_rng *rng, const struct live *live, const struct trace_op *op)
{
	unsigned first = trace_op_info[op->code].operand[0], mms, set;

	if (op->code == TRACE_OP_SPAWN || op->code == TRACE_OP_GUEST_SPAWN)
		return (uint8_t)~live->tasks;
	mms = first == TRACE_FIELD_PROCESS ? cpu_mms(rng, live, op->code)
					   : wanted_mms(rng, live, op);
	set = tasks_of(live, mms);
	return set ? set : live->tasks;
}
