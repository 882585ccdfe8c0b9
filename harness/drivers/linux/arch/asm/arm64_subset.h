/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What drivers/iommu/arm/arm-smmu-v3 takes from arch/arm64: ID registers, MAIR, the ASID allocator.
 * Values come from linux_shim_cpu, which the shim sets as the trace's machine wants.
 */
#ifndef _ASM_ARM64_SUBSET_H
#define _ASM_ARM64_SUBSET_H

#include <linux/types.h>
#include <asm/linux_shim.h>

struct mm_struct;

#define VA_BITS	      48
#define vabits_actual ((u64)linux_shim_cpu.vabits_actual)

enum linux_shim_id_register { SYS_ID_AA64MMFR0_EL1 };

#define ID_AA64MMFR0_EL1_PARANGE_SHIFT	0
#define ID_AA64MMFR0_EL1_ASIDBITS_SHIFT 4

static inline u64 read_sanitised_ftr_reg(u32 id)
{
	switch (id) {
	case SYS_ID_AA64MMFR0_EL1:
		return linux_shim_cpu.mmfr0;
	default:
		return 0;
	}
}

static inline unsigned int cpuid_feature_extract_unsigned_field(u64 features, int field)
{
	return (features >> field) & 0xf;
}

static inline u32 id_aa64mmfr0_parange_to_phys_shift(int parange)
{
	static const u8 shifts[] = {32, 36, 40, 42, 44, 48, 52};

	return parange >= 0 && parange < (int)sizeof(shifts) ? shifts[parange] : 48;
}

#define read_sysreg(name) (linux_shim_cpu.name)

/* CPU capabilities that the driver asks for. */
#define ARM64_HAS_VIRT_HOST_EXTN 1

static inline bool cpus_have_cap(unsigned int capability)
{
	return capability == ARM64_HAS_VIRT_HOST_EXTN && linux_shim_cpu.vhe;
}

static inline bool cpus_have_final_cap(int capability)
{
	return cpus_have_cap(capability);
}

static inline bool system_supports_bbml2(void)
{
	return false;
}

/* arch/arm64/mm/context.c: 6.1 shares the CPU's ASIDs. 0 when they are used up. */
unsigned long arm64_mm_context_get(struct mm_struct *mm);
void arm64_mm_context_put(struct mm_struct *mm);

#endif
