/* SPDX-License-Identifier: MIT */
/* What the files of the comparison with QEMU share. */
#ifndef SVAFUZZ_DEVICE_PEER_STATE_H
#define SVAFUZZ_DEVICE_PEER_STATE_H

#include "../../models/smmuv3/regs.h"
#include "../smmus/qemu/machine.h"
#include "peer.h"

enum {
	PEER_FUNCTIONS = 16,
	PEER_BUS_BITS = 48, /* a transfer beyond never comes to QEMU's SMMU */
	PEER_REGS = 20,	    /* of page 0 */
	PEER_ALL_REGS = PEER_REGS + 2,
	PEER_FEW_REGS = 7,
	PEER_GERROR = 3, /* index */
	PEER_SWEEP_EVERY = 64,
};

struct dev_peer {
	struct qemu_machine *machine;
	struct dev_model *model;
	struct dev_known *known;
	struct dev_peer_counts counts;
	uint32_t gerror; /* as the last trace left it */
	bool wrecked;	 /* a trace wrote registers of the set-up */
	bool two_level;	 /* it has had a two-level stream table */
	unsigned num_regs;
	uint64_t reg[PEER_ALL_REGS];
	uint64_t read[DEV_MAX_ACTIONS];
	uint64_t dirty[DEV_PAGE_WORDS]; /* pages of QEMU's RAM that may differ from zero */
};

uint32_t peer_reg_offset(unsigned index);
bool peer_restart(struct dev_peer *peer);
/* Into the batch: everything off, as after a reset; memory cleared; for a trace whose stream table
 * has two levels, or one. False: QEMU does not start. */
bool peer_reset(struct dev_peer *peer, bool two_level);
/* Into the batch: the model's actions; `early`: stores before anything else are made at once. */
void peer_emit(struct dev_peer *peer, unsigned from, bool early);
/* Registers read, batch carried out. */
enum qemu_status peer_finish(struct dev_peer *peer);

#endif
