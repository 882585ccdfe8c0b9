/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The seam between a kernel image (unmodified kernel source with the shim of kernel/) and its host
 * (the driver's libc side). Two tables of functions in plain C types: the header is compiled on
 * both sides and includes nothing. An image has no other way out, the host no other way in.
 *
 * Devices, domains, SMMUs and address spaces ("mm") are the small indices of the trace and of
 * harness/world. Results are 0 or a negative errno. Physical address = pointer value.
 */
#ifndef SVAFUZZ_LINUX_IMAGE_H
#define SVAFUZZ_LINUX_IMAGE_H

enum {
	LINUX_MAX_SMMUS = 2,
	LINUX_MAX_DEVICES = 4,
	LINUX_MAX_DOMAINS = 4,
	LINUX_MAX_MMS = 16,
	LINUX_MAX_STREAMS = 2, /* of one device */
	/* attach(): the default domain of the group, that is what the kernel chose itself. */
	LINUX_DEFAULT_DOMAIN = 0xff,
};

/* Interrupts, the numbers of enum smmu_irq that the kernel has a handler for. */
enum linux_irq { LINUX_IRQ_EVTQ = 0, LINUX_IRQ_GERROR = 1 };

enum linux_feature { LINUX_FEATURE_SVA, LINUX_FEATURE_IOPF }; /* enum iommu_dev_features */

enum linux_prot { LINUX_READ = 1, LINUX_WRITE = 2 };

enum linux_frames { LINUX_FRAMES_TABLE, LINUX_FRAMES_DMA };

/* Why an image ends a trace; as enum world_failure. */
enum linux_failure {
	LINUX_FAIL_DEADLOCK = 1, /* waits for what nothing will bring; a lock taken twice */
	LINUX_FAIL_ATOMIC = 2,	 /* sleeps in atomic context */
	LINUX_FAIL_BUG = 3,	 /* BUG, WARN, or a complaint of the shim */
	LINUX_FAIL_LOCK = 4,	 /* releases a lock that it does not hold */
};

/* What an image asks of its host. ctx is passed back. */
struct linux_host {
	void *ctx;
	/* RAM that hardware can see, [ram_base, ram_base + ram_size). */
	unsigned long ram_base, ram_size;

	/* Kernel objects. 16-byte aligned and zeroed; never handed out twice in one trace, so that a
	 * use after free is a sanitizer report. NULL: an injected failure. Before the first reset
	 * (boot) memory lasts as long as the process. */
	void *(*alloc)(void *ctx, unsigned long size);
	void (*free)(void *ctx, void *object); /* NULL is ignored */
	unsigned long (*alloc_size)(void *ctx, const void *object);
	/* 2^order zeroed frames of RAM, aligned to their size. NULL: an injected failure. */
	void *(*alloc_frames)(void *ctx, unsigned order, enum linux_frames kind);
	void (*free_frames)(void *ctx, void *address, unsigned order);

	/* Registers of an SMMU; size 4 or 8. */
	unsigned long long (*mmio_read)(void *ctx, unsigned smmu, unsigned offset, unsigned size);
	void (*mmio_write)(void *ctx, unsigned smmu, unsigned offset, unsigned size,
			   unsigned long long value);
	/* The next store of the image goes to this address inside RAM. */
	void (*store)(void *ctx, void *address, unsigned size);

	/* Scheduling: the world's. spin() counts spinlocks (+1 taken, -1 released); with one held
	 * nothing may sleep and no interrupt runs. wait() sleeps until done(arg), and runs what is
	 * pending meanwhile; a wait that nothing can end does not return. relax(): one turn of a
	 * busy wait. */
	void (*might_sleep)(void *ctx);
	void (*spin)(void *ctx, int change);
	void (*wait)(void *ctx, int (*done)(void *arg), void *arg, const char *what);
	void (*relax)(void *ctx);

	/* The trace ends here with a finding: does not return. */
	void (*fail)(void *ctx, enum linux_failure failure, const char *text);
	/* One line of printk, for whoever wants to read it. */
	void (*log)(void *ctx, const char *text);
	/* Nobody reads what a device says below a warning: it need not be formatted. */
	int quiet;

	/* Address spaces. mm_vma(): the first mapping that ends above `address`; 0 if there is none. */
	int (*mm_vma)(void *ctx, unsigned mm, unsigned long address, unsigned long *start,
		      unsigned long *end, unsigned *prot);
	/* handle_mm_fault(): 0, or an errno when the access stays impossible. */
	int (*mm_fault)(void *ctx, unsigned mm, unsigned long address, int write);
	/* __mmdrop() ran: the index may be used for another address space. */
	void (*mm_dropped)(void *ctx, unsigned mm);

	/* PCI capability registers: 0 or -errno. */
	int (*set_ats)(void *ctx, unsigned device, int enable);
	int (*set_pasid)(void *ctx, unsigned device, int enable);
};

/* CPUs, as the SMMU driver asks about them, and the command line. */
struct linux_machine {
	unsigned pa_bits;   /* 32, 36, 40, 42, 44, 48: ID_AA64MMFR0_EL1.PARange */
	unsigned asid_bits; /* 8 or 16: ID_AA64MMFR0_EL1.ASIDBits */
	int vhe;	    /* the kernel runs at EL2 */
	int default_dma;    /* iommu.passthrough=0: default domains translate */
};

struct linux_device_desc {
	unsigned smmu;
	unsigned num_streams;
	unsigned stream[LINUX_MAX_STREAMS]; /* StreamIDs */
	unsigned pasid_bits;		    /* 0: no PASID capability */
	int pci;			    /* PCI function, else a platform device */
	int ats;			    /* PCI: ATS capability, root complex supports it */
	int can_stall;			    /* platform: "dma-can-stall" */
	unsigned alias_group;		    /* devices with one number != 0 are DMA aliases */
};

/* What the image still holds for the users of its API. */
struct linux_usage {
	unsigned bonds;	      /* handles with references */
	unsigned mms;	      /* mm_structs */
	unsigned pasids;      /* of mms */
	unsigned asids;	      /* entries of arm_smmu_asid_xa */
	unsigned attachments; /* entries of arm_smmu_domain.devices, of domains of domain_alloc() */
};

struct linux_image {
	const char *name;    /* "linux-6.12" */
	const char *policy;  /* of the reference model: the same */
	const char *version; /* "6.12.117" */
	/* .data and .bss of the image, for snapshots; nothing else of it is writable. */
	void *data[2];
	unsigned long data_size[2];

	/* Once per process, before any other call; `pages` is zeroed memory for one struct page a
	 * frame of RAM, page_size() bytes each. 0 or -errno. */
	unsigned long (*page_size)(void);
	int (*boot)(const struct linux_host *host, void *pages);

	/* Run one pending work item, timer, RCU or SRCU callback; 0: there is none. */
	int (*run_pending)(void);
	void (*interrupt)(unsigned smmu, enum linux_irq irq);

	/* A machine comes up. */
	void (*set_machine)(const struct linux_machine *machine);
	int (*smmu_add)(unsigned smmu);
	void (*smmu_shutdown)(unsigned smmu);
	void (*smmu_remove)(unsigned smmu);
	int (*device_add)(unsigned device, const struct linux_device_desc *desc);
	/* The bus takes the device away (BUS_NOTIFY_REMOVED_DEVICE). */
	void (*device_remove)(unsigned device);

	/* Domains of drivers: stage 1, unmanaged. `device`: one whose SMMU it is for. */
	int (*domain_alloc)(unsigned domain, unsigned device);
	void (*domain_free)(unsigned domain);
	int (*attach)(unsigned device, unsigned domain); /* iommu_attach_group() */
	void (*detach)(unsigned device);		 /* iommu_detach_group() */
	int (*map)(unsigned domain, unsigned long iova, unsigned long pa, unsigned long size,
		   unsigned prot);
	unsigned long (*unmap)(unsigned domain, unsigned long iova, unsigned long size);
	unsigned long (*iova_to_phys)(unsigned domain, unsigned long iova);
	void (*flush)(unsigned domain); /* iommu_flush_iotlb_all() */
	/* Root of the domain's tables, 0 before there is one. */
	unsigned long (*domain_root)(unsigned domain);
	/* DMA ownership (VFIO): the group goes to the blocking domain. */
	int (*claim)(unsigned device);
	void (*release)(unsigned device);

	/* SVA. */
	int (*enable)(unsigned device, enum linux_feature feature);
	int (*disable)(unsigned device, enum linux_feature feature);
	/* The caller holds mm_users. *handle is the struct iommu_sva. */
	int (*bind)(unsigned device, unsigned mm, void **handle, unsigned *pasid);
	void (*unbind)(void *handle);
	/* -EOPNOTSUPP where the kernel has no such call (6.1 keeps it to itself). */
	int (*attach_pasid)(unsigned device, unsigned domain, unsigned pasid);
	void (*detach_pasid)(unsigned device, unsigned domain, unsigned pasid);

	/* Address spaces. An mm_struct is made when the first driver asks for the space. */
	int (*mm_create)(unsigned mm, unsigned long root);
	/* [start, end) changed in the tables, old pages still there. */
	void (*mm_invalidate)(unsigned mm, unsigned long start, unsigned long end);
	/* exit_mmap(): mm_users is 0; the tables go when this returns. Its mm_count reference is
	 * dropped as pending work. */
	void (*mm_release)(unsigned mm);
	unsigned (*mm_pasid)(unsigned mm); /* 0: none */

	struct linux_usage (*usage)(void);
};

extern const struct linux_image linux_image_6_1, linux_image_6_12;

#endif
