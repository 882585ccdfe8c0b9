/* SPDX-License-Identifier: MIT */
/*
 * Endpoints: PCI functions with their capabilities, their ATC, and the device driver that owns
 * them (the caller of the bind API), as far as the IOMMU side sees it.
 */
#ifndef SVAFUZZ_WORLD_ENDPOINT_H
#define SVAFUZZ_WORLD_ENDPOINT_H

#include "../../models/smmuv3/smmuv3.h"
#include "../base/base.h"

struct world;

enum {
	WORLD_MAX_ENDPOINTS = 4,
	WORLD_ATC_ENTRIES = 8, /* used in the exact and none cache modes */
	WORLD_MAX_CALLS = 128,
	WORLD_MAX_STREAMS = 2, /* StreamIDs of one endpoint */
	WORLD_MAX_STALLS = 8,  /* retries of one access before it counts as endless */
	WORLD_MAX_SMMUS = 2,
};

struct world_atc_entry {
	bool valid, ssv, read_ok, write_ok;
	uint32_t ssid;
	uint64_t va, size, pa;
};

struct world_endpoint {
	uint16_t rid; /* StreamID; the others are in stream[] */
	uint8_t num_streams;
	uint16_t stream[WORLD_MAX_STREAMS]; /* stream[0] == rid */
	bool can_stall; /* platform device: no ATS, its faults may stall (3.12.1) */
	uint8_t smmu;	/* the one in front of it */
	uint8_t pasid_bits;
	uint8_t group; /* WORLD_NONE: in no group */
	bool ats_cap, ats_on;
	bool pasid_on;
	bool present;
	uint8_t atc_next;
	struct world_atc_entry atc[WORLD_ATC_ENTRIES];
};

/* Calls from the IOMMU side into the owner of the device, in order. */
enum world_call_kind { WORLD_CALL_MM_EXIT, WORLD_CALL_FAULT_FLUSH };
struct world_call {
	uint8_t kind; /* enum world_call_kind */
	uint8_t device;
	uint16_t pasid;
};

/* For drivers: PCI capability enables (refused with -ENODEV without the capability). */
int world_pci_enable_ats(struct world *world, unsigned device);
void world_pci_disable_ats(struct world *world, unsigned device);
int world_pci_enable_pasid(struct world *world, unsigned device);
void world_pci_disable_pasid(struct world *world, unsigned device);
/* mm_exit: the owner stops the device's use of the PASID before it returns. 0. */
int world_client_mm_exit(struct world *world, unsigned device, unsigned pasid);
/* iopf_queue_flush_dev: the fault queue holds no request of this device when it returns. */
void world_fault_flush(struct world *world, unsigned device, unsigned pasid);
/* An event record that the driver took out of the event queue, as it decoded it. */
void world_report_event(struct world *world, const uint64_t record[4]);
/* The same, handed on to the guest in a VM. */
void world_report_guest_event(struct world *world, unsigned vm, const uint64_t record[4]);

/* Hot-add of an endpoint that was unplugged: as it was at the start, its ATC empty. */
void world_endpoint_plug(struct world *world, unsigned device);

/* For the check: what the device does. */
struct world_dma {
	struct smmu_response response;
	bool bus_error; /* translated, but no memory is there */
	bool from_atc;	/* exact, none: the address came out of the ATC */
	/* How often it stalled; it was answered each time, or `unanswered`. After WORLD_MAX_STALLS
	 * retries the device gives up: the status stays SMMU_STALLED then as well. */
	uint8_t stalls;
	bool unanswered; /* still stalled when nothing was left to run (D-8) */
	uint32_t value;	 /* read: what was there */
};
/* `value` is what a write stores. With ATS on, the device uses its ATC (3.9). A stalled access waits
 * while interrupts and pending work run, and is presented again after a retry (3.12.2); answered by
 * an abort it has the status SMMU_ABORT. Reads go out on the first stream, writes on the last. */
struct world_dma world_dma(struct world *world, unsigned device, bool has_pasid, unsigned pasid,
			   uint64_t va, bool write, uint32_t value);
struct smmu_response world_ats_request(struct world *world, unsigned device, bool has_pasid,
				       unsigned pasid, uint64_t va);
/* Deliver an ATS invalidation of this SMMU to the ATC of its endpoint (called by the smmu socket). */
void world_atc_invalidate(struct world *world, unsigned smmu, const struct smmu_atc_inv *inv);

#endif
