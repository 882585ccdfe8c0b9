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
		cmocka_unit_test(other_profiles_are_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
