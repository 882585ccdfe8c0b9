// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stores of the driver into RAM that hardware sees, told to the host one by one, before they are
 * made. Plain ones are announced by code that the compiler adds (-fsanitize-coverage=trace-stores),
 * atomic ones by arch/asm/cmpxchg.h. Most stores go elsewhere, hence the check inline.
 */
#include "shim.h"

#include <linux/compiler.h>
#include <asm/linux_shim.h>

void linux_shim_store(const volatile void *address, unsigned int size)
{
	shim_host->store(shim_host->ctx, (void *)address, size);
}

static __always_inline void announce(void *address, unsigned int size)
{
	if (unlikely((unsigned long)address - shim_host->ram_base < shim_host->ram_size))
		linux_shim_store(address, size);
}

/* clang/docs/SanitizerCoverage.rst, "Tracing loads and stores". */
#define DEFINE_STORE_CALLBACK(size)                                                                \
	void __sanitizer_cov_store##size(void *address);                                           \
	void __sanitizer_cov_store##size(void *address)                                            \
	{                                                                                          \
		announce(address, size);                                                           \
	}

DEFINE_STORE_CALLBACK(1)
DEFINE_STORE_CALLBACK(2)
DEFINE_STORE_CALLBACK(4)
DEFINE_STORE_CALLBACK(8)
DEFINE_STORE_CALLBACK(16)

#ifdef LINUX_SHIM_OWN_COUNTERS
/* The compiler traces stores only with counters; without libFuzzer nobody reads those. */
void __sanitizer_cov_8bit_counters_init(char *start, char *stop);
void __sanitizer_cov_8bit_counters_init(char *start, char *stop)
{
}
#endif
