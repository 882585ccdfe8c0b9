/* SPDX-License-Identifier: MIT */
/* Global errors: GERROR, GERRORN and their interrupt (6.3.19, 6.3.20, 7.5). */
#include "gerror.h"

bool smmu_gerror_active(const struct smmu *smmu, uint32_t bit)
{
	return (smmu->regs.gerror ^ smmu->regs.gerrorn) & bit;
}

void smmu_gerror_raise(struct smmu *smmu, uint32_t bit)
{
	/* 7.5: an active error is not toggled again, nor does it interrupt again. */
	if (smmu_gerror_active(smmu, bit))
		return;
	smmu->regs.gerror ^= bit;
	/* 7.5.1: no interrupt about the interrupt's own MSI. */
	if (bit == SMMU_GERROR_MSI_GERROR_ABT_ERR)
		return;
	if (smmu->regs.irq_ctrl & SMMU_IRQ_CTRL_GERROR_IRQEN)
		smmu_interrupt(smmu, SMMU_IRQ_GERROR, smmu->regs.gerror_irq_cfg0,
			       smmu->regs.gerror_irq_cfg1);
}
