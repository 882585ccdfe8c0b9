/* SPDX-License-Identifier: MIT */
/*
 * Garbage out of a seed that often makes sense: a machine whose reads are counted, and what may
 * stand in its memory and its Command queue. Include it before anything else.
 */
#ifndef SMMUV3_TESTS_GARBAGE_H
#define SMMUV3_TESTS_GARBAGE_H

#include "bench.h"

struct garbage {
	struct bench bench;
	uint64_t random;
	unsigned reads; /* since the start of a call */
	unsigned num_streams;
	uint32_t stalled_sid; /* of the last transaction that stalled */
	uint16_t stag;
	uint16_t prg;	    /* of the last page request */
	uint32_t automatic; /* PRG responses that the SMMU made itself */
};

/* xorshift64* */
static inline uint64_t any(struct garbage *garbage)
{
	garbage->random ^= garbage->random >> 12;
	garbage->random ^= garbage->random << 25;
	garbage->random ^= garbage->random >> 27;
	return garbage->random * 0x2545f4914f6cdd1d;
}

static inline unsigned below(struct garbage *garbage, unsigned limit)
{
	return (unsigned)((any(garbage) >> 32) % limit);
}

static inline bool one_in(struct garbage *garbage, unsigned n)
{
	return below(garbage, n) == 0;
}

static inline bool counted_read(void *ctx, uint64_t pa, uint64_t *value)
{
	struct garbage *garbage = ctx;

	garbage->reads++;
	return bench_read64(&garbage->bench, pa, value);
}

/* Memory that answers exchanges on some machines; others have none. */
static inline bool counted_cas(void *ctx, uint64_t pa, uint64_t expected, uint64_t desired,
			       uint64_t *found)
{
	struct garbage *garbage = ctx;

	if (!counted_read(ctx, pa, found))
		return false;
	return *found != expected || bench_write64(&garbage->bench, pa, desired);
}

/* Endpoints that time out now and then (3.9.1.4). */
static inline bool some_atc_inv(void *ctx, const struct smmu_atc_inv *inv)
{
	struct garbage *garbage = ctx;

	assert_int_equal(inv->size & (inv->size - 1), 0);
	assert_int_equal(inv->size ? inv->va & (inv->size - 1) : inv->va, 0);
	return !one_in(garbage, 8);
}

static inline void some_prg_response(void *ctx, const struct smmu_prg_response *response)
{
	struct garbage *garbage = ctx;

	assert_true(response->code <= 1 || response->code == 15);
	assert_true(response->ssv || response->ssid == 0);
	garbage->automatic += response->automatic;
}

static inline bool plain_write(void *ctx, uint64_t pa, uint64_t value)
{
	struct garbage *garbage = ctx;

	return bench_write64(&garbage->bench, pa, value);
}

/*
 * RAM by pages, so that garbage often makes sense. 1 and 2 are the queues (bench.h); what points
 * to a kind of page mostly finds it. Page 0 is the PRI queue.
 */
enum { PAGE_STE = 3, PAGE_L1STD = 5, PAGE_CD = 6, PAGE_L1CD = 8, PAGE_TABLE = 9, PAGE_END = 16 };

static inline uint64_t page(unsigned number)
{
	return BENCH_RAM + 0x1000ull * number;
}

static inline uint64_t page_between(struct garbage *garbage, unsigned first, unsigned end)
{
	return page(first + below(garbage, end - first));
}

static inline uint64_t some_address(struct garbage *garbage)
{
	if (one_in(garbage, 8))
		return any(garbage);
	return BENCH_RAM + 8 * below(garbage, BENCH_RAM_BYTES / 8);
}

/* 5.4 TG0, 5.2 S2TG: mostly one that the profile has. */
static inline unsigned some_granule(struct garbage *garbage)
{
	unsigned offered = garbage->bench.smmu->profile.granules;

	if (one_in(garbage, 8))
		return below(garbage, 4);
	if (!offered || (offered & SMMU_GRANULE_4K && !one_in(garbage, 4)))
		return 0;
	return offered & SMMU_GRANULE_64K ? 1 : 2;
}

static inline uint64_t some_ste_config(struct garbage *garbage)
{
	/* 5.2 Config: mostly a stage 1, with a stage 2 under it or not. */
	static const uint8_t config[8] = {4, 5, 5, 5, 5, 6, 7, 7};

	return smmu_put(SMMU_STE0_CONFIG,
			config[below(garbage, garbage->bench.smmu->profile.stage2 ? 8 : 5)]);
}

/* Doublewords 2 and 3: stage 2. */
static inline uint64_t some_stage2_word(struct garbage *garbage, unsigned number)
{
	const struct smmu_profile *profile = &garbage->bench.smmu->profile;

	if (number == 3)
		return page_between(garbage, PAGE_TABLE, PAGE_END);
	return SMMU_STE2_S2AA64 | (one_in(garbage, 8) ? 0 : SMMU_STE2_S2R) |
	       (one_in(garbage, 8) ? SMMU_STE2_S2PTW : 0) | (profile->httu ? SMMU_STE2_S2HA : 0) |
	       (profile->httu == SMMU_HTTU_DIRTY ? SMMU_STE2_S2HD : 0) |
	       (profile->stall_model == SMMU_STALL_FORCE ? SMMU_STE2_S2S : 0) |
	       smmu_put(SMMU_STE2_S2VMID, below(garbage, 3)) |
	       smmu_put(SMMU_STE2_S2T0SZ, 24 + below(garbage, 10)) |
	       smmu_put(SMMU_STE2_S2SL0, one_in(garbage, 4) ? below(garbage, 4) : 1) |
	       smmu_put(SMMU_STE2_S2TG, some_granule(garbage)) |
	       smmu_put(SMMU_STE2_S2PS, below(garbage, 8));
}

static inline uint64_t some_ste_word(struct garbage *garbage, unsigned number)
{
	unsigned two_level = below(garbage, 2);

	if (number > 3 || (number > 1 && !garbage->bench.smmu->profile.stage2))
		return 0;
	if (number > 1)
		return some_stage2_word(garbage, number);
	if (number == 1)
		return smmu_put(SMMU_STE1_S1DSS, below(garbage, 4)) |
		       smmu_put(SMMU_STE1_EATS, one_in(garbage, 8) ? 2 : below(garbage, 2)) |
		       smmu_put(SMMU_STE1_CONT, one_in(garbage, 4) ? below(garbage, 3) : 0) |
		       smmu_put(SMMU_STE1_STRW, one_in(garbage, 8) ? 2 : 0) |
		       (one_in(garbage, 2) ? SMMU_STE1_PPAR : 0);
	return SMMU_STE0_V | some_ste_config(garbage) | smmu_put(SMMU_STE0_S1FMT, two_level) |
	       smmu_put(SMMU_STE0_S1CDMAX, below(garbage, 5)) |
	       (two_level ? page(PAGE_L1CD) : page_between(garbage, PAGE_CD, PAGE_L1CD));
}

static inline uint64_t some_cd_word(struct garbage *garbage, unsigned number)
{
	const struct smmu_profile *profile = &garbage->bench.smmu->profile;
	bool stall = profile->stall_model == SMMU_STALL_FORCE || one_in(garbage, 3);

	if (number > 1)
		return 0;
	if (number == 1)
		return page_between(garbage, PAGE_TABLE, PAGE_END);
	return (stall ? SMMU_CD0_S : 0) | (profile->httu ? SMMU_CD0_HA : 0) |
	       (profile->httu == SMMU_HTTU_DIRTY ? SMMU_CD0_HD : 0) |
	       smmu_put(SMMU_CD0_TG0, some_granule(garbage)) | SMMU_CD0_V | SMMU_CD0_V |
	       SMMU_CD0_AA64 | SMMU_CD0_A | SMMU_CD0_R | SMMU_CD0_EPD1 |
	       smmu_put(SMMU_CD0_T0SZ, 16 + below(garbage, 24)) |
	       smmu_put(SMMU_CD0_IPS, below(garbage, 6)) |
	       smmu_put(SMMU_CD0_ASID, below(garbage, 4));
}

static inline uint64_t some_descriptor(struct garbage *garbage, uint64_t pa)
{
	const struct smmu_profile *profile = &garbage->bench.smmu->profile;
	uint64_t accessed = profile->httu && one_in(garbage, 2) ? 0 : SMMU_BIT(10);

	if (one_in(garbage, 4))
		return (some_address(garbage) & SMMU_MASK(47, 12)) | below(garbage, 0x1000);
	/* A page at its own address, so that stage 2 leads to structures; with HTTU it may be clean
	 * in either stage. */
	if (profile->stage2 && one_in(garbage, 2))
		return page(pa / 8 % 16) | 3 | accessed | (uint64_t)below(garbage, 4) << 6 |
		       (one_in(garbage, 2) ? SMMU_BIT(51) : 0);
	return page_between(garbage, PAGE_TABLE, PAGE_END) | 0x43 | accessed |
	       below(garbage, 4) << 6;
}

/* What could stand at pa. */
static inline uint64_t some_word(struct garbage *garbage, uint64_t pa)
{
	unsigned number = (unsigned)(pa - BENCH_RAM) / 0x1000;

	if (one_in(garbage, 32))
		return number < PAGE_TABLE ? any(garbage) : 0;
	if (number < PAGE_L1STD)
		return some_ste_word(garbage, pa / 8 % SMMU_STE_WORDS);
	if (number < PAGE_CD)
		return page_between(garbage, PAGE_STE, PAGE_L1STD) | below(garbage, 9);
	if (number < PAGE_L1CD)
		return some_cd_word(garbage, pa / 8 % SMMU_CD_WORDS);
	if (number < PAGE_TABLE)
		return page_between(garbage, PAGE_CD, PAGE_L1CD) | SMMU_L1CD_V;
	/* Dense tables that form loops are cut off by the model, but only after seconds. */
	return pa / 8 % 512 < 16 ? some_descriptor(garbage, pa) : 0;
}

static inline struct smmu_command some_tlbi(struct garbage *garbage)
{
	uint16_t asid = (uint16_t)below(garbage, 4);
	uint64_t va = below(garbage, 64) * 0x800ull;
	bool leaf = one_in(garbage, 2);

	switch (below(garbage, 12)) {
	case 0:
		return smmu_cmd_tlbi(SMMU_CMD_TLBI_NH_ALL, 0);
	case 1:
		return smmu_cmd_tlbi(SMMU_CMD_TLBI_NH_ASID, asid);
	case 2:
		return smmu_cmd_tlbi_va(SMMU_CMD_TLBI_NH_VA, asid, va, leaf);
	case 3:
		return smmu_cmd_tlbi_va(SMMU_CMD_TLBI_NH_VAA, 0, va, leaf);
	case 4:
		return smmu_cmd_tlbi(SMMU_CMD_TLBI_NSNH_ALL, 0);
	case 5:
		return smmu_cmd_tlbi(SMMU_CMD_TLBI_EL2_ALL, 0);
	case 6:
		return smmu_cmd_tlbi_va(SMMU_CMD_TLBI_EL2_VA, asid, va, leaf);
	case 7:
	case 8:
		return smmu_cmd_tlbi_range(
			SMMU_CMD_TLBI_NH_VA, asid, one_in(garbage, 8) ? any(garbage) : va,
			below(garbage, 32), below(garbage, 32), below(garbage, 4), leaf);
	case 9:
		return smmu_cmd_tlbi_s12((uint16_t)below(garbage, 3));
	case 10:
		return smmu_cmd_tlbi_s2_ipa((uint16_t)below(garbage, 3), va, leaf);
	default:
		return smmu_cmd_tlbi(SMMU_CMD_TLBI_EL2_ASID, asid);
	}
}

static inline struct smmu_command some_command(struct garbage *garbage)
{
	uint32_t sid = below(garbage, 4), ssid = below(garbage, 4);
	bool leaf = one_in(garbage, 2);

	switch (below(garbage, 18)) {
	case 0:
		return (struct smmu_command){{any(garbage), any(garbage)}};
	case 1:
		return smmu_cmd_cfgi_ste(sid, leaf);
	case 2:
		return (struct smmu_command){{SMMU_CMD_CFGI_STE_RANGE, below(garbage, 32)}};
	case 3:
		return smmu_cmd_cfgi_cd(sid, ssid, leaf);
	case 4:
		return smmu_cmd_cfgi_cd_all(sid);
	case 5:
		return smmu_cmd_prefetch(sid, leaf, ssid);
	case 6:
	case 7:
		return smmu_cmd_atc_inv(sid, leaf, ssid, some_address(garbage), below(garbage, 53));
	case 8:
	case 9:
		return smmu_cmd_sync(below(garbage, 3));
	case 10:
		return smmu_cmd_sync_msi(some_address(garbage), ssid);
	case 11:
		if (one_in(garbage, 8))
			return smmu_cmd_stall_term(sid);
		return smmu_cmd_resume(one_in(garbage, 4) ? sid : garbage->stalled_sid,
				       (uint16_t)(garbage->stag + one_in(garbage, 4)), leaf);
	case 12:
	case 13:
		return smmu_cmd_pri_resp(sid, leaf, ssid, garbage->prg, below(garbage, 3));
	default:
		return some_tlbi(garbage);
	}
}

#endif
