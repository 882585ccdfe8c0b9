/* SPDX-License-Identifier: MIT */
/* QEMU's SMMUv3 as an smmu for SVA traces: the socket of every process that asks for it. */
#ifndef SVAFUZZ_QEMU_H
#define SVAFUZZ_QEMU_H

#include "../smmu.h"

extern const struct smmu_socket_ops qemu_smmu_ops;
/* NULL for every number but 0: QEMU has one SMMU. */
struct smmu_socket *qemu_smmu(unsigned number);

#endif
