/* SPDX-License-Identifier: MIT */
/* How operands and pins are written: the one table that parser and formatter share. */
#include "internal.h"

#define AT(member) offsetof(struct trace_op, member)

/* clang-format off */
#define BARE(VALUE, member) \
	{.shape = TRACE_SHAPE_BARE, .value = TRACE_VALUE_##VALUE, .offset = AT(member), .required = true}
#define KEY(VALUE, member, word, lo, hi) \
	.shape = TRACE_SHAPE_KEY, .value = TRACE_VALUE_##VALUE, .offset = AT(member), .key = word, \
	.min = lo, .max = hi

const struct trace_syntax trace_syntax[TRACE_NUM_FIELDS] = {
	[TRACE_FIELD_DEVICE]    = BARE(DEVICE, device),
	[TRACE_FIELD_DOMAIN]    = BARE(DOMAIN, process),
	[TRACE_FIELD_PROCESS]   = BARE(PROCESS, process),
	[TRACE_FIELD_CHILD]     = BARE(PROCESS, child),
	[TRACE_FIELD_VA]        = BARE(PAGE, slot),
	[TRACE_FIELD_TO]        = {KEY(PAGE, to, "to", 0, 0), .required = true},
	[TRACE_FIELD_PAGES]     = {KEY(NUMBER, pages, "pages", 1, TRACE_MAX_PAGES), .absent = 1},
	[TRACE_FIELD_PROT]      = BARE(PROT, prot),
	[TRACE_FIELD_RW]        = BARE(RW, prot),
	[TRACE_FIELD_PASID]     = {KEY(NUMBER, pasid, "pasid", 0, 255), .required = true},
	[TRACE_FIELD_PASID_OPT] = {KEY(NUMBER, pasid, "pasid", 0, 255)},
	[TRACE_FIELD_FEATURES]  = {KEY(HEX, child, "features", 0, 255)},
	[TRACE_FIELD_MIN]       = {KEY(NUMBER, pasid, "min", 0, 255)},
	[TRACE_FIELD_MAX]       = {KEY(NUMBER, max, "max", 0, 255)},
	[TRACE_FIELD_NOPASID]   = {.shape = TRACE_SHAPE_FLAG, .offset = AT(has_pasid),
				   .key = "no-pasid-pointer"},
	[TRACE_FIELD_OPCODE]    = {KEY(HEX, child, "opcode", 0, 255), .required = true},
	[TRACE_FIELD_NTH]       = {KEY(NUMBER, pasid, "nth", 1, TRACE_MAX_NTH), .required = true},
	[TRACE_FIELD_FEATURE]   = BARE(FEATURE, prot),
	[TRACE_FIELD_MDEV]      = BARE(MDEV, device),
	[TRACE_FIELD_VM]        = BARE(VM, max),
	[TRACE_FIELD_WRITTEN]   = {KEY(NUMBER, pasid, "pasid", 0, 255)},
};

const struct trace_pin_syntax trace_pin_syntax[TRACE_NUM_PINS] = {
	[TRACE_PIN_OK]          = {TRACE_PIN_PLAIN, "ok", NULL},
	[TRACE_PIN_PASID]       = {TRACE_PIN_NUMBER, "pasid", NULL},
	[TRACE_PIN_VALUE]       = {TRACE_PIN_NUMBER, NULL, "pages"},
	[TRACE_PIN_ERROR]       = {TRACE_PIN_ERRNO, NULL, NULL},
	[TRACE_PIN_TRANSLATION] = {TRACE_PIN_PLAIN, "fault", "translation"},
	[TRACE_PIN_PERMISSION]  = {TRACE_PIN_PLAIN, "fault", "permission"},
	[TRACE_PIN_NO_PASID]    = {TRACE_PIN_PLAIN, "fault", "pasid"},
	[TRACE_PIN_ABORT]       = {TRACE_PIN_PLAIN, "abort", NULL},
	[TRACE_PIN_BUS]         = {TRACE_PIN_PLAIN, "bus", NULL},
	[TRACE_PIN_ATS]         = {TRACE_PIN_RIGHTS, "ats", NULL},
	[TRACE_PIN_SKIPPED]     = {TRACE_PIN_PLAIN, "skipped", NULL},
};
/* clang-format on */

const char *const trace_policy_name[TRACE_NUM_POLICIES] = {
	[TRACE_POLICY_IO_MM] = "io_mm",
	[TRACE_POLICY_LINUX_6_1] = "linux-6.1",
	[TRACE_POLICY_LINUX_6_12] = "linux-6.12",
};

enum trace_policy trace_policy_find(const char *name)
{
	unsigned policy = 0;

	while (policy < TRACE_NUM_POLICIES && strcmp(name, trace_policy_name[policy]) != 0)
		policy++;
	return (enum trace_policy)policy;
}
