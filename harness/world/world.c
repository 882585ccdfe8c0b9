/* SPDX-License-Identifier: MIT */
/* The one world of a process, and what starts a trace and an op. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#endif
#include "internal.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

static bool arena_map(struct world_arena *arena, struct error *error)
{
	void *base = mmap(NULL, WORLD_ARENA_SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (base == MAP_FAILED)
		return error_set(error, "no memory for the driver's objects: %s", strerror(errno));
	arena->base = base;
	WORLD_POISON(base, WORLD_ARENA_SIZE);
	return true;
}

struct world *world_get(struct error *error)
{
	/* One per process: the RAM is at a fixed address. */
	static struct world world;
	static bool ram_mapped;

	ram_mapped = ram_mapped || ram_map(error);
	if (!ram_mapped || (!world.arena.base && !arena_map(&world.arena, error)))
		return NULL;
	return &world;
}

void world_reset(struct world *world)
{
	uint8_t *base = world->arena.base;

	ram_reset(&world->ram);
	world_arena_reset(world);
	/* All but the RAM's books, which are as large as the RAM. */
	memset(&world->task, 0, sizeof(*world) - offsetof(struct world, task));
	world->arena.base = base;
	for (unsigned task = 0; task < WORLD_MAX_TASKS; task++)
		world->task[task].mm = WORLD_NONE;
}

void world_begin_op(struct world *world)
{
	world->num_calls = 0;
	world->num_events = 0;
	world->events_lost = 0;
	world->alloc_failed = false;
}

static void check_stream_is_free(const struct world *world, uint16_t stream)
{
	for (unsigned i = 0; i < world_num_streams(world); i++)
		CHECK(world_stream_id(world, i) != stream, "StreamID %#x is taken (B-8)", stream);
}

unsigned world_add_endpoint(struct world *world, uint16_t rid, unsigned pasid_bits, bool ats,
			    unsigned group)
{
	unsigned device = world->num_endpoints;

	CHECK(device < WORLD_MAX_ENDPOINTS, "too many endpoints");
	CHECK(pasid_bits <= 20, "%u PASID bits", pasid_bits);
	check_stream_is_free(world, rid);
	world->endpoint[device] = (struct world_endpoint){
		.rid = rid,
		.num_streams = 1,
		.stream[0] = rid,
		.pasid_bits = (uint8_t)pasid_bits,
		.group = (uint8_t)group,
		.ats_cap = ats,
		.present = true,
	};
	world->num_endpoints++;
	return device;
}

void world_endpoint_add_stream(struct world *world, unsigned device, uint16_t stream)
{
	struct world_endpoint *endpoint = &world->endpoint[device];

	CHECK(device < world->num_endpoints, "device %u", device);
	CHECK(endpoint->num_streams < WORLD_MAX_STREAMS, "too many streams");
	check_stream_is_free(world, stream);
	endpoint->stream[endpoint->num_streams++] = stream;
}

void world_endpoint_can_stall(struct world *world, unsigned device)
{
	CHECK(device < world->num_endpoints, "device %u", device);
	/* 3.12.1: what may stall is no PCI function, and ATS is PCI's. */
	world->endpoint[device].can_stall = true;
	world->endpoint[device].ats_cap = false;
}

void world_endpoint_set_smmu(struct world *world, unsigned device, unsigned smmu)
{
	CHECK(device < world->num_endpoints, "device %u", device);
	CHECK(smmu < WORLD_MAX_SMMUS, "smmu %u", smmu);
	world->endpoint[device].smmu = (uint8_t)smmu;
}

unsigned world_num_streams(const struct world *world)
{
	unsigned count = 0;

	for (unsigned i = 0; i < world->num_endpoints; i++)
		count += world->endpoint[i].num_streams;
	return count;
}

/* The number of a stream among those of its device. */
static unsigned stream_place(const struct world *world, unsigned stream, unsigned *device)
{
	unsigned extra = stream - world->num_endpoints;

	*device = stream;
	if (stream < world->num_endpoints)
		return 0;
	for (*device = 0; *device < world->num_endpoints; ++*device) {
		unsigned more = world->endpoint[*device].num_streams - 1u;

		if (extra < more)
			return 1 + extra;
		extra -= more;
	}
	CHECK(false, "there is no stream %u", stream);
	return 0;
}

unsigned world_stream_device(const struct world *world, unsigned stream)
{
	unsigned device;

	stream_place(world, stream, &device);
	return device;
}

uint16_t world_stream_id(const struct world *world, unsigned stream)
{
	unsigned device, place = stream_place(world, stream, &device);

	return world->endpoint[device].stream[place];
}
