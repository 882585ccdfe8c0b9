// SPDX-License-Identifier: GPL-2.0-only
/* struct linux_host: what the image asks of the world, and what surrounds a call into the image. */
#include "linux.h"

#include <errno.h>

enum {
	/* A busy wait ends by itself: time passes with every turn. This one does not end. */
	RELAX_BUDGET = 100000,
};

_Static_assert((int)LINUX_FAIL_DEADLOCK == (int)WORLD_FAIL_DEADLOCK &&
		       (int)LINUX_FAIL_ATOMIC == (int)WORLD_FAIL_ATOMIC &&
		       (int)LINUX_FAIL_BUG == (int)WORLD_FAIL_BUG &&
		       (int)LINUX_FAIL_LOCK == (int)WORLD_FAIL_LOCK,
	       "enum linux_failure is enum world_failure");
_Static_assert((int)LINUX_READ == (int)PT_READ && (int)LINUX_WRITE == (int)PT_WRITE, "rights");
_Static_assert((int)LINUX_MAX_MMS == (int)WORLD_MAX_MMS, "address spaces");
_Static_assert((int)LINUX_MAX_DEVICES == (int)WORLD_MAX_ENDPOINTS, "devices");
_Static_assert((int)LINUX_MAX_SMMUS == (int)WORLD_MAX_SMMUS, "SMMUs");
_Static_assert((int)LINUX_MAX_STREAMS == (int)WORLD_MAX_STREAMS, "streams");

void linux_enter(struct linux_driver *drv)
{
	if (drv->depth++ == 0)
		drv->relaxing = 0;
}

void linux_leave(struct linux_driver *drv)
{
	linux_stores_flush(&drv->stores);
	drv->depth--;
}

static void *host_alloc(void *ctx, unsigned long size)
{
	struct linux_driver *drv = ctx;

	return linux_memory_alloc(&drv->memory, size);
}

static void host_free(void *ctx, void *object)
{
	struct linux_driver *drv = ctx;

	linux_memory_free(&drv->memory, object);
}

static unsigned long host_alloc_size(void *ctx, const void *object)
{
	const struct linux_driver *drv = ctx;

	return linux_memory_size(&drv->memory, object);
}

static void *host_alloc_frames(void *ctx, unsigned order, enum linux_frames kind)
{
	struct linux_driver *drv = ctx;

	linux_stores_flush(&drv->stores);
	return linux_frames_alloc(&drv->memory, order, kind);
}

static void host_free_frames(void *ctx, void *address, unsigned order)
{
	struct linux_driver *drv = ctx;

	linux_stores_freed(&drv->stores, (uintptr_t)address, 1u << (order & 31));
	linux_frames_free(&drv->memory, address, order);
}

/* The image has registers only where smmu_add() was told of them. */
static struct smmu_socket *socket_of(struct linux_driver *drv, unsigned smmu)
{
	struct smmu_socket *socket = smmu < LINUX_MAX_SMMUS ? drv->smmu[smmu] : NULL;

	if (!socket)
		world_fail(drv->world, WORLD_FAIL_BUG, "registers of SMMU %u, which is not there",
			   smmu);
	return socket;
}

static unsigned long long host_mmio_read(void *ctx, unsigned smmu, unsigned offset, unsigned size)
{
	struct linux_driver *drv = ctx;
	struct smmu_socket *socket = socket_of(drv, smmu);

	linux_stores_flush(&drv->stores);
	return socket->ops->read(socket, offset, size);
}

static void host_mmio_write(void *ctx, unsigned smmu, unsigned offset, unsigned size,
			    unsigned long long value)
{
	struct linux_driver *drv = ctx;
	struct smmu_socket *socket = socket_of(drv, smmu);

	linux_stores_flush(&drv->stores);
	linux_stores_mmio(&drv->stores, smmu, offset, value);
	linux_events_write(&drv->events[smmu], drv->world, offset, value);
	socket->ops->write(socket, offset, size, value);
}

static void host_store(void *ctx, void *address, unsigned size)
{
	struct linux_driver *drv = ctx;

	linux_stores_announce(&drv->stores, (uintptr_t)address, size);
}

static void host_might_sleep(void *ctx)
{
	struct linux_driver *drv = ctx;

	if (drv->state == LINUX_BOOTED)
		world_might_sleep(drv->world);
}

static void host_spin(void *ctx, int change)
{
	struct linux_driver *drv = ctx;
	struct world *world = drv->world;

	if (change > 0) {
		world->spinlocks_held++;
		return;
	}
	if (!world->spinlocks_held)
		world_fail(world, WORLD_FAIL_LOCK, "a spinlock is released but none is held");
	world->spinlocks_held--;
	if (!world->spinlocks_held)
		world_run_irqs(world);
}

struct wait {
	int (*done)(void *arg);
	void *arg;
};

static bool is_done(void *arg)
{
	const struct wait *wait = arg;

	return wait->done(wait->arg) != 0;
}

static void host_wait(void *ctx, int (*done)(void *arg), void *arg, const char *what)
{
	struct linux_driver *drv = ctx;
	struct wait wait = {done, arg};

	linux_stores_flush(&drv->stores);
	world_wait(drv->world, is_done, &wait, what);
}

static void host_relax(void *ctx)
{
	struct linux_driver *drv = ctx;

	linux_stores_flush(&drv->stores);
	if (++drv->relaxing > RELAX_BUDGET)
		world_fail(drv->world, WORLD_FAIL_DEADLOCK, "a busy wait does not end");
	world_run_irqs(drv->world);
}

static void host_fail(void *ctx, enum linux_failure failure, const char *text)
{
	struct linux_driver *drv = ctx;
	const char *last = drv->log.last;

	world_fail(drv->world, (enum world_failure)failure, "%s%s%s", text,
		   *last ? "; last line: " : "", last);
}

static void host_log(void *ctx, const char *text)
{
	struct linux_driver *drv = ctx;
	enum world_failure failure = linux_log_line(&drv->log, text);

	if (failure != WORLD_FAIL_NONE)
		world_fail(drv->world, failure, "the kernel says: %s", drv->log.last);
}

static int host_mm_vma(void *ctx, unsigned mm, unsigned long address, unsigned long *start,
		       unsigned long *end, unsigned *prot)
{
	const struct linux_driver *drv = ctx;
	uint64_t first, last;

	if (!world_mm_mapping(drv->world, mm, address, &first, &last, prot))
		return 0;
	*start = first;
	*end = last;
	return 1;
}

static int host_mm_fault(void *ctx, unsigned mm, unsigned long address, int write)
{
	struct linux_driver *drv = ctx;

	linux_stores_flush(&drv->stores);
	return world_mm_fault(drv->world, mm, address, write != 0);
}

static void host_mm_dropped(void *ctx, unsigned mm)
{
	linux_space_dropped(ctx, mm);
}

static int host_set_ats(void *ctx, unsigned device, int enable)
{
	struct linux_driver *drv = ctx;

	/* PCIe: the device is in the order of the stores before. */
	linux_stores_flush(&drv->stores);
	if (drv->stand_in)
		return -ENODEV;
	if (enable)
		return world_pci_enable_ats(drv->world, device);
	world_pci_disable_ats(drv->world, device);
	return 0;
}

static int host_set_pasid(void *ctx, unsigned device, int enable)
{
	struct linux_driver *drv = ctx;

	if (drv->stand_in)
		return -ENODEV;
	if (enable)
		return world_pci_enable_pasid(drv->world, device);
	world_pci_disable_pasid(drv->world, device);
	return 0;
}

void linux_host_init(struct linux_driver *drv)
{
	drv->host = (struct linux_host){
		.ctx = drv,
		.ram_base = WORLD_RAM_BASE,
		.ram_size = WORLD_RAM_SIZE,
		.alloc = host_alloc,
		.free = host_free,
		.alloc_size = host_alloc_size,
		.alloc_frames = host_alloc_frames,
		.free_frames = host_free_frames,
		.mmio_read = host_mmio_read,
		.mmio_write = host_mmio_write,
		.store = host_store,
		.might_sleep = host_might_sleep,
		.spin = host_spin,
		.wait = host_wait,
		.relax = host_relax,
		.fail = host_fail,
		.log = host_log,
		.mm_vma = host_mm_vma,
		.mm_fault = host_mm_fault,
		.mm_dropped = host_mm_dropped,
		.set_ats = host_set_ats,
		.set_pasid = host_set_pasid,
	};
}
