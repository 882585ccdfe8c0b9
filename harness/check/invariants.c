/* SPDX-License-Identifier: MIT */
/* When the named invariants of the law's own state are looked at, and which of them. */
#include "check_state.h"

/* A broken invariant of the law does not heal: a look now and then, and one at the end, finds it in
 * the same trace. CHECK_ALL looks after every op and tells which one broke it. */
enum { CHECK_INVARIANTS_EVERY = 8 };

/* What an op changes in the law when it succeeds, REF_PART_ALL but for these. An access changes
 * nothing that an invariant speaks of. */
enum { NOTHING = 0x80 };
static const uint8_t parts[TRACE_NUM_OPS] = {
	[TRACE_OP_INIT] = REF_PART_RELATIONS,
	[TRACE_OP_SHUTDOWN] = REF_PART_RELATIONS,
	[TRACE_OP_ATTACH] = REF_PART_RELATIONS,
	[TRACE_OP_DETACH] = REF_PART_RELATIONS,
	[TRACE_OP_UNPLUG] = REF_PART_RELATIONS,
	[TRACE_OP_PLUG] = REF_PART_RELATIONS,
	[TRACE_OP_VFS_ON] = REF_PART_RELATIONS,
	[TRACE_OP_BIND] = REF_PART_RELATIONS,
	[TRACE_OP_UNBIND] = REF_PART_RELATIONS,
	[TRACE_OP_UNBIND_ALL] = REF_PART_RELATIONS,
	[TRACE_OP_ENABLE] = REF_PART_RELATIONS,
	[TRACE_OP_DISABLE] = REF_PART_RELATIONS,
	[TRACE_OP_ATTACH_PASID] = REF_PART_RELATIONS,
	[TRACE_OP_DETACH_PASID] = REF_PART_RELATIONS,
	[TRACE_OP_CLAIM] = REF_PART_RELATIONS,
	[TRACE_OP_RELEASE] = REF_PART_RELATIONS,
	[TRACE_OP_MDEV_BIND] = REF_PART_RELATIONS,
	[TRACE_OP_MDEV_UNBIND] = REF_PART_RELATIONS,
	[TRACE_OP_MDEV_ATTACH] = REF_PART_RELATIONS,
	[TRACE_OP_USER_BIND] = REF_PART_RELATIONS,
	[TRACE_OP_VM_START] = REF_PART_RELATIONS,
	[TRACE_OP_ASSIGN] = REF_PART_RELATIONS,
	[TRACE_OP_UNASSIGN] = REF_PART_RELATIONS,
	[TRACE_OP_ASSIGN_MDEV] = REF_PART_RELATIONS,
	[TRACE_OP_UNASSIGN_MDEV] = REF_PART_RELATIONS,
	[TRACE_OP_GUEST_BIND] = REF_PART_RELATIONS,
	[TRACE_OP_GUEST_UNBIND] = REF_PART_RELATIONS,
	[TRACE_OP_MAP] = REF_PART_MEMORY,
	[TRACE_OP_UNMAP] = REF_PART_MEMORY,
	[TRACE_OP_READ] = REF_PART_MEMORY,
	[TRACE_OP_WRITE] = REF_PART_MEMORY,
	[TRACE_OP_MMAP] = REF_PART_MEMORY,
	[TRACE_OP_MUNMAP] = REF_PART_MEMORY,
	[TRACE_OP_MPROTECT] = REF_PART_MEMORY,
	[TRACE_OP_MREMAP] = REF_PART_MEMORY,
	[TRACE_OP_MIGRATE] = REF_PART_MEMORY,
	[TRACE_OP_SWAP_OUT] = REF_PART_MEMORY,
	[TRACE_OP_DMA] = NOTHING,
	[TRACE_OP_SUBMIT] = NOTHING,
	[TRACE_OP_ATS] = NOTHING,
	[TRACE_OP_TLBI] = NOTHING,
	[TRACE_OP_CFGI] = NOTHING,
	[TRACE_OP_ATC_INV] = NOTHING,
	[TRACE_OP_GUEST_INV] = NOTHING,
	[TRACE_OP_PREFETCH] = NOTHING,
	[TRACE_OP_BAD_CMD] = NOTHING,
	[TRACE_OP_FAIL_ALLOC] = NOTHING,
};

unsigned invariants_changed(const struct check *c)
{
	unsigned changed;

	if (!c->current || c->config.depth == CHECK_ALL)
		return REF_PART_ALL;
	/* A call that fails changes nothing; mprotect changes what comes before the hole. */
	if (c->step.error && c->current->code != TRACE_OP_MPROTECT)
		return 0;
	changed = parts[c->current->code];
	if (!changed)
		return REF_PART_ALL;
	/* D-14: a fault that is resolved brings a page in. */
	if (changed == NOTHING)
		return c->step.expected.access.stalls ? REF_PART_MEMORY : 0;
	return changed;
}

static void compare(struct check *c, const struct ref_invariant *broken)
{
	if (broken)
		diverge(c, DIVERGENCE_INVARIANT, broken->rule, broken->text,
			"the law's state breaks %s", broken->name);
}

void compare_invariants(struct check *c)
{
	unsigned unchecked = c->unchecked;

	c->unchecked = 0;
	compare(c, ref_check_others(&c->ref, unchecked));
}

void invariants_after_op(struct check *c, unsigned changed)
{
	c->unchecked |= changed;
	/* The rules of the seed mail (B): after every op. */
	if (changed && !c->config.sparing)
		compare(c, ref_check_seed(&c->ref, changed));
	if (!c->current || c->op % CHECK_INVARIANTS_EVERY == 0 || c->config.depth == CHECK_ALL)
		compare_invariants(c);
}
