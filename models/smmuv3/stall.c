/* SPDX-License-Identifier: MIT */
/*
 * Stalled transactions (3.12.2): a fixed pool of those that wait for software's answer, by
 * StreamID and stall tag. Nothing is retried early (3.12.2.2) and no record is suppressed as a
 * duplicate (3.12.2.1): the architecture permits both and requires neither.
 */
#include "regs.h"
#include "smmu_state.h"

void smmu_stalls_reset(struct smmu *smmu)
{
	smmu->stalls = (struct smmu_stalls){0};
}

static struct smmu_stall *find(struct smmu *smmu, uint16_t stag)
{
	for (unsigned i = 0; i < SMMU_MAX_STALLS; i++) {
		struct smmu_stall *stall = &smmu->stalls.slot[i];

		if (stall->state != SMMU_STALL_FREE && stall->stag == stag)
			return stall;
	}
	return NULL;
}

/*
 * 3.12.2: a tag in use is not given out again. Any other may be, but software that answers twice
 * is caught only if it meets nobody, so each tag comes round as late as possible.
 */
static uint16_t next_stag(struct smmu *smmu)
{
	uint16_t stag;

	do
		stag = smmu->stalls.next_stag++;
	while (find(smmu, stag));
	return stag;
}

struct smmu_stall *smmu_stall_enter(struct smmu *smmu, uint32_t sid)
{
	for (unsigned i = 0; i < SMMU_MAX_STALLS; i++) {
		struct smmu_stall *stall = &smmu->stalls.slot[i];

		if (stall->state != SMMU_STALL_FREE)
			continue;
		*stall = (struct smmu_stall){.stag = next_stag(smmu), .sid = sid};
		stall->state = SMMU_STALL_UNRECORDED;
		smmu->stalls.count++;
		smmu->counters.stalls++;
		return stall;
	}
	return NULL;
}

static void answer(struct smmu_stall *stall, enum smmu_stall_answer answer)
{
	stall->state = SMMU_STALL_ANSWERED;
	stall->answer = (uint8_t)answer;
}

/*
 * 4.7.1: STAG and StreamID must both match. Of the cases that are CONSTRAINED UNPREDICTABLE
 * (nothing recorded yet, answered before), none has an effect here.
 */
void smmu_stall_resume(struct smmu *smmu, uint32_t sid, uint16_t stag, bool retry)
{
	struct smmu_stall *stall = find(smmu, SMMU_FAULT(smmu, resume_wrong_tag) ? stag ^ 1 : stag);

	if (!stall || stall->sid != sid || stall->state != SMMU_STALL_RECORDED) {
		smmu->counters.stray_answers++;
		return;
	}
	smmu->counters.stall_answers++;
	if (SMMU_FAULT(smmu, resume_aborts))
		retry = false;
	answer(stall, retry ? SMMU_STALL_RETRY : SMMU_STALL_ABORT);
}

/* 4.7.2, 6.3.9.6: recorded or not, and also what was to be retried but was not yet. */
static void terminate(struct smmu *smmu, bool all, uint32_t sid)
{
	for (unsigned i = 0; i < SMMU_MAX_STALLS; i++) {
		struct smmu_stall *stall = &smmu->stalls.slot[i];

		if (stall->state != SMMU_STALL_FREE && (all || stall->sid == sid))
			answer(stall, SMMU_STALL_ABORT);
	}
}

void smmu_stall_terminate(struct smmu *smmu, uint32_t sid)
{
	terminate(smmu, false, sid);
}

void smmu_stalls_terminate(struct smmu *smmu)
{
	terminate(smmu, true, 0);
}

/*
 * 3.12.2, 7.2.1: a transaction without a record is retried when the Event queue is next writable,
 * under whatever is configured by then; software never hears of the first fault.
 */
void smmu_stalls_evtq_changed(struct smmu *smmu)
{
	if (!smmu->stalls.count || !smmu_evtq_writable(smmu))
		return;
	for (unsigned i = 0; i < SMMU_MAX_STALLS; i++) {
		struct smmu_stall *stall = &smmu->stalls.slot[i];

		if (stall->state == SMMU_STALL_UNRECORDED)
			answer(stall, SMMU_STALL_RETRY);
	}
}

enum smmu_stall_answer smmu_stall_take(struct smmu *smmu, uint32_t sid, uint16_t stag)
{
	struct smmu_stall *stall = find(smmu, stag);

	if (!stall || stall->sid != sid || stall->state != SMMU_STALL_ANSWERED)
		return SMMU_STALL_WAITING;
	stall->state = SMMU_STALL_FREE;
	smmu->stalls.count--;
	return (enum smmu_stall_answer)stall->answer;
}
