/* SPDX-License-Identifier: MIT */
/* One command (chapter 4), as the Command queue hands it to the model. Internal to the model. */
#ifndef SMMUV3_COMMAND_H
#define SMMUV3_COMMAND_H

#include "smmu_state.h"
#include "regs.h"

struct smmu_command_result {
	uint8_t error; /* enum smmu_cerror; anything but NONE: the command had no effect */
	/* CMD_SYNC, CS = SIG_IRQ: after CONS has passed the command (4.7.3). */
	bool signal_irq;
	bool signal_event; /* CS = SIG_SEV, likewise */
	uint64_t msi_addr; /* 0: no message */
	uint32_t msi_data;
};

/*
 * Execute a command of the Non-secure Command queue. Reserved bits that are not zero make it
 * CERROR_ILL (4.1.5 permits that): a driver that sets them is wrong on some implementation.
 */
struct smmu_command_result smmu_command_execute(struct smmu *smmu,
						const struct smmu_command *command);

/* CMD_PRI_RESP (pri.c): `resp` is the command's field and not the reserved value. */
void smmu_pri_respond(struct smmu *smmu, const struct smmu_prg_response *response, unsigned resp);

#endif
