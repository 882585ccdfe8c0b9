/* SPDX-License-Identifier: MIT */
/* What holds after every op, whatever is in memory, in the registers and in the queues. */
#include "model.h"

#include <stdarg.h>
#include <stdio.h>

enum {
	/* Bus accesses of one step: a Command queue full of CMD_SYNCs with messages, and each access
	 * of a nested translation, are far below it. */
	MAX_ACCESSES = 4096,
	/* The worst-case caches read whole trees, under each way in which stage 2 can be. */
	MAX_WORST_ACCESSES = 1 << 26,
};

void model_break(struct dev_model *model, const char *fmt, ...)
{
	va_list args;

	if (*model->broken)
		return;
	va_start(args, fmt);
	vsnprintf(model->broken, sizeof(model->broken), fmt, args);
	va_end(args);
}

static void check_ok(struct dev_model *model, const struct smmu_request *request,
		     const struct smmu_response *r)
{
	unsigned oas = model->profile.oas_bits;

	/* 3.9.1.2: a completion without rights is a success that says why. */
	if (request->kind == SMMU_ATS_REQUEST && !r->read_ok && !r->write_ok && !r->event)
		return;
	if (r->event || r->cause || r->recorded)
		model_break(model, "a granted access names an event (%u) or a cause (%u)", r->event,
			    r->cause);
	if (oas < 64 && r->pa >> oas)
		model_break(model, "output address 0x%llx exceeds %u bits",
			    (unsigned long long)r->pa, oas);
	if (r->size & (r->size - 1))
		model_break(model, "size 0x%llx is no power of two", (unsigned long long)r->size);
}

static bool same(const struct smmu_response *a, const struct smmu_response *b)
{
	if (a->status != b->status || a->event != b->event || a->cause != b->cause)
		return false;
	return a->status != SMMU_OK ||
	       (a->pa == b->pa && a->read_ok == b->read_ok && a->write_ok == b->write_ok &&
		a->bypass == b->bypass && a->global == b->global);
}

void model_check_access(struct dev_model *model, const struct smmu_request *request,
			const struct smmu_response *before, const struct smmu_response *after,
			const struct smmu_response *response, uint32_t events)
{
	if (response->status == SMMU_OK)
		check_ok(model, request, response);
	else if (!response->cause && response->status != SMMU_STALLED)
		model_break(model, "an access is refused without a cause");
	if (response->status == SMMU_STALLED && !response->event)
		model_break(model, "an access stalls without an event");
	if (!response->recorded && events)
		model_break(model, "an event was recorded that the response does not name");
	if (events > 1)
		model_break(model, "%u events of one access", events);
	/* Caches may answer otherwise than memory, and a stall may find no tag. */
	if (model->profile.cache == SMMU_CACHE_EXACT || response->status == SMMU_STALLED ||
	    before->status == SMMU_STALLED)
		return;
	/* What HTTU wrote may be read again in the same access, where one word is two structures. */
	if (!same(before, response) && !same(after, response))
		model_break(model,
			    "smmu_peek() says status %u event %u cause %s, the access "
			    "status %u event %u cause %s",
			    before->status, before->event, smmu_cause_name(before->cause),
			    response->status, response->event, smmu_cause_name(response->cause));
}

/* The SMMU moves an index within its queue; software may write anything, and then it may be so. */
static void check_queue(struct dev_model *model, const char *name, uint32_t reg, unsigned bits)
{
	uint32_t index = (uint32_t)smmu_reg_read(&model->smmu, reg, 4) & SMMU_Q_INDEX;

	if (index >> (bits + 1))
		model_break(model, "%s is 0x%x with a queue of %u entries", name, index,
			    1u << bits);
}

void model_check_step(struct dev_model *model)
{
	struct smmu *smmu = &model->smmu;

	if (model->accesses >
	    (model->profile.cache == SMMU_CACHE_WORST ? MAX_WORST_ACCESSES : MAX_ACCESSES))
		model_break(model, "%u bus accesses in one step", model->accesses);
	if (smmu_reg_read(smmu, SMMU_REG_CR0ACK, 4) & ~0x1full)
		model_break(model, "CR0ACK has reserved bits");
	if (model->reg_written)
		return;
	check_queue(model, "CMDQ_CONS", SMMU_REG_CMDQ_CONS, model->header.cmdq);
	check_queue(model, "EVENTQ_PROD", SMMU_REG_EVENTQ_PROD, model->header.evtq);
	if (model->profile.pri)
		check_queue(model, "PRIQ_PROD", SMMU_REG_PRIQ_PROD, model->header.priq);
}
