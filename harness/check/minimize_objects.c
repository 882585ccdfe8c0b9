/* SPDX-License-Identifier: MIT */
/* Changes to a whole trace: objects that go away or exchange their numbers, with the ops on them. */
#include "minimize_state.h"

#include <stddef.h>
#include <string.h>

uint8_t *minimize_operand(struct trace_op *op, enum trace_field field)
{
	static const size_t at[TRACE_NUM_FIELDS] = {
		[TRACE_FIELD_DEVICE] = offsetof(struct trace_op, device),
		[TRACE_FIELD_MDEV] = offsetof(struct trace_op, device),
		[TRACE_FIELD_DOMAIN] = offsetof(struct trace_op, process),
		[TRACE_FIELD_PROCESS] = offsetof(struct trace_op, process),
		[TRACE_FIELD_CHILD] = offsetof(struct trace_op, child),
		[TRACE_FIELD_VM] = offsetof(struct trace_op, max),
		[TRACE_FIELD_VA] = offsetof(struct trace_op, slot),
		[TRACE_FIELD_TO] = offsetof(struct trace_op, to),
		[TRACE_FIELD_PROT] = offsetof(struct trace_op, prot),
		[TRACE_FIELD_PASID] = offsetof(struct trace_op, pasid),
		[TRACE_FIELD_PASID_OPT] = offsetof(struct trace_op, pasid),
		[TRACE_FIELD_WRITTEN] = offsetof(struct trace_op, pasid),
		[TRACE_FIELD_MIN] = offsetof(struct trace_op, pasid),
	};
	const struct trace_op_info *info = &trace_op_info[op->code];

	for (unsigned i = 0; i < info->num_operands; i++)
		if (info->operand[i] == field)
			return (uint8_t *)op + at[field];
	return NULL;
}

/* which number a group has says nothing. */
static void number_groups(struct trace_header *h)
{
	uint8_t old[TRACE_MAX_DEVICES];

	for (unsigned i = 0; i < h->num_devices; i++)
		old[i] = h->device[i].group;
	for (unsigned i = 0; i < h->num_devices; i++) {
		unsigned first = 0;

		while (old[first] != old[i])
			first++;
		if (old[i] != TRACE_NONE)
			h->device[i].group = (uint8_t)first;
	}
}

void minimize_tidy(struct trace *trace)
{
	number_groups(&trace->header);
	trace_normalize_header(&trace->header);
	for (unsigned i = 0; i < trace->num_ops; i++)
		trace_normalize_op(&trace->header, &trace->op[i]);
}

void minimize_drop_ops(struct trace *trace, unsigned at, unsigned count)
{
	memmove(&trace->op[at], &trace->op[at + count],
		(trace->num_ops - at - count) * sizeof(trace->op[0]));
	trace->num_ops = (uint16_t)(trace->num_ops - count);
}

/* What an operand with this number becomes. */
static bool renumber(uint8_t *operand, unsigned index, unsigned into, bool closes_up)
{
	unsigned value = *operand == index ? into : *operand;

	if (value == TRACE_NONE)
		return false;
	*operand = (uint8_t)(closes_up && value > index ? value - 1 : value);
	return true;
}

static void renumber_ops(struct trace *trace, const enum trace_field *field, unsigned num_fields,
			 unsigned index, unsigned into, bool closes_up)
{
	for (unsigned i = trace->num_ops; i-- > 0;) {
		bool kept = true;

		for (unsigned f = 0; f < num_fields && kept; f++) {
			uint8_t *operand = minimize_operand(&trace->op[i], field[f]);

			kept = !operand || renumber(operand, index, into, closes_up);
		}
		if (!kept)
			minimize_drop_ops(trace, i, 1);
	}
}

static void swap_ops(struct trace *trace, enum trace_field field, unsigned a, unsigned b)
{
	for (unsigned i = 0; i < trace->num_ops; i++) {
		uint8_t *operand = minimize_operand(&trace->op[i], field);

		if (operand && (*operand == a || *operand == b))
			*operand = (uint8_t)(a + b - *operand);
	}
}

#define CLOSE_UP(array, count, index)                                                              \
	memmove(&(array)[index], &(array)[(index) + 1], ((count) - (index)-1u) * sizeof((array)[0]))

#define EXCHANGE(type, a, b)                                                                       \
	do {                                                                                       \
		type exchanged = (a);                                                              \
		(a) = (b);                                                                         \
		(b) = exchanged;                                                                   \
	} while (0)

static void drop_vm(struct trace *trace, unsigned index, unsigned into)
{
	static const enum trace_field fields[] = {TRACE_FIELD_VM};
	struct trace_header *h = &trace->header;

	renumber_ops(trace, fields, 1, index, into, true);
	CLOSE_UP(h->vm, h->num_vms, index);
	h->num_vms--;
}

static void swap_vms(struct trace *trace, unsigned a, unsigned b)
{
	EXCHANGE(struct trace_vm, trace->header.vm[a], trace->header.vm[b]);
	swap_ops(trace, TRACE_FIELD_VM, a, b);
}

static void drop_mdev(struct trace *trace, unsigned index, unsigned into)
{
	static const enum trace_field fields[] = {TRACE_FIELD_MDEV};
	struct trace_header *h = &trace->header;

	renumber_ops(trace, fields, 1, index, into, true);
	CLOSE_UP(h->mdev, h->num_mdevs, index);
	h->num_mdevs--;
}

static void swap_mdevs(struct trace *trace, unsigned a, unsigned b)
{
	EXCHANGE(struct trace_mdev, trace->header.mdev[a], trace->header.mdev[b]);
	swap_ops(trace, TRACE_FIELD_MDEV, a, b);
}

static void drop_domain(struct trace *trace, unsigned index, unsigned into)
{
	static const enum trace_field fields[] = {TRACE_FIELD_DOMAIN};
	struct trace_header *h = &trace->header;

	renumber_ops(trace, fields, 1, index, into, true);
	CLOSE_UP(h->domain_type, h->num_domains, index);
	h->num_domains--;
	for (unsigned i = 0; i < h->num_devices; i++)
		if (h->device[i].domain != TRACE_NONE &&
		    !renumber(&h->device[i].domain, index, into, true))
			h->device[i].domain = TRACE_NONE;
}

static void swap_domains(struct trace *trace, unsigned a, unsigned b)
{
	struct trace_header *h = &trace->header;

	EXCHANGE(uint8_t, h->domain_type[a], h->domain_type[b]);
	for (unsigned i = 0; i < h->num_devices; i++)
		if (h->device[i].domain == a || h->device[i].domain == b)
			h->device[i].domain = (uint8_t)(a + b - h->device[i].domain);
	swap_ops(trace, TRACE_FIELD_DOMAIN, a, b);
}

/* What is part of the device goes with it; its VFs become functions of their own. */
static void drop_device(struct trace *trace, unsigned index, unsigned into)
{
	static const enum trace_field fields[] = {TRACE_FIELD_DEVICE};
	struct trace_header *h = &trace->header;

	for (unsigned i = h->num_mdevs; i-- > 0;)
		if (!renumber(&h->mdev[i].parent, index, into, true))
			drop_mdev(trace, i, TRACE_NONE);
	for (unsigned i = h->num_vms; i-- > 0;)
		if (!renumber(&h->vm[i].device, index, TRACE_NONE, true))
			drop_vm(trace, i, TRACE_NONE);
	renumber_ops(trace, fields, 1, index, into, true);
	CLOSE_UP(h->device, h->num_devices, index);
	h->num_devices--;
	for (unsigned i = 0; i < h->num_devices; i++) {
		struct trace_device *device = &h->device[i];

		if (device->vf_of == index + 1)
			device->vf_of = 0;
		else if (device->vf_of > index + 1)
			device->vf_of--;
	}
}

/* Requester ids stay with the numbers, as they are written in order. */
static void swap_devices(struct trace *trace, unsigned a, unsigned b)
{
	struct trace_header *h = &trace->header;

	EXCHANGE(struct trace_device, h->device[a], h->device[b]);
	EXCHANGE(uint8_t, h->device[a].rid_dev, h->device[b].rid_dev);
	EXCHANGE(uint8_t, h->device[a].rid_fn, h->device[b].rid_fn);
	for (unsigned i = 0; i < h->num_devices; i++)
		if (h->device[i].vf_of == a + 1 || h->device[i].vf_of == b + 1)
			h->device[i].vf_of = (uint8_t)(a + b + 2 - h->device[i].vf_of);
	for (unsigned i = 0; i < h->num_mdevs; i++)
		if (h->mdev[i].parent == a || h->mdev[i].parent == b)
			h->mdev[i].parent = (uint8_t)(a + b - h->mdev[i].parent);
	for (unsigned i = 0; i < h->num_vms; i++)
		if (h->vm[i].device == a || h->vm[i].device == b)
			h->vm[i].device = (uint8_t)(a + b - h->vm[i].device);
	swap_ops(trace, TRACE_FIELD_DEVICE, a, b);
}

static void drop_process(struct trace *trace, unsigned index, unsigned into)
{
	static const enum trace_field fields[] = {TRACE_FIELD_PROCESS, TRACE_FIELD_CHILD};
	struct trace_header *h = &trace->header;

	renumber_ops(trace, fields, 2, index, into, false);
	h->processes &= (uint8_t) ~(1u << index);
	for (unsigned i = 0; i < h->num_vms; i++)
		h->vm[i].processes &= (uint8_t) ~(1u << index);
}

static uint8_t swap_bits(uint8_t set, unsigned a, unsigned b)
{
	unsigned differs = (set >> a ^ set >> b) & 1u;

	return (uint8_t)(set ^ (differs << a | differs << b));
}

static void swap_processes(struct trace *trace, unsigned a, unsigned b)
{
	struct trace_header *h = &trace->header;

	h->processes = swap_bits(h->processes, a, b);
	for (unsigned i = 0; i < h->num_vms; i++)
		h->vm[i].processes = swap_bits(h->vm[i].processes, a, b);
	swap_ops(trace, TRACE_FIELD_PROCESS, a, b);
	swap_ops(trace, TRACE_FIELD_CHILD, a, b);
}

static unsigned count_vms(const struct trace_header *h)
{
	return h->num_vms;
}

static unsigned count_mdevs(const struct trace_header *h)
{
	return h->num_mdevs;
}

static unsigned count_devices(const struct trace_header *h)
{
	return h->num_devices;
}

static unsigned count_domains(const struct trace_header *h)
{
	return h->num_domains;
}

static unsigned count_processes(const struct trace_header *h)
{
	(void)h;
	return TRACE_MAX_PROCESSES;
}

const struct minimize_objects minimize_objects[MINIMIZE_OBJECT_KINDS] = {
	{drop_vm, swap_vms, count_vms},
	{drop_mdev, swap_mdevs, count_mdevs},
	{drop_device, swap_devices, count_devices},
	{drop_domain, swap_domains, count_domains},
	{drop_process, swap_processes, count_processes},
};
