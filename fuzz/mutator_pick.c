/* SPDX-License-Identifier: MIT */
/* Choices of the mutator: ops by weight, operands mostly from what lives (mutator_live.h). */
#include "mutator_live.h"

#define BIT(n) (1u << (n))
enum {
	ALL_SLOTS_LOW = 0x0f, /* few pages make many meetings */
	PROT_R = 1,
	PROT_RW = 3,
	LEAF_BITS = 6, /* PASIDs of a 4 KiB leaf of a two-level table (5.2) */
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

/* Devices that reach an mm, or if none does, those with a domain. */
static unsigned reaching_devices(const struct live *live)
{
	unsigned i, set = 0;

	for (i = 0; i < live->header->num_devices; i++)
		set |= live_reach(live, i) ? BIT(i) : 0;
	return set ? set : live_attached(live);
}

/* Devices for which an op means something now. */
static unsigned wanted_devices(const struct live *live, unsigned code)
{
	switch (code) {
	case TRACE_OP_INIT:
		return live_attached(live) & ~live->initialised;
	case TRACE_OP_BIND:
		return live_bindable(live);
	case TRACE_OP_UNBIND:
	case TRACE_OP_UNBIND_ALL:
	case TRACE_OP_SHUTDOWN:
		return live_bonded(live);
	case TRACE_OP_ATTACH:
	case TRACE_OP_UNPLUG:
		return live->present;
	case TRACE_OP_DMA:
	case TRACE_OP_ATS:
		return reaching_devices(live);
	default:
		return live_attached(live);
	}
}

static void pick_device(struct mutator_rng *rng, const struct live *live, struct trace_op *op)
{
	unsigned set = one_in(rng, 16) ? 0 : wanted_devices(live, op->code);

	op->device = (uint8_t)pick_bit(rng, set, mutator_below(rng, live->header->num_devices));
}

static void pick_domain(struct mutator_rng *rng, const struct live *live, struct trace_op *op)
{
	op->process = (uint8_t)mutator_below(rng, live->header->num_domains);
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

	for (mm = 0; mm < TRACE_MAX_PROCESSES; mm++)
		set |= live->mapped[mm] ? BIT(mm) : 0;
	return set;
}

/* Tasks for which an op means something now; in 1 of 4 cases a bond must not matter. */
static unsigned wanted_tasks(struct mutator_rng *rng, const struct live *live,
			     const struct trace_op *op)
{
	unsigned bound = 0, mms = 0xff, i, set;

	if (op->code == TRACE_OP_SPAWN)
		return (uint8_t)~live->tasks;
	if (op->code == TRACE_OP_BIND) {
		mms = ~live->bonds[op->device];
	} else {
		for (i = 0; i < live->header->num_devices; i++)
			bound |= live->bonds[i];
		if (trace_op_info[op->code].operand[1] == TRACE_FIELD_VA &&
		    op->code != TRACE_OP_MMAP)
			mms = mapped_mms(live);
		if (mms & bound && !one_in(rng, 4))
			mms &= bound;
	}
	set = tasks_of(live, mms);
	return set ? set : live->tasks;
}

static void pick_process(struct mutator_rng *rng, const struct live *live, struct trace_op *op)
{
	unsigned set = one_in(rng, 32) ? 0 : wanted_tasks(rng, live, op);

	op->process = (uint8_t)pick_bit(rng, set, mutator_below(rng, TRACE_MAX_PROCESSES));
}

static void pick_child(struct mutator_rng *rng, const struct live *live, struct trace_op *op)
{
	unsigned set = one_in(rng, 32) ? 0 : (uint8_t)~live->tasks;

	op->child = (uint8_t)pick_bit(rng, set, mutator_below(rng, TRACE_MAX_PROCESSES));
}

/* The slots that are mapped in the space that an op goes to. */
static uint32_t target_mapped(const struct live *live, const struct trace_op *op)
{
	const struct trace_op_info *info = &trace_op_info[op->code];
	unsigned mm;

	switch (info->operand[0]) {
	case TRACE_FIELD_PROCESS:
		return live->tasks & BIT(op->process) ? live->mapped[live->task_mm[op->process]]
						      : 0;
	case TRACE_FIELD_DOMAIN:
		return live->private_mapped[op->process % TRACE_MAX_DOMAINS];
	case TRACE_FIELD_DEVICE:
		if (live->domain[op->device] == TRACE_NONE)
			return 0;
		if (!op->has_pasid)
			return live->private_mapped[live->domain[op->device]];
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
	unsigned device = trace_op_info[op->code].operand[0] == TRACE_FIELD_DEVICE;
	unsigned chance = mutator_below(rng, 7 + device);

	if (op->code == TRACE_OP_MMAP || op->code == TRACE_OP_MAP)
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

	unsigned reach = live_reach(live, device);

	op->has_pasid = live->header->device[device].pasid_bits && !one_in(rng, reach ? 6 : 2);
	op->pasid = op->has_pasid ? pick_pasid(rng, live, reach, device) : 0;
}

/* I/O page faults where they are allowed; a bit that is not, now and then. */
static uint8_t pick_features(struct mutator_rng *rng, const struct live *live,
			     const struct trace_op *op)
{
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
	if (bits <= LEAF_BITS)
		return (uint8_t)(1 + mutator_below(rng, 3));
	return (uint8_t)((1 + mutator_below(rng, (1u << (bits - LEAF_BITS)) - 1)) << LEAF_BITS);
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
		op->pasid = pick_pasid(rng, live, live->bonds[op->device], op->device);
		break;
	case TRACE_FIELD_PASID_OPT:
		return pick_pasid_opt(rng, live, op);
	case TRACE_FIELD_FEATURES:
		op->child = pick_features(rng, live, op);
		break;
	case TRACE_FIELD_MIN:
		op->pasid = pick_limit(rng, live, op->device);
		break;
	case TRACE_FIELD_MAX:
		op->max = pick_limit(rng, live, op->device);
		break;
	case TRACE_FIELD_NOPASID:
		op->has_pasid = one_in(rng, 64);
		break;
	case TRACE_FIELD_OPCODE:
		op->child = (uint8_t)mutator_below(rng, 256);
		break;
	case TRACE_FIELD_NTH:
		op->pasid = (uint8_t)(1 + mutator_below(rng, one_in(rng, 4) ? 32 : 4));
		break;
	case TRACE_FIELD_NONE:
	case TRACE_NUM_FIELDS:
		break;
	}
}

uint8_t pick_code(struct mutator_rng *rng)
{
	unsigned total = 0, i, at;

	for (i = 0; i < TRACE_NUM_OPS; i++)
		total += trace_op_info[i].weight;
	at = mutator_below(rng, total);
	for (i = 0; at >= trace_op_info[i].weight; i++)
		at -= trace_op_info[i].weight;
	return (uint8_t)i;
}

struct trace_op pick_op(struct mutator_rng *rng, const struct live *live)
{
	struct trace_op op = {.code = pick_code(rng)};
	const struct trace_op_info *info = &trace_op_info[op.code];
	unsigned i;

	for (i = 0; i < info->num_operands; i++)
		pick_operand(rng, live, &op, info->operand[i]);
	trace_normalize_op(live->header, &op);
	return op;
}

static void change_device(struct mutator_rng *rng, struct trace_header *header)
{
	struct trace_device *device = &header->device[mutator_below(rng, header->num_devices)];

	switch (mutator_below(rng, 6)) {
	case 0:
		device->pasid_bits = (uint8_t)mutator_below(rng, 9);
		break;
	case 1:
		device->ats ^= 1;
		break;
	case 2:
		device->group = (uint8_t)mutator_below(rng, TRACE_MAX_DEVICES);
		break;
	case 3:
		device->domain = one_in(rng, 4) ? TRACE_NONE
						: (uint8_t)mutator_below(rng, header->num_domains);
		device->sva = 1;
		break;
	case 4:
		device->sva ^= 1;
		break;
	default:
		device->group = (uint8_t)(device - header->device);
		device->rid_dev = (uint8_t)mutator_below(rng, 32);
		device->rid_fn = (uint8_t)mutator_below(rng, 8);
	}
}

/* One more device: the next free requester id, mostly in a domain that exists. */
static void add_device(struct mutator_rng *rng, struct trace_header *header)
{
	unsigned index = header->num_devices;

	if (index == TRACE_MAX_DEVICES)
		return;
	header->num_devices++;
	header->device[index] = (struct trace_device){
		.rid_dev = (uint8_t)(index + 1),
		.pasid_bits = 4,
		.ats = 1,
		.group = (uint8_t)index,
		.domain = (uint8_t)mutator_below(rng, header->num_domains),
		.sva = 1,
	};
}

/* A second level shows only with more PASIDs than one leaf holds. */
static void toggle_two_level_cd(struct mutator_rng *rng, struct trace_header *header)
{
	unsigned i;

	header->two_level_cd ^= 1;
	if (!header->two_level_cd || one_in(rng, 4))
		return;
	header->ssid_bits = (uint8_t)(LEAF_BITS + 1 + mutator_below(rng, 2));
	for (i = 0; i < header->num_devices; i++)
		header->device[i].pasid_bits = (uint8_t)(LEAF_BITS + 1 + mutator_below(rng, 2));
}

void pick_header_change(struct mutator_rng *rng, struct trace_header *header)
{
	switch (mutator_below(rng, 16)) {
	case 0:
		header->ssid_bits = (uint8_t)mutator_below(rng, 9);
		break;
	case 1:
		header->asid_bits ^= 8 ^ 16;
		break;
	case 2:
		header->ats ^= 1;
		break;
	case 3:
		header->two_level_strtab ^= 1;
		break;
	case 4:
	case 11:
		toggle_two_level_cd(rng, header);
		break;
	case 5:
		add_device(rng, header);
		break;
	case 6:
		header->num_devices = (uint8_t)(1 + mutator_below(rng, header->num_devices));
		break;
	case 7:
		header->num_domains = (uint8_t)mutator_below(rng, TRACE_MAX_DOMAINS + 1);
		break;
	case 8:
		header->domain_type[mutator_below(rng, TRACE_MAX_DOMAINS)] ^= 1;
		break;
	case 9:
		header->processes ^= (uint8_t)BIT(mutator_below(rng, TRACE_MAX_PROCESSES));
		break;
	case 10:
		header->misuse = one_in(rng, 8);
		break;
	default:
		change_device(rng, header);
	}
	trace_normalize_header(header);
}
