/* SPDX-License-Identifier: MIT */
#include "known.h"
#include "../base/notes.h"

#include <stdio.h>
#include <string.h>

enum { NUM_FIELDS = 5 };

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* A line that is for its own trace alone counts when that is run. */
static bool applies(const struct dev_known *known, const struct dev_known_entry *entry)
{
	return !entry->here ||
	       (known->own && !strcmp(base_name(known->own), base_name(entry->trace)));
}

/* A part of the text, or after '=' all of it. */
static bool says(const char *text, const char *pattern)
{
	return *pattern == '=' ? !strcmp(text, pattern + 1) : strstr(text, pattern) != NULL;
}

int dev_known_find(struct dev_known *known, const char *side, const struct dev_finding *finding)
{
	for (unsigned i = 0; known && i < known->count; i++) {
		const struct dev_known_entry *entry = &known->entry[i];

		if (!applies(known, entry) || strcmp(entry->side, side) ||
		    !notes_listed(entry->op, finding->op) ||
		    !says(finding->expected, entry->expected) ||
		    !says(finding->observed, entry->observed))
			continue;
		known->hits[i]++;
		return (int)i;
	}
	return -1;
}

uint64_t dev_known_hits(const struct dev_known *known)
{
	uint64_t hits = 0;

	for (unsigned i = 0; known && i < known->count; i++)
		hits += known->hits[i];
	return hits;
}

static const char *read_entry(struct dev_known_entry *entry, char *text)
{
	char *field[NUM_FIELDS];
	int split = notes_split(text, field, NUM_FIELDS);

	if (split < 0)
		return "wants side | op | expected | observed | stop, go-on or here";
	if (split > 0)
		return "has more than five fields";
	entry->go_on = !strcmp(field[4], "go-on");
	entry->here = !strcmp(field[4], "here");
	if (!entry->go_on && !entry->here && strcmp(field[4], "stop"))
		return "ends with none of stop, go-on, here";
	if (!notes_copy(entry->side, sizeof(entry->side), field[0]) ||
	    !notes_copy(entry->op, sizeof(entry->op), field[1]) ||
	    !notes_copy(entry->expected, sizeof(entry->expected), field[2]) ||
	    !notes_copy(entry->observed, sizeof(entry->observed), field[3]))
		return "has a field that is too long";
	return NULL;
}

static const char *take_line(void *ctx, const char *path, unsigned line, char *fields,
			     struct error *error)
{
	struct dev_known *known = ctx;
	struct dev_known_entry *entry = &known->entry[known->count];
	const char *wrong;

	if (known->count == DEV_MAX_KNOWN) {
		error_set(error, "%s:%u: there is room for %d known differences", path, line,
			  DEV_MAX_KNOWN);
		return NULL;
	}
	snprintf(entry->trace, sizeof(entry->trace), "%s", path);
	wrong = read_entry(entry, fields);
	if (!wrong)
		known->count++;
	return wrong;
}

bool dev_known_add(struct dev_known *known, const char *path, struct error *error)
{
	return notes_read(path, take_line, known, error);
}

bool dev_known_load(struct dev_known *known, const char *dir, struct error *error)
{
	return notes_read_folder(dir, ".smmu", "known differences", take_line, known, error);
}
