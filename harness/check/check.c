/* SPDX-License-Identifier: MIT */
/* One run: set-up, one op at a time on both sides, teardown; what is compared after each. */
#include "check_state.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const exec_fn check_exec[TRACE_NUM_OPS] = {
#define OP(id, text, operands, weight, doc) exec_##id,
#include "../trace/ops.def"
#undef OP
};

struct check_config check_default_config(void)
{
	return (struct check_config){
		.driver = "iomm",
		.smmu = "emulated",
		.cache = SMMU_CACHE_WORST,
		.depth = CHECK_CHANGES,
		.pins = true,
		.fault = "",
	};
}

/* A known one that the two sides can go on from is forgotten again. */
static bool pass_over_known(struct check *c)
{
	int known = c->config.known ? check_known_find(&c->config, &c->divergence) : -1;

	if (known < 0)
		return false;
	c->known_hits[known]++;
	if (c->config.known->entry[known].go_on) {
		memset(&c->divergence, 0, sizeof(c->divergence));
		return true;
	}
	c->known_end = known;
	return false;
}

static void set_divergence(struct check *c, enum divergence_kind kind, const char *rule,
			   const char *expected)
{
	struct divergence *d = &c->divergence;

	d->kind = (uint8_t)kind;
	d->op = (int16_t)c->op;
	snprintf(d->rule, sizeof(d->rule), "%s", rule);
	snprintf(d->op_text, sizeof(d->op_text), "%s",
		 c->current ? trace_op_info[c->current->code].text
			    : (c->op < 0 ? "setup" : "teardown"));
	snprintf(d->expected, sizeof(d->expected), "%s", expected);
}

void compare_smmu_lives(struct check *c)
{
	struct smmu_end end = {SMMU_END_NONE, ""};

	if (c->smmu->ops->end && !diverged(c) && !c->off)
		end = c->smmu->ops->end(c->smmu);
	if (end.kind == SMMU_END_NONE)
		return;
	c->off = true;
	if (end.kind == SMMU_END_LACKS) {
		c->unsupported = end.text;
		return;
	}
	set_divergence(c, DIVERGENCE_CRASH, "smmu", "the smmu goes on");
	snprintf(c->divergence.observed, sizeof(c->divergence.observed), "%s", end.text);
	pass_over_known(c);
}

bool diverge(struct check *c, enum divergence_kind kind, const char *rule, const char *expected,
	     const char *observed_fmt, ...)
{
	struct divergence *d = &c->divergence;
	va_list args;

	/* What differs may be because the smmu is no more. */
	compare_smmu_lives(c);
	if (diverged(c) || c->unsupported)
		return false;
	set_divergence(c, kind, c->access_rule ? c->access_rule : rule, expected);
	va_start(args, observed_fmt);
	vsnprintf(d->observed, sizeof(d->observed), observed_fmt, args);
	va_end(args);
	return pass_over_known(c);
}

bool exec_skip(struct check *c, const char *reason)
{
	c->step.skipped = true;
	c->step.skip_reason = reason;
	return false;
}

static const char *errno_text(int error, char buffer[16])
{
	if (!error)
		return "success";
	snprintf(buffer, 16, "%s", trace_errno_name(-error));
	return buffer;
}

bool is_injected_failure(const struct check *c, int error)
{
	if (!c->world->alloc_failed)
		return false;
	/* 6.1, __iommu_group_alloc_blocking_domain(): no memory is -EINVAL. */
	if (c->policy == REF_POLICY_LINUX_6_1 && c->current && c->current->code == TRACE_OP_CLAIM &&
	    error == -EINVAL)
		return true;
	/* 6.12, iommu_group_alloc_default_domain(): the same. */
	if (c->policy == REF_POLICY_LINUX_6_12 && c->current && error == -EINVAL &&
	    (c->current->code == TRACE_OP_PLUG || c->current->code == TRACE_OP_VFS_ON))
		return true;
	/* Linux tells a full table and a failed allocation apart in some calls only (F-5). */
	return error == -ENOMEM || (c->is_linux && error == -ENOSPC);
}

bool compare_call(struct check *c, struct ref_result *expected, int error, uint32_t value,
		  const char *rule)
{
	char want[16], got[16], text[48];

	if (is_injected_failure(c, error)) {
		/* a failed call leaves nothing behind. */
		c->ref = c->before;
		c->taken_back = true;
		*expected = (struct ref_result){.error = error, .rule = "A-17"};
	}
	c->step.expected = *expected;
	c->step.error = error;
	c->step.value = value;
	if (expected->error == error && (error || expected->value == value))
		return true;
	if (expected->error != error) {
		if (expected->error)
			rule = expected->rule;
		return diverge(c, DIVERGENCE_RESULT, rule ? rule : "A-4",
			       errno_text(expected->error, want), "%s", errno_text(error, got));
	}
	snprintf(text, sizeof(text), "%u", expected->value);
	if (!rule)
		rule = c->current && c->current->code == TRACE_OP_BIND ? "A-6" : "B-4";
	return diverge(c, DIVERGENCE_RESULT, rule, text, "%u", value);
}

bool compare_result(struct check *c, struct ref_result *expected, int error, uint32_t value)
{
	return compare_call(c, expected, error, value, NULL);
}

struct smmu_counters check_counters(const struct check *c)
{
	struct smmu_counters sum = {0};

	for (unsigned i = 0; i < c->num_smmus && c->smmus[i].model; i++) {
		struct smmu_counters one = smmu_counters(c->smmus[i].model);

		sum.commands += one.commands;
		sum.command_errors += one.command_errors;
		sum.stalls += one.stalls;
		sum.stall_answers += one.stall_answers;
		sum.stray_answers += one.stray_answers;
	}
	return sum;
}

/* What the op is measured against. */
static void begin_op(struct check *c)
{
	world_begin_op(c->world);
	c->taken_back = false;
	if (c->world->fail_nth) {
		c->before = c->ref;
		c->usage = c->driver->ops->usage(c->driver);
		if (has_owners(c))
			c->owners_usage = owners_usage(c->owners);
	}
	if (c->stalls) {
		struct smmu_counters counters = check_counters(c);

		c->stalled = counters.stalls;
		c->answered = counters.stall_answers;
		c->stray = counters.stray_answers;
	}
}

static bool may_fault(const struct trace_op *op)
{
	return op->code == TRACE_OP_DMA || op->code == TRACE_OP_ATS || op->code == TRACE_OP_SUBMIT;
}

/* After every op: result and events were compared by the op itself. */
void compare_state(struct check *c)
{
	unsigned changed;

	world_settle(c->world);
	if (diverged(c) || c->step.skipped)
		return;
	compare_answers(c);
	order_compare_calls(c, &c->step.expected);
	changed = invariants_changed(c);
	/* A call that did nothing to the hardware shows only where the law's relation moved. */
	if (changed & REF_PART_RELATIONS)
		c->compared = false;
	if (!diverged(c) && has_owners(c))
		owners_compare(c);
	reach_compare(c);
	if (!diverged(c))
		stale_compare(c);
	if (!diverged(c))
		bonds_compare_pasids(c);
	if (diverged(c))
		return;
	invariants_after_op(c, changed);
}

static void compare_more(struct check *c, const char *what, unsigned before, unsigned now)
{
	if (now > before)
		diverge(c, DIVERGENCE_LEAK, "A-17", "a call that fails leaves nothing behind",
			"%u more %s", now - before, what);
}

static void compare_failed_owners(struct check *c)
{
	struct owners_usage now = owners_usage(c->owners);

	compare_more(c, "associations", c->owners_usage.associations, now.associations);
	compare_more(c, "mappings of partitions", c->owners_usage.mappings, now.mappings);
	compare_more(c, "guest bonds", c->owners_usage.guest_bonds, now.guest_bonds);
	compare_more(c, "frames of guests", c->owners_usage.guest_frames, now.guest_frames);
}

/* What a call got before its allocation failed is given back by it, not by a later one. A PASID
 * that Linux gave to an address space stays with that (C-3). */
static void compare_failed_call(struct check *c)
{
	struct driver_usage now;

	if (!c->taken_back || diverged(c))
		return;
	now = c->driver->ops->usage(c->driver);
	compare_more(c, "bonds", c->usage.bonds, now.bonds);
	compare_more(c, "ASIDs", c->usage.asids, now.asids);
	compare_more(c, "attachments", c->usage.attachments, now.attachments);
	if (has_owners(c))
		compare_failed_owners(c);
	if (c->is_linux)
		return;
	compare_more(c, "io_mms", c->usage.io_mms, now.io_mms);
	compare_more(c, "PASIDs", c->usage.pasids, now.pasids);
}

bool run_quiet_op(struct check *c, const struct trace_op *op)
{
	begin_op(c);
	memset(&c->step, 0, sizeof(c->step));
	check_exec[op->code](c, op);
	world_settle(c->world);
	compare_failed_call(c);
	if (!diverged(c))
		order_compare_calls(c, &c->step.expected);
	if (!diverged(c))
		compare_silence(c);
	if (!diverged(c))
		compare_answers(c);
	return !diverged(c);
}

/* One op. */

static void compare_pin(struct check *c, const struct trace_op *op)
{
	const struct trace_pin *pin = &op->pin;
	const struct check_step *s = &c->step;
	char want[48], got[48];
	bool met = false;

	if (!c->config.pins || pin->kind == TRACE_PIN_NONE || diverged(c) ||
	    !(c->trace->header.policies & 1u << c->policy))
		return;
	switch (pin->kind) {
	case TRACE_PIN_OK:
		met = !s->skipped && !s->error && s->outcome <= REF_OUTCOME_OK;
		break;
	case TRACE_PIN_PASID:
	case TRACE_PIN_VALUE:
		met = !s->skipped && !s->error && s->value == pin->value;
		break;
	case TRACE_PIN_ERROR:
		met = !s->skipped && s->error == -(int)pin->value;
		break;
	case TRACE_PIN_TRANSLATION:
		met = s->outcome == REF_FAULT_TRANSLATION;
		break;
	case TRACE_PIN_PERMISSION:
		met = s->outcome == REF_FAULT_PERMISSION;
		break;
	case TRACE_PIN_NO_PASID:
		met = s->outcome == REF_FAULT_PASID;
		break;
	case TRACE_PIN_ABORT:
		met = s->outcome == REF_FAULT_ABORT;
		break;
	case TRACE_PIN_BUS:
		met = s->outcome == REF_FAULT_BUS;
		break;
	case TRACE_PIN_ATS:
		met = s->outcome == REF_OUTCOME_OK && s->ats_prot == pin->value;
		break;
	default:
		met = s->skipped;
		break;
	}
	if (met)
		return;
	trace_format_pin(pin, want, sizeof(want));
	if (s->skipped)
		snprintf(got, sizeof(got), "skipped: %s", s->skip_reason);
	else
		snprintf(got, sizeof(got), "error %d, value %u, outcome %u, rights %u", s->error,
			 s->value, s->outcome, s->ats_prot);
	diverge(c, DIVERGENCE_PIN, "pin", want, "%s", got);
}

static void run_op(struct check *c, const struct trace_op *op)
{
	c->current = op;
	memset(&c->step, 0, offsetof(struct check_step, expected));
	c->step.expected.error = 0;
	c->step.expected.num_calls = 0;
	c->step.expected.rule = "";
	c->step.expected.access = (struct ref_access){0};
	c->step.error = 0;
	c->step.value = 0;
	c->step.outcome = c->step.ats_prot = c->step.event_type = 0;
	begin_op(c);
	check_exec[op->code](c, op);
	world_settle(c->world);
	if (c->off)
		return;
	compare_failed_call(c);
	compare_state(c);
	if (!diverged(c) && !may_fault(op))
		compare_silence(c);
	compare_pin(c, op);
}

/* What only an observer wants to know. */
static void observe(struct check *c, uint32_t commands_before)
{
	const struct world *w = c->world;

	c->step.num_commands = check_counters(c).commands - commands_before;
	c->step.num_events = w->num_events;
	if (w->num_events)
		c->step.event_type = smmu_event_decode(w->event[w->num_events - 1]).type;
	rule_seen(c, c->step.expected.rule);
}

static void implementation_failed(struct check *c)
{
	static const struct {
		uint8_t kind;
		const char *rule;
	} as[] = {
		[WORLD_FAIL_DEADLOCK] = {DIVERGENCE_DEADLOCK, "A-41"},
		[WORLD_FAIL_ATOMIC] = {DIVERGENCE_ATOMIC, "A-23"},
		[WORLD_FAIL_BUG] = {DIVERGENCE_BUG, "A-22"},
		[WORLD_FAIL_LOCK] = {DIVERGENCE_DEADLOCK, "A-22"},
	};
	enum world_failure failure = c->world->failure;

	diverge(c, as[failure].kind, as[failure].rule, "the call returns", "%s",
		c->world->failure_text);
}

/* Whoever runs traces hears of what nobody knows yet. */
static struct divergence conclude(const struct check *c)
{
	return c->known_end < 0 ? c->divergence : (struct divergence){.kind = DIVERGENCE_NONE};
}

static void note_allocation(struct check *c)
{
	c->allocation_failed = c->fail_allocation && !c->world->fail_nth;
}

static bool goes_on(const struct check *c)
{
	return !diverged(c) && !c->off;
}

static void next_op(struct check *c)
{
	uint32_t commands = c->observer ? check_counters(c).commands : 0;

	c->op++;
	run_op(c, &c->trace->op[c->op]);
	compare_smmu_lives(c);
	if (!c->observer)
		return;
	observe(c, commands);
	c->observer(c->observer_ctx, (unsigned)c->op, &c->step);
}

static void finish(struct check *c)
{
	note_allocation(c);
	if (goes_on(c))
		teardown_run(c);
	compare_smmu_lives(c);
}

static void run_whole(struct check *c)
{
	setup_run(c);
	while (c->op + 1 < c->trace->num_ops && goes_on(c))
		next_op(c);
	finish(c);
}

/* A part of a run. An implementation that fails in it comes back here, and the run is over. */
static bool attempt(struct check *c, void (*part)(struct check *c))
{
	if (!setjmp(c->on_failure)) {
		part(c);
		return true;
	}
	if (c->op < c->trace->num_ops)
		note_allocation(c);
	implementation_failed(c);
	c->off = true;
	if (c->observer && c->current)
		c->observer(c->observer_ctx, (unsigned)c->op, &c->step);
	return false;
}

struct divergence check_run(struct check *c, const struct trace *trace, check_observer observer,
			    void *ctx)
{
	c->observer = observer;
	c->observer_ctx = ctx;
	setup_reset(c, trace);
	if (c->unsupported)
		return c->divergence;
	attempt(c, run_whole);
	return conclude(c);
}

bool check_begin(struct check *c, const struct trace *trace)
{
	c->observer = NULL;
	setup_reset(c, trace);
	if (!c->unsupported)
		attempt(c, setup_run);
	return !c->unsupported;
}

const struct check_step *check_op(struct check *c)
{
	CHECK(c->op + 1 < c->trace->num_ops, "the trace has no op %d", c->op + 1);
	return goes_on(c) && attempt(c, next_op) ? &c->step : NULL;
}

struct divergence check_so_far(const struct check *c)
{
	return conclude(c);
}

struct divergence check_end(struct check *c)
{
	if (goes_on(c))
		attempt(c, finish);
	return conclude(c);
}

void check_use_known(struct check *c, const struct check_known *known)
{
	c->config.known = known;
	memset(c->known_hits, 0, sizeof(c->known_hits));
}

void check_use_sparing(struct check *c, bool sparing)
{
	c->config.sparing = sparing;
}

uint64_t check_known_hits(const struct check *c, unsigned entry)
{
	return entry < CHECK_MAX_KNOWN ? c->known_hits[entry] : 0;
}

int check_known_end(const struct check *c)
{
	return c->known_end;
}

void check_fail_allocation(struct check *c, unsigned nth)
{
	c->fail_allocation = nth;
}

bool check_allocation_failed(const struct check *c)
{
	return c->allocation_failed;
}

const char *check_unsupported(const struct check *c)
{
	return c->unsupported;
}

const char *check_version(const struct check *c)
{
	return c->driver->ops->version ? c->driver->ops->version(c->driver) : "";
}

/* Creation. */

/* All of them have the same, as they are of the same make. */
static bool set_smmu_fault(struct check *c, const char *fault)
{
	for (unsigned i = 0; i < WORLD_MAX_SMMUS && c->smmus[i].socket; i++)
		if (!c->smmus[i].socket->ops->set_fault(c->smmus[i].socket, fault))
			return false;
	return true;
}

static bool set_fault(struct check *c, const char *fault, struct error *error)
{
	const char *none = "", *driver = none, *smmu = none, *owner = none;
	char prefix[32];

	if (!fault || !*fault)
		return c->driver->ops->set_fault(c->driver, none) && set_smmu_fault(c, none) &&
		       owners_set_fault(c->owners, none);
	if (!check_has_faults())
		return error_set(error, "this build has no planted faults; use svafuzz-faults or "
					"fuzz_bind_faults");
	snprintf(prefix, sizeof(prefix), "%s-", c->driver->ops->name);
	if (!strncmp(fault, prefix, strlen(prefix)))
		driver = fault + strlen(prefix);
	else if (!strncmp(fault, "smmu-", 5))
		smmu = fault + 5;
	else if (!strncmp(fault, "owner-", 6))
		owner = fault + 6;
	if ((driver == none && smmu == none && owner == none) ||
	    !c->driver->ops->set_fault(c->driver, driver) || !set_smmu_fault(c, smmu) ||
	    !owners_set_fault(c->owners, owner))
		return error_set(error, "unknown fault '%s'; `svafuzz faults --list` names them",
				 fault);
	return true;
}

struct check *check_create(const struct check_config *config, struct error *error)
{
	struct check *c = calloc(1, sizeof(*c));

	CHECK(c, "out of memory");
	c->config = *config;
	c->page_of_touched = WORLD_RAM_FRAMES;
	c->known_end = -1;
	c->driver = driver_find(config->driver);
	for (unsigned i = 0; i < WORLD_MAX_SMMUS; i++)
		c->smmus[i].socket = smmu_socket_number(config->smmu, i);
	c->smmu = c->smmus[0].socket;
	c->owners = owners_get();
	if (!c->driver && driver_missing(config->driver))
		error_set(error, "%s", driver_missing(config->driver));
	else if (!c->driver)
		error_set(error, "unknown driver '%s'; `svafuzz help` lists them", config->driver);
	else if (!c->smmu)
		error_set(error, "unknown smmu '%s'; `svafuzz help` lists them", config->smmu);
	else if ((!c->smmu->ops->available || c->smmu->ops->available(error)) &&
		 set_fault(c, config->fault, error))
		c->world = world_get(error);
	if (!c->world) {
		free(c);
		return NULL;
	}
	return c;
}

void check_destroy(struct check *c)
{
	free(c);
}
