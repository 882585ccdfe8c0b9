/* SPDX-License-Identifier: MIT */
/*
 * Contract: with everything implemented, smmu_cd_decode() accepts and refuses what 5.4, 5.4.2 and
 * 5.5 do: granules, input and output sizes of each half, hardware update, fault model; it names the
 * check that refused and looks at nothing that is IGNORED.
 * Run: ctest -R smmuv3.test_cd_granules
 */
#include "scene.h"

#define TG0(n)	smmu_put(SMMU_CD0_TG0, n)
#define TG1(n)	smmu_put(SMMU_CD0_TG1, n)
#define T0SZ(n) smmu_put(SMMU_CD0_T0SZ, n)
#define T1SZ(n) smmu_put(SMMU_CD0_T1SZ, n)
#define IPS(n)	smmu_put(SMMU_CD0_IPS, n)
#define ASID(n) smmu_put(SMMU_CD0_ASID, n)
/* No half is walked; one of them is switched on by a test. */
#define OFF  (SMMU_CD0_V | SMMU_CD0_AA64 | SMMU_CD0_R | SMMU_CD0_A | SMMU_CD0_EPD0 | SMMU_CD0_EPD1)
#define LOW  (OFF & ~SMMU_CD0_EPD0)
#define HIGH (OFF & ~SMMU_CD0_EPD1)

static int full_setup(void **state)
{
	struct smmu_profile profile = smmu_profile_find("full")->profile;

	profile.cache = SMMU_CACHE_NONE;
	*state = scene_new(profile);
	return 0;
}

#define FULL(name) cmocka_unit_test_setup_teardown(name, full_setup, scene_teardown)

static struct smmu *smmu_of(void **state)
{
	return ((struct scene *)*state)->smmu;
}

static struct smmu_cd decode_as(struct smmu *smmu, struct smmu_ste ste, uint64_t w0, uint64_t w1,
				uint64_t w2)
{
	const uint64_t word[SMMU_CD_WORDS] = {w0, w1, w2};
	struct smmu_cd cd = smmu_cd_decode(smmu, &ste, word);

	assert_int_equal(cd.event, cd.cause ? SMMU_C_BAD_CD : 0);
	return cd;
}

static struct smmu_cd decode(struct smmu *smmu, uint64_t w0, uint64_t w1, uint64_t w2)
{
	return decode_as(smmu, (struct smmu_ste){.config = SMMU_STE_S1}, w0, w1, w2);
}

/* One line for each ILLEGAL condition of CdIllegal(), against a CD of the low half. */
static void each_illegal_field_is_named(void **state)
{
	const struct {
		uint64_t clear, set, ttb0;
		uint8_t cause;
		bool with_epd; /* still ILLEGAL when the half is disabled */
	} cases[] = {
		{SMMU_CD0_V, 0, 0, SMMU_CAUSE_cd_v, true},
		{SMMU_CD0_A, 0, 0, SMMU_CAUSE_cd_a, true},
		{0, SMMU_CD0_S, 0, SMMU_CAUSE_cd_stall, true},
		{SMMU_CD0_AA64, 0, 0, SMMU_CAUSE_cd_aa64, true},
		{0, SMMU_CD0_HA, 0, SMMU_CAUSE_cd_httu, true},
		{0, SMMU_CD0_HD, 0, SMMU_CAUSE_cd_httu, true},
		{0, ASID(0x100), 0, SMMU_CAUSE_cd_asid, true},
		{0, SMMU_CD0_ENDI, 0, SMMU_CAUSE_cd_endi, false},
		{T0SZ(63), T0SZ(15), 0, SMMU_CAUSE_cd_tsz, false},
		{T0SZ(63), T0SZ(40), 0, SMMU_CAUSE_cd_tsz, false},
		{0, TG0(1), 0, SMMU_CAUSE_cd_tg, false},
		{0, TG0(2), 0, SMMU_CAUSE_cd_tg, false},
		{0, TG0(3), 0, SMMU_CAUSE_cd_tg, false},
		{0, 0, SMMU_BIT(48), SMMU_CAUSE_cd_ttb, false},
		{IPS(7), IPS(2), SMMU_BIT(40), SMMU_CAUSE_cd_ttb, false},
	};
	struct smmu *smmu = smmu_of(state);
	uint64_t plain = LOW | T0SZ(16) | IPS(5);

	smmu->profile.term_model = true;
	smmu->profile.stall_model = SMMU_STALL_NONE;
	smmu->profile.httu = SMMU_HTTU_NONE;
	smmu->profile.asid_bits = 8;
	smmu->profile.small_tables = false;
	smmu->profile.granules = SMMU_GRANULE_4K;
	assert_int_equal(decode(smmu, plain, ROOT0, 0).cause, 0);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t w0 = (plain & ~cases[i].clear) | cases[i].set;

		assert_int_equal(decode(smmu, w0, cases[i].ttb0, 0).cause, cases[i].cause);
		assert_int_equal(decode(smmu, w0 | SMMU_CD0_EPD0, cases[i].ttb0, 0).cause,
				 cases[i].with_epd ? cases[i].cause : 0);
	}
	/* 5.4 V: with V = 0 nothing else is looked at. */
	assert_int_equal(decode(smmu, ~SMMU_CD0_V, ~0ull, ~0ull).cause, SMMU_CAUSE_cd_v);
}

static void tsz_ranges_by_granule_vax_and_stt(void **state)
{
	/* Encodings of 4, 16 and 64 KiB. */
	static const uint8_t tg0[3] = {0, 2, 1}, tg1[3] = {2, 1, 3}, log2[3] = {12, 14, 16};
	struct smmu *smmu = smmu_of(state);

	for (unsigned i = 0; i < 3 * 2 * 2; i++) {
		unsigned g = i % 3, least, most;

		smmu->profile.va52 = i / 3 % 2;
		smmu->profile.small_tables = i / 6;
		least = smmu->profile.va52 && g == 2 ? 12 : 16;
		most = !smmu->profile.small_tables ? 39 : g == 2 ? 47 : 48;
		for (unsigned tsz = 0; tsz < 64; tsz++) {
			uint8_t cause = tsz >= least && tsz <= most ? 0 : SMMU_CAUSE_cd_tsz;
			struct smmu_cd low = decode(smmu, LOW | TG0(tg0[g]) | T0SZ(tsz), 0, ~0ull);
			struct smmu_cd high =
				decode(smmu, HIGH | TG1(tg1[g]) | T1SZ(tsz), ~0ull, 0);

			assert_int_equal(low.cause, cause);
			assert_int_equal(high.cause, cause);
			if (cause)
				continue;
			assert_int_equal(low.s1.t0sz, tsz);
			assert_int_equal(low.s1.granule0, log2[g]);
			assert_int_equal(high.s1.t1sz, tsz);
			assert_int_equal(high.s1.granule1, log2[g]);
		}
	}
}

static void only_offered_granules_are_legal(void **state)
{
	static const uint8_t of_tg0[4] = {SMMU_GRANULE_4K, SMMU_GRANULE_64K, SMMU_GRANULE_16K, 0};
	static const uint8_t of_tg1[4] = {0, SMMU_GRANULE_16K, SMMU_GRANULE_4K, SMMU_GRANULE_64K};
	struct smmu *smmu = smmu_of(state);

	for (unsigned granules = 0; granules < 8; granules++) {
		unsigned offered = granules ? granules : SMMU_GRANULE_4K;

		smmu->profile.granules = (uint8_t)granules;
		for (unsigned tg = 0; tg < 4; tg++) {
			assert_int_equal(decode(smmu, LOW | TG0(tg) | T0SZ(24), 0, 0).cause,
					 offered & of_tg0[tg] ? 0 : SMMU_CAUSE_cd_tg);
			assert_int_equal(decode(smmu, HIGH | TG1(tg) | T1SZ(24), 0, 0).cause,
					 offered & of_tg1[tg] ? 0 : SMMU_CAUSE_cd_tg);
			/* The halves do not meddle with each other. */
			assert_int_equal(decode(smmu, OFF | TG0(tg) | TG1(tg), 0, 0).cause, 0);
		}
	}
}

static void halves_may_have_different_granules(void **state)
{
	struct smmu *smmu = smmu_of(state);
	struct smmu_cd cd = decode(
		smmu, (LOW & HIGH) | TG0(1) | T0SZ(12) | TG1(2) | T1SZ(25) | IPS(6), ROOT0, ROOT1);

	assert_int_equal(cd.cause, 0);
	assert_int_equal(cd.s1.granule0, 16);
	assert_int_equal(cd.s1.granule1, 12);
	assert_int_equal(cd.s1.ips_bits, 52);
	/* 1024 entries of level 1; one table of 4 KiB. */
	assert_int_equal(cd.s1.ttb0, ROOT0 & ~0x1fffull);
	assert_int_equal(cd.s1.ttb1, ROOT1);
}

static void ttb_is_within_the_effective_ips(void **state)
{
	static const uint8_t ips_bits[8] = {32, 36, 40, 42, 44, 48, 52, 52};
	static const uint8_t oas[] = {32, 36, 40, 42, 44, 48, 52};
	struct smmu *smmu = smmu_of(state);

	for (unsigned i = 0; i < sizeof(oas) * 8; i++) {
		unsigned ips = i % 8, cap = oas[i / 8];
		unsigned bits = ips_bits[ips] < cap ? ips_bits[ips] : cap;

		smmu->profile.oas_bits = (uint8_t)cap;
		for (unsigned bit = 16; bit < 52; bit++) {
			uint64_t ttb = SMMU_BIT(bit);
			uint8_t wide = bit < bits ? 0 : SMMU_CAUSE_cd_ttb;
			uint8_t narrow = bit < bits && bit < 48 ? 0 : SMMU_CAUSE_cd_ttb;

			assert_int_equal(
				decode(smmu, LOW | TG0(1) | T0SZ(24) | IPS(ips), ttb, 0).cause,
				wide);
			assert_int_equal(
				decode(smmu, LOW | TG0(2) | T0SZ(24) | IPS(ips), ttb, 0).cause,
				narrow);
			assert_int_equal(
				decode(smmu, HIGH | TG1(2) | T1SZ(24) | IPS(ips), 0, ttb).cause,
				narrow);
		}
		assert_int_equal(decode(smmu, LOW | T0SZ(16) | IPS(ips), 0, 0).s1.ips_bits, bits);
	}
}

static void ttb_is_aligned_to_the_starting_level_table(void **state)
{
	static const struct {
		uint8_t tg0, tsz, ips, align;
	} cases[] = {
		{0, 16, 5, 12}, {0, 25, 5, 12}, {0, 33, 5, 4}, {0, 34, 5, 12}, {0, 42, 5, 4},
		{0, 43, 5, 12}, {0, 48, 5, 7},	{2, 16, 5, 4}, {2, 17, 5, 14}, {2, 27, 5, 4},
		{2, 28, 5, 14}, {2, 48, 5, 5},	{1, 16, 5, 9}, {1, 12, 6, 13}, {1, 21, 6, 6},
		{1, 21, 5, 4},	{1, 22, 5, 16}, {1, 47, 5, 4}, {1, 47, 6, 6},  {0, 33, 6, 6},
	};
	struct smmu *smmu = smmu_of(state);

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct smmu_cd cd = decode(
			smmu, LOW | TG0(cases[i].tg0) | T0SZ(cases[i].tsz) | IPS(cases[i].ips),
			SMMU_MASK(40, 4), 0);

		assert_int_equal(cd.cause, 0);
		assert_int_equal(cd.s1.ttb0, SMMU_MASK(40, cases[i].align));
	}
}

static void ha_and_hd_follow_httu(void **state)
{
	struct smmu *smmu = smmu_of(state);

	for (unsigned httu = SMMU_HTTU_NONE; httu <= SMMU_HTTU_DIRTY; httu++) {
		smmu->profile.httu = (uint8_t)httu;
		for (unsigned bits = 0; bits < 4; bits++) {
			bool ha = bits & 1, hd = bits & 2;
			bool illegal = (bits && httu == SMMU_HTTU_NONE) ||
				       (hd && httu == SMMU_HTTU_ACCESS);
			struct smmu_cd cd = decode(smmu,
						   OFF | SMMU_CD0_AFFD | (ha ? SMMU_CD0_HA : 0) |
							   (hd ? SMMU_CD0_HD : 0),
						   0, 0);

			assert_int_equal(cd.cause, illegal ? SMMU_CAUSE_cd_httu : 0);
			if (illegal)
				continue;
			assert_int_equal(cd.s1.ha, ha);
			assert_int_equal(cd.s1.hd, ha && hd); /* HD alone is nothing */
			assert_int_equal(cd.s1.affd, !ha);    /* IGNORED with HA */
		}
	}
}

static void s_follows_stall_model_and_s1stalld(void **state)
{
	struct smmu *smmu = smmu_of(state);

	for (unsigned model = SMMU_STALL_NONE; model <= SMMU_STALL_FORCE; model++) {
		smmu->profile.stall_model = (uint8_t)model;
		assert_int_equal(decode(smmu, OFF, 0, 0).cause,
				 model == SMMU_STALL_FORCE ? SMMU_CAUSE_cd_stall : 0);
		assert_int_equal(decode(smmu, OFF | SMMU_CD0_S, 0, 0).cause,
				 model == SMMU_STALL_NONE ? SMMU_CAUSE_cd_stall : 0);
	}
	smmu->profile.stall_model = SMMU_STALL_BOTH;
	assert_int_equal(
		decode_as(smmu, (struct smmu_ste){.s1stalld = true}, OFF | SMMU_CD0_S, 0, 0).cause,
		SMMU_CAUSE_cd_stall);
	assert_int_equal(decode_as(smmu, (struct smmu_ste){.s1stalld = true}, OFF, 0, 0).cause, 0);
	/* 5.5: a stall is recorded whatever R says. */
	assert_true(decode(smmu, (OFF & ~SMMU_CD0_R) | SMMU_CD0_S, 0, 0).s1.record);
	assert_false(decode(smmu, OFF & ~SMMU_CD0_R, 0, 0).s1.record);
}

static void a_is_free_without_term_model(void **state)
{
	struct smmu *smmu = smmu_of(state);

	assert_int_equal(decode(smmu, OFF & ~SMMU_CD0_A, 0, 0).cause, 0);
	assert_false(decode(smmu, OFF & ~SMMU_CD0_A, 0, 0).s1.abort);
	smmu->profile.term_model = true;
	assert_int_equal(decode(smmu, OFF & ~SMMU_CD0_A, 0, 0).cause, SMMU_CAUSE_cd_a);
	assert_int_equal(decode(smmu, OFF, 0, 0).cause, 0);
}

static void vmid_comes_from_the_ste(void **state)
{
	struct smmu *smmu = smmu_of(state);
	struct smmu_ste ste = {.config = SMMU_STE_NESTED, .s2 = {.on = true, .vmid = 0x4321}};

	assert_int_equal(decode_as(smmu, ste, OFF, 0, 0).s1.vmid, 0x4321);
	assert_int_equal(decode(smmu, OFF, 0, 0).s1.vmid, 0);
}

/* 5.4 EPD0, 5.4.1: any-EL2 has the low half alone, whatever EPD0 and the fields of TTB1 say. */
static void any_el2_has_one_half(void **state)
{
	struct smmu *smmu = smmu_of(state);
	struct smmu_ste ste = {.config = SMMU_STE_S1, .regime = SMMU_REGIME_EL2};
	struct smmu_cd cd =
		decode_as(smmu, ste, (OFF & ~SMMU_CD0_EPD1) | TG0(2) | T0SZ(20), ROOT0, ~0ull);

	assert_int_equal(cd.cause, 0);
	assert_false(cd.s1.epd0);
	assert_true(cd.s1.epd1);
	assert_int_equal(cd.s1.granule0, 14);
	assert_int_equal(decode_as(smmu, ste, OFF | TG0(3) | T0SZ(20), ROOT0, 0).cause,
			 SMMU_CAUSE_cd_tg);
	assert_int_equal(decode_as(smmu, ste, OFF | T0SZ(20) | SMMU_CD0_ENDI, ROOT0, 0).cause,
			 SMMU_CAUSE_cd_endi);
	ste.regime = SMMU_REGIME_EL2_E2H;
	assert_int_equal(decode_as(smmu, ste, HIGH | TG1(0) | T1SZ(20), 0, 0).cause,
			 SMMU_CAUSE_cd_tg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FULL(each_illegal_field_is_named),
		FULL(tsz_ranges_by_granule_vax_and_stt),
		FULL(only_offered_granules_are_legal),
		FULL(halves_may_have_different_granules),
		FULL(ttb_is_within_the_effective_ips),
		FULL(ttb_is_aligned_to_the_starting_level_table),
		FULL(ha_and_hd_follow_httu),
		FULL(s_follows_stall_model_and_s1stalld),
		FULL(a_is_free_without_term_model),
		FULL(vmid_comes_from_the_ste),
		FULL(any_el2_has_one_half),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
