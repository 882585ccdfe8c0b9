/* SPDX-License-Identifier: MIT */
/*
 * RAM in which physical address = pointer value, and its 4 KiB frames. All that hardware can see
 * lives here: page tables, stream and CD tables, queues, data pages. Freed frames are poisoned.
 */
#ifndef SVAFUZZ_WORLD_RAM_H
#define SVAFUZZ_WORLD_RAM_H

#include "../base/base.h"

#define WORLD_RAM_BASE	 0x40000000ull
#define WORLD_RAM_FRAMES 4096u
#define WORLD_FRAME_SIZE 4096u
#define WORLD_RAM_SIZE	 ((uint64_t)WORLD_RAM_FRAMES * WORLD_FRAME_SIZE)
/* Frames below are never handed out: the third window of world_slot_va() ends inside them, and an
 * untranslated access to any address of a trace must find no memory (the law's fault bus). */
#define WORLD_RAM_FIRST 4u

/*
 * The memory of a VM is one aligned run of frames, so that one stage-2 block maps it. Guest software
 * sees it at WORLD_VM_IPA, every guest at the same: descriptors that stand in it hold such addresses.
 */
enum { WORLD_MAX_VMS = 2, WORLD_VM_FRAMES = 512 };
/* The host's are those below: [WORLD_RAM_FIRST, WORLD_HOST_FRAMES). */
#define WORLD_HOST_FRAMES (WORLD_RAM_FRAMES - WORLD_MAX_VMS * WORLD_VM_FRAMES)
#define WORLD_VM_SIZE	  ((uint64_t)WORLD_VM_FRAMES * WORLD_FRAME_SIZE)
#define WORLD_VM_IPA	  0x100000000ull

static inline uint64_t world_vm_base(unsigned vm)
{
	return WORLD_RAM_BASE + WORLD_RAM_SIZE - (WORLD_MAX_VMS - vm) * WORLD_VM_SIZE;
}

/* The VM that a physical address belongs to, WORLD_MAX_VMS: the host's. */
static inline unsigned world_vm_of(uint64_t pa)
{
	uint64_t offset = pa - world_vm_base(0);

	return offset < WORLD_MAX_VMS * WORLD_VM_SIZE ? (unsigned)(offset / WORLD_VM_SIZE)
						      : (unsigned)WORLD_MAX_VMS;
}

/* The address under which its owner knows a frame: an IPA in a VM, itself on the host. */
static inline uint64_t world_bus_address(uint64_t pa)
{
	unsigned vm = world_vm_of(pa);

	return vm < WORLD_MAX_VMS ? pa - world_vm_base(vm) + WORLD_VM_IPA : pa;
}

/* The other way round, for the software of VM `vm` (WORLD_MAX_VMS: of the host); 0: no memory there. */
static inline uint64_t world_memory_at(unsigned vm, uint64_t address)
{
	if (vm >= WORLD_MAX_VMS)
		return address;
	address -= WORLD_VM_IPA;
	return address < WORLD_VM_SIZE ? world_vm_base(vm) + address : 0;
}

enum frame_kind {
	FRAME_FREE,
	FRAME_DATA,   /* pages of processes and DMA buffers */
	FRAME_TABLE,  /* page-table pages */
	FRAME_DRIVER, /* stream tables, CD tables, queues */
	FRAME_KINDS,
};

/* The memory of one owner: of VM i zone i, of the host the last one. */
struct ram_zone {
	uint16_t touched;  /* of the zone, frames below this one were in use since the reset */
	uint16_t num_free; /* recycled frames below `touched` */
};

struct ram {
	struct ram_zone zone[WORLD_MAX_VMS + 1];
	uint16_t free_list[WORLD_RAM_FRAMES]; /* of a zone: from the index of its first frame on */
	uint8_t kind[WORLD_RAM_FRAMES];
	/* The frame may hold something beyond WORLD_CONTENT_BYTES: to be zeroed when handed out.
	 * Page tables are empty when they are freed, data pages have no other content. */
	uint8_t dirty[WORLD_RAM_FRAMES];
	uint16_t refs[WORLD_RAM_FRAMES];
	uint16_t in_use[FRAME_KINDS];
};

/* Once per process: map the RAM. EXIT_MISSING-class error when the address is taken. */
bool ram_map(struct error *error);
/* From now on the RAM is the first part of a memfd, which another process can map; `more` bytes
 * behind it are for that one. Its descriptor, or -1 and error. While every frame is free. */
int ram_share(struct ram *ram, uint64_t more, struct error *error);
/* All frames free again; costs what was touched. */
void ram_reset(struct ram *ram);
/* `count` adjacent zeroed frames with one reference each; 0 when there is no room. Single frames
 * are recycled (last freed, first reused: reuse must be likely); runs are fresh. Of data frames
 * only the first 64 bytes are zeroed: a data page's content is its first word in this world. */
uint64_t ram_alloc(struct ram *ram, enum frame_kind kind, unsigned count);
/* The same in the memory of VM `vm` (WORLD_MAX_VMS: of the host, as above). */
uint64_t ram_alloc_in(struct ram *ram, unsigned vm, enum frame_kind kind, unsigned count);
void ram_get(struct ram *ram, uint64_t pa);
/* Drop a reference; true when it was the last: the caller then calls ram_release(). */
bool ram_put(struct ram *ram, uint64_t pa);
/* Poison and recycle a frame without references. */
void ram_release(struct ram *ram, uint64_t pa);
/* A frame in use that is not as its kind promises when it is freed: all of it is zeroed before the
 * next use. */
void ram_must_zero(struct ram *ram, uint64_t pa);
/* FRAME_FREE also for addresses that are not RAM. */
enum frame_kind ram_kind(const struct ram *ram, uint64_t pa);
unsigned ram_refs(const struct ram *ram, uint64_t pa);
bool ram_contains(uint64_t pa, uint64_t size);
/* Is the doubleword at pa (8-byte aligned) in a frame that is in use? Every walk asks. */
static inline bool ram_live(const struct ram *ram, uint64_t pa)
{
	uint64_t offset = pa - WORLD_RAM_BASE;

	return offset < WORLD_RAM_SIZE && ram->kind[offset / WORLD_FRAME_SIZE] != FRAME_FREE;
}

static inline uint64_t ram_load(uint64_t pa)
{
	return *(volatile uint64_t *)(uintptr_t)pa;
}

static inline void ram_store(uint64_t pa, uint64_t value)
{
	*(volatile uint64_t *)(uintptr_t)pa = value;
}

#endif
