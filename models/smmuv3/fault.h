/* SPDX-License-Identifier: MIT */
/*
 * Planted faults: defects that the oracle must catch. Compiled in only with SVAFUZZ_FAULTS; a
 * normal build sees the constant 0. faults.def lists them: FAULT(id, name, rule, kind, text).
 */
#ifndef SMMUV3_FAULT_H
#define SMMUV3_FAULT_H

#include <stdbool.h>

enum smmu_fault_id {
	SMMU_FAULT_none,
#define FAULT(id, name, rule, kind, text) SMMU_FAULT_##id,
#include "faults.def"
#undef FAULT
	SMMU_NUM_FAULTS,
};

#ifdef SVAFUZZ_FAULTS
#define SMMU_FAULT(smmu, id) ((smmu)->fault == SMMU_FAULT_##id)
#else
#define SMMU_FAULT(smmu, id) ((void)(smmu), false)
#endif

#endif
