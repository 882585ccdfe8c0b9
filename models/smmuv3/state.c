/* SPDX-License-Identifier: MIT */
/* The model as a whole: size, power-on reset, its view of memory, counters. */
#include "address.h"
#include "smmu_state.h"

#include <assert.h>

size_t smmu_sizeof(void)
{
	return sizeof(struct smmu);
}

static bool profile_is_valid(const struct smmu_profile *profile)
{
	static const uint8_t oas[] = {32, 36, 40, 42, 44, 48};
	bool oas_known = false;

	for (unsigned i = 0; i < sizeof(oas); i++)
		oas_known |= profile->oas_bits == oas[i];
	return oas_known && profile->sid_bits <= 16 && profile->ssid_bits <= 20 &&
	       profile->cmdq_bits <= 8 && profile->evtq_bits <= 8 &&
	       (profile->asid_bits == 8 || profile->asid_bits == 16) &&
	       profile->stall_model <= SMMU_STALL_FORCE && profile->cache <= SMMU_CACHE_WORST;
}

void smmu_reset(struct smmu *smmu, const struct smmu_profile *profile, const struct smmu_bus *bus)
{
	assert(profile_is_valid(profile));
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
