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
	REF_MAX_PARTITIONS = 4,
	REF_MAX_VMS = 2,
	/* A guest's PASID table is one 4 KiB frame of its memory. */
	REF_GUEST_PASIDS = 64,
	/* A live mm has at least one task; the others have exited and are still bound. */
	REF_MAX_MMS = REF_MAX_TASKS + 4,
	REF_MAX_PASIDS = 256, /* SubstreamIDs are 8 bits at most in a trace */
	REF_MAX_BONDS = REF_MAX_DEVICES * REF_MAX_MMS,
	REF_SPACE_PAGES = 32, /* page slots of one address space: a uint32_t is a set of them */
	REF_MAX_PAGES = (REF_MAX_MMS + REF_MAX_DOMAINS) * REF_SPACE_PAGES,
	/* One op ends the bonds of one mm, two calls a bond, or one call for each of a PF and its VFs. */
	REF_MAX_CALLS = REF_MAX_DEVICES * REF_MAX_TASKS,
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
		uint8_t smmu;  /* Linux: the IOMMU in front of it; the same for a whole group */
		uint8_t vf_of; /* 0, or 1 + its PF: an earlier device that is no VF itself (B-8) */
		uint8_t spare;
	} device[REF_MAX_DEVICES];
	uint8_t domain_type[REF_MAX_DOMAINS]; /* enum ref_domain_type */
	/* linux-6.12: the IOMMU of the device that it is allocated for (iommu_paging_domain_alloc()). */
	uint8_t domain_smmu[REF_MAX_DOMAINS];
	/* Partitions (mdevs): each has its parent's requester id, and no table of its own (B-6). */
	uint8_t num_partitions;
	struct {
		uint8_t parent;	 /* device */
		uint8_t own_mmu; /* translates by itself: no IOMMU domain is involved (B-16) */
	} partition[REF_MAX_PARTITIONS];
	uint8_t num_vms; /* they run after ref_reset(), without functions and processes */
	/* B-7 is not enforced: partitions of one requester id may go to two VMs. To show why not. */
	uint8_t shared_rid;
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
	REF_TARGET_GUEST,     /* the guest-physical memory of VM `index`: stage 2 alone */
};

struct ref_target {
	uint8_t kind;  /* enum ref_target_kind */
	uint8_t index; /* mm, domain or VM */
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
	/* Who hears of a fault that is reported: 0 the host, 1 + v the guest of VM v: what its tables
	 * made of the access (a stage-1 fault); what is beyond its memory is the host's. */
	uint8_t guest;
};

/* Calls that the law demands of the implementation during an op, in order. */
enum ref_call_kind { REF_CALL_MM_EXIT, REF_CALL_FAULT_FLUSH };

struct ref_call {
	uint8_t kind : 4; /* enum ref_call_kind */
	uint8_t device : 4;
	uint8_t pasid; /* < REF_MAX_PASIDS */
};

struct ref_result {
	int error;	  /* 0 or a negative errno (Linux numbers) */
	uint32_t value;	  /* bind, submit: the PASID; unmap: pages unmapped; otherwise 0 */
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
	/* B-12: who wanted it. The device's driver for itself, and on behalf of a set of partitions;
	 * the bond goes with the last of them (B-14, B-15). Linux: refs[] has one for all partitions. */
	uint8_t own;
	uint8_t partitions;
	/* linux-6.12: set of the group's devices that came after the space had exited (C-15). */
	uint8_t missed;
	/* Linux policies: references to the handle, by the device whose driver took them. */
	uint16_t refs[REF_MAX_DEVICES];
};

struct ref_mm {
	uint8_t users; /* tasks that share it; 0: free, or exited and still bound */
	uint8_t flags; /* the io_mm's flags (A-4 check 7) */
	/* 0: none. io_mm: while there is a bond. Linux: from the first bind to the last reference of
	 * the mm, live or bound (A-43, M61, M70). */
	uint16_t pasid;
	uint8_t vm; /* REF_NONE: of the host; else the VM that it lives in, whose PASID that is */
	uint8_t spare;
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
	/* REF_NONE, or the VM that it is assigned to; it is in no domain of the host then. With
	 * `shared_rid`: the last one. */
	uint8_t vm;
	/* Not 0: it came after the start, so that its group may have had bonds before (C-15). Linux: its
	 * place among those of its group that did. */
	uint8_t hotplugged;
	uint8_t disabled; /* a VF that ref_enable_vfs() brings back, not ref_plug() (B-8) */
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

/* A partition of a device (mdev), as its mediating driver sees it. */
struct ref_partition {
	uint8_t vm; /* REF_NONE, or the VM that it is assigned to */
	uint8_t spare;
	uint16_t spaces; /* set of mms associated with it (B-14); of the host */
	uint32_t mapped; /* slots of its own in the private table of its parent's domain (B-10) */
};

struct ref_vm {
	uint8_t running;
	uint8_t spare;
	uint16_t bonded[REF_MAX_DEVICES];      /* the guest's bonds: set of its mms, by function */
	uint8_t pasid_owner[REF_GUEST_PASIDS]; /* the guest's own allocator: PASID -> mm (B-8) */
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
	struct ref_partition partition[REF_MAX_PARTITIONS];
	struct ref_vm vm[REF_MAX_VMS];
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

/* C-15: it is back, uninitialised, and joins the domain that its group is in: io_mm: it reaches what
 * is bound there. -EEXIST when it is present, -ENODEV for a VF that went with
 * ref_disable_vfs() or with its PF, or whose PF is gone: ref_enable_vfs() is the way. */
struct ref_result ref_plug(struct ref *ref, uint8_t device);
/* B-8: every VF of this PF is unplugged / hot-added. -ENODEV: the device is gone, -EINVAL: it has no
 * VF, -EBUSY: enable with all VFs there. A PF that is unplugged takes its VFs along. */
struct ref_result ref_disable_vfs(struct ref *ref, uint8_t device);
struct ref_result ref_enable_vfs(struct ref *ref, uint8_t device);

/*
 * Partitions (mdevs) and the mediating driver, that is the driver of the parent. `partition` <
 * num_partitions (asserted). -ENODEV when the parent is gone; then, with its own MMU (B-16), every call
 * is 0 with value 0 and changes nothing, also those of VMs.
 *
 * ref_partition_bind(): B-12, B-15: binds the parent to the task's space (flags 0) unless it is bound,
 * and associates. value = the PASID. -EBUSY (B-7) while the PASIDs of the requester id are a VM's,
 * -EEXIST when associated already, else the error of ref_bind(). A partition may have any number
 * of processes (B-17). Linux: partitions of one parent share one reference to the handle.
 */
struct ref_result ref_partition_bind(struct ref *ref, uint8_t partition, uint8_t task);
/* B-14: the association goes; with the last one, and unless the driver bound for itself, the bond.
 * -ESRCH (B-14) when no associated space has the PASID. */
struct ref_result ref_partition_unbind(struct ref *ref, uint8_t partition, uint32_t pasid);
/* B-15: all associations of one partition, lowest PASID first, then its mappings. value = how many
 * pages were unmapped. */
struct ref_result ref_partition_close(struct ref *ref, uint8_t partition);
/* B-10: in the private table of the parent's domain. -ENODEV: the parent is in no domain (also: a
 * VM's); the error of ref_map() where the domain has no table; -EBUSY (B-10): a slot of another
 * partition or of the domain's owner; -EEXIST: a slot of its own. All or nothing. */
struct ref_result ref_partition_map(struct ref *ref, uint8_t partition, uint8_t page, uint8_t count,
				    uint8_t prot);
/* -EPERM (B-10) when a slot in the range is mapped and not its own, nothing is unmapped then. value =
 * pages unmapped; holes are passed over, on Linux too: the mediating driver knows its pages. */
struct ref_result ref_partition_unmap(struct ref *ref, uint8_t partition, uint8_t page,
				      uint8_t count);
/* B-6: 0 and no change for the domain that the parent is in; -EINVAL for any other. */
struct ref_result ref_partition_attach(struct ref *ref, uint8_t partition, uint8_t domain);
/* B-12: a bind that is not the mediating driver's: always -ENODEV, a partition is no device of the
 * IOMMU. */
struct ref_result ref_user_bind(struct ref *ref, uint8_t partition, uint8_t task);
/*
 * B-13: the partition works for the task: the mediating driver puts the task's PASID (the value) into
 * the device, whatever the user wrote there. -EPERM (B-13) when the task's space is not associated
 * with the partition (host) or not bound to the parent (guest; the partition is its VM's), -ESRCH
 * when there is no such task; then nothing reaches the bus. Else as ref_dma() of the parent with that PASID; with `shared_rid` in the space of
 * the guest that the partition is assigned to.
 */
struct ref_result ref_submit(struct ref *ref, uint8_t partition, uint8_t task, uint8_t page,
			     bool write);
/* D-17, as ref_dma_no_memory(). */
struct ref_result ref_submit_no_memory(struct ref *ref, uint8_t partition, uint8_t task,
				       uint8_t page, bool write);

/*
 * VMs, under io_mm only. `vm` < num_vms (asserted); -ENODEV when it does not run, if nothing else is
 * said. What is assigned has stage 2 of the host and stage 1 of the guest (nested translation).
 * ref_attach() and ref_detach() of its group are -EBUSY (B-8), ref_unplug() takes it from the VM first.
 * A task of a guest is none of the host's: ref_bind() and ref_partition_bind() of it are -ESRCH.
 */
/* -EBUSY when it runs. */
struct ref_result ref_vm_start(struct ref *ref, uint8_t vm);
/* Functions and partitions come back (in no domain), then its tasks are gone, bound or not. */
struct ref_result ref_vm_destroy(struct ref *ref, uint8_t vm);
/*
 * B-8: leaves its domain as ref_detach() does (bonds vanish, A-36), and is the VM's. In this order:
 * -ENODEV vm or device is not there, or in no group; -EINVAL (B-8) no VF; -EINVAL not alone in its
 * group; -EBUSY (B-8) assigned as a whole, to whichever VM; -EBUSY (B-7) a partition of it is in use
 * (associated, mapped or assigned).
 */
struct ref_result ref_assign(struct ref *ref, uint8_t vm, uint8_t device);
/* -EINVAL (B-8) when it is not assigned, or by its partitions only. The guest's bonds of it are gone. */
struct ref_result ref_unassign(struct ref *ref, uint8_t device);
/*
 * B-7: the partition's requester id, and so all PASIDs below it, are the VM's from the first partition
 * on. -ENODEV vm or parent not there, or in no group; -EINVAL parent not alone in its group;
 * -EBUSY (B-7) this partition is assigned already, or the parent as a whole (ref_assign()), or a
 * partition of the parent to another VM (allowed with `shared_rid`: then the last one has the function),
 * or the host uses PASIDs below the requester id: a bond of the parent, or a mapping of a partition.
 */
struct ref_result ref_assign_partition(struct ref *ref, uint8_t vm, uint8_t partition);
/* -EINVAL (B-7) when it is not assigned (-ENODEV: the parent is gone). The last partition of a VM below
 * the parent gives the function back, the guest's bonds of it are gone; with `shared_rid` it goes to
 * the other VM if one is left. */
struct ref_result ref_unassign_partition(struct ref *ref, uint8_t partition);
/* As ref_spawn(), inside the VM. fork and so on stay inside. */
struct ref_result ref_guest_spawn(struct ref *ref, uint8_t vm, uint8_t task);
/*
 * The guest's driver binds a function that its VM has (as a whole or by a partition) to a task of the
 * VM, with the guest's lowest free PASID, 1 .. the device's and the table's last; all bonds of a
 * space have the same. -ESRCH no such task; -ENODEV (B-8) the task's VM has not the function;
 * -EEXIST; -ENOSPC; -ERANGE: the space has a PASID that this function lacks.
 */
struct ref_result ref_guest_bind(struct ref *ref, uint8_t device, uint8_t task);
/* -ENODEV (B-8) the VM has not the function; -ESRCH no such bond. */
struct ref_result ref_guest_unbind(struct ref *ref, uint8_t vm, uint8_t device, uint32_t pasid);
/* Does the VM have the function, as a whole or by a partition? */
bool ref_vm_has(const struct ref *ref, uint8_t vm, uint8_t device);

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
/*
 * Duties of the mediating driver, under every policy and in `misuse` traces as well: NULL, or why the
 * call must not be made now. It does not take the bond away (UNBIND, B-14) while a partition is
 * associated, only a share of its own: then the bond stays as it is (B-15). Nor the domain (ATTACH, DETACH,
 * RELEASE, of any member of the group) or the device (UNPLUG, of its PF too; ref_disable_vfs() is one of
 * each VF) while a partition has mappings in it (B-10). Bonds that vanish with another call (A-15, A-28,
 * A-36) take the associations along.
 */
const char *ref_partitions_forbid(const struct ref *ref, enum ref_call_name call, uint8_t device,
				  uint32_t argument);
/* The same for unmap of pages that partitions have mapped in the domain. */
const char *ref_partitions_forbid_unmap(const struct ref *ref, uint8_t domain, uint8_t page,
					uint8_t count);
/* As ref_may() for map and unmap, which io-pgtable-arm.c warns about when the caller lost count. */
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
	unsigned associations; /* of partitions and processes */
	unsigned guest_bonds;
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
/* The same for those of the B rules that speak of some of these parts (a set of enum ref_part), after a
 * call that changed nothing else: cheap enough to be asked after every call. */
const struct ref_invariant *ref_check_seed(const struct ref *ref, unsigned parts);
/* The same for all others. They may rely on what ref_check_seed() says of the same state. */
const struct ref_invariant *ref_check_others(const struct ref *ref, unsigned parts);

#ifdef __cplusplus
}
#endif

#endif
