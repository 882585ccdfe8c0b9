/* SPDX-License-Identifier: MIT */
/*
 * Contract: from a CD index to the address of its CD (5.2 S1Fmt, 5.3): one level, leaves of 4 KiB
 * and of 64 KiB, and which pointers lead nowhere (3.4.3, 5.3.1).
 * Run: ctest -R smmuv3.test_cdtab
 */
#include "scene.h"

static struct smmu_ste ste_of(unsigned s1fmt, unsigned s1cdmax)
{
	return (struct smmu_ste){.config = SMMU_STE_S1,
				 .s1fmt = (uint8_t)s1fmt,
				 .s1cdmax = (uint8_t)s1cdmax,
				 .s1contextptr = CDTAB};
}

/* 5.2 S1Fmt: IGNORED with one CD; 0b11 behaves as 0b00. */
static void the_format_counts_with_more_than_one_cd(void **state)
{
	(void)state;
	for (unsigned fmt = 0; fmt < 4; fmt++) {
		struct smmu_ste one = ste_of(fmt, 0), more = ste_of(fmt, 1);

		assert_false(smmu_cd_is_two_level(&one));
		assert_int_equal(smmu_cd_is_two_level(&more), fmt == 1 || fmt == 2);
	}
}

static void cds_of_one_level_stand_side_by_side(void **state)
{
	const struct scene *scene = *state;
	struct smmu_ste ste = ste_of(SMMU_STE0_S1FMT_LINEAR, 10);

	assert_int_equal(smmu_cd_place_linear(scene->smmu, &ste, 0).pa, CDTAB);
	assert_int_equal(smmu_cd_place_linear(scene->smmu, &ste, 1023).pa, CDTAB + 1023 * 64);
	assert_int_equal(smmu_cd_place_linear(scene->smmu, &ste, 1023).event, 0);
}

/* 3.4.3: an address that leaves the OAS is not truncated. */
static void a_cd_beyond_the_oas_cannot_be_fetched(void **state)
{
	const struct scene *scene = *state;
	struct smmu_ste ste = ste_of(SMMU_STE0_S1FMT_LINEAR, 1);
	struct smmu_place place;

	ste.s1contextptr = SMMU_BIT(40) - 64;
	assert_int_equal(smmu_cd_place_linear(scene->smmu, &ste, 0).event, 0);
	place = smmu_cd_place_linear(scene->smmu, &ste, 1);
	assert_int_equal(place.event, SMMU_F_CD_FETCH);
	assert_int_equal(place.cause, SMMU_CAUSE_cd_fetch);
	assert_int_equal(place.fetch_addr, SMMU_BIT(40));
}

/* 5.2 S1Fmt: leaves of 64 CDs in 4 KiB, or of 1024 in 64 KiB. */
static void leaves_have_64_or_1024_cds(void **state)
{
	static const struct {
		unsigned fmt;
		uint32_t index, entry, slot;
	} cases[] = {
		{SMMU_STE0_S1FMT_4K_L2, 0, 0, 0},
		{SMMU_STE0_S1FMT_4K_L2, 63, 0, 63},
		{SMMU_STE0_S1FMT_4K_L2, 64, 1, 0},
		{SMMU_STE0_S1FMT_4K_L2, 1023, 15, 63},
		{SMMU_STE0_S1FMT_64K_L2, 63, 0, 63},
		{SMMU_STE0_S1FMT_64K_L2, 1023, 0, 1023},
		{SMMU_STE0_S1FMT_64K_L2, 1024, 1, 0},
		{SMMU_STE0_S1FMT_64K_L2, 0xfffff, 1023, 1023},
		{SMMU_STE0_S1FMT_4K_L2, 0xfffff, 16383, 63},
	};
	const struct scene *scene = *state;
	const uint64_t leaf = RAM_BASE + 0xa0000;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct smmu_ste ste = ste_of(cases[i].fmt, 20);
		struct smmu_place place =
			smmu_cd_place_l1(scene->smmu, &ste, cases[i].index, leaf | SMMU_L1CD_V);

		assert_int_equal(smmu_l1cd_address(&ste, cases[i].index),
				 CDTAB + 8 * cases[i].entry);
		assert_int_equal(place.event, 0);
		assert_int_equal(place.pa, leaf + 64 * cases[i].slot);
	}
}

/* 5.3 L2Ptr: bits [15:12] are RES0 with leaves of 64 KiB, bits [11:1] with all. */
static void low_bits_of_a_pointer_do_not_count(void **state)
{
	const struct scene *scene = *state;
	struct smmu_ste small = ste_of(SMMU_STE0_S1FMT_4K_L2, 10);
	struct smmu_ste large = ste_of(SMMU_STE0_S1FMT_64K_L2, 10);
	const uint64_t l1cd = 0x4123ffff;

	assert_int_equal(smmu_cd_place_l1(scene->smmu, &small, 1, l1cd).pa, 0x4123f040);
	assert_int_equal(smmu_cd_place_l1(scene->smmu, &large, 1, l1cd).pa, 0x41230040);
}

static void pointers_that_lead_nowhere(void **state)
{
	const struct scene *scene = *state;
	struct smmu_ste ste = ste_of(SMMU_STE0_S1FMT_4K_L2, 10);
	struct smmu_place place = smmu_cd_place_l1(scene->smmu, &ste, 5, L2CDS);

	/* 5.3.1: V == 0. */
	assert_int_equal(place.event, SMMU_C_BAD_SUBSTREAMID);
	assert_int_equal(place.cause, SMMU_CAUSE_l1cd_v);
	/* 3.4.3: beyond the OAS of 40 bits. */
	place = smmu_cd_place_l1(scene->smmu, &ste, 5, SMMU_BIT(40) | SMMU_L1CD_V);
	assert_int_equal(place.event, SMMU_C_BAD_SUBSTREAMID);
	assert_int_equal(place.cause, SMMU_CAUSE_l1cd_l2ptr);
	place = smmu_cd_place_l1(scene->smmu, &ste, 5, (SMMU_BIT(40) - 4096) | SMMU_L1CD_V);
	assert_int_equal(place.event, 0);
	assert_int_equal(place.pa, SMMU_BIT(40) - 4096 + 5 * 64);
	/* Bits above the field are not there. */
	place = smmu_cd_place_l1(scene->smmu, &ste, 5, SMMU_BIT(56) | L2CDS | SMMU_L1CD_V);
	assert_int_equal(place.pa, L2CDS + 5 * 64);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_format_counts_with_more_than_one_cd),
		TEST(cds_of_one_level_stand_side_by_side),
		TEST(a_cd_beyond_the_oas_cannot_be_fetched),
		TEST(leaves_have_64_or_1024_cds),
		TEST(low_bits_of_a_pointer_do_not_count),
		TEST(pointers_that_lead_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
