/* SPDX-License-Identifier: MIT */
/* The folder of known divergences: the one that is named, or the tree's. */
#include "cli.h"

#include <string.h>
#include <unistd.h>

struct check_known *cli_load_known(struct check_config *config, const char *dir,
				   struct error *error)
{
	char path[CLI_PATH_MAX];
	struct error nowhere = {0};
	struct check_known *known;

	config->known = NULL;
	if (dir && !strcmp(dir, "none"))
		return NULL;
	if (!dir) {
		if (!cli_tree_path(path, "corpus/known", &nowhere) || access(path, R_OK))
			return NULL;
		dir = path;
	}
	known = check_known_load(dir, error);
	config->known = known;
	return known;
}
