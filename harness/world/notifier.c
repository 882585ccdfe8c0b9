/* SPDX-License-Identifier: MIT */
/* MMU notifiers: who hears of changes to an address space, and when. */
#include "internal.h"

#include <errno.h>

int world_notifier_register(struct world *world, unsigned mm, const struct world_notifier_ops *ops,
			    void *ctx)
{
	CHECK(mm < WORLD_MAX_MMS && ops, "mm %u", mm);
	world_might_sleep(world);
	if (!world_mm_alive(world, mm))
		return -ESRCH;
	if (world_inject_failure(world))
		return -ENOMEM;
	for (unsigned i = 0; i < WORLD_MAX_NOTIFIERS; i++) {
		struct world_notifier *notifier = &world->mm[mm].notifier[i];

		if (notifier->ops)
			continue;
		*notifier = (struct world_notifier){.ops = ops, .ctx = ctx};
		return 0;
	}
	return -ENOMEM;
}

void world_notifier_unregister(struct world *world, unsigned mm, void *ctx)
{
	CHECK(mm < WORLD_MAX_MMS, "mm %u", mm);
	for (unsigned i = 0; i < WORLD_MAX_NOTIFIERS; i++) {
		struct world_notifier *notifier = &world->mm[mm].notifier[i];

		if (!notifier->ops || notifier->ctx != ctx)
			continue;
		*notifier = (struct world_notifier){0};
		return;
	}
	world_bug(world, "unregisters a notifier that is not registered");
}

void world_notify(struct world *world, unsigned mm, uint64_t start, uint64_t end)
{
	CHECK(world_mm_alive(world, mm), "mm %u: nothing may be notified after release", mm);
	for (unsigned i = 0; i < WORLD_MAX_NOTIFIERS; i++) {
		/* A copy: the callback may unregister itself. */
		struct world_notifier notifier = world->mm[mm].notifier[i];

		if (notifier.ops && notifier.ops->invalidate)
			notifier.ops->invalidate(notifier.ctx, mm, start, end);
	}
	if (world->hooks.notified)
		world->hooks.notified(world->hooks.ctx, mm, start, end);
}

void world_notify_slots(struct world *world, unsigned mm, uint32_t slots)
{
	unsigned slot = 0;

	while (slot < WORLD_SPACE_PAGES) {
		uint64_t start = world_slot_va(slot), end = start;

		while (slot < WORLD_SPACE_PAGES && slots >> slot & 1 &&
		       world_slot_va(slot) == end) {
			end += WORLD_FRAME_SIZE;
			slot++;
		}
		if (start == end)
			slot++;
		else
			world_notify(world, mm, start, end);
	}
}

void world_notify_release(struct world *world, unsigned mm)
{
	for (unsigned i = 0; i < WORLD_MAX_NOTIFIERS; i++) {
		struct world_notifier notifier = world->mm[mm].notifier[i];

		if (notifier.ops && notifier.ops->release)
			notifier.ops->release(notifier.ctx, mm);
	}
	if (world->hooks.notified)
		world->hooks.notified(world->hooks.ctx, mm, 0, 0);
}
