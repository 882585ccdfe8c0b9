/* SPDX-License-Identifier: MIT */
/*
 * Reach, page by page: what a walk under a configuration gives, against what the law gives the
 * device.
 */
#include "check_state.h"

#include <string.h>

/* Pages of one space. */

const char *reach_rights_text(bool r, bool w)
{
	return r ? (w ? "rw" : "r") : (w ? "w" : "none");
}

/* The private table of a domain, or a process's? */
static bool is_private(const struct check *c, const struct ref_space *space)
{
	for (unsigned i = 0; i < c->ref.topology.num_domains; i++)
		if (space == &c->ref.domain[i].space)
			return true;
	return false;
}

_Static_assert(TRACE_OP_SWAP_OUT - TRACE_OP_SPAWN == 14, "the process side");

/* B-4: what map and unmap did to a process, or what processes do did to a private table. */
static const char *page_rule(const struct check *c, const struct ref_space *space, bool forbidden)
{
	unsigned code = c->current ? c->current->code : (unsigned)TRACE_NUM_OPS;
	bool maps = code == TRACE_OP_MAP || code == TRACE_OP_UNMAP || code == TRACE_OP_MDEV_MAP ||
		    code == TRACE_OP_MDEV_UNMAP;

	if (is_private(c, space) ? code >= TRACE_OP_SPAWN && code <= TRACE_OP_SWAP_OUT : maps)
		return "B-4";
	return forbidden ? "D-1" : "B-1";
}

static bool compare_page(struct check *c, const struct ref_space *space, uint64_t frame,
			 unsigned slot, const struct smmu_context *context)
{
	struct ref_access access = ref_device_access(&c->ref, space, (uint8_t)slot);
	uint64_t va = world_slot_va(slot);
	struct smmu_outcome now = reach_probe(c, &context->s1, &context->s2, va);
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
		       page_rule(c, space, forbidden), text, "%s%s",
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

/* Is that the root, at the address by which its owner knows it? */
static bool leads_to(const struct smmu_context *context, uint64_t root)
{
	return context->kind == SMMU_CTX_S1 && context->s1.ttb0 == world_bus_address(root) &&
	       context->s2.on == (world_vm_of(root) < WORLD_MAX_VMS);
}

/* The first configuration that leads to the tree. Others, also of other SMMUs, are compared when
 * they appear: from then on the tree is the same for all. */
static const struct smmu_context *find_user(struct check *c, const struct smmu_contexts *contexts,
					    uint64_t root)
{
	for (unsigned smmu = 0; smmu < c->num_smmus; smmu++) {
		for (unsigned i = 0; i < contexts[smmu].count; i++) {
			const struct smmu_context *context = &contexts[smmu].context[i];

			if (!leads_to(context, root))
				continue;
			look_at(c, smmu);
			/* Guests of two VMs may have their trees at one IPA. */
			if (!context->s2.on || reach_vm_of(c, &context->s2) == world_vm_of(root))
				return context;
		}
	}
	return NULL;
}

static void compare_space(struct check *c, const struct ref_space *space, uint64_t root,
			  uint32_t slots, const struct smmu_contexts *contexts,
			  const uint64_t frame[REF_SPACE_PAGES])
{
	const struct smmu_context *context;

	for (uint32_t left = slots; left; left &= left - 1) {
		unsigned slot = (unsigned)__builtin_ctz(left);

		if (!pair_slot(c, &space->slot[slot], frame[slot]))
			return;
	}
	context = find_user(c, contexts, root);
	for (uint32_t left = context ? slots : 0; left; left &= left - 1) {
		unsigned slot = (unsigned)__builtin_ctz(left);

		if (!compare_page(c, space, frame[slot], slot, context))
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

void reach_compare_changed(struct check *c, const struct smmu_contexts *contexts)
{
	uint64_t frame[REF_SPACE_PAGES];
	uint32_t touched = 0;

	for (unsigned mm = 0; mm < REF_MAX_MMS; mm++) {
		unsigned theirs = c->mm_of[mm];
		uint32_t slots = c->law_dirty[mm];

		c->law_dirty[mm] = 0;
		touched |= slots;
		if (theirs == WORLD_NONE)
			continue;
		slots |= world_take_dirty(c->world, theirs) |
			 (c->private_touched & c->ref.mm[mm].space.mapped);
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
	c->private_touched = 0;
	for (unsigned d = 0; d < c->ref.topology.num_domains; d++) {
		/* B-4: also where a process changed and the domain has a page. */
		uint32_t slots = c->private_dirty[d] | (touched & c->ref.domain[d].space.mapped);

		if (c->config.depth == CHECK_ALL)
			slots = ~0u;
		c->private_dirty[d] = 0;
		if (slots)
			compare_space(c, &c->ref.domain[d].space,
				      c->driver->ops->domain_root(c->driver, d), slots, contexts,
				      c->private_frame[d]);
	}
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
bool reach_verify(struct check *c, struct ref_target target, const struct smmu_context *context)
{
	const struct ref_space *space = ref_target_space(&c->ref, target);
	uint64_t frame[REF_SPACE_PAGES];
	uint32_t slots;

	if (target.kind == REF_TARGET_GUEST)
		return reach_verify_memory(c, target.index, &context->s2);
	if (!space)
		return verify_empty(c, &context->s1);
	slots = space->mapped;
	if (target.kind == REF_TARGET_MM)
		mm_frames(c, c->mm_of[target.index], ~0u, frame);
	else
		memcpy(frame, c->private_frame[target.index], sizeof(frame));
	for (unsigned slot = 0; slot < REF_SPACE_PAGES; slot++) {
		if (!(slots & (1u << slot)) && !frame[slot] && c->config.depth != CHECK_ALL)
			continue;
		if (!pair_slot(c, &space->slot[slot], frame[slot]) ||
		    !compare_page(c, space, frame[slot], slot, context))
			return false;
	}
	return true;
}
