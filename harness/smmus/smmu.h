/* SPDX-License-Identifier: MIT */
/*
 * The smmu socket: hardware that translates. A driver reaches it through registers and memory
 * only; the check may also look inside where the implementation offers a view (worst caches).
 */
#ifndef SVAFUZZ_SMMU_SOCKET_H
#define SVAFUZZ_SMMU_SOCKET_H

#include "../../models/smmuv3/smmuv3.h"
#include "../../models/smmuv3/worst.h"
#include "../base/base.h"

struct world;
struct smmu_socket;

/* Why a run cannot go on. */
enum smmu_end_kind {
	SMMU_END_NONE,
	SMMU_END_LACKS, /* it cannot do what the trace wants */
	SMMU_END_CRASH, /* it died or hangs, which is a finding; a reset brings it back */
};
struct smmu_end {
	uint8_t kind; /* enum smmu_end_kind */
	const char *text;
};

struct smmu_socket_ops {
	const char *name;
	const char *doc;
	/* Power-on; connects itself to the world's port, endpoints and interrupts of its number. */
	void (*reset)(struct smmu_socket *socket, struct world *world,
		      const struct smmu_profile *profile);
	uint64_t (*read)(struct smmu_socket *socket, uint32_t offset, unsigned size);
	void (*write)(struct smmu_socket *socket, uint32_t offset, unsigned size, uint64_t value);
	/* The model inside, for the views of worst.h; NULL if it has none. */
	struct smmu *(*model)(struct smmu_socket *socket);
	/* Choose a planted fault by name ("" = none); false if there is no such fault. */
	bool (*set_fault)(struct smmu_socket *socket, const char *fault);
	/* The rest is for smmus that are no part of this program; NULL where there is nothing to say.
	 * Is what it needs there? Else one line that says how to get it. */
	bool (*available)(struct error *error);
	/* NULL, or what of the profile it has not ("ATS"): the trace cannot run on it. */
	const char *(*lacks)(const struct smmu_profile *profile);
	/* Since the last reset. */
	struct smmu_end (*end)(struct smmu_socket *socket);
};

struct smmu_socket {
	const struct smmu_socket_ops *ops;
};

/* NULL when there is no such smmu. The socket lives as long as the process. It is the first of a
 * machine; the others, up to WORLD_MAX_SMMUS, by their number (0: the first again). */
struct smmu_socket *smmu_socket_find(const char *name);
struct smmu_socket *smmu_socket_number(const char *name, unsigned number);
/* Names and docs, NULL-terminated. */
const struct smmu_socket_ops *const *smmu_socket_list(void);

#endif
