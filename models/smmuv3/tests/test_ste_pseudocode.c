/* SPDX-License-Identifier: MIT */
/*
 * Contract: smmu_ste_decode() refuses the STEs that SteIllegal() (5.2.2) does, smmu_cd_decode() the
 * CDs that CdIllegal() (5.4.2) does. Both are transcribed here with the bit numbers of the
 * specification, without a look at regs.h, and asked about random structures under random features,
 * which they know from the identification registers alone. What the model never has (Secure,
 * VMSAv8-32, VMSAv9-128, DPT) is left out.
 * Run: ctest -R smmuv3.test_ste_pseudocode
 */
#include "bench.h"

enum { PROFILES = 400, STRUCTURES = 500 };

/* IDR0, IDR1, IDR3, IDR5, CR2. */
struct features {
	uint32_t idr0, idr1, idr3, idr5, cr2;
};

/* Bits [high:low] as 5.2 and 5.4 number them; no field crosses a doubleword. */
static uint64_t bits(const uint64_t *word, unsigned high, unsigned low)
{
	return word[low / 64] >> low % 64 & (~0ull >> (63 - (high - low)));
}

static uint32_t id_bits(uint32_t id, unsigned high, unsigned low)
{
	return id >> low & (~0u >> (31 - (high - low)));
}

static bool beyond(uint64_t address, unsigned size)
{
	return address >> size != 0;
}

static unsigned address_size(uint64_t field)
{
	static const unsigned size[8] = {32, 36, 40, 42, 44, 48, 52, 52};

	return size[field];
}

/* OAS(), and IAS() without VMSAv8-32. */
static unsigned oas(const struct features *has)
{
	return address_size(id_bits(has->idr5, 2, 0));
}

/* CalcPARange() */
static unsigned pa_range(const struct features *has, uint64_t field)
{
	unsigned size = address_size(field);

	return size < oas(has) ? size : oas(has);
}

/* In KiB; 0 is reserved. */
static bool granule_supported(const struct features *has, unsigned granule)
{
	return (granule == 4 && id_bits(has->idr5, 4, 4)) ||
	       (granule == 16 && id_bits(has->idr5, 5, 5)) ||
	       (granule == 64 && id_bits(has->idr5, 6, 6));
}

static unsigned tg0(uint64_t field)
{
	static const unsigned granule[4] = {4, 64, 16, 0};

	return granule[field];
}

static unsigned tg1(uint64_t field)
{
	static const unsigned granule[4] = {0, 16, 4, 64};

	return granule[field];
}

static unsigned txsz_max(const struct features *has, unsigned granule)
{
	if (!id_bits(has->idr3, 9, 9))
		return 39;
	return granule == 4 || granule == 16 ? 48 : 47;
}

/* STES2TTBOutOfRange(), CDTTBxOutOfRange() */
static bool ttb_out_of_range(uint64_t ttb, unsigned granule, unsigned range)
{
	return beyond(ttb, range) || (granule != 64 && beyond(ttb, 48));
}

/* IgnoreSTESTRW() */
static bool strw_unused(const struct features *has, unsigned config)
{
	return !id_bits(has->idr0, 9, 9) || (config & 2) || config == 4;
}

/* STEWalkConfigInconsistentAA64(): Arm ARM AArch64.S2InvalidSL() and AArch64.S2InconsistentSL(). */
static bool walk_config_inconsistent(const struct features *has, unsigned t0sz, unsigned sl0,
				     unsigned granule)
{
	unsigned granule_bits = granule == 4 ? 12 : granule == 16 ? 14 : 16;
	unsigned stride = granule_bits - 3, pa_max = oas(has), start, least;

	if (sl0 == 3 && (granule != 4 || !id_bits(has->idr3, 9, 9)))
		return true;
	if (sl0 == 2 && pa_max < (granule == 16 ? 42 : 44))
		return true;
	start = granule != 4 ? 3 - sl0 : sl0 == 3 ? 3 : 2 - sl0;
	least = (3 - start) * stride + granule_bits + 1;
	return 64 - t0sz < least || 64 - t0sz > least + (stride - 1) + 4;
}

static bool stage1_illegal(const struct features *has, const uint64_t *ste)
{
	unsigned ssidsize = id_bits(has->idr1, 10, 6), s1fmt = (unsigned)bits(ste, 5, 4);
	unsigned s1cdmax = (unsigned)bits(ste, 63, 59);

	if (bits(ste, 91, 91) && id_bits(has->idr0, 25, 24) != 0)
		return true;
	if (ssidsize && s1cdmax > ssidsize)
		return true;
	if (ssidsize && s1cdmax && !id_bits(has->idr0, 19, 19) && (s1fmt == 1 || s1fmt == 2))
		return true;
	return beyond(bits(ste, 55, 6) << 6, oas(has));
}

static bool stage2_illegal(const struct features *has, const uint64_t *ste)
{
	unsigned stall_model = id_bits(has->idr0, 25, 24), httu = id_bits(has->idr0, 7, 6);
	unsigned granule = tg0(bits(ste, 175, 174)), t0sz = (unsigned)bits(ste, 165, 160);
	unsigned least = granule == 64 ? 12 : 16;
	bool s2s = bits(ste, 185, 185), s2ha = bits(ste, 184, 184), s2hd = bits(ste, 183, 183);

	if ((s2s && stall_model == 1) || (!s2s && stall_model == 2))
		return true;
	if (!bits(ste, 179, 179))
		return true;
	if (((s2ha || s2hd) && httu == 0) || (s2hd && httu == 1))
		return true;
	if (!granule_supported(has, granule))
		return true;
	if (ttb_out_of_range(bits(ste, 243, 196) << 4, granule, pa_range(has, bits(ste, 178, 176))))
		return true;
	if (least < 64 - oas(has))
		least = 64 - oas(has);
	if (t0sz < least || t0sz > txsz_max(has, granule))
		return true;
	if (walk_config_inconsistent(has, t0sz, (unsigned)bits(ste, 167, 166), granule))
		return true;
	return bits(ste, 180, 180);
}

static bool ste_illegal(const struct features *has, const uint64_t *ste)
{
	unsigned config = (unsigned)bits(ste, 3, 1), strw = (unsigned)bits(ste, 95, 94);
	unsigned eats = (unsigned)bits(ste, 93, 92);
	bool unused = strw_unused(has, config), s2s = bits(ste, 185, 185);
	bool s2p = id_bits(has->idr0, 0, 0), ats = id_bits(has->idr0, 10, 10);
	bool vmid_ignored = !s2p || config == 4 || (strw != 0 && !unused);

	if (!bits(ste, 0, 0))
		return true;
	if (!(config & 4))
		return false;
	if ((config & 2) && !s2p)
		return true;
	if (ats && config != 4) {
		if (eats == 2 && (config != 7 || s2s || id_bits(has->idr0, 11, 11)))
			return true;
		if (eats == 1 && s2s && (config & 2))
			return true;
	}
	if (!unused && (strw & 1))
		return true;
	if ((config & 1) && stage1_illegal(has, ste))
		return true;
	if ((config & 2) && stage2_illegal(has, ste))
		return true;
	return !vmid_ignored && !id_bits(has->idr0, 18, 18) && bits(ste, 143, 136);
}

/* The part of CdIllegal() that is about one of the two tables. */
static bool table_illegal(const struct features *has, unsigned txsz, unsigned granule, uint64_t ttb,
			  unsigned ipa_range)
{
	unsigned least = id_bits(has->idr5, 11, 10) == 1 && granule == 64 ? 12 : 16;

	return txsz < least || txsz > txsz_max(has, granule) || !granule_supported(has, granule) ||
	       ttb_out_of_range(ttb, granule, ipa_range);
}

static bool cd_illegal(const struct features *has, const uint64_t *ste, const uint64_t *cd)
{
	unsigned stall_model = id_bits(has->idr0, 25, 24), httu = id_bits(has->idr0, 7, 6);
	unsigned ipa_range = pa_range(has, bits(cd, 34, 32));
	/* SteStreamWorld() == any_EL2 */
	bool el2 = !strw_unused(has, (unsigned)bits(ste, 3, 1)) && bits(ste, 95, 94) == 2 &&
		   !(has->cr2 & 1);
	bool epd0 = !el2 && bits(cd, 14, 14), epd1 = el2 || bits(cd, 30, 30);
	bool ha = bits(cd, 43, 43), hd = bits(cd, 42, 42), s = bits(cd, 44, 44);

	if (!bits(cd, 31, 31))
		return true;
	if ((bits(ste, 91, 91) && s) || (stall_model == 1 && s) || (stall_model == 2 && !s))
		return true;
	if (id_bits(has->idr0, 26, 26) && !bits(cd, 46, 46))
		return true;
	if (!(epd0 && epd1) && bits(cd, 15, 15))
		return true;
	if (!bits(cd, 41, 41))
		return true;
	if (((ha || hd) && httu == 0) || (hd && httu == 1))
		return true;
	if (!el2 && !id_bits(has->idr0, 12, 12) && bits(cd, 63, 56))
		return true;
	if (!epd0 && table_illegal(has, (unsigned)bits(cd, 5, 0), tg0(bits(cd, 7, 6)),
				   bits(cd, 115, 68) << 4, ipa_range))
		return true;
	return !epd1 && table_illegal(has, (unsigned)bits(cd, 21, 16), tg1(bits(cd, 23, 22)),
				      bits(cd, 179, 132) << 4, ipa_range);
}

/* Random structures, of which a part worth having is legal. */

struct dice {
	uint64_t state;
};

/* xorshift64* */
static uint64_t roll(struct dice *dice)
{
	dice->state ^= dice->state >> 12;
	dice->state ^= dice->state << 25;
	dice->state ^= dice->state >> 27;
	return dice->state * 0x2545f4914f6cdd1d;
}

static unsigned roll_below(struct dice *dice, unsigned limit)
{
	return (unsigned)((roll(dice) >> 32) % limit);
}

/* Seven times of eight, bits [high:low] become `value`. */
static void mostly(struct dice *dice, uint64_t *word, unsigned high, unsigned low, uint64_t value)
{
	uint64_t mask = ~0ull >> (63 - (high - low));

	if (roll_below(dice, 8))
		word[low / 64] = (word[low / 64] & ~(mask << low % 64)) | (value & mask)
										  << low % 64;
}

static void roll_ste(struct dice *dice, const struct smmu_profile *profile, uint64_t *ste)
{
	uint64_t fits = ~0ull >> (64 - profile->oas_bits);

	for (unsigned i = 0; i < SMMU_STE_WORDS; i++)
		ste[i] = roll(dice);
	mostly(dice, ste, 0, 0, 1);
	mostly(dice, ste, 3, 3, 1);
	mostly(dice, ste, 55, 6, (roll(dice) & fits) >> 6);
	mostly(dice, ste, 63, 59, roll_below(dice, profile->ssid_bits + 2u));
	mostly(dice, ste, 91, 91, 0);
	mostly(dice, ste, 93, 92, roll_below(dice, 2));
	mostly(dice, ste, 94, 94, 0);
	mostly(dice, ste, 143, 136, 0);
	mostly(dice, ste, 165, 160, 10 + roll_below(dice, 40));
	mostly(dice, ste, 178, 176, 5 + roll_below(dice, 3));
	mostly(dice, ste, 180, 179, 1);
	mostly(dice, ste, 184, 183, 0);
	mostly(dice, ste, 185, 185, profile->stall_model == SMMU_STALL_FORCE);
	mostly(dice, ste, 243, 196, (roll(dice) & fits) >> 4);
}

static void roll_cd(struct dice *dice, const struct smmu_profile *profile, uint64_t *cd)
{
	uint64_t fits = ~0ull >> (64 - profile->oas_bits);

	for (unsigned i = 0; i < SMMU_CD_WORDS; i++)
		cd[i] = roll(dice);
	mostly(dice, cd, 5, 0, 10 + roll_below(dice, 40));
	mostly(dice, cd, 15, 15, 0);
	mostly(dice, cd, 21, 16, 10 + roll_below(dice, 40));
	mostly(dice, cd, 31, 31, 1);
	mostly(dice, cd, 34, 32, 5 + roll_below(dice, 3));
	mostly(dice, cd, 41, 41, 1);
	mostly(dice, cd, 43, 42, 0);
	mostly(dice, cd, 44, 44, profile->stall_model == SMMU_STALL_FORCE);
	mostly(dice, cd, 46, 46, 1);
	mostly(dice, cd, 63, 56, 0);
	mostly(dice, cd, 115, 68, (roll(dice) & fits) >> 4);
	mostly(dice, cd, 179, 132, (roll(dice) & fits) >> 4);
}

/* One with a name, and some of its members changed. */
static struct smmu_profile roll_profile(struct dice *dice)
{
	static const uint8_t sizes[] = {32, 36, 40, 42, 44, 48, 52};
	const struct smmu_named_profile *list = smmu_profile_list();
	struct smmu_profile profile;
	unsigned count = 0;

	while (list[count].name)
		count++;
	do {
		profile = list[roll_below(dice, count)].profile;
		profile.cache = SMMU_CACHE_NONE;
		profile.httu = (uint8_t)roll_below(dice, 3);
		profile.stall_model = (uint8_t)roll_below(dice, 3);
		profile.granules = (uint8_t)roll_below(dice, 8);
		profile.small_tables = roll_below(dice, 2);
		profile.term_model = roll_below(dice, 2);
		profile.hyp = roll_below(dice, 2);
		profile.va52 = roll_below(dice, 2);
		profile.two_level_cd = roll_below(dice, 2);
		profile.oas_bits = sizes[roll_below(dice, sizeof(sizes))];
	} while (smmu_profile_error(&profile));
	return profile;
}

static struct features reset_to(struct bench *bench, struct dice *dice,
				const struct smmu_profile *profile)
{
	bench_reset(bench, *profile);
	smmu_reg_write(bench->smmu, SMMU_REG_CR0, 4, 0);
	smmu_reg_write(bench->smmu, SMMU_REG_CR2, 4, roll_below(dice, 2));
	return (struct features){
		.idr0 = bench_reg(bench, SMMU_REG_IDR0),
		.idr1 = bench_reg(bench, SMMU_REG_IDR1),
		.idr3 = bench_reg(bench, SMMU_REG_IDR3),
		.idr5 = bench_reg(bench, SMMU_REG_IDR5),
		.cr2 = bench_reg(bench, SMMU_REG_CR2),
	};
}

static void illegal_is_what_the_pseudocode_says(void **state)
{
	struct bench *bench = *state;
	struct dice dice = {.state = 0x5eed};
	unsigned legal_stes = 0, legal_cds = 0;

	for (unsigned i = 0; i < PROFILES; i++) {
		struct smmu_profile profile = roll_profile(&dice);
		struct features has = reset_to(bench, &dice, &profile);

		for (unsigned k = 0; k < STRUCTURES; k++) {
			uint64_t ste_word[SMMU_STE_WORDS], cd_word[SMMU_CD_WORDS];
			struct smmu_ste ste;
			bool bad;

			roll_ste(&dice, &profile, ste_word);
			roll_cd(&dice, &profile, cd_word);
			ste = smmu_ste_decode(bench->smmu, ste_word);
			bad = ste_illegal(&has, ste_word);
			assert_int_equal(ste.event, bad ? SMMU_C_BAD_STE : 0);
			legal_stes += !bad;
			if (bad || !smmu_ste_has_s1(ste.config))
				continue;
			bad = cd_illegal(&has, ste_word, cd_word);
			assert_int_equal(smmu_cd_decode(bench->smmu, &ste, cd_word).event,
					 bad ? SMMU_C_BAD_CD : 0);
			legal_cds += !bad;
		}
	}
	/* Enough of either kind to mean something. */
	assert_in_range(legal_stes, PROFILES * STRUCTURES / 10, PROFILES * STRUCTURES * 9 / 10);
	assert_in_range(legal_cds, PROFILES * STRUCTURES / 200, PROFILES * STRUCTURES / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(illegal_is_what_the_pseudocode_says, bench_setup,
						bench_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
