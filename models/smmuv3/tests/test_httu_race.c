/* SPDX-License-Identifier: MIT */
/*
 * Contract: a hardware update that meets another agent's store starts over and never loses that
 * store (3.13), also on a bus without an exchange and under the fetch of a table or a CD; one that
 * aborts, or never gets through, is an abort of the walk (7.3.12) and changes nothing.
 * Run: ctest -R smmuv3.test_httu_race
 */
#include "nested_scene.h"

#define AF SMMU_BIT(10)
#define RO SMMU_BIT(7) /* AP[2] */

/* A bus that can do no more than read and write; `pa` is where something happens. */
struct plain_bus {
	struct nested *nested;
	uint64_t pa;
	unsigned reads;	    /* of pa, */
	unsigned change_at; /* before which of them another agent stores: */
	uint64_t changed;   /* this */
	unsigned abort_at;  /* which of them aborts */
	bool no_write;	    /* writes to pa abort */
	unsigned writes;    /* that came through */
	uint64_t last_written;
};

static bool plain_read64(void *ctx, uint64_t pa, uint64_t *value)
{
	struct plain_bus *bus = ctx;

	if (pa == bus->pa) {
		bus->reads++;
		if (bus->reads == bus->change_at)
			poke(bus->nested->scene, pa, bus->changed);
		if (bus->reads == bus->abort_at)
			return false;
	}
	return scene_read64(bus->nested->scene, pa, value);
}

static bool plain_write64(void *ctx, uint64_t pa, uint64_t value)
{
	struct plain_bus *bus = ctx;

	if (pa == bus->pa && bus->no_write)
		return false;
	bus->writes++;
	bus->last_written = value;
	return scene_write64(bus->nested->scene, pa, value);
}

/* Stage 1 alone, AF clear, with HTTU; the bus watches the leaf. */
static struct plain_bus plain_new(void)
{
	struct nested *nested = nested_new(LEAF_RW & ~AF);
	struct scene *scene = nested->scene;

	for (unsigned level = 0; level < 3; level++)
		poke(scene, nested->s1_entry[level],
		     look(scene, nested->s1_entry[level]) - IPA_OFFSET);
	poke(scene, nested->s1_entry[3], NESTED_PAGE | (LEAF_RW & ~AF));
	nested->s1.ttb0 = ROOT0;
	nested->s1.ha = nested->s1.hd = true;
	nested->s2.on = false;
	return (struct plain_bus){.nested = nested, .pa = nested->s1_entry[3]};
}

static void plain_attach(struct plain_bus *bus)
{
	struct smmu_bus *to = &bus->nested->scene->smmu->bus;

	to->ctx = bus;
	to->read64 = plain_read64;
	to->write64 = plain_write64;
	to->cas64 = NULL;
}

static void expect_update_abort(struct smmu_walk walk, bool s2, uint8_t class)
{
	assert_int_equal(walk.event, SMMU_F_WALK_EABT);
	assert_int_equal(walk.cause, s2 ? SMMU_CAUSE_s2_update_abort : SMMU_CAUSE_s1_update_abort);
	assert_int_equal(walk.s2, s2);
	assert_int_equal(walk.fault_class, class);
}

static void a_store_between_walk_and_update_is_kept(void **state)
{
	struct plain_bus bus = plain_new();
	struct smmu_walk walk;

	(void)state;
	plain_attach(&bus);
	bus.change_at = 2;
	bus.changed = PAGE2 | ((LEAF_RO | DBM) & ~AF);
	walk = nested_write(bus.nested);
	assert_int_equal(walk.event, 0);
	assert_int_equal(walk.pa, PAGE2);
	assert_int_equal(look(bus.nested->scene, bus.pa), PAGE2 | LEAF_RW | DBM);
	/* Walk, update, walk, update. */
	assert_int_equal(bus.reads, 4);
	assert_int_equal(bus.writes, 1);
	assert_int_equal(smmu_counters(bus.nested->scene->smmu).updates, 1);
	nested_free(bus.nested);
}

static void an_abort_of_either_half_changes_nothing(void **state)
{
	(void)state;
	for (unsigned half = 0; half < 2; half++) {
		struct plain_bus bus = plain_new();

		plain_attach(&bus);
		bus.abort_at = half == 0 ? 2 : 0;
		bus.no_write = half == 1;
		expect_update_abort(nested_read(bus.nested), false, SMMU_CLASS_TT);
		/* It is not tried again. */
		assert_int_equal(bus.reads, 2);
		assert_int_equal(bus.writes, 0);
		assert_int_equal(smmu_counters(bus.nested->scene->smmu).updates, 0);
		assert_int_equal(look(bus.nested->scene, bus.pa), NESTED_PAGE | (LEAF_RW & ~AF));
		nested_free(bus.nested);
	}
}

/* Both stages with HTTU. */
static struct nested *both(uint64_t desc)
{
	struct nested *nested = nested_new(desc);

	nested->s1.ha = nested->s1.hd = true;
	nested->s2.ha = nested->s2.hd = true;
	return nested;
}

/* AF is clear where stage 2 maps this IPA, and another agent is there first. Returns the place. */
static uint64_t race_at(struct nested *nested, uint64_t ipa, bool always)
{
	uint64_t entry = s2_entry(nested, ipa), desc = look(nested->scene, entry) & ~S2_AF;

	poke(nested->scene, entry, desc);
	nested->racy = entry;
	nested->race_value = desc | SMMU_BIT(55); /* for software; hardware keeps it */
	nested->always = always;
	nested->exchanges = 0;
	return entry;
}

static void a_race_under_a_table_walks_again(void **state)
{
	(void)state;
	for (unsigned level = 0; level < 4; level++) {
		struct nested *nested = both(LEAF_RW);
		uint64_t entry = race_at(nested, IPA_OF(nested->s1_entry[level]), false);
		uint64_t kept = nested->race_value | S2_AF;
		struct smmu_walk walk = nested_read(nested);

		assert_int_equal(walk.event, 0);
		assert_int_equal(walk.pa, NESTED_PAGE);
		assert_int_equal(look(nested->scene, entry), kept);
		assert_int_equal(nested->exchanges, 2);
		nested_free(nested);
	}
}

static void a_race_under_a_table_that_never_ends_is_an_abort(void **state)
{
	struct nested *nested = both(LEAF_RW);
	uint64_t entry = race_at(nested, IPA_OF(nested->s1_entry[1]), true);

	(void)state;
	expect_update_abort(nested_read(nested), true, SMMU_CLASS_TT);
	assert_in_range(nested->exchanges, 2, 16);
	assert_false(look(nested->scene, entry) & S2_AF);
	nested_free(nested);
}

/* 3.13.5: the update of a stage-1 leaf makes the page that it stands in dirty. */
static void a_race_under_an_updated_leaf_walks_again(void **state)
{
	struct nested *nested = both((LEAF_RO | DBM));
	uint64_t entry = s2_entry(nested, IPA_OF(nested->s1_entry[3]));
	uint64_t desc = (look(nested->scene, entry) & ~S2_WRITE) | DBM;

	(void)state;
	poke(nested->scene, entry, desc);
	nested->racy = entry;
	nested->race_value = desc | SMMU_BIT(55);
	assert_int_equal(nested_write(nested).event, 0);
	assert_int_equal(look(nested->scene, entry), desc | SMMU_BIT(55) | S2_WRITE);
	assert_int_equal(look(nested->scene, nested->s1_entry[3]),
			 IPA_OF(NESTED_PAGE) | LEAF_RW | DBM);
	/* One lost; then stage 2, stage 1. */
	assert_int_equal(nested->exchanges, 3);
	nested_free(nested);
}

/* The output of both stages: class IN. */
static void a_race_of_the_output_is_one_of_stage_2(void **state)
{
	struct nested *nested = both(LEAF_RW);
	uint64_t entry = race_at(nested, IPA_OF(NESTED_PAGE), false);
	uint64_t kept = nested->race_value | S2_AF;

	(void)state;
	assert_int_equal(nested_read(nested).event, 0);
	assert_int_equal(look(nested->scene, entry), kept);
	race_at(nested, IPA_OF(NESTED_PAGE), true);
	expect_update_abort(nested_read(nested), true, SMMU_CLASS_IN);
	nested_free(nested);
}

static void a_race_under_a_cd_fetches_again(void **state)
{
	struct nested *nested = both(LEAF_RW);
	struct smmu *smmu = nested->scene->smmu;
	uint64_t entry = race_at(nested, IPA_OF(CDTAB), false);
	uint64_t kept = nested->race_value | S2_AF;
	struct smmu_walk walk;

	(void)state;
	poke(nested->scene, CDTAB, 0x1234);
	walk = smmu_fetch_s2(smmu, &nested->s2, IPA_OF(CDTAB), true);
	assert_int_equal(walk.event, 0);
	assert_int_equal(walk.desc, 0x1234);
	assert_int_equal(look(nested->scene, entry), kept);
	assert_int_equal(nested->exchanges, 2);
	race_at(nested, IPA_OF(CDTAB), true);
	expect_update_abort(smmu_fetch_s2(smmu, &nested->s2, IPA_OF(CDTAB), true), true,
			    SMMU_CLASS_CD);
	assert_in_range(nested->exchanges, 2, 16);
	/* An abort is not tried again. */
	race_at(nested, IPA_OF(CDTAB), false);
	nested->cas_abort = true;
	expect_update_abort(smmu_fetch_s2(smmu, &nested->s2, IPA_OF(CDTAB), true), true,
			    SMMU_CLASS_CD);
	assert_int_equal(nested->exchanges, 1);
	nested_free(nested);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_store_between_walk_and_update_is_kept),
		cmocka_unit_test(an_abort_of_either_half_changes_nothing),
		cmocka_unit_test(a_race_under_a_table_walks_again),
		cmocka_unit_test(a_race_under_a_table_that_never_ends_is_an_abort),
		cmocka_unit_test(a_race_under_an_updated_leaf_walks_again),
		cmocka_unit_test(a_race_of_the_output_is_one_of_stage_2),
		cmocka_unit_test(a_race_under_a_cd_fetches_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
