/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration, written by hand: an arm64 kernel for one CPU (locks are calls of the shim, see
 * DEBUG_SPINLOCK), with the SMMUv3 driver and SVA.
 */

/* The machine. */
#define CONFIG_64BIT			 1
#define CONFIG_ARM64			 1
#define CONFIG_CPU_LITTLE_ENDIAN	 1
#define CONFIG_NR_CPUS			 1
#define CONFIG_HAS_IOMEM		 1
#define CONFIG_HAS_DMA			 1
#define CONFIG_PHYS_ADDR_T_64BIT	 1
#define CONFIG_ARCH_DMA_ADDR_T_64BIT	 1
#define CONFIG_NEED_SG_DMA_LENGTH	 1
#define CONFIG_HAVE_64BIT_ALIGNED_ACCESS 1
#define CONFIG_GENERIC_HWEIGHT		 1
#define CONFIG_THREAD_INFO_IN_TASK	 1

/* The compiler. */
#define CONFIG_CC_IS_CLANG 1
#define CONFIG_CLANG_VERSION                                                                       \
	(__clang_major__ * 10000 + __clang_minor__ * 100 + __clang_patchlevel__)
#define CONFIG_GCC_VERSION	 0
#define CONFIG_CC_HAS_ASM_INLINE 1

/* Memory. */
#define CONFIG_MMU		     1
#define CONFIG_PAGE_SHIFT	     12
#define CONFIG_PGTABLE_LEVELS	     2
#define CONFIG_NODES_SHIFT	     0
#define CONFIG_SPARSEMEM	     1
#define CONFIG_SPARSEMEM_EXTREME     1
#define CONFIG_SPARSEMEM_VMEMMAP     1
#define CONFIG_HAVE_ARCH_PFN_VALID   1
#define CONFIG_SPLIT_PTLOCK_CPUS     999999
#define CONFIG_ILLEGAL_POINTER_VALUE 0xdead000000000000
#define CONFIG_XARRAY_MULTI	     1
#define CONFIG_MMU_NOTIFIER	     1
#define CONFIG_MMU_LAZY_TLB_REFCOUNT 1

/* Time, scheduling, RCU. */
#define CONFIG_HZ		  250
#define CONFIG_PREEMPT_NONE	  1
#define CONFIG_PREEMPT_NONE_BUILD 1
#define CONFIG_PREEMPT_COUNT	  1
#define CONFIG_TINY_RCU		  1
#define CONFIG_TINY_SRCU	  1

/* Checks: might_sleep() and each form of taking a spinlock are calls of the shim. */
#define CONFIG_DEBUG_ATOMIC_SLEEP   1
#define CONFIG_DEBUG_SPINLOCK	    1
#define CONFIG_UNINLINE_SPIN_UNLOCK 1

/* Complaints. */
#define CONFIG_BUG		1
#define CONFIG_GENERIC_BUG	1
#define CONFIG_DEBUG_BUGVERBOSE 1
#define CONFIG_PRINTK		1
#define CONFIG_LOG_BUF_SHIFT	14
#define CONFIG_BASE_SMALL	0
#define CONFIG_MULTIUSER	1

/* Devices. */
#define CONFIG_SYSFS	       1
#define CONFIG_OF	       1
#define CONFIG_OF_ADDRESS      1
#define CONFIG_PCI	       1
#define CONFIG_PCI_ATS	       1
#define CONFIG_PCI_PRI	       1
#define CONFIG_PCI_PASID       1
#define CONFIG_GENERIC_MSI_IRQ 1

/* What is under test. Default domains are identity unless the command line says otherwise, and
 * without flush queues (iommu.strict=1). */
#define CONFIG_IOMMU_SUPPORT		 1
#define CONFIG_IOMMU_API		 1
#define CONFIG_IOMMU_DEFAULT_PASSTHROUGH 1
#define CONFIG_IOMMU_DEFAULT_DMA_STRICT	 1
#define CONFIG_IOMMU_DMA		 1
#define CONFIG_IOMMU_IO_PGTABLE		 1
#define CONFIG_IOMMU_IO_PGTABLE_LPAE	 1
#define CONFIG_IOMMU_SVA		 1
#define CONFIG_ARM_SMMU_V3		 1
#define CONFIG_ARM_SMMU_V3_SVA		 1

#if LINUX_SHIM_VERSION < 612
#define CONFIG_IOASID		      1
#define CONFIG_GENERIC_MSI_IRQ_DOMAIN 1
#define CONFIG_IRQ_DOMAIN	      1
#define CONFIG_SLUB		      1
#define CONFIG_SRCU		      1
#else
#define CONFIG_IOMMU_IOPF    1
#define CONFIG_IOMMU_MM_DATA 1
#endif
