/* SPDX-License-Identifier: MIT */
/* Pairs, and the STEs that QEMU sees for them: the driver's, with one CD instead of a table. */
#include "front.h"

#include <string.h>

static struct qemu_route aborted(uint8_t event)
{
	return (struct qemu_route){.kind = QEMU_ROUTE_ABORT, .event = event};
}

/* 5.1, 6.3.25: where the driver's STE is; 0 and the event when there is none. */
static uint64_t find_ste(const struct qemu_front *front, uint32_t sid, uint8_t *event)
{
	const struct qemu_registers *reg = &front->reg;
	unsigned log2 = (unsigned)smmu_get(reg->strtab_cfg, SMMU_STRTAB_CFG_LOG2SIZE);
	unsigned split = (unsigned)smmu_get(reg->strtab_cfg, SMMU_STRTAB_CFG_SPLIT);
	uint64_t base = reg->strtab_base & SMMU_STRTAB_BASE_ADDR, l1std;

	*event = SMMU_C_BAD_STREAMID;
	if (log2 < 32 && sid >> log2)
		return 0;
	if (smmu_get(reg->strtab_cfg, SMMU_STRTAB_CFG_FMT) != SMMU_STRTAB_CFG_FMT_2LVL)
		return base + (uint64_t)sid * SMMU_STE_BYTES;
	if (!qemu_load(front, base + 8ull * (sid >> split), &l1std)) {
		*event = SMMU_F_STE_FETCH;
		return 0;
	}
	sid &= (1u << split) - 1;
	if (sid >= (1u << smmu_get(l1std, SMMU_L1STD_SPAN)) / 2)
		return 0;
	return (l1std & SMMU_L1STD_L2PTR) + (uint64_t)sid * SMMU_STE_BYTES;
}

/* 5.3: the CD's address; in a table of two levels without a leaf there is none. */
static bool find_cd(const struct qemu_front *front, uint64_t word0, uint32_t ssid, uint64_t *pa)
{
	static const uint8_t leaf_bits[] = {0, 6, 10, 0};
	unsigned format = (unsigned)smmu_get(word0, SMMU_STE0_S1FMT);
	unsigned bits = leaf_bits[format];
	uint64_t l1cd;

	*pa = word0 & SMMU_STE0_S1CONTEXTPTR;
	if (smmu_get(word0, SMMU_STE0_S1CDMAX) && format != SMMU_STE0_S1FMT_LINEAR) {
		if (!qemu_load(front, *pa + 8ull * (ssid >> bits), &l1cd) || !(l1cd & SMMU_L1CD_V))
			return false;
		*pa = l1cd & SMMU_L1CD_L2PTR;
		ssid &= (1u << bits) - 1;
	}
	*pa += (uint64_t)ssid * SMMU_CD_BYTES;
	return true;
}

/* The function that stands for the pair; QEMU_PAIRS: there are none left. */
static unsigned pair_of(struct qemu_front *front, const struct smmu_request *request)
{
	unsigned i;

	for (i = 0; i < front->num_pairs; i++) {
		const struct qemu_pair *pair = &front->pair[i];

		if (pair->sid == request->sid && pair->ssv == request->ssv &&
		    (!pair->ssv || pair->ssid == request->ssid))
			return i;
	}
	if (i == QEMU_PAIRS) {
		front->end = (struct smmu_end){SMMU_END_LACKS, "so many (device, PASID) pairs"};
		return i;
	}
	front->pair[front->num_pairs++] =
		(struct qemu_pair){request->ssv, request->sid, request->ssv ? request->ssid : 0};
	return i;
}

/* 3.9, 5.2, 7.3.9: the CD that the transaction selects is put into QEMU's STE. */
static struct qemu_route select_cd(const struct qemu_front *front,
				   const struct smmu_request *request, struct qemu_route route)
{
	uint64_t word0 = route.ste[0], cd;
	unsigned max = (unsigned)smmu_get(word0, SMMU_STE0_S1CDMAX);
	unsigned s1dss = (unsigned)smmu_get(route.ste[1], SMMU_STE1_S1DSS);

	if (!(word0 & SMMU_STE0_V))
		return route;
	if (smmu_get(word0, SMMU_STE0_CONFIG) != SMMU_STE0_CONFIG_S1) {
		/* Config == 0b000 aborts before a SubstreamID is looked at. */
		if (request->ssv && smmu_get(word0, SMMU_STE0_CONFIG) == SMMU_STE0_CONFIG_BYPASS)
			return aborted(SMMU_C_BAD_SUBSTREAMID);
		return route;
	}
	if (request->ssv && (!max || request->ssid >> max))
		return aborted(SMMU_C_BAD_SUBSTREAMID);
	if (request->ssv && !request->ssid && s1dss == SMMU_STE1_S1DSS_SSID0)
		return aborted(SMMU_F_STREAM_DISABLED);
	if (!request->ssv && max && s1dss == SMMU_STE1_S1DSS_BYPASS) {
		route.ste[0] = SMMU_STE0_V | smmu_put(SMMU_STE0_CONFIG, SMMU_STE0_CONFIG_BYPASS);
		return route;
	}
	if (!request->ssv && max && s1dss != SMMU_STE1_S1DSS_SSID0)
		return aborted(SMMU_F_STREAM_DISABLED);
	if (!find_cd(front, word0, request->ssv ? request->ssid : 0, &cd))
		return aborted(SMMU_C_BAD_CD);
	route.ste[0] = SMMU_STE0_V | smmu_put(SMMU_STE0_CONFIG, SMMU_STE0_CONFIG_S1) | cd;
	route.ste[1] &= ~(smmu_put(SMMU_STE1_S1DSS, 3) | smmu_put(SMMU_STE1_EATS, 3));
	return route;
}

struct qemu_route qemu_route(struct qemu_front *front, const struct smmu_request *request)
{
	struct qemu_route route = {.function = pair_of(front, request)};
	uint8_t event;
	uint64_t pa;

	if (route.function == QEMU_PAIRS)
		return (struct qemu_route){.kind = QEMU_ROUTE_NONE};
	route.ste = qemu_own(
		front, QEMU_OWN_STRTAB + (uint64_t)SMMU_STE_BYTES *
						 qemu_function_sid(front->machine, route.function));
	/* 6.3.14: the SMMU is off. */
	if (!(front->reg.cr0 & SMMU_CR0_SMMUEN)) {
		if (front->reg.gbpa & SMMU_GBPA_ABORT)
			return aborted(SMMU_EVT_NONE);
		return route;
	}
	pa = find_ste(front, request->sid, &event);
	if (!pa) {
		/* 6.3.12 RECINVSID */
		if (event == SMMU_C_BAD_STREAMID && !(front->reg.cr2 & SMMU_CR2_RECINVSID))
			event = SMMU_EVT_NONE;
		return aborted(event);
	}
	for (unsigned i = 0; i < SMMU_STE_BYTES / 8; i++)
		if (!qemu_load(front, pa + 8ull * i, &route.ste[i]))
			return aborted(SMMU_F_STE_FETCH);
	return select_cd(front, request, route);
}
