/* SPDX-License-Identifier: MIT */
/*
 * Idioms: short runs of ops that break badly written SVA code, as plays with roles. The cast is
 * chosen among what lives, then the play is emitted op by op with the PASIDs that the sketch of
 * the law predicts.
 */
#ifndef SVAFUZZ_MUTATOR_PLAY_H
#define SVAFUZZ_MUTATOR_PLAY_H

#include "mutator_live.h"

/*
 * X binds, Y shares X's domain, Z is in another one; P has the space, C is its child; D is a domain
 * on a PASID of its own. M and N are partitions of X. V and W are VMs with the functions F and E; G
 * and I are processes of V, H is one of W. PF is the PF of F, without VMs that of X. S and T are slots.
 */
enum role { X, Y, Z, P, C, G, I, H, D, S, T, M, N, V, F, W, E, PF, ROLES };

enum when { END, ALWAYS, NEEDED }; /* NEEDED: left out when it is so already */

struct beat {
	uint8_t when;
	uint8_t code;
	uint8_t device;	 /* a device, a partition, or a VM when there is neither */
	uint8_t process; /* a process, D, or a VM; whose PASID it is in ops of a device */
	uint8_t slot;	 /* S, T */
	uint8_t prot;	 /* rights, direction; features of INIT and BIND */
};

struct pattern {
	const char *name;
	uint8_t policies;
	struct beat beat[PATTERN_MAX_OPS + 1];
};
extern const struct pattern host_patterns[], shared_patterns[];
extern const unsigned num_host_patterns, num_shared_patterns;

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
#define WROTE 2 /* SUBMIT: and the user wrote the PASID of C there (B-13) */
/* Enter with a process that has a page, and with that process bound. */
#define WITH_PAGE NEED(SPAWN, X, P, S, 0), NEED(MMAP, X, P, S, RW)
#define WITH_BOND WITH_PAGE, NEED(BIND, X, P, S, 0)
/* Enter with a new process bound with I/O page faults, which init has to enable. */
#define WITH_IOPF                                                                                  \
	NEED(SHUTDOWN, X, P, S, 0), NEED(INIT, X, P, S, IOPF), BEAT(SPAWN, X, C, S, 0),            \
		BEAT(MMAP, X, C, S, RW), BEAT(BIND, X, C, S, IOPF)

/* Enter with a process that a partition works for. */
#define WITH_MDEV WITH_PAGE, NEED(MDEV_BIND, M, P, S, 0)
/* Enter with a function of a VM that is bound to a process of the guest. */
#define WITH_GUEST_OF(vm, function, process)                                                       \
	NEED(VM_START, vm, P, S, 0), NEED(ASSIGN, function, vm, S, 0),                             \
		NEED(GUEST_SPAWN, vm, process, S, 0), NEED(MMAP, X, process, S, RW),               \
		NEED(GUEST_BIND, function, process, S, 0)
#define WITH_GUEST WITH_GUEST_OF(V, F, G)

/* For which policies. */
#define IO_MM	   (1 << TRACE_POLICY_IO_MM)
#define LINUX_6_12 (1 << TRACE_POLICY_LINUX_6_12)
#define LINUX	   (1 << TRACE_POLICY_LINUX_6_1 | LINUX_6_12)
#define ALL	   (IO_MM | LINUX)

#endif
