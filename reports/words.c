/* SPDX-License-Identifier: MIT */
/* Ops in words: the phrases of words.def with the op's operands in them. */
#include "words.h"

#include "../harness/base/text.h"

#include <string.h>

static const char *const phrase[TRACE_NUM_OPS] = {
#define WORDS(id, text) [TRACE_OP_##id] = text,
#include "words.def"
#undef WORDS
};

static unsigned find_field(const char *id, size_t length)
{
	for (unsigned i = 0; i < TRACE_NUM_FIELDS; i++)
		if (strlen(trace_field_info[i].id) == length &&
		    !strncmp(trace_field_info[i].id, id, length))
			return i;
	return TRACE_FIELD_NONE;
}

static void put_va(struct text *out, unsigned slot)
{
	text_put(out, "%#llx", (unsigned long long)trace_slot_va(slot));
}

/* What may be left out in a trace brings its own comma. */
static void put_optional(struct text *out, const struct trace_op *op, unsigned field)
{
	switch (field) {
	case TRACE_FIELD_PASID_OPT:
		if (op->has_pasid)
			text_put(out, "with PASID %u", op->pasid);
		else
			text_put(out, "without PASID");
		break;
	case TRACE_FIELD_WRITTEN:
		if (op->has_pasid)
			text_put(out, ", with PASID %u written into it", op->pasid);
		break;
	case TRACE_FIELD_FEATURES:
		if (op->child)
			text_put(out, ", features %#x", op->child);
		break;
	case TRACE_FIELD_MIN:
		if (op->pasid)
			text_put(out, ", PASIDs from %u", op->pasid);
		break;
	case TRACE_FIELD_MAX:
		if (op->max)
			text_put(out, ", PASIDs to %u", op->max);
		break;
	case TRACE_FIELD_NOPASID:
		if (op->has_pasid)
			text_put(out, ", without a pointer for the PASID");
		break;
	}
}

static void put_field(struct text *out, const struct trace_op *op, unsigned field)
{
	static const char *const rights[] = {"no rights", "r", "w", "rw"};

	switch (field) {
	case TRACE_FIELD_DEVICE:
		text_put(out, "d%u", op->device);
		break;
	case TRACE_FIELD_MDEV:
		text_put(out, "m%u", op->device);
		break;
	case TRACE_FIELD_DOMAIN:
		text_put(out, "%c", 'A' + op->process);
		break;
	case TRACE_FIELD_PROCESS:
		text_put(out, "p%u", op->process);
		break;
	case TRACE_FIELD_CHILD:
		text_put(out, "p%u", op->child);
		break;
	case TRACE_FIELD_VM:
		text_put(out, "v%u", op->max);
		break;
	case TRACE_FIELD_VA:
		put_va(out, op->slot);
		break;
	case TRACE_FIELD_TO:
		put_va(out, op->to);
		break;
	case TRACE_FIELD_PAGES:
		text_put(out, "%u page%s", op->pages, op->pages == 1 ? "" : "s");
		break;
	case TRACE_FIELD_PROT:
		text_put(out, "%s", rights[op->prot & 3]);
		break;
	case TRACE_FIELD_RW:
		text_put(out, "%s", op->prot ? "writes" : "reads");
		break;
	case TRACE_FIELD_FEATURE:
		text_put(out, "%s", op->prot ? "handling of I/O page faults" : "SVA");
		break;
	case TRACE_FIELD_PASID:
	case TRACE_FIELD_NTH:
		text_put(out, "%u", op->pasid);
		break;
	case TRACE_FIELD_OPCODE:
		text_put(out, "%#x", op->child);
		break;
	default:
		put_optional(out, op, field);
	}
}

size_t report_words(const struct trace_op *op, char *buffer, size_t size)
{
	struct text out = {.at = buffer, .size = size};
	const char *text = phrase[op->code % TRACE_NUM_OPS];

	CHECK(text, "no words for %s", trace_op_info[op->code % TRACE_NUM_OPS].text);
	while (*text) {
		size_t plain = strcspn(text, "{"), length;

		text_put(&out, "%.*s", (int)plain, text);
		text += plain;
		if (!*text)
			break;
		length = strcspn(++text, "}");
		put_field(&out, op, find_field(text, length));
		text += length + (text[length] == '}');
	}
	return out.used;
}
