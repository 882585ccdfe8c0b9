/* SPDX-License-Identifier: MIT */
/* Global errors (7.5). smmu_gerror_raise() takes a SMMU_GERROR_ mask with one bit set. */
#ifndef SMMUV3_GERROR_H
#define SMMUV3_GERROR_H

#include "smmu_state.h"
#include "regs.h"

/* 7.5: an error is active while GERROR and GERRORN differ. */
bool smmu_gerror_active(const struct smmu *smmu, uint32_t bit);

/* Raise a wired interrupt if somebody listens; the enable was looked at by the caller. */
void smmu_raise_irq(struct smmu *smmu, enum smmu_irq irq);

#endif
