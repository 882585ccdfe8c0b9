/* SPDX-License-Identifier: MIT */
/* Global errors (7.5). smmu_gerror_raise() takes a SMMU_GERROR_ mask with one bit set. */
#ifndef SMMUV3_GERROR_H
#define SMMUV3_GERROR_H

#include "smmu_state.h"
#include "regs.h"

/* 7.5: an error is active while GERROR and GERRORN differ. */
bool smmu_gerror_active(const struct smmu *smmu, uint32_t bit);

/*
 * Interrupt: the wire, and a message where there is an address for it (irq.c). The enable was
 * looked at by the caller.
 */
void smmu_interrupt(struct smmu *smmu, enum smmu_irq irq, uint64_t addr, uint32_t data);

#endif
