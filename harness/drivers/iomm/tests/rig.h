/* SPDX-License-Identifier: MIT */
/*
 * For the tests of this room: the driver on the emulated SMMU with worst-case caches, and a spy
 * between the two that writes what the driver does as text, so that a test states the order it
 * expects in one string.
 *   "store"              a word of a table in RAM changed
 *   "cfgi_ste 8"         StreamID            "cfgi_cd 8/1 leaf"   StreamID/SubstreamID
 *   "tlbi_asid 2"        ASID                "tlbi_va 2 10000"    ASID, address ("leaf" if leaf)
 *   "tlbi_asid v1 2"     VMID, ASID: of a VM; also "tlbi_va v1 2 10000", "tlbi_all v1", "tlbi_vmall v1"
 *   "atc 8/1 10000+2"    StreamID/SubstreamID (or "-" or "all"), address, log2 of pages
 *   "ats 0 on"           a device's ATS      "sync"               CMD_SYNC
 *   "exit 0/1"           the owner of device 0 is called for PASID 1; "flush 0/1" likewise
 */
#ifndef SVAFUZZ_IOMM_TEST_RIG_H
#define SVAFUZZ_IOMM_TEST_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../iomm.h"

enum { A, B, C, RW = PT_READ | PT_WRITE };

struct rig {
	struct smmu_socket spy;
	struct smmu_socket *inner;
	struct world *world;
	struct driver *driver;
	struct world_port port; /* of the emulated SMMU */
	uint64_t queue;
	uint32_t queue_mask, prod;
	size_t used;
	char text[16384];
};

__attribute__((format(printf, 2, 3))) static inline void note(struct rig *rig, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(rig->text + rig->used, sizeof(rig->text) - rig->used, fmt, args);
	va_end(args);
	/* A long history is of no interest to anybody: only tests that look keep it short. */
	if (n >= 0 && (size_t)n < sizeof(rig->text) - rig->used)
		rig->used += (size_t)n;
}

static inline void forget(struct rig *rig)
{
	rig->used = 0;
	rig->text[0] = '\0';
}

static inline void note_atc(struct rig *rig, uint64_t word0, uint64_t word1)
{
	unsigned sid = (unsigned)(word0 >> 32), ssid = word0 >> 12 & 0xfffff;

	if (word0 >> 9 & 1)
		note(rig, "atc %u/all ", sid);
	else if (word0 >> 11 & 1)
		note(rig, "atc %u/%u ", sid, ssid);
	else
		note(rig, "atc %u/- ", sid);
	note(rig, "%llx+%u; ", (unsigned long long)(word1 & ~0xfffull), (unsigned)word1 & 0x3f);
}

static inline void note_tlbi(struct rig *rig, const char *name, uint64_t word0)
{
	unsigned vmid = word0 >> 32 & 0xffff;

	note(rig, "%s", name);
	if (vmid)
		note(rig, " v%u", vmid);
}

static inline void note_command(struct rig *rig, uint64_t word0, uint64_t word1)
{
	unsigned sid = (unsigned)(word0 >> 32), ssid = word0 >> 12 & 0xfffff;
	unsigned asid = (unsigned)(word0 >> 48);
	const char *leaf = word1 & 1 ? " leaf" : "";

	switch (word0 & 0xff) {
	case HW_CMD_SYNC:
		note(rig, "sync; ");
		break;
	case HW_CMD_CFGI_STE:
		note(rig, "cfgi_ste %u; ", sid);
		break;
	case HW_CMD_CFGI_CD:
		note(rig, "cfgi_cd %u/%u%s; ", sid, ssid, leaf);
		break;
	case HW_CMD_TLBI_NH_ASID:
		note_tlbi(rig, "tlbi_asid", word0);
		note(rig, " %u; ", asid);
		break;
	case HW_CMD_TLBI_NH_VA:
		note_tlbi(rig, "tlbi_va", word0);
		note(rig, " %u %llx%s; ", asid, (unsigned long long)(word1 & ~0xfffull), leaf);
		break;
	case HW_CMD_TLBI_NH_ALL:
		note_tlbi(rig, "tlbi_all", word0);
		note(rig, "; ");
		break;
	case HW_CMD_TLBI_S12_VMALL:
		note_tlbi(rig, "tlbi_vmall", word0);
		note(rig, "; ");
		break;
	case HW_CMD_ATC_INV:
		note_atc(rig, word0, word1);
		break;
	default:
		note(rig, "cmd %02x; ", (unsigned)word0 & 0xff);
	}
}

static inline uint64_t spy_read(struct smmu_socket *socket, uint32_t offset, unsigned size)
{
	struct rig *rig = (struct rig *)(void *)socket;

	return rig->inner->ops->read(rig->inner, offset, size);
}

static inline void spy_write(struct smmu_socket *socket, uint32_t offset, unsigned size,
			     uint64_t value)
{
	struct rig *rig = (struct rig *)(void *)socket;

	if (offset == HW_CMDQ_BASE) {
		rig->queue = value & 0xffffffffffe0ull;
		rig->queue_mask = (2u << (value & 0x1f)) - 1;
		rig->prod = 0;
	}
	for (; offset == HW_CMDQ_PROD && rig->prod != value;
	     rig->prod = (rig->prod + 1) & rig->queue_mask) {
		uint64_t pa = rig->queue + 16ull * (rig->prod & rig->queue_mask >> 1);

		note_command(rig, ram_load(pa), ram_load(pa + 8));
	}
	rig->inner->ops->write(rig->inner, offset, size, value);
}

static inline void spy_store(void *ctx, uint64_t pa, uint64_t old_value, uint64_t new_value)
{
	struct rig *rig = ctx;

	note(rig, "store; ");
	rig->port.store(rig->port.ctx, pa, old_value, new_value);
}

static inline void spy_ats(void *ctx, unsigned device, bool enabled)
{
	struct rig *rig = ctx;

	note(rig, "ats %u %s; ", device, enabled ? "on" : "off");
	rig->port.set_ats(rig->port.ctx, device, enabled);
}

static inline struct smmu_response spy_access(void *ctx, const struct smmu_request *request)
{
	struct rig *rig = ctx;

	return rig->port.access(rig->port.ctx, request);
}

static inline void spy_pte(void *ctx, uint64_t root, uint64_t va, unsigned level, uint64_t old_desc,
			   uint64_t new_desc)
{
	struct rig *rig = ctx;

	rig->port.pte(rig->port.ctx, root, va, level, old_desc, new_desc);
}

static inline void spy_call(void *ctx, const struct world_call *call)
{
	note(ctx, "%s %u/%u; ", call->kind == WORLD_CALL_MM_EXIT ? "exit" : "flush", call->device,
	     call->pasid);
}

static inline struct smmu_profile rig_profile(void)
{
	return (struct smmu_profile){
		.sid_bits = 8,
		.ssid_bits = 4,
		.cmdq_bits = 6,
		.evtq_bits = 6,
		.asid_bits = 16,
		.oas_bits = 44,
		.ats = true,
		.cache = SMMU_CACHE_WORST,
	};
}

/* Power on; endpoints must be added before rig_probe(). */
static inline struct rig *rig_fresh(void)
{
	static const struct smmu_socket_ops ops = {.read = spy_read, .write = spy_write};
	static struct rig rig;
	struct error error = {0};

	rig = (struct rig){.spy.ops = &ops, .inner = smmu_socket_find("emulated")};
	rig.world = world_get(&error);
	assert_non_null(rig.world);
	rig.driver = driver_find("iomm");
	assert_true(rig.driver->ops->set_fault(rig.driver, ""));
	world_reset(rig.world);
	return &rig;
}

static inline int rig_probe(struct rig *rig, struct smmu_profile profile)
{
	struct smmu_socket *smmus[WORLD_MAX_SMMUS] = {&rig->spy};
	int error;

	rig->inner->ops->reset(rig->inner, rig->world, &profile);
	rig->port = rig->world->port[0];
	rig->world->port[0] = (struct world_port){
		.ctx = rig,
		.access = spy_access,
		.set_ats = spy_ats,
		.store = spy_store,
		.pte = spy_pte,
	};
	rig->world->hooks.ctx = rig;
	rig->world->hooks.call = spy_call;
	world_begin_op(rig->world);
	error = rig->driver->ops->probe(rig->driver, rig->world, smmus);
	forget(rig);
	return error;
}

/*
 * d0 (sid 8) and d1 (sid 16), own groups, ATS, 4 PASID bits; stage-1 domains A, B, identity C;
 * processes p0 (mm 0), p1, p2.
 */
static inline struct rig *rig_up(struct smmu_profile profile)
{
	struct rig *rig = rig_fresh();
	const struct driver_ops *ops = rig->driver->ops;

	world_add_endpoint(rig->world, 8, 8, true, 0);
	world_add_endpoint(rig->world, 16, 4, true, 1);
	assert_int_equal(rig_probe(rig, profile), 0);
	assert_int_equal(ops->domain_alloc(rig->driver, A, DRIVER_DOMAIN_STAGE1, 0), 0);
	assert_int_equal(ops->domain_alloc(rig->driver, B, DRIVER_DOMAIN_STAGE1, 0), 0);
	assert_int_equal(ops->domain_alloc(rig->driver, C, DRIVER_DOMAIN_IDENTITY, 0), 0);
	for (unsigned task = 0; task < 3; task++)
		assert_int_equal(world_spawn(rig->world, task), 0);
	forget(rig);
	return rig;
}

/* rig_up() with both devices in domain A and initialised. */
static inline struct rig *rig_shared(void)
{
	struct rig *rig = rig_up(rig_profile());

	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(rig->driver->ops->attach(rig->driver, i, A), 0);
		assert_int_equal(rig->driver->ops->sva_init(rig->driver, i, 0, 0, 0), 0);
	}
	forget(rig);
	return rig;
}

static inline int try_bind(struct rig *rig, unsigned device, unsigned mm, unsigned flags,
			   unsigned *pasid)
{
	uint64_t handle = 1;
	int error = rig->driver->ops->bind(rig->driver, device, mm, flags, pasid, &handle);

	assert_int_equal(handle, 0);
	return error;
}

static inline unsigned must_bind(struct rig *rig, unsigned device, unsigned mm)
{
	unsigned pasid = 0;

	assert_int_equal(try_bind(rig, device, mm, 0, &pasid), 0);
	return pasid;
}

/* What hardware could do with an access of the device: the one outcome that there may be. */
static inline struct smmu_outcome only_outcome(struct rig *rig, unsigned device, bool has_pasid,
					       unsigned pasid, uint64_t va)
{
	struct smmu *smmu = rig->inner->ops->model(rig->inner);
	struct smmu_request request = {
		.sid = rig->world->endpoint[device].rid,
		.ssv = has_pasid,
		.ssid = pasid,
		.addr = va,
	};
	struct smmu_outcome outcome[8];
	unsigned count;

	smmu_contexts(smmu);
	count = smmu_possible(smmu, &request, outcome, ARRAY_SIZE(outcome));
	assert_int_equal(count, 1);
	return outcome[0];
}

static inline void assert_reaches(struct rig *rig, unsigned device, unsigned pasid, uint64_t va,
				  uint64_t pa)
{
	struct smmu_outcome outcome = only_outcome(rig, device, true, pasid, va);

	assert_int_equal(outcome.event, 0);
	assert_int_equal(outcome.pa, pa);
}

static inline void assert_faults(struct rig *rig, unsigned device, unsigned pasid, uint64_t va)
{
	assert_int_not_equal(only_outcome(rig, device, true, pasid, va).event, 0);
}

static inline void assert_usage(struct rig *rig, unsigned bonds, unsigned io_mms, unsigned pasids)
{
	struct driver_usage usage = rig->driver->ops->usage(rig->driver);

	assert_int_equal(usage.bonds, bonds);
	assert_int_equal(usage.io_mms, io_mms);
	assert_int_equal(usage.pasids, pasids);
}

/* Detach everything, free everything: nothing may be left. */
static inline void rig_down(struct rig *rig)
{
	const struct driver_ops *ops = rig->driver->ops;
	struct driver_usage usage;

	for (unsigned i = 0; i < rig->world->num_endpoints; i++) {
		ops->vm_detach(rig->driver, i);
		ops->sva_shutdown(rig->driver, i);
		ops->detach(rig->driver, i);
	}
	for (unsigned i = 0; i < WORLD_MAX_VMS; i++) {
		ops->vm_destroy(rig->driver, i);
		world_vm_stop(rig->world, i);
	}
	for (unsigned i = 0; i < IOMM_MAX_DOMAINS; i++)
		ops->domain_free(rig->driver, i);
	usage = ops->usage(rig->driver);
	assert_int_equal(usage.bonds + usage.io_mms + usage.pasids + usage.asids + usage.vmids, 0);
	ops->remove(rig->driver);
	for (unsigned task = 0; task < WORLD_MAX_TASKS; task++)
		if (world_task_alive(rig->world, task))
			world_exit(rig->world, task);
	assert_int_equal(rig->world->objects, 0);
	assert_int_equal(rig->world->ram.in_use[FRAME_DRIVER], 0);
	assert_int_equal(rig->world->ram.in_use[FRAME_TABLE], 0);
}

#endif
