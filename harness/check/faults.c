/* SPDX-License-Identifier: MIT */
/* The planted faults of all rooms, in one list. */
#include "check.h"

#ifdef SVAFUZZ_FAULTS
#define CRASH_semantic false
#define CRASH_crash    true

const struct check_fault check_faults[] = {
#define FAULT(id, name, rule, kind, text) {"iomm-" name, rule, text, CRASH_##kind},
#include "../drivers/iomm/faults.def"
#undef FAULT
#define FAULT(id, name, rule, kind, text) {"owner-" name, rule, text, CRASH_##kind},
#include "../owners/faults.def"
#undef FAULT
#define FAULT(id, name, rule, kind, text) {"smmu-" name, rule, text, CRASH_##kind},
#include "../../models/smmuv3/faults.def"
#undef FAULT
};
const unsigned check_num_faults = ARRAY_SIZE(check_faults);

bool check_has_faults(void)
{
	return true;
}
#else
const struct check_fault check_faults[1];
const unsigned check_num_faults;

bool check_has_faults(void)
{
	return false;
}
#endif
