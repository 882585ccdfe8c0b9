/* SPDX-License-Identifier: MIT */
/*
 * Contract: a device sends what PCIe and IHI 0070 3.9 let it send, keeps an ATC only when the
 * model does not track it, waits while an access is stalled (3.12.2), and reaches memory only where
 * memory is.
 * Run: the program itself; exit status 0 means that all tests passed.
 */
#include "fixture.h"

#include <errno.h>

/* An smmu that answers as told and remembers what it was asked. */
struct fake_smmu {
	struct smmu_response untranslated, ats, translated;
	unsigned count;
	struct smmu_request request[16];
	unsigned ats_changes;
	bool ats_enabled;
	/* Untranslated accesses that stall before one does not, and how each is answered once the
	 * pieces of work have run. */
	unsigned stalls, work;
	enum smmu_stall_answer answer;
	uint32_t taken_sid;
	uint16_t taken_stag;
};

static struct smmu_response fake_access(void *ctx, const struct smmu_request *request)
{
	struct fake_smmu *smmu = ctx;
	struct smmu_response response = smmu->untranslated;

	assert_true(smmu->count < ARRAY_SIZE(smmu->request));
	smmu->request[smmu->count++] = *request;
	if (request->kind == SMMU_UNTRANSLATED && smmu->stalls) {
		smmu->stalls--;
		return (struct smmu_response){.status = SMMU_STALLED,
					      .event = SMMU_F_TRANSLATION,
					      .recorded = true,
					      .stag = (uint16_t)(100 + smmu->count)};
	}
	if (request->kind == SMMU_ATS_REQUEST)
		response = smmu->ats;
	if (request->kind == SMMU_ATS_TRANSLATED) {
		response = smmu->translated;
		response.pa = request->addr;
	}
	return response;
}

static void fake_set_ats(void *ctx, unsigned device, bool enabled)
{
	struct fake_smmu *smmu = ctx;

	assert_int_equal(device, 0);
	smmu->ats_changes++;
	smmu->ats_enabled = enabled;
}

/* d0 = 00:01.0 with 4 PASID bits and ATS; untranslated accesses and ATS lead to `pa`. */
static struct world *connected(struct fake_smmu *smmu, uint64_t *pa)
{
	struct world *world = fresh_world();

	*pa = ram_alloc(&world->ram, FRAME_DATA, 1);
	*smmu = (struct fake_smmu){
		.untranslated = {.read_ok = true, .write_ok = true, .pa = *pa, .size = 4096},
		.ats = {.read_ok = true, .write_ok = true, .pa = *pa, .size = 4096},
	};
	world->port[0].ctx = smmu;
	world->port[0].access = fake_access;
	world->port[0].set_ats = fake_set_ats;
	assert_int_equal(world_add_endpoint(world, 8, 4, true, WORLD_NONE), 0);
	return world;
}

static void plain_dma_sends_one_untranslated_request(void **state)
{
	struct fake_smmu smmu;
	uint64_t pa;
	struct world *world = connected(&smmu, &pa);
	struct world_dma dma = world_dma(world, 0, true, 3, 0x10000, true, 77);

	(void)state;
	assert_int_equal(smmu.count, 1);
	assert_int_equal(smmu.request[0].sid, 8);
	assert_true(smmu.request[0].ssv);
	assert_int_equal(smmu.request[0].ssid, 3);
	assert_int_equal(smmu.request[0].addr, 0x10000);
	assert_int_equal(smmu.request[0].kind, SMMU_UNTRANSLATED);
	assert_true(smmu.request[0].write);
	assert_false(dma.bus_error);
	assert_int_equal((uint32_t)ram_load(pa), 77);
	dma = world_dma(world, 0, false, 3, 0x10000, false, 0);
	assert_false(smmu.request[1].ssv);
	assert_int_equal(smmu.request[1].ssid, 0);
	assert_int_equal(dma.value, 77);
}

static void memory_is_touched_only_where_it_is_and_may_be(void **state)
{
	struct fake_smmu smmu;
	uint64_t pa;
	struct world *world = connected(&smmu, &pa);

	(void)state;
	smmu.untranslated.write_ok = false;
	assert_false(world_dma(world, 0, false, 0, 0x10000, true, 5).bus_error);
	assert_int_equal(ram_load(pa), 0);
	smmu.untranslated = (struct smmu_response){.bypass = true, .pa = pa};
	assert_false(world_dma(world, 0, false, 0, pa, true, 6).bus_error);
	assert_int_equal((uint32_t)ram_load(pa), 6);
	smmu.untranslated.pa = 0x10000;
	assert_true(world_dma(world, 0, false, 0, 0x10000, true, 5).bus_error);
	smmu.untranslated.pa = pa;
	world_frame_put(world, pa);
	assert_true(world_dma(world, 0, false, 0, pa, false, 0).bus_error);
	smmu.untranslated =
		(struct smmu_response){.status = SMMU_ABORT, .event = SMMU_F_TRANSLATION};
	assert_int_equal(world_dma(world, 0, false, 0, pa, false, 0).response.event,
			 SMMU_F_TRANSLATION);
}

static void ats_is_translated_once_and_then_served_from_the_atc(void **state)
{
	struct fake_smmu smmu;
	uint64_t pa;
	struct world *world = connected(&smmu, &pa);
	struct world_dma dma;

	(void)state;
	assert_int_equal(world_pci_enable_ats(world, 0), 0);
	dma = world_dma(world, 0, true, 2, 0x10000, true, 8);
	assert_false(dma.from_atc);
	assert_int_equal(smmu.count, 2);
	assert_int_equal(smmu.request[0].kind, SMMU_ATS_REQUEST);
	assert_true(smmu.request[0].ssv);
	assert_int_equal(smmu.request[1].kind, SMMU_ATS_TRANSLATED);
	assert_int_equal(smmu.request[1].addr, pa);
	assert_false(smmu.request[1].ssv);
	assert_int_equal((uint32_t)ram_load(pa), 8);
	dma = world_dma(world, 0, true, 2, 0x10000, false, 0);
	assert_true(dma.from_atc);
	assert_int_equal(smmu.count, 3);
	assert_int_equal(smmu.request[2].kind, SMMU_ATS_TRANSLATED);
	assert_int_equal(dma.value, 8);
	/* Another PASID, no PASID and another page are other entries. */
	world_dma(world, 0, true, 1, 0x10000, false, 0);
	world_dma(world, 0, false, 0, 0x10000, false, 0);
	world_dma(world, 0, true, 2, 0x11000, false, 0);
	assert_int_equal(smmu.count, 9);
}

static void a_right_that_ats_does_not_grant_is_asked_for_untranslated(void **state)
{
	struct fake_smmu smmu;
	uint64_t pa;
	struct world *world = connected(&smmu, &pa);

	(void)state;
	world_pci_enable_ats(world, 0);
	smmu.ats.write_ok = false;
	smmu.untranslated =
		(struct smmu_response){.status = SMMU_ABORT, .event = SMMU_F_PERMISSION};
	assert_int_equal(world_dma(world, 0, true, 2, 0x10000, true, 8).response.event,
			 SMMU_F_PERMISSION);
	assert_int_equal(smmu.request[1].kind, SMMU_UNTRANSLATED);
	assert_true(smmu.request[1].ssv);
	assert_true(world_dma(world, 0, true, 2, 0x10000, false, 0).from_atc);
	assert_false(world_dma(world, 0, true, 2, 0x10000, true, 8).from_atc);
	assert_int_equal(ram_load(pa), 0);
	smmu.ats = (struct smmu_response){.status = SMMU_ATS_DENIED};
	world_dma(world, 0, true, 3, 0x10000, false, 0);
	assert_int_equal(smmu.request[smmu.count - 1].kind, SMMU_UNTRANSLATED);
}

static void with_worst_caches_the_endpoint_keeps_nothing(void **state)
{
	struct fake_smmu smmu;
	uint64_t pa;
	struct world *world = connected(&smmu, &pa);

	(void)state;
	world->worst_caches = true;
	world_pci_enable_ats(world, 0);
	for (unsigned i = 0; i < 2; i++)
		assert_false(world_dma(world, 0, true, 2, 0x10000, false, 0).from_atc);
	assert_int_equal(smmu.count, 4);
	assert_int_equal(smmu.request[2].kind, SMMU_ATS_REQUEST);
	assert_int_equal(smmu.request[3].kind, SMMU_ATS_TRANSLATED);
	for (unsigned i = 0; i < WORLD_ATC_ENTRIES; i++)
		assert_false(world->endpoint[0].atc[i].valid);
}

static bool cached(struct world *world, bool ssv, unsigned pasid, uint64_t va)
{
	return world_dma(world, 0, ssv, pasid, va, false, 0).from_atc;
}

static void fill(struct world *world)
{
	world_ats_request(world, 0, true, 1, 0x10000);
	world_ats_request(world, 0, true, 1, 0x11000);
	world_ats_request(world, 0, true, 2, 0x10000);
	world_ats_request(world, 0, false, 0, 0x10000);
}

static void atc_invalidation_clears_what_it_names(void **state)
{
	struct fake_smmu smmu;
	uint64_t pa;
	struct world *world = connected(&smmu, &pa);
	struct smmu_atc_inv inv = {.sid = 8, .ssv = true, .ssid = 1, .va = 0x10000, .size = 4096};

	(void)state;
	world_pci_enable_ats(world, 0);
	fill(world);
	smmu.count = 0;
	world_atc_invalidate(world, 0, &inv);
	assert_true(cached(world, true, 1, 0x11000));
	assert_true(cached(world, true, 2, 0x10000));
	assert_true(cached(world, false, 0, 0x10000));
	assert_false(cached(world, true, 1, 0x10000));
	inv.size = 0;
	world_atc_invalidate(world, 0, &inv);
	assert_true(cached(world, true, 2, 0x10000));
	assert_false(cached(world, true, 1, 0x11000));
	inv = (struct smmu_atc_inv){.sid = 9, .ssv = true, .global = true};
	world_atc_invalidate(world, 0, &inv); /* another device */
	assert_true(cached(world, true, 2, 0x10000));
	inv.sid = 8;
	world_atc_invalidate(world, 0, &inv);
	assert_true(cached(world, false, 0, 0x10000));
	smmu.count = 0;
	assert_false(cached(world, true, 2, 0x10000));
	fill(world);
	smmu.count = 0;
	inv = (struct smmu_atc_inv){.sid = 8, .va = 0, .size = 1 << 20};
	world_atc_invalidate(world, 0, &inv); /* no PASID: all of them */
	assert_false(cached(world, true, 2, 0x10000));
	assert_false(cached(world, false, 0, 0x10000));
}

static void atc_replaces_its_oldest_entry(void **state)
{
	struct fake_smmu smmu;
	uint64_t pa;
	struct world *world = connected(&smmu, &pa);

	(void)state;
	world_pci_enable_ats(world, 0);
	for (unsigned i = 0; i <= WORLD_ATC_ENTRIES; i++)
		world_ats_request(world, 0, true, 1, 0x10000 + i * 0x1000);
	smmu.count = 0;
	assert_true(cached(world, true, 1, 0x11000));
	assert_true(cached(world, true, 1, 0x10000 + WORLD_ATC_ENTRIES * 0x1000));
	assert_false(cached(world, true, 1, 0x10000));
}

static void ats_enable_is_reported_on_change_and_empties_the_atc(void **state)
{
	struct fake_smmu smmu;
	uint64_t pa;
	struct world *world = connected(&smmu, &pa);

	(void)state;
	assert_int_equal(world_ats_request(world, 0, true, 1, 0x10000).status, SMMU_ATS_DENIED);
	assert_int_equal(smmu.count, 0);
	world_pci_disable_ats(world, 0);
	assert_int_equal(smmu.ats_changes, 0);
	world_pci_enable_ats(world, 0);
	world_pci_enable_ats(world, 0);
	assert_int_equal(smmu.ats_changes, 1);
	assert_true(smmu.ats_enabled);
	fill(world);
	world_pci_disable_ats(world, 0);
	assert_int_equal(smmu.ats_changes, 2);
	assert_false(smmu.ats_enabled);
	world_pci_enable_ats(world, 0);
	assert_false(cached(world, true, 1, 0x10000));
}

static void capabilities_decide_what_can_be_enabled(void **state)
{
	struct fake_smmu smmu;
	uint64_t pa;
	struct world *world = connected(&smmu, &pa);
	unsigned plain = world_add_endpoint(world, 16, 0, false, 0);

	(void)state;
	assert_int_equal(world_pci_enable_ats(world, plain), -ENODEV);
	assert_int_equal(world_pci_enable_pasid(world, plain), -ENODEV);
	assert_int_equal(world_pci_enable_pasid(world, 0), 0);
	assert_true(world->endpoint[0].pasid_on);
	world_pci_disable_pasid(world, 0);
	assert_false(world->endpoint[0].pasid_on);
}

static void an_absent_device_sends_nothing(void **state)
{
	struct fake_smmu smmu;
	uint64_t pa;
	struct world *world = connected(&smmu, &pa);

	(void)state;
	world_pci_enable_ats(world, 0);
	world->endpoint[0].present = false;
	assert_int_equal(world_dma(world, 0, false, 0, 0x10000, false, 0).response.status,
			 SMMU_ABORT);
	assert_int_equal(world_ats_request(world, 0, true, 1, 0x10000).status, SMMU_ATS_DENIED);
	assert_int_equal(world_pci_enable_pasid(world, 0), -ENODEV);
	assert_int_equal(smmu.count, 0);
}

static void note_call(void *ctx, const struct world_call *call)
{
	*(struct world_call *)ctx = *call;
}

static void calls_and_events_are_logged_until_the_next_op(void **state)
{
	struct fake_smmu smmu;
	uint64_t pa, event[4] = {1, 2, 3, 4};
	struct world *world = connected(&smmu, &pa);
	struct world_call last = {0};

	(void)state;
	world->hooks.ctx = &last;
	world->hooks.call = note_call;
	assert_int_equal(world_client_mm_exit(world, 0, 3), 0);
	world_fault_flush(world, 0, 3);
	assert_int_equal(world->num_calls, 2);
	assert_int_equal(world->call[0].kind, WORLD_CALL_MM_EXIT);
	assert_int_equal(world->call[1].kind, WORLD_CALL_FAULT_FLUSH);
	assert_int_equal(last.kind, WORLD_CALL_FAULT_FLUSH);
	assert_int_equal(last.pasid, 3);
	for (unsigned i = 0; i < WORLD_MAX_EVENTS + 2; i++)
		world_report_event(world, event);
	assert_int_equal(world->num_events, WORLD_MAX_EVENTS);
	assert_int_equal(world->events_lost, 2);
	assert_int_equal(world->event[WORLD_MAX_EVENTS - 1][3], 4);
	world_begin_op(world);
	assert_int_equal(world->num_calls + world->num_events + world->events_lost, 0);
}

struct owner {
	struct world *world;
	unsigned calls, device, pasid;
};

static void owner_mm_exit(void *ctx, unsigned device, unsigned pasid)
{
	struct owner *owner = ctx;

	/* The call is in the log, and the hook has run. */
	assert_int_equal(owner->world->num_calls, 1);
	assert_int_equal(((struct world_call *)owner->world->hooks.ctx)->pasid, pasid);
	owner->calls++;
	owner->device = device;
	owner->pasid = pasid;
}

static void the_owner_is_called_after_the_log_and_the_hook(void **state)
{
	struct fake_smmu smmu;
	uint64_t pa;
	struct world *world = connected(&smmu, &pa);
	struct world_call last = {0};
	struct owner owner = {.world = world};

	(void)state;
	world->hooks.ctx = &last;
	world->hooks.call = note_call;
	world->owner = (struct world_owner){.ctx = &owner, .mm_exit = owner_mm_exit};
	assert_int_equal(world_client_mm_exit(world, 0, 5), 0);
	assert_int_equal(owner.calls, 1);
	assert_int_equal(owner.device, 0);
	assert_int_equal(owner.pasid, 5);
	world_fault_flush(world, 0, 5);
	assert_int_equal(owner.calls, 1);
}

static void a_plugged_device_is_as_it_was_at_the_start(void **state)
{
	struct fake_smmu smmu;
	uint64_t pa;
	struct world *world = connected(&smmu, &pa);

	(void)state;
	world_pci_enable_ats(world, 0);
	world_pci_enable_pasid(world, 0);
	world_ats_request(world, 0, true, 1, 0x10000);
	assert_true(world->endpoint[0].atc[0].valid);
	world->endpoint[0].present = false;
	world_endpoint_plug(world, 0);
	assert_true(world->endpoint[0].present);
	assert_false(world->endpoint[0].ats_on || world->endpoint[0].pasid_on);
	assert_false(world->endpoint[0].atc[0].valid);
	assert_int_equal(smmu.ats_changes, 2);
	assert_false(smmu.ats_enabled);
	assert_int_equal(world_pci_enable_ats(world, 0), 0);
	assert_int_equal(world_dma(world, 0, false, 0, 0x10000, false, 0).response.status, SMMU_OK);
}

static enum smmu_stall_answer fake_stall_take(void *ctx, uint32_t sid, uint16_t stag)
{
	struct fake_smmu *smmu = ctx;

	smmu->taken_sid = sid;
	smmu->taken_stag = stag;
	return smmu->work ? SMMU_STALL_WAITING : smmu->answer;
}

static bool fake_work(void *ctx)
{
	struct fake_smmu *smmu = ctx;

	if (!smmu->work)
		return false;
	smmu->work--;
	return true;
}

static struct world *stalling(struct fake_smmu *smmu, uint64_t *pa)
{
	struct world *world = connected(smmu, pa);

	world_endpoint_can_stall(world, 0);
	world->port[0].stall_take = fake_stall_take;
	world->run_pending = fake_work;
	world->pending_ctx = smmu;
	return world;
}

static void a_retried_stall_is_presented_again_once_work_has_answered(void **state)
{
	struct fake_smmu smmu;
	uint64_t pa;
	struct world *world = stalling(&smmu, &pa);
	struct world_dma dma;

	(void)state;
	smmu.stalls = 2;
	smmu.work = 5;
	smmu.answer = SMMU_STALL_RETRY;
	dma = world_dma(world, 0, true, 3, 0x10000, true, 77);
	assert_int_equal(smmu.work, 0);
	assert_int_equal(smmu.count, 3);
	assert_memory_equal(&smmu.request[0], &smmu.request[2], sizeof(smmu.request[0]));
	assert_int_equal(dma.stalls, 2);
	assert_false(dma.unanswered);
	assert_int_equal(dma.response.status, SMMU_OK);
	assert_int_equal((uint32_t)ram_load(pa), 77);
	assert_int_equal(smmu.taken_sid, 8);
	assert_int_equal(smmu.taken_stag, 102);
}

static void an_aborted_stall_keeps_its_event_and_touches_nothing(void **state)
{
	struct fake_smmu smmu;
	uint64_t pa;
	struct world *world = stalling(&smmu, &pa);
	struct world_dma dma;

	(void)state;
	smmu.stalls = 1;
	smmu.answer = SMMU_STALL_ABORT;
	dma = world_dma(world, 0, true, 3, 0x10000, true, 77);
	assert_int_equal(smmu.count, 1);
	assert_int_equal(dma.stalls, 1);
	assert_false(dma.unanswered);
	assert_int_equal(dma.response.status, SMMU_ABORT);
	assert_int_equal(dma.response.event, SMMU_F_TRANSLATION);
	assert_int_equal(ram_load(pa), 0);
}

/* D-8: nothing is left to run, and nobody has answered. */
static void a_stall_without_an_answer_is_noticed(void **state)
{
	struct fake_smmu smmu;
	uint64_t pa;
	struct world *world = stalling(&smmu, &pa);
	struct world_dma dma;

	(void)state;
	smmu.stalls = 1;
	dma = world_dma(world, 0, true, 3, 0x10000, false, 0);
	assert_true(dma.unanswered);
	assert_int_equal(dma.stalls, 1);
	assert_int_equal(dma.response.status, SMMU_STALLED);
	smmu.stalls = 1;
	world->port[0].stall_take = NULL;
	assert_true(world_dma(world, 0, true, 3, 0x10000, false, 0).unanswered);
}

static void a_stall_that_is_retried_without_end_is_given_up(void **state)
{
	struct fake_smmu smmu;
	uint64_t pa;
	struct world *world = stalling(&smmu, &pa);
	struct world_dma dma;

	(void)state;
	smmu.stalls = 1000;
	smmu.answer = SMMU_STALL_RETRY;
	dma = world_dma(world, 0, false, 0, 0x10000, false, 0);
	assert_int_equal(dma.stalls, WORLD_MAX_STALLS);
	assert_int_equal(smmu.count, WORLD_MAX_STALLS);
	assert_int_equal(dma.response.status, SMMU_STALLED);
	assert_false(dma.unanswered);
}

static void what_can_stall_has_no_ats(void **state)
{
	struct fake_smmu smmu;
	uint64_t pa;
	struct world *world = stalling(&smmu, &pa);

	(void)state;
	assert_true(world->endpoint[0].can_stall);
	assert_int_equal(world_pci_enable_ats(world, 0), -ENODEV);
}

static void reads_use_the_first_stream_and_writes_the_last(void **state)
{
	struct fake_smmu smmu;
	uint64_t pa;
	struct world *world = connected(&smmu, &pa);
	struct smmu_atc_inv inv = {.sid = 0x108, .ssv = true, .global = true};

	(void)state;
	world_endpoint_add_stream(world, 0, 0x108);
	world_dma(world, 0, true, 1, 0x10000, false, 0);
	world_dma(world, 0, true, 1, 0x10000, true, 5);
	assert_int_equal(smmu.request[0].sid, 8);
	assert_int_equal(smmu.request[1].sid, 0x108);
	/* With ATS, request and translated access come from the same stream. */
	world_pci_enable_ats(world, 0);
	smmu.count = 0;
	world_dma(world, 0, true, 1, 0x10000, true, 6);
	assert_int_equal(smmu.count, 2);
	assert_int_equal(smmu.request[0].kind, SMMU_ATS_REQUEST);
	assert_int_equal(smmu.request[0].sid, 0x108);
	assert_int_equal(smmu.request[1].sid, 0x108);
	/* One ATC for all streams: what is in it serves each, an invalidation of any empties it. */
	assert_true(cached(world, true, 1, 0x10000));
	world_atc_invalidate(world, 0, &inv);
	assert_false(cached(world, true, 1, 0x10000));
	assert_int_equal(smmu.request[smmu.count - 1].sid, 8);
}

static void a_device_talks_to_the_smmu_in_front_of_it(void **state)
{
	struct fake_smmu first, second;
	uint64_t pa;
	struct world *world = connected(&first, &pa);
	const struct smmu_atc_inv inv = {.sid = 8, .ssv = true, .ssid = 1};

	(void)state;
	second = first;
	world->port[1] = world->port[0];
	world->port[1].ctx = &second;
	world_endpoint_set_smmu(world, 0, 1);
	world_pci_enable_ats(world, 0);
	assert_int_equal(second.ats_changes, 1);
	assert_true(world_dma(world, 0, true, 1, 0x10000, false, 0).response.status == SMMU_OK);
	assert_int_equal(second.count, 2); /* the ATS request, then the access */
	assert_int_equal(first.count + first.ats_changes, 0);
	/* Nobody else reaches its ATC. */
	world_atc_invalidate(world, 0, &inv);
	assert_true(cached(world, true, 1, 0x10000));
	world_atc_invalidate(world, 1, &inv);
	assert_false(cached(world, true, 1, 0x10000));
}

static void streams_are_numbered_endpoints_first(void **state)
{
	struct world *world = fresh_world();
	static const struct {
		unsigned device;
		uint16_t id;
	} expected[] = {{0, 8}, {1, 16}, {2, 24}, {0, 0x108}, {2, 0x118}};

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		world_add_endpoint(world, (uint16_t)(8 * (i + 1)), 4, false, i);
	assert_int_equal(world_num_streams(world), 3);
	world_endpoint_add_stream(world, 2, 0x118);
	world_endpoint_add_stream(world, 0, 0x108);
	assert_int_equal(world_num_streams(world), ARRAY_SIZE(expected));
	for (unsigned i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_int_equal(world_stream_device(world, i), expected[i].device);
		assert_int_equal(world_stream_id(world, i), expected[i].id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_dma_sends_one_untranslated_request),
		cmocka_unit_test(memory_is_touched_only_where_it_is_and_may_be),
		cmocka_unit_test(ats_is_translated_once_and_then_served_from_the_atc),
		cmocka_unit_test(a_right_that_ats_does_not_grant_is_asked_for_untranslated),
		cmocka_unit_test(with_worst_caches_the_endpoint_keeps_nothing),
		cmocka_unit_test(atc_invalidation_clears_what_it_names),
		cmocka_unit_test(atc_replaces_its_oldest_entry),
		cmocka_unit_test(ats_enable_is_reported_on_change_and_empties_the_atc),
		cmocka_unit_test(capabilities_decide_what_can_be_enabled),
		cmocka_unit_test(an_absent_device_sends_nothing),
		cmocka_unit_test(calls_and_events_are_logged_until_the_next_op),
		cmocka_unit_test(the_owner_is_called_after_the_log_and_the_hook),
		cmocka_unit_test(a_plugged_device_is_as_it_was_at_the_start),
		cmocka_unit_test(a_retried_stall_is_presented_again_once_work_has_answered),
		cmocka_unit_test(an_aborted_stall_keeps_its_event_and_touches_nothing),
		cmocka_unit_test(a_stall_without_an_answer_is_noticed),
		cmocka_unit_test(a_stall_that_is_retried_without_end_is_given_up),
		cmocka_unit_test(what_can_stall_has_no_ats),
		cmocka_unit_test(reads_use_the_first_stream_and_writes_the_last),
		cmocka_unit_test(a_device_talks_to_the_smmu_in_front_of_it),
		cmocka_unit_test(streams_are_numbered_endpoints_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
