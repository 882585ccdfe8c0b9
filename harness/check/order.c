/* SPDX-License-Identifier: MIT */
/* Points of no return: a frame is freed, the owner of a device is called. */
#include "check_state.h"

/* A frame as an entry has it: of stage 1 under stage 2, where its owner has it. */
static uint64_t address_in(const struct smmu_held_tlb *entry, uint64_t pa)
{
	return entry->stage == SMMU_HELD_S1 && entry->s2.on ? world_bus_address(pa) : pa;
}

static bool tlb_holds(const struct check *c, const struct smmu_stale *stale, uint64_t pa)
{
	for (unsigned i = 0; i < stale->num_tlb; i++) {
		const struct smmu_held_tlb *entry = &stale->tlb[i];

		if (!entry->table && address_in(entry, pa) - entry->pa < entry->size &&
		    smmu_tlb_user(c->model, entry, 0) >= 0)
			return true;
	}
	return false;
}

/* Who holds the page: the TLB if it does, else an ATC, and of that any PASID rather than 0. */
enum { HOLDER_SIZE = PAIR_SIZE + 64 };
static void holder_text(const struct check *c, uint64_t pa, char text[HOLDER_SIZE])
{
	struct smmu_stale stale = smmu_stale(c->model);
	const struct smmu_held_atc *holder = NULL;
	char pair[PAIR_SIZE];

	for (unsigned i = 0; i < stale.num_atc; i++)
		if (pa - stale.atc[i].pa < stale.atc[i].size &&
		    (!holder || (holder->ssv && !holder->ssid)))
			holder = &stale.atc[i];
	if (!holder || tlb_holds(c, &stale, pa))
		snprintf(text, HOLDER_SIZE, "hardware may still hold one");
	else
		snprintf(text, HOLDER_SIZE, "the ATC may hold it for %s%s",
			 reach_pair_text(c, holder->stream, holder->ssv, holder->ssid, pair),
			 bonds_in_two_tables(c, device_of(c, holder->stream), holder->ssv,
					     holder->ssid)
				 ? ", of a space in two tables"
				 : "");
}

/* The same for a root. What was in a tree when its configuration went is followed through the tables:
 * an ATC walks none, but may hold what they led to. */
static void root_holder_text(struct check *c, uint64_t pa, char text[HOLDER_SIZE])
{
	struct smmu_contexts contexts = smmu_contexts(c->model);
	struct smmu_stale stale = smmu_stale(c->model);
	const struct smmu_frozen *holder = NULL;
	const uint64_t root = world_bus_address(pa);
	bool walks = false;
	char pair[PAIR_SIZE];

	for (unsigned i = 0; i < contexts.count; i++)
		walks |= contexts.context[i].kind == SMMU_CTX_S1 &&
			 contexts.context[i].s1.ttb0 == root;
	for (unsigned i = 0; i < stale.num_tlb; i++)
		walks |= stale.tlb[i].table && stale.tlb[i].pa == address_in(&stale.tlb[i], pa);
	for (unsigned i = 0; i < stale.num_frozen; i++) {
		if (stale.frozen[i].s1.ttb0 != root)
			continue;
		walks |= stale.frozen[i].tlb;
		if (!holder || (holder->ssv && !holder->ssid))
			holder = &stale.frozen[i];
	}
	if (walks || !holder)
		snprintf(text, HOLDER_SIZE, "hardware may still walk through it");
	else
		snprintf(text, HOLDER_SIZE, "the ATC may hold what it led to for %s",
			 reach_pair_text(c, holder->stream, holder->ssv, holder->ssid, pair));
}

/* The view is the SMMU that holds it. */
static bool is_held(struct check *c, uint64_t pa)
{
	for (unsigned i = 0; i < c->num_smmus; i++) {
		look_at(c, i);
		if (smmu_frame_held(c->model, pa, WORLD_FRAME_SIZE))
			return true;
	}
	return false;
}

void order_frame_free(void *ctx, uint64_t pa, enum frame_kind kind)
{
	struct check *c = ctx;
	char holder[HOLDER_SIZE];

	if (!c->running)
		return;
	if (kind == FRAME_DATA)
		pages_frame_freed(c, pa);
	if (!c->worst || diverged(c) || !is_held(c, pa))
		return;
	switch (kind) {
	case FRAME_DATA:
		holder_text(c, pa, holder);
		diverge(c, DIVERGENCE_ORDER, "D-1", "no usable translation to a page being freed",
			"%s", holder);
		break;
	case FRAME_TABLE:
		root_holder_text(c, pa, holder);
		diverge(c, DIVERGENCE_ORDER, "D-6",
			"no usable pointer to a page-table page being freed", "%s", holder);
		break;
	default:
		diverge(c, DIVERGENCE_ORDER, "D-3",
			"no reachable stream or CD table in memory being freed",
			"hardware may still read it");
		break;
	}
}

void order_call(void *ctx, const struct world_call *call)
{
	struct check *c = ctx;

	if (!c->running || !c->worst || diverged(c))
		return;
	/* the owner stops the device, the fault queue runs dry, only then the entry goes. */
	if (reach_installed(c, call->device, call->pasid))
		return;
	diverge(c, DIVERGENCE_ORDER, call->kind == WORLD_CALL_MM_EXIT ? "A-39" : "A-29",
		"the PASID table entry stays until the owner and the fault queue are done",
		"entry %u of d%u is already gone when %s is called", call->pasid, call->device,
		call->kind == WORLD_CALL_MM_EXIT ? "mm_exit" : "the fault flush");
}

/* mm_exit, then the flush. A flush that is wrong without any mm_exit is unbind's. */
static const char *call_rule(const struct check *c, const struct ref_result *expected)
{
	for (unsigned i = 0; i < expected->num_calls; i++)
		if (expected->call[i].kind == REF_CALL_MM_EXIT)
			return "A-39";
	for (unsigned i = 0; i < c->world->num_calls; i++)
		if (c->world->call[i].kind == WORLD_CALL_MM_EXIT)
			return "A-39";
	return "A-29";
}

static const char *call_name(unsigned kind)
{
	return kind == WORLD_CALL_MM_EXIT ? "mm_exit" : "fault flush";
}

/* The law's calls for one device, in order; devices are independent of each other. */
static void compare_device_calls(struct check *c, const struct ref_result *expected,
				 unsigned device)
{
	const struct world *w = c->world;
	unsigned have = 0;

	for (unsigned i = 0; i < expected->num_calls; i++) {
		const struct ref_call *want = &expected->call[i];
		char text[64];

		if (want->device != device)
			continue;
		while (have < w->num_calls && w->call[have].device != device)
			have++;
		snprintf(text, sizeof(text), "%s(d%u, pasid %u)",
			 call_name(want->kind == REF_CALL_MM_EXIT ? WORLD_CALL_MM_EXIT
								  : WORLD_CALL_FAULT_FLUSH),
			 device, want->pasid);
		if (have == w->num_calls) {
			diverge(c, DIVERGENCE_ORDER, call_rule(c, expected), text, "no such call");
			return;
		}
		if ((w->call[have].kind == WORLD_CALL_MM_EXIT) !=
			    (want->kind == REF_CALL_MM_EXIT) ||
		    w->call[have].pasid != want->pasid) {
			diverge(c, DIVERGENCE_ORDER, call_rule(c, expected), text,
				"%s(d%u, pasid %u)", call_name(w->call[have].kind), device,
				w->call[have].pasid);
			return;
		}
		have++;
	}
	for (; have < w->num_calls; have++)
		if (w->call[have].device == device) {
			diverge(c, DIVERGENCE_ORDER, call_rule(c, expected), "no further call",
				"%s(d%u, pasid %u)", call_name(w->call[have].kind), device,
				w->call[have].pasid);
			return;
		}
}

void order_compare_calls(struct check *c, const struct ref_result *expected)
{
	if (!expected->num_calls && !c->world->num_calls)
		return;
	for (unsigned device = 0; device < c->ref.topology.num_devices; device++)
		compare_device_calls(c, expected, device);
}
