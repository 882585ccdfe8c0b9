// SPDX-License-Identifier: GPL-2.0-only
/*
 * Spinlocks and interrupt masking. Nobody spins: who holds a spinlock does not sleep, so one that
 * is found taken will never be free. The host counts spinlocks, and masked interrupts as one more:
 * while the count is not 0 nothing sleeps and no interrupt is delivered.
 */
#include "shim.h"

#include <linux/preempt.h>
#include <linux/spinlock.h>

static bool irqs_masked;

unsigned long linux_shim_irq_flags(void)
{
	return irqs_masked ? ARCH_IRQ_DISABLED : ARCH_IRQ_ENABLED;
}

void linux_shim_irq_restore(unsigned long flags)
{
	bool masked = flags == ARCH_IRQ_DISABLED;

	if (masked == irqs_masked)
		return;
	irqs_masked = masked;
	shim_host->spin(shim_host->ctx, masked ? 1 : -1);
}

void __local_bh_enable_ip(unsigned long ip, unsigned int count)
{
	preempt_count_sub(count);
}

/* raw_lock.slock is 1 when free (spinlock_types_up.h); owner holds the name if there is one. */
static const char *lock_name(const raw_spinlock_t *lock)
{
	return lock->owner == SPINLOCK_OWNER_INIT ? "(static)" : lock->owner;
}

static void check_initialised(const raw_spinlock_t *lock)
{
	if (lock->magic != SPINLOCK_MAGIC)
		shim_fail(LINUX_FAIL_BUG, "a spinlock is used that was never initialised");
}

void __raw_spin_lock_init(raw_spinlock_t *lock, const char *name, struct lock_class_key *key,
			  short inner)
{
	*lock = (raw_spinlock_t)__RAW_SPIN_LOCK_UNLOCKED(lock);
	lock->owner = (void *)name;
}

int do_raw_spin_trylock(raw_spinlock_t *lock)
{
	check_initialised(lock);
	if (!lock->raw_lock.slock)
		return 0;
	lock->raw_lock.slock = 0;
	shim_host->spin(shim_host->ctx, 1);
	return 1;
}

void do_raw_spin_lock(raw_spinlock_t *lock)
{
	if (!do_raw_spin_trylock(lock))
		shim_fail(LINUX_FAIL_DEADLOCK, "spinlock %s is taken twice", lock_name(lock));
}

void do_raw_spin_unlock(raw_spinlock_t *lock)
{
	check_initialised(lock);
	if (lock->raw_lock.slock)
		shim_fail(LINUX_FAIL_LOCK, "spinlock %s is released but not held", lock_name(lock));
	lock->raw_lock.slock = 1;
	shim_host->spin(shim_host->ctx, -1);
}

/* The forms of locking, made of the above by spinlock_api_smp.h; as kernel/locking/spinlock.c. */

void _raw_spin_lock(raw_spinlock_t *lock)
{
	__raw_spin_lock(lock);
}

void _raw_spin_lock_bh(raw_spinlock_t *lock)
{
	__raw_spin_lock_bh(lock);
}

void _raw_spin_lock_irq(raw_spinlock_t *lock)
{
	__raw_spin_lock_irq(lock);
}

unsigned long _raw_spin_lock_irqsave(raw_spinlock_t *lock)
{
	return __raw_spin_lock_irqsave(lock);
}

int _raw_spin_trylock(raw_spinlock_t *lock)
{
	return __raw_spin_trylock(lock);
}

void _raw_spin_unlock(raw_spinlock_t *lock)
{
	__raw_spin_unlock(lock);
}

void _raw_spin_unlock_bh(raw_spinlock_t *lock)
{
	__raw_spin_unlock_bh(lock);
}

void _raw_spin_unlock_irq(raw_spinlock_t *lock)
{
	__raw_spin_unlock_irq(lock);
}

void _raw_spin_unlock_irqrestore(raw_spinlock_t *lock, unsigned long flags)
{
	__raw_spin_unlock_irqrestore(lock, flags);
}
