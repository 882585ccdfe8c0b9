/* SPDX-License-Identifier: MIT */
/*
 * The svafuzz program: one file per subcommand, and what they share. Every subcommand returns one
 * of enum exit_code; every error is one line on stderr.
 */
#ifndef SVAFUZZ_CLI_H
#define SVAFUZZ_CLI_H

#include "../base/base.h"
#include "../check/check.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { CLI_PATH_MAX = 4096 };

/* main.c: subcommands. argv[0] is the subcommand's own name. */
struct cli_command {
	const char *name;
	const char *arguments; /* "FILE|DIR..." */
	const char *doc;
	int (*run)(int argc, char **argv);
};
const struct cli_command *cli_commands(void); /* ends with a NULL name */
int cli_replay(int argc, char **argv);
int cli_gate(int argc, char **argv);
int cli_determinism(int argc, char **argv);
int cli_show(int argc, char **argv);
int cli_asm(int argc, char **argv);
int cli_disasm(int argc, char **argv);
int cli_rules(int argc, char **argv);
int cli_faults(int argc, char **argv);
int cli_sweep(int argc, char **argv);
int cli_minimize(int argc, char **argv);
int cli_triage(int argc, char **argv);
int cli_export(int argc, char **argv);
int cli_fuzz(int argc, char **argv);
int cli_ops(int argc, char **argv);
int cli_report(int argc, char **argv);
int cli_smmu(int argc, char **argv);
int cli_help(int argc, char **argv);

/* options.c: option tables. */
enum cli_option_kind { CLI_STRING, CLI_UNSIGNED, CLI_FLAG, CLI_CACHE, CLI_DEPTH };
struct cli_option {
	const char *name;
	enum cli_option_kind kind;
	void *target; /* const char **, unsigned *, bool *, enum smmu_cache_mode *, enum check_depth * */
	const char *doc;
};
/* The options that choose what is tested; every subcommand that runs traces ends its table so. */
#define CLI_CONFIG_OPTIONS(config)                                                                 \
	{"driver", CLI_STRING, &(config)->driver, "driver under test"},                            \
		{"smmu", CLI_STRING, &(config)->smmu, "SMMU that it runs on"},                     \
		{"cache", CLI_CACHE, &(config)->cache, "caches of the SMMU: none, exact, worst"},  \
	{                                                                                          \
		"depth", CLI_DEPTH, &(config)->depth, "what is compared after an op: changes, all" \
	}

struct cli_arguments {
	int status; /* negative: go on; else the exit code to return at once */
	int count;  /* operands that are no options */
	char **word;
};
/* Reads argv by the table (NULL name ends it). `--help` prints the table. */
struct cli_arguments cli_parse(int argc, char **argv, const struct cli_option *options);
/* driver, smmu and fault exist: EXIT_NOTHING_FOUND; otherwise an error line and the exit code. */
int cli_check_config(const struct check_config *config);
const char *cli_cache_name(enum smmu_cache_mode cache);
const char *cli_depth_name(enum check_depth depth);
/* The subcommand that `word` names, NULL if none. */
const struct cli_command *cli_find_command(const char *word);

/* One error line, "svafuzz: ..."; returns `code`. */
int cli_fail(enum exit_code code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* file.c: paths and whole files. */
bool cli_read_file(const char *path, char **data, size_t *size, struct error *error);
/* Whole or not at all: a temporary file beside it, synced, then renamed. What is no regular file
 * (a pipe, /dev/full) is written directly. */
bool cli_write_file(const char *path, const void *data, size_t size, struct error *error);
bool cli_make_dirs(const char *path, struct error *error);
bool cli_remove_tree(const char *path);
/* A path of at most CLI_PATH_MAX bytes; false and error when it is longer. */
bool cli_path(char *buffer, struct error *error, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* A file of the build folder: first beside the running program, NULL when it is not there. */
const char *cli_sibling(char *buffer, const char *name);
/* How a person calls this program from here: "build/svafuzz", or its whole path. */
const char *cli_program(char *buffer);
/* "corpus" or "reports" of the tree: in the working directory, else above the program. */
bool cli_tree_path(char *buffer, const char *name, struct error *error);

/* Sorted paths of all traces in the files and folders named; a file named directly counts whatever
 * its suffix is, in folders only *.trace (text) and *.bin (bytes) do. */
struct cli_files {
	char **path;
	size_t count, room;
};
bool cli_files_add(struct cli_files *files, const char *path, struct error *error);
/* One path more, copied. */
void cli_files_push(struct cli_files *files, const char *path);
void cli_files_free(struct cli_files *files);

/* folder.c: `dir`, CLI_PATH_MAX bytes, is a new folder in `out` (NULL: the tree's reports), named by
 * the clock and `kind` ("", "-smmu"), with corpus, findings and crashes in it. */
bool cli_make_campaign(char *dir, const char *out, const char *kind, struct error *error);

/* convert.c: `FILE [-o OUT]` of the conversions; negative: go on, else the exit code. */
int cli_parse_conversion(int argc, char **argv, const char **output, const char **input);

/* traces.c: traces in files. */
/* Loads text or bytes; pins of a binary trace are dropped. */
bool cli_load(struct trace *trace, const char *path, struct error *error);
/* Values of the leading comment lines "# key: a, b"; "" when there is none. */
void cli_leading_comment(const char *text, const char *key, char *buffer, size_t size);
/* Is `word` one of the comma-separated values? */
bool cli_value_listed(const char *values, const char *word);
/* "# driver: NAME" in the leading comments: the trace is for these implementations alone. By its
 * text, or by its file; one that cannot be read is for everybody, as loading it says why. */
bool cli_text_for_driver(const char *text, const char *driver);
bool cli_for_driver(const char *path, const char *driver);
/* Every trace of `from` as a binary file in the folder `to`; false and error on failure. */
bool cli_assemble(const char *from, const char *to, unsigned *count, struct error *error);

/* known.c: divergences that are understood. */
#define CLI_KNOWN_OPTION(dir)                                                                      \
	{                                                                                          \
		"known", CLI_STRING, dir, "folder of known divergences, corpus/known; none: none"  \
	}
/* Sets config->known; NULL is the tree's own folder, if it is there. free() what it returns. */
struct check_known *cli_load_known(struct check_config *config, const char *dir,
				   struct error *error);

/* finding.c: a divergence for people. */
/* The command that runs the trace at `path` again under this configuration. */
void cli_replay_command(const struct check_config *config, const char *path, char *buffer,
			size_t size);
/* Kind, rule, expected and observed, the trace so far, the command that replays it. */
void cli_print_finding(const struct check_config *config, const char *path,
		       const struct trace *trace, const struct divergence *divergence);

/* outcome.c: what a side says to an op that was sent. */
void cli_format_expected(const struct trace_op *op, const struct check_step *step, char *buffer,
			 size_t size);
void cli_format_observed(const struct trace_op *op, const struct check_step *step, char *buffer,
			 size_t size);

/* isolate.c: a trace in a child process, so that a crash or a hang is a result like others. */
struct cli_isolated {
	bool ran;     /* the check came to an end: `divergence` counts */
	bool crashed; /* the child died of `signal`, or took too long (signal 0) */
	int signal;
	struct divergence divergence;
	struct error error; /* neither ran nor crashed */
};
struct cli_isolated cli_run_isolated(const struct check_config *config, const struct trace *trace,
				     unsigned timeout_s);

/* process.c: child processes. */
struct cli_child {
	pid_t pid;	/* 0: not started */
	int output;	/* reads what it prints; -1 once that has ended */
	char line[512]; /* not yet complete */
	size_t line_size;
};
/* Starts argv (NULL-terminated) with `env` ("NAME=value", NULL-terminated) added; what it
 * prints goes to the pipe `output`. It is told to end when we die. */
bool cli_start(struct cli_child *child, char *const argv[], char *const env[], struct error *error);
/* Calls `line` for each complete line that is there now; false at its end. */
bool cli_read_lines(struct cli_child *child, void (*line)(void *ctx, const char *text), void *ctx);
/* Seconds of a clock that never jumps. */
double cli_now(void);
/* Set by SIGINT and SIGTERM once cli_catch_signals() was called. */
void cli_catch_signals(void);
bool cli_interrupted(void);
/* Become the program that has the faults compiled in; returns only on failure (an exit code). */
int cli_exec_faults(int argc, char **argv);

#endif
