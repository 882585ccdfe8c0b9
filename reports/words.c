/* SPDX-License-Identifier: MIT */
/* Ops in words: the phrases of words.def with the op's operands in them. */
#include "words.h"

#include <stdarg.h>
#include <string.h>

static const char *const phrase[TRACE_NUM_OPS] = {
#define WORDS(id, text) [TRACE_OP_##id] = text,
#include "words.def"
#undef WORDS
};

/* Text that grows to the end of a buffer and stops there. */
struct out {
	char *at;
	size_t size, used;
};

static void put(struct out *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(struct out *out, const char *fmt, ...)
{
	size_t room = out->size - out->used;
	va_list args;
	int length;

	va_start(args, fmt);
	length = vsnprintf(out->at + out->used, room, fmt, args);
	va_end(args);
	if (length > 0)
		out->used += (size_t)length < room ? (size_t)length : room - 1;
}

static unsigned find_field(const char *id, size_t length)
{
	for (unsigned i = 0; i < TRACE_NUM_FIELDS; i++)
		if (strlen(trace_field_info[i].id) == length &&
		    !strncmp(trace_field_info[i].id, id, length))
			return i;
	return TRACE_FIELD_NONE;
}

static void put_va(struct out *out, unsigned slot)
{
	put(out, "%#llx", (unsigned long long)trace_slot_va(slot));
}

/* What may be left out in a trace brings its own comma. */
static void put_optional(struct out *out, const struct trace_op *op, unsigned field)
{
	switch (field) {
	case TRACE_FIELD_PASID_OPT:
		if (op->has_pasid)
			put(out, "with PASID %u", op->pasid);
		else
			put(out, "without PASID");
		break;
	case TRACE_FIELD_WRITTEN:
		if (op->has_pasid)
			put(out, ", with PASID %u written into it", op->pasid);
		break;
	case TRACE_FIELD_FEATURES:
		if (op->child)
			put(out, ", features %#x", op->child);
		break;
	case TRACE_FIELD_MIN:
		if (op->pasid)
			put(out, ", PASIDs from %u", op->pasid);
		break;
	case TRACE_FIELD_MAX:
		if (op->max)
			put(out, ", PASIDs to %u", op->max);
		break;
	case TRACE_FIELD_NOPASID:
		if (op->has_pasid)
			put(out, ", without a pointer for the PASID");
		break;
	}
}

static void put_field(struct out *out, const struct trace_op *op, unsigned field)
{
	static const char *const rights[] = {"no rights", "r", "w", "rw"};

	switch (field) {
	case TRACE_FIELD_DEVICE:
		put(out, "d%u", op->device);
		break;
	case TRACE_FIELD_MDEV:
		put(out, "m%u", op->device);
		break;
	case TRACE_FIELD_DOMAIN:
		put(out, "%c", 'A' + op->process);
		break;
	case TRACE_FIELD_PROCESS:
		put(out, "p%u", op->process);
		break;
	case TRACE_FIELD_CHILD:
		put(out, "p%u", op->child);
		break;
	case TRACE_FIELD_VM:
		put(out, "v%u", op->max);
		break;
	case TRACE_FIELD_VA:
		put_va(out, op->slot);
		break;
	case TRACE_FIELD_TO:
		put_va(out, op->to);
		break;
	case TRACE_FIELD_PAGES:
		put(out, "%u page%s", op->pages, op->pages == 1 ? "" : "s");
		break;
	case TRACE_FIELD_PROT:
		put(out, "%s", rights[op->prot & 3]);
		break;
	case TRACE_FIELD_RW:
		put(out, "%s", op->prot ? "writes" : "reads");
		break;
	case TRACE_FIELD_FEATURE:
		put(out, "%s", op->prot ? "handling of I/O page faults" : "SVA");
		break;
	case TRACE_FIELD_PASID:
	case TRACE_FIELD_NTH:
		put(out, "%u", op->pasid);
		break;
	case TRACE_FIELD_OPCODE:
		put(out, "%#x", op->child);
		break;
	default:
		put_optional(out, op, field);
	}
}

size_t report_words(const struct trace_op *op, char *buffer, size_t size)
{
	struct out out = {.at = buffer, .size = size};
	const char *text = phrase[op->code % TRACE_NUM_OPS];

	CHECK(text, "no words for %s", trace_op_info[op->code % TRACE_NUM_OPS].text);
	while (*text) {
		size_t plain = strcspn(text, "{"), length;

		put(&out, "%.*s", (int)plain, text);
		text += plain;
		if (!*text)
			break;
		length = strcspn(++text, "}");
		put_field(&out, op, find_field(text, length));
		text += length + (text[length] == '}');
	}
	return out.used;
}
