/* SPDX-License-Identifier: MIT */
/*
 * Contract: ATS under stage 2: Full requests return the address and rights of both stages, Split
 * ones the IPA, whose Translated traffic goes through stage 2 (3.9.1, 13.6.3 to 13.6.5, 3.13.7).
 * Run: ctest -R smmuv3.test_ats_nested
 */
#include "flow_scene.h"

#define SPLIT smmu_put(SMMU_STE1_EATS, SMMU_STE1_EATS_SPLIT)
#define FULL  smmu_put(SMMU_STE1_EATS, SMMU_STE1_EATS_FULL)

static struct smmu_request treq(uint32_t sid, uint64_t addr)
{
	return (struct smmu_request){.sid = sid, .addr = addr, .kind = SMMU_ATS_REQUEST};
}

static struct smmu_request translated(uint32_t sid, uint64_t addr)
{
	return (struct smmu_request){.sid = sid, .addr = addr, .kind = SMMU_ATS_TRANSLATED};
}

/* '-' in rights: none of it. */
static void expect_completion(struct scene *scene, struct smmu_request request, uint64_t pa,
			      uint64_t size, const char *rights)
{
	struct smmu_response response = send(scene, request);

	assert_int_equal(response.status, SMMU_OK);
	assert_int_equal(response.event, 0);
	assert_int_equal(response.pa, pa);
	assert_int_equal(response.size, size);
	assert_int_equal(response.read_ok, rights[0] == 'r');
	assert_int_equal(response.write_ok, rights[1] == 'w');
	assert_int_equal(response.cause != 0, rights[0] == '-' && rights[1] == '-');
	assert_int_equal(pending_events(scene), 0);
}

static void expect_no_access(struct scene *scene, struct smmu_request request)
{
	expect_completion(scene, request, 0, 4096, "--");
}

static void make_split(struct scene *scene)
{
	put_ste(scene, NESTED, ste_config(SMMU_STE0_CONFIG_S1S2) | IPA_OF(CDTAB + 64), SPLIT);
	put_ste(scene, SUBSTREAM,
		ste_config(SMMU_STE0_CONFIG_S1S2) | IPA_OF(CDTAB) | smmu_put(SMMU_STE0_S1CDMAX, 3),
		SPLIT | smmu_put(SMMU_STE1_S1DSS, SMMU_STE1_S1DSS_BYPASS));
}

static void full_request_returns_what_both_stages_make(void **state)
{
	struct scene *scene = *state;

	expect_completion(scene, treq(NESTED, VA), PAGE, 4096, "rw");
	expect_completion(scene, treq(STAGE2, IPA_OF(PAGE2)), PAGE2, 4096, "rw");
	expect_completion(scene, treq(STAGE1, VA), PAGE2, 4096, "rw");
	/* 13.6.4: stage 1 skipped, stage 2 is not. */
	expect_completion(scene, treq(SUBSTREAM, IPA_OF(PAGE2)), PAGE2, 4096, "rw");
	clear_bits(scene, s2_entry(scene, PAGE), S2_WRITE);
	expect_completion(scene, treq(NESTED, VA), PAGE, 4096, "r-");
	expect_completion(scene, treq(STAGE2, IPA_OF(PAGE)), PAGE, 4096, "r-");
	set_bits(scene, s1_entry(scene, 3), DESC_RO);
	poke(scene, s2_entry(scene, PAGE), PAGE | (S2_RW & ~S2_READ));
	expect_no_access(scene, treq(NESTED, VA));
}

static void size_is_the_intersection(void **state)
{
	struct scene *scene = *state;
	uint64_t block = 1ull << 33, ipa = 3ull << 30;

	/* Stage 1: 2 MiB to an IPA that stage 2 maps with a block of 1 GiB, and with pages. */
	map_tables(scene, 12, 0, ROOT0, IPA_OFFSET, block, 2, ipa | (LEAF_RW & ~2ull));
	poke(scene, S2_ROOT + (ipa >> 30) * 8, SMMU_BIT(30) | (S2_RW & ~2ull));
	expect_completion(scene, treq(NESTED, block | 0x5000), SMMU_BIT(30) | 0x5000, 1 << 21,
			  "rw");
	map_tables(scene, 12, 0, ROOT0, IPA_OFFSET, block, 2, IPA_OF(RAM_BASE) | (LEAF_RW & ~2ull));
	expect_completion(scene, treq(NESTED, block | 0x5000), RAM_BASE | 0x5000, 4096, "rw");
	expect_completion(scene, treq(STAGE2, ipa | 0x5000), SMMU_BIT(30) | 0x5000, 1 << 30, "rw");
}

static void stage_2_faults_complete_without_access(void **state)
{
	static const uint64_t pages[] = {CDTAB, ROOT0, PAGE};
	static const uint64_t clear[] = {S2_VALID, S2_AF, S2_READ | S2_WRITE};
	struct scene *scene = *state;

	for (unsigned split = 0; split < 2; split++) {
		for (unsigned i = 0; i < 9; i++) {
			uint64_t entry = s2_entry(scene, pages[i / 3]), whole = look(scene, entry);

			clear_bits(scene, entry, clear[i % 3]);
			expect_no_access(scene, treq(NESTED, VA));
			poke(scene, entry, whole);
		}
		make_split(scene);
	}
}

static void errors_are_completer_aborts(void **state)
{
	struct scene *scene = *state;
	const uint64_t bad[] = {CDTAB + 64, s2_entry(scene, CDTAB), s2_entry(scene, ROOT0),
				s2_entry(scene, PAGE), s1_entry(scene, 2)};
	const uint8_t event[] = {SMMU_F_CD_FETCH, SMMU_F_WALK_EABT, SMMU_F_WALK_EABT,
				 SMMU_F_WALK_EABT, SMMU_F_WALK_EABT};

	for (unsigned i = 0; i < 5; i++) {
		scene->bad_pa = bad[i];
		expect_abort(scene, treq(NESTED, VA), 0);
	}
	smmu_reg_write(scene->smmu, SMMU_REG_CR0, 4, SMMU_CR0_EVENTQEN);
	smmu_reg_write(scene->smmu, SMMU_REG_CR2, 4, SMMU_CR2_REC_CFG_ATS);
	smmu_reg_write(scene->smmu, SMMU_REG_CR0, 4,
		       SMMU_CR0_EVENTQEN | SMMU_CR0_SMMUEN | SMMU_CR0_ATSCHK);
	for (unsigned i = 0; i < 5; i++) {
		scene->bad_pa = bad[i];
		expect_abort(scene, treq(NESTED, VA), event[i]);
	}
}

/* 3.9.1.2: what stage 1 refuses, stage 2 is not asked about. */
static void stage_1_without_rights_ends_it(void **state)
{
	struct scene *scene = *state;

	clear_bits(scene, s1_entry(scene, 3), SMMU_BIT(6)); /* AP[1]: privileged only */
	scene->bad_pa = s2_entry(scene, PAGE);
	expect_no_access(scene, treq(NESTED, VA));
}

static void split_request_returns_the_ipa(void **state)
{
	struct scene *scene = *state;

	make_split(scene);
	expect_completion(scene, treq(NESTED, VA | 0x10), IPA_OF(PAGE) | 0x10, 4096, "rw");
	/* 13.6.5 */
	expect_completion(scene, treq(SUBSTREAM, IPA_OF(PAGE2)), IPA_OF(PAGE2), 4096, "rw");
	clear_bits(scene, s2_entry(scene, PAGE), S2_WRITE);
	expect_completion(scene, treq(NESTED, VA), IPA_OF(PAGE), 4096, "r-");
	expect_no_access(scene, treq(SUBSTREAM, BEYOND));
}

static void split_translated_traffic_is_translated(void **state)
{
	struct scene *scene = *state;
	struct smmu_request request = translated(NESTED, IPA_OF(PAGE) | 8);

	make_split(scene);
	expect_pass(scene, request, PAGE | 8);
	clear_bits(scene, s2_entry(scene, PAGE), S2_WRITE);
	expect_pass(scene, request, PAGE | 8);
	request.write = true;
	expect_fault(scene, request, SMMU_F_PERMISSION, SMMU_CAUSE_s2_perm_write, true,
		     SMMU_CLASS_IN, IPA_OF(PAGE));
	/* 3.9.1.3, 10: a stage-1 fault. */
	request.addr = BEYOND;
	expect_fault(scene, request, SMMU_F_ADDR_SIZE, SMMU_CAUSE_bypass_beyond_oas, false,
		     SMMU_CLASS_IN, 0);
	request.addr = SMMU_BIT(39);
	expect_fault(scene, request, SMMU_F_TRANSLATION, SMMU_CAUSE_s2_range, true, SMMU_CLASS_IN,
		     SMMU_BIT(39));
	/* 3.9.1.3: recorded in the same way as for an ordinary transaction, REC_CFG_ATS or not. */
	scene->bad_pa = s2_entry(scene, PAGE);
	expect_abort(scene, translated(NESTED, IPA_OF(PAGE)), SMMU_F_WALK_EABT);
	scene->bad_pa = 0;
	put_ste2(scene, NESTED, STE2_PLAIN & ~SMMU_STE2_S2R);
	expect_abort(scene, request, 0);
	/* 13.7: the overrides come before stage 2. */
	put_ste2(scene, NESTED, STE2_PLAIN);
	put_ste(scene, NESTED, ste_config(SMMU_STE0_CONFIG_S1S2) | IPA_OF(CDTAB + 64),
		SPLIT | smmu_put(SMMU_STE1_INSTCFG, 3));
	poke(scene, s2_entry(scene, PAGE), PAGE | S2_RW | SMMU_BIT(54));
	expect_fault(scene, translated(NESTED, IPA_OF(PAGE)), SMMU_F_PERMISSION,
		     SMMU_CAUSE_s2_perm_exec, true, SMMU_CLASS_IN, IPA_OF(PAGE));
}

static void full_translated_traffic_passes(void **state)
{
	struct scene *scene = *state;

	for (uint32_t sid = NESTED; sid <= STAGE1; sid++)
		expect_pass(scene, translated(sid, 0x1234567000), 0x1234567000);
	put_ste(scene, STAGE2, ste_config(SMMU_STE0_CONFIG_S2), 0);
	expect_abort(scene, translated(STAGE2, PAGE), SMMU_F_TRANSL_FORBIDDEN);
	assert_int_equal(send(scene, translated(STAGE2, PAGE)).cause, SMMU_CAUSE_ats_translated);
}

/* 5.2 EATS: without ATSCHK Split-stage is no ATS, and Translated traffic is not looked at. */
static void split_needs_atschk(void **state)
{
	struct scene *scene = *state;

	make_split(scene);
	scene_enable(scene, 4, SMMU_CR0_SMMUEN);
	expect_abort(scene, treq(NESTED, VA), SMMU_F_BAD_ATS_TREQ);
	expect_pass(scene, translated(NESTED, IPA_OF(PAGE)), IPA_OF(PAGE));
	put_ste(scene, NESTED, 0, 0);
	expect_pass(scene, translated(NESTED, PAGE), PAGE);
}

/* 13.7, 3.13.7: NW = 1 leaves a writable-clean page alone, NW = 0 marks it and is granted W. */
static void no_write_leaves_a_clean_page(void **state)
{
	struct scene *scene = *state;
	struct smmu_request request = treq(NESTED, VA);
	uint64_t s1 = s1_entry(scene, 3), s2 = s2_entry(scene, PAGE);

	for (unsigned stage = 1; stage <= 2; stage++) {
		uint64_t entry = stage == 1 ? s1 : s2, written = stage == 1 ? DESC_RO : S2_WRITE;

		put_cd(scene, 1, cd0_asid(ASID) | (stage == 1 ? SMMU_CD0_HA | SMMU_CD0_HD : 0),
		       IPA_OF(ROOT0));
		put_ste2(scene, NESTED,
			 STE2_PLAIN | (stage == 2 ? SMMU_STE2_S2HA | SMMU_STE2_S2HD : 0));
		poke(scene, entry, (look(scene, entry) | DBM) ^ written);
		request.write = false;
		expect_completion(scene, request, PAGE, 4096, "r-");
		assert_int_equal(look(scene, entry) & written, stage == 1 ? DESC_RO : 0);
		request.write = true;
		expect_completion(scene, request, PAGE, 4096, "rw");
		assert_int_equal(look(scene, entry) & written, stage == 1 ? 0 : S2_WRITE);
		request.write = false;
		expect_completion(scene, request, PAGE, 4096, "rw");
	}
}

/* 3.13.7.1: a page that stage 1 does not let be written becomes dirty at no stage. */
static void read_only_stage_1_marks_nothing(void **state)
{
	struct scene *scene = *state;
	struct smmu_request request = treq(NESTED, VA);
	uint64_t s2 = s2_entry(scene, PAGE);

	put_ste2(scene, NESTED, STE2_PLAIN | SMMU_STE2_S2HA | SMMU_STE2_S2HD);
	set_bits(scene, s1_entry(scene, 3), DESC_RO);
	poke(scene, s2, (look(scene, s2) | DBM) & ~S2_WRITE);
	request.write = true;
	expect_completion(scene, request, PAGE, 4096, "r-");
	assert_int_equal(look(scene, s2) & S2_WRITE, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FLOW(full_request_returns_what_both_stages_make),
		FLOW(size_is_the_intersection),
		FLOW(stage_2_faults_complete_without_access),
		FLOW(errors_are_completer_aborts),
		FLOW(stage_1_without_rights_ends_it),
		FLOW(split_request_returns_the_ipa),
		FLOW(split_translated_traffic_is_translated),
		FLOW(full_translated_traffic_passes),
		FLOW(split_needs_atschk),
		FLOW(no_write_leaves_a_clean_page),
		FLOW(read_only_stage_1_marks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
