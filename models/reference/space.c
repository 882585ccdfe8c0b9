/* SPDX-License-Identifier: MIT */
/* Page slots of one address space: the part that private tables and processes have in common. */
#include "internal.h"

uint32_t ref_slots(uint8_t page, uint8_t count)
{
	REF_ASSERT(count > 0 && page + count <= REF_SPACE_PAGES);
	return (uint32_t)(((UINT64_C(1) << count) - 1) << page);
}

void ref_space_map(struct ref *ref, struct ref_space *space, uint8_t page, uint8_t count,
		   uint8_t prot)
{
	for (unsigned i = page; i < (unsigned)page + count; i++) {
		space->slot[i] = (struct ref_mapping){
			.page = ref_page_alloc(ref),
			.prot = prot,
			.state = REF_MAPPED,
		};
	}
	space->mapped |= ref_slots(page, count);
}

unsigned ref_space_unmap(struct ref *ref, struct ref_space *space, uint32_t slots)
{
	unsigned count = 0;

	slots &= space->mapped;
	space->mapped &= ~slots;
	for (; slots; slots &= slots - 1, count++) {
		struct ref_mapping *slot = &space->slot[ref_first(slots)];

		ref_page_put(ref, slot->page);
		*slot = (struct ref_mapping){0};
	}
	return count;
}
