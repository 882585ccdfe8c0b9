/* SPDX-License-Identifier: MIT */
/*
 * libsmmuv3: one stream, one substream, a translation, a fault and the event record that software
 * would find. Memory is an array. Prints what translate.expected says.
 */
#include "regs.h"
#include "smmuv3.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Physical addresses: the structures that a driver would write, and a page of data. */
enum {
	STRTAB = 0x1000,
	CDTAB = 0x2000,
	EVTQ = 0x3000,
	LEVEL1 = 0x4000,
	LEVEL2 = 0x5000,
	LEVEL3 = 0x6000,
	DATA = 0x7000,
	RAM_SIZE = 0x8000,
};
enum { SID = 3, SSID = 1 };

/* VMSAv8-64 descriptors: a table, and a page that unprivileged software may read (AF, AP = 0b11). */
enum { DESC_TABLE = 3, DESC_PAGE_USER_RO = 3 | 3 << 6 | 1 << 10 };

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

/* 5.2, 5.4: an STE that translates by stage 1, and a CD whose 39-bit TTB0 maps 0x10000. */
static void write_structures(void)
{
	uint64_t *ste = &ram[(STRTAB + SID * SMMU_STE_BYTES) / 8];
	uint64_t *cd = &ram[(CDTAB + SSID * SMMU_CD_BYTES) / 8];

	ste[0] = SMMU_STE0_V | smmu_put(SMMU_STE0_CONFIG, SMMU_STE0_CONFIG_S1) |
		 smmu_put(SMMU_STE0_S1CDMAX, 2) | CDTAB;
	cd[0] = SMMU_CD0_V | SMMU_CD0_AA64 | SMMU_CD0_R | SMMU_CD0_A | SMMU_CD0_ASET |
		SMMU_CD0_EPD1 | smmu_put(SMMU_CD0_T0SZ, 64 - 39) | smmu_put(SMMU_CD0_ASID, 7);
	cd[1] = LEVEL1;
	ram[LEVEL1 / 8] = LEVEL2 | DESC_TABLE;
	ram[LEVEL2 / 8] = LEVEL3 | DESC_TABLE;
	ram[LEVEL3 / 8 + 0x10] = DATA | DESC_PAGE_USER_RO;
}

static void transact(struct smmu *smmu, bool write)
{
	const struct smmu_request request = {
		.sid = SID, .ssv = true, .ssid = SSID, .addr = 0x10008, .write = write};
	struct smmu_response response = smmu_access(smmu, &request);

	printf("%s 0x%" PRIx64 ": ", write ? "write" : "read ", request.addr);
	if (response.status == SMMU_OK)
		printf("0x%" PRIx64 ", %" PRIu64 " bytes\n", response.pa, response.size);
	else
		printf("%s, %s (%s)\n", smmu_event_name(response.event),
		       smmu_cause_text(response.cause), smmu_cause_section(response.cause));
}

int main(void)
{
	const struct smmu_profile *profile = &smmu_profile_find("small")->profile;
	const struct smmu_bus bus = {.read64 = read64, .write64 = write64};
	struct smmu *smmu = malloc(smmu_sizeof());

	if (!smmu)
		return 1;
	write_structures();
	smmu_reset(smmu, profile, &bus);
	smmu_reg_write(smmu, SMMU_REG_STRTAB_BASE, 8, STRTAB);
	smmu_reg_write(smmu, SMMU_REG_STRTAB_BASE_CFG, 4, profile->sid_bits);
	smmu_reg_write(smmu, SMMU_REG_EVENTQ_BASE, 8, EVTQ | profile->evtq_bits);
	smmu_reg_write(smmu, SMMU_REG_CR0, 4, SMMU_CR0_EVENTQEN | SMMU_CR0_SMMUEN);

	transact(smmu, false);
	transact(smmu, true);

	uint64_t records = smmu_reg_read(smmu, SMMU_REG_EVENTQ_PROD, 4);
	struct smmu_event event = smmu_event_decode(&ram[EVTQ / 8]);

	printf("%" PRIu64 " event: %s sid %" PRIu32 " ssid %" PRIu32 " %s 0x%" PRIx64 "\n", records,
	       smmu_event_name(event.type), event.sid, event.ssid, event.rnw ? "read" : "write",
	       event.input_addr);
	free(smmu);
	return 0;
}
