/* SPDX-License-Identifier: MIT */
/* What the mediating driver and the software of guests keep of their own, against the law's
 * account. */
#include "check_state.h"

static unsigned associations(const struct check *c)
{
	unsigned count = 0;

	for (unsigned i = 0; i < c->ref.topology.num_partitions; i++)
		count += (unsigned)__builtin_popcount(c->ref.partition[i].spaces);
	return count;
}

static unsigned mappings(const struct check *c)
{
	unsigned count = 0;

	for (unsigned i = 0; i < c->ref.topology.num_partitions; i++)
		count += (unsigned)__builtin_popcount(c->ref.partition[i].mapped);
	return count;
}

static unsigned guest_bonds(const struct check *c)
{
	unsigned count = 0;

	for (unsigned vm = 0; vm < c->ref.topology.num_vms; vm++)
		for (unsigned i = 0; i < c->ref.topology.num_devices; i++)
			count += (unsigned)__builtin_popcount(c->ref.vm[vm].bonded[i]);
	return count;
}

static bool compare_count(struct check *c, const char *rule, const char *what, unsigned want,
			  unsigned have)
{
	char text[64];

	if (want == have)
		return true;
	snprintf(text, sizeof(text), "%u %s", want, what);
	return diverge(c, DIVERGENCE_RESULT, rule, text, "%u", have);
}

/* Functions that VMs have: as many PASID tables there may be in their memory. */
static unsigned functions_of_vms(const struct check *c)
{
	unsigned count = 0;

	for (unsigned vm = 0; vm < c->ref.topology.num_vms; vm++)
		for (unsigned i = 0; i < c->ref.topology.num_devices; i++)
			count += ref_vm_has(&c->ref, (uint8_t)vm, (uint8_t)i);
	return count;
}

/* B-8: a function that has left takes its table along. */
static bool compare_tables(struct check *c, unsigned have)
{
	unsigned most = have ? functions_of_vms(c) : 0;
	char text[64];

	if (have <= most)
		return true;
	snprintf(text, sizeof(text), "%u PASID tables of guests at most", most);
	return diverge(c, DIVERGENCE_LEAK, "B-8", text, "%u", have);
}

/* 7.1: the queue is the host's and everybody's; nothing that a guest or a partition asks for stops it. */
static bool compare_commands(struct check *c)
{
	uint32_t before = c->command_errors;

	c->command_errors = check_counters(c).command_errors;
	if (c->command_errors == before || (c->current && c->current->code == TRACE_OP_BAD_CMD))
		return true;
	return diverge(c, DIVERGENCE_EVENT, "B-8", "commands that the SMMU takes",
		       "%u illegal ones", c->command_errors - before);
}

void owners_compare(struct check *c)
{
	struct owners_usage usage = owners_usage(c->owners);
	unsigned want = associations(c);

	/* One that is lost was another partition's to give back; one that is left has no bond. */
	if (compare_count(c, usage.associations < want ? "B-15" : "B-14",
			  "associations with partitions", want, usage.associations) &&
	    compare_count(c, "B-10", "pages that partitions have mapped", mappings(c),
			  usage.mappings) &&
	    compare_count(c, "B-8", "bonds of guests", guest_bonds(c), usage.guest_bonds) &&
	    compare_tables(c, usage.guest_frames))
		compare_commands(c);
}
