/* SPDX-License-Identifier: MIT */
/*
 * Device-level traces: what software and devices do to one SMMU, register by register and structure
 * by structure. The language is made from ops.def (ops), members.def (header) and layout.h (where
 * things are). Every byte string decodes to a trace; every trace has one canonical text; text ->
 * bytes -> text is the identity on canonical text.
 */
#ifndef SVAFUZZ_DEVICE_H
#define SVAFUZZ_DEVICE_H

#include "../../models/smmuv3/smmuv3.h"
#include "../base/base.h"
#include "layout.h"

enum dev_op_code {
#define OP(id, text, weight, words, base, fields, doc) DEV_OP_##id,
#include "ops.def"
#undef OP
	DEV_NUM_OPS,
};

enum {
	DEV_MAX_OPS = 128,
	DEV_WORDS = 5,
	DEV_PIN_SIZE = 120, /* with its NUL */
	DEV_LINE_SIZE = 1200,
	DEV_TEXT_MAX = 192 * 1024,
	DEV_HEADER_BYTES = 64,
	DEV_OP_BYTES = 1 + 8 * DEV_WORDS + 1 + DEV_PIN_SIZE,
	DEV_BINARY_MAX = DEV_HEADER_BYTES + DEV_MAX_OPS * DEV_OP_BYTES,
};

enum dev_member {
#define MEMBER(name, member, max) DEV_MEMBER_##member,
#include "members.def"
#undef MEMBER
	DEV_NUM_MEMBERS,
};

/* Plain bytes. */
struct dev_header {
	uint8_t profile;		   /* index into smmu_profile_list() */
	uint8_t cache;			   /* enum smmu_cache_mode */
	uint8_t two_level;		   /* the stream table has two levels */
	uint8_t disabled;		   /* set-up leaves SMMUEN clear */
	uint8_t cmdq, evtq, priq;	   /* log2 of the queues' entries */
	uint8_t override[DEV_NUM_MEMBERS]; /* 0: as the profile has it; value + 1 */
};

struct dev_op {
	uint8_t code; /* enum dev_op_code */
	uint64_t w[DEV_WORDS];
	/* What is observed has all these words, and none of those that start with '!'. "": no pin. */
	char pin[DEV_PIN_SIZE];
	uint16_t line; /* of the text that it came from; not part of the trace */
};

struct dev_trace {
	struct dev_header header;
	uint16_t num_ops;
	struct dev_op op[DEV_MAX_OPS];
};

/* table.c: the vocabulary. */
enum dev_kind {
	DEV_FLAG,   /* a word that is there, or name=0 where it is by default */
	DEV_NUM,    /* name=decimal */
	DEV_HEX,    /* name=0x... */
	DEV_OPT,    /* name=decimal; the bit above the field says that it is there */
	DEV_ADDR,   /* an address of which the field is the upper bits: pN or 0x... */
	DEV_PAGENO, /* a page number, written pN */
	DEV_ENUM,   /* one of the names */
	DEV_REG,    /* a register */
	DEV_VALUE,  /* = 0x... */
};
struct dev_field {
	const char *name; /* "": the value stands alone */
	uint8_t word, shift, bits, kind;
	const char *names; /* of DEV_ENUM: "a|b|c" */
};
struct dev_op_info {
	const char *text, *doc;
	uint8_t weight, words, num_fields;
	bool raw; /* bits without a name may be set */
	uint64_t base[DEV_WORDS];
	const struct dev_field *field;
};
extern const struct dev_op_info dev_op_info[DEV_NUM_OPS];
struct dev_member_info {
	const char *name;
	uint8_t max;
};
extern const struct dev_member_info dev_member_info[DEV_NUM_MEMBERS];
/* Bits of a word that no field names. */
uint64_t dev_unnamed_bits(const struct dev_op_info *info, unsigned word);
uint64_t dev_field_get(const struct dev_op *op, const struct dev_field *field);
void dev_field_set(struct dev_op *op, const struct dev_field *field, uint64_t value);
/* The n-th name of an enumeration; size 0: there is none. */
const char *dev_enum_name(const struct dev_field *field, unsigned n, size_t *size);
/* A register by its offset: name (NULL: none) and size in bytes (4 for what has no name). */
const char *dev_reg_name(uint32_t offset);
unsigned dev_reg_size(uint32_t offset);
bool dev_reg_find(const char *name, size_t size, uint32_t *offset);
/* Index of a named profile, -1. */
int dev_profile_find(const char *name, size_t size);

/* header.c */
struct dev_header dev_default_header(void);
/* The profile that the header means. */
struct smmu_profile dev_profile(const struct dev_header *header);
/* Bring into range; an override that makes an impossible profile goes, with all after it. */
void dev_normalize_header(struct dev_header *header);
void dev_normalize_op(struct dev_op *op);
/* Printable, single blanks, numbers as dev_number() writes them. */
void dev_normalize_pin(char pin[DEV_PIN_SIZE]);
/* Does the observation (words with single blanks) have what the pin says? */
bool dev_pin_holds(const char *pin, const char *observed);
/* A new op with the values of ops.def. */
struct dev_op dev_op(enum dev_op_code code);

/* parse.c, format.c: text. Errors are "NAME:LINE: what, what to do". */
bool dev_parse(struct dev_trace *trace, const char *name, const char *text, size_t size,
	       struct error *error);
size_t dev_format(const struct dev_trace *trace, char *buffer, size_t size);
size_t dev_format_header(const struct dev_header *header, char *buffer, size_t size);
size_t dev_format_op(const struct dev_op *op, bool pin, char *buffer, size_t size);
/* A number as traces write it: pN for a page of RAM, 0x... otherwise. */
enum { DEV_NUMBER_SIZE = 24 };
const char *dev_number(uint64_t value, char buffer[DEV_NUMBER_SIZE]);
/* Decimal, 0x... or pN, all of it; false otherwise. */
bool dev_parse_number(const char *text, size_t size, uint64_t *value);

/* binary.c */
void dev_decode(struct dev_trace *trace, const uint8_t *data, size_t size);
size_t dev_encode(const struct dev_trace *trace, uint8_t *data, size_t size);
bool dev_is_binary(const uint8_t *data, size_t size);
/* A file, text or bytes by its content. */
bool dev_load(struct dev_trace *trace, const char *path, struct error *error);

#endif
