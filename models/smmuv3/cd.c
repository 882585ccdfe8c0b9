/* SPDX-License-Identifier: MIT */
/*
 * Context Descriptor: fields (5.4) and validity (5.4.2, CdIllegal()). The first check that fails is
 * the cause, in the order of CdIllegal() but for one half of the address space after the other.
 */
#include "address.h"
#include "regs.h"
#include "vmsa.h"

static struct smmu_cd illegal(uint8_t cause)
{
	return (struct smmu_cd){.event = SMMU_C_BAD_CD, .cause = cause};
}

/* One half of the address space: the fields of TTB0 or TTB1. */
struct half {
	uint8_t cause; /* enum smmu_cause; 0: legal */
	uint8_t tsz;
	uint8_t granule; /* log2; 0 for a reserved TGx */
	uint64_t ttb;
};

/* TxSZ, TGx and TTBx of a half that EPDx leaves enabled. */
static struct half decode_half(const struct smmu *smmu, unsigned tsz, uint8_t granule,
			       uint64_t word, unsigned ips_bits)
{
	struct half half = {.tsz = (uint8_t)tsz, .granule = granule};
	bool wide = granule == 16 || (granule == 14 && SMMU_FAULT(smmu, va52_16k));
	uint64_t ttb = word & SMMU_CD1_TTB0;
	unsigned start;

	/* 5.4 T0SZ: 52-bit inputs need IDR5.VAX and the 64 KiB granule. */
	if (tsz < (smmu->profile.va52 && wide ? 12 : 16) || tsz > smmu_tsz_max(smmu, granule)) {
		half.cause = SMMU_CAUSE_cd_tsz;
		return half;
	}
	/* 5.4 TG0: reserved, or not in IDR5. */
	if (!smmu_granule_supported(smmu, granule)) {
		half.cause = SMMU_CAUSE_cd_tg;
		return half;
	}
	/* 5.4 TTB0: ILLEGAL outside the effective IPS. */
	if (smmu_exceeds(ttb, smmu_ttb_bits(granule, ips_bits))) {
		half.cause = SMMU_CAUSE_cd_ttb;
		return half;
	}
	start = smmu_start_level(granule, 64 - tsz);
	half.ttb = smmu_align_down(ttb, smmu_ttb_align(granule, 64 - tsz, start, ips_bits));
	return half;
}

/* 5.5, 5.4 ENDI, AA64, HA, HD, ASID: everything that does not depend on a half. */
static uint8_t check_common(const struct smmu *smmu, const struct smmu_ste *ste, uint64_t w0,
			    bool walked)
{
	/* 5.5 S: first S1STALLD, then the stall model. */
	if (ste->s1stalld && (w0 & SMMU_CD0_S))
		return SMMU_CAUSE_cd_stall;
	/* 5.5 A: IDR0.TERM_MODEL. */
	if (smmu->profile.term_model && !(w0 & SMMU_CD0_A) && !SMMU_FAULT(smmu, term_model_ignored))
		return SMMU_CAUSE_cd_a;
	if (smmu->profile.stall_model == (w0 & SMMU_CD0_S ? SMMU_STALL_NONE : SMMU_STALL_FORCE))
		return SMMU_CAUSE_cd_stall;
	/* 5.4 ENDI: IDR0.TTENDIAN == 0b10, little endian; IGNORED if nothing is walked. */
	if ((w0 & SMMU_CD0_ENDI) && walked)
		return SMMU_CAUSE_cd_endi;
	/* 5.4 AA64: IDR0.TTF == 0b10, VMSAv8-64 only. */
	if (!(w0 & SMMU_CD0_AA64))
		return SMMU_CAUSE_cd_aa64;
	/* 5.4 HA, HD: by IDR0.HTTU. */
	if (((w0 & (SMMU_CD0_HA | SMMU_CD0_HD)) && smmu->profile.httu == SMMU_HTTU_NONE) ||
	    ((w0 & SMMU_CD0_HD) && smmu->profile.httu == SMMU_HTTU_ACCESS))
		return SMMU_CAUSE_cd_httu;
	/* 5.4 ASID: IGNORED for any-EL2, else [15:8] are zero with 8-bit ASIDs. */
	if (ste->regime != SMMU_REGIME_EL2 && smmu->profile.asid_bits == 8 &&
	    smmu_get(w0, SMMU_CD0_ASID) > 0xff)
		return SMMU_CAUSE_cd_asid;
	return 0;
}

/* Fields that cannot make the CD ILLEGAL. */
static struct smmu_s1 decode_flags(const struct smmu *smmu, const struct smmu_ste *ste,
				   const uint64_t *word)
{
	const uint64_t w0 = word[0];
	uint64_t updates =
		SMMU_FAULT(smmu, hd_without_ha) ? SMMU_CD0_HA | SMMU_CD0_HD : SMMU_CD0_HA;
	bool el2 = ste->regime == SMMU_REGIME_EL2, ha = w0 & updates;

	return (struct smmu_s1){
		.asid = el2 ? 0 : (uint16_t)smmu_get(w0, SMMU_CD0_ASID),
		.vmid = ste->s2.vmid,
		.regime = ste->regime,
		/* 5.4 AFFD: IGNORED with HA. HD alone behaves as neither. */
		.affd = !ha && (w0 & SMMU_CD0_AFFD),
		.ha = ha,
		.hd = ha && (w0 & SMMU_CD0_HD),
		.wxn = w0 & SMMU_CD0_WXN,
		.tbi0 = w0 & SMMU_CD0_TBI0,
		.tbi1 = !el2 && (w0 & SMMU_CD0_TBI1),
		.pan = !el2 && (w0 & SMMU_CD0_PAN), /* 5.4 PAN: IGNORED for any-EL2 */
		/* 5.5: with S = 1 the effective value of R is 1. */
		.stall = w0 & SMMU_CD0_S,
		.record = w0 & (SMMU_CD0_R | SMMU_CD0_S),
		.abort = w0 & SMMU_CD0_A,
		.aset = !el2 && (w0 & SMMU_CD0_ASET),
		.had0 = word[1] & SMMU_CD1_HAD0,
		.had1 = !el2 && (word[2] & SMMU_CD2_HAD1),
		.eats = ste->eats,
		.priv = ste->privcfg,
		.inst = ste->instcfg,
	};
}

struct smmu_cd smmu_cd_decode(const struct smmu *smmu, const struct smmu_ste *ste,
			      const uint64_t word[SMMU_CD_WORDS])
{
	const uint64_t w0 = word[0];
	bool el2 = ste->regime == SMMU_REGIME_EL2;
	/* 5.4 EPD0: the effective value is 0 for any-EL2; 5.4.1: TTB1 is unreachable there. */
	bool epd0 = !el2 && (w0 & SMMU_CD0_EPD0);
	bool epd1 = el2 || (w0 & SMMU_CD0_EPD1);
	/* An unused half counts as one of 4 KiB. */
	struct half half0 = {.granule = 12}, half1 = {.granule = 12};
	unsigned ips = (unsigned)smmu_get(w0, SMMU_CD0_IPS);
	unsigned tg1 = (unsigned)smmu_get(w0, SMMU_CD0_TG1);
	uint8_t ips_bits = smmu_effective_size(smmu, ips), cause;
	struct smmu_cd cd;

	/* 5.4 V: the entire rest is IGNORED. */
	if (!(w0 & SMMU_CD0_V))
		return illegal(SMMU_CAUSE_cd_v);
	if (SMMU_FAULT(smmu, ips_uncapped) && ips == 5)
		ips_bits = 48;
	cause = check_common(smmu, ste, w0, !(epd0 && epd1));
	if (cause)
		return illegal(cause);
	/* 5.4.1.1: no validity checks on fields that EPDx disables. */
	if (!epd0)
		half0 = decode_half(smmu, (unsigned)smmu_get(w0, SMMU_CD0_T0SZ),
				    smmu_granule_tg0((unsigned)smmu_get(w0, SMMU_CD0_TG0)), word[1],
				    ips_bits);
	if (!epd1)
		half1 = decode_half(smmu, (unsigned)smmu_get(w0, SMMU_CD0_T1SZ),
				    SMMU_FAULT(smmu, tg1_as_tg0) ? smmu_granule_tg0(tg1)
								 : smmu_granule_tg1(tg1),
				    word[2], ips_bits);
	if (half0.cause || half1.cause)
		return illegal(half0.cause ? half0.cause : half1.cause);
	cd = (struct smmu_cd){.s1 = decode_flags(smmu, ste, word)};
	cd.s1.ips_bits = ips_bits;
	cd.s1.epd0 = epd0;
	cd.s1.epd1 = epd1;
	cd.s1.ttb0 = half0.ttb;
	cd.s1.ttb1 = half1.ttb;
	cd.s1.t0sz = half0.tsz;
	cd.s1.t1sz = half1.tsz;
	cd.s1.granule0 = half0.granule;
	cd.s1.granule1 = half1.granule;
	return cd;
}
