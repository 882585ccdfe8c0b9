/* SPDX-License-Identifier: MIT */
/*
 * Where everything is in a device-level trace: pages of 4 KiB, counted from the base of RAM. The
 * numbers are part of the language: `p8` is page 8.
 */
#ifndef SVAFUZZ_DEVICE_LAYOUT_H
#define SVAFUZZ_DEVICE_LAYOUT_H

#include <stdint.h>

#define DEV_RAM_BASE 0x40000000ull
#define DEV_PAGE(n)  (DEV_RAM_BASE + (uint64_t)(n)*4096)

enum {
	DEV_RAM_PAGES = 1024,
	DEV_RAM_BYTES = DEV_RAM_PAGES * 4096,
	/* The stream table: an STE has the same place in a linear and in a two-level one. */
	DEV_STRTAB_PAGE = 0,
	DEV_STRTAB_BITS = 8,
	DEV_STRTAB_SPLIT = 6,
	DEV_L1STD_PAGE = 4,
	DEV_CMDQ_PAGE = 5,
	DEV_EVTQ_PAGE = 6,
	DEV_PRIQ_PAGE = 7,
	DEV_CMDQ_BITS = 8, /* a page each */
	DEV_EVTQ_BITS = 7,
	DEV_PRIQ_BITS = 8,
	/* By convention of the default values in ops.def; any page can be anything. */
	DEV_CD_PAGE = 8,
	DEV_TABLE_PAGE = 16, /* 64 KiB aligned */
	DEV_TABLE1_PAGE = 32,
	DEV_S2_PAGE = 64,
	DEV_S2_LEAF_PAGE = 80,
	DEV_DATA_PAGE = 512, /* 2 MiB aligned */
};

#endif
