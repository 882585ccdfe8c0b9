/* SPDX-License-Identifier: MIT */
/*
 * What the files of the Linux policies share, and where the calls of the API branch to them.
 *
 * The rules were read from Linux 6.1.192 and 6.12.117: drivers/iommu/iommu.c, iommu-sva.c,
 * iommu-sva-lib.c, io-pgfault.c, io-pgtable-arm.c, arm/arm-smmu-v3/arm-smmu-v3.c and
 * arm-smmu-v3-sva.c, kernel/fork.c. Each rule names the function. Where code and kernel-doc differ,
 * the kernel-doc is the law.
 */
#ifndef SVAREF_LINUX_H
#define SVAREF_LINUX_H

#include "internal.h"

static inline bool ref_is_6_1(const struct ref *ref)
{
	return ref->topology.policy == REF_POLICY_LINUX_6_1;
}

/* linux_feature.c: what a device can do, and what is enabled. */

/* master->ssid_bits */
unsigned ref_linux_ssid_bits(const struct ref *ref, uint8_t device);
/* dev->iommu->max_pasids: PASIDs below this one; 0 without PASID support. */
unsigned ref_linux_max_pasids(const struct ref *ref, uint8_t device);
/* arm_smmu_master_iopf_supported() */
bool ref_linux_takes_iopf(const struct ref *ref, uint8_t device);
struct ref_result ref_linux_init(struct ref *ref, uint8_t device, uint32_t features);
struct ref_result ref_linux_shutdown(struct ref *ref, uint8_t device);

/* linux_bind.c: handles and PASIDs of address spaces. */

/* The bond whose handle a bind of this pair shares, REF_NONE. */
uint8_t ref_linux_handle(const struct ref *ref, uint8_t device, uint8_t mm);
/* The bond with this PASID of whose handle the device's driver has references of its own, besides that
 * of the partitions; REF_NONE. */
uint8_t ref_linux_held(const struct ref *ref, uint8_t device, uint32_t pasid);
/* Has the device's driver a reference to any handle? */
bool ref_linux_bound(const struct ref *ref, uint8_t device);
struct ref_result ref_linux_bind(struct ref *ref, uint8_t device, uint8_t mm);
struct ref_result ref_linux_unbind(struct ref *ref, uint8_t device, uint32_t pasid);
/* The device's driver gives one reference back. */
void ref_linux_put_handle(struct ref *ref, uint8_t device, uint8_t bond);
/* The first device whose driver has a reference to the handle, REF_NONE. */
uint8_t ref_linux_holder(const struct ref_bond *bond);
/* The device's driver gives all its references back. */
void ref_linux_unbind_device(struct ref *ref, uint8_t device);
/* The same, and the device goes. */
void ref_linux_forget_device(struct ref *ref, uint8_t device);
/* The last task of the space leaves. */
void ref_linux_exit(struct ref *ref, uint8_t mm);

/* linux_pasid.c: the PASID array of a group (6.12). */

/* A present member that has PASIDs and cannot have this one. */
bool ref_linux_beyond_group(const struct ref *ref, uint8_t group, uint32_t pasid);
/* Does the device's STE lead to a table of CDs although its domain has none? */
bool ref_linux_pasids_in_use(const struct ref *ref, uint8_t device);
/* The device's driver detaches the domains that it attached. */
void ref_linux_detach_pasids(struct ref *ref, uint8_t device);
/* Would anything of the group's array stay on the device when its driver has given all back? */
bool ref_linux_pasids_would_stay(const struct ref *ref, uint8_t device);

/* linux_domain.c: domains of groups, owners. */

/* The group is in a domain that a driver attached, not in one of the core's own. */
bool ref_linux_in_user_domain(const struct ref *ref, uint8_t device);
/* SVA is enabled on a present device of this device's group. */
bool ref_linux_group_has_sva(const struct ref *ref, uint8_t device);
/* The group is in its default domain, and that translates. */
bool ref_linux_in_default_dma(const struct ref *ref, uint8_t device);
/* 6.1: do the present members agree in SSID bits and stall, as one translated domain demands? */
bool ref_linux_group_agrees(const struct ref *ref, uint8_t device);
/* 6.1: the PASID table of a translated domain, for REF_NONE of the default domain of the device's
 * group. */
const uint8_t *ref_linux_table_6_1(const struct ref *ref, uint8_t device, uint8_t domain);
struct ref_result ref_linux_attach(struct ref *ref, uint8_t device, uint8_t domain);
struct ref_result ref_linux_detach(struct ref *ref, uint8_t device);
/* What a device driver's remove() does before the device goes. */
void ref_linux_leave(struct ref *ref, uint8_t device);
/* 0, or why the domain has no table to map into. */
int ref_linux_table_error(const struct ref *ref, uint8_t domain);
/* Those of the slots that an unmap gets to: it ends at the first that is not mapped. */
uint32_t ref_linux_unmappable(const struct ref *ref, uint8_t domain, uint32_t slots);

/* linux_hotplug.c: a device that is not there comes back, uninitialised, and joins its group. */

struct ref_result ref_linux_plug(struct ref *ref, uint8_t device);
/* 6.12: did the space exit, with a PASID on the group, before the device came to it? */
bool ref_linux_missed(const struct ref *ref, uint8_t device, uint8_t mm);
/* Members of a group in the order of its list: the one behind `member`, or the first (REF_NONE). */
uint8_t ref_linux_next_member(const struct ref *ref, uint8_t group, uint8_t member);

/* linux_access.c: what devices reach, ATS, stalled faults. */

struct ref_target ref_linux_target(const struct ref *ref, uint8_t device, bool has_pasid,
				   uint32_t pasid);
bool ref_linux_ats_enabled(const struct ref *ref, uint8_t device);
/* Does a fault of the device stall when its transaction has this target? */
bool ref_linux_stalls(const struct ref *ref, uint8_t device, struct ref_target target);
/* The fault handler's work on a stalled access: true, and the page is there, or false: abort. */
bool ref_linux_handle_fault(struct ref *ref, uint8_t device, struct ref_target target, uint8_t page,
			    bool write);

#endif
