/* SPDX-License-Identifier: MIT */
#include "notes.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 1024, LINE_SIZE = 1024 };

bool notes_listed(const char *names, const char *name)
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

bool notes_copy(char *to, size_t size, const char *from)
{
	return snprintf(to, size, "%s", from) < (int)size;
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

int notes_split(char *text, char **field, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		field[i] = text ? strsep(&text, "|") : NULL;
		if (!field[i])
			return -1;
		field[i] = trim(field[i]);
	}
	return text ? 1 : 0;
}

static bool take_line(const char *path, unsigned line, char *text, notes_take *take, void *ctx,
		      struct error *error)
{
	const char *wrong;

	text += strspn(text, "# \t");
	if (strncmp(text, "known:", strlen("known:")))
		return true;
	wrong = take(ctx, path, line, text + strlen("known:"), error);
	if (wrong)
		return error_set(error, "%s:%u: '# known:' %s; see corpus/known/README.md", path,
				 line, wrong);
	return !error->set;
}

bool notes_read(const char *path, notes_take *take, void *ctx, struct error *error)
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
		good = take_line(path, line, text, take, ctx, error);
	}
	fclose(file);
	return good;
}

bool notes_read_folder(const char *dir, const char *suffix, const char *what, notes_take *take,
		       void *ctx, struct error *error)
{
	struct dirent **files;
	char path[PATH_SIZE];
	int count = scandir(dir, &files, NULL, alphasort);
	bool good = true;

	if (count < 0)
		return error_set(error, "%s: %s; name the folder of %s", dir, strerror(errno),
				 what);
	for (int i = 0; i < count; i++) {
		const char *dot = strrchr(files[i]->d_name, '.');

		if (good && dot && !strcmp(dot, suffix)) {
			if (snprintf(path, sizeof(path), "%s/%s", dir, files[i]->d_name) >=
			    (int)sizeof(path))
				good = error_set(error, "%s: the path is too long", dir);
			good = good && notes_read(path, take, ctx, error);
		}
		free(files[i]);
	}
	free(files);
	return good;
}
