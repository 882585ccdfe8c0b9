/* SPDX-License-Identifier: MIT */
/*
 * Contract: the stage-2 walk ends where the tables end (Arm ARM D8.2, D8.3, 3.4) with the rights of
 * D8.4 and 13.4.3, faults come in the order of 7.3.22, and what the SMMU itself reads through it
 * is of class CD.
 * Run: ctest -R smmuv3.test_stage2
 */
#include "scene.h"

#define ROOT (RAM_BASE + 0x40000)

/* A stage-2 page: readable, writable, accessed, Normal memory. */
#define S2_RW (3ull | SMMU_BIT(6) | SMMU_BIT(7) | SMMU_BIT(10) | 0xfull << 2)

static struct scene *s2_scene(unsigned oas_bits, bool xnx)
{
	struct smmu_profile profile = scene_profile();
	struct scene *scene;

	profile.oas_bits = (uint8_t)oas_bits;
	profile.granules = SMMU_GRANULE_4K | SMMU_GRANULE_16K | SMMU_GRANULE_64K;
	profile.stage2 = true;
	profile.xnx = xnx;
	profile.httu = SMMU_HTTU_DIRTY;
	scene = scene_new(profile);
	scene->next_table = ROOT + 0x20000;
	return scene;
}

static struct smmu_s2 s2_of(unsigned granule, unsigned start, unsigned ia_bits)
{
	return (struct smmu_s2){.ttb = ROOT,
				.on = true,
				.ia_bits = (uint8_t)ia_bits,
				.start_level = (uint8_t)start,
				.granule = (uint8_t)granule,
				.ps_bits = 40,
				.record = true};
}

static void expect_fault(struct smmu_walk walk, uint8_t event, uint8_t cause, unsigned level)
{
	assert_int_equal(walk.event, event);
	assert_int_equal(walk.cause, cause);
	assert_int_equal(walk.level, level);
	assert_int_equal(walk.fault_class, SMMU_CLASS_IN);
	assert_true(walk.s2);
}

static void leaves_of_every_granule(void **state)
{
	static const struct {
		unsigned granule, start, level, log2;
	} leaves[] = {{12, 0, 1, 30}, {12, 0, 2, 21}, {12, 0, 3, 12}, {14, 1, 2, 25},
		      {14, 1, 3, 14}, {16, 1, 2, 29}, {16, 1, 3, 16}};

	(void)state;
	for (unsigned i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		struct scene *scene = s2_scene(44, true);
		struct smmu_s2 s2 = s2_of(leaves[i].granule, leaves[i].start, 44);
		uint64_t size = 1ull << leaves[i].log2, ipa = 3ull << 40, out = 0x60ull << 32;
		uint64_t desc = out | (leaves[i].level == 3 ? S2_RW : S2_RW & ~2ull);
		uint64_t entry = map_tables(scene, leaves[i].granule, leaves[i].start, ROOT, 0, ipa,
					    leaves[i].level, desc);
		struct smmu_walk walk = smmu_walk_s2(scene->smmu, &s2, ipa + size - 1);

		assert_int_equal(walk.event, 0);
		assert_int_equal(walk.level, leaves[i].level);
		assert_int_equal(walk.size, size);
		assert_int_equal(walk.pa, out + size - 1);
		assert_int_equal(walk.ipa, ipa + size - 1);
		assert_int_equal(walk.fetch_addr, entry);
		assert_false(walk.s2);
		scene_free(scene);
	}
}

/* D8.2: an input that needs at most 4 bits more than the start level has stands in up to 16 roots. */
static void root_tables_are_concatenated(void **state)
{
	static const struct {
		unsigned granule, start, ia_bits;
	} cases[] = {{12, 1, 40}, {12, 1, 43}, {12, 2, 34}, {14, 2, 40}, {14, 1, 48}, {16, 2, 44}};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene *scene = s2_scene(48, true);
		struct smmu_s2 s2 = s2_of(cases[i].granule, cases[i].start, cases[i].ia_bits);
		uint64_t last = (1ull << cases[i].ia_bits) - (1ull << cases[i].granule);
		uint64_t roots, top = 1ull << (cases[i].ia_bits - 1);

		/* The root's size: what is left of the input, 8 bytes an entry. */
		roots = 8ull << (cases[i].ia_bits -
				 smmu_level_shift(cases[i].granule, cases[i].start));
		assert_true(roots > 1ull << cases[i].granule);
		assert_true(roots <= 16ull << cases[i].granule);
		scene->next_table = ROOT + roots;
		map_tables(scene, cases[i].granule, cases[i].start, ROOT, 0, last, 3,
			   0x120000 | S2_RW);
		map_tables(scene, cases[i].granule, cases[i].start, ROOT, 0, last & ~top, 3,
			   0x340000 | S2_RW);
		assert_int_equal(smmu_walk_s2(scene->smmu, &s2, last).pa, 0x120000);
		assert_int_equal(smmu_walk_s2(scene->smmu, &s2, last & ~top).pa, 0x340000);
		expect_fault(smmu_walk_s2(scene->smmu, &s2, last + (1ull << cases[i].granule)),
			     SMMU_F_TRANSLATION, SMMU_CAUSE_s2_range, cases[i].start);
		scene_free(scene);
	}
}

static void each_fault_names_its_cause(void **state)
{
	struct scene *scene = s2_scene(40, true);
	struct smmu_s2 s2 = s2_of(12, 1, 39);
	struct smmu_walk walk;
	uint64_t entry;

	(void)state;
	s2.ps_bits = 36;
	map_tables(scene, 12, 1, ROOT, 0, 1ull << 30, 1, S2_RW & ~1ull);
	expect_fault(smmu_walk_s2(scene->smmu, &s2, 1ull << 30), SMMU_F_TRANSLATION,
		     SMMU_CAUSE_s2_desc_invalid, 1);
	map_tables(scene, 12, 1, ROOT, 0, 2ull << 30, 3, S2_RW & ~2ull);
	expect_fault(smmu_walk_s2(scene->smmu, &s2, 2ull << 30), SMMU_F_TRANSLATION,
		     SMMU_CAUSE_s2_desc_reserved, 3);
	map_tables(scene, 12, 1, ROOT, 0, 3ull << 30, 1, SMMU_BIT(36) | 3);
	expect_fault(smmu_walk_s2(scene->smmu, &s2, 3ull << 30), SMMU_F_ADDR_SIZE,
		     SMMU_CAUSE_s2_table_size, 1);
	/* The size comes before the Access flag. */
	map_tables(scene, 12, 1, ROOT, 0, 4ull << 30, 3, SMMU_BIT(36) | (S2_RW & ~SMMU_BIT(10)));
	expect_fault(smmu_walk_s2(scene->smmu, &s2, 4ull << 30), SMMU_F_ADDR_SIZE,
		     SMMU_CAUSE_s2_output_size, 3);
	entry = map_tables(scene, 12, 1, ROOT, 0, 5ull << 30, 3, PAGE | (S2_RW & ~SMMU_BIT(10)));
	expect_fault(smmu_walk_s2(scene->smmu, &s2, 5ull << 30), SMMU_F_ACCESS,
		     SMMU_CAUSE_s2_access_flag, 3);
	s2.affd = true;
	assert_int_equal(smmu_walk_s2(scene->smmu, &s2, 5ull << 30).event, 0);
	scene->bad_pa = entry;
	walk = smmu_walk_s2(scene->smmu, &s2, 5ull << 30);
	expect_fault(walk, SMMU_F_WALK_EABT, SMMU_CAUSE_s2_walk_abort, 3);
	assert_int_equal(walk.fetch_addr, entry);
	scene_free(scene);
}

/* XN[1:0] of FEAT_XNX: EL0 and EL1 may, EL0 may, nobody may, EL1 may. */
static void rights_of_s2ap_and_xn(void **state)
{
	static const bool user[] = {true, true, false, false};
	static const bool priv[] = {true, false, false, true};

	(void)state;
	for (unsigned xnx = 0; xnx < 2; xnx++) {
		struct scene *scene = s2_scene(40, xnx);
		struct smmu_s2 s2 = s2_of(12, 1, 39);

		for (unsigned bits = 0; bits < 16; bits++) {
			unsigned xn = bits >> 2;
			uint64_t desc =
				(S2_RW & ~(3ull << 6)) | (bits & 3ull) << 6 | (uint64_t)xn << 53;
			struct smmu_walk walk;
			uint8_t cause;

			map_tables(scene, 12, 1, ROOT, 0, 0x1000, 3, PAGE | desc);
			walk = smmu_walk_s2(scene->smmu, &s2, 0x1000);
			assert_int_equal(walk.event, 0);
			assert_int_equal(smmu_walk_permit_s2(&walk, SMMU_S2_READ, false, &cause),
					 bits & 1 ? 0 : SMMU_F_PERMISSION);
			assert_int_equal(cause, bits & 1 ? 0 : SMMU_CAUSE_s2_perm_read);
			assert_int_equal(smmu_walk_permit_s2(&walk, SMMU_S2_WRITE, true, &cause),
					 bits & 2 ? 0 : SMMU_F_PERMISSION);
			assert_int_equal(cause, bits & 2 ? 0 : SMMU_CAUSE_s2_perm_write);
			/* Without FEAT_XNX XN[1] decides for both. */
			assert_int_equal(smmu_walk_permit_s2(&walk, SMMU_S2_EXEC, false, &cause),
					 (xnx ? user[xn] : xn < 2) ? 0 : SMMU_F_PERMISSION);
			assert_int_equal(smmu_walk_permit_s2(&walk, SMMU_S2_EXEC, true, &cause),
					 (xnx ? priv[xn] : xn < 2) ? 0 : SMMU_F_PERMISSION);
			assert_true(!cause || cause == SMMU_CAUSE_s2_perm_exec);
		}
		scene_free(scene);
	}
}

static void a_request_through_stage_2_alone(void **state)
{
	struct scene *scene = s2_scene(40, true);
	struct smmu_s2 s2 = s2_of(12, 1, 39);
	struct smmu_request request = {.addr = 0x1008};
	struct smmu_walk walk;

	(void)state;
	/* Read-only, executable at EL1 only. */
	map_tables(scene, 12, 1, ROOT, 0, 0x1000, 3, PAGE | (S2_RW & ~SMMU_BIT(7)) | 3ull << 53);
	walk = smmu_walk_both(scene->smmu, NULL, &s2, &request, true);
	assert_int_equal(walk.event, 0);
	assert_int_equal(walk.pa, PAGE + 8);
	assert_int_equal(walk.ipa, 0x1008);
	assert_int_equal(walk.size, 4096);
	assert_true(walk.user_read && !walk.user_write && !walk.user_exec && walk.priv_exec);
	request.instruction = true;
	walk = smmu_walk_both(scene->smmu, NULL, &s2, &request, true);
	expect_fault(walk, SMMU_F_PERMISSION, SMMU_CAUSE_s2_perm_exec, 3);
	request.privileged = true;
	assert_int_equal(smmu_walk_both(scene->smmu, NULL, &s2, &request, true).event, 0);
	/* A write is Data. */
	request.write = true;
	walk = smmu_walk_both(scene->smmu, NULL, &s2, &request, true);
	expect_fault(walk, SMMU_F_PERMISSION, SMMU_CAUSE_s2_perm_write, 3);
	assert_int_equal(walk.ipa, 0x1008);
	/* 3.4: beyond the IAS the fault is one of stage 1, beyond S2T0SZ one of stage 2. */
	request = (struct smmu_request){.addr = SMMU_BIT(40)};
	walk = smmu_walk_both(scene->smmu, NULL, &s2, &request, true);
	assert_int_equal(walk.event, SMMU_F_ADDR_SIZE);
	assert_int_equal(walk.fault_class, SMMU_CLASS_IN);
	assert_false(walk.s2);
	request.addr = SMMU_BIT(39);
	walk = smmu_walk_both(scene->smmu, NULL, &s2, &request, true);
	expect_fault(walk, SMMU_F_TRANSLATION, SMMU_CAUSE_s2_range, 1);
	scene_free(scene);
}

static void an_ats_request_is_granted_what_there_is(void **state)
{
	struct scene *scene = s2_scene(40, true);
	struct smmu_s2 s2 = s2_of(12, 1, 39);
	struct smmu_request request = {.addr = 0x1000, .kind = SMMU_ATS_REQUEST, .write = true};
	struct smmu_walk walk;

	(void)state;
	map_tables(scene, 12, 1, ROOT, 0, 0x1000, 3, PAGE | (S2_RW & ~SMMU_BIT(7)));
	walk = smmu_walk_both(scene->smmu, NULL, &s2, &request, true);
	assert_int_equal(walk.event, 0);
	assert_true(walk.user_read && !walk.user_write);
	map_tables(scene, 12, 1, ROOT, 0, 0x1000, 3, PAGE | (S2_RW & ~(3ull << 6)));
	walk = smmu_walk_both(scene->smmu, NULL, &s2, &request, true);
	expect_fault(walk, SMMU_F_PERMISSION, SMMU_CAUSE_s2_perm_read, 3);
	scene_free(scene);
}

static void structures_are_fetched_through_stage_2(void **state)
{
	struct scene *scene = s2_scene(40, true);
	struct smmu_s2 s2 = s2_of(12, 1, 39);
	struct smmu_walk walk;
	uint64_t entry;

	(void)state;
	poke(scene, PAGE + 0x18, 0x1122334455667788);
	entry = map_tables(scene, 12, 1, ROOT, 0, 0x5000, 3, PAGE | (S2_RW & ~SMMU_BIT(7)));
	walk = smmu_fetch_s2(scene->smmu, &s2, 0x5018, true);
	assert_int_equal(walk.event, 0);
	assert_int_equal(walk.desc, 0x1122334455667788);
	scene->bad_pa = PAGE + 0x18;
	walk = smmu_fetch_s2(scene->smmu, &s2, 0x5018, true);
	assert_int_equal(walk.event, SMMU_F_CD_FETCH);
	assert_int_equal(walk.fetch_addr, PAGE + 0x18);
	scene->bad_pa = entry;
	walk = smmu_fetch_s2(scene->smmu, &s2, 0x5018, true);
	assert_int_equal(walk.event, SMMU_F_WALK_EABT);
	assert_int_equal(walk.fault_class, SMMU_CLASS_CD);
	assert_int_equal(walk.fetch_addr, entry);
	assert_true(walk.s2);
	scene->bad_pa = 0;
	/* 7.3.16: Data and a read. */
	poke(scene, entry, PAGE | (S2_RW & ~SMMU_BIT(6)));
	walk = smmu_fetch_s2(scene->smmu, &s2, 0x5018, true);
	assert_int_equal(walk.event, SMMU_F_PERMISSION);
	assert_int_equal(walk.cause, SMMU_CAUSE_s2_perm_read);
	assert_int_equal(walk.fault_class, SMMU_CLASS_CD);
	assert_int_equal(walk.ipa, 0x5018);
	assert_true(walk.s2);
	walk = smmu_fetch_s2(scene->smmu, &s2, 0x6018, true);
	assert_int_equal(walk.event, SMMU_F_TRANSLATION);
	assert_int_equal(walk.fault_class, SMMU_CLASS_CD);
	scene_free(scene);
}

/* 5.2 S2PTW: MemAttr[3:2] = 0b00 is Device. */
static void s2ptw_keeps_structures_out_of_device_memory(void **state)
{
	struct scene *scene = s2_scene(40, true);
	struct smmu_s2 s2 = s2_of(12, 1, 39);

	(void)state;
	for (unsigned attr = 0; attr < 16; attr++) {
		struct smmu_walk walk;

		map_tables(scene, 12, 1, ROOT, 0, 0x5000, 3,
			   PAGE | (S2_RW & ~(0xfull << 2)) | (uint64_t)attr << 2);
		s2.ptw = false;
		assert_int_equal(smmu_fetch_s2(scene->smmu, &s2, 0x5000, true).event, 0);
		s2.ptw = true;
		walk = smmu_fetch_s2(scene->smmu, &s2, 0x5000, true);
		assert_int_equal(walk.event, attr < 4 ? SMMU_F_PERMISSION : 0);
		assert_int_equal(walk.cause, attr < 4 ? SMMU_CAUSE_s2_perm_ptw : 0);
		assert_int_equal(walk.s2, attr < 4);
	}
	scene_free(scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_of_every_granule),
		cmocka_unit_test(root_tables_are_concatenated),
		cmocka_unit_test(each_fault_names_its_cause),
		cmocka_unit_test(rights_of_s2ap_and_xn),
		cmocka_unit_test(a_request_through_stage_2_alone),
		cmocka_unit_test(an_ats_request_is_granted_what_there_is),
		cmocka_unit_test(structures_are_fetched_through_stage_2),
		cmocka_unit_test(s2ptw_keeps_structures_out_of_device_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
