/* SPDX-License-Identifier: MIT */
/*
 * Private to the QEMU socket. QEMU has no SubstreamIDs, so each (StreamID, SubstreamID) that a
 * device uses is stood in for by a PCI function of QEMU: the pair. The front is what the driver
 * sees: registers, queues and the choice of a CD (5.2 S1CDMax, S1DSS). Behind it QEMU has a stream
 * table of its own, one STE a pair with the driver's CD in it, and translates, caches, invalidates
 * and reports.
 */
#ifndef SVAFUZZ_QEMU_FRONT_H
#define SVAFUZZ_QEMU_FRONT_H

#include "../../../models/smmuv3/regs.h"
#include "../../world/world.h"
#include "machine.h"
#include "qemu.h"

#include <sys/types.h>

enum {
	QEMU_PAIRS = 64,
	/* QEMU's own tables and queues: behind the world's RAM, where no driver comes. */
	QEMU_OWN_BYTES = 1 << 20,
	QEMU_OWN_STRTAB = 0,
	QEMU_OWN_CMDQ = 0x10000,
	QEMU_OWN_EVENTQ = 0x20000,
	QEMU_SID_BITS = 8,
	QEMU_CMDQ_BITS = 8,
	QEMU_EVENTQ_BITS = 6,
};

/* What a device sends with: a StreamID, and a SubstreamID if ssv. */
struct qemu_pair {
	bool ssv;
	uint32_t sid, ssid;
};

struct qemu_registers {
	uint64_t strtab_base, cmdq_base, eventq_base;
	uint32_t cr0, cr1, cr2, gbpa, irq_ctrl, gerror, gerrorn, strtab_cfg;
	uint32_t cmdq_prod, cmdq_cons, eventq_prod, eventq_cons;
};

struct qemu_front {
	struct smmu_socket socket; /* first: the socket is the instance */
	struct qemu_machine *machine;
	pid_t owner; /* who started it: after a fork it is somebody else's */
	int ram_fd;
	struct world *world;
	struct smmu_profile profile;
	struct smmu_end end;
	char end_text[600];
	struct qemu_registers reg;

	unsigned num_pairs; /* pair i is QEMU's function i */
	struct qemu_pair pair[QEMU_PAIRS];

	/* QEMU's side of its queues. */
	uint32_t cmdq_prod, eventq_cons, gerrorn;
	/* Commands that QEMU has not got yet, and the index of the driver's that each comes from. */
	unsigned num_commands;
	uint32_t source[1 << QEMU_CMDQ_BITS];

	uint32_t before[WORLD_RAM_FRAMES]; /* a word of every frame before a DMA */
};

/* qemu.c: send what was collected. False: QEMU is gone, and `end` says so. */
bool qemu_front_flush(struct qemu_front *front);

static inline void qemu_front_write(struct qemu_front *front, uint32_t offset, unsigned size,
				    uint64_t value)
{
	qemu_write(front->machine, QEMU_SMMU_BASE + offset, size, value);
}

static inline uint64_t qemu_own_pa(uint64_t offset)
{
	return WORLD_RAM_BASE + WORLD_RAM_SIZE + offset;
}

static inline uint64_t *qemu_own(struct qemu_front *front, uint64_t offset)
{
	return (uint64_t *)(void *)(qemu_ram(front->machine) + WORLD_RAM_SIZE + offset);
}

/* The driver's structures, as far as they are memory at all. */
static inline bool qemu_load(const struct qemu_front *front, uint64_t pa, uint64_t *value)
{
	if (!ram_live(&front->world->ram, pa))
		return false;
	*value = ram_load(pa);
	return true;
}

/* pairs.c: what is to become of a transaction. */
struct qemu_route {
	enum { QEMU_ROUTE_SEND, QEMU_ROUTE_ABORT, QEMU_ROUTE_NONE } kind;
	uint8_t event; /* of an abort; 0: silent */
	unsigned function;
	uint64_t *ste; /* in QEMU's own stream table */
};
struct qemu_route qemu_route(struct qemu_front *front, const struct smmu_request *request);

/* commands.c */
/* Take in the driver's commands until the queue is empty or one is wrong. */
void qemu_consume(struct qemu_front *front);
/* Every configuration and translation that QEMU has cached. */
void qemu_forget_all(struct qemu_front *front);

/* events.c */
/* Put a record into the driver's Event queue. */
void qemu_record(struct qemu_front *front, const uint64_t record[4]);

/* access.c */
struct smmu_response qemu_access(void *ctx, const struct smmu_request *request);

#endif
