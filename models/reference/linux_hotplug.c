/* SPDX-License-Identifier: MIT */
/*
 * Linux: a device comes back to its group (C-14, C-15): iommu_probe_device(), as the bus notifier
 * calls it (BUS_NOTIFY_ADD_DEVICE).
 *
 * The new member joins the domain that the group is in. Both versions say so: 6.1 attaches it in
 * iommu_group_add_device() ("group->domain"), 6.12 in __iommu_probe_device(). What is bound there is
 * the domain's (6.1, A-34) or the group's (6.12, C-14), so the new member reaches it as well, where it
 * can send the PASID. Nothing is enabled on it.
 */
#include "linux.h"

/*
 * Members are listed as they came (group->devices): those of the start by number, then the others.
 */
static unsigned place(const struct ref *ref, uint8_t member)
{
	return ref->device[member].hotplugged * (unsigned)REF_MAX_DEVICES + member;
}

uint8_t ref_linux_next_member(const struct ref *ref, uint8_t group, uint8_t member)
{
	uint8_t next = REF_NONE;

	for (uint8_t i = 0; i < ref->topology.num_devices; i++) {
		if (!ref->device[i].present || ref->topology.device[i].group != group)
			continue;
		if (member != REF_NONE && place(ref, i) <= place(ref, member))
			continue;
		if (next == REF_NONE || place(ref, i) < place(ref, next))
			next = i;
	}
	return next;
}

/* Behind the others of its group. */
static uint8_t last_place(const struct ref *ref, uint8_t group)
{
	unsigned last = 0;

	for (uint8_t i = REF_NONE; (i = ref_linux_next_member(ref, group, i)) != REF_NONE;)
		last = ref->device[i].hotplugged;
	REF_ASSERT(last < UINT8_MAX);
	return (uint8_t)(last + 1);
}

/*
 * 6.1, arm_smmu_attach_dev(): a translated domain wants the SSID bits and the stalls that it was
 * finalised with; the kernel's own, blocking or default, were finalised with those of the members.
 */
static bool fits_domain(const struct ref *ref, uint8_t device, uint8_t sibling)
{
	uint8_t domain = ref->device[sibling].domain;

	if (ref_linux_in_user_domain(ref, sibling))
		return ref->domain[domain].ssid_bits == ref_linux_ssid_bits(ref, device) &&
		       ref->domain[domain].stall == (ref->topology.device[device].stall != 0);
	if (ref->device[sibling].claimed ? domain == REF_NONE
					 : ref_linux_in_default_dma(ref, sibling))
		return ref_linux_group_agrees(ref, device);
	return true;
}

bool ref_linux_missed(const struct ref *ref, uint8_t device, uint8_t mm)
{
	uint8_t bond = ref->mm[mm].users ? REF_NONE : ref_linux_handle(ref, device, mm);

	return bond != REF_NONE && ref->bond[bond].missed >> device & 1;
}

/*
 * 6.12: an exited space cannot be set on a device (arm_smmu_sva_set_dev_pasid(): mmget_not_zero()), so
 * who comes now never has its entry, not even a quiet one.
 */
static void note_exited(struct ref *ref, uint8_t device)
{
	uint8_t group = ref->topology.device[device].group;

	for (uint64_t set = ref->bonds; set; set &= set - 1) {
		struct ref_bond *bond = &ref->bond[ref_first_bond(set)];

		if (ref->topology.device[bond->device].group != group)
			continue;
		bond->missed &= (uint8_t) ~(1u << device);
		if (!ref->mm[bond->mm].users)
			bond->missed |= (uint8_t)(1u << device);
	}
}

struct ref_result ref_linux_plug(struct ref *ref, uint8_t device)
{
	struct ref_device *dev = &ref->device[device];
	uint8_t group, sibling = REF_NONE;

	REF_ASSERT(device < ref->topology.num_devices && !dev->present);
	group = ref->topology.device[device].group;
	/* In no group: not behind the IOMMU, nobody is told. */
	if (group != REF_NONE)
		sibling = ref_linux_next_member(ref, group, REF_NONE);
	/* The probe fails, and no IOMMU driver has the device: it stays away. */
	if (ref_is_6_1(ref) && sibling != REF_NONE && !fits_domain(ref, device, sibling))
		return ref_error(-EINVAL, "A-3");
	/* The first of its group makes a new group, in its default domain. */
	*dev = (struct ref_device){.present = 1,
				   .domain = REF_NONE,
				   .vm = REF_NONE,
				   .hotplugged = last_place(ref, group)};
	if (sibling == REF_NONE)
		return ref_ok();
	dev->domain = ref->device[sibling].domain;
	dev->claimed = ref->device[sibling].claimed;
	if (!ref_is_6_1(ref))
		note_exited(ref, device);
	return ref_ok();
}
