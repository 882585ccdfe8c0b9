/* SPDX-License-Identifier: MIT */
/*
 * Worst-case caches: everything that the architecture lets hardware hold *is* held (3.21, 16.2).
 *
 * What stands in memory now and is reachable may be cached at any moment, so it needs no entry of
 * its own; only what *stopped* being current does. The model records
 *  - old 64-bit words of STEs, CDs and their level-1 descriptors ("words"), per stream,
 *  - old translations and table descriptors ("TLB entries"), per ASID,
 *  - old translations in the endpoints ("ATC entries"), per StreamID and SubstreamID,
 *  - whole translation trees whose configuration has gone ("frozen" trees), for both.
 * A record leaves when a covering command was followed by a completed CMD_SYNC, and not before
 * everything that it could be refilled from has gone (4.7: commands between two CMD_SYNCs are not
 * ordered, so CFGI + TLBI, or TLBI + ATC_INV, without one between them leave the second undone).
 *
 * Memory does not tell the SMMU that it changed: whoever stores reports it, after the store.
 */
#ifndef SMMUV3_WORST_H
#define SMMUV3_WORST_H

#include "smmuv3.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
	SMMU_MAX_STREAMS = 8,
	SMMU_MAX_CONTEXTS = 512,
	SMMU_MAX_HELD_WORDS = 512,
	SMMU_MAX_HELD_TLB = 2048,
	SMMU_MAX_HELD_ATC = 4096,
	SMMU_MAX_FROZEN = 256,
};

/* StreamWorld (5.2 STRW): which translation regime tags a TLB entry (3.17). */
enum smmu_regime { SMMU_REGIME_NS_EL1, SMMU_REGIME_EL2, SMMU_REGIME_EL2_E2H };

/* Everything in an STE that a stage-2 translation depends on (5.2). */
struct smmu_s2 {
	uint64_t ttb;
	uint16_t vmid;
	bool on;
	uint8_t ia_bits;     /* 64 - S2T0SZ */
	uint8_t start_level; /* out of S2SL0 */
	uint8_t granule;     /* log2: 12, 14, 16 */
	uint8_t ps_bits;     /* S2PS, capped to the OAS */
	bool affd, ptw, ha, hd;
	bool stall, record; /* S2S, S2R in effect */
};

/* Everything in an STE + CD pair that a stage-1 translation depends on. */
struct smmu_s1 {
	uint64_t ttb0, ttb1;
	uint16_t asid;
	uint16_t
		vmid; /* tag of NS-EL1 entries where stage 2 is implemented, or else 0 (5.2 S2VMID) */
	uint8_t regime; /* enum smmu_regime */
	uint8_t t0sz, t1sz;
	uint8_t ips_bits;
	bool epd0, epd1;
	uint8_t granule0, granule1; /* log2: 12, 14, 16 */
	bool affd, wxn, pan;
	bool ha, hd; /* HTTU in effect (3.13) */
	bool had0, had1;
	bool tbi0, tbi1;
	bool aset, stall, record; /* CD.ASET, S, R in effect: S implies R (5.5) */
	bool abort;		  /* CD.A: report an abort (RAZ/WI otherwise) */
	uint8_t eats;		  /* STE.EATS of the stream (5.2) */
	uint8_t priv, inst;	  /* STE.PRIVCFG, INSTCFG */
};

/* One way in which a (stream, substream) may be configured now. */
enum smmu_context_kind {
	SMMU_CTX_S1, /* translated by s1, and by s2 if it is on */
	SMMU_CTX_BYPASS,
	SMMU_CTX_ABORT, /* silent abort */
	SMMU_CTX_FAULT, /* a configuration fault with this event */
};

struct smmu_context {
	uint8_t stream; /* index of smmu_add_stream() */
	bool ssv;	/* false: transactions without SubstreamID */
	bool whole;	/* the STE says it: for every SubstreamID as well */
	uint8_t kind;	/* enum smmu_context_kind */
	uint8_t event;	/* for SMMU_CTX_FAULT */
	bool held;	/* uses at least one word that memory does not hold any more */
	bool ats;	/* STE.EATS lets this stream use ATS */
	bool split;	/* by split-stage ATS: the ATC holds IPAs (3.9.1.1) */
	uint32_t ssid;
	struct smmu_s1 s1;
	struct smmu_s2 s2; /* on without SMMU_CTX_S1: stage 1 is bypassed (SMMU_CTX_BYPASS) */
};

/*
 * What an entry is of (16.2): stage 1 (VA to IPA, or to PA where there is no stage 2), stage 2 (IPA
 * to PA), or both in one, which a TLBI by IPA does not reach (4.4.3.1, 16.2.1).
 */
enum { SMMU_LEVEL_ROOT = 255 };
enum smmu_held_stage { SMMU_HELD_S1, SMMU_HELD_S2, SMMU_HELD_BOTH };

struct smmu_held_tlb {
	uint64_t va, size; /* input range; of stage 2, IPAs */
	uint64_t desc;	   /* the descriptor that memory does not hold any more */
	uint64_t pa;	   /* leaf: output address; table: next-level table */
	struct smmu_s1 s1; /* the configuration that it was read under */
	struct smmu_s2 s2;
	uint32_t seq;
	uint16_t vmid;	 /* 0 without stage 2 */
	uint8_t stage;	 /* enum smmu_held_stage */
	uint8_t granule; /* log2, of the table that it stood in */
	uint8_t level;	 /* of the descriptor; SMMU_LEVEL_ROOT: the first table itself */
	uint8_t limit;	 /* what the tables above and itself take away: bits [62:59] (D8.4.2) */
	bool table;
	bool global;			  /* nG = 0: matches any ASID of the regime */
	bool read_ok, write_ok;		  /* of an unprivileged access */
	bool priv_read_ok, priv_write_ok; /* of a privileged one */
	bool dirty; /* a write has to set the dirty state first, where memory decides (3.13.3) */
};

struct smmu_held_atc {
	uint64_t va, size, pa;
	uint32_t seq;
	uint32_t ssid;
	uint8_t stream;
	bool ssv;
	bool ipa; /* split-stage ATS: `pa` is an IPA */
	bool read_ok, write_ok;
	bool refilled; /* an ATC_INV covered it while a stale TLB could bring it back (D-2) */
};

/* A tree that may still be cached although no held configuration points to it any more. */
struct smmu_frozen {
	struct smmu_s1 s1; /* under s2, if that is on */
	struct smmu_s2 s2;
	uint32_t seq;
	bool stage2; /* the tree of s2 alone; s2 off: no tree, every address is itself (13.6.4) */
	bool split;  /* of an ATC: it holds IPAs */
	bool tlb;    /* in the TLB under s1.asid, or else in an ATC: */
	uint8_t stream;
	bool ssv;
	uint32_t ssid;
	bool early; /* a TLBI or ATC_INV came before the configuration was gone (D-2, D-3) */
};

/*
 * Tell the model that a client device with this StreamID exists. Only existing streams can send,
 * so only their configuration matters. Returns the stream's index. At most SMMU_MAX_STREAMS.
 */
unsigned smmu_add_stream(struct smmu *smmu, uint32_t sid);
/*
 * The device puts SubstreamIDs below 1 << bits on the bus, none with 0 bits (PCIe Max PASID Width).
 * What it cannot send it cannot reach, and its ATC cannot hold. 20, the architecture's most, until
 * this is called.
 */
void smmu_stream_set_ssid_bits(struct smmu *smmu, unsigned stream, unsigned bits);
/* PCIe ATS Enable of the endpoint: a disabled ATC is empty and answers nothing (3.9.1). */
void smmu_stream_set_ats(struct smmu *smmu, unsigned stream, bool enabled);

/* 8 bytes at pa (aligned) that may be part of an STE, a CD or an L1 descriptor changed. */
void smmu_note_store(struct smmu *smmu, uint64_t pa, uint64_t old_value, uint64_t new_value);
/*
 * The descriptor for [va, va + 1 << smmu_level_shift(granule, level)) at `level` (0..3) in the tree
 * rooted at `root` changed. Called after the store and before anything else is stored. `root` is
 * what TTB0, TTB1 or S2TTB says (under stage 2 an IPA, but for S2TTB); of a TTB1 tree, the bits of
 * `va` above the input size do not count; of a stage-2 tree `va` is an IPA.
 */
void smmu_note_pte(struct smmu *smmu, uint64_t root, uint64_t va, unsigned level, uint64_t old_desc,
		   uint64_t new_desc);
/*
 * The same where trees of several VMs may have one IPA for their roots: this one's root is at the
 * physical address `root_pa`. Only configurations whose stage 2 may lead there have read the tree.
 */
void smmu_note_pte_at(struct smmu *smmu, uint64_t root, uint64_t root_pa, uint64_t va,
		      unsigned level, uint64_t old_desc, uint64_t new_desc);

/* Everything below brings the view up to date first; pointers are valid until the next call. */
struct smmu_contexts {
	const struct smmu_context *context;
	unsigned count;
	/* Increases whenever the set of contexts changed: compare before looking closer. */
	uint32_t generation;
};
struct smmu_contexts smmu_contexts(struct smmu *smmu);

struct smmu_stale {
	const struct smmu_held_tlb *tlb;
	const struct smmu_held_atc *atc;
	const struct smmu_frozen *frozen;
	unsigned num_tlb, num_atc, num_frozen, num_words;
	bool overflow;	/* a pool was full: the model has lost entries and says so */
	bool untracked; /* more tables or CDs than are looked at: what lies beyond is not known */
};
struct smmu_stale smmu_stale(struct smmu *smmu);

/* Is a TLB entry with tag (regime, VMID, ASID) usable through any context held now? Returns an
 * index into smmu_contexts() at or after `from`, or -1. */
int smmu_tlb_user(struct smmu *smmu, const struct smmu_held_tlb *entry, unsigned from);

/* What one translation outcome looks like, for comparing with what is allowed. */
struct smmu_outcome {
	uint8_t event; /* 0: translated */
	bool read_ok, write_ok;
	uint64_t pa;
};
/* Walk memory under one stage-1 configuration, without side effects (as a device's unprivileged
 * read). */
struct smmu_outcome smmu_probe(struct smmu *smmu, const struct smmu_s1 *s1, uint64_t va);
/* The same through both stages: `s1` may be NULL (stage 1 bypassed), `s2` off. An event of stage 2 has
 * *stage2 set (7.3 S2); where the two leave no right, it is F_PERMISSION of the one that refused. */
struct smmu_outcome smmu_probe_nested(struct smmu *smmu, const struct smmu_s1 *s1,
				      const struct smmu_s2 *s2, uint64_t va, bool *stage2);

/*
 * Could hardware still use this frame: as part of a reachable stream or CD table, as the root of a
 * tree, through a held table descriptor, or as the output of a held translation? Inner tables of a
 * live tree are smmu_table_live()'s. `pa` is frame aligned, `size` its bytes. Asked before a frame
 * is freed.
 */
bool smmu_frame_held(struct smmu *smmu, uint64_t pa, uint64_t size);
/* Is the frame a table, at any level, of a tree that a configuration leads to or that froze? Walks
 * all of them. */
bool smmu_table_live(struct smmu *smmu, uint64_t pa, uint64_t size);
/*
 * What hardware may have made of a leaf descriptor without any access (3.13.2, 3.13.3): AF set
 * where a configuration with HA leads to it, never dirty state. `desc` where it may do nothing.
 */
uint64_t smmu_speculative_update(const struct smmu_s1 *s1, uint64_t desc);

/* All distinct outcomes that hardware could give this request now (at most `max`); the count. */
unsigned smmu_possible(struct smmu *smmu, const struct smmu_request *request,
		       struct smmu_outcome *outcome, unsigned max);

#ifdef __cplusplus
}
#endif

#endif
