/* SPDX-License-Identifier: MIT */
/* Tasks, address spaces and pages (A-39, A-46, A-48, B-4, D-1). */
#include "checks.h"

#include <string.h>

/* users of a space are exactly its tasks. */
bool ref_holds_space_users_are_tasks(const struct ref *ref)
{
	unsigned users[REF_MAX_MMS] = {0};

	for (unsigned i = 0; i < REF_MAX_TASKS; i++) {
		uint8_t mm = ref->task[i].mm;

		if (!ref_index_or_none(mm, REF_MAX_MMS))
			return false;
		if (mm != REF_NONE)
			users[mm]++;
	}
	for (unsigned i = 0; i < ref_mm_slots(ref); i++)
		if (users[i] != ref->mm[i].users)
			return false;
	return true;
}

bool ref_holds_thread_group_has_one_space(const struct ref *ref)
{
	uint8_t space[REF_MAX_TASKS];

	memset(space, REF_NONE, sizeof(space));
	for (unsigned i = 0; i < REF_MAX_TASKS; i++) {
		const struct ref_task *task = &ref->task[i];

		if (task->mm == REF_NONE)
			continue;
		if (task->group >= REF_MAX_TASKS)
			return false;
		if (space[task->group] != REF_NONE && space[task->group] != task->mm)
			return false;
		space[task->group] = task->mm;
	}
	return true;
}

bool ref_holds_dead_space_is_empty(const struct ref *ref)
{
	for (unsigned i = 0; i < ref_mm_slots(ref); i++) {
		const struct ref_mm *mm = &ref->mm[i];

		if (!mm->users && (mm->pasid || mm->flags || mm->space.mapped))
			return false;
	}
	return true;
}

/* No slot of the set is blank, so as many as it has members means that all others are. */
static bool slots_match_set(const struct ref_space *space)
{
	uint32_t words[REF_SPACE_PAGES];
	unsigned used = 0;

	for (uint32_t set = space->mapped; set; set &= set - 1) {
		const struct ref_mapping *slot = &space->slot[ref_first(set)];

		if (!(slot->state & REF_MAPPED) || !(slot->prot & REF_READ) ||
		    slot->page >= REF_MAX_PAGES)
			return false;
	}
	memcpy(words, space->slot, sizeof(words));
	for (unsigned i = 0; i < REF_SPACE_PAGES; i++)
		used += words[i] != 0;
	return used == (unsigned)__builtin_popcount(space->mapped);
}

bool ref_holds_mapped_slots_have_pages(const struct ref *ref)
{
	for (unsigned i = 0; i < ref_mm_slots(ref); i++)
		if (ref->mm[i].users && !slots_match_set(&ref->mm[i].space))
			return false;
	for (unsigned i = 0; i < ref->topology.num_domains; i++)
		if (!slots_match_set(&ref->domain[i].space))
			return false;
	return true;
}

static void count_users(const struct ref_space *space, uint16_t *users)
{
	for (uint32_t set = space->mapped; set; set &= set - 1)
		users[space->slot[ref_first(set)].page]++;
}

/* Every page in use has its users, and these are all the users that there are. */
bool ref_holds_page_users_exact(const struct ref *ref)
{
	uint16_t users[REF_MAX_PAGES] = {0};
	unsigned slots = 0;

	for (unsigned i = 0; i < ref_mm_slots(ref); i++) {
		slots += (unsigned)__builtin_popcount(ref->mm[i].space.mapped);
		count_users(&ref->mm[i].space, users);
	}
	for (unsigned i = 0; i < ref->topology.num_domains; i++) {
		slots += (unsigned)__builtin_popcount(ref->domain[i].space.mapped);
		count_users(&ref->domain[i].space, users);
	}
	for (unsigned word = 0; word < REF_MAX_PAGES / 64; word++)
		for (uint64_t set = ref->used_pages[word]; set; set &= set - 1) {
			unsigned page = 64 * word + (unsigned)__builtin_ctzll(set);

			if (!users[page] || users[page] != ref->page[page].users)
				return false;
			slots -= users[page];
		}
	return slots == 0;
}

bool ref_holds_shared_pages_are_cow(const struct ref *ref)
{
	for (unsigned m = 0; m < ref_mm_slots(ref); m++) {
		const struct ref_space *space = &ref->mm[m].space;

		for (uint32_t set = space->mapped; set; set &= set - 1) {
			const struct ref_mapping *slot = &space->slot[ref_first(set)];

			if (ref->page[slot->page].users > 1 && !(slot->state & REF_COW))
				return false;
		}
	}
	return true;
}

/* Whether a space has a page of `taken`; adds its pages when `take`. */
static bool meets_pages(const struct ref_space *space, uint64_t *taken, bool take)
{
	for (uint32_t set = space->mapped; set; set &= set - 1) {
		uint16_t page = space->slot[ref_first(set)].page;

		if (taken[page / 64] >> page % 64 & 1)
			return true;
		if (take)
			taken[page / 64] |= UINT64_C(1) << page % 64;
	}
	return false;
}

bool ref_holds_private_pages_are_private(const struct ref *ref)
{
	uint64_t taken[REF_MAX_PAGES / 64] = {0};
	uint32_t any = 0;

	for (unsigned d = 0; d < ref->topology.num_domains; d++) {
		any |= ref->domain[d].space.mapped;
		if (meets_pages(&ref->domain[d].space, taken, true))
			return false;
	}
	for (unsigned m = 0; any && m < ref_mm_slots(ref); m++)
		if (meets_pages(&ref->mm[m].space, taken, false))
			return false;
	return true;
}

/* Pages of spaces that devices reach, and those that a device may write. */
struct reached {
	uint64_t all[REF_MAX_PAGES / 64], writable[REF_MAX_PAGES / 64];
};

/* Whether the space and those before it share a page that one of them lets devices write. */
static bool shares_writable(const struct ref_space *space, struct reached *before)
{
	struct reached own = {{0}, {0}};

	for (uint32_t set = space->mapped; set; set &= set - 1) {
		const struct ref_mapping *slot = &space->slot[ref_first(set)];
		uint64_t bit = UINT64_C(1) << slot->page % 64;
		unsigned word = slot->page / 64 % (REF_MAX_PAGES / 64);

		own.all[word] |= bit;
		if (slot->prot & REF_WRITE && !(slot->state & (REF_COW | REF_SWAPPED)))
			own.writable[word] |= bit;
	}
	for (unsigned i = 0; i < REF_MAX_PAGES / 64; i++) {
		if ((own.all[i] & before->writable[i]) | (own.writable[i] & before->all[i]))
			return true;
		before->all[i] |= own.all[i];
		before->writable[i] |= own.writable[i];
	}
	return false;
}

/* A page that is shared has several users (D-1), so most states need no second look. */
static bool has_writable_shared(const struct ref *ref, const struct ref_space *space)
{
	for (uint32_t set = space->mapped; set; set &= set - 1) {
		const struct ref_mapping *slot = &space->slot[ref_first(set)];

		if (ref->page[slot->page % REF_MAX_PAGES].users > 1 && slot->prot & REF_WRITE &&
		    !(slot->state & (REF_COW | REF_SWAPPED)))
			return true;
	}
	return false;
}

static bool spaces_are_apart(const struct ref *ref)
{
	struct reached reached = {{0}, {0}};

	for (unsigned m = 0; m < ref_mm_slots(ref); m++)
		if (ref->mm[m].pasid && shares_writable(&ref->mm[m].space, &reached))
			return false;
	return true;
}

bool ref_holds_same_va_other_space(const struct ref *ref)
{
	bool suspicious = false;

	for (unsigned m = 0; m < ref_mm_slots(ref); m++)
		suspicious |= ref->mm[m].pasid && has_writable_shared(ref, &ref->mm[m].space);
	return !suspicious || spaces_are_apart(ref);
}

bool ref_holds_private_table_is_plain(const struct ref *ref)
{
	for (unsigned d = 0; d < ref->topology.num_domains; d++) {
		const struct ref_space *space = &ref->domain[d].space;

		if (space->mapped && ref->topology.domain_type[d] != REF_DOMAIN_STAGE1)
			return false;
		for (uint32_t set = space->mapped; set; set &= set - 1)
			if (space->slot[ref_first(set)].state != REF_MAPPED)
				return false;
	}
	return true;
}
