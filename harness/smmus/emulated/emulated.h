/* SPDX-License-Identifier: MIT */
/* The emulated SMMUv3 of models/smmuv3 behind the smmu socket. */
#ifndef SVAFUZZ_SMMU_EMULATED_H
#define SVAFUZZ_SMMU_EMULATED_H

#include "../smmu.h"

extern const struct smmu_socket_ops emulated_smmu_ops;
/* One of the instances of the process: the model's state is large and lives in static memory. NULL:
 * there are not so many. */
struct smmu_socket *emulated_smmu(unsigned number);

#endif
