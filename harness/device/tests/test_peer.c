/* SPDX-License-Identifier: MIT */
/*
 * Contract: QEMU beside the model: what both do alike is no finding, what QEMU does otherwise is
 * found at its op, a known difference is one only while it is listed, and one trace leaves nothing
 * for the next. Skipped where QEMU is not installed.
 * Run: ctest -R device.test_peer, or the program itself.
 */
#include "../peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct dev_trace trace;
static struct dev_known known;
static struct dev_peer *peer;

static int set_up(void **state)
{
	struct error error = {0};

	(void)state;
	peer = dev_peer_create(&known, NULL, &error);
	if (!peer)
		printf("skipped: %s\n", error.text);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	dev_peer_destroy(peer);
	return 0;
}

static struct dev_finding run(const char *source, int *met)
{
	struct error error = {0};

	if (!peer)
		skip();
	if (!dev_parse(&trace, "t", source, strlen(source), &error))
		fail_msg("%s", error.text);
	return dev_peer_run(peer, &trace, met);
}

#define STAGE_1                                                                                    \
	"profile qemu\nste sid=8\ncd\ntable\ntable table=p17 addr=p18\n"                           \
	"pte index=1 addr=p512\npte index=2 addr=p513 ap=3\n"

static void both_translate_alike(void **state)
{
	int met;

	(void)state;
	known.count = 0;
	for (unsigned i = 0; i < 70; i++)
		assert_int_equal(run(STAGE_1 "dma sid=8 write 0x1010\ndma sid=8 update 0x1020\n"
					     "pte index=1 addr=p514\ndma sid=8 write 0x1000\n"
					     "cmd TLBI_NH_VA asid=1 va=0x1000 leaf\ncmd SYNC\n"
					     "dma sid=8 write 0x1000\n"
					     "dma sid=9 write 0x1000\nevent\n",
				     &met)
					 .kind,
				 DEV_NOTHING);
}

static void an_illegal_command_leaves_nothing_behind(void **state)
{
	int met;

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(
			run("profile qemu\ncmd raw\nread GERROR\nread CMDQ_CONS\n", &met).kind,
			DEV_NOTHING);
		assert_int_equal(run("profile qemu\ncmd SYNC\nread GERROR\n", &met).kind,
				 DEV_NOTHING);
	}
}

static void a_difference_is_found_at_its_op(void **state)
{
	struct dev_finding finding;
	int met;

	(void)state;
	known.count = 0;
	finding = run(STAGE_1 "pte index=3 af=0\ndma sid=8 write 0x1000\ndma sid=8 write 0x3000\n"
			      "dma sid=8 write 0x1000\n",
		      &met);
	assert_int_equal(finding.kind, DEV_FIND_DIFFERS);
	assert_int_equal(finding.step, 8);
	assert_int_equal(met, -1);
	assert_non_null(strstr(finding.expected, "F_ACCESS s1_access_flag"));
	known.count = 1;
	known.entry[0] = (struct dev_known_entry){
		.side = "qemu", .op = "dma", .expected = "s1_access_flag", .observed = ""};
	finding = run(STAGE_1 "pte index=3 af=0\ndma sid=8 write 0x3000\n", &met);
	assert_int_equal(finding.kind, DEV_NOTHING);
	assert_int_equal(met, 0);
	assert_true(known.hits[0] == 1);
	known.count = 0;
}

static struct dev_known_entry entry(const char *op, const char *expected, const char *observed)
{
	struct dev_known_entry entry = {.side = "qemu", .go_on = true};

	snprintf(entry.op, sizeof(entry.op), "%s", op);
	snprintf(entry.expected, sizeof(entry.expected), "%s", expected);
	snprintf(entry.observed, sizeof(entry.observed), "%s", observed);
	return entry;
}

/* A fault of stage 1 has another CLASS there, and with a PRIVCFG that counts another PnU. */
static void each_field_of_a_record_has_to_be_known(void **state)
{
	static const char plain[] = "profile qemu\nste sid=8\ncd\ndma sid=8 write 0x0\n";
	static const char privileged[] =
		"profile qemu no-override=0\nste sid=8 privcfg=3\ncd\ndma sid=8 write 0x0\n";
	struct dev_finding finding;
	int met;

	(void)state;
	known.count = 1;
	known.entry[0] = entry("event", "=F_TRANSLATION", "=record of F_TRANSLATION: class");
	assert_int_equal(run(plain, &met).kind, DEV_NOTHING);
	finding = run(privileged, &met);
	assert_int_equal(finding.kind, DEV_FIND_DIFFERS);
	assert_string_equal(finding.observed, "record of F_TRANSLATION: pnu class");
	known.count = 2;
	known.entry[1] = entry("event", "=F_TRANSLATION", "=record of F_TRANSLATION: pnu");
	assert_int_equal(run(privileged, &met).kind, DEV_NOTHING);
	known.entry[1] = entry("event", "=F_TRANS", "=record of F_TRANSLATION: pnu");
	assert_int_equal(run(privileged, &met).kind, DEV_FIND_DIFFERS);
	known.count = 0;
}

/* QEMU does not find back from a stream table of two levels by itself (6.3.25 FMT). */
static void linear_and_two_level_tables_take_turns(void **state)
{
	static const char source[] = "ste sid=8 config=bypass\ndma sid=8 write p512\n";
	char text[160];
	int met;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		snprintf(text, sizeof(text), "profile qemu\n%s%s", i % 2 ? "setup linear\n" : "",
			 source);
		assert_int_equal(run(text, &met).kind, DEV_NOTHING);
	}
}

/* What is in GERROR after one trace is not there for the next, and QEMU need not be started for it. */
static void an_event_without_memory_leaves_nothing_behind(void **state)
{
	static const char source[] = "profile qemu\nreg CR0 = 0\nreg EVENTQ_BASE = 0x50000000\n"
				     "reg CR0 = 0xd\ndma sid=8 write 0x0\nread GERROR\n";
	uint64_t starts;
	int met;

	(void)state;
	starts = peer ? dev_peer_counts(peer).starts : 0;
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(run(source, &met).kind, DEV_NOTHING);
		assert_int_equal(run("profile qemu\nread GERROR\n", &met).kind, DEV_NOTHING);
	}
	assert_true(dev_peer_counts(peer).starts == starts);
}

static void other_profiles_are_refused(void **state)
{
	struct dev_header header = dev_default_header(), ours = dev_peer_header();

	(void)state;
	assert_non_null(dev_peer_refuses(&header));
	assert_null(dev_peer_refuses(&ours));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_translate_alike),
		cmocka_unit_test(an_illegal_command_leaves_nothing_behind),
		cmocka_unit_test(a_difference_is_found_at_its_op),
		cmocka_unit_test(each_field_of_a_record_has_to_be_known),
		cmocka_unit_test(linear_and_two_level_tables_take_turns),
		cmocka_unit_test(an_event_without_memory_leaves_nothing_behind),
		cmocka_unit_test(other_profiles_are_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
