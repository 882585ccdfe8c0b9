/* SPDX-License-Identifier: MIT */
/*
 * Planted faults: defects that the oracle must catch. Compiled in only with SVAFUZZ_FAULTS; a
 * normal build sees the constant false. faults.def lists them.
 */
#ifndef SVAFUZZ_OWNERS_FAULT_H
#define SVAFUZZ_OWNERS_FAULT_H

#include <stdbool.h>

enum owner_fault_id {
	OWNER_FAULT_none,
#define FAULT(id, name, rule, kind, text) OWNER_FAULT_##id,
#include "faults.def"
#undef FAULT
	OWNER_NUM_FAULTS,
};

#ifdef SVAFUZZ_FAULTS
#define OWNER_FAULT(owners, id) ((owners)->fault == OWNER_FAULT_##id)
#else
#define OWNER_FAULT(owners, id) ((void)(owners), false)
#endif

#endif
