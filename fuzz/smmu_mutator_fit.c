/* SPDX-License-Identifier: MIT */
/* What the target can take: for QEMU, without most of what is known to differ (corpus/known). */
#include "smmu_mutator.h"

#include "../harness/device/peer.h"
#include "../models/smmuv3/regs.h"

#include <string.h>

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

static uint64_t add_to_hash(uint64_t hash, const struct dev_op *op)
{
	for (unsigned i = 0; i < DEV_WORDS; i++)
		hash = (hash ^ op->w[i]) * 0x9e3779b97f4a7c15u;
	return hash;
}

/*
 * One op in 2^11: what is known to differ stays there, but rarely. What else the trace says counts
 * too: a descendant of a trace in which an op stayed is decided anew.
 */
static bool stays(const struct dev_op *op, uint64_t trace)
{
	return add_to_hash(trace ^ op->code, op) >> 53 == 0;
}

/* Structures without what QEMU does not look at (corpus/known). */
static void fit_structure(struct dev_op *op, uint64_t trace)
{
	uint64_t beyond = SMMU_MASK(55, 44);

	/* A table that is read otherwise makes all that follows differ. */
	if (op->code != DEV_OP_L1STD && stays(op, trace))
		return;
	switch (op->code) {
	case DEV_OP_STE:
		clear(op, "s1cdmax");
		op->w[0] &= ~beyond;
		break;
	case DEV_OP_L1STD:
		if (smmu_get(op->w[0], SMMU_L1STD_SPAN))
			set(op, "span", DEV_STRTAB_SPLIT + 1);
		op->w[0] &= ~(beyond | SMMU_MASK(11, 5));
		break;
	case DEV_OP_CD:
		op->w[1] &= ~SMMU_BIT(51);
		op->w[2] &= ~SMMU_BIT(51);
		/* A TLB hit needs no walk, and need not happen (5.4 EPD0). */
		clear(op, "epd0");
		/* Faults that leave no record hide what differs until later. */
		set(op, "r", 1);
		break;
	case DEV_OP_PTE:
	case DEV_OP_PTE2:
		set(op, "af", 1);
		op->w[0] |= SMMU_BIT(11) | SMMU_BIT(6); /* nG, AP[1] in what stage 1 reads */
		op->w[0] &= ~SMMU_MASK(47, 32);		/* any CD.IPS is enough */
		if (op->w[4] >> 32 < DEV_TABLE_PAGE)
			op->w[0] &= ~SMMU_BIT(51);
		/* A device that writes over records hides that they differ as is known. */
		if ((op->w[0] & (op->w[0] & SMMU_BIT(1) ? SMMU_MASK(47, 16) : SMMU_MASK(47, 21))) ==
		    DEV_RAM_BASE)
			op->w[0] = (op->w[0] & ~SMMU_MASK(47, 12)) | DEV_PAGE(DEV_DATA_PAGE);
		break;
	case DEV_OP_L1CD:
		op->w[0] &= ~SMMU_BIT(51); /* it may stand on a CD's TTB0 */
		break;
	case DEV_OP_STORE:
		/* Bit 51 of what may be a TTB. */
		if (op->w[0] >= DEV_PAGE(DEV_CD_PAGE) && op->w[0] < DEV_PAGE(DEV_TABLE_PAGE))
			op->w[1] &= ~SMMU_BIT(51);
		/* Whatever it is, a walk may take it for a leaf. */
		if (op->w[0] < DEV_PAGE(DEV_TABLE_PAGE) || !(op->w[1] & 1))
			break;
		op->w[1] |= SMMU_BIT(11) | SMMU_BIT(10) | SMMU_BIT(6);
		op->w[1] &= ~SMMU_MASK(47, 32);
		break;
	case DEV_OP_TABLE:
		clear(op, "ap");
		set(op, "type", 1);
		op->w[0] &= ~SMMU_MASK(47, 32); /* any CD.IPS is enough */
		/* IGNORED in a table descriptor; AF, nG and AP[1] where another granule takes it for a leaf. */
		op->w[0] |= SMMU_BIT(11) | SMMU_BIT(10) | SMMU_BIT(6);
		break;
	}
}

/* Software's view of the registers that say what may be written (6.2 "Guarded"). */
struct machine {
	uint64_t trace;		/* a hash of all of it */
	bool two_level, bypass; /* there is an STE that bypasses */
	uint32_t cr0;
	/* EVENTQ_BASE, PROD and CONS are written in this order or not at all (6.3.26): what was. */
	enum { EVENTQ_GOOD, EVENTQ_BASE, EVENTQ_PROD } eventq;
	uint8_t granule; /* CD.TG0 and CMD TG agree on it: CMD1_TG_*; 0: there are several */
};

/* Another split than that of set-up makes its descriptors reach too far (corpus/known). */
static uint64_t fit_strtab_cfg(const struct machine *machine, uint64_t value, bool rare)
{
	unsigned split = rare ? 6 + 2 * (unsigned)(smmu_get(value, SMMU_STRTAB_CFG_SPLIT) % 3)
			      : DEV_STRTAB_SPLIT;

	value = smmu_put(SMMU_STRTAB_CFG_LOG2SIZE, smmu_get(value, SMMU_STRTAB_CFG_LOG2SIZE));
	if (machine->two_level)
		value |= smmu_put(SMMU_STRTAB_CFG_SPLIT, split) |
			 smmu_put(SMMU_STRTAB_CFG_FMT, SMMU_STRTAB_CFG_FMT_2LVL);
	return value;
}

/* Records stay where they are compared; indices that no queue can have are left open. */
static bool fit_eventq(const char *name, uint64_t *value, bool rare, struct machine *machine)
{
	if (machine->cr0 & SMMU_CR0_EVENTQEN)
		return false;
	if (!strcmp(name, "EVENTQ_BASE")) {
		*value = DEV_PAGE(DEV_EVTQ_PAGE) | (*value & 7) | (rare ? 0 : 6);
		machine->eventq = EVENTQ_BASE;
		return true;
	}
	*value = 0;
	if (!strcmp(name, "EVENTQ_PROD") && machine->eventq == EVENTQ_BASE)
		machine->eventq = EVENTQ_PROD;
	else if (!strcmp(name, "EVENTQ_CONS") && machine->eventq == EVENTQ_PROD)
		machine->eventq = EVENTQ_GOOD;
	else
		return false;
	return true;
}

/* A register write with what it is guarded by, and the bits that it has. */
static bool fit_write(struct dev_op *op, const char *name, struct machine *machine)
{
	bool off = !(machine->cr0 & SMMU_CR0_SMMUEN);
	uint64_t *value = &op->w[1];

	if (!strcmp(name, "CR0")) {
		/* Faults that leave no record hide what differs until later. */
		*value &= machine->eventq == EVENTQ_GOOD ? 0xd : SMMU_CR0_CMDQEN;
		*value |= *value & SMMU_CR0_SMMUEN ? SMMU_CR0_EVENTQEN : 0;
		machine->cr0 = (uint32_t)*value;
		return true;
	}
	if (!strncmp(name, "EVENTQ_", 7) && !strstr(name, "IRQ"))
		return fit_eventq(name, value, stays(op, machine->trace), machine);
	if (!strcmp(name, "GERRORN"))
		*value &= SMMU_GERROR_CMDQ_ERR;
	else if (!strcmp(name, "IRQ_CTRL"))
		*value &= SMMU_IRQ_CTRL_GERROR_IRQEN | SMMU_IRQ_CTRL_EVENTQ_IRQEN;
	else if (!strcmp(name, "STRTAB_BASE") && off)
		*value = DEV_PAGE(machine->two_level ? DEV_L1STD_PAGE : DEV_STRTAB_PAGE);
	else if (!strcmp(name, "STRTAB_BASE_CFG") && off)
		*value = fit_strtab_cfg(machine, *value, stays(op, machine->trace));
	else if (!strcmp(name, "CR1") && !machine->cr0)
		*value &= 0xfff;
	else
		return (!strcmp(name, "GBPA") || (off && !strcmp(name, "CR2"))) &&
		       stays(op, machine->trace);
	return true;
}

static bool fit_register(struct dev_op *op, struct machine *machine)
{
	const char *name = dev_reg_name((uint32_t)op->w[0] & 0x3ffff);

	if (!name)
		return false;
	op->w[0] &= 0x3ffff;
	if (op->code == DEV_OP_REG)
		return fit_write(op, name, machine);
	return strcmp(name, "GBPA") && strcmp(name, "CR2") && strncmp(name, "IDR", 3) &&
	       strcmp(name, "AIDR") && strcmp(name, "IIDR") && strncmp(name, "PRIQ", 4);
}

/*
 * 4.4.1.1: without a granule the others are RES0, all zero with it is Reserved; a hint of another
 * level or granule may leave an entry or take it. A range does not wrap at the top, and whether it
 * does is left open.
 */
static void fit_range(struct dev_op *op, uint8_t granule)
{
	clear(op, "ttl");
	if (!granule || op->w[1] >> 63) {
		clear(op, "num");
		clear(op, "scale");
	}
	if (op->w[0] & (SMMU_MASK(16, 12) | SMMU_MASK(24, 20)))
		set(op, "tg", granule);
	else
		clear(op, "tg");
	/* Bits of the address below the granule are RES0 (4.4.1.1). */
	if (granule > SMMU_CMD1_TG_4K)
		op->w[1] &= ~SMMU_MASK(15, 12);
}

/* Commands that QEMU takes without looking (corpus/known): they tell nothing new. */
static bool fit_command(struct dev_op *op, uint8_t granule)
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
		fit_range(op, granule);
		return true;
	default:
		return true;
	}
}

/* The granule of all CDs as a TLBI names it; 0: they have several. */
static uint8_t common_granule(const struct dev_trace *trace)
{
	static const uint8_t tg[] = {SMMU_CMD1_TG_4K, SMMU_CMD1_TG_64K, SMMU_CMD1_TG_16K, 0};
	static const uint8_t tg1[] = {0, SMMU_CMD1_TG_16K, SMMU_CMD1_TG_4K, SMMU_CMD1_TG_64K};
	uint8_t all = 0;

	for (unsigned i = 0; i < trace->num_ops; i++) {
		uint8_t one;

		if (trace->op[i].code != DEV_OP_CD)
			continue;
		one = tg[smmu_get(trace->op[i].w[0], SMMU_CD0_TG0)];
		if (!(trace->op[i].w[0] & SMMU_CD0_EPD1) &&
		    one != tg1[smmu_get(trace->op[i].w[0], SMMU_CD0_TG1)])
			return 0;
		if (all && one != all)
			return 0;
		all = one;
	}
	return all ? all : SMMU_CMD1_TG_4K;
}

/* Commands are written as such: others could be those that QEMU goes past. */
static bool is_in_cmdq(const struct dev_op *op)
{
	if (op->code == DEV_OP_STORE)
		return (op->w[0] & ~0xfffull) == DEV_PAGE(DEV_CMDQ_PAGE);
	return op->code < DEV_OP_STORE && op->w[4] >> 32 == DEV_CMDQ_PAGE;
}

static bool fit_op(struct dev_op *op, struct machine *machine)
{
	const struct dev_op_info *info = &dev_op_info[op->code];

	if (!dev_peer_takes(op))
		return false;
	for (unsigned word = 0; info->raw && word < DEV_WORDS - 1; word++) {
		uint64_t unnamed = dev_unnamed_bits(info, word);

		op->w[word] = (op->w[word] & ~unnamed) | (info->base[word] & unnamed);
	}
	if (is_in_cmdq(op))
		return false;
	if (op->code <= DEV_OP_STORE)
		fit_structure(op, machine->trace);
	machine->bypass |= op->code == DEV_OP_STE &&
			   smmu_get(op->w[0], SMMU_STE0_CONFIG) == SMMU_STE0_CONFIG_BYPASS;
	if (op->code == DEV_OP_REG || op->code == DEV_OP_READ)
		return fit_register(op, machine);
	/* 3.4: beyond the OAS a bypassed address is an error that QEMU does not know. */
	if (op->code == DEV_OP_DMA && machine->bypass && !stays(op, machine->trace))
		op->w[1] &= SMMU_MASK(43, 0);
	if (op->code == DEV_OP_EVENT)
		return machine->eventq == EVENTQ_GOOD;
	if (op->code == DEV_OP_CMD_RAW)
		op->w[0] = op->w[1] = op->w[2] = 0; /* no command: CERROR_ILL */
	if (op->code > DEV_OP_CMD_RAW && op->code <= DEV_OP_CMD_SYNC)
		return fit_command(op, machine->granule);
	return true;
}

static uint64_t trace_hash(const struct dev_trace *trace)
{
	uint64_t hash = trace->num_ops;

	for (unsigned i = 0; i < trace->num_ops; i++)
		hash = add_to_hash(hash, &trace->op[i]);
	return hash;
}

void smmu_fit(const struct smmu_mutator *m, struct dev_trace *trace)
{
	uint64_t hash = trace_hash(trace);
	struct machine machine = {
		.trace = hash,
		/* A linear stream table costs a start of QEMU, so few traces have one. */
		.two_level = hash >> 52 != 0,
		.cr0 = SMMU_CR0_EVENTQEN | SMMU_CR0_CMDQEN | SMMU_CR0_SMMUEN,
		.granule = common_granule(trace),
	};
	unsigned kept = 0;

	for (unsigned i = 0; i < trace->num_ops; i++) {
		struct dev_op *op = &trace->op[i];

		memset(op->pin, 0, sizeof(op->pin));
		if (!m->peer || fit_op(op, &machine))
			trace->op[kept++] = *op;
	}
	trace->num_ops = (uint16_t)kept;
	if (!m->peer)
		return;
	trace->header = dev_peer_header();
	trace->header.two_level = machine.two_level;
}
