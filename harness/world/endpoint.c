/* SPDX-License-Identifier: MIT */
/* What a PCI function does: capabilities, DMA, its ATC, and the calls into its owner. */
#include "internal.h"

#include <errno.h>
#include <string.h>

static struct world_endpoint *endpoint_of(struct world *world, unsigned device)
{
	CHECK(device < world->num_endpoints, "device %u", device);
	return &world->endpoint[device];
}

static void atc_clear(struct world_endpoint *endpoint)
{
	memset(endpoint->atc, 0, sizeof(endpoint->atc));
	endpoint->atc_next = 0;
}

static void set_ats(struct world *world, unsigned device, bool enabled)
{
	struct world_endpoint *endpoint = endpoint_of(world, device);
	const struct world_port *port;

	if (endpoint->ats_on == enabled)
		return;
	endpoint->ats_on = enabled;
	/* 3.9.1: a change of ATS Enable leaves the ATC empty. */
	atc_clear(endpoint);
	port = &world->port[endpoint->smmu];
	if (port->set_ats)
		port->set_ats(port->ctx, device, enabled);
}

int world_pci_enable_ats(struct world *world, unsigned device)
{
	const struct world_endpoint *endpoint = endpoint_of(world, device);

	if (!endpoint->present || !endpoint->ats_cap)
		return -ENODEV;
	set_ats(world, device, true);
	return 0;
}

void world_pci_disable_ats(struct world *world, unsigned device)
{
	set_ats(world, device, false);
}

int world_pci_enable_pasid(struct world *world, unsigned device)
{
	struct world_endpoint *endpoint = endpoint_of(world, device);

	if (!endpoint->present || !endpoint->pasid_bits)
		return -ENODEV;
	endpoint->pasid_on = true;
	return 0;
}

void world_pci_disable_pasid(struct world *world, unsigned device)
{
	endpoint_of(world, device)->pasid_on = false;
}

static void call_owner(struct world *world, enum world_call_kind kind, unsigned device,
		       unsigned pasid)
{
	struct world_call call = {(uint8_t)kind, (uint8_t)device, (uint16_t)pasid};

	CHECK(device < world->num_endpoints, "device %u", device);
	world_might_sleep(world);
	if (world->num_calls < WORLD_MAX_CALLS)
		world->call[world->num_calls++] = call;
	if (world->hooks.call)
		world->hooks.call(world->hooks.ctx, &call);
}

int world_client_mm_exit(struct world *world, unsigned device, unsigned pasid)
{
	/* Transactions end where they begin here, so there is none to wait for. */
	call_owner(world, WORLD_CALL_MM_EXIT, device, pasid);
	if (world->owner.mm_exit)
		world->owner.mm_exit(world->owner.ctx, device, pasid);
	return 0;
}

void world_fault_flush(struct world *world, unsigned device, unsigned pasid)
{
	call_owner(world, WORLD_CALL_FAULT_FLUSH, device, pasid);
}

static void log_event(struct world *world, unsigned vm, const uint64_t record[4])
{
	if (world->num_events == WORLD_MAX_EVENTS) {
		world->events_lost++;
		return;
	}
	world->event_vm[world->num_events] = (uint8_t)vm;
	memcpy(world->event[world->num_events++], record, sizeof(world->event[0]));
}

void world_report_event(struct world *world, const uint64_t record[4])
{
	log_event(world, WORLD_MAX_VMS, record);
}

void world_report_guest_event(struct world *world, unsigned vm, const uint64_t record[4])
{
	CHECK(vm < WORLD_MAX_VMS, "vm %u", vm);
	log_event(world, vm, record);
}

void world_endpoint_plug(struct world *world, unsigned device)
{
	struct world_endpoint *endpoint = endpoint_of(world, device);

	CHECK(!endpoint->present, "device %u is there", device);
	set_ats(world, device, false);
	atc_clear(endpoint);
	endpoint->pasid_on = false;
	endpoint->present = true;
}

static struct smmu_response transact(const struct world_port *port, struct smmu_request request)
{
	CHECK(port->access, "no smmu is connected");
	/* A struct by value: nothing dangles. */
	/* cppcheck-suppress returnDanglingLifetime */
	return port->access(port->ctx, &request);
}

static bool atc_covers(const struct world_atc_entry *entry, bool ssv, uint32_t ssid, uint64_t va)
{
	return entry->valid && entry->ssv == ssv && (!ssv || entry->ssid == ssid) &&
	       va - entry->va < entry->size;
}

static const struct world_atc_entry *atc_find(const struct world_endpoint *endpoint, bool ssv,
					      uint32_t ssid, uint64_t va, bool write)
{
	for (unsigned i = 0; i < WORLD_ATC_ENTRIES; i++) {
		const struct world_atc_entry *entry = &endpoint->atc[i];

		if (atc_covers(entry, ssv, ssid, va) && (write ? entry->write_ok : entry->read_ok))
			return entry;
	}
	return NULL;
}

/* Keep a completion, in the place of an older one for the same page or else in turn. */
static void atc_fill(struct world_endpoint *endpoint, const struct smmu_request *request,
		     const struct smmu_response *response)
{
	uint64_t size = response->size ? response->size : WORLD_FRAME_SIZE;
	struct world_atc_entry *entry = NULL;

	for (unsigned i = 0; i < WORLD_ATC_ENTRIES && !entry; i++) {
		if (atc_covers(&endpoint->atc[i], request->ssv, request->ssid, request->addr))
			entry = &endpoint->atc[i];
	}
	if (!entry) {
		entry = &endpoint->atc[endpoint->atc_next];
		endpoint->atc_next = (uint8_t)((endpoint->atc_next + 1) % WORLD_ATC_ENTRIES);
	}
	*entry = (struct world_atc_entry){
		.valid = true,
		.ssv = request->ssv,
		.ssid = request->ssid,
		.read_ok = response->read_ok,
		.write_ok = response->write_ok,
		.va = request->addr & ~(size - 1),
		.size = size,
		.pa = response->pa & ~(size - 1),
	};
}

/* An ATS request for the page of `access`, from its stream. */
static struct smmu_response ats_request(struct world *world, unsigned device,
					const struct smmu_request *access)
{
	struct world_endpoint *endpoint = endpoint_of(world, device);
	struct smmu_request request = *access;
	struct smmu_response response = {.status = SMMU_ATS_DENIED};

	request.kind = SMMU_ATS_REQUEST;
	/* NW = 0: all rights are asked for, the completion says which there are (3.9.1). */
	request.write = true;

	if (!endpoint->present || !endpoint->ats_on)
		return response;
	response = transact(&world->port[endpoint->smmu], request);
	if (!world->worst_caches && response.status == SMMU_OK &&
	    (response.read_ok || response.write_ok))
		atc_fill(endpoint, &request, &response);
	return response;
}

struct smmu_response world_ats_request(struct world *world, unsigned device, bool has_pasid,
				       unsigned pasid, uint64_t va)
{
	const struct smmu_request access = {
		.sid = endpoint_of(world, device)->rid,
		.ssv = has_pasid,
		.ssid = has_pasid ? pasid : 0,
		.addr = va,
	};

	return ats_request(world, device, &access);
}

/* 3.9.1: with ATS on, the address that the device has or gets for va; false: none it may use. */
static bool ats_address(struct world *world, unsigned device, const struct smmu_request *request,
			struct world_dma *dma, uint64_t *pa)
{
	const struct world_endpoint *endpoint = &world->endpoint[device];
	const struct world_atc_entry *entry = NULL;
	struct smmu_response response;

	if (!endpoint->ats_on)
		return false;
	if (!world->worst_caches)
		entry = atc_find(endpoint, request->ssv, request->ssid, request->addr,
				 request->write);
	if (entry) {
		dma->from_atc = true;
		*pa = entry->pa + (request->addr - entry->va);
		return true;
	}
	response = ats_request(world, device, request);
	*pa = response.pa;
	return response.status == SMMU_OK &&
	       (request->write ? response.write_ok : response.read_ok);
}

static void access_memory(struct world *world, bool write, uint32_t value, struct world_dma *dma)
{
	uint64_t pa = dma->response.pa & ~(uint64_t)(WORLD_FRAME_SIZE - 1);
	uint32_t *content = (uint32_t *)(uintptr_t)pa;

	dma->bus_error = !ram_live(&world->ram, pa);
	if (dma->bus_error)
		return;
	if (write)
		*content = value;
	else
		dma->value = *content;
}

/*
 * 3.12.2: a stalled transaction waits until software has answered; after a retry the same
 * transaction is presented again. Nothing but what is pending now can bring the answer.
 */
static void transact_with_stalls(struct world *world, const struct world_port *port,
				 const struct smmu_request *request, struct world_dma *dma)
{
	for (;;) {
		enum smmu_stall_answer answer = SMMU_STALL_WAITING;

		dma->response = transact(port, *request);
		if (dma->response.status != SMMU_STALLED)
			return;
		dma->stalls++;
		world_settle(world);
		if (port->stall_take)
			answer = port->stall_take(port->ctx, request->sid, dma->response.stag);
		if (answer == SMMU_STALL_ABORT)
			dma->response.status = SMMU_ABORT;
		dma->unanswered = answer == SMMU_STALL_WAITING;
		if (answer != SMMU_STALL_RETRY || dma->stalls == WORLD_MAX_STALLS)
			return;
	}
}

struct world_dma world_dma(struct world *world, unsigned device, bool has_pasid, unsigned pasid,
			   uint64_t va, bool write, uint32_t value)
{
	struct world_endpoint *endpoint = endpoint_of(world, device);
	uint16_t stream = endpoint->stream[write ? endpoint->num_streams - 1 : 0];
	struct smmu_request request = {
		.sid = stream,
		.ssv = has_pasid,
		.ssid = has_pasid ? pasid : 0,
		.addr = va,
		.kind = SMMU_UNTRANSLATED,
		.write = write,
	};
	struct world_dma dma = {.response = {.status = SMMU_ABORT}};
	uint64_t pa;

	if (!endpoint->present)
		return dma;
	if (ats_address(world, device, &request, &dma, &pa)) {
		/* 3.9.1.2: a translated transaction carries no PASID unless IDR3.PASIDTT. */
		request = (struct smmu_request){
			.sid = stream,
			.addr = pa,
			.kind = SMMU_ATS_TRANSLATED,
			.write = write,
		};
	}
	transact_with_stalls(world, &world->port[endpoint->smmu], &request, &dma);
	if (dma.response.status != SMMU_OK)
		return dma;
	/* Rights of a translated or bypassed access were settled before. */
	if (request.kind == SMMU_UNTRANSLATED && !dma.response.bypass &&
	    !(write ? dma.response.write_ok : dma.response.read_ok))
		return dma;
	access_memory(world, write, value, &dma);
	return dma;
}

/* Does an ATS invalidation name this entry's address space? Without a PASID it names all of them (PCIe
 * 6.2, 10.3.8; there those of PASIDs even at every address, which no driver counts on). */
static bool inv_names(const struct smmu_atc_inv *inv, const struct world_atc_entry *entry)
{
	return !inv->ssv || (entry->ssv && (inv->global || inv->ssid == entry->ssid));
}

static bool inv_overlaps(const struct smmu_atc_inv *inv, const struct world_atc_entry *entry)
{
	return !inv->size || (inv->va - entry->va < entry->size || entry->va - inv->va < inv->size);
}

static bool has_stream(const struct world_endpoint *endpoint, uint32_t sid)
{
	for (unsigned i = 0; i < endpoint->num_streams; i++)
		if (endpoint->stream[i] == sid)
			return true;
	return false;
}

void world_atc_invalidate(struct world *world, unsigned smmu, const struct smmu_atc_inv *inv)
{
	for (unsigned device = 0; device < world->num_endpoints; device++) {
		struct world_endpoint *endpoint = &world->endpoint[device];

		if (endpoint->smmu != smmu || !has_stream(endpoint, inv->sid))
			continue;
		for (unsigned i = 0; i < WORLD_ATC_ENTRIES; i++) {
			struct world_atc_entry *entry = &endpoint->atc[i];

			if (entry->valid && inv_names(inv, entry) && inv_overlaps(inv, entry))
				entry->valid = false;
		}
	}
}
