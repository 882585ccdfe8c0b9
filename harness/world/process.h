/* SPDX-License-Identifier: MIT */
/*
 * Processes: tasks, address spaces with real page tables, notifiers. The CPU's side of shared
 * virtual addressing, the same for every driver. Addresses are virtual, 4 KiB aligned, inside the
 * windows of the trace vocabulary (world_slot_va()). Errors are negative errnos.
 */
#ifndef SVAFUZZ_WORLD_PROCESS_H
#define SVAFUZZ_WORLD_PROCESS_H

#include "pgtable.h"

enum {
	WORLD_MAX_TASKS = 8,
	WORLD_MAX_MMS = 16, /* exited spaces stay while somebody holds mm_count */
	WORLD_SPACE_PAGES = 32,
	WORLD_MAX_NOTIFIERS = 4, /* per mm */
	WORLD_NONE = 0xff,
};

/* Page slot <-> address: the four windows of harness/trace (same values; tested). */
uint64_t world_slot_va(unsigned slot);

/* An MMU notifier, as drivers subscribe to. Called with the page tables already changed and the
 * old pages not yet freed (D-6, D-9). Both may wait. */
struct world_notifier_ops {
	/* [start, end) of the space changed: less rights, other pages, or more rights (E-20). */
	void (*invalidate)(void *ctx, unsigned mm, uint64_t start, uint64_t end);
	/* Last user gone; when this returns the page tables are torn down. */
	void (*release)(void *ctx, unsigned mm);
};
struct world_notifier {
	const struct world_notifier_ops *ops; /* NULL: free */
	void *ctx;
};

struct world_page {
	uint64_t pa;  /* frame; stays while swapped */
	uint8_t prot; /* rights of the mapping */
	uint8_t mapped, cow, swapped;
};

struct world_mm {
	uint8_t users;	 /* mm_users: tasks */
	uint8_t count;	 /* mm_count: users > 0 counts as one, + one per world_mm_grab() */
	uint8_t exiting; /* between the release notifier and the end of exit_mmap */
	uint8_t vm;	 /* WORLD_MAX_VMS: of the host; else in the memory of this VM */
	uint64_t root;	 /* page-table root (physical); 0 once torn down */
	uint32_t dirty;	 /* slots whose descriptors changed since world_take_dirty() */
	struct world_notifier notifier[WORLD_MAX_NOTIFIERS];
	struct world_page page[WORLD_SPACE_PAGES];
};

struct world_task {
	uint8_t mm;    /* WORLD_NONE: no such task */
	uint8_t group; /* thread group: the slot of its leader, or another that is free */
};

/* Task slots must be free (spawn, child of fork, ...) or alive; CHECKed. 0 or -ENOMEM. */
int world_spawn(struct world *world, unsigned task);
/* In a VM: pages and tables are in its memory. */
int world_guest_spawn(struct world *world, unsigned vm, unsigned task);
/* The VM stops: its tasks are gone, nobody in it is notified, all of its memory is free. References
 * to its address spaces were its software's, and are gone too. */
void world_vm_stop(struct world *world, unsigned vm);
int world_fork(struct world *world, unsigned parent, unsigned child);
int world_thread(struct world *world, unsigned parent, unsigned child);
int world_clone_vm(struct world *world, unsigned parent, unsigned child);
int world_exec(struct world *world, unsigned task);
void world_exit(struct world *world, unsigned task);
void world_exit_group(struct world *world, unsigned task);
bool world_task_alive(const struct world *world, unsigned task);

/* Memory of a task, by page slot. Results as the law's (models/reference/svaref.h). */
int world_mmap(struct world *world, unsigned task, unsigned slot, unsigned count, unsigned prot);
int world_munmap(struct world *world, unsigned task, unsigned slot, unsigned count);
int world_mprotect(struct world *world, unsigned task, unsigned slot, unsigned count,
		   unsigned prot);
int world_mremap(struct world *world, unsigned task, unsigned from, unsigned to);
int world_migrate(struct world *world, unsigned task, unsigned slot);
int world_swap_out(struct world *world, unsigned task, unsigned slot);
int world_cpu_read(struct world *world, unsigned task, unsigned slot, uint32_t *value);
int world_cpu_write(struct world *world, unsigned task, unsigned slot, uint32_t value);

/* For drivers: an address space by its index, as an mm_struct pointer would be. */
uint64_t world_mm_root(const struct world *world, unsigned mm);
/* mmgrab / mmdrop: the index stays valid; not the page tables. */
void world_mm_grab(struct world *world, unsigned mm);
void world_mm_drop(struct world *world, unsigned mm);
/* Is there a user (mmget_not_zero would succeed)? */
bool world_mm_alive(const struct world *world, unsigned mm);
/* -ENOMEM when full or by an injected failure, -ESRCH when the mm has no users (the real one is
 * a BUG there: a precondition of the caller, A-20). */
int world_notifier_register(struct world *world, unsigned mm, const struct world_notifier_ops *ops,
			    void *ctx);
void world_notifier_unregister(struct world *world, unsigned mm, void *ctx);
/* For fault handlers. The first mapping that ends above `va`, as find_vma(); false when there is
 * none. One page slot is one mapping. */
bool world_mm_mapping(const struct world *world, unsigned mm, uint64_t va, uint64_t *start,
		      uint64_t *end, unsigned *prot);
/* handle_mm_fault(): what a CPU access would do to the page (swap in, break copy-on-write). 0,
 * -EFAULT when not mapped or not permitted or without users, -ENOMEM. May sleep. */
int world_mm_fault(struct world *world, unsigned mm, uint64_t va, bool write);
/* Slots that changed since the last call; cleared. */
uint32_t world_take_dirty(struct world *world, unsigned mm);

#endif
