/* SPDX-License-Identifier: MIT */
/*
 * A small machine for the translation tests: RAM, a model, builders for stream table, CDs and
 * translation tables, and a reader of the Event queue.
 */
#ifndef SMMUV3_TESTS_SCENE_H
#define SMMUV3_TESTS_SCENE_H

#include "../regs.h"
#include "../smmu_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above it. */
#include <cmocka.h>

#define RAM_BASE 0x40000000ull
#ifndef RAM_BYTES /* a test may want more */
#define RAM_BYTES 0x100000ull
#endif

/* Where things stand in RAM. */
#define STRTAB (RAM_BASE + 0x00000)
#define L2STES (RAM_BASE + 0x04000)
#define CDTAB  (RAM_BASE + 0x10000)
#define L2CDS  (RAM_BASE + 0x20000)
#define EVTQ   (RAM_BASE + 0x30000)
#define TABLES (RAM_BASE + 0x40000) /* roots, then whatever map() needs */
#define ROOT0  (TABLES + 0x0000)
#define ROOT1  (TABLES + 0x1000)
#define ROOT2  (TABLES + 0x2000)
#define PAGE   (RAM_BASE + 0xf0000)
#define PAGE2  (RAM_BASE + 0xf1000)

/* A user page, read-write, not executable, not global. */
#define LEAF_RW (3ull | SMMU_BIT(6) | SMMU_BIT(10) | SMMU_BIT(11) | SMMU_BIT(53) | SMMU_BIT(54))
#define LEAF_RO (LEAF_RW | SMMU_BIT(7))

/* A CD of VMSAv8-64, 4 KiB granule, 48-bit TTB0, no TTB1, aborts and records. */
#define CD0_PLAIN                                                                                  \
	(SMMU_CD0_V | SMMU_CD0_AA64 | SMMU_CD0_R | SMMU_CD0_A | SMMU_CD0_EPD1 |                    \
	 smmu_put(SMMU_CD0_T0SZ, 16) | smmu_put(SMMU_CD0_IPS, 5))

/* A stage-1 STE with 2^cdmax CDs at CDTAB. */
#define STE0_S1(cdmax, fmt)                                                                        \
	(SMMU_STE0_V | smmu_put(SMMU_STE0_CONFIG, SMMU_STE0_CONFIG_S1) | CDTAB |                   \
	 smmu_put(SMMU_STE0_S1CDMAX, cdmax) | smmu_put(SMMU_STE0_S1FMT, fmt))

enum { EVENTS_LOG2 = 6, EVENTS = 1 << EVENTS_LOG2 };

struct scene {
	struct smmu *smmu;
	uint64_t *ram;
	uint64_t bad_pa; /* a read here is an external abort */
	uint64_t next_table;
	unsigned next_event;
	unsigned writes;
};

static inline struct smmu_profile scene_profile(void)
{
	return (struct smmu_profile){
		.sid_bits = 10,
		.ssid_bits = 10,
		.cmdq_bits = 4,
		.evtq_bits = EVENTS_LOG2,
		.asid_bits = 16,
		.oas_bits = 40,
		.two_level_strtab = true,
		.two_level_cd = true,
		.ats = true,
		.hyp = true,
	};
}

static inline bool scene_in_ram(uint64_t pa)
{
	return pa >= RAM_BASE && pa < RAM_BASE + RAM_BYTES;
}

static inline bool scene_read64(void *ctx, uint64_t pa, uint64_t *value)
{
	const struct scene *scene = ctx;

	assert_int_equal(pa % 8, 0);
	if (!scene_in_ram(pa) || pa == scene->bad_pa)
		return false;
	*value = scene->ram[(pa - RAM_BASE) / 8];
	return true;
}

static inline bool scene_write64(void *ctx, uint64_t pa, uint64_t value)
{
	struct scene *scene = ctx;

	assert_int_equal(pa % 8, 0);
	if (!scene_in_ram(pa))
		return false;
	scene->ram[(pa - RAM_BASE) / 8] = value;
	scene->writes++;
	return true;
}

static inline void poke(struct scene *scene, uint64_t pa, uint64_t value)
{
	assert_true(scene_in_ram(pa));
	scene->ram[(pa - RAM_BASE) / 8] = value;
}

static inline uint64_t look(const struct scene *scene, uint64_t pa)
{
	assert_true(scene_in_ram(pa));
	return scene->ram[(pa - RAM_BASE) / 8];
}

/* Registers in the order of 6.3.9: what SMMUEN guards, then SMMUEN with the rest of cr0. */
static inline void scene_enable(struct scene *scene, uint32_t strtab_cfg, uint32_t cr0)
{
	struct smmu *smmu = scene->smmu;

	smmu_reg_write(smmu, SMMU_REG_CR0, 4, 0);
	smmu_reg_write(smmu, SMMU_REG_STRTAB_BASE, 8, STRTAB);
	smmu_reg_write(smmu, SMMU_REG_STRTAB_BASE_CFG, 4, strtab_cfg);
	smmu_reg_write(smmu, SMMU_REG_CR2, 4, SMMU_CR2_RECINVSID);
	smmu_reg_write(smmu, SMMU_REG_EVENTQ_BASE, 8,
		       EVTQ | smmu_put(SMMU_Q_BASE_LOG2SIZE, EVENTS_LOG2));
	smmu_reg_write(smmu, SMMU_REG_EVENTQ_PROD, 4, 0);
	smmu_reg_write(smmu, SMMU_REG_EVENTQ_CONS, 4, 0);
	scene->next_event = 0;
	smmu_reg_write(smmu, SMMU_REG_CR0, 4, SMMU_CR0_EVENTQEN);
	smmu_reg_write(smmu, SMMU_REG_CR0, 4, SMMU_CR0_EVENTQEN | cr0);
}

/* Enabled, linear stream table of 16 STEs, all invalid. */
static inline struct scene *scene_new(struct smmu_profile profile)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	struct smmu_bus bus = {.ctx = scene, .read64 = scene_read64, .write64 = scene_write64};

	assert_non_null(scene);
	scene->ram = calloc(1, RAM_BYTES);
	scene->smmu = calloc(1, smmu_sizeof());
	assert_true(scene->ram && scene->smmu);
	scene->next_table = TABLES + 0x4000;
	smmu_reset(scene->smmu, &profile, &bus);
	scene_enable(scene, 4, SMMU_CR0_SMMUEN | SMMU_CR0_ATSCHK);
	return scene;
}

static inline void scene_free(struct scene *scene)
{
	free(scene->smmu);
	free(scene->ram);
	free(scene);
}

static inline int scene_setup(void **state)
{
	*state = scene_new(scene_profile());
	return 0;
}

static inline int scene_teardown(void **state)
{
	scene_free(*state);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)

static inline void put_ste(struct scene *scene, uint32_t sid, uint64_t w0, uint64_t w1)
{
	poke(scene, STRTAB + sid * 64ull, w0);
	poke(scene, STRTAB + sid * 64ull + 8, w1);
}

static inline uint64_t cd0_asid(uint16_t asid)
{
	return CD0_PLAIN | smmu_put(SMMU_CD0_ASID, asid);
}

static inline void put_cd(struct scene *scene, uint32_t index, uint64_t w0, uint64_t ttb0)
{
	poke(scene, CDTAB + index * 64ull, w0);
	poke(scene, CDTAB + index * 64ull + 8, ttb0);
}

/* Store a descriptor for va at `level`, with the tables above it; where it stands. */
static inline uint64_t map_at(struct scene *scene, uint64_t root, uint64_t va, unsigned level,
			      uint64_t desc)
{
	uint64_t table = root, entry = 0;

	for (unsigned l = 0; l <= level; l++) {
		entry = table + (va >> (39 - 9 * l) & 511) * 8;
		if (l == level)
			break;
		if (!(look(scene, entry) & 1)) {
			poke(scene, entry, scene->next_table | 3);
			scene->next_table += 4096;
		}
		table = look(scene, entry) & SMMU_MASK(47, 12);
	}
	poke(scene, entry, desc);
	return entry;
}

static inline uint64_t map(struct scene *scene, uint64_t root, uint64_t va, uint64_t desc)
{
	return map_at(scene, root, va, 3, desc);
}

/* SID 1: one CD, no substreams, ATS; va 0x1000 is PAGE, read-write. */
static inline void put_plain_stream(struct scene *scene)
{
	put_ste(scene, 1, STE0_S1(0, 0), smmu_put(SMMU_STE1_EATS, SMMU_STE1_EATS_FULL));
	put_cd(scene, 0, cd0_asid(1), ROOT0);
	map(scene, ROOT0, 0x1000, PAGE | LEAF_RW);
}

static inline struct smmu_response send(struct scene *scene, struct smmu_request request)
{
	struct smmu_response peeked = smmu_peek(scene->smmu, &request);
	struct smmu_response response = smmu_access(scene->smmu, &request);

	/* Without caches a look must foretell what happens. */
	if (scene->smmu->profile.cache != SMMU_CACHE_EXACT) {
		assert_int_equal(peeked.status, response.status);
		assert_int_equal(peeked.event, response.event);
		assert_int_equal(peeked.pa, response.pa);
		assert_int_equal(peeked.size, response.size);
		assert_int_equal(peeked.read_ok, response.read_ok);
		assert_int_equal(peeked.write_ok, response.write_ok);
	}
	assert_false(peeked.recorded);
	assert_int_equal(response.recorded, response.event != 0);
	return response;
}

static inline struct smmu_response dma_read(struct scene *scene, uint32_t sid, uint64_t addr)
{
	return send(scene, (struct smmu_request){.sid = sid, .addr = addr});
}

static inline unsigned pending_events(const struct scene *scene)
{
	uint64_t prod = smmu_reg_read(scene->smmu, SMMU_REG_EVENTQ_PROD, 4);

	return ((unsigned)prod - scene->next_event) & (2 * EVENTS - 1);
}

static inline struct smmu_event take_event(struct scene *scene)
{
	uint64_t record[SMMU_EVENT_WORDS];
	uint64_t entry = EVTQ + (scene->next_event & (EVENTS - 1)) * (uint64_t)SMMU_EVENT_BYTES;

	assert_true(pending_events(scene) > 0);
	for (unsigned i = 0; i < SMMU_EVENT_WORDS; i++)
		record[i] = look(scene, entry + 8 * i);
	scene->next_event = (scene->next_event + 1) & (2 * EVENTS - 1);
	smmu_reg_write(scene->smmu, SMMU_REG_EVENTQ_CONS, 4, scene->next_event);
	return smmu_event_decode(record);
}

/* Refused, with exactly this event record (0: none). */
static inline void expect_abort(struct scene *scene, struct smmu_request request, uint8_t event)
{
	struct smmu_response response = send(scene, request);

	assert_int_equal(response.status,
			 request.kind == SMMU_ATS_REQUEST ? SMMU_ATS_DENIED : SMMU_ABORT);
	assert_int_equal(response.event, event);
	assert_int_equal(pending_events(scene), event ? 1 : 0);
	assert_false(response.read_ok || response.write_ok);
	if (event) {
		struct smmu_event record = take_event(scene);

		assert_int_equal(record.type, event);
		assert_int_equal(record.sid, request.sid);
	}
}

/* Passed to pa, with no event record. */
static inline void expect_pass(struct scene *scene, struct smmu_request request, uint64_t pa)
{
	struct smmu_response response = send(scene, request);

	assert_int_equal(response.status, SMMU_OK);
	assert_int_equal(response.event, 0);
	assert_int_equal(response.pa, pa);
	assert_int_equal(pending_events(scene), 0);
}

/*
 * Store a descriptor for `addr` at `level` of tables of a granule (12, 14 or 16 bits) whose root at
 * `start` is `root`, with the tables between; where it stands. Tables stand at physical addresses
 * and are named `offset` higher, which is where stage 2 has them.
 */
static inline uint64_t map_tables(struct scene *scene, unsigned granule, unsigned start,
				  uint64_t root, uint64_t offset, uint64_t addr, unsigned level,
				  uint64_t desc)
{
	uint64_t table = root, size = 1ull << granule, mask = ~0ull, entry;

	for (unsigned l = start;; l++) {
		entry = table + (addr >> smmu_level_shift(granule, l) & mask) * 8;
		if (l == level)
			break;
		if (!(look(scene, entry) & 1)) {
			scene->next_table = (scene->next_table + size - 1) & ~(size - 1);
			poke(scene, entry, (scene->next_table + offset) | 3);
			scene->next_table += size;
		}
		table = (look(scene, entry) & SMMU_MASK(47, 12) & ~(size - 1)) - offset;
		mask = (size >> 3) - 1;
	}
	poke(scene, entry, desc);
	return entry;
}

#endif
