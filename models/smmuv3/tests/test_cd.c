/* SPDX-License-Identifier: MIT */
/*
 * Contract: a CD index leads to the CD address of 5.2 S1Fmt and 5.3, and smmu_cd_decode() accepts
 * and refuses what 5.4.2 does.
 * Run: ctest -R smmuv3.test_cd
 */
#include "scene.h"

static const struct smmu_ste el1 = {.config = SMMU_STE_S1, .s1contextptr = CDTAB};

static struct smmu_cd decode(struct smmu *smmu, uint8_t regime, uint64_t w0, uint64_t w1,
			     uint64_t w2)
{
	const uint64_t word[SMMU_CD_WORDS] = {w0, w1, w2};
	struct smmu_ste ste = el1;

	ste.regime = regime;
	return smmu_cd_decode(smmu, &ste, word);
}

static uint8_t el1_event(struct smmu *smmu, uint64_t w0, uint64_t w1, uint64_t w2)
{
	return decode(smmu, SMMU_REGIME_NS_EL1, w0, w1, w2).event;
}

static uint64_t without(uint64_t value, uint64_t mask)
{
	return value & ~mask;
}

static void linear_table_has_64_bytes_per_index(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;

	assert_int_equal(smmu_cd_place_linear(smmu, &el1, 0).pa, CDTAB);
	assert_int_equal(smmu_cd_place_linear(smmu, &el1, 1023).pa, CDTAB + 1023 * 64);
	assert_int_equal(smmu_cd_place_linear(smmu, &el1, 0xfffff).pa, CDTAB + 0xfffffull * 64);
}

static void l1cd_covers_64_or_1024_cds(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;
	struct smmu_ste ste = el1;

	ste.s1cdmax = 20;
	ste.s1fmt = SMMU_STE0_S1FMT_4K_L2;
	assert_int_equal(smmu_l1cd_address(&ste, 0xfffff), CDTAB + 0x3fff * 8);
	assert_int_equal(smmu_cd_place_l1(smmu, &ste, 0xfffff, L2CDS | 1).pa, L2CDS + 63 * 64);
	ste.s1fmt = SMMU_STE0_S1FMT_64K_L2;
	assert_int_equal(smmu_l1cd_address(&ste, 0xfffff), CDTAB + 0x3ff * 8);
	assert_int_equal(smmu_cd_place_l1(smmu, &ste, 0xfffff, L2CDS | 1).pa, L2CDS + 1023 * 64);
	/* L2Ptr[15:12] are RES0 with 64 KiB leaves, bits [11:1] always. */
	assert_int_equal(smmu_cd_place_l1(smmu, &ste, 0, L2CDS | 0xffff).pa, L2CDS);
}

static void invalid_l1cd_is_a_bad_substreamid(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;
	struct smmu_ste ste = el1;

	ste.s1cdmax = 10;
	ste.s1fmt = SMMU_STE0_S1FMT_4K_L2;
	assert_int_equal(smmu_cd_place_l1(smmu, &ste, 0, L2CDS).event, SMMU_C_BAD_SUBSTREAMID);
	assert_int_equal(smmu_cd_place_l1(smmu, &ste, 0, L2CDS).cause, SMMU_CAUSE_l1cd_v);
	assert_int_equal(smmu_cd_place_l1(smmu, &ste, 0, SMMU_BIT(40) | 1).cause,
			 SMMU_CAUSE_l1cd_l2ptr);
	assert_int_equal(smmu_cd_place_l1(smmu, &ste, 0, SMMU_BIT(40) | 1).event,
			 SMMU_C_BAD_SUBSTREAMID);
	assert_int_equal(smmu_cd_place_l1(smmu, &ste, 0, SMMU_BIT(39) | 1).event, 0);
	/* Bits [63:56] are no address. */
	assert_int_equal(smmu_cd_place_l1(smmu, &ste, 0, SMMU_MASK(63, 56) | L2CDS | 1).event, 0);
}

static void plain_cd_decodes_to_its_configuration(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;
	struct smmu_cd cd = decode(smmu, SMMU_REGIME_NS_EL1, cd0_asid(0x1234), ROOT0, 0);

	assert_int_equal(cd.event, 0);
	assert_int_equal(cd.s1.asid, 0x1234);
	assert_int_equal(cd.s1.ttb0, ROOT0);
	assert_int_equal(cd.s1.t0sz, 16);
	assert_int_equal(cd.s1.ips_bits, 40); /* 48, capped to the OAS */
	assert_true(cd.s1.record && cd.s1.abort && cd.s1.epd1);
	assert_false(cd.s1.epd0 || cd.s1.stall || cd.s1.aset || cd.s1.affd);
}

static void single_bits_make_the_cd_illegal(void **state)
{
	static const struct {
		uint64_t clear, set;
	} cases[] = {
		{SMMU_CD0_V, 0},
		{SMMU_CD0_AA64, 0},
		{0, SMMU_CD0_S},
		{0, SMMU_CD0_ENDI},
		{0, SMMU_CD0_HA},
		{0, SMMU_CD0_HD},
		{0, SMMU_CD0_HA | SMMU_CD0_HD},
	};
	struct smmu *smmu = ((struct scene *)*state)->smmu;

	assert_int_equal(el1_event(smmu, CD0_PLAIN, ROOT0, 0), 0);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(el1_event(smmu, without(CD0_PLAIN, cases[i].clear) | cases[i].set,
					   ROOT0, 0),
				 SMMU_C_BAD_CD);
}

static void harmless_bits_stay_legal(void **state)
{
	static const uint64_t bits[] = {
		SMMU_CD0_AFFD, SMMU_CD0_WXN, SMMU_CD0_UWXN, SMMU_CD0_TBI0,
		SMMU_CD0_TBI1, SMMU_CD0_PAN, SMMU_CD0_ASET,
	};
	struct smmu *smmu = ((struct scene *)*state)->smmu;

	for (unsigned i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		assert_int_equal(el1_event(smmu, CD0_PLAIN | bits[i], ROOT0, 0), 0);
	/* 5.5: A and R may be clear, IDR0.TERM_MODEL is 0. */
	assert_int_equal(el1_event(smmu, without(CD0_PLAIN, SMMU_CD0_A | SMMU_CD0_R), ROOT0, 0), 0);
	/* NSCFG, HAD, E0PD, HAFT below TTB; HWU and EPAN above it. */
	assert_int_equal(el1_event(smmu, CD0_PLAIN, ROOT0 | 0xf | SMMU_MASK(63, 58), 0), 0);
}

static void tsz_must_be_16_to_39(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;

	for (unsigned tsz = 0; tsz < 64; tsz++) {
		uint64_t plain = without(CD0_PLAIN, smmu_put(SMMU_CD0_T0SZ, 63));
		uint64_t both = without(CD0_PLAIN, SMMU_CD0_EPD1) | smmu_put(SMMU_CD0_TG1, 2);
		uint8_t expected = tsz >= 16 && tsz <= 39 ? 0 : SMMU_C_BAD_CD;

		assert_int_equal(el1_event(smmu, plain | smmu_put(SMMU_CD0_T0SZ, tsz), ROOT0, 0),
				 expected);
		assert_int_equal(el1_event(smmu, both | smmu_put(SMMU_CD0_T1SZ, tsz), ROOT0, ROOT1),
				 expected);
	}
}

static void only_the_4k_granule_is_there(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;

	for (unsigned tg = 0; tg < 4; tg++) {
		uint64_t both = without(CD0_PLAIN, SMMU_CD0_EPD1) | smmu_put(SMMU_CD0_T1SZ, 16);

		assert_int_equal(el1_event(smmu, CD0_PLAIN | smmu_put(SMMU_CD0_TG0, tg), ROOT0, 0),
				 tg == 0 ? 0 : SMMU_C_BAD_CD);
		assert_int_equal(el1_event(smmu, both | smmu_put(SMMU_CD0_TG1, tg), ROOT0, ROOT1),
				 tg == 2 ? 0 : SMMU_C_BAD_CD);
	}
}

static void ttb_must_be_within_the_effective_ips(void **state)
{
	static const uint8_t ips_bits[8] = {32, 36, 40, 40, 40, 40, 40, 40};
	struct smmu *smmu = ((struct scene *)*state)->smmu;

	for (unsigned ips = 0; ips < 8; ips++) {
		uint64_t w0 =
			without(CD0_PLAIN, smmu_put(SMMU_CD0_IPS, 7)) | smmu_put(SMMU_CD0_IPS, ips);

		for (unsigned bit = 12; bit < 52; bit++)
			assert_int_equal(el1_event(smmu, w0, SMMU_BIT(bit), 0),
					 bit < ips_bits[ips] ? 0 : SMMU_C_BAD_CD);
		/* RES0 with VMSAv8-64. */
		assert_int_equal(el1_event(smmu, w0, SMMU_MASK(55, 52), 0), 0);
	}
}

static void ttb_is_aligned_to_the_first_table(void **state)
{
	static const struct {
		unsigned tsz, align;
	} cases[] = {{16, 12}, {24, 4}, {25, 12}, {33, 4}, {34, 12}, {39, 7}};
	struct smmu *smmu = ((struct scene *)*state)->smmu;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t w0 = without(CD0_PLAIN, smmu_put(SMMU_CD0_T0SZ, 63)) |
			      smmu_put(SMMU_CD0_T0SZ, cases[i].tsz);
		struct smmu_cd cd = decode(smmu, SMMU_REGIME_NS_EL1, w0, SMMU_MASK(30, 4), 0);

		assert_int_equal(cd.event, 0);
		assert_int_equal(cd.s1.ttb0, SMMU_MASK(30, cases[i].align));
	}
}

static void epd_takes_its_half_out_of_the_checks(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;
	uint64_t off = SMMU_CD0_V | SMMU_CD0_AA64 | SMMU_CD0_EPD0 | SMMU_CD0_EPD1;
	struct smmu_cd cd = decode(smmu, SMMU_REGIME_NS_EL1,
				   off | smmu_put(SMMU_CD0_TG0, 3) | SMMU_CD0_ENDI, ~0ull, ~0ull);

	assert_int_equal(cd.event, 0);
	assert_true(cd.s1.epd0 && cd.s1.epd1);
	assert_int_equal(cd.s1.ttb0, 0);
	/* With one half on, that half and ENDI count. */
	assert_int_equal(el1_event(smmu, without(off, SMMU_CD0_EPD1) | SMMU_CD0_EPD0, ~0ull, ROOT1),
			 SMMU_C_BAD_CD);
	assert_int_equal(el1_event(smmu, CD0_PLAIN | SMMU_CD0_ENDI, ROOT0, 0), SMMU_C_BAD_CD);
}

static void asid_above_8_bits_needs_asid16(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;

	assert_int_equal(el1_event(smmu, cd0_asid(0xffff), ROOT0, 0), 0);
	smmu->profile.asid_bits = 8;
	assert_int_equal(el1_event(smmu, cd0_asid(0xff), ROOT0, 0), 0);
	for (unsigned bit = 8; bit < 16; bit++)
		assert_int_equal(el1_event(smmu, cd0_asid((uint16_t)(1u << bit)), ROOT0, 0),
				 SMMU_C_BAD_CD);
	assert_int_equal(decode(smmu, SMMU_REGIME_EL2_E2H, cd0_asid(0x100), ROOT0, 0).event,
			 SMMU_C_BAD_CD);
	/* IGNORED for any-EL2. */
	assert_int_equal(decode(smmu, SMMU_REGIME_EL2, cd0_asid(0x100), ROOT0, 0).event, 0);
}

static void el2_has_one_half_and_no_asid(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;
	uint64_t w0 = (cd0_asid(7) & ~SMMU_CD0_EPD1) | SMMU_CD0_PAN | SMMU_CD0_TBI1;
	struct smmu_cd cd = decode(smmu, SMMU_REGIME_EL2, w0, ROOT0, ~0ull);

	assert_int_equal(cd.event, 0);
	assert_int_equal(cd.s1.asid, 0);
	assert_true(cd.s1.epd1);
	assert_false(cd.s1.pan || cd.s1.tbi1 || cd.s1.had1);
	/* EPD0 is IGNORED, so a bad TTB0 is found. */
	cd = decode(smmu, SMMU_REGIME_EL2, w0 | SMMU_CD0_EPD0, ROOT0, 0);
	assert_int_equal(cd.event, 0);
	assert_false(cd.s1.epd0);
	assert_int_equal(decode(smmu, SMMU_REGIME_EL2, w0 | SMMU_CD0_EPD0, SMMU_BIT(45), 0).event,
			 SMMU_C_BAD_CD);
	/* The same CD in EL2-E2H has both halves: T1SZ = 0 is out of range. */
	assert_int_equal(decode(smmu, SMMU_REGIME_EL2_E2H, w0, ROOT0, 0).event, SMMU_C_BAD_CD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(linear_table_has_64_bytes_per_index),
		TEST(l1cd_covers_64_or_1024_cds),
		TEST(invalid_l1cd_is_a_bad_substreamid),
		TEST(plain_cd_decodes_to_its_configuration),
		TEST(single_bits_make_the_cd_illegal),
		TEST(harmless_bits_stay_legal),
		TEST(tsz_must_be_16_to_39),
		TEST(only_the_4k_granule_is_there),
		TEST(ttb_must_be_within_the_effective_ips),
		TEST(ttb_is_aligned_to_the_first_table),
		TEST(epd_takes_its_half_out_of_the_checks),
		TEST(asid_above_8_bits_needs_asid16),
		TEST(el2_has_one_half_and_no_asid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
