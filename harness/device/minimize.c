/* SPDX-License-Identifier: MIT */
#include "minimize.h"

#include <string.h>

struct search {
	struct dev_trace *trace, candidate;
	unsigned tries;
	dev_shows_fn shows;
	void *ctx;
};

/* Takes the candidate if it shows the same. */
static bool try(struct search *s)
{
	if (!s->tries)
		return false;
	s->tries--;
	if (!s->shows(s->ctx, &s->candidate))
		return false;
	*s->trace = s->candidate;
	return true;
}

static bool without(struct search *s, unsigned at, unsigned count)
{
	struct dev_trace *c = &s->candidate;

	*c = *s->trace;
	memmove(&c->op[at], &c->op[at + count], (c->num_ops - at - count) * sizeof(c->op[0]));
	c->num_ops = (uint16_t)(c->num_ops - count);
	return try(s);
}

static bool fewer_ops(struct search *s)
{
	bool any = false;

	for (unsigned size = s->trace->num_ops; size; size /= 2)
		for (unsigned at = s->trace->num_ops; at-- > 0 && s->tries;)
			if (at + size <= s->trace->num_ops)
				any |= without(s, at, size);
	return any;
}

static bool plainer_op(struct search *s, unsigned at)
{
	const struct dev_op_info *info = &dev_op_info[s->trace->op[at].code];
	struct dev_op plain = dev_op((enum dev_op_code)s->trace->op[at].code);
	bool any = false;

	for (unsigned i = 0; i < info->num_fields && s->tries; i++) {
		const struct dev_field *field = &info->field[i];
		struct dev_op *op = &s->candidate.op[at];

		s->candidate = *s->trace;
		if (field->kind == DEV_OPT)
			op->w[field->word] &= ~(1ull << (field->shift + field->bits));
		else
			dev_field_set(op, field, dev_field_get(&plain, field));
		dev_normalize_op(op);
		if (memcmp(op->w, s->trace->op[at].w, sizeof(op->w)))
			any |= try(s);
	}
	for (unsigned word = 0; info->raw && word < DEV_WORDS - 1 && s->tries; word++) {
		uint64_t unnamed = dev_unnamed_bits(info, word);

		s->candidate = *s->trace;
		s->candidate.op[at].w[word] =
			(plain.w[word] & unnamed) | (s->candidate.op[at].w[word] & ~unnamed);
		if (s->candidate.op[at].w[word] != s->trace->op[at].w[word])
			any |= try(s);
	}
	return any;
}

static bool plainer_header(struct search *s)
{
	bool any = false;

	for (unsigned i = 0; i < DEV_NUM_MEMBERS && s->tries; i++) {
		if (!s->trace->header.override[i])
			continue;
		s->candidate = *s->trace;
		s->candidate.header.override[i] = 0;
		dev_normalize_header(&s->candidate.header);
		any |= try(s);
	}
	return any;
}

void dev_minimize(struct dev_trace *trace, unsigned tries, dev_shows_fn shows, void *ctx)
{
	static struct search search;
	bool any = true;

	search = (struct search){.trace = trace, .tries = tries, .shows = shows, .ctx = ctx};
	while (any && search.tries) {
		any = fewer_ops(&search);
		any |= plainer_header(&search);
		for (unsigned i = 0; i < trace->num_ops; i++)
			any |= plainer_op(&search, i);
	}
}
