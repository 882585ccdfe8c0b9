/* SPDX-License-Identifier: MIT */
/*
 * Page requests (3.9, chapter 8): the PRI queue, its overflow, the responses that the SMMU makes
 * itself and those of CMD_PRI_RESP (4.5.2), the queue's interrupt (6.3.36).
 */
#include "address.h"
#include "command.h"
#include "flow.h"
#include "gerror.h"
#include "queue.h"

/* 8.3: ResponseCode on the wire. */
enum { CODE_SUCCESS = 0, CODE_INVALID = 1, CODE_FAILURE = 15 };

static struct smmu_queue queue_of(const struct smmu *smmu)
{
	const struct smmu_regs *regs = &smmu->regs;

	return smmu_queue_view(regs->priq_base, smmu->profile.priq_bits, regs->priq_prod,
			       regs->priq_cons, SMMU_PRI_BYTES);
}

static void respond(struct smmu *smmu, const struct smmu_prg_response *response)
{
	if (smmu->bus.prg_response)
		smmu->bus.prg_response(smmu->bus.ctx, response);
}

/* 8.2: to the same StreamID and group; with a PASID only where `pasid` says so. */
static void respond_by_itself(struct smmu *smmu, const struct smmu_page_request *request,
			      uint8_t code, bool pasid)
{
	struct smmu_prg_response response = {
		.sid = request->sid,
		.ssv = pasid,
		.ssid = pasid ? request->ssid : 0,
		.prg = request->prg,
		.code = code,
		.automatic = true,
	};

	respond(smmu, &response);
}

/* Chapter 8: LWR == 0b100 with a PASID. Without one it is a request like any other. */
static bool is_stop_marker(const struct smmu_page_request *request)
{
	return request->ssv && request->last && !request->read && !request->write;
}

/* The check of STE.PPAR (8.1). */

/* 8.1: what a normal transaction would record is recorded with CR2.REC_CFG_ATS alone. */
static void record_failed_check(struct smmu *smmu, const struct smmu_page_request *request,
				uint8_t type, uint64_t fetch_addr)
{
	struct smmu_event event = {
		.type = type,
		.sid = request->sid,
		.ssv = request->ssv,
		.ssid = request->ssid,
		/* 7.3.4: bits [55:OAS] are RES0. */
		.fetch_addr = fetch_addr & smmu_low_bits(smmu->profile.oas_bits),
	};

	if (!(smmu->regs.cr2 & SMMU_CR2_REC_CFG_ATS))
		return;
	if (type == SMMU_C_BAD_STREAMID && !(smmu->regs.cr2 & SMMU_CR2_RECINVSID))
		return;
	smmu_event_record(smmu, &event);
}

/* 8.1: the response to the last request of a group that an overflow lost. */
static void respond_to_overflow(struct smmu *smmu, const struct smmu_page_request *request)
{
	struct smmu_scratch scratch;
	/* 3.21.1 permits caches, requires none: the STE is always read from memory. */
	struct smmu_flow flow = {
		.smmu = smmu, .request = {.sid = request->sid}, .scratch = &scratch};
	const struct smmu_cached_ste *found;

	if (!request->ssv || smmu->profile.pps || SMMU_FAULT(smmu, pri_ppar_ignored)) {
		respond_by_itself(smmu, request, CODE_SUCCESS, request->ssv);
		return;
	}
	found = smmu_flow_ste(&flow);
	if (found->ste.event) {
		record_failed_check(smmu, request, found->ste.event,
				    found->ste.event == SMMU_F_STE_FETCH ? scratch.walk.fetch_addr
									 : 0);
		respond_by_itself(smmu, request, CODE_FAILURE, false);
		return;
	}
	/* 8.1: any valid STE counts, so one that aborts does too. */
	respond_by_itself(smmu, request, CODE_SUCCESS, found->word[1] & SMMU_STE1_PPAR);
}

/* The queue. */

static void interrupt(struct smmu *smmu)
{
	const struct smmu_regs *regs = &smmu->regs;

	if (regs->irq_ctrl & SMMU_IRQ_CTRL_PRIQ_IRQEN)
		smmu_interrupt(smmu, SMMU_IRQ_PRIQ, regs->priq_irq_cfg0, regs->priq_irq_cfg1);
}

static bool last_only(const struct smmu *smmu)
{
	return smmu->regs.priq_irq_cfg2 & SMMU_PRIQ_CFG2_LO && !SMMU_FAULT(smmu, pri_lo_ignored);
}

/* 8.1. A message that finds the queue full raises the condition and is lost like those after it. */
static void overflow(struct smmu *smmu, const struct smmu_page_request *request)
{
	struct smmu_regs *regs = &smmu->regs;

	if (!((regs->priq_prod ^ regs->priq_cons) & SMMU_Q_OVERFLOW))
		regs->priq_prod ^= SMMU_Q_OVERFLOW;
	if (!request->last)
		return;
	if (!is_stop_marker(request) && !SMMU_FAULT(smmu, pri_overflow_silent))
		respond_to_overflow(smmu, request);
	/* 6.3.36 LO: a lost last request interrupts too. */
	if (last_only(smmu))
		interrupt(smmu);
}

static bool write_entry(struct smmu *smmu, uint64_t pa, const struct smmu_page_request *request)
{
	uint64_t word[SMMU_PRI_WORDS] = {
		smmu_put(SMMU_PRIQ0_SID, request->sid) |
			smmu_put(SMMU_PRIQ0_SSID, request->ssv ? request->ssid : 0) |
			(request->ssv ? SMMU_PRIQ0_SSV : 0) |
			(request->last ? SMMU_PRIQ0_LAST : 0) |
			(request->write ? SMMU_PRIQ0_WRITE : 0) |
			(request->read ? SMMU_PRIQ0_READ : 0) |
			(request->execute ? SMMU_PRIQ0_EXEC : 0) |
			(request->privileged ? SMMU_PRIQ0_PRIV : 0),
		(request->addr & SMMU_PRIQ1_ADDR) | smmu_put(SMMU_PRIQ1_PRG, request->prg),
	};

	for (unsigned i = 0; i < SMMU_PRI_WORDS; i++)
		if (!smmu->bus.write64(smmu->bus.ctx, pa + 8 * i, word[i]))
			return false;
	return true;
}

static bool enqueue(struct smmu *smmu, const struct smmu_page_request *request)
{
	struct smmu_regs *regs = &smmu->regs;
	struct smmu_queue queue = queue_of(smmu);
	uint32_t fill = smmu_queue_fill(&queue);

	/* 8.1: unlike an Event queue, an overflow that nobody acknowledged keeps entries out. 3.5.1:
	 * inconsistent indexes count as a full queue. */
	if (fill >= queue.entries || ((regs->priq_prod ^ regs->priq_cons) & SMMU_Q_OVERFLOW &&
				      !SMMU_FAULT(smmu, pri_overflow_forgotten))) {
		overflow(smmu, request);
		return false;
	}
	/* 8.2, 7.2.2: aborts are synchronous here, so PROD stays before the entry that failed. */
	if (!write_entry(smmu, smmu_queue_entry(&queue, queue.produced, SMMU_PRI_BYTES), request)) {
		smmu_gerror_raise(smmu, SMMU_GERROR_PRIQ_ABT_ERR);
		if (!is_stop_marker(request))
			respond_by_itself(smmu, request, CODE_FAILURE, false);
		return false;
	}
	regs->priq_prod =
		(regs->priq_prod & SMMU_Q_OVERFLOW) | smmu_queue_next(&queue, queue.produced);
	smmu->counters.page_requests++;
	/* 6.3.36 LO. */
	if (last_only(smmu) ? request->last : fill == 0)
		interrupt(smmu);
	return true;
}

bool smmu_page_request(struct smmu *smmu, const struct smmu_page_request *request)
{
	const uint32_t enabled = SMMU_CR0_PRIQEN | SMMU_CR0_SMMUEN;
	struct smmu_page_request arrived = *request;

	if (!smmu->profile.pri)
		return false;
	/* Chapter 8: without substreams there is no SSV; without SSV X and Priv are 0. */
	arrived.ssv = request->ssv && smmu->profile.ssid_bits != 0;
	arrived.ssid &= smmu_low_bits(SMMU_PRIQ0_SSID_BITS);
	arrived.prg &= smmu_low_bits(SMMU_PRIQ1_PRG_BITS);
	if (!arrived.ssv) {
		arrived.execute = arrived.privileged = false;
		arrived.ssid = 0;
	}
	/* 6.3.9.5: the effective PRIQEN. 8.2: an active error counts as a queue that is off. */
	if ((smmu->regs.cr0 & enabled) == enabled &&
	    !smmu_gerror_active(smmu, SMMU_GERROR_PRIQ_ABT_ERR))
		return enqueue(smmu, &arrived);
	/* 8.2: every request is answered, whatever Last says, and without a PASID. */
	if (!is_stop_marker(&arrived) || SMMU_FAULT(smmu, pri_marker_answered))
		respond_by_itself(smmu, &arrived, CODE_FAILURE,
				  arrived.ssv && SMMU_FAULT(smmu, pri_failure_pasid));
	return false;
}

/* 4.5.2 Resp, which was checked not to be the reserved one. */
void smmu_pri_respond(struct smmu *smmu, const struct smmu_prg_response *response, unsigned resp)
{
	static const uint8_t code[] = {
		[SMMU_PRI_FAILURE] = CODE_FAILURE,
		[SMMU_PRI_INVALID] = CODE_INVALID,
		[SMMU_PRI_SUCCESS] = CODE_SUCCESS,
	};
	struct smmu_prg_response answer = *response;

	answer.code = code[SMMU_FAULT(smmu, pri_resp_swapped) ? SMMU_PRI_SUCCESS - resp : resp];
	respond(smmu, &answer);
}
