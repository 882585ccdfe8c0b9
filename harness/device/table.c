/* SPDX-License-Identifier: MIT */
/* The vocabulary as arrays: ops and their fields, registers, members of a profile. */
#include "device.h"

#include "../../models/smmuv3/regs.h"

#include <string.h>

enum {
	KIND_FLAG = DEV_FLAG,
	KIND_NUM = DEV_NUM,
	KIND_HEX = DEV_HEX,
	KIND_OPT = DEV_OPT,
	KIND_ADDR = DEV_ADDR,
	KIND_PAGE = DEV_PAGENO,
	KIND_REG = DEV_REG,
	KIND_VALUE = DEV_VALUE
};

#define LIST(...) __VA_ARGS__
#define F(name, word, shift, bits, kind)                                                           \
	{                                                                                          \
		name, word, shift, bits, KIND_##kind, NULL                                         \
	}
#define E(name, word, shift, bits, names)                                                          \
	{                                                                                          \
		name, word, shift, bits, DEV_ENUM, names                                           \
	}

#define OP(id, text, weight, words, base, fields, doc)                                             \
	static const struct dev_field fields_##id[] = {LIST fields};
#include "ops.def"
#undef OP

const struct dev_op_info dev_op_info[DEV_NUM_OPS] = {
#define OP(id, text, weight, words, base, fields, doc)                                             \
	{text,	      doc,	  weight, words, ARRAY_SIZE(fields_##id), (words) == DEV_WORDS,    \
	 {LIST base}, fields_##id},
#include "ops.def"
#undef OP
};

const struct dev_member_info dev_member_info[DEV_NUM_MEMBERS] = {
#define MEMBER(name, member, max) {name, max},
#include "members.def"
#undef MEMBER
};

uint64_t dev_field_get(const struct dev_op *op, const struct dev_field *field)
{
	return smmu_field_get(op->w[field->word], field->shift, field->bits);
}

void dev_field_set(struct dev_op *op, const struct dev_field *field, uint64_t value)
{
	uint64_t mask = smmu_field_put(~0ull, field->shift, field->bits);

	op->w[field->word] =
		(op->w[field->word] & ~mask) | smmu_field_put(value, field->shift, field->bits);
	if (field->kind == DEV_OPT)
		op->w[field->word] |= 1ull << (field->shift + field->bits);
}

const char *dev_enum_name(const struct dev_field *field, unsigned n, size_t *size)
{
	const char *at = field->names;

	for (; at && n; n--) {
		at = strchr(at, '|');
		at = at ? at + 1 : NULL;
	}
	*size = at ? strcspn(at, "|") : 0;
	return at;
}

/* 6.2; 8 bytes are marked. */
static const struct {
	const char *name;
	uint32_t offset;
	uint8_t size;
} registers[] = {
#define R(name, size)                                                                              \
	{                                                                                          \
#name, SMMU_REG_##name, size                                                       \
	}
	R(IDR0, 4),
	R(IDR1, 4),
	R(IDR2, 4),
	R(IDR3, 4),
	R(IDR4, 4),
	R(IDR5, 4),
	R(IIDR, 4),
	R(AIDR, 4),
	R(CR0, 4),
	R(CR0ACK, 4),
	R(CR1, 4),
	R(CR2, 4),
	R(STATUSR, 4),
	R(GBPA, 4),
	R(AGBPA, 4),
	R(IRQ_CTRL, 4),
	R(IRQ_CTRLACK, 4),
	R(GERROR, 4),
	R(GERRORN, 4),
	R(GERROR_IRQ_CFG0, 8),
	R(GERROR_IRQ_CFG1, 4),
	R(GERROR_IRQ_CFG2, 4),
	R(STRTAB_BASE, 8),
	R(STRTAB_BASE_CFG, 4),
	R(CMDQ_BASE, 8),
	R(CMDQ_PROD, 4),
	R(CMDQ_CONS, 4),
	R(EVENTQ_BASE, 8),
	R(EVENTQ_IRQ_CFG0, 8),
	R(EVENTQ_IRQ_CFG1, 4),
	R(EVENTQ_IRQ_CFG2, 4),
	R(PRIQ_BASE, 8),
	R(PRIQ_IRQ_CFG0, 8),
	R(PRIQ_IRQ_CFG1, 4),
	R(PRIQ_IRQ_CFG2, 4),
	R(EVENTQ_PROD, 4),
	R(EVENTQ_CONS, 4),
	R(PRIQ_PROD, 4),
	R(PRIQ_CONS, 4),
#undef R
};

const char *dev_reg_name(uint32_t offset)
{
	for (size_t i = 0; i < ARRAY_SIZE(registers); i++)
		if (registers[i].offset == offset)
			return registers[i].name;
	return NULL;
}

unsigned dev_reg_size(uint32_t offset)
{
	for (size_t i = 0; i < ARRAY_SIZE(registers); i++)
		if (registers[i].offset == offset)
			return registers[i].size;
	return 4;
}

bool dev_reg_find(const char *name, size_t size, uint32_t *offset)
{
	for (size_t i = 0; i < ARRAY_SIZE(registers); i++) {
		if (strlen(registers[i].name) != size || memcmp(registers[i].name, name, size))
			continue;
		*offset = registers[i].offset;
		return true;
	}
	return false;
}

int dev_profile_find(const char *name, size_t size)
{
	const struct smmu_named_profile *list = smmu_profile_list();

	for (int i = 0; list[i].name; i++)
		if (strlen(list[i].name) == size && !memcmp(list[i].name, name, size))
			return i;
	return -1;
}
