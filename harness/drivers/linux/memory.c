// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of a kernel image. Objects come out of one arena, in a row, and a freed one stays poisoned
 * until the trace ends: whoever uses it after that is caught, however late. Frames are the world's.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#endif
#include "linux.h"

#include <string.h>
#include <sys/mman.h>

/* In front of every object, always poisoned: the red zone between neighbours. */
struct chunk {
	uint32_t size;
	uint32_t state;
	uint64_t unused;
};

enum { CHUNK_LIVE = 0x4c495645, CHUNK_FREED = 0x46524545, ALIGN = 16 };
_Static_assert(sizeof(struct chunk) == ALIGN, "objects are 16-byte aligned");

LINUX_NO_ASAN static struct chunk chunk_get(const struct chunk *chunk)
{
	return *chunk;
}

LINUX_NO_ASAN static void chunk_set(struct chunk *chunk, struct chunk value)
{
	*chunk = value;
}

static size_t chunk_bytes(size_t size)
{
	return sizeof(struct chunk) + (size + ALIGN - 1) / ALIGN * ALIGN;
}

bool linux_memory_map(struct linux_memory *memory)
{
	void *base = mmap(NULL, LINUX_ARENA_SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (base == MAP_FAILED)
		return false;
	memory->base = base;
	LINUX_POISON(base, LINUX_ARENA_SIZE);
	return true;
}

void linux_memory_boot_done(struct linux_memory *memory)
{
	memory->boot = memory->used;
}

/* Boot's objects are back: so are their red zones. */
static void poison_boot(const struct linux_memory *memory)
{
	size_t at = 0;

	while (at < memory->boot) {
		struct chunk *chunk = (struct chunk *)(void *)(memory->base + at);
		struct chunk is = chunk_get(chunk);

		if (is.state == CHUNK_LIVE)
			LINUX_UNPOISON(chunk + 1, is.size);
		at += chunk_bytes(is.size);
	}
}

void linux_memory_reset(struct linux_memory *memory, struct world *world)
{
	LINUX_POISON(memory->base + memory->boot, memory->used - memory->boot);
	memory->used = memory->boot;
	if (memory->boot_freed)
		poison_boot(memory);
	memory->boot_freed = false;
	memset(memory->order, 0, memory->top_frame);
	memory->top_frame = 0;
	memory->world = world;
}

void *linux_memory_alloc(struct linux_memory *memory, unsigned long size)
{
	struct world *world = memory->world;
	struct chunk *chunk;

	if (world && world_alloc_fails(world))
		return NULL;
	if (size > LINUX_ARENA_SIZE || chunk_bytes(size) > LINUX_ARENA_SIZE - memory->used) {
		CHECK(world, "the kernel needs more than %d bytes to boot", LINUX_ARENA_SIZE);
		world_bug(world, "the kernel has used up its memory");
	}
	chunk = (struct chunk *)(void *)(memory->base + memory->used);
	memory->used += chunk_bytes(size);
	chunk_set(chunk, (struct chunk){.size = (uint32_t)size, .state = CHUNK_LIVE});
	if (world)
		world->objects++;
	LINUX_UNPOISON(chunk + 1, size);
	return memset(chunk + 1, 0, size);
}

/* The chunk of an object, which is neither freed nor anything else. */
static struct chunk *chunk_of(const struct linux_memory *memory, const void *object)
{
	uintptr_t offset = (uintptr_t)object - (uintptr_t)memory->base;
	struct chunk *chunk = NULL;
	uint32_t state = 0;

	if (offset >= sizeof(*chunk) && offset < memory->used && offset % ALIGN == 0) {
		chunk = (struct chunk *)(void *)(memory->base + offset) - 1;
		state = chunk_get(chunk).state;
	}
	if (state == CHUNK_LIVE)
		return chunk;
	CHECK(memory->world, "boot uses an object that is not allocated");
	world_bug(memory->world,
		  state == CHUNK_FREED ? "frees an object twice" : "frees what is not an object");
}

void linux_memory_free(struct linux_memory *memory, void *object)
{
	struct chunk *chunk, is;

	if (!object)
		return;
	chunk = chunk_of(memory, object);
	is = chunk_get(chunk);
	chunk_set(chunk, (struct chunk){.size = is.size, .state = CHUNK_FREED});
	LINUX_POISON(object, is.size);
	if ((uint8_t *)object < memory->base + memory->boot)
		memory->boot_freed = true;
	else if (memory->world)
		memory->world->objects--;
}

unsigned long linux_memory_size(const struct linux_memory *memory, const void *object)
{
	return chunk_get(chunk_of(memory, object)).size;
}

uint64_t linux_memory_name(const struct linux_memory *memory, const void *object)
{
	return (uint64_t)((uintptr_t)object - (uintptr_t)memory->base);
}

/* Frames. */

static unsigned frame_of(uint64_t pa)
{
	return (unsigned)((pa - WORLD_RAM_BASE) / WORLD_FRAME_SIZE);
}

void *linux_frames_alloc(struct linux_memory *memory, unsigned order, enum linux_frames kind)
{
	uint64_t pa;

	CHECK(memory->world, "frames do not last: boot can have none");
	if (order > 31 || 1u << order > WORLD_RAM_FRAMES)
		return NULL;
	pa = world_frames_alloc(memory->world,
				kind == LINUX_FRAMES_TABLE ? FRAME_TABLE : FRAME_DRIVER, order);
	if (!pa)
		return NULL;
	memory->order[frame_of(pa)] = (uint8_t)(order + 1);
	if (frame_of(pa) >= memory->top_frame)
		memory->top_frame = frame_of(pa) + 1;
	return (void *)(uintptr_t)pa;
}

void linux_frames_free(struct linux_memory *memory, void *address, unsigned order)
{
	uint64_t pa = (uintptr_t)address;

	if (!ram_contains(pa, 1) || pa % WORLD_FRAME_SIZE || !memory->order[frame_of(pa)])
		world_bug(memory->world, "frees frames that it does not own");
	if (memory->order[frame_of(pa)] != order + 1)
		world_bug(memory->world, "frees another number of frames than it was given");
	memory->order[frame_of(pa)] = 0;
	world_frames_free(memory->world, pa, order);
}
