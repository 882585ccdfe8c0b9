/* SPDX-License-Identifier: MIT */
/*
 * The software inside a VM: it binds functions to its own processes with PASIDs and ASIDs of its
 * own (B-8), hears of changes to their page tables, and asks the host for invalidations in the
 * order configuration, TLB, ATC (D-2, D-3).
 */
#include "internal.h"

static struct guest_mm *find_mm(struct guest *guest, unsigned mm)
{
	for (unsigned i = 0; i < ARRAY_SIZE(guest->mm); i++)
		if (guest->mm[i].owners && guest->mm[i].mm == mm)
			return &guest->mm[i];
	return NULL;
}

bool guest_pasid(const struct owners *owners, unsigned device, unsigned mm, unsigned *pasid)
{
	const struct guest *guest = &owners->guest[owners->world->mm[mm].vm];

	for (unsigned i = 0; i < ARRAY_SIZE(guest->mm); i++) {
		const struct guest_mm *bound = &guest->mm[i];

		if (!bound->owners || bound->mm != mm || !(bound->functions >> device & 1))
			continue;
		*pasid = bound->pasid;
		return true;
	}
	return false;
}

/* PASIDs and ASIDs that one guest has given out. */
struct numbers {
	uint64_t pasids, asids;
};

static void add_numbers(struct numbers *used, const struct guest *guest)
{
	for (unsigned i = 0; i < ARRAY_SIZE(guest->mm); i++) {
		if (!guest->mm[i].owners)
			continue;
		used->pasids |= 1ull << guest->mm[i].pasid;
		used->asids |= 1ull << guest->mm[i].asid;
	}
}

/* 0 means no PASID and is no ASID that is given out. */
static struct numbers numbers_in_use(const struct owners *owners, unsigned vm)
{
	struct numbers used = {1, 1};

	add_numbers(&used, &owners->guest[vm]);
	for (unsigned i = 0; i < WORLD_MAX_VMS && OWNER_FAULT(owners, guest_pasids_global); i++)
		add_numbers(&used, &owners->guest[i]);
	return used;
}

static unsigned last_pasid(const struct owners *owners, unsigned device)
{
	return (1u << owners->topology.guest_pasid_bits[device]) - 1;
}

static const struct world_notifier_ops notifier_ops;

/* The lowest numbers that are free, and notice of what happens to the space. */
static int add_mm(struct owners *owners, unsigned vm, unsigned device, unsigned mm,
		  struct guest_mm **added)
{
	struct numbers used = numbers_in_use(owners, vm);
	struct guest_mm *new = owners->guest[vm].mm;
	unsigned pasid = (unsigned)__builtin_ctzll(~used.pasids);
	int error;

	if (pasid > last_pasid(owners, device))
		return -ENOSPC; /* */
	while (new->owners)
		new ++;
	error = world_notifier_register(owners->world, mm, &notifier_ops, new);
	if (error)
		return error;
	*new = (struct guest_mm){.owners = owners,
				 .vm = (uint8_t)vm,
				 .mm = (uint8_t)mm,
				 .pasid = pasid,
				 .asid = (unsigned)__builtin_ctzll(~used.asids)};
	*added = new;
	return 0;
}

/* D-4, D-5: its numbers are free for others; nothing is cached under them any more. */
static void remove_mm(struct guest_mm *mm)
{
	world_notifier_unregister(mm->owners->world, mm->mm, mm);
	*mm = (struct guest_mm){0};
}

int guest_bind(struct owners *owners, unsigned device, unsigned mm, unsigned *pasid)
{
	unsigned vm = owners->world->mm[mm].vm;
	struct guest_mm *bound;
	int error;

	if (!world_mm_alive(owners->world, mm))
		return -ESRCH; /* */
	if (vm >= WORLD_MAX_VMS || !vmm_has(owners, vm, device))
		return -ENODEV; /* B-8 */
	bound = find_mm(&owners->guest[vm], mm);
	if (bound && bound->functions >> device & 1)
		return -EEXIST; /* */
	if (bound && bound->pasid > last_pasid(owners, device))
		return -ERANGE; /* */
	error = bound ? 0 : add_mm(owners, vm, device, mm, &bound);
	if (error)
		return error;
	error = guest_table_make(owners, vm, device);
	if (error) {
		if (!bound->functions)
			remove_mm(bound);
		return error;
	}
	bound->functions |= (uint8_t)(1u << device);
	guest_entry_write(owners, bound, device);
	*pasid = bound->pasid;
	return 0;
}

static void tlbi_asid(const struct guest_mm *mm, unsigned device)
{
	guest_forward(mm->owners, mm->vm, device,
		      (struct driver_guest_inv){.kind = DRIVER_GUEST_TLBI_ASID,
						.asid = (uint16_t)mm->asid});
}

static void tlbi_range(const struct guest_mm *mm, unsigned device, uint64_t va, uint64_t size)
{
	guest_forward(mm->owners, mm->vm, device,
		      (struct driver_guest_inv){.kind = DRIVER_GUEST_TLBI_VA,
						.asid = (uint16_t)mm->asid,
						.va = va,
						.size = size});
}

/* Size 0: everything of the PASID. */
static void atc_range(const struct guest_mm *mm, unsigned device, uint64_t va, uint64_t size)
{
	guest_forward(mm->owners, mm->vm, device,
		      (struct driver_guest_inv){.kind = DRIVER_GUEST_ATC_INV,
						.has_pasid = true,
						.pasid = mm->pasid,
						.va = va,
						.size = size});
}

/* D-3, D-2: entry, TLB, ATC. */
static void leave_function(struct guest_mm *mm, unsigned device)
{
	guest_entry_clear(mm->owners, mm, device);
	if (!OWNER_FAULT(mm->owners, guest_unbind_skips_tlbi))
		tlbi_asid(mm, device);
	if (!OWNER_FAULT(mm->owners, guest_unbind_skips_atc))
		atc_range(mm, device, 0, 0);
	mm->functions &= (uint8_t) ~(1u << device);
}

int guest_unbind(struct owners *owners, unsigned vm, unsigned device, unsigned pasid)
{
	struct guest *guest = &owners->guest[vm];

	if (!vmm_has(owners, vm, device))
		return -ENODEV; /* B-8 */
	for (unsigned i = 0; i < ARRAY_SIZE(guest->mm); i++) {
		struct guest_mm *mm = &guest->mm[i];

		if (!mm->owners || mm->pasid != pasid || !(mm->functions >> device & 1))
			continue;
		leave_function(mm, device);
		if (!mm->functions)
			remove_mm(mm);
		return 0;
	}
	return -ESRCH; /* */
}

void guest_leave(struct owners *owners, unsigned vm, unsigned device)
{
	struct guest *guest = &owners->guest[vm];

	for (unsigned i = 0; i < ARRAY_SIZE(guest->mm); i++) {
		struct guest_mm *mm = &guest->mm[i];

		if (!mm->owners || !(mm->functions >> device & 1))
			continue;
		leave_function(mm, device);
		if (!mm->functions)
			remove_mm(mm);
	}
	if (!OWNER_FAULT(owners, guest_keeps_table))
		guest_table_free(owners, vm, device);
}

void guest_forget(struct owners *owners, unsigned vm)
{
	owners->guest[vm] = (struct guest){0};
}

/* D-1, D-6: what changed is in no TLB, tables included, and then in no ATC (D-2). */
static void mm_invalidate(void *ctx, unsigned index, uint64_t start, uint64_t end)
{
	const struct guest_mm *mm = ctx;
	struct owners *owners = mm->owners;
	bool atc = !OWNER_FAULT(owners, guest_unmap_skips_atc);
	bool early = OWNER_FAULT(owners, guest_atc_before_tlbi);

	(void)index;
	for (unsigned i = 0; i < WORLD_MAX_ENDPOINTS && early; i++)
		if (mm->functions >> i & 1)
			atc_range(mm, i, start, end - start);
	for (unsigned i = 0; i < WORLD_MAX_ENDPOINTS; i++)
		if (mm->functions >> i & 1 && !OWNER_FAULT(owners, guest_unmap_skips_tlbi))
			tlbi_range(mm, i, start, end - start);
	for (unsigned i = 0; i < WORLD_MAX_ENDPOINTS && atc && !early; i++)
		if (mm->functions >> i & 1)
			atc_range(mm, i, start, end - start);
}

/* D-9: when this returns nothing in the guest reaches the space, and its tables are torn down. */
static void mm_release(void *ctx, unsigned index)
{
	struct guest_mm *mm = ctx;

	(void)index;
	for (unsigned i = 0; i < WORLD_MAX_ENDPOINTS; i++)
		if (mm->functions >> i & 1 && !OWNER_FAULT(mm->owners, guest_exit_leaves_entry))
			leave_function(mm, i);
	remove_mm(mm);
}

static const struct world_notifier_ops notifier_ops = {
	.invalidate = mm_invalidate,
	.release = mm_release,
};

int guest_invalidate(struct owners *owners, unsigned vm, unsigned device, bool has_pasid,
		     unsigned pasid, uint64_t va, uint64_t size)
{
	struct guest *guest = &owners->guest[vm];
	struct driver_guest_inv inv = {
		.has_pasid = has_pasid, .pasid = pasid, .va = va, .size = size};

	if (!vmm_has(owners, vm, device))
		return -ENODEV; /* B-8 */
	inv.kind = DRIVER_GUEST_CFGI_CD;
	if (has_pasid)
		guest_forward(owners, vm, device, inv);
	for (unsigned i = 0; i < ARRAY_SIZE(guest->mm); i++) {
		const struct guest_mm *mm = &guest->mm[i];

		if (!mm->owners || (has_pasid && mm->pasid != pasid))
			continue;
		tlbi_range(mm, device, va, size);
		tlbi_asid(mm, device);
	}
	inv.kind = DRIVER_GUEST_ATC_INV;
	guest_forward(owners, vm, device, inv);
	return 0;
}
