/* SPDX-License-Identifier: MIT */
/*
 * Reach: what the tables in RAM let hardware do, against what the law allows and demands. The
 * relation (endpoint, PASID) -> space is compared whenever the configuration changed, the pages of
 * a space whenever they changed on either side; together they are the reach of every device.
 */
#include "check_state.h"

#include <string.h>

void reach_reset(struct check *c)
{
	c->compared = false;
	for (unsigned i = 0; i < WORLD_MAX_SMMUS; i++) {
		c->smmus[i].generation = 0;
		c->smmus[i].num_verified = 0;
	}
}

const char *reach_pair_text(const struct check *c, unsigned stream, bool ssv, uint32_t ssid,
			    char buffer[PAIR_SIZE])
{
	char second[24] = "", pasid[24] = "no pasid";

	if (c->view->stream[stream] >= c->world->num_endpoints)
		snprintf(second, sizeof(second), " stream %#x", stream_id_of(c, stream));
	if (ssv)
		snprintf(pasid, sizeof(pasid), "pasid %u", ssid);
	snprintf(buffer, PAIR_SIZE, "(d%u%s, %s)", device_of(c, stream), second, pasid);
	return buffer;
}

static const char *target_text(struct ref_target target, char buffer[48])
{
	switch (target.kind) {
	case REF_TARGET_ABORT:
		return "nothing (detached)";
	case REF_TARGET_BYPASS:
		return "memory untranslated (identity domain)";
	case REF_TARGET_NO_PASID:
		return "nothing (no such PASID)";
	case REF_TARGET_QUIESCED:
		return "nothing (the process has exited)";
	case REF_TARGET_UNMANAGED:
		return "nothing (no driver has set the device up)";
	case REF_TARGET_EMPTY:
		return "nothing (an empty table of the kernel)";
	case REF_TARGET_MM:
		snprintf(buffer, 48, "address space of mm %u", target.index);
		return buffer;
	default:
		snprintf(buffer, 48, "private table of domain %c", 'A' + target.index);
		return buffer;
	}
}

/* Whose tree is this? Kind NO_PASID: nobody's that is alive. */
static struct ref_target owner_of_root(struct check *c, uint64_t root)
{
	struct ref_target owner = {.kind = REF_TARGET_NO_PASID};

	if (!root) /* 0: a space that was torn down, a domain that has no table yet */
		return owner;
	for (unsigned mm = 0; mm < WORLD_MAX_MMS; mm++)
		if (c->ref_of[mm] != REF_NONE && c->world->mm[mm].root == root)
			return (struct ref_target){REF_TARGET_MM, c->ref_of[mm]};
	for (unsigned d = 0; d < c->ref.topology.num_domains; d++)
		if (c->driver->ops->domain_root(c->driver, d) == root)
			return (struct ref_target){REF_TARGET_PRIVATE, (uint8_t)d};
	return owner;
}

struct allowed reach_allowed(struct check *c, unsigned device, bool ssv, uint32_t ssid,
			     unsigned slot)
{
	struct ref_target target = ref_target(&c->ref, (uint8_t)device, ssv, ssid);
	const struct ref_space *space = ref_target_space(&c->ref, target);
	struct ref_access access;

	if (!space)
		return (struct allowed){0};
	access = ref_device_access(&c->ref, space, (uint8_t)slot);
	if (access.outcome != REF_OUTCOME_OK)
		return (struct allowed){.demanded = true};
	return (struct allowed){true, access.prot, c->frame_of[access.page]};
}

/* Pages of one space. */

const char *reach_rights_text(bool r, bool w)
{
	return r ? (w ? "rw" : "r") : (w ? "w" : "none");
}

static bool compare_page(struct check *c, const struct ref_space *space, uint64_t frame,
			 unsigned slot, const struct smmu_s1 *s1)
{
	struct ref_access access = ref_device_access(&c->ref, space, (uint8_t)slot);
	uint64_t va = world_slot_va(slot);
	struct smmu_outcome now = smmu_probe(c->model, s1, va);
	bool r = access.outcome == REF_OUTCOME_OK && (access.prot & REF_READ);
	bool w = access.outcome == REF_OUTCOME_OK && (access.prot & REF_WRITE);
	bool forbidden;
	char text[64];

	if (now.read_ok == r && now.write_ok == w && (!(r || w) || now.pa == frame))
		return true;
	forbidden = (now.read_ok && !r) || (now.write_ok && !w) ||
		    ((now.read_ok || now.write_ok) && now.pa != frame);
	snprintf(text, sizeof(text), "page %#llx: %s", (unsigned long long)va,
		 reach_rights_text(r, w));
	return diverge(c, forbidden ? DIVERGENCE_REACH : DIVERGENCE_UNREACHABLE,
		       forbidden ? "D-1" : "B-1", text, "%s%s",
		       now.event ? smmu_event_name(now.event)
				 : reach_rights_text(now.read_ok, now.write_ok),
		       now.event || now.pa == frame ? "" : ", another frame");
}

/* The frame that the world uses for a slot of the law's space: established or verified. */
static bool pair_slot(struct check *c, const struct ref_mapping *slot, uint64_t frame)
{
	if (!(slot->state & REF_MAPPED))
		return true;
	if (!frame)
		return diverge(c, DIVERGENCE_DATA, "B-4", "a frame behind every mapped page",
			       "none");
	return pages_pair(c, slot->page, frame);
}

/* The first configuration that leads to the tree. Others, also of other SMMUs, are compared when they
 * appear: from then on the tree is the same for all. */
static const struct smmu_s1 *find_user(struct check *c, const struct smmu_contexts *contexts,
				       uint64_t root)
{
	for (unsigned smmu = 0; smmu < c->num_smmus; smmu++) {
		for (unsigned i = 0; i < contexts[smmu].count; i++) {
			const struct smmu_context *context = &contexts[smmu].context[i];

			if (context->kind != SMMU_CTX_S1 || context->s1.ttb0 != root)
				continue;
			look_at(c, smmu);
			return &context->s1;
		}
	}
	return NULL;
}

static void compare_space(struct check *c, const struct ref_space *space, uint64_t root,
			  uint32_t slots, const struct smmu_contexts *contexts,
			  const uint64_t frame[REF_SPACE_PAGES])
{
	const struct smmu_s1 *s1;

	for (uint32_t left = slots; left; left &= left - 1) {
		unsigned slot = (unsigned)__builtin_ctz(left);

		if (!pair_slot(c, &space->slot[slot], frame[slot]))
			return;
	}
	s1 = find_user(c, contexts, root);
	for (uint32_t left = s1 ? slots : 0; left; left &= left - 1) {
		unsigned slot = (unsigned)__builtin_ctz(left);

		if (!compare_page(c, space, frame[slot], slot, s1))
			return;
	}
}

static void mm_frames(const struct check *c, unsigned mm, uint32_t slots,
		      uint64_t frame[REF_SPACE_PAGES])
{
	for (; slots; slots &= slots - 1) {
		unsigned slot = (unsigned)__builtin_ctz(slots);

		frame[slot] = c->world->mm[mm].page[slot].pa;
	}
}

static void compare_changed_pages(struct check *c, const struct smmu_contexts *contexts)
{
	uint64_t frame[REF_SPACE_PAGES];

	for (unsigned mm = 0; mm < REF_MAX_MMS; mm++) {
		unsigned theirs = c->mm_of[mm];
		uint32_t slots = c->law_dirty[mm];

		c->law_dirty[mm] = 0;
		if (theirs == WORLD_NONE)
			continue;
		slots |= world_take_dirty(c->world, theirs);
		if (!c->ref.mm[mm].users) /* exited, and still bound: no pages, no tree */
			continue;
		if (c->config.depth == CHECK_ALL)
			slots = ~0u;
		if (!slots)
			continue;
		mm_frames(c, theirs, slots, frame);
		compare_space(c, &c->ref.mm[mm].space, c->world->mm[theirs].root, slots, contexts,
			      frame);
	}
	for (unsigned d = 0; d < c->ref.topology.num_domains; d++) {
		uint32_t slots = c->config.depth == CHECK_ALL ? ~0u : c->private_dirty[d];

		c->private_dirty[d] = 0;
		if (slots)
			compare_space(c, &c->ref.domain[d].space,
				      c->driver->ops->domain_root(c->driver, d), slots, contexts,
				      c->private_frame[d]);
	}
}

/* The relation. */

static bool is_verified(const struct smmu_s1 *list, unsigned count, const struct smmu_s1 *s1)
{
	for (unsigned i = 0; i < count; i++)
		if (list[i].ttb0 == s1->ttb0 && list[i].asid == s1->asid &&
		    list[i].t0sz == s1->t0sz && list[i].epd0 == s1->epd0 &&
		    list[i].regime == s1->regime && list[i].ips_bits == s1->ips_bits)
			return true;
	return false;
}

/* A tree of the kernel's own: whatever is in it, nobody has asked for it. */
static bool verify_empty(struct check *c, const struct smmu_s1 *s1)
{
	for (unsigned slot = 0; slot < REF_SPACE_PAGES; slot++) {
		struct smmu_outcome now = smmu_probe(c->model, s1, world_slot_va(slot));

		if (now.read_ok || now.write_ok)
			return diverge(c, DIVERGENCE_REACH, "B-3", "an empty table", "%#llx is %s",
				       (unsigned long long)world_slot_va(slot),
				       reach_rights_text(now.read_ok, now.write_ok));
	}
	return true;
}

/* Every page that either side has, under a configuration that was not there before. */
static bool verify_context(struct check *c, struct ref_target target, const struct smmu_s1 *s1)
{
	const struct ref_space *space = ref_target_space(&c->ref, target);
	uint64_t frame[REF_SPACE_PAGES];
	uint32_t slots;

	if (!space)
		return verify_empty(c, s1);
	slots = space->mapped;
	if (target.kind == REF_TARGET_MM)
		mm_frames(c, c->mm_of[target.index], ~0u, frame);
	else
		memcpy(frame, c->private_frame[target.index], sizeof(frame));
	for (unsigned slot = 0; slot < REF_SPACE_PAGES; slot++) {
		if (!(slots & (1u << slot)) && !frame[slot] && c->config.depth != CHECK_ALL)
			continue;
		if (!pair_slot(c, &space->slot[slot], frame[slot]) ||
		    !compare_page(c, space, frame[slot], slot, s1))
			return false;
	}
	return true;
}

static const char *pair_rule(const struct smmu_context *context, struct ref_target target)
{
	if (!context->ssv)
		return target.kind == REF_TARGET_ABORT ? "A-36" : "B-3";
	if (target.kind == REF_TARGET_QUIESCED)
		return "D-9";
	if (target.kind == REF_TARGET_NO_PASID || target.kind == REF_TARGET_ABORT)
		return context->held ? "D-4" : "A-7";
	return "B-1";
}

static const char *pair_text(const struct check *c, const struct smmu_context *context,
			     char buffer[PAIR_SIZE])
{
	return reach_pair_text(c, context->stream, context->ssv, context->ssid, buffer);
}

/* An invalid structure that may still be cached (D-3), or an entry that is not there. */
static const char *untranslated_rule(const struct smmu_context *context)
{
	if (context->held)
		return "D-3";
	return context->ssv ? "A-7" : "A-3";
}

/* after exit and until unbind an access is aborted, and nobody hears of it (D-21). */
static bool compare_quiesced(struct check *c, const struct smmu_context *context)
{
	bool reports = context->kind == SMMU_CTX_FAULT ||
		       (context->kind == SMMU_CTX_S1 && context->s1.record);
	char pair[PAIR_SIZE];

	/* 7.3: a stalled access is recorded as well, and s1.record says so (5.5). */
	if (!reports || (context->kind == SMMU_CTX_S1 && c->ref.topology.stall_force))
		return true;
	return diverge(c, DIVERGENCE_EVENT, "D-21", "aborts in silence (the process has exited)",
		       "%s reports %s", pair_text(c, context, pair),
		       context->kind == SMMU_CTX_FAULT ? smmu_event_name(context->event)
						       : "translation faults");
}

/* A configuration that does not translate. */
static bool compare_untranslated(struct check *c, const struct smmu_context *context,
				 struct ref_target target)
{
	bool bypass = context->kind == SMMU_CTX_BYPASS;
	char expected[48], pair[PAIR_SIZE];

	if (bypass && target.kind != REF_TARGET_BYPASS)
		return diverge(c, DIVERGENCE_REACH, "A-36", target_text(target, expected),
			       "%s bypasses translation", pair_text(c, context, pair));
	if (is_translated(target))
		return diverge(c, DIVERGENCE_UNREACHABLE, untranslated_rule(context),
			       target_text(target, expected), "%s may get %s%s",
			       pair_text(c, context, pair),
			       context->event ? smmu_event_name(context->event) : "an abort",
			       context->held ? " out of a stale structure" : "");
	if (!bypass && !context->ssv && target.kind == REF_TARGET_BYPASS)
		return diverge(c, DIVERGENCE_UNREACHABLE, "B-1", target_text(target, expected),
			       "%s may get %s%s", pair_text(c, context, pair),
			       context->event ? smmu_event_name(context->event) : "an abort",
			       context->held ? " out of a stale structure" : "");
	return target.kind != REF_TARGET_QUIESCED || compare_quiesced(c, context);
}

/* 5.5 CD.EPD0, EPD1: a context that translates nothing. */
static bool is_empty(const struct smmu_context *context)
{
	return context->kind == SMMU_CTX_S1 && context->s1.epd0 && context->s1.epd1;
}

static bool is_tree_of(struct ref_target owner, struct ref_target target)
{
	if (target.kind == REF_TARGET_EMPTY) /* of the kernel: nobody's */
		return owner.kind == REF_TARGET_NO_PASID;
	return is_translated(target) && owner.kind == target.kind && owner.index == target.index;
}

/* One way in which hardware may be configured, against the law's target of the pair. */
static bool compare_context(struct check *c, const struct smmu_context *context,
			    struct ref_target target)
{
	char expected[48], observed[48], pair[PAIR_SIZE];
	struct ref_target owner;

	if (context->kind != SMMU_CTX_S1)
		return compare_untranslated(c, context, target);
	if (!context->s1.epd1)
		return diverge(c, DIVERGENCE_REACH, "A-7",
			       "no translation above the process's space", "%s also walks TTB1",
			       pair_text(c, context, pair));
	if (is_empty(context) && target.kind == REF_TARGET_QUIESCED)
		return compare_quiesced(c, context);
	owner = owner_of_root(c, context->s1.ttb0);
	if (is_tree_of(owner, target))
		return true;
	return diverge(c, context->held ? DIVERGENCE_STALE_CONFIG : DIVERGENCE_REACH,
		       pair_rule(context, target), target_text(target, expected), "%s reaches %s%s",
		       pair_text(c, context, pair),
		       owner.kind == REF_TARGET_NO_PASID ? "page tables that nobody owns"
							 : target_text(owner, observed),
		       context->held ? " out of a stale structure" : "");
}

/* D-5: two trees under one tag: either may answer for the other. */
static bool compare_tags(struct check *c, const struct smmu_contexts *contexts, unsigned i)
{
	const struct smmu_s1 *a = &contexts->context[i].s1;

	if (is_empty(&contexts->context[i])) /* what reads no tree tags none */
		return true;
	for (unsigned j = 0; j < i; j++) {
		const struct smmu_s1 *b = &contexts->context[j].s1;

		if (contexts->context[j].kind == SMMU_CTX_S1 && a->asid == b->asid &&
		    !is_empty(&contexts->context[j]) && a->regime == b->regime &&
		    a->ttb0 != b->ttb0)
			return diverge(c, DIVERGENCE_STALE_TLB, "D-5",
				       "one address space for each ASID",
				       "ASID %u tags two: those of d%u and d%u", a->asid,
				       device_of(c, contexts->context[i].stream),
				       device_of(c, contexts->context[j].stream));
	}
	return true;
}

/* Which pairs have a translation: one bit a PASID, per stream. */
struct installed {
	uint64_t pasids[SMMU_MAX_STREAMS][REF_MAX_PASIDS / 64];
	bool private[SMMU_MAX_STREAMS];
};

/* PASIDs that the law uses: of bonds, and of domains that are attached to one. */
static void pasids_in_use(const struct check *c, uint64_t set[REF_MAX_PASIDS / 64])
{
	const struct ref *ref = &c->ref;
	unsigned pasids = 1u << ref->topology.ssid_bits;

	for (uint64_t left = ref->bonds; left; left &= left - 1) {
		unsigned pasid = ref->mm[ref->bond[__builtin_ctzll(left)].mm].pasid;

		set[pasid / 64] |= 1ull << pasid % 64;
	}
	if (c->policy != REF_POLICY_LINUX_6_12)
		return;
	for (unsigned group = 0; group < REF_MAX_DEVICES; group++)
		for (unsigned pasid = 1; pasid < pasids; pasid++)
			if (ref->group_table[group][pasid] != REF_NONE)
				set[pasid / 64] |= 1ull << pasid % 64;
}

/* a device that did not bind shares the domain's table. */
static const char *demand_rule(const struct check *c, unsigned device, struct ref_target target)
{
	const struct ref *ref = &c->ref;

	if (c->is_linux)
		return "A-7";
	for (uint64_t left = ref->bonds; left; left &= left - 1) {
		const struct ref_bond *bond = &ref->bond[__builtin_ctzll(left)];

		if (bond->device == device && bond->mm == target.index)
			return "A-7";
	}
	return "A-30";
}

/* One PASID, for every stream. */
static bool compare_demand(struct check *c, const struct installed *have, unsigned pasid)
{
	for (unsigned stream = 0; stream < c->view->num_streams; stream++) {
		unsigned device = device_of(c, stream);
		char expected[48], pair[PAIR_SIZE];
		struct ref_target target;

		if ((have->pasids[stream][pasid / 64] >> (pasid % 64) & 1) ||
		    !c->ref.device[device].present || !can_send(c, device, true, pasid))
			continue;
		target = ref_target(&c->ref, (uint8_t)device, true, pasid);
		if (is_translated(target))
			return diverge(c, DIVERGENCE_UNREACHABLE, demand_rule(c, device, target),
				       target_text(target, expected), "%s has no valid entry",
				       reach_pair_text(c, stream, true, pasid, pair));
	}
	return true;
}

static bool compare_demands(struct check *c, const struct installed *have)
{
	uint64_t pasids[REF_MAX_PASIDS / 64] = {0};

	for (unsigned stream = 0; stream < c->view->num_streams; stream++) {
		struct ref_target target =
			ref_target(&c->ref, (uint8_t)device_of(c, stream), false, 0);
		char expected[48], pair[PAIR_SIZE];

		if (is_translated(target) && !have->private[stream])
			return diverge(c, DIVERGENCE_UNREACHABLE, "A-3",
				       target_text(target, expected), "%s has no translation",
				       reach_pair_text(c, stream, false, 0, pair));
	}
	pasids_in_use(c, pasids);
	for (unsigned word = 0; word < ARRAY_SIZE(pasids); word++)
		for (uint64_t left = pasids[word]; left; left &= left - 1)
			if (!compare_demand(c, have, 64 * word + (unsigned)__builtin_ctzll(left)))
				return false;
	return true;
}

static void install(struct installed *have, const struct smmu_context *context)
{
	if (context->ssv)
		have->pasids[context->stream][context->ssid / 64] |= 1ull << context->ssid % 64;
	else
		have->private[context->stream] = true;
}

static void compare_relation(struct check *c, const struct smmu_contexts *contexts)
{
	struct smmu_s1 *verified = c->next_verified;
	struct installed have = {0};
	unsigned count = 0;

	for (unsigned i = 0; i < contexts->count; i++) {
		const struct smmu_context *context = &contexts->context[i];
		unsigned device = device_of(c, context->stream);
		struct ref_target target;

		if (!can_send(c, device, context->ssv, context->ssid))
			continue;
		target = ref_target(&c->ref, (uint8_t)device, context->ssv, context->ssid);
		if (!compare_context(c, context, target))
			return;
		/* What does not translate passed above. */
		if (context->kind != SMMU_CTX_S1 || !is_translated(target))
			continue;
		if (!compare_tags(c, contexts, i))
			return;
		install(&have, context);
		if (is_verified(verified, count, &context->s1))
			continue;
		if (!is_verified(c->view->verified, c->view->num_verified, &context->s1) &&
		    !verify_context(c, target, &context->s1))
			return;
		if (count < MAX_VERIFIED)
			verified[count++] = context->s1;
	}
	memcpy(c->view->verified, verified, count * sizeof(verified[0]));
	c->view->num_verified = count;
	compare_demands(c, &have);
}

/* The relation behind one SMMU, if it may have changed. */
static void compare_smmu(struct check *c, unsigned smmu, const struct smmu_contexts *contexts)
{
	bool all = c->config.depth == CHECK_ALL;

	look_at(c, smmu);
	if (!c->compared || contexts->generation != c->view->generation || all) {
		if (all)
			c->view->num_verified = 0;
		compare_relation(c, contexts);
	}
	c->view->generation = contexts->generation;
}

void reach_compare(struct check *c)
{
	struct smmu_contexts contexts[WORLD_MAX_SMMUS] = {0};

	if (c->is_linux) /* the last unbind ends an address space that has exited */
		c->mms_changed = true;
	pages_map_mms(c);
	for (unsigned i = 0; i < c->num_smmus && c->worst; i++)
		contexts[i] = smmu_contexts(c->smmus[i].model);
	compare_changed_pages(c, contexts);
	if (!c->worst) {
		if (!diverged(c))
			reach_compare_all(c);
		return;
	}
	for (unsigned i = 0; i < c->num_smmus && !diverged(c); i++)
		compare_smmu(c, i, &contexts[i]);
	c->compared = true;
}

bool reach_installed(struct check *c, unsigned device, unsigned pasid)
{
	struct smmu_contexts contexts;

	look_at(c, c->world->endpoint[device].smmu);
	contexts = smmu_contexts(c->model);

	for (unsigned i = 0; i < contexts.count; i++)
		if (contexts.context[i].kind == SMMU_CTX_S1 && contexts.context[i].ssv &&
		    device_of(c, contexts.context[i].stream) == device &&
		    contexts.context[i].ssid == pasid)
			return true;
	return false;
}
