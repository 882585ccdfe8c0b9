/* SPDX-License-Identifier: MIT */
/* The file of signatures that a gate does not go red for. */
#include "baseline.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool signatures_have(const struct signatures *set, const char *signature)
{
	for (size_t i = 0; i < set->count; i++)
		if (!strcmp(set->name[i], signature))
			return true;
	return false;
}

void signatures_add(struct signatures *set, const char *signature)
{
	if (signatures_have(set, signature))
		return;
	if (set->count == set->room) {
		set->room = set->room ? 2 * set->room : 64;
		set->name = realloc(set->name, set->room * sizeof(*set->name));
		CHECK(set->name, "no memory for %zu signatures", set->room);
	}
	snprintf(set->name[set->count++], sizeof(*set->name), "%s", signature);
}

void signatures_free(struct signatures *set)
{
	free(set->name);
	*set = (struct signatures){0};
}

static bool is_kind(const char *word)
{
	for (unsigned kind = DIVERGENCE_NONE + 1; kind < DIVERGENCE_KINDS; kind++)
		if (!strcmp(word, divergence_kind_name(kind)))
			return true;
	return false;
}

/* "iomm/emulated/stale-atc/munmap/D-2": what is wrong with it, NULL for nothing. */
static const char *wrong_with(const char *line)
{
	char words[160], *save = NULL, *word[5];
	size_t size = strlen(line);

	if (size >= sizeof(words))
		return "is too long";
	memcpy(words, line, size + 1);
	for (unsigned i = 0; i < ARRAY_SIZE(word); i++) {
		word[i] = strtok_r(i ? NULL : words, i < 4 ? "/" : "", &save);
		if (!word[i])
			return "wants driver/smmu/kind/op/rule";
	}
	if (!driver_find(word[0]) && !driver_missing(word[0]))
		return "names no driver first";
	if (!smmu_socket_find(word[1]))
		return "names no smmu after the driver";
	if (!is_kind(word[2]))
		return "names no kind of divergence after the smmu";
	return strpbrk(line, " \t") ? "has a space in it" : NULL;
}

/* Without its comment and the space around it. */
static char *strip(char *line)
{
	char *end;

	line[strcspn(line, "#\r")] = '\0';
	line += strspn(line, " \t");
	end = line + strlen(line);
	while (end > line && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return line;
}

bool baseline_read(struct signatures *set, const char *path, struct error *error)
{
	unsigned number = 0;
	size_t size;
	char *text, *next;

	if (!cli_read_file(path, &text, &size, error))
		return false;
	if (strlen(text) != size)
		error_set(error, "%s:1: is not text; give one signature a line", path);
	for (char *line = text; line && !error->set; line = next) {
		const char *wrong;

		number++;
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		line = strip(line);
		if (!*line)
			continue;
		wrong = wrong_with(line);
		if (wrong)
			error_set(error, "%s:%u: '%.60s' %s; give one signature a line", path,
				  number, line, wrong);
		else
			signatures_add(set, line);
	}
	free(text);
	return !error->set;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

bool baseline_write(struct signatures *set, const char *path, struct error *error)
{
	static const char header[] = "# Signatures that svafuzz gate does not go red for.\n";
	size_t room = sizeof(header) + set->count * (sizeof(*set->name) + 1), size;
	char *text = malloc(room);
	bool good;

	CHECK(text, "no memory for a baseline");
	if (set->count)
		qsort(set->name, set->count, sizeof(*set->name), by_name);
	size = (size_t)snprintf(text, room, "%s", header);
	for (size_t i = 0; i < set->count; i++)
		size += (size_t)snprintf(text + size, room - size, "%s\n", set->name[i]);
	good = cli_write_file(path, text, size, error);
	free(text);
	return good;
}
