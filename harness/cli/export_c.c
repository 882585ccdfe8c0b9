/* SPDX-License-Identifier: MIT */
/* A trace as a test in C: its topology as text, its ops as calls of harness/check/session.h. */
#include "export.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

enum { COLUMNS = 100, TAB = 8, CALL_MAX = 256 };

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* test_ and the file's name, as far as C lets it stand in one. */
static void test_name(const char *path, char *buffer, size_t size)
{
	const char *name = file_name(path);
	const char *dot = strrchr(name, '.');
	size_t length = dot ? (size_t)(dot - name) : strlen(name);
	size_t used = (size_t)snprintf(buffer, size, "test_");

	for (size_t i = 0; i < length && used + 1 < size; i++)
		buffer[used++] = isalnum((unsigned char)name[i])
					 ? (char)tolower((unsigned char)name[i])
					 : '_';
	buffer[used] = '\0';
}

/* The comment at the top. */

/* Text inside a comment must not end it. */
static void put_safe(FILE *out, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)text[i];

		fputc(isprint(byte) ? byte : ' ', out);
		if (i + 1 < size &&
		    ((byte == '*' && text[i + 1] == '/') || (byte == '/' && text[i + 1] == '*')))
			fputc(' ', out);
	}
}

/* The leading comment lines of the source. */
static void put_story(const char *text, FILE *out)
{
	fprintf(out, " *\n");
	while (*text == '#') {
		size_t size = strcspn(text, "\r\n");

		fprintf(out, " *");
		put_safe(out, text + 1, size - 1);
		fputc('\n', out);
		text += size;
		text += strspn(text, "\r");
		text += *text == '\n';
	}
}

static void put_end(const struct export *export, FILE *out)
{
	char signature[160];

	if (export->crashed) {
		fprintf(out, " *\n * When this was written the run crashed.\n"
			     " * The test fails until that is mended.\n");
		return;
	}
	if (export->divergence.kind == DIVERGENCE_NONE)
		return;
	divergence_signature(&export->config, &export->divergence, signature, sizeof(signature));
	fprintf(out,
		" *\n * When this was written the run ended with\n"
		" *	%s\n"
		" * The test fails until that is mended.\n",
		signature);
}

static void put_comment(const struct export *export, FILE *out)
{
	const char *name = file_name(export->path);

	fprintf(out, "/* SPDX-License-Identifier: MIT */\n/*\n * ");
	put_safe(out, name, strlen(name));
	fprintf(out, " as calls.\n");
	if (export->source && *export->source == '#')
		put_story(export->source, out);
	fprintf(out,
		" *\n"
		" * An outcome is what the trace pins, else what the law says. Every call is also "
		"compared in all\n"
		" * that a replay compares; harness/check/session.h has the calls.\n");
	if (export->fault && *export->fault)
		fprintf(out, " * A build with planted faults runs with %s, and fails.\n",
			export->fault);
	put_end(export, out);
	fprintf(out, " *\n"
		     " * cc -std=gnu11 -I. THIS.c -Wl,--start-group build/libsvafuzz_plain_*.a "
		     "-Wl,--end-group -lcmocka\n"
		     " */\n");
}

/* Start. */

static void put_topology(const struct trace_header *header, FILE *out)
{
	static char text[TRACE_TEXT_MAX];
	const char *line = text;

	trace_format_header(header, text, sizeof(text));
	fputs("static const char topology[] =", out);
	while (*line) {
		size_t size = strcspn(line, "\n");

		fprintf(out, "%s\"%.*s\\n\"", line == text ? " " : "\n\t\t\t       ", (int)size,
			line);
		line += size;
		line += *line == '\n';
	}
	fprintf(out, ";\n");
}

static const char *cache_constant(enum smmu_cache_mode cache)
{
	switch (cache) {
	case SMMU_CACHE_NONE:
		return "SMMU_CACHE_NONE";
	case SMMU_CACHE_EXACT:
		return "SMMU_CACHE_EXACT";
	default:
		return "SMMU_CACHE_WORST";
	}
}

static void put_start(const struct export *export, FILE *out)
{
	const struct check_config *config = &export->config;

	fprintf(out, "static struct session *start(void)\n{\n"
		     "\tstruct check_config config = check_default_config();\n"
		     "\tstruct error error = {0};\n"
		     "\tstruct session *s;\n\n");
	fprintf(out, "\tconfig.driver = \"%s\";\n\tconfig.smmu = \"%s\";\n\tconfig.cache = %s;\n",
		config->driver, config->smmu, cache_constant(config->cache));
	if (config->depth == CHECK_ALL)
		fprintf(out, "\tconfig.depth = CHECK_ALL;\n");
	if (export->fault && *export->fault)
		fprintf(out, "\tif (check_has_faults())\n\t\tconfig.fault = \"%s\";\n",
			export->fault);
	fprintf(out, "\ts = session_start_with(&config, topology, &error);\n"
		     "\tif (!s)\n"
		     "\t\tfail_msg(\"%%s\", error.text);\n"
		     "\treturn s;\n}\n\n");
}

/* Calls. */

/* Operands that are a number, and what stands around it. */
#define AT(member) offsetof(struct trace_op, member)
static const struct {
	const char *before, *after;
	uint8_t offset;
} numbers[TRACE_NUM_FIELDS] = {
	[TRACE_FIELD_DEVICE] = {"d(", ")", AT(device)},
	[TRACE_FIELD_MDEV] = {"m(", ")", AT(device)},
	[TRACE_FIELD_VM] = {"v(", ")", AT(max)},
	[TRACE_FIELD_PROCESS] = {"p(", ")", AT(process)},
	[TRACE_FIELD_CHILD] = {"p(", ")", AT(child)},
	[TRACE_FIELD_PAGES] = {"", "", AT(pages)},
	[TRACE_FIELD_PASID] = {"pasid(", ")", AT(pasid)},
	[TRACE_FIELD_PASID_OPT] = {"pasid(", ")", AT(pasid)},
	[TRACE_FIELD_WRITTEN] = {"pasid(", ")", AT(pasid)},
	[TRACE_FIELD_MIN] = {"", "", AT(pasid)},
	[TRACE_FIELD_MAX] = {"", "", AT(max)},
	[TRACE_FIELD_NTH] = {"", "", AT(pasid)},
};
#undef AT

static void put_word(FILE *out, bool second, const char *first_word, const char *second_word)
{
	fputs(second ? second_word : first_word, out);
}

static void put_operand(const struct trace_op *op, unsigned field, FILE *out)
{
	fputs(", ", out);
	switch (field) {
	case TRACE_FIELD_DOMAIN:
		fprintf(out, "domain('%c')", 'A' + op->process);
		return;
	case TRACE_FIELD_VA:
	case TRACE_FIELD_TO:
		fprintf(out, "0x%" PRIx64,
			trace_slot_va(field == TRACE_FIELD_VA ? op->slot : op->to));
		return;
	case TRACE_FIELD_PROT:
		put_word(out, op->prot & REF_WRITE, "READ_ONLY", "READ_WRITE");
		return;
	case TRACE_FIELD_RW:
		put_word(out, op->prot, "DMA_READ", "DMA_WRITE");
		return;
	case TRACE_FIELD_FEATURE:
		put_word(out, op->prot, "FEATURE_SVA", "FEATURE_IOPF");
		return;
	case TRACE_FIELD_NOPASID:
		put_word(out, op->has_pasid, "false", "true");
		return;
	case TRACE_FIELD_FEATURES:
	case TRACE_FIELD_OPCODE:
		fprintf(out, "0x%x", op->child);
		return;
	default:
		break;
	}
	if ((field == TRACE_FIELD_PASID_OPT || field == TRACE_FIELD_WRITTEN) && !op->has_pasid) {
		fputs("no_pasid()", out);
		return;
	}
	CHECK(numbers[field].before, "operand %u has no form in C", field);
	fprintf(out, "%s%u%s", numbers[field].before, ((const uint8_t *)op)[numbers[field].offset],
		numbers[field].after);
}

/* The short form of a call that has one: nothing of what may be left out is there. */
static bool is_short(const struct trace_op *op)
{
	if (op->code == TRACE_OP_BIND)
		return !op->child && !op->has_pasid;
	return op->code == TRACE_OP_INIT && !op->child && !op->pasid && !op->max;
}

static void format_call(const struct trace_op *op, char *buffer, size_t size)
{
	const struct trace_op_info *info = &trace_op_info[op->code];
	bool has_short = op->code == TRACE_OP_BIND || op->code == TRACE_OP_INIT;
	unsigned count = info->num_operands;
	FILE *out = fmemopen(buffer, size, "w");

	CHECK(out, "no memory for a stream");
	if (is_short(op))
		count = op->code == TRACE_OP_BIND ? 2 : 1;
	fputs("session_", out);
	for (const char *letter = info->text; *letter; letter++)
		fputc(*letter == '-' ? '_' : *letter, out);
	fprintf(out, "%s(s", has_short && !is_short(op) ? "_with" : "");
	for (unsigned i = 0; i < count; i++)
		put_operand(op, info->operand[i], out);
	fputc(')', out);
	CHECK(!fclose(out), "a call longer than %zu", size);
}

static void put_call(const struct export *export, unsigned index, FILE *out)
{
	static const char head[] = "assert_outcome(";
	const char *words = export->outcome[index];
	char call[CALL_MAX];

	format_call(&export->trace.op[index], call, sizeof(call));
	if (!*words)
		fprintf(out, "\t%s;\n", call);
	else if (TAB + strlen(head) + strlen(call) + strlen(", \"\");") + strlen(words) <= COLUMNS)
		fprintf(out, "\t%s%s, \"%s\");\n", head, call, words);
	else
		fprintf(out, "\t%s%s,\n\t\t       \"%s\");\n", head, call, words);
}

static void put_calls(const struct export *export, FILE *out)
{
	bool said = false;

	for (unsigned i = 0; i < export->trace.num_ops; i++) {
		if (!*export->outcome[i] && !said) {
			fprintf(out,
				"\t/* The run that this was written from ended here: only pins "
				"are stated below. */\n");
			said = true;
		}
		put_call(export, i, out);
	}
}

void export_c(const struct export *export, FILE *out)
{
	char name[128];

	test_name(export->path, name, sizeof(name));
	put_comment(export, out);
	fprintf(out, "#include \"harness/check/session.h\"\n\n"
		     "#include <setjmp.h>\n#include <stdarg.h>\n"
		     "/* cmocka wants setjmp.h and stdarg.h above it. */\n#include <cmocka.h>\n\n");
	put_topology(&export->trace.header, out);
	fputc('\n', out);
	put_start(export, out);
	fprintf(out,
		"static void %s(void **state)\n{\n\tstruct session *s = start();\n\n\t(void)state;\n",
		name);
	put_calls(export, out);
	fprintf(out, "\tassert_no_divergence(s);\n\tsession_end(s);\n}\n\n");
	fprintf(out,
		"int main(void)\n{\n\tconst struct CMUnitTest tests[] = {\n\t\tcmocka_unit_test(%s),\n"
		"\t};\n\n\treturn cmocka_run_group_tests(tests, NULL, NULL);\n}\n",
		name);
}
