/* SPDX-License-Identifier: MIT */
/*
 * Contract: with stage 2 implemented, smmu_ste_decode() accepts and refuses the S2* fields, EATS
 * and STRW as 5.2 and 5.2.2 do, names the check that refused, and takes nothing from what is
 * IGNORED.
 * Run: ctest -R smmuv3.test_ste_stage2
 */
#include "scene.h"

#define CONFIG(n) (SMMU_STE0_V | smmu_put(SMMU_STE0_CONFIG, n))
#define EATS(n)	  smmu_put(SMMU_STE1_EATS, n)
#define STRW(n)	  smmu_put(SMMU_STE1_STRW, n)
#define S2(f, n)  smmu_put(SMMU_STE2_S2##f, n)
/* 4 KiB granule, 40 bits of input from level 1 on, 40 bits of output. */
#define W2_PLAIN (SMMU_STE2_S2AA64 | S2(T0SZ, 24) | S2(SL0, 1) | S2(PS, 2) | SMMU_STE2_S2R)

/* Everything on, 48-bit addresses. */
static int stage2_setup(void **state)
{
	struct smmu_profile profile = smmu_profile_find("full")->profile;

	profile.cache = SMMU_CACHE_NONE;
	profile.oas_bits = 48;
	*state = scene_new(profile);
	return 0;
}

#define STAGE2(name) cmocka_unit_test_setup_teardown(name, stage2_setup, scene_teardown)

static struct smmu *smmu_of(void **state)
{
	return ((struct scene *)*state)->smmu;
}

static struct smmu_ste decode(struct smmu *smmu, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3)
{
	const uint64_t word[SMMU_STE_WORDS] = {w0, w1, w2, w3};

	return smmu_ste_decode(smmu, word);
}

static struct smmu_ste stage2_only(struct smmu *smmu, uint64_t w2, uint64_t w3)
{
	return decode(smmu, CONFIG(6), 0, w2, w3);
}

static uint8_t cause_of(struct smmu *smmu, uint64_t w2, uint64_t w3)
{
	struct smmu_ste ste = stage2_only(smmu, w2, w3);

	assert_int_equal(ste.event, ste.cause ? SMMU_C_BAD_STE : 0);
	return ste.cause;
}

static void config_11x_translates_by_stage_2(void **state)
{
	struct smmu *smmu = smmu_of(state);
	struct smmu_ste ste = stage2_only(smmu, W2_PLAIN | S2(VMID, 0xabcd), ROOT0);

	assert_int_equal(ste.event, 0);
	assert_int_equal(ste.config, SMMU_STE_S2);
	assert_true(ste.s2.on && ste.s2.record);
	assert_false(ste.s2.stall || ste.s2.ptw || ste.s2.affd || ste.s2.ha || ste.s2.hd);
	assert_int_equal(ste.s2.vmid, 0xabcd);
	assert_int_equal(ste.s2.ia_bits, 40);
	assert_int_equal(ste.s2.start_level, 1);
	assert_int_equal(ste.s2.granule, 12);
	assert_int_equal(ste.s2.ps_bits, 40);
	assert_int_equal(ste.s2.ttb, ROOT0);
	ste = decode(smmu, CONFIG(7) | CDTAB, 0, W2_PLAIN, ROOT0);
	assert_int_equal(ste.event, 0);
	assert_int_equal(ste.config, SMMU_STE_NESTED);
	assert_int_equal(ste.s1contextptr, CDTAB);
	smmu->profile.stage2 = smmu->profile.xnx = false;
	assert_int_equal(cause_of(smmu, W2_PLAIN, ROOT0), SMMU_CAUSE_ste_config_stage2);
}

/* Each makes the STE ILLEGAL where stage 2 translates, and nothing where it does not. */
static void illegal_fields_count_with_stage_2_only(void **state)
{
	const struct {
		uint64_t clear, set, w3;
		uint8_t cause;
	} cases[] = {
		{SMMU_STE2_S2AA64, 0, 0, SMMU_CAUSE_ste_s2aa64},
		{0, SMMU_STE2_S2ENDI, 0, SMMU_CAUSE_ste_s2endi},
		{0, S2(TG, 3), 0, SMMU_CAUSE_ste_s2tg},
		{S2(T0SZ, 63), S2(T0SZ, 15), 0, SMMU_CAUSE_ste_s2t0sz},
		{S2(T0SZ, 63), S2(T0SZ, 49), 0, SMMU_CAUSE_ste_s2t0sz},
		{S2(SL0, 3), S2(SL0, 3), 0, SMMU_CAUSE_ste_s2sl0},
		{S2(SL0, 3), 0, 0, SMMU_CAUSE_ste_s2sl0},
		{0, 0, SMMU_BIT(40), SMMU_CAUSE_ste_s2ttb},
		{0, 0, SMMU_BIT(51), SMMU_CAUSE_ste_s2ttb},
	};
	struct smmu *smmu = smmu_of(state);

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t w2 = (W2_PLAIN & ~cases[i].clear) | cases[i].set, w3 = cases[i].w3;

		assert_int_equal(cause_of(smmu, w2, w3), cases[i].cause);
		assert_int_equal(decode(smmu, CONFIG(7) | CDTAB, 0, w2, w3).cause, cases[i].cause);
		assert_int_equal(decode(smmu, CONFIG(4), 0, w2, w3).event, 0);
		assert_int_equal(decode(smmu, CONFIG(5) | CDTAB, 0, w2, w3).event, 0);
		assert_false(decode(smmu, CONFIG(5) | CDTAB, 0, w2, w3).s2.on);
	}
	/* S2TTB[3:0], [255:248] are no address. */
	assert_int_equal(cause_of(smmu, W2_PLAIN, SMMU_MASK(63, 52) | 0xf), 0);
}

static void s2t0sz_ranges_by_granule_oas_and_stt(void **state)
{
	static const struct {
		uint8_t tg, oas;
		bool stt;
		uint8_t least, most;
	} cases[] = {
		{0, 48, true, 16, 48},	{2, 48, true, 16, 48},	{1, 48, true, 16, 47},
		{0, 48, false, 16, 39}, {1, 48, false, 16, 39}, {0, 40, false, 24, 39},
		{1, 32, true, 32, 47},	{0, 52, true, 16, 48},	{2, 52, true, 16, 48},
		{1, 52, true, 12, 47},
	};
	struct smmu *smmu = smmu_of(state);

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		smmu->profile.oas_bits = cases[i].oas;
		smmu->profile.small_tables = cases[i].stt;
		for (unsigned tsz = 0; tsz < 64; tsz++) {
			bool legal = tsz >= cases[i].least && tsz <= cases[i].most, found = false;

			/* Some starting level fits each size that is in range. */
			for (unsigned sl0 = 0; sl0 < 4; sl0++) {
				uint8_t cause = cause_of(smmu,
							 SMMU_STE2_S2AA64 | S2(TG, cases[i].tg) |
								 S2(T0SZ, tsz) | S2(SL0, sl0),
							 0);

				found |= cause == 0;
				assert_true(cause == 0 || cause == (legal ? SMMU_CAUSE_ste_s2sl0
									  : SMMU_CAUSE_ste_s2t0sz));
			}
			assert_int_equal(found, legal);
		}
	}
}

/* Arm ARM, VTCR_EL2.{SL0, T0SZ}: input bits that each starting level takes. */
static void s2sl0_fits_size_and_granule(void **state)
{
	static const struct {
		uint8_t tg, sl0, level, least, most;
	} cases[] = {
		{0, 3, 3, 16, 25}, {0, 0, 2, 22, 34}, {0, 1, 1, 31, 43}, {0, 2, 0, 40, 48},
		{2, 0, 3, 16, 29}, {2, 1, 2, 26, 40}, {2, 2, 1, 37, 48}, {1, 0, 3, 17, 33},
		{1, 1, 2, 30, 46}, {1, 2, 1, 43, 48},
	};
	struct smmu *smmu = smmu_of(state);

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (unsigned ia = cases[i].tg == 1 ? 17 : 16; ia <= 48; ia++) {
			struct smmu_ste ste =
				stage2_only(smmu,
					    SMMU_STE2_S2AA64 | S2(TG, cases[i].tg) |
						    S2(T0SZ, 64 - ia) | S2(SL0, cases[i].sl0),
					    0);

			if (ia >= cases[i].least && ia <= cases[i].most) {
				assert_int_equal(ste.event, 0);
				assert_int_equal(ste.s2.start_level, cases[i].level);
				assert_int_equal(ste.s2.ia_bits, ia);
			} else {
				assert_int_equal(ste.cause, SMMU_CAUSE_ste_s2sl0);
			}
		}
	}
	/* 0b11 is reserved with 16 KiB and 64 KiB, and without STT; level 0 needs 44 bits. */
	assert_int_equal(
		cause_of(smmu, SMMU_STE2_S2AA64 | S2(TG, 2) | S2(T0SZ, 39) | S2(SL0, 3), 0),
		SMMU_CAUSE_ste_s2sl0);
	assert_int_equal(
		cause_of(smmu, SMMU_STE2_S2AA64 | S2(TG, 1) | S2(T0SZ, 39) | S2(SL0, 3), 0),
		SMMU_CAUSE_ste_s2sl0);
	smmu->profile.small_tables = false;
	assert_int_equal(cause_of(smmu, SMMU_STE2_S2AA64 | S2(T0SZ, 39) | S2(SL0, 3), 0),
			 SMMU_CAUSE_ste_s2sl0);
	smmu->profile.oas_bits = 42;
	assert_int_equal(cause_of(smmu, SMMU_STE2_S2AA64 | S2(T0SZ, 24) | S2(SL0, 2), 0),
			 SMMU_CAUSE_ste_s2sl0);
}

static void s2tg_selects_an_offered_granule(void **state)
{
	static const uint8_t offers[4] = {SMMU_GRANULE_4K, SMMU_GRANULE_64K, SMMU_GRANULE_16K, 0};
	static const uint8_t sl0[4] = {1, 1, 1, 0};
	struct smmu *smmu = smmu_of(state);

	for (unsigned granules = 0; granules < 8; granules++) {
		unsigned offered = granules ? granules : SMMU_GRANULE_4K;

		smmu->profile.granules = (uint8_t)granules;
		for (unsigned tg = 0; tg < 4; tg++)
			assert_int_equal(cause_of(smmu,
						  SMMU_STE2_S2AA64 | S2(TG, tg) | S2(T0SZ, 24) |
							  S2(SL0, sl0[tg]) | S2(PS, 5),
						  0),
					 offered & offers[tg] ? 0 : SMMU_CAUSE_ste_s2tg);
	}
}

static void s2ttb_is_within_s2ps_and_aligned(void **state)
{
	static const uint8_t ps_bits[8] = {32, 36, 40, 42, 44, 48, 52, 52};
	struct smmu *smmu = smmu_of(state);

	for (unsigned oas = 48; oas <= 52; oas += 4) {
		smmu->profile.oas_bits = (uint8_t)oas;
		for (unsigned ps = 0; ps < 8; ps++) {
			unsigned bits = ps_bits[ps] < oas ? ps_bits[ps] : oas;

			for (unsigned bit = 16; bit < 52; bit++) {
				/* 64 KiB: all of S2PS; 4 KiB: 48 bits at most. */
				assert_int_equal(cause_of(smmu,
							  SMMU_STE2_S2AA64 | S2(TG, 1) |
								  S2(T0SZ, 24) | S2(SL0, 1) |
								  S2(PS, ps),
							  SMMU_BIT(bit)),
						 bit < bits ? 0 : SMMU_CAUSE_ste_s2ttb);
				assert_int_equal(cause_of(smmu,
							  (W2_PLAIN & ~S2(PS, 7)) | S2(PS, ps),
							  SMMU_BIT(bit)),
						 bit < bits && bit < 48 ? 0 : SMMU_CAUSE_ste_s2ttb);
			}
			assert_int_equal(stage2_only(smmu, (W2_PLAIN & ~S2(PS, 7)) | S2(PS, ps), 0)
						 .s2.ps_bits,
					 bits);
		}
	}
	/* 40 bits from level 1 on are two tables; from level 2 on, 34 bits are 16 of them. */
	assert_int_equal(stage2_only(smmu, W2_PLAIN, SMMU_MASK(39, 4)).s2.ttb, SMMU_MASK(39, 13));
	assert_int_equal(
		stage2_only(smmu, SMMU_STE2_S2AA64 | S2(T0SZ, 30) | S2(PS, 2), SMMU_MASK(39, 4))
			.s2.ttb,
		SMMU_MASK(39, 16));
	/* 64 KiB, 30 bits from level 2 on: two entries, but 64 bytes with 52 bits of output. */
	assert_int_equal(
		stage2_only(smmu,
			    SMMU_STE2_S2AA64 | S2(TG, 1) | S2(T0SZ, 34) | S2(SL0, 1) | S2(PS, 5),
			    SMMU_MASK(39, 4))
			.s2.ttb,
		SMMU_MASK(39, 4));
	assert_int_equal(
		stage2_only(smmu,
			    SMMU_STE2_S2AA64 | S2(TG, 1) | S2(T0SZ, 34) | S2(SL0, 1) | S2(PS, 6),
			    SMMU_MASK(39, 4))
			.s2.ttb,
		SMMU_MASK(39, 6));
}

static void s2s_follows_the_stall_model(void **state)
{
	struct smmu *smmu = smmu_of(state);

	for (unsigned model = SMMU_STALL_NONE; model <= SMMU_STALL_FORCE; model++) {
		smmu->profile.stall_model = (uint8_t)model;
		assert_int_equal(cause_of(smmu, W2_PLAIN, 0),
				 model == SMMU_STALL_FORCE ? SMMU_CAUSE_ste_s2s : 0);
		assert_int_equal(cause_of(smmu, W2_PLAIN | SMMU_STE2_S2S, 0),
				 model == SMMU_STALL_NONE ? SMMU_CAUSE_ste_s2s : 0);
		assert_int_equal(decode(smmu, CONFIG(5) | CDTAB, 0, SMMU_STE2_S2S, 0).event, 0);
		assert_int_equal(decode(smmu, CONFIG(5) | CDTAB, 0, 0, 0).event, 0);
	}
	/* 5.5: a stall is recorded whatever S2R says. */
	assert_true(stage2_only(smmu, (W2_PLAIN & ~SMMU_STE2_S2R) | SMMU_STE2_S2S, 0).s2.record);
}

static void s2ha_and_s2hd_follow_httu(void **state)
{
	struct smmu *smmu = smmu_of(state);

	for (unsigned httu = SMMU_HTTU_NONE; httu <= SMMU_HTTU_DIRTY; httu++) {
		smmu->profile.httu = (uint8_t)httu;
		for (unsigned bits = 0; bits < 4; bits++) {
			bool ha = bits & 1, hd = bits & 2;
			bool illegal = (bits && httu == SMMU_HTTU_NONE) ||
				       (hd && httu == SMMU_HTTU_ACCESS);
			struct smmu_ste ste = stage2_only(smmu,
							  W2_PLAIN | SMMU_STE2_S2AFFD |
								  (ha ? SMMU_STE2_S2HA : 0) |
								  (hd ? SMMU_STE2_S2HD : 0),
							  0);

			assert_int_equal(ste.cause, illegal ? SMMU_CAUSE_ste_s2ha : 0);
			if (illegal)
				continue;
			assert_int_equal(ste.s2.ha, ha);
			assert_int_equal(ste.s2.hd, ha && hd); /* S2HD alone is nothing */
			assert_int_equal(ste.s2.affd, !ha);    /* IGNORED with S2HA */
		}
	}
}

static void s2ptw_needs_both_stages(void **state)
{
	struct smmu *smmu = smmu_of(state);

	assert_false(stage2_only(smmu, W2_PLAIN | SMMU_STE2_S2PTW, 0).s2.ptw);
	assert_true(decode(smmu, CONFIG(7) | CDTAB, 0, W2_PLAIN | SMMU_STE2_S2PTW, 0).s2.ptw);
}

static void s2vmid_tags_el1_streams_alone(void **state)
{
	struct smmu *smmu = smmu_of(state);
	uint64_t vmid = S2(VMID, 0x1234);

	assert_int_equal(stage2_only(smmu, W2_PLAIN | vmid, 0).s2.vmid, 0x1234);
	assert_int_equal(decode(smmu, CONFIG(5) | CDTAB, 0, vmid, 0).s2.vmid, 0x1234);
	assert_int_equal(decode(smmu, CONFIG(5) | CDTAB, STRW(2), vmid, 0).s2.vmid, 0);
	assert_int_equal(decode(smmu, CONFIG(4), 0, vmid, 0).s2.vmid, 0);
	for (unsigned bits = 0; bits <= 8; bits += 8) {
		smmu->profile.vmid_bits = (uint8_t)bits;
		assert_int_equal(cause_of(smmu, W2_PLAIN | vmid, 0), SMMU_CAUSE_ste_s2vmid);
		assert_int_equal(cause_of(smmu, W2_PLAIN | S2(VMID, 0xff), 0), 0);
		assert_int_equal(decode(smmu, CONFIG(5) | CDTAB, 0, vmid, 0).cause,
				 SMMU_CAUSE_ste_s2vmid);
		/* IGNORED: bypass, another StreamWorld. STRW is IGNORED itself with stage 2. */
		assert_int_equal(decode(smmu, CONFIG(4), 0, vmid, 0).event, 0);
		assert_int_equal(decode(smmu, CONFIG(5) | CDTAB, STRW(2), vmid, 0).event, 0);
		assert_int_equal(decode(smmu, CONFIG(6), STRW(2), W2_PLAIN | vmid, 0).cause,
				 SMMU_CAUSE_ste_s2vmid);
	}
	smmu->profile.stage2 = smmu->profile.xnx = false;
	assert_int_equal(decode(smmu, CONFIG(5) | CDTAB, 0, vmid, 0).event, 0);
	assert_int_equal(decode(smmu, CONFIG(5) | CDTAB, 0, vmid, 0).s2.vmid, 0);
}

static void strw_is_ignored_with_stage_2(void **state)
{
	struct smmu *smmu = smmu_of(state);

	for (unsigned strw = 0; strw < 4; strw++) {
		for (unsigned config = 6; config < 8; config++) {
			struct smmu_ste ste =
				decode(smmu, CONFIG(config) | CDTAB, STRW(strw), W2_PLAIN, 0);

			assert_int_equal(ste.event, 0);
			assert_int_equal(ste.regime, SMMU_REGIME_NS_EL1);
		}
		assert_int_equal(decode(smmu, CONFIG(5) | CDTAB, STRW(strw), 0, 0).cause,
				 strw & 1 ? SMMU_CAUSE_ste_strw : 0);
	}
}

/* 5.2 EATS, every Config, with and without S2S. */
static void eats_depends_on_config_s2s_and_atschk(void **state)
{
	static const struct {
		uint8_t config, eats;
		bool s2s;
		uint8_t cause, effective, unchecked;
	} cases[] = {
		{4, 1, true, 0, 0, 0}, /* IGNORED */
		{4, 2, true, 0, 0, 0},
		{5, 1, false, 0, 1, 1},
		{5, 1, true, 0, 1, 1}, /* S2S is IGNORED without stage 2 */
		{5, 2, false, SMMU_CAUSE_ste_eats, 0, 0},
		{5, 3, true, 0, 0, 0},
		{6, 1, false, 0, 1, 1},
		{6, 1, true, SMMU_CAUSE_ste_eats_s2s, 0, 0},
		{6, 2, false, SMMU_CAUSE_ste_eats, 0, 0},
		{6, 3, true, 0, 0, 0},
		{7, 0, true, 0, 0, 0},
		{7, 1, false, 0, 1, 1},
		{7, 1, true, SMMU_CAUSE_ste_eats_s2s, 0, 0},
		{7, 2, false, 0, 2, 0},
		{7, 2, true, SMMU_CAUSE_ste_eats_s2s, 0, 0},
		{7, 3, true, 0, 0, 0},
	};
	struct smmu *smmu = smmu_of(state);

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t w0 = CONFIG(cases[i].config) | CDTAB, w1 = EATS(cases[i].eats);
		uint64_t w2 = W2_PLAIN | (cases[i].s2s ? SMMU_STE2_S2S : 0);

		for (unsigned checked = 0; checked < 2; checked++) {
			struct smmu_ste ste;

			smmu->regs.cr0 = checked ? SMMU_CR0_ATSCHK : 0;
			ste = decode(smmu, w0, w1, w2, 0);
			assert_int_equal(ste.cause, cases[i].cause);
			assert_int_equal(ste.event, cases[i].cause ? SMMU_C_BAD_STE : 0);
			if (!cases[i].cause)
				assert_int_equal(ste.eats,
						 checked ? cases[i].effective : cases[i].unchecked);
		}
		/* IGNORED without ATS. */
		smmu->profile.ats = false;
		assert_int_equal(decode(smmu, w0, w1, w2, 0).event, 0);
		assert_int_equal(decode(smmu, w0, w1, w2, 0).eats, 0);
		smmu->profile.ats = true;
	}
	smmu->profile.no_split_ats = true;
	assert_int_equal(decode(smmu, CONFIG(7) | CDTAB, EATS(2), W2_PLAIN, 0).cause,
			 SMMU_CAUSE_ste_eats);
	assert_int_equal(decode(smmu, CONFIG(7) | CDTAB, EATS(1), W2_PLAIN, 0).event, 0);
}

static void stage_1_fields_count_under_nested_translation_only(void **state)
{
	const struct {
		uint64_t w0, w1;
		uint8_t cause;
	} cases[] = {
		{smmu_put(SMMU_STE0_S1CDMAX, 21), 0, SMMU_CAUSE_ste_s1cdmax},
		{SMMU_BIT(48), 0, SMMU_CAUSE_ste_s1contextptr},
		{0, SMMU_STE1_S1STALLD, SMMU_CAUSE_ste_s1stalld},
		{smmu_put(SMMU_STE0_S1CDMAX, 1) | smmu_put(SMMU_STE0_S1FMT, 1), 0,
		 SMMU_CAUSE_ste_s1fmt},
	};
	struct smmu *smmu = smmu_of(state);

	smmu->profile.stall_model = SMMU_STALL_NONE;
	smmu->profile.two_level_cd = false;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
			decode(smmu, CONFIG(7) | cases[i].w0, cases[i].w1, W2_PLAIN, 0).cause,
			cases[i].cause);
		assert_int_equal(
			decode(smmu, CONFIG(6) | cases[i].w0, cases[i].w1, W2_PLAIN, 0).event, 0);
	}
}

static void ppar_needs_pri_and_substreams(void **state)
{
	struct smmu *smmu = smmu_of(state);

	smmu->profile.pps = false;
	assert_true(decode(smmu, CONFIG(4), SMMU_STE1_PPAR, 0, 0).ppar);
	assert_false(decode(smmu, CONFIG(4), 0, 0, 0).ppar);
	smmu->profile.pps = true;
	assert_true(stage2_only(smmu, W2_PLAIN, 0).ppar);
	smmu->profile.ssid_bits = 0;
	assert_false(decode(smmu, CONFIG(4), SMMU_STE1_PPAR, 0, 0).ppar);
	smmu->profile.ssid_bits = 20;
	smmu->profile.pri = false;
	assert_false(decode(smmu, CONFIG(4), SMMU_STE1_PPAR, 0, 0).ppar);
}

static void substreams_follow_stage_1(void **state)
{
	struct smmu *smmu = smmu_of(state);
	struct smmu_ste ste = stage2_only(smmu, W2_PLAIN, 0);

	assert_int_equal(smmu_select_cd(smmu, &ste, false, 0).kind, SMMU_SELECT_BYPASS);
	assert_int_equal(smmu_select_cd(smmu, &ste, true, 0).event, SMMU_C_BAD_SUBSTREAMID);
	assert_int_equal(smmu_select_cd(smmu, &ste, true, 0).cause, SMMU_CAUSE_substream_bypass);
	ste = decode(smmu, CONFIG(7) | CDTAB | smmu_put(SMMU_STE0_S1CDMAX, 4), 0, W2_PLAIN, 0);
	assert_int_equal(smmu_select_cd(smmu, &ste, true, 15).kind, SMMU_SELECT_CD);
	assert_int_equal(smmu_select_cd(smmu, &ste, true, 15).index, 15);
	assert_int_equal(smmu_select_cd(smmu, &ste, true, 16).cause, SMMU_CAUSE_substream_range);
	assert_int_equal(smmu_select_cd(smmu, &ste, false, 0).cause, SMMU_CAUSE_stream_disabled);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE2(config_11x_translates_by_stage_2),
		STAGE2(illegal_fields_count_with_stage_2_only),
		STAGE2(s2t0sz_ranges_by_granule_oas_and_stt),
		STAGE2(s2sl0_fits_size_and_granule),
		STAGE2(s2tg_selects_an_offered_granule),
		STAGE2(s2ttb_is_within_s2ps_and_aligned),
		STAGE2(s2s_follows_the_stall_model),
		STAGE2(s2ha_and_s2hd_follow_httu),
		STAGE2(s2ptw_needs_both_stages),
		STAGE2(s2vmid_tags_el1_streams_alone),
		STAGE2(strw_is_ignored_with_stage_2),
		STAGE2(eats_depends_on_config_s2s_and_atschk),
		STAGE2(stage_1_fields_count_under_nested_translation_only),
		STAGE2(ppar_needs_pri_and_substreams),
		STAGE2(substreams_follow_stage_1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
