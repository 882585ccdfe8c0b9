/* SPDX-License-Identifier: MIT */
/*
 * Memory of the driver: objects from an arena, frames from RAM, injected failures. A freed object
 * is reused only when the arena has run out of fresh memory, so that a use after free meets poison.
 */
#include "internal.h"

#include <string.h>

#define NO_ASAN __attribute__((no_sanitize_address, noinline))

/* In front of every object, always poisoned: the red zone of its neighbours. */
struct chunk {
	uint32_t size; /* asked for; 0 when free */
	uint32_t class;
	struct chunk *next; /* in the free list */
};

enum { CHUNK_MIN = 32 };
_Static_assert(sizeof(struct chunk) == 16, "objects are 16-byte aligned");
_Static_assert(CHUNK_MIN << (ARRAY_SIZE(((struct world_arena *)0)->free_list) - 1) ==
		       WORLD_ARENA_SIZE,
	       "the largest class is the arena");

NO_ASAN static struct chunk chunk_get(const struct chunk *chunk)
{
	return *chunk;
}

NO_ASAN static void chunk_set(struct chunk *chunk, struct chunk value)
{
	*chunk = value;
}

bool world_inject_failure(struct world *world)
{
	if (!world->fail_nth || --world->fail_nth)
		return false;
	world->alloc_failed = true;
	return true;
}

void world_arena_reset(struct world *world)
{
	struct world_arena *arena = &world->arena;

	WORLD_POISON(arena->base, arena->used);
	arena->used = 0;
	memset(arena->free_list, 0, sizeof(arena->free_list));
}

static struct chunk *take_chunk(struct world_arena *arena, unsigned class)
{
	size_t bytes = (size_t)CHUNK_MIN << class;
	struct chunk *chunk = arena->free_list[class];

	if (bytes <= WORLD_ARENA_SIZE - arena->used) {
		chunk = (struct chunk *)(void *)(arena->base + arena->used);
		arena->used += bytes;
	} else if (chunk) {
		arena->free_list[class] = chunk_get(chunk).next;
	}
	return chunk;
}

void *world_alloc(struct world *world, size_t size, bool atomic)
{
	struct chunk *chunk;
	unsigned class = 0;

	CHECK(size > 0 && size <= WORLD_ARENA_SIZE - sizeof(*chunk), "size %zu", size);
	if (!atomic)
		world_might_sleep(world);
	if (world_inject_failure(world))
		return NULL;
	while ((size_t)CHUNK_MIN << class < size + sizeof(*chunk))
		class ++;
	chunk = take_chunk(&world->arena, class);
	if (!chunk)
		return NULL;
	chunk_set(chunk, (struct chunk){.size = (uint32_t)size, .class = class});
	world->objects++;
	WORLD_UNPOISON(chunk + 1, size);
	return memset(chunk + 1, 0, size);
}

void world_free(struct world *world, void *object, size_t size)
{
	struct world_arena *arena = &world->arena;
	uintptr_t offset = (uintptr_t)object - (uintptr_t)arena->base;
	struct chunk *chunk, old;

	if (!object)
		return;
	if (offset < sizeof(*chunk) || offset >= arena->used || offset % sizeof(*chunk))
		world_bug(world, "frees what is not an object");
	chunk = (struct chunk *)object - 1;
	old = chunk_get(chunk);
	if (old.size != size)
		world_bug(world,
			  old.size ? "frees an object with another size" : "frees an object twice");
	chunk_set(chunk, (struct chunk){.class = old.class, .next = arena->free_list[old.class]});
	arena->free_list[old.class] = chunk;
	world->objects--;
	WORLD_POISON(object, size);
}

uint64_t world_dma_alloc(struct world *world, unsigned frames)
{
	world_might_sleep(world);
	if (world_inject_failure(world))
		return 0;
	return ram_alloc(&world->ram, FRAME_DRIVER, frames);
}

void world_dma_free(struct world *world, uint64_t pa, unsigned frames)
{
	for (unsigned i = frames; i-- > 0;) {
		uint64_t frame = pa + (uint64_t)i * WORLD_FRAME_SIZE;

		if (frame % WORLD_FRAME_SIZE || ram_kind(&world->ram, frame) != FRAME_DRIVER)
			world_bug(world, "frees frames that it does not own");
		world_frame_put(world, frame);
	}
}

bool world_alloc_fails(struct world *world)
{
	return world_inject_failure(world);
}

/* Give back frames of a run that nobody has seen. */
static void trim(struct ram *ram, uint64_t pa, uint64_t end)
{
	for (; pa < end; pa += WORLD_FRAME_SIZE)
		if (ram_put(ram, pa))
			ram_release(ram, pa);
}

uint64_t world_frames_alloc(struct world *world, enum frame_kind kind, unsigned order)
{
	unsigned frames = 1u << order;
	uint64_t size = (uint64_t)frames * WORLD_FRAME_SIZE, run, pa;

	CHECK(frames <= WORLD_RAM_FRAMES, "order %u", order);
	if (world_inject_failure(world))
		return 0;
	/* A run is anywhere: take so much that an aligned one is in it. */
	run = ram_alloc(&world->ram, kind, 2 * frames - 1);
	if (!run)
		return 0;
	pa = (run + size - 1) & ~(size - 1);
	trim(&world->ram, run, pa);
	trim(&world->ram, pa + size, run + 2 * size - WORLD_FRAME_SIZE);
	return pa;
}

void world_frames_free(struct world *world, uint64_t pa, unsigned order)
{
	for (unsigned i = 0; i < 1u << order; i++, pa += WORLD_FRAME_SIZE) {
		/* ram.h: page tables are empty when they are freed. These are not. */
		if (ram_kind(&world->ram, pa) == FRAME_TABLE)
			ram_must_zero(&world->ram, pa);
		world_frame_put(world, pa);
	}
}

uint64_t world_guest_alloc(struct world *world, unsigned vm, unsigned frames)
{
	CHECK(vm < WORLD_MAX_VMS, "vm %u", vm);
	if (world_inject_failure(world))
		return 0;
	return ram_alloc_in(&world->ram, vm, FRAME_DRIVER, frames);
}

void world_guest_free(struct world *world, uint64_t pa, unsigned frames)
{
	CHECK(world_vm_of(pa) < WORLD_MAX_VMS, "%#llx is the host's", (unsigned long long)pa);
	world_dma_free(world, pa, frames);
}

void world_store(struct world *world, uint64_t pa, uint64_t value)
{
	uint64_t old = ram_load(pa);

	ram_store(pa, value);
	if (old != value)
		world_tell_store(world, pa, old, value);
}

void world_frame_put(struct world *world, uint64_t pa)
{
	if (ram_refs(&world->ram, pa) == 1 && world->hooks.frame_free)
		world->hooks.frame_free(world->hooks.ctx, pa, ram_kind(&world->ram, pa));
	if (ram_put(&world->ram, pa))
		ram_release(&world->ram, pa);
}
