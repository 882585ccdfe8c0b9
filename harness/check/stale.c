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

/* Has the device a bond of its own with the address space? On Linux the group's is everybody's, and
 * a guest's table leads to what is bound to the function. */
static bool has_bond(const struct check *c, unsigned device, unsigned mm)
{
	if (c->policy == REF_POLICY_LINUX_6_12 || is_guest_mm(c, mm))
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

/* What stage 1 calls a page: where stage 2 has it. False: nowhere. */
static bool through_stage2(const struct check *c, const struct smmu_s2 *s2, struct held *held)
{
	struct smmu_outcome two = reach_probe(c, NULL, s2, held->pa);

	held->r &= two.read_ok;
	held->w &= two.write_ok;
	held->pa = two.pa;
	return !two.event && (held->r || held->w);
}

/* Judge one outcome for the pages of [va, va + size) that the windows have. `s2`, if not NULL: `pa`
 * is what this stage 2 has yet to translate. */
static bool judge_range(struct check *c, const struct held *entry, uint64_t va, uint64_t size,
			uint64_t pa, const struct smmu_s2 *s2, bool atc, bool early)
{
	for (unsigned slot = 0; slot < REF_SPACE_PAGES; slot++) {
		uint64_t page = world_slot_va(slot);
		struct held held = *entry;

		if (page - va >= size)
			continue;
		held.pa = pa + (page - va);
		if (s2 && !through_stage2(c, s2, &held))
			continue;
		if (!judge(c, &held, slot, atc, early))
			return false;
	}
	return true;
}

/* Memory of VMs, under the addresses that its guest has for it: all of it, or what a block of stage
 * 2 has. */
static bool judge_memory(struct check *c, const struct held *held, uint64_t va, uint64_t size,
			 uint64_t pa, bool atc, bool early)
{
	unsigned device = device_of(c, held->stream);
	struct ref_target target = ref_target(&c->ref, (uint8_t)device, false, 0);
	unsigned vm = target.kind == REF_TARGET_GUEST ? target.index : (unsigned)REF_NONE;
	char pair[PAIR_SIZE];

	if (held->ssv || WORLD_VM_IPA - va >= size ||
	    reach_vm_memory(WORLD_VM_IPA, pa + (WORLD_VM_IPA - va), vm))
		return true;
	return diverge(c, atc ? DIVERGENCE_STALE_ATC : DIVERGENCE_STALE_TLB,
		       early ? (atc ? "D-2" : "D-3") : reach_vm_rule(c, device),
		       vm == REF_NONE ? "no memory of a VM" : "the memory of its VM only",
		       "%s may still hold %#llx -> %#llx for %s",
		       atc ? "the device's ATC" : "the TLB", (unsigned long long)WORLD_VM_IPA,
		       (unsigned long long)(pa + (WORLD_VM_IPA - va)),
		       reach_pair_text(c, held->stream, false, 0, pair));
}

/* Where the table stands that a held descriptor leads to, and whose memory that is. */
static bool is_table(const struct check *c, const struct smmu_held_tlb *entry,
		     const struct smmu_s2 *s2)
{
	uint64_t pa = entry->pa;

	if (entry->stage == SMMU_HELD_S2) /* of the host's driver */
		return ram_kind(&c->world->ram, pa) != FRAME_FREE;
	if (entry->stage == SMMU_HELD_S1 && s2->on) {
		struct smmu_outcome two = reach_probe(c, NULL, s2, pa);

		if (two.event) /* the walk ends here */
			return true;
		pa = two.pa & ~(WORLD_FRAME_SIZE - 1ull);
	}
	return ram_kind(&c->world->ram, pa) == FRAME_TABLE;
}

/* A held table descriptor: the walk goes on in what memory holds there now. */
static bool judge_table(struct check *c, const struct smmu_held_tlb *entry,
			const struct smmu_s2 *s2, struct held *held)
{
	struct smmu_request request = {
		.sid = stream_id_of(c, held->stream), .ssv = held->ssv, .ssid = held->ssid};
	struct smmu_outcome outcome[8];

	if (!is_table(c, entry, s2))
		return diverge(c, DIVERGENCE_STALE_TLB,
			       entry->stage == SMMU_HELD_S2 ? "B-8" : "D-6",
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

static bool compare_tlb_for(struct check *c, const struct smmu_held_tlb *entry,
			    const struct smmu_context *context)
{
	const struct smmu_s2 s2 = context->s2;
	struct held held = {context->stream, context->ssv,    context->ssid,
			    entry->read_ok,  entry->write_ok, 0};

	if (!can_send(c, device_of(c, held.stream), held.ssv, held.ssid))
		return true;
	if (entry->table)
		return judge_table(c, entry, &s2, &held);
	if (entry->stage == SMMU_HELD_S2) {
		/* Other contexts of the VMID translate further with the same entry. */
		held.ssv = false;
		return judge_memory(c, &held, entry->va, entry->size, entry->pa, false, false);
	}
	return judge_range(c, &held, entry->va, entry->size, entry->pa,
			   entry->stage == SMMU_HELD_S1 && s2.on ? &s2 : NULL, false, false);
}

static bool compare_tlb(struct check *c, const struct smmu_held_tlb *entry)
{
	struct smmu_contexts contexts = smmu_contexts(c->model);
	int user = -1;

	while ((user = smmu_tlb_user(c->model, entry, (unsigned)(user + 1))) >= 0)
		if (!compare_tlb_for(c, entry, &contexts.context[user]))
			return false;
	return true;
}

static bool compare_atc(struct check *c, const struct smmu_held_atc *entry)
{
	struct held held = {entry->stream,  entry->ssv,	     entry->ssid,
			    entry->read_ok, entry->write_ok, 0};

	return judge_range(c, &held, entry->va, entry->size, entry->pa, NULL, true,
			   entry->refilled) &&
	       judge_memory(c, &held, entry->va, entry->size, entry->pa, true, entry->refilled);
}

/* A whole tree that may still be cached, page by page for one (device, PASID). */
static bool compare_tree(struct check *c, const struct smmu_frozen *frozen, struct held *held)
{
	const struct smmu_s1 *s1 = frozen->stage2 && frozen->s2.on ? NULL : &frozen->s1;

	if (!s1) {
		struct smmu_outcome memory = reach_probe(c, NULL, &frozen->s2, WORLD_VM_IPA);

		if (!memory.event && !judge_memory(c, held, WORLD_VM_IPA, WORLD_FRAME_SIZE,
						   memory.pa, !frozen->tlb, frozen->early))
			return false;
	}
	for (unsigned slot = 0; slot < REF_SPACE_PAGES; slot++) {
		struct smmu_outcome outcome = reach_probe(c, s1, &frozen->s2, world_slot_va(slot));

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

/* Has the context the tag of the tree? */
static bool uses_frozen(const struct smmu_context *context, const struct smmu_frozen *frozen)
{
	if (frozen->stage2)
		return context->s2.on && context->s2.vmid == frozen->s2.vmid;
	return context->kind == SMMU_CTX_S1 && context->s1.regime == frozen->s1.regime &&
	       context->s1.vmid == frozen->s1.vmid && context->s1.asid == frozen->s1.asid;
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

		/* What stage 2 has is the function's, with and without a PASID. */
		if (frozen->stage2)
			held.ssv = false;
		if (uses_frozen(context, frozen) &&
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
