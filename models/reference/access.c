/* SPDX-License-Identifier: MIT */
/*
 * What devices reach: targets of (device, PASID), accesses, ATS.
 *
 * The law follows the architecture where the rules are silent (Arm IHI 0070):
 *   - a PASID in an identity domain is a configuration fault, not a bypass: with stage 1 disabled
 *     "the supply of a SubstreamID causes the transaction to be terminated with an abort,
 *     recording C_BAD_SUBSTREAMID" (5.2 STE.S1CDMax, 7.3.9);
 *   - PASID 0 is terminated in a translated domain (5.2 STE.S1DSS = 0b10, F_STREAM_DISABLED);
 *   - a function that a VM has bypasses stage 1 without a PASID (5.2 STE.S1DSS = 0b01); a PASID that
 *     its guest has not, 0 included, is a fault of the guest's table (7.3.9, 7.3.11), and so is what a
 *     guest's page tables refuse; what is beyond the VM's memory is a stage 2 fault of the host;
 *   - an ATS request in an identity domain is denied, with or without a PASID: EATS is 0b00 there
 *     (5.2 STE.Config = 0b100, 3.9.1.2, 7.3.6 F_BAD_ATS_TREQ).
 */
#include "linux.h"

struct ref_target ref_guest_target(const struct ref *ref, uint8_t device, bool has_pasid,
				   uint32_t pasid)
{
	uint8_t vm = ref->device[device].vm, mm;

	if (!has_pasid)
		return (struct ref_target){REF_TARGET_GUEST, vm};
	mm = ref_guest_mm(ref, vm, device, pasid);
	if (mm == REF_NONE)
		return (struct ref_target){REF_TARGET_NO_PASID, 0};
	return (struct ref_target){REF_TARGET_MM, mm};
}

struct ref_target ref_target(const struct ref *ref, uint8_t device, bool has_pasid, uint32_t pasid)
{
	REF_ASSERT(device < ref->topology.num_devices);
	return ref_is_linux(ref) ? ref_linux_target(ref, device, has_pasid, pasid)
				 : ref_io_mm_target(ref, device, has_pasid, pasid);
}

const struct ref_space *ref_target_space(const struct ref *ref, struct ref_target target)
{
	switch (target.kind) {
	case REF_TARGET_MM:
		return &ref->mm[target.index].space;
	case REF_TARGET_PRIVATE:
		return &ref->domain[target.index].space;
	default:
		return NULL;
	}
}

struct ref_access ref_device_access(const struct ref *ref, const struct ref_space *space,
				    uint8_t page)
{
	const struct ref_mapping *slot = &space->slot[page];
	uint8_t prot = slot->prot;

	REF_ASSERT(page < REF_SPACE_PAGES);
	if (!(slot->state & REF_MAPPED) || slot->state & REF_SWAPPED)
		return (struct ref_access){.outcome = REF_FAULT_TRANSLATION};
	/* fork write-protects what it shares, for devices as for CPUs. */
	if (slot->state & REF_COW)
		prot &= (uint8_t)~REF_WRITE;
	return (struct ref_access){
		.outcome = REF_OUTCOME_OK,
		.prot = prot,
		.page = slot->page,
		.value = ref->page[slot->page].value,
	};
}

static struct ref_result fault(enum ref_outcome outcome, const char *rule)
{
	return (struct ref_result){.rule = rule, .access = {.outcome = (uint8_t)outcome}};
}

/* Whose tables refused an access to this target: ref_access.guest. */
static uint8_t listener(const struct ref *ref, uint8_t device, struct ref_target target)
{
	uint8_t vm = REF_NONE;

	if (target.kind == REF_TARGET_MM)
		vm = ref->mm[target.index].vm;
	else if (target.kind == REF_TARGET_NO_PASID)
		vm = ref->device[device].vm;
	return vm == REF_NONE ? 0 : (uint8_t)(1 + vm);
}

/* What a transaction gets when its target has no address space. */
static struct ref_result target_fault(const struct ref *ref, uint8_t device,
				      struct ref_target target)
{
	struct ref_result result;

	switch (target.kind) {
	case REF_TARGET_ABORT:
		result = fault(REF_FAULT_ABORT, ref_is_linux(ref) ? "E-46" : "A-36");
		/* 5.2 STE.S1DSS: with a table of CDs for the PASIDs it is F_STREAM_DISABLED. */
		result.access.unreported = ref_linux_pasids_in_use(ref, device);
		return result;
	case REF_TARGET_UNMANAGED:
		result = fault(REF_FAULT_ABORT, "A-1");
		result.access.unreported = 1;
		return result;
	case REF_TARGET_QUIESCED:
		result = fault(REF_FAULT_ABORT, "D-21");
		/* 7.3: what stalls is recorded. */
		result.access.stalls = ref_linux_stalls(ref, device, target);
		result.access.unreported = result.access.stalls;
		return result;
	case REF_TARGET_EMPTY:
		result = fault(REF_FAULT_TRANSLATION, ref->device[device].claimed ? "E-46" : "B-3");
		result.access.stalls = ref_linux_stalls(ref, device, target);
		return result;
	case REF_TARGET_NO_PASID:
		result = fault(REF_FAULT_PASID, "A-7");
		result.access.guest = listener(ref, device, target);
		return result;
	case REF_TARGET_GUEST:
		/* The windows of the trace vocabulary are not in the memory of a VM. */
		return fault(REF_FAULT_TRANSLATION, "B-8");
	default:
		/* The windows of the trace vocabulary lie below all memory. */
		return fault(REF_FAULT_BUS, "B-3");
	}
}

static void check_pasid(const struct ref *ref, uint8_t device, bool has_pasid, uint32_t pasid)
{
	REF_ASSERT(device < ref->topology.num_devices);
	REF_ASSERT(!has_pasid || pasid < 1u << ref->topology.device[device].pasid_bits);
}

/* The access that a transaction gets in a space, a fault if it lacks the right. */
static struct ref_result space_access(const struct ref *ref, const struct ref_space *space,
				      uint8_t page, bool write)
{
	struct ref_result result = ref_ok();

	result.access = ref_device_access(ref, space, page);
	if (result.access.outcome != REF_OUTCOME_OK)
		return fault(REF_FAULT_TRANSLATION, "D-1");
	if (!(result.access.prot & (write ? REF_WRITE : REF_READ)))
		return fault(REF_FAULT_PERMISSION, "D-1");
	return result;
}

struct ref_result ref_device_dma(struct ref *ref, uint8_t device, struct ref_target target,
				 uint8_t page, bool write, bool memory)
{
	struct ref_result result;
	const struct ref_space *space;

	space = ref_target_space(ref, target);
	if (!space)
		return target_fault(ref, device, target);
	result = space_access(ref, space, page, write);
	if (result.access.outcome != REF_OUTCOME_OK && ref_is_linux(ref) &&
	    ref_linux_stalls(ref, device, target)) {
		/* D-14: one answer, retry or abort; a retry meets what the handler left. */
		if (memory && ref_linux_handle_fault(ref, device, target, page, write))
			result = space_access(ref, space, page, write);
		result.access.stalls = 1;
	}
	if (result.access.outcome != REF_OUTCOME_OK)
		result.access.guest = listener(ref, device, target);
	else if (write)
		result.access.value = ref->page[result.access.page].value = ++ref->serial;
	return result;
}

static struct ref_result device_dma(struct ref *ref, uint8_t device, bool has_pasid, uint32_t pasid,
				    uint8_t page, bool write, bool memory)
{
	check_pasid(ref, device, has_pasid, pasid);
	if (!ref->device[device].present)
		return ref_error(-ENODEV, "A-36");
	return ref_device_dma(ref, device, ref_target(ref, device, has_pasid, pasid), page, write,
			      memory);
}

struct ref_result ref_dma(struct ref *ref, uint8_t device, bool has_pasid, uint32_t pasid,
			  uint8_t page, bool write)
{
	return device_dma(ref, device, has_pasid, pasid, page, write, true);
}

struct ref_result ref_dma_no_memory(struct ref *ref, uint8_t device, bool has_pasid, uint32_t pasid,
				    uint8_t page, bool write)
{
	return device_dma(ref, device, has_pasid, pasid, page, write, false);
}

bool ref_ats_enabled(const struct ref *ref, uint8_t device)
{
	const struct ref_device *dev = &ref->device[device];

	REF_ASSERT(device < ref->topology.num_devices);
	if (ref_is_linux(ref))
		return ref_linux_ats_enabled(ref, device);
	if (!dev->present || !ref->topology.device[device].ats)
		return false;
	if (dev->domain == REF_NONE)
		return dev->vm != REF_NONE;
	return ref->topology.domain_type[dev->domain] == REF_DOMAIN_STAGE1;
}

/* 3.9.1.2: what a translation request gets when its target has no address space. */
static struct ref_result ats_without_space(const struct ref *ref, uint8_t device,
					   struct ref_target target)
{
	struct ref_result result = ref_ok();

	result.access = (struct ref_access){.outcome = REF_OUTCOME_OK, .page = REF_NO_PAGE};
	switch (target.kind) {
	case REF_TARGET_BYPASS: /* 13.6.4: the address itself, with all rights */
		result.access.prot = REF_READ | REF_WRITE;
		return result;
	case REF_TARGET_QUIESCED:
	case REF_TARGET_EMPTY:
	case REF_TARGET_GUEST: /* a translation fault is a success that grants nothing */
		return result;
	default:
		return target_fault(ref, device, target);
	}
}

struct ref_result ref_ats(struct ref *ref, uint8_t device, bool has_pasid, uint32_t pasid,
			  uint8_t page)
{
	struct ref_result result = ref_ok();
	const struct ref_space *space;
	struct ref_target target;

	check_pasid(ref, device, has_pasid, pasid);
	if (!ref->device[device].present || !ref->topology.device[device].ats)
		return ref_error(-ENODEV, "A-36");
	target = ref_target(ref, device, has_pasid, pasid);
	/* 3.9.1.2: denied before the SubstreamID is looked at. */
	if (!ref_ats_enabled(ref, device))
		return fault(REF_FAULT_ABORT, target.kind == REF_TARGET_ABORT ? "A-36" : "B-3");
	space = ref_target_space(ref, target);
	if (!space)
		return ats_without_space(ref, device, target);
	/* 3.9.1.2: a translation fault is a success that grants nothing. */
	result.access = ref_device_access(ref, space, page);
	result.access.outcome = REF_OUTCOME_OK;
	return result;
}
