/* SPDX-License-Identifier: MIT */
/*
 * svafuzz determinism: the same trace gives the same observations, twice in one process and once in
 * a fresh one, or against a record that another build or machine wrote (--observe N >FILE). Each
 * process is this program with --observe, which prints a line a step.
 */
#define _GNU_SOURCE /* pipe2 */
#define XXH_INLINE_ALL
#include "digest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xxhash.h>

enum { MAX_STEPS = TRACE_MAX_OPS + 64 };

/* What one run of a trace showed. */
struct run {
	char path[CLI_PATH_MAX];
	unsigned num_steps;
	struct digest_step step[MAX_STEPS];
	char end[256]; /* digest of the finding's text, and its signature or "nothing" */
};

struct stream {
	FILE *file;
	pid_t pid; /* 0: a record */
	char *line;
	size_t room;
};

static void print_step(void *ctx, unsigned op, const struct check_step *step)
{
	struct digest_step words = digest_step(op, step);

	(void)ctx;
	fputs("step", stdout);
	for (unsigned i = 0; i < DIGEST_STEP_WORDS; i++)
		printf(" %x", words.word[i]);
	putchar('\n');
}

static void observe_one(struct check *check, const struct check_config *config,
			const struct trace *trace, const char *path)
{
	struct divergence divergence;
	char signature[128] = "nothing", text[1024] = "";
	size_t size = 0;

	printf("input %s\n", path);
	divergence = check_run(check, trace, print_step, NULL);
	if (divergence.kind != DIVERGENCE_NONE) {
		size = divergence_format(config, &divergence, text, sizeof(text));
		divergence_signature(config, &divergence, signature, sizeof(signature));
	}
	if (size >= sizeof(text))
		size = sizeof(text) - 1;
	printf("end %016llx %s\n", (unsigned long long)XXH64(text, size, 0), signature);
	fflush(stdout);
}

/* The process that is watched. */
static int observe(const struct check_config *config, const struct cli_files *files, unsigned times)
{
	static struct trace trace;
	struct error error = {0};
	struct check *check = check_create(config, &error);
	int status = EXIT_NOTHING_FOUND;

	if (!check)
		return cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	for (size_t i = 0; i < files->count; i++) {
		if (!cli_for_driver(files->path[i], config->driver))
			continue;
		error = (struct error){0};
		if (!cli_load(&trace, files->path[i], &error)) {
			status = cli_fail(EXIT_BAD_INPUT, "%s", error.text);
			continue;
		}
		for (unsigned n = 0; n < times; n++)
			observe_one(check, config, &trace, files->path[i]);
	}
	check_destroy(check);
	return status;
}

/* This program again, with --observe before all other words. */
static _Noreturn void become_observer(int argc, char **argv, const char *times, int output,
				      pid_t parent)
{
	char **words = calloc((size_t)argc + 5, sizeof(*words));
	char observe[] = "--observe", self[] = "/proc/self/exe", number[16];

	CHECK(words, "no memory for %d words", argc);
	snprintf(number, sizeof(number), "%s", times);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_MISSING);
	dup2(output, STDOUT_FILENO);
	/* Both would complain of the same files. */
	if (!strcmp(times, "1"))
		dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
	words[0] = self;
	words[1] = argv[0];
	words[2] = observe;
	words[3] = number;
	memcpy(words + 4, argv + 1, (size_t)(argc - 1) * sizeof(*words));
	execv(self, words);
	_exit(EXIT_MISSING);
}

static bool start_observer(struct stream *stream, int argc, char **argv, const char *times,
			   struct error *error)
{
	pid_t parent = getpid();
	int fds[2];

	fflush(NULL);
	if (pipe2(fds, O_CLOEXEC))
		return error_set(error, "pipe: %s; close some programs", strerror(errno));
	stream->pid = fork();
	if (stream->pid == 0)
		become_observer(argc, argv, times, fds[1], parent);
	close(fds[1]);
	stream->file = fdopen(fds[0], "re");
	if (stream->pid < 0 || !stream->file) {
		stream->pid = 0;
		return error_set(error, "fork: %s; close some programs", strerror(errno));
	}
	return true;
}

/* The exit code of its process; a record has none. */
static int close_stream(struct stream *stream)
{
	int status = 0;

	if (stream->file)
		fclose(stream->file);
	free(stream->line);
	if (stream->pid > 0)
		while (waitpid(stream->pid, &status, 0) < 0 && errno == EINTR)
			;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The rest of the next line when it starts so, else NULL. */
static const char *next_line(struct stream *stream, const char *word)
{
	ssize_t size = getline(&stream->line, &stream->room, stream->file);
	size_t length = strlen(word);

	if (size <= 0 || stream->line[size - 1] != '\n')
		return NULL;
	stream->line[size - 1] = '\0';
	return strncmp(stream->line, word, length) ? NULL : stream->line + length;
}

static bool read_step(const char *text, struct digest_step *step)
{
	char *end;

	for (unsigned i = 0; i < DIGEST_STEP_WORDS; i++, text = end) {
		step->word[i] = (uint32_t)strtoul(text, &end, 16);
		if (end == text)
			return false;
	}
	return *text == '\0';
}

enum outcome { RUN_READ, RUN_NONE, RUN_BROKEN };

static enum outcome read_run(struct stream *stream, struct run *run)
{
	const char *text = next_line(stream, "input ");

	run->num_steps = 0;
	if (!text)
		return feof(stream->file) ? RUN_NONE : RUN_BROKEN;
	snprintf(run->path, sizeof(run->path), "%s", text);
	while ((text = next_line(stream, "step"))) {
		if (run->num_steps == MAX_STEPS || !read_step(text, &run->step[run->num_steps]))
			return RUN_BROKEN;
		run->num_steps++;
	}
	if (feof(stream->file) || strncmp(stream->line, "end ", 4) != 0)
		return RUN_BROKEN;
	snprintf(run->end, sizeof(run->end), "%s", stream->line + 4);
	return RUN_READ;
}

static const char *op_name(const char *path, unsigned op)
{
	static struct trace trace;
	struct error error = {0};

	if (!cli_load(&trace, path, &error) || op >= trace.num_ops)
		return "set-up or teardown";
	return trace_op_info[trace.op[op].code].text;
}

/* Whether the two are the same; otherwise prints what differs first. */
static bool compare(const struct run *first, const struct run *other, const char *who)
{
	unsigned steps = first->num_steps < other->num_steps ? first->num_steps : other->num_steps;

	for (unsigned i = 0; i < steps; i++) {
		const uint32_t *a = first->step[i].word, *b = other->step[i].word;

		for (unsigned k = 0; k < DIGEST_STEP_WORDS; k++) {
			if (a[k] == b[k])
				continue;
			printf("%s: %s differs at op %u, %s: %s %d, first %d\n", first->path, who,
			       a[0] + 1, op_name(first->path, a[0]), digest_word_names[k],
			       (int)b[k], (int)a[k]);
			return false;
		}
	}
	if (first->num_steps != other->num_steps) {
		printf("%s: %s has %u steps, the first %u\n", first->path, who, other->num_steps,
		       first->num_steps);
		return false;
	}
	if (!strcmp(first->end, other->end))
		return true;
	printf("%s: %s ends in another way: %s, first %s\n", first->path, who, other->end,
	       first->end);
	return false;
}

struct counts {
	unsigned inputs, differ;
	bool died;
};

/* A process that ends in the middle is a finding, a record that does is bad input. */
static bool broke(const struct stream *stream, const char *path, const char *who,
		  struct counts *counts, struct error *error)
{
	counts->died = stream->pid > 0;
	return error_set(error, "%s: %s ended there or wrote what is no observation; replay it",
			 *path ? path : "the first input", who);
}

/* All inputs, in the order in which both streams have them. */
static bool compare_streams(struct stream *twice, struct stream *once, const char *other,
			    struct counts *counts, struct error *error)
{
	static struct run first, second, fresh;

	for (;;) {
		enum outcome had = read_run(twice, &first);
		bool good;

		if (had == RUN_BROKEN || (had == RUN_READ && read_run(twice, &second) != RUN_READ))
			return broke(twice, first.path, "the process", counts, error);
		if (read_run(once, &fresh) != had)
			return broke(once, had == RUN_NONE ? fresh.path : first.path, other, counts,
				     error);
		if (had == RUN_NONE)
			return true;
		if (strcmp(first.path, fresh.path) != 0)
			return error_set(error, "%s: %s has %s there; name the same inputs",
					 first.path, other, fresh.path);
		good = compare(&first, &second, "the second run") && compare(&first, &fresh, other);
		counts->inputs++;
		counts->differ += !good;
	}
}

static int watch(int argc, char **argv, const char *record)
{
	const char *other = record ? record : "the fresh process";
	struct stream twice = {0}, once = {0};
	struct counts counts = {0};
	struct error error = {0};
	bool good = true;
	int first;

	if (record) {
		once.file = fopen(record, "re");
		good = once.file || error_set(&error, "%s: %s; give what --observe printed", record,
					      strerror(errno));
	} else {
		good = start_observer(&once, argc, argv, "1", &error);
	}
	good = good && start_observer(&twice, argc, argv, "2", &error) &&
	       compare_streams(&twice, &once, other, &counts, &error);
	first = close_stream(&twice);
	close_stream(&once);
	if (!good)
		return cli_fail(counts.died ? EXIT_DIVERGENCE : EXIT_BAD_INPUT, "%s", error.text);
	if (counts.inputs || first == EXIT_NOTHING_FOUND)
		printf("%u inputs, %u differ\n", counts.inputs, counts.differ);
	if (first != EXIT_NOTHING_FOUND)
		return EXIT_BAD_INPUT;
	return counts.differ ? EXIT_DIVERGENCE : EXIT_NOTHING_FOUND;
}

static int run_command(const struct check_config *config, const struct cli_arguments *arguments,
		       unsigned times, const char *record, int argc, char **argv)
{
	struct cli_files files = {0};
	struct error error = {0};
	int status;

	for (int i = 0; i < arguments->count && !error.set; i++)
		cli_files_add(&files, arguments->word[i], &error);
	if (!error.set && files.count == 0)
		error_set(&error, "%s: no *.trace or *.bin file in it; name a folder with traces",
			  arguments->word[0]);
	if (error.set)
		status = cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	else
		status = times ? observe(config, &files, times) : watch(argc, argv, record);
	cli_files_free(&files);
	return status;
}

int cli_determinism(int argc, char **argv)
{
	struct check_config config = check_default_config();
	const char *known_dir = NULL, *record = NULL;
	unsigned times = 0;
	const struct cli_option options[] = {
		CLI_CONFIG_OPTIONS(&config),
		{"fault", CLI_STRING, &config.fault, "run with this planted fault"},
		CLI_KNOWN_OPTION(&known_dir),
		{"observe", CLI_UNSIGNED, &times,
		 "print what is observed, each input so many times; compare nothing"},
		{"against", CLI_STRING, &record,
		 "compare with what --observe 1 printed, instead of a fresh process"},
		{NULL, CLI_FLAG, NULL, NULL},
	};
	struct cli_arguments arguments = cli_parse(argc, argv, options);
	struct check_known *known;
	struct error error = {0};
	int status;

	if (arguments.status >= 0)
		return arguments.status;
	if (arguments.count == 0)
		return cli_fail(EXIT_BAD_INPUT,
				"determinism: no file; name traces or folders of them");
	status = cli_check_config(&config);
	if (status)
		return status;
	if (config.fault && *config.fault && !check_has_faults())
		return cli_exec_faults(argc, argv);
	known = cli_load_known(&config, known_dir, &error);
	status = error.set ? cli_fail(EXIT_BAD_INPUT, "%s", error.text)
			   : run_command(&config, &arguments, times, record, argc, argv);
	free(known);
	return status;
}
