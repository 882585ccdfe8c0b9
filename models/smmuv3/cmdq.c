/* SPDX-License-Identifier: MIT */
/* The Command queue: fetch in order, stop at the first error (3.5, 4.1.2, 7.1). */
#include "command.h"
#include "gerror.h"
#include "queue.h"

static bool fetch(struct smmu *smmu, uint64_t pa, struct smmu_command *command)
{
	for (unsigned i = 0; i < SMMU_CMD_WORDS; i++) {
		if (!smmu->bus.read64(smmu->bus.ctx, pa + 8 * i, &command->word[i]))
			return false;
	}
	return true;
}

/* 7.1: CONS stays at the command; the reason is visible before the error is. */
static void stop(struct smmu *smmu, uint8_t error)
{
	uint32_t *cons = &smmu->regs.cmdq_cons;

	if (SMMU_FAULT(smmu, illegal_reported_as_abort))
		error = SMMU_CERROR_ABT;
	*cons = (*cons & SMMU_Q_INDEX) | (uint32_t)smmu_put(SMMU_CMDQ_CONS_ERR, error);
	smmu->counters.command_errors++;
	if (!SMMU_FAULT(smmu, gerror_not_raised))
		smmu_gerror_raise(smmu, SMMU_GERROR_CMDQ_ERR);
}

/* 4.7.3: an event, not an interrupt: it has neither an enable nor a message. */
static void wake(struct smmu *smmu)
{
	if (!SMMU_FAULT(smmu, sev_lost))
		smmu_interrupt(smmu, SMMU_IRQ_EVENT, 0, 0);
}

/* One command; false when there is none to consume (4.1.2). */
static bool step(struct smmu *smmu)
{
	struct smmu_regs *regs = &smmu->regs;
	struct smmu_queue queue = smmu_queue_view(regs->cmdq_base, smmu->profile.cmdq_bits,
						  regs->cmdq_prod, regs->cmdq_cons, SMMU_CMD_BYTES);
	uint32_t fill = smmu_queue_fill(&queue);
	struct smmu_command_result result;
	struct smmu_command command;

	if (!(regs->cr0 & SMMU_CR0_CMDQEN) || smmu_gerror_active(smmu, SMMU_GERROR_CMDQ_ERR))
		return false;
	/* 3.5.1: nothing is consumed while the indexes are inconsistent. */
	if (fill == 0 || fill > queue.entries)
		return false;
	if (!fetch(smmu, smmu_queue_entry(&queue, queue.consumed, SMMU_CMD_BYTES), &command)) {
		stop(smmu, SMMU_CERROR_ABT);
		return true;
	}
	result = smmu_command_execute(smmu, &command);
	if (smmu->bus.command)
		smmu->bus.command(smmu->bus.ctx, command.word, result.error == SMMU_CERROR_NONE);
	if (result.error != SMMU_CERROR_NONE) {
		stop(smmu, result.error);
		return true;
	}
	regs->cmdq_cons = (regs->cmdq_cons & ~(uint32_t)SMMU_Q_INDEX) |
			  smmu_queue_next(&queue, queue.consumed);
	if (SMMU_FAULT(smmu, cmdq_wrap_lost))
		regs->cmdq_cons &= ~queue.entries;
	smmu->counters.commands++;
	if (result.signal_irq)
		smmu_interrupt(smmu, SMMU_IRQ_SYNC, result.msi_addr, result.msi_data);
	/* 4.1.2: with SEV a queue that stops being full wakes whoever waits for space. */
	if (result.signal_event || (smmu->profile.sev && fill == queue.entries))
		wake(smmu);
	return true;
}

/*
 * One kick consumes at most a full queue (2^19 commands), and some more for an interrupt handler
 * that refills it. Without that bound a handler that acknowledges an error without mending it, or
 * submits a command each time that one signals, would never let go.
 */
static unsigned most_commands(const struct smmu *smmu)
{
	return (1u << smmu_queue_log2(smmu->regs.cmdq_base, smmu->profile.cmdq_bits)) + 1024;
}

void smmu_cmdq_run(struct smmu *smmu)
{
	/* A register write in an interrupt handler gets here again: the loop below sees it. */
	if (smmu->cmdq_running)
		return;
	smmu->cmdq_running = true;
	for (unsigned left = most_commands(smmu); left && step(smmu); left--)
		;
	smmu->cmdq_running = false;
}
