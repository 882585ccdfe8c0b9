/* SPDX-License-Identifier: MIT */
/* The tables of the trace language, made from ops.def and fields.def, and its fixed numbers. */
#include "internal.h"

#include <errno.h>

/* EACH(M, a, b, ...) is M(a) M(b) ..., for one to six operands. */
#define PASTE_(a, b)			 a##b
#define PASTE(a, b)			 PASTE_(a, b)
#define COUNT_(a, b, c, d, e, f, n, ...) n
#define COUNT(...)			 COUNT_(__VA_ARGS__, 6, 5, 4, 3, 2, 1, 0)
#define EACH_1(M, a)			 M(a)
#define EACH_2(M, a, ...)		 M(a) EACH_1(M, __VA_ARGS__)
#define EACH_3(M, a, ...)		 M(a) EACH_2(M, __VA_ARGS__)
#define EACH_4(M, a, ...)		 M(a) EACH_3(M, __VA_ARGS__)
#define EACH_5(M, a, ...)		 M(a) EACH_4(M, __VA_ARGS__)
#define EACH_6(M, a, ...)		 M(a) EACH_5(M, __VA_ARGS__)
#define EACH(M, ...)			 PASTE(EACH_, COUNT(__VA_ARGS__))(M, __VA_ARGS__)

#define PLUS_ONE(field) +1
#define FIELD_ID(field) TRACE_FIELD_##field,
#define FIELD_OR(field) | TRACE_USES(field)
#define NUM_FIELDS(...) 0 EACH(PLUS_ONE, __VA_ARGS__)
#define FIELD_IDS(...)	EACH(FIELD_ID, __VA_ARGS__)
#define FIELD_SET(...)	0 EACH(FIELD_OR, __VA_ARGS__)

const struct trace_op_info trace_op_info[TRACE_NUM_OPS] = {
#define OP(id, text, operands, weight, doc)                                                        \
	[TRACE_OP_##id] = {text, doc, weight, NUM_FIELDS operands, {FIELD_IDS operands}},
#include "ops.def"
#undef OP
};

const uint32_t trace_op_uses[TRACE_NUM_OPS] = {
#define OP(id, text, operands, weight, doc) [TRACE_OP_##id] = FIELD_SET operands,
#include "ops.def"
#undef OP
};

const struct trace_field_info trace_field_info[TRACE_NUM_FIELDS] = {
	[TRACE_FIELD_NONE] = {"", "", ""},
#define FIELD(id, text, doc) [TRACE_FIELD_##id] = {#id, text, doc},
#include "fields.def"
#undef FIELD
};

_Static_assert(TRACE_NUM_FIELDS <= 32, "a set of fields is a uint32_t");
_Static_assert(TRACE_NUM_OPS <= 256, "an op code is a byte");

/* Each window but the first has four pages below and four above a boundary of a table level. */
static const uint64_t window_base[TRACE_WINDOWS] = {
	0x10000,
	0x1fc000,
	0x3fffc000,
	0x7fffffc000,
};

uint64_t trace_slot_va(unsigned slot)
{
	slot %= TRACE_SPACE_PAGES;
	return window_base[slot / TRACE_WINDOW_PAGES] +
	       (uint64_t)(slot % TRACE_WINDOW_PAGES) * TRACE_PAGE_SIZE;
}

int trace_va_slot(uint64_t va)
{
	uint64_t window;

	if (va % TRACE_PAGE_SIZE)
		return -1;
	for (window = 0; window < TRACE_WINDOWS; window++) {
		uint64_t page = (va - window_base[window]) / TRACE_PAGE_SIZE;

		if (va >= window_base[window] && page < TRACE_WINDOW_PAGES)
			return (int)(window * TRACE_WINDOW_PAGES + page);
	}
	return -1;
}

/* Zero bytes decode to this: two devices share domain A, a third one is alone in B. */
const struct trace_header trace_header_base = {
	.policies = TRACE_DEFAULT_POLICIES,
	.ssid_bits = TRACE_DEFAULT_SSID_BITS,
	.asid_bits = TRACE_DEFAULT_ASID_BITS,
	.ats = 1,
	.num_devices = 3,
	.num_domains = 2,
	.processes = 0x03,
	.device =
		{
			{.rid_dev = 1,
			 .pasid_bits = 4,
			 .ats = 1,
			 .streams = 1,
			 .group = 0,
			 .domain = 0,
			 .sva = 1},
			{.rid_dev = 2,
			 .pasid_bits = 4,
			 .ats = 1,
			 .streams = 1,
			 .group = 1,
			 .domain = 0,
			 .sva = 1},
			{.rid_dev = 3,
			 .pasid_bits = 4,
			 .ats = 0,
			 .streams = 1,
			 .group = 2,
			 .domain = 1,
			 .sva = 1},
			{.rid_dev = 4,
			 .pasid_bits = 4,
			 .ats = 1,
			 .streams = 1,
			 .group = 3,
			 .domain = 1,
			 .sva = 1},
		},
	.mdev = {{.parent = 0}, {.parent = 0}, {.parent = 1}, {.parent = 0}},
	.vm = {{.device = 2, .processes = 0x30}, {.device = 3, .processes = 0xc0}},
};

struct trace_header trace_default_header(void)
{
	struct trace_header header = trace_header_base;

	trace_normalize_header(&header);
	return header;
}

/* The errnos that rules of the bind API name, and what the drivers below may pass through. */
static const struct trace_errno {
	uint8_t error;
	const char *name;
} errno_table[] = {
	{EPERM, "-EPERM"},	   {ENOENT, "-ENOENT"},
	{ESRCH, "-ESRCH"},	   {EIO, "-EIO"},
	{ENXIO, "-ENXIO"},	   {E2BIG, "-E2BIG"},
	{EAGAIN, "-EAGAIN"},	   {ENOMEM, "-ENOMEM"},
	{EACCES, "-EACCES"},	   {EFAULT, "-EFAULT"},
	{EBUSY, "-EBUSY"},	   {EEXIST, "-EEXIST"},
	{ENODEV, "-ENODEV"},	   {EINVAL, "-EINVAL"},
	{ENOSPC, "-ENOSPC"},	   {EDOM, "-EDOM"},
	{ERANGE, "-ERANGE"},	   {ENOSYS, "-ENOSYS"},
	{EOVERFLOW, "-EOVERFLOW"}, {EOPNOTSUPP, "-EOPNOTSUPP"},
	{ETIMEDOUT, "-ETIMEDOUT"},
};

#define TEN(tens)                                                                                  \
	"-errno " tens "0", "-errno " tens "1", "-errno " tens "2", "-errno " tens "3",            \
		"-errno " tens "4", "-errno " tens "5", "-errno " tens "6", "-errno " tens "7",    \
		"-errno " tens "8", "-errno " tens "9"

/* Literals, because a name that is handed out needs a place to stand. */
static const char *const errno_number[] = {
	TEN(""),   TEN("1"),  TEN("2"),	 TEN("3"),  TEN("4"),  TEN("5"),  TEN("6"),
	TEN("7"),  TEN("8"),  TEN("9"),	 TEN("10"), TEN("11"), TEN("12"), TEN("13"),
	TEN("14"), TEN("15"), TEN("16"), TEN("17"), TEN("18"), TEN("19"), TEN("20"),
	TEN("21"), TEN("22"), TEN("23"), TEN("24"), TEN("25"),
};

const char *trace_errno_name(int error)
{
	unsigned number = error < 0 ? 0u - (unsigned)error : (unsigned)error;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(errno_table); i++) {
		if (errno_table[i].error == number)
			return errno_table[i].name;
	}
	return number < ARRAY_SIZE(errno_number) ? errno_number[number] : "-errno above 259";
}

int trace_errno_number(const char *name, size_t size)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(errno_table); i++) {
		if (strlen(errno_table[i].name) == size && !memcmp(errno_table[i].name, name, size))
			return errno_table[i].error;
	}
	return 0;
}
