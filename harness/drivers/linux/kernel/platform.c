// SPDX-License-Identifier: GPL-2.0-only
/* The platform bus: one driver, that of the SMMU, and what its devices have. */
#include "machine.h"

struct platform_driver *shim_smmu_driver;

int __platform_driver_register(struct platform_driver *drv, struct module *owner)
{
	drv->driver.owner = owner;
	drv->driver.bus = &platform_bus_type;
	shim_smmu_driver = drv;
	return 0;
}

void platform_driver_unregister(struct platform_driver *drv)
{
	shim_smmu_driver = NULL;
}

struct resource *platform_get_resource(struct platform_device *pdev, unsigned int type,
				       unsigned int num)
{
	for (u32 i = 0; i < pdev->num_resources; i++) {
		struct resource *res = &pdev->resource[i];

		if (resource_type(res) == type && num-- == 0)
			return res;
	}
	return NULL;
}

int platform_get_irq_byname_optional(struct platform_device *pdev, const char *name)
{
	static const char *const wires[SHIM_WIRES] = {
		[SHIM_WIRE_EVTQ] = "eventq",
		[SHIM_WIRE_PRIQ] = "priq",
		[SHIM_WIRE_GERROR] = "gerror",
	};

	for (unsigned int i = 0; i < SHIM_WIRES; i++)
		if (!strcmp(name, wires[i]))
			return shim_irq(pdev->id, i);
	return -ENXIO;
}
