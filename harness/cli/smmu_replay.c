/* SPDX-License-Identifier: MIT */
/* svafuzz smmu replay and show: device-level traces run again. */
#define XXH_INLINE_ALL
#include "../device/peer.h"
#include "smmu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct replay {
	struct dev_model *model, *shadow;
	struct dev_peer *peer; /* NULL: the model alone */
	struct dev_known known;
	unsigned repeat;
	bool digest;
	XXH64_state_t *hash, *run;
	unsigned passed, failed, skipped, met;
};

static void hash_step(void *ctx, unsigned step, const struct dev_op *op,
		      const struct dev_result *result)
{
	struct replay *replay = ctx;
	char text[256];
	size_t size = dev_result_format(op, result, text, sizeof(text));

	XXH64_update(replay->run, &step, sizeof(step));
	XXH64_update(replay->run, text, size);
}

static void print_finding(const char *side, const char *path, const struct dev_finding *finding)
{
	bool peer = strcmp(side, "model") != 0;
	char text[1024];

	dev_finding_format(side, finding, text, sizeof(text));
	printf("%s: %s  replay: svafuzz smmu replay%s%s %s\n", path, text, peer ? " --smmu " : "",
	       peer ? side : "", path);
}

/* A trace that shows known differences passes as long as it does. */
static bool replay_beside(struct replay *replay, const char *path, const struct dev_trace *trace,
			  struct error *error)
{
	const char *refused = dev_peer_refuses(&trace->header);
	struct dev_known own = {0};
	struct dev_finding finding;
	uint64_t before = dev_known_hits(&replay->known);
	bool met;
	int known;

	if (refused) {
		printf("%s: not supported by qemu: %s\n", path, refused);
		replay->skipped++;
		return true;
	}
	if (!dev_known_add(&own, path, error))
		return false;
	replay->known.own = path;
	finding = dev_peer_run(replay->peer, trace, &known);
	met = dev_known_hits(&replay->known) != before;
	if (finding.kind != DEV_NOTHING) {
		print_finding("qemu", path, &finding);
		replay->failed++;
	} else if (own.count && !met) {
		printf("%s: differs no more as its '# known:' says\n", path);
		replay->failed++;
	} else {
		replay->met += met;
		replay->passed++;
	}
	return true;
}

static bool replay_file(struct replay *replay, const char *path, struct error *error)
{
	static struct dev_trace trace;
	uint64_t first = 0, digest;

	if (!dev_load(&trace, path, error))
		return false;
	if (replay->peer)
		return replay_beside(replay, path, &trace, error);
	for (unsigned i = 0; i < replay->repeat; i++) {
		struct dev_finding finding;

		XXH64_reset(replay->run, 0);
		finding = dev_run(replay->model, &trace, true, replay->digest ? hash_step : NULL,
				  replay);
		if (finding.kind != DEV_NOTHING) {
			print_finding("model", path, &finding);
			replay->failed++;
			return true;
		}
		XXH64_update(replay->run, dev_model_ram(replay->model), DEV_RAM_BYTES);
		digest = XXH64_digest(replay->run);
		if (i && digest != first) {
			printf("%s: run %u is not the same as the first\n", path, i + 1);
			replay->failed++;
			return true;
		}
		first = digest;
	}
	XXH64_update(replay->hash, &first, sizeof(first));
	replay->passed++;
	return true;
}

static int replay_all(struct replay *replay, const struct cli_files *files)
{
	bool bad_input = false;

	for (size_t i = 0; i < files->count; i++) {
		struct error error = {0};

		if (replay_file(replay, files->path[i], &error))
			continue;
		cli_fail(EXIT_BAD_INPUT, "%s", error.text);
		bad_input = true;
	}
	if (replay->digest)
		printf("digest %016llx\n", (unsigned long long)XXH64_digest(replay->hash));
	printf("%u passed, %u failed", replay->passed, replay->failed);
	if (replay->skipped)
		printf(", %u skipped", replay->skipped);
	if (replay->met)
		printf(", %u of them as known", replay->met);
	putchar('\n');
	if (bad_input)
		return EXIT_BAD_INPUT;
	return replay->failed ? EXIT_DIVERGENCE : EXIT_NOTHING_FOUND;
}

static int replay_traces(struct replay *replay, const struct cli_files *files)
{
	int status;

	replay->hash = XXH64_createState();
	replay->run = XXH64_createState();
	CHECK(replay->hash && replay->run, "no memory for the digest");
	XXH64_reset(replay->hash, 0);
	status = replay_all(replay, files);
	XXH64_freeState(replay->hash);
	XXH64_freeState(replay->run);
	return status;
}

bool smmu_load_known(struct dev_known *known, const char *dir, struct error *error)
{
	char path[CLI_PATH_MAX];

	if (dir && !strcmp(dir, "none"))
		return true;
	if (!dir) {
		struct error none = {0};
		char corpus[CLI_PATH_MAX];

		if (!cli_tree_path(corpus, "corpus", &none) ||
		    !cli_path(path, error, "%s/known", corpus))
			return !error->set;
		dir = path;
	}
	return dev_known_load(known, dir, error);
}

/* The model, and beside a sound one the worst-case caches that judge its answers. */
static struct dev_model *create_models(const struct dev_model_options *options,
				       struct dev_model **shadow, struct error *error)
{
	const struct dev_model_options plain = {.log = false};
	struct dev_model *model = dev_model_create(options, error);

	if (!model || (options->fault && *options->fault))
		return model;
	*shadow = dev_model_create(&plain, error);
	dev_model_shadow(model, *shadow);
	return model;
}

int smmu_replay(int argc, char **argv)
{
	static struct replay replay;
	struct dev_model_options model = {.invariants = true};
	const char *smmu = "emulated", *known_dir = NULL;
	const struct cli_option options[] = {
		{"smmu", CLI_STRING, &smmu, "emulated, or qemu: QEMU beside the model"},
		{"fault", CLI_STRING, &model.fault, "run with this planted fault"},
		CLI_KNOWN_OPTION(&known_dir),
		{"repeat", CLI_UNSIGNED, &replay.repeat, "run each trace so many times"},
		{"digest", CLI_FLAG, &replay.digest,
		 "print a digest of all that was observed; repeats must equal the first run"},
		{NULL, CLI_FLAG, NULL, NULL},
	};
	struct cli_arguments arguments;
	struct cli_files files = {0};
	struct error error = {0};
	int status = EXIT_BAD_INPUT;
	bool missing = false; /* what an error would mean: no QEMU here */

	replay.repeat = 1;
	arguments = cli_parse(argc, argv, options);
	if (arguments.status >= 0)
		return arguments.status;
	if (arguments.count == 0)
		return cli_fail(EXIT_BAD_INPUT, "smmu replay: no file; name traces or folders");
	if (strcmp(smmu, "emulated") && strcmp(smmu, "qemu"))
		return cli_fail(EXIT_BAD_INPUT, "unknown smmu '%s'; emulated or qemu", smmu);
	if (model.fault && *model.fault && !dev_has_faults())
		return smmu_exec_faults(argc, argv);
	for (int i = 0; i < arguments.count && !error.set; i++)
		smmu_files_add(&files, arguments.word[i], &error);
	if (!error.set && !files.count)
		error_set(&error, "%s: no *.smmu file in it; name a folder with traces",
			  arguments.word[0]);
	if (!error.set && smmu_load_known(&replay.known, known_dir, &error)) {
		missing = !strcmp(smmu, "qemu");
		if (missing)
			replay.peer = dev_peer_create(&replay.known, model.fault, &error);
		else
			replay.model = create_models(&model, &replay.shadow, &error);
	}
	if (!error.set)
		status = replay_traces(&replay, &files);
	if (replay.model)
		dev_model_destroy(replay.model);
	if (replay.shadow)
		dev_model_destroy(replay.shadow);
	dev_peer_destroy(replay.peer);
	cli_files_free(&files);
	return error.set ? cli_fail(missing ? EXIT_MISSING : EXIT_BAD_INPUT, "%s", error.text)
			 : status;
}

static void print_step(void *ctx, unsigned step, const struct dev_op *op,
		       const struct dev_result *result)
{
	char line[DEV_LINE_SIZE], shown[256];

	(void)ctx;
	dev_format_op(op, false, line, sizeof(line));
	dev_result_format(op, result, shown, sizeof(shown));
	printf("%3u  %-40s%s%s\n", step + 1, line, *shown ? " => " : "", shown);
}

int smmu_show(int argc, char **argv)
{
	static struct dev_trace trace;
	struct dev_model_options model_options = {.invariants = true};
	const struct cli_option options[] = {
		{"fault", CLI_STRING, &model_options.fault, "run with this planted fault"},
		{NULL, CLI_FLAG, NULL, NULL},
	};
	struct cli_arguments arguments = cli_parse(argc, argv, options);
	struct dev_finding finding;
	struct dev_model *model;
	struct error error = {0};

	if (arguments.status >= 0)
		return arguments.status;
	if (arguments.count != 1)
		return cli_fail(EXIT_BAD_INPUT, "smmu show: %d files; name one", arguments.count);
	if (!dev_load(&trace, arguments.word[0], &error) ||
	    !(model = dev_model_create(&model_options, &error)))
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	finding = dev_run(model, &trace, true, print_step, NULL);
	dev_model_destroy(model);
	if (finding.kind == DEV_NOTHING)
		return EXIT_NOTHING_FOUND;
	print_finding("model", arguments.word[0], &finding);
	return EXIT_DIVERGENCE;
}
