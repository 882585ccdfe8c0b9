/* SPDX-License-Identifier: MIT */
/* One run: set-up from the topology, one op at a time on both sides, teardown, leaks. */
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

bool diverge(struct check *c, enum divergence_kind kind, const char *rule, const char *expected,
	     const char *observed_fmt, ...)
{
	struct divergence *d = &c->divergence;
	va_list args;

	if (diverged(c))
		return false;
	d->kind = (uint8_t)kind;
	d->op = (int16_t)c->op;
	snprintf(d->rule, sizeof(d->rule), "%s", rule);
	snprintf(d->op_text, sizeof(d->op_text), "%s",
		 c->current ? trace_op_info[c->current->code].text
			    : (c->op < 0 ? "setup" : "teardown"));
	snprintf(d->expected, sizeof(d->expected), "%s", expected);
	va_start(args, observed_fmt);
	vsnprintf(d->observed, sizeof(d->observed), observed_fmt, args);
	va_end(args);
	return false;
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

bool compare_result(struct check *c, struct ref_result *expected, int error, uint32_t value)
{
	char want[16], got[16], text[48];

	if (c->world->alloc_failed && error == -ENOMEM) {
		/* a failed call leaves nothing behind. */
		c->ref = c->before;
		*expected = (struct ref_result){.error = -ENOMEM, .rule = "A-17"};
	}
	c->step.expected = *expected;
	c->step.error = error;
	c->step.value = value;
	if (expected->error == error && (error || expected->value == value))
		return true;
	if (expected->error != error)
		return diverge(c, DIVERGENCE_RESULT, expected->error ? expected->rule : "A-4",
			       errno_text(expected->error, want), "%s", errno_text(error, got));
	snprintf(text, sizeof(text), "%u", expected->value);
	return diverge(c, DIVERGENCE_RESULT,
		       c->current && c->current->code == TRACE_OP_BIND ? "A-6" : "B-4", text, "%u",
		       value);
}

/* Set-up. */

static void topology_of(const struct trace_header *h, struct ref_topology *t)
{
	memset(t, 0, sizeof(*t));
	t->policy = REF_POLICY_IO_MM;
	t->ssid_bits = h->ssid_bits;
	t->num_devices = h->num_devices;
	t->num_domains = h->num_domains;
	for (unsigned i = 0; i < h->num_devices; i++) {
		const struct trace_device *d = &h->device[i];

		t->device[i].rid = (uint16_t)(d->rid_dev << 3 | d->rid_fn);
		t->device[i].pasid_bits =
			d->pasid_bits < h->ssid_bits ? d->pasid_bits : h->ssid_bits;
		t->device[i].group = d->group == TRACE_NONE ? REF_NONE : d->group;
		t->device[i].ats = d->ats && h->ats;
	}
	for (unsigned i = 0; i < h->num_domains; i++)
		t->domain_type[i] = h->domain_type[i] == TRACE_DOMAIN_IDENTITY ? REF_DOMAIN_IDENTITY
									       : REF_DOMAIN_STAGE1;
}

static struct smmu_profile profile_of(const struct trace_header *h, enum smmu_cache_mode cache)
{
	return (struct smmu_profile){
		.sid_bits = 8,
		.ssid_bits = h->ssid_bits,
		.cmdq_bits = 8,
		.evtq_bits = 7,
		.asid_bits = h->asid_bits,
		.oas_bits = 40,
		.two_level_strtab = h->two_level_strtab,
		.two_level_cd = h->two_level_cd,
		.ats = h->ats,
		.cache = cache,
	};
}

static void reset(struct check *c, const struct trace *trace)
{
	const struct trace_header *h = &trace->header;
	struct ref_topology topology;
	struct smmu_profile profile = profile_of(h, c->config.cache);

	memset(&c->divergence, 0, sizeof(c->divergence));
	memset(&c->step, 0, sizeof(c->step));
	memset(c->rules_seen, 0, sizeof(c->rules_seen));
	c->trace = trace;
	c->op = -1;
	c->current = NULL;
	c->running = false;
	c->unchecked = 0;
	topology_of(h, &topology);
	ref_reset(&c->ref, &topology);
	pages_reset(c);
	reach_reset(c);
	world_reset(c->world);
	for (unsigned i = 0; i < h->num_devices; i++)
		world_add_endpoint(c->world, topology.device[i].rid, topology.device[i].pasid_bits,
				   topology.device[i].ats, topology.device[i].group);
	c->world->on_failure = &c->on_failure;
	c->world->hooks = (struct world_hooks){
		.ctx = c,
		.frame_free = order_frame_free,
		.call = order_call,
	};
	c->smmu->ops->reset(c->smmu, c->world, &profile);
	c->model = c->smmu->ops->model(c->smmu);
	c->worst = c->model && c->config.cache == SMMU_CACHE_WORST;
}

static bool may_fault(const struct trace_op *op)
{
	return op->code == TRACE_OP_DMA || op->code == TRACE_OP_ATS;
}

/* A broken invariant of the law does not heal: a look now and then, and one at the end, finds it in
 * the same trace. CHECK_ALL looks after every op and tells which one broke it. */
enum { CHECK_INVARIANTS_EVERY = 8 };

/* What the op may have changed in the law; a call that fails and an access change nothing that an
 * invariant speaks of. */
static unsigned changed_parts(const struct check *c)
{
	if (!c->current || c->config.depth == CHECK_ALL)
		return REF_PART_ALL;
	if (c->step.error && c->current->code != TRACE_OP_MPROTECT)
		return 0;
	switch (c->current->code) {
	case TRACE_OP_INIT:
	case TRACE_OP_SHUTDOWN:
	case TRACE_OP_ATTACH:
	case TRACE_OP_DETACH:
	case TRACE_OP_UNPLUG:
	case TRACE_OP_BIND:
	case TRACE_OP_UNBIND:
	case TRACE_OP_UNBIND_ALL:
		return REF_PART_RELATIONS;
	case TRACE_OP_MAP:
	case TRACE_OP_UNMAP:
	case TRACE_OP_READ:
	case TRACE_OP_WRITE:
	case TRACE_OP_MMAP:
	case TRACE_OP_MUNMAP:
	case TRACE_OP_MPROTECT:
	case TRACE_OP_MREMAP:
	case TRACE_OP_MIGRATE:
	case TRACE_OP_SWAP_OUT:
		return REF_PART_MEMORY;
	case TRACE_OP_DMA:
	case TRACE_OP_ATS:
	case TRACE_OP_TLBI:
	case TRACE_OP_CFGI:
	case TRACE_OP_ATC_INV:
	case TRACE_OP_PREFETCH:
	case TRACE_OP_BAD_CMD:
	case TRACE_OP_FAIL_ALLOC:
		return 0;
	default:
		return REF_PART_ALL;
	}
}

static void compare_invariants(struct check *c)
{
	const struct ref_invariant *broken = ref_check_parts(&c->ref, c->unchecked);

	c->unchecked = 0;
	if (broken)
		diverge(c, DIVERGENCE_INVARIANT, broken->rule, broken->text,
			"the law's state breaks %s", broken->name);
}

/* After every op: result and events were compared by the op itself. */
static void compare_state(struct check *c)
{
	world_run_irqs(c->world);
	if (diverged(c) || c->step.skipped)
		return;
	order_compare_calls(c, &c->step.expected);
	/* A call that did nothing to the hardware shows only where the law's relation moved. */
	if (changed_parts(c) & REF_PART_RELATIONS)
		c->compared = false;
	reach_compare(c);
	if (!diverged(c))
		stale_compare(c);
	if (diverged(c))
		return;
	c->unchecked |= changed_parts(c);
	if (!c->current || c->op % CHECK_INVARIANTS_EVERY == 0 || c->config.depth == CHECK_ALL)
		compare_invariants(c);
}

/* Set-up runs through the same functions as the ops, so a failure there is a finding as well. */
static bool setup_op(struct check *c, uint8_t code, uint8_t device, uint8_t process)
{
	const struct trace_op op = {.code = code, .device = device, .process = process};

	world_begin_op(c->world);
	memset(&c->step, 0, sizeof(c->step));
	check_exec[code](c, &op);
	world_run_irqs(c->world);
	if (!diverged(c))
		order_compare_calls(c, &c->step.expected);
	if (!diverged(c))
		compare_silence(c);
	return !diverged(c);
}

static bool attach_devices(struct check *c)
{
	const struct trace_header *h = &c->trace->header;
	unsigned groups = 0; /* set of groups that are attached */

	for (unsigned i = 0; i < h->num_devices; i++) {
		const struct trace_device *d = &h->device[i];

		if (d->domain == TRACE_NONE || d->group == TRACE_NONE || groups & 1u << d->group)
			continue;
		groups |= 1u << d->group;
		if (!setup_op(c, TRACE_OP_ATTACH, (uint8_t)i, d->domain))
			return false;
	}
	for (unsigned i = 0; i < h->num_devices; i++)
		if (h->device[i].sva && h->device[i].domain != TRACE_NONE &&
		    h->device[i].pasid_bits && h->ssid_bits &&
		    !setup_op(c, TRACE_OP_INIT, (uint8_t)i, 0))
			return false;
	return true;
}

static void setup(struct check *c)
{
	const struct trace_header *h = &c->trace->header;
	int error;

	c->running = true;
	world_begin_op(c->world);
	error = c->driver->ops->probe(c->driver, c->world, c->smmu);
	for (unsigned i = 0; i < h->num_domains && !error; i++)
		error = c->driver->ops->domain_alloc(c->driver, i,
						     h->domain_type[i] == TRACE_DOMAIN_IDENTITY
							     ? DRIVER_DOMAIN_IDENTITY
							     : DRIVER_DOMAIN_STAGE1);
	if (error) {
		diverge(c, DIVERGENCE_RESULT, "A-3", "the driver comes up", "error %d", error);
		return;
	}
	if (!attach_devices(c))
		return;
	for (unsigned i = 0; i < TRACE_MAX_PROCESSES; i++)
		if ((h->processes & 1u << i) && !setup_op(c, TRACE_OP_SPAWN, 0, (uint8_t)i))
			return;
	compare_state(c);
	if (!diverged(c))
		compare_silence(c);
}

/* Teardown: everything created is given back, then nothing may be left. */

static void leak(struct check *c, const char *what, unsigned count)
{
	if (count)
		diverge(c, DIVERGENCE_LEAK, "A-17", "everything given back", "%u %s left", count,
			what);
}

static void compare_leaks(struct check *c)
{
	struct ref_usage law = ref_usage(&c->ref);
	struct driver_usage usage = c->driver->ops->usage(c->driver);
	struct world *w = c->world;

	CHECK(!law.bonds && !law.pasids && !law.pages && !law.table_entries && !law.mms,
	      "the law itself leaks");
	leak(c, "bonds", usage.bonds);
	leak(c, "io_mms", usage.io_mms);
	leak(c, "PASIDs", usage.pasids);
	leak(c, "ASIDs", usage.asids);
	c->running = false;
	c->driver->ops->remove(c->driver);
	leak(c, "driver objects", w->objects);
	leak(c, "page-table frames", w->ram.in_use[FRAME_TABLE]);
	leak(c, "data frames", w->ram.in_use[FRAME_DATA]);
	leak(c, "driver frames", w->ram.in_use[FRAME_DRIVER]);
	for (unsigned mm = 0; mm < WORLD_MAX_MMS; mm++)
		if (w->mm[mm].users || w->mm[mm].count)
			leak(c, "address space references", w->mm[mm].users + w->mm[mm].count);
}

static bool teardown_step(struct check *c)
{
	if (!diverged(c))
		compare_state(c);
	return !diverged(c);
}

static void teardown(struct check *c)
{
	const struct trace_header *h = &c->trace->header;

	c->op = (int)c->trace->num_ops;
	c->current = NULL;
	c->world->fail_nth = 0;
	compare_invariants(c);
	for (unsigned i = 0; i < TRACE_MAX_PROCESSES && !diverged(c); i++)
		if (ref_task_alive(&c->ref, (uint8_t)i) &&
		    !setup_op(c, TRACE_OP_EXIT, 0, (uint8_t)i))
			return;
	if (!teardown_step(c))
		return;
	for (unsigned i = 0; i < h->num_devices; i++)
		if (c->ref.device[i].present && c->ref.device[i].initialised &&
		    c->ref.device[i].domain != REF_NONE &&
		    !setup_op(c, TRACE_OP_SHUTDOWN, (uint8_t)i, 0))
			return;
	for (unsigned i = 0; i < h->num_devices; i++)
		if (c->ref.device[i].present && c->ref.device[i].domain != REF_NONE &&
		    !setup_op(c, TRACE_OP_DETACH, (uint8_t)i, 0))
			return;
	if (!teardown_step(c))
		return;
	for (unsigned d = 0; d < h->num_domains; d++) {
		for (unsigned slot = 0; slot < REF_SPACE_PAGES; slot += TRACE_MAX_PAGES) {
			const struct trace_op op = {.code = TRACE_OP_UNMAP,
						    .process = (uint8_t)d,
						    .slot = (uint8_t)slot,
						    .pages = TRACE_MAX_PAGES};

			if (!(c->ref.domain[d].space.mapped >> slot & 0xff))
				continue;
			world_begin_op(c->world);
			exec_UNMAP(c, &op);
			if (diverged(c))
				return;
		}
		c->driver->ops->domain_free(c->driver, d);
	}
	compare_leaks(c);
}

/* One op. */

static void compare_pin(struct check *c, const struct trace_op *op)
{
	const struct trace_pin *pin = &op->pin;
	const struct check_step *s = &c->step;
	char want[48], got[48];
	bool met = false;

	if (!c->config.pins || pin->kind == TRACE_PIN_NONE || diverged(c))
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
	world_begin_op(c->world);
	if (c->world->fail_nth)
		c->before = c->ref;
	check_exec[op->code](c, op);
	compare_state(c);
	if (!diverged(c) && !may_fault(op))
		compare_silence(c);
	compare_pin(c, op);
}

static uint32_t count_commands(const struct check *c)
{
	return c->model ? smmu_counters(c->model).commands : 0;
}

/* What only an observer wants to know. */
static void observe(struct check *c, uint32_t commands_before)
{
	const struct world *w = c->world;

	c->step.num_commands = count_commands(c) - commands_before;
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

struct divergence check_run(struct check *c, const struct trace *trace, check_observer observer,
			    void *ctx)
{
	reset(c, trace);
	if (setjmp(c->on_failure)) {
		implementation_failed(c);
		if (observer && c->current)
			observer(ctx, (unsigned)c->op, &c->step);
		return c->divergence;
	}
	setup(c);
	for (unsigned i = 0; i < trace->num_ops && !diverged(c); i++) {
		uint32_t commands = observer ? count_commands(c) : 0;

		c->op = (int)i;
		run_op(c, &trace->op[i]);
		if (!observer)
			continue;
		observe(c, commands);
		observer(ctx, i, &c->step);
	}
	if (!diverged(c))
		teardown(c);
	return c->divergence;
}

/* Creation. */

static bool set_fault(struct check *c, const char *fault, struct error *error)
{
	const char *none = "", *driver = none, *smmu = none;
	char prefix[32];

	if (!fault || !*fault)
		return c->driver->ops->set_fault(c->driver, none) &&
		       c->smmu->ops->set_fault(c->smmu, none);
	if (!check_has_faults())
		return error_set(error, "this build has no planted faults; use svafuzz-faults or "
					"fuzz_bind_faults");
	snprintf(prefix, sizeof(prefix), "%s-", c->driver->ops->name);
	if (!strncmp(fault, prefix, strlen(prefix)))
		driver = fault + strlen(prefix);
	else if (!strncmp(fault, "smmu-", 5))
		smmu = fault + 5;
	if ((driver == none && smmu == none) || !c->driver->ops->set_fault(c->driver, driver) ||
	    !c->smmu->ops->set_fault(c->smmu, smmu))
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
	c->driver = driver_find(config->driver);
	c->smmu = smmu_socket_find(config->smmu);
	if (!c->driver)
		error_set(error, "unknown driver '%s'; `svafuzz help` lists them", config->driver);
	else if (!c->smmu)
		error_set(error, "unknown smmu '%s'; `svafuzz help` lists them", config->smmu);
	else if (set_fault(c, config->fault, error))
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
