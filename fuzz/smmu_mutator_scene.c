/* SPDX-License-Identifier: MIT */
/* Scenes: structures that fit together, one for each way in which a stream can be configured. */
#include "smmu_mutator.h"

#include <string.h>

struct scene {
	struct smmu_mutator *m;
	struct dev_op *op;
	unsigned count;
};

static struct dev_op *add(struct scene *s, enum dev_op_code code)
{
	CHECK(s->count < SMMU_SCENE_MAX, "a scene has more than %d ops", SMMU_SCENE_MAX);
	s->op[s->count] = dev_op(code);
	return &s->op[s->count++];
}

static void set(struct dev_op *op, const char *name, uint64_t value)
{
	const struct dev_op_info *info = &dev_op_info[op->code];

	for (unsigned i = 0; i < info->num_fields; i++)
		if (!strcmp(info->field[i].name, name))
			dev_field_set(op, &info->field[i],
				      info->field[i].kind == DEV_ADDR
					      ? value >> info->field[i].shift
					      : value);
}

static struct dev_op *entry(struct scene *s, enum dev_op_code code, unsigned table, unsigned index,
			    unsigned to)
{
	struct dev_op *op = add(s, code);

	set(op, "table", table);
	set(op, "index", index);
	set(op, "addr", DEV_PAGE(to));
	return op;
}

static void dma(struct scene *s, unsigned sid, int ssid, uint64_t addr)
{
	struct dev_op *op = add(s, DEV_OP_DMA);

	set(op, "sid", sid);
	if (ssid >= 0)
		set(op, "ssid", (unsigned)ssid);
	op->w[0] |= (uint64_t)(smmu_below(s->m, 2) * 3) << 53;
	op->w[1] = addr;
}

/* A stage-1 tree of 39 bits at p16; `granule` as CD.TG0: 4, 64, 16 KiB. */
static void tree(struct scene *s, struct dev_op *cd, unsigned granule)
{
	set(cd, "tg0", granule);
	if (granule == 1) {
		entry(s, DEV_OP_TABLE, 16, 0, 32);
		entry(s, DEV_OP_PTE, 32, 0, 512);
		entry(s, DEV_OP_PTE, 32, 1, 528);
	} else if (granule == 2) {
		entry(s, DEV_OP_TABLE, 16, 0, 20);
		entry(s, DEV_OP_TABLE, 20, 0, 24);
		entry(s, DEV_OP_PTE, 24, 0, 512);
		entry(s, DEV_OP_PTE, 24, 1, 516);
	} else {
		entry(s, DEV_OP_TABLE, 16, 0, 17);
		entry(s, DEV_OP_TABLE, 17, 0, 18);
		if (!smmu_below(s->m, 3))
			set(entry(s, DEV_OP_PTE, 17, 1, 512), "type", 0);
		for (unsigned i = 0; i < 1 + smmu_below(s->m, 4); i++)
			entry(s, DEV_OP_PTE, 18, i, 512 + i);
	}
}

static void stage1(struct scene *s, unsigned sid, bool substreams)
{
	struct dev_op *ste = add(s, DEV_OP_STE), *cd;
	unsigned granule = smmu_below(s->m, 3) ? 0 : smmu_below(s->m, 3);
	int ssid = substreams ? (int)smmu_below(s->m, 4) : -1;

	set(ste, "sid", sid);
	if (substreams) {
		set(ste, "s1cdmax", 2);
		set(ste, "s1dss", smmu_below(s->m, 3));
		set(ste, "eats", smmu_below(s->m, 2));
	}
	cd = add(s, DEV_OP_CD);
	if (ssid > 0)
		set(cd, "index", (unsigned)ssid);
	set(cd, "asid", 1 + smmu_below(s->m, 2));
	/* Both halves by the same tree. */
	if (!granule && !smmu_below(s->m, 3)) {
		set(cd, "epd1", 0);
		set(cd, "ttb1", DEV_PAGE(16));
	}
	tree(s, cd, granule);
	dma(s, sid, ssid, smmu_pick_va(s->m));
	dma(s, sid, ssid, smmu_below(s->m, 4) * 4096);
}

/* Stage 2 of 39 bits that maps memory to itself by blocks of 2 MiB. */
static void stage2(struct scene *s, unsigned sid, bool nested)
{
	struct dev_op *ste = add(s, DEV_OP_STE);

	set(ste, "sid", sid);
	set(ste, "config", nested ? 7 : 6);
	set(ste, "s2vmid", 1 + smmu_below(s->m, 2));
	set(ste, "eats", smmu_below(s->m, 3));
	entry(s, DEV_OP_TABLE, 64, 1, 65);
	set(entry(s, DEV_OP_PTE2, 65, 0, 0), "type", 0);
	set(entry(s, DEV_OP_PTE2, 65, 1, 512), "type", 0);
	if (nested)
		tree(s, add(s, DEV_OP_CD), 0);
	dma(s, sid, -1, nested ? smmu_pick_va(s->m) : DEV_PAGE(512 + smmu_below(s->m, 4)));
}

static void invalidate(struct scene *s, unsigned sid)
{
	static const enum dev_op_code codes[] = {
		DEV_OP_CMD_CFGI_STE,	 DEV_OP_CMD_CFGI_CD,	 DEV_OP_CMD_TLBI_NH_VA,
		DEV_OP_CMD_TLBI_NH_ASID, DEV_OP_CMD_TLBI_NH_ALL, DEV_OP_CMD_CFGI_STE_RANGE,
		DEV_OP_CMD_CFGI_CD_ALL,	 DEV_OP_CMD_TLBI_NH_VAA,
	};
	struct dev_op *op = add(s, codes[smmu_below(s->m, ARRAY_SIZE(codes))]);

	set(op, "sid", sid);
	if (op->code == DEV_OP_CMD_CFGI_STE_RANGE)
		set(op, "sid", 0);
	set(op, "va", smmu_pick_va(s->m) & ~0xfffull);
	set(op, "asid", 1 + smmu_below(s->m, 2));
	add(s, DEV_OP_CMD_SYNC);
	dma(s, sid, -1, smmu_below(s->m, 4) * 4096);
}

/* A change of a descriptor that has been used, with and without its invalidation. */
static void remap(struct scene *s, unsigned sid)
{
	unsigned index = smmu_below(s->m, 4);

	dma(s, sid, -1, index * 4096);
	entry(s, DEV_OP_PTE, 18, index, 512 + smmu_below(s->m, 16));
	if (smmu_below(s->m, 2)) {
		struct dev_op *op = add(s, DEV_OP_CMD_TLBI_NH_VA);

		set(op, "va", index * 4096);
		add(s, DEV_OP_CMD_SYNC);
	}
	dma(s, sid, -1, index * 4096);
}

static void reg(struct scene *s, const char *name, uint64_t value)
{
	struct dev_op *op = add(s, DEV_OP_REG);
	uint32_t offset = 0;

	CHECK(dev_reg_find(name, strlen(name), &offset), "no register %s", name);
	op->w[0] = offset;
	op->w[1] = value;
}

/* Registers that are written while all is off (6.2), and what follows. */
static void reconfigure(struct scene *s, unsigned sid)
{
	/* Few records or commands make it full. */
	uint64_t bits = smmu_below(s->m, 4) ? 4 + smmu_below(s->m, 4) : smmu_below(s->m, 4);

	reg(s, "CR0", smmu_below(s->m, 2) ? 0 : 0xc);
	switch (smmu_below(s->m, 4)) {
	case 0:
		reg(s, "STRTAB_BASE_CFG",
		    smmu_below(s->m, 20) | (6 + 2 * smmu_below(s->m, 3)) << 6 | 1 << 16);
		break;
	case 1:
		reg(s, "EVENTQ_BASE", DEV_PAGE(6) | bits);
		reg(s, "EVENTQ_PROD", 0);
		reg(s, "EVENTQ_CONS", 0);
		break;
	case 2:
		reg(s, "CR1", smmu_below(s->m, 0x1000));
		break;
	default:
		reg(s, "GERRORN", smmu_below(s->m, 2));
		break;
	}
	reg(s, "CR0", 0xd);
	dma(s, sid, -1, smmu_below(s->m, 4) * 4096);
	if (smmu_below(s->m, 2)) {
		add(s, DEV_OP_CMD_CFGI_STE_RANGE)->w[1] = 31;
		add(s, DEV_OP_CMD_SYNC);
		dma(s, sid, -1, smmu_below(s->m, 4) * 4096);
	}
}

unsigned smmu_pick_scene(struct smmu_mutator *m, struct dev_op op[SMMU_SCENE_MAX])
{
	struct scene scene = {.m = m, .op = op};
	unsigned sid = 8 + smmu_below(m, smmu_below(m, 3) ? 1 : 3);

	switch (smmu_below(m, m->peer ? 7 : 11)) {
	case 0:
	case 1:
		remap(&scene, sid);
		break;
	case 2:
	case 3:
		invalidate(&scene, sid);
		break;
	case 4:
	case 5:
		stage1(&scene, sid, false);
		break;
	case 6:
		reconfigure(&scene, sid);
		break;
	case 7:
	case 8:
		stage1(&scene, sid, true);
		break;
	default:
		stage2(&scene, sid, smmu_below(m, 3) != 0);
		break;
	}
	for (unsigned i = 0; i < scene.count; i++)
		dev_normalize_op(&op[i]);
	return scene.count;
}
