/* SPDX-License-Identifier: MIT */
/* The RAM: one fixed mapping, its frames, whose they are, and who holds them. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* MAP_ANONYMOUS, memfd_create */
#endif
#include "internal.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

static uint64_t frame_pa(unsigned frame)
{
	return WORLD_RAM_BASE + (uint64_t)frame * WORLD_FRAME_SIZE;
}

static unsigned frame_of(const struct ram *ram, uint64_t pa)
{
	unsigned frame = (unsigned)((pa - WORLD_RAM_BASE) / WORLD_FRAME_SIZE);

	CHECK(ram_contains(pa, 1), "no RAM at %#llx", (unsigned long long)pa);
	CHECK(pa % WORLD_FRAME_SIZE == 0, "%#llx is inside a frame", (unsigned long long)pa);
	CHECK(ram->kind[frame] != FRAME_FREE, "frame %#llx is free", (unsigned long long)pa);
	return frame;
}

/* Frames [first, end) of a zone. */
static inline unsigned zone_first(unsigned zone)
{
	return zone < WORLD_MAX_VMS
		       ? (unsigned)((world_vm_base(zone) - WORLD_RAM_BASE) / WORLD_FRAME_SIZE)
		       : WORLD_RAM_FIRST;
}

static inline unsigned zone_end(unsigned zone)
{
	return zone < WORLD_MAX_VMS ? zone_first(zone) + WORLD_VM_FRAMES : WORLD_HOST_FRAMES;
}

bool ram_map(struct error *error)
{
	void *want = (void *)(uintptr_t)WORLD_RAM_BASE;
	void *base = mmap(want, WORLD_RAM_SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE, -1, 0);

	if (base == MAP_FAILED)
		return error_set(error, "no RAM: %llu bytes at %#llx: %s",
				 (unsigned long long)WORLD_RAM_SIZE,
				 (unsigned long long)WORLD_RAM_BASE, strerror(errno));
	if (base != want) { /* a kernel before 4.17 takes the address as a hint */
		munmap(base, WORLD_RAM_SIZE);
		return error_set(error, "no RAM: the address %#llx is taken",
				 (unsigned long long)WORLD_RAM_BASE);
	}
	WORLD_POISON(base, WORLD_RAM_SIZE);
	return true;
}

int ram_share(struct ram *ram, uint64_t more, struct error *error)
{
	void *base = (void *)(uintptr_t)WORLD_RAM_BASE;
	int fd = memfd_create("svafuzz-ram", MFD_CLOEXEC);

	for (unsigned zone = 0; zone < ARRAY_SIZE(ram->zone); zone++)
		CHECK(ram->zone[zone].touched == zone_first(zone), "frames are in use");
	if (fd >= 0 && !ftruncate(fd, (off_t)(WORLD_RAM_SIZE + more)) &&
	    mmap(base, WORLD_RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) ==
		    base) {
		WORLD_POISON(base, WORLD_RAM_SIZE);
		return fd;
	}
	error_set(error, "no RAM to share: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static void reset_zone(struct ram *ram, unsigned zone)
{
	unsigned first = zone_first(zone), touched = ram->zone[zone].touched;

	ram->zone[zone] = (struct ram_zone){.touched = (uint16_t)first};
	if (touched <= first)
		return;
	for (unsigned frame = first; frame < touched; frame++) {
		if (ram->kind[frame] == FRAME_FREE)
			continue;
		ram->dirty[frame] = true;
		WORLD_POISON(frame_pa(frame), WORLD_FRAME_SIZE);
	}
	memset(&ram->kind[first], FRAME_FREE, (touched - first) * sizeof(ram->kind[0]));
	memset(&ram->refs[first], 0, (touched - first) * sizeof(ram->refs[0]));
}

void ram_reset(struct ram *ram)
{
	for (unsigned zone = 0; zone < ARRAY_SIZE(ram->zone); zone++)
		reset_zone(ram, zone);
	memset(ram->in_use, 0, sizeof(ram->in_use));
}

bool ram_has_room(const struct ram *ram, unsigned vm, unsigned frames)
{
	CHECK(vm < ARRAY_SIZE(ram->zone), "vm %u", vm);
	return ram->zone[vm].num_free + (zone_end(vm) - ram->zone[vm].touched) >= frames;
}

/* The first of `count` adjacent frames, or 0, which is never handed out. */
static unsigned take_frames(struct ram *ram, unsigned vm, unsigned count)
{
	struct ram_zone *zone = &ram->zone[vm];
	unsigned first;

	if (count == 1 && zone->num_free)
		return ram->free_list[zone_first(vm) + --zone->num_free];
	if (count > zone_end(vm) - zone->touched)
		return 0;
	first = zone->touched;
	zone->touched += (uint16_t)count;
	return first;
}

uint64_t ram_alloc_in(struct ram *ram, unsigned vm, enum frame_kind kind, unsigned count)
{
	unsigned first;

	CHECK(kind > FRAME_FREE && kind < FRAME_KINDS, "kind %d", (int)kind);
	CHECK(count > 0, "no frames asked for");
	CHECK(vm < ARRAY_SIZE(ram->zone), "vm %u", vm);
	CHECK(ram->zone[vm].touched >= WORLD_RAM_FIRST, "RAM was not reset");
	first = take_frames(ram, vm, count);
	if (!first)
		return 0;
	WORLD_UNPOISON(frame_pa(first), (size_t)count * WORLD_FRAME_SIZE);
	for (unsigned frame = first; frame < first + count; frame++) {
		ram->kind[frame] = (uint8_t)kind;
		ram->refs[frame] = 1;
		memset((void *)(uintptr_t)frame_pa(frame), 0,
		       ram->dirty[frame] ? WORLD_FRAME_SIZE : WORLD_CONTENT_BYTES);
		ram->dirty[frame] = kind == FRAME_DRIVER;
	}
	ram->in_use[kind] += (uint16_t)count;
	return frame_pa(first);
}

uint64_t ram_alloc(struct ram *ram, enum frame_kind kind, unsigned count)
{
	return ram_alloc_in(ram, WORLD_MAX_VMS, kind, count);
}

void ram_get(struct ram *ram, uint64_t pa)
{
	unsigned frame = frame_of(ram, pa);

	CHECK(ram->refs[frame] > 0 && ram->refs[frame] < UINT16_MAX, "refs %u", ram->refs[frame]);
	ram->refs[frame]++;
}

bool ram_put(struct ram *ram, uint64_t pa)
{
	unsigned frame = frame_of(ram, pa);

	CHECK(ram->refs[frame] > 0, "frame %#llx has no reference", (unsigned long long)pa);
	return --ram->refs[frame] == 0;
}

void ram_release(struct ram *ram, uint64_t pa)
{
	unsigned frame = frame_of(ram, pa), vm = world_vm_of(pa);

	CHECK(ram->refs[frame] == 0, "frame %#llx has references", (unsigned long long)pa);
	ram->in_use[ram->kind[frame]]--;
	ram->kind[frame] = FRAME_FREE;
	ram->free_list[zone_first(vm) + ram->zone[vm].num_free++] = (uint16_t)frame;
	WORLD_POISON(pa, WORLD_FRAME_SIZE);
}

void ram_must_zero(struct ram *ram, uint64_t pa)
{
	ram->dirty[frame_of(ram, pa)] = true;
}

bool ram_contains(uint64_t pa, uint64_t size)
{
	return pa >= WORLD_RAM_BASE && size <= WORLD_RAM_SIZE &&
	       pa - WORLD_RAM_BASE <= WORLD_RAM_SIZE - size;
}

enum frame_kind ram_kind(const struct ram *ram, uint64_t pa)
{
	if (!ram_contains(pa, 1))
		return FRAME_FREE;
	return (enum frame_kind)ram->kind[(pa - WORLD_RAM_BASE) / WORLD_FRAME_SIZE];
}

unsigned ram_refs(const struct ram *ram, uint64_t pa)
{
	if (!ram_contains(pa, 1))
		return 0;
	return ram->refs[(pa - WORLD_RAM_BASE) / WORLD_FRAME_SIZE];
}
