/* SPDX-License-Identifier: MIT */
/*
 * Contract: QEMU's SMMUv3 looks like one with SubstreamIDs: pairs have tables, caches and events of
 * their own, what QEMU lacks is the front's, and a QEMU that dies is told and replaced. Without the
 * program qemu-system-aarch64 ($QEMU) the tests are skipped.
 * Run: the program itself; exit status 0 means that all tests passed.
 */
#include "../front.h"
#include "child.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { SID = 8, SSID_BITS = 2, LOG2 = 5, ASID = 7 };

static const uint64_t va = 0x10000;

/* What a driver has: one stream with a table of four CDs, and pages. */
struct rig {
	struct world *world;
	struct smmu_socket *smmu;
	uint64_t strtab, cds, cmdq, eventq;
	uint32_t prod;
	unsigned irqs[WORLD_NUM_IRQS];
};

static void count_irq(void *ctx, unsigned irq)
{
	struct rig *rig = ctx;

	rig->irqs[irq]++;
}

static uint64_t frame(struct rig *rig, enum frame_kind kind)
{
	uint64_t pa = ram_alloc(&rig->world->ram, kind, 1);

	assert_int_not_equal(pa, 0);
	return pa;
}

static void reg(struct rig *rig, uint32_t offset, unsigned size, uint64_t value)
{
	rig->smmu->ops->write(rig->smmu, offset, size, value);
}

static uint32_t get(struct rig *rig, uint32_t offset)
{
	return (uint32_t)rig->smmu->ops->read(rig->smmu, offset, 4);
}

static void command(struct rig *rig, struct smmu_command command)
{
	uint64_t pa = rig->cmdq + (rig->prod & ((1u << LOG2) - 1)) * 16ull;

	ram_store(pa, command.word[0]);
	ram_store(pa + 8, command.word[1]);
	rig->prod = (rig->prod + 1) & ((2u << LOG2) - 1);
}

static void hand_over(struct rig *rig)
{
	command(rig, smmu_cmd_sync(SMMU_SYNC_NONE));
	reg(rig, SMMU_REG_CMDQ_PROD, 4, rig->prod);
}

/* Tables that lead va to `page`. */
static uint64_t tables(struct rig *rig, uint64_t page, bool writable)
{
	uint64_t table[3];

	for (unsigned i = 0; i < 3; i++)
		table[i] = frame(rig, FRAME_TABLE);
	for (unsigned i = 0; i < 3; i++)
		ram_store(table[i] + 8 * (va >> (30 - 9 * i) & 511),
			  i < 2 ? table[i + 1] | 3 : page | 0x743 | (writable ? 0 : 0x80));
	return table[0];
}

static void set_cd(struct rig *rig, unsigned ssid, uint64_t root, unsigned asid)
{
	uint64_t cd = rig->cds + 64ull * ssid;

	ram_store(cd + 8, root);
	ram_store(cd + 24, ~0ull);
	ram_store(cd, SMMU_CD0_V | SMMU_CD0_AA64 | SMMU_CD0_R | SMMU_CD0_A | SMMU_CD0_ASET |
			      SMMU_CD0_EPD1 | smmu_put(SMMU_CD0_T0SZ, 25) |
			      smmu_put(SMMU_CD0_IPS, 2) | smmu_put(SMMU_CD0_ASID, asid));
}

static void set_ste(struct rig *rig, unsigned config)
{
	uint64_t ste = rig->strtab + 64ull * SID;

	ram_store(ste + 8, smmu_put(SMMU_STE1_S1DSS, SMMU_STE1_S1DSS_SSID0));
	ram_store(ste, SMMU_STE0_V | smmu_put(SMMU_STE0_CONFIG, config) | rig->cds |
			       smmu_put(SMMU_STE0_S1CDMAX, SSID_BITS));
}

static void bring_up(struct rig *rig)
{
	static const struct smmu_profile profile = {
		.sid_bits = LOG2,
		.ssid_bits = SSID_BITS,
		.cmdq_bits = LOG2,
		.evtq_bits = LOG2,
		.asid_bits = 16,
		.oas_bits = 40,
	};

	world_reset(rig->world);
	world_add_endpoint(rig->world, SID, SSID_BITS, false, 0);
	rig->world->irq_handler = count_irq;
	rig->world->irq_ctx = rig;
	rig->smmu->ops->reset(rig->smmu, rig->world, &profile);
	assert_int_equal(rig->smmu->ops->end(rig->smmu).kind, SMMU_END_NONE);
	rig->strtab = frame(rig, FRAME_DRIVER);
	rig->cds = frame(rig, FRAME_DRIVER);
	rig->cmdq = frame(rig, FRAME_DRIVER);
	rig->eventq = frame(rig, FRAME_DRIVER);
	rig->prod = 0;
	reg(rig, SMMU_REG_CR2, 4, SMMU_CR2_RECINVSID);
	reg(rig, SMMU_REG_STRTAB_BASE, 8, rig->strtab);
	reg(rig, SMMU_REG_STRTAB_BASE_CFG, 4, LOG2);
	reg(rig, SMMU_REG_CMDQ_BASE, 8, rig->cmdq | LOG2);
	reg(rig, SMMU_REG_EVENTQ_BASE, 8, rig->eventq | LOG2);
	reg(rig, SMMU_REG_IRQ_CTRL, 4, SMMU_IRQ_CTRL_GERROR_IRQEN | SMMU_IRQ_CTRL_EVENTQ_IRQEN);
	reg(rig, SMMU_REG_CR0, 4, SMMU_CR0_SMMUEN | SMMU_CR0_EVENTQEN | SMMU_CR0_CMDQEN);
	assert_int_equal(get(rig, SMMU_REG_CR0ACK), get(rig, SMMU_REG_CR0));
	set_ste(rig, SMMU_STE0_CONFIG_S1);
}

static struct rig *start(void)
{
	static struct rig rig;
	struct error error = {0};

	if (!qemu_smmu_ops.available(&error)) {
		print_message("%s\n", error.text);
		skip();
	}
	rig = (struct rig){.world = world_get(&error), .smmu = qemu_smmu(0)};
	assert_non_null(rig.world);
	bring_up(&rig);
	return &rig;
}

static struct smmu_response send(struct rig *rig, bool ssv, uint32_t ssid, uint64_t addr,
				 bool write)
{
	const struct smmu_request request = {
		.sid = SID, .ssv = ssv, .ssid = ssid, .addr = addr, .write = write};

	return rig->world->port[0].access(rig->world->port[0].ctx, &request);
}

/* The event that was recorded last, and the number of them. */
static struct smmu_event last_event(struct rig *rig, unsigned *count)
{
	*count = get(rig, SMMU_REG_EVENTQ_PROD);
	assert_true(*count > 0);
	return smmu_event_decode((const uint64_t *)(uintptr_t)(rig->eventq + (*count - 1) * 32ull));
}

static void pairs_have_pages_of_their_own(void **state)
{
	struct rig *rig = start();
	uint64_t page[3];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		page[i] = frame(rig, FRAME_DATA);
		*(uint32_t *)(uintptr_t)page[i] = 40 + i;
		set_cd(rig, i, tables(rig, page[i], i != 2), ASID + i);
	}
	for (unsigned i = 0; i < 3; i++) {
		struct smmu_response read = send(rig, i > 0, i, va, false);

		assert_int_equal(read.status, SMMU_OK);
		assert_true(read.pa == page[i]);
	}
	assert_int_equal(send(rig, false, 0, va, true).status, SMMU_OK);
	assert_true(send(rig, true, 1, va, true).pa == page[1]);
	assert_int_equal(send(rig, true, 2, va, true).event, SMMU_F_PERMISSION);
	/* What the accesses left is put back. */
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(*(uint32_t *)(uintptr_t)page[i], 40 + i);
	assert_int_equal(get(rig, SMMU_REG_EVENTQ_PROD), 1);
}

static void a_fault_names_stream_and_substream(void **state)
{
	struct rig *rig = start();
	struct smmu_event event;
	unsigned count;

	(void)state;
	set_cd(rig, 3, tables(rig, frame(rig, FRAME_DATA), true), ASID);
	assert_int_equal(send(rig, true, 3, va + 0x1000, false).event, SMMU_F_TRANSLATION);
	event = last_event(rig, &count);
	assert_int_equal(count, 1);
	assert_int_equal(event.type, SMMU_F_TRANSLATION);
	assert_int_equal(event.sid, SID);
	assert_true(event.ssv && event.ssid == 3 && event.rnw);
	assert_true(event.input_addr == va + 0x1000);
	/* CD 1 is not valid; without a SubstreamID neither is CD 0. */
	assert_int_equal(send(rig, true, 1, va, false).event, SMMU_C_BAD_CD);
	event = last_event(rig, &count);
	assert_true(count == 2 && event.ssv && event.ssid == 1);
	assert_int_equal(send(rig, false, 0, va, true).event, SMMU_C_BAD_CD);
	assert_false(last_event(rig, &count).ssv);
	world_settle(rig->world);
	assert_int_not_equal(rig->irqs[SMMU_IRQ_EVTQ], 0);
}

static void substreams_that_are_not_there(void **state)
{
	struct rig *rig = start();
	struct smmu_event event;
	unsigned count;

	(void)state;
	assert_int_equal(send(rig, true, 4, va, true).event, SMMU_C_BAD_SUBSTREAMID);
	event = last_event(rig, &count);
	assert_true(event.sid == SID && event.ssid == 4);
	/* 5.2 S1DSS: CD 0 is for traffic without a SubstreamID. */
	assert_int_equal(send(rig, true, 0, va, true).event, SMMU_F_STREAM_DISABLED);
	assert_int_equal(last_event(rig, &count).sid, SID);
	assert_int_equal(count, 2);
}

static void abort_and_bypass_leave_no_record(void **state)
{
	struct rig *rig = start();

	(void)state;
	set_ste(rig, SMMU_STE0_CONFIG_ABORT);
	assert_int_equal(send(rig, false, 0, va, true).status, SMMU_ABORT);
	set_ste(rig, SMMU_STE0_CONFIG_BYPASS);
	command(rig, smmu_cmd_cfgi_ste(SID, true));
	hand_over(rig);
	assert_int_equal(send(rig, false, 0, va, true).status, SMMU_OK);
	assert_true(send(rig, false, 0, rig->strtab, true).pa == rig->strtab);
	assert_int_equal(get(rig, SMMU_REG_EVENTQ_PROD), 0);
}

/* QEMU's caches: what was not invalidated is still used, and what was is not. */
static void invalidations_reach_the_caches(void **state)
{
	struct rig *rig = start();
	uint64_t old = frame(rig, FRAME_DATA), new = frame(rig, FRAME_DATA);

	(void)state;
	set_cd(rig, 1, tables(rig, old, true), ASID);
	assert_true(send(rig, true, 1, va, true).pa == old);
	set_cd(rig, 1, tables(rig, new, true), ASID);
	assert_true(send(rig, true, 1, va, true).pa == old);
	command(rig, smmu_cmd_cfgi_cd(SID, 1, true));
	hand_over(rig);
	assert_true(send(rig, true, 1, va, true).pa == old); /* in the TLB, by its ASID */
	command(rig, smmu_cmd_tlbi(SMMU_CMD_TLBI_NH_ASID, ASID));
	hand_over(rig);
	assert_true(send(rig, true, 1, va, true).pa == new);
	set_ste(rig, SMMU_STE0_CONFIG_ABORT);
	command(rig, smmu_cmd_cfgi_ste(SID, true));
	hand_over(rig);
	assert_int_equal(send(rig, true, 1, va, true).status, SMMU_ABORT);
}

static void a_wrong_command_stops_the_queue_until_it_is_mended(void **state)
{
	struct rig *rig = start();

	(void)state;
	command(rig, smmu_cmd_cfgi_all());
	command(rig, (struct smmu_command){{0xfe, 0}});
	command(rig, smmu_cmd_cfgi_all());
	hand_over(rig);
	assert_int_equal(get(rig, SMMU_REG_GERROR), SMMU_GERROR_CMDQ_ERR);
	assert_int_equal(get(rig, SMMU_REG_CMDQ_CONS),
			 1 | (uint32_t)smmu_put(SMMU_CMDQ_CONS_ERR, SMMU_CERROR_ILL));
	world_settle(rig->world);
	assert_int_equal(rig->irqs[SMMU_IRQ_GERROR], 1);
	ram_store(rig->cmdq + 16, SMMU_CMD_SYNC);
	reg(rig, SMMU_REG_GERRORN, 4, SMMU_GERROR_CMDQ_ERR);
	assert_int_equal(get(rig, SMMU_REG_CMDQ_CONS) & 0xff, 4);
	hand_over(rig);
	assert_int_equal(get(rig, SMMU_REG_CMDQ_CONS) & 0xff, 5);
}

static void more_pairs_than_functions_are_not_supported(void **state)
{
	struct rig *rig = start();
	struct smmu_request request = {.addr = va};

	(void)state;
	for (unsigned i = 0; i <= QEMU_PAIRS; i++) {
		request.sid = i;
		assert_int_equal(rig->smmu->ops->end(rig->smmu).kind, SMMU_END_NONE);
		rig->world->port[0].access(rig->world->port[0].ctx, &request);
	}
	assert_int_equal(rig->smmu->ops->end(rig->smmu).kind, SMMU_END_LACKS);
}

static void a_qemu_that_was_killed_is_told_and_replaced(void **state)
{
	struct rig *rig = start();
	uint64_t page;

	(void)state;
	kill(child_of_this_process(), SIGKILL);
	assert_int_equal(send(rig, false, 0, va, true).status, SMMU_ABORT);
	assert_int_equal(rig->smmu->ops->end(rig->smmu).kind, SMMU_END_CRASH);
	assert_non_null(strstr(rig->smmu->ops->end(rig->smmu).text, "signal 9"));
	/* The driver goes on without waiting for ever. */
	hand_over(rig);
	assert_int_equal(get(rig, SMMU_REG_CMDQ_CONS), rig->prod);
	bring_up(rig);
	page = frame(rig, FRAME_DATA);
	set_cd(rig, 1, tables(rig, page, true), ASID);
	assert_true(send(rig, true, 1, va, true).pa == page);
}

static void what_qemu_lacks_has_a_name(void **state)
{
	const struct smmu_socket_ops *ops = qemu_smmu(0)->ops;

	(void)state;
	assert_null(ops->lacks(&(struct smmu_profile){.ssid_bits = 4}));
	assert_string_equal(ops->lacks(&(struct smmu_profile){.ats = true}), "ATS");
	assert_string_equal(ops->lacks(&(struct smmu_profile){.stage2 = true}), "stage 2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_have_pages_of_their_own),
		cmocka_unit_test(a_fault_names_stream_and_substream),
		cmocka_unit_test(substreams_that_are_not_there),
		cmocka_unit_test(abort_and_bypass_leave_no_record),
		cmocka_unit_test(invalidations_reach_the_caches),
		cmocka_unit_test(a_wrong_command_stops_the_queue_until_it_is_mended),
		cmocka_unit_test(more_pairs_than_functions_are_not_supported),
		cmocka_unit_test(what_qemu_lacks_has_a_name),
		cmocka_unit_test(a_qemu_that_was_killed_is_told_and_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
