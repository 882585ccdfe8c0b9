/* SPDX-License-Identifier: MIT */
/*
 * Contract: commands between two CMD_SYNCs have no order (4.7.3), so a CFGI, a TLBI and an ATC_INV
 * each need a CMD_SYNC before the next counts; smmu_possible() is exactly what memory and what is
 * held compose to, and what memory says alone when nothing is held.
 * Run: ctest -R smmuv3.test_worst_sync
 */
#include "worst_scene.h"

#define UNMAPPED fault(SMMU_F_TRANSLATION)
#define BAD_CD	 fault(SMMU_C_BAD_CD)

static void clear_cd_2(struct scene *scene)
{
	store(scene, cd_at(2), 0);
}

/* A new address space, empty, with the old ASID. */
static void reuse_asid_2(struct scene *scene)
{
	store_cd(scene, cd_at(5), cd0_asid(2), ROOT2);
	RUN(scene, CFGI_CD(2, 5), CFGI_CD(3, 5), SYNC);
}

/* Order: configuration, then TLB (D-3). */

static void cfgi_and_tlbi_in_one_batch_leave_the_tree(void **state)
{
	struct scene *scene = *state;

	clear_cd_2(scene);
	RUN(scene, CFGI_CD(2, 2), CFGI_CD(3, 2), TLBI_ASID(2), SYNC);
	assert_int_equal(stale(scene).num_words, 0);
	assert_int_equal(stale(scene).num_frozen, 1);
	assert_true(stale(scene).frozen[0].tlb);
	assert_true(stale(scene).frozen[0].early);
	assert_int_equal(stale(scene).frozen[0].s1.asid, 2);
	reuse_asid_2(scene);
	EXPECT(scene, pasid(2, 5, VA), UNMAPPED, rw(PAGE3));
}

static void tlbi_before_cfgi_leaves_the_tree(void **state)
{
	struct scene *scene = *state;

	clear_cd_2(scene);
	RUN(scene, TLBI_ASID(2), SYNC, CFGI_CD(2, 2), CFGI_CD(3, 2), SYNC);
	reuse_asid_2(scene);
	EXPECT(scene, pasid(2, 5, VA), UNMAPPED, rw(PAGE3));
}

static void cfgi_sync_tlbi_sync_leaves_nothing(void **state)
{
	struct scene *scene = *state;

	clear_cd_2(scene);
	RUN(scene, CFGI_CD(2, 2), CFGI_CD(3, 2), SYNC, TLBI_ASID(2), SYNC);
	expect_nothing_stale(scene);
	reuse_asid_2(scene);
	EXPECT(scene, pasid(2, 5, VA), UNMAPPED);
}

static void a_late_tlbi_without_a_batch_mate_is_not_early(void **state)
{
	struct scene *scene = *state;

	clear_cd_2(scene);
	RUN(scene, CFGI_CD(2, 2), CFGI_CD(3, 2), TLBI_ASID(1), SYNC);
	assert_int_equal(stale(scene).num_frozen, 1);
	assert_false(stale(scene).frozen[0].early);
}

static void one_forgotten_stream_keeps_the_tree_alive(void **state)
{
	struct scene *scene = *state;

	clear_cd_2(scene);
	RUN(scene, CFGI_CD(2, 2), SYNC, TLBI_ASID(2), SYNC);
	EXPECT(scene, pasid(2, 2, VA), BAD_CD);
	EXPECT(scene, pasid(3, 2, VA), BAD_CD, rw(PAGE3));
	assert_int_equal(stale(scene).num_frozen, 0);
	/* The right commands later: the tree was live until now, so it needs its TLBI again. */
	RUN(scene, CFGI_CD(3, 2), SYNC);
	assert_int_equal(stale(scene).num_frozen, 1);
	RUN(scene, TLBI_ASID(2), SYNC);
	expect_nothing_stale(scene);
}

static void the_whole_chain_in_one_batch_leaves_tlb_and_atc(void **state)
{
	struct scene *scene = *state;

	smmu_stream_set_ats(scene->smmu, STREAM_2, true);
	clear_cd_2(scene);
	RUN(scene, CFGI_CD(2, 2), CFGI_CD(3, 2), TLBI_ASID(2), ATC_INV_SSID(2, 2), SYNC);
	assert_int_equal(stale(scene).num_frozen, 2);
	for (unsigned i = 0; i < 2; i++)
		assert_true(stale(scene).frozen[i].early);
	EXPECT(scene, pasid(2, 2, VA), BAD_CD, rw(PAGE3));
	RUN(scene, TLBI_ASID(2), SYNC, ATC_INV_SSID(2, 2), SYNC);
	expect_nothing_stale(scene);
	EXPECT(scene, pasid(2, 2, VA), BAD_CD);
}

static void a_held_cd_refills_the_atc(void **state)
{
	struct scene *scene = *state;

	smmu_stream_set_ats(scene->smmu, STREAM_2, true);
	clear_cd_2(scene);
	remap(scene, ROOT1, VA, 0);
	/* Good order for the page, but the CD may still be cached, and its tree is live. */
	RUN(scene, TLBI_ASID(2), SYNC, ATC_INV_SSID(2, 2), SYNC);
	EXPECT(scene, pasid(2, 2, VA), BAD_CD, UNMAPPED);
	remap(scene, ROOT1, VA2, PAGE2 | LEAF_RW);
	EXPECT(scene, pasid(2, 2, VA2), BAD_CD, rw(PAGE2));
}

static void syncs_complete_what_came_before_them_alone(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT0, VA, 0);
	RUN(scene, SYNC, TLBI_VA(1, VA));
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE));
	remap(scene, ROOT0, VA2, 0); /* behind the TLBI */
	RUN(scene, TLBI_VA(2, VA2), SYNC);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED);
	EXPECT(scene, pasid(2, 1, VA2), UNMAPPED, rw(PAGE2));
}

static void an_illegal_sync_completes_nothing(void **state)
{
	struct scene *scene = *state;
	uint64_t prod = smmu_reg_read(scene->smmu, SMMU_REG_CMDQ_PROD, 4);
	struct smmu_command bad = smmu_cmd_sync(SMMU_SYNC_RESERVED);

	remap(scene, ROOT0, VA, 0);
	RUN(scene, TLBI_VA(1, VA));
	poke(scene, CMDQ + (prod + 1) * SMMU_CMD_BYTES, bad.word[0]);
	poke(scene, CMDQ + (prod + 1) * SMMU_CMD_BYTES + 8, bad.word[1]);
	smmu_reg_write(scene->smmu, SMMU_REG_CMDQ_PROD, 4, prod + 2);
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE));
}

static void more_commands_than_fit_without_a_sync_are_reported(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT0, VA, 0);
	for (unsigned i = 0; i < SMMU_MAX_PENDING; i++)
		RUN(scene, TLBI_VA(1, VA));
	assert_false(stale(scene).overflow);
	RUN(scene, TLBI_VA(1, VA));
	assert_true(stale(scene).overflow);
}

static void commands_pile_up_only_while_something_is_stale(void **state)
{
	struct scene *scene = *state;

	for (unsigned i = 0; i <= SMMU_MAX_PENDING; i++)
		RUN(scene, TLBI_VA(1, VA));
	expect_nothing_stale(scene);
}

/* Exact sets. */

static void a_torn_cd_composes_with_stale_leaves_of_both_asids(void **state)
{
	struct scene *scene = *state;

	remap(scene, ROOT0, VA, 0);		  /* ASID 1: PAGE */
	remap(scene, ROOT1, VA, PAGE4 | LEAF_RW); /* ASID 2: PAGE3 */
	store(scene, cd_at(1), cd0_asid(2));
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE), rw(PAGE3), rw(PAGE4));
	RUN(scene, CFGI_CD(2, 1), CFGI_CD(3, 1), SYNC);
	/* Now ASID 2, ROOT0: what the TLBs hold of ASID 2, and not of ASID 1. */
	EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE3), rw(PAGE4));
	EXPECT(scene, plain(1, VA), UNMAPPED, rw(PAGE));
}

static void an_old_ste_composes_with_the_cds_of_both_tables(void **state)
{
	struct scene *scene = *state;

	store_cd(scene, CDTAB_B + 64, cd0_asid(4), ROOT1);
	store(scene, ste_at(2), STE0_OTHER_TABLE);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), rw(PAGE3));
	store(scene, CDTAB_B + 64, 0);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), rw(PAGE3), BAD_CD);
	EXPECT(scene, pasid(3, 1, VA), rw(PAGE));
	RUN(scene, CFGI_CD(2, 1), SYNC);
	EXPECT(scene, pasid(2, 1, VA), rw(PAGE), BAD_CD);
	RUN(scene, CFGI_STE(2), SYNC);
	EXPECT(scene, pasid(2, 1, VA), BAD_CD);
}

static void outcomes_are_counted_up_to_max(void **state)
{
	struct scene *scene = *state;
	struct smmu_request request = pasid(2, 1, VA);
	struct smmu_outcome outcome[3] = {0};

	remap(scene, ROOT0, VA, 0);
	remap(scene, ROOT0, VA, PAGE4 | LEAF_RW);
	remap(scene, ROOT0, VA, PAGE4 | LEAF_RO);
	assert_int_equal(smmu_possible(scene->smmu, &request, outcome, 2), 2);
	assert_int_equal(outcome[2].pa, 0);
	assert_int_equal(smmu_possible(scene->smmu, &request, outcome, 3), 3);
}

static void looking_changes_nothing(void **state)
{
	struct scene *scene = *state;
	struct smmu_counters before = smmu_counters(scene->smmu);
	struct smmu_stale first, second;

	store(scene, cd_at(1), 0);
	remap(scene, ROOT0, VA, 0);
	first = stale(scene);
	for (unsigned i = 0; i < 3; i++) {
		EXPECT(scene, pasid(2, 1, VA), UNMAPPED, rw(PAGE), BAD_CD);
		smmu_frame_held(scene->smmu, ROOT0, 4096);
	}
	second = stale(scene);
	assert_int_equal(first.num_words, second.num_words);
	assert_int_equal(first.num_tlb, second.num_tlb);
	assert_int_equal(smmu_counters(scene->smmu).events, before.events);
	assert_int_equal(pending_events(scene), 0);
}

static void probe_walks_one_configuration(void **state)
{
	struct scene *scene = *state;
	struct smmu_contexts contexts = smmu_contexts(scene->smmu);
	unsigned walked = 0;

	for (unsigned i = 0; i < contexts.count; i++) {
		const struct smmu_context *context = &contexts.context[i];
		struct smmu_outcome outcome;

		if (context->kind != SMMU_CTX_S1)
			continue;
		outcome = smmu_probe(scene->smmu, &context->s1, VA + 16);
		assert_int_equal(outcome.event, 0);
		assert_int_equal(outcome.pa, (context->s1.asid == 2 ? PAGE3 : PAGE) + 16);
		assert_true(outcome.read_ok && outcome.write_ok);
		assert_int_equal(smmu_probe(scene->smmu, &context->s1, FAR_VA).event,
				 SMMU_F_TRANSLATION);
		walked++;
	}
	assert_int_equal(walked, 5);
}

/* Random walks. */

static uint32_t random_next(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

#define PICK(seed, ...)                                                                            \
	((const uint64_t[]){                                                                       \
		__VA_ARGS__}[random_next(seed) % (sizeof((const uint64_t[]){__VA_ARGS__}) / 8)])

/* One store. ASIDs and roots go together, so that address spaces stay apart. */
static void random_store(struct scene *scene, uint32_t *seed)
{
	unsigned space = random_next(seed) % 3;
	uint64_t root = ROOT0 + 0x1000ull * space;
	uint64_t cd = PICK(seed, CD_OF_1, cd_at(0), cd_at(1), cd_at(2), CDTAB_B + 64);
	uint32_t sid = 1 + random_next(seed) % 3;

	switch (random_next(seed) % 8) {
	case 0:
		store(scene, ste_at(sid),
		      sid == 1 ? PICK(seed, STE0_SINGLE, STE0_ABORT, 0)
			       : PICK(seed, STE0_TABLE, STE0_OTHER_TABLE, STE0_S1(1, 0),
				      STE0_BYPASS, STE0_ABORT, 0));
		break;
	case 1:
		store(scene, ste_at(sid) + 8, PICK(seed, 0, 1, 2, STE1_ATS));
		break;
	case 2:
		store(scene, cd, 0);
		break;
	case 3:
	case 4:
		store_cd(scene, cd, cd0_asid((uint16_t)(1 + space)), root);
		break;
	default:
		remap(scene, root, PICK(seed, VA, VA2, FAR_VA),
		      PICK(seed, 0, PAGE | LEAF_RW, PAGE2 | LEAF_RO, PAGE3 | LEAF_RW,
			   PAGE4 | LEAF_NO_AF));
	}
}

static struct smmu_request random_request(uint32_t *seed)
{
	uint32_t sid = 1 + random_next(seed) % 3;
	uint64_t va = PICK(seed, VA, VA2, FAR_VA);

	return random_next(seed) % 4 ? pasid(sid, random_next(seed) % 4, va) : plain(sid, va);
}

static struct smmu_outcome outcome_now(struct scene *scene, struct smmu_request request)
{
	struct smmu_response now = smmu_peek(scene->smmu, &request);

	return now.event || now.status != SMMU_OK
		       ? fault(now.event)
		       : (struct smmu_outcome){0, now.read_ok, now.write_ok, now.pa};
}

static void forget_everything(struct scene *scene)
{
	RUN(scene, smmu_cmd_cfgi_all(), SYNC, TLBI_ALL, SYNC);
	for (uint32_t sid = 1; sid <= NUM_STREAMS; sid++) {
		struct smmu_command global = ATC_INV_SSID(sid, 0);

		global.word[0] |= SMMU_CMD0_GLOBAL;
		RUN(scene, global, ATC_INV(sid));
	}
	RUN(scene, SYNC);
	expect_nothing_stale(scene);
}

/* Trees apart means ASIDs apart: a torn CD must not have mixed them. */
static void random_walk(struct scene *scene, uint32_t seed)
{
	for (unsigned round = 0; round < 40; round++) {
		unsigned stores = 1 + random_next(&seed) % 8;

		while (stores--)
			random_store(scene, &seed);
		forget_everything(scene);
		for (unsigned i = 0; i < 12; i++) {
			struct smmu_request request = random_request(&seed);

			EXPECT(scene, request, outcome_now(scene, request));
		}
	}
}

static void possible_is_what_a_look_says_when_nothing_is_stale(void **state)
{
	struct scene *scene = *state;

	for (unsigned stream = 0; stream < NUM_STREAMS; stream++)
		smmu_stream_set_ats(scene->smmu, stream, true);
	for (uint32_t seed = 1; seed <= 25; seed++) {
		random_walk(scene, seed);
		if (stale(scene).overflow)
			fail_msg("seed %u: overflow", seed);
	}
}

enum { MAX_SEEN = 128 };

/* An outcome that hardware could have cached when it was current. */
struct seen {
	struct smmu_request request;
	struct smmu_outcome outcome;
};

/* 3.21.1: translation faults come from no cache. */
static bool cacheable(struct smmu_outcome outcome)
{
	return outcome.event != SMMU_F_TRANSLATION && outcome.event != SMMU_F_ACCESS;
}

/* Only then are old refusals listed: without a translation all of them come to the same. */
static bool translates(struct scene *scene, struct smmu_request request)
{
	struct smmu_outcome outcome[MAX_OUTCOMES];
	unsigned count = smmu_possible(scene->smmu, &request, outcome, MAX_OUTCOMES);

	for (unsigned i = 0; i < count; i++)
		if (!outcome[i].event && outcome[i].read_ok)
			return true;
	return false;
}

static void expect_still_possible(struct scene *scene, const struct seen *seen, unsigned count,
				  uint32_t seed)
{
	for (unsigned i = 0; i < count; i++)
		if ((seen[i].outcome.read_ok || translates(scene, seen[i].request)) &&
		    !possible(scene, seen[i].request, seen[i].outcome))
			fail_msg("seed %u: sid %u ssv %d ssid %u va 0x%llx was %s 0x%llx", seed,
				 seen[i].request.sid, seen[i].request.ssv, seen[i].request.ssid,
				 (unsigned long long)seen[i].request.addr,
				 smmu_event_name(seen[i].outcome.event),
				 (unsigned long long)seen[i].outcome.pa);
}

static void what_was_possible_stays_so_until_invalidated(void **state)
{
	struct scene *scene = *state;
	struct seen seen[MAX_SEEN];

	for (uint32_t seed = 1; seed <= 400; seed++) {
		uint32_t random = seed;
		unsigned count = 0;

		forget_everything(scene);
		for (unsigned step = 0; step < 5; step++) {
			for (unsigned i = 0; i < 12 && count < MAX_SEEN; i++) {
				struct smmu_request request = random_request(&random);
				struct smmu_outcome now = outcome_now(scene, request);

				if (!possible(scene, request, now))
					fail_msg(
						"seed %u step %u sid %u ssv %d ssid %u kind %u va %#llx now event %#x r%d w%d pa %#llx",
						seed, step, request.sid, request.ssv, request.ssid,
						request.kind, (unsigned long long)request.addr,
						now.event, now.read_ok, now.write_ok,
						(unsigned long long)now.pa);
				if (cacheable(now))
					seen[count++] = (struct seen){request, now};
			}
			random_store(scene, &random);
			expect_still_possible(scene, seen, count, seed);
		}
		assert_false(stale(scene).overflow);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORST(cfgi_and_tlbi_in_one_batch_leave_the_tree),
		WORST(tlbi_before_cfgi_leaves_the_tree),
		WORST(cfgi_sync_tlbi_sync_leaves_nothing),
		WORST(a_late_tlbi_without_a_batch_mate_is_not_early),
		WORST(one_forgotten_stream_keeps_the_tree_alive),
		WORST(the_whole_chain_in_one_batch_leaves_tlb_and_atc),
		WORST(a_held_cd_refills_the_atc),
		WORST(syncs_complete_what_came_before_them_alone),
		WORST(an_illegal_sync_completes_nothing),
		WORST(more_commands_than_fit_without_a_sync_are_reported),
		WORST(commands_pile_up_only_while_something_is_stale),
		WORST(a_torn_cd_composes_with_stale_leaves_of_both_asids),
		WORST(an_old_ste_composes_with_the_cds_of_both_tables),
		WORST(outcomes_are_counted_up_to_max),
		WORST(looking_changes_nothing),
		WORST(probe_walks_one_configuration),
		WORST(possible_is_what_a_look_says_when_nothing_is_stale),
		WORST(what_was_possible_stays_so_until_invalidated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
