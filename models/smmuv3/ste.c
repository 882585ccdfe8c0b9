/* SPDX-License-Identifier: MIT */
/*
 * Stream Table Entry: fields (5.2) and validity (5.2.2, SteIllegal()). Checks stand in the order of
 * SteIllegal(): the first that fails is the cause. A check returns its enum smmu_cause, or 0.
 */
#include "address.h"
#include "regs.h"
#include "vmsa.h"

static struct smmu_ste illegal(uint8_t cause)
{
	return (struct smmu_ste){.event = SMMU_C_BAD_STE, .cause = cause};
}

/* 5.2 EATS: the effective value. Not called for bypass, where it is IGNORED. */
static uint8_t decode_eats(const struct smmu *smmu, const uint64_t *word, struct smmu_ste *ste)
{
	unsigned eats = (unsigned)smmu_get(word[1], SMMU_STE1_EATS);
	bool s2s = ste->s2.on && (word[2] & SMMU_STE2_S2S);

	/* IGNORED: IDR0.ATS == 0. 0b11 is reserved without IDR3.DPT and behaves as 0b00. */
	if (!smmu->profile.ats || eats == SMMU_STE1_EATS_NONE || eats == 3)
		return 0;
	if (eats == SMMU_STE1_EATS_SPLIT) {
		if (ste->config != SMMU_STE_NESTED || smmu->profile.no_split_ats)
			return SMMU_CAUSE_ste_eats;
		/* 6.3.9 ATSCHK: clear, split-stage ATS behaves as 0b00. */
		if (!s2s && !(smmu->regs.cr0 & SMMU_CR0_ATSCHK) &&
		    !SMMU_FAULT(smmu, split_ats_unchecked))
			return 0;
	}
	if (s2s && !SMMU_FAULT(smmu, ats_with_s2s))
		return SMMU_CAUSE_ste_eats_s2s;
	ste->eats = (uint8_t)eats;
	return 0;
}

/* 5.2 STRW: the StreamWorld. */
static uint8_t decode_regime(const struct smmu *smmu, const uint64_t *word, struct smmu_ste *ste)
{
	unsigned strw = (unsigned)smmu_get(word[1], SMMU_STE1_STRW);

	/* RES0: IDR0.Hyp == 0. IGNORED with stage 2: NS-EL1. */
	if (!smmu->profile.hyp || (ste->s2.on && !SMMU_FAULT(smmu, strw_with_stage2)))
		return 0;
	if (strw & 1)
		return SMMU_CAUSE_ste_strw;
	if (strw == SMMU_STE1_STRW_EL1)
		return 0;
	/* 6.3.12 CR2.E2H */
	ste->regime = smmu->regs.cr2 & SMMU_CR2_E2H ? SMMU_REGIME_EL2_E2H : SMMU_REGIME_EL2;
	return 0;
}

/* 5.2 S1ContextPtr: the bits that S1CDMax and S1Fmt make RES0 are treated as zero. */
static unsigned context_align(unsigned s1fmt, unsigned s1cdmax)
{
	switch (s1fmt) {
	case SMMU_STE0_S1FMT_4K_L2: /* L1CDs of 64 CDs each */
		return s1cdmax > 9 ? s1cdmax - 3 : 6;
	case SMMU_STE0_S1FMT_64K_L2: /* L1CDs of 1024 CDs each */
		return s1cdmax > 13 ? s1cdmax - 7 : 6;
	default:
		return s1cdmax + 6;
	}
}

/* The S1* fields; only under Config == 0b1x1. */
static uint8_t decode_stage1(const struct smmu *smmu, const uint64_t *word, struct smmu_ste *ste)
{
	const uint64_t w0 = word[0], w1 = word[1];
	unsigned fmt = (unsigned)smmu_get(w0, SMMU_STE0_S1FMT);
	uint64_t pointer = w0 & SMMU_STE0_S1CONTEXTPTR;

	/* 5.2 S1STALLD: ILLEGAL when IDR0.STALL_MODEL != 0b00. */
	ste->s1stalld = (w1 & SMMU_STE1_S1STALLD) != 0;
	if (ste->s1stalld && smmu->profile.stall_model != SMMU_STALL_BOTH)
		return SMMU_CAUSE_ste_s1stalld;
	/* 5.2 S1CDMax: IGNORED without substreams, else at most IDR1.SSIDSIZE. */
	if (smmu->profile.ssid_bits)
		ste->s1cdmax = (uint8_t)smmu_get(w0, SMMU_STE0_S1CDMAX);
	if (ste->s1cdmax > smmu->profile.ssid_bits)
		return SMMU_CAUSE_ste_s1cdmax;
	/* 5.2 S1Fmt: IGNORED with one CD; 0b11 behaves as 0b00; two levels need IDR0.CD2L. */
	if (ste->s1cdmax && fmt != 3)
		ste->s1fmt = (uint8_t)fmt;
	if (ste->s1fmt && !smmu->profile.two_level_cd)
		return SMMU_CAUSE_ste_s1fmt;
	/* 5.2 S1DSS: IGNORED with one CD; 0b11 behaves as 0b00. */
	ste->s1dss = ste->s1cdmax ? (uint8_t)smmu_get(w1, SMMU_STE1_S1DSS) : 0;
	if (ste->s1dss == 3)
		ste->s1dss = 0;
	/* 3.4.3 (1), (2): C_BAD_STE beyond the OAS, and for an IPA beyond the IAS, which is the OAS
	 * without VMSAv8-32 (3.4). */
	if (smmu_exceeds(pointer, smmu->profile.oas_bits))
		return SMMU_CAUSE_ste_s1contextptr;
	ste->s1contextptr = smmu_align_down(pointer, context_align(ste->s1fmt, ste->s1cdmax));
	return 0;
}

/* 5.2 S2SL0, as VTCR_EL2.SL0 without DS: the level, or -1 where the value is reserved. */
static int start_level(const struct smmu *smmu, unsigned granule, unsigned sl0)
{
	unsigned oas = smmu->profile.oas_bits;

	if (granule == 12) {
		/* Level 3 came with small tables; level 0 needs 44 bits of physical address. */
		if ((sl0 == 3 && !smmu->profile.small_tables) || (sl0 == 2 && oas < 44))
			return -1;
		return sl0 == 3 ? 3 : 2 - (int)sl0;
	}
	if (sl0 == 3 || (sl0 == 2 && oas < (granule == 14 ? 42 : 44)))
		return -1;
	return 3 - (int)sl0;
}

/* Arm ARM, AArch64.S2InconsistentSL(): one bit at least is resolved at the starting level, and at
 * most 16 tables are concatenated there. */
static bool start_level_inconsistent(unsigned granule, unsigned ia_bits, unsigned level)
{
	unsigned least = smmu_level_shift(granule, level) + 1;

	return ia_bits < least || ia_bits > least + granule;
}

/* 5.2 S2TG, S2TTB, S2T0SZ, S2SL0. */
static uint8_t decode_stage2_table(const struct smmu *smmu, const uint64_t *word,
				   struct smmu_s2 *s2)
{
	const uint64_t w2 = word[2], ttb = word[3] & SMMU_STE3_S2TTB;
	unsigned tsz = (unsigned)smmu_get(w2, SMMU_STE2_S2T0SZ), least;
	unsigned granule = smmu_granule_tg0((unsigned)smmu_get(w2, SMMU_STE2_S2TG));
	int level;

	if (!smmu_granule_supported(smmu, granule))
		return SMMU_CAUSE_ste_s2tg;
	s2->granule = (uint8_t)granule;
	s2->ps_bits = smmu_effective_size(smmu, (unsigned)smmu_get(w2, SMMU_STE2_S2PS));
	/* 5.2 S2TTB: ILLEGAL outside the effective S2PS. */
	if (smmu_exceeds(ttb, smmu_ttb_bits(granule, s2->ps_bits)) &&
	    !SMMU_FAULT(smmu, s2ttb_unchecked))
		return SMMU_CAUSE_ste_s2ttb;
	/* 5.2 S2T0SZ: an input beyond the IAS is ILLEGAL from SMMUv3.1 on. */
	least = granule == 16 ? 12 : 16;
	if (least + smmu->profile.oas_bits < 64 && !SMMU_FAULT(smmu, s2t0sz_beyond_ias))
		least = 64u - smmu->profile.oas_bits;
	if (tsz < least || tsz > smmu_tsz_max(smmu, granule))
		return SMMU_CAUSE_ste_s2t0sz;
	s2->ia_bits = (uint8_t)(64 - tsz);
	level = start_level(smmu, granule, (unsigned)smmu_get(w2, SMMU_STE2_S2SL0));
	if (level < 0 || start_level_inconsistent(granule, s2->ia_bits, (unsigned)level))
		return SMMU_CAUSE_ste_s2sl0;
	s2->start_level = (uint8_t)level;
	s2->ttb = smmu_align_down(
		ttb, smmu_ttb_align(granule, s2->ia_bits, s2->start_level, s2->ps_bits));
	return 0;
}

/* The S2* fields but EATS's use of S2S, and S2VMID; only under Config == 0b11x. */
static uint8_t decode_stage2(const struct smmu *smmu, const uint64_t *word, struct smmu_ste *ste)
{
	const uint64_t w2 = word[2];
	bool ha = w2 & SMMU_STE2_S2HA, hd = w2 & SMMU_STE2_S2HD;
	struct smmu_s2 *s2 = &ste->s2;
	uint8_t cause;

	/* 5.5: S2S by IDR0.STALL_MODEL; a stall is always recorded. */
	s2->stall = w2 & SMMU_STE2_S2S;
	s2->record = w2 & (SMMU_STE2_S2R | SMMU_STE2_S2S);
	if (smmu->profile.stall_model == (s2->stall ? SMMU_STALL_NONE : SMMU_STALL_FORCE))
		return SMMU_CAUSE_ste_s2s;
	/* 5.2 S2AA64: IDR0.TTF == 0b10, VMSAv8-64 only. */
	if (!(w2 & SMMU_STE2_S2AA64))
		return SMMU_CAUSE_ste_s2aa64;
	/* 5.2 S2HA, S2HD: by IDR0.HTTU. S2HD alone behaves as neither. */
	if (((ha || hd) && smmu->profile.httu == SMMU_HTTU_NONE) ||
	    (hd && smmu->profile.httu == SMMU_HTTU_ACCESS))
		return SMMU_CAUSE_ste_s2ha;
	s2->ha = ha;
	s2->hd = ha && hd;
	/* 5.2 S2AFFD: IGNORED with S2HA. */
	s2->affd = !ha && (w2 & SMMU_STE2_S2AFFD);
	/* 5.2 S2PTW: IGNORED unless both stages translate. */
	s2->ptw = ste->config == SMMU_STE_NESTED && (w2 & SMMU_STE2_S2PTW);
	cause = decode_stage2_table(smmu, word, s2);
	if (cause)
		return cause;
	/* 5.2 S2ENDI: IDR0.TTENDIAN == 0b10, little endian. */
	return w2 & SMMU_STE2_S2ENDI ? SMMU_CAUSE_ste_s2endi : 0;
}

/* 5.2 S2VMID: tags NS-EL1 where stage 2 is implemented, stage 1 alone included; else IGNORED. */
static uint8_t decode_vmid(const struct smmu *smmu, const uint64_t *word, struct smmu_ste *ste)
{
	unsigned vmid;

	if (!smmu->profile.stage2 || ste->regime != SMMU_REGIME_NS_EL1)
		return 0;
	vmid = (unsigned)smmu_get(word[2], SMMU_STE2_S2VMID);
	if (vmid > 0xff && smmu->profile.vmid_bits != 16)
		return SMMU_CAUSE_ste_s2vmid;
	ste->s2.vmid = SMMU_FAULT(smmu, vmid_of_stage1_lost) && !ste->s2.on ? 0 : (uint16_t)vmid;
	return 0;
}

/* What applies to everything that is not aborted, bypass included (5.2.1). */
static struct smmu_ste decode_attributes(const struct smmu *smmu, uint64_t w1)
{
	/* 5.2 PPAR: RES0 without PRI or substreams; taken as set with IDR3.PPS. */
	bool ppar = smmu->profile.pri && smmu->profile.ssid_bits &&
		    (smmu->profile.pps || (w1 & SMMU_STE1_PPAR));
	bool override = !smmu->profile.no_override;

	return (struct smmu_ste){
		.config = SMMU_STE_BYPASS,
		/* 5.2 PRIVCFG, INSTCFG: RES0 without IDR1.ATTR_PERMS_OVR. */
		.privcfg = override ? (uint8_t)smmu_get(w1, SMMU_STE1_PRIVCFG) : 0,
		.instcfg = override ? (uint8_t)smmu_get(w1, SMMU_STE1_INSTCFG) : 0,
		.cont = (uint8_t)smmu_get(w1, SMMU_STE1_CONT),
		.ppar = ppar,
	};
}

struct smmu_ste smmu_ste_decode(const struct smmu *smmu, const uint64_t word[SMMU_STE_WORDS])
{
	static const uint8_t kind[8] = {
		[SMMU_STE0_CONFIG_BYPASS] = SMMU_STE_BYPASS,
		[SMMU_STE0_CONFIG_S1] = SMMU_STE_S1,
		[SMMU_STE0_CONFIG_S2] = SMMU_STE_S2,
		[SMMU_STE0_CONFIG_S1S2] = SMMU_STE_NESTED,
	};
	unsigned config = (unsigned)smmu_get(word[0], SMMU_STE0_CONFIG);
	struct smmu_ste ste;
	uint8_t cause;

	/* 5.2 V: everything else is IGNORED. */
	if (!(word[0] & SMMU_STE0_V))
		return illegal(SMMU_CAUSE_ste_v);
	/* 5.2 Config == 0b0xx: no traffic; 5.2.1: nothing else is looked at. */
	if (!(config & 4))
		return (struct smmu_ste){
			.config =
				SMMU_FAULT(smmu, abort_bypasses) ? SMMU_STE_BYPASS : SMMU_STE_ABORT,
			.cause = SMMU_CAUSE_ste_config_abort,
		};
	/* 5.2 Config == 0b11x: ILLEGAL with IDR0.S2P == 0. */
	if ((config & 2) && !smmu->profile.stage2)
		return illegal(SMMU_CAUSE_ste_config_stage2);
	ste = decode_attributes(smmu, word[1]);
	/* 5.2 Config == 0b100: EATS and STRW are IGNORED, S1* and S2* too. */
	if (config == SMMU_STE0_CONFIG_BYPASS)
		return ste;
	ste.config = kind[config];
	ste.s2.on = config & 2;
	cause = decode_eats(smmu, word, &ste);
	if (!cause)
		cause = decode_regime(smmu, word, &ste);
	if (!cause && (config & 1))
		cause = decode_stage1(smmu, word, &ste);
	if (!cause && ste.s2.on)
		cause = decode_stage2(smmu, word, &ste);
	if (!cause)
		cause = decode_vmid(smmu, word, &ste);
	return cause ? illegal(cause) : ste;
}
