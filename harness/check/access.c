/* SPDX-License-Identifier: MIT */
/* One access of a device against the law: outcome, data, event records. */
#include "check_state.h"

const char *check_outcome_name(unsigned outcome)
{
	static const char *const text[] = {
		[REF_OUTCOME_NONE] = "no access",
		[REF_OUTCOME_OK] = "ok",
		[REF_FAULT_TRANSLATION] = "fault translation",
		[REF_FAULT_PERMISSION] = "fault permission",
		[REF_FAULT_PASID] = "fault pasid",
		[REF_FAULT_ABORT] = "abort",
		[REF_FAULT_BUS] = "bus",
	};

	return outcome < ARRAY_SIZE(text) ? text[outcome] : "?";
}

/* The law's word for what the hardware reported (7.3). */
static unsigned classify(const struct smmu_response *response, bool bus_error)
{
	if (response->status == SMMU_OK)
		return bus_error ? REF_FAULT_BUS : REF_OUTCOME_OK;
	switch (response->event) {
	case SMMU_EVT_NONE:
		return REF_FAULT_ABORT;
	case SMMU_F_TRANSLATION:
	case SMMU_F_ADDR_SIZE:
	case SMMU_F_ACCESS:
		return REF_FAULT_TRANSLATION;
	case SMMU_F_PERMISSION:
		return REF_FAULT_PERMISSION;
	case SMMU_C_BAD_CD:
	case SMMU_C_BAD_SUBSTREAMID:
	case SMMU_F_STREAM_DISABLED: /* 5.2 S1DSS: substream 0 when it stands for "none" */
		return REF_FAULT_PASID;
	default:
		return REF_OUTCOME_NONE;
	}
}

void compare_silence(struct check *c)
{
	const struct world *w = c->world;
	struct smmu_event event;

	if (!w->num_events && !w->events_lost)
		return;
	event = smmu_event_decode(w->event[0]);
	diverge(c, DIVERGENCE_EVENT, "A-43", "no event record", "%u, first %s for stream %#x",
		w->num_events + w->events_lost, smmu_event_name(event.type), event.sid);
}

void compare_answers(struct check *c)
{
	struct smmu_counters now;

	if (!c->stalls || diverged(c))
		return;
	now = check_counters(c);
	if (now.stray_answers != c->stray)
		diverge(c, DIVERGENCE_RESPONSE, "D-8", "an answer for each stalled access only",
			"%u to none", now.stray_answers - c->stray);
	else if (now.stall_answers - c->answered != now.stalls - c->stalled)
		diverge(c, DIVERGENCE_RESPONSE, "D-8", "one answer for each stalled access",
			"%u for %u", now.stall_answers - c->answered, now.stalls - c->stalled);
}

/* World accesses: reads leave by the first stream of a device, writes by its last. */
static uint16_t stream_id(const struct check *c, const struct trace_op *op)
{
	const struct world_endpoint *endpoint = &c->world->endpoint[op->device];

	return endpoint->stream[op->prot ? endpoint->num_streams - 1 : 0];
}

/* Does the record name the stream and substream of the access? */
static bool names_stream(const struct check *c, const struct trace_op *op, struct smmu_event event)
{
	/* 7.3.9: C_BAD_SUBSTREAMID always has a SubstreamID, without a valid flag. */
	if (event.type == SMMU_C_BAD_SUBSTREAMID)
		event.ssv = true;
	/* 7.3.7: F_STREAM_DISABLED names the stream only. */
	if (event.type == SMMU_F_STREAM_DISABLED) {
		event.ssv = op->has_pasid;
		event.ssid = op->pasid;
	}
	return event.sid == stream_id(c, op) && event.ssv == op->has_pasid &&
	       (!event.ssv || event.ssid == op->pasid);
}

static const char *hearer_text(unsigned vm, char buffer[48])
{
	if (vm >= WORLD_MAX_VMS)
		return "a record for the host";
	snprintf(buffer, 48, "a record for the guest of VM %u", vm);
	return buffer;
}

/* Who hears of it: what a guest's tables made of an access is the guest's, what is beyond its
 * memory the host's (7.3 S2). */
static bool compare_hearer(struct check *c, const struct ref_access *access,
			   struct ref_target target, const struct smmu_event *event)
{
	unsigned vm = access->guest ? access->guest - 1u : (unsigned)WORLD_MAX_VMS;
	bool stage2 = target.kind == REF_TARGET_GUEST;
	char want[48], got[48];

	if (c->world->event_vm[0] != vm)
		return diverge(c, DIVERGENCE_EVENT, "B-8", hearer_text(vm, want), "%s",
			       hearer_text(c->world->event_vm[0], got));
	if (event->s2 == stage2)
		return true;
	return diverge(c, DIVERGENCE_EVENT, "E-30",
		       stage2 ? "a record of stage 2" : "a record of stage 1", "S2 = %d",
		       event->s2);
}

/* A fault that the law calls reportable is one record, and it names the access. So is a stall that
 * ended well (7.3.13 Stall). */
static void compare_event(struct check *c, const struct trace_op *op, struct ref_target target,
			  const struct ref_access *access)
{
	const struct world *w = c->world;
	unsigned outcome = access->outcome;
	struct smmu_event event;

	if (!access->stalls &&
	    (outcome == REF_FAULT_ABORT || outcome == REF_FAULT_BUS || outcome == REF_OUTCOME_OK)) {
		compare_silence(c);
		return;
	}
	if (w->num_events != 1 || w->events_lost) {
		diverge(c, DIVERGENCE_EVENT, "A-43", "one event record", "%u records, %u lost",
			w->num_events, w->events_lost);
		return;
	}
	event = smmu_event_decode(w->event[0]);
	if (!names_stream(c, op, event)) {
		diverge(c, DIVERGENCE_EVENT, "E-30", "a record for this stream and substream",
			"stream %#x, ssv %d, substream %u", event.sid, event.ssv, event.ssid);
		return;
	}
	if (!compare_hearer(c, access, target, &event))
		return;
	/* 7.3: configuration faults carry no address. */
	if (outcome == REF_FAULT_PASID)
		return;
	if (event.stall != access->stalls) {
		diverge(c, DIVERGENCE_EVENT, "D-8",
			access->stalls ? "a record of a stall" : "a record of no stall",
			"Stall = %d", event.stall);
		return;
	}
	if ((event.input_addr & ~0xfffull) != world_slot_va(op->slot) || event.rnw != !op->prot)
		diverge(c, DIVERGENCE_EVENT, "E-30", "a record for this address and direction",
			"%s of %#llx", event.rnw ? "read" : "write",
			(unsigned long long)event.input_addr);
	else if (event.fault_class != SMMU_CLASS_IN)
		diverge(c, DIVERGENCE_EVENT, "E-30", "a record of the access itself: CLASS = 2",
			"CLASS = %u", event.fault_class);
	else if (event.s2 && event.ipa != world_slot_va(op->slot)) /* 7.3.13: stage 1 is bypassed */
		diverge(c, DIVERGENCE_EVENT, "E-30", "a record with the IPA of the access",
			"IPA = %#llx", (unsigned long long)event.ipa);
}

/* False when the comparison of the access ends here. */
static bool compare_outcome(struct check *c, const struct ref_access *access,
			    const struct world_dma *dma, unsigned got)
{
	const struct smmu_response *response = &dma->response;
	bool leak = got == REF_OUTCOME_OK;
	enum divergence_kind kind = leak ? DIVERGENCE_REACH : DIVERGENCE_UNREACHABLE;
	const char *rule = access->outcome == REF_FAULT_PASID ? "A-43" : "B-1";

	if (got == access->outcome)
		return true;
	if (access->outcome == REF_FAULT_ABORT && response->status == SMMU_ABORT && c->is_linux) {
		/* Aborted as it should be, but not in silence. */
		if (access->unreported)
			return access->stalls;
		kind = DIVERGENCE_EVENT;
		rule = "D-21";
	}
	diverge(c, kind, rule, check_outcome_name(access->outcome), "%s%s%s",
		check_outcome_name(got), response->event ? ": " : "",
		response->event ? smmu_event_name(response->event) : "");
	return false;
}

static bool compare_stalls(struct check *c, const struct trace_op *op,
			   const struct ref_access *access, const struct world_dma *dma)
{
	bool first = stream_id(c, op) == c->world->endpoint[op->device].stream[0];

	if (dma->unanswered)
		return diverge(c, DIVERGENCE_RESPONSE, "D-8", "an answer to the stalled access",
			       "none: the device%s waits for ever", first ? "" : "'s other stream");
	if (dma->stalls != access->stalls)
		return diverge(c, DIVERGENCE_RESPONSE, "D-8",
			       access->stalls ? "the access stalls once, and is answered"
					      : "the access does not stall",
			       "it stalls %u time%s", dma->stalls, dma->stalls == 1 ? "" : "s");
	return true;
}

static void compare_data(struct check *c, const struct trace_op *op,
			 const struct ref_access *access, const struct world_dma *dma)
{
	uint64_t frame = c->frame_of[access->page];
	uint32_t stored;

	if ((dma->response.pa & ~0xfffull) != frame) {
		diverge(c, DIVERGENCE_REACH, "B-9", "the law's page", "another frame");
		return;
	}
	stored = (uint32_t)ram_load(frame);
	if ((!op->prot && dma->value != access->value) || stored != access->value)
		diverge(c, DIVERGENCE_DATA, "B-9", "the value last written", "%u instead of %u",
			op->prot ? stored : dma->value, access->value);
}

void compare_dma(struct check *c, const struct trace_op *op, struct ref_target target,
		 const struct ref_result *expected, const struct world_dma *dma)
{
	const struct ref_access *access = &expected->access;
	unsigned got = classify(&dma->response, dma->bus_error);

	c->step.outcome = (uint8_t)got;
	c->step.value = dma->value;
	if (!dma->unanswered && !compare_outcome(c, access, dma, got))
		return;
	if (!compare_stalls(c, op, access, dma))
		return;
	if (!access->unreported)
		compare_event(c, op, target, access);
	if (!diverged(c) && access->outcome == REF_OUTCOME_OK)
		compare_data(c, op, access, dma);
}

void compare_ats(struct check *c, const struct ref_result *expected,
		 const struct smmu_response *response)
{
	unsigned want = expected->access.outcome;
	uint8_t prot = (uint8_t)((response->read_ok ? REF_READ : 0) |
				 (response->write_ok ? REF_WRITE : 0));

	if (response->status != SMMU_OK)
		prot = 0;
	c->step.ats_prot = prot;
	c->step.outcome = response->status == SMMU_OK ? REF_OUTCOME_OK : (uint8_t)want;
	if ((response->status == SMMU_OK) != (want == REF_OUTCOME_OK)) {
		c->step.outcome = response->status == SMMU_OK ? REF_OUTCOME_OK : REF_FAULT_ABORT;
		diverge(c, DIVERGENCE_EVENT, "A-43", check_outcome_name(want),
			"the translation request is %s",
			response->status == SMMU_OK ? "answered" : "denied");
		return;
	}
	if (want == REF_OUTCOME_OK && prot != expected->access.prot) {
		bool more = prot & ~expected->access.prot;

		diverge(c, more ? DIVERGENCE_REACH : DIVERGENCE_UNREACHABLE, "B-1",
			"the rights of the page", "R=%d W=%d instead of R=%d W=%d",
			!!(prot & REF_READ), !!(prot & REF_WRITE),
			!!(expected->access.prot & REF_READ),
			!!(expected->access.prot & REF_WRITE));
		return;
	}
	/* 3.9.1: neither a completion without rights nor a denial is recorded (REC_CFG_ATS = 0). */
	compare_silence(c);
}
