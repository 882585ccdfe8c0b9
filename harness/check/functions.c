/* SPDX-License-Identifier: MIT */
/*
 * Functions that come and go: hot-plug, VFs of a PF. And what the mediating driver of a partitioned
 * device hears of calls that others make: which domain it is in, which bonds have gone.
 */
#include "check_state.h"

/* On Linux a bond is the group's, and references to it are a device's (M70). */
static bool has_bonds(const struct check *c, unsigned device)
{
	for (uint64_t left = c->ref.bonds; left; left &= left - 1) {
		const struct ref_bond *bond = &c->ref.bond[__builtin_ctzll(left)];

		if (c->is_linux ? bond->refs[device] : bond->device == device)
			return true;
	}
	return false;
}

static bool same_group(const struct check *c, unsigned a, unsigned b)
{
	uint8_t group = c->ref.topology.device[a].group;

	return a == b || (group != REF_NONE && group == c->ref.topology.device[b].group);
}

void functions_follow(struct check *c, unsigned device)
{
	if (!c->mediated)
		return;
	for (unsigned i = 0; i < c->ref.topology.num_devices; i++) {
		uint8_t domain = c->ref.device[i].domain;

		if (!same_group(c, device, i))
			continue;
		/* whoever calls knows that the bonds went. */
		if (!has_bonds(c, i))
			mediator_bonds_gone(c->owners, i);
		mediator_set_domain(c->owners, i, domain == REF_NONE ? OWNERS_NONE : domain);
	}
}

unsigned functions_vfs(const struct check *c, unsigned device)
{
	unsigned vfs = 0;

	for (unsigned i = 0; i < c->ref.topology.num_devices; i++)
		if (c->ref.topology.device[i].vf_of == device + 1u)
			vfs |= 1u << i;
	return vfs;
}

const char *functions_keep(const struct check *c, const struct trace_op *op, bool vfs_only)
{
	unsigned which = functions_vfs(c, op->device) | (vfs_only ? 0 : 1u << op->device);

	for (unsigned left = which; left; left &= left - 1) {
		struct trace_op one = *op;
		const char *refusal = NULL;

		one.device = (uint8_t)__builtin_ctz(left);
		if (!c->ref.device[one.device].present)
			continue;
		if (c->mediated)
			refusal = ref_partitions_forbid(&c->ref, REF_MAY_UNPLUG, one.device, 0);
		/* A crash, and no document that forbids it: sent where the check hears of it before
		 * (order_frame_free()). */
		if (!refusal && !c->worst)
			refusal = exec_refusal(c, &one, REF_MAY_UNPLUG, 0);
		if (refusal)
			return refusal;
	}
	return NULL;
}

void functions_remove(struct check *c, unsigned device)
{
	/* SR-IOV: a PF takes its VFs along. */
	for (unsigned left = functions_vfs(c, device); left; left &= left - 1)
		functions_remove(c, (unsigned)__builtin_ctz(left));
	/* What came of the ones before may be memory that is free. */
	if (!c->world->endpoint[device].present || diverged(c))
		return;
	if (c->ref.topology.num_vms)
		vmm_unplug(c->owners, device);
	c->driver->ops->unplug(c->driver, device);
	c->world->endpoint[device].present = false;
	functions_follow(c, device);
}

int functions_add(struct check *c, unsigned device)
{
	int error;

	world_endpoint_plug(c->world, device);
	error = c->driver->ops->plug(c->driver, device);
	if (error)
		c->world->endpoint[device].present = false;
	else
		functions_follow(c, device);
	return error;
}
