/* SPDX-License-Identifier: MIT */
/* Normalisation of ops: every byte pattern becomes a valid one, valid ones stay as they are. */
#include "internal.h"

enum { PROT_READ_ONLY = 1, PROT_WRITE_BIT = 2, PROT_READ_WRITE = 3 };

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

/* A device cannot send a PASID of more bits than it has, none if it has no bits. What a user writes
 * into its work is any byte. */
static void normalize_pasid(uint32_t uses, unsigned bits, struct trace_op *out)
{
	uint8_t written = (uint8_t)(0u - (out->has_pasid & 1));
	uint8_t sent = (uint8_t)((1u << bits) - 1) & written;
	uint8_t nth = out->pasid ? (out->pasid - 1) % TRACE_MAX_NTH + 1 : 1;

	out->pasid = (IF_USED(PASID_OPT) & sent & out->pasid) |
		     (IF_USED(WRITTEN) & written & out->pasid) | (IF_USED(NTH) & nth) |
		     ((IF_USED(PASID) | IF_USED(MIN)) & out->pasid);
	/* Most random bytes mean a caller that passes a pointer. */
	out->has_pasid = (IF_USED(PASID_OPT) & (sent != 0)) | (IF_USED(WRITTEN) & written & 1) |
			 (IF_USED(NOPASID) & (out->has_pasid == 1));
}

/* Set of the operands that nothing in this topology can be. */
static uint32_t absent_operands(const struct trace_header *header)
{
	return (uint32_t)!header->num_domains << TRACE_FIELD_DOMAIN |
	       (uint32_t)!header->num_mdevs << TRACE_FIELD_MDEV |
	       (uint32_t)!header->num_vms << TRACE_FIELD_VM;
}

/* Without a VM there is nothing to be in range of, and no op that asks. */
static uint8_t normalize_vm(const struct trace_header *header, uint8_t vm)
{
	return header->num_vms ? in_range(vm, header->num_vms) : 0;
}

void trace_normalize_op(const struct trace_header *header, struct trace_op *op)
{
	uint8_t code = in_range(op->code, TRACE_NUM_OPS);
	uint32_t uses = trace_op_uses[code];
	bool on_domain = uses & TRACE_USES(DOMAIN);
	uint8_t num_devices = uses & TRACE_USES(MDEV) ? header->num_mdevs : header->num_devices;

	/* Without a domain, a partition or a VM to name, the op becomes one that changes nothing. */
	if (uses & absent_operands(header)) {
		*op = (struct trace_op){.code = TRACE_OP_TLBI, .line = op->line};
		return;
	}
	op->code = code;
	op->device = in_range((IF_USED(DEVICE) | IF_USED(MDEV)) & op->device, num_devices);
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
	/* An op with a PASID that a device sends names no partition, so this is the device. */
	normalize_pasid(uses, header->device[op->device].pasid_bits, op);
	op->max = (IF_USED(MAX) & op->max) | (IF_USED(VM) & normalize_vm(header, op->max));
	if (op->pin.kind || op->pin.value)
		trace_normalize_pin(&op->pin);
}
