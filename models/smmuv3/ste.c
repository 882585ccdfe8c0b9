/* SPDX-License-Identifier: MIT */
/* Stream Table Entry: fields (5.2) and validity (5.2.2, SteIllegal()). */
#include "address.h"
#include "regs.h"
#include "smmu_state.h"

static const struct smmu_ste bad_ste = {.event = SMMU_C_BAD_STE};

/* 5.2 EATS: the effective value, or -1 when ILLEGAL. */
static int decode_eats(const struct smmu *smmu, uint64_t w1)
{
	unsigned eats = (unsigned)smmu_get(w1, SMMU_STE1_EATS);

	if (!smmu->profile.ats) /* IGNORED: IDR0.ATS == 0 */
		return 0;
	if (eats ==
	    SMMU_STE1_EATS_SPLIT) /* split-stage needs Config == 0b111, never so without stage 2 */
		return -1;
	if (eats == 3) /* reserved without IDR3.DPT, behaves as 0b00 */
		return 0;
	return (int)eats;
}

/* 5.2 STRW: the StreamWorld, or -1 when ILLEGAL. */
static int decode_regime(const struct smmu *smmu, uint64_t w1)
{
	unsigned strw = (unsigned)smmu_get(w1, SMMU_STE1_STRW);

	if (!smmu->profile.hyp) /* RES0: IDR0.Hyp == 0 */
		return SMMU_REGIME_NS_EL1;
	if (strw & 1)
		return -1;
	if (strw == SMMU_STE1_STRW_EL1)
		return SMMU_REGIME_NS_EL1;
	/* 6.3.12 CR2.E2H */
	return smmu->regs.cr2 & SMMU_CR2_E2H ? SMMU_REGIME_EL2_E2H : SMMU_REGIME_EL2;
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

/* The S1* fields; only under Config == 0b101. */
static struct smmu_ste decode_stage1(const struct smmu *smmu, struct smmu_ste ste, uint64_t w0,
				     uint64_t w1)
{
	unsigned fmt = (unsigned)smmu_get(w0, SMMU_STE0_S1FMT);
	uint64_t pointer = w0 & SMMU_STE0_S1CONTEXTPTR;

	ste.config = SMMU_STE_S1;
	/* 5.2 S1STALLD: ILLEGAL when IDR0.STALL_MODEL != 0b00. */
	ste.s1stalld = (w1 & SMMU_STE1_S1STALLD) != 0;
	if (ste.s1stalld && smmu->profile.stall_model != SMMU_STALL_BOTH)
		return bad_ste;
	/* 5.2 S1CDMax: IGNORED without substreams, else at most IDR1.SSIDSIZE. */
	if (smmu->profile.ssid_bits)
		ste.s1cdmax = (uint8_t)smmu_get(w0, SMMU_STE0_S1CDMAX);
	if (ste.s1cdmax > smmu->profile.ssid_bits)
		return bad_ste;
	/* 5.2 S1Fmt: IGNORED with one CD; 0b11 behaves as 0b00; two levels need IDR0.CD2L. */
	if (ste.s1cdmax && fmt != 3)
		ste.s1fmt = (uint8_t)fmt;
	if (ste.s1fmt && !smmu->profile.two_level_cd)
		return bad_ste;
	/* 5.2 S1DSS: IGNORED with one CD; 0b11 behaves as 0b00. */
	ste.s1dss = ste.s1cdmax ? (uint8_t)smmu_get(w1, SMMU_STE1_S1DSS) : 0;
	if (ste.s1dss == 3)
		ste.s1dss = 0;
	/* 5.2 S1ContextPtr, 3.4.3 (1): beyond the OAS is C_BAD_STE from SMMUv3.1 on. */
	if (smmu_exceeds(pointer, smmu->profile.oas_bits))
		return bad_ste;
	ste.s1contextptr = smmu_align_down(pointer, context_align(ste.s1fmt, ste.s1cdmax));
	return ste;
}

struct smmu_ste smmu_ste_decode(const struct smmu *smmu, const uint64_t word[SMMU_STE_WORDS])
{
	const uint64_t w0 = word[0], w1 = word[1];
	unsigned config = (unsigned)smmu_get(w0, SMMU_STE0_CONFIG);
	struct smmu_ste ste = {0};
	int eats, regime;

	/* 5.2 V: everything else is IGNORED. */
	if (!(w0 & SMMU_STE0_V))
		return bad_ste;
	/* 5.2 Config == 0b0xx: no traffic; 5.2.1: nothing else is looked at. */
	if (!(config & 4)) {
		ste.config = SMMU_FAULT(smmu, abort_bypasses) ? SMMU_STE_BYPASS : SMMU_STE_ABORT;
		return ste;
	}
	/* 5.2 Config == 0b11x: ILLEGAL, IDR0.S2P == 0. */
	if (config & 2)
		return bad_ste;
	/* 5.2.1: the overrides apply to bypass too (IDR1.ATTR_PERMS_OVR). */
	ste.mtcfg = (w1 & SMMU_STE1_MTCFG) != 0;
	ste.shcfg = (uint8_t)smmu_get(w1, SMMU_STE1_SHCFG);
	ste.privcfg = (uint8_t)smmu_get(w1, SMMU_STE1_PRIVCFG);
	ste.instcfg = (uint8_t)smmu_get(w1, SMMU_STE1_INSTCFG);
	/* 5.2 Config == 0b100: EATS and STRW are IGNORED, S1* too. */
	if (config == SMMU_STE0_CONFIG_BYPASS) {
		ste.config = SMMU_STE_BYPASS;
		return ste;
	}
	eats = decode_eats(smmu, w1);
	regime = decode_regime(smmu, w1);
	if (eats < 0 || regime < 0)
		return bad_ste;
	ste.eats = (uint8_t)eats;
	ste.regime = (uint8_t)regime;
	return decode_stage1(smmu, ste, w0, w1);
}
