// SPDX-License-Identifier: GPL-2.0-only
/* The CPUs, as the SMMU driver asks about them: ID registers (arch/arm64/kernel/cpufeature.c). */
#include "machine.h"

#include <asm/linux_shim.h>

/* The name is also a macro of the architecture. */
#undef vabits_actual

/* MAIR_EL1 as arch/arm64/mm/proc.S sets it: attribute 0 is normal memory. */
struct linux_shim_cpu linux_shim_cpu = {.mair_el1 = 0x040044ffff, .vabits_actual = 48};

/* ID_AA64MMFR0_EL1.PARange */
static u64 pa_range(unsigned int bits)
{
	static const u8 sizes[] = {32, 36, 40, 42, 44, 48};
	u64 range = 0;

	while (range < ARRAY_SIZE(sizes) - 1 && sizes[range] < bits)
		range++;
	return range;
}

void shim_set_cpu(const struct linux_machine *machine)
{
	bool big_asids = machine->asid_bits > 8;

	/* ASIDBits in [7:4]: 0 is 8 bits, 2 is 16. */
	linux_shim_cpu.mmfr0 = pa_range(machine->pa_bits) | (big_asids ? 2 << 4 : 0);
	linux_shim_cpu.vhe = machine->vhe;
	shim_asid_init(big_asids ? 16 : 8);
}
