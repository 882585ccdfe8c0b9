/* SPDX-License-Identifier: MIT */
/* Divergences that are written up in corpus/known: their list, and which of them one is. */
#include "check_state.h"
#include "../base/notes.h"

#include <stdlib.h>
#include <string.h>

enum { NUM_FIELDS = 7 };

static bool same_or_any(const char *pattern, const char *text)
{
	return !strcmp(pattern, "*") || !strcmp(pattern, text);
}

bool check_known_names(const struct check_known_entry *entry, const struct check_config *config,
		       bool every_smmu)
{
	size_t size = strlen(config->driver);

	if (!strcmp(entry->driver, config->driver))
		return every_smmu || !strcmp(config->smmu, check_default_config().smmu);
	return !strncmp(entry->driver, config->driver, size) && entry->driver[size] == '@' &&
	       !strcmp(entry->driver + size + 1, config->smmu);
}

int check_known_find(const struct check_config *config, const struct divergence *d)
{
	const struct check_known *known = config->known;

	for (unsigned i = 0; i < known->count; i++) {
		const struct check_known_entry *entry = &known->entry[i];

		if (entry->kind == d->kind && check_known_names(entry, config, true) &&
		    notes_listed(entry->op, d->op_text) && same_or_any(entry->rule, d->rule) &&
		    strstr(d->expected, entry->expected) && strstr(d->observed, entry->observed))
			return (int)i;
	}
	return -1;
}

static unsigned kind_of(const char *name)
{
	for (unsigned kind = DIVERGENCE_NONE + 1; kind < DIVERGENCE_KINDS; kind++)
		if (!strcmp(name, divergence_kind_name(kind)))
			return kind;
	return DIVERGENCE_NONE;
}

/* What hardware may do, or did in between: any other kind leaves the two sides in different states. */
static bool leaves_both_alike(enum divergence_kind kind)
{
	switch (kind) {
	case DIVERGENCE_EVENT:
	case DIVERGENCE_REACH:
	case DIVERGENCE_UNREACHABLE:
	case DIVERGENCE_STALE_CONFIG:
	case DIVERGENCE_STALE_TLB:
	case DIVERGENCE_STALE_ATC:
	case DIVERGENCE_ORDER:
		return true;
	default:
		return false;
	}
}

/* What is wrong with the line, NULL for nothing. */
static const char *read_entry(struct check_known_entry *entry, char *text)
{
	char *field[NUM_FIELDS];
	int split = notes_split(text, field, NUM_FIELDS);

	if (split < 0)
		return "wants driver | kind | op | rule | expected | observed | stop or go-on";
	if (split > 0)
		return "has more than seven fields";
	entry->kind = (uint8_t)kind_of(field[1]);
	if (entry->kind == DIVERGENCE_NONE)
		return "names no kind of divergence";
	entry->go_on = !strcmp(field[6], "go-on");
	if (!entry->go_on && strcmp(field[6], "stop"))
		return "ends with neither 'stop' nor 'go-on'";
	if (entry->go_on && !leaves_both_alike((enum divergence_kind)entry->kind))
		return "goes on, which only an event, reach, unreachable, stale-* or order can";
	if (!notes_copy(entry->driver, sizeof(entry->driver), field[0]) ||
	    !notes_copy(entry->op, sizeof(entry->op), field[2]) ||
	    !notes_copy(entry->rule, sizeof(entry->rule), field[3]) ||
	    !notes_copy(entry->expected, sizeof(entry->expected), field[4]) ||
	    !notes_copy(entry->observed, sizeof(entry->observed), field[5]))
		return "has a field that is too long";
	return NULL;
}

static const char *take_line(void *ctx, const char *path, unsigned line, char *fields,
			     struct error *error)
{
	struct check_known *known = ctx;
	struct check_known_entry *entry = &known->entry[known->count];
	const char *wrong;

	if (known->count == CHECK_MAX_KNOWN) {
		error_set(error, "%s:%u: there is room for %d known divergences", path, line,
			  CHECK_MAX_KNOWN);
		return NULL;
	}
	if (!notes_copy(entry->trace, sizeof(entry->trace), path)) {
		error_set(error, "%s: the path is too long", path);
		return NULL;
	}
	wrong = read_entry(entry, fields);
	if (!wrong)
		known->count++;
	return wrong;
}

bool check_known_add(struct check_known *known, const char *path, struct error *error)
{
	return notes_read(path, take_line, known, error);
}

struct check_known *check_known_load(const char *dir, struct error *error)
{
	struct check_known *known = calloc(1, sizeof(*known));

	CHECK(known, "no memory for the known divergences");
	if (notes_read_folder(dir, ".trace", "known divergences", take_line, known, error))
		return known;
	free(known);
	return NULL;
}
