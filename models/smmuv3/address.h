/* SPDX-License-Identifier: MIT */
/* Address ranges and alignment, safe for any number of bits. */
#ifndef SMMUV3_ADDRESS_H
#define SMMUV3_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

/* The low `count` bits set; count may be 64 or more. */
static inline uint64_t smmu_low_bits(unsigned count)
{
	return count >= 64 ? ~0ull : (1ull << count) - 1;
}

static inline uint64_t smmu_align_down(uint64_t addr, unsigned bits)
{
	return addr & ~smmu_low_bits(bits);
}

/* Does addr need more than `bits` bits? */
static inline bool smmu_exceeds(uint64_t addr, unsigned bits)
{
	return (addr & ~smmu_low_bits(bits)) != 0;
}

#endif
