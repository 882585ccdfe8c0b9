/* SPDX-License-Identifier: MIT */
/* Text to trace: lines, words, and whether a line belongs to the header or is an op. */
#include "parser.h"

#include <stdarg.h>

bool parser_fail(struct parser *parser, const char *fmt, ...)
{
	char text[400];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return error_set(parser->error, "%s:%u: %s", parser->name, parser->line, text);
}

bool word_is(struct word word, const char *text)
{
	return strlen(text) == word.size && !memcmp(word.at, text, word.size);
}

bool word_has_key(struct word word, const char *key, struct word *value)
{
	size_t size = strlen(key);

	if (word.size <= size || memcmp(word.at, key, size) != 0 || word.at[size] != '=')
		return false;
	*value = (struct word){word.at + size + 1, word.size - size - 1};
	return true;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

int64_t word_number(struct word word, uint64_t max)
{
	bool hex = word.size > 2 && word.at[0] == '0' && word.at[1] == 'x';
	int base = hex ? 16 : 10;
	uint64_t number = 0;
	size_t i;

	if (!word.size)
		return -1;
	for (i = hex ? 2 : 0; i < word.size; i++) {
		int d = digit(word.at[i]);

		if (d >= base || number > (max - (unsigned)d) / (unsigned)base)
			return -1;
		number = number * (unsigned)base + (unsigned)d;
		if (number > max)
			return -1;
	}
	return (int64_t)number;
}

int word_index(struct word word, char prefix)
{
	if (word.size != 2 || word.at[0] != prefix || word.at[1] < '0' || word.at[1] > '9')
		return -1;
	return word.at[1] - '0';
}

/* Edits (insert, delete, change, swap of neighbours) between a word and a name, both short. */
static unsigned distance(struct word word, const char *name)
{
	enum { LONGEST = 24 };
	unsigned d[LONGEST + 1][LONGEST + 1];
	size_t m = word.size, n = strlen(name), i, j;

	if (m > LONGEST || n > LONGEST)
		return LONGEST;
	for (i = 0; i <= m; i++) {
		for (j = 0; j <= n; j++) {
			unsigned best = (unsigned)(i > j ? i : j);

			if (i && d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (j && d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i && j && d[i - 1][j - 1] + (word.at[i - 1] != name[j - 1]) < best)
				best = d[i - 1][j - 1] + (word.at[i - 1] != name[j - 1]);
			if (i > 1 && j > 1 && word.at[i - 1] == name[j - 2] &&
			    word.at[i - 2] == name[j - 1] && d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	}
	return d[m][n];
}

const char *word_nearest(struct word word, const char *(*name)(unsigned), unsigned count)
{
	const char *nearest = NULL;
	unsigned best = word.size < 5 ? 2 : 3; /* excluded */
	unsigned i;

	for (i = 0; i < count; i++) {
		unsigned d = distance(word, name(i));

		if (d < best) {
			best = d;
			nearest = name(i);
		}
	}
	return nearest;
}

static bool split_words(struct parser *parser, const char *line, size_t size)
{
	size_t i = 0, start;

	parser->num_words = 0;
	while (i < size) {
		if (line[i] == ' ' || line[i] == '\t') {
			i++;
			continue;
		}
		start = i;
		while (i < size && line[i] != ' ' && line[i] != '\t')
			i++;
		if (parser->num_words == PARSER_MAX_WORDS)
			return parser_fail(parser, "more than %d words; one item a line",
					   PARSER_MAX_WORDS);
		parser->word[parser->num_words++] = (struct word){line + start, i - start};
	}
	return true;
}

/* Length without comment and line end; text outside comments is printable ASCII. */
static bool check_bytes(struct parser *parser, const char *line, size_t *size)
{
	const char *comment;
	size_t i;

	if (memchr(line, '\0', *size))
		return parser_fail(parser, "a NUL byte; a trace is text, or binary that starts "
					   "with \"" TRACE_MAGIC "\"");
	if (*size && line[*size - 1] == '\r')
		--*size;
	comment = memchr(line, '#', *size);
	if (comment)
		*size = (size_t)(comment - line);
	for (i = 0; i < *size; i++) {
		unsigned char c = (unsigned char)line[i];

		if (c != '\t' && (c < 0x20 || c > 0x7e))
			return parser_fail(parser,
					   "byte 0x%02x; outside comments a trace is printable "
					   "ASCII (a binary trace starts with \"" TRACE_MAGIC "\")",
					   c);
	}
	if (*size > TRACE_LINE_MAX)
		return parser_fail(parser, "line too long: %zu bytes, at most %d before a comment",
				   *size, TRACE_LINE_MAX);
	return true;
}

static bool parse_line(struct parser *parser, const char *line, size_t size)
{
	if (!check_bytes(parser, line, &size) || !split_words(parser, line, size))
		return false;
	if (!parser->num_words)
		return true;
	if (parse_is_header(parser->word[0])) {
		if (parser->in_ops)
			return parser_fail(parser,
					   "header line '%.*s' after the first op; move it above "
					   "all ops",
					   WORD_ARG(parser->word[0]));
		return parse_header_line(parser);
	}
	if (!parser->in_ops && !parse_header_end(parser))
		return false;
	parser->in_ops = true;
	return parse_op_line(parser);
}

static void start_header(struct trace *trace)
{
	memset(&trace->header, 0, sizeof(trace->header));
	trace->header.policies = TRACE_DEFAULT_POLICIES;
	trace->header.ssid_bits = TRACE_DEFAULT_SSID_BITS;
	trace->header.asid_bits = TRACE_DEFAULT_ASID_BITS;
	trace->num_ops = 0;
}

/* Its bytes would mean other ops; as text nothing starts so. */
static bool fail_version(struct parser *parser, const char *text)
{
	parser->line = 1;
	return parser_fail(
		parser,
		"a binary trace of another format version (%.*s); this program reads " TRACE_MAGIC
		": convert it with the version that wrote it",
		TRACE_MAGIC_BYTES, text);
}

bool trace_parse(struct trace *trace, const char *name, const char *text, size_t size,
		 struct error *error)
{
	struct parser parser = {.trace = trace, .name = name, .error = error};
	const char *end = text + size;

	start_header(trace);
	if (trace_is_other_version((const uint8_t *)text, size))
		return fail_version(&parser, text);
	while (text < end) {
		const char *eol = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((eol ? eol : end) - text);

		parser.line++;
		if (!parse_line(&parser, text, length))
			return false;
		text += length + (eol != NULL);
	}
	if (!parser.line)
		parser.line = 1;
	return parser.in_ops || parse_header_end(&parser);
}
