/* SPDX-License-Identifier: MIT */
/* Headers and ops in range: what bytes and the mutator make is brought into it here. */
#include "device.h"

#include "../../models/smmuv3/regs.h"

#include <string.h>

struct dev_header dev_default_header(void)
{
	struct dev_header header = {
		.cache = SMMU_CACHE_EXACT,
		.two_level = 1,
		.cmdq = DEV_CMDQ_BITS,
		.evtq = DEV_EVTQ_BITS,
		.priq = DEV_PRIQ_BITS,
	};
	int full = dev_profile_find("full", strlen("full"));

	header.profile = (uint8_t)(full < 0 ? 0 : full);
	dev_normalize_header(&header);
	return header;
}

static void override(struct smmu_profile *profile, const uint8_t *value)
{
#define MEMBER(name, member, max)                                                                  \
	if (value[DEV_MEMBER_##member])                                                            \
		profile->member = (uint8_t)(value[DEV_MEMBER_##member] - 1);
#include "members.def"
#undef MEMBER
}

struct smmu_profile dev_profile(const struct dev_header *header)
{
	struct smmu_profile profile = smmu_profile_list()[header->profile].profile;

	override(&profile, header->override);
	profile.cache = (enum smmu_cache_mode)header->cache;
	return profile;
}

static uint8_t at_most(uint8_t value, unsigned most)
{
	return value < most ? value : (uint8_t)most;
}

void dev_normalize_header(struct dev_header *header)
{
	unsigned profiles = 0, i;
	struct smmu_profile profile;

	while (smmu_profile_list()[profiles].name)
		profiles++;
	header->profile = (uint8_t)(header->profile % profiles);
	header->cache = (uint8_t)(header->cache % (SMMU_CACHE_WORST + 1));
	header->disabled &= 1;
	for (i = 0; i < DEV_NUM_MEMBERS; i++)
		header->override[i] = (uint8_t)(header->override[i] % (dev_member_info[i].max + 2));
	for (i = DEV_NUM_MEMBERS; i--;) {
		profile = dev_profile(header);
		if (!smmu_profile_error(&profile))
			break;
		header->override[i] = 0;
	}
	profile = dev_profile(header);
	header->two_level = header->two_level & profile.two_level_strtab;
	header->cmdq = at_most(at_most(header->cmdq, DEV_CMDQ_BITS), profile.cmdq_bits);
	header->evtq = at_most(at_most(header->evtq, DEV_EVTQ_BITS), profile.evtq_bits);
	header->priq = at_most(at_most(header->priq, DEV_PRIQ_BITS), profile.priq_bits);
}

/* Bits of the op's words that have a name. */
static uint64_t named_bits(const struct dev_op_info *info, unsigned word)
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < info->num_fields; i++) {
		const struct dev_field *field = &info->field[i];

		if (field->word != word)
			continue;
		bits |= smmu_field_put(~0ull, field->shift, field->bits);
		if (field->kind == DEV_OPT)
			bits |= 1ull << (field->shift + field->bits);
	}
	return bits;
}

uint64_t dev_unnamed_bits(const struct dev_op_info *info, unsigned word)
{
	return ~named_bits(info, word);
}

static void normalize_field(struct dev_op *op, const struct dev_field *field)
{
	uint64_t present = 1ull << ((field->shift + field->bits) & 63);
	unsigned names = 0;
	size_t size;

	if (field->kind == DEV_OPT && !(op->w[field->word] & present))
		op->w[field->word] &= ~smmu_field_put(~0ull, field->shift, field->bits);
	if (field->kind == DEV_REG)
		op->w[field->word] &= ~3ull;
	if (field->kind != DEV_ENUM)
		return;
	while (dev_enum_name(field, names, &size))
		names++;
	dev_field_set(op, field, dev_field_get(op, field) % names);
}

void dev_normalize_op(struct dev_op *op)
{
	const struct dev_op_info *info;
	unsigned i;

	op->code = (uint8_t)(op->code % DEV_NUM_OPS);
	info = &dev_op_info[op->code];
	for (i = 0; i < DEV_WORDS; i++) {
		/* The last word says where a structure is. */
		bool raw = info->raw && i < DEV_WORDS - 1;
		uint64_t unnamed = dev_unnamed_bits(info, i);

		if (i >= info->words)
			op->w[i] = 0;
		else if (!raw)
			op->w[i] = (op->w[i] & ~unnamed) | (info->base[i] & unnamed);
	}
	for (i = 0; i < info->num_fields; i++)
		normalize_field(op, &info->field[i]);
	dev_normalize_pin(op->pin);
}

struct dev_op dev_op(enum dev_op_code code)
{
	struct dev_op op = {.code = (uint8_t)code};

	memcpy(op.w, dev_op_info[code].base, sizeof(op.w));
	return op;
}
