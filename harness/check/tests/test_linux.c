/* SPDX-License-Identifier: MIT */
/*
 * Contract: what only Linux drivers do is compared as well: stalled accesses and their answers,
 * spaces that have exited and are still bound, handles, PASIDs of address spaces, a second stream.
 * Run: ctest -R check.test_linux, or the program itself.
 */
#include "scene.h"

#include <errno.h>

/* After op 1 of SCENE_BOUND (d0 is bound to p0 with PASID 1) something is compared by hand. */
static void (*by_hand)(struct check *c);

static void call_by_hand(struct check *c, unsigned op)
{
	if (op != 1)
		return;
	by_hand(c);
	/* The two sides are no match any more: the run ends here in any case. */
	diverge(c, DIVERGENCE_BUG, "A-22", "the end", "nothing else differs");
}

static struct divergence compare_by_hand(void (*function)(struct check *c))
{
	by_hand = function;
	return scene_run(&(struct scene){.text = SCENE_BOUND, .poke = call_by_hand});
}

static void expect_equal(struct divergence d)
{
	expect_divergence(d, DIVERGENCE_BUG, "A-22", 1);
}

/* Stalls. */

static struct ref_access want;
static struct world_dma dma;
static struct smmu_event event;

static void compare_access(struct check *c)
{
	const struct trace_op op = {
		.code = TRACE_OP_DMA, .device = 0, .has_pasid = 1, .pasid = 1, .slot = 0};
	struct ref_result result = {.access = want, .rule = ""};
	unsigned page = c->ref.mm[c->ref.task[0].mm].space.slot[0].page;

	c->is_linux = true;
	world_begin_op(c->world);
	result.access.page = (uint16_t)page;
	dma.response.pa = c->frame_of[page];
	if (event.type) {
		uint64_t record[4];

		smmu_event_encode(&event, record);
		world_report_event(c->world, record);
	}
	compare_dma(c, &op, ref_target(&c->ref, 0, true, 1), &result, &dma);
}

static int resolved_stall(void **state)
{
	(void)state;
	want = (struct ref_access){.outcome = REF_OUTCOME_OK, .prot = REF_READ, .stalls = 1};
	dma = (struct world_dma){.response = {.status = SMMU_OK}, .stalls = 1};
	event = (struct smmu_event){
		.type = SMMU_F_TRANSLATION,
		.sid = 8,
		.ssv = true,
		.ssid = 1,
		.input_addr = 0x10000,
		.rnw = true,
		.fault_class = SMMU_CLASS_IN,
		.stall = true,
	};
	return 0;
}

static void stall_is_recorded_and_answered_once(void **state)
{
	(void)state;
	expect_equal(compare_by_hand(compare_access));
	dma.stalls = 2;
	expect_divergence(compare_by_hand(compare_access), DIVERGENCE_RESPONSE, "D-8", 1);
	dma.stalls = 0;
	expect_divergence(compare_by_hand(compare_access), DIVERGENCE_RESPONSE, "D-8", 1);
}

static void stall_without_answer_is_response(void **state)
{
	struct divergence d;

	(void)state;
	dma.unanswered = true;
	dma.response.status = SMMU_STALLED;
	d = compare_by_hand(compare_access);
	expect_divergence(d, DIVERGENCE_RESPONSE, "D-8", 1);
	expect_texts(d, "an answer", "waits for ever");
}

static void record_of_a_stall_says_so(void **state)
{
	(void)state;
	event.stall = false;
	expect_divergence(compare_by_hand(compare_access), DIVERGENCE_EVENT, "D-8", 1);
	event.stall = true;
	event.input_addr = 0x11000;
	expect_divergence(compare_by_hand(compare_access), DIVERGENCE_EVENT, "E-30", 1);
	event.type = 0;
	expect_divergence(compare_by_hand(compare_access), DIVERGENCE_EVENT, "A-43", 1);
}

static void stall_that_is_aborted_is_a_fault(void **state)
{
	(void)state;
	want.outcome = REF_FAULT_TRANSLATION;
	dma.response = (struct smmu_response){.status = SMMU_ABORT, .event = SMMU_F_TRANSLATION};
	expect_equal(compare_by_hand(compare_access));
	want.stalls = 0;
	expect_divergence(compare_by_hand(compare_access), DIVERGENCE_RESPONSE, "D-8", 1);
}

static void abort_that_is_reported_is_event(void **state)
{
	struct divergence d;

	(void)state;
	want = (struct ref_access){.outcome = REF_FAULT_ABORT};
	dma = (struct world_dma){.response = {.status = SMMU_ABORT, .event = SMMU_F_TRANSLATION}};
	d = compare_by_hand(compare_access);
	expect_divergence(d, DIVERGENCE_EVENT, "D-21", 1);
	expect_texts(d, "abort", "F_TRANSLATION");
	want.unreported = 1;
	expect_equal(compare_by_hand(compare_access));
	event.type = 0;
	dma.response.event = SMMU_EVT_NONE;
	expect_equal(compare_by_hand(compare_access));
	dma.response.status = SMMU_OK;
	expect_divergence(compare_by_hand(compare_access), DIVERGENCE_REACH, "B-1", 1);
}

static void stray_answer(struct check *c)
{
	c->stalls = true;
	c->stray = smmu_counters(c->model).stray_answers - 1;
	compare_answers(c);
}

static void answer_is_missing(struct check *c)
{
	c->stalls = true;
	c->stalled = smmu_counters(c->model).stalls - 1;
	compare_answers(c);
}

static void answers_are_as_many_as_stalls(void **state)
{
	struct divergence d = compare_by_hand(stray_answer);

	(void)state;
	expect_divergence(d, DIVERGENCE_RESPONSE, "D-8", 1);
	expect_texts(d, "stalled access only", "1 to none");
	d = compare_by_hand(answer_is_missing);
	expect_divergence(d, DIVERGENCE_RESPONSE, "D-8", 1);
	expect_texts(d, "one answer", "0 for 1");
}

/* Exit. */

static uint64_t set_bits, clear_bits;
static bool invalidate;

/* The law is told that p0 has exited, hardware gets the entry that is to be compared. */
static void exit_in_law(struct check *c)
{
	struct ref_topology topology = c->ref.topology;
	uint64_t cd = scene_cd(c, 0, 1);

	topology.policy = REF_POLICY_LINUX_6_12;
	ref_reset(&c->ref, &topology);
	assert_int_equal(ref_attach(&c->ref, 0, 0).error, 0);
	assert_int_equal(ref_init(&c->ref, 0, 0, 0, 0).error, 0);
	ref_spawn(&c->ref, 0);
	assert_int_equal(ref_bind(&c->ref, 0, 0, 0, true).value, 1);
	ref_exit(&c->ref, 0);
	assert_int_equal(ref_target(&c->ref, 0, true, 1).kind, REF_TARGET_QUIESCED);
	world_store(c->world, cd, (ram_load(cd) & ~clear_bits) | set_bits);
	if (invalidate)
		c->driver->ops->hint(c->driver, DRIVER_HINT_CFGI, 0, true, 1, 0, 4096);
	c->compared = false;
	reach_compare(c);
}

static void entry_after_exit_aborts_in_silence(void **state)
{
	struct divergence d;

	(void)state;
	set_bits = clear_bits = 0;
	invalidate = true;
	expect_divergence(compare_by_hand(exit_in_law), DIVERGENCE_REACH, "D-9", 1);
	set_bits = SMMU_CD0_EPD0;
	d = compare_by_hand(exit_in_law);
	expect_divergence(d, DIVERGENCE_EVENT, "D-21", 1);
	expect_texts(d, "aborts in silence", "(d0, pasid 1) reports translation faults");
	clear_bits = SMMU_CD0_R;
	expect_equal(compare_by_hand(exit_in_law));
	invalidate = false;
	expect_divergence(compare_by_hand(exit_in_law), DIVERGENCE_STALE_CONFIG, "D-9", 1);
	/* An invalid entry is reported (7.3.11 C_BAD_CD). */
	invalidate = true;
	set_bits = 0;
	clear_bits = SMMU_CD0_V;
	expect_divergence(compare_by_hand(exit_in_law), DIVERGENCE_EVENT, "D-21", 1);
}

static void exit_while_bound(struct check *c)
{
	uint8_t mm = c->ref.task[0].mm, theirs = c->world->task[0].mm;

	assert_int_equal(c->mm_of[mm], theirs);
	c->ref.task[0].mm = REF_NONE;
	c->world->task[0].mm = WORLD_NONE;
	c->ref.mm[mm].users = 0;
	c->mms_changed = true;
	pages_map_mms(c);
	assert_int_equal(c->mm_of[mm], theirs);
	assert_int_equal(c->ref_of[theirs], mm);
	/* The last bond goes. */
	c->ref.mm[mm].pasid = 0;
	c->mms_changed = true;
	pages_map_mms(c);
	assert_int_equal(c->mm_of[mm], WORLD_NONE);
	assert_int_equal(c->ref_of[theirs], REF_NONE);
}

static void space_stays_paired_while_it_is_bound(void **state)
{
	(void)state;
	expect_equal(compare_by_hand(exit_while_bound));
}

/* Handles and PASIDs. */

static void same_bond_same_handle(struct check *c)
{
	bonds_compare_handle(c, &(struct ref_result){.bond = 3}, 0, 77);
	bonds_compare_handle(c, &(struct ref_result){.bond = 3}, 1 << 3, 77);
	bonds_compare_handle(c, &(struct ref_result){.bond = 4}, 1 << 3, 78);
	/* Bond 3 ended; a new one may get its handle. */
	bonds_compare_handle(c, &(struct ref_result){.bond = 5}, 1 << 4, 77);
}

static void same_bond_other_handle(struct check *c)
{
	bonds_compare_handle(c, &(struct ref_result){.bond = 3}, 0, 77);
	bonds_compare_handle(c, &(struct ref_result){.bond = 3}, 1 << 3, 78);
}

static void other_bond_same_handle(struct check *c)
{
	bonds_compare_handle(c, &(struct ref_result){.bond = 3}, 0, 77);
	bonds_compare_handle(c, &(struct ref_result){.bond = 4}, 1 << 3, 77);
}

static void no_handle(struct check *c)
{
	bonds_compare_handle(c, &(struct ref_result){.bond = 3}, 0, 0);
}

static void handle_is_the_bonds(void **state)
{
	(void)state;
	expect_equal(compare_by_hand(same_bond_same_handle));
	expect_divergence(compare_by_hand(same_bond_other_handle), DIVERGENCE_RESULT, "C-7", 1);
	expect_divergence(compare_by_hand(other_bond_same_handle), DIVERGENCE_RESULT, "C-7", 1);
	expect_divergence(compare_by_hand(no_handle), DIVERGENCE_RESULT, "C-7", 1);
}

static unsigned pasid_of_mm;

static unsigned say_pasid(const struct driver *driver, unsigned mm)
{
	(void)driver;
	(void)mm;
	return pasid_of_mm;
}

static void pasid_is_the_address_spaces(void **state)
{
	static const char text[] = SCENE_HEADER "mmap p0 0x10000 rw\nbind d0 p0\n"
						"unbind d0 pasid=1\n";
	struct driver_ops bad = *driver_find("iomm")->ops;
	struct divergence d;

	(void)state;
	bad.mm_pasid = say_pasid;
	pasid_of_mm = 1;
	d = scene_run(&(struct scene){.text = text, .driver = &bad});
	expect_divergence(d, DIVERGENCE_RESULT, "C-3", -1);
	expect_texts(d, "has PASID 0", "1");
	pasid_of_mm = 0;
	expect_divergence(scene_run(&(struct scene){.text = text, .driver = &bad}),
			  DIVERGENCE_RESULT, "C-3", 1);
}

/* Streams. */

static void forgotten_second_stream_is_unreachable(void **state)
{
	struct driver_ops other = *driver_find("iomm")->ops;
	struct scene scene = {
		.text = "policy linux-6.12\nsmmu ssid-bits=4\n"
			"device d0 rid=00:01.0 pasid-bits=4 streams=2 uninit\ndomain A d0\n",
		.driver = &other,
	};
	struct divergence d;

	(void)state;
	other.policy = "linux-6.12";
	d = scene_run(&scene);
	expect_divergence(d, DIVERGENCE_UNREACHABLE, "A-3", -1);
	expect_texts(d, "private table", "(d0 stream 0x108, no pasid)");
	/* Without it, and for a driver of which each device has one, all is well. */
	scene.text = "policy io_mm\nsmmu ssid-bits=4\n"
		     "device d0 rid=00:01.0 pasid-bits=4 streams=2\ndomain A d0\nprocess p0\n"
		     "bind d0 p0\n";
	scene.driver = NULL;
	expect_clean(scene_run(&scene));
}

/* Calls that a driver has not. */

static void missing_calls_are_skipped(void **state)
{
	static const char text[] =
		SCENE_HEADER "bind d0 p0\nenable d0 sva => skipped\ndisable d0 sva => skipped\n"
			     "attach-pasid d0 A pasid=2 => skipped\nclaim d0 => skipped\n"
			     "detach-pasid d0 pasid=2 => skipped\nrelease d0 => skipped\n"
			     "tlbi d0 => skipped\nbad-command opcode=0xff => skipped\n";
	struct driver_ops poor = *driver_find("iomm")->ops;

	(void)state;
	poor.hint = NULL;
	poor.bad_command = NULL;
	expect_clean(scene_run(&(struct scene){.text = text, .driver = &poor}));
}

/* What 6.1 alone does. */

static void expect_in_two_tables(struct check *c)
{
	c->policy = c->ref.topology.policy = REF_POLICY_LINUX_6_1;
	memset(c->ref.group_table, REF_NONE, sizeof(c->ref.group_table));
	assert_false(bonds_in_two_tables(c, 0, true, 1));
	c->ref.domain[1].table[1] = c->ref.domain[0].table[1];
	assert_true(bonds_in_two_tables(c, 0, true, 1));
	assert_false(bonds_in_two_tables(c, 0, true, 2));
	assert_false(bonds_in_two_tables(c, 0, false, 0));
	c->policy = REF_POLICY_LINUX_6_12;
	assert_false(bonds_in_two_tables(c, 0, true, 1));
}

static void space_in_two_tables_is_told(void **state)
{
	(void)state;
	expect_equal(compare_by_hand(expect_in_two_tables));
}

static void expect_failures_of_6_1(struct check *c)
{
	const struct trace_op claim = {.code = TRACE_OP_CLAIM}, *current = c->current;

	c->is_linux = true;
	c->policy = REF_POLICY_LINUX_6_1;
	c->world->alloc_failed = true;
	assert_false(is_injected_failure(c, -EINVAL));
	assert_true(is_injected_failure(c, -ENOMEM));
	c->current = &claim;
	assert_true(is_injected_failure(c, -EINVAL));
	c->policy = REF_POLICY_LINUX_6_12;
	assert_false(is_injected_failure(c, -EINVAL));
	c->policy = REF_POLICY_LINUX_6_1;
	c->world->alloc_failed = false;
	assert_false(is_injected_failure(c, -EINVAL));
	c->current = current;
}

static void claim_without_memory_is_einval(void **state)
{
	(void)state;
	expect_equal(compare_by_hand(expect_failures_of_6_1));
}

/* Pins. */

static void pins_count_under_their_policies_only(void **state)
{
	(void)state;
	expect_clean(scene_run(&(struct scene){
		.text = "policy linux-6.1 linux-6.12\nsmmu ssid-bits=4\n"
			"device d0 rid=00:01.0 pasid-bits=4\ndomain A d0\nprocess p0\n"
			"bind d0 p0 => -EBUSY\n"}));
	expect_divergence(scene_run(&(struct scene){
				  .text = "policy io_mm linux-6.12\nsmmu ssid-bits=4\n"
					  "device d0 rid=00:01.0 pasid-bits=4\ndomain A d0\n"
					  "process p0\nbind d0 p0 => -EBUSY\n"}),
			  DIVERGENCE_PIN, "pin", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(stall_is_recorded_and_answered_once, resolved_stall),
		cmocka_unit_test_setup(stall_without_answer_is_response, resolved_stall),
		cmocka_unit_test_setup(record_of_a_stall_says_so, resolved_stall),
		cmocka_unit_test_setup(stall_that_is_aborted_is_a_fault, resolved_stall),
		cmocka_unit_test_setup(abort_that_is_reported_is_event, resolved_stall),
		cmocka_unit_test(answers_are_as_many_as_stalls),
		cmocka_unit_test(entry_after_exit_aborts_in_silence),
		cmocka_unit_test(space_stays_paired_while_it_is_bound),
		cmocka_unit_test(handle_is_the_bonds),
		cmocka_unit_test(pasid_is_the_address_spaces),
		cmocka_unit_test(forgotten_second_stream_is_unreachable),
		cmocka_unit_test(missing_calls_are_skipped),
		cmocka_unit_test(space_in_two_tables_is_told),
		cmocka_unit_test(claim_without_memory_is_einval),
		cmocka_unit_test(pins_count_under_their_policies_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
