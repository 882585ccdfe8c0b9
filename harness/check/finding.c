/* SPDX-License-Identifier: MIT */
/* Divergences as text: kind, signature, explanation. */
#include "check_state.h"

#include <string.h>

static const struct {
	const char *text, *doc;
} kinds[] = {
	{"none", "no divergence"},
#define KIND(id, text, doc) {text, doc},
#include "kinds.def"
#undef KIND
};

const char *divergence_kind_name(unsigned kind)
{
	return kind < DIVERGENCE_KINDS ? kinds[kind].text : "?";
}

const struct check_rule check_rules[] = {
#define RULE(id, name, source, text) {id, name, source, text},
#include "rules.def"
#undef RULE
};
const unsigned check_num_rules = ARRAY_SIZE(check_rules);

static int find_rule(const char *id)
{
	for (unsigned i = 0; i < check_num_rules; i++)
		if (!strcmp(check_rules[i].id, id))
			return (int)i;
	return -1;
}

void rule_seen(struct check *c, const char *rule)
{
	int index;

	if (!rule || !*rule)
		return;
	index = find_rule(rule);
	if (index >= 0)
		c->rules_seen[index / 64] |= 1ull << index % 64;
}

bool check_rule_seen(const struct check *c, unsigned rule)
{
	return rule < check_num_rules && (c->rules_seen[rule / 64] >> rule % 64 & 1);
}

size_t divergence_signature(const struct check_config *config, const struct divergence *d,
			    char *buffer, size_t size)
{
	int n = snprintf(buffer, size, "%s/%s/%s/%s/%s", config->driver, config->smmu,
			 divergence_kind_name(d->kind), d->op_text, d->rule);

	return n < 0 ? 0 : (size_t)n;
}

/* What stands for the text of a rule where there is none. */
static const char *no_rule(const struct divergence *d)
{
	return d->kind == DIVERGENCE_CRASH ? "a run comes to its end, whatever the trace"
					   : "the outcome that the trace's author states";
}

size_t divergence_format(const struct check_config *config, const struct divergence *d,
			 char *buffer, size_t size)
{
	char signature[128], where[48];
	int rule = find_rule(d->rule), n;

	divergence_signature(config, d, signature, sizeof(signature));
	if (d->op < 0 || !strcmp(d->op_text, "teardown"))
		snprintf(where, sizeof(where), "%s", d->op < 0 ? "set-up" : "teardown");
	else
		snprintf(where, sizeof(where), "op %d, %s", d->op + 1, d->op_text);
	n = snprintf(buffer, size,
		     "divergence: %s (%s)\n"
		     "  at:        %s\n"
		     "  rule:      %s%s%s\n"
		     "             %s [%s]\n"
		     "  expected:  %s\n"
		     "  observed:  %s\n"
		     "  signature: %s\n",
		     kinds[d->kind].text, kinds[d->kind].doc, where, d->rule, rule < 0 ? "" : " ",
		     rule < 0 ? "" : check_rules[rule].name,
		     rule < 0 ? no_rule(d) : check_rules[rule].text,
		     rule < 0 ? "trace" : check_rules[rule].source, d->expected, d->observed,
		     signature);
	return n < 0 ? 0 : (size_t)n;
}
