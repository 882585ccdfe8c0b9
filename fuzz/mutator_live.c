/* SPDX-License-Identifier: MIT */
/* The sketch of the law that the mutator aims with (mutator_live.h). */
#include "mutator_step.h"

#include <string.h>

bool step_on_linux(const struct live *live)
{
	return live->policy != TRACE_POLICY_IO_MM;
}

static bool linux_6_12(const struct live *live)
{
	return live->policy == TRACE_POLICY_LINUX_6_12;
}

bool step_alive(const struct live *live, unsigned task)
{
	return live->tasks & BIT(task);
}

unsigned live_group(const struct live *live, unsigned device)
{
	uint8_t group = live->header->device[device].group;
	unsigned i, set = 0;

	if (group == TRACE_NONE)
		return 0;
	for (i = 0; i < live->header->num_devices; i++) {
		if (live->header->device[i].group == group && live->present & BIT(i))
			set |= BIT(i);
	}
	return set;
}

unsigned live_attached(const struct live *live)
{
	unsigned i, set = 0;

	for (i = 0; i < live->header->num_devices; i++) {
		if (live->domain[i] != TRACE_NONE)
			set |= BIT(i);
	}
	return set & live->present;
}

/* linux-6.1: its default domain has a PASID table. */
static bool in_default_dma(const struct live *live, unsigned device)
{
	return live->header->default_dma && live->policy == TRACE_POLICY_LINUX_6_1 &&
	       live->domain[device] == TRACE_NONE && live_group(live, device) &&
	       !(live->claimed & BIT(device));
}

unsigned live_bindable(const struct live *live)
{
	unsigned i, set = live->present & live->initialised;

	/* The PASID table is the device's, whatever its domain is. */
	if (linux_6_12(live))
		return set & ~live->claimed;
	for (i = 0; i < live->header->num_devices; i++) {
		if (in_default_dma(live, i))
			continue;
		if (live->domain[i] == TRACE_NONE ||
		    (!step_on_linux(live) && live_group(live, i) != BIT(i)) ||
		    live->header->domain_type[live->domain[i]] != TRACE_DOMAIN_STAGE1)
			set &= ~BIT(i);
	}
	return set;
}

unsigned live_bonded(const struct live *live)
{
	unsigned i, set = 0;

	for (i = 0; i < live->header->num_devices; i++)
		set |= live->bonds[i] ? BIT(i) : 0;
	return set;
}

unsigned live_reach(const struct live *live, unsigned device)
{
	unsigned i, mms = 0, group = live_group(live, device);

	if (live->assigned & BIT(device))
		return live->bonds[device];
	if (!linux_6_12(live) && live->domain[device] == TRACE_NONE)
		return in_default_dma(live, device) ? live->bonds[device] : 0;
	for (i = 0; i < live->header->num_devices; i++) {
		if (linux_6_12(live) ? group & BIT(i) : live->domain[i] == live->domain[device])
			mms |= live->bonds[i];
	}
	return mms;
}

unsigned live_pasid_mm(const struct live *live, unsigned mms, unsigned pasid)
{
	unsigned mm;

	for (mm = 0; mm < LIVE_MMS; mm++) {
		if (mms & BIT(mm) && live->mm_pasid[mm] == pasid)
			return mm;
	}
	return TRACE_NONE;
}

unsigned live_mms(const struct live *live, unsigned vm)
{
	unsigned mm, set = 0;

	if (vm == TRACE_NONE)
		return ~live->guest_mms & (BIT(LIVE_MMS) - 1);
	for (mm = 0; mm < LIVE_MMS; mm++)
		set |= live->mm_vm[mm] == vm ? BIT(mm) : 0;
	return set & live->guest_mms;
}

static unsigned bound_mms(const struct live *live)
{
	unsigned i, mms = 0;

	for (i = 0; i < live->header->num_devices; i++)
		mms |= live->bonds[i];
	return mms;
}

/* Nobody may use the PASID any more, which is when using it tells most. */
static void note_stale(struct live *live, unsigned mm)
{
	if (live->mm_pasid[mm])
		live->stale[live->num_stale++ % LIVE_STALE] = live->mm_pasid[mm];
}

/* The last bond of an mm takes its PASID with it; in Linux the mm itself does. */
void step_drop_bonds(struct live *live, unsigned device, unsigned mms)
{
	unsigned mm, left;

	mms &= live->bonds[device];
	if (!mms)
		return;
	live->bonds[device] &= (uint16_t)~mms;
	live->own[device] &= (uint16_t)~mms;
	step_dissociate(live, device, mms);
	left = bound_mms(live);
	for (mm = 0; mm < LIVE_MMS; mm++) {
		if (!(mms & ~left & BIT(mm)))
			continue;
		note_stale(live, mm);
		if (!step_on_linux(live) || !live->mm_users[mm])
			live->mm_pasid[mm] = 0;
	}
}

unsigned step_last_pasid(const struct live *live, unsigned device)
{
	unsigned bits = live->header->device[device].pasid_bits;

	return (1u << (bits < live->header->ssid_bits ? bits : live->header->ssid_bits)) - 1;
}

static void limits(struct live *live, unsigned device, unsigned min, unsigned max)
{
	unsigned top = step_last_pasid(live, device);

	live->min[device] = (uint8_t)(min ? min : 1);
	live->max[device] = (uint8_t)(max && max < top ? max : top);
}

void step_new_mm(struct live *live, unsigned task, unsigned vm)
{
	unsigned mm = 0, bound = bound_mms(live);

	while (mm < LIVE_MMS - 1 && (live->mm_users[mm] || bound & BIT(mm)))
		mm++;
	live->task_mm[task] = (uint8_t)mm;
	live->mm_users[mm] = 1;
	live->mm_pasid[mm] = 0;
	live->mapped[mm] = 0;
	live->mm_vm[mm] = (uint8_t)vm;
	live->guest_mms &= (uint16_t)~BIT(mm);
	if (vm != TRACE_NONE)
		live->guest_mms |= (uint16_t)BIT(mm);
}

void step_leave_mm(struct live *live, unsigned task)
{
	unsigned mm = live->task_mm[task], i;

	if (--live->mm_users[mm])
		return;
	live->mapped[mm] = 0;
	if (step_on_linux(live) && bound_mms(live) & BIT(mm))
		return; /* quiesced, until the last handle is given back */
	for (i = 0; i < live->header->num_devices; i++)
		step_drop_bonds(live, i, BIT(mm));
	note_stale(live, mm);
	live->mm_pasid[mm] = 0;
	live->guest_mms &= (uint16_t)~BIT(mm);
}

static void set_domain(struct live *live, unsigned device, uint8_t domain)
{
	unsigned i, set = live_group(live, device);

	if (live->assigned & BIT(device) || step_partitions_map(live, set))
		return;
	/* A user's domain is not replaced by another one; 6.1: nor one that SVA depends on. */
	if (step_on_linux(live) && domain != TRACE_NONE && live->domain[device] != TRACE_NONE)
		return;
	if (live->policy == TRACE_POLICY_LINUX_6_1 && set & live->initialised)
		return;
	for (i = 0; i < live->header->num_devices; i++) {
		if (!(set & BIT(i)))
			continue;
		if (!step_on_linux(live))
			step_drop_bonds(live, i, live->bonds[i]);
		live->domain[i] = domain;
	}
}

static void step_init(struct live *live, const struct trace_op *op)
{
	unsigned set = step_on_linux(live) ? live->present : live_attached(live);

	if (!(set & ~live->initialised & BIT(op->device)) ||
	    (!step_on_linux(live) && (op->child > 1 || !step_last_pasid(live, op->device))))
		return;
	live->initialised |= (uint8_t)BIT(op->device);
	live->iopf |= (uint8_t)((op->child & 1) << op->device);
	if (!step_on_linux(live))
		limits(live, op->device, op->pasid, op->max);
}

static void step_shutdown(struct live *live, const struct trace_op *op)
{
	if (live->assigned & BIT(op->device))
		return;
	if (step_on_linux(live) && live->bonds[op->device] && op->code == TRACE_OP_SHUTDOWN)
		return;
	step_drop_bonds(live, op->device, live->bonds[op->device]);
	live->initialised &= (uint8_t)~BIT(op->device);
	live->iopf &= (uint8_t)~BIT(op->device);
}

static void step_attach(struct live *live, const struct trace_op *op)
{
	set_domain(live, op->device, op->process);
}

static void step_detach(struct live *live, const struct trace_op *op)
{
	set_domain(live, op->device, TRACE_NONE);
}

static void step_map(struct live *live, const struct trace_op *op)
{
	if (live->header->domain_type[op->process] == TRACE_DOMAIN_STAGE1 &&
	    !(live->private_mapped[op->process] & step_slots(op)))
		live->private_mapped[op->process] |= step_slots(op);
}

static void step_unmap(struct live *live, const struct trace_op *op)
{
	/* B-10: what partitions have there is not the owner's. */
	if (!(step_partition_slots(live, op->process) & step_slots(op)))
		live->private_mapped[op->process] &= ~step_slots(op);
}

unsigned step_free_pasid(const struct live *live, unsigned mms, unsigned min)
{
	while (live_pasid_mm(live, mms, min) != TRACE_NONE)
		min++;
	return min;
}

bool step_try_bind(struct live *live, unsigned device, unsigned task, unsigned features)
{
	unsigned mm = live->task_mm[task], pasid;

	if (!(live_bindable(live) & BIT(device)) || !step_alive(live, task) ||
	    (live->bonds[device] | live->guest_mms) & BIT(mm))
		return false;
	if (!step_on_linux(live) && features > (live->iopf >> device & 1))
		return false;
	/* Lowest free PASID in the device's range, or the one that the mm has. */
	pasid = live->mm_pasid[mm];
	if (!pasid)
		pasid = step_free_pasid(live, live_mms(live, TRACE_NONE), live->min[device]);
	if (pasid < live->min[device] || pasid > live->max[device])
		return false;
	live->mm_pasid[mm] = (uint8_t)pasid;
	live->bonds[device] |= (uint16_t)BIT(mm);
	return true;
}

static void step_bind(struct live *live, const struct trace_op *op)
{
	unsigned mm = live->task_mm[op->process];

	if (!step_on_linux(live) && op->has_pasid)
		return;
	/* Linux counts the handles of a bond that a partition wanted first. */
	if (step_try_bind(live, op->device, op->process, op->child) ||
	    (step_on_linux(live) && step_alive(live, op->process)))
		live->own[op->device] |= live->bonds[op->device] & (uint16_t)BIT(mm);
}

static void step_unbind(struct live *live, const struct trace_op *op)
{
	unsigned mm = live_pasid_mm(live, live->own[op->device], op->pasid);

	if (mm == TRACE_NONE)
		return;
	/* B-14: not while a partition is associated; Linux gives the driver's own handle back. */
	if (!step_associated(live, op->device, BIT(mm)))
		step_drop_bonds(live, op->device, BIT(mm));
	else if (step_on_linux(live))
		live->own[op->device] &= (uint16_t)~BIT(mm);
}

static void step_unbind_all(struct live *live, const struct trace_op *op)
{
	if (!(live->assigned & BIT(op->device)))
		step_drop_bonds(live, op->device, live->bonds[op->device]);
}

static void step_spawn(struct live *live, const struct trace_op *op)
{
	if (step_alive(live, op->process))
		return;
	live->tasks |= (uint8_t)BIT(op->process);
	live->task_group[op->process] = op->process;
	step_new_mm(live, op->process, TRACE_NONE);
}

/* Whether a child can be made; it is in a thread group of its own. */
static bool make_child(struct live *live, const struct trace_op *op)
{
	if (!step_alive(live, op->process) || step_alive(live, op->child))
		return false;
	live->tasks |= (uint8_t)BIT(op->child);
	live->task_group[op->child] = op->child;
	return true;
}

static void step_fork(struct live *live, const struct trace_op *op)
{
	if (!make_child(live, op))
		return;
	step_new_mm(live, op->child, live->mm_vm[live->task_mm[op->process]]);
	live->mapped[live->task_mm[op->child]] = live->mapped[live->task_mm[op->process]];
}

static void step_clone_vm(struct live *live, const struct trace_op *op)
{
	if (!make_child(live, op))
		return;
	live->task_mm[op->child] = live->task_mm[op->process];
	live->mm_users[live->task_mm[op->child]]++;
}

static void step_thread(struct live *live, const struct trace_op *op)
{
	bool fresh = !step_alive(live, op->child);

	step_clone_vm(live, op);
	if (fresh && step_alive(live, op->child))
		live->task_group[op->child] = live->task_group[op->process];
}

static void step_exec(struct live *live, const struct trace_op *op)
{
	unsigned vm = live->mm_vm[live->task_mm[op->process]];

	if (!step_alive(live, op->process))
		return;
	step_leave_mm(live, op->process);
	step_new_mm(live, op->process, vm);
}

static void step_exit(struct live *live, const struct trace_op *op)
{
	if (!step_alive(live, op->process))
		return;
	step_leave_mm(live, op->process);
	live->tasks &= (uint8_t)~BIT(op->process);
}

static void step_exit_group(struct live *live, const struct trace_op *op)
{
	struct trace_op each = *op;

	if (!step_alive(live, op->process))
		return;
	for (each.process = 0; each.process < TRACE_MAX_PROCESSES; each.process++) {
		if (live->task_group[each.process] == live->task_group[op->process])
			step_exit(live, &each);
	}
}

static void step_mmap(struct live *live, const struct trace_op *op)
{
	uint32_t *mapped = &live->mapped[live->task_mm[op->process]];

	if (step_alive(live, op->process) && !(*mapped & step_slots(op)))
		*mapped |= step_slots(op);
}

static void step_munmap(struct live *live, const struct trace_op *op)
{
	if (step_alive(live, op->process))
		live->mapped[live->task_mm[op->process]] &= ~step_slots(op);
}

static void step_mremap(struct live *live, const struct trace_op *op)
{
	uint32_t *mapped = &live->mapped[live->task_mm[op->process]];

	if (!step_alive(live, op->process) || !(*mapped & BIT(op->slot)) || *mapped & BIT(op->to))
		return;
	*mapped = (*mapped & ~BIT(op->slot)) | BIT(op->to);
	live->touched |= BIT(op->to);
}

static void step_enable(struct live *live, const struct trace_op *op)
{
	uint8_t *set = op->prot ? &live->iopf : &live->initialised;

	*set |= (uint8_t)BIT(op->device) & live->present;
}

static void step_disable(struct live *live, const struct trace_op *op)
{
	if (live->bonds[op->device])
		return;
	if (!op->prot)
		live->initialised &= (uint8_t)~BIT(op->device);
	else if (!(live->initialised & BIT(op->device)))
		live->iopf &= (uint8_t)~BIT(op->device);
}

static void step_attach_pasid(struct live *live, const struct trace_op *op)
{
	unsigned mms = live_reach(live, op->device);

	if (!(live->present & BIT(op->device)) || live->domain_pasid[op->device] || !op->pasid ||
	    op->pasid > live->max[op->device] ||
	    live->header->domain_type[op->process] != TRACE_DOMAIN_STAGE1 ||
	    live_pasid_mm(live, mms, op->pasid) != TRACE_NONE)
		return;
	live->domain_pasid[op->device] = op->pasid;
	live->pasid_domain[op->device] = op->process;
}

static void step_detach_pasid(struct live *live, const struct trace_op *op)
{
	if (live->domain_pasid[op->device] == op->pasid)
		live->domain_pasid[op->device] = 0;
}

static void step_claim(struct live *live, const struct trace_op *op)
{
	if (live->domain[op->device] == TRACE_NONE)
		live->claimed |= (uint8_t)live_group(live, op->device);
}

static void step_release(struct live *live, const struct trace_op *op)
{
	live->claimed &= (uint8_t)~live_group(live, op->device);
}

static void (*const step[TRACE_NUM_OPS])(struct live *live, const struct trace_op *op) = {
	[TRACE_OP_INIT] = step_init,
	[TRACE_OP_SHUTDOWN] = step_shutdown,
	[TRACE_OP_ATTACH] = step_attach,
	[TRACE_OP_DETACH] = step_detach,
	[TRACE_OP_UNPLUG] = step_unplug,
	[TRACE_OP_MAP] = step_map,
	[TRACE_OP_UNMAP] = step_unmap,
	[TRACE_OP_BIND] = step_bind,
	[TRACE_OP_UNBIND] = step_unbind,
	[TRACE_OP_UNBIND_ALL] = step_unbind_all,
	[TRACE_OP_SPAWN] = step_spawn,
	[TRACE_OP_FORK] = step_fork,
	[TRACE_OP_THREAD] = step_thread,
	[TRACE_OP_CLONE_VM] = step_clone_vm,
	[TRACE_OP_EXEC] = step_exec,
	[TRACE_OP_EXIT] = step_exit,
	[TRACE_OP_EXIT_GROUP] = step_exit_group,
	[TRACE_OP_MMAP] = step_mmap,
	[TRACE_OP_MUNMAP] = step_munmap,
	[TRACE_OP_MREMAP] = step_mremap,
	[TRACE_OP_ENABLE] = step_enable,
	[TRACE_OP_DISABLE] = step_disable,
	[TRACE_OP_ATTACH_PASID] = step_attach_pasid,
	[TRACE_OP_DETACH_PASID] = step_detach_pasid,
	[TRACE_OP_CLAIM] = step_claim,
	[TRACE_OP_RELEASE] = step_release,
	[TRACE_OP_PLUG] = step_plug,
	[TRACE_OP_VFS_OFF] = step_vfs_off,
	[TRACE_OP_VFS_ON] = step_vfs_on,
	[TRACE_OP_MDEV_BIND] = step_mdev_bind,
	[TRACE_OP_MDEV_UNBIND] = step_mdev_unbind,
	[TRACE_OP_MDEV_CLOSE] = step_mdev_close,
	[TRACE_OP_MDEV_MAP] = step_mdev_map,
	[TRACE_OP_MDEV_UNMAP] = step_mdev_unmap,
	[TRACE_OP_VM_START] = step_vm_start,
	[TRACE_OP_VM_DESTROY] = step_vm_destroy,
	[TRACE_OP_ASSIGN] = step_assign,
	[TRACE_OP_UNASSIGN] = step_unassign,
	[TRACE_OP_ASSIGN_MDEV] = step_assign_mdev,
	[TRACE_OP_UNASSIGN_MDEV] = step_unassign_mdev,
	[TRACE_OP_GUEST_SPAWN] = step_guest_spawn,
	[TRACE_OP_GUEST_BIND] = step_guest_bind,
	[TRACE_OP_GUEST_UNBIND] = step_guest_unbind,
};

void live_step(struct live *live, const struct trace_op *op)
{
	/* From ENABLE on, ops.def has what only Linux has. */
	bool skipped = !step_on_linux(live) && op->code >= TRACE_OP_ENABLE;

	if (step[op->code] && !skipped)
		step[op->code](live, op);
	if (op->slot || op->pages)
		live->touched |= op->pages ? step_slots(op) : BIT(op->slot);
}

void live_start(struct live *live, const struct trace_header *header, enum trace_policy policy)
{
	unsigned i;

	memset(live, 0, sizeof(*live));
	live->header = header;
	live->policy = (uint8_t)policy;
	for (i = 0; i < header->num_devices; i++) {
		live->present |= (uint8_t)BIT(i);
		live->domain[i] = header->device[i].domain;
		if (header->device[i].sva && (step_on_linux(live) || step_last_pasid(live, i)))
			live->initialised |= (uint8_t)BIT(i);
		/* The owners of devices that can stall ask for page faults. */
		if (step_on_linux(live) && header->device[i].sva && header->device[i].stall)
			live->iopf |= (uint8_t)BIT(i);
		limits(live, i, 0, 0);
	}
	memset(live->vm, TRACE_NONE, sizeof(live->vm));
	memset(live->mdev_vm, TRACE_NONE, sizeof(live->mdev_vm));
	for (i = 0; i < TRACE_MAX_PROCESSES; i++) {
		if (header->processes & BIT(i))
			step_spawn(live, &(struct trace_op){.process = (uint8_t)i});
	}
	if (!step_on_linux(live))
		step_start_vms(live);
}

struct live live_at(const struct trace *trace, unsigned num_ops, enum trace_policy policy)
{
	struct live live;
	unsigned i;

	live_start(&live, &trace->header, policy);
	for (i = 0; i < num_ops && i < trace->num_ops; i++)
		live_step(&live, &trace->op[i]);
	return live;
}
