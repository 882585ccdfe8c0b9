/* SPDX-License-Identifier: MIT */
/*
 * The page: template.html with the style, the script and the report's JSON inside. What a reader
 * without JavaScript needs to act on a finding is written here.
 */
#include "page.h"

#include "../../harness/base/base.h"
#include "parts.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

struct text {
	char *data;
	size_t size, room;
};

static void add_bytes(struct text *text, const void *data, size_t size)
{
	if (text->room - text->size <= size) {
		text->room = (text->size + size + 1) * 2;
		text->data = realloc(text->data, text->room);
		CHECK(text->data, "no memory for a page");
	}
	memcpy(text->data + text->size, data, size);
	text->size += size;
	text->data[text->size] = '\0';
}

static void add(struct text *text, const char *string)
{
	add_bytes(text, string, strlen(string));
}

/* What a report says is text, never markup. */
static void add_escaped(struct text *text, const char *string)
{
	for (; *string; string++) {
		switch (*string) {
		case '&':
			add(text, "&amp;");
			break;
		case '<':
			add(text, "&lt;");
			break;
		case '>':
			add(text, "&gt;");
			break;
		case '"':
			add(text, "&quot;");
			break;
		default:
			add_bytes(text, string, 1);
		}
	}
}

/* "" for a member that is missing or no string. */
static const char *member(const cJSON *object, const char *name)
{
	const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

	return value ? value : "";
}

static void add_member(struct text *text, const cJSON *object, const char *name)
{
	add_escaped(text, member(object, name));
}

static void add_title(struct text *text, const cJSON *root)
{
	const cJSON *campaign = cJSON_GetObjectItemCaseSensitive(root, "campaign");

	add(text, "svafuzz: ");
	add_member(text, campaign, "driver");
	add(text, " on ");
	add_member(text, campaign, "smmu");
	add(text, ", ");
	add_member(text, campaign, "name");
}

static void add_finding(struct text *text, const cJSON *finding)
{
	add(text, "<li><p><code>");
	add_member(text, finding, "signature");
	add(text, *member(finding, "known") ? "</code> (known)</p>\n" : "</code> (new)</p>\n");
	add(text, "<p>expected: ");
	add_member(text, finding, "expected");
	add(text, "<br>observed: ");
	add_member(text, finding, "observed");
	add(text, "</p>\n<pre>");
	add_member(text, finding, "replay");
	add(text, "</pre></li>\n");
}

static void add_findings(struct text *text, const cJSON *root)
{
	const cJSON *findings = cJSON_GetObjectItemCaseSensitive(root, "findings");
	const cJSON *finding;

	if (!cJSON_GetArraySize(findings)) {
		add(text, "<p>Nothing was found.</p>\n");
		return;
	}
	add(text, "<ol>\n");
	for (finding = findings->child; finding; finding = finding->next)
		add_finding(text, finding);
	add(text, "</ol>\n");
}

/* HTML 13.2.5.15: "<" may end the element or change how its end is found; in JSON it stands in
 * strings only, where it can be written as an escape. */
static void add_data(struct text *text, const cJSON *root)
{
	char *json = cJSON_PrintUnformatted(root);
	const char *from = json;

	CHECK(json, "no memory for a page");
	while (*from) {
		size_t plain = strcspn(from, "<");

		add_bytes(text, from, plain);
		from += plain;
		if (*from == '<') {
			add(text, "\\u003c");
			from++;
		}
	}
	cJSON_free(json);
}

static void add_part(struct text *text, const struct page_part *part)
{
	add_bytes(text, part->data, part->size);
}

/* What belongs to the place called `name`. */
static void add_place(struct text *text, const char *name, size_t size, const cJSON *root)
{
	static const struct {
		const char *name;
		void (*made)(struct text *text, const cJSON *root);
		const struct page_part *part;
	} places[] = {
		{"title", add_title, NULL},	{"findings", add_findings, NULL},
		{"data", add_data, NULL},	{"style", NULL, &page_style},
		{"script", NULL, &page_script},
	};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (strlen(places[i].name) != size || memcmp(places[i].name, name, size) != 0)
			continue;
		if (places[i].made)
			places[i].made(text, root);
		else
			add_part(text, places[i].part);
		return;
	}
	CHECK(false, "template.html has a place that nobody fills: %.*s", (int)size, name);
}

char *page_make(const char *json, size_t size)
{
	cJSON *root = cJSON_ParseWithLength(json, size);
	const char *from = (const char *)page_template.data;
	const char *end = from + page_template.size;
	struct text text = {0};

	if (!cJSON_IsObject(root)) {
		cJSON_Delete(root);
		return NULL;
	}
	while (from < end) {
		const char *at = memchr(from, '@', (size_t)(end - from));
		const char *close = at ? memchr(at + 1, '@', (size_t)(end - at - 1)) : NULL;

		if (!close)
			break;
		add_bytes(&text, from, (size_t)(at - from));
		add_place(&text, at + 1, (size_t)(close - at - 1), root);
		from = close + 1;
	}
	add_bytes(&text, from, (size_t)(end - from));
	cJSON_Delete(root);
	return text.data;
}
