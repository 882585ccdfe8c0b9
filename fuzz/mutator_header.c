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
	default:
		change_device(rng, header);
	}
	trace_normalize_header(header);
}
