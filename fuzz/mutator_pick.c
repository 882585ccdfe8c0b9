/* SPDX-License-Identifier: MIT */
/* Choices of the mutator: ops by weight, operands mostly from what lives (mutator_live.h). */
#include "mutator_aim.h"

enum {
	ALL_SLOTS_LOW = 0x0f, /* few pages make many meetings */
	PROT_R = 1,
	PROT_RW = 3,
};

static bool one_in(struct mutator_rng *rng, unsigned n)
{
	return mutator_below(rng, n) == 0;
}

unsigned pick_bit(struct mutator_rng *rng, uint32_t set, unsigned otherwise)
{
	unsigned skip;

	if (!set)
		return otherwise;
	for (skip = mutator_below(rng, (uint32_t)__builtin_popcount(set)); skip; skip--)
		set &= set - 1;
	return (unsigned)__builtin_ctz(set);
}

static void pick_device(struct mutator_rng *rng, const struct live *live, struct trace_op *op)
{
	unsigned set = one_in(rng, 16) ? 0 : aim_devices(live, op);

	op->device = (uint8_t)pick_bit(rng, set, mutator_below(rng, live->header->num_devices));
}

static void pick_mdev(struct mutator_rng *rng, const struct live *live, struct trace_op *op)
{
	unsigned set = one_in(rng, 16) ? 0 : aim_mdevs(live, op->code);

	/* Of the others those that have no MMU of their own: only they change anything (B-16). */
	if (!set && !one_in(rng, 8))
		set = live_partitions(live, live->present);
	op->device = (uint8_t)pick_bit(rng, set, mutator_below(rng, live->header->num_mdevs));
}

static void pick_vm(struct mutator_rng *rng, const struct live *live, struct trace_op *op)
{
	unsigned set = one_in(rng, 16) ? 0 : aim_vms(live, op->code);

	op->max = (uint8_t)pick_bit(rng, set, mutator_below(rng, live->header->num_vms));
}

static void pick_domain(struct mutator_rng *rng, const struct live *live, struct trace_op *op)
{
	unsigned parent = live->header->mdev[op->device].parent;

	if (op->code == TRACE_OP_MDEV_ATTACH && live->domain[parent] != TRACE_NONE &&
	    one_in(rng, 2)) {
		op->process = live->domain[parent];
		return;
	}
	op->process = (uint8_t)mutator_below(rng, live->header->num_domains);
}

static void pick_process(struct mutator_rng *rng, const struct live *live, struct trace_op *op)
{
	unsigned set = one_in(rng, 32) ? 0 : aim_tasks(rng, live, op);

	op->process = (uint8_t)pick_bit(rng, set, mutator_below(rng, TRACE_MAX_PROCESSES));
}

static void pick_child(struct mutator_rng *rng, const struct live *live, struct trace_op *op)
{
	unsigned set = one_in(rng, 32) ? 0 : (uint8_t)~live->tasks;

	op->child = (uint8_t)pick_bit(rng, set, mutator_below(rng, TRACE_MAX_PROCESSES));
}

static uint32_t task_mapped(const struct live *live, unsigned task)
{
	return live->tasks & BIT(task) ? live->mapped[live->task_mm[task]] : 0;
}

/* The private table that a device or a partition of it is in. */
static uint32_t private_mapped(const struct live *live, unsigned device)
{
	unsigned domain = live->domain[device];

	return domain == TRACE_NONE ? 0 : live->private_mapped[domain];
}

/* The slots that are mapped in the space that an op goes to. */
static uint32_t target_mapped(const struct live *live, const struct trace_op *op)
{
	const struct trace_op_info *info = &trace_op_info[op->code];
	unsigned mm;

	switch (info->operand[0]) {
	case TRACE_FIELD_PROCESS:
		return task_mapped(live, op->process);
	case TRACE_FIELD_MDEV:
		if (op->code == TRACE_OP_SUBMIT)
			return task_mapped(live, op->process);
		return private_mapped(live, live->header->mdev[op->device].parent);
	case TRACE_FIELD_DOMAIN:
		return live->private_mapped[op->process % TRACE_MAX_DOMAINS];
	case TRACE_FIELD_VM:
	case TRACE_FIELD_DEVICE:
		if (op->has_pasid && op->pasid && op->pasid == live->domain_pasid[op->device])
			return live->private_mapped[live->pasid_domain[op->device]];
		if (!op->has_pasid)
			return private_mapped(live, op->device);
		mm = live_pasid_mm(live, live_reach(live, op->device), op->pasid);
		return mm == TRACE_NONE ? 0 : live->mapped[mm];
	default:
		return 0;
	}
}

static uint8_t any_slot(struct mutator_rng *rng)
{
	/* The first pages, or those on both sides of a window's table boundary. */
	switch (mutator_below(rng, 4)) {
	case 0:
	case 1:
		return (uint8_t)mutator_below(rng, 4);
	case 2:
		return (uint8_t)(TRACE_WINDOW_PAGES * mutator_below(rng, TRACE_WINDOWS) + 3 +
				 mutator_below(rng, 2));
	default:
		return (uint8_t)mutator_below(rng, TRACE_SPACE_PAGES);
	}
}

static void pick_slot(struct mutator_rng *rng, const struct live *live, struct trace_op *op)
{
	uint32_t mapped = target_mapped(live, op), set;
	/* A device that misses tells something, a CPU that misses little. */
	unsigned device = trace_op_info[op->code].operand[0] == TRACE_FIELD_DEVICE ||
			  op->code == TRACE_OP_SUBMIT;
	unsigned chance = mutator_below(rng, 7 + device);

	/* A range of its own, or one that is another partition's or the domain's owner's (B-10). */
	if (op->code == TRACE_OP_MDEV_UNMAP && chance < 4)
		set = live->own_mapped[op->device];
	else if (op->code == TRACE_OP_MDEV_MAP && chance > 5)
		set = mapped;
	else if (op->code == TRACE_OP_MMAP || op->code == TRACE_OP_MAP ||
		 op->code == TRACE_OP_MDEV_MAP)
		set = chance < 3 ? ~mapped & (live->touched | ALL_SLOTS_LOW) : 0;
	else
		set = chance < 5 ? mapped : chance < 6 + device ? live->touched : 0;
	op->slot = (uint8_t)pick_bit(rng, set, any_slot(rng));
}

static void pick_to(struct mutator_rng *rng, const struct live *live, struct trace_op *op)
{
	uint32_t set = ~target_mapped(live, op) & (live->touched | ALL_SLOTS_LOW);

	op->to = (uint8_t)pick_bit(rng, one_in(rng, 2) ? 0 : set, any_slot(rng));
}

static void pick_pages(struct mutator_rng *rng, struct trace_op *op)
{
	unsigned chance = mutator_below(rng, 8);

	op->pages = (uint8_t)(chance < 4   ? 1
			      : chance < 6 ? 2
					   : 1 + mutator_below(rng, TRACE_MAX_PAGES));
}

static void pick_prot(struct mutator_rng *rng, struct trace_op *op)
{
	unsigned read_only = op->code == TRACE_OP_MPROTECT ? 2 : 4;

	op->prot = one_in(rng, read_only) ? PROT_R : PROT_RW;
}

/* PASID of one of a set of mms, one that was taken away, or one near the device's lowest. */
static uint8_t pick_pasid(struct mutator_rng *rng, const struct live *live, unsigned mms,
			  unsigned device)
{
	unsigned chance = mutator_below(rng, 16);
	unsigned mm = pick_bit(rng, mms, TRACE_NONE);

	if (mm != TRACE_NONE && chance < 13)
		return live->mm_pasid[mm];
	if (live->num_stale && chance < 15)
		return live->stale[mutator_below(rng, live->num_stale < LIVE_STALE ? live->num_stale
										   : LIVE_STALE)];
	return (uint8_t)(live->min[device] - 1 + mutator_below(rng, 5));
}

static void pick_pasid_opt(struct mutator_rng *rng, const struct live *live, struct trace_op *op)
{
	unsigned device = op->device % TRACE_MAX_DEVICES;
	unsigned reach = live_reach(live, device), domain_pasid = live->domain_pasid[device];
	bool some = reach || domain_pasid;

	op->has_pasid = live->header->device[device].pasid_bits && !one_in(rng, some ? 6 : 2);
	if (!op->has_pasid)
		op->pasid = 0;
	else if (domain_pasid && one_in(rng, reach ? 4 : 2))
		op->pasid = (uint8_t)domain_pasid;
	else
		op->pasid = pick_pasid(rng, live, reach, device);
}

uint8_t pick_domain_pasid(struct mutator_rng *rng, const struct live *live, unsigned device)
{
	unsigned mms = 0, mm, near;

	for (mm = 0; mm < LIVE_MMS; mm++)
		mms |= live->mm_pasid[mm] ? BIT(mm) : 0;
	mm = pick_bit(rng, mms, TRACE_NONE);
	near = mm == TRACE_NONE ? live->min[device] : live->mm_pasid[mm];
	switch (mutator_below(rng, 8)) {
	case 0:
		return (uint8_t)(near - 1 + mutator_below(rng, 3));
	case 1:
	case 2:
		return (uint8_t)(pick_leaf_start(rng, live, device) - mutator_below(rng, 2));
	case 3:
		return (uint8_t)(live->max[device] + mutator_below(rng, 2));
	default:
		near = 1;
		while (live_pasid_mm(live, mms, near) != TRACE_NONE)
			near++;
		return (uint8_t)(near + mutator_below(rng, 3));
	}
}

/* The PASID of an op that has to name one. */
static uint8_t pick_named_pasid(struct mutator_rng *rng, const struct live *live,
				const struct trace_op *op)
{
	unsigned domain_pasid = live->domain_pasid[op->device];

	if (op->code == TRACE_OP_MDEV_UNBIND) {
		unsigned parent = live->header->mdev[op->device].parent;
		unsigned mms = one_in(rng, 8) ? 0 : live->associated[op->device];

		return pick_pasid(rng, live, mms ? mms : live->bonds[parent], parent);
	}
	if (op->code == TRACE_OP_DETACH_PASID && domain_pasid && !one_in(rng, 16))
		return (uint8_t)domain_pasid;
	if (op->code == TRACE_OP_ATTACH_PASID || op->code == TRACE_OP_DETACH_PASID)
		return pick_domain_pasid(rng, live, op->device);
	return pick_pasid(rng, live, live->bonds[op->device], op->device);
}

/* What a user writes into its work: nothing mostly, else the PASID of somebody else (B-13). */
static void pick_written(struct mutator_rng *rng, const struct live *live, struct trace_op *op)
{
	unsigned others = live_mms(live, TRACE_NONE), mm;

	op->has_pasid = one_in(rng, 4);
	if (!op->has_pasid)
		return;
	if (live->tasks & BIT(op->process))
		others &= ~BIT(live->task_mm[op->process]);
	for (mm = 0; mm < LIVE_MMS; mm++)
		others &= live->mm_pasid[mm] ? ~0u : ~BIT(mm);
	op->pasid = pick_pasid(rng, live, others, live->header->mdev[op->device].parent);
}

/* I/O page faults where they are allowed; a bit that is not, now and then. */
static uint8_t pick_features(struct mutator_rng *rng, const struct live *live,
			     const struct trace_op *op)
{
	if (aim_on_linux(live)) /* a device that can stall needs them; bind has no flags */
		return op->code == TRACE_OP_INIT &&
		       (live->header->device[op->device].stall ? !one_in(rng, 8) : one_in(rng, 4));
	if (one_in(rng, 24))
		return (uint8_t)BIT(mutator_below(rng, 8));
	if (op->code == TRACE_OP_BIND && !(live->iopf >> op->device & 1))
		return one_in(rng, 24);
	return one_in(rng, 3);
}

uint8_t pick_leaf_start(struct mutator_rng *rng, const struct live *live, unsigned device)
{
	const struct trace_header *header = live->header;
	unsigned bits = header->device[device].pasid_bits;

	if (bits > header->ssid_bits)
		bits = header->ssid_bits;
	if (bits <= MUTATOR_LEAF_BITS)
		return (uint8_t)(1 + mutator_below(rng, 3));
	return (uint8_t)((1 + mutator_below(rng, (1u << (bits - MUTATOR_LEAF_BITS)) - 1))
			 << MUTATOR_LEAF_BITS);
}

/* Now and then a small number or one at the edge of a leaf of the PASID table, 0 otherwise. */
static uint8_t pick_limit(struct mutator_rng *rng, const struct live *live, unsigned device)
{
	switch (mutator_below(rng, 6)) {
	case 0:
		return (uint8_t)mutator_below(rng, 8);
	case 1:
		return (uint8_t)(pick_leaf_start(rng, live, device) - mutator_below(rng, 2));
	default:
		return 0;
	}
}

void pick_operand(struct mutator_rng *rng, const struct live *live, struct trace_op *op,
		  unsigned field)
{
	switch ((enum trace_field)field) {
	case TRACE_FIELD_DEVICE:
		return pick_device(rng, live, op);
	case TRACE_FIELD_DOMAIN:
		return pick_domain(rng, live, op);
	case TRACE_FIELD_PROCESS:
		return pick_process(rng, live, op);
	case TRACE_FIELD_CHILD:
		return pick_child(rng, live, op);
	case TRACE_FIELD_VA:
		return pick_slot(rng, live, op);
	case TRACE_FIELD_TO:
		return pick_to(rng, live, op);
	case TRACE_FIELD_PAGES:
		return pick_pages(rng, op);
	case TRACE_FIELD_PROT:
		return pick_prot(rng, op);
	case TRACE_FIELD_RW:
		op->prot = (uint8_t)mutator_below(rng, 2);
		break;
	case TRACE_FIELD_PASID:
		op->pasid = pick_named_pasid(rng, live, op);
		break;
	case TRACE_FIELD_FEATURE:
		op->prot = (uint8_t)mutator_below(rng, 2);
		break;
	case TRACE_FIELD_PASID_OPT:
		return pick_pasid_opt(rng, live, op);
	case TRACE_FIELD_FEATURES:
		op->child = pick_features(rng, live, op);
		break;
	case TRACE_FIELD_MIN:
		op->pasid = aim_on_linux(live) ? 0 : pick_limit(rng, live, op->device);
		break;
	case TRACE_FIELD_MAX:
		op->max = aim_on_linux(live) ? 0 : pick_limit(rng, live, op->device);
		break;
	case TRACE_FIELD_NOPASID:
		op->has_pasid = !aim_on_linux(live) && one_in(rng, 64);
		break;
	case TRACE_FIELD_OPCODE:
		op->child = (uint8_t)mutator_below(rng, 256);
		break;
	case TRACE_FIELD_NTH:
		op->pasid = (uint8_t)(1 + mutator_below(rng, one_in(rng, 4) ? 32 : 4));
		break;
	case TRACE_FIELD_MDEV:
		return pick_mdev(rng, live, op);
	case TRACE_FIELD_VM:
		return pick_vm(rng, live, op);
	case TRACE_FIELD_WRITTEN:
		return pick_written(rng, live, op);
	case TRACE_FIELD_NONE:
	case TRACE_NUM_FIELDS:
		break;
	}
}

struct trace_op pick_op(struct mutator_rng *rng, const struct live *live)
{
	struct trace_op op = {.code = pick_live_code(rng, live)};
	const struct trace_op_info *info = &trace_op_info[op.code];
	unsigned i;

	for (i = 0; i < info->num_operands; i++)
		pick_operand(rng, live, &op, info->operand[i]);
	trace_normalize_op(live->header, &op);
	return op;
}
