/* SPDX-License-Identifier: MIT */
/* Paths and whole files: read, written all or nothing, found in folders in sorted order. */
#include "cli.h"

#include "../check/save.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_FILE_SIZE = 16 << 20, MAX_FOLDER_DEPTH = 16 };

bool cli_path(char *buffer, struct error *error, const char *fmt, ...)
{
	va_list args;
	int size;

	va_start(args, fmt);
	size = vsnprintf(buffer, CLI_PATH_MAX, fmt, args);
	va_end(args);
	if (size < 0 || size >= CLI_PATH_MAX)
		return error_set(error, "%.80s...: path too long; use a shorter one", buffer);
	return true;
}

static bool read_all(int fd, char *data, size_t room, size_t *size)
{
	*size = 0;
	while (*size < room) {
		ssize_t count = read(fd, data + *size, room - *size);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return false;
		if (count == 0)
			return true;
		*size += (size_t)count;
	}
	errno = EFBIG;
	return false;
}

bool cli_read_file(const char *path, char **data, size_t *size, struct error *error)
{
	struct stat info;
	size_t room;
	int fd;

	*data = NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &info)) {
		error_set(error, "%s: %s; give a file that can be read", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return false;
	}
	room = S_ISREG(info.st_mode) && info.st_size < MAX_FILE_SIZE ? (size_t)info.st_size + 1
								     : MAX_FILE_SIZE;
	*data = malloc(room + 1);
	CHECK(*data, "no memory for %zu bytes", room);
	if (!read_all(fd, *data, room, size)) {
		error_set(error, "%s: %s; give a trace file", path, strerror(errno));
		free(*data);
		*data = NULL;
		close(fd);
		return false;
	}
	(*data)[*size] = '\0';
	close(fd);
	return true;
}

static bool write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t count = write(fd, data, size);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return false;
		data += count;
		size -= (size_t)count;
	}
	return true;
}

static bool write_failed(const char *path, int code, struct error *error)
{
	const char *advice = code == ENOSPC ? "make room" : "choose a place that can be written";

	return error_set(error, "%s: %s; %s", path, strerror(code), advice);
}

/* Pipes and devices are not replaced by a file. */
static bool write_in_place(const char *path, const void *data, size_t size, struct error *error)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write_all(fd, data, size);
	int code = errno;

	if (fd >= 0 && close(fd) && good) {
		good = false;
		code = errno;
	}
	return good || write_failed(path, code, error);
}

bool cli_write_file(const char *path, const void *data, size_t size, struct error *error)
{
	struct stat info;

	if (stat(path, &info) || S_ISREG(info.st_mode))
		return save_file(path, data, size, error);
	if (S_ISDIR(info.st_mode))
		return error_set(error, "%s: is a folder; name a file in it", path);
	return write_in_place(path, data, size, error);
}

bool cli_make_dirs(const char *path, struct error *error)
{
	char part[CLI_PATH_MAX];

	if (!cli_path(part, error, "%s", path))
		return false;
	for (char *slash = strchr(part + 1, '/');; slash = strchr(slash + 1, '/')) {
		if (slash)
			*slash = '\0';
		if (mkdir(part, 0777) && errno != EEXIST)
			return write_failed(part, errno, error);
		if (!slash)
			return true;
		*slash = '/';
	}
}

bool cli_remove_tree(const char *path)
{
	char inner[CLI_PATH_MAX];
	struct error error = {0};
	struct dirent *entry;
	bool good = true;
	DIR *dir = opendir(path);

	if (!dir)
		return unlink(path) == 0;
	while ((entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (!cli_path(inner, &error, "%s/%s", path, entry->d_name))
			good = false;
		else if (unlink(inner) && !cli_remove_tree(inner))
			good = false;
	}
	closedir(dir);
	return rmdir(path) == 0 && good;
}

/* The folder of the running program, without the last slash. */
static bool program_dir(char *buffer)
{
	ssize_t size = readlink("/proc/self/exe", buffer, CLI_PATH_MAX - 1);
	char *slash;

	if (size <= 0)
		return false;
	buffer[size] = '\0';
	slash = strrchr(buffer, '/');
	if (!slash)
		return false;
	*slash = '\0';
	return true;
}

const char *cli_sibling(char *buffer, const char *name)
{
	char dir[CLI_PATH_MAX];
	struct error error = {0};

	if (!program_dir(dir) || !cli_path(buffer, &error, "%s/%s", dir, name))
		return NULL;
	return access(buffer, R_OK) ? NULL : buffer;
}

const char *cli_program(char *buffer)
{
	char dir[CLI_PATH_MAX], here[CLI_PATH_MAX];
	struct error error = {0};
	size_t size;

	if (!program_dir(dir) || !cli_path(buffer, &error, "%s/svafuzz", dir))
		return "svafuzz";
	size = getcwd(here, sizeof(here)) ? strlen(here) : 0;
	if (size > 1 && !strncmp(buffer, here, size) && buffer[size] == '/')
		return buffer + size + 1;
	return buffer;
}

bool cli_tree_path(char *buffer, const char *name, struct error *error)
{
	char dir[CLI_PATH_MAX], mark[CLI_PATH_MAX];
	bool known = program_dir(dir);

	if (!access("corpus/seeds", R_OK))
		return cli_path(buffer, error, "%s", name);
	for (int up = 0; known && up < 4; up++) {
		char *slash = strrchr(dir, '/');

		if (!slash)
			break;
		*slash = '\0';
		if (!cli_path(mark, error, "%s/corpus/seeds", dir))
			return false;
		if (!access(mark, R_OK))
			return cli_path(buffer, error, "%s/%s", dir, name);
	}
	return error_set(error, "corpus/seeds: not here nor above the program; "
				"run in the source tree");
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t size = strlen(name), tail = strlen(suffix);

	return size > tail && !strcmp(name + size - tail, suffix);
}

void cli_files_push(struct cli_files *files, const char *path)
{
	if (files->count == files->room) {
		files->room = files->room ? 2 * files->room : 64;
		files->path = realloc(files->path, files->room * sizeof(*files->path));
		CHECK(files->path, "no memory for %zu paths", files->room);
	}
	files->path[files->count] = strdup(path);
	CHECK(files->path[files->count], "no memory for a path");
	files->count++;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool add_folder(struct cli_files *files, const char *path, int depth, struct error *error)
{
	char inner[CLI_PATH_MAX];
	struct dirent *entry;
	struct stat info;
	bool good = true;
	DIR *dir = opendir(path);

	if (!dir)
		return error_set(error, "%s: %s; give a folder that can be read", path,
				 strerror(errno));
	while (good && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		good = cli_path(inner, error, "%s/%s", path, entry->d_name);
		if (!good || stat(inner, &info))
			continue;
		if (S_ISDIR(info.st_mode) && depth < MAX_FOLDER_DEPTH)
			good = add_folder(files, inner, depth + 1, error);
		else if (has_suffix(inner, ".trace") || has_suffix(inner, ".bin"))
			cli_files_push(files, inner);
	}
	closedir(dir);
	return good;
}

bool cli_files_add(struct cli_files *files, const char *path, struct error *error)
{
	size_t first = files->count;
	struct stat info;

	if (stat(path, &info))
		return error_set(error, "%s: %s; give a trace file or a folder of them", path,
				 strerror(errno));
	if (!S_ISDIR(info.st_mode)) {
		cli_files_push(files, path);
		return true;
	}
	if (!add_folder(files, path, 0, error))
		return false;
	if (files->count > first)
		qsort(files->path + first, files->count - first, sizeof(*files->path), by_name);
	return true;
}

void cli_files_free(struct cli_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->path[i]);
	free(files->path);
	*files = (struct cli_files){0};
}
