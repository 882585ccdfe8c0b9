/* SPDX-License-Identifier: MIT */
/*
 * Contract: an Untranslated transaction passes, is aborted silently, or is aborted with exactly
 * one event record whose fields are those of 7.3, in the order of 7.3.22.
 * Run: ctest -R smmuv3.test_translate
 */
#include "scene.h"

#define BYPASS (SMMU_STE0_V | smmu_put(SMMU_STE0_CONFIG, SMMU_STE0_CONFIG_BYPASS))
#define OAS    SMMU_BIT(40)

static struct smmu_request from(uint32_t sid, uint64_t addr)
{
	return (struct smmu_request){.sid = sid, .addr = addr};
}

static struct smmu_request substream(uint32_t sid, uint32_t ssid, uint64_t addr)
{
	return (struct smmu_request){.sid = sid, .ssv = true, .ssid = ssid, .addr = addr};
}

/* SID 2: eight CDs, S1DSS as given. */
static void put_substream_stream(struct scene *scene, unsigned s1dss)
{
	put_ste(scene, 2, STE0_S1(3, 0), smmu_put(SMMU_STE1_S1DSS, s1dss));
	put_cd(scene, 0, cd0_asid(10), ROOT0);
	put_cd(scene, 5, cd0_asid(15), ROOT1);
	map(scene, ROOT0, 0x1000, PAGE | LEAF_RW);
	map(scene, ROOT1, 0x1000, PAGE2 | LEAF_RW);
}

static void disabled_smmu_follows_gbpa(void **state)
{
	struct scene *scene = *state;

	scene_enable(scene, 4, 0);
	scene->smmu->regs.gbpa = 0;
	assert_true(send(scene, from(3, 0x1234)).bypass);
	expect_pass(scene, from(0xffffffff, OAS - 1), OAS - 1);
	expect_abort(scene, from(3, OAS), 0);
	scene->smmu->regs.gbpa = SMMU_GBPA_ABORT;
	expect_abort(scene, from(3, 0x1234), 0);
}

static void plain_stream_translates(void **state)
{
	struct scene *scene = *state;
	struct smmu_response response;

	put_plain_stream(scene);
	response = dma_read(scene, 1, 0x1234);
	assert_int_equal(response.status, SMMU_OK);
	assert_int_equal(response.pa, PAGE + 0x234);
	assert_int_equal(response.size, 4096);
	assert_true(response.read_ok && response.write_ok);
	assert_false(response.bypass || response.global);
	assert_int_equal(smmu_counters(scene->smmu).walks, 1);
}

static void bad_streamid_is_recorded_with_recinvsid(void **state)
{
	struct scene *scene = *state;
	struct smmu_event event;

	send(scene, substream(16, 7, 0x1000));
	event = take_event(scene);
	assert_int_equal(event.type, SMMU_C_BAD_STREAMID);
	assert_int_equal(event.sid, 16);
	assert_true(event.ssv);
	assert_int_equal(event.ssid, 7);
	expect_abort(scene, from(0xffffffff, 0), SMMU_C_BAD_STREAMID);
	scene->smmu->regs.cr2 &= ~(uint32_t)SMMU_CR2_RECINVSID;
	expect_abort(scene, from(16, 0x1000), 0);
}

static void two_level_stream_table_is_walked(void **state)
{
	struct scene *scene = *state;

	put_plain_stream(scene);
	scene_enable(scene,
		     10 | 6u << SMMU_STRTAB_CFG_SPLIT_SHIFT | 1u << SMMU_STRTAB_CFG_FMT_SHIFT,
		     SMMU_CR0_SMMUEN);
	poke(scene, STRTAB, 0);
	poke(scene, STRTAB + 2 * 8, L2STES | 3); /* four STEs from SID 128 on */
	poke(scene, L2STES + 64, STE0_S1(0, 0));
	expect_pass(scene, from(129, 0x1000), PAGE);
	expect_abort(scene, from(128, 0x1000), SMMU_C_BAD_STE);
	expect_abort(scene, from(132, 0x1000), SMMU_C_BAD_STREAMID);
	expect_abort(scene, from(1, 0x1000), SMMU_C_BAD_STREAMID);
	scene->bad_pa = STRTAB + 2 * 8;
	send(scene, from(129, 0x1000));
	assert_int_equal(take_event(scene).fetch_addr, STRTAB + 2 * 8);
}

static void ste_fetch_abort_reports_the_structure(void **state)
{
	struct scene *scene = *state;

	put_plain_stream(scene);
	for (unsigned word = 0; word < 2; word++) {
		struct smmu_event event;

		scene->bad_pa = STRTAB + 64 + 8 * word;
		send(scene, from(1, 0x1000));
		event = take_event(scene);
		assert_int_equal(event.type, SMMU_F_STE_FETCH);
		assert_int_equal(event.fetch_addr, STRTAB + 64);
		assert_int_equal(event.sid, 1);
	}
}

static void nothing_is_fetched_beyond_the_oas(void **state)
{
	struct scene *scene = *state;
	struct smmu_event event;
	uint64_t value;

	scene_enable(scene,
		     10 | 6u << SMMU_STRTAB_CFG_SPLIT_SHIFT | 1u << SMMU_STRTAB_CFG_FMT_SHIFT,
		     SMMU_CR0_SMMUEN);
	poke(scene, STRTAB, OAS | L2STES | 1);
	send(scene, from(0, 0x1000));
	event = take_event(scene);
	assert_int_equal(event.type, SMMU_F_STE_FETCH);
	/* 7.3.4: FetchAddr[55:OAS] are RES0. */
	assert_int_equal(event.fetch_addr, L2STES);
	assert_true(smmu_mem_read(scene->smmu, STRTAB, &value));
	scene->smmu->profile.oas_bits = 28;
	assert_false(smmu_mem_read(scene->smmu, STRTAB, &value));
}

static void ste_configuration_decides(void **state)
{
	struct scene *scene = *state;

	put_ste(scene, 3, 0, 0);
	expect_abort(scene, from(3, 0x1000), SMMU_C_BAD_STE);
	put_ste(scene, 3, SMMU_STE0_V, 0);
	expect_abort(scene, from(3, 0x1000), 0);
	expect_abort(scene, substream(3, 1, 0x1000), 0);
	put_ste(scene, 3, BYPASS, 0);
	expect_pass(scene, from(3, OAS - 8), OAS - 8);
	expect_abort(scene, substream(3, 1, 0x1000), SMMU_C_BAD_SUBSTREAMID);
}

static void bypass_beyond_the_oas_is_a_stage_1_size_fault(void **state)
{
	struct scene *scene = *state;
	struct smmu_event event;

	put_ste(scene, 3, BYPASS, smmu_put(SMMU_STE1_PRIVCFG, 3));
	send(scene, (struct smmu_request){.sid = 3, .addr = OAS | 0x10, .write = true});
	event = take_event(scene);
	assert_int_equal(event.type, SMMU_F_ADDR_SIZE);
	assert_int_equal(event.fault_class, SMMU_CLASS_IN);
	assert_int_equal(event.input_addr, OAS | 0x10);
	assert_false(event.rnw || event.s2 || event.stall);
	assert_true(event.pnu);
}

static void substream_selects_its_cd(void **state)
{
	struct scene *scene = *state;
	struct smmu_event event;

	put_substream_stream(scene, SMMU_STE1_S1DSS_SSID0);
	expect_pass(scene, from(2, 0x1008), PAGE + 8);
	expect_pass(scene, substream(2, 5, 0x1008), PAGE2 + 8);
	expect_abort(scene, substream(2, 0, 0x1008), SMMU_F_STREAM_DISABLED);
	expect_abort(scene, substream(2, 4, 0x1008), SMMU_C_BAD_CD);
	send(scene, substream(2, 8, 0x1008));
	event = take_event(scene);
	assert_int_equal(event.type, SMMU_C_BAD_SUBSTREAMID);
	assert_int_equal(event.ssid, 8);
}

static void s1dss_terminates_or_bypasses(void **state)
{
	struct scene *scene = *state;

	put_substream_stream(scene, SMMU_STE1_S1DSS_TERMINATE);
	expect_abort(scene, from(2, 0x1000), SMMU_F_STREAM_DISABLED);
	expect_pass(scene, substream(2, 0, 0x1000), PAGE);
	put_substream_stream(scene, SMMU_STE1_S1DSS_BYPASS);
	expect_pass(scene, from(2, 0x1000), 0x1000);
	expect_abort(scene, from(2, OAS), SMMU_F_ADDR_SIZE);
	expect_pass(scene, substream(2, 5, 0x1000), PAGE2);
}

static void two_level_cd_table_is_walked(void **state)
{
	struct scene *scene = *state;
	struct smmu_event event;

	put_ste(scene, 2, STE0_S1(10, SMMU_STE0_S1FMT_4K_L2), smmu_put(SMMU_STE1_S1DSS, 2));
	poke(scene, CDTAB + 3 * 8, L2CDS | 1);
	poke(scene, L2CDS + 7 * 64, cd0_asid(7));
	poke(scene, L2CDS + 7 * 64 + 8, ROOT1);
	map(scene, ROOT1, 0x1000, PAGE2 | LEAF_RW);
	expect_pass(scene, substream(2, 3 * 64 + 7, 0x1000), PAGE2);
	expect_abort(scene, substream(2, 3 * 64 + 8, 0x1000), SMMU_C_BAD_CD);
	send(scene, substream(2, 64, 0x1000));
	event = take_event(scene);
	assert_int_equal(event.type, SMMU_C_BAD_SUBSTREAMID);
	assert_int_equal(event.ssid, 64);
	/* 7.3.9: without a SubstreamID, through S1DSS, it is recorded as 0. */
	send(scene, (struct smmu_request){.sid = 2, .ssid = 99, .addr = 0x1000});
	event = take_event(scene);
	assert_int_equal(event.type, SMMU_C_BAD_SUBSTREAMID);
	assert_int_equal(event.ssid, 0);
	scene->bad_pa = CDTAB + 3 * 8;
	send(scene, substream(2, 3 * 64 + 7, 0x1000));
	event = take_event(scene);
	assert_int_equal(event.type, SMMU_F_CD_FETCH);
	assert_int_equal(event.fetch_addr, CDTAB + 3 * 8);
}

static void cd_fetch_abort_reports_the_structure(void **state)
{
	struct scene *scene = *state;

	put_substream_stream(scene, 0);
	for (unsigned word = 0; word < 4; word++) {
		struct smmu_event event;

		scene->bad_pa = CDTAB + 5 * 64 + 8 * word;
		send(scene, substream(2, 5, 0x1000));
		event = take_event(scene);
		assert_int_equal(event.type, SMMU_F_CD_FETCH);
		assert_int_equal(event.fetch_addr, CDTAB + 5 * 64);
		assert_true(event.ssv);
		assert_int_equal(event.ssid, 5);
	}
}

static void translation_fault_record_describes_the_access(void **state)
{
	struct scene *scene = *state;

	put_substream_stream(scene, 0);
	for (unsigned bits = 0; bits < 8; bits++) {
		struct smmu_request request = substream(2, 5, 0x123456789abc);
		struct smmu_event event;

		request.write = bits & 1;
		request.privileged = bits & 2;
		request.instruction = bits & 4;
		send(scene, request);
		event = take_event(scene);
		assert_int_equal(event.type, SMMU_F_TRANSLATION);
		assert_int_equal(event.sid, 2);
		assert_true(event.ssv);
		assert_int_equal(event.ssid, 5);
		assert_int_equal(event.input_addr, 0x123456789abc);
		assert_int_equal(event.fault_class, SMMU_CLASS_IN);
		assert_int_equal(event.rnw, !request.write);
		assert_int_equal(event.pnu, request.privileged);
		assert_int_equal(event.ind, request.instruction && !request.write);
		assert_false(event.s2 || event.stall);
	}
}

static void overrides_show_in_the_record(void **state)
{
	struct scene *scene = *state;
	struct smmu_request request = from(1, 0x5000);
	struct smmu_event event;

	put_plain_stream(scene);
	put_ste(scene, 1, STE0_S1(0, 0),
		smmu_put(SMMU_STE1_PRIVCFG, 3) | smmu_put(SMMU_STE1_INSTCFG, 3));
	send(scene, request);
	event = take_event(scene);
	assert_true(event.pnu && event.ind && event.rnw);
	request.write = true;
	send(scene, request);
	event = take_event(scene);
	assert_true(event.pnu);
	assert_false(event.ind || event.rnw);
	put_ste(scene, 1, STE0_S1(0, 0),
		smmu_put(SMMU_STE1_PRIVCFG, 2) | smmu_put(SMMU_STE1_INSTCFG, 2));
	request = (struct smmu_request){
		.sid = 1, .addr = 0x5000, .privileged = true, .instruction = true};
	send(scene, request);
	event = take_event(scene);
	assert_false(event.pnu || event.ind);
}

static void every_walk_fault_has_its_event(void **state)
{
	struct scene *scene = *state;
	struct smmu_request write = {.sid = 1, .addr = 0x4000, .write = true};
	struct smmu_event event;
	uint64_t entry;

	put_plain_stream(scene);
	map(scene, ROOT0, 0x2000, PAGE | (LEAF_RW & ~SMMU_BIT(10)));
	map(scene, ROOT0, 0x3000, OAS | LEAF_RW);
	entry = map(scene, ROOT0, 0x4000, PAGE | LEAF_RO);
	expect_abort(scene, from(1, 0x2000), SMMU_F_ACCESS);
	expect_abort(scene, from(1, 0x3000), SMMU_F_ADDR_SIZE);
	expect_abort(scene, write, SMMU_F_PERMISSION);
	assert_false(dma_read(scene, 1, 0x4000).write_ok);
	scene->bad_pa = entry;
	send(scene, write);
	event = take_event(scene);
	assert_int_equal(event.type, SMMU_F_WALK_EABT);
	assert_int_equal(event.fault_class, SMMU_CLASS_TT);
	assert_int_equal(event.fetch_addr, entry);
	assert_int_equal(event.input_addr, 0x4000);
	assert_false(event.rnw);
}

static void clear_r_silences_translation_faults_only(void **state)
{
	struct scene *scene = *state;
	uint64_t entry;

	put_plain_stream(scene);
	put_cd(scene, 0, cd0_asid(1) & ~SMMU_CD0_R, ROOT0);
	entry = map(scene, ROOT0, 0x2000, PAGE | (LEAF_RW & ~SMMU_BIT(10)));
	expect_abort(scene, from(1, 0x9000), 0);
	expect_abort(scene, from(1, 0x2000), 0);
	scene->bad_pa = entry;
	expect_abort(scene, from(1, 0x2000), SMMU_F_WALK_EABT);
	/* A == 0 is RAZ/WI for the device: terminated all the same. */
	put_cd(scene, 0, cd0_asid(1) & ~(SMMU_CD0_R | SMMU_CD0_A), ROOT0);
	expect_abort(scene, from(1, 0x9000), 0);
}

static void quiet_cd_aborts_without_a_record(void **state)
{
	struct scene *scene = *state;

	put_plain_stream(scene);
	put_cd(scene, 0, (cd0_asid(1) | SMMU_CD0_EPD0) & ~SMMU_CD0_R, ROOT0);
	expect_abort(scene, from(1, 0x1000), 0);
	assert_int_equal(smmu_counters(scene->smmu).events, 0);
}

static void record_is_lost_when_the_queue_is_full(void **state)
{
	struct scene *scene = *state;

	for (unsigned i = 0; i < EVENTS + 3; i++)
		assert_int_equal(dma_read(scene, 3, 0).event, SMMU_C_BAD_STE);
	assert_int_equal(smmu_counters(scene->smmu).events, EVENTS);
	assert_int_equal(smmu_counters(scene->smmu).events_lost, 3);
}

static void peek_changes_nothing(void **state)
{
	struct scene *scene = *state;
	struct smmu_request request = from(1, 0x9000);
	struct smmu *before = malloc(smmu_sizeof());
	unsigned writes = scene->writes;

	assert_non_null(before);
	put_plain_stream(scene);
	scene->smmu->profile.cache = SMMU_CACHE_EXACT;
	memcpy(before, scene->smmu, smmu_sizeof());
	assert_int_equal(smmu_peek(scene->smmu, &request).event, SMMU_F_TRANSLATION);
	request.addr = 0x1000;
	assert_int_equal(smmu_peek(scene->smmu, &request).pa, PAGE);
	assert_memory_equal(before, scene->smmu, smmu_sizeof());
	assert_int_equal(writes, scene->writes);
	free(before);
}

static uint64_t next_random(uint64_t *random)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return *random;
}

/* Damage some bits of a word that would be right. */
static void poke_damaged(struct scene *scene, uint64_t pa, uint64_t right, uint64_t *random)
{
	uint64_t a = next_random(random), b = next_random(random), c = next_random(random);

	poke(scene, pa, c % 4 ? right ^ (a & b & c & next_random(random)) : right);
}

static void damaged_structures_always_mean_something(void **state)
{
	struct scene *scene = *state;
	uint64_t random = 88172645463325252ull;
	unsigned seen[256] = {0};
	uint64_t table;

	map(scene, ROOT0, 0x1000, PAGE | LEAF_RW);
	table = look(scene, ROOT0);
	for (unsigned round = 0; round < 30000; round++) {
		struct smmu_request request;
		struct smmu_response response;

		poke_damaged(scene, STRTAB, STE0_S1(3, round % 3), &random);
		poke_damaged(scene, STRTAB + 8, smmu_put(SMMU_STE1_EATS, 1), &random);
		poke_damaged(scene, CDTAB, cd0_asid(1), &random);
		poke_damaged(scene, CDTAB + 8, ROOT0, &random);
		poke_damaged(scene, CDTAB + 16, ROOT1, &random);
		poke_damaged(scene, ROOT0, table, &random);
		scene->smmu->regs.strtab_base_cfg = (uint32_t)(next_random(&random) >> 20) | 8;
		scene->smmu->regs.strtab_base = random & 7 ? STRTAB : random;
		scene->smmu->regs.cr2 = (uint32_t)random >> 8 & 15;
		request = (struct smmu_request){
			.sid = random & 64 ? (uint32_t)random & 0x3ff : 0,
			.ssv = random & 128,
			.ssid = random & 256 ? (uint32_t)(random >> 30) & 0xfffff : 0,
			.addr = random & 512 ? random >> (random & 63) : 0x1000,
			.kind = (uint8_t)(random >> 10 & 3),
			.write = random & 4096,
		};
		response = send(scene, request);
		seen[response.event]++;
		if (response.event)
			take_event(scene);
		assert_true(response.status != SMMU_OK || !response.event);
	}
	assert_true(seen[SMMU_C_BAD_STREAMID] && seen[SMMU_F_STE_FETCH] && seen[SMMU_C_BAD_STE]);
	assert_true(seen[SMMU_F_STREAM_DISABLED] && seen[SMMU_C_BAD_SUBSTREAMID]);
	assert_true(seen[SMMU_F_CD_FETCH] && seen[SMMU_C_BAD_CD] && seen[SMMU_F_TRANSLATION]);
	assert_true(seen[SMMU_F_WALK_EABT] && seen[SMMU_F_BAD_ATS_TREQ]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(disabled_smmu_follows_gbpa),
		TEST(plain_stream_translates),
		TEST(bad_streamid_is_recorded_with_recinvsid),
		TEST(two_level_stream_table_is_walked),
		TEST(ste_fetch_abort_reports_the_structure),
		TEST(nothing_is_fetched_beyond_the_oas),
		TEST(ste_configuration_decides),
		TEST(bypass_beyond_the_oas_is_a_stage_1_size_fault),
		TEST(substream_selects_its_cd),
		TEST(s1dss_terminates_or_bypasses),
		TEST(two_level_cd_table_is_walked),
		TEST(cd_fetch_abort_reports_the_structure),
		TEST(translation_fault_record_describes_the_access),
		TEST(overrides_show_in_the_record),
		TEST(every_walk_fault_has_its_event),
		TEST(clear_r_silences_translation_faults_only),
		TEST(quiet_cd_aborts_without_a_record),
		TEST(record_is_lost_when_the_queue_is_full),
		TEST(peek_changes_nothing),
		TEST(damaged_structures_always_mean_something),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
