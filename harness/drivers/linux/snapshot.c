// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an image keeps between traces: .data, .bss and the objects of its boot, put back before
 * each. However a trace ended, the next one meets the kernel that has just booted.
 */
#include "linux.h"

#include <stdlib.h>

/* No memcpy(): the sanitizer's looks at red zones between globals, which are copied as well. Most
 * words have not changed. */
LINUX_NO_ASAN static void copy_words(uint64_t *to, const uint64_t *from, size_t words)
{
	for (size_t i = 0; i < words; i++)
		if (to[i] != from[i])
			to[i] = from[i];
}

LINUX_NO_ASAN static void copy_bytes(uint8_t *to, const uint8_t *from, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (to[i] != from[i])
			to[i] = from[i];
}

static void copy(void *to, const void *from, size_t size)
{
	size_t words = size / sizeof(uint64_t), done = words * sizeof(uint64_t);

	copy_words(to, from, words);
	copy_bytes((uint8_t *)to + done, (const uint8_t *)from + done, size - done);
}

bool linux_snapshot_take(struct linux_snapshot *snapshot, void *base, size_t size)
{
	struct linux_region *region = &snapshot->region[snapshot->count];

	CHECK(snapshot->count < ARRAY_SIZE(snapshot->region), "too many regions");
	CHECK((uintptr_t)base % sizeof(uint64_t) == 0, "a region that is not aligned");
	*region = (struct linux_region){.base = base, .copy = calloc(1, size + 1), .size = size};
	if (!region->copy)
		return false;
	copy(region->copy, base, size);
	snapshot->count++;
	return true;
}

void linux_snapshot_restore(const struct linux_snapshot *snapshot)
{
	for (unsigned i = 0; i < snapshot->count; i++) {
		const struct linux_region *region = &snapshot->region[i];

		copy(region->base, region->copy, region->size);
	}
}
