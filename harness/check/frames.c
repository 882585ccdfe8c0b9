/* SPDX-License-Identifier: MIT */
/* Data frames of private tables: the harness hands them to map() and gets them back from
 * unmap(). */
#include "check_state.h"

void frames_alloc(struct check *c, uint64_t *frame, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		frame[i] = ram_alloc(&c->world->ram, FRAME_DATA, 1);
		/* The harness's bounds make that impossible. */
		CHECK(frame[i], "no frame for a DMA buffer");
	}
}

void frames_free(struct check *c, const uint64_t *frame, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (frame[i])
			world_frame_put(c->world, frame[i]);
}

void frames_mapped(struct check *c, unsigned domain, unsigned slot, const uint64_t *frame,
		   unsigned count)
{
	c->private_touched |= (uint32_t)(((1ull << count) - 1) << slot);
	for (unsigned i = 0; i < count; i++)
		c->private_frame[domain][slot + i] = frame[i];
	c->private_dirty[domain] = ~0u; /* nothing else may have changed */
}

void frames_take_back(struct check *c, unsigned domain, unsigned slot, const uint64_t *old,
		      unsigned count)
{
	c->private_touched |= (uint32_t)(((1ull << count) - 1) << slot);
	c->private_dirty[domain] = ~0u;
	for (unsigned i = 0; i < count; i++) {
		uint64_t *frame = &c->private_frame[domain][slot + i];

		if (!old[i])
			continue;
		if (old[i] != *frame) {
			diverge(c, DIVERGENCE_RESULT, "B-4", "the frame that was mapped",
				"another one is handed back");
			return;
		}
		*frame = 0;
		world_frame_put(c->world, old[i]);
	}
}
