/* SPDX-License-Identifier: MIT */
/*
 * The driver socket: software that binds. A driver owns the SMMU behind the socket, allocates
 * tables in the world's RAM, subscribes to notifiers and waits through the world's scheduler. It
 * never sees the reference model. Devices, domains and mms are indices as in the trace. Results
 * are 0 or a negative errno.
 */
#ifndef SVAFUZZ_DRIVER_H
#define SVAFUZZ_DRIVER_H

#include "../smmus/smmu.h"
#include "../world/world.h"

struct driver;

enum driver_feature { DRIVER_FEATURE_SVA, DRIVER_FEATURE_IOPF };

enum driver_domain_type { DRIVER_DOMAIN_STAGE1, DRIVER_DOMAIN_IDENTITY };

/* What a driver still holds; all zero after every device was detached and shut down. */
struct driver_usage {
	unsigned bonds, io_mms, pasids, asids, vmids;
	unsigned attachments; /* of devices and PASIDs, as domains list them; 0 when nobody lists */
};

enum driver_hint { /* explicit invalidations that nobody needs: must be harmless */
		   DRIVER_HINT_TLBI,
		   DRIVER_HINT_CFGI,
		   DRIVER_HINT_ATC_INV,
		   DRIVER_HINT_PREFETCH,
};

/* What a guest asks its host to invalidate: addresses, ASIDs and PASIDs are the guest's. The host
 * takes VMID and StreamID from what it knows itself. */
enum driver_guest_inv_kind {
	DRIVER_GUEST_CFGI_CD, /* entry `pasid` of the function's table, and its L1 entry */
	DRIVER_GUEST_TLBI_ASID,
	DRIVER_GUEST_TLBI_VA, /* [va, va + size) under `asid`, walk caches included */
	DRIVER_GUEST_ATC_INV, /* [va, va + size) of `pasid`; size 0: all of it; without a PASID: as said */
};
struct driver_guest_inv {
	uint8_t kind; /* enum driver_guest_inv_kind */
	bool has_pasid;
	uint16_t asid;
	unsigned pasid;
	uint64_t va, size; /* multiples of 4 KiB */
};

struct driver_ops {
	const char *name;
	const char *policy; /* of the reference model: "io_mm", "linux-6.1", "linux-6.12" */
	const char *doc;
	bool answers_stalls; /* else its devices and SMMUs are without the stall model */
	bool many_smmus;     /* else all devices are behind the first one */
	/* What exactly is tested ("6.12.117"), or "". */
	const char *(*version)(const struct driver *driver);
	/* Reset and bring up the SMMUs: WORLD_MAX_SMMUS of them, by number, NULL where there is none.
	 * Endpoints are in the world. 0 or -errno. */
	int (*probe)(struct driver *driver, struct world *world, struct smmu_socket *const *smmus);
	/* Everything is detached: give all back, SMMU off. */
	void (*remove)(struct driver *driver);
	/* `device`: one that it is for, where domains belong to the SMMU of a device. */
	int (*domain_alloc)(struct driver *driver, unsigned domain, enum driver_domain_type type,
			    unsigned device);
	void (*domain_free)(struct driver *driver, unsigned domain);
	/* The device's group joins or leaves; bonds of its devices go first. */
	int (*attach)(struct driver *driver, unsigned device, unsigned domain);
	int (*detach)(struct driver *driver, unsigned device);
	/* The device is gone from the bus; shuts down and detaches it alone. */
	void (*unplug)(struct driver *driver, unsigned device);
	/* Private table: pa[i] at iova + i * 4 KiB; all or nothing. */
	int (*map)(struct driver *driver, unsigned domain, uint64_t iova, const uint64_t *pa,
		   unsigned count, unsigned prot);
	/* Pages that were mapped; set[i] = their old address or 0. The caller frees them after. */
	int (*unmap)(struct driver *driver, unsigned domain, uint64_t iova, unsigned count,
		     uint64_t *old_pa);
	int (*sva_init)(struct driver *driver, unsigned device, unsigned features,
			unsigned min_pasid, unsigned max_pasid);
	int (*sva_shutdown)(struct driver *driver, unsigned device);
	/* pasid may be NULL (A-4 check 1). *handle tells handles apart; 0 where there are none. */
	int (*bind)(struct driver *driver, unsigned device, unsigned mm, unsigned flags,
		    unsigned *pasid, uint64_t *handle);
	int (*unbind)(struct driver *driver, unsigned device, unsigned pasid);
	void (*unbind_all)(struct driver *driver, unsigned device);
	/* Calls that not every API has; NULL where it has not. */
	int (*enable)(struct driver *driver, unsigned device, enum driver_feature feature);
	int (*disable)(struct driver *driver, unsigned device, enum driver_feature feature);
	int (*attach_pasid)(struct driver *driver, unsigned device, unsigned domain,
			    unsigned pasid);
	void (*detach_pasid)(struct driver *driver, unsigned device, unsigned domain,
			     unsigned pasid);
	/* The device is on the bus again (its endpoint is present): it joins the domain of its group. NULL:
	 * the driver knows no hot-plug. 0 or -errno. */
	int (*plug)(struct driver *driver, unsigned device);
	/*
	 * VMs; all NULL where there are none. vm_create(): a VMID and a stage-2 tree that maps the VM's
	 * memory (world_vm_base(), WORLD_VM_IPA). vm_destroy(): nothing of its memory can be reached or is
	 * cached when it returns, the VMID is free; devices were taken away before. 0 or -errno.
	 */
	int (*vm_create)(struct driver *driver, unsigned vm);
	void (*vm_destroy)(struct driver *driver, unsigned vm);
	/* As attach() to a domain that is the VM: stage 2, no stage 1 yet. From another VM too. The caller
	 * has checked who may (B-7, B-8). -EINVAL: not alone in its group. */
	int (*vm_attach)(struct driver *driver, unsigned device, unsigned vm);
	/* Out of the VM, in no domain: aborts, nothing is cached. */
	void (*vm_detach)(struct driver *driver, unsigned device);
	/* The guest's PASID table for a function: linear, 1 << bits entries at an IPA; 0 bits: none again.
	 * Without a PASID the function has the guest-physical memory (S1DSS = bypass). */
	int (*vm_set_table)(struct driver *driver, unsigned device, uint64_t ipa, unsigned bits);
	/* Forwarded from the guest in `vm` for a function that it has; complete on return (D-2 inside). */
	void (*vm_invalidate)(struct driver *driver, unsigned vm, unsigned device,
			      const struct driver_guest_inv *inv);
	int (*claim)(struct driver *driver, unsigned device);
	void (*release)(struct driver *driver, unsigned device);
	/* The SMMUs are shut down with everything in use; no call follows but the next probe(). */
	void (*power_off)(struct driver *driver);
	/* PASID of a world mm, 0 for none; NULL where PASIDs belong to bonds. */
	unsigned (*mm_pasid)(const struct driver *driver, unsigned mm);
	/* NULL: the driver has no such call. False: not for this device now. */
	bool (*hint)(struct driver *driver, enum driver_hint hint, unsigned device, bool has_pasid,
		     unsigned pasid, uint64_t va, uint64_t size);
	/* Put a raw command (low word = opcode only) in the queue, as a corrupted one would be. NULL:
	 * the driver offers no way. */
	void (*bad_command)(struct driver *driver, unsigned opcode);
	struct driver_usage (*usage)(const struct driver *driver);
	/* Root of a domain's private table (0: none), for the refinement check. */
	uint64_t (*domain_root)(const struct driver *driver, unsigned domain);
	/* Choose a planted fault by name ("" = none); false if there is no such fault. */
	bool (*set_fault)(struct driver *driver, const char *fault);
};

struct driver {
	const struct driver_ops *ops;
};

/* NULL when there is no such driver. The driver lives as long as the process. */
struct driver *driver_find(const char *name);
/* NULL, or for a driver that there is but not in this build: one line that says how to get it. */
const char *driver_missing(const char *name);
const struct driver_ops *const *driver_list(void);

#endif
