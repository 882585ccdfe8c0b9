/* SPDX-License-Identifier: MIT */
/*
 * Contract: whole transactions through stage 2: CD fetch, both stages or stage 2 alone, bypass of
 * stage 1; each fault has the stage, class, address and fault model that 3.12, 5.5 and 7.3 say.
 * Run: ctest -R smmuv3.test_nested
 */
#include "flow_scene.h"

static void both_stages_make_the_address(void **state)
{
	struct scene *scene = *state;
	struct smmu_response response = send(scene, dma(NESTED, VA | 8));

	assert_int_equal(response.status, SMMU_OK);
	assert_int_equal(response.cause, SMMU_CAUSE_NONE);
	assert_int_equal(response.pa, PAGE | 8);
	assert_int_equal(response.size, 4096);
	assert_true(response.read_ok && response.write_ok && !response.bypass);
	clear_bits(scene, s2_entry(scene, PAGE), S2_WRITE);
	response = send(scene, dma(NESTED, VA));
	assert_true(response.read_ok && !response.write_ok);
	expect_pass(scene, dma(STAGE1, VA), PAGE2);
}

static void stage_2_alone_takes_the_address_as_an_ipa(void **state)
{
	struct scene *scene = *state;
	struct smmu_request request = dma(STAGE2, IPA_OF(PAGE) | 0x18);

	expect_pass(scene, request, PAGE | 0x18);
	expect_fault(scene, dma(STAGE2, SMMU_BIT(39)), SMMU_F_TRANSLATION, SMMU_CAUSE_s2_range,
		     true, SMMU_CLASS_IN, SMMU_BIT(39));
	/* 3.4: beyond the IAS it is a fault of stage 1, which is bypassed. */
	expect_fault(scene, dma(STAGE2, BEYOND), SMMU_F_ADDR_SIZE, SMMU_CAUSE_bypass_beyond_oas,
		     false, SMMU_CLASS_IN, 0);
	put_ste2(scene, STAGE2, STE2_PLAIN & ~SMMU_STE2_S2R);
	expect_fault(scene, dma(STAGE2, BEYOND), SMMU_F_ADDR_SIZE, SMMU_CAUSE_bypass_beyond_oas,
		     false, SMMU_CLASS_IN, 0);
	/* 7.3.9: no stage 1, no SubstreamIDs. */
	request.ssv = true;
	expect_abort(scene, request, SMMU_C_BAD_SUBSTREAMID);
}

static void s1dss_bypass_leaves_stage_2(void **state)
{
	struct scene *scene = *state;
	struct smmu_request request = dma(SUBSTREAM, VA);

	expect_pass(scene, dma(SUBSTREAM, IPA_OF(PAGE2)), PAGE2);
	expect_fault(scene, dma(SUBSTREAM, VA), SMMU_F_ADDR_SIZE, SMMU_CAUSE_bypass_beyond_oas,
		     false, SMMU_CLASS_IN, 0);
	request.ssv = true;
	request.ssid = 1;
	expect_pass(scene, request, PAGE);
}

/* What a page is to the transaction, and how stage 2 can refuse it. */
static const struct {
	uint64_t page, ipa;
	uint8_t fault_class;
} targets[] = {
	{CDTAB, IPA_OF(CDTAB + 64), SMMU_CLASS_CD},
	{ROOT0, IPA_OF(ROOT0) + 0x7f0, SMMU_CLASS_TT},
	{PAGE, IPA_OF(PAGE), SMMU_CLASS_IN},
};

static const struct {
	uint64_t clear, set;
	uint8_t event, cause;
} refusals[] = {
	{S2_VALID, 0, SMMU_F_TRANSLATION, SMMU_CAUSE_s2_desc_invalid},
	{0, BEYOND, SMMU_F_ADDR_SIZE, SMMU_CAUSE_s2_output_size},
	{S2_AF, 0, SMMU_F_ACCESS, SMMU_CAUSE_s2_access_flag},
	{S2_READ, 0, SMMU_F_PERMISSION, SMMU_CAUSE_s2_perm_read},
};

static void stage_2_fault_names_stage_class_and_ipa(void **state)
{
	struct scene *scene = *state;

	for (unsigned t = 0; t < 3; t++) {
		for (unsigned r = 0; r < 4; r++) {
			uint64_t entry = s2_entry(scene, targets[t].page);
			uint64_t whole = look(scene, entry);
			struct smmu_event record;

			poke(scene, entry, (whole & ~refusals[r].clear) | refusals[r].set);
			record = expect_fault(scene, dma(NESTED, VA | 8), refusals[r].event,
					      refusals[r].cause, true, targets[t].fault_class,
					      targets[t].ipa);
			assert_true(record.rnw);
			assert_false(record.stall);
			/* 7.3.16: the descriptor was to be read. */
			assert_int_equal(record.ttrnw,
					 targets[t].fault_class == SMMU_CLASS_TT &&
						 refusals[r].event == SMMU_F_PERMISSION);
			poke(scene, entry, whole);
		}
	}
	expect_pass(scene, dma(NESTED, VA), PAGE);
}

static void stage_2_decides_about_its_faults_alone(void **state)
{
	struct scene *scene = *state;
	uint64_t entry = s2_entry(scene, PAGE);

	/* 5.5: CD.R is about stage 1. */
	put_cd(scene, 1, cd0_asid(ASID) & ~SMMU_CD0_R, IPA_OF(ROOT0));
	expect_abort(scene, dma(NESTED, 0x1000), 0);
	clear_bits(scene, entry, S2_VALID);
	expect_abort(scene, dma(NESTED, VA), SMMU_F_TRANSLATION);
	/* S2R is about stage 2. */
	put_ste2(scene, NESTED, STE2_PLAIN & ~SMMU_STE2_S2R);
	assert_int_equal(send(scene, dma(NESTED, VA)).cause, SMMU_CAUSE_s2_desc_invalid);
	expect_abort(scene, dma(NESTED, VA), 0);
	put_cd(scene, 1, cd0_asid(ASID), IPA_OF(ROOT0));
	expect_abort(scene, dma(NESTED, VA), 0);
	expect_abort(scene, dma(NESTED, 0x1000), SMMU_F_TRANSLATION);
	clear_bits(scene, s2_entry(scene, CDTAB), S2_VALID);
	expect_abort(scene, dma(NESTED, VA), 0);
}

static struct smmu_event expect_stall(struct scene *scene)
{
	struct smmu_request request = dma(NESTED, VA);
	struct smmu_response response = smmu_access(scene->smmu, &request);
	struct smmu_event record;

	assert_int_equal(response.status, SMMU_STALLED);
	assert_int_equal(pending_events(scene), 1);
	record = take_event(scene);
	assert_true(record.stall);
	assert_int_equal(record.stag, response.stag);
	return record;
}

static void s2s_stalls_whatever_was_fetched(void **state)
{
	struct scene *scene = *state;

	/* 5.2 EATS: ATS and S2S exclude each other. */
	put_ste(scene, NESTED, ste_config(SMMU_STE0_CONFIG_S1S2) | IPA_OF(CDTAB + 64), 0);
	put_ste2(scene, NESTED, STE2_PLAIN | SMMU_STE2_S2S);
	for (unsigned t = 0; t < 3; t++) {
		uint64_t entry = s2_entry(scene, targets[t].page);
		struct smmu_event record;

		clear_bits(scene, entry, S2_VALID);
		record = expect_stall(scene);
		assert_int_equal(record.type, SMMU_F_TRANSLATION);
		assert_int_equal(record.fault_class, targets[t].fault_class);
		assert_int_equal(record.ipa, targets[t].ipa & ~0xfffull);
		set_bits(scene, entry, S2_VALID);
	}
	/* Stage 1 has CD.S. */
	expect_abort(scene, dma(NESTED, 0x1000), SMMU_F_TRANSLATION);
}

static void cd_fetch_abort_is_at_the_physical_address(void **state)
{
	struct scene *scene = *state;
	struct smmu_event record;

	for (uint64_t word = 0; word < 2; word++) {
		scene->bad_pa = CDTAB + 64 + word * 8;
		assert_int_equal(send(scene, dma(NESTED, VA)).cause, SMMU_CAUSE_cd_fetch);
		record = take_event(scene);
		assert_int_equal(record.type, SMMU_F_CD_FETCH);
		assert_int_equal(record.fetch_addr, CDTAB + 64);
	}
	/* 5.5: R is not asked. */
	put_ste2(scene, NESTED, STE2_PLAIN & ~SMMU_STE2_S2R);
	expect_abort(scene, dma(NESTED, VA), SMMU_F_CD_FETCH);
}

static void walk_abort_names_the_stage_of_the_descriptor(void **state)
{
	struct scene *scene = *state;

	put_ste2(scene, NESTED, STE2_PLAIN & ~SMMU_STE2_S2R);
	for (unsigned t = 0; t < 3; t++) {
		struct smmu_event record;

		scene->bad_pa = s2_entry(scene, targets[t].page);
		assert_int_equal(send(scene, dma(NESTED, VA)).cause, SMMU_CAUSE_s2_walk_abort);
		record = take_event(scene);
		assert_int_equal(record.type, SMMU_F_WALK_EABT);
		assert_true(record.s2);
		assert_int_equal(record.fault_class, targets[t].fault_class);
		assert_int_equal(record.fetch_addr, scene->bad_pa);
	}
	for (unsigned level = 0; level < 4; level++) {
		struct smmu_event record;

		scene->bad_pa = s1_entry(scene, level);
		assert_int_equal(send(scene, dma(NESTED, VA)).cause, SMMU_CAUSE_s1_walk_abort);
		record = take_event(scene);
		assert_int_equal(record.type, SMMU_F_WALK_EABT);
		assert_false(record.s2);
		assert_int_equal(record.fault_class, SMMU_CLASS_TT);
		assert_int_equal(record.fetch_addr, scene->bad_pa);
	}
}

/* 3.9.1.3: what stops the stage 2 of Translated traffic is recorded as for an ordinary transaction,
 * and so whatever CR2.REC_CFG_ATS says, which is about configuration errors. */
static void walk_abort_of_translated_traffic_is_recorded(void **state)
{
	struct scene *scene = *state;
	struct smmu_request request = {
		.sid = NESTED, .addr = IPA_OF(PAGE), .kind = SMMU_ATS_TRANSLATED};
	struct smmu_event record;

	put_ste(scene, NESTED, ste_config(SMMU_STE0_CONFIG_S1S2) | IPA_OF(CDTAB + 64),
		smmu_put(SMMU_STE1_EATS, SMMU_STE1_EATS_SPLIT));
	scene->bad_pa = s2_entry(scene, PAGE);
	expect_abort(scene, request, SMMU_F_WALK_EABT);
	send(scene, request);
	record = take_event(scene);
	assert_true(record.s2);
	assert_int_equal(record.fault_class, SMMU_CLASS_IN);
	assert_int_equal(record.fetch_addr, scene->bad_pa);
}

/*
 * 3.9.1.2: where stage 1 grants an ATS request nothing, its output is not translated and no fault of
 * stage 2 is visible. Reads are execution here (INSTCFG), which the page forbids, and it is clean.
 */
static void request_that_stage_1_grants_nothing_ends_there(void **state)
{
	struct scene *scene = *state;
	struct smmu_request request = {.sid = NESTED, .addr = VA, .kind = SMMU_ATS_REQUEST};
	struct smmu_response response;

	put_ste(scene, NESTED, ste_config(SMMU_STE0_CONFIG_S1S2) | IPA_OF(CDTAB + 64),
		smmu_put(SMMU_STE1_EATS, SMMU_STE1_EATS_FULL) | smmu_put(SMMU_STE1_INSTCFG, 3));
	put_cd(scene, 1, cd0_asid(ASID) | SMMU_CD0_HA | SMMU_CD0_HD, IPA_OF(ROOT0));
	set_bits(scene, s1_entry(scene, 3), DESC_RO | DBM | SMMU_BIT(54));
	scene->bad_pa = s2_entry(scene, PAGE);
	response = send(scene, request);
	assert_int_equal(response.status, SMMU_OK);
	assert_int_equal(response.cause, SMMU_CAUSE_s1_perm_exec);
	assert_false(response.read_ok || response.write_ok);
	/* NW == 0 may write, so stage 2 is asked: CA. */
	request.write = true;
	response = send(scene, request);
	assert_int_equal(response.status, SMMU_ATS_DENIED);
	assert_int_equal(response.cause, SMMU_CAUSE_s2_walk_abort);
	scene->bad_pa = 0;
	response = send(scene, request);
	assert_true(!response.read_ok && response.write_ok);
}

static void two_level_cd_table_is_in_ipa_space(void **state)
{
	struct scene *scene = *state;
	struct smmu_request request = {.sid = 6, .ssv = true, .ssid = 65, .addr = VA};

	put_ste(scene, 6,
		ste_config(SMMU_STE0_CONFIG_S1S2) | IPA_OF(L2CDS) | smmu_put(SMMU_STE0_S1CDMAX, 7) |
			smmu_put(SMMU_STE0_S1FMT, SMMU_STE0_S1FMT_4K_L2),
		0);
	put_ste2(scene, 6, STE2_PLAIN);
	poke(scene, L2CDS + 8, IPA_OF(CDTAB) | SMMU_L1CD_V);
	expect_pass(scene, request, PAGE);
	clear_bits(scene, s2_entry(scene, CDTAB), S2_VALID);
	expect_fault(scene, request, SMMU_F_TRANSLATION, SMMU_CAUSE_s2_desc_invalid, true,
		     SMMU_CLASS_CD, IPA_OF(CDTAB + 64));
	clear_bits(scene, s2_entry(scene, L2CDS), S2_VALID);
	expect_fault(scene, request, SMMU_F_TRANSLATION, SMMU_CAUSE_s2_desc_invalid, true,
		     SMMU_CLASS_CD, IPA_OF(L2CDS + 8));
	set_bits(scene, s2_entry(scene, L2CDS), S2_VALID);
	scene->bad_pa = L2CDS + 8;
	send(scene, request);
	assert_int_equal(take_event(scene).fetch_addr, L2CDS + 8);
}

static void overrides_reach_stage_2(void **state)
{
	struct scene *scene = *state;
	struct smmu_request request = dma(STAGE2, IPA_OF(PAGE));
	struct smmu_event record;

	/* XN[1:0] = 0b10: nobody executes. */
	set_bits(scene, s2_entry(scene, PAGE), SMMU_BIT(54));
	expect_pass(scene, request, PAGE);
	put_ste(scene, STAGE2, ste_config(SMMU_STE0_CONFIG_S2), smmu_put(SMMU_STE1_INSTCFG, 3));
	record = expect_fault(scene, request, SMMU_F_PERMISSION, SMMU_CAUSE_s2_perm_exec, true,
			      SMMU_CLASS_IN, IPA_OF(PAGE));
	assert_true(record.ind);
	/* 5.2 INSTCFG: a write is data. */
	request.write = true;
	expect_pass(scene, request, PAGE);
	/* XN[1:0] = 0b01: only EL0 executes. */
	request.write = false;
	poke(scene, s2_entry(scene, PAGE), PAGE | S2_RW | SMMU_BIT(53));
	expect_pass(scene, request, PAGE);
	put_ste(scene, STAGE2, ste_config(SMMU_STE0_CONFIG_S2),
		smmu_put(SMMU_STE1_INSTCFG, 3) | smmu_put(SMMU_STE1_PRIVCFG, 3));
	record = expect_fault(scene, request, SMMU_F_PERMISSION, SMMU_CAUSE_s2_perm_exec, true,
			      SMMU_CLASS_IN, IPA_OF(PAGE));
	assert_true(record.pnu);
}

/* 3.13: with HA and HD at both stages one write marks what it used; a look marks nothing. */
static void access_updates_and_peek_does_not(void **state)
{
	struct scene *scene = *state;
	struct smmu_request request = {.sid = NESTED, .addr = VA, .write = true};
	uint64_t s1 = s1_entry(scene, 3), s2 = s2_entry(scene, PAGE), cd = s2_entry(scene, CDTAB);

	put_ste2(scene, NESTED, STE2_PLAIN | SMMU_STE2_S2HA | SMMU_STE2_S2HD);
	put_cd(scene, 1, cd0_asid(ASID) | SMMU_CD0_HA | SMMU_CD0_HD, IPA_OF(ROOT0));
	poke(scene, s1, (look(scene, s1) & ~DESC_AF) | DESC_RO | DBM);
	poke(scene, s2, (look(scene, s2) & ~(S2_AF | S2_WRITE)) | DBM);
	poke(scene, cd, (look(scene, cd) & ~(S2_AF | S2_WRITE)) | DBM);
	assert_int_equal(smmu_peek(scene->smmu, &request).status, SMMU_OK);
	assert_int_equal(scene->writes, 0);
	assert_int_equal(smmu_counters(scene->smmu).updates, 0);
	assert_int_equal(smmu_access(scene->smmu, &request).pa, PAGE);
	assert_int_equal(look(scene, s1) & (DESC_AF | DESC_RO), DESC_AF);
	assert_int_equal(look(scene, s2) & (S2_AF | S2_WRITE), S2_AF | S2_WRITE);
	/* 3.13.3.1: never for the fetch of a CD. */
	assert_int_equal(look(scene, cd) & (S2_AF | S2_WRITE), S2_AF);
	assert_true(smmu_counters(scene->smmu).updates >= 3);
}

static void unknown_kind_is_an_unsupported_transaction(void **state)
{
	struct scene *scene = *state;
	struct smmu_request request = {.sid = NESTED, .addr = VA, .kind = 3, .privileged = true};
	struct smmu_event record;

	for (unsigned enabled = 0; enabled < 2; enabled++) {
		scene_enable(scene, 4, enabled ? SMMU_CR0_SMMUEN : 0);
		assert_int_equal(send(scene, request).cause, SMMU_CAUSE_uut);
		record = take_event(scene);
		assert_int_equal(record.type, SMMU_F_UUT);
		assert_int_equal(record.input_addr, VA);
	}
}

static void silent_outcomes_have_a_cause(void **state)
{
	struct scene *scene = *state;

	put_ste(scene, 7, SMMU_STE0_V, 0);
	assert_int_equal(send(scene, dma(7, 0)).cause, SMMU_CAUSE_ste_config_abort);
	scene_enable(scene, 4, 0);
	assert_int_equal(send(scene, dma(7, BEYOND)).cause, SMMU_CAUSE_bypass_beyond_oas);
	smmu_reg_write(scene->smmu, SMMU_REG_GBPA, 4, SMMU_GBPA_UPDATE | SMMU_GBPA_ABORT);
	assert_int_equal(send(scene, dma(7, 0)).cause, SMMU_CAUSE_gbpa_abort);
	assert_int_equal(pending_events(scene), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FLOW(both_stages_make_the_address),
		FLOW(stage_2_alone_takes_the_address_as_an_ipa),
		FLOW(s1dss_bypass_leaves_stage_2),
		FLOW(stage_2_fault_names_stage_class_and_ipa),
		FLOW(stage_2_decides_about_its_faults_alone),
		FLOW(s2s_stalls_whatever_was_fetched),
		FLOW(cd_fetch_abort_is_at_the_physical_address),
		FLOW(walk_abort_names_the_stage_of_the_descriptor),
		FLOW(walk_abort_of_translated_traffic_is_recorded),
		FLOW(request_that_stage_1_grants_nothing_ends_there),
		FLOW(two_level_cd_table_is_in_ipa_space),
		FLOW(overrides_reach_stage_2),
		FLOW(access_updates_and_peek_does_not),
		FLOW(unknown_kind_is_an_unsupported_transaction),
		FLOW(silent_outcomes_have_a_cause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
