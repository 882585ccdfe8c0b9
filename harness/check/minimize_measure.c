/* SPDX-License-Identifier: MIT */
/* Which of two traces is the smaller one. */
#include "minimize_state.h"

#include "../base/base.h"

#include <stdlib.h>
#include <string.h>

static void put(struct measure *out, unsigned value)
{
	CHECK(out->size < MEASURE_BYTES, "a measure has %u bytes", out->size);
	out->byte[out->size++] = (uint8_t)value;
}

static void put_sum(struct measure *out, unsigned at, unsigned sum)
{
	out->byte[at] = (uint8_t)(sum >> 16);
	out->byte[at + 1] = (uint8_t)(sum >> 8);
	out->byte[at + 2] = (uint8_t)sum;
}

enum { SUM_BYTES = 3 };

static unsigned sum_from(const struct measure *m, unsigned first)
{
	unsigned sum = 0;

	for (unsigned i = first; i < m->size; i++)
		sum += m->byte[i];
	return sum;
}

static unsigned num_objects(const struct trace_header *h)
{
	unsigned processes = (unsigned)__builtin_popcount(h->processes);

	for (unsigned i = 0; i < h->num_vms; i++)
		processes += (unsigned)__builtin_popcount(h->vm[i].processes);
	return (unsigned)h->num_devices + h->num_domains + h->num_mdevs + h->num_vms + processes;
}

static unsigned num_pins(const struct trace *trace)
{
	unsigned pins = 0;

	for (unsigned i = 0; i < trace->num_ops; i++)
		pins += trace->op[i].pin.kind != TRACE_PIN_NONE;
	return pins;
}

/* Requester ids are best read when the device's number is in them. */
static unsigned rid_distance(const struct trace_device *device, unsigned index)
{
	return (unsigned)abs(device->rid_dev - (int)(index + 1)) + device->rid_fn;
}

static void put_device(struct measure *out, const struct trace_device *d, unsigned index)
{
	put(out, d->pasid_bits);
	put(out, d->ats);
	put(out, d->stall);
	put(out, d->streams - 1u);
	put(out, d->smmu);
	put(out, d->group == index	  ? 0
		 : d->group == TRACE_NONE ? TRACE_MAX_DEVICES + 1
					  : 1u + d->group);
	put(out, d->vf_of);
	put(out, d->domain == TRACE_NONE ? TRACE_MAX_DOMAINS : d->domain);
	put(out, d->domain != TRACE_NONE && !d->sva);
	put(out, rid_distance(d, index));
}

/* Every byte is 0 for what a reader expects. */
static void put_header(struct measure *out, const struct trace_header *h)
{
	put(out, h->misuse);
	put(out, h->ssid_bits);
	put(out, h->asid_bits == 8);
	put(out, h->ats);
	put(out, h->stall);
	put(out, h->msi);
	put(out, h->range_inv);
	put(out, h->el2);
	put(out, h->two_level_strtab);
	put(out, h->two_level_cd);
	put(out, h->shared_rid);
	put(out, h->default_dma);
	for (unsigned i = 0; i < h->num_devices; i++)
		put_device(out, &h->device[i], i);
	for (unsigned i = 0; i < h->num_domains; i++)
		put(out, h->domain_type[i]);
	for (unsigned i = 0; i < h->num_mdevs; i++) {
		put(out, h->mdev[i].parent);
		put(out, h->mdev[i].own_mmu);
	}
	for (unsigned i = 0; i < h->num_vms; i++)
		put(out, h->vm[i].device);
}

/* Sets of processes: lower numbers are lower. Not part of a sum, their size counts already. */
static void put_processes(struct measure *out, const struct trace_header *h)
{
	put(out, h->processes);
	for (unsigned i = 0; i < h->num_vms; i++)
		put(out, h->vm[i].processes);
}

/* Full rights are the plainest; in other operands it is the lowest number. */
static unsigned prot_rank(const struct trace_op *op)
{
	struct trace_op copy = *op;

	return minimize_operand(&copy, TRACE_FIELD_PROT) ? 3u - op->prot : op->prot;
}

static void put_op(struct measure *out, const struct trace_op *op)
{
	put(out, op->code);
	put(out, op->device);
	put(out, op->process);
	put(out, op->child);
	put(out, op->pages);
	put(out, prot_rank(op));
	put(out, op->has_pasid);
	put(out, op->pasid);
	put(out, op->max);
	put(out, op->slot);
	put(out, op->to);
}

void measure_trace(const struct trace *trace, struct measure *out)
{
	unsigned sum_at;

	out->size = 0;
	put(out, trace->num_ops >> 8);
	put(out, trace->num_ops & 0xff);
	put(out, num_objects(&trace->header));
	put(out, num_pins(trace));
	sum_at = out->size;
	out->size += SUM_BYTES;
	put_header(out, &trace->header);
	put_sum(out, sum_at, sum_from(out, sum_at + SUM_BYTES));
	put_processes(out, &trace->header);
	sum_at = out->size;
	out->size += SUM_BYTES;
	for (unsigned i = 0; i < trace->num_ops; i++)
		put_op(out, &trace->op[i]);
	put_sum(out, sum_at, sum_from(out, sum_at + SUM_BYTES));
}

bool measure_less(const struct measure *a, const struct measure *b)
{
	unsigned size = a->size < b->size ? a->size : b->size;
	int order = memcmp(a->byte, b->byte, size);

	return order < 0 || (order == 0 && a->size < b->size);
}
