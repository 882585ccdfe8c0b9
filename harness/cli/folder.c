/* SPDX-License-Identifier: MIT */
/* The folder of a campaign, whatever it fuzzes. */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

bool cli_make_campaign(char *dir, const char *out, const char *kind, struct error *error)
{
	static const char *const folders[] = {"corpus", "findings", "crashes"};
	char base[CLI_PATH_MAX], path[CLI_PATH_MAX], stamp[32], number[16] = "";
	time_t now = time(NULL);
	struct tm utc;

	gmtime_r(&now, &utc);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &utc);
	if (out ? !cli_path(base, error, "%s", out) : !cli_tree_path(base, "reports", error))
		return false;
	if (!cli_make_dirs(base, error))
		return false;
	for (unsigned i = 1;; i++) {
		if (i > 1 || *kind)
			snprintf(number, sizeof(number), "-%u", i);
		if (!cli_path(dir, error, "%s/%s%s%s", base, stamp, kind, number))
			return false;
		if (!mkdir(dir, 0777))
			break;
		if (errno != EEXIST)
			return error_set(error, "%s: %s; choose another place with --out", dir,
					 strerror(errno));
	}
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (!cli_path(path, error, "%s/%s", dir, folders[i]) || !cli_make_dirs(path, error))
			return false;
	return true;
}
