/* SPDX-License-Identifier: MIT */
/*
 * Contract: software that follows each change with the commands that cover it (4.3, 4.4, 16.2) sees
 * no caches: an SMMU with exact caches answers, records and writes as one without.
 * Random changes and traffic from fixed seeds, both stages, ATS and HTTU, every geometry.
 * Run: ctest -R smmuv3.test_coherence
 */
#include "flow_scene.h"

enum { STEPS = 20000, PAGES = 6 };

struct pair {
	struct scene *cached, *plain;
	uint64_t random;
};

static uint64_t next(struct pair *pair)
{
	pair->random ^= pair->random << 13;
	pair->random ^= pair->random >> 7;
	pair->random ^= pair->random << 17;
	return pair->random;
}

static unsigned below(struct pair *pair, unsigned bound)
{
	return (unsigned)(next(pair) >> 33) % bound;
}

static void store(struct pair *pair, uint64_t pa, uint64_t value)
{
	poke(pair->cached, pa, value);
	poke(pair->plain, pa, value);
}

static void command(struct pair *pair, struct smmu_invalidation inv)
{
	smmu_caches_invalidate(pair->cached->smmu, &inv);
}

static uint64_t page_va(unsigned i)
{
	return VA + i * 4096ull;
}

static uint64_t page_pa(unsigned i)
{
	return PAGE - (PAGES - i) * 4096ull;
}

/* A leaf of stage 1, seen by NESTED and by CD 1 of SUBSTREAM. */
static void change_stage1(struct pair *pair)
{
	static const uint64_t flip[] = {0,
					1,
					DESC_RO,
					DESC_AF,
					DESC_AF,
					SMMU_BIT(6),
					SMMU_BIT(11),
					DESC_RO | DBM,
					SMMU_BIT(54),
					BEYOND};
	unsigned i = below(pair, PAGES), target = below(pair, PAGES);
	uint64_t desc = LEAF_RW ^ flip[below(pair, 10)];
	uint64_t entry = s1_entry(pair->plain, 3) + i * 8;

	store(pair, entry, IPA_OF(page_pa(target)) | desc);
	if (below(pair, 2))
		command(pair, (struct smmu_invalidation){.opcode = SMMU_CMD_TLBI_NH_VA,
							 .vmid = VMID,
							 .asid = ASID,
							 .va = page_va(i),
							 .size = 4096});
	else
		command(pair, (struct smmu_invalidation){.opcode = SMMU_CMD_TLBI_NH_VAA,
							 .vmid = VMID,
							 .va = page_va(i),
							 .size = 4096,
							 .tg = 12,
							 .ttl = 3});
}

/* 4.4.3.1: stage-2 entries by IPA, then what is combined; CDs were fetched through stage 2 too. */
static void change_stage2(struct pair *pair)
{
	static const uint64_t flip[] = {0,     S2_VALID,       S2_READ,	     S2_WRITE,
					S2_AF, S2_WRITE | DBM, SMMU_BIT(54), BEYOND};
	uint64_t pages[] = {CDTAB, ROOT0, s1_entry(pair->plain, 3) & ~0xfffull,
			    page_pa(below(pair, PAGES)), page_pa(below(pair, PAGES))};
	uint64_t pa = pages[below(pair, 5)];

	store(pair, s2_entry(pair->plain, pa),
	      pa | (S2_RW ^ (below(pair, 2) ? flip[below(pair, 8)] : 0)));
	command(pair, (struct smmu_invalidation){.opcode = SMMU_CMD_TLBI_S2_IPA,
						 .vmid = VMID,
						 .va = IPA_OF(pa),
						 .size = 4096});
	command(pair, (struct smmu_invalidation){.opcode = SMMU_CMD_TLBI_NH_ALL, .vmid = VMID});
	command(pair, (struct smmu_invalidation){.opcode = SMMU_CMD_CFGI_STE_RANGE, .range = 31});
}

static void change_cd(struct pair *pair)
{
	static const uint64_t flip[] = {0,
					SMMU_CD0_V,
					SMMU_CD0_HA,
					SMMU_CD0_HA | SMMU_CD0_HD,
					SMMU_CD0_HA | SMMU_CD0_HD,
					SMMU_CD0_AFFD,
					SMMU_CD0_PAN,
					SMMU_CD0_R,
					SMMU_CD0_EPD0};

	store(pair, CDTAB + 64, cd0_asid(ASID) ^ flip[below(pair, 9)]);
	command(pair,
		(struct smmu_invalidation){.opcode = SMMU_CMD_CFGI_CD, .sid = NESTED, .ssid = 0});
	command(pair, (struct smmu_invalidation){
			      .opcode = SMMU_CMD_CFGI_CD, .sid = SUBSTREAM, .ssid = 1});
	/* 4.3.3: the index is that of the table that the STE points at. */
	command(pair, (struct smmu_invalidation){
			      .opcode = SMMU_CMD_TLBI_NH_ASID, .vmid = VMID, .asid = ASID});
	command(pair, (struct smmu_invalidation){.opcode = SMMU_CMD_TLBI_NH_ALL, .vmid = VMID});
}

/* 5.2: streams of one VMID have one stage 2; the rest is the stream's own. */
static void change_ste(struct pair *pair)
{
	static const uint64_t flip2[] = {0, SMMU_STE2_S2R, SMMU_STE2_S2HA,
					 SMMU_STE2_S2HA | SMMU_STE2_S2HD, SMMU_STE2_S2AFFD};
	static const uint64_t flip1[] = {0, 3ull << 28, 3ull << 50, 2ull << 48, 3ull << 48};
	uint64_t w1 = flip1[below(pair, 5)] ^ 1ull << 28, w2 = STE2_PLAIN ^ flip2[below(pair, 5)];
	uint32_t changed = 1 + below(pair, 3);

	store(pair, STRTAB + changed * 64 + 8, changed == SUBSTREAM ? w1 | 1 : w1);
	for (uint32_t sid = NESTED; sid <= SUBSTREAM; sid++)
		store(pair, STRTAB + sid * 64 + 16, w2);
	command(pair, (struct smmu_invalidation){.opcode = SMMU_CMD_CFGI_STE_RANGE, .range = 1});
	command(pair, (struct smmu_invalidation){.opcode = SMMU_CMD_TLBI_S12_VMALL, .vmid = VMID});
}

static struct smmu_request traffic(struct pair *pair)
{
	struct smmu_request request = {
		.sid = 1 + below(pair, 3),
		.kind = below(pair, 2) ? SMMU_UNTRANSLATED : (uint8_t)below(pair, 3),
		.write = below(pair, 2),
		.privileged = below(pair, 4) == 0,
		.instruction = below(pair, 6) == 0,
	};

	request.ssv = request.sid == SUBSTREAM && below(pair, 2);
	request.ssid = request.ssv;
	request.addr = page_va(below(pair, PAGES)) | 0x18;
	if (request.sid == STAGE2 || request.kind == SMMU_ATS_TRANSLATED ||
	    (request.sid == SUBSTREAM && !request.ssv))
		request.addr = IPA_OF(page_pa(below(pair, PAGES))) | 0x20;
	return request;
}

static void expect_same_event(struct pair *pair)
{
	struct smmu_event one, other;

	assert_int_equal(pending_events(pair->cached), pending_events(pair->plain));
	while (pending_events(pair->plain)) {
		one = take_event(pair->cached);
		other = take_event(pair->plain);
		assert_int_equal(one.type, other.type);
		assert_int_equal(one.input_addr, other.input_addr);
		assert_int_equal(one.fetch_addr, other.fetch_addr);
		assert_int_equal(one.ipa, other.ipa);
		assert_int_equal(one.s2, other.s2);
		assert_int_equal(one.fault_class, other.fault_class);
		assert_int_equal(one.ttrnw, other.ttrnw);
		assert_int_equal(one.rnw, other.rnw);
		assert_int_equal(one.ind, other.ind);
		assert_int_equal(one.pnu, other.pnu);
	}
}

/* A page of tables: what hardware updates. */
static void expect_same_memory(struct pair *pair, uint64_t pa)
{
	uint64_t first = ((pa & ~0xfffull) - RAM_BASE) / 8;

	assert_memory_equal(pair->cached->ram + first, pair->plain->ram + first, 4096);
}

static void expect_same(struct pair *pair)
{
	struct smmu_request request = traffic(pair);
	struct smmu_response one = smmu_access(pair->cached->smmu, &request);
	struct smmu_response other = smmu_access(pair->plain->smmu, &request);

	assert_int_equal(one.status, other.status);
	assert_int_equal(one.event, other.event);
	assert_int_equal(one.cause, other.cause);
	assert_int_equal(one.pa, other.pa);
	assert_int_equal(one.size, other.size);
	assert_int_equal(one.read_ok, other.read_ok);
	/* 13.7: with NW == 1 W may be withheld: a write of others made the page dirty. */
	if (request.kind == SMMU_ATS_REQUEST && !request.write)
		assert_true(other.write_ok || !one.write_ok);
	else
		assert_int_equal(one.write_ok, other.write_ok);
	assert_int_equal(one.bypass, other.bypass);
	assert_int_equal(one.global, other.global);
	expect_same_event(pair);
	expect_same_memory(pair, s1_entry(pair->plain, 3));
	for (uint64_t pa = S2_ROOT; pa < pair->plain->next_table; pa += 4096)
		expect_same_memory(pair, pa);
}

static void run_pair(uint8_t geometry, bool conflicts)
{
	struct smmu_profile profile = flow_profile();
	struct pair pair = {.random = 0x9e3779b97f4a7c15 + geometry, .plain = NULL};
	uint32_t plain_walks, walks;

	profile.geometry = geometry;
	profile.conflicts = conflicts;
	pair.plain = flow_scene_new(profile);
	profile.cache = SMMU_CACHE_EXACT;
	pair.cached = flow_scene_new(profile);
	for (unsigned i = 0; i < PAGES; i++)
		store(&pair, s1_entry(pair.plain, 3) + i * 8, IPA_OF(page_pa(i)) | LEAF_RW);
	for (unsigned i = 0; i < STEPS; i++) {
		switch (below(&pair, 24)) {
		case 0:
		case 1:
			change_stage1(&pair);
			break;
		case 2:
			change_stage2(&pair);
			break;
		case 3:
			change_cd(&pair);
			break;
		case 4:
			change_ste(&pair);
			break;
		default:
			expect_same(&pair);
			break;
		}
	}
	/* It was not for want of caching. */
	plain_walks = smmu_counters(pair.plain->smmu).walks;
	walks = smmu_counters(pair.cached->smmu).walks;
	assert_true(plain_walks > STEPS / 4);
	assert_true(walks < plain_walks - plain_walks / 8);
	scene_free(pair.plain);
	scene_free(pair.cached);
}

static void small(void **state)
{
	(void)state;
	run_pair(SMMU_GEOMETRY_SMALL, false);
}

static void qemu(void **state)
{
	(void)state;
	run_pair(SMMU_GEOMETRY_QEMU, false);
}

static void large(void **state)
{
	(void)state;
	run_pair(SMMU_GEOMETRY_LARGE, false);
}

static void conflicts(void **state)
{
	(void)state;
	run_pair(SMMU_GEOMETRY_SMALL, true);
	run_pair(SMMU_GEOMETRY_LARGE, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small),
		cmocka_unit_test(qemu),
		cmocka_unit_test(large),
		cmocka_unit_test(conflicts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
