/* SPDX-License-Identifier: MIT */
/*
 * Contract: what an entry of the exact TLB permits is what the walk that filled it would: privilege
 * and PAN (5.4), the overrides (5.2), the rights of an ATS completion (13.7.1), and the fault model
 * of the configuration that hits (5.5).
 * Run: ctest -R smmuv3.test_hits
 */
#include "flow_scene.h"

static struct scene *scene_as(uint8_t cache, uint8_t stall_model)
{
	struct smmu_profile profile = flow_profile();

	profile.cache = cache;
	profile.stall_model = stall_model;
	return flow_scene_new(profile);
}

/* A request, after a read by anybody who may has filled the TLB where there is one. */
static struct smmu_response hit(struct scene *scene, struct smmu_request request,
				struct smmu_request first)
{
	struct smmu_response response = smmu_access(scene->smmu, &first);

	assert_int_equal(response.status, SMMU_OK);
	response = smmu_access(scene->smmu, &request);
	while (pending_events(scene))
		take_event(scene);
	return response;
}

/* What stage 1 says about VA of STAGE1. */
static void describe(struct scene *scene, uint64_t cd0, uint64_t ste1, uint64_t desc)
{
	smmu_caches_reset(scene->smmu);
	poke(scene, CDTAB + 0x1000, cd0_asid(ASID) | cd0);
	poke(scene, STRTAB + STAGE1 * 64 + 8, smmu_put(SMMU_STE1_EATS, SMMU_STE1_EATS_FULL) | ste1);
	map(scene, ROOT1, VA, PAGE2 | desc);
}

#define AP_USER SMMU_BIT(6)
#define XN	(SMMU_BIT(53) | SMMU_BIT(54))

static struct smmu_request ask(bool privileged, bool instruction, bool write)
{
	return (struct smmu_request){.sid = STAGE1,
				     .addr = VA,
				     .privileged = privileged,
				     .instruction = instruction,
				     .write = write};
}

/* 5.4 PAN: privileged data accesses to what is readable at EL0 fault; instruction fetches do not. */
static void pan_counts_for_hits_as_for_walks(void **state)
{
	static const struct {
		bool user_page, pan, privileged, instruction, write;
		uint8_t cause;
	} cases[] = {
		{true, true, true, false, false, SMMU_CAUSE_s1_perm_pan},
		{true, true, true, false, true, SMMU_CAUSE_s1_perm_pan},
		{true, true, false, false, true, 0},
		{true, true, false, false, false, 0},
		{true, false, true, false, true, 0},
		{true, false, true, false, false, 0},
		{false, true, true, false, true, 0},
		{false, true, true, false, false, 0},
		/* Writable at EL0: never executable at EL1. Not so if EL0 has no access. */
		{true, true, true, true, false, SMMU_CAUSE_s1_perm_exec},
		{false, true, true, true, false, 0},
		{true, true, false, true, false, 0},
	};

	(void)state;
	for (unsigned cache = SMMU_CACHE_NONE; cache <= SMMU_CACHE_EXACT; cache++) {
		struct scene *scene = scene_as((uint8_t)cache, SMMU_STALL_BOTH);

		for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			struct smmu_response response;

			describe(scene, cases[i].pan ? SMMU_CD0_PAN : 0, 0,
				 (LEAF_RW & ~(XN | AP_USER)) | (cases[i].user_page ? AP_USER : 0));
			/* Unprivileged where EL0 may, privileged where it may not. */
			response =
				hit(scene,
				    ask(cases[i].privileged, cases[i].instruction, cases[i].write),
				    ask(!cases[i].user_page, false, false));
			assert_int_equal(response.cause, cases[i].cause);
			assert_int_equal(response.event, cases[i].cause ? SMMU_F_PERMISSION : 0);
		}
		scene_free(scene);
	}
}

/* 5.4 PAN, 13.7: a completion for a privileged PASID grants neither R nor W. */
static void pan_counts_for_completions(void **state)
{
	(void)state;
	for (unsigned cache = SMMU_CACHE_NONE; cache <= SMMU_CACHE_EXACT; cache++) {
		struct scene *scene = scene_as((uint8_t)cache, SMMU_STALL_BOTH);
		struct smmu_request request = ask(false, false, true);
		struct smmu_response response;

		/* 5.2 S1DSS: PASID 1 of a stream with eight CDs. */
		put_ste(scene, STAGE1,
			ste_config(SMMU_STE0_CONFIG_S1) | (CDTAB + 0x1000) |
				smmu_put(SMMU_STE0_S1CDMAX, 3),
			smmu_put(SMMU_STE1_EATS, SMMU_STE1_EATS_FULL));
		poke(scene, CDTAB + 0x1040, cd0_asid(ASID) | SMMU_CD0_PAN);
		poke(scene, CDTAB + 0x1048, ROOT1);
		request.ssv = true;
		request.ssid = 1;
		request.kind = SMMU_ATS_REQUEST;
		response = smmu_access(scene->smmu, &request);
		assert_true(response.read_ok && response.write_ok);
		request.privileged = true;
		response = smmu_access(scene->smmu, &request);
		assert_int_equal(response.status, SMMU_OK);
		assert_false(response.read_ok || response.write_ok);
		assert_int_equal(response.cause, SMMU_CAUSE_s1_perm_pan);
		/* It is not kept: EL0 may as before. */
		request.privileged = false;
		assert_true(smmu_access(scene->smmu, &request).read_ok);
		assert_int_equal(pending_events(scene), 0);
		scene_free(scene);
	}
}

/*
 * 13.7.1 with INSTCFG == Instruction: R of a completion is what may be executed. 13.7: NW == 1 is
 * not granted W of a writable-clean page, which stays clean.
 */
static void a_completion_without_any_right_grants_nothing(void **state)
{
	(void)state;
	for (unsigned cache = SMMU_CACHE_NONE; cache <= SMMU_CACHE_EXACT; cache++) {
		struct scene *scene = scene_as((uint8_t)cache, SMMU_STALL_BOTH);
		struct smmu_request request = ask(false, false, false);
		uint64_t clean = LEAF_RO | DBM, entry;
		struct smmu_response response;

		request.kind = SMMU_ATS_REQUEST;
		describe(scene, SMMU_CD0_HA | SMMU_CD0_HD, smmu_put(SMMU_STE1_INSTCFG, 3), clean);
		entry = map(scene, ROOT1, VA, PAGE2 | clean);
		response = smmu_access(scene->smmu, &request);
		assert_int_equal(response.status, SMMU_OK);
		assert_int_equal(response.event, 0);
		assert_false(response.read_ok || response.write_ok);
		assert_int_equal(response.size, 4096);
		assert_int_equal(look(scene, entry), PAGE2 | clean);
		/* NW == 0 is granted W, and the page is dirty. */
		request.write = true;
		response = smmu_access(scene->smmu, &request);
		assert_true(response.write_ok);
		assert_false(response.read_ok);
		assert_int_equal(look(scene, entry), PAGE2 | LEAF_RW | DBM);
		scene_free(scene);
	}
}

/* The same of stage 2: S2AP = 0b00 with DBM is writable-clean and not readable. */
static void a_completion_that_stage_2_leaves_nothing_grants_nothing(void **state)
{
	(void)state;
	for (unsigned cache = SMMU_CACHE_NONE; cache <= SMMU_CACHE_EXACT; cache++) {
		struct scene *scene = scene_as((uint8_t)cache, SMMU_STALL_BOTH);
		struct smmu_request request = {.sid = STAGE2, .addr = IPA_OF(PAGE)};
		uint64_t entry = s2_entry(scene, PAGE);
		struct smmu_response response;

		request.kind = SMMU_ATS_REQUEST;
		put_ste2(scene, STAGE2, STE2_PLAIN | SMMU_STE2_S2HA | SMMU_STE2_S2HD);
		clear_bits(scene, entry, S2_READ | S2_WRITE);
		set_bits(scene, entry, DBM);
		response = smmu_access(scene->smmu, &request);
		assert_int_equal(response.status, SMMU_OK);
		assert_false(response.read_ok || response.write_ok);
		assert_int_equal(response.cause, SMMU_CAUSE_s2_perm_read);
		assert_false(look(scene, entry) & S2_WRITE);
		request.write = true;
		response = smmu_access(scene->smmu, &request);
		assert_true(response.write_ok);
		assert_true(look(scene, entry) & S2_WRITE);
		scene_free(scene);
	}
}

/* 5.5: with S the stall is always reported, and R is ignored. */
static void a_stall_is_recorded_whatever_r_says(void **state)
{
	(void)state;
	for (unsigned cache = SMMU_CACHE_NONE; cache <= SMMU_CACHE_EXACT; cache++) {
		struct scene *scene = scene_as((uint8_t)cache, SMMU_STALL_BOTH);
		const struct smmu_request read = ask(false, false, false);
		const struct smmu_request write = ask(false, false, true);
		struct smmu_response response;
		struct smmu_event record;

		describe(scene, SMMU_CD0_S, 0, LEAF_RO);
		poke(scene, CDTAB + 0x1000, look(scene, CDTAB + 0x1000) & ~SMMU_CD0_R);
		assert_int_equal(smmu_access(scene->smmu, &read).status, SMMU_OK);
		response = smmu_access(scene->smmu, &write);
		assert_int_equal(response.status, SMMU_STALLED);
		assert_int_equal(response.event, SMMU_F_PERMISSION);
		assert_true(response.recorded);
		record = take_event(scene);
		assert_true(record.stall);
		assert_int_equal(record.stag, response.stag);
		/* Without S it is R that decides. */
		smmu_caches_reset(scene->smmu);
		poke(scene, CDTAB + 0x1000, look(scene, CDTAB + 0x1000) & ~SMMU_CD0_S);
		assert_int_equal(smmu_access(scene->smmu, &read).status, SMMU_OK);
		response = smmu_access(scene->smmu, &write);
		assert_int_equal(response.status, SMMU_ABORT);
		assert_int_equal(response.event, 0);
		assert_int_equal(response.cause, SMMU_CAUSE_s1_perm_write);
		assert_int_equal(pending_events(scene), 0);
		scene_free(scene);
	}
}

/* 5.5, 3.9.1.2: neither S nor R makes anything of a request that finds no page. */
static void ats_neither_stalls_nor_records(void **state)
{
	(void)state;
	for (unsigned model = SMMU_STALL_BOTH; model <= SMMU_STALL_FORCE; model++) {
		struct scene *scene = scene_as(SMMU_CACHE_EXACT, (uint8_t)model);
		struct smmu_request request = ask(false, false, false);
		struct smmu_response response;

		describe(scene, SMMU_CD0_S, 0, LEAF_RW);
		request.kind = SMMU_ATS_REQUEST;
		request.addr = VA + 0x100000;
		response = smmu_access(scene->smmu, &request);
		assert_int_equal(response.status, SMMU_OK);
		assert_false(response.read_ok || response.write_ok);
		assert_int_equal(response.cause, SMMU_CAUSE_s1_desc_invalid);
		assert_int_equal(pending_events(scene), 0);
		assert_int_equal(smmu_counters(scene->smmu).stalls, 0);
		scene_free(scene);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(pan_counts_for_hits_as_for_walks),
		cmocka_unit_test(pan_counts_for_completions),
		cmocka_unit_test(a_completion_without_any_right_grants_nothing),
		cmocka_unit_test(a_completion_that_stage_2_leaves_nothing_grants_nothing),
		cmocka_unit_test(a_stall_is_recorded_whatever_r_says),
		cmocka_unit_test(ats_neither_stalls_nor_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
