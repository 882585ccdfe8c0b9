/* SPDX-License-Identifier: MIT */
/* The emulated SMMU's whole state: flat, fixed pools, indices instead of pointers. */
#ifndef SMMUV3_STATE_H
#define SMMUV3_STATE_H

#include "caches.h"
#include "decode.h"
#include "fault.h"

/* 6.2/6.3: registers that hold state. Names as in the architecture. */
struct smmu_regs {
	uint32_t cr0, cr0ack, cr1, cr2;
	uint32_t gbpa;
	uint32_t irq_ctrl, irq_ctrlack;
	uint32_t gerror, gerrorn;
	uint64_t gerror_irq_cfg0, strtab_base, cmdq_base, evtq_base, evtq_irq_cfg0;
	uint32_t gerror_irq_cfg1, gerror_irq_cfg2, evtq_irq_cfg1, evtq_irq_cfg2;
	uint32_t strtab_base_cfg;
	uint32_t cmdq_prod, cmdq_cons;
	uint32_t evtq_prod, evtq_cons;
	uint64_t priq_base, priq_irq_cfg0;
	uint32_t priq_irq_cfg1, priq_irq_cfg2;
	uint32_t priq_prod, priq_cons;
	bool atc_inv_failed; /* 3.9.1.4: a CMD_ATC_INV timed out, and no CMD_SYNC has said so yet */
};

/* Stalled transactions (stall.c). */
enum smmu_stall_state {
	SMMU_STALL_FREE,
	SMMU_STALL_UNRECORDED, /* its event record waits for the queue (3.12.2) */
	SMMU_STALL_RECORDED,
	SMMU_STALL_ANSWERED, /* until the device takes the answer */
};

struct smmu_stall {
	uint8_t state;	/* enum smmu_stall_state */
	uint8_t answer; /* enum smmu_stall_answer, once answered */
	uint16_t stag;
	uint32_t sid;
};

struct smmu_stalls {
	uint16_t next_stag;
	uint8_t count; /* slots in use */
	struct smmu_stall slot[SMMU_MAX_STALLS];
};

/* Worst-case caches (worst.c). Pools are not cleared on reset: only their counts are. */
enum { SMMU_MAX_PENDING = 512, SMMU_MAX_DIRTY = 16 };

enum smmu_word_kind { SMMU_WORD_L1STD, SMMU_WORD_STE, SMMU_WORD_L1CD, SMMU_WORD_CD };

struct smmu_held_word {
	uint64_t pa, value;
	uint32_t seq;
	uint32_t index; /* CD index; L1CD: first CD index that it covers, */
	uint32_t span;	/* and how many */
	uint8_t stream;
	uint8_t kind; /* enum smmu_word_kind */
	bool orphan;  /* nothing leads to its structure any more: memory has no say in it */
};

/* Memory that holds descriptors of one kind for one stream. */
enum { SMMU_MAX_RANGES = 24, SMMU_MAX_S2_ROOTS = 4 };
struct smmu_range {
	uint64_t lo, hi; /* [lo, hi) */
	uint32_t index;	 /* CD index of the first entry */
	uint32_t span;	 /* CDs below one L1CD; 0 for other kinds */
	uint8_t kind;	 /* enum smmu_word_kind */
	bool held;	 /* found through held words only */
	bool nested;	 /* found at an IPA: */
	uint64_t ipa;	 /* that of lo */
};

struct smmu_worst {
	uint32_t seq; /* time: increases with every store, command and sync */
	uint32_t generation;
	uint8_t num_streams;
	bool any_global; /* a valid leaf with nG = 0 was reported since reset */
	bool overflow, untracked;
	unsigned budget; /* descriptors that may be visited until the call into the model returns */
	bool any_orphan; /* some word was one since reset */
	bool any_shared; /* some memory was of two structures of a stream since reset */
	bool asleep;	 /* SMMUEN is 0, and the ranges are those from before */
	uint32_t asleep_seq; /* since when */
	uint32_t cr0, cr2;   /* before a change of configuration */
	struct {
		uint32_t sid;
		uint8_t ssid_bits; /* of the device: 20 = all */
		bool ats_on;
		bool dirty; /* its contexts must be worked out again before they are looked at */
		uint8_t num_ranges, num_s2;
		uint64_t s2_root[SMMU_MAX_S2_ROOTS]; /* S2TTB of the STEs that it may have */
		struct smmu_range range[SMMU_MAX_RANGES];
	} stream[SMMU_MAX_STREAMS];
	unsigned num_contexts, num_words, num_tlb, num_atc, num_frozen, num_pending;
	bool any_dirty;
	uint64_t lo, hi;    /* every range that a stream has had since reset lies in [lo, hi) */
	unsigned num_dirty; /* pairs to work out again; dirty streams are not in it */
	struct {
		uint8_t stream;
		uint32_t index;
	} dirty[SMMU_MAX_DIRTY];
	struct smmu_context context[SMMU_MAX_CONTEXTS];
	struct smmu_context taken[SMMU_MAX_CONTEXTS]; /* scratch of worst_context.c */
	struct smmu_held_word word[SMMU_MAX_HELD_WORDS];
	struct smmu_held_tlb tlb[SMMU_MAX_HELD_TLB];
	struct smmu_held_atc atc[SMMU_MAX_HELD_ATC];
	struct smmu_frozen frozen[SMMU_MAX_FROZEN];
	struct smmu_invalidation pending[SMMU_MAX_PENDING];
};

struct smmu {
	struct smmu_profile profile;
	struct smmu_bus bus;
	struct smmu_regs regs;
	struct smmu_counters counters;
	bool cmdq_running; /* an interrupt handler kicks the queue inside smmu_cmdq_run() */
	uint8_t fault;	   /* enum smmu_fault_id, 0 = none; only looked at in fault builds */
	struct smmu_stalls stalls;
	struct smmu_caches caches;
	struct smmu_worst worst;
};

static inline const struct smmu_geometry_knobs *smmu_geometry_of(const struct smmu *smmu)
{
	return &smmu_geometries[smmu->profile.geometry];
}

/* Rooms inside the model. */
void smmu_regs_reset(struct smmu *smmu);				   /* regs.c */
void smmu_cmdq_run(struct smmu *smmu);					   /* cmdq.c */
void smmu_gerror_raise(struct smmu *smmu, uint32_t bit);		   /* gerror.c */
void smmu_event_record(struct smmu *smmu, const struct smmu_event *event); /* evtq.c */
bool smmu_evtq_writable(const struct smmu *smmu);
void smmu_stalls_reset(struct smmu *smmu); /* stall.c */
/* A new stalled transaction, not recorded; NULL: every tag is in use. */
struct smmu_stall *smmu_stall_enter(struct smmu *smmu, uint32_t sid);
void smmu_stall_resume(struct smmu *smmu, uint32_t sid, uint16_t stag, bool retry);
void smmu_stall_terminate(struct smmu *smmu, uint32_t sid);
void smmu_stalls_terminate(struct smmu *smmu);
void smmu_stalls_evtq_changed(struct smmu *smmu);

#endif
