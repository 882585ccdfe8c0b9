/* SPDX-License-Identifier: MIT */
/*
 * From a StreamID to a stage-1 configuration, one architectural step per function, each pure: they
 * read memory only where the name says fetch. Used by the transaction flow (translate.c) and by
 * the worst-case caches (worst.c), which call them with words that memory no longer holds.
 */
#ifndef SMMUV3_DECODE_H
#define SMMUV3_DECODE_H

#include "smmuv3.h"
#include "worst.h"

enum { SMMU_STE_WORDS = 8, SMMU_CD_WORDS = 8 };

/* Where a structure is, or why it cannot be found. */
struct smmu_place {
	uint8_t event;	     /* 0: found at pa */
	uint64_t pa;	     /* of the structure, 64-byte aligned */
	uint64_t fetch_addr; /* address of a failed fetch, for the event record */
};

/* 3.3.1, 5.1, 6.3.24 STRTAB_BASE_CFG: is the stream table two-level; bounds of the StreamID. */
bool smmu_strtab_is_two_level(const struct smmu *smmu);
bool smmu_sid_in_range(const struct smmu *smmu, uint32_t sid);
/* Address of the L1STD that covers sid (two-level table only). */
uint64_t smmu_l1std_address(const struct smmu *smmu, uint32_t sid);
/* 5.1: the STE's address out of an L1STD value. C_BAD_STREAMID for an invalid or short span. */
struct smmu_place smmu_ste_place_l1(const struct smmu *smmu, uint32_t sid, uint64_t l1std);
/* Address of the STE in a linear table. */
struct smmu_place smmu_ste_place_linear(const struct smmu *smmu, uint32_t sid);

/* 5.2 Stream Table Entry, decoded. */
enum smmu_ste_config { SMMU_STE_ABORT, SMMU_STE_BYPASS, SMMU_STE_S1 };

struct smmu_ste {
	uint8_t event;	/* C_BAD_STE when V = 0 or ILLEGAL (5.2.2), F_STREAM_DISABLED never */
	uint8_t config; /* enum smmu_ste_config */
	uint8_t s1fmt, s1cdmax, s1dss, eats;
	uint8_t regime; /* enum smmu_regime, out of STRW */
	uint8_t privcfg, instcfg, shcfg;
	bool s1stalld, mtcfg;
	uint64_t s1contextptr;
};
struct smmu_ste smmu_ste_decode(const struct smmu *smmu, const uint64_t word[SMMU_STE_WORDS]);

/* 5.2 S1DSS, 3.9: what the substream inputs select under a decoded stage-1 STE. */
enum smmu_select_kind { SMMU_SELECT_CD, SMMU_SELECT_BYPASS, SMMU_SELECT_EVENT };
struct smmu_select {
	uint8_t kind;	/* enum smmu_select_kind */
	uint8_t event;	/* F_STREAM_DISABLED, C_BAD_SUBSTREAMID */
	uint32_t index; /* of the CD */
};
struct smmu_select smmu_select_cd(const struct smmu *smmu, const struct smmu_ste *ste, bool ssv,
				  uint32_t ssid);

/* 5.3: address of the L1CD for a CD index; only for a two-level CD table (s1fmt != 0). */
bool smmu_cd_is_two_level(const struct smmu_ste *ste);
uint64_t smmu_l1cd_address(const struct smmu_ste *ste, uint32_t index);
struct smmu_place smmu_cd_place_l1(const struct smmu *smmu, const struct smmu_ste *ste,
				   uint32_t index, uint64_t l1cd);
struct smmu_place smmu_cd_place_linear(const struct smmu *smmu, const struct smmu_ste *ste,
				       uint32_t index);

/* 5.4 Context Descriptor under its STE: validity checks, then the stage-1 configuration. */
struct smmu_cd {
	uint8_t event; /* C_BAD_CD when V = 0 or ILLEGAL */
	struct smmu_s1 s1;
};
struct smmu_cd smmu_cd_decode(const struct smmu *smmu, const struct smmu_ste *ste,
			      const uint64_t word[SMMU_CD_WORDS]);

/* Stage-1 walk (VMSAv8-64, 4K granule). */
struct smmu_walk {
	uint8_t event;	     /* 0, F_TRANSLATION, F_ADDR_SIZE, F_ACCESS, F_WALK_EABT */
	uint8_t level;	     /* where it ended */
	uint64_t desc;	     /* last descriptor read */
	uint64_t fetch_addr; /* its address */
	uint64_t pa;	     /* output address of the input */
	uint64_t size;	     /* of the leaf, bytes */
	bool global;
	/* Rights with hierarchical limits applied, before the access is looked at (D8.4). */
	bool user_read, user_write, user_exec, priv_read, priv_write, priv_exec;
};
struct smmu_walk smmu_walk(const struct smmu *smmu, const struct smmu_s1 *s1, uint64_t va);
/* The same from a table descriptor on: `table` is read as the table at `level`. */
struct smmu_walk smmu_walk_from(const struct smmu *smmu, const struct smmu_s1 *s1, uint64_t va,
				unsigned level, uint64_t table);
/* Rights that an unprivileged data access has with one leaf descriptor at `level`. */
struct smmu_walk smmu_leaf_decode(const struct smmu *smmu, const struct smmu_s1 *s1, uint64_t va,
				  unsigned level, uint64_t desc);
/* 5.2 PRIVCFG, INSTCFG: 0b1x overrides the incoming attribute, 0b0x uses it. */
static inline bool smmu_override(uint8_t cfg, bool incoming)
{
	return cfg & 2 ? cfg & 1 : incoming;
}
/* F_PERMISSION or 0 for a request against a finished walk. */
uint8_t smmu_walk_permit(const struct smmu_s1 *s1, const struct smmu_walk *walk,
			 const struct smmu_request *request);

bool smmu_mem_read(const struct smmu *smmu, uint64_t pa, uint64_t *value);

/* Called by the command processor (command.c) and the registers for the worst-case caches. */
struct smmu_invalidation {
	uint8_t opcode; /* CMD_* (4.1.1) */
	uint32_t sid;
	bool ssv, global;
	uint32_t ssid;
	bool leaf;
	uint8_t ttl;	/* TLBI: level of the leaves (4.4.1.1); 0 = any */
	uint8_t range;	/* CFGI_STE_RANGE: Range field (31 = all) */
	uint8_t regime; /* TLBI: which regime */
	uint16_t asid;
	uint64_t va;   /* TLBI_*VA, ATC_INV */
	uint64_t size; /* bytes, not beyond the end of the space; 0 = whole space */
	uint32_t seq;  /* filled in by smmu_worst_command() */
};
/* 4.4.1.1: does a TLBI by VA name entries of this level? Tables are those above the leaves. */
static inline bool smmu_tlbi_names_level(const struct smmu_invalidation *inv, unsigned level,
					 bool table)
{
	if (table)
		return !inv->leaf && (!inv->ttl || level < inv->ttl);
	return !inv->ttl || level == inv->ttl;
}
void smmu_worst_reset(struct smmu *smmu);
void smmu_worst_command(struct smmu *smmu, const struct smmu_invalidation *inv);
void smmu_worst_sync(struct smmu *smmu);
/* SMMUEN, STRTAB_BASE or STRTAB_BASE_CFG changed. Called before and after (3.21.3). */
void smmu_worst_config_before(struct smmu *smmu);
void smmu_worst_config_after(struct smmu *smmu);

#endif
