/* SPDX-License-Identifier: MIT */
/* The Event queue: when a record is written, lost or aborted (7.2, 7.4). */
#include "gerror.h"
#include "queue.h"

static struct smmu_queue queue_of(const struct smmu *smmu)
{
	const struct smmu_regs *regs = &smmu->regs;

	return smmu_queue_view(regs->evtq_base, smmu->profile.evtq_bits, regs->evtq_prod,
			       regs->evtq_cons, SMMU_EVENT_BYTES);
}

/* 7.2.1 */
bool smmu_evtq_writable(const struct smmu *smmu)
{
	struct smmu_queue queue = queue_of(smmu);

	return smmu->regs.cr0 & SMMU_CR0_EVENTQEN &&
	       !smmu_gerror_active(smmu, SMMU_GERROR_EVENTQ_ABT_ERR) &&
	       smmu_queue_fill(&queue) < queue.entries;
}

/* 7.2.1: a lost record of a queue that is full is an overflow; else it goes silently. */
static void overflow(struct smmu *smmu)
{
	struct smmu_regs *regs = &smmu->regs;

	/* 7.4: a second overflow before the acknowledgement is not indicated. */
	if (SMMU_FAULT(smmu, event_overflow_toggles) ||
	    !((regs->evtq_prod ^ regs->evtq_cons) & SMMU_Q_OVERFLOW))
		regs->evtq_prod ^= SMMU_Q_OVERFLOW;
}

static bool write_record(struct smmu *smmu, uint64_t pa, const struct smmu_event *event)
{
	uint64_t record[SMMU_EVENT_WORDS];

	smmu_event_encode(event, record);
	if (event->s2 && event->ipa && SMMU_FAULT(smmu, event_ipa_lost))
		record[3] = 0;
	for (unsigned i = 0; i < SMMU_EVENT_WORDS; i++) {
		if (!smmu->bus.write64(smmu->bus.ctx, pa + 8 * i, record[i]))
			return false;
	}
	return true;
}

/* counters.events counts what software can read; every other record is in events_lost. */
void smmu_event_record(struct smmu *smmu, const struct smmu_event *event)
{
	struct smmu_regs *regs = &smmu->regs;
	struct smmu_queue queue = queue_of(smmu);

	if (SMMU_FAULT(smmu, event_missing) && event->type <= SMMU_C_BAD_CD)
		return;
	smmu->counters.events_lost++;
	if (!(regs->cr0 & SMMU_CR0_EVENTQEN))
		return;
	if (smmu_gerror_active(smmu, SMMU_GERROR_EVENTQ_ABT_ERR))
		return;
	/* 3.5.1: inconsistent indexes count as a full queue. */
	if (smmu_queue_fill(&queue) >= queue.entries) {
		overflow(smmu);
		return;
	}
	/* 7.2.2: aborts are synchronous here, so PROD stays before the record that failed. */
	if (!write_record(smmu, smmu_queue_entry(&queue, queue.produced, SMMU_EVENT_BYTES),
			  event)) {
		smmu_gerror_raise(smmu, SMMU_GERROR_EVENTQ_ABT_ERR);
		return;
	}
	regs->evtq_prod =
		(regs->evtq_prod & SMMU_Q_OVERFLOW) | smmu_queue_next(&queue, queue.produced);
	smmu->counters.events_lost--;
	smmu->counters.events++;
	/* 3.18.2: the interrupt tells that the queue stopped being empty. */
	if (SMMU_FAULT(smmu, event_without_interrupt))
		return;
	if (smmu_queue_fill(&queue) == 0 && (regs->irq_ctrl & SMMU_IRQ_CTRL_EVENTQ_IRQEN))
		smmu_interrupt(smmu, SMMU_IRQ_EVTQ, regs->evtq_irq_cfg0, regs->evtq_irq_cfg1);
}
