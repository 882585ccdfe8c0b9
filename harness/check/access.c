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

/* A fault that the law calls reportable is one record, and it names the access. */
static void compare_event(struct check *c, const struct trace_op *op, unsigned outcome)
{
	const struct world *w = c->world;
	struct smmu_event event;
	uint16_t rid = w->endpoint[op->device].rid;
	uint64_t va = world_slot_va(op->slot);

	if (outcome == REF_FAULT_ABORT || outcome == REF_FAULT_BUS || outcome == REF_OUTCOME_OK) {
		compare_silence(c);
		return;
	}
	if (w->num_events != 1 || w->events_lost) {
		diverge(c, DIVERGENCE_EVENT, "A-43", "one event record", "%u records, %u lost",
			w->num_events, w->events_lost);
		return;
	}
	event = smmu_event_decode(w->event[0]);
	/* 7.3.9: C_BAD_SUBSTREAMID always has a SubstreamID, without a valid flag. */
	if (event.type == SMMU_C_BAD_SUBSTREAMID)
		event.ssv = true;
	/* 7.3.7: F_STREAM_DISABLED names the stream only. */
	if (event.type == SMMU_F_STREAM_DISABLED) {
		event.ssv = op->has_pasid;
		event.ssid = op->pasid;
	}
	if (event.sid != rid || event.ssv != op->has_pasid ||
	    (event.ssv && event.ssid != op->pasid)) {
		diverge(c, DIVERGENCE_EVENT, "E-30", "a record for this stream and substream",
			"stream %#x, ssv %d, substream %u", event.sid, event.ssv, event.ssid);
		return;
	}
	/* 7.3: configuration faults carry no address. */
	if (outcome == REF_FAULT_PASID)
		return;
	if ((event.input_addr & ~0xfffull) != va || event.rnw != !op->prot ||
	    event.class != SMMU_CLASS_IN)
		diverge(c, DIVERGENCE_EVENT, "E-30", "a record for this address and direction",
			"%s of %#llx, class %u", event.rnw ? "read" : "write",
			(unsigned long long)event.input_addr, event.class);
}

void compare_dma(struct check *c, const struct trace_op *op, const struct ref_result *expected,
		 const struct world_dma *dma)
{
	unsigned want = expected->access.outcome;
	unsigned got = classify(&dma->response, dma->bus_error);
	uint64_t frame;
	uint32_t stored;

	c->step.outcome = (uint8_t)got;
	c->step.value = dma->value;
	if (got != want) {
		bool leak = got == REF_OUTCOME_OK;

		diverge(c, leak ? DIVERGENCE_REACH : DIVERGENCE_UNREACHABLE,
			want == REF_FAULT_PASID ? "A-43" : "B-1", check_outcome_name(want),
			"%s%s%s", check_outcome_name(got), dma->response.event ? ": " : "",
			dma->response.event ? smmu_event_name(dma->response.event) : "");
		return;
	}
	compare_event(c, op, want);
	if (diverged(c) || want != REF_OUTCOME_OK)
		return;
	frame = c->frame_of[expected->access.page];
	if ((dma->response.pa & ~0xfffull) != frame) {
		diverge(c, DIVERGENCE_REACH, "B-9", "the law's page", "another frame");
		return;
	}
	stored = (uint32_t)ram_load(frame);
	if ((!op->prot && dma->value != expected->access.value) || stored != expected->access.value)
		diverge(c, DIVERGENCE_DATA, "B-9", "the value last written", "%u instead of %u",
			op->prot ? stored : dma->value, expected->access.value);
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
