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
	uint8_t cause;	     /* enum smmu_cause, with an event */
	uint64_t pa;	     /* of the structure, 64-byte aligned */
	uint64_t fetch_addr; /* address of a failed fetch, for the event record */
};

/* 3.3.1, 5.1, 6.3.25 STRTAB_BASE_CFG: is the stream table two-level; bounds of the StreamID. */
bool smmu_strtab_is_two_level(const struct smmu *smmu);
bool smmu_sid_in_range(const struct smmu *smmu, uint32_t sid);
/* Address of the L1STD that covers sid (two-level table only). */
uint64_t smmu_l1std_address(const struct smmu *smmu, uint32_t sid);
/* 5.1: the STE's address out of an L1STD value. C_BAD_STREAMID for an invalid or short span. */
struct smmu_place smmu_ste_place_l1(const struct smmu *smmu, uint32_t sid, uint64_t l1std);
/* Address of the STE in a linear table. */
struct smmu_place smmu_ste_place_linear(const struct smmu *smmu, uint32_t sid);

/* 5.2 Stream Table Entry, decoded. */
enum smmu_ste_config {
	SMMU_STE_ABORT,
	SMMU_STE_BYPASS,
	SMMU_STE_S1,
	SMMU_STE_S2,
	SMMU_STE_NESTED, /* stage 1 and stage 2 */
};
static inline bool smmu_ste_has_s1(uint8_t config)
{
	return config == SMMU_STE_S1 || config == SMMU_STE_NESTED;
}

struct smmu_ste {
	uint8_t event;	/* C_BAD_STE when V = 0 or ILLEGAL (5.2.2) */
	uint8_t cause;	/* enum smmu_cause, with an event or SMMU_STE_ABORT */
	uint8_t config; /* enum smmu_ste_config */
	uint8_t s1fmt, s1cdmax, s1dss, eats;
	uint8_t regime; /* enum smmu_regime, out of STRW */
	uint8_t privcfg, instcfg;
	uint8_t cont; /* CONT: 2^cont aligned STEs are the same */
	bool s1stalld, ppar;
	uint64_t s1contextptr; /* an IPA under SMMU_STE_NESTED */
	struct smmu_s2 s2;     /* on under SMMU_STE_S2 and SMMU_STE_NESTED */
};
struct smmu_ste smmu_ste_decode(const struct smmu *smmu, const uint64_t word[SMMU_STE_WORDS]);

/* 5.2 S1DSS, 3.9: what the substream inputs select under a decoded stage-1 STE. */
enum smmu_select_kind { SMMU_SELECT_CD, SMMU_SELECT_BYPASS, SMMU_SELECT_EVENT };
struct smmu_select {
	uint8_t kind;	/* enum smmu_select_kind */
	uint8_t event;	/* F_STREAM_DISABLED, C_BAD_SUBSTREAMID */
	uint8_t cause;	/* enum smmu_cause, with an event */
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
	uint8_t cause; /* enum smmu_cause, with an event */
	struct smmu_s1 s1;
};
struct smmu_cd smmu_cd_decode(const struct smmu *smmu, const struct smmu_ste *ste,
			      const uint64_t word[SMMU_CD_WORDS]);

/*
 * Translation table walks (VMSAv8-64, every granule): one stage (walk.c, walk_s2.c), or both
 * (walk_nested.c). Pure but for the memory that they read; HTTU is a step of its own.
 */
struct smmu_walk {
	uint8_t event; /* 0, F_TRANSLATION, F_ADDR_SIZE, F_ACCESS, F_WALK_EABT, F_PERMISSION */
	uint8_t cause; /* enum smmu_cause, with an event */
	uint8_t level; /* where it ended */
	bool s2;       /* the event is one of stage 2 */
	bool tt_write; /* class TT: it was for the update of a descriptor (7.3.16 TTRnW = 0) */
	uint8_t fault_class; /* enum smmu_fault_class: TT when stage 2 stopped a stage-1 fetch */
	uint64_t desc;	     /* last descriptor read */
	uint64_t fetch_addr; /* its address; for the event record */
	uint64_t ipa;	     /* what stage 2 was asked for; for the event record */
	uint64_t pa;	     /* output address of the input */
	uint64_t size;	     /* of the leaf, bytes; of both stages: the smaller one */
	bool contiguous; /* the contiguous hint is set: 16 (32, 128) such leaves may be one entry */
	bool global;
	bool needs_af;	  /* AF is clear and HTTU sets it (3.13.1) */
	bool dirty_write; /* writable only because DBM lets hardware set the dirty state (3.13.3) */
	/* Rights with hierarchical limits applied, before the access is looked at (D8.4). */
	bool user_read, user_write, user_exec, priv_read, priv_write, priv_exec;
};
/* Stage 1 alone: tables are at physical addresses. */
struct smmu_walk smmu_walk(const struct smmu *smmu, const struct smmu_s1 *s1, uint64_t va);
/* The same from a table descriptor on: `table` is read as the table at `level`. */
struct smmu_walk smmu_walk_from(const struct smmu *smmu, const struct smmu_s1 *s1, uint64_t va,
				unsigned level, uint64_t table);
/* Rights that an unprivileged data access has with one leaf descriptor at `level`. */
struct smmu_walk smmu_leaf_decode(const struct smmu *smmu, const struct smmu_s1 *s1, uint64_t va,
				  unsigned level, uint64_t desc);
/* Stage 2 alone. Rights: user_read is priv_read and so on, but for XNX. */
struct smmu_walk smmu_walk_s2(const struct smmu *smmu, const struct smmu_s2 *s2, uint64_t ipa);
/* Log2 of what a descriptor at `level` covers with a granule of `granule` bits. */
static inline unsigned smmu_level_shift(unsigned granule, unsigned level)
{
	return granule + (3 - level) * (granule - 3);
}
/* The level at which a walk of `ia_bits` input bits starts (D8.2). */
static inline unsigned smmu_start_level(unsigned granule, unsigned ia_bits)
{
	return 3 - (ia_bits - granule - 1) / (granule - 3);
}
/* What an access needs of stage 2: the rights of one request. */
enum smmu_s2_need { SMMU_S2_READ, SMMU_S2_WRITE, SMMU_S2_EXEC };
/* F_PERMISSION with cause, or 0, for such an access against a finished stage-2 walk. */
uint8_t smmu_walk_permit_s2(const struct smmu_walk *walk, enum smmu_s2_need need, bool privileged,
			    uint8_t *cause);

/*
 * Both stages for one request, permissions included. `s1` NULL: stage 1 is bypassed, and `request`
 * has PRIVCFG and INSTCFG applied (ATS: as to a data access, 13.7.1); `s2->on` false: stage 2 is
 * bypassed. With `update` the access is
 * made: HTTU writes AF and dirty state where configured (3.13), else nothing is written and what
 * hardware would write is taken as written.
 *
 * An ATS request is a fault only if no right is left at a stage (3.9.1.2); the rights of the walk
 * then limit what is granted, and with `dirty_write` W is not granted (13.7, NW == 1).
 */
struct smmu_walk smmu_walk_both(struct smmu *smmu, const struct smmu_s1 *s1,
				const struct smmu_s2 *s2, const struct smmu_request *request,
				bool update);
/* Reads 8 bytes of a structure whose address is an IPA under stage 2 (L1CD, CD): event 0 and the
 * value in desc, or the stage-2 fault with class CD, or F_CD_FETCH. */
struct smmu_walk smmu_fetch_s2(struct smmu *smmu, const struct smmu_s2 *s2, uint64_t ipa,
			       bool update);

/* 5.2 PRIVCFG, INSTCFG: 0b1x overrides the incoming attribute, 0b0x uses it. */
static inline bool smmu_override(uint8_t cfg, bool incoming)
{
	return cfg & 2 ? cfg & 1 : incoming;
}
/* F_PERMISSION or 0 for a request against a finished stage-1 walk. */
uint8_t smmu_walk_permit(const struct smmu_s1 *s1, const struct smmu_walk *walk,
			 const struct smmu_request *request);
/* The same, and which right is missing. */
uint8_t smmu_walk_permit_why(const struct smmu_s1 *s1, const struct smmu_walk *walk,
			     const struct smmu_request *request, uint8_t *cause);

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
	uint8_t tg;	/* TLBI by address: granule of the range (4.4.1.1), log2; 0 = none named */
	uint16_t asid;
	uint16_t vmid; /* TLBI of NS-EL1 and of stage 2 */
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
