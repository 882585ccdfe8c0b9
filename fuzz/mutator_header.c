/* SPDX-License-Identifier: MIT */
/* Choices of the mutator: topologies. */
#include "mutator_live.h"

#include <string.h>

#define BIT(n) (1u << (n))

enum { MAX_BITS = 8 };

static bool one_in(struct mutator_rng *rng, unsigned n)
{
	return mutator_below(rng, n) == 0;
}

/* Drivers that answer stalls and drive devices of several streams and several SMMUs. */
static bool on_linux(const struct mutator_rng *rng)
{
	return rng->policy != TRACE_POLICY_IO_MM;
}

static void change_device(struct mutator_rng *rng, struct trace_header *header)
{
	struct trace_device *device = &header->device[mutator_below(rng, header->num_devices)];

	switch (mutator_below(rng, 8)) {
	case 0:
		device->pasid_bits = (uint8_t)mutator_below(rng, MAX_BITS + 1);
		break;
	case 1:
		device->ats ^= 1;
		break;
	case 2:
		device->group = (uint8_t)mutator_below(rng, TRACE_MAX_DEVICES);
		break;
	case 3:
		device->domain = one_in(rng, 4) ? TRACE_NONE
						: (uint8_t)mutator_below(rng, header->num_domains);
		device->sva = 1;
		break;
	case 4:
		device->sva ^= 1;
		break;
	case 5:
		if (!on_linux(rng))
			break;
		if (one_in(rng, 3))
			device->smmu ^= 1;
		else
			device->streams = device->streams == 1 ? 2 : 1;
		break;
	case 6:
		if (on_linux(rng))
			device->stall ^= 1;
		break;
	default:
		device->group = (uint8_t)(device - header->device);
		device->rid_dev = (uint8_t)mutator_below(rng, 32);
		device->rid_fn = (uint8_t)mutator_below(rng, 8);
	}
}

/* One more device: the next free requester id, mostly in a domain that exists. */
static void add_device(struct mutator_rng *rng, struct trace_header *header)
{
	unsigned index = header->num_devices;

	if (index == TRACE_MAX_DEVICES)
		return;
	header->num_devices++;
	header->device[index] = (struct trace_device){
		.rid_dev = (uint8_t)(index + 1),
		.pasid_bits = 4,
		.ats = 1,
		.streams = 1,
		.group = (uint8_t)index,
		.domain = (uint8_t)mutator_below(rng, header->num_domains),
		.sva = 1,
	};
}

/* A second level shows only with more PASIDs than one leaf holds. */
static void toggle_two_level_cd(struct mutator_rng *rng, struct trace_header *header)
{
	unsigned i;

	header->two_level_cd ^= 1;
	if (!header->two_level_cd || one_in(rng, 4))
		return;
	header->ssid_bits = (uint8_t)(MUTATOR_LEAF_BITS + 1 + mutator_below(rng, 2));
	for (i = 0; i < header->num_devices; i++)
		header->device[i].pasid_bits =
			(uint8_t)(MUTATOR_LEAF_BITS + 1 + mutator_below(rng, 2));
}

/* Default domains that translate: then no domain can be the default one. */
static void set_default_dma(struct trace_header *header, bool on)
{
	header->default_dma = on;
	if (on)
		memset(header->domain_type, TRACE_DOMAIN_STAGE1, sizeof(header->domain_type));
}

/* The stall model shows only with a device that may stall. */
static void change_stall(struct mutator_rng *rng, struct trace_header *header)
{
	header->stall = (uint8_t)mutator_below(rng, TRACE_NUM_STALLS);
	if (header->stall)
		header->device[mutator_below(rng, header->num_devices)].stall = 1;
}

/* The last devices are behind a second SMMU, most of them in a domain that is for it. */
static void split_smmus(struct mutator_rng *rng, struct trace_header *header)
{
	unsigned i = 1 + mutator_below(rng, TRACE_MAX_DEVICES - 1);

	for (; i < header->num_devices; i++) {
		header->device[i].smmu = 1;
		if (header->num_domains > 1 && !one_in(rng, 4))
			header->device[i].domain = (uint8_t)(header->num_domains - 1);
	}
}

static void make_vf(struct mutator_rng *rng, struct trace_header *header, unsigned index)
{
	struct trace_device *device = &header->device[index];

	device->vf_of = (uint8_t)(1 + (one_in(rng, 4) ? mutator_below(rng, index) : 0));
	device->group = (uint8_t)index;
	device->ats = !one_in(rng, 4);
}

/* The last devices are VFs. */
static void add_vfs(struct mutator_rng *rng, struct trace_header *header)
{
	unsigned i;

	add_device(rng, header);
	for (i = header->num_devices - 1; i > 1; i--)
		make_vf(rng, header, i);
	if (i == 1 && (header->num_devices == 2 || one_in(rng, 8)))
		make_vf(rng, header, 1);
}

/* With a VF that no other VM has, and mostly with a process or two. */
static void add_vm(struct mutator_rng *rng, struct trace_header *header)
{
	unsigned v = header->num_vms, free_vfs = 0, i;
	uint8_t processes = one_in(rng, 8) ? 0 : (uint8_t)(BIT(4 + 2 * v) | BIT(5 + 2 * v));

	if (v == TRACE_MAX_VMS)
		return;
	for (i = 1; i < header->num_devices; i++)
		free_vfs |= header->device[i].vf_of ? BIT(i) : 0;
	if (v)
		free_vfs &= ~BIT(header->vm[0].device);
	header->vm[v].device = (uint8_t)pick_bit(rng, free_vfs, header->num_devices - 1u);
	header->vm[v].processes = processes & (uint8_t)mutator_below(rng, 256);
	header->num_vms++;
}

/* One more partition, mostly of a device that has one: what they share is the point. */
static void add_mdev(struct mutator_rng *rng, struct trace_header *header)
{
	unsigned n = header->num_mdevs;
	unsigned parent = mutator_below(rng, header->num_devices);

	if (n == TRACE_MAX_MDEVS)
		return;
	if (n && !one_in(rng, 4))
		parent = header->mdev[mutator_below(rng, n)].parent;
	header->mdev[n] = (struct trace_mdev){
		.parent = (uint8_t)parent,
		.own_mmu = one_in(rng, 10),
	};
	header->num_mdevs++;
}

static void add_mdevs(struct mutator_rng *rng, struct trace_header *header)
{
	unsigned count = 2 + mutator_below(rng, TRACE_MAX_MDEVS - 1);

	while (count--)
		add_mdev(rng, header);
}

/* Partitions and VMs; one topology in six has VMs, one in five has partitions. */
static void pick_shared_features(struct mutator_rng *rng, struct trace_header *header)
{
	bool vms = !on_linux(rng) && one_in(rng, 6);
	unsigned more;

	if (vms || one_in(rng, 8))
		add_vfs(rng, header);
	for (more = vms ? 1 + mutator_below(rng, 2) : 0; more; more--)
		add_vm(rng, header);
	/* Both at once is where B-7 shows. */
	if (vms ? one_in(rng, 2) : one_in(rng, on_linux(rng) ? 5 : 7))
		add_mdevs(rng, header);
}

void pick_rare_features(struct mutator_rng *rng, struct trace_header *header)
{
	unsigned i;

	header->msi = one_in(rng, 4);
	header->range_inv = one_in(rng, 4);
	header->el2 = one_in(rng, 4);
	set_default_dma(header, on_linux(rng) && one_in(rng, 3));
	if (on_linux(rng) && one_in(rng, 4))
		change_stall(rng, header);
	for (i = 0; i < header->num_devices; i++)
		header->device[i].streams = on_linux(rng) && one_in(rng, 6) ? 2 : 1;
	if (on_linux(rng) && one_in(rng, 6))
		split_smmus(rng, header);
	pick_shared_features(rng, header);
	trace_normalize_header(header);
}

/* Only Linux drivers look at the default domains. */
static void change_default_dma(struct mutator_rng *rng, struct trace_header *header)
{
	if (on_linux(rng))
		set_default_dma(header, !header->default_dma);
	else
		change_device(rng, header);
}

static void change_mdev(struct mutator_rng *rng, struct trace_header *header)
{
	struct trace_mdev *mdev = &header->mdev[mutator_below(rng, header->num_mdevs)];

	if (!header->num_mdevs || one_in(rng, 3))
		add_mdev(rng, header);
	else if (one_in(rng, 3))
		header->num_mdevs--;
	else if (one_in(rng, 4))
		mdev->own_mmu ^= 1;
	else
		mdev->parent = (uint8_t)mutator_below(rng, header->num_devices);
}

static void change_vm(struct mutator_rng *rng, struct trace_header *header)
{
	struct trace_vm *vm = &header->vm[mutator_below(rng, header->num_vms)];

	if (!header->num_vms || one_in(rng, 4)) {
		if (!header->num_vms)
			add_vfs(rng, header);
		add_vm(rng, header);
	} else if (one_in(rng, 3)) {
		header->num_vms--;
	} else if (one_in(rng, 2)) {
		vm->processes ^= (uint8_t)BIT(mutator_below(rng, TRACE_MAX_PROCESSES));
	} else {
		vm->device = (uint8_t)mutator_below(rng, header->num_devices);
	}
}

static void change_shared(struct mutator_rng *rng, struct trace_header *header)
{
	unsigned last = header->num_devices - 1u, index = 1 + mutator_below(rng, last);

	switch (mutator_below(rng, 3)) {
	case 0:
		if (last && header->device[index].vf_of)
			header->device[index].vf_of = 0;
		else if (last)
			make_vf(rng, header, index);
		break;
	case 1:
		if (on_linux(rng))
			change_mdev(rng, header);
		else
			change_vm(rng, header);
		break;
	default:
		change_mdev(rng, header);
	}
}

void pick_header_change(struct mutator_rng *rng, struct trace_header *header)
{
	switch (mutator_below(rng, 20)) {
	case 0:
		header->ssid_bits = (uint8_t)mutator_below(rng, MAX_BITS + 1);
		break;
	case 1:
		header->asid_bits ^= 8 ^ 16;
		break;
	case 2:
		header->ats ^= 1;
		break;
	case 3:
		header->two_level_strtab ^= 1;
		break;
	case 4:
	case 11:
		toggle_two_level_cd(rng, header);
		break;
	case 5:
		add_device(rng, header);
		break;
	case 6:
		header->num_devices = (uint8_t)(1 + mutator_below(rng, header->num_devices));
		break;
	case 7:
		header->num_domains = (uint8_t)mutator_below(rng, TRACE_MAX_DOMAINS + 1);
		break;
	case 8:
		header->domain_type[mutator_below(rng, TRACE_MAX_DOMAINS)] ^= 1;
		break;
	case 9:
		header->processes ^= (uint8_t)BIT(mutator_below(rng, TRACE_MAX_PROCESSES));
		break;
	case 10:
		header->misuse = one_in(rng, 8);
		break;
	case 12:
		header->msi ^= 1;
		break;
	case 13:
		header->range_inv ^= 1;
		break;
	case 14:
		header->el2 ^= 1;
		break;
	case 15:
		if (on_linux(rng))
			change_stall(rng, header);
		break;
	case 16:
		change_default_dma(rng, header);
		break;
	case 17:
		change_shared(rng, header);
		break;
	default:
		change_device(rng, header);
	}
	trace_normalize_header(header);
}
