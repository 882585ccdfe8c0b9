/* SPDX-License-Identifier: MIT */
/* The end of a run: everything created is given back, then nothing may be left. */
#include "check_state.h"

static void leak(struct check *c, const char *what, unsigned count)
{
	if (count)
		diverge(c, DIVERGENCE_LEAK, "A-17", "everything given back", "%u %s left", count,
			what);
}

/* What the mediating driver and guests still have; their end is before the driver's. */
static void compare_owners(struct check *c)
{
	struct owners_usage usage;

	if (!has_owners(c))
		return;
	usage = owners_usage(c->owners);
	leak(c, "associations", usage.associations);
	leak(c, "mappings of partitions", usage.mappings);
	leak(c, "guest bonds", usage.guest_bonds);
	owners_end(c->owners);
	leak(c, "frames of guests", owners_usage(c->owners).guest_frames);
	leak(c, "VMIDs", c->driver->ops->usage(c->driver).vmids);
}

static void compare_leaks(struct check *c)
{
	struct ref_usage law = ref_usage(&c->ref);
	struct driver_usage usage;
	struct world *w = c->world;

	CHECK(!law.bonds && !law.pasids && !law.pages && !law.table_entries && !law.mms,
	      "the law itself leaks");
	world_settle(w);
	usage = c->driver->ops->usage(c->driver);
	leak(c, "bonds", usage.bonds);
	leak(c, "io_mms", usage.io_mms);
	leak(c, "PASIDs", usage.pasids);
	leak(c, "ASIDs", usage.asids);
	compare_owners(c);
	c->running = false;
	c->driver->ops->remove(c->driver);
	leak(c, "driver objects", w->objects);
	leak(c, "page-table frames", w->ram.in_use[FRAME_TABLE]);
	leak(c, "data frames", w->ram.in_use[FRAME_DATA]);
	leak(c, "driver frames", w->ram.in_use[FRAME_DRIVER]);
	for (unsigned mm = 0; mm < WORLD_MAX_MMS; mm++)
		if (w->mm[mm].users || w->mm[mm].count)
			leak(c, "address space references", w->mm[mm].users + w->mm[mm].count);
}

static bool compare_all(struct check *c)
{
	if (!diverged(c))
		compare_state(c);
	return !diverged(c);
}

static bool device_op(struct check *c, unsigned code, unsigned device, unsigned argument)
{
	return run_quiet_op(c,
			    &(struct trace_op){
				    .code = (uint8_t)code,
				    .device = (uint8_t)device,
				    .prot = code == TRACE_OP_DISABLE ? (uint8_t)argument : 0,
				    .pasid = code == TRACE_OP_DETACH_PASID ? (uint8_t)argument : 0,
			    });
}

static bool exit_processes(struct check *c)
{
	for (unsigned i = 0; i < TRACE_MAX_PROCESSES; i++)
		if (ref_task_alive(&c->ref, (uint8_t)i) &&
		    !run_quiet_op(c,
				  &(struct trace_op){.code = TRACE_OP_EXIT, .process = (uint8_t)i}))
			return false;
	return true;
}

static bool owner_op(struct check *c, unsigned code, unsigned mdev, unsigned vm)
{
	return run_quiet_op(c, &(struct trace_op){.code = (uint8_t)code,
						  .device = (uint8_t)mdev,
						  .max = (uint8_t)vm});
}

/* B-8: of what a guest took for PASID tables of functions, nothing but those that it has is left. */
static bool compare_guest_frames(struct check *c)
{
	unsigned tables = owners_usage(c->owners).guest_frames, frames = 0;

	for (unsigned vm = 0; vm < c->ref.topology.num_vms; vm++)
		for (unsigned i = 0; i < WORLD_VM_FRAMES; i++)
			frames += ram_kind(&c->world->ram,
					   world_vm_base(vm) + (uint64_t)i * WORLD_FRAME_SIZE) ==
				  FRAME_DRIVER;
	return frames == tables ||
	       diverge(c, DIVERGENCE_LEAK, "B-8", "a frame for each PASID table of guests",
		       "%u frames for %u tables", frames, tables);
}

/* VMs give back what they have, then partitions. A function that is left behind is the host's
 * again. */
static bool stop_owners(struct check *c)
{
	if (c->ref.topology.num_vms && !compare_guest_frames(c))
		return false;
	for (unsigned i = 0; i < c->ref.topology.num_vms; i++)
		if (c->ref.vm[i].running && !owner_op(c, TRACE_OP_VM_DESTROY, 0, i))
			return false;
	for (unsigned i = 0; i < c->ref.topology.num_partitions; i++)
		if (c->ref.device[c->ref.topology.partition[i].parent].present &&
		    !owner_op(c, TRACE_OP_MDEV_CLOSE, i, 0))
			return false;
	return true;
}

static bool detach_pasids(struct check *c, unsigned device)
{
	for (unsigned pasid = 0; pasid < REF_MAX_PASIDS; pasid++)
		if (bonds_domain_on_pasid(c, device, pasid) != REF_NONE &&
		    !device_op(c, TRACE_OP_DETACH_PASID, device, pasid))
			return false;
	return true;
}

/* As device drivers do it: users first, then features, the domain last. */
static bool release_linux_device(struct check *c, unsigned device)
{
	const struct ref_device *d = &c->ref.device[device];

	return device_op(c, TRACE_OP_UNBIND_ALL, device, 0) && detach_pasids(c, device) &&
	       (!d->initialised || device_op(c, TRACE_OP_DISABLE, device, REF_DEV_SVA)) &&
	       (!(d->features & REF_FEAT_IOPF) ||
		device_op(c, TRACE_OP_DISABLE, device, REF_DEV_IOPF));
}

static bool release_devices(struct check *c)
{
	for (unsigned i = 0; i < c->ref.topology.num_devices; i++) {
		const struct ref_device *d = &c->ref.device[i];

		if (!d->present)
			continue;
		if (c->is_linux ? !release_linux_device(c, i)
				: d->initialised && d->domain != REF_NONE &&
					  !device_op(c, TRACE_OP_SHUTDOWN, i, 0))
			return false;
	}
	return true;
}

static bool detach_devices(struct check *c)
{
	for (unsigned i = 0; i < c->ref.topology.num_devices; i++)
		if (c->ref.device[i].present && c->ref.device[i].domain != REF_NONE &&
		    !device_op(c, TRACE_OP_DETACH, i, 0))
			return false;
	for (unsigned i = 0; i < c->ref.topology.num_devices; i++)
		if (c->ref.device[i].present && c->ref.device[i].claimed &&
		    !device_op(c, TRACE_OP_RELEASE, i, 0))
			return false;
	return true;
}

/* The next run of mapped slots in one window from `slot` on; its length, 0 when there is none. */
static unsigned next_run(uint32_t mapped, unsigned *slot)
{
	unsigned count = 0;

	while (*slot < REF_SPACE_PAGES && !(mapped >> *slot & 1))
		(*slot)++;
	while (*slot + count < REF_SPACE_PAGES && mapped >> (*slot + count) & 1 &&
	       (*slot + count) / TRACE_WINDOW_PAGES == *slot / TRACE_WINDOW_PAGES)
		count++;
	return count;
}

static bool free_domain(struct check *c, unsigned domain)
{
	unsigned slot = 0, count;

	while ((count = next_run(c->ref.domain[domain].space.mapped, &slot))) {
		const struct trace_op op = {.code = TRACE_OP_UNMAP,
					    .process = (uint8_t)domain,
					    .slot = (uint8_t)slot,
					    .pages = (uint8_t)count};

		world_begin_op(c->world);
		exec_UNMAP(c, &op);
		if (diverged(c))
			return false;
		slot += count;
	}
	c->driver->ops->domain_free(c->driver, domain);
	return true;
}

void teardown_run(struct check *c)
{
	c->op = (int)c->trace->num_ops;
	c->current = NULL;
	c->world->fail_nth = 0;
	compare_invariants(c);
	if (diverged(c) || !exit_processes(c) || !stop_owners(c) || !compare_all(c))
		return;
	if (!release_devices(c) || !detach_devices(c) || !compare_all(c))
		return;
	for (unsigned d = 0; d < c->ref.topology.num_domains; d++)
		if (!free_domain(c, d))
			return;
	compare_leaks(c);
}
