// SPDX-License-Identifier: GPL-2.0-only
/*
 * The boot of an image, once in a process, and the way back to it before every trace. What a trace
 * did is undone by memory: .data, .bss and boot's objects from a copy, everything else forgotten.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#endif
#include "linux.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

/* A struct page for each frame of RAM. They are tokens that nobody writes to, so they need no place
 * in the snapshot; who writes all the same is stopped. */
static void *map_pages(const struct linux_image *image)
{
	void *pages = mmap(NULL, WORLD_RAM_FRAMES * image->page_size(), PROT_READ,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return pages == MAP_FAILED ? NULL : pages;
}

static bool take_snapshot(struct linux_driver *drv)
{
	const struct linux_image *image = drv->image;

	for (unsigned i = 0; i < ARRAY_SIZE(image->data); i++)
		if (image->data_size[i] &&
		    !linux_snapshot_take(&drv->snapshot, image->data[i], image->data_size[i]))
			return false;
	return linux_snapshot_take(&drv->snapshot, drv->memory.base, drv->memory.boot);
}

int linux_boot(struct linux_driver *drv, struct world *world)
{
	void *pages;
	int error;

	if (drv->state == LINUX_BOOTED)
		return 0;
	if (drv->state == LINUX_BOOTING) /* it ended in a WARN, and would again */
		return -EIO;
	drv->state = LINUX_BOOTING;
	drv->world = world;
	linux_stores_reset(&drv->stores, world);
	linux_host_init(drv);
	linux_log_reset(&drv->log);
	pages = map_pages(drv->image);
	if (!pages || !linux_memory_map(&drv->memory))
		return -ENOMEM;
	linux_enter(drv);
	error = drv->image->boot(&drv->host, pages);
	linux_leave(drv);
	if (error)
		return error;
	linux_memory_boot_done(&drv->memory);
	if (!take_snapshot(drv))
		return -ENOMEM;
	drv->state = LINUX_BOOTED;
	return 0;
}

void linux_rewind(struct linux_driver *drv, struct world *world)
{
	linux_snapshot_restore(&drv->snapshot);
	linux_memory_reset(&drv->memory, world);
	linux_stores_reset(&drv->stores, world);
	linux_log_reset(&drv->log);
	drv->host.quiet = !drv->log.print;
	linux_caller_reset(&drv->caller);
	drv->world = world;
	drv->depth = 0;
	drv->relaxing = 0;
	drv->present = 0;
	drv->stand_in = false;
	memset(drv->events, 0, sizeof(drv->events));
	memset(drv->domain, 0, sizeof(drv->domain));
	memset(drv->space, 0, sizeof(drv->space));
}
