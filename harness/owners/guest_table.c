/* SPDX-License-Identifier: MIT */
/*
 * A guest's PASID table of a function: one frame of guest memory, linear (5.4), written by the
 * guest and read by the SMMU through stage 2. Torn entries are avoided by the procedure of
 * 3.21.3.1; what is cached goes by invalidations that the host forwards, each complete when the
 * call returns.
 */
#include "guest_hw.h"
#include "internal.h"

_Static_assert(OWNERS_GUEST_PASIDS *GUEST_CD_SIZE == WORLD_FRAME_SIZE, "a table is one frame");

void guest_forward(struct owners *owners, unsigned vm, unsigned device, struct driver_guest_inv inv)
{
	if (owners->device[device].vm == vm)
		owners->driver->ops->vm_invalidate(owners->driver, vm, device, &inv);
}

static int set_table(struct owners *owners, unsigned device, uint64_t pa)
{
	unsigned bits = owners->topology.guest_pasid_bits[device];

	if (!pa)
		return owners->driver->ops->vm_set_table(owners->driver, device, 0, 0);
	return owners->driver->ops->vm_set_table(owners->driver, device, world_bus_address(pa),
						 bits);
}

/* A mistake: that of another function. 0: there is none. */
static uint64_t table_of_other(const struct owners *owners, unsigned vm)
{
	for (unsigned i = 0; i < WORLD_MAX_ENDPOINTS; i++)
		if (owners->guest[vm].table[i])
			return owners->guest[vm].table[i];
	return 0;
}

int guest_table_make(struct owners *owners, unsigned vm, unsigned device)
{
	uint64_t *table = &owners->guest[vm].table[device];
	int error;

	if (*table)
		return 0;
	if (OWNER_FAULT(owners, guest_one_table))
		*table = table_of_other(owners, vm);
	if (!*table)
		*table = world_guest_alloc(owners->world, vm, 1);
	if (!*table)
		return -ENOMEM;
	error = guest_table_show(owners, vm, device);
	if (error) {
		world_guest_free(owners->world, *table, 1);
		*table = 0;
	}
	return error;
}

void guest_table_free(struct owners *owners, unsigned vm, unsigned device)
{
	uint64_t *table = &owners->guest[vm].table[device];

	if (!*table)
		return;
	if (owners->device[device].vm == vm)
		set_table(owners, device, 0);
	world_guest_free(owners->world, *table, 1);
	*table = 0;
}

int guest_table_show(struct owners *owners, unsigned vm, unsigned device)
{
	uint64_t table = owners->guest[vm].table[device];

	if (!table || owners->device[device].vm != vm)
		return 0;
	return set_table(owners, device, table);
}

static void invalidate_entry(struct owners *owners, const struct guest_mm *mm, unsigned device)
{
	const struct driver_guest_inv inv = {
		.kind = DRIVER_GUEST_CFGI_CD, .has_pasid = true, .pasid = mm->pasid};

	guest_forward(owners, mm->vm, device, inv);
	for (unsigned i = 0; i < WORLD_MAX_ENDPOINTS; i++)
		if (i != device && OWNER_FAULT(owners, guest_one_table))
			guest_forward(owners, mm->vm, i, inv);
}

static uint64_t entry_pa(const struct owners *owners, const struct guest_mm *mm, unsigned device)
{
	return owners->guest[mm->vm].table[device] + (uint64_t)mm->pasid * GUEST_CD_SIZE;
}

/*
 * 3.21.3.1: everything but word 0, which holds V, while the entry is invalid; only then V. Both
 * steps are invalidated, because an invalid entry may be cached, and word by word.
 */
void guest_entry_write(struct owners *owners, const struct guest_mm *mm, unsigned device)
{
	struct world *world = owners->world;
	uint64_t pa = entry_pa(owners, mm, device);
	uint64_t word0 = GUEST_CD0_T0SZ(16) | GUEST_CD0_TG0_4K | GUEST_CD0_IR0_WBWA |
			 GUEST_CD0_OR0_WBWA | GUEST_CD0_SH0_IS | GUEST_CD0_EPD1 | GUEST_CD0_V |
			 GUEST_CD0_IPS_36 | GUEST_CD0_AA64 | GUEST_CD0_R | GUEST_CD0_A |
			 GUEST_CD0_ASET | GUEST_CD0_ASID(mm->asid);

	if (OWNER_FAULT(owners, guest_entry_valid_first))
		world_store(world, pa, word0);
	world_store(world, pa + 8, world_bus_address(world_mm_root(world, mm->mm)));
	world_store(world, pa + 16, 0);
	world_store(world, pa + 24, GUEST_CD3_MAIR_WB);
	for (unsigned i = 4; i < GUEST_CD_WORDS; i++)
		world_store(world, pa + 8ull * i, 0);
	invalidate_entry(owners, mm, device);
	world_store(world, pa, word0);
	invalidate_entry(owners, mm, device);
}

void guest_entry_clear(struct owners *owners, const struct guest_mm *mm, unsigned device)
{
	world_store(owners->world, entry_pa(owners, mm, device), 0);
	/* D-3: nothing refills from the old entry once the TLB is invalidated. */
	if (!OWNER_FAULT(owners, guest_unbind_skips_cfgi))
		invalidate_entry(owners, mm, device);
}
