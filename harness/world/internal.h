/* SPDX-License-Identifier: MIT */
/* What the files of this room share with each other and with nobody else. */
#ifndef SVAFUZZ_WORLD_INTERNAL_H
#define SVAFUZZ_WORLD_INTERNAL_H

#include "world.h"

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define WORLD_ASAN		   1
#define WORLD_POISON(base, size)   ASAN_POISON_MEMORY_REGION((void *)(base), (size))
#define WORLD_UNPOISON(base, size) ASAN_UNPOISON_MEMORY_REGION((void *)(base), (size))
#else
#define WORLD_ASAN		   0
#define WORLD_POISON(base, size)   ((void)(base), (void)(size))
#define WORLD_UNPOISON(base, size) ((void)(base), (void)(size))
#endif

enum {
	/* Tables of one space at most: four windows, each across one boundary (world_slot_va()),
	 * need 6 at level 3, 4 at level 2, 2 at level 1, and the root. */
	WORLD_SPACE_TABLES = 13,
	/* A data page's content is its first word; this much of a frame is kept tidy. */
	WORLD_CONTENT_BYTES = 64,
};

/* ram.c: can `frames` more single frames be had of the memory of `vm` (WORLD_MAX_VMS: the host's)?
 * Asked before anything is changed, so that an operation on a process either happens or does not. */
bool ram_has_room(const struct ram *ram, unsigned vm, unsigned frames);

/* alloc.c: does the injected failure hit this allocation of the driver (world.fail_nth)? */
bool world_inject_failure(struct world *world);
/* The arena empty and poisoned again. */
void world_arena_reset(struct world *world);

/* notifier.c: [start, end) of a space changed; returns when every notifier has. */
void world_notify(struct world *world, unsigned mm, uint64_t start, uint64_t end);
/* One notification for each run of neighbouring slots in the set. */
void world_notify_slots(struct world *world, unsigned mm, uint32_t slots);
void world_notify_release(struct world *world, unsigned mm);

/* memory.c: bring a slot's descriptor in line with its struct world_page; true if it changed. */
bool world_sync_slot(struct world *world, unsigned mm, unsigned slot);
/* Take the tables that are empty now out of the windows of these slots. */
void world_prune_slots(struct world *world, unsigned mm, uint32_t slots,
		       struct pgtable_unlinked *out);

/* sched.c: run irqs if this is a place where they can run. */
void world_irq_point(struct world *world);

#endif
