/* SPDX-License-Identifier: MIT */
/* Casts and plays of patterns (mutator_play.h). */
#include "mutator_play.h"

#define BIT(n) (1u << (n))

unsigned num_patterns(void)
{
	return num_host_patterns + num_shared_patterns;
}

static const struct pattern *get(unsigned number)
{
	number %= num_patterns();
	return number < num_host_patterns ? &host_patterns[number]
					  : &shared_patterns[number - num_host_patterns];
}

unsigned pattern_policies(unsigned number)
{
	return get(number)->policies;
}

static unsigned role_needs(unsigned role)
{
	switch (role) {
	case N:
		return NEEDS_MDEV | NEEDS_TWO_MDEVS;
	case M:
		return NEEDS_MDEV;
	case W:
	case E:
	case H:
		return NEEDS_VM | NEEDS_TWO_VMS | NEEDS_VF;
	case V:
	case F:
	case G:
	case I:
		return NEEDS_VM | NEEDS_VF;
	case PF:
		return NEEDS_VF;
	default:
		return 0;
	}
}

/* Its roles say it. */
static unsigned needs_of(const struct pattern *pattern)
{
	const struct beat *beat;
	unsigned needs = 0;

	for (beat = pattern->beat; beat->when != END; beat++)
		needs |= role_needs(beat->device) | role_needs(beat->process);
	return needs;
}

unsigned pattern_needs(unsigned number)
{
	return needs_of(get(number));
}

/* Partitions whose parent has another one. */
static unsigned twins(const struct live *live)
{
	unsigned i, siblings, set = 0;

	for (i = 0; i < live->header->num_devices; i++) {
		siblings = live_partitions(live, BIT(i));
		set |= siblings & (siblings - 1) ? siblings : 0;
	}
	return set;
}

/* The needs that a topology satisfies. */
static unsigned features(const struct live *live)
{
	unsigned has = live->vms ? NEEDS_VM : 0, i;

	if (live->vms & (live->vms - 1))
		has |= NEEDS_TWO_VMS;
	if (live_partitions(live, ~0u))
		has |= NEEDS_MDEV;
	if (twins(live))
		has |= NEEDS_TWO_MDEVS;
	for (i = 0; i < live->header->num_devices; i++)
		has |= live->header->device[i].vf_of ? NEEDS_VF : 0;
	return has;
}

struct cast {
	uint8_t who[ROLES + 1];	  /* [ROLES]: nobody */
	uint8_t domain;		  /* where ATTACH goes, and D */
	uint8_t pasid[ROLES + 1]; /* of processes: the last one predicted; of D: its own */
};

static unsigned domain_devices(const struct live *live, uint8_t domain, bool same)
{
	unsigned i, set = 0;

	for (i = 0; i < live->header->num_devices; i++) {
		if (live->domain[i] != TRACE_NONE && (live->domain[i] == domain) == same)
			set |= 1u << i;
	}
	return set & live->present;
}

static unsigned vfs_among(const struct live *live, unsigned devices)
{
	unsigned i, set = 0;

	for (i = 0; i < live->header->num_devices; i++)
		set |= live->header->device[i].vf_of ? BIT(i) : 0;
	return set & devices;
}

/* X, and if there are to be any, partitions of it. */
static unsigned choose_device(struct mutator_rng *rng, const struct live *live, unsigned needs,
			      struct cast *cast)
{
	unsigned bindable = live_bindable(live), set, m, parent;

	if (!(needs & NEEDS_MDEV)) {
		set = needs & NEEDS_VF ? vfs_among(live, bindable) : 0;
		return pick_bit(rng, set ? set : bindable,
				mutator_below(rng, live->header->num_devices));
	}
	set = needs & NEEDS_TWO_MDEVS ? twins(live) : live_partitions(live, ~0u);
	m = pick_bit(rng, set & live_partitions(live, bindable), pick_bit(rng, set, 0));
	parent = live->header->mdev[m].parent;
	cast->who[M] = (uint8_t)m;
	cast->who[N] = (uint8_t)pick_bit(rng, live_partitions(live, BIT(parent)) & ~BIT(m), m);
	return parent;
}

/* A function that a VM has, or could have. */
static unsigned choose_function(struct mutator_rng *rng, const struct live *live, unsigned vm,
				unsigned taken)
{
	unsigned vfs = vfs_among(live, live->present) & ~taken, own = 0, i;

	for (i = 0; i < live->header->num_devices; i++)
		own |= live->vm[i] == vm && live->whole & BIT(i) ? BIT(i) : 0;
	vfs &= ~live->assigned;
	return pick_bit(rng, own, pick_bit(rng, vfs, live->header->num_devices - 1u));
}

/* A task of a VM (TRACE_NONE: of the host), or a slot for one; not one that is cast already. */
static uint8_t choose_task(struct mutator_rng *rng, const struct live *live, unsigned vm,
			   unsigned *taken)
{
	unsigned mms = live_mms(live, vm), i, set = 0;

	for (i = 0; i < TRACE_MAX_PROCESSES; i++)
		set |= live->tasks & BIT(i) && mms & BIT(live->task_mm[i]) ? BIT(i) : 0;
	i = pick_bit(rng, set & ~*taken,
		     pick_bit(rng, (uint8_t)~live->tasks & ~*taken,
			      mutator_below(rng, TRACE_MAX_PROCESSES)));
	*taken |= BIT(i);
	return (uint8_t)i;
}

static void choose_vms(struct mutator_rng *rng, const struct live *live, unsigned *taken,
		       struct cast *cast)
{
	unsigned v = pick_bit(rng, live->running, pick_bit(rng, live->vms, 0)), pf;
	unsigned w = pick_bit(rng, live->vms & ~BIT(v), v), f = choose_function(rng, live, v, 0);

	cast->who[V] = (uint8_t)v;
	cast->who[W] = (uint8_t)w;
	cast->who[F] = (uint8_t)f;
	cast->who[E] = (uint8_t)choose_function(rng, live, w, BIT(f));
	cast->who[G] = choose_task(rng, live, v, taken);
	cast->who[H] = choose_task(rng, live, w, taken);
	pf = live->header->device[f].vf_of;
	cast->who[PF] = (uint8_t)(pf ? pf - 1 : f);
}

static uint8_t choose_free(struct mutator_rng *rng, const struct live *live, unsigned *taken)
{
	unsigned set = (uint8_t)~live->tasks & ~*taken;
	unsigned task = pick_bit(rng, set, pick_bit(rng, (uint8_t) ~*taken, 0));

	*taken |= BIT(task);
	return (uint8_t)task;
}

static void choose_slots(struct mutator_rng *rng, const struct live *live, unsigned task,
			 struct cast *cast)
{
	unsigned mapped = live->tasks & BIT(task) ? live->mapped[live->task_mm[task]] : 0;

	cast->who[S] = (uint8_t)pick_bit(rng, mapped, mutator_below(rng, TRACE_SPACE_PAGES));
	cast->who[T] = (uint8_t)pick_bit(rng, ~mapped & ~BIT(cast->who[S]),
					 mutator_below(rng, TRACE_SPACE_PAGES));
}

static struct cast choose_cast(struct mutator_rng *rng, const struct live *live, unsigned needs)
{
	struct cast cast = {.domain = (uint8_t)mutator_below(rng, live->header->num_domains)};
	unsigned x = choose_device(rng, live, needs, &cast), taken = 0, pf;

	cast.who[X] = (uint8_t)x;
	cast.who[Y] =
		(uint8_t)pick_bit(rng, domain_devices(live, live->domain[x], true) & ~BIT(x), x);
	cast.who[Z] = (uint8_t)pick_bit(rng, domain_devices(live, live->domain[x], false), x);
	pf = live->header->device[x].vf_of;
	cast.who[PF] = (uint8_t)(pf ? pf - 1 : x);
	cast.who[P] = choose_task(rng, live, TRACE_NONE, &taken);
	if (needs & NEEDS_VM)
		choose_vms(rng, live, &taken, &cast);
	cast.who[C] = choose_free(rng, live, &taken);
	cast.who[I] = choose_free(rng, live, &taken);
	if (live->policy == TRACE_POLICY_LINUX_6_12)
		cast.pasid[D] = pick_domain_pasid(rng, live, x);
	choose_slots(rng, live, cast.who[needs & NEEDS_VM ? G : P], &cast);
	return cast;
}

static void note_pasids(const struct live *live, struct cast *cast)
{
	unsigned role;

	for (role = P; role <= H; role++) {
		unsigned task = cast->who[role];
		unsigned pasid = live->tasks >> task & 1 ? live->mm_pasid[live->task_mm[task]] : 0;

		if (pasid)
			cast->pasid[role] = (uint8_t)pasid;
	}
}

/* The same for ops on partitions, on VMs, and on functions that come and go. */
static bool needed_shared(const struct live *live, const struct trace_op *op)
{
	unsigned mm = live->task_mm[op->process];

	switch (op->code) {
	case TRACE_OP_MDEV_BIND:
		return !(live->associated[op->device] >> mm & 1);
	case TRACE_OP_VM_START:
		return !(live->running >> op->max & 1);
	case TRACE_OP_ASSIGN:
		return !(live->assigned >> op->device & 1);
	case TRACE_OP_GUEST_SPAWN:
		return !(live->tasks >> op->process & 1);
	case TRACE_OP_GUEST_BIND:
		return !(live->bonds[op->device] >> mm & 1);
	case TRACE_OP_UNBIND_ALL:
		return live->bonds[op->device];
	case TRACE_OP_ATTACH:
		return live->domain[op->device] == TRACE_NONE;
	default:
		return true;
	}
}

static bool needed(const struct live *live, const struct trace_op *op)
{
	unsigned mm = live->task_mm[op->process];

	switch (op->code) {
	case TRACE_OP_SHUTDOWN:
		return live->initialised >> op->device & ~(live->iopf >> op->device) & 1;
	case TRACE_OP_INIT:
		return !(live->initialised >> op->device & 1);
	case TRACE_OP_SPAWN:
		return !(live->tasks >> op->process & 1);
	case TRACE_OP_MMAP:
		return !(live->mapped[mm] >> op->slot & 1);
	case TRACE_OP_BIND:
		return !(live->bonds[op->device] >> mm & 1);
	default:
		return needed_shared(live, op);
	}
}

/* An op on a partition, or on a VM and something of it. */
static void play_shared(const struct live *live, const struct cast *cast, const struct beat *beat,
			struct trace_op *op)
{
	unsigned vm = beat->device == E ? W : V;

	op->process = cast->who[beat->process];
	op->pasid = cast->pasid[beat->process];
	switch (beat->code) {
	case TRACE_OP_MDEV_ATTACH:
		op->process = cast->domain;
		break;
	case TRACE_OP_SUBMIT:
		op->prot = beat->prot & WRITE;
		op->has_pasid = (beat->prot & WROTE) != 0;
		op->pasid = cast->pasid[C];
		break;
	case TRACE_OP_VM_START:
	case TRACE_OP_VM_DESTROY:
	case TRACE_OP_GUEST_SPAWN:
		op->max = cast->who[beat->device];
		break;
	case TRACE_OP_ASSIGN:
	case TRACE_OP_ASSIGN_MDEV:
		op->max = cast->who[beat->process];
		break;
	case TRACE_OP_GUEST_UNBIND:
	case TRACE_OP_GUEST_INV:
		op->has_pasid = beat->process != ROLES;
		op->max = live->vm[op->device] == TRACE_NONE ? cast->who[vm] : live->vm[op->device];
		break;
	default:
		break;
	}
}

static struct trace_op play_beat(struct mutator_rng *rng, const struct live *live,
				 const struct cast *cast, const struct beat *beat)
{
	struct trace_op op = {
		.code = beat->code,
		.device = cast->who[beat->device],
		.slot = cast->who[beat->slot],
		.to = cast->who[T],
		.pages = 1,
		.prot = beat->prot,
	};
	unsigned first = trace_op_info[beat->code].operand[0];

	switch (beat->code) {
	case TRACE_OP_FAIL_ALLOC:
	case TRACE_OP_BAD_CMD:
		pick_operand(rng, live, &op, first);
		break;
	case TRACE_OP_MAP:
	case TRACE_OP_UNMAP:
		op.process = beat->process == D ? cast->domain : live->domain[op.device];
		break;
	case TRACE_OP_ATTACH_PASID:
		op.pasid = cast->pasid[D];
		op.process = cast->domain;
		break;
	case TRACE_OP_ATTACH:
		op.process = cast->domain;
		break;
	case TRACE_OP_INIT:
		op.child = beat->prot & IOPF;
		op.pasid = beat->prot & LEAF ? pick_leaf_start(rng, live, op.device) : 0;
		break;
	case TRACE_OP_BIND:
	case TRACE_OP_GUEST_BIND:
		op.process = cast->who[beat->process];
		op.child = beat->prot;
		break;
	default:
		if (first == TRACE_FIELD_MDEV || first == TRACE_FIELD_VM) {
			play_shared(live, cast, beat, &op);
		} else if (first == TRACE_FIELD_DEVICE) {
			op.has_pasid = beat->process != ROLES;
			op.pasid = op.has_pasid ? cast->pasid[beat->process] : 0;
		} else {
			op.process = cast->who[beat->process];
			op.child = cast->who[beat->process == G ? I : C];
		}
	}
	trace_normalize_op(live->header, &op);
	return op;
}

unsigned play_pattern(struct mutator_rng *rng, struct live *live, unsigned number,
		      struct trace_op *op, const char **name)
{
	const struct pattern *pattern = get(number);
	struct cast cast = choose_cast(rng, live, needs_of(pattern));
	const struct beat *beat;
	unsigned count = 0;

	if (name)
		*name = pattern->name;
	note_pasids(live, &cast);
	for (beat = pattern->beat; beat->when != END; beat++) {
		struct trace_op next = play_beat(rng, live, &cast, beat);

		if (beat->when == NEEDED && !needed(live, &next))
			continue;
		op[count++] = next;
		live_step(live, &next);
		note_pasids(live, &cast);
	}
	return count;
}

unsigned pick_pattern(struct mutator_rng *rng, struct live *live, struct trace_op *op)
{
	unsigned first = 0, count = num_host_patterns, has = features(live), number;

	/* Every single feature has a pattern for every policy under which there is such a thing. */
	if (has && mutator_below(rng, 2)) {
		first = num_host_patterns;
		count = num_shared_patterns;
	}
	do {
		number = first + mutator_below(rng, count);
	} while (!(pattern_policies(number) >> live->policy & 1) || pattern_needs(number) & ~has);
	return play_pattern(rng, live, number, op, NULL);
}
