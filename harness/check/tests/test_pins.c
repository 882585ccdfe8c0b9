/* SPDX-License-Identifier: MIT */
/*
 * Contract: `=>` states an outcome from the source. Every kind of pin passes when the outcome is
 * that one and is a divergence (kind pin) when it is another; without config.pins none is judged.
 * Run: ctest -R check.test_pins, or the program itself.
 */
#include "scene.h"

struct pin {
	const char *before; /* ops in front */
	const char *op;
	const char *met, *missed;
	const char *observed; /* when missed */
};

#define WITH_ATS                                                                                   \
	"policy io_mm\nsmmu ssid-bits=4 ats\ndevice d0 rid=00:01.0 pasid-bits=4 ats\n"             \
	"device d1 rid=00:02.0 pasid-bits=4 ats\ndevice d2 rid=00:03.0 pasid-bits=4\n"             \
	"domain A d0\ndomain B identity d1\nprocess p0 p1\n"

static const struct pin pins[] = {
	/* ok */
	{"", "bind d0 p0", "ok", "-EEXIST", "error 0, value 1, outcome 0"},
	{"bind d0 p0\n", "bind d0 p0", "-EEXIST", "ok", "error -17"},
	{"", "dma d0 0x10000 read", "fault translation", "ok", "outcome 2"},
	{"exit p1\n", "read p1 0x10000", "skipped", "ok", "skipped: no such process"},
	/* pasid N */
	{"bind d0 p0\n", "bind d0 p1", "pasid 2", "pasid 1", "value 2"},
	{"bind d0 p0\n", "bind d0 p0", "-EEXIST", "pasid 1", "error -17"},
	{"exit p1\n", "bind d0 p1", "skipped", "pasid 1", "skipped: nobody holds"},
	/* N pages */
	{"map A 0x10000 pages=2 rw\n", "unmap A 0x10000 pages=3", "2 pages", "3 pages", "value 2"},
	{"", "unmap B 0x10000", "-ENODEV", "1 pages", "error -19"},
	/* an error */
	{"", "unbind d0 pasid=3", "-ESRCH", "-EINVAL", "error -3"},
	{"unplug d0\n", "unbind d0 pasid=3", "skipped", "-ESRCH", "skipped: the device is gone"},
	/* faults */
	{"mmap p0 0x10000 r\nbind d0 p0\n", "dma d0 pasid=1 0x10000 write", "fault permission",
	 "fault translation", "outcome 3"},
	{"", "dma d0 0x10000 read", "fault translation", "fault permission", "outcome 2"},
	{"", "dma d0 pasid=1 0x10000 read", "fault pasid", "fault translation", "outcome 4"},
	{"", "dma d0 0x10000 read", "fault translation", "fault pasid", "outcome 2"},
	{"", "dma d2 0x10000 read", "abort", "bus", "outcome 5"},
	{"", "dma d1 0x10000 read", "bus", "abort", "outcome 6"},
	{"mmap p0 0x10000 r\nbind d0 p0\n", "dma d0 pasid=1 0x10000 read", "ok", "bus",
	 "outcome 1"},
	/* ATS */
	{"mmap p0 0x10000 r\nbind d0 p0\n", "ats d0 pasid=1 0x10000", "ats r", "ats rw",
	 "rights 1"},
	{"mmap p0 0x10000 rw\nbind d0 p0\n", "ats d0 pasid=1 0x10000", "ats rw", "ats none",
	 "rights 3"},
	{"", "ats d0 0x10000", "ats none", "ats r", "rights 0"},
	{"", "ats d0 pasid=1 0x10000", "fault pasid", "ats none", "outcome 4"},
	/* skipped */
	{"", "ats d2 0x10000", "skipped", "ats none", "skipped: ATS is not enabled"},
	{"", "bind d0 p0", "pasid 1", "skipped", "error 0, value 1"},
};

static struct divergence run(const struct pin *pin, const char *outcome, bool judged)
{
	struct check_config config = check_default_config();
	static struct trace trace;
	struct divergence d;
	struct check *c;
	char text[1024];

	snprintf(text, sizeof(text), WITH_ATS "%s%s => %s\nspawn p2\n", pin->before, pin->op,
		 outcome);
	scene_parse(&trace, text);
	config.pins = judged;
	c = scene_check(&config);
	d = check_run(c, &trace, NULL, NULL);
	check_destroy(c);
	return d;
}

static int op_of(const struct pin *pin)
{
	int op = 0;

	for (const char *at = pin->before; *at; at++)
		op += *at == '\n';
	return op;
}

static void pin_that_is_met_is_no_divergence(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(pins); i++)
		expect_clean(run(&pins[i], pins[i].met, true));
}

static void pin_that_is_missed_is_a_divergence(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(pins); i++) {
		struct divergence d = run(&pins[i], pins[i].missed, true);

		expect_divergence(d, DIVERGENCE_PIN, "pin", op_of(&pins[i]));
		expect_texts(d, pins[i].missed, pins[i].observed);
	}
}

static void pins_are_not_judged_when_not_asked_for(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(pins); i++)
		expect_clean(run(&pins[i], pins[i].missed, false));
}

/* The table above has each kind at least once on either side. */
static void every_kind_is_met_and_missed(void **state)
{
	unsigned met = 0, missed = 0;
	static struct trace trace;
	char text[1024];

	(void)state;
	for (unsigned i = 0; i < 2 * ARRAY_SIZE(pins); i++) {
		const struct pin *pin = &pins[i / 2];

		snprintf(text, sizeof(text), WITH_ATS "%s => %s\n", pin->op,
			 i % 2 ? pin->met : pin->missed);
		scene_parse(&trace, text);
		*(i % 2 ? &met : &missed) |= 1u << trace.op[0].pin.kind;
	}
	assert_int_equal(met, (1u << TRACE_NUM_PINS) - 2);
	assert_int_equal(missed, (1u << TRACE_NUM_PINS) - 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pin_that_is_met_is_no_divergence),
		cmocka_unit_test(pin_that_is_missed_is_a_divergence),
		cmocka_unit_test(pins_are_not_judged_when_not_asked_for),
		cmocka_unit_test(every_kind_is_met_and_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
