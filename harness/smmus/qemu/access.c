/* SPDX-License-Identifier: MIT */
/*
 * A transaction as a DMA of a PCI function. It has no status: what it did is told by QEMU's Event
 * queue and by the one word of RAM that changed, which is put back.
 */
#include "front.h"

enum { EVENTQ_MASK = (2 << QEMU_EVENTQ_BITS) - 1, ACCESS_BYTES = 4 };

/* QEMU has no stage 2, and so nothing is in the memory of VMs. */
static unsigned frames_touched(const struct qemu_front *front)
{
	return front->world->ram.zone[WORLD_MAX_VMS].touched;
}

static volatile uint32_t *word_of(struct qemu_front *front, unsigned frame, uint64_t addr)
{
	uint64_t offset =
		frame * (uint64_t)WORLD_FRAME_SIZE + (addr & (WORLD_FRAME_SIZE - ACCESS_BYTES));

	return (volatile uint32_t *)(void *)(qemu_ram(front->machine) + offset);
}

static void remember(struct qemu_front *front, uint64_t addr)
{
	for (unsigned frame = 0; frame < frames_touched(front); frame++)
		front->before[frame] = *word_of(front, frame, addr);
}

/* The address that was written to, with the old word there again; 0: no RAM was. */
static uint64_t find_written(struct qemu_front *front, uint64_t addr)
{
	for (unsigned frame = 0; frame < frames_touched(front); frame++) {
		volatile uint32_t *word = word_of(front, frame, addr);

		if (*word == front->before[frame])
			continue;
		*word = front->before[frame];
		return WORLD_RAM_BASE + frame * (uint64_t)WORLD_FRAME_SIZE +
		       (addr & (WORLD_FRAME_SIZE - 1));
	}
	return 0;
}

/*
 * A read is seen by the write that follows it. On a read-only page that write fails, so the
 * address comes out of the tables as they are now: that QEMU used another one is not noticed here.
 */
static uint64_t find_read(const struct qemu_front *front, const struct qemu_route *route,
			  uint64_t va)
{
	uint64_t cd = route->ste[0] & SMMU_STE0_S1CONTEXTPTR, word0, table, desc = 0;
	unsigned bits, level;

	if (!qemu_load(front, cd, &word0) || !qemu_load(front, cd + 8, &table))
		return 0;
	bits = 64 - (unsigned)smmu_get(word0, SMMU_CD0_T0SZ);
	table &= SMMU_CD1_TTB0;
	for (level = 4 - (bits - 12 + 8) / 9; level <= 3; level++) {
		unsigned shift = 39 - 9 * level;

		if (!qemu_load(front, table + 8 * (va >> shift & 511), &desc) || !(desc & 1))
			return 0;
		if (level == 3 || !(desc & 2))
			return (desc & SMMU_MASK(47, 12) & ~SMMU_MASK(shift - 1, 0)) |
			       (va & SMMU_MASK(shift - 1, 0));
		table = desc & SMMU_MASK(47, 12);
	}
	return 0;
}

static struct smmu_response aborted(uint8_t event, bool recorded)
{
	return (struct smmu_response){
		.status = SMMU_ABORT, .event = event, .recorded = recorded && event};
}

static struct smmu_response granted(uint64_t pa)
{
	return (struct smmu_response){
		.status = SMMU_OK, .pa = pa, .read_ok = true, .write_ok = true};
}

/* An abort that is not QEMU's: it has no SubstreamIDs to be wrong. */
static struct smmu_response front_abort(struct qemu_front *front,
					const struct smmu_request *request, uint8_t type)
{
	const struct smmu_event event = {
		.type = type, .ssv = request->ssv, .ssid = request->ssid, .sid = request->sid};
	uint64_t record[4];

	smmu_event_encode(&event, record);
	if (type)
		qemu_record(front, record);
	return aborted(type, true);
}

static bool is_of_the_write(const uint64_t record[4])
{
	uint8_t type = (uint8_t)smmu_get(record[0], SMMU_EVENT0_TYPE);

	return type >= SMMU_F_TRANSLATION && type <= SMMU_F_PERMISSION &&
	       !(record[1] & SMMU_EVENT1_RNW);
}

/*
 * Records of this access, with the StreamID and SubstreamID that it had. Of a read only what came
 * before the write that makes it visible. Returns the type of the first that counts, else 0.
 */
static uint8_t take_events(struct qemu_front *front, const struct smmu_request *request,
			   uint32_t prod, bool *write_failed)
{
	uint8_t first = SMMU_EVT_NONE;

	*write_failed = false;
	for (; (front->eventq_cons ^ prod) & EVENTQ_MASK; front->eventq_cons++) {
		const uint64_t *from =
			qemu_own(front, QEMU_OWN_EVENTQ + (front->eventq_cons & EVENTQ_MASK >> 1) *
								  (uint64_t)SMMU_EVENT_BYTES);
		uint64_t record[4] = {from[0], from[1], from[2], from[3]};

		if (!request->write && is_of_the_write(record)) {
			*write_failed = true;
			continue;
		}
		/* 5.2: the write meets the same fault of the configuration again. */
		if (!request->write && first)
			continue;
		record[0] &= ~(smmu_put(SMMU_EVENT0_SID, ~0u) | smmu_put(SMMU_EVENT0_SSID, ~0u));
		record[0] |= smmu_put(SMMU_EVENT0_SID, request->sid);
		if (request->ssv)
			record[0] |= SMMU_EVENT0_SSV | smmu_put(SMMU_EVENT0_SSID, request->ssid);
		if (!first)
			first = (uint8_t)smmu_get(record[0], SMMU_EVENT0_TYPE);
		qemu_record(front, record);
	}
	front->eventq_cons &= EVENTQ_MASK;
	qemu_front_write(front, SMMU_REG_EVENTQ_CONS, 4, front->eventq_cons);
	return first;
}

/* No event, and no RAM was written: lost on the bus, or aborted in silence. */
static struct smmu_response unseen(const struct qemu_front *front, const struct qemu_route *route,
				   const struct smmu_request *request, bool write_failed)
{
	bool bypass = !(front->reg.cr0 & SMMU_CR0_SMMUEN) ||
		      smmu_get(route->ste[0], SMMU_STE0_CONFIG) == SMMU_STE0_CONFIG_BYPASS;
	struct smmu_response response = granted(request->addr);

	if (write_failed)
		return granted(find_read(front, route, request->addr));
	if (!bypass || ram_contains(request->addr, ACCESS_BYTES))
		return aborted(SMMU_EVT_NONE, false);
	response.bypass = true;
	return response;
}

struct smmu_response qemu_access(void *ctx, const struct smmu_request *request)
{
	struct qemu_front *front = ctx;
	struct qemu_route route;
	bool write_failed;
	uint64_t prod, pa;
	uint8_t event;

	if (front->end.kind != SMMU_END_NONE || request->kind != SMMU_UNTRANSLATED)
		return aborted(SMMU_EVT_NONE, false);
	route = qemu_route(front, request);
	if (route.kind == QEMU_ROUTE_NONE)
		return aborted(SMMU_EVT_NONE, false);
	if (route.kind == QEMU_ROUTE_ABORT)
		return front_abort(front, request, route.event);
	remember(front, request->addr);
	qemu_dma(front->machine, route.function, request->addr, ACCESS_BYTES,
		 request->write ? QEMU_DMA_FILL : QEMU_DMA_INVERT);
	qemu_read(front->machine, QEMU_SMMU_BASE + SMMU_REG_EVENTQ_PROD, 4, &prod);
	if (!qemu_front_flush(front))
		return aborted(SMMU_EVT_NONE, false);
	pa = find_written(front, request->addr);
	event = take_events(front, request, (uint32_t)prod, &write_failed);
	if (event)
		return aborted(event, true);
	return pa ? granted(pa) : unseen(front, &route, request, write_failed);
}
