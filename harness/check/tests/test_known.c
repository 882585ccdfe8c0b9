/* SPDX-License-Identifier: MIT */
/*
 * Contract: a divergence that a `# known:` line describes is counted and not reported; an event goes
 * on, anything else ends the run; a line that cannot be read is an error with its place.
 * Run: ctest -R check.test_known, or the program itself.
 */
#include "scene.h"

#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/svafuzz-known-XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

static void write_trace(const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void remove_trace(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	unlink(path);
}

static struct check_known *load(const char *text)
{
	struct check_known *known;
	struct error error = {0};

	write_trace("a.trace", text);
	known = check_known_load(dir, &error);
	remove_trace("a.trace");
	if (!known)
		fail_msg("%s", error.text);
	return known;
}

static void expect_load_error(const char *text, const char *words)
{
	struct error error = {0};

	write_trace("a.trace", text);
	assert_null(check_known_load(dir, &error));
	remove_trace("a.trace");
	if (!strstr(error.text, words) || strchr(error.text, '\n'))
		fail_msg("\"%s\" is not one line with \"%s\"", error.text, words);
}

static void lines_are_read_from_leading_comments(void **state)
{
	struct check_known *known =
		load("# rules: A-19\n# known: iomm | result | bind | A-6 | 1 | 2 | stop\n#\n"
		     "\n#known:x|event|*|*|||go-on\npolicy io_mm\n"
		     "# known: too late\n");

	(void)state;
	assert_int_equal(known->count, 2);
	assert_string_equal(known->entry[0].driver, "iomm");
	assert_int_equal(known->entry[0].kind, DIVERGENCE_RESULT);
	assert_string_equal(known->entry[0].op, "bind");
	assert_string_equal(known->entry[0].rule, "A-6");
	assert_string_equal(known->entry[0].expected, "1");
	assert_string_equal(known->entry[0].observed, "2");
	assert_false(known->entry[0].go_on);
	assert_non_null(strstr(known->entry[0].trace, "/a.trace"));
	assert_string_equal(known->entry[1].expected, "");
	assert_true(known->entry[1].go_on);
	free(known);
}

/* What hardware may still hold is in no one's state. */
static void every_kind_without_state_may_go_on(void **state)
{
	static const char *const kinds[] = {"event",	 "reach",     "unreachable", "stale-config",
					    "stale-tlb", "stale-atc", "order"};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct check_known *known;
		char text[80];

		snprintf(text, sizeof(text), "# known: x | %s | * | * | | | go-on\n", kinds[i]);
		known = load(text);
		assert_true(known->entry[0].go_on);
		free(known);
	}
}

static void line_that_is_wrong_is_an_error_with_its_place(void **state)
{
	struct error error = {0};

	(void)state;
	expect_load_error("#\n# known: iomm | result\n", "a.trace:2: '# known:' wants driver");
	expect_load_error("# known: iomm | wrong | * | * | | | stop\n", "no kind");
	expect_load_error("# known: iomm | result | * | * | | | halt\n", "neither 'stop'");
	expect_load_error("# known: iomm | result | * | * | | | go-on\n", "only an event");
	expect_load_error("# known: iomm | response | * | * | | | go-on\n", "only an event");
	expect_load_error("# known: iomm | event | * | * | | | go-on | x\n", "more than seven");
	expect_load_error("# known: a-name-that-is-much-too-long | event | * | * | | | stop\n",
			  "too long");
	assert_null(check_known_load("/no-such-folder", &error));
	assert_non_null(strstr(error.text, "/no-such-folder: "));
}

static void files_are_read_in_the_order_of_their_names(void **state)
{
	struct error error = {0};
	struct check_known *known;

	(void)state;
	write_trace("b.trace", "# known: b | event | * | * | | | stop\n");
	write_trace("a.trace", "# known: a | event | * | * | | | stop\n");
	write_trace("README.md", "# known: c | event | * | * | | | stop\n");
	known = check_known_load(dir, &error);
	assert_non_null(known);
	assert_int_equal(known->count, 2);
	assert_string_equal(known->entry[0].driver, "a");
	assert_string_equal(known->entry[1].driver, "b");
	free(known);
	remove_trace("a.trace");
	remove_trace("b.trace");
	remove_trace("README.md");
}

/* A driver whose bind hands out the next PASID: result A-6, "1" and "2". */
static int bind_is_late(struct driver *driver, unsigned device, unsigned mm, unsigned flags,
			unsigned *pasid, uint64_t *handle)
{
	int error = scene_real->bind(driver, device, mm, flags, pasid, handle);

	if (!error)
		*pasid += 1;
	return error;
}

static struct check *poked;

static bool hint_reports(struct driver *driver, enum driver_hint hint, unsigned device,
			 bool has_pasid, unsigned pasid, uint64_t va, uint64_t size)
{
	const struct smmu_event event = {.type = SMMU_F_TRANSLATION, .sid = 8};
	uint64_t record[4];

	(void)driver;
	(void)hint;
	(void)device;
	(void)has_pasid;
	(void)pasid;
	(void)va;
	(void)size;
	smmu_event_encode(&event, record);
	world_report_event(poked->world, record);
	return true;
}

static unsigned observed;

static void count(void *ctx, unsigned op, const struct check_step *step)
{
	(void)ctx;
	(void)op;
	(void)step;
	observed++;
}

/* Runs the scene on a driver with the wrong function; `hits` of entry 0 and what ended it. */
static struct divergence run(const char *lines, const struct driver_ops *driver, uint64_t *hits,
			     int *end)
{
	struct check_config config = check_default_config();
	static struct trace trace;
	struct check_known *known = load(lines);
	struct divergence d;

	config.known = known;
	poked = scene_check(&config);
	scene_real = poked->driver->ops;
	poked->driver->ops = driver;
	scene_parse(&trace, SCENE_BOUND);
	observed = 0;
	d = check_run(poked, &trace, count, NULL);
	*hits = check_known_hits(poked, 0);
	*end = check_known_end(poked);
	poked->driver->ops = scene_real;
	check_destroy(poked);
	free(known);
	return d;
}

static void known_divergence_ends_the_run_and_is_none(void **state)
{
	struct driver_ops bad = *driver_find("iomm")->ops;
	uint64_t hits;
	int end;

	(void)state;
	bad.bind = bind_is_late;
	expect_clean(
		run("# known: iomm | result | bind | A-6 | 1 | 2 | stop\n", &bad, &hits, &end));
	assert_int_equal(hits, 1);
	assert_int_equal(end, 0);
	assert_int_equal(observed, 2);
	expect_clean(run("# known: iomm | result | unbind,bind,dma | A-6 | 1 | 2 | stop\n", &bad,
			 &hits, &end));
}

static void every_field_has_to_match(void **state)
{
	static const char *const others[] = {
		"# known: other | result | bind | A-6 | 1 | 2 | stop\n",
		"# known: iomm | reach | bind | A-6 | 1 | 2 | stop\n",
		"# known: iomm | result | unbind | A-6 | 1 | 2 | stop\n",
		"# known: iomm | result | unbind,bind-not,not-bind | A-6 | 1 | 2 | stop\n",
		"# known: iomm | result | bind | A-7 | 1 | 2 | stop\n",
		"# known: iomm | result | bind | A-6 | 3 | 2 | stop\n",
		"# known: iomm | result | bind | A-6 | 1 | 3 | stop\n",
		"",
	};
	struct driver_ops bad = *driver_find("iomm")->ops;
	uint64_t hits;
	int end;

	(void)state;
	bad.bind = bind_is_late;
	for (unsigned i = 0; i < ARRAY_SIZE(others); i++) {
		expect_divergence(run(others[i], &bad, &hits, &end), DIVERGENCE_RESULT, "A-6", 1);
		assert_int_equal(hits, 0);
		assert_int_equal(end, -1);
	}
	expect_clean(run("# known: iomm | result | * | * | | | stop\n", &bad, &hits, &end));
}

static void event_goes_on(void **state)
{
	struct driver_ops bad = *driver_find("iomm")->ops;
	uint64_t hits;
	int end;

	(void)state;
	bad.hint = hint_reports;
	expect_clean(run("# known: iomm | event | prefetch | A-43 | no event | F_TRANSLATION | "
			 "go-on\n",
			 &bad, &hits, &end));
	assert_int_equal(hits, 2); /* both prefetches */
	assert_int_equal(end, -1);
	assert_int_equal(observed, 4);
	expect_clean(run("# known: iomm | event | * | * | | | stop\n", &bad, &hits, &end));
	assert_int_equal(hits, 1);
	assert_int_equal(end, 0);
}

static void another_list_counts_from_zero(void **state)
{
	struct check_known *known = load("# known: iomm | result | * | A-6 | | | stop\n");
	struct driver_ops bad = *driver_find("iomm")->ops;
	static struct trace trace;
	struct check *c = scene_check(NULL);

	(void)state;
	scene_real = c->driver->ops;
	bad.bind = bind_is_late;
	c->driver->ops = &bad;
	scene_parse(&trace, SCENE_BOUND);
	expect_divergence(check_run(c, &trace, NULL, NULL), DIVERGENCE_RESULT, "A-6", 1);
	check_use_known(c, known);
	expect_clean(check_run(c, &trace, NULL, NULL));
	expect_clean(check_run(c, &trace, NULL, NULL));
	assert_int_equal(check_known_hits(c, 0), 2);
	check_use_known(c, NULL);
	assert_int_equal(check_known_hits(c, 0), 0);
	expect_divergence(check_run(c, &trace, NULL, NULL), DIVERGENCE_RESULT, "A-6", 1);
	c->driver->ops = scene_real;
	check_destroy(c);
	free(known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read_from_leading_comments),
		cmocka_unit_test(every_kind_without_state_may_go_on),
		cmocka_unit_test(line_that_is_wrong_is_an_error_with_its_place),
		cmocka_unit_test(files_are_read_in_the_order_of_their_names),
		cmocka_unit_test(known_divergence_ends_the_run_and_is_none),
		cmocka_unit_test(every_field_has_to_match),
		cmocka_unit_test(event_goes_on),
		cmocka_unit_test(another_list_counts_from_zero),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
