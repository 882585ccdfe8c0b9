/* SPDX-License-Identifier: MIT */
/*
 * Normalisation of headers: every byte pattern becomes a topology that can exist, and one that can
 * stays as it is. Out-of-range bytes are spread so that random bytes mostly give useful, plain ones.
 */
#include "internal.h"

/* 0 and 1 stay; one in n of the other bytes is a 1. */
static uint8_t now_and_then(uint8_t value, unsigned n)
{
	return value > 1 ? value % n == 0 : value;
}

/* What is in range stays; one in six of the other bytes is at least 1. */
static uint8_t few(uint8_t value, unsigned max)
{
	if (value <= max)
		return value;
	return value % 6 ? 0 : (uint8_t)(1 + value / 6 % max);
}

/* Requester ids are unique (B-8): a taken one moves to the next function. */
static void normalize_rid(struct trace_header *header, unsigned index)
{
	struct trace_device *device = &header->device[index];
	unsigned rid = (device->rid_dev % TRACE_NUM_RID_DEVS) * TRACE_NUM_RID_FNS +
		       device->rid_fn % TRACE_NUM_RID_FNS;
	unsigned i = 0;

	while (i < index) {
		const struct trace_device *other = &header->device[i++];

		if (other->rid_dev * TRACE_NUM_RID_FNS + other->rid_fn == (int)rid) {
			rid = (rid + 1) % (TRACE_NUM_RID_DEVS * TRACE_NUM_RID_FNS);
			i = 0;
		}
	}
	device->rid_dev = (uint8_t)(rid / TRACE_NUM_RID_FNS);
	device->rid_fn = rid % TRACE_NUM_RID_FNS;
}

/* A PF is an earlier PCI function that is no VF itself; one in four random bytes names a device. */
static uint8_t normalize_vf_of(const struct trace_header *header, unsigned index)
{
	unsigned value = header->device[index].vf_of;

	if (value > index)
		value = index && value % 4 == 0 ? 1 + value / 4 % index : 0;
	if (value && (header->device[value - 1].vf_of || header->device[value - 1].stall))
		value = 0;
	return (uint8_t)value;
}

/* What a device is by itself. Where it is depends on other devices: place_device(). */
static void normalize_device(struct trace_header *header, unsigned index)
{
	struct trace_device *device = &header->device[index];

	normalize_rid(header, index);
	if (device->pasid_bits > TRACE_MAX_BITS)
		device->pasid_bits = 2 + device->pasid_bits % (TRACE_MAX_BITS - 1);
	if (device->ats > 1)
		device->ats = device->ats % 4 != 0;
	device->stall = now_and_then(device->stall, 4);
	if (device->streams < 1 || device->streams > TRACE_MAX_STREAMS)
		device->streams = device->streams && device->streams % 6 == 0 ? 2 : 1;
	if (device->group >= TRACE_MAX_DEVICES && device->group != TRACE_NONE)
		device->group = (uint8_t)index;
	device->vf_of = normalize_vf_of(header, index);
	/* B-8: a VF is a PCI function with one requester id. */
	if (device->vf_of) {
		device->stall = 0;
		device->streams = 1;
	}
	/* 3.12.1: what may stall is no PCI function, and ATS is PCI's. */
	if (device->stall)
		device->ats = 0;
}

/* The numbers of SMMUs mean nothing, so the first device is behind the first one. A group is of
 * devices that cannot be told apart by what is in front of them, and a VF is where its PF is. */
static void normalize_smmu_of(struct trace_header *header, unsigned index)
{
	struct trace_device *device = &header->device[index];
	const struct trace_device *pf = device->vf_of ? &header->device[device->vf_of - 1] : NULL;
	unsigned first = device->group == TRACE_NONE ? index : 0;

	while (first < index && header->device[first].group != device->group)
		first++;
	if (first < index)
		device->smmu = header->device[first].smmu;
	else if (pf)
		device->smmu = pf->smmu;
	else
		device->smmu = index ? now_and_then(device->smmu, 6) : 0;
	if (pf && pf->smmu != device->smmu)
		device->vf_of = 0;
}

static uint8_t normalize_domain(const struct trace_header *header, unsigned index)
{
	const struct trace_device *device = &header->device[index];
	unsigned i;

	/* what is attached is a group; a device without one joins nothing. */
	if (device->group == TRACE_NONE || !header->num_domains)
		return TRACE_NONE;
	/* all devices of a group are attached to the same domain. */
	for (i = 0; i < index; i++) {
		if (header->device[i].group == device->group)
			return header->device[i].domain;
	}
	if (device->domain == TRACE_NONE)
		return TRACE_NONE;
	return device->domain % header->num_domains;
}

/* Behind which SMMU, in which domain: as the devices before it. */
static void place_device(struct trace_header *header, unsigned index, unsigned vm_functions)
{
	struct trace_device *device = &header->device[index];

	normalize_smmu_of(header, index);
	/* B-8: what a VM has is in no domain of the host. */
	device->domain = vm_functions >> index & 1 ? TRACE_NONE : normalize_domain(header, index);
	/* SVA is enabled on a device that has a domain. */
	if (device->domain == TRACE_NONE)
		device->sva = 0;
	else if (device->sva > 1)
		device->sva = device->sva % 4 != 0;
}

static void normalize_mdevs(struct trace_header *header)
{
	unsigned i;

	header->num_mdevs = few(header->num_mdevs, TRACE_MAX_MDEVS);
	for (i = 0; i < header->num_mdevs; i++) {
		struct trace_mdev *mdev = &header->mdev[i];

		mdev->parent %= header->num_devices;
		mdev->own_mmu = now_and_then(mdev->own_mmu, 6);
	}
	for (; i < TRACE_MAX_MDEVS; i++)
		header->mdev[i] = (struct trace_mdev){0};
}

unsigned trace_vm_functions(const struct trace_header *header)
{
	unsigned functions = 0, i;

	for (i = 0; i < header->num_vms; i++)
		functions |= 1u << header->vm[i].device;
	return functions;
}

/* B-8: a VM has a VF, the one that it names or the first that is left. Without one it is no VM. */
static void pick_functions(struct trace_header *header)
{
	unsigned left = 0, i, device;

	for (i = 0; i < header->num_devices; i++)
		left |= (unsigned)(header->device[i].vf_of != 0) << i;
	for (i = 0; i < header->num_vms && left; i++) {
		device = header->vm[i].device;
		if (device >= TRACE_MAX_DEVICES || !(left >> device & 1)) {
			for (device = 0; !(left >> device & 1);)
				device++;
		}
		header->vm[i].device = (uint8_t)device;
		left &= ~(1u << device);
	}
	header->num_vms = (uint8_t)i;
}

/* B-8, A-2: what is assigned is alone in its group. */
static void isolate(struct trace_header *header, unsigned index)
{
	struct trace_device *device = &header->device[index];
	bool alone = device->group != TRACE_NONE;
	unsigned i;

	for (i = 0; i < header->num_devices; i++)
		alone &= i == index || header->device[i].group != device->group;
	if (alone)
		return;
	for (i = 0; i < header->num_devices; i++) {
		if (header->device[i].group == index)
			header->device[i].group = (uint8_t)i;
	}
	device->group = (uint8_t)index;
}

static void normalize_vms(struct trace_header *header)
{
	uint8_t processes = 0;
	unsigned i;

	header->num_vms = few(header->num_vms, TRACE_MAX_VMS);
	pick_functions(header);
	/* Twice: what makes way for one VM may move into the group of the other, but not into a group
	 * that has the number of its function. */
	for (i = 0; i < 2u * header->num_vms; i++)
		isolate(header, header->vm[i % header->num_vms].device);
	for (i = 0; i < header->num_vms; i++) {
		header->vm[i].processes &= (uint8_t)~processes;
		processes |= header->vm[i].processes;
	}
	/* A process lives on the host or in one VM. */
	header->processes &= (uint8_t)~processes;
	for (; i < TRACE_MAX_VMS; i++)
		header->vm[i] = (struct trace_vm){0};
}

bool trace_can_share_rid(const struct trace_header *header)
{
	unsigned parents = 0, shared = 0, i;

	for (i = 0; i < header->num_mdevs; i++) {
		unsigned parent = 1u << header->mdev[i].parent;

		/* B-16: the IOMMU never sees a partition with an MMU of its own. */
		if (header->mdev[i].own_mmu)
			continue;
		shared |= parents & parent;
		parents |= parent;
	}
	return shared && header->num_vms > 1;
}

static void normalize_smmu(struct trace_header *header)
{
	if (header->ssid_bits > TRACE_MAX_BITS)
		header->ssid_bits = 1 + header->ssid_bits % TRACE_MAX_BITS;
	header->asid_bits = header->asid_bits & 8 ? 8 : 16;
	if (header->ats > 1)
		header->ats = header->ats % 4 != 0;
	if (header->stall >= TRACE_NUM_STALLS)
		header->stall =
			header->stall % 4 ? TRACE_STALL_NONE : TRACE_STALL + header->stall / 4 % 2;
	header->msi = now_and_then(header->msi, 4);
	header->range_inv = now_and_then(header->range_inv, 4);
	header->el2 = now_and_then(header->el2, 4);
	header->two_level_strtab &= 1;
	header->two_level_cd &= 1;
}

static void normalize_default_dma(struct trace_header *header)
{
	unsigned i;

	header->default_dma = now_and_then(header->default_dma, 3);
	for (i = 0; i < header->num_domains; i++) {
		if (header->domain_type[i] == TRACE_DOMAIN_IDENTITY)
			header->default_dma = 0;
	}
}

void trace_normalize_header(struct trace_header *header)
{
	unsigned vm_functions, i;

	header->policies &= (1u << TRACE_NUM_POLICIES) - 1;
	if (!header->policies)
		header->policies = TRACE_DEFAULT_POLICIES;
	/* Misuse judges less: random bytes rarely mean it. */
	header->misuse = header->misuse == 1;
	normalize_smmu(header);
	if (header->num_devices < 1 || header->num_devices > TRACE_MAX_DEVICES)
		header->num_devices = 1 + header->num_devices % TRACE_MAX_DEVICES;
	if (header->num_domains > TRACE_MAX_DOMAINS)
		header->num_domains = 1 + header->num_domains % TRACE_MAX_DOMAINS;
	for (i = 0; i < header->num_devices; i++)
		normalize_device(header, i);
	for (; i < TRACE_MAX_DEVICES; i++)
		header->device[i] = (struct trace_device){0};
	normalize_mdevs(header);
	normalize_vms(header);
	vm_functions = trace_vm_functions(header);
	for (i = 0; i < header->num_devices; i++)
		place_device(header, i, vm_functions);
	/* It breaks B-7 by design: no random byte means it. */
	header->shared_rid = header->shared_rid == 1 && trace_can_share_rid(header);
	for (i = 0; i < TRACE_MAX_DOMAINS; i++) {
		header->domain_type[i] =
			i < header->num_domains && header->domain_type[i] == TRACE_DOMAIN_IDENTITY;
	}
	normalize_default_dma(header);
}
