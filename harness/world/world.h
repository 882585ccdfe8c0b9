/* SPDX-License-Identifier: MIT */
/*
 * The world: what the law's counterpart stands on. RAM, processes, endpoints, scheduler in one
 * state struct; hooks through which harness/check and the smmu socket look on.
 */
#ifndef SVAFUZZ_WORLD_H
#define SVAFUZZ_WORLD_H

#include "endpoint.h"
#include "process.h"
#include "ram.h"
#include "sched.h"

/* How an SMMU is reached: set by its socket (harness/smmus). */
struct world_port {
	void *ctx;
	struct smmu_response (*access)(void *ctx, const struct smmu_request *request);
	/* The answer to a stalled access of a StreamID. NULL: nothing stalls here. */
	enum smmu_stall_answer (*stall_take)(void *ctx, uint32_t sid, uint16_t stag);
	/* An endpoint's ATS Enable bit changed. */
	void (*set_ats)(void *ctx, unsigned device, bool enabled);
	/* Memory that the hardware may be looking at changed (after the store). */
	void (*store)(void *ctx, uint64_t pa, uint64_t old_value, uint64_t new_value);
	/* So did a descriptor of the tree whose root is at this physical address. */
	void (*pte)(void *ctx, uint64_t root, uint64_t va, unsigned level, uint64_t old_desc,
		    uint64_t new_desc);
};

/* Points of no return, for the check. Any may be NULL. */
struct world_hooks {
	void *ctx;
	/* Before a frame's last reference is gone and it can be reused. */
	void (*frame_free)(void *ctx, uint64_t pa, enum frame_kind kind);
	/* The notifiers of an mm have returned (start = end = 0: release). */
	void (*notified)(void *ctx, unsigned mm, uint64_t start, uint64_t end);
	/* The IOMMU side calls the device's owner. */
	void (*call)(void *ctx, const struct world_call *call);
	/* An SMMU took a command out of its queue, or stopped at it. */
	void (*command)(void *ctx, unsigned smmu, const uint64_t word[2], bool accepted);
};

/* The drivers of devices, as the IOMMU side calls them back. NULL: nobody listens. */
struct world_owner {
	void *ctx;
	/* mm_exit: after the call was logged and the hook ran; the device stops using the PASID. */
	void (*mm_exit)(void *ctx, unsigned device, unsigned pasid);
};

enum {
	WORLD_MAX_EVENTS = 64,
	WORLD_SMMU_IRQS = 4, /* irq i of SMMU s is number s * WORLD_SMMU_IRQS + i */
	WORLD_NUM_IRQS = WORLD_MAX_SMMUS * WORLD_SMMU_IRQS,
	WORLD_ARENA_SIZE = 1 << 20,
};

struct world {
	struct ram ram;
	struct world_task task[WORLD_MAX_TASKS];
	struct world_mm mm[WORLD_MAX_MMS];
	uint8_t num_endpoints;
	struct world_endpoint endpoint[WORLD_MAX_ENDPOINTS];
	struct world_port
		port[WORLD_MAX_SMMUS]; /* all zero: no such SMMU; the first ones are there */
	struct world_hooks hooks;
	struct world_owner owner;
	bool worst_caches; /* endpoints keep no ATC of their own: the model tracks it */
	/* A group that no driver has moved is in a translated domain of the kernel's own, empty here;
	 * else it is not translated. Before the driver comes up. */
	bool default_dma;

	/* Calls and events since world_begin_op(). */
	unsigned num_calls, num_events;
	struct world_call call[WORLD_MAX_CALLS];
	uint64_t event[WORLD_MAX_EVENTS][4];
	uint8_t event_vm
		[WORLD_MAX_EVENTS]; /* the VM that it was forwarded to, WORLD_MAX_VMS: none */
	unsigned events_lost;	    /* beyond WORLD_MAX_EVENTS */

	/* Allocation: objects of the driver. */
	unsigned objects;  /* live world_alloc() objects */
	unsigned fail_nth; /* 0: off */
	bool alloc_failed; /* an injected failure fired since world_begin_op() */
	struct world_arena {
		size_t used;
		uint8_t *base;	     /* WORLD_ARENA_SIZE bytes */
		void *free_list[16]; /* by size class */
	} arena;

	/* Scheduler. */
	unsigned spinlocks_held;
	uint8_t irq_pending; /* set of irqs */
	bool in_irq;
	void (*irq_handler)(void *ctx, unsigned irq);
	void *irq_ctx;
	/* Work that a driver has put off (work queues, grace periods): run one piece, false when there
	 * is none. Runs where the caller may sleep, never inside an interrupt or another piece. */
	bool (*run_pending)(void *ctx);
	void *pending_ctx;
	bool in_pending;
	jmp_buf *on_failure; /* where world_fail() goes */
	enum world_failure failure;
	char failure_text[160];
};

/* The one world of a process; its RAM is mapped by the first call. NULL and error on failure. */
struct world *world_get(struct error *error);
/* Start of a trace: no frames, no tasks, no endpoints, hooks and port cleared. */
void world_reset(struct world *world);
/* Start of an op: logs of calls and events empty, alloc_failed false, budgets full. */
void world_begin_op(struct world *world);
/* Returns the new endpoint's index. */
unsigned world_add_endpoint(struct world *world, uint16_t rid, unsigned pasid_bits, bool ats,
			    unsigned group);

/* More StreamIDs for an endpoint that was just added, and stalls; before the smmu's reset. */
void world_endpoint_add_stream(struct world *world, unsigned device, uint16_t stream);
void world_endpoint_can_stall(struct world *world, unsigned device);
/* The SMMU in front of it, 0 until this is called; at the same time. */
void world_endpoint_set_smmu(struct world *world, unsigned device, unsigned smmu);

/* Streams by number: first one of each endpoint, in the order of endpoints, so that those numbers are
 * the endpoints'; then the others, endpoint by endpoint. An SMMU has those of its endpoints, in this
 * order. */
unsigned world_num_streams(const struct world *world);
unsigned world_stream_device(const struct world *world, unsigned stream);
uint16_t world_stream_id(const struct world *world, unsigned stream);

/* Memory or a descriptor of a page table changed, after the store: every SMMU is told. Addresses are
 * physical, that of the root too. */
static inline void world_tell_store(struct world *world, uint64_t pa, uint64_t old_value,
				    uint64_t new_value)
{
	for (unsigned i = 0; i < WORLD_MAX_SMMUS && world->port[i].store; i++)
		world->port[i].store(world->port[i].ctx, pa, old_value, new_value);
}

static inline void world_tell_pte(struct world *world, uint64_t root, uint64_t va, unsigned level,
				  uint64_t old_desc, uint64_t new_desc)
{
	for (unsigned i = 0; i < WORLD_MAX_SMMUS && world->port[i].pte; i++)
		world->port[i].pte(world->port[i].ctx, root, va, level, old_desc, new_desc);
}

/* Driver memory (alloc.c): zeroed objects from an arena, poisoned when free; NULL by an injected
 * failure. May sleep unless `atomic`. */
void *world_alloc(struct world *world, size_t size, bool atomic);
void world_free(struct world *world, void *object, size_t size);
/* Frames for hardware tables and queues; 0 by an injected failure or when RAM is full. May sleep. */
uint64_t world_dma_alloc(struct world *world, unsigned frames);
void world_dma_free(struct world *world, uint64_t pa, unsigned frames);
/* For drivers that bring their own memory management: does the injected failure hit this allocation?
 * And 2^order frames of one kind, aligned to their size; 0 by an injected failure or when RAM is
 * full. Neither sleeps. Page tables may have entries in them when they are freed. */
bool world_alloc_fails(struct world *world);
uint64_t world_frames_alloc(struct world *world, enum frame_kind kind, unsigned order);
void world_frames_free(struct world *world, uint64_t pa, unsigned order);
/* The same for the software of a VM: frames of its memory. */
uint64_t world_guest_alloc(struct world *world, unsigned vm, unsigned frames);
void world_guest_free(struct world *world, uint64_t pa, unsigned frames);
/* A store that hardware may see at once: reported to the SMMUs. 8-byte aligned. */
void world_store(struct world *world, uint64_t pa, uint64_t value);
/* Drop a reference of a frame. The last one: hook, poison, recycle. */
void world_frame_put(struct world *world, uint64_t pa);

/* Ends the trace inside the implementation: never returns. */
_Noreturn void world_fail(struct world *world, enum world_failure failure, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
