/* SPDX-License-Identifier: MIT */
/* What the two files of the sketch (mutator_live.c, mutator_live_shared.c) have in common. */
#ifndef SVAFUZZ_MUTATOR_STEP_H
#define SVAFUZZ_MUTATOR_STEP_H

#include "mutator_live.h"

#define BIT(n) (1u << (n))

static inline uint32_t step_slots(const struct trace_op *op)
{
	return ((1u << op->pages) - 1) << op->slot;
}

bool step_on_linux(const struct live *live);
bool step_alive(const struct live *live, unsigned task);
/* What the device and its SMMU can both express; 0: no PASID. */
unsigned step_last_pasid(const struct live *live, unsigned device);
/* The lowest from `min` on that none of the mms has. */
unsigned step_free_pasid(const struct live *live, unsigned mms, unsigned min);
/* Whether there is a bond now that was not there before. */
bool step_try_bind(struct live *live, unsigned device, unsigned task, unsigned features);
void step_drop_bonds(struct live *live, unsigned device, unsigned mms);
/* The task's new address space, in a VM or (TRACE_NONE) on the host. */
void step_new_mm(struct live *live, unsigned task, unsigned vm);
void step_leave_mm(struct live *live, unsigned task);

/* mutator_live_shared.c: functions that come and go, partitions, VMs. */

/* VMs as the header has them. */
void step_start_vms(struct live *live);
/* Mms of a set that partitions of the device are associated with. */
unsigned step_associated(const struct live *live, unsigned device, unsigned mms);
/* Bonds are gone: so are the associations. */
void step_dissociate(struct live *live, unsigned device, unsigned mms);
/* Has a partition of one of the devices mappings? Then they keep their domain (B-10). */
bool step_partitions_map(const struct live *live, unsigned devices);
/* The slots of a domain's private table that are partitions'. */
uint32_t step_partition_slots(const struct live *live, unsigned domain);

void step_unplug(struct live *live, const struct trace_op *op);
void step_plug(struct live *live, const struct trace_op *op);
void step_vfs_off(struct live *live, const struct trace_op *op);
void step_vfs_on(struct live *live, const struct trace_op *op);
void step_mdev_bind(struct live *live, const struct trace_op *op);
void step_mdev_unbind(struct live *live, const struct trace_op *op);
void step_mdev_close(struct live *live, const struct trace_op *op);
void step_mdev_map(struct live *live, const struct trace_op *op);
void step_mdev_unmap(struct live *live, const struct trace_op *op);
void step_vm_start(struct live *live, const struct trace_op *op);
void step_vm_destroy(struct live *live, const struct trace_op *op);
void step_assign(struct live *live, const struct trace_op *op);
void step_unassign(struct live *live, const struct trace_op *op);
void step_assign_mdev(struct live *live, const struct trace_op *op);
void step_unassign_mdev(struct live *live, const struct trace_op *op);
void step_guest_spawn(struct live *live, const struct trace_op *op);
void step_guest_bind(struct live *live, const struct trace_op *op);
void step_guest_unbind(struct live *live, const struct trace_op *op);

#endif
