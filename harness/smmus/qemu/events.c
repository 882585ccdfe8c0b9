/* SPDX-License-Identifier: MIT */
/* The driver's Event queue (7.2). */
#include "front.h"

void qemu_record(struct qemu_front *front, const uint64_t record[4])
{
	struct qemu_registers *reg = &front->reg;
	unsigned log2 = (unsigned)smmu_get(reg->eventq_base, SMMU_Q_BASE_LOG2SIZE);
	uint32_t mask = (2u << log2) - 1;
	uint64_t pa = (reg->eventq_base & SMMU_Q_BASE_ADDR) +
		      (uint64_t)(reg->eventq_prod & mask >> 1) * SMMU_EVENT_BYTES;

	if (!(reg->cr0 & SMMU_CR0_EVENTQEN))
		return;
	if (((reg->eventq_prod - reg->eventq_cons) & mask) > mask >> 1) {
		/* 7.4: told once, until software has acknowledged it. */
		if (!((reg->eventq_prod ^ reg->eventq_cons) & SMMU_Q_OVERFLOW))
			reg->eventq_prod ^= (uint32_t)SMMU_Q_OVERFLOW;
		return;
	}
	for (unsigned i = 0; i < SMMU_EVENT_WORDS; i++)
		if (ram_live(&front->world->ram, pa + 8ull * i))
			ram_store(pa + 8ull * i, record[i]);
	reg->eventq_prod =
		(reg->eventq_prod & (uint32_t)SMMU_Q_OVERFLOW) | ((reg->eventq_prod + 1) & mask);
	if (reg->irq_ctrl & SMMU_IRQ_CTRL_EVENTQ_IRQEN)
		world_raise_irq(front->world, SMMU_IRQ_EVTQ);
}
