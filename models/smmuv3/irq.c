/* SPDX-License-Identifier: MIT */
/* Interrupts on their way out: wires, and messages that are 32-bit writes (3.18). */
#include "address.h"
#include "gerror.h"

static void raise_wire(struct smmu *smmu, enum smmu_irq irq)
{
	if (smmu->bus.irq)
		smmu->bus.irq(smmu->bus.ctx, irq);
}

/* False: the write aborted. */
static bool write_message(struct smmu *smmu, uint64_t addr, uint32_t data)
{
	/* 3.18.2: no message with ADDR == 0, all of whose bits count (4.7.3). */
	if (!smmu->profile.msi || !addr || !smmu->bus.write32)
		return true;
	if (SMMU_FAULT(smmu, message_lost))
		return true;
	/* 3.4.3 (6): truncated to the OAS. */
	return smmu->bus.write32(smmu->bus.ctx, addr & smmu_low_bits(smmu->profile.oas_bits), data);
}

/* 3.18.2: where an implementation has both, both are used. The wire goes last: whoever listens to
 * it may look for the message. */
void smmu_interrupt(struct smmu *smmu, enum smmu_irq irq, uint64_t addr, uint32_t data)
{
	static const uint32_t aborted[SMMU_IRQ_COUNT] = {
		[SMMU_IRQ_EVTQ] = SMMU_GERROR_MSI_EVENTQ_ABT_ERR,
		[SMMU_IRQ_GERROR] = SMMU_GERROR_MSI_GERROR_ABT_ERR,
		[SMMU_IRQ_SYNC] = SMMU_GERROR_MSI_CMDQ_ABT_ERR,
		[SMMU_IRQ_PRIQ] = SMMU_GERROR_MSI_PRIQ_ABT_ERR,
	};

	if (!write_message(smmu, addr, data))
		smmu_gerror_raise(smmu, aborted[irq]);
	raise_wire(smmu, irq);
}
