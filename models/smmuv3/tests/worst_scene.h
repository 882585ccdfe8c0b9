/* SPDX-License-Identifier: MIT */
/*
 * The scene of the worst-case tests: three streams with contexts, trees and a Command queue, and
 * helpers that report every store as worst.h asks for.
 *
 *   SID 1      one CD (no substreams):  ASID 1, ROOT0
 *   SID 2, 3   share a table of 8 CDs:  1 = ASID 1, ROOT0;  2 = ASID 2, ROOT1;  the others invalid
 *
 *   ROOT0: VA -> PAGE, VA2 -> PAGE2        ROOT1: VA -> PAGE3        ROOT2: empty
 */
#ifndef SMMUV3_TESTS_WORST_SCENE_H
#define SMMUV3_TESTS_WORST_SCENE_H

#include "scene.h"

#define CMDQ	(RAM_BASE + 0x38000)
#define CD_OF_1 (RAM_BASE + 0x18000)
#define CDTAB_B (RAM_BASE + 0x19000) /* a second table, for who wants it */
#define PAGE3	(RAM_BASE + 0xf2000)
#define PAGE4	(RAM_BASE + 0xf3000)
#define VA	0x1000ull
#define VA2	0x2000ull
#define FAR_VA	0x40201000ull /* shares only the root with VA */

enum { CMDQ_LOG2 = 4, CMDQ_ENTRIES = 1 << CMDQ_LOG2, CD_LOG2 = 3 };

/* Indexes that smmu_add_stream() gives. */
enum { STREAM_1, STREAM_2, STREAM_3, NUM_STREAMS };

#define STE1_ATS    smmu_put(SMMU_STE1_EATS, SMMU_STE1_EATS_FULL)
#define STE0_SINGLE (SMMU_STE0_V | smmu_put(SMMU_STE0_CONFIG, SMMU_STE0_CONFIG_S1) | CD_OF_1)
#define STE0_TABLE  STE0_S1(CD_LOG2, 0)
#define STE0_OTHER_TABLE                                                                           \
	(SMMU_STE0_V | smmu_put(SMMU_STE0_CONFIG, SMMU_STE0_CONFIG_S1) | CDTAB_B |                 \
	 smmu_put(SMMU_STE0_S1CDMAX, CD_LOG2))
#define STE0_ABORT  (SMMU_STE0_V | smmu_put(SMMU_STE0_CONFIG, SMMU_STE0_CONFIG_ABORT))
#define STE0_BYPASS (SMMU_STE0_V | smmu_put(SMMU_STE0_CONFIG, SMMU_STE0_CONFIG_BYPASS))
#define LEAF_GLOBAL (LEAF_RW & ~SMMU_BIT(11))
#define LEAF_NO_AF  (LEAF_RW & ~SMMU_BIT(10))
#define BLOCK_RW    (LEAF_RW & ~SMMU_BIT(1))

/* Stores, reported. */

static inline void store(struct scene *scene, uint64_t pa, uint64_t value)
{
	uint64_t old = look(scene, pa);

	poke(scene, pa, value);
	smmu_note_store(scene->smmu, pa, old, value);
}

static inline uint64_t ste_at(uint32_t sid)
{
	return STRTAB + sid * 64ull;
}

static inline uint64_t cd_at(uint32_t index)
{
	return CDTAB + index * 64ull;
}

/* A CD from the second word on, the word with V last. */
static inline void store_cd(struct scene *scene, uint64_t pa, uint64_t w0, uint64_t ttb0)
{
	store(scene, pa + 8, ttb0);
	store(scene, pa, w0);
}

static inline void store_ste(struct scene *scene, uint32_t sid, uint64_t w0, uint64_t w1)
{
	store(scene, ste_at(sid) + 8, w1);
	store(scene, ste_at(sid), w0);
}

static inline void store_desc(struct scene *scene, uint64_t root, uint64_t va, unsigned level,
			      uint64_t entry, uint64_t desc)
{
	uint64_t old = look(scene, entry);

	poke(scene, entry, desc);
	smmu_note_pte(scene->smmu, root, va & ~((1ull << (39 - 9 * level)) - 1), level, old, desc);
}

/* The descriptor of va at `level`; the tables above it come into being. Where it stands. */
static inline uint64_t desc_at(struct scene *scene, uint64_t root, uint64_t va, unsigned level)
{
	uint64_t table = root;

	for (unsigned l = 0;; l++) {
		uint64_t entry = table + (va >> (39 - 9 * l) & 511) * 8;

		if (l == level)
			return entry;
		if (!(look(scene, entry) & 1)) {
			store_desc(scene, root, va, l, entry, scene->next_table | 3);
			scene->next_table += 4096;
		}
		table = look(scene, entry) & SMMU_MASK(47, 12);
	}
}

static inline void remap_at(struct scene *scene, uint64_t root, uint64_t va, unsigned level,
			    uint64_t desc)
{
	store_desc(scene, root, va, level, desc_at(scene, root, va, level), desc);
}

static inline void remap(struct scene *scene, uint64_t root, uint64_t va, uint64_t desc)
{
	remap_at(scene, root, va, 3, desc);
}

/* The frame of the table that holds the descriptor of va at `level`. */
static inline uint64_t table_at(struct scene *scene, uint64_t root, uint64_t va, unsigned level)
{
	return desc_at(scene, root, va, level) & ~4095ull;
}

/* Commands. */

static inline void run_one(struct scene *scene, struct smmu_command command)
{
	struct smmu *smmu = scene->smmu;
	uint32_t prod = (uint32_t)smmu_reg_read(smmu, SMMU_REG_CMDQ_PROD, 4);
	uint64_t entry = CMDQ + (prod % CMDQ_ENTRIES) * (uint64_t)SMMU_CMD_BYTES;

	poke(scene, entry, command.word[0]);
	poke(scene, entry + 8, command.word[1]);
	prod = (prod + 1) % (2 * CMDQ_ENTRIES);
	smmu_reg_write(smmu, SMMU_REG_CMDQ_PROD, 4, prod);
	assert_int_equal(smmu_reg_read(smmu, SMMU_REG_CMDQ_CONS, 4), prod);
}

static inline void run_commands(struct scene *scene, const struct smmu_command *command,
				unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		run_one(scene, command[i]);
}

#define RUN(scene, ...)                                                                            \
	run_commands((scene), (const struct smmu_command[]){__VA_ARGS__},                          \
		     sizeof((const struct smmu_command[]){__VA_ARGS__}) /                          \
			     sizeof(struct smmu_command))

#define SYNC			    smmu_cmd_sync(SMMU_SYNC_NONE)
#define CFGI_STE(sid)		    smmu_cmd_cfgi_ste((sid), true)
#define CFGI_CD(sid, cd)	    smmu_cmd_cfgi_cd((sid), (cd), true)
#define TLBI_ASID(asid)		    smmu_cmd_tlbi(SMMU_CMD_TLBI_NH_ASID, (asid))
#define TLBI_ALL		    smmu_cmd_tlbi(SMMU_CMD_TLBI_NSNH_ALL, 0)
#define TLBI_VA(asid, va)	    smmu_cmd_tlbi_va(SMMU_CMD_TLBI_NH_VA, (asid), (va), false)
#define TLBI_LEAF(asid, va)	    smmu_cmd_tlbi_va(SMMU_CMD_TLBI_NH_VA, (asid), (va), true)
#define TLBI_VAA(va)		    smmu_cmd_tlbi_va(SMMU_CMD_TLBI_NH_VAA, 0, (va), false)
#define ATC_INV(sid)		    smmu_cmd_atc_inv((sid), false, 0, 0, SMMU_CMD1_SIZE_ALL)
#define ATC_INV_SSID(sid, ssid)	    smmu_cmd_atc_inv((sid), true, (ssid), 0, SMMU_CMD1_SIZE_ALL)
#define ATC_INV_PAGE(sid, ssid, va) smmu_cmd_atc_inv((sid), true, (ssid), (va), 0)

static inline struct smmu_command cfgi_ste_range(uint32_t sid, unsigned range)
{
	return (struct smmu_command){
		{SMMU_CMD_CFGI_STE_RANGE | smmu_put(SMMU_CMD0_SID, sid), range}};
}

/* The scene. */

static inline void set_smmuen(struct scene *scene, bool on)
{
	uint64_t cr0 = smmu_reg_read(scene->smmu, SMMU_REG_CR0, 4) & ~SMMU_CR0_SMMUEN;

	smmu_reg_write(scene->smmu, SMMU_REG_CR0, 4, cr0 | (on ? SMMU_CR0_SMMUEN : 0));
}

static inline struct smmu_stale stale(struct scene *scene)
{
	return smmu_stale(scene->smmu);
}

/* Nothing that memory does not hold. */
static inline void expect_nothing_stale(struct scene *scene)
{
	struct smmu_stale now = stale(scene);

	assert_int_equal(now.num_words, 0);
	assert_int_equal(now.num_tlb, 0);
	assert_int_equal(now.num_atc, 0);
	assert_int_equal(now.num_frozen, 0);
	assert_false(now.overflow);
}

static inline struct scene *worst_new_as(struct smmu_profile profile, uint32_t strtab_cfg)
{
	struct scene *scene;

	profile.cache = SMMU_CACHE_WORST;
	scene = scene_new(profile);
	scene_enable(scene, strtab_cfg, 0);
	smmu_reg_write(scene->smmu, SMMU_REG_CMDQ_BASE, 8,
		       CMDQ | smmu_put(SMMU_Q_BASE_LOG2SIZE, CMDQ_LOG2));
	smmu_reg_write(scene->smmu, SMMU_REG_CR0, 4,
		       SMMU_CR0_EVENTQEN | SMMU_CR0_CMDQEN | SMMU_CR0_ATSCHK);
	for (uint32_t sid = 1; sid <= NUM_STREAMS; sid++)
		assert_int_equal(smmu_add_stream(scene->smmu, sid), sid - 1);
	return scene;
}

static inline struct scene *worst_new(uint32_t strtab_cfg)
{
	return worst_new_as(scene_profile(), strtab_cfg);
}

/* Everything stands in memory before SMMUEN = 1: nothing can be stale. */
static inline void worst_fill(struct scene *scene)
{
	remap(scene, ROOT0, VA, PAGE | LEAF_RW);
	remap(scene, ROOT0, VA2, PAGE2 | LEAF_RW);
	remap(scene, ROOT1, VA, PAGE3 | LEAF_RW);
	store_ste(scene, 1, STE0_SINGLE, STE1_ATS);
	store_ste(scene, 2, STE0_TABLE, STE1_ATS);
	store_ste(scene, 3, STE0_TABLE, STE1_ATS);
	store_cd(scene, CD_OF_1, cd0_asid(1), ROOT0);
	store_cd(scene, cd_at(1), cd0_asid(1), ROOT0);
	store_cd(scene, cd_at(2), cd0_asid(2), ROOT1);
	set_smmuen(scene, true);
	expect_nothing_stale(scene);
}

static inline int worst_setup(void **state)
{
	struct scene *scene = worst_new(4);

	worst_fill(scene);
	*state = scene;
	return 0;
}

#define WORST(name) cmocka_unit_test_setup_teardown(name, worst_setup, scene_teardown)

/* Requests and what may become of them. */

static inline struct smmu_request plain(uint32_t sid, uint64_t va)
{
	return (struct smmu_request){.sid = sid, .addr = va};
}

static inline struct smmu_request pasid(uint32_t sid, uint32_t ssid, uint64_t va)
{
	return (struct smmu_request){.sid = sid, .ssv = true, .ssid = ssid, .addr = va};
}

static inline struct smmu_outcome rw(uint64_t pa)
{
	return (struct smmu_outcome){.read_ok = true, .write_ok = true, .pa = pa};
}

static inline struct smmu_outcome ro(uint64_t pa)
{
	return (struct smmu_outcome){.read_ok = true, .pa = pa};
}

static inline struct smmu_outcome fault(uint8_t event)
{
	return (struct smmu_outcome){.event = event};
}

enum { MAX_OUTCOMES = 32 };

static inline bool possible(struct scene *scene, struct smmu_request request,
			    struct smmu_outcome wanted)
{
	struct smmu_outcome outcome[MAX_OUTCOMES];
	unsigned count = smmu_possible(scene->smmu, &request, outcome, MAX_OUTCOMES);

	for (unsigned i = 0; i < count; i++)
		if (outcome[i].event == wanted.event && outcome[i].pa == wanted.pa &&
		    outcome[i].read_ok == wanted.read_ok && outcome[i].write_ok == wanted.write_ok)
			return true;
	return false;
}

static inline void expect_set(struct scene *scene, struct smmu_request request,
			      const struct smmu_outcome *wanted, unsigned count, int line)
{
	struct smmu_outcome outcome[MAX_OUTCOMES];
	unsigned have = smmu_possible(scene->smmu, &request, outcome, MAX_OUTCOMES);
	bool same = have == count;

	for (unsigned i = 0; i < count; i++)
		same &= possible(scene, request, wanted[i]);
	if (same)
		return;
	for (unsigned i = 0; i < have; i++)
		print_error("possible: %s pa=0x%llx%s%s\n", smmu_event_name(outcome[i].event),
			    (unsigned long long)outcome[i].pa, outcome[i].read_ok ? " r" : "",
			    outcome[i].write_ok ? " w" : "");
	fail_msg("line %d: %u outcomes, %u expected", line, have, count);
}

/* Exactly these outcomes are possible, in whatever order. */
#define EXPECT(scene, request, ...)                                                                \
	expect_set((scene), (request), (const struct smmu_outcome[]){__VA_ARGS__},                 \
		   sizeof((const struct smmu_outcome[]){__VA_ARGS__}) /                            \
			   sizeof(struct smmu_outcome),                                            \
		   __LINE__)

#endif
