/* SPDX-License-Identifier: MIT */
/* Worst-case caches: what hardware could do now. */
#include "regs.h"
#include "worst_structure.h"

int smmu_worst_tag_user(const struct smmu *smmu, const struct smmu_s1 *s1, bool global,
			unsigned from)
{
	const struct smmu_worst *w = &smmu->worst;

	for (unsigned i = from; i < w->num_contexts; i++) {
		const struct smmu_context *context = &w->context[i];

		if (context->kind == SMMU_CTX_S1 &&
		    smmu_tag_hits(&context->s1, s1->regime, s1->vmid, s1->asid, global))
			return (int)i;
	}
	return -1;
}

int smmu_worst_vmid_user(const struct smmu *smmu, uint16_t vmid, unsigned from)
{
	const struct smmu_worst *w = &smmu->worst;

	for (unsigned i = from; i < w->num_contexts; i++)
		if (w->context[i].s2.on && w->context[i].s2.vmid == vmid)
			return (int)i;
	return -1;
}

int smmu_tlb_user(struct smmu *smmu, const struct smmu_held_tlb *entry, unsigned from)
{
	smmu_worst_refresh(smmu);
	if (entry->stage == SMMU_HELD_S2)
		return smmu_worst_vmid_user(smmu, entry->vmid, from);
	return smmu_worst_tag_user(smmu, &entry->s1, entry->global, from);
}

bool smmu_worst_frozen_used(const struct smmu *smmu, const struct smmu_frozen *frozen)
{
	if (!frozen->tlb)
		return true;
	if (frozen->stage2)
		return smmu_worst_vmid_user(smmu, frozen->s2.vmid, 0) >= 0;
	return smmu_worst_tag_user(smmu, &frozen->s1, false, 0) >= 0;
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

struct smmu_outcome smmu_probe_nested(struct smmu *smmu, const struct smmu_s1 *s1,
				      const struct smmu_s2 *s2, uint64_t va, bool *stage2)
{
	/* 3.9.1.2: an ATS request is refused only where no right is left, and changes nothing here. */
	const struct smmu_request request = {.addr = va, .kind = SMMU_ATS_REQUEST, .write = true};
	struct smmu_walk walk;

	*stage2 = false;
	if (s1 && !s2->on)
		return smmu_probe(smmu, s1, va);
	walk = smmu_walk_both(smmu, s1, s2, &request, false);
	*stage2 = walk.event && walk.s2;
	return outcome_of(&walk);
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

/* Where the ways of one context go. */
struct collect {
	struct outcomes *set;
	const struct smmu_context *context;
	const struct smmu_request *request;
};

/* 13.7: W is not granted of a page that is not dirty yet, if the request does not ask for it. */
static void add_clean(struct outcomes *set, struct smmu_outcome outcome)
{
	outcome.write_ok = false;
	add_outcome(set, outcome);
}

static void collect_way(void *ctx, const struct smmu_walk *way)
{
	const struct collect *collect = ctx;
	const struct smmu_s1 none = {0};
	const struct smmu_s1 *s1 =
		collect->context->kind == SMMU_CTX_S1 ? &collect->context->s1 : &none;
	struct smmu_request request = {.privileged = collect->request->privileged};
	struct smmu_outcome outcome = {.event = way->event};

	if (!way->event) {
		outcome.pa = way->pa;
		outcome.read_ok = !smmu_walk_permit(s1, way, &request);
		request.write = true;
		outcome.write_ok = !smmu_walk_permit(s1, way, &request);
		if (way->dirty_write && collect->request->kind == SMMU_ATS_REQUEST)
			add_clean(collect->set, outcome);
	} else if (way->s2 && way->fault_class == SMMU_CLASS_IN &&
		   smmu_walk_permit(s1, way, collect->request)) {
		outcome.event = SMMU_F_PERMISSION; /* stage 1 is asked first (7.3.22) */
	}
	add_outcome(collect->set, outcome);
}

static void add_translations(struct smmu *smmu, struct outcomes *set,
			     const struct smmu_context *context, const struct smmu_request *request)
{
	struct collect collect = {set, context, request};

	smmu_worst_ways(smmu, context->kind == SMMU_CTX_S1 ? &context->s1 : NULL, &context->s2,
			request->addr, collect_way, &collect);
}

/* 3.9.1.3: Translated traffic of split-stage ATS goes on through stage 2. */
static void add_split(struct smmu *smmu, struct outcomes *set, const struct smmu_s2 *s2,
		      struct smmu_outcome outcome)
{
	struct smmu_ipa_ways ways;

	smmu_worst_ipa_ways(smmu, s2, outcome.pa, &ways);
	for (unsigned k = 0; k < ways.count; k++) {
		const struct smmu_walk *way = &ways.way[k];

		add_outcome(set,
			    (struct smmu_outcome){
				    .event = way->event,
				    .read_ok = !way->event && outcome.read_ok && way->user_read,
				    .write_ok = !way->event && outcome.write_ok && way->user_write,
				    .pa = way->event ? 0 : way->pa});
	}
}

/* What an address is depends on the STE that the completion was made under, and what becomes of it
 * on the STE that its use meets (3.9.1.1). */
static void add_atc_outcome(struct smmu *smmu, struct outcomes *set,
			    const struct smmu_worst_stes *stes, bool ipa,
			    struct smmu_outcome outcome)
{
	bool as_it_is = !ipa || !(smmu->regs.cr0 & SMMU_CR0_ATSCHK);

	for (unsigned i = 0; i < stes->count; i++) {
		const struct smmu_ste *ste = &stes->ste[i].ste;

		if (!ste->event && ste->eats == SMMU_STE1_EATS_SPLIT)
			add_split(smmu, set, &ste->s2, outcome);
		else if (!ste->event && ste->eats)
			as_it_is = true;
	}
	if (as_it_is)
		add_outcome(set, outcome);
}

/* A frozen tree in an ATC: what it translates. */
struct frozen_atc {
	struct outcomes *set;
	const struct smmu_worst_stes *stes;
	const struct smmu_frozen *frozen;
	struct smmu *smmu;
};

static void collect_frozen(void *ctx, const struct smmu_walk *way)
{
	const struct frozen_atc *atc = ctx;
	struct smmu_outcome outcome = {.pa = way->pa};
	struct smmu_request request = {0};

	if (way->event)
		return;
	outcome.read_ok = !smmu_walk_permit(&atc->frozen->s1, way, &request);
	request.write = true;
	outcome.write_ok = !smmu_walk_permit(&atc->frozen->s1, way, &request);
	if (outcome.read_ok || outcome.write_ok)
		add_atc_outcome(atc->smmu, atc->set, atc->stes, atc->frozen->split, outcome);
	if (outcome.read_ok && way->dirty_write) {
		outcome.write_ok = false;
		add_atc_outcome(atc->smmu, atc->set, atc->stes, atc->frozen->split, outcome);
	}
}

static void add_frozen_atc(struct smmu *smmu, struct outcomes *set,
			   const struct smmu_worst_stes *stes, const struct smmu_frozen *frozen,
			   uint64_t va)
{
	static const struct smmu_s2 off = {.on = false};
	struct frozen_atc atc = {set, stes, frozen, smmu};
	struct smmu_walk walk;

	if (!frozen->stage2 && !frozen->s2.on) {
		walk = smmu_walk(smmu, &frozen->s1, va);
		collect_frozen(&atc, &walk);
		return;
	}
	smmu_worst_ways(smmu, frozen->stage2 ? NULL : &frozen->s1,
			frozen->split ? &off : &frozen->s2, va, collect_frozen, &atc);
}

static void add_atc(struct smmu *smmu, struct outcomes *set, unsigned stream,
		    const struct smmu_request *request)
{
	const struct smmu_worst *w = &smmu->worst;
	struct smmu_worst_stes stes = {.count = 0};

	if (smmu->profile.stage2) /* or else no STE makes a difference */
		smmu_worst_collect_stes(smmu, stream, &stes);
	for (unsigned i = 0; i < w->num_atc; i++) {
		const struct smmu_held_atc *atc = &w->atc[i];

		if (atc->stream == stream && atc->ssv == request->ssv &&
		    (!atc->ssv || atc->ssid == request->ssid) &&
		    request->addr - atc->va < atc->size)
			add_atc_outcome(
				smmu, set, &stes, atc->ipa,
				(struct smmu_outcome){.read_ok = atc->read_ok,
						      .write_ok = atc->write_ok,
						      .pa = atc->pa + (request->addr - atc->va)});
	}
	for (unsigned i = 0; i < w->num_frozen; i++) {
		const struct smmu_frozen *frozen = &w->frozen[i];

		if (!frozen->tlb && frozen->stream == stream && frozen->ssv == request->ssv &&
		    (!frozen->ssv || frozen->ssid == request->ssid))
			add_frozen_atc(smmu, set, &stes, frozen, request->addr);
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

static void collect_fault(void *ctx, uint8_t event)
{
	add_outcome(ctx, (struct smmu_outcome){.event = event});
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
			if (context->kind == SMMU_CTX_S1 ||
			    (context->kind == SMMU_CTX_BYPASS && !request->ssv))
				add_translations(smmu, &set, context, request);
			else
				add_outcome(&set, refusal(context));
		}
		smmu_worst_faults(smmu, s, request, collect_fault, &set);
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

uint64_t smmu_speculative_update(const struct smmu_s1 *s1, uint64_t desc)
{
	/* 3.13.3: dirty state is set by a write alone, never speculatively at stage 1. */
	if (!s1->ha || !(desc & SMMU_BIT(0)))
		return desc;
	return desc | SMMU_BIT(10);
}
