/* SPDX-License-Identifier: MIT */
/*
 * Random histories for the worst-case caches: one RAM, one SMMU with them, others with exact caches,
 * and what software may do to all of them at once.
 */
#ifndef SMMUV3_TESTS_WORST_HISTORY_H
#define SMMUV3_TESTS_WORST_HISTORY_H

#include "worst_scene.h"

enum {
	NUM_EXACT = 3,
	NUM_TREES = 4, /* of stage 1 */
	NUM_S2 = 2,
	NUM_PAGES = 6,
	SLOTS = 4, /* descriptors of a last table that change */
	STEPS = 400,
	POSSIBLE_MAX = 256,
	ATC_MAX = 64,
};

#define DATA	   0x80000000ull /* where leaves lead to; an IPA under stage 2 */
#define S2_DATA	   0x90000000ull /* where stage 2 has that */
#define CDTAB_ALT  (RAM_BASE + 0x1a000)
#define STRTAB_ALT (RAM_BASE + 0x08000)
#define S2_TABLES  (RAM_BASE + 0xe0000) /* eight of 4 KiB for each tree */

/* What a history may contain. */
struct kind {
	const char *name;
	unsigned granule, tsz;
	bool stage2, high, restart, el2, two_level, ats, httu;
};

/* What an endpoint keeps of a completion, filled by one of the SMMUs. */
struct atc_entry {
	uint32_t sid, ssid;
	bool ssv, read_ok, write_ok;
	uint64_t va, size, pa;
};

struct world {
	struct kind kind;
	struct atc_entry atc[ATC_MAX];
	unsigned num_atc, from_atc;
	struct scene *scene; /* of the worst-case caches */
	struct smmu *exact[NUM_EXACT];
	uint64_t random;
	unsigned step, compared, hits;
	bool lost; /* a pool was full: nothing is claimed any more */
	bool alt_base;
};

static inline unsigned below(struct world *world, unsigned bound)
{
	world->random ^= world->random << 13;
	world->random ^= world->random >> 7;
	world->random ^= world->random << 17;
	return (unsigned)(world->random >> 20) % bound;
}

/* Registers and commands go to all of them. */

static inline struct smmu *instance(struct world *world, unsigned i)
{
	return i ? world->exact[i - 1] : world->scene->smmu;
}

static inline void write_all(struct world *world, uint32_t offset, unsigned size, uint64_t value)
{
	for (unsigned i = 0; i <= NUM_EXACT; i++)
		smmu_reg_write(instance(world, i), offset, size, value);
}

static inline void command(struct world *world, struct smmu_command command)
{
	struct smmu *smmu = world->scene->smmu;
	uint32_t prod = (uint32_t)smmu_reg_read(smmu, SMMU_REG_CMDQ_PROD, 4);
	uint64_t entry = CMDQ + (prod % CMDQ_ENTRIES) * (uint64_t)SMMU_CMD_BYTES;

	poke(world->scene, entry, command.word[0]);
	poke(world->scene, entry + 8, command.word[1]);
	prod = (prod + 1) % (2 * CMDQ_ENTRIES);
	write_all(world, SMMU_REG_CMDQ_PROD, 4, prod);
	for (unsigned i = 0; i <= NUM_EXACT; i++)
		assert_int_equal(smmu_reg_read(instance(world, i), SMMU_REG_CMDQ_CONS, 4), prod);
}

/* Stage-1 trees: a table at each level down to the second but last, two last ones. */

static inline unsigned start_level(const struct world *world)
{
	return smmu_start_level(world->kind.granule, 64 - world->kind.tsz);
}

static inline uint64_t table_of(const struct world *world, unsigned tree, unsigned level,
				unsigned last)
{
	uint64_t size = 1ull << world->kind.granule;
	unsigned number = level < 3 ? level - start_level(world) : 3 - start_level(world) + last;

	/* 64 KiB tables leave room for two trees. */
	tree %= world->kind.granule == 16 ? 2 : NUM_TREES;
	return TABLES + 0x4000 * (world->kind.granule == 14) +
	       ((uint64_t)tree * (world->kind.granule == 12 ? 4 : 3) + number) * size;
}

static inline uint64_t slot_va(const struct world *world, unsigned last, unsigned slot)
{
	return ((uint64_t)last << smmu_level_shift(world->kind.granule, 2)) |
	       ((uint64_t)slot << world->kind.granule);
}

static inline uint64_t with_half(const struct world *world, uint64_t va, bool high)
{
	return high ? va | ~((1ull << (64 - world->kind.tsz)) - 1) : va;
}

static inline void store_pte(struct world *world, uint64_t root, uint64_t va, unsigned level,
			     uint64_t entry, uint64_t desc)
{
	uint64_t old = look(world->scene, entry);

	poke(world->scene, entry, desc);
	smmu_note_pte(world->scene->smmu, root, va, level, old, desc);
}

static inline uint64_t leaf_desc(struct world *world)
{
	static const uint64_t flags[] = {LEAF_RW,     LEAF_RW,	  LEAF_RW,
					 LEAF_RO,     0,	  0,
					 LEAF_GLOBAL, LEAF_NO_AF, LEAF_RW & ~SMMU_BIT(6)};
	uint64_t flag = flags[below(world, sizeof(flags) / sizeof(flags[0]))];
	uint64_t page = world->kind.stage2
				? below(world, NUM_PAGES)
				: (uint64_t)below(world, NUM_PAGES) << (world->kind.granule - 12);

	/* 3.13.3: writable-clean. */
	if (world->kind.httu && flag && below(world, 3) == 0)
		flag |= SMMU_BIT(51) | SMMU_BIT(7);
	return flag ? flag | (DATA + page * 4096) : 0;
}

/* Where the last tables have what changes. */
static inline uint64_t slot_entry(const struct world *world, unsigned tree, unsigned last,
				  unsigned slot)
{
	return table_of(world, tree, 3, last) + 8 * slot;
}

/* What HTTU made of the leaves is reported like any other change (3.13). */
static inline void note_updates(struct world *world, const uint64_t *before)
{
	for (unsigned i = 0; i < NUM_TREES * 2 * SLOTS; i++) {
		unsigned tree = i / (2 * SLOTS), last = i / SLOTS % 2, slot = i % SLOTS;
		uint64_t now = look(world->scene, slot_entry(world, tree, last, slot));

		smmu_note_pte(world->scene->smmu, table_of(world, tree, start_level(world), 0),
			      slot_va(world, last, slot), 3, before[i], now);
	}
}

static inline void remember_leaves(struct world *world, uint64_t *before)
{
	for (unsigned i = 0; i < NUM_TREES * 2 * SLOTS; i++)
		before[i] = look(world->scene,
				 slot_entry(world, i / (2 * SLOTS), i / SLOTS % 2, i % SLOTS));
}

static inline uint64_t table_desc(struct world *world, unsigned tree, unsigned level, unsigned last)
{
	switch (below(world, 8)) {
	case 0:
		return 0;
	case 1:
		return table_of(world, tree, level, last) | 3 | SMMU_BIT(62); /* read-only */
	case 2:
		return table_of(world, tree, level, last) | 3 | SMMU_BIT(61); /* privileged */
	case 3: /* a block, where there are some */
		if (level == 3)
			return (LEAF_RW & ~2ull) | (DATA & ~((1ull << 30) - 1));
		/* fall through */
	default:
		return table_of(world, tree, level, last) | 3;
	}
}

static inline void change_pte(struct world *world)
{
	unsigned tree = below(world, NUM_TREES), last = below(world, 2);
	uint64_t root = table_of(world, tree, start_level(world), 0), va, entry, desc;
	unsigned level = below(world, 4) ? 3 : 2;

	if (level == 2 && start_level(world) < 2 && !below(world, 3))
		level = 1;
	va = slot_va(world, level == 1 ? 0 : last, level == 3 ? below(world, SLOTS) : 0);
	entry = table_of(world, tree, level, last) +
		(va >> smmu_level_shift(world->kind.granule, level) &
		 ((1ull << (world->kind.granule - 3)) - 1)) *
			8;
	desc = level == 3 ? leaf_desc(world)
			  : table_desc(world, tree, level + 1, level == 2 ? last : 0);
	va &= ~((1ull << smmu_level_shift(world->kind.granule, level)) - 1);
	store_pte(world, root, va, level, entry, desc);
}

/* Stage 2: one tree of 32 bits of IPA from level 1; 4 KiB pages of RAM and of data. */

static inline uint64_t s2_table(unsigned tree, unsigned number)
{
	return S2_TABLES + (tree * 8ull + number) * 4096;
}

#define S2_LEAF(pa) ((pa) | 3 | SMMU_BIT(6) | SMMU_BIT(7) | SMMU_BIT(10) | (0xfull << 2))

static inline void store_s2(struct world *world, unsigned tree, uint64_t ipa, uint64_t desc)
{
	unsigned number = ipa >= DATA ? 4 : 2;
	uint64_t entry = s2_table(tree, number) + (ipa >> 12 & 511) * 8;

	store_pte(world, s2_table(tree, 0), ipa, 3, entry, desc);
}

static inline void fill_s2(struct world *world, unsigned tree)
{
	struct scene *scene = world->scene;

	poke(scene, s2_table(tree, 0) + (RAM_BASE >> 30) * 8, s2_table(tree, 1) | 3);
	poke(scene, s2_table(tree, 0) + (DATA >> 30) * 8, s2_table(tree, 3) | 3);
	poke(scene, s2_table(tree, 1), s2_table(tree, 2) | 3);
	poke(scene, s2_table(tree, 3), s2_table(tree, 4) | 3);
	for (uint64_t pa = RAM_BASE; pa < S2_TABLES; pa += 4096)
		poke(scene, s2_table(tree, 2) + (pa >> 12 & 511) * 8, S2_LEAF(pa));
	for (unsigned page = 0; page < NUM_PAGES; page++)
		poke(scene, s2_table(tree, 4) + page * 8, S2_LEAF(S2_DATA + (page + tree) * 4096));
}

static inline void change_s2(struct world *world)
{
	unsigned tree = below(world, NUM_S2), page = below(world, NUM_PAGES), level;
	uint64_t desc = S2_LEAF(S2_DATA + below(world, 4 * NUM_PAGES) * 4096ull), table;
	bool invalidate_too = below(world, 2);

	switch (below(world, 10)) {
	case 0: /* the page of the CDs */
		store_s2(world, tree, CDTAB, S2_LEAF(below(world, 2) ? CDTAB : CDTAB_ALT));
		return;
	case 1:
		store_s2(world, tree, CDTAB, 0);
		return;
	case 2: /* a table of stage 1, there or not */
		level = 1 + below(world, 3);
		table = table_of(world, below(world, NUM_TREES), level, 0);
		store_s2(world, tree, table, below(world, 3) ? S2_LEAF(table) : 0);
		return;
	case 3:
		desc &= ~SMMU_BIT(7);
		break;
	case 4:
		desc = 0;
		break;
	case 5: /* a table of stage 2 */
		store_pte(world, s2_table(tree, 0), DATA, 2, s2_table(tree, 3),
			  below(world, 3) ? s2_table(tree, 4) | 3 : 0);
		return;
	default:
		break;
	}
	store_s2(world, tree, DATA + page * 4096ull, desc);
	for (uint16_t vmid = 1; vmid <= 2 && invalidate_too; vmid++)
		command(world, smmu_cmd_tlbi_s2_ipa(vmid, DATA + page * 4096ull, true));
	if (invalidate_too)
		command(world, SYNC);
}

/* Configuration. */

static inline uint64_t ste_word(struct world *world, unsigned word)
{
	uint64_t value = 0;

	switch (word) {
	case 0:
		if (world->kind.two_level && below(world, 4))
			return STE0_S1(7, SMMU_STE0_S1FMT_4K_L2);
		if (world->kind.stage2 && below(world, 4))
			return SMMU_STE0_V | CDTAB | smmu_put(SMMU_STE0_S1CDMAX, CD_LOG2) |
			       smmu_put(SMMU_STE0_CONFIG, below(world, 4) ? SMMU_STE0_CONFIG_S1S2
									  : SMMU_STE0_CONFIG_S2);
		switch (below(world, 8)) {
		case 0:
			return STE0_ABORT;
		case 1:
			return STE0_BYPASS;
		case 2:
			return 0;
		case 3:
			return STE0_OTHER_TABLE;
		default:
			return STE0_TABLE;
		}
	case 1:
		value = smmu_put(SMMU_STE1_S1DSS, below(world, 3));
		if (below(world, 4) == 0)
			value |= smmu_put(SMMU_STE1_PRIVCFG, 3);
		if (world->kind.el2 && below(world, 2))
			value |= smmu_put(SMMU_STE1_STRW, SMMU_STE1_STRW_EL2);
		return value | (below(world, 2) ? STE1_ATS : 0);
	case 2:
		return smmu_put(SMMU_STE2_S2VMID, 1 + below(world, 2)) |
		       smmu_put(SMMU_STE2_S2T0SZ, 32) | smmu_put(SMMU_STE2_S2SL0, 1) |
		       smmu_put(SMMU_STE2_S2PS, 2) | SMMU_STE2_S2AA64 | SMMU_STE2_S2R;
	default:
		return s2_table(below(world, NUM_S2), 0);
	}
}

static inline uint64_t cd_word(struct world *world, unsigned word)
{
	static const uint8_t tg0[] = {[12] = 0, [14] = 2, [16] = 1};
	static const uint8_t tg1[] = {[12] = 2, [14] = 1, [16] = 3};
	uint64_t value;

	if (word)
		return word > 2 ? 0
				: table_of(world, below(world, NUM_TREES), start_level(world), 0);
	value = SMMU_CD0_V | SMMU_CD0_AA64 | SMMU_CD0_R | SMMU_CD0_A | smmu_put(SMMU_CD0_IPS, 5) |
		smmu_put(SMMU_CD0_T0SZ, world->kind.tsz) |
		smmu_put(SMMU_CD0_T1SZ, world->kind.tsz) |
		smmu_put(SMMU_CD0_TG0, tg0[world->kind.granule]) |
		smmu_put(SMMU_CD0_TG1, tg1[world->kind.granule]) |
		smmu_put(SMMU_CD0_ASID, 1 + below(world, 3));
	if (!world->kind.high)
		value |= SMMU_CD0_EPD1;
	if (world->kind.httu && below(world, 2))
		value |= SMMU_CD0_HA | (below(world, 2) ? SMMU_CD0_HD : 0);
	switch (below(world, 8)) {
	case 0:
		return value & ~SMMU_CD0_V;
	case 1:
		return value | SMMU_CD0_AFFD;
	case 2:
		return value | SMMU_CD0_TBI0;
	default:
		return value;
	}
}

/* Two L1CDs of 64 CDs each; three tables for them. */
static inline uint64_t l1cd(struct world *world)
{
	return below(world, 5) ? (L2CDS + below(world, 3) * 4096ull) | SMMU_L1CD_V : 0;
}

static inline uint32_t some_cd(struct world *world)
{
	uint32_t index = below(world, 1 << CD_LOG2);

	return world->kind.two_level ? index + 64 * below(world, 2) : index;
}

static inline uint64_t strtab(const struct world *world)
{
	return world->alt_base ? STRTAB_ALT : STRTAB;
}

static inline void change_config(struct world *world)
{
	unsigned word = below(world, world->kind.stage2 ? 4 : 2);
	uint64_t table = below(world, 4) ? CDTAB : below(world, 2) ? CDTAB_B : CDTAB_ALT;
	uint64_t ste, slot;

	/* One draw a statement: arguments are evaluated in an order of the compiler's choice. */
	if (below(world, 3) == 0) {
		ste = strtab(world) + (1 + below(world, NUM_STREAMS)) * 64ull;
		store(world->scene, ste + 8 * word, ste_word(world, word));
		return;
	}
	word = below(world, 3);
	if (world->kind.two_level && below(world, 4) == 0) {
		slot = CDTAB + 8 * below(world, 2);
		store(world->scene, slot, l1cd(world));
		return;
	}
	if (world->kind.two_level)
		table = L2CDS + below(world, 3) * 4096ull;
	slot = table + below(world, 1 << CD_LOG2) * 64ull;
	store(world->scene, slot + 8 * word, cd_word(world, word));
}

static inline void restart(struct world *world)
{
	uint64_t cr0 = smmu_reg_read(world->scene->smmu, SMMU_REG_CR0, 4) ^ SMMU_CR0_SMMUEN;

	if ((cr0 & SMMU_CR0_SMMUEN) && below(world, 2)) {
		world->alt_base = !world->alt_base;
		write_all(world, SMMU_REG_STRTAB_BASE, 8, strtab(world));
	}
	write_all(world, SMMU_REG_CR0, 4, cr0);
}

static inline uint64_t some_va(struct world *world)
{
	unsigned slot = below(world, SLOTS);
	uint64_t va = slot_va(world, below(world, 2), slot);

	return with_half(world, va, world->kind.high && below(world, 2));
}

static inline struct smmu_command with_vmid(struct world *world, struct smmu_command command)
{
	if (world->kind.stage2)
		command.word[0] |= smmu_put(SMMU_CMD0_VMID, 1 + below(world, 2));
	return command;
}

static inline void invalidate(struct world *world)
{
	uint32_t sid = 1 + below(world, NUM_STREAMS), cd = some_cd(world);
	uint16_t asid = (uint16_t)(1 + below(world, 3));
	uint64_t address;
	bool leaf;

	switch (below(world, world->kind.stage2 ? 20 : 12)) {
	case 0:
		command(world, CFGI_STE(sid));
		break;
	case 1:
		command(world, smmu_cmd_cfgi_all());
		break;
	case 2:
	case 3:
		command(world, smmu_cmd_cfgi_cd(sid, cd, below(world, 2)));
		break;
	case 4:
		command(world, smmu_cmd_cfgi_cd_all(sid));
		break;
	case 5:
		command(world, world->kind.el2 && below(world, 2)
				       ? smmu_cmd_tlbi(SMMU_CMD_TLBI_EL2_ALL, 0)
				       : TLBI_ALL);
		break;
	case 6:
		command(world, with_vmid(world, TLBI_ASID(asid)));
		break;
	case 7:
	case 8:
		command(world, with_vmid(world, TLBI_VA(asid, some_va(world))));
		break;
	case 9:
		leaf = below(world, 2);
		if (world->kind.el2)
			command(world,
				smmu_cmd_tlbi_va(SMMU_CMD_TLBI_EL2_VA, 0, some_va(world), leaf));
		command(world, with_vmid(world, TLBI_LEAF(asid, some_va(world))));
		break;
	case 10:
		command(world, with_vmid(world, TLBI_VAA(some_va(world))));
		break;
	case 11:
		command(world, with_vmid(world, smmu_cmd_tlbi(SMMU_CMD_TLBI_NH_ALL, 0)));
		break;
	case 12:
		command(world, smmu_cmd_tlbi_s12((uint16_t)(1 + below(world, 2))));
		break;
	default:
		leaf = below(world, 2);
		address = below(world, 4) ? DATA + below(world, NUM_PAGES) * 4096ull : CDTAB;
		command(world,
			smmu_cmd_tlbi_s2_ipa((uint16_t)(1 + below(world, 2)), address, leaf));
	}
	if (below(world, 2))
		command(world, SYNC);
}

#endif
