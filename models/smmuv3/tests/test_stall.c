/* SPDX-License-Identifier: MIT */
/*
 * Contract: stalled transactions (3.12.2, 4.7.1, 4.7.2, 5.5): what stalls and what never does, the
 * record, the answers by tag and StreamID, a queue that takes nothing, and the legality of CD.S
 * and STE.S1STALLD under each IDR0.STALL_MODEL.
 * Run: ctest -R smmuv3.test_stall
 */
#include "worst_scene.h"

#define NOWHERE 0x5000ull /* mapped in no tree */
#define CD0_S	(SMMU_CD0_S)

static int stall_setup(void **state)
{
	struct smmu_profile profile = scene_profile();
	struct scene *scene;

	profile.stall_model = SMMU_STALL_BOTH;
	scene = worst_new_as(profile, 4);
	worst_fill(scene);
	store(scene, CD_OF_1, cd0_asid(1) | CD0_S);
	store(scene, cd_at(1), cd0_asid(1) | CD0_S);
	RUN(scene, smmu_cmd_cfgi_all(), TLBI_ALL, SYNC);
	*state = scene;
	return 0;
}

#define STALL(name) cmocka_unit_test_setup_teardown(name, stall_setup, scene_teardown)

static struct smmu_response arrive(struct scene *scene, struct smmu_request request)
{
	return smmu_access(scene->smmu, &request);
}

/* A read of NOWHERE stalls; its tag. */
static uint16_t stall(struct scene *scene, uint32_t sid)
{
	struct smmu_response response = arrive(scene, plain(sid, NOWHERE));

	assert_int_equal(response.status, SMMU_STALLED);
	assert_int_equal(response.event, SMMU_F_TRANSLATION);
	return response.stag;
}

static enum smmu_stall_answer take(struct scene *scene, uint32_t sid, uint16_t stag)
{
	return smmu_stall_take(scene->smmu, sid, stag);
}

static struct smmu_counters counters(struct scene *scene)
{
	return smmu_counters(scene->smmu);
}

static void a_fault_is_recorded_with_its_tag_and_waits(void **state)
{
	struct scene *scene = *state;
	struct smmu_request request = plain(1, NOWHERE);
	struct smmu_response response;
	struct smmu_event event;

	/* 5.5: R is ignored. */
	store(scene, CD_OF_1, (cd0_asid(1) | CD0_S) & ~SMMU_CD0_R);
	request.write = true;
	response = arrive(scene, request);
	assert_int_equal(response.status, SMMU_STALLED);
	assert_true(response.recorded);
	assert_false(response.read_ok || response.write_ok);
	assert_int_equal(pending_events(scene), 1);
	event = take_event(scene);
	assert_int_equal(event.type, SMMU_F_TRANSLATION);
	assert_int_equal(event.sid, 1);
	assert_true(event.stall);
	assert_int_equal(event.stag, response.stag);
	assert_int_equal(event.input_addr, NOWHERE);
	assert_int_equal(event.fault_class, SMMU_CLASS_IN);
	assert_false(event.rnw);
	assert_int_equal(take(scene, 1, response.stag), SMMU_STALL_WAITING);
	assert_int_equal(counters(scene).stalls, 1);
}

static void retry_lets_the_device_try_again(void **state)
{
	struct scene *scene = *state;
	uint16_t stag = stall(scene, 1);

	remap(scene, ROOT0, NOWHERE, PAGE2 | LEAF_RW);
	RUN(scene, smmu_cmd_resume(1, stag, true), SYNC);
	assert_int_equal(take(scene, 1, stag), SMMU_STALL_RETRY);
	assert_int_equal(arrive(scene, plain(1, NOWHERE)).pa, PAGE2);
	/* The tag is free: nobody waits under it. */
	assert_int_equal(take(scene, 1, stag), SMMU_STALL_WAITING);
	assert_int_equal(counters(scene).stall_answers, 1);
	assert_int_equal(counters(scene).stray_answers, 0);
}

static void a_retry_that_faults_stalls_under_a_new_tag(void **state)
{
	struct scene *scene = *state;
	uint16_t first = stall(scene, 1), second;

	RUN(scene, smmu_cmd_resume(1, first, true));
	assert_int_equal(take(scene, 1, first), SMMU_STALL_RETRY);
	second = stall(scene, 1);
	assert_int_not_equal(first, second);
	assert_int_equal(pending_events(scene), 2);
}

static void both_ways_to_terminate_end_in_an_abort(void **state)
{
	struct scene *scene = *state;
	uint16_t aborted = stall(scene, 1), razwi = stall(scene, 1);
	struct smmu_command command = smmu_cmd_resume(1, razwi, false);

	command.word[0] &= ~SMMU_RESUME0_ABORT;
	RUN(scene, smmu_cmd_resume(1, aborted, false), command);
	assert_int_equal(take(scene, 1, aborted), SMMU_STALL_ABORT);
	assert_int_equal(take(scene, 1, razwi), SMMU_STALL_ABORT);
}

static void answers_find_their_transaction_in_any_order(void **state)
{
	struct scene *scene = *state;
	uint16_t first = stall(scene, 1), second = stall(scene, 1);

	RUN(scene, smmu_cmd_resume(1, second, true));
	assert_int_equal(take(scene, 1, first), SMMU_STALL_WAITING);
	assert_int_equal(take(scene, 1, second), SMMU_STALL_RETRY);
	RUN(scene, smmu_cmd_resume(1, first, false));
	assert_int_equal(take(scene, 1, first), SMMU_STALL_ABORT);
}

static void stray_answers_have_no_effect(void **state)
{
	struct scene *scene = *state;
	uint16_t stag = stall(scene, 1);

	/* 4.7.1: another stream, another tag; then the same answer again. */
	RUN(scene, smmu_cmd_resume(2, stag, true), smmu_cmd_resume(1, stag + 1, true));
	assert_int_equal(take(scene, 1, stag), SMMU_STALL_WAITING);
	assert_int_equal(counters(scene).stray_answers, 2);
	RUN(scene, smmu_cmd_resume(1, stag, true), smmu_cmd_resume(1, stag, false));
	assert_int_equal(counters(scene).stray_answers, 3);
	assert_int_equal(take(scene, 2, stag), SMMU_STALL_WAITING);
	assert_int_equal(take(scene, 1, stag), SMMU_STALL_RETRY);
	RUN(scene, smmu_cmd_resume(1, stag, true));
	assert_int_equal(counters(scene).stray_answers, 4);
	assert_int_equal(counters(scene).stall_answers, 1);
}

static void stall_term_ends_all_of_one_stream(void **state)
{
	struct scene *scene = *state;
	uint16_t one = stall(scene, 1), two, retried = stall(scene, 1);

	two = arrive(scene, pasid(2, 1, NOWHERE)).stag;
	RUN(scene, smmu_cmd_resume(1, retried, true), smmu_cmd_stall_term(1));
	assert_int_equal(take(scene, 1, one), SMMU_STALL_ABORT);
	/* 4.7.1: a retry is promised unless it is terminated before. */
	assert_int_equal(take(scene, 1, retried), SMMU_STALL_ABORT);
	assert_int_equal(take(scene, 2, two), SMMU_STALL_WAITING);
	RUN(scene, smmu_cmd_resume(2, two, true));
	assert_int_equal(take(scene, 2, two), SMMU_STALL_RETRY);
}

static void clearing_smmuen_ends_all(void **state)
{
	struct scene *scene = *state;
	uint16_t one = stall(scene, 1), two = arrive(scene, pasid(2, 1, NOWHERE)).stag;

	set_smmuen(scene, false);
	assert_int_equal(take(scene, 1, one), SMMU_STALL_ABORT);
	assert_int_equal(take(scene, 2, two), SMMU_STALL_ABORT);
}

static void a_full_queue_delays_the_record_and_does_not_overflow(void **state)
{
	static const struct smmu_event filler = {.type = SMMU_C_BAD_STE};
	struct scene *scene = *state;
	struct smmu_response response;

	for (unsigned i = 0; i < EVENTS; i++)
		smmu_event_record(scene->smmu, &filler);
	response = arrive(scene, plain(1, NOWHERE));
	assert_int_equal(response.status, SMMU_STALLED);
	assert_false(response.recorded);
	assert_int_equal(counters(scene).events_lost, 0);
	assert_int_equal(smmu_reg_read(scene->smmu, SMMU_REG_EVENTQ_PROD, 4) & SMMU_Q_OVERFLOW, 0);
	/* Software has not heard of the tag. */
	RUN(scene, smmu_cmd_resume(1, response.stag, false));
	assert_int_equal(counters(scene).stray_answers, 1);
	assert_int_equal(take(scene, 1, response.stag), SMMU_STALL_WAITING);
	take_event(scene);
	assert_int_equal(take(scene, 1, response.stag), SMMU_STALL_RETRY);
	assert_true(arrive(scene, plain(1, NOWHERE)).recorded);
	assert_int_equal(pending_events(scene), EVENTS);
}

static void enabling_the_queue_retries_what_it_missed(void **state)
{
	struct scene *scene = *state;
	struct smmu *smmu = scene->smmu;
	uint64_t cr0 = smmu_reg_read(smmu, SMMU_REG_CR0, 4);
	uint16_t first, second;

	smmu_reg_write(smmu, SMMU_REG_CR0, 4, cr0 & ~SMMU_CR0_EVENTQEN);
	first = stall(scene, 1);
	second = stall(scene, 1);
	/* Terminating does not need a record (4.7.2). */
	assert_int_equal(pending_events(scene), 0);
	remap(scene, ROOT0, NOWHERE, PAGE2 | LEAF_RW);
	smmu_reg_write(smmu, SMMU_REG_CR0, 4, cr0);
	assert_int_equal(take(scene, 1, first), SMMU_STALL_RETRY);
	assert_int_equal(take(scene, 1, second), SMMU_STALL_RETRY);
	/* The fault has gone, and with it the record. */
	assert_int_equal(arrive(scene, plain(1, NOWHERE)).status, SMMU_OK);
	assert_int_equal(pending_events(scene), 0);
}

static void stall_term_ends_what_has_no_record(void **state)
{
	struct scene *scene = *state;
	struct smmu *smmu = scene->smmu;
	uint64_t cr0 = smmu_reg_read(smmu, SMMU_REG_CR0, 4);
	uint16_t stag;

	smmu_reg_write(smmu, SMMU_REG_CR0, 4, cr0 & ~SMMU_CR0_EVENTQEN);
	stag = stall(scene, 1);
	RUN(scene, smmu_cmd_stall_term(1));
	smmu_reg_write(smmu, SMMU_REG_CR0, 4, cr0);
	assert_int_equal(take(scene, 1, stag), SMMU_STALL_ABORT);
	assert_int_equal(pending_events(scene), 0);
}

static void without_a_free_tag_transactions_are_aborted(void **state)
{
	struct scene *scene = *state;
	struct smmu_response response;
	uint16_t stag[SMMU_MAX_STALLS];

	for (unsigned i = 0; i < SMMU_MAX_STALLS; i++) {
		stag[i] = stall(scene, 1);
		for (unsigned k = 0; k < i; k++)
			assert_int_not_equal(stag[i], stag[k]);
		take_event(scene);
	}
	response = arrive(scene, plain(1, NOWHERE));
	assert_int_equal(response.status, SMMU_ABORT);
	assert_false(take_event(scene).stall);
	/* Answered is not yet free; taken is. */
	RUN(scene, smmu_cmd_resume(1, stag[3], true));
	assert_int_equal(arrive(scene, plain(1, NOWHERE)).status, SMMU_ABORT);
	assert_int_equal(take(scene, 1, stag[3]), SMMU_STALL_RETRY);
	stall(scene, 1);
	assert_int_equal(counters(scene).stalls, SMMU_MAX_STALLS + 1);
}

static void each_translation_fault_stalls(void **state)
{
	struct scene *scene = *state;
	struct smmu_request write = plain(1, 0x7000);

	remap(scene, ROOT0, 0x6000, PAGE | LEAF_NO_AF);
	remap(scene, ROOT0, 0x7000, PAGE | LEAF_RO);
	remap(scene, ROOT0, 0x8000, 1ull << 45 | LEAF_RW);
	write.write = true;
	assert_int_equal(arrive(scene, plain(1, 0x6000)).status, SMMU_STALLED);
	assert_int_equal(take_event(scene).type, SMMU_F_ACCESS);
	assert_int_equal(arrive(scene, write).status, SMMU_STALLED);
	assert_int_equal(take_event(scene).type, SMMU_F_PERMISSION);
	assert_int_equal(arrive(scene, plain(1, 0x8000)).status, SMMU_STALLED);
	assert_int_equal(take_event(scene).type, SMMU_F_ADDR_SIZE);
}

static void other_faults_and_other_traffic_never_stall(void **state)
{
	struct scene *scene = *state;
	struct smmu_request request = plain(1, NOWHERE);

	/* 3.9.1.2: R == W == 0. */
	request.kind = SMMU_ATS_REQUEST;
	assert_int_equal(arrive(scene, request).status, SMMU_OK);
	request.kind = SMMU_ATS_TRANSLATED;
	request.addr = 1ull << 45;
	assert_int_equal(arrive(scene, request).status, SMMU_ABORT);
	assert_int_equal(pending_events(scene), 0);
	/* 5.5: configuration errors and external aborts terminate. */
	assert_int_equal(arrive(scene, pasid(2, 3, VA)).status, SMMU_ABORT);
	assert_int_equal(take_event(scene).type, SMMU_C_BAD_CD);
	scene->bad_pa = ROOT0;
	assert_int_equal(arrive(scene, plain(1, NOWHERE)).status, SMMU_ABORT);
	assert_int_equal(take_event(scene).type, SMMU_F_WALK_EABT);
	scene->bad_pa = 0;
	/* S = 0. */
	assert_int_equal(arrive(scene, pasid(2, 2, NOWHERE)).status, SMMU_ABORT);
	assert_false(take_event(scene).stall);
	assert_int_equal(counters(scene).stalls, 0);
}

static void a_look_never_stalls(void **state)
{
	struct scene *scene = *state;
	struct smmu_request request = plain(1, NOWHERE);
	struct smmu_response response = smmu_peek(scene->smmu, &request);

	assert_int_equal(response.status, SMMU_ABORT);
	assert_int_equal(response.event, SMMU_F_TRANSLATION);
	EXPECT(scene, request, fault(SMMU_F_TRANSLATION));
	assert_int_equal(counters(scene).stalls, 0);
	assert_int_equal(pending_events(scene), 0);
}

static void contexts_say_what_stalls(void **state)
{
	struct scene *scene = *state;
	struct smmu_contexts contexts;
	unsigned stalling = 0, others = 0;

	store(scene, cd_at(1), cd0_asid(1));
	contexts = smmu_contexts(scene->smmu);
	for (unsigned i = 0; i < contexts.count; i++)
		if (contexts.context[i].stream == STREAM_2 && contexts.context[i].ssid == 1)
			*(contexts.context[i].s1.stall ? &stalling : &others) += 1;
	/* The old word of the CD and the new one. */
	assert_int_equal(stalling, 1);
	assert_int_equal(others, 1);
}

/* Legality. */

static uint8_t event_under(uint8_t model, bool s1stalld, bool s)
{
	struct smmu_profile profile = scene_profile();
	struct smmu_response response;
	struct scene *scene;

	profile.stall_model = model;
	scene = scene_new(profile);
	put_plain_stream(scene);
	put_ste(scene, 1, STE0_S1(0, 0), s1stalld ? SMMU_STE1_S1STALLD : 0);
	put_cd(scene, 0, cd0_asid(1) | (s ? SMMU_CD0_S : 0), ROOT0);
	response = arrive(scene, plain(1, VA));
	scene_free(scene);
	return response.event;
}

static void each_stall_model_has_its_legal_bits(void **state)
{
	static const struct {
		uint8_t model;
		bool s1stalld, s;
		uint8_t event;
	} cases[] = {
		{SMMU_STALL_NONE, false, false, 0},
		{SMMU_STALL_NONE, false, true, SMMU_C_BAD_CD},
		{SMMU_STALL_NONE, true, false, SMMU_C_BAD_STE},
		{SMMU_STALL_BOTH, false, false, 0},
		{SMMU_STALL_BOTH, false, true, 0},
		{SMMU_STALL_BOTH, true, false, 0},
		{SMMU_STALL_BOTH, true, true, SMMU_C_BAD_CD},
		{SMMU_STALL_FORCE, false, false, SMMU_C_BAD_CD},
		{SMMU_STALL_FORCE, false, true, 0},
		{SMMU_STALL_FORCE, true, true, SMMU_C_BAD_STE},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(event_under(cases[i].model, cases[i].s1stalld, cases[i].s),
				 cases[i].event);
}

static void the_answers_are_illegal_without_the_stall_model(void **state)
{
	struct scene *scene = *state; /* of scene_setup(): no stalls */
	struct smmu *smmu = scene->smmu;
	const struct smmu_command commands[] = {smmu_cmd_resume(1, 0, true),
						smmu_cmd_stall_term(1)};

	smmu_reg_write(smmu, SMMU_REG_CMDQ_BASE, 8, CMDQ | CMDQ_LOG2);
	for (unsigned i = 0; i < 2; i++) {
		poke(scene, CMDQ, commands[i].word[0]);
		poke(scene, CMDQ + 8, commands[i].word[1]);
		smmu_reg_write(smmu, SMMU_REG_CR0, 4, SMMU_CR0_CMDQEN);
		smmu_reg_write(smmu, SMMU_REG_CMDQ_PROD, 4, 1);
		assert_int_equal(
			smmu_get(smmu_reg_read(smmu, SMMU_REG_CMDQ_CONS, 4), SMMU_CMDQ_CONS_ERR),
			SMMU_CERROR_ILL);
		smmu_reg_write(smmu, SMMU_REG_CMDQ_PROD, 4, 0);
		smmu_reg_write(smmu, SMMU_REG_GERRORN, 4, smmu_reg_read(smmu, SMMU_REG_GERROR, 4));
	}
}

static void the_registers_tell_the_model(void **state)
{
	static const uint8_t field[] = {
		[SMMU_STALL_NONE] = 1,
		[SMMU_STALL_BOTH] = 0,
		[SMMU_STALL_FORCE] = 2,
	};

	(void)state;
	for (uint8_t model = 0; model <= SMMU_STALL_FORCE; model++) {
		struct smmu_profile profile = scene_profile();
		struct scene *scene;

		profile.stall_model = model;
		scene = scene_new(profile);
		assert_int_equal(smmu_get(smmu_reg_read(scene->smmu, SMMU_REG_IDR0, 4),
					  SMMU_IDR0_STALL_MODEL),
				 field[model]);
		assert_int_equal(
			smmu_get(smmu_reg_read(scene->smmu, SMMU_REG_IDR5, 4), SMMU_IDR5_STALL_MAX),
			model ? SMMU_MAX_STALLS : 0);
		scene_free(scene);
	}
}

/* 3.12.2: a tag is not given out again while its transaction waits, however long that is. */
static void a_tag_in_use_is_not_given_out_again(void **state)
{
	struct scene *scene = *state;
	struct smmu *smmu = scene->smmu;
	uint16_t waiting = stall(scene, 1);

	/* One round and a little of all 2^16 tags; the Event queue is full soon. */
	for (unsigned i = 0; i < 0x10002; i++) {
		const struct smmu_request request = {
			.sid = 2, .ssv = true, .ssid = 1, .addr = NOWHERE};
		struct smmu_response response = smmu_access(smmu, &request);

		assert_int_equal(response.status, SMMU_STALLED);
		assert_int_not_equal(response.stag, waiting);
		smmu_stall_terminate(smmu, 2);
		assert_int_equal(take(scene, 2, response.stag), SMMU_STALL_ABORT);
	}
	assert_int_equal(take(scene, 1, waiting), SMMU_STALL_WAITING);
	smmu_stall_resume(smmu, 1, waiting, true);
	assert_int_equal(take(scene, 1, waiting), SMMU_STALL_RETRY);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		STALL(a_fault_is_recorded_with_its_tag_and_waits),
		STALL(retry_lets_the_device_try_again),
		STALL(a_retry_that_faults_stalls_under_a_new_tag),
		STALL(both_ways_to_terminate_end_in_an_abort),
		STALL(answers_find_their_transaction_in_any_order),
		STALL(stray_answers_have_no_effect),
		STALL(stall_term_ends_all_of_one_stream),
		STALL(clearing_smmuen_ends_all),
		STALL(a_full_queue_delays_the_record_and_does_not_overflow),
		STALL(enabling_the_queue_retries_what_it_missed),
		STALL(stall_term_ends_what_has_no_record),
		STALL(without_a_free_tag_transactions_are_aborted),
		STALL(each_translation_fault_stalls),
		STALL(other_faults_and_other_traffic_never_stall),
		STALL(a_look_never_stalls),
		STALL(contexts_say_what_stalls),
		cmocka_unit_test(each_stall_model_has_its_legal_bits),
		TEST(the_answers_are_illegal_without_the_stall_model),
		cmocka_unit_test(the_registers_tell_the_model),
		STALL(a_tag_in_use_is_not_given_out_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
