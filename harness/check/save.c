/* SPDX-License-Identifier: MIT */
#include "save.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 1024 };

static bool write_all(int fd, const char *text, size_t size)
{
	while (size) {
		ssize_t n = write(fd, text, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text += n;
		size -= (size_t)n;
	}
	return true;
}

bool save_file(const char *path, const char *text, size_t size, struct error *error)
{
	char temporary[PATH_SIZE];
	bool good;
	int fd;

	if (snprintf(temporary, sizeof(temporary), "%s.%ld.tmp", path, (long)getpid()) >=
	    (int)sizeof(temporary))
		return error_set(error, "%s: the path is too long", path);
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return error_set(error, "%s: cannot write: %s; choose a folder that can be written",
				 path, strerror(errno));
	good = write_all(fd, text, size) && !fsync(fd);
	good = !close(fd) && good;
	good = good && !rename(temporary, path);
	if (!good) {
		error_set(error, "%s: cannot write: %s; the old content is kept", path,
			  strerror(errno));
		unlink(temporary);
	}
	return good;
}

/* "iomm/emulated/stale-atc/munmap/D-2" -> "iomm-emulated-stale-atc-munmap-D-2". */
static void slug_of(const char *signature, char *slug, size_t size)
{
	size_t i;

	for (i = 0; signature[i] && i + 1 < size; i++)
		slug[i] = isalnum((unsigned char)signature[i]) ? signature[i] : '-';
	slug[i] = '\0';
}

bool finding_save(const char *dir, const struct check_config *config,
		  const struct divergence *divergence, const struct trace *trace, bool *is_new,
		  struct error *error)
{
	static char text[TRACE_TEXT_MAX + 1024];
	static struct trace cut;
	char signature[128], slug[128], path[PATH_SIZE], words[1024];
	size_t size;

	divergence_signature(config, divergence, signature, sizeof(signature));
	slug_of(signature, slug, sizeof(slug));
	snprintf(path, sizeof(path), "%s/%s.trace", dir, slug);
	*is_new = access(path, F_OK) != 0;
	if (!*is_new)
		return true;
	cut = *trace;
	if (divergence->op >= 0 && divergence->op + 1 < cut.num_ops)
		cut.num_ops = (uint16_t)(divergence->op + 1);
	for (unsigned i = 0; i < cut.num_ops; i++)
		cut.op[i].pin = (struct trace_pin){0};
	size = (size_t)snprintf(text, sizeof(text), "# %s\n", signature);
	if (config->fault && *config->fault)
		size += (size_t)snprintf(text + size, sizeof(text) - size, "# planted fault: %s\n",
					 config->fault);
	size += trace_format(&cut, text + size, sizeof(text) - size);
	/* The explanation first: a trace that is there always has one. */
	divergence_format(config, divergence, words, sizeof(words));
	snprintf(path, sizeof(path), "%s/%s.txt", dir, slug);
	if (!save_file(path, words, strlen(words), error))
		return false;
	snprintf(path, sizeof(path), "%s/%s.trace", dir, slug);
	return save_file(path, text, size, error);
}
