/* SPDX-License-Identifier: MIT */
/*
 * Contract: the configuration caches. Where conflicts are reported, which STEs answer for a group
 * that CONT makes alike (5.2 CONT), how far it goes, when two answers are F_CFG_CONFLICT (7.3.18),
 * and that commands name StreamIDs whatever CONT says (4.3); elsewhere CONT is a hint that is not
 * taken. Where an STE is kept with its CD, which commands take both.
 * Run: ctest -R smmuv3.test_config_caches
 */
#include "scene.h"

static struct scene *scene_with(bool conflicts)
{
	struct smmu_profile profile = scene_profile();

	profile.cache = SMMU_CACHE_EXACT;
	profile.conflicts = conflicts;
	return scene_new(profile);
}

static int hint_setup(void **state)
{
	*state = scene_with(false);
	return 0;
}

/* An STE and its CD are one entry (caches.h config_as_one). */
static int as_one_setup(void **state)
{
	struct smmu_profile profile = scene_profile();

	profile.cache = SMMU_CACHE_EXACT;
	profile.geometry = SMMU_GEOMETRY_QEMU;
	*state = scene_new(profile);
	return 0;
}

static int conflicts_setup(void **state)
{
	*state = scene_with(true);
	return 0;
}

#define HINT(name)	cmocka_unit_test_setup_teardown(name, hint_setup, scene_teardown)
#define AS_ONE(name)	cmocka_unit_test_setup_teardown(name, as_one_setup, scene_teardown)
#define CONFLICTS(name) cmocka_unit_test_setup_teardown(name, conflicts_setup, scene_teardown)

#define STE0_BYPASS (SMMU_STE0_V | smmu_put(SMMU_STE0_CONFIG, SMMU_STE0_CONFIG_BYPASS))

static uint64_t cont(unsigned log2)
{
	return smmu_put(SMMU_STE1_CONT, log2);
}

/* Everything but the event that an access leaves behind. */
static struct smmu_response arrive(struct scene *scene, uint32_t sid)
{
	struct smmu_response response =
		smmu_access(scene->smmu, &(struct smmu_request){.sid = sid, .addr = 0x1000});

	if (response.recorded)
		assert_int_equal(take_event(scene).type, response.event);
	return response;
}

static void expect_bypass(struct scene *scene, uint32_t sid)
{
	struct smmu_response response = arrive(scene, sid);

	assert_int_equal(response.status, SMMU_OK);
	assert_true(response.bypass);
}

static void expect_cause(struct scene *scene, uint32_t sid, uint8_t event, uint8_t cause)
{
	struct smmu_response response = arrive(scene, sid);

	assert_int_equal(response.status, SMMU_ABORT);
	assert_int_equal(response.event, event);
	assert_int_equal(response.cause, cause);
}

static void one_ste_answers_for_its_group(void **state)
{
	struct scene *scene = *state;

	put_ste(scene, 5, STE0_BYPASS, cont(2));
	expect_bypass(scene, 5);
	/* 4..7: nobody looks into the table, where nothing is valid. */
	for (uint32_t sid = 4; sid < 8; sid++)
		expect_bypass(scene, sid);
	expect_cause(scene, 3, SMMU_C_BAD_STE, SMMU_CAUSE_ste_v);
	expect_cause(scene, 8, SMMU_C_BAD_STE, SMMU_CAUSE_ste_v);
}

/* A span does not let StreamIDs beyond the Stream table match: here 16 of them. */
static void a_group_ends_with_the_table(void **state)
{
	struct scene *scene = *state;

	put_ste(scene, 15, STE0_BYPASS, cont(6));
	expect_bypass(scene, 15);
	expect_bypass(scene, 0);
	expect_cause(scene, 16, SMMU_C_BAD_STREAMID, SMMU_CAUSE_sid_range);
	expect_cause(scene, 63, SMMU_C_BAD_STREAMID, SMMU_CAUSE_sid_range);
}

/* All fields but CONT must be identical. */
static void alike_but_for_cont_is_no_conflict(void **state)
{
	struct scene *scene = *state;

	put_ste(scene, 4, STE0_BYPASS, cont(1));
	put_ste(scene, 6, STE0_BYPASS, cont(2));
	expect_bypass(scene, 4);
	expect_bypass(scene, 6);
	for (uint32_t sid = 4; sid < 8; sid++)
		expect_bypass(scene, sid);
}

static void each_doubleword_that_differs_is_a_conflict(void **state)
{
	struct scene *scene = *state;

	/* S1ContextPtr, which a bypass does not look at, and MEV: fields all the same. */
	for (unsigned word = 0; word < 2; word++) {
		smmu_caches_reset(scene->smmu);
		put_ste(scene, 6, STE0_BYPASS, cont(2));
		put_ste(scene, 4, STE0_BYPASS, 0);
		poke(scene, STRTAB + 4 * 64 + 8 * word,
		     look(scene, STRTAB + 4 * 64 + 8 * word) |
			     (word ? SMMU_STE1_MEV : SMMU_STE0_S1CONTEXTPTR));
		/* 4 is cached first: alone it answers for itself. */
		expect_bypass(scene, 4);
		assert_null(smmu_caches_ste(scene->smmu, 5));
		expect_bypass(scene, 6);
		expect_bypass(scene, 5);
		expect_cause(scene, 4, SMMU_F_CFG_CONFLICT, SMMU_CAUSE_ste_conflict);
		/* A conflict is not kept: with one of the two gone there is none. */
		smmu_caches_invalidate(scene->smmu, &(struct smmu_invalidation){
							    .opcode = SMMU_CMD_CFGI_STE, .sid = 6});
		expect_bypass(scene, 4);
	}
}

/* CONT does not affect invalidation. */
static void commands_name_streams_not_groups(void **state)
{
	struct scene *scene = *state;
	struct smmu_invalidation inv = {.opcode = SMMU_CMD_CFGI_STE, .sid = 4};

	put_ste(scene, 5, STE0_BYPASS, cont(2));
	expect_bypass(scene, 5);
	put_ste(scene, 5, 0, 0);
	smmu_caches_invalidate(scene->smmu, &inv);
	expect_bypass(scene, 4);
	/* 4.3.2: 6 and 7. */
	inv = (struct smmu_invalidation){.opcode = SMMU_CMD_CFGI_STE_RANGE, .sid = 6};
	smmu_caches_invalidate(scene->smmu, &inv);
	expect_bypass(scene, 4);
	inv.sid = 4;
	smmu_caches_invalidate(scene->smmu, &inv);
	expect_cause(scene, 4, SMMU_C_BAD_STE, SMMU_CAUSE_ste_v);
}

static void without_conflicts_cont_is_a_hint_that_is_not_taken(void **state)
{
	struct scene *scene = *state;

	put_ste(scene, 5, STE0_BYPASS, cont(2));
	expect_bypass(scene, 5);
	expect_cause(scene, 4, SMMU_C_BAD_STE, SMMU_CAUSE_ste_v);
	put_ste(scene, 6, STE0_BYPASS, cont(2) | SMMU_STE1_MEV);
	expect_bypass(scene, 6);
	expect_bypass(scene, 5);
}

/* A command about configuration says nothing to caches that are not there. */
static void without_exact_caches_commands_take_nothing(void **state)
{
	struct scene *scene = *state;

	put_ste(scene, 5, STE0_BYPASS, cont(2));
	smmu_caches_invalidate(scene->smmu,
			       &(struct smmu_invalidation){.opcode = SMMU_CMD_CFGI_STE, .sid = 5});
	expect_bypass(scene, 5);
	expect_cause(scene, 4, SMMU_C_BAD_STE, SMMU_CAUSE_ste_v);
}

static bool is_held(struct scene *scene, uint32_t sid)
{
	return smmu_caches_ste(scene->smmu, sid);
}

/* 4.3.1, 4.3.3, 4.3.4: commands may take more than they name, but not another stream. */
static void an_ste_goes_with_its_cd(void **state)
{
	static const struct smmu_invalidation commands[] = {
		{.opcode = SMMU_CMD_CFGI_STE, .sid = 1},
		{.opcode = SMMU_CMD_CFGI_STE, .sid = 1, .leaf = true},
		{.opcode = SMMU_CMD_CFGI_STE_RANGE, .sid = 0, .range = 0},
		{.opcode = SMMU_CMD_CFGI_CD, .sid = 1, .leaf = true},
		{.opcode = SMMU_CMD_CFGI_CD_ALL, .sid = 1},
	};
	struct scene *scene = *state;

	for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		put_plain_stream(scene);
		put_ste(scene, 2, STE0_S1(0, 0), 0);
		smmu_caches_reset(scene->smmu);
		assert_int_equal(arrive(scene, 1).pa, PAGE);
		assert_int_equal(arrive(scene, 2).pa, PAGE);
		assert_true(is_held(scene, 1) && is_held(scene, 2));
		/* Memory says otherwise by now, and is not asked before the command. */
		put_ste(scene, 1, STE0_BYPASS, 0);
		put_ste(scene, 2, STE0_BYPASS, 0);
		assert_int_equal(arrive(scene, 1).pa, PAGE);
		smmu_caches_invalidate(scene->smmu, &commands[i]);
		assert_false(is_held(scene, 1));
		expect_bypass(scene, 1);
		assert_int_equal(arrive(scene, 2).pa, PAGE);
	}
}

static void commands_about_another_stream_take_neither(void **state)
{
	static const struct smmu_invalidation commands[] = {
		{.opcode = SMMU_CMD_CFGI_STE, .sid = 3},
		{.opcode = SMMU_CMD_CFGI_STE_RANGE, .sid = 2, .range = 0},
		{.opcode = SMMU_CMD_CFGI_CD, .sid = 3},
		{.opcode = SMMU_CMD_CFGI_CD_ALL, .sid = 3},
		{.opcode = SMMU_CMD_TLBI_NSNH_ALL},
	};
	struct scene *scene = *state;

	put_plain_stream(scene);
	assert_int_equal(arrive(scene, 1).pa, PAGE);
	put_ste(scene, 1, STE0_BYPASS, 0);
	for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		smmu_caches_invalidate(scene->smmu, &commands[i]);
		assert_int_equal(arrive(scene, 1).pa, PAGE);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CONFLICTS(one_ste_answers_for_its_group),
		CONFLICTS(a_group_ends_with_the_table),
		CONFLICTS(alike_but_for_cont_is_no_conflict),
		CONFLICTS(each_doubleword_that_differs_is_a_conflict),
		CONFLICTS(commands_name_streams_not_groups),
		HINT(without_conflicts_cont_is_a_hint_that_is_not_taken),
		TEST(without_exact_caches_commands_take_nothing),
		AS_ONE(an_ste_goes_with_its_cd),
		AS_ONE(commands_about_another_stream_take_neither),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
