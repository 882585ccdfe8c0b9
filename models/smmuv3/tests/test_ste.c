/* SPDX-License-Identifier: MIT */
/*
 * Contract: without stage 2, smmu_ste_decode() accepts and refuses what 5.2.2 does, and
 * smmu_select_cd() selects what 5.2 S1CDMax and S1DSS say; both name the check that refused.
 * Run: ctest -R smmuv3.test_ste
 */
#include "scene.h"

#define S1(cdmax, fmt) STE0_S1(cdmax, fmt)
#define CONFIG(n)      (SMMU_STE0_V | smmu_put(SMMU_STE0_CONFIG, n))

static struct smmu_ste decode(struct smmu *smmu, uint64_t w0, uint64_t w1)
{
	const uint64_t word[SMMU_STE_WORDS] = {w0, w1};

	return smmu_ste_decode(smmu, word);
}

static void expect_legal(struct smmu *smmu, uint64_t w0, uint64_t w1, uint8_t config)
{
	struct smmu_ste ste = decode(smmu, w0, w1);

	assert_int_equal(ste.event, 0);
	assert_int_equal(ste.config, config);
}

static void expect_illegal(struct smmu *smmu, uint64_t w0, uint64_t w1)
{
	assert_int_equal(decode(smmu, w0, w1).event, SMMU_C_BAD_STE);
}

static void invalid_ste_is_bad_whatever_it_says(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;

	expect_illegal(smmu, 0, 0);
	expect_illegal(smmu, ~SMMU_STE0_V, 0);
	expect_illegal(smmu, S1(0, 0) & ~SMMU_STE0_V, 0);
}

static void config_0xx_is_abort_with_everything_else_ignored(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;

	for (unsigned config = 0; config < 4; config++) {
		expect_legal(smmu, CONFIG(config), 0, SMMU_STE_ABORT);
		expect_legal(smmu, CONFIG(config) | ~smmu_put(SMMU_STE0_CONFIG, 7), ~0ull,
			     SMMU_STE_ABORT);
	}
}

static void bypass_ignores_stage_1_eats_and_strw(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;
	struct smmu_ste ste;

	expect_legal(smmu, CONFIG(4), 0, SMMU_STE_BYPASS);
	ste = decode(smmu, CONFIG(4) | ~smmu_put(SMMU_STE0_CONFIG, 7), ~0ull);
	assert_int_equal(ste.event, 0);
	assert_int_equal(ste.config, SMMU_STE_BYPASS);
	assert_int_equal(ste.eats, 0);
	assert_int_equal(ste.s1cdmax, 0);
	assert_int_equal(ste.privcfg, 3);
}

/* 5.2 PRIVCFG, INSTCFG: RES0 when IDR1.ATTR_PERMS_OVR is 0; the incoming attribute is used. */
static void overrides_do_nothing_where_they_are_not_implemented(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;
	uint64_t w1 = smmu_put(SMMU_STE1_PRIVCFG, 3) | smmu_put(SMMU_STE1_INSTCFG, 3);
	struct smmu_ste ste = decode(smmu, CONFIG(4), w1);

	assert_int_equal(ste.privcfg, 3);
	assert_int_equal(ste.instcfg, 3);
	smmu->profile.no_override = true;
	ste = decode(smmu, CONFIG(4), w1);
	assert_int_equal(ste.event, 0);
	assert_int_equal(ste.privcfg, 0);
	assert_int_equal(ste.instcfg, 0);
}

static void stage_2_is_illegal_because_it_is_not_implemented(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;

	expect_illegal(smmu, CONFIG(6), 0);
	expect_illegal(smmu, CONFIG(7) | CDTAB, 0);
}

static void eats_0b10_needs_nested_translation(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;

	for (unsigned eats = 0; eats < 4; eats++) {
		uint64_t w1 = smmu_put(SMMU_STE1_EATS, eats);

		assert_int_equal(decode(smmu, S1(0, 0), w1).event, eats == 2 ? SMMU_C_BAD_STE : 0);
		if (eats != 2) /* 0b11 is reserved without DPT and behaves as 0b00 */
			assert_int_equal(decode(smmu, S1(0, 0), w1).eats, eats == 1);
	}
	smmu->profile.ats = false;
	for (unsigned eats = 0; eats < 4; eats++) {
		struct smmu_ste ste = decode(smmu, S1(0, 0), smmu_put(SMMU_STE1_EATS, eats));

		assert_int_equal(ste.event, 0);
		assert_int_equal(ste.eats, 0);
	}
}

static void strw_selects_the_regime_with_hyp_only(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;

	for (unsigned e2h = 0; e2h < 2; e2h++) {
		smmu->regs.cr2 = e2h ? SMMU_CR2_E2H : 0;
		assert_int_equal(decode(smmu, S1(0, 0), 0).regime, SMMU_REGIME_NS_EL1);
		assert_int_equal(decode(smmu, S1(0, 0), smmu_put(SMMU_STE1_STRW, 2)).regime,
				 e2h ? SMMU_REGIME_EL2_E2H : SMMU_REGIME_EL2);
		expect_illegal(smmu, S1(0, 0), smmu_put(SMMU_STE1_STRW, 1));
		expect_illegal(smmu, S1(0, 0), smmu_put(SMMU_STE1_STRW, 3));
	}
	smmu->profile.hyp = false;
	for (unsigned strw = 0; strw < 4; strw++) {
		struct smmu_ste ste = decode(smmu, S1(0, 0), smmu_put(SMMU_STE1_STRW, strw));

		assert_int_equal(ste.event, 0);
		assert_int_equal(ste.regime, SMMU_REGIME_NS_EL1);
	}
}

static void s1stalld_is_illegal_without_stalls(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;

	expect_illegal(smmu, S1(0, 0), SMMU_STE1_S1STALLD);
	expect_legal(smmu, CONFIG(4), SMMU_STE1_S1STALLD, SMMU_STE_BYPASS);
}

static void s1cdmax_is_at_most_ssidsize(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;

	for (unsigned cdmax = 0; cdmax < 32; cdmax++)
		assert_int_equal(decode(smmu, S1(cdmax, 0), 0).event,
				 cdmax > 10 ? SMMU_C_BAD_STE : 0);
	/* IGNORED when substreams are not supported. */
	smmu->profile.ssid_bits = 0;
	for (unsigned cdmax = 0; cdmax < 32; cdmax++) {
		struct smmu_ste ste = decode(smmu, S1(cdmax, 1), smmu_put(SMMU_STE1_S1DSS, 1));

		assert_int_equal(ste.event, 0);
		assert_int_equal(ste.s1cdmax, 0);
		assert_int_equal(ste.s1fmt, 0);
	}
}

static void two_level_cd_tables_need_cd2l(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;

	for (unsigned cd2l = 0; cd2l < 2; cd2l++) {
		smmu->profile.two_level_cd = cd2l;
		for (unsigned fmt = 0; fmt < 4; fmt++) {
			bool two_level = fmt == 1 || fmt == 2;
			struct smmu_ste ste = decode(smmu, S1(5, fmt), 0);

			assert_int_equal(ste.event, two_level && !cd2l ? SMMU_C_BAD_STE : 0);
			if (!ste.event)
				assert_int_equal(smmu_cd_is_two_level(&ste), two_level);
			/* S1Fmt is IGNORED with one CD. */
			expect_legal(smmu, S1(0, fmt), 0, SMMU_STE_S1);
		}
	}
}

static void s1contextptr_beyond_the_oas_is_illegal(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;

	expect_legal(smmu, CONFIG(5) | SMMU_BIT(39), 0, SMMU_STE_S1);
	for (unsigned bit = 40; bit <= 55; bit++)
		expect_illegal(smmu, CONFIG(5) | SMMU_BIT(bit), 0);
	expect_legal(smmu, CONFIG(5) | SMMU_MASK(58, 56), 0, SMMU_STE_S1);
}

static void s1contextptr_is_aligned_to_what_it_points_at(void **state)
{
	static const struct {
		unsigned cdmax, fmt, align;
	} cases[] = {
		{0, 0, 6},  {1, 0, 7},	{10, 0, 16}, {9, 1, 6},	  {10, 1, 7},  {10, 2, 6},
		{13, 2, 6}, {14, 2, 7}, {20, 1, 17}, {20, 2, 13}, {20, 0, 26},
	};
	struct smmu *smmu = ((struct scene *)*state)->smmu;
	const uint64_t pointer = SMMU_MASK(39, 6);

	smmu->profile.ssid_bits = 20;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t w0 = CONFIG(5) | pointer | smmu_put(SMMU_STE0_S1CDMAX, cases[i].cdmax) |
			      smmu_put(SMMU_STE0_S1FMT, cases[i].fmt);

		assert_int_equal(decode(smmu, w0, 0).s1contextptr,
				 pointer & (~0ull << cases[i].align));
	}
}

/* One line for each ILLEGAL condition of stage 1, which bypass and abort IGNORE. */
static void each_illegal_field_is_named(void **state)
{
	const struct {
		uint64_t w0, w1;
		uint8_t cause;
	} cases[] = {
		{CONFIG(5) & ~SMMU_STE0_V, 0, SMMU_CAUSE_ste_v},
		{S1(11, 0), 0, SMMU_CAUSE_ste_s1cdmax},
		{S1(2, 1), 0, SMMU_CAUSE_ste_s1fmt},
		{S1(2, 2), 0, SMMU_CAUSE_ste_s1fmt},
		{CONFIG(5) | SMMU_BIT(40), 0, SMMU_CAUSE_ste_s1contextptr},
		{S1(0, 0), SMMU_STE1_S1STALLD, SMMU_CAUSE_ste_s1stalld},
		{S1(0, 0), smmu_put(SMMU_STE1_STRW, 1), SMMU_CAUSE_ste_strw},
		{S1(0, 0), smmu_put(SMMU_STE1_STRW, 3), SMMU_CAUSE_ste_strw},
		{S1(0, 0), smmu_put(SMMU_STE1_EATS, 2), SMMU_CAUSE_ste_eats},
	};
	const uint64_t config = smmu_put(SMMU_STE0_CONFIG, 7);
	struct smmu *smmu = ((struct scene *)*state)->smmu;

	smmu->profile.two_level_cd = false;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t others = (cases[i].w0 & ~config) | SMMU_STE0_V;

		expect_illegal(smmu, cases[i].w0, cases[i].w1);
		assert_int_equal(decode(smmu, cases[i].w0, cases[i].w1).cause, cases[i].cause);
		expect_legal(smmu, others | CONFIG(4), cases[i].w1, SMMU_STE_BYPASS);
		expect_legal(smmu, others, cases[i].w1, SMMU_STE_ABORT);
	}
	assert_int_equal(decode(smmu, CONFIG(6), 0).cause, SMMU_CAUSE_ste_config_stage2);
	assert_int_equal(decode(smmu, CONFIG(0), 0).cause, SMMU_CAUSE_ste_config_abort);
	assert_int_equal(decode(smmu, CONFIG(4), 0).cause, 0);
}

static void what_selects_no_cd_is_named(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;
	struct smmu_ste ste = decode(smmu, S1(3, 0), 0);

	assert_int_equal(smmu_select_cd(smmu, &ste, false, 0).cause, SMMU_CAUSE_stream_disabled);
	assert_int_equal(smmu_select_cd(smmu, &ste, true, 8).cause, SMMU_CAUSE_substream_range);
	assert_int_equal(smmu_select_cd(smmu, &ste, true, 7).cause, 0);
	ste = decode(smmu, S1(3, 0), smmu_put(SMMU_STE1_S1DSS, SMMU_STE1_S1DSS_SSID0));
	assert_int_equal(smmu_select_cd(smmu, &ste, true, 0).cause, SMMU_CAUSE_substream_0);
	ste = decode(smmu, S1(0, 0), 0);
	assert_int_equal(smmu_select_cd(smmu, &ste, true, 0).cause, SMMU_CAUSE_substream_range);
	ste = decode(smmu, CONFIG(4), 0);
	assert_int_equal(smmu_select_cd(smmu, &ste, true, 0).cause, SMMU_CAUSE_substream_bypass);
}

static void expect_select(const struct smmu_ste *ste, bool ssv, uint32_t ssid, uint8_t kind,
			  uint32_t value)
{
	struct smmu_select select = smmu_select_cd(NULL, ste, ssv, ssid);

	assert_int_equal(select.kind, kind);
	if (kind == SMMU_SELECT_CD)
		assert_int_equal(select.index, value);
	else if (kind == SMMU_SELECT_EVENT)
		assert_int_equal(select.event, value);
}

static void one_cd_takes_no_substreams(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;

	for (unsigned dss = 0; dss < 4; dss++) {
		struct smmu_ste ste = decode(smmu, S1(0, 0), smmu_put(SMMU_STE1_S1DSS, dss));

		expect_select(&ste, false, 0, SMMU_SELECT_CD, 0);
		expect_select(&ste, true, 0, SMMU_SELECT_EVENT, SMMU_C_BAD_SUBSTREAMID);
	}
}

static void s1dss_rules_traffic_without_substream(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;

	for (unsigned dss = 0; dss < 4; dss++) {
		struct smmu_ste ste = decode(smmu, S1(3, 0), smmu_put(SMMU_STE1_S1DSS, dss));

		assert_int_equal(ste.s1dss, dss == 3 ? 0 : dss);
		if (dss == 1)
			expect_select(&ste, false, 0, SMMU_SELECT_BYPASS, 0);
		else if (dss == 2)
			expect_select(&ste, false, 0, SMMU_SELECT_CD, 0);
		else
			expect_select(&ste, false, 0, SMMU_SELECT_EVENT, SMMU_F_STREAM_DISABLED);
		if (dss == 2)
			expect_select(&ste, true, 0, SMMU_SELECT_EVENT, SMMU_F_STREAM_DISABLED);
		else
			expect_select(&ste, true, 0, SMMU_SELECT_CD, 0);
		expect_select(&ste, true, 7, SMMU_SELECT_CD, 7);
		expect_select(&ste, true, 8, SMMU_SELECT_EVENT, SMMU_C_BAD_SUBSTREAMID);
		expect_select(&ste, true, 0xffffffff, SMMU_SELECT_EVENT, SMMU_C_BAD_SUBSTREAMID);
	}
}

static void bypass_refuses_a_substream(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;
	struct smmu_ste ste = decode(smmu, CONFIG(4), 0);

	expect_select(&ste, false, 0, SMMU_SELECT_BYPASS, 0);
	expect_select(&ste, true, 1, SMMU_SELECT_EVENT, SMMU_C_BAD_SUBSTREAMID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(invalid_ste_is_bad_whatever_it_says),
		TEST(config_0xx_is_abort_with_everything_else_ignored),
		TEST(bypass_ignores_stage_1_eats_and_strw),
		TEST(overrides_do_nothing_where_they_are_not_implemented),
		TEST(stage_2_is_illegal_because_it_is_not_implemented),
		TEST(eats_0b10_needs_nested_translation),
		TEST(strw_selects_the_regime_with_hyp_only),
		TEST(s1stalld_is_illegal_without_stalls),
		TEST(s1cdmax_is_at_most_ssidsize),
		TEST(two_level_cd_tables_need_cd2l),
		TEST(s1contextptr_beyond_the_oas_is_illegal),
		TEST(s1contextptr_is_aligned_to_what_it_points_at),
		TEST(one_cd_takes_no_substreams),
		TEST(s1dss_rules_traffic_without_substream),
		TEST(bypass_refuses_a_substream),
		TEST(each_illegal_field_is_named),
		TEST(what_selects_no_cd_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
