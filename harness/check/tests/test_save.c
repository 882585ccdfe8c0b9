/* SPDX-License-Identifier: MIT */
/*
 * Contract: a file is written whole or not at all; a finding is written once, as an explanation
 * and a trace that replays; what cannot be written is one line that says so.
 * Run: ctest -R check.test_save, or the program itself.
 */
#include "scene.h"

#include "../save.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>

static char dir[64];

static int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/svafuzz-save-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static const char *in_dir(const char *name)
{
	static char path[4][512];
	static unsigned next;

	next = (next + 1) % 4;
	snprintf(path[next], sizeof(path[0]), "%s/%s", dir, name);
	return path[next];
}

static unsigned count_files(void)
{
	unsigned count = 0;
	DIR *d = opendir(dir);

	assert_non_null(d);
	for (struct dirent *entry = readdir(d); entry; entry = readdir(d))
		count += entry->d_name[0] != '.';
	closedir(d);
	return count;
}

static int remove_dir(void **state)
{
	DIR *d = opendir(dir);

	(void)state;
	for (struct dirent *entry = readdir(d); entry; entry = readdir(d))
		if (entry->d_name[0] != '.')
			unlink(in_dir(entry->d_name));
	closedir(d);
	return rmdir(dir);
}

static void expect_content(const char *path, const char *want)
{
	char have[8192] = "";
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	have[fread(have, 1, sizeof(have) - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(have, want);
}

static void expect_one_line(const struct error *error, const char *words)
{
	assert_true(error->set);
	if (!strstr(error->text, words) || strchr(error->text, '\n'))
		fail_msg("\"%s\" is not one line with \"%s\"", error->text, words);
}

static void file_is_replaced_as_a_whole(void **state)
{
	struct error error = {0};

	(void)state;
	assert_true(save_file(in_dir("f"), "old content", 11, &error));
	expect_content(in_dir("f"), "old content");
	assert_true(save_file(in_dir("f"), "new", 3, &error));
	expect_content(in_dir("f"), "new");
	assert_true(save_file(in_dir("empty"), "", 0, &error));
	expect_content(in_dir("empty"), "");
	/* No temporary file stays. */
	assert_int_equal(count_files(), 2);
	assert_false(error.set);
}

static void folder_that_is_not_there_is_one_line(void **state)
{
	struct error error = {0};

	(void)state;
	assert_false(save_file(in_dir("no/such/f"), "x", 1, &error));
	expect_one_line(&error, "cannot write: No such file or directory");
	error.set = false;
	assert_true(save_file(in_dir("f"), "x", 1, &error));
	assert_false(save_file(in_dir("f/g"), "x", 1, &error));
	expect_one_line(&error, "cannot write: Not a directory");
}

static void path_that_is_too_long_is_one_line(void **state)
{
	struct error error = {0};
	char path[2000];

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_false(save_file(path, "x", 1, &error));
	assert_true(strstr(error.text, "xxx") == error.text);
	assert_null(strchr(error.text, '\n'));
}

/* A device that takes no more: files of this process may have 4 bytes. */
static void full_device_keeps_the_old_content(void **state)
{
	struct rlimit old, small;
	struct error error = {0};
	bool saved;

	(void)state;
	assert_true(save_file(in_dir("f"), "old", 3, &error));
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 4;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	saved = save_file(in_dir("f"), "new content", 11, &error);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_false(saved);
	expect_one_line(&error, "the old content is kept");
	expect_content(in_dir("f"), "old");
	assert_int_equal(count_files(), 1);
}

static void target_that_is_a_folder_is_one_line(void **state)
{
	struct error error = {0};

	(void)state;
	assert_int_equal(mkdir(in_dir("f"), 0777), 0);
	assert_false(save_file(in_dir("f"), "x", 1, &error));
	expect_one_line(&error, "the old content is kept");
	assert_int_equal(count_files(), 1);
	assert_int_equal(rmdir(in_dir("f")), 0);
}

/* Findings. */

static const struct divergence divergence = {
	.kind = DIVERGENCE_STALE_ATC,
	.op = 1,
	.rule = "D-2",
	.op_text = "munmap",
	.expected = "nothing",
	.observed = "something",
};

#define NAME "iomm-emulated-stale-atc-munmap-D-2"

static struct trace three_ops(void)
{
	struct trace trace;

	scene_parse(&trace, SCENE_HEADER "mmap p0 0x10000 rw => ok\nmunmap p0 0x10000\nspawn p1\n");
	return trace;
}

static void finding_is_an_explanation_and_a_trace_that_ends_there(void **state)
{
	const struct check_config config = check_default_config();
	struct trace trace = three_ops(), saved;
	struct error error = {0};
	bool is_new = false, was_text;
	char words[1024];

	(void)state;
	assert_true(finding_save(dir, &config, &divergence, &trace, &is_new, &error));
	assert_true(is_new);
	assert_int_equal(count_files(), 2);
	divergence_format(&config, &divergence, words, sizeof(words));
	expect_content(in_dir(NAME ".txt"), words);
	assert_true(trace_load(&saved, in_dir(NAME ".trace"), &was_text, &error));
	assert_true(was_text);
	assert_int_equal(saved.num_ops, 2);
	assert_int_equal(saved.op[1].code, TRACE_OP_MUNMAP);
	/* The outcome that made it a finding is not pinned. */
	assert_int_equal(saved.op[0].pin.kind, TRACE_PIN_NONE);
	assert_int_equal(trace.op[0].pin.kind, TRACE_PIN_OK);
}

static void finding_is_not_written_twice(void **state)
{
	const struct check_config config = check_default_config();
	struct trace trace = three_ops();
	struct error error = {0};
	bool is_new = false;

	(void)state;
	assert_true(finding_save(dir, &config, &divergence, &trace, &is_new, &error));
	assert_true(is_new);
	assert_true(save_file(in_dir(NAME ".trace"), "mine", 4, &error));
	assert_true(finding_save(dir, &config, &divergence, &trace, &is_new, &error));
	assert_false(is_new);
	expect_content(in_dir(NAME ".trace"), "mine");
	assert_int_equal(count_files(), 2);
}

static void finding_names_its_planted_fault(void **state)
{
	struct check_config config = check_default_config();
	struct divergence in_teardown = divergence;
	struct trace trace = three_ops();
	struct error error = {0};
	bool is_new;
	FILE *file;
	char line[2][128];

	(void)state;
	config.fault = "iomm-bind-twice-ok";
	in_teardown.op = 3;
	assert_true(finding_save(dir, &config, &in_teardown, &trace, &is_new, &error));
	file = fopen(in_dir(NAME ".trace"), "r");
	assert_non_null(file);
	assert_non_null(fgets(line[0], sizeof(line[0]), file));
	assert_non_null(fgets(line[1], sizeof(line[1]), file));
	fclose(file);
	assert_string_equal(line[0], "# iomm/emulated/stale-atc/munmap/D-2\n");
	assert_string_equal(line[1], "# planted fault: iomm-bind-twice-ok\n");
}

static void whole_trace_is_kept_for_set_up_and_teardown(void **state)
{
	const struct check_config config = check_default_config();
	struct divergence d = divergence;
	struct trace trace = three_ops(), saved;
	struct error error = {0};
	bool is_new, was_text;

	(void)state;
	d.op = 3;
	assert_true(finding_save(dir, &config, &d, &trace, &is_new, &error));
	assert_true(trace_load(&saved, in_dir(NAME ".trace"), &was_text, &error));
	assert_int_equal(saved.num_ops, 3);
	snprintf(d.rule, sizeof(d.rule), "D-1");
	d.op = -1;
	assert_true(finding_save(dir, &config, &d, &trace, &is_new, &error));
	assert_true(is_new);
	assert_int_equal(count_files(), 4);
}

static void folder_that_cannot_be_written_is_one_line(void **state)
{
	const struct check_config config = check_default_config();
	struct trace trace = three_ops();
	struct error error = {0};
	bool is_new;

	(void)state;
	assert_true(save_file(in_dir("file"), "x", 1, &error));
	assert_false(finding_save(in_dir("file"), &config, &divergence, &trace, &is_new, &error));
	expect_one_line(&error, "cannot write: Not a directory; choose a folder");
	assert_int_equal(count_files(), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(file_is_replaced_as_a_whole),
		TEST(folder_that_is_not_there_is_one_line),
		TEST(path_that_is_too_long_is_one_line),
		TEST(full_device_keeps_the_old_content),
		TEST(target_that_is_a_folder_is_one_line),
		TEST(finding_is_an_explanation_and_a_trace_that_ends_there),
		TEST(finding_is_not_written_twice),
		TEST(finding_names_its_planted_fault),
		TEST(whole_trace_is_kept_for_set_up_and_teardown),
		TEST(folder_that_cannot_be_written_is_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
