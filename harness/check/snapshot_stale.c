/* SPDX-License-Identifier: MIT */
/*
 * What hardware may still hold, as text: entries that a configuration can use now. Others are harmless
 * until their tag is given out again (stale.c).
 */
#include "check_state.h"

#include <string.h>

static struct snapshot_stale *add(struct snapshot *s, enum snapshot_holder where)
{
	struct snapshot_stale *entry = &s->stale[s->num_stale];

	if (s->num_stale == SNAPSHOT_MAX_STALE) {
		s->stale_lost++;
		return NULL;
	}
	s->num_stale++;
	entry->where = (uint8_t)where;
	entry->device = REF_NONE;
	return entry;
}

static void set_pair(const struct check *c, struct snapshot_stale *entry, unsigned stream, bool ssv,
		     uint32_t ssid)
{
	entry->device = (uint8_t)device_of(c, stream);
	entry->has_pasid = ssv;
	entry->pasid = ssv ? ssid : 0;
}

static void describe(const struct check *c, struct snapshot_stale *entry, unsigned stream)
{
	static const char *const name[] = {"TLB", "walk cache", "ATC"};
	char pair[PAIR_SIZE], what[48];

	if (entry->whole)
		snprintf(what, sizeof(what), "a whole tree");
	else
		snprintf(what, sizeof(what), "%#llx%s%s", (unsigned long long)entry->va,
			 *entry->rights ? " " : "", entry->rights);
	snprintf(entry->text, sizeof(entry->text), "%s for %s: %s", name[entry->where],
		 reach_pair_text(c, stream, entry->has_pasid, entry->pasid, pair), what);
}

static void set_page(struct snapshot_stale *entry, uint64_t va, bool r, bool w)
{
	entry->va = va;
	if (r || w)
		snprintf(entry->rights, sizeof(entry->rights), "%s", reach_rights_text(r, w));
}

static void take_atc(const struct check *c, struct snapshot *s, const struct smmu_held_atc *held)
{
	struct snapshot_stale *entry;

	if (!can_send(c, device_of(c, held->stream), held->ssv, held->ssid))
		return;
	entry = add(s, SNAPSHOT_ATC);
	if (!entry)
		return;
	set_pair(c, entry, held->stream, held->ssv, held->ssid);
	set_page(entry, held->va, held->read_ok, held->write_ok);
	describe(c, entry, held->stream);
}

/* By the first context that can use it. */
static void take_tlb(struct check *c, struct snapshot *s, const struct smmu_held_tlb *held)
{
	int user = smmu_tlb_user(c->model, held, 0);
	const struct smmu_context *context;
	struct snapshot_stale *entry;

	if (user < 0)
		return;
	context = &smmu_contexts(c->model).context[user];
	if (!can_send(c, device_of(c, context->stream), context->ssv, context->ssid))
		return;
	entry = add(s, held->table ? SNAPSHOT_WALK_CACHE : SNAPSHOT_TLB);
	if (!entry)
		return;
	set_pair(c, entry, context->stream, context->ssv, context->ssid);
	set_page(entry, held->va, !held->table && held->read_ok, !held->table && held->write_ok);
	describe(c, entry, context->stream);
}

/* Does the context have the tag of the tree? */
static bool has_tag(const struct smmu_context *context, const struct smmu_frozen *frozen)
{
	if (frozen->stage2)
		return context->s2.on && context->s2.vmid == frozen->s2.vmid;
	return context->kind == SMMU_CTX_S1 && context->s1.regime == frozen->s1.regime &&
	       context->s1.vmid == frozen->s1.vmid && context->s1.asid == frozen->s1.asid;
}

static void take_frozen(struct check *c, struct snapshot *s, const struct smmu_frozen *frozen)
{
	struct smmu_contexts contexts = smmu_contexts(c->model);
	unsigned stream = frozen->stream;
	bool ssv = frozen->ssv, used = !frozen->tlb;
	uint32_t ssid = frozen->ssid;
	struct snapshot_stale *entry;

	for (unsigned i = 0; i < contexts.count && !used; i++) {
		const struct smmu_context *context = &contexts.context[i];

		used = has_tag(context, frozen);
		stream = context->stream;
		ssv = context->ssv && !frozen->stage2;
		ssid = context->ssid;
	}
	if (!used || !can_send(c, device_of(c, stream), ssv, ssid))
		return;
	entry = add(s, frozen->tlb ? SNAPSHOT_TLB : SNAPSHOT_ATC);
	if (!entry)
		return;
	entry->whole = true;
	set_pair(c, entry, stream, ssv, ssid);
	describe(c, entry, stream);
}

void snapshot_stale(struct check *c, struct snapshot *s)
{
	for (unsigned i = 0; i < c->num_smmus && c->worst; i++) {
		struct smmu_stale stale;

		look_at(c, i);
		stale = smmu_stale(c->model);
		for (unsigned k = 0; k < stale.num_atc; k++)
			take_atc(c, s, &stale.atc[k]);
		for (unsigned k = 0; k < stale.num_tlb; k++)
			take_tlb(c, s, &stale.tlb[k]);
		for (unsigned k = 0; k < stale.num_frozen; k++)
			take_frozen(c, s, &stale.frozen[k]);
	}
}
