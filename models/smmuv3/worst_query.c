/* SPDX-License-Identifier: MIT */
/* Worst-case caches: what hardware could do now. */
#include "regs.h"
#include "worst_state.h"

int smmu_worst_tag_user(const struct smmu *smmu, uint8_t regime, uint16_t asid, bool global,
			unsigned from)
{
	const struct smmu_worst *w = &smmu->worst;

	for (unsigned i = from; i < w->num_contexts; i++) {
		const struct smmu_context *context = &w->context[i];

		if (context->kind == SMMU_CTX_S1 && context->s1.regime == regime &&
		    (global || context->s1.asid == asid))
			return (int)i;
	}
	return -1;
}

int smmu_tlb_user(struct smmu *smmu, const struct smmu_held_tlb *entry, unsigned from)
{
	smmu_worst_refresh(smmu);
	return smmu_worst_tag_user(smmu, entry->s1.regime, entry->s1.asid, entry->global, from);
}

static struct smmu_outcome outcome_of(const struct smmu_walk *walk)
{
	return (struct smmu_outcome){
		.event = walk->event,
		.read_ok = !walk->event && walk->user_read,
		.write_ok = !walk->event && walk->user_write,
		.pa = walk->event ? 0 : walk->pa,
	};
}

struct smmu_outcome smmu_probe(struct smmu *smmu, const struct smmu_s1 *s1, uint64_t va)
{
	struct smmu_walk walk = smmu_walk(smmu, s1, va);

	return outcome_of(&walk);
}

static bool in_frame(uint64_t address, uint64_t pa, uint64_t size)
{
	return address - pa < size;
}

/* Does the output range of an entry meet the frame? */
static bool meets_frame(uint64_t output, uint64_t length, uint64_t pa, uint64_t size)
{
	return output < pa + size && pa < output + length;
}

bool smmu_frame_held(struct smmu *smmu, uint64_t pa, uint64_t size)
{
	const struct smmu_worst *w = &smmu->worst;

	smmu_worst_refresh(smmu);
	/* Stream tables and CD tables of reachable structures. */
	for (unsigned s = 0; s < w->num_streams; s++)
		for (unsigned i = 0; i < w->stream[s].num_ranges; i++)
			if (w->stream[s].range[i].lo < pa + size && pa < w->stream[s].range[i].hi)
				return true;
	for (unsigned i = 0; i < w->num_contexts; i++)
		if (w->context[i].kind == SMMU_CTX_S1 && in_frame(w->context[i].s1.ttb0, pa, size))
			return true;
	for (unsigned i = 0; i < w->num_tlb; i++)
		if (meets_frame(w->tlb[i].pa, w->tlb[i].table ? 1 : w->tlb[i].size, pa, size) &&
		    smmu_tlb_user(smmu, &w->tlb[i], 0) >= 0)
			return true;
	for (unsigned i = 0; i < w->num_atc; i++)
		if (meets_frame(w->atc[i].pa, w->atc[i].size, pa, size))
			return true;
	for (unsigned i = 0; i < w->num_frozen; i++) {
		const struct smmu_frozen *frozen = &w->frozen[i];

		if (in_frame(frozen->s1.ttb0, pa, size) &&
		    (!frozen->tlb ||
		     smmu_worst_tag_user(smmu, frozen->s1.regime, frozen->s1.asid, false, 0) >= 0))
			return true;
	}
	return false;
}

/* A set of distinct outcomes. */
struct outcomes {
	struct smmu_outcome *outcome;
	unsigned count, max;
};

static void add_outcome(struct outcomes *set, struct smmu_outcome outcome)
{
	for (unsigned i = 0; i < set->count && i < set->max; i++) {
		const struct smmu_outcome *have = &set->outcome[i];

		if (have->event == outcome.event && have->pa == outcome.pa &&
		    have->read_ok == outcome.read_ok && have->write_ok == outcome.write_ok)
			return;
	}
	if (set->count < set->max)
		set->outcome[set->count] = outcome;
	set->count++;
}

/* Everything that a lookup with this configuration may hit. */
static void add_translations(struct smmu *smmu, struct outcomes *set, const struct smmu_s1 *s1,
			     uint64_t va)
{
	const struct smmu_worst *w = &smmu->worst;

	add_outcome(set, smmu_probe(smmu, s1, va));
	for (unsigned i = 0; i < w->num_contexts; i++) {
		const struct smmu_context *other = &w->context[i];
		struct smmu_walk walk;

		if (other->kind != SMMU_CTX_S1 || other->s1.regime != s1->regime ||
		    smmu_s1_same(&other->s1, s1) || (other->s1.asid != s1->asid && !w->any_global))
			continue;
		walk = smmu_walk(smmu, &other->s1, va);
		if (!walk.event && (other->s1.asid == s1->asid || walk.global))
			add_outcome(set, outcome_of(&walk));
	}
	for (unsigned i = 0; i < w->num_tlb; i++) {
		const struct smmu_held_tlb *tlb = &w->tlb[i];

		if (tlb->s1.regime != s1->regime || (tlb->s1.asid != s1->asid && !tlb->global) ||
		    va - tlb->va >= tlb->size)
			continue;
		if (tlb->table) {
			struct smmu_walk walk =
				smmu_walk_from(smmu, &tlb->s1, va, tlb->level + 1, tlb->pa);

			add_outcome(set, outcome_of(&walk));
		} else {
			add_outcome(set, (struct smmu_outcome){.read_ok = tlb->read_ok,
							       .write_ok = tlb->write_ok,
							       .pa = tlb->pa + (va - tlb->va)});
		}
	}
	for (unsigned i = 0; i < w->num_frozen; i++) {
		const struct smmu_frozen *frozen = &w->frozen[i];
		struct smmu_outcome outcome;

		if (!frozen->tlb || frozen->s1.regime != s1->regime || frozen->s1.asid != s1->asid)
			continue;
		outcome = smmu_probe(smmu, &frozen->s1, va);
		if (!outcome.event)
			add_outcome(set, outcome);
	}
}

static void add_atc(struct smmu *smmu, struct outcomes *set, unsigned stream,
		    const struct smmu_request *request)
{
	const struct smmu_worst *w = &smmu->worst;

	for (unsigned i = 0; i < w->num_atc; i++) {
		const struct smmu_held_atc *atc = &w->atc[i];

		if (atc->stream == stream && atc->ssv == request->ssv &&
		    (!atc->ssv || atc->ssid == request->ssid) &&
		    request->addr - atc->va < atc->size)
			add_outcome(set, (struct smmu_outcome){.read_ok = atc->read_ok,
							       .write_ok = atc->write_ok,
							       .pa = atc->pa +
								     (request->addr - atc->va)});
	}
	for (unsigned i = 0; i < w->num_frozen; i++) {
		const struct smmu_frozen *frozen = &w->frozen[i];
		struct smmu_outcome outcome;

		if (frozen->tlb || frozen->stream != stream || frozen->ssv != request->ssv ||
		    (frozen->ssv && frozen->ssid != request->ssid))
			continue;
		outcome = smmu_probe(smmu, &frozen->s1, request->addr);
		if (!outcome.event)
			add_outcome(set, outcome);
	}
}

static bool applies(const struct smmu_context *context, const struct smmu_request *request)
{
	if (context->whole)
		return true;
	return context->ssv == request->ssv && (!context->ssv || context->ssid == request->ssid);
}

static struct smmu_outcome refusal(const struct smmu_context *context)
{
	/* 7.3.9: a SubstreamID where stage 1 is off. */
	if (context->kind == SMMU_CTX_BYPASS)
		return (struct smmu_outcome){.event = SMMU_C_BAD_SUBSTREAMID};
	return (struct smmu_outcome){.event = context->event};
}

unsigned smmu_possible(struct smmu *smmu, const struct smmu_request *request,
		       struct smmu_outcome *outcome, unsigned max)
{
	const struct smmu_worst *w = &smmu->worst;
	struct outcomes set = {outcome, 0, max};
	bool current = false; /* what memory alone says is among them */

	smmu_worst_refresh(smmu);
	for (unsigned s = 0; s < w->num_streams; s++) {
		/* 3.21.3: with SMMUEN = 0 GBPA decides alone, and nothing of it is cached. */
		if (w->stream[s].sid != request->sid || !(smmu->regs.cr0 & SMMU_CR0_SMMUEN))
			continue;
		for (unsigned i = 0; i < w->num_contexts; i++) {
			const struct smmu_context *context = &w->context[i];

			if (context->stream != s || !applies(context, request))
				continue;
			current |= !context->held;
			if (context->kind == SMMU_CTX_S1)
				add_translations(smmu, &set, &context->s1, request->addr);
			else if (context->kind == SMMU_CTX_BYPASS && !request->ssv)
				add_outcome(&set, (struct smmu_outcome){.read_ok = true,
									.write_ok = true,
									.pa = request->addr});
			else
				add_outcome(&set, refusal(context));
		}
		if (w->stream[s].ats_on)
			add_atc(smmu, &set, s, request);
	}
	if (!current) { /* plain faults have no context */
		struct smmu_response now = smmu_peek(smmu, request);

		add_outcome(&set, (struct smmu_outcome){.event = now.event,
							.read_ok = now.read_ok,
							.write_ok = now.write_ok,
							.pa = now.pa});
	}
	return set.count < max ? set.count : max;
}
