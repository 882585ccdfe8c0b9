/* SPDX-License-Identifier: MIT */
/* The bind API: sva_param, bonds, io_mm and their PASIDs (A-3 .. .. A-29). */
#include "linux.h"

_Static_assert(REF_MAX_BONDS < 64, "ref.bonds is a set of all bonds");

const struct ref_bond ref_no_bond = {.device = REF_NONE, .mm = REF_NONE, .domain = REF_NONE};

uint8_t ref_find_bond(const struct ref *ref, uint8_t device, uint8_t mm)
{
	for (uint64_t set = ref->bonds; set; set &= set - 1) {
		unsigned i = ref_first_bond(set);

		if (ref->bond[i].device == device && ref->bond[i].mm == mm)
			return (uint8_t)i;
	}
	return REF_NONE;
}

void ref_result_call(struct ref_result *result, enum ref_call_kind kind, uint8_t device,
		     uint16_t pasid)
{
	REF_ASSERT(result->num_calls < REF_MAX_CALLS);
	result->call[result->num_calls++] = (struct ref_call){kind, device, (uint8_t)pasid};
}

void ref_bond_remove(struct ref *ref, uint8_t index)
{
	struct ref_bond gone = ref->bond[index];
	struct ref_mm *mm = &ref->mm[gone.mm];
	bool bonded = false, in_domain = false;

	/* B-14: no association outlives its bond. */
	ref_associations_drop(ref, index, gone.partitions);
	ref->bond[index] = ref_no_bond;
	ref->bonds &= ~(UINT64_C(1) << index);
	for (uint64_t set = ref->bonds; set; set &= set - 1) {
		struct ref_bond other = ref->bond[ref_first_bond(set)];

		bonded |= other.mm == gone.mm;
		in_domain |= other.mm == gone.mm && other.domain == gone.domain;
	}
	/* another bond in the domain still owns the entry. */
	if (!in_domain)
		ref->domain[gone.domain].table[mm->pasid] = REF_NONE;
	/* the last put frees the PASID at once. */
	if (!bonded) {
		ref->pasid_owner[mm->pasid] = REF_NONE;
		mm->pasid = 0;
		mm->flags = 0;
	}
}

/* The device's bond with the lowest PASID, or REF_NONE. */
static uint8_t first_bond(const struct ref *ref, uint8_t device)
{
	unsigned best = REF_MAX_PASIDS;
	uint8_t found = REF_NONE;

	for (uint64_t set = ref->bonds; set; set &= set - 1) {
		unsigned i = ref_first_bond(set);
		unsigned pasid = ref->mm[ref->bond[i].mm].pasid;

		if (ref->bond[i].device == device && pasid < best) {
			best = pasid;
			found = (uint8_t)i;
		}
	}
	return found;
}

/* page requests of the PASID leave the queue before the bond is touched. */
void ref_unbind_one(struct ref *ref, uint8_t bond, struct ref_result *result)
{
	const struct ref_mm *mm = &ref->mm[ref->bond[bond].mm];

	if (mm->flags & REF_FEAT_IOPF)
		ref_result_call(result, REF_CALL_FAULT_FLUSH, ref->bond[bond].device, mm->pasid);
	ref_bond_remove(ref, bond);
}

void ref_unbind_device(struct ref *ref, uint8_t device, struct ref_result *result)
{
	uint8_t bond;

	while ((bond = first_bond(ref, device)) != REF_NONE)
		ref_unbind_one(ref, bond, result);
}

/* What device and IOMMU can both express; 0: no SSID support. */
static unsigned hardware_max_pasid(const struct ref *ref, uint8_t device)
{
	unsigned bits = ref->topology.device[device].pasid_bits;

	if (bits > ref->topology.ssid_bits)
		bits = ref->topology.ssid_bits;
	return (1u << bits) - 1;
}

struct ref_result ref_init(struct ref *ref, uint8_t device, uint32_t features, uint32_t min,
			   uint32_t max)
{
	struct ref_device *dev = &ref->device[device];
	unsigned hardware_max;

	if (ref_is_linux(ref))
		return ref_linux_init(ref, device, features);
	if (!ref_device_usable(ref, device) || dev->domain == REF_NONE)
		return ref_error(-ENODEV, "A-11");
	if (features & ~(uint32_t)REF_FEAT_IOPF)
		return ref_error(-EINVAL, "A-12");
	if (dev->initialised)
		return ref_error(-EEXIST, "A-13");
	hardware_max = hardware_max_pasid(ref, device);
	if (!hardware_max)
		return ref_error(-EINVAL, "A-14");

	dev->initialised = 1;
	dev->features = (uint8_t)features;
	/* an empty range is the caller's choice; bind is where it shows. */
	dev->max_pasid = (uint16_t)(!max || max > hardware_max ? hardware_max : max);
	dev->min_pasid = (uint16_t)(min > UINT16_MAX ? UINT16_MAX : min ? min : 1);
	return ref_ok();
}

struct ref_result ref_shutdown(struct ref *ref, uint8_t device)
{
	struct ref_device *dev = &ref->device[device];
	struct ref_result result = ref_ok();

	if (ref_is_linux(ref))
		return ref_linux_shutdown(ref, device);
	if (!ref_device_usable(ref, device) || dev->domain == REF_NONE || !dev->initialised)
		return ref_error(-ENODEV, "A-15");
	ref_unbind_device(ref, device, &result);
	dev->initialised = dev->features = 0;
	dev->min_pasid = dev->max_pasid = 0;
	return result;
}

/* from the first binding device's range; lowest first, 0 when there is none. */
static uint16_t lowest_free_pasid(const struct ref *ref, const struct ref_device *dev)
{
	for (uint16_t pasid = dev->min_pasid; pasid <= dev->max_pasid; pasid++)
		if (ref->pasid_owner[pasid] == REF_NONE)
			return pasid;
	return 0;
}

uint8_t ref_bond_take(struct ref *ref, struct ref_bond bond)
{
	/* There is a bond for every pair, and this pair has none. */
	unsigned free = ref_first_bond(~ref->bonds);

	REF_ASSERT(free < REF_MAX_BONDS);
	ref->bonds |= UINT64_C(1) << free;
	ref->bond[free] = bond;
	return (uint8_t)free;
}

static void bond_add(struct ref *ref, struct ref_bond bond, uint16_t pasid, uint8_t flags)
{
	struct ref_mm *mm = &ref->mm[bond.mm];

	ref_bond_take(ref, bond);
	mm->pasid = pasid;
	mm->flags = flags;
	ref->pasid_owner[pasid] = bond.mm;
	ref->domain[bond.domain].table[pasid] = bond.mm;
}

/* (1) is the caller's; (8) and (10) are about drivers without SVA support. */
struct ref_result ref_io_mm_bind(struct ref *ref, struct ref_bond bond, uint32_t flags)
{
	const struct ref_device *dev = &ref->device[bond.device];
	struct ref_result result = ref_ok();
	uint16_t pasid;

	if (!ref_device_usable(ref, bond.device))
		return ref_error(-ENODEV, "A-4"); /* (2) */
	if (ref_group_size(ref, ref->topology.device[bond.device].group) != 1)
		return ref_error(-EINVAL, "A-2"); /* (3) */
	if (dev->domain == REF_NONE)
		return ref_error(-EINVAL, "A-4"); /* (4) */
	if (!dev->initialised || flags & ~(uint32_t)dev->features)
		return ref_error(-EINVAL, "A-4"); /* (5) */
	if (ref_find_bond(ref, bond.device, bond.mm) != REF_NONE)
		return ref_error(-EEXIST, "A-19"); /* (6) */
	pasid = ref->mm[bond.mm].pasid;
	if (pasid && ref->mm[bond.mm].flags != flags)
		return ref_error(-EDOM, "A-4"); /* (7) */
	if (!pasid) {
		pasid = lowest_free_pasid(ref, dev);
		if (!pasid)
			return ref_error(-ENOSPC, "A-52"); /* (9) */
	} else if (pasid < dev->min_pasid || pasid > dev->max_pasid) {
		return ref_error(-ERANGE, "A-51"); /* (11) */
	}
	/* nothing was taken so far, so a failure here leaves nothing behind. */
	if (ref->topology.domain_type[dev->domain] != REF_DOMAIN_STAGE1)
		return ref_error(-EINVAL, "A-4"); /* (12) */

	bond.domain = dev->domain;
	bond_add(ref, bond, pasid, (uint8_t)flags);
	result.value = pasid;
	return result;
}

struct ref_result ref_bind(struct ref *ref, uint8_t device, uint8_t task, uint32_t flags,
			   bool pasid_out)
{
	struct ref_bond bond = ref_no_bond;

	REF_ASSERT(device < ref->topology.num_devices);
	if (!ref_host_task(ref, task))
		return ref_error(-ESRCH, "A-20");
	bond.device = device;
	bond.mm = ref->task[task].mm;
	bond.own = 1;
	if (ref_is_linux(ref))
		return ref_linux_bind(ref, device, bond.mm);
	if (!pasid_out)
		return ref_error(-EINVAL, "A-4"); /* (1) */
	return ref_io_mm_bind(ref, bond, flags);
}

struct ref_result ref_unbind(struct ref *ref, uint8_t device, uint32_t pasid)
{
	const struct ref_device *dev = &ref->device[device];
	struct ref_result result = ref_ok();
	uint8_t mm, bond;

	if (ref_is_linux(ref))
		return ref_linux_unbind(ref, device, pasid);
	if (!ref_device_usable(ref, device))
		return ref_error(-ENODEV, "A-24");
	if (!dev->initialised || dev->domain == REF_NONE)
		return ref_error(-EINVAL, "A-24");
	mm = pasid < REF_MAX_PASIDS ? ref->pasid_owner[pasid] : REF_NONE;
	bond = mm == REF_NONE ? REF_NONE : ref_find_bond(ref, device, mm);
	if (bond == REF_NONE)
		return ref_error(-ESRCH, "A-24");
	/* B-14, B-15: the driver's own share goes, the bond stays for the partitions. */
	if (ref->bond[bond].own && ref->bond[bond].partitions)
		ref->bond[bond].own = 0;
	else
		ref_unbind_one(ref, bond, &result);
	return result;
}

struct ref_result ref_unbind_all(struct ref *ref, uint8_t device)
{
	struct ref_result result = ref_ok();

	REF_ASSERT(device < ref->topology.num_devices);
	if (!ref->device[device].present)
		return ref_error(-ENODEV, "A-28");
	if (ref_is_linux(ref))
		ref_linux_unbind_device(ref, device);
	else
		ref_unbind_device(ref, device, &result);
	return result;
}
