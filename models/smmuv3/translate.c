/* SPDX-License-Identifier: MIT */
/*
 * One transaction from end to end (chapter 15): global bypass, STE, substream, CD, TLB or walk of
 * both stages, permissions; the event record of each fault (7.3). smmu_access() and smmu_peek()
 * are the same flow with and without effects. lookup.c finds the configuration, ats.c has what is
 * special about ATS.
 */
#include "address.h"
#include "regs.h"

#include "flow.h"

/* Outcomes. */

void smmu_flow_terminate(const struct smmu_flow *flow, struct smmu_result *outcome, uint8_t event,
			 uint8_t cause)
{
	*outcome->response = (struct smmu_response){
		.status = flow->request.kind == SMMU_ATS_REQUEST ? SMMU_ATS_DENIED : SMMU_ABORT,
		.event = event,
		.cause = cause,
	};
}

void smmu_flow_pass(const struct smmu_flow *flow, struct smmu_result *outcome)
{
	*outcome->response = (struct smmu_response){
		.status = SMMU_OK,
		.read_ok = true,
		.write_ok = true,
		.bypass = true,
		.pa = flow->request.addr,
		.size = smmu_stu(flow->smmu),
	};
}

void smmu_flow_config_error(const struct smmu_flow *flow, struct smmu_result *outcome,
			    uint8_t event, uint8_t cause)
{
	uint32_t cr2 = flow->smmu->regs.cr2;
	uint8_t kind = flow->request.kind;

	if (kind == SMMU_ATS_REQUEST && SMMU_FAULT(flow->smmu, ats_answers_unbound)) {
		smmu_flow_no_access(flow, outcome, cause);
		return;
	}
	/* 3.9.1.2, 3.9.1.3 */
	if (kind != SMMU_UNTRANSLATED && !(cr2 & SMMU_CR2_REC_CFG_ATS))
		smmu_flow_terminate(flow, outcome, SMMU_EVT_NONE, cause);
	/* 7.3.3; 3.9.1.3: RECINVSID does not count for Translated traffic. */
	else if (event == SMMU_C_BAD_STREAMID && kind != SMMU_ATS_TRANSLATED &&
		 !(cr2 & SMMU_CR2_RECINVSID))
		smmu_flow_terminate(flow, outcome, SMMU_EVT_NONE, cause);
	else
		smmu_flow_terminate(flow, outcome, event, cause);
	if (event == SMMU_F_STE_FETCH || event == SMMU_F_CD_FETCH)
		outcome->fetch_addr = flow->scratch->walk.fetch_addr;
}

void smmu_flow_override(struct smmu_flow *flow, const struct smmu_ste *ste)
{
	struct smmu_request *request = &flow->request;

	request->privileged = smmu_override(ste->privcfg, request->privileged);
	/* 5.2 INSTCFG affects reads only. 13.7: an ATS request may ask for W and Exe at once. */
	request->instruction = (!request->write || request->kind == SMMU_ATS_REQUEST) &&
			       smmu_override(ste->instcfg, request->instruction);
}

/* 5.5: what S, R of a CD and S2S, S2R of an STE say about a fault of their stage. */
struct fault_model {
	bool stall, record;
};

static struct fault_model model_of(const struct smmu_flow *flow, const struct smmu_s1 *s1,
				   const struct smmu_s2 *s2, bool stage2)
{
	if (SMMU_FAULT(flow->smmu, s2_fault_by_cd) && s1)
		stage2 = false;
	if (stage2 || !s1)
		return (struct fault_model){s2->stall, s2->record};
	return (struct fault_model){s1->stall, s1->record};
}

/* What a record says about the stage and the address. */
static void describe(const struct smmu_flow *flow, struct smmu_result *outcome,
		     const struct smmu_walk *walk)
{
	outcome->fault_class = walk->fault_class;
	outcome->s2 = walk->s2;
	outcome->ttrnw = !walk->tt_write;
	outcome->ipa = walk->ipa;
	outcome->fetch_addr = walk->fetch_addr;
	if (SMMU_FAULT(flow->smmu, s2_fault_unmarked))
		outcome->s2 = false;
	if (SMMU_FAULT(flow->smmu, s2_fault_class_in))
		outcome->fault_class = SMMU_CLASS_IN;
	if (SMMU_FAULT(flow->smmu, s2_fault_without_ipa))
		outcome->ipa = flow->request.addr;
}

/* A fault of a walk, of its permissions, or of the TLB. `s1` NULL: there was no stage 1. */
static void translation_fault(const struct smmu_flow *flow, struct smmu_result *outcome,
			      const struct smmu_s1 *s1, const struct smmu_s2 *s2,
			      const struct smmu_walk *walk)
{
	struct fault_model model = model_of(flow, s1, s2, walk->s2);
	uint8_t kind = flow->request.kind;

	/* 5.5: S and R do not count. 3.9.1.2: CA for an ATS request, like a configuration error;
	 * 3.9.1.3: Translated traffic is reported like ordinary traffic. */
	if (walk->event == SMMU_F_WALK_EABT || walk->event == SMMU_F_TLB_CONFLICT) {
		if (kind == SMMU_ATS_REQUEST)
			smmu_flow_config_error(flow, outcome, walk->event, walk->cause);
		else
			smmu_flow_terminate(flow, outcome, walk->event, walk->cause);
		describe(flow, outcome, walk);
		return;
	}
	if (kind == SMMU_ATS_REQUEST && !SMMU_FAULT(flow->smmu, ats_fault_recorded)) {
		smmu_flow_no_access(flow, outcome, walk->cause);
		return;
	}
	/* 5.5: S only matters for Untranslated traffic, and makes R matter no more. R decides about
	 * the record; RAZ/WI (A == 0) is an abort for the model too. */
	outcome->stalls = model.stall && kind == SMMU_UNTRANSLATED;
	smmu_flow_terminate(flow, outcome,
			    model.record || outcome->stalls ? walk->event : SMMU_EVT_NONE,
			    walk->cause);
	describe(flow, outcome, walk);
}

/* Translation. */

/* One access against the rights of a mapping, with 5.4 PAN. */
static bool permits(const struct smmu_s1 *s1, const struct smmu_walk *walk, bool priv, bool write,
		    bool inst)
{
	if (write)
		return priv ? walk->priv_write && !(s1 && s1->pan && walk->user_read)
			    : walk->user_write;
	if (inst)
		return priv ? walk->priv_exec : walk->user_exec;
	return priv ? walk->priv_read && !(s1 && s1->pan && walk->user_read) : walk->user_read;
}

/* What of a mapping a response grants. */
struct rights {
	bool read, write;
};

static struct rights rights_of(const struct smmu_flow *flow, const struct smmu_ste *ste,
			       const struct smmu_s1 *s1, const struct smmu_walk *walk)
{
	const struct smmu_request *request = &flow->request;
	/* 13.7.1: reads count as INSTCFG says, Exe grants nothing without R: R and W say it all. */
	struct rights rights = {
		.read = permits(s1, walk, request->privileged, false,
				smmu_override(ste->instcfg, false)),
		.write = permits(s1, walk, request->privileged, true, false),
	};

	if (request->kind != SMMU_ATS_REQUEST)
		return rights;
	/* 13.7: NW == 1 leaves a writable-clean page as it is and is not granted W. */
	if (walk->dirty_write && !request->write && !SMMU_FAULT(flow->smmu, ats_grants_clean))
		rights.write = false;
	rights.write |= SMMU_FAULT(flow->smmu, ats_grants_write);
	return rights;
}

/* A finished walk, or a TLB entry, that lets the request through. */
static void grant(const struct smmu_flow *flow, struct smmu_result *outcome,
		  const struct smmu_ste *ste, struct rights rights, const struct smmu_walk *walk,
		  uint64_t offset)
{
	struct smmu_response *response = outcome->response;
	bool ats = flow->request.kind == SMMU_ATS_REQUEST;

	response->status = SMMU_OK;
	response->read_ok = rights.read;
	response->write_ok = rights.write;
	response->pa = walk->pa | offset;
	response->size = walk->size;
	/* 13.6.3: the completion holds the IPA that stage 2 would translate. */
	if (ats && ste->eats == SMMU_STE1_EATS_SPLIT && !SMMU_FAULT(flow->smmu, split_ats_gives_pa))
		response->pa = walk->ipa | offset;
	/* 3.9.1: the Global bit of a completion is always 0. */
	response->global = !ats && walk->global;
}

/* A TLB entry that does not permit the access, of one stage: which right is missing. */
static void refuse_hit(const struct smmu_flow *flow, struct smmu_result *outcome,
		       const struct smmu_ste *ste, const struct smmu_s1 *s1,
		       const struct smmu_walk *entry)
{
	const struct smmu_request *request = &flow->request;
	struct smmu_walk fault = *entry;

	fault.s2 = !s1;
	fault.ipa = request->addr;
	if (!fault.event) {
		fault.event = SMMU_F_PERMISSION;
		fault.fault_class = SMMU_CLASS_IN;
		if (s1)
			smmu_walk_permit_why(s1, entry, request, &fault.cause);
		else
			smmu_walk_permit_s2(entry,
					    request->write	   ? SMMU_S2_WRITE
					    : request->instruction ? SMMU_S2_EXEC
								   : SMMU_S2_READ,
					    request->privileged, &fault.cause);
	}
	translation_fault(flow, outcome, s1, &ste->s2, &fault);
}

/*
 * A TLB entry answers, or false: a walk has to. What an entry of one stage forbids it can name;
 * of what a combined entry forbids only a walk can name the stage.
 */
static bool serve_hit(const struct smmu_flow *flow, struct smmu_result *outcome,
		      const struct smmu_ste *ste, const struct smmu_s1 *s1,
		      const struct smmu_cached_tlb *hit)
{
	const struct smmu_request *request = &flow->request;
	const struct smmu_walk *walk = &hit->walk;
	struct rights rights = rights_of(flow, ste, s1, walk);
	bool ats = request->kind == SMMU_ATS_REQUEST;

	/* 3.13.3: the dirty state is set in memory before a write passes. */
	if (walk->dirty_write && request->write && !SMMU_FAULT(flow->smmu, clean_entry_writes))
		return false;
	if (!walk->event &&
	    (ats ? rights.read || rights.write
		 : permits(s1, walk, request->privileged, request->write, request->instruction))) {
		grant(flow, outcome, ste, rights, walk, request->addr & (walk->size - 1));
		return true;
	}
	if (hit->combined || (ats && !walk->event))
		return false;
	refuse_hit(flow, outcome, ste, s1, walk);
	return true;
}

/* 3.21.1: only valid translations are cached. */
static void keep(const struct smmu_flow *flow, const struct smmu_ste *ste, const struct smmu_s1 *s1,
		 const struct smmu_walk *walk)
{
	uint64_t addr = flow->request.addr;

	if (!s1)
		smmu_caches_fill_tlb_s2(flow->smmu, &ste->s2, addr, walk);
	else if (ste->s2.on)
		smmu_caches_fill_tlb_both(flow->smmu, s1, addr, walk);
	else
		smmu_caches_fill_tlb(flow->smmu, s1, addr, walk);
}

/* Both stages, or what there is of them; `s1` NULL: stage 1 is bypassed. */
static void translate(struct smmu_flow *flow, struct smmu_result *outcome,
		      const struct smmu_ste *ste, const struct smmu_s1 *s1)
{
	const struct smmu_request *request = &flow->request;
	struct smmu_walk *walk = &flow->scratch->walk;

	if (flow->cached) {
		const struct smmu_cached_tlb *hit =
			s1 ? smmu_caches_tlb(flow->smmu, s1, request->addr)
			   : smmu_caches_tlb_s2(flow->smmu, &ste->s2, request->addr);

		if (hit && serve_hit(flow, outcome, ste, s1, hit))
			return;
	}
	*walk = smmu_walk_both(flow->smmu, s1, &ste->s2, request, flow->update);
	flow->smmu->counters.walks += flow->update;
	if (walk->event) {
		translation_fault(flow, outcome, s1, &ste->s2, walk);
		return;
	}
	grant(flow, outcome, ste, rights_of(flow, ste, s1, walk), walk, 0);
	if (flow->cached)
		keep(flow, ste, s1, walk);
}

/* 3.4: the input exceeds the IAS. A fault of stage 1, which has no CD.R to ask. */
void smmu_flow_bypass_s1(struct smmu_flow *flow, struct smmu_result *outcome,
			 const struct smmu_ste *ste)
{
	if (smmu_exceeds(flow->request.addr, flow->smmu->profile.oas_bits)) {
		if (flow->request.kind == SMMU_ATS_REQUEST) {
			smmu_flow_no_access(flow, outcome, SMMU_CAUSE_bypass_beyond_oas);
			return;
		}
		smmu_flow_terminate(flow, outcome, SMMU_F_ADDR_SIZE, SMMU_CAUSE_bypass_beyond_oas);
		outcome->fault_class = SMMU_CLASS_IN;
		return;
	}
	if (ste->s2.on && !(SMMU_FAULT(flow->smmu, s1dss_skips_stage_2) && ste->s1cdmax))
		translate(flow, outcome, ste, NULL);
	else
		smmu_flow_pass(flow, outcome);
}

void smmu_flow_through_ste(struct smmu_flow *flow, struct smmu_result *outcome,
			   const struct smmu_cached_ste *found)
{
	const struct smmu_ste *ste = &found->ste;
	struct smmu_select select =
		smmu_select_cd(flow->smmu, ste, flow->request.ssv, flow->request.ssid);
	const struct smmu_cd *cd;

	smmu_flow_override(flow, ste);
	if (select.kind == SMMU_SELECT_EVENT) {
		smmu_flow_config_error(flow, outcome, select.event, select.cause);
		return;
	}
	if (select.kind == SMMU_SELECT_BYPASS) {
		smmu_flow_bypass_s1(flow, outcome, ste);
		return;
	}
	cd = smmu_flow_cd(flow, found, select.index);
	/* 3.12: a stage-2 fault of the fetch is one of stage 2, whatever the CD would say. */
	if (cd->event && flow->scratch->walk.s2)
		translation_fault(flow, outcome, NULL, &ste->s2, &flow->scratch->walk);
	else if (cd->event)
		smmu_flow_config_error(flow, outcome, cd->event, cd->cause);
	else
		translate(flow, outcome, ste, &cd->s1);
}

static void untranslated(struct smmu_flow *flow, struct smmu_result *outcome)
{
	const struct smmu *smmu = flow->smmu;
	const struct smmu_cached_ste *found;

	if (!smmu_enabled(smmu)) {
		/* 6.3.14 GBPA.ABORT; 3.4: beyond the OAS, an abort without an event. */
		if (smmu->regs.gbpa & SMMU_GBPA_ABORT)
			smmu_flow_terminate(flow, outcome, SMMU_EVT_NONE, SMMU_CAUSE_gbpa_abort);
		else if (smmu_exceeds(flow->request.addr, smmu->profile.oas_bits))
			smmu_flow_terminate(flow, outcome, SMMU_EVT_NONE,
					    SMMU_CAUSE_bypass_beyond_oas);
		else
			smmu_flow_pass(flow, outcome);
		return;
	}
	found = smmu_flow_ste(flow);
	if (found->ste.event)
		smmu_flow_config_error(flow, outcome, found->ste.event, found->ste.cause);
	/* 5.2 Config == 0b000: abort, no event. */
	else if (found->ste.config == SMMU_STE_ABORT)
		smmu_flow_terminate(flow, outcome, SMMU_EVT_NONE, SMMU_CAUSE_ste_config_abort);
	else
		smmu_flow_through_ste(flow, outcome, found);
}

/*
 * The request as the SMMU sees it. Member by member: a copy as a whole would wait for the stores
 * with which the caller has just made it.
 */
static struct smmu_request normalized(const struct smmu_request *request)
{
	/* 3.9.1.3: Translated traffic counts as SSV == 0, PnU == 0, InD == 0. */
	bool ssv = request->ssv && request->kind != SMMU_ATS_TRANSLATED;
	/* 13.7: without a PASID, ATS has neither Priv nor Exe. */
	bool attributes = ssv || request->kind == SMMU_UNTRANSLATED;

	return (struct smmu_request){
		.sid = request->sid,
		.ssv = ssv,
		.ssid = ssv ? request->ssid : 0,
		.addr = request->addr,
		.kind = request->kind,
		.write = request->write,
		.privileged = attributes && request->privileged,
		.instruction = attributes && request->instruction,
	};
}

static void run(struct smmu_flow *flow, struct smmu_result *outcome)
{
	switch (flow->request.kind) {
	case SMMU_UNTRANSLATED:
		untranslated(flow, outcome);
		break;
	case SMMU_ATS_REQUEST:
		smmu_flow_ats_request(flow, outcome);
		break;
	case SMMU_ATS_TRANSLATED:
		smmu_flow_ats_translated(flow, outcome);
		break;
	default:
		/* 7.3.2, 16.7.1: no kind of transaction that there is. */
		smmu_flow_terminate(flow, outcome, SMMU_F_UUT, SMMU_CAUSE_uut);
		break;
	}
}

/* 7.3. Fields that the type does not have are dropped by smmu_event_encode(). */
static struct smmu_event event_of(const struct smmu *smmu, const struct smmu_request *request,
				  const struct smmu_result *outcome)
{
	return (struct smmu_event){
		.type = outcome->response->event,
		.ssv = request->ssv,
		.ssid = SMMU_FAULT(smmu, event_wrong_substream) ? request->ssid ^ 1 : request->ssid,
		.sid = request->sid,
		.input_addr = SMMU_FAULT(smmu, event_address_32_bits) ? (uint32_t)request->addr
								      : request->addr,
		/* 7.3.4, 7.3.14: bits [55:OAS] of FetchAddr and IPA are RES0. */
		.fetch_addr = outcome->fetch_addr & smmu_low_bits(smmu->profile.oas_bits),
		.ipa = outcome->ipa & smmu_low_bits(smmu->profile.oas_bits),
		.rnw = !request->write != SMMU_FAULT(smmu, event_wrong_direction),
		/* 7.3: InD and PnU are those after the overrides; InD == 0 for a write. */
		.ind = request->instruction && !request->write,
		.pnu = request->privileged,
		.s2 = outcome->s2,
		.fault_class = outcome->fault_class,
		.ttrnw = outcome->ttrnw,
	};
}

static void record(struct smmu *smmu, const struct smmu_event *event)
{
	smmu_event_record(smmu, event);
	if (SMMU_FAULT(smmu, event_twice))
		smmu_event_record(smmu, event);
}

/*
 * 3.12.2: the transaction waits under a tag. Without a free tag it is terminated and reported with
 * Stall == 0, which 3.12 permits for a stalling configuration. While the Event queue takes nothing,
 * nothing is recorded, lost or overflowed (7.2.1, 7.4).
 */
static bool stalled(struct smmu *smmu, const struct smmu_request *request,
		    struct smmu_result *outcome)
{
	struct smmu_stall *slot = smmu_stall_enter(smmu, request->sid);
	struct smmu_event event;

	if (!slot)
		return false;
	outcome->response->status = SMMU_STALLED;
	outcome->response->stag = slot->stag;
	if (!smmu_evtq_writable(smmu))
		return true;
	event = event_of(smmu, request, outcome);
	event.stall = !SMMU_FAULT(smmu, stall_unmarked);
	event.stag = slot->stag;
	/* Before the record: its interrupt may bring the answer. */
	slot->state = SMMU_STALL_RECORDED;
	record(smmu, &event);
	outcome->response->recorded = true;
	return true;
}

struct smmu_response smmu_access(struct smmu *smmu, const struct smmu_request *request)
{
	struct smmu_scratch scratch;
	struct smmu_response response = {0};
	struct smmu_result outcome = {.response = &response};
	struct smmu_flow flow = {
		.smmu = smmu,
		.request = normalized(request),
		.scratch = &scratch,
		.update = true,
		.cached = smmu->profile.cache == SMMU_CACHE_EXACT,
	};

	run(&flow, &outcome);
	if (outcome.stalls && stalled(smmu, &flow.request, &outcome))
		return response;
	if (response.event) {
		struct smmu_event event = event_of(smmu, &flow.request, &outcome);

		record(smmu, &event);
		response.recorded = true;
	}
	return response;
}

struct smmu_response smmu_peek(struct smmu *smmu, const struct smmu_request *request)
{
	struct smmu_scratch scratch;
	struct smmu_response response = {0};
	struct smmu_result outcome = {.response = &response};
	struct smmu_flow flow = {.smmu = smmu, .request = normalized(request), .scratch = &scratch};

	run(&flow, &outcome);
	return response;
}
