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

#ifdef __cplusplus
extern "C" {
#endif

enum ref_policy {
	REF_POLICY_IO_MM,      /* the 2018 design: global PASIDs, one PASID table per domain */
	REF_POLICY_LINUX_6_1,  /* bonds in the driver, handles with references, table per domain */
	REF_POLICY_LINUX_6_12, /* PASIDs attach to groups, one PASID table per device */
	REF_POLICY_COUNT,
};

enum {
	REF_MAX_DEVICES = 4,
	REF_MAX_DOMAINS = 4,
	REF_MAX_TASKS = 8,
	/* A live mm has at least one task; the others have exited and are still bound. */
	REF_MAX_MMS = REF_MAX_TASKS + 4,
	REF_MAX_PASIDS = 256, /* SubstreamIDs are 8 bits at most in a trace */
	REF_MAX_BONDS = REF_MAX_DEVICES * REF_MAX_MMS,
	REF_SPACE_PAGES = 32, /* page slots of one address space: a uint32_t is a set of them */
	REF_MAX_PAGES = (REF_MAX_MMS + REF_MAX_DOMAINS) * REF_SPACE_PAGES,
	/* One op ends the bonds of one device or of one mm, two calls a bond at most. */
	REF_MAX_CALLS = 2 * REF_MAX_TASKS,
	REF_NONE = 0xff,
	REF_NO_PAGE = 0xffff, /* ref_access.page of an identity-mapped ATS completion (13.6.4) */
};

enum ref_prot { REF_READ = 1, REF_WRITE = 2 };

/* Feature bits of init() and flags of bind(). */
enum ref_feature { REF_FEAT_IOPF = 1 };

/* What Linux enables one by one (enum iommu_dev_features). */
enum ref_dev_feature { REF_DEV_SVA, REF_DEV_IOPF };

enum ref_domain_type {
	REF_DOMAIN_STAGE1,   /* translated: has a private table and a PASID table */
	REF_DOMAIN_IDENTITY, /* untranslated: cannot hold address spaces (A-4 check 12) */
};

struct ref_topology {
	uint8_t policy;	   /* enum ref_policy */
	uint8_t ssid_bits; /* SubstreamID bits of the IOMMU, 0..8 */
	uint8_t num_devices;
	uint8_t num_domains;
	uint8_t stall_force; /* the IOMMU cannot do without stalls: `stall` is set for every device */
	/* Linux: the default domain of a group is an empty translated one, not identity. Then no domain
	 * is identity, and the members of a linux-6.1 group agree in SSID bits and stall, as that one
	 * domain demands: iommu_probe_device() fails for others. */
	uint8_t default_dma;
	struct {
		uint16_t rid;	    /* requester id; unique (B-8) */
		uint8_t pasid_bits; /* 0: the device cannot tag transactions */
		uint8_t group;	    /* 0..REF_MAX_DEVICES-1, REF_NONE: in no group */
		uint8_t ats;	    /* device and IOMMU can */
		uint8_t stall;	    /* its faults stall (platform endpoint, SMMU with stalls) */
		uint8_t streams;    /* StreamIDs of the device, 1 or more; 0 counts as 1 */
		uint8_t smmu; /* Linux: the IOMMU in front of it; the same for a whole group */
	} device[REF_MAX_DEVICES];
	uint8_t domain_type[REF_MAX_DOMAINS]; /* enum ref_domain_type */
	/* linux-6.12: the IOMMU of the device that it is allocated for (iommu_paging_domain_alloc()). */
	uint8_t domain_smmu[REF_MAX_DOMAINS];
};

/* What a (device, PASID or none) pair reaches: B-1 and A-7 in one value. */
enum ref_target_kind {
	REF_TARGET_ABORT,     /* device in no domain, or blocked for a user: aborted in silence */
	REF_TARGET_BYPASS,    /* identity (default) domain, no PASID: addresses are physical */
	REF_TARGET_NO_PASID,  /* no such PASID: reported as a configuration fault (A-43 UNBOUND) */
	REF_TARGET_MM,	      /* the address space of mm `index` */
	REF_TARGET_PRIVATE,   /* the private table of domain `index` */
	REF_TARGET_QUIESCED,  /* bound to mm `index`, which has exited: aborted in silence */
	REF_TARGET_UNMANAGED, /* no driver ever set this device up: aborted, in silence or not */
	REF_TARGET_EMPTY,     /* Linux: translated by an empty table of the kernel's own */
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
	/* The access stalls first: the fault is answered once, by retry when the outcome is OK, by
	 * abort otherwise (D-8, D-14). */
	uint8_t stalls;
	uint8_t unreported; /* whether there is an event record is not promised */
};

/* Calls that the law demands of the implementation during an op, in order. */
enum ref_call_kind { REF_CALL_MM_EXIT, REF_CALL_FAULT_FLUSH };

struct ref_call {
	uint8_t kind; /* enum ref_call_kind */
	uint8_t device;
	uint16_t pasid;
};

struct ref_result {
	int error;	  /* 0 or a negative errno (Linux numbers) */
	uint32_t value;	  /* bind: the PASID; unmap: pages unmapped; otherwise 0 */
	const char *rule; /* rule that decided the error or the fault, "" for success */
	uint8_t bond;	  /* bind: index of the bond; one handle for each (Linux policies) */
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
	uint8_t device; /* REF_NONE: free; linux-6.12: the first of its group that bound */
	uint8_t mm;
	/* The device's domain at bind time; linux-6.12, default domain: REF_NONE. */
	uint8_t domain;
	uint8_t spare;
	/* Linux policies: references to the handle, by the device whose driver took them. */
	uint16_t refs[REF_MAX_DEVICES];
};

struct ref_mm {
	uint8_t users; /* tasks that share it; 0: free, or exited and still bound */
	uint8_t flags; /* the io_mm's flags (A-4 check 7) */
	/* 0: none. io_mm: while there is a bond. Linux: from the first bind to the last reference of
	 * the mm, live or bound (A-43, M61, M70). */
	uint16_t pasid;
	struct ref_space space;
};

struct ref_task {
	uint8_t mm;    /* REF_NONE: no such process */
	uint8_t group; /* thread group: slot of its first task, or any that no live group has */
};

struct ref_device {
	uint8_t present; /* 0 after unplug */
	/* REF_NONE: none. Linux: what the kernel chose itself, that is the default domain, or blocked
	 * when claimed; an identity domain of the topology is here only while the group is claimed. */
	uint8_t domain;
	uint8_t initialised; /* sva_param exists; Linux: IOMMU_DEV_FEAT_SVA is enabled */
	uint8_t features;    /* REF_FEAT_IOPF; Linux: IOMMU_DEV_FEAT_IOPF is enabled */
	uint8_t claimed;     /* the group's DMA is owned by a user (whole group) */
	uint8_t spare;
	uint16_t min_pasid, max_pasid; /* inclusive; Linux: 0, the hardware's limits count */
};

/*
 * Entry of a group's PASID array (linux-6.12): an mm, REF_NONE, or an ordinary domain and the device
 * whose driver attached it: REF_ENTRY_ATTACHED | device * REF_MAX_DOMAINS | domain.
 */
enum { REF_ENTRY_ATTACHED = 0x80 };

static inline bool ref_entry_is_domain(uint8_t entry)
{
	return entry & REF_ENTRY_ATTACHED && entry != REF_NONE;
}

static inline uint8_t ref_entry_domain(uint8_t entry)
{
	return entry % REF_MAX_DOMAINS;
}

static inline uint8_t ref_entry_device(uint8_t entry)
{
	return (uint8_t)((entry ^ REF_ENTRY_ATTACHED) / REF_MAX_DOMAINS);
}

struct ref_domain {
	uint8_t finalised;	  /* linux-6.1: was attached once, so that it has a table */
	uint8_t ssid_bits, stall; /* linux-6.1: of the first device, others must agree */
	uint8_t smmu;		  /* Linux: the IOMMU that it is for; 6.1: once it is finalised */
	struct ref_space space;	  /* the private table: entry 0 */
	uint8_t table[REF_MAX_PASIDS]; /* PASID -> mm, REF_NONE; [0] stays REF_NONE */
};

struct ref {
	struct ref_topology topology;
	uint32_t serial; /* last value handed out for a written page */
	struct ref_device device[REF_MAX_DEVICES];
	struct ref_task task[REF_MAX_TASKS];
	struct ref_mm mm[REF_MAX_MMS];
	uint64_t bonds; /* set of bond[] that are not free */
	struct ref_bond bond[REF_MAX_BONDS];
	/* By group. linux-6.12: the PASIDs of its members; linux-6.1: the table of its default domain;
	 * io_mm: 0. */
	uint8_t group_table[REF_MAX_DEVICES][REF_MAX_PASIDS];
	uint8_t pasid_owner[REF_MAX_PASIDS]; /* global: PASID -> mm */
	struct ref_domain domain[REF_MAX_DOMAINS];
	uint64_t used_pages[REF_MAX_PAGES / 64]; /* set of pages with users */
	struct ref_page page[REF_MAX_PAGES];
};

/*
 * Start of a trace: devices present, in no domain (Linux: each group in its default domain) and not
 * initialised; no task, no page.
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

/*
 * Linux policies: iommu_dev_enable_feature() and its counterpart; -ENODEV under io_mm, which has no
 * such call. ref_init() is what a device driver does (uacce_enable_sva()): IOPF when asked for, then
 * SVA, and IOPF back when that fails; ref_shutdown() disables SVA, then IOPF when it is on, and
 * stops at the first error. An error of the Linux policies may change the state: a bind that fails
 * late leaves the mm its PASID, an attach that fails may leave a linux-6.1 domain finalised.
 */
struct ref_result ref_enable(struct ref *ref, uint8_t device, enum ref_dev_feature feature);
struct ref_result ref_disable(struct ref *ref, uint8_t device, enum ref_dev_feature feature);
/* iommu_attach_device_pasid() of an ordinary domain; -EOPNOTSUPP where there is no such call. */
struct ref_result ref_attach_pasid(struct ref *ref, uint8_t device, uint8_t domain, uint32_t pasid);
struct ref_result ref_detach_pasid(struct ref *ref, uint8_t device, uint32_t pasid);
/* iommu_group_claim_dma_owner(): the group's DMA is blocked, for a user. */
struct ref_result ref_claim(struct ref *ref, uint8_t device);
struct ref_result ref_release(struct ref *ref, uint8_t device);

/*
 * Documented preconditions of the caller: NULL, or why the call must not be made now ("SVA is not
 * enabled: iommu_sva_bind_device() says that it must be"). The harness does not send such an op
 * unless the trace is marked `misuse`. Always NULL under io_mm, whose calls are total.
 */
enum ref_call_name {
	REF_MAY_BIND,
	REF_MAY_UNBIND, /* the caller holds a handle of this (device, pasid) */
	REF_MAY_INIT,
	REF_MAY_SHUTDOWN,
	REF_MAY_DISABLE,
	REF_MAY_ATTACH,
	REF_MAY_DETACH,
	REF_MAY_DETACH_PASID,
	REF_MAY_RELEASE,
	REF_MAY_UNPLUG,
	REF_MAY_CLAIM,
};
/* `argument`: task of bind, PASID of unbind and detach_pasid, enum ref_dev_feature of disable. */
const char *ref_may(const struct ref *ref, enum ref_call_name call, uint8_t device,
		    uint32_t argument);
/* The same for map and unmap, which io-pgtable-arm.c warns about when the caller lost count. */
const char *ref_may_map(const struct ref *ref, uint8_t domain, uint8_t page, uint8_t count);
const char *ref_may_unmap(const struct ref *ref, uint8_t domain, uint8_t page, uint8_t count);
/* Is there room for one more address space (exited ones stay while they are bound)? */
bool ref_room_for_mm(const struct ref *ref);
/* Linux: the PASID that a bind of this task by this device would give the mm although the bind
 * itself fails later (allocation failure): give it now. */
void ref_take_pasid(struct ref *ref, uint8_t device, uint8_t task);

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
/* D-17: the same when memory runs out while a stalled fault is handled: it is aborted, nothing comes in. */
struct ref_result ref_dma_no_memory(struct ref *ref, uint8_t device, bool has_pasid, uint32_t pasid,
				    uint8_t page, bool write);
/* ATS translation request: access.outcome OK with access.prot = rights granted (0 = none), page
 * REF_NO_PAGE when the completion is the address itself; REF_FAULT_ABORT while ATS is off. */
struct ref_result ref_ats(struct ref *ref, uint8_t device, bool has_pasid, uint32_t pasid,
			  uint8_t page);
/* Has the IOMMU driver ATS on for the device now? */
bool ref_ats_enabled(const struct ref *ref, uint8_t device);

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
	uint8_t parts;	  /* enum ref_part: what has to change before it can break */
	uint8_t policies; /* set of enum ref_policy, as bits, whose states satisfy it */
};
extern const struct ref_invariant ref_invariants[];
extern const unsigned ref_num_invariants;
/* NULL, or the first invariant that does not hold. */
const struct ref_invariant *ref_check(const struct ref *ref);
/* The same for the invariants that speak of some of these parts (a set of enum ref_part): after a
 * call that changed nothing else. */
const struct ref_invariant *ref_check_parts(const struct ref *ref, unsigned parts);

#ifdef __cplusplus
}
#endif

#endif
