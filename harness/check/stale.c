/* SPDX-License-Identifier: MIT */
/*
 * What hardware may still hold although memory says otherwise. An entry that no configuration can
 * use is harmless until its tag is given out again; one that says what the law says is harmless
 * too. Everything else is a divergence, long before a device happens to hit it.
 */
#include "check_state.h"

struct held {
	unsigned stream; /* of the model */
	bool ssv;
	uint32_t ssid;
	bool r, w;
	uint64_t pa; /* of the page */
};

static void describe(const struct check *c, const struct held *held, uint64_t va, bool atc,
		     char *text, size_t size)
{
	char pair[PAIR_SIZE];

	snprintf(text, size, "%s may still hold %#llx (%s) for %s%s",
		 atc ? "the device's ATC" : "the TLB", (unsigned long long)va, held->w ? "rw" : "r",
		 reach_pair_text(c, held->stream, held->ssv, held->ssid, pair),
		 atc && bonds_in_two_tables(c, device_of(c, held->stream), held->ssv, held->ssid)
			 ? ", of a space in two tables"
			 : "");
}

/* Has the device a bond of its own with the address space? On Linux the group's is everybody's. */
static bool has_bond(const struct check *c, unsigned device, unsigned mm)
{
	if (c->policy == REF_POLICY_LINUX_6_12)
		return true;
	for (unsigned i = 0; i < REF_MAX_BONDS; i++)
		if (c->ref.bond[i].device == device && c->ref.bond[i].mm == mm)
			return true;
	return false;
}

/* 13.6.4: the completion of a request that bypasses translation is the address itself. */
static bool is_identity(const struct check *c, struct ref_target target, const struct held *held,
			unsigned slot)
{
	return c->is_linux && target.kind == REF_TARGET_BYPASS && held->pa == world_slot_va(slot);
}

/* D-2, D-3, A-33, D-9, D-4, D-1: the most specific rule that the entry breaks. */
static const char *stale_rule(const struct check *c, const struct held *held, bool atc, bool early,
			      const struct allowed *allowed)
{
	unsigned device = device_of(c, held->stream);
	struct ref_target target = ref_target(&c->ref, (uint8_t)device, held->ssv, held->ssid);

	if (early)
		return atc ? "D-2" : "D-3";
	if (atc && target.kind == REF_TARGET_MM)
		return has_bond(c, device, target.index) ? "D-1" : "A-33";
	if (!allowed->demanded)
		return held->ssv ? "D-4" : "A-36";
	return "D-1";
}

static bool judge(struct check *c, const struct held *held, unsigned slot, bool atc, bool early)
{
	unsigned device = device_of(c, held->stream);
	struct allowed allowed;
	bool r, w;
	char text[144];

	if (!can_send(c, device, held->ssv, held->ssid))
		return true;
	if (atc &&
	    is_identity(c, ref_target(&c->ref, (uint8_t)device, held->ssv, held->ssid), held, slot))
		return true;
	allowed = reach_allowed(c, device, held->ssv, held->ssid, slot);
	r = allowed.prot & REF_READ;
	w = allowed.prot & REF_WRITE;
	if (r == held->r && w == held->w && (!(r || w) || allowed.pa == held->pa))
		return true;
	describe(c, held, world_slot_va(slot), atc, text, sizeof(text));
	/* Fewer rights than the law now gives: a spurious fault (E-20), not a leak. */
	if (allowed.demanded && allowed.pa == held->pa && held->r <= r && held->w <= w)
		return diverge(c, DIVERGENCE_UNREACHABLE, "E-20",
			       "a rights upgrade reaches the device", "%s", text);
	return diverge(c, atc ? DIVERGENCE_STALE_ATC : DIVERGENCE_STALE_TLB,
		       stale_rule(c, held, atc, early, &allowed),
		       allowed.prot ? "only the law's page and rights" : "nothing", "%s", text);
}

/* Judge one outcome for the pages of [va, va + size) that the windows have. */
static bool judge_range(struct check *c, struct held *held, uint64_t va, uint64_t size, uint64_t pa,
			bool atc, bool early)
{
	for (unsigned slot = 0; slot < REF_SPACE_PAGES; slot++) {
		uint64_t page = world_slot_va(slot);

		if (page - va >= size)
			continue;
		held->pa = pa + (page - va);
		if (!judge(c, held, slot, atc, early))
			return false;
	}
	return true;
}

/* A held table descriptor: the walk goes on in what memory holds there now. */
static bool judge_table(struct check *c, const struct smmu_held_tlb *entry, struct held *held)
{
	struct smmu_request request = {
		.sid = stream_id_of(c, held->stream), .ssv = held->ssv, .ssid = held->ssid};
	struct smmu_outcome outcome[8];

	if (ram_kind(&c->world->ram, entry->pa) != FRAME_TABLE)
		return diverge(c, DIVERGENCE_STALE_TLB, "D-6",
			       "walk caches hold live page tables only",
			       "a walk for d%u at %#llx may go through a freed table",
			       device_of(c, held->stream), (unsigned long long)entry->va);
	for (unsigned slot = 0; slot < REF_SPACE_PAGES; slot++) {
		unsigned count;

		request.addr = world_slot_va(slot);
		if (request.addr - entry->va >= entry->size)
			continue;
		count = smmu_possible(c->model, &request, outcome, ARRAY_SIZE(outcome));
		for (unsigned i = 0; i < count; i++) {
			if (outcome[i].event)
				continue;
			held->r = outcome[i].read_ok;
			held->w = outcome[i].write_ok;
			held->pa = outcome[i].pa;
			if (!judge(c, held, slot, false, false))
				return false;
		}
	}
	return true;
}

static bool compare_tlb(struct check *c, const struct smmu_held_tlb *entry)
{
	struct smmu_contexts contexts = smmu_contexts(c->model);
	int user = -1;

	while ((user = smmu_tlb_user(c->model, entry, (unsigned)(user + 1))) >= 0) {
		const struct smmu_context *context = &contexts.context[user];
		struct held held = {context->stream, context->ssv,    context->ssid,
				    entry->read_ok,  entry->write_ok, 0};

		if (!can_send(c, device_of(c, held.stream), held.ssv, held.ssid))
			continue;
		if (entry->table ? !judge_table(c, entry, &held)
				 : !judge_range(c, &held, entry->va, entry->size, entry->pa, false,
						false))
			return false;
	}
	return true;
}

static bool compare_atc(struct check *c, const struct smmu_held_atc *entry)
{
	struct held held = {entry->stream,  entry->ssv,	     entry->ssid,
			    entry->read_ok, entry->write_ok, 0};

	return judge_range(c, &held, entry->va, entry->size, entry->pa, true, entry->refilled);
}

/* A whole tree that may still be cached, page by page for one (device, PASID). */
static bool compare_tree(struct check *c, const struct smmu_frozen *frozen, struct held *held)
{
	for (unsigned slot = 0; slot < REF_SPACE_PAGES; slot++) {
		struct smmu_outcome outcome =
			smmu_probe(c->model, &frozen->s1, world_slot_va(slot));

		if (outcome.event || (!outcome.read_ok && !outcome.write_ok))
			continue;
		held->r = outcome.read_ok;
		held->w = outcome.write_ok;
		held->pa = outcome.pa;
		if (!judge(c, held, slot, !frozen->tlb, frozen->early))
			return false;
	}
	return true;
}

static bool compare_frozen(struct check *c, const struct smmu_frozen *frozen)
{
	struct smmu_contexts contexts = smmu_contexts(c->model);

	if (!frozen->tlb) {
		struct held held = {
			.stream = frozen->stream, .ssv = frozen->ssv, .ssid = frozen->ssid};

		return compare_tree(c, frozen, &held);
	}
	for (unsigned i = 0; i < contexts.count; i++) {
		const struct smmu_context *context = &contexts.context[i];
		struct held held = {
			.stream = context->stream, .ssv = context->ssv, .ssid = context->ssid};

		if (context->kind == SMMU_CTX_S1 && context->s1.regime == frozen->s1.regime &&
		    context->s1.asid == frozen->s1.asid &&
		    can_send(c, device_of(c, held.stream), held.ssv, held.ssid) &&
		    !compare_tree(c, frozen, &held))
			return false;
	}
	return true;
}

/* What the SMMU that is looked at may hold. */
static void compare_stale(struct check *c)
{
	struct smmu_stale stale = smmu_stale(c->model);

	CHECK(!stale.overflow,
	      "a pool of the worst-case caches is full at op %d: %u words, %u TLB, %u ATC, %u frozen",
	      c->op, stale.num_words, stale.num_tlb, stale.num_atc, stale.num_frozen);
	CHECK(!stale.untracked, "the worst-case caches do not follow all there is at op %d", c->op);
	for (unsigned i = 0; i < stale.num_atc; i++)
		if (!compare_atc(c, &stale.atc[i]))
			return;
	for (unsigned i = 0; i < stale.num_tlb; i++)
		if (!compare_tlb(c, &stale.tlb[i]))
			return;
	for (unsigned i = 0; i < stale.num_frozen; i++)
		if (!compare_frozen(c, &stale.frozen[i]))
			return;
}

void stale_compare(struct check *c)
{
	for (unsigned i = 0; i < c->num_smmus && c->worst && !diverged(c); i++) {
		look_at(c, i);
		compare_stale(c);
	}
}
