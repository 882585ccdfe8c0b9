/* SPDX-License-Identifier: MIT */
/* The sketch of functions that come and go, of partitions and of VMs (mutator_step.h). */
#include "mutator_step.h"

static unsigned parent_of(const struct live *live, unsigned mdev)
{
	return live->header->mdev[mdev].parent;
}

static bool own_mmu(const struct live *live, unsigned mdev)
{
	return live->header->mdev[mdev].own_mmu;
}

unsigned live_vfs(const struct live *live, unsigned pf)
{
	unsigned i, set = 0;

	for (i = pf + 1; i < live->header->num_devices; i++)
		set |= live->header->device[i].vf_of == pf + 1 ? BIT(i) : 0;
	return set;
}

unsigned live_partitions(const struct live *live, unsigned devices)
{
	unsigned m, set = 0;

	for (m = 0; m < live->header->num_mdevs; m++) {
		if (devices & BIT(parent_of(live, m)) && !own_mmu(live, m))
			set |= BIT(m);
	}
	return set;
}

unsigned step_associated(const struct live *live, unsigned device, unsigned mms)
{
	unsigned m, set = 0;

	for (m = 0; m < live->header->num_mdevs; m++)
		set |= parent_of(live, m) == device ? live->associated[m] : 0;
	return set & mms;
}

void step_dissociate(struct live *live, unsigned device, unsigned mms)
{
	unsigned m;

	for (m = 0; m < live->header->num_mdevs; m++) {
		if (parent_of(live, m) == device)
			live->associated[m] &= (uint16_t)~mms;
	}
}

bool step_partitions_map(const struct live *live, unsigned devices)
{
	unsigned m;

	for (m = 0; m < live->header->num_mdevs; m++) {
		if (live->own_mapped[m] && devices & BIT(parent_of(live, m)))
			return true;
	}
	return false;
}

uint32_t step_partition_slots(const struct live *live, unsigned domain)
{
	uint32_t set = 0;
	unsigned m;

	for (m = 0; m < live->header->num_mdevs; m++)
		set |= live->domain[parent_of(live, m)] == domain ? live->own_mapped[m] : 0;
	return set;
}

/* Bonds of the one side are gone, whichever it was. */
static void change_hands(struct live *live, unsigned device, unsigned vm)
{
	step_drop_bonds(live, device, live->bonds[device]);
	live->vm[device] = (uint8_t)vm;
	live->assigned &= (uint8_t)~BIT(device);
	live->whole &= (uint8_t)~BIT(device);
	if (vm == TRACE_NONE)
		return;
	live->assigned |= (uint8_t)BIT(device);
	live->domain[device] = TRACE_NONE;
}

static void unplug(struct live *live, unsigned device)
{
	unsigned m;

	for (m = 0; m < live->header->num_mdevs; m++) {
		if (parent_of(live, m) == device)
			live->mdev_vm[m] = TRACE_NONE;
	}
	change_hands(live, device, TRACE_NONE);
	live->initialised &= (uint8_t)~BIT(device);
	live->iopf &= (uint8_t)~BIT(device);
	live->domain[device] = TRACE_NONE;
	live->domain_pasid[device] = 0;
	live->claimed &= (uint8_t)~BIT(device);
	live->present &= (uint8_t)~BIT(device);
}

static void disable_vfs(struct live *live, unsigned pf)
{
	unsigned set = live_vfs(live, pf);

	live->disabled |= (uint8_t)set;
	for (set &= live->present; set; set &= set - 1)
		unplug(live, (unsigned)__builtin_ctz(set));
}

void step_unplug(struct live *live, const struct trace_op *op)
{
	unsigned device = op->device;

	if (step_partitions_map(live, BIT(device) | live_vfs(live, device)))
		return;
	disable_vfs(live, device);
	unplug(live, device);
}

/* C-15: it joins the domain that its group is in. */
static void plug(struct live *live, unsigned device)
{
	unsigned group = live_group(live, device);

	live->present |= (uint8_t)BIT(device);
	live->disabled &= (uint8_t)~BIT(device);
	if (group)
		live->domain[device] = live->domain[__builtin_ctz(group)];
}

void step_plug(struct live *live, const struct trace_op *op)
{
	unsigned pf = live->header->device[op->device].vf_of;

	if ((live->present | live->disabled) & BIT(op->device) ||
	    (pf && !(live->present & BIT(pf - 1))))
		return;
	plug(live, op->device);
}

void step_vfs_off(struct live *live, const struct trace_op *op)
{
	if (live->present & BIT(op->device) &&
	    !step_partitions_map(live, live_vfs(live, op->device)))
		disable_vfs(live, op->device);
}

void step_vfs_on(struct live *live, const struct trace_op *op)
{
	unsigned set = live_vfs(live, op->device) & ~(unsigned)live->present;

	if (!(live->present & BIT(op->device)))
		return;
	for (; set; set &= set - 1)
		plug(live, (unsigned)__builtin_ctz(set));
}

void step_mdev_bind(struct live *live, const struct trace_op *op)
{
	unsigned mm = live->task_mm[op->process], device = parent_of(live, op->device);

	if (own_mmu(live, op->device) || live->assigned & BIT(device))
		return;
	step_try_bind(live, device, op->process, 0);
	if (step_alive(live, op->process))
		live->associated[op->device] |= live->bonds[device] & (uint16_t)BIT(mm);
}

/* B-14: with the last association, and unless the driver bound for itself, the bond. */
static void end_association(struct live *live, unsigned mdev, unsigned mm)
{
	unsigned device = parent_of(live, mdev);

	live->associated[mdev] &= (uint16_t)~BIT(mm);
	if (!step_associated(live, device, BIT(mm)) && !(live->own[device] & BIT(mm)))
		step_drop_bonds(live, device, BIT(mm));
}

void step_mdev_unbind(struct live *live, const struct trace_op *op)
{
	unsigned mm = live_pasid_mm(live, live->associated[op->device], op->pasid);

	if (mm != TRACE_NONE)
		end_association(live, op->device, mm);
}

void step_mdev_close(struct live *live, const struct trace_op *op)
{
	unsigned domain = live->domain[parent_of(live, op->device)];

	while (live->associated[op->device])
		end_association(live, op->device,
				(unsigned)__builtin_ctz(live->associated[op->device]));
	if (domain != TRACE_NONE)
		live->private_mapped[domain] &= ~live->own_mapped[op->device];
	live->own_mapped[op->device] = 0;
}

void step_mdev_map(struct live *live, const struct trace_op *op)
{
	unsigned domain = live->domain[parent_of(live, op->device)];

	if (own_mmu(live, op->device) || domain == TRACE_NONE ||
	    live->header->domain_type[domain] != TRACE_DOMAIN_STAGE1 ||
	    live->private_mapped[domain] & step_slots(op))
		return;
	live->private_mapped[domain] |= step_slots(op);
	live->own_mapped[op->device] |= step_slots(op);
}

void step_mdev_unmap(struct live *live, const struct trace_op *op)
{
	unsigned domain = live->domain[parent_of(live, op->device)];

	if (domain == TRACE_NONE ||
	    live->private_mapped[domain] & step_slots(op) & ~live->own_mapped[op->device])
		return;
	live->private_mapped[domain] &= ~step_slots(op);
	live->own_mapped[op->device] &= ~step_slots(op);
}

static bool can_assign(const struct live *live, unsigned vm, unsigned device)
{
	return live->running & BIT(vm) && live_group(live, device) == BIT(device) &&
	       live->present & BIT(device) && !(live->whole & BIT(device));
}

void step_assign(struct live *live, const struct trace_op *op)
{
	unsigned device = op->device;

	if (!can_assign(live, op->max, device) || !live->header->device[device].vf_of ||
	    live->assigned & BIT(device) || step_associated(live, device, ~0u) ||
	    step_partitions_map(live, BIT(device)))
		return;
	change_hands(live, device, op->max);
	live->whole |= (uint8_t)BIT(device);
}

void step_unassign(struct live *live, const struct trace_op *op)
{
	if (live->whole & BIT(op->device))
		change_hands(live, op->device, TRACE_NONE);
}

/* B-7: the requester id is one VM's, and nothing of the host is below it. */
void step_assign_mdev(struct live *live, const struct trace_op *op)
{
	unsigned device = parent_of(live, op->device);

	if (own_mmu(live, op->device) || live->mdev_vm[op->device] != TRACE_NONE ||
	    !can_assign(live, op->max, device))
		return;
	if (!(live->assigned & BIT(device))) {
		if (live->bonds[device] || step_partitions_map(live, BIT(device)))
			return;
		change_hands(live, device, op->max);
	} else if (live->vm[device] != op->max) {
		return;
	}
	live->mdev_vm[op->device] = op->max;
}

void step_unassign_mdev(struct live *live, const struct trace_op *op)
{
	unsigned device = parent_of(live, op->device), m;

	if (live->mdev_vm[op->device] == TRACE_NONE)
		return;
	live->mdev_vm[op->device] = TRACE_NONE;
	for (m = 0; m < live->header->num_mdevs; m++) {
		if (parent_of(live, m) == device && live->mdev_vm[m] != TRACE_NONE)
			return;
	}
	change_hands(live, device, TRACE_NONE);
}

void step_vm_start(struct live *live, const struct trace_op *op)
{
	live->running |= live->vms & (uint8_t)BIT(op->max);
}

void step_vm_destroy(struct live *live, const struct trace_op *op)
{
	unsigned i, mms = live_mms(live, op->max);

	if (!(live->running & BIT(op->max)))
		return;
	for (i = 0; i < live->header->num_mdevs; i++) {
		if (live->mdev_vm[i] == op->max)
			live->mdev_vm[i] = TRACE_NONE;
	}
	for (i = 0; i < live->header->num_devices; i++) {
		if (live->vm[i] == op->max)
			change_hands(live, i, TRACE_NONE);
	}
	for (i = 0; i < TRACE_MAX_PROCESSES; i++) {
		if (!step_alive(live, i) || !(mms & BIT(live->task_mm[i])))
			continue;
		step_leave_mm(live, i);
		live->tasks &= (uint8_t)~BIT(i);
	}
	live->running &= (uint8_t)~BIT(op->max);
}

void step_guest_spawn(struct live *live, const struct trace_op *op)
{
	if (!(live->running & BIT(op->max)) || step_alive(live, op->process))
		return;
	live->tasks |= (uint8_t)BIT(op->process);
	live->task_group[op->process] = op->process;
	step_new_mm(live, op->process, op->max);
}

/* The guest's table is one frame. */
static unsigned last_guest_pasid(const struct live *live, unsigned device)
{
	unsigned last = step_last_pasid(live, device), in_frame = BIT(MUTATOR_LEAF_BITS) - 1;

	return last < in_frame ? last : in_frame;
}

void step_guest_bind(struct live *live, const struct trace_op *op)
{
	unsigned mm = live->task_mm[op->process], vm = live->vm[op->device], pasid;

	if (vm == TRACE_NONE || !step_alive(live, op->process) || live->mm_vm[mm] != vm ||
	    live->bonds[op->device] & BIT(mm))
		return;
	pasid = live->mm_pasid[mm];
	if (!pasid)
		pasid = step_free_pasid(live, live_mms(live, vm), 1);
	if (pasid > last_guest_pasid(live, op->device))
		return;
	live->mm_pasid[mm] = (uint8_t)pasid;
	live->bonds[op->device] |= (uint16_t)BIT(mm);
}

void step_guest_unbind(struct live *live, const struct trace_op *op)
{
	unsigned mm = live_pasid_mm(live, live->bonds[op->device], op->pasid);

	if (live->vm[op->device] == op->max && mm != TRACE_NONE)
		step_drop_bonds(live, op->device, BIT(mm));
}

void step_start_vms(struct live *live)
{
	const struct trace_header *header = live->header;
	unsigned v, i;

	for (v = 0; v < header->num_vms; v++) {
		live->vms |= (uint8_t)BIT(v);
		live->running |= (uint8_t)BIT(v);
		step_assign(live,
			    &(struct trace_op){.device = header->vm[v].device, .max = (uint8_t)v});
		for (i = 0; i < TRACE_MAX_PROCESSES; i++) {
			if (header->vm[v].processes & BIT(i))
				step_guest_spawn(live, &(struct trace_op){.process = (uint8_t)i,
									  .max = (uint8_t)v});
		}
	}
}
