/* SPDX-License-Identifier: MIT */
/*
 * A trace run in a child process, which sends every step as it comes to it: whatever it dies of, what
 * led there is known.
 */
#include "../../reports/steps.h"
#include "../../reports/words.h"
#include "report.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TIMEOUT_SECONDS = 30, MESSAGE_STEP = 1, MESSAGE_END = 2 };

/* What goes through the pipe, with the texts behind it; no NULs. */
struct message {
	uint32_t kind, step_size, state_size;
	int32_t known;
	struct divergence divergence; /* of the end */
};

/* The child's side. */

static void send_bytes(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size) {
		ssize_t n = write(fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(EXIT_BAD_INPUT); /* nobody listens any more */
		at += n;
		size -= (size_t)n;
	}
}

static void send_step(int fd, struct check *check, struct report_step *step)
{
	static struct snapshot snapshot;
	struct message message = {.kind = MESSAGE_STEP};
	char *text, *state;

	check_snapshot(check, &snapshot);
	step->after = &snapshot;
	text = report_step_json(step);
	state = report_state_json(&snapshot);
	message.step_size = (uint32_t)strlen(text);
	message.state_size = (uint32_t)strlen(state);
	send_bytes(fd, &message, sizeof(message));
	send_bytes(fd, text, message.step_size);
	send_bytes(fd, state, message.state_size);
	free(text);
	free(state);
}

/* Where the run ended, the step says what the divergence says. */
static void send_last(int fd, struct check *check, struct report_step *step,
		      const struct divergence *divergence)
{
	if (divergence->kind != DIVERGENCE_NONE && divergence->op == step->index) {
		step->expected = divergence->expected;
		step->observed = divergence->observed;
		step->rule = divergence->rule;
	}
	send_step(fd, check, step);
}

static void send_op(int fd, struct check *check, const struct trace *trace, int index,
		    const struct check_step *said)
{
	char text[TRACE_LINE_MAX], words[REPORT_WORDS_MAX], expected[64] = "", observed[64] = "";
	char skipped[96];
	const struct trace_op *op = &trace->op[index];
	const struct divergence divergence = check_so_far(check);
	struct report_step step = {
		.index = index,
		.op = text,
		.words = words,
		.expected = expected,
		.observed = observed,
		.rule = "",
	};

	trace_format_op(&trace->header, op, false, text, sizeof(text));
	report_words(op, words, sizeof(words));
	if (said && said->skipped) {
		snprintf(skipped, sizeof(skipped), "skipped: %s",
			 said->skip_reason ? said->skip_reason : "");
		step.expected = step.observed = skipped;
	} else if (said) {
		cli_format_expected(op, said, expected, sizeof(expected));
		cli_format_observed(op, said, observed, sizeof(observed));
		step.rule = said->expected.rule ? said->expected.rule : "";
	}
	send_last(fd, check, &step, &divergence);
}

static void send_all(int fd, struct check *check, const struct trace *trace)
{
	struct report_step step = {
		.index = -1,
		.op = "setup",
		.words = "the machine comes up",
		.expected = "",
		.observed = "",
		.rule = "",
	};
	struct divergence divergence;

	if (!check_begin(check, trace))
		return;
	divergence = check_so_far(check);
	send_last(fd, check, &step, &divergence);
	for (int i = 0; i < trace->num_ops && divergence.kind == DIVERGENCE_NONE; i++) {
		const struct check_step *said = check_op(check);

		divergence = check_so_far(check);
		if (!said && divergence.kind == DIVERGENCE_NONE)
			return;
		send_op(fd, check, trace, i, said);
	}
	if (divergence.kind != DIVERGENCE_NONE)
		return;
	divergence = check_end(check);
	step.index = trace->num_ops;
	step.op = "teardown";
	step.words = "everything is given back";
	if (divergence.kind != DIVERGENCE_NONE)
		send_last(fd, check, &step, &divergence);
}

/* The known divergence that ended the run, or where it came to its end, one that it went past; or -1. */
static int known_of(const struct check *check, const struct check_known *known)
{
	int end = check_known_end(check);

	if (end >= 0 || check_so_far(check).kind != DIVERGENCE_NONE)
		return end;
	for (unsigned i = 0; known && i < known->count; i++)
		if (check_known_hits(check, i))
			return (int)i;
	return -1;
}

static _Noreturn void child(const struct check_config *config, const struct trace *trace, int fd)
{
	struct message message = {.kind = MESSAGE_END, .known = -1};
	struct error error = {0};
	struct check *check = check_create(config, &error);

	if (check) {
		check_log_commands(check, true);
		send_all(fd, check, trace);
		message.divergence = check_so_far(check);
		message.known = known_of(check, config->known);
		check_destroy(check);
	} else {
		cli_fail(EXIT_BAD_INPUT, "%s", error.text);
	}
	send_bytes(fd, &message, sizeof(message));
	exit(0);
}

/* The parent's side. */

/* False: the pipe or the time has ended. */
static bool receive(int fd, void *data, size_t size, double end)
{
	char *at = data;

	while (size) {
		struct pollfd poller = {.fd = fd, .events = POLLIN};
		double left = end - cli_now();
		ssize_t n;

		if (left <= 0)
			return false;
		if (poll(&poller, 1, (int)(left * 1000) + 1) <= 0)
			continue;
		n = read(fd, at, size);
		if (n <= 0)
			return false;
		at += n;
		size -= (size_t)n;
	}
	return true;
}

static char *receive_text(int fd, size_t size, double end)
{
	char *text = malloc(size + 1);

	CHECK(text, "no memory for a step");
	text[size] = '\0';
	if (receive(fd, text, size, end))
		return text;
	free(text);
	return NULL;
}

static void push_step(struct report_replay *replay, char *step, char *state)
{
	if (replay->count == replay->room) {
		replay->room = replay->room ? 2 * replay->room : 64;
		replay->step = realloc(replay->step, replay->room * sizeof(*replay->step));
		CHECK(replay->step, "no memory for %zu steps", replay->room);
	}
	replay->step[replay->count++] = (struct report_case_step){.step = step, .state = state};
}

static bool receive_step(int fd, const struct message *message, double end,
			 struct report_replay *replay)
{
	char *step = receive_text(fd, message->step_size, end);
	char *state = step ? receive_text(fd, message->state_size, end) : NULL;

	if (state)
		push_step(replay, step, state);
	else
		free(step);
	return state != NULL;
}

static void receive_all(int fd, double end, struct report_replay *replay)
{
	struct message message;

	while (receive(fd, &message, sizeof(message), end)) {
		if (message.kind == MESSAGE_END) {
			replay->ended = true;
			replay->divergence = message.divergence;
			replay->known = message.known;
			return;
		}
		if (!receive_step(fd, &message, end, replay))
			return;
	}
}

/* How a child died that did not say its last word. */
static void name_end(char *text, size_t size, bool late, int status)
{
	if (late)
		snprintf(text, size, "no answer within %d s", TIMEOUT_SECONDS);
	else if (WIFSIGNALED(status))
		snprintf(text, size, "the program dies: %s", strsignal(WTERMSIG(status)));
	else
		snprintf(text, size, "the program ends by itself, code %d", WEXITSTATUS(status));
}

/* The step that it died in: the one after the last that it told of. */
static void add_crash(const struct trace *trace, struct report_replay *replay, bool late,
		      int status)
{
	int op = (int)replay->count - 1;
	bool is_op = op >= 0 && op < trace->num_ops;
	char text[TRACE_LINE_MAX], words[REPORT_WORDS_MAX] = "";
	struct divergence *divergence = &replay->divergence;
	const struct report_step step = {
		.index = op,
		.op = text,
		.words = words,
		.expected = divergence->expected,
		.observed = divergence->observed,
		.rule = "",
	};

	divergence->kind = DIVERGENCE_CRASH;
	divergence->op = (int16_t)op;
	snprintf(divergence->op_text, sizeof(divergence->op_text), "%s",
		 is_op ? trace_op_info[trace->op[op].code].text : (op < 0 ? "setup" : "teardown"));
	snprintf(divergence->expected, sizeof(divergence->expected), "the run goes on");
	name_end(divergence->observed, sizeof(divergence->observed), late, status);
	snprintf(text, sizeof(text), "%s", divergence->op_text);
	if (is_op) {
		trace_format_op(&trace->header, &trace->op[op], false, text, sizeof(text));
		report_words(&trace->op[op], words, sizeof(words));
	}
	push_step(replay, report_step_json(&step), NULL);
}

/* Until the child has said all, or has died, or the time is over. */
static void listen_to(pid_t pid, int fd, const struct trace *trace, struct report_replay *replay)
{
	double end = cli_now() + TIMEOUT_SECONDS;
	bool late;
	int status;

	receive_all(fd, end, replay);
	late = !replay->ended && cli_now() >= end;
	if (late)
		kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	if (!replay->ended)
		add_crash(trace, replay, late, status);
}

void report_run(const struct check_config *config, const struct trace *trace,
		struct report_replay *replay, struct error *error)
{
	int fds[2];
	pid_t pid;

	*replay = (struct report_replay){.known = -1};
	fflush(NULL);
	if (pipe(fds)) {
		error_set(error, "pipe: %s; close some programs", strerror(errno));
		return;
	}
	pid = fork();
	if (pid < 0) {
		error_set(error, "fork: %s; close some programs", strerror(errno));
		close(fds[0]);
		close(fds[1]);
		return;
	}
	if (pid == 0) {
		close(fds[0]);
		child(config, trace, fds[1]);
	}
	close(fds[1]);
	listen_to(pid, fds[0], trace, replay);
	close(fds[0]);
}

void report_replay_free(struct report_replay *replay)
{
	for (size_t i = 0; i < replay->count; i++) {
		free((char *)replay->step[i].step);
		free((char *)replay->step[i].state);
	}
	free(replay->step);
	*replay = (struct report_replay){.known = -1};
}
