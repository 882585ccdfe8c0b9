/* SPDX-License-Identifier: MIT */
/*
 * Contract: whatever an SMMU without caches or one with exact caches answers after a history of
 * stores, commands, restarts and accesses, smmu_possible() of the worst-case caches lists it after
 * the same history. Histories are random, with fixed seeds.
 * Run: ctest -R smmuv3.test_worst_superset
 */
#include "worst_history.h"

/* Answers. */

/* Does the outcome explain the response? */
static bool explains(const struct smmu_outcome *outcome, const struct smmu_response *response,
		     const struct smmu_request *request)
{
	bool rights = outcome->read_ok || outcome->write_ok;

	switch (response->status) {
	case SMMU_OK:
		/* 3.9.1.2: a fault of an ATS request is a completion without rights. */
		if (!response->read_ok && !response->write_ok)
			return outcome->event || !rights;
		return !outcome->event && outcome->pa == response->pa &&
		       outcome->read_ok == response->read_ok &&
		       outcome->write_ok == response->write_ok;
	case SMMU_ABORT:
		/* 5.5: a fault may leave no record. */
		if (!response->event)
			return outcome->event || !rights;
		if (response->event == SMMU_F_PERMISSION && !outcome->event)
			return request->write ? !outcome->write_ok : !outcome->read_ok;
		return outcome->event == response->event;
	default: /* what denies an ATS request is not a translation */
		return true;
	}
}

static void report(const struct world *world, unsigned i, const struct smmu_request *request,
		   const struct smmu_response *response, const struct smmu_outcome *outcome,
		   unsigned count)
{
	print_error("%s: step %u, instance %u: sid %u ssv %d ssid %u addr 0x%llx %s%s\n",
		    world->kind.name, world->step, i, request->sid, request->ssv, request->ssid,
		    (unsigned long long)request->addr, request->write ? "write" : "read",
		    request->kind == SMMU_ATS_REQUEST ? ", ATS" : "");
	print_error("  status %u %s (%s) pa 0x%llx r %d w %d\n", response->status,
		    smmu_event_name(response->event), smmu_cause_name(response->cause),
		    (unsigned long long)response->pa, response->read_ok, response->write_ok);
	for (unsigned k = 0; k < count; k++)
		print_error("  possible: %s pa 0x%llx r %d w %d\n",
			    smmu_event_name(outcome[k].event), (unsigned long long)outcome[k].pa,
			    outcome[k].read_ok, outcome[k].write_ok);
	fail();
}

/* 3.9.1: a completion with rights may be kept. Of bypass it is the address itself, which the
 * worst-case caches leave out. */
static void keep_completion(struct world *world, const struct smmu_request *request,
			    const struct smmu_response *response)
{
	uint64_t offset = request->addr & (response->size - 1);

	if (request->kind != SMMU_ATS_REQUEST || response->status != SMMU_OK || response->bypass ||
	    !(response->read_ok || response->write_ok) || world->num_atc == ATC_MAX)
		return;
	world->atc[world->num_atc++] = (struct atc_entry){
		.sid = request->sid,
		.ssv = request->ssv,
		.ssid = request->ssid,
		.read_ok = response->read_ok,
		.write_ok = response->write_ok,
		.va = request->addr - offset,
		.size = response->size,
		.pa = response->pa - offset,
	};
}

/* What the endpoints would use without asking is possible as well. */
static void compare_atc(struct world *world, const struct smmu_request *request,
			const struct smmu_outcome *outcome, unsigned count)
{
	for (unsigned i = 0; i < world->num_atc; i++) {
		const struct atc_entry *entry = &world->atc[i];
		const struct smmu_response response = {
			.status = SMMU_OK,
			.read_ok = entry->read_ok,
			.write_ok = entry->write_ok,
			.pa = entry->pa + (request->addr - entry->va),
		};
		bool explained = false;

		if (entry->sid != request->sid || entry->ssv != request->ssv ||
		    entry->ssid != request->ssid || request->addr - entry->va >= entry->size)
			continue;
		for (unsigned k = 0; k < count && !explained; k++)
			explained = explains(&outcome[k], &response, request);
		if (!explained)
			report(world, NUM_EXACT + 1, request, &response, outcome, count);
		world->from_atc++;
	}
}

/* PCIe 6.2, 10.3.8: an invalidation without a PASID takes every entry of the function. */
static void invalidate_atc(struct world *world)
{
	uint32_t sid = 1 + below(world, NUM_STREAMS), ssid = some_cd(world);
	bool ssv = below(world, 4), all = below(world, 2);
	uint64_t va = some_va(world) & ~4095ull;
	unsigned keep = 0;

	command(world, smmu_cmd_atc_inv(sid, ssv, ssv ? ssid : 0, all ? 0 : va,
					all ? SMMU_CMD1_SIZE_ALL : 0));
	for (unsigned i = 0; i < world->num_atc; i++) {
		const struct atc_entry *entry = &world->atc[i];
		bool hit = entry->sid == sid && (!ssv || (entry->ssv && entry->ssid == ssid));

		if (!hit || !(all || va - entry->va < entry->size))
			world->atc[keep++] = *entry;
	}
	world->num_atc = keep;
	if (below(world, 2))
		command(world, SYNC);
}

static void send_one(struct world *world)
{
	struct smmu_request request = {0};
	struct smmu_outcome outcome[POSSIBLE_MAX];
	uint64_t leaf[NUM_TREES * 2 * SLOTS];
	struct smmu_stale stale;
	unsigned count;

	request.sid = 1 + below(world, NUM_STREAMS);
	request.ssv = below(world, 4) != 0;
	request.ssid = some_cd(world);
	request.write = below(world, 2);
	request.kind = below(world, 4) ? SMMU_UNTRANSLATED : SMMU_ATS_REQUEST;
	request.addr = some_va(world);
	/* Stage 2 alone has IPAs for its input. */
	if (world->kind.stage2 && below(world, 4) == 0)
		request.addr = DATA + below(world, NUM_PAGES) * 4096ull;
	if (world->kind.ats && below(world, 2))
		request.kind = SMMU_ATS_REQUEST;
	if (!request.ssv)
		request.ssid = 0;
	count = smmu_possible(world->scene->smmu, &request, outcome, POSSIBLE_MAX);
	assert_true(count < POSSIBLE_MAX);
	stale = smmu_stale(world->scene->smmu);
	world->lost = stale.overflow || stale.untracked;
	if (!world->lost)
		compare_atc(world, &request, outcome, count);
	for (unsigned i = 0; i <= NUM_EXACT && !world->lost; i++) {
		struct smmu_response response;
		bool explained = false;

		if (world->kind.httu) {
			count = smmu_possible(world->scene->smmu, &request, outcome, POSSIBLE_MAX);
			remember_leaves(world, leaf);
		}
		response = smmu_access(instance(world, i), &request);
		if (world->kind.httu)
			note_updates(world, leaf);

		for (unsigned k = 0; k < count && !explained; k++)
			explained = explains(&outcome[k], &response, &request);
		if (!explained)
			report(world, i, &request, &response, outcome, count);
		if (world->kind.ats && i)
			keep_completion(world, &request, &response);
		world->compared++;
		world->hits +=
			response.status == SMMU_OK && (response.read_ok || response.write_ok);
	}
}

/* Histories. */

static struct smmu_profile profile_of(const struct kind *kind)
{
	struct smmu_profile profile = scene_profile();

	profile.granules = SMMU_GRANULE_4K | SMMU_GRANULE_16K | SMMU_GRANULE_64K;
	profile.stage2 = kind->stage2;
	profile.vmid_bits = 16;
	profile.httu = kind->httu ? SMMU_HTTU_DIRTY : SMMU_HTTU_NONE;
	return profile;
}

static void fill(struct world *world)
{
	for (unsigned tree = 0; tree < NUM_TREES; tree++) {
		for (unsigned level = start_level(world); level < 3; level++)
			for (unsigned last = 0; last < 1u + (level == 2); last++)
				poke(world->scene, table_of(world, tree, level, 0) + 8 * last,
				     table_of(world, tree, level + 1, last) | 3);
	}
	for (unsigned tree = 0; tree < NUM_S2 && world->kind.stage2; tree++)
		fill_s2(world, tree);
	for (unsigned i = 0; i < 60; i++)
		change_pte(world);
	for (unsigned base = 0; base < 2; base++) {
		for (uint32_t sid = 1; sid <= NUM_STREAMS; sid++)
			for (unsigned word = 0; word < 4; word++)
				poke(world->scene, strtab(world) + sid * 64ull + 8 * word,
				     word < 2 || world->kind.stage2 ? ste_word(world, word) : 0);
		world->alt_base = !world->alt_base;
	}
	for (unsigned i = 0; i < 1 << CD_LOG2; i++)
		for (unsigned word = 0; word < 3; word++) {
			for (unsigned table = 0; table < 3; table++)
				poke(world->scene, L2CDS + table * 4096ull + i * 64ull + 8 * word,
				     cd_word(world, word));
			poke(world->scene, CDTAB + i * 64ull + 8 * word, cd_word(world, word));
			poke(world->scene, CDTAB_B + i * 64ull + 8 * word, cd_word(world, word));
			poke(world->scene, CDTAB_ALT + i * 64ull + 8 * word, cd_word(world, word));
		}
	for (unsigned i = 0; i < 2 && world->kind.two_level; i++)
		poke(world->scene, CDTAB + 8 * i, l1cd(world));
}

static struct world *begin(const struct kind *kind, uint64_t seed)
{
	static const uint8_t geometry[NUM_EXACT] = {SMMU_GEOMETRY_SMALL, SMMU_GEOMETRY_LARGE,
						    SMMU_GEOMETRY_QEMU};
	struct world *world = calloc(1, sizeof(*world));
	struct smmu_profile profile = profile_of(kind);
	struct smmu *worst;

	assert_non_null(world);
	world->kind = *kind;
	world->random = seed * 0x9e3779b97f4a7c15ull + 1;
	world->scene = worst_new_as(profile, 4);
	worst = world->scene->smmu;
	profile.cache = SMMU_CACHE_EXACT;
	for (unsigned i = 0; i < NUM_EXACT; i++) {
		world->exact[i] = calloc(1, smmu_sizeof());
		assert_non_null(world->exact[i]);
		profile.geometry = geometry[i];
		smmu_reset(world->exact[i], &profile, &worst->bus);
		world->scene->smmu = world->exact[i];
		scene_enable(world->scene, 4, 0);
	}
	world->scene->smmu = worst;
	fill(world);
	for (unsigned stream = 0; stream < NUM_STREAMS && kind->ats; stream++)
		smmu_stream_set_ats(worst, stream, true);
	write_all(world, SMMU_REG_CMDQ_BASE, 8, CMDQ | smmu_put(SMMU_Q_BASE_LOG2SIZE, CMDQ_LOG2));
	write_all(world, SMMU_REG_CR0, 4, SMMU_CR0_CMDQEN | SMMU_CR0_ATSCHK | SMMU_CR0_SMMUEN);
	return world;
}

static void end(struct world *world)
{
	for (unsigned i = 0; i < NUM_EXACT; i++)
		free(world->exact[i]);
	scene_free(world->scene);
	free(world);
}

static void step(struct world *world)
{
	unsigned what = below(world, 100);

	if (what < 8)
		change_config(world);
	else if (what < 18 && world->kind.stage2)
		change_s2(world);
	else if (what < 26)
		change_pte(world);
	else if (what < 38)
		invalidate(world);
	else if (what < 40 && world->kind.restart)
		restart(world);
	else if (what < 44 && world->kind.ats)
		invalidate_atc(world);
	else
		send_one(world);
}

static void run_histories(const struct kind *kind, unsigned histories)
{
	unsigned compared = 0, hits = 0, lost = 0, from_atc = 0;

	for (unsigned i = 0; i < histories; i++) {
		struct world *world = begin(kind, i + 1);

		for (world->step = 0; world->step < STEPS && !world->lost; world->step++)
			step(world);
		compared += world->compared;
		hits += world->hits;
		lost += world->lost;
		from_atc += world->from_atc;
		end(world);
	}
	print_message("%s: %u answers, %u translations, %u of ATCs, %u of %u histories lost\n",
		      kind->name, compared, hits, from_atc, lost, histories);
	assert_true(!kind->ats || from_atc > histories);
	/* The comparison must have been one. */
	assert_true(compared > histories * STEPS / 4);
	assert_true(hits > compared / 16);
	assert_true(lost < histories / 4);
}

static void answers_of_stage_1_are_possible(void **state)
{
	const struct kind kind = {.name = "stage 1", .granule = 12, .tsz = 25};

	(void)state;
	run_histories(&kind, 60);
}

static void answers_after_a_restart_are_possible(void **state)
{
	const struct kind kind = {.name = "restart", .granule = 12, .tsz = 25, .restart = true};

	(void)state;
	run_histories(&kind, 60);
}

static void answers_of_both_halves_are_possible(void **state)
{
	const struct kind kind = {.name = "TTB1", .granule = 12, .tsz = 25, .high = true};

	(void)state;
	run_histories(&kind, 60);
}

static void answers_of_16k_tables_are_possible(void **state)
{
	const struct kind kind = {.name = "16 KiB", .granule = 14, .tsz = 28, .high = true};

	(void)state;
	run_histories(&kind, 40);
}

static void answers_of_64k_tables_are_possible(void **state)
{
	const struct kind kind = {.name = "64 KiB", .granule = 16, .tsz = 22, .high = true};

	(void)state;
	run_histories(&kind, 40);
}

static void what_an_atc_keeps_is_possible(void **state)
{
	const struct kind kind = {.name = "ATS", .granule = 12, .tsz = 25, .ats = true};

	(void)state;
	run_histories(&kind, 60);
}

static void answers_of_el2_are_possible(void **state)
{
	const struct kind kind = {.name = "EL2", .granule = 12, .tsz = 25, .el2 = true};

	(void)state;
	run_histories(&kind, 40);
}

static void answers_of_two_level_cd_tables_are_possible(void **state)
{
	const struct kind kind = {.name = "two-level CD tables",
				  .granule = 12,
				  .tsz = 25,
				  .two_level = true,
				  .restart = true};

	(void)state;
	run_histories(&kind, 60);
}

static void what_an_atc_keeps_of_two_stages_is_possible(void **state)
{
	const struct kind kind = {
		.name = "ATS, two stages", .granule = 12, .tsz = 25, .stage2 = true, .ats = true};

	(void)state;
	run_histories(&kind, 60);
}

static void answers_with_hardware_updates_are_possible(void **state)
{
	const struct kind kind = {.name = "HTTU", .granule = 12, .tsz = 25, .httu = true};

	(void)state;
	run_histories(&kind, 60);
}

static void answers_of_two_stages_are_possible(void **state)
{
	const struct kind kind = {.name = "two stages", .granule = 12, .tsz = 25, .stage2 = true};

	(void)state;
	run_histories(&kind, 60);
}

static void answers_of_two_stages_after_a_restart_are_possible(void **state)
{
	const struct kind kind = {.name = "two stages, restart",
				  .granule = 12,
				  .tsz = 25,
				  .stage2 = true,
				  .restart = true};

	(void)state;
	run_histories(&kind, 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_of_stage_1_are_possible),
		cmocka_unit_test(answers_after_a_restart_are_possible),
		cmocka_unit_test(answers_of_both_halves_are_possible),
		cmocka_unit_test(answers_of_16k_tables_are_possible),
		cmocka_unit_test(answers_of_64k_tables_are_possible),
		cmocka_unit_test(answers_of_el2_are_possible),
		cmocka_unit_test(what_an_atc_keeps_is_possible),
		cmocka_unit_test(what_an_atc_keeps_of_two_stages_is_possible),
		cmocka_unit_test(answers_with_hardware_updates_are_possible),
		cmocka_unit_test(answers_of_two_level_cd_tables_are_possible),
		cmocka_unit_test(answers_of_two_stages_are_possible),
		cmocka_unit_test(answers_of_two_stages_after_a_restart_are_possible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
