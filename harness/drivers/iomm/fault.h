/* SPDX-License-Identifier: MIT */
/*
 * Planted faults: defects that the oracle must catch. Compiled in only with SVAFUZZ_FAULTS; a
 * normal build sees the constant false. faults.def lists them.
 */
#ifndef SVAFUZZ_IOMM_FAULT_H
#define SVAFUZZ_IOMM_FAULT_H

#include <stdbool.h>

enum iomm_fault_id {
	IOMM_FAULT_none,
#define FAULT(id, name, rule, kind, text) IOMM_FAULT_##id,
#include "faults.def"
#undef FAULT
	IOMM_NUM_FAULTS,
};

#ifdef SVAFUZZ_FAULTS
#define IOMM_FAULT(drv, id) ((drv)->fault == IOMM_FAULT_##id)
#else
#define IOMM_FAULT(drv, id) ((void)(drv), false)
#endif

#endif
