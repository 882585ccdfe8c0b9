/* SPDX-License-Identifier: MIT */
#include "known.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUM_FIELDS = 5, LINE_SIZE = 1024, PATH_SIZE = 1024 };

static bool listed(const char *names, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = names;; at++) {
		if (!strncmp(at, name, length) && (!at[length] || at[length] == ','))
			return true;
		at = strchr(at, ',');
		if (!at)
			return !strcmp(names, "*");
	}
}

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
		    !listed(entry->op, finding->op) || !says(finding->expected, entry->expected) ||
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

static char *trim(char *text)
{
	size_t size;

	text += strspn(text, " \t");
	size = strlen(text);
	while (size && strchr(" \t\r\n", text[size - 1]))
		text[--size] = '\0';
	return text;
}

static bool take(char *to, size_t size, const char *from)
{
	return snprintf(to, size, "%s", from) < (int)size;
}

static const char *read_entry(struct dev_known_entry *entry, char *text)
{
	char *field[NUM_FIELDS];

	for (unsigned i = 0; i < NUM_FIELDS; i++) {
		field[i] = text ? strsep(&text, "|") : NULL;
		if (!field[i])
			return "wants side | op | expected | observed | stop, go-on or here";
		field[i] = trim(field[i]);
	}
	if (text)
		return "has more than five fields";
	entry->go_on = !strcmp(field[4], "go-on");
	entry->here = !strcmp(field[4], "here");
	if (!entry->go_on && !entry->here && strcmp(field[4], "stop"))
		return "ends with none of stop, go-on, here";
	if (!take(entry->side, sizeof(entry->side), field[0]) ||
	    !take(entry->op, sizeof(entry->op), field[1]) ||
	    !take(entry->expected, sizeof(entry->expected), field[2]) ||
	    !take(entry->observed, sizeof(entry->observed), field[3]))
		return "has a field that is too long";
	return NULL;
}

static bool add_line(struct dev_known *known, const char *path, unsigned line, char *text,
		     struct error *error)
{
	struct dev_known_entry *entry = &known->entry[known->count];
	const char *wrong;

	text += strspn(text, "# \t");
	if (strncmp(text, "known:", strlen("known:")))
		return true;
	if (known->count == DEV_MAX_KNOWN)
		return error_set(error, "%s:%u: there is room for %d known differences", path, line,
				 DEV_MAX_KNOWN);
	snprintf(entry->trace, sizeof(entry->trace), "%s", path);
	wrong = read_entry(entry, text + strlen("known:"));
	if (wrong)
		return error_set(error, "%s:%u: '# known:' %s; see corpus/known/README.md", path,
				 line, wrong);
	known->count++;
	return true;
}

bool dev_known_add(struct dev_known *known, const char *path, struct error *error)
{
	FILE *file = fopen(path, "re");
	char text[LINE_SIZE];
	bool good = true;

	if (!file)
		return error_set(error, "%s: %s; give a file that can be read", path,
				 strerror(errno));
	for (unsigned line = 1; good && fgets(text, sizeof(text), file); line++) {
		if (text[0] != '#' && text[0] != '\n')
			break;
		good = add_line(known, path, line, text, error);
	}
	fclose(file);
	return good;
}

static int is_trace(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && !strcmp(dot, ".smmu");
}

bool dev_known_load(struct dev_known *known, const char *dir, struct error *error)
{
	struct dirent **files;
	char path[PATH_SIZE];
	int count = scandir(dir, &files, is_trace, alphasort);
	bool good = true;

	if (count < 0)
		return error_set(error, "%s: %s; name the folder of known differences", dir,
				 strerror(errno));
	for (int i = 0; i < count; i++) {
		if (good &&
		    snprintf(path, sizeof(path), "%s/%s", dir, files[i]->d_name) < PATH_SIZE)
			good = dev_known_add(known, path, error);
		free(files[i]);
	}
	free(files);
	return good;
}
