/* SPDX-License-Identifier: MIT */
/*
 * Idioms: short runs of ops that break badly written SVA code, as plays with roles. The cast is
 * chosen among what lives, then the play is emitted op by op with the PASIDs that the sketch of
 * the law predicts.
 */
#include "mutator_live.h"

/* X binds, Y shares X's domain, Z is in another one; P has the space, C is its child; D is a domain
 * on a PASID of its own. */
enum role { X, Y, Z, P, C, D, S, T, ROLES };

enum when { END, ALWAYS, NEEDED }; /* NEEDED: left out when it is so already */

struct beat {
	uint8_t when;
	uint8_t code;
	uint8_t device;	 /* X, Y, Z */
	uint8_t process; /* P, C or D; whose PASID it is in ops of a device */
	uint8_t slot;	 /* S, T */
	uint8_t prot;	 /* rights, direction; features of INIT and BIND */
};

#define BEAT(op, d, p, s, rights)                                                                  \
	{                                                                                          \
		ALWAYS, TRACE_OP_##op, d, p, s, rights                                             \
	}
#define NEED(op, d, p, s, rights)                                                                  \
	{                                                                                          \
		NEEDED, TRACE_OP_##op, d, p, s, rights                                             \
	}
#define R     1 /* rights */
#define RW    3
#define READ  0 /* direction */
#define WRITE 1
#define IOPF  1 /* features */
#define LEAF  2 /* INIT: no feature, and PASIDs from the start of a leaf */
#define SVA   0 /* ENABLE, DISABLE; or IOPF */
/* Enter with a process that has a page, and with that process bound. */
#define WITH_PAGE NEED(SPAWN, X, P, S, 0), NEED(MMAP, X, P, S, RW)
#define WITH_BOND WITH_PAGE, NEED(BIND, X, P, S, 0)
/* Enter with a new process bound with I/O page faults, which init has to enable. */
#define WITH_IOPF                                                                                  \
	NEED(SHUTDOWN, X, P, S, 0), NEED(INIT, X, P, S, IOPF), BEAT(SPAWN, X, C, S, 0),            \
		BEAT(MMAP, X, C, S, RW), BEAT(BIND, X, C, S, IOPF)

/* For which policies. */
#define IO_MM	   (1 << TRACE_POLICY_IO_MM)
#define LINUX_6_12 (1 << TRACE_POLICY_LINUX_6_12)
#define LINUX	   (1 << TRACE_POLICY_LINUX_6_1 | LINUX_6_12)
#define ALL	   (IO_MM | LINUX)

static const struct pattern {
	const char *name;
	uint8_t policies;
	struct beat beat[PATTERN_MAX_OPS + 1];
} pattern[] = {
	{"bind, use", ALL, {WITH_BOND, BEAT(DMA, X, P, S, WRITE), BEAT(DMA, X, P, S, READ)}},
	{"munmap under use",
	 ALL,
	 {WITH_BOND, BEAT(DMA, X, P, S, WRITE), BEAT(MUNMAP, X, P, S, 0),
	  BEAT(DMA, X, P, S, READ)}},
	{"ats before munmap",
	 ALL,
	 {WITH_BOND, BEAT(ATS, X, P, S, 0), BEAT(MUNMAP, X, P, S, 0), BEAT(DMA, X, P, S, READ)}},
	{"sibling's translation (A-33)",
	 ALL,
	 {WITH_BOND, BEAT(ATS, Y, P, S, 0), BEAT(MUNMAP, X, P, S, 0), BEAT(DMA, Y, P, S, READ)}},
	{"sibling keeps the entry (A-26)",
	 ALL,
	 {WITH_BOND, NEED(BIND, Y, P, S, 0), BEAT(ATS, Y, P, S, 0), BEAT(UNBIND, X, P, S, 0),
	  BEAT(DMA, Y, P, S, READ), BEAT(UNBIND, Y, P, S, 0), BEAT(DMA, X, P, S, READ)}},
	{"copy-on-write parent",
	 ALL,
	 {WITH_BOND, BEAT(FORK, X, P, S, 0), BEAT(WRITE, X, P, S, 0), BEAT(DMA, X, P, S, WRITE),
	  BEAT(READ, X, C, S, 0)}},
	{"copy-on-write device",
	 ALL,
	 {WITH_BOND, BEAT(ATS, X, P, S, 0), BEAT(FORK, X, P, S, 0), BEAT(DMA, X, P, S, WRITE),
	  BEAT(WRITE, X, C, S, 0), BEAT(WRITE, X, P, S, 0), BEAT(DMA, X, P, S, WRITE)}},
	{"child binds too (A-46)",
	 ALL,
	 {WITH_BOND, BEAT(FORK, X, P, S, 0), BEAT(BIND, X, C, S, 0), BEAT(DMA, X, C, S, WRITE),
	  BEAT(EXIT, X, P, S, 0), BEAT(DMA, X, C, S, READ), BEAT(DMA, X, P, S, READ)}},
	{"PASID reuse after exit (E-1)",
	 ALL,
	 {WITH_BOND, BEAT(ATS, X, P, S, 0), BEAT(EXIT, X, P, S, 0), BEAT(SPAWN, X, C, S, 0),
	  BEAT(MMAP, X, C, T, RW), BEAT(BIND, X, C, S, 0), BEAT(DMA, X, P, S, READ),
	  BEAT(DMA, X, C, T, WRITE)}},
	{"PASID reuse after unbind (D-4)",
	 ALL,
	 {WITH_BOND, BEAT(ATS, X, P, S, 0), NEED(SPAWN, X, C, S, 0), BEAT(UNBIND, X, P, S, 0),
	  BEAT(BIND, X, C, S, 0), BEAT(DMA, X, P, S, READ)}},
	{"bind twice (A-19)",
	 ALL,
	 {WITH_BOND, BEAT(BIND, X, P, S, 0), BEAT(UNBIND, X, P, S, 0), BEAT(DMA, X, P, S, READ),
	  BEAT(UNBIND, X, P, S, 0)}},
	{"attach with a bond (A-36)",
	 IO_MM,
	 {WITH_BOND, BEAT(ATS, X, P, S, 0), BEAT(ATTACH, X, P, S, 0), BEAT(DMA, X, P, S, READ),
	  BEAT(BIND, X, P, S, 0), BEAT(DMA, X, P, S, READ)}},
	{"detach with a bond (A-36)",
	 IO_MM | LINUX_6_12,
	 {WITH_BOND, BEAT(DMA, X, P, S, READ), BEAT(DETACH, X, P, S, 0), BEAT(DMA, X, P, S, READ),
	  BEAT(ATTACH, X, P, S, 0), BEAT(DMA, X, P, S, READ)}},
	{"two domains, one process",
	 ALL,
	 {WITH_BOND, NEED(BIND, Z, P, S, 0), BEAT(DMA, Z, P, S, WRITE), BEAT(UNBIND, X, P, S, 0),
	  BEAT(DMA, Z, P, S, READ), BEAT(DMA, X, P, S, READ), BEAT(MUNMAP, X, P, S, 0)}},
	{"last thread (A-48)",
	 ALL,
	 {WITH_BOND, BEAT(THREAD, X, P, S, 0), BEAT(EXIT, X, P, S, 0), BEAT(DMA, X, P, S, READ),
	  BEAT(EXIT, X, C, S, 0), BEAT(DMA, X, P, S, READ)}},
	{"vfork, exec (A-48)",
	 ALL,
	 {WITH_BOND, BEAT(CLONE_VM, X, P, S, 0), BEAT(EXEC, X, C, S, 0), BEAT(DMA, X, P, S, READ),
	  BEAT(EXIT, X, P, S, 0), BEAT(DMA, X, P, S, READ)}},
	{"exec under a bond (A-47)",
	 ALL,
	 {WITH_BOND, BEAT(ATS, X, P, S, 0), BEAT(EXEC, X, P, S, 0), BEAT(DMA, X, P, S, READ),
	  BEAT(MMAP, X, P, S, RW), BEAT(BIND, X, P, S, 0), BEAT(DMA, X, P, S, READ)}},
	{"write-protect under use",
	 ALL,
	 {WITH_BOND, BEAT(ATS, X, P, S, 0), BEAT(MPROTECT, X, P, S, R), BEAT(DMA, X, P, S, WRITE),
	  BEAT(MPROTECT, X, P, S, RW), BEAT(DMA, X, P, S, WRITE)}},
	{"move a page",
	 ALL,
	 {WITH_BOND, BEAT(ATS, X, P, S, 0), BEAT(MREMAP, X, P, S, 0), BEAT(DMA, X, P, S, READ),
	  BEAT(DMA, X, P, T, WRITE)}},
	{"migrate under use",
	 ALL,
	 {WITH_BOND, BEAT(DMA, X, P, S, WRITE), BEAT(MIGRATE, X, P, S, 0),
	  BEAT(DMA, X, P, S, WRITE), BEAT(READ, X, P, S, 0)}},
	{"swap under use",
	 ALL,
	 {WITH_BOND, BEAT(ATS, X, P, S, 0), BEAT(SWAP_OUT, X, P, S, 0), BEAT(DMA, X, P, S, READ),
	  BEAT(READ, X, P, S, 0), BEAT(DMA, X, P, S, WRITE)}},
	{"unmap, map again",
	 ALL,
	 {WITH_BOND, BEAT(DMA, X, P, S, WRITE), BEAT(MUNMAP, X, P, S, 0), BEAT(MMAP, X, P, S, R),
	  BEAT(DMA, X, P, S, READ)}},
	{"enable again",
	 IO_MM,
	 {WITH_BOND, BEAT(SHUTDOWN, X, P, S, 0), BEAT(DMA, X, P, S, READ), BEAT(INIT, X, P, S, 0),
	  BEAT(BIND, X, P, S, 0), BEAT(DMA, X, P, S, READ)}},
	{"page faults flushed at unbind (A-29)",
	 IO_MM,
	 {WITH_IOPF, BEAT(DMA, X, C, S, WRITE), BEAT(UNBIND, X, C, S, 0),
	  BEAT(DMA, X, C, S, READ)}},
	{"page faults flushed at exit (A-39)",
	 IO_MM,
	 {WITH_IOPF, BEAT(DMA, X, C, S, WRITE), BEAT(EXIT, X, C, S, 0), BEAT(DMA, X, C, S, READ)}},
	{"first PASID of a leaf (A-7)",
	 IO_MM,
	 {BEAT(SHUTDOWN, X, P, S, 0), BEAT(INIT, X, P, S, LEAF), BEAT(SPAWN, X, C, S, 0),
	  BEAT(MMAP, X, C, S, RW), BEAT(BIND, X, C, S, 0), BEAT(DMA, X, C, S, WRITE),
	  BEAT(UNBIND, X, C, S, 0), BEAT(DMA, X, C, S, READ)}},
	{"failing allocation (A-17)",
	 ALL,
	 {WITH_PAGE, BEAT(FAIL_ALLOC, X, P, S, 0), BEAT(BIND, X, P, S, 0), BEAT(BIND, X, P, S, 0),
	  BEAT(DMA, X, P, S, READ)}},
	{"bad command, then an invalidation",
	 IO_MM,
	 {WITH_BOND, BEAT(ATS, X, P, S, 0), BEAT(BAD_CMD, X, P, S, 0), BEAT(MUNMAP, X, P, S, 0),
	  BEAT(DMA, X, P, S, READ)}},
	{"unplug beside a sibling",
	 ALL,
	 {WITH_BOND, NEED(BIND, Y, P, S, 0), BEAT(UNPLUG, X, P, S, 0), BEAT(DMA, Y, P, S, READ),
	  BEAT(UNBIND, Y, P, S, 0)}},
	{"private and shared side by side (B-4)",
	 ALL,
	 {WITH_BOND, BEAT(MAP, X, P, S, RW), BEAT(DMA, X, ROLES, S, WRITE),
	  BEAT(MUNMAP, X, P, S, 0), BEAT(DMA, X, ROLES, S, READ), BEAT(UNMAP, X, P, S, 0),
	  BEAT(DMA, X, ROLES, S, READ)}},
	{"exit before unbind (A-43)",
	 LINUX,
	 {WITH_BOND, BEAT(ATS, X, P, S, 0), BEAT(EXIT, X, P, S, 0), BEAT(DMA, X, P, S, READ),
	  BEAT(UNBIND, X, P, S, 0), BEAT(DMA, X, P, S, READ)}},
	{"the PASID stays with the process (A-43)",
	 LINUX,
	 {WITH_BOND, BEAT(UNBIND, X, P, S, 0), NEED(SPAWN, X, C, S, 0), BEAT(BIND, X, C, S, 0),
	  BEAT(DMA, X, P, S, READ), BEAT(BIND, X, P, S, 0), BEAT(DMA, X, P, S, READ)}},
	{"the handle has two references (A-19)",
	 LINUX,
	 {WITH_BOND, BEAT(BIND, X, P, S, 0), BEAT(UNBIND, X, P, S, 0), BEAT(DMA, X, P, S, WRITE),
	  BEAT(UNBIND, X, P, S, 0), BEAT(DMA, X, P, S, READ)}},
	{"enable again, one by one",
	 LINUX,
	 {WITH_BOND, BEAT(UNBIND_ALL, X, P, S, 0), BEAT(DISABLE, X, P, S, SVA),
	  BEAT(DISABLE, X, P, S, IOPF), BEAT(ENABLE, X, P, S, IOPF), BEAT(ENABLE, X, P, S, SVA),
	  BEAT(BIND, X, P, S, 0), BEAT(DMA, X, P, S, READ)}},
	{"a domain on a PASID beside a bond",
	 LINUX_6_12,
	 {WITH_BOND, BEAT(ATTACH_PASID, X, D, S, 0), BEAT(MAP, X, D, S, RW),
	  BEAT(DMA, X, D, S, WRITE), BEAT(UNMAP, X, D, S, 0), BEAT(DMA, X, D, S, READ),
	  BEAT(DETACH_PASID, X, D, S, 0)}},
	{"a domain's PASID goes under use",
	 LINUX_6_12,
	 {WITH_BOND, BEAT(MAP, X, D, S, RW), BEAT(ATTACH_PASID, X, D, S, 0), BEAT(ATS, X, D, S, 0),
	  BEAT(DETACH_PASID, X, D, S, 0), BEAT(DMA, X, D, S, READ), BEAT(DMA, X, P, S, READ)}},
	{"another RID domain under a bond (A-38)",
	 LINUX_6_12,
	 {WITH_BOND, BEAT(ATS, X, P, S, 0), BEAT(DETACH, X, P, S, 0), BEAT(DMA, X, P, S, READ),
	  BEAT(ATTACH, X, P, S, 0), BEAT(DMA, X, P, S, WRITE), BEAT(DMA, X, ROLES, S, READ)}},
	{"claim the group (E-46)",
	 LINUX,
	 {NEED(BIND, X, P, S, 0), BEAT(UNBIND_ALL, X, P, S, 0), BEAT(DETACH, X, P, S, 0),
	  BEAT(CLAIM, X, P, S, 0), BEAT(DMA, X, ROLES, S, READ), BEAT(DMA, X, P, S, READ),
	  BEAT(RELEASE, X, P, S, 0), BEAT(ATTACH, X, P, S, 0), BEAT(BIND, X, P, S, 0),
	  BEAT(DMA, X, P, S, READ)}},
	{"a fault brings the page in (D-8)",
	 LINUX,
	 {WITH_BOND, BEAT(SWAP_OUT, X, P, S, 0), BEAT(DMA, X, P, S, READ),
	  BEAT(SWAP_OUT, X, P, S, 0), BEAT(DMA, X, P, S, WRITE)}},
	{"a fault breaks copy-on-write (D-8)",
	 LINUX,
	 {WITH_BOND, BEAT(FORK, X, P, S, 0), BEAT(DMA, X, P, S, READ), BEAT(DMA, X, P, S, WRITE),
	  BEAT(READ, X, C, S, 0), BEAT(EXIT, X, C, S, 0), BEAT(DMA, X, P, S, READ)}},
};
const unsigned num_patterns = ARRAY_SIZE(pattern);

unsigned pattern_policies(unsigned number)
{
	return pattern[number % num_patterns].policies;
}

struct cast {
	uint8_t who[ROLES];
	uint8_t domain;	      /* where ATTACH goes, and D */
	uint8_t pasid[ROLES]; /* of P and C: the last one predicted; of D: its own */
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

static struct cast choose_cast(struct mutator_rng *rng, const struct live *live)
{
	unsigned num_devices = live->header->num_devices, x, p, mapped;
	struct cast cast = {.domain = (uint8_t)mutator_below(rng, live->header->num_domains)};

	x = pick_bit(rng, live_bindable(live), mutator_below(rng, num_devices));
	p = pick_bit(rng, live->tasks, mutator_below(rng, TRACE_MAX_PROCESSES));
	cast.who[X] = (uint8_t)x;
	cast.who[Y] =
		(uint8_t)pick_bit(rng, domain_devices(live, live->domain[x], true) & ~(1u << x), x);
	cast.who[Z] = (uint8_t)pick_bit(rng, domain_devices(live, live->domain[x], false), x);
	cast.who[P] = (uint8_t)p;
	cast.who[C] = (uint8_t)pick_bit(rng, (uint8_t)~live->tasks & ~(1u << p),
					(p + 1) % TRACE_MAX_PROCESSES);
	if (live->policy == TRACE_POLICY_LINUX_6_12)
		cast.pasid[D] = pick_domain_pasid(rng, live, x);
	mapped = live->tasks >> p & 1 ? live->mapped[live->task_mm[p]] : 0;
	cast.who[S] = (uint8_t)pick_bit(rng, mapped, mutator_below(rng, TRACE_SPACE_PAGES));
	cast.who[T] = (uint8_t)pick_bit(rng, ~mapped & ~(1u << cast.who[S]),
					mutator_below(rng, TRACE_SPACE_PAGES));
	return cast;
}

static void note_pasids(const struct live *live, struct cast *cast)
{
	unsigned role;

	for (role = P; role <= C; role++) {
		unsigned task = cast->who[role];
		unsigned pasid = live->tasks >> task & 1 ? live->mm_pasid[live->task_mm[task]] : 0;

		if (pasid)
			cast->pasid[role] = (uint8_t)pasid;
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
		return true;
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
		op.process = cast->who[beat->process];
		op.child = beat->prot;
		break;
	default:
		if (first == TRACE_FIELD_DEVICE) {
			op.has_pasid = beat->process != ROLES;
			op.pasid = op.has_pasid ? cast->pasid[beat->process] : 0;
		} else {
			op.process = cast->who[beat->process];
			op.child = cast->who[C];
		}
	}
	trace_normalize_op(live->header, &op);
	return op;
}

unsigned play_pattern(struct mutator_rng *rng, struct live *live, unsigned number,
		      struct trace_op *op, const char **name)
{
	const struct beat *beat = pattern[number % num_patterns].beat;
	struct cast cast = choose_cast(rng, live);
	unsigned count = 0;

	if (name)
		*name = pattern[number % num_patterns].name;
	note_pasids(live, &cast);
	for (; beat->when != END; beat++) {
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
	unsigned number = mutator_below(rng, num_patterns);

	while (!(pattern_policies(number) >> live->policy & 1))
		number = mutator_below(rng, num_patterns);
	return play_pattern(rng, live, number, op, NULL);
}
