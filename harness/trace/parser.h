/* SPDX-License-Identifier: MIT */
/* What the files of the text parser share: words of one line, and errors with their place. */
#ifndef SVAFUZZ_TRACE_PARSER_H
#define SVAFUZZ_TRACE_PARSER_H

#include "internal.h"

enum { PARSER_MAX_WORDS = 24 };

/* A piece of the source text; never empty. */
struct word {
	const char *at;
	size_t size;
};
/* For "%.*s": a word of an error message, cut to a readable length. */
#define WORD_ARG(word) ((word).size < 40 ? (int)(word).size : 40), (word).at

struct parser {
	struct trace *trace;
	const char *name;
	struct error *error;
	unsigned line;
	struct word word[PARSER_MAX_WORDS];
	unsigned num_words;
	bool in_ops;
	bool seen_policy, seen_smmu, seen_process;
	unsigned domain_line[TRACE_MAX_DOMAINS];
	unsigned vm_line[TRACE_MAX_VMS];
	unsigned shared_rid_line; /* 0: none */
};

/* Error "NAME:LINE: ..."; returns false. */
bool parser_fail(struct parser *parser, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

bool word_is(struct word word, const char *text);
/* "key=value" with this key: sets *value (which may be empty). */
bool word_has_key(struct word word, const char *key, struct word *value);
/* Decimal or 0x hexadecimal, at most `max`; -1 otherwise. */
int64_t word_number(struct word word, uint64_t max);
/* "d2" with prefix 'd': 2. -1 for anything else. */
int word_index(struct word word, char prefix);
/* The nearest of `count` names within a distance that a slip of the fingers explains, or NULL. */
const char *word_nearest(struct word word, const char *(*name)(unsigned), unsigned count);

/* parse_header.c: a header line; is the first word one of a header? end of the header: checks. */
bool parse_is_header(struct word word);
const char *parse_header_word(unsigned index);
enum { PARSE_NUM_HEADER_WORDS = 9 };
bool parse_header_line(struct parser *parser);
bool parse_header_end(struct parser *parser);
/* The line may stand once. */
bool parser_once(struct parser *parser, bool *seen);
bool parse_rid_value(struct parser *parser, struct word value, uint8_t *dev, uint8_t *fn);

/* parse_topology.c: lines of their own; vf-of=dN of a device line and what it does not go with; a
 * process that is no VM's; the checks at the end that need all lines. */
bool parse_mdev(struct parser *parser);
bool parse_vm(struct parser *parser);
bool parse_shared_rid(struct parser *parser);
bool parse_vf_of(struct parser *parser, struct word value, struct trace_device *device);
bool parse_check_vf(struct parser *parser, const struct trace_device *device);
bool parse_check_no_vm(struct parser *parser, unsigned process);
bool parse_topology_end(struct parser *parser);

/* parse_op.c: an op line; a pin after "=>" (words from `first`). */
bool parse_op_line(struct parser *parser);

#endif
