// SPDX-License-Identifier: GPL-2.0-only
/* The image's side of the seam: the kernel's API behind the indices of struct linux_image. */
#include "machine.h"

#include <generated/utsrelease.h>
#include <linux/err.h>
#include <linux/io-pgtable.h>
#include <linux/iommu.h>

#include <drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.h>

/* Set by the image's linker script. */
extern char linux_image_data_start[], linux_image_data_end[];
extern char linux_image_bss_start[], linux_image_bss_end[];

static struct iommu_domain *domains[LINUX_MAX_DOMAINS];

static unsigned long api_page_size(void)
{
	return sizeof(struct page);
}

static void api_interrupt(unsigned int smmu, enum linux_irq irq)
{
	unsigned int wire = irq == LINUX_IRQ_EVTQ ? SHIM_WIRE_EVTQ : SHIM_WIRE_GERROR;

	shim_interrupt(shim_irq(smmu, wire));
}

/* iommu_set_def_domain_type(): iommu.passthrough=0 or 1. */
static void api_set_machine(const struct linux_machine *machine)
{
	shim_set_cpu(machine);
	if (machine->default_dma)
		iommu_set_default_translated(true);
	else
		iommu_set_default_passthrough(true);
}

/* Domains. */
static int api_domain_alloc(unsigned int domain, unsigned int device)
{
	struct device *dev = shim_device(device);
	struct iommu_domain *new;

	if (!dev)
		return -ENODEV;
#if LINUX_SHIM_VERSION < 612
	new = iommu_domain_alloc(dev->bus);
	if (!new)
		return -ENOMEM;
#else
	new = iommu_paging_domain_alloc(dev);
	if (IS_ERR(new))
		return PTR_ERR(new);
#endif
	domains[domain] = new;
	return 0;
}

static void api_domain_free(unsigned int domain)
{
	iommu_domain_free(domains[domain]);
	domains[domain] = NULL;
}

/* NULL: not there, or nothing translates for it. */
static struct iommu_group *group_of(unsigned int device)
{
	struct device *dev = shim_device(device);

	return dev ? dev->iommu_group : NULL;
}

static int api_attach(unsigned int device, unsigned int domain)
{
	struct iommu_group *group = group_of(device);

	if (!group)
		return -ENODEV;
	if (domain == LINUX_DEFAULT_DOMAIN)
		return iommu_attach_group(iommu_group_default_domain(group), group);
	return iommu_attach_group(domains[domain], group);
}

static void api_detach(unsigned int device)
{
	struct iommu_group *group = group_of(device);

	if (group)
		iommu_detach_group(iommu_get_domain_for_dev(shim_device(device)), group);
}

static int api_map(unsigned int domain, unsigned long iova, unsigned long pa, unsigned long size,
		   unsigned int prot)
{
	int iommu_prot = IOMMU_CACHE | (prot & LINUX_READ ? IOMMU_READ : 0) |
			 (prot & LINUX_WRITE ? IOMMU_WRITE : 0);

#if LINUX_SHIM_VERSION < 612
	return iommu_map(domains[domain], iova, pa, size, iommu_prot);
#else
	return iommu_map(domains[domain], iova, pa, size, iommu_prot, GFP_KERNEL);
#endif
}

static unsigned long api_unmap(unsigned int domain, unsigned long iova, unsigned long size)
{
	return iommu_unmap(domains[domain], iova, size);
}

static unsigned long api_iova_to_phys(unsigned int domain, unsigned long iova)
{
	return iommu_iova_to_phys(domains[domain], iova);
}

static void api_flush(unsigned int domain)
{
	iommu_flush_iotlb_all(domains[domain]);
}

/* There are tables once the driver knows the SMMU: arm_smmu_domain_finalise(). */
static unsigned long api_domain_root(unsigned int domain)
{
	struct io_pgtable_ops *ops;

	if (!domains[domain])
		return 0;
	ops = to_smmu_domain(domains[domain])->pgtbl_ops;
	return ops ? io_pgtable_ops_to_pgtable(ops)->cfg.arm_lpae_s1_cfg.ttbr : 0;
}

/* One owner for all: what counts is that it is not the kernel. */
static char dma_owner;

static int api_claim(unsigned int device)
{
	struct iommu_group *group = group_of(device);

	return group ? iommu_group_claim_dma_owner(group, &dma_owner) : -ENODEV;
}

static void api_release(unsigned int device)
{
	struct iommu_group *group = group_of(device);

	if (group)
		iommu_group_release_dma_owner(group);
}

/* SVA. */
static enum iommu_dev_features feature_of(enum linux_feature feature)
{
	return feature == LINUX_FEATURE_SVA ? IOMMU_DEV_FEAT_SVA : IOMMU_DEV_FEAT_IOPF;
}

static int api_enable(unsigned int device, enum linux_feature feature)
{
	struct device *dev = shim_device(device);

	return dev ? iommu_dev_enable_feature(dev, feature_of(feature)) : -ENODEV;
}

static int api_disable(unsigned int device, enum linux_feature feature)
{
	struct device *dev = shim_device(device);

	return dev ? iommu_dev_disable_feature(dev, feature_of(feature)) : -ENODEV;
}

/* Handles in the hands of callers: bind() gives a bond that there is already once more. */
static struct bond {
	struct iommu_sva *handle;
	unsigned int references;
} bonds[LINUX_MAX_DEVICES * LINUX_MAX_MMS];

static struct bond *bond_of(struct iommu_sva *handle)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(bonds); i++)
		if (bonds[i].handle == handle)
			return &bonds[i];
	return NULL;
}

static void hold_bond(struct iommu_sva *handle)
{
	struct bond *bond = bond_of(handle);

	if (!bond)
		bond = bond_of(NULL);
	if (!bond)
		shim_fail(LINUX_FAIL_BUG, "more bonds than devices and address spaces allow");
	bond->handle = handle;
	bond->references++;
}

static int api_bind(unsigned int device, unsigned int mm, void **handle, unsigned int *pasid)
{
	struct device *dev = shim_device(device);
	struct iommu_sva *sva;

	if (!group_of(device) || !shim_mm(mm))
		return -ENODEV;
#if LINUX_SHIM_VERSION < 612
	sva = iommu_sva_bind_device(dev, shim_mm(mm), NULL);
#else
	sva = iommu_sva_bind_device(dev, shim_mm(mm));
#endif
	if (IS_ERR(sva))
		return PTR_ERR(sva);
	hold_bond(sva);
	*handle = sva;
	*pasid = iommu_sva_get_pasid(sva);
	return 0;
}

static void api_unbind(void *handle)
{
	struct bond *bond = bond_of(handle);

	if (bond && --bond->references == 0)
		bond->handle = NULL;
	iommu_sva_unbind_device(handle);
}

#if LINUX_SHIM_VERSION < 612
static int api_attach_pasid(unsigned int device, unsigned int domain, unsigned int pasid)
{
	return -EOPNOTSUPP;
}

static void api_detach_pasid(unsigned int device, unsigned int domain, unsigned int pasid)
{
}
#else
static int api_attach_pasid(unsigned int device, unsigned int domain, unsigned int pasid)
{
	struct device *dev = shim_device(device);

	return dev ? iommu_attach_device_pasid(domains[domain], dev, pasid, NULL) : -ENODEV;
}

static void api_detach_pasid(unsigned int device, unsigned int domain, unsigned int pasid)
{
	if (group_of(device))
		iommu_detach_device_pasid(domains[domain], shim_device(device), pasid);
}
#endif

static unsigned int count_list(const struct list_head *list)
{
	const struct list_head *entry;
	unsigned int count = 0;

	list_for_each(entry, list) count++;
	return count;
}

static struct linux_usage api_usage(void)
{
	struct linux_usage usage = {0};
	unsigned long asid;
	void *entry;

	for (unsigned int i = 0; i < ARRAY_SIZE(bonds); i++)
		usage.bonds += bonds[i].references != 0;
	for (unsigned int i = 0; i < LINUX_MAX_MMS; i++) {
		usage.mms += shim_mm(i) != NULL;
		usage.pasids += shim_mm_pasid(i) != 0;
	}
	xa_for_each(&arm_smmu_asid_xa, asid, entry) usage.asids++;
	for (unsigned int i = 0; i < LINUX_MAX_DOMAINS; i++)
		if (domains[i])
			usage.attachments += count_list(&to_smmu_domain(domains[i])->devices);
	return usage;
}

static int api_boot(const struct linux_host *host, void *pages);

#if LINUX_SHIM_VERSION < 612
#define IMAGE	   linux_image_6_1
#define IMAGE_NAME "linux-6.1"
#else
#define IMAGE	   linux_image_6_12
#define IMAGE_NAME "linux-6.12"
#endif

/* The host's view of it is constant; sizes are known to boot() only. */
static struct linux_image image = {
	.name = IMAGE_NAME,
	.policy = IMAGE_NAME,
	.version = UTS_RELEASE,
	.data = {linux_image_data_start, linux_image_bss_start},
	.page_size = api_page_size,
	.boot = api_boot,
	.run_pending = shim_run_pending,
	.interrupt = api_interrupt,
	.set_machine = api_set_machine,
	.smmu_add = shim_smmu_add,
	.smmu_shutdown = shim_smmu_shutdown,
	.smmu_remove = shim_smmu_remove,
	.device_add = shim_device_add,
	.device_remove = shim_device_remove,
	.domain_alloc = api_domain_alloc,
	.domain_free = api_domain_free,
	.attach = api_attach,
	.detach = api_detach,
	.map = api_map,
	.unmap = api_unmap,
	.iova_to_phys = api_iova_to_phys,
	.flush = api_flush,
	.domain_root = api_domain_root,
	.claim = api_claim,
	.release = api_release,
	.enable = api_enable,
	.disable = api_disable,
	.bind = api_bind,
	.unbind = api_unbind,
	.attach_pasid = api_attach_pasid,
	.detach_pasid = api_detach_pasid,
	.mm_create = shim_mm_create,
	.mm_invalidate = shim_mm_invalidate,
	.mm_release = shim_mm_release,
	.mm_pasid = shim_mm_pasid,
	.usage = api_usage,
};

extern const struct linux_image IMAGE __attribute__((alias("image")));

static int api_boot(const struct linux_host *host, void *pages)
{
	image.data_size[0] = linux_image_data_end - linux_image_data_start;
	image.data_size[1] = linux_image_bss_end - linux_image_bss_start;
	shim_boot_host(host, pages);
	return shim_bring_up();
}
