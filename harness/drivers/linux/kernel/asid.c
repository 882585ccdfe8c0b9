// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ASIDs of CPUs, which 6.1 shares with the SMMU: arch/arm64/mm/context.c. The CPUs of the world
 * run no mm of their own, so no ASID is active on one: after a rollover only those that are pinned
 * are still taken.
 *
 * An mm's context.id is an ASID with the generation that it was given in; an ASID of an old
 * generation belongs to nobody.
 */
#include "machine.h"

#include <linux/bitmap.h>
#include <linux/spinlock.h>
#include <asm/mmu_context.h>

#if LINUX_SHIM_VERSION < 612

enum { MAX_ASID_BITS = 16, CPUS = 1 };

static DEFINE_RAW_SPINLOCK(asid_lock);
static unsigned int asid_bits;
static u64 generation; /* a multiple of 1 << MAX_ASID_BITS, never 0 */
static unsigned long next_asid;
static unsigned long num_pinned, max_pinned;
static DECLARE_BITMAP(taken, 1 << MAX_ASID_BITS); /* in this generation */
static DECLARE_BITMAP(pinned, 1 << MAX_ASID_BITS);

static unsigned long num_asids(void)
{
	return 1UL << asid_bits;
}

static unsigned long asid_of(u64 id)
{
	return id & (num_asids() - 1);
}

/* asids_init(), asids_update_limit(): there is always an ASID left after a rollover. */
void shim_asid_init(unsigned int bits)
{
	asid_bits = bits;
	generation = 1UL << MAX_ASID_BITS;
	next_asid = 1;
	num_pinned = 0;
	max_pinned = num_asids() - CPUS - 2;
	bitmap_zero(taken, num_asids());
	bitmap_zero(pinned, num_asids());
}

/* flush_context(): a new generation, in which the pinned ASIDs and 0, init_mm's, are taken. */
static void roll_over(void)
{
	generation += 1UL << MAX_ASID_BITS;
	bitmap_copy(taken, pinned, num_asids());
	__set_bit(0, taken);
}

/* new_context() */
static u64 new_id(u64 old)
{
	unsigned long asid = asid_of(old);

	/* The one that it had, if nobody took it since. */
	if (old && !__test_and_set_bit(asid, taken))
		return asid | generation;
	asid = find_next_zero_bit(taken, num_asids(), next_asid);
	if (asid >= num_asids()) {
		roll_over();
		asid = find_next_zero_bit(taken, num_asids(), 1);
	}
	__set_bit(asid, taken);
	next_asid = asid;
	return asid | generation;
}

/* Pins the ASID of an mm, which gets one if it has none. 0: too many are pinned. */
unsigned long arm64_mm_context_get(struct mm_struct *mm)
{
	unsigned long flags, asid = 0;
	u64 id;

	raw_spin_lock_irqsave(&asid_lock, flags);
	id = atomic64_read(&mm->context.id);
	if (refcount_inc_not_zero(&mm->context.pinned)) {
		asid = asid_of(id);
	} else if (num_pinned < max_pinned) {
		if ((id ^ generation) >> asid_bits) {
			id = new_id(id);
			atomic64_set(&mm->context.id, id);
		}
		asid = asid_of(id);
		num_pinned++;
		__set_bit(asid, pinned);
		refcount_set(&mm->context.pinned, 1);
	}
	raw_spin_unlock_irqrestore(&asid_lock, flags);
	return asid;
}

void arm64_mm_context_put(struct mm_struct *mm)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&asid_lock, flags);
	if (refcount_dec_and_test(&mm->context.pinned)) {
		__clear_bit(asid_of(atomic64_read(&mm->context.id)), pinned);
		num_pinned--;
	}
	raw_spin_unlock_irqrestore(&asid_lock, flags);
}

#else

/* 6.12 takes ASIDs of its own. */
void shim_asid_init(unsigned int bits)
{
}

#endif
