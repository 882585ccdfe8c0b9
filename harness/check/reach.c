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
	unsigned device = device_of(c, stream);

	if (c->view->stream[stream] >= c->world->num_endpoints)
		snprintf(second, sizeof(second), " stream %#x", stream_id_of(c, stream));
	if (ssv)
		snprintf(pasid, sizeof(pasid), "pasid %u", ssid);
	snprintf(buffer, PAIR_SIZE, "(%sd%u%s, %s)",
		 c->ref.device[device].hotplugged ? "hot-added " : "", device, second, pasid);
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
	case REF_TARGET_GUEST:
		snprintf(buffer, 48, "the memory of VM %u", target.index);
		return buffer;
	case REF_TARGET_MM:
		snprintf(buffer, 48, "address space of mm %u", target.index);
		return buffer;
	default:
		snprintf(buffer, 48, "private table of domain %c", 'A' + target.index);
		return buffer;
	}
}

/* Whose tree is this, in the memory of a VM or (WORLD_MAX_VMS) of the host? Kind NO_PASID: nobody's
 * that is alive. */
static struct ref_target owner_of_root(struct check *c, unsigned vm, uint64_t root)
{
	uint64_t pa = world_memory_at(vm, root);
	struct ref_target owner = {.kind = REF_TARGET_NO_PASID};

	if (!root || !pa) /* 0: a space that was torn down, a domain that has no table yet */
		return owner;
	for (unsigned mm = 0; mm < WORLD_MAX_MMS; mm++)
		if (c->ref_of[mm] != REF_NONE && c->world->mm[mm].root == pa &&
		    c->world->mm[mm].vm == vm)
			return (struct ref_target){REF_TARGET_MM, c->ref_of[mm]};
	for (unsigned d = 0; vm == WORLD_MAX_VMS && d < c->ref.topology.num_domains; d++)
		if (c->driver->ops->domain_root(c->driver, d) == root)
			return (struct ref_target){REF_TARGET_PRIVATE, (uint8_t)d};
	return owner;
}

static const struct ref_target nobody = {.kind = REF_TARGET_NO_PASID};

/* What a configuration leads to. */
static struct ref_target owner_of(struct check *c, const struct smmu_context *context)
{
	unsigned vm;

	if (!context->s2.on)
		return context->kind == SMMU_CTX_S1
			       ? owner_of_root(c, WORLD_MAX_VMS, context->s1.ttb0)
			       : (struct ref_target){.kind = REF_TARGET_BYPASS};
	vm = reach_vm_of(c, &context->s2);
	if (vm == REF_NONE)
		return nobody;
	if (context->kind == SMMU_CTX_S1)
		return owner_of_root(c, vm, context->s1.ttb0);
	return (struct ref_target){REF_TARGET_GUEST, (uint8_t)vm};
}

/* The VM that it belongs to, REF_NONE: the host. */
static unsigned vm_of_target(const struct check *c, struct ref_target target)
{
	if (target.kind == REF_TARGET_MM)
		return c->ref.mm[target.index].vm;
	return target.kind == REF_TARGET_GUEST ? target.index : (unsigned)REF_NONE;
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

/* The relation. */

static struct check_tree tree_of(const struct smmu_context *context)
{
	const struct smmu_s1 *s1 = &context->s1;

	return (struct check_tree){
		.ttb0 = s1->ttb0,
		.s2_ttb = context->s2.on ? context->s2.ttb : 0,
		.asid = s1->asid,
		.vmid = context->s2.on ? context->s2.vmid : s1->vmid,
		.regime = s1->regime,
		.t0sz = s1->t0sz,
		.ips_bits = s1->ips_bits,
		.epd0 = s1->epd0,
	};
}

static bool is_verified(const struct check_tree *list, unsigned count,
			const struct check_tree *tree)
{
	for (unsigned i = 0; i < count; i++)
		if (!memcmp(&list[i], tree, sizeof(*tree)))
			return true;
	return false;
}

static bool is_tree_of(struct ref_target owner, struct ref_target target)
{
	if (target.kind == REF_TARGET_EMPTY) /* of the kernel: nobody's */
		return owner.kind == REF_TARGET_NO_PASID;
	return is_translated(target) && owner.kind == target.kind && owner.index == target.index;
}

/* B-5: with one table for a domain, what one of its devices has the others have. Does another
 * device of the domain reach this space with the PASID (`there`), or nothing at all (!there)? */
static bool sibling_has(struct check *c, unsigned device, uint32_t ssid, bool there,
			struct ref_target target)
{
	struct smmu_contexts contexts = smmu_contexts(c->model);
	uint8_t domain = c->ref.device[device].domain;

	for (unsigned stream = 0;
	     !c->is_linux && domain != REF_NONE && stream < c->view->num_streams; stream++) {
		unsigned other = device_of(c, stream);
		bool found = false;

		if (other == device || !c->ref.device[other].present ||
		    c->ref.device[other].domain != domain || !can_send(c, other, true, ssid))
			continue;
		for (unsigned i = 0; i < contexts.count; i++) {
			const struct smmu_context *context = &contexts.context[i];

			if (context->stream == stream && context->ssv && context->ssid == ssid &&
			    context->kind == SMMU_CTX_S1)
				found |= !there || is_tree_of(owner_of(c, context), target);
		}
		if (found == there)
			return true;
	}
	return false;
}

/* An entry that nobody else in the domain has, and that the law has taken away. */
static bool is_own_table(struct check *c, const struct smmu_context *context,
			 struct ref_target target)
{
	return context->ssv && !context->held && target.kind == REF_TARGET_NO_PASID &&
	       sibling_has(c, device_of(c, context->stream), context->ssid, false, target);
}

/* B-8: functions of one guest have tables of their own. Is the space bound to another one? */
static bool is_bound_elsewhere(struct check *c, unsigned device, struct ref_target owner)
{
	unsigned vm = reach_vm_of_device(c, device);

	if (vm >= c->ref.topology.num_vms || owner.kind != REF_TARGET_MM)
		return false;
	for (unsigned i = 0; i < c->ref.topology.num_devices; i++)
		if (i != device && c->ref.vm[vm].bonded[i] >> owner.index & 1)
			return true;
	return false;
}

static const char *pair_rule(struct check *c, const struct smmu_context *context,
			     struct ref_target target, struct ref_target owner)
{
	unsigned device = device_of(c, context->stream);

	if (owner.kind != REF_TARGET_NO_PASID &&
	    vm_of_target(c, owner) != reach_vm_of_device(c, device))
		return reach_vm_rule(c, device);
	if (is_own_table(c, context, target))
		return "B-5";
	if (!context->ssv)
		return target.kind == REF_TARGET_ABORT ? "A-36" : "B-3";
	if (target.kind == REF_TARGET_QUIESCED)
		return "D-9";
	if (target.kind == REF_TARGET_NO_PASID && is_bound_elsewhere(c, device, owner))
		return "B-8";
	if (target.kind == REF_TARGET_NO_PASID || target.kind == REF_TARGET_ABORT)
		return context->held ? "D-4" : "A-7";
	if (context->held || c->is_linux)
		return "B-1";
	return owner.kind == REF_TARGET_PRIVATE ? "B-2"
	       : owner.kind == REF_TARGET_MM	? "B-11"
						: "B-1";
}

static const char *pair_text(const struct check *c, const struct smmu_context *context,
			     char buffer[PAIR_SIZE])
{
	return reach_pair_text(c, context->stream, context->ssv, context->ssid, buffer);
}

/* A pair that translates nothing although the law wants it to, by what the op is for. NULL: nothing
 * special. */
static const char *missing_rule(struct check *c, unsigned device, bool ssv, uint32_t ssid,
				struct ref_target target)
{
	unsigned code = c->current ? c->current->code : (unsigned)TRACE_NUM_OPS;

	if (code == TRACE_OP_PLUG || code == TRACE_OP_VFS_ON)
		return "C-15";
	if (target.kind == REF_TARGET_GUEST)
		return "B-8";
	if (!ssv)
		return "A-3";
	if (code == TRACE_OP_MDEV_UNBIND || code == TRACE_OP_MDEV_CLOSE)
		return "B-14";
	return sibling_has(c, device, ssid, true, target) ? "B-5" : NULL;
}

/* An invalid structure that may still be cached (D-3), or an entry that is not there. */
static const char *untranslated_rule(struct check *c, const struct smmu_context *context,
				     struct ref_target target)
{
	const char *rule =
		missing_rule(c, device_of(c, context->stream), context->ssv, context->ssid, target);

	if (context->held)
		return "D-3";
	return rule ? rule : "A-7";
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

/* Stage 2 alone. */
static bool compare_memory(struct check *c, const struct smmu_context *context,
			   struct ref_target target)
{
	struct ref_target owner = owner_of(c, context);
	char expected[48], observed[48], pair[PAIR_SIZE];

	if (owner.kind == target.kind && owner.index == target.index)
		return true;
	return diverge(c, context->held ? DIVERGENCE_STALE_CONFIG : DIVERGENCE_REACH,
		       reach_vm_rule(c, device_of(c, context->stream)),
		       target_text(target, expected), "%s reaches %s%s",
		       pair_text(c, context, pair),
		       owner.kind == REF_TARGET_NO_PASID ? "what a stage 2 gives that is no VM's"
							 : target_text(owner, observed),
		       context->held ? " out of a stale structure" : "");
}

/* A configuration that does not translate. */
static bool compare_untranslated(struct check *c, const struct smmu_context *context,
				 struct ref_target target)
{
	bool bypass = context->kind == SMMU_CTX_BYPASS;
	char expected[48], pair[PAIR_SIZE];

	if (bypass && context->s2.on)
		return compare_memory(c, context, target);
	if (bypass && target.kind != REF_TARGET_BYPASS)
		return diverge(c, DIVERGENCE_REACH,
			       target.kind == REF_TARGET_GUEST
				       ? reach_vm_rule(c, device_of(c, context->stream))
				       : "A-36",
			       target_text(target, expected), "%s bypasses translation",
			       pair_text(c, context, pair));
	if (is_translated(target))
		return diverge(c, DIVERGENCE_UNREACHABLE, untranslated_rule(c, context, target),
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
	owner = owner_of(c, context);
	if (is_tree_of(owner, target))
		return true;
	return diverge(c, context->held ? DIVERGENCE_STALE_CONFIG : DIVERGENCE_REACH,
		       pair_rule(c, context, target, owner), target_text(target, expected),
		       "%s reaches %s%s", pair_text(c, context, pair),
		       owner.kind == REF_TARGET_NO_PASID ? "page tables that nobody owns"
							 : target_text(owner, observed),
		       context->held ? " out of a stale structure" : "");
}

/* D-5: two VMs under one VMID. */
static bool compare_vmids(struct check *c, const struct smmu_contexts *contexts, unsigned i)
{
	const struct smmu_s2 *a = &contexts->context[i].s2;

	for (unsigned j = 0; j < i && a->on; j++) {
		const struct smmu_s2 *b = &contexts->context[j].s2;

		if (b->on && a->vmid == b->vmid && a->ttb != b->ttb)
			return diverge(c, DIVERGENCE_STALE_TLB, "B-8", "one VM for each VMID",
				       "VMID %u tags two: those of d%u and d%u", a->vmid,
				       device_of(c, contexts->context[i].stream),
				       device_of(c, contexts->context[j].stream));
	}
	return true;
}

static bool same_tag(const struct smmu_s1 *a, const struct smmu_s1 *b)
{
	return a->asid == b->asid && a->regime == b->regime && a->vmid == b->vmid;
}

/* D-5: two trees under one tag: either may answer for the other. */
static bool compare_tags(struct check *c, const struct smmu_contexts *contexts, unsigned i)
{
	const struct smmu_context *a = &contexts->context[i];

	if (!compare_vmids(c, contexts, i))
		return false;
	if (a->kind != SMMU_CTX_S1 || is_empty(a)) /* what reads no tree tags none */
		return true;
	for (unsigned j = 0; j < i; j++) {
		const struct smmu_context *b = &contexts->context[j];

		if (b->kind == SMMU_CTX_S1 && same_tag(&a->s1, &b->s1) && !is_empty(b) &&
		    (a->s1.ttb0 != b->s1.ttb0 || a->s2.on != b->s2.on))
			return diverge(c, DIVERGENCE_STALE_TLB, "D-5",
				       "one address space for each ASID",
				       "ASID %u tags two: those of d%u and d%u", a->s1.asid,
				       device_of(c, a->stream), device_of(c, b->stream));
	}
	return true;
}

/* Which pairs have a translation: one bit a PASID, per stream. */
struct installed {
	uint64_t pasids[SMMU_MAX_STREAMS][REF_MAX_PASIDS / 64];
	bool private[SMMU_MAX_STREAMS];
};

/* PASIDs that the law uses: of bonds, of guests, and of domains that are attached to one. */
static void pasids_in_use(const struct check *c, uint64_t set[REF_MAX_PASIDS / 64])
{
	const struct ref *ref = &c->ref;
	unsigned pasids = 1u << ref->topology.ssid_bits;

	for (uint64_t left = ref->bonds; left; left &= left - 1) {
		unsigned pasid = ref->mm[ref->bond[__builtin_ctzll(left)].mm].pasid;

		set[pasid / 64] |= 1ull << pasid % 64;
	}
	for (unsigned vm = 0; vm < ref->topology.num_vms; vm++)
		for (unsigned pasid = 1; pasid < REF_GUEST_PASIDS; pasid++)
			if (ref->vm[vm].pasid_owner[pasid] != REF_NONE)
				set[0] |= 1ull << pasid;
	if (c->policy != REF_POLICY_LINUX_6_12)
		return;
	for (unsigned group = 0; group < REF_MAX_DEVICES; group++)
		for (unsigned pasid = 1; pasid < pasids; pasid++)
			if (ref->group_table[group][pasid] != REF_NONE)
				set[pasid / 64] |= 1ull << pasid % 64;
}

/* a device that did not bind shares the domain's table. */
static const char *demand_rule(struct check *c, unsigned device, uint32_t ssid,
			       struct ref_target target)
{
	const char *rule = missing_rule(c, device, true, ssid, target);
	const struct ref *ref = &c->ref;

	if (rule)
		return rule;
	if (c->is_linux || vm_of_target(c, target) != REF_NONE)
		return "A-7"; /* A guest's table is of one function. */
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
			return diverge(c, DIVERGENCE_UNREACHABLE,
				       demand_rule(c, device, pasid, target),
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
			return diverge(c, DIVERGENCE_UNREACHABLE,
				       missing_rule(c, device_of(c, stream), false, 0, target),
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

/* 3.9.1.3: EATS = 0 ends what a device says is translated already; without ATS it has no reason to
 * say so. */
static bool compare_eats(struct check *c, const struct smmu_context *context)
{
	char pair[PAIR_SIZE];

	if (c->is_linux || context->held || !context->ats ||
	    c->world->endpoint[device_of(c, context->stream)].ats_on)
		return true;
	return diverge(c, DIVERGENCE_REACH, "D-7",
		       "physical addresses from nobody whose ATS is off",
		       "%s: STE.EATS lets them pass", pair_text(c, context, pair));
}

static void compare_relation(struct check *c, const struct smmu_contexts *contexts)
{
	struct check_tree *verified = c->next_verified;
	struct installed have = {0};
	unsigned count = 0;

	for (unsigned i = 0; i < contexts->count; i++) {
		const struct smmu_context *context = &contexts->context[i];
		unsigned device = device_of(c, context->stream);
		struct ref_target target;
		struct check_tree tree;

		if (!can_send(c, device, context->ssv, context->ssid))
			continue;
		target = ref_target(&c->ref, (uint8_t)device, context->ssv, context->ssid);
		if (!compare_context(c, context, target) || !compare_eats(c, context))
			return;
		/* What does not translate passed above. */
		if ((context->kind != SMMU_CTX_S1 && !context->s2.on) || !is_translated(target))
			continue;
		if (!compare_tags(c, contexts, i))
			return;
		install(&have, context);
		tree = tree_of(context);
		if (is_verified(verified, count, &tree))
			continue;
		/* Stage 2 may have changed under the same configuration. */
		if ((target.kind == REF_TARGET_GUEST ||
		     !is_verified(c->view->verified, c->view->num_verified, &tree)) &&
		    !reach_verify(c, target, context))
			return;
		if (count < MAX_VERIFIED)
			verified[count++] = tree;
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
	reach_compare_changed(c, contexts);
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
