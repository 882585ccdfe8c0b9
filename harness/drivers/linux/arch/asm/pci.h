/* SPDX-License-Identifier: GPL-2.0-only */
/* PCI; and what arm-smmu-v3.c gets by way of linux/pci.h on arm64 without including it. */
#ifndef _ASM_PCI_H
#define _ASM_PCI_H

#include <asm-generic/pci.h>
#include <asm/arm64_subset.h>
#include <linux/mmu_notifier.h>

#endif
