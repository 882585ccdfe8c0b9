/* SPDX-License-Identifier: MIT */
/*
 * The SMMUv3 programming interface as numbers: register offsets and fields (6.2, 6.3), queues
 * (3.5), commands (chapter 4), event records (7.3), stream table (5.1, 5.2), context descriptors
 * (5.3, 5.4). Shared by the model and by drivers; it describes the architecture, not the model.
 *
 * A field of a doubleword is a pair of _SHIFT and _BITS and is used through smmu_get() and
 * smmu_put(): smmu_get(word, STE0_CONFIG). Single bits and addresses are masks.
 */
#ifndef SMMUV3_REGS_H
#define SMMUV3_REGS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SMMU_BIT(n)	       (1ull << (n))
#define SMMU_MASK(high, low)   ((~0ull >> (63 - (high))) & (~0ull << (low)))
#define smmu_get(word, field)  smmu_field_get((word), field##_SHIFT, field##_BITS)
#define smmu_put(field, value) smmu_field_put((value), field##_SHIFT, field##_BITS)

static inline uint64_t smmu_field_get(uint64_t word, unsigned shift, unsigned bits)
{
	return word >> shift & ~0ull >> (64 - bits);
}

static inline uint64_t smmu_field_put(uint64_t value, unsigned shift, unsigned bits)
{
	return (value & ~0ull >> (64 - bits)) << shift;
}

/* 6.1, 6.2: two pages of 64 KiB. 64-bit registers are marked; all others have 32 bits. */
enum {
	SMMU_REG_IDR0 = 0x00,
	SMMU_REG_IDR1 = 0x04,
	SMMU_REG_IDR2 = 0x08,
	SMMU_REG_IDR3 = 0x0c,
	SMMU_REG_IDR4 = 0x10,
	SMMU_REG_IDR5 = 0x14,
	SMMU_REG_IIDR = 0x18,
	SMMU_REG_AIDR = 0x1c,
	SMMU_REG_CR0 = 0x20,
	SMMU_REG_CR0ACK = 0x24,
	SMMU_REG_CR1 = 0x28,
	SMMU_REG_CR2 = 0x2c,
	SMMU_REG_STATUSR = 0x40,
	SMMU_REG_GBPA = 0x44,
	SMMU_REG_AGBPA = 0x48,
	SMMU_REG_IRQ_CTRL = 0x50,
	SMMU_REG_IRQ_CTRLACK = 0x54,
	SMMU_REG_GERROR = 0x60,
	SMMU_REG_GERRORN = 0x64,
	SMMU_REG_GERROR_IRQ_CFG0 = 0x68, /* 64-bit */
	SMMU_REG_GERROR_IRQ_CFG1 = 0x70,
	SMMU_REG_GERROR_IRQ_CFG2 = 0x74,
	SMMU_REG_STRTAB_BASE = 0x80, /* 64-bit */
	SMMU_REG_STRTAB_BASE_CFG = 0x88,
	SMMU_REG_CMDQ_BASE = 0x90, /* 64-bit */
	SMMU_REG_CMDQ_PROD = 0x98,
	SMMU_REG_CMDQ_CONS = 0x9c,
	SMMU_REG_EVENTQ_BASE = 0xa0,	 /* 64-bit */
	SMMU_REG_EVENTQ_IRQ_CFG0 = 0xb0, /* 64-bit */
	SMMU_REG_EVENTQ_IRQ_CFG1 = 0xb8,
	SMMU_REG_EVENTQ_IRQ_CFG2 = 0xbc,
	SMMU_REG_PRIQ_BASE = 0xc0,     /* 64-bit */
	SMMU_REG_PRIQ_IRQ_CFG0 = 0xd0, /* 64-bit */
	SMMU_REG_PRIQ_IRQ_CFG1 = 0xd8,
	SMMU_REG_PRIQ_IRQ_CFG2 = 0xdc,
	SMMU_REG_PAGE1 = 0x10000,
	SMMU_REG_EVENTQ_PROD = 0x100a8,
	SMMU_REG_EVENTQ_CONS = 0x100ac,
	SMMU_REG_PRIQ_PROD = 0x100c8,
	SMMU_REG_PRIQ_CONS = 0x100cc,
	SMMU_REG_END = 0x20000,
};

/* 6.3.1 IDR0 */
#define SMMU_IDR0_S2P		    SMMU_BIT(0)
#define SMMU_IDR0_S1P		    SMMU_BIT(1)
#define SMMU_IDR0_TTF_SHIFT	    2
#define SMMU_IDR0_TTF_BITS	    2
#define SMMU_IDR0_TTF_AARCH64	    2
#define SMMU_IDR0_COHACC	    SMMU_BIT(4)
#define SMMU_IDR0_BTM		    SMMU_BIT(5)
#define SMMU_IDR0_HTTU_SHIFT	    6
#define SMMU_IDR0_HTTU_BITS	    2
#define SMMU_IDR0_DORMHINT	    SMMU_BIT(8)
#define SMMU_IDR0_HYP		    SMMU_BIT(9)
#define SMMU_IDR0_ATS		    SMMU_BIT(10)
#define SMMU_IDR0_NS1ATS	    SMMU_BIT(11)
#define SMMU_IDR0_ASID16	    SMMU_BIT(12)
#define SMMU_IDR0_MSI		    SMMU_BIT(13)
#define SMMU_IDR0_SEV		    SMMU_BIT(14)
#define SMMU_IDR0_ATOS		    SMMU_BIT(15)
#define SMMU_IDR0_PRI		    SMMU_BIT(16)
#define SMMU_IDR0_VMW		    SMMU_BIT(17)
#define SMMU_IDR0_VMID16	    SMMU_BIT(18)
#define SMMU_IDR0_CD2L		    SMMU_BIT(19)
#define SMMU_IDR0_VATOS		    SMMU_BIT(20)
#define SMMU_IDR0_TTENDIAN_SHIFT    21
#define SMMU_IDR0_TTENDIAN_BITS	    2
#define SMMU_IDR0_TTENDIAN_LITTLE   2
#define SMMU_IDR0_ATSRECERR	    SMMU_BIT(23)
#define SMMU_IDR0_STALL_MODEL_SHIFT 24
#define SMMU_IDR0_STALL_MODEL_BITS  2
#define SMMU_IDR0_STALL_MODEL_BOTH  0
#define SMMU_IDR0_STALL_MODEL_NONE  1
#define SMMU_IDR0_STALL_MODEL_FORCE 2
#define SMMU_IDR0_TERM_MODEL	    SMMU_BIT(26)
#define SMMU_IDR0_ST_LEVEL_SHIFT    27
#define SMMU_IDR0_ST_LEVEL_BITS	    2
#define SMMU_IDR0_ST_LEVEL_2LVL	    1

/* 6.3.2 IDR1 */
#define SMMU_IDR1_SIDSIZE_SHIFT	 0
#define SMMU_IDR1_SIDSIZE_BITS	 6
#define SMMU_IDR1_SSIDSIZE_SHIFT 6
#define SMMU_IDR1_SSIDSIZE_BITS	 5
#define SMMU_IDR1_PRIQS_SHIFT	 11
#define SMMU_IDR1_PRIQS_BITS	 5
#define SMMU_IDR1_EVENTQS_SHIFT	 16
#define SMMU_IDR1_EVENTQS_BITS	 5
#define SMMU_IDR1_CMDQS_SHIFT	 21
#define SMMU_IDR1_CMDQS_BITS	 5
#define SMMU_IDR1_ATTR_PERMS_OVR SMMU_BIT(26)
#define SMMU_IDR1_ATTR_TYPES_OVR SMMU_BIT(27)
#define SMMU_IDR1_REL		 SMMU_BIT(28)
#define SMMU_IDR1_QUEUES_PRESET	 SMMU_BIT(29)
#define SMMU_IDR1_TABLES_PRESET	 SMMU_BIT(30)

/* 6.3.4 IDR3 */
#define SMMU_IDR3_HAD	  SMMU_BIT(2)
#define SMMU_IDR3_PBHA	  SMMU_BIT(3)
#define SMMU_IDR3_XNX	  SMMU_BIT(4)
#define SMMU_IDR3_PPS	  SMMU_BIT(5)
#define SMMU_IDR3_STT	  SMMU_BIT(9)
#define SMMU_IDR3_RIL	  SMMU_BIT(10)
#define SMMU_IDR3_E0PD	  SMMU_BIT(13)
#define SMMU_IDR3_PASIDTT SMMU_BIT(16)

/* 6.3.6 IDR5. OAS: 0..6 = 32, 36, 40, 42, 44, 48, 52 bits (CD.IPS, STE.S2PS are the same). */
#define SMMU_IDR5_OAS_SHIFT	  0
#define SMMU_IDR5_OAS_BITS	  3
#define SMMU_IDR5_GRAN4K	  SMMU_BIT(4)
#define SMMU_IDR5_GRAN16K	  SMMU_BIT(5)
#define SMMU_IDR5_GRAN64K	  SMMU_BIT(6)
#define SMMU_IDR5_VAX_SHIFT	  10
#define SMMU_IDR5_VAX_BITS	  2
#define SMMU_IDR5_VAX_52	  1
#define SMMU_IDR5_STALL_MAX_SHIFT 16
#define SMMU_IDR5_STALL_MAX_BITS  16

/* 6.3.8 AIDR */
#define SMMU_AIDR_V3_1 1

/* 6.3.9 CR0, 6.3.10 CR0ACK */
#define SMMU_CR0_SMMUEN	  SMMU_BIT(0)
#define SMMU_CR0_PRIQEN	  SMMU_BIT(1)
#define SMMU_CR0_EVENTQEN SMMU_BIT(2)
#define SMMU_CR0_CMDQEN	  SMMU_BIT(3)
#define SMMU_CR0_ATSCHK	  SMMU_BIT(4)

/* 6.3.11 CR1: attributes of table and queue accesses. SH: 2 outer, 3 inner; IC/OC: 1 = WB. */
#define SMMU_CR1_QUEUE_IC_SHIFT 0
#define SMMU_CR1_QUEUE_IC_BITS	2
#define SMMU_CR1_QUEUE_OC_SHIFT 2
#define SMMU_CR1_QUEUE_OC_BITS	2
#define SMMU_CR1_QUEUE_SH_SHIFT 4
#define SMMU_CR1_QUEUE_SH_BITS	2
#define SMMU_CR1_TABLE_IC_SHIFT 6
#define SMMU_CR1_TABLE_IC_BITS	2
#define SMMU_CR1_TABLE_OC_SHIFT 8
#define SMMU_CR1_TABLE_OC_BITS	2
#define SMMU_CR1_TABLE_SH_SHIFT 10
#define SMMU_CR1_TABLE_SH_BITS	2
#define SMMU_CR1_QUEUE_MASK	SMMU_MASK(5, 0)
#define SMMU_CR1_TABLE_MASK	SMMU_MASK(11, 6)

/* 6.3.12 CR2 */
#define SMMU_CR2_E2H	     SMMU_BIT(0)
#define SMMU_CR2_RECINVSID   SMMU_BIT(1)
#define SMMU_CR2_PTM	     SMMU_BIT(2)
#define SMMU_CR2_REC_CFG_ATS SMMU_BIT(3)

/* 6.3.14 GBPA */
#define SMMU_GBPA_MEMATTR_SHIFT	 0
#define SMMU_GBPA_MEMATTR_BITS	 4
#define SMMU_GBPA_MTCFG		 SMMU_BIT(4)
#define SMMU_GBPA_ALLOCCFG_SHIFT 8
#define SMMU_GBPA_ALLOCCFG_BITS	 4
#define SMMU_GBPA_SHCFG_SHIFT	 12
#define SMMU_GBPA_SHCFG_BITS	 2
#define SMMU_GBPA_SHCFG_INCOMING 1
#define SMMU_GBPA_PRIVCFG_SHIFT	 16
#define SMMU_GBPA_PRIVCFG_BITS	 2
#define SMMU_GBPA_INSTCFG_SHIFT	 18
#define SMMU_GBPA_INSTCFG_BITS	 2
#define SMMU_GBPA_ABORT		 SMMU_BIT(20)
#define SMMU_GBPA_UPDATE	 SMMU_BIT(31)
#define SMMU_GBPA_ATTRIBUTES	 (SMMU_MASK(4, 0) | SMMU_MASK(13, 8) | SMMU_MASK(20, 16))

/* 6.3.16 IRQ_CTRL, 6.3.18 IRQ_CTRLACK */
#define SMMU_IRQ_CTRL_GERROR_IRQEN SMMU_BIT(0)
#define SMMU_IRQ_CTRL_PRIQ_IRQEN   SMMU_BIT(1)
#define SMMU_IRQ_CTRL_EVENTQ_IRQEN SMMU_BIT(2)

/* 6.3.21, 6.3.30: ADDR of GERROR_IRQ_CFG0 and EVENTQ_IRQ_CFG0; 6.3.23, 6.3.32: CFG2. */
#define SMMU_IRQ_CFG0_ADDR SMMU_MASK(55, 2)
#define SMMU_IRQ_CFG2_ATTR SMMU_MASK(5, 0)
#define SMMU_PRIQ_CFG2_LO  SMMU_BIT(31) /* 6.3.36: only the last request of a group interrupts */

/* 6.3.19 GERROR, 6.3.20 GERRORN: an error is active while its bits differ (7.5). */
#define SMMU_GERROR_CMDQ_ERR	       SMMU_BIT(0)
#define SMMU_GERROR_EVENTQ_ABT_ERR     SMMU_BIT(2)
#define SMMU_GERROR_PRIQ_ABT_ERR       SMMU_BIT(3)
#define SMMU_GERROR_MSI_CMDQ_ABT_ERR   SMMU_BIT(4)
#define SMMU_GERROR_MSI_EVENTQ_ABT_ERR SMMU_BIT(5)
#define SMMU_GERROR_MSI_PRIQ_ABT_ERR   SMMU_BIT(6)
#define SMMU_GERROR_MSI_GERROR_ABT_ERR SMMU_BIT(7)
#define SMMU_GERROR_SFM_ERR	       SMMU_BIT(8)

/* 6.3.24 STRTAB_BASE */
#define SMMU_STRTAB_BASE_ADDR SMMU_MASK(55, 6)
#define SMMU_STRTAB_BASE_RA   SMMU_BIT(62)

/* 6.3.25 STRTAB_BASE_CFG. SPLIT: 6, 8 or 10. */
#define SMMU_STRTAB_CFG_LOG2SIZE_SHIFT 0
#define SMMU_STRTAB_CFG_LOG2SIZE_BITS  6
#define SMMU_STRTAB_CFG_SPLIT_SHIFT    6
#define SMMU_STRTAB_CFG_SPLIT_BITS     5
#define SMMU_STRTAB_CFG_FMT_SHIFT      16
#define SMMU_STRTAB_CFG_FMT_BITS       2
#define SMMU_STRTAB_CFG_FMT_LINEAR     0
#define SMMU_STRTAB_CFG_FMT_2LVL       1

/* 6.3.26 CMDQ_BASE, 6.3.29 EVENTQ_BASE: aligned to the queue's size, at least 32 bytes. */
#define SMMU_Q_BASE_LOG2SIZE_SHIFT 0
#define SMMU_Q_BASE_LOG2SIZE_BITS  5
#define SMMU_Q_BASE_ADDR	   SMMU_MASK(55, 5)
#define SMMU_Q_BASE_RWA		   SMMU_BIT(62) /* RA of the Command queue, WA of the others */

/* 6.3.27 .. 6.3.28, 6.3.95 .. 6.3.96: PROD and CONS: index, above it the wrap bit (3.5.1). */
#define SMMU_Q_INDEX		 SMMU_MASK(19, 0)
#define SMMU_Q_OVERFLOW		 SMMU_BIT(31) /* OVFLG of PROD, OVACKFLG of CONS (7.4) */
#define SMMU_CMDQ_CONS_ERR_SHIFT 24
#define SMMU_CMDQ_CONS_ERR_BITS	 7

/* 7.1: CMDQ_CONS.ERR */
enum smmu_cerror {
	SMMU_CERROR_NONE = 0,
	SMMU_CERROR_ILL = 1,
	SMMU_CERROR_ABT = 2,
	SMMU_CERROR_ATC_INV_SYNC = 3,
};

/* Chapter 4: a command is two doublewords. 4.1.1: opcodes. */
enum { SMMU_CMD_WORDS = 2, SMMU_CMD_BYTES = 16 };

enum smmu_opcode {
	SMMU_CMD_PREFETCH_CONFIG = 0x01,
	SMMU_CMD_PREFETCH_ADDR = 0x02,
	SMMU_CMD_CFGI_STE = 0x03,
	SMMU_CMD_CFGI_STE_RANGE = 0x04, /* Range = 31: CMD_CFGI_ALL (4.3.6) */
	SMMU_CMD_CFGI_CD = 0x05,
	SMMU_CMD_CFGI_CD_ALL = 0x06,
	SMMU_CMD_CFGI_VMS_PIDM = 0x07,
	SMMU_CMD_TLBI_NH_ALL = 0x10,
	SMMU_CMD_TLBI_NH_ASID = 0x11,
	SMMU_CMD_TLBI_NH_VA = 0x12,
	SMMU_CMD_TLBI_NH_VAA = 0x13,
	SMMU_CMD_TLBI_EL3_ALL = 0x18,
	SMMU_CMD_TLBI_EL3_VA = 0x1a,
	SMMU_CMD_TLBI_EL2_ALL = 0x20,
	SMMU_CMD_TLBI_EL2_ASID = 0x21,
	SMMU_CMD_TLBI_EL2_VA = 0x22,
	SMMU_CMD_TLBI_EL2_VAA = 0x23,
	SMMU_CMD_TLBI_S12_VMALL = 0x28,
	SMMU_CMD_TLBI_S2_IPA = 0x2a,
	SMMU_CMD_TLBI_NSNH_ALL = 0x30,
	SMMU_CMD_ATC_INV = 0x40,
	SMMU_CMD_PRI_RESP = 0x41,
	SMMU_CMD_RESUME = 0x44,
	SMMU_CMD_STALL_TERM = 0x45,
	SMMU_CMD_SYNC = 0x46,
};

#define SMMU_CMD0_OPCODE_SHIFT 0
#define SMMU_CMD0_OPCODE_BITS  8
/* 4.2, 4.3, 4.5: commands about a stream */
#define SMMU_CMD0_GLOBAL     SMMU_BIT(9) /* ATC_INV */
#define SMMU_CMD0_SSEC	     SMMU_BIT(10)
#define SMMU_CMD0_SSV	     SMMU_BIT(11)
#define SMMU_CMD0_SSID_SHIFT 12
#define SMMU_CMD0_SSID_BITS  20
#define SMMU_CMD0_SID_SHIFT  32
#define SMMU_CMD0_SID_BITS   32
/* 4.4: TLB invalidation. NUM and SCALE need IDR3.RIL (4.4.1.1). */
#define SMMU_CMD0_NUM_SHIFT   12
#define SMMU_CMD0_NUM_BITS    5
#define SMMU_CMD0_SCALE_SHIFT 20
#define SMMU_CMD0_SCALE_BITS  5
#define SMMU_CMD0_VMID_SHIFT  32
#define SMMU_CMD0_VMID_BITS   16
#define SMMU_CMD0_ASID_SHIFT  48
#define SMMU_CMD0_ASID_BITS   16
/* 4.5.2: CMD_PRI_RESP */
#define SMMU_PRI1_PRG_SHIFT  0
#define SMMU_PRI1_PRG_BITS   9
#define SMMU_PRI1_RESP_SHIFT 12
#define SMMU_PRI1_RESP_BITS  2
/* 4.7.1: CMD_RESUME */
#define SMMU_RESUME0_RETRY	SMMU_BIT(12) /* Ac */
#define SMMU_RESUME0_ABORT	SMMU_BIT(13) /* Ab */
#define SMMU_RESUME1_STAG_SHIFT 0
#define SMMU_RESUME1_STAG_BITS	16
/* 4.7.3: CMD_SYNC */
#define SMMU_SYNC0_CS_SHIFT	 12
#define SMMU_SYNC0_CS_BITS	 2
#define SMMU_SYNC0_MSH_SHIFT	 22
#define SMMU_SYNC0_MSH_BITS	 2
#define SMMU_SYNC0_MSIATTR_SHIFT 24
#define SMMU_SYNC0_MSIATTR_BITS	 4
#define SMMU_SYNC0_MSIDATA_SHIFT 32
#define SMMU_SYNC0_MSIDATA_BITS	 32
#define SMMU_SYNC1_MSIADDR	 SMMU_MASK(55, 2) /* [55:52] are RES0 up to SMMUv3.3 (4.1.6) */

/* 4.5.2 Resp, as the field encodes it; 3 is ILLEGAL. */
enum smmu_pri_resp { SMMU_PRI_FAILURE, SMMU_PRI_INVALID, SMMU_PRI_SUCCESS };

enum smmu_sync_signal { SMMU_SYNC_NONE, SMMU_SYNC_IRQ, SMMU_SYNC_SEV, SMMU_SYNC_RESERVED };

#define SMMU_CMD1_LEAF	      SMMU_BIT(0) /* CFGI_STE, CFGI_CD, TLBI_*_VA(A) */
#define SMMU_CMD1_RANGE_SHIFT 0		  /* CFGI_STE_RANGE */
#define SMMU_CMD1_RANGE_BITS  5
#define SMMU_CMD1_RANGE_ALL   31
#define SMMU_CMD1_SIZE_SHIFT  0 /* ATC_INV: 4096 << Size bytes */
#define SMMU_CMD1_SIZE_BITS   6
#define SMMU_CMD1_SIZE_ALL    52
#define SMMU_CMD1_TTL_SHIFT   8
#define SMMU_CMD1_TTL_BITS    2
#define SMMU_CMD1_TG_SHIFT    10
#define SMMU_CMD1_TG_BITS     2
#define SMMU_CMD1_TG_ANY      0 /* no range, no level hint */
#define SMMU_CMD1_TG_4K	      1
#define SMMU_CMD1_TG_16K      2
#define SMMU_CMD1_TG_64K      3
#define SMMU_CMD1_ADDR	      SMMU_MASK(63, 12)
#define SMMU_CMD1_IPA	      SMMU_MASK(51, 12) /* TLBI_S2_IPA (4.4.3.1) */

/* A command as it stands in the queue. */
struct smmu_command {
	uint64_t word[SMMU_CMD_WORDS];
};

/* Builders: one for each shape of command. They set no reserved bit for arguments in range. */
static inline struct smmu_command smmu_cmd_cfgi_ste(uint32_t sid, bool leaf)
{
	return (struct smmu_command){{SMMU_CMD_CFGI_STE | smmu_put(SMMU_CMD0_SID, sid), leaf}};
}

static inline struct smmu_command smmu_cmd_cfgi_all(void)
{
	return (struct smmu_command){{SMMU_CMD_CFGI_STE_RANGE, SMMU_CMD1_RANGE_ALL}};
}

static inline struct smmu_command smmu_cmd_cfgi_cd(uint32_t sid, uint32_t ssid, bool leaf)
{
	return (struct smmu_command){
		{SMMU_CMD_CFGI_CD | smmu_put(SMMU_CMD0_SSID, ssid) | smmu_put(SMMU_CMD0_SID, sid),
		 leaf}};
}

static inline struct smmu_command smmu_cmd_cfgi_cd_all(uint32_t sid)
{
	return (struct smmu_command){{SMMU_CMD_CFGI_CD_ALL | smmu_put(SMMU_CMD0_SID, sid)}};
}

/* PREFETCH_CONFIG of a stream (substream if ssv). */
static inline struct smmu_command smmu_cmd_prefetch(uint32_t sid, bool ssv, uint32_t ssid)
{
	return (struct smmu_command){{SMMU_CMD_PREFETCH_CONFIG | (ssv ? SMMU_CMD0_SSV : 0) |
				      smmu_put(SMMU_CMD0_SSID, ssv ? ssid : 0) |
				      smmu_put(SMMU_CMD0_SID, sid)}};
}

/* TLBI_*_ALL and TLBI_*_ASID; pass 0 for an ASID that the opcode does not have. */
static inline struct smmu_command smmu_cmd_tlbi(enum smmu_opcode opcode, uint16_t asid)
{
	return (struct smmu_command){{opcode | smmu_put(SMMU_CMD0_ASID, asid)}};
}

/* TLBI_*_VA and TLBI_*_VAA. */
static inline struct smmu_command smmu_cmd_tlbi_va(enum smmu_opcode opcode, uint16_t asid,
						   uint64_t va, bool leaf)
{
	return (struct smmu_command){
		{opcode | smmu_put(SMMU_CMD0_ASID, asid), (va & SMMU_CMD1_ADDR) | leaf}};
}

/* TLBI_*_VA and TLBI_*_VAA of (num + 1) << scale pages of 4 KiB from va on; ttl 0: leaves of any
 * level. Needs IDR3.RIL (4.4.1.1). */
static inline struct smmu_command smmu_cmd_tlbi_range(enum smmu_opcode opcode, uint16_t asid,
						      uint64_t va, unsigned num, unsigned scale,
						      unsigned ttl, bool leaf)
{
	struct smmu_command command = smmu_cmd_tlbi_va(opcode, asid, va, leaf);

	command.word[0] |= smmu_put(SMMU_CMD0_NUM, num) | smmu_put(SMMU_CMD0_SCALE, scale);
	command.word[1] |= smmu_put(SMMU_CMD1_TG, SMMU_CMD1_TG_4K) | smmu_put(SMMU_CMD1_TTL, ttl);
	return command;
}

/* 4096 << log2_pages bytes that contain va; SMMU_CMD1_SIZE_ALL for the whole space. */
static inline struct smmu_command smmu_cmd_atc_inv(uint32_t sid, bool ssv, uint32_t ssid,
						   uint64_t va, unsigned log2_pages)
{
	return (struct smmu_command){
		{SMMU_CMD_ATC_INV | (ssv ? SMMU_CMD0_SSV : 0) |
			 smmu_put(SMMU_CMD0_SSID, ssv ? ssid : 0) | smmu_put(SMMU_CMD0_SID, sid),
		 (va & SMMU_CMD1_ADDR) | smmu_put(SMMU_CMD1_SIZE, log2_pages)}};
}

/* Answer to the page request group `prg` of a stream (substream if ssv). */
static inline struct smmu_command smmu_cmd_pri_resp(uint32_t sid, bool ssv, uint32_t ssid,
						    uint16_t prg, enum smmu_pri_resp resp)
{
	return (struct smmu_command){
		{SMMU_CMD_PRI_RESP | (ssv ? SMMU_CMD0_SSV : 0) |
			 smmu_put(SMMU_CMD0_SSID, ssv ? ssid : 0) | smmu_put(SMMU_CMD0_SID, sid),
		 smmu_put(SMMU_PRI1_PRG, prg) | smmu_put(SMMU_PRI1_RESP, resp)}};
}

/* TLBI_S12_VMALL: both stages of a VMID. TLBI_S2_IPA: its stage 2 of one IPA. */
static inline struct smmu_command smmu_cmd_tlbi_s12(uint16_t vmid)
{
	return (struct smmu_command){{SMMU_CMD_TLBI_S12_VMALL | smmu_put(SMMU_CMD0_VMID, vmid)}};
}

static inline struct smmu_command smmu_cmd_tlbi_s2_ipa(uint16_t vmid, uint64_t ipa, bool leaf)
{
	return (struct smmu_command){{SMMU_CMD_TLBI_S2_IPA | smmu_put(SMMU_CMD0_VMID, vmid),
				      (ipa & SMMU_CMD1_IPA) | leaf}};
}

static inline struct smmu_command smmu_cmd_sync(enum smmu_sync_signal signal)
{
	return (struct smmu_command){{SMMU_CMD_SYNC | smmu_put(SMMU_SYNC0_CS, signal)}};
}

/* CMD_SYNC that writes `data` to addr, 4-byte aligned, when it completes. */
static inline struct smmu_command smmu_cmd_sync_msi(uint64_t addr, uint32_t data)
{
	return (struct smmu_command){{SMMU_CMD_SYNC | smmu_put(SMMU_SYNC0_CS, SMMU_SYNC_IRQ) |
					      smmu_put(SMMU_SYNC0_MSIDATA, data),
				      addr & SMMU_SYNC1_MSIADDR}};
}

/* The stalled transaction is retried, or else aborted. */
static inline struct smmu_command smmu_cmd_resume(uint32_t sid, uint16_t stag, bool retry)
{
	return (struct smmu_command){{SMMU_CMD_RESUME | smmu_put(SMMU_CMD0_SID, sid) |
					      (retry ? SMMU_RESUME0_RETRY : SMMU_RESUME0_ABORT),
				      stag}};
}

static inline struct smmu_command smmu_cmd_stall_term(uint32_t sid)
{
	return (struct smmu_command){{SMMU_CMD_STALL_TERM | smmu_put(SMMU_CMD0_SID, sid)}};
}

/* 7.3: an event record is four doublewords; smmu_event_decode() knows which type has what. */
enum { SMMU_EVENT_WORDS = 4, SMMU_EVENT_BYTES = 32 };

#define SMMU_EVENT0_TYPE_SHIFT	 0
#define SMMU_EVENT0_TYPE_BITS	 8
#define SMMU_EVENT0_SSV		 SMMU_BIT(11)
#define SMMU_EVENT0_SSID_SHIFT	 12
#define SMMU_EVENT0_SSID_BITS	 20
#define SMMU_EVENT0_SID_SHIFT	 32
#define SMMU_EVENT0_SID_BITS	 32
#define SMMU_EVENT1_REASON_SHIFT 0 /* STAG of the events that can stall */
#define SMMU_EVENT1_REASON_BITS	 16
#define SMMU_EVENT1_STALL	 SMMU_BIT(31)
#define SMMU_EVENT1_PNU		 SMMU_BIT(33)
#define SMMU_EVENT1_IND		 SMMU_BIT(34)
#define SMMU_EVENT1_RNW		 SMMU_BIT(35)
#define SMMU_EVENT1_S2		 SMMU_BIT(39)
#define SMMU_EVENT1_CLASS_SHIFT	 40
#define SMMU_EVENT1_CLASS_BITS	 2
#define SMMU_EVENT1_TTRNW	 SMMU_BIT(44) /* F_PERMISSION of class TT */
/* E_PAGE_REQUEST (7.3.19): rights as R, W, X from the top. */
#define SMMU_EVENT1_USER_SHIFT 33
#define SMMU_EVENT1_USER_BITS  3
#define SMMU_EVENT1_PRIV_SHIFT 37
#define SMMU_EVENT1_PRIV_BITS  3
#define SMMU_EVENT1_SPAN_SHIFT 44
#define SMMU_EVENT1_SPAN_BITS  8
#define SMMU_EVENT3_FETCHADDR  SMMU_MASK(55, 3)
#define SMMU_EVENT3_IPA	       SMMU_MASK(51, 12) /* of stage-2 faults */

/* Chapter 8: an entry of the PRI queue is two doublewords. */
enum { SMMU_PRI_WORDS = 2, SMMU_PRI_BYTES = 16 };

#define SMMU_PRIQ0_SID_SHIFT  0
#define SMMU_PRIQ0_SID_BITS   32
#define SMMU_PRIQ0_SSID_SHIFT 32
#define SMMU_PRIQ0_SSID_BITS  20
#define SMMU_PRIQ0_PRIV	      SMMU_BIT(58)
#define SMMU_PRIQ0_EXEC	      SMMU_BIT(59)
#define SMMU_PRIQ0_READ	      SMMU_BIT(60)
#define SMMU_PRIQ0_WRITE      SMMU_BIT(61)
#define SMMU_PRIQ0_LAST	      SMMU_BIT(62)
#define SMMU_PRIQ0_SSV	      SMMU_BIT(63)
#define SMMU_PRIQ1_PRG_SHIFT  0
#define SMMU_PRIQ1_PRG_BITS   9
#define SMMU_PRIQ1_ADDR	      SMMU_MASK(63, 12)

/* 5.1 L1STD. Span: 0 = invalid, 1..11: 1 << (Span - 1) STEs. */
#define SMMU_L1STD_SPAN_SHIFT 0
#define SMMU_L1STD_SPAN_BITS  5
#define SMMU_L1STD_L2PTR      SMMU_MASK(55, 6)

/* 5.2 STE: 64 bytes; SMMU_STEn_ is a field of doubleword n. */
enum { SMMU_STE_BYTES = 64 };

#define SMMU_STE0_V		  SMMU_BIT(0)
#define SMMU_STE0_CONFIG_SHIFT	  1
#define SMMU_STE0_CONFIG_BITS	  3
#define SMMU_STE0_CONFIG_ABORT	  0
#define SMMU_STE0_CONFIG_BYPASS	  4
#define SMMU_STE0_CONFIG_S1	  5
#define SMMU_STE0_CONFIG_S2	  6
#define SMMU_STE0_CONFIG_S1S2	  7
#define SMMU_STE0_S1FMT_SHIFT	  4
#define SMMU_STE0_S1FMT_BITS	  2
#define SMMU_STE0_S1FMT_LINEAR	  0
#define SMMU_STE0_S1FMT_4K_L2	  1
#define SMMU_STE0_S1FMT_64K_L2	  2
#define SMMU_STE0_S1CONTEXTPTR	  SMMU_MASK(55, 6)
#define SMMU_STE0_S1CDMAX_SHIFT	  59
#define SMMU_STE0_S1CDMAX_BITS	  5
#define SMMU_STE1_S1DSS_SHIFT	  0
#define SMMU_STE1_S1DSS_BITS	  2
#define SMMU_STE1_S1DSS_TERMINATE 0
#define SMMU_STE1_S1DSS_BYPASS	  1
#define SMMU_STE1_S1DSS_SSID0	  2
#define SMMU_STE1_S1CIR_SHIFT	  2
#define SMMU_STE1_S1CIR_BITS	  2
#define SMMU_STE1_S1COR_SHIFT	  4
#define SMMU_STE1_S1COR_BITS	  2
#define SMMU_STE1_S1CSH_SHIFT	  6
#define SMMU_STE1_S1CSH_BITS	  2
#define SMMU_STE1_CONT_SHIFT	  13
#define SMMU_STE1_CONT_BITS	  4
#define SMMU_STE1_PPAR		  SMMU_BIT(18)
#define SMMU_STE1_MEV		  SMMU_BIT(19)
#define SMMU_STE1_S1STALLD	  SMMU_BIT(27)
#define SMMU_STE1_EATS_SHIFT	  28
#define SMMU_STE1_EATS_BITS	  2
#define SMMU_STE1_EATS_NONE	  0
#define SMMU_STE1_EATS_FULL	  1
#define SMMU_STE1_EATS_SPLIT	  2
#define SMMU_STE1_STRW_SHIFT	  30
#define SMMU_STE1_STRW_BITS	  2
#define SMMU_STE1_STRW_EL1	  0
#define SMMU_STE1_STRW_EL2	  2
#define SMMU_STE1_MEMATTR_SHIFT	  32
#define SMMU_STE1_MEMATTR_BITS	  4
#define SMMU_STE1_MTCFG		  SMMU_BIT(36)
#define SMMU_STE1_ALLOCCFG_SHIFT  37
#define SMMU_STE1_ALLOCCFG_BITS	  4
#define SMMU_STE1_SHCFG_SHIFT	  44
#define SMMU_STE1_SHCFG_BITS	  2
#define SMMU_STE1_SHCFG_INCOMING  1
#define SMMU_STE1_PRIVCFG_SHIFT	  48 /* PRIVCFG, INSTCFG: 0 incoming, 2 unpriv/data, 3 the other */
#define SMMU_STE1_PRIVCFG_BITS	  2
#define SMMU_STE1_INSTCFG_SHIFT	  50
#define SMMU_STE1_INSTCFG_BITS	  2
#define SMMU_STE2_S2VMID_SHIFT	  0
#define SMMU_STE2_S2VMID_BITS	  16
#define SMMU_STE2_S2T0SZ_SHIFT	  32
#define SMMU_STE2_S2T0SZ_BITS	  6
#define SMMU_STE2_S2SL0_SHIFT	  38
#define SMMU_STE2_S2SL0_BITS	  2
#define SMMU_STE2_S2IR0_SHIFT	  40
#define SMMU_STE2_S2IR0_BITS	  2
#define SMMU_STE2_S2OR0_SHIFT	  42
#define SMMU_STE2_S2OR0_BITS	  2
#define SMMU_STE2_S2SH0_SHIFT	  44
#define SMMU_STE2_S2SH0_BITS	  2
#define SMMU_STE2_S2TG_SHIFT	  46 /* 0: 4 KiB, 1: 64 KiB, 2: 16 KiB */
#define SMMU_STE2_S2TG_BITS	  2
#define SMMU_STE2_S2PS_SHIFT	  48
#define SMMU_STE2_S2PS_BITS	  3
#define SMMU_STE2_S2AA64	  SMMU_BIT(51)
#define SMMU_STE2_S2ENDI	  SMMU_BIT(52)
#define SMMU_STE2_S2AFFD	  SMMU_BIT(53)
#define SMMU_STE2_S2PTW		  SMMU_BIT(54)
#define SMMU_STE2_S2HD		  SMMU_BIT(55)
#define SMMU_STE2_S2HA		  SMMU_BIT(56)
#define SMMU_STE2_S2S		  SMMU_BIT(57)
#define SMMU_STE2_S2R		  SMMU_BIT(58)
#define SMMU_STE3_S2TTB		  SMMU_MASK(51, 4)

/* 5.3 L1CD */
#define SMMU_L1CD_V	SMMU_BIT(0)
#define SMMU_L1CD_L2PTR SMMU_MASK(55, 12)

/* 5.4 CD: 64 bytes; SMMU_CDn_ is a field of doubleword n. */
enum { SMMU_CD_BYTES = 64 };

#define SMMU_CD0_T0SZ_SHIFT 0
#define SMMU_CD0_T0SZ_BITS  6
#define SMMU_CD0_TG0_SHIFT  6 /* 0: 4 KiB, 1: 64 KiB, 2: 16 KiB */
#define SMMU_CD0_TG0_BITS   2
#define SMMU_CD0_IR0_SHIFT  8 /* IR, OR: 1 = write-back; SH: 3 = inner shareable */
#define SMMU_CD0_IR0_BITS   2
#define SMMU_CD0_OR0_SHIFT  10
#define SMMU_CD0_OR0_BITS   2
#define SMMU_CD0_SH0_SHIFT  12
#define SMMU_CD0_SH0_BITS   2
#define SMMU_CD0_EPD0	    SMMU_BIT(14)
#define SMMU_CD0_ENDI	    SMMU_BIT(15)
#define SMMU_CD0_T1SZ_SHIFT 16
#define SMMU_CD0_T1SZ_BITS  6
#define SMMU_CD0_TG1_SHIFT  22 /* 1: 16 KiB, 2: 4 KiB, 3: 64 KiB */
#define SMMU_CD0_TG1_BITS   2
#define SMMU_CD0_IR1_SHIFT  24
#define SMMU_CD0_IR1_BITS   2
#define SMMU_CD0_OR1_SHIFT  26
#define SMMU_CD0_OR1_BITS   2
#define SMMU_CD0_SH1_SHIFT  28
#define SMMU_CD0_SH1_BITS   2
#define SMMU_CD0_EPD1	    SMMU_BIT(30)
#define SMMU_CD0_V	    SMMU_BIT(31)
#define SMMU_CD0_IPS_SHIFT  32
#define SMMU_CD0_IPS_BITS   3
#define SMMU_CD0_AFFD	    SMMU_BIT(35)
#define SMMU_CD0_WXN	    SMMU_BIT(36)
#define SMMU_CD0_UWXN	    SMMU_BIT(37)
#define SMMU_CD0_TBI0	    SMMU_BIT(38)
#define SMMU_CD0_TBI1	    SMMU_BIT(39)
#define SMMU_CD0_PAN	    SMMU_BIT(40)
#define SMMU_CD0_AA64	    SMMU_BIT(41)
#define SMMU_CD0_HD	    SMMU_BIT(42)
#define SMMU_CD0_HA	    SMMU_BIT(43)
#define SMMU_CD0_S	    SMMU_BIT(44)
#define SMMU_CD0_R	    SMMU_BIT(45)
#define SMMU_CD0_A	    SMMU_BIT(46)
#define SMMU_CD0_ASET	    SMMU_BIT(47)
#define SMMU_CD0_ASID_SHIFT 48
#define SMMU_CD0_ASID_BITS  16
#define SMMU_CD1_NSCFG0	    SMMU_BIT(0)
#define SMMU_CD1_HAD0	    SMMU_BIT(1)
#define SMMU_CD1_TTB0	    SMMU_MASK(51, 4)
#define SMMU_CD2_NSCFG1	    SMMU_BIT(0)
#define SMMU_CD2_HAD1	    SMMU_BIT(1)
#define SMMU_CD2_TTB1	    SMMU_MASK(51, 4)
/* Doubleword 3 is MAIR, 4 is AMAIR. */

#ifdef __cplusplus
}
#endif

#endif
