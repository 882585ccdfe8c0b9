/* SPDX-License-Identifier: MIT */
/* Changes to device-level traces, chosen by weight (smmu_mutator.h). */
#include "smmu_mutator.h"

#include "../harness/device/peer.h"
#include "../models/smmuv3/regs.h"

#include <string.h>

/* splitmix64: one word of state, any seed is a good one. */
static uint64_t next(struct smmu_mutator *m)
{
	uint64_t z = m->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

void smmu_mutator_seed(struct smmu_mutator *m, uint64_t seed, bool peer)
{
	*m = (struct smmu_mutator){.state = seed, .peer = peer};
}

uint32_t smmu_below(struct smmu_mutator *m, uint32_t bound)
{
	return (uint32_t)((next(m) >> 32) * bound >> 32);
}

static void set(struct dev_op *op, const char *name, uint64_t value)
{
	const struct dev_op_info *info = &dev_op_info[op->code];

	for (unsigned i = 0; i < info->num_fields; i++)
		if (!strcmp(info->field[i].name, name))
			dev_field_set(op, &info->field[i], value);
}

static void clear(struct dev_op *op, const char *name)
{
	set(op, name, 0);
}

/* One in many, by what the op says: what is known to differ stays there, but rarely. */
static bool stays(const struct dev_op *op)
{
	uint64_t hash = op->code;

	for (unsigned i = 0; i < DEV_WORDS; i++)
		hash = (hash ^ op->w[i]) * 0x9e3779b97f4a7c15u;
	return hash >> 55 == 0;
}

/* Structures without what QEMU does not look at (corpus/known). */
static void fit_structure(struct dev_op *op)
{
	uint64_t beyond = SMMU_MASK(55, 44);

	if (stays(op))
		return;
	switch (op->code) {
	case DEV_OP_STE:
		clear(op, "s1cdmax");
		op->w[0] &= ~beyond;
		break;
	case DEV_OP_L1STD:
		if (smmu_get(op->w[0], SMMU_L1STD_SPAN))
			set(op, "span", DEV_STRTAB_SPLIT + 1);
		op->w[0] &= ~beyond;
		break;
	case DEV_OP_CD:
		op->w[1] &= ~beyond;
		op->w[2] &= ~beyond;
		/* A TLB hit needs no walk, and need not happen (5.4 EPD0). */
		clear(op, "epd0");
		/* Faults that leave no record hide what differs until later. */
		set(op, "r", 1);
		break;
	case DEV_OP_PTE:
	case DEV_OP_PTE2:
		set(op, "af", 1);
		op->w[0] |= SMMU_BIT(11); /* nG, in what stage 1 reads */
		op->w[0] &= ~SMMU_MASK(47, 44);
		break;
	case DEV_OP_TABLE:
		clear(op, "ap");
		set(op, "type", 1);
		op->w[0] &= ~SMMU_MASK(47, 44);
		/* IGNORED in a table descriptor; AF, nG and AP[1] where another granule takes it for a leaf. */
		op->w[0] |= SMMU_BIT(11) | SMMU_BIT(10) | SMMU_BIT(6);
		break;
	}
}

/*
 * Registers and commands that QEMU takes without looking (corpus/known): a trace that has them tells
 * nothing new and goes no further.
 */
static bool fit_register(struct dev_op *op)
{
	const char *name = dev_reg_name((uint32_t)op->w[0] & 0x3ffff);

	if (!name)
		return false;
	op->w[0] &= 0x3ffff;
	/* Faults that leave no record hide what differs until later. */
	if (!strcmp(name, "CR0"))
		op->w[1] = (op->w[1] & 0xd) | (op->w[1] & SMMU_CR0_SMMUEN ? SMMU_CR0_EVENTQEN : 0);
	else if (!strcmp(name, "GERRORN"))
		op->w[1] &= 0x1;
	else if (!strcmp(name, "IRQ_CTRL"))
		op->w[1] &= 0x5;
	else
		return op->code == DEV_OP_READ && strcmp(name, "GBPA") && strcmp(name, "CR2") &&
		       strncmp(name, "IDR", 3) && strcmp(name, "AIDR") && strcmp(name, "IIDR") &&
		       strncmp(name, "PRIQ", 4);
	return true;
}

static bool fit_command(struct dev_op *op, bool granules)
{
	clear(op, "hold");
	clear(op, "vmid");
	switch (op->code) {
	case DEV_OP_CMD_TLBI_EL2_ALL:
	case DEV_OP_CMD_TLBI_EL2_ASID:
	case DEV_OP_CMD_TLBI_EL2_VA:
	case DEV_OP_CMD_TLBI_EL2_VAA:
	case DEV_OP_CMD_TLBI_S12_VMALL:
	case DEV_OP_CMD_TLBI_S2_IPA:
	case DEV_OP_CMD_ATC_INV:
	case DEV_OP_CMD_PRI_RESP:
	case DEV_OP_CMD_RESUME:
	case DEV_OP_CMD_STALL_TERM:
		return false;
	case DEV_OP_CMD_SYNC:
		op->w[0] &= ~(1ull << 13);
		clear(op, "msi");
		clear(op, "msidata");
		return true;
	case DEV_OP_CMD_PREFETCH_CONFIG:
	case DEV_OP_CMD_PREFETCH_ADDR:
	case DEV_OP_CMD_CFGI_CD:
		clear(op, "ssv");
		clear(op, "ssid");
		return true;
	case DEV_OP_CMD_TLBI_NH_VA:
	case DEV_OP_CMD_TLBI_NH_VAA:
		/*
		 * 4.4.1.1: without a granule the others are RES0, all zero with it is Reserved; a
		 * hint of another level or granule may leave an entry or take it.
		 */
		clear(op, "ttl");
		/* A range does not wrap at the top, and whether it does is left open. */
		if (granules || op->w[1] >> 63) {
			clear(op, "num");
			clear(op, "scale");
		}
		if (op->w[0] & (SMMU_MASK(16, 12) | SMMU_MASK(24, 20)))
			set(op, "tg", SMMU_CMD1_TG_4K);
		else
			clear(op, "tg");
		return true;
	default:
		return true;
	}
}

/* Some CD has another granule than 4 KiB. */
static bool has_granules(const struct dev_trace *trace)
{
	for (unsigned i = 0; i < trace->num_ops; i++)
		if (trace->op[i].code == DEV_OP_CD && smmu_get(trace->op[i].w[0], SMMU_CD0_TG0))
			return true;
	return false;
}

static bool fit_op(struct dev_op *op, bool granules)
{
	const struct dev_op_info *info = &dev_op_info[op->code];

	if (!dev_peer_takes(op))
		return false;
	for (unsigned word = 0; info->raw && word < DEV_WORDS - 1; word++) {
		uint64_t unnamed = dev_unnamed_bits(info, word);

		op->w[word] = (op->w[word] & ~unnamed) | (info->base[word] & unnamed);
	}
	if (op->code <= DEV_OP_STORE)
		fit_structure(op);
	if (op->code == DEV_OP_REG || op->code == DEV_OP_READ)
		return fit_register(op);
	if (op->code == DEV_OP_CMD_RAW)
		op->w[0] = op->w[1] = op->w[2] = 0; /* no command: CERROR_ILL */
	if (op->code > DEV_OP_CMD_RAW && op->code <= DEV_OP_CMD_SYNC)
		return fit_command(op, granules);
	return true;
}

void smmu_fit(const struct smmu_mutator *m, struct dev_trace *trace)
{
	bool granules = m->peer && has_granules(trace);
	unsigned kept = 0;

	for (unsigned i = 0; i < trace->num_ops; i++) {
		struct dev_op *op = &trace->op[i];

		memset(op->pin, 0, sizeof(op->pin));
		if (!m->peer || fit_op(op, granules))
			trace->op[kept++] = *op;
	}
	trace->num_ops = (uint16_t)kept;
	if (m->peer) {
		uint8_t two_level = trace->header.two_level;

		trace->header = dev_peer_header();
		trace->header.two_level = two_level;
	}
}

static bool insert(struct dev_trace *trace, unsigned at, const struct dev_op *op, unsigned count)
{
	if (trace->num_ops + count > SMMU_MUTATOR_MAX_OPS || at > trace->num_ops)
		return false;
	memmove(&trace->op[at + count], &trace->op[at],
		(trace->num_ops - at) * sizeof(struct dev_op));
	memcpy(&trace->op[at], op, count * sizeof(struct dev_op));
	trace->num_ops = (uint16_t)(trace->num_ops + count);
	return true;
}

static void remove_ops(struct dev_trace *trace, unsigned at, unsigned count)
{
	if (at + count > trace->num_ops)
		count = trace->num_ops - at;
	memmove(&trace->op[at], &trace->op[at + count],
		(trace->num_ops - at - count) * sizeof(struct dev_op));
	trace->num_ops = (uint16_t)(trace->num_ops - count);
}

/* A place to insert at: the end as often as any other. */
static unsigned place(struct smmu_mutator *m, const struct dev_trace *trace)
{
	return smmu_below(m, 2) ? trace->num_ops : smmu_below(m, trace->num_ops + 1u);
}

static void change_header(struct smmu_mutator *m, struct dev_header *header)
{
	unsigned member = smmu_below(m, DEV_NUM_MEMBERS);

	switch (smmu_below(m, 8)) {
	case 0:
		header->profile = (uint8_t)smmu_below(m, 256);
		break;
	case 1:
		header->cache = (uint8_t)smmu_below(m, 3);
		break;
	case 2:
		header->two_level ^= 1;
		break;
	case 3:
		header->evtq = (uint8_t)smmu_below(m, DEV_EVTQ_BITS + 1);
		break;
	case 4:
		header->priq = (uint8_t)smmu_below(m, DEV_PRIQ_BITS + 1);
		header->cmdq = (uint8_t)smmu_below(m, DEV_CMDQ_BITS + 1);
		break;
	default:
		header->override[member] = (uint8_t)smmu_below(m, dev_member_info[member].max + 2u);
		break;
	}
	dev_normalize_header(header);
}

static void change(struct smmu_mutator *m, struct dev_trace *trace)
{
	struct dev_op op[SMMU_SCENE_MAX];
	unsigned at = smmu_below(m, trace->num_ops), count, choice = smmu_below(m, 100);

	if (choice < 35 || !trace->num_ops) {
		op[0] = smmu_pick_op(m);
		insert(trace, place(m, trace), op, 1);
	} else if (choice < 55) {
		smmu_pick_field(m, &trace->op[at]);
	} else if (choice < 70) {
		remove_ops(trace, at, 1 + smmu_below(m, 3));
	} else if (choice < 76) {
		op[0] = trace->op[at];
		insert(trace, place(m, trace), op, 1);
	} else if (choice < 80) {
		count = smmu_below(m, trace->num_ops);
		op[0] = trace->op[at];
		trace->op[at] = trace->op[count];
		trace->op[count] = op[0];
	} else if (choice < 84 && !m->peer) {
		change_header(m, &trace->header);
	} else {
		count = smmu_pick_scene(m, op);
		insert(trace, place(m, trace), op, count);
	}
}

size_t smmu_mutate(struct smmu_mutator *m, uint8_t *data, size_t size, size_t max_size)
{
	static struct dev_trace trace;
	size_t now;

	if (max_size < DEV_HEADER_BYTES)
		return 0;
	dev_decode(&trace, data, size);
	for (unsigned i = 1 + smmu_below(m, 4); i; i--)
		change(m, &trace);
	smmu_fit(m, &trace);
	while (!(now = dev_encode(&trace, data, max_size)))
		trace.num_ops--;
	return now;
}

size_t smmu_crossover(struct smmu_mutator *m, const uint8_t *a, size_t a_size, const uint8_t *b,
		      size_t b_size, uint8_t *out, size_t max_size)
{
	static struct dev_trace to, from;
	unsigned at, first, count;
	size_t now;

	if (max_size < DEV_HEADER_BYTES)
		return 0;
	dev_decode(&to, a, a_size);
	dev_decode(&from, b, b_size);
	at = smmu_below(m, to.num_ops + 1u);
	first = smmu_below(m, from.num_ops);
	count = smmu_below(m, from.num_ops - first + 1u);
	if (smmu_below(m, 2))
		remove_ops(&to, at, count);
	insert(&to, at, &from.op[first], count);
	smmu_fit(m, &to);
	while (!(now = dev_encode(&to, out, max_size)))
		to.num_ops--;
	return now;
}

void smmu_random_trace(struct smmu_mutator *m, struct dev_trace *trace, unsigned num_ops)
{
	struct dev_op op[SMMU_SCENE_MAX];

	trace->header = m->peer ? dev_peer_header() : dev_default_header();
	trace->num_ops = 0;
	while (!m->peer && smmu_below(m, 2))
		change_header(m, &trace->header);
	while (trace->num_ops < num_ops) {
		unsigned count = 1;

		if (smmu_below(m, trace->num_ops < 8 ? 2 : 5) == 0)
			count = smmu_pick_scene(m, op);
		else
			op[0] = smmu_pick_op(m);
		if (!insert(trace, trace->num_ops, op, count))
			break;
	}
	smmu_fit(m, trace);
}
