/* SPDX-License-Identifier: GPL-2.0-only */
/* atomic_t and atomic64_t through the compiler's builtins; linux/atomic makes the rest of these. */
#ifndef _ASM_ATOMIC_H
#define _ASM_ATOMIC_H

#include <linux/types.h>
#include <asm/barrier.h>
#include <asm/cmpxchg.h>

#define ATOMIC64_INIT(value)                                                                       \
	{                                                                                          \
		(value)                                                                            \
	}

#define LINUX_SHIM_ATOMIC_LOAD_STORE(prefix, type, value)                                          \
	static __always_inline value arch_##prefix##_read(const type *v)                           \
	{                                                                                          \
		return __atomic_load_n(&v->counter, __ATOMIC_RELAXED);                             \
	}                                                                                          \
	static __always_inline void arch_##prefix##_set(type *v, value i)                          \
	{                                                                                          \
		__atomic_store_n(&v->counter, i, __ATOMIC_RELAXED);                                \
	}

/* arch_<prefix>_<op>() and _fetch_<op>(). */
#define LINUX_SHIM_ATOMIC_OP(prefix, type, value, op)                                              \
	static __always_inline void arch_##prefix##_##op(value i, type *v)                         \
	{                                                                                          \
		__atomic_fetch_##op(&v->counter, i, __ATOMIC_SEQ_CST);                             \
	}                                                                                          \
	static __always_inline value arch_##prefix##_fetch_##op(value i, type *v)                  \
	{                                                                                          \
		return __atomic_fetch_##op(&v->counter, i, __ATOMIC_SEQ_CST);                      \
	}

/* arch_<prefix>_<op>_return(). */
#define LINUX_SHIM_ATOMIC_RETURN(prefix, type, value, op)                                          \
	static __always_inline value arch_##prefix##_##op##_return(value i, type *v)               \
	{                                                                                          \
		return __atomic_##op##_fetch(&v->counter, i, __ATOMIC_SEQ_CST);                    \
	}

#define LINUX_SHIM_ATOMIC(prefix, type, value)                                                     \
	LINUX_SHIM_ATOMIC_LOAD_STORE(prefix, type, value)                                          \
	LINUX_SHIM_ATOMIC_OP(prefix, type, value, add)                                             \
	LINUX_SHIM_ATOMIC_OP(prefix, type, value, sub)                                             \
	LINUX_SHIM_ATOMIC_OP(prefix, type, value, and)                                             \
	LINUX_SHIM_ATOMIC_OP(prefix, type, value, or)                                              \
	LINUX_SHIM_ATOMIC_OP(prefix, type, value, xor)                                             \
	LINUX_SHIM_ATOMIC_RETURN(prefix, type, value, add)                                         \
	LINUX_SHIM_ATOMIC_RETURN(prefix, type, value, sub)

LINUX_SHIM_ATOMIC(atomic, atomic_t, int)
LINUX_SHIM_ATOMIC(atomic64, atomic64_t, s64)

/* linux/atomic/atomic-arch-fallback.h looks for macros of the same names. */
#define arch_atomic_add_return	 arch_atomic_add_return
#define arch_atomic_sub_return	 arch_atomic_sub_return
#define arch_atomic_fetch_add	 arch_atomic_fetch_add
#define arch_atomic_fetch_sub	 arch_atomic_fetch_sub
#define arch_atomic_fetch_and	 arch_atomic_fetch_and
#define arch_atomic_fetch_or	 arch_atomic_fetch_or
#define arch_atomic_fetch_xor	 arch_atomic_fetch_xor
#define arch_atomic64_add_return arch_atomic64_add_return
#define arch_atomic64_sub_return arch_atomic64_sub_return
#define arch_atomic64_fetch_add	 arch_atomic64_fetch_add
#define arch_atomic64_fetch_sub	 arch_atomic64_fetch_sub
#define arch_atomic64_fetch_and	 arch_atomic64_fetch_and
#define arch_atomic64_fetch_or	 arch_atomic64_fetch_or
#define arch_atomic64_fetch_xor	 arch_atomic64_fetch_xor

/* 6.1 wants these of the architecture, 6.12 makes them itself. */
#if LINUX_SHIM_VERSION < 612
#define arch_atomic_xchg(v, new)	   arch_xchg(&(v)->counter, (new))
#define arch_atomic_cmpxchg(v, old, new)   arch_cmpxchg(&(v)->counter, (old), (new))
#define arch_atomic64_xchg(v, new)	   arch_xchg(&(v)->counter, (s64)(new))
#define arch_atomic64_cmpxchg(v, old, new) arch_cmpxchg(&(v)->counter, (s64)(old), (s64)(new))
#endif

#endif
