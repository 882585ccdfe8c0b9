/* SPDX-License-Identifier: MIT */
/* Points of no return: a frame is freed, the owner of a device is called. */
#include "check_state.h"

void order_frame_free(void *ctx, uint64_t pa, enum frame_kind kind)
{
	struct check *c = ctx;

	if (!c->running)
		return;
	if (kind == FRAME_DATA)
		pages_frame_freed(c, pa);
	if (!c->worst || diverged(c) || !smmu_frame_held(c->model, pa, WORLD_FRAME_SIZE))
		return;
	switch (kind) {
	case FRAME_DATA:
		diverge(c, DIVERGENCE_ORDER, "D-1", "no usable translation to a page being freed",
			"hardware may still hold one");
		break;
	case FRAME_TABLE:
		diverge(c, DIVERGENCE_ORDER, "D-6",
			"no usable pointer to a page-table page being freed",
			"hardware may still walk through it");
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
