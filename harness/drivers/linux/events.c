// SPDX-License-Identifier: GPL-2.0-only
/*
 * The event queue as the kernel reads it: a record counts as taken when EVENTQ_CONS moves past it
 * (6.3.31), that is what software has seen of the hardware's events.
 */
#include "linux.h"

/* 6.2: page 0 and, from 64 KiB, page 1. */
enum { EVENTQ_BASE = 0xa0, EVENTQ_CONS = 0x100ac, RECORD = 32, RECORD_WORDS = 4 };

static void set_base(struct linux_events *events, uint64_t value)
{
	/* 6.3.28: ADDR [51:5], LOG2SIZE [4:0]; the wrap bit is the one above the index. */
	events->base = value & 0xfffffffffffe0ull;
	events->mask = (2u << (value & 0x1f)) - 1;
	events->cons = 0;
}

static void take(const struct linux_events *events, struct world *world, uint32_t index)
{
	uint64_t pa = events->base + (uint64_t)(index & events->mask >> 1) * RECORD;
	uint64_t record[RECORD_WORDS];

	for (unsigned i = 0; i < RECORD_WORDS; i++) {
		if (!ram_live(&world->ram, pa))
			world_bug(world, "takes an event out of memory that is not there");
		record[i] = ram_load(pa + i * sizeof(uint64_t));
	}
	world_report_event(world, record);
}

void linux_events_write(struct linux_events *events, struct world *world, unsigned offset,
			uint64_t value)
{
	if (offset == EVENTQ_BASE)
		set_base(events, value);
	if (offset != EVENTQ_CONS)
		return;
	if (!events->base) /* bring-up: the queue is not there yet */
		return;
	for (; events->cons != (value & events->mask);
	     events->cons = (events->cons + 1) & events->mask)
		take(events, world, events->cons);
}
