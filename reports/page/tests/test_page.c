/* SPDX-License-Identifier: MIT */
/*
 * Contract: page.h. The page holds its report whole, needs nothing beside it, takes what a report says
 * for text, and tells a reader without JavaScript how to replay. How it looks and behaves in a browser:
 * scripts/tests/page.sh. Run: build/tests/reports_test_page
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../page.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "Under 60 KB" without a report is what keeps the page quick to open and to send. */
enum { PAGE_MAX = 60 * 1024 };

#define REPORT(findings)                                                                           \
	"{\"campaign\":{\"driver\":\"iomm\",\"smmu\":\"emulated\",\"name\":\"x\"},"                \
	"\"findings\":[" findings "]}"

static char *make(const char *json)
{
	return page_make(json, strlen(json));
}

static unsigned occurrences(const char *text, const char *part)
{
	unsigned count = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		count++;
	return count;
}

static void what_is_no_object_makes_no_page(void **state)
{
	static const char *const bad[] = {"", "[]", "null", "{", "\"{}\"", "{\"a\":", "svafuzz"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_null(make(bad[i]));
	/* Nothing behind `size` is read. */
	assert_null(page_make("{}", 1));
}

static void page_of_an_empty_report_is_small_and_complete(void **state)
{
	char *page = make("{}");

	(void)state;
	assert_non_null(page);
	assert_true(strlen(page) < PAGE_MAX);
	assert_non_null(strstr(page, "<script type=\"application/json\" id=\"data\">{}</script>"));
	assert_non_null(strstr(page, "Nothing was found."));
	assert_int_equal(occurrences(page, "</html>\n"), 1);
	free(page);
}

static void page_names_no_place_on_a_network(void **state)
{
	char *page = make("{}");

	(void)state;
	/* The name of a namespace is no address that anybody loads. */
	assert_int_equal(occurrences(page, "http"),
			 1 + occurrences(page, "http-equiv=\"Content-Security-Policy\""));
	assert_int_equal(occurrences(page, "http://www.w3.org/2000/svg"), 1);
	assert_null(strstr(page, "src="));
	assert_null(strstr(page, "url("));
	assert_null(strstr(page, "@import"));
	assert_non_null(strstr(page, "default-src 'none'"));
	free(page);
}

static void texts_of_a_report_end_no_element(void **state)
{
	char *page =
		make(REPORT("{\"signature\":\"a</script><b>&\\\"\",\"replay\":\"<!--<script>\"}"));
	char *empty = make("{}");

	(void)state;
	assert_non_null(page);
	assert_int_equal(occurrences(page, "</script>"), occurrences(empty, "</script>"));
	assert_null(strstr(page, "<b>"));
	assert_null(strstr(page, "<!--"));
	assert_non_null(strstr(page, "\"a\\u003c/script>\\u003cb>&\\\"\""));
	assert_non_null(strstr(page, "<code>a&lt;/script&gt;&lt;b&gt;&amp;&quot;</code> (new)"));
	assert_non_null(strstr(page, "<pre>&lt;!--&lt;script&gt;</pre>"));
	free(page);
	free(empty);
}

static void reader_without_javascript_gets_every_finding(void **state)
{
	char *page = make(REPORT("{\"signature\":\"s/1\",\"known\":null,\"replay\":\"replay 1\","
				 "\"expected\":\"-EBUSY\",\"observed\":\"ok\"},"
				 "{\"signature\":\"s/2\",\"known\":\"corpus/known/x.trace\"},"
				 "{},7"));
	const char *list = strstr(page, "<noscript>"), *end = strstr(page, "</noscript>");
	const char *item;

	(void)state;
	assert_non_null(page);
	assert_true(list && end && list < end);
	item = strstr(list, "<code>s/1</code> (new)");
	assert_true(item && item < end);
	item = strstr(list, "expected: -EBUSY<br>observed: ok");
	assert_true(item && item < end);
	item = strstr(list, "<pre>replay 1</pre>");
	assert_true(item && item < end);
	item = strstr(list, "<code>s/2</code> (known)");
	assert_true(item && item < end);
	assert_int_equal(occurrences(page, "<li><p><code>"), 4);
	free(page);
}

static void title_says_what_was_tested(void **state)
{
	char *page = make(REPORT(""));

	(void)state;
	assert_non_null(strstr(page, "<title>svafuzz: iomm on emulated, x</title>"));
	free(page);
}

/* Whatever the campaign's size, the report is in the page to the last byte. */
static void long_report_is_kept_whole(void **state)
{
	enum { LENGTH = 3 << 20 };
	char *json = malloc(LENGTH + 64), *page;
	int start = sprintf(json, "{\"a\":\"");

	(void)state;
	memset(json + start, 'x', LENGTH);
	strcpy(json + start + LENGTH, "\"}");
	page = page_make(json, strlen(json));
	assert_non_null(page);
	assert_non_null(strstr(page, json));
	free(page);
	free(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_object_makes_no_page),
		cmocka_unit_test(page_of_an_empty_report_is_small_and_complete),
		cmocka_unit_test(page_names_no_place_on_a_network),
		cmocka_unit_test(texts_of_a_report_end_no_element),
		cmocka_unit_test(reader_without_javascript_gets_every_finding),
		cmocka_unit_test(title_says_what_was_tested),
		cmocka_unit_test(long_report_is_kept_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
