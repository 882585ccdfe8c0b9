/* SPDX-License-Identifier: MIT */
/*
 * Contract: what hardware may still hold is compared with the law after every op: TLB entries,
 * walk caches, ATC entries, whole trees. What says the same as the law, and what nobody can use, is
 * let through.
 * Run: ctest -R check.test_stale, or the program itself.
 */
#include "scene.h"

static uint64_t leaf_of_slot(struct check *c, unsigned slot, unsigned prot)
{
	return pgtable_leaf(scene_frame(c, 0, slot), prot);
}

/* As a descriptor that was changed without a TLB invalidation: held from now on. */
static void hold(struct check *c, unsigned slot, uint64_t desc)
{
	uint64_t now = pgtable_lookup(scene_root(c, 0), world_slot_va(slot));

	smmu_note_pte(c->model, scene_root(c, 0), world_slot_va(slot), 3, desc, now);
}

/* TLB. */

static void hold_hole(struct check *c, unsigned op)
{
	if (op == 1)
		hold(c, 2, leaf_of_slot(c, 0, PT_READ | PT_WRITE));
}

static void held_translation_of_an_unmapped_page_is_stale_tlb(void **state)
{
	struct divergence d = scene_run(&(struct scene){.text = SCENE_BOUND, .poke = hold_hole});

	(void)state;
	expect_divergence(d, DIVERGENCE_STALE_TLB, "D-1", 2);
	expect_texts(d, "nothing", "the TLB may still hold 0x12000 (rw) for (d0, pasid 1)");
}

static void hold_other_frame(struct check *c, unsigned op)
{
	if (op == 1)
		hold(c, 0, leaf_of_slot(c, 1, PT_READ | PT_WRITE));
}

static void held_translation_to_another_frame_is_stale_tlb(void **state)
{
	struct divergence d =
		scene_run(&(struct scene){.text = SCENE_BOUND, .poke = hold_other_frame});

	(void)state;
	expect_divergence(d, DIVERGENCE_STALE_TLB, "D-1", 2);
	expect_texts(d, "only the law's page and rights", "0x10000 (rw)");
}

static void hold_more_rights(struct check *c, unsigned op)
{
	if (op == 1)
		hold(c, 0, leaf_of_slot(c, 0, PT_READ | PT_WRITE));
}

static void held_right_that_was_taken_is_stale_tlb(void **state)
{
	(void)state;
	expect_divergence(scene_run(&(struct scene){
				  .text = SCENE_HEADER "mmap p0 0x10000 pages=2 r\nbind d0 p0\n"
						       "prefetch d0 0x10000\n",
				  .poke = hold_more_rights,
			  }),
			  DIVERGENCE_STALE_TLB, "D-1", 2);
}

static void hold_fewer_rights(struct check *c, unsigned op)
{
	if (op == 1)
		hold(c, 0, leaf_of_slot(c, 0, PT_READ));
}

static void held_lack_of_a_new_right_is_unreachable(void **state)
{
	struct divergence d =
		scene_run(&(struct scene){.text = SCENE_BOUND, .poke = hold_fewer_rights});

	(void)state;
	expect_divergence(d, DIVERGENCE_UNREACHABLE, "E-20", 2);
	expect_texts(d, "a rights upgrade reaches the device", "0x10000 (r)");
}

static unsigned held_entries;

static void hold_the_same(struct check *c, unsigned op)
{
	if (op == 1)
		smmu_note_pte(c->model, scene_root(c, 0), world_slot_va(0), 3,
			      leaf_of_slot(c, 0, PT_READ | PT_WRITE), 0);
	if (op == 2)
		held_entries = smmu_stale(c->model).num_tlb;
}

static void held_translation_that_agrees_with_the_law_is_harmless(void **state)
{
	(void)state;
	held_entries = 0;
	expect_clean(scene_run(&(struct scene){.text = SCENE_BOUND, .poke = hold_the_same}));
	assert_int_equal(held_entries, 1);
}

static void hold_before_unbind(struct check *c, unsigned op)
{
	if (op == 0)
		hold(c, 2, leaf_of_slot(c, 0, PT_READ | PT_WRITE));
	if (op == 1)
		held_entries = smmu_stale(c->model).num_tlb;
}

static void tree_without_a_user_holds_nothing(void **state)
{
	(void)state;
	held_entries = 1;
	expect_clean(scene_run(&(struct scene){
		.text = SCENE_HEADER
		"mmap p0 0x10000 pages=2 rw\nprefetch d0 0x10000\nbind d0 p0\n",
		.poke = hold_before_unbind,
	}));
	assert_int_equal(held_entries, 0);
}

static void hold_private(struct check *c, unsigned op)
{
	if (op == 1)
		smmu_note_pte(c->model, c->driver->ops->domain_root(c->driver, 0), world_slot_va(0),
			      3, leaf_of_slot(c, 0, PT_READ), 0);
}

static void held_private_translation_is_stale_tlb(void **state)
{
	struct divergence d = scene_run(&(struct scene){.text = SCENE_BOUND, .poke = hold_private});

	(void)state;
	expect_divergence(d, DIVERGENCE_STALE_TLB, "D-1", 2);
	expect_texts(d, "nothing", "(d0, no pasid)");
}

/* Walk caches. */

static void hold_table(struct check *c, uint64_t table)
{
	smmu_note_pte(c->model, scene_root(c, 0), 0x1000000000ull >> 30 << 30, 1, table | PT_TABLE,
		      0);
}

static uint64_t level3_of_slot0(struct check *c)
{
	uint64_t table = scene_root(c, 0);

	for (unsigned level = 0; level < 3; level++) {
		uint64_t va = world_slot_va(0);

		table = ram_load(table + (va >> (39 - 9 * level)) % 512 * 8) & PT_ADDR_MASK;
	}
	return table;
}

static void hold_freed_table(struct check *c, unsigned op)
{
	if (op == 1)
		hold_table(c, scene_frame(c, 0, 0));
}

static void held_pointer_to_no_table_is_stale_tlb(void **state)
{
	struct divergence d =
		scene_run(&(struct scene){.text = SCENE_BOUND, .poke = hold_freed_table});

	(void)state;
	expect_divergence(d, DIVERGENCE_STALE_TLB, "D-6", 2);
	expect_texts(d, "walk caches hold live page tables only", "through a freed table");
}

static void hold_right_table(struct check *c, unsigned op)
{
	if (op == 1)
		smmu_note_pte(c->model, scene_root(c, 0), 0, 2, level3_of_slot0(c) | PT_TABLE, 0);
	if (op == 1)
		held_entries = smmu_stale(c->model).num_tlb;
}

static void held_pointer_to_the_live_table_is_harmless(void **state)
{
	(void)state;
	held_entries = 0;
	expect_clean(scene_run(&(struct scene){.text = SCENE_BOUND, .poke = hold_right_table}));
	assert_int_equal(held_entries, 3); /* the pointer and the two pages below it */
}

/* Window 0 starts at 0x10000: entry 16 of its level 3 table. Through it, 0x200000 is entry 0. */
static void hold_shifted_table(struct check *c, unsigned op)
{
	uint64_t table = level3_of_slot0(c);

	if (op != 1)
		return;
	ram_store(table, leaf_of_slot(c, 0, PT_READ));
	smmu_note_pte(c->model, scene_root(c, 0), 0x200000, 2, table | PT_TABLE, 0);
}

static void walk_through_a_held_table_is_judged_by_what_it_finds(void **state)
{
	struct divergence d =
		scene_run(&(struct scene){.text = SCENE_BOUND, .poke = hold_shifted_table});

	(void)state;
	expect_divergence(d, DIVERGENCE_STALE_TLB, "D-1", 2);
	expect_texts(d, "nothing", "0x200000 (r)");
}

/* ATC. */

static void held_atc_entry_of_a_bonded_device_is_stale_atc(void **state)
{
	struct divergence d =
		scene_run(&(struct scene){.text = SCENE_ATS_BOUND, .poke = hold_hole});

	(void)state;
	expect_divergence(d, DIVERGENCE_STALE_ATC, "D-1", 2);
	expect_texts(d, "nothing",
		     "the device's ATC may still hold 0x12000 (rw) for (d0, pasid 1)");
}

static void held_atc_entry_of_a_sibling_is_stale_atc(void **state)
{
	(void)state;
	expect_divergence(scene_run(&(struct scene){
				  .text = SCENE_ATS_HEADER
				  "mmap p0 0x10000 pages=2 rw\nbind d1 p0\nprefetch d0 0x10000\n",
				  .poke = hold_hole,
			  }),
			  DIVERGENCE_STALE_ATC, "A-33", 2);
}

static void held_private_atc_entry_is_stale_atc(void **state)
{
	(void)state;
	expect_divergence(scene_run(&(struct scene){.text = SCENE_ATS_BOUND, .poke = hold_private}),
			  DIVERGENCE_STALE_ATC, "D-1", 2);
}

/* A PASID without an entry: the ATC was filled while there was one. */
static void hold_then_forget(struct check *c, unsigned op)
{
	uint64_t cd;

	if (op != 2)
		return;
	cd = scene_cd(c, 0, 2);
	for (unsigned word = 3; word-- > 0;)
		ram_store(cd + 8 * word, ram_load(scene_cd(c, 0, 1) + 8 * word));
	smmu_note_store(c->model, cd, 0, ram_load(cd));
	smmu_contexts(c->model);
	for (unsigned word = 0; word < 3; word++)
		world_store(c->world, cd + 8 * word, 0);
}

/* CFGI and TLBI for everything, and no ATC_INV: what a `tlbi` op sends. */
static void tree_left_in_an_atc_is_stale_atc(void **state)
{
	struct divergence d = scene_run(&(struct scene){
		.text = SCENE_ATS_HEADER "mmap p0 0x10000 pages=2 rw\nbind d0 p0\n"
					 "prefetch d0 0x10000\ncfgi d0\ncfgi d1\n",
		.poke = hold_then_forget,
	});

	(void)state;
	assert_int_equal(d.op, 3);
	assert_true(d.kind == DIVERGENCE_STALE_CONFIG || d.kind == DIVERGENCE_STALE_ATC);
	assert_string_equal(d.rule, "D-4");
}

/* Commands that are lost on their way, from one op on. */

static struct {
	struct check *check;
	const struct smmu_socket_ops *real;
	unsigned opcode; /* CMD_SYNC: all but the last of a batch */
	int from;	 /* op */
	unsigned count;	 /* how many were lost */
} loss;

static void lose(uint64_t pa, bool last)
{
	if ((ram_load(pa) & 0xff) != loss.opcode || (loss.opcode == SMMU_CMD_SYNC && last))
		return;
	loss.count++;
	/* 4.3.1 CMD_CFGI_STE of a stream that nobody has. */
	ram_store(pa, SMMU_CMD_CFGI_STE | 0xfeull << 32);
	ram_store(pa + 8, 1);
}

static void losing_write(struct smmu_socket *socket, uint32_t offset, unsigned size, uint64_t value)
{
	if (offset == SMMU_REG_CMDQ_PROD && loss.check->op >= loss.from) {
		uint64_t base = loss.real->read(socket, SMMU_REG_CMDQ_BASE, 8);
		uint32_t entries = 1u << (base & 31), wrap = 2 * entries - 1;
		uint32_t at = (uint32_t)loss.real->read(socket, SMMU_REG_CMDQ_CONS, 4) & wrap;

		for (; at != (value & wrap); at = (at + 1) & wrap)
			lose((base & 0x0000ffffffffffe0ull) + (uint64_t)(at & (entries - 1)) * 16,
			     ((at + 1) & wrap) == (value & wrap));
	}
	loss.real->write(socket, offset, size, value);
}

static struct divergence run_without(const char *text, unsigned opcode, int from)
{
	struct check *c = scene_check(NULL);
	struct smmu_socket_ops losing = *c->smmu->ops;
	static struct trace trace;
	struct divergence d;

	scene_parse(&trace, text);
	losing.write = losing_write;
	loss.check = c;
	loss.real = c->smmu->ops;
	loss.opcode = opcode;
	loss.from = from;
	loss.count = 0;
	c->smmu->ops = &losing;
	d = check_run(c, &trace, NULL, NULL);
	c->smmu->ops = loss.real;
	check_destroy(c);
	return d;
}

#define MAPPED	   SCENE_HEADER "mmap p0 0x10000 pages=2 rw\nbind d0 p0\n"
#define ATS_MAPPED SCENE_ATS_HEADER "mmap p0 0x10000 pages=2 rw\nbind d0 p0\n"
#define REUSE	   "unbind d0 pasid=1\nspawn p1\nbind d0 p1\n"

static void lost_commands_are_found(void **state)
{
	static const struct {
		const char *text;
		unsigned opcode;
		int from;
		uint8_t kind;
		const char *rule;
		int op;
	} lost[] = {
		{MAPPED "munmap p0 0x10000\n", SMMU_CMD_TLBI_NH_VA, 0, DIVERGENCE_ORDER, "D-1", 2},
		{ATS_MAPPED "munmap p0 0x10000\n", SMMU_CMD_ATC_INV, 0, DIVERGENCE_ORDER, "D-1", 2},
		{MAPPED "munmap p0 0x10000 pages=2\n", SMMU_CMD_TLBI_NH_VA, 0, DIVERGENCE_ORDER,
		 "D-1", 2},
		/* The page stays, its right goes. */
		{MAPPED "mprotect p0 0x10000 r\n", SMMU_CMD_TLBI_NH_VA, 0, DIVERGENCE_STALE_TLB,
		 "D-1", 2},
		{ATS_MAPPED "mprotect p0 0x10000 r\n", SMMU_CMD_ATC_INV, 0, DIVERGENCE_STALE_ATC,
		 "D-1", 2},
		/* Without the TLBI, or in no order with it, the ATC refills. */
		{ATS_MAPPED "mprotect p0 0x10000 r\n", SMMU_CMD_TLBI_NH_VA, 0, DIVERGENCE_STALE_ATC,
		 "D-2", 2},
		{ATS_MAPPED "mprotect p0 0x10000 r\n", SMMU_CMD_SYNC, 0, DIVERGENCE_STALE_ATC,
		 "D-2", 2},
		/* Entries of the PASID table. */
		{MAPPED, SMMU_CMD_CFGI_CD, 0, DIVERGENCE_UNREACHABLE, "D-3", 1},
		{MAPPED "unbind d0 pasid=1\n", SMMU_CMD_CFGI_CD, 2, DIVERGENCE_STALE_CONFIG, "D-4",
		 2},
		{ATS_MAPPED "unbind d0 pasid=1\n", SMMU_CMD_ATC_INV, 0, DIVERGENCE_STALE_ATC, "D-4",
		 2},
		/* Nobody has the tag: harmless until it is given out again. */
		{ATS_MAPPED "unbind d0 pasid=1\n", SMMU_CMD_TLBI_NH_ASID, 2, DIVERGENCE_NONE, "",
		 0},
		{ATS_MAPPED "unbind d0 pasid=1\n", SMMU_CMD_SYNC, 2, DIVERGENCE_STALE_ATC, "D-2",
		 2},
		/* The tag goes to the next process. */
		{MAPPED REUSE, SMMU_CMD_TLBI_NH_ASID, 0, DIVERGENCE_STALE_TLB, "D-1", 4},
		{MAPPED REUSE, SMMU_CMD_SYNC, 2, DIVERGENCE_STALE_TLB, "D-3", 4},
		/* Streams. */
		{SCENE_HEADER "spawn p1\n", SMMU_CMD_CFGI_STE, -1, DIVERGENCE_UNREACHABLE, "D-3",
		 -1},
		{SCENE_HEADER "detach d0\n", SMMU_CMD_CFGI_STE, 0, DIVERGENCE_STALE_CONFIG, "A-36",
		 0},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(lost); i++) {
		struct divergence d = run_without(lost[i].text, lost[i].opcode, lost[i].from);

		expect_divergence(d, lost[i].kind, lost[i].rule, lost[i].op);
		assert_true(loss.count > 0);
	}
}

/* d1 shares the table and cannot send PASID 2: what its caches hold for it is out of reach. */
static void what_a_device_cannot_ask_for_is_not_judged(void **state)
{
	static const char header[] =
		"policy io_mm\nsmmu ssid-bits=4 ats\ndevice d0 rid=00:01.0 pasid-bits=4\n"
		"device d1 rid=00:02.0 pasid-bits=1 ats\ndomain A d0 d1\nprocess p0 p1\n"
		"bind d0 p1\nmmap p0 0x10000 pages=2 rw\nbind d0 p0\n";
	char text[512];

	(void)state;
	snprintf(text, sizeof(text), "%smprotect p0 0x10000 r\nprefetch d0 0x10000\n", header);
	assert_int_not_equal(run_without(text, SMMU_CMD_ATC_INV, 3).kind, DIVERGENCE_STALE_ATC);
	assert_true(loss.count > 0);
	expect_divergence(run_without(text, SMMU_CMD_TLBI_NH_VA, 3), DIVERGENCE_STALE_TLB, "D-1",
			  3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(held_translation_of_an_unmapped_page_is_stale_tlb),
		cmocka_unit_test(held_translation_to_another_frame_is_stale_tlb),
		cmocka_unit_test(held_right_that_was_taken_is_stale_tlb),
		cmocka_unit_test(held_lack_of_a_new_right_is_unreachable),
		cmocka_unit_test(held_translation_that_agrees_with_the_law_is_harmless),
		cmocka_unit_test(tree_without_a_user_holds_nothing),
		cmocka_unit_test(held_private_translation_is_stale_tlb),
		cmocka_unit_test(held_pointer_to_no_table_is_stale_tlb),
		cmocka_unit_test(held_pointer_to_the_live_table_is_harmless),
		cmocka_unit_test(walk_through_a_held_table_is_judged_by_what_it_finds),
		cmocka_unit_test(held_atc_entry_of_a_bonded_device_is_stale_atc),
		cmocka_unit_test(held_atc_entry_of_a_sibling_is_stale_atc),
		cmocka_unit_test(held_private_atc_entry_is_stale_atc),
		cmocka_unit_test(tree_left_in_an_atc_is_stale_atc),
		cmocka_unit_test(lost_commands_are_found),
		cmocka_unit_test(what_a_device_cannot_ask_for_is_not_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
