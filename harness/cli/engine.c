/* SPDX-License-Identifier: MIT */
/* A fuzzing engine as a child process: how it is called and what its output says. */
#include "engine.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_WORDS = 24, MAX_ENV = 20, WORD_SIZE = CLI_PATH_MAX + 64, STOP_SECONDS = 5 };

/* Words of a command line or an environment, NULL-terminated. */
struct words {
	unsigned count;
	char *word[MAX_WORDS + 1];
};

static void add(struct words *words, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct words *words, const char *fmt, ...)
{
	va_list args;

	CHECK(words->count < MAX_WORDS, "too many words");
	words->word[words->count] = malloc(WORD_SIZE);
	CHECK(words->word[words->count], "no memory for a word");
	va_start(args, fmt);
	vsnprintf(words->word[words->count], WORD_SIZE, fmt, args);
	va_end(args);
	words->word[++words->count] = NULL;
}

static void free_words(struct words *words)
{
	for (unsigned i = 0; i < words->count; i++)
		free(words->word[i]);
}

const char *engine_name(enum engine_kind kind)
{
	static const char *const names[] = {
		[ENGINE_LIBFUZZER] = "libfuzzer",
		[ENGINE_AFL] = "afl",
	};

	return names[kind];
}

bool engine_is_artifact(const char *name)
{
	static const char *const prefixes[] = {"crash-", "timeout-", "oom-", "leak-", "id:"};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

static bool on_path(const char *program)
{
	char words[CLI_PATH_MAX], file[CLI_PATH_MAX], *save = NULL;
	const char *path = getenv("PATH");
	struct error error = {0};

	if (!path || !cli_path(words, &error, "%s", path))
		return false;
	for (char *dir = strtok_r(words, ":", &save); dir; dir = strtok_r(NULL, ":", &save))
		if (cli_path(file, &error, "%s/%s", dir, program) && !access(file, X_OK))
			return true;
	return false;
}

/* "fuzz_bind"; for another driver than ours "fuzz_linux_6_12" and the like. */
static void target_name(const struct engine_setup *setup, char *name, size_t size)
{
	const char *driver = setup->config->driver;
	bool fault = setup->config->fault && *setup->config->fault;

	/* fuzz_bind_faults has every driver of the build and runs the one that it is told. */
	if (fault || !strcmp(driver, check_default_config().driver)) {
		snprintf(name, size, fault ? "fuzz_bind_faults" : "fuzz_bind");
		return;
	}
	snprintf(name, size, "fuzz_%s", driver);
	for (char *at = name; *at; at++)
		if (*at == '-' || *at == '.')
			*at = '_';
}

static bool find_libfuzzer(struct engine_setup *setup, struct error *error)
{
	const char *driver = setup->config->driver;
	char name[64];

	target_name(setup, name, sizeof(name));
	if (cli_sibling(setup->target, name))
		return true;
	if (strcmp(driver, check_default_config().driver))
		return error_set(
			error, "%s is not beside this program; build it: scripts/fuzz --driver %s",
			name, driver);
	return error_set(error,
			 "%s is not beside this program; install clang and libclang-rt-dev "
			 "and build again: scripts/fuzz does both",
			 name);
}

bool engine_find(struct engine_setup *setup, struct error *error)
{
	if (setup->kind == ENGINE_LIBFUZZER)
		return find_libfuzzer(setup, error);
	if (setup->config->fault && *setup->config->fault)
		return error_set(error, "--engine afl has no planted faults; use libfuzzer");
	if (strcmp(setup->config->driver, check_default_config().driver))
		return error_set(error, "--engine afl is built for %s only; use libfuzzer",
				 check_default_config().driver);
	if (!on_path("afl-fuzz"))
		return error_set(error, "afl-fuzz is missing; apt-get install afl++");
	if (!cli_sibling(setup->target, "afl/fuzz_bind"))
		return error_set(error, "afl/fuzz_bind is not beside this program; build it: cmake "
					"--preset afl && cmake --build --preset afl");
	if (!cli_sibling(setup->mutator, "libsvafuzz_afl.so"))
		return error_set(error, "libsvafuzz_afl.so is not beside this program; build it: "
					"cmake --build build");
	return true;
}

static void common_env(struct words *env, const struct engine *engine,
		       const struct engine_setup *setup)
{
	const struct check_config *config = setup->config;

	add(env, "SVAFUZZ_FINDINGS=%s/findings", setup->dir);
	add(env, "SVAFUZZ_STATS=%s", engine->stats);
	add(env, "SVAFUZZ_DRIVER=%s", config->driver);
	add(env, "SVAFUZZ_SMMU=%s", config->smmu);
	add(env, "SVAFUZZ_CACHE=%s", cli_cache_name(config->cache));
	add(env, "SVAFUZZ_DEPTH=%s", cli_depth_name(config->depth));
	add(env, "SVAFUZZ_FAULT=%s", config->fault ? config->fault : "");
	if (setup->known)
		add(env, "SVAFUZZ_KNOWN=%s", setup->known);
	if (setup->stop_at_first)
		add(env, "SVAFUZZ_STOP_AT_FIRST=1");
}

static void libfuzzer_words(struct words *argv, const struct engine *engine,
			    const struct engine_setup *setup, unsigned seconds)
{
	add(argv, "%s", setup->target);
	add(argv, "-max_total_time=%u", seconds);
	if (setup->runs)
		add(argv, "-runs=%llu", (unsigned long long)(setup->runs - engine->done));
	add(argv, "-seed=%u", setup->seed ? setup->seed + engine->number : 0);
	add(argv, "-max_len=%u", (unsigned)TRACE_BINARY_MAX);
	add(argv, "-len_control=0");
	/* Its bookkeeping costs more than a trace does here. */
	add(argv, "-entropic=0");
	add(argv, "-timeout=10");
	/* Nobody else writes into the corpus when runs are counted: they are the same each time. */
	add(argv, "-reload=%d", setup->runs ? 0 : 10);
	add(argv, "-artifact_prefix=%s/crashes/", setup->dir);
	add(argv, "%s/corpus", setup->dir);
	if (setup->seeds)
		add(argv, "%s", setup->seeds);
}

static void afl_words(struct words *argv, struct words *env, const struct engine *engine,
		      const struct engine_setup *setup, unsigned seconds)
{
	add(argv, "afl-fuzz");
	add(argv, "-i");
	add(argv, "%s/corpus", setup->dir);
	add(argv, "-o");
	add(argv, "%s/afl", setup->dir);
	add(argv, "-V");
	add(argv, "%u", seconds);
	if (setup->seed) {
		add(argv, "-s");
		add(argv, "%u", setup->seed + engine->number);
	}
	add(argv, engine->number ? "-S" : "-M");
	add(argv, "job%u", engine->number);
	add(argv, "--");
	add(argv, "%s", setup->target);
	add(env, "AFL_CUSTOM_MUTATOR_LIBRARY=%s", setup->mutator);
	add(env, "AFL_NO_UI=1");
	add(env, "AFL_SKIP_CPUFREQ=1");
	add(env, "AFL_NO_AFFINITY=1");
	add(env, "AFL_AUTORESUME=1");
	add(env, "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1");
}

/* "key<separators>123" anywhere in the text: the number, else 0. */
static uint64_t number_after(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	if (!at)
		return 0;
	at += strlen(key);
	at += strspn(at, " \t:=");
	return strtoull(at, NULL, 10);
}

/* afl-fuzz that goes on with its own folder counts on from there. */
static uint64_t count_of_afl(const struct engine *engine)
{
	struct error error = {0};
	uint64_t traces;
	size_t size;
	char *text;

	if (access(engine->afl_stats, R_OK) ||
	    !cli_read_file(engine->afl_stats, &text, &size, &error))
		return 0;
	traces = number_after(text, "execs_done");
	free(text);
	return traces;
}

bool engine_start(struct engine *engine, const struct engine_setup *setup, unsigned seconds,
		  struct error *error)
{
	struct words argv = {0}, env = {0};
	char path[CLI_PATH_MAX];
	bool good;

	if (!cli_path(engine->stats, error, "%s/stats-%u", setup->dir, engine->number) ||
	    !cli_path(path, error, "%s/job-%u.log", setup->dir, engine->number))
		return false;
	if (!engine->log)
		engine->log = fopen(path, "ae");
	if (!engine->log)
		return error_set(error, "%s: %s; choose a place that can be written", path,
				 strerror(errno));
	common_env(&env, engine, setup);
	if (setup->kind == ENGINE_AFL) {
		afl_words(&argv, &env, engine, setup, seconds);
		good = cli_path(engine->afl_stats, error, "%s/afl/job%u/fuzzer_stats", setup->dir,
				engine->number);
	} else {
		libfuzzer_words(&argv, engine, setup, seconds);
		good = true;
	}
	unlink(engine->stats);
	engine->afl_before = setup->kind == ENGINE_AFL ? count_of_afl(engine) : 0;
	good = good && cli_start(&engine->child, argv.word, env.word, error);
	engine->started = cli_now();
	free_words(&argv);
	free_words(&env);
	return good;
}

static void raise_to(unsigned *value, unsigned long seen)
{
	if (seen > *value)
		*value = (unsigned)seen;
}

/* libFuzzer: "#1234  NEW    cov: 12 ft: 34 corp: 5/678b lim: ..." */
static void take_line(void *ctx, const char *text)
{
	struct engine *engine = ctx;
	uint64_t traces;

	fprintf(engine->log, "%s\n", text);
	if (text[0] != '#' || text[1] < '0' || text[1] > '9')
		return;
	traces = strtoull(text + 1, NULL, 10);
	if (traces > engine->traces)
		engine->traces = traces;
	raise_to(&engine->coverage, number_after(text, "cov:"));
	raise_to(&engine->corpus, number_after(text, "corp:"));
}

static void read_known(struct engine *engine, const char *text)
{
	char key[16];

	for (unsigned i = 0; i < CHECK_MAX_KNOWN; i++) {
		snprintf(key, sizeof(key), "known[%u]", i);
		engine->known[i] = number_after(text, key);
	}
}

/* "rules=" and hexadecimal words, the first rules in the first. */
static void read_rules(struct engine *engine, const char *text)
{
	const char *at = strstr(text, "rules=");
	char *end;

	if (!at)
		return;
	at += strlen("rules=");
	for (unsigned i = 0; i < ENGINE_RULE_WORDS; i++, at = end + (*end == ','))
		engine->rules[i] |= strtoull(at, &end, 16);
}

static void read_stats(struct engine *engine)
{
	struct error error = {0};
	uint64_t traces = 0;
	size_t size;
	char *text;

	if (!access(engine->stats, R_OK) && cli_read_file(engine->stats, &text, &size, &error)) {
		traces = number_after(text, "execs");
		read_known(engine, text);
		read_rules(engine, text);
		free(text);
	}
	if (*engine->afl_stats && !access(engine->afl_stats, R_OK) &&
	    cli_read_file(engine->afl_stats, &text, &size, &error)) {
		traces = number_after(text, "execs_done");
		traces -= traces >= engine->afl_before ? engine->afl_before : 0;
		raise_to(&engine->coverage, number_after(text, "edges_found"));
		raise_to(&engine->corpus, number_after(text, "corpus_count"));
		free(text);
	}
	if (traces > engine->traces)
		engine->traces = traces;
}

static void ended(struct engine *engine)
{
	engine->child.pid = 0;
	engine->done += engine->traces;
	engine->traces = 0;
	for (unsigned i = 0; i < CHECK_MAX_KNOWN; i++) {
		engine->known_done[i] += engine->known[i];
		engine->known[i] = 0;
	}
	unlink(engine->stats);
	fflush(engine->log);
	if (engine->child.output >= 0)
		close(engine->child.output);
	engine->child.output = -1;
}

bool engine_listen(struct engine *engine)
{
	if (!engine->child.pid)
		return false;
	cli_read_lines(&engine->child, take_line, engine);
	read_stats(engine);
	if (waitpid(engine->child.pid, &engine->status, WNOHANG) != engine->child.pid)
		return true;
	cli_read_lines(&engine->child, take_line, engine);
	read_stats(engine);
	ended(engine);
	return false;
}

void engine_stop(struct engine *engine)
{
	double asked = cli_now();
	pid_t pid = engine->child.pid;

	if (!pid)
		return;
	/* Its group too: afl-fuzz has children of its own. */
	kill(-pid, SIGINT);
	kill(pid, SIGINT);
	while (engine_listen(engine)) {
		if (cli_now() - asked > STOP_SECONDS) {
			kill(-pid, SIGKILL);
			kill(pid, SIGKILL);
		}
		usleep(10000);
	}
}

void engine_close(struct engine *engine)
{
	engine_stop(engine);
	if (engine->log)
		fclose(engine->log);
	engine->log = NULL;
}
