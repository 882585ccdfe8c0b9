/* SPDX-License-Identifier: MIT */
/* The drivers that this build has. */
#include "driver.h"

#include "iomm/iomm.h"
#if defined(SVAFUZZ_HAVE_LINUX_6_12) || defined(SVAFUZZ_HAVE_LINUX_6_1)
#include "linux/linux.h"
#endif

#include <string.h>

static const struct driver_ops *const drivers[] = {
	&iomm_driver_ops,
#ifdef SVAFUZZ_HAVE_LINUX_6_12
	&linux_6_12_driver_ops,
#endif
#ifdef SVAFUZZ_HAVE_LINUX_6_1
	&linux_6_1_driver_ops,
#endif
	NULL,
};

/* Drivers that are built from source which is not in the tree. */
static const struct {
	const char *name, *missing;
} optional[] = {
	{"linux-6.12", "this build has no driver linux-6.12: run scripts/fuzz --driver linux-6.12 "
		       "(needs clang and the Debian package linux-source-6.12)"},
	{"linux-6.1", "this build has no driver linux-6.1: run scripts/fuzz --driver linux-6.1 "
		      "(needs clang and the Debian package linux-source-6.1)"},
};

const struct driver_ops *const *driver_list(void)
{
	return drivers;
}

struct driver *driver_find(const char *name)
{
	if (strcmp(name, iomm_driver_ops.name) == 0)
		return iomm_driver_get();
#ifdef SVAFUZZ_HAVE_LINUX_6_12
	if (strcmp(name, linux_6_12_driver_ops.name) == 0)
		return linux_6_12_driver_get();
#endif
#ifdef SVAFUZZ_HAVE_LINUX_6_1
	if (strcmp(name, linux_6_1_driver_ops.name) == 0)
		return linux_6_1_driver_get();
#endif
	return NULL;
}

const char *driver_missing(const char *name)
{
	if (driver_find(name))
		return NULL;
	for (unsigned i = 0; i < ARRAY_SIZE(optional); i++)
		if (strcmp(name, optional[i].name) == 0)
			return optional[i].missing;
	return NULL;
}
