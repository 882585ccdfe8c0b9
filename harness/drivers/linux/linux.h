/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kernel image as a driver: what the files of the host side share. The image sees struct
 * linux_host, the rest of svafuzz sees driver_ops; in between is one struct linux_driver for each
 * image of the program.
 */
#ifndef SVAFUZZ_LINUX_DRIVER_H
#define SVAFUZZ_LINUX_DRIVER_H

#include "../driver.h"
#include "image.h"

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define LINUX_POISON(base, size)   ASAN_POISON_MEMORY_REGION((void *)(base), (size))
#define LINUX_UNPOISON(base, size) ASAN_UNPOISON_MEMORY_REGION((void *)(base), (size))
#else
#define LINUX_POISON(base, size)   ((void)(base), (void)(size))
#define LINUX_UNPOISON(base, size) ((void)(base), (void)(size))
#endif
/* For what looks at red zones and at globals of the image. */
#define LINUX_NO_ASAN __attribute__((no_sanitize_address, noinline))

enum {
	LINUX_ARENA_SIZE = 16 << 20,
	LINUX_MAX_PASIDS = 256, /* PASIDs of a trace have eight bits */
	LINUX_MAX_REFS = LINUX_MAX_DEVICES * LINUX_MAX_MMS,
	LINUX_LINE = 120,
};

/* memory.c: kernel objects and frames. */
struct linux_memory {
	struct world *world;		 /* NULL while the image boots */
	uint8_t *base;			 /* LINUX_ARENA_SIZE bytes */
	size_t used;			 /* never given out again before the reset */
	size_t boot;			 /* what boot has used */
	bool boot_freed;		 /* an object of boot was freed since the reset */
	unsigned top_frame;		 /* frames at or above were not allocated since the reset */
	uint8_t order[WORLD_RAM_FRAMES]; /* of the block that starts here, + 1; 0: none does */
};
/* Once. False: no memory. */
bool linux_memory_map(struct linux_memory *memory);
/* What is allocated now lasts as long as the process. */
void linux_memory_boot_done(struct linux_memory *memory);
/* As it was after boot, but for the contents of boot's objects (snapshot.c). */
void linux_memory_reset(struct linux_memory *memory, struct world *world);
void *linux_memory_alloc(struct linux_memory *memory, unsigned long size);
void linux_memory_free(struct linux_memory *memory, void *object);
unsigned long linux_memory_size(const struct linux_memory *memory, const void *object);
/* A number that names an object: its place in the arena, no address. */
uint64_t linux_memory_name(const struct linux_memory *memory, const void *object);
void *linux_frames_alloc(struct linux_memory *memory, unsigned order, enum linux_frames kind);
/* The hardware is asked by the world whether it still looks at them (D-3, D-6). */
void linux_frames_free(struct linux_memory *memory, void *address, unsigned order);

/* snapshot.c: memory that is put back before each trace. */
struct linux_snapshot {
	struct linux_region {
		void *base, *copy;
		size_t size;
	} region[3];
	unsigned count;
};
bool linux_snapshot_take(struct linux_snapshot *snapshot, void *base, size_t size);
void linux_snapshot_restore(const struct linux_snapshot *snapshot);

/* stores.c: what the image writes to RAM is told to the hardware, store by store. */
struct linux_table { /* a page-table frame that can be reached from a root */
	uint64_t root, va;
	uint32_t epoch; /* known when it is that of linux_stores */
	uint8_t level;
};
enum { LINUX_STORE_WORDS = 3 }; /* 16 bytes at any address */
struct linux_stores {
	struct world *world;
	struct {
		uint64_t pa, size;
	} queue[LINUX_MAX_SMMUS]; /* of commands: hardware reads them when it is told to */
	unsigned num_pending;	  /* doublewords that the announced store touches */
	struct {
		uint64_t pa, old;
	} pending[LINUX_STORE_WORDS];
	uint32_t epoch;
	struct linux_table table[WORLD_RAM_FRAMES];
};
void linux_stores_reset(struct linux_stores *stores, struct world *world);
/* The next store of the image. */
void linux_stores_announce(struct linux_stores *stores, uint64_t pa, unsigned size);
/* Registers that say where memory is. */
void linux_stores_mmio(struct linux_stores *stores, unsigned smmu, unsigned offset, uint64_t value);
/* The announced store has happened: report what it changed. */
void linux_stores_flush(struct linux_stores *stores);
/* A domain's tables start here (level 0: 48 bits of input). */
void linux_stores_root(struct linux_stores *stores, uint64_t root);
/* Frames are freed. */
void linux_stores_freed(struct linux_stores *stores, uint64_t pa, unsigned frames);

/* events.c: records that the kernel takes out of the event queue. */
struct linux_events {
	uint64_t base;
	uint32_t mask; /* of CONS: index and wrap bit */
	uint32_t cons;
};
/* Before the write reaches the hardware. */
void linux_events_write(struct linux_events *events, struct world *world, unsigned offset,
			uint64_t value);

/* log.c: printk. */
struct linux_log {
	bool print; /* SVAFUZZ_KERNEL_LOG=1: to stderr, too */
	char last[LINUX_LINE];
};
void linux_log_reset(struct linux_log *log);
/* WORLD_FAIL_NONE, or what the line is the kernel's complaint about. */
enum world_failure linux_log_line(struct linux_log *log, const char *text);

/* caller.c: what device drivers, the callers of the API, know of their own calls. */
struct linux_ref {
	void *handle; /* NULL: free */
	uint8_t device, mm;
	uint16_t pasid;
	unsigned refs;
};
struct linux_caller {
	struct linux_ref ref[LINUX_MAX_REFS];
	bool enabled[LINUX_MAX_DEVICES][2]; /* by enum linux_feature */
	bool claimed[LINUX_MAX_DEVICES];    /* by group: a user owns its DMA */
	/* By group: ASIDs of the domain that the kernel makes for a claim; it stays with the group (6.1). */
	uint8_t claim_asids[LINUX_MAX_DEVICES];
	/* WORLD_NONE: none. The domain that the device's driver attached to the PASID. */
	uint8_t pasid_domain[LINUX_MAX_DEVICES][LINUX_MAX_PASIDS];
	uint8_t group_domain[LINUX_MAX_DEVICES]; /* by group */
};

/* space.c: address spaces that the image knows, by the world's index. */
struct linux_space {
	bool known;    /* there is an mm_struct */
	bool notified; /* the world tells us of changes */
};

struct linux_domain {
	bool live, stage1;
	uint64_t root; /* 0: not known to stores.c yet */
};

enum linux_state { LINUX_NOT_BOOTED, LINUX_BOOTING, LINUX_BOOTED };

struct linux_driver {
	struct driver base; /* first: the driver is the instance */
	const struct linux_image *image;
	struct linux_host host;
	struct world *world;
	struct smmu_socket *smmu[LINUX_MAX_SMMUS]; /* NULL: there is none */
	enum linux_state state;
	unsigned depth;	   /* calls into the image that have not returned */
	unsigned relaxing; /* turns of busy waits since the call began */
	uint8_t present;   /* set of the world's devices that the image has */
	uint8_t group[LINUX_MAX_DEVICES];
	bool stand_in; /* the image has a device 0 that is none of the world's */
	struct linux_domain domain[LINUX_MAX_DOMAINS];
	struct linux_space space[LINUX_MAX_MMS];
	struct linux_caller caller;
	struct linux_events events[LINUX_MAX_SMMUS];
	struct linux_log log;
	struct linux_snapshot snapshot;
	struct linux_memory memory;
	struct linux_stores stores;
};

static inline struct linux_driver *linux_of(struct driver *driver)
{
	return (struct linux_driver *)(void *)driver;
}

/* Is the device there for its driver? Otherwise every call says -ENODEV. */
static inline bool linux_present(const struct linux_driver *drv, unsigned device)
{
	return device < LINUX_MAX_DEVICES && drv->present >> device & 1;
}

/* host.c. */
void linux_host_init(struct linux_driver *drv);
/* Around every call into the image. Calls nest: a notifier runs inside a page fault. */
void linux_enter(struct linux_driver *drv);
void linux_leave(struct linux_driver *drv);

/* boot.c: once per process, and the start of every trace. */
int linux_boot(struct linux_driver *drv, struct world *world);
void linux_rewind(struct linux_driver *drv, struct world *world);

/* space.c. The mm_struct of a world's mm, made when it is first asked for: 0 or -ENOMEM. */
int linux_space_get(struct linux_driver *drv, unsigned mm);
void linux_space_dropped(struct linux_driver *drv, unsigned mm);
/* For remove(): spaces of living processes leave the image. */
void linux_space_release_all(struct linux_driver *drv);
unsigned linux_mm_pasid(const struct driver *driver, unsigned mm);

/* caller.c: driver_ops of device drivers. */
void linux_caller_reset(struct linux_caller *caller);
int linux_attach(struct driver *driver, unsigned device, unsigned domain);
int linux_detach(struct driver *driver, unsigned device);
int linux_claim(struct driver *driver, unsigned device);
void linux_release(struct driver *driver, unsigned device);
void linux_power_off(struct driver *driver);
int linux_enable(struct driver *driver, unsigned device, enum driver_feature feature);
int linux_disable(struct driver *driver, unsigned device, enum driver_feature feature);
int linux_sva_init(struct driver *driver, unsigned device, unsigned features, unsigned min_pasid,
		   unsigned max_pasid);
int linux_sva_shutdown(struct driver *driver, unsigned device);
int linux_bind(struct driver *driver, unsigned device, unsigned mm, unsigned flags, unsigned *pasid,
	       uint64_t *handle);
int linux_unbind(struct driver *driver, unsigned device, unsigned pasid);
void linux_unbind_all(struct driver *driver, unsigned device);
int linux_attach_pasid(struct driver *driver, unsigned device, unsigned domain, unsigned pasid);
void linux_detach_pasid(struct driver *driver, unsigned device, unsigned domain, unsigned pasid);
void linux_unplug(struct driver *driver, unsigned device);

/* domain.c: driver_ops of domains and their private tables. */
int linux_domain_alloc(struct driver *driver, unsigned domain, enum driver_domain_type type,
		       unsigned device);
void linux_domain_free(struct driver *driver, unsigned domain);
int linux_map(struct driver *driver, unsigned domain, uint64_t iova, const uint64_t *pa,
	      unsigned count, unsigned prot);
int linux_unmap(struct driver *driver, unsigned domain, uint64_t iova, unsigned count,
		uint64_t *old_pa);
uint64_t linux_domain_root(const struct driver *driver, unsigned domain);
/* Tables that the last call made are known to stores.c from now on. */
void linux_domain_roots(struct linux_driver *drv);

/* linux.c. An image as the driver behind the socket; lives as long as the process. */
#ifdef SVAFUZZ_HAVE_LINUX_6_12
extern const struct driver_ops linux_6_12_driver_ops;
struct driver *linux_6_12_driver_get(void);
#endif
#ifdef SVAFUZZ_HAVE_LINUX_6_1
extern const struct driver_ops linux_6_1_driver_ops;
struct driver *linux_6_1_driver_get(void);
#endif
/* linux.c, the rest of driver_ops. */
int linux_probe(struct driver *driver, struct world *world, struct smmu_socket *const *smmus);
int linux_plug(struct driver *driver, unsigned device);
void linux_remove(struct driver *driver);
struct driver_usage linux_usage(const struct driver *driver);
const char *linux_version(const struct driver *driver);
bool linux_set_fault(struct driver *driver, const char *fault);

/* The law has a policy of the same name. */
#define LINUX_DRIVER_OPS(driver_name, text)                                                        \
	{                                                                                          \
		.name = driver_name, .policy = driver_name, .doc = text, .answers_stalls = true,   \
		.many_smmus = true, .version = linux_version, .probe = linux_probe,                \
		.remove = linux_remove, .domain_alloc = linux_domain_alloc,                        \
		.domain_free = linux_domain_free, .attach = linux_attach, .detach = linux_detach,  \
		.unplug = linux_unplug, .plug = linux_plug, .map = linux_map,                      \
		.unmap = linux_unmap, .sva_init = linux_sva_init,                                  \
		.sva_shutdown = linux_sva_shutdown, .bind = linux_bind, .unbind = linux_unbind,    \
		.unbind_all = linux_unbind_all, .enable = linux_enable, .disable = linux_disable,  \
		.attach_pasid = linux_attach_pasid, .detach_pasid = linux_detach_pasid,            \
		.claim = linux_claim, .release = linux_release, .mm_pasid = linux_mm_pasid,        \
		.power_off = linux_power_off, .usage = linux_usage,                                \
		.domain_root = linux_domain_root, .set_fault = linux_set_fault,                    \
	}

#endif
