/* SPDX-License-Identifier: MIT */
/*
 * Normalisation: every byte pattern of a header or an op becomes a valid one, valid ones stay as
 * they are. Out-of-range bytes are spread so that random bytes mostly give useful topologies.
 */
#include "internal.h"

enum { PROT_READ_ONLY = 1, PROT_WRITE_BIT = 2, PROT_READ_WRITE = 3 };

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

/* 0 and 1 stay; one in n of the other bytes is a 1. */
static uint8_t now_and_then(uint8_t value, unsigned n)
{
	return value > 1 ? value % n == 0 : value;
}

/* The numbers of SMMUs mean nothing, so the first device is behind the first one. A group is of
 * devices that cannot be told apart by what is in front of them. */
static uint8_t normalize_smmu_of(const struct trace_header *header, unsigned index)
{
	const struct trace_device *device = &header->device[index];

	for (unsigned i = 0; i < index && device->group != TRACE_NONE; i++)
		if (header->device[i].group == device->group)
			return header->device[i].smmu;
	return index ? now_and_then(device->smmu, 6) : 0;
}

static void normalize_device(struct trace_header *header, unsigned index)
{
	struct trace_device *device = &header->device[index];

	normalize_rid(header, index);
	if (device->pasid_bits > TRACE_MAX_BITS)
		device->pasid_bits = 2 + device->pasid_bits % (TRACE_MAX_BITS - 1);
	if (device->ats > 1)
		device->ats = device->ats % 4 != 0;
	device->stall = now_and_then(device->stall, 4);
	/* 3.12.1: what may stall is no PCI function, and ATS is PCI's. */
	if (device->stall)
		device->ats = 0;
	if (device->streams < 1 || device->streams > TRACE_MAX_STREAMS)
		device->streams = device->streams && device->streams % 6 == 0 ? 2 : 1;
	if (device->group >= TRACE_MAX_DEVICES && device->group != TRACE_NONE)
		device->group = (uint8_t)index;
	device->smmu = normalize_smmu_of(header, index);
	device->domain = normalize_domain(header, index);
	/* SVA is enabled on a device that has a domain. */
	if (device->domain == TRACE_NONE)
		device->sva = 0;
	else if (device->sva > 1)
		device->sva = device->sva % 4 != 0;
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
	unsigned i;

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
	for (i = 0; i < TRACE_MAX_DOMAINS; i++) {
		header->domain_type[i] =
			i < header->num_domains && header->domain_type[i] == TRACE_DOMAIN_IDENTITY;
	}
	normalize_default_dma(header);
}

void trace_normalize_pin(struct trace_pin *pin)
{
	if (pin->kind >= TRACE_NUM_PINS)
		pin->kind = TRACE_PIN_NONE;
	if (pin->kind == TRACE_PIN_ERROR && !pin->value)
		pin->kind = TRACE_PIN_OK;
	switch (pin->kind) {
	case TRACE_PIN_PASID:
	case TRACE_PIN_ERROR:
		break;
	case TRACE_PIN_VALUE:
		pin->value %= TRACE_MAX_PAGES + 1;
		break;
	case TRACE_PIN_ATS:
		pin->value =
			pin->value & PROT_WRITE_BIT ? PROT_READ_WRITE : pin->value & PROT_READ_ONLY;
		break;
	default:
		pin->value = 0;
	}
}

/* 0xff when the op has such an operand, 0 otherwise: fuzzers decode often, branches would miss. */
#define IF_USED(field) ((uint8_t)(0u - (uses >> TRACE_FIELD_##field & 1)))

static uint8_t in_range(uint8_t value, uint8_t bound)
{
	return value < bound ? value : value % bound;
}

static uint8_t normalize_pages(uint8_t slot, uint8_t pages)
{
	unsigned room = TRACE_WINDOW_PAGES - slot % TRACE_WINDOW_PAGES;

	pages = pages ? (pages - 1) % TRACE_MAX_PAGES + 1 : 1;
	return pages < room ? pages : (uint8_t)room;
}

/* A device cannot send a PASID of more bits than it has, none if it has no bits. */
static void normalize_pasid(uint32_t uses, unsigned bits, struct trace_op *out)
{
	uint8_t sent = (uint8_t)((1u << bits) - 1) & (uint8_t)(0u - (out->has_pasid & 1));
	uint8_t nth = out->pasid ? (out->pasid - 1) % TRACE_MAX_NTH + 1 : 1;

	out->pasid = (IF_USED(PASID_OPT) & sent & out->pasid) | (IF_USED(NTH) & nth) |
		     ((IF_USED(PASID) | IF_USED(MIN)) & out->pasid);
	/* Most random bytes mean a caller that passes a pointer. */
	out->has_pasid =
		(IF_USED(PASID_OPT) & (sent != 0)) | (IF_USED(NOPASID) & (out->has_pasid == 1));
}

void trace_normalize_op(const struct trace_header *header, struct trace_op *op)
{
	uint8_t code = in_range(op->code, TRACE_NUM_OPS);
	uint32_t uses = trace_op_uses[code];
	bool on_domain = uses & TRACE_USES(DOMAIN);

	/* Without a domain to name, the op becomes one that changes nothing. */
	if (on_domain && !header->num_domains) {
		*op = (struct trace_op){.code = TRACE_OP_TLBI, .line = op->line};
		return;
	}
	op->code = code;
	op->device = in_range(IF_USED(DEVICE) & op->device, header->num_devices);
	op->process = in_range((IF_USED(PROCESS) | IF_USED(DOMAIN)) & op->process,
			       on_domain ? header->num_domains : TRACE_MAX_PROCESSES);
	op->child = (IF_USED(CHILD) & op->child % TRACE_MAX_PROCESSES) |
		    ((IF_USED(FEATURES) | IF_USED(OPCODE)) & op->child);
	op->slot = IF_USED(VA) & op->slot % TRACE_SPACE_PAGES;
	op->to = IF_USED(TO) & op->to % TRACE_SPACE_PAGES;
	op->pages = IF_USED(PAGES) & normalize_pages(op->slot, op->pages);
	op->prot =
		(IF_USED(PROT) & (op->prot & PROT_WRITE_BIT ? PROT_READ_WRITE : PROT_READ_ONLY)) |
		((IF_USED(RW) | IF_USED(FEATURE)) & op->prot & 1);
	normalize_pasid(uses, header->device[op->device].pasid_bits, op);
	op->max = IF_USED(MAX) & op->max;
	if (op->pin.kind || op->pin.value)
		trace_normalize_pin(&op->pin);
}
