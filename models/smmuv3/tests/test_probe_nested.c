/* SPDX-License-Identifier: MIT */
/*
 * Contract: smmu_probe_nested() tells what both stages make of an address and which of them refused,
 * and neither writes memory nor records anything.
 * Run: ctest -R smmuv3.test_probe_nested
 */
#include "nested_scene.h"

static int probe_setup(void **state)
{
	*state = nested_new(LEAF_RW);
	return 0;
}

static int probe_teardown(void **state)
{
	const struct nested *nested = *state;

	/* 3.13: no descriptor was updated either. */
	assert_int_equal(nested->scene->writes, 0);
	assert_int_equal(nested->exchanges, 0);
	assert_int_equal(pending_events(nested->scene), 0);
	nested_free(*state);
	return 0;
}

#define PROBE(name) cmocka_unit_test_setup_teardown(name, probe_setup, probe_teardown)

static void expect_probe(struct nested *nested, const struct smmu_s1 *s1, uint64_t va,
			 struct smmu_outcome wanted, bool wanted_stage2)
{
	bool stage2 = !wanted_stage2;
	struct smmu_outcome got =
		smmu_probe_nested(nested->scene->smmu, s1, &nested->s2, va, &stage2);

	assert_int_equal(got.event, wanted.event);
	assert_int_equal(got.pa, wanted.pa);
	assert_int_equal(got.read_ok, wanted.read_ok);
	assert_int_equal(got.write_ok, wanted.write_ok);
	assert_int_equal(stage2, wanted_stage2);
}

static void expect_nested(struct nested *nested, struct smmu_outcome wanted, bool wanted_stage2)
{
	expect_probe(nested, &nested->s1, NESTED_VA + 8, wanted, wanted_stage2);
}

static struct smmu_outcome translated(uint64_t pa, bool write_ok)
{
	return (struct smmu_outcome){.read_ok = true, .write_ok = write_ok, .pa = pa};
}

static struct smmu_outcome refused(uint8_t event)
{
	return (struct smmu_outcome){.event = event};
}

static void both_stages_translate(void **state)
{
	struct nested *nested = *state;

	expect_nested(nested, translated(NESTED_PAGE + 8, true), false);
}

static void rights_are_those_of_both(void **state)
{
	struct nested *nested = *state;
	uint64_t two = s2_entry(nested, IPA_OF(NESTED_PAGE)), one = nested->s1_entry[3];

	poke(nested->scene, two, look(nested->scene, two) & ~S2_WRITE);
	expect_nested(nested, translated(NESTED_PAGE + 8, false), false);
	poke(nested->scene, two, look(nested->scene, two) | S2_WRITE);
	poke(nested->scene, one, IPA_OF(NESTED_PAGE) | LEAF_RO);
	expect_nested(nested, translated(NESTED_PAGE + 8, false), false);
	/* AP[1] = 0: no right of an unprivileged access. */
	poke(nested->scene, one, IPA_OF(NESTED_PAGE) | (LEAF_RW & ~SMMU_BIT(6)));
	expect_nested(nested, refused(SMMU_F_PERMISSION), false);
	poke(nested->scene, one, IPA_OF(NESTED_PAGE) | LEAF_RW);
	poke(nested->scene, two, look(nested->scene, two) & ~(S2_READ | S2_WRITE));
	expect_nested(nested, refused(SMMU_F_PERMISSION), true);
}

static void the_stage_that_refused_is_told(void **state)
{
	struct nested *nested = *state;
	uint64_t page = s2_entry(nested, IPA_OF(NESTED_PAGE));
	uint64_t table = s2_entry(nested, IPA_OF(nested->s1_entry[2]));
	uint64_t leaf = look(nested->scene, nested->s1_entry[3]);

	poke(nested->scene, nested->s1_entry[3], 0);
	expect_nested(nested, refused(SMMU_F_TRANSLATION), false);
	poke(nested->scene, nested->s1_entry[3], leaf);
	poke(nested->scene, page, 0);
	expect_nested(nested, refused(SMMU_F_TRANSLATION), true);
	poke(nested->scene, page, NESTED_PAGE | S2_RW);
	/* Under a table of stage 1. */
	poke(nested->scene, table, 0);
	expect_nested(nested, refused(SMMU_F_TRANSLATION), true);
}

static void af_that_hardware_would_set_stays_clear(void **state)
{
	struct nested *nested = *state;

	nested->s1.ha = nested->s1.hd = nested->s2.ha = nested->s2.hd = true;
	poke(nested->scene, nested->s1_entry[3],
	     IPA_OF(NESTED_PAGE) | DBM | (LEAF_RO & ~SMMU_BIT(10)));
	expect_nested(nested, translated(NESTED_PAGE + 8, true), false);
	nested->s1.ha = nested->s1.hd = false;
	expect_nested(nested, refused(SMMU_F_ACCESS), false);
}

static void a_stage_may_be_off(void **state)
{
	struct nested *nested = *state;

	expect_probe(nested, NULL, IPA_OF(NESTED_PAGE) + 16, translated(NESTED_PAGE + 16, true),
		     false);
	expect_probe(nested, NULL, NESTED_VA & 0xfffff000, refused(SMMU_F_TRANSLATION), true);
	/* 3.4: beyond the OAS before stage 2 is asked. */
	expect_probe(nested, NULL, NESTED_VA, refused(SMMU_F_ADDR_SIZE), false);
	nested->s2.on = false;
	expect_probe(nested, NULL, NESTED_PAGE, translated(NESTED_PAGE, true), false);
	/* Its tables are at IPAs, where there is no memory. */
	expect_nested(nested, refused(SMMU_F_WALK_EABT), false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROBE(both_stages_translate),
		PROBE(rights_are_those_of_both),
		PROBE(the_stage_that_refused_is_told),
		PROBE(af_that_hardware_would_set_stays_clear),
		PROBE(a_stage_may_be_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
