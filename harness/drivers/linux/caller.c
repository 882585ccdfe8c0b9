// SPDX-License-Identifier: GPL-2.0-only
/*
 * The callers of the API: one device driver for each device, and what it must remember to give
 * back. Handles count references in the kernel; here is whose they are. The calls of one kind are
 * those of a driver in the kernel's tree: uacce for SVA, VFIO for domains.
 */
#include "linux.h"

#include <errno.h>
#include <string.h>

void linux_caller_reset(struct linux_caller *caller)
{
	memset(caller, 0, sizeof(*caller));
	memset(caller->pasid_domain, WORLD_NONE, sizeof(caller->pasid_domain));
	memset(caller->group_domain, WORLD_NONE, sizeof(caller->group_domain));
}

/* Features. */

int linux_enable(struct driver *driver, unsigned device, enum driver_feature feature)
{
	struct linux_driver *drv = linux_of(driver);
	int error;

	if (!linux_present(drv, device))
		return -ENODEV;
	linux_enter(drv);
	error = drv->image->enable(device, (enum linux_feature)feature);
	linux_leave(drv);
	if (!error)
		drv->caller.enabled[device][feature] = true;
	return error;
}

int linux_disable(struct driver *driver, unsigned device, enum driver_feature feature)
{
	struct linux_driver *drv = linux_of(driver);
	int error;

	if (!linux_present(drv, device)) /* iommu_dev_disable_feature(): no driver that has it */
		return drv->group[device] == WORLD_NONE ? -EBUSY : -ENODEV;
	linux_enter(drv);
	error = drv->image->disable(device, (enum linux_feature)feature);
	linux_leave(drv);
	if (!error)
		drv->caller.enabled[device][feature] = false;
	return error;
}

/* uacce_enable_sva(); IOPF only where it is asked for. */
int linux_sva_init(struct driver *driver, unsigned device, unsigned features, unsigned min_pasid,
		   unsigned max_pasid)
{
	bool iopf = features & 1;
	int error = iopf ? linux_enable(driver, device, DRIVER_FEATURE_IOPF) : 0;

	(void)min_pasid; /* the limits are the kernel's business */
	(void)max_pasid;
	if (error)
		return error;
	error = linux_enable(driver, device, DRIVER_FEATURE_SVA);
	if (error && iopf)
		linux_disable(driver, device, DRIVER_FEATURE_IOPF);
	return error;
}

/* uacce_disable_sva(). */
int linux_sva_shutdown(struct driver *driver, unsigned device)
{
	int error = linux_disable(driver, device, DRIVER_FEATURE_SVA);

	if (error || !linux_of(driver)->caller.enabled[device][DRIVER_FEATURE_IOPF])
		return error;
	return linux_disable(driver, device, DRIVER_FEATURE_IOPF);
}

/* Bonds. */

static struct linux_ref *find_handle(struct linux_caller *caller, unsigned device,
				     const void *handle)
{
	for (unsigned i = 0; i < LINUX_MAX_REFS; i++)
		if (caller->ref[i].handle == handle && (!handle || caller->ref[i].device == device))
			return &caller->ref[i];
	return NULL;
}

static void remember(struct linux_driver *drv, unsigned device, unsigned mm, unsigned pasid,
		     void *handle)
{
	struct linux_ref *ref = find_handle(&drv->caller, device, handle);

	if (!ref) {
		ref = find_handle(&drv->caller, device, NULL);
		CHECK(ref, "more handles than devices and address spaces");
		*ref = (struct linux_ref){.handle = handle,
					  .device = (uint8_t)device,
					  .mm = (uint8_t)mm,
					  .pasid = (uint16_t)pasid};
	}
	ref->refs++;
}

int linux_bind(struct driver *driver, unsigned device, unsigned mm, unsigned flags, unsigned *pasid,
	       uint64_t *handle)
{
	struct linux_driver *drv = linux_of(driver);
	void *sva = NULL;
	unsigned got = 0;
	int error;

	(void)flags; /* iommu_sva_bind_device() has none */
	*handle = 0;
	if (!linux_present(drv, device))
		return -ENODEV;
	error = linux_space_get(drv, mm);
	if (error)
		return error;
	linux_enter(drv);
	error = drv->image->bind(device, mm, &sva, &got);
	linux_leave(drv);
	if (error)
		return error;
	if (!sva)
		world_bug(drv->world, "a bind succeeds without a handle");
	remember(drv, device, mm, got, sva);
	*handle = linux_memory_name(&drv->memory, sva);
	if (pasid)
		*pasid = got;
	return 0;
}

static void put(struct linux_driver *drv, struct linux_ref *ref)
{
	void *handle = ref->handle;

	if (--ref->refs == 0)
		ref->handle = NULL;
	linux_enter(drv);
	drv->image->unbind(handle);
	linux_leave(drv);
}

int linux_unbind(struct driver *driver, unsigned device, unsigned pasid)
{
	struct linux_driver *drv = linux_of(driver);

	for (unsigned i = 0; i < LINUX_MAX_REFS; i++) {
		struct linux_ref *ref = &drv->caller.ref[i];

		if (!ref->handle || ref->device != device || ref->pasid != pasid)
			continue;
		put(drv, ref);
		return 0;
	}
	return linux_present(drv, device) ? -ESRCH : -ENODEV; /* nothing to pass */
}

void linux_unbind_all(struct driver *driver, unsigned device)
{
	struct linux_driver *drv = linux_of(driver);

	for (unsigned i = 0; i < LINUX_MAX_REFS; i++) {
		struct linux_ref *ref = &drv->caller.ref[i];

		while (ref->handle && ref->device == device)
			put(drv, ref);
	}
}

/* Domains. */

/* The group has a default domain, which is the trace's identity domain. */
static unsigned image_domain(const struct linux_driver *drv, unsigned domain)
{
	return drv->domain[domain].stage1 ? domain : (unsigned)LINUX_DEFAULT_DOMAIN;
}

int linux_attach(struct driver *driver, unsigned device, unsigned domain)
{
	struct linux_driver *drv = linux_of(driver);
	int error;

	if (!linux_present(drv, device))
		return -ENODEV;
	linux_enter(drv);
	error = drv->image->attach(device, image_domain(drv, domain));
	linux_domain_roots(drv);
	linux_leave(drv);
	if (!error)
		drv->caller.group_domain[drv->group[device]] =
			drv->domain[domain].stage1 ? (uint8_t)domain : WORLD_NONE;
	return error;
}

int linux_detach(struct driver *driver, unsigned device)
{
	struct linux_driver *drv = linux_of(driver);

	if (!linux_present(drv, device))
		return -ENODEV;
	linux_enter(drv);
	drv->image->detach(device);
	linux_leave(drv);
	drv->caller.group_domain[drv->group[device]] = WORLD_NONE;
	return 0;
}

int linux_attach_pasid(struct driver *driver, unsigned device, unsigned domain, unsigned pasid)
{
	struct linux_driver *drv = linux_of(driver);
	int error;

	/* An identity domain has no set_dev_pasid(), and 6.1 no iommu_attach_device_pasid(). */
	if (!drv->domain[domain].stage1 || !strcmp(drv->image->policy, "linux-6.1"))
		return -EOPNOTSUPP;
	if (!linux_present(drv, device))
		return -ENODEV;
	linux_enter(drv);
	error = drv->image->attach_pasid(device, domain, pasid);
	linux_domain_roots(drv);
	linux_leave(drv);
	if (!error && pasid < LINUX_MAX_PASIDS)
		drv->caller.pasid_domain[device][pasid] = (uint8_t)domain;
	return error;
}

void linux_detach_pasid(struct driver *driver, unsigned device, unsigned domain, unsigned pasid)
{
	struct linux_driver *drv = linux_of(driver);

	if (!linux_present(drv, device) || !drv->domain[domain].stage1)
		return;
	linux_enter(drv);
	drv->image->detach_pasid(device, domain, pasid);
	linux_leave(drv);
	if (pasid < LINUX_MAX_PASIDS)
		drv->caller.pasid_domain[device][pasid] = WORLD_NONE;
}

int linux_claim(struct driver *driver, unsigned device)
{
	struct linux_driver *drv = linux_of(driver);
	unsigned asids;
	int error;

	if (!linux_present(drv, device))
		return -ENODEV;
	linux_enter(drv);
	asids = drv->image->usage().asids;
	error = drv->image->claim(device);
	asids = drv->image->usage().asids - asids;
	linux_leave(drv);
	drv->caller.claim_asids[drv->group[device]] += (uint8_t)asids;
	if (!error)
		drv->caller.claimed[drv->group[device]] = true;
	return error;
}

void linux_power_off(struct driver *driver)
{
	struct linux_driver *drv = linux_of(driver);

	linux_enter(drv);
	for (unsigned i = 0; i < LINUX_MAX_SMMUS; i++)
		if (drv->smmu[i])
			drv->image->smmu_shutdown(i);
	linux_leave(drv);
}

void linux_release(struct driver *driver, unsigned device)
{
	struct linux_driver *drv = linux_of(driver);

	if (!linux_present(drv, device))
		return;
	linux_enter(drv);
	drv->image->release(device);
	linux_leave(drv);
	drv->caller.claimed[drv->group[device]] = false;
}

/* The end of a device. */

static bool last_of_group(const struct linux_driver *drv, unsigned device)
{
	for (unsigned i = 0; i < LINUX_MAX_DEVICES; i++)
		if (i != device && linux_present(drv, i) && drv->group[i] == drv->group[device])
			return false;
	return true;
}

/* remove() of the device's driver: all that it has taken. The last one of a group also ends what the
 * group has: where it is, and whose it is. */
static void give_back(struct linux_driver *drv, unsigned device)
{
	struct linux_caller *caller = &drv->caller;
	struct driver *driver = &drv->base;

	linux_unbind_all(driver, device);
	for (unsigned pasid = 0; pasid < LINUX_MAX_PASIDS; pasid++)
		if (caller->pasid_domain[device][pasid] != WORLD_NONE)
			linux_detach_pasid(driver, device, caller->pasid_domain[device][pasid],
					   pasid);
	if (caller->enabled[device][DRIVER_FEATURE_SVA])
		linux_disable(driver, device, DRIVER_FEATURE_SVA);
	if (caller->enabled[device][DRIVER_FEATURE_IOPF])
		linux_disable(driver, device, DRIVER_FEATURE_IOPF);
	if (!last_of_group(drv, device))
		return;
	if (caller->group_domain[drv->group[device]] != WORLD_NONE)
		linux_detach(driver, device);
	if (caller->claimed[drv->group[device]])
		linux_release(driver, device);
}

void linux_unplug(struct driver *driver, unsigned device)
{
	struct linux_driver *drv = linux_of(driver);

	if (!linux_present(drv, device))
		return;
	give_back(drv, device);
	linux_enter(drv);
	drv->image->device_remove(device);
	linux_leave(drv);
	if (last_of_group(drv, device))
		drv->caller.claim_asids[drv->group[device]] = 0;
	drv->present &= (uint8_t) ~(1u << device);
}
