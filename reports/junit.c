/* SPDX-License-Identifier: MIT */
/* A campaign as JUnit's XML: one suite, named by the driver, a case for the campaign and one a finding. */
#include "campaign.h"

#include "../harness/base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* XML 1.0, 2.2: other control characters cannot be written at all. */
static void put_char(FILE *out, unsigned char byte, bool attribute)
{
	switch (byte) {
	case '&':
		fputs("&amp;", out);
		break;
	case '<':
		fputs("&lt;", out);
		break;
	case '>':
		fputs("&gt;", out);
		break;
	case '"':
		fputs("&quot;", out);
		break;
	case '\t':
	case '\n':
		if (attribute)
			fprintf(out, "&#%u;", byte);
		else
			putc(byte, out);
		break;
	default:
		putc(byte < 0x20 || byte >= 0x7f ? '?' : byte, out);
	}
}

static void put_text(FILE *out, const char *text)
{
	for (; *text; text++)
		put_char(out, (unsigned char)*text, false);
}

static void put_attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	for (; *value; value++)
		put_char(out, (unsigned char)*value, true);
	putc('"', out);
}

static void put_case_start(FILE *out, const struct report_campaign *c, const char *name,
			   double seconds)
{
	fputs("    <testcase", out);
	put_attribute(out, "classname", c->driver);
	put_attribute(out, "name", name);
	fprintf(out, " time=\"%.1f\"", seconds);
}

static void put_finding(FILE *out, const struct report_campaign *c, const struct report_case *from)
{
	put_case_start(out, c, from->signature, 0);
	fputs(">\n", out);
	if (from->known) {
		fputs("      <skipped", out);
		put_attribute(out, "message", from->known);
		fputs("/>\n    </testcase>\n", out);
		return;
	}
	fputs("      <failure", out);
	put_attribute(out, "type", from->kind);
	put_attribute(out, "message", from->observed);
	fputs(">rule: ", out);
	put_text(out, from->rule);
	fputs("\nexpected: ", out);
	put_text(out, from->expected);
	fputs("\nobserved: ", out);
	put_text(out, from->observed);
	fputs("\nreplay: ", out);
	put_text(out, from->replay);
	fputs("\n\n", out);
	put_text(out, from->trace);
	fputs("</failure>\n    </testcase>\n", out);
}

char *report_campaign_junit(const struct report_campaign *c)
{
	size_t size, known = 0;
	char *text, counts[128];
	FILE *out = open_memstream(&text, &size);

	CHECK(out, "no memory for a report");
	for (size_t i = 0; i < c->num_cases; i++)
		known += c->cases[i].known != NULL;
	snprintf(counts, sizeof(counts),
		 " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\" time=\"%.1f\"",
		 c->num_cases + 1, c->num_cases - known, known, c->seconds);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite", out);
	put_attribute(out, "name", c->driver);
	fputs(counts, out);
	if (*c->started)
		put_attribute(out, "timestamp", c->started);
	fputs(">\n", out);
	put_case_start(out, c, "campaign", c->seconds);
	fputs("/>\n", out);
	for (size_t i = 0; i < c->num_cases; i++)
		put_finding(out, c, &c->cases[i]);
	fputs("  </testsuite>\n</testsuites>\n", out);
	CHECK(!fclose(out), "no memory for a report");
	return text;
}
