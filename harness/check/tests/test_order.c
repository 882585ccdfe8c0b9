/* SPDX-License-Identifier: MIT */
/*
 * Contract: at each point of no return (a frame is freed, the owner of a device is called) nothing
 * may be held that it would break, and the calls of an op are the law's, in order, per device.
 * Run: ctest -R check.test_order, or the program itself.
 */
#include "scene.h"

/* Frames. */

#define UNMAPPED SCENE_HEADER "mmap p0 0x10000 pages=2 rw\nbind d0 p0\nmunmap p0 0x10000\n"

/* Another address than the one that munmap invalidates, and the same frame. */
static void hold_elsewhere(struct check *c, unsigned op)
{
	if (op == 1)
		smmu_note_pte(c->model, scene_root(c, 0), world_slot_va(8), 3,
			      pgtable_leaf(scene_frame(c, 0, 0), PT_READ), 0);
}

static void data_frame_freed_while_held_is_order(void **state)
{
	struct divergence d = scene_run(&(struct scene){.text = UNMAPPED, .poke = hold_elsewhere});

	(void)state;
	expect_divergence(d, DIVERGENCE_ORDER, "D-1", 2);
	expect_texts(d, "page being freed", "may still hold one");
}

static uint64_t table_of(struct check *c, uint64_t va, unsigned levels)
{
	uint64_t table = scene_root(c, 0);

	for (unsigned level = 0; level < levels; level++)
		table = ram_load(table + (va >> (39 - 9 * level)) % 512 * 8) & PT_ADDR_MASK;
	return table;
}

static void hold_table_elsewhere(struct check *c, unsigned op)
{
	uint64_t table, leaf, desc;

	if (op != 1)
		return;
	table = table_of(c, world_slot_va(0), 3);
	leaf = table + (world_slot_va(0) >> 12) % 512 * 8;
	desc = ram_load(leaf);
	ram_store(leaf, 0); /* the pointer alone, not the page below it */
	smmu_note_pte(c->model, scene_root(c, 0), 0x4000000000ull, 2, table | PT_TABLE, 0);
	ram_store(leaf, desc);
}

static void table_freed_while_held_is_order(void **state)
{
	struct divergence d = scene_run(&(struct scene){
		.text = SCENE_HEADER "mmap p0 0x10000 rw\nbind d0 p0\nmunmap p0 0x10000\n",
		.poke = hold_table_elsewhere,
	});

	(void)state;
	expect_divergence(d, DIVERGENCE_ORDER, "D-6", 2);
	expect_texts(d, "page-table page being freed", "walk through it");
}

static void free_cd_table(struct check *c, unsigned op)
{
	if (op == 1)
		order_frame_free(c, scene_cd(c, 0, 0) & ~0xfffull, FRAME_DRIVER);
}

static void free_cd_table_twice(struct check *c, unsigned op)
{
	free_cd_table(c, op);
	if (op == 1)
		order_frame_free(c, scene_frame(c, 0, 0), FRAME_DATA);
}

static void cd_table_freed_while_reachable_is_order(void **state)
{
	struct divergence d =
		scene_run(&(struct scene){.text = UNMAPPED, .poke = free_cd_table_twice});

	(void)state;
	expect_divergence(d, DIVERGENCE_ORDER, "D-3", 1);
	expect_texts(d, "memory being freed", "may still read it");
	/* Other cache modes hold nothing that could be asked for. */
	expect_clean(scene_run(
		&(struct scene){.text = UNMAPPED, .poke = free_cd_table, .no_caches = true}));
}

static void stop_looking(struct check *c, unsigned op)
{
	c->running = false;
	free_cd_table(c, op);
	if (op == 1)
		order_call(c, &(struct world_call){.kind = WORLD_CALL_MM_EXIT, .pasid = 3});
	c->running = true;
}

static void nothing_is_judged_outside_a_run(void **state)
{
	(void)state;
	expect_clean(scene_run(&(struct scene){.text = UNMAPPED, .poke = stop_looking}));
}

/* Calls, at the moment when they are made. */

static void call_after_the_entry(struct check *c, unsigned op)
{
	if (op == 1)
		world_client_mm_exit(c->world, 0, 2);
}

static void flush_after_the_entry(struct check *c, unsigned op)
{
	if (op == 1)
		world_fault_flush(c->world, 0, 2);
}

static void call_of_an_owner_whose_entry_is_gone_is_order(void **state)
{
	struct divergence d =
		scene_run(&(struct scene){.text = SCENE_BOUND, .poke = call_after_the_entry});

	(void)state;
	expect_divergence(d, DIVERGENCE_ORDER, "A-39", 1);
	expect_texts(d, "entry stays", "entry 2 of d0 is already gone when mm_exit is called");
	d = scene_run(&(struct scene){.text = SCENE_BOUND, .poke = flush_after_the_entry});
	expect_divergence(d, DIVERGENCE_ORDER, "A-29", 1);
	expect_texts(d, "entry stays", "when the fault flush is called");
}

/* Calls of one op, against the law's. */

static struct ref_result law(unsigned count, const struct ref_call *call)
{
	struct ref_result expected = {.rule = "", .num_calls = (uint8_t)count};

	memcpy(expected.call, call, count * sizeof(*call));
	return expected;
}

static const struct ref_call want_calls[] = {
	{REF_CALL_MM_EXIT, 0, 1},
	{REF_CALL_FAULT_FLUSH, 0, 1},
	{REF_CALL_MM_EXIT, 1, 1},
};

static const struct {
	const char *name;
	unsigned count;
	struct world_call call[4];
	const char *expected, *observed; /* NULL: as the law says */
} have_calls[] = {
	{"the same",
	 3,
	 {{WORLD_CALL_MM_EXIT, 0, 1}, {WORLD_CALL_FAULT_FLUSH, 0, 1}, {WORLD_CALL_MM_EXIT, 1, 1}},
	 NULL,
	 NULL},
	{"devices the other way round",
	 3,
	 {{WORLD_CALL_MM_EXIT, 1, 1}, {WORLD_CALL_MM_EXIT, 0, 1}, {WORLD_CALL_FAULT_FLUSH, 0, 1}},
	 NULL,
	 NULL},
	{"kinds the other way round",
	 3,
	 {{WORLD_CALL_FAULT_FLUSH, 0, 1}, {WORLD_CALL_MM_EXIT, 0, 1}, {WORLD_CALL_MM_EXIT, 1, 1}},
	 "mm_exit(d0, pasid 1)",
	 "fault flush(d0, pasid 1)"},
	{"another PASID",
	 3,
	 {{WORLD_CALL_MM_EXIT, 0, 2}, {WORLD_CALL_FAULT_FLUSH, 0, 1}, {WORLD_CALL_MM_EXIT, 1, 1}},
	 "mm_exit(d0, pasid 1)",
	 "mm_exit(d0, pasid 2)"},
	{"one is missing",
	 2,
	 {{WORLD_CALL_MM_EXIT, 0, 1}, {WORLD_CALL_MM_EXIT, 1, 1}},
	 "fault flush(d0, pasid 1)",
	 "no such call"},
	{"a device is missing",
	 2,
	 {{WORLD_CALL_MM_EXIT, 0, 1}, {WORLD_CALL_FAULT_FLUSH, 0, 1}},
	 "mm_exit(d1, pasid 1)",
	 "no such call"},
	{"one too many",
	 4,
	 {{WORLD_CALL_MM_EXIT, 0, 1},
	  {WORLD_CALL_FAULT_FLUSH, 0, 1},
	  {WORLD_CALL_MM_EXIT, 1, 1},
	  {WORLD_CALL_MM_EXIT, 1, 1}},
	 "no further call",
	 "mm_exit(d1, pasid 1)"},
};

static unsigned which_calls;

static void compare_calls(struct check *c, unsigned op)
{
	const struct ref_result expected = law(ARRAY_SIZE(want_calls), want_calls);

	if (op != 1)
		return;
	c->world->num_calls = have_calls[which_calls].count;
	memcpy(c->world->call, have_calls[which_calls].call, sizeof(have_calls[0].call));
	order_compare_calls(c, &expected);
}

static void calls_of_an_op_are_the_laws(void **state)
{
	(void)state;
	for (which_calls = 0; which_calls < ARRAY_SIZE(have_calls); which_calls++) {
		struct divergence d =
			scene_run(&(struct scene){.text = SCENE_ATS_BOUND, .poke = compare_calls});

		print_message("%s\n", have_calls[which_calls].name);
		if (!have_calls[which_calls].expected) {
			expect_clean(d);
			continue;
		}
		expect_divergence(d, DIVERGENCE_ORDER, "A-39", 1);
		expect_texts(d, have_calls[which_calls].expected, have_calls[which_calls].observed);
	}
}

/* unbind flushes and calls nobody: a wrong flush alone is A-29, with an mm_exit it is A-39. */
static void compare_flush(struct check *c, unsigned op)
{
	const struct ref_result expected = law(1, &want_calls[1]);

	if (op != 1)
		return;
	c->world->num_calls = which_calls;
	c->world->call[0] = (struct world_call){WORLD_CALL_MM_EXIT, 0, 1};
	order_compare_calls(c, &expected);
}

static void flush_that_unbind_leaves_out_is_order(void **state)
{
	struct divergence d;

	(void)state;
	which_calls = 0;
	d = scene_run(&(struct scene){.text = SCENE_BOUND, .poke = compare_flush});
	expect_divergence(d, DIVERGENCE_ORDER, "A-29", 1);
	expect_texts(d, "fault flush(d0, pasid 1)", "no such call");
	which_calls = 1;
	d = scene_run(&(struct scene){.text = SCENE_BOUND, .poke = compare_flush});
	expect_divergence(d, DIVERGENCE_ORDER, "A-39", 1);
	expect_texts(d, "fault flush(d0, pasid 1)", "mm_exit(d0, pasid 1)");
}

/* The notifier is lost: nobody hears of the exit. */
static void forget_notifier(struct check *c, unsigned op)
{
	if (op == 1)
		memset(c->world->mm[c->world->task[0].mm].notifier, 0,
		       sizeof(c->world->mm[0].notifier));
}

static void exit_that_tells_nobody_is_order(void **state)
{
	static const char text[] = SCENE_HEADER "mmap p0 0x10000 rw\nbind d0 p0\nexit p0\n";
	struct divergence d = scene_run(&(struct scene){.text = text, .poke = forget_notifier});

	(void)state;
	expect_divergence(d, DIVERGENCE_ORDER, "D-1", 2);
	/* With nothing held, what is left to see is the call that was not made. */
	d = scene_run(&(struct scene){.text = text, .poke = forget_notifier, .no_caches = true});
	expect_divergence(d, DIVERGENCE_ORDER, "A-39", 2);
	expect_texts(d, "mm_exit(d0, pasid 1)", "no such call");
}

/* Teardown: each process that is left exits, and its calls are the law's (here, of p0 of two). */
static struct check *poked;
static const struct world_notifier_ops *real_notifier;

static void release_twice(void *ctx, unsigned mm)
{
	struct check *c = poked;

	world_client_mm_exit(c->world, 0, 1);
	real_notifier->release(ctx, mm);
}

static void wrap_notifier(struct check *c, unsigned op)
{
	static struct world_notifier_ops wrapped;
	struct world_notifier *notifier = &c->world->mm[c->world->task[0].mm].notifier[0];

	if (op != 1)
		return;
	poked = c;
	real_notifier = notifier->ops;
	wrapped = *real_notifier;
	wrapped.release = release_twice;
	notifier->ops = &wrapped;
}

static void second_call_in_teardown_is_order(void **state)
{
	struct divergence d =
		scene_run(&(struct scene){.text = SCENE_BOUND "spawn p1\n", .poke = wrap_notifier});

	(void)state;
	expect_divergence(d, DIVERGENCE_ORDER, "A-39", 5);
	expect_texts(d, "no further call", "mm_exit(d0, pasid 1)");
	assert_string_equal(d.op_text, "teardown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_frame_freed_while_held_is_order),
		cmocka_unit_test(table_freed_while_held_is_order),
		cmocka_unit_test(cd_table_freed_while_reachable_is_order),
		cmocka_unit_test(nothing_is_judged_outside_a_run),
		cmocka_unit_test(call_of_an_owner_whose_entry_is_gone_is_order),
		cmocka_unit_test(calls_of_an_op_are_the_laws),
		cmocka_unit_test(flush_that_unbind_leaves_out_is_order),
		cmocka_unit_test(exit_that_tells_nobody_is_order),
		cmocka_unit_test(second_call_in_teardown_is_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
