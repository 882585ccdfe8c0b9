/* SPDX-License-Identifier: MIT */
/*
 * The binary form: magic, the header XORed with the default one, then for each op its code (bit 7:
 * a pin follows the words), its words XORed with those of ops.def, and the pin: its length and
 * characters. Decoding is total and never looks at the magic.
 */
#include "device.h"

#include <string.h>

enum { MAGIC_BYTES = 4, PIN_FLAG = 0x80 };
static const uint8_t magic[MAGIC_BYTES] = {'S', 'M', 'T', '1'};
_Static_assert(MAGIC_BYTES + sizeof(struct dev_header) <= DEV_HEADER_BYTES, "header bytes");
_Static_assert((int)DEV_NUM_OPS <= (int)PIN_FLAG, "an op code has seven bits");

struct cursor {
	const uint8_t *data;
	size_t size, at;
};

/* Beyond the end everything is zero. */
static uint8_t take(struct cursor *cursor)
{
	return cursor->at < cursor->size ? cursor->data[cursor->at++] : 0;
}

static uint64_t take_word(struct cursor *cursor)
{
	uint64_t word = 0;

	for (unsigned i = 0; i < 64; i += 8)
		word |= (uint64_t)take(cursor) << i;
	return word;
}

static void xor_header(uint8_t *bytes)
{
	struct dev_header usual = dev_default_header();
	const uint8_t *with = (const uint8_t *)&usual;

	for (size_t i = 0; i < sizeof(usual); i++)
		bytes[i] ^= with[i];
}

static void decode_header(struct dev_header *header, struct cursor *cursor)
{
	uint8_t bytes[DEV_HEADER_BYTES];

	for (unsigned i = 0; i < DEV_HEADER_BYTES; i++)
		bytes[i] = take(cursor);
	xor_header(bytes + MAGIC_BYTES);
	memcpy(header, bytes + MAGIC_BYTES, sizeof(*header));
	dev_normalize_header(header);
}

static void decode_op(struct dev_op *op, struct cursor *cursor)
{
	uint8_t code = take(cursor);
	unsigned words, length = 0;

	op->code = (uint8_t)((code & ~PIN_FLAG) % DEV_NUM_OPS);
	op->line = 0;
	memset(op->pin, 0, sizeof(op->pin));
	words = dev_op_info[op->code].words;
	for (unsigned i = 0; i < DEV_WORDS; i++)
		op->w[i] = i < words ? take_word(cursor) ^ dev_op_info[op->code].base[i] : 0;
	if (code & PIN_FLAG)
		length = take(cursor) % DEV_PIN_SIZE;
	for (unsigned i = 0; i < length; i++) {
		uint8_t c = take(cursor);

		op->pin[i] = c ? (char)c : ' ';
	}
	dev_normalize_op(op);
}

void dev_decode(struct dev_trace *trace, const uint8_t *data, size_t size)
{
	struct cursor cursor = {.data = data, .size = size};

	decode_header(&trace->header, &cursor);
	for (trace->num_ops = 0; trace->num_ops < DEV_MAX_OPS && cursor.at < size; trace->num_ops++)
		decode_op(&trace->op[trace->num_ops], &cursor);
}

static size_t encode_op(const struct dev_op *op, uint8_t *data)
{
	size_t length = strlen(op->pin), used = 0;
	const struct dev_op_info *info = &dev_op_info[op->code];

	data[used++] = (uint8_t)(op->code | (length ? PIN_FLAG : 0));
	for (unsigned i = 0; i < info->words; i++)
		for (unsigned shift = 0; shift < 64; shift += 8)
			data[used++] = (uint8_t)((op->w[i] ^ info->base[i]) >> shift);
	if (!length)
		return used;
	data[used++] = (uint8_t)length;
	memcpy(data + used, op->pin, length);
	return used + length;
}

size_t dev_encode(const struct dev_trace *trace, uint8_t *data, size_t size)
{
	uint8_t record[DEV_OP_BYTES];
	size_t used = DEV_HEADER_BYTES;

	if (size < used)
		return 0;
	memset(data, 0, used);
	memcpy(data + MAGIC_BYTES, &trace->header, sizeof(trace->header));
	xor_header(data + MAGIC_BYTES);
	memcpy(data, magic, MAGIC_BYTES);
	for (unsigned i = 0; i < trace->num_ops; i++) {
		size_t length = encode_op(&trace->op[i], record);

		if (used + length > size)
			return 0;
		memcpy(data + used, record, length);
		used += length;
	}
	return used;
}

bool dev_is_binary(const uint8_t *data, size_t size)
{
	return size >= MAGIC_BYTES && !memcmp(data, magic, MAGIC_BYTES);
}
