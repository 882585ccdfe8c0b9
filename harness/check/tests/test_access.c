/* SPDX-License-Identifier: MIT */
/*
 * Contract: what a device's access did is compared with the law: outcome, page, data, rights of an
 * ATS completion, and exactly one event record that names the access, or none.
 * Run: ctest -R check.test_access, or the program itself.
 */
#include "scene.h"

static struct check *poked;

/* Data. */

static void scribble(struct check *c, unsigned op)
{
	if (op == 1)
		ram_store(scene_frame(c, 0, 0), 77);
}

static void value_that_nobody_wrote_is_data(void **state)
{
	struct divergence d = scene_run(&(struct scene){
		.text = SCENE_HEADER "mmap p0 0x10000 rw\nbind d0 p0\nread p0 0x10000\n",
		.poke = scribble,
	});

	(void)state;
	expect_divergence(d, DIVERGENCE_DATA, "D-1", 2);
	expect_texts(d, "the value last written", "77 instead of 0");
	d = scene_run(&(struct scene){
		.text = SCENE_HEADER
		"mmap p0 0x10000 rw\nbind d0 p0\ndma d0 pasid=1 0x10000 read\n",
		.poke = scribble,
	});
	expect_divergence(d, DIVERGENCE_DATA, "B-9", 2);
	expect_texts(d, "the value last written", "77 instead of 0");
}

/* Events. */

static void (*real_irq)(void *ctx, unsigned irq);
static unsigned event_word;
static uint64_t event_flip;
static int event_count; /* records to add or take away */

static void irq_changes_events(void *ctx, unsigned irq)
{
	unsigned before = poked->world->num_events;

	real_irq(ctx, irq);
	if (poked->world->num_events == before)
		return;
	poked->world->event[before][event_word] ^= event_flip;
	if (event_count > 0)
		world_report_event(poked->world, poked->world->event[before]);
	if (event_count < 0)
		poked->world->num_events = 0;
}

static void change_events(struct check *c, unsigned op)
{
	if (op != 1)
		return;
	poked = c;
	real_irq = c->world->irq_handler;
	c->world->irq_handler = irq_changes_events;
}

static struct divergence run_events(const char *text, unsigned word, uint64_t flip, int count)
{
	event_word = word;
	event_flip = flip;
	event_count = count;
	return scene_run(&(struct scene){.text = text, .poke = change_events});
}

#define BOUND_THEN(op) SCENE_HEADER "mmap p0 0x10000 r\nbind d0 p0\n" op "\n"

static void one_record_names_the_access(void **state)
{
	static const char fault[] = BOUND_THEN("dma d0 pasid=1 0x12000 read");
	static const struct {
		unsigned word;
		uint64_t flip;
		int count;
		const char *rule, *observed;
	} events[] = {
		{0, 0, 1, "A-43", "2 records, 0 lost"},
		{0, 0, -1, "A-43", "0 records, 0 lost"},
		{0, 1ull << 32, 0, "E-30", "stream 0x9, ssv 1, substream 1"}, /* StreamID */
		{0, 1ull << 12, 0, "E-30", "stream 0x8, ssv 1, substream 0"}, /* SubstreamID */
		{0, 1ull << 11, 0, "E-30", "ssv 0"},			      /* SSV */
		{1, 1ull << 35, 0, "E-30", "write of 0x12000"},		      /* RnW */
		{1, 1ull << 40, 0, "E-30", "CLASS = 3"},		      /* CLASS */
		{2, 1ull << 32, 0, "E-30", "read of 0x100012000"},	      /* InputAddr */
	};

	(void)state;
	expect_clean(run_events(fault, 0, 0, 0));
	for (unsigned i = 0; i < ARRAY_SIZE(events); i++) {
		struct divergence d =
			run_events(fault, events[i].word, events[i].flip, events[i].count);

		expect_divergence(d, DIVERGENCE_EVENT, events[i].rule, 2);
		expect_texts(d, "", events[i].observed);
	}
}

static void configuration_faults_have_no_address(void **state)
{
	(void)state;
	/* C_BAD_CD: stream and substream are compared, words 1 to 3 are not. */
	expect_clean(run_events(BOUND_THEN("dma d0 pasid=3 0x10000 read"), 2, ~0ull, 0));
	expect_divergence(run_events(BOUND_THEN("dma d0 pasid=3 0x10000 read"), 0, 1ull << 12, 0),
			  DIVERGENCE_EVENT, "E-30", 2);
	/* 5.2 S1DSS: substream 0 is F_STREAM_DISABLED, which names the stream only. */
	expect_clean(run_events(BOUND_THEN("dma d0 pasid=0 0x10000 read"), 0, 0, 0));
	expect_divergence(run_events(BOUND_THEN("dma d0 pasid=0 0x10000 read"), 0, 1ull << 32, 0),
			  DIVERGENCE_EVENT, "E-30", 2);
}

static bool hint_reports(struct driver *driver, enum driver_hint hint, unsigned device,
			 bool has_pasid, unsigned pasid, uint64_t va, uint64_t size)
{
	const struct smmu_event event = {.type = SMMU_F_TRANSLATION, .sid = 8};
	uint64_t record[4];

	(void)hint;
	(void)device;
	(void)has_pasid;
	(void)pasid;
	(void)size;
	(void)driver;
	smmu_event_encode(&event, record);
	for (uint64_t i = 0; i < va >> 12; i++)
		world_report_event(poked->world, record);
	return true;
}

static void remember(struct check *c)
{
	poked = c;
}

static void record_that_nothing_caused_is_event(void **state)
{
	struct driver_ops bad = *driver_find("iomm")->ops;
	struct divergence d;

	(void)state;
	bad.hint = hint_reports;
	d = scene_run(&(struct scene){
		.text = SCENE_HEADER "prefetch d0 0x10000\n", .driver = &bad, .created = remember});
	expect_divergence(d, DIVERGENCE_EVENT, "A-43", 0);
	expect_texts(d, "no event record", "16, first F_TRANSLATION for stream 0x8");
	/* More than the log holds are counted. */
	d = scene_run(&(struct scene){.text = SCENE_HEADER "prefetch d0 0x1fc000\n",
				      .driver = &bad,
				      .created = remember});
	expect_divergence(d, DIVERGENCE_EVENT, "A-43", 0);
	expect_texts(d, "", "508, first");
}

/* Accesses: the SMMU answers something else. */

static struct smmu_response (*real_access)(void *ctx, const struct smmu_request *request);
static void (*change)(struct smmu_response *response);

static struct smmu_response changed_access(void *ctx, const struct smmu_request *request)
{
	struct smmu_response response = real_access(ctx, request);

	change(&response);
	return response;
}

static void change_access(struct check *c, unsigned op)
{
	if (op != 1)
		return;
	real_access = c->world->port[0].access;
	c->world->port[0].access = changed_access;
}

static void refuse(struct smmu_response *r)
{
	*r = (struct smmu_response){.status = SMMU_ABORT, .event = SMMU_F_TRANSLATION};
}

static void abort_silently(struct smmu_response *r)
{
	*r = (struct smmu_response){.status = SMMU_ABORT};
}

static void refuse_strangely(struct smmu_response *r)
{
	*r = (struct smmu_response){.status = SMMU_ABORT, .event = SMMU_F_TLB_CONFLICT};
}

static void next_frame(struct smmu_response *r)
{
	r->pa += r->status == SMMU_OK ? 0x1000 : 0;
}

static void no_memory(struct smmu_response *r)
{
	r->pa = 0x1000;
}

static void deny(struct smmu_response *r)
{
	*r = (struct smmu_response){.status = SMMU_ATS_DENIED};
}

static void grant(struct smmu_response *r)
{
	/* Some memory: the first frame that is ever handed out. */
	r->pa = WORLD_RAM_BASE + WORLD_RAM_FIRST * WORLD_FRAME_SIZE;
	r->status = SMMU_OK;
	r->read_ok = r->write_ok = true;
}

static void grant_less(struct smmu_response *r)
{
	r->write_ok = false;
}

static struct divergence run_access(const char *text, void (*how)(struct smmu_response *))
{
	change = how;
	return scene_run(&(struct scene){.text = text, .poke = change_access});
}

#define RW_THEN(op)  SCENE_HEADER "mmap p0 0x10000 pages=2 rw\nbind d0 p0\n" op "\n"
#define ATS_THEN(op) SCENE_ATS_HEADER "mmap p0 0x10000 pages=2 rw\nbind d0 p0\n" op "\n"

static void access_is_compared_with_the_laws(void **state)
{
	static const char good[] = RW_THEN("dma d0 pasid=1 0x10000 read");
	static const char none[] = RW_THEN("dma d0 pasid=3 0x10000 read");
	static const struct {
		const char *text;
		void (*change)(struct smmu_response *);
		uint8_t kind;
		const char *rule, *expected, *observed;
	} cases[] = {
		{good, refuse, DIVERGENCE_UNREACHABLE, "B-1", "ok",
		 "fault translation: F_TRANSLATION"},
		{good, abort_silently, DIVERGENCE_UNREACHABLE, "B-1", "ok", "abort"},
		{good, refuse_strangely, DIVERGENCE_UNREACHABLE, "B-1", "ok",
		 "no access: F_TLB_CONFLICT"},
		{good, next_frame, DIVERGENCE_REACH, "B-9", "the law's page", "another frame"},
		{good, no_memory, DIVERGENCE_UNREACHABLE, "B-1", "ok", "bus"},
		{none, grant, DIVERGENCE_REACH, "A-43", "fault pasid", "ok"},
		{none, refuse, DIVERGENCE_UNREACHABLE, "A-43", "fault pasid", "fault translation"},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		struct divergence d = run_access(cases[i].text, cases[i].change);

		expect_divergence(d, cases[i].kind, cases[i].rule, 2);
		expect_texts(d, cases[i].expected, cases[i].observed);
	}
}

static void ats_completion_is_compared_with_the_laws(void **state)
{
	struct divergence d = run_access(ATS_THEN("ats d0 pasid=1 0x10000"), deny);

	(void)state;
	expect_divergence(d, DIVERGENCE_EVENT, "A-43", 2);
	expect_texts(d, "ok", "the translation request is denied");
	d = run_access(ATS_THEN("ats d0 pasid=3 0x10000"), grant);
	expect_divergence(d, DIVERGENCE_EVENT, "A-43", 2);
	expect_texts(d, "", "the translation request is answered");
	d = run_access(ATS_THEN("ats d0 pasid=1 0x10000"), grant_less);
	expect_divergence(d, DIVERGENCE_UNREACHABLE, "B-1", 2);
	expect_texts(d, "the rights of the page", "R=1 W=0 instead of R=1 W=1");
	d = run_access(ATS_THEN("ats d0 pasid=1 0x12000"), grant);
	expect_divergence(d, DIVERGENCE_REACH, "B-1", 2);
	expect_texts(d, "the rights of the page", "R=1 W=1 instead of R=0 W=0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(value_that_nobody_wrote_is_data),
		cmocka_unit_test(one_record_names_the_access),
		cmocka_unit_test(configuration_faults_have_no_address),
		cmocka_unit_test(record_that_nothing_caused_is_event),
		cmocka_unit_test(access_is_compared_with_the_laws),
		cmocka_unit_test(ats_completion_is_compared_with_the_laws),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
