// SPDX-License-Identifier: GPL-2.0-only
/*
 * Address spaces: a world's mm and the mm_struct that stands for it. It is made when a driver first
 * asks for the space, although every process has one from its start: until then nobody can tell.
 * From then on the world's one notifier is what calls the kernel's.
 */
#include "linux.h"

static bool is_known(const struct linux_driver *drv, unsigned mm)
{
	return mm < LINUX_MAX_MMS && drv->space[mm].known;
}

static void invalidate(void *ctx, unsigned mm, uint64_t start, uint64_t end)
{
	struct linux_driver *drv = ctx;

	linux_enter(drv);
	drv->image->mm_invalidate(mm, start, end);
	linux_leave(drv);
}

static void release(void *ctx, unsigned mm)
{
	struct linux_driver *drv = ctx;

	linux_enter(drv);
	drv->image->mm_release(mm);
	linux_leave(drv);
	world_notifier_unregister(drv->world, mm, drv);
	drv->space[mm].notified = false;
}

static const struct world_notifier_ops notifier_ops = {
	.invalidate = invalidate,
	.release = release,
};

static int make(struct linux_driver *drv, unsigned mm)
{
	struct linux_space *space = &drv->space[mm];
	int error;

	linux_enter(drv);
	error = drv->image->mm_create(mm, world_mm_root(drv->world, mm));
	linux_leave(drv);
	if (error)
		return error;
	space->known = true;
	world_mm_grab(drv->world, mm);
	error = world_notifier_register(drv->world, mm, &notifier_ops, drv);
	space->notified = !error;
	return error;
}

int linux_space_get(struct linux_driver *drv, unsigned mm)
{
	unsigned fail_nth = drv->world->fail_nth;
	int error;

	CHECK(mm < LINUX_MAX_MMS, "mm %u", mm);
	if (drv->space[mm].known)
		return 0;
	/* The process has had its mm_struct all along: no allocation of this call is the driver's. */
	drv->world->fail_nth = 0;
	error = make(drv, mm);
	drv->world->fail_nth = fail_nth;
	return error;
}

void linux_space_dropped(struct linux_driver *drv, unsigned mm)
{
	if (!is_known(drv, mm))
		world_bug(drv->world, "drops an mm_struct that is not there");
	else if (drv->space[mm].notified)
		world_bug(drv->world, "the last reference to an mm goes while the process lives");
	drv->space[mm].known = false;
	world_mm_drop(drv->world, mm);
}

void linux_space_release_all(struct linux_driver *drv)
{
	for (unsigned mm = 0; mm < LINUX_MAX_MMS; mm++)
		if (drv->space[mm].notified)
			release(drv, mm);
}

unsigned linux_mm_pasid(const struct driver *driver, unsigned mm)
{
	const struct linux_driver *drv = (const struct linux_driver *)driver;

	if (!is_known(drv, mm))
		return 0;
	return drv->image->mm_pasid(mm);
}
