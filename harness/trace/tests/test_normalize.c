/* SPDX-License-Identifier: MIT */
/*
 * Contract: normalisation brings every byte into its range, zeroes what an op does not use, and
 * changes nothing that is valid already.
 * Run: ctest -R test_normalize, or the program itself.
 */
#include "gen.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* B-8: VFs behind their PF; VMs with a VF of their own, alone and in no domain of the host. */
static void expect_sharing(const struct trace_header *h)
{
	unsigned processes = h->processes, functions = 0, i, j;

	for (i = 0; i < TRACE_MAX_DEVICES; i++) {
		const struct trace_device *d = &h->device[i], *pf = &h->device[(d->vf_of + 3) % 4];

		assert_true(d->vf_of <= i);
		if (d->vf_of)
			assert_true(!pf->vf_of && !pf->stall && pf->smmu == d->smmu && !d->stall &&
				    d->streams == 1);
	}
	assert_true(h->num_mdevs <= TRACE_MAX_MDEVS && h->num_vms <= TRACE_MAX_VMS);
	for (i = 0; i < TRACE_MAX_MDEVS; i++) {
		assert_true(h->mdev[i].parent < h->num_devices);
		assert_true(h->mdev[i].own_mmu <= (i < h->num_mdevs));
		assert_true(i < h->num_mdevs || !h->mdev[i].parent);
	}
	for (i = 0; i < h->num_vms; i++) {
		const struct trace_device *d = &h->device[h->vm[i].device];

		assert_true(h->vm[i].device < h->num_devices && d->vf_of);
		assert_false(functions >> h->vm[i].device & 1);
		functions |= 1u << h->vm[i].device;
		assert_false(processes & h->vm[i].processes);
		processes |= h->vm[i].processes;
		assert_true(d->group != TRACE_NONE && d->domain == TRACE_NONE && !d->sva);
		for (j = 0; j < h->num_devices; j++)
			assert_true(j == h->vm[i].device || h->device[j].group != d->group);
	}
	for (; i < TRACE_MAX_VMS; i++)
		assert_true(!h->vm[i].device && !h->vm[i].processes);
	assert_true(h->shared_rid <= (h->num_vms == 2 && h->num_mdevs > 1));
}

static void expect_header(const struct trace_header *h)
{
	unsigned i, j;

	assert_in_range(h->policies, 1, (1 << TRACE_NUM_POLICIES) - 1);
	assert_true(h->misuse <= 1 && h->ssid_bits <= 8 && h->stall < TRACE_NUM_STALLS);
	assert_true(h->msi <= 1 && h->range_inv <= 1 && h->el2 <= 1 && h->default_dma <= 1);
	assert_true(h->asid_bits == 8 || h->asid_bits == 16);
	assert_true(h->ats <= 1 && h->two_level_strtab <= 1 && h->two_level_cd <= 1);
	assert_in_range(h->num_devices, 1, TRACE_MAX_DEVICES);
	assert_true(h->num_domains <= TRACE_MAX_DOMAINS);
	for (i = 0; i < h->num_devices; i++) {
		const struct trace_device *d = &h->device[i];

		assert_true(d->rid_dev < 32 && d->rid_fn < 8 && d->pasid_bits <= 8 && d->ats <= 1);
		assert_true(d->stall <= 1 && !(d->stall && d->ats));
		assert_in_range(d->streams, 1, TRACE_MAX_STREAMS);
		assert_true(d->smmu < TRACE_MAX_SMMUS && (i || !d->smmu));
		assert_true(d->group < TRACE_MAX_DEVICES || d->group == TRACE_NONE);
		assert_true(d->domain < h->num_domains || d->domain == TRACE_NONE);
		assert_true(d->sva <= (d->domain != TRACE_NONE));
		assert_true(d->group != TRACE_NONE || d->domain == TRACE_NONE);
		for (j = 0; j < i; j++) {
			const struct trace_device *e = &h->device[j];

			assert_true(d->rid_dev != e->rid_dev || d->rid_fn != e->rid_fn);
			assert_true(d->group == TRACE_NONE || d->group != e->group ||
				    d->domain == e->domain);
			assert_true(d->group == TRACE_NONE || d->group != e->group ||
				    d->smmu == e->smmu);
		}
	}
	expect_sharing(h);
	for (i = 0; i < TRACE_MAX_DOMAINS; i++) {
		assert_true(h->domain_type[i] <= (i < h->num_domains));
		assert_true(!h->default_dma || h->domain_type[i] == TRACE_DOMAIN_STAGE1);
	}
}

static void random_header(uint64_t *seed, struct trace_header *header)
{
	gen_bytes(seed, (uint8_t *)header, sizeof(*header));
}

static void any_header_comes_into_range(void **state)
{
	uint64_t seed = 11;
	unsigned i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		struct trace_header header, again;

		random_header(&seed, &header);
		/* Small numbers collide; they need the most care. */
		if (i & 1) {
			uint8_t *byte = (uint8_t *)&header;
			size_t j;

			for (j = 0; j < sizeof(header); j++)
				byte[j] &= 3;
		}
		trace_normalize_header(&header);
		expect_header(&header);
		again = header;
		trace_normalize_header(&again);
		assert_memory_equal(&header, &again, sizeof(header));
	}
}

static void requester_ids_become_unique_at_the_end_of_the_bus(void **state)
{
	struct trace_header header = trace_default_header();
	unsigned i;

	(void)state;
	header.num_devices = 4;
	for (i = 0; i < 4; i++) {
		header.device[i].rid_dev = 31;
		header.device[i].rid_fn = 7;
	}
	trace_normalize_header(&header);
	expect_header(&header);
	assert_int_equal(header.device[1].rid_dev, 0);
	assert_int_equal(header.device[1].rid_fn, 0);
	assert_int_equal(header.device[3].rid_fn, 2);
}

static void devices_of_a_group_follow_the_first_one(void **state)
{
	struct trace_header header = trace_default_header();

	(void)state;
	header.device[2].group = 0;
	trace_normalize_header(&header);
	assert_int_equal(header.device[2].domain, 0);
	header.device[0].domain = TRACE_NONE;
	trace_normalize_header(&header);
	assert_int_equal(header.device[2].domain, TRACE_NONE);
	assert_int_equal(header.device[2].sva, 0);
}

static void what_may_stall_has_no_ats(void **state)
{
	struct trace_header header = trace_default_header();

	(void)state;
	header.device[0].stall = 1;
	trace_normalize_header(&header);
	assert_int_equal(header.device[0].stall, 1);
	assert_int_equal(header.device[0].ats, 0);
	assert_int_equal(header.device[1].ats, 1);
}

static void expect_operands(const struct trace_header *h, const struct trace_op *op)
{
	const struct trace_op_info *info = &trace_op_info[op->code];
	unsigned uses = 0, i;

	for (i = 0; i < info->num_operands; i++)
		uses |= 1u << info->operand[i];
	assert_true(op->device < (uses >> TRACE_FIELD_MDEV & 1 ? h->num_mdevs : h->num_devices));
	if (uses >> TRACE_FIELD_DOMAIN & 1)
		assert_true(op->process < h->num_domains);
	if (uses >> TRACE_FIELD_VM & 1)
		assert_true(op->max < h->num_vms);
	if (uses >> TRACE_FIELD_WRITTEN & 1)
		assert_true(op->has_pasid || !op->pasid);
}

static void unused_operands_are_zero_and_used_ones_in_range(void **state)
{
	struct trace_header header;
	uint64_t seed = 12;
	unsigned i;

	(void)state;
	for (i = 0; i < 50000; i++) {
		struct trace_op op = {0}, again;
		unsigned bits;

		if (i % 16 == 0)
			gen_header(&seed, &header);
		gen_bytes(&seed, (uint8_t *)&op, TRACE_OP_BYTES);
		op.line = 77;
		trace_normalize_op(&header, &op);
		assert_true(op.code < TRACE_NUM_OPS);
		expect_operands(&header, &op);
		assert_true(op.process < TRACE_MAX_PROCESSES && op.slot < TRACE_SPACE_PAGES);
		assert_true(op.to < TRACE_SPACE_PAGES && op.pages <= TRACE_MAX_PAGES);
		assert_true(op.slot % TRACE_WINDOW_PAGES + op.pages <= TRACE_WINDOW_PAGES);
		assert_true(op.prot <= 3 && op.prot != 2 && op.has_pasid <= 1);
		assert_true(op.pin.kind < TRACE_NUM_PINS);
		assert_int_equal(op.line, 77);
		bits = header.device[op.device].pasid_bits;
		if (op.code == TRACE_OP_DMA || op.code == TRACE_OP_ATS ||
		    op.code == TRACE_OP_GUEST_INV)
			assert_true(op.has_pasid ? bits && !(op.pasid >> bits) : !op.pasid);
		again = op;
		trace_normalize_op(&header, &again);
		assert_memory_equal(&op, &again, sizeof(op));
	}
}

/* The bytes of an op that its operands name, written by hand against the map in trace.h. */
static void each_operand_has_its_byte(void **state)
{
	static const struct trace_op full = {
		.device = 1,
		.process = 1,
		.child = 2,
		.slot = 3,
		.to = 4,
		.pages = 2,
		.prot = 3,
		.pasid = 5,
		.max = 7,
		.has_pasid = 1,
	};
	static const struct trace_op expected[] = {
		{.code = TRACE_OP_INIT, .device = 1, .child = 2, .pasid = 5, .max = 7},
		{.code = TRACE_OP_ATTACH, .device = 1, .process = 1},
		{.code = TRACE_OP_MAP, .process = 1, .slot = 3, .pages = 2, .prot = 3},
		{.code = TRACE_OP_BIND, .device = 1, .process = 1, .child = 2, .has_pasid = 1},
		{.code = TRACE_OP_UNBIND, .device = 1, .pasid = 5},
		{.code = TRACE_OP_SPAWN, .process = 1},
		{.code = TRACE_OP_FORK, .process = 1, .child = 2},
		{.code = TRACE_OP_MREMAP, .process = 1, .slot = 3, .to = 4},
		{.code = TRACE_OP_DMA,
		 .device = 1,
		 .slot = 3,
		 .prot = 1,
		 .pasid = 5,
		 .has_pasid = 1},
		{.code = TRACE_OP_ATC_INV,
		 .device = 1,
		 .slot = 3,
		 .pages = 2,
		 .pasid = 5,
		 .has_pasid = 1},
		{.code = TRACE_OP_BAD_CMD, .child = 2},
		{.code = TRACE_OP_FAIL_ALLOC, .pasid = 5},
		{.code = TRACE_OP_PLUG, .device = 1},
		{.code = TRACE_OP_MDEV_BIND, .device = 1, .process = 1},
		{.code = TRACE_OP_MDEV_UNBIND, .device = 1, .pasid = 5},
		{.code = TRACE_OP_MDEV_CLOSE, .device = 1},
		{.code = TRACE_OP_MDEV_MAP, .device = 1, .slot = 3, .pages = 2, .prot = 3},
		{.code = TRACE_OP_MDEV_ATTACH, .device = 1, .process = 1},
		{.code = TRACE_OP_SUBMIT,
		 .device = 1,
		 .process = 1,
		 .slot = 3,
		 .prot = 1,
		 .pasid = 5,
		 .has_pasid = 1},
		{.code = TRACE_OP_VM_START, .max = 1},
		{.code = TRACE_OP_ASSIGN, .device = 1, .max = 1},
		{.code = TRACE_OP_UNASSIGN, .device = 1},
		{.code = TRACE_OP_ASSIGN_MDEV, .device = 1, .max = 1},
		{.code = TRACE_OP_GUEST_SPAWN, .process = 1, .max = 1},
		{.code = TRACE_OP_GUEST_BIND, .device = 1, .process = 1},
		{.code = TRACE_OP_GUEST_UNBIND, .device = 1, .pasid = 5, .max = 1},
		{.code = TRACE_OP_GUEST_INV,
		 .device = 1,
		 .slot = 3,
		 .pages = 2,
		 .pasid = 5,
		 .max = 1,
		 .has_pasid = 1},
		{.code = TRACE_OP_ENABLE, .device = 1, .prot = 1},
		{.code = TRACE_OP_ATTACH_PASID, .device = 1, .process = 1, .pasid = 5},
		{.code = TRACE_OP_DETACH_PASID, .device = 1, .pasid = 5},
		{.code = TRACE_OP_CLAIM, .device = 1},
	};
	struct trace_header header = trace_default_header();
	size_t i;

	(void)state;
	header.num_mdevs = 2;
	header.num_vms = 2;
	header.device[2].vf_of = 1;
	header.device[1].vf_of = 1;
	trace_normalize_header(&header);
	assert_int_equal(header.num_vms, 2);
	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		struct trace_op op = full;

		op.code = expected[i].code;
		trace_normalize_op(&header, &op);
		assert_memory_equal(&op, &expected[i], TRACE_OP_BYTES);
	}
}

static void an_op_on_a_domain_needs_one(void **state)
{
	struct trace_op op = {.code = TRACE_OP_MAP, .pages = 1, .pin = {TRACE_PIN_OK, 0}};
	struct trace_header header = trace_default_header();

	(void)state;
	header.num_domains = 0;
	trace_normalize_header(&header);
	trace_normalize_op(&header, &op);
	assert_int_equal(op.code, TRACE_OP_TLBI);
	assert_int_equal(op.pin.kind, TRACE_PIN_NONE);
}

static void a_device_without_pasid_bits_sends_none(void **state)
{
	struct trace_op op = {.code = TRACE_OP_DMA, .pasid = 0xf3, .has_pasid = 1};
	struct trace_header header = trace_default_header();

	(void)state;
	trace_normalize_op(&header, &op);
	assert_int_equal(op.pasid, 3);
	header.device[0].pasid_bits = 0;
	trace_normalize_op(&header, &op);
	assert_int_equal(op.pasid, 0);
	assert_int_equal(op.has_pasid, 0);
}

static void tables_agree_with_the_definitions(void **state)
{
	unsigned i, j, codes = 0;

	(void)state;
#define OP(id, text_, operands, weight_, doc_)                                                     \
	assert_string_equal(trace_op_info[TRACE_OP_##id].text, text_);                             \
	assert_int_equal(trace_op_info[TRACE_OP_##id].weight, weight_);                            \
	codes++;
#include "../ops.def"
#undef OP
	assert_int_equal(codes, TRACE_NUM_OPS);
	assert_int_equal(trace_op_info[TRACE_OP_DMA].num_operands, 4);
	assert_int_equal(trace_op_info[TRACE_OP_DMA].operand[1], TRACE_FIELD_PASID_OPT);
	assert_int_equal(trace_op_info[TRACE_OP_TLBI].num_operands, 1);
	for (i = 0; i < TRACE_NUM_OPS; i++) {
		assert_in_range(trace_op_info[i].num_operands, 1, TRACE_MAX_OPERANDS);
		for (j = 0; j < trace_op_info[i].num_operands; j++)
			assert_in_range(trace_op_info[i].operand[j], 1, TRACE_NUM_FIELDS - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_header_comes_into_range),
		cmocka_unit_test(requester_ids_become_unique_at_the_end_of_the_bus),
		cmocka_unit_test(devices_of_a_group_follow_the_first_one),
		cmocka_unit_test(what_may_stall_has_no_ats),
		cmocka_unit_test(unused_operands_are_zero_and_used_ones_in_range),
		cmocka_unit_test(each_operand_has_its_byte),
		cmocka_unit_test(an_op_on_a_domain_needs_one),
		cmocka_unit_test(a_device_without_pasid_bits_sends_none),
		cmocka_unit_test(tables_agree_with_the_definitions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
