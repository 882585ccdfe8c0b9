/* SPDX-License-Identifier: MIT */
/*
 * What a guest knows of an SMMUv3: the Context Descriptor, written from IHI 0070 5.4 and from
 * nothing of the emulated SMMU or of the host's driver, so that a misreading there shows.
 */
#ifndef SVAFUZZ_OWNERS_GUEST_HW_H
#define SVAFUZZ_OWNERS_GUEST_HW_H

#include <stdint.h>

enum { GUEST_CD_WORDS = 8, GUEST_CD_SIZE = 64 };
/* Word 0 */
#define GUEST_CD0_T0SZ(n)  ((uint64_t)(n) << 0)
#define GUEST_CD0_TG0_4K   (0ull << 6)
#define GUEST_CD0_IR0_WBWA (1ull << 8)
#define GUEST_CD0_OR0_WBWA (1ull << 10)
#define GUEST_CD0_SH0_IS   (3ull << 12)
#define GUEST_CD0_EPD1	   (1ull << 30)
#define GUEST_CD0_V	   (1ull << 31)
/* IPS: addresses of 36 bits, the smallest size in which the guest's memory lies. */
#define GUEST_CD0_IPS_36  (1ull << 32)
#define GUEST_CD0_AA64	  (1ull << 41)
#define GUEST_CD0_R	  (1ull << 45)
#define GUEST_CD0_A	  (1ull << 46)
#define GUEST_CD0_ASET	  (1ull << 47)
#define GUEST_CD0_ASID(a) ((uint64_t)(a) << 48)
/* Word 3: MAIR, each attribute Normal write-back. */
#define GUEST_CD3_MAIR_WB 0xffffffffffffffffull

#endif
