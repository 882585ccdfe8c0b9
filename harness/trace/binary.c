/* SPDX-License-Identifier: MIT */
/*
 * The binary form: four bytes of magic, the header XORed with trace_header_base (so that zero
 * bytes mean the default topology), then one record an op: the bytes of struct trace_op up to its
 * line number. Decoding is total and never looks at the magic.
 */
#include "internal.h"

enum { HEADER_AT = TRACE_MAGIC_BYTES };

_Static_assert(HEADER_AT + sizeof(struct trace_header) <= TRACE_HEADER_BYTES, "header outgrew it");
_Static_assert(offsetof(struct trace_op, pin) + sizeof(struct trace_pin) == TRACE_OP_BYTES,
	       "a record is the leading bytes of struct trace_op");

static void xor_base(uint8_t *bytes)
{
	uint8_t base[sizeof(struct trace_header)];
	size_t i;

	memcpy(base, &trace_header_base, sizeof(base));
	for (i = 0; i < sizeof(base); i++)
		bytes[i] ^= base[i];
}

static void decode_header(struct trace_header *header, const uint8_t *data, size_t size)
{
	uint8_t bytes[sizeof(struct trace_header)] = {0};

	if (size > HEADER_AT) {
		size -= HEADER_AT;
		memcpy(bytes, data + HEADER_AT, size < sizeof(bytes) ? size : sizeof(bytes));
	}
	xor_base(bytes);
	memcpy(header, bytes, sizeof(bytes));
	trace_normalize_header(header);
}

void trace_decode(struct trace *trace, const uint8_t *data, size_t size)
{
	size_t num_ops, i;

	decode_header(&trace->header, data, size);
	num_ops = size > TRACE_HEADER_BYTES ? (size - TRACE_HEADER_BYTES) / TRACE_OP_BYTES : 0;
	if (num_ops > TRACE_MAX_OPS)
		num_ops = TRACE_MAX_OPS;
	trace->num_ops = (uint16_t)num_ops;
	for (i = 0; i < num_ops; i++) {
		struct trace_op *op = &trace->op[i];

		memcpy(op, data + TRACE_HEADER_BYTES + i * TRACE_OP_BYTES, TRACE_OP_BYTES);
		op->line = 0;
		trace_normalize_op(&trace->header, op);
	}
}

/* Slots that are not in use are written as the base has them: as zero bytes. */
static void encode_header(const struct trace_header *header, uint8_t *data)
{
	struct trace_header full = *header;
	unsigned i;

	for (i = full.num_devices; i < TRACE_MAX_DEVICES; i++)
		full.device[i] = trace_header_base.device[i];
	for (i = full.num_mdevs; i < TRACE_MAX_MDEVS; i++)
		full.mdev[i] = trace_header_base.mdev[i];
	for (i = full.num_vms; i < TRACE_MAX_VMS; i++)
		full.vm[i] = trace_header_base.vm[i];
	memset(data, 0, TRACE_HEADER_BYTES);
	memcpy(data, TRACE_MAGIC, TRACE_MAGIC_BYTES);
	memcpy(data + HEADER_AT, &full, sizeof(full));
	xor_base(data + HEADER_AT);
}

size_t trace_encode(const struct trace *trace, uint8_t *data, size_t size)
{
	size_t need = TRACE_HEADER_BYTES + (size_t)trace->num_ops * TRACE_OP_BYTES;
	unsigned i;

	if (size < need)
		return 0;
	encode_header(&trace->header, data);
	for (i = 0; i < trace->num_ops; i++)
		memcpy(data + TRACE_HEADER_BYTES + (size_t)i * TRACE_OP_BYTES, &trace->op[i],
		       TRACE_OP_BYTES);
	return need;
}

bool trace_is_binary(const uint8_t *data, size_t size)
{
	return size >= TRACE_MAGIC_BYTES && !memcmp(data, TRACE_MAGIC, TRACE_MAGIC_BYTES);
}

bool trace_is_other_version(const uint8_t *data, size_t size)
{
	enum { VERSION_AT = TRACE_MAGIC_BYTES - 1 };

	return size >= TRACE_MAGIC_BYTES && !memcmp(data, TRACE_MAGIC, VERSION_AT) &&
	       data[VERSION_AT] >= '0' && data[VERSION_AT] <= '9' && !trace_is_binary(data, size);
}
