/* SPDX-License-Identifier: MIT */
/* Functions that come and go: hot-plug (A-36, C-15) and the VFs of SR-IOV (B-8). */
#include "linux.h"

bool ref_is_vf_of(const struct ref *ref, uint8_t device, uint8_t pf)
{
	return ref->topology.device[device].vf_of == 1 + pf;
}

/* Only this device leaves; the rest of its group keeps the domain. */
static void leave(struct ref *ref, uint8_t device, bool disabled, struct ref_result *result)
{
	if (ref->device[device].present) {
		ref_vm_lose_device(ref, device);
		ref_partitions_unmap(ref, device);
		if (ref_is_linux(ref))
			ref_linux_leave(ref, device);
		else
			ref_unbind_device(ref, device, result);
	}
	ref->device[device] = (struct ref_device){
		.domain = REF_NONE,
		.vm = REF_NONE,
		.disabled = disabled || ref->device[device].disabled,
	};
}

static void disable_vfs(struct ref *ref, uint8_t pf, struct ref_result *result)
{
	for (uint8_t i = 0; i < ref->topology.num_devices; i++)
		if (ref_is_vf_of(ref, i, pf))
			leave(ref, i, true, result);
}

struct ref_result ref_unplug(struct ref *ref, uint8_t device)
{
	struct ref_result result = ref_ok();

	REF_ASSERT(device < ref->topology.num_devices);
	if (!ref->device[device].present)
		return ref_error(-ENODEV, "A-36");
	/* VFs are functions of their PF. */
	disable_vfs(ref, device, &result);
	leave(ref, device, false, &result);
	return result;
}

/* C-15, A-2: the newcomer joins the domain of its group, and so what is bound there. */
static struct ref_result join(struct ref *ref, uint8_t device)
{
	uint8_t group = ref->topology.device[device].group, domain = REF_NONE;

	if (ref_is_linux(ref))
		return ref_linux_plug(ref, device);
	for (uint8_t i = 0; group != REF_NONE && i < ref->topology.num_devices; i++)
		if (ref->device[i].present && ref->topology.device[i].group == group)
			domain = ref->device[i].domain;
	ref->device[device] = (struct ref_device){
		.present = 1, .domain = domain, .vm = REF_NONE, .hotplugged = 1};
	return ref_ok();
}

struct ref_result ref_plug(struct ref *ref, uint8_t device)
{
	uint8_t vf_of;

	REF_ASSERT(device < ref->topology.num_devices);
	vf_of = ref->topology.device[device].vf_of;
	if (ref->device[device].present)
		return ref_error(-EEXIST, "C-15");
	if (ref->device[device].disabled || (vf_of && !ref->device[vf_of - 1].present))
		return ref_error(-ENODEV, "B-8");
	return join(ref, device);
}

/* 0, or why there is nothing to enable or disable. */
static int check_pf(const struct ref *ref, uint8_t device, bool *all_there)
{
	unsigned vfs = 0;

	REF_ASSERT(device < ref->topology.num_devices);
	*all_there = true;
	if (!ref->device[device].present)
		return -ENODEV;
	for (uint8_t i = 0; i < ref->topology.num_devices; i++) {
		if (!ref_is_vf_of(ref, i, device))
			continue;
		vfs++;
		*all_there &= ref->device[i].present;
	}
	return vfs ? 0 : -EINVAL;
}

struct ref_result ref_disable_vfs(struct ref *ref, uint8_t device)
{
	struct ref_result result = ref_ok();
	bool all_there;
	int error = check_pf(ref, device, &all_there);

	if (error)
		return ref_error(error, "B-8");
	disable_vfs(ref, device, &result);
	return result;
}

/* Linux: one that its group refuses stays away, and the others come all the same. */
struct ref_result ref_enable_vfs(struct ref *ref, uint8_t device)
{
	bool all_there;
	int error = check_pf(ref, device, &all_there);

	if (!error && all_there)
		error = -EBUSY;
	if (error)
		return ref_error(error, "B-8");
	for (uint8_t i = 0; i < ref->topology.num_devices; i++) {
		if (!ref_is_vf_of(ref, i, device) || ref->device[i].present)
			continue;
		ref->device[i].disabled = 0;
		join(ref, i);
	}
	return ref_ok();
}
