/* SPDX-License-Identifier: MIT */
/*
 * One transaction from end to end (chapter 15): global bypass, stream table, STE, substream, CD,
 * TLB or walk, permissions; ATS requests and ATS Translated traffic (3.9.1); the event record of
 * each fault (7.3). smmu_access() and smmu_peek() are the same flow with and without effects.
 */
#include "address.h"
#include "regs.h"
#include "smmu_state.h"

enum { GRANULE = 4096 };

/* Only these words of a structure matter without stage 2 and MPAM; the others are left 0. */
enum { STE_WORDS_USED = 2, CD_WORDS_USED = 4 };

/* The flow's result: the response, and what an event record says beyond the request. */
struct outcome {
	struct smmu_response response;
	uint64_t fetch_addr;
	uint8_t class;
	bool stalls;		      /* 5.5: waits for software if it can */
	bool privileged, instruction; /* after the STE's overrides */
};

/* One transaction on its way. */
struct flow {
	struct smmu *smmu;
	const struct smmu_request *request;
	bool counted; /* in smmu_counters() */
	bool cached;  /* look into the exact caches and fill them */
};

static bool smmu_enabled(const struct smmu *smmu)
{
	return smmu->regs.cr0 & SMMU_CR0_SMMUEN;
}

/* Outcomes. */

/* Terminated. Event 0 is a silent abort. */
static struct outcome terminated(const struct smmu_request *request, uint8_t event)
{
	return (struct outcome){
		.response = {.status = request->kind == SMMU_ATS_REQUEST ? SMMU_ATS_DENIED
									 : SMMU_ABORT,
			     .event = event},
		.privileged = request->privileged,
		.instruction = request->instruction && !request->write,
	};
}

static struct outcome passed(uint64_t pa)
{
	return (struct outcome){.response = {.status = SMMU_OK,
					     .read_ok = true,
					     .write_ok = true,
					     .bypass = true,
					     .pa = pa,
					     .size = GRANULE}};
}

/* 3.9.1.2: Success with R == W == 0, one STU. */
static struct outcome ats_no_access(void)
{
	return (struct outcome){.response = {.status = SMMU_OK, .size = GRANULE}};
}

/*
 * A configuration error. For ATS an event is recorded only with CR2.REC_CFG_ATS (3.9.1.2,
 * 3.9.1.3); C_BAD_STREAMID only with CR2.RECINVSID, which does not count for Translated traffic.
 */
static struct outcome config_error(const struct flow *flow, uint8_t event, uint64_t fetch_addr)
{
	uint32_t cr2 = flow->smmu->regs.cr2;
	uint8_t kind = flow->request->kind;
	struct outcome outcome;

	if (kind == SMMU_ATS_REQUEST && SMMU_FAULT(flow->smmu, ats_answers_unbound))
		return ats_no_access();
	if (kind != SMMU_UNTRANSLATED && !(cr2 & SMMU_CR2_REC_CFG_ATS))
		event = SMMU_EVT_NONE;
	if (event == SMMU_C_BAD_STREAMID && kind != SMMU_ATS_TRANSLATED &&
	    !(cr2 & SMMU_CR2_RECINVSID))
		event = SMMU_EVT_NONE;
	outcome = terminated(flow->request, event);
	outcome.fetch_addr = fetch_addr;
	return outcome;
}

/* Configuration lookup (3.3.3). */

static bool read_words(const struct smmu *smmu, uint64_t pa, uint64_t *word, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (!smmu_mem_read(smmu, pa + 8 * i, &word[i]))
			return false;
	return true;
}

static struct smmu_place locate_ste(const struct smmu *smmu, uint32_t sid)
{
	uint64_t pa, l1std;

	if (!smmu_sid_in_range(smmu, sid))
		return (struct smmu_place){.event = SMMU_C_BAD_STREAMID};
	if (!smmu_strtab_is_two_level(smmu))
		return smmu_ste_place_linear(smmu, sid);
	pa = smmu_l1std_address(smmu, sid);
	if (!smmu_mem_read(smmu, pa, &l1std))
		return (struct smmu_place){.event = SMMU_F_STE_FETCH, .fetch_addr = pa};
	return smmu_ste_place_l1(smmu, sid, l1std);
}

struct found_ste {
	uint64_t fetch_addr;
	struct smmu_ste ste; /* with the event of a failed lookup or of an ILLEGAL STE */
};

static struct found_ste find_ste(const struct flow *flow)
{
	struct smmu *smmu = flow->smmu;
	uint32_t sid = flow->request->sid;
	uint64_t word[SMMU_STE_WORDS] = {0};
	struct smmu_place place;

	if (flow->cached) {
		const struct smmu_cached_ste *hit = smmu_caches_ste(smmu, sid);

		if (hit)
			return (struct found_ste){.ste = smmu_ste_decode(smmu, hit->word)};
	}
	place = locate_ste(smmu, sid);
	if (!place.event && !read_words(smmu, place.pa, word, STE_WORDS_USED)) {
		place.event = SMMU_F_STE_FETCH;
		place.fetch_addr = place.pa;
	}
	/* 5.2.1: a failed fetch is not cached, an STE is in any state. */
	if (place.event)
		return (struct found_ste){.fetch_addr = place.fetch_addr,
					  .ste = {.event = place.event}};
	if (flow->cached)
		smmu_caches_fill_ste(smmu, sid, word);
	return (struct found_ste){.ste = smmu_ste_decode(smmu, word)};
}

static struct smmu_place locate_cd(const struct smmu *smmu, const struct smmu_ste *ste,
				   uint32_t index)
{
	uint64_t pa, l1cd;

	if (!smmu_cd_is_two_level(ste))
		return smmu_cd_place_linear(smmu, ste, index);
	pa = smmu_l1cd_address(ste, index);
	if (!smmu_mem_read(smmu, pa, &l1cd))
		return (struct smmu_place){.event = SMMU_F_CD_FETCH, .fetch_addr = pa};
	return smmu_cd_place_l1(smmu, ste, index, l1cd);
}

struct found_cd {
	uint64_t fetch_addr;
	struct smmu_cd cd;
};

static struct found_cd find_cd(const struct flow *flow, const struct smmu_ste *ste, uint32_t index)
{
	struct smmu *smmu = flow->smmu;
	uint32_t sid = flow->request->sid;
	uint64_t word[SMMU_CD_WORDS] = {0};
	struct smmu_place place;

	if (flow->cached) {
		const struct smmu_cached_cd *hit = smmu_caches_cd(smmu, sid, index);

		if (hit)
			return (struct found_cd){.cd = smmu_cd_decode(smmu, ste, hit->word)};
	}
	place = locate_cd(smmu, ste, index);
	if (!place.event && !read_words(smmu, place.pa, word, CD_WORDS_USED)) {
		place.event = SMMU_F_CD_FETCH;
		place.fetch_addr = place.pa;
	}
	/* 5.4.1: a failed fetch is not cached, a CD is in any state. */
	if (place.event)
		return (struct found_cd){.fetch_addr = place.fetch_addr,
					 .cd = {.event = place.event}};
	if (flow->cached)
		smmu_caches_fill_cd(smmu, sid, index, word);
	return (struct found_cd){.cd = smmu_cd_decode(smmu, ste, word)};
}

/* Translation. */

static struct smmu_walk find_translation(const struct flow *flow, const struct smmu_s1 *s1)
{
	uint64_t va = flow->request->addr;
	struct smmu_walk walk;

	if (flow->cached) {
		const struct smmu_cached_tlb *hit = smmu_caches_tlb(flow->smmu, s1, va);

		if (hit) {
			walk = hit->walk;
			walk.pa |= va & (walk.size - 1);
			return walk;
		}
	}
	walk = smmu_walk(flow->smmu, s1, va);
	if (flow->counted)
		flow->smmu->counters.walks++;
	/* 3.21.1: only valid translations are cached. */
	if (flow->cached && !walk.event)
		smmu_caches_fill_tlb(flow->smmu, s1, va, &walk);
	return walk;
}

/* A fault of the walk or of its permissions. */
static struct outcome translation_fault(const struct flow *flow, const struct smmu_s1 *s1,
					uint8_t event, const struct smmu_walk *walk)
{
	struct outcome outcome;

	if (event == SMMU_F_WALK_EABT) {
		/* 3.9.1.2: CA for ATS, like a configuration error. 5.5: R does not count. */
		outcome = config_error(flow, event, walk->fetch_addr);
		outcome.class = SMMU_CLASS_TT;
		return outcome;
	}
	if (flow->request->kind == SMMU_ATS_REQUEST && !SMMU_FAULT(flow->smmu, ats_fault_recorded))
		return ats_no_access();
	/* 5.5: S only matters for Untranslated traffic, and makes R matter no more. */
	if (s1->stall && flow->request->kind == SMMU_UNTRANSLATED) {
		outcome = terminated(flow->request, event);
		outcome.class = SMMU_CLASS_IN;
		outcome.stalls = true;
		return outcome;
	}
	/* 5.5: R decides about the record; RAZ/WI (A == 0) is an abort for the model too. */
	outcome = terminated(flow->request, s1->record ? event : SMMU_EVT_NONE);
	outcome.class = SMMU_CLASS_IN;
	return outcome;
}

/* What are the rights of the mapping, for a data access like this one? */
static bool would_permit(const struct flow *flow, const struct smmu_s1 *s1,
			 const struct smmu_walk *walk, bool write)
{
	const struct smmu_request probe = {.write = write, .privileged = flow->request->privileged};

	return smmu_walk_permit(s1, walk, &probe) == 0;
}

/* Stage 1 under a legal CD, for Untranslated traffic and ATS requests. */
static struct outcome translate(const struct flow *flow, const struct smmu_s1 *s1)
{
	const struct smmu_request *request = flow->request;
	bool ats = request->kind == SMMU_ATS_REQUEST;
	struct smmu_walk walk = find_translation(flow, s1);
	uint8_t event = walk.event;
	struct outcome outcome = {0};

	/* 3.9.1.2: for ATS a lack of permission only limits what is granted. */
	if (!event && !ats)
		event = smmu_walk_permit(s1, &walk, request);
	if (event)
		return translation_fault(flow, s1, event, &walk);
	/* 13.7.1: Exe grants nothing without R, so R and W say everything. */
	outcome.response.read_ok = would_permit(flow, s1, &walk, false);
	outcome.response.write_ok = would_permit(flow, s1, &walk, true) ||
				    (ats && SMMU_FAULT(flow->smmu, ats_grants_write));
	if (ats && !outcome.response.read_ok && !outcome.response.write_ok)
		return ats_no_access();
	outcome.response.status = SMMU_OK;
	outcome.response.pa = walk.pa;
	outcome.response.size = walk.size;
	/* 3.9.1: the Global bit of a completion is always 0. */
	outcome.response.global = !ats && walk.global;
	return outcome;
}

/* Stage 1 bypassed by Config or S1DSS. */
static struct outcome bypass(const struct flow *flow)
{
	const struct smmu_request *request = flow->request;

	if (!smmu_exceeds(request->addr, flow->smmu->profile.oas_bits))
		return passed(request->addr);
	/* 3.4: the input exceeds the IAS. No CD, so there is no CD.R to ask. */
	if (request->kind == SMMU_ATS_REQUEST)
		return ats_no_access();
	return (struct outcome){.response = terminated(request, SMMU_F_ADDR_SIZE).response,
				.class = SMMU_CLASS_IN};
}

/* Substream, CD, translation. */
static struct outcome through_substream(const struct flow *flow, const struct smmu_ste *ste)
{
	const struct smmu_request *request = flow->request;
	struct smmu_select select = smmu_select_cd(flow->smmu, ste, request->ssv, request->ssid);
	struct found_cd found;

	if (select.kind == SMMU_SELECT_EVENT)
		return config_error(flow, select.event, 0);
	if (select.kind == SMMU_SELECT_BYPASS)
		return bypass(flow);
	found = find_cd(flow, ste, select.index);
	if (found.cd.event)
		return config_error(flow, found.cd.event, found.fetch_addr);
	return translate(flow, &found.cd.s1);
}

/* From a legal STE that lets traffic pass on. */
static struct outcome through_ste(const struct flow *flow, const struct smmu_ste *ste)
{
	const struct smmu_request *request = flow->request;
	struct outcome outcome = through_substream(flow, ste);

	/* 7.3: InD and PnU are reported after the overrides; InD == 0 for a write. */
	outcome.privileged = smmu_override(ste->privcfg, request->privileged);
	outcome.instruction = !request->write && smmu_override(ste->instcfg, request->instruction);
	return outcome;
}

/* The three kinds of transaction. */

static struct outcome untranslated(const struct flow *flow)
{
	const struct smmu *smmu = flow->smmu;
	const struct smmu_request *request = flow->request;
	struct found_ste found;

	if (!smmu_enabled(smmu)) {
		/* 6.3.14 GBPA.ABORT; 3.4: beyond the OAS, an abort without an event. */
		if ((smmu->regs.gbpa & SMMU_GBPA_ABORT) ||
		    smmu_exceeds(request->addr, smmu->profile.oas_bits))
			return terminated(request, SMMU_EVT_NONE);
		return passed(request->addr);
	}
	found = find_ste(flow);
	if (found.ste.event)
		return config_error(flow, found.ste.event, found.fetch_addr);
	/* 5.2 Config == 0b000: abort, no event. */
	if (found.ste.config == SMMU_STE_ABORT)
		return terminated(request, SMMU_EVT_NONE);
	return through_ste(flow, &found.ste);
}

static struct outcome ats_request(const struct flow *flow)
{
	const struct smmu_request *request = flow->request;
	struct found_ste found;

	if (!flow->smmu->profile.ats) /* 5.2 EATS: no ATS requests can be made */
		return terminated(request, SMMU_EVT_NONE);
	/* 3.9.1.2: UR. */
	if (!smmu_enabled(flow->smmu))
		return terminated(request, SMMU_F_BAD_ATS_TREQ);
	found = find_ste(flow);
	if (found.ste.event)
		return config_error(flow, found.ste.event, found.fetch_addr);
	/* 3.9.1.2: UR; silent for Config == 0b000; bypass counts as EATS == 0b00. */
	if (found.ste.config == SMMU_STE_ABORT)
		return terminated(request, SMMU_EVT_NONE);
	if (found.ste.eats != SMMU_STE1_EATS_FULL)
		return terminated(request, SMMU_F_BAD_ATS_TREQ);
	return through_ste(flow, &found.ste);
}

/* 3.9.1.3; IDR3.PASIDTT == 0, so a PASID is not looked at. */
static struct outcome ats_translated(const struct flow *flow)
{
	const struct smmu *smmu = flow->smmu;
	const struct smmu_request *request = flow->request;
	struct found_ste found;

	if (!smmu->profile.ats) /* 5.2 EATS: no Translated traffic passes */
		return terminated(request, SMMU_EVT_NONE);
	if (!smmu_enabled(smmu))
		return terminated(request, SMMU_F_TRANSL_FORBIDDEN);
	if (smmu->regs.cr0 & SMMU_CR0_ATSCHK) {
		found = find_ste(flow);
		if (found.ste.event)
			return config_error(flow, found.ste.event, found.fetch_addr);
		if (found.ste.config == SMMU_STE_ABORT)
			return terminated(request, SMMU_EVT_NONE);
		if (found.ste.eats != SMMU_STE1_EATS_FULL || SMMU_FAULT(smmu, translated_refused))
			return terminated(request, SMMU_F_TRANSL_FORBIDDEN);
	}
	/* 3.9.1.1: of the two permitted behaviours, an abort without an event. */
	if (smmu_exceeds(request->addr, smmu->profile.oas_bits))
		return terminated(request, SMMU_EVT_NONE);
	return passed(request->addr);
}

/* The request as the SMMU sees it. */
static struct smmu_request normalized(const struct smmu_request *request)
{
	struct smmu_request seen = *request;

	/* 3.9.1.3: Translated traffic counts as SSV == 0, PnU == 0, InD == 0. */
	if (seen.kind == SMMU_ATS_TRANSLATED)
		seen.ssv = false;
	/* 13.7: without a PASID, ATS has neither Priv nor Exe. */
	if (seen.kind != SMMU_UNTRANSLATED && !seen.ssv) {
		seen.privileged = false;
		seen.instruction = false;
	}
	if (!seen.ssv)
		seen.ssid = 0;
	return seen;
}

static struct outcome run(const struct flow *flow)
{
	switch (flow->request->kind) {
	case SMMU_ATS_REQUEST:
		return ats_request(flow);
	case SMMU_ATS_TRANSLATED:
		return ats_translated(flow);
	default:
		return untranslated(flow);
	}
}

/* 7.3. Fields that the type does not have are dropped by smmu_event_encode(). */
static struct smmu_event event_of(const struct smmu *smmu, const struct smmu_request *request,
				  const struct outcome *outcome)
{
	return (struct smmu_event){
		.type = outcome->response.event,
		.ssv = request->ssv,
		.ssid = SMMU_FAULT(smmu, event_wrong_substream) ? request->ssid ^ 1 : request->ssid,
		.sid = request->sid,
		.input_addr = SMMU_FAULT(smmu, event_address_32_bits) ? (uint32_t)request->addr
								      : request->addr,
		/* 7.3.4: FetchAddr bits [55:OAS] are RES0. */
		.fetch_addr = outcome->fetch_addr & smmu_low_bits(smmu->profile.oas_bits),
		.rnw = !request->write != SMMU_FAULT(smmu, event_wrong_direction),
		.ind = outcome->instruction,
		.pnu = outcome->privileged,
		.class = outcome->class,
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
static bool stalled(struct smmu *smmu, const struct smmu_request *request, struct outcome *outcome)
{
	struct smmu_stall *slot = smmu_stall_enter(smmu, request->sid);
	struct smmu_event event;

	if (!slot)
		return false;
	outcome->response.status = SMMU_STALLED;
	outcome->response.stag = slot->stag;
	if (!smmu_evtq_writable(smmu))
		return true;
	event = event_of(smmu, request, outcome);
	event.stall = !SMMU_FAULT(smmu, stall_unmarked);
	event.stag = slot->stag;
	/* Before the record: its interrupt may bring the answer. */
	slot->state = SMMU_STALL_RECORDED;
	record(smmu, &event);
	outcome->response.recorded = true;
	return true;
}

struct smmu_response smmu_access(struct smmu *smmu, const struct smmu_request *request)
{
	struct smmu_request seen = normalized(request);
	struct flow flow = {.smmu = smmu,
			    .request = &seen,
			    .counted = true,
			    .cached = smmu->profile.cache == SMMU_CACHE_EXACT};
	struct outcome outcome = run(&flow);

	if (outcome.stalls && stalled(smmu, &seen, &outcome))
		return outcome.response;
	if (outcome.response.event) {
		struct smmu_event event = event_of(smmu, &seen, &outcome);

		record(smmu, &event);
		outcome.response.recorded = true;
	}
	return outcome.response;
}

struct smmu_response smmu_peek(struct smmu *smmu, const struct smmu_request *request)
{
	struct smmu_request seen = normalized(request);
	struct flow flow = {.smmu = smmu, .request = &seen};

	return run(&flow).response;
}
