/* SPDX-License-Identifier: MIT */
/* What was observed at a step, and what a folder holds, as numbers. */
#define XXH_INLINE_ALL
#include "digest.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

const char *const digest_word_names[DIGEST_STEP_WORDS] = {
	"op",
	"skipped",
	"error",
	"value",
	"outcome",
	"rights of an ATS completion",
	"events",
	"commands",
	"type of the last event",
	"expected error",
	"expected value",
	"expected outcome",
	"expected rights",
	"expected data",
};

struct digest_step digest_step(unsigned op, const struct check_step *step)
{
	return (struct digest_step){{
		op,
		step->skipped,
		(uint32_t)step->error,
		step->value,
		step->outcome,
		step->ats_prot,
		step->num_events,
		step->num_commands,
		step->event_type,
		(uint32_t)step->expected.error,
		step->expected.value,
		step->expected.access.outcome,
		step->expected.access.prot,
		step->expected.access.value,
	}};
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool add_file(XXH64_state_t *hash, const char *folder, const char *name, struct error *error)
{
	char path[CLI_PATH_MAX], *data;
	size_t size;

	if (!cli_path(path, error, "%s/%s", folder, name) ||
	    !cli_read_file(path, &data, &size, error))
		return false;
	XXH64_update(hash, name, strlen(name) + 1);
	XXH64_update(hash, data, size);
	free(data);
	return true;
}

bool digest_folder(const char *path, uint64_t *digest, unsigned *count, struct error *error)
{
	XXH64_state_t *hash = XXH64_createState();
	struct dirent **entry;
	int found = scandir(path, &entry, is_visible, alphasort);
	bool good = found >= 0;

	CHECK(hash, "no memory for a digest");
	XXH64_reset(hash, 0);
	if (!good)
		error_set(error, "%s: %s; give a folder that can be read", path, strerror(errno));
	for (int i = 0; i < found; i++) {
		good = good && add_file(hash, path, entry[i]->d_name, error);
		free(entry[i]);
	}
	if (found >= 0)
		free(entry);
	*digest = XXH64_digest(hash);
	*count = found > 0 ? (unsigned)found : 0;
	XXH64_freeState(hash);
	return good;
}
