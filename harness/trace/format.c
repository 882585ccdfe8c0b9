/* SPDX-License-Identifier: MIT */
/*
 * Canonical text: one line an item, operands in table order, what equals its default left out
 * (but for ssid-bits and pasid-bits, which a reader always wants to see).
 */
#include "internal.h"
#include "../base/text.h"

#include <inttypes.h>

/* Spaces up to a column counted from `start`, at least one. */
static void put_column(struct text *out, size_t start, size_t column)
{
	size_t at = out->used - start;

	text_put(out, "%*s", at < column ? (int)(column - at) : 1, "");
}

static void put_word(struct text *out, size_t start, const char *word)
{
	text_put(out, "%s", word);
	put_column(out, start, TRACE_WORD_COLUMN);
}

static const char *const rights_name[] = {"none", "r", "w", "rw"};

static void put_value(struct text *out, unsigned kind, uint8_t value)
{
	switch (kind) {
	case TRACE_VALUE_NUMBER:
		text_put(out, "%u", value);
		break;
	case TRACE_VALUE_HEX:
		text_put(out, "0x%x", value);
		break;
	case TRACE_VALUE_DEVICE:
		text_put(out, "d%u", value);
		break;
	case TRACE_VALUE_DOMAIN:
		text_put(out, "%c", 'A' + value);
		break;
	case TRACE_VALUE_PROCESS:
		text_put(out, "p%u", value);
		break;
	case TRACE_VALUE_PAGE:
		text_put(out, "0x%" PRIx64, trace_slot_va(value));
		break;
	case TRACE_VALUE_PROT:
		text_put(out, "%s", rights_name[value & 3]);
		break;
	case TRACE_VALUE_RW:
		text_put(out, "%s", value ? "write" : "read");
		break;
	case TRACE_VALUE_FEATURE:
		text_put(out, "%s", value ? "iopf" : "sva");
		break;
	case TRACE_VALUE_MDEV:
		text_put(out, "m%u", value);
		break;
	case TRACE_VALUE_VM:
		text_put(out, "v%u", value);
		break;
	}
}

static bool left_out(const struct trace_op *op, unsigned field, uint8_t value)
{
	if (field == TRACE_FIELD_PASID_OPT || field == TRACE_FIELD_WRITTEN)
		return !op->has_pasid;
	return !trace_syntax[field].required && value == trace_syntax[field].absent;
}

static void put_op(struct text *out, const struct trace_op *op, bool pin)
{
	const struct trace_op_info *info = &trace_op_info[op->code % TRACE_NUM_OPS];
	size_t start = out->used;
	struct trace_op copy = *op;
	unsigned i;

	put_word(out, start, info->text);
	for (i = 0; i < info->num_operands; i++) {
		unsigned field = info->operand[i];
		const struct trace_syntax *syntax = &trace_syntax[field];
		uint8_t value = *trace_operand(&copy, field);

		if (left_out(op, field, value))
			continue;
		if (i)
			text_put(out, " ");
		if (syntax->key)
			text_put(out, "%s", syntax->key);
		if (syntax->shape == TRACE_SHAPE_KEY)
			text_put(out, "=");
		if (syntax->shape != TRACE_SHAPE_FLAG)
			put_value(out, syntax->value, value);
	}
	if (!pin || op->pin.kind == TRACE_PIN_NONE)
		return;
	put_column(out, start, TRACE_PIN_COLUMN);
	text_put(out, "=> ");
	out->used += trace_format_pin(&op->pin, out->at + out->used, out->size - out->used);
}

static void put_policies(struct text *out, const struct trace_header *header)
{
	unsigned i;

	text_put(out, "policy ");
	for (i = 0; i < TRACE_NUM_POLICIES; i++) {
		if (header->policies >> i & 1)
			text_put(out, " %s", trace_policy_name[i]);
	}
	text_put(out, "\n");
}

static const char *const stall_word[TRACE_NUM_STALLS] = {
	[TRACE_STALL_NONE] = "",
	[TRACE_STALL] = " stall",
	[TRACE_STALL_FORCE] = " stall-force",
};

static void put_smmu(struct text *out, const struct trace_header *header)
{
	text_put(out, "%-*sssid-bits=%u", TRACE_WORD_COLUMN, "smmu", header->ssid_bits);
	if (header->asid_bits != TRACE_DEFAULT_ASID_BITS)
		text_put(out, " asid-bits=%u", header->asid_bits);
	text_put(out, "%s%s%s", header->ats ? " ats" : "",
		 header->two_level_strtab ? " two-level-strtab" : "",
		 header->two_level_cd ? " two-level-cd" : "");
	text_put(out, "%s%s%s%s%s\n", stall_word[header->stall % TRACE_NUM_STALLS],
		 header->msi ? " msi" : "", header->range_inv ? " range-inv" : "",
		 header->el2 ? " el2" : "", header->default_dma ? " default-dma" : "");
}

static void put_device(struct text *out, const struct trace_header *header, unsigned index)
{
	const struct trace_device *device = &header->device[index];

	text_put(out, "%-*sd%u rid=00:%02x.%u pasid-bits=%u", TRACE_WORD_COLUMN, "device", index,
		 device->rid_dev, device->rid_fn, device->pasid_bits);
	if (device->ats)
		text_put(out, " ats");
	if (device->stall)
		text_put(out, " stall");
	if (device->streams > 1)
		text_put(out, " streams=%u", device->streams);
	if (device->smmu)
		text_put(out, " smmu=%u", device->smmu);
	if (device->vf_of)
		text_put(out, " vf-of=d%u", device->vf_of - 1u);
	if (device->group == TRACE_NONE)
		text_put(out, " group=none");
	else if (device->group != index)
		text_put(out, " group=%u", device->group);
	if (device->domain != TRACE_NONE && !device->sva)
		text_put(out, " uninit");
	text_put(out, "\n");
}

static void put_domain(struct text *out, const struct trace_header *header, unsigned index)
{
	unsigned i;

	text_put(out, "%-*s%c", TRACE_WORD_COLUMN, "domain", 'A' + index);
	if (header->domain_type[index] == TRACE_DOMAIN_IDENTITY)
		text_put(out, " identity");
	for (i = 0; i < header->num_devices; i++) {
		if (header->device[i].domain == index)
			text_put(out, " d%u", i);
	}
	text_put(out, "\n");
}

static void put_mdev(struct text *out, const struct trace_header *header, unsigned index)
{
	const struct trace_mdev *mdev = &header->mdev[index];

	text_put(out, "%-*sm%u parent=d%u%s\n", TRACE_WORD_COLUMN, "mdev", index, mdev->parent,
		 mdev->own_mmu ? " own-mmu" : "");
}

/* The rest of a line that ends with a set of processes. */
static void put_processes(struct text *out, unsigned processes)
{
	for (unsigned i = 0; i < TRACE_MAX_PROCESSES; i++)
		if (processes >> i & 1)
			text_put(out, " p%u", i);
	text_put(out, "\n");
}

static void put_header(struct text *out, const struct trace_header *header)
{
	unsigned i;

	put_policies(out, header);
	if (header->misuse)
		text_put(out, "misuse\n");
	if (header->shared_rid)
		text_put(out, "two-guests-per-rid\n");
	put_smmu(out, header);
	for (i = 0; i < header->num_devices; i++)
		put_device(out, header, i);
	for (i = 0; i < header->num_mdevs; i++)
		put_mdev(out, header, i);
	for (i = 0; i < header->num_domains; i++)
		put_domain(out, header, i);
	for (i = 0; i < header->num_vms; i++) {
		text_put(out, "%-*sv%u d%u", TRACE_WORD_COLUMN, "vm", i, header->vm[i].device);
		put_processes(out, header->vm[i].processes);
	}
	if (header->processes) {
		text_put(out, "process");
		put_processes(out, header->processes);
	}
}

size_t trace_format_header(const struct trace_header *header, char *buffer, size_t size)
{
	struct text out = {.at = buffer, .size = size};

	if (size)
		put_header(&out, header);
	return out.used;
}

size_t trace_format_op(const struct trace_header *header, const struct trace_op *op, bool pin,
		       char *buffer, size_t size)
{
	struct text out = {.at = buffer, .size = size};
	struct trace_op valid = *op;

	if (!size)
		return 0;
	trace_normalize_op(header, &valid);
	put_op(&out, &valid, pin);
	return out.used;
}

size_t trace_format(const struct trace *trace, char *buffer, size_t size)
{
	struct text out = {.at = buffer, .size = size};
	unsigned i;

	if (!size)
		return 0;
	put_header(&out, &trace->header);
	if (trace->num_ops)
		text_put(&out, "\n");
	for (i = 0; i < trace->num_ops; i++) {
		put_op(&out, &trace->op[i], true);
		text_put(&out, "\n");
	}
	return out.used;
}

size_t trace_format_pin(const struct trace_pin *pin, char *buffer, size_t size)
{
	const struct trace_pin_syntax *syntax = &trace_pin_syntax[pin->kind % TRACE_NUM_PINS];
	struct text out = {.at = buffer, .size = size};

	if (!size)
		return 0;
	buffer[0] = '\0';
	if (syntax->first)
		text_put(&out, "%s", syntax->first);
	if (syntax->first && (syntax->second || syntax->value != TRACE_PIN_PLAIN))
		text_put(&out, " ");
	if (syntax->value == TRACE_PIN_NUMBER)
		text_put(&out, "%u", pin->value);
	else if (syntax->value == TRACE_PIN_ERRNO)
		text_put(&out, "%s", trace_errno_name(pin->value));
	else if (syntax->value == TRACE_PIN_RIGHTS)
		text_put(&out, "%s", rights_name[pin->value & 3]);
	if (syntax->second)
		text_put(&out, "%s%s", syntax->first ? "" : " ", syntax->second);
	return out.used;
}
