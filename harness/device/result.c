/* SPDX-License-Identifier: MIT */
/* What an op has shown, in words: for pins, for people, and for the digest. */
#include "run.h"
#include "../base/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void put(struct text *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* One word more. */
static void put(struct text *out, const char *fmt, ...)
{
	va_list args;

	if (out->size - out->used < 3)
		return;
	if (out->used)
		text_put(out, " ");
	va_start(args, fmt);
	text_vput(out, fmt, args);
	va_end(args);
}

static void put_if(struct text *out, bool is, const char *word)
{
	if (is)
		put(out, "%s", word);
}

static void put_number(struct text *out, const char *key, uint64_t value)
{
	char number[DEV_NUMBER_SIZE];

	put(out, "%s%s", key, dev_number(value, number));
}

static void put_response(struct text *out, const struct smmu_response *r)
{
	static const char *const status[] = {"ok", "abort", "denied", "stalled"};

	put(out, "%s", status[r->status & 3]);
	if (r->status == SMMU_OK) {
		put_number(out, "", r->pa);
		put_if(out, r->bypass, "bypass");
		return;
	}
	put(out, "%s", r->event ? smmu_event_name(r->event) : "silent");
	if (r->event && !r->recorded)
		put(out, "unrecorded");
	if (r->cause)
		put(out, "%s", smmu_cause_name(r->cause));
	if (r->status == SMMU_STALLED)
		put(out, "stag=%u", r->stag);
}

size_t dev_response_format(const struct smmu_response *response, char *buffer, size_t size)
{
	struct text out = {.at = buffer, .size = size};

	put_response(&out, response);
	return out.used;
}

static void put_ats(struct text *out, const struct smmu_response *r)
{
	put_response(out, r);
	if (r->status != SMMU_OK)
		return;
	put_number(out, "size=", r->size);
	put_if(out, r->read_ok, "r");
	put_if(out, r->write_ok, "w");
	put_if(out, r->global, "global");
}

static void put_substream(struct text *out, bool ssv, uint32_t ssid)
{
	if (ssv)
		put(out, "ssid=%u", ssid);
}

static void put_event(struct text *out, const struct smmu_event *e)
{
	put(out, "%s", smmu_event_name(e->type));
	put(out, "sid=%u", e->sid);
	/* 7.3.9 has a SubstreamID that needs no SSV. */
	put_substream(out, e->ssv || e->type == SMMU_C_BAD_SUBSTREAMID, e->ssid);
	put_number(out, "addr=", e->input_addr);
	if (e->fetch_addr)
		put_number(out, "fetch=", e->fetch_addr);
	if (e->ipa || e->s2)
		put_number(out, "ipa=", e->ipa);
	put_if(out, e->rnw, "rnw");
	put_if(out, e->ind, "ind");
	put_if(out, e->pnu, "pnu");
	put_if(out, e->s2, "s2");
	put(out, "class=%u", e->fault_class);
	if (e->stall)
		put(out, "stall stag=%u", e->stag);
	if (e->reason)
		put_number(out, "reason=", e->reason);
}

size_t dev_event_format(const struct smmu_event *event, char *buffer, size_t size)
{
	struct text out = {.at = buffer, .size = size};

	put_event(&out, event);
	return out.used;
}

static void put_page_request(struct text *out, const struct smmu_page_request *r)
{
	put(out, "sid=%u", r->sid);
	put_substream(out, r->ssv, r->ssid);
	put_number(out, "addr=", r->addr);
	put(out, "prg=%u", r->prg);
	put_if(out, r->last, "last");
	put_if(out, r->read, "read");
	put_if(out, r->write, "write");
	put_if(out, r->execute, "exec");
	put_if(out, r->privileged, "priv");
}

static void put_invalidation(struct text *out, const struct smmu_atc_inv *inv)
{
	put(out, "sid=%u", inv->sid);
	put_substream(out, inv->ssv, inv->ssid);
	put_if(out, inv->global, "global");
	put_number(out, "va=", inv->va);
	put_number(out, "size=", inv->size);
}

static void put_prg_response(struct text *out, const struct smmu_prg_response *r)
{
	put(out, "sid=%u", r->sid);
	put_substream(out, r->ssv, r->ssid);
	put(out, "prg=%u", r->prg);
	put(out, "code=%u", r->code);
	put_if(out, r->automatic, "automatic");
}

static void put_irqs(struct text *out, uint8_t irqs)
{
	static const char *const names[SMMU_IRQ_COUNT] = {"evtq", "gerror", "sync", "priq", "sev"};

	for (unsigned i = 0; i < SMMU_IRQ_COUNT; i++)
		put_if(out, irqs >> i & 1, names[i]);
	put_if(out, !irqs, "none");
}

/* "p512:rw", or the event; "abort" for a silent one. */
static void put_outcomes(struct text *out, const struct dev_result *r)
{
	char number[DEV_NUMBER_SIZE];

	for (unsigned i = 0; i < r->num_outcomes; i++) {
		const struct smmu_outcome *o = &r->outcome[i];

		if (o->event)
			put(out, "%s", smmu_event_name(o->event));
		else if (!o->read_ok && !o->write_ok)
			put(out, "abort");
		else
			put(out, "%s:%s%s", dev_number(o->pa, number), o->read_ok ? "r" : "",
			    o->write_ok ? "w" : "");
	}
	put_if(out, !r->num_outcomes, "none");
}

static void put_seen(struct text *out, const struct dev_op *op, const struct dev_result *r)
{
	if (!r->found)
		put(out, "none");
	else if (op->code == DEV_OP_EVENT)
		put_event(out, &r->event);
	else if (op->code == DEV_OP_PRI)
		put_page_request(out, &r->page_request);
	else if (op->code == DEV_OP_INVALIDATION)
		put_invalidation(out, &r->invalidation);
	else
		put_prg_response(out, &r->prg_response);
}

size_t dev_result_format(const struct dev_op *op, const struct dev_result *r, char *buffer,
			 size_t size)
{
	static const char *const commands[] = {"done",
					       "held",
					       "waiting",
					       "full",
					       "stopped ILL",
					       "stopped ABT",
					       "stopped ATC_INV_SYNC"};
	static const char *const answers[] = {"waiting", "retry", "abort"};
	struct text out = {.at = buffer, .size = size};

	buffer[0] = '\0';
	if (op->code >= DEV_OP_CMD_RAW && op->code <= DEV_OP_CMD_SYNC) {
		put(&out, "%s", commands[r->command]);
		return out.used;
	}
	switch (op->code) {
	case DEV_OP_DMA:
	case DEV_OP_TRANSLATED:
		put_response(&out, &r->response);
		break;
	case DEV_OP_ATS:
		put_ats(&out, &r->response);
		break;
	case DEV_OP_READ:
	case DEV_OP_LOAD:
		put_number(&out, "", r->value);
		break;
	case DEV_OP_PAGE_REQUEST:
		put(&out, "%s", r->found ? "queued" : "discarded");
		break;
	case DEV_OP_TAKE:
		put(&out, "%s", answers[r->answer]);
		break;
	case DEV_OP_POSSIBLE:
		put_outcomes(&out, r);
		break;
	case DEV_OP_IRQ:
		put_irqs(&out, r->irqs);
		break;
	case DEV_OP_EVENT:
	case DEV_OP_PRI:
	case DEV_OP_INVALIDATION:
	case DEV_OP_RESPONSE:
		put_seen(&out, op, r);
		break;
	default:
		break; /* stores show nothing */
	}
	return out.used;
}
