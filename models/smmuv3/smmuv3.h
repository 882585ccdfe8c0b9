/* SPDX-License-Identifier: MIT */
/*
 * libsmmuv3: an emulated Arm SMMUv3 (Arm IHI 0070). Registers in, memory by callback, events out.
 *
 * A pure library: one flat state struct, fixed pools, no allocation, no clock, no randomness.
 * Whatever is in memory or in the queues, the model answers with the architecture's event, error
 * or abort; it never crashes and runs a bounded number of steps per call.
 *
 * Any number of `struct smmu` may exist; they share nothing. One of them is not thread-safe. The
 * numbers of enum smmu_cause may change between versions: store names.
 *
 * Numbers in comments (3.9.1, 5.2, ...) are sections of IHI 0070.
 */
#ifndef SMMUV3_H
#define SMMUV3_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum smmu_cache_mode {
	SMMU_CACHE_NONE,  /* every access walks memory */
	SMMU_CACHE_EXACT, /* finite STE, CD and TLB caches with a replacement policy */
	SMMU_CACHE_WORST, /* accesses walk memory; all that hardware may hold is tracked (worst.h) */
};

/* IDR0.STALL_MODEL (6.3.1), in an order in which zero means no stalls. */
enum smmu_stall_model {
	SMMU_STALL_NONE,  /* 0b01: terminate only */
	SMMU_STALL_BOTH,  /* 0b00: stall and terminate */
	SMMU_STALL_FORCE, /* 0b10: stall is forced */
};

/* IDR0.HTTU (6.3.1): what hardware writes to leaf descriptors (3.13). */
enum smmu_httu { SMMU_HTTU_NONE, SMMU_HTTU_ACCESS, SMMU_HTTU_DIRTY };

/* IDR5.GRAN*: a set. No bit at all means 4 KiB alone. */
enum { SMMU_GRANULE_4K = 1, SMMU_GRANULE_16K = 2, SMMU_GRANULE_64K = 4 };

/* How the exact caches are built (16.2): README.md, exact caches. */
enum smmu_geometry {
	SMMU_GEOMETRY_SMALL, /* few entries, round robin, STEs and CDs apart and in any state */
	SMMU_GEOMETRY_QEMU,  /* as QEMU's: one configuration per stream, 256 translations */
	SMMU_GEOMETRY_LARGE, /* hashed, for speed: what `bench` measures */
};

/*
 * What the implementation offers: the source of the identification registers (6.3.1 IDR0 ...).
 * All-zero members are features that are not there.
 */
struct smmu_profile {
	uint8_t sid_bits;      /* IDR1.SIDSIZE, 0..16 */
	uint8_t ssid_bits;     /* IDR1.SSIDSIZE, 0..20; 0 = no substreams */
	uint8_t cmdq_bits;     /* IDR1.CMDQS, 0..19: log2 of entries */
	uint8_t evtq_bits;     /* IDR1.EVENTQS, 0..19 */
	uint8_t priq_bits;     /* IDR1.PRIQS, 0..19 */
	uint8_t asid_bits;     /* 8 or 16: IDR0.ASID16 */
	uint8_t vmid_bits;     /* 8 or 16: IDR0.VMID16; 0 counts as 8 */
	uint8_t oas_bits;      /* 32, 36, 40, 42, 44, 48, 52: IDR5.OAS */
	uint8_t granules;      /* SMMU_GRANULE_*: IDR5.GRAN4K, GRAN16K, GRAN64K */
	bool two_level_strtab; /* IDR0.ST_LEVEL */
	bool two_level_cd;     /* IDR0.CD2L */
	bool ats;	       /* IDR0.ATS */
	bool hyp;	       /* IDR0.Hyp: EL2 stream worlds and their commands */
	uint8_t stall_model;   /* enum smmu_stall_model: IDR0.STALL_MODEL */
	bool msi;	       /* IDR0.MSI: CMD_SYNC (and the queues) may write a message */
	bool range_inv;	       /* IDR3.RIL: range invalidation and level hint */
	bool stage2;	       /* IDR0.S2P: stage 2 and nested translation, VMIDs */
	bool pri;	       /* IDR0.PRI: the PRI queue; needs ats */
	bool pps;	       /* IDR3.PPS: automatic PRG responses always carry the PASID (8.1) */
	uint8_t httu;	       /* enum smmu_httu: IDR0.HTTU */
	bool va52;	       /* IDR5.VAX: 52-bit addresses with the 64 KiB granule */
	bool small_tables;     /* IDR3.STT: TxSZ up to 48 (47 with 64 KiB) */
	bool xnx;	       /* IDR3.XNX: execute control by exception level in stage 2 */
	bool term_model;       /* IDR0.TERM_MODEL: CD.A must be 1 */
	bool no_split_ats;     /* IDR0.NS1ATS: EATS = 0b10 is not there */
	bool no_override; /* IDR1.ATTR_PERMS_OVR, ATTR_TYPES_OVR = 0: PRIVCFG, INSTCFG do nothing */
	bool sev;	  /* IDR0.SEV: CMD_SYNC may signal an event */
	bool ats_rec_err; /* IDR0.ATSRECERR: CR2.REC_CFG_ATS is there for software */
	bool conflicts;	  /* exact caches report F_TLB_CONFLICT and F_CFG_CONFLICT */
	uint8_t geometry; /* enum smmu_geometry: of the exact caches */
	enum smmu_cache_mode cache;
};

/*
 * The profiles that have a name: "small", "qemu", "full", "one-entry-queues", "one-ssid-bit",
 * "asid-8" and so on (profile.c). smmu_profile_find(): NULL when there is none; the list ends with
 * an entry whose name is NULL. All strings are static.
 */
struct smmu_named_profile {
	const char *name, *doc;
	struct smmu_profile profile;
};
const struct smmu_named_profile *smmu_profile_find(const char *name);
const struct smmu_named_profile *smmu_profile_list(void);
/* NULL, or what is wrong with it in a few words ("pri needs ats"). */
const char *smmu_profile_error(const struct smmu_profile *profile);

enum smmu_irq {
	SMMU_IRQ_EVTQ,	 /* 6.3.16 IRQ_CTRL.EVENTQ_IRQEN */
	SMMU_IRQ_GERROR, /* IRQ_CTRL.GERROR_IRQEN */
	SMMU_IRQ_SYNC,	 /* 4.7.3 CMD_SYNC with CS = SIG_IRQ; it has no enable */
	SMMU_IRQ_PRIQ,	 /* IRQ_CTRL.PRIQ_IRQEN */
	SMMU_IRQ_EVENT,	 /* 4.7.3 CMD_SYNC with CS = SIG_SEV: a wake-up event, not an interrupt */
	SMMU_IRQ_COUNT,
};

/* An ATS invalidation request on its way to an endpoint (3.9.1, 4.5.1 CMD_ATC_INV). */
struct smmu_atc_inv {
	uint32_t sid;
	bool ssv;    /* the request carries a PASID prefix */
	bool global; /* with ssv: every PASID */
	uint32_t ssid;
	uint64_t va;   /* aligned to size */
	uint64_t size; /* bytes, power of two; 0 means the whole 64-bit space */
};

/* A PRG response on its way to an endpoint (3.9.2, 8.3). */
struct smmu_prg_response {
	uint32_t sid;
	bool ssv; /* the response carries a PASID */
	uint32_t ssid;
	uint16_t prg;	/* PRGIndex, 9 bits */
	uint8_t code;	/* 0 success, 1 invalid request, 15 response failure (8.3) */
	bool automatic; /* by the SMMU itself, not by CMD_PRI_RESP (8.1, 8.2) */
};

/* The outside world. Callbacks must not call back into the same smmu, except for irq. */
struct smmu_bus {
	void *ctx;
	/* 8 bytes at an 8-byte aligned physical address below 1 << oas_bits; false: external abort.
	 * Both are required. */
	bool (*read64)(void *ctx, uint64_t pa, uint64_t *value);
	bool (*write64)(void *ctx, uint64_t pa, uint64_t value);
	/* 4 bytes at a 4-byte aligned address: a message (3.18). NULL: no message is ever written. */
	bool (*write32)(void *ctx, uint64_t pa, uint32_t value);
	/* The 512 doublewords of a 4 KiB aligned page of memory, or NULL: external abort. Optional:
	 * without it every doubleword is read by read64. */
	const volatile uint64_t *(*page)(void *ctx, uint64_t pa);
	/* A wired interrupt is raised (edge). May be NULL. */
	void (*irq)(void *ctx, enum smmu_irq irq);
	/* HTTU (3.13): store `desired` if `expected` stands there; `*found` is what stood there.
	 * False: external abort. Optional: without it read64 and write64 are used. */
	bool (*cas64)(void *ctx, uint64_t pa, uint64_t expected, uint64_t desired, uint64_t *found);
	/* An ATS invalidation reaches the endpoint, which has completed it on return. False: it never
	 * completes, a time-out (3.9.1.4). May be NULL: completes. */
	bool (*atc_inv)(void *ctx, const struct smmu_atc_inv *inv);
	/* May be NULL. */
	void (*prg_response)(void *ctx, const struct smmu_prg_response *response);
	/* A command left the Command queue, or stopped it (7.1). For whoever looks on; may be NULL. */
	void (*command)(void *ctx, const uint64_t word[2], bool accepted);
};

/* What a client device sends (3.9, 3.10). */
enum smmu_access_kind {
	SMMU_UNTRANSLATED,
	SMMU_ATS_REQUEST,    /* ATS translation request */
	SMMU_ATS_TRANSLATED, /* address is a physical address out of the endpoint's ATC */
};

struct smmu_request {
	uint32_t sid;
	bool ssv; /* SubstreamID valid */
	uint32_t ssid;
	uint64_t addr;
	uint8_t kind;	  /* enum smmu_access_kind */
	bool write;	  /* ATS request: write permission wanted (NW=0) */
	bool privileged;  /* PnU */
	bool instruction; /* InD */
};

enum smmu_status {
	SMMU_OK,
	SMMU_ABORT,	 /* terminated; `event` names the record, 0 = silent */
	SMMU_ATS_DENIED, /* ATS request: UR or CA; `event` as above */
	SMMU_STALLED, /* waits for CMD_RESUME or CMD_STALL_TERM (3.12.2): see smmu_stall_take() */
};

/* Event numbers (7.3). */
enum smmu_event_type {
	SMMU_EVT_NONE = 0,
	SMMU_F_UUT = 0x01,
	SMMU_C_BAD_STREAMID = 0x02,
	SMMU_F_STE_FETCH = 0x03,
	SMMU_C_BAD_STE = 0x04,
	SMMU_F_BAD_ATS_TREQ = 0x05,
	SMMU_F_STREAM_DISABLED = 0x06,
	SMMU_F_TRANSL_FORBIDDEN = 0x07,
	SMMU_C_BAD_SUBSTREAMID = 0x08,
	SMMU_F_CD_FETCH = 0x09,
	SMMU_C_BAD_CD = 0x0a,
	SMMU_F_WALK_EABT = 0x0b,
	SMMU_F_TRANSLATION = 0x10,
	SMMU_F_ADDR_SIZE = 0x11,
	SMMU_F_ACCESS = 0x12,
	SMMU_F_PERMISSION = 0x13,
	SMMU_F_TLB_CONFLICT = 0x20,
	SMMU_F_CFG_CONFLICT = 0x21,
	SMMU_E_PAGE_REQUEST = 0x24, /* a hint of a client device: a layout alone, never recorded */
	SMMU_F_VMS_FETCH = 0x25,    /* needs MPAM: the same */
};

/* 7.3: CLASS of a fault: what was being translated when it happened. */
enum smmu_fault_class { SMMU_CLASS_CD = 0, SMMU_CLASS_TT = 1, SMMU_CLASS_IN = 2 };

/* Why a transaction ended as it did: the check that decided (causes.def). 0: it was granted. */
enum smmu_cause {
	SMMU_CAUSE_NONE,
#define CAUSE(id, section, text) SMMU_CAUSE_##id,
#include "causes.def"
#undef CAUSE
	SMMU_NUM_CAUSES,
};
/* "5.4 TG0" and "the granule is not implemented", for printing: static strings, never NULL. An unknown
 * number has the name and text "?" and the section "". */
const char *smmu_cause_section(unsigned cause);
const char *smmu_cause_text(unsigned cause);
const char *smmu_cause_name(unsigned cause);

struct smmu_response {
	uint8_t status; /* enum smmu_status */
	uint8_t event;	/* enum smmu_event_type that was (or would be) recorded */
	uint8_t cause;	/* enum smmu_cause; also for a silent abort */
	bool recorded;	/* an event record was written or at least attempted */
	uint16_t stag;	/* SMMU_STALLED: its stall tag */
	bool read_ok;	/* ATS request: R, W of the completion; others: rights of the mapping */
	bool write_ok;
	bool bypass;   /* not translated */
	bool global;   /* ATS request: the G bit */
	uint64_t pa;   /* output address of `addr` */
	uint64_t size; /* bytes covered by one completion or TLB entry, power of two */
};

struct smmu; /* smmu_state.h; sizeof through smmu_sizeof() */

/*
 * Bytes of one struct smmu. Memory from malloc() is aligned well enough and need not be cleared; the
 * caller owns it, and there is nothing else to free. A byte copy is a snapshot: nothing inside
 * points into the struct.
 */
size_t smmu_sizeof(void);

/*
 * Power-on reset (6.3: registers at their reset values). `profile` is copied and must be within
 * its ranges (asserted); `bus` is copied, its ctx borrowed until the next reset; read64 and write64
 * must not be NULL (asserted). May be called again at any time: queues, stalls, caches, counters and
 * streams (smmu_add_stream()) are forgotten.
 */
void smmu_reset(struct smmu *smmu, const struct smmu_profile *profile, const struct smmu_bus *bus);

/*
 * Register file (6.2): page 0 at offset 0, page 1 at 0x10000. Size 4 or 8, naturally aligned;
 * anything else is RAZ/WI. A 64-bit register may be accessed in halves; a 64-bit access to two 32-bit
 * registers is RAZ/WI (6.2). Bits of `value` above `size` are ignored, and so is a write that a CR0
 * bit forbids (6.2 "Guarded"). A write may process commands and raise interrupts before it returns.
 */
uint64_t smmu_reg_read(struct smmu *smmu, uint32_t offset, unsigned size);
void smmu_reg_write(struct smmu *smmu, uint32_t offset, unsigned size, uint64_t value);

/* One transaction: full flow of chapter 15, events recorded. */
struct smmu_response smmu_access(struct smmu *smmu, const struct smmu_request *request);
/* The same without side effects: no event, no cache fill; memory is walked. */
struct smmu_response smmu_peek(struct smmu *smmu, const struct smmu_request *request);

/* A PCIe page request (chapter 8). Last without read and write, with ssv: a Stop Marker. */
struct smmu_page_request {
	uint32_t sid;
	bool ssv;
	uint32_t ssid;
	uint64_t addr; /* bits [63:12] count */
	uint16_t prg;  /* 9 bits */
	bool last, read, write, execute, privileged;
};
/* True: it stands in the PRI queue. False: discarded; where 8.1 and 8.2 want an automatic response
 * it has gone out through smmu_bus.prg_response. */
bool smmu_page_request(struct smmu *smmu, const struct smmu_page_request *request);

/*
 * Stalled transactions (3.12.2). A transaction that got SMMU_STALLED keeps its tag until software
 * has answered with CMD_RESUME or CMD_STALL_TERM, or SMMUEN was cleared, and the device has taken
 * the answer. RETRY: the device presents the same transaction again, with a new smmu_access().
 */
enum smmu_stall_answer {
	SMMU_STALL_WAITING, /* no answer yet, or no such tag */
	SMMU_STALL_RETRY,
	SMMU_STALL_ABORT,
};
/* Tags in use at once; beyond, transactions are terminated and recorded with Stall == 0 (3.12). */
enum { SMMU_MAX_STALLS = 16 };
/* `sid` and `stag` as in the request and its response. Any answer but WAITING frees the tag. */
enum smmu_stall_answer smmu_stall_take(struct smmu *smmu, uint32_t sid, uint16_t stag);

/* Counters since reset, for statistics and tests. They wrap at 2^32. */
struct smmu_counters {
	uint32_t commands, syncs, events, events_lost, command_errors, walks;
	uint32_t stalls;	/* transactions that stalled */
	uint32_t stall_answers; /* CMD_RESUMEs that named a stalled transaction */
	uint32_t stray_answers; /* CMD_RESUMEs that did not: harmless (4.7.1), but somebody erred */
	uint32_t page_requests; /* that stand or stood in the PRI queue */
	uint32_t updates;	/* descriptors written by HTTU */
};
struct smmu_counters smmu_counters(const struct smmu *smmu);

/* Short name of an event, "F_TRANSLATION"; "?" for an unknown number. */
const char *smmu_event_name(unsigned type);

/*
 * An event record as software sees it (7.3), decoded from its four doublewords. Fields that the
 * type does not have are 0.
 */
struct smmu_event {
	uint8_t type;
	bool ssv;
	uint32_t ssid;
	uint32_t sid;
	uint64_t input_addr;
	uint64_t fetch_addr;
	uint64_t ipa; /* 4 KiB aligned; stage-2 faults */
	bool rnw, ind, pnu, s2, stall;
	bool ttrnw; /* F_PERMISSION of class TT: the stage-1 descriptor was to be read, not written */
	uint8_t fault_class;
	uint16_t stag;
	uint32_t reason;
	uint8_t span;	    /* E_PAGE_REQUEST: 4 KiB pages */
	uint8_t user, priv; /* E_PAGE_REQUEST: rights, enum smmu_event_right */
};
enum smmu_event_right { SMMU_RIGHT_X = 1, SMMU_RIGHT_W = 2, SMMU_RIGHT_R = 4 };
struct smmu_event smmu_event_decode(const uint64_t record[4]);
void smmu_event_encode(const struct smmu_event *event, uint64_t record[4]);

#ifdef __cplusplus
}
#endif

#endif
