/* SPDX-License-Identifier: MIT */
/* libsmmuv3: tables in an array, a translation, a fault. Prints what translate.expected says. */
#include "regs.h"
#include "smmuv3.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { STRTAB = 0x1000, CDTAB = 0x2000, L1 = 0x3000, L2 = 0x4000, L3 = 0x5000, RAM_SIZE = 0x6000 };
enum { SID = 3, SSID = 1, TABLE = 3, PAGE_USER_RO = 3 | 3 << 6 | 1 << 10 };
static uint64_t ram[RAM_SIZE / 8];

static bool read64(void *ctx, uint64_t pa, uint64_t *value)
{
	(void)ctx;
	*value = pa < RAM_SIZE ? ram[pa / 8] : 0;
	return pa < RAM_SIZE; /* elsewhere: an external abort */
}

static bool write64(void *ctx, uint64_t pa, uint64_t value)
{
	(void)ctx;
	if (pa < RAM_SIZE)
		ram[pa / 8] = value;
	return pa < RAM_SIZE;
}

static void transact(struct smmu *smmu, bool write)
{
	struct smmu_request request = {SID, true, SSID, 0x10008, .write = write};
	struct smmu_response response = smmu_access(smmu, &request);

	printf("%s: pa 0x%" PRIx64 ", %s: %s\n", write ? "write" : "read", response.pa,
	       response.event ? smmu_event_name(response.event) : "ok",
	       smmu_cause_text(response.cause));
}

int main(void)
{
	uint64_t *ste = &ram[(STRTAB + SID * SMMU_STE_BYTES) / 8];
	uint64_t *cd = &ram[(CDTAB + SSID * SMMU_CD_BYTES) / 8];
	const struct smmu_bus bus = {.read64 = read64, .write64 = write64};
	struct smmu *smmu = malloc(smmu_sizeof());

	/* 5.2, 5.4: stage 1 with 4 CDs; a 39-bit TTB0 that maps 0x10000 to 0x7000, read-only. */
	ste[0] = SMMU_STE0_V | smmu_put(SMMU_STE0_CONFIG, SMMU_STE0_CONFIG_S1) |
		 smmu_put(SMMU_STE0_S1CDMAX, 2) | CDTAB;
	cd[0] = SMMU_CD0_V | SMMU_CD0_AA64 | SMMU_CD0_R | SMMU_CD0_A | SMMU_CD0_EPD1 |
		smmu_put(SMMU_CD0_T0SZ, 64 - 39);
	cd[1] = L1;
	ram[L1 / 8] = L2 | TABLE;
	ram[L2 / 8] = L3 | TABLE;
	ram[L3 / 8 + 0x10] = 0x7000 | PAGE_USER_RO;

	smmu_reset(smmu, &smmu_profile_find("small")->profile, &bus);
	smmu_reg_write(smmu, SMMU_REG_STRTAB_BASE, 8, STRTAB);
	smmu_reg_write(smmu, SMMU_REG_STRTAB_BASE_CFG, 4, 2); /* 4 StreamIDs, linear */
	smmu_reg_write(smmu, SMMU_REG_CR0, 4, SMMU_CR0_SMMUEN);
	transact(smmu, false);
	transact(smmu, true);
	free(smmu);
}
