/* SPDX-License-Identifier: MIT */
/* A session: its start and end, one call of it, and what came of the call in words. */
#include "session_call.h"

#include <stdio.h>
#include <string.h>

struct session {
	struct check *check; /* NULL: there is none */
	struct check_config config;
	struct trace trace; /* what was called so far */
	bool over;	    /* everything was given back */
	const char *bad;    /* of the last call, NULL */
	char finding[1024], why[1536];
};

/* The one world of a process has room for one. */
static struct session only;

/* Outcomes. */

static uint8_t success_kind(uint8_t code)
{
	switch (code) {
	case TRACE_OP_BIND:
	case TRACE_OP_MDEV_BIND:
	case TRACE_OP_GUEST_BIND:
		return TRACE_PIN_PASID;
	case TRACE_OP_UNMAP:
	case TRACE_OP_MDEV_UNMAP:
	case TRACE_OP_MDEV_CLOSE:
		return TRACE_PIN_VALUE;
	case TRACE_OP_ATS:
		return TRACE_PIN_ATS;
	default:
		return TRACE_PIN_OK;
	}
}

static struct outcome make_outcome(const struct trace_op *op, const struct check_step *step,
				   int error, unsigned result, uint32_t value)
{
	static const uint8_t faults[] = {
		[REF_FAULT_TRANSLATION] = TRACE_PIN_TRANSLATION,
		[REF_FAULT_PERMISSION] = TRACE_PIN_PERMISSION,
		[REF_FAULT_PASID] = TRACE_PIN_NO_PASID,
		[REF_FAULT_ABORT] = TRACE_PIN_ABORT,
		[REF_FAULT_BUS] = TRACE_PIN_BUS,
	};
	struct outcome outcome = {.kind = success_kind(op->code), .error = error, .value = value};

	if (step->skipped)
		outcome.kind = TRACE_PIN_SKIPPED;
	else if (error)
		outcome.kind = TRACE_PIN_ERROR;
	else if (result > REF_OUTCOME_OK && result < ARRAY_SIZE(faults))
		outcome.kind = faults[result];
	return outcome;
}

struct outcome outcome_observed(const struct trace_op *op, const struct check_step *step)
{
	return make_outcome(op, step, step->error, step->outcome,
			    op->code == TRACE_OP_ATS ? step->ats_prot : step->value);
}

struct outcome outcome_expected(const struct trace_op *op, const struct check_step *step)
{
	const struct ref_result *law = &step->expected;
	uint32_t value = law->value;

	if (op->code == TRACE_OP_ATS)
		value = law->access.prot;
	else if (op->code == TRACE_OP_READ || op->code == TRACE_OP_DMA ||
		 op->code == TRACE_OP_SUBMIT)
		value = law->access.value;
	return make_outcome(op, step, law->error, law->access.outcome, value);
}

size_t outcome_format(const struct outcome *outcome, char *buffer, size_t size)
{
	struct trace_pin pin = {.kind = outcome->kind, .value = (uint8_t)outcome->value};

	if (outcome->kind != TRACE_PIN_ERROR)
		return trace_format_pin(&pin, buffer, size);
	snprintf(buffer, size, "%s", trace_errno_name(outcome->error));
	return strlen(buffer);
}

/* Start and end. */

static bool read_topology(struct trace *trace, const char *topology, struct error *error)
{
	if (!trace_parse(trace, "topology", topology, strlen(topology), error))
		return false;
	if (trace->num_ops)
		return error_set(error, "topology:%u: an op; call its function instead",
				 trace->op[0].line);
	return true;
}

struct session *session_start_with(const struct check_config *config, const char *topology,
				   struct error *error)
{
	struct session *s = &only;

	session_end(s);
	memset(s, 0, sizeof(*s));
	if (!read_topology(&s->trace, topology, error))
		return NULL;
	s->config = *config;
	s->check = check_create(config, error);
	if (!s->check)
		return NULL;
	if (check_begin(s->check, &s->trace))
		return s;
	error_set(error, "smmu %s has not: %s; take another", config->smmu,
		  check_unsupported(s->check));
	session_end(s);
	return NULL;
}

struct session *session_start(const char *driver, const char *topology, struct error *error)
{
	struct check_config config = check_default_config();

	config.driver = driver;
	return session_start_with(&config, topology, error);
}

/* NULL, or the divergence in words. */
static const char *finding(struct session *s)
{
	struct divergence found = check_so_far(s->check);

	if (found.kind == DIVERGENCE_NONE)
		return NULL;
	divergence_format(&s->config, &found, s->finding, sizeof(s->finding));
	return s->finding;
}

const char *session_finish(struct session *s)
{
	if (!s->over)
		check_end(s->check);
	s->over = true;
	return s->bad ? s->bad : finding(s);
}

void session_end(struct session *s)
{
	if (s->check)
		check_destroy(s->check);
	s->check = NULL;
}

/* One call. */

/* NULL, or why the op can be none of this topology's. */
static const char *check_call(const struct session *s, const struct session_call *call)
{
	struct trace_op valid = call->op;

	if (call->bad)
		return call->bad;
	if (s->trace.num_ops == TRACE_MAX_OPS)
		return "more calls than a trace has ops";
	trace_normalize_op(&s->trace.header, &valid);
	/* All that a call sets stands before the pin. */
	if (memcmp(&valid, &call->op, offsetof(struct trace_op, pin)))
		return "an operand that this topology has not";
	return NULL;
}

struct outcome session_run(struct session *s, const struct session_call *call)
{
	struct outcome outcome = {.session = s};
	const struct check_step *step;
	const char *bad = check_call(s, call);

	if (bad) {
		snprintf(s->why, sizeof(s->why), "%s: %s; `svafuzz ops` lists what there is",
			 trace_op_info[call->op.code].text, bad);
		s->bad = s->why;
	}
	if (s->bad || s->over)
		return outcome;
	s->trace.op[s->trace.num_ops] = call->op;
	s->trace.num_ops++;
	step = check_op(s->check);
	if (step)
		outcome = outcome_observed(&call->op, step);
	outcome.session = s;
	return outcome;
}

/* Why `words` do not describe what came of the last call. */

static bool matches(const struct trace_op *op, const struct outcome *outcome, const char *got,
		    const char *words)
{
	if (outcome->kind == TRACE_PIN_NONE)
		return false;
	return !strcmp(got, words) ||
	       (outcome->kind == success_kind(op->code) && !strcmp(words, "ok"));
}

const char *session_differs(struct outcome outcome, const char *words)
{
	struct session *s = outcome.session;
	const struct trace_op *op;
	char call[TRACE_LINE_MAX], got[64] = "not run, or it did not return";
	const char *found;

	if (s->bad)
		return s->bad;
	CHECK(s->trace.num_ops, "an outcome without a call");
	op = &s->trace.op[s->trace.num_ops - 1];
	if (outcome.kind != TRACE_PIN_NONE)
		outcome_format(&outcome, got, sizeof(got));
	if (matches(op, &outcome, got, words))
		return NULL;
	trace_format_op(&s->trace.header, op, false, call, sizeof(call));
	found = finding(s);
	snprintf(s->why, sizeof(s->why), "%s\n  wanted:    %s\n  came:      %s\n%s", call, words,
		 got, found ? found : "no divergence: both sides say so\n");
	return s->why;
}
