/* SPDX-License-Identifier: MIT */
/*
 * Streams with stage 2 for whole transactions: RAM stands at IPA_OF(pa), mapped page by page, so
 * that each page has a stage-2 descriptor of its own to break.
 */
#ifndef SMMUV3_TESTS_FLOW_SCENE_H
#define SMMUV3_TESTS_FLOW_SCENE_H

#include "scene.h"

#define S2_ROOT	   (TABLES + 0x80000)
#define IPA_OFFSET 0x100000000ull
#define IPA_OF(pa) ((pa) + IPA_OFFSET)
#define S2_RW	   (3ull | SMMU_BIT(6) | SMMU_BIT(7) | SMMU_BIT(10) | 0xfull << 2)
#define S2_VALID   SMMU_BIT(0)
#define S2_READ	   SMMU_BIT(6)
#define S2_WRITE   SMMU_BIT(7)
#define S2_AF	   SMMU_BIT(10)
#define DESC_RO	   SMMU_BIT(7)
#define DESC_AF	   SMMU_BIT(10)
#define DBM	   SMMU_BIT(51)
#define BEYOND	   SMMU_BIT(40) /* of an output address: the first beyond the OAS */
#define VA	   0x7f0000245000ull

/* StreamIDs. All but STAGE1 have the same stage 2. */
enum {
	NESTED = 1,    /* one CD at CDTAB, VA is PAGE */
	STAGE2 = 2,    /* stage 2 alone */
	SUBSTREAM = 3, /* eight CDs, S1DSS bypasses stage 1; CD 1 is that of NESTED */
	STAGE1 = 4,    /* stage 1 alone, VMID as the others */
};
enum { VMID = 9, ASID = 5 };

#define STE2_PLAIN                                                                                 \
	(SMMU_STE2_S2AA64 | SMMU_STE2_S2R | smmu_put(SMMU_STE2_S2VMID, VMID) |                     \
	 smmu_put(SMMU_STE2_S2T0SZ, 25) | smmu_put(SMMU_STE2_S2SL0, 1) |                           \
	 smmu_put(SMMU_STE2_S2PS, 2))

static inline uint64_t ste_config(unsigned config)
{
	return SMMU_STE0_V | smmu_put(SMMU_STE0_CONFIG, config);
}

static inline void put_ste2(struct scene *scene, uint32_t sid, uint64_t w2)
{
	poke(scene, STRTAB + sid * 64ull + 16, w2);
	poke(scene, STRTAB + sid * 64ull + 24, S2_ROOT);
}

/* Where the stage-2 descriptor of the page that holds `pa` stands. */
static inline uint64_t s2_entry(const struct scene *scene, uint64_t pa)
{
	uint64_t entry = S2_ROOT + (IPA_OF(pa) >> 30) * 8;

	for (unsigned level = 2; level <= 3; level++)
		entry = (look(scene, entry) & SMMU_MASK(47, 12)) +
			(IPA_OF(pa) >> (39 - 9 * level) & 511) * 8;
	return entry;
}

/* Where the stage-1 descriptor of VA at `level` stands; physical. */
static inline uint64_t s1_entry(const struct scene *scene, unsigned level)
{
	uint64_t table = ROOT0;

	for (unsigned l = 0; l < level; l++)
		table = (look(scene, table + (VA >> (39 - 9 * l) & 511) * 8) & SMMU_MASK(47, 12)) -
			IPA_OFFSET;
	return table + (VA >> (39 - 9 * level) & 511) * 8;
}

static inline void set_bits(struct scene *scene, uint64_t pa, uint64_t bits)
{
	poke(scene, pa, look(scene, pa) | bits);
}

static inline void clear_bits(struct scene *scene, uint64_t pa, uint64_t bits)
{
	poke(scene, pa, look(scene, pa) & ~bits);
}

static inline struct smmu_profile flow_profile(void)
{
	struct smmu_profile profile = scene_profile();

	profile.stage2 = true;
	profile.vmid_bits = 16;
	profile.xnx = true;
	profile.httu = SMMU_HTTU_DIRTY;
	profile.stall_model = SMMU_STALL_BOTH;
	profile.ats_rec_err = true;
	profile.range_inv = true;
	return profile;
}

static inline struct scene *flow_scene_new(struct smmu_profile profile)
{
	struct scene *scene = scene_new(profile);
	uint64_t eats = smmu_put(SMMU_STE1_EATS, SMMU_STE1_EATS_FULL);

	put_ste(scene, NESTED, ste_config(SMMU_STE0_CONFIG_S1S2) | IPA_OF(CDTAB + 64), eats);
	put_ste(scene, STAGE2, ste_config(SMMU_STE0_CONFIG_S2), eats);
	put_ste(scene, SUBSTREAM,
		ste_config(SMMU_STE0_CONFIG_S1S2) | IPA_OF(CDTAB) | smmu_put(SMMU_STE0_S1CDMAX, 3),
		eats | smmu_put(SMMU_STE1_S1DSS, SMMU_STE1_S1DSS_BYPASS));
	put_ste(scene, STAGE1, ste_config(SMMU_STE0_CONFIG_S1) | (CDTAB + 0x1000), eats);
	for (uint32_t sid = NESTED; sid <= STAGE1; sid++)
		put_ste2(scene, sid, STE2_PLAIN);
	put_cd(scene, 1, cd0_asid(ASID), IPA_OF(ROOT0));
	put_cd(scene, 0x1000 / 64, cd0_asid(ASID), ROOT1);
	map_tables(scene, 12, 0, ROOT0, IPA_OFFSET, VA, 3, IPA_OF(PAGE) | LEAF_RW);
	map(scene, ROOT1, VA, PAGE2 | LEAF_RW);
	scene->next_table = S2_ROOT + 0x1000;
	for (uint64_t pa = RAM_BASE; pa < RAM_BASE + RAM_BYTES; pa += 4096)
		map_tables(scene, 12, 1, S2_ROOT, 0, IPA_OF(pa), 3, pa | S2_RW);
	scene->writes = 0;
	return scene;
}

static inline int flow_setup(void **state)
{
	*state = flow_scene_new(flow_profile());
	return 0;
}

#define FLOW(name) cmocka_unit_test_setup_teardown(name, flow_setup, scene_teardown)

static inline struct smmu_request dma(uint32_t sid, uint64_t addr)
{
	return (struct smmu_request){.sid = sid, .addr = addr};
}

/* Aborted and recorded as a fault of this stage, class and IPA; the cause is in the response. */
static inline struct smmu_event expect_fault(struct scene *scene, struct smmu_request request,
					     uint8_t event, uint8_t cause, bool s2, uint8_t class,
					     uint64_t ipa)
{
	struct smmu_response response = send(scene, request);
	struct smmu_event record;

	assert_int_equal(response.status, SMMU_ABORT);
	assert_int_equal(response.event, event);
	assert_int_equal(response.cause, cause);
	assert_int_equal(pending_events(scene), 1);
	record = take_event(scene);
	assert_int_equal(record.type, event);
	assert_int_equal(record.sid, request.sid);
	assert_int_equal(record.input_addr, request.addr);
	assert_int_equal(record.s2, s2);
	assert_int_equal(record.fault_class, class);
	assert_int_equal(record.ipa, s2 ? ipa & ~0xfffull : 0);
	return record;
}

#endif
