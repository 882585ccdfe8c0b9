/* SPDX-License-Identifier: MIT */
/* Divergences that are written up in corpus/known: their list, and which of them one is. */
#include "check_state.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { NUM_FIELDS = 7, PATH_SIZE = 1024, LINE_SIZE = 1024 };

static bool same_or_any(const char *pattern, const char *text)
{
	return !strcmp(pattern, "*") || !strcmp(pattern, text);
}

/* Is it one of the names, with commas between them, or do they say any? */
static bool listed(const char *names, const char *name)
{
	size_t size = strlen(name);

	for (const char *at = names;; at++) {
		if (!strncmp(at, name, size) && (!at[size] || at[size] == ','))
			return true;
		at = strchr(at, ',');
		if (!at)
			return !strcmp(names, "*");
	}
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

int known_find(const struct check_config *config, const struct divergence *d)
{
	const struct check_known *known = config->known;

	for (unsigned i = 0; i < known->count; i++) {
		const struct check_known_entry *entry = &known->entry[i];

		if (entry->kind == d->kind && check_known_names(entry, config, true) &&
		    listed(entry->op, d->op_text) && same_or_any(entry->rule, d->rule) &&
		    strstr(d->expected, entry->expected) && strstr(d->observed, entry->observed))
			return (int)i;
	}
	return -1;
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

static unsigned kind_of(const char *name)
{
	for (unsigned kind = DIVERGENCE_NONE + 1; kind < DIVERGENCE_KINDS; kind++)
		if (!strcmp(name, divergence_kind_name(kind)))
			return kind;
	return DIVERGENCE_NONE;
}

static bool take(char *to, size_t size, const char *from)
{
	return snprintf(to, size, "%s", from) < (int)size;
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

	for (unsigned i = 0; i < NUM_FIELDS; i++) {
		field[i] = text ? strsep(&text, "|") : NULL;
		if (!field[i])
			return "wants driver | kind | op | rule | expected | observed | stop or "
			       "go-on";
		field[i] = trim(field[i]);
	}
	if (text)
		return "has more than seven fields";
	entry->kind = (uint8_t)kind_of(field[1]);
	if (entry->kind == DIVERGENCE_NONE)
		return "names no kind of divergence";
	entry->go_on = !strcmp(field[6], "go-on");
	if (!entry->go_on && strcmp(field[6], "stop"))
		return "ends with neither 'stop' nor 'go-on'";
	if (entry->go_on && !leaves_both_alike((enum divergence_kind)entry->kind))
		return "goes on, which only an event, reach, unreachable, stale-* or order can";
	if (!take(entry->driver, sizeof(entry->driver), field[0]) ||
	    !take(entry->op, sizeof(entry->op), field[2]) ||
	    !take(entry->rule, sizeof(entry->rule), field[3]) ||
	    !take(entry->expected, sizeof(entry->expected), field[4]) ||
	    !take(entry->observed, sizeof(entry->observed), field[5]))
		return "has a field that is too long";
	return NULL;
}

static bool add_line(struct check_known *known, const char *path, unsigned line, char *text,
		     struct error *error)
{
	struct check_known_entry *entry = &known->entry[known->count];
	const char *wrong;

	text += strspn(text, "# \t");
	if (strncmp(text, "known:", strlen("known:")))
		return true;
	if (known->count == CHECK_MAX_KNOWN)
		return error_set(error, "%s:%u: there is room for %d known divergences", path, line,
				 CHECK_MAX_KNOWN);
	if (!take(entry->trace, sizeof(entry->trace), path))
		return error_set(error, "%s: the path is too long", path);
	wrong = read_entry(entry, text + strlen("known:"));
	if (wrong)
		return error_set(error, "%s:%u: '# known:' %s; see corpus/known/README.md", path,
				 line, wrong);
	known->count++;
	return true;
}

bool check_known_add(struct check_known *known, const char *path, struct error *error)
{
	FILE *file = fopen(path, "re");
	char text[LINE_SIZE];
	bool good = true;

	if (!file)
		return error_set(error, "%s: %s; give a file that can be read", path,
				 strerror(errno));
	/* Only the leading comments say something. */
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

	return dot && !strcmp(dot, ".trace");
}

struct check_known *check_known_load(const char *dir, struct error *error)
{
	struct check_known *known;
	struct dirent **files;
	char path[PATH_SIZE];
	int count = scandir(dir, &files, is_trace, alphasort);
	bool good = true;

	if (count < 0) {
		error_set(error, "%s: %s; name the folder of known divergences", dir,
			  strerror(errno));
		return NULL;
	}
	known = calloc(1, sizeof(*known));
	CHECK(known, "no memory for the known divergences");
	for (int i = 0; i < count; i++) {
		if (good && snprintf(path, sizeof(path), "%s/%s", dir, files[i]->d_name) >=
				    (int)sizeof(path))
			good = error_set(error, "%s: the path is too long", dir);
		good = good && check_known_add(known, path, error);
		free(files[i]);
	}
	free(files);
	if (good)
		return known;
	free(known);
	return NULL;
}
