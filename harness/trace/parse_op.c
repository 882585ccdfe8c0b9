/* SPDX-License-Identifier: MIT */
/* Op lines of a text trace: mnemonic, operands, pin. */
#include "parser.h"

#include <inttypes.h>

enum { RIGHTS_READ = 1, RIGHTS_READ_WRITE = 3 };

static const char *line_name(unsigned index)
{
	return index < TRACE_NUM_OPS ? trace_op_info[index].text
				     : parse_header_word(index - TRACE_NUM_OPS);
}

static bool parse_code(struct parser *parser, struct trace_op *op)
{
	struct word word = parser->word[0];
	const char *nearest;
	unsigned i;

	for (i = 0; i < TRACE_NUM_OPS; i++) {
		if (word_is(word, trace_op_info[i].text)) {
			op->code = (uint8_t)i;
			return true;
		}
	}
	nearest = word_nearest(word, line_name, TRACE_NUM_OPS + PARSE_NUM_HEADER_WORDS);
	if (nearest)
		return parser_fail(parser, "unknown op '%.*s'; did you mean '%s'?", WORD_ARG(word),
				   nearest);
	return parser_fail(parser, "unknown op '%.*s'; `svafuzz ops` lists them", WORD_ARG(word));
}

/* "bind dN pN [features=0xN] [no-pasid-pointer]" */
static const char *usage(const struct trace_op *op, char *buffer, size_t size)
{
	const struct trace_op_info *info = &trace_op_info[op->code];
	size_t used = (size_t)snprintf(buffer, size, "%s", info->text);
	unsigned i;

	for (i = 0; i < info->num_operands && used < size; i++) {
		unsigned field = info->operand[i];
		bool required = trace_syntax[field].required;

		used += (size_t)snprintf(buffer + used, size - used, required ? " %s" : " [%s]",
					 trace_field_info[field].text);
	}
	return buffer;
}

static bool fail_usage(struct parser *parser, const struct trace_op *op, const char *what,
		       struct word word)
{
	char buffer[160];

	return parser_fail(parser, "%s '%.*s'; %s", what, WORD_ARG(word),
			   usage(op, buffer, sizeof(buffer)));
}

static bool fail_range(struct parser *parser, unsigned field, struct word word)
{
	const struct trace_syntax *syntax = &trace_syntax[field];

	if (syntax->value == TRACE_VALUE_HEX)
		return parser_fail(parser, "%s=%.*s is out of range; 0x%x..0x%x", syntax->key,
				   WORD_ARG(word), syntax->min, syntax->max);
	return parser_fail(parser, "%s=%.*s is out of range; %u..%u", syntax->key, WORD_ARG(word),
			   syntax->min, syntax->max);
}

static bool fail_page(struct parser *parser, struct word word)
{
	char windows[160] = "";
	size_t used = 0;
	unsigned i;

	if (word_number(word, INT64_MAX) < 0)
		return parser_fail(parser, "'%.*s' is no address; 0x10000 for example",
				   WORD_ARG(word));
	for (i = 0; i < TRACE_SPACE_PAGES && used < sizeof(windows); i += TRACE_WINDOW_PAGES) {
		uint64_t base = trace_slot_va(i);

		used += (size_t)snprintf(windows + used, sizeof(windows) - used,
					 " 0x%" PRIx64 "..0x%" PRIx64, base,
					 base + (uint64_t)TRACE_WINDOW_PAGES * TRACE_PAGE_SIZE - 1);
	}
	return parser_fail(parser, "%.*s is no page of a window; pages (multiples of 0x1000) of%s",
			   WORD_ARG(word), windows);
}

static bool fail_declared(struct parser *parser, struct word word, const char *kind, unsigned count,
			  const char *first)
{
	if (!count)
		return parser_fail(parser, "%.*s: no %s line in the header; declare it first",
				   WORD_ARG(word), kind);
	return parser_fail(parser, "%.*s is not declared; the header has %u, from %s on",
			   WORD_ARG(word), count, first);
}

/* The value of an operand: -1 after an error. */
static int value_number(struct parser *parser, unsigned field, struct word word)
{
	int64_t number = word_number(word, trace_syntax[field].max);

	if (number >= trace_syntax[field].min)
		return (int)number;
	fail_range(parser, field, word);
	return -1;
}

static int value_device(struct parser *parser, unsigned field, struct word word)
{
	int index = word_index(word, 'd');

	(void)field;
	if (index >= 0 && index < parser->trace->header.num_devices)
		return index;
	if (index >= 0)
		fail_declared(parser, word, "device", parser->trace->header.num_devices, "d0");
	else
		parser_fail(parser, "'%.*s' is no device; d0 .. d%u", WORD_ARG(word),
			    parser->trace->header.num_devices - 1u);
	return -1;
}

static int value_domain(struct parser *parser, unsigned field, struct word word)
{
	unsigned count = parser->trace->header.num_domains;
	int index = word.size == 1 ? word.at[0] - 'A' : -1;

	(void)field;
	if (index >= 0 && index < (int)count)
		return index;
	if (index >= 0 && index < TRACE_MAX_DOMAINS)
		fail_declared(parser, word, "domain", count, "A");
	else
		parser_fail(parser, "'%.*s' is no domain; A .. D with a domain line",
			    WORD_ARG(word));
	return -1;
}

static int value_process(struct parser *parser, unsigned field, struct word word)
{
	int index = word_index(word, 'p');

	(void)field;
	if (index >= 0 && index < TRACE_MAX_PROCESSES)
		return index;
	parser_fail(parser, "'%.*s' is no process; p0..p%d", WORD_ARG(word),
		    TRACE_MAX_PROCESSES - 1);
	return -1;
}

static int value_mdev(struct parser *parser, unsigned field, struct word word)
{
	unsigned count = parser->trace->header.num_mdevs;
	int index = word_index(word, 'm');

	(void)field;
	if (index >= 0 && index < (int)count)
		return index;
	if (index >= 0)
		fail_declared(parser, word, "mdev", count, "m0");
	else
		parser_fail(parser, "'%.*s' is no partition; m0 .. m%d with an mdev line",
			    WORD_ARG(word), TRACE_MAX_MDEVS - 1);
	return -1;
}

static int value_vm(struct parser *parser, unsigned field, struct word word)
{
	unsigned count = parser->trace->header.num_vms;
	int index = word_index(word, 'v');

	(void)field;
	if (index >= 0 && index < (int)count)
		return index;
	if (index >= 0)
		fail_declared(parser, word, "vm", count, "v0");
	else
		parser_fail(parser, "'%.*s' is no VM; v0 .. v%d with a vm line", WORD_ARG(word),
			    TRACE_MAX_VMS - 1);
	return -1;
}

static int value_page(struct parser *parser, unsigned field, struct word word)
{
	int64_t va = word_number(word, INT64_MAX);
	int slot = va < 0 ? -1 : trace_va_slot((uint64_t)va);

	(void)field;
	if (slot < 0)
		fail_page(parser, word);
	return slot;
}

static int value_prot(struct parser *parser, unsigned field, struct word word)
{
	(void)field;
	if (word_is(word, "r"))
		return RIGHTS_READ;
	if (word_is(word, "rw") || word_is(word, "w"))
		return RIGHTS_READ_WRITE;
	parser_fail(parser, "'%.*s' are no rights; r or rw", WORD_ARG(word));
	return -1;
}

static int value_rw(struct parser *parser, unsigned field, struct word word)
{
	(void)field;
	if (word_is(word, "read"))
		return 0;
	if (word_is(word, "write"))
		return 1;
	parser_fail(parser, "'%.*s' is no direction; read or write", WORD_ARG(word));
	return -1;
}

static int value_feature(struct parser *parser, unsigned field, struct word word)
{
	(void)field;
	if (word_is(word, "sva"))
		return 0;
	if (word_is(word, "iopf"))
		return 1;
	parser_fail(parser, "'%.*s' is no feature; sva or iopf", WORD_ARG(word));
	return -1;
}

static int (*const parse_value[TRACE_NUM_VALUES])(struct parser *, unsigned, struct word) = {
	[TRACE_VALUE_NUMBER] = value_number,   [TRACE_VALUE_HEX] = value_number,
	[TRACE_VALUE_DEVICE] = value_device,   [TRACE_VALUE_DOMAIN] = value_domain,
	[TRACE_VALUE_PROCESS] = value_process, [TRACE_VALUE_PAGE] = value_page,
	[TRACE_VALUE_PROT] = value_prot,       [TRACE_VALUE_RW] = value_rw,
	[TRACE_VALUE_FEATURE] = value_feature, [TRACE_VALUE_MDEV] = value_mdev,
	[TRACE_VALUE_VM] = value_vm,
};

/* The operand that a word is for: by key, by flag, else the next positional one. 0: none. */
static unsigned find_operand(const struct trace_op *op, uint32_t given, struct word word,
			     struct word *value)
{
	const struct trace_op_info *info = &trace_op_info[op->code];
	unsigned i;

	*value = word;
	for (i = 0; i < info->num_operands; i++) {
		const struct trace_syntax *syntax = &trace_syntax[info->operand[i]];

		if (syntax->shape == TRACE_SHAPE_KEY && word_has_key(word, syntax->key, value))
			return info->operand[i];
		if (syntax->shape == TRACE_SHAPE_FLAG && word_is(word, syntax->key))
			return info->operand[i];
	}
	if (memchr(word.at, '=', word.size))
		return TRACE_FIELD_NONE;
	for (i = 0; i < info->num_operands; i++) {
		if (trace_syntax[info->operand[i]].shape == TRACE_SHAPE_BARE &&
		    !(given >> info->operand[i] & 1))
			return info->operand[i];
	}
	return TRACE_FIELD_NONE;
}

static bool parse_operand(struct parser *parser, struct trace_op *op, uint32_t *given,
			  struct word word)
{
	struct word value;
	unsigned field = find_operand(op, *given, word, &value);
	int number = 1;

	if (field == TRACE_FIELD_NONE)
		return fail_usage(parser, op, "unknown operand", word);
	if (*given >> field & 1)
		return fail_usage(parser, op, "operand given twice", word);
	*given |= 1u << field;
	if (trace_syntax[field].shape != TRACE_SHAPE_FLAG)
		number = parse_value[trace_syntax[field].value](parser, field, value);
	if (number < 0)
		return false;
	*trace_operand(op, field) = (uint8_t)number;
	if (field == TRACE_FIELD_PASID_OPT || field == TRACE_FIELD_WRITTEN)
		op->has_pasid = 1;
	return true;
}

static bool check_missing(struct parser *parser, struct trace_op *op, uint32_t given)
{
	const struct trace_op_info *info = &trace_op_info[op->code];
	unsigned i;

	for (i = 0; i < info->num_operands; i++) {
		unsigned field = info->operand[i];

		if (given >> field & 1)
			continue;
		if (trace_syntax[field].required) {
			const char *text = trace_field_info[field].text;

			return fail_usage(parser, op, "missing operand",
					  (struct word){text, strlen(text)});
		}
		*trace_operand(op, field) = trace_syntax[field].absent;
	}
	return true;
}

/* What depends on two operands: a run of pages and its window, a PASID and its device. */
static bool check_together(struct parser *parser, const struct trace_op *op)
{
	unsigned bits = parser->trace->header.device[op->device].pasid_bits;
	unsigned room = TRACE_WINDOW_PAGES - op->slot % TRACE_WINDOW_PAGES;

	if (trace_op_uses[op->code] & TRACE_USES(PAGES) && op->pages > room)
		return parser_fail(parser,
				   "pages=%u from 0x%" PRIx64 " leaves the window; at most %u",
				   op->pages, trace_slot_va(op->slot), room);
	if (!(trace_op_uses[op->code] & TRACE_USES(PASID_OPT)) || !op->has_pasid)
		return true;
	if (!bits)
		return parser_fail(parser,
				   "d%u has pasid-bits=0 and sends no PASID; leave pasid=%u "
				   "out",
				   op->device, op->pasid);
	if (op->pasid >> bits)
		return parser_fail(parser, "d%u cannot send pasid=%u with pasid-bits=%u; 0..%u",
				   op->device, op->pasid, bits, (1u << bits) - 1);
	return true;
}

static bool fail_pin(struct parser *parser)
{
	return parser_fail(parser, "unknown outcome after =>; ok | pasid N | N pages | -EEXIST | "
				   "fault translation | fault permission | fault pasid | abort | "
				   "bus | ats none|r|rw | skipped");
}

/* The value word of a pin: -1 when it is not one. */
static int pin_value(const struct trace_pin_syntax *syntax, const struct word *word, unsigned count)
{
	int64_t number;

	switch (syntax->value) {
	case TRACE_PIN_NUMBER:
		return (int)word_number(word[syntax->first ? 1 : 0],
					syntax->first ? 255 : TRACE_MAX_PAGES);
	case TRACE_PIN_ERRNO:
		if (count == 1)
			number = trace_errno_number(word[0].at, word[0].size);
		else
			number = word_is(word[0], "-errno") ? word_number(word[1], 255) : 0;
		return number > 0 ? (int)number : -1;
	case TRACE_PIN_RIGHTS:
		if (word_is(word[1], "none"))
			return 0;
		if (word_is(word[1], "r"))
			return RIGHTS_READ;
		return word_is(word[1], "rw") ? RIGHTS_READ_WRITE : -1;
	default:
		return 0;
	}
}

static bool pin_matches(const struct trace_pin_syntax *syntax, const struct word *word,
			unsigned count)
{
	bool has_value = syntax->value != TRACE_PIN_PLAIN;

	if (syntax->value == TRACE_PIN_ERRNO)
		return count <= 2 && word[0].at[0] == '-';
	if (count != (syntax->first != NULL) + (syntax->second != NULL) + (unsigned)has_value)
		return false;
	if (syntax->first && !word_is(word[0], syntax->first))
		return false;
	/* "1 page" reads better, "1 pages" is canonical. */
	return !syntax->second || word_is(word[1], syntax->second) ||
	       (word_is(word[1], "page") && word_is(word[0], "1"));
}

static bool parse_pin(struct parser *parser, struct trace_op *op, unsigned first)
{
	const struct word *word = &parser->word[first];
	unsigned count = parser->num_words - first, kind;

	if (!count)
		return fail_pin(parser);
	for (kind = TRACE_PIN_NONE + 1; kind < TRACE_NUM_PINS; kind++) {
		int value;

		if (!pin_matches(&trace_pin_syntax[kind], word, count))
			continue;
		value = pin_value(&trace_pin_syntax[kind], word, count);
		if (value < 0)
			return fail_pin(parser);
		op->pin = (struct trace_pin){(uint8_t)kind, (uint8_t)value};
		return true;
	}
	return fail_pin(parser);
}

bool parse_op_line(struct parser *parser)
{
	struct trace *trace = parser->trace;
	struct trace_op op = {.line = (uint16_t)(parser->line < UINT16_MAX ? parser->line : 0)};
	uint32_t given = 0;
	unsigned i;

	if (!parse_code(parser, &op))
		return false;
	if (trace->num_ops == TRACE_MAX_OPS)
		return parser_fail(parser, "more than %d ops; split the trace", TRACE_MAX_OPS);
	for (i = 1; i < parser->num_words && !word_is(parser->word[i], "=>"); i++) {
		if (!parse_operand(parser, &op, &given, parser->word[i]))
			return false;
	}
	if (!check_missing(parser, &op, given) || !check_together(parser, &op))
		return false;
	if (i < parser->num_words && !parse_pin(parser, &op, i + 1))
		return false;
	trace_normalize_op(&trace->header, &op);
	trace->op[trace->num_ops++] = op;
	return true;
}
