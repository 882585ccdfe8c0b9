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

void owners_compare(struct check *c)
{
	struct owners_usage usage;
	unsigned want;

	if (!has_owners(c))
		return;
	usage = owners_usage(c->owners);
	want = associations(c);
	/* One that is lost was another partition's to give back; one that is left has no bond. */
	if (compare_count(c, usage.associations < want ? "B-15" : "B-14",
			  "associations with partitions", want, usage.associations) &&
	    compare_count(c, "B-10", "pages that partitions have mapped", mappings(c),
			  usage.mappings))
		compare_count(c, "B-8", "bonds of guests", guest_bonds(c), usage.guest_bonds);
}
