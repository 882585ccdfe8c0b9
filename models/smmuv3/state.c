/* SPDX-License-Identifier: MIT */
/* The model as a whole: size, power-on reset, its view of memory, counters. */
#include "address.h"
#include "smmu_state.h"

#include <assert.h>

size_t smmu_sizeof(void)
{
	return sizeof(struct smmu);
}

void smmu_reset(struct smmu *smmu, const struct smmu_profile *profile, const struct smmu_bus *bus)
{
	assert(!smmu_profile_error(profile));
	assert(bus->read64 && bus->write64);
	smmu->profile = *profile;
	smmu->bus = *bus;
	smmu->counters = (struct smmu_counters){0};
	smmu->fault = SMMU_FAULT_none;
	smmu_regs_reset(smmu);
	smmu_stalls_reset(smmu);
	smmu_caches_reset(smmu);
	smmu_worst_reset(smmu);
}

struct smmu_counters smmu_counters(const struct smmu *smmu)
{
	return smmu->counters;
}

bool smmu_mem_read(const struct smmu *smmu, uint64_t pa, uint64_t *value)
{
	/* 3.4.3: nothing answers beyond the OAS; callers name the event. */
	if (smmu_exceeds(pa, smmu->profile.oas_bits))
		return false;
	return smmu->bus.read64(smmu->bus.ctx, pa, value);
}
