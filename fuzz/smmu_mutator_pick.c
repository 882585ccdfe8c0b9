/* SPDX-License-Identifier: MIT */
/* New ops, and new values for fields. */
#include "smmu_mutator.h"

#include <string.h>

static bool one_in(struct smmu_mutator *m, unsigned n)
{
	return !smmu_below(m, n);
}

static uint64_t random64(struct smmu_mutator *m)
{
	return (uint64_t)smmu_below(m, 0xffffffff) << 32 | smmu_below(m, 0xffffffff);
}

uint64_t smmu_pick_va(struct smmu_mutator *m)
{
	static const uint64_t bases[] = {
		0,
		0,
		0,
		0,
		0x200000,
		0x1ff000,
		0x40000000,
		0x3ffff000,
		0x7ffffff000,
		0x8000000000,
		0xffffff8000000000,
		0xffffff8000000000,
		0xfffffffffffff000,
		0x0100000000000000,
		0xff00000000000000,
		DEV_PAGE(DEV_DATA_PAGE),
		0xffffff7ffffff000,
		0x2000000,
		0x20000000,
		0x1000000000000,
	};
	uint64_t va = bases[smmu_below(m, one_in(m, 4) ? ARRAY_SIZE(bases) : 4)];

	va += (uint64_t)smmu_below(m, one_in(m, 4) ? 64 : 5) * 4096;
	if (one_in(m, 4))
		va += smmu_below(m, 1024) * 4;
	if (one_in(m, 64))
		va = random64(m);
	return va;
}

/* Where something is, or could be. */
static uint64_t pick_address(struct smmu_mutator *m)
{
	static const uint16_t pages[] = {8,  9,	 16, 17, 18, 19, 20,  24,  32,	33,
					 34, 48, 64, 65, 66, 80, 512, 513, 528, 544};
	unsigned choice = smmu_below(m, 16);

	if (choice < 11)
		return DEV_PAGE(pages[smmu_below(m, ARRAY_SIZE(pages))]);
	if (choice < 13)
		return DEV_PAGE(smmu_below(m, DEV_RAM_PAGES));
	if (choice == 13)
		return DEV_PAGE(DEV_RAM_PAGES + smmu_below(m, 64));
	if (choice == 14)
		return DEV_PAGE(DEV_DATA_PAGE) | 1ull << (32 + smmu_below(m, 20));
	return m->peer ? DEV_PAGE(DEV_DATA_PAGE) + smmu_below(m, 64) * 64ul : random64(m);
}

static uint64_t pick_number(struct smmu_mutator *m, unsigned bits, uint64_t now)
{
	uint64_t most = ~0ull >> (64 - bits);

	switch (smmu_below(m, 6)) {
	case 0:
		return now ^ 1ull << smmu_below(m, bits);
	case 1:
		return (now + 1) & most;
	case 2:
		return (now - 1) & most;
	case 3:
		return random64(m) & most;
	case 4:
		return one_in(m, 2) ? most : 0;
	default:
		return smmu_below(m, 4) & most;
	}
}

static uint64_t pick_sid(struct smmu_mutator *m)
{
	static const uint32_t odd[] = {0, 23, 63, 64, 127, 192, 255, 256, 0xffff, 0x10000};

	if (m->peer || !one_in(m, 24))
		return 8 + smmu_below(m, one_in(m, 3) ? 4 : 1);
	return odd[smmu_below(m, ARRAY_SIZE(odd))];
}

static uint64_t pick_register(struct smmu_mutator *m)
{
	static const char *const names[] = {
		"CR0",		 "CR0",
		"CR0",		 "CR1",
		"CR2",		 "GBPA",
		"IRQ_CTRL",	 "GERRORN",
		"STRTAB_BASE",	 "STRTAB_BASE_CFG",
		"CMDQ_BASE",	 "CMDQ_PROD",
		"CMDQ_CONS",	 "EVENTQ_BASE",
		"EVENTQ_PROD",	 "EVENTQ_CONS",
		"PRIQ_BASE",	 "PRIQ_PROD",
		"PRIQ_CONS",	 "GERROR_IRQ_CFG0",
		"IDR0",		 "CR0ACK",
		"GERROR",	 "EVENTQ_IRQ_CFG0",
		"PRIQ_IRQ_CFG2",
	};
	const char *name = names[smmu_below(m, ARRAY_SIZE(names))];
	uint32_t offset = 0;

	/* Without GERRORN a stopped queue stays stopped. */
	if (one_in(m, 4))
		name = "GERRORN";
	if (m->peer && name[0] == 'P')
		name = "CR0";
	dev_reg_find(name, strlen(name), &offset);
	if (!m->peer && one_in(m, 32))
		offset = smmu_below(m, 0x20000) & ~3u;
	return offset;
}

/* What makes sense to write there, mostly. */
static uint64_t pick_register_value(struct smmu_mutator *m, uint32_t offset)
{
	static const char *const small[] = {"CMDQ_PROD",   "CMDQ_CONS", "EVENTQ_PROD",
					    "EVENTQ_CONS", "PRIQ_PROD", "PRIQ_CONS",
					    "GERRORN",	   "IRQ_CTRL",	"CR2"};
	const char *name = dev_reg_name(offset);

	if (name && !strcmp(name, "CR0"))
		return one_in(m, 3) ? smmu_below(m, 32) : one_in(m, 2) ? 0xf : 0xd;
	if (name && !strcmp(name, "STRTAB_BASE_CFG"))
		return smmu_below(m, 17) | (6 + 2 * smmu_below(m, 3)) << 6 | smmu_below(m, 2) << 16;
	if (name && !strcmp(name, "GBPA"))
		return 1ull << 31 | (uint64_t)smmu_below(m, 2) << 20 | 0x1000;
	for (size_t i = 0; name && i < ARRAY_SIZE(small); i++)
		if (!strcmp(name, small[i]))
			return smmu_below(m, 12);
	if (name && strstr(name, "_BASE"))
		return pick_address(m) | smmu_below(m, 9);
	return one_in(m, 2) ? smmu_below(m, 256) : random64(m);
}

static uint64_t pick_mair(struct smmu_mutator *m)
{
	return one_in(m, 2) ? 0x44ff : one_in(m, 2) ? 0x04 : random64(m);
}

static uint64_t pick_value(struct smmu_mutator *m, const struct dev_op *op,
			   const struct dev_field *field)
{
	uint64_t now = dev_field_get(op, field);

	if (!strcmp(field->name, "sid"))
		return pick_sid(m);
	if (!strcmp(field->name, "ssid"))
		return smmu_below(m, one_in(m, 4) ? 70 : 4);
	if (!strcmp(field->name, "index"))
		return smmu_below(m, one_in(m, 8) ? 512 : 5);
	if (!strcmp(field->name, "asid") || !strcmp(field->name, "vmid") ||
	    !strcmp(field->name, "s2vmid"))
		return smmu_below(m, one_in(m, 8) ? 0x10000 : 4);
	if (!strcmp(field->name, "t0sz") || !strcmp(field->name, "t1sz") ||
	    !strcmp(field->name, "s2t0sz"))
		return one_in(m, 2)   ? 25
		       : one_in(m, 2) ? 16 + smmu_below(m, 24)
				      : smmu_below(m, 64);
	if (!strcmp(field->name, "mair"))
		return pick_mair(m);
	switch (field->kind) {
	case DEV_ADDR:
		return (op->code >= DEV_OP_CMD_RAW && op->code != DEV_OP_TRANSLATED &&
					op->code != DEV_OP_LOAD
				? smmu_pick_va(m)
				: pick_address(m)) >>
		       field->shift;
	case DEV_PAGENO:
		return (pick_address(m) - DEV_RAM_BASE) / 4096;
	case DEV_REG:
		return pick_register(m);
	default:
		return pick_number(m, field->bits, now);
	}
}

/* Fields that the other side is known not to look at: changing them ends the comparison. */
static bool is_avoided(const struct smmu_mutator *m, const struct dev_field *field)
{
	static const char *const names[] = {"af",      "ap",	  "affd",   "epd0",
					    "s1cdmax", "privcfg", "instcfg"};

	if (!m->peer)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(field->name, names[i]))
			return true;
	return false;
}

void smmu_pick_field(struct smmu_mutator *m, struct dev_op *op)
{
	const struct dev_op_info *info = &dev_op_info[op->code];
	const struct dev_field *field;

	if (!info->num_fields)
		return;
	field = &info->field[smmu_below(m, info->num_fields)];
	if (is_avoided(m, field) && !one_in(m, 24))
		return;
	if (field->kind == DEV_OPT && one_in(m, 3))
		op->w[field->word] &= ~(1ull << (field->shift + field->bits));
	else if (field->kind == DEV_VALUE)
		dev_field_set(op, field, pick_register_value(m, (uint32_t)op->w[0] & 0x3ffff));
	else
		dev_field_set(op, field, pick_value(m, op, field));
	if (info->raw && !m->peer && one_in(m, 64))
		op->w[smmu_below(m, 4)] ^= 1ull << smmu_below(m, 64);
	dev_normalize_op(op);
}

static void set(struct dev_op *op, const char *name, uint64_t value)
{
	const struct dev_op_info *info = &dev_op_info[op->code];

	for (unsigned i = 0; i < info->num_fields; i++)
		if (!strcmp(info->field[i].name, name))
			dev_field_set(op, &info->field[i], value);
}

static void finish_traffic(struct smmu_mutator *m, struct dev_op *op)
{
	op->w[1] = op->code == DEV_OP_TRANSLATED ? pick_address(m) : smmu_pick_va(m);
	set(op, "sid", pick_sid(m));
	if (m->peer) {
		op->w[0] |= (uint64_t)(one_in(m, 2) ? 3 : 0) << 53;
		return;
	}
	if (one_in(m, 2))
		set(op, "ssid", smmu_below(m, one_in(m, 8) ? 20 : 3));
	op->w[0] |= (uint64_t)smmu_below(m, 4) << 53;
	if (one_in(m, 4))
		op->w[0] |= 1ull << 55;
}

static void finish_command(struct smmu_mutator *m, struct dev_op *op)
{
	set(op, "sid", pick_sid(m));
	if (one_in(m, 2))
		set(op, "va", smmu_pick_va(m) >> 12);
	if (op->code == DEV_OP_CMD_RAW) {
		op->w[0] = smmu_below(m, 256);
		op->w[1] = random64(m);
	}
	if (m->peer)
		return;
	if (one_in(m, 2))
		set(op, "ssid", smmu_below(m, 3));
}

struct dev_op smmu_pick_op(struct smmu_mutator *m)
{
	unsigned total = 0, choice, code = 0;
	struct dev_op op;

	for (unsigned i = 0; i < DEV_NUM_OPS; i++)
		total += dev_op_info[i].weight;
	for (choice = smmu_below(m, total); choice >= dev_op_info[code].weight; code++)
		choice -= dev_op_info[code].weight;
	if (m->peer && code == DEV_OP_CMD_RAW && !one_in(m, 16))
		code = DEV_OP_DMA;
	op = dev_op((enum dev_op_code)code);
	if (code == DEV_OP_REG || code == DEV_OP_READ) {
		op.w[0] = pick_register(m);
		op.w[1] = code == DEV_OP_REG ? pick_register_value(m, (uint32_t)op.w[0]) : 0;
	} else if (code >= DEV_OP_DMA && code <= DEV_OP_PAGE_REQUEST) {
		finish_traffic(m, &op);
	} else if (code >= DEV_OP_CMD_RAW && code <= DEV_OP_CMD_SYNC) {
		finish_command(m, &op);
	} else if (code <= DEV_OP_STORE) {
		set(&op, "index", smmu_below(m, 4));
		set(&op, "sid", pick_sid(m));
		if (code == DEV_OP_PTE || code == DEV_OP_PTE2)
			set(&op, "addr", (DEV_PAGE(DEV_DATA_PAGE) >> 12) + smmu_below(m, 8));
	}
	for (unsigned i = smmu_below(m, 4); i > 1; i--)
		smmu_pick_field(m, &op);
	dev_normalize_op(&op);
	return op;
}
