/* SPDX-License-Identifier: MIT */
/*
 * Contract: the VMSAv8-64 walk ends where the tables end, with the output, the rights and the
 * faults of the Arm ARM D8 and 3.4, in the order of 7.3.22.
 * Run: ctest -R smmuv3.test_walk
 */
#include "scene.h"

#define TABLE_DESC(table) ((table) | 3ull)

static struct smmu_s1 plain_s1(void)
{
	return (struct smmu_s1){.ttb0 = ROOT0,
				.ttb1 = ROOT1,
				.t0sz = 16,
				.t1sz = 16,
				.granule0 = 12,
				.granule1 = 12,
				.ips_bits = 40,
				.asid = 1,
				.record = true,
				.abort = true};
}

static struct smmu_walk walk(struct scene *scene, const struct smmu_s1 *s1, uint64_t va)
{
	return smmu_walk(scene->smmu, s1, va);
}

static void page_block_and_section_cover_what_they_should(void **state)
{
	static const struct {
		unsigned level;
		uint64_t size;
	} leaves[] = {{1, 1ull << 30}, {2, 1ull << 21}, {3, 1ull << 12}};
	struct scene *scene = *state;
	struct smmu_s1 s1 = plain_s1();

	for (unsigned i = 0; i < 3; i++) {
		uint64_t va = (uint64_t)(i + 1) << 39, out = 0x7ull << 30;
		uint64_t desc = out | (leaves[i].level == 3 ? LEAF_RW : LEAF_RW & ~2ull);
		uint64_t entry = map_at(scene, ROOT0, va, leaves[i].level, desc);
		struct smmu_walk found = walk(scene, &s1, va + leaves[i].size - 1);

		assert_int_equal(found.event, 0);
		assert_int_equal(found.level, leaves[i].level);
		assert_int_equal(found.size, leaves[i].size);
		assert_int_equal(found.desc, desc);
		assert_int_equal(found.fetch_addr, entry);
		assert_int_equal(found.pa, out + leaves[i].size - 1);
	}
}

static void reserved_encodings_are_translation_faults(void **state)
{
	struct scene *scene = *state;
	struct smmu_s1 s1 = plain_s1();

	/* Level 0 has no blocks, level 3 no 0b01. */
	map_at(scene, ROOT0, 0, 0, PAGE | (LEAF_RW & ~2ull));
	assert_int_equal(walk(scene, &s1, 0).event, SMMU_F_TRANSLATION);
	assert_int_equal(walk(scene, &s1, 0).level, 0);
	map(scene, ROOT0, 1ull << 39, PAGE | (LEAF_RW & ~2ull));
	assert_int_equal(walk(scene, &s1, 1ull << 39).event, SMMU_F_TRANSLATION);
	assert_int_equal(walk(scene, &s1, 1ull << 39).level, 3);
	/* Bit 1 alone is invalid at every level. */
	for (unsigned level = 0; level < 4; level++) {
		uint64_t va = (uint64_t)(level + 2) << 39;

		map_at(scene, ROOT0, va, level, PAGE | (LEAF_RW & ~1ull));
		assert_int_equal(walk(scene, &s1, va).event, SMMU_F_TRANSLATION);
		assert_int_equal(walk(scene, &s1, va).level, level);
	}
}

static void va_must_be_a_sign_extension(void **state)
{
	struct scene *scene = *state;
	struct smmu_s1 s1 = plain_s1();

	map(scene, ROOT0, 0x1000, PAGE | LEAF_RW);
	map(scene, ROOT1, 0x0000fffffffff000, PAGE2 | LEAF_RW);
	assert_int_equal(walk(scene, &s1, 0x1000).pa, PAGE);
	assert_int_equal(walk(scene, &s1, 0xfffffffffffff000).pa, PAGE2);
	for (unsigned bit = 48; bit < 64; bit++) {
		assert_int_equal(walk(scene, &s1, 0x1000 | SMMU_BIT(bit)).event,
				 SMMU_F_TRANSLATION);
		assert_int_equal(walk(scene, &s1, 0xfffffffffffff000 & ~SMMU_BIT(bit)).event,
				 SMMU_F_TRANSLATION);
	}
}

static void tbi_ignores_the_top_byte_of_its_half(void **state)
{
	struct scene *scene = *state;
	struct smmu_s1 s1 = plain_s1();

	map(scene, ROOT0, 0x1000, PAGE | LEAF_RW);
	map(scene, ROOT1, 0x0000fffffffff000, PAGE2 | LEAF_RW);
	s1.tbi0 = true;
	assert_int_equal(walk(scene, &s1, 0xa500000000001000).pa, PAGE);
	assert_int_equal(walk(scene, &s1, 0xa501000000001000).event, SMMU_F_TRANSLATION);
	assert_int_equal(walk(scene, &s1, 0xa5fffffffffff000).event, SMMU_F_TRANSLATION);
	s1.tbi1 = true;
	assert_int_equal(walk(scene, &s1, 0xa5fffffffffff000).pa, PAGE2);
}

static void tsz_limits_the_range_and_picks_the_start_level(void **state)
{
	struct scene *scene = *state;

	for (unsigned tsz = 16; tsz <= 39; tsz++) {
		struct smmu_s1 s1 = plain_s1();
		unsigned bits = 64 - tsz, start = bits > 39 ? 0 : bits > 30 ? 1 : 2;
		uint64_t last = (1ull << bits) - 4096, table = ROOT2;

		memset(&scene->ram[(TABLES - RAM_BASE) / 8], 0, 0x10000);
		s1.t0sz = s1.t1sz = (uint8_t)tsz;
		s1.ttb0 = s1.ttb1 = ROOT2;
		for (unsigned level = start; level <= 3; level++) {
			uint64_t entry = table + (last >> (39 - 9 * level) & 511) * 8;

			table = TABLES + 0x4000 + level * 4096;
			poke(scene, entry, level == 3 ? PAGE | LEAF_RW : TABLE_DESC(table));
		}
		assert_int_equal(walk(scene, &s1, last).pa, PAGE);
		assert_int_equal(walk(scene, &s1, last + 4096).event, SMMU_F_TRANSLATION);
		/* The top of TTB1's range is the same entry. */
		assert_int_equal(walk(scene, &s1, ~0ull - 4095).pa, PAGE);
		assert_int_equal(walk(scene, &s1, ~last - 4095 - 4096).event, SMMU_F_TRANSLATION);
	}
}

static void epd_stops_the_walk_of_its_half(void **state)
{
	struct scene *scene = *state;
	struct smmu_s1 s1 = plain_s1();

	map(scene, ROOT0, 0x1000, PAGE | LEAF_RW);
	map(scene, ROOT1, 0x0000fffffffff000, PAGE2 | LEAF_RW);
	s1.epd0 = true;
	assert_int_equal(walk(scene, &s1, 0x1000).event, SMMU_F_TRANSLATION);
	assert_int_equal(walk(scene, &s1, 0xfffffffffffff000).event, 0);
	s1.epd0 = false;
	s1.epd1 = true;
	assert_int_equal(walk(scene, &s1, 0x1000).event, 0);
	assert_int_equal(walk(scene, &s1, 0xfffffffffffff000).event, SMMU_F_TRANSLATION);
}

static void addresses_beyond_ips_are_size_faults_at_every_level(void **state)
{
	struct scene *scene = *state;
	struct smmu_s1 s1 = plain_s1();

	s1.ips_bits = 36;
	for (unsigned level = 0; level < 4; level++) {
		uint64_t va = (uint64_t)(level + 1) << 39;

		/* A next-level table, or a page at the last level. */
		map_at(scene, ROOT0, va, level, SMMU_BIT(36) | LEAF_RW);
		assert_int_equal(walk(scene, &s1, va).event, SMMU_F_ADDR_SIZE);
		assert_int_equal(walk(scene, &s1, va).level, level);
	}
	/* It comes before the Access flag fault. */
	map(scene, ROOT0, 9ull << 39, SMMU_BIT(36) | (LEAF_RW & ~SMMU_BIT(10)));
	assert_int_equal(walk(scene, &s1, 9ull << 39).event, SMMU_F_ADDR_SIZE);
	map(scene, ROOT0, 9ull << 39, SMMU_BIT(35) | LEAF_RW);
	assert_int_equal(walk(scene, &s1, 9ull << 39).pa, SMMU_BIT(35));
}

static void failed_fetch_is_reported_with_its_address(void **state)
{
	struct scene *scene = *state;
	struct smmu_s1 s1 = plain_s1();
	uint64_t entry = map(scene, ROOT0, 0x1000, PAGE | LEAF_RW);
	struct smmu_walk found;

	scene->bad_pa = entry;
	found = walk(scene, &s1, 0x1000);
	assert_int_equal(found.event, SMMU_F_WALK_EABT);
	assert_int_equal(found.fetch_addr, entry);
	assert_int_equal(found.level, 3);
	/* A table that is not in RAM. */
	map_at(scene, ROOT0, 1ull << 39, 0, TABLE_DESC(0x1000));
	found = walk(scene, &s1, (1ull << 39) | 5ull << 30);
	assert_int_equal(found.event, SMMU_F_WALK_EABT);
	assert_int_equal(found.fetch_addr, 0x1000 + 5 * 8);
}

static void access_flag_faults_unless_affd(void **state)
{
	struct scene *scene = *state;
	struct smmu_s1 s1 = plain_s1();

	map(scene, ROOT0, 0x1000, PAGE | (LEAF_RW & ~SMMU_BIT(10)));
	assert_int_equal(walk(scene, &s1, 0x1000).event, SMMU_F_ACCESS);
	s1.affd = true;
	assert_int_equal(walk(scene, &s1, 0x1000).event, 0);
}

/* ur uw ux pr pw px as letters, '-' for none. */
static void expect_rights(const struct smmu_walk *found, const char *rights)
{
	char have[7] = "------";

	assert_int_equal(found->event, 0);
	if (found->user_read)
		have[0] = 'r';
	if (found->user_write)
		have[1] = 'w';
	if (found->user_exec)
		have[2] = 'x';
	if (found->priv_read)
		have[3] = 'r';
	if (found->priv_write)
		have[4] = 'w';
	if (found->priv_exec)
		have[5] = 'x';
	assert_string_equal(have, rights);
}

enum { AP_USER = 1, AP_RO = 2, XN_PXN = 4, XN_UXN = 8 };

static uint64_t leaf(unsigned bits)
{
	return PAGE | 3 | SMMU_BIT(10) | (bits & AP_USER ? SMMU_BIT(6) : 0) |
	       (bits & AP_RO ? SMMU_BIT(7) : 0) | (bits & XN_PXN ? SMMU_BIT(53) : 0) |
	       (bits & XN_UXN ? SMMU_BIT(54) : 0);
}

static void leaf_permissions_of_el1(void **state)
{
	static const struct {
		unsigned bits;
		const char *plain, *wxn;
	} cases[] = {
		{0, "--xrwx", "--xrw-"},
		{AP_USER, "rwxrw-", "rw-rw-"}, /* writable at EL0 is PXN */
		{AP_RO, "--xr-x", "--xr-x"},
		{AP_RO | AP_USER, "r-xr-x", "r-xr-x"},
		{AP_RO | AP_USER | XN_PXN, "r-xr--", "r-xr--"},
		{AP_RO | AP_USER | XN_UXN, "r--r-x", "r--r-x"},
		{AP_USER | XN_PXN | XN_UXN, "rw-rw-", "rw-rw-"},
		{XN_UXN, "---rwx", "---rw-"},
	};
	struct scene *scene = *state;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct smmu_s1 s1 = plain_s1();
		struct smmu_walk found;

		map(scene, ROOT0, 0x1000, leaf(cases[i].bits));
		found = walk(scene, &s1, 0x1000);
		expect_rights(&found, cases[i].plain);
		s1.wxn = true;
		found = walk(scene, &s1, 0x1000);
		expect_rights(&found, cases[i].wxn);
	}
}

static void tables_take_rights_away_unless_had(void **state)
{
	static const struct {
		unsigned bit;
		const char *rights;
	} cases[] = {
		{59, "rwxrw-"}, /* PXNTable: it was not executable anyway */
		{60, "rw-rw-"}, /* UXNTable */
		{61, "--xrwx"}, /* APTable[0]: no EL0, so PXN is not implied any more */
		{62, "r-xr-x"}, /* APTable[1] */
	};
	struct scene *scene = *state;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (unsigned level = 0; level < 3; level++) {
			uint64_t va = (uint64_t)(8 + 3 * i + level) << 39;
			struct smmu_s1 s1 = plain_s1();
			uint64_t entry, table = ROOT0;
			struct smmu_walk found;

			map(scene, ROOT0, va, leaf(AP_USER));
			for (unsigned l = 0; l < level; l++)
				table = look(scene, table + (va >> (39 - 9 * l) & 511) * 8) &
					SMMU_MASK(47, 12);
			entry = table + (va >> (39 - 9 * level) & 511) * 8;
			poke(scene, entry, look(scene, entry) | SMMU_BIT(cases[i].bit));
			found = walk(scene, &s1, va);
			expect_rights(&found, cases[i].rights);
			s1.had0 = true;
			found = walk(scene, &s1, va);
			expect_rights(&found, "rwxrw-");
			s1.had0 = false;
			s1.had1 = true;
			found = walk(scene, &s1, va);
			expect_rights(&found, cases[i].rights);
		}
	}
}

static void el2_has_one_level_of_privilege(void **state)
{
	struct scene *scene = *state;
	struct smmu_s1 s1 = plain_s1();
	struct smmu_walk found;

	s1.regime = SMMU_REGIME_EL2;
	s1.epd1 = true;
	map(scene, ROOT0, 0x1000, leaf(XN_PXN));
	found = walk(scene, &s1, 0x1000);
	expect_rights(&found, "rwxrwx");
	assert_false(found.global);
	map(scene, ROOT0, 0x1000, leaf(AP_RO | XN_UXN));
	found = walk(scene, &s1, 0x1000);
	expect_rights(&found, "r--r--");
	/* APTable[0] is not there, APTable[1] is. */
	poke(scene, ROOT0, look(scene, ROOT0) | SMMU_BIT(61));
	map(scene, ROOT0, 0x1000, leaf(0));
	found = walk(scene, &s1, 0x1000);
	expect_rights(&found, "rwxrwx");
	poke(scene, ROOT0, look(scene, ROOT0) | SMMU_BIT(62));
	found = walk(scene, &s1, 0x1000);
	expect_rights(&found, "r-xr-x");
	/* One range: VA[55] does not select TTB1. */
	map(scene, ROOT1, 0x0000fffffffff000, PAGE2 | LEAF_RW);
	assert_int_equal(walk(scene, &s1, 0xfffffffffffff000).event, SMMU_F_TRANSLATION);
}

static void ng_clear_makes_a_global_translation(void **state)
{
	struct scene *scene = *state;
	struct smmu_s1 s1 = plain_s1();

	map(scene, ROOT0, 0x1000, PAGE | LEAF_RW);
	assert_false(walk(scene, &s1, 0x1000).global);
	map(scene, ROOT0, 0x1000, PAGE | (LEAF_RW & ~SMMU_BIT(11)));
	assert_true(walk(scene, &s1, 0x1000).global);
}

static void walk_from_a_table_and_leaf_decode_agree_with_the_walk(void **state)
{
	static const uint64_t vas[] = {0x1000, 0x7f0012345678, 0xffff800012345678};
	struct scene *scene = *state;
	struct smmu_s1 s1 = plain_s1();

	for (unsigned i = 0; i < 3; i++) {
		uint64_t va = vas[i], root = va >> 63 ? ROOT1 : ROOT0, table = root;
		struct smmu_walk whole, part;

		map(scene, root, va & SMMU_MASK(47, 0), PAGE | LEAF_RO);
		whole = walk(scene, &s1, va);
		assert_int_equal(whole.event, 0);
		for (unsigned level = 0; level <= 3; level++) {
			part = smmu_walk_from(scene->smmu, &s1, va, level, table);
			assert_memory_equal(&part, &whole, sizeof(part));
			table = look(scene, table + (va >> (39 - 9 * level) & 511) * 8) &
				SMMU_MASK(47, 12);
		}
		part = smmu_leaf_decode(scene->smmu, &s1, va, whole.level, whole.desc);
		part.fetch_addr = whole.fetch_addr;
		assert_memory_equal(&part, &whole, sizeof(part));
	}
}

static void leaf_decode_refuses_what_is_no_leaf(void **state)
{
	struct scene *scene = *state;
	struct smmu_s1 s1 = plain_s1();

	for (unsigned level = 0; level < 6; level++)
		for (unsigned type = 0; type < 4; type++) {
			bool ok = (level == 3 && type == 3) ||
				  ((level == 1 || level == 2) && type == 1);
			uint64_t desc = (LEAF_RW & ~3ull) | type;

			assert_int_equal(smmu_leaf_decode(scene->smmu, &s1, 0, level, desc).event,
					 ok ? 0 : SMMU_F_TRANSLATION);
		}
}

static void permit(const struct smmu_s1 *s1, const struct smmu_walk *found, bool priv, bool write,
		   bool inst, bool allowed)
{
	struct smmu_request request = {.write = write, .privileged = priv, .instruction = inst};

	assert_int_equal(smmu_walk_permit(s1, found, &request), allowed ? 0 : SMMU_F_PERMISSION);
}

static void permissions_follow_the_request_and_the_overrides(void **state)
{
	const struct smmu_walk found = {.user_read = true, .priv_write = true, .priv_exec = true};
	struct smmu_s1 s1 = plain_s1();

	(void)state;
	permit(&s1, &found, false, false, false, true);
	permit(&s1, &found, false, true, false, false);
	permit(&s1, &found, false, false, true, false);
	permit(&s1, &found, true, false, false, false);
	permit(&s1, &found, true, true, false, true);
	permit(&s1, &found, true, false, true, true);
	/* A write is Data whatever InD says. */
	permit(&s1, &found, true, true, true, true);
	s1.priv = 2; /* unprivileged */
	permit(&s1, &found, true, false, false, true);
	s1.priv = 3; /* privileged */
	permit(&s1, &found, false, false, false, false);
	s1.inst = 3; /* instruction */
	permit(&s1, &found, false, false, false, true);
	permit(&s1, &found, false, true, false, true);
	s1.inst = 2; /* data */
	permit(&s1, &found, false, false, true, false);
	s1.priv = 1; /* reserved: as it came */
	s1.inst = 1;
	permit(&s1, &found, true, false, true, true);
}

static void expect_cause(struct smmu_walk found, uint8_t event, uint8_t cause)
{
	assert_int_equal(found.event, event);
	assert_int_equal(found.cause, cause);
	assert_int_equal(found.fault_class,
			 event == SMMU_F_WALK_EABT ? SMMU_CLASS_TT : SMMU_CLASS_IN);
	assert_false(found.s2);
}

static void each_fault_names_its_cause(void **state)
{
	struct scene *scene = *state;
	struct smmu_s1 s1 = plain_s1();

	expect_cause(walk(scene, &s1, SMMU_BIT(50)), SMMU_F_TRANSLATION, SMMU_CAUSE_s1_range);
	s1.epd0 = true;
	/* 5.4 EPD0: T0SZ is IGNORED, so no range is missed. */
	expect_cause(walk(scene, &s1, SMMU_BIT(50)), SMMU_F_TRANSLATION, SMMU_CAUSE_s1_epd);
	s1.epd0 = false;
	expect_cause(walk(scene, &s1, 0), SMMU_F_TRANSLATION, SMMU_CAUSE_s1_desc_invalid);
	map_at(scene, ROOT0, 0, 0, 1);
	expect_cause(walk(scene, &s1, 0), SMMU_F_TRANSLATION, SMMU_CAUSE_s1_desc_reserved);
	map_at(scene, ROOT0, 0, 0, SMMU_BIT(40) | 3);
	expect_cause(walk(scene, &s1, 0), SMMU_F_ADDR_SIZE, SMMU_CAUSE_s1_table_size);
	map_at(scene, ROOT0, 0, 0, TABLE_DESC(0x1000));
	expect_cause(walk(scene, &s1, 0), SMMU_F_WALK_EABT, SMMU_CAUSE_s1_walk_abort);
	map(scene, ROOT0, 1ull << 39, SMMU_BIT(40) | LEAF_RW);
	expect_cause(walk(scene, &s1, 1ull << 39), SMMU_F_ADDR_SIZE, SMMU_CAUSE_s1_output_size);
	map(scene, ROOT0, 1ull << 39, PAGE | (LEAF_RW & ~SMMU_BIT(10)));
	expect_cause(walk(scene, &s1, 1ull << 39), SMMU_F_ACCESS, SMMU_CAUSE_s1_access_flag);
}

static void the_missing_right_is_named(void **state)
{
	const struct smmu_walk user = {.user_read = true, .priv_read = true};
	const struct smmu_walk kernel = {.priv_read = true};
	static const struct {
		bool kernel_page, priv, write, inst, pan;
		uint8_t cause;
	} cases[] = {
		{.cause = 0},
		{.write = true, .cause = SMMU_CAUSE_s1_perm_write},
		{.inst = true, .cause = SMMU_CAUSE_s1_perm_exec},
		{.kernel_page = true, .cause = SMMU_CAUSE_s1_perm_user},
		{.kernel_page = true, .write = true, .cause = SMMU_CAUSE_s1_perm_user},
		{.kernel_page = true,
		 .priv = true,
		 .write = true,
		 .cause = SMMU_CAUSE_s1_perm_write},
		{.priv = true, .pan = true, .cause = SMMU_CAUSE_s1_perm_pan},
		{.priv = true, .pan = true, .inst = true, .cause = SMMU_CAUSE_s1_perm_exec},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct smmu_request request = {.write = cases[i].write,
						     .privileged = cases[i].priv,
						     .instruction = cases[i].inst};
		struct smmu_s1 s1 = plain_s1();
		uint8_t cause;

		s1.pan = cases[i].pan;
		assert_int_equal(smmu_walk_permit_why(&s1, cases[i].kernel_page ? &kernel : &user,
						      &request, &cause),
				 cases[i].cause ? SMMU_F_PERMISSION : 0);
		assert_int_equal(cause, cases[i].cause);
	}
}

static void pan_keeps_privileged_data_out_of_user_pages(void **state)
{
	const struct smmu_walk user = {
		.user_read = true, .priv_read = true, .priv_write = true, .priv_exec = true};
	const struct smmu_walk kernel = {.priv_read = true, .priv_write = true};
	struct smmu_s1 s1 = plain_s1();

	(void)state;
	s1.pan = true;
	permit(&s1, &user, true, false, false, false);
	permit(&s1, &user, true, true, false, false);
	permit(&s1, &user, true, false, true, true);
	permit(&s1, &user, false, false, false, true);
	permit(&s1, &kernel, true, false, false, true);
	permit(&s1, &kernel, true, true, false, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(page_block_and_section_cover_what_they_should),
		TEST(reserved_encodings_are_translation_faults),
		TEST(va_must_be_a_sign_extension),
		TEST(tbi_ignores_the_top_byte_of_its_half),
		TEST(tsz_limits_the_range_and_picks_the_start_level),
		TEST(epd_stops_the_walk_of_its_half),
		TEST(addresses_beyond_ips_are_size_faults_at_every_level),
		TEST(failed_fetch_is_reported_with_its_address),
		TEST(access_flag_faults_unless_affd),
		TEST(leaf_permissions_of_el1),
		TEST(tables_take_rights_away_unless_had),
		TEST(el2_has_one_level_of_privilege),
		TEST(ng_clear_makes_a_global_translation),
		TEST(walk_from_a_table_and_leaf_decode_agree_with_the_walk),
		TEST(leaf_decode_refuses_what_is_no_leaf),
		TEST(permissions_follow_the_request_and_the_overrides),
		TEST(each_fault_names_its_cause),
		TEST(the_missing_right_is_named),
		TEST(pan_keeps_privileged_data_out_of_user_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
