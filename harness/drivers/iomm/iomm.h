/* SPDX-License-Identifier: MIT */
/*
 * Private to the io_mm driver: the objects of the 2018 design (A-1 .. A-7) and the calls between
 * its files. Everything else sees driver.h.
 */
#ifndef SVAFUZZ_IOMM_H
#define SVAFUZZ_IOMM_H

#include "../driver.h"
#include "fault.h"
#include "hw.h"

#include <errno.h>

enum {
	IOMM_MAX_DEVICES = WORLD_MAX_ENDPOINTS,
	IOMM_MAX_DOMAINS = 4,
	IOMM_SSID_BITS = 8, /* our tables are not larger, whatever the SMMU offers */
	IOMM_MAX_IDS = 256,
	IOMM_MAX_LEAVES = 1 << (IOMM_SSID_BITS - HW_CD_LEAF_BITS),
	IOMM_FEAT_IOPF = 1,
	IOMM_HOST_VMID = 0, /* 5.2 S2VMID: what is no VM's is tagged too */
	IOMM_IPA_BITS = 39, /* stage 2 starts at level 1 with one table */
};

/* A set of numbers from which the lowest free one is taken: PASIDs, ASIDs, VMIDs. */
struct iomm_ids {
	uint64_t used[IOMM_MAX_IDS / 64];
};

/* A-1 sva_param: exists between init and shutdown. */
struct iomm_sva {
	unsigned features, min_pasid, max_pasid; /* inclusive */
};

struct iomm_device {
	bool present;
	bool hotplugged; /* came after the start */
	bool ats_on;	 /* the invalidators owe it ATC_INV (D-7) */
	uint8_t group;	 /* WORLD_NONE: in none */
	uint8_t domain;	 /* WORLD_NONE: in none */
	uint8_t vm;	 /* WORLD_NONE, or the VM that has it; it is in no domain then */
	uint16_t sid;
	uint8_t pasid_bits;
	bool ats_cap;
	uint64_t ste;
	uint64_t copy; /* a mistake: a PASID table of its own (B-5) */
	/* The guest's PASID table: 1 << guest_bits entries at an IPA; 0 bits: none (stage 2 only). */
	uint64_t guest_table;
	uint8_t guest_bits;
	struct iomm_sva *sva;
};

struct iomm_domain {
	bool used;
	uint8_t type; /* enum driver_domain_type */
	uint16_t asid;
	uint64_t root; /* private page table: what entry 0 leads to */
	/* PASID table of the whole domain, made when the first device joins; 0: not yet. */
	uint64_t cdtab, run;		/* `run`: the frames that it was cut from */
	uint64_t leaf[IOMM_MAX_LEAVES]; /* two-level: 4 KiB tables, 0 = none yet */
	unsigned mapped;		/* leaves of the private table */
	struct world_mutex map_lock;
};

/* A domain that is a VM: stage 2 alone, one 2 MiB block of guest memory. */
struct iomm_vm {
	bool used;
	uint16_t vmid;
	uint64_t root, level2;
};

struct iomm_driver;
struct iomm_bond;

/* one per mm while it has a bond. */
struct iomm_mm {
	struct iomm_driver *drv;
	struct iomm_mm *next; /* by ascending PASID */
	unsigned mm, pasid, flags;
	uint16_t asid;
	unsigned users; /* one per bond and per call at work; 0: being made or dying */
	struct iomm_bond *bond[IOMM_MAX_DEVICES]; /* at most one per device */
};

/* */
struct iomm_bond {
	struct iomm_mm *io_mm;
	uint8_t device;
	uint8_t domain; /* the device's at bind time */
	bool exiting;	/* mm_exit of the device's owner is running */
};

struct iomm_queue {
	uint64_t base;
	uint8_t bits;
	uint32_t prod, cons; /* never wrapped; the registers hold bits + 1 of them */
};

struct iomm_driver {
	struct driver base;
	unsigned fault; /* enum iomm_fault_id */

	struct world *world;
	struct smmu_socket *smmu;
	uint32_t idr0;
	uint8_t ssid_bits, sid_bits, oas;
	uint16_t max_asid;
	uint32_t gerrorn;

	struct iomm_queue cmdq, evtq;
	struct world_spinlock cmdq_lock;
	struct iomm_strtab {
		uint64_t base, frames_base;
		unsigned frames;
		bool two_level;
		uint8_t bits;
		uint64_t leaf[IOMM_MAX_DEVICES]; /* frames of second-level tables */
	} strtab;

	/* device count, domain and sva_param of a group are stable under its mutex. */
	struct world_mutex group_lock[IOMM_MAX_DEVICES];
	struct world_mutex mm_lock; /* one io_mm per mm */
	/* bonds, io_mms, domain membership, table entries. */
	struct world_spinlock sva_lock;
	struct iomm_ids pasids, asids, vmids;
	struct iomm_mm *io_mms;
	struct iomm_device device[IOMM_MAX_DEVICES];
	struct iomm_domain domain[IOMM_MAX_DOMAINS];
	struct iomm_vm vm[WORLD_MAX_VMS];
};

/* iomm.c */
void iomm_turn_off_when_idle(struct iomm_driver *drv);
extern const struct driver_ops iomm_driver_ops;
struct driver *iomm_driver_get(void);

static inline struct iomm_driver *iomm_of(struct driver *driver)
{
	return (struct iomm_driver *)driver;
}

static inline uint32_t iomm_read(struct iomm_driver *drv, uint32_t offset)
{
	return (uint32_t)drv->smmu->ops->read(drv->smmu, offset, 4);
}

static inline void iomm_write(struct iomm_driver *drv, uint32_t offset, uint32_t value)
{
	drv->smmu->ops->write(drv->smmu, offset, 4, value);
}

static inline void iomm_write64(struct iomm_driver *drv, uint32_t offset, uint64_t value)
{
	drv->smmu->ops->write(drv->smmu, offset, 8, value);
}

/* A device that can be bound has a group; NULL: gone, or in none. */
static inline struct iomm_device *iomm_device_of(struct iomm_driver *drv, unsigned device)
{
	struct iomm_device *dev = &drv->device[device];

	return dev->present && dev->group != WORLD_NONE ? dev : NULL;
}

/* ids.c: the lowest free number in [min, max], -1 when there is none. */
int iomm_id_alloc(struct iomm_ids *ids, unsigned min, unsigned max);
void iomm_id_free(struct iomm_ids *ids, unsigned id);
unsigned iomm_id_count(const struct iomm_ids *ids);
int iomm_asid_alloc(struct iomm_driver *drv);
/* D-5: only after a TLBI of the ASID has completed. */
void iomm_asid_free(struct iomm_driver *drv, unsigned asid);

/* cmdq.c: commands are put in the queue and handed over together by the next sync. */
int iomm_cmdq_init(struct iomm_driver *drv, uint32_t idr1);
void iomm_cmdq_free(struct iomm_driver *drv);
void iomm_cmdq_add(struct iomm_driver *drv, struct hw_cmd cmd);
/* What was added before is complete before what is added after (4.7.3); does not wait. */
void iomm_cmdq_barrier(struct iomm_driver *drv);
/* Everything added so far is complete when this returns. Spins: may be called under a spinlock. */
void iomm_cmdq_sync(struct iomm_driver *drv);
void iomm_gerror_irq(struct iomm_driver *drv);

/* inval.c: what to invalidate, put in the command queue; the caller syncs (D-2, D-3). */
void iomm_cfgi_cd(struct iomm_driver *drv, unsigned domain, unsigned pasid, bool leaf);
void iomm_tlbi_range(struct iomm_driver *drv, unsigned vmid, unsigned asid, uint64_t start,
		     uint64_t end, bool leaf);
void iomm_atc_range(struct iomm_driver *drv, const struct iomm_device *dev, bool has_pasid,
		    unsigned pasid, uint64_t start, uint64_t end);
void iomm_atc_pasid(struct iomm_driver *drv, const struct iomm_device *dev, unsigned pasid);
void iomm_atc_all(struct iomm_driver *drv, const struct iomm_device *dev);

/* evtq.c */
int iomm_evtq_init(struct iomm_driver *drv, uint32_t idr1);
void iomm_evtq_free(struct iomm_driver *drv);
void iomm_evtq_irq(struct iomm_driver *drv);

/* strtab.c */
int iomm_strtab_init(struct iomm_driver *drv);
void iomm_strtab_free(struct iomm_driver *drv);
/* From abort to the configuration of the device's domain or VM, and back. */
void iomm_ste_install(struct iomm_driver *drv, unsigned device, bool ats);
void iomm_ste_abort(struct iomm_driver *drv, unsigned device);

/* cdtab.c */
/* The table with its entry 0, and the leaf that `pasid` is in. 0 or -ENOMEM. May sleep. */
int iomm_cdtab_alloc(struct iomm_driver *drv, unsigned domain);
int iomm_cdtab_reserve(struct iomm_driver *drv, unsigned domain, unsigned pasid);
void iomm_cdtab_free(struct iomm_driver *drv, unsigned domain);
/* A mistake: a frame with the entries of now; 0: not possible. */
uint64_t iomm_cdtab_copy(struct iomm_driver *drv, unsigned domain);
bool iomm_cdtab_two_level(const struct iomm_driver *drv);
unsigned iomm_cdtab_bits(const struct iomm_driver *drv);
/* The entry must be clear; it is live on return. */
void iomm_cd_write(struct iomm_driver *drv, unsigned domain, unsigned pasid, unsigned asid,
		   uint64_t root);
/* No stream holds the entry any more after the next sync. */
void iomm_cd_clear(struct iomm_driver *drv, unsigned domain, unsigned pasid);

/* domain.c */
int iomm_domain_alloc(struct driver *driver, unsigned domain, enum driver_domain_type type,
		      unsigned device);
void iomm_domain_free(struct driver *driver, unsigned domain);
uint64_t iomm_domain_root(const struct driver *driver, unsigned domain);
int iomm_map(struct driver *driver, unsigned domain, uint64_t iova, const uint64_t *pa,
	     unsigned count, unsigned prot);
int iomm_unmap(struct driver *driver, unsigned domain, uint64_t iova, unsigned count,
	       uint64_t *old_pa);

/* device.c */
int iomm_attach(struct driver *driver, unsigned device, unsigned domain);
int iomm_detach(struct driver *driver, unsigned device);
void iomm_unplug(struct driver *driver, unsigned device);
int iomm_plug(struct driver *driver, unsigned device);
/* Out of its domain or VM: aborts, nothing of the function is cached. The caller holds the group's
 * mutex. */
void iomm_device_leave(struct iomm_driver *drv, unsigned device);
/* D-7: into the domain or VM that is set; the caller holds the group's mutex. */
void iomm_device_join(struct iomm_driver *drv, unsigned device, unsigned domain, unsigned vm);
unsigned iomm_group_size(const struct iomm_driver *drv, unsigned group);

/* vm.c */
int iomm_vm_create(struct driver *driver, unsigned vm);
void iomm_vm_destroy(struct driver *driver, unsigned vm);
int iomm_vm_attach(struct driver *driver, unsigned device, unsigned vm);
void iomm_vm_detach(struct driver *driver, unsigned device);
int iomm_vm_set_table(struct driver *driver, unsigned device, uint64_t ipa, unsigned bits);
/* The function's stage 1 is gone, its STE aborts: nothing of it stays in the TLB. Under sva_lock. */
void iomm_vm_forget_stage1(struct iomm_driver *drv, const struct iomm_device *dev);

/* guest_inval.c */
void iomm_vm_invalidate(struct driver *driver, unsigned vm, unsigned device,
			const struct driver_guest_inv *inv);

/* sva.c */
int iomm_sva_init(struct driver *driver, unsigned device, unsigned features, unsigned min_pasid,
		  unsigned max_pasid);
int iomm_sva_shutdown(struct driver *driver, unsigned device);
int iomm_bind(struct driver *driver, unsigned device, unsigned mm, unsigned flags, unsigned *pasid,
	      uint64_t *handle);
int iomm_unbind(struct driver *driver, unsigned device, unsigned pasid);
void iomm_unbind_all(struct driver *driver, unsigned device);
/* The caller holds the group's mutex. */
void iomm_unbind_device(struct iomm_driver *drv, unsigned device);
void iomm_sva_free(struct iomm_driver *drv, unsigned device);

/* bond.c: io_mms and their bonds */
struct iomm_mm *iomm_mm_find(struct iomm_driver *drv, unsigned mm);
struct iomm_mm *iomm_mm_get(struct iomm_mm *io_mm);
void iomm_mm_put(struct iomm_mm *io_mm);
/* The caller's reference is the first. NULL and *error: -ENOMEM, -ENOSPC. */
struct iomm_mm *iomm_mm_alloc(struct iomm_driver *drv, const struct iomm_sva *sva, unsigned mm,
			      unsigned flags, int *error);
int iomm_bond_attach(struct iomm_driver *drv, struct iomm_mm *io_mm, unsigned device);
/* Under sva_lock; the caller frees the bond and puts its io_mm. */
void iomm_bond_detach(struct iomm_driver *drv, struct iomm_bond *bond);
/* Any bond of io_mm in the domain, `except` left out? Under sva_lock. */
bool iomm_mm_in_domain(const struct iomm_mm *io_mm, unsigned domain,
		       const struct iomm_bond *except);

/* notifier.c */
extern const struct world_notifier_ops iomm_notifier_ops;

#endif
