/* SPDX-License-Identifier: MIT */
/* What the tests of the Linux policies share on top of fixture.h. */
#ifndef SVAREF_TEST_LINUX_FIXTURE_H
#define SVAREF_TEST_LINUX_FIXTURE_H

#include "fixture.h"

enum { L61 = REF_POLICY_LINUX_6_1, L612 = REF_POLICY_LINUX_6_12 };
enum { P0, P1, P2, P3 }; /* tasks */

/*
 * As machine(); the third device is a platform device whose faults stall, with 4 PASID bits and
 * without ATS.
 */
static inline struct ref_topology linux_topology(unsigned policy)
{
	struct ref_topology topology = machine();

	topology.policy = (uint8_t)policy;
	topology.device[2].pasid_bits = 4;
	topology.device[2].ats = 0;
	topology.device[2].stall = 1;
	return topology;
}

/* Every group in its default domain, nothing enabled, p0 and p1 live. */
static inline struct ref linux_with(struct ref_topology topology)
{
	struct ref ref;

	ref_reset(&ref, &topology);
	OK(ref_spawn(&ref, P0));
	OK(ref_spawn(&ref, P1));
	return ref;
}

static inline struct ref linux_idle(unsigned policy)
{
	return linux_with(linux_topology(policy));
}

/* d0 and d1 in A, d2 in B, SVA enabled on all, on d2 with I/O page faults. */
static inline struct ref linux_at_work(unsigned policy)
{
	struct ref ref = linux_idle(policy);

	OK(ref_attach(&ref, 0, A));
	OK(ref_attach(&ref, 1, A));
	OK(ref_attach(&ref, 2, B));
	OK(ref_init(&ref, 0, 0, 0, 0));
	OK(ref_init(&ref, 1, 0, 0, 0));
	OK(ref_init(&ref, 2, REF_FEAT_IOPF, 0, 0));
	return ref;
}

/* 6.12: d0 and d1 are aliases in one group, in the default domain, SVA enabled. */
static inline struct ref group_of_two(void)
{
	struct ref_topology topology = linux_topology(L612);
	struct ref ref;

	topology.device[1].group = topology.device[0].group;
	ref = linux_with(topology);
	OK(ref_init(&ref, 0, 0, 0, 0));
	OK(ref_init(&ref, 1, 0, 0, 0));
	return ref;
}

static inline struct ref_result bind(struct ref *ref, uint8_t device, uint8_t task)
{
	return ref_bind(ref, device, task, 0, true);
}

/* An error after which the state may have changed. */
static inline void expect_late_error(const struct ref *ref, struct ref_result result, int error,
				     const char *rule)
{
	assert_int_equal(result.error, error);
	assert_string_equal(result.rule, rule);
	assert_lawful(ref);
}

#define FAILS_LATE(call, error, rule)	expect_late_error(&ref, (call), (error), (rule))
#define MAY(call, device, argument)	assert_null(ref_may(&ref, (call), (device), (argument)))
#define MAY_NOT(call, device, argument) assert_non_null(ref_may(&ref, (call), (device), (argument)))

static inline void assert_target(const struct ref *ref, uint8_t device, bool has_pasid,
				 uint32_t pasid, enum ref_target_kind kind, unsigned index)
{
	struct ref_target target = ref_target(ref, device, has_pasid, pasid);

	assert_int_equal(target.kind, kind);
	assert_int_equal(target.index, index);
}

/* One policy after the other, for what both have. */
#define FOR_BOTH(policy) for (unsigned policy = L61; policy <= L612; policy++)

#endif
