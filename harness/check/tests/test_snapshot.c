/* SPDX-License-Identifier: MIT */
/*
 * Contract: snapshot.h. After every op a snapshot says what the law says of devices, domains, spaces and
 * bonds, what commands the op sent, and what hardware may still hold.
 * Run: ctest -R check.test_snapshot, or the program itself.
 */
#include "scene.h"

static struct trace trace;
static struct snapshot snapshot;

/* A run of the text up to op `last`; the snapshot is the one after it. */
static struct check *run_to(const char *text, int last, bool log)
{
	struct check_config config = check_default_config();
	struct check *c = scene_check(&config);

	scene_parse(&trace, text);
	check_log_commands(c, log);
	assert_true(check_begin(c, &trace));
	check_snapshot(c, &snapshot);
	for (int i = 0; i <= last; i++) {
		assert_non_null(check_op(c));
		check_snapshot(c, &snapshot);
	}
	return c;
}

static void bind_shows_as_entry_and_bond(void **state)
{
	struct check *c = run_to(SCENE_BOUND, 1, true);

	(void)state;
	assert_int_equal(snapshot.num_devices, 1);
	assert_true(snapshot.device[0].present && snapshot.device[0].sva);
	assert_int_equal(snapshot.device[0].domain, 0);
	assert_int_equal(snapshot.device[0].vm, REF_NONE);
	assert_int_equal(snapshot.num_tables, 1);
	assert_false(snapshot.table[0].is_group);
	assert_int_equal(snapshot.table[0].num_entries, 1);
	assert_int_equal(snapshot.table[0].entry[0].pasid, 1);
	assert_int_equal(snapshot.table[0].entry[0].mm, snapshot.space[0].mm);
	assert_int_equal(snapshot.num_spaces, 1);
	assert_int_equal(snapshot.space[0].tasks, 1);
	assert_int_equal(snapshot.space[0].pasid, 1);
	assert_int_equal(snapshot.space[0].num_pages, 2);
	assert_int_equal(snapshot.space[0].page[1].va, 0x11000);
	assert_string_equal(snapshot.space[0].page[1].rights, "rw");
	assert_int_equal(snapshot.num_bonds, 1);
	assert_int_equal(snapshot.bond[0].pasid, 1);
	assert_int_equal(snapshot.bond[0].domain, 0);
	check_destroy(c);
}

static void fork_shows_as_shared_pages(void **state)
{
	struct check *c = run_to(SCENE_HEADER "mmap p0 0x10000 rw\nfork p0 p1\nexit p1\n"
					      "swap-out p0 0x10000\n",
				 1, true);

	(void)state;
	assert_int_equal(snapshot.num_spaces, 2);
	assert_int_equal(snapshot.space[1].tasks, 2);
	assert_string_equal(snapshot.space[0].page[0].rights, "r (cow)");
	assert_string_equal(snapshot.space[1].page[0].rights, "r (cow)");
	assert_non_null(check_op(c));
	assert_non_null(check_op(c));
	check_snapshot(c, &snapshot);
	assert_int_equal(snapshot.num_spaces, 1);
	assert_string_equal(snapshot.space[0].page[0].rights, "r (cow) (swapped)");
	check_destroy(c);
}

/* Commands are those of the op alone, of the set-up before the first. */
static void commands_are_those_since_the_snapshot_before(void **state)
{
	struct check *c = run_to(SCENE_BOUND, -1, true);

	(void)state;
	assert_true(snapshot.num_commands > 2);
	assert_string_equal(snapshot.command[0], "CFGI_ALL");
	assert_non_null(check_op(c)); /* mmap: nothing is bound */
	check_snapshot(c, &snapshot);
	assert_int_equal(snapshot.num_commands, 0);
	assert_non_null(check_op(c));
	check_snapshot(c, &snapshot);
	assert_true(snapshot.num_commands >= 2);
	assert_string_equal(snapshot.command[0], "CFGI_CD sid=0x8 ssid=1 leaf");
	assert_string_equal(snapshot.command[1], "SYNC");
	check_destroy(c);
}

static void nothing_is_logged_unasked(void **state)
{
	struct check *c = run_to(SCENE_BOUND, 1, false);

	(void)state;
	assert_int_equal(snapshot.num_commands, 0);
	assert_int_equal(snapshot.commands_lost, 0);
	check_destroy(c);
}

static void more_commands_than_room_are_counted(void **state)
{
	struct check *c = run_to(SCENE_BOUND, 1, true);
	const uint64_t sync[2] = {SMMU_CMD_SYNC, 0};

	(void)state;
	for (unsigned i = 0; i < SNAPSHOT_MAX_COMMANDS + 3; i++)
		snapshot_log_command(c, 0, sync, i != 1);
	check_snapshot(c, &snapshot);
	assert_int_equal(snapshot.num_commands, SNAPSHOT_MAX_COMMANDS);
	assert_int_equal(snapshot.commands_lost, 3);
	assert_string_equal(snapshot.command[0], "SYNC");
	assert_string_equal(snapshot.command[1], "SYNC (refused)");
	check_destroy(c);
}

static void an_access_that_faults_shows_its_event(void **state)
{
	struct check *c = run_to(SCENE_BOUND "dma d0 pasid=1 0x14000 write\n", 4, true);

	(void)state;
	assert_int_equal(snapshot.num_events, 1);
	assert_string_equal(snapshot.event[0], "F_TRANSLATION sid=0x8 ssid=1 0x14000 write");
	check_destroy(c);
}

static void a_held_translation_is_named(void **state)
{
	struct check *c = run_to(SCENE_BOUND, 1, true);

	(void)state;
	assert_int_equal(snapshot.num_stale, 0);
	smmu_note_pte(c->model, scene_root(c, 0), world_slot_va(2), 3,
		      pgtable_leaf(scene_frame(c, 0, 0), PT_READ | PT_WRITE), 0);
	check_snapshot(c, &snapshot);
	assert_int_equal(snapshot.num_stale, 1);
	assert_int_equal(snapshot.stale[0].where, SNAPSHOT_TLB);
	assert_int_equal(snapshot.stale[0].device, 0);
	assert_true(snapshot.stale[0].has_pasid);
	assert_int_equal(snapshot.stale[0].pasid, 1);
	assert_int_equal(snapshot.stale[0].va, 0x12000);
	assert_string_equal(snapshot.stale[0].rights, "rw");
	assert_string_equal(snapshot.stale[0].text, "TLB for (d0, pasid 1): 0x12000 rw");
	check_destroy(c);
}

static void partitions_and_vms_are_there(void **state)
{
	struct check *c = run_to("policy io_mm\nsmmu ssid-bits=4 ats\n"
				 "device d0 rid=00:01.0 pasid-bits=4 ats\n"
				 "device d1 rid=00:01.1 pasid-bits=4 ats vf-of=d0\n"
				 "mdev m0 parent=d0\ndomain A d0\nvm v0 d1 p4\nprocess p0\n"
				 "mdev-bind m0 p0\nguest-bind d1 p4\n",
				 1, true);

	(void)state;
	assert_int_equal(snapshot.num_partitions, 1);
	assert_int_equal(snapshot.partition[0].parent, 0);
	assert_int_equal(snapshot.partition[0].spaces, 1u << snapshot.bond[0].mm);
	assert_int_equal(snapshot.num_vms, 1);
	assert_true(snapshot.vm[0].running);
	assert_int_equal(snapshot.vm[0].functions, 2);
	assert_int_equal(snapshot.num_bonds, 2);
	assert_int_equal(snapshot.bond[1].vm, 0);
	assert_int_equal(snapshot.bond[1].device, 1);
	assert_int_equal(snapshot.bond[1].domain, REF_NONE);
	check_destroy(c);
}

/* One of each form of operands. */
static void commands_have_their_operands(void **state)
{
	static const struct {
		struct smmu_command command;
		const char *text;
	} rows[] = {
		{{{SMMU_CMD_CFGI_STE_RANGE, SMMU_CMD1_RANGE_ALL}}, "CFGI_ALL"},
		{{{SMMU_CMD_CFGI_STE_RANGE | 8ull << 32, 3}}, "CFGI_STE_RANGE sid=0x8 range=3"},
		{{{SMMU_CMD_CFGI_STE | 8ull << 32, 1}}, "CFGI_STE sid=0x8 leaf"},
		{{{SMMU_CMD_CFGI_CD | 3ull << 12 | 8ull << 32, 0}}, "CFGI_CD sid=0x8 ssid=3"},
		{{{SMMU_CMD_PREFETCH_ADDR | 8ull << 32, 0x10000}}, "PREFETCH_ADDR sid=0x8 0x10000"},
		{{{SMMU_CMD_TLBI_NH_ASID | 5ull << 48, 0}}, "TLBI_NH_ASID asid=5"},
		{{{SMMU_CMD_TLBI_NH_VA | 2ull << 32 | 5ull << 48, 0x10001}},
		 "TLBI_NH_VA vmid=2 asid=5 0x10000 leaf"},
		{{{SMMU_CMD_TLBI_NH_VAA | 1ull << 12 | 2ull << 20, 0x10000 | 1 << 10 | 3 << 8}},
		 "TLBI_NH_VAA 0x10000 pages=8 ttl=3"},
		{{{SMMU_CMD_TLBI_S2_IPA | 2ull << 32, 0x10000}}, "TLBI_S2_IPA vmid=2 0x10000"},
		{{{SMMU_CMD_ATC_INV | SMMU_CMD0_SSV | 1ull << 12 | 8ull << 32, 0x10000 | 2}},
		 "ATC_INV sid=0x8 ssid=1 0x10000 pages=4"},
		{{{SMMU_CMD_ATC_INV | 8ull << 32, SMMU_CMD1_SIZE_ALL}}, "ATC_INV sid=0x8 all"},
		{{{SMMU_CMD_PRI_RESP | 8ull << 32, 7 | 2 << 12}}, "PRI_RESP sid=0x8 prg=7 resp=2"},
		{{{SMMU_CMD_RESUME | SMMU_RESUME0_RETRY | 8ull << 32, 4}},
		 "RESUME sid=0x8 stag=4 retry"},
		{{{SMMU_CMD_RESUME | SMMU_RESUME0_ABORT | 8ull << 32, 4}},
		 "RESUME sid=0x8 stag=4 terminate"},
		{{{SMMU_CMD_STALL_TERM | 8ull << 32, 0}}, "STALL_TERM sid=0x8"},
		{{{SMMU_CMD_SYNC | 1 << 12, 0}}, "SYNC irq"},
		{{{0x7f, 0}}, "opcode 0x7f"},
	};
	char text[SNAPSHOT_TEXT], small[8];

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(snapshot_command_text(rows[i].command.word, text, sizeof(text)),
				 strlen(rows[i].text));
		assert_string_equal(text, rows[i].text);
	}
	assert_int_equal(snapshot_command_text(rows[2].command.word, small, sizeof(small)), 7);
	assert_string_equal(small, "CFGI_ST");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bind_shows_as_entry_and_bond),
		cmocka_unit_test(fork_shows_as_shared_pages),
		cmocka_unit_test(commands_are_those_since_the_snapshot_before),
		cmocka_unit_test(nothing_is_logged_unasked),
		cmocka_unit_test(more_commands_than_room_are_counted),
		cmocka_unit_test(an_access_that_faults_shows_its_event),
		cmocka_unit_test(a_held_translation_is_named),
		cmocka_unit_test(partitions_and_vms_are_there),
		cmocka_unit_test(commands_have_their_operands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
