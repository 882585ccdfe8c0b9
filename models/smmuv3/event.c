/* SPDX-License-Identifier: MIT */
/* Event records: the layout of each type, from one table (7.3). */
#include "regs.h"
#include "smmuv3.h"

/* What a record has besides type and StreamID, which all have. */
enum {
	HAS_SSV = 1 << 0,    /* SSV, and SubstreamID if it is set */
	HAS_SSID = 1 << 1,   /* SubstreamID always, no SSV (7.3.9) */
	HAS_REASON = 1 << 2, /* IMPLEMENTATION DEFINED cause */
	HAS_STALL = 1 << 3,  /* Stall, and STAG in the place of Reason */
	HAS_RNW = 1 << 4,
	HAS_PNU_IND = 1 << 5,
	HAS_STAGE = 1 << 6,  /* S2 and CLASS */
	HAS_S2 = 1 << 7,     /* S2 alone */
	HAS_INPUT = 1 << 8,  /* InputAddr[63:0] */
	HAS_PAGE = 1 << 9,   /* InputAddr[63:12] */
	HAS_FETCH = 1 << 10, /* FetchAddr[55:3] */
	HAS_IPA = 1 << 11,   /* IPA[51:12], of stage 2 alone */
	HAS_TTRNW = 1 << 12, /* TTRnW, of class TT alone */
	HAS_HINT = 1 << 13,  /* Span, and the rights of both privileges */

	HAS_ACCESS = HAS_RNW | HAS_PNU_IND | HAS_INPUT,
	HAS_FAULT = HAS_SSV | HAS_STALL | HAS_ACCESS | HAS_STAGE | HAS_IPA,
};

struct layout {
	const char *name;
	unsigned fields;
};

/* clang-format off */
static const struct layout layouts[] = {
	[SMMU_F_UUT]              = { "F_UUT",              HAS_SSV | HAS_REASON | HAS_ACCESS },
	[SMMU_C_BAD_STREAMID]     = { "C_BAD_STREAMID",     HAS_SSV },
	[SMMU_F_STE_FETCH]        = { "F_STE_FETCH",        HAS_SSV | HAS_REASON | HAS_FETCH },
	[SMMU_C_BAD_STE]          = { "C_BAD_STE",          HAS_SSV },
	/* 7.3.6: the requested rights and Span are written as 0. */
	[SMMU_F_BAD_ATS_TREQ]     = { "F_BAD_ATS_TREQ",     HAS_SSV | HAS_PAGE },
	/* 7.3.7: the StreamID alone. */
	[SMMU_F_STREAM_DISABLED]  = { "F_STREAM_DISABLED",  0 },
	[SMMU_F_TRANSL_FORBIDDEN] = { "F_TRANSL_FORBIDDEN", HAS_SSV | HAS_RNW | HAS_INPUT },
	[SMMU_C_BAD_SUBSTREAMID]  = { "C_BAD_SUBSTREAMID",  HAS_SSID },
	[SMMU_F_CD_FETCH]         = { "F_CD_FETCH",         HAS_SSV | HAS_REASON | HAS_FETCH },
	[SMMU_C_BAD_CD]           = { "C_BAD_CD",           HAS_SSV },
	[SMMU_F_WALK_EABT]        = { "F_WALK_EABT",        HAS_SSV | HAS_REASON | HAS_ACCESS |
							    HAS_STAGE | HAS_FETCH },
	[SMMU_F_TRANSLATION]      = { "F_TRANSLATION",      HAS_FAULT },
	[SMMU_F_ADDR_SIZE]        = { "F_ADDR_SIZE",        HAS_FAULT },
	[SMMU_F_ACCESS]           = { "F_ACCESS",           HAS_FAULT },
	[SMMU_F_PERMISSION]       = { "F_PERMISSION",       HAS_FAULT | HAS_TTRNW },
	[SMMU_F_TLB_CONFLICT]     = { "F_TLB_CONFLICT",     HAS_SSV | HAS_REASON | HAS_ACCESS |
							    HAS_S2 | HAS_IPA },
	[SMMU_F_CFG_CONFLICT]     = { "F_CFG_CONFLICT",     HAS_SSV | HAS_REASON },
	[SMMU_E_PAGE_REQUEST]     = { "E_PAGE_REQUEST",     HAS_SSV | HAS_PAGE | HAS_HINT },
	[SMMU_F_VMS_FETCH]        = { "F_VMS_FETCH",        HAS_SSV | HAS_REASON | HAS_FETCH },
};
/* clang-format on */

static struct layout layout_of(unsigned type)
{
	if (type >= sizeof(layouts) / sizeof(layouts[0]) || !layouts[type].name)
		return (struct layout){"?", 0};
	return layouts[type];
}

const char *smmu_event_name(unsigned type)
{
	return layout_of(type).name;
}

/* Doubleword 1: how the access was made and what was being translated. */
static uint64_t encode_access(const struct smmu_event *event, unsigned fields)
{
	uint64_t word = 0;

	if (fields & HAS_REASON)
		word |= smmu_put(SMMU_EVENT1_REASON, event->reason);
	if (fields & HAS_STALL && event->stall)
		word |= SMMU_EVENT1_STALL | smmu_put(SMMU_EVENT1_REASON, event->stag);
	if (fields & HAS_RNW && event->rnw)
		word |= SMMU_EVENT1_RNW;
	if (fields & HAS_PNU_IND)
		word |= (event->pnu ? SMMU_EVENT1_PNU : 0) | (event->ind ? SMMU_EVENT1_IND : 0);
	if (fields & (HAS_STAGE | HAS_S2) && event->s2)
		word |= SMMU_EVENT1_S2;
	if (fields & HAS_STAGE)
		word |= smmu_put(SMMU_EVENT1_CLASS, event->fault_class);
	if (fields & HAS_TTRNW && event->fault_class == SMMU_CLASS_TT && event->ttrnw)
		word |= SMMU_EVENT1_TTRNW;
	if (fields & HAS_HINT)
		word |= smmu_put(SMMU_EVENT1_SPAN, event->span) |
			smmu_put(SMMU_EVENT1_USER, event->user) |
			smmu_put(SMMU_EVENT1_PRIV, event->priv);
	return word;
}

void smmu_event_encode(const struct smmu_event *event, uint64_t record[4])
{
	unsigned fields = layout_of(event->type).fields;
	bool ssv = fields & HAS_SSV && event->ssv;

	record[0] = smmu_put(SMMU_EVENT0_TYPE, event->type) |
		    smmu_put(SMMU_EVENT0_SID, event->sid) | (ssv ? SMMU_EVENT0_SSV : 0);
	/* 7.3: SubstreamID is UNKNOWN without SSV; 0 keeps traces the same everywhere. */
	if (ssv || fields & HAS_SSID)
		record[0] |= smmu_put(SMMU_EVENT0_SSID, event->ssid);
	record[1] = encode_access(event, fields);
	record[2] = 0;
	if (fields & (HAS_INPUT | HAS_PAGE))
		record[2] = event->input_addr & (fields & HAS_PAGE ? SMMU_MASK(63, 12) : ~0ull);
	record[3] = fields & HAS_FETCH ? event->fetch_addr & SMMU_EVENT3_FETCHADDR : 0;
	/* 7.3.13: IPA is UNKNOWN for a stage-1 fault. */
	if (fields & HAS_IPA && event->s2)
		record[3] = event->ipa & SMMU_EVENT3_IPA;
}

static void decode_access(struct smmu_event *event, unsigned fields, uint64_t word)
{
	event->stall = fields & HAS_STALL && word & SMMU_EVENT1_STALL;
	if (event->stall)
		event->stag = (uint16_t)smmu_get(word, SMMU_EVENT1_REASON);
	if (fields & HAS_REASON)
		event->reason = (uint32_t)smmu_get(word, SMMU_EVENT1_REASON);
	event->rnw = fields & HAS_RNW && word & SMMU_EVENT1_RNW;
	event->pnu = fields & HAS_PNU_IND && word & SMMU_EVENT1_PNU;
	event->ind = fields & HAS_PNU_IND && word & SMMU_EVENT1_IND;
	event->s2 = fields & (HAS_STAGE | HAS_S2) && word & SMMU_EVENT1_S2;
	if (fields & HAS_STAGE)
		event->fault_class = (uint8_t)smmu_get(word, SMMU_EVENT1_CLASS);
	if (fields & HAS_TTRNW && event->fault_class == SMMU_CLASS_TT)
		event->ttrnw = word & SMMU_EVENT1_TTRNW;
	if (fields & HAS_HINT) {
		event->span = (uint8_t)smmu_get(word, SMMU_EVENT1_SPAN);
		event->user = (uint8_t)smmu_get(word, SMMU_EVENT1_USER);
		event->priv = (uint8_t)smmu_get(word, SMMU_EVENT1_PRIV);
	}
}

struct smmu_event smmu_event_decode(const uint64_t record[4])
{
	struct smmu_event event = {
		.type = (uint8_t)smmu_get(record[0], SMMU_EVENT0_TYPE),
		.sid = (uint32_t)smmu_get(record[0], SMMU_EVENT0_SID),
	};
	unsigned fields = layout_of(event.type).fields;

	event.ssv = fields & HAS_SSV && record[0] & SMMU_EVENT0_SSV;
	if (event.ssv || fields & HAS_SSID)
		event.ssid = (uint32_t)smmu_get(record[0], SMMU_EVENT0_SSID);
	decode_access(&event, fields, record[1]);
	if (fields & (HAS_INPUT | HAS_PAGE))
		event.input_addr = record[2] & (fields & HAS_PAGE ? SMMU_MASK(63, 12) : ~0ull);
	if (fields & HAS_FETCH)
		event.fetch_addr = record[3] & SMMU_EVENT3_FETCHADDR;
	if (fields & HAS_IPA && event.s2)
		event.ipa = record[3] & SMMU_EVENT3_IPA;
	return event;
}
