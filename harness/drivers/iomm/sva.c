/* SPDX-License-Identifier: MIT */
/*
 * The bind API (A-11 .. A-29), v2: error codes in the documented order. A group's mutex keeps its
 * devices, their domain and their sva_param still; bonds change under the SVA spinlock.
 */
#include "iomm.h"

#include <stdlib.h>

/* what device and SMMU can both express. */
static unsigned hw_max_pasid(const struct iomm_driver *drv, const struct iomm_device *dev)
{
	unsigned bits = dev->pasid_bits < drv->ssid_bits ? dev->pasid_bits : drv->ssid_bits;

	return (1u << bits) - 1;
}

static int init_locked(struct iomm_driver *drv, struct iomm_device *dev, struct iomm_sva sva)
{
	unsigned limit = hw_max_pasid(drv, dev);

	if (dev->domain == WORLD_NONE)
		return -ENODEV; /* */
	if (sva.features & ~(unsigned)IOMM_FEAT_IOPF)
		return -EINVAL; /* */
	if (dev->sva)
		return IOMM_FAULT(drv, init_twice_ok) ? 0 : -EEXIST; /* */
	if (!limit)
		return -EINVAL;
	/* Entry 0 is the private table's. */
	if (sva.min_pasid < 1 && !IOMM_FAULT(drv, entry_zero_handed_out))
		sva.min_pasid = 1;
	if (!sva.max_pasid || sva.max_pasid > limit)
		sva.max_pasid = limit;
	dev->sva = world_alloc(drv->world, sizeof(*dev->sva), false);
	if (!dev->sva)
		return -ENOMEM;
	*dev->sva = sva;
	return 0;
}

int iomm_sva_init(struct driver *driver, unsigned device, unsigned features, unsigned min_pasid,
		  unsigned max_pasid)
{
	struct iomm_driver *drv = iomm_of(driver);
	struct iomm_device *dev = iomm_device_of(drv, device);
	struct iomm_sva sva = {features, min_pasid, max_pasid};
	int error;

	if (!dev)
		return -ENODEV;
	world_lock(drv->world, &drv->group_lock[dev->group]);
	error = init_locked(drv, dev, sva);
	world_unlock(drv->world, &drv->group_lock[dev->group]);
	return error;
}

void iomm_sva_free(struct iomm_driver *drv, unsigned device)
{
	struct iomm_device *dev = &drv->device[device];

	world_free(drv->world, dev->sva, sizeof(*dev->sva));
	dev->sva = NULL;
}

/* */
int iomm_sva_shutdown(struct driver *driver, unsigned device)
{
	struct iomm_driver *drv = iomm_of(driver);
	struct iomm_device *dev = iomm_device_of(drv, device);
	int error = 0;

	if (!dev)
		return -ENODEV;
	world_lock(drv->world, &drv->group_lock[dev->group]);
	if (dev->domain == WORLD_NONE || !dev->sva) {
		error = -ENODEV;
	} else {
		if (!IOMM_FAULT(drv, shutdown_keeps_bonds))
			iomm_unbind_device(drv, device);
		iomm_sva_free(drv, device);
	}
	world_unlock(drv->world, &drv->group_lock[dev->group]);
	return error;
}

static bool in_range(const struct iomm_driver *drv, const struct iomm_sva *sva, unsigned pasid)
{
	return IOMM_FAULT(drv, bind_skips_range_check) ||
	       (pasid >= sva->min_pasid && pasid <= sva->max_pasid);
}

/* A-4 (7), (11): an io_mm that exists must suit this device; otherwise make one. */
static struct iomm_mm *get_or_alloc_mm(struct iomm_driver *drv, const struct iomm_sva *sva,
				       unsigned mm, unsigned flags, int *error)
{
	struct iomm_mm *io_mm = iomm_mm_find(drv, mm);

	if (!io_mm)
		return iomm_mm_alloc(drv, sva, mm, flags, error);
	if (io_mm->flags != flags)
		*error = -EDOM;
	else if (!in_range(drv, sva, io_mm->pasid))
		*error = -ERANGE; /* */
	else
		return io_mm;
	iomm_mm_put(io_mm);
	return NULL;
}

static bool is_bonded(struct iomm_driver *drv, unsigned device, unsigned mm)
{
	bool bonded = false;

	world_spin_lock(drv->world, &drv->sva_lock);
	for (struct iomm_mm *io_mm = drv->io_mms; io_mm; io_mm = io_mm->next)
		bonded |= io_mm->mm == mm && io_mm->bond[device];
	world_spin_unlock(drv->world, &drv->sva_lock);
	return bonded;
}

/* A-4 (3) to (5), in this order. */
static int check_bind(const struct iomm_driver *drv, const struct iomm_device *dev, unsigned flags)
{
	if (iomm_group_size(drv, dev->group) != 1)
		return -EINVAL;
	if (dev->domain == WORLD_NONE || !dev->sva)
		return -EINVAL;
	if (flags & ~dev->sva->features && !IOMM_FAULT(drv, bind_ignores_flags))
		return -EINVAL;
	return 0;
}

static int bind_locked(struct iomm_driver *drv, unsigned device, unsigned mm, unsigned flags,
		       unsigned *pasid)
{
	const struct iomm_device *dev = &drv->device[device];
	struct iomm_mm *io_mm;
	int error = check_bind(drv, dev, flags);

	if (error)
		return error;
	if (is_bonded(drv, device, mm))
		return IOMM_FAULT(drv, bind_twice_ok) ? 0 : -EEXIST; /* */
	/* of two binds of one mm, only one may make its io_mm. */
	world_lock(drv->world, &drv->mm_lock);
	io_mm = get_or_alloc_mm(drv, dev->sva, mm, flags, &error);
	world_unlock(drv->world, &drv->mm_lock);
	if (!io_mm)
		return error;
	error = iomm_bond_attach(drv, io_mm, device);
	if (!error || IOMM_FAULT(drv, bind_error_writes_pasid))
		*pasid = io_mm->pasid;
	/* a fresh io_mm goes with this put when the bond could not be made. */
	if (!error || !IOMM_FAULT(drv, alloc_failure_leaks_io_mm))
		iomm_mm_put(io_mm);
	return error;
}

int iomm_bind(struct driver *driver, unsigned device, unsigned mm, unsigned flags, unsigned *pasid,
	      uint64_t *handle)
{
	struct iomm_driver *drv = iomm_of(driver);
	struct iomm_device *dev = iomm_device_of(drv, device);
	int error;

	*handle = 0; /* bonds are named by their PASID */
	if (!pasid)
		return -EINVAL;
	if (!dev)
		return -ENODEV;
	world_lock(drv->world, &drv->group_lock[dev->group]);
	error = bind_locked(drv, device, mm, flags, pasid);
	world_unlock(drv->world, &drv->group_lock[dev->group]);
	return error;
}

struct settle {
	const struct iomm_mm *io_mm;
	unsigned device;
};

/* mm_exit of the device's owner is not running (any more). */
static bool is_settled(void *arg)
{
	const struct settle *settle = arg;
	const struct iomm_bond *bond = settle->io_mm->bond[settle->device];

	return !bond || !bond->exiting;
}

/* The caller's reference to io_mm goes too. */
static void unbind_one(struct iomm_driver *drv, struct iomm_mm *io_mm, unsigned device)
{
	struct settle settle = {io_mm, device};
	struct iomm_bond *bond;
	bool flush = io_mm->flags & IOMM_FEAT_IOPF;
	bool late = IOMM_FAULT(drv, unbind_flushes_late);

	if (IOMM_FAULT(drv, unbind_skips_flush))
		flush = false;
	/* no page request of the bond is on its way when it is touched. */
	if (flush && !late)
		world_fault_flush(drv->world, device, io_mm->pasid);
	if (!is_settled(&settle))
		world_wait(drv->world, is_settled, &settle, "mm_exit");
	world_spin_lock(drv->world, &drv->sva_lock);
	bond = io_mm->bond[device];
	if (bond)
		iomm_bond_detach(drv, bond);
	world_spin_unlock(drv->world, &drv->sva_lock);
	if (flush && late)
		world_fault_flush(drv->world, device, io_mm->pasid);
	if (bond) {
		world_free(drv->world, bond, sizeof(*bond));
		iomm_mm_put(io_mm);
	}
	iomm_mm_put(io_mm);
}

/* The device's bond with the lowest PASID that is at least `min`; its io_mm with a reference. */
static struct iomm_mm *next_bond(struct iomm_driver *drv, unsigned device, unsigned min)
{
	struct iomm_mm *io_mm;

	world_spin_lock(drv->world, &drv->sva_lock);
	io_mm = drv->io_mms;
	while (io_mm && (!io_mm->bond[device] || io_mm->pasid < min))
		io_mm = io_mm->next;
	if (io_mm)
		iomm_mm_get(io_mm);
	world_spin_unlock(drv->world, &drv->sva_lock);
	return io_mm;
}

void iomm_unbind_device(struct iomm_driver *drv, unsigned device)
{
	struct iomm_mm *io_mm;

	while ((io_mm = next_bond(drv, device, 0)))
		unbind_one(drv, io_mm, device);
}

static int unbind_locked(struct iomm_driver *drv, unsigned device, unsigned pasid)
{
	const struct iomm_device *dev = &drv->device[device];
	struct iomm_mm *io_mm;

	if (!dev->sva || dev->domain == WORLD_NONE)
		return -EINVAL;
	io_mm = next_bond(drv, device, pasid);
	if (io_mm && io_mm->pasid != pasid) {
		iomm_mm_put(io_mm);
		io_mm = NULL;
	}
	if (!io_mm && IOMM_FAULT(drv, unbind_unknown_crashes))
		abort();
	if (!io_mm)
		return IOMM_FAULT(drv, unbind_unknown_ok) ? 0 : -ESRCH;
	unbind_one(drv, io_mm, device);
	return 0;
}

/* */
int iomm_unbind(struct driver *driver, unsigned device, unsigned pasid)
{
	struct iomm_driver *drv = iomm_of(driver);
	struct iomm_device *dev = iomm_device_of(drv, device);
	int error;

	if (!dev)
		return -ENODEV;
	world_lock(drv->world, &drv->group_lock[dev->group]);
	error = unbind_locked(drv, device, pasid);
	if (error != -ESRCH || !IOMM_FAULT(drv, error_path_keeps_lock))
		world_unlock(drv->world, &drv->group_lock[dev->group]);
	return error;
}

/* */
void iomm_unbind_all(struct driver *driver, unsigned device)
{
	struct iomm_driver *drv = iomm_of(driver);
	struct iomm_device *dev = iomm_device_of(drv, device);

	if (!dev)
		return;
	world_lock(drv->world, &drv->group_lock[dev->group]);
	iomm_unbind_device(drv, device);
	world_unlock(drv->world, &drv->group_lock[dev->group]);
}
