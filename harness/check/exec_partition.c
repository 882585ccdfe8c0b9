/* SPDX-License-Identifier: MIT */
/*
 * Ops of partitions and their mediating driver: law and mediator step, results are compared. Where
 * the law lets a call succeed, an error or another value breaks the rule that the call is there
 * for.
 */
#include "check_state.h"

static unsigned parent_of(const struct check *c, unsigned mdev)
{
	return c->ref.topology.partition[mdev].parent;
}

static bool has_own_mmu(const struct check *c, unsigned mdev)
{
	return c->ref.topology.partition[mdev].own_mmu;
}

/* Before the call; looked at for partitions with an MMU of their own alone. */
static struct driver_usage usage_of(const struct check *c, const struct trace_op *op)
{
	return has_own_mmu(c, op->device) ? c->driver->ops->usage(c->driver)
					  : (struct driver_usage){0};
}

/* B-16: a partition that translates by itself leaves the IOMMU alone. */
static void compare_untouched(struct check *c, const struct driver_usage *before)
{
	struct driver_usage now = c->driver->ops->usage(c->driver);

	if (now.bonds == before->bonds && now.io_mms == before->io_mms &&
	    now.pasids == before->pasids && now.asids == before->asids &&
	    now.attachments == before->attachments)
		return;
	diverge(c, DIVERGENCE_RESULT, "B-16", "the IOMMU driver has no part in it",
		"bonds %u -> %u, PASIDs %u -> %u, ASIDs %u -> %u", before->bonds, now.bonds,
		before->pasids, now.pasids, before->asids, now.asids);
}

static bool compare_mdev(struct check *c, const struct trace_op *op, struct ref_result *want,
			 int error, uint32_t value, const char *rule,
			 const struct driver_usage *before)
{
	bool own_mmu = has_own_mmu(c, op->device);
	bool same = compare_call(c, want, error, value, own_mmu ? "B-16" : rule);

	if (own_mmu && !diverged(c))
		compare_untouched(c, before);
	return same;
}

/* Linux: what iommu_sva_bind_device() demands of the driver of the parent. */
static const char *bind_refusal(const struct check *c, const struct trace_op *op)
{
	unsigned parent = parent_of(c, op->device);

	if (!ref_task_alive(&c->ref, op->process)) /* the caller holds the process */
		return "nobody holds the process";
	if (has_own_mmu(c, op->device) || !c->ref.device[parent].present || exec_may_misuse(c))
		return NULL;
	return ref_may(&c->ref, REF_MAY_BIND, (uint8_t)parent, op->process);
}

/* What another result than success breaks: B-15 when others hold the bond, B-17 when the partition
 * has another process, else B-12. */
static const char *bind_rule(const struct check *c, const struct trace_op *op)
{
	unsigned mm = c->ref.task[op->process].mm, parent = parent_of(c, op->device);

	for (uint64_t left = c->ref.bonds; left; left &= left - 1) {
		const struct ref_bond *bond = &c->ref.bond[__builtin_ctzll(left)];

		if (bond->mm == mm && (bond->device == parent || c->is_linux) &&
		    (bond->own || bond->partitions))
			return "B-15";
	}
	return c->ref.partition[op->device].spaces ? "B-17" : "B-12";
}

bool exec_MDEV_BIND(struct check *c, const struct trace_op *op)
{
	const unsigned untouched = ~0u;
	const char *refusal = bind_refusal(c, op), *rule;
	uint64_t before = c->ref.bonds, handle = 0;
	unsigned pasid = untouched;
	struct driver_usage usage;
	struct ref_result want;
	int error;

	if (refusal)
		return exec_skip(c, refusal);
	usage = usage_of(c, op);
	rule = bind_rule(c, op);
	want = ref_partition_bind(&c->ref, op->device, op->process);
	error = mediator_bind(c->owners, op->device, c->world->task[op->process].mm, &pasid,
			      &handle);
	if (error && pasid != untouched)
		diverge(c, DIVERGENCE_RESULT, "A-17",
			"a failed bind leaves the caller's PASID alone", "%u is written", pasid);
	if (compare_mdev(c, op, &want, error, error ? 0 : pasid,
			 bonds_pasid_rule(c, &want, parent_of(c, op->device), pasid, rule),
			 &usage) &&
	    c->is_linux && !error && !has_own_mmu(c, op->device))
		bonds_compare_handle(c, &want, before, handle);
	if (c->is_linux && is_injected_failure(c, error))
		bonds_take_pasid(c, parent_of(c, op->device), op->process);
	return true;
}

bool exec_MDEV_UNBIND(struct check *c, const struct trace_op *op)
{
	struct driver_usage usage = usage_of(c, op);
	struct ref_result want = ref_partition_unbind(&c->ref, op->device, op->pasid);

	c->mms_changed = true; /* Linux: the last unbind ends a space that has exited */
	compare_mdev(c, op, &want, mediator_unbind(c->owners, op->device, op->pasid), 0, "B-14",
		     &usage);
	return true;
}

struct closing {
	struct check *check;
	unsigned pages;
	uint64_t last;
};

static void take_back(void *ctx, unsigned domain, uint64_t iova, uint64_t pa)
{
	struct closing *closing = ctx;
	int slot = trace_va_slot(iova);

	if (slot < 0 || domain >= closing->check->ref.topology.num_domains ||
	    (closing->pages && iova <= closing->last)) {
		diverge(closing->check, DIVERGENCE_RESULT, "B-15",
			"mappings come back in order of address", "%#llx in domain %u",
			(unsigned long long)iova, domain);
		return;
	}
	closing->pages++;
	closing->last = iova;
	frames_take_back(closing->check, domain, (unsigned)slot, &pa, 1);
}

bool exec_MDEV_CLOSE(struct check *c, const struct trace_op *op)
{
	struct driver_usage usage = usage_of(c, op);
	struct ref_result want = ref_partition_close(&c->ref, op->device);
	struct closing closing = {.check = c};
	int error;

	c->mms_changed = true;
	error = mediator_close(c->owners, op->device, take_back, &closing);
	compare_mdev(c, op, &want, error < 0 ? error : 0, closing.pages, "B-15", &usage);
	return true;
}

bool exec_MDEV_MAP(struct check *c, const struct trace_op *op)
{
	uint8_t domain = c->ref.device[parent_of(c, op->device)].domain;
	struct driver_usage usage = usage_of(c, op);
	struct ref_result want;
	uint64_t frame[TRACE_MAX_PAGES];
	int error;

	want = ref_partition_map(&c->ref, op->device, op->slot, op->pages, op->prot);
	frames_alloc(c, frame, op->pages);
	error = mediator_map(c->owners, op->device, world_slot_va(op->slot), frame, op->pages,
			     op->prot);
	if (error || has_own_mmu(c, op->device))
		frames_free(c, frame, op->pages);
	else if (domain != REF_NONE)
		frames_mapped(c, domain, op->slot, frame, op->pages);
	compare_mdev(c, op, &want, error, 0, "B-10", &usage);
	return true;
}

bool exec_MDEV_UNMAP(struct check *c, const struct trace_op *op)
{
	uint8_t domain = c->ref.device[parent_of(c, op->device)].domain;
	struct driver_usage usage = usage_of(c, op);
	uint64_t old[TRACE_MAX_PAGES] = {0};
	struct ref_result want;
	int count;

	want = ref_partition_unmap(&c->ref, op->device, op->slot, op->pages);
	count = mediator_unmap(c->owners, op->device, world_slot_va(op->slot), op->pages, old);
	if (count >= 0 && domain != REF_NONE)
		frames_take_back(c, domain, op->slot, old, op->pages);
	if (!diverged(c))
		compare_mdev(c, op, &want, count < 0 ? count : 0, count < 0 ? 0 : (uint32_t)count,
			     "B-10", &usage);
	return true;
}

bool exec_MDEV_ATTACH(struct check *c, const struct trace_op *op)
{
	struct driver_usage usage = usage_of(c, op);
	struct ref_result want = ref_partition_attach(&c->ref, op->device, op->process);

	compare_mdev(c, op, &want, mediator_attach(c->owners, op->device, op->process), 0, "B-6",
		     &usage);
	return true;
}

bool exec_USER_BIND(struct check *c, const struct trace_op *op)
{
	struct driver_usage usage = usage_of(c, op);
	struct ref_result want;
	unsigned pasid = 0;
	int error;

	if (!ref_task_alive(&c->ref, op->process))
		return exec_skip(c, "nobody holds the process");
	want = ref_user_bind(&c->ref, op->device, op->process);
	error = mediator_user_bind(c->owners, op->device, c->world->task[op->process].mm, &pasid);
	compare_mdev(c, op, &want, error, error ? 0 : pasid, "B-12", &usage);
	return true;
}

/* What is on the bus, as if the device had been told so by itself. */
static struct trace_op bus_access(const struct trace_op *op, unsigned device, unsigned pasid)
{
	struct trace_op access = *op;

	access.code = TRACE_OP_DMA;
	access.device = (uint8_t)device;
	access.has_pasid = true;
	access.pasid = (uint8_t)pasid;
	return access;
}

bool exec_SUBMIT(struct check *c, const struct trace_op *op)
{
	unsigned parent = parent_of(c, op->device), device = parent, pasid = 0;
	const unsigned written = op->pasid;
	struct driver_usage usage = usage_of(c, op);
	struct ref_target target = {.kind = REF_TARGET_ABORT};
	struct ref_result want;
	struct trace_op access;
	int error;

	if (!ref_task_alive(&c->ref, op->process))
		return exec_skip(c, "no such process");
	/* D-17 may take the op back: what the access aims at is asked before it. */
	if (c->ref.mm[c->ref.task[op->process].mm].pasid)
		target = ref_target(&c->ref, (uint8_t)parent, true,
				    c->ref.mm[c->ref.task[op->process].mm].pasid);
	want = ref_submit(&c->ref, op->device, op->process, op->slot, op->prot);
	error = mediator_submit(c->owners, op->device, c->world->task[op->process].mm,
				op->has_pasid ? &written : NULL, &device, &pasid);
	if (!compare_mdev(c, op, &want, error, error ? 0 : pasid, "B-13", &usage) || error ||
	    has_own_mmu(c, op->device))
		return true;
	if (device != parent) {
		diverge(c, DIVERGENCE_RESULT, "B-13", "the work goes to the parent",
			"it goes to d%u", device);
		return true;
	}
	access = bus_access(op, device, pasid);
	/* What is seen when two guests have PASIDs below one requester id. */
	if (c->ref.topology.shared_rid)
		c->access_rule = "B-7";
	exec_access(c, &access, target, &want);
	c->access_rule = NULL;
	return true;
}
