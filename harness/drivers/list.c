/* SPDX-License-Identifier: MIT */
/* The drivers that this build has. */
#include "driver.h"

#include "iomm/iomm.h"

#include <string.h>

static const struct driver_ops *const drivers[] = {
	&iomm_driver_ops,
	NULL,
};

const struct driver_ops *const *driver_list(void)
{
	return drivers;
}

struct driver *driver_find(const char *name)
{
	if (strcmp(name, iomm_driver_ops.name) == 0)
		return iomm_driver_get();
	return NULL;
}
