/* SPDX-License-Identifier: MIT */
/*
 * Contract: a trace on the model shows what the structures say; pins and invariants are judged; the
 * same trace twice is the same; a finding is made as small as it can be and stays what it was.
 * Run: ctest -R device.test_run, or the program itself.
 */
#include "../minimize.h"
#include "../target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct dev_trace trace;
static struct dev_model *model;

static int set_up(void **state)
{
	const struct dev_model_options options = {.invariants = true};
	struct error error = {0};

	(void)state;
	model = dev_model_create(&options, &error);
	return model ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	dev_model_destroy(model);
	return 0;
}

static void parse(const char *source)
{
	struct error error = {0};

	if (!dev_parse(&trace, "t", source, strlen(source), &error))
		fail_msg("%s", error.text);
}

static void expect_pass(const char *source)
{
	struct dev_finding finding;
	char words[1600];

	parse(source);
	finding = dev_run(model, &trace, true, NULL, NULL);
	if (finding.kind == DEV_NOTHING)
		return;
	dev_finding_format("model", &finding, words, sizeof(words));
	fail_msg("%s", words);
}

#define STAGE_1                                                                                    \
	"ste sid=8\ncd\ntable\ntable table=p17 addr=p18\npte index=1 addr=p512\n"                  \
	"pte index=2 addr=p513 ap=3\n"

static void set_up_is_implied(void **state)
{
	(void)state;
	expect_pass("profile full\nread CR0ACK => 0xf\nread CMDQ_CONS => 0x3\nread GERROR => 0x0\n"
		    "event => none\nirq => none\ndma sid=8 read 0x0 => abort C_BAD_STE ste_v\n");
	expect_pass("profile small\nsetup disabled\nread CR0ACK => 0xc\n"
		    "dma sid=8 read 0x1000 => ok 0x1000 bypass\n");
	expect_pass("profile full\nsetup linear\nread STRTAB_BASE => p0\n");
	expect_pass("profile full\nread STRTAB_BASE => p4\n");
}

static void a_write_fills_and_an_update_inverts_what_is_mapped(void **state)
{
	(void)state;
	expect_pass("profile full\n" STAGE_1 "dma sid=8 write 0x1010 => ok 0x40200010\n"
		    "load 0x40200010 => 0x96969696\ndma sid=8 update 0x1010 => ok\n"
		    "load 0x40200010 => 0x69696969\ndma sid=8 read 0x2000 => ok p513\n"
		    "dma sid=8 write 0x2000 => abort F_PERMISSION s1_perm_write\n"
		    "event => F_PERMISSION sid=8 addr=0x2000 !rnw\nevent => none\nirq => evtq\n");
}

/* 3.13: the update of the stage-2 page of the CD changes a word that is a stage-1 table as well. */
static void an_update_may_change_what_is_read_next(void **state)
{
	(void)state;
	expect_pass("profile full\ncache none\ncd\ntable index=1 table=p8 addr=p65\n"
		    "table index=1 table=p64 addr=p65\npte2 table=p65 type=0 af=0 addr=p0\n"
		    "ste sid=8 config=nested s2ha\ndma sid=8 write 0x0 => abort\n");
}

static void commands_say_how_the_queue_took_them(void **state)
{
	(void)state;
	expect_pass("profile small\ncmd SYNC hold => held\ncmd SYNC => done\n"
		    "cmd raw w0=0xff => stopped ILL\ncmd SYNC => stopped ILL\nirq => gerror\n"
		    "read GERROR => 0x1\n");
	expect_pass("profile small\nsetup cmdq=1\nreg CR0 = 0\ncmd SYNC => waiting\n"
		    "cmd SYNC => waiting\ncmd SYNC => full\n");
}

static void endpoints_see_invalidations(void **state)
{
	(void)state;
	expect_pass("profile full\nste sid=8 eats=1\ninvalidation => none\n"
		    "cmd ATC_INV sid=8 va=0x2000 size=1 => done\n"
		    "invalidation => sid=8 va=0x2000 size=0x2000\ninvalidation => none\n");
}

static void a_pin_that_does_not_hold_is_found(void **state)
{
	struct dev_finding finding;

	(void)state;
	parse("profile full\n" STAGE_1 "dma sid=8 read 0x1000 => ok p513\n");
	finding = dev_run(model, &trace, true, NULL, NULL);
	assert_int_equal(finding.kind, DEV_FIND_PIN);
	assert_int_equal(finding.step, 6);
	assert_string_equal(finding.expected, "ok p513");
	assert_string_equal(finding.observed, "ok p512");
	/* Without pins nobody says so. */
	assert_int_equal(dev_run(model, &trace, false, NULL, NULL).kind, DEV_NOTHING);
}

static bool has_read_of_page_1(void *ctx, const struct dev_trace *candidate)
{
	unsigned *runs = ctx;

	++*runs;
	for (unsigned i = 0; i < candidate->num_ops; i++)
		if (candidate->op[i].code == DEV_OP_DMA && candidate->op[i].w[1] == 0x1000)
			return true;
	return false;
}

static void minimizing_leaves_what_is_needed(void **state)
{
	char text[1024];
	unsigned runs = 0;

	(void)state;
	parse("profile full ssid-bits=4\n" STAGE_1 "dma sid=8 ssid=3 priv read 0x1000\nevent\n");
	dev_minimize(&trace, 1000, has_read_of_page_1, &runs);
	dev_format(&trace, text, sizeof(text));
	assert_string_equal(text, "profile full\ncache   exact\n\ndma sid=8 write 0x1000\n");
	assert_true(runs < 200);
}

static void actions_repeat_the_trace_elsewhere(void **state)
{
	const struct dev_model_options options = {.log = true};
	const struct dev_action *action;
	struct error error = {0};
	struct dev_model *logging = dev_model_create(&options, &error);
	unsigned count;

	(void)state;
	assert_non_null(logging);
	parse("profile qemu\nstore p600 value=0x12\nreg CR0 = 0xc\ndma sid=8 write 0x1000\n");
	assert_int_equal(dev_run(logging, &trace, false, NULL, NULL).kind, DEV_NOTHING);
	action = dev_model_actions(logging, &count);
	assert_true(count > 10);
	assert_int_equal(action[count - 3].kind, DEV_ACT_STORE);
	assert_true(action[count - 3].addr == DEV_PAGE(600) && action[count - 3].value == 0x12);
	assert_int_equal(action[count - 2].kind, DEV_ACT_REG);
	assert_int_equal(action[count - 1].kind, DEV_ACT_DMA);
	/* SMMUEN is clear: the access went to 0x1000, which is no RAM. */
	assert_true(dev_model_went_below(logging));
	dev_model_destroy(logging);
}

/* Behind the back of the worst-case caches, memory comes to lead elsewhere. */
static void redirect_page_1(void *ctx, unsigned step, const struct dev_op *op,
			    const struct dev_result *result)
{
	uint64_t desc;

	(void)ctx;
	(void)result;
	if (step != 4 || op->code != DEV_OP_PTE)
		return;
	memcpy(&desc, dev_model_ram(model) + 18 * 4096 + 8, sizeof(desc));
	desc += 0x8000;
	memcpy(dev_model_ram(model) + 18 * 4096 + 8, &desc, sizeof(desc));
}

static void worst_case_caches_judge_the_others(void **state)
{
	const struct dev_model_options options = {.log = false};
	struct error error = {0};
	struct dev_model *shadow = dev_model_create(&options, &error);
	struct dev_finding finding;

	(void)state;
	assert_non_null(shadow);
	dev_model_shadow(model, shadow);
	expect_pass("profile full\n" STAGE_1
		    "dma sid=8 read 0x1000 => ok p512\npte index=1 addr=p514\n"
		    "dma sid=8 read 0x1000 => ok p512\ncmd TLBI_NH_VA asid=1 va=0x1000\n"
		    "cmd SYNC\ndma sid=8 write 0x1000 => ok p514\n");
	parse("profile full\n" STAGE_1 "dma sid=8 read 0x1000\n");
	finding = dev_run(model, &trace, false, redirect_page_1, NULL);
	assert_int_equal(finding.kind, DEV_FIND_INVARIANT);
	assert_int_equal(finding.step, 6);
	assert_non_null(strstr(finding.observed, "possible"));
	dev_model_shadow(model, NULL);
	assert_int_equal(dev_run(model, &trace, false, redirect_page_1, NULL).kind, DEV_NOTHING);
	dev_model_destroy(shadow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_up_is_implied),
		cmocka_unit_test(a_write_fills_and_an_update_inverts_what_is_mapped),
		cmocka_unit_test(an_update_may_change_what_is_read_next),
		cmocka_unit_test(commands_say_how_the_queue_took_them),
		cmocka_unit_test(endpoints_see_invalidations),
		cmocka_unit_test(a_pin_that_does_not_hold_is_found),
		cmocka_unit_test(minimizing_leaves_what_is_needed),
		cmocka_unit_test(actions_repeat_the_trace_elsewhere),
		cmocka_unit_test(worst_case_caches_judge_the_others),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
