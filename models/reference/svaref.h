/* SPDX-License-Identifier: MIT */
/*
 * libsvaref: the reference model of domain, io_mm and PASID relations ("the law").
 *
 * A pure library: no I/O, no clock, no allocation, no hardware words. The whole state is one flat
 * struct without pointers, so that copy is memcpy, compare is memcmp and reset is memset. One
 * function per operation of the bind API; each returns what the law promises for that call.
 *
 * Rule names (A-19, B-1, ...) are those of the project's semantics document; `svafuzz rules` lists
 * them with their sources. Addresses are page slots: the model knows which page of a space is
 * meant, not at which virtual address the harness puts it.
 */
#ifndef SVAREF_H
#define SVAREF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ref_policy {
	REF_POLICY_IO_MM, /* the 2018 design: global PASIDs, one PASID table per domain */
	REF_POLICY_COUNT,
};

enum {
	REF_MAX_DEVICES = 4,
	REF_MAX_DOMAINS = 4,
	REF_MAX_TASKS = 8,
	REF_MAX_MMS = REF_MAX_TASKS, /* a live mm has at least one task */
	REF_MAX_PASIDS = 256,	     /* SubstreamIDs are 8 bits at most in a trace */
	REF_MAX_BONDS = REF_MAX_DEVICES * REF_MAX_MMS,
	REF_SPACE_PAGES = 32, /* page slots of one address space: a uint32_t is a set of them */
	REF_MAX_PAGES = (REF_MAX_MMS + REF_MAX_DOMAINS) * REF_SPACE_PAGES,
	/* One op ends the bonds of one device or of one mm, two calls a bond at most. */
	REF_MAX_CALLS = 2 * REF_MAX_MMS,
	REF_NONE = 0xff,
};

enum ref_prot { REF_READ = 1, REF_WRITE = 2 };

/* Feature bits of init() and flags of bind(). */
enum ref_feature { REF_FEAT_IOPF = 1 };

enum ref_domain_type {
	REF_DOMAIN_STAGE1,   /* translated: has a private table and a PASID table */
	REF_DOMAIN_IDENTITY, /* untranslated: cannot hold address spaces (A-4 check 12) */
};

struct ref_topology {
	uint8_t policy;	   /* enum ref_policy */
	uint8_t ssid_bits; /* SubstreamID bits of the IOMMU, 0..8 */
	uint8_t num_devices;
	uint8_t num_domains;
	struct {
		uint16_t rid;	    /* requester id; unique (B-8) */
		uint8_t pasid_bits; /* 0: the device cannot tag transactions */
		uint8_t group;	    /* 0..REF_MAX_DEVICES-1, REF_NONE: in no group */
		uint8_t ats;
	} device[REF_MAX_DEVICES];
	uint8_t domain_type[REF_MAX_DOMAINS]; /* enum ref_domain_type */
};

/* What a (device, PASID or none) pair reaches: B-1 and A-7 in one value. */
enum ref_target_kind {
	REF_TARGET_ABORT,    /* device in no domain: transactions are aborted in silence */
	REF_TARGET_BYPASS,   /* identity domain, no PASID: addresses are physical */
	REF_TARGET_NO_PASID, /* no such PASID: reported as a configuration fault (A-43 UNBOUND) */
	REF_TARGET_MM,	     /* the address space of mm `index` */
	REF_TARGET_PRIVATE,  /* the private table of domain `index` */
};

struct ref_target {
	uint8_t kind;  /* enum ref_target_kind */
	uint8_t index; /* mm or domain */
};

enum ref_outcome {
	REF_OUTCOME_NONE, /* the op makes no access */
	REF_OUTCOME_OK,
	REF_FAULT_TRANSLATION,
	REF_FAULT_PERMISSION,
	REF_FAULT_PASID, /* no such PASID in the domain's table, or PASID 0 */
	REF_FAULT_ABORT, /* terminated in silence */
	REF_FAULT_BUS,	 /* bypassed to a physical address where no memory is */
};

/* One promised access: to a page with these rights, or a fault. */
struct ref_access {
	uint8_t outcome; /* enum ref_outcome */
	uint8_t prot;	 /* enum ref_prot bits that a device has on the page */
	uint16_t page;	 /* index into ref.page when the outcome is OK */
	uint32_t value;	 /* what a read returns, what the page holds after a write */
};

/* Calls that the law demands of the implementation during an op, in order. */
enum ref_call_kind { REF_CALL_MM_EXIT, REF_CALL_FAULT_FLUSH };

struct ref_call {
	uint8_t kind; /* enum ref_call_kind */
	uint8_t device;
	uint16_t pasid;
};

struct ref_result {
	int error;		  /* 0 or a negative errno (Linux numbers) */
	uint32_t value;		  /* bind: the PASID; unmap: pages unmapped; otherwise 0 */
	const char *rule;	  /* rule that decided the error or the fault, "" for success */
	struct ref_access access; /* read, write, dma, ats */
	uint8_t num_calls;
	struct ref_call call[REF_MAX_CALLS];
};

struct ref_page {
	uint16_t users; /* mappings of this page, over all spaces */
	uint16_t spare;
	uint32_t value; /* last value written by a CPU or a device */
};

struct ref_mapping {
	uint16_t page; /* index into ref.page; meaningful when present or swapped */
	uint8_t prot;  /* rights of the mapping; 0 when the slot is not mapped */
	uint8_t state; /* enum ref_mapping_state bits */
};

enum ref_mapping_state {
	REF_MAPPED = 1,	 /* the slot belongs to a mapping */
	REF_COW = 2,	 /* shared by fork: the next write by a CPU copies it */
	REF_SWAPPED = 4, /* not present: a CPU access brings it back, a device faults */
};

struct ref_space {
	uint32_t mapped; /* set of slots with REF_MAPPED */
	struct ref_mapping slot[REF_SPACE_PAGES];
};

struct ref_bond {
	uint8_t device; /* REF_NONE: free */
	uint8_t mm;
	uint8_t domain; /* the device's domain at bind time */
};

struct ref_mm {
	uint8_t users;	/* tasks that share it; 0: free */
	uint8_t flags;	/* the io_mm's flags (A-4 check 7) */
	uint16_t pasid; /* 0: no io_mm */
	struct ref_space space;
};

struct ref_task {
	uint8_t mm;    /* REF_NONE: no such process */
	uint8_t group; /* thread group: slot of its first task, or any that no live group has */
};

struct ref_device {
	uint8_t present;     /* 0 after unplug */
	uint8_t domain;	     /* REF_NONE: none */
	uint8_t initialised; /* sva_param exists */
	uint8_t features;
	uint16_t min_pasid, max_pasid; /* inclusive */
};

struct ref_domain {
	struct ref_space space;	       /* the private table: entry 0 */
	uint8_t table[REF_MAX_PASIDS]; /* PASID -> mm, REF_NONE; [0] stays REF_NONE */
};

struct ref {
	struct ref_topology topology;
	uint32_t serial; /* last value handed out for a written page */
	struct ref_device device[REF_MAX_DEVICES];
	struct ref_task task[REF_MAX_TASKS];
	struct ref_mm mm[REF_MAX_MMS];
	uint32_t bonds; /* set of bond[] that are not free */
	struct ref_bond bond[REF_MAX_BONDS];
	uint8_t pasid_owner[REF_MAX_PASIDS]; /* global: PASID -> mm */
	struct ref_domain domain[REF_MAX_DOMAINS];
	uint64_t used_pages[REF_MAX_PAGES / 64]; /* set of pages with users */
	struct ref_page page[REF_MAX_PAGES];
};

/*
 * Start of a trace: devices present, in no domain and not initialised; no task, no page.
 * The topology is copied. It must satisfy the bounds above (asserted).
 */
void ref_reset(struct ref *ref, const struct ref_topology *topology);

/* Device and domain side. `device` < num_devices, `domain` < num_domains (asserted). */

/* A-11 .. A-14: enable SVA. min and max are PASID limits, max 0 = no limit of the caller's. */
struct ref_result ref_init(struct ref *ref, uint8_t device, uint32_t features, uint32_t min,
			   uint32_t max);
/* A-15 (v2): unbind all, then disable; -ENODEV without a domain or when not initialised. */
struct ref_result ref_shutdown(struct ref *ref, uint8_t device);
/* the device's whole group joins `domain`; bonds of its devices vanish first. */
struct ref_result ref_attach(struct ref *ref, uint8_t device, uint8_t domain);
/* the device's group leaves its domain; bonds vanish. Nothing to leave: 0, no change. */
struct ref_result ref_detach(struct ref *ref, uint8_t device);
/* A-3, B-4: map fresh pages at slots [page, page + count) of the private table; all or nothing.
 * -ENODEV for an identity domain, -EEXIST when a slot is taken. */
struct ref_result ref_map(struct ref *ref, uint8_t domain, uint8_t page, uint8_t count,
			  uint8_t prot);
/* value = number of slots that were mapped and are not any more. */
struct ref_result ref_unmap(struct ref *ref, uint8_t domain, uint8_t page, uint8_t count);
/* The device disappears: as shutdown and detach; every later call on it is -ENODEV. */
struct ref_result ref_unplug(struct ref *ref, uint8_t device);

/* Bind side: checks in the order of A-4. */
struct ref_result ref_bind(struct ref *ref, uint8_t device, uint8_t task, uint32_t flags,
			   bool pasid_out);
struct ref_result ref_unbind(struct ref *ref, uint8_t device, uint32_t pasid);
struct ref_result ref_unbind_all(struct ref *ref, uint8_t device);

/*
 * Process side. A task argument that must exist has ref_task_alive(); one that is created must
 * not (-ESRCH, -EAGAIN otherwise, nothing changes: the harness does not send such an op).
 */
bool ref_task_alive(const struct ref *ref, uint8_t task);
struct ref_result ref_spawn(struct ref *ref, uint8_t task);
struct ref_result ref_fork(struct ref *ref, uint8_t parent, uint8_t child);
struct ref_result ref_thread(struct ref *ref, uint8_t parent, uint8_t child);
/* CLONE_VM without CLONE_THREAD (vfork): shares the mm, own thread group. */
struct ref_result ref_clone_vm(struct ref *ref, uint8_t parent, uint8_t child);
struct ref_result ref_exec(struct ref *ref, uint8_t task);
struct ref_result ref_exit(struct ref *ref, uint8_t task);
struct ref_result ref_exit_group(struct ref *ref, uint8_t task);
/* CPU access; a write to a shared page copies it, either brings a swapped page back.
 * -EFAULT when not mapped or not permitted. */
struct ref_result ref_cpu(struct ref *ref, uint8_t task, uint8_t page, bool write);
/* -EEXIST when a slot is taken; pages are populated (A-21: no fault handling). */
struct ref_result ref_mmap(struct ref *ref, uint8_t task, uint8_t page, uint8_t count,
			   uint8_t prot);
struct ref_result ref_munmap(struct ref *ref, uint8_t task, uint8_t page, uint8_t count);
/* -ENOMEM when a slot is not mapped (as mprotect(2)); slots before it are changed. */
struct ref_result ref_mprotect(struct ref *ref, uint8_t task, uint8_t page, uint8_t count,
			       uint8_t prot);
/* Move one page to another slot: -EFAULT when `from` is not mapped, -EEXIST when `to` is. */
struct ref_result ref_mremap(struct ref *ref, uint8_t task, uint8_t from, uint8_t to);
/* The kernel moves the page's content to another frame; only the frame changes.
 * -EFAULT when not present; -EBUSY when other mappings share the page. */
struct ref_result ref_migrate(struct ref *ref, uint8_t task, uint8_t page);
/* -EFAULT when not present; -EBUSY when other mappings share the page. */
struct ref_result ref_swap_out(struct ref *ref, uint8_t task, uint8_t page);

/* Device side. A PASID >= 2^pasid_bits cannot be sent (asserted). */
struct ref_result ref_dma(struct ref *ref, uint8_t device, bool has_pasid, uint32_t pasid,
			  uint8_t page, bool write);
/* ATS translation request: access.outcome OK with access.prot = rights granted (0 = none);
 * REF_FAULT_ABORT for every request in an identity domain. */
struct ref_result ref_ats(struct ref *ref, uint8_t device, bool has_pasid, uint32_t pasid,
			  uint8_t page);

/* Queries: what the law allows and demands now. */
struct ref_target ref_target(const struct ref *ref, uint8_t device, bool has_pasid, uint32_t pasid);
/* The space behind a target, NULL for kinds without one. */
const struct ref_space *ref_target_space(const struct ref *ref, struct ref_target target);
/* The access that a device has on one slot of a space: prot 0 means translation fault. */
struct ref_access ref_device_access(const struct ref *ref, const struct ref_space *space,
				    uint8_t page);

/* Resources that must be back at zero once everything was torn down. */
struct ref_usage {
	unsigned bonds, pasids, pages, table_entries, mms;
};
struct ref_usage ref_usage(const struct ref *ref);

/* Parts of the state. */
enum ref_part {
	REF_PART_RELATIONS = 1, /* devices, groups, domains, bonds, PASIDs, tasks */
	REF_PART_MEMORY = 2,	/* mappings and pages */
	REF_PART_ALL = 3,
};

/* Named invariants: one per rule that the state itself must satisfy, checkable after any call. */
struct ref_invariant {
	const char *rule;   /* "B-9" */
	const char *name;   /* "pasid-unique" */
	const char *source; /* where the statement was made */
	const char *text;   /* the statement, in one sentence */
	bool (*holds)(const struct ref *ref);
	uint8_t parts; /* enum ref_part: what has to change before it can break */
};
extern const struct ref_invariant ref_invariants[];
extern const unsigned ref_num_invariants;
/* NULL, or the first invariant that does not hold. */
const struct ref_invariant *ref_check(const struct ref *ref);
/* The same for the invariants that speak of some of these parts (a set of enum ref_part): after a
 * call that changed nothing else. */
const struct ref_invariant *ref_check_parts(const struct ref *ref, unsigned parts);

#endif
