/* SPDX-License-Identifier: MIT */
/*
 * Contract: a StreamID leads to the STE address that 5.1, 6.3.24 and 6.3.25 define, for every
 * format, split, span and size, or to the event of a StreamID that has none.
 * Run: ctest -R smmuv3.test_strtab
 */
#include "scene.h"

enum { LINEAR = 0, TWO_LEVEL = 1 };

static void set_strtab(struct smmu *smmu, uint64_t base, unsigned fmt, unsigned split,
		       unsigned log2size)
{
	smmu->regs.strtab_base = base;
	smmu->regs.strtab_base_cfg = (uint32_t)(smmu_put(SMMU_STRTAB_CFG_FMT, fmt) |
						smmu_put(SMMU_STRTAB_CFG_SPLIT, split) |
						smmu_put(SMMU_STRTAB_CFG_LOG2SIZE, log2size));
}

static void linear_table_has_64_bytes_per_streamid(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;

	set_strtab(smmu, 0x40000000, LINEAR, 0, 4);
	assert_false(smmu_strtab_is_two_level(smmu));
	assert_int_equal(smmu_ste_place_linear(smmu, 0).pa, 0x40000000);
	assert_int_equal(smmu_ste_place_linear(smmu, 15).pa, 0x40000000 + 15 * 64);
}

static void linear_base_is_aligned_to_the_table(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;

	/* 16 STEs are 1024 bytes; RA (bit 62) is no address. */
	set_strtab(smmu, SMMU_BIT(62) | 0x400007c0, LINEAR, 0, 4);
	assert_int_equal(smmu_ste_place_linear(smmu, 1).pa, 0x40000400 + 64);
	/* The literal LOG2SIZE aligns, even where SIDSIZE caps the range. */
	set_strtab(smmu, 0x7fffffffc0, LINEAR, 0, 20);
	assert_int_equal(smmu_ste_place_linear(smmu, 1).pa, 0x7ffc000000 + 64);
	set_strtab(smmu, 0x7fffffffc0, LINEAR, 0, 63);
	assert_int_equal(smmu_ste_place_linear(smmu, 2).pa, 128);
}

static void streamid_beyond_log2size_is_out_of_range(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;

	set_strtab(smmu, 0, LINEAR, 0, 4);
	assert_true(smmu_sid_in_range(smmu, 15));
	assert_false(smmu_sid_in_range(smmu, 16));
	assert_false(smmu_sid_in_range(smmu, 0xffffffff));
	set_strtab(smmu, 0, LINEAR, 0, 0);
	assert_true(smmu_sid_in_range(smmu, 0));
	assert_false(smmu_sid_in_range(smmu, 1));
	/* Capped to IDR1.SIDSIZE = 10. */
	set_strtab(smmu, 0, LINEAR, 0, 63);
	assert_true(smmu_sid_in_range(smmu, 1023));
	assert_false(smmu_sid_in_range(smmu, 1024));
}

static void reserved_fmt_behaves_as_linear(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;

	set_strtab(smmu, 0, TWO_LEVEL, 6, 8);
	assert_true(smmu_strtab_is_two_level(smmu));
	set_strtab(smmu, 0, 2, 6, 8);
	assert_false(smmu_strtab_is_two_level(smmu));
	set_strtab(smmu, 0, 3, 6, 8);
	assert_false(smmu_strtab_is_two_level(smmu));
	smmu->profile.two_level_strtab = false;
	set_strtab(smmu, 0, TWO_LEVEL, 6, 8);
	assert_false(smmu_strtab_is_two_level(smmu));
}

static void l1std_is_indexed_above_the_split(void **state)
{
	static const struct {
		unsigned split, effective;
	} splits[] = {{6, 6}, {8, 8}, {10, 10}, {0, 6}, {7, 6}, {31, 6}};
	struct smmu *smmu = ((struct scene *)*state)->smmu;

	for (unsigned i = 0; i < sizeof(splits) / sizeof(splits[0]); i++) {
		set_strtab(smmu, 0x40000000, TWO_LEVEL, splits[i].split, 10);
		assert_int_equal(smmu_l1std_address(smmu, 0x3ff),
				 0x40000000 + (0x3ffull >> splits[i].effective) * 8);
	}
}

static void l1_base_is_aligned_to_the_first_level(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;

	/* 2^(16 - 6) descriptors are 8 KiB. */
	set_strtab(smmu, 0x40003fc0, TWO_LEVEL, 6, 16);
	assert_int_equal(smmu_l1std_address(smmu, 0), 0x40002000);
	/* 2^(10 - 6) descriptors are 128 bytes. */
	set_strtab(smmu, 0x40003fc0, TWO_LEVEL, 6, 10);
	assert_int_equal(smmu_l1std_address(smmu, 0), 0x40003f80);
	/* One descriptor: still 64 bytes. */
	set_strtab(smmu, 0x40003fc0, TWO_LEVEL, 10, 8);
	assert_int_equal(smmu_l1std_address(smmu, 0), 0x40003fc0);
}

static void span_decides_which_streamids_are_valid(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;

	set_strtab(smmu, 0, TWO_LEVEL, 6, 10);
	for (unsigned span = 0; span < 32; span++) {
		for (uint32_t low = 0; low < 64; low++) {
			uint32_t sid = 0x80 | low;
			struct smmu_place place = smmu_ste_place_l1(smmu, sid, 0x40010000 | span);
			bool valid = span >= 1 && span <= 7 && low < 1u << (span - 1);

			assert_int_equal(place.event, valid ? 0 : SMMU_C_BAD_STREAMID);
			assert_int_equal(place.cause, valid ? 0 : SMMU_CAUSE_l1std_span);
			if (valid)
				assert_int_equal(place.pa, 0x40010000 + low * 64);
		}
	}
	/* The same spans mean more with a higher split. */
	set_strtab(smmu, 0, TWO_LEVEL, 10, 10);
	assert_int_equal(smmu_ste_place_l1(smmu, 0x3ff, 0x40010000 | 11).event, 0);
	assert_int_equal(smmu_ste_place_l1(smmu, 0, 0x40010000 | 12).event, SMMU_C_BAD_STREAMID);
}

static void l2ptr_is_aligned_to_its_array(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;

	set_strtab(smmu, 0, TWO_LEVEL, 6, 10);
	/* Span 7: 64 STEs, 4 KiB; bits [63:56] are no address. */
	assert_int_equal(smmu_ste_place_l1(smmu, 1, (0xffull << 56) | 0x40010fc0 | 7).pa,
			 0x40010040);
	/* Span 1: one STE. */
	assert_int_equal(smmu_ste_place_l1(smmu, 0, 0x40010fc0 | 1).pa, 0x40010fc0);
}

static void ste_beyond_the_oas_is_a_failed_fetch(void **state)
{
	struct smmu *smmu = ((struct scene *)*state)->smmu;
	struct smmu_place place;

	set_strtab(smmu, 1ull << 40, LINEAR, 0, 4);
	place = smmu_ste_place_linear(smmu, 1);
	assert_int_equal(place.event, SMMU_F_STE_FETCH);
	assert_int_equal(place.cause, SMMU_CAUSE_ste_beyond_oas);
	assert_int_equal(place.fetch_addr, (1ull << 40) + 64);
	set_strtab(smmu, 0, TWO_LEVEL, 6, 10);
	place = smmu_ste_place_l1(smmu, 0, (1ull << 55) | 1);
	assert_int_equal(place.event, SMMU_F_STE_FETCH);
	assert_int_equal(place.cause, SMMU_CAUSE_ste_beyond_oas);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(linear_table_has_64_bytes_per_streamid),
		TEST(linear_base_is_aligned_to_the_table),
		TEST(streamid_beyond_log2size_is_out_of_range),
		TEST(reserved_fmt_behaves_as_linear),
		TEST(l1std_is_indexed_above_the_split),
		TEST(l1_base_is_aligned_to_the_first_level),
		TEST(span_decides_which_streamids_are_valid),
		TEST(l2ptr_is_aligned_to_its_array),
		TEST(ste_beyond_the_oas_is_a_failed_fetch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
