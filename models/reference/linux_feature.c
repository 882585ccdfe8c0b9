/* SPDX-License-Identifier: MIT */
/*
 * Linux: features that a device driver enables one by one (A-14, C-11). Both versions have the same
 * arm_smmu_dev_enable_feature() and arm_smmu_dev_disable_feature(), apart from the bonds of 6.1.
 */
#include "linux.h"

unsigned ref_linux_ssid_bits(const struct ref *ref, uint8_t device)
{
	unsigned bits = ref->topology.device[device].pasid_bits;

	/* arm_smmu_probe_device(), arm_smmu_enable_pasid() */
	return bits < ref->topology.ssid_bits ? bits : ref->topology.ssid_bits;
}

unsigned ref_linux_max_pasids(const struct ref *ref, uint8_t device)
{
	/* dev_iommu_get_max_pasids(): an IOMMU without SubstreamIDs leaves PASID 0 of the device. */
	if (!ref->topology.device[device].pasid_bits)
		return 0;
	return 1u << ref_linux_ssid_bits(ref, device);
}

bool ref_linux_takes_iopf(const struct ref *ref, uint8_t device)
{
	return ref->topology.device[device].stall && ref->topology.device[device].streams <= 1;
}

static struct ref_result enable_iopf(struct ref *ref, uint8_t device)
{
	struct ref_device *dev = &ref->device[device];

	if (!ref_linux_takes_iopf(ref, device))
		return ref_error(-EINVAL, "C-11");
	if (dev->features & REF_FEAT_IOPF)
		return ref_error(-EBUSY, "C-11");
	dev->features |= REF_FEAT_IOPF;
	return ref_ok();
}

static struct ref_result enable_sva(struct ref *ref, uint8_t device)
{
	struct ref_device *dev = &ref->device[device];

	/* arm_smmu_master_sva_supported(): "SSID support is mandatory for the moment" */
	if (!ref_linux_ssid_bits(ref, device))
		return ref_error(-EINVAL, "A-14");
	if (dev->initialised)
		return ref_error(-EBUSY, "C-11");
	/* arm_smmu_master_sva_enable_iopf(): "Drivers for devices supporting PRI or stall should
	 * enable IOPF first." */
	if (ref_linux_takes_iopf(ref, device) && !(dev->features & REF_FEAT_IOPF))
		return ref_error(-EINVAL, "C-11");
	dev->initialised = 1;
	return ref_ok();
}

struct ref_result ref_enable(struct ref *ref, uint8_t device, enum ref_dev_feature feature)
{
	REF_ASSERT(device < ref->topology.num_devices);
	/* iommu_dev_enable_feature() */
	if (!ref_is_linux(ref) || !ref_device_usable(ref, device))
		return ref_error(-ENODEV, "C-11");
	return feature == REF_DEV_IOPF ? enable_iopf(ref, device) : enable_sva(ref, device);
}

static struct ref_result disable_iopf(struct ref *ref, uint8_t device)
{
	struct ref_device *dev = &ref->device[device];

	if (!(dev->features & REF_FEAT_IOPF))
		return ref_error(-EINVAL, "C-11");
	if (dev->initialised)
		return ref_error(-EBUSY, "C-11");
	dev->features = 0;
	return ref_ok();
}

static struct ref_result disable_sva(struct ref *ref, uint8_t device)
{
	struct ref_device *dev = &ref->device[device];

	if (!dev->initialised)
		return ref_error(-EINVAL, "C-11");
	/* arm_smmu_master_disable_sva(): 6.12 leaves it to the caller, see ref_may(). */
	if (ref_is_6_1(ref) && ref_linux_bound(ref, device))
		return ref_error(-EBUSY, "C-11");
	dev->initialised = 0;
	return ref_ok();
}

struct ref_result ref_disable(struct ref *ref, uint8_t device, enum ref_dev_feature feature)
{
	REF_ASSERT(device < ref->topology.num_devices);
	if (!ref_is_linux(ref) || !ref->device[device].present)
		return ref_error(-ENODEV, "C-11");
	/* iommu_dev_disable_feature(): -EBUSY for a device without an IOMMU. */
	if (!ref_device_usable(ref, device))
		return ref_error(-EBUSY, "C-11");
	return feature == REF_DEV_IOPF ? disable_iopf(ref, device) : disable_sva(ref, device);
}

/* uacce_enable_sva(); the device's own limits do not exist here. */
struct ref_result ref_linux_init(struct ref *ref, uint8_t device, uint32_t features)
{
	struct ref_result result = ref_ok();

	if (features & REF_FEAT_IOPF)
		result = ref_enable(ref, device, REF_DEV_IOPF);
	if (result.error)
		return result;
	result = ref_enable(ref, device, REF_DEV_SVA);
	if (result.error && features & REF_FEAT_IOPF)
		ref_disable(ref, device, REF_DEV_IOPF);
	return result;
}

/* uacce_disable_sva() */
struct ref_result ref_linux_shutdown(struct ref *ref, uint8_t device)
{
	struct ref_result result = ref_disable(ref, device, REF_DEV_SVA);

	if (!result.error && ref->device[device].features & REF_FEAT_IOPF)
		result = ref_disable(ref, device, REF_DEV_IOPF);
	return result;
}
