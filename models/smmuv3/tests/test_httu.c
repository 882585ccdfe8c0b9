/* SPDX-License-Identifier: MIT */
/*
 * Contract: with HTTU an access sets AF, a write marks a writable-clean page dirty, atomically and
 * in both stages, and nothing else is ever written (3.13).
 * Run: ctest -R smmuv3.test_httu
 */
#include "nested_scene.h"

#define AF SMMU_BIT(10)
#define RO SMMU_BIT(7) /* AP[2] */

/* Stage 1 alone: its tables are at physical addresses. */
static struct nested *alone(uint64_t desc, bool ha, bool hd)
{
	struct nested *nested = nested_new(desc);
	struct scene *scene = nested->scene;

	for (unsigned level = 0; level < 3; level++)
		poke(scene, nested->s1_entry[level],
		     look(scene, nested->s1_entry[level]) - IPA_OFFSET);
	poke(scene, nested->s1_entry[3], NESTED_PAGE | desc);
	nested->s1.ttb0 = ROOT0;
	nested->s1.ha = ha;
	nested->s1.hd = hd;
	nested->s2.on = false;
	return nested;
}

static uint64_t leaf(const struct nested *nested)
{
	return look(nested->scene, nested->s1_entry[3]);
}

static unsigned updates(const struct nested *nested)
{
	return smmu_counters(nested->scene->smmu).updates;
}

static void an_access_sets_af(void **state)
{
	struct nested *nested = alone(LEAF_RW & ~AF, true, false);
	const struct smmu_request request = {.addr = NESTED_VA};
	struct smmu_walk walk;

	(void)state;
	/* 5.4 AFFD: IGNORED with HA. */
	nested->s1.affd = true;
	walk = smmu_walk(nested->scene->smmu, &nested->s1, NESTED_VA);
	assert_int_equal(walk.event, 0);
	assert_true(walk.needs_af);
	/* A look foretells and writes nothing. */
	walk = smmu_walk_both(nested->scene->smmu, &nested->s1, &nested->s2, &request, false);
	assert_int_equal(walk.event, 0);
	assert_false(walk.needs_af);
	assert_int_equal(leaf(nested), NESTED_PAGE | (LEAF_RW & ~AF));
	assert_int_equal(nested->exchanges, 0);
	walk = nested_read(nested);
	assert_int_equal(walk.event, 0);
	assert_int_equal(walk.pa, NESTED_PAGE);
	assert_false(walk.needs_af);
	assert_int_equal(leaf(nested), NESTED_PAGE | LEAF_RW);
	assert_int_equal(updates(nested), 1);
	nested_read(nested);
	nested_write(nested);
	assert_int_equal(updates(nested), 1);
	nested_free(nested);
}

static void without_ha_a_clear_af_is_a_fault(void **state)
{
	(void)state;
	/* {HD, HA} = 0b10 behaves as 0b00. */
	for (unsigned hd = 0; hd < 2; hd++) {
		struct nested *nested = alone(LEAF_RW & ~AF, false, hd);

		assert_int_equal(nested_read(nested).event, SMMU_F_ACCESS);
		nested->s1.affd = true;
		assert_int_equal(nested_read(nested).event, 0);
		poke(nested->scene, nested->s1_entry[3], NESTED_PAGE | LEAF_RO | DBM);
		assert_int_equal(nested_write(nested).event, SMMU_F_PERMISSION);
		assert_int_equal(nested->exchanges, 0);
		nested_free(nested);
	}
}

static void a_write_marks_a_writable_clean_page_dirty(void **state)
{
	struct nested *nested = alone((LEAF_RO | DBM) & ~AF, true, true);
	struct smmu_walk walk = nested_read(nested);

	(void)state;
	assert_int_equal(walk.event, 0);
	assert_true(walk.dirty_write && walk.user_write);
	assert_int_equal(leaf(nested), NESTED_PAGE | LEAF_RO | DBM);
	walk = nested_write(nested);
	assert_int_equal(walk.event, 0);
	assert_false(walk.dirty_write);
	/* DBM stays. */
	assert_int_equal(leaf(nested), NESTED_PAGE | LEAF_RW | DBM);
	assert_int_equal(updates(nested), 2);
	/* AF comes with it, in one exchange. */
	poke(nested->scene, nested->s1_entry[3], NESTED_PAGE | ((LEAF_RO | DBM) & ~AF));
	nested_write(nested);
	assert_int_equal(leaf(nested), NESTED_PAGE | LEAF_RW | DBM);
	assert_int_equal(updates(nested), 3);
	nested_free(nested);
}

static void what_is_read_only_for_another_reason_stays_so(void **state)
{
	struct nested *nested = alone(LEAF_RO, true, true);
	uint64_t table = look(nested->scene, nested->s1_entry[1]);

	(void)state;
	/* No DBM. */
	assert_int_equal(nested_write(nested).event, SMMU_F_PERMISSION);
	/* APTable[1] */
	poke(nested->scene, nested->s1_entry[3], NESTED_PAGE | LEAF_RO | DBM);
	poke(nested->scene, nested->s1_entry[1], table | SMMU_BIT(62));
	assert_int_equal(nested_write(nested).event, SMMU_F_PERMISSION);
	assert_false(nested_read(nested).dirty_write);
	/* HA alone. */
	poke(nested->scene, nested->s1_entry[1], table);
	nested->s1.hd = false;
	assert_int_equal(nested_write(nested).event, SMMU_F_PERMISSION);
	/* A privileged page, and an unprivileged write. */
	nested->s1.hd = true;
	poke(nested->scene, nested->s1_entry[3], NESTED_PAGE | ((LEAF_RO | DBM) & ~SMMU_BIT(6)));
	assert_int_equal(nested_write(nested).event, SMMU_F_PERMISSION);
	/* PAN */
	poke(nested->scene, nested->s1_entry[3], NESTED_PAGE | LEAF_RO | DBM);
	nested->s1.pan = true;
	nested->s1.priv = 3;
	assert_int_equal(nested_write(nested).event, SMMU_F_PERMISSION);
	assert_int_equal(nested->exchanges, 0);
	nested_free(nested);
}

/* 3.13.8: for execution a writable-clean page counts as writable. */
static void a_writable_clean_page_is_writable_for_wxn(void **state)
{
	struct nested *nested = alone((LEAF_RO | DBM) & ~SMMU_BIT(54), true, true);
	const struct smmu_request fetch = {.instruction = true};

	(void)state;
	nested->s1.wxn = true;
	assert_int_equal(nested_walk(nested, fetch).event, SMMU_F_PERMISSION);
	nested->s1.hd = false;
	assert_int_equal(nested_walk(nested, fetch).event, 0);
	nested_free(nested);
}

static void ats_marks_dirty_only_for_a_write(void **state)
{
	struct smmu_request request = {.kind = SMMU_ATS_REQUEST};
	struct nested *nested = alone((LEAF_RO | DBM) & ~AF, true, true);
	struct smmu_walk walk;

	(void)state;
	/* NW == 1: AF, and a write right that is not to be granted. */
	walk = nested_walk(nested, request);
	assert_int_equal(walk.event, 0);
	assert_true(walk.dirty_write);
	assert_int_equal(leaf(nested), NESTED_PAGE | LEAF_RO | DBM);
	request.write = true;
	walk = nested_walk(nested, request);
	assert_true(walk.user_write && !walk.dirty_write);
	assert_int_equal(leaf(nested), NESTED_PAGE | LEAF_RW | DBM);
	/* No right at all: no response, no AF (3.13.7.1). */
	poke(nested->scene, nested->s1_entry[3],
	     NESTED_PAGE | ((LEAF_RO | DBM) & ~(AF | SMMU_BIT(6))));
	walk = nested_walk(nested, request);
	assert_int_equal(walk.event, SMMU_F_PERMISSION);
	assert_int_equal(updates(nested), 2);
	nested_free(nested);
}

static void a_lost_race_walks_again(void **state)
{
	struct nested *nested = alone((LEAF_RO | DBM) & ~AF, true, true);
	struct smmu_walk walk;

	(void)state;
	nested->racy = nested->s1_entry[3];
	nested->race_value = PAGE2 | ((LEAF_RW | DBM) & ~AF);
	walk = nested_write(nested);
	assert_int_equal(walk.event, 0);
	assert_int_equal(walk.pa, PAGE2);
	assert_int_equal(leaf(nested), PAGE2 | LEAF_RW | DBM);
	assert_int_equal(nested->exchanges, 2);
	assert_int_equal(updates(nested), 1);
	/* The other agent has unmapped the page. */
	poke(nested->scene, nested->s1_entry[3], NESTED_PAGE | (LEAF_RW & ~AF));
	nested->racy = nested->s1_entry[3];
	nested->race_value = 0;
	assert_int_equal(nested_read(nested).event, SMMU_F_TRANSLATION);
	assert_int_equal(leaf(nested), 0);
	nested_free(nested);
}

static void a_race_that_never_ends_is_an_abort(void **state)
{
	struct nested *nested = alone(LEAF_RW & ~AF, true, true);
	struct smmu_walk walk;

	(void)state;
	nested->racy = nested->s1_entry[3];
	nested->always = true;
	walk = nested_read(nested);
	expect_walk_fault(walk, SMMU_F_WALK_EABT, SMMU_CAUSE_s1_update_abort, false, SMMU_CLASS_TT,
			  0);
	assert_in_range(nested->exchanges, 2, 16);
	assert_int_equal(updates(nested), 0);
	nested_free(nested);
}

static void an_update_that_aborts_is_an_abort_of_the_walk(void **state)
{
	struct nested *nested = alone(LEAF_RW & ~AF, true, false);
	struct smmu_walk walk;

	(void)state;
	nested->cas_abort = true;
	walk = nested_read(nested);
	expect_walk_fault(walk, SMMU_F_WALK_EABT, SMMU_CAUSE_s1_update_abort, false, SMMU_CLASS_TT,
			  0);
	assert_int_equal(walk.fetch_addr, nested->s1_entry[3]);
	assert_int_equal(nested->exchanges, 1);
	/* Without an exchange on the bus, a read and a write do it. */
	nested->scene->smmu->bus.cas64 = NULL;
	assert_int_equal(nested_read(nested).event, 0);
	assert_int_equal(leaf(nested), NESTED_PAGE | LEAF_RW);
	assert_int_equal(nested->scene->writes, 1);
	nested_free(nested);
}

static struct nested *both(uint64_t desc)
{
	struct nested *nested = nested_new(desc);

	nested->s1.ha = nested->s1.hd = true;
	nested->s2.ha = nested->s2.hd = true;
	return nested;
}

static void change(struct nested *nested, uint64_t ipa, uint64_t clear, uint64_t set)
{
	uint64_t entry = s2_entry(nested, ipa);

	poke(nested->scene, entry, (look(nested->scene, entry) & ~clear) | set);
}

/* What stage 2 says of an IPA: AF and S2AP[1]. */
static void expect_s2(struct nested *nested, uint64_t ipa, bool accessed, bool writable)
{
	uint64_t desc = look(nested->scene, s2_entry(nested, ipa));

	assert_int_equal(!!(desc & S2_AF), accessed);
	assert_int_equal(!!(desc & S2_WRITE), writable);
}

/* 3.13.5: the pages of stage-1 tables are read, and written where a descriptor is updated. */
static void stage_2_is_updated_on_the_way(void **state)
{
	struct nested *nested = both((LEAF_RO | DBM) & ~AF);
	struct smmu_walk walk;

	(void)state;
	for (unsigned level = 0; level < 4; level++)
		change(nested, IPA_OF(nested->s1_entry[level]), S2_AF | S2_WRITE, DBM);
	change(nested, IPA_OF(NESTED_PAGE), S2_AF | S2_WRITE, DBM);
	walk = nested_read(nested);
	assert_int_equal(walk.event, 0);
	assert_true(walk.dirty_write && walk.user_write && !walk.needs_af);
	for (unsigned level = 0; level < 3; level++)
		expect_s2(nested, IPA_OF(nested->s1_entry[level]), true, false);
	/* AF of stage 1 was written here. */
	expect_s2(nested, IPA_OF(nested->s1_entry[3]), true, true);
	assert_int_equal(leaf(nested), IPA_OF(NESTED_PAGE) | LEAF_RO | DBM);
	expect_s2(nested, IPA_OF(NESTED_PAGE), true, false);
	walk = nested_write(nested);
	assert_int_equal(walk.event, 0);
	assert_false(walk.dirty_write);
	assert_int_equal(leaf(nested), IPA_OF(NESTED_PAGE) | LEAF_RW | DBM);
	expect_s2(nested, IPA_OF(NESTED_PAGE), true, true);
	nested_free(nested);
}

static void a_table_that_stage_2_write_protects_cannot_be_updated(void **state)
{
	struct nested *nested = both(LEAF_RW & ~AF);
	struct smmu_walk walk;

	(void)state;
	change(nested, IPA_OF(nested->s1_entry[3]), S2_WRITE, 0);
	/* 7.3.22: before what is wrong with the output. */
	change(nested, IPA_OF(NESTED_PAGE), 1, 0);
	walk = nested_read(nested);
	expect_walk_fault(walk, SMMU_F_PERMISSION, SMMU_CAUSE_s2_perm_write, true, SMMU_CLASS_TT,
			  IPA_OF(nested->s1_entry[3]));
	assert_true(walk.tt_write);
	assert_int_equal(updates(nested), 0);
	nested_free(nested);
}

static void a_fault_of_the_output_leaves_the_stage_1_descriptor(void **state)
{
	struct nested *nested = both((LEAF_RO | DBM) & ~AF);

	(void)state;
	change(nested, IPA_OF(nested->s1_entry[0]), S2_AF, 0);
	change(nested, IPA_OF(NESTED_PAGE), S2_WRITE, 0);
	assert_int_equal(nested_write(nested).cause, SMMU_CAUSE_s2_perm_write);
	assert_int_equal(leaf(nested), IPA_OF(NESTED_PAGE) | ((LEAF_RO | DBM) & ~AF));
	/* The tables were read all the same (3.13.2). */
	expect_s2(nested, IPA_OF(nested->s1_entry[0]), true, true);
	assert_int_equal(updates(nested), 1);
	nested_free(nested);
}

/* 3.13.7.1: a page that stage 1 does not let write is not dirty at stage 2 either. */
static void ats_for_a_write_leaves_what_it_may_not_write(void **state)
{
	const struct smmu_request request = {.kind = SMMU_ATS_REQUEST, .write = true};
	struct nested *nested = both(LEAF_RO);
	struct smmu_walk walk;

	(void)state;
	change(nested, IPA_OF(NESTED_PAGE), S2_WRITE, DBM);
	walk = nested_walk(nested, request);
	assert_int_equal(walk.event, 0);
	assert_false(walk.user_write);
	expect_s2(nested, IPA_OF(NESTED_PAGE), true, false);
	/* Nor the other way round. */
	change(nested, IPA_OF(NESTED_PAGE), DBM, 0);
	poke(nested->scene, nested->s1_entry[3], IPA_OF(NESTED_PAGE) | LEAF_RO | DBM);
	walk = nested_walk(nested, request);
	assert_int_equal(walk.event, 0);
	assert_true(walk.user_read && !walk.user_write);
	assert_int_equal(leaf(nested), IPA_OF(NESTED_PAGE) | LEAF_RO | DBM);
	assert_int_equal(updates(nested), 0);
	nested_free(nested);
}

static void stage_2_needs_dbm_and_s2hd(void **state)
{
	struct nested *nested = both(LEAF_RW);

	(void)state;
	change(nested, IPA_OF(NESTED_PAGE), S2_WRITE, 0);
	assert_int_equal(nested_write(nested).cause, SMMU_CAUSE_s2_perm_write);
	change(nested, IPA_OF(NESTED_PAGE), 0, DBM);
	nested->s2.hd = false;
	assert_int_equal(nested_write(nested).cause, SMMU_CAUSE_s2_perm_write);
	nested->s2.hd = true;
	nested->s2.ha = false;
	assert_int_equal(nested_write(nested).cause, SMMU_CAUSE_s2_perm_write);
	nested->s2.ha = true;
	assert_int_equal(nested_write(nested).event, 0);
	expect_s2(nested, IPA_OF(NESTED_PAGE), true, true);
	nested_free(nested);
}

/* One page of stage 2 holds the stage-1 descriptor and the data. */
static void both_updates_may_meet_in_one_descriptor(void **state)
{
	struct nested *nested = both((LEAF_RO | DBM) & ~AF);
	uint64_t ipa = IPA_OF(nested->s1_entry[3]) & ~0xfffull;

	(void)state;
	poke(nested->scene, nested->s1_entry[3], ipa | ((LEAF_RO | DBM) & ~AF));
	change(nested, ipa, S2_AF | S2_WRITE, DBM);
	assert_int_equal(nested_write(nested).event, 0);
	assert_int_equal(leaf(nested), ipa | LEAF_RW | DBM);
	expect_s2(nested, ipa, true, true);
	nested_free(nested);
}

/* 3.13.2, 3.13.3.1: AF, but never the dirty state. */
static void the_fetch_of_a_cd_sets_af_only(void **state)
{
	struct nested *nested = both(LEAF_RW);
	struct smmu_walk walk;

	(void)state;
	change(nested, IPA_OF(PAGE), S2_AF | S2_WRITE, DBM);
	walk = smmu_fetch_s2(nested->scene->smmu, &nested->s2, IPA_OF(PAGE), false);
	assert_int_equal(walk.event, 0);
	expect_s2(nested, IPA_OF(PAGE), false, false);
	walk = smmu_fetch_s2(nested->scene->smmu, &nested->s2, IPA_OF(PAGE), true);
	assert_int_equal(walk.event, 0);
	expect_s2(nested, IPA_OF(PAGE), true, false);
	change(nested, IPA_OF(PAGE), S2_AF, 0);
	nested->cas_abort = true;
	expect_walk_fault(smmu_fetch_s2(nested->scene->smmu, &nested->s2, IPA_OF(PAGE), true),
			  SMMU_F_WALK_EABT, SMMU_CAUSE_s2_update_abort, true, SMMU_CLASS_CD,
			  IPA_OF(PAGE));
	nested_free(nested);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_access_sets_af),
		cmocka_unit_test(without_ha_a_clear_af_is_a_fault),
		cmocka_unit_test(a_write_marks_a_writable_clean_page_dirty),
		cmocka_unit_test(what_is_read_only_for_another_reason_stays_so),
		cmocka_unit_test(a_writable_clean_page_is_writable_for_wxn),
		cmocka_unit_test(ats_marks_dirty_only_for_a_write),
		cmocka_unit_test(a_lost_race_walks_again),
		cmocka_unit_test(a_race_that_never_ends_is_an_abort),
		cmocka_unit_test(an_update_that_aborts_is_an_abort_of_the_walk),
		cmocka_unit_test(stage_2_is_updated_on_the_way),
		cmocka_unit_test(a_table_that_stage_2_write_protects_cannot_be_updated),
		cmocka_unit_test(a_fault_of_the_output_leaves_the_stage_1_descriptor),
		cmocka_unit_test(ats_for_a_write_leaves_what_it_may_not_write),
		cmocka_unit_test(stage_2_needs_dbm_and_s2hd),
		cmocka_unit_test(both_updates_may_meet_in_one_descriptor),
		cmocka_unit_test(the_fetch_of_a_cd_sets_af_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
