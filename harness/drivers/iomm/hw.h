/* SPDX-License-Identifier: MIT */
/*
 * What the driver knows of an SMMUv3: register offsets, fields, structures and commands, written
 * from IHI 0070 and from nothing of the emulated SMMU, so that a misreading there shows.
 */
#ifndef SVAFUZZ_IOMM_HW_H
#define SVAFUZZ_IOMM_HW_H

#include <stdbool.h>
#include <stdint.h>

/* 6.2 Register overview */
enum {
	HW_IDR0 = 0x00,
	HW_IDR1 = 0x04,
	HW_IDR5 = 0x14,
	HW_CR0 = 0x20,
	HW_CR0ACK = 0x24,
	HW_CR1 = 0x28,
	HW_CR2 = 0x2c,
	HW_IRQ_CTRL = 0x50,
	HW_IRQ_CTRLACK = 0x54,
	HW_GERROR = 0x60,
	HW_GERRORN = 0x64,
	HW_GERROR_IRQ_CFG0 = 0x68,
	HW_STRTAB_BASE = 0x80,
	HW_STRTAB_BASE_CFG = 0x88,
	HW_CMDQ_BASE = 0x90,
	HW_CMDQ_PROD = 0x98,
	HW_CMDQ_CONS = 0x9c,
	HW_EVENTQ_BASE = 0xa0,
	HW_EVENTQ_IRQ_CFG0 = 0xb0,
	HW_EVENTQ_PROD = 0x100a8, /* page 1 */
	HW_EVENTQ_CONS = 0x100ac,
};

/* 6.3.1 IDR0 */
#define HW_IDR0_S2P	   (1u << 0)
#define HW_IDR0_S1P	   (1u << 1)
#define HW_IDR0_TTF_AA64   (1u << 3)
#define HW_IDR0_HYP	   (1u << 9)
#define HW_IDR0_ATS	   (1u << 10)
#define HW_IDR0_ASID16	   (1u << 12)
#define HW_IDR0_MSI	   (1u << 13)
#define HW_IDR0_CD2L	   (1u << 19)
#define HW_IDR0_STALL(r)   ((r) >> 24 & 0x3u) /* 0: CD.S and STE.S1STALLD may be used */
#define HW_IDR0_ST_LEVEL_2 (1u << 27)
/* 6.3.2 IDR1 */
#define HW_IDR1_SIDSIZE(r)  ((r)&0x3fu)
#define HW_IDR1_SSIDSIZE(r) ((r) >> 6 & 0x1fu)
#define HW_IDR1_EVENTQS(r)  ((r) >> 16 & 0x1fu)
#define HW_IDR1_CMDQS(r)    ((r) >> 21 & 0x1fu)
/* 6.3.6 IDR5: the OAS encoding is that of CD.IPS. */
#define HW_IDR5_OAS(r) ((r)&0x7u)
#define HW_IDR5_GRAN4K (1u << 4)
#define HW_OAS_40      2u
#define HW_OAS_48      5u

/* 6.3.9 CR0 */
#define HW_CR0_SMMUEN	(1u << 0)
#define HW_CR0_EVENTQEN (1u << 2)
#define HW_CR0_CMDQEN	(1u << 3)
#define HW_CR0_ATSCHK	(1u << 4)
/* 6.3.11 CR1: tables and queues inner shareable, write-back */
#define HW_CR1_CACHEABLE 0xd75u
/* 6.3.12 CR2 */
#define HW_CR2_RECINVSID (1u << 1)
#define HW_CR2_PTM	 (1u << 2)
/* 6.3.16 IRQ_CTRL */
#define HW_IRQ_GERROR (1u << 0)
#define HW_IRQ_EVENTQ (1u << 2)
/* 6.3.18 GERROR */
#define HW_GERROR_CMDQ_ERR (1u << 0)
/* 6.3.24, 6.3.25 STRTAB_BASE, STRTAB_BASE_CFG */
#define HW_BASE_RA		  (1ull << 62)
#define HW_STRTAB_CFG_SPLIT(bits) ((uint32_t)(bits) << 6)
#define HW_STRTAB_CFG_FMT_2LVL	  (1u << 16)
/* 6.3.28 CMDQ_CONS.ERR, 7.1 */
#define HW_CMDQ_ERR(r) ((r) >> 24 & 0x7fu)
#define HW_CERROR_ILL  1u
/* 6.3.33 EVENTQ_PROD.OVFLG, EVENTQ_CONS.OVACKFLG */
#define HW_EVENTQ_OVFLG (1u << 31)

/* 5.1 L1STD: 2^(Span - 1) STEs */
#define HW_L1STD_SPAN(bits) ((uint64_t)(bits) + 1)

/* 5.2 STE */
enum { HW_STE_WORDS = 8, HW_STE_SIZE = 64 };
#define HW_STE0_V	       (1ull << 0)
#define HW_STE0_ABORT	       (0ull << 1)
#define HW_STE0_BYPASS	       (4ull << 1)
#define HW_STE0_S1	       (5ull << 1)
#define HW_STE0_S2	       (6ull << 1)
#define HW_STE0_NESTED	       (7ull << 1)
#define HW_STE0_S1FMT_4K       (1ull << 4) /* two-level, 4 KiB leaves */
#define HW_STE0_S1CDMAX(bits)  ((uint64_t)(bits) << 59)
#define HW_STE1_S1DSS_TERM     (0ull << 0)
#define HW_STE1_S1DSS_BYPASS   (1ull << 0)
#define HW_STE1_S1DSS_SSID0    (2ull << 0)
#define HW_STE1_S1CIR_WBRA     (1ull << 2)
#define HW_STE1_S1COR_WBRA     (1ull << 4)
#define HW_STE1_S1CSH_INNER    (3ull << 6)
#define HW_STE1_S1STALLD       (1ull << 27)
#define HW_STE1_EATS_FULL      (1ull << 28)
#define HW_STE1_STRW_NSEL1     (0ull << 30)
#define HW_STE1_SHCFG_INCOMING (1ull << 44)
#define HW_STE2_S2VMID(vmid)   ((uint64_t)(vmid) << 0)
#define HW_STE2_S2T0SZ(n)      ((uint64_t)(n) << 32)
#define HW_STE2_S2SL0_LEVEL1   (1ull << 38)
#define HW_STE2_S2IR0_WBRA     (1ull << 40)
#define HW_STE2_S2OR0_WBRA     (1ull << 42)
#define HW_STE2_S2SH0_INNER    (3ull << 44)
#define HW_STE2_S2TG_4K	       (0ull << 46)
#define HW_STE2_S2PS(oas)      ((uint64_t)(oas) << 48)
#define HW_STE2_S2AA64	       (1ull << 51)
#define HW_STE2_S2R	       (1ull << 58)

/* DDI 0487 D8.3: stage-2 descriptors of VMSAv8-64, 4 KiB granule. */
#define HW_S2_TABLE	 (3ull << 0)
#define HW_S2_BLOCK	 (1ull << 0)
#define HW_S2_MEMATTR_WB (0xfull << 2)
#define HW_S2_READ	 (1ull << 6)
#define HW_S2_WRITE	 (1ull << 7)
#define HW_S2_SH_INNER	 (3ull << 8)
#define HW_S2_AF	 (1ull << 10)

/* 5.3 L1CD */
#define HW_L1CD_V (1ull << 0)
enum { HW_CD_LEAF_BITS = 6, HW_CD_LEAF = 1 << HW_CD_LEAF_BITS };

/* 5.4 CD */
enum { HW_CD_WORDS = 8, HW_CD_SIZE = 64 };
#define HW_CD0_T0SZ(n)	 ((uint64_t)(n) << 0)
#define HW_CD0_TG0_4K	 (0ull << 6)
#define HW_CD0_IR0_WBWA	 (1ull << 8)
#define HW_CD0_OR0_WBWA	 (1ull << 10)
#define HW_CD0_SH0_INNER (3ull << 12)
#define HW_CD0_T1SZ(n)	 ((uint64_t)(n) << 16)
#define HW_CD0_TG1_4K	 (2ull << 22)
#define HW_CD0_EPD1	 (1ull << 30)
#define HW_CD0_V	 (1ull << 31)
#define HW_CD0_IPS(oas)	 ((uint64_t)(oas) << 32)
#define HW_CD0_AA64	 (1ull << 41)
#define HW_CD0_R	 (1ull << 45)
#define HW_CD0_A	 (1ull << 46)
#define HW_CD0_ASET	 (1ull << 47)
#define HW_CD0_ASID(a)	 ((uint64_t)(a) << 48)
/* 5.4 MAIR: every attribute is Normal write-back. */
#define HW_CD3_MAIR_WB 0xffffffffffffffffull

/* 4.1.1 Commands */
enum {
	HW_CMD_PREFETCH_ADDR = 0x02,
	HW_CMD_CFGI_STE = 0x03,
	HW_CMD_CFGI_ALL = 0x04,
	HW_CMD_CFGI_CD = 0x05,
	HW_CMD_TLBI_NH_ALL = 0x10,
	HW_CMD_TLBI_NH_ASID = 0x11,
	HW_CMD_TLBI_NH_VA = 0x12,
	HW_CMD_TLBI_EL2_ALL = 0x20,
	HW_CMD_TLBI_S12_VMALL = 0x28,
	HW_CMD_TLBI_NSNH_ALL = 0x30,
	HW_CMD_ATC_INV = 0x40,
	HW_CMD_SYNC = 0x46,
};
enum { HW_CMD_SIZE = 16, HW_EVENT_SIZE = 32, HW_ATC_ALL = 52 };

/* 7.3 Event records: type and StreamID of word 0, S2 of word 1 */
#define HW_EVENT_TYPE(word0) ((unsigned)((word0)&0xff))
#define HW_EVENT_SID(word0)  ((uint32_t)((word0) >> 32))
#define HW_EVENT1_S2	     (1ull << 39)
enum {
	HW_EVENT_C_BAD_STREAMID = 0x02,
	HW_EVENT_C_BAD_SUBSTREAMID = 0x08,
	HW_EVENT_F_CD_FETCH = 0x09,
	HW_EVENT_C_BAD_CD = 0x0a,
	HW_EVENT_F_WALK_EABT = 0x0b,
	HW_EVENT_F_TRANSLATION = 0x10,
	HW_EVENT_F_ADDR_SIZE = 0x11,
	HW_EVENT_F_ACCESS = 0x12,
	HW_EVENT_F_PERMISSION = 0x13,
};

struct hw_cmd {
	uint64_t word[2];
};

static inline struct hw_cmd hw_cmd_plain(unsigned opcode)
{
	return (struct hw_cmd){{opcode, 0}};
}

/* 4.3.1 */
static inline struct hw_cmd hw_cmd_cfgi_ste(uint32_t sid)
{
	return (struct hw_cmd){{HW_CMD_CFGI_STE | (uint64_t)sid << 32, 1}};
}

/* 4.3.2: Range = 31 is every StreamID. */
static inline struct hw_cmd hw_cmd_cfgi_all(void)
{
	return (struct hw_cmd){{HW_CMD_CFGI_ALL, 31}};
}

/* 4.3.3: without `leaf` the L1CD that locates the CD goes too. */
static inline struct hw_cmd hw_cmd_cfgi_cd(uint32_t sid, uint32_t ssid, bool leaf)
{
	return (struct hw_cmd){{HW_CMD_CFGI_CD | (uint64_t)ssid << 12 | (uint64_t)sid << 32, leaf}};
}

/* 4.4.2: without stage 2 (IDR0.S2P) there is VMID 0 only. */
static inline struct hw_cmd hw_cmd_tlbi_all(uint16_t vmid)
{
	return (struct hw_cmd){{HW_CMD_TLBI_NH_ALL | (uint64_t)vmid << 32, 0}};
}

static inline struct hw_cmd hw_cmd_tlbi_asid(uint16_t vmid, uint16_t asid)
{
	return (struct hw_cmd){
		{HW_CMD_TLBI_NH_ASID | (uint64_t)vmid << 32 | (uint64_t)asid << 48, 0}};
}

static inline struct hw_cmd hw_cmd_tlbi_va(uint16_t vmid, uint16_t asid, uint64_t va, bool leaf)
{
	return (struct hw_cmd){{HW_CMD_TLBI_NH_VA | (uint64_t)vmid << 32 | (uint64_t)asid << 48,
				(va & ~0xfffull) | leaf}};
}

/* 4.4.3.2: both stages of a VM. */
static inline struct hw_cmd hw_cmd_tlbi_vmall(uint16_t vmid)
{
	return (struct hw_cmd){{HW_CMD_TLBI_S12_VMALL | (uint64_t)vmid << 32, 0}};
}

/* 4.5.1: 4 KiB << size from va on, aligned by the SMMU. */
static inline struct hw_cmd hw_cmd_atc_inv(uint32_t sid, bool ssv, uint32_t ssid, uint64_t va,
					   unsigned size)
{
	return (struct hw_cmd){
		{HW_CMD_ATC_INV | (uint64_t)ssv << 11 | (uint64_t)ssid << 12 | (uint64_t)sid << 32,
		 (va & ~0xfffull) | size}};
}

/* 4.5.1: everything of every PASID. */
static inline struct hw_cmd hw_cmd_atc_inv_global(uint32_t sid)
{
	struct hw_cmd cmd = hw_cmd_atc_inv(sid, true, 0, 0, HW_ATC_ALL);

	cmd.word[0] |= 1u << 9;
	return cmd;
}

/* 4.2.2: one translation of 4 KiB. */
static inline struct hw_cmd hw_cmd_prefetch_addr(uint32_t sid, bool ssv, uint32_t ssid, uint64_t va)
{
	return (struct hw_cmd){{HW_CMD_PREFETCH_ADDR | (uint64_t)ssv << 11 | (uint64_t)ssid << 12 |
					(uint64_t)sid << 32,
				va & ~0xfffull}};
}

#endif
