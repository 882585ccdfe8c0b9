/* SPDX-License-Identifier: MIT */
/* Feature profiles: those that have a name, and what none can offer (6.3.1 to 6.3.6). */
#include "smmuv3.h"

#include <string.h>

#define GRANULES (SMMU_GRANULE_4K | SMMU_GRANULE_16K | SMMU_GRANULE_64K)
/* Both stages with everything that an ATS endpoint and a hypervisor can touch. */
#define BOTH_STAGES                                                                                \
	.sid_bits = 16, .cmdq_bits = 8, .evtq_bits = 8, .priq_bits = 8, .oas_bits = 48,            \
	.granules = GRANULES, .two_level_strtab = true, .two_level_cd = true, .ats = true,         \
	.hyp = true, .stage2 = true, .xnx = true, .pri = true, .cache = SMMU_CACHE_EXACT

static const struct smmu_named_profile profiles[] = {
	{
		"small",
		"stage 1 alone, linear tables, 4 KiB granule, no ATS",
		{
			.sid_bits = 6,
			.ssid_bits = 5,
			.cmdq_bits = 4,
			.evtq_bits = 4,
			.asid_bits = 16,
			.oas_bits = 40,
		},
	},
	{
		"qemu",
		"what the SMMU of QEMU 7.2's virt machine offers",
		{
			.sid_bits = 16,
			.cmdq_bits = 19,
			.evtq_bits = 19,
			.asid_bits = 16,
			.oas_bits = 44,
			.granules = GRANULES,
			.two_level_strtab = true,
			.range_inv = true,
			.term_model = true,
			.no_override = true,
			.geometry = SMMU_GEOMETRY_QEMU,
			.cache = SMMU_CACHE_EXACT,
		},
	},
	{
		"full",
		"every feature, every size at its most",
		{
			.sid_bits = 16,
			.ssid_bits = 20,
			.cmdq_bits = 19,
			.evtq_bits = 19,
			.priq_bits = 19,
			.asid_bits = 16,
			.vmid_bits = 16,
			.oas_bits = 52,
			.granules = GRANULES,
			.two_level_strtab = true,
			.two_level_cd = true,
			.ats = true,
			.hyp = true,
			.stall_model = SMMU_STALL_BOTH,
			.msi = true,
			.range_inv = true,
			.stage2 = true,
			.pri = true,
			.pps = true,
			.httu = SMMU_HTTU_DIRTY,
			.va52 = true,
			.small_tables = true,
			.xnx = true,
			.sev = true,
			.ats_rec_err = true,
			.cache = SMMU_CACHE_EXACT,
		},
	},
	{
		"one-entry-queues",
		"queues of one entry: full as soon as they are not empty",
		{
			.sid_bits = 6,
			.ssid_bits = 5,
			.asid_bits = 16,
			.oas_bits = 40,
			.ats = true,
			.stall_model = SMMU_STALL_BOTH,
			.msi = true,
			.pri = true,
			.ats_rec_err = true,
			.cache = SMMU_CACHE_EXACT,
		},
	},
	{
		"one-ssid-bit",
		"SubstreamIDs 0 and 1 alone, two-level CD tables",
		{.asid_bits = 16, .ssid_bits = 1, BOTH_STAGES},
	},
	{
		"no-ssid",
		"ATS, PRI and both stages without substreams",
		{.asid_bits = 16, BOTH_STAGES},
	},
	{
		"asid-8",
		"ASIDs and VMIDs of 8 bits",
		{.asid_bits = 8, .vmid_bits = 8, .ssid_bits = 10, .range_inv = true, BOTH_STAGES},
	},
	{
		"vmid-16",
		"VMIDs of 16 bits, ASIDs of 8",
		{.asid_bits = 8, .vmid_bits = 16, .ssid_bits = 10, BOTH_STAGES},
	},
	{
		"stall-forced",
		"every fault that may stall does: CD.S and S2S must be 1",
		{
			.sid_bits = 8,
			.ssid_bits = 8,
			.cmdq_bits = 4,
			.evtq_bits = 3,
			.asid_bits = 16,
			.oas_bits = 40,
			.granules = GRANULES,
			.stall_model = SMMU_STALL_FORCE,
			.two_level_strtab = true,
			.stage2 = true,
			.xnx = true,
			.cache = SMMU_CACHE_EXACT,
		},
	},
	{
		"no-split-ats",
		"ATS and nested translation, but not stage-1 ATS alone",
		{
			.asid_bits = 16,
			.ssid_bits = 10,
			.stall_model = SMMU_STALL_BOTH,
			.no_split_ats = true,
			BOTH_STAGES,
		},
	},
	{
		"pps",
		"automatic PRG responses carry the PASID; faults cannot be RAZ/WI",
		{.asid_bits = 16, .ssid_bits = 20, .pps = true, .term_model = true, BOTH_STAGES},
	},
	{
		"access-flag",
		"hardware sets the Access flag and not the dirty state",
		{.asid_bits = 16, .ssid_bits = 10, .httu = SMMU_HTTU_ACCESS, BOTH_STAGES},
	},
	{
		"16k-only",
		"the 16 KiB granule alone, small tables",
		{
			.sid_bits = 10,
			.ssid_bits = 6,
			.cmdq_bits = 8,
			.evtq_bits = 8,
			.asid_bits = 16,
			.oas_bits = 42,
			.granules = SMMU_GRANULE_16K,
			.range_inv = true,
			.two_level_strtab = true,
			.stage2 = true,
			.xnx = true,
			.httu = SMMU_HTTU_DIRTY,
			.small_tables = true,
			.cache = SMMU_CACHE_EXACT,
		},
	},
	{
		"64k-only",
		"the 64 KiB granule alone, 52-bit addresses",
		{
			.sid_bits = 10,
			.ssid_bits = 6,
			.cmdq_bits = 8,
			.evtq_bits = 8,
			.asid_bits = 16,
			.oas_bits = 52,
			.granules = SMMU_GRANULE_64K,
			.ats = true,
			.range_inv = true,
			.two_level_strtab = true,
			.stage2 = true,
			.xnx = true,
			.va52 = true,
			.cache = SMMU_CACHE_EXACT,
		},
	},
	{
		"oas-32",
		"addresses of 32 bits under inputs of 48, both stages",
		{
			.sid_bits = 8,
			.ssid_bits = 8,
			.cmdq_bits = 8,
			.evtq_bits = 8,
			.asid_bits = 16,
			.oas_bits = 32,
			.granules = GRANULES,
			.two_level_strtab = true,
			.two_level_cd = true,
			.ats = true,
			.stage2 = true,
			.xnx = true,
			.cache = SMMU_CACHE_EXACT,
		},
	},
	{
		"one-stream",
		"StreamID 0 alone, EL2 worlds without stage 2",
		{
			.ssid_bits = 20,
			.cmdq_bits = 1,
			.evtq_bits = 1,
			.asid_bits = 16,
			.oas_bits = 36,
			.two_level_strtab = true,
			.two_level_cd = true,
			.hyp = true,
			.sev = true,
			.cache = SMMU_CACHE_EXACT,
		},
	},
	{
		"conflicts",
		"caches that report two matches for one lookup",
		{
			.asid_bits = 16,
			.ssid_bits = 10,
			.range_inv = true,
			.conflicts = true,
			BOTH_STAGES,
		},
	},
	{0},
};

const struct smmu_named_profile *smmu_profile_list(void)
{
	return profiles;
}

const struct smmu_named_profile *smmu_profile_find(const char *name)
{
	for (const struct smmu_named_profile *profile = profiles; profile->name; profile++) {
		if (!strcmp(profile->name, name))
			return profile;
	}
	return NULL;
}

/* Sizes, and values of what is an enumeration. */
static const char *range_error(const struct smmu_profile *profile)
{
	static const uint8_t oas[] = {32, 36, 40, 42, 44, 48, 52};

	if (profile->sid_bits > 16)
		return "sid_bits beyond 16";
	if (profile->ssid_bits > 20)
		return "ssid_bits beyond 20";
	if (profile->cmdq_bits > 19 || profile->evtq_bits > 19 || profile->priq_bits > 19)
		return "a queue beyond 2^19 entries";
	if (profile->asid_bits != 8 && profile->asid_bits != 16)
		return "asid_bits is neither 8 nor 16";
	if (profile->vmid_bits && profile->vmid_bits != 8 && profile->vmid_bits != 16)
		return "vmid_bits is neither 8 nor 16";
	if (!memchr(oas, profile->oas_bits, sizeof(oas)))
		return "oas_bits is no output address size";
	if (profile->granules & ~GRANULES)
		return "an unknown granule";
	if (profile->stall_model > SMMU_STALL_FORCE)
		return "an unknown stall model";
	if (profile->httu > SMMU_HTTU_DIRTY)
		return "an unknown kind of hardware update";
	if (profile->geometry > SMMU_GEOMETRY_LARGE)
		return "an unknown cache geometry";
	if ((unsigned)profile->cache > SMMU_CACHE_WORST)
		return "an unknown kind of caches";
	return NULL;
}

const char *smmu_profile_error(const struct smmu_profile *profile)
{
	const char *error = range_error(profile);

	if (error)
		return error;
	/* 6.3.1 PRI, ATSRECERR: RES0 without ATS; NS1ATS: without both stages, too. */
	if (profile->pri && !profile->ats)
		return "pri needs ats";
	if (profile->ats_rec_err && !profile->ats)
		return "ats_rec_err needs ats";
	if (profile->no_split_ats && !(profile->ats && profile->stage2))
		return "no_split_ats needs ats and stage2";
	/* 6.3.4 PPS: RES0 without PRI or substreams; XNX: of stage 2 alone. */
	if (profile->pps && !(profile->pri && profile->ssid_bits))
		return "pps needs pri and ssid_bits";
	if (profile->xnx && !profile->stage2)
		return "xnx needs stage2";
	/* 6.3.6 OAS, VAX: without IDR5.DS 52 bits need the 64 KiB granule. */
	if (profile->oas_bits == 52 && !(profile->granules & SMMU_GRANULE_64K))
		return "52-bit output addresses need the 64 KiB granule";
	if (profile->va52 && !(profile->granules & SMMU_GRANULE_64K))
		return "va52 needs the 64 KiB granule";
	return NULL;
}
