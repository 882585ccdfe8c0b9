/* SPDX-License-Identifier: MIT */
/* Context Descriptor: fields (5.4) and validity (5.4.2, CdIllegal()). */
#include "address.h"
#include "regs.h"
#include "smmu_state.h"

static const struct smmu_cd bad_cd = {.event = SMMU_C_BAD_CD};

/* One half of the address space: the fields of TTB0 or TTB1. */
struct half {
	bool legal;
	uint64_t ttb;
	uint8_t tsz;
};

/* 5.4 IPS, capped to the OAS; 0b110 and above exceed every OAS of ours. */
static uint8_t effective_ips(const struct smmu *smmu, uint64_t w0)
{
	static const uint8_t size[8] = {32, 36, 40, 42, 44, 48, 52, 56};
	uint8_t ips = size[smmu_get(w0, SMMU_CD0_IPS)];

	return ips < smmu->profile.oas_bits ? ips : smmu->profile.oas_bits;
}

/* Log2 of the bytes of the starting-level table: what TTBx is aligned to (5.4 TTB0). */
static unsigned ttb_align(unsigned tsz)
{
	unsigned ia_bits = 64 - tsz;

	return (ia_bits - 13) % 9 + 1 + 3;
}

/* TxSZ, TGx and TTBx of an enabled half. `granule_4k` is the encoding of 4KB in TGx. */
static struct half decode_half(unsigned tsz, unsigned tg, unsigned granule_4k, uint64_t word,
			       unsigned ips_bits)
{
	struct half half = {.tsz = (uint8_t)tsz};
	uint64_t ttb = word & SMMU_CD1_TTB0;

	/* 5.4 T0SZ: 16 to 39 with a 48-bit VA (IDR5.VAX) and without IDR3.STT. */
	if (tsz < 16 || tsz > 39)
		return half;
	/* 5.4 TG0: IDR5 offers 4KB only. */
	if (tg != granule_4k)
		return half;
	/* 5.4 TTB0: ILLEGAL outside the effective IPS, whose cap is at most 48 bits. */
	if (smmu_exceeds(ttb, ips_bits))
		return half;
	half.ttb = smmu_align_down(ttb, ttb_align(tsz));
	half.legal = true;
	return half;
}

/* 5.5: CD.S by IDR0.STALL_MODEL and STE.S1STALLD. */
static bool stall_illegal(const struct smmu *smmu, const struct smmu_ste *ste, bool stall)
{
	switch (smmu->profile.stall_model) {
	case SMMU_STALL_BOTH:
		return stall && ste->s1stalld;
	case SMMU_STALL_FORCE:
		return !stall;
	default:
		return stall;
	}
}

/* 5.5, 5.4 ENDI, AA64, HA, HD, ASID: everything that does not depend on a half. */
static bool common_illegal(const struct smmu *smmu, const struct smmu_ste *ste, uint64_t w0,
			   bool epd0, bool epd1)
{
	if (stall_illegal(smmu, ste, w0 & SMMU_CD0_S))
		return true;
	/* 5.4 ENDI: IDR0.TTENDIAN == 0b10, little endian; IGNORED if nothing is walked. */
	if ((w0 & SMMU_CD0_ENDI) && !(epd0 && epd1))
		return true;
	/* 5.4 AA64: IDR0.TTF == 0b10, VMSAv8-64 only. */
	if (!(w0 & SMMU_CD0_AA64))
		return true;
	/* 5.4 HA, HD: IDR0.HTTU == 0b00. */
	if (w0 & (SMMU_CD0_HA | SMMU_CD0_HD))
		return true;
	/* 5.4 ASID: IGNORED for any-EL2, else [15:8] are zero with 8-bit ASIDs. */
	return ste->regime != SMMU_REGIME_EL2 && smmu->profile.asid_bits == 8 &&
	       smmu_get(w0, SMMU_CD0_ASID) > 0xff;
}

/* Fields that cannot make the CD ILLEGAL. */
static struct smmu_s1 decode_flags(const struct smmu_ste *ste, const uint64_t *word)
{
	const uint64_t w0 = word[0];
	bool el2 = ste->regime == SMMU_REGIME_EL2;

	return (struct smmu_s1){
		.mair = word[3],
		.asid = el2 ? 0 : (uint16_t)smmu_get(w0, SMMU_CD0_ASID),
		.regime = ste->regime,
		.affd = w0 & SMMU_CD0_AFFD,
		.wxn = w0 & SMMU_CD0_WXN,
		.uwxn = false, /* 5.4 UWXN: IGNORED in VMSAv8-64 */
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
	struct half half0 = {.legal = true}, half1 = {.legal = true};
	uint8_t ips_bits = effective_ips(smmu, w0);
	struct smmu_cd cd;

	/* 5.4 V: the entire rest is IGNORED. */
	if (!(w0 & SMMU_CD0_V))
		return bad_cd;
	if (common_illegal(smmu, ste, w0, epd0, epd1))
		return bad_cd;
	/* 5.4.1.1: no validity checks on fields that EPDx disables. */
	if (!epd0)
		half0 = decode_half((unsigned)smmu_get(w0, SMMU_CD0_T0SZ),
				    (unsigned)smmu_get(w0, SMMU_CD0_TG0), 0, word[1], ips_bits);
	if (!epd1)
		half1 = decode_half((unsigned)smmu_get(w0, SMMU_CD0_T1SZ),
				    (unsigned)smmu_get(w0, SMMU_CD0_TG1), 2, word[2], ips_bits);
	if (!half0.legal || !half1.legal)
		return bad_cd;
	cd = (struct smmu_cd){.s1 = decode_flags(ste, word)};
	cd.s1.ips_bits = ips_bits;
	cd.s1.epd0 = epd0;
	cd.s1.epd1 = epd1;
	cd.s1.ttb0 = half0.ttb;
	cd.s1.ttb1 = half1.ttb;
	cd.s1.t0sz = half0.tsz;
	cd.s1.t1sz = half1.tsz;
	cd.s1.granule0 = 12;
	cd.s1.granule1 = 12;
	return cd;
}
