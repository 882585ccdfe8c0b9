/* SPDX-License-Identifier: MIT */
/*
 * The refinement mapping between the law's pages and the world's frames. It is established the
 * first time a page is seen and must then hold until the page or the frame is freed: a page that
 * two mappings share is one frame, two pages are never one frame.
 */
#include "check_state.h"

#include <string.h>

void pages_reset(struct check *c)
{
	memset(c->frame_of, 0, sizeof(c->frame_of));
	memset(c->page_of, 0xff, c->page_of_touched * sizeof(c->page_of[0]));
	c->page_of_touched = 0;
	memset(c->mm_of, 0xff, sizeof(c->mm_of));
	memset(c->ref_of, 0xff, sizeof(c->ref_of));
	memset(c->private_frame, 0, sizeof(c->private_frame));
	memset(c->private_dirty, 0, sizeof(c->private_dirty));
	memset(c->law_dirty, 0, sizeof(c->law_dirty));
	c->private_touched = 0;
	c->mms_changed = true;
}

/* Linux: an address space that has exited stays as long as a bond holds it. */
static void keep_exited(struct check *c, const uint8_t mm_of[REF_MAX_MMS])
{
	for (unsigned ours = 0; ours < REF_MAX_MMS; ours++) {
		if (mm_of[ours] == WORLD_NONE || c->ref.mm[ours].users || !c->ref.mm[ours].pasid)
			continue;
		c->mm_of[ours] = mm_of[ours];
		c->ref_of[mm_of[ours]] = (uint8_t)ours;
	}
}

/* Tasks have the same numbers on both sides; their address spaces do not. */
void pages_map_mms(struct check *c)
{
	uint8_t before[REF_MAX_MMS];

	if (!c->mms_changed)
		return;
	c->mms_changed = false;
	memcpy(before, c->mm_of, sizeof(before));
	memset(c->mm_of, 0xff, sizeof(c->mm_of));
	memset(c->ref_of, 0xff, sizeof(c->ref_of));
	keep_exited(c, before);
	for (unsigned task = 0; task < REF_MAX_TASKS; task++) {
		uint8_t ours = c->ref.task[task].mm, theirs = c->world->task[task].mm;

		CHECK((ours == REF_NONE) == (theirs == WORLD_NONE),
		      "task %u lives on one side only", task);
		if (ours == REF_NONE)
			continue;
		c->mm_of[ours] = theirs;
		c->ref_of[theirs] = ours;
	}
}

static unsigned frame_index(uint64_t pa)
{
	return (unsigned)((pa - WORLD_RAM_BASE) / WORLD_FRAME_SIZE);
}

bool pages_pair(struct check *c, unsigned page, uint64_t pa)
{
	unsigned frame = frame_index(pa);

	if (frame >= c->page_of_touched)
		c->page_of_touched = frame + 1;
	if (c->frame_of[page] == pa && c->page_of[frame] == page)
		return true;
	if (c->frame_of[page] || c->page_of[frame] != NO_PAGE)
		return diverge(c, DIVERGENCE_DATA, "A-46", "one frame for each page of the law",
			       "page %u is frame %u, but frame %u was page %u", page, frame,
			       c->frame_of[page] ? frame_index(c->frame_of[page]) : frame,
			       c->page_of[frame]);
	c->frame_of[page] = pa;
	c->page_of[frame] = (uint16_t)page;
	return true;
}

void pages_frame_freed(struct check *c, uint64_t pa)
{
	unsigned frame = frame_index(pa), page;

	if (frame >= c->page_of_touched)
		return;
	page = c->page_of[frame];
	if (page == NO_PAGE)
		return;
	c->page_of[frame] = NO_PAGE;
	c->frame_of[page] = 0;
}
