/* SPDX-License-Identifier: MIT */
/*
 * Contract: ATS translation requests and ATS Translated transactions are answered as the tables of
 * 3.9.1.2 and 3.9.1.3 say, with 13.7.1's permissions.
 * Run: ctest -R smmuv3.test_ats
 */
#include "scene.h"

#define BYPASS (SMMU_STE0_V | smmu_put(SMMU_STE0_CONFIG, SMMU_STE0_CONFIG_BYPASS))
#define EATS   smmu_put(SMMU_STE1_EATS, SMMU_STE1_EATS_FULL)
#define OAS    SMMU_BIT(40)

static struct smmu_request treq(uint32_t sid, uint64_t addr)
{
	return (struct smmu_request){.sid = sid, .addr = addr, .kind = SMMU_ATS_REQUEST};
}

static struct smmu_request translated(uint32_t sid, uint64_t addr)
{
	return (struct smmu_request){.sid = sid, .addr = addr, .kind = SMMU_ATS_TRANSLATED};
}

/* A successful completion; '-' in rights: none of it. */
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
	assert_false(response.global);
	assert_int_equal(pending_events(scene), 0);
}

static void expect_no_access(struct scene *scene, struct smmu_request request)
{
	expect_completion(scene, request, 0, 4096, "--");
}

static void request_returns_page_and_rights(void **state)
{
	struct scene *scene = *state;

	put_plain_stream(scene);
	map(scene, ROOT0, 0x2000, PAGE2 | LEAF_RO);
	map_at(scene, ROOT0, 1ull << 39, 2, SMMU_BIT(30) | (LEAF_RW & ~SMMU_MASK(1, 1)));
	expect_completion(scene, treq(1, 0x1000), PAGE, 4096, "rw");
	expect_completion(scene, treq(1, 0x2000), PAGE2, 4096, "r-");
	expect_completion(scene, treq(1, (1ull << 39) | 0x5000), SMMU_BIT(30) | 0x5000, 1 << 21,
			  "rw");
}

static void completion_is_never_global(void **state)
{
	struct scene *scene = *state;

	put_plain_stream(scene);
	map(scene, ROOT0, 0x1000, PAGE | (LEAF_RW & ~SMMU_BIT(11)));
	assert_true(dma_read(scene, 1, 0x1000).global);
	expect_completion(scene, treq(1, 0x1000), PAGE, 4096, "rw");
}

static void translation_faults_complete_without_access(void **state)
{
	struct scene *scene = *state;

	put_plain_stream(scene);
	map(scene, ROOT0, 0x2000, PAGE | (LEAF_RW & ~SMMU_BIT(10)));
	map(scene, ROOT0, 0x3000, OAS | LEAF_RW);
	map(scene, ROOT0, 0x4000, PAGE | (LEAF_RW & ~SMMU_BIT(6)));
	expect_no_access(scene, treq(1, 0x9000)); /* F_TRANSLATION */
	expect_no_access(scene, treq(1, 0x2000)); /* F_ACCESS */
	expect_no_access(scene, treq(1, 0x3000)); /* F_ADDR_SIZE */
	expect_no_access(scene, treq(1, 0x4000)); /* F_PERMISSION */
	/* 5.4 EPD0: a quiesced context answers in the same way. */
	put_cd(scene, 0, cd0_asid(1) | SMMU_CD0_EPD0, ROOT0);
	expect_no_access(scene, treq(1, 0x1000));
}

static void privilege_of_the_pasid_decides_what_is_granted(void **state)
{
	struct scene *scene = *state;
	struct smmu_request request = treq(2, 0x1000);

	put_ste(scene, 2, STE0_S1(3, 0), EATS | smmu_put(SMMU_STE1_S1DSS, 2));
	put_cd(scene, 0, cd0_asid(1), ROOT0);
	put_cd(scene, 3, cd0_asid(2), ROOT0);
	map(scene, ROOT0, 0x1000, PAGE | (LEAF_RW & ~SMMU_BIT(6))); /* privileged only */
	request.ssv = true;
	request.ssid = 3;
	expect_no_access(scene, request);
	request.privileged = true;
	expect_completion(scene, request, PAGE, 4096, "rw");
	/* 13.7.1: without a PASID Priv is 0. */
	request.ssv = false;
	expect_no_access(scene, request);
	/* 13.7.1: PRIVCFG replaces Priv. */
	put_ste(scene, 2, STE0_S1(3, 0),
		EATS | smmu_put(SMMU_STE1_S1DSS, 2) | smmu_put(SMMU_STE1_PRIVCFG, 3));
	expect_completion(scene, request, PAGE, 4096, "rw");
}

static void execute_only_page_gives_no_access_unless_instcfg(void **state)
{
	struct scene *scene = *state;
	struct smmu_request request = treq(1, 0x1000);

	put_plain_stream(scene);
	/* AP: no EL0 data, UXN = 0. */
	map(scene, ROOT0, 0x1000, PAGE | (LEAF_RW & ~(SMMU_BIT(6) | SMMU_BIT(54))));
	request.instruction = true;
	expect_no_access(scene, request);
	put_ste(scene, 1, STE0_S1(0, 0), EATS | smmu_put(SMMU_STE1_INSTCFG, 3));
	expect_completion(scene, request, PAGE, 4096, "r-");
}

static void prevented_requests_are_ur(void **state)
{
	struct scene *scene = *state;
	struct smmu_event event;

	put_plain_stream(scene);
	put_ste(scene, 3, SMMU_STE0_V, EATS);
	put_ste(scene, 4, BYPASS, EATS);
	put_ste(scene, 5, STE0_S1(0, 0), 0);
	put_ste(scene, 6, STE0_S1(0, 0), smmu_put(SMMU_STE1_EATS, 3));
	expect_abort(scene, treq(3, 0x1000), 0);
	expect_abort(scene, treq(4, 0x1000), SMMU_F_BAD_ATS_TREQ);
	expect_abort(scene, treq(5, 0x1000), SMMU_F_BAD_ATS_TREQ);
	expect_abort(scene, treq(6, 0x1000), SMMU_F_BAD_ATS_TREQ);
	/* It comes before the substream is looked at (7.3.6). */
	send(scene,
	     (struct smmu_request){
		     .sid = 5, .ssv = true, .ssid = 9, .addr = 0x1234, .kind = SMMU_ATS_REQUEST});
	event = take_event(scene);
	assert_int_equal(event.type, SMMU_F_BAD_ATS_TREQ);
	assert_int_equal(event.input_addr, 0x1000);
	assert_true(event.ssv);
	assert_int_equal(event.ssid, 9);
	scene_enable(scene, 4, 0);
	expect_abort(scene, treq(1, 0x1000), SMMU_F_BAD_ATS_TREQ);
}

/* Every configuration error that an ATS request can meet. */
static void put_errors(struct scene *scene)
{
	put_plain_stream(scene);
	put_ste(scene, 3, STE0_S1(0, 0), EATS | SMMU_STE1_S1STALLD);
	put_ste(scene, 4, STE0_S1(3, 0), EATS);
	put_ste(scene, 5, (STE0_S1(0, 0) & ~SMMU_STE0_S1CONTEXTPTR) | (CDTAB + 64), EATS);
	put_ste(scene, 6, (STE0_S1(0, 0) & ~SMMU_STE0_S1CONTEXTPTR) | 0x1000, EATS);
	put_ste(scene, 7, (STE0_S1(0, 0) & ~SMMU_STE0_S1CONTEXTPTR) | (CDTAB + 128), EATS);
	put_cd(scene, 1, 0, 0);
	put_cd(scene, 2, cd0_asid(3), 0x2000); /* tables where there is no RAM */
}

static const struct {
	uint32_t sid;
	bool ssv;
	uint8_t event;
} errors[] = {
	{16, false, SMMU_C_BAD_STREAMID},  {3, false, SMMU_C_BAD_STE},
	{1, true, SMMU_C_BAD_SUBSTREAMID}, {4, false, SMMU_F_STREAM_DISABLED},
	{5, false, SMMU_C_BAD_CD},	   {6, false, SMMU_F_CD_FETCH},
	{7, false, SMMU_F_WALK_EABT},
};

static void configuration_errors_are_silent_ca(void **state)
{
	struct scene *scene = *state;

	put_errors(scene);
	for (unsigned i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct smmu_request request = treq(errors[i].sid, 0x1000);

		request.ssv = errors[i].ssv;
		expect_abort(scene, request, 0);
		/* The same without ATS is recorded. */
		request.kind = SMMU_UNTRANSLATED;
		expect_abort(scene, request, errors[i].event);
	}
	scene->bad_pa = STRTAB + 64;
	expect_abort(scene, treq(1, 0x1000), 0);
}

static void rec_cfg_ats_records_configuration_errors(void **state)
{
	struct scene *scene = *state;

	put_errors(scene);
	/* IDR0.ATSRECERR is 0, so software cannot set it; the flow is there. */
	scene->smmu->regs.cr2 |= SMMU_CR2_REC_CFG_ATS;
	for (unsigned i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct smmu_request request = treq(errors[i].sid, 0x1000);

		request.ssv = errors[i].ssv;
		expect_abort(scene, request, errors[i].event);
	}
	scene->smmu->regs.cr2 &= ~(uint32_t)SMMU_CR2_RECINVSID;
	expect_abort(scene, treq(16, 0x1000), 0);
	/* 3.9.1.3: RECINVSID does not count for Translated traffic. */
	expect_abort(scene, translated(16, 0x1000), SMMU_C_BAD_STREAMID);
	expect_no_access(scene, treq(1, 0x9000));
}

static void skipped_stage_1_completes_as_identity(void **state)
{
	struct scene *scene = *state;

	put_ste(scene, 2, STE0_S1(3, 0), EATS | smmu_put(SMMU_STE1_S1DSS, 1));
	expect_completion(scene, treq(2, 0x7000), 0x7000, 4096, "rw");
	expect_no_access(scene, treq(2, OAS));
}

static void translated_traffic_is_checked_with_atschk(void **state)
{
	struct scene *scene = *state;
	struct smmu_event event;

	put_plain_stream(scene);
	put_ste(scene, 3, SMMU_STE0_V, EATS);
	put_ste(scene, 4, BYPASS, EATS);
	put_ste(scene, 5, STE0_S1(0, 0), 0);
	expect_pass(scene, translated(1, PAGE + 8), PAGE + 8);
	expect_abort(scene, translated(3, PAGE), 0);
	expect_abort(scene, translated(4, PAGE), SMMU_F_TRANSL_FORBIDDEN);
	expect_abort(scene, translated(6, PAGE), 0);  /* C_BAD_STE */
	expect_abort(scene, translated(16, PAGE), 0); /* C_BAD_STREAMID */
	send(scene, (struct smmu_request){.sid = 5,
					  .ssv = true,
					  .ssid = 3,
					  .addr = PAGE + 8,
					  .kind = SMMU_ATS_TRANSLATED,
					  .write = true});
	event = take_event(scene);
	assert_int_equal(event.type, SMMU_F_TRANSL_FORBIDDEN);
	assert_int_equal(event.input_addr, PAGE + 8);
	assert_false(event.rnw || event.ssv);
}

static void translated_traffic_passes_unchecked_without_atschk(void **state)
{
	struct scene *scene = *state;

	put_ste(scene, 5, STE0_S1(0, 0), 0);
	scene_enable(scene, 4, SMMU_CR0_SMMUEN);
	for (uint32_t sid = 0; sid < 20; sid++)
		expect_pass(scene, translated(sid, PAGE), PAGE);
	/* 3.9.1.1 */
	expect_abort(scene, translated(5, OAS | PAGE), 0);
}

static void translated_traffic_beyond_the_oas_is_aborted(void **state)
{
	struct scene *scene = *state;

	put_plain_stream(scene);
	expect_pass(scene, translated(1, OAS - 8), OAS - 8);
	expect_abort(scene, translated(1, OAS), 0);
	expect_abort(scene, translated(1, SMMU_BIT(63) | PAGE), 0);
}

static void translated_traffic_needs_an_enabled_smmu(void **state)
{
	struct scene *scene = *state;

	put_plain_stream(scene);
	scene_enable(scene, 4, 0);
	scene->smmu->regs.gbpa = 0;
	expect_abort(scene, translated(1, PAGE), SMMU_F_TRANSL_FORBIDDEN);
}

static void nothing_of_ats_works_where_it_is_not_implemented(void **state)
{
	struct scene *scene = *state;

	put_plain_stream(scene);
	scene->smmu->profile.ats = false;
	expect_abort(scene, treq(1, 0x1000), 0);
	expect_abort(scene, translated(1, PAGE), 0);
	expect_pass(scene, (struct smmu_request){.sid = 1, .addr = 0x1000}, PAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(request_returns_page_and_rights),
		TEST(completion_is_never_global),
		TEST(translation_faults_complete_without_access),
		TEST(privilege_of_the_pasid_decides_what_is_granted),
		TEST(execute_only_page_gives_no_access_unless_instcfg),
		TEST(prevented_requests_are_ur),
		TEST(configuration_errors_are_silent_ca),
		TEST(rec_cfg_ats_records_configuration_errors),
		TEST(skipped_stage_1_completes_as_identity),
		TEST(translated_traffic_is_checked_with_atschk),
		TEST(translated_traffic_passes_unchecked_without_atschk),
		TEST(translated_traffic_beyond_the_oas_is_aborted),
		TEST(translated_traffic_needs_an_enabled_smmu),
		TEST(nothing_of_ats_works_where_it_is_not_implemented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
