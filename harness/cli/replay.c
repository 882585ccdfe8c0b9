/* SPDX-License-Identifier: MIT */
/* svafuzz replay: run traces, judge each, say which failed and why. */
#define XXH_INLINE_ALL
#include "cli.h"
#include "digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct replay {
	struct check_config config;
	unsigned repeat;
	bool digest;
	struct check *check;
	XXH64_state_t *hash, *run; /* of everything; of one run of a trace */
	uint64_t first;		   /* digest of the trace's first run */
	unsigned passed, failed, skipped, known;
};

static void hash_step(void *ctx, unsigned op, const struct check_step *step)
{
	struct replay *replay = ctx;
	const struct digest_step words = digest_step(op, step);

	XXH64_update(replay->run, words.word, sizeof(words.word));
}

static void hash_divergence(struct replay *replay, const struct divergence *divergence)
{
	char text[1024];
	size_t size = divergence_format(&replay->config, divergence, text, sizeof(text));

	if (divergence->kind != DIVERGENCE_NONE)
		XXH64_update(replay->run, text, size);
}

/* Entries of the file's own for this driver; all of them are to be met. */
static bool all_met(const struct replay *replay, const struct check_known *own)
{
	for (unsigned i = 0; i < own->count; i++)
		if (check_known_names(&own->entry[i], &replay->config, false) &&
		    !check_known_hits(replay->check, i))
			return false;
	return true;
}

/* A trace that shows a known divergence passes as long as it does. */
static bool replay_known(struct replay *replay, const char *path, const struct check_known *own,
			 struct error *error)
{
	static struct trace trace;
	struct divergence divergence;
	bool ours = false;

	for (unsigned i = 0; i < own->count; i++)
		ours |= check_known_names(&own->entry[i], &replay->config, false);
	if (!ours) {
		replay->skipped++;
		return true;
	}
	if (!cli_load(&trace, path, error))
		return false;
	check_use_known(replay->check, own);
	divergence = check_run(replay->check, &trace, NULL, NULL);
	if (divergence.kind != DIVERGENCE_NONE) {
		cli_print_finding(&replay->config, path, &trace, &divergence);
		replay->failed++;
	} else if (!all_met(replay, own)) {
		printf("%s: diverges no more as its '# known:' says; move it to regressions/\n",
		       path);
		replay->failed++;
	} else {
		printf("%s: known: still diverges\n", path);
		replay->passed++;
	}
	check_use_known(replay->check, replay->config.known);
	return true;
}

/* Every run of a trace is the first one over again. */
static bool same_as_before(struct replay *replay, unsigned run, const char *path)
{
	uint64_t digest = XXH64_digest(replay->run);

	if (!run) {
		replay->first = digest;
		XXH64_update(replay->hash, &digest, sizeof(digest));
	} else if (digest != replay->first) {
		printf("%s: run %u is not the same as the first\n", path, run + 1);
		replay->failed++;
		return false;
	}
	return true;
}

/* The trace wants what this smmu has not. */
static bool skipped_here(struct replay *replay, const char *path)
{
	const char *what = check_unsupported(replay->check);

	if (!what)
		return false;
	printf("%s: not supported by %s: %s\n", path, replay->config.smmu, what);
	replay->skipped++;
	return true;
}

static bool replay_file(struct replay *replay, const char *path, struct error *error)
{
	static struct check_known own;
	static struct trace trace;
	struct divergence divergence;

	if (!cli_for_driver(path, replay->config.driver)) {
		replay->skipped++;
		return true;
	}
	own.count = 0;
	if (!check_known_add(&own, path, error))
		return false;
	if (own.count)
		return replay_known(replay, path, &own, error);
	if (!cli_load(&trace, path, error))
		return false;
	for (unsigned i = 0; i < replay->repeat; i++) {
		if (replay->digest)
			XXH64_reset(replay->run, 0);
		divergence =
			check_run(replay->check, &trace, replay->digest ? hash_step : NULL, replay);
		if (replay->digest) {
			hash_divergence(replay, &divergence);
			if (!same_as_before(replay, i, path))
				return true;
		}
		if (divergence.kind != DIVERGENCE_NONE) {
			cli_print_finding(&replay->config, path, &trace, &divergence);
			replay->failed++;
			return true;
		}
	}
	if (skipped_here(replay, path))
		return true;
	if (check_known_end(replay->check) >= 0)
		replay->known++;
	else
		replay->passed++;
	return true;
}

static int replay_all(struct replay *replay, const struct cli_files *files)
{
	bool bad_input = false;

	for (size_t i = 0; i < files->count; i++) {
		struct error error = {0};

		if (!replay_file(replay, files->path[i], &error)) {
			cli_fail(EXIT_BAD_INPUT, "%s", error.text);
			bad_input = true;
		}
	}
	if (replay->digest)
		printf("digest %016llx\n", (unsigned long long)XXH64_digest(replay->hash));
	printf("%u passed, %u failed", replay->passed, replay->failed);
	if (replay->skipped)
		printf(", %u skipped", replay->skipped);
	if (replay->known)
		printf(", %u ended at a known divergence", replay->known);
	putchar('\n');
	if (bad_input)
		return EXIT_BAD_INPUT;
	return replay->failed ? EXIT_DIVERGENCE : EXIT_NOTHING_FOUND;
}

static int replay_files(struct replay *replay, const struct cli_arguments *arguments)
{
	struct cli_files files = {0};
	struct error error = {0};
	int status;

	for (int i = 0; i < arguments->count; i++)
		if (!cli_files_add(&files, arguments->word[i], &error))
			goto out_bad;
	if (files.count == 0) {
		error_set(&error, "%s: no *.trace or *.bin file in it; name a folder with traces",
			  arguments->word[0]);
		goto out_bad;
	}
	replay->check = check_create(&replay->config, &error);
	if (!replay->check)
		goto out_bad;
	replay->hash = XXH64_createState();
	replay->run = XXH64_createState();
	CHECK(replay->hash && replay->run, "no memory for the digest");
	XXH64_reset(replay->hash, 0);
	status = replay_all(replay, &files);
	XXH64_freeState(replay->hash);
	XXH64_freeState(replay->run);
	check_destroy(replay->check);
	cli_files_free(&files);
	return status;

out_bad:
	cli_files_free(&files);
	return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
}

int cli_replay(int argc, char **argv)
{
	struct replay replay = {.config = check_default_config(), .repeat = 1};
	const char *known_dir = NULL;
	const struct cli_option options[] = {
		CLI_CONFIG_OPTIONS(&replay.config),
		{"fault", CLI_STRING, &replay.config.fault, "run with this planted fault"},
		CLI_KNOWN_OPTION(&known_dir),
		{"repeat", CLI_UNSIGNED, &replay.repeat, "run each trace so many times"},
		{"digest", CLI_FLAG, &replay.digest,
		 "print a digest of all that was observed; repeats must equal the first run"},
		{NULL, CLI_FLAG, NULL, NULL},
	};
	struct cli_arguments arguments;
	struct check_known *known;
	struct error error = {0};
	int status;

	replay.config.pins = true;
	arguments = cli_parse(argc, argv, options);
	if (arguments.status >= 0)
		return arguments.status;
	if (arguments.count == 0)
		return cli_fail(EXIT_BAD_INPUT, "replay: no file; name traces or folders of them");
	if (replay.repeat == 0)
		return cli_fail(EXIT_BAD_INPUT, "replay: --repeat 0 runs nothing; give 1 or more");
	status = cli_check_config(&replay.config);
	if (status)
		return status;
	if (replay.config.fault && *replay.config.fault && !check_has_faults())
		return cli_exec_faults(argc, argv);
	known = cli_load_known(&replay.config, known_dir, &error);
	status = error.set ? cli_fail(EXIT_BAD_INPUT, "%s", error.text)
			   : replay_files(&replay, &arguments);
	free(known);
	return status;
}
