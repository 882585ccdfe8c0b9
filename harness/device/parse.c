/* SPDX-License-Identifier: MIT */
/* Text to trace. */
#include "device.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WORDS = 96, FILE_MAX = 1024 * 1024 };

struct word {
	const char *at;
	size_t size;
};
#define WORD_ARG(word) ((word).size < 40 ? (int)(word).size : 40), (word).at

struct parser {
	struct dev_trace *trace;
	const char *name;
	struct error *error;
	unsigned line, num_words;
	struct word word[MAX_WORDS];
	struct word tail; /* behind "=>" */
	bool in_ops, seen_profile;
};

static bool fail(struct parser *parser, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static bool fail(struct parser *parser, const char *fmt, ...)
{
	char text[400];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return error_set(parser->error, "%s:%u: %s", parser->name, parser->line, text);
}

static bool word_is(struct word word, const char *text)
{
	return strlen(text) == word.size && !memcmp(word.at, text, word.size);
}

/* "key=value": its value, or size 0 and at NULL. */
static struct word value_of(struct word word, struct word *key)
{
	const char *equals = memchr(word.at, '=', word.size);

	*key = word;
	if (!equals)
		return (struct word){NULL, 0};
	key->size = (size_t)(equals - word.at);
	return (struct word){equals + 1, word.size - key->size - 1};
}

static bool parse_member(struct parser *parser, struct word word)
{
	struct dev_header *header = &parser->trace->header;
	struct word key, value = value_of(word, &key);
	uint64_t number;

	for (unsigned i = 0; i < DEV_NUM_MEMBERS; i++) {
		if (!word_is(key, dev_member_info[i].name))
			continue;
		if (!value.at || !dev_parse_number(value.at, value.size, &number) ||
		    number > dev_member_info[i].max)
			return fail(parser, "'%.*s' wants a number up to %u", WORD_ARG(key),
				    dev_member_info[i].max);
		header->override[i] = (uint8_t)(number + 1);
		return true;
	}
	return fail(parser, "no member '%.*s' of a profile; `svafuzz smmu ops` lists them",
		    WORD_ARG(key));
}

static bool parse_profile(struct parser *parser)
{
	struct smmu_profile profile;
	const char *wrong;
	int index;

	if (parser->num_words < 2)
		return fail(parser, "profile wants a name; `svafuzz smmu ops` lists them");
	index = dev_profile_find(parser->word[1].at, parser->word[1].size);
	if (index < 0)
		return fail(parser, "no profile '%.*s'; `svafuzz smmu ops` lists them",
			    WORD_ARG(parser->word[1]));
	parser->trace->header.profile = (uint8_t)index;
	for (unsigned i = 2; i < parser->num_words; i++)
		if (!parse_member(parser, parser->word[i]))
			return false;
	profile = dev_profile(&parser->trace->header);
	wrong = smmu_profile_error(&profile);
	if (wrong)
		return fail(parser, "this profile cannot be: %s", wrong);
	parser->seen_profile = true;
	return true;
}

static bool parse_cache(struct parser *parser)
{
	static const char *const names[] = {"none", "exact", "worst"};

	for (uint8_t i = 0; parser->num_words == 2 && i < ARRAY_SIZE(names); i++) {
		if (!word_is(parser->word[1], names[i]))
			continue;
		parser->trace->header.cache = i;
		return true;
	}
	return fail(parser, "cache wants one of: none, exact, worst");
}

static bool parse_setup(struct parser *parser)
{
	struct dev_header *header = &parser->trace->header;

	for (unsigned i = 1; i < parser->num_words; i++) {
		struct word key, value = value_of(parser->word[i], &key);
		uint64_t number;
		uint8_t *queue = word_is(key, "cmdq")	? &header->cmdq
				 : word_is(key, "evtq") ? &header->evtq
				 : word_is(key, "priq") ? &header->priq
							: NULL;

		if (word_is(parser->word[i], "linear"))
			header->two_level = 0;
		else if (word_is(parser->word[i], "disabled"))
			header->disabled = 1;
		else if (queue && value.at && dev_parse_number(value.at, value.size, &number) &&
			 number <= DEV_CMDQ_BITS)
			*queue = (uint8_t)number;
		else
			return fail(parser,
				    "setup has no '%.*s'; linear, disabled, cmdq=N, "
				    "evtq=N, priq=N (log2, 0..%d)",
				    WORD_ARG(parser->word[i]), DEV_CMDQ_BITS);
	}
	return true;
}

static bool parse_enum(const struct dev_field *field, struct word value, uint64_t *number)
{
	const char *name;
	size_t size;

	for (unsigned n = 0; (name = dev_enum_name(field, n, &size)); n++) {
		if (size != value.size || memcmp(name, value.at, size))
			continue;
		*number = n;
		return true;
	}
	return false;
}

/* The field's bits out of what is written for it. */
static bool parse_value(struct parser *parser, const struct dev_field *field, struct word value,
			uint64_t *bits)
{
	uint64_t number = 0, most = ~0ull >> (64 - field->bits);
	uint32_t offset;

	if (field->kind == DEV_REG && dev_reg_find(value.at, value.size, &offset)) {
		*bits = offset;
		return true;
	}
	if (field->kind == DEV_ENUM) {
		if (parse_enum(field, value, bits))
			return true;
		return fail(parser, "'%.*s' is none of %s", WORD_ARG(value), field->names);
	}
	if (!value.at || !dev_parse_number(value.at, value.size, &number))
		return fail(parser, "'%.*s' is no %s", value.size < 40 ? (int)value.size : 40,
			    value.at ? value.at : "",
			    field->kind == DEV_REG ? "register" : "number (123, 0x7b, p12)");
	if (field->kind == DEV_PAGENO) {
		number = number >= DEV_RAM_BASE ? (number - DEV_RAM_BASE) / 4096 : number;
	} else if (field->kind == DEV_ADDR) {
		if (number & ((1ull << field->shift) - 1))
			return fail(parser, "%s%s'%.*s' must be a multiple of 0x%llx", field->name,
				    *field->name ? ": " : "", WORD_ARG(value),
				    1ull << field->shift);
		number >>= field->shift;
	}
	if (number > most)
		return fail(parser, "%s%s'%.*s' is too large", field->name,
			    *field->name ? ": " : "", WORD_ARG(value));
	*bits = number;
	return true;
}

static bool parse_raw(struct parser *parser, struct dev_op *op, struct word key, struct word value)
{
	const struct dev_op_info *info = &dev_op_info[op->code];
	unsigned word = (unsigned)(key.at[3] - '0');
	uint64_t number, unnamed;

	if (word >= DEV_WORDS - 1 || !dev_parse_number(value.at, value.size, &number))
		return fail(parser, "raw0= to raw3= take a number");
	unnamed = dev_unnamed_bits(info, word);
	if (number & ~unnamed)
		return fail(parser, "raw%u=: 0x%llx has a name; write it so", word,
			    (unsigned long long)(number & ~unnamed));
	op->w[word] = (op->w[word] & ~unnamed) | number;
	return true;
}

/* A word without key: an enumeration's name, or the next value that stands alone. */
static const struct dev_field *bare_field(const struct dev_op_info *info, struct word word,
					  uint64_t seen)
{
	uint64_t number;

	for (unsigned i = 0; i < info->num_fields; i++) {
		const struct dev_field *field = &info->field[i];
		bool fits = field->kind != DEV_ENUM || parse_enum(field, word, &number);

		if (!*field->name && !(seen >> i & 1) && fits)
			return field;
	}
	return NULL;
}

static bool parse_word(struct parser *parser, struct dev_op *op, struct word word, uint64_t *seen)
{
	const struct dev_op_info *info = &dev_op_info[op->code];
	struct word key, value = value_of(word, &key);
	const struct dev_field *field = NULL;
	uint64_t bits = 1;
	unsigned index;

	if (info->raw && value.at && key.size == 4 && !memcmp(key.at, "raw", 3))
		return parse_raw(parser, op, key, value);
	for (unsigned i = 0; i < info->num_fields && !field; i++)
		if (*info->field[i].name && word_is(key, info->field[i].name))
			field = &info->field[i];
	if (!field && !value.at) {
		field = bare_field(info, word, *seen);
		value = word;
	}
	if (!field)
		return fail(parser, "'%s' has no '%.*s'; `svafuzz smmu ops` lists the fields",
			    info->text, WORD_ARG(word));
	index = (unsigned)(field - info->field);
	if (*seen >> index & 1)
		return fail(parser, "'%.*s' is there twice", WORD_ARG(key));
	*seen |= 1ull << index;
	if ((field->kind != DEV_FLAG || value.at) && !parse_value(parser, field, value, &bits))
		return false;
	dev_field_set(op, field, bits);
	return true;
}

static bool find_op(struct parser *parser, struct dev_op *op, unsigned *first)
{
	for (unsigned code = 0; code < DEV_NUM_OPS; code++) {
		const char *text = dev_op_info[code].text, *blank = strchr(text, ' ');

		*first = blank ? 2 : 1;
		if (blank ? parser->num_words > 1 && word_is(parser->word[0], "cmd") &&
				    word_is(parser->word[1], blank + 1)
			  : word_is(parser->word[0], text)) {
			*op = dev_op((enum dev_op_code)code);
			return true;
		}
	}
	if (word_is(parser->word[0], "cmd") && parser->num_words > 1)
		return fail(parser, "no command '%.*s'; `svafuzz smmu ops` lists them",
			    WORD_ARG(parser->word[1]));
	return fail(parser, "no op '%.*s'; `svafuzz smmu ops` lists them",
		    WORD_ARG(parser->word[0]));
}

static bool parse_pin(struct parser *parser, struct dev_op *op)
{
	if (!parser->tail.at)
		return true;
	if (parser->tail.size >= DEV_PIN_SIZE)
		return fail(parser, "more than %d characters behind =>", DEV_PIN_SIZE - 1);
	memcpy(op->pin, parser->tail.at, parser->tail.size);
	dev_normalize_pin(op->pin);
	return *op->pin || fail(parser, "nothing behind =>");
}

static bool parse_op(struct parser *parser)
{
	struct dev_trace *trace = parser->trace;
	const struct dev_op_info *info;
	struct dev_op *op;
	uint64_t seen = 0;
	unsigned first;

	if (trace->num_ops == DEV_MAX_OPS)
		return fail(parser, "more than %d ops", DEV_MAX_OPS);
	op = &trace->op[trace->num_ops];
	if (!find_op(parser, op, &first))
		return false;
	info = &dev_op_info[op->code];
	for (unsigned i = first; i < parser->num_words; i++) {
		if (word_is(parser->word[i], "=") && op->code == DEV_OP_REG)
			continue;
		if (!parse_word(parser, op, parser->word[i], &seen))
			return false;
	}
	for (unsigned i = 0; i < info->num_fields; i++)
		if (!*info->field[i].name && info->field[i].kind != DEV_ENUM && !(seen >> i & 1))
			return fail(parser, "'%s' wants %s", info->text,
				    info->field[i].kind == DEV_REG     ? "a register"
				    : info->field[i].kind == DEV_VALUE ? "= VALUE"
								       : "an address");
	op->line = (uint16_t)parser->line;
	if (!parse_pin(parser, op))
		return false;
	dev_normalize_op(op);
	trace->num_ops++;
	return true;
}

static bool split_words(struct parser *parser, const char *line, size_t size)
{
	size_t at = 0, start;

	parser->num_words = 0;
	parser->tail = (struct word){NULL, 0};
	while (at < size) {
		if (line[at] == ' ' || line[at] == '\t') {
			at++;
			continue;
		}
		for (start = at; at < size && line[at] != ' ' && line[at] != '\t'; at++)
			if (line[at] < 0x20 || line[at] > 0x7e)
				return fail(parser, "a byte that is not printable ASCII");
		if (at - start == 2 && !memcmp(line + start, "=>", 2)) {
			parser->tail = (struct word){line + at, size - at};
			return true;
		}
		if (parser->num_words == MAX_WORDS)
			return fail(parser, "more than %d words", MAX_WORDS);
		parser->word[parser->num_words++] = (struct word){line + start, at - start};
	}
	return true;
}

static bool parse_line(struct parser *parser, const char *line, size_t size)
{
	static const struct {
		const char *word;
		bool (*parse)(struct parser *parser);
	} headers[] = {{"profile", parse_profile}, {"cache", parse_cache}, {"setup", parse_setup}};
	const char *comment = memchr(line, '#', size);

	if (comment)
		size = (size_t)(comment - line);
	if (size && line[size - 1] == '\r')
		size--;
	if (!split_words(parser, line, size))
		return false;
	if (!parser->num_words)
		return !parser->tail.at || fail(parser, "=> stands behind an op");
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
		if (!word_is(parser->word[0], headers[i].word))
			continue;
		if (parser->in_ops)
			return fail(parser, "'%s' after the first op; move it above all ops",
				    headers[i].word);
		return headers[i].parse(parser);
	}
	if (!parser->seen_profile)
		return fail(parser, "a trace starts with `profile NAME`");
	if (!parser->in_ops)
		dev_normalize_header(&parser->trace->header);
	parser->in_ops = true;
	return parse_op(parser);
}

bool dev_parse(struct dev_trace *trace, const char *name, const char *text, size_t size,
	       struct error *error)
{
	struct parser parser = {.trace = trace, .name = name, .error = error};
	const char *end = text + size;

	memset(trace, 0, sizeof(*trace));
	trace->header = dev_default_header();
	while (text < end) {
		const char *eol = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((eol ? eol : end) - text);

		parser.line++;
		if (!parse_line(&parser, text, length))
			return false;
		text += length + (eol != NULL);
	}
	if (!parser.seen_profile)
		return fail(&parser, "no `profile` line; a trace starts with one");
	dev_normalize_header(&trace->header);
	return true;
}

bool dev_load(struct dev_trace *trace, const char *path, struct error *error)
{
	uint8_t *data = malloc(FILE_MAX + 1);
	FILE *file = fopen(path, "rbe");
	bool good;
	size_t size;

	CHECK(data, "no memory for %s", path);
	if (!file) {
		free(data);
		return error_set(error, "%s: cannot be opened: %s", path, strerror(errno));
	}
	size = fread(data, 1, FILE_MAX + 1, file);
	good = !ferror(file) && size <= FILE_MAX;
	fclose(file);
	if (!good)
		error_set(error, "%s: cannot be read, or larger than %d bytes", path, FILE_MAX);
	else if (dev_is_binary(data, size))
		dev_decode(trace, data, size);
	else
		good = dev_parse(trace, path, (const char *)data, size, error);
	free(data);
	return good;
}
