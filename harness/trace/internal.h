/* SPDX-License-Identifier: MIT */
/* What the files of this room share: tables that are not part of the contract in trace.h. */
#ifndef SVAFUZZ_TRACE_INTERNAL_H
#define SVAFUZZ_TRACE_INTERNAL_H

#include "trace.h"

#include <string.h>

enum {
	TRACE_PAGE_SIZE = 4096,
	TRACE_DEFAULT_SSID_BITS = 4,
	TRACE_DEFAULT_ASID_BITS = 16,
	TRACE_DEFAULT_PASID_BITS = 4,
	TRACE_DEFAULT_POLICIES = 1 << TRACE_POLICY_IO_MM,
	TRACE_MAX_NTH = 32,
	TRACE_MAX_BITS = 8, /* of a SubstreamID and of a PASID */
	TRACE_NUM_RID_DEVS = 32,
	TRACE_NUM_RID_FNS = 8,
	/* Canonical text: a mnemonic or header word fills this column, a pin starts at that one. */
	TRACE_WORD_COLUMN = 8,
	TRACE_PIN_COLUMN = 34,
};

/* Set of the operands of an op: bit TRACE_FIELD_x. */
#define TRACE_USES(field) (1u << TRACE_FIELD_##field)
extern const uint32_t trace_op_uses[TRACE_NUM_OPS];

/*
 * The header that all-zero bytes stand for, with every slot filled, so that a byte that only
 * raises num_devices or num_mdevs adds a useful device or partition.
 */
extern const struct trace_header trace_header_base;

/* The first bytes of the binary form; the last one is its version. */
#define TRACE_MAGIC "SVT3"
enum { TRACE_MAGIC_BYTES = 4 };
/* The magic of another version: such bytes are no text either. */
bool trace_is_other_version(const uint8_t *data, size_t size);

/* Positive errno of "-EEXIST", 0 when there is no such name. */
int trace_errno_number(const char *name, size_t size);

/* Set of the functions that VMs have at the start. */
unsigned trace_vm_functions(const struct trace_header *header);
/* Is there something that `shared_rid` permits: two VMs, and two partitions of one requester id? (B-7) */
bool trace_can_share_rid(const struct trace_header *header);

/* A pin's value in range, 0 for kinds without one. */
void trace_normalize_pin(struct trace_pin *pin);

/* How an operand looks, what it holds. */
enum trace_shape {
	TRACE_SHAPE_BARE, /* positional */
	TRACE_SHAPE_KEY,  /* key=value */
	TRACE_SHAPE_FLAG, /* a word that is there or not */
};

enum trace_value {
	TRACE_VALUE_NUMBER,
	TRACE_VALUE_HEX,
	TRACE_VALUE_DEVICE,
	TRACE_VALUE_DOMAIN,
	TRACE_VALUE_PROCESS,
	TRACE_VALUE_PAGE,
	TRACE_VALUE_PROT,
	TRACE_VALUE_RW,
	TRACE_VALUE_FEATURE,
	TRACE_VALUE_MDEV,
	TRACE_VALUE_VM,
	TRACE_NUM_VALUES,
};

struct trace_syntax {
	uint8_t shape;	/* enum trace_shape */
	uint8_t value;	/* enum trace_value */
	uint8_t offset; /* of the byte in struct trace_op */
	bool required;	/* must be written; others mean `absent` when left out */
	uint8_t absent;
	uint8_t min, max; /* of numbers */
	const char *key;  /* of KEY and FLAG */
};
extern const struct trace_syntax trace_syntax[TRACE_NUM_FIELDS];

static inline uint8_t *trace_operand(struct trace_op *op, unsigned field)
{
	return (uint8_t *)op + trace_syntax[field].offset;
}

/* Pins: words before and after the value, in text order. */
enum trace_pin_value { TRACE_PIN_PLAIN, TRACE_PIN_NUMBER, TRACE_PIN_ERRNO, TRACE_PIN_RIGHTS };
struct trace_pin_syntax {
	uint8_t value;		    /* enum trace_pin_value */
	const char *first, *second; /* fixed words, NULL where the value stands or nothing */
};
extern const struct trace_pin_syntax trace_pin_syntax[TRACE_NUM_PINS];

#endif
