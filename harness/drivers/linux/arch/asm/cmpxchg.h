/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xchg() and cmpxchg() of any size up to 8 bytes. They install table entries, so hardware must see
 * each: the compiler's store tracing (trace-stores) leaves atomics out, hence linux_shim_announce().
 */
#ifndef _ASM_CMPXCHG_H
#define _ASM_CMPXCHG_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/linux_shim.h>

static __always_inline void linux_shim_announce(const volatile void *address, unsigned int size)
{
	unsigned long at = (unsigned long)address;

	if (unlikely(at >= linux_shim_ram_start && at < linux_shim_ram_end))
		linux_shim_store(address, size);
}

#define arch_xchg(ptr, new)                                                                        \
	({                                                                                         \
		__typeof__(ptr) __xchg_at = (ptr);                                                 \
		__typeof__(*(ptr)) __xchg_new = (new);                                             \
		__typeof__(*(ptr)) __xchg_old;                                                     \
		linux_shim_announce(__xchg_at, sizeof(*__xchg_at));                                \
		__atomic_exchange(__xchg_at, &__xchg_new, &__xchg_old, __ATOMIC_SEQ_CST);          \
		__xchg_old;                                                                        \
	})

/* The builtin writes what it found to __cmp_old, which is what the kernel wants returned. */
#define arch_cmpxchg(ptr, old, new)                                                                \
	({                                                                                         \
		__typeof__(ptr) __cmp_at = (ptr);                                                  \
		__typeof__(*(ptr)) __cmp_old = (old);                                              \
		__typeof__(*(ptr)) __cmp_new = (new);                                              \
		linux_shim_announce(__cmp_at, sizeof(*__cmp_at));                                  \
		__atomic_compare_exchange(__cmp_at, &__cmp_old, &__cmp_new, 0, __ATOMIC_SEQ_CST,   \
					  __ATOMIC_SEQ_CST);                                       \
		__cmp_old;                                                                         \
	})

#define arch_cmpxchg64	     arch_cmpxchg
#define arch_cmpxchg_local   arch_cmpxchg
#define arch_cmpxchg64_local arch_cmpxchg

#endif
