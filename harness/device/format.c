/* SPDX-License-Identifier: MIT */
/* Traces as canonical text. */
#include "device.h"
#include "../base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct text out_start(char *buffer, size_t size)
{
	CHECK(size, "no room for text");
	buffer[0] = '\0';
	return (struct text){.at = buffer, .size = size};
}

size_t dev_format_header(const struct dev_header *header, char *buffer, size_t size)
{
	struct text out = out_start(buffer, size);
	static const char *const caches[] = {"none", "exact", "worst"};
	struct dev_header plain = *header;

	plain.two_level = 1;
	plain.cmdq = DEV_CMDQ_BITS;
	plain.evtq = DEV_EVTQ_BITS;
	plain.priq = DEV_PRIQ_BITS;
	dev_normalize_header(&plain);
	text_put(&out, "profile %s", smmu_profile_list()[header->profile].name);
	for (unsigned i = 0; i < DEV_NUM_MEMBERS; i++)
		if (header->override[i])
			text_put(&out, " %s=%u", dev_member_info[i].name, header->override[i] - 1u);
	text_put(&out, "\ncache   %s\n", caches[header->cache]);
	if (header->two_level == plain.two_level && !header->disabled &&
	    header->cmdq == plain.cmdq && header->evtq == plain.evtq && header->priq == plain.priq)
		return out.used;
	text_put(&out, "setup  ");
	if (header->two_level != plain.two_level)
		text_put(&out, " linear");
	if (header->disabled)
		text_put(&out, " disabled");
	if (header->cmdq != plain.cmdq)
		text_put(&out, " cmdq=%u", header->cmdq);
	if (header->evtq != plain.evtq)
		text_put(&out, " evtq=%u", header->evtq);
	if (header->priq != plain.priq)
		text_put(&out, " priq=%u", header->priq);
	text_put(&out, "\n");
	return out.used;
}

static void put_enum(struct text *out, const struct dev_field *field, uint64_t value)
{
	size_t size;
	const char *name = dev_enum_name(field, (unsigned)value, &size);

	text_put(out, " %s%s%.*s", field->name, *field->name ? "=" : "", (int)size,
		 name ? name : "");
}

static void put_reg(struct text *out, uint64_t value)
{
	const char *name = dev_reg_name((uint32_t)value);

	if (name)
		text_put(out, " %s", name);
	else
		text_put(out, " 0x%" PRIx64, value);
}

/* Written although it has its value of ops.def? */
static bool always(const struct dev_field *field)
{
	return !*field->name || !strcmp(field->name, "sid");
}

static void put_field(struct text *out, const struct dev_op *op, const struct dev_field *field)
{
	struct dev_op base = dev_op((enum dev_op_code)op->code);
	uint64_t value = dev_field_get(op, field), usual = dev_field_get(&base, field);
	char number[DEV_NUMBER_SIZE];
	const char *equals = *field->name ? "=" : "";

	if (field->kind == DEV_OPT) {
		if (op->w[field->word] >> (field->shift + field->bits) & 1)
			text_put(out, " %s=%" PRIu64, field->name, value);
		return;
	}
	if (value == usual && !always(field))
		return;
	switch (field->kind) {
	case DEV_FLAG:
		text_put(out, value ? " %s" : " %s=0", field->name);
		break;
	case DEV_NUM:
		text_put(out, " %s=%" PRIu64, field->name, value);
		break;
	case DEV_HEX:
		text_put(out, " %s=0x%" PRIx64, field->name, value);
		break;
	case DEV_ADDR:
		text_put(out, " %s%s%s", field->name, equals,
			 dev_number(value << field->shift, number));
		break;
	case DEV_PAGENO:
		text_put(out, " %s=p%" PRIu64, field->name, value);
		break;
	case DEV_ENUM:
		put_enum(out, field, value);
		break;
	case DEV_REG:
		put_reg(out, value);
		break;
	case DEV_VALUE:
		text_put(out, " = %s", dev_number(value, number));
		break;
	}
}

size_t dev_format_op(const struct dev_op *op, bool pin, char *buffer, size_t size)
{
	const struct dev_op_info *info = &dev_op_info[op->code];
	struct text out = out_start(buffer, size);

	text_put(&out, "%s", info->text);
	for (unsigned i = 0; i < info->num_fields; i++)
		put_field(&out, op, &info->field[i]);
	for (unsigned word = 0; info->raw && word < DEV_WORDS - 1; word++) {
		uint64_t unnamed = dev_unnamed_bits(info, word);

		if ((op->w[word] ^ info->base[word]) & unnamed)
			text_put(&out, " raw%u=0x%" PRIx64, word, op->w[word] & unnamed);
	}
	if (pin && *op->pin)
		text_put(&out, "%*s=> %s", out.used < 40 ? 41 - (int)out.used : 1, "", op->pin);
	return out.used;
}

size_t dev_format(const struct dev_trace *trace, char *buffer, size_t size)
{
	size_t used = dev_format_header(&trace->header, buffer, size);

	if (used + 1 < size)
		buffer[used++] = '\n';
	for (unsigned i = 0; i < trace->num_ops && used + 2 < size; i++) {
		used += dev_format_op(&trace->op[i], true, buffer + used, size - used - 1);
		buffer[used++] = '\n';
	}
	buffer[used] = '\0';
	return used;
}
