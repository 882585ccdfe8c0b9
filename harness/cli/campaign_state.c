/* SPDX-License-Identifier: MIT */
/*
 * A campaign on disk: what was asked for, and what it has come to. Files are replaced whole, but
 * for progress.csv, whose last line may be cut by a kill and is then dropped.
 */
#include "campaign.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define FORMAT "svafuzz-campaign-1"

static void add_text(cJSON *object, const char *key, const char *text)
{
	CHECK(cJSON_AddStringToObject(object, key, text ? text : ""), "no memory for %s", key);
}

static void add_number(cJSON *object, const char *key, double number)
{
	CHECK(cJSON_AddNumberToObject(object, key, number), "no memory for %s", key);
}

static void add_flag(cJSON *object, const char *key, bool flag)
{
	CHECK(cJSON_AddBoolToObject(object, key, flag), "no memory for %s", key);
}

/* Writes and frees it. */
static bool write_object(cJSON *root, const struct campaign *campaign, const char *name,
			 struct error *error)
{
	char path[CLI_PATH_MAX], *text = cJSON_Print(root);
	bool good;

	CHECK(text, "no memory for %s", name);
	good = cli_path(path, error, "%s/%s", campaign->dir, name) &&
	       cli_write_file(path, text, strlen(text), error);
	cJSON_free(text);
	cJSON_Delete(root);
	return good;
}

static cJSON *read_object(const struct campaign *campaign, const char *name, struct error *error)
{
	char path[CLI_PATH_MAX], *text;
	cJSON *root;
	size_t size;

	if (!cli_path(path, error, "%s/%s", campaign->dir, name))
		return NULL;
	if (access(path, R_OK)) {
		error_set(error, "%s: %s; --resume wants a campaign's folder", path,
			  strerror(errno));
		return NULL;
	}
	if (!cli_read_file(path, &text, &size, error))
		return NULL;
	root = cJSON_Parse(text);
	free(text);
	if (!cJSON_IsObject(root)) {
		cJSON_Delete(root);
		error_set(error, "%s: is no JSON object; the campaign cannot go on", path);
		return NULL;
	}
	return root;
}

static const char *driver_version(const struct campaign *campaign)
{
	const struct driver *driver = driver_find(campaign->config.driver);

	return driver && driver->ops->version ? driver->ops->version(driver) : "";
}

bool campaign_save_options(const struct campaign *campaign, struct error *error)
{
	const struct check_config *config = &campaign->config;
	const char *known = campaign->setup.known;
	cJSON *root = cJSON_CreateObject(), *versions;
	char whole[CLI_PATH_MAX];
	time_t now = time(NULL);
	char stamp[32];
	struct tm utc;

	CHECK(root, "no memory for a campaign");
	gmtime_r(&now, &utc);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &utc);
	/* It may go on in another working directory. */
	if (known && strcmp(known, "none") != 0 && realpath(known, whole))
		known = whole;
	add_text(root, "format", FORMAT);
	add_text(root, "started", *campaign->started_at ? campaign->started_at : stamp);
	add_text(root, "driver", config->driver);
	add_text(root, "smmu", config->smmu);
	add_text(root, "cache", cli_cache_name(config->cache));
	add_text(root, "depth", cli_depth_name(config->depth));
	add_text(root, "fault", config->fault);
	add_text(root, "known", known);
	add_text(root, "engine", engine_name(campaign->engine_kind));
	add_number(root, "seconds", campaign->seconds);
	add_number(root, "runs", (double)campaign->runs);
	add_number(root, "jobs", campaign->jobs);
	add_number(root, "seed", campaign->seed);
	add_flag(root, "stop_at_first", campaign->setup.stop_at_first);
	add_flag(root, "no_seeds", campaign->no_seeds);
	versions = cJSON_AddObjectToObject(root, "versions");
	CHECK(versions, "no memory for the versions");
	add_text(versions, "svafuzz", SVAFUZZ_VERSION);
	add_text(versions, "compiler", __VERSION__);
	add_text(versions, "driver", driver_version(campaign));
	return write_object(root, campaign, "campaign.json", error);
}

/* The same one in a list that was loaded again, perhaps with others in it. */
static void name_known(const struct check_known_entry *entry, char *buffer, size_t size)
{
	const char *slash = strrchr(entry->trace, '/');

	snprintf(buffer, size, "%s %s %s %s %s", slash ? slash + 1 : entry->trace, entry->driver,
		 divergence_kind_name(entry->kind), entry->op, entry->rule);
}

static void add_known(cJSON *root, const struct campaign *campaign,
		      const struct campaign_totals *totals)
{
	cJSON *object = cJSON_AddObjectToObject(root, "known");
	char name[512];

	CHECK(object, "no memory for the known divergences");
	for (unsigned i = 0; campaign->known && i < campaign->known->count; i++) {
		if (!totals->known[i])
			continue;
		name_known(&campaign->known->entry[i], name, sizeof(name));
		add_number(object, name, (double)totals->known[i]);
	}
}

static void add_rules(cJSON *root, const struct campaign_totals *totals)
{
	cJSON *array = cJSON_AddArrayToObject(root, "rules");

	CHECK(array, "no memory for the rules");
	for (unsigned i = 0; i < check_num_rules && i < 64 * ENGINE_RULE_WORDS; i++) {
		if (!(totals->rules[i / 64] >> i % 64 & 1))
			continue;
		CHECK(cJSON_AddItemToArray(array, cJSON_CreateString(check_rules[i].id)),
		      "no memory for a rule");
	}
}

bool campaign_save_state(const struct campaign *campaign, struct error *error)
{
	struct campaign_totals totals = campaign_totals(campaign);
	cJSON *root = cJSON_CreateObject();

	CHECK(root, "no memory for the state");
	add_text(root, "format", FORMAT);
	add_number(root, "seconds", totals.seconds);
	add_number(root, "until", campaign->seconds);
	add_number(root, "traces", (double)totals.traces);
	add_number(root, "coverage", totals.coverage);
	add_number(root, "corpus", totals.corpus);
	add_number(root, "seeds", campaign->num_seeds);
	add_number(root, "resumed", campaign->resumed);
	add_rules(root, &totals);
	add_known(root, campaign, &totals);
	return write_object(root, campaign, "state.json", error);
}

static bool open_progress(const struct campaign *campaign, int *fd, struct error *error)
{
	char path[CLI_PATH_MAX];

	if (!cli_path(path, error, "%s/progress.csv", campaign->dir))
		return false;
	*fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (*fd < 0)
		return error_set(error, "%s: %s; choose a place that can be written", path,
				 strerror(errno));
	return true;
}

bool campaign_add_progress(const struct campaign *campaign, unsigned findings, struct error *error)
{
	static const char header[] = "seconds,traces,coverage,corpus,findings\n";
	struct campaign_totals totals = campaign_totals(campaign);
	char line[sizeof(header) + 128];
	int fd, size;
	bool good;

	if (!open_progress(campaign, &fd, error))
		return false;
	size = snprintf(line, sizeof(line), "%s%.1f,%llu,%u,%u,%u\n",
			lseek(fd, 0, SEEK_END) == 0 ? header : "", totals.seconds,
			(unsigned long long)totals.traces, totals.coverage, totals.corpus,
			findings);
	good = write(fd, line, (size_t)size) == size && !fsync(fd);
	if (!good)
		error_set(error, "%s/progress.csv: %s; make room", campaign->dir, strerror(errno));
	close(fd);
	return good;
}

/* A kill in the middle of the last line. */
static bool drop_cut_line(const struct campaign *campaign, struct error *error)
{
	off_t end, whole = 0;
	char byte;
	int fd;

	if (!open_progress(campaign, &fd, error))
		return false;
	end = lseek(fd, 0, SEEK_END);
	for (whole = end; whole > 0; whole--)
		if (pread(fd, &byte, 1, whole - 1) == 1 && byte == '\n')
			break;
	if (whole < end && ftruncate(fd, whole))
		error_set(error, "%s/progress.csv: %s; choose a place that can be written",
			  campaign->dir, strerror(errno));
	close(fd);
	return !error->set;
}

/* Temporary files of a writer that was killed, and the counters of its engines. */
static void remove_half_written(const struct campaign *campaign, const char *inner)
{
	char dir[CLI_PATH_MAX], path[CLI_PATH_MAX];
	struct error error = {0};
	struct dirent *entry;
	DIR *folder = NULL;

	if (cli_path(dir, &error, "%s/%s", campaign->dir, inner))
		folder = opendir(dir);
	while (folder && (entry = readdir(folder))) {
		const char *name = entry->d_name, *dot = strrchr(name, '.');

		if ((dot && !strcmp(dot, ".tmp")) || !strncmp(name, "stats-", strlen("stats-")))
			if (cli_path(path, &error, "%s/%s", dir, name))
				unlink(path);
	}
	if (folder)
		closedir(folder);
}

bool campaign_take_folder(struct campaign *campaign, struct error *error)
{
	campaign->lock = open(campaign->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (campaign->lock < 0)
		return error_set(error, "%s: %s; name a campaign's folder", campaign->dir,
				 strerror(errno));
	if (flock(campaign->lock, LOCK_EX | LOCK_NB))
		return error_set(error, "%s: its campaign is running; wait for its end",
				 campaign->dir);
	return true;
}

static double number_of(const cJSON *root, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, key);

	return cJSON_IsNumber(item) && item->valuedouble > 0 ? item->valuedouble : 0;
}

/* "" when there is none; goes with the root. */
static const char *text_of(const cJSON *root, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, key);

	return cJSON_IsString(item) ? item->valuestring : "";
}

/* As long as the process lives. */
static const char *keep_text(const cJSON *root, const char *key)
{
	char *copy = strdup(text_of(root, key));

	CHECK(copy, "no memory for %s", key);
	return copy;
}

static bool flag_of(const cJSON *root, const char *key)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(root, key));
}

/* Names in campaign.json are those of the options; an unknown one is the first. */
static void take_names(struct campaign *campaign, const cJSON *root)
{
	static const enum smmu_cache_mode caches[] = {SMMU_CACHE_NONE, SMMU_CACHE_EXACT,
						      SMMU_CACHE_WORST};
	const cJSON *cache = cJSON_GetObjectItemCaseSensitive(root, "cache");
	const cJSON *depth = cJSON_GetObjectItemCaseSensitive(root, "depth");
	const cJSON *engine = cJSON_GetObjectItemCaseSensitive(root, "engine");

	for (size_t i = 0; i < ARRAY_SIZE(caches) && cJSON_IsString(cache); i++)
		if (!strcmp(cache->valuestring, cli_cache_name(caches[i])))
			campaign->config.cache = caches[i];
	if (cJSON_IsString(depth) && !strcmp(depth->valuestring, cli_depth_name(CHECK_ALL)))
		campaign->config.depth = CHECK_ALL;
	if (cJSON_IsString(engine) && !strcmp(engine->valuestring, engine_name(ENGINE_AFL)))
		campaign->engine_kind = ENGINE_AFL;
}

static void take_options(struct campaign *campaign, const cJSON *root)
{
	campaign->config = check_default_config();
	campaign->config.driver = keep_text(root, "driver");
	campaign->config.smmu = keep_text(root, "smmu");
	campaign->config.fault = keep_text(root, "fault");
	campaign->setup.known = *text_of(root, "known") ? keep_text(root, "known") : NULL;
	take_names(campaign, root);
	campaign->seconds = (unsigned)number_of(root, "seconds");
	campaign->runs = (uint64_t)number_of(root, "runs");
	campaign->jobs = (unsigned)number_of(root, "jobs");
	campaign->seed = (unsigned)number_of(root, "seed");
	campaign->setup.stop_at_first = flag_of(root, "stop_at_first");
	campaign->no_seeds = flag_of(root, "no_seeds");
	snprintf(campaign->started_at, sizeof(campaign->started_at), "%s",
		 text_of(root, "started"));
}

static void take_rules(struct campaign_totals *totals, const cJSON *root)
{
	const cJSON *rule;

	cJSON_ArrayForEach(rule, cJSON_GetObjectItemCaseSensitive(root, "rules"))
	{
		for (unsigned i = 0; i < check_num_rules && i < 64 * ENGINE_RULE_WORDS; i++)
			if (cJSON_IsString(rule) && !strcmp(rule->valuestring, check_rules[i].id))
				totals->rules[i / 64] |= 1ull << i % 64;
	}
}

static void take_state(struct campaign *campaign, const cJSON *root)
{
	const cJSON *known = cJSON_GetObjectItemCaseSensitive(root, "known");
	struct campaign_totals *before = &campaign->before;
	char name[512];

	before->seconds = number_of(root, "seconds");
	before->traces = (uint64_t)number_of(root, "traces");
	before->coverage = (unsigned)number_of(root, "coverage");
	before->corpus = (unsigned)number_of(root, "corpus");
	campaign->seconds = (unsigned)number_of(root, "until");
	campaign->num_seeds = (unsigned)number_of(root, "seeds");
	campaign->resumed = (unsigned)number_of(root, "resumed") + 1;
	take_rules(before, root);
	for (unsigned i = 0; campaign->known && i < campaign->known->count; i++) {
		name_known(&campaign->known->entry[i], name, sizeof(name));
		before->known[i] = (uint64_t)number_of(known, name);
	}
}

bool campaign_has_state(const struct campaign *campaign)
{
	char path[CLI_PATH_MAX];
	struct error error = {0};

	return cli_path(path, &error, "%s/state.json", campaign->dir) && !access(path, R_OK);
}

bool campaign_load(struct campaign *campaign, struct error *error)
{
	static const char *const folders[] = {".", "corpus", "findings", "crashes"};
	cJSON *root = read_object(campaign, "campaign.json", error);
	const cJSON *format;
	bool good;

	if (!root)
		return false;
	format = cJSON_GetObjectItemCaseSensitive(root, "format");
	good = cJSON_IsString(format) && !strcmp(format->valuestring, FORMAT);
	if (good)
		take_options(campaign, root);
	cJSON_Delete(root);
	if (!good)
		return error_set(error, "%s/campaign.json: is not of the format %s; start anew",
				 campaign->dir, FORMAT);
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		remove_half_written(campaign, folders[i]);
	campaign->known = cli_load_known(&campaign->config, campaign->setup.known, error);
	if (error->set || !drop_cut_line(campaign, error))
		return false;
	if (!campaign_has_state(campaign))
		return true;
	root = read_object(campaign, "state.json", error);
	if (!root)
		return false;
	take_state(campaign, root);
	cJSON_Delete(root);
	return true;
}
